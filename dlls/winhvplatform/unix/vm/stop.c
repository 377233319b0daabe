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

#include <pthread.h>

#include "host/kvm.h"
#include "host/lock.h"
#include "vm/partition.h"
#include "vm/stop.h"
#include "vm/vp.h"

BOOL vp_is_running( struct vp *vp )
{
    if (!vp->runner) return 0;
    if (!kvm_thread_gone( vp->runner )) return 1;
    /* killed by TerminateThread in the middle: the vp itself is as KVM left it */
    vp->runner = 0;
    vp->in_guest = 0;
    return 0;
}

void vp_leave_guest( struct vp *vp )
{
    while (vp->in_guest && vp_is_running( vp ))
    {
        vp->stoppers++;
        vp->run->immediate_exit = 1;
        kvm_kick( vp->runner );
        robust_wait( &vp->left, &vp->lock, 100 );
        if (vp->stoppers && !--vp->stoppers) pthread_cond_broadcast( &vp->resumed );
    }
}

void vp_stop( struct vp *vp )
{
    robust_lock( &vp->lock );
    vp_leave_guest( vp );
}

void vp_kick( struct vp *vp )
{
    robust_lock( &vp->lock );
    if (vp->in_guest)
    {
        vp->run->immediate_exit = 1;
        kvm_kick( vp->runner );
    }
    vp_unlock( vp );
}

void vp_unlock( struct vp *vp )
{
    pthread_mutex_unlock( &vp->lock );
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
        if (partition->vps[i] && partition->vps[i]->exists && vp_is_running( partition->vps[i] )) return 1;
    return 0;
}
