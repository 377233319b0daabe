/*
 * Unit tests: unix calls for registers
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

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "calls/calls.h"
#include "host/array.h"
#include "machine.h"
#include "registers/registers_x86.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "vm/vp.h"
#include "wine/unixlib.h"

#define MANY 600

static WHV_REGISTER_NAME names[MANY];
static WHV_REGISTER_VALUE values[MANY], before[MANY];

static HRESULT get_from( void *partition, UINT32 index, UINT32 count )
{
    struct vp_registers_params params = { partition, names, values, index, count };

    return vp_get_registers_call( &params );
}

static HRESULT set_in( void *partition, UINT32 index, UINT32 count )
{
    struct vp_registers_params params = { partition, names, values, index, count };

    return vp_set_registers_call( &params );
}

static HRESULT get( UINT32 count )
{
    memset( values, 0xcc, sizeof(values) );
    return get_from( machine.handle, 0, count );
}

static HRESULT set( UINT32 count )
{
    return set_in( machine.handle, 0, count );
}

static void fill( UINT32 count, UINT64 seed )
{
    UINT32 i;

    for (i = 0; i < count; i++)
    {
        values[i].Reg128.Low64 = seed + i;
        values[i].Reg128.High64 = ~0ull;
    }
}

static WHV_REGISTER_NAME any_gpr( void )
{
    return rand() % (WHvX64RegisterRflags + 1);
}

/* Lists of all lengths, of general registers alone or with others among them: each is what it is alone, and the last of
 * several values of one register counts. */
static void test_lists( void **state )
{
    static const WHV_REGISTER_NAME others[] = { WHvX64RegisterCr2, WHvX64RegisterCr3, WHvX64RegisterDr1 };
    UINT64 expected[WHvX64RegisterRflags + 1], other[ARRAY_SIZE( others )];
    UINT32 i, k, round, count;

    (void)state;
    srand( 5 );
    for (i = 0; i < ARRAY_SIZE( expected ); i++) machine_set( 0, i, expected[i] = 0x1111111111111111ull * (i + 1) );
    for (i = 0; i < ARRAY_SIZE( others ); i++) machine_set( 0, others[i], other[i] = 0x1000 * i );
    for (round = 0; round < 4000; round++)
    {
        BOOL mixed = round & 1;

        count = round % 8 ? 1 + rand() % 40 : 1 + rand() % MANY;
        for (i = 0; i < count; i++)
            names[i] = mixed && !(rand() % 8) ? others[rand() % ARRAY_SIZE( others )] : any_gpr();
        fill( count, (UINT64)round << 20 );
        assert_int_equal( set( count ), S_OK );
        for (i = 0; i < count; i++)
        {
            if (names[i] < ARRAY_SIZE( expected )) expected[names[i]] = values[i].Reg64;
            for (k = 0; k < ARRAY_SIZE( others ); k++) if (names[i] == others[k]) other[k] = values[i].Reg64;
        }
        for (i = 0; i < count; i++)
            names[i] = mixed && !(rand() % 8) ? others[rand() % ARRAY_SIZE( others )] : any_gpr();
        assert_int_equal( get( count ), S_OK );
        for (i = 0; i < count; i++)
        {
            if (names[i] < ARRAY_SIZE( expected )) assert_true( values[i].Reg64 == expected[names[i]] );
            for (k = 0; k < ARRAY_SIZE( others ); k++)
                if (names[i] == others[k]) assert_true( values[i].Reg64 == other[k] );
            assert_true( !values[i].Reg128.High64 );
        }
        /* not a byte behind them */
        for (k = 0; count < MANY && k < sizeof(values[0]); k++) assert_int_equal( ((UINT8 *)&values[count])[k], 0xcc );
    }
    for (i = 0; i < ARRAY_SIZE( expected ); i++) assert_true( machine_get( 0, i ) == expected[i] );
}

/* The API's arrays have an alignment, a client's perhaps not. */
static void test_misaligned( void **state )
{
    static UINT8 name_bytes[19 * 4 + 3], value_bytes[19 * 16 + 16];
    WHV_REGISTER_VALUE value;
    UINT32 i, shift, count;

    (void)state;
    for (i = 0; i < 18; i++) machine_set( 0, i, 0x8000 + i );
    for (shift = 0; shift < 16; shift++)
        for (count = 1; count <= 19; count++)
        {
            struct vp_registers_params params =
            {
                machine.handle, (WHV_REGISTER_NAME *)(name_bytes + shift % 4),
                (WHV_REGISTER_VALUE *)(value_bytes + shift), 0, count
            };

            for (i = 0; i < 19; i++)
            {
                WHV_REGISTER_NAME name = i < 18 ? (WHV_REGISTER_NAME)i : WHvX64RegisterDr0;

                memcpy( name_bytes + shift % 4 + 4 * i, &name, sizeof(name) );
            }
            assert_int_equal( vp_get_registers_call( &params ), S_OK );
            for (i = 0; i < count; i++)
            {
                memcpy( &value, value_bytes + shift + 16 * i, sizeof(value) );
                assert_true( value.Reg64 == machine_get( 0, i < 18 ? i : (UINT32)WHvX64RegisterDr0 ));
                assert_true( !value.Reg128.High64 );
            }
            assert_int_equal( vp_set_registers_call( &params ), S_OK );
        }
    for (i = 0; i < 18; i++) assert_true( machine_get( 0, i ) == 0x8000 + i );
}

/* One that is refused: nothing is answered, or set, of up to 256; the first bad one says why. */
static void test_refused( void **state )
{
    static const UINT32 counts[] = { 1, 2, 3, 18, 32, 33, 256 };
    UINT32 i, k, at, count;

    (void)state;
    for (i = 0; i < 18; i++) machine_set( 0, i, 0x100 + i );
    for (k = 0; k < ARRAY_SIZE( counts ); k++)
    {
        count = counts[k];
        for (at = 0; at < count; at++)
        {
            for (i = 0; i < count; i++) names[i] = i % 18;
            names[at] = 0x2f;
            if (at + 1 < count) names[at + 1] = WHvX64RegisterVirtualCr0;
            fill( count, 0x777 );
            memcpy( before, values, sizeof(before) );
            assert_int_equal( get_from( machine.handle, 0, count ), WHV_E_INVALID_VP_REGISTER_NAME );
            assert_memory_equal( values, before, sizeof(before) );
            assert_int_equal( set( count ), WHV_E_INVALID_VP_REGISTER_NAME );
            names[at] = WHvX64RegisterVirtualCr0;
            assert_int_equal( get_from( machine.handle, 0, count ), ERROR_HV_INVALID_PARAMETER );
            assert_memory_equal( values, before, sizeof(before) );
            assert_int_equal( set( count ), ERROR_HV_INVALID_PARAMETER );
        }
    }
    for (i = 0; i < 18; i++) assert_int_equal( machine_get( 0, i ), 0x100 + i );
}

/* Longer ones go in pieces: of a get those before the refused one's piece are answered, and the rest is as it was; of a
 * set none is set. */
static void test_pieces( void **state )
{
    UINT32 i;

    (void)state;
    for (i = 0; i < 18; i++) machine_set( 0, i, 0x100 + i );
    for (i = 0; i < MANY; i++) names[i] = i % 18;
    fill( MANY, 0x777 );
    memcpy( before, values, sizeof(before) );
    names[256] = 0x2f;
    assert_int_equal( set( 257 ), WHV_E_INVALID_VP_REGISTER_NAME );
    assert_int_equal( set( MANY ), WHV_E_INVALID_VP_REGISTER_NAME );
    for (i = 0; i < 18; i++) assert_int_equal( machine_get( 0, i ), 0x100 + i );
    assert_int_equal( get_from( machine.handle, 0, MANY ), WHV_E_INVALID_VP_REGISTER_NAME );
    for (i = 0; i < 256; i++) assert_int_equal( values[i].Reg64, 0x100 + i % 18 );
    assert_memory_equal( values + 256, before + 256, (MANY - 256) * sizeof(*values) );

    names[256] = WHvX64RegisterRax;
    fill( MANY, 0x10000 );
    assert_int_equal( set( 257 ), S_OK );
    assert_int_equal( machine_get( 0, WHvX64RegisterRax ), 0x10000 + 256 );
    assert_int_equal( machine_get( 0, WHvX64RegisterRcx ), 0x10000 + 253 );
}

/* What is asked first: lists, then the vp, then names. */
static void test_order( void **state )
{
    struct vp_registers_params params = { machine.handle, names, values, 0, 0 };
    UINT32 i;

    (void)state;
    for (i = 0; i < 3; i++)
    {
        /* a general register, another one, none */
        names[0] = i == 0 ? WHvX64RegisterRip : i == 1 ? WHvX64RegisterCr8 : (WHV_REGISTER_NAME)0x2f;
        memset( values, 0, sizeof(values) );
        assert_int_equal( get_from( machine.handle, 1, 1 ), WHV_E_VP_DOES_NOT_EXIST );
        assert_int_equal( set_in( machine.handle, 1, 1 ), WHV_E_VP_DOES_NOT_EXIST );
        assert_int_equal( get_from( NULL, 0, 1 ), E_INVALIDARG );
        assert_int_equal( set_in( NULL, 0, 1 ), E_INVALIDARG );
        assert_int_equal( get_from( machine.handle, 1, 40 ), WHV_E_VP_DOES_NOT_EXIST );
        assert_int_equal( set_in( machine.handle, 1, 40 ), WHV_E_VP_DOES_NOT_EXIST );
    }
    /* an empty list needs no arrays, but a vp */
    params.names = NULL;
    params.values = NULL;
    assert_int_equal( vp_get_registers_call( &params ), S_OK );
    assert_int_equal( vp_set_registers_call( &params ), S_OK );
    params.index = 1;
    assert_int_equal( vp_get_registers_call( &params ), WHV_E_VP_DOES_NOT_EXIST );
    assert_int_equal( vp_set_registers_call( &params ), WHV_E_VP_DOES_NOT_EXIST );
    params.count = 1;
    assert_int_equal( vp_get_registers_call( &params ), E_POINTER );
    assert_int_equal( vp_set_registers_call( &params ), E_POINTER );
    params.names = names;
    assert_int_equal( vp_get_registers_call( &params ), E_POINTER );
    assert_int_equal( vp_set_registers_call( &params ), E_POINTER );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
#define TEST( func ) cmocka_unit_test_setup_teardown( func, machine_setup, machine_teardown )
        TEST( test_lists ),
        TEST( test_misaligned ),
        TEST( test_refused ),
        TEST( test_pieces ),
        TEST( test_order ),
#undef TEST
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
