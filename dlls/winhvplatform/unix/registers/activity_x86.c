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

#include <errno.h>
#include <string.h>

#include "host/errors.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "registers/activity_x86.h"
#include "resume/flush.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"

/* The client's view goes to KVM as it is, without an entry. */
static HRESULT give_view( struct vp *vp )
{
    struct kvm_sync_regs *view = &vp->run->s.regs;
    HRESULT hr;
    int ret;

    if (FAILED(hr = complete_discard( vp ))) return hr;
    if (vp->lazy_dirty && FAILED(hr = regs_write_back( vp ))) return hr;
    if (!vp->dirty && !memcmp( &view->regs, &vp->kvm_regs, sizeof(view->regs) )) return S_OK;
    memset( view->sregs.interrupt_bitmap, 0, sizeof(view->sregs.interrupt_bitmap) );
    view->events.flags &= ~REMOTE_EVENTS;
    if ((ret = kvm_set_sregs( vp->fd, &view->sregs )) < 0 || (ret = kvm_set_regs( vp->fd, &view->regs )) < 0 ||
        (ret = kvm_set_vcpu_events( vp->fd, &view->events )) < 0)
        return ret == -EINVAL ? ERROR_HV_INVALID_REGISTER_VALUE : hresult_from_errno( ret );
    vp->kvm_regs = view->regs;
    vp->dirty = 0;
    return S_OK;
}

/* KVM_GET_MP_STATE lets an INIT or a SIPI that has come take effect, and these change the registers: what the client has set until
 * now has to be there before, and what it sees from now on is what they have made of it. */
static HRESULT read_activity( struct vp *vp, UINT32 *activity )
{
    struct kvm_sync_regs *view = &vp->run->s.regs;
    struct kvm_mp_state state;
    struct kvm_regs regs;
    HRESULT hr;
    int ret;

    /* with half a store to go KVM's registers are not the client's, and the second half wants them as they are */
    if (vp->pending.kind != PENDING_HALF && FAILED(hr = give_view( vp ))) return hr;
    if ((ret = kvm_get_mp_state( vp->fd, &state )) < 0) return hresult_from_errno( ret );
    *activity = state.mp_state;
    if (vp->pending.kind == PENDING_HALF) return S_OK;
    if ((ret = kvm_get_regs( vp->fd, &regs )) < 0) return hresult_from_errno( ret );
    /* KVM hides the flag while it steps */
    if (!((regs.rflags ^ view->regs.rflags) & ~(UINT64)RFLAGS_TF)) regs.rflags = view->regs.rflags;
    if (!memcmp( &regs, &view->regs, sizeof(regs) )) return S_OK;
    if ((ret = kvm_get_sregs( vp->fd, &view->sregs )) < 0 || (ret = kvm_get_vcpu_events( vp->fd, &view->events )) < 0)
        return hresult_from_errno( ret );
    view->regs = vp->kvm_regs = regs;
    vp->lazy_valid = 0;
    vp->pending.kind = PENDING_NONE;
    vp->startup = *activity == KVM_MP_STATE_INIT_RECEIVED;
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
    vp->maybe_halted = 0;
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
    else if (value->InternalActivity.HaltSuspend || value->InternalActivity.IdleSuspend) state.mp_state = KVM_MP_STATE_HALTED;
    if ((ret = kvm_set_mp_state( vp->fd, &state )) < 0) return hresult_from_errno( ret );
    vp->startup = state.mp_state == KVM_MP_STATE_INIT_RECEIVED;
    vp->maybe_halted = state.mp_state == KVM_MP_STATE_HALTED;
    return S_OK;
}
