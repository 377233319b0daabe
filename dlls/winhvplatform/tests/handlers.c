/*
 * Exceptions as exits of guests that have an interrupt table of their own
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

/* Four is what a KVM can give beside #DB and #BP. */
#define VECTORS (1 << DE | 1 << UD | 1 << GP | 1 << PF)

static const struct vm_config four_vectors = { .extended_exits = 4, .exception_exits = VECTORS };

/* Can this host's KVM break at a guest's handler? */
static BOOL can_break( void )
{
    if (!can_catch()) return FALSE;
    if (!vm_is_on_qemu()) return TRUE;
    skip( "this emulated processor loads no breakpoints into a guest\n" );
    return FALSE;
}

static void load( struct vm *vm, enum mode mode, const BYTE *code, UINT32 size )
{
    vm_load( vm, mode, code, size, NULL );
    vm_make_handlers( vm, mode );
}

static void inject( struct vm *vm, UINT32 vector, BOOL has_error_code, UINT32 error_code, UINT64 parameter )
{
    WHV_REGISTER_NAME name = WHvRegisterPendingEvent;
    WHV_REGISTER_VALUE value;
    HRESULT hr;

    memset( &value, 0, sizeof(value) );
    value.ExceptionEvent.EventPending = 1;
    value.ExceptionEvent.EventType = WHvX64PendingEventException;
    value.ExceptionEvent.DeliverErrorCode = has_error_code;
    value.ExceptionEvent.Vector = vector;
    value.ExceptionEvent.ErrorCode = error_code;
    value.ExceptionEvent.ExceptionParameter = parameter;
    hr = WHvSetVirtualProcessorRegisters( vm->partition, 0, &name, 1, &value );
    ok( hr == S_OK, "PendingEvent: %#lx\n", hr );
}

/* The guest's own handler runs, as the client sees by its OUT. */
static BOOL run_to_handler_( int line, struct vm *vm, UINT32 vector )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    if (!vm_run( vm, &exit )) return FALSE;
    ok_(__FILE__, line)( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x at %#llx\n", exit.ExitReason,
                         exit.VpContext.Rip );
    if (exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess) return FALSE;
    ok_(__FILE__, line)( exit.IoPortAccess.PortNumber == HANDLER_PORT( vector ), "port %#x\n",
                         exit.IoPortAccess.PortNumber );
    return exit.IoPortAccess.PortNumber == HANDLER_PORT( vector );
}
#define run_to_handler( vm, vector ) run_to_handler_( __LINE__, vm, vector )

static const struct
{
    const char *name;
    BYTE        code[16];
    UINT32      size, offset, modes, vector, error_code;
    UINT64      parameter;
}
tests[] =
{
    { "ud2", { 0x0f, 0x0b }, 2, 0, M_ALL, UD, 0, 0 },
    { "nop, ud2", { 0x90, 0x0f, 0x0b }, 3, 1, M_ALL, UD, 0, 0 },
    { "div", { 0x31, 0xdb, 0xf7, 0xf3 }, 4, 2, M_ALL, DE, 0, 0 },
    { "selector", { 0xb8, 0x00, 0x09, 0, 0, 0x8e, 0xd8 }, 7, 5, M_NOT_REAL, GP, 0x900, 0 },
    { "lldt", { 0x0f, 0x00, 0xd3 }, 3, 0, M_REAL, UD, 0, 0 },
    { "hlt", { 0xf4 }, 1, 0, M_USER, GP, 0, 0 },
    { "read", { 0x48, 0xb8, 0, 0, 0, 0x80, 0, 0, 0, 0, 0x8a, 0x00 }, 12, 10, M_64, PF, 0, 0x80000000 },
    { "write", { 0x48, 0xb8, 0, 0, 0, 0x80, 0, 0, 0, 0, 0x88, 0x00 }, 12, 10, M_64, PF, 2, 0x80000000 },
};

static void run_code( UINT32 test, UINT64 regs[REG_COUNT] )
{
    if (tests[test].vector == DE) vm_write_reg( &regs[RBX], 0, 4 );
    if (tests[test].error_code == 0x900) regs[RAX] = 0x900;
    if (tests[test].vector == PF) regs[RAX] = 0x80000000;
    regs[RIP] += tests[test].offset;
}

/* Each exception at its instruction, as often as the client runs it; injected it is the guest's; or the client goes
 * elsewhere. */
static void test_exceptions( struct vm *vm, UINT32 i, enum mode mode )
{
    UINT32 error_code = tests[i].error_code;
    WHV_RUN_VP_EXIT_CONTEXT first, exit;
    BOOL has_code = mode != MODE_REAL && (tests[i].vector == GP || tests[i].vector == PF);
    UINT64 regs[REG_COUNT];

    if (tests[i].vector == PF && mode == MODE_USER) error_code |= 4;
    load( vm, mode, tests[i].code, tests[i].size );
    vm_set_reg( vm, WHvX64RegisterCr2, 0x1234567 );
    memcpy( regs, vm->before, sizeof(regs) );
    run_code( i, regs );
    if (!vm_run( vm, &first )) return;
    regs[RFLAGS] = vm_get_reg( vm, WHvX64RegisterRflags );      /* arithmetic has changed them */
    if (first.ExitReason != WHvRunVpExitReasonException)
    {
        ok( 0, "exit %#x at %#llx\n", first.ExitReason, first.VpContext.Rip );
        return;
    }
    check_vp_context( vm, &first, regs );
    check_regs( vm, regs );
    ok( vm_get_reg( vm, WHvX64RegisterCr2 ) == 0x1234567, "cr2 %#llx\n", vm_get_reg( vm, WHvX64RegisterCr2 ));
    ok( first.VpException.ExceptionType == tests[i].vector, "vector %u\n", first.VpException.ExceptionType );
    ok( first.VpException.ExceptionInfo.ErrorCodeValid == has_code, "error code valid: %u\n",
        first.VpException.ExceptionInfo.ErrorCodeValid );
    ok( first.VpException.ErrorCode == error_code, "error code %#x\n", first.VpException.ErrorCode );
    ok( first.VpException.ExceptionParameter == tests[i].parameter, "parameter %#llx\n",
        first.VpException.ExceptionParameter );
    ok( !first.VpException.ExceptionInfo.SoftwareException, "software exception\n" );
    check_insn_bytes( first.VpException.InstructionBytes, first.VpException.InstructionByteCount,
                      tests[i].code + tests[i].offset, tests[i].size - tests[i].offset );
    if (run_to_exception( vm, tests[i].vector, regs, &exit )) check_same_exit( &first, &exit );

    inject( vm, tests[i].vector, has_code, error_code, tests[i].parameter );
    if (run_to_handler( vm, tests[i].vector ) && tests[i].vector == PF)
        ok( vm_get_reg( vm, WHvX64RegisterCr2 ) == tests[i].parameter, "cr2 %#llx\n",
            vm_get_reg( vm, WHvX64RegisterCr2 ));

    /* the next one is another */
    load( vm, mode, tests[i].code, tests[i].size );
    memcpy( regs, vm->before, sizeof(regs) );
    run_code( i, regs );
    if (!vm_run( vm, &exit )) return;
    ok( exit.ExitReason == WHvRunVpExitReasonException, "exit %#x\n", exit.ExitReason );
    regs[RFLAGS] = vm_get_reg( vm, WHvX64RegisterRflags );
    vm_set_reg( vm, WHvX64RegisterRip, regs[RIP] = modes[mode].rip + ALT_OFFSET );
    run_to_port( vm, ALT_PORT, regs );
}

/* Handlers that are entered by INT n, by a jump, or by the client are nobody's exceptions. */
static void test_others( struct vm *vm, enum mode mode )
{
    static const BYTE int6[] = { 0xcd, UD, 0x90 }, int0[] = { 0xcd, DE };
    UINT64 regs[REG_COUNT];
    BYTE jump[5] = { 0xe9 };
    INT32 distance;

    load( vm, mode, int6, sizeof(int6) );
    run_to_handler( vm, UD );
    load( vm, mode, int0, sizeof(int0) );
    run_to_handler( vm, DE );
    if (mode == MODE_PROT || mode == MODE_LONG)
    {
        distance = HANDLER_GPA + UD * 4 - CODE_GPA - (INT32)sizeof(jump);
        memcpy( jump + 1, &distance, sizeof(distance) );
        load( vm, mode, jump, sizeof(jump) );
        run_to_handler( vm, UD );
        load( vm, mode, jump, sizeof(jump) );
        memcpy( regs, vm->before, sizeof(regs) );
        regs[RIP] += HANDLER_GPA + UD * 4 - CODE_GPA;
        vm_set_regs( vm, regs );
        run_to_handler( vm, UD );
    }
}

/* A client that gives its guest the page when it is touched. */
static void test_map( struct vm *vm, enum mode mode )
{
    static const BYTE code[] = { 0x8a, 0x03 };                  /* mov al,[rbx] */
    const UINT64 gva = 0x40000000;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 *level2, regs[REG_COUNT];

    load( vm, mode, code, sizeof(code) );
    vm_set_reg( vm, WHvX64RegisterRbx, gva );
    vm_get_regs( vm, regs );
    if (run_to_exception( vm, PF, regs, &exit ))
    {
        ok( exit.VpException.ExceptionParameter == gva, "parameter %#llx\n", exit.VpException.ExceptionParameter );
        level2 = (UINT64 *)(vm->ram + 0x1f0000);
        memset( level2, 0, 0x1000 );
        level2[0] = 0x87;
        *(UINT64 *)(vm->ram + PDPT_GPA + 8) = 0x1f0007;
        vm->ram[0] = 0x5a;
        regs[RAX] = (regs[RAX] & ~0xffull) | 0x5a;
        regs[RIP] += 2;
        run_to_port( vm, END_PORT, regs );
        *(UINT64 *)(vm->ram + PDPT_GPA + 8) = 0;
    }
}

/* The guest's own breakpoints go on, beside three vectors. */
static void test_own_breakpoint( struct vm *vm )
{
    static const BYTE code[] = { 0x90, 0x90, 0x0f, 0x0b };      /* nop; nop; ud2 */
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];

    ok( vm_set_property( vm, WHvPartitionPropertyCodeExceptionExitBitmap, VECTORS & ~(1 << DE) ) == S_OK,
        "property\n" );
    load( vm, MODE_LONG, code, sizeof(code) );
    memcpy( regs, vm->before, sizeof(regs) );
    vm_set_reg( vm, WHvX64RegisterDr0, regs[RIP] + 1 );
    vm_set_reg( vm, WHvX64RegisterDr6, 0xffff0ff0 );
    vm_set_reg( vm, WHvX64RegisterDr7, 0x402 );
    if (run_to_handler( vm, DB ))
        ok( vm_get_reg( vm, WHvX64RegisterDr6 ) == 0xffff0ff1, "dr6 %#llx\n", vm_get_reg( vm, WHvX64RegisterDr6 ));
    ok( vm_get_reg( vm, WHvX64RegisterDr0 ) == regs[RIP] + 1, "dr0 %#llx\n", vm_get_reg( vm, WHvX64RegisterDr0 ));
    vm_set_reg( vm, WHvX64RegisterDr7, 0x400 );
    load( vm, MODE_LONG, code, sizeof(code) );
    regs[RIP] += 2;
    run_to_exception( vm, UD, regs, &exit );
    ok( vm_set_property( vm, WHvPartitionPropertyCodeExceptionExitBitmap, VECTORS ) == S_OK, "property\n" );
}

/* A debugger's step, and one that ends in an exception. */
static void test_step( struct vm *vm )
{
    static const BYTE code[] = { 0x90, 0x0f, 0x0b };            /* nop; ud2 */
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];

    ok( vm_set_property( vm, WHvPartitionPropertyCodeExceptionExitBitmap, VECTORS | 1 << DB ) == S_OK, "property\n" );
    load( vm, MODE_LONG, code, sizeof(code) );
    memcpy( regs, vm->before, sizeof(regs) );
    vm_set_reg( vm, WHvX64RegisterRflags, regs[RFLAGS] |= FLAG_TF );
    regs[RIP]++;
    if (run_to_exception( vm, DB, regs, &exit ))
        ok( exit.VpException.ExceptionParameter & 0x4000, "dr6 %#llx\n", exit.VpException.ExceptionParameter );
    run_to_exception( vm, UD, regs, &exit );
    vm_set_reg( vm, WHvX64RegisterRflags, regs[RFLAGS] &= ~(UINT64)FLAG_TF );
    run_to_exception( vm, UD, regs, &exit );
    ok( vm_set_property( vm, WHvPartitionPropertyCodeExceptionExitBitmap, VECTORS ) == S_OK, "property\n" );
}

/* Nobody asks: they are the guest's. */
static void test_unwanted( struct vm *vm )
{
    static const BYTE ud2[] = { 0x0f, 0x0b };

    ok( vm_set_property( vm, WHvPartitionPropertyCodeExceptionExitBitmap, 1 << GP ) == S_OK, "property\n" );
    load( vm, MODE_LONG, ud2, sizeof(ud2) );
    run_to_handler( vm, UD );
    ok( vm_set_property( vm, WHvPartitionPropertyCodeExceptionExitBitmap, 0 ) == S_OK, "property\n" );
    load( vm, MODE_LONG, ud2, sizeof(ud2) );
    run_to_handler( vm, UD );
}

START_TEST(handlers)
{
    enum mode mode;
    struct vm vm;
    UINT32 i;

    if (!vm_present() || !can_break() || !vm_create( &vm, &four_vectors )) return;
    for (mode = 0; mode < MODE_COUNT; mode++)
    {
        winetest_push_context( "%s", modes[mode].name );
        for (i = 0; i < ARRAY_COUNT(tests); i++)
        {
            if (!(tests[i].modes >> mode & 1)) continue;
            winetest_push_context( "%s", tests[i].name );
            test_exceptions( &vm, i, mode );
            winetest_pop_context();
        }
        test_others( &vm, mode );
        if (M_64 >> mode & 1) test_map( &vm, mode );
        winetest_pop_context();
    }
    test_own_breakpoint( &vm );
    test_step( &vm );
    test_unwanted( &vm );
    vm_destroy( &vm );
}
