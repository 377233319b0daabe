/*
 * Threads, by their numbers
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

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/thread.h"

__thread int thread_self;

int thread_find_id( void )
{
    return thread_self = syscall( SYS_gettid );
}

BOOL thread_gone( int id )
{
    char path[64], stat[512], *state;
    ssize_t size;
    int fd;

    if (syscall( SYS_tgkill, getpid(), id, 0 ) < 0) return errno == ESRCH;
    if (id != getpid()) return 0;

    /* The first thread of a process stays as a zombie, to which signals can be sent,
     * until the others have ended too. */
    snprintf( path, sizeof(path), "/proc/self/task/%d/stat", id );
    if ((fd = open( path, O_RDONLY | O_CLOEXEC )) < 0) return 0;
    size = read( fd, stat, sizeof(stat) - 1 );
    close( fd );
    if (size <= 0) return 0;
    stat[size] = 0;
    /* "tid (name) state ...", and the name may hold anything */
    return (state = strrchr( stat, ')' )) && state[1] && state[2] == 'Z';
}

static void *run_thread( void *func )
{
    ((void (*)( void ))func)();
    return NULL;
}

/* Whoever unloads the library would take the thread's code away from under it. */
static void stay_loaded( void )
{
    Dl_info info;

    if (dladdr( (void *)run_thread, &info ) && info.dli_fname) dlopen( info.dli_fname, RTLD_NOW | RTLD_NODELETE );
}

int thread_spawn( void (*func)( void ) )
{
    sigset_t all, old;
    pthread_attr_t attr;
    pthread_t thread;
    int ret;

    stay_loaded();
    if ((ret = pthread_attr_init( &attr ))) return -ret;
    pthread_attr_setdetachstate( &attr, PTHREAD_CREATE_DETACHED );
    /* the new thread inherits the mask: signals to the process are for Wine's threads */
    sigfillset( &all );
    pthread_sigmask( SIG_SETMASK, &all, &old );
    ret = pthread_create( &thread, &attr, run_thread, (void *)func );
    pthread_sigmask( SIG_SETMASK, &old, NULL );
    pthread_attr_destroy( &attr );
    return -ret;
}
