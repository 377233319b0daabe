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

#include "platform/ram.h"

/* Where a guest-physical address and the one behind it differ by a multiple of this, hosts can use large pages. */
#define LARGE_PAGE 0x200000

static BYTE *allocated, *ram;
static UINT64 bytes;

BOOL ram_create( UINT64 size )
{
    allocated = VirtualAlloc( NULL, size + LARGE_PAGE, MEM_RESERVE, PAGE_READWRITE );
    ram = (BYTE *)(((UINT_PTR)allocated + LARGE_PAGE - 1) & ~(UINT_PTR)(LARGE_PAGE - 1));
    if (!allocated || !VirtualAlloc( ram, size, MEM_COMMIT, PAGE_READWRITE ))
    {
        ram_delete();
        return FALSE;
    }
    bytes = size;
    return TRUE;
}

void ram_delete( void )
{
    if (allocated) VirtualFree( allocated, 0, MEM_RELEASE );
    allocated = ram = NULL;
    bytes = 0;
}

void *ram_at( UINT64 gpa, UINT64 size )
{
    if (gpa > bytes || size > bytes - gpa) return NULL;
    return ram + gpa;
}

UINT64 ram_size( void )
{
    return bytes;
}
