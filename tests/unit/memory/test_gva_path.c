/*
 * Unit tests of gva_find_path
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

#include <pthread.h>

#include "host/array.h"
#include "memory/gpa_map.h"
#include "memory/gva_x86.h"
#include "page_tables.h"

#define GVA     0x12345000ull
#define ROUNDS  2000000

static const struct
{
    enum mode    mode;
    unsigned int level, levels;         /* of the page, and of tables down to it */
}
kinds[] =
{
    { BITS32, 1, 2 }, { BITS32, 2, 1 }, { PAE, 1, 3 }, { PAE, 2, 2 }, { LEVEL4, 1, 4 }, { LEVEL4, 2, 3 },
    { LEVEL4, 3, 2 }, { LEVEL5, 1, 5 }, { LEVEL5, 3, 3 },
};

/* Address of the page that GVA lies in, with these flags. */
static UINT64 page_entry( enum mode mode, unsigned int level, UINT64 number )
{
    return number << (12 + (level - 1) * (mode == BITS32 ? 10 : 9)) | P | W | (level > 1 ? PS : 0);
}

/* The walker's answer, all entries, each with the eight bytes that it lies in, and nothing behind them. */
static void test_entries( void **state )
{
    struct gva_path path;
    UINT64 gpa;
    UINT32 i, j;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(kinds); i++)
    {
        pt_set_mode( kinds[i].mode );
        pt.context.proven = 1;
        pt_map_page( kinds[i].mode, GVA, kinds[i].level, page_entry( kinds[i].mode, kinds[i].level, 3 ));
        assert_true( gva_find_path( &pt.context, GVA, &path ));
        assert_int_equal( gva_translate( &pt.context, GVA, EXEMPT, &gpa ), SUCCESS );
        assert_int_equal( path.gpa, gpa );
        assert_true( gva_path_stands( &path ));
        for (j = 0; j < GVA_PATH_LEVELS; j++)
        {
            unsigned int level = kinds[i].level + kinds[i].levels - 1 - j;

            assert_int_equal( *path.entry[j].at, path.entry[j].value );
            if (j >= kinds[i].levels) assert_int_equal( path.entry[j].value, 0 );
            else assert_ptr_equal( path.entry[j].at,
                                   pt_entry64( pt_entry_at( kinds[i].mode, GVA, level, P | W | U ) & ~7ull ));
        }
    }
}

/* Each bit of each entry. */
static void test_changes( void **state )
{
    struct gva_path path;
    UINT32 i, j, bit;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(kinds); i++)
    {
        pt_set_mode( kinds[i].mode );
        pt.context.proven = 1;
        pt_map_page( kinds[i].mode, GVA, kinds[i].level, page_entry( kinds[i].mode, kinds[i].level, 3 ));
        assert_true( gva_find_path( &pt.context, GVA, &path ));
        for (j = 0; j < kinds[i].levels; j++)
            for (bit = 0; bit < 64; bit++)
            {
                *(UINT64 *)path.entry[j].at ^= 1ull << bit;
                assert_false( gva_path_stands( &path ));
                *(UINT64 *)path.entry[j].at ^= 1ull << bit;
                assert_true( gva_path_stands( &path ));
            }
    }
}

static void test_none( void **state )
{
    struct gva_path path;

    (void)state;
    pt_set_mode( NONE );
    pt.context.proven = 1;
    assert_true( gva_find_path( &pt.context, 0xffffffff12345000, &path ));
    assert_int_equal( path.gpa, 0x12345000 );
    assert_true( gva_path_stands( &path ));
    pt_set_mode( LEVEL4 );
    pt.context.proven = 1;
    assert_false( gva_find_path( &pt.context, GVA, &path ));
    pt_map_page( LEVEL4, GVA, 1, 0x3000 | P );
    assert_true( gva_find_path( &pt.context, GVA, &path ));
    assert_false( gva_find_path( &pt.context, GVA + (1ull << 47), &path ));
    /* tables where nothing is, and where nothing may be read */
    pt.context.cr3 = RAM_PAGES * PAGE;
    assert_false( gva_find_path( &pt.context, GVA, &path ));
    pt.context.cr3 = ~0ull;
    assert_false( gva_find_path( &pt.context, GVA, &path ));
}

static struct
{
    UINT64 *entry;
    UINT64  values[2];
    BOOL    over;
} race;

static void *change( void *arg )
{
    UINT32 i;

    for (i = 0; !__atomic_load_n( &race.over, __ATOMIC_RELAXED ); i++)
        __atomic_store_n( race.entry, race.values[i & 1], __ATOMIC_RELAXED );
    return arg;
}

/* Another processor changes an entry all the time: what is kept with an address is the entry that it comes from. */
static void check_race( enum mode mode, unsigned int level, UINT64 one, UINT64 other )
{
    UINT64 mask = 0x000ffffffffff000;
    struct gva_path path;
    pthread_t thread;
    UINT32 i, found = 0;

    pt_set_mode( mode );
    pt.context.proven = 1;
    race.entry = pt_entry64( pt_map_page( mode, GVA, level, one ));
    race.values[0] = one;
    race.values[1] = other;
    race.over = 0;
    assert_int_equal( pthread_create( &thread, NULL, change, NULL ), 0 );
    for (i = 0; i < ROUNDS; i++)
    {
        if (!gva_find_path( &pt.context, GVA, &path )) continue;
        found++;
        if (level == 1 && path.gpa != (path.entry[mode == PAE ? 2 : 3].value & mask)) break;
    }
    race.over = 1;
    pthread_join( thread, NULL );
    if (i < ROUNDS)
        fail_msg( "address %#llx with entry %#llx", (unsigned long long)path.gpa,
                  (unsigned long long)path.entry[mode == PAE ? 2 : 3].value );
    assert_true( found > 0 );
}

static void test_race( void **state )
{
    (void)state;
    check_race( LEVEL4, 1, 0x100003000 | P | W, 0x200003000 | P | W );
    check_race( LEVEL4, 1, 0x100003000 | P | W, 0x100004000 | P | W );
    check_race( PAE, 1, 0x100003000 | P | W, 0x200003000 | P | W );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_entries, pt_setup, pt_teardown ),
        cmocka_unit_test_setup_teardown( test_changes, pt_setup, pt_teardown ),
        cmocka_unit_test_setup_teardown( test_none, pt_setup, pt_teardown ),
        cmocka_unit_test_setup_teardown( test_race, pt_setup, pt_teardown ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
