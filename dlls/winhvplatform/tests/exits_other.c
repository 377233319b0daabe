/*
 * Conformance: all other exits
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

#include "vm.h"

#define MSR_NOWHERE 0x12345

static void test_halt( void )
{
    static const BYTE code[] = { 0xf4 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    enum mode mode;
    struct vm vm;

    if (!vm_create( &vm, NULL )) return;
    for (mode = 0; mode <= MODE_LONG; mode++)
    {
        winetest_push_context( "%s halt", modes[mode].name );
        vm_load( &vm, mode, code, sizeof(code), NULL );
        memcpy( regs, vm.before, sizeof(regs) );
        regs[RIP]++;
        if (vm_run_to( &vm, WHvRunVpExitReasonX64Halt, regs, &exit ))
            ok( !exit.VpContext.InstructionLength, "length %u\n", exit.VpContext.InstructionLength );
        ok( vm_memory_is_untouched( &vm ), "memory has changed\n" );
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

static void test_msr( void )
{
    static const BYTE rdmsr[] = { 0x0f, 0x32 }, wrmsr[] = { 0x0f, 0x30 };
    static const struct vm_config config = { .extended_exits = 2 };
    WHV_RUN_VP_EXIT_CONTEXT first, exit;
    UINT64 regs[REG_COUNT];
    UINT64 exits = 0;
    enum mode mode;
    struct vm vm;
    UINT32 i;

    WHvGetCapability( WHvCapabilityCodeExtendedVmExits, &exits, sizeof(exits), NULL );
    if (!(exits & 2))
    {
        skip( "no MSR exits\n" );
        return;
    }
    if (!vm_create( &vm, &config )) return;
    for (mode = 0; mode <= MODE_LONG; mode++)
    {
        for (i = 0; i < 2; i++)
        {
            winetest_push_context( "%s %s", modes[mode].name, i ? "wrmsr" : "rdmsr" );
            vm_default_regs( mode, regs );
            regs[RCX] = MSR_NOWHERE;
            vm_load( &vm, mode, i ? wrmsr : rdmsr, 2, regs );
            vm_make_handlers( &vm, mode );
            if (!vm_run_to( &vm, WHvRunVpExitReasonX64MsrAccess, regs, &first )) goto next;
            ok( first.MsrAccess.AccessInfo.IsWrite == i, "IsWrite %u\n", first.MsrAccess.AccessInfo.IsWrite );
            ok( first.MsrAccess.MsrNumber == MSR_NOWHERE, "msr %#x\n", first.MsrAccess.MsrNumber );
            ok( (first.MsrAccess.Rax & vm.mode->mask) == (regs[RAX] & vm.mode->mask), "Rax %#llx\n",
                first.MsrAccess.Rax );
            ok( (first.MsrAccess.Rdx & vm.mode->mask) == (regs[RDX] & vm.mode->mask), "Rdx %#llx\n",
                first.MsrAccess.Rdx );
            ok( first.VpContext.InstructionLength == 2, "length %u\n", first.VpContext.InstructionLength );

            if (vm_run_to( &vm, WHvRunVpExitReasonX64MsrAccess, regs, &exit )) check_same_exit( &first, &exit );

            regs[RIP] += 2;
            if (!i)
            {
                regs[RAX] = 0x11223344;
                regs[RDX] = 0x55667788;
            }
            vm_set_regs( &vm, regs );
            run_to_port( &vm, END_PORT, regs );

            /* no value: only on */
            memcpy( regs, vm.before, sizeof(regs) );
            vm_load( &vm, mode, i ? wrmsr : rdmsr, 2, regs );
            if (!vm_run_to( &vm, WHvRunVpExitReasonX64MsrAccess, regs, &exit )) goto next;
            regs[RIP] += 2;
            vm_set_reg( &vm, WHvX64RegisterRip, regs[RIP] );
            run_to_port( &vm, END_PORT, regs );

            /* elsewhere */
            memcpy( regs, vm.before, sizeof(regs) );
            vm_load( &vm, mode, i ? wrmsr : rdmsr, 2, regs );
            if (!vm_run_to( &vm, WHvRunVpExitReasonX64MsrAccess, regs, &exit )) goto next;
            regs[RIP] += ALT_OFFSET;
            vm_set_regs( &vm, regs );
            run_to_port( &vm, ALT_PORT, regs );

            /* #GP instead */
            memcpy( regs, vm.before, sizeof(regs) );
            vm_load( &vm, mode, i ? wrmsr : rdmsr, 2, regs );
            if (!vm_run_to( &vm, WHvRunVpExitReasonX64MsrAccess, regs, &exit )) goto next;
            vm_inject_gp( &vm, mode );
            if (vm_run_to( &vm, WHvRunVpExitReasonX64IoPortAccess, NULL, &exit ))
            {
                UINT64 stack = STACK_TOP, rip = 0;

                ok( exit.IoPortAccess.PortNumber == HANDLER_PORT( 13 ), "port %#x\n", exit.IoPortAccess.PortNumber );
                /* the fault's return address is that of the instruction */
                if (mode == MODE_REAL) memcpy( &rip, vm.ram + stack - 6, 2 );
                else if (mode == MODE_PROT) memcpy( &rip, vm.ram + stack - 12, 4 );
                else memcpy( &rip, vm.ram + (stack & ~15ull) - 40, 8 );
                ok( rip == vm.before[RIP], "return address %#llx\n", rip );
            }
        next:
            winetest_pop_context();
        }
    }
    vm_destroy( &vm );
}

/* Exits may come at the instruction or, with the same effect, for all leaves before the guest starts. */
static void test_cpuid( void )
{
    static const UINT32 leaves[] = { 0x40000000, 0x40000001 };
    static const struct vm_config config =
    {
        .extended_exits = 1, .cpuid_exits = leaves, .cpuid_exit_count = ARRAY_COUNT(leaves)
    };
    static const BYTE code[] =
    {
        0xb8, 0x01, 0x00, 0x00, 0x40,   /* mov eax,40000001 */
        0x31, 0xc9,                     /* xor ecx,ecx */
        0x0f, 0xa2,                     /* cpuid */
        0x41, 0x89, 0xc0,               /* mov r8d,eax */
        0x41, 0x89, 0xd9,               /* mov r9d,ebx */
        0xb8, 0x00, 0x00, 0x00, 0x40,   /* mov eax,40000000 */
        0x0f, 0xa2,                     /* cpuid */
    };
    UINT64 exits = 0, regs[REG_COUNT], i;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_CPUID_OUTPUT output;
    struct vm vm;
    HRESULT hr;

    WHvGetCapability( WHvCapabilityCodeExtendedVmExits, &exits, sizeof(exits), NULL );
    if (!(exits & 1))
    {
        skip( "no CPUID exits\n" );
        return;
    }
    if (!vm_create( &vm, &config )) return;
    vm_load( &vm, MODE_LONG, code, sizeof(code), NULL );
    for (i = 0; i < 10; i++)
    {
        UINT64 leaf;

        exit.ExitReason = 0;
        if (!vm_run( &vm, &exit ) || exit.ExitReason != WHvRunVpExitReasonX64Cpuid) break;
        leaf = exit.CpuidAccess.Rax;
        ok( leaf == 0x40000000 || leaf == 0x40000001, "leaf %#llx\n", leaf );
        ok( exit.VpContext.InstructionLength == 2, "length %u\n", exit.VpContext.InstructionLength );
        ok( exit.VpContext.Rip == vm_get_reg( &vm, WHvX64RegisterRip ), "rip %#llx\n", exit.VpContext.Rip );
        ok( vm_get_reg( &vm, WHvX64RegisterRax ) == leaf, "rax\n" );
        hr = WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, leaf, 0, &output );
        ok( hr == S_OK, "WHvGetVirtualProcessorCpuidOutput: %#lx\n", hr );
        ok( exit.CpuidAccess.DefaultResultRax == output.Eax, "Rax %#llx, %#x\n",
            exit.CpuidAccess.DefaultResultRax, output.Eax );
        ok( exit.CpuidAccess.DefaultResultRbx == output.Ebx, "Rbx %#llx, %#x\n",
            exit.CpuidAccess.DefaultResultRbx, output.Ebx );

        vm_get_regs( &vm, regs );
        regs[RAX] = 0x1000 + (leaf & 0xf);
        regs[RBX] = 0x2000 + (leaf & 0xf);
        regs[RCX] = 0x3000 + (leaf & 0xf);
        regs[RDX] = 0x4000 + (leaf & 0xf);
        regs[RIP] += exit.VpContext.InstructionLength;
        vm_set_regs( &vm, regs );
    }
    ok( i == 2, "%llu CPUID exits\n", i );
    ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
    ok( exit.IoPortAccess.PortNumber == END_PORT, "port %#x\n", exit.IoPortAccess.PortNumber );
    vm_get_regs( &vm, regs );
    ok( regs[R8] == 0x1001, "eax %#llx\n", regs[R8] );
    ok( regs[R9] == 0x2001, "ebx %#llx\n", regs[R9] );
    ok( regs[RAX] == 0x1000, "eax %#llx\n", regs[RAX] );
    ok( regs[RBX] == 0x2000, "ebx %#llx\n", regs[RBX] );
    ok( regs[RCX] == 0x3000, "ecx %#llx\n", regs[RCX] );
    ok( regs[RDX] == 0x4000, "edx %#llx\n", regs[RDX] );
    ok( regs[RIP] == vm.before[RIP] + sizeof(code), "rip %#llx\n", regs[RIP] );
    ok( regs[RSI] == vm.before[RSI], "rsi %#llx\n", regs[RSI] );
    vm_destroy( &vm );
}

static void test_triple_fault( void )
{
    static const BYTE divide[] = { 0x30, 0xc9, 0xf6, 0xf1 };    /* xor cl,cl; div cl */
    WHV_REGISTER_NAME name = WHvX64RegisterIdtr;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_REGISTER_VALUE value;
    UINT64 cr0, rbx;
    enum mode mode;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    /* not in real mode, where a KVM that emulates does not look at the limit of the table */
    for (mode = MODE_PROT; mode < MODE_COUNT; mode++)
    {
        winetest_push_context( "%s triple fault", modes[mode].name );
        vm_load( &vm, mode, divide, sizeof(divide), NULL );
        memset( &value, 0, sizeof(value) );
        hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
        ok( hr == S_OK, "IDTR: %#lx\n", hr );
        cr0 = vm_get_reg( &vm, WHvX64RegisterCr0 );
        rbx = vm_get_reg( &vm, WHvX64RegisterRbx );
        if (vm_run_to( &vm, WHvRunVpExitReasonUnrecoverableException, NULL, &exit ))
        {
            /* the last fault has come while an event was delivered */
            ok( exit.VpContext.ExecutionState.InterruptionPending, "nothing was pending\n" );
            ok( exit.VpContext.ExecutionState.Cr0Pe && exit.VpContext.ExecutionState.Cpl == modes[mode].cpl,
                "state %#x\n", exit.VpContext.ExecutionState.AsUINT16 );
            ok( exit.VpContext.Cs.Selector == modes[mode].cs_selector, "cs %#x\n", exit.VpContext.Cs.Selector );
            ok( vm_get_reg( &vm, WHvX64RegisterCr0 ) == cr0, "cr0 %#llx, was %#llx\n",
                vm_get_reg( &vm, WHvX64RegisterCr0 ), cr0 );
            ok( vm_get_reg( &vm, WHvX64RegisterRbx ) == rbx, "rbx %#llx, was %#llx\n",
                vm_get_reg( &vm, WHvX64RegisterRbx ), rbx );
            /* a KVM on AMD's processors has what they were entered with; but for that the guest can be mended, and goes
             * on */
            if (exit.VpContext.Rip == vm.before[RIP] + 2)
            {
                vm_set_reg( &vm, WHvX64RegisterRip, vm.before[RIP] + sizeof(divide) );
                if (vm_run( &vm, &exit ))
                    ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess &&
                        exit.IoPortAccess.PortNumber == END_PORT, "exit %#x\n", exit.ExitReason );
            }
            else ok( winetest_platform_is_wine && exit.VpContext.Rip == vm.before[RIP], "rip %#llx\n",
                     exit.VpContext.Rip );
        }
        winetest_pop_context();
    }

    /* the vp can be set up afresh */
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    run_to_port( &vm, END_PORT, vm.before );
    vm_destroy( &vm );
}

static void test_invalid_state( void )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    hr = vm_set_reg( &vm, WHvX64RegisterCr4, 0x600 );           /* without PAE */
    ok( hr == S_OK || broken( FAILED(hr) ), "CR4: %#lx\n", hr );
    if (SUCCEEDED(hr))
    {
        vm_run_to( &vm, WHvRunVpExitReasonInvalidVpRegisterValue, NULL, &exit );
        vm_load( &vm, MODE_LONG, NULL, 0, NULL );
        run_to_port( &vm, END_PORT, vm.before );
    }
    vm_destroy( &vm );
}

/* A vp as it was created, without any memory: the first fetch is the first exit. */
static void test_first_fetch( void )
{
    static const struct vm_config config = { .no_memory = TRUE };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm vm;

    if (!vm_create( &vm, &config )) return;
    if (vm_run_to( &vm, WHvRunVpExitReasonMemoryAccess, NULL, &exit ))
    {
        ok( exit.MemoryAccess.AccessInfo.AccessType == WHvMemoryAccessExecute, "access type %u\n",
            exit.MemoryAccess.AccessInfo.AccessType );
        ok( exit.MemoryAccess.AccessInfo.GpaUnmapped, "mapped\n" );
        ok( exit.MemoryAccess.Gpa == exit.VpContext.Cs.Base + 0xfff0, "gpa %#llx\n", exit.MemoryAccess.Gpa );
        ok( exit.VpContext.Rip == 0xfff0, "rip %#llx\n", exit.VpContext.Rip );
        ok( exit.VpContext.Cs.Selector == 0xf000, "cs %#x\n", exit.VpContext.Cs.Selector );
    }
    vm_destroy( &vm );
}

START_TEST(exits_other)
{
    if (!vm_present()) return;
    test_halt();
    test_msr();
    test_cpuid();
    test_triple_fault();
    test_invalid_state();
    test_first_fetch();
}
