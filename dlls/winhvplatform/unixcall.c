/*
 * Calls to the Unix side
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
#include <stdlib.h>
#include <wchar.h>
#include <windef.h>
#include <winbase.h>
#include <winternl.h>

#include "unixlib.h"
#include "unixcall.h"
#include "trace.h"

/* NtQueryVirtualMemory classes of Wine's own: neither its headers nor their numbers are shipped. */
#define MEMORY_WINE_UNIX_FUNCS            1000
#define MEMORY_WINE_LOAD_UNIX_LIB_BY_NAME 1002  /* from Wine 11 on */

#define UNIX_LIB_NAME L"winhvplatform.so"

/* not in every winternl.h or ntstatus.h that this may be compiled with */
#define ST_GUARD_PAGE_VIOLATION  0x80000001u
#define ST_DATATYPE_MISALIGNMENT 0x80000002u
#define ST_ACCESS_VIOLATION      0xc0000005u
#define ST_IN_PAGE_ERROR         0xc0000006u
/* what Wine makes of #SS: an address that is not canonical, which the compiler had put into RBP */
#define ST_STACK_OVERFLOW        0xc00000fdu

static NTSTATUS (WINAPI *unix_call_dispatcher)( UINT64 handle, unsigned int code, void *args );
static NTSTATUS (WINAPI *query_virtual_memory)( HANDLE process, const void *addr, ULONG info_class,
                                                void *buffer, SIZE_T len, SIZE_T *ret_len );
static UINT64 unix_handle;              /* 0 until attached */
static INIT_ONCE load_once = INIT_ONCE_STATIC_INIT;

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

static UINT64 find_unix_side( void )
{
    const char *(__cdecl *get_version)( void );
    HMODULE ntdll = GetModuleHandleW( L"ntdll.dll" );
    HMODULE module = whv_unix_module();
    WCHAR path[MAX_PATH];
    void **dispatcher;
    UINT64 handle;

    get_version = (void *)GetProcAddress( ntdll, "wine_get_version" );
    query_virtual_memory = (void *)GetProcAddress( ntdll, "NtQueryVirtualMemory" );
    dispatcher = (void *)GetProcAddress( ntdll, "__wine_unix_call_dispatcher" );
    if (!get_version || !query_virtual_memory || !dispatcher || !*dispatcher)
    {
        ERR( "this ntdll.dll has no Unix calls: Wine 8.0 or newer is needed\n" );
        return 0;
    }
    unix_call_dispatcher = *dispatcher;
    if (!module)
    {
        ERR( "winhvplatform.dll is not there; install it beside winhvemulation.dll\n" );
        return 0;
    }

    if ((handle = load_by_module( module ))) return handle;
    if (get_sibling_path( module, path, MAX_PATH ))
    {
        /* older versions complain about a class that they don't know */
        if (atoi( get_version() ) >= 11 && (handle = load_by_name( path ))) return handle;
        if ((handle = load_as_winelib( path ))) return handle;
        ERR( "can't load winhvplatform.so, neither for winhvplatform.dll nor as %ls; install it again "
             "(both files of one build), and see that its libraries are installed: ldd winhvplatform.so\n", path );
    }
    return 0;
}

static BOOL CALLBACK load_unix_side( INIT_ONCE *once, void *param, void **context )
{
    struct attach_params params = { 0 };
    UINT64 handle;
    HMODULE self;
    unsigned int status;

    (void)once;
    (void)param;
    (void)context;
    if (!(handle = find_unix_side())) return TRUE;

    params.version = WHV_UNIX_VERSION;
    params.size = sizeof(params);
    params.trace_flags = &whv_dbg_channel.flags;
    if ((status = unix_call_dispatcher( handle, unix_attach, &params )))
    {
        ERR( "winhvplatform.so is not of the same version as the DLLs (%u here, status %#x); "
             "install both sides of one build again\n", WHV_UNIX_VERSION, status );
        return TRUE;
    }
    /* The Unix side has a signal handler from here on: it must never be unmapped. */
    GetModuleHandleExW( GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                        (const WCHAR *)load_unix_side, &self );
    __atomic_store_n( &unix_handle, handle, __ATOMIC_RELEASE );
    return TRUE;
}

BOOL whv_unix_available( void )
{
    /* the once-function costs more than the rest of a call */
    if (__atomic_load_n( &unix_handle, __ATOMIC_ACQUIRE )) return TRUE;
    InitOnceExecuteOnce( &load_once, load_unix_side, NULL, NULL );
    return __atomic_load_n( &unix_handle, __ATOMIC_ACQUIRE ) != 0;
}

HRESULT whv_call( unsigned int code, void *params )
{
    unsigned int status;

    if (!whv_unix_available()) return WHV_E_NO_UNIX_SIDE;
    status = unix_call_dispatcher( unix_handle, code, params );
    switch (status)
    {
    case ST_ACCESS_VIOLATION:
    case ST_GUARD_PAGE_VIOLATION:
    case ST_DATATYPE_MISALIGNMENT:
    case ST_IN_PAGE_ERROR:
    case ST_STACK_OVERFLOW:
        WARN( "call %u: the caller's memory faulted, status %#x\n", code, status );
        return WHV_E_BAD_POINTER;
    }
    /* Any other system status is a fault of the Unix side's own;
     * the hypervisor's codes, which pass, have a facility. */
    if ((status & 0xffff0000) == 0xc0000000)
    {
        ERR( "call %u: the Unix side faulted, status %#x\n", code, status );
        return (HRESULT)(status | 0x10000000);
    }
    return (HRESULT)status;
}
