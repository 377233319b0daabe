/*
 * What is mapped where in a process
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
 * The kernel's list of a process' mappings, which says what an address is: private memory or a file's, and which.
 * Knows /proc, and nothing of guests.
 */

#ifndef __WHV_UNIX_HOST_MAPS_H
#define __WHV_UNIX_HOST_MAPS_H

#include <stdint.h>

#include "winhvplatformdefs.h"

struct mapping
{
    uintptr_t    start, end;
    UINT64       offset;            /* in the file */
    UINT64       inode;             /* 0: no file */
    unsigned int major, minor;      /* the file's device */
    char         rights[5];         /* "rwxs", or "rwxp" where it is private */
};

/* Calls each mapping, by ascending addresses, until one answers FALSE. process: a number of the system's, 0: this one.
 * -errno if the list can't be had. */
extern int maps_read( int process, BOOL (*each)( const struct mapping *mapping, void *arg ), void *arg );

#endif /* __WHV_UNIX_HOST_MAPS_H */
