/*
 * Locks that outlive their owner
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
 * Locks whose owner may be killed by TerminateThread, or thrown out of a unix call by a fault on the caller's memory.
 * The next owner gets them as they are; what they guard is kept so that it can go on from there, but for a table of
 * memory that was being changed (memory/gpa_map.c). Nobody pays for that but those who wait: they look from time to
 * time whether the owner lives. A thread that was thrown out and comes again finds the lock its own.
 * Knows threads and futexes. None is ever held while caller memory is touched.
 */

#ifndef __WHV_UNIX_HOST_LOCK_H
#define __WHV_UNIX_HOST_LOCK_H

#include <errno.h>

#include "host/thread.h"
#include "winhvplatformdefs.h"

/* Somebody waits: who gives the lock back has to wake him. No thread has such a number (FUTEX_TID_MASK is less). */
#define LOCK_WAITERS 0x80000000u

/* All 0 is a free lock: there is nothing to set up. */
struct lock
{
    UINT32 owner;               /* its thread_id(), 0: free; and LOCK_WAITERS */
};

/* For those who hold a lock and wait for something that it guards. All 0 to begin with. */
struct lock_queue
{
    UINT32 turn;                /* counts the calls of lock_wake_all */
};

extern void lock_wait_for( struct lock *lock );
extern void lock_wake_one( struct lock *lock );

/* FALSE: it has to be waited for (or the thread does not know its number yet): lock_take does all that. */
static inline BOOL lock_try( struct lock *lock )
{
    UINT32 free = 0, self = thread_self;

    return self && __atomic_compare_exchange_n( &lock->owner, &free, self, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED );
}

static inline void lock_take( struct lock *lock )
{
    if (!lock_try( lock )) lock_wait_for( lock );
}

static inline void lock_give( struct lock *lock )
{
    if (__atomic_exchange_n( &lock->owner, 0, __ATOMIC_RELEASE ) & LOCK_WAITERS) lock_wake_one( lock );
}

/* Is the calling thread the owner? */
static inline BOOL lock_is_mine( const struct lock *lock )
{
    return (__atomic_load_n( &lock->owner, __ATOMIC_RELAXED ) & ~LOCK_WAITERS) == (UINT32)thread_id();
}

/* Gives the lock back, waits for lock_wake_all, takes the lock again. It may come back too early: the caller looks
 * again at what it waits for. 0; -ETIMEDOUT after so many milliseconds. */
extern int lock_wait( struct lock_queue *queue, struct lock *lock, UINT32 milliseconds );
/* All that wait there now; a system call even when there is nobody. The lock is held. */
extern void lock_wake_all( struct lock_queue *queue );

#endif /* __WHV_UNIX_HOST_LOCK_H */
