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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/maps.h"

static BOOL parse_line( const char *line, struct mapping *mapping )
{
    unsigned long start, end, inode;
    unsigned long long offset;

    if (sscanf( line, "%lx-%lx %4s %llx %x:%x %lu", &start, &end, mapping->rights, &offset, &mapping->major,
                &mapping->minor, &inode ) != 7 || strlen( mapping->rights ) != 4) return 0;
    mapping->start = start;
    mapping->end = end;
    mapping->offset = offset;
    mapping->inode = inode;
    return 1;
}

/* By read and not by stdio: a thread that is terminated inside would keep stdio's locks. */
static void read_lines( int maps, BOOL (*each)( const struct mapping *mapping, void *arg ), void *arg )
{
    char text[8192], *line, *end;
    struct mapping mapping;
    size_t size = 0;
    ssize_t got;

    while ((got = read( maps, text + size, sizeof(text) - 1 - size )) > 0)
    {
        size += got;
        text[size] = 0;
        for (line = text; (end = memchr( line, '\n', text + size - line )); line = end + 1)
        {
            *end = 0;
            if (parse_line( line, &mapping ) && !each( &mapping, arg )) return;
        }
        size -= line - text;
        memmove( text, line, size );
        if (size == sizeof(text) - 1) size = 0;     /* there is no such line */
    }
}

int maps_read( int process, BOOL (*each)( const struct mapping *mapping, void *arg ), void *arg )
{
    char path[32];
    int maps;

    snprintf( path, sizeof(path), process ? "/proc/%d/maps" : "/proc/self/maps", process );
    if ((maps = open( path, O_RDONLY | O_CLOEXEC )) < 0) return -errno;
    read_lines( maps, each, arg );
    close( maps );
    return 0;
}
