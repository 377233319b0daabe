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
#include <pthread.h>
#include <time.h>

#include "host/lock.h"

void robust_init( pthread_mutex_t *mutex )
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init( &attr );
    pthread_mutexattr_setrobust( &attr, PTHREAD_MUTEX_ROBUST );
    pthread_mutex_init( mutex, &attr );
    pthread_mutexattr_destroy( &attr );
}

int robust_wait( pthread_cond_t *cond, pthread_mutex_t *mutex, UINT32 milliseconds )
{
    struct timespec until;
    int ret;

    clock_gettime( CLOCK_MONOTONIC, &until );
    until.tv_nsec += milliseconds * 1000000l;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if ((ret = pthread_cond_timedwait( cond, mutex, &until )) == EOWNERDEAD) pthread_mutex_consistent( mutex );
    return ret;
}
