/*
 * Guest-physical address space: access to its memory
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

#define _GNU_SOURCE     /* memfd_create */

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "address_space.h"
#include "memory/gpa_access.h"
#include "memory/gpa_map.h"

static void test_access( void **state )
{
    UINT8 data[3 * PAGE], *file;
    UINT32 i;
    int fd;

    (void)state;
    for (i = 0; i < 16 * PAGE; i++) space.host[i] = i * 7 + (i >> 12);
    /* neighbours in the guest that lie apart in the host */
    assert_hr( gpa_map_range( &space.map, space.host + 2 * PAGE, 0x1000, PAGE, R | W ), S_OK );
    assert_hr( gpa_map_range( &space.map, space.host, 0x2000, PAGE, R ), S_OK );
    assert_hr( gpa_map_range( &space.map, space.host + 5 * PAGE, 0x3000, PAGE, R | W | X ), S_OK );
    assert_hr( gpa_map_range( &space.map, space.host + 6 * PAGE, 0x4000, PAGE, 0 ), S_OK );

    assert_hr( gpa_read( &space.map, 0x1800, data, 0x2800 ), S_OK );
    assert_memory_equal( data, space.host + 2 * PAGE + 0x800, 0x800 );
    assert_memory_equal( data + 0x800, space.host, PAGE );
    assert_memory_equal( data + 0x1800, space.host + 5 * PAGE, PAGE );
    memset( data, 0, sizeof(data) );
    assert_hr( gpa_read_fast( &space.map, 0x1ffe, data, 4 ), S_OK );
    assert_memory_equal( data, space.host + 2 * PAGE + 0xffe, 2 );
    assert_memory_equal( data + 2, space.host, 2 );
    assert_hr( gpa_read( &space.map, 0x1000, data, 0 ), S_OK );

    assert_hr( gpa_read( &space.map, 0x3fff, data, 2 ), E_ACCESSDENIED );
    assert_hr( gpa_read_fast( &space.map, 0x3fff, data, 2 ), E_ACCESSDENIED );
    assert_hr( gpa_read( &space.map, 0xfff, data, 2 ), E_ACCESSDENIED );
    assert_hr( gpa_read( &space.map, ~0ull, data, 2 ), E_ACCESSDENIED );
    assert_hr( gpa_write( &space.map, 0x2000, "x", 1 ), E_ACCESSDENIED );
    assert_hr( gpa_write( &space.map, 0x4000, "x", 1 ), E_ACCESSDENIED );
    assert_hr( gpa_write( &space.map, 0x5000, "x", 1 ), E_ACCESSDENIED );
    assert_hr( gpa_write( &space.map, 0x3ffc, "last", 4 ), S_OK );
    assert_memory_equal( space.host + 5 * PAGE + 0xffc, "last", 4 );

    /* host pages of all kinds */
    mprotect( space.host + 5 * PAGE, PAGE, PROT_READ );
    assert_hr( gpa_write( &space.map, 0x3000, "x", 1 ), E_ACCESSDENIED );
    assert_hr( gpa_compare_exchange( &space.map, 0x3000, 8, 0, 0 ), E_ACCESSDENIED );
    assert_hr( gpa_read( &space.map, 0x3ffc, data, 4 ), S_OK );
    assert_memory_equal( data, "last", 4 );
    mprotect( space.host + 5 * PAGE, PAGE, PROT_NONE );
    assert_hr( gpa_read( &space.map, 0x3000, data, 1 ), E_ACCESSDENIED );
    assert_hr( gpa_read( &space.map, 0x2fff, data, 2 ), E_ACCESSDENIED );
    assert_hr( gpa_write( &space.map, 0x3000, "x", 1 ), E_ACCESSDENIED );
    mprotect( space.host + 5 * PAGE, PAGE, PROT_READ | PROT_WRITE );
    assert_hr( gpa_write( &space.map, 0x3000, "x", 1 ), S_OK );

    fd = memfd_create( "guest", MFD_CLOEXEC );
    assert_return_code( ftruncate( fd, 2 * PAGE ), errno );
    file = mmap( NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0 );
    assert_ptr_not_equal( file, MAP_FAILED );
    assert_hr( gpa_map_range( &space.map, file, 0x10000, 2 * PAGE, R | W ), S_OK );
    assert_hr( gpa_write( &space.map, 0x11000, "file", 4 ), S_OK );
    assert_return_code( ftruncate( fd, PAGE ), errno );
    assert_hr( gpa_write( &space.map, 0x11000, "file", 4 ), E_ACCESSDENIED );
    assert_hr( gpa_read( &space.map, 0x11000, data, 4 ), E_ACCESSDENIED );
    assert_hr( gpa_compare_exchange( &space.map, 0x11000, 4, 0, 1 ), E_ACCESSDENIED );
    assert_hr( gpa_read( &space.map, 0x10000, data, 4 ), S_OK );
    munmap( file, 2 * PAGE );
    close( fd );
    assert_hr( gpa_read( &space.map, 0x10000, data, 4 ), E_ACCESSDENIED );
    assert_hr( gpa_write( &space.map, 0x10000, data, 4 ), E_ACCESSDENIED );
}

static void test_compare_exchange( void **state )
{
    UINT64 *word = (UINT64 *)(space.host + 8);

    (void)state;
    assert_hr( gpa_map_range( &space.map, space.host, 0, PAGE, R | W ), S_OK );
    assert_hr( gpa_map_range( &space.map, space.host, PAGE, PAGE, R ), S_OK );
    *word = 0x1122334455667788;
    assert_hr( gpa_compare_exchange( &space.map, 8, 8, 0x1122334455667788, 0x1122334455667799 ), S_OK );
    assert_int_equal( *word, 0x1122334455667799 );
    assert_hr( gpa_compare_exchange( &space.map, 8, 8, 0x1122334455667788, 0 ), 1 );
    assert_hr( gpa_compare_exchange( &space.map, 12, 4, 0x11223344, 0xffffffff ), S_OK );
    assert_int_equal( *word, 0xffffffff55667799 );
    assert_hr( gpa_compare_exchange( &space.map, 8, 4, 0x99, 0 ), 1 );
    assert_int_equal( *word, 0xffffffff55667799 );
    assert_hr( gpa_compare_exchange( &space.map, 12, 8, 0, 0 ), E_ACCESSDENIED );
    assert_hr( gpa_compare_exchange( &space.map, PAGE + 8, 8, *word, 0 ), E_ACCESSDENIED );
    assert_hr( gpa_compare_exchange( &space.map, 2 * PAGE, 8, 0, 0 ), E_ACCESSDENIED );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_access, space_setup, space_teardown ),
        cmocka_unit_test_setup_teardown( test_compare_exchange, space_setup, space_teardown ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
