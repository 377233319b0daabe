/*
 * Unix calls: virtual processors
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
#include "run/run.h"
#include "run/vp_life.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "vm/property.h"
#include "wine/unixlib.h"

NTSTATUS vp_create_call( void *args )
{
    struct vp_create_params *params = args;
    WHV_VIRTUAL_PROCESSOR_PROPERTY property;
    HRESULT hr;
    UINT32 i;

    if (params->flags) return partition_refuse( params->partition, E_INVALIDARG );
    if (params->count && !params->properties) return partition_refuse( params->partition, E_INVALIDARG );
    for (i = 0; i < params->count; i++)
    {
        memcpy( &property, params->properties + i, sizeof(property) );
        if (property.PropertyCode != WHvVirtualProcessorPropertyCodeNumaNode)
            return partition_refuse( params->partition, E_INVALIDARG );
    }
    /* of a code that is there more than once the last value counts, and there is but one code */
    if (params->count && FAILED(hr = property_check_vp( &property )))
        return partition_refuse( params->partition, hr );
    return vp_create( params->partition, params->index );
}

NTSTATUS vp_delete_call( void *args )
{
    struct vp_params *params = args;

    return vp_delete( params->partition, params->index );
}

NTSTATUS vp_run_call( void *args )
{
    struct vp_run_params *params = args;

    return vp_run( params->partition, params->index, params->exit, params->size );
}

NTSTATUS vp_cancel_call( void *args )
{
    struct vp_cancel_params *params = args;

    if (params->flags) return partition_refuse( params->partition, E_INVALIDARG );
    return vp_cancel( params->partition, params->index );
}

NTSTATUS vp_abandoned_call( void *args )
{
    struct vp_params *params = args;

    vp_abandoned( params->partition, params->index );
    return S_OK;
}
