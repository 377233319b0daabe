/*
 * Exceptions of ring 3 as exits, where the guest has no interrupt table
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

#include "ring3.h"

static const struct
{
    const char *name;
    BYTE        code[24];
    UINT32      size, offset, vector, error_code;
    UINT64      parameter;
    BOOL        has_error_code;
}
tests[] =
{
    { "div", { 0x31, 0xdb, 0xf7, 0xf3 }, 4, 2, DE, 0, 0, FALSE },
    { "ud2", { 0x0f, 0x0b }, 2, 0, UD, 0, 0, FALSE },
    { "read", { 0x48, 0xb8, 0, 0, 0, 0x80, 0, 0, 0, 0, 0x8a, 0x00 }, 12, 10, PF, 4, 0x80000000, TRUE },
    { "write", { 0x48, 0xb8, 0, 0, 0, 0x80, 0, 0, 0, 0, 0x88, 0x00 }, 12, 10, PF, 6, 0x80000000, TRUE },
    /* addresses of ours, where the guest has nothing */
    { "read high", { 0x48, 0xc7, 0xc0, 0x00, 0x40, 0x00, 0x80, 0x48, 0xc1, 0xe0, 0x08, 0x8a, 0x00 }, 13, 11, PF, 4,
      0xffffff8000400000, TRUE },
    { "write top", { 0x48, 0x31, 0xc0, 0x48, 0xff, 0xc8, 0x88, 0x00 }, 8, 6, PF, 6, ~0ull, TRUE },
    { "hlt", { 0xf4 }, 1, 0, GP, 0, 0, TRUE },
    { "mov cr3", { 0x0f, 0x20, 0xd8 }, 3, 0, GP, 0, 0, TRUE },
    { "lgdt", { 0x0f, 0x01, 0x13 }, 3, 0, GP, 0, 0, TRUE },
    { "not canonical", { 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x8a, 0x00 }, 12, 10, GP, 0, 0, TRUE },
    { "stack", { 0x48, 0xbd, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x8a, 0x45, 0x00 }, 13, 10, SS, 0, 0, TRUE },
    /* selectors behind the end of the table, of which one is ours */
    { "selector", { 0xb8, 0x03, 0x09, 0, 0, 0x8e, 0xd8 }, 7, 5, GP, 0x900, 0, TRUE },
    { "our selector", { 0xb8, 0xfb, 0x0f, 0, 0, 0x8e, 0xd8 }, 7, 5, GP, 0xff8, 0, TRUE },
    { "x87", { 0xdb, 0xe3, 0x66, 0xc7, 0x44, 0x24, 0xf0, 0x7a, 0x03, 0xd9, 0x6c, 0x24, 0xf0, 0xd9, 0xee, 0xd9, 0xee,
               0xde, 0xf9, 0x9b }, 20, 19, MF, 0, 0, FALSE },
    { "sse", { 0xc7, 0x44, 0x24, 0xf0, 0, 0, 0, 0, 0x0f, 0xae, 0x54, 0x24, 0xf0, 0x0f, 0x57, 0xc0, 0x0f, 0x5e, 0xc0 },
      19, 16, XM, 0, 0, FALSE },
    { "misaligned", { 0x8b, 0x44, 0x24, 0x01 }, 4, 0, AC, 0, 0, TRUE },
};

/* What the code has changed before it comes to its exception. */
static void run_code( UINT32 test, UINT64 regs[REG_COUNT] )
{
    switch (test)
    {
    case 0: regs[RBX] = 0; break;
    case 2: case 3: regs[RAX] = 0x80000000; break;
    case 4: regs[RAX] = 0xffffff8000400000; break;
    case 5: regs[RAX] = ~0ull; break;
    case 9: regs[RAX] = 0x8000000000000000; break;
    case 10: regs[RBP] = 0x8000000000000000; break;
    case 11: regs[RAX] = 0x903; break;
    case 12: regs[RAX] = 0xffb; break;
    }
}

/* Each exception at its instruction, as often as the client runs it; then the client goes elsewhere. */
static void test_exceptions( void )
{
    WHV_RUN_VP_EXIT_CONTEXT first, exit;
    UINT64 regs[REG_COUNT];
    struct vm vm;
    UINT32 i;

    if (!vm_create( &vm, &all_exceptions )) return;
    for (i = 0; i < ARRAY_COUNT(tests); i++)
    {
        if (is_emulated_processor() && (tests[i].vector == SS || tests[i].vector == XM || tests[i].vector == AC))
        {
            skip( "%s: an emulated processor\n", tests[i].name );
            continue;
        }
        winetest_push_context( "%s", tests[i].name );
        vm_load( &vm, MODE_USER, tests[i].code, tests[i].size, NULL );
        set_idt( &vm, 0, 0 );
        vm_set_reg( &vm, WHvX64RegisterCr2, 0x1234567 );
        vm_set_reg( &vm, WHvX64RegisterCr4, 0x620 );
        vm_set_reg( &vm, WHvX64RegisterCr0, modes[MODE_USER].cr0 | 0x20 | (tests[i].vector == AC ? 0x40000 : 0) );
        memcpy( regs, vm.before, sizeof(regs) );
        if (tests[i].vector == AC) vm_set_reg( &vm, WHvX64RegisterRflags, regs[RFLAGS] |= FLAG_AC );
        run_code( i, regs );
        regs[RIP] += tests[i].offset;
        if (!vm_run( &vm, &first )) goto next;
        /* what arithmetic makes of the flags is not the matter here */
        regs[RFLAGS] = vm_get_reg( &vm, WHvX64RegisterRflags );
        ok( !(regs[RFLAGS] & 0x10100), "rflags %#llx\n", regs[RFLAGS] );
        if (first.ExitReason != WHvRunVpExitReasonException)
        {
            ok( 0, "exit %#x at %#llx\n", first.ExitReason, first.VpContext.Rip );
            goto next;
        }
        if (tests[i].vector != AC) check_vp_context( &vm, &first, regs );
        check_regs( &vm, regs );
        ok( vm_get_reg( &vm, WHvX64RegisterCr2 ) == 0x1234567, "cr2 %#llx\n", vm_get_reg( &vm, WHvX64RegisterCr2 ));
        ok( vm_get_reg( &vm, WHvX64RegisterCr3 ) == PML4_GPA, "cr3 %#llx\n", vm_get_reg( &vm, WHvX64RegisterCr3 ));
        ok( vm_get_reg( &vm, WHvX64RegisterCr4 ) == 0x620, "cr4 %#llx\n", vm_get_reg( &vm, WHvX64RegisterCr4 ));
        ok( first.VpException.ExceptionType == tests[i].vector, "vector %u\n", first.VpException.ExceptionType );
        ok( first.VpException.ExceptionInfo.ErrorCodeValid == tests[i].has_error_code, "error code valid: %u\n",
            first.VpException.ExceptionInfo.ErrorCodeValid );
        ok( first.VpException.ErrorCode == tests[i].error_code, "error code %#x\n", first.VpException.ErrorCode );
        ok( first.VpException.ExceptionParameter == tests[i].parameter, "parameter %#llx\n",
            first.VpException.ExceptionParameter );
        ok( !first.VpException.ExceptionInfo.SoftwareException, "software exception\n" );
        check_insn_bytes( first.VpException.InstructionBytes, first.VpException.InstructionByteCount,
                          tests[i].code + tests[i].offset, tests[i].size - tests[i].offset );
        if (tests[i].vector == AC) goto next;           /* VpContext has CR0.AM, which no other test sets */
        if (run_to_exception( &vm, tests[i].vector, regs, &exit )) check_same_exit( &first, &exit );
        vm_set_reg( &vm, WHvX64RegisterRip, regs[RIP] = modes[MODE_USER].rip + ALT_OFFSET );
        run_to_port( &vm, ALT_PORT, regs );
    next:
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

/* A client that gives its guest the page when it is touched. */
static void test_map( void )
{
    static const BYTE code[] = { 0x8a, 0x03, 0xff, 0x03 };      /* mov al,[rbx]; inc dword [rbx] */
    const UINT64 gva = 0x40000000;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 *level2, regs[REG_COUNT];
    struct vm vm;

    if (!vm_create( &vm, &all_exceptions )) return;
    vm_load( &vm, MODE_USER, code, sizeof(code), NULL );
    set_idt( &vm, 0, 0 );
    vm_set_reg( &vm, WHvX64RegisterRbx, gva );
    vm_get_regs( &vm, regs );
    if (run_to_exception( &vm, PF, regs, &exit ))
    {
        ok( exit.VpException.ExceptionParameter == gva, "parameter %#llx\n", exit.VpException.ExceptionParameter );
        ok( exit.VpException.ErrorCode == 4, "error code %#x\n", exit.VpException.ErrorCode );
        /* read-only first: a page of 2 MiB that the memory begins with */
        level2 = (UINT64 *)(vm.ram + 0x1f0000);
        memset( level2, 0, 0x1000 );
        level2[0] = 0x85;
        *(UINT64 *)(vm.ram + PDPT_GPA + 8) = 0x1f0007;
        vm.ram[0] = 0x5a;
        regs[RAX] = (regs[RAX] & ~0xffull) | 0x5a;
        regs[RIP] += 2;
        if (run_to_exception( &vm, PF, regs, &exit ))
        {
            ok( exit.VpException.ErrorCode == 7, "error code %#x\n", exit.VpException.ErrorCode );
            level2[0] |= 2;
            vm_get_regs( &vm, regs );
            if (vm_run( &vm, &exit ))
            {
                ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
                ok( exit.IoPortAccess.PortNumber == END_PORT, "port %#x\n", exit.IoPortAccess.PortNumber );
                ok( vm.ram[0] == 0x5b, "memory %#x\n", vm.ram[0] );
            }
        }
    }
    *(UINT64 *)(vm.ram + PDPT_GPA + 8) = 0;
    vm_destroy( &vm );
}

/* Memory accesses, ports, and a cancel in between: all other exits are what they always were. */
static void test_other_exits( void )
{
    static const BYTE code[] = { 0x8b, 0x03, 0x89, 0x03, 0xe6, 0x21, 0x0f, 0x0b };      /* mov eax,[rbx]; mov [rbx],eax;
                                                                                           out 21h,al; ud2 */
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    struct vm vm;

    if (!vm_create( &vm, &all_exceptions )) return;
    vm_load( &vm, MODE_USER, code, sizeof(code), NULL );
    set_idt( &vm, 0, 0 );
    memcpy( regs, vm.before, sizeof(regs) );
    WHvCancelRunVirtualProcessor( vm.partition, 0, 0 );
    vm_run_to( &vm, WHvRunVpExitReasonCanceled, regs, &exit );
    if (vm_run_to( &vm, WHvRunVpExitReasonMemoryAccess, regs, &exit ))
    {
        ok( exit.MemoryAccess.Gpa == HOLE_GPA, "gpa %#llx\n", exit.MemoryAccess.Gpa );
        ok( !exit.MemoryAccess.AccessInfo.AccessType, "access %u\n", exit.MemoryAccess.AccessInfo.AccessType );
        regs[RAX] = 0x11223344;
        regs[RIP] += 2;
        vm_set_reg( &vm, WHvX64RegisterRax, regs[RAX] );
        vm_set_reg( &vm, WHvX64RegisterRip, regs[RIP] );
    }
    if (vm_run_to( &vm, WHvRunVpExitReasonMemoryAccess, regs, &exit ))
    {
        ok( exit.MemoryAccess.AccessInfo.AccessType == 1, "access %u\n", exit.MemoryAccess.AccessInfo.AccessType );
        vm_set_reg( &vm, WHvX64RegisterRip, regs[RIP] += 2 );
    }
    run_to_port( &vm, 0x21, regs );
    vm_set_reg( &vm, WHvX64RegisterRip, regs[RIP] += 2 );
    run_to_exception( &vm, UD, regs, &exit );
    vm_destroy( &vm );
}

/* INT n that leads nowhere is a #GP; those that the client wants to see are seen at the instruction. */
static void test_software( void )
{
    static const BYTE int2e[] = { 0xcd, 0x2e }, int3[] = { 0xcc };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm vm;

    if (!vm_create( &vm, &all_exceptions )) return;
    if (is_emulated_processor()) skip( "an emulated processor\n" );
    else
    {
        vm_load( &vm, MODE_USER, int3, sizeof(int3), NULL );
        set_idt( &vm, 0, 0 );
        if (run_to_exception( &vm, GP, vm.before, &exit ))
            ok( exit.VpException.ErrorCode == 3 * 8 + 2, "error code %#x\n", exit.VpException.ErrorCode );
        vm_load( &vm, MODE_USER, int2e, sizeof(int2e), NULL );
        set_idt( &vm, 0, 0 );
        if (run_to_exception( &vm, GP, vm.before, &exit ))
            ok( exit.VpException.ErrorCode == 0x2e * 8 + 2, "error code %#x\n", exit.VpException.ErrorCode );
    }

    ok( vm_set_property( &vm, WHvPartitionPropertyCodeExceptionExitBitmap, VECTORS_OFFERED ) == S_OK, "property\n" );
    vm_load( &vm, MODE_USER, int3, sizeof(int3), NULL );
    set_idt( &vm, 0, 0 );
    if (run_to_exception( &vm, BP, vm.before, &exit ))
    {
        ok( exit.VpException.ExceptionInfo.SoftwareException, "no software exception\n" );
        ok( !exit.VpException.ExceptionInfo.ErrorCodeValid, "error code\n" );
        check_insn_bytes( exit.VpException.InstructionBytes, exit.VpException.InstructionByteCount, int3, 1 );
    }
    vm_destroy( &vm );
}

/* #UD that nobody's processor raises: of a hypercall in a partition that has none, and injected by the client, which
 * is not shown that; and what either leads to in a guest that has no table. */
static void test_followed( void )
{
    static const BYTE vmcall[] = { 0x0f, 0x01, 0xc1 }, vmmcall[] = { 0x0f, 0x01, 0xd9 }, nop[] = { 0x90, 0x90, 0x90 };
    static const struct { UINT32 asked, vector; } rows[] =
    {
        { 1 << UD, UD }, { VECTORS_OFFERED & ~0xa, UD }, { 1 << GP, GP }, { 1 << 8, 8 }, { 1 << DE, ~0u },
    };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT32 i, inject, vector;
    struct vm vm;

    if (!vm_create( &vm, &all_exceptions )) return;
    for (i = 0; i < 2 * ARRAY_COUNT(rows); i++)
    {
        inject = i & 1;
        winetest_push_context( "row %u, %s", i / 2, inject ? "injected" : "hypercall" );
        vm_load( &vm, MODE_USER, inject ? nop : vm_is_on_amd() ? vmmcall : vmcall, 3, NULL );
        set_idt( &vm, 0, 0 );
        ok( vm_set_property( &vm, WHvPartitionPropertyCodeExceptionExitBitmap, rows[i / 2].asked ) == S_OK,
            "property\n" );
        vector = rows[i / 2].vector;
        if (inject)
        {
            vm_set_reg( &vm, WHvRegisterPendingInterruption, 1 | 3 << 1 | UD << 16 );
            if (vector == UD) vector = rows[i / 2].asked == 1 << UD ? ~0u : GP;
        }
        if (!vm_run( &vm, &exit )) goto next;
        if (!inject && exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess)
        {
            skip( "this KVM has hypercalls of its own\n" );
            goto next;
        }
        if (vector == ~0u)
        {
            ok( exit.ExitReason == WHvRunVpExitReasonUnrecoverableException, "exit %#x\n", exit.ExitReason );
            ok( exit.VpContext.Rip == vm.before[RIP], "rip %#llx\n", exit.VpContext.Rip );
            check_regs( &vm, vm.before );
            goto next;
        }
        ok( exit.ExitReason == WHvRunVpExitReasonException, "exit %#x\n", exit.ExitReason );
        if (exit.ExitReason != WHvRunVpExitReasonException) goto next;
        check_vp_context( &vm, &exit, vm.before );
        check_regs( &vm, vm.before );
        ok( exit.VpException.ExceptionType == vector, "vector %u\n", exit.VpException.ExceptionType );
        ok( exit.VpException.ErrorCode == (vector == GP ? UD * 8 + 3 : 0), "error code %#x\n",
            exit.VpException.ErrorCode );
        ok( !vm_get_reg( &vm, WHvRegisterPendingInterruption ), "pending interruption %#llx\n",
            vm_get_reg( &vm, WHvRegisterPendingInterruption ));
    next:
        vm_set_reg( &vm, WHvRegisterPendingInterruption, 0 );
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

struct canceler
{
    struct vm    *vm;
    volatile LONG ends;
};

static DWORD WINAPI cancel( void *arg )
{
    struct canceler *canceler = arg;

    while (!canceler->ends)
    {
        WHvCancelRunVirtualProcessor( canceler->vm->partition, 0, 0 );
        Sleep( 1 );
    }
    return 0;
}

/* Cancels that come at any moment of an exception: each exit shows the guest, and the exception is not lost. */
static void test_canceled( void )
{
    static const BYTE code[] = { 0x8a, 0x03 };                  /* mov al,[rbx] */
    WHV_RUN_VP_EXIT_CONTEXT exit = { 0 };
    struct canceler canceler = { 0 };
    UINT32 exceptions, cancels = 0;
    HANDLE thread;
    struct vm vm;

    if (!vm_create( &vm, &all_exceptions )) return;
    vm_load( &vm, MODE_USER, code, sizeof(code), NULL );
    set_idt( &vm, 0, 0 );
    vm_set_reg( &vm, WHvX64RegisterRbx, 0x80000000 );
    canceler.vm = &vm;
    thread = CreateThread( NULL, 0, cancel, &canceler, 0, NULL );
    ok( thread != NULL, "no thread\n" );
    for (exceptions = 0; thread && (exceptions < 500 || cancels < 20);)
    {
        if (!vm_run( &vm, &exit )) break;
        if (exit.ExitReason == WHvRunVpExitReasonException) exceptions++;
        else if (exit.ExitReason == WHvRunVpExitReasonCanceled) cancels++;
        else break;
        if (exit.VpContext.Rip != vm.before[RIP] || exit.VpContext.ExecutionState.Cpl != 3 ||
            (exit.ExitReason == WHvRunVpExitReasonException && exit.VpException.ExceptionType != PF)) break;
    }
    ok( exceptions >= 500 && cancels >= 20, "after %u exceptions, %u cancels: exit %#x, cs %#x, rip %#llx\n",
        exceptions, cancels, exit.ExitReason, exit.VpContext.Cs.Selector, exit.VpContext.Rip );
    canceler.ends = 1;
    WaitForSingleObject( thread, INFINITE );
    CloseHandle( thread );
    vm_destroy( &vm );
}

START_TEST(exceptions)
{
    if (!vm_present() || !can_catch()) return;
    test_exceptions();
    test_map();
    test_other_exits();
    test_software();
    test_followed();
    test_canceled();
}
