/*
 * Huge pages for memory of guests
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
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "host/huge.h"

/* Of x86, and of arm64 with pages of 4 KiB. */
#define HUGE_PAGE_SIZE 0x200000ul

struct area
{
    uintptr_t start, end;
};

/* A line of /proc/self/maps. What lies in the area of private memory without a file wants huge pages.
 * Returns where the line's mapping ends. */
static uintptr_t advise_mapping( const char *line, const struct area *area )
{
    unsigned long start, end, inode;
    struct area wanted = *area;
    char rights[5];

    if (sscanf( line, "%lx-%lx %4s %*x %*x:%*x %lu", &start, &end, rights, &inode ) != 4) return 0;
    if (wanted.start < start) wanted.start = start;
    if (wanted.end > end) wanted.end = end;
    /* no other names than those in brackets are without an inode: the heap, a stack, what somebody has named */
    if (rights[3] == 'p' && !inode && wanted.start < wanted.end &&
        (wanted.start + HUGE_PAGE_SIZE - 1) / HUGE_PAGE_SIZE < wanted.end / HUGE_PAGE_SIZE)
        madvise( (void *)wanted.start, wanted.end - wanted.start, MADV_HUGEPAGE );
    return end;
}

/* By read and not by stdio: a thread that is terminated inside would keep stdio's locks. */
static void advise_mappings( int maps, const struct area *area )
{
    char text[8192], *line, *end;
    size_t size = 0;
    ssize_t got;

    while ((got = read( maps, text + size, sizeof(text) - 1 - size )) > 0)
    {
        size += got;
        text[size] = 0;
        for (line = text; (end = memchr( line, '\n', text + size - line )); line = end + 1)
        {
            *end = 0;
            if (advise_mapping( line, area ) >= area->end) return;
        }
        size -= line - text;
        memmove( text, line, size );
        if (size == sizeof(text) - 1) size = 0;     /* there is no such line */
    }
}

void huge_prefer( uintptr_t address, uint64_t size )
{
    /* the part that may be in huge pages, so that nothing else is cut */
    struct area area = { (address + HUGE_PAGE_SIZE - 1) & -HUGE_PAGE_SIZE, (address + size) & -HUGE_PAGE_SIZE };
    int maps;

    if (address + size < address || area.start < address || area.start >= area.end) return;
    if ((maps = open( "/proc/self/maps", O_RDONLY | O_CLOEXEC )) < 0) return;
    advise_mappings( maps, &area );
    close( maps );
}
