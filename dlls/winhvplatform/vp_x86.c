/*
 * Virtual processors: what x64 alone has
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

HRESULT WINAPI WHvGetVirtualProcessorXsaveState( WHV_PARTITION_HANDLE partition, UINT32 index,
                                                 void *buffer, UINT32 size, UINT32 *written )
{
    TRACE( "%p, vp %u, buffer %p, size %u, written %p\n", partition, index, buffer, size, written );
    return whv_call_state( unix_vp_get_state, partition, index, UNIX_STATE_XSAVE, buffer, size, written );
}

HRESULT WINAPI WHvSetVirtualProcessorXsaveState( WHV_PARTITION_HANDLE partition, UINT32 index,
                                                 const void *buffer, UINT32 size )
{
    TRACE( "%p, vp %u, buffer %p, size %u\n", partition, index, buffer, size );
    return whv_call_state( unix_vp_set_state, partition, index, UNIX_STATE_XSAVE, buffer, size, NULL );
}

HRESULT WINAPI WHvGetVirtualProcessorInterruptControllerState( WHV_PARTITION_HANDLE partition, UINT32 index,
                                                               void *state, UINT32 size, UINT32 *written )
{
    TRACE( "%p, vp %u, state %p, size %u, written %p\n", partition, index, state, size, written );
    return whv_call_state( unix_vp_get_state, partition, index, UNIX_STATE_APIC_LEGACY, state, size, written );
}

HRESULT WINAPI WHvSetVirtualProcessorInterruptControllerState( WHV_PARTITION_HANDLE partition, UINT32 index,
                                                               const void *state, UINT32 size )
{
    TRACE( "%p, vp %u, state %p, size %u\n", partition, index, state, size );
    return whv_call_state( unix_vp_set_state, partition, index, UNIX_STATE_APIC_LEGACY, state, size, NULL );
}

HRESULT WINAPI WHvGetVirtualProcessorInterruptControllerState2( WHV_PARTITION_HANDLE partition, UINT32 index,
                                                                void *state, UINT32 size, UINT32 *written )
{
    TRACE( "%p, vp %u, state %p, size %u, written %p\n", partition, index, state, size, written );
    return whv_call_state( unix_vp_get_state, partition, index, UNIX_STATE_APIC, state, size, written );
}

HRESULT WINAPI WHvSetVirtualProcessorInterruptControllerState2( WHV_PARTITION_HANDLE partition, UINT32 index,
                                                                const void *state, UINT32 size )
{
    TRACE( "%p, vp %u, state %p, size %u\n", partition, index, state, size );
    return whv_call_state( unix_vp_set_state, partition, index, UNIX_STATE_APIC, state, size, NULL );
}

HRESULT WINAPI WHvGetVirtualProcessorCpuidOutput( WHV_PARTITION_HANDLE partition, UINT32 index,
                                                  UINT32 eax, UINT32 ecx, WHV_CPUID_OUTPUT *output )
{
    struct vp_get_cpuid_params params =
    {
        .partition = partition, .output = output, .index = index, .eax = eax, .ecx = ecx
    };

    TRACE( "%p, vp %u, eax %#x, ecx %#x, output %p\n", partition, index, eax, ecx, output );
    return whv_call( unix_vp_get_cpuid, &params );
}
