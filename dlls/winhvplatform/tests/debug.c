/*
 * Conformance: exceptions that the client sees, stepping, breakpoints
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

#define DR6_BS 0x4000

static const struct vm_config both = { .extended_exits = 4, .exception_exits = 1 << 1 | 1 << 3 };

/* A KVM without hardware runs ring 3 on the bare processor, past all debugging. */
static BOOL is_undebugged( const WHV_RUN_VP_EXIT_CONTEXT *exit, enum mode mode )
{
    if (!winetest_platform_is_wine || exit->ExitReason != WHvRunVpExitReasonX64IoPortAccess) return FALSE;
    if (vm_is_on_qemu())
    {
        skip( "an emulated processor without interception\n" );
        return TRUE;
    }
    if (mode != MODE_USER) return FALSE;
    skip( "this KVM intercepts nothing in ring 3\n" );
    return TRUE;
}

static BOOL can_debug( void )
{
    UINT64 exits = 0, vectors = 0;

    WHvGetCapability( WHvCapabilityCodeExtendedVmExits, &exits, sizeof(exits), NULL );
    WHvGetCapability( WHvCapabilityCodeExceptionExitBitmap, &vectors, sizeof(vectors), NULL );
    if ((exits & 4) && (vectors & 10) == 10) return TRUE;
    skip( "no exception exits: %#llx, %#llx\n", exits, vectors );
    return FALSE;
}

/* Runs to an Exception exit of a vector at a RIP. */
static BOOL run_to_exception_( int line, struct vm *vm, enum mode mode, UINT32 vector, UINT64 rip,
                               WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    if (!vm_run( vm, exit ) || is_undebugged( exit, mode )) return FALSE;
    ok_(__FILE__, line)( exit->ExitReason == WHvRunVpExitReasonException, "exit %#x\n", exit->ExitReason );
    if (exit->ExitReason != WHvRunVpExitReasonException) return FALSE;
    ok_(__FILE__, line)( exit->VpException.ExceptionType == vector, "vector %u\n", exit->VpException.ExceptionType );
    ok_(__FILE__, line)( !exit->VpException.ExceptionInfo.ErrorCodeValid, "error code\n" );
    ok_(__FILE__, line)( exit->VpContext.Rip == rip, "rip %#llx, expected %#llx\n", exit->VpContext.Rip, rip );
    ok_(__FILE__, line)( vm_get_reg( vm, WHvX64RegisterRip ) == rip, "the register RIP is %#llx\n",
                         vm_get_reg( vm, WHvX64RegisterRip ));
    return exit->VpContext.Rip == rip;
}
#define run_to_exception( vm, mode, vector, rip, exit ) run_to_exception_( __LINE__, vm, mode, vector, rip, exit )

static BOOL run_to_handler_( int line, struct vm *vm, UINT32 vector )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    if (!vm_run( vm, &exit )) return FALSE;
    ok_(__FILE__, line)( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
    if (exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess) return FALSE;
    ok_(__FILE__, line)( exit.IoPortAccess.PortNumber == HANDLER_PORT( vector ), "port %#x\n",
                         exit.IoPortAccess.PortNumber );
    return exit.IoPortAccess.PortNumber == HANDLER_PORT( vector );
}
#define run_to_handler( vm, vector ) run_to_handler_( __LINE__, vm, vector )

/* Breakpoint instructions: the RIP is at them, nothing is done, and who passes over sets it. */
static void test_instructions( void )
{
    static const struct { BYTE code; UINT32 vector; const char *name; } tests[] =
    {
        { 0xcc, 3, "int3" }, { 0xf1, 1, "int1" },
    };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    BYTE code[3] = { 0x90, 0, 0x90 };
    enum mode mode;
    struct vm vm;
    UINT32 i, j;

    if (!vm_create( &vm, &both )) return;
    for (mode = MODE_PROT; mode < MODE_COUNT; mode++)
    {
        for (i = 0; i < ARRAY_COUNT(tests); i++)
        {
            winetest_push_context( "%s %s", modes[mode].name, tests[i].name );
            code[1] = tests[i].code;
            vm_load( &vm, mode, code, sizeof(code), NULL );
            vm_make_handlers( &vm, mode );
            memcpy( regs, vm.before, sizeof(regs) );
            regs[RIP]++;
            for (j = 0; j < 2; j++)
            {
                if (!run_to_exception( &vm, mode, tests[i].vector, regs[RIP], &exit )) break;
                check_vp_context( &vm, &exit, regs );
                check_regs( &vm, regs );
                check_insn_bytes( exit.VpException.InstructionBytes, exit.VpException.InstructionByteCount, code + 1,
                                  1 );
                ok( exit.VpException.ExceptionInfo.SoftwareException || broken( TRUE ), "no software exception\n" );
            }
            if (j == 2)
            {
                vm_set_reg( &vm, WHvX64RegisterRip, regs[RIP] + 1 );
                regs[RIP] += 2;
                run_to_port( &vm, END_PORT, regs );
            }
            winetest_pop_context();
        }
    }
    vm_destroy( &vm );
}

/* As a debugger does it: the flag set before each run and cleared after, interrupts held back by a shadow. */
static void test_step( void )
{
    static const BYTE code[] =
    {
        0x90,                       /* nop */
        0x50,                       /* push eax */
        0x58,                       /* pop eax */
        0xeb, 0x01, 0x90,           /* jmp over a nop */
        0x89, 0xc3,                 /* mov ebx,eax */
        0xf8,                       /* clc */
    };
    static const BYTE ends[] = { 1, 2, 3, 6, 8, 9 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 flags;
    enum mode mode;
    struct vm vm;
    UINT32 i, shadow;

    if (!vm_create( &vm, &both )) return;
    for (mode = MODE_PROT; mode < MODE_COUNT; mode++)
    {
        for (shadow = 0; shadow < 2; shadow++)
        {
            winetest_push_context( "%s shadow %u", modes[mode].name, shadow );
            vm_load( &vm, mode, code, sizeof(code), NULL );
            vm_make_handlers( &vm, mode );
            for (i = 0; i < ARRAY_COUNT(ends); i++)
            {
                flags = vm_get_reg( &vm, WHvX64RegisterRflags );
                ok( !(flags & FLAG_TF), "the flag is still set: %#llx\n", flags );
                vm_set_reg( &vm, WHvX64RegisterRflags, flags | FLAG_TF );
                vm_set_reg( &vm, WHvRegisterInterruptState, shadow );
                if (!run_to_exception( &vm, mode, 1, vm.before[RIP] + ends[i], &exit )) break;
                ok( exit.VpException.ExceptionParameter & DR6_BS, "dr6 %#llx\n", exit.VpException.ExceptionParameter );
                ok( (vm_get_reg( &vm, WHvX64RegisterDr6 ) & (DR6_BS | 0xf)) == DR6_BS, "register dr6 %#llx\n",
                    vm_get_reg( &vm, WHvX64RegisterDr6 ));
                vm_set_reg( &vm, WHvX64RegisterDr6, 0xffff0ff0 );
                ok( exit.VpContext.Rflags & FLAG_TF, "rflags %#llx\n", exit.VpContext.Rflags );
                flags = vm_get_reg( &vm, WHvX64RegisterRflags );
                ok( flags == exit.VpContext.Rflags, "rflags %#llx and %#llx\n", flags, exit.VpContext.Rflags );
                ok( !(vm_get_reg( &vm, WHvX64RegisterPendingDebugException ) & 0x10), "a step is pending\n" );
                vm_set_reg( &vm, WHvX64RegisterRflags, flags & ~(UINT64)FLAG_TF );
                vm_set_reg( &vm, WHvRegisterInterruptState, 0 );
            }
            if (i == ARRAY_COUNT(ends))
            {
                vm_get_regs( &vm, vm.before );
                run_to_port( &vm, END_PORT, vm.before );
                ok( !(vm_get_reg( &vm, WHvX64RegisterRflags ) & FLAG_TF), "the guest is stepping\n" );
            }
            winetest_pop_context();
        }
    }
    vm_destroy( &vm );
}

/* An exit in the middle: the access first, then the step behind it. */
static void test_step_over_exit( void )
{
    static const BYTE code[] = { 0xe6, 0x21, 0x90 };        /* out 21h,al; nop */
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 rip;
    enum mode mode;
    struct vm vm;

    if (!vm_create( &vm, &both )) return;
    for (mode = MODE_PROT; mode <= MODE_LONG; mode++)
    {
        winetest_push_context( "%s", modes[mode].name );
        vm_load( &vm, mode, code, sizeof(code), NULL );
        vm_make_handlers( &vm, mode );
        rip = vm.before[RIP];
        vm_set_reg( &vm, WHvX64RegisterRflags, vm.before[RFLAGS] | FLAG_TF );
        if (vm_run( &vm, &exit ))
        {
            ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
            ok( exit.VpContext.Rip == rip, "rip %#llx\n", exit.VpContext.Rip );
            ok( exit.VpContext.Rflags & FLAG_TF, "rflags %#llx\n", exit.VpContext.Rflags );
            vm_set_reg( &vm, WHvX64RegisterRip, rip + 2 );
            if (run_to_exception( &vm, mode, 1, rip + 3, &exit ))
                ok( exit.VpException.ExceptionParameter & DR6_BS, "dr6 %#llx\n", exit.VpException.ExceptionParameter );
        }
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

static void test_hardware( void )
{
    static const BYTE code[] =
    {
        0x90,                       /* nop */
        0x90,                       /* nop: DR1 */
        0x89, 0x06,                 /* mov [esi],eax: DR0 */
        0x90,                       /* nop */
    };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 rip, linear;
    enum mode mode;
    struct vm vm;

    if (!vm_create( &vm, &both )) return;
    for (mode = MODE_PROT; mode < MODE_COUNT; mode++)
    {
        winetest_push_context( "%s", modes[mode].name );
        vm_load( &vm, mode, code, sizeof(code), NULL );
        vm_make_handlers( &vm, mode );
        rip = vm.before[RIP];
        linear = modes[mode].code_linear;
        vm_set_reg( &vm, WHvX64RegisterDr0, modes[mode].data_linear );
        vm_set_reg( &vm, WHvX64RegisterDr1, linear + 1 );
        /* DR0: write of four bytes; DR1: execution */
        vm_set_reg( &vm, WHvX64RegisterDr7, 0x400 | 1 << 0 | 1 << 2 | 0xd << 16 );
        if (run_to_exception( &vm, mode, 1, rip + 1, &exit ))
        {
            ok( (exit.VpException.ExceptionParameter & 0xf) == 2, "dr6 %#llx\n", exit.VpException.ExceptionParameter );
            ok( (vm_get_reg( &vm, WHvX64RegisterDr6 ) & 0xf) == 2, "register dr6 %#llx\n",
                vm_get_reg( &vm, WHvX64RegisterDr6 ));
            /* on, with the flag that is for this, then without the breakpoint */
            vm_set_reg( &vm, WHvX64RegisterRflags, vm_get_reg( &vm, WHvX64RegisterRflags ) | FLAG_RF );
            if (!vm_run( &vm, &exit )) goto next;
            if (winetest_platform_is_wine && exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess)
            {
                skip( "this KVM's emulator looks at no data breakpoints\n" );
                goto next;
            }
            ok( exit.ExitReason == WHvRunVpExitReasonException, "exit %#x\n", exit.ExitReason );
            ok( exit.VpContext.Rip == rip + 4, "rip %#llx, expected %#llx\n", exit.VpContext.Rip, rip + 4 );
            ok( (exit.VpException.ExceptionParameter & 0xf) == 1, "dr6 %#llx\n", exit.VpException.ExceptionParameter );
            ok( (vm_get_reg( &vm, WHvX64RegisterDr6 ) & 0xf) == 1, "register dr6 %#llx\n",
                vm_get_reg( &vm, WHvX64RegisterDr6 ));
            vm_set_reg( &vm, WHvX64RegisterDr7, 0x400 );
            if (vm_run( &vm, &exit ))
                ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess && exit.IoPortAccess.PortNumber == END_PORT,
                    "exit %#x\n", exit.ExitReason );
        }
    next:
        vm_set_reg( &vm, WHvX64RegisterDr7, 0x400 );
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

/* What the client does not ask for is the guest's own: stepping by POPF, its breakpoints, its INT1 and INT3. */
static void test_guest( void )
{
    /* pushf; or [sp],TF; popf; nop */
    static const BYTE step[] = { 0x9c, 0x81, 0x0c, 0x24, 0x00, 0x01, 0x00, 0x00, 0x9d, 0x90, 0x90 };
    static const BYTE int1[] = { 0xf1 }, int3[] = { 0xcc };
    /* mov dr0,eax; mov dr7,ecx; nop */
    static const BYTE breakpoint[] = { 0x0f, 0x23, 0xc0, 0x0f, 0x23, 0xf9, 0x90 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    enum mode mode;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    for (mode = MODE_PROT; mode <= MODE_LONG; mode++)
    {
        winetest_push_context( "%s", modes[mode].name );
        vm_load( &vm, mode, step, sizeof(step), NULL );
        vm_make_handlers( &vm, mode );
        if (run_to_handler( &vm, 1 ))
        {
            ok( vm_get_reg( &vm, WHvX64RegisterDr6 ) & DR6_BS, "dr6 %#llx\n", vm_get_reg( &vm, WHvX64RegisterDr6 ));
            ok( !(vm_get_reg( &vm, WHvX64RegisterRflags ) & FLAG_TF), "the handler steps\n" );
        }
        vm_load( &vm, mode, int1, sizeof(int1), NULL );
        if (vm_is_on_qemu()) skip( "an emulated processor without INT1\n" );
        else run_to_handler( &vm, 1 );
        vm_load( &vm, mode, int3, sizeof(int3), NULL );
        run_to_handler( &vm, 3 );

        vm_default_regs( mode, regs );
        regs[RAX] = modes[mode].code_linear + 6;
        regs[RCX] = 0x401;
        vm_load( &vm, mode, breakpoint, sizeof(breakpoint), regs );
        if (run_to_handler( &vm, 1 ))
        {
            ok( vm_get_reg( &vm, WHvX64RegisterDr6 ) & 1, "dr6 %#llx\n", vm_get_reg( &vm, WHvX64RegisterDr6 ));
            ok( vm_get_reg( &vm, WHvX64RegisterDr0 ) == (regs[RAX] & modes[mode].mask), "dr0\n" );
            ok( vm_get_reg( &vm, WHvX64RegisterDr7 ) == 0x401, "dr7\n" );
        }
        vm_set_reg( &vm, WHvX64RegisterDr7, 0x400 );

        /* a step that is pending from before */
        vm_load( &vm, mode, NULL, 0, NULL );
        hr = vm_set_reg( &vm, WHvX64RegisterPendingDebugException, 0x10 );
        ok( hr == S_OK, "PendingDebugException: %#lx\n", hr );
        if (run_to_handler( &vm, 1 ))
            ok( vm_get_reg( &vm, WHvX64RegisterDr6 ) & DR6_BS, "dr6 %#llx\n", vm_get_reg( &vm, WHvX64RegisterDr6 ));
        ok( !vm_get_reg( &vm, WHvX64RegisterPendingDebugException ), "still pending\n" );
        winetest_pop_context();
    }
    vm_destroy( &vm );

    if (!vm_create( &vm, &both )) return;
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    hr = vm_set_reg( &vm, WHvX64RegisterPendingDebugException, 0x10 );
    ok( hr == S_OK, "PendingDebugException: %#lx\n", hr );
    if (run_to_exception( &vm, MODE_LONG, 1, vm.before[RIP], &exit ))
        ok( exit.VpException.ExceptionParameter & DR6_BS, "dr6 %#llx\n", exit.VpException.ExceptionParameter );
    run_to_port( &vm, END_PORT, vm.before );
    vm_destroy( &vm );
}

/* Debuggers come and go while the guest runs. */
static void test_attach( void )
{
    static const struct vm_config config = { .extended_exits = 4 };
    static const BYTE code[] = { 0xe6, 0x21, 0xf1 };        /* out 21h,al; int1 */
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm vm;
    UINT32 i;
    HRESULT hr;

    if (!vm_create( &vm, &config )) return;
    for (i = 0; i < 4; i++)
    {
        winetest_push_context( "round %u", i );
        vm_load( &vm, MODE_LONG, code, sizeof(code), NULL );
        vm_make_handlers( &vm, MODE_LONG );
        if (vm_run( &vm, &exit ))
            ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
        hr = vm_set_property( &vm, WHvPartitionPropertyCodeExceptionExitBitmap, i & 1 ? 0 : 2 );
        ok( hr == S_OK, "ExceptionExitBitmap: %#lx\n", hr );
        vm_set_reg( &vm, WHvX64RegisterRip, vm.before[RIP] + 2 );
        if (vm_is_on_qemu()) skip( "an emulated processor without INT1\n" );
        else if (i & 1) run_to_handler( &vm, 1 );
        else run_to_exception( &vm, MODE_LONG, 1, vm.before[RIP] + 2, &exit );
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

START_TEST(debug)
{
    if (!vm_present() || !can_debug()) return;
    test_instructions();
    test_step();
    test_step_over_exit();
    test_hardware();
    test_guest();
    test_attach();
}
