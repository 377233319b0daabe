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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "host/errors.h"
#include "host/handles.h"
#include "host/host.h"
#include "host/lock.h"
#include "host/probe.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/property.h"
#include "vm/stop.h"
#include "vm/vp.h"

static struct lock table_lock;
struct partition *partitions[MAX_PARTITIONS];

void partition_next_generation( struct partition *partition )
{
    __atomic_store_n( &partition->generation, handle_next_generation( partition->generation ), __ATOMIC_RELEASE );
}

static inline struct partition *find_partition( WHV_PARTITION_HANDLE handle, UINT32 *generation )
{
    UINT32 place;

    if (!handle_read( handle, HANDLE_PARTITION, MAX_PARTITIONS, &place, generation )) return NULL;
    return __atomic_load_n( &partitions[place], __ATOMIC_ACQUIRE );
}

HRESULT partition_lock( WHV_PARTITION_HANDLE handle, struct partition **ret )
{
    UINT32 generation;
    struct partition *partition = find_partition( handle, &generation );

    if (!partition) return E_HANDLE;
    lock_take( &partition->lock );
    if (partition->state == PARTITION_FREE || partition->generation != generation)
    {
        lock_give( &partition->lock );
        return E_HANDLE;
    }
    *ret = partition;
    return S_OK;
}

void partition_unlock( struct partition *partition )
{
    lock_give( &partition->lock );
}

HRESULT partition_lock_irq( WHV_PARTITION_HANDLE handle, struct partition **ret )
{
    UINT32 generation;
    struct partition *partition = find_partition( handle, &generation );

    if (!partition) return E_HANDLE;
    lock_take( &partition->irq_lock );
    /* deleting holds this lock too, but not to its end */
    if (__atomic_load_n( &partition->state, __ATOMIC_ACQUIRE ) == PARTITION_FREE || partition->generation != generation)
    {
        lock_give( &partition->irq_lock );
        return E_HANDLE;
    }
    *ret = partition;
    return S_OK;
}

HRESULT partition_vp_count( WHV_PARTITION_HANDLE handle, UINT32 *count )
{
    struct partition *partition;
    HRESULT hr;

    if (FAILED(hr = partition_lock_irq( handle, &partition ))) return hr;
    *count = __atomic_load_n( &partition->vp_count, __ATOMIC_RELAXED );
    lock_give( &partition->irq_lock );
    return S_OK;
}

HRESULT partition_refuse( WHV_PARTITION_HANDLE handle, HRESULT hr )
{
    UINT32 count;

    return partition_vp_count( handle, &count ) == E_HANDLE ? E_HANDLE : hr;
}

HRESULT partition_peek_vp( WHV_PARTITION_HANDLE handle, UINT32 index, struct vp **vp )
{
    UINT32 generation;
    struct partition *partition = find_partition( handle, &generation );

    if (!partition || __atomic_load_n( &partition->generation, __ATOMIC_ACQUIRE ) != generation ||
        __atomic_load_n( &partition->state, __ATOMIC_ACQUIRE ) == PARTITION_FREE) return E_HANDLE;
    if (index >= partition->vp_room) return WHV_E_VP_DOES_NOT_EXIST;
    *vp = __atomic_load_n( &partition->vps[index], __ATOMIC_ACQUIRE );
    return *vp ? S_OK : WHV_E_VP_DOES_NOT_EXIST;
}

static HRESULT refuse_vp( WHV_PARTITION_HANDLE handle, UINT32 index )
{
    struct vp *vp;
    HRESULT hr = partition_peek_vp( handle, index, &vp );

    return FAILED(hr) ? hr : WHV_E_VP_DOES_NOT_EXIST;
}

/* The handle that a vp was created with is the partition's as long as the vp exists: a partition dies with all its vps
 * locked, and takes them along. */
static HRESULT take_vp( WHV_PARTITION_HANDLE handle, UINT32 index, struct vp *vp, struct vp **ret )
{
    if (!vp) return refuse_vp( handle, index );
    lock_take( &vp->thread.lock );
    if (vp->handle == handle)
    {
        *ret = vp;
        return S_OK;
    }
    vp_unlock( vp );
    return refuse_vp( handle, index );
}

HRESULT partition_find_vp( WHV_PARTITION_HANDLE handle, UINT32 index, struct vp **ret )
{
    return take_vp( handle, index, partition_look_up_vp( handle, index ), ret );
}

HRESULT partition_lock_vp( WHV_PARTITION_HANDLE handle, UINT32 index, struct vp **ret )
{
    struct vp *vp = partition_look_up_vp( handle, index );
    HRESULT hr;

    if (FAILED(hr = take_vp( handle, index, vp, ret )) || !vp->thread.in_guest) return hr;
    vp_leave_guest( vp );
    if (vp->handle == handle) return S_OK;
    vp_unlock( vp );
    return refuse_vp( handle, index );
}

static struct partition *alloc_partition( const struct host *host )
{
    struct partition *partition;

    if (!(partition = calloc( 1, sizeof(*partition) ))) return NULL;
    if (!(partition->vps = calloc( host->max_vps, sizeof(*partition->vps) )))
    {
        free( partition );
        return NULL;
    }
    partition->vp_room = host->max_vps;
    partition->vm = -1;
    return partition;
}

HRESULT partition_create( WHV_PARTITION_HANDLE *handle )
{
    struct partition *partition = NULL;
    const struct host *host;
    HRESULT hr;
    UINT32 slot;

    if (!(host = host_get( &hr ))) return hr;

    lock_take( &table_lock );
    for (slot = 0; slot < MAX_PARTITIONS; slot++)
        if (!partitions[slot] || __atomic_load_n( &partitions[slot]->state, __ATOMIC_ACQUIRE ) == PARTITION_FREE) break;
    if (slot == MAX_PARTITIONS) hr = HRESULT_FROM_WIN32_NO_SYSTEM_RESOURCES;
    else if (!(partition = partitions[slot]) && !(partition = alloc_partition( host ))) hr = E_OUTOFMEMORY;
    else
    {
        lock_take( &partition->lock );
        if (SUCCEEDED(hr = properties_init( &partition->props )))
        {
            partition->host = host;
            partition->vm = -1;
            __atomic_store_n( &partition->vp_count, 0, __ATOMIC_RELAXED );
            partition->time_running = partition->time_suspended = 0;
            partition_next_generation( partition );
            __atomic_store_n( &partition->state, PARTITION_CREATED, __ATOMIC_RELEASE );
            *handle = handle_make( HANDLE_PARTITION, slot, partition->generation );
        }
        lock_give( &partition->lock );
        __atomic_store_n( &partitions[slot], partition, __ATOMIC_RELEASE );
    }
    lock_give( &table_lock );
    return hr;
}
