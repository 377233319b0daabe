/*
 * Unit tests: vector registers that the API has no names for
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

/* By the names of vectors.h, out of a vp's XSAVE image: fetched when asked for, written back when changed, and zero
 * where the host or the guest has no such registers. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/host.h"
#include "host/xsave_format_x86.h"
#include "registers/table_x86.h"
#include "regs_vcpu.h"
#include "vectors.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

static BOOL has( UINT32 component )
{
    return xsave_host_layout()->features >> component & 1;
}

static UINT64 bv_of( const UINT8 *xsave )
{
    UINT64 bv;

    memcpy( &bv, xsave + XSAVE_XSTATE_BV, sizeof(bv) );
    return bv;
}

/* The guest has what the host has; each name has a place of its own. */
static void test_round_trip( void **state )
{
    struct vp *vp = *state;
    WHV_REGISTER_VALUE value, back;
    UINT32 i, tested = 0;

    vp->arch.cpuid.table->entries[1].eax = 0xe7;
    for (i = 0; i < all_regs_count; i++)
    {
        if (all_regs[i].kind != REG_XSTATE || !has( REG_XSTATE_COMPONENT( all_regs[i].where ))) continue;
        memset( &value, 0, sizeof(value) );
        value.Reg64 = 0x8123456700000000ull + all_regs[i].name;
        if (REG_XSTATE_COMPONENT( all_regs[i].where ) != XSAVE_OPMASK) value.Reg128.High64 = ~value.Reg64;
        assert_int_equal( set( vp, all_regs[i].name, &value ), S_OK );
        tested++;
    }
    if (tested) assert_int_equal( vp->arch.lazy.dirty, VP_XSAVE );
    run( vp );
    fake.calls = 0;
    for (i = 0; i < all_regs_count; i++)
    {
        if (all_regs[i].kind != REG_XSTATE || !has( REG_XSTATE_COMPONENT( all_regs[i].where ))) continue;
        assert_int_equal( get( vp, all_regs[i].name, &back ), S_OK );
        assert_true( back.Reg64 == 0x8123456700000000ull + all_regs[i].name );
        assert_int_equal( set( vp, all_regs[i].name, &back ), S_OK );
    }
    assert_true( fake.calls <= 1 );
    /* what is put back unchanged is not written */
    assert_int_equal( vp->arch.lazy.dirty, 0 );
    print_message( "%u of 120 registers are on this host\n", tested );
}

/* An XSAVE leaves stale bytes where a component is in its initial state. */
static void test_initial( void **state )
{
    struct vp *vp = *state;
    WHV_REGISTER_VALUE value;

    if (!has( 2 )) skip();
    memset( fake.xsave + XSAVE_EXTENDED, 0xdd, 256 );
    fake.xsave[XSAVE_XSTATE_BV] = 3;
    assert_int_equal( get( vp, WHV_VECTOR_LANE( 5, 1 ), &value ), S_OK );
    assert_true( !value.Reg128.Low64 && !value.Reg128.High64 );
    /* zero is what it has */
    assert_int_equal( set( vp, WHV_VECTOR_LANE( 5, 1 ), &value ), S_OK );
    assert_int_equal( vp->arch.lazy.dirty, 0 );
    value.Reg128.High64 = 7;
    assert_int_equal( set( vp, WHV_VECTOR_LANE( 5, 1 ), &value ), S_OK );
    run( vp );
    assert_int_equal( bv_of( fake.xsave ), 7 );
    assert_int_equal( fake.xsave[XSAVE_EXTENDED + 5 * 16 + 8], 7 );
    assert_int_equal( fake.xsave[XSAVE_EXTENDED + 5 * 16], 0 );
    assert_int_equal( fake.xsave[XSAVE_EXTENDED + 6 * 16], 0 );
    fake_fail( "get_xsave2", ENOMEM );
    assert_int_equal( get( vp, WHV_VECTOR_LANE( 5, 1 ), &value ), E_OUTOFMEMORY );
}

/* KVM would refuse the whole image at the next run. */
static void test_absent( void **state )
{
    struct vp *vp = *state;
    WHV_REGISTER_VALUE value;
    UINT32 i;

    vp->arch.cpuid.table->entries[1].eax = 3;
    for (i = 0; i < all_regs_count; i++)
    {
        if (all_regs[i].kind != REG_XSTATE) continue;
        assert_int_equal( get( vp, all_regs[i].name, &value ), S_OK );
        assert_true( !value.Reg128.Low64 && !value.Reg128.High64 );
        assert_int_equal( set( vp, all_regs[i].name, &value ), S_OK );
        value.Reg64 = 1;
        assert_int_equal( set( vp, all_regs[i].name, &value ), ERROR_HV_INVALID_REGISTER_VALUE );
    }
    assert_int_equal( vp->arch.lazy.dirty, 0 );
    assert_int_equal( get( vp, WHV_VECTOR_LANE( 3, 0 ), &value ), WHV_E_INVALID_VP_REGISTER_NAME );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_round_trip, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_initial, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_absent, setup, teardown ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
