/*
 * Exceptions of ring 3 as exits: what else the guest does, and the client
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

#define FAR_LINEAR  0x10000000ull       /* where nothing is */

/* Exceptions that the client has not asked for end in a triple fault, or in one that it has. */
static void test_unwanted( void )
{
    static const BYTE ud2[] = { 0x0f, 0x0b };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm vm;

    if (!vm_create( &vm, &all_exceptions )) return;
    ok( vm_set_property( &vm, WHvPartitionPropertyCodeExceptionExitBitmap, 1 << PF ) == S_OK, "property\n" );
    vm_load( &vm, MODE_USER, ud2, sizeof(ud2), NULL );
    set_idt( &vm, 0, 0 );
    vm_run_to( &vm, WHvRunVpExitReasonUnrecoverableException, vm.before, &exit );

    ok( vm_set_property( &vm, WHvPartitionPropertyCodeExceptionExitBitmap, 1 << GP | 1 << PF ) == S_OK, "property\n" );
    vm_load( &vm, MODE_USER, ud2, sizeof(ud2), NULL );
    set_idt( &vm, 0, 0 );
    if (run_to_exception( &vm, GP, vm.before, &exit ))
        ok( exit.VpException.ErrorCode == UD * 8 + 3, "error code %#x\n", exit.VpException.ErrorCode );

    ok( vm_set_property( &vm, WHvPartitionPropertyCodeExceptionExitBitmap, 1 << 8 ) == S_OK, "property\n" );
    vm_load( &vm, MODE_USER, ud2, sizeof(ud2), NULL );
    set_idt( &vm, 0, 0 );
    if (run_to_exception( &vm, 8, vm.before, &exit ))
        ok( exit.VpException.ExceptionInfo.ErrorCodeValid && !exit.VpException.ErrorCode, "error code\n" );

    /* none: the guest has its own again */
    ok( vm_set_property( &vm, WHvPartitionPropertyCodeExceptionExitBitmap, 0 ) == S_OK, "property\n" );
    vm_load( &vm, MODE_USER, ud2, sizeof(ud2), NULL );
    vm_make_handlers( &vm, MODE_USER );
    if (vm_run( &vm, &exit ))
    {
        ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
        ok( exit.IoPortAccess.PortNumber == HANDLER_PORT( UD ), "port %#x\n", exit.IoPortAccess.PortNumber );
    }
    vm_destroy( &vm );
}

/* A triple fault of a page that is not there: the client maps it, and the guest goes on. */
static void test_mended( void )
{
    static const BYTE load[] = { 0x48, 0x8b, 0x06 };            /* mov rax,[rsi] */
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    struct vm vm;

    if (!vm_create( &vm, &all_exceptions )) return;
    ok( vm_set_property( &vm, WHvPartitionPropertyCodeExceptionExitBitmap, 1 << UD ) == S_OK, "property\n" );
    vm_default_regs( MODE_USER, regs );
    regs[RSI] = FAR_LINEAR;
    vm_load( &vm, MODE_USER, load, sizeof(load), regs );
    set_idt( &vm, 0, 0 );
    if (vm_run_to( &vm, WHvRunVpExitReasonUnrecoverableException, vm.before, &exit ))
    {
        ok( vm_get_reg( &vm, WHvX64RegisterCr2 ) == FAR_LINEAR, "cr2 %#llx\n", vm_get_reg( &vm, WHvX64RegisterCr2 ) );
        ((UINT64 *)(vm.ram + PD_GPA))[FAR_LINEAR >> 21] = 0xe7;        /* the first 2 MiB of memory */
        memcpy( regs, vm.before, sizeof(regs) );
        regs[RAX] = *(UINT64 *)vm.ram;
        regs[RIP] += sizeof(load);
        run_to_port( &vm, END_PORT, regs );
    }
    vm_destroy( &vm );
}

/* What is injected goes to the guest's own table: there it ends. With a table it arrives. */
static void test_inject( void )
{
    static const BYTE ud2[] = { 0x0f, 0x0b };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm vm;

    if (!vm_create( &vm, &all_exceptions )) return;
    vm_load( &vm, MODE_USER, ud2, sizeof(ud2), NULL );
    set_idt( &vm, 0, 0 );
    if (run_to_exception( &vm, UD, vm.before, &exit ))
    {
        vm_make_handlers( &vm, MODE_USER );
        set_idt( &vm, IDT_GPA, 0xfff );
        vm_inject_gp( &vm, MODE_USER );
        if (vm_run( &vm, &exit ))
        {
            ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
            ok( exit.IoPortAccess.PortNumber == HANDLER_PORT( GP ), "port %#x\n", exit.IoPortAccess.PortNumber );
            ok( !exit.VpContext.ExecutionState.Cpl, "cpl %u\n", exit.VpContext.ExecutionState.Cpl );
            ok( vm_get_reg( &vm, WHvX64RegisterCr3 ) == PML4_GPA, "cr3\n" );
        }
    }
    vm_destroy( &vm );
}

/* A client that takes its guest's system calls by an HLT where SYSCALL leads. */
static void test_syscall( void )
{
    static const BYTE code[] = { 0x0f, 0x05, 0x0f, 0x0b };     /* syscall; ud2 */
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT], entry = LONG_BASE + 0x20000;
    struct vm vm;

    if (!vm_create( &vm, &all_exceptions )) return;
    vm_load( &vm, MODE_USER, code, sizeof(code), NULL );
    set_idt( &vm, 0, 0 );
    memcpy( regs, vm.before, sizeof(regs) );
    vm.ram[0x20000] = 0xf4;
    vm_set_reg( &vm, WHvX64RegisterEfer, 0xd01 );
    vm_set_reg( &vm, WHvX64RegisterStar, 0x0018001800000000 );
    vm_set_reg( &vm, WHvX64RegisterLstar, entry );
    vm_set_reg( &vm, WHvX64RegisterSfmask, 0 );
    if (vm_run( &vm, &exit ))
    {
        ok( exit.ExitReason == WHvRunVpExitReasonX64Halt, "exit %#x\n", exit.ExitReason );
        ok( exit.VpContext.Rip == entry + 1, "rip %#llx\n", exit.VpContext.Rip );
        ok( !exit.VpContext.ExecutionState.Cpl, "cpl %u\n", exit.VpContext.ExecutionState.Cpl );
        ok( exit.VpContext.Cs.Selector == 0x18, "cs %#x\n", exit.VpContext.Cs.Selector );
        ok( vm_get_reg( &vm, WHvX64RegisterRcx ) == regs[RIP] + 2, "rcx %#llx\n",
            vm_get_reg( &vm, WHvX64RegisterRcx ));
        ok( vm_get_reg( &vm, WHvX64RegisterCr3 ) == PML4_GPA, "cr3 %#llx\n", vm_get_reg( &vm, WHvX64RegisterCr3 ));
        vm_set_mode( &vm, MODE_USER );
        set_idt( &vm, 0, 0 );
        regs[RIP] += 2;
        vm_set_regs( &vm, regs );
        run_to_exception( &vm, UD, regs, &exit );
    }
    vm_destroy( &vm );
}

/* RDTSC and RDTSCP at the instruction: the client has the word. */
static void test_rdtsc( void )
{
    static const struct vm_config config = { .extended_exits = 8 };
    static const BYTE code[] = { 0x0f, 0x31, 0x0f, 0x01, 0xf9 };       /* rdtsc; rdtscp */
    WHV_RUN_VP_EXIT_CONTEXT first, exit;
    UINT64 exits = 0, regs[REG_COUNT];
    struct vm vm;
    UINT32 i;

    WHvGetCapability( WHvCapabilityCodeExtendedVmExits, &exits, sizeof(exits), NULL );
    if (!(exits & 8))
    {
        skip( "no RDTSC exits\n" );
        return;
    }
    if (!vm_create( &vm, &config )) return;
    vm_load( &vm, MODE_USER, code, sizeof(code), NULL );
    set_idt( &vm, 0, 0 );
    vm_set_reg( &vm, WHvX64RegisterTscAux, 0x1234 );
    memcpy( regs, vm.before, sizeof(regs) );
    for (i = 0; i < 2; i++)
    {
        winetest_push_context( "%s", i ? "rdtscp" : "rdtsc" );
        if (vm_run( &vm, &first ))
        {
            ok( first.ExitReason == WHvRunVpExitReasonX64Rdtsc, "exit %#x\n", first.ExitReason );
            ok( first.VpContext.Rip == regs[RIP], "rip %#llx\n", first.VpContext.Rip );
            ok( first.VpContext.InstructionLength == 2 + i, "length %u\n", first.VpContext.InstructionLength );
            ok( first.ReadTsc.RdtscInfo.IsRdtscp == i, "rdtscp %u\n", (UINT32)first.ReadTsc.RdtscInfo.IsRdtscp );
            ok( first.ReadTsc.TscAux == 0x1234, "aux %#llx\n", first.ReadTsc.TscAux );
            check_regs( &vm, regs );
            ok( vm_get_reg( &vm, WHvX64RegisterCr4 ) == 0x620, "cr4 %#llx\n", vm_get_reg( &vm, WHvX64RegisterCr4 ));
            /* again, and later */
            if (vm_run( &vm, &exit ) && exit.ExitReason == WHvRunVpExitReasonX64Rdtsc)
                ok( exit.ReadTsc.Tsc > first.ReadTsc.Tsc, "tsc %#llx, was %#llx\n", exit.ReadTsc.Tsc,
                    first.ReadTsc.Tsc );
            else ok( 0, "exit %#x\n", exit.ExitReason );
            regs[RAX] = 0x11223344;
            regs[RDX] = 0x55667788;
            regs[RIP] += 2 + i;
            vm_set_regs( &vm, regs );
        }
        winetest_pop_context();
    }
    run_to_port( &vm, END_PORT, regs );
    /* the guest may not, by its own CR4 */
    vm_load( &vm, MODE_USER, code, sizeof(code), NULL );
    set_idt( &vm, 0, 0 );
    vm_set_reg( &vm, WHvX64RegisterCr4, 0x624 );
    vm_run_to( &vm, WHvRunVpExitReasonUnrecoverableException, vm.before, &exit );
    vm_destroy( &vm );
}

/* With the platform's APIC too, where an HLT would not exit. */
static void test_apic( void )
{
    static const struct vm_config config = { .extended_exits = 4, .exception_exits = VECTORS_OFFERED & ~0xaull,
                                             .apic_mode = 1 };
    static const BYTE code[] = { 0xf4 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm vm;

    if (!vm_create( &vm, &config )) return;
    vm_load( &vm, MODE_USER, code, sizeof(code), NULL );
    set_idt( &vm, 0, 0 );
    run_to_exception( &vm, GP, vm.before, &exit );
    vm_destroy( &vm );
}

/* A debugger's step and an exception at the same instruction: the exception is first. */
static void test_step( void )
{
    static const BYTE code[] = { 0x90, 0x0f, 0x0b };            /* nop; ud2 */
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    struct vm vm;

    if (!vm_create( &vm, &all_exceptions )) return;
    ok( vm_set_property( &vm, WHvPartitionPropertyCodeExceptionExitBitmap, VECTORS_OFFERED ) == S_OK, "property\n" );
    vm_load( &vm, MODE_USER, code, sizeof(code), NULL );
    set_idt( &vm, 0, 0 );
    memcpy( regs, vm.before, sizeof(regs) );
    vm_set_reg( &vm, WHvX64RegisterRflags, regs[RFLAGS] |= FLAG_TF );
    regs[RIP]++;
    if (run_to_exception( &vm, DB, regs, &exit ))
        ok( exit.VpException.ExceptionParameter & 0x4000, "dr6 %#llx\n", exit.VpException.ExceptionParameter );
    run_to_exception( &vm, UD, regs, &exit );
    vm_set_reg( &vm, WHvX64RegisterRflags, regs[RFLAGS] &= ~(UINT64)FLAG_TF );
    run_to_exception( &vm, UD, regs, &exit );
    vm_destroy( &vm );
}

/* 32-bit code in long mode: its own exceptions, and INTO. */
static void test_compatibility( void )
{
    static const BYTE into[] = { 0xce }, bound[] = { 0x62, 0x05, 0x00, 0x90, 0x0c, 0x00 };
    static const WHV_REGISTER_NAME name = WHvX64RegisterCs;
    static const struct { const BYTE *code; UINT32 size, vector; } codes[] = { { into, 1, 4 }, { bound, 6, 5 } };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    WHV_REGISTER_VALUE cs;
    struct vm vm;
    UINT32 i;

    if (!vm_create( &vm, &all_exceptions )) return;
    for (i = 0; i < ARRAY_COUNT(codes); i++)
    {
        winetest_push_context( "vector %u", codes[i].vector );
        vm_load( &vm, MODE_USER, codes[i].code, codes[i].size, NULL );
        set_idt( &vm, 0, 0 );
        WHvGetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &cs );
        cs.Segment.Long = 0;
        cs.Segment.Default = 1;
        WHvSetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &cs );
        vm_set_reg( &vm, WHvX64RegisterRflags, 0x802 );         /* OF */
        memset( vm.ram + DATA_GPA, 0, 8 );                       /* bounds */
        vm_set_reg( &vm, WHvX64RegisterRax, 5 );
        vm_get_regs( &vm, regs );
        if (vm_run( &vm, &exit ))
        {
            ok( exit.ExitReason == WHvRunVpExitReasonException, "exit %#x\n", exit.ExitReason );
            if (winetest_platform_is_wine && exit.VpException.ExceptionType == UD)
            {
                skip( "this KVM runs 64-bit code only in ring 3 of long mode\n" );
                winetest_pop_context();
                break;
            }
            ok( exit.VpException.ExceptionType == codes[i].vector, "vector %u\n", exit.VpException.ExceptionType );
            ok( exit.VpContext.Rip == regs[RIP], "rip %#llx, was %#llx\n", exit.VpContext.Rip, regs[RIP] );
            ok( !exit.VpContext.Cs.Long && exit.VpContext.Cs.Default, "cs %#x\n", exit.VpContext.Cs.Attributes );
            ok( exit.VpException.ExceptionInfo.SoftwareException == (i == 0), "software exception %u\n",
                exit.VpException.ExceptionInfo.SoftwareException );
        }
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

/* The pages behind it are nobody's: whatever the client maps, and wherever, is its own. */
static void test_memory( void )
{
    static const BYTE ud2[] = { 0x0f, 0x0b };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 gpa, step = 1ull << 30;
    struct vm vm;
    HRESULT hr;
    void *host;

    if (!vm_create( &vm, &all_exceptions )) return;
    host = VirtualAlloc( NULL, step, MEM_RESERVE, PAGE_READWRITE );
    ok( host != NULL, "no memory\n" );
    vm_load( &vm, MODE_USER, ud2, sizeof(ud2), NULL );
    set_idt( &vm, 0, 0 );
    for (gpa = step; host && gpa < 64 * step; gpa += step)
    {
        if (gpa == 3 * step) continue;          /* where KVM may have pages of its own */
        hr = WHvMapGpaRange( vm.partition, host, gpa, step, WHvMapGpaRangeFlagRead );
        ok( hr == S_OK, "map %#llx: %#lx\n", gpa, hr );
    }
    run_to_exception( &vm, UD, vm.before, &exit );
    vm_destroy( &vm );
    if (host) VirtualFree( host, 0, MEM_RELEASE );
}

START_TEST(exceptions_guest)
{
    if (!vm_present() || !can_catch()) return;
    test_unwanted();
    test_mended();
    test_inject();
    test_syscall();
    test_rdtsc();
    test_apic();
    test_step();
    test_compatibility();
    test_memory();
}
