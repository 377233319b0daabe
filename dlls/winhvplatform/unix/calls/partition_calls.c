/*
 * Unix calls: capabilities and partitions
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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <string.h>

#include "calls/caller.h"
#include "calls/calls.h"
#include "host/capability.h"
#include "host/reason.h"
#include "memory/gpa_map.h"
#include "run/partition_life.h"
#include "time/clock_x86.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/property.h"
#include "wine/unixlib.h"

/* Lists are copied to the stack, which has 1 MiB: more than any list that a table of 256 CPUID entries could use. */
#define MAX_PROPERTY_SIZE 0x10000

NTSTATUS get_capability_call( void *args )
{
    struct get_capability_params *params = args;
    UINT32 size = params->size < MAX_VALUE_SIZE ? params->size : MAX_VALUE_SIZE;
    UINT8 data[MAX_VALUE_SIZE] = { 0 };
    UINT32 needed = 0;
    HRESULT hr;

    hr = capability_get( params->code, data, size, &needed );
    return give_value( hr, data, needed, params->buffer, params->written );
}

NTSTATUS get_reason_call( void *args )
{
    struct get_reason_params *params = args;
    char text[REASON_SIZE];
    size_t length;

    reason_get( text );
    length = strlen( text );
    if (!params->buffer || !params->size) return S_OK;
    if (length >= params->size) length = params->size - 1;
    memcpy( params->buffer, text, length );
    params->buffer[length] = 0;
    return S_OK;
}

NTSTATUS partition_create_call( void *args )
{
    struct partition_create_params *params = args;
    WHV_PARTITION_HANDLE handle;
    HRESULT hr;

    if (!params->partition) return E_POINTER;
    /* faults now, if at all: later nobody would know the new partition's handle */
    *params->partition = NULL;
    if (SUCCEEDED(hr = partition_create( &handle ))) *params->partition = handle;
    return hr;
}

NTSTATUS partition_setup_call( void *args )
{
    return partition_setup( ((struct partition_params *)args)->partition );
}

NTSTATUS partition_reset_call( void *args )
{
    return partition_reset( ((struct partition_params *)args)->partition );
}

NTSTATUS partition_delete_call( void *args )
{
    return partition_delete( ((struct partition_params *)args)->partition );
}

NTSTATUS partition_get_property_call( void *args )
{
    struct partition_get_params *params = args;
    UINT32 size = params->size < MAX_VALUE_SIZE ? params->size : MAX_VALUE_SIZE;
    UINT8 data[MAX_VALUE_SIZE] = { 0 };
    struct partition *partition;
    UINT64 reference;
    UINT32 needed = 0;
    HRESULT hr;

    if (FAILED(hr = partition_lock( params->partition, &partition ))) return hr;
    hr = property_get( &partition->props, params->code, data, size, &needed );
    if (SUCCEEDED(hr) && params->code == WHvPartitionPropertyCodeReferenceTime &&
        SUCCEEDED(hr = clock_get_reference( partition, &reference ))) memcpy( data, &reference, sizeof(reference) );
    partition_unlock( partition );
    return give_value( hr, data, needed, params->buffer, params->written );
}

NTSTATUS partition_set_property_call( void *args )
{
    struct partition_set_params *params = args;
    UINT8 data[MAX_PROPERTY_SIZE];

    if (params->size > sizeof(data)) return partition_refuse( params->partition, E_INVALIDARG );
    if (params->buffer) memcpy( data, params->buffer, params->size );
    return partition_set_property( params->partition, params->code, params->buffer ? data : NULL, params->size );
}

NTSTATUS partition_set_time_call( void *args )
{
    struct partition_time_params *params = args;

    return params->suspend ? clock_suspend( params->partition ) : clock_resume( params->partition );
}

NTSTATUS partition_get_counters_call( void *args )
{
    struct partition_get_params *params = args;
    WHV_PARTITION_MEMORY_COUNTERS counters = { 0 };
    struct partition *partition;
    HRESULT hr;

    if (FAILED(hr = partition_lock( params->partition, &partition ))) return hr;
    if (params->code != WHvPartitionCounterSetMemory) hr = WHV_E_UNKNOWN_PROPERTY;
    else if (params->size < sizeof(counters)) hr = WHV_E_INSUFFICIENT_BUFFER;
    else if (partition->state == PARTITION_SET_UP) counters.Mapped4KPageCount = gpa_page_count( &partition->gpa );
    partition_unlock( partition );
    return give_value( hr, &counters, sizeof(counters), params->buffer, params->written );
}
