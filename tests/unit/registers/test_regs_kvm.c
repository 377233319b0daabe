/*
 * Unit tests: registers of a real vcpu (skipped without /dev/kvm)
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
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "all_regs.h"
#include "host/bytes.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/xsave_format_x86.h"
#include "registers/registers_x86.h"
#include "registers/reset_x86.h"
#include "registers/table_x86.h"
#include "registers/xsave_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"

/* the real thing: its functions take the place of the fake's, which are weak */
#include "host/kvm.c"

#define SYNC_ALL    (KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS)
#define CODE_GPA    0xf0000
#define CODE_SIZE   0x10000
#define ROUNDS      5000

static struct host host = { .kvm = -1 };
static struct partition partition = { .host = &host, .vm = -1 };
static UINT8 *memory;

static int setup( void **state )
{
    struct kvm_userspace_memory_region region = { .guest_phys_addr = CODE_GPA, .memory_size = CODE_SIZE };
    struct vp *vp = calloc( 1, sizeof(*vp) );
    int ret;

    *state = vp;
    vp->fd = -1;
    if ((host.kvm = kvm_open()) < 0) return 0;
    host.run_size = kvm_vcpu_mmap_size( host.kvm );
    ret = kvm_check_extension( host.kvm, KVM_CAP_XSAVE2 );
    host.xsave_size = ret > 4096 ? ret : 4096;
    partition.vm = kvm_create_vm( host.kvm );
    assert_true( partition.vm >= 0 );
    /* VMX without unrestricted guest needs it for real mode */
    kvm_set_tss_addr( partition.vm, 0xfffbd000 );
    memory = mmap( NULL, CODE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0 );
    /* HLT wherever it gets to */
    memset( memory, 0xf4, CODE_SIZE );
    region.userspace_addr = (uintptr_t)memory;
    assert_int_equal( kvm_set_memory_region( partition.vm, &region ), 0 );

    vp->partition = &partition;
    vp->fd = kvm_create_vcpu( partition.vm, 0 );
    assert_true( vp->fd >= 0 );
    assert_int_equal( kvm_map_run( vp->fd, host.run_size, &vp->run ), 0 );
    vp->arch.lazy.xsave = calloc( 1, host.xsave_size );
    vp->arch.cpuid.table = calloc( 1, sizeof(*vp->arch.cpuid.table) );
    vp->arch.cpuid.table->head.nent = CPUID_MAX_ENTRIES;
    assert_int_equal( kvm_get_supported_cpuid( host.kvm, &vp->arch.cpuid.table->head ), 0 );
    assert_int_equal( kvm_set_cpuid2( vp->fd, &vp->arch.cpuid.table->head ), 0 );
    host.cpuid = &vp->arch.cpuid.table->head;
    assert_int_equal( regs_reset( vp ), S_OK );
    return 0;
}

static int teardown( void **state )
{
    struct vp *vp = *state;

    if (vp->fd >= 0)
    {
        kvm_unmap_run( vp->run, host.run_size );
        kvm_close( vp->fd );
        kvm_close( partition.vm );
        kvm_close( host.kvm );
        munmap( memory, CODE_SIZE );
        free( vp->arch.lazy.xsave );
        free( vp->arch.cpuid.table );
    }
    free( vp );
    return 0;
}

/* What the run loop does around KVM_RUN. */
static int run( struct vp *vp, BOOL immediate )
{
    int ret;

    assert_int_equal( lazy_write_back( vp ), S_OK );
    vp->run->kvm_valid_regs = SYNC_ALL;
    vp->run->kvm_dirty_regs = vp->arch.view.dirty | KVM_SYNC_X86_REGS;
    vp->run->immediate_exit = immediate;
    ret = kvm_run_vcpu( vp->fd );
    vp->arch.view.dirty = 0;
    vp->arch.lazy.valid = 0;
    return ret;
}

static HRESULT set( struct vp *vp, UINT32 name, const WHV_REGISTER_VALUE *value )
{
    WHV_REGISTER_NAME n = name;
    HRESULT hr = regs_check( vp, &n, 1, value );

    return FAILED(hr) ? hr : regs_set( vp, &n, 1, value );
}

static HRESULT get( struct vp *vp, UINT32 name, WHV_REGISTER_VALUE *value )
{
    WHV_REGISTER_NAME n = name;

    return regs_get( vp, &n, 1, value );
}

static UINT64 get64( struct vp *vp, UINT32 name )
{
    WHV_REGISTER_VALUE value;

    assert_int_equal( get( vp, name, &value ), S_OK );
    return value.Reg64;
}

/* All that can be read can be put back, and reads the same after KVM has had it. */
static void test_round_trip( void **state )
{
    static WHV_REGISTER_VALUE values[512], back;
    const struct named_row *row;
    struct vp *vp = *state;
    UINT32 i, round, readable = 0;
    HRESULT hr;

    if (vp->fd < 0) skip();
    list_all_regs();
    for (round = 0; round < 2; round++)
    {
        for (i = 0; i < all_regs_count; i++)
        {
            row = &all_regs[i];
            if (FAILED(hr = get( vp, row->name, &values[i] )))
            {
                assert_int_equal( hr, ERROR_HV_INVALID_PARAMETER );
                continue;
            }
            readable++;
            hr = set( vp, row->name, &values[i] );
            if ((row->flags & REG_NO_SET) || row->name == WHvRegisterInternalActivityState)
                assert_int_equal( hr, ERROR_HV_ACCESS_DENIED );
            else assert_int_equal( hr, S_OK );
        }
        /* once with and once without registers that have been through KVM */
        assert_int_equal( run( vp, 1 ), -EINTR );
        for (i = 0; i < all_regs_count; i++)
        {
            row = &all_regs[i];
            if (row->name == WHvX64RegisterTsc || FAILED(get( vp, row->name, &back ))) continue;
            if (row->kind == REG_MSR && row->name != WHvX64RegisterStar && !(row->flags & REG_RESET)) continue;
            assert_memory_equal( &values[i], &back, sizeof(back) );
        }
    }
    assert_true( readable > 2 * 80 );
}

static void test_reset_runs( void **state )
{
    struct vp *vp = *state;
    WHV_REGISTER_VALUE value;
    UINT32 i;

    if (vp->fd < 0) skip();
    for (i = 0; i < 2; i++)
    {
        /* KVM does not only take the values, a guest runs on them */
        assert_int_equal( run( vp, 0 ), 0 );
        assert_int_equal( vp->run->exit_reason, KVM_EXIT_HLT );
        assert_int_equal( get64( vp, WHvX64RegisterRip ), 0xfff1 );
        assert_int_equal( get64( vp, WHvX64RegisterXCr0 ), 1 );
        assert_int_equal( get64( vp, WHvX64RegisterApicBase ), 0 );
        assert_int_equal( get( vp, WHvX64RegisterCs, &value ), S_OK );
        assert_int_equal( value.Segment.Base, 0xf0000 );
        assert_int_equal( get( vp, WHvX64RegisterFpControlStatus, &value ), S_OK );
        assert_int_equal( value.FpControlStatus.FpControl, 0x40 );
        assert_int_equal( value.FpControlStatus.FpTag, 0xff );

        memset( &value, 0, sizeof(value) );
        value.Reg64 = 0x1234567890ull;
        assert_int_equal( set( vp, WHvX64RegisterLstar, &value ), S_OK );
        assert_int_equal( set( vp, WHvX64RegisterXmm3, &value ), S_OK );
        value.Reg64 = 3;
        assert_int_equal( set( vp, WHvRegisterInterruptState, &value ), S_OK );
        assert_int_equal( run( vp, 1 ), -EINTR );
        assert_int_equal( regs_reset( vp ), S_OK );
        assert_int_equal( run( vp, 1 ), -EINTR );
        assert_int_equal( get64( vp, WHvX64RegisterLstar ), 0 );
        assert_int_equal( get64( vp, WHvX64RegisterXmm3 ), 0 );
        assert_int_equal( get64( vp, WHvRegisterInterruptState ), 0 );
        assert_true( get64( vp, WHvX64RegisterTsc ) );
    }
}

/* KVM never refuses events that regs_check has let pass: it would refuse the whole register set with them. */
static void test_events( void **state )
{
    static const UINT32 names[] =
    {
        WHvRegisterPendingInterruption, WHvRegisterInterruptState, WHvRegisterPendingEvent,
        WHvX64RegisterDeliverabilityNotifications,
    };
    WHV_REGISTER_VALUE value, before, after;
    struct vp *vp = *state;
    UINT32 i, k, name, vector, passed = 0;

    if (vp->fd < 0) skip();
    srand( 1 );
    for (i = 0; i < ROUNDS; i++)
    {
        name = names[rand() % 4];
        for (k = 0; k < sizeof(value); k++) ((UINT8 *)&value)[k] = rand();
        /* mostly plausible */
        if (i & 1) value.Reg64 &= name == WHvRegisterPendingEvent ? 0xffffffff001f010full : 0xffffffff001f01ffull;
        if (name == WHvRegisterInterruptState) value.Reg64 &= 3;
        if (i & 2) value.Reg64 &= ~0xeull;
        if (FAILED(set( vp, name, &value ))) continue;
        passed++;
        assert_int_equal( get( vp, WHvRegisterPendingInterruption, &before ), S_OK );
        assert_int_equal( run( vp, 1 ), -EINTR );
        assert_int_equal( get( vp, WHvRegisterPendingInterruption, &after ), S_OK );
        vector = before.PendingInterruption.InterruptionVector;
        /* #BP and #OF KVM keeps to itself */
        if (before.PendingInterruption.InterruptionType == 3 && (vector == 3 || vector == 4)) continue;
        assert_memory_equal( &before, &after, sizeof(after) );
    }
    assert_true( passed > ROUNDS / 4 );
}

/* What Windows' clients do most: raw injection at the next entry, and taking it back. */
static void test_injection( void **state )
{
    WHV_REGISTER_VALUE value;
    struct vp *vp = *state;
    struct kvm_userspace_memory_region low = { .slot = 1, .memory_size = 0x10000 };
    UINT8 *ram;

    if (vp->fd < 0) skip();
    ram = mmap( NULL, low.memory_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0 );
    memset( ram, 0xf4, low.memory_size );
    low.userspace_addr = (uintptr_t)ram;
    assert_int_equal( kvm_set_memory_region( partition.vm, &low ), 0 );
    memset( ram, 0, 0x400 );
    /* vector 0x21 to 0000:5000, vector 13 to 0000:6000 */
    ram[0x21 * 4 + 1] = 0x50;
    ram[13 * 4 + 1] = 0x60;

    memset( &value, 0, sizeof(value) );
    value.Reg64 = 0x7000;
    assert_int_equal( set( vp, WHvX64RegisterRsp, &value ), S_OK );
    value.Reg64 = 0x202;
    assert_int_equal( set( vp, WHvX64RegisterRflags, &value ), S_OK );
    value.Reg64 = 1 | 0x21 << 16;
    assert_int_equal( set( vp, WHvRegisterPendingInterruption, &value ), S_OK );
    assert_int_equal( run( vp, 0 ), 0 );
    assert_int_equal( vp->run->exit_reason, KVM_EXIT_HLT );
    assert_int_equal( get64( vp, WHvX64RegisterRip ), 0x5001 );
    assert_int_equal( get64( vp, WHvX64RegisterRsp ), 0x7000 - 6 );
    assert_int_equal( get64( vp, WHvRegisterPendingInterruption ), 0 );

    value.Reg64 = 1 | 13 << 16;
    assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ), S_OK );
    assert_int_equal( run( vp, 1 ), -EINTR );
    assert_int_equal( get64( vp, WHvRegisterPendingEvent ), 1 | 13 << 16 );
    assert_int_equal( run( vp, 0 ), 0 );
    assert_int_equal( get64( vp, WHvX64RegisterRip ), 0x6001 );

    value.Reg64 = 1 | 0x21 << 16;
    assert_int_equal( set( vp, WHvRegisterPendingInterruption, &value ), S_OK );
    assert_int_equal( run( vp, 1 ), -EINTR );
    value.Reg64 = 0;
    assert_int_equal( set( vp, WHvRegisterPendingInterruption, &value ), S_OK );
    assert_int_equal( run( vp, 0 ), 0 );
    assert_int_equal( get64( vp, WHvX64RegisterRip ), 0x6002 );
    munmap( ram, low.memory_size );
}

/* What the vp has of PKRU after a run, by an image of size bytes whose PKRU is at offset. */
static UINT32 pkru_after_run( struct vp *vp, UINT8 *image, UINT32 size, UINT32 offset )
{
    UINT32 written;

    assert_int_equal( run( vp, 1 ), -EINTR );
    assert_int_equal( xsave_get( vp, image, size, &written ), S_OK );
    return load32( image + offset );
}

/* An image without PKRU, and a reset, make it zero; KVM by itself would leave it as it is. */
static void check_pkru( struct vp *vp, UINT8 *image, UINT32 size )
{
    UINT64 components = load64( image + XSAVE_XCOMP_BV ) & ~XCOMP_COMPACTED;
    UINT32 offset = xsave_size( xsave_host_layout(), components & (XFEATURE_PKRU - 1) ), round;

    if (!(components & XFEATURE_PKRU)) return;
    for (round = 0; round < 2; round++)
    {
        store64( image + XSAVE_XSTATE_BV, load64( image + XSAVE_XSTATE_BV ) | XFEATURE_PKRU );
        store32( image + offset, 0x1234 );
        assert_int_equal( xsave_set( vp, image, size ), S_OK );
        assert_int_equal( pkru_after_run( vp, image, size, offset ), 0x1234 );
        store64( image + XSAVE_XSTATE_BV, load64( image + XSAVE_XSTATE_BV ) & ~XFEATURE_PKRU );
        if (round) assert_int_equal( regs_reset( vp ), S_OK );
        else assert_int_equal( xsave_set( vp, image, size ), S_OK );
        assert_int_equal( pkru_after_run( vp, image, size, offset ), 0 );
    }
}

static void test_xsave( void **state )
{
    static UINT8 image[16384], back[16384];
    struct vp *vp = *state;
    UINT32 size, written, i;
    UINT64 bv;

    if (vp->fd < 0) skip();
    size = xsave_compact_size( vp );
    assert_true( size >= XSAVE_EXTENDED && size <= sizeof(image) );
    assert_int_equal( xsave_get( vp, image, sizeof(image), &written ), S_OK );
    assert_int_equal( written, size );
    for (i = FX_ST; i < FX_END; i++) image[i] = (i & 15) < 10 || i >= FX_XMM ? i : 0;
    memcpy( &bv, image + XSAVE_XCOMP_BV, sizeof(bv) );
    /* everything in use; AVX with values, the others, which have reserved bits, as they are */
    bv &= 7;
    memcpy( image + XSAVE_XSTATE_BV, &bv, sizeof(bv) );
    if (bv & XFEATURE_AVX) for (i = 0; i < 256; i++) image[XSAVE_EXTENDED + i] = i ^ 0x5a;
    assert_int_equal( xsave_set( vp, image, size ), S_OK );
    assert_int_equal( run( vp, 1 ), -EINTR );
    assert_int_equal( xsave_get( vp, back, size, &written ), S_OK );
    /* the mask is the CPU's */
    memcpy( back + FX_MXCSR_MASK, image + FX_MXCSR_MASK, 4 );
    /* PKRU comes back as zero and in use, which is the same */
    bv |= load64( image + XSAVE_XCOMP_BV ) & XFEATURE_PKRU;
    store64( image + XSAVE_XSTATE_BV, bv );
    assert_memory_equal( image, back, size );
    check_pkru( vp, back, size );
}

/* A value that no CPU takes, and that is not found when it is set, is found out at the entry, and can be mended. */
static void test_bad_lazy( void **state )
{
    static const struct { UINT32 name; UINT64 good; } values[] =
    {
        { WHvX64RegisterXCr0, 3 }, { WHvX64RegisterDr7, 0x400 },
    };
    WHV_REGISTER_VALUE value;
    struct vp *vp = *state;
    UINT32 i;

    if (vp->fd < 0) skip();
    memset( &value, 0, sizeof(value) );
    for (i = 0; i < 2; i++)
    {
        assert_int_equal( lazy_fetch( vp, i ? VP_DEBUGREGS : VP_XCRS ), S_OK );
        if (i) vp->arch.lazy.debugregs.dr7 = ~0ull;
        else *lazy_xcr0( &vp->arch.lazy.xcrs ) = 2;
        lazy_touch( vp, i ? VP_DEBUGREGS : VP_XCRS );
        assert_int_equal( lazy_write_back( vp ), ERROR_HV_INVALID_REGISTER_VALUE );
        value.Reg64 = values[i].good;
        assert_int_equal( set( vp, values[i].name, &value ), S_OK );
        assert_int_equal( run( vp, 1 ), -EINTR );
        assert_int_equal( get64( vp, values[i].name ), values[i].good );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
#define TEST( func ) cmocka_unit_test_setup_teardown( func, setup, teardown )
        TEST( test_round_trip ),
        TEST( test_reset_runs ),
        TEST( test_events ),
        TEST( test_injection ),
        TEST( test_xsave ),
        TEST( test_bad_lazy ),
#undef TEST
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
