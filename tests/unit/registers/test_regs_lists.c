/*
 * Unit tests: lists of registers
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

#include "host/array.h"
#include "host/kvm.h"
#include "registers/registers_x86.h"
#include "registers/table_x86.h"
#include "regs_vcpu.h"
#include "vm/partition.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

#define MTRR_BASE( i )  (WHvX64RegisterMsrMtrrPhysBase0 + (i))

/* One after the other, or in one list in any order: the same values. */
static void test_any_order( void **state )
{
    static WHV_REGISTER_VALUE values[REGS_MAX], alone;
    static WHV_REGISTER_NAME names[REGS_MAX];
    static HRESULT expected[512];
    struct vp *vp = *state;
    UINT32 i, count, round, failed;
    HRESULT hr;

    for (i = 0; i < all_regs_count; i++) expected[i] = get( vp, all_regs[i].name, &alone );
    srand( 7 );
    for (round = 0; round < 2000; round++)
    {
        UINT32 want = 1 + rand() % 40;

        for (count = 0; count < want;)
        {
            i = rand() % all_regs_count;
            if (FAILED(expected[i])) continue;
            /* runs of names, as clients have them */
            do names[count++] = all_regs[i++].name;
            while (rand() % 4 && count < want && i < all_regs_count && SUCCEEDED(expected[i]));
        }
        memset( values, 0xcc, sizeof(values) );
        assert_int_equal( regs_get( vp, names, count, values ), S_OK );
        for (i = 0; i < count; i++)
        {
            assert_int_equal( get( vp, names[i], &alone ), S_OK );
            assert_memory_equal( &values[i], &alone, sizeof(alone) );
        }
    }
    /* the first that fails says how */
    for (round = 0; round < 2000; round++)
    {
        failed = all_regs_count;
        for (i = 0; i < 20; i++)
        {
            UINT32 k = rand() % all_regs_count;

            names[i] = all_regs[k].name;
            if (failed == all_regs_count && FAILED(expected[k])) failed = k;
        }
        hr = regs_get( vp, names, 20, values );
        assert_int_equal( hr, failed == all_regs_count ? S_OK : expected[failed] );
    }
}

/* The last of several values of one register is what it has. */
static void test_duplicates( void **state )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterRip, WHvX64RegisterRax, WHvX64RegisterCr3, MTRR_BASE( 0 ), WHvX64RegisterXmm3,
        WHvX64RegisterFpMmx2, WHvX64RegisterDr1,
    };
    WHV_REGISTER_NAME list[3 * ARRAY_SIZE( names )];
    WHV_REGISTER_VALUE values[3 * ARRAY_SIZE( names )];
    struct vp *vp = *state;
    UINT32 i;

    memset( values, 0, sizeof(values) );
    for (i = 0; i < ARRAY_SIZE( list ); i++)
    {
        list[i] = names[i % ARRAY_SIZE( names )];
        values[i].Reg64 = 0x1000 * (i + 1);
    }
    assert_int_equal( regs_set( vp, list, ARRAY_SIZE( list ), values ), S_OK );
    memset( values, 0xcc, sizeof(values) );
    assert_int_equal( regs_get( vp, list, ARRAY_SIZE( list ), values ), S_OK );
    for (i = 0; i < ARRAY_SIZE( list ); i++)
        assert_true( values[i].Reg64 == 0x1000 * (2 * ARRAY_SIZE( names ) + i % ARRAY_SIZE( names ) + 1) &&
                     !values[i].Reg128.High64 );
    /* back to what it was is no change that is lost */
    vp->arch.view.dirty = 0;
    list[0] = list[1] = WHvX64RegisterCr3;
    values[0].Reg64 = 0x77000;
    values[1].Reg64 = get64( vp, WHvX64RegisterCr3 );
    assert_int_equal( regs_set( vp, list, 2, values ), S_OK );
    assert_int_equal( get64( vp, WHvX64RegisterCr3 ), values[1].Reg64 );
}

/* A register that is refused, wherever it stands: nothing has changed, no system call was made. */
static void test_all_or_none( void **state )
{
    static const struct { UINT32 name; UINT64 value; HRESULT hr; } bad[] =
    {
        { 0x2f, 0, WHV_E_INVALID_VP_REGISTER_NAME }, { 0x200f, 0, WHV_E_INVALID_VP_REGISTER_NAME },
        { 0x6000, 0, WHV_E_INVALID_VP_REGISTER_NAME }, { 0x57480000, 0, WHV_E_INVALID_VP_REGISTER_NAME },
        { 0x80000009, 0, WHV_E_INVALID_VP_REGISTER_NAME }, { 0xffffffff, 0, WHV_E_INVALID_VP_REGISTER_NAME },
        { WHvX64RegisterVirtualCr0, 0, ERROR_HV_INVALID_PARAMETER },
        { WHvX64RegisterMsrMtrrCap, 0, ERROR_HV_ACCESS_DENIED },
        { WHvRegisterVpRuntime, 0, ERROR_HV_ACCESS_DENIED },
        { WHvX64RegisterCr0, 0x100000031, ERROR_HV_INVALID_REGISTER_VALUE },
        { WHvX64RegisterEfer, 0x8000000000000000, ERROR_HV_INVALID_REGISTER_VALUE },
        { WHvX64RegisterXCr0, 5, ERROR_HV_INVALID_REGISTER_VALUE },
        { WHvX64RegisterPat, 0x0302, ERROR_HV_INVALID_REGISTER_VALUE },
        { WHvX64RegisterCr8, 16, ERROR_HV_INVALID_REGISTER_VALUE },
        { WHvX64RegisterXmmControlStatus, ~0ull, ERROR_HV_INVALID_REGISTER_VALUE },
        { WHvX64RegisterInitialApicId, 0x100000007, ERROR_HV_INVALID_PARAMETER },
        { WHvRegisterInterruptState, ~0ull, ERROR_HV_INVALID_REGISTER_VALUE },
        { WHvX64RegisterApicId, 0, ERROR_HV_INVALID_PARAMETER },
        { WHvRegisterSint0, 0, ERROR_HV_INVALID_PARAMETER },
    };
    static const WHV_REGISTER_NAME good[] =
    {
        WHvX64RegisterRax, WHvX64RegisterRip, WHvX64RegisterCs, WHvX64RegisterCr2, WHvX64RegisterCr4,
        WHvX64RegisterDr0, WHvX64RegisterXmm0, WHvX64RegisterFpMmx0, WHvX64RegisterStar, WHvX64RegisterPat,
        WHvX64RegisterDeliverabilityNotifications,
    };
    WHV_REGISTER_VALUE values[ARRAY_SIZE( good ) + 1], value;
    WHV_REGISTER_NAME names[ARRAY_SIZE( good ) + 1];
    struct vp *vp = *state, before;
    struct kvm_run page;
    UINT32 i, at, k;

    for (k = 0; k < ARRAY_SIZE( good ); k++) assert_int_equal( get( vp, good[k], &value ), S_OK );
    before = *vp;
    page = *vp->run;
    fake.calls = 0;
    for (i = 0; i < ARRAY_SIZE( bad ); i++)
        for (at = 0; at <= ARRAY_SIZE( good ); at++)
        {
            memset( values, 0, sizeof(values) );
            for (k = 0; k < ARRAY_SIZE( names ); k++)
            {
                names[k] = k == at ? (WHV_REGISTER_NAME)bad[i].name : good[k < at ? k : k - 1];
                values[k].Reg64 = 1;
            }
            values[at].Reg64 = values[at].Reg128.High64 = bad[i].value;
            assert_int_equal( regs_set( vp, names, ARRAY_SIZE( names ), values ), bad[i].hr );
            assert_int_equal( regs_check( vp, names, ARRAY_SIZE( names ), values ), bad[i].hr );
        }
    assert_int_equal( fake.calls, 0 );
    assert_memory_equal( &page.s, &vp->run->s, sizeof(page.s) );
    assert_memory_equal( &before, vp, sizeof(before) );
    /* and it was not for nothing */
    memmove( names, good, sizeof(good) );
    for (k = 0; k < ARRAY_SIZE( good ); k++) values[k].Reg64 = 1;
    assert_int_equal( regs_set( vp, names, ARRAY_SIZE( good ), values ), S_OK );
    for (k = 0; k < ARRAY_SIZE( good ); k++)
    {
        assert_int_equal( get( vp, good[k], &value ), S_OK );
        assert_memory_equal( &value, &values[k], sizeof(value) );
    }
}

/* What is put back as it was read is not KVM's business; of a segment not even how the API's form would look there. */
static void test_unchanged( void **state )
{
    static WHV_REGISTER_VALUE values[REGS_MAX], back;
    static WHV_REGISTER_NAME names[REGS_MAX];
    struct vp *vp = *state;
    struct kvm_sregs *sregs = &vp->run->s.regs.sregs, before;
    UINT32 i, count = 0;

    memset( sregs, 0x5a, sizeof(*sregs) );
    sregs->cr8 = 3;
    sregs->cr0 = checked_value( WHvX64RegisterCr0 );
    sregs->efer = checked_value( WHvX64RegisterEfer );
    lazy_reset( vp );
    vp->arch.lazy.dirty = 0;
    for (i = 0; i < 8; i++)
    {
        struct kvm_segment *segment = &(&sregs->cs)[i];

        segment->limit = 0xfffff;
        segment->type = i;
        segment->present = segment->dpl = segment->db = segment->s = segment->l = segment->avl = 1;
        segment->g = i & 1;
        segment->unusable = i >> 1 & 1;
    }
    before = *sregs;
    for (i = 0; i < all_regs_count; i++)
        if ((all_regs[i].flags & REG_PLAIN) || all_regs[i].kind == REG_CR8) names[count++] = all_regs[i].name;
    assert_int_equal( regs_get( vp, names, count, values ), S_OK );
    assert_int_equal( regs_set( vp, names, count, values ), S_OK );
    assert_int_equal( vp->arch.view.dirty, 0 );
    assert_int_equal( vp->arch.lazy.dirty, 0 );
    assert_memory_equal( sregs, &before, sizeof(before) );
    /* each change is seen */
    for (i = 0; i < count; i++)
    {
        if (reg_is_gpr( names[i] ) || reg_find( names[i] )->flags & REG_CHECKED) continue;
        vp->arch.view.dirty = vp->arch.lazy.dirty = 0;
        /* a table's base, anything else's lowest bits */
        if (names[i] == WHvX64RegisterIdtr || names[i] == WHvX64RegisterGdtr) values[i].Table.Base ^= 1;
        else values[i].Reg64 ^= 1;
        assert_int_equal( regs_set( vp, names, count, values ), S_OK );
        assert_true( vp->arch.view.dirty || vp->arch.lazy.dirty );
        assert_int_equal( get( vp, names[i], &back ), S_OK );
        assert_memory_equal( &back, &values[i], sizeof(back) );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
#define TEST( func ) cmocka_unit_test_setup_teardown( func, setup, teardown )
        TEST( test_any_order ),
        TEST( test_duplicates ),
        TEST( test_all_or_none ),
        TEST( test_unchanged ),
#undef TEST
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
