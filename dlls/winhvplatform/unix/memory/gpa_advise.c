/*
 * Advice on guest memory
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
#include <sys/mman.h>

#include "memory/gpa_advise.h"
#include "memory/gpa_map.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

/* names that older C libraries' headers lack */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif

/* The part of a range from gpa to end, by whole pages. */
struct part
{
    struct gpa_range *range;
    UINT8            *host;
    UINT64            size;
};

/* Calls each part of what is mapped from gpa to end; a failure ends it. */
static HRESULT for_each_part( const struct gpa_map *map, UINT64 gpa, UINT64 end,
                              HRESULT (*each)( const struct part *part, UINT64 flag ), UINT64 flag )
{
    const struct gpa_range *range;
    struct part part;
    HRESULT hr;
    UINT64 stop;

    for (; gpa < end && (range = gpa_find( map, gpa )); gpa = stop)
    {
        stop = gpa_range_end( range ) < end ? gpa_range_end( range ) : end;
        part.range = (struct gpa_range *)range;
        part.host = range->host + (gpa - range->gpa);
        part.size = stop - gpa;
        if (FAILED(hr = each( &part, flag ))) return hr;
    }
    return S_OK;
}

static UINT64 page_start( UINT64 gpa )
{
    return gpa & -(UINT64)GPA_PAGE_SIZE;
}

static UINT64 page_end( UINT64 gpa, UINT64 size )
{
    return (gpa + size - 1) / GPA_PAGE_SIZE * GPA_PAGE_SIZE + GPA_PAGE_SIZE;
}

HRESULT gpa_check_mapped( const struct gpa_map *map, UINT64 gpa, UINT64 size )
{
    const struct gpa_range *range;
    UINT64 last = gpa + size - 1;

    for (; (range = gpa_find( map, gpa )); gpa = gpa_range_end( range ))
        if (last < gpa_range_end( range )) return S_OK;
    return WHV_E_GPA_RANGE_NOT_FOUND;
}

static BOOL can_populate( void )
{
    return !madvise( NULL, 0, MADV_POPULATE_READ );
}

static HRESULT populate_part( const struct part *part, UINT64 write )
{
    int advice = write && (part->range->flags & WHvMapGpaRangeFlagWrite) ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
    int ret;

    do ret = madvise( part->host, part->size, advice );
    while (ret && (errno == EINTR || errno == EAGAIN));
    if (!ret) return S_OK;
    /* ENOMEM says both */
    return errno == ENOMEM && !msync( part->host, part->size, MS_ASYNC ) ? E_OUTOFMEMORY : E_ACCESSDENIED;
}

HRESULT gpa_populate( const struct gpa_map *map, UINT64 gpa, UINT64 size, BOOL write )
{
    if (!can_populate()) return S_OK;
    return for_each_part( map, page_start( gpa ), page_end( gpa, size ), populate_part, write );
}

static HRESULT pin_part( const struct part *part, UINT64 flag )
{
    static BOOL reported;

    (void)flag;
    part->range->pinned = 1;
    if (mlock( part->host, part->size ) && !__atomic_exchange_n( &reported, 1, __ATOMIC_RELAXED ))
        ERR( "guest memory is not locked in memory as the program asks: %s\n",
             errno == EPERM || errno == ENOMEM || errno == EAGAIN ? "the limit of locked memory (ulimit -l) is too low"
                                                                  : "the kernel refuses" );
    return S_OK;
}

HRESULT gpa_pin( struct gpa_map *map, UINT64 gpa, UINT64 size )
{
    HRESULT hr = gpa_populate( map, gpa, size, 1 );

    return FAILED(hr) ? hr : for_each_part( map, gpa, gpa + size, pin_part, 0 );
}

/* What nobody has pinned may have been locked by the client itself, and so may what it locks from here on. */
static HRESULT unpin_part( const struct part *part, UINT64 flag )
{
    (void)flag;
    if (part->range->pinned) munlock( part->host, part->size );
    if (part->size == part->range->size) part->range->pinned = 0;
    return S_OK;
}

HRESULT gpa_unpin( struct gpa_map *map, UINT64 gpa, UINT64 size )
{
    return for_each_part( map, gpa, gpa + size, unpin_part, 0 );
}
