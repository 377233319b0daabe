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

/*
 * Which NUMA nodes this host has, for those arguments of the API that name one. Where memory and threads go is the
 * kernel's business. Knows the kernel's list in /sys; knows nothing else.
 */

#ifndef __WHV_UNIX_HOST_NUMA_H
#define __WHV_UNIX_HOST_NUMA_H

#include "winhvplatformdefs.h"

/* Bit n: node n. Node 0 is there always, also where nothing can be read. */
extern UINT64 numa_nodes( void );
/* Of a list as the kernel writes it, "0-1,3". */
extern UINT64 numa_parse( const char *list );

#endif /* __WHV_UNIX_HOST_NUMA_H */
