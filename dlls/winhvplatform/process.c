/*
 * Other processes
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

/* A handle of a process is Windows' business, and the kernel's number of the process is not to be had from it. What a
 * handle that grants access to memory can do is to leave a mark in it. */

#include <stdarg.h>

#include "ntstatus.h"
#define WIN32_NO_STATUS
#include "api.h"
#include "winternl.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

#define VM_RIGHTS (PROCESS_VM_READ | PROCESS_VM_WRITE | PROCESS_VM_OPERATION)

/* Between what is mapped from below and what is mapped from above; pages of 64 KiB. */
#define MARK_SIZE  0x10000
#define MARK_FIRST 0x100000000000ull
#define MARK_COUNT 0x20000000u          /* places */
#define MARK_TRIES 16

static HRESULT check_rights( HANDLE process )
{
    NTSTATUS (WINAPI *query)( HANDLE object, OBJECT_INFORMATION_CLASS class, void *info, ULONG size, ULONG *needed );
    PUBLIC_OBJECT_BASIC_INFORMATION info;

    query = (void *)GetProcAddress( GetModuleHandleW( L"ntdll.dll" ), "NtQueryObject" );
    if (query( process, ObjectBasicInformation, &info, sizeof(info), NULL )) return E_HANDLE;
    return (info.GrantedAccess & VM_RIGHTS) == VM_RIGHTS ? S_OK : E_ACCESSDENIED;
}

/* Not drawn well, and it need not be: who has it already is seen at once, unless it is another process. */
static UINT64 draw_place( void )
{
    static LONG drawn;
    LARGE_INTEGER now;

    QueryPerformanceCounter( &now );
    now.QuadPart += InterlockedIncrement( &drawn ) + ((UINT64)GetCurrentProcessId() << 20);
    return MARK_FIRST + (now.QuadPart * 0x9e3779b97f4a7c15ull >> 32) % MARK_COUNT * MARK_SIZE;
}

HRESULT process_mark( HANDLE process, UINT64 *start, UINT64 *end )
{
    UINT32 i;
    void *mark = NULL;
    HRESULT hr;

    *start = *end = 0;
    if (process == GetCurrentProcess()) return S_OK;
    if (!process) return E_HANDLE;
    if (FAILED(hr = check_rights( process ))) return hr;
    for (i = 0; !mark && i < MARK_TRIES; i++)
    {
        mark = VirtualAllocEx( process, (void *)(ULONG_PTR)draw_place(), MARK_SIZE, MEM_RESERVE, PAGE_NOACCESS );
        if (!mark && GetLastError() == ERROR_INVALID_HANDLE) return E_HANDLE;
    }
    if (!mark) return HRESULT_FROM_WIN32( GetLastError() );
    *start = (ULONG_PTR)mark;
    *end = *start + MARK_SIZE;
    TRACE( "process %p is the one with a mapping at %p\n", process, mark );
    return S_OK;
}

void process_unmark( HANDLE process, UINT64 start )
{
    if (start) VirtualFreeEx( process, (void *)(ULONG_PTR)start, 0, MEM_RELEASE );
}
