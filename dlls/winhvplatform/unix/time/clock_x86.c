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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <string.h>

#include "host/errors.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/lapic_x86.h"
#include "host/lock.h"
#include "host/msr_list_x86.h"
#include "host/x86.h"
#include "time/clock_x86.h"
#include "time/counters_x86.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/stop.h"
#include "vm/vp.h"

#define SVR_ENABLE          (1u << 8)

#define NANOSECONDS         1000000000ull

static void change_bit( struct kvm_lapic_state *lapic, UINT32 offset, UINT8 vector, BOOL set )
{
    UINT32 value = lapic_read( lapic, offset + vector / 32 * 16 ), bit = 1u << vector % 32;

    lapic_write( lapic, offset + vector / 32 * 16, set ? value | bit : value & ~bit );
}

/* Deleted vps count too: KVM's vcpu goes on, and comes back with the next creation. */
static struct vp *get_vcpu( const struct partition *partition, UINT32 index )
{
    struct vp *vp = partition->vps[index];

    return vp && vp->fd >= 0 ? vp : NULL;
}

/* A vcpu's TSC, and the host's at the same moment: as the guest's frequency scales it, without an offset. */
static int read_tsc( const struct vp *vp, UINT64 *tsc, UINT64 *host_tsc )
{
    UINT64 offset;
    int ret;

    if ((ret = msr_read( vp->fd, MSR_TSC, tsc )) < 0 || (ret = kvm_get_tsc_offset( vp->fd, &offset )) < 0) return ret;
    *host_tsc = *tsc - offset;
    return 0;
}

/* The partition's tsc_lock is held, or all its vps are. */
static int give_offset( struct vp *vp, UINT64 offset )
{
    struct partition *partition = vp->partition;
    int ret = kvm_set_tsc_offset( vp->fd, offset );

    if (ret < 0) return ret;
    partition->arch.tsc.offset = offset;
    partition->arch.tsc.given = 1;
    partition->arch.tsc.written = 0;
    return 0;
}

int clock_setup( struct partition *partition, int vm )
{
    const struct host *host = partition->host;
    UINT64 bus = partition->props.interrupt_clock, tsc = partition->props.processor_clock;
    int ret;

    partition->time_running = partition->time_suspended = 0;
    memset( &partition->arch.tsc, 0, sizeof(partition->arch.tsc) );
    if (tsc != host->processor_clock && host->vm_tsc_control &&
        (ret = kvm_set_tsc_khz( vm, tsc / 1000 )) < 0) return ret;
    if (!apic_present( partition ) || bus == host->interrupt_clock) return 0;
    return kvm_enable_cap( vm, KVM_CAP_X86_APIC_BUS_CYCLES_NS, NANOSECONDS / bus, 0 );
}

int clock_vp_created( struct vp *vp )
{
    struct partition *partition = vp->partition;
    const struct host *host = partition->host;
    UINT64 tsc = partition->props.processor_clock, now, host_tsc;
    int ret;

    /* KVM lets a vcpu begin with the TSC of those that there are, or with 0 */
    vp->arch.clock.frozen_tsc = partition->arch.frozen_tsc;
    vp->arch.clock.frozen_deadline = 0;
    vp->arch.clock.frozen_count = 0;
    vp->arch.clock.timer_given = counters_now();
    if (tsc == host->processor_clock || host->vm_tsc_control) return 0;

    /* ... but it has done so at the host's frequency: another one leaves the offset, and the TSC is wild */
    if ((ret = kvm_set_tsc_khz( vp->fd, tsc / 1000 )) < 0 || (ret = read_tsc( vp, &now, &host_tsc )) < 0) return ret;
    lock_take( &partition->arch.tsc_lock );
    ret = give_offset( vp, partition->arch.tsc.given ? partition->arch.tsc.offset : -host_tsc );
    lock_give( &partition->arch.tsc_lock );
    return ret;
}

/* ---- stop ---- */

/* Puts an APIC's state in, which starts its timer again. */
static int give_lapic( struct vp *vp, const struct kvm_lapic_state *lapic )
{
    vp->arch.clock.timer_given = counters_now();
    return kvm_set_lapic( vp->fd, lapic );
}

/* KVM keeps a tick that came while the vp was out of the guest beside its APIC, until it runs again: nobody can read
 * whether there is one, and a state that is put in drops it. So it is worked out: the present period is younger than
 * the vp's last run (and than the timer's last start). A timer of KVM's that stands out of the guest (the VMX
 * preemption timer) shows a count of 0 then. One that comes in the microseconds between KVM's exit and the end of
 * KVM_RUN as we see it counts as taken, and is lost. What is not in periodic mode needs no such thing: an expired
 * one-shot is not started again, and a deadline expires again. */
static BOOL has_tick( const struct vp *vp, const struct kvm_lapic_state *lapic )
{
    UINT32 timer = lapic_read( lapic, LAPIC_LVT_TIMER ), divide = lapic_read( lapic, LAPIC_DIVIDE );
    UINT32 initial = lapic_read( lapic, LAPIC_INITIAL_COUNT ), current = lapic_read( lapic, LAPIC_CURRENT_COUNT );
    UINT64 since = vp->arch.counters.left, now = counters_now(), clock = vp->partition->host->processor_clock;
    unsigned __int128 counted;

    if ((timer & (LVT_TIMER_MODE | LVT_MASKED)) != LVT_TIMER_PERIODIC ||
        !(lapic_read( lapic, LAPIC_SVR ) & SVR_ENABLE) || !current || !clock) return 0;
    if ((INT64)(vp->arch.clock.timer_given - since) > 0) since = vp->arch.clock.timer_given;
    if ((INT64)(now - since) < 0) return 0;
    divide = (divide & 3) | (divide >> 1 & 4);
    counted = (unsigned __int128)(now - since) * vp->partition->props.interrupt_clock / clock >> ((divide + 1) & 7);
    /* KVM makes periods that are too short longer, and then there is more left than there was */
    return counted >= (current < initial ? initial - current : 0);
}

static int freeze_timer( struct vp *vp )
{
    struct kvm_lapic_state lapic;
    UINT8 vector;
    int ret;

    if ((ret = kvm_get_lapic( vp->fd, &lapic )) < 0) return ret;
    if (has_tick( vp, &lapic ))
    {
        vector = lapic_read( &lapic, LAPIC_LVT_TIMER );
        change_bit( &lapic, LAPIC_IRR, vector, 1 );
        change_bit( &lapic, LAPIC_TMR, vector, 0 );
        if ((ret = give_lapic( vp, &lapic )) < 0) return ret;
    }
    vp->arch.clock.frozen_count = lapic_read( &lapic, LAPIC_CURRENT_COUNT );
    return msr_read( vp->fd, MSR_TSC_DEADLINE, &vp->arch.clock.frozen_deadline );
}

static int freeze_vp( struct vp *vp, const UINT64 *host_tsc )
{
    UINT64 offset;
    int ret;

    if (host_tsc)
    {
        if ((ret = kvm_get_tsc_offset( vp->fd, &offset )) < 0) return ret;
        vp->arch.clock.frozen_tsc = *host_tsc + offset;
    }
    else if ((ret = msr_read( vp->fd, MSR_TSC, &vp->arch.clock.frozen_tsc )) < 0) return ret;

    vp->arch.clock.frozen_deadline = 0;
    vp->arch.clock.frozen_count = 0;
    return apic_present( vp->partition ) ? freeze_timer( vp ) : 0;
}

static int freeze( struct partition *partition )
{
    BOOL first = 1, offsets = partition->host->vcpu_attributes;
    struct kvm_clock_data clock;
    UINT64 tsc, host_tsc = 0;
    struct vp *vp;
    UINT32 i;
    int ret;

    if ((ret = kvm_get_clock( partition->vm, &clock )) < 0) return ret;
    partition->arch.frozen_tsc = 0;
    for (i = 0; i < partition->vp_count; i++)
    {
        if (!(vp = get_vcpu( partition, i ))) continue;
        /* one moment for all of them */
        if (first && offsets && (ret = read_tsc( vp, &tsc, &host_tsc )) < 0) return ret;
        if ((ret = freeze_vp( vp, offsets ? &host_tsc : NULL )) < 0) return ret;
        if (first) partition->arch.frozen_tsc = vp->arch.clock.frozen_tsc;
        first = 0;
    }
    if (partition->time_running) partition->props.reference_time = clock.clock / 100;
    return 0;
}

/* ---- go on ---- */

/* KVM's timer ran on and may have expired: putting the state in starts it again
 * and forgets an interrupt that is not yet in IRR. */
static int thaw_timer( struct vp *vp )
{
    struct kvm_lapic_state lapic;
    int ret;

    if ((ret = kvm_get_lapic( vp->fd, &lapic )) < 0) return ret;
    if ((lapic_read( &lapic, LAPIC_LVT_TIMER ) & LVT_TIMER_MODE) == LVT_TIMER_DEADLINE)
        return !vp->arch.clock.frozen_deadline ? 0
               : msr_write( vp->fd, MSR_TSC_DEADLINE, vp->arch.clock.frozen_deadline );
    if (!vp->arch.clock.frozen_count || !lapic_read( &lapic, LAPIC_INITIAL_COUNT )) return 0;
    lapic_write( &lapic, LAPIC_CURRENT_COUNT, vp->arch.clock.frozen_count );
    return give_lapic( vp, &lapic );
}

static int thaw( struct partition *partition )
{
    struct kvm_clock_data clock = { .clock = partition->props.reference_time * 100 };
    BOOL first = 1, offsets = partition->host->vcpu_attributes;
    UINT64 tsc, host_tsc = 0;
    struct vp *vp;
    UINT32 i;
    int ret;

    for (i = 0; partition->time_suspended && i < partition->vp_count; i++)
    {
        if (!(vp = get_vcpu( partition, i ))) continue;
        if (first && offsets && (ret = read_tsc( vp, &tsc, &host_tsc )) < 0) return ret;
        first = 0;
        if (offsets) ret = give_offset( vp, vp->arch.clock.frozen_tsc - host_tsc );
        else ret = msr_write( vp->fd, MSR_TSC, vp->arch.clock.frozen_tsc );
        if (ret < 0) return ret;
    }
    /* deadlines are compared with TSCs that are right already */
    for (i = 0; partition->time_suspended && i < partition->vp_count; i++)
        if (apic_present( partition ) && (vp = get_vcpu( partition, i )) && (ret = thaw_timer( vp )) < 0) return ret;
    return kvm_set_clock( partition->vm, &clock );
}

/* ---- the calls ---- */

HRESULT clock_freeze( struct partition *partition )
{
    int ret;

    if (partition->time_suspended) return S_OK;
    /* no interrupt request between reading an APIC's state and putting it back */
    lock_take( &partition->irq_lock );
    ret = freeze( partition );
    lock_give( &partition->irq_lock );
    if (ret < 0) return hresult_from_errno( ret );
    partition->time_suspended = 1;
    partition->time_running = 0;
    return S_OK;
}

HRESULT clock_thaw( struct partition *partition )
{
    int ret;

    if (partition->time_running) return S_OK;
    lock_take( &partition->irq_lock );
    ret = thaw( partition );
    lock_give( &partition->irq_lock );
    if (ret < 0) return hresult_from_errno( ret );
    partition->time_suspended = 0;
    partition->time_running = 1;
    return S_OK;
}

static HRESULT suspend( struct partition *partition )
{
    return partition_is_running( partition ) ? WHV_E_INVALID_VP_STATE : clock_freeze( partition );
}

static HRESULT with_vps_stopped( WHV_PARTITION_HANDLE handle, HRESULT (*change)( struct partition * ) )
{
    struct partition *partition;
    HRESULT hr;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    if (partition->state != PARTITION_SET_UP) hr = HRESULT_FROM_WIN32_INVALID_STATE;
    else
    {
        partition_stop_vps( partition );
        hr = change( partition );
        partition_resume_vps( partition );
    }
    partition_unlock( partition );
    return hr;
}

HRESULT clock_suspend( WHV_PARTITION_HANDLE handle )
{
    return with_vps_stopped( handle, suspend );
}

HRESULT clock_resume( WHV_PARTITION_HANDLE handle )
{
    return with_vps_stopped( handle, clock_thaw );
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

UINT64 *clock_frozen_msr( struct vp *vp, UINT32 index )
{
    if (!vp->partition->time_suspended) return NULL;
    if (index == MSR_TSC) return &vp->arch.clock.frozen_tsc;
    return index == MSR_TSC_DEADLINE && apic_present( vp->partition ) ? &vp->arch.clock.frozen_deadline : NULL;
}

void clock_forget_timer( struct vp *vp )
{
    vp->arch.clock.frozen_count = 0;
    vp->arch.clock.frozen_deadline = 0;
}

void clock_show_lapic( const struct vp *vp, struct kvm_lapic_state *lapic )
{
    if (clock_is_frozen( vp )) lapic_write( lapic, LAPIC_CURRENT_COUNT, vp->arch.clock.frozen_count );
}

void clock_lapic_set( struct vp *vp, const struct kvm_lapic_state *lapic )
{
    vp->arch.clock.timer_given = counters_now();
    if (clock_is_frozen( vp )) vp->arch.clock.frozen_count = lapic_read( lapic, LAPIC_CURRENT_COUNT );
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
    lock_take( &vp->partition->arch.tsc_lock );
    if ((ret = kvm_get_tsc_offset( vp->fd, &old )) >= 0) ret = give_offset( vp, offset );
    lock_give( &vp->partition->arch.tsc_lock );
    if (ret < 0) return hresult_from_errno( ret );
    vp->arch.clock.frozen_tsc += offset - old;
    return S_OK;
}

static int write_tsc( struct vp *vp, UINT64 value )
{
    struct partition *partition = vp->partition;
    UINT64 now, host_tsc;
    int ret;

    if ((ret = read_tsc( vp, &now, &host_tsc )) < 0) return ret;
    if (partition->arch.tsc.written && partition->arch.tsc.value == value && partition->arch.tsc.vp != vp->index &&
        host_tsc - partition->arch.tsc.when < partition->props.processor_clock)
        return kvm_set_tsc_offset( vp->fd, partition->arch.tsc.offset );
    if ((ret = give_offset( vp, value - host_tsc )) < 0) return ret;
    partition->arch.tsc.written = 1;
    partition->arch.tsc.value = value;
    partition->arch.tsc.when = host_tsc;
    partition->arch.tsc.vp = vp->index;
    return 0;
}

HRESULT clock_set_tsc( struct vp *vp, UINT64 value )
{
    int ret;

    lock_take( &vp->partition->arch.tsc_lock );
    ret = write_tsc( vp, value );
    lock_give( &vp->partition->arch.tsc_lock );
    return ret < 0 ? hresult_from_errno( ret ) : S_OK;
}
