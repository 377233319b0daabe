/*
 * The unix calls: the table, capabilities, partitions, life of vps
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

#include <string.h>

#include "../unixlib.h"
#include "calls.h"
#include "clock_x86.h"
#include "capability.h"
#include "emulator_calls.h"
#include "partition.h"
#include "property.h"
#include "trace.h"
#include "vp.h"

/* Lists are copied to the stack, which has 1 MiB: more than any list that a table of 256 CPUID entries could use. */
#define MAX_PROPERTY_SIZE 0x10000

/* No machine of Windows has more; the number itself only says where to look for memory, which is KVM's business. */
#define MAX_NUMA_NODES 64

HRESULT give_value( HRESULT hr, const void *data, UINT32 needed, void *buffer, UINT32 *written )
{
    if (FAILED(hr) && hr != WHV_E_INSUFFICIENT_BUFFER) return hr;
    if (written) *written = needed;
    if (FAILED(hr)) return hr;
    if (!buffer) return E_POINTER;
    memcpy( buffer, data, needed );
    return hr;
}

static NTSTATUS attach_call( void *args )
{
    struct attach_params *params = args;

    if (params->version != WHV_UNIX_VERSION || params->size != sizeof(*params)) return STATUS_REVISION_MISMATCH;
    trace_init( params->trace_flags );
    return STATUS_SUCCESS;
}

static NTSTATUS get_capability_call( void *args )
{
    struct get_capability_params *params = args;
    UINT32 size = params->size < MAX_VALUE_SIZE ? params->size : MAX_VALUE_SIZE;
    UINT8 data[MAX_VALUE_SIZE] = { 0 };
    UINT32 needed = 0;
    HRESULT hr;

    hr = capability_get( params->code, data, size, &needed );
    return give_value( hr, data, needed, params->buffer, params->written );
}

static NTSTATUS partition_create_call( void *args )
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

static NTSTATUS partition_setup_call( void *args )
{
    return partition_setup( ((struct partition_params *)args)->partition );
}

static NTSTATUS partition_reset_call( void *args )
{
    return partition_reset( ((struct partition_params *)args)->partition );
}

static NTSTATUS partition_delete_call( void *args )
{
    return partition_delete( ((struct partition_params *)args)->partition );
}

static NTSTATUS partition_get_property_call( void *args )
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

static NTSTATUS partition_set_property_call( void *args )
{
    struct partition_set_params *params = args;
    UINT8 data[MAX_PROPERTY_SIZE];

    if (params->size > sizeof(data)) return E_INVALIDARG;
    if (params->buffer) memcpy( data, params->buffer, params->size );
    return partition_set_property( params->partition, params->code, params->buffer ? data : NULL, params->size );
}

/* WHvSuspendPartitionTime, WHvResumePartitionTime */
static NTSTATUS partition_set_time_call( void *args )
{
    struct partition_time_params *params = args;

    return params->suspend ? clock_suspend( params->partition ) : clock_resume( params->partition );
}

/* KVM does not tell how large the pages behind a mapping are, so all are counted as small ones. */
static NTSTATUS partition_get_counters_call( void *args )
{
    struct partition_get_params *params = args;
    WHV_PARTITION_MEMORY_COUNTERS counters = { 0 };
    struct partition *partition;
    HRESULT hr;
    UINT32 i;

    if (FAILED(hr = partition_lock( params->partition, &partition ))) return hr;
    if (params->code != WHvPartitionCounterSetMemory) hr = WHV_E_UNKNOWN_PROPERTY;
    else if (params->size < sizeof(counters)) hr = WHV_E_INSUFFICIENT_BUFFER;
    else if (partition->state == PARTITION_SET_UP)
        for (i = 0; i < partition->gpa.count; i++)
            counters.Mapped4KPageCount += partition->gpa.ranges[i].size / GPA_PAGE_SIZE;
    partition_unlock( partition );
    return give_value( hr, &counters, sizeof(counters), params->buffer, params->written );
}

/* WHvCreateVirtualProcessor2: properties are one code, NumaNode, a hint for memory that KVM allocates as it likes. */
static NTSTATUS vp_create_call( void *args )
{
    struct vp_create_params *params = args;
    WHV_VIRTUAL_PROCESSOR_PROPERTY property;
    UINT32 i;

    if (params->flags) return E_INVALIDARG;
    if (params->count && !params->properties) return E_INVALIDARG;
    for (i = 0; i < params->count; i++)
    {
        memcpy( &property, params->properties + i, sizeof(property) );
        if (property.PropertyCode != WHvVirtualProcessorPropertyCodeNumaNode) return E_INVALIDARG;
        if (property.NumaNode >= MAX_NUMA_NODES) return E_INVALIDARG;
    }
    return vp_create( params->partition, params->index );
}

static NTSTATUS vp_delete_call( void *args )
{
    struct vp_params *params = args;

    return vp_delete( params->partition, params->index );
}

static NTSTATUS vp_run_call( void *args )
{
    struct vp_run_params *params = args;

    return vp_run( params->partition, params->index, params->exit, params->size );
}

static NTSTATUS vp_cancel_call( void *args )
{
    struct vp_cancel_params *params = args;

    if (params->flags) return E_INVALIDARG;
    return vp_cancel( params->partition, params->index );
}

static NTSTATUS vp_abandoned_call( void *args )
{
    struct vp_params *params = args;

    vp_abandoned( params->partition, params->index );
    return S_OK;
}

extern const unixlib_entry_t __wine_unix_call_funcs[];

const unixlib_entry_t __wine_unix_call_funcs[unix_call_count] __attribute__((visibility("default"))) =
{
    [unix_attach]                 = attach_call,
    [unix_get_capability]         = get_capability_call,
    [unix_partition_create]       = partition_create_call,
    [unix_partition_setup]        = partition_setup_call,
    [unix_partition_reset]        = partition_reset_call,
    [unix_partition_delete]       = partition_delete_call,
    [unix_partition_get_property] = partition_get_property_call,
    [unix_partition_set_property] = partition_set_property_call,
    [unix_partition_set_time]     = partition_set_time_call,
    [unix_partition_get_counters] = partition_get_counters_call,
    [unix_gpa_map]                = gpa_map_call,
    [unix_gpa_unmap]              = gpa_unmap_call,
    [unix_gpa_query_dirty]        = gpa_query_dirty_call,
    [unix_gpa_advise]             = gpa_advise_call,
    [unix_gpa_access]             = gpa_access_call,
    [unix_translate_gva]          = translate_gva_call,
    [unix_vp_create]              = vp_create_call,
    [unix_vp_delete]              = vp_delete_call,
    [unix_vp_run]                 = vp_run_call,
    [unix_vp_cancel]              = vp_cancel_call,
    [unix_vp_abandoned]           = vp_abandoned_call,
    [unix_vp_get_registers]       = vp_get_registers_call,
    [unix_vp_set_registers]       = vp_set_registers_call,
    [unix_vp_get_state]           = vp_get_state_call,
    [unix_vp_set_state]           = vp_set_state_call,
    [unix_vp_get_cpuid]           = vp_get_cpuid_call,
    [unix_vp_get_counters]        = vp_get_counters_call,
    [unix_vp_post_message]        = vp_post_message_call,
    [unix_vp_signal_event]        = vp_signal_event_call,
    [unix_request_interrupt]      = request_interrupt_call,
    [unix_get_interrupt_targets]  = get_interrupt_targets_call,
    [unix_emulator_create]        = emulator_create_call,
    [unix_emulator_destroy]       = emulator_destroy_call,
    [unix_emulator_start]         = emulator_start_call,
    [unix_emulator_step]          = emulator_step_call,
};
