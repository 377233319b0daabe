/*
 * Stopping vps
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
 * Getting vps out of the guest so that others can look at them or change what they all see, and letting them go on.
 * A client never sees that it happened. Knows vp.h, partition.h and the kick of kvm.h.
 * A vp's lock is held while it is looked at or changed, never across KVM_RUN.
 */

#ifndef __WHV_UNIX_VM_STOP_H
#define __WHV_UNIX_VM_STOP_H


#include "host/kvm.h"
#include "host/lock.h"
#include "host/thread.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

struct partition;

/* Stop all vps of a locked partition for an edit of what they all see, and let them go on. */
extern void partition_stop_vps( struct partition *partition );
extern void partition_resume_vps( struct partition *partition );

/* Is a thread inside WHvRunVirtualProcessor? All vps are stopped. */
extern BOOL partition_is_running( struct partition *partition );

/* Written with the lock held; run/watch.c reads it without, as a hint. */
static inline void vp_set_in_guest( struct vp *vp, BOOL in_guest )
{
    __atomic_store_n( &vp->thread.in_guest, in_guest, __ATOMIC_RELAXED );
}

/* Get a vp out of the guest and hold its lock; let it go on. */
extern void vp_stop( struct vp *vp );
/* Same for a vp that is locked already; the lock may be given up in between. */
extern void vp_leave_guest( struct vp *vp );
/* Ask a running vp to leave the guest soon; vp_stop waits for it. Takes the lock for a moment. */
extern void vp_kick( struct vp *vp );

static inline void vp_unlock( struct vp *vp )
{
    lock_give( &vp->thread.lock );
}

/* Is a (living) thread inside vp_run? The vp is locked. */
extern BOOL vp_runner_lives( struct vp *vp );
static inline BOOL vp_is_running( struct vp *vp )
{
    return vp->thread.runner && vp_runner_lives( vp );
}

/* ---- for the life of a vp ---- */

extern void vp_reset_thread( struct vp *vp );
extern void vp_free_thread( struct vp *vp );

/* ---- the vp is locked ---- */

/* So many cancels of what is canceled already are a loop. */
#define CANCEL_STORM 64

/* The latch of WHvCancelRunVirtualProcessor: set, with a kick, by whoever cancels; taken, which clears it, by the
 * runner, and by who resets or deletes the vp. */
extern void vp_latch_cancel( struct vp *vp );
static inline BOOL vp_take_cancel( struct vp *vp )
{
    if (!vp->thread.cancel) return 0;
    vp->thread.cancel = 0;
    if (vp->thread.again >= CANCEL_STORM) lock_wake_all( &vp->thread.left );
    vp->thread.again = 0;
    return 1;
}

/* For the runner: the calling thread is the one inside WHvRunVirtualProcessor. */
static inline void vp_begin_run( struct vp *vp )
{
    vp->thread.runner = thread_id();
}

static inline void vp_end_run( struct vp *vp )
{
    vp->thread.runner = 0;
}

/* Around KVM_RUN: gives the lock up and takes it again. poll: microseconds from one kick to the next as long as it
 * lasts, or 0; -errno if there is no timer for that, and the guest is entered without. */
static inline int vp_enter_guest( struct vp *vp, UINT32 poll )
{
    int ret = poll ? kvm_kick_start( &vp->thread.poll, poll ) : 0;

    vp_set_in_guest( vp, 1 );
    vp_unlock( vp );
    return ret;
}

static inline void vp_left_guest( struct vp *vp, BOOL polled )
{
    lock_take( &vp->thread.lock );
    vp_set_in_guest( vp, 0 );
    vp->thread.kicked = 0;
    if (polled) kvm_kick_stop( vp->thread.poll );
    if (vp->thread.stoppers) lock_wake_all( &vp->thread.left );
}

/* For the runner: was the one before it killed? Told once. */
static inline BOOL vp_take_lost( struct vp *vp )
{
    if (!vp->thread.lost) return 0;
    vp->thread.lost = 0;
    return 1;
}

/* Those who wait for the vp must all have had it before it goes in again. */
extern void vp_let_stoppers( struct vp *vp );

#endif /* __WHV_UNIX_VM_STOP_H */
