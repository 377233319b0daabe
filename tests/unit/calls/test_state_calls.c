/*
 * Unit tests: sizes and types of a vp's states, and of dirty bitmaps
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
#include "host/xsave_format_x86.h"
#include "irq/apic_state_x86.h"
#include "machine.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "vm/lazy_x86.h"
#include "vm/vp.h"

#define APIC_STATE  WHvVirtualProcessorStateTypeInterruptControllerState2
#define XSAVE_STATE WHvVirtualProcessorStateTypeXsaveState

static UINT8 data[0x4001] __attribute__((aligned(64)));
static UINT32 written;

static HRESULT get( UINT64 type, UINT32 size )
{
    struct vp_state_params params = { .partition = machine.handle, .buffer = data, .written = &written,
                                      .type = type, .size = size };

    written = 0xdead;
    memset( data, 0xcc, sizeof(data) );
    return vp_get_state_call( &params );
}

static HRESULT set( UINT64 type, UINT32 size )
{
    struct vp_state_params params = { .partition = machine.handle, .buffer = data, .type = type, .size = size };

    return vp_set_state_call( &params );
}

static int setup_apic( void **state )
{
    (void)state;
    machine_create_apic( 1, WHvX64LocalApicEmulationModeXApic );
    return 0;
}

static void test_apic( void **state )
{
    static const UINT64 older[] = { UNIX_STATE_APIC, UNIX_STATE_APIC_LEGACY };
    UINT32 i;

    (void)state;
    assert_int_equal( get( APIC_STATE, 4095 ), WHV_E_INSUFFICIENT_BUFFER );
    assert_int_equal( written, 4096 );
    assert_int_equal( get( APIC_STATE, 4097 ), S_OK );
    assert_int_equal( written, 4096 );
    assert_int_equal( set( APIC_STATE, 4096 ), S_OK );
    assert_int_equal( set( APIC_STATE, 4095 ), E_INVALIDARG );
    assert_int_equal( set( APIC_STATE, 4097 ), E_INVALIDARG );
    assert_int_equal( set( APIC_STATE, 1024 ), E_INVALIDARG );

    for (i = 0; i < ARRAY_SIZE( older ); i++)
    {
        assert_int_equal( get( older[i], 0 ), WHV_E_INSUFFICIENT_BUFFER );
        assert_int_equal( written, 4096 );
        assert_int_equal( get( older[i], 1023 ), WHV_E_INSUFFICIENT_BUFFER );
        assert_int_equal( written, 4096 );
        assert_int_equal( get( older[i], 1024 ), S_OK );
        assert_int_equal( written, 1024 );
        assert_int_equal( data[1024], 0xcc );
        assert_int_equal( set( older[i], 1024 ), S_OK );
        assert_int_equal( get( older[i], 2048 ), S_OK );
        assert_int_equal( written, 1024 );
        assert_int_equal( get( older[i], 0x4000 ), S_OK );
        assert_int_equal( written, 4096 );
        assert_int_equal( set( older[i], 1023 ), E_POINTER );
        assert_int_equal( set( older[i], 4096 ), S_OK );
        assert_int_equal( set( older[i], 4097 ), S_OK );
    }
    /* 1 KiB brings all that there is: what is behind counts as 0, and not as what the stack holds */
    assert_int_equal( get( UNIX_STATE_APIC, 1024 ), S_OK );
    data[0x320] = 0x31;
    data[0x321] = data[0x322] = 0;
    assert_int_equal( set( UNIX_STATE_APIC, 1024 ), S_OK );
    assert_int_equal( get( APIC_STATE, 4096 ), S_OK );
    assert_int_equal( data[0x320], 0x31 );
}

static void test_xsave( void **state )
{
    const struct xsave_layout *layout = xsave_host_layout();
    UINT64 features = lazy_components( machine.vp );
    UINT32 size = xsave_size( layout, features ), standard = xsave_standard_size( layout, features );

    (void)state;
    assert_in_range( standard, 576, sizeof(data) - 1 );
    assert_int_equal( get( XSAVE_STATE, 0 ), WHV_E_INSUFFICIENT_BUFFER );
    assert_int_equal( written, size );
    assert_int_equal( get( XSAVE_STATE, sizeof(data) ), S_OK );
    assert_int_equal( written, size );
    assert_int_equal( set( XSAVE_STATE, size ), S_OK );
    assert_int_equal( set( XSAVE_STATE, standard ), S_OK );
    assert_int_equal( set( XSAVE_STATE, size - 1 ), E_INVALIDARG );
    assert_int_equal( set( XSAVE_STATE, size + 1 ), E_INVALIDARG );
    assert_int_equal( set( XSAVE_STATE, sizeof(data) - 1 ), E_INVALIDARG );
    /* the older function passes over what is too much */
    assert_int_equal( get( UNIX_STATE_XSAVE, sizeof(data) ), S_OK );
    assert_int_equal( set( UNIX_STATE_XSAVE, size + 1 ), S_OK );
    assert_int_equal( set( UNIX_STATE_XSAVE, size - 1 ), E_INVALIDARG );
}

static void test_types( void **state )
{
    static const UINT64 types[] =
    {
        3, 0xfff, WHvVirtualProcessorStateTypeNestedState, 0x1003, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff
    };
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE( types ); i++)
    {
        assert_int_equal( get( types[i], sizeof(data) ), E_INVALIDARG );
        assert_int_equal( get( types[i], 0 ), E_INVALIDARG );
        assert_int_equal( written, 0xdead );
        assert_int_equal( set( types[i], 4096 ), E_INVALIDARG );
    }
}

/* ---- dirty pages ---- */

static HRESULT query( UINT64 gpa, UINT64 size, UINT64 *bitmap, UINT32 bitmap_size )
{
    struct gpa_query_dirty_params params = { machine.handle, gpa, size, bitmap, bitmap_size };

    return gpa_query_dirty_call( &params );
}

static void write_page( UINT64 gpa )
{
    struct gpa_access_params params = { machine.handle, gpa, WHvCacheTypeWriteBack, data, 0, 1, 1 };

    assert_int_equal( gpa_access_call( &params ), S_OK );
}

static void test_dirty( void **state )
{
    static UINT64 bits[2] = { 0, 0xcc };

    (void)state;
    assert_int_equal( machine_map( machine.memory, 0x100000, 0x10000, 15 ), S_OK );
    write_page( 0x103000 );
    write_page( 0x10f000 );
    /* the last page counts, however little of it is asked for */
    assert_int_equal( query( 0x100000, 0xf001, bits, 8 ), S_OK );
    assert_int_equal( bits[0], 0x8008 );
    assert_int_equal( bits[1], 0xcc );
    assert_int_equal( query( 0x100000, 0x10000, bits, 8 ), S_OK );
    assert_int_equal( bits[0], 0 );
    /* no size: cleared, and nobody looks at the bitmap */
    write_page( 0x103000 );
    bits[0] = 0x1234;
    assert_int_equal( query( 0x100000, 0x10000, bits, 0 ), S_OK );
    assert_int_equal( bits[0], 0x1234 );
    assert_int_equal( query( 0x100000, 0x10000, bits, 8 ), S_OK );
    assert_int_equal( bits[0], 0 );
    write_page( 0x103000 );
    assert_int_equal( query( 0x100000, 0x10000, (UINT64 *)1, 0 ), S_OK );
    assert_int_equal( query( 0x100000, 0x10000, bits, 8 ), S_OK );
    assert_int_equal( bits[0], 0 );

    assert_int_equal( query( 0x100000, 0x10000, NULL, 8 ), E_INVALIDARG );
    assert_int_equal( query( 0x100000, 0x10000, bits, 7 ), E_INVALIDARG );
    assert_int_equal( query( 0x100000, 0, bits, 8 ), E_INVALIDARG );
    assert_int_equal( query( 0x100000, ~0ull, bits, 8 ), E_INVALIDARG );
    assert_int_equal( query( 0x100800, 0x1000, bits, 8 ), E_INVALIDARG );
    assert_int_equal( query( 0x100000, 0x10001, bits, 8 ), WHV_E_GPA_RANGE_NOT_FOUND );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_apic, setup_apic, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_xsave, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_types, setup_apic, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_dirty, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
