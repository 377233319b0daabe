/*
 * The objects that tie the guest to events of Windows
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
#include "host/eventfd.h"
#include "host/handles.h"
#include "host/lock.h"
#include "host/thread.h"
#include "notify/objects.h"

#define MAX_OBJECTS 16384

/* Milliseconds between two looks whether the thread that uses an object lives. */
#define USER_POLL   100

static struct lock lock;
static struct lock_queue used;          /* an object is not used any more */
static UINT32 burials;                  /* threads that wait for that */
static struct lock_queue delivered;     /* a trigger has been delivered */
static UINT32 delivery_waits;           /* threads that wait for that */
static struct object *objects[MAX_OBJECTS];
static UINT32 object_count;             /* places that have had one */
static int set = -1;                    /* of all eventfds; never closed */

/* What objects_wait has told of. */
static struct object *told[64];
static UINT32 told_count;

void objects_lock( void )
{
    lock_take( &lock );
}

void objects_unlock( void )
{
    lock_give( &lock );
}

void *objects_handle( const struct object *object )
{
    return handle_make( HANDLE_NOTIFY, object->place, object->generation );
}

static struct object *find_any( void *handle )
{
    UINT32 place, generation;

    if (!handle_read( handle, HANDLE_NOTIFY, object_count, &place, &generation ) ||
        !objects[place]->partition || objects[place]->generation != generation) return NULL;
    return objects[place];
}

struct object *objects_find( WHV_PARTITION_HANDLE partition, void *handle )
{
    struct object *object = find_any( handle );

    return !object || object->dead || (partition && object->partition != partition) ? NULL : object;
}

const struct object *objects_connected( WHV_PARTITION_HANDLE partition, UINT32 connection )
{
    UINT32 i;

    for (i = 0; i < object_count; i++)
        if (objects[i]->partition == partition && !objects[i]->dead && objects[i]->kind == OBJECT_EVENT_PORT &&
            objects[i]->connection == connection) return objects[i];
    return NULL;
}

static void free_object( struct object *object )
{
    if (object->fd >= 0) eventfd_close( object->fd );
    object->fd = -1;
    object->user = 0;
    object->generation = handle_next_generation( object->generation );
    object->partition = NULL;
}

static struct object *alloc_object( HRESULT *hr )
{
    struct object *object;
    UINT32 place;

    for (place = 0; place < object_count; place++) if (!objects[place]->partition) return objects[place];
    *hr = HRESULT_FROM_WIN32_NO_SYSTEM_RESOURCES;
    if (place == MAX_OBJECTS) return NULL;
    *hr = E_OUTOFMEMORY;
    if (!(object = calloc( 1, sizeof(*object) ))) return NULL;
    object->place = place;
    object->fd = -1;
    objects[object_count++] = object;
    return object;
}

static int open_event( struct object *object )
{
    int ret;

    if (set < 0 && (ret = eventfd_create_set()) < 0) return ret;
    if (set < 0) set = ret;
    if ((ret = eventfd_create()) < 0) return ret;
    object->fd = ret;
    return eventfd_join_set( set, object->fd, (UINT64)object->generation << 32 | object->place );
}

HRESULT objects_create( WHV_PARTITION_HANDLE partition, enum object_kind kind, void *context, struct object **ret )
{
    struct object *object;
    HRESULT hr = S_OK;
    int err = 0;

    lock_take( &lock );
    if ((object = alloc_object( &hr )))
    {
        hr = S_OK;
        object->kind = kind;
        object->partition = partition;
        object->dead = object->buried = 0;
        object->context = context;
        memset( &object->trigger, 0, sizeof(object->trigger) );
        object->trigger.waiter = ~0u;
        if (kind != OBJECT_TRIGGER && (err = open_event( object )) < 0)
        {
            free_object( object );
            hr = hresult_from_errno( err );
        }
        *ret = object;
    }
    lock_give( &lock );
    return hr;
}

void objects_discard( struct object *object )
{
    lock_take( &lock );
    free_object( object );
    lock_give( &lock );
}

/* ---- removal ---- */

void objects_kill( struct object *object )
{
    object->dead = 1;
}

void objects_kill_all( WHV_PARTITION_HANDLE partition )
{
    UINT32 i;

    lock_take( &lock );
    for (i = 0; i < object_count; i++) if (objects[i]->partition == partition) objects[i]->dead = 1;
    lock_give( &lock );
}

static void use( struct object *object )
{
    object->user = thread_id();
}

static void use_no_more( struct object *object )
{
    object->user = 0;
    if (burials) lock_wake_all( &used );
}

/* A thread is gone, which may have used many: others need not find that out one by one. */
static void forget_user( int thread )
{
    UINT32 i;

    for (i = 0; i < object_count; i++) if (objects[i]->user == thread) objects[i]->user = 0;
    if (burials) lock_wake_all( &used );
}

static void bury( struct object *object, struct object_remains *remains )
{
    object->buried = 1;
    burials++;
    while (object->user)
        if (lock_wait( &used, &lock, USER_POLL ) < 0 && object->user && thread_gone( object->user ))
            forget_user( object->user );
    burials--;
    remains->context = object->context;
    remains->signal = object->fd >= 0 && eventfd_take( object->fd );
    free_object( object );
}

void objects_bury( void *handle, struct object_remains *remains )
{
    struct object *object;

    remains->context = NULL;
    lock_take( &lock );
    if ((object = find_any( handle )) && object->dead && !object->buried) bury( object, remains );
    lock_give( &lock );
}

void objects_bury_one( WHV_PARTITION_HANDLE partition, struct object_remains *remains )
{
    UINT32 i;

    remains->context = NULL;
    lock_take( &lock );
    for (i = 0; i < object_count; i++)
        if (objects[i]->partition == partition && objects[i]->dead && !objects[i]->buried)
        {
            bury( objects[i], remains );
            break;
        }
    lock_give( &lock );
}

/* ---- signals of the guest ---- */

void objects_signal( const struct object *object )
{
    eventfd_signal( object->fd );
}

HRESULT objects_wait( void **contexts, UINT32 room, UINT32 *count )
{
    UINT64 cookies[sizeof(told) / sizeof(told[0])];
    struct object *object;
    int i, ready;

    lock_take( &lock );
    while (told_count) use_no_more( told[--told_count] );
    lock_give( &lock );

    if (room > sizeof(told) / sizeof(told[0])) room = sizeof(told) / sizeof(told[0]);
    if ((ready = eventfd_wait( set, cookies, room )) < 0) return hresult_from_errno( ready );

    lock_take( &lock );
    for (i = 0; i < ready; i++)
    {
        object = objects[(UINT32)cookies[i]];
        /* its place may have another one by now, and then its eventfd is another too */
        if (!object->partition || object->generation != cookies[i] >> 32 || !eventfd_take( object->fd )) continue;
        use( object );
        contexts[told_count] = object->context;
        told[told_count++] = object;
    }
    *count = told_count;
    lock_give( &lock );
    return S_OK;
}

/* ---- signals of the client ---- */

void objects_choose_waiter( struct object *object )
{
    UINT32 i, count;

    /* from the first on, so that there are no more threads than are needed */
    for (object->trigger.waiter = 0;; object->trigger.waiter++)
    {
        for (i = count = 0; i < object_count; i++)
            count += objects[i] != object && objects[i]->partition && objects[i]->kind == OBJECT_TRIGGER &&
                     objects[i]->trigger.waiter == object->trigger.waiter;
        if (count < OBJECTS_OF_WAITER) return;
    }
}

UINT32 objects_collect( UINT32 waiter, void **contexts, void **handles )
{
    UINT32 i, count = 0;

    lock_take( &lock );
    for (i = 0; i < object_count; i++)
    {
        struct object *object = objects[i];

        if (!object->partition || object->kind != OBJECT_TRIGGER || object->trigger.waiter != waiter) continue;
        if (object->dead)
        {
            if (object->user) use_no_more( object );
            continue;
        }
        use( object );
        contexts[count] = object->context;
        handles[count++] = objects_handle( object );
    }
    lock_give( &lock );
    return count;
}

void objects_deliver( struct object *object )
{
    object->trigger.deliverer = thread_id();
    object->trigger.delivery++;
}

void objects_delivered( struct object *object, UINT32 generation )
{
    /* its place may have another one by now */
    if (object->generation != generation) return;
    object->trigger.deliverer = 0;
    if (delivery_waits) lock_wake_all( &delivered );
}

/* What is delivered later is none of the caller's business: a client that signals all the time does not keep it. */
void objects_wait_delivered( struct object *object )
{
    UINT32 generation = object->generation, delivery = object->trigger.delivery;
    int deliverer = object->trigger.deliverer;

    if (!deliverer || deliverer == thread_id()) return;
    delivery_waits++;
    while (object->generation == generation && object->trigger.deliverer && object->trigger.delivery == delivery)
        if (lock_wait( &delivered, &lock, USER_POLL ) < 0 && thread_gone( deliverer ))
            objects_delivered( object, generation );
    delivery_waits--;
}
