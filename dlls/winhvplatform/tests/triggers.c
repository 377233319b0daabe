/*
 * Triggers, and notification ports for events of the guest
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

#include "interrupts.h"

#ifndef ERROR_HV_INVALID_DEVICE_ID
#define ERROR_HV_INVALID_DEVICE_ID  ((HRESULT)0xc0350057)
#endif

#ifndef ERROR_HV_INVALID_PARAMETER
#define ERROR_HV_INVALID_PARAMETER  ((HRESULT)0xc0350005)
#endif

#define HYPERCALL_PAGE  0x60000
#define EVENT_PAGE      0x63000
#define RESULTS         0x65000
#define SINT            2
#define SINT_VECTOR     0x61
#define CONNECTION      0x123456

#define IMM32( value )  (value) & 0xff, (value) >> 8 & 0xff, (value) >> 16 & 0xff, (UINT32)(value) >> 24
#define ASM_WRMSR( msr, low ) 0xb9, IMM32( msr ), 0xb8, IMM32( low ), 0x31, 0xd2, 0x0f, 0x30   /* edx = 0 */
/* HvCallSignalEvent, fast: control in edx:eax, connection in ebx:ecx; the result's low half to memory */
#define ASM_SIGNAL( connection, to ) \
    0x31, 0xd2, 0xb8, IMM32( 0x1005d ), 0x31, 0xdb, 0xb9, IMM32( connection ), 0x31, 0xff, 0x31, 0xf6, \
    0xbd, IMM32( HYPERCALL_PAGE ), 0xff, 0xd5, 0xa3, IMM32( to )

static WHV_TRIGGER_PARAMETERS make_interrupt( UINT32 type, UINT32 destination, UINT32 vector )
{
    WHV_TRIGGER_PARAMETERS parameters;

    memset( &parameters, 0, sizeof(parameters) );
    parameters.TriggerType = WHvTriggerTypeInterrupt;
    parameters.Interrupt.Type = type;
    parameters.Interrupt.Destination = destination;
    parameters.Interrupt.Vector = vector;
    return parameters;
}

static WHV_TRIGGER_PARAMETERS make_synic( UINT32 vp, UINT8 sint, UINT16 flag )
{
    WHV_TRIGGER_PARAMETERS parameters;

    memset( &parameters, 0, sizeof(parameters) );
    parameters.TriggerType = WHvTriggerTypeSynicEvent;
    parameters.SynicEvent.VpIndex = vp;
    parameters.SynicEvent.TargetSint = sint;
    parameters.SynicEvent.FlagNumber = flag;
    return parameters;
}

static void start_idle( struct smp *smp )
{
    UINT32 i;

    for (i = 0; i < smp->count; i++)
    {
        smp_load( smp, i, idle, sizeof(idle) );
        smp_start( smp, i );
        smp_wait( smp, i, 1, EVENT_OUT( READY_PORT, 1 ) );
    }
}

static void check_refused_( const char *file, int line, struct smp *smp, const WHV_TRIGGER_PARAMETERS *parameters,
                            HRESULT expect )
{
    WHV_TRIGGER_HANDLE trigger;
    HANDLE event;
    HRESULT hr = WHvCreateTrigger( smp->vm.partition, parameters, &trigger, &event );

    ok_(file, line)( hr == expect || broken( FAILED(hr) ), "%#lx\n", hr );
}
#define check_refused( smp, parameters, expect ) check_refused_( __FILE__, __LINE__, smp, parameters, expect )

static void test_errors( void )
{
    static const UINT32 vectors[] = { 0, 1, 15, 0x100, 0x140, 0xffffffff };
    WHV_TRIGGER_PARAMETERS parameters, good = make_interrupt( FIXED, 0, 0x40 );
    WHV_TRIGGER_HANDLE trigger;
    WHV_PARTITION_HANDLE partition;
    struct smp smp;
    HANDLE event;
    HRESULT hr;
    UINT32 i;

    if (!smp_create( &smp, 1, WHvX64LocalApicEmulationModeXApic )) return;
    parameters = good;
    parameters.TriggerType = 3;
    check_refused( &smp, &parameters, E_INVALIDARG );
    parameters = good;
    parameters.Reserved = 1;
    check_refused( &smp, &parameters, E_INVALIDARG );
    parameters = good;
    parameters.Interrupt.Reserved = 1;
    check_refused( &smp, &parameters, E_INVALIDARG );
    parameters = make_interrupt( 7, 0, 0x40 );
    check_refused( &smp, &parameters, E_INVALIDARG );
    for (i = 0; i < ARRAY_COUNT(vectors); i++)
    {
        winetest_push_context( "vector %#x", vectors[i] );
        parameters = make_interrupt( FIXED, 0, vectors[i] );
        check_refused( &smp, &parameters, E_INVALIDARG );
        winetest_pop_context();
    }
    parameters = make_synic( 0, 16, 0 );
    check_refused( &smp, &parameters, E_INVALIDARG );
    parameters = make_synic( 0, 2, 2048 );
    check_refused( &smp, &parameters, E_INVALIDARG );
    parameters = make_synic( 0, 2, 0 );
    parameters.SynicEvent.TargetVtl = 1;
    check_refused( &smp, &parameters, E_INVALIDARG );
    memset( &parameters, 0, sizeof(parameters) );
    parameters.TriggerType = WHvTriggerTypeDeviceInterrupt;
    parameters.DeviceInterrupt.LogicalDeviceId = 1;
    parameters.DeviceInterrupt.MsiAddress = 0xfee00000;
    parameters.DeviceInterrupt.MsiData = 0x40;
    check_refused( &smp, &parameters, ERROR_HV_INVALID_DEVICE_ID );

    hr = WHvCreateTrigger( NULL, &good, &trigger, &event );
    ok( hr == E_HANDLE || broken( FAILED(hr) ), "no partition: %#lx\n", hr );
    hr = WHvCreatePartition( &partition );
    ok( hr == S_OK, "partition: %#lx\n", hr );
    hr = WHvCreateTrigger( partition, &good, &trigger, &event );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "before setup: %#lx\n", hr );
    WHvDeletePartition( partition );
    /* NULL crashes elsewhere, and so do handles that are none */
    if (winetest_platform_is_wine)
    {
        hr = WHvCreateTrigger( smp.vm.partition, NULL, &trigger, &event );
        ok( hr == E_POINTER || broken( FAILED(hr) ), "no parameters: %#lx\n", hr );
        hr = WHvCreateTrigger( smp.vm.partition, &good, NULL, &event );
        ok( hr == E_POINTER || broken( FAILED(hr) ), "no trigger: %#lx\n", hr );
        hr = WHvCreateTrigger( smp.vm.partition, &good, &trigger, NULL );
        ok( hr == E_POINTER || broken( FAILED(hr) ), "no event: %#lx\n", hr );
        hr = WHvUpdateTriggerParameters( smp.vm.partition, &good, (void *)0x1234560 );
        ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "update of none: %#lx\n", hr );
        hr = WHvDeleteTrigger( smp.vm.partition, (void *)0x1234560 );
        ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "none: %#lx\n", hr );
        hr = WHvDeleteTrigger( smp.vm.partition, NULL );
        ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "NULL: %#lx\n", hr );
    }

    hr = WHvCreateTrigger( smp.vm.partition, &good, &trigger, &event );
    ok( hr == S_OK, "create: %#lx\n", hr );
    parameters = make_synic( 0, 2, 0 );
    hr = WHvUpdateTriggerParameters( smp.vm.partition, &parameters, trigger );
    ok( hr == E_INVALIDARG, "another type: %#lx\n", hr );
    parameters = make_interrupt( 7, 0, 0x40 );
    hr = WHvUpdateTriggerParameters( smp.vm.partition, &parameters, trigger );
    ok( hr == E_INVALIDARG, "bad parameters: %#lx\n", hr );
    if (winetest_platform_is_wine)
    {
        hr = WHvDeleteNotificationPort( smp.vm.partition, trigger );
        ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "no port: %#lx\n", hr );
    }
    hr = WHvDeleteTrigger( smp.vm.partition, trigger );
    ok( hr == S_OK, "delete: %#lx\n", hr );
    if (winetest_platform_is_wine)
    {
        hr = WHvDeleteTrigger( smp.vm.partition, trigger );
        ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "again: %#lx\n", hr );
    }
    /* the event is the client's still */
    ok( SetEvent( event ), "event: %lu\n", GetLastError() );
    ok( CloseHandle( event ), "event: %lu\n", GetLastError() );
    smp_destroy( &smp );
}

/* An interrupt needs an APIC. */
static void test_no_apic( void )
{
    WHV_TRIGGER_PARAMETERS parameters = make_interrupt( FIXED, 0, 0x40 );
    WHV_TRIGGER_HANDLE trigger = NULL;
    HANDLE event = NULL;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    hr = WHvCreateTrigger( vm.partition, &parameters, &trigger, &event );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "%#lx\n", hr );
    ok( !winetest_platform_is_wine || (!trigger && !event), "trigger %p, event %p\n", trigger, event );
    vm_destroy( &vm );
}

static void test_interrupts( void )
{
    WHV_TRIGGER_PARAMETERS parameters = make_interrupt( FIXED, 0, 0x40 );
    WHV_TRIGGER_HANDLE triggers[2];
    LONG counts[2] = { 1, 1 };
    HANDLE events[2];
    struct smp smp;
    HRESULT hr;
    UINT32 i, vp;

    if (!smp_create( &smp, 2, WHvX64LocalApicEmulationModeXApic )) return;
    start_idle( &smp );
    for (i = 0; i < 2; i++)
    {
        parameters = make_interrupt( FIXED, i, 0x40 + i );
        hr = WHvCreateTrigger( smp.vm.partition, &parameters, &triggers[i], &events[i] );
        ok( hr == S_OK, "create: %#lx\n", hr );
    }
    /* each signal is an interrupt, and no more */
    for (i = 0; i < 100; i++)
    {
        SetEvent( events[i & 1] );
        if (!smp_wait( &smp, i & 1, ++counts[i & 1], EVENT_HANDLER( 0x40 + (i & 1) ) )) goto done;
    }
    /* elsewhere, with the same event */
    for (i = 0; i < 100; i++)
    {
        vp = i % 3 % 2;
        parameters = make_interrupt( FIXED, vp, 0x50 + i % 5 );
        hr = WHvUpdateTriggerParameters( smp.vm.partition, &parameters, triggers[0] );
        ok( hr == S_OK, "update: %#lx\n", hr );
        SetEvent( events[0] );
        if (!smp_wait( &smp, vp, ++counts[vp], EVENT_HANDLER( 0x50 + i % 5 ) )) goto done;
    }
    hr = WHvDeleteTrigger( smp.vm.partition, triggers[0] );
    ok( hr == S_OK, "delete: %#lx\n", hr );
    SetEvent( events[0] );
    smp_quiet( &smp, 0, counts[0] );
    smp_quiet( &smp, 1, counts[1] );
    /* the other one goes with the partition; of its event the client has closed its handle */
    SetEvent( events[1] );
    smp_wait( &smp, 1, ++counts[1], EVENT_HANDLER( 0x41 ) );
done:
    for (i = 0; i < 2; i++) CloseHandle( events[i] );
    smp_destroy( &smp );
}

/* Updated while it is signalled: each signal is one of the interrupts that it has been, and none is lost. */
static void test_race( void )
{
    WHV_TRIGGER_PARAMETERS parameters = make_interrupt( FIXED, 0, 0x40 );
    WHV_TRIGGER_HANDLE trigger;
    struct smp smp;
    HANDLE event;
    LONG count = 1;
    HRESULT hr;
    UINT32 i, vector;

    if (!smp_create( &smp, 1, WHvX64LocalApicEmulationModeXApic )) return;
    start_idle( &smp );
    hr = WHvCreateTrigger( smp.vm.partition, &parameters, &trigger, &event );
    ok( hr == S_OK, "create: %#lx\n", hr );
    for (i = 0; i < 200; i++)
    {
        DWORD start = GetTickCount();

        parameters = make_interrupt( FIXED, 0, 0x40 + (i & 1) );
        SetEvent( event );
        hr = WHvUpdateTriggerParameters( smp.vm.partition, &parameters, trigger );
        ok( hr == S_OK, "update: %#lx\n", hr );
        while (smp.vps[0].count <= count && GetTickCount() - start < SMP_TIMEOUT) Sleep( 0 );
        ok( smp.vps[0].count == count + 1, "%u: %ld events, expected %ld\n", i, smp.vps[0].count, count + 1 );
        if (smp.vps[0].count != count + 1) break;
        vector = smp.vps[0].events[count++] & 0xff;
        ok( vector == 0x40 || vector == 0x41, "%u: vector %#x\n", i, vector );
    }
    smp_quiet( &smp, 0, count );
    WHvDeleteTrigger( smp.vm.partition, trigger );
    CloseHandle( event );
    smp_destroy( &smp );
}

static void test_leaks( void )
{
    WHV_TRIGGER_PARAMETERS parameters = make_interrupt( FIXED, 0, 0x40 );
    WHV_TRIGGER_HANDLE trigger;
    DWORD before = 0, after;
    struct smp smp;
    HANDLE event;
    HRESULT hr;
    UINT32 i, n;

    for (i = 0; i < 20; i++)
    {
        if (!smp_create( &smp, 1, WHvX64LocalApicEmulationModeXApic )) return;
        for (n = 0; n < 6; n++)
        {
            hr = WHvCreateTrigger( smp.vm.partition, &parameters, &trigger, &event );
            ok( hr == S_OK, "create: %#lx\n", hr );
            SetEvent( event );
            CloseHandle( event );
            if (n & 1) WHvDeleteTrigger( smp.vm.partition, trigger );
        }
        smp_destroy( &smp );
        if (i == 4) before = count_handles();
    }
    after = count_handles();
    ok( after <= before, "%lu handles, then %lu\n", before, after );
}

/* ---- with enlightenments ---- */

static WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS offered;

static HRESULT set_banks( struct vm *vm )
{
    return WHvSetPartitionProperty( vm->partition, WHvPartitionPropertyCodeSyntheticProcessorFeaturesBanks, &offered,
                                    sizeof(offered) );
}

static BOOL create( struct smp *smp, UINT64 need )
{
    struct vm_config config = { .vps = 1, .apic_mode = WHvX64LocalApicEmulationModeXApic, .prepare = set_banks };

    memset( &offered, 0, sizeof(offered) );
    WHvGetCapability( WHvCapabilityCodeSyntheticProcessorFeaturesBanks, &offered, sizeof(offered), NULL );
    if (need & ~offered.AsUINT64[0])
    {
        skip( "no such synthetic processor features\n" );
        return FALSE;
    }
    return smp_create_config( smp, &config );
}

static void test_synic_event( void )
{
    static const BYTE code[] =
    {
        ASM_ENABLE_APIC,
        ASM_WRMSR( 0x40000082, EVENT_PAGE | 1 ),
        ASM_WRMSR( 0x40000090 + SINT, SINT_VECTOR ),
        ASM_WRMSR( 0x40000080, 1 ),
        ASM_OUT( READY_PORT, 1 ),
        ASM_IDLE
    };
    WHV_SYNTHETIC_PROCESSOR_FEATURES need = { .AsUINT64 = 0 };
    WHV_TRIGGER_PARAMETERS parameters = make_synic( 0, SINT, 77 );
    WHV_TRIGGER_HANDLE trigger;
    struct smp smp;
    HANDLE event;
    HRESULT hr;
    BYTE *flags;

    need.AccessSynicRegs = 1;
    if (!create( &smp, need.AsUINT64 )) return;
    flags = smp.vm.ram + EVENT_PAGE + SINT * 256;
    hr = WHvCreateTrigger( smp.vm.partition, &parameters, &trigger, &event );
    ok( hr == S_OK, "create: %#lx\n", hr );
    smp_load( &smp, 0, code, sizeof(code) );
    smp_start( &smp, 0 );
    if (smp_wait( &smp, 0, 1, EVENT_OUT( READY_PORT, 1 ) ))
    {
        SetEvent( event );
        smp_wait( &smp, 0, 2, EVENT_HANDLER( SINT_VECTOR ) );
        ok( flags[77 / 8] == 1 << 77 % 8, "flags %#x\n", flags[77 / 8] );
        /* the flag is set still */
        SetEvent( event );
        smp_quiet( &smp, 0, 2 );
        parameters = make_synic( 0, SINT, 78 );
        hr = WHvUpdateTriggerParameters( smp.vm.partition, &parameters, trigger );
        ok( hr == S_OK, "update: %#lx\n", hr );
        SetEvent( event );
        smp_wait( &smp, 0, 3, EVENT_HANDLER( SINT_VECTOR ) );
        ok( flags[77 / 8] == 3 << 77 % 8, "flags %#x\n", flags[77 / 8] );
    }
    WHvDeleteTrigger( smp.vm.partition, trigger );
    CloseHandle( event );
    smp_destroy( &smp );
}

static void test_event_port( void )
{
    static const BYTE code[] =
    {
        ASM_ENABLE_APIC,
        ASM_WRMSR( 0x40000000, 0x1234 ),
        ASM_WRMSR( 0x40000001, HYPERCALL_PAGE | 1 ),
        ASM_WRMSR( 0x40000080, 1 ),
        ASM_SIGNAL( CONNECTION, RESULTS ),
        ASM_OUT( READY_PORT, 1 ),
        ASM_SIGNAL( CONNECTION + 1, RESULTS + 8 ),
        ASM_OUT( READY_PORT, 2 ),
        ASM_IDLE
    };
    WHV_NOTIFICATION_PORT_PARAMETERS parameters;
    WHV_SYNTHETIC_PROCESSOR_FEATURES need = { .AsUINT64 = 0 };
    WHV_NOTIFICATION_PORT_HANDLE port, other;
    HANDLE event = CreateEventW( NULL, FALSE, FALSE, NULL );
    struct smp smp;
    HRESULT hr;

    need.AccessSynicRegs = need.AccessHypercallRegs = need.SignalEvents = 1;
    if (!create( &smp, need.AsUINT64 )) return;
    memset( &parameters, 0, sizeof(parameters) );
    parameters.NotificationPortType = WHvNotificationPortTypeEvent;
    parameters.Event.ConnectionId = CONNECTION;
    parameters.ConnectionVtl = 1;
    hr = WHvCreateNotificationPort( smp.vm.partition, &parameters, event, &port );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "VTL 1: %#lx\n", hr );
    parameters.ConnectionVtl = 0;
    parameters.Reserved = 1;
    hr = WHvCreateNotificationPort( smp.vm.partition, &parameters, event, &port );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "reserved: %#lx\n", hr );
    parameters.Reserved = 0;
    parameters.NotificationPortType = 1;
    hr = WHvCreateNotificationPort( smp.vm.partition, &parameters, event, &port );
    ok( hr == E_INVALIDARG, "type 1: %#lx\n", hr );
    parameters.NotificationPortType = WHvNotificationPortTypeEvent;
    hr = WHvCreateNotificationPort( smp.vm.partition, &parameters, NULL, &port );
    ok( hr == E_HANDLE || broken( FAILED(hr) ), "no event: %#lx\n", hr );
    hr = WHvCreateNotificationPort( smp.vm.partition, &parameters, event, &port );
    ok( hr == S_OK, "create: %#lx\n", hr );
    hr = WHvCreateNotificationPort( smp.vm.partition, &parameters, event, &other );
    ok( hr == ERROR_HV_INVALID_PARAMETER || broken( FAILED(hr) ), "the same connection: %#lx\n", hr );

    smp_load( &smp, 0, code, sizeof(code) );
    memset( smp.vm.ram + RESULTS, 0xcc, 16 );
    smp_start( &smp, 0 );
    if (smp_wait( &smp, 0, 2, EVENT_OUT( READY_PORT, 2 ) ))
    {
        ok( !*(UINT16 *)(smp.vm.ram + RESULTS), "signal: %#x\n", *(UINT32 *)(smp.vm.ram + RESULTS) );
        ok( *(UINT16 *)(smp.vm.ram + RESULTS + 8), "signal of none: %#x\n", *(UINT32 *)(smp.vm.ram + RESULTS + 8) );
        ok( WaitForSingleObject( event, 10000 ) == WAIT_OBJECT_0, "not signalled\n" );
        ok( WaitForSingleObject( event, 20 ) == WAIT_TIMEOUT, "signalled twice\n" );
    }
    hr = WHvDeleteNotificationPort( smp.vm.partition, port );
    ok( hr == S_OK, "delete: %#lx\n", hr );
    hr = WHvCreateNotificationPort( smp.vm.partition, &parameters, event, &port );
    ok( hr == S_OK, "create again: %#lx\n", hr );
    smp_destroy( &smp );
    CloseHandle( event );
}

START_TEST(triggers)
{
    if (!vm_present()) return;
    test_errors();
    test_no_apic();
    test_interrupts();
    test_race();
    test_leaks();
    test_synic_event();
    test_event_port();
}
