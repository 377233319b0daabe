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

/*
 * What it is for: the way from a PE function to the Unix side. Finds and
 * attaches winhvplatform.so on the first call. Compiled into both DLLs;
 * they reach one and the same .so. It knows Wine's unix calls and the attach
 * block, and nothing else of the parameter blocks. unixload.c is the one part
 * of it that Wine's own tree and other builds have each in its own form.
 */

#ifndef __WHV_UNIXCALL_H
#define __WHV_UNIXCALL_H

#include "wine/unixlib.h"

/* What every call returns where there is no Unix side: HRESULT_FROM_WIN32( ERROR_MOD_NOT_FOUND ). */
#define WHV_E_NO_UNIX_SIDE      ((HRESULT)0x8007007e)
/* The caller gave a pointer that the Unix side could not use: HRESULT_FROM_WIN32( ERROR_NOACCESS ). */
#define WHV_E_BAD_POINTER       ((HRESULT)0x800703e6)

extern UINT64 whv_unix_handle;          /* 0 until attached */
extern HRESULT whv_first_call( unsigned int code, void *params );
extern HRESULT whv_failed_call( unsigned int code, unsigned int status );

/* Call a function of the Unix side. Every exit brings two calls: what is rare stands elsewhere.
 *   code    enum unix_call of unixlib.h
 *   params  its parameter block
 * Returns what the function returned; WHV_E_NO_UNIX_SIDE when it is missing or of another version;
 * WHV_E_BAD_POINTER when it faulted on the caller's memory (Wine then abandons the function). */
static inline HRESULT whv_call( unsigned int code, void *params )
{
    UINT64 handle = __atomic_load_n( &whv_unix_handle, __ATOMIC_ACQUIRE );
    unsigned int status;

    if (!handle) return whv_first_call( code, params );
    status = __wine_unix_call_dispatcher( handle, code, params );
    return status ? whv_failed_call( code, status ) : S_OK;
}

/* Whether the Unix side is there and fits; says why not, once. */
extern BOOL whv_unix_available( void );
/* unixload.c says why there is none: one sentence, an ERR line and what whv_unix_reason gives. */
extern void __attribute__((format( printf, 1, 2 ))) whv_no_unix_side( const char *format, ... );
/* An empty string where there is one. */
extern const char *whv_unix_reason( void );

/* Given by each DLL's main.c: the module that Wine's loader knows the Unix side by.
 * May load it; NULL if it is missing. */
extern HMODULE whv_unix_module( void );

/* unixload.c: finds the Unix side, and says why not.
 *   trace_flags  [O] for attach: the channel's flags, bit n = class n, NULL where the Unix side knows them by itself
 * Returns the handle for unix calls, or 0. */
extern UINT64 whv_load_unixlib( const UINT8 **trace_flags );

#endif /* __WHV_UNIXCALL_H */
