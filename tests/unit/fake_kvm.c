/*
 * A KVM for unit tests
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
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fake_kvm_private.h"
#include "host/kvm.h"

pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;

struct object fake_objects[MAX_OBJECTS];
int fake_mapped_runs, fake_out_past, fake_syscall_half, fake_delivery;
#define MAX_CAPS  512
#define MAX_NAMES 96

static int caps[MAX_CAPS];
static struct kvm_cpuid_entry2 supported[64];
static unsigned int supported_count;

static struct { const char *name; unsigned int count; int err; } names[MAX_NAMES];
static unsigned int calls, total_calls, fail_from, fail_to;
static int fail_err;

/* ---- the frame of every call ---- */

void fake_die( const char *format, ... )
{
    va_list args;

    va_start( args, format );
    fprintf( stderr, "fake_kvm: " );
    vfprintf( stderr, format, args );
    fprintf( stderr, "\n" );
    va_end( args );
    abort();
}

static unsigned int name_index( const char *name )
{
    unsigned int i;

    for (i = 0; i < MAX_NAMES && names[i].name; i++) if (!strcmp( names[i].name, name )) return i;
    if (i == MAX_NAMES) fake_die( "too many names" );
    names[i].name = strdup( name );
    return i;
}

struct object *fake_object( int fd, enum object_type type, const char *name )
{
    if (fd < FIRST_FD || fd >= FIRST_FD + MAX_OBJECTS || fake_objects[fd - FIRST_FD].type != type)
        fake_die( "%s: fd %d is not open, or not of the right kind", name, fd );
    return &fake_objects[fd - FIRST_FD];
}

/* Takes the lock and counts; 0, or the -errno that the call has to answer. */
int fake_begin( const char *name )
{
    unsigned int i;

    pthread_mutex_lock( &fake_lock );
    i = name_index( name );
    names[i].count++;
    total_calls++;
    calls++;
    if (names[i].err) return names[i].err;
    return calls >= fail_from && calls <= fail_to ? fail_err : 0;
}

int fake_end( int ret )
{
    pthread_mutex_unlock( &fake_lock );
    return ret;
}

int fake_new_object( enum object_type type )
{
    unsigned int i;

    for (i = 0; i < MAX_OBJECTS; i++)
    {
        if (fake_objects[i].type) continue;
        memset( &fake_objects[i], 0, sizeof(fake_objects[i]) );
        fake_objects[i].type = type;
        return FIRST_FD + i;
    }
    return -EMFILE;
}

static void free_object( struct object *object )
{
    unsigned int i;

    for (i = 0; i < object->slot_room; i++) free( object->slots[i].dirty );
    if (object->slots) munmap( object->slots, FAKE_MAX_SLOTS * sizeof(struct fake_slot) );
    free( object->vcpu );
    memset( object, 0, sizeof(*object) );
}

/* ---- for the tests ---- */

static void set_supported( uint32_t leaf, uint32_t subleaf, uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx )
{
    struct kvm_cpuid_entry2 entry = { .function = leaf, .index = subleaf, .eax = eax, .ebx = ebx, .ecx = ecx,
                                      .edx = edx };
    unsigned int i;

    if (leaf == 4 || leaf == 7 || leaf == 0xb || leaf == 0xd) entry.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
    for (i = 0; i < supported_count; i++)
        if (supported[i].function == leaf && supported[i].index == subleaf) break;
    if (i == sizeof(supported) / sizeof(supported[0])) fake_die( "too many CPUID leaves" );
    if (i == supported_count) supported_count++;
    supported[i] = entry;
}

static void set_defaults( void )
{
    static const struct { unsigned int cap; int value; } defaults[] =
    {
        { KVM_CAP_IRQCHIP, 1 }, { KVM_CAP_USER_MEMORY, 1 }, { KVM_CAP_SET_TSS_ADDR, 1 }, { KVM_CAP_EXT_CPUID, 1 },
        { KVM_CAP_NR_VCPUS, 4 }, { KVM_CAP_MAX_VCPUS, 4096 }, { KVM_CAP_MAX_VCPU_ID, 4096 },
        { KVM_CAP_NR_MEMSLOTS, FAKE_MAX_SLOTS }, { KVM_CAP_MP_STATE, 1 }, { KVM_CAP_USER_NMI, 1 },
        { KVM_CAP_SET_GUEST_DEBUG, 1 }, { KVM_CAP_IRQ_ROUTING, 4096 }, { KVM_CAP_ADJUST_CLOCK, 7 },
        { KVM_CAP_VCPU_EVENTS, 1 }, { KVM_CAP_DEBUGREGS, 1 }, { KVM_CAP_XSAVE, 1 }, { KVM_CAP_XCRS, 1 },
        { KVM_CAP_TSC_CONTROL, 1 }, { KVM_CAP_GET_TSC_KHZ, 1 }, { KVM_CAP_SIGNAL_MSI, 1 }, { KVM_CAP_READONLY_MEM, 1 },
        { KVM_CAP_DISABLE_QUIRKS, 1 }, { KVM_CAP_SPLIT_IRQCHIP, 1 }, { KVM_CAP_X2APIC_API, 3 },
        { KVM_CAP_IMMEDIATE_EXIT, 1 }, { KVM_CAP_SYNC_REGS, SYNC_ALL }, { KVM_CAP_HYPERV_CPUID, 1 },
        { KVM_CAP_EXCEPTION_PAYLOAD, 1 }, { KVM_CAP_GET_MSR_FEATURES, 1 }, { KVM_CAP_X86_USER_SPACE_MSR, 7 },
        { KVM_CAP_X86_MSR_FILTER, 1 }, { KVM_CAP_SYS_HYPERV_CPUID, 1 }, { KVM_CAP_EXIT_ON_EMULATION_FAILURE, 1 },
        { KVM_CAP_VCPU_ATTRIBUTES, 1 }, { KVM_CAP_XSAVE2, FAKE_XSAVE_SIZE }, { KVM_CAP_SET_IDENTITY_MAP_ADDR, 1 },
        { KVM_CAP_BINARY_STATS_FD, 1 }, { KVM_CAP_VM_TSC_CONTROL, 1 }, { KVM_CAP_ENFORCE_PV_FEATURE_CPUID, 1 },
    };
    unsigned int i;

    memset( caps, 0, sizeof(caps) );
    for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) caps[defaults[i].cap] = defaults[i].value;

    /* an Intel of some years ago, without the leaves that say nothing here */
    supported_count = 0;
    set_supported( 0x00000000, 0, 0x0000000d, 0x756e6547, 0x6c65746e, 0x49656e69 );
    set_supported( 0x00000001, 0, 0x000506e3, 0x00010800, 0xfffa3223, 0x1f8bfbff );
    set_supported( 0x00000007, 0, 0x00000000, 0x009c6fbb, 0x00000000, 0x84000000 );
    set_supported( 0x0000000d, 0, 0x00000007, 0x00000340, 0x00000340, 0x00000000 );
    set_supported( 0x0000000d, 1, 0x0000000f, 0x00000340, 0x00000000, 0x00000000 );
    set_supported( 0x0000000d, 2, 0x00000100, 0x00000240, 0x00000000, 0x00000000 );
    set_supported( 0x40000000, 0, 0x40000001, 0x4b4d564b, 0x564b4d56, 0x0000004d );
    set_supported( 0x40000001, 0, 0x01007efb, 0x00000000, 0x00000000, 0x00000000 );
    set_supported( 0x80000000, 0, 0x80000008, 0x00000000, 0x00000000, 0x00000000 );
    set_supported( 0x80000001, 0, 0x00000000, 0x00000000, 0x00000121, 0x2c100800 );
    set_supported( 0x80000008, 0, 0x00003027, 0x00000000, 0x00000000, 0x00000000 );
}

static void __attribute__((constructor)) init( void )
{
    set_defaults();
}

struct fake_irq fake_kvm_irq = { .msi_result = 1 };

int fake_kvm_reset( void )
{
    unsigned int i, left = 0;

    fake_kvm_set_tsc( 0 );
    pthread_mutex_lock( &fake_lock );
    memset( &fake_kvm_irq, 0, sizeof(fake_kvm_irq) );
    fake_kvm_irq.msi_result = 1;
    for (i = 0; i < MAX_OBJECTS; i++)
    {
        if (!fake_objects[i].type) continue;
        left++;
        /* a run page may outlive its fd in tests that leak; it is given back with the vcpu */
        if (fake_objects[i].vcpu && fake_objects[i].vcpu->run) free( fake_objects[i].vcpu->run );
        free_object( &fake_objects[i] );
    }
    left += fake_mapped_runs;
    fake_mapped_runs = 0;
    for (i = 0; i < MAX_NAMES; i++)
    {
        free( (char *)names[i].name );
        memset( &names[i], 0, sizeof(names[i]) );
    }
    calls = total_calls = fail_from = fail_to = 0;
    fake_out_past = 0;
    fake_syscall_half = 0;
    fake_delivery = KVM_EXIT_INTERNAL_ERROR;
    set_defaults();
    return fake_end( left );
}

int fake_kvm_open_fds( void )
{
    unsigned int i, count = 0;

    for (i = 0; i < MAX_OBJECTS; i++) if (fake_objects[i].type) count++;
    return count;
}

int fake_kvm_mapped_runs( void )
{
    return fake_mapped_runs;
}

unsigned int fake_kvm_calls( void )
{
    return calls;
}

unsigned int fake_kvm_count( const char *function )
{
    unsigned int count;

    if (!function) return total_calls;
    pthread_mutex_lock( &fake_lock );
    count = names[name_index( function )].count;
    pthread_mutex_unlock( &fake_lock );
    return count;
}

static void set_failure( unsigned int from, unsigned int to, int err )
{
    pthread_mutex_lock( &fake_lock );
    calls = 0;
    fail_from = from;
    fail_to = to;
    fail_err = err > 0 ? -err : err;
    pthread_mutex_unlock( &fake_lock );
}

void fake_kvm_fail_at( unsigned int n, int err )
{
    set_failure( n, n, err );
}

void fake_kvm_fail_from( unsigned int n, int err )
{
    set_failure( n, n ? ~0u : 0, err );
}

void fake_kvm_fail_function( const char *function, int err )
{
    pthread_mutex_lock( &fake_lock );
    names[name_index( function )].err = err > 0 ? -err : err;
    pthread_mutex_unlock( &fake_lock );
}

void fake_kvm_set_cap( unsigned int cap, int value )
{
    if (cap >= MAX_CAPS) fake_die( "capability %u", cap );
    caps[cap] = value;
}

void fake_kvm_set_out_past( int past )
{
    fake_out_past = past;
}

void fake_kvm_set_delivery( int reason )
{
    fake_delivery = reason;
}

void fake_kvm_set_syscall_half( int half )
{
    fake_syscall_half = half;
}

void fake_kvm_set_cpuid( uint32_t leaf, uint32_t subleaf, uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx )
{
    set_supported( leaf, subleaf, eax, ebx, ecx, edx );
}

struct fake_vcpu *fake_kvm_vcpu( int fd )
{
    return fake_object( fd, OBJECT_VCPU, __func__ )->vcpu;
}

int fake_kvm_vm( void )
{
    unsigned int i;

    for (i = MAX_OBJECTS; i--;) if (fake_objects[i].type == OBJECT_VM) return FIRST_FD + i;
    return -1;
}

struct fake_vcpu *fake_kvm_find_vcpu( unsigned int id )
{
    struct fake_vcpu *found = NULL;
    unsigned int i;

    for (i = 0; i < MAX_OBJECTS; i++)
    {
        if (fake_objects[i].type != OBJECT_VCPU || fake_objects[i].vcpu->id != id) continue;
        if (!found || fake_objects[i].vcpu->vm >= found->vm) found = fake_objects[i].vcpu;
    }
    return found;
}

void fake_kvm_queue( struct fake_vcpu *vcpu, const struct fake_exit *exit )
{
    pthread_mutex_lock( &fake_lock );
    if (vcpu->script_count == FAKE_MAX_SCRIPT) fake_die( "the script is too long" );
    vcpu->script[(vcpu->script_first + vcpu->script_count++) % FAKE_MAX_SCRIPT] = *exit;
    pthread_mutex_unlock( &fake_lock );
}

unsigned int fake_kvm_left( const struct fake_vcpu *vcpu )
{
    return vcpu->script_count;
}

uint64_t *fake_kvm_gpr( struct fake_vcpu *vcpu, unsigned int index )
{
    __u64 *gprs[] = { &vcpu->regs.rax, &vcpu->regs.rcx, &vcpu->regs.rdx, &vcpu->regs.rbx,
                      &vcpu->regs.rsp, &vcpu->regs.rbp, &vcpu->regs.rsi, &vcpu->regs.rdi,
                      &vcpu->regs.r8,  &vcpu->regs.r9,  &vcpu->regs.r10, &vcpu->regs.r11,
                      &vcpu->regs.r12, &vcpu->regs.r13, &vcpu->regs.r14, &vcpu->regs.r15 };

    if (index >= 16) fake_die( "register %u", index );
    return (uint64_t *)gprs[index];
}

/* ---- system ---- */

FAKE int kvm_open( void )
{
    BEGIN();
    return fake_end( fake_new_object( OBJECT_SYSTEM ) );
}

FAKE void kvm_close( int fd )
{
    pthread_mutex_lock( &fake_lock );
    if (fd < FIRST_FD || fd >= FIRST_FD + MAX_OBJECTS || !fake_objects[fd - FIRST_FD].type)
        fake_die( "close of fd %d", fd );
    if (fake_objects[fd - FIRST_FD].vcpu && fake_objects[fd - FIRST_FD].vcpu->run)
        fake_die( "close of a vcpu whose run page is mapped" );
    free_object( &fake_objects[fd - FIRST_FD] );
    pthread_mutex_unlock( &fake_lock );
}

FAKE int kvm_check_extension( int fd, unsigned int cap )
{
    BEGIN();
    (void)fd;
    return fake_end( cap < MAX_CAPS ? caps[cap] : 0 );
}

FAKE int kvm_vcpu_mmap_size( int fd )
{
    BEGIN();
    fake_object( fd, OBJECT_SYSTEM, __func__ );
    return fake_end( FAKE_RUN_SIZE );
}

int fake_copy_cpuid( struct kvm_cpuid2 *cpuid, const struct kvm_cpuid_entry2 *entries, unsigned int count )
{
    unsigned int room = cpuid->nent;

    cpuid->nent = count;
    if (room < count) return -E2BIG;
    memcpy( cpuid->entries, entries, count * sizeof(*entries) );
    return 0;
}

FAKE int kvm_get_supported_cpuid( int fd, struct kvm_cpuid2 *cpuid )
{
    BEGIN();
    fake_object( fd, OBJECT_SYSTEM, __func__ );
    /* the kernel does not tell how much room it wants */
    if (cpuid->nent < supported_count) return fake_end( -E2BIG );
    return fake_end( fake_copy_cpuid( cpuid, supported, supported_count ) );
}

FAKE int kvm_get_supported_hv_cpuid( int fd, struct kvm_cpuid2 *cpuid )
{
    static const struct kvm_cpuid_entry2 entries[] =
    {
        { .function = 0x40000000, .eax = 0x4000000a, .ebx = 0x756e694c, .ecx = 0x564b2078, .edx = 0x7648204d },
        { .function = 0x40000001, .eax = 0x31237648 },
        { .function = 0x40000003, .eax = 0x00002e7f, .ebx = 0x00000030, .edx = 0x00000d88 },
    };

    BEGIN();
    (void)fd;
    if (cpuid->nent < 3) return fake_end( -E2BIG );
    return fake_end( fake_copy_cpuid( cpuid, entries, 3 ) );
}

FAKE int kvm_get_feature_msrs( int fd, struct kvm_msrs *msrs )
{
    unsigned int i;

    BEGIN();
    fake_object( fd, OBJECT_SYSTEM, __func__ );
    for (i = 0; i < msrs->nmsrs; i++)
    {
        if (msrs->entries[i].index != 0x10a && msrs->entries[i].index != 0x8b) break;
        msrs->entries[i].data = msrs->entries[i].index == 0x8b ? 0x100000000ull : 0;
    }
    return fake_end( i );
}

const uint32_t fake_known_msrs[KNOWN_MSRS] =
{
    0x00000010, 0x0000001b, 0x0000003a, 0x0000003b, 0x00000048, 0x0000008b, 0x000000fe, 0x0000010a, 0x00000174,
    0x00000175, 0x00000176, 0x00000179, 0x0000017a, 0x000001a0, 0x000001d9, 0x00000200, 0x00000201, 0x00000202,
    0x00000203, 0x00000204, 0x00000205, 0x00000206, 0x00000207, 0x00000208, 0x00000209, 0x0000020a, 0x0000020b,
    0x0000020c, 0x0000020d, 0x0000020e, 0x0000020f, 0x00000250, 0x00000258, 0x00000259, 0x00000268, 0x00000269,
    0x0000026a, 0x0000026b, 0x0000026c, 0x0000026d, 0x0000026e, 0x0000026f, 0x00000277, 0x000002ff, 0x000006e0,
    0x00000da0, 0x40000000, 0x40000001, 0x40000020, 0x40000021, 0xc0000080, 0xc0000081, 0xc0000082, 0xc0000083,
    0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102, 0xc0000103,
};

FAKE int kvm_get_msr_index_list( int fd, struct kvm_msr_list *list )
{
    unsigned int room = list->nmsrs;

    BEGIN();
    fake_object( fd, OBJECT_SYSTEM, __func__ );
    list->nmsrs = KNOWN_MSRS;
    if (room < KNOWN_MSRS) return fake_end( -E2BIG );
    memcpy( list->indices, fake_known_msrs, sizeof(fake_known_msrs) );
    return fake_end( 0 );
}

int fake_kvm_cap( unsigned int cap )
{
    return caps[cap];
}

FAKE int kvm_enable_cap( int fd, unsigned int cap, uint64_t arg0, uint64_t arg1 )
{
    struct object *object;

    BEGIN();
    (void)arg1;
    object = &fake_objects[fd - FIRST_FD];
    if (cap >= MAX_CAPS || !caps[cap]) return fake_end( -EINVAL );
    if (cap == KVM_CAP_SPLIT_IRQCHIP)
    {
        if (object->irqchip) return fake_end( -EEXIST );
        if (arg0 > 4096) return fake_end( -EINVAL );
        object->irqchip = 1;
        fake_kvm_irq.pins = (uint8_t)arg0;
    }
    if (cap == KVM_CAP_X2APIC_API) fake_kvm_irq.x2apic = arg0;
    return fake_end( 0 );
}
