/*
 * Life of a vp
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

#include <stdlib.h>
#include <string.h>

#include "exit/cpuid_exits.h"
#include "exit/debug.h"
#include "host/errors.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/lock.h"
#include "intercept/intercept.h"
#include "registers/reset_x86.h"
#include "resume/flush.h"
#include "resume/pending.h"
#include "run/vp_life.h"
#include "run/watch.h"
#include "softkvm/half_syscall.h"
#include "time/clock_x86.h"
#include "time/counters_x86.h"
#include "vm/code_x86.h"
#include "vm/handle.h"
#include "vm/hidden_x86.h"
#include "vm/hyperv_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/stop.h"
#include "vm/tlb_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

static void free_vcpu( struct vp *vp )
{
    if (vp->run) kvm_unmap_run( vp->run, vp->partition->host->run_size );
    counters_destroy( vp );
    vp_free_thread( vp );
    if (vp->fd >= 0) kvm_close( vp->fd );
    lazy_free( vp );
    hidden_free( vp );
    cpuid_exits_free( vp );
    vp->run = NULL;
    vp->fd = -1;
}

static HRESULT alloc_vcpu( struct vp *vp )
{
    const struct host *host = vp->partition->host;
    HRESULT hr;
    int ret;

    if (FAILED(hr = lazy_alloc( vp )) || FAILED(hr = cpuid_exits_alloc( vp ))) return hr;
    /* KVM creates no vcpu twice: what fails behind this is kept, and done at the next try */
    if (vp->fd < 0)
    {
        vp->arch.entered = 0;
        debug_created( vp );
        intercept_created( vp );
        if ((ret = kvm_create_vcpu( vp->partition->vm, vp->index )) < 0) return hresult_from_errno( ret );
        vp->fd = ret;
    }
    /* KVM's own MSRs and hypercalls are there only if CPUID says so, which it never does */
    if (host->pv_enforced && (ret = kvm_enable_cap( vp->fd, KVM_CAP_ENFORCE_PV_FEATURE_CPUID, 1, 0 )) < 0)
        return hresult_from_errno( ret );
    if ((ret = clock_vp_created( vp )) < 0) return hresult_from_errno( ret );
    if ((ret = hyperv_vp_created( vp )) < 0) return hresult_from_errno( ret );
    if ((ret = kvm_map_run( vp->fd, host->run_size, &vp->run )) < 0) return hresult_from_errno( ret );
    return S_OK;
}

HRESULT vp_reset( struct vp *vp )
{
    HRESULT hr;

    if (vp_take_lost( vp )) pending_set_unknown( vp );
    if (FAILED(hr = complete_discard( vp ))) return hr;
    vp_take_cancel( vp );
    cpuid_exits_forget( vp );
    code_forget( vp );
    tlb_forget( vp );
    if (FAILED(hr = hyperv_reset( vp ))) return hr;
    if (FAILED(hr = regs_reset( vp ))) return hr;
    view_touch( vp, SYNC_ALL );
    return S_OK;
}

static HRESULT init_vp( struct vp *vp )
{
    UINT64 begun = counters_now();
    HRESULT hr;
    int ret;

    if (!vp->run && FAILED(hr = alloc_vcpu( vp ))) return hr;
    /* what is pending stays: a vp that was deleted in the middle still owes KVM a completion, which vp_reset flushes */
    vp_reset_thread( vp );
    debug_reset( vp );
    syscall_reset( vp );
    if ((ret = counters_reset( vp, begun )) < 0) return hresult_from_errno( ret );
    if (!vp->arch.entered) vp->arch.apic_id = vp->index;
    if (FAILED(hr = cpuid_exits_init( vp ))) return hr;
    if (FAILED(hr = intercept_configure( vp ))) return hr;
    return vp_reset( vp );
}

static struct vp *alloc_vp( struct partition *partition, UINT32 index )
{
    struct vp *vp;

    if (!(vp = calloc( 1, sizeof(*vp) ))) return NULL;
    vp->partition = partition;
    vp->index = index;
    vp->fd = -1;
    counters_created( vp );
    pending_created( vp );
    return vp;
}

HRESULT vp_create( WHV_PARTITION_HANDLE handle, UINT32 index )
{
    struct partition *partition;
    struct vp *vp;
    HRESULT hr;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    if (partition->state != PARTITION_SET_UP || index >= partition->vp_count) hr = E_INVALIDARG;
    else if (!(vp = partition->vps[index]) && !(vp = alloc_vp( partition, index ))) hr = E_OUTOFMEMORY;
    else
    {
        lock_take( &vp->thread.lock );
        if (vp->handle) hr = WHV_E_VP_ALREADY_EXISTS;
        else if (SUCCEEDED(hr = init_vp( vp ))) vp->handle = handle;
        vp_unlock( vp );
        __atomic_store_n( &partition->vps[index], vp, __ATOMIC_RELEASE );
        if (SUCCEEDED(hr)) watch_begin( partition->host );
    }
    partition_unlock( partition );
    return hr;
}

HRESULT vp_delete( WHV_PARTITION_HANDLE handle, UINT32 index )
{
    struct vp *vp;
    HRESULT hr;

    if (FAILED(hr = partition_find_vp( handle, index, &vp ))) return hr;
    if (vp_is_running( vp )) hr = WHV_E_INVALID_VP_STATE;
    else
    {
        vp->handle = NULL;
        vp_take_cancel( vp );
    }
    vp_unlock( vp );
    return hr;
}

void vp_destroy( struct vp *vp )
{
    vp->handle = NULL;
    vp_take_cancel( vp );
    pending_clear( vp );
    free_vcpu( vp );
}
