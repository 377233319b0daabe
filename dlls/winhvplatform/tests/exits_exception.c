/*
 * Exits: exceptions, and events that the client injects
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

    for (mode = MODE_REAL; mode < MODE_COUNT; mode++)
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
        if (vm_run_to( &vm, WHvRunVpExitReasonException, regs, &exit )) check_same_exit( &first, &exit );
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
        if (vm_run_to( &vm, WHvRunVpExitReasonX64InterruptWindow, NULL, &exit ))
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
            if (vm_run_to( &vm, WHvRunVpExitReasonX64IoPortAccess, NULL, &exit ))
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
        if (vm_run_to( &vm, WHvRunVpExitReasonX64IoPortAccess, NULL, &exit ))
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
        if (vm_run_to( &vm, WHvRunVpExitReasonX64Halt, NULL, &exit ))
        {
            ok( exit.VpContext.Rip == vm.before[RIP] + 2, "rip %#llx\n", exit.VpContext.Rip );
            inject( &vm, WHvX64PendingInterrupt, 0x23 );
            if (vm_run_to( &vm, WHvRunVpExitReasonX64IoPortAccess, NULL, &exit ))
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
            if (vm_run_to( &vm, WHvRunVpExitReasonX64IoPortAccess, NULL, &exit ))
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

START_TEST(exits_exception)
{
    if (!vm_present()) return;
    test_exception();
    test_interrupt();
    test_guest_exception();
}
