/*
 * The unix calls: registers, state, counters, interrupts
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
#include "apic_state_x86.h"
#include "apic_x86.h"
#include "calls.h"
#include "counters_x86.h"
#include "cpuid.h"
#include "partition.h"
#include "regs.h"
#include "synic_x86.h"
#include "vp.h"

/* All registers that there are fit: only a call that names some twice is cut into pieces. */
#define MAX_REGISTERS 256

/* Legacy area, header, AVX, AVX-512, PKRU, CET and AMX take 11 KiB. */
#define MAX_STATE_SIZE 0x4000

/* KVM's own limit of vcpus: KVM_MAX_VCPUS is 4096 at most. */
#define MAX_TARGETS 4096

static UINT32 chunk_size( UINT32 count, UINT32 done )
{
    return count - done < MAX_REGISTERS ? count - done : MAX_REGISTERS;
}

static HRESULT check_vp( WHV_PARTITION_HANDLE partition, UINT32 index )
{
    struct vp *vp;
    HRESULT hr;

    if (SUCCEEDED(hr = partition_find_vp( partition, index, &vp ))) vp_unlock( vp );
    return hr;
}

/* WHvGetVirtualProcessorRegisters. Values behind a register that is refused are left as they are. */
NTSTATUS vp_get_registers_call( void *args )
{
    struct vp_registers_params *params = args;
    WHV_REGISTER_VALUE values[MAX_REGISTERS];
    WHV_REGISTER_NAME names[MAX_REGISTERS];
    UINT32 done, count;
    struct vp *vp;
    HRESULT hr;

    if (!params->count) return check_vp( params->partition, params->index );
    if (!params->names || !params->values) return E_POINTER;
    for (done = 0; done < params->count; done += count)
    {
        count = chunk_size( params->count, done );
        memcpy( names, params->names + done, count * sizeof(*names) );
        if (FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
        hr = regs_get( vp, names, count, values );
        vp_unlock( vp );
        if (FAILED(hr)) return hr;
        /* the caller's array may be misaligned */
        memcpy( (void *)(params->values + done), values, count * sizeof(*values) );
    }
    return S_OK;
}

static HRESULT set_registers( const struct vp_registers_params *params, BOOL check, BOOL set )
{
    WHV_REGISTER_VALUE values[MAX_REGISTERS];
    WHV_REGISTER_NAME names[MAX_REGISTERS];
    UINT32 done, count;
    struct vp *vp;
    HRESULT hr;

    for (done = 0; done < params->count; done += count)
    {
        count = chunk_size( params->count, done );
        memcpy( names, params->names + done, count * sizeof(*names) );
        memcpy( values, (const void *)(params->values + done), count * sizeof(*values) );
        if (FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
        if (check && (!set || count > REGS_SET_CHECKED)) hr = regs_check( vp, names, count, values );
        if (SUCCEEDED(hr) && set) hr = regs_set( vp, names, count, values );
        vp_unlock( vp );
        if (FAILED(hr)) return hr;
    }
    return S_OK;
}

/* WHvSetVirtualProcessorRegisters: all or none. */
NTSTATUS vp_set_registers_call( void *args )
{
    struct vp_registers_params *params = args;
    HRESULT hr;

    if (!params->count) return check_vp( params->partition, params->index );
    if (!params->names || !params->values) return E_POINTER;
    if (params->count <= MAX_REGISTERS) return set_registers( params, 1, 1 );
    if (FAILED(hr = set_registers( params, 1, 0 ))) return hr;
    return set_registers( params, 0, 1 );
}

static HRESULT get_apic( struct vp *vp, UINT8 data[APIC_STATE_SIZE], UINT32 size, UINT32 *needed )
{
    if (!apic_present( vp->partition )) return ERROR_HV_OPERATION_DENIED;
    *needed = APIC_STATE_SIZE;
    if (size < APIC_STATE_SIZE) return WHV_E_INSUFFICIENT_BUFFER;
    return apic_get_page( vp, data );
}

static HRESULT set_apic( struct vp *vp, const UINT8 data[APIC_STATE_SIZE] )
{
    if (!apic_present( vp->partition )) return ERROR_HV_OPERATION_DENIED;
    return apic_set_page( vp, data );
}

/***********************************************************************
 *           vp_get_state_call
 *
 * WHvGetVirtualProcessorState, and the older functions for XSAVE and the APIC.
 *
 * RETURNS
 *  S_OK; WHV_E_INSUFFICIENT_BUFFER (*written is the size needed); E_INVALIDARG (a type that is not known or not offered);
 *  E_POINTER; ERROR_HV_OPERATION_DENIED (APIC state without APIC emulation); ERROR_HV_INVALID_SYNIC_STATE (SynIC state without
 *  AccessSynicRegs); WHV_E_VP_DOES_NOT_EXIST.
 */
NTSTATUS vp_get_state_call( void *args )
{
    struct vp_state_params *params = args;
    UINT32 size = params->size < MAX_STATE_SIZE ? params->size : MAX_STATE_SIZE;
    UINT8 data[MAX_STATE_SIZE] __attribute__((aligned(64)));
    UINT32 needed = 0;
    struct vp *vp;
    HRESULT hr;

    if (FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
    switch (params->type)
    {
    case WHvVirtualProcessorStateTypeXsaveState:
        hr = xsave_get( vp, data, size, &needed );
        break;
    case WHvVirtualProcessorStateTypeInterruptControllerState2:
    case UNIX_STATE_APIC_LEGACY:
        hr = get_apic( vp, data, size, &needed );
        break;
    default:
        if (!synic_is_state( params->type, &needed )) hr = E_INVALIDARG;
        else if (size < needed) hr = WHV_E_INSUFFICIENT_BUFFER;
        else hr = synic_get_state( vp, params->type, data );
        break;
    }
    vp_unlock( vp );
    return give_value( hr, data, needed, params->buffer, params->written );
}

/***********************************************************************
 *           vp_set_state_call
 *
 * WHvSetVirtualProcessorState, and the older functions for XSAVE and the APIC.
 *
 * RETURNS
 *  S_OK; E_INVALIDARG (type, size, or an image that does not fit this vp); E_POINTER (no buffer, and for the APIC also one
 *  that is too small); ERROR_HV_OPERATION_DENIED (APIC state without APIC emulation); WHV_E_VP_DOES_NOT_EXIST.
 */
NTSTATUS vp_set_state_call( void *args )
{
    struct vp_state_params *params = args;
    UINT8 data[MAX_STATE_SIZE] __attribute__((aligned(64)));
    BOOL is_apic = params->type == UNIX_STATE_APIC_LEGACY ||
                   params->type == WHvVirtualProcessorStateTypeInterruptControllerState2, is_synic;
    UINT32 needed = 0;
    struct vp *vp;
    HRESULT hr;

    if (FAILED(hr = check_vp( params->partition, params->index ))) return hr;
    is_synic = synic_is_state( params->type, &needed );
    if (!is_apic && !is_synic && params->type != WHvVirtualProcessorStateTypeXsaveState) return E_INVALIDARG;
    if (!params->buffer || (is_apic && params->size < APIC_STATE_SIZE)) return E_POINTER;
    if (params->size > sizeof(data) || (is_synic && params->size < needed)) return E_INVALIDARG;
    memcpy( data, params->buffer, params->size );

    if (FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
    if (is_synic) hr = synic_set_state( vp, params->type, data );
    else hr = is_apic ? set_apic( vp, data ) : xsave_set( vp, data, params->size );
    vp_unlock( vp );
    return hr;
}

/* WHvGetVirtualProcessorCpuidOutput: what the vp's guest would read now. */
NTSTATUS vp_get_cpuid_call( void *args )
{
    static const WHV_REGISTER_NAME dynamic[] = { WHvX64RegisterCr4, WHvX64RegisterXCr0 };
    static const WHV_REGISTER_NAME xss = WHvX64RegisterXss;
    struct vp_get_cpuid_params *params = args;
    WHV_REGISTER_VALUE values[2], xss_value;
    WHV_CPUID_OUTPUT output = { 0 };
    struct vp *vp;
    HRESULT hr;

    if (!params->output) return E_POINTER;
    if (FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
    if (SUCCEEDED(hr = regs_get( vp, dynamic, 2, values )))
    {
        /* a vp without XSAVES has no such register */
        if (FAILED(regs_get( vp, &xss, 1, &xss_value ))) xss_value.Reg64 = 0;
        cpuid_lookup( vp->cpuid, params->eax, params->ecx, values[0].Reg64, values[1].Reg64, xss_value.Reg64, &output );
        cpuid_apic( params->eax, vp->run->s.regs.sregs.apic_base, &output );
    }
    vp_unlock( vp );
    if (SUCCEEDED(hr)) *params->output = output;
    return hr;
}

/* WHvGetVirtualProcessorCounters: E_POINTER, and counters_get's errors. */
NTSTATUS vp_get_counters_call( void *args )
{
    struct vp_state_params *params = args;
    UINT64 data[COUNTERS_MAX_SIZE / sizeof(UINT64)];
    UINT32 written = 0;
    struct vp *vp;
    HRESULT hr;

    if (FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
    hr = counters_get( vp, params->type, data, params->size, &written );
    vp_unlock( vp );
    return give_value( hr, data, written, params->buffer, params->written );
}

/* WHvPostVirtualProcessorSynicMessage: E_POINTER, and synic_post's errors. */
NTSTATUS vp_post_message_call( void *args )
{
    struct vp_post_message_params *params = args;
    UINT8 message[WHV_SYNIC_MESSAGE_SIZE];
    struct vp *vp;
    HRESULT hr;

    if (!params->message) return E_POINTER;
    if (!params->size || params->size > sizeof(message)) return E_INVALIDARG;
    memcpy( message, params->message, params->size );
    if (FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
    hr = synic_post( vp, params->sint, message, params->size );
    vp_unlock( vp );
    return hr;
}

/* WHvSignalVirtualProcessorSynicEvent: E_INVALIDARG (a VTL other than 0), and synic_signal's errors. */
NTSTATUS vp_signal_event_call( void *args )
{
    struct vp_signal_event_params *params = args;
    BOOL newly = FALSE;
    struct vp *vp;
    HRESULT hr;

    if (params->vtl) return E_INVALIDARG;
    if (FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
    hr = synic_signal( vp, params->sint, params->flag, &newly );
    vp_unlock( vp );
    if (SUCCEEDED(hr) && params->newly) *params->newly = newly;
    return hr;
}

/* WHvRequestInterrupt: E_POINTER, E_INVALIDARG (size), and apic_request's errors. */
NTSTATUS request_interrupt_call( void *args )
{
    struct request_interrupt_params *params = args;
    WHV_INTERRUPT_CONTROL control;

    if (!params->interrupt) return E_POINTER;
    if (params->size < sizeof(control)) return E_INVALIDARG;
    memcpy( &control, params->interrupt, sizeof(control) );
    return apic_request( params->partition, &control );
}

/***********************************************************************
 *           get_interrupt_targets_call     (WHvGetInterruptTargetVpSet)
 *
 * RETURNS
 *  S_OK, also for a destination that is nobody's; E_POINTER; E_INVALIDARG (mode, less room than ProcessorCount);
 *  ERROR_HV_OPERATION_DENIED without APIC emulation; HRESULT_FROM_WIN32(ERROR_INVALID_STATE) before setup; HRESULTs of KVM errors.
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

    hr = apic_find_targets( params->partition, params->destination, params->mode == WHvX64InterruptDestinationModeLogical,
                            targets, count, &found );
    if (FAILED(hr)) return hr;
    memcpy( params->targets, targets, found * sizeof(*targets) );
    *params->target_count = found;
    return S_OK;
}
