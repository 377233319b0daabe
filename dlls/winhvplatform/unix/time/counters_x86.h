/*
 * Counters of a vp, on x86
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

/*
 * What a vp has used and done: its time inside Run, and KVM's own statistics.
 * The time is taken by the TSC, two readings an entry: no system call. KVM's statistics are read when somebody asks.
 * Knows kvm.h and struct vp; is known by registers/, run/ and calls/.
 * The vp is locked, and out of the guest but for counters_left.
 */

#ifndef __WHV_UNIX_TIME_COUNTERS_X86_H
#define __WHV_UNIX_TIME_COUNTERS_X86_H

#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* One run of so many is timed as a whole. */
#define COUNTERS_SAMPLE 16

static inline UINT64 counters_now( void )
{
    return __builtin_ia32_rdtsc();
}

/* KVM_RUN is over, in which the vp went at that time. */
static inline void counters_left( struct vp *vp, UINT64 entered )
{
    UINT64 now = counters_now();

    /* another processor's TSC may be a little behind */
    if ((INT64)(now - entered) > 0)
    {
        vp->arch.counters.inside += now - entered;
        if (!vp->arch.events.startup) vp->arch.counters.guest += now - entered;
    }
    /* run/watch.c looks at it without the lock */
    __atomic_store_n( &vp->arch.counters.left, now, __ATOMIC_RELAXED );
}

/* A run begins. */
static inline void counters_begin( struct vp *vp )
{
    vp->arch.counters.begun = vp->arch.counters.runs++ % COUNTERS_SAMPLE ? 0 : counters_now();
    vp->arch.counters.inside = 0;
}

/* It has waited for others: as a sample it is worth nothing. */
static inline void counters_wait( struct vp *vp )
{
    vp->arch.counters.begun = 0;
}

/* The run is over. The first one, which sets up much, stands for itself alone. */
static inline void counters_end( struct vp *vp )
{
    UINT64 all;

    if (!vp->arch.counters.begun) return;
    all = counters_now() - vp->arch.counters.begun;
    if ((INT64)(all - vp->arch.counters.inside) > 0)
        vp->arch.counters.own += (all - vp->arch.counters.inside) * (vp->arch.counters.runs == 1 ? 1 : COUNTERS_SAMPLE);
    vp->arch.counters.begun = 0;
}

/* Memory for a vp is there: no statistics are open. */
extern void counters_created( struct vp *vp );
/* A vp begins, or begins again with the vcpu of one that was deleted: all counts start at 0, but the time since begun
 * (counters_now) is the hypervisor's. -errno. */
extern int counters_reset( struct vp *vp, UINT64 begun );
/* The fd of the statistics given back. */
extern void counters_destroy( struct vp *vp );

/***********************************************************************
 *           counters_get     (WHvGetVirtualProcessorCounters)
 *
 * Runtime: the time that the vp was in the guest or in our hands, without what it spent in HLT or waited for SIPI; the
 * latter part is the hypervisor's, an estimate: every 16th run is timed as a whole; what it took to make the vp counts
 * too, so that it is never 0; and it never goes back.
 * Intercepts: exits as KVM counts them, inside the kernel too; those that it does not count by kind (control registers,
 * CPUID, MSRs, debug registers, RDPMC) are among OtherIntercepts; it takes no times, they are 0.
 * Events: page faults that KVM itself gave to the guest (none where the processor does without KVM), and interrupts;
 * exceptions are not counted and 0. Apic: KVM counts nothing of it, all 0. SyntheticFeatures: hypercalls, whatever they
 * were for, are OtherHypercallsCount. A KVM without statistics has 0 for all of them.
 * buffer is our own copy; size may be less than the newest structure where an older SDK's was
 * shorter (Intercepts: 176).
 *
 * RETURNS
 *  S_OK; WHV_E_UNKNOWN_PROPERTY (set); WHV_E_INSUFFICIENT_BUFFER, *written is then the size that is needed;
 *  HRESULTs of KVM errors.
 *  Source: page of the function; Documentation/virt/kvm/api.rst, KVM_GET_STATS_FD;
 *  arch/x86/kvm/x86.c, kvm_vcpu_stats_desc.
 */
extern HRESULT counters_get( struct vp *vp, WHV_PROCESSOR_COUNTER_SET set, void *buffer, UINT32 size, UINT32 *written );

/* Register VpRuntime: TotalRuntime100ns. */
extern HRESULT counters_get_runtime( struct vp *vp, UINT64 *runtime );

#define COUNTERS_MAX_SIZE sizeof(WHV_PROCESSOR_INTERCEPT_COUNTERS)

#endif /* __WHV_UNIX_TIME_COUNTERS_X86_H */
