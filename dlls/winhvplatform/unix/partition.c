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


#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apic_x86.h"
#include "clock_x86.h"
#include "hyperv_x86.h"
#include "partition.h"
#include "kvm.h"
#include "msr.h"
#include "vp.h"

/* Hyperlight, the largest user known, keeps 512 partitions in a process. */
#define MAX_PARTITIONS 4096

/* Where kvm_intel keeps its own pages in the guest's address space: below the firmware and the APICs, as QEMU has it. */
#define KVM_IDENTITY_MAP_GPA 0xfeffc000
#define KVM_TSS_GPA          0xfeffd000

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct partition *partitions[MAX_PARTITIONS];

/* slot + 1 in bits 4..19, generation above: never NULL, never a valid pointer's value twice */
static WHV_PARTITION_HANDLE make_handle( UINT32 slot, UINT32 generation )
{
    return (WHV_PARTITION_HANDLE)(uintptr_t)((UINT64)(generation & 0xffffff) << 20 | (slot + 1) << 4);
}

/* Old handles are stale from here on, also for those who look without the lock. */
static void next_generation( struct partition *partition )
{
    __atomic_store_n( &partition->generation, (partition->generation + 1) & 0xffffff, __ATOMIC_RELEASE );
}

static struct partition *find_partition( WHV_PARTITION_HANDLE handle, UINT32 *generation )
{
    UINT64 value = (uintptr_t)handle;
    UINT32 slot = (value >> 4 & 0xffff) - 1;

    if ((value & 0xf) || value >> 44 || slot >= MAX_PARTITIONS) return NULL;
    *generation = value >> 20;
    return __atomic_load_n( &partitions[slot], __ATOMIC_ACQUIRE );
}

HRESULT partition_lock( WHV_PARTITION_HANDLE handle, struct partition **ret )
{
    UINT32 generation;
    struct partition *partition = find_partition( handle, &generation );

    if (!partition) return E_INVALIDARG;
    robust_lock( &partition->lock );
    if (partition->state == PARTITION_FREE || partition->generation != generation)
    {
        pthread_mutex_unlock( &partition->lock );
        return E_INVALIDARG;
    }
    *ret = partition;
    return S_OK;
}

void partition_unlock( struct partition *partition )
{
    pthread_mutex_unlock( &partition->lock );
}

HRESULT partition_lock_irq( WHV_PARTITION_HANDLE handle, struct partition **ret )
{
    UINT32 generation;
    struct partition *partition = find_partition( handle, &generation );

    if (!partition) return E_INVALIDARG;
    robust_lock( &partition->irq_lock );
    /* deleting holds this lock too, but not to its end */
    if (__atomic_load_n( &partition->state, __ATOMIC_ACQUIRE ) == PARTITION_FREE || partition->generation != generation)
    {
        pthread_mutex_unlock( &partition->irq_lock );
        return E_INVALIDARG;
    }
    *ret = partition;
    return S_OK;
}

UINT32 partition_vp_count( WHV_PARTITION_HANDLE handle )
{
    struct partition *partition;
    UINT32 ret;

    if (FAILED(partition_lock_irq( handle, &partition ))) return 0;
    ret = __atomic_load_n( &partition->vp_count, __ATOMIC_RELAXED );
    pthread_mutex_unlock( &partition->irq_lock );
    return ret;
}

HRESULT partition_peek_vp( WHV_PARTITION_HANDLE handle, UINT32 index, struct vp **vp )
{
    UINT32 generation;
    struct partition *partition = find_partition( handle, &generation );

    if (!partition || __atomic_load_n( &partition->generation, __ATOMIC_ACQUIRE ) != generation ||
        __atomic_load_n( &partition->state, __ATOMIC_ACQUIRE ) == PARTITION_FREE) return E_INVALIDARG;
    if (index >= partition->vp_room) return WHV_E_VP_DOES_NOT_EXIST;
    *vp = __atomic_load_n( &partition->vps[index], __ATOMIC_ACQUIRE );
    return *vp ? S_OK : WHV_E_VP_DOES_NOT_EXIST;
}

HRESULT partition_find_vp( WHV_PARTITION_HANDLE handle, UINT32 index, struct vp **vp )
{
    HRESULT hr;

    if (FAILED(hr = partition_peek_vp( handle, index, vp ))) return hr;
    robust_lock( &(*vp)->lock );
    /* a partition dies with all its vps locked: what is true now stays true until we unlock */
    if (SUCCEEDED(hr = partition_peek_vp( handle, index, vp )))
    {
        if ((*vp)->exists) return S_OK;
        hr = WHV_E_VP_DOES_NOT_EXIST;
    }
    vp_unlock( *vp );
    return hr;
}

HRESULT partition_lock_vp( WHV_PARTITION_HANDLE handle, UINT32 index, struct vp **vp )
{
    HRESULT hr = partition_find_vp( handle, index, vp );

    if (FAILED(hr)) return hr;
    vp_leave_guest( *vp );
    if ((*vp)->exists) return S_OK;
    vp_unlock( *vp );
    return WHV_E_VP_DOES_NOT_EXIST;
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
    robust_init( &partition->lock );
    robust_init( &partition->irq_lock );
    robust_init( &partition->tsc_lock );
    return partition;
}

HRESULT partition_create( WHV_PARTITION_HANDLE *handle )
{
    struct partition *partition = NULL;
    const struct host *host;
    HRESULT hr;
    UINT32 slot;

    if (!(host = host_get( &hr ))) return hr;

    robust_lock( &table_lock );
    for (slot = 0; slot < MAX_PARTITIONS; slot++)
        if (!partitions[slot] || __atomic_load_n( &partitions[slot]->state, __ATOMIC_ACQUIRE ) == PARTITION_FREE) break;
    if (slot == MAX_PARTITIONS) hr = HRESULT_FROM_WIN32_NO_SYSTEM_RESOURCES;
    else if (!(partition = partitions[slot]) && !(partition = alloc_partition( host ))) hr = E_OUTOFMEMORY;
    else
    {
        robust_lock( &partition->lock );
        if (SUCCEEDED(hr = properties_init( &partition->props )))
        {
            partition->host = host;
            partition->vm = -1;
            partition->vp_count = 0;
            partition->time_running = partition->time_suspended = 0;
            next_generation( partition );
            __atomic_store_n( &partition->state, PARTITION_CREATED, __ATOMIC_RELEASE );
            *handle = make_handle( slot, partition->generation );
        }
        pthread_mutex_unlock( &partition->lock );
        __atomic_store_n( &partitions[slot], partition, __ATOMIC_RELEASE );
    }
    pthread_mutex_unlock( &table_lock );
    return hr;
}

static HRESULT setup_vm( struct partition *partition, int vm )
{
    const struct host *host = partition->host;
    int ret;

    /* AMD needs neither and answers 0 or ENOTTY */
    if ((ret = kvm_set_identity_map_addr( vm, KVM_IDENTITY_MAP_GPA )) < 0 && ret != -ENOTTY && ret != -EINVAL)
        return hresult_from_errno( ret );
    if ((ret = kvm_set_tss_addr( vm, KVM_TSS_GPA )) < 0 && ret != -ENOTTY && ret != -EINVAL)
        return hresult_from_errno( ret );
    if (host->emulation_failure_exit && (ret = kvm_enable_cap( vm, KVM_CAP_EXIT_ON_EMULATION_FAILURE, 1, 0 )) < 0)
        return hresult_from_errno( ret );
    /* with this quirk OUT to port 0x7e shows RIP behind the instruction even where all others show it at it */
    ret = kvm_enable_cap( vm, KVM_CAP_DISABLE_QUIRKS, KVM_X86_QUIRK_OUT_7E_INC_RIP, 0 );
    if (ret < 0 && ret != -EINVAL) return hresult_from_errno( ret );
    if ((ret = apic_setup( partition, vm )) < 0) return hresult_from_errno( ret );
    if ((ret = clock_setup( partition, vm )) < 0) return hresult_from_errno( ret );
    if ((ret = msr_apply_exits( vm, host, &partition->props )) < 0) return hresult_from_errno( ret );
    return gpa_map_init( &partition->gpa, vm, host->max_slots, 1ull << partition->props.phys_bits );
}

HRESULT partition_setup( WHV_PARTITION_HANDLE handle )
{
    struct partition *partition;
    HRESULT hr;
    int vm;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    if (partition->state != PARTITION_CREATED) hr = E_INVALIDARG;
    else if (SUCCEEDED(hr = properties_check( &partition->props )))
    {
        if ((vm = kvm_create_vm( partition->host->kvm )) < 0) hr = hresult_from_errno( vm );
        else if (FAILED(hr = setup_vm( partition, vm ))) kvm_close( vm );
        else
        {
            partition->vm = vm;
            __atomic_store_n( &partition->vp_count, partition->props.processor_count, __ATOMIC_RELAXED );
            __atomic_store_n( &partition->state, PARTITION_SET_UP, __ATOMIC_RELEASE );
        }
    }
    partition_unlock( partition );
    return hr;
}

HRESULT partition_set_property( WHV_PARTITION_HANDLE handle, WHV_PARTITION_PROPERTY_CODE code, const void *buffer, UINT32 size )
{
    struct partition *partition;
    UINT64 exits, msr_exits;
    HRESULT hr;
    int ret;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    exits = partition->props.extended_exits;
    msr_exits = partition->props.msr_exits;
    /* vps read the properties under their own locks */
    partition_stop_vps( partition );
    hr = property_set( &partition->props, partition->state == PARTITION_SET_UP, code, buffer, size );
    partition_resume_vps( partition );
    /* the other exits are looked up where they happen; these are made by KVM */
    if (SUCCEEDED(hr) && partition->state == PARTITION_SET_UP &&
        (exits != partition->props.extended_exits || msr_exits != partition->props.msr_exits) &&
        (ret = msr_apply_exits( partition->vm, partition->host, &partition->props )) < 0)
    {
        partition->props.extended_exits = exits;
        partition->props.msr_exits = msr_exits;
        hr = hresult_from_errno( ret );
    }
    if (SUCCEEDED(hr) && partition->state == PARTITION_SET_UP && code == WHvPartitionPropertyCodeReferenceTime)
        hr = clock_set_reference( partition );
    partition_unlock( partition );
    return hr;
}

BOOL partition_is_running( struct partition *partition )
{
    UINT32 i;

    for (i = 0; i < partition->vp_count; i++)
        if (partition->vps[i] && partition->vps[i]->exists && vp_is_running( partition->vps[i] )) return 1;
    return 0;
}

HRESULT partition_reset( WHV_PARTITION_HANDLE handle )
{
    struct partition *partition;
    HRESULT hr;
    UINT32 i;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    if (partition->state != PARTITION_SET_UP) hr = HRESULT_FROM_WIN32_INVALID_STATE;
    else
    {
        partition_stop_vps( partition );
        if (partition_is_running( partition )) hr = HRESULT_FROM_WIN32_INVALID_STATE;
        for (i = 0; SUCCEEDED(hr) && i < partition->vp_count; i++)
            if (partition->vps[i] && partition->vps[i]->exists)
            {
                hr = vp_reset( partition->vps[i] );
                if (SUCCEEDED(hr)) hr = hyperv_reset_shared( partition->vps[i] );
            }
        partition_resume_vps( partition );
    }
    partition_unlock( partition );
    return hr;
}

HRESULT partition_delete( WHV_PARTITION_HANDLE handle )
{
    struct partition *partition;
    HRESULT hr;
    UINT32 i;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    partition_stop_vps( partition );
    if (partition_is_running( partition )) hr = WHV_E_INVALID_VP_STATE;
    else
    {
        robust_lock( &partition->irq_lock );
        next_generation( partition );
        for (i = 0; i < partition->vp_count; i++) if (partition->vps[i]) vp_destroy( partition->vps[i] );
        if (partition->state == PARTITION_SET_UP)
        {
            gpa_map_free( &partition->gpa );
            kvm_close( partition->vm );
        }
        properties_free( &partition->props );
        partition->vm = -1;
        pthread_mutex_unlock( &partition->irq_lock );
    }
    partition_resume_vps( partition );
    if (SUCCEEDED(hr))
    {
        __atomic_store_n( &partition->vp_count, 0, __ATOMIC_RELAXED );
        __atomic_store_n( &partition->state, PARTITION_FREE, __ATOMIC_RELEASE );
    }
    partition_unlock( partition );
    return hr;
}
