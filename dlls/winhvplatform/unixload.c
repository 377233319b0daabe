/*
 * Finding the Unix side in Wine's own tree
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

#include "ntstatus.h"
#define WIN32_NO_STATUS
#include "windef.h"
#include "winbase.h"
#include "winternl.h"
#include "wine/unixlib.h"
#include "wine/debug.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

/* MemoryWineUnixFuncs up to Wine 10, and MemoryWineLoadUnixLib after it */
#define MEMORY_WINE_UNIX_FUNCS 1000

/* Wine's rule: a .so goes with the DLL of its name. Out of Wine's tree compat/unixload.c stands in for this file. */
UINT64 whv_load_unixlib( const UINT8 **trace_flags )
{
    HMODULE module = whv_unix_module();
    unixlib_handle_t handle = 0;
    unsigned int status;

    /* the Unix side asks ntdll itself */
    *trace_flags = NULL;
    if (!module)
    {
        whv_no_unix_side( "winhvplatform.dll is not there" );
        return 0;
    }
    status = NtQueryVirtualMemory( GetCurrentProcess(), module, (MEMORY_INFORMATION_CLASS)MEMORY_WINE_UNIX_FUNCS,
                                   &handle, sizeof(handle), NULL );
    if (!status) return handle;
    whv_no_unix_side( "can't load winhvplatform.so: status %#x; see that its libraries are installed: "
                      "ldd winhvplatform.so", status );
    return 0;
}
