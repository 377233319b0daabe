/*
 * XSAVE state of a vp
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

#include "host/bytes.h"
#include "host/host.h"
#include "host/xsave_format_x86.h"
#include "registers/table_x86.h"
#include "registers/xsave_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

UINT32 xsave_compact_size( struct vp *vp )
{
    const struct xsave_layout *layout = xsave_host_layout();

    return xsave_size( layout, lazy_components( vp ));
}

HRESULT xsave_get( struct vp *vp, void *buffer, UINT32 size, UINT32 *written )
{
    const struct xsave_layout *layout = xsave_host_layout();
    UINT64 features = lazy_components( vp );
    HRESULT hr;

    *written = xsave_size( layout, features );
    if (!buffer || size < *written) return WHV_E_INSUFFICIENT_BUFFER;
    if (FAILED(hr = lazy_fetch( vp, VP_XSAVE ))) return hr;
    xsave_compact( layout, features, vp->arch.lazy.xsave, buffer );
    return S_OK;
}

BOOL xsave_is_size( struct vp *vp, UINT32 size )
{
    const struct xsave_layout *layout = xsave_host_layout();
    UINT64 features = lazy_components( vp );

    return size == xsave_size( layout, features ) || size == xsave_standard_size( layout, features );
}

HRESULT xsave_set( struct vp *vp, const void *buffer, UINT32 size )
{
    const struct xsave_layout *layout = xsave_host_layout();
    HRESULT hr;

    if (!buffer) return E_INVALIDARG;
    if (FAILED(hr = lazy_fetch( vp, VP_XSAVE ))) return hr;
    /* bytes behind the image are passed over: QEMU 11 hands in as many as the standard format has */
    if (FAILED(hr = xsave_expand( layout, lazy_components( vp ), buffer, size, vp->arch.lazy.xsave ))) return hr;
    lazy_touch( vp, VP_XSAVE );
    return S_OK;
}

/* ---- single registers ---- */

static UINT32 part_size( UINT32 where )
{
    return REG_XSTATE_COMPONENT( where ) == XSAVE_OPMASK ? 8 : 16;
}

/* Where it is in the image, which must have been fetched; NULL: the host doesn't have it. */
static UINT8 *part_of( struct vp *vp, UINT32 where )
{
    const struct xsave_layout *layout = xsave_host_layout();
    UINT32 component = REG_XSTATE_COMPONENT( where ), offset = REG_XSTATE_OFFSET( where ), size = part_size( where );

    if (!(layout->features >> component & 1) || offset + size > layout->components[component].size) return NULL;
    offset += layout->components[component].offset;
    return offset + size <= vp->partition->host->xsave_size ? vp->arch.lazy.xsave + offset : NULL;
}

static BOOL is_zero( const WHV_REGISTER_VALUE *value, UINT32 where )
{
    return !value->Reg128.Low64 && (part_size( where ) == 8 || !value->Reg128.High64);
}

HRESULT xsave_get_part( struct vp *vp, UINT32 where, WHV_REGISTER_VALUE *value )
{
    const UINT8 *part;
    HRESULT hr;

    if (FAILED(hr = lazy_fetch( vp, VP_XSAVE ))) return hr;
    if (!(load64( vp->arch.lazy.xsave + XSAVE_XSTATE_BV ) >> REG_XSTATE_COMPONENT( where ) & 1)) return S_OK;
    if ((part = part_of( vp, where ))) memcpy( value, part, part_size( where ));
    return S_OK;
}

HRESULT xsave_check_part( struct vp *vp, UINT32 where, const WHV_REGISTER_VALUE *value )
{
    UINT64 component = 1ull << REG_XSTATE_COMPONENT( where );

    if (is_zero( value, where )) return S_OK;
    /* before the vp has its leaves the host decides */
    if (part_of( vp, where ) && (!vp->arch.cpuid.table || !vp->arch.cpuid.table->head.nent ||
                                 (lazy_components( vp ) & component))) return S_OK;
    return ERROR_HV_INVALID_REGISTER_VALUE;
}

HRESULT xsave_set_part( struct vp *vp, UINT32 where, const WHV_REGISTER_VALUE *value )
{
    const struct xsave_layout *layout = xsave_host_layout();
    UINT32 component = REG_XSTATE_COMPONENT( where );
    UINT64 bv;
    UINT8 *part;
    HRESULT hr;

    if (FAILED(hr = lazy_fetch( vp, VP_XSAVE ))) return hr;
    bv = load64( vp->arch.lazy.xsave + XSAVE_XSTATE_BV );
    if (!(part = part_of( vp, where ))) return S_OK;
    if (!(bv >> component & 1))
    {
        /* in its initial state, which is zero: what stands in the image is stale */
        if (is_zero( value, where )) return S_OK;
        memset( vp->arch.lazy.xsave + layout->components[component].offset, 0, layout->components[component].size );
        store64( vp->arch.lazy.xsave + XSAVE_XSTATE_BV, bv | 1ull << component );
    }
    if (!memcmp( part, value, part_size( where ))) return S_OK;
    memcpy( part, value, part_size( where ));
    lazy_touch( vp, VP_XSAVE );
    return S_OK;
}
