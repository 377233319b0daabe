/*
 * Unit tests: NUMA nodes
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

#include "host/numa.h"

static void test_parse( void **state )
{
    (void)state;
    assert_int_equal( numa_parse( "" ), 1 );
    assert_int_equal( numa_parse( "0" ), 1 );
    assert_int_equal( numa_parse( "0\n" ), 1 );
    assert_int_equal( numa_parse( "0-1,3\n" ), 0xb );
    assert_int_equal( numa_parse( "2,62-63\n" ), 0xc000000000000005ull );
    assert_int_equal( numa_parse( "0-1000000,5" ), ~0ull );
    assert_int_equal( numa_parse( "64,99999999999999999999" ), 1 );
    assert_int_equal( numa_parse( "3-1" ), 1 );
    assert_int_equal( numa_parse( "1-" ), 1 );
    assert_int_equal( numa_parse( "nonsense" ), 1 );
}

static void test_host( void **state )
{
    (void)state;
    assert_true( numa_nodes() & 1 );
}

int main( void )
{
    const struct CMUnitTest tests[] = { cmocka_unit_test( test_parse ), cmocka_unit_test( test_host ) };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
