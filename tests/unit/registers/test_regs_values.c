/*
 * Unit tests: values of registers, and those after a reset
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

#include <cmocka.h>

#include "host/host.h"
#include "host/kvm.h"
#include "host/xsave_format_x86.h"
#include "registers/reset_x86.h"
#include "registers/xsave_x86.h"
#include "regs_vcpu.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

static void test_segments( void **state )
{
    WHV_REGISTER_VALUE value, back;
    struct vp *vp = *state;
    struct kvm_segment *ds = &vp->run->s.regs.sregs.ds;
    UINT32 attributes;

    for (attributes = 0; attributes < 0x10000; attributes++)
    {
        memset( &value, 0, sizeof(value) );
        value.Segment.Limit = attributes & 0x8000 ? 0xffffffff : 0xffff;
        value.Segment.Attributes = attributes;
        assert_int_equal( set( vp, WHvX64RegisterDs, &value ), S_OK );
        assert_int_equal( ds->unusable, !ds->present );
        assert_int_equal( get( vp, WHvX64RegisterDs, &back ), S_OK );
        assert_int_equal( back.Segment.Attributes, attributes & (attributes & 0x80 ? 0xf0ff : 0xf0fe) );
    }

    /* each field in its place, and beside the others */
    memset( &value, 0, sizeof(value) );
    value.Segment.Base = 0x123456789abcdef0ull;
    value.Segment.Limit = 0x89abcfff;
    value.Segment.Selector = 0xfedc;
    value.Segment.Attributes = 0x9093;
    assert_int_equal( set( vp, WHvX64RegisterDs, &value ), S_OK );
    assert_true( ds->base == 0x123456789abcdef0ull && ds->limit == 0x89abcfff && ds->selector == 0xfedc );
    assert_true( ds->type == 3 && ds->s && !ds->dpl && ds->present && ds->avl && !ds->l && !ds->db && ds->g );
    assert_int_equal( get( vp, WHvX64RegisterDs, &back ), S_OK );
    assert_memory_equal( &back, &value, sizeof(back) );

    /* what KVM calls unusable is not present, whatever else it says */
    memset( ds, 0, sizeof(*ds) );
    ds->present = ds->unusable = 1;
    assert_int_equal( get( vp, WHvX64RegisterDs, &back ), S_OK );
    assert_int_equal( back.Segment.Attributes, 0 );

    /* granularity follows the limit where VMX insists on it */
    memset( &value, 0, sizeof(value) );
    value.Segment.Attributes = 0x0093;
    value.Segment.Limit = 0xffffffff;
    assert_int_equal( set( vp, WHvX64RegisterDs, &value ), S_OK );
    assert_int_equal( ds->g, 1 );
    value.Segment.Attributes = 0x8093;
    value.Segment.Limit = 0x12345;
    assert_int_equal( set( vp, WHvX64RegisterDs, &value ), S_OK );
    assert_int_equal( ds->g, 0 );
    assert_int_equal( ds->limit, 0x12345 );
    value.Segment.Limit = 0xffff;
    assert_int_equal( set( vp, WHvX64RegisterDs, &value ), S_OK );
    assert_int_equal( ds->g, 1 );
}

static void test_gpr_order( void **state )
{
    struct kvm_regs regs, back;
    struct vp *vp = *state;
    UINT64 gpr[16];
    UINT32 i;

    for (i = 0; i < 16; i++) assert_int_equal( set64( vp, WHvX64RegisterRax + i, 0x100 + i ), S_OK );
    regs = vp->run->s.regs.regs;
    regs_to_gpr( &regs, gpr );
    for (i = 0; i < 16; i++) assert_int_equal( gpr[i], 0x100 + i );
    memset( &back, 0, sizeof(back) );
    regs_from_gpr( &back, gpr );
    assert_memory_equal( &regs, &back, sizeof(regs) );
}

static void test_fpu( void **state )
{
    WHV_REGISTER_VALUE value;
    struct vp *vp = *state;

    /* an image in its initial state, with stale bytes */
    memset( vp->arch.lazy.xsave, 0xee, XSAVE_SIZE );
    memset( vp->arch.lazy.xsave + XSAVE_XSTATE_BV, 0, 64 );
    memcpy( fake.xsave, vp->arch.lazy.xsave, XSAVE_SIZE );
    vp->arch.lazy.valid = 0;
    assert_int_equal( get( vp, WHvX64RegisterXmm7, &value ), S_OK );
    assert_true( !value.Reg128.Low64 && !value.Reg128.High64 );
    assert_int_equal( get( vp, WHvX64RegisterFpMmx7, &value ), S_OK );
    assert_true( !value.Reg128.Low64 && !value.Reg128.High64 );
    assert_int_equal( get( vp, WHvX64RegisterXmmControlStatus, &value ), S_OK );
    assert_int_equal( value.XmmControlStatus.XmmStatusControl, 0x1f80 );
    assert_int_equal( value.XmmControlStatus.XmmStatusControlMask, 0xffff );
    assert_int_equal( get( vp, WHvX64RegisterFpControlStatus, &value ), S_OK );
    assert_int_equal( value.FpControlStatus.FpControl, 0x37f );
    assert_int_equal( value.FpControlStatus.FpTag, 0 );

    memset( &value, 0, sizeof(value) );
    value.Reg128.Low64 = 0x1234;
    assert_int_equal( set( vp, WHvX64RegisterXmm7, &value ), S_OK );
    assert_int_equal( vp->arch.lazy.xsave[XSAVE_XSTATE_BV], 3 );
    assert_int_equal( vp->arch.lazy.xsave[FX_XMM + 7 * 16 + 1], 0x12 );

    value.Reg64 = 0;
    value.XmmControlStatus.XmmStatusControl = 0x80001f80;
    assert_int_equal( set( vp, WHvX64RegisterXmmControlStatus, &value ), ERROR_HV_INVALID_REGISTER_VALUE );
    assert_int_equal( set64( vp, WHvX64RegisterCr8, 16 ), ERROR_HV_INVALID_REGISTER_VALUE );
    assert_int_equal( set64( vp, WHvX64RegisterCr8, ~0ull ), ERROR_HV_INVALID_REGISTER_VALUE );
}

static void test_xsave_vp( void **state )
{
    static UINT8 image[XSAVE_SIZE];
    struct vp *vp = *state;
    UINT32 size = xsave_compact_size( vp ), written = 0;
    WHV_REGISTER_VALUE value;

    assert_int_equal( xsave_get( vp, NULL, 0, &written ), WHV_E_INSUFFICIENT_BUFFER );
    assert_int_equal( written, size );
    assert_int_equal( xsave_get( vp, image, size - 1, &written ), WHV_E_INSUFFICIENT_BUFFER );
    assert_int_equal( xsave_get( vp, image, size, &written ), S_OK );
    assert_int_equal( written, size );
    assert_int_equal( image[XSAVE_XCOMP_BV + 7], 0x80 );

    memset( image + FX_XMM, 0x42, 16 );
    image[FX_MXCSR] = 0x80;
    image[FX_MXCSR + 1] = 0x1f;
    image[FX_MXCSR + 2] = image[FX_MXCSR + 3] = 0;
    assert_int_equal( xsave_set( vp, image, size ), S_OK );
    assert_int_equal( vp->arch.lazy.dirty, VP_XSAVE );
    run( vp );
    assert_int_equal( get( vp, WHvX64RegisterXmm0, &value ), S_OK );
    assert_true( value.Reg128.Low64 == 0x4242424242424242ull );

    assert_int_equal( xsave_set( vp, NULL, size ), E_INVALIDARG );
    assert_int_equal( xsave_set( vp, image, size - 1 ), E_INVALIDARG );
    image[XSAVE_RESERVED] = 1;
    assert_int_equal( xsave_set( vp, image, size ), E_INVALIDARG );
    assert_int_equal( vp->arch.lazy.dirty, 0 );
    image[XSAVE_RESERVED] = 0;
    vp->arch.lazy.valid = 0;
    fake_fail( "get_xsave2", ENOMEM );
    assert_int_equal( xsave_set( vp, image, size ), E_OUTOFMEMORY );
    assert_int_equal( xsave_get( vp, image, size, &written ), E_OUTOFMEMORY );
    fake_fail( NULL, 0 );
    /* a guest without XSAVE */
    vp->arch.cpuid.table->head.nent = 1;
    assert_int_equal( xsave_compact_size( vp ), 576 );
}

static void test_reset( void **state )
{
    WHV_REGISTER_VALUE value;
    struct vp *vp = *state;

    memset( &vp->run->s.regs, 0xdd, sizeof(vp->run->s.regs) );
    memset( vp->arch.lazy.xsave, 0xdd, XSAVE_SIZE );
    vp->arch.events.deliverability = ~0ull;
    vp->arch.events.pending_debug = 1;
    fake_msr_remove( 0xd90 );
    fake_msr_read_only( 0x6a2 );
    assert_int_equal( regs_reset( vp ), S_OK );
    assert_int_equal( vp->arch.view.dirty, KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS );
    assert_int_equal( vp->arch.lazy.dirty, VP_XSAVE | VP_DEBUGREGS | VP_XCRS );
    run( vp );

    assert_int_equal( get64( vp, WHvX64RegisterRip ), 0xfff0 );
    assert_int_equal( get64( vp, WHvX64RegisterRflags ), 2 );
    assert_int_equal( get64( vp, WHvX64RegisterRdx ), 0xa10f11 );
    assert_int_equal( get64( vp, WHvX64RegisterRax ), 0 );
    assert_int_equal( get64( vp, WHvX64RegisterCr0 ), 0x60000010 );
    assert_int_equal( get64( vp, WHvX64RegisterEfer ), 0 );
    assert_int_equal( get64( vp, WHvX64RegisterApicBase ), 0 );
    assert_int_equal( get64( vp, WHvX64RegisterDr6 ), 0xffff0ff0 );
    assert_int_equal( get64( vp, WHvX64RegisterDr7 ), 0x400 );
    assert_int_equal( get64( vp, WHvX64RegisterXCr0 ), 1 );
    assert_true( get64( vp, WHvX64RegisterPat ) == 0x0007040600070406ull );
    assert_int_equal( get64( vp, WHvX64RegisterStar ), 0 );
    assert_int_equal( get64( vp, WHvX64RegisterKernelGsBase ), 0 );
    assert_int_equal( get64( vp, WHvX64RegisterTscAux ), 0 );
    assert_int_equal( get64( vp, WHvX64RegisterMsrMtrrDefType ), 0 );
    assert_int_equal( get64( vp, WHvX64RegisterMsrMtrrPhysMask7 ), 0 );
    assert_int_equal( get64( vp, WHvX64RegisterXfdErr ), 0 );
    /* time goes on */
    assert_int_not_equal( get64( vp, WHvX64RegisterTsc ), 0 );
    assert_int_equal( get( vp, WHvX64RegisterCs, &value ), S_OK );
    assert_true( value.Segment.Base == 0xf0000 && value.Segment.Selector == 0xf000 );
    assert_true( value.Segment.Limit == 0xffff && value.Segment.Attributes == 0x9b );
    assert_int_equal( get( vp, WHvX64RegisterSs, &value ), S_OK );
    assert_int_equal( value.Segment.Attributes, 0x93 );
    assert_int_equal( get( vp, WHvX64RegisterTr, &value ), S_OK );
    assert_int_equal( value.Segment.Attributes, 0x8b );
    assert_int_equal( get( vp, WHvX64RegisterLdtr, &value ), S_OK );
    assert_int_equal( value.Segment.Attributes, 0x82 );
    assert_int_equal( get( vp, WHvX64RegisterIdtr, &value ), S_OK );
    assert_true( value.Table.Limit == 0xffff && !value.Table.Base );
    assert_int_equal( get( vp, WHvX64RegisterFpControlStatus, &value ), S_OK );
    assert_true( value.FpControlStatus.FpControl == 0x40 && value.FpControlStatus.FpTag == 0xff );
    assert_int_equal( get( vp, WHvX64RegisterXmmControlStatus, &value ), S_OK );
    assert_int_equal( value.XmmControlStatus.XmmStatusControl, 0x1f80 );
    assert_int_equal( get64( vp, WHvRegisterPendingInterruption ), 0 );
    assert_int_equal( get64( vp, WHvRegisterInterruptState ), 0 );
    assert_int_equal( get64( vp, WHvRegisterPendingEvent ), 0 );
    assert_int_equal( get64( vp, WHvX64RegisterDeliverabilityNotifications ), 0 );
    assert_int_equal( get64( vp, WHvX64RegisterPendingDebugException ), 0 );

    vp->partition->props.apic_mode = WHvX64LocalApicEmulationModeXApic;
    assert_int_equal( regs_reset( vp ), S_OK );
    assert_int_equal( get64( vp, WHvX64RegisterApicBase ), 0xfee00800 );
    assert_int_equal( get64( vp, WHvRegisterInternalActivityState ), 1 );
    vp->index = 0;
    assert_int_equal( regs_reset( vp ), S_OK );
    assert_int_equal( get64( vp, WHvX64RegisterApicBase ), 0xfee00900 );
    assert_int_equal( get64( vp, WHvRegisterInternalActivityState ), 0 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
#define TEST( func ) cmocka_unit_test_setup_teardown( func, setup, teardown )
        TEST( test_segments ),
        TEST( test_gpr_order ),
        TEST( test_fpu ),
        TEST( test_xsave_vp ),
        TEST( test_reset ),
#undef TEST
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
