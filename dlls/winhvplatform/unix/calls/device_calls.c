/*
 * The unix calls: virtual PCI devices and migration
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

#include <stddef.h>
#include <string.h>

#include "calls/caller.h"
#include "calls/calls.h"
#include "host/errors.h"
#include "host/host.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "wine/unixlib.h"

#define MAX_INTERRUPT_INDEX 65535
#define MAX_MESSAGES        32

/* A partition that a call is about: its handle was good, and these things of it are constant while it lives. */
struct owner
{
    UINT32 vp_count;
    UINT32 max_vps;         /* that any partition can have */
};

/* ---- arguments, in the order of the functions' pages ---- */

static HRESULT check_resource( const struct vpci_params *params, const struct owner *owner )
{
    (void)owner;
    if (params->code & ~(UINT32)WHvAllocateVpciResourceFlagAllowDirectP2P) return E_INVALIDARG;
    /* what a provider gets is between it and the client */
    if (params->provider) return S_OK;
    return params->size == (params->input ? sizeof(WHV_SRIOV_RESOURCE_DESCRIPTOR) : 0) ? S_OK : E_INVALIDARG;
}

static HRESULT check_create( const struct vpci_params *params, const struct owner *owner )
{
    (void)owner;
    return params->code & ~(UINT32)(WHvCreateVpciDeviceFlagPhysicallyBacked |
                                    WHvCreateVpciDeviceFlagUseLogicalInterrupts) ? E_INVALIDARG : S_OK;
}

/* Room for a value that is needed bytes at least. */
static HRESULT check_output( const struct vpci_params *params, UINT32 needed )
{
    if (params->size < needed) return give_value( WHV_E_INSUFFICIENT_BUFFER, NULL, needed, NULL, params->written );
    return params->output ? S_OK : E_POINTER;
}

static HRESULT check_property( const struct vpci_params *params, const struct owner *owner )
{
    UINT32 needed;

    (void)owner;
    switch (params->code)
    {
    case WHvVpciDevicePropertyCodeHardwareIDs: needed = sizeof(WHV_VPCI_HARDWARE_IDS); break;
    case WHvVpciDevicePropertyCodeProbedBARs:  needed = sizeof(WHV_VPCI_PROBED_BARS); break;
    default: return WHV_E_UNKNOWN_PROPERTY;
    }
    return check_output( params, needed );
}

static HRESULT check_notification( const struct vpci_params *params, const struct owner *owner )
{
    (void)owner;
    if (params->size < sizeof(WHV_VPCI_DEVICE_NOTIFICATION)) return WHV_E_INSUFFICIENT_BUFFER;
    return S_OK;
}

static HRESULT check_power_state( const struct vpci_params *params, const struct owner *owner )
{
    (void)owner;
    return params->code >= PowerDeviceD0 && params->code <= PowerDeviceD3 ? S_OK : E_INVALIDARG;
}

static HRESULT check_register( const struct vpci_params *params, const struct owner *owner )
{
    WHV_VPCI_DEVICE_REGISTER reg;
    INT32 space;

    (void)owner;
    memcpy( &reg, params->input, sizeof(reg) );
    space = reg.Location;
    return space >= WHvVpciConfigSpace && space <= WHvVpciBar5 && reg.SizeInBytes ? S_OK : E_INVALIDARG;
}

/* multicast: the least number of processors that it is for. A vp's index has to be below limit. */
static HRESULT check_target( const WHV_VPCI_INTERRUPT_TARGET *caller, const struct owner *owner, UINT32 limit )
{
    const UINT8 *bytes = (const UINT8 *)caller;
    WHV_VPCI_INTERRUPT_TARGET target;
    UINT32 i, index;

    memcpy( &target, bytes, offsetof( WHV_VPCI_INTERRUPT_TARGET, Processors ) );
    if ((UINT32)target.Flags & ~(UINT32)WHvVpciInterruptTargetFlagMulticast) return E_INVALIDARG;
    if (!target.ProcessorCount || target.ProcessorCount > owner->vp_count) return E_INVALIDARG;
    for (i = 0; i < target.ProcessorCount; i++)
    {
        memcpy( &index, bytes + offsetof( WHV_VPCI_INTERRUPT_TARGET, Processors ) + i * sizeof(index), sizeof(index) );
        if (index >= limit) return E_INVALIDARG;
    }
    return target.Flags && target.ProcessorCount == 1 ? E_INVALIDARG : S_OK;
}

static HRESULT check_map_interrupt( const struct vpci_params *params, const struct owner *owner )
{
    if (params->code > MAX_INTERRUPT_INDEX) return E_INVALIDARG;
    if (!params->count || params->count > MAX_MESSAGES || (params->count & (params->count - 1))) return E_INVALIDARG;
    return check_target( params->input, owner, owner->vp_count );
}

static HRESULT check_retarget( const struct vpci_params *params, const struct owner *owner )
{
    return check_target( params->input, owner, owner->max_vps );
}

static HRESULT check_request( const struct vpci_params *params, const struct owner *owner )
{
    (void)owner;
    return params->address > 0xffffffff ? ERROR_HV_INVALID_PARAMETER : S_OK;
}

static HRESULT check_get_target( const struct vpci_params *params, const struct owner *owner )
{
    (void)owner;
    if (params->code > MAX_INTERRUPT_INDEX || params->count >= MAX_MESSAGES) return E_INVALIDARG;
    return check_output( params, sizeof(WHV_VPCI_INTERRUPT_TARGET) );
}

/* ---- the calls ---- */

#define NEED_INPUT   1
#define NEED_OUTPUT  2
#define NEED_OUTPUT2 4

/* Who has passed all checks learns that there is no such device. Where the hypervisor is the one that knows a device,
 * it is its own error: so says the page of a trigger for a device's interrupt. */
static const struct
{
    UINT32  needed;             /* pointers that must not be NULL */
    HRESULT (*check)( const struct vpci_params *params, const struct owner *owner );
    HRESULT absent;
} vpci_functions[VPCI_FUNCTION_COUNT] =
{
    [VPCI_ALLOCATE_RESOURCE]    = { NEED_OUTPUT, check_resource, HRESULT_FROM_WIN32_NOT_FOUND },
    [VPCI_CREATE]               = { 0, check_create, E_HANDLE },    /* no handle is a resource */
    [VPCI_DELETE]               = { 0, NULL, HRESULT_FROM_WIN32_NOT_FOUND },
    [VPCI_GET_PROPERTY]         = { 0, check_property, HRESULT_FROM_WIN32_NOT_FOUND },
    [VPCI_GET_NOTIFICATION]     = { NEED_OUTPUT, check_notification, HRESULT_FROM_WIN32_NOT_FOUND },
    [VPCI_MAP_MMIO]             = { NEED_OUTPUT | NEED_OUTPUT2, NULL, HRESULT_FROM_WIN32_NOT_FOUND },
    [VPCI_UNMAP_MMIO]           = { 0, NULL, HRESULT_FROM_WIN32_NOT_FOUND },
    [VPCI_SET_POWER_STATE]      = { 0, check_power_state, HRESULT_FROM_WIN32_NOT_FOUND },
    [VPCI_READ_REGISTER]        = { NEED_INPUT | NEED_OUTPUT, check_register, HRESULT_FROM_WIN32_NOT_FOUND },
    [VPCI_WRITE_REGISTER]       = { NEED_INPUT | NEED_OUTPUT, check_register, HRESULT_FROM_WIN32_NOT_FOUND },
    [VPCI_MAP_INTERRUPT]        = { NEED_INPUT | NEED_OUTPUT | NEED_OUTPUT2, check_map_interrupt,
                                    ERROR_HV_INVALID_DEVICE_ID },
    [VPCI_UNMAP_INTERRUPT]      = { 0, NULL, ERROR_HV_INVALID_DEVICE_ID },
    [VPCI_RETARGET_INTERRUPT]   = { NEED_INPUT, check_retarget, ERROR_HV_INVALID_DEVICE_ID },
    [VPCI_REQUEST_INTERRUPT]    = { 0, check_request, ERROR_HV_INVALID_DEVICE_ID },
    [VPCI_GET_INTERRUPT_TARGET] = { 0, check_get_target, ERROR_HV_INVALID_DEVICE_ID },
};

static HRESULT find_owner( WHV_PARTITION_HANDLE handle, struct owner *owner )
{
    struct partition *partition;
    HRESULT hr;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    if (partition->state != PARTITION_SET_UP) hr = E_INVALIDARG;
    owner->vp_count = partition->vp_count;
    owner->max_vps = partition->host->max_vps;
    partition_unlock( partition );
    return hr;
}

NTSTATUS vpci_call( void *args )
{
    const struct vpci_params *params = args;
    struct owner owner = { 0 };
    UINT32 needed;
    HRESULT hr;

    if (params->function >= VPCI_FUNCTION_COUNT) return E_INVALIDARG;
    if (params->function != VPCI_ALLOCATE_RESOURCE && FAILED(hr = find_owner( params->partition, &owner ))) return hr;
    needed = vpci_functions[params->function].needed;
    if (((needed & NEED_INPUT) && !params->input) || ((needed & NEED_OUTPUT) && !params->output) ||
        ((needed & NEED_OUTPUT2) && !params->output2)) return E_POINTER;
    if (vpci_functions[params->function].check &&
        FAILED(hr = vpci_functions[params->function].check( params, &owner ))) return hr;
    return vpci_functions[params->function].absent;
}

/***********************************************************************
 *           migration_call     (WHvXxxPartitionMigration)
 *
 * RETURNS
 *  Start: HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED), or HRESULT_FROM_WIN32(ERROR_INVALID_STATE) before setup. Cancel and
 *  Complete: HRESULT_FROM_WIN32(ERROR_INVALID_STATE), for no partition is ever on its way. Accept: E_INVALIDARG, for
 *  nothing that it could be given is a partition; the handle stays the caller's. E_HANDLE; E_POINTER.
 */
NTSTATUS migration_call( void *args )
{
    const struct migration_params *params = args;
    struct owner owner;
    HRESULT hr;

    if (params->function == MIGRATION_ACCEPT) return params->output ? E_INVALIDARG : E_POINTER;
    if (FAILED(hr = find_owner( params->partition, &owner )))
        return hr == E_INVALIDARG ? HRESULT_FROM_WIN32_INVALID_STATE : hr;
    if (params->function != MIGRATION_START) return HRESULT_FROM_WIN32_INVALID_STATE;
    return params->output ? HRESULT_FROM_WIN32_NOT_SUPPORTED : E_POINTER;
}
