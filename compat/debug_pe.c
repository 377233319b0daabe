/*
 * Debug traces of the PE side
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

#include <stdarg.h>
#include <stdio.h>
#include <windef.h>
#include <winbase.h>

#include "wine/debug.h"

struct whv_dbg_channel whv_dbg_channel = { 0, "whv" };

static int (__cdecl *dbg_header)( enum whv_dbg_class cls, struct whv_dbg_channel *channel, const char *function );
static int (__cdecl *dbg_output)( const char *str );

/* Runs before DllMain. */
static void __attribute__((constructor)) find_ntdll( void )
{
    unsigned char (__cdecl *get_flags)( struct whv_dbg_channel *channel );
    HMODULE ntdll = GetModuleHandleW( L"ntdll.dll" );

    get_flags = (void *)GetProcAddress( ntdll, "__wine_dbg_get_channel_flags" );
    dbg_header = (void *)GetProcAddress( ntdll, "__wine_dbg_header" );
    dbg_output = (void *)GetProcAddress( ntdll, "__wine_dbg_output" );
    if (!get_flags || !dbg_header || !dbg_output) return;

    /* All bits set means "not asked yet" to Wine, which then puts the user's choice there. */
    whv_dbg_channel.flags = 0xff;
    whv_dbg_channel.flags = get_flags( &whv_dbg_channel ) & 0x0f;
}

void whv_dbg_log( enum whv_dbg_class cls, const char *func, const char *format, ... )
{
    char buffer[1024];
    va_list args;

    if (!dbg_header || dbg_header( cls, &whv_dbg_channel, func ) == -1) return;
    va_start( args, format );
    vsnprintf( buffer, sizeof(buffer), format, args );
    va_end( args );
    dbg_output( buffer );
}
