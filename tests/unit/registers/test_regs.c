/*
 * Unit tests: registers
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

#include "host/kvm.h"
#include "irq/apic_state_x86.h"
#include "registers/registers_x86.h"
#include "registers/reset_x86.h"
#include "registers/table_x86.h"
#include "regs_vcpu.h"
#include "vectors.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

/* ---- table ---- */

/* Lane 0 of the first sixteen has a name of the API. */
#define LOW( reg ) { WHV_VECTOR_LANE( reg, 1 ), WHV_VECTOR_LANE( reg, 3 ) }
#define PRIVATE_NAMES LOW( 0 ), LOW( 1 ), LOW( 2 ), LOW( 3 ), LOW( 4 ), LOW( 5 ), LOW( 6 ), LOW( 7 ), LOW( 8 ), \
    LOW( 9 ), LOW( 10 ), LOW( 11 ), LOW( 12 ), LOW( 13 ), LOW( 14 ), \
    { WHV_VECTOR_LANE( 15, 1 ), WHV_VECTOR_OPMASK( 7 ) }

static void test_table( void **state )
{
    static const struct { UINT32 first, last; } ranges[] =
    {
        { 0x0, 0x2b }, { 0x1000, 0x1019 }, { 0x2000, 0x200e }, { 0x2010, 0x201f }, { 0x2040, 0x204f },
        { 0x2070, 0x207c }, { 0x207e, 0x207f }, { 0x2084, 0x2085 }, { 0x2087, 0x2088 }, { 0x208b, 0x2093 },
        { 0x2095, 0x2096 }, { 0x2098, 0x209a }, { 0x20a0, 0x20b4 }, { 0x3002, 0x3003 }, { 0x3008, 0x3008 },
        { 0x300a, 0x300b }, { 0x300d, 0x300d }, { 0x300f, 0x3028 }, { 0x3030, 0x3030 }, { 0x3032, 0x3039 },
        { 0x303e, 0x303f }, { 0x4000, 0x4014 }, { 0x5000, 0x5002 }, { 0x5013, 0x5013 }, { 0x5017, 0x5017 },
        { 0x501a, 0x501a }, { 0x5050, 0x5053 },
        PRIVATE_NAMES, { 0x80000000, 0x80000008 },
    };
    WHV_REGISTER_VALUE value;
    UINT32 i, name, count = 0;

    for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
    {
        for (name = ranges[i].first; name <= ranges[i].last; name++, count++)
        {
            assert_int_not_equal( reg_find( name )->kind, REG_NONE );
            assert_int_equal( all_regs[count].name, name );
        }
        /* the gap behind it */
        assert_int_equal( reg_find( name )->kind, REG_NONE );
        assert_int_equal( get( *state, name, &value ), WHV_E_INVALID_VP_REGISTER_NAME );
        assert_int_equal( set64( *state, name, 0 ), WHV_E_INVALID_VP_REGISTER_NAME );
    }
    assert_int_equal( count, all_regs_count );
    assert_int_equal( reg_find( 0xffffffff )->kind, REG_NONE );
    assert_int_equal( reg_find( 0x7fffffff )->kind, REG_NONE );
    /* what needs no look has nothing to see */
    for (i = 0; i < all_regs_count; i++)
        if (all_regs[i].flags & REG_PLAIN) assert_int_equal( all_regs[i].flags & ~REG_CHECKED, REG_PLAIN );
}

/* Every row answers, and answers with what was written. */
static void test_round_trip( void **state )
{
    struct vp *vp = *state;
    WHV_REGISTER_VALUE value, back;
    const struct named_row *row;
    UINT32 i;

    for (i = 0; i < all_regs_count; i++)
    {
        row = &all_regs[i];
        memset( &value, 0, sizeof(value) );
        switch (row->kind)
        {
        case REG_GPR:
        case REG_SREG:
        case REG_DEBUG:
            value.Reg64 = 0x8123456789abcdefull + row->name;
            break;
        case REG_MSR:
            if (row->flags & (REG_NO_SET | REG_NO_GET)) continue;
            value.Reg64 = 0x8123456789abcdefull + row->name;
            break;
        case REG_CR8:
            value.Reg64 = 11;
            break;
        case REG_SEGMENT:
            value.Segment.Base = 0x123456789abcull;
            value.Segment.Limit = 0xfffff;
            value.Segment.Selector = 0x30 + row->name;
            value.Segment.Attributes = 0xc09b;
            break;
        case REG_TABLE:
            value.Table.Base = 0xfffff80000001000ull;
            value.Table.Limit = 0x1234;
            break;
        case REG_XCR0:
            value.Reg64 = 7;
            break;
        case REG_XMM:
            value.Reg128.Low64 = 0x1111222233334444ull + row->name;
            value.Reg128.High64 = 0x5555666677778888ull + row->name;
            break;
        case REG_FP:
            value.Reg128.Low64 = 0x9111222233334444ull + row->name;
            value.Reg128.High64 = 0xbfff;
            break;
        case REG_FP_CONTROL:
            value.FpControlStatus.FpControl = 0x27f;
            value.FpControlStatus.FpStatus = 0x3801;
            value.FpControlStatus.FpTag = 0x81;
            value.FpControlStatus.LastFpOp = 0x7a1;
            value.FpControlStatus.LastFpRip = 0x1234567890abcdefull;
            break;
        case REG_XMM_CONTROL:
            value.XmmControlStatus.LastFpRdp = 0xfedcba0987654321ull;
            value.XmmControlStatus.XmmStatusControl = 0x9fc0;
            value.XmmControlStatus.XmmStatusControlMask = 0xffff;
            break;
        case REG_APIC_ID:
            value.Reg64 = 3;
            break;
        default:
            continue;
        }
        if (row->flags & REG_CHECKED) value.Reg64 = checked_value( row->name );
        assert_int_equal( set( vp, row->name, &value ), S_OK );
        assert_int_equal( get( vp, row->name, &back ), S_OK );
        assert_memory_equal( &value, &back, sizeof(value) );
        /* and after KVM has had it */
        run( vp );
        assert_int_equal( get( vp, row->name, &back ), S_OK );
        assert_memory_equal( &value, &back, sizeof(value) );
    }
    assert_true( vp->run->s.regs.sregs.efer == checked_value( WHvX64RegisterEfer ));
    assert_true( vp->run->s.regs.regs.rbx == 0x8123456789abcdefull + WHvX64RegisterRbx );
}

static void test_refused( void **state )
{
    static const struct { UINT32 first, last; HRESULT get, set; } rows[] =
    {
        { 0x28, 0x2b, ERROR_HV_INVALID_PARAMETER, ERROR_HV_INVALID_PARAMETER },
        { WHvX64RegisterMsrMtrrCap, WHvX64RegisterMsrMtrrCap, S_OK, ERROR_HV_ACCESS_DENIED },
        { WHvX64RegisterPredCmd, WHvX64RegisterPredCmd, ERROR_HV_INVALID_PARAMETER, S_OK },
        { WHvX64RegisterTscVirtualOffset, WHvX64RegisterTscVirtualOffset, ERROR_HV_INVALID_PARAMETER,
          ERROR_HV_INVALID_PARAMETER },
        { WHvX64RegisterSsp, WHvX64RegisterSsp, ERROR_HV_INVALID_PARAMETER, ERROR_HV_INVALID_PARAMETER },
        { 0x3000, 0x3fff, ERROR_HV_INVALID_PARAMETER, ERROR_HV_INVALID_PARAMETER },
        { 0x4000, 0x4fff, ERROR_HV_INVALID_PARAMETER, ERROR_HV_INVALID_PARAMETER },
        { WHvRegisterVpRuntime, WHvRegisterVpRuntime, S_OK, ERROR_HV_ACCESS_DENIED },
        { 0x5001, 0x5fff, ERROR_HV_INVALID_PARAMETER, ERROR_HV_INVALID_PARAMETER },
        { 0x80000003, 0x80000003, ERROR_HV_INVALID_PARAMETER, ERROR_HV_INVALID_PARAMETER },
        { WHvRegisterInternalActivityState, WHvRegisterInternalActivityState, S_OK, ERROR_HV_ACCESS_DENIED },
        { 0x80000007, 0x80000008, ERROR_HV_INVALID_PARAMETER, ERROR_HV_INVALID_PARAMETER },
    };
    WHV_REGISTER_VALUE value;
    UINT32 i, name;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (name = rows[i].first; name <= rows[i].last; name++)
        {
            if (reg_find( name )->kind == REG_NONE) continue;
            assert_int_equal( get( *state, name, &value ), rows[i].get );
            assert_int_equal( set64( *state, name, 1 ), rows[i].set );
        }
}

static void test_apic_names( void **state )
{
    struct vp *vp = *state;
    UINT8 page[APIC_STATE_SIZE];
    WHV_REGISTER_VALUE value;
    UINT32 name, part;

    vp->partition->props.apic_mode = WHvX64LocalApicEmulationModeXApic;
    /* as a whole they are the same */
    assert_int_equal( apic_get_page( vp, page ), S_OK );
    for (name = 0x3000; name < 0x4000; name++)
    {
        BOOL refused = name == WHvX64RegisterApicTpr;
        HRESULT set = refused ? ERROR_HV_INVALID_PARAMETER : ERROR_HV_ACCESS_DENIED;

        if (reg_find( name )->kind == REG_NONE) continue;
        /* an id is set; this one the vp has */
        assert_int_equal( set64( vp, name, 0 ), name == WHvX64RegisterApicId ? S_OK : set );
        if (name == WHvX64RegisterApicEoi || name == WHvX64RegisterApicSelfIpi) refused = 1;
        assert_int_equal( get( vp, name, &value ), refused ? ERROR_HV_INVALID_PARAMETER : S_OK );
        if (refused) continue;
        memcpy( &part, page + reg_find( name )->where, sizeof(part) );
        assert_int_equal( value.Reg64 & 0xffffffff, part );
        memcpy( &part, page + 0x310, sizeof(part) );
        if (name == WHvX64RegisterApicIcr) assert_int_equal( value.Reg64 >> 32, part );
    }
}

/* ---- what goes to KVM ---- */

static void test_dirty( void **state )
{
    struct vp *vp = *state;
    WHV_REGISTER_VALUE value;

    /* what does not change costs nothing */
    assert_int_equal( set64( vp, WHvX64RegisterCr3, 0 ), S_OK );
    assert_int_equal( vp->arch.view.dirty, 0 );
    assert_int_equal( set64( vp, WHvX64RegisterCr3, 0x1000 ), S_OK );
    assert_int_equal( vp->arch.view.dirty, KVM_SYNC_X86_SREGS );
    assert_int_equal( vp->arch.lazy.dirty, 0 );

    assert_int_equal( get( vp, WHvX64RegisterXmm5, &value ), S_OK );
    assert_int_equal( set( vp, WHvX64RegisterXmm5, &value ), S_OK );
    assert_int_equal( vp->arch.lazy.dirty, 0 );
    value.Reg128.High64++;
    assert_int_equal( set( vp, WHvX64RegisterXmm5, &value ), S_OK );
    assert_int_equal( vp->arch.lazy.dirty, VP_XSAVE );

    assert_int_equal( set64( vp, WHvX64RegisterDr0, 0x1234 ), S_OK );
    assert_int_equal( set64( vp, WHvX64RegisterXCr0, 3 ), S_OK );
    assert_int_equal( vp->arch.lazy.dirty, VP_XSAVE | VP_DEBUGREGS | VP_XCRS );
    run( vp );
    assert_true( get64( vp, WHvX64RegisterDr0 ) == 0x1234 );
    assert_true( get64( vp, WHvX64RegisterXCr0 ) == 3 );
    assert_int_equal( get( vp, WHvX64RegisterXmm5, &value ), S_OK );
}

static void test_fetched_once( void **state )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterXmm0, WHvX64RegisterXmm1, WHvX64RegisterFpMmx3, WHvX64RegisterFpControlStatus, WHvX64RegisterDr0,
        WHvX64RegisterDr7, WHvX64RegisterXCr0, WHvX64RegisterStar, WHvX64RegisterLstar, WHvX64RegisterPat,
        WHvX64RegisterRax, WHvX64RegisterCr0, WHvRegisterPendingInterruption, WHvRegisterInterruptState,
        WHvRegisterPendingEvent,
    };
    WHV_REGISTER_VALUE values[sizeof(names) / sizeof(names[0])];
    struct vp *vp = *state;

    fake.calls = 0;
    assert_int_equal( regs_get( vp, names + 10, 5, values ), S_OK );
    assert_int_equal( fake.calls, 0 );
    /* XSAVE, debug registers, XCR0, all MSRs */
    assert_int_equal( regs_get( vp, names, sizeof(names) / sizeof(names[0]), values ), S_OK );
    assert_int_equal( fake.calls, 4 );
    /* MSRs alone are asked for again */
    assert_int_equal( regs_get( vp, names, sizeof(names) / sizeof(names[0]), values ), S_OK );
    assert_int_equal( fake.calls, 5 );
    assert_int_equal( lazy_write_back( vp ), S_OK );
    assert_int_equal( fake.calls, 5 );
}

static void test_msrs( void **state )
{
    WHV_REGISTER_NAME names[REGS_MAX];
    WHV_REGISTER_VALUE values[REGS_MAX];
    struct vp *vp = *state;
    UINT32 i;

    /* more than one batch, with others in between */
    for (i = 0; i < REGS_MAX; i++)
    {
        names[i] = i % 3 ? WHvX64RegisterMsrMtrrPhysBase0 + i % 16 : WHvX64RegisterRax + i % 16;
        memset( &values[i], 0, sizeof(values[i]) );
        values[i].Reg64 = names[i] * 7;
    }
    assert_int_equal( regs_set( vp, names, REGS_MAX, values ), S_OK );
    memset( values, 0xcc, sizeof(values) );
    assert_int_equal( regs_get( vp, names, REGS_MAX, values ), S_OK );
    for (i = 0; i < REGS_MAX; i++) assert_true( values[i].Reg64 == names[i] * 7ull && !values[i].Reg128.High64 );

    /* not there at all */
    fake_msr_remove( 0xd90 );
    assert_int_equal( get( vp, WHvX64RegisterBndcfgs, values ), ERROR_HV_INVALID_PARAMETER );
    assert_int_equal( set64( vp, WHvX64RegisterBndcfgs, 0 ), ERROR_HV_INVALID_PARAMETER );

    /* there, but KVM takes no other value: what was read may be put back */
    fake_msr_set( 0xda0, 5 );
    fake_msr_read_only( 0xda0 );
    assert_int_equal( set64( vp, WHvX64RegisterXss, 5 ), S_OK );
    assert_int_equal( set64( vp, WHvX64RegisterXss, 6 ), ERROR_HV_INVALID_REGISTER_VALUE );

    /* in the middle of others: those go in */
    names[0] = WHvX64RegisterStar;
    names[1] = WHvX64RegisterXss;
    names[2] = WHvX64RegisterLstar;
    names[3] = WHvX64RegisterRax;
    values[0].Reg64 = 1;
    values[1].Reg64 = 5;
    values[2].Reg64 = 3;
    values[3].Reg64 = 4;
    assert_int_equal( regs_set( vp, names, 4, values ), S_OK );
    assert_true( get64( vp, WHvX64RegisterStar ) == 1 && get64( vp, WHvX64RegisterLstar ) == 3 );
    assert_true( get64( vp, WHvX64RegisterRax ) == 4 );

    /* what KVM refuses leaves the rest alone */
    values[1].Reg64 = 6;
    values[3].Reg64 = 9;
    assert_int_equal( regs_set( vp, names, 4, values ), ERROR_HV_INVALID_REGISTER_VALUE );
    assert_true( get64( vp, WHvX64RegisterRax ) == 4 );
}

static void test_check_changes_nothing( void **state )
{
    struct vp *vp = *state, before;
    struct kvm_run page = *vp->run;
    WHV_REGISTER_VALUE value;
    WHV_REGISTER_NAME name;
    UINT32 i, k;

    before = *vp;
    fake.calls = 0;
    srand( 1 );
    for (i = 0; i < all_regs_count; i++)
    {
        name = all_regs[i].name;
        for (k = 0; k < sizeof(value); k++) ((UINT8 *)&value)[k] = rand();
        regs_check( vp, &name, 1, &value );
    }
    assert_int_equal( fake.calls, 0 );
    assert_memory_equal( &page.s, &vp->run->s, sizeof(page.s) );
    assert_memory_equal( &before, vp, sizeof(before) );
}

static void test_random_values( void **state )
{
    struct vp *vp = *state;
    WHV_REGISTER_VALUE value, back;
    UINT32 i, k, round;

    srand( 3 );
    for (round = 0; round < 50; round++)
        for (i = 0; i < all_regs_count; i++)
        {
            for (k = 0; k < sizeof(value); k++) ((UINT8 *)&value)[k] = rand();
            if (round & 1) value.Reg128.High64 = 0;
            set( vp, all_regs[i].name, &value );
            get( vp, all_regs[i].name, &back );
        }
}

/* Each KVM call failing: the code comes back, and nothing is taken for valid. */
static void test_failures( void **state )
{
    static const struct { const char *call; UINT32 name; BOOL set; } cases[] =
    {
        { "get_xsave2", WHvX64RegisterXmm0, 0 }, { "get_xsave2", WHvX64RegisterFpMmx0, 1 },
        { "get_xsave2", WHvX64RegisterXmmControlStatus, 1 }, { "get_debugregs", WHvX64RegisterDr6, 0 },
        { "get_debugregs", WHvX64RegisterDr6, 1 }, { "get_xcrs", WHvX64RegisterXCr0, 0 },
        { "get_xcrs", WHvX64RegisterXCr0, 1 }, { "get_msrs", WHvX64RegisterStar, 0 },
        { "set_msrs", WHvX64RegisterStar, 1 }, { "get_lapic", WHvX64RegisterApicId, 0 },
        { "get_mp_state", WHvRegisterInternalActivityState, 0 },
        { "set_mp_state", WHvRegisterInternalActivityState, 1 },
    };
    WHV_REGISTER_VALUE value;
    struct vp *vp = *state;
    UINT32 i;

    vp->partition->props.apic_mode = WHvX64LocalApicEmulationModeXApic;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        vp->arch.lazy.valid = vp->arch.lazy.dirty = 0;
        fake_fail( cases[i].call, ENOMEM );
        if (cases[i].set)
            assert_int_equal( set64( vp, cases[i].name, cases[i].name == WHvX64RegisterXCr0 ), E_OUTOFMEMORY );
        else assert_int_equal( get( vp, cases[i].name, &value ), E_OUTOFMEMORY );
        assert_int_equal( vp->arch.lazy.valid, 0 );
        assert_int_equal( vp->arch.lazy.dirty, 0 );
        fake_fail( NULL, 0 );
        if (cases[i].set) assert_int_equal( set64( vp, cases[i].name, cases[i].name == WHvX64RegisterXCr0 ), S_OK );
        else assert_int_equal( get( vp, cases[i].name, &value ), S_OK );
    }

    fake_msr_read_only( 0xda0 );
    fake_fail( "get_msrs", ENOMEM );
    assert_int_equal( set64( vp, WHvX64RegisterXss, 5 ), E_OUTOFMEMORY );
    fake_fail( NULL, 0 );
}

static void test_write_back_failures( void **state )
{
    static const char * const reset_calls[] =
    {
        "set_mp_state", "get_mp_state", "get_lapic", "set_lapic", "set_sregs", "set_vcpu_events", "set_msrs",
    };
    static const struct { const char *call; UINT32 set; } cases[] =
    {
        { "set_xsave", VP_XSAVE }, { "set_debugregs", VP_DEBUGREGS }, { "set_xcrs", VP_XCRS },
    };
    struct vp *vp = *state;
    UINT32 i;

    for (i = 0; i < 3; i++)
    {
        assert_int_equal( regs_reset( vp ), S_OK );
        fake_fail( cases[i].call, EINVAL );
        assert_int_equal( lazy_write_back( vp ), ERROR_HV_INVALID_REGISTER_VALUE );
        assert_true( vp->arch.lazy.dirty & cases[i].set );
        fake_fail( cases[i].call, ENOMEM );
        assert_int_equal( lazy_write_back( vp ), E_OUTOFMEMORY );
        assert_true( vp->arch.lazy.dirty & cases[i].set );
        fake_fail( NULL, 0 );
        assert_int_equal( lazy_write_back( vp ), S_OK );
        assert_int_equal( vp->arch.lazy.dirty, 0 );
    }
    for (i = 0; i < sizeof(reset_calls) / sizeof(reset_calls[0]); i++)
    {
        fake_fail( reset_calls[i], ENOMEM );
        vp->partition->props.apic_mode = WHvX64LocalApicEmulationModeXApic;
        assert_int_equal( regs_reset( vp ), E_OUTOFMEMORY );
    }
    fake_fail( NULL, 0 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
#define TEST( func ) cmocka_unit_test_setup_teardown( func, setup, teardown )
        TEST( test_table ),
        TEST( test_round_trip ),
        TEST( test_refused ),
        TEST( test_apic_names ),
        TEST( test_dirty ),
        TEST( test_fetched_once ),
        TEST( test_msrs ),
        TEST( test_check_changes_nothing ),
        TEST( test_random_values ),
        TEST( test_failures ),
        TEST( test_write_back_failures ),
#undef TEST
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
