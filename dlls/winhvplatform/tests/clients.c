/*
 * Conformance: how clients use doorbells, ports, triggers and messages
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

/* What monitors do with these calls, in their order: each is a guest's driver and the monitor's side of it. */

#include "doorbells.h"
#include "interrupts.h"

/* One queue, whose doorbell is the first byte behind the memory, and a manual-reset event; the guest rings and halts.
 * No exit is seen but the halt. */
static void test_one_queue( void )
{
    static const BYTE code[] =
    {
        0xbf, HOLE_GPA & 0xff, HOLE_GPA >> 8 & 0xff, HOLE_GPA >> 16 & 0xff, HOLE_GPA >> 24,   /* mov edi,HOLE_GPA */
        0xbe, 0x34, 0x12, 0x00, 0x00,       /* mov esi,1234 */
        0x89, 0x37,                         /* mov [edi],esi */
        0xf4,                               /* hlt */
    };
    HANDLE event = CreateEventW( NULL, TRUE, FALSE, NULL );
    WHV_DOORBELL_MATCH_DATA match = make_match( HOLE_GPA, 0x1234, 4, VALUE );
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    hr = WHvRegisterPartitionDoorbellEvent( vm.partition, &match, event );
    ok( hr == S_OK, "register: %#lx\n", hr );
    for (i = 0; i < 3; i++)
    {
        vm_load( &vm, MODE_PROT, code, sizeof(code), NULL );
        if (!vm_run( &vm, &exit )) break;
        ok( exit.ExitReason == WHvRunVpExitReasonX64Halt, "exit %#x\n", exit.ExitReason );
        ok( WaitForSingleObject( event, 10000 ) == WAIT_OBJECT_0, "not signalled\n" );
        ok( WaitForSingleObject( event, 0 ) == WAIT_OBJECT_0, "the client resets it\n" );
        ResetEvent( event );
    }
    hr = WHvUnregisterPartitionDoorbellEvent( vm.partition, &match );
    ok( hr == S_OK, "unregister: %#lx\n", hr );
    CloseHandle( event );
    vm_destroy( &vm );
}

/* ---- a device with several queues, in one page with its registers ---- */

#define DEVICE      HOLE_GPA
#define NOTIFY      0x50
#define ACK         0x64
#define QUEUES      4
#define RINGS       100

static const BYTE driver[] =
{
    0x31, 0xc0,                             /* xor eax,eax */
    0xb9, RINGS, 0x00, 0x00, 0x00,          /* mov ecx,RINGS */
    0x89, 0x47, NOTIFY,                     /* 1: mov [edi+NOTIFY],eax */
    0x89, 0x47, ACK,                        /* mov [edi+ACK],eax */
    0x40,                                   /* inc eax */
    0x83, 0xe0, QUEUES - 1,                 /* and eax,QUEUES - 1 */
    0xe2, 0xf4,                             /* loop 1b */
};

struct dispatcher
{
    HANDLE          events[1 + QUEUES];     /* the first one ends it */
    volatile LONG   counts[QUEUES];
};

static DWORD WINAPI dispatch( void *arg )
{
    struct dispatcher *dispatcher = arg;
    DWORD which;

    while ((which = WaitForMultipleObjects( 1 + QUEUES, dispatcher->events, FALSE, INFINITE )) > WAIT_OBJECT_0 &&
           which <= WAIT_OBJECT_0 + QUEUES)
        InterlockedIncrement( &dispatcher->counts[which - WAIT_OBJECT_0 - 1] );
    return which;
}

/* The registers exit; what rings does not. Events of one queue that come before it is served are one. */
static void test_queues( BOOL ports )
{
    struct dispatcher dispatcher;
    WHV_NOTIFICATION_PORT_HANDLE port[QUEUES];
    WHV_DOORBELL_MATCH_DATA match;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    UINT32 i, acks = 0;
    HANDLE thread;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    memset( &dispatcher, 0, sizeof(dispatcher) );
    dispatcher.events[0] = make_event();
    for (i = 0; i < QUEUES; i++)
    {
        dispatcher.events[1 + i] = make_event();
        match = make_match( DEVICE + NOTIFY, i, 4, VALUE );
        hr = ports ? create_port( &vm, match, dispatcher.events[1 + i], &port[i] )
                   : WHvRegisterPartitionDoorbellEvent( vm.partition, &match, dispatcher.events[1 + i] );
        ok( hr == S_OK, "queue %u: %#lx\n", i, hr );
    }
    thread = CreateThread( NULL, 0, dispatch, &dispatcher, 0, NULL );
    vm_default_regs( MODE_PROT, regs );
    regs[RDI] = DEVICE;
    vm_load( &vm, MODE_PROT, driver, sizeof(driver), regs );
    while (vm_run( &vm, &exit ) && exit.ExitReason == WHvRunVpExitReasonMemoryAccess)
    {
        ok( exit.MemoryAccess.Gpa == DEVICE + ACK, "gpa %#llx\n", exit.MemoryAccess.Gpa );
        if (exit.MemoryAccess.Gpa != DEVICE + ACK) break;
        vm_set_reg( &vm, WHvX64RegisterRip, exit.VpContext.Rip + 3 );
        acks++;
    }
    ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess && acks == RINGS, "exit %#x after %u\n", exit.ExitReason,
        acks );
    Sleep( 200 );
    SetEvent( dispatcher.events[0] );
    ok( WaitForSingleObject( thread, 10000 ) == WAIT_OBJECT_0, "no end\n" );
    CloseHandle( thread );
    for (i = 0; i < QUEUES; i++)
    {
        ok( dispatcher.counts[i] > 0 && dispatcher.counts[i] <= RINGS / QUEUES, "queue %u: %ld\n", i,
            dispatcher.counts[i] );
        match = make_match( DEVICE + NOTIFY, i, 4, VALUE );
        hr = ports ? WHvDeleteNotificationPort( vm.partition, port[i] )
                   : WHvUnregisterPartitionDoorbellEvent( vm.partition, &match );
        ok( hr == S_OK, "queue %u: %#lx\n", i, hr );
        CloseHandle( dispatcher.events[1 + i] );
    }
    CloseHandle( dispatcher.events[0] );
    vm_destroy( &vm );
}

/* ---- messages of a device ---- */

#define COUNTER     0x60000
#define MSI_VECTOR  0x40
#define ASM_WRMSR( msr, low ) \
    0xb9, (msr) & 0xff, (msr) >> 8, 0x00, 0x00, 0xb8, (low) & 0xff, (low) >> 8, 0x00, 0x00, 0x31, 0xd2, 0x0f, 0x30

static DWORD WINAPI run_halted( void *arg )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm *vm = arg;

    while (SUCCEEDED(WHvRunVirtualProcessor( vm->partition, 0, &exit, sizeof(exit) )))
        if (exit.ExitReason != WHvRunVpExitReasonX64Halt) return exit.ExitReason;
    return ~0u;
}

/* In x2APIC mode, which the client has turned on by the base's register; the vp waits for each message inside Run. */
static void test_messages( void )
{
    static const BYTE code[] = { ASM_WRMSR( 0x80f, 0x1ff ), ASM_IDLE };
    static const BYTE handler[] =
    {
        0x50, 0x52, 0x51,                   /* push eax; push edx; push ecx */
        0xff, 0x05, COUNTER & 0xff, COUNTER >> 8 & 0xff, COUNTER >> 16, 0x00,   /* inc dword [COUNTER] */
        ASM_WRMSR( 0x80b, 0 ),
        0x59, 0x5a, 0x58, 0xcf              /* pop ecx; pop edx; pop eax; iret */
    };
    static const struct vm_config config = { .apic_mode = WHvX64LocalApicEmulationModeX2Apic };
    volatile UINT32 *counter;
    WHV_INTERRUPT_CONTROL control;
    DWORD start, reason = 0;
    HANDLE thread;
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, &config )) return;
    vm_load( &vm, MODE_PROT, code, sizeof(code), NULL );
    vm_set_reg( &vm, WHvX64RegisterCr8, 0 );
    vm_make_handlers( &vm, MODE_PROT );
    memcpy( vm.ram + HANDLER_GPA + MSI_VECTOR * 0x20, handler, sizeof(handler) );
    vm_put_gate( &vm, MODE_PROT, MSI_VECTOR, MSI_VECTOR * 0x20 );
    counter = (volatile UINT32 *)(vm.ram + COUNTER);
    *counter = 0;
    hr = vm_set_reg( &vm, WHvX64RegisterApicBase, 0xfee00d00 );
    ok( hr == S_OK, "ApicBase: %#lx\n", hr );
    thread = CreateThread( NULL, 0, run_halted, &vm, 0, NULL );
    for (i = 0; i < 5; i++)
    {
        Sleep( i ? 20 : 200 );
        memset( &control, 0, sizeof(control) );
        control.Vector = MSI_VECTOR;
        hr = WHvRequestInterrupt( vm.partition, &control, sizeof(control) );
        ok( hr == S_OK, "request: %#lx\n", hr );
        start = GetTickCount();
        while (*counter == i && GetTickCount() - start < SMP_TIMEOUT) Sleep( 1 );
        ok( *counter == i + 1, "message %u: %u\n", i, *counter );
    }
    hr = WHvCancelRunVirtualProcessor( vm.partition, 0, 0 );
    ok( hr == S_OK, "cancel: %#lx\n", hr );
    ok( WaitForSingleObject( thread, 10000 ) == WAIT_OBJECT_0, "no end\n" );
    GetExitCodeThread( thread, &reason );
    ok( reason == WHvRunVpExitReasonCanceled, "exit %#lx\n", reason );
    CloseHandle( thread );
    vm_destroy( &vm );
}

/* A bus's channels: their triggers are made before the virtual processors, are moved from one to another, and are
 * signalled before the guest has a SynIC, for nothing. */
static void test_channels( void )
{
    static const struct vm_config config = { .vps = 2, .no_vp = TRUE, .apic_mode = WHvX64LocalApicEmulationModeXApic };
    WHV_NOTIFICATION_PORT_PARAMETERS parameters;
    WHV_TRIGGER_PARAMETERS channel;
    WHV_TRIGGER_HANDLE triggers[8];
    WHV_NOTIFICATION_PORT_HANDLE port;
    HANDLE events[8], event = make_event();
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, &config )) return;
    memset( &parameters, 0, sizeof(parameters) );
    parameters.NotificationPortType = WHvNotificationPortTypeEvent;
    parameters.Event.ConnectionId = 0x2000;
    hr = WHvCreateNotificationPort( vm.partition, &parameters, event, &port );
    ok( hr == S_OK, "port: %#lx\n", hr );
    for (i = 0; i < ARRAY_COUNT(triggers); i++)
    {
        memset( &channel, 0, sizeof(channel) );
        channel.TriggerType = WHvTriggerTypeSynicEvent;
        channel.SynicEvent.VpIndex = i % 2;
        channel.SynicEvent.TargetSint = 2;
        channel.SynicEvent.FlagNumber = i;
        hr = WHvCreateTrigger( vm.partition, &channel, &triggers[i], &events[i] );
        ok( hr == S_OK, "trigger %u: %#lx\n", i, hr );
        SetEvent( events[i] );
    }
    for (i = 0; i < 2; i++)
    {
        hr = WHvCreateVirtualProcessor( vm.partition, i, 0 );
        ok( hr == S_OK, "vp %u: %#lx\n", i, hr );
    }
    for (i = 0; i < ARRAY_COUNT(triggers); i++)
    {
        SetEvent( events[i] );
        channel.SynicEvent.VpIndex = (i + 1) % 2;
        channel.SynicEvent.FlagNumber = i;
        hr = WHvUpdateTriggerParameters( vm.partition, &channel, triggers[i] );
        ok( hr == S_OK, "update %u: %#lx\n", i, hr );
        SetEvent( events[i] );
        hr = WHvDeleteTrigger( vm.partition, triggers[i] );
        ok( hr == S_OK, "delete %u: %#lx\n", i, hr );
        /* it was the client's to close, and is its own still */
        ok( CloseHandle( events[i] ), "close %u: %lu\n", i, GetLastError() );
    }
    hr = WHvDeleteNotificationPort( vm.partition, port );
    ok( hr == S_OK, "delete: %#lx\n", hr );
    vm_destroy( &vm );
    CloseHandle( event );
}

START_TEST(clients)
{
    if (!vm_present()) return;
    test_one_queue();
    test_queues( FALSE );
    test_queues( TRUE );
    test_messages();
    test_channels();
}
