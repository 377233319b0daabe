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
#include <stdio.h>

#include "ntstatus.h"
#define WIN32_NO_STATUS
#include "windef.h"
#include "winbase.h"
#include "winternl.h"
#include "wine/unixlib.h"
#include "wine/debug.h"

#include "unixlib.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

UINT64 whv_unix_handle;
static INIT_ONCE load_once = INIT_ONCE_STATIC_INIT;
static char no_unix_side[600];          /* why; written once, by load_once */

void whv_no_unix_side( const char *format, ... )
{
    va_list args;

    va_start( args, format );
    vsnprintf( no_unix_side, sizeof(no_unix_side), format, args );
    va_end( args );
    ERR( "%s\n", no_unix_side );
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
    if (!(handle = whv_load_unixlib( &params.trace_flags ))) return TRUE;

    params.version = WHV_UNIX_VERSION;
    params.size = sizeof(params);
    if ((status = __wine_unix_call_dispatcher( handle, unix_attach, &params )))
    {
        whv_no_unix_side( "winhvplatform.so is not of the same version as the DLLs (%u here, status %#x); "
                          "install both sides of one build again", WHV_UNIX_VERSION, status );
        return TRUE;
    }
    /* The Unix side has a signal handler from here on: it must never be unmapped. */
    GetModuleHandleExW( GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                        (const WCHAR *)load_unix_side, &self );
    __atomic_store_n( &whv_unix_handle, handle, __ATOMIC_RELEASE );
    return TRUE;
}

BOOL whv_unix_available( void )
{
    /* the once-function costs more than the rest of a call */
    if (__atomic_load_n( &whv_unix_handle, __ATOMIC_ACQUIRE )) return TRUE;
    InitOnceExecuteOnce( &load_once, load_unix_side, NULL, NULL );
    return __atomic_load_n( &whv_unix_handle, __ATOMIC_ACQUIRE ) != 0;
}

const char *whv_unix_reason( void )
{
    return whv_unix_available() ? "" : no_unix_side;
}

/* What a status means that is not S_OK. */
HRESULT whv_failed_call( unsigned int code, unsigned int status )
{
    switch (status)
    {
    case STATUS_ACCESS_VIOLATION:
    case STATUS_GUARD_PAGE_VIOLATION:
    case STATUS_DATATYPE_MISALIGNMENT:
    case STATUS_IN_PAGE_ERROR:
    /* what Wine makes of #SS: an address that is not canonical, which the compiler had put into RBP */
    case STATUS_STACK_OVERFLOW:
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

HRESULT whv_first_call( unsigned int code, void *params )
{
    return whv_unix_available() ? whv_call( code, params ) : WHV_E_NO_UNIX_SIDE;
}
