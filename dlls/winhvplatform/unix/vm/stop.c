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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <errno.h>

#include "host/kvm.h"
#include "host/lock.h"
#include "vm/partition.h"
#include "vm/stop.h"
#include "vm/vp.h"

void vp_reset_thread( struct vp *vp )
{
    vp->thread.runner = 0;
    vp_set_in_guest( vp, 0 );
    vp->thread.kicked = 0;
}

void vp_free_thread( struct vp *vp )
{
    if (vp->thread.poll) kvm_kick_free( vp->thread.poll );
    vp->thread.poll = NULL;
}

BOOL vp_runner_lives( struct vp *vp )
{
    if (!thread_gone( vp->thread.runner )) return 1;
    /* killed by TerminateThread in the middle: the vp itself is as KVM left it */
    vp_reset_thread( vp );
    vp->thread.lost = 1;
    return 0;
}

/* Once for each time in the guest: the signals of a client that cancels in a loop would queue up, and the runner would
 * have nothing to do but to take them. It counts only when it is sent: whoever sends it may be killed before, and the
 * queue of signals may be full; then the next one sends another. */
static void kick_runner( struct vp *vp )
{
    if (vp->thread.kicked) return;
    /* it is the kernel that reads it at the same time */
    __atomic_store_n( &vp->run->immediate_exit, 1, __ATOMIC_RELAXED );
    if (!kvm_kick( vp->thread.runner )) vp->thread.kicked = 1;
}

void vp_leave_guest( struct vp *vp )
{
    while (vp->thread.in_guest && vp_is_running( vp ))
    {
        vp->thread.stoppers++;
        kick_runner( vp );
        if (lock_wait( &vp->thread.left, &vp->thread.lock, 100 ) == -ETIMEDOUT) vp->thread.kicked = 0;
        if (vp->thread.stoppers && !--vp->thread.stoppers) lock_wake_all( &vp->thread.resumed );
    }
}

void vp_stop( struct vp *vp )
{
    lock_take( &vp->thread.lock );
    vp_leave_guest( vp );
}

void vp_kick( struct vp *vp )
{
    lock_take( &vp->thread.lock );
    if (vp->thread.in_guest) kick_runner( vp );
    vp_unlock( vp );
}

/* A client that cancels in a loop would keep the runner from taking the latch: off the vp's lock, and off a processor
 * that they share, for as long as the scheduler lets it. So it waits a little, until the latch is taken. */
void vp_latch_cancel( struct vp *vp )
{
    if (vp->thread.cancel) vp->thread.again++;
    vp->thread.cancel = 1;
    if (vp->thread.in_guest) kick_runner( vp );
    if (vp->thread.again >= CANCEL_STORM && vp->thread.runner)
        lock_wait( &vp->thread.left, &vp->thread.lock, 1 );
}

void vp_let_stoppers( struct vp *vp )
{
    while (vp->thread.stoppers)
        if (lock_wait( &vp->thread.resumed, &vp->thread.lock, 1000 ) == -ETIMEDOUT)
            vp->thread.stoppers = 0;                        /* killed while it waited */
}

void partition_stop_vps( struct partition *partition )
{
    UINT32 i;

    for (i = 0; i < partition->vp_count; i++) if (partition->vps[i]) vp_kick( partition->vps[i] );
    for (i = 0; i < partition->vp_count; i++) if (partition->vps[i]) vp_stop( partition->vps[i] );
}

void partition_resume_vps( struct partition *partition )
{
    UINT32 i;

    for (i = 0; i < partition->vp_count; i++) if (partition->vps[i]) vp_unlock( partition->vps[i] );
}

BOOL partition_is_running( struct partition *partition )
{
    UINT32 i;

    for (i = 0; i < partition->vp_count; i++)
        if (partition->vps[i] && partition->vps[i]->handle && vp_is_running( partition->vps[i] )) return 1;
    return 0;
}
