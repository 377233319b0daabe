/*
 * Tests of holes in guest memory
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

/* Pages with doorbells are no memory for the guest, whatever is mapped there before or meanwhile, and are what they
 * would be without once the doorbell goes; compared with a model, page by page, with all of KVM's calls failing. */

#include <errno.h>

#include "address_space.h"
#include "memory/gpa_map.h"

#define PAGES 24

static struct { UINT8 *host; UINT32 flags; BOOL hole; } model[PAGES];
static UINT32 seed;

static UINT32 next_random( UINT32 below )
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

static void check_model( void )
{
    const struct fake_slot *slot;
    const struct gpa_range *range;
    const struct gpa_hole *hole;
    UINT64 gpa;
    UINT32 i;

    for (i = 0; i < PAGES; i++)
    {
        gpa = (UINT64)i * PAGE + 0x123;
        range = gpa_find( &space.map, gpa );
        slot = fake_kvm_slot( space.vm, gpa );
        hole = gpa_find_hole( &space.map, gpa );
        assert_int_equal( !!hole, model[i].hole );
        if (hole) assert_ptr_equal( hole->host, model[i].host );
        if (!model[i].host || model[i].hole)
        {
            assert_null( range );
            assert_null( slot );
            continue;
        }
        assert_non_null( range );
        assert_ptr_equal( gpa_to_host( &space.map, gpa, NULL ), model[i].host + 0x123 );
        assert_int_equal( range->flags, model[i].flags );
        assert_int_equal( !!slot, !!(model[i].flags & R) );
        if (slot) assert_ptr_equal( fake_kvm_host( space.vm, gpa ), model[i].host + 0x123 );
    }
}

static void change( void )
{
    static const UINT32 flags[] = { R, R | W, R | W | X, R | W | T, 0 };
    UINT32 i, first = next_random( PAGES ), count = 1 + next_random( PAGES - first ), choice = next_random( 10 );
    UINT8 *host = space.host + next_random( 64 ) * PAGE;
    UINT32 rights = flags[next_random( 5 )];

    if (choice < 4)
    {
        if (FAILED(gpa_map_range( &space.map, host, (UINT64)first * PAGE, (UINT64)count * PAGE, rights ))) return;
        for (i = 0; i < count; i++)
        {
            model[first + i].host = host + i * PAGE;
            model[first + i].flags = rights;
        }
    }
    else if (choice < 6)
    {
        if (FAILED(gpa_unmap_range( &space.map, (UINT64)first * PAGE, (UINT64)count * PAGE ))) return;
        for (i = 0; i < count; i++) model[first + i].host = NULL;
    }
    else if (!model[first].hole)
        model[first].hole = SUCCEEDED(gpa_add_hole( &space.map, (UINT64)first * PAGE + next_random( PAGE ) ));
    else model[first].hole = FAILED(gpa_remove_hole( &space.map, (UINT64)first * PAGE + next_random( PAGE ) ));
}

static void test_random( void **state )
{
    UINT32 i;

    (void)state;
    memset( model, 0, sizeof(model) );
    for (i = 0; i < 4000; i++)
    {
        seed = i;
        fake_kvm_fail_at( 0, 0 );
        change();
        check_model();
    }
}

static void test_failures( void **state )
{
    UINT32 i;

    (void)state;
    memset( model, 0, sizeof(model) );
    for (i = 0; i < 4000; i++)
    {
        seed = i;
        /* one call: what is put back works then */
        fake_kvm_fail_at( i % 3 ? 1 + next_random( 6 ) : 0, ENOMEM );
        change();
        fake_kvm_fail_at( 0, 0 );
        check_model();
    }
}

/* A page that was written keeps its bit. */
static void test_dirty( void **state )
{
    UINT64 bits = 0;

    (void)state;
    assert_hr( gpa_map_range( &space.map, space.host, 0, 8 * PAGE, R | W | T ), S_OK );
    fake_kvm_touch( space.vm, 3 * PAGE );
    fake_kvm_touch( space.vm, 5 * PAGE );
    assert_hr( gpa_add_hole( &space.map, 3 * PAGE ), S_OK );
    assert_hr( gpa_add_hole( &space.map, 4 * PAGE ), S_OK );
    assert_hr( gpa_query_dirty( &space.map, 0, 8 * PAGE, &bits ), WHV_E_GPA_RANGE_NOT_FOUND );
    assert_hr( gpa_remove_hole( &space.map, 4 * PAGE ), S_OK );
    assert_hr( gpa_remove_hole( &space.map, 3 * PAGE ), S_OK );
    assert_hr( gpa_query_dirty( &space.map, 0, 8 * PAGE, &bits ), S_OK );
    assert_int_equal( bits, 1 << 3 | 1 << 5 );
}

static void test_arguments( void **state )
{
    (void)state;
    assert_hr( gpa_add_hole( &space.map, LIMIT ), E_INVALIDARG );
    assert_hr( gpa_add_hole( &space.map, ~0ull ), E_INVALIDARG );
    assert_hr( gpa_add_hole( &space.map, LIMIT - 1 ), S_OK );
    assert_null( gpa_find_hole( &space.map, LIMIT ) );
    assert_null( gpa_find_hole( &space.map, LIMIT - PAGE - 1 ) );
    assert_non_null( gpa_find_hole( &space.map, LIMIT - PAGE ) );
    assert_hr( gpa_remove_hole( &space.map, LIMIT - PAGE ), S_OK );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_random, space_setup, space_teardown ),
        cmocka_unit_test_setup_teardown( test_failures, space_setup, space_teardown ),
        cmocka_unit_test_setup_teardown( test_dirty, space_setup, space_teardown ),
        cmocka_unit_test_setup_teardown( test_arguments, space_setup, space_teardown ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
