/*
 * Partitions: life cycle, properties, time, counters
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

HRESULT WINAPI WHvCreatePartition( WHV_PARTITION_HANDLE *partition )
{
    struct partition_create_params params = { .partition = (void **)partition };

    TRACE( "ret %p\n", partition );
    return whv_call( unix_partition_create, &params );
}

HRESULT WINAPI WHvSetupPartition( WHV_PARTITION_HANDLE partition )
{
    struct partition_params params = { .partition = partition };

    TRACE( "%p\n", partition );
    return whv_call( unix_partition_setup, &params );
}

HRESULT WINAPI WHvResetPartition( WHV_PARTITION_HANDLE partition )
{
    struct partition_params params = { .partition = partition };

    TRACE( "%p\n", partition );
    return whv_call( unix_partition_reset, &params );
}

HRESULT WINAPI WHvDeletePartition( WHV_PARTITION_HANDLE partition )
{
    struct partition_params params = { .partition = partition };
    HRESULT hr;

    TRACE( "%p\n", partition );
    if (SUCCEEDED(hr = whv_call( unix_partition_delete, &params ))) whv_release_notifications( partition );
    return hr;
}

HRESULT WINAPI WHvGetPartitionProperty( WHV_PARTITION_HANDLE partition, WHV_PARTITION_PROPERTY_CODE code,
                                        void *buffer, UINT32 size, UINT32 *written )
{
    struct partition_get_params params =
    {
        .partition = partition, .code = code, .size = size, .buffer = buffer, .written = written
    };

    TRACE( "%p, code %#x, buffer %p, size %u, written %p\n", partition, code, buffer, size, written );
    return whv_call( unix_partition_get_property, &params );
}

HRESULT WINAPI WHvSetPartitionProperty( WHV_PARTITION_HANDLE partition, WHV_PARTITION_PROPERTY_CODE code,
                                        const void *buffer, UINT32 size )
{
    struct partition_set_params params = { .partition = partition, .code = code, .size = size, .buffer = buffer };

    TRACE( "%p, code %#x, buffer %p, size %u\n", partition, code, buffer, size );
    return whv_call( unix_partition_set_property, &params );
}

HRESULT WINAPI WHvSuspendPartitionTime( WHV_PARTITION_HANDLE partition )
{
    struct partition_time_params params = { .partition = partition, .suspend = 1 };

    TRACE( "%p\n", partition );
    return whv_call( unix_partition_set_time, &params );
}

HRESULT WINAPI WHvResumePartitionTime( WHV_PARTITION_HANDLE partition )
{
    struct partition_time_params params = { .partition = partition, .suspend = 0 };

    TRACE( "%p\n", partition );
    return whv_call( unix_partition_set_time, &params );
}

HRESULT WINAPI WHvGetPartitionCounters( WHV_PARTITION_HANDLE partition, WHV_PARTITION_COUNTER_SET set,
                                        void *buffer, UINT32 size, UINT32 *written )
{
    struct partition_get_params params =
    {
        .partition = partition, .code = set, .size = size, .buffer = buffer, .written = written
    };

    TRACE( "%p, set %u, buffer %p, size %u, written %p\n", partition, set, buffer, size, written );
    return whv_call( unix_partition_get_counters, &params );
}
