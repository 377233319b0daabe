/*
 * A KVM for unit tests: virtual machines and their memory
 *
 * Copyright 2026 the winehvplatform authors
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin St, Fifth Floor, Boston, MA 02110-1301, USA
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake_kvm_private.h"
#include "host/kvm.h"

unsigned int fake_kvm_slot_count( int vm )
{
    struct object *object = fake_object( vm, OBJECT_VM, __func__ );
    unsigned int i, count = 0;

    for (i = 0; i < object->slot_room; i++) if (object->slots[i].region.memory_size) count++;
    return count;
}

struct fake_slot *fake_find_slot( const struct object *object, uint64_t gpa )
{
    unsigned int i;

    for (i = 0; i < object->slot_room; i++)
        if (gpa - object->slots[i].region.guest_phys_addr < object->slots[i].region.memory_size)
            return &object->slots[i];
    return NULL;
}

const struct fake_slot *fake_kvm_slot( int vm, uint64_t gpa )
{
    return fake_find_slot( fake_object( vm, OBJECT_VM, __func__ ), gpa );
}

uint8_t *fake_kvm_host( int vm, uint64_t gpa )
{
    const struct fake_slot *slot = fake_kvm_slot( vm, gpa );

    if (!slot) return NULL;
    return (uint8_t *)(uintptr_t)(slot->region.userspace_addr + (gpa - slot->region.guest_phys_addr));
}

void fake_kvm_touch( int vm, uint64_t gpa )
{
    struct fake_slot *slot = fake_find_slot( fake_object( vm, OBJECT_VM, __func__ ), gpa );
    uint64_t page;

    if (!slot || !slot->dirty) return;
    page = (gpa - slot->region.guest_phys_addr) / 4096;
    slot->dirty[page / 64] |= 1ull << page % 64;
}

/* ---- vm ---- */

FAKE int kvm_create_vm( int fd )
{
    struct fake_slot *slots;
    int vm;

    BEGIN();
    fake_object( fd, OBJECT_SYSTEM, __func__ );
    if ((vm = fake_new_object( OBJECT_VM )) < 0) return fake_end( vm );
    /* so large that only what is used may cost anything */
    slots = mmap( NULL, FAKE_MAX_SLOTS * sizeof(*slots), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (slots == MAP_FAILED) fake_die( "memory" );
    fake_objects[vm - FIRST_FD].slots = slots;
    return fake_end( vm );
}

FAKE int kvm_set_tss_addr( int vm, uint64_t gpa )
{
    BEGIN();
    fake_object( vm, OBJECT_VM, __func__ );
    return fake_end( gpa > 0xffffffff - 3 * 4096 ? -EINVAL : 0 );
}

FAKE int kvm_set_identity_map_addr( int vm, uint64_t gpa )
{
    BEGIN();
    fake_object( vm, OBJECT_VM, __func__ );
    (void)gpa;
    return fake_end( 0 );
}

/* The rules of __kvm_set_memory_region() in virt/kvm/kvm_main.c. */
static int set_memory_region( struct object *object, const struct kvm_userspace_memory_region *region )
{
    struct fake_slot *slot;
    unsigned int i;

    if (region->flags & ~(KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY)) return -EINVAL;
    if ((region->memory_size | region->guest_phys_addr | region->userspace_addr) % 4096) return -EINVAL;
    if (region->userspace_addr + region->memory_size > 1ull << 47) return -EINVAL;
    if (region->slot >= FAKE_MAX_SLOTS) return -EINVAL;
    if (region->guest_phys_addr + region->memory_size < region->guest_phys_addr) return -EINVAL;
    if (region->memory_size / 4096 > 0x7fffffff) return -EINVAL;

    slot = &object->slots[region->slot];
    if (!region->memory_size)
    {
        if (!slot->region.memory_size) return -EINVAL;
        free( slot->dirty );
        memset( slot, 0, sizeof(*slot) );
        return 0;
    }
    if (slot->region.memory_size)
    {
        if (slot->region.memory_size != region->memory_size || slot->region.userspace_addr != region->userspace_addr ||
            ((slot->region.flags ^ region->flags) & KVM_MEM_READONLY)) return -EINVAL;
        if (slot->region.guest_phys_addr == region->guest_phys_addr && slot->region.flags == region->flags) return 0;
    }
    for (i = 0; i < object->slot_room; i++)
    {
        const struct kvm_userspace_memory_region *other = &object->slots[i].region;

        if (i != region->slot && other->memory_size &&
            other->guest_phys_addr < region->guest_phys_addr + region->memory_size &&
            region->guest_phys_addr < other->guest_phys_addr + other->memory_size) return -EEXIST;
    }
    free( slot->dirty );
    slot->dirty = NULL;
    if (region->flags & KVM_MEM_LOG_DIRTY_PAGES)
        slot->dirty = calloc( (region->memory_size / 4096 + 63) / 64, sizeof(*slot->dirty) );
    slot->region = *region;
    if (object->slot_room <= region->slot) object->slot_room = region->slot + 1;
    return 0;
}

FAKE int kvm_set_memory_region( int vm, const struct kvm_userspace_memory_region *region )
{
    BEGIN();
    return fake_end( set_memory_region( fake_object( vm, OBJECT_VM, __func__ ), region ) );
}

FAKE int kvm_get_dirty_log( int vm, uint32_t slot, void *bitmap )
{
    struct object *object;
    struct fake_slot *found;
    size_t size;

    BEGIN();
    object = fake_object( vm, OBJECT_VM, __func__ );
    if (slot >= FAKE_MAX_SLOTS) return fake_end( -EINVAL );
    found = &object->slots[slot];
    if (!found->dirty) return fake_end( -ENOENT );
    size = (found->region.memory_size / 4096 + 63) / 64 * sizeof(*found->dirty);
    memcpy( bitmap, found->dirty, size );
    memset( found->dirty, 0, size );
    return fake_end( 0 );
}

FAKE int kvm_set_msr_filter( int vm, const struct kvm_msr_filter *filter )
{
    unsigned int i;

    BEGIN();
    fake_object( vm, OBJECT_VM, __func__ );
    if (filter->flags & ~KVM_MSR_FILTER_DEFAULT_DENY) return fake_end( -EINVAL );
    for (i = 0; i < KVM_MSR_FILTER_MAX_RANGES; i++)
        if (filter->ranges[i].nmsrs && (!filter->ranges[i].flags || !filter->ranges[i].bitmap))
            return fake_end( -EINVAL );
    return fake_end( 0 );
}

FAKE int kvm_xen_hvm_config( int vm, const struct kvm_xen_hvm_config *config )
{
    BEGIN();
    fake_object( vm, OBJECT_VM, __func__ );
    /* its own page of code is KVM's then, and the MSR is what turns it all on */
    if (config->flags != KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL || config->blob_size_32 || config->blob_size_64 ||
        config->msr < 0x40000000 || config->msr > 0x4fffffff) return fake_end( -EINVAL );
    return fake_end( 0 );
}

FAKE int kvm_signal_msi( int vm, const struct kvm_msi *msi )
{
    BEGIN();
    fake_kvm_irq.msi = *msi;
    if (!fake_object( vm, OBJECT_VM, __func__ )->irqchip) return fake_end( -ENXIO );
    /* the destination's upper part has no lowest byte */
    if (msi->address_hi & 0xff) return fake_end( -EINVAL );
    __atomic_add_fetch( &fake_kvm_irq.msi_counts[msi->data & 0xff], 1, __ATOMIC_SEQ_CST );
    return fake_end( fake_kvm_irq.msi_result );
}

FAKE int kvm_set_gsi_routing( int vm, const struct kvm_irq_routing *routing )
{
    unsigned int i;

    BEGIN();
    if (!fake_object( vm, OBJECT_VM, __func__ )->irqchip) return fake_end( -EINVAL );
    for (i = 0; i < routing->nr; i++)
        if (routing->entries[i].gsi >= 4096 || routing->entries[i].flags) return fake_end( -EINVAL );
    fake_kvm_irq.route_count = 0;
    /* of the others no EOI is told */
    for (i = 0; i < routing->nr; i++)
        if (routing->entries[i].gsi < fake_kvm_irq.pins)
            fake_kvm_irq.routes[fake_kvm_irq.route_count++] = routing->entries[i];
    return fake_end( 0 );
}

/* ---- eventfds ---- */

unsigned int fake_kvm_eventfds( int vm )
{
    struct object *object = fake_object( vm, OBJECT_VM, __func__ );
    unsigned int i, count = 0;

    for (i = 0; i < FAKE_MAX_EVENTFDS; i++) count += object->eventfds[i].used;
    return count;
}

static int signal_one( int vm, int hyperv, uint64_t gpa, uint32_t size, uint64_t value, const char *name )
{
    static const uint64_t one = 1;
    struct object *object;
    struct fake_eventfd *event;
    unsigned int i;
    int found = 0;

    pthread_mutex_lock( &fake_lock );
    object = fake_object( vm, OBJECT_VM, name );
    for (i = 0; i < FAKE_MAX_EVENTFDS && !found; i++)
    {
        event = &object->eventfds[i];
        if (event->used && event->hyperv == hyperv && event->gpa == gpa &&
            (hyperv || (event->size == size && (event->any || event->value == value))))
            found = write( event->fd, &one, sizeof(one) ) == sizeof(one);
    }
    pthread_mutex_unlock( &fake_lock );
    return found;
}

int fake_kvm_bus_write( int vm, uint64_t gpa, uint32_t size, uint64_t value )
{
    return signal_one( vm, 0, gpa, size, value, __func__ );
}

int fake_kvm_hypercall( int vm, uint32_t connection )
{
    return signal_one( vm, 1, connection, 0, 0, __func__ );
}

/* The rules of virt/kvm/eventfd.c, and of kvm_hv_eventfd_assign() in arch/x86/kvm/hyperv.c. */
static int change_event( struct object *object, const struct fake_eventfd *with, int remove )
{
    struct fake_eventfd *event, *room = NULL;
    unsigned int i;

    for (i = 0; i < FAKE_MAX_EVENTFDS; i++)
    {
        event = &object->eventfds[i];
        if (!event->used)
        {
            room = event;
            continue;
        }
        if (event->hyperv != with->hyperv || event->gpa != with->gpa) continue;
        if (!event->hyperv && (event->size != with->size || (remove && event->fd != with->fd))) continue;
        if (!event->hyperv && remove && (event->any != with->any || event->value != with->value)) continue;
        if (!event->hyperv && !remove && !event->any && !with->any && event->value != with->value) continue;
        if (!remove) return -EEXIST;
        memset( event, 0, sizeof(*event) );
        return 0;
    }
    if (remove) return -ENOENT;
    if (!room) return -ENOSPC;
    *room = *with;
    return 0;
}

FAKE int kvm_ioeventfd( int vm, uint64_t gpa, uint32_t size, const UINT64 *value, int fd, BOOL remove )
{
    struct fake_eventfd event = { .used = 1, .fd = fd, .gpa = gpa, .size = size, .value = value ? *value : 0,
                                  .any = !value };

    BEGIN();
    if (!size || size > 8 || (size & (size - 1)) || fd < 0) return fake_end( -EINVAL );
    return fake_end( change_event( fake_object( vm, OBJECT_VM, __func__ ), &event, remove ) );
}

FAKE int kvm_hyperv_eventfd( int vm, uint32_t connection, int fd )
{
    struct fake_eventfd event = { .used = 1, .hyperv = 1, .fd = fd, .gpa = connection };

    BEGIN();
    if (connection & 0xff000000) return fake_end( -EINVAL );
    return fake_end( change_event( fake_object( vm, OBJECT_VM, __func__ ), &event, fd < 0 ) );
}

FAKE int kvm_get_clock( int vm, struct kvm_clock_data *clock )
{
    BEGIN();
    *clock = fake_object( vm, OBJECT_VM, __func__ )->clock;
    return fake_end( 0 );
}

FAKE int kvm_set_clock( int vm, const struct kvm_clock_data *clock )
{
    BEGIN();
    fake_object( vm, OBJECT_VM, __func__ )->clock = *clock;
    return fake_end( 0 );
}
