/*
 * Tests: virtual PCI devices and migration, where there is nothing to give away
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

#define HR_NOT_FOUND              ((HRESULT)0x80070490)
#ifndef ERROR_HV_INVALID_DEVICE_ID
#define ERROR_HV_INVALID_DEVICE_ID ((HRESULT)0xc0350057)
#endif
#ifndef ERROR_HV_INVALID_PARAMETER
#define ERROR_HV_INVALID_PARAMETER ((HRESULT)0xc0350005)
#endif

#define DEVICE 7

/* What the page of the function says, */
#define check( call, expect ) \
    do { HRESULT hr_ = (call); ok( hr_ == (expect), #call ": %#lx\n", hr_ ); } while (0)
/* and what it doesn't: Windows may have another error there. */
#define check_fails( call, expect ) \
    do { HRESULT hr_ = (call); ok( hr_ == (expect) || broken( FAILED(hr_) ), #call ": %#lx\n", hr_ ); } while (0)

static void test_resources( void )
{
    static const GUID provider = { 0x12345678, 0x1234, 0x1234, { 1, 2, 3, 4, 5, 6, 7, 8 } };
    WHV_SRIOV_RESOURCE_DESCRIPTOR descriptor;
    HANDLE resource = (HANDLE)0x1234;

    memset( &descriptor, 0, sizeof(descriptor) );
    /* no such function on this bus */
    check( WHvAllocateVpciResource( NULL, 0, &descriptor, sizeof(descriptor), &resource ), HR_NOT_FOUND );
    check_fails( WHvAllocateVpciResource( NULL, 1, &descriptor, sizeof(descriptor), &resource ), HR_NOT_FOUND );
    check_fails( WHvAllocateVpciResource( &provider, 0, &descriptor, 1, &resource ), HR_NOT_FOUND );
    check_fails( WHvAllocateVpciResource( NULL, 2, &descriptor, sizeof(descriptor), &resource ), E_INVALIDARG );
    check_fails( WHvAllocateVpciResource( NULL, 0, &descriptor, sizeof(descriptor) - 1, &resource ), E_INVALIDARG );
    if (winetest_platform_is_wine)
    {
        check( WHvAllocateVpciResource( NULL, 0, NULL, 0, &resource ), HR_NOT_FOUND );
        check( WHvAllocateVpciResource( NULL, 0, NULL, 0, NULL ), E_POINTER );
        ok( resource == (HANDLE)0x1234, "a handle without a resource\n" );
    }
}

static void test_devices( void )
{
    static const struct vm_config config = { .vps = 2 };
    WHV_VPCI_DEVICE_NOTIFICATION notification;
    struct { UINT32 vector, flags, count, processors[8]; } target = { 0x40, 0, 1, { 0 } };
    WHV_VPCI_INTERRUPT_TARGET *to = (WHV_VPCI_INTERRUPT_TARGET *)&target;
    WHV_VPCI_DEVICE_REGISTER reg = { WHvVpciConfigSpace, 4, 0 };
    WHV_VPCI_MMIO_MAPPING *mappings;
    UINT32 i, written, data;
    BYTE buffer[64];
    UINT64 address;
    struct vm vm;
    HANDLE event;

    if (!vm_create( &vm, &config )) return;
    event = CreateEventA( NULL, FALSE, FALSE, NULL );
    for (i = 0; i < 3; i++)
    {
        check_fails( WHvCreateVpciDevice( vm.partition, DEVICE, event, i, NULL ), E_HANDLE );
        check_fails( WHvCreateVpciDevice( vm.partition, DEVICE, NULL, i, event ), E_HANDLE );
    }
    check_fails( WHvCreateVpciDevice( vm.partition, DEVICE, event, 4, NULL ), E_INVALIDARG );
    check_fails( WHvDeleteVpciDevice( vm.partition, DEVICE ), HR_NOT_FOUND );

    for (i = 1; i <= 2; i++)
    {
        UINT32 size = i == 1 ? sizeof(WHV_VPCI_HARDWARE_IDS) : sizeof(WHV_VPCI_PROBED_BARS);

        check_fails( WHvGetVpciDeviceProperty( vm.partition, DEVICE, i, buffer, size, &written ), HR_NOT_FOUND );
        check_fails( WHvGetVpciDeviceProperty( vm.partition, DEVICE, i, buffer, size - 1, NULL ),
                     WHV_E_INSUFFICIENT_BUFFER );
    }
    check_fails( WHvGetVpciDeviceProperty( vm.partition, DEVICE, 0, buffer, 64, &written ), WHV_E_UNKNOWN_PROPERTY );
    check_fails( WHvGetVpciDeviceProperty( vm.partition, DEVICE, 3, buffer, 64, &written ), WHV_E_UNKNOWN_PROPERTY );
    check_fails( WHvGetVpciDeviceNotification( vm.partition, DEVICE, &notification, sizeof(notification) ),
                 HR_NOT_FOUND );
    check_fails( WHvMapVpciDeviceMmioRanges( vm.partition, DEVICE, &written, &mappings ), HR_NOT_FOUND );
    check_fails( WHvUnmapVpciDeviceMmioRanges( vm.partition, DEVICE ), HR_NOT_FOUND );
    check_fails( WHvSetVpciDevicePowerState( vm.partition, DEVICE, PowerDeviceD0 ), HR_NOT_FOUND );
    check_fails( WHvSetVpciDevicePowerState( vm.partition, DEVICE, PowerDeviceUnspecified ), E_INVALIDARG );
    check_fails( WHvReadVpciDeviceRegister( vm.partition, DEVICE, &reg, buffer ), HR_NOT_FOUND );
    check_fails( WHvWriteVpciDeviceRegister( vm.partition, DEVICE, &reg, buffer ), HR_NOT_FOUND );

    /* an interrupt's numbers and targets are looked at before anybody asks for the device */
#define map( index, count ) WHvMapVpciDeviceInterrupt( vm.partition, DEVICE, index, count, to, &address, &data )
#define retarget() WHvRetargetVpciDeviceInterrupt( vm.partition, DEVICE, 0xfee00000, 0x40, to )
    check_fails( map( 0, 1 ), ERROR_HV_INVALID_DEVICE_ID );
    check_fails( map( 65535, 32 ), ERROR_HV_INVALID_DEVICE_ID );
    check( map( 65536, 1 ), E_INVALIDARG );
    check( map( 0, 0 ), E_INVALIDARG );
    check( map( 0, 33 ), E_INVALIDARG );
    check_fails( retarget(), ERROR_HV_INVALID_DEVICE_ID );
    target.flags = 2;
    check( map( 0, 1 ), E_INVALIDARG );
    check( retarget(), E_INVALIDARG );
    target.flags = WHvVpciInterruptTargetFlagMulticast;
    check( map( 0, 1 ), E_INVALIDARG );
    check( retarget(), E_INVALIDARG );
    target.count = 2;
    target.processors[1] = 1;
    check_fails( map( 0, 1 ), ERROR_HV_INVALID_DEVICE_ID );
    target.processors[1] = 2;
    check( map( 0, 1 ), E_INVALIDARG );
    target.processors[1] = ~0u;
    check( map( 0, 1 ), E_INVALIDARG );
    check( retarget(), E_INVALIDARG );
    target.flags = 0;
    target.count = 0;
    check( map( 0, 1 ), E_INVALIDARG );
    check( retarget(), E_INVALIDARG );
    target.count = 3;
    target.processors[1] = 0;
    check( map( 0, 1 ), E_INVALIDARG );
    check( retarget(), E_INVALIDARG );
#undef map
#undef retarget
    check_fails( WHvUnmapVpciDeviceInterrupt( vm.partition, DEVICE, 0 ), ERROR_HV_INVALID_DEVICE_ID );
    check_fails( WHvRequestVpciDeviceInterrupt( vm.partition, DEVICE, 0xfee00000, 0x40 ), ERROR_HV_INVALID_DEVICE_ID );
    check( WHvRequestVpciDeviceInterrupt( vm.partition, DEVICE, 0x100000000, 0x40 ), ERROR_HV_INVALID_PARAMETER );
    check_fails( WHvGetVpciDeviceInterruptTarget( vm.partition, DEVICE, 0, 0, to, sizeof(target), &written ),
                 ERROR_HV_INVALID_DEVICE_ID );
    written = 0;
    check_fails( WHvGetVpciDeviceInterruptTarget( vm.partition, DEVICE, 0, 0, to, sizeof(*to) - 1, &written ),
                 WHV_E_INSUFFICIENT_BUFFER );
    ok( !winetest_platform_is_wine || written == sizeof(*to), "written %lu\n", (unsigned long)written );
    if (winetest_platform_is_wine)
        check( WHvGetVpciDeviceInterruptTarget( vm.partition, DEVICE, 0, 0, NULL, sizeof(target), &written ),
               E_POINTER );
    check( WHvGetVpciDeviceInterruptTarget( vm.partition, DEVICE, 65536, 0, NULL, 0, &written ), E_INVALIDARG );
    check( WHvGetVpciDeviceInterruptTarget( vm.partition, DEVICE, 0, 32, NULL, 0, &written ), E_INVALIDARG );
    CloseHandle( event );
    vm_destroy( &vm );
}

static void test_migration( void )
{
    WHV_PARTITION_HANDLE partition = NULL;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    HANDLE handle, event;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    check( WHvCancelPartitionMigration( vm.partition ), HR_INVALID_STATE );
    check( WHvCompletePartitionMigration( vm.partition ), HR_INVALID_STATE );
    hr = WHvStartPartitionMigration( vm.partition, &handle );
    ok( hr == HR_NOT_SUPPORTED || broken( hr == S_OK ), "start: %#lx\n", hr );
    if (hr == S_OK)
    {
        WHvCancelPartitionMigration( vm.partition );
        CloseHandle( handle );
    }
    event = CreateEventA( NULL, FALSE, FALSE, NULL );
    check_fails( WHvAcceptPartitionMigration( event, &partition ), E_INVALIDARG );
    check_fails( WHvAcceptPartitionMigration( NULL, &partition ), E_INVALIDARG );
    ok( !partition, "a partition out of nothing\n" );
    /* it is the caller's as before, and so is the partition */
    ok( SetEvent( event ), "the handle was closed\n" );
    CloseHandle( event );
    if (vm_run( &vm, &exit ))
        ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
    vm_destroy( &vm );
}

START_TEST(devices)
{
    if (!vm_present()) return;
    test_resources();
    test_devices();
    test_migration();
}
