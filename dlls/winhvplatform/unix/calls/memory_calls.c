/*
 * The unix calls: memory and address translation
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
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "calls/calls.h"
#include "host/foreign.h"
#include "host/huge.h"
#include "host/kvm.h"
#include "host/lock.h"
#include "memory/gpa_access.h"
#include "memory/gpa_advise.h"
#include "memory/gpa_map.h"
#include "memory/gva_x86.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "vm/hidden_x86.h"
#include "vm/partition.h"
#include "vm/stop.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "wine/unixlib.h"

#define TRANSLATE_FLAGS (WHvTranslateGvaFlagValidateRead | WHvTranslateGvaFlagValidateWrite | \
                         WHvTranslateGvaFlagValidateExecute | WHvTranslateGvaFlagPrivilegeExempt | \
                         WHvTranslateGvaFlagSetPageTableBits | WHvTranslateGvaFlagEnforceSmap | \
                         WHvTranslateGvaFlagOverrideSmap)

/* Handle -> locked partition that has a GPA space. */
static HRESULT lock_set_up( WHV_PARTITION_HANDLE handle, struct partition **partition )
{
    HRESULT hr;

    if (FAILED(hr = partition_lock( handle, partition ))) return hr;
    if ((*partition)->state == PARTITION_SET_UP) return S_OK;
    partition_unlock( *partition );
    return E_INVALIDARG;
}

/* Memory of another process, for WHvMapGpaRange2: a view of our own of it. NULL, and S_OK: it is ours. */
static HRESULT open_foreign( const struct gpa_map_params *params, void **view )
{
    uintptr_t source = (uintptr_t)params->source;
    int process;

    if (!params->size || (source | params->size) % GPA_PAGE_SIZE || source + params->size < source)
        return E_INVALIDARG;
    if ((process = foreign_find( params->mark, params->mark_end )) <= 0) return process ? E_INVALIDARG : S_OK;
    switch (foreign_view( process, source, params->size, view ))
    {
    case 0:       return S_OK;
    case -ENOMEM: return E_OUTOFMEMORY;
    default:      return E_INVALIDARG;
    }
}

/***********************************************************************
 *           gpa_map_call     (WHvMapGpaRange, WHvMapGpaRange2)
 *
 * RETURNS
 *  gpa_map_range's; E_HANDLE; E_INVALIDARG also for memory of another process that is not all views of sections, each
 *  of which this process has a view of too.
 */
NTSTATUS gpa_map_call( void *args )
{
    struct gpa_map_params *params = args;
    struct partition *partition;
    void *view = NULL;
    HRESULT hr;

    if (params->mark_end)
    {
        if (FAILED(hr = lock_set_up( params->partition, &partition ))) return hr;
        partition_unlock( partition );
        if (FAILED(hr = open_foreign( params, &view ))) return hr;
    }
    if (SUCCEEDED(hr = lock_set_up( params->partition, &partition )))
    {
        partition_stop_vps( partition );
        hr = hidden_make_way( partition, params->gpa, params->size );
        if (FAILED(hr)) ;
        else if (view) hr = gpa_map_view( &partition->gpa, view, params->gpa, params->size, params->flags );
        else hr = gpa_map_range( &partition->gpa, params->source, params->gpa, params->size, params->flags );
        partition_resume_vps( partition );
        partition_unlock( partition );
    }
    if (FAILED(hr) && view) munmap( view, params->size );
    /* nobody waits for that; what the guest does not write needs no memory of its own */
    if (SUCCEEDED(hr) && !view && (params->flags & WHvMapGpaRangeFlagWrite))
        huge_prefer( (uintptr_t)params->source, params->size );
    return hr;
}

NTSTATUS gpa_unmap_call( void *args )
{
    struct gpa_map_params *params = args;
    struct partition *partition;
    HRESULT hr;

    if (FAILED(hr = lock_set_up( params->partition, &partition ))) return hr;
    partition_stop_vps( partition );
    hr = gpa_unmap_range( &partition->gpa, params->gpa, params->size );
    partition_resume_vps( partition );
    partition_unlock( partition );
    return hr;
}

/* Faults now, if at all: bits that have been fetched are gone from KVM. Nothing is changed, for the call may fail. */
static void touch( volatile UINT64 *words, UINT64 count )
{
    UINT64 i;

    for (i = 0; i < count; i += GPA_PAGE_SIZE / sizeof(*words)) words[i] = words[i];
    words[count - 1] = words[count - 1];
}

/***********************************************************************
 *           gpa_query_dirty_call     (WHvQueryGpaRangeDirtyBitmap)
 *
 * RETURNS
 *  S_OK; E_INVALIDARG (unaligned address, empty or wrapping range, unaligned bitmap or one smaller than the range
 *  needs, a size without a bitmap; the range may end inside a page, and a size of 0 clears, with a bitmap or without);
 *  WHV_E_GPA_RANGE_NOT_FOUND (a page not mapped with TrackDirtyPages); E_OUTOFMEMORY; E_HANDLE.
 */
NTSTATUS gpa_query_dirty_call( void *args )
{
    struct gpa_query_dirty_params *params = args;
    UINT64 size = (params->size + GPA_PAGE_SIZE - 1) & -(UINT64)GPA_PAGE_SIZE;
    UINT64 needed = (size / GPA_PAGE_SIZE + 63) / 64 * sizeof(UINT64);
    BOOL wanted = params->bitmap_size != 0;
    struct partition *partition;
    UINT64 *bitmap = NULL;
    HRESULT hr;

    if (!params->size || size < params->size || params->gpa % GPA_PAGE_SIZE || params->gpa + size < params->gpa)
        return partition_refuse( params->partition, E_INVALIDARG );
    if (wanted && (!params->bitmap || params->bitmap_size < needed || (uintptr_t)params->bitmap % sizeof(UINT64)))
        return partition_refuse( params->partition, E_INVALIDARG );

    if (wanted)
    {
        touch( params->bitmap, needed / sizeof(UINT64) );
        if (!(bitmap = calloc( 1, needed ))) return E_OUTOFMEMORY;
    }
    if (SUCCEEDED(hr = lock_set_up( params->partition, &partition )))
    {
        hr = gpa_query_dirty( &partition->gpa, params->gpa, size, bitmap );
        partition_unlock( partition );
    }
    if (SUCCEEDED(hr) && bitmap) memcpy( params->bitmap, bitmap, needed );
    free( bitmap );
    return hr;
}

/* What the client has given, with its ranges in our own memory. */
struct advice
{
    UINT32                         code;
    WHV_ADVISE_GPA_RANGE_POPULATE  populate;
    WHV_MEMORY_RANGE_ENTRY        *ranges;
    UINT32                         count;
};

static HRESULT copy_advice( const struct gpa_advise_params *params, struct advice *advice )
{
    const WHV_MEMORY_RANGE_ENTRY *range;
    UINT32 i;

    advice->code = params->advice;
    if (params->advice > WHvAdviseGpaRangeCodeUnpin || !params->count) return E_INVALIDARG;
    if (!params->ranges) return E_POINTER;
    if (params->advice == WHvAdviseGpaRangeCodePopulate)
    {
        if (!params->buffer) return E_POINTER;
        if (params->size < sizeof(advice->populate)) return E_INVALIDARG;
        memcpy( &advice->populate, params->buffer, sizeof(advice->populate) );
        if ((advice->populate.Flags.AsUINT32 & ~3u) ||
            (UINT32)advice->populate.AccessType > WHvMemoryAccessExecute) return E_INVALIDARG;
    }
    else if (params->buffer || params->size) return E_INVALIDARG;

    /* faults now, if at all: the copy would be lost */
    for (i = 0; i < params->count; i++) (void)*(const volatile UINT64 *)&params->ranges[i].SizeInBytes;
    if (!(advice->ranges = malloc( params->count * sizeof(*advice->ranges) ))) return E_OUTOFMEMORY;
    memcpy( advice->ranges, params->ranges, params->count * sizeof(*advice->ranges) );
    advice->count = params->count;
    for (i = 0; i < params->count; i++)
    {
        range = &advice->ranges[i];
        if (!range->SizeInBytes || range->GuestAddress + range->SizeInBytes - 1 < range->GuestAddress)
            return E_INVALIDARG;
        if (params->advice != WHvAdviseGpaRangeCodePopulate &&
            (range->GuestAddress | range->SizeInBytes) % GPA_PAGE_SIZE) return E_INVALIDARG;
    }
    return S_OK;
}

/* How much KVM fills at once: so long a vp can't run. */
#define FILL_SIZE (64u << 20)

/* A vp that KVM can fill page tables for is one that is out of the guest, and stays out of it: locked. If there is one
 * that nobody runs, it is that. */
static struct vp *stop_any_vp( struct partition *partition )
{
    struct vp *vp;
    BOOL running;
    UINT32 i;

    for (running = 0; running <= 1; running++)
        for (i = 0; i < partition->vp_count; i++)
        {
            if (!(vp = partition->vps[i])) continue;
            lock_take( &vp->thread.lock );
            if (vp->handle && (running || !vp_is_running( vp )))
            {
                vp_leave_guest( vp );
                return vp;
            }
            vp_unlock( vp );
        }
    return NULL;
}

/* It saves the guest a fault of KVM's a page, and where it can't be done it is not. */
static void fill_tables( struct partition *partition, const WHV_MEMORY_RANGE_ENTRY *range )
{
    static const struct timespec moment = { .tv_nsec = 200000 };
    UINT64 gpa = range->GuestAddress & -(UINT64)GPA_PAGE_SIZE, size;
    UINT64 end = ((range->GuestAddress + range->SizeInBytes - 1) | (GPA_PAGE_SIZE - 1)) + 1;
    struct vp *vp;
    BOOL runs;
    int ret;

    for (; gpa < end; gpa += size)
    {
        size = end - gpa < FILL_SIZE ? end - gpa : FILL_SIZE;
        if (!(vp = stop_any_vp( partition ))) return;
        ret = kvm_pre_fault( vp->fd, gpa, size );
        runs = vp->thread.runner != 0;
        vp_unlock( vp );
        if (ret < 0) return;
        /* a lock that is wanted back at once is got back before who waits for it has woken up */
        if (runs && gpa + size < end) nanosleep( &moment, NULL );
    }
}

static HRESULT populate( struct partition *partition, const struct advice *advice )
{
    HRESULT hr = S_OK;
    UINT32 i;

    /* bringing memory in may take long, and needs no vp */
    for (i = 0; SUCCEEDED(hr) && i < advice->count; i++)
        hr = gpa_populate( &partition->gpa, advice->ranges[i].GuestAddress, advice->ranges[i].SizeInBytes,
                           advice->populate.AccessType == WHvMemoryAccessWrite );
    if (SUCCEEDED(hr) && partition->host->pre_fault)
        for (i = 0; i < advice->count; i++) fill_tables( partition, &advice->ranges[i] );
    return hr;
}

static HRESULT apply_advice( struct partition *partition, const struct advice *advice )
{
    HRESULT hr;
    UINT32 i;

    /* nothing is done if it can't be done to all */
    for (i = 0; i < advice->count; i++)
        if (FAILED(hr = gpa_check_mapped( &partition->gpa, advice->ranges[i].GuestAddress,
                                          advice->ranges[i].SizeInBytes ))) return hr;
    if (advice->code == WHvAdviseGpaRangeCodePopulate) return populate( partition, advice );
    for (hr = S_OK, i = 0; SUCCEEDED(hr) && i < advice->count; i++)
        hr = (advice->code == WHvAdviseGpaRangeCodePin ? gpa_pin : gpa_unpin)
             ( &partition->gpa, advice->ranges[i].GuestAddress, advice->ranges[i].SizeInBytes );
    return hr;
}

/***********************************************************************
 *           gpa_advise_call     (WHvAdviseGpaRange)
 *
 * RETURNS
 *  S_OK; E_INVALIDARG (unknown advice, no ranges, empty or wrapping range, unaligned one for Pin and Unpin, bad
 *  populate parameters); E_POINTER (no ranges, no populate parameters); WHV_E_GPA_RANGE_NOT_FOUND (a page that is not
 *  mapped); E_ACCESSDENIED (memory that can't be accessed so); E_OUTOFMEMORY; E_HANDLE.
 */
NTSTATUS gpa_advise_call( void *args )
{
    struct gpa_advise_params *params = args;
    struct advice advice = { 0 };
    struct partition *partition;
    HRESULT hr;

    if (FAILED(hr = lock_set_up( params->partition, &partition ))) return hr;
    partition_unlock( partition );
    hr = copy_advice( params, &advice );
    if (SUCCEEDED(hr) && SUCCEEDED(hr = lock_set_up( params->partition, &partition )))
    {
        hr = apply_advice( partition, &advice );
        partition_unlock( partition );
    }
    free( advice.ranges );
    return hr;
}

static BOOL valid_access_controls( UINT64 controls )
{
    UINT32 cache_type = controls, vtl = controls >> 32 & 0xff;

    /* bits 40 and up are reserved; the current VTL, 0, may be given or implied */
    if (controls >> 40 || (vtl & 0x0f) || vtl > 0x10) return 0;
    return cache_type == WHvCacheTypeUncached || cache_type == WHvCacheTypeWriteCombining ||
           cache_type == WHvCacheTypeWriteThrough || cache_type == WHvCacheTypeWriteProtected ||
           cache_type == WHvCacheTypeWriteBack;
}

/***********************************************************************
 *           gpa_access_call     (WHvReadGpaRange, WHvWriteGpaRange)
 *
 * RETURNS
 *  S_OK; E_INVALIDARG (size 0 or above 16, bad controls); E_POINTER; E_ACCESSDENIED (not mapped, or not so);
 *  WHV_E_VP_DOES_NOT_EXIST; E_HANDLE.
 */
NTSTATUS gpa_access_call( void *args )
{
    struct gpa_access_params *params = args;
    UINT8 data[WHV_READ_WRITE_GPA_RANGE_MAX_SIZE];
    struct vp *vp;
    HRESULT hr;

    if (!params->size || params->size > sizeof(data) || !valid_access_controls( params->controls ))
        return partition_refuse( params->partition, E_INVALIDARG );
    if (!params->data) return partition_refuse( params->partition, E_POINTER );
    if (params->write) memcpy( data, params->data, params->size );

    if (FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
    if (params->write) hr = gpa_write( &vp->partition->gpa, params->gpa, data, params->size );
    else hr = gpa_read( &vp->partition->gpa, params->gpa, data, params->size );
    vp_unlock( vp );

    if (SUCCEEDED(hr) && !params->write) memcpy( params->data, data, params->size );
    return hr;
}

/***********************************************************************
 *           translate_gva_call     (WHvTranslateGva)
 *
 * RETURNS
 *  S_OK for every answer, failed translations as well; E_INVALIDARG (unknown flags); E_POINTER;
 *  WHV_E_VP_DOES_NOT_EXIST; E_HANDLE.
 */
NTSTATUS translate_gva_call( void *args )
{
    struct translate_gva_params *params = args;
    WHV_TRANSLATE_GVA_RESULT result = { 0 };
    struct gva_context context;
    UINT64 gpa = 0;
    struct vp *vp;
    HRESULT hr;

    if (params->flags & ~(UINT32)TRANSLATE_FLAGS) return partition_refuse( params->partition, E_INVALIDARG );
    if (!params->result || !params->gpa) return partition_refuse( params->partition, E_POINTER );

    if (FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
    vp_gva_context( vp, &context );
    result.ResultCode = gva_translate( &context, params->gva, params->flags, &gpa );
    vp_unlock( vp );

    *params->result = result;
    /* with the GPA codes it is the address that they are about, else 0 */
    *params->gpa = gpa;
    return S_OK;
}
