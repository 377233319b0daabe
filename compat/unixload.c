/*
 * Finding the Unix side outside of Wine's tree
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
 * What it is for: stands in for dlls/winhvplatform/unixload.c, in both DLLs: finds winhvplatform.so in each of the
 * places that Wine versions and ways of installing leave for it. It knows ntdll's exports, which it looks up one by
 * one, so that one build runs on Wine 8 to 11, and nothing of the calls.
 */

#include <stdarg.h>
#include <stdlib.h>
#include <wchar.h>
#include <windef.h>
#include <winbase.h>
#include <winnls.h>
#include <winternl.h>

#include "wine/unixlib.h"
#include "wine/debug.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

/* NtQueryVirtualMemory classes of Wine's own: neither its headers nor their numbers are shipped. */
#define MEMORY_WINE_UNIX_FUNCS            1000
#define MEMORY_WINE_LOAD_UNIX_LIB_BY_NAME 1002  /* from Wine 11 on */

#define UNIX_LIB_NAME L"winhvplatform.so"

#define TEXT_OF(x)     #x
#define VERSION_OF(x)  TEXT_OF(x)

NTSTATUS (WINAPI *__wine_unix_call_dispatcher)( unixlib_handle_t handle, unsigned int code, void *args );
static NTSTATUS (WINAPI *query_virtual_memory)( HANDLE process, const void *addr, ULONG info_class,
                                                void *buffer, SIZE_T len, SIZE_T *ret_len );

/* The path of winhvplatform.so beside the DLL; FALSE if that can't be made. */
static BOOL get_sibling_path( HMODULE module, WCHAR *path, DWORD size )
{
    DWORD len = GetModuleFileNameW( module, path, size );
    WCHAR *p;

    if (!len || len >= size || !(p = wcsrchr( path, '\\' ))) return FALSE;
    p++;
    if ((SIZE_T)(path + size - p) < sizeof(UNIX_LIB_NAME) / sizeof(WCHAR)) return FALSE;
    wcscpy( p, UNIX_LIB_NAME );
    return TRUE;
}

/* Wine's own rule: the .so goes with a DLL that came from one of Wine's dll directories or WINEDLLPATH. */
static UINT64 load_by_module( HMODULE module )
{
    UINT64 handle = 0;

    if (query_virtual_memory( GetCurrentProcess(), module, MEMORY_WINE_UNIX_FUNCS,
                              &handle, sizeof(handle), NULL )) return 0;
    return handle;
}

static UINT64 load_by_name( const WCHAR *path )
{
    WCHAR nt_path[MAX_PATH + 8] = L"\\??\\";
    UINT64 result[2] = { 0, 0 };        /* module, handle */
    UNICODE_STRING name;

    if (wcslen( path ) > MAX_PATH) return 0;
    wcscat( nt_path, path );
    name.Buffer = nt_path;
    name.Length = wcslen( nt_path ) * sizeof(WCHAR);
    name.MaximumLength = name.Length + sizeof(WCHAR);
    if (query_virtual_memory( GetCurrentProcess(), &name, MEMORY_WINE_LOAD_UNIX_LIB_BY_NAME,
                              result, sizeof(result), NULL )) return 0;
    return result[1];
}

/* Wine before 11 loads a .so that looks like one of its own; the handle is the function table's address. */
static UINT64 load_as_winelib( const WCHAR *path )
{
    HMODULE so = LoadLibraryW( path );

    if (!so) return 0;
    return (UINT_PTR)GetProcAddress( so, "__wine_unix_call_funcs" );
}

UINT64 whv_load_unixlib( const UINT8 **trace_flags )
{
    const char *(__cdecl *get_version)( void );
    HMODULE ntdll = GetModuleHandleW( L"ntdll.dll" );
    HMODULE module = whv_unix_module();
    WCHAR path[MAX_PATH];
    char name[MAX_PATH];
    void **dispatcher;
    UINT64 handle;

    *trace_flags = &whv_dbg_channel.flags;
    get_version = (void *)GetProcAddress( ntdll, "wine_get_version" );
    query_virtual_memory = (void *)GetProcAddress( ntdll, "NtQueryVirtualMemory" );
    dispatcher = (void *)GetProcAddress( ntdll, "__wine_unix_call_dispatcher" );
    if (!get_version || !query_virtual_memory || !dispatcher || !*dispatcher)
    {
        whv_no_unix_side( "this ntdll.dll has no Unix calls: Wine 8.0 or newer is needed" );
        return 0;
    }
    __wine_unix_call_dispatcher = *dispatcher;
    TRACE( "winhvplatform %s, Wine %s\n", VERSION_OF(WHV_VERSION), get_version() );
    if (!module)
    {
        whv_no_unix_side( "winhvplatform.dll is not there; install it beside winhvemulation.dll" );
        return 0;
    }

    if ((handle = load_by_module( module ))) return handle;
    if (get_sibling_path( module, path, MAX_PATH ))
    {
        /* older versions complain about a class that they don't know */
        if (atoi( get_version() ) >= 11 && (handle = load_by_name( path ))) return handle;
        if ((handle = load_as_winelib( path ))) return handle;
        if (!WideCharToMultiByte( CP_UTF8, 0, path, -1, name, sizeof(name), NULL, NULL )) name[0] = 0;
        whv_no_unix_side( "can't load winhvplatform.so, neither for winhvplatform.dll nor as %s; install it again "
                          "(both files of one build), and see that its libraries are installed: "
                          "ldd winhvplatform.so", name );
    }
    return 0;
}
