/*
 * whvrun: stopping the first processor
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

#include "kick.h"
#include "platform/vp.h"

static SRWLOCK lock = SRWLOCK_INIT;
static BOOL enabled;            /* under the lock */
static HANDLE kicked;

BOOL kick_init( void )
{
    kicked = CreateEventW( NULL, FALSE, FALSE, NULL );
    return kicked != NULL;
}

void kick_enable( BOOL on )
{
    AcquireSRWLockExclusive( &lock );
    enabled = on;
    ReleaseSRWLockExclusive( &lock );
}

void kick( void )
{
    AcquireSRWLockExclusive( &lock );
    if (enabled)
    {
        SetEvent( kicked );
        vp_cancel( BOOT_VP );
    }
    ReleaseSRWLockExclusive( &lock );
}

void kick_wait( DWORD milliseconds )
{
    WaitForSingleObject( kicked, milliseconds );
}
