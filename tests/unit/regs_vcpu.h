/*
 * Unit tests: a vcpu for the registers
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

/*
 * A vp by hand on a vcpu of our own, for tests of the register table and of the event registers.
 * Its KVM calls override the fake's (they are weak there): here it matters which MSRs exist and which of them take a
 * value. Any call can be made to fail by name; calls are counted.
 * Knows registers_x86.h and kvm.h. To be included once by a test program, behind <cmocka.h>.
 */

#ifndef __WHV_TESTS_REGS_VCPU_H
#define __WHV_TESTS_REGS_VCPU_H

#include "all_regs.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/xsave_format_x86.h"
#include "registers/registers_x86.h"
#include "registers/table_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"

#define XSAVE_SIZE 4096

static struct kvm_cpuid2 no_cpuid;
static struct host host = { .xsave_size = XSAVE_SIZE, .phys_bits = 48, .cpuid = &no_cpuid };

static struct
{
    struct kvm_debugregs   debugregs;
    struct kvm_xcrs        xcrs;
    UINT8                  xsave[XSAVE_SIZE];
    struct kvm_lapic_state lapic;
    struct kvm_mp_state    mp_state;
    struct kvm_regs        regs;
    struct kvm_sregs       sregs;
    struct kvm_vcpu_events events;
    struct { UINT32 index; UINT64 value; BOOL readable, writable; } msrs[256];
    UINT32                 msr_count;
    const char            *fail;
    int                    error;
    int                    calls;
} fake;

static int step( const char *call )
{
    fake.calls++;
    return fake.fail && !strcmp( fake.fail, call ) ? -fake.error : 0;
}

#define COPY_CALL( func, type, call, to, from ) \
    int func( int vcpu, type *data ) \
    { \
        int ret = step( call ); \
        (void)vcpu; \
        if (!ret) memcpy( to, from, sizeof(*data) ); \
        return ret; \
    }

COPY_CALL( kvm_get_debugregs, struct kvm_debugregs, "get_debugregs", data, &fake.debugregs )
COPY_CALL( kvm_set_debugregs, const struct kvm_debugregs, "set_debugregs", &fake.debugregs, data )
COPY_CALL( kvm_get_xcrs, struct kvm_xcrs, "get_xcrs", data, &fake.xcrs )
COPY_CALL( kvm_set_xcrs, const struct kvm_xcrs, "set_xcrs", &fake.xcrs, data )
COPY_CALL( kvm_get_lapic, struct kvm_lapic_state, "get_lapic", data, &fake.lapic )
COPY_CALL( kvm_set_lapic, const struct kvm_lapic_state, "set_lapic", &fake.lapic, data )
COPY_CALL( kvm_get_regs, struct kvm_regs, "get_regs", data, &fake.regs )
COPY_CALL( kvm_set_regs, const struct kvm_regs, "set_regs", &fake.regs, data )
COPY_CALL( kvm_get_sregs, struct kvm_sregs, "get_sregs", data, &fake.sregs )
COPY_CALL( kvm_set_sregs, const struct kvm_sregs, "set_sregs", &fake.sregs, data )
COPY_CALL( kvm_get_vcpu_events, struct kvm_vcpu_events, "get_vcpu_events", data, &fake.events )
COPY_CALL( kvm_set_vcpu_events, const struct kvm_vcpu_events, "set_vcpu_events", &fake.events, data )
COPY_CALL( kvm_get_mp_state, struct kvm_mp_state, "get_mp_state", data, &fake.mp_state )
COPY_CALL( kvm_set_mp_state, const struct kvm_mp_state, "set_mp_state", &fake.mp_state, data )

int kvm_get_xsave2( int vcpu, void *buffer )
{
    int ret = step( "get_xsave2" );

    (void)vcpu;
    if (!ret) memcpy( buffer, fake.xsave, sizeof(fake.xsave) );
    return ret;
}

int kvm_set_xsave( int vcpu, const struct kvm_xsave *xsave )
{
    int ret = step( "set_xsave" );

    (void)vcpu;
    if (!ret) memcpy( fake.xsave, xsave, sizeof(fake.xsave) );
    return ret;
}

static UINT32 msr_slot( UINT32 index )
{
    UINT32 i;

    for (i = 0; i < fake.msr_count; i++) if (fake.msrs[i].index == index) return i;
    assert_true( fake.msr_count < sizeof(fake.msrs) / sizeof(fake.msrs[0]) );
    fake.msrs[fake.msr_count].index = index;
    return fake.msr_count++;
}

int kvm_get_msrs( int vcpu, struct kvm_msrs *msrs )
{
    UINT32 i, slot;
    int ret;

    (void)vcpu;
    if ((ret = step( "get_msrs" ))) return ret;
    for (i = 0; i < msrs->nmsrs; i++)
    {
        slot = msr_slot( msrs->entries[i].index );
        if (!fake.msrs[slot].readable) break;
        msrs->entries[i].data = fake.msrs[slot].value;
    }
    return i;
}

int kvm_set_msrs( int vcpu, const struct kvm_msrs *msrs )
{
    UINT32 i, slot;
    int ret;

    (void)vcpu;
    if ((ret = step( "set_msrs" ))) return ret;
    for (i = 0; i < msrs->nmsrs; i++)
    {
        slot = msr_slot( msrs->entries[i].index );
        if (!fake.msrs[slot].writable) break;
        fake.msrs[slot].value = msrs->entries[i].data;
    }
    return i;
}

static void fake_msr_set( UINT32 index, UINT64 value )
{
    UINT32 slot = msr_slot( index );

    fake.msrs[slot].value = value;
    fake.msrs[slot].readable = fake.msrs[slot].writable = 1;
}

static inline void fake_msr_remove( UINT32 index )
{
    fake.msrs[msr_slot( index )].readable = fake.msrs[msr_slot( index )].writable = 0;
}

static inline void fake_msr_read_only( UINT32 index )
{
    fake.msrs[msr_slot( index )].writable = 0;
}

static inline void fake_fail( const char *call, int error )
{
    fake.fail = call;
    fake.error = error;
}

static inline UINT32 fake_lapic_register( UINT32 offset )
{
    UINT32 ret;

    memcpy( &ret, fake.lapic.regs + offset, sizeof(ret) );
    return ret;
}

static int setup( void **state )
{
    struct partition *partition = calloc( 1, sizeof(*partition) );
    struct vp *vp = calloc( 1, sizeof(*vp) );
    struct kvm_cpuid_entry2 *entry;
    UINT32 i;

    memset( &fake, 0, sizeof(fake) );
    for (i = 0; i < sizeof(fake.lapic.regs); i++) fake.lapic.regs[i] = i * 7;
    partition->host = &host;
    vp->partition = partition;
    vp->index = 3;
    vp->fd = 5;
    vp->run = calloc( 1, 4096 );
    vp->arch.lazy.xsave = calloc( 1, XSAVE_SIZE );
    vp->arch.cpuid.table = calloc( 1, sizeof(*vp->arch.cpuid.table) );
    entry = vp->arch.cpuid.table->entries;
    entry[0].function = 1;
    entry[0].eax = 0xa10f11;
    entry[0].ecx = entry[0].edx = ~0u;
    entry[1].function = 0xd;
    entry[1].eax = 7;
    entry[2].function = 0x80000001;
    entry[2].ecx = entry[2].edx = ~0u;
    vp->arch.cpuid.table->head.nent = 3;
    partition->props.phys_bits = 48;
    list_all_regs();
    for (i = 0; i < all_regs_count; i++)
        if (all_regs[i].kind == REG_MSR) fake_msr_set( all_regs[i].where, 0x1000 + i );
    *state = vp;
    return 0;
}

static int teardown( void **state )
{
    struct vp *vp = *state;

    free( vp->arch.cpuid.table );
    free( vp->arch.lazy.xsave );
    free( vp->run );
    free( vp->partition );
    free( vp );
    return 0;
}

static HRESULT get( struct vp *vp, UINT32 name, WHV_REGISTER_VALUE *value )
{
    WHV_REGISTER_NAME n = name;

    memset( value, 0xcc, sizeof(*value) );
    return regs_get( vp, &n, 1, value );
}

/* check and set must agree, but for what only KVM knows */
static HRESULT set( struct vp *vp, UINT32 name, const WHV_REGISTER_VALUE *value )
{
    WHV_REGISTER_NAME n = name;
    HRESULT checked = regs_check( vp, &n, 1, value ), hr = regs_set( vp, &n, 1, value );

    if (FAILED(checked)) assert_int_equal( checked, hr );
    return hr;
}

static inline HRESULT set64( struct vp *vp, UINT32 name, UINT64 data )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.Reg64 = data;
    return set( vp, name, &value );
}

static inline UINT64 get64( struct vp *vp, UINT32 name )
{
    WHV_REGISTER_VALUE value;

    assert_int_equal( get( vp, name, &value ), S_OK );
    assert_true( !value.Reg128.High64 );
    return value.Reg64;
}

/* What KVM_RUN does to the caches. */
static inline void run( struct vp *vp )
{
    assert_int_equal( lazy_write_back( vp ), S_OK );
    assert_int_equal( vp->arch.lazy.dirty, 0 );
    vp->arch.lazy.valid = 0;
    vp->arch.view.dirty = 0;
}

#endif /* __WHV_TESTS_REGS_VCPU_H */
