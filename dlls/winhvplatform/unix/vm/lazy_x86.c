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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/bytes.h"
#include "host/errors.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/xsave_format_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

__u64 *lazy_xcr0( struct kvm_xcrs *xcrs )
{
    UINT32 i;

    for (i = 0; i < xcrs->nr_xcrs && i < KVM_MAX_XCRS; i++)
        if (!xcrs->xcrs[i].xcr) return &xcrs->xcrs[i].value;
    memset( xcrs, 0, sizeof(*xcrs) );
    xcrs->nr_xcrs = 1;
    xcrs->xcrs[0].value = XFEATURE_FP;
    return &xcrs->xcrs[0].value;
}

UINT64 lazy_components( const struct vp *vp )
{
    const struct xsave_layout *layout = xsave_host_layout();
    UINT64 features = XFEATURE_FP | XFEATURE_SSE;
    const struct kvm_cpuid_entry2 *entry;
    UINT32 i;

    for (i = 0; vp->arch.cpuid.table && i < vp->arch.cpuid.table->head.nent && i < CPUID_MAX_ENTRIES; i++)
    {
        entry = &vp->arch.cpuid.table->entries[i];
        if (entry->function == CPUID_XSAVE_LEAF && !entry->index) features |= entry->eax | (UINT64)entry->edx << 32;
    }
    features &= layout->features;
    /* a kernel without KVM_GET_XSAVE2 has no room for AMX */
    for (i = 2; i < XSAVE_COMPONENTS; i++)
        if ((features >> i & 1) &&
            layout->components[i].offset + layout->components[i].size > vp->partition->host->xsave_size)
            features &= ~(1ull << i);
    return features;
}

/* KVM_SET_XSAVE puts components that XSTATE_BV leaves out into their initial state, but not PKRU: that keeps its value.
 * So it is written out, with its initial value, if the vp has it and the image says nothing of it. */
static void state_pkru( struct vp *vp )
{
    const struct xsave_layout *layout = xsave_host_layout();
    UINT8 *xsave = vp->arch.lazy.xsave;
    UINT64 bv = load64( xsave + XSAVE_XSTATE_BV );

    if ((bv & XFEATURE_PKRU) || !(lazy_components( vp ) & XFEATURE_PKRU)) return;
    memset( xsave + layout->components[XSAVE_PKRU].offset, 0, layout->components[XSAVE_PKRU].size );
    store64( xsave + XSAVE_XSTATE_BV, bv | XFEATURE_PKRU );
}

HRESULT lazy_fetch_now( struct vp *vp, enum vp_lazy set )
{
    int ret = 0;

    switch (set)
    {
    case VP_XSAVE:
        if (!(ret = kvm_get_xsave2( vp->fd, vp->arch.lazy.xsave ))) xsave_settle( vp->arch.lazy.xsave );
        break;
    case VP_DEBUGREGS:
        ret = kvm_get_debugregs( vp->fd, &vp->arch.lazy.debugregs );
        break;
    case VP_XCRS:
        ret = kvm_get_xcrs( vp->fd, &vp->arch.lazy.xcrs );
        break;
    case VP_CODE:
        break;
    }
    if (ret < 0) return hresult_from_errno( ret );
    vp->arch.lazy.valid |= set;
    return S_OK;
}

HRESULT lazy_write_back( struct vp *vp )
{
    int ret = 0;

    if (vp->arch.lazy.dirty & VP_CODE)
    {
        if (!view_settle_code( vp )) return ERROR_HV_INVALID_REGISTER_VALUE;
        vp->arch.lazy.dirty &= ~VP_CODE;
    }
    if (vp->arch.lazy.dirty & VP_XCRS)
    {
        if ((ret = kvm_set_xcrs( vp->fd, &vp->arch.lazy.xcrs )) < 0) goto failed;
        vp->arch.lazy.dirty &= ~VP_XCRS;
    }
    if (vp->arch.lazy.dirty & VP_XSAVE)
    {
        state_pkru( vp );
        if ((ret = kvm_set_xsave( vp->fd, (const struct kvm_xsave *)vp->arch.lazy.xsave )) < 0) goto failed;
        vp->arch.lazy.dirty &= ~VP_XSAVE;
    }
    if (vp->arch.lazy.dirty & VP_DEBUGREGS)
    {
        if ((ret = kvm_set_debugregs( vp->fd, &vp->arch.lazy.debugregs )) < 0) goto failed;
        vp->arch.lazy.dirty &= ~VP_DEBUGREGS;
    }
    return S_OK;

failed:
    /* a value that no CPU takes: Windows too says so at the next run only */
    return ret == -EINVAL ? ERROR_HV_INVALID_REGISTER_VALUE : hresult_from_errno( ret );
}

void lazy_reset( struct vp *vp )
{
    struct vp_lazy_sets *lazy = &vp->arch.lazy;
    static const UINT16 fcw = FCW_POWER_ON;
    static const UINT32 mxcsr = MXCSR_INIT, mxcsr_mask = MXCSR_MASK_SHOWN;

    /* power-on is not FNINIT: exceptions are unmasked, and all registers are valid and +0.0 */
    memset( lazy->xsave, 0, vp->partition->host->xsave_size );
    memcpy( lazy->xsave + FX_FCW, &fcw, sizeof(fcw) );
    lazy->xsave[FX_FTW] = 0xff;
    memcpy( lazy->xsave + FX_MXCSR, &mxcsr, sizeof(mxcsr) );
    memcpy( lazy->xsave + FX_MXCSR_MASK, &mxcsr_mask, sizeof(mxcsr_mask) );
    store64( lazy->xsave + XSAVE_XSTATE_BV, XFEATURE_FP | XFEATURE_SSE );

    memset( &lazy->debugregs, 0, sizeof(lazy->debugregs) );
    lazy->debugregs.dr6 = 0xffff0ff0;
    lazy->debugregs.dr7 = 0x400;

    memset( &lazy->xcrs, 0, sizeof(lazy->xcrs) );
    *lazy_xcr0( &lazy->xcrs ) = XFEATURE_FP;

    lazy->valid |= VP_XSAVE | VP_DEBUGREGS | VP_XCRS;
    lazy->dirty |= VP_XSAVE | VP_DEBUGREGS | VP_XCRS;
}

HRESULT lazy_alloc( struct vp *vp )
{
    if (!vp->arch.lazy.xsave) vp->arch.lazy.xsave = calloc( 1, vp->partition->host->xsave_size );
    return vp->arch.lazy.xsave ? S_OK : E_OUTOFMEMORY;
}

void lazy_free( struct vp *vp )
{
    free( vp->arch.lazy.xsave );
    vp->arch.lazy.xsave = NULL;
}
