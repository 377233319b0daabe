/*
 * Doorbells: writes of the guest that signal an event
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

#include <stdlib.h>
#include <string.h>

#include "host/errors.h"
#include "host/kvm.h"
#include "memory/gpa_map.h"
#include "notify/doorbell.h"
#include "notify/objects.h"
#include "vm/code_x86.h"
#include "vm/handle.h"
#include "vm/hidden_x86.h"
#include "vm/partition.h"
#include "vm/property.h"
#include "vm/stop.h"
#include "vm/vp.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

#define PAGE_OF( gpa )  ((gpa) & ~(UINT64)(GPA_PAGE_SIZE - 1))

static HRESULT check_match( const WHV_DOORBELL_MATCH_DATA *match )
{
    if (match->Reserved) return E_INVALIDARG;
    if (!match->MatchOnValue && match->Value) return E_INVALIDARG;
    if (!match->MatchOnLength) return match->Length || match->MatchOnValue ? E_INVALIDARG : S_OK;
    switch (match->Length)
    {
    case 1: case 2: case 4: case 8:
        /* A write across two pages is none that a doorbell can be registered for, says its page. */
        return (match->GuestAddress & (GPA_PAGE_SIZE - 1)) + match->Length <= GPA_PAGE_SIZE ? S_OK : E_INVALIDARG;
    }
    return E_INVALIDARG;
}

static BOOL same_match( const WHV_DOORBELL_MATCH_DATA *match, const WHV_DOORBELL_MATCH_DATA *other )
{
    return match->GuestAddress == other->GuestAddress && match->Value == other->Value &&
           match->Length == other->Length && match->MatchOnValue == other->MatchOnValue &&
           match->MatchOnLength == other->MatchOnLength && match->Reserved == other->Reserved;
}

/* Two at one address must have one length and differ in the value that they look for. */
static BOOL is_conflict( const WHV_DOORBELL_MATCH_DATA *match, const WHV_DOORBELL_MATCH_DATA *other )
{
    return match->GuestAddress == other->GuestAddress &&
           (match->Length != other->Length || match->Value == other->Value || !match->MatchOnValue ||
            !other->MatchOnValue);
}

/* Index of the first doorbell that is not below gpa. */
static UINT32 find_first( const struct partition *partition, UINT64 gpa )
{
    UINT32 low = 0, high = partition->doorbells.count;

    while (low < high)
    {
        UINT32 middle = low + (high - low) / 2;

        if (partition->doorbells.table[middle]->doorbell.match.GuestAddress < gpa) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* The doorbell at an index if it is below end. */
static struct object *at( const struct partition *partition, UINT32 index, UINT64 end )
{
    struct object *object;

    if (index >= partition->doorbells.count) return NULL;
    object = partition->doorbells.table[index];
    return object->doorbell.match.GuestAddress < end ? object : NULL;
}

/* ---- KVM ---- */

static int tell_kvm( const struct partition *partition, struct object *object, UINT32 length, BOOL remove )
{
    const WHV_DOORBELL_MATCH_DATA *match = &object->doorbell.match;

    return kvm_ioeventfd( partition->vm, match->GuestAddress, length, match->MatchOnValue ? &match->Value : NULL,
                          object->fd, remove );
}

static void take_from_kvm( const struct partition *partition, struct object *object )
{
    UINT32 length, lengths = __atomic_exchange_n( &object->doorbell.in_kvm, 0, __ATOMIC_RELAXED );

    for (length = 1; length <= 4; length *= 2) if (lengths & length) tell_kvm( partition, object, length, 1 );
}

/* A vp stands at an instruction that KVM may be made to end with a store of nobody's. */
static BOOL is_store_owed( const struct partition *partition )
{
    UINT32 i;

    for (i = 0; i < partition->vp_count; i++)
        if (partition->vps[i] && code_store_owed( partition->vps[i] )) return 1;
    return 0;
}

/* KVM cuts what the guest stores into pieces, of 8 bytes and at the ends of pages, and looks at each: what may be such
 * a piece is left to the exit, which knows the instruction. Those of any length are not asked for as such: kvm_intel
 * would take reads for them too (handle_ept_misconfig). What KVM does not take is found at the exit. */
static void give_to_kvm( const struct partition *partition, struct object *object )
{
    const WHV_DOORBELL_MATCH_DATA *match = &object->doorbell.match;
    UINT32 length;

    if (is_store_owed( partition )) return;
    for (length = 1; length <= 4; length *= 2)
    {
        if (match->MatchOnLength && match->Length != length) continue;
        if ((match->GuestAddress & (GPA_PAGE_SIZE - 1)) + length >= GPA_PAGE_SIZE) continue;
        if (!tell_kvm( partition, object, length, 0 )) object->doorbell.in_kvm |= length;
    }
}

/* ---- edits ---- */

static HRESULT reserve( struct doorbells *doorbells )
{
    struct object **table;

    if (doorbells->count < doorbells->room) return S_OK;
    if (!(table = realloc( doorbells->table, (doorbells->room + 16) * sizeof(*table) ))) return E_OUTOFMEMORY;
    doorbells->table = table;
    doorbells->room += 16;
    return S_OK;
}

/* How many there are in the page of gpa. */
static UINT32 count_in_page( const struct partition *partition, UINT64 gpa )
{
    UINT32 first = find_first( partition, PAGE_OF( gpa ) ), count = 0;

    while (at( partition, first + count, PAGE_OF( gpa ) + GPA_PAGE_SIZE )) count++;
    return count;
}

static HRESULT insert( struct partition *partition, struct object *object )
{
    UINT64 gpa = object->doorbell.match.GuestAddress;
    UINT32 index = find_first( partition, gpa );
    struct object *other;
    HRESULT hr;
    UINT32 i;

    for (i = index; (other = at( partition, i, gpa + 1 )); i++)
        if (is_conflict( &object->doorbell.match, &other->doorbell.match )) return ERROR_HV_INVALID_PARAMETER;
    if (FAILED(hr = reserve( &partition->doorbells ))) return hr;
    if (!count_in_page( partition, gpa ))
    {
        if (FAILED(hr = hidden_make_way( partition, PAGE_OF( gpa ), GPA_PAGE_SIZE ))) return hr;
        if (FAILED(hr = gpa_add_hole( &partition->gpa, gpa ))) return hr;
    }
    memmove( partition->doorbells.table + index + 1, partition->doorbells.table + index,
             (partition->doorbells.count++ - index) * sizeof(object) );
    partition->doorbells.table[index] = object;
    property_set_doorbells( &partition->props, 1 );
    give_to_kvm( partition, object );
    return S_OK;
}

static HRESULT take_out( struct partition *partition, struct object *object )
{
    UINT64 gpa = object->doorbell.match.GuestAddress;
    UINT32 index = find_first( partition, gpa );
    HRESULT hr;

    if (count_in_page( partition, gpa ) == 1 && FAILED(hr = gpa_remove_hole( &partition->gpa, gpa ))) return hr;
    take_from_kvm( partition, object );
    while (partition->doorbells.table[index] != object) index++;
    memmove( partition->doorbells.table + index, partition->doorbells.table + index + 1,
             (--partition->doorbells.count - index) * sizeof(object) );
    if (!partition->doorbells.count) property_set_doorbells( &partition->props, 0 );
    objects_lock();
    objects_kill( object );
    objects_unlock();
    return S_OK;
}

HRESULT doorbell_add( WHV_PARTITION_HANDLE handle, enum object_kind kind, const WHV_DOORBELL_MATCH_DATA *match,
                      void *context, void **port )
{
    struct partition *partition;
    struct object *object;
    HRESULT hr;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    if (partition->state != PARTITION_SET_UP) hr = E_INVALIDARG;
    else if (FAILED(hr = check_match( match ))) ;
    else if (!context) hr = E_HANDLE;
    else if (SUCCEEDED(hr = objects_create( handle, kind, context, &object )))
    {
        object->doorbell.match = *match;
        partition_stop_vps( partition );
        hr = insert( partition, object );
        partition_resume_vps( partition );
        if (FAILED(hr)) objects_discard( object );
        else if (port) *port = objects_handle( object );
    }
    partition_unlock( partition );
    return hr;
}

/* The partition is locked, and is given back. */
static HRESULT remove_locked( struct partition *partition, struct object *object, struct object_remains *remains )
{
    void *dead = objects_handle( object );
    HRESULT hr;

    partition_stop_vps( partition );
    hr = take_out( partition, object );
    partition_resume_vps( partition );
    partition_unlock( partition );
    if (SUCCEEDED(hr)) objects_bury( dead, remains );
    return hr;
}

HRESULT doorbell_remove( WHV_PARTITION_HANDLE handle, const WHV_DOORBELL_MATCH_DATA *match,
                         struct object_remains *remains )
{
    struct partition *partition;
    struct object *object;
    HRESULT hr;
    UINT32 i;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    for (i = find_first( partition, match->GuestAddress ); i < partition->doorbells.count; i++)
    {
        object = partition->doorbells.table[i];
        if (object->kind == OBJECT_DOORBELL && same_match( &object->doorbell.match, match ))
            return remove_locked( partition, object, remains );
    }
    partition_unlock( partition );
    return HRESULT_FROM_WIN32_NOT_FOUND;
}

HRESULT doorbell_remove_port( WHV_PARTITION_HANDLE handle, void *port, struct object_remains *remains )
{
    struct partition *partition;
    struct object *object;
    HRESULT hr;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    objects_lock();
    object = objects_find( handle, port );
    objects_unlock();
    if (object && object->kind == OBJECT_DOORBELL_PORT) return remove_locked( partition, object, remains );
    partition_unlock( partition );
    return E_INVALIDARG;
}

/* KVM goes with the vm, and no vcpu runs any more. */
void doorbell_forget( struct partition *partition )
{
    free( partition->doorbells.table );
    memset( &partition->doorbells, 0, sizeof(partition->doorbells) );
}

/* ---- exits ---- */

struct object *doorbell_find( struct partition *partition, UINT64 gpa, UINT32 size, UINT64 value )
{
    const WHV_DOORBELL_MATCH_DATA *match;
    UINT32 i = find_first( partition, gpa );
    struct object *object;

    for (; (object = at( partition, i, gpa + 1 )); i++)
    {
        match = &object->doorbell.match;
        if ((!match->MatchOnLength || match->Length == size) && (!match->MatchOnValue || match->Value == value))
            return object;
    }
    return NULL;
}

BOOL doorbell_in_kvm( struct partition *partition, UINT64 gpa )
{
    UINT32 i = find_first( partition, PAGE_OF( gpa ) );
    struct object *object;

    for (; (object = at( partition, i, PAGE_OF( gpa ) + GPA_PAGE_SIZE )); i++)
        if (__atomic_load_n( &object->doorbell.in_kvm, __ATOMIC_RELAXED )) return 1;
    return 0;
}

void doorbell_leave_kvm( struct partition *partition, UINT64 gpa )
{
    UINT32 i = find_first( partition, PAGE_OF( gpa ) );
    struct object *object;

    TRACE( "doorbells near %#llx are looked for at exits\n", (unsigned long long)gpa );
    for (; (object = at( partition, i, PAGE_OF( gpa ) + GPA_PAGE_SIZE )); i++) take_from_kvm( partition, object );
}
