/*
 * Virtual processors: life cycle, running, registers, state
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

static HRESULT create_vp( WHV_PARTITION_HANDLE partition, UINT32 index, UINT32 flags,
                          const WHV_VIRTUAL_PROCESSOR_PROPERTY *properties, UINT32 count )
{
    struct vp_create_params params =
    {
        .partition = partition, .properties = properties, .index = index, .count = count, .flags = flags
    };

    return whv_call( unix_vp_create, &params );
}

HRESULT WINAPI WHvCreateVirtualProcessor( WHV_PARTITION_HANDLE partition, UINT32 index, UINT32 flags )
{
    TRACE( "%p, vp %u, flags %#x\n", partition, index, flags );
    return create_vp( partition, index, flags, NULL, 0 );
}

HRESULT WINAPI WHvCreateVirtualProcessor2( WHV_PARTITION_HANDLE partition, UINT32 index,
                                           const WHV_VIRTUAL_PROCESSOR_PROPERTY *properties, UINT32 count )
{
    TRACE( "%p, vp %u, properties %p, count %u\n", partition, index, properties, count );
    return create_vp( partition, index, 0, properties, count );
}

HRESULT WINAPI WHvDeleteVirtualProcessor( WHV_PARTITION_HANDLE partition, UINT32 index )
{
    struct vp_params params = { .partition = partition, .index = index };

    TRACE( "%p, vp %u\n", partition, index );
    return whv_call( unix_vp_delete, &params );
}

/* A fault has ended a run in the middle. */
static DECLSPEC_NOINLINE HRESULT run_abandoned( const struct vp_run_params *run )
{
    struct vp_params params = { .partition = run->partition, .index = run->index };

    whv_call( unix_vp_abandoned, &params );
    return WHV_E_BAD_POINTER;
}

HRESULT WINAPI WHvRunVirtualProcessor( WHV_PARTITION_HANDLE partition, UINT32 index, void *exit, UINT32 size )
{
    struct vp_run_params params = { .partition = partition, .exit = exit, .index = index, .size = size };
    HRESULT hr;

    TRACE( "%p, vp %u, exit %p, size %u\n", partition, index, exit, size );
    hr = whv_call( unix_vp_run, &params );
    return hr == WHV_E_BAD_POINTER ? run_abandoned( &params ) : hr;
}

HRESULT WINAPI WHvCancelRunVirtualProcessor( WHV_PARTITION_HANDLE partition, UINT32 index, UINT32 flags )
{
    struct vp_cancel_params params = { .partition = partition, .index = index, .flags = flags };

    TRACE( "%p, vp %u, flags %#x\n", partition, index, flags );
    return whv_call( unix_vp_cancel, &params );
}

HRESULT WINAPI WHvGetVirtualProcessorRegisters( WHV_PARTITION_HANDLE partition, UINT32 index,
                                                const WHV_REGISTER_NAME *names, UINT32 count,
                                                WHV_REGISTER_VALUE *values )
{
    struct vp_registers_params params =
    {
        .partition = partition, .names = names, .values = values, .index = index, .count = count
    };

    TRACE( "%p, vp %u, names %p, count %u, values %p\n", partition, index, names, count, values );
    return whv_call( unix_vp_get_registers, &params );
}

HRESULT WINAPI WHvSetVirtualProcessorRegisters( WHV_PARTITION_HANDLE partition, UINT32 index,
                                                const WHV_REGISTER_NAME *names, UINT32 count,
                                                const WHV_REGISTER_VALUE *values )
{
    struct vp_registers_params params =
    {
        .partition = partition, .names = names, .values = (WHV_REGISTER_VALUE *)values,
        .index = index, .count = count
    };

    TRACE( "%p, vp %u, names %p, count %u, values %p\n", partition, index, names, count, values );
    return whv_call( unix_vp_set_registers, &params );
}

HRESULT whv_call_state( unsigned int code, WHV_PARTITION_HANDLE partition, UINT32 index, UINT64 type,
                        const void *buffer, UINT32 size, UINT32 *written )
{
    struct vp_state_params params =
    {
        .partition = partition, .buffer = (void *)buffer, .written = written,
        .index = index, .type = type, .size = size
    };

    return whv_call( code, &params );
}

HRESULT WINAPI WHvGetVirtualProcessorState( WHV_PARTITION_HANDLE partition, UINT32 index,
                                            WHV_VIRTUAL_PROCESSOR_STATE_TYPE type, void *buffer, UINT32 size,
                                            UINT32 *written )
{
    TRACE( "%p, vp %u, type %#x, buffer %p, size %u, written %p\n", partition, index, type, buffer, size, written );
    return whv_call_state( unix_vp_get_state, partition, index, (UINT32)type, buffer, size, written );
}

HRESULT WINAPI WHvSetVirtualProcessorState( WHV_PARTITION_HANDLE partition, UINT32 index,
                                            WHV_VIRTUAL_PROCESSOR_STATE_TYPE type, const void *buffer, UINT32 size )
{
    TRACE( "%p, vp %u, type %#x, buffer %p, size %u\n", partition, index, type, buffer, size );
    return whv_call_state( unix_vp_set_state, partition, index, (UINT32)type, buffer, size, NULL );
}

HRESULT WINAPI WHvGetVirtualProcessorCounters( WHV_PARTITION_HANDLE partition, UINT32 index,
                                               WHV_PROCESSOR_COUNTER_SET set, void *buffer, UINT32 size,
                                               UINT32 *written )
{
    TRACE( "%p, vp %u, set %u, buffer %p, size %u, written %p\n", partition, index, set, buffer, size, written );
    return whv_call_state( unix_vp_get_counters, partition, index, (UINT32)set, buffer, size, written );
}
