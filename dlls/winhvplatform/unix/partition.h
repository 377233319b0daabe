/*
 * Partitions
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
 * Partitions: handles, life cycle, the list of vps, and stopping all vps for an edit.
 * Memory of partitions and vps is never given back, only used again: a stale handle finds a dead object, not a stranger's memory.
 * Knows kvm.h, property.h, gpa.h, vp.h.
 * Lock order: partition->lock, then any vp->lock in index order, then partition->irq_lock. No lock is held while caller memory is touched.
 */

#ifndef __WHV_UNIX_PARTITION_H
#define __WHV_UNIX_PARTITION_H

#include <pthread.h>
#include "capability.h"
#include "property.h"
#include "gpa.h"

/* HRESULT_FROM_WIN32 of codes that the API's headers do not name */
#define HRESULT_FROM_WIN32_TOO_MANY_OPEN_FILES  ((HRESULT)0x80070004)
#define HRESULT_FROM_WIN32_GEN_FAILURE          ((HRESULT)0x8007001f)
#define HRESULT_FROM_WIN32_NO_SYSTEM_RESOURCES  ((HRESULT)0x800705aa)
#define HRESULT_FROM_WIN32_INVALID_STATE        ((HRESULT)0x8007139f)

struct vp;

/* Mutexes whose owner may be killed by TerminateThread: the next owner gets them as they are. */
extern void robust_init( pthread_mutex_t *mutex );
extern void robust_lock( pthread_mutex_t *mutex );

enum partition_state
{
    PARTITION_FREE,
    PARTITION_CREATED,
    PARTITION_SET_UP,
};

struct partition
{
    pthread_mutex_t      lock;          /* configuration: everything below but what a vp's lock covers */
    enum partition_state state;
    UINT32               generation;    /* of the handle */
    const struct host   *host;
    int                  vm;            /* fd, -1 before setup */
    struct properties    props;
    struct gpa_map       gpa;           /* edits: lock and all vps stopped; lookups: lock or any vp's lock */
    struct vp          **vps;           /* vp_room entries, NULL = never created; never given back */
    UINT32               vp_count;      /* ProcessorCount as of setup */
    UINT32               vp_room;
    BOOL                 time_running, time_suspended;  /* both FALSE before the first run; lock and all vps stopped */
    UINT64               frozen_tsc;    /* of the first vp when it was suspended */
    pthread_mutex_t      tsc_lock;      /* of tsc: two vps' may be written at once; nothing else is locked behind it */
    struct
    {
        BOOL             given, written;        /* is there an offset; and is it one that a value written to register Tsc has made */
        UINT64           offset;                /* the last that a vcpu was given */
        UINT64           value, when;           /* as written, and the host's TSC at that moment */
        UINT32           vp;
    }                    tsc;
    pthread_mutex_t      irq_lock;      /* interrupt requests, which wait for nothing else: keeps the vm open */
    UINT64               level_vectors[4], edge_vectors[4];     /* requested so far (apic_x86.c) */
};

/* Handle -> locked partition. E_INVALIDARG for NULL, wild and deleted handles. */
extern HRESULT partition_lock( WHV_PARTITION_HANDLE handle, struct partition **partition );
extern void partition_unlock( struct partition *partition );

/* Handle and index -> locked, existing vp that is out of the guest (paused if another thread runs it). The vp's lock alone is
 * held. E_INVALIDARG (handle), WHV_E_VP_DOES_NOT_EXIST. vp_unlock() lets it go on. */
extern HRESULT partition_lock_vp( WHV_PARTITION_HANDLE handle, UINT32 index, struct vp **vp );

/* Same, but the vp may be in the guest: for the latch and the runner, who must not wait. */
extern HRESULT partition_find_vp( WHV_PARTITION_HANDLE handle, UINT32 index, struct vp **vp );

/* Same without locking: for a thread that holds the vp's lock already. */
extern HRESULT partition_peek_vp( WHV_PARTITION_HANDLE handle, UINT32 index, struct vp **vp );

/* Handle -> partition with its irq_lock held, for interrupt requests. E_INVALIDARG. */
extern HRESULT partition_lock_irq( WHV_PARTITION_HANDLE handle, struct partition **partition );
/* ProcessorCount as of setup; 0 for a handle that is none. */
extern UINT32 partition_vp_count( WHV_PARTITION_HANDLE handle );

/* Stop all vps of a locked partition for an edit of what they all see, and let them go on. */
extern void partition_stop_vps( struct partition *partition );
extern void partition_resume_vps( struct partition *partition );

/* Is a thread inside WHvRunVirtualProcessor? All vps are stopped. */
extern BOOL partition_is_running( struct partition *partition );

extern HRESULT partition_create( WHV_PARTITION_HANDLE *handle );
extern HRESULT partition_setup( WHV_PARTITION_HANDLE handle );
extern HRESULT partition_reset( WHV_PARTITION_HANDLE handle );
/* property_set, and what has to follow at once; buffer is our own copy. */
extern HRESULT partition_set_property( WHV_PARTITION_HANDLE handle, WHV_PARTITION_PROPERTY_CODE code,
                                       const void *buffer, UINT32 size );
/* WHV_E_INVALID_VP_STATE, and nothing is deleted, while a thread is inside WHvRunVirtualProcessor. */
extern HRESULT partition_delete( WHV_PARTITION_HANDLE handle );

#endif /* __WHV_UNIX_PARTITION_H */
