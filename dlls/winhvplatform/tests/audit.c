/*
 * Tests: every function with every code that it takes, and with those that it doesn't
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

/* Other tests say what a function does. This one says that there is none that does nothing: in every state that a
 * partition can be in, each answers something else than E_NOTIMPL, writes no more than it may, and does no harm. */

#include "vm.h"

#define DEVICE 7
#define ROOM   0x4000

static BYTE buffer[2 * ROOM] __attribute__((aligned(0x1000)));

/* ROOM bytes for an answer, with a fence behind so many of them. */
static void *room( UINT32 size )
{
    memset( buffer, 0, size );
    memset( buffer + size, 0xcc, sizeof(buffer) - size );
    return buffer;
}

static BOOL fence_stands( UINT32 size )
{
    UINT32 i;

    for (i = size; i < size + 64; i++) if (buffer[i] != 0xcc) return FALSE;
    return TRUE;
}

static HRESULT note( HRESULT hr, int line, const char *call )
{
    ok_(__FILE__, line)( hr != E_NOTIMPL, "%s: not implemented\n", call );
    return hr;
}
#define audit( call ) note( call, __LINE__, #call )

static const UINT32 sizes[] = { 0, 1, 2, 4, 7, 8, 12, 15, 16, 20, 24, 32, 40, 48, 64, 176, 200, 224, 1024, 4096, ROOM };

/* Codes from a base on, of which not all are known. */
static const struct { UINT32 first, last; } codes[] =
{
    { 0, 0x20 }, { 0xfff, 0x1020 }, { 0x1ffe, 0x2020 }, { 0x7fffffff, 0x80000001 }, { 0xffffffff, 0xffffffff },
};

/* What gets a value of some size by a code. */
enum getter { CAPABILITY, PROPERTY, PARTITION_COUNTERS, VP_COUNTERS, STATE, DEVICE_PROPERTY, GETTERS };

static HRESULT get( enum getter getter, WHV_PARTITION_HANDLE handle, UINT32 code, void *data, UINT32 size,
                    UINT32 *written )
{
    switch (getter)
    {
    case CAPABILITY:         return WHvGetCapability( code, data, size, written );
    case PROPERTY:           return WHvGetPartitionProperty( handle, code, data, size, written );
    case PARTITION_COUNTERS: return WHvGetPartitionCounters( handle, code, data, size, written );
    case VP_COUNTERS:        return WHvGetVirtualProcessorCounters( handle, 0, code, data, size, written );
    case STATE:              return WHvGetVirtualProcessorState( handle, 0, code, data, size, written );
    default:                 return WHvGetVpciDeviceProperty( handle, DEVICE, code, data, size, written );
    }
}

static void audit_getters( WHV_PARTITION_HANDLE handle )
{
    UINT32 i, j, code, needed, written;
    enum getter getter;
    HRESULT hr;

    for (getter = 0; getter < GETTERS; getter++)
    {
        for (i = 0; i < ARRAY_COUNT(codes); i++)
        {
            for (code = codes[i].first; code - codes[i].first <= codes[i].last - codes[i].first; code++)
            {
                winetest_push_context( "getter %u code %#x", getter, code );
                needed = 0;
                if (FAILED(hr = note( get( getter, handle, code, room( ROOM ), ROOM, &needed ), __LINE__, "get" )))
                {
                    /* nor is it to be had with another size */
                    ok( FAILED(note( get( getter, handle, code, NULL, 0, &needed ), __LINE__, "no room" )),
                        "no error without room\n" );
                    winetest_pop_context();
                    continue;
                }
                ok( needed && needed <= ROOM && fence_stands( ROOM ), "%u bytes\n", needed );
                for (j = 0; j < ARRAY_COUNT(sizes); j++)
                {
                    written = 0xdead;
                    hr = get( getter, handle, code, room( sizes[j] ), sizes[j], &written );
                    if (sizes[j] >= needed) ok( hr == S_OK && written == needed, "%u: %#lx\n", sizes[j], hr );
                    /* older structures are shorter */
                    else ok( (hr == WHV_E_INSUFFICIENT_BUFFER && written == needed) ||
                             (hr == S_OK && written == sizes[j]) || (getter == VP_COUNTERS && hr == S_OK),
                             "%u: %#lx, %u bytes\n", sizes[j], hr, written );
                    ok( fence_stands( sizes[j] ), "%u: more was written\n", sizes[j] );
                }
                hr = get( getter, handle, code, room( ROOM ), ROOM, NULL );
                ok( hr == S_OK, "without written: %#lx\n", hr );
                winetest_pop_context();
            }
        }
    }
}

/* What takes one: a state goes back as it came; properties only where nothing hangs on them. */
static void audit_setters( WHV_PARTITION_HANDLE handle, BOOL set_up )
{
    UINT32 i, code, written;
    UINT64 zero[8] = { 0 };

    for (i = 0; i < ARRAY_COUNT(codes); i++)
    {
        for (code = codes[i].first; code - codes[i].first <= codes[i].last - codes[i].first; code++)
        {
            winetest_push_context( "code %#x", code );
            if (set_up) audit( WHvSetPartitionProperty( handle, code, zero, 48 ) );
            audit( WHvSetPartitionProperty( handle, code, zero, 0 ) );
            audit( WHvSetPartitionProperty( handle, code, NULL, 8 ) );
            written = 0;
            if (!WHvGetVirtualProcessorState( handle, 0, code, room( ROOM ), ROOM, &written ))
                ok( audit( WHvSetVirtualProcessorState( handle, 0, code, buffer, written ) ) == S_OK,
                    "a state does not go back\n" );
            ok( FAILED(audit( WHvSetVirtualProcessorState( handle, 0, code, buffer, written + 1 ))), "a byte more\n" );
            ok( FAILED(audit( WHvSetVirtualProcessorState( handle, 0, code, NULL, written ))), "no buffer\n" );
            winetest_pop_context();
        }
    }
}

static void audit_registers( WHV_PARTITION_HANDLE handle )
{
    static const UINT32 bases[] = { 0, 0x80000000, 0x57480000, 0xffff0000 };
    WHV_REGISTER_VALUE value;
    WHV_REGISTER_NAME name;
    UINT32 i, n, got = 0;
    HRESULT hr;

    for (i = 0; i < ARRAY_COUNT(bases); i++)
    {
        /* all names are in the first part of a stretch of 1000h */
        for (n = 0; n < 6 * 0x140; n++)
        {
            name = bases[i] + n / 0x140 * 0x1000 + n % 0x140;
            hr = note( WHvGetVirtualProcessorRegisters( handle, 0, &name, 1, &value ), __LINE__, "get" );
            if (FAILED(hr)) continue;
            got++;
            note( WHvSetVirtualProcessorRegisters( handle, 0, &name, 1, &value ), __LINE__, "set" );
        }
    }
    ok( got > 100 || FAILED(hr), "%u registers\n", got );
}

static void audit_memory( WHV_PARTITION_HANDLE handle )
{
    WHV_ADVISE_GPA_RANGE_POPULATE populate = { .AccessType = WHvMemoryAccessRead };
    WHV_MEMORY_RANGE_ENTRY range = { 0x1000, 0x1000 };
    WHV_ACCESS_GPA_CONTROLS controls = { 0 };
    WHV_TRANSLATE_GVA_RESULT result;
    UINT32 i;
    UINT64 gpa, bits;

    for (i = 0; i < 32; i++)
    {
        audit( WHvMapGpaRange( handle, buffer, 0x800000, 0x1000, i ) );
        audit( WHvMapGpaRange2( handle, GetCurrentProcess(), buffer, 0x800000, 0x1000, i ) );
        audit( WHvQueryGpaRangeDirtyBitmap( handle, 0x800000, 0x1000, &bits, 8 ) );
        audit( WHvQueryGpaRangeDirtyBitmap( handle, 0x800000, 0x1000, NULL, 0 ) );
        audit( WHvUnmapGpaRange( handle, 0x800000, 0x1000 ) );
        audit( WHvTranslateGva( handle, 0, 0x1000, 1u << i, &result, &gpa ) );
        audit( WHvAdviseGpaRange( handle, &range, 1, i, &populate, sizeof(populate) ) );
        audit( WHvAdviseGpaRange( handle, &range, 1, i, NULL, 0 ) );
        controls.CacheType = i;
        audit( WHvReadGpaRange( handle, 0, 0x1000, controls, buffer, i ) );
        audit( WHvWriteGpaRange( handle, 0, 0x1000, controls, buffer, i ) );
    }
}

static void audit_interrupts( WHV_PARTITION_HANDLE handle )
{
    WHV_SYNIC_EVENT_PARAMETERS event;
    WHV_INTERRUPT_CONTROL interrupt;
    UINT32 i, targets[8], count;
    BOOL newly;

    memset( &event, 0, sizeof(event) );
    for (i = 0; i < 32; i++)
    {
        /* a vp that is not there gets them all */
        memset( &interrupt, 0, sizeof(interrupt) );
        interrupt.Type = i;
        interrupt.TriggerMode = i & 1;
        interrupt.Destination = 0x77;
        interrupt.Vector = 0x40;
        audit( WHvRequestInterrupt( handle, &interrupt, sizeof(interrupt) ) );
        audit( WHvRequestInterrupt( handle, &interrupt, i ) );
        audit( WHvGetInterruptTargetVpSet( handle, 0x77, i, targets, ARRAY_COUNT(targets), &count ) );
        event.TargetSint = i;
        audit( WHvSignalVirtualProcessorSynicEvent( handle, event, &newly ) );
        audit( WHvPostVirtualProcessorSynicMessage( handle, 0, i, buffer, 256 ) );
    }
}

/* Doorbells, ports and triggers. What has been made goes again, by its handle: vms here are not without end. */
static void audit_events( WHV_PARTITION_HANDLE handle )
{
    HANDLE event = CreateEventW( NULL, FALSE, FALSE, NULL ), own;
    WHV_NOTIFICATION_PORT_PARAMETERS port_parameters;
    WHV_TRIGGER_PARAMETERS trigger_parameters;
    WHV_NOTIFICATION_PORT_HANDLE port;
    WHV_DOORBELL_MATCH_DATA match;
    WHV_TRIGGER_HANDLE trigger;
    UINT32 i, code;

    for (i = 0; i < 0x24; i++)
    {
        /* all lengths, with each of the two ways to match; every type */
        memset( &match, 0, sizeof(match) );
        match.GuestAddress = 0x800000;
        match.Length = i / 4;
        match.MatchOnLength = i & 1;
        match.MatchOnValue = i >> 1 & 1;
        if (audit( WHvRegisterPartitionDoorbellEvent( handle, &match, event ) ) == S_OK)
            ok( audit( WHvUnregisterPartitionDoorbellEvent( handle, &match ) ) == S_OK, "a doorbell stays\n" );
        ok( FAILED(audit( WHvUnregisterPartitionDoorbellEvent( handle, &match ) )), "unregistered twice\n" );

        memset( &port_parameters, 0, sizeof(port_parameters) );
        port_parameters.NotificationPortType = i % 8;
        if (i % 8 == WHvNotificationPortTypeEvent) port_parameters.Event.ConnectionId = i;
        else port_parameters.Doorbell = match;
        port = NULL;
        audit( WHvCreateNotificationPort( handle, &port_parameters, event, &port ) );
        for (code = 0; code < 8; code++) audit( WHvSetNotificationPortProperty( handle, port, code, i ) );
        ok( (audit( WHvDeleteNotificationPort( handle, port ) ) == S_OK) == (port != NULL), "port %p\n", port );

        memset( &trigger_parameters, 0, sizeof(trigger_parameters) );
        trigger_parameters.TriggerType = i % 4;
        if (i % 4 == WHvTriggerTypeInterrupt)
        {
            trigger_parameters.Interrupt.Type = i / 4;
            trigger_parameters.Interrupt.Destination = 0x77;
            trigger_parameters.Interrupt.Vector = 0x40;
        }
        else if (i % 4 == WHvTriggerTypeSynicEvent) trigger_parameters.SynicEvent.TargetSint = i;
        trigger = NULL;
        own = NULL;
        audit( WHvCreateTrigger( handle, &trigger_parameters, &trigger, &own ) );
        audit( WHvUpdateTriggerParameters( handle, &trigger_parameters, trigger ) );
        if (own) SetEvent( own );
        ok( (audit( WHvDeleteTrigger( handle, trigger ) ) == S_OK) == (trigger != NULL), "trigger %p\n", trigger );
        if (own) CloseHandle( own );
    }
    CloseHandle( event );
}

static void audit_devices( WHV_PARTITION_HANDLE handle )
{
    static const WHV_VPCI_INTERRUPT_TARGET target = { 0x40, 0, 1, { 0 } };
    WHV_VPCI_DEVICE_NOTIFICATION notification;
    WHV_VPCI_DEVICE_REGISTER reg = { 0, 4, 0 };
    WHV_PARTITION_HANDLE partition = NULL;
    WHV_VPCI_MMIO_MAPPING *mappings;
    HANDLE migration = NULL;
    UINT32 i, count;
    UINT64 address;

    for (i = 0; i < 8; i++)
    {
        audit( WHvAllocateVpciResource( NULL, i, buffer, sizeof(WHV_SRIOV_RESOURCE_DESCRIPTOR), &migration ) );
        audit( WHvCreateVpciDevice( handle, DEVICE, NULL, i, NULL ) );
        audit( WHvDeleteVpciDevice( handle, DEVICE ) );
        audit( WHvGetVpciDeviceNotification( handle, DEVICE, &notification, sizeof(notification) ) );
        audit( WHvMapVpciDeviceMmioRanges( handle, DEVICE, &count, &mappings ) );
        audit( WHvUnmapVpciDeviceMmioRanges( handle, DEVICE ) );
        audit( WHvSetVpciDevicePowerState( handle, DEVICE, i ) );
        reg.Location = (int)i - 1;
        audit( WHvReadVpciDeviceRegister( handle, DEVICE, &reg, buffer ) );
        audit( WHvWriteVpciDeviceRegister( handle, DEVICE, &reg, buffer ) );
        audit( WHvMapVpciDeviceInterrupt( handle, DEVICE, i, 1, &target, &address, &count ) );
        audit( WHvUnmapVpciDeviceInterrupt( handle, DEVICE, i ) );
        audit( WHvRetargetVpciDeviceInterrupt( handle, DEVICE, 0xfee00000, 0x40, &target ) );
        audit( WHvRequestVpciDeviceInterrupt( handle, DEVICE, 0xfee00000, 0x40 ) );
        audit( WHvGetVpciDeviceInterruptTarget( handle, DEVICE, i, 0, (void *)buffer, 64,
                                                &count ) );
    }
    if (audit( WHvStartPartitionMigration( handle, &migration ) ) == S_OK) CloseHandle( migration );
    audit( WHvCancelPartitionMigration( handle ) );
    ok( FAILED(audit( WHvCompletePartitionMigration( handle ) )), "completed\n" );
    ok( FAILED(audit( WHvAcceptPartitionMigration( NULL, &partition ) )), "accepted\n" );
}

static void audit_vps( WHV_PARTITION_HANDLE handle )
{
    WHV_CPUID_OUTPUT output;
    UINT32 i, written = 0;

    for (i = 0; i < 0x24; i++)
    {
        audit( WHvGetVirtualProcessorCpuidOutput( handle, 0, i, 0, &output ) );
        audit( WHvGetVirtualProcessorCpuidOutput( handle, 0, 0x80000000 + i, 0, &output ) );
        audit( WHvGetVirtualProcessorCpuidOutput( handle, 0, 0x40000000 + i, 0, &output ) );
    }
    if (!audit( WHvGetVirtualProcessorXsaveState( handle, 0, buffer, ROOM, &written ) ))
        audit( WHvSetVirtualProcessorXsaveState( handle, 0, buffer, written ) );
    if (!audit( WHvGetVirtualProcessorInterruptControllerState( handle, 0, buffer, ROOM, &written ) ))
        audit( WHvSetVirtualProcessorInterruptControllerState( handle, 0, buffer, written ) );
    if (!audit( WHvGetVirtualProcessorInterruptControllerState2( handle, 0, buffer, ROOM, &written ) ))
        audit( WHvSetVirtualProcessorInterruptControllerState2( handle, 0, buffer, written ) );
    audit( WHvCreateVirtualProcessor( handle, 99, 0 ) );
    audit( WHvCreateVirtualProcessor2( handle, 99, NULL, 0 ) );
    audit( WHvDeleteVirtualProcessor( handle, 99 ) );
    audit( WHvCancelRunVirtualProcessor( handle, 0, 1 ) );
    audit( WHvRunVirtualProcessor( handle, 99, buffer, ROOM ) );
    audit( WHvSuspendPartitionTime( handle ) );
    audit( WHvResumePartitionTime( handle ) );
}

static void audit_all( WHV_PARTITION_HANDLE handle, BOOL set_up )
{
    audit_getters( handle );
    audit_setters( handle, set_up );
    audit_registers( handle );
    audit_memory( handle );
    audit_interrupts( handle );
    audit_events( handle );
    audit_devices( handle );
    audit_vps( handle );
}

static void test_without_setup( void )
{
    WHV_PARTITION_HANDLE handle;
    HRESULT hr;

    hr = WHvCreatePartition( &handle );
    ok( hr == S_OK, "%#lx\n", hr );
    audit_all( handle, FALSE );
    audit( WHvResetPartition( handle ) );
    hr = WHvDeletePartition( handle );
    ok( hr == S_OK, "%#lx\n", hr );
    if (!winetest_platform_is_wine)
    {
        skip( "wild handles crash\n" );
        return;
    }
    audit_all( handle, FALSE );
    audit( WHvSetupPartition( handle ) );
    audit( WHvResetPartition( handle ) );
    audit( WHvDeletePartition( handle ) );
}

static void test_set_up( void )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm_config config = { 0 };
    struct vm vm;
    UINT32 i;

    for (i = 0; i < 6; i++)
    {
        winetest_push_context( "apic %u, %s vp", i / 2, i & 1 ? "with a" : "no" );
        config.apic_mode = i / 2;
        config.no_vp = !(i & 1);
        if (!vm_create( &vm, &config )) return;
        if (i & 1)
        {
            vm_load( &vm, MODE_PROT, NULL, 0, NULL );
            vm_run( &vm, &exit );
        }
        audit_all( vm.partition, TRUE );
        audit( WHvSetupPartition( vm.partition ) );
        if (i & 1)
        {
            /* a vp that has been through all this is a vp as before */
            ok( audit( WHvResetPartition( vm.partition ) ) == S_OK, "no reset\n" );
            vm_load( &vm, MODE_PROT, NULL, 0, NULL );
            run_to_port( &vm, END_PORT, vm.before );
        }
        vm_destroy( &vm );
        winetest_pop_context();
    }
}

START_TEST(audit)
{
    if (!vm_present()) return;
    test_without_setup();
    test_set_up();
}
