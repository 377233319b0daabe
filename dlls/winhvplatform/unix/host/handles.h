/*
 * Handles as numbers
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
 * Handles that are no pointers: a place in a table, and which of those that have had the place is meant. So a wild or
 * stale handle is told from a good one without touching memory. The kinds of handles differ in their low four bits.
 * Every handle is hostile. Knows no table: vm/handle.h has partitions, notify/objects.h
 * ports and triggers, calls/emulator_calls.c emulators.
 */

#ifndef __WHV_UNIX_HOST_HANDLES_H
#define __WHV_UNIX_HOST_HANDLES_H

#include <stdint.h>

#include "winhvplatformdefs.h"

#define HANDLE_PARTITION  0
#define HANDLE_NOTIFY     4
#define HANDLE_EMULATOR   8

#define HANDLE_GENERATIONS 0xffffffu

/* place + 1 in bits 4 to 19, generation above: never NULL */
static inline void *handle_make( UINT32 kind, UINT32 place, UINT32 generation )
{
    return (void *)(uintptr_t)((UINT64)(generation & HANDLE_GENERATIONS) << 20 | (place + 1) << 4 | kind);
}

static inline UINT32 handle_next_generation( UINT32 generation )
{
    return (generation + 1) & HANDLE_GENERATIONS;
}

/* Not checked: any number below 65536, or 0xffffffff. */
static inline UINT32 handle_place( const void *handle )
{
    return ((uintptr_t)handle >> 4 & 0xffff) - 1;
}

/* FALSE: not of that kind, or no place of a table with so many. */
static inline BOOL handle_read( const void *handle, UINT32 kind, UINT32 places, UINT32 *place, UINT32 *generation )
{
    UINT64 value = (uintptr_t)handle;

    *place = handle_place( handle );
    *generation = value >> 20;
    return (value & 0xf) == kind && !(value >> 44) && *place < places;
}

#endif /* __WHV_UNIX_HOST_HANDLES_H */
