/*
 * Doorbells: the page that they are in, events counted, what is left of them
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

#include "doorbells.h"

/* A page with a doorbell is no memory until it goes. */
static void test_page( UINT64 gpa, BOOL writable )
{
    static const BYTE store[] = { 0x89, 0x07 }, load[] = { 0x8b, 0x07 };
    WHV_DOORBELL_MATCH_DATA match = make_match( gpa + 8, 0, 4, LENGTH );
    WHV_RUN_VP_EXIT_CONTEXT exit;
    HANDLE event = make_event();
    UINT64 regs[REG_COUNT], after[REG_COUNT];
    struct vm vm;
    UINT32 *word;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    word = (UINT32 *)(writable ? vm.ram + gpa : vm.rom + (gpa - ROM_GPA));
    hr = WHvRegisterPartitionDoorbellEvent( vm.partition, &match, event );
    ok( hr == S_OK, "register: %#lx\n", hr );

    vm_default_regs( MODE_PROT, regs );
    regs[RDI] = gpa + 8;
    vm_load( &vm, MODE_PROT, store, sizeof(store), regs );
    word[0] = word[2] = 0x12345678;
    memcpy( after, vm.before, sizeof(after) );
    after[RIP] += sizeof(store);
    run_to_port( &vm, END_PORT, after );
    check_set( event );
    ok( word[2] == 0x12345678, "written: %#x\n", word[2] );

    regs[RDI] = gpa;
    vm_load( &vm, MODE_PROT, store, sizeof(store), regs );
    word[0] = 0x12345678;
    if (vm_run( &vm, &exit ))
    {
        ok( exit.ExitReason == WHvRunVpExitReasonMemoryAccess && exit.MemoryAccess.Gpa == gpa &&
            exit.MemoryAccess.AccessInfo.GpaUnmapped, "store: exit %#x\n", exit.ExitReason );
        ok( word[0] == 0x12345678, "written: %#x\n", word[0] );
    }
    regs[RDI] = gpa + 8;
    vm_load( &vm, MODE_PROT, load, sizeof(load), regs );
    if (vm_run( &vm, &exit ))
        ok( exit.ExitReason == WHvRunVpExitReasonMemoryAccess && exit.MemoryAccess.Gpa == gpa + 8 &&
            exit.MemoryAccess.AccessInfo.AccessType == WHvMemoryAccessRead, "load: exit %#x\n", exit.ExitReason );
    check_clear( event );

    /* mapped again meanwhile: as before */
    hr = WHvMapGpaRange( vm.partition, word, gpa, 0x1000, WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagExecute |
                                                          (writable ? WHvMapGpaRangeFlagWrite : 0) );
    ok( hr == S_OK, "map: %#lx\n", hr );
    vm_load( &vm, MODE_PROT, load, sizeof(load), regs );
    if (vm_run( &vm, &exit ))
        ok( exit.ExitReason == WHvRunVpExitReasonMemoryAccess, "load: exit %#x\n", exit.ExitReason );

    hr = WHvUnregisterPartitionDoorbellEvent( vm.partition, &match );
    ok( hr == S_OK, "unregister: %#lx\n", hr );
    vm_load( &vm, MODE_PROT, load, sizeof(load), regs );
    word[2] = 0x9abcdef0;
    memcpy( after, vm.before, sizeof(after) );
    after[RIP] += sizeof(load);
    after[RAX] = 0x9abcdef0;
    run_to_port( &vm, END_PORT, after );
    vm_destroy( &vm );
    CloseHandle( event );
}

/* ---- counted on both sides ---- */

#define ROUNDS 300

struct counter
{
    HANDLE          event;
    volatile UINT32 *answer;
    UINT32          count;
};

static DWORD WINAPI count_events( void *arg )
{
    struct counter *counter = arg;

    while (counter->count < ROUNDS && WaitForSingleObject( counter->event, 30000 ) == WAIT_OBJECT_0)
    {
        counter->count++;
        *counter->answer = ROUNDS - counter->count;
    }
    return 0;
}

/* The guest rings, waits for the answer in memory, and rings again; its vp never returns meanwhile. */
static void test_count( UINT32 offset, BYTE prefix, UINT32 bytes )
{
    BYTE code[] =
    {
        0xb9, ROUNDS & 0xff, ROUNDS >> 8, 0, 0,         /* mov ecx,ROUNDS */
        0x90, 0x89, 0x07,                               /* 1: mov [edi],eax, with a prefix */
        0xff, 0xc9,                                     /* dec ecx */
        0x39, 0x0e,                                     /* 2: cmp [esi],ecx */
        0x75, 0xfc,                                     /* jne 2b */
        0x85, 0xc9,                                     /* test ecx,ecx */
        0x75, 0xf3,                                     /* jnz 1b */
    };
    WHV_DOORBELL_MATCH_DATA match = make_match( HOLE_GPA + offset, 0, bytes, LENGTH );
    struct counter counter = { .event = make_event() };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    HANDLE thread;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    code[5] = prefix;
    hr = WHvRegisterPartitionDoorbellEvent( vm.partition, &match, counter.event );
    ok( hr == S_OK, "register: %#lx\n", hr );
    vm_default_regs( MODE_LONG, regs );
    regs[RDI] += offset;
    regs[RSI] = LONG_BASE + DATA_GPA;
    vm_load( &vm, MODE_LONG, code, sizeof(code), regs );
    counter.answer = (UINT32 *)(vm.ram + DATA_GPA);
    *counter.answer = ~0u;
    thread = CreateThread( NULL, 0, count_events, &counter, 0, NULL );
    if (vm_run( &vm, &exit ))
        ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess && exit.IoPortAccess.PortNumber == END_PORT,
            "exit %#x\n", exit.ExitReason );
    WaitForSingleObject( thread, INFINITE );
    CloseHandle( thread );
    ok( counter.count == ROUNDS, "%u of %u\n", counter.count, ROUNDS );
    check_clear( counter.event );
    vm_destroy( &vm );
    CloseHandle( counter.event );
}

/* A partition takes its doorbells along, and leaves nothing of them. */
static void test_leaks( void )
{
    HANDLE event = make_event();
    WHV_NOTIFICATION_PORT_HANDLE port;
    WHV_DOORBELL_MATCH_DATA match;
    DWORD before = 0, after;
    struct vm vm;
    HRESULT hr;
    UINT32 i, n;

    for (i = 0; i < 20; i++)
    {
        if (!vm_create( &vm, NULL )) return;
        for (n = 0; n < 4; n++)
        {
            match = make_match( DATA_GPA + 0x800 * n, 0, 0, ANY );
            hr = n & 1 ? WHvRegisterPartitionDoorbellEvent( vm.partition, &match, event )
                       : create_port( &vm, match, event, &port );
            ok( hr == S_OK, "%u: %#lx\n", n, hr );
        }
        vm_destroy( &vm );
        hr = WHvDeleteNotificationPort( vm.partition, port );
        ok( hr == E_HANDLE || broken( FAILED(hr) ), "port of a partition that is gone: %#lx\n", hr );
        if (i == 4) before = count_handles();
    }
    after = count_handles();
    ok( after <= before, "%lu handles, then %lu\n", before, after );
    CloseHandle( event );
}

static void test_port_properties( void )
{
    static const struct { UINT32 code; UINT64 value; BOOL good; } rows[] =
    {
        { WHvNotificationPortPropertyPreferredTargetVp, 0, TRUE },
        { WHvNotificationPortPropertyPreferredTargetVp, 1, TRUE },
        { WHvNotificationPortPropertyPreferredTargetVp, WHV_ANY_VP, TRUE },
        { WHvNotificationPortPropertyPreferredTargetVp, 1000000, FALSE },
        { WHvNotificationPortPropertyPreferredTargetDuration, 0, TRUE },
        { WHvNotificationPortPropertyPreferredTargetDuration, 10000, TRUE },
        { WHvNotificationPortPropertyPreferredTargetDuration, ~0ull, TRUE },
        { 0, 0, FALSE }, { 2, 0, FALSE }, { 6, 0, FALSE }, { ~0u, 0, FALSE },
    };
    WHV_DOORBELL_MATCH_DATA match = make_match( HOLE_GPA, 0, 0, ANY );
    struct vm_config config = { .vps = 2 };
    WHV_NOTIFICATION_PORT_HANDLE port;
    HANDLE event = make_event();
    struct vm vm, other;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, &config )) return;
    if (!vm_create( &other, NULL )) return;
    hr = create_port( &vm, match, event, &port );
    ok( hr == S_OK, "create: %#lx\n", hr );
    for (i = 0; i < ARRAY_COUNT(rows); i++)
    {
        hr = WHvSetNotificationPortProperty( vm.partition, port, rows[i].code, rows[i].value );
        ok( rows[i].good ? hr == S_OK : hr == E_INVALIDARG || broken( FAILED(hr) ), "row %u: %#lx\n", i, hr );
        /* a wild handle crashes elsewhere */
        if (!winetest_platform_is_wine) continue;
        hr = WHvSetNotificationPortProperty( vm.partition, (void *)0x1234560, rows[i].code, rows[i].value );
        ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "row %u: wild handle %#lx\n", i, hr );
        hr = WHvSetNotificationPortProperty( other.partition, port, rows[i].code, rows[i].value );
        ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "row %u: another partition %#lx\n", i, hr );
    }
    if (winetest_platform_is_wine)
    {
        hr = WHvDeleteNotificationPort( other.partition, port );
        ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "another partition: %#lx\n", hr );
        hr = WHvDeleteTrigger( vm.partition, port );
        ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "no trigger: %#lx\n", hr );
    }
    hr = WHvDeleteNotificationPort( vm.partition, port );
    ok( hr == S_OK, "delete: %#lx\n", hr );
    vm_destroy( &other );
    vm_destroy( &vm );
    CloseHandle( event );
}

START_TEST(doorbells_life)
{
    if (!vm_present()) return;
    test_page( DATA_GPA, TRUE );
    test_page( ROM_GPA + 0x3000, FALSE );
    test_count( 0, 0x90, 4 );
    test_count( 0, 0x48, 8 );
    test_count( 0xffe, 0x66, 2 );
    test_leaks();
    test_port_properties();
}
