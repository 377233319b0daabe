/*
 * Guest-physical ranges and their memslots
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

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "host/errors.h"
#include "host/kvm.h"
#include "memory/gpa_range.h"

HRESULT gpa_error( int err )
{
    switch (-err)
    {
    case EINVAL:
    case EEXIST: return E_INVALIDARG;   /* EEXIST: a page that KVM has taken for itself */
    case ENOMEM: return E_OUTOFMEMORY;
    case ENOSPC: return HRESULT_FROM_WIN32_NO_SYSTEM_RESOURCES;
    default:     return HRESULT_FROM_WIN32_GEN_FAILURE;
    }
}

static int set_slot( const struct gpa_map *map, const struct gpa_range *range, UINT64 size )
{
    struct kvm_userspace_memory_region region =
    {
        .slot = range->slot,
        .guest_phys_addr = range->gpa,
        .memory_size = size,
        .userspace_addr = (uintptr_t)range->host,
    };

    if (map->vm < 0 || range->slot == GPA_NO_SLOT) return 0;
    if (!(range->flags & WHvMapGpaRangeFlagWrite)) region.flags |= KVM_MEM_READONLY;
    if (range->flags & WHvMapGpaRangeFlagTrackDirtyPages) region.flags |= KVM_MEM_LOG_DIRTY_PAGES;
    return kvm_set_memory_region( map->vm, &region );
}

int gpa_add_slot( const struct gpa_map *map, const struct gpa_range *range )
{
    return set_slot( map, range, range->size );
}

int gpa_delete_slot( const struct gpa_map *map, const struct gpa_range *range )
{
    return set_slot( map, range, 0 );
}

void gpa_mark_slot( struct gpa_map *map, UINT32 slot, BOOL used )
{
    if (slot == GPA_NO_SLOT) return;
    if (used) map->used_slots[slot / 64] |= 1ull << slot % 64;
    else map->used_slots[slot / 64] &= ~(1ull << slot % 64);
}

UINT32 gpa_take_slot( struct gpa_map *map )
{
    UINT32 i, slot;

    for (i = 0; i < (map->max_slots + 63) / 64; i++)
    {
        if (!~map->used_slots[i]) continue;
        slot = i * 64 + __builtin_ctzll( ~map->used_slots[i] );
        if (slot >= map->max_slots) break;
        gpa_mark_slot( map, slot, 1 );
        return slot;
    }
    return GPA_NO_SLOT;
}

void gpa_give_slot( struct gpa_map *map, UINT32 slot )
{
    gpa_mark_slot( map, slot, 0 );
}

HRESULT gpa_choose_slot( struct gpa_map *map, struct gpa_range *range )
{
    range->slot = GPA_NO_SLOT;
    if (!(range->flags & WHvMapGpaRangeFlagRead)) return S_OK;
    range->slot = gpa_take_slot( map );
    return range->slot == GPA_NO_SLOT ? HRESULT_FROM_WIN32_NO_SYSTEM_RESOURCES : S_OK;
}

void gpa_use_view( struct gpa_view *view )
{
    if (view) view->uses++;
}

void gpa_leave_view( struct gpa_view *view )
{
    if (!view || --view->uses) return;
    munmap( view->base, view->size );
    free( view );
}

void gpa_drop_range( struct gpa_range *range, UINT64 gpa, UINT64 end )
{
    if (gpa < range->gpa) gpa = range->gpa;
    if (end > gpa_range_end( range )) end = gpa_range_end( range );
    if (range->pinned) munlock( range->host + (gpa - range->gpa), end - gpa );
    free( range->dirty );
    gpa_leave_view( range->view );
}

BOOL gpa_reserve_ranges( struct gpa_map *map, UINT32 count )
{
    struct gpa_range *ranges;
    UINT32 room = map->room ? map->room : 16;

    while (room < count) room *= 2;
    if (room == map->room) return 1;
    if (!(ranges = realloc( map->ranges, room * sizeof(*ranges) ))) return 0;
    map->ranges = ranges;
    map->room = room;
    return 1;
}

struct gpa_range gpa_range_part( const struct gpa_range *range, UINT64 gpa, UINT64 end )
{
    struct gpa_range part = { .gpa = gpa, .size = end - gpa, .host = range->host + (gpa - range->gpa),
                              .slot = GPA_NO_SLOT, .flags = range->flags, .view = range->view,
                              .pinned = range->pinned };

    return part;
}

BOOL gpa_is_mapped_so( const struct gpa_range *range, const struct gpa_range *with )
{
    return range->gpa <= with->gpa && gpa_range_end( range ) >= gpa_range_end( with ) && range->flags == with->flags &&
           range->host + (with->gpa - range->gpa) == with->host;
}
