/*
 * Registers outside the sync area
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

#include <errno.h>
#include <string.h>

#include "host/errors.h"
#include "host/kvm.h"
#include "host/xsave_format_x86.h"
#include "vm/lazy_x86.h"
#include "vm/vp.h"

__u64 *lazy_xcr0( struct kvm_xcrs *xcrs )
{
    UINT32 i;

    for (i = 0; i < xcrs->nr_xcrs && i < KVM_MAX_XCRS; i++)
        if (!xcrs->xcrs[i].xcr) return &xcrs->xcrs[i].value;
    memset( xcrs, 0, sizeof(*xcrs) );
    xcrs->nr_xcrs = 1;
    xcrs->xcrs[0].value = XSTATE_FP;
    return &xcrs->xcrs[0].value;
}

HRESULT regs_fetch( struct vp *vp, enum vp_lazy set )
{
    int ret = 0;

    if (vp->lazy_valid & set) return S_OK;
    switch (set)
    {
    case VP_XSAVE:
        if (!(ret = kvm_get_xsave2( vp->fd, vp->xsave ))) xsave_settle( vp->xsave );
        break;
    case VP_DEBUGREGS:
        ret = kvm_get_debugregs( vp->fd, &vp->debugregs );
        break;
    case VP_XCRS:
        ret = kvm_get_xcrs( vp->fd, &vp->xcrs );
        break;
    }
    if (ret < 0) return hresult_from_errno( ret );
    vp->lazy_valid |= set;
    return S_OK;
}

HRESULT regs_write_back( struct vp *vp )
{
    int ret = 0;

    if (vp->lazy_dirty & VP_XCRS)
    {
        if ((ret = kvm_set_xcrs( vp->fd, &vp->xcrs )) < 0) goto failed;
        vp->lazy_dirty &= ~VP_XCRS;
    }
    if (vp->lazy_dirty & VP_XSAVE)
    {
        if ((ret = kvm_set_xsave( vp->fd, (const struct kvm_xsave *)vp->xsave )) < 0) goto failed;
        vp->lazy_dirty &= ~VP_XSAVE;
    }
    if (vp->lazy_dirty & VP_DEBUGREGS)
    {
        if ((ret = kvm_set_debugregs( vp->fd, &vp->debugregs )) < 0) goto failed;
        vp->lazy_dirty &= ~VP_DEBUGREGS;
    }
    return S_OK;

failed:
    /* a value that no CPU takes: Windows too says so at the next run only */
    return ret == -EINVAL ? ERROR_HV_INVALID_REGISTER_VALUE : hresult_from_errno( ret );
}
