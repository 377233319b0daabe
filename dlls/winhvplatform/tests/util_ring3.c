/*
 * What the tests of exceptions in ring 3 have in common
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

#include <cpuid.h>

#include "ring3.h"

const struct vm_config all_exceptions = { .extended_exits = 4, .exception_exits = VECTORS_OFFERED & ~0xaull };

BOOL can_catch( void )
{
    UINT64 exits = 0, vectors = 0;

    WHvGetCapability( WHvCapabilityCodeExtendedVmExits, &exits, sizeof(exits), NULL );
    WHvGetCapability( WHvCapabilityCodeExceptionExitBitmap, &vectors, sizeof(vectors), NULL );
    if ((exits & 4) && (vectors & VECTORS_OFFERED) == VECTORS_OFFERED) return TRUE;
    skip( "no exits for all exceptions: %#llx, %#llx\n", exits, vectors );
    return FALSE;
}

BOOL is_emulated_processor( void )
{
    unsigned int eax, ebx, ecx, edx;

    __cpuid( 0x40000000, eax, ebx, ecx, edx );
    return ebx == 0x54474354 && ecx == 0x43544743 && edx == 0x47435447;        /* "TCGTCGTCGTCG" */
}

void set_idt( struct vm *vm, UINT64 base, UINT16 limit )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterIdtr;
    WHV_REGISTER_VALUE value;
    HRESULT hr;

    memset( &value, 0, sizeof(value) );
    value.Table.Base = base;
    value.Table.Limit = limit;
    hr = WHvSetVirtualProcessorRegisters( vm->partition, 0, &name, 1, &value );
    ok( hr == S_OK, "idtr: %#lx\n", hr );
}

/* What only the client and the guest may change. */
#define SYSTEM_COUNT 12
static const WHV_REGISTER_NAME system_names[SYSTEM_COUNT] =
{
    WHvX64RegisterCr0, WHvX64RegisterCr2, WHvX64RegisterCr3, WHvX64RegisterCr4, WHvX64RegisterEfer, WHvX64RegisterCs,
    WHvX64RegisterSs, WHvX64RegisterDs, WHvX64RegisterTr, WHvX64RegisterLdtr, WHvX64RegisterGdtr, WHvX64RegisterIdtr,
};

static void get_system( struct vm *vm, WHV_REGISTER_VALUE values[SYSTEM_COUNT] )
{
    HRESULT hr = WHvGetVirtualProcessorRegisters( vm->partition, 0, system_names, SYSTEM_COUNT, values );

    ok( hr == S_OK, "registers: %#lx\n", hr );
}

static void check_system_( int line, struct vm *vm, const WHV_REGISTER_VALUE expect[SYSTEM_COUNT] )
{
    WHV_REGISTER_VALUE values[SYSTEM_COUNT];
    UINT32 i;

    memset( values, 0, sizeof(values) );
    get_system( vm, values );
    for (i = 0; i < SYSTEM_COUNT; i++)
        ok_(__FILE__, line)( !memcmp( &values[i], &expect[i], sizeof(values[i]) ),
                             "register %#x is %#llx %#llx, was %#llx %#llx\n", system_names[i],
                             values[i].Reg128.Low64, values[i].Reg128.High64, expect[i].Reg128.Low64,
                             expect[i].Reg128.High64 );
}
#define check_system( vm, expect ) check_system_( __LINE__, vm, expect )

BOOL run_to_exception_( int line, struct vm *vm, UINT32 vector, const UINT64 *regs,
                        WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    WHV_REGISTER_VALUE system[SYSTEM_COUNT];

    memset( system, 0, sizeof(system) );
    get_system( vm, system );
    if (!vm_run( vm, exit )) return FALSE;
    ok_(__FILE__, line)( exit->ExitReason == WHvRunVpExitReasonException, "exit %#x at %#llx\n", exit->ExitReason,
                         exit->VpContext.Rip );
    if (exit->ExitReason != WHvRunVpExitReasonException) return FALSE;
    ok_(__FILE__, line)( exit->VpException.ExceptionType == vector, "vector %u\n", exit->VpException.ExceptionType );
    check_vp_context_( __FILE__, line, vm, exit, regs );
    check_regs_( __FILE__, line, vm, regs );
    check_system_( line, vm, system );
    return exit->VpException.ExceptionType == vector;
}

/* Each vector that is offered can be asked for, and no other. */
START_TEST(util_ring3)
{
    UINT64 vectors = 0, value;
    struct vm vm;
    UINT32 i;

    if (!vm_present() || !can_catch() || !vm_create( &vm, &all_exceptions )) return;
    WHvGetCapability( WHvCapabilityCodeExceptionExitBitmap, &vectors, sizeof(vectors), NULL );
    for (i = 0; i < 64; i++)
    {
        HRESULT hr = vm_set_property( &vm, WHvPartitionPropertyCodeExceptionExitBitmap, 1ull << i );

        ok( hr == (vectors >> i & 1 ? S_OK : E_INVALIDARG), "vector %u: %#lx\n", i, hr );
        if (FAILED(hr)) continue;
        hr = WHvGetPartitionProperty( vm.partition, WHvPartitionPropertyCodeExceptionExitBitmap, &value,
                                      sizeof(value), NULL );
        ok( hr == S_OK && value == 1ull << i, "vector %u: %#lx, %#llx\n", i, hr, value );
    }
    vm_destroy( &vm );
}
