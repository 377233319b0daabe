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

#include <sys/mman.h>

#include "host/huge.h"
#include "host/maps.h"

/* Of x86, and of arm64 with pages of 4 KiB. */
#define HUGE_PAGE_SIZE 0x200000ul

struct area
{
    uintptr_t start, end;
};

/* What lies in the area of private memory without a file wants huge pages.
 * Returns where the line's mapping ends. */
static BOOL advise_mapping( const struct mapping *mapping, void *arg )
{
    const struct area *area = arg;
    struct area wanted = *area;

    if (wanted.start < mapping->start) wanted.start = mapping->start;
    if (wanted.end > mapping->end) wanted.end = mapping->end;
    /* no other names than those in brackets are without an inode: the heap, a stack, what somebody has named */
    if (mapping->rights[3] == 'p' && !mapping->inode && wanted.start < wanted.end &&
        (wanted.start + HUGE_PAGE_SIZE - 1) / HUGE_PAGE_SIZE < wanted.end / HUGE_PAGE_SIZE)
        madvise( (void *)wanted.start, wanted.end - wanted.start, MADV_HUGEPAGE );
    return mapping->end < area->end;
}

void huge_prefer( uintptr_t address, uint64_t size )
{
    /* the part that may be in huge pages, so that nothing else is cut */
    struct area area = { (address + HUGE_PAGE_SIZE - 1) & -HUGE_PAGE_SIZE, (address + size) & -HUGE_PAGE_SIZE };

    if (address + size < address || area.start < address || area.start >= area.end) return;
    maps_read( 0, advise_mapping, &area );
}
