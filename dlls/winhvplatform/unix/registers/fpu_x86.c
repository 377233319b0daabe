/*
 * FPU registers by name
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
#include "host/xsave_format_x86.h"
#include "registers/fpu_x86.h"
#include "registers/table_x86.h"
#include "vm/lazy_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

HRESULT fpu_get( struct vp *vp, const struct reg_row *row, WHV_REGISTER_VALUE *value )
{
    const UINT8 *fx = vp->arch.lazy.xsave;
    HRESULT hr;

    if (FAILED(hr = lazy_fetch( vp, VP_XSAVE ))) return hr;
    switch (row->kind)
    {
    case REG_FP_CONTROL:
        memcpy( &value->FpControlStatus.FpControl, fx + FX_FCW, 2 );
        memcpy( &value->FpControlStatus.FpStatus, fx + FX_FSW, 2 );
        value->FpControlStatus.FpTag = fx[FX_FTW];
        memcpy( &value->FpControlStatus.LastFpOp, fx + FX_FOP, 2 );
        value->FpControlStatus.LastFpRip = load64( fx + FX_FIP );
        break;
    case REG_XMM_CONTROL:
        value->XmmControlStatus.LastFpRdp = load64( fx + FX_FDP );
        memcpy( &value->XmmControlStatus.XmmStatusControl, fx + FX_MXCSR, 4 );
        value->XmmControlStatus.XmmStatusControlMask = MXCSR_MASK_SHOWN;
        break;
    }
    return S_OK;
}

HRESULT fpu_set( struct vp *vp, const struct reg_row *row, const WHV_REGISTER_VALUE *value )
{
    UINT8 *fx = vp->arch.lazy.xsave;
    BOOL changed = 0;
    HRESULT hr;

    if (FAILED(hr = lazy_fetch( vp, VP_XSAVE ))) return hr;
    switch (row->kind)
    {
    case REG_FP_CONTROL:
        changed |= regs_update( fx + FX_FCW, &value->FpControlStatus.FpControl, 2 );
        changed |= regs_update( fx + FX_FSW, &value->FpControlStatus.FpStatus, 2 );
        changed |= regs_update( fx + FX_FTW, &value->FpControlStatus.FpTag, 1 );
        changed |= regs_update( fx + FX_FOP, &value->FpControlStatus.LastFpOp, 2 );
        changed |= regs_update( fx + FX_FIP, &value->FpControlStatus.LastFpRip, 8 );
        break;
    case REG_XMM_CONTROL:
        changed |= regs_update( fx + FX_FDP, &value->XmmControlStatus.LastFpRdp, 8 );
        changed |= regs_update( fx + FX_MXCSR, &value->XmmControlStatus.XmmStatusControl, 4 );
        break;
    }
    if (changed) lazy_touch( vp, VP_XSAVE );
    return S_OK;
}
