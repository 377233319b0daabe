/*
 * Why there is no hypervisor
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

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/lock.h"
#include "host/reason.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

static struct lock lock;
static char last[REASON_SIZE];

void reason_tell( const char *format, ... )
{
    char text[REASON_SIZE];
    va_list args;
    BOOL is_new;

    va_start( args, format );
    vsnprintf( text, sizeof(text), format, args );
    va_end( args );
    lock_take( &lock );
    if ((is_new = !!strcmp( last, text ))) strcpy( last, text );
    lock_give( &lock );
    if (is_new) ERR( "%s\n", text );
}

void reason_get( char *text )
{
    lock_take( &lock );
    strcpy( text, last );
    lock_give( &lock );
}

void reason_clear( void )
{
    lock_take( &lock );
    last[0] = 0;
    lock_give( &lock );
}
