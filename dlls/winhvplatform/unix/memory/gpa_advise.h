/*
 * Advice on guest memory
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
 * Bringing the memory behind guest-physical ranges in before a guest touches it, and keeping it there.
 * Knows the map of ranges and the kernel's memory calls.
 * The partition is locked: host memory may be anybody's meanwhile, and go while it is looked at.
 */

#ifndef __WHV_UNIX_MEMORY_GPA_ADVISE_H
#define __WHV_UNIX_MEMORY_GPA_ADVISE_H

#include "winhvplatformdefs.h"

struct gpa_map;

/* Is all of it mapped? size is not 0, and the range does not wrap. Else WHV_E_GPA_RANGE_NOT_FOUND. */
extern HRESULT gpa_check_mapped( const struct gpa_map *map, UINT64 gpa, UINT64 size );

/***********************************************************************
 *           gpa_populate / gpa_pin / gpa_unpin     (WHvAdviseGpaRange)
 *
 * Ranges have been checked. gpa_populate: as a read or a write of each page would, but where the guest may not write a
 * write is a read. Before Linux 5.14 it does nothing. gpa_pin: populates, and locks as much as the user may lock
 * (ulimit -l): the rest is in memory for the time being, and one line says so. gpa_unpin: unlocks; but of a range of
 * gpa_range.h that nothing was pinned of since it was last unpinned as a whole, all locks are the client's own.
 *
 * RETURNS
 *  S_OK; E_ACCESSDENIED: memory that is not there, or not to be accessed so; E_OUTOFMEMORY.
 *  Source: madvise(2), MADV_POPULATE_READ.
 */
extern HRESULT gpa_populate( const struct gpa_map *map, UINT64 gpa, UINT64 size, BOOL write );
extern HRESULT gpa_pin( struct gpa_map *map, UINT64 gpa, UINT64 size );
extern HRESULT gpa_unpin( struct gpa_map *map, UINT64 gpa, UINT64 size );

#endif /* __WHV_UNIX_MEMORY_GPA_ADVISE_H */
