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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/eventfd.h"

#define MAX_EVENTS 64

static int check( int ret )
{
    return ret < 0 ? -errno : ret;
}

int eventfd_create( void )
{
    return check( eventfd( 0, EFD_CLOEXEC | EFD_NONBLOCK ) );
}

void eventfd_close( int fd )
{
    close( fd );
}

void eventfd_signal( int fd )
{
    static const uint64_t one = 1;

    /* it can't be full: nobody has 2^64 - 2 of them to give */
    while (write( fd, &one, sizeof(one) ) < 0 && errno == EINTR) ;
}

BOOL eventfd_take( int fd )
{
    uint64_t count = 0;
    ssize_t ret;

    do ret = read( fd, &count, sizeof(count) );
    while (ret < 0 && errno == EINTR);
    return ret == sizeof(count) && count;
}

int eventfd_create_set( void )
{
    return check( epoll_create1( EPOLL_CLOEXEC ) );
}

int eventfd_join_set( int set, int fd, UINT64 cookie )
{
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = cookie };

    return check( epoll_ctl( set, EPOLL_CTL_ADD, fd, &event ) );
}

int eventfd_wait( int set, UINT64 *cookies, UINT32 room )
{
    struct epoll_event events[MAX_EVENTS];
    int ret, i;

    do ret = epoll_wait( set, events, room < MAX_EVENTS ? room : MAX_EVENTS, -1 );
    while (ret < 0 && errno == EINTR);
    for (i = 0; i < ret; i++) cookies[i] = events[i].data.u64;
    return check( ret );
}
