/*
 * Virtual PCI devices
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

#include "api.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

static HRESULT call_vpci( struct vpci_params *params )
{
    return whv_call( unix_vpci, params );
}

/* Of the functions that have nothing but a device, and at most a code that says what is to be done with it. */
static HRESULT call_device( enum vpci_function function, WHV_PARTITION_HANDLE partition, UINT64 device, UINT32 code )
{
    struct vpci_params params =
    {
        .function = function, .partition = partition, .device = device, .code = code
    };

    return call_vpci( &params );
}

HRESULT WINAPI WHvAllocateVpciResource( const GUID *provider, WHV_ALLOCATE_VPCI_RESOURCE_FLAGS flags,
                                        const void *descriptor, UINT32 size, HANDLE *resource )
{
    struct vpci_params params =
    {
        .function = VPCI_ALLOCATE_RESOURCE, .provider = provider, .code = flags, .input = descriptor, .size = size,
        .output = resource
    };

    TRACE( "provider %p, flags %#x, descriptor %p, size %u, ret %p\n",
           provider, flags, descriptor, size, resource );
    return call_vpci( &params );
}

HRESULT WINAPI WHvCreateVpciDevice( WHV_PARTITION_HANDLE partition, UINT64 device, HANDLE resource,
                                    WHV_CREATE_VPCI_DEVICE_FLAGS flags, HANDLE event )
{
    TRACE( "%p, device %#llx, resource %p, flags %#x, event %p\n", partition, device, resource, flags, event );
    return call_device( VPCI_CREATE, partition, device, flags );
}

HRESULT WINAPI WHvDeleteVpciDevice( WHV_PARTITION_HANDLE partition, UINT64 device )
{
    TRACE( "%p, device %#llx\n", partition, device );
    return call_device( VPCI_DELETE, partition, device, 0 );
}

HRESULT WINAPI WHvGetVpciDeviceProperty( WHV_PARTITION_HANDLE partition, UINT64 device,
                                         WHV_VPCI_DEVICE_PROPERTY_CODE code, void *buffer, UINT32 size,
                                         UINT32 *written )
{
    struct vpci_params params =
    {
        .function = VPCI_GET_PROPERTY, .partition = partition, .device = device, .code = code, .output = buffer,
        .size = size, .written = written
    };

    TRACE( "%p, device %#llx, code %u, buffer %p, size %u, written %p\n",
           partition, device, code, buffer, size, written );
    return call_vpci( &params );
}

HRESULT WINAPI WHvGetVpciDeviceNotification( WHV_PARTITION_HANDLE partition, UINT64 device,
                                             WHV_VPCI_DEVICE_NOTIFICATION *notification, UINT32 size )
{
    struct vpci_params params =
    {
        .function = VPCI_GET_NOTIFICATION, .partition = partition, .device = device, .output = notification,
        .size = size
    };

    TRACE( "%p, device %#llx, notification %p, size %u\n", partition, device, notification, size );
    return call_vpci( &params );
}

HRESULT WINAPI WHvMapVpciDeviceMmioRanges( WHV_PARTITION_HANDLE partition, UINT64 device, UINT32 *count,
                                           WHV_VPCI_MMIO_MAPPING **mappings )
{
    struct vpci_params params =
    {
        .function = VPCI_MAP_MMIO, .partition = partition, .device = device, .output = count, .output2 = mappings
    };

    TRACE( "%p, device %#llx, count %p, ret %p\n", partition, device, count, mappings );
    return call_vpci( &params );
}

HRESULT WINAPI WHvUnmapVpciDeviceMmioRanges( WHV_PARTITION_HANDLE partition, UINT64 device )
{
    TRACE( "%p, device %#llx\n", partition, device );
    return call_device( VPCI_UNMAP_MMIO, partition, device, 0 );
}

HRESULT WINAPI WHvSetVpciDevicePowerState( WHV_PARTITION_HANDLE partition, UINT64 device, DEVICE_POWER_STATE state )
{
    TRACE( "%p, device %#llx, state %u\n", partition, device, state );
    return call_device( VPCI_SET_POWER_STATE, partition, device, state );
}

HRESULT WINAPI WHvReadVpciDeviceRegister( WHV_PARTITION_HANDLE partition, UINT64 device,
                                          const WHV_VPCI_DEVICE_REGISTER *reg, void *data )
{
    struct vpci_params params =
    {
        .function = VPCI_READ_REGISTER, .partition = partition, .device = device, .input = reg, .output = data
    };

    TRACE( "%p, device %#llx, register %p, data %p\n", partition, device, reg, data );
    return call_vpci( &params );
}

HRESULT WINAPI WHvWriteVpciDeviceRegister( WHV_PARTITION_HANDLE partition, UINT64 device,
                                           const WHV_VPCI_DEVICE_REGISTER *reg, const void *data )
{
    struct vpci_params params =
    {
        .function = VPCI_WRITE_REGISTER, .partition = partition, .device = device, .input = reg,
        .output = (void *)data
    };

    TRACE( "%p, device %#llx, register %p, data %p\n", partition, device, reg, data );
    return call_vpci( &params );
}

HRESULT WINAPI WHvMapVpciDeviceInterrupt( WHV_PARTITION_HANDLE partition, UINT64 device, UINT32 index,
                                          UINT32 message_count, const WHV_VPCI_INTERRUPT_TARGET *target,
                                          UINT64 *msi_address, UINT32 *msi_data )
{
    struct vpci_params params =
    {
        .function = VPCI_MAP_INTERRUPT, .partition = partition, .device = device, .code = index,
        .count = message_count, .input = target, .output = msi_address, .output2 = msi_data
    };

    TRACE( "%p, device %#llx, index %u, count %u, target %p, address %p, data %p\n",
           partition, device, index, message_count, target, msi_address, msi_data );
    return call_vpci( &params );
}

HRESULT WINAPI WHvUnmapVpciDeviceInterrupt( WHV_PARTITION_HANDLE partition, UINT64 device, UINT32 index )
{
    TRACE( "%p, device %#llx, index %u\n", partition, device, index );
    return call_device( VPCI_UNMAP_INTERRUPT, partition, device, index );
}

HRESULT WINAPI WHvRetargetVpciDeviceInterrupt( WHV_PARTITION_HANDLE partition, UINT64 device, UINT64 msi_address,
                                               UINT32 msi_data, const WHV_VPCI_INTERRUPT_TARGET *target )
{
    struct vpci_params params =
    {
        .function = VPCI_RETARGET_INTERRUPT, .partition = partition, .device = device, .address = msi_address,
        .input = target
    };

    TRACE( "%p, device %#llx, address %#llx, data %#x, target %p\n",
           partition, device, msi_address, msi_data, target );
    return call_vpci( &params );
}

HRESULT WINAPI WHvRequestVpciDeviceInterrupt( WHV_PARTITION_HANDLE partition, UINT64 device, UINT64 msi_address,
                                              UINT32 msi_data )
{
    struct vpci_params params =
    {
        .function = VPCI_REQUEST_INTERRUPT, .partition = partition, .device = device, .address = msi_address
    };

    TRACE( "%p, device %#llx, address %#llx, data %#x\n", partition, device, msi_address, msi_data );
    return call_vpci( &params );
}

HRESULT WINAPI WHvGetVpciDeviceInterruptTarget( WHV_PARTITION_HANDLE partition, UINT64 device, UINT32 index,
                                                UINT32 message, WHV_VPCI_INTERRUPT_TARGET *target, UINT32 size,
                                                UINT32 *written )
{
    struct vpci_params params =
    {
        .function = VPCI_GET_INTERRUPT_TARGET, .partition = partition, .device = device, .code = index,
        .count = message, .output = target, .size = size, .written = written
    };

    TRACE( "%p, device %#llx, index %u, message %u, target %p, size %u, written %p\n",
           partition, device, index, message, target, size, written );
    return call_vpci( &params );
}
