/*
 * Guest-physical address space: unit tests
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

#include "address_space.h"
#include "host/kvm.h"
#include "memory/gpa_access.h"
#include "memory/gpa_map.h"

static UINT32 seed;
static UINT32 next_random( UINT32 below )
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

/* The table is sorted, and KVM has a slot for just those ranges whose flags want one. */
static void check_consistent( void )
{
    UINT32 i, slots = 0, used = 0;

    for (i = 0; i < space.map.count; i++)
    {
        const struct gpa_range *range = &space.map.ranges[i];
        const struct fake_slot *slot;

        assert_true( range->size && !(range->size % PAGE) );
        if (i) assert_true( range->gpa >= range[-1].gpa + range[-1].size );
        assert_int_equal( !!range->dirty, !!(range->flags & T) );
        assert_int_equal( range->slot != GPA_NO_SLOT, !!(range->flags & R) );
        slot = fake_kvm_slot( space.vm, range->gpa );
        if (range->slot == GPA_NO_SLOT)
        {
            assert_null( slot );
            continue;
        }
        slots++;
        assert_non_null( slot );
        assert_int_equal( slot->region.slot, range->slot );
        assert_int_equal( slot->region.guest_phys_addr, range->gpa );
        assert_int_equal( slot->region.memory_size, range->size );
        assert_int_equal( slot->region.userspace_addr, (uintptr_t)range->host );
        assert_int_equal( !!(slot->region.flags & KVM_MEM_READONLY), !(range->flags & W) );
        assert_int_equal( !!(slot->region.flags & KVM_MEM_LOG_DIRTY_PAGES), !!(range->flags & T) );
    }
    for (i = 0; i < (space.map.max_slots + 63) / 64; i++) used += __builtin_popcountll( space.map.used_slots[i] );
    assert_int_equal( slots, used );
    assert_int_equal( slots, fake_kvm_slot_count( space.vm ) );
}

static void test_arguments( void **state )
{
    static const struct { UINT64 gpa, size; UINT32 flags; } bad[] =
    {
        { 0, 0, R }, { 1, PAGE, R }, { 0, 1024, R }, { 0, PAGE + 1, R }, { 0x800, PAGE, R },
        { LIMIT, PAGE, R }, { LIMIT - PAGE, 2 * PAGE, R }, { 0, LIMIT + PAGE, R }, { ~0ull << 12, PAGE, R },
        { ~0ull << 12, 2 * PAGE, R }, { PAGE, ~0ull << 12, R }, { 0, 1ull << 63, R },
        { 0, PAGE, 0x10 }, { 0, PAGE, R | 0x80000000 }, { 0, PAGE, W }, { 0, PAGE, X }, { 0, PAGE, W | X },
        { 0, PAGE, W | T },
    };
    unsigned int i;
    UINT64 left;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_hr( gpa_map_range( &space.map, space.host, bad[i].gpa, bad[i].size, bad[i].flags ), E_INVALIDARG );
    for (i = 0; i < 12; i++) assert_hr( gpa_unmap_range( &space.map, bad[i].gpa, bad[i].size ), E_INVALIDARG );
    assert_hr( gpa_map_range( &space.map, NULL, 0, PAGE, R ), E_INVALIDARG );
    assert_hr( gpa_map_range( &space.map, space.host + 1, 0, PAGE, R ), E_INVALIDARG );
    assert_hr( gpa_map_range( &space.map, (void *)(~(uintptr_t)0 << 12), 0, 2 * PAGE, R ), E_INVALIDARG );
    /* what only KVM knows to be wrong */
    assert_hr( gpa_map_range( &space.map, (void *)(uintptr_t)0xffff800000000000, 0, PAGE, R ), E_INVALIDARG );
    assert_int_equal( space.map.count, 0 );
    check_consistent();

    assert_hr( gpa_unmap_range( &space.map, 0, LIMIT ), S_OK );
    assert_hr( gpa_map_range( &space.map, space.host, LIMIT - PAGE, PAGE, R | W | X ), S_OK );
    assert_ptr_equal( gpa_to_host( &space.map, LIMIT - 1, &left ), space.host + PAGE - 1 );
    assert_int_equal( left, 1 );
    assert_null( gpa_to_host( &space.map, LIMIT, &left ) );
    assert_null( gpa_to_host( &space.map, ~0ull, NULL ) );
    assert_null( gpa_find( &space.map, LIMIT - PAGE - 1 ) );
}

static void test_edits( void **state )
{
    (void)state;
    assert_hr( gpa_map_range( &space.map, space.host, 0x10000, 16 * PAGE, R | W | X ), S_OK );
    check_consistent();

    /* the same again costs nothing */
    fake_kvm_fail_at( 0, 0 );
    assert_hr( gpa_map_range( &space.map, space.host + 2 * PAGE, 0x12000, PAGE, R | W | X ), S_OK );
    assert_int_equal( fake_kvm_calls(), 0 );
    assert_int_equal( space.map.count, 1 );

    /* other rights in the middle: one deleted, three added */
    assert_hr( gpa_map_range( &space.map, space.host + 4 * PAGE, 0x14000, 4 * PAGE, R ), S_OK );
    assert_int_equal( fake_kvm_calls(), 4 );
    assert_int_equal( space.map.count, 3 );
    assert_ptr_equal( gpa_to_host( &space.map, 0x18123, NULL ), space.host + 8 * PAGE + 0x123 );
    check_consistent();

    /* a hole over two borders */
    assert_hr( gpa_unmap_range( &space.map, 0x13000, 6 * PAGE ), S_OK );
    assert_int_equal( space.map.count, 2 );
    assert_null( gpa_find( &space.map, 0x13000 ) );
    assert_null( gpa_find( &space.map, 0x18fff ) );
    assert_ptr_equal( gpa_find( &space.map, 0x12fff ), &space.map.ranges[0] );
    assert_ptr_equal( gpa_find( &space.map, 0x19000 ), &space.map.ranges[1] );
    check_consistent();

    /* no access: known, but KVM has nothing there */
    assert_hr( gpa_map_range( &space.map, space.host, 0x14000, PAGE, 0 ), S_OK );
    assert_hr( gpa_map_range( &space.map, space.host, 0x15000, PAGE, T ), S_OK );
    assert_non_null( gpa_find( &space.map, 0x14000 ) );
    assert_null( fake_kvm_slot( space.vm, 0x14000 ) );
    check_consistent();

    /* over everything */
    assert_hr( gpa_map_range( &space.map, space.host, 0, 64 * PAGE, R | W ), S_OK );
    assert_int_equal( space.map.count, 1 );
    check_consistent();
    assert_hr( gpa_unmap_range( &space.map, 0, 64 * PAGE ), S_OK );
    assert_int_equal( space.map.count, 0 );
    check_consistent();
}

/* ---- against an array of pages ---- */

#define MODEL_PAGES 48
#define MODEL_STEPS 100000

struct page
{
    BOOL   mapped;
    UINT8 *host;
    UINT32 flags;
    BOOL   must, may;           /* dirty bit: mapping a page again as it was may clear it */
};

static void check_model( const struct page *pages )
{
    UINT32 i;

    for (i = 0; i < MODEL_PAGES; i++)
    {
        const struct gpa_range *range = gpa_find( &space.map, i * PAGE );

        assert_int_equal( !!range, pages[i].mapped );
        if (!range) continue;
        assert_ptr_equal( gpa_to_host( &space.map, i * PAGE, NULL ), pages[i].host );
        assert_int_equal( range->flags, pages[i].flags );
        if (pages[i].flags & R) assert_ptr_equal( fake_kvm_host( space.vm, i * PAGE ), pages[i].host );
        else assert_null( fake_kvm_slot( space.vm, i * PAGE ) );
    }
}

static void model_query( struct page *pages, UINT32 first, UINT32 count, BOOL may_fail )
{
    UINT64 bitmap[MODEL_PAGES / 64 + 1];
    BOOL tracked = 1;
    HRESULT hr;
    UINT32 i;

    for (i = first; i < first + count; i++) if (!pages[i].mapped || !(pages[i].flags & T)) tracked = 0;
    memset( bitmap, 0xff, sizeof(bitmap) );
    hr = gpa_query_dirty( &space.map, first * PAGE, count * PAGE, bitmap );
    if (may_fail && FAILED(hr)) return;
    assert_hr( hr, tracked ? S_OK : WHV_E_GPA_RANGE_NOT_FOUND );
    for (i = 0; tracked && i < count; i++)
    {
        BOOL bit = bitmap[i / 64] >> i % 64 & 1;

        if (pages[first + i].must) assert_true( bit );
        if (!pages[first + i].may) assert_false( bit );
        pages[first + i].must = pages[first + i].may = 0;
    }
    if (tracked && count % 64) assert_int_equal( bitmap[count / 64] >> count % 64, 0 );
}

static void test_algebra( void **state )
{
    static const UINT32 flags_used[] = { R, R | W, R | X, R | W | X, R | W | X, R | W | T, R | W | X | T, R | W | X | T,
                                         R | T, 0, T };
    struct page pages[MODEL_PAGES] = { { 0 } };
    UINT32 step, i;

    (void)state;
    seed = 20260217;
    for (step = 0; step < MODEL_STEPS; step++)
    {
        UINT32 first = next_random( MODEL_PAGES ), left = MODEL_PAGES - first;
        UINT32 count = 1 + next_random( left > 12 ? 12 : left );
        UINT32 flags = flags_used[next_random( sizeof(flags_used) / sizeof(flags_used[0]) )];
        /* mostly from where it lay, so that ranges touch and the same comes back */
        UINT8 *source = space.host + (next_random( 3 ) ? first : next_random( HOST_PAGES - 12 )) * PAGE;
        UINT32 fail = next_random( 8 ) ? 0 : 1 + next_random( 8 );
        HRESULT hr;

        fake_kvm_fail_at( fail, ENOMEM );
        switch (next_random( 6 ))
        {
        case 0:
        case 1:
            hr = gpa_map_range( &space.map, source, first * PAGE, count * PAGE, flags );
            if (FAILED(hr)) assert_true( fail && hr == E_OUTOFMEMORY );
            for (i = 0; SUCCEEDED(hr) && i < count; i++)
            {
                struct page *page = &pages[first + i];

                if (!page->mapped || page->host != source + i * PAGE || page->flags != flags) page->may = 0;
                page->must = 0;
                page->mapped = 1;
                page->host = source + i * PAGE;
                page->flags = flags;
            }
            break;
        case 2:
            hr = gpa_unmap_range( &space.map, first * PAGE, count * PAGE );
            if (FAILED(hr)) assert_true( fail && hr == E_OUTOFMEMORY );
            for (i = 0; SUCCEEDED(hr) && i < count; i++) memset( &pages[first + i], 0, sizeof(pages[0]) );
            break;
        case 3:
            for (i = first; i < first + count; i++)
            {
                if (!(pages[i].flags & W)) continue;
                fake_kvm_touch( space.vm, i * PAGE );
                pages[i].must = pages[i].may = 1;
            }
            break;
        case 4:
            hr = gpa_write( &space.map, first * PAGE + 4, "guest", 5 );
            assert_hr( hr, pages[first].flags & W ? S_OK : E_ACCESSDENIED );
            if (SUCCEEDED(hr)) pages[first].must = pages[first].may = 1;
            break;
        case 5:
            model_query( pages, first, count, fail );
            break;
        }
        fake_kvm_fail_at( 0, 0 );
        assert_false( space.map.lost );
        check_model( pages );
        if (!(step % 16)) check_consistent();
    }
    for (i = 0; i < MODEL_PAGES; i++) model_query( pages, i, 1, 0 );
}

/* Every call of a larger edit failing in turn, with every error that matters. */
static void test_failures( void **state )
{
    static const struct { int err; HRESULT hr; } errors[] =
    {
        { ENOMEM, E_OUTOFMEMORY }, { EINVAL, E_INVALIDARG }, { EEXIST, E_INVALIDARG }, { ENOSPC, NO_SYSTEM_RESOURCES },
        { EIO, (HRESULT)0x8007001f },
    };
    unsigned int i, n, calls = 0;
    UINT64 bits;

    (void)state;
    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
    {
        for (n = 1;; n++)
        {
            HRESULT hr;

            assert_hr( gpa_unmap_range( &space.map, 0, LIMIT ), S_OK );
            assert_hr( gpa_map_range( &space.map, space.host, 0, 8 * PAGE, R | W | T ), S_OK );
            assert_hr( gpa_map_range( &space.map, space.host, 0x10000, 8 * PAGE, R ), S_OK );
            assert_hr( gpa_map_range( &space.map, space.host, 0x20000, 8 * PAGE, R | W | X | T ), S_OK );
            fake_kvm_touch( space.vm, 0x3000 );
            fake_kvm_touch( space.vm, 0x6000 );
            fake_kvm_touch( space.vm, 0x27000 );

            fake_kvm_fail_at( n, errors[i].err );
            hr = gpa_map_range( &space.map, space.host + 64 * PAGE, 0x4000, 0x20000, R | W );
            calls = fake_kvm_calls();
            fake_kvm_fail_at( 0, 0 );
            check_consistent();
            if (n > calls)
            {
                assert_hr( hr, S_OK );
                break;
            }
            assert_hr( hr, errors[i].hr );
            assert_int_equal( space.map.count, 3 );
            assert_ptr_equal( gpa_to_host( &space.map, 0x4000, NULL ), space.host + 4 * PAGE );
            assert_hr( gpa_query_dirty( &space.map, 0, 8 * PAGE, &bits ), S_OK );
            assert_int_equal( bits, 0x48 );
            assert_hr( gpa_query_dirty( &space.map, 0x20000, 8 * PAGE, &bits ), S_OK );
            assert_int_equal( bits, 0x80 );
        }
        /* two logs, three deleted, three added */
        assert_int_equal( calls, 8 );
        assert_hr( gpa_query_dirty( &space.map, 0, 4 * PAGE, &bits ), S_OK );
        assert_int_equal( bits, 0x8 );
        assert_hr( gpa_query_dirty( &space.map, 0x24000, 4 * PAGE, &bits ), S_OK );
        assert_int_equal( bits, 0x8 );
    }
}

/* Even the roll-back fails: the table stands, and the memslots come back when KVM can. */
static void test_lost_slots( void **state )
{
    unsigned int n;

    (void)state;
    for (n = 1; n < 8; n++)
    {
        assert_hr( gpa_unmap_range( &space.map, 0, LIMIT ), S_OK );
        assert_hr( gpa_map_range( &space.map, space.host, 0, 8 * PAGE, R | W ), S_OK );
        assert_hr( gpa_map_range( &space.map, space.host + 8 * PAGE, 0x8000, 8 * PAGE, R | W | X ), S_OK );
        fake_kvm_fail_from( n, ENOMEM );
        if (SUCCEEDED(gpa_map_range( &space.map, space.host, 0x4000, 0x6000, R ))) break;
        assert_int_equal( space.map.count, 2 );
        assert_ptr_equal( gpa_to_host( &space.map, 0xf000, NULL ), space.host + 15 * PAGE );
        fake_kvm_fail_at( 0, 0 );
        if (n == 4 || n == 5)
        {
            /* new slots could not be deleted again and stand where the old ones were: their numbers stay taken, what
             * lies elsewhere works, and only the end of the vm helps */
            assert_int_equal( fake_kvm_slot_count( space.vm ), n - 3 );
            assert_int_equal( __builtin_popcountll( space.map.used_slots[0] ), n - 3 );
            assert_hr( gpa_map_range( &space.map, space.host, 0x100000, PAGE, R ), S_OK );
            assert_true( space.map.lost );
            assert_int_equal( __builtin_popcountll( space.map.used_slots[0] ), fake_kvm_slot_count( space.vm ) );
            gpa_map_free( &space.map );
            kvm_close( space.vm );
            space.vm = kvm_create_vm( space.kvm );
            assert_hr( gpa_map_init( &space.map, space.vm, FAKE_MAX_SLOTS, LIMIT ), S_OK );
            continue;
        }
        assert_hr( gpa_unmap_range( &space.map, 0x100000, PAGE ), S_OK );
        assert_false( space.map.lost );
        check_consistent();
    }
    assert_int_equal( n, 6 );
    fake_kvm_fail_at( 0, 0 );
}

static void test_dirty( void **state )
{
    UINT64 bitmap[3];

    (void)state;
    assert_hr( gpa_query_dirty( &space.map, 0, PAGE, bitmap ), WHV_E_GPA_RANGE_NOT_FOUND );
    assert_hr( gpa_map_range( &space.map, space.host, 0x1000, 150 * PAGE, R | W | T ), S_OK );
    assert_hr( gpa_query_dirty( &space.map, 0x1000, 0, bitmap ), E_INVALIDARG );
    assert_hr( gpa_query_dirty( &space.map, 0x1001, PAGE, bitmap ), E_INVALIDARG );
    assert_hr( gpa_query_dirty( &space.map, 0x1000, 0x800, bitmap ), E_INVALIDARG );
    assert_hr( gpa_query_dirty( &space.map, 0x1000, ~0ull << 12, bitmap ), E_INVALIDARG );
    assert_hr( gpa_query_dirty( &space.map, 0, 2 * PAGE, bitmap ), WHV_E_GPA_RANGE_NOT_FOUND );
    assert_hr( gpa_query_dirty( &space.map, 150 * PAGE, 2 * PAGE, bitmap ), WHV_E_GPA_RANGE_NOT_FOUND );

    fake_kvm_touch( space.vm, 0x1000 );
    fake_kvm_touch( space.vm, 0x1000 + 64 * PAGE );
    fake_kvm_touch( space.vm, 0x1000 + 149 * PAGE );
    memset( bitmap, 0xff, sizeof(bitmap) );
    /* a part takes its own bits and leaves the others */
    assert_hr( gpa_query_dirty( &space.map, 0x1000 + 60 * PAGE, 70 * PAGE, bitmap ), S_OK );
    assert_int_equal( bitmap[0], 1 << 4 );
    assert_int_equal( bitmap[1], 0 );
    assert_int_equal( bitmap[2], ~0ull );
    assert_hr( gpa_query_dirty( &space.map, 0x1000, 150 * PAGE, bitmap ), S_OK );
    assert_int_equal( bitmap[0], 1 );
    assert_int_equal( bitmap[1], 0 );
    assert_int_equal( bitmap[2], 1 << (149 - 128) );
    assert_hr( gpa_query_dirty( &space.map, 0x1000, 150 * PAGE, bitmap ), S_OK );
    assert_int_equal( bitmap[0] | bitmap[1] | bitmap[2], 0 );

    /* what the host writes for the guest counts, over a page border too */
    assert_hr( gpa_write( &space.map, 0x1000 + 63 * PAGE + 0xffe, "four", 4 ), S_OK );
    assert_hr( gpa_compare_exchange( &space.map, 0x1000 + 70 * PAGE, 8, 0, 1 ), S_OK );
    assert_hr( gpa_query_dirty( &space.map, 0x1000, 150 * PAGE, bitmap ), S_OK );
    assert_int_equal( bitmap[0], 1ull << 63 );
    assert_int_equal( bitmap[1], 1 | 1 << 6 );

    /* bits survive an unmapping in the middle, clear-only clears */
    fake_kvm_touch( space.vm, 0x1000 + 2 * PAGE );
    fake_kvm_touch( space.vm, 0x1000 + 100 * PAGE );
    assert_hr( gpa_unmap_range( &space.map, 0x1000 + 50 * PAGE, 10 * PAGE ), S_OK );
    assert_hr( gpa_query_dirty( &space.map, 0x1000, 50 * PAGE, bitmap ), S_OK );
    assert_int_equal( bitmap[0], 1 << 2 );
    assert_hr( gpa_query_dirty( &space.map, 0x1000 + 60 * PAGE, 90 * PAGE, NULL ), S_OK );
    assert_hr( gpa_query_dirty( &space.map, 0x1000 + 60 * PAGE, 90 * PAGE, bitmap ), S_OK );
    assert_int_equal( bitmap[0] | bitmap[1], 0 );
    assert_hr( gpa_query_dirty( &space.map, 0x1000, 150 * PAGE, bitmap ), WHV_E_GPA_RANGE_NOT_FOUND );
}

static void test_many( void **state )
{
    UINT32 i;

    (void)state;
    for (i = 0; i < 8192; i++)
        assert_hr( gpa_map_range( &space.map, space.host + i * 7 % HOST_PAGES * PAGE, (i * 4099 % 8192) * 2ull * PAGE,
                                  PAGE, R | W ), S_OK );
    assert_int_equal( space.map.count, 8192 );
    check_consistent();
    for (i = 0; i < 8192; i++)
    {
        assert_ptr_equal( gpa_to_host( &space.map, (i * 4099 % 8192) * 2ull * PAGE, NULL ),
                          space.host + i * 7 % HOST_PAGES * PAGE );
        assert_null( gpa_find( &space.map, (i * 4099 % 8192) * 2ull * PAGE + PAGE ) );
    }
    assert_hr( gpa_unmap_range( &space.map, 0, LIMIT ), S_OK );
    assert_int_equal( fake_kvm_slot_count( space.vm ), 0 );

    gpa_map_free( &space.map );
    assert_hr( gpa_map_init( &space.map, space.vm, 3, LIMIT ), S_OK );
    for (i = 0; i < 3; i++) assert_hr( gpa_map_range( &space.map, space.host, i * 4 * PAGE, 3 * PAGE, R ), S_OK );
    assert_hr( gpa_map_range( &space.map, space.host, 3 * PAGE, PAGE, R ), NO_SYSTEM_RESOURCES );
    assert_hr( gpa_unmap_range( &space.map, PAGE, PAGE ), NO_SYSTEM_RESOURCES );
    check_consistent();
    /* no access needs no slot; replacing uses the old one's */
    assert_hr( gpa_map_range( &space.map, space.host, 3 * PAGE, PAGE, 0 ), S_OK );
    assert_hr( gpa_map_range( &space.map, space.host, 4 * PAGE, 3 * PAGE, R | W ), S_OK );
    assert_hr( gpa_unmap_range( &space.map, 0, PAGE ), S_OK );
    check_consistent();
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_arguments, space_setup, space_teardown ),
        cmocka_unit_test_setup_teardown( test_edits, space_setup, space_teardown ),
        cmocka_unit_test_setup_teardown( test_algebra, space_setup, space_teardown ),
        cmocka_unit_test_setup_teardown( test_failures, space_setup, space_teardown ),
        cmocka_unit_test_setup_teardown( test_lost_slots, space_setup, space_teardown ),
        cmocka_unit_test_setup_teardown( test_dirty, space_setup, space_teardown ),
        cmocka_unit_test_setup_teardown( test_many, space_setup, space_teardown ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
