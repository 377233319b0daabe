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

static UINT32 chunk_size( UINT32 count, UINT32 done )
{
    return count - done < REGS_MAX ? count - done : REGS_MAX;
}

/* Any registers. Values behind a register that is refused are left as they are. */
static HRESULT get_registers( const struct vp_registers_params *params )
{
    WHV_REGISTER_VALUE values[REGS_MAX];
    WHV_REGISTER_NAME names[REGS_MAX];
    UINT32 done, count;
    struct vp *vp;
    HRESULT hr;

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

/* WHvGetVirtualProcessorRegisters */
NTSTATUS vp_get_registers_call( void *args )
{
    struct vp_registers_params *params = args;

    if (!params->count) return check_vp( params->partition, params->index );
    if (!params->names || !params->values) return E_POINTER;
    return get_registers( params );
}

/* func: regs_set, or regs_check for a pass before it. */
static HRESULT set_registers( const struct vp_registers_params *params,
                              HRESULT (*func)( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count,
                                               const WHV_REGISTER_VALUE *values ))
{
    WHV_REGISTER_VALUE values[REGS_MAX];
    WHV_REGISTER_NAME names[REGS_MAX];
    UINT32 done, count;
    struct vp *vp;
    HRESULT hr;

    for (done = 0; done < params->count; done += count)
    {
        count = chunk_size( params->count, done );
        memcpy( names, params->names + done, count * sizeof(*names) );
        memcpy( values, (const void *)(params->values + done), count * sizeof(*values) );
        if (FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
        hr = func( vp, names, count, values );
        vp_unlock( vp );
        if (FAILED(hr)) return hr;
    }
    return S_OK;
}

static HRESULT set_any( const struct vp_registers_params *params )
{
    HRESULT hr;

    /* regs_set checks all of its own before it changes one */
    if (params->count > REGS_MAX && FAILED(hr = set_registers( params, regs_check ))) return hr;
    return set_registers( params, regs_set );
}

/* WHvSetVirtualProcessorRegisters: all or none, but that MSRs stay set that come before one that KVM refuses. */
NTSTATUS vp_set_registers_call( void *args )
{
    struct vp_registers_params *params = args;

    if (!params->count) return check_vp( params->partition, params->index );
    if (!params->names || !params->values) return E_POINTER;
    return set_any( params );
}
