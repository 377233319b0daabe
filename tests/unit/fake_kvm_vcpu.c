/*
 * A KVM for unit tests: the state of virtual processors
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

#include "fake_kvm_private.h"
#include "host/kvm.h"

/* ---- power-on state ---- */

static struct kvm_segment reset_segment( uint16_t selector, uint64_t base, uint8_t type )
{
    struct kvm_segment segment = { .base = base, .limit = 0xffff, .selector = selector, .type = type, .present = 1,
                                   .s = 1 };

    return segment;
}

static void reset_vcpu( struct fake_vcpu *vcpu, int irqchip )
{
    unsigned int i;

    vcpu->regs.rip = 0xfff0;
    vcpu->regs.rdx = 0x600;
    vcpu->regs.rflags = 2;
    vcpu->sregs.cs = reset_segment( 0xf000, 0xffff0000, 0xb );
    vcpu->sregs.ds = vcpu->sregs.es = vcpu->sregs.fs = vcpu->sregs.gs = vcpu->sregs.ss = reset_segment( 0, 0, 3 );
    vcpu->sregs.tr = reset_segment( 0, 0, 0xb );
    vcpu->sregs.ldt = reset_segment( 0, 0, 2 );
    vcpu->sregs.tr.s = vcpu->sregs.ldt.s = 0;
    vcpu->sregs.gdt.limit = vcpu->sregs.idt.limit = 0xffff;
    vcpu->sregs.cr0 = 0x60000010;
    vcpu->sregs.apic_base = 0xfee00800 | (vcpu->id ? 0 : 0x100);
    vcpu->debugregs.dr6 = 0xffff0ff0;
    vcpu->debugregs.dr7 = 0x400;
    vcpu->xcrs.nr_xcrs = 1;
    vcpu->xcrs.xcrs[0].value = 1;
    vcpu->mp_state.mp_state = irqchip && vcpu->id ? KVM_MP_STATE_UNINITIALIZED : KVM_MP_STATE_RUNNABLE;
    memcpy( vcpu->xsave, "\x7f\x03", 2 );
    memcpy( vcpu->xsave + 24, "\x80\x1f\0\0\xff\xff\0\0", 8 );
    for (i = 0; i < KNOWN_MSRS; i++) vcpu->msrs[i].index = fake_known_msrs[i];
}

struct fake_vcpu *fake_get_vcpu( int fd, const char *name )
{
    return fake_object( fd, OBJECT_VCPU, name )->vcpu;
}

int fake_has_irqchip( const struct fake_vcpu *vcpu )
{
    return fake_objects[vcpu->vm - FIRST_FD].type == OBJECT_VM && fake_objects[vcpu->vm - FIRST_FD].irqchip;
}

FAKE int kvm_create_vcpu( int vm, unsigned int id )
{
    struct object *object;
    unsigned int i;
    int fd;

    BEGIN();
    object = fake_object( vm, OBJECT_VM, __func__ );
    if (id >= 4096) return fake_end( -EINVAL );
    for (i = 0; i < MAX_OBJECTS; i++)
        if (fake_objects[i].type == OBJECT_VCPU && fake_objects[i].vcpu->vm == vm && fake_objects[i].vcpu->id == id)
            return fake_end( -EEXIST );
    if ((fd = fake_new_object( OBJECT_VCPU )) < 0) return fake_end( fd );
    if (!(fake_objects[fd - FIRST_FD].vcpu = calloc( 1, sizeof(struct fake_vcpu) ))) fake_die( "memory" );
    fake_objects[fd - FIRST_FD].vcpu->fd = fd;
    fake_objects[fd - FIRST_FD].vcpu->vm = vm;
    fake_objects[fd - FIRST_FD].vcpu->id = id;
    reset_vcpu( fake_objects[fd - FIRST_FD].vcpu, object->irqchip );
    fake_tsc_start( fake_objects[fd - FIRST_FD].vcpu );
    return fake_end( fd );
}

FAKE int kvm_map_run( int vcpu, size_t size, struct kvm_run **run )
{
    struct fake_vcpu *fake;
    void *page;

    BEGIN();
    fake = fake_get_vcpu( vcpu, __func__ );
    if (size != FAKE_RUN_SIZE) fake_die( "kvm_map_run: %zu bytes", size );
    if (fake->run) fake_die( "kvm_map_run: vcpu %u is mapped already", fake->id );
    if (posix_memalign( &page, 4096, FAKE_RUN_SIZE )) fake_die( "memory" );
    memset( page, 0, FAKE_RUN_SIZE );
    fake_mapped_runs++;
    *run = fake->run = page;
    return fake_end( 0 );
}

FAKE void kvm_unmap_run( struct kvm_run *run, size_t size )
{
    unsigned int i;

    pthread_mutex_lock( &fake_lock );
    for (i = 0; i < MAX_OBJECTS; i++) if (fake_objects[i].vcpu && fake_objects[i].vcpu->run == run) break;
    if (i == MAX_OBJECTS || size != FAKE_RUN_SIZE) fake_die( "kvm_unmap_run: %p, %zu bytes", (void *)run, size );
    fake_objects[i].vcpu->run = NULL;
    free( run );
    fake_mapped_runs--;
    pthread_mutex_unlock( &fake_lock );
}

/* ---- register sets ---- */

int fake_set_sregs( struct fake_vcpu *vcpu, const struct kvm_sregs *sregs )
{
    if ((sregs->cr0 & 0x80000000) && !(sregs->cr0 & 1)) return -EINVAL;
    if ((sregs->efer & 0x100) && (sregs->cr0 & 0x80000000) && !(sregs->cr4 & 0x20)) return -EINVAL;
    vcpu->sregs = *sregs;
    return 0;
}

int fake_set_events( struct fake_vcpu *vcpu, const struct kvm_vcpu_events *events )
{
    struct kvm_vcpu_events old = vcpu->events;

    if ((events->exception.injected || events->exception.pending) &&
        (events->exception.nr > 31 || events->exception.nr == 2))
        return -EINVAL;
    vcpu->events = *events;
    /* what is not declared valid is left; GET declares these */
    if (!(events->flags & KVM_VCPUEVENT_VALID_NMI_PENDING)) vcpu->events.nmi.pending = old.nmi.pending;
    if (!(events->flags & KVM_VCPUEVENT_VALID_SMM)) vcpu->events.smi = old.smi;
    vcpu->events.flags |= KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SHADOW | KVM_VCPUEVENT_VALID_SMM;
    return 0;
}

FAKE int kvm_get_regs( int vcpu, struct kvm_regs *regs )
{
    BEGIN();
    *regs = fake_get_vcpu( vcpu, __func__ )->regs;
    return fake_end( 0 );
}

FAKE int kvm_set_regs( int vcpu, const struct kvm_regs *regs )
{
    BEGIN();
    fake_get_vcpu( vcpu, __func__ )->regs = *regs;
    return fake_end( 0 );
}

FAKE int kvm_get_sregs( int vcpu, struct kvm_sregs *sregs )
{
    BEGIN();
    *sregs = fake_get_vcpu( vcpu, __func__ )->sregs;
    return fake_end( 0 );
}

FAKE int kvm_set_sregs( int vcpu, const struct kvm_sregs *sregs )
{
    BEGIN();
    return fake_end( fake_set_sregs( fake_get_vcpu( vcpu, __func__ ), sregs ) );
}

FAKE int kvm_get_vcpu_events( int vcpu, struct kvm_vcpu_events *events )
{
    BEGIN();
    *events = fake_get_vcpu( vcpu, __func__ )->events;
    return fake_end( 0 );
}

FAKE int kvm_set_vcpu_events( int vcpu, const struct kvm_vcpu_events *events )
{
    BEGIN();
    return fake_end( fake_set_events( fake_get_vcpu( vcpu, __func__ ), events ) );
}

FAKE int kvm_get_debugregs( int vcpu, struct kvm_debugregs *debugregs )
{
    BEGIN();
    *debugregs = fake_get_vcpu( vcpu, __func__ )->debugregs;
    return fake_end( 0 );
}

FAKE int kvm_set_debugregs( int vcpu, const struct kvm_debugregs *debugregs )
{
    BEGIN();
    if (debugregs->flags || (debugregs->dr6 | debugregs->dr7) >> 32) return fake_end( -EINVAL );
    fake_get_vcpu( vcpu, __func__ )->debugregs = *debugregs;
    return fake_end( 0 );
}

FAKE int kvm_get_xsave( int vcpu, struct kvm_xsave *xsave )
{
    BEGIN();
    memcpy( xsave, fake_get_vcpu( vcpu, __func__ )->xsave, sizeof(*xsave) );
    return fake_end( 0 );
}

FAKE int kvm_get_xsave2( int vcpu, void *buffer )
{
    BEGIN();
    memcpy( buffer, fake_get_vcpu( vcpu, __func__ )->xsave, FAKE_XSAVE_SIZE );
    return fake_end( 0 );
}

FAKE int kvm_set_xsave( int vcpu, const struct kvm_xsave *xsave )
{
    uint64_t components;

    BEGIN();
    memcpy( &components, (const uint8_t *)xsave + 512, sizeof(components) );
    /* features that the guest has not got, and reserved bits of MXCSR */
    if (components & ~7ull || xsave->region[6] & ~0xffffu) return fake_end( -EINVAL );
    memcpy( fake_get_vcpu( vcpu, __func__ )->xsave, xsave, sizeof(*xsave) );
    return fake_end( 0 );
}

FAKE int kvm_get_xcrs( int vcpu, struct kvm_xcrs *xcrs )
{
    BEGIN();
    *xcrs = fake_get_vcpu( vcpu, __func__ )->xcrs;
    return fake_end( 0 );
}

FAKE int kvm_set_xcrs( int vcpu, const struct kvm_xcrs *xcrs )
{
    uint64_t value = xcrs->xcrs[0].value;

    BEGIN();
    if (xcrs->flags || xcrs->nr_xcrs > KVM_MAX_XCRS) return fake_end( -EINVAL );
    if (xcrs->nr_xcrs && (!(value & 1) || value & ~7ull || (value & 4 && !(value & 2)))) return fake_end( -EINVAL );
    fake_get_vcpu( vcpu, __func__ )->xcrs = *xcrs;
    return fake_end( 0 );
}

/* Where an MSR lives, NULL if it is unknown. */
static __u64 *find_msr( struct fake_vcpu *vcpu, uint32_t index )
{
    unsigned int i;

    if (index == 0x0000001b) return &vcpu->sregs.apic_base;
    if (index == 0xc0000080) return &vcpu->sregs.efer;
    if (index == 0xc0000100) return &vcpu->sregs.fs.base;
    if (index == 0xc0000101) return &vcpu->sregs.gs.base;
    if (index >> 8 == 0x400000 && fake_kvm_cap( KVM_CAP_HYPERV_SYNIC )) return &vcpu->hyperv_msrs[index & 0xff];
    for (i = 0; i < KNOWN_MSRS; i++) if (vcpu->msrs[i].index == index) return &vcpu->msrs[i].data;
    return NULL;
}

/* The TSC is shown as of now. */
static void load_tsc( struct fake_vcpu *vcpu )
{
    *find_msr( vcpu, 0x10 ) = fake_tsc_of( vcpu );
}

uint64_t fake_kvm_msr( struct fake_vcpu *vcpu, uint32_t index )
{
    __u64 *value = find_msr( vcpu, index );

    load_tsc( vcpu );
    return value ? *value : 0;
}

FAKE int kvm_get_msrs( int vcpu, struct kvm_msrs *msrs )
{
    unsigned int i;

    BEGIN();
    load_tsc( fake_get_vcpu( vcpu, __func__ ));
    for (i = 0; i < msrs->nmsrs; i++)
    {
        __u64 *value = find_msr( fake_get_vcpu( vcpu, __func__ ), msrs->entries[i].index );

        if (!value) break;
        msrs->entries[i].data = *value;
    }
    return fake_end( i );
}

FAKE int kvm_set_msrs( int vcpu, const struct kvm_msrs *msrs )
{
    unsigned int i;

    BEGIN();
    for (i = 0; i < msrs->nmsrs; i++)
    {
        __u64 *value = find_msr( fake_get_vcpu( vcpu, __func__ ), msrs->entries[i].index );

        if (!value) break;
        *value = msrs->entries[i].data;
        if (msrs->entries[i].index == 0x10) fake_tsc_write( fake_get_vcpu( vcpu, __func__ ), *value );
    }
    return fake_end( i );
}

FAKE int kvm_get_cpuid2( int vcpu, struct kvm_cpuid2 *cpuid )
{
    struct fake_vcpu *fake;

    BEGIN();
    fake = fake_get_vcpu( vcpu, __func__ );
    return fake_end( fake_copy_cpuid( cpuid, fake->cpuid, fake->cpuid_count ) );
}

FAKE int kvm_set_cpuid2( int vcpu, const struct kvm_cpuid2 *cpuid )
{
    struct fake_vcpu *fake;
    size_t size = cpuid->nent * sizeof(cpuid->entries[0]);

    BEGIN();
    fake = fake_get_vcpu( vcpu, __func__ );
    if (cpuid->nent > 256) return fake_end( -E2BIG );
    if (fake->entered)
        return fake_end( cpuid->nent == fake->cpuid_count &&
                         !memcmp( cpuid->entries, fake->cpuid, size ) ? 0 : -EINVAL );
    memcpy( fake->cpuid, cpuid->entries, size );
    fake->cpuid_count = cpuid->nent;
    return fake_end( 0 );
}

FAKE int kvm_get_mp_state( int vcpu, struct kvm_mp_state *state )
{
    struct fake_vcpu *fake;

    BEGIN();
    fake = fake_get_vcpu( vcpu, __func__ );
    if (fake->on_get_mp_state) fake->on_get_mp_state( fake );
    *state = fake->mp_state;
    return fake_end( 0 );
}

FAKE int kvm_set_mp_state( int vcpu, const struct kvm_mp_state *state )
{
    struct fake_vcpu *fake;

    BEGIN();
    fake = fake_get_vcpu( vcpu, __func__ );
    if (!fake_has_irqchip( fake ) && state->mp_state != KVM_MP_STATE_RUNNABLE) return fake_end( -EINVAL );
    fake->mp_state = *state;
    return fake_end( 0 );
}

FAKE int kvm_get_lapic( int vcpu, struct kvm_lapic_state *lapic )
{
    struct fake_vcpu *fake;

    BEGIN();
    fake = fake_get_vcpu( vcpu, __func__ );
    if (!fake_has_irqchip( fake )) return fake_end( -EINVAL );
    *lapic = fake->lapic;
    return fake_end( 0 );
}

FAKE int kvm_set_lapic( int vcpu, const struct kvm_lapic_state *lapic )
{
    struct fake_vcpu *fake;

    BEGIN();
    fake = fake_get_vcpu( vcpu, __func__ );
    if (!fake_has_irqchip( fake )) return fake_end( -EINVAL );
    fake->lapic = *lapic;
    return fake_end( 0 );
}

FAKE int kvm_pre_fault( int vcpu, uint64_t gpa, uint64_t size )
{
    struct fake_vcpu *fake;

    BEGIN();
    fake = fake_get_vcpu( vcpu, __func__ );
    if (fake->runner) fake_die( "kvm_pre_fault of vcpu %u, which is in the guest", fake->id );
    fake->filled_gpa = gpa;
    fake->filled_size = size;
    return fake_end( 0 );
}

FAKE int kvm_nmi( int vcpu )
{
    BEGIN();
    fake_get_vcpu( vcpu, __func__ )->nmis++;
    fake_get_vcpu( vcpu, __func__ )->events.nmi.pending = 1;
    return fake_end( 0 );
}

FAKE int kvm_set_guest_debug( int vcpu, const struct kvm_guest_debug *debug )
{
    BEGIN();
    fake_get_vcpu( vcpu, __func__ )->debug = *debug;
    return fake_end( 0 );
}
