/*
 * Guest clocks of x86
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

#include "apic_x86.h"
#include "clock_x86.h"
#include "kvm.h"
#include "vp.h"

#define MSR_TSC             0x10
#define MSR_TSC_DEADLINE    0x6e0

#define LAPIC_LVT_TIMER     0x320
#define LAPIC_INITIAL_COUNT 0x380
#define LAPIC_CURRENT_COUNT 0x390

#define LVT_TIMER_MODE      (3u << 17)
#define LVT_TIMER_DEADLINE  (2u << 17)

/* kvm.h of older kernels */
#ifndef KVM_CAP_X86_APIC_BUS_CYCLES_NS
#define KVM_CAP_X86_APIC_BUS_CYCLES_NS 237
#endif

#define NANOSECONDS         1000000000ull

static UINT32 read_lapic( const struct kvm_lapic_state *lapic, UINT32 offset )
{
    UINT32 value;

    memcpy( &value, lapic->regs + offset, sizeof(value) );
    return value;
}

static int read_msr( const struct vp *vp, UINT32 index, UINT64 *value )
{
    struct
    {
        struct kvm_msrs      head;
        struct kvm_msr_entry entry;
    } msrs = { .head.nmsrs = 1, .entry.index = index };
    int ret = kvm_get_msrs( vp->fd, &msrs.head );

    *value = ret == 1 ? msrs.entry.data : 0;
    return ret < 0 ? ret : 0;
}

static int write_msr( const struct vp *vp, UINT32 index, UINT64 value )
{
    struct
    {
        struct kvm_msrs      head;
        struct kvm_msr_entry entry;
    } msrs = { .head.nmsrs = 1, .entry.index = index, .entry.data = value };
    int ret = kvm_set_msrs( vp->fd, &msrs.head );

    return ret < 0 ? ret : 0;
}

/* Deleted vps count too: KVM's vcpu goes on, and comes back with the next creation. */
static struct vp *get_vcpu( const struct partition *partition, UINT32 index )
{
    struct vp *vp = partition->vps[index];

    return vp && vp->fd >= 0 ? vp : NULL;
}

/* The host's TSC as the guest's frequency scales it: the guest's without its offset. */
static int read_host_tsc( const struct vp *vp, UINT64 *tsc )
{
    UINT64 offset;
    int ret;

    if ((ret = read_msr( vp, MSR_TSC, tsc )) < 0 || (ret = kvm_get_tsc_offset( vp->fd, &offset )) < 0) return ret;
    *tsc -= offset;
    return 0;
}

int clock_setup( struct partition *partition, int vm )
{
    UINT64 clock = partition->props.interrupt_clock;

    partition->time_running = partition->time_suspended = 0;
    if (!apic_present( partition ) || clock == partition->host->interrupt_clock) return 0;
    return kvm_enable_cap( vm, KVM_CAP_X86_APIC_BUS_CYCLES_NS, NANOSECONDS / clock, 0 );
}

void clock_vp_created( struct vp *vp )
{
    /* KVM lets a vcpu begin with the TSC of those that there are, or with 0 */
    vp->frozen_tsc = vp->partition->frozen_tsc;
    vp->frozen_deadline = 0;
    vp->frozen_count = 0;
}

/* ---- stop ---- */

static int freeze_vp( struct vp *vp, const UINT64 *host_tsc )
{
    struct kvm_lapic_state lapic;
    UINT64 offset;
    int ret;

    if (host_tsc)
    {
        if ((ret = kvm_get_tsc_offset( vp->fd, &offset )) < 0) return ret;
        vp->frozen_tsc = *host_tsc + offset;
    }
    else if ((ret = read_msr( vp, MSR_TSC, &vp->frozen_tsc )) < 0) return ret;

    vp->frozen_deadline = 0;
    vp->frozen_count = 0;
    if (!apic_present( vp->partition )) return 0;
    if ((ret = kvm_get_lapic( vp->fd, &lapic )) < 0) return ret;
    vp->frozen_count = read_lapic( &lapic, LAPIC_CURRENT_COUNT );
    return read_msr( vp, MSR_TSC_DEADLINE, &vp->frozen_deadline );
}

static int freeze( struct partition *partition )
{
    BOOL first = 1, offsets = partition->host->vcpu_attributes;
    struct kvm_clock_data clock;
    UINT64 host_tsc = 0;
    struct vp *vp;
    UINT32 i;
    int ret;

    if ((ret = kvm_get_clock( partition->vm, &clock )) < 0) return ret;
    partition->frozen_tsc = 0;
    for (i = 0; i < partition->vp_count; i++)
    {
        if (!(vp = get_vcpu( partition, i ))) continue;
        /* one moment for all of them */
        if (first && offsets && (ret = read_host_tsc( vp, &host_tsc )) < 0) return ret;
        if ((ret = freeze_vp( vp, offsets ? &host_tsc : NULL )) < 0) return ret;
        if (first) partition->frozen_tsc = vp->frozen_tsc;
        first = 0;
    }
    if (partition->time_running) partition->props.reference_time = clock.clock / 100;
    return 0;
}

HRESULT clock_suspend( WHV_PARTITION_HANDLE handle )
{
    struct partition *partition;
    HRESULT hr;
    int ret;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    if (partition->state != PARTITION_SET_UP) hr = HRESULT_FROM_WIN32_INVALID_STATE;
    else
    {
        partition_stop_vps( partition );
        if (partition_is_running( partition )) hr = WHV_E_INVALID_VP_STATE;
        else if (!partition->time_suspended)
        {
            if ((ret = freeze( partition )) < 0) hr = hresult_from_errno( ret );
            else
            {
                partition->time_suspended = 1;
                partition->time_running = 0;
            }
        }
        partition_resume_vps( partition );
    }
    partition_unlock( partition );
    return hr;
}

/* ---- go on ---- */

/* KVM's timer ran on and may have expired: putting the state in starts it again and forgets an interrupt that is not yet in IRR. */
static int thaw_timer( struct vp *vp )
{
    struct kvm_lapic_state lapic;
    int ret;

    if ((ret = kvm_get_lapic( vp->fd, &lapic )) < 0) return ret;
    if ((read_lapic( &lapic, LAPIC_LVT_TIMER ) & LVT_TIMER_MODE) == LVT_TIMER_DEADLINE)
        return vp->frozen_deadline ? write_msr( vp, MSR_TSC_DEADLINE, vp->frozen_deadline ) : 0;
    if (!vp->frozen_count || !read_lapic( &lapic, LAPIC_INITIAL_COUNT )) return 0;
    memcpy( lapic.regs + LAPIC_CURRENT_COUNT, &vp->frozen_count, sizeof(vp->frozen_count) );
    return kvm_set_lapic( vp->fd, &lapic );
}

static int thaw( struct partition *partition )
{
    struct kvm_clock_data clock = { .clock = partition->props.reference_time * 100 };
    BOOL first = 1, offsets = partition->host->vcpu_attributes;
    UINT64 host_tsc = 0;
    struct vp *vp;
    UINT32 i;
    int ret;

    for (i = 0; partition->time_suspended && i < partition->vp_count; i++)
    {
        if (!(vp = get_vcpu( partition, i ))) continue;
        if (first && offsets && (ret = read_host_tsc( vp, &host_tsc )) < 0) return ret;
        first = 0;
        if (offsets) ret = kvm_set_tsc_offset( vp->fd, vp->frozen_tsc - host_tsc );
        else ret = write_msr( vp, MSR_TSC, vp->frozen_tsc );
        if (ret < 0) return ret;
    }
    /* deadlines are compared with TSCs that are right already */
    for (i = 0; partition->time_suspended && i < partition->vp_count; i++)
        if (apic_present( partition ) && (vp = get_vcpu( partition, i )) && (ret = thaw_timer( vp )) < 0) return ret;
    return kvm_set_clock( partition->vm, &clock );
}

HRESULT clock_resume( WHV_PARTITION_HANDLE handle )
{
    struct partition *partition;
    HRESULT hr;
    int ret;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    if (partition->state != PARTITION_SET_UP) hr = HRESULT_FROM_WIN32_INVALID_STATE;
    else
    {
        partition_stop_vps( partition );
        if (!partition->time_running)
        {
            /* no interrupt request between reading an APIC's state and putting it back */
            robust_lock( &partition->irq_lock );
            ret = thaw( partition );
            pthread_mutex_unlock( &partition->irq_lock );
            if (ret < 0) hr = hresult_from_errno( ret );
            else
            {
                partition->time_suspended = 0;
                partition->time_running = 1;
            }
        }
        partition_resume_vps( partition );
    }
    partition_unlock( partition );
    return hr;
}

/* ---- what is seen of them ---- */

HRESULT clock_get_reference( struct partition *partition, UINT64 *value )
{
    struct kvm_clock_data clock;
    int ret;

    *value = partition->props.reference_time;
    if (!partition->time_running) return S_OK;
    if ((ret = kvm_get_clock( partition->vm, &clock )) < 0) return hresult_from_errno( ret );
    *value = clock.clock / 100;
    return S_OK;
}

HRESULT clock_set_reference( struct partition *partition )
{
    struct kvm_clock_data clock = { .clock = partition->props.reference_time * 100 };
    int ret;

    /* else it is what the clock begins with */
    if (!partition->time_running) return S_OK;
    return (ret = kvm_set_clock( partition->vm, &clock )) < 0 ? hresult_from_errno( ret ) : S_OK;
}

BOOL clock_is_frozen( const struct vp *vp )
{
    return vp->partition->time_suspended;
}

UINT64 *clock_frozen_msr( struct vp *vp, UINT32 index )
{
    if (!vp->partition->time_suspended) return NULL;
    if (index == MSR_TSC) return &vp->frozen_tsc;
    return index == MSR_TSC_DEADLINE && apic_present( vp->partition ) ? &vp->frozen_deadline : NULL;
}

void clock_show_lapic( const struct vp *vp, struct kvm_lapic_state *lapic )
{
    if (clock_is_frozen( vp )) memcpy( lapic->regs + LAPIC_CURRENT_COUNT, &vp->frozen_count, sizeof(vp->frozen_count) );
}

void clock_lapic_set( struct vp *vp, const struct kvm_lapic_state *lapic )
{
    if (clock_is_frozen( vp )) vp->frozen_count = read_lapic( lapic, LAPIC_CURRENT_COUNT );
}

HRESULT clock_get_offset( struct vp *vp, UINT64 *offset )
{
    int ret;

    if (!vp->partition->host->vcpu_attributes) return ERROR_HV_INVALID_PARAMETER;
    return (ret = kvm_get_tsc_offset( vp->fd, offset )) < 0 ? hresult_from_errno( ret ) : S_OK;
}

HRESULT clock_set_offset( struct vp *vp, UINT64 offset )
{
    UINT64 old;
    int ret;

    if (!vp->partition->host->vcpu_attributes) return ERROR_HV_INVALID_PARAMETER;
    if ((ret = kvm_get_tsc_offset( vp->fd, &old )) < 0 || (ret = kvm_set_tsc_offset( vp->fd, offset )) < 0)
        return hresult_from_errno( ret );
    vp->frozen_tsc += offset - old;
    return S_OK;
}
