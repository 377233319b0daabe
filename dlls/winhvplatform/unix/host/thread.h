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

/*
 * Which thread this is, and whether another one still lives: for locks whose owner may be killed by TerminateThread,
 * and for the thread that runs a vp; and threads of our own. Knows Linux, and nothing else. A number is used again only
 * when the kernel has been through all others.
 */

#ifndef __WHV_UNIX_HOST_THREAD_H
#define __WHV_UNIX_HOST_THREAD_H

#include "winhvplatformdefs.h"

/* Every lock and every run asks: it is read without a call, at a fixed place of the thread's own memory. */
extern __thread int thread_self __attribute__((tls_model("initial-exec")));

extern int thread_find_id( void );

/* The calling thread's number, never 0 or negative: gettid(2). */
static inline int thread_id( void )
{
    return __builtin_expect( thread_self, 1 ) ? thread_self : thread_find_id();
}

/* Has the thread with this number, of our process, ended (or never been)? Costs a system call, and more for the
 * process' first thread. */
extern BOOL thread_gone( int id );

/* A thread of our own that executes func and ends. It takes no signals, and may call nothing of Wine's; the library
 * stays loaded for it. 0 or -errno. */
extern int thread_spawn( void (*func)( void ) );

#endif /* __WHV_UNIX_HOST_THREAD_H */
