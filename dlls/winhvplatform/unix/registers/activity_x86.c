/*
 * InternalActivityState
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
#include <string.h>

#include "host/errors.h"
#include "host/kvm.h"
#include "registers/activity_x86.h"
#include "resume/flush.h"
#include "resume/pending.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

/* The client's view goes to KVM as it is, without an entry. */
static HRESULT give_view( struct vp *vp )
{
    HRESULT hr;

    if (FAILED(hr = complete_discard( vp ))) return hr;
    if (vp->arch.lazy.dirty && FAILED(hr = lazy_write_back( vp ))) return hr;
    return view_give( vp );
}

/* KVM_GET_MP_STATE lets an INIT or a SIPI that has come take effect, and these change the registers: what the client
 * has set until now has to be there before, and what it sees from now on is what they have made of it. */
static HRESULT read_activity( struct vp *vp, UINT32 *activity )
{
    struct kvm_mp_state state;
    BOOL changed;
    HRESULT hr;
    int ret;

    /* with half a store to go KVM's registers are not the client's, and the second half wants them as they are */
    if (vp->arch.pending.kind != PENDING_HALF && FAILED(hr = give_view( vp ))) return hr;
    if ((ret = kvm_get_mp_state( vp->fd, &state )) < 0) return hresult_from_errno( ret );
    *activity = state.mp_state;
    if (vp->arch.pending.kind == PENDING_HALF) return S_OK;
    if (FAILED(hr = view_follow( vp, &changed )) || !changed) return hr;
    lazy_forget( vp );
    pending_clear( vp );
    vp->arch.events.startup = *activity == KVM_MP_STATE_INIT_RECEIVED;
    return S_OK;
}

HRESULT activity_wake( struct vp *vp )
{
    struct kvm_mp_state state;
    HRESULT hr;
    int ret;

    if (FAILED(hr = read_activity( vp, &state.mp_state ))) return hr;
    if (state.mp_state == KVM_MP_STATE_HALTED)
    {
        state.mp_state = KVM_MP_STATE_RUNNABLE;
        if ((ret = kvm_set_mp_state( vp->fd, &state )) < 0) return hresult_from_errno( ret );
    }
    vp->arch.events.maybe_halted = 0;
    return S_OK;
}

HRESULT activity_get( struct vp *vp, WHV_REGISTER_VALUE *value )
{
    UINT32 activity;
    HRESULT hr;

    if (!apic_present( vp->partition )) return S_OK;
    if (FAILED(hr = read_activity( vp, &activity ))) return hr;
    value->InternalActivity.StartupSuspend = activity == KVM_MP_STATE_INIT_RECEIVED;
    value->InternalActivity.HaltSuspend = activity == KVM_MP_STATE_HALTED;
    return S_OK;
}

HRESULT activity_check( struct vp *vp, const WHV_REGISTER_VALUE *value )
{
    if (!apic_present( vp->partition )) return ERROR_HV_ACCESS_DENIED;
    return value->InternalActivity.AsUINT64 & ~7ull ? ERROR_HV_INVALID_REGISTER_VALUE : S_OK;
}

HRESULT activity_set( struct vp *vp, const WHV_REGISTER_VALUE *value )
{
    struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_RUNNABLE };
    int ret;

    /* KVM_MP_STATE_UNINITIALIZED would wait for INIT too, and KVM_RUN takes no registers in then */
    if (value->InternalActivity.StartupSuspend) state.mp_state = KVM_MP_STATE_INIT_RECEIVED;
    else if (value->InternalActivity.HaltSuspend || value->InternalActivity.IdleSuspend)
        state.mp_state = KVM_MP_STATE_HALTED;
    if ((ret = kvm_set_mp_state( vp->fd, &state )) < 0) return hresult_from_errno( ret );
    vp->arch.events.startup = state.mp_state == KVM_MP_STATE_INIT_RECEIVED;
    vp->arch.events.maybe_halted = state.mp_state == KVM_MP_STATE_HALTED;
    return S_OK;
}
