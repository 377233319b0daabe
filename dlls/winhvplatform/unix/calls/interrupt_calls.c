/*
 * Unix calls: interrupts and synthetic messages
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

#include "calls/calls.h"
#include "host/errors.h"
#include "irq/apic_state_x86.h"
#include "irq/apic_x86.h"
#include "irq/synic_x86.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/stop.h"
#include "vm/vp.h"
#include "wine/unixlib.h"

/* KVM's own limit of vcpus: KVM_MAX_VCPUS is 4096 at most. */
#define MAX_TARGETS 4096

/* WHvPostVirtualProcessorSynicMessage: E_HANDLE, E_POINTER, and synic_post's errors. */
NTSTATUS vp_post_message_call( void *args )
{
    struct vp_post_message_params *params = args;
    UINT8 message[WHV_SYNIC_MESSAGE_SIZE];
    struct vp *vp;
    HRESULT hr;

    if (!params->message) return partition_refuse( params->partition, E_POINTER );
    if (!params->size || params->size > sizeof(message)) return partition_refuse( params->partition, E_INVALIDARG );
    memcpy( message, params->message, params->size );
    if (FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
    hr = synic_post( vp, params->sint, message, params->size );
    vp_unlock( vp );
    return hr;
}

/* WHvSignalVirtualProcessorSynicEvent: E_HANDLE, E_INVALIDARG (a VTL other than 0), and synic_signal's errors. */
NTSTATUS vp_signal_event_call( void *args )
{
    struct vp_signal_event_params *params = args;
    BOOL newly = FALSE;
    struct vp *vp;
    HRESULT hr;

    if (params->vtl) return partition_refuse( params->partition, E_INVALIDARG );
    if (FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
    hr = synic_signal( vp, params->sint, params->flag, &newly );
    vp_unlock( vp );
    if (SUCCEEDED(hr) && params->newly) *params->newly = newly;
    return hr;
}

/* WHvRequestInterrupt: E_HANDLE, E_POINTER, E_INVALIDARG (size), and apic_request's errors. */
NTSTATUS request_interrupt_call( void *args )
{
    struct request_interrupt_params *params = args;
    WHV_INTERRUPT_CONTROL control;

    if (!params->interrupt) return partition_refuse( params->partition, E_POINTER );
    if (params->size < sizeof(control)) return partition_refuse( params->partition, E_INVALIDARG );
    memcpy( &control, params->interrupt, sizeof(control) );
    return apic_request( params->partition, &control );
}

/***********************************************************************
 *           get_interrupt_targets_call     (WHvGetInterruptTargetVpSet)
 *
 * RETURNS
 *  S_OK, also for a destination that is nobody's; E_HANDLE; E_POINTER; E_INVALIDARG (mode, less room than
 *  ProcessorCount); ERROR_HV_OPERATION_DENIED without APIC emulation; HRESULT_FROM_WIN32(ERROR_INVALID_STATE)
 *  before setup; HRESULTs of KVM errors.
 */
NTSTATUS get_interrupt_targets_call( void *args )
{
    struct get_interrupt_targets_params *params = args;
    UINT32 targets[MAX_TARGETS], found = 0, count = 0;
    struct partition *partition;
    HRESULT hr;

    if (FAILED(hr = partition_lock( params->partition, &partition ))) return hr;
    if (!params->targets || !params->target_count) hr = E_POINTER;
    else if (params->mode > WHvX64InterruptDestinationModeLogical || params->count < partition->props.processor_count)
        hr = E_INVALIDARG;
    else if (partition->props.apic_mode == WHvX64LocalApicEmulationModeNone) hr = ERROR_HV_OPERATION_DENIED;
    else if (partition->state != PARTITION_SET_UP) hr = HRESULT_FROM_WIN32_INVALID_STATE;
    else count = partition->vp_count < MAX_TARGETS ? partition->vp_count : MAX_TARGETS;
    partition_unlock( partition );
    if (FAILED(hr)) return hr;

    hr = apic_find_targets( params->partition, params->destination,
                            params->mode == WHvX64InterruptDestinationModeLogical, targets, count, &found );
    if (FAILED(hr)) return hr;
    memcpy( params->targets, targets, found * sizeof(*targets) );
    *params->target_count = found;
    return S_OK;
}
