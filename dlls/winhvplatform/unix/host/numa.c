/*
 * NUMA nodes
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

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/numa.h"

#define MAX_NODES 64

UINT64 numa_parse( const char *list )
{
    unsigned long first, last;
    UINT64 nodes = 1;
    char *end;

    for (;; list = end + 1)
    {
        first = last = strtoul( list, &end, 10 );
        if (end == list) break;
        if (*end == '-') last = strtoul( end + 1, &end, 10 );
        for (; first <= last && first < MAX_NODES; first++) nodes |= 1ull << first;
        if (*end != ',') break;
    }
    return nodes;
}

UINT64 numa_nodes( void )
{
    char list[1024];
    ssize_t size = -1;
    int fd;

    if ((fd = open( "/sys/devices/system/node/online", O_RDONLY | O_CLOEXEC )) >= 0)
    {
        size = read( fd, list, sizeof(list) - 1 );
        close( fd );
    }
    list[size > 0 ? size : 0] = 0;
    return numa_parse( list );
}
