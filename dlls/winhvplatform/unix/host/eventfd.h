/*
 * Counters that can be waited for: eventfd(2) and epoll(7)
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
 * What the guest, by way of KVM, or a thread of ours signals, and one thread waits for. Each is an fd; the set of all
 * of them is one too. Knows Linux, and nothing else. -errno on failure.
 */

#ifndef __WHV_UNIX_HOST_EVENTFD_H
#define __WHV_UNIX_HOST_EVENTFD_H

#include "winhvplatformdefs.h"

extern int eventfd_create( void );
extern void eventfd_close( int fd );
/* Counts up; a system call. */
extern void eventfd_signal( int fd );
/* Has it been signalled since the last time? */
extern BOOL eventfd_take( int fd );

extern int eventfd_create_set( void );
/* Closing an eventfd takes it out again. */
extern int eventfd_join_set( int set, int fd, UINT64 cookie );
/* Waits until one is signalled, or some; their cookies, at most room. -EINTR never. */
extern int eventfd_wait( int set, UINT64 *cookies, UINT32 room );

#endif /* __WHV_UNIX_HOST_EVENTFD_H */
