/*
 * Comparing exits
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

#include "vm.h"

/* Two exits are the same exit: nothing has moved in between. */
void check_same_exit_( const char *file, int line, const WHV_RUN_VP_EXIT_CONTEXT *a,
                         const WHV_RUN_VP_EXIT_CONTEXT *b )
{
    ok_(file, line)( a->ExitReason == b->ExitReason, "exit %#x, first %#x\n", b->ExitReason, a->ExitReason );
    ok_(file, line)( !memcmp( &a->VpContext, &b->VpContext, sizeof(a->VpContext) ), "another VpContext\n" );
    if (a->ExitReason == WHvRunVpExitReasonMemoryAccess)
    {
        ok_(file, line)( a->MemoryAccess.Gpa == b->MemoryAccess.Gpa, "gpa %#llx, first %#llx\n",
                         b->MemoryAccess.Gpa, a->MemoryAccess.Gpa );
        ok_(file, line)( a->MemoryAccess.AccessInfo.AsUINT32 == b->MemoryAccess.AccessInfo.AsUINT32,
                         "access %#x, first %#x\n", b->MemoryAccess.AccessInfo.AsUINT32,
                         a->MemoryAccess.AccessInfo.AsUINT32 );
    }
    else if (a->ExitReason == WHvRunVpExitReasonX64IoPortAccess)
    {
        ok_(file, line)( a->IoPortAccess.AccessInfo.AsUINT32 == b->IoPortAccess.AccessInfo.AsUINT32,
                         "access %#x, first %#x\n", b->IoPortAccess.AccessInfo.AsUINT32,
                         a->IoPortAccess.AccessInfo.AsUINT32 );
        ok_(file, line)( a->IoPortAccess.PortNumber == b->IoPortAccess.PortNumber, "port %#x, first %#x\n",
                         b->IoPortAccess.PortNumber, a->IoPortAccess.PortNumber );
    }
}

/* The bytes are not guaranteed on Windows; what is there is the instruction. */
void check_insn_bytes_( const char *file, int line, const UINT8 *bytes, UINT8 count,
                          const BYTE *code, UINT32 size )
{
    ok_(file, line)( count <= 16, "%u instruction bytes\n", count );
    ok_(file, line)( count >= size || broken( count < size ), "%u instruction bytes of %u\n", count, size );
    ok_(file, line)( !memcmp( bytes, code, count < size ? count : size ), "other instruction bytes\n" );
}

/* A port access that the client does nothing about comes again, and is the same exit; the one behind it is not. */
static void test_mode( struct vm *vm, enum mode mode )
{
    static const BYTE out[] = { 0xe6, 0x80, 0xe6, 0x81 };       /* out 80h, al; out 81h, al */
    WHV_RUN_VP_EXIT_CONTEXT first, again;
    UINT64 regs[REG_COUNT];

    vm_load( vm, mode, out, sizeof(out), NULL );
    if (!vm_run( vm, &first ) || !vm_run( vm, &again )) return;
    ok( first.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", first.ExitReason );
    check_same_exit( &first, &again );
    check_insn_bytes( again.IoPortAccess.InstructionBytes, again.IoPortAccess.InstructionByteCount, out, 2 );

    memcpy( regs, vm->before, sizeof(regs) );
    regs[RIP] += 2;
    vm_set_regs( vm, regs );
    if (!vm_run( vm, &again )) return;
    ok( again.IoPortAccess.PortNumber == 0x81, "port %#x\n", again.IoPortAccess.PortNumber );
    ok( again.VpContext.Rip == first.VpContext.Rip + 2, "Rip %#llx, first %#llx\n", again.VpContext.Rip,
        first.VpContext.Rip );
}

START_TEST(util_exits)
{
    struct vm vm;
    UINT32 i;

    if (!vm_present() || !vm_create( &vm, NULL )) return;
    for (i = 0; i < MODE_COUNT; i++)
    {
        winetest_push_context( "%s", modes[i].name );
        test_mode( &vm, i );
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

BOOL vm_is_on_qemu( void )
{
    unsigned int eax, ebx, ecx, edx;

    __cpuid( 0x40000000, eax, ebx, ecx, edx );
    return ebx == 0x54474354 && ecx == 0x43544743 && edx == 0x47435447;        /* "TCGTCGTCGTCG" */
}

BOOL vm_is_on_amd( void )
{
    unsigned int eax, ebx, ecx, edx;

    __cpuid( 0, eax, ebx, ecx, edx );
    return ebx == 0x68747541 || ebx == 0x6f677948;      /* AuthenticAMD, HygonGenuine */
}
