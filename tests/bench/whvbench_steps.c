/*
 * Benchmark: what only the instruction counter asks of the half under Wine
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

#define PSAPI_VERSION 2
#include <stdio.h>
#include <string.h>

#include <windows.h>
#include <psapi.h>
#include <winhvplatform.h>

#include "bench.h"
#include "whvbench.h"

void want_msr_exits( WHV_PARTITION_HANDLE partition )
{
    WHV_PARTITION_PROPERTY property;

    memset( &property, 0, sizeof(property) );
    property.ExtendedVmExits.X64MsrExit = 1;
    check( WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeExtendedVmExits,
                                    &property, sizeof(property) ), "ExtendedVmExits" );
    memset( &property, 0, sizeof(property) );
    property.X64MsrExitBitmap.UnhandledMsrs = 1;
    check( WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeX64MsrExitBitmap,
                                    &property, sizeof(property) ), "X64MsrExitBitmap" );
}

void bench_msr_read( struct vm *vm, unsigned int count )
{
    static const WHV_REGISTER_NAME names[3] = { WHvX64RegisterRip, WHvX64RegisterRax, WHvX64RegisterRdx };
    WHV_REGISTER_VALUE values[3];
    WHV_RUN_VP_EXIT_CONTEXT exit;

    while (count--)
    {
        run( vm, &exit, WHvRunVpExitReasonX64MsrAccess );
        values[0].Reg64 = exit.VpContext.Rip + exit.VpContext.InstructionLength;
        values[1].Reg64 = 0x5a5a5a5a;
        values[2].Reg64 = 0;
        check( WHvSetVirtualProcessorRegisters( vm->partition, 0, names, 3, values ),
               "WHvSetVirtualProcessorRegisters" );
    }
}

/* The general registers and RIP, RFLAGS first; then what QEMU up to 10 reads besides whenever it wants a processor's
 * state. */
static const WHV_REGISTER_NAME names[69] =
{
    WHvX64RegisterRax, WHvX64RegisterRcx, WHvX64RegisterRdx, WHvX64RegisterRbx, WHvX64RegisterRsp, WHvX64RegisterRbp,
    WHvX64RegisterRsi, WHvX64RegisterRdi, WHvX64RegisterR8, WHvX64RegisterR9, WHvX64RegisterR10, WHvX64RegisterR11,
    WHvX64RegisterR12, WHvX64RegisterR13, WHvX64RegisterR14, WHvX64RegisterR15, WHvX64RegisterRip, WHvX64RegisterRflags,
    WHvX64RegisterEs, WHvX64RegisterCs, WHvX64RegisterSs, WHvX64RegisterDs, WHvX64RegisterFs, WHvX64RegisterGs,
    WHvX64RegisterLdtr, WHvX64RegisterTr, WHvX64RegisterIdtr, WHvX64RegisterGdtr,
    WHvX64RegisterCr0, WHvX64RegisterCr2, WHvX64RegisterCr3, WHvX64RegisterCr4, WHvX64RegisterCr8,
    WHvX64RegisterXmm0, WHvX64RegisterXmm1, WHvX64RegisterXmm2, WHvX64RegisterXmm3, WHvX64RegisterXmm4,
    WHvX64RegisterXmm5, WHvX64RegisterXmm6, WHvX64RegisterXmm7, WHvX64RegisterXmm8, WHvX64RegisterXmm9,
    WHvX64RegisterXmm10, WHvX64RegisterXmm11, WHvX64RegisterXmm12, WHvX64RegisterXmm13, WHvX64RegisterXmm14,
    WHvX64RegisterXmm15, WHvX64RegisterFpMmx0, WHvX64RegisterFpMmx1, WHvX64RegisterFpMmx2, WHvX64RegisterFpMmx3,
    WHvX64RegisterFpMmx4, WHvX64RegisterFpMmx5, WHvX64RegisterFpMmx6, WHvX64RegisterFpMmx7,
    WHvX64RegisterFpControlStatus, WHvX64RegisterXmmControlStatus, WHvX64RegisterEfer, WHvX64RegisterKernelGsBase,
    WHvX64RegisterApicBase, WHvX64RegisterSysenterCs, WHvX64RegisterSysenterEip, WHvX64RegisterSysenterEsp,
    WHvX64RegisterStar, WHvX64RegisterLstar, WHvX64RegisterCstar, WHvX64RegisterSfmask,
};
static WHV_REGISTER_VALUE values[69];

enum { VALUE_RIP = 16 };

static UINT64 run_to_out( struct vm *vm )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    run( vm, &exit, WHvRunVpExitReasonX64IoPortAccess );
    return exit.VpContext.Rip + exit.VpContext.InstructionLength;
}

static void get_registers( struct vm *vm, UINT32 count )
{
    check( WHvGetVirtualProcessorRegisters( vm->partition, 0, names, count, values ),
           "WHvGetVirtualProcessorRegisters" );
}

static void set_registers( struct vm *vm, UINT32 first, UINT32 count )
{
    check( WHvSetVirtualProcessorRegisters( vm->partition, 0, names + first, count, values + first ),
           "WHvSetVirtualProcessorRegisters" );
}

void bench_out_get18( struct vm *vm, unsigned int count )
{
    UINT64 next;

    while (count--)
    {
        next = run_to_out( vm );
        get_registers( vm, 18 );
        set_rip( vm->partition, next );
    }
}

void bench_out_set18( struct vm *vm, unsigned int count )
{
    UINT64 next;

    while (count--)
    {
        next = run_to_out( vm );
        get_registers( vm, 18 );
        values[VALUE_RIP].Reg64 = next;
        set_registers( vm, 0, 18 );
    }
}

void bench_out_qemu( struct vm *vm, unsigned int count )
{
    UINT64 next;

    while (count--)
    {
        next = run_to_out( vm );
        get_registers( vm, 69 );
        values[VALUE_RIP].Reg64 = next;
        set_registers( vm, 15, 3 );         /* R15, RIP, RFLAGS */
    }
}

void print_places( void )
{
    static const char *const functions[] =
    {
        "WHvRunVirtualProcessor", "WHvGetVirtualProcessorRegisters", "WHvSetVirtualProcessorRegisters",
    };
    HMODULE platform = GetModuleHandleA( "winhvplatform.dll" ), modules[256];
    char name[MAX_PATH];
    MODULEINFO info;
    DWORD size, i;

    if (!EnumProcessModules( GetCurrentProcess(), modules, sizeof(modules), &size )) check( E_FAIL, "modules" );
    for (i = 0; i < size / sizeof(modules[0]) && i < sizeof(modules) / sizeof(modules[0]); i++)
    {
        if (!GetModuleInformation( GetCurrentProcess(), modules[i], &info, sizeof(info) ) ||
            !GetModuleBaseNameA( GetCurrentProcess(), modules[i], name, sizeof(name) )) continue;
        printf( "module %llx %lx %s\n", (ULONGLONG)(UINT_PTR)info.lpBaseOfDll, info.SizeOfImage, name );
    }
    for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        printf( "function %llx %s\n", (ULONGLONG)(UINT_PTR)GetProcAddress( platform, functions[i] ), functions[i] );
    printf( "end\n" );
}
