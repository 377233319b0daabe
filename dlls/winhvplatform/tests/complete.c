/*
 * What a client may do at an exit other than to emulate the instruction
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

/* rows end where the rest is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* (R)DI and (R)BX point at the hole, (R)SI at the data, (R)CX is 3, DX is a port. */
static const struct row
{
    const char *name;
    UINT8       modes, length, code[8];
    UINT8       swap;           /* (R)SI points at the hole, (R)DI at the data */
} rows[] =
{
    { "mov al,m8",      M_ALL,      2, { 0x8a, 0x07 } },
    { "movzx eax,m8",   M_ALL,      3, { 0x0f, 0xb6, 0x07 } },
    { "mov m8,al",      M_ALL,      2, { 0x88, 0x07 } },
    { "mov m,ax",       M_ALL,      2, { 0x89, 0x07 } },
    { "add ax,m",       M_ALL,      2, { 0x03, 0x07 } },
    { "cmp ax,m",       M_ALL,      2, { 0x3b, 0x07 } },
    { "add m,ax",       M_ALL,      2, { 0x01, 0x07 } },
    { "lock inc m8",    M_ALL,      3, { 0xf0, 0xfe, 0x07 } },
    { "xchg m,ax",      M_ALL,      2, { 0x87, 0x07 } },
    { "xadd m,ax",      M_ALL,      3, { 0x0f, 0xc1, 0x07 } },
    { "cmpxchg m,dx",   M_ALL,      3, { 0x0f, 0xb1, 0x17 } },
    { "push m",         M_ALL,      2, { 0xff, 0x37 } },
    { "pop m",          M_ALL,      2, { 0x8f, 0x07 } },
    { "call m",         M_ALL,      2, { 0xff, 0x17 } },
    { "stosb",          M_ALL,      1, { 0xaa } },
    { "lodsb",          M_ALL,      1, { 0xac }, 1 },
    { "movsb to",       M_ALL,      1, { 0xa4 } },
    { "movsb from",     M_ALL,      1, { 0xa4 }, 1 },
    { "rep movsb to",   M_ALL,      2, { 0xf3, 0xa4 } },
    { "rep movsb from", M_ALL,      2, { 0xf3, 0xa4 }, 1 },
    { "rep stosb",      M_ALL,      2, { 0xf3, 0xaa } },
    { "repe cmpsb",     M_ALL,      2, { 0xf3, 0xa6 } },
    { "in al,dx",       M_RING0,    1, { 0xec } },
    { "out dx,al",      M_RING0,    1, { 0xee } },
    { "insb",           M_RING0,    1, { 0x6c }, 1 },
    { "rep insb",       M_RING0,    2, { 0xf3, 0x6c }, 1 },
    { "outsb",          M_RING0,    1, { 0x6e } },
    { "rep outsb",      M_RING0,    2, { 0xf3, 0x6e } },
};

/* To the instruction's exit. FALSE: there is none. */
static BOOL start_exit( struct vm *vm, const struct row *row, enum mode mode, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    UINT64 regs[REG_COUNT];

    vm_default_regs( mode, regs );
    regs[RCX] = 3;
    regs[RDX] = 0x1234;
    if (row->swap)
    {
        regs[RSI] = modes[mode].hole;
        regs[RDI] = modes[mode].data;
    }
    vm_load( vm, mode, row->code, row->length, regs );
    vm_make_handlers( vm, mode );
    if (!vm_run( vm, exit )) return FALSE;
    ok( exit->ExitReason == WHvRunVpExitReasonMemoryAccess || exit->ExitReason == WHvRunVpExitReasonX64IoPortAccess,
        "exit %#x\n", exit->ExitReason );
    check_vp_context( vm, exit, vm->before );
    check_regs( vm, vm->before );
    return exit->ExitReason == WHvRunVpExitReasonMemoryAccess || exit->ExitReason == WHvRunVpExitReasonX64IoPortAccess;
}

/* The instruction's data as of its exit: what the client does must not change it. */
static BYTE memory_before[0x1000];

static void check_event( struct vm *vm, enum mode mode, UINT8 vector, BOOL has_error )
{
    UINT64 stack = mode == MODE_USER ? STACK_TOP - 0x1000 : STACK_TOP, rip = 0;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    UINT32 i;

    if (!vm_run( vm, &exit )) return;
    ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x at %#llx\n", exit.ExitReason,
        exit.VpContext.Rip );
    if (exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess) return;
    ok( exit.IoPortAccess.PortNumber == HANDLER_PORT( vector ), "port %#x\n", exit.IoPortAccess.PortNumber );
    /* the return address is that of the instruction */
    if (mode == MODE_REAL) memcpy( &rip, vm->ram + stack - 6, 2 );
    else if (mode == MODE_PROT) memcpy( &rip, vm->ram + stack - (has_error ? 16 : 12) + (has_error ? 4 : 0), 4 );
    else memcpy( &rip, vm->ram + (stack & ~15ull) - 40, 8 );
    ok( rip == vm->before[RIP], "return address %#llx, expected %#llx\n", rip, vm->before[RIP] );
    vm_get_regs( vm, regs );
    for (i = 0; i < RSP; i++)
        ok( !((regs[i] ^ vm->before[i]) & modes[mode].mask), "register %u is %#llx, was %#llx\n", i, regs[i],
            vm->before[i] );
    for (i = RBP; i < (mode >= MODE_LONG ? RIP : R8); i++)
        ok( !((regs[i] ^ vm->before[i]) & modes[mode].mask), "register %u is %#llx, was %#llx\n", i, regs[i],
            vm->before[i] );
    ok( !memcmp( memory_before, vm->ram + DATA_GPA, sizeof(memory_before) ), "memory has changed\n" );
}

/* An exception instead of the instruction: it is the instruction's, which has done nothing. */
static void inject_exception( struct vm *vm, enum mode mode )
{
    vm_inject_gp( vm, mode );
    check_event( vm, mode, 13, mode != MODE_REAL );
}

/* An interrupt before the instruction, which is still to come then. */
static void inject_interrupt( struct vm *vm, enum mode mode )
{
    WHV_REGISTER_NAME names[2] = { WHvX64RegisterRflags, WHvRegisterPendingInterruption };
    WHV_REGISTER_VALUE values[2];
    HRESULT hr;

    memset( values, 0, sizeof(values) );
    values[0].Reg64 = vm->before[RFLAGS] | FLAG_IF;
    values[1].PendingInterruption.InterruptionPending = 1;
    values[1].PendingInterruption.InterruptionType = WHvX64PendingInterrupt;
    values[1].PendingInterruption.InterruptionVector = 0x30;
    hr = WHvSetVirtualProcessorRegisters( vm->partition, 0, names, 2, values );
    ok( hr == S_OK, "PendingInterruption: %#lx\n", hr );
    check_event( vm, mode, 0x30, FALSE );
}

static void go_elsewhere( struct vm *vm, enum mode mode )
{
    UINT64 regs[REG_COUNT];

    (void)mode;
    memcpy( regs, vm->before, sizeof(regs) );
    regs[RIP] += ALT_OFFSET;
    vm_set_reg( vm, WHvX64RegisterRip, regs[RIP] );
    run_to_port( vm, ALT_PORT, regs );
    ok( !memcmp( memory_before, vm->ram + DATA_GPA, sizeof(memory_before) ), "memory has changed\n" );
}

/* Everything is saved, overwritten, and put back: the instruction comes as it came. */
static void save_and_restore( struct vm *vm, const WHV_RUN_VP_EXIT_CONTEXT *first )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterRax, WHvX64RegisterRcx, WHvX64RegisterRdx, WHvX64RegisterRbx, WHvX64RegisterRsp,
        WHvX64RegisterRbp, WHvX64RegisterRsi, WHvX64RegisterRdi, WHvX64RegisterRip, WHvX64RegisterRflags,
        WHvX64RegisterEs, WHvX64RegisterCs, WHvX64RegisterSs, WHvX64RegisterDs, WHvX64RegisterFs, WHvX64RegisterGs,
        WHvX64RegisterTr, WHvX64RegisterIdtr, WHvX64RegisterGdtr, WHvX64RegisterCr0, WHvX64RegisterCr2,
        WHvX64RegisterCr3, WHvX64RegisterCr4, WHvX64RegisterEfer, WHvX64RegisterXmm0, WHvX64RegisterXmm15,
        WHvRegisterPendingInterruption, WHvRegisterInterruptState, WHvRegisterPendingEvent
    };
    WHV_REGISTER_VALUE saved[ARRAY_COUNT(names)], other[10];
    WHV_RUN_VP_EXIT_CONTEXT exit;
    HRESULT hr;

    hr = WHvGetVirtualProcessorRegisters( vm->partition, 0, names, ARRAY_COUNT(names), saved );
    ok( hr == S_OK, "get: %#lx\n", hr );
    memset( other, 0x11, sizeof(other) );
    hr = WHvSetVirtualProcessorRegisters( vm->partition, 0, names, 9, other );
    ok( hr == S_OK, "set: %#lx\n", hr );
    hr = WHvSetVirtualProcessorRegisters( vm->partition, 0, names, ARRAY_COUNT(names), saved );
    ok( hr == S_OK, "set: %#lx\n", hr );
    if (vm_run( vm, &exit )) check_same_exit( first, &exit );
    check_regs( vm, vm->before );
    ok( !memcmp( memory_before, vm->ram + DATA_GPA, sizeof(memory_before) ), "memory has changed\n" );
}

/* The vp is deleted in the middle, and made again. */
static void make_again( struct vm *vm, enum mode mode )
{
    static const BYTE load[] = { 0x8a, 0x17 };          /* mov dl,[di/bx] */
    UINT64 regs[REG_COUNT];
    HRESULT hr;

    hr = WHvDeleteVirtualProcessor( vm->partition, 0 );
    ok( hr == S_OK, "delete: %#lx\n", hr );
    hr = WHvCreateVirtualProcessor( vm->partition, 0, 0 );
    ok( hr == S_OK, "create: %#lx\n", hr );
    ok( !memcmp( memory_before, vm->ram + DATA_GPA, sizeof(memory_before) ), "memory has changed\n" );
    /* nothing of the old instruction falls upon a new one, which reads memory */
    vm_default_regs( mode, regs );
    regs[RDI] = regs[RBX] = modes[mode].data + 0x120;
    vm_load( vm, mode, load, sizeof(load), regs );
    regs[RIP] += sizeof(load);
    regs[RDX] = (regs[RDX] & ~0xffull) | vm->ram[DATA_GPA + 0x120];
    run_to_port( vm, END_PORT, regs );
}

static void run_again_with_trap_flag( struct vm *vm, const WHV_RUN_VP_EXIT_CONTEXT *first )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];

    memcpy( regs, vm->before, sizeof(regs) );
    regs[RFLAGS] |= FLAG_TF;
    vm_set_reg( vm, WHvX64RegisterRflags, regs[RFLAGS] );
    if (!vm_run( vm, &exit )) return;
    ok( exit.ExitReason == first->ExitReason, "exit %#x\n", exit.ExitReason );
    check_vp_context( vm, &exit, regs );
    check_regs( vm, regs );
    ok( !memcmp( memory_before, vm->ram + DATA_GPA, sizeof(memory_before) ), "memory has changed\n" );
}

enum { EXCEPTION, INTERRUPT, ELSEWHERE, RESTORE, AGAIN, TRAP_FLAG, ACTION_COUNT };

static const char * const actions[ACTION_COUNT] = { "exception", "interrupt", "elsewhere", "restore", "made again",
                                                    "TF" };

static void test_actions( void )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    const struct row *row;
    enum mode mode;
    struct vm vm;
    UINT32 action;

    if (!vm_create( &vm, NULL )) return;
    for (row = rows; row < rows + ARRAY_COUNT(rows); row++)
        for (mode = 0; mode < MODE_COUNT; mode++)
            for (action = 0; action < ACTION_COUNT; action++)
            {
                if (!(row->modes & 1 << mode)) continue;
                winetest_push_context( "%s %s %s", modes[mode].name, row->name, actions[action] );
                if (start_exit( &vm, row, mode, &exit ))
                {
                    memcpy( memory_before, vm.ram + DATA_GPA, sizeof(memory_before) );
                    switch (action)
                    {
                    case EXCEPTION: inject_exception( &vm, mode ); break;
                    case INTERRUPT: inject_interrupt( &vm, mode ); break;
                    case ELSEWHERE: go_elsewhere( &vm, mode ); break;
                    case RESTORE:   save_and_restore( &vm, &exit ); break;
                    case AGAIN:     make_again( &vm, mode ); break;
                    case TRAP_FLAG: run_again_with_trap_flag( &vm, &exit ); break;
                    }
                }
                winetest_pop_context();
            }
    vm_destroy( &vm );
}

/* ---- another thread looks on ---- */

static struct vm *watched;
static volatile LONG watch_stop, watch_looks;
static UINT64 watch_rip, watch_rdi, watch_seen_rip, watch_seen_rdi;

/* The registers of a vp that runs into an exit again and again, and the map beside it. */
static DWORD WINAPI watch( void *unused )
{
    static const WHV_REGISTER_NAME names[] = { WHvX64RegisterRip, WHvX64RegisterRdi };
    WHV_REGISTER_VALUE values[2];

    (void)unused;
    while (!watch_stop)
    {
        if (WHvGetVirtualProcessorRegisters( watched->partition, 0, names, 2, values ) != S_OK) break;
        if (values[0].Reg64 != watch_rip) watch_seen_rip = values[0].Reg64;
        if (values[1].Reg64 != watch_rdi) watch_seen_rdi = values[1].Reg64;
        if (!(watch_looks++ & 7))
        {
            WHvMapGpaRange( watched->partition, watched->ram + 0x100000, 0x400000, 0x1000, WHvMapGpaRangeFlagRead );
            WHvUnmapGpaRange( watched->partition, 0x400000, 0x1000 );
        }
    }
    return 0;
}

static void test_watched( void )
{
    WHV_RUN_VP_EXIT_CONTEXT first, exit;
    const struct row *row;
    HANDLE thread;
    struct vm vm;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    watched = &vm;
    for (row = rows; row < rows + ARRAY_COUNT(rows); row++)
    {
        winetest_push_context( "%s watched", row->name );
        if (start_exit( &vm, row, MODE_LONG, &first ))
        {
            memcpy( memory_before, vm.ram + DATA_GPA, sizeof(memory_before) );
            watch_rip = watch_seen_rip = vm.before[RIP];
            watch_rdi = watch_seen_rdi = vm.before[RDI];
            watch_stop = watch_looks = 0;
            thread = CreateThread( NULL, 0, watch, NULL, 0, NULL );
            for (i = 0; i < 500 && (i < 30 || watch_looks < 30); i++)
            {
                if (!vm_run( &vm, &exit )) break;
                if (memcmp( &first.VpContext, &exit.VpContext, sizeof(exit.VpContext) )) break;
            }
            watch_stop = 1;
            WaitForSingleObject( thread, INFINITE );
            CloseHandle( thread );
            if (i < 500 && (i < 30 || watch_looks < 30)) check_same_exit( &first, &exit );
            ok( watch_seen_rip == watch_rip, "rip is seen as %#llx\n", watch_seen_rip );
            ok( watch_seen_rdi == watch_rdi, "rdi is seen as %#llx\n", watch_seen_rdi );
            ok( !memcmp( memory_before, vm.ram + DATA_GPA, sizeof(memory_before) ), "memory has changed\n" );
        }
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

START_TEST(complete)
{
    if (!vm_present()) return;
    test_actions();
    test_watched();
}
