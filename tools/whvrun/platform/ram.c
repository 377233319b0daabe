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

static BYTE *ram;
static UINT64 bytes;

BOOL ram_create( UINT64 size )
{
    ram = VirtualAlloc( NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE );
    if (ram) bytes = size;
    return ram != NULL;
}

void ram_delete( void )
{
    if (ram) VirtualFree( ram, 0, MEM_RELEASE );
    ram = NULL;
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
