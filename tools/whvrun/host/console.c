/*
 * whvrun: the console
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

#include <string.h>

#include <windows.h>

#include "host/console.h"

static SRWLOCK typed_lock = SRWLOCK_INIT;
static uint8_t typed[256];
static volatile size_t typed_size;

/* Unbuffered: who looks at it wants to see the last line before the crash. */
void console_print( uint8_t byte )
{
    DWORD written;

    WriteFile( GetStdHandle( STD_OUTPUT_HANDLE ), &byte, 1, &written, NULL );
}

size_t console_type( const uint8_t *data, size_t size )
{
    size_t room;

    AcquireSRWLockExclusive( &typed_lock );
    room = sizeof(typed) - typed_size;
    if (size > room) size = room;
    memcpy( typed + typed_size, data, size );
    typed_size += size;
    ReleaseSRWLockExclusive( &typed_lock );
    return size;
}

void console_deliver( size_t (*take)( const uint8_t *data, size_t size ) )
{
    size_t taken;

    /* usual, and asked at every exit: no lock for it */
    if (!typed_size) return;
    AcquireSRWLockExclusive( &typed_lock );
    taken = take( typed, typed_size );
    typed_size -= taken;
    memmove( typed, typed + taken, typed_size );
    ReleaseSRWLockExclusive( &typed_lock );
}
