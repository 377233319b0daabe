/*
 * Unit tests: what the kernel says of a mapping of our own
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
 * /proc/self/smaps, for tests of what is advised about memory. Knows no room.
 */

#ifndef __WHV_TESTS_SMAPS_H
#define __WHV_TESTS_SMAPS_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct smaps
{
    unsigned long anon_huge;    /* KiB in huge pages */
    int           advised;      /* huge pages are wanted */
};

/* Of the mapping that an address is in; -1 if it is in none. */
static inline int smaps_read( const void *address, struct smaps *smaps )
{
    unsigned long start, end;
    int inside = 0, ret = -1;
    char line[512];
    FILE *file;

    memset( smaps, 0, sizeof(*smaps) );
    if (!(file = fopen( "/proc/self/smaps", "r" ))) return -1;
    while (fgets( line, sizeof(line), file ))
    {
        if (sscanf( line, "%lx-%lx ", &start, &end ) == 2)
            inside = (uintptr_t)address >= start && (uintptr_t)address < end;
        if (!inside) continue;
        ret = 0;
        sscanf( line, "AnonHugePages: %lu", &smaps->anon_huge );
        if (!strncmp( line, "VmFlags:", 8 )) smaps->advised = !!strstr( line, " hg" );
    }
    fclose( file );
    return ret;
}

/* Of the kernel's choices this one is selected: 1 if so, 0 if not, -1 if this kernel has no huge pages. */
static inline int smaps_huge_pages_are( const char *choice )
{
    char line[128] = "", selected[32];
    FILE *file;

    if (!(file = fopen( "/sys/kernel/mm/transparent_hugepage/enabled", "r" ))) return -1;
    if (!fgets( line, sizeof(line), file )) line[0] = 0;
    fclose( file );
    snprintf( selected, sizeof(selected), "[%s]", choice );
    return !!strstr( line, selected );
}

#endif /* __WHV_TESTS_SMAPS_H */
