/*
 * Access to guest memory
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
 * Reading and writing guest memory by guest-physical address, under the rights of its mapping.
 * A page that the host refuses is an error, never a fault of ours. Knows gpa_map.h.
 * The caller holds what keeps the map still: the partition's lock, or any vp's.
 */

#ifndef __WHV_UNIX_MEMORY_GPA_ACCESS_H
#define __WHV_UNIX_MEMORY_GPA_ACCESS_H

#include "winhvplatformdefs.h"

struct gpa_map;

/* Copy guest memory; size may cross ranges. Return S_OK, or E_ACCESSDENIED if a byte is not mapped, not allowed by the
 * mapping's flags (Read for gpa_read, Write for gpa_write) or its host page cannot be read or written; what comes
 * before that byte may have been copied. Pages written count as dirty. One system call each: not for the exit path. */
extern HRESULT gpa_read( const struct gpa_map *map, UINT64 gpa, void *data, UINT32 size );
extern HRESULT gpa_write( const struct gpa_map *map, UINT64 gpa, const void *data, UINT32 size );

/* Same for pages that the processor itself has just read (page tables and code at the RIP): plain loads, no system
 * call. Must only be used for pages of which KVM has proved that the host can read them. */
extern HRESULT gpa_read_fast( const struct gpa_map *map, UINT64 gpa, void *data, UINT32 size );

/* Can the byte be written, as far as the mapping and its host page go? It is not changed. */
extern BOOL gpa_is_writable( const struct gpa_map *map, UINT64 gpa );

/* Atomic update of an aligned 4 or 8 byte entry of guest memory. S_OK; S_FALSE if it was not (or no longer) expected;
 * E_ACCESSDENIED as for gpa_write. */
extern HRESULT gpa_compare_exchange( const struct gpa_map *map, UINT64 gpa, UINT32 size, UINT64 expected,
                                     UINT64 desired );

/* Same for 16 aligned bytes; S_FALSE puts what was found into expected. */
extern HRESULT gpa_compare_exchange16( const struct gpa_map *map, UINT64 gpa, UINT64 expected[2],
                                       const UINT64 desired[2] );

#endif /* __WHV_UNIX_MEMORY_GPA_ACCESS_H */
