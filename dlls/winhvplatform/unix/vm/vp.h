/*
 * Virtual processors
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
 * One virtual processor: what belongs to any architecture, and the thread that runs it.
 * Each member has an owner, who is named beside it. What is x86's own is in vp_x86.h.
 * The lock is held while a vp is looked at or changed, never across KVM_RUN. One KVM_RUN per exit, no other system
 * call. Knows partition.h and kvm.h; knows none of the owners.
 */

#ifndef __WHV_UNIX_VM_VP_H
#define __WHV_UNIX_VM_VP_H

#include "host/kvm.h"
#include "host/lock.h"
#include "vm/partition.h"
#include "vm/vp_x86.h"
#include "winhvplatformdefs.h"

/* stop.h: the thread inside WHvRunVirtualProcessor, and those that want the vp */
struct vp_thread
{
    struct lock       lock;
    struct lock_queue left;             /* the guest was left, or the latch taken: for vp_stop and vp_latch_cancel */
    struct lock_queue resumed;          /* the last stopper went: for the runner */
    int               runner;           /* thread id inside vp_run, 0 = none */
    BOOL              in_guest;         /* between unlock and lock around KVM_RUN */
    BOOL              kicked;           /* it has been told to leave the guest, and has not yet done so */
    UINT32            stoppers;         /* threads that want the vp out of the guest */
    BOOL              lost;             /* a runner was killed: nobody knows what KVM has in mind */
    BOOL              cancel;           /* the latch: sticky until a Canceled exit takes it, or a reset or
                                           deletion drops it */
    UINT32            again;            /* how often it was set while it was */
    struct kvm_kick_timer *poll;        /* while a window is waited for that KVM does not tell of */
};

struct vp
{
    /* constant while it exists */
    struct partition *partition;
    UINT32            index;
    int               fd;               /* kept over deletion: KVM can neither delete nor create again a vcpu id */
    struct kvm_run   *run;

    WHV_PARTITION_HANDLE handle;        /* vp_life.h: the partition's while the vp exists, else NULL */
    struct vp_thread  thread;
    struct vp_arch    arch;
};

/* LSTAR was or may have been written: softkvm/half_syscall.h looks at it
 * before the next entry, where KVM needs that. */
static inline void syscall_stale( struct vp *vp )
{
    vp->arch.syscall.stale = vp->partition->host && vp->partition->host->syscall_half;
}

#endif /* __WHV_UNIX_VM_VP_H */
