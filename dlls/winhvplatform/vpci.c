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

HRESULT WINAPI WHvAllocateVpciResource( const GUID *provider, WHV_ALLOCATE_VPCI_RESOURCE_FLAGS flags,
                                        const void *descriptor, UINT32 size, HANDLE *resource )
{
    WHV_STUB( "provider %p, flags %#x, descriptor %p, size %u, ret %p\n",
              provider, flags, descriptor, size, resource );
}

HRESULT WINAPI WHvCreateVpciDevice( WHV_PARTITION_HANDLE partition, UINT64 device, HANDLE resource,
                                    WHV_CREATE_VPCI_DEVICE_FLAGS flags, HANDLE event )
{
    WHV_STUB( "%p, device %#llx, resource %p, flags %#x, event %p\n", partition, device, resource, flags, event );
}

HRESULT WINAPI WHvDeleteVpciDevice( WHV_PARTITION_HANDLE partition, UINT64 device )
{
    WHV_STUB( "%p, device %#llx\n", partition, device );
}

HRESULT WINAPI WHvGetVpciDeviceProperty( WHV_PARTITION_HANDLE partition, UINT64 device,
                                         WHV_VPCI_DEVICE_PROPERTY_CODE code, void *buffer, UINT32 size,
                                         UINT32 *written )
{
    WHV_STUB( "%p, device %#llx, code %u, buffer %p, size %u, written %p\n",
              partition, device, code, buffer, size, written );
}

HRESULT WINAPI WHvGetVpciDeviceNotification( WHV_PARTITION_HANDLE partition, UINT64 device,
                                             WHV_VPCI_DEVICE_NOTIFICATION *notification, UINT32 size )
{
    WHV_STUB( "%p, device %#llx, notification %p, size %u\n", partition, device, notification, size );
}

HRESULT WINAPI WHvMapVpciDeviceMmioRanges( WHV_PARTITION_HANDLE partition, UINT64 device, UINT32 *count,
                                           WHV_VPCI_MMIO_MAPPING **mappings )
{
    WHV_STUB( "%p, device %#llx, count %p, ret %p\n", partition, device, count, mappings );
}

HRESULT WINAPI WHvUnmapVpciDeviceMmioRanges( WHV_PARTITION_HANDLE partition, UINT64 device )
{
    WHV_STUB( "%p, device %#llx\n", partition, device );
}

HRESULT WINAPI WHvSetVpciDevicePowerState( WHV_PARTITION_HANDLE partition, UINT64 device, DEVICE_POWER_STATE state )
{
    WHV_STUB( "%p, device %#llx, state %u\n", partition, device, state );
}

HRESULT WINAPI WHvReadVpciDeviceRegister( WHV_PARTITION_HANDLE partition, UINT64 device,
                                          const WHV_VPCI_DEVICE_REGISTER *reg, void *data )
{
    WHV_STUB( "%p, device %#llx, register %p, data %p\n", partition, device, reg, data );
}

HRESULT WINAPI WHvWriteVpciDeviceRegister( WHV_PARTITION_HANDLE partition, UINT64 device,
                                           const WHV_VPCI_DEVICE_REGISTER *reg, const void *data )
{
    WHV_STUB( "%p, device %#llx, register %p, data %p\n", partition, device, reg, data );
}

HRESULT WINAPI WHvMapVpciDeviceInterrupt( WHV_PARTITION_HANDLE partition, UINT64 device, UINT32 index,
                                          UINT32 message_count, const WHV_VPCI_INTERRUPT_TARGET *target,
                                          UINT64 *msi_address, UINT32 *msi_data )
{
    WHV_STUB( "%p, device %#llx, index %u, count %u, target %p, address %p, data %p\n",
              partition, device, index, message_count, target, msi_address, msi_data );
}

HRESULT WINAPI WHvUnmapVpciDeviceInterrupt( WHV_PARTITION_HANDLE partition, UINT64 device, UINT32 index )
{
    WHV_STUB( "%p, device %#llx, index %u\n", partition, device, index );
}

HRESULT WINAPI WHvRetargetVpciDeviceInterrupt( WHV_PARTITION_HANDLE partition, UINT64 device, UINT64 msi_address,
                                               UINT32 msi_data, const WHV_VPCI_INTERRUPT_TARGET *target )
{
    WHV_STUB( "%p, device %#llx, address %#llx, data %#x, target %p\n",
              partition, device, msi_address, msi_data, target );
}

HRESULT WINAPI WHvRequestVpciDeviceInterrupt( WHV_PARTITION_HANDLE partition, UINT64 device, UINT64 msi_address,
                                              UINT32 msi_data )
{
    WHV_STUB( "%p, device %#llx, address %#llx, data %#x\n", partition, device, msi_address, msi_data );
}

HRESULT WINAPI WHvGetVpciDeviceInterruptTarget( WHV_PARTITION_HANDLE partition, UINT64 device, UINT32 index,
                                                UINT32 message, WHV_VPCI_INTERRUPT_TARGET *target, UINT32 size,
                                                UINT32 *written )
{
    WHV_STUB( "%p, device %#llx, index %u, message %u, target %p, size %u, written %p\n",
              partition, device, index, message, target, size, written );
}
