/*
 * Caller memory
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
#include "vm/handle.h"
#include "vm/stop.h"
#include "vm/vp.h"

HRESULT give_value( HRESULT hr, const void *data, UINT32 needed, void *buffer, UINT32 *written )
{
    if (FAILED(hr) && hr != WHV_E_INSUFFICIENT_BUFFER) return hr;
    if (written) *written = needed;
    if (FAILED(hr)) return hr;
    if (!buffer) return E_POINTER;
    memcpy( buffer, data, needed );
    return hr;
}

HRESULT check_vp( WHV_PARTITION_HANDLE partition, UINT32 index )
{
    struct vp *vp;
    HRESULT hr;

    if (SUCCEEDED(hr = partition_find_vp( partition, index, &vp ))) vp_unlock( vp );
    return hr;
}
