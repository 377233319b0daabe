/*
 * Unix calls: registers
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
#include "registers/registers_x86.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "vm/stop.h"
#include "vm/vp.h"
#include "wine/unixlib.h"

/* All registers that there are fit: only a call that names some twice is cut into pieces. */
#define MAX_REGISTERS 256

static UINT32 chunk_size( UINT32 count, UINT32 done )
{
    return count - done < MAX_REGISTERS ? count - done : MAX_REGISTERS;
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

/* WHvSetVirtualProcessorRegisters: all or none, but that MSRs stay set that come before one that KVM refuses. */
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
