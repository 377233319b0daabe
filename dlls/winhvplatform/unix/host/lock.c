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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "host/lock.h"
#include "host/thread.h"

/* How often who waits looks whether the owner lives. */
#define OWNER_POLL 100

/* 0; -EAGAIN: it is another value already; -EINTR; -ETIMEDOUT. */
static int futex_wait( UINT32 *word, UINT32 value, UINT32 milliseconds )
{
    struct timespec timeout = { milliseconds / 1000, milliseconds % 1000 * 1000000l };

    return syscall( SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &timeout, NULL, 0 ) < 0 ? -errno : 0;
}

static void futex_wake( UINT32 *word, int count )
{
    syscall( SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0 );
}

static UINT64 milliseconds_now( void )
{
    struct timespec now;

    clock_gettime( CLOCK_MONOTONIC, &now );
    return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

static BOOL replace_owner( struct lock *lock, UINT32 *seen, UINT32 owner )
{
    return __atomic_compare_exchange_n( &lock->owner, seen, owner, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED );
}

void lock_wait_for( struct lock *lock )
{
    UINT32 self = thread_id(), seen = __atomic_load_n( &lock->owner, __ATOMIC_RELAXED ), waiters = 0, owner, last = 0;
    UINT64 since = 0;
    BOOL dead = 0;

    for (;;)
    {
        owner = seen & ~LOCK_WAITERS;
        /* a fault has thrown this thread out of a call that held it */
        if (owner == self) return;
        if (!owner || dead)
        {
            /* who has slept does not know whether others still do */
            if (replace_owner( lock, &seen, self | waiters | (seen & LOCK_WAITERS) )) return;
            dead = 0;
            continue;
        }
        if (!(seen & LOCK_WAITERS) && !replace_owner( lock, &seen, seen | LOCK_WAITERS )) continue;
        if (owner != last) since = milliseconds_now();
        last = owner;
        futex_wait( &lock->owner, owner | LOCK_WAITERS, OWNER_POLL );
        waiters = LOCK_WAITERS;
        seen = __atomic_load_n( &lock->owner, __ATOMIC_RELAXED );
        /* by the clock: signals may end each wait before its time */
        if ((seen & ~LOCK_WAITERS) != owner || milliseconds_now() - since < OWNER_POLL) continue;
        dead = thread_gone( owner );
        since = milliseconds_now();
    }
}

void lock_wake_one( struct lock *lock )
{
    futex_wake( &lock->owner, 1 );
}

int lock_wait( struct lock_queue *queue, struct lock *lock, UINT32 milliseconds )
{
    UINT32 turn = __atomic_load_n( &queue->turn, __ATOMIC_RELAXED );
    UINT64 end = milliseconds_now() + milliseconds, now;
    int ret;

    lock_give( lock );
    do
    {
        now = milliseconds_now();
        ret = now < end ? futex_wait( &queue->turn, turn, end - now ) : -ETIMEDOUT;
    }
    while (ret == -EINTR);
    lock_take( lock );
    return ret == -ETIMEDOUT ? ret : 0;
}

void lock_wake_all( struct lock_queue *queue )
{
    __atomic_fetch_add( &queue->turn, 1, __ATOMIC_RELAXED );
    futex_wake( &queue->turn, INT_MAX );
}
