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

static BOOL run_to( struct vm *vm, UINT32 reason, const UINT64 *regs, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    if (!vm_run( vm, exit )) return FALSE;
    ok( exit->ExitReason == reason, "exit %#x, expected %#x\n", exit->ExitReason, reason );
    if (exit->ExitReason != reason) return FALSE;
    if (regs)
    {
        check_vp_context( vm, exit, regs );
        check_regs( vm, regs );
    }
    return TRUE;
}

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
        if (run_to( &vm, WHvRunVpExitReasonX64Halt, regs, &exit ))
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
            if (!run_to( &vm, WHvRunVpExitReasonX64MsrAccess, regs, &first )) goto next;
            ok( first.MsrAccess.AccessInfo.IsWrite == i, "IsWrite %u\n", first.MsrAccess.AccessInfo.IsWrite );
            ok( first.MsrAccess.MsrNumber == MSR_NOWHERE, "msr %#x\n", first.MsrAccess.MsrNumber );
            ok( (first.MsrAccess.Rax & vm.mode->mask) == (regs[RAX] & vm.mode->mask), "Rax %#llx\n",
                first.MsrAccess.Rax );
            ok( (first.MsrAccess.Rdx & vm.mode->mask) == (regs[RDX] & vm.mode->mask), "Rdx %#llx\n",
                first.MsrAccess.Rdx );
            ok( first.VpContext.InstructionLength == 2, "length %u\n", first.VpContext.InstructionLength );

            if (run_to( &vm, WHvRunVpExitReasonX64MsrAccess, regs, &exit )) check_same_exit( &first, &exit );

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
            if (!run_to( &vm, WHvRunVpExitReasonX64MsrAccess, regs, &exit )) goto next;
            regs[RIP] += 2;
            vm_set_reg( &vm, WHvX64RegisterRip, regs[RIP] );
            run_to_port( &vm, END_PORT, regs );

            /* elsewhere */
            memcpy( regs, vm.before, sizeof(regs) );
            vm_load( &vm, mode, i ? wrmsr : rdmsr, 2, regs );
            if (!run_to( &vm, WHvRunVpExitReasonX64MsrAccess, regs, &exit )) goto next;
            regs[RIP] += ALT_OFFSET;
            vm_set_regs( &vm, regs );
            run_to_port( &vm, ALT_PORT, regs );

            /* #GP instead */
            memcpy( regs, vm.before, sizeof(regs) );
            vm_load( &vm, mode, i ? wrmsr : rdmsr, 2, regs );
            if (!run_to( &vm, WHvRunVpExitReasonX64MsrAccess, regs, &exit )) goto next;
            {
                WHV_REGISTER_NAME name = WHvRegisterPendingEvent;
                WHV_REGISTER_VALUE value;
                HRESULT hr;

                memset( &value, 0, sizeof(value) );
                value.ExceptionEvent.EventPending = 1;
                value.ExceptionEvent.EventType = WHvX64PendingEventException;
                value.ExceptionEvent.DeliverErrorCode = mode != MODE_REAL;
                value.ExceptionEvent.Vector = 13;
                hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
                ok( hr == S_OK, "PendingEvent: %#lx\n", hr );
            }
            if (run_to( &vm, WHvRunVpExitReasonX64IoPortAccess, NULL, &exit ))
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

/* A KVM without hardware runs ring 3 on the bare processor, past all debugging, and can't emulate INT3. */
static BOOL is_undebugged( const WHV_RUN_VP_EXIT_CONTEXT *exit, UINT32 vector )
{
    if (!winetest_platform_is_wine) return FALSE;
    if ((exit->ExitReason == WHvRunVpExitReasonX64IoPortAccess &&
         exit->IoPortAccess.PortNumber == HANDLER_PORT( vector )) ||
        (exit->ExitReason == WHvRunVpExitReasonUnsupportedFeature && vector == 3))
    {
        skip( "this KVM can't intercept vector %u here\n", vector );
        return TRUE;
    }
    return FALSE;
}

static void test_exception( void )
{
    static const struct vm_config config = { .extended_exits = 4, .exception_exits = 1 << 1 | 1 << 3 };
    static const BYTE int3[] = { 0xcc, 0x90 }, nops[] = { 0x90, 0x90 };
    WHV_RUN_VP_EXIT_CONTEXT first, exit;
    UINT64 exits = 0, vectors = 0, regs[REG_COUNT];
    enum mode mode;
    struct vm vm;
    UINT32 i;

    WHvGetCapability( WHvCapabilityCodeExtendedVmExits, &exits, sizeof(exits), NULL );
    WHvGetCapability( WHvCapabilityCodeExceptionExitBitmap, &vectors, sizeof(vectors), NULL );
    if (!(exits & 4) || (vectors & 10) != 10)
    {
        skip( "no exception exits: %#llx, %#llx\n", exits, vectors );
        return;
    }
    if (!vm_create( &vm, &config )) return;

    for (mode = MODE_PROT; mode < MODE_COUNT; mode++)
    {
        winetest_push_context( "%s int3", modes[mode].name );
        vm_load( &vm, mode, int3, sizeof(int3), NULL );
        vm_make_handlers( &vm, mode );
        memcpy( regs, vm.before, sizeof(regs) );
        if (!vm_run( &vm, &first )) goto next;
        if (is_undebugged( &first, 3 )) goto next;
        ok( first.ExitReason == WHvRunVpExitReasonException, "exit %#x\n", first.ExitReason );
        if (first.ExitReason != WHvRunVpExitReasonException) goto next;
        check_vp_context( &vm, &first, regs );
        check_regs( &vm, regs );
        ok( first.VpException.ExceptionType == WHvX64ExceptionTypeBreakpointTrap, "vector %u\n",
            first.VpException.ExceptionType );
        ok( !first.VpException.ExceptionInfo.ErrorCodeValid, "error code\n" );
        ok( first.VpException.ExceptionInfo.SoftwareException, "no software exception\n" );
        check_insn_bytes( first.VpException.InstructionBytes, first.VpException.InstructionByteCount, int3, 1 );
        if (run_to( &vm, WHvRunVpExitReasonException, regs, &exit )) check_same_exit( &first, &exit );
        regs[RIP]++;
        vm_set_regs( &vm, regs );
        regs[RIP]++;
        run_to_port( &vm, END_PORT, regs );
    next:
        winetest_pop_context();
    }

    for (mode = MODE_PROT; mode < MODE_COUNT; mode++)
    {
        winetest_push_context( "%s single step", modes[mode].name );
        vm_load( &vm, mode, nops, sizeof(nops), NULL );
        vm_make_handlers( &vm, mode );
        memcpy( regs, vm.before, sizeof(regs) );
        regs[RFLAGS] |= FLAG_TF;
        vm_set_regs( &vm, regs );
        for (i = 1; i <= sizeof(nops); i++)
        {
            if (!vm_run( &vm, &exit ) || is_undebugged( &exit, 1 )) break;
            ok( exit.ExitReason == WHvRunVpExitReasonException, "exit %#x\n", exit.ExitReason );
            if (exit.ExitReason != WHvRunVpExitReasonException) break;
            regs[RIP]++;
            ok( exit.VpContext.Rip == regs[RIP], "rip %#llx\n", exit.VpContext.Rip );
            ok( exit.VpContext.Rflags & FLAG_TF, "rflags %#llx\n", exit.VpContext.Rflags );
            ok( exit.VpException.ExceptionType == WHvX64ExceptionTypeDebugTrapOrFault, "vector %u\n",
                exit.VpException.ExceptionType );
            ok( !exit.VpException.ExceptionInfo.SoftwareException, "software exception\n" );
            ok( exit.VpException.ExceptionParameter & 0x4000, "dr6 %#llx\n", exit.VpException.ExceptionParameter );
            check_regs( &vm, regs );
        }
        if (i > sizeof(nops))
        {
            regs[RFLAGS] &= ~(UINT64)FLAG_TF;
            vm_set_regs( &vm, regs );
            run_to_port( &vm, END_PORT, regs );
        }
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

static void inject( struct vm *vm, UINT32 type, UINT32 vector )
{
    WHV_REGISTER_NAME name = WHvRegisterPendingInterruption;
    WHV_REGISTER_VALUE value;
    HRESULT hr;

    memset( &value, 0, sizeof(value) );
    value.PendingInterruption.InterruptionPending = 1;
    value.PendingInterruption.InterruptionType = type;
    value.PendingInterruption.InterruptionVector = vector;
    hr = WHvSetVirtualProcessorRegisters( vm->partition, 0, &name, 1, &value );
    ok( hr == S_OK, "PendingInterruption: %#lx\n", hr );
    memset( &value, 0, sizeof(value) );
    hr = WHvGetVirtualProcessorRegisters( vm->partition, 0, &name, 1, &value );
    ok( hr == S_OK, "PendingInterruption: %#lx\n", hr );
    ok( value.PendingInterruption.InterruptionPending, "not pending\n" );
    ok( value.PendingInterruption.InterruptionType == type, "type %u\n", value.PendingInterruption.InterruptionType );
    ok( value.PendingInterruption.InterruptionVector == vector, "vector %u\n",
        value.PendingInterruption.InterruptionVector );
}

static void test_interrupt( void )
{
    /* interrupts are held back by IF, then by the shadow of STI */
    static const BYTE code[] =
    {
        0x90,           /* nop */
        0xfb,           /* sti */
        0x90,           /* nop */
        0xeb, 0xfe,     /* jmp self */
    };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    enum mode mode;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    for (mode = 0; mode <= MODE_LONG; mode++)
    {
        winetest_push_context( "%s window", modes[mode].name );
        vm_load( &vm, mode, code, sizeof(code), NULL );
        vm_make_handlers( &vm, mode );
        vm_set_reg( &vm, WHvX64RegisterCr8, 0 );
        hr = vm_set_reg( &vm, WHvX64RegisterDeliverabilityNotifications, 2 );
        ok( hr == S_OK, "DeliverabilityNotifications: %#lx\n", hr );
        if (run_to( &vm, WHvRunVpExitReasonX64InterruptWindow, NULL, &exit ))
        {
            ok( exit.InterruptWindow.DeliverableType == WHvX64PendingInterrupt, "type %u\n",
                exit.InterruptWindow.DeliverableType );
            ok( exit.VpContext.Rflags & FLAG_IF, "rflags %#llx\n", exit.VpContext.Rflags );
            /* a KVM that emulates looks only now and then */
            ok( exit.VpContext.Rip == vm.before[RIP] + 3 || broken( exit.VpContext.Rip == vm.before[RIP] + 2 ) ||
                (winetest_platform_is_wine && exit.VpContext.Rip == vm.before[RIP] + 4), "rip %#llx\n",
                exit.VpContext.Rip );
            ok( !exit.VpContext.ExecutionState.InterruptShadow, "in the shadow\n" );
            ok( !(vm_get_reg( &vm, WHvX64RegisterDeliverabilityNotifications ) & 2), "still armed\n" );

            inject( &vm, WHvX64PendingInterrupt, 0x21 );
            if (run_to( &vm, WHvRunVpExitReasonX64IoPortAccess, NULL, &exit ))
            {
                ok( exit.IoPortAccess.PortNumber == HANDLER_PORT( 0x21 ), "port %#x\n", exit.IoPortAccess.PortNumber );
                ok( !(exit.VpContext.Rflags & FLAG_IF), "rflags %#llx\n", exit.VpContext.Rflags );
                ok( !(vm_get_reg( &vm, WHvRegisterPendingInterruption ) & 1), "still pending\n" );
            }
        }
        winetest_pop_context();

        winetest_push_context( "%s nmi", modes[mode].name );
        vm_load( &vm, mode, code, sizeof(code), NULL );
        inject( &vm, WHvX64PendingNmi, 2 );
        if (run_to( &vm, WHvRunVpExitReasonX64IoPortAccess, NULL, &exit ))
            ok( exit.IoPortAccess.PortNumber == HANDLER_PORT( 2 ), "port %#x\n", exit.IoPortAccess.PortNumber );
        vm_set_reg( &vm, WHvRegisterInterruptState, 0 );
        winetest_pop_context();

        /* no interrupt is lost or doubled if the vp is not run to where it is delivered */
        winetest_push_context( "%s taken back", modes[mode].name );
        vm_load( &vm, mode, (const BYTE *)"\xfb\x90\x90\xfa", 4, NULL );
        memcpy( regs, vm.before, sizeof(regs) );
        inject( &vm, WHvX64PendingInterrupt, 0x22 );
        hr = vm_set_reg( &vm, WHvRegisterPendingInterruption, 0 );
        ok( hr == S_OK, "PendingInterruption: %#lx\n", hr );
        regs[RIP] += 4;
        run_to_port( &vm, END_PORT, regs );
        winetest_pop_context();

        /* HLT, and the interrupt that ends it */
        winetest_push_context( "%s wake", modes[mode].name );
        vm_load( &vm, mode, (const BYTE *)"\xfb\xf4", 2, NULL );
        if (run_to( &vm, WHvRunVpExitReasonX64Halt, NULL, &exit ))
        {
            ok( exit.VpContext.Rip == vm.before[RIP] + 2, "rip %#llx\n", exit.VpContext.Rip );
            inject( &vm, WHvX64PendingInterrupt, 0x23 );
            if (run_to( &vm, WHvRunVpExitReasonX64IoPortAccess, NULL, &exit ))
                ok( exit.IoPortAccess.PortNumber == HANDLER_PORT( 0x23 ), "port %#x\n", exit.IoPortAccess.PortNumber );
        }
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

/* Exceptions that nobody intercepts are the guest's own. */
static void test_guest_exception( void )
{
    static const struct { const char *name; BYTE code[4]; UINT32 length, vector, offset; UINT8 modes; } tests[] =
    {
        { "div 0", { 0x30, 0xc9, 0xf6, 0xf1 }, 4, 0, 2, M_ALL },
        { "ud2", { 0x0f, 0x0b }, 2, 6, 0, M_ALL },
        { "hlt", { 0xf4 }, 1, 13, 0, M_USER },
        { "load null", { 0x8a, 0x06 }, 2, 14, 0, M_64 },        /* mov al,[rsi] */
    };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT], rip;
    enum mode mode;
    struct vm vm;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    for (mode = 0; mode < MODE_COUNT; mode++)
    {
        for (i = 0; i < ARRAY_COUNT(tests); i++)
        {
            if (!(tests[i].modes & (1 << mode))) continue;
            winetest_push_context( "%s %s", modes[mode].name, tests[i].name );
            vm_default_regs( mode, regs );
            if (tests[i].vector == 14) regs[RSI] = 0x123456789000;
            vm_load( &vm, mode, tests[i].code, tests[i].length, regs );
            vm_make_handlers( &vm, mode );
            if (run_to( &vm, WHvRunVpExitReasonX64IoPortAccess, NULL, &exit ))
            {
                ok( exit.IoPortAccess.PortNumber == HANDLER_PORT( tests[i].vector ), "port %#x\n",
                    exit.IoPortAccess.PortNumber );
                ok( exit.VpContext.ExecutionState.Cpl == 0, "cpl %u\n", exit.VpContext.ExecutionState.Cpl );
                rip = 0;
                if (mode == MODE_REAL) memcpy( &rip, vm.ram + STACK_TOP - 6, 2 );
                else if (mode == MODE_PROT) memcpy( &rip, vm.ram + STACK_TOP - 12, 4 );
                else memcpy( &rip, vm.ram + vm_get_reg( &vm, WHvX64RegisterRsp ) - LONG_BASE +
                             (tests[i].vector >= 13 ? 8 : 0), 8 );
                ok( rip == vm.before[RIP] + tests[i].offset, "return address %#llx\n", rip );
                if (tests[i].vector == 14)
                    ok( vm_get_reg( &vm, WHvX64RegisterCr2 ) == 0x123456789000, "cr2\n" );
            }
            winetest_pop_context();
        }
    }
    vm_destroy( &vm );
}

static void test_triple_fault( void )
{
    static const BYTE divide[] = { 0x30, 0xc9, 0xf6, 0xf1 };    /* xor cl,cl; div cl */
    WHV_REGISTER_NAME name = WHvX64RegisterIdtr;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_REGISTER_VALUE value;
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
        run_to( &vm, WHvRunVpExitReasonUnrecoverableException, NULL, &exit );
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
    vm_load( &vm, MODE_PROT, NULL, 0, NULL );
    hr = vm_set_reg( &vm, WHvX64RegisterCr0, 0x80000010 );      /* paging without protection */
    ok( hr == S_OK || broken( FAILED(hr) ), "CR0: %#lx\n", hr );
    if (SUCCEEDED(hr))
    {
        run_to( &vm, WHvRunVpExitReasonInvalidVpRegisterValue, NULL, &exit );
        vm_load( &vm, MODE_PROT, NULL, 0, NULL );
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
    if (run_to( &vm, WHvRunVpExitReasonMemoryAccess, NULL, &exit ))
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
    test_exception();
    test_interrupt();
    test_guest_exception();
    test_triple_fault();
    test_invalid_state();
    test_first_fetch();
}
