/*
 * The unix-call ABI of Wine
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
 * What it is for: what Wine's own wine/unixlib.h says to both halves of a builtin
 * DLL, for building outside of Wine's tree: no distribution package of Wine has that
 * file. It holds for Wine 8 to 11. It knows nothing of this project, and gives types
 * and one declaration for each side only.
 */

#ifndef __WINE_WINE_UNIXLIB_H
#define __WINE_WINE_UNIXLIB_H

#ifdef _WIN32
# include <windef.h>
# include <winternl.h>
#elif !defined(_WINDEF_)
typedef int NTSTATUS;
#endif

/* A loaded Unix library. It is a 64-bit number in 32-bit callers too. */
#ifdef __GNUC__
__extension__
#endif
typedef unsigned long long unixlib_handle_t;

/* A function of the Unix library: its parameter block, in memory that both sides see. */
typedef NTSTATUS (*unixlib_entry_t)( void *args );

#ifdef __cplusplus
extern "C" {
#endif

#ifdef _WIN32

/* Calls a function of the Unix library: handle, index in the table below, block. NULL until unixload.c has found it. */
extern NTSTATUS (WINAPI *__wine_unix_call_dispatcher)( unixlib_handle_t handle, unsigned int code, void *args );

#else

/* The table that Wine looks up in the Unix library: it must be visible though everything else is hidden. */
extern const unixlib_entry_t __wine_unix_call_funcs[] __attribute__((visibility("default")));

#endif

#ifdef __cplusplus
}
#endif

#endif /* __WINE_WINE_UNIXLIB_H */
