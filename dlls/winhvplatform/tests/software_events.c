/*
 * Events of instructions that the client writes: INT n, INT1, INT3, INTO
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

#define FLAG_OF 0x800

#define TYPE_INT        4
#define TYPE_INT1       5
#define TYPE_EXCEPTION  6

static HRESULT set_pending( struct vm *vm, UINT32 type, UINT32 vector, UINT32 length )
{
    WHV_X64_PENDING_INTERRUPTION_REGISTER pending = { .AsUINT64 = 0 };

    pending.InterruptionPending = 1;
    pending.InterruptionType = type;
    pending.InterruptionVector = vector;
    pending.InstructionLength = length;
    return vm_set_reg( vm, WHvRegisterPendingInterruption, pending.AsUINT64 );
}

/* What the guest's handler would return to. */
static UINT64 return_address( struct vm *vm )
{
    UINT64 gva, gpa = 0, address = 0;
    WHV_TRANSLATE_GVA_RESULT result;
    WHV_REGISTER_NAME name = WHvX64RegisterSs;
    WHV_REGISTER_VALUE ss;
    HRESULT hr;

    hr = WHvGetVirtualProcessorRegisters( vm->partition, 0, &name, 1, &ss );
    ok( hr == S_OK, "ss: %#lx\n", hr );
    gva = vm_get_reg( vm, WHvX64RegisterRsp ) + ss.Segment.Base;
    hr = WHvTranslateGva( vm->partition, 0, gva, WHvTranslateGvaFlagValidateRead, &result, &gpa );
    ok( hr == S_OK && !result.ResultCode && gpa < RAM_SIZE - 8, "stack: %#lx, %u, %#llx\n", hr, result.ResultCode,
        gpa );
    if (hr == S_OK && gpa < RAM_SIZE - 8) memcpy( &address, vm->ram + gpa, vm->mode->size );
    return address;
}

static void expect_handler( struct vm *vm, UINT32 vector, UINT64 back )
{
    UINT64 mask = vm->mode->size == 2 ? 0xffff : vm->mode->size == 4 ? 0xffffffff : ~0ull, address;
    WHV_RUN_VP_EXIT_CONTEXT exit;

    if (!vm_run( vm, &exit )) return;
    ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x at %#llx\n", exit.ExitReason,
        exit.VpContext.Rip );
    if (exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess) return;
    ok( exit.IoPortAccess.PortNumber == HANDLER_PORT( vector ), "port %#x\n", exit.IoPortAccess.PortNumber );
    ok( !vm_get_reg( vm, WHvRegisterPendingInterruption ), "still pending\n" );
    address = return_address( vm );
    ok( address == (back & mask), "returns to %#llx, expected %#llx\n", address, back & mask );
}

static const struct event
{
    BYTE        code[2];
    UINT32      modes, type, vector, length;
    const char *name;
}
events[] =
{
    { { 0xcc },       M_ALL,           TYPE_EXCEPTION, BP,   1, "int3" },
    { { 0xcc },       M_ALL,           TYPE_INT,       BP,   1, "int3 as int" },
    { { 0xce },       M_REAL | M_PROT, TYPE_EXCEPTION, 4,    1, "into" },
    { { 0xcd, BP },   M_ALL,           TYPE_INT,       BP,   2, "int 3" },
    { { 0xcd, 0x21 }, M_ALL,           TYPE_INT,       0x21, 2, "int 21h" },
    { { 0xf1 },       M_ALL,           TYPE_INT1,      DB,   1, "int1" },
};

/* At their instruction, before and behind which the RIP is written. */
static void test_at_instruction( void )
{
    struct vm vm;
    UINT64 before, regs[REG_COUNT];
    UINT32 i, mode, late;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    for (i = 0; i < ARRAY_COUNT( events ); i++)
    {
        for (mode = 0; mode < MODE_COUNT; mode++)
        {
            if (!(events[i].modes >> mode & 1)) continue;
            if (events[i].type == TYPE_INT1 && vm_is_on_qemu())
            {
                skip( "an emulated processor without INT1\n" );
                continue;
            }
            for (late = 0; late < 2; late++)
            {
                winetest_push_context( "%s, %s, %u", events[i].name, modes[mode].name, late );
                vm_default_regs( mode, regs );
                regs[RFLAGS] |= FLAG_OF;
                vm_load( &vm, mode, events[i].code, events[i].length, regs );
                vm_make_handlers( &vm, mode );
                if (late) vm_set_reg( &vm, WHvX64RegisterRip, 0 );
                hr = set_pending( &vm, events[i].type, events[i].vector, events[i].length );
                ok( hr == S_OK, "PendingInterruption: %#lx\n", hr );
                before = vm_get_reg( &vm, WHvRegisterPendingInterruption );
                ok( before == (1 | events[i].type << 1 | events[i].length << 5 | (UINT64)events[i].vector << 16),
                    "PendingInterruption is %#llx\n", before );
                if (late) vm_set_reg( &vm, WHvX64RegisterRip, regs[RIP] );
                expect_handler( &vm, events[i].vector, regs[RIP] + events[i].length );
                winetest_pop_context();
            }
        }
    }
    vm_destroy( &vm );
}

/* INT3 that has exited, and is given to the guest. exits: beside ExceptionExit; with X64CpuidExit (1) the guest is
 * stepped. */
static void test_again( UINT64 exits )
{
    const struct vm_config config = { .extended_exits = 4 | exits, .exception_exits = 1 << BP };
    static const UINT32 types[] = { TYPE_EXCEPTION, TYPE_INT };
    UINT64 offered = 0, regs[REG_COUNT];
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT32 i, mode;
    struct vm vm;
    HRESULT hr;

    WHvGetCapability( WHvCapabilityCodeExceptionExitBitmap, &offered, sizeof(offered), NULL );
    if (!(offered >> BP & 1) || vm_is_on_qemu())
    {
        skip( "INT3 does not exit here\n" );
        return;
    }
    if (!vm_create( &vm, &config )) return;
    for (i = 0; i < ARRAY_COUNT( types ); i++)
    {
        for (mode = 0; mode < MODE_COUNT; mode++)
        {
            winetest_push_context( "%s, type %u, exits %#llx", modes[mode].name, types[i], exits );
            vm_default_regs( mode, regs );
            vm_load( &vm, mode, (const BYTE *)"\xcc", 1, regs );
            vm_make_handlers( &vm, mode );
            if (run_to_exception( &vm, BP, regs, &exit ))
            {
                hr = set_pending( &vm, types[i], BP, 1 );
                ok( hr == S_OK, "PendingInterruption: %#lx\n", hr );
                expect_handler( &vm, BP, regs[RIP] + 1 );
            }
            winetest_pop_context();
        }
    }
    vm_destroy( &vm );
}

/* What no instruction at the RIP can raise, and what none can raise anywhere. */
static void test_refused( void )
{
    static const struct { UINT32 type, vector, length; } wrong[] =
    {
        { TYPE_INT, 0x21, 0 }, { TYPE_INT, 0x100, 2 }, { TYPE_INT1, BP, 1 }, { TYPE_EXCEPTION, PF, 1 },
        { TYPE_EXCEPTION, BP, 0 }, { 1, 0x21, 2 }, { 7, BP, 1 },
    };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    for (i = 0; i < ARRAY_COUNT( wrong ); i++)
    {
        hr = set_pending( &vm, wrong[i].type, wrong[i].vector, wrong[i].length );
        ok( hr == ERROR_HV_INVALID_REGISTER_VALUE, "%u: %#lx\n", i, hr );
    }
    vm_load( &vm, MODE_LONG, (const BYTE *)"\xcd\x20", 2, NULL );
    vm_make_handlers( &vm, MODE_LONG );
    set_pending( &vm, TYPE_INT, 0x21, 2 );
    vm_run_to( &vm, WHvRunVpExitReasonInvalidVpRegisterValue, vm.before, &exit );
    vm_run_to( &vm, WHvRunVpExitReasonInvalidVpRegisterValue, vm.before, &exit );
    set_pending( &vm, TYPE_INT, 0x20, 2 );
    expect_handler( &vm, 0x20, vm.before[RIP] + 2 );
    vm_destroy( &vm );
}

START_TEST(software_events)
{
    if (!vm_present()) return;
    test_at_instruction();
    test_again( 0 );
    test_again( 1 );
    test_refused();
}
