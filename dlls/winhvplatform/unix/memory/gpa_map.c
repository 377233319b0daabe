/*
 * Guest-physical address space
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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/errors.h"
#include "host/kvm.h"
#include "memory/gpa_map.h"
#include "memory/gpa_range.h"

#define MAP_FLAGS (WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute | \
                   WHvMapGpaRangeFlagTrackDirtyPages)

/* Words of a bitmap with a bit for each page. */
static UINT64 dirty_words( UINT64 size )
{
    return (size / GPA_PAGE_SIZE + 63) / 64;
}

/* ---- lookups ---- */

/* Index of the first range that ends behind gpa. */
static UINT32 find_first( const struct gpa_map *map, UINT64 gpa )
{
    UINT32 low = 0, high = map->count;

    while (low < high)
    {
        UINT32 middle = low + (high - low) / 2;

        if (gpa_range_end( &map->ranges[middle] ) <= gpa) low = middle + 1;
        else high = middle;
    }
    return low;
}

const struct gpa_range *gpa_find( const struct gpa_map *map, UINT64 gpa )
{
    UINT32 index = __atomic_load_n( &map->last, __ATOMIC_RELAXED );

    /* below the start, the difference wraps and is larger than any size */
    if (index < map->count && gpa - map->ranges[index].gpa < map->ranges[index].size) return &map->ranges[index];

    index = find_first( map, gpa );
    if (index == map->count || gpa < map->ranges[index].gpa) return NULL;
    /* a hint, and no part of what const promises */
    __atomic_store_n( (UINT32 *)&map->last, index, __ATOMIC_RELAXED );
    return &map->ranges[index];
}

UINT64 gpa_page_count( const struct gpa_map *map )
{
    UINT64 ret = 0;
    UINT32 i;

    for (i = 0; i < map->count; i++) ret += map->ranges[i].size / GPA_PAGE_SIZE;
    return ret;
}

UINT8 *gpa_to_host( const struct gpa_map *map, UINT64 gpa, UINT64 *left )
{
    const struct gpa_range *range = gpa_find( map, gpa );

    if (!range) return NULL;
    if (left) *left = gpa_range_end( range ) - gpa;
    return range->host + (gpa - range->gpa);
}

/* ---- memslots ---- */

/* A page where none is, for a moment: KVM forgets all that it knows of guest memory when a memslot goes. There is
 * nothing in that page, and it is the same for all who come here at once: the second one's calls change nothing, or
 * fail. */
BOOL gpa_map_refresh( const struct gpa_map *map )
{
    static UINT8 nothing[GPA_PAGE_SIZE] __attribute__((aligned(GPA_PAGE_SIZE)));
    struct gpa_range range = { .gpa = map->limit - GPA_PAGE_SIZE, .size = GPA_PAGE_SIZE, .slot = map->max_slots - 1,
                               .host = nothing, .flags = WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite };
    UINT32 i;

    if (map->used_slots[range.slot / 64] >> range.slot % 64 & 1) return 0;
    for (i = 0; i < 64 && (gpa_find( map, range.gpa ) || gpa_find_hole( map, range.gpa )); i++)
        range.gpa -= GPA_PAGE_SIZE;
    if (i == 64 || gpa_add_slot( map, &range )) return 0;
    gpa_delete_slot( map, &range );
    return 1;
}

/* Gives a range of the table its memslot (back), or notes that it is without. The bitmap is the caller's. */
static void restore_slot( struct gpa_map *map, struct gpa_range *range )
{
    if (range->slot == GPA_NO_SLOT || !gpa_add_slot( map, range )) return;
    range->slot = GPA_NO_SLOT;
    map->lost = 1;
}

static void retry_lost( struct gpa_map *map )
{
    UINT32 i, slot;

    map->lost = 0;
    for (i = 0; i < map->count; i++)
    {
        if (map->ranges[i].slot != GPA_NO_SLOT) continue;
        if (FAILED(gpa_choose_slot( map, &map->ranges[i] ))) map->lost = 1;
        slot = map->ranges[i].slot;
        restore_slot( map, &map->ranges[i] );
        if (map->ranges[i].slot == GPA_NO_SLOT) gpa_mark_slot( map, slot, 0 );
    }
}

/* ---- dirty pages ---- */

/* Copies count bits; clear: takes them out of the source, which others may be setting bits in. to may be NULL. */
static void copy_bits( UINT64 *from, UINT64 first, UINT64 count, UINT64 *to, UINT64 to_first, BOOL clear )
{
    while (count)
    {
        UINT64 *source = from + first / 64, bits, step = 64 - first % 64;

        if (to && step > 64 - to_first % 64) step = 64 - to_first % 64;
        if (step > count) step = count;
        bits = __atomic_load_n( source, __ATOMIC_RELAXED ) >> first % 64;
        if (step < 64) bits &= (1ull << step) - 1;
        if (bits)
        {
            if (clear) __atomic_fetch_and( source, ~(bits << first % 64), __ATOMIC_RELAXED );
            if (to) to[to_first / 64] |= bits << to_first % 64;
        }
        first += step;
        to_first += step;
        count -= step;
    }
}

/* Adds the bits of KVM's log, which reading clears, to the range's own. */
static HRESULT fetch_dirty( const struct gpa_map *map, const struct gpa_range *range )
{
    UINT64 i, words = dirty_words( range->size ), *log;
    int ret;

    if (map->vm < 0 || !range->dirty || range->slot == GPA_NO_SLOT) return S_OK;
    if (!(log = calloc( words, sizeof(*log) ))) return E_OUTOFMEMORY;
    if (!(ret = kvm_get_dirty_log( map->vm, range->slot, log )))
    {
        for (i = 0; i < words; i++) if (log[i]) __atomic_fetch_or( &range->dirty[i], log[i], __ATOMIC_RELAXED );
    }
    free( log );
    return ret < 0 ? gpa_error( ret ) : S_OK;
}

void gpa_mark_dirty( const struct gpa_range *range, UINT64 gpa, UINT64 size )
{
    UINT64 page = (gpa - range->gpa) / GPA_PAGE_SIZE, last = (gpa - range->gpa + size - 1) / GPA_PAGE_SIZE;

    if (!range->dirty) return;
    for (; page <= last; page++) __atomic_fetch_or( &range->dirty[page / 64], 1ull << page % 64, __ATOMIC_RELAXED );
}

HRESULT gpa_query_dirty( struct gpa_map *map, UINT64 gpa, UINT64 size, UINT64 *bitmap )
{
    UINT64 at, end = gpa + size;
    UINT32 i, first;
    HRESULT hr;

    if (!size || (gpa | size) % GPA_PAGE_SIZE || end < gpa) return E_INVALIDARG;

    first = find_first( map, gpa );
    for (i = first, at = gpa; at < end; at = gpa_range_end( &map->ranges[i++] ))
        if (i == map->count || map->ranges[i].gpa > at || !map->ranges[i].dirty) return WHV_E_GPA_RANGE_NOT_FOUND;

    /* the logs first: whatever fails, the bits are kept here */
    for (i = first; i < map->count && map->ranges[i].gpa < end; i++)
        if (FAILED(hr = fetch_dirty( map, &map->ranges[i] ))) return hr;

    if (bitmap) memset( bitmap, 0, dirty_words( size ) * sizeof(*bitmap) );
    for (i = first, at = gpa; at < end; i++)
    {
        struct gpa_range *range = &map->ranges[i];
        UINT64 stop = gpa_range_end( range ) < end ? gpa_range_end( range ) : end;

        copy_bits( range->dirty, (at - range->gpa) / GPA_PAGE_SIZE, (stop - at) / GPA_PAGE_SIZE,
                   bitmap, (at - gpa) / GPA_PAGE_SIZE, 1 );
        at = stop;
    }
    return S_OK;
}

/* ---- edits ---- */

HRESULT gpa_map_init( struct gpa_map *map, int vm, UINT32 max_slots, UINT64 limit )
{
    memset( map, 0, sizeof(*map) );
    map->vm = vm;
    map->max_slots = max_slots;
    map->limit = limit;
    map->used_slots = calloc( (max_slots + 63) / 64 + 1, sizeof(*map->used_slots) );
    return map->used_slots ? S_OK : E_OUTOFMEMORY;
}

void gpa_map_free( struct gpa_map *map )
{
    UINT32 i;

    for (i = 0; i < map->count; i++) gpa_drop_range( &map->ranges[i], 0, map->limit );
    for (i = 0; i < map->hole_count; i++) gpa_leave_view( map->holes[i].view );
    free( map->ranges );
    free( map->used_slots );
    free( map->holes );
    memset( map, 0, sizeof(*map) );
    map->vm = -1;
}

/* Tables for the new ranges, of which those from gpa on are new and the others pieces of old ones, which take the
 * dirty bits of their pages along. */
static HRESULT prepare_ranges( struct gpa_map *map, struct gpa_range *pieces, UINT32 count, UINT64 gpa, UINT64 end,
                               const struct gpa_range *old, UINT32 old_count )
{
    UINT32 i, j;
    HRESULT hr;

    for (i = 0; i < count; i++)
    {
        if (FAILED(hr = gpa_choose_slot( map, &pieces[i] ))) return hr;
        if (!(pieces[i].flags & WHvMapGpaRangeFlagTrackDirtyPages)) continue;
        if (!(pieces[i].dirty = calloc( dirty_words( pieces[i].size ), sizeof(UINT64) ))) return E_OUTOFMEMORY;
        if (pieces[i].gpa >= gpa && pieces[i].gpa < end) continue;
        j = pieces[i].gpa < old[0].gpa + old[0].size ? 0 : old_count - 1;
        copy_bits( old[j].dirty, (pieces[i].gpa - old[j].gpa) / GPA_PAGE_SIZE, pieces[i].size / GPA_PAGE_SIZE,
                   pieces[i].dirty, 0, 0 );
    }
    return S_OK;
}

/* Takes the memslots of old ranges out of KVM and puts those of new ones in; on failure everything is as it was. */
static HRESULT exchange_slots( struct gpa_map *map, struct gpa_range *old, UINT32 old_count,
                               struct gpa_range *pieces, UINT32 count )
{
    UINT32 deleted, added = 0;
    int ret = 0;

    for (deleted = 0; deleted < old_count; deleted++)
        if ((ret = gpa_delete_slot( map, &old[deleted] )) < 0) break;
    if (!ret)
    {
        for (; added < count; added++)
            if ((ret = gpa_add_slot( map, &pieces[added] )) < 0) break;
    }
    if (!ret) return S_OK;

    while (added)
    {
        /* a memslot that KVM does not let go keeps its number */
        if (gpa_delete_slot( map, &pieces[--added] ) < 0) pieces[added].slot = GPA_NO_SLOT;
    }
    while (deleted) restore_slot( map, &old[--deleted] );
    return gpa_error( ret );
}

/* Replaces what is mapped from gpa to end by the pieces in the middle, count without the two for what is left of old
 * ranges. KVM can neither split nor resize nor change the rights of a memslot: whatever is touched is deleted and its
 * remains are added again. */
static HRESULT replace_by_pieces( struct gpa_map *map, UINT64 gpa, UINT64 end, struct gpa_range *pieces, UINT32 count )
{
    struct gpa_range *old;
    UINT32 i, first, old_count = 0;
    HRESULT hr;

    first = find_first( map, gpa );
    old = map->ranges + first;
    while (first + old_count < map->count && old[old_count].gpa < end) old_count++;
    if (!old_count && !count) return S_OK;
    if (old_count == 1 && count == 1 && gpa_is_mapped_so( old, pieces + 1 )) return S_OK;

    if (old_count && gpa_range_end( &old[old_count - 1] ) > end)
        pieces[++count] = gpa_range_part( &old[old_count - 1], end, gpa_range_end( &old[old_count - 1] ) );
    if (old_count && old[0].gpa < gpa)
    {
        pieces[0] = gpa_range_part( &old[0], old[0].gpa, gpa );
        count++;
    }
    else pieces++;

    /* KVM's logs go with the slots, whatever becomes of the edit */
    for (i = 0; i < old_count; i++) if (FAILED(hr = fetch_dirty( map, &old[i] ))) return hr;

    /* the old ranges' numbers are free for the new ones: in KVM they go first */
    for (i = 0; i < old_count; i++) gpa_mark_slot( map, old[i].slot, 0 );
    hr = prepare_ranges( map, pieces, count, gpa, end, old, old_count );
    if (SUCCEEDED(hr)) hr = exchange_slots( map, old, old_count, pieces, count );
    if (FAILED(hr))
    {
        for (i = 0; i < count; i++)
        {
            gpa_mark_slot( map, pieces[i].slot, 0 );
            free( pieces[i].dirty );
        }
        for (i = 0; i < old_count; i++) gpa_mark_slot( map, old[i].slot, 1 );
        return hr;
    }

    for (i = 0; i < count; i++) gpa_use_view( pieces[i].view );
    for (i = 0; i < old_count; i++) gpa_drop_range( &old[i], gpa, end );
    memmove( old + count, old + old_count, (map->count - first - old_count) * sizeof(*old) );
    memcpy( old, pieces, count * sizeof(*old) );
    map->count += count - old_count;
    map->last = first;
    return S_OK;
}

/* Index of the first hole that is not below gpa. */
static UINT32 first_hole( const struct gpa_map *map, UINT64 gpa )
{
    UINT32 i = 0;

    while (i < map->hole_count && map->holes[i].gpa < gpa) i++;
    return i;
}

/* Replaces what is mapped from gpa to end by a range, or by nothing if with is NULL, but for the holes. */
static HRESULT replace_ranges( struct gpa_map *map, UINT64 gpa, UINT64 end, const struct gpa_range *with )
{
    UINT32 i, first = first_hole( map, gpa ), holes = first_hole( map, end ) - first, count = 0;
    struct gpa_range *pieces;
    UINT64 at = gpa, stop;
    HRESULT hr;

    if (map->lost) retry_lost( map );
    map->edition++;
    if (!gpa_reserve_ranges( map, map->count + holes + 2 ) || !(pieces = calloc( holes + 3, sizeof(*pieces) )))
        return E_OUTOFMEMORY;
    for (i = 0; with && i <= holes; i++, at = stop + GPA_PAGE_SIZE)
    {
        stop = i < holes ? map->holes[first + i].gpa : end;
        if (at < stop) pieces[++count] = gpa_range_part( with, at, stop );
    }
    hr = replace_by_pieces( map, gpa, end, pieces, count );
    free( pieces );
    return hr;
}

/* What the client maps, or unmaps, lies in the holes too. */
static HRESULT change_ranges( struct gpa_map *map, UINT64 gpa, UINT64 end, const struct gpa_range *with )
{
    HRESULT hr = replace_ranges( map, gpa, end, with );
    UINT32 i;

    for (i = first_hole( map, gpa ); SUCCEEDED(hr) && i < map->hole_count && map->holes[i].gpa < end; i++)
    {
        if (with) gpa_use_view( with->view );
        gpa_leave_view( map->holes[i].view );
        map->holes[i].view = with ? with->view : NULL;
        map->holes[i].host = with ? with->host + (map->holes[i].gpa - gpa) : NULL;
        map->holes[i].flags = with ? with->flags : 0;
        map->holes[i].dirty = 0;
    }
    return hr;
}

struct gpa_hole *gpa_find_hole( const struct gpa_map *map, UINT64 gpa )
{
    UINT32 index = first_hole( map, gpa & ~(UINT64)(GPA_PAGE_SIZE - 1) );

    return index < map->hole_count && map->holes[index].gpa <= gpa ? &map->holes[index] : NULL;
}

static BOOL is_valid_range( const struct gpa_map *map, UINT64 gpa, UINT64 size )
{
    return size && !((gpa | size) % GPA_PAGE_SIZE) && size <= map->limit && gpa <= map->limit - size;
}

static HRESULT map_range( struct gpa_map *map, const struct gpa_range *range )
{
    if (!is_valid_range( map, range->gpa, range->size )) return E_INVALIDARG;
    if (!range->host || (uintptr_t)range->host % GPA_PAGE_SIZE || (uintptr_t)range->host + range->size < range->size)
        return E_INVALIDARG;
    if (range->flags & ~(UINT32)MAP_FLAGS) return E_INVALIDARG;
    /* no page table entry of x86 says this but for execute-only ones, which KVM has no flag for */
    if (!(range->flags & WHvMapGpaRangeFlagRead) &&
        (range->flags & (WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute))) return E_INVALIDARG;
    return change_ranges( map, range->gpa, gpa_range_end( range ), range );
}

HRESULT gpa_map_range( struct gpa_map *map, void *host, UINT64 gpa, UINT64 size, UINT32 flags )
{
    struct gpa_range range = { .gpa = gpa, .size = size, .host = host, .slot = GPA_NO_SLOT, .flags = flags };

    return map_range( map, &range );
}

HRESULT gpa_map_view( struct gpa_map *map, void *base, UINT64 gpa, UINT64 size, UINT32 flags )
{
    struct gpa_range range = { .gpa = gpa, .size = size, .host = base, .slot = GPA_NO_SLOT, .flags = flags };
    HRESULT hr;

    if (!(range.view = calloc( 1, sizeof(*range.view) ))) return E_OUTOFMEMORY;
    range.view->base = base;
    range.view->size = size;
    if (FAILED(hr = map_range( map, &range ))) free( range.view );
    return hr;
}

HRESULT gpa_unmap_range( struct gpa_map *map, UINT64 gpa, UINT64 size )
{
    if (!is_valid_range( map, gpa, size )) return E_INVALIDARG;
    return change_ranges( map, gpa, gpa + size, NULL );
}

/* ---- holes ---- */

HRESULT gpa_add_hole( struct gpa_map *map, UINT64 gpa )
{
    struct gpa_hole hole = { .gpa = gpa & ~(UINT64)(GPA_PAGE_SIZE - 1) }, *holes;
    const struct gpa_range *range = gpa_find( map, gpa );
    UINT64 page;
    UINT32 index;
    HRESULT hr;

    if (!is_valid_range( map, hole.gpa, GPA_PAGE_SIZE )) return E_INVALIDARG;
    if (map->hole_count == map->hole_room)
    {
        if (!(holes = realloc( map->holes, (map->hole_room + 16) * sizeof(*holes) ))) return E_OUTOFMEMORY;
        map->holes = holes;
        map->hole_room += 16;
    }
    if (range)
    {
        page = (hole.gpa - range->gpa) / GPA_PAGE_SIZE;
        if (FAILED(hr = fetch_dirty( map, range ))) return hr;
        hole.host = range->host + (hole.gpa - range->gpa);
        hole.flags = range->flags;
        hole.view = range->view;
        hole.dirty = range->dirty && range->dirty[page / 64] >> page % 64 & 1;
    }
    gpa_use_view( hole.view );
    if (FAILED(hr = replace_ranges( map, hole.gpa, hole.gpa + GPA_PAGE_SIZE, NULL )))
    {
        gpa_leave_view( hole.view );
        return hr;
    }
    index = first_hole( map, hole.gpa );
    memmove( map->holes + index + 1, map->holes + index, (map->hole_count++ - index) * sizeof(hole) );
    map->holes[index] = hole;
    return S_OK;
}

HRESULT gpa_remove_hole( struct gpa_map *map, UINT64 gpa )
{
    struct gpa_hole *at = gpa_find_hole( map, gpa ), hole = *at;
    struct gpa_range range = { .gpa = hole.gpa, .size = GPA_PAGE_SIZE, .host = hole.host, .slot = GPA_NO_SLOT,
                               .flags = hole.flags, .view = hole.view };
    HRESULT hr = S_OK;

    memmove( at, at + 1, (map->holes + --map->hole_count - at) * sizeof(hole) );
    if (hole.host && FAILED(hr = replace_ranges( map, hole.gpa, hole.gpa + GPA_PAGE_SIZE, &range )))
    {
        memmove( at + 1, at, (map->holes + map->hole_count++ - at) * sizeof(hole) );
        *at = hole;
    }
    else
    {
        if (hole.dirty) gpa_mark_dirty( gpa_find( map, hole.gpa ), hole.gpa, GPA_PAGE_SIZE );
        gpa_leave_view( hole.view );
    }
    map->edition++;
    return hr;
}
