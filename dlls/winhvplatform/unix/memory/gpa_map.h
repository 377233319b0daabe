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

/*
 * Guest-physical ranges of one partition and the KVM memslots behind them.
 * Overlap, split, partial unmap, protection, dirty logs, and GPA -> host pointer.
 * Knows kvm.h and the mapping flags of the API; knows no vp.
 * Edits need all vps stopped (partition_stop_vps); lookups need any one vp's lock, or the partition's.
 * Host pages may be unreadable at any time: what copies them without a fault is gpa_access.h.
 */

#ifndef __WHV_UNIX_MEMORY_GPA_MAP_H
#define __WHV_UNIX_MEMORY_GPA_MAP_H

#include "memory/gpa_range.h"
#include "winhvplatformdefs.h"

/* Starts empty. vm may be -1; max_slots is KVM_CAP_NR_MEMSLOTS. E_OUTOFMEMORY. */
extern HRESULT gpa_map_init( struct gpa_map *map, int vm, UINT32 max_slots, UINT64 limit );
/* Frees the tables; the memslots go with the vm. */
extern void gpa_map_free( struct gpa_map *map );

/***********************************************************************
 *           gpa_map_range     (WHvMapGpaRange)
 *
 * Maps host memory at gpa, replacing whatever was there (also parts of ranges). On failure the old mappings stand.
 * Pages get KVM's rights: Read is needed for Write and Execute, and whoever may read may execute.
 * KVM takes at most 2^31 - 1 pages in one range.
 *
 * RETURNS
 *  S_OK; E_INVALIDARG (unaligned, size 0 or not a multiple of 4096, wraps, at or above the limit, NULL source,
 *  unknown flags, Write or Execute without Read, something that KVM refuses); E_OUTOFMEMORY;
 *  HRESULT_FROM_WIN32(ERROR_NO_SYSTEM_RESOURCES) 0x800705AA when KVM is out of memslots.
 */
extern HRESULT gpa_map_range( struct gpa_map *map, void *host, UINT64 gpa, UINT64 size, UINT32 flags );
/* Unmaps what is mapped in the range; pages that are not mapped are no error. E_INVALIDARG as above. */
extern HRESULT gpa_unmap_range( struct gpa_map *map, UINT64 gpa, UINT64 size );

/* Takes a page from the guest, and gives it back what the client has mapped there by then. The page of gpa is no hole
 * yet, or is one. Edits; on failure nothing has changed. HRESULTs as of gpa_map_range. */
extern HRESULT gpa_add_hole( struct gpa_map *map, UINT64 gpa );
extern HRESULT gpa_remove_hole( struct gpa_map *map, UINT64 gpa );
/* The hole that gpa lies in, or NULL. */
extern struct gpa_hole *gpa_find_hole( const struct gpa_map *map, UINT64 gpa );

/* The range that holds gpa, or NULL. Good until the next edit. */
extern const struct gpa_range *gpa_find( const struct gpa_map *map, UINT64 gpa );
/* Host address of gpa and how many bytes of the range follow it (left, may be NULL), or NULL if it is not mapped. */
extern UINT8 *gpa_to_host( const struct gpa_map *map, UINT64 gpa, UINT64 *left );

/* KVM may hold that there is no memory where it has been mapped since (docs/kvm-facts, events that can't be
 * delivered): makes it look again. FALSE: it can't be had. The caller's lock of a vp keeps the map still. */
extern BOOL gpa_map_refresh( const struct gpa_map *map );

/* How many pages are mapped. */
extern UINT64 gpa_page_count( const struct gpa_map *map );

/* WHvQueryGpaRangeDirtyBitmap: bit n = page gpa + n * 4096 was written since the last query. bitmap holds a bit for
 * each page, rounded up to 8 bytes; NULL: clear only. Vps may run. E_INVALIDARG (unaligned, empty, wraps);
 * E_OUTOFMEMORY; WHV_E_GPA_RANGE_NOT_FOUND if a page is not mapped with TrackDirtyPages. No bit is
 * lost by a failure. */
extern HRESULT gpa_query_dirty( struct gpa_map *map, UINT64 gpa, UINT64 size, UINT64 *bitmap );

extern void gpa_mark_dirty( const struct gpa_range *range, UINT64 gpa, UINT64 size );

#endif /* __WHV_UNIX_MEMORY_GPA_MAP_H */
