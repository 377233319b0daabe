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
 * Mutexes whose owner may be killed by TerminateThread, or thrown out of a unix call by a fault on the caller's
 * memory. The next owner gets them as they are; what they guard is kept so that it can go on from there, but for a
 * table of memory that was being changed (memory/gpa_map.c).
 * Knows pthreads and nothing else. None is ever held while caller memory is touched.
 */

#ifndef __WHV_UNIX_HOST_LOCK_H
#define __WHV_UNIX_HOST_LOCK_H

#include <errno.h>
#include <pthread.h>

#include "winhvplatformdefs.h"

/* Mutexes whose owner may be killed by TerminateThread: the next owner gets them as they are. */
extern void robust_init( pthread_mutex_t *mutex );

static inline void robust_lock( pthread_mutex_t *mutex )
{
    if (pthread_mutex_lock( mutex ) == EOWNERDEAD) pthread_mutex_consistent( mutex );
}

/* Condition variables hand the mutex back like a lock call does. */
extern int robust_wait( pthread_cond_t *cond, pthread_mutex_t *mutex, UINT32 milliseconds );

#endif /* __WHV_UNIX_HOST_LOCK_H */
