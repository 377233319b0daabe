/*
 * whvrun: the guest's memory
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
 * What it is for: the RAM of the guest, which is memory of ours from guest physical address 0 on. Whoever wants to fill
 * it, look at it or copy from it asks here for the place. Does not know who maps it into the guest.
 */

#ifndef __WHVRUN_PLATFORM_RAM_H
#define __WHVRUN_PLATFORM_RAM_H

#include <windows.h>

/* Bytes, a multiple of a page. FALSE: there is not so much. */
extern BOOL ram_create( UINT64 size );
extern void ram_delete( void );

/* A place in it, or NULL where there is no RAM of that size. Addresses and sizes may be anything. */
extern void *ram_at( UINT64 gpa, UINT64 size );

extern UINT64 ram_size( void );

#endif /* __WHVRUN_PLATFORM_RAM_H */
