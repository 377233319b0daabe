/*
 * Unit tests: virtual PCI devices and migration, which are not there
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
#include "host/errors.h"
#include "machine.h"
#include "run/partition_life.h"
#include "unixlib.h"
#include "vm/handle.h"

#define VPS    4
#define DEVICE_ABSENT HRESULT_FROM_WIN32_NOT_FOUND

static UINT8 buffer[512];
static UINT32 written;
static struct { UINT32 vector, flags, count, processors[VPS + 1]; } target;
static WHV_VPCI_DEVICE_REGISTER reg;

static int setup( void **state )
{
    (void)state;
    machine_create( VPS );
    return partition_setup( machine.handle );
}

/* Arguments that are right. */
static struct vpci_params right( UINT32 function )
{
    struct vpci_params params = { .function = function, .partition = machine.handle, .device = 1, .output = buffer,
                                  .output2 = buffer, .written = &written, .size = sizeof(buffer), .code = 1,
                                  .count = 1, .input = &target };

    memset( &target, 0, sizeof(target) );
    memset( &reg, 0, sizeof(reg) );
    target.count = 1;
    reg.Location = WHvVpciConfigSpace;
    reg.SizeInBytes = 4;
    if (function == VPCI_READ_REGISTER || function == VPCI_WRITE_REGISTER) params.input = &reg;
    if (function == VPCI_ALLOCATE_RESOURCE)
    {
        params.input = buffer;
        params.size = sizeof(WHV_SRIOV_RESOURCE_DESCRIPTOR);
    }
    written = 0xdead;
    return params;
}

static HRESULT absent( UINT32 function )
{
    if (function == VPCI_CREATE) return E_HANDLE;
    return function < VPCI_MAP_INTERRUPT ? DEVICE_ABSENT : ERROR_HV_INVALID_DEVICE_ID;
}

static void test_absent( void **state )
{
    struct vpci_params params;
    UINT32 function;

    (void)state;
    for (function = 0; function < VPCI_FUNCTION_COUNT; function++)
    {
        params = right( function );
        assert_int_equal( vpci_call( &params ), absent( function ) );
    }
    params.function = VPCI_FUNCTION_COUNT;
    assert_int_equal( vpci_call( &params ), E_INVALIDARG );
    params.function = ~0u;
    assert_int_equal( vpci_call( &params ), E_INVALIDARG );
}

/* The partition comes before anything else. */
static void test_partitions( void **state )
{
    WHV_PARTITION_HANDLE created, deleted;
    struct vpci_params params;
    UINT32 function;

    (void)state;
    assert_int_equal( partition_create( &deleted ), S_OK );
    assert_int_equal( partition_delete( deleted ), S_OK );
    assert_int_equal( partition_create( &created ), S_OK );
    for (function = VPCI_CREATE; function < VPCI_FUNCTION_COUNT; function++)
    {
        params = right( function );
        params.input = params.output = params.output2 = NULL;
        params.code = params.count = ~0u;
        params.partition = deleted;
        assert_int_equal( vpci_call( &params ), E_HANDLE );
        params.partition = NULL;
        assert_int_equal( vpci_call( &params ), E_HANDLE );
        params.partition = created;
        assert_int_equal( vpci_call( &params ), E_INVALIDARG );
    }
    assert_int_equal( partition_delete( created ), S_OK );
}

static void test_pointers( void **state )
{
    static const struct { UINT32 function; BOOL input, output, output2; } needed[] =
    {
        { VPCI_ALLOCATE_RESOURCE, 0, 1, 0 }, { VPCI_GET_PROPERTY, 0, 1, 0 }, { VPCI_GET_NOTIFICATION, 0, 1, 0 },
        { VPCI_MAP_MMIO, 0, 1, 1 }, { VPCI_READ_REGISTER, 1, 1, 0 }, { VPCI_WRITE_REGISTER, 1, 1, 0 },
        { VPCI_MAP_INTERRUPT, 1, 1, 1 }, { VPCI_RETARGET_INTERRUPT, 1, 0, 0 },
    };
    struct vpci_params params;
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE( needed ); i++)
    {
        params = right( needed[i].function );
        params.input = needed[i].input ? NULL : params.input;
        if (needed[i].input) assert_int_equal( vpci_call( &params ), E_POINTER );
        params = right( needed[i].function );
        params.output = needed[i].output ? NULL : params.output;
        if (needed[i].output) assert_int_equal( vpci_call( &params ), E_POINTER );
        params = right( needed[i].function );
        params.output2 = needed[i].output2 ? NULL : params.output2;
        if (needed[i].output2) assert_int_equal( vpci_call( &params ), E_POINTER );
    }
}

static void test_resource( void **state )
{
    struct vpci_params params = right( VPCI_ALLOCATE_RESOURCE );

    (void)state;
    params.partition = NULL;
    assert_int_equal( vpci_call( &params ), DEVICE_ABSENT );
    params.code = 2;
    assert_int_equal( vpci_call( &params ), E_INVALIDARG );
    params.code = 0;
    params.size--;
    assert_int_equal( vpci_call( &params ), E_INVALIDARG );
    params.provider = buffer;
    assert_int_equal( vpci_call( &params ), DEVICE_ABSENT );
    params.input = params.provider = NULL;
    assert_int_equal( vpci_call( &params ), E_INVALIDARG );
    params.size = 0;
    assert_int_equal( vpci_call( &params ), DEVICE_ABSENT );
    assert_int_equal( written, 0xdead );
}

static HRESULT with( UINT32 function, UINT32 code, UINT32 count, UINT32 size )
{
    struct vpci_params params = right( function );

    params.code = code;
    params.count = count;
    params.size = size;
    return vpci_call( &params );
}

static void test_numbers( void **state )
{
    struct vpci_params params;
    UINT32 i;

    (void)state;
    assert_int_equal( with( VPCI_CREATE, 3, 0, 0 ), E_HANDLE );
    assert_int_equal( with( VPCI_CREATE, 4, 0, 0 ), E_INVALIDARG );

    assert_int_equal( with( VPCI_GET_PROPERTY, 0, 0, 512 ), WHV_E_UNKNOWN_PROPERTY );
    assert_int_equal( with( VPCI_GET_PROPERTY, 3, 0, 0 ), WHV_E_UNKNOWN_PROPERTY );
    assert_int_equal( written, 0xdead );
    assert_int_equal( with( VPCI_GET_PROPERTY, 1, 0, 11 ), WHV_E_INSUFFICIENT_BUFFER );
    assert_int_equal( written, 12 );
    assert_int_equal( with( VPCI_GET_PROPERTY, 2, 0, 23 ), WHV_E_INSUFFICIENT_BUFFER );
    assert_int_equal( written, 24 );
    assert_int_equal( with( VPCI_GET_PROPERTY, 2, 0, 24 ), DEVICE_ABSENT );
    params = right( VPCI_GET_PROPERTY );
    params.written = NULL;
    params.output = NULL;
    params.size = 0;
    assert_int_equal( vpci_call( &params ), WHV_E_INSUFFICIENT_BUFFER );

    assert_int_equal( with( VPCI_GET_NOTIFICATION, 0, 0, 15 ), WHV_E_INSUFFICIENT_BUFFER );
    assert_int_equal( with( VPCI_GET_NOTIFICATION, 0, 0, 16 ), DEVICE_ABSENT );

    for (i = 0; i < 6; i++)
        assert_int_equal( with( VPCI_SET_POWER_STATE, i, 0, 0 ), i >= 1 && i <= 4 ? DEVICE_ABSENT : E_INVALIDARG );

    assert_int_equal( with( VPCI_MAP_INTERRUPT, 65535, 1, 0 ), ERROR_HV_INVALID_DEVICE_ID );
    assert_int_equal( with( VPCI_MAP_INTERRUPT, 65536, 1, 0 ), E_INVALIDARG );
    for (i = 0; i < 65; i++)
        assert_int_equal( with( VPCI_MAP_INTERRUPT, 0, i, 0 ), i && i <= 32 && !(i & (i - 1))
                          ? ERROR_HV_INVALID_DEVICE_ID : E_INVALIDARG );
    assert_int_equal( with( VPCI_GET_INTERRUPT_TARGET, 65536, 0, 0 ), E_INVALIDARG );
    assert_int_equal( with( VPCI_GET_INTERRUPT_TARGET, 0, 32, 0 ), E_INVALIDARG );
    assert_int_equal( with( VPCI_GET_INTERRUPT_TARGET, 0, 31, 16 ), ERROR_HV_INVALID_DEVICE_ID );
    assert_int_equal( written, 0xdead );
    assert_int_equal( with( VPCI_GET_INTERRUPT_TARGET, 0, 31, 15 ), WHV_E_INSUFFICIENT_BUFFER );
    assert_int_equal( written, sizeof(WHV_VPCI_INTERRUPT_TARGET) );
    params = right( VPCI_GET_INTERRUPT_TARGET );
    params.output = NULL;
    assert_int_equal( vpci_call( &params ), E_POINTER );

    params = right( VPCI_REQUEST_INTERRUPT );
    params.address = 0x100000000;
    assert_int_equal( vpci_call( &params ), ERROR_HV_INVALID_PARAMETER );

    for (i = 0; i < 2; i++)
    {
        params = right( i ? VPCI_READ_REGISTER : VPCI_WRITE_REGISTER );
        reg.Location = -2;
        assert_int_equal( vpci_call( &params ), E_INVALIDARG );
        reg.Location = 6;
        assert_int_equal( vpci_call( &params ), E_INVALIDARG );
        reg.Location = 5;
        assert_int_equal( vpci_call( &params ), DEVICE_ABSENT );
        reg.SizeInBytes = 0;
        assert_int_equal( vpci_call( &params ), E_INVALIDARG );
    }
}

static void test_targets( void **state )
{
    static const struct { UINT32 flags, count, last; HRESULT map, retarget; } rows[] =
    {
        { 0, 0, 0, E_INVALIDARG, E_INVALIDARG },
        { 0, VPS, VPS - 1, ERROR_HV_INVALID_DEVICE_ID, ERROR_HV_INVALID_DEVICE_ID },
        { 0, VPS + 1, 0, E_INVALIDARG, E_INVALIDARG },
        { 0, ~0u, 0, E_INVALIDARG, E_INVALIDARG },
        { 2, 1, 0, E_INVALIDARG, E_INVALIDARG },
        { 1, 1, 0, E_INVALIDARG, E_INVALIDARG },
        { 1, 2, 1, ERROR_HV_INVALID_DEVICE_ID, ERROR_HV_INVALID_DEVICE_ID },
        { 0, 2, VPS, E_INVALIDARG, ERROR_HV_INVALID_DEVICE_ID },
        { 0, 2, ~0u, E_INVALIDARG, E_INVALIDARG },
    };
    struct vpci_params map, retarget;
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE( rows ); i++)
    {
        map = right( VPCI_MAP_INTERRUPT );
        retarget = right( VPCI_RETARGET_INTERRUPT );
        target.flags = rows[i].flags;
        target.count = rows[i].count;
        if (rows[i].count && rows[i].count <= VPS) target.processors[rows[i].count - 1] = rows[i].last;
        assert_int_equal( vpci_call( &map ), rows[i].map );
        assert_int_equal( vpci_call( &retarget ), rows[i].retarget );
    }
}

static HRESULT migrate( UINT32 function, void *partition, void **output )
{
    struct migration_params params = { .partition = partition, .output = output, .function = function };

    return migration_call( &params );
}

static void test_migration( void **state )
{
    WHV_PARTITION_HANDLE created;
    void *output = buffer;

    (void)state;
    assert_int_equal( partition_create( &created ), S_OK );
    assert_int_equal( migrate( MIGRATION_START, created, &output ), HRESULT_FROM_WIN32_INVALID_STATE );
    assert_int_equal( partition_delete( created ), S_OK );
    assert_int_equal( migrate( MIGRATION_START, created, &output ), E_HANDLE );
    assert_int_equal( migrate( MIGRATION_CANCEL, created, NULL ), E_HANDLE );
    assert_int_equal( migrate( MIGRATION_COMPLETE, created, NULL ), E_HANDLE );

    assert_int_equal( migrate( MIGRATION_START, machine.handle, NULL ), E_POINTER );
    assert_int_equal( migrate( MIGRATION_START, machine.handle, &output ), HRESULT_FROM_WIN32_NOT_SUPPORTED );
    assert_int_equal( migrate( MIGRATION_CANCEL, machine.handle, NULL ), HRESULT_FROM_WIN32_INVALID_STATE );
    assert_int_equal( migrate( MIGRATION_COMPLETE, machine.handle, NULL ), HRESULT_FROM_WIN32_INVALID_STATE );
    assert_int_equal( migrate( MIGRATION_ACCEPT, NULL, NULL ), E_POINTER );
    assert_int_equal( migrate( MIGRATION_ACCEPT, NULL, &output ), E_INVALIDARG );
    assert_ptr_equal( output, buffer );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_absent, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_partitions, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_pointers, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_resource, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_numbers, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_targets, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_migration, setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
