/*
 * Tests for x2APIC mode where it was not offered
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

#include "interrupts.h"

/* CPUID shows x2APIC whatever the partition has. */
static HRESULT show_x2apic( struct vm *vm )
{
    WHV_X64_CPUID_RESULT result;
    UINT32 eax, ebx, ecx, edx;

    memset( &result, 0, sizeof(result) );
    __cpuid( 1, eax, ebx, ecx, edx );
    result.Function = 1;
    result.Eax = eax;
    result.Ebx = ebx;
    result.Ecx = ecx | 1 << 21;
    result.Edx = edx;
    return WHvSetPartitionProperty( vm->partition, WHvPartitionPropertyCodeCpuidResultList, &result, sizeof(result) );
}

/* A guest that turns x2APIC mode on in a partition of xAPICs either gets #GP for it, or all that the mode is: no end of
 * a level-triggered interrupt is lost. */
static void test_level( void )
{
    static const BYTE code[] =
    {
        0xb9, 0x1b, 0x00, 0x00, 0x00,   /* mov ecx,1b */
        0x0f, 0x32,                     /* rdmsr */
        0x0d, 0x00, 0x0c, 0x00, 0x00,   /* or eax,c00 */
        0x0f, 0x30,                     /* wrmsr */
        0xb9, 0x0f, 0x08, 0x00, 0x00,   /* mov ecx,80f */
        0x31, 0xd2,                     /* xor edx,edx */
        0xb8, 0xff, 0x01, 0x00, 0x00,   /* mov eax,1ff */
        0x0f, 0x30,                     /* wrmsr */
        0xfb,                           /* sti */
        0xe6, READY_PORT,               /* 1: out ready,al */
        0x90,                           /* nop */
        0xeb, 0xfb,                     /* jmp 1b */
    };
    static const BYTE handler[] =
    {
        0xe6, 0x00,                     /* out port,al */
        0xb9, 0x0b, 0x08, 0x00, 0x00,   /* mov ecx,80b */
        0x31, 0xc0, 0x31, 0xd2,         /* xor eax,eax; xor edx,edx */
        0x0f, 0x30,                     /* wrmsr */
        0xcf                            /* iret */
    };
    struct vm_config config = { .apic_mode = WHvX64LocalApicEmulationModeXApic, .prepare = show_x2apic };
    UINT32 sent = 0, taken = 0, told = 0, rounds = 0, vector, port;
    WHV_INTERRUPT_CONTROL control;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, &config )) return;
    vm_load( &vm, MODE_PROT, code, sizeof(code), NULL );
    vm_set_reg( &vm, WHvX64RegisterCr8, 0 );
    vm_make_handlers( &vm, MODE_PROT );
    for (vector = 0x30; vector < 0x32; vector++)
    {
        BYTE *to = vm.ram + HANDLER_GPA + vector * 0x20;

        memcpy( to, handler, sizeof(handler) );
        to[1] = HANDLER_PORT( vector );
        vm_put_gate( &vm, MODE_PROT, vector, vector * 0x20 );
    }
    while (rounds < 20 && vm_run( &vm, &exit ))
    {
        if (exit.ExitReason == WHvRunVpExitReasonX64ApicEoi)
        {
            told++;
            continue;
        }
        ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
        if (exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess) break;
        port = exit.IoPortAccess.PortNumber;
        if (port == HANDLER_PORT( 13 )) break;
        if (port == READY_PORT)
        {
            rounds++;
            if (sent < 8)
            {
                memset( &control, 0, sizeof(control) );
                control.TriggerMode = LEVEL;
                control.Vector = 0x30 + (sent++ & 1);
                hr = WHvRequestInterrupt( vm.partition, &control, sizeof(control) );
                ok( hr == S_OK, "vector %#x: %#lx\n", control.Vector, hr );
            }
        }
        else taken++;
        vm_set_reg( &vm, WHvX64RegisterRip, exit.VpContext.Rip + exit.VpContext.InstructionLength );
    }
    if (rounds) ok( taken == sent && told == sent, "%u sent, %u taken, the end of %u told\n", sent, taken, told );
    vm_destroy( &vm );
}

START_TEST(x2apic)
{
    if (!vm_present()) return;
    test_level();
}
