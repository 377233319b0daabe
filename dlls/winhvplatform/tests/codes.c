/*
 * Tests: what every function answers in every state of a partition
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


/* One table: a call, what it answers by the state of the partition, and whose word that is. audit.c tries all codes
 * that a function knows, other files what it does. */

#include "vm.h"
#include <winhvemulation.h>

#define HR_NOT_FOUND               ((HRESULT)0x80070490)
#define HV_INVALID_PARAMETER       ((HRESULT)0xc0350005)
#define HV_OPERATION_DENIED        ((HRESULT)0xc0350008)
#define HV_INVALID_SYNIC_STATE     ((HRESULT)0xc0350018)
#define HV_INVALID_DEVICE_ID       ((HRESULT)0xc0350057)
#define NO_VP                      WHV_E_VP_DOES_NOT_EXIST
#define NO_RANGE                   WHV_E_GPA_RANGE_NOT_FOUND

#define DEVICE 7
#define GPA    0x800000

/* a handle that is dead; created; set up, without a vp; with a vp, without APICs; with both */
enum state { DEAD, CREATED, SET_UP, VP, APIC, STATES };

static const char *const names[] = { "dead", "created", "set up", "with a vp", "with an APIC" };

/* Who says so: the function's page; nobody, and Windows may answer with another error; or we are known to differ from
 * Windows, as docs/limits says. */
enum source { PAGE, OURS, LIMITS };

static enum state state;

static void check_code( int line, const char *call, HRESULT hr, const HRESULT *expect, enum source source )
{
    /* of a dead handle no page speaks */
    if (state == DEAD) source = OURS;
    ok_(__FILE__, line)( hr == expect[state] || broken( source == LIMITS ) ||
                         broken( source == OURS && FAILED(expect[state]) && FAILED(hr) ),
                         "%s: %s: %#lx, expected %#lx\n", names[state], call, hr, expect[state] );
}

#define row( call, dead, created, set_up, vp, apic, source ) \
    do { \
        static const HRESULT expect_[STATES] = { dead, created, set_up, vp, apic }; \
        check_code( __LINE__, #call, call, expect_, source ); \
    } while (0)
/* one code for all who live */
#define row_all( call, code, source ) row( call, E_HANDLE, code, code, code, code, source )

static BYTE page[0x4000] __attribute__((aligned(0x1000)));
static UINT32 written;

static void check_partition( WHV_PARTITION_HANDLE p )
{
    UINT64 zero = 0, number;

    row( WHvGetCapability( WHvCapabilityCodeFeatures, &number, 8, &written ), S_OK, S_OK, S_OK, S_OK, S_OK, PAGE );
    row( WHvGetCapability( 0x77, &number, 8, &written ), WHV_E_UNKNOWN_CAPABILITY, WHV_E_UNKNOWN_CAPABILITY,
         WHV_E_UNKNOWN_CAPABILITY, WHV_E_UNKNOWN_CAPABILITY, WHV_E_UNKNOWN_CAPABILITY, PAGE );
    if (winetest_platform_is_wine)
        row( WHvCreatePartition( NULL ), E_POINTER, E_POINTER, E_POINTER, E_POINTER, E_POINTER, OURS );
    /* the count of processors is missing, or it is set up already */
    row( WHvSetupPartition( p ), E_HANDLE, WHV_E_INVALID_PARTITION_CONFIG, E_INVALIDARG, E_INVALIDARG, E_INVALIDARG,
         PAGE );
    row( WHvResetPartition( p ), E_HANDLE, HR_INVALID_STATE, S_OK, S_OK, S_OK, PAGE );
    row_all( WHvGetPartitionProperty( p, WHvPartitionPropertyCodeExtendedVmExits, &number, 8, &written ), S_OK, PAGE );
    row_all( WHvGetPartitionProperty( p, 0x77, &number, 8, &written ), WHV_E_UNKNOWN_PROPERTY, PAGE );
    row_all( WHvSetPartitionProperty( p, WHvPartitionPropertyCodeExtendedVmExits, &zero, 8 ), S_OK, PAGE );
    row_all( WHvSetPartitionProperty( p, 0x77, &zero, 8 ), WHV_E_UNKNOWN_PROPERTY, PAGE );
    row( WHvSuspendPartitionTime( p ), E_HANDLE, HR_INVALID_STATE, S_OK, S_OK, S_OK, OURS );
    row( WHvResumePartitionTime( p ), E_HANDLE, HR_INVALID_STATE, S_OK, S_OK, S_OK, OURS );
    row( WHvGetPartitionCounters( p, WHvPartitionCounterSetMemory, page, sizeof(page), &written ), E_HANDLE,
         S_OK, S_OK, S_OK, S_OK, PAGE );
    row_all( WHvGetPartitionCounters( p, 7, page, sizeof(page), &written ), WHV_E_UNKNOWN_PROPERTY, PAGE );
    row( WHvStartPartitionMigration( p, (HANDLE *)page ), E_HANDLE, HR_INVALID_STATE, HR_NOT_SUPPORTED,
         HR_NOT_SUPPORTED, HR_NOT_SUPPORTED, LIMITS );
    row_all( WHvCancelPartitionMigration( p ), HR_INVALID_STATE, PAGE );
    row_all( WHvCompletePartitionMigration( p ), HR_INVALID_STATE, PAGE );
    row( WHvAcceptPartitionMigration( NULL, (WHV_PARTITION_HANDLE *)page ), E_INVALIDARG, E_INVALIDARG, E_INVALIDARG,
         E_INVALIDARG, E_INVALIDARG, OURS );
}

static void check_memory( WHV_PARTITION_HANDLE p )
{
    WHV_ACCESS_GPA_CONTROLS controls = { .AsUINT64 = WHvCacheTypeWriteBack };
    WHV_MEMORY_RANGE_ENTRY range = { GPA, 0x1000 };
    WHV_TRANSLATE_GVA_RESULT result;
    UINT64 number;

    row( WHvMapGpaRange( p, page, GPA, 0x1000, WHvMapGpaRangeFlagRead ), E_HANDLE, E_INVALIDARG, S_OK, S_OK, S_OK,
         OURS );
    row_all( WHvMapGpaRange( p, page, GPA, 0, WHvMapGpaRangeFlagRead ), E_INVALIDARG, PAGE );
    row( WHvMapGpaRange2( p, GetCurrentProcess(), page, GPA, 0x1000, WHvMapGpaRangeFlagRead ), E_HANDLE, E_INVALIDARG,
         S_OK, S_OK, S_OK, OURS );
    row_all( WHvMapGpaRange2( p, GetCurrentProcess(), page, GPA, 0, WHvMapGpaRangeFlagRead ), E_INVALIDARG, PAGE );
    row( WHvQueryGpaRangeDirtyBitmap( p, GPA, 0x1000, &number, 8 ), E_HANDLE, E_INVALIDARG, NO_RANGE, NO_RANGE,
         NO_RANGE, PAGE );
    row( WHvAdviseGpaRange( p, &range, 1, WHvAdviseGpaRangeCodePin, NULL, 0 ), E_HANDLE, E_INVALIDARG, S_OK, S_OK,
         S_OK, OURS );
    row_all( WHvAdviseGpaRange( p, &range, 1, 7, NULL, 0 ), E_INVALIDARG, PAGE );
    row( WHvReadGpaRange( p, 0, GPA, controls, &number, 8 ), E_HANDLE, NO_VP, NO_VP, S_OK, S_OK, OURS );
    row_all( WHvReadGpaRange( p, 0, GPA, controls, &number, 17 ), E_INVALIDARG, PAGE );
    row( WHvWriteGpaRange( p, 0, GPA, controls, &number, 8 ), E_HANDLE, NO_VP, NO_VP, E_ACCESSDENIED,
         E_ACCESSDENIED, OURS );
    row_all( WHvWriteGpaRange( p, 0, GPA, controls, &number, 17 ), E_INVALIDARG, PAGE );
    row( WHvTranslateGva( p, 0, GPA, WHvTranslateGvaFlagValidateRead, &result, &number ), E_HANDLE, NO_VP, NO_VP, S_OK,
         S_OK, OURS );
    row( WHvUnmapGpaRange( p, GPA, 0x1000 ), E_HANDLE, E_INVALIDARG, S_OK, S_OK, S_OK, OURS );
}

static void check_vps( WHV_PARTITION_HANDLE p )
{
    WHV_REGISTER_NAME name = WHvX64RegisterRax, unknown = 0x7777;
    WHV_REGISTER_VALUE value;
    WHV_CPUID_OUTPUT output;

    memset( &value, 0, sizeof(value) );
    row_all( WHvCreateVirtualProcessor( p, 99, 0 ), E_INVALIDARG, PAGE );
    row_all( WHvCreateVirtualProcessor2( p, 99, NULL, 0 ), E_INVALIDARG, PAGE );
    row_all( WHvDeleteVirtualProcessor( p, 99 ), NO_VP, OURS );
    row_all( WHvRunVirtualProcessor( p, 99, page, sizeof(WHV_RUN_VP_EXIT_CONTEXT) ), NO_VP, OURS );
    row_all( WHvRunVirtualProcessor( p, 0, page, 1 ), WHV_E_INSUFFICIENT_BUFFER, PAGE );
    row_all( WHvCancelRunVirtualProcessor( p, 99, 0 ), NO_VP, OURS );
    row( WHvGetVirtualProcessorRegisters( p, 0, &name, 1, &value ), E_HANDLE, NO_VP, NO_VP, S_OK, S_OK, PAGE );
    row( WHvGetVirtualProcessorRegisters( p, 0, &unknown, 1, &value ), E_HANDLE, NO_VP, NO_VP,
         WHV_E_INVALID_VP_REGISTER_NAME, WHV_E_INVALID_VP_REGISTER_NAME, PAGE );
    row( WHvSetVirtualProcessorRegisters( p, 0, &name, 1, &value ), E_HANDLE, NO_VP, NO_VP, S_OK, S_OK, PAGE );
    row( WHvGetVirtualProcessorXsaveState( p, 0, NULL, 0, &written ), E_HANDLE, NO_VP, NO_VP,
         WHV_E_INSUFFICIENT_BUFFER, WHV_E_INSUFFICIENT_BUFFER, PAGE );
    row( WHvSetVirtualProcessorXsaveState( p, 0, page, 1 ), E_HANDLE, NO_VP, NO_VP, E_INVALIDARG, E_INVALIDARG, OURS );
    row( WHvGetVirtualProcessorState( p, 0, 0x7777, page, sizeof(page), &written ), E_HANDLE, NO_VP, NO_VP,
         E_INVALIDARG, E_INVALIDARG, PAGE );
    row( WHvSetVirtualProcessorState( p, 0, 0x7777, page, 8 ), E_HANDLE, NO_VP, NO_VP, E_INVALIDARG, E_INVALIDARG,
         PAGE );
    row( WHvGetVirtualProcessorCpuidOutput( p, 0, 0, 0, &output ), E_HANDLE, NO_VP, NO_VP, S_OK, S_OK, PAGE );
    row( WHvGetVirtualProcessorCounters( p, 0, WHvProcessorCounterSetRuntime, page, sizeof(page), &written ), E_HANDLE,
         NO_VP, NO_VP, S_OK, S_OK, PAGE );
    row( WHvGetVirtualProcessorCounters( p, 0, 77, page, sizeof(page), &written ), E_HANDLE, NO_VP, NO_VP,
         WHV_E_UNKNOWN_PROPERTY, WHV_E_UNKNOWN_PROPERTY, PAGE );
}

static void check_interrupts( WHV_PARTITION_HANDLE p )
{
    WHV_SYNIC_EVENT_PARAMETERS event;
    WHV_INTERRUPT_CONTROL control;
    UINT32 targets[4];
    BOOL newly;

    memset( &event, 0, sizeof(event) );
    memset( &control, 0, sizeof(control) );
    control.Vector = 0x40;
    row( WHvRequestInterrupt( p, &control, sizeof(control) ), E_HANDLE, HV_OPERATION_DENIED, HV_OPERATION_DENIED,
         HV_OPERATION_DENIED, S_OK, PAGE );
    control.Vector = 0;
    row( WHvRequestInterrupt( p, &control, sizeof(control) ), E_HANDLE, HV_OPERATION_DENIED, HV_OPERATION_DENIED,
         HV_OPERATION_DENIED, HV_INVALID_PARAMETER, PAGE );
    row( WHvGetInterruptTargetVpSet( p, 0, 0, targets, 4, &written ), E_HANDLE, HV_OPERATION_DENIED,
         HV_OPERATION_DENIED, HV_OPERATION_DENIED, S_OK, PAGE );
    row( WHvGetVirtualProcessorInterruptControllerState( p, 0, page, 0x1000, &written ), E_HANDLE, NO_VP, NO_VP,
         HV_OPERATION_DENIED, S_OK, OURS );
    row( WHvSetVirtualProcessorInterruptControllerState( p, 0, NULL, 0x1000 ), E_HANDLE, NO_VP, NO_VP, E_POINTER,
         E_POINTER, PAGE );
    row( WHvGetVirtualProcessorInterruptControllerState2( p, 0, page, 0x1000, &written ), E_HANDLE, NO_VP, NO_VP,
         HV_OPERATION_DENIED, S_OK, OURS );
    row( WHvSetVirtualProcessorInterruptControllerState2( p, 0, NULL, 0x1000 ), E_HANDLE, NO_VP, NO_VP, E_POINTER,
         E_POINTER, PAGE );
    row( WHvSignalVirtualProcessorSynicEvent( p, event, &newly ), E_HANDLE, NO_VP, NO_VP, HV_INVALID_SYNIC_STATE,
         HV_INVALID_SYNIC_STATE, PAGE );
    event.TargetVtl = 1;
    row_all( WHvSignalVirtualProcessorSynicEvent( p, event, &newly ), E_INVALIDARG, PAGE );
    row_all( WHvPostVirtualProcessorSynicMessage( p, 0, 2, page, 257 ), E_INVALIDARG, PAGE );
}

static void check_events( WHV_PARTITION_HANDLE p )
{
    HANDLE event = CreateEventW( NULL, FALSE, FALSE, NULL ), own;
    WHV_NOTIFICATION_PORT_PARAMETERS parameters;
    WHV_NOTIFICATION_PORT_HANDLE port = NULL;
    WHV_TRIGGER_PARAMETERS trigger_parameters;
    WHV_TRIGGER_HANDLE trigger = NULL;
    WHV_DOORBELL_MATCH_DATA match;

    memset( &match, 0, sizeof(match) );
    match.GuestAddress = GPA;
    row( WHvRegisterPartitionDoorbellEvent( p, &match, event ), E_HANDLE, E_INVALIDARG, S_OK, S_OK, S_OK, OURS );
    row( WHvRegisterPartitionDoorbellEvent( p, &match, event ), E_HANDLE, E_INVALIDARG, HV_INVALID_PARAMETER,
         HV_INVALID_PARAMETER, HV_INVALID_PARAMETER, PAGE );
    row( WHvUnregisterPartitionDoorbellEvent( p, &match ), E_HANDLE, HR_NOT_FOUND, S_OK, S_OK, S_OK, PAGE );
    row_all( WHvUnregisterPartitionDoorbellEvent( p, &match ), HR_NOT_FOUND, PAGE );
    memset( &parameters, 0, sizeof(parameters) );
    parameters.NotificationPortType = WHvNotificationPortTypeEvent;
    row( WHvCreateNotificationPort( p, &parameters, event, &port ), E_HANDLE, E_INVALIDARG, S_OK, S_OK, S_OK, OURS );
    row( WHvSetNotificationPortProperty( p, port, WHvNotificationPortPropertyPreferredTargetVp, 0 ), E_HANDLE,
         E_INVALIDARG, S_OK, S_OK, S_OK, OURS );
    row( WHvDeleteNotificationPort( p, port ), E_HANDLE, E_INVALIDARG, S_OK, S_OK, S_OK, OURS );
    memset( &trigger_parameters, 0, sizeof(trigger_parameters) );
    trigger_parameters.TriggerType = WHvTriggerTypeDeviceInterrupt;
    row( WHvCreateTrigger( p, &trigger_parameters, &trigger, &own ), E_HANDLE, E_INVALIDARG, HV_INVALID_DEVICE_ID,
         HV_INVALID_DEVICE_ID, HV_INVALID_DEVICE_ID, PAGE );
    memset( &trigger_parameters, 0, sizeof(trigger_parameters) );
    trigger_parameters.TriggerType = WHvTriggerTypeSynicEvent;
    row( WHvCreateTrigger( p, &trigger_parameters, &trigger, &own ), E_HANDLE, E_INVALIDARG, S_OK, S_OK, S_OK, OURS );
    row( WHvUpdateTriggerParameters( p, &trigger_parameters, trigger ), E_HANDLE, E_INVALIDARG, S_OK, S_OK, S_OK,
         OURS );
    row( WHvDeleteTrigger( p, trigger ), E_HANDLE, E_INVALIDARG, S_OK, S_OK, S_OK, OURS );
    if (trigger) CloseHandle( own );
    CloseHandle( event );
}

/* There are none: a deviation from hosts that have some. */
static void check_devices( WHV_PARTITION_HANDLE p )
{
    WHV_VPCI_INTERRUPT_TARGET target = { 0x40, 0, 1, { 0 } };
    WHV_VPCI_DEVICE_REGISTER reg = { WHvVpciConfigSpace, 4, 0 };
    WHV_VPCI_DEVICE_NOTIFICATION notification;
    WHV_VPCI_MMIO_MAPPING *mappings;
    HANDLE resource;
    UINT64 address;
    UINT32 data;

#define row_device( call, code ) row( call, E_HANDLE, E_INVALIDARG, code, code, code, LIMITS )
    row( WHvAllocateVpciResource( NULL, 0, page, sizeof(WHV_SRIOV_RESOURCE_DESCRIPTOR), &resource ), HR_NOT_FOUND,
         HR_NOT_FOUND, HR_NOT_FOUND, HR_NOT_FOUND, HR_NOT_FOUND, PAGE );
    row_device( WHvCreateVpciDevice( p, DEVICE, NULL, 0, NULL ), E_HANDLE );
    row_device( WHvDeleteVpciDevice( p, DEVICE ), HR_NOT_FOUND );
    row_device( WHvGetVpciDeviceProperty( p, DEVICE, 1, page, sizeof(page), &written ), HR_NOT_FOUND );
    row_device( WHvGetVpciDeviceProperty( p, DEVICE, 3, page, sizeof(page), &written ), WHV_E_UNKNOWN_PROPERTY );
    row_device( WHvGetVpciDeviceNotification( p, DEVICE, &notification, sizeof(notification) ), HR_NOT_FOUND );
    row_device( WHvMapVpciDeviceMmioRanges( p, DEVICE, &data, &mappings ), HR_NOT_FOUND );
    row_device( WHvUnmapVpciDeviceMmioRanges( p, DEVICE ), HR_NOT_FOUND );
    row_device( WHvSetVpciDevicePowerState( p, DEVICE, PowerDeviceD0 ), HR_NOT_FOUND );
    row_device( WHvReadVpciDeviceRegister( p, DEVICE, &reg, page ), HR_NOT_FOUND );
    row_device( WHvWriteVpciDeviceRegister( p, DEVICE, &reg, page ), HR_NOT_FOUND );
    row_device( WHvMapVpciDeviceInterrupt( p, DEVICE, 0, 1, &target, &address, &data ), HV_INVALID_DEVICE_ID );
    row_device( WHvMapVpciDeviceInterrupt( p, DEVICE, 0, 33, &target, &address, &data ), E_INVALIDARG );
    row_device( WHvUnmapVpciDeviceInterrupt( p, DEVICE, 0 ), HV_INVALID_DEVICE_ID );
    row_device( WHvRetargetVpciDeviceInterrupt( p, DEVICE, 0xfee00000, 0x40, &target ), HV_INVALID_DEVICE_ID );
    row_device( WHvRequestVpciDeviceInterrupt( p, DEVICE, 0xfee00000, 0x40 ), HV_INVALID_DEVICE_ID );
    row_device( WHvRequestVpciDeviceInterrupt( p, DEVICE, 1ull << 32, 0x40 ), HV_INVALID_PARAMETER );
    row_device( WHvGetVpciDeviceInterruptTarget( p, DEVICE, 65536, 0, &target, sizeof(target), &written ),
                E_INVALIDARG );
    row_device( WHvGetVpciDeviceInterruptTarget( p, DEVICE, 0, 0, &target, sizeof(target), &written ),
                HV_INVALID_DEVICE_ID );
#undef row_device
}

static void check_all( WHV_PARTITION_HANDLE p, enum state now )
{
    state = now;
    check_partition( p );
    check_memory( p );
    check_vps( p );
    check_interrupts( p );
    check_events( p );
    check_devices( p );
}

static void test_platform( void )
{
    static const struct vm_config no_vp = { .no_vp = TRUE };
    static const struct vm_config apic = { .apic_mode = WHvX64LocalApicEmulationModeXApic };
    static const struct vm_config *const configs[] = { &no_vp, NULL, &apic };
    WHV_PARTITION_HANDLE p;
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    hr = WHvCreatePartition( &p );
    ok( hr == S_OK, "%#lx\n", hr );
    check_all( p, CREATED );
    hr = WHvDeletePartition( p );
    ok( hr == S_OK, "%#lx\n", hr );
    /* elsewhere a handle is an address */
    if (winetest_platform_is_wine)
    {
        check_all( p, DEAD );
        check_all( NULL, DEAD );
        hr = WHvDeletePartition( p );
        ok( hr == E_HANDLE, "%#lx\n", hr );
    }
    for (i = 0; i < ARRAY_COUNT(configs); i++)
    {
        if (!vm_create( &vm, configs[i] )) return;
        check_all( vm.partition, SET_UP + i );
        hr = WHvDeletePartition( vm.partition );
        ok( hr == S_OK, "%#lx\n", hr );
        vm.partition = NULL;
        vm_destroy( &vm );
    }
}

static HRESULT CALLBACK no_io( void *context, WHV_EMULATOR_IO_ACCESS_INFO *access )
{
    (void)context;
    (void)access;
    return E_FAIL;
}

static HRESULT CALLBACK no_memory( void *context, WHV_EMULATOR_MEMORY_ACCESS_INFO *access )
{
    (void)context;
    (void)access;
    return E_FAIL;
}

static HRESULT CALLBACK no_get( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
                                WHV_REGISTER_VALUE *values )
{
    (void)context;
    (void)names;
    (void)count;
    (void)values;
    return E_FAIL;
}

static HRESULT CALLBACK no_set( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
                                const WHV_REGISTER_VALUE *values )
{
    (void)context;
    (void)names;
    (void)count;
    (void)values;
    return E_FAIL;
}

static HRESULT CALLBACK no_translation( void *context, WHV_GUEST_VIRTUAL_ADDRESS gva, WHV_TRANSLATE_GVA_FLAGS flags,
                                        WHV_TRANSLATE_GVA_RESULT_CODE *result, WHV_GUEST_PHYSICAL_ADDRESS *gpa )
{
    (void)context;
    (void)gva;
    (void)flags;
    (void)result;
    (void)gpa;
    return E_FAIL;
}

static void test_emulator( void )
{
    WHV_EMULATOR_CALLBACKS callbacks = { sizeof(callbacks), 0, no_io, no_memory, no_get, no_set, no_translation }, bad;
    WHV_X64_IO_PORT_ACCESS_CONTEXT io;
    WHV_MEMORY_ACCESS_CONTEXT memory;
    WHV_EMULATOR_HANDLE emulator = NULL;
    WHV_EMULATOR_STATUS status;
    WHV_VP_EXIT_CONTEXT vp;

    memset( &io, 0, sizeof(io) );
    memset( &memory, 0, sizeof(memory) );
    memset( &vp, 0, sizeof(vp) );
#define expect( call, code ) \
    do { HRESULT hr_ = (call); ok( hr_ == (code), #call ": %#lx\n", hr_ ); } while (0)
    bad = callbacks;
    bad.Size--;
    expect( WHvEmulatorCreateEmulator( &bad, &emulator ), E_INVALIDARG );
    bad = callbacks;
    bad.WHvEmulatorTranslateGvaPage = NULL;
    expect( WHvEmulatorCreateEmulator( &bad, &emulator ), E_INVALIDARG );
    expect( WHvEmulatorCreateEmulator( &callbacks, &emulator ), S_OK );
    /* a callback that fails shows in the status */
    io.AccessInfo.IsWrite = 1;
    io.AccessInfo.AccessSize = 1;
    expect( WHvEmulatorTryIoEmulation( emulator, NULL, &vp, &io, &status ), S_OK );
    ok( !status.EmulationSuccessful, "status %#x\n", (UINT32)status.AsUINT32 );
    expect( WHvEmulatorTryMmioEmulation( emulator, NULL, &vp, &memory, &status ), S_OK );
    ok( !status.EmulationSuccessful, "status %#x\n", (UINT32)status.AsUINT32 );
    expect( WHvEmulatorDestroyEmulator( emulator ), S_OK );
    if (!winetest_platform_is_wine) return;
    expect( WHvEmulatorCreateEmulator( NULL, &emulator ), E_INVALIDARG );
    expect( WHvEmulatorDestroyEmulator( emulator ), E_INVALIDARG );
    expect( WHvEmulatorDestroyEmulator( NULL ), E_INVALIDARG );
    expect( WHvEmulatorTryIoEmulation( emulator, NULL, &vp, &io, &status ), E_INVALIDARG );
    expect( WHvEmulatorTryMmioEmulation( NULL, NULL, &vp, &memory, &status ), E_INVALIDARG );
#undef expect
}

START_TEST(codes)
{
    if (!vm_present()) return;
    test_platform();
    test_emulator();
}
