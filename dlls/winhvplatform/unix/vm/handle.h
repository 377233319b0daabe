/*
 * Handles
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
 * Handles and indexes to partitions and vps, with the lock that the caller needs held.
 * Memory of partitions and vps is never given back, only used again: a stale handle finds a dead object, not a
 * stranger's memory. Knows partition.h, vp.h and stop.h. Every handle and index is hostile.
 * Lock order: partition->lock, then any vp->thread.lock in index order, then partition->irq_lock.
 */

#ifndef __WHV_UNIX_VM_HANDLE_H
#define __WHV_UNIX_VM_HANDLE_H

#include "host/handles.h"
#include "host/lock.h"
#include "vm/partition.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* Hyperlight, the largest user known, keeps 512 partitions in a process. */
#define MAX_PARTITIONS 4096

extern struct partition *partitions[MAX_PARTITIONS];

/* The vp at that place, or NULL. What else is in the handle has still to be compared with the vp's own, under its
 * lock. */
static inline struct vp *partition_look_up_vp( WHV_PARTITION_HANDLE handle, UINT32 index )
{
    UINT32 place = handle_place( handle );
    struct partition *partition;

    if (place >= MAX_PARTITIONS || !(partition = __atomic_load_n( &partitions[place], __ATOMIC_ACQUIRE )) ||
        index >= partition->vp_room) return NULL;
    return __atomic_load_n( &partition->vps[index], __ATOMIC_ACQUIRE );
}

/* The common case of partition_lock_vp and partition_find_vp, for the calls that every exit brings: the vp exists, is
 * out of the guest, and nobody has its lock. NULL: ask these; a lock that was taken for nothing they take again. */
static inline struct vp *partition_try_vp( WHV_PARTITION_HANDLE handle, UINT32 index )
{
    struct vp *vp = partition_look_up_vp( handle, index );

    if (!vp || !lock_try( &vp->thread.lock ) || vp->handle != handle || vp->thread.in_guest) return NULL;
    return vp;
}

/* Handle -> locked partition. E_HANDLE for NULL, wild and deleted handles, as Windows says of
 * one that was deleted. */
extern HRESULT partition_lock( WHV_PARTITION_HANDLE handle, struct partition **partition );
extern void partition_unlock( struct partition *partition );

/* Handle and index -> locked, existing vp that is out of the guest (paused if another thread runs it). The vp's lock
 * alone is held. E_HANDLE, WHV_E_VP_DOES_NOT_EXIST. vp_unlock() lets it go on. */
extern HRESULT partition_lock_vp( WHV_PARTITION_HANDLE handle, UINT32 index, struct vp **vp );

/* Same, but the vp may be in the guest: for the latch and the runner, who must not wait. */
extern HRESULT partition_find_vp( WHV_PARTITION_HANDLE handle, UINT32 index, struct vp **vp );

/* Same without locking: for a thread that holds the vp's lock already. */
extern HRESULT partition_peek_vp( WHV_PARTITION_HANDLE handle, UINT32 index, struct vp **vp );

/* Handle -> partition with its irq_lock held, for interrupt requests. E_HANDLE. */
extern HRESULT partition_lock_irq( WHV_PARTITION_HANDLE handle, struct partition **partition );
/* ProcessorCount as of setup; 0 before. E_HANDLE. */
extern HRESULT partition_vp_count( WHV_PARTITION_HANDLE handle, UINT32 *count );

/* For a call that has refused an argument, with hr: that, or E_HANDLE, which comes before all other errors. Where all
 * is well the check costs nothing so. */
extern HRESULT partition_refuse( WHV_PARTITION_HANDLE handle, HRESULT hr );

/* A partition without a VM behind it, in a free place of the table. E_OUTOFMEMORY;
 * the reason why this host can have none. */
extern HRESULT partition_create( WHV_PARTITION_HANDLE *handle );

/* Old handles are stale from here on, also for those who look without the lock. */
extern void partition_next_generation( struct partition *partition );

#endif /* __WHV_UNIX_VM_HANDLE_H */
