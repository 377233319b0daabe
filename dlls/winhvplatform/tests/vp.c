/*
 * Conformance: virtual processors, running and canceling
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

static const BYTE spin[] = { 0xeb, 0xfe };              /* jmp self */

struct runner
{
    struct vm              *vm;
    HANDLE                  started;
    HRESULT                 hr;
    WHV_RUN_VP_EXIT_CONTEXT exit;
};

static DWORD WINAPI run_thread( void *arg )
{
    struct runner *runner = arg;

    SetEvent( runner->started );
    runner->hr = WHvRunVirtualProcessor( runner->vm->partition, 0, &runner->exit, sizeof(runner->exit) );
    return 0;
}

static HANDLE start_runner( struct runner *runner, struct vm *vm )
{
    HANDLE thread;

    memset( runner, 0, sizeof(*runner) );
    runner->vm = vm;
    runner->started = CreateEventA( NULL, FALSE, FALSE, NULL );
    thread = CreateThread( NULL, 0, run_thread, runner, 0, NULL );
    WaitForSingleObject( runner->started, INFINITE );
    Sleep( 50 );                                        /* into the guest */
    return thread;
}

static void end_runner( struct runner *runner, HANDLE thread )
{
    DWORD ret = WaitForSingleObject( thread, 10000 );

    ok( ret == WAIT_OBJECT_0, "the runner does not come back\n" );
    CloseHandle( thread );
    CloseHandle( runner->started );
}

static void test_create( void )
{
    static const struct vm_config config = { .vps = 4, .no_vp = TRUE };
    WHV_VIRTUAL_PROCESSOR_PROPERTY property, twice[2];
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, &config )) return;
    hr = WHvCreateVirtualProcessor( vm.partition, 4, 0 );
    ok( hr == E_INVALIDARG, "index 4 of 4: %#lx\n", hr );
    hr = WHvCreateVirtualProcessor( vm.partition, 0xffffffff, 0 );
    ok( hr == E_INVALIDARG, "index -1: %#lx\n", hr );
    hr = WHvCreateVirtualProcessor( vm.partition, 0, 1 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "flags: %#lx\n", hr );
    hr = WHvDeleteVirtualProcessor( vm.partition, 0 );
    ok( hr == WHV_E_VP_DOES_NOT_EXIST, "delete: %#lx\n", hr );

    for (i = 4; i-- > 0; )
    {
        hr = WHvCreateVirtualProcessor( vm.partition, i, 0 );
        ok( hr == S_OK, "%u: %#lx\n", i, hr );
        hr = WHvCreateVirtualProcessor( vm.partition, i, 0 );
        ok( hr == WHV_E_VP_ALREADY_EXISTS, "%u again: %#lx\n", i, hr );
    }
    hr = WHvDeleteVirtualProcessor( vm.partition, 2 );
    ok( hr == S_OK, "delete: %#lx\n", hr );
    hr = WHvDeleteVirtualProcessor( vm.partition, 2 );
    ok( hr == WHV_E_VP_DOES_NOT_EXIST, "delete again: %#lx\n", hr );
    hr = WHvCancelRunVirtualProcessor( vm.partition, 2, 0 );
    ok( hr == WHV_E_VP_DOES_NOT_EXIST || broken( FAILED(hr) ), "cancel: %#lx\n", hr );

    memset( &property, 0, sizeof(property) );
    property.PropertyCode = 77;
    hr = WHvCreateVirtualProcessor2( vm.partition, 2, &property, 1 );
    ok( hr == E_INVALIDARG, "unknown property: %#lx\n", hr );
    property.PropertyCode = WHvVirtualProcessorPropertyCodeNumaNode;
    property.NumaNode = 0xffff;
    hr = WHvCreateVirtualProcessor2( vm.partition, 2, &property, 1 );
    ok( hr == E_INVALIDARG, "no such node: %#lx\n", hr );
    twice[0] = property;
    property.NumaNode = 0;
    twice[1] = property;
    hr = WHvCreateVirtualProcessor2( vm.partition, 2, twice, 2 );
    ok( hr == S_OK, "the last one counts: %#lx\n", hr );
    hr = WHvCreateVirtualProcessor2( vm.partition, 2, NULL, 0 );
    ok( hr == WHV_E_VP_ALREADY_EXISTS, "again: %#lx\n", hr );
    vm_destroy( &vm );
}

/* An index that is used again is a new processor. */
static void test_create_again( void )
{
    static const BYTE in[] = { 0xe4, 0x42 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    for (i = 0; i < 5; i++)
    {
        /* left in the middle of an exit, canceled, with an interrupt pending */
        vm_load( &vm, MODE_LONG, in, sizeof(in), NULL );
        if (vm_run( &vm, &exit ))
            ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
        hr = WHvCancelRunVirtualProcessor( vm.partition, 0, 0 );
        ok( hr == S_OK, "%#lx\n", hr );
        hr = vm_set_reg( &vm, WHvRegisterPendingInterruption, 0x200001 );
        ok( hr == S_OK, "%#lx\n", hr );

        hr = WHvDeleteVirtualProcessor( vm.partition, 0 );
        ok( hr == S_OK, "%#lx\n", hr );
        hr = WHvCreateVirtualProcessor( vm.partition, 0, 0 );
        ok( hr == S_OK, "%#lx\n", hr );
        ok( vm_get_reg( &vm, WHvX64RegisterRip ) == 0xfff0, "rip\n" );
        ok( vm_get_reg( &vm, WHvX64RegisterRsi ) == 0, "rsi\n" );
        ok( vm_get_reg( &vm, WHvX64RegisterEfer ) == 0, "efer\n" );
        ok( vm_get_reg( &vm, WHvRegisterPendingInterruption ) == 0, "pending interruption\n" );
        vm_load( &vm, MODE_PROT, NULL, 0, NULL );
        run_to_port( &vm, END_PORT, vm.before );
    }
    vm_destroy( &vm );
}

static void test_run_arguments( void )
{
    static const UINT32 good[] = { 144, 176, 208, 224, sizeof(WHV_RUN_VP_EXIT_CONTEXT) }, bad[] = { 0, 1, 48, 143 };
    BYTE buffer[512];
    struct vm vm;
    HRESULT hr;
    UINT32 i, j;

    if (!vm_create( &vm, NULL )) return;
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    for (i = 0; i < ARRAY_COUNT(bad); i++)
    {
        memset( buffer, 0xcc, sizeof(buffer) );
        hr = WHvRunVirtualProcessor( vm.partition, 0, buffer, bad[i] );
        ok( hr == WHV_E_INSUFFICIENT_BUFFER, "size %u: %#lx\n", bad[i], hr );
        ok( buffer[0] == 0xcc, "size %u: written\n", bad[i] );
    }
    for (i = 0; i < ARRAY_COUNT(good); i++)
    {
        memset( buffer, 0xcc, sizeof(buffer) );
        hr = WHvRunVirtualProcessor( vm.partition, 0, buffer, good[i] );
        ok( hr == S_OK || broken( FAILED(hr) && good[i] < 224 ), "size %u: %#lx\n", good[i], hr );
        if (FAILED(hr)) continue;
        ok( *(UINT32 *)buffer == WHvRunVpExitReasonX64IoPortAccess, "size %u: exit %#x\n", good[i],
            *(UINT32 *)buffer );
        for (j = good[i]; j < sizeof(buffer); j++) if (buffer[j] != 0xcc) break;
        ok( j == sizeof(buffer), "size %u: byte %u is written\n", good[i], j );
    }
    hr = WHvRunVirtualProcessor( vm.partition, 1, buffer, sizeof(buffer) );
    ok( hr == WHV_E_VP_DOES_NOT_EXIST || broken( FAILED(hr) ), "no such vp: %#lx\n", hr );
    vm_destroy( &vm );
}

static BOOL run_canceled( struct vm *vm )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    if (!vm_run( vm, &exit )) return FALSE;
    ok( exit.ExitReason == WHvRunVpExitReasonCanceled, "exit %#x\n", exit.ExitReason );
    ok( exit.CancelReason.CancelReason == 0, "reason %u\n", exit.CancelReason.CancelReason );
    check_vp_context( vm, &exit, vm->before );
    return exit.ExitReason == WHvRunVpExitReasonCanceled;
}

static void test_cancel( void )
{
    static const BYTE in[] = { 0xe4, 0x42 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    struct runner runner;
    enum mode mode;
    struct vm vm;
    HANDLE thread;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;

    /* before the first run, more than once: one exit, and nothing of the guest has run */
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    for (i = 0; i < 3; i++)
    {
        hr = WHvCancelRunVirtualProcessor( vm.partition, 0, 0 );
        ok( hr == S_OK, "%#lx\n", hr );
    }
    run_canceled( &vm );
    run_to_port( &vm, END_PORT, vm.before );

    hr = WHvCancelRunVirtualProcessor( vm.partition, 0, 1 );
    ok( hr == E_INVALIDARG || broken( SUCCEEDED(hr) ), "flags: %#lx\n", hr );
    hr = WHvCancelRunVirtualProcessor( vm.partition, 1, 0 );
    ok( hr == WHV_E_VP_DOES_NOT_EXIST || broken( FAILED(hr) ), "no such vp: %#lx\n", hr );
    run_to_port( &vm, END_PORT, vm.before );

    /* between an exit and its completion */
    vm_load( &vm, MODE_LONG, in, sizeof(in), NULL );
    if (vm_run( &vm, &exit ))
    {
        memcpy( regs, vm.before, sizeof(regs) );
        regs[RIP] += sizeof(in);
        regs[RAX] = 0x1234;
        vm_set_regs( &vm, regs );
        memcpy( vm.before, regs, sizeof(regs) );
        hr = WHvCancelRunVirtualProcessor( vm.partition, 0, 0 );
        ok( hr == S_OK, "%#lx\n", hr );
        run_canceled( &vm );
        check_regs( &vm, regs );
        run_to_port( &vm, END_PORT, regs );
    }

    /* out of a loop, from another thread */
    for (mode = 0; mode < MODE_COUNT; mode++)
    {
        winetest_push_context( "%s cancel", modes[mode].name );
        vm_load( &vm, mode, spin, sizeof(spin), NULL );
        for (i = 0; i < 3; i++)
        {
            thread = start_runner( &runner, &vm );
            hr = WHvCancelRunVirtualProcessor( vm.partition, 0, 0 );
            ok( hr == S_OK, "%#lx\n", hr );
            end_runner( &runner, thread );
            ok( runner.hr == S_OK, "%#lx\n", runner.hr );
            ok( runner.exit.ExitReason == WHvRunVpExitReasonCanceled, "exit %#x\n", runner.exit.ExitReason );
            check_vp_context( &vm, &runner.exit, vm.before );
            check_regs( &vm, vm.before );
        }
        /* each was consumed */
        vm_load( &vm, mode, NULL, 0, NULL );
        run_to_port( &vm, END_PORT, vm.before );
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

/* What other threads may do while a vp runs */
static void test_while_running( void )
{
    /* counts in rcx until [rdi] is not what it was */
    static const BYTE code[] =
    {
        0x48, 0xff, 0xc1,           /* inc rcx */
        0x80, 0x3f, 0xda,           /* cmp byte [rdi],da */
        0x74, 0xf8,                 /* je start */
    };
    WHV_REGISTER_NAME name = WHvX64RegisterRcx;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_REGISTER_VALUE value;
    UINT64 regs[REG_COUNT], first;
    struct runner runner;
    struct vm vm;
    HANDLE thread;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    vm_default_regs( MODE_USER, regs );
    regs[RDI] = modes[MODE_USER].data;
    regs[RCX] = 0;
    vm_load( &vm, MODE_USER, code, sizeof(code), regs );
    thread = start_runner( &runner, &vm );

    hr = WHvRunVirtualProcessor( vm.partition, 0, &exit, sizeof(exit) );
    ok( hr == WHV_E_INVALID_VP_STATE || broken( FAILED(hr) ), "run twice: %#lx\n", hr );

    /* Windows refuses; stopping the vp for a moment is kinder */
    hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
    ok( hr == S_OK || broken( hr == WHV_E_INVALID_VP_STATE ), "registers: %#lx\n", hr );
    if (SUCCEEDED(hr))
    {
        first = value.Reg64;
        Sleep( 20 );
        hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
        ok( hr == S_OK, "registers: %#lx\n", hr );
        ok( value.Reg64 > first, "rcx %#llx, then %#llx\n", first, value.Reg64 );
        value.Reg64 = 0x1000000000000000;
        hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
        ok( hr == S_OK, "registers: %#lx\n", hr );
        Sleep( 20 );
    }

    hr = WHvMapGpaRange( vm.partition, vm.ram + HOLE_GPA, HOLE_GPA, 0x1000, WHvMapGpaRangeFlagRead );
    ok( hr == S_OK, "map: %#lx\n", hr );
    hr = WHvUnmapGpaRange( vm.partition, HOLE_GPA, 0x1000 );
    ok( hr == S_OK, "unmap: %#lx\n", hr );

    if (winetest_platform_is_wine)
    {
        hr = WHvDeleteVirtualProcessor( vm.partition, 0 );
        ok( hr == WHV_E_INVALID_VP_STATE, "delete vp: %#lx\n", hr );
        hr = WHvDeletePartition( vm.partition );
        ok( hr == WHV_E_INVALID_VP_STATE, "delete partition: %#lx\n", hr );
    }
    ok( WaitForSingleObject( thread, 0 ) == WAIT_TIMEOUT, "exit %#x\n", runner.exit.ExitReason );

    vm.ram[DATA_GPA] = 0;
    end_runner( &runner, thread );
    ok( runner.hr == S_OK, "%#lx\n", runner.hr );
    ok( runner.exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", runner.exit.ExitReason );
    first = vm_get_reg( &vm, name );
    ok( first > 0x1000000000000000 || broken( first < 0x1000000000000000 ), "rcx %#llx\n", first );

    /* the same by changing what is mapped there */
    vm_load( &vm, MODE_USER, code, sizeof(code), regs );
    thread = start_runner( &runner, &vm );
    hr = WHvMapGpaRange( vm.partition, vm.rom, DATA_GPA & ~0xfffull, 0x1000, WHvMapGpaRangeFlagRead );
    ok( hr == S_OK, "map: %#lx\n", hr );
    end_runner( &runner, thread );
    ok( runner.exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", runner.exit.ExitReason );
    vm_destroy( &vm );
}

/* A vp is bound to no thread. */
static void test_threads( void )
{
    static const BYTE in[] = { 0xe4, 0x42 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    struct runner runner;
    enum mode mode;
    struct vm vm;
    HANDLE thread;

    if (!vm_create( &vm, NULL )) return;
    for (mode = 0; mode < MODE_COUNT; mode++)
    {
        vm_load( &vm, mode, in, sizeof(in), NULL );
        thread = start_runner( &runner, &vm );
        end_runner( &runner, thread );
        ok( runner.exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", runner.exit.ExitReason );
        if (vm_run( &vm, &exit )) check_same_exit( &runner.exit, &exit );
        memcpy( regs, vm.before, sizeof(regs) );
        regs[RIP] += sizeof(in);
        regs[RAX] = 0x4321;
        vm_set_regs( &vm, regs );
        thread = start_runner( &runner, &vm );
        end_runner( &runner, thread );
        ok( runner.exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", runner.exit.ExitReason );
        ok( runner.exit.IoPortAccess.PortNumber == END_PORT, "port %#x\n", runner.exit.IoPortAccess.PortNumber );
        check_regs( &vm, regs );
    }
    vm_destroy( &vm );
}

#define MANY 16

struct many
{
    struct vm     *vm;
    UINT32         index;
    HRESULT        hr;
    UINT32         exits, wrong;
    volatile LONG *stop;
};

/* Runs until it is told to stop and canceled once more. */
static DWORD WINAPI many_thread( void *arg )
{
    struct many *many = arg;
    WHV_RUN_VP_EXIT_CONTEXT exit;

    do
    {
        many->hr = WHvRunVirtualProcessor( many->vm->partition, many->index, &exit, sizeof(exit) );
        if (exit.ExitReason != WHvRunVpExitReasonCanceled || exit.VpContext.Rip != (CODE_GPA & 0xffff)) many->wrong++;
        many->exits++;
    }
    while (SUCCEEDED(many->hr) && !*many->stop);
    return 0;
}

/* More vps than the host has processors, all in the guest at once, while what they share is edited. */
static void test_many( void )
{
    static const struct vm_config config = { .vps = MANY, .no_vp = TRUE };
    static const WHV_REGISTER_NAME names[] = { WHvX64RegisterCs, WHvX64RegisterRip, WHvX64RegisterRbx };
    static struct many many[MANY];
    WHV_REGISTER_VALUE values[3];
    HANDLE threads[MANY];
    LONG stop = 0;
    struct vm vm;
    HRESULT hr;
    UINT32 i, j;

    if (!vm_create( &vm, &config )) return;
    memcpy( vm.ram + CODE_GPA, spin, sizeof(spin) );
    memset( values, 0, sizeof(values) );
    values[0].Segment.Base = CODE_GPA & ~0xffffull;
    values[0].Segment.Selector = (CODE_GPA & ~0xffff) >> 4;
    values[0].Segment.Limit = 0xffff;
    values[0].Segment.Attributes = 0x9b;
    values[1].Reg64 = CODE_GPA & 0xffff;
    for (i = 0; i < MANY; i++)
    {
        hr = WHvCreateVirtualProcessor( vm.partition, i, 0 );
        ok( hr == S_OK, "vp %u: %#lx\n", i, hr );
        values[2].Reg64 = 0x1000 + i;
        hr = WHvSetVirtualProcessorRegisters( vm.partition, i, names, 3, values );
        ok( hr == S_OK, "vp %u: %#lx\n", i, hr );
        many[i] = (struct many){ .vm = &vm, .index = i, .stop = &stop };
        threads[i] = CreateThread( NULL, 0, many_thread, &many[i], 0, NULL );
    }
    for (j = 0; j < 3; j++)
    {
        hr = WHvMapGpaRange( vm.partition, vm.ram + HOLE_GPA, HOLE_GPA, 0x1000, WHvMapGpaRangeFlagRead );
        ok( hr == S_OK, "map: %#lx\n", hr );
        for (i = j; i < MANY; i += 4)
        {
            hr = WHvGetVirtualProcessorRegisters( vm.partition, i, names + 2, 1, values + 2 );
            ok( hr == S_OK || broken( hr == WHV_E_INVALID_VP_STATE ), "vp %u: %#lx\n", i, hr );
            if (hr == S_OK) ok( values[2].Reg64 == 0x1000 + i, "vp %u: rbx %#llx\n", i, values[2].Reg64 );
        }
        for (i = 0; i < MANY; i++)
        {
            hr = WHvCancelRunVirtualProcessor( vm.partition, i, 0 );
            ok( hr == S_OK, "vp %u: %#lx\n", i, hr );
        }
        hr = WHvUnmapGpaRange( vm.partition, HOLE_GPA, 0x1000 );
        ok( hr == S_OK, "unmap: %#lx\n", hr );
    }
    InterlockedExchange( &stop, 1 );
    for (i = 0; i < MANY; i++)
    {
        hr = WHvCancelRunVirtualProcessor( vm.partition, i, 0 );
        ok( hr == S_OK, "vp %u: %#lx\n", i, hr );
    }
    for (i = 0; i < MANY; i++)
    {
        ok( WaitForSingleObject( threads[i], 30000 ) == WAIT_OBJECT_0, "vp %u does not come back\n", i );
        CloseHandle( threads[i] );
        ok( many[i].hr == S_OK && !many[i].wrong, "vp %u: %#lx, %u of %u exits\n", i, many[i].hr, many[i].wrong,
            many[i].exits );
        ok( many[i].exits >= 1 && many[i].exits <= 4, "vp %u: %u exits of 4 cancels\n", i, many[i].exits );
    }
    vm_destroy( &vm );
}

/* A thread that ends in the middle leaves a vp that can be run. */
static void test_terminate( void )
{
    struct runner runner;
    struct vm vm;
    HANDLE thread;

    if (!winetest_platform_is_wine)
    {
        skip( "not sure what Windows makes of it\n" );
        return;
    }
    if (!vm_create( &vm, NULL )) return;
    vm_load( &vm, MODE_USER, spin, sizeof(spin), NULL );
    thread = start_runner( &runner, &vm );
    TerminateThread( thread, 0 );
    WaitForSingleObject( thread, INFINITE );
    CloseHandle( thread );
    CloseHandle( runner.started );
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    run_to_port( &vm, END_PORT, vm.before );
    vm_destroy( &vm );
}

START_TEST(vp)
{
    if (!vm_present()) return;
    test_create();
    test_create_again();
    test_run_arguments();
    test_cancel();
    test_while_running();
    test_threads();
    test_many();
    test_terminate();
}
