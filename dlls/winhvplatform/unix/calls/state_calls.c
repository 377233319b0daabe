/*
 * The unix calls: state, CPUID output, counters
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
#include "irq/apic_state_x86.h"
#include "irq/synic_x86.h"
#include "registers/registers_x86.h"
#include "registers/xsave_x86.h"
#include "time/counters_x86.h"
#include "unixlib.h"
#include "vm/cpuid_table_x86.h"
#include "vm/cpuid_x86.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/stop.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "wine/unixlib.h"

/* Legacy area, header, AVX, AVX-512, PKRU, CET and AMX take 11 KiB. */
#define MAX_STATE_SIZE 0x4000

/* The registers are in the first KiB. The older functions' clients come with buffers of that size, and of any size up
 * to that of a page. */
static BOOL is_short_apic( UINT64 type, UINT32 size )
{
    return type != WHvVirtualProcessorStateTypeInterruptControllerState2 && size >= APIC_REGISTERS_SIZE &&
           size < APIC_STATE_SIZE;
}

static HRESULT get_apic( struct vp *vp, UINT64 type, UINT8 data[APIC_STATE_SIZE], UINT32 size, UINT32 *needed )
{
    if (!apic_present( vp->partition )) return ERROR_HV_OPERATION_DENIED;
    *needed = is_short_apic( type, size ) ? APIC_REGISTERS_SIZE : APIC_STATE_SIZE;
    if (size < *needed) return WHV_E_INSUFFICIENT_BUFFER;
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
 *  S_OK; WHV_E_INSUFFICIENT_BUFFER (*written is the size needed); E_INVALIDARG (a type that is not known or not
 *  offered); E_POINTER; ERROR_HV_OPERATION_DENIED (APIC state without APIC emulation); ERROR_HV_INVALID_SYNIC_STATE
 *  (SynIC state without AccessSynicRegs); WHV_E_VP_DOES_NOT_EXIST; E_HANDLE.
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
    case UNIX_STATE_XSAVE:
        hr = xsave_get( vp, data, size, &needed );
        break;
    case WHvVirtualProcessorStateTypeInterruptControllerState2:
    case UNIX_STATE_APIC:
    case UNIX_STATE_APIC_LEGACY:
        hr = get_apic( vp, params->type, data, size, &needed );
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

/* A size that the type's own function takes: exactly the state's. The older functions want no less than what they use,
 * and pass over the rest. */
static HRESULT check_state_size( const struct vp_state_params *params )
{
    UINT32 needed = 0;

    switch (params->type)
    {
    case UNIX_STATE_APIC:
    case UNIX_STATE_APIC_LEGACY:
        return params->buffer && params->size >= APIC_REGISTERS_SIZE ? S_OK : E_POINTER;
    case UNIX_STATE_XSAVE:
    case WHvVirtualProcessorStateTypeXsaveState:
        return params->buffer ? S_OK : E_POINTER;   /* the vp says how large it is */
    case WHvVirtualProcessorStateTypeInterruptControllerState2:
        needed = APIC_STATE_SIZE;
        break;
    default:
        if (!synic_is_state( params->type, &needed )) return E_INVALIDARG;
    }
    if (!params->buffer) return E_POINTER;
    return params->size == needed ? S_OK : E_INVALIDARG;
}

static HRESULT set_state( struct vp *vp, UINT64 type, const UINT8 *data, UINT32 size )
{
    switch (type)
    {
    case UNIX_STATE_APIC_LEGACY:
        if (vp_is_running( vp )) return WHV_E_INVALID_VP_STATE;
        /* fall through */
    case UNIX_STATE_APIC:
    case WHvVirtualProcessorStateTypeInterruptControllerState2:
        return set_apic( vp, data );
    case WHvVirtualProcessorStateTypeXsaveState:
        if (!xsave_is_size( vp, size )) return E_INVALIDARG;
        /* fall through */
    case UNIX_STATE_XSAVE:
        return xsave_set( vp, data, size );
    default:
        return synic_set_state( vp, type, data );
    }
}

/***********************************************************************
 *           vp_set_state_call
 *
 * WHvSetVirtualProcessorState, and the older functions for XSAVE and the APIC.
 *
 * RETURNS
 *  S_OK; E_INVALIDARG (type, size, or an image that does not fit this vp); E_POINTER (no buffer, and for an older
 *  function of the APIC also one that is too small); ERROR_HV_OPERATION_DENIED (APIC state without APIC emulation);
 *  WHV_E_INVALID_VP_STATE (the oldest function of the APIC while the vp runs); WHV_E_VP_DOES_NOT_EXIST; E_HANDLE.
 */
NTSTATUS vp_set_state_call( void *args )
{
    struct vp_state_params *params = args;
    UINT8 data[MAX_STATE_SIZE] __attribute__((aligned(64)));
    struct vp *vp;
    HRESULT hr;

    if (FAILED(hr = check_vp( params->partition, params->index ))) return hr;
    if (FAILED(hr = check_state_size( params ))) return hr;
    if (params->size > sizeof(data)) return E_INVALIDARG;
    memset( data, 0, APIC_STATE_SIZE );
    memcpy( data, params->buffer, params->size );

    if (FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
    hr = set_state( vp, params->type, data, params->size );
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

    if (!params->output) return partition_refuse( params->partition, E_POINTER );
    if (FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
    if (SUCCEEDED(hr = regs_get( vp, dynamic, 2, values )))
    {
        /* a vp without XSAVES has no such register */
        if (FAILED(regs_get( vp, &xss, 1, &xss_value ))) xss_value.Reg64 = 0;
        cpuid_lookup( vp->arch.cpuid.table, params->eax, params->ecx, values[0].Reg64, values[1].Reg64,
                      xss_value.Reg64, &output );
        cpuid_apic( params->eax, view_sregs( vp )->apic_base, &output );
    }
    vp_unlock( vp );
    if (SUCCEEDED(hr)) *(WHV_CPUID_OUTPUT *)params->output = output;
    return hr;
}

/* WHvGetVirtualProcessorCounters: E_HANDLE, E_POINTER, and counters_get's errors. */
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
