/*
 * Benchmark: the client's side, memory
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
 * What it takes to map memory, what the guest's first touch of it takes, and what it takes to ring a doorbell.
 * It knows WinHvPlatform and whvbench.h.
 */

#include "bench.h"
#include "whvbench.h"

#define RWX (WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute)

static BYTE *reserve( SIZE_T size, DWORD type )
{
    BYTE *ret = VirtualAlloc( NULL, size, type, PAGE_READWRITE );

    if (!ret) check( E_OUTOFMEMORY, "VirtualAlloc" );
    return ret;
}

void bench_map4g( struct vm *vm, unsigned int count )
{
    static BYTE *memory;

    if (!memory) memory = reserve( MAP4G_SIZE, MEM_RESERVE );
    while (count--)
    {
        check( WHvMapGpaRange( vm->partition, memory, MAP4G_GPA, MAP4G_SIZE, RWX ), "WHvMapGpaRange" );
        check( WHvUnmapGpaRange( vm->partition, MAP4G_GPA, MAP4G_SIZE ), "WHvUnmapGpaRange" );
    }
}

double bench_touch( struct vm *vm, BOOL aligned )
{
    BYTE *memory = reserve( TOUCH_SIZE + LARGE_PAGE, MEM_RESERVE | MEM_COMMIT );
    BYTE *start = (BYTE *)(((UINT_PTR)memory + LARGE_PAGE - 1) & ~(UINT_PTR)(LARGE_PAGE - 1));
    WHV_RUN_VP_EXIT_CONTEXT exit;
    double time;

    /* as Wine places it, it is aligned by chance now and then */
    if (!aligned) start = memory + (memory == start ? 0x10000 : 0);
    check( WHvMapGpaRange( vm->partition, start, TOUCH_GPA, TOUCH_SIZE, RWX ), "WHvMapGpaRange" );
    time = now();
    run( vm, &exit, WHvRunVpExitReasonX64IoPortAccess );
    time = now() - time;
    set_rip( vm->partition, exit.VpContext.Rip + exit.VpContext.InstructionLength );
    check( WHvUnmapGpaRange( vm->partition, TOUCH_GPA, TOUCH_SIZE ), "WHvUnmapGpaRange" );
    VirtualFree( memory, 0, MEM_RELEASE );
    return time / TOUCH_PAGES;
}

static void ring( struct vm *vm, unsigned int count, UINT64 gpa )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    vm->mailbox[2] = count;
    vm->mailbox[3] = gpa;
    run( vm, &exit, WHvRunVpExitReasonX64IoPortAccess );
    set_rip( vm->partition, exit.VpContext.Rip + exit.VpContext.InstructionLength );
}

static BOOL register_doorbell( struct vm *vm, UINT64 gpa )
{
    WHV_DOORBELL_MATCH_DATA match = { .GuestAddress = gpa, .Length = 4, .MatchOnLength = 1 };

    check( WHvRegisterPartitionDoorbellEvent( vm->partition, &match, CreateEventW( NULL, FALSE, FALSE, NULL ) ),
           "WHvRegisterPartitionDoorbellEvent" );
    return TRUE;
}

void bench_doorbell( struct vm *vm, unsigned int count )
{
    static BOOL registered;

    if (!registered) registered = register_doorbell( vm, DOORBELL_GPA );
    ring( vm, count, DOORBELL_GPA );
}

void bench_doorbell_exit( struct vm *vm, unsigned int count )
{
    static BOOL registered;

    if (!registered) registered = register_doorbell( vm, DOORBELL_EXIT_GPA );
    ring( vm, count, DOORBELL_EXIT_GPA );
}
