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

/*
 * One object for each doorbell, notification port and trigger of the process: which partition it belongs to, and what
 * the PE side keeps for it (an event of Windows, which only that side can signal or wait for). What the guest signals
 * counts up the object's eventfd, and one thread of the PE side, blocked in objects_wait, signals the events. What the
 * client signals other threads of that side wait for, as many as a thread can wait for each (OBJECTS_OF_WAITER).
 * An object is removed in two steps: objects_kill, and nobody finds it any more; objects_bury, and nobody uses it any
 * more. Their memory is used again, and never given back. Knows handles, locks and eventfds; knows no partition but by
 * its handle, and none of the kinds. The one lock in here is taken behind all others, and nothing behind it.
 */

#ifndef __WHV_UNIX_NOTIFY_OBJECTS_H
#define __WHV_UNIX_NOTIFY_OBJECTS_H

#include "winhvplatformdefs.h"

enum object_kind
{
    OBJECT_DOORBELL,            /* WHvRegisterPartitionDoorbellEvent's, which has no handle */
    OBJECT_DOORBELL_PORT,
    OBJECT_EVENT_PORT,
    OBJECT_TRIGGER,
};

#define OBJECTS_OF_WAITER   60          /* MAXIMUM_WAIT_OBJECTS is 64 */

struct object
{
    enum object_kind     kind;
    WHV_PARTITION_HANDLE partition;     /* NULL: free */
    UINT32               place, generation;
    BOOL                 dead, buried;
    void                *context;       /* the PE side's */
    int                  fd;            /* of those that the guest signals; of a trigger -1 */
    int                  user;          /* the thread that signals its event, or waits for it; 0: none */
    union
    {
        struct
        {
            WHV_DOORBELL_MATCH_DATA match;
            UINT32           in_kvm;    /* lengths (1, 2, 4) that KVM itself looks at */
        }                    doorbell;
        UINT32               connection;
        struct
        {
            WHV_TRIGGER_PARAMETERS parameters;
            UINT32           waiter;    /* number of the thread that waits for its event */
            int              deliverer; /* the thread that is delivering it; 0: none */
            UINT32           delivery;  /* counts deliveries */
        }                    trigger;
    };
};

/* What the PE side has to do for an object that is gone: to signal its event once more, and to give up what it keeps
 * for it. */
struct object_remains
{
    void  *context;             /* NULL: there is none */
    UINT32 signal;
};

/* An object that nobody knows of yet. E_OUTOFMEMORY; HRESULTs of system calls;
 * HRESULT_FROM_WIN32(ERROR_NO_SYSTEM_RESOURCES) when there are too many. */
extern HRESULT objects_create( WHV_PARTITION_HANDLE partition, enum object_kind kind, void *context,
                               struct object **object );
/* Takes it back. */
extern void objects_discard( struct object *object );
extern void *objects_handle( const struct object *object );

extern void objects_lock( void );
extern void objects_unlock( void );
/* Handle -> living object of this partition (NULL: of any). NULL; nothing in the handle is to be trusted. Locked. */
extern struct object *objects_find( WHV_PARTITION_HANDLE partition, void *handle );
/* The partition's event port for this connection, or NULL. Locked. */
extern const struct object *objects_connected( WHV_PARTITION_HANDLE partition, UINT32 connection );
/* From here on no handle leads to it. Locked. */
extern void objects_kill( struct object *object );
extern void objects_kill_all( WHV_PARTITION_HANDLE partition );
/* Gives a trigger a thread that waits for its event; locked. */
extern void objects_choose_waiter( struct object *object );
/* A trigger is delivered by this thread from here on, until objects_delivered; locked. */
extern void objects_deliver( struct object *object );
/* generation: the object's at objects_deliver. Locked. */
extern void objects_delivered( struct object *object, UINT32 generation );
/* Waits until what is being delivered of a trigger has been, or the trigger is gone. Locked; the lock is given up. */
extern void objects_wait_delivered( struct object *object );

/* Waits until nobody uses a dead object, and frees it. What it was signalled last is not lost. remains->context NULL:
 * another thread has done so meanwhile, as when the partition is deleted. */
extern void objects_bury( void *handle, struct object_remains *remains );
/* Same for one of a partition's dead; remains->context NULL: there is none. */
extern void objects_bury_one( WHV_PARTITION_HANDLE partition, struct object_remains *remains );

/* The guest has signalled it: the caller keeps it alive. A system call. */
extern void objects_signal( const struct object *object );
/* For one thread of the PE side: waits until some have been signalled. Their contexts are good until the next call. */
extern HRESULT objects_wait( void **contexts, UINT32 room, UINT32 *count );
/* For a thread that waits for events, by its number: contexts and handles of those that it is to wait for, and at most
 * OBJECTS_OF_WAITER of them. They are good until the next call, which it makes when there are others. */
extern UINT32 objects_collect( UINT32 waiter, void **contexts, void **handles );

#endif /* __WHV_UNIX_NOTIFY_OBJECTS_H */
