/*
 * Guest-physical ranges and their memslots
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
 * What a partition's table of guest-physical ranges consists of, and KVM's memslots, one for each range that the guest
 * may touch: their numbers, and how KVM is told. Who edits the table is gpa_map.c; everybody may read it as that
 * header says. Knows kvm.h and the mapping flags of the API.
 */

#ifndef __WHV_UNIX_MEMORY_GPA_RANGE_H
#define __WHV_UNIX_MEMORY_GPA_RANGE_H

#include "winhvplatformdefs.h"

#define GPA_PAGE_SIZE 0x1000

/* Pages with one source and one set of flags, sorted by gpa, no overlaps. One per call of gpa_map_range and what later
 * calls left of it: neighbours are not merged, which would cost KVM edits and dirty logs. Flags without Read have no
 * memslot, so that every access exits. */
struct gpa_range
{
    UINT64  gpa;
    UINT64  size;               /* bytes */
    UINT8  *host;
    UINT64 *dirty;              /* with TrackDirtyPages: pages written, as far as no longer in KVM's log; else NULL */
    struct gpa_view *view;      /* what host lies in, if it is not the client's own memory */
    UINT32  flags;              /* WHV_MAP_GPA_RANGE_FLAGS */
    UINT32  slot;               /* KVM memslot, or GPA_NO_SLOT */
    BOOL    pinned;             /* some of it is kept in memory (gpa_advise.h) */
};

/* Memory that has been mapped for the ranges in it alone: it goes with the last of them. */
struct gpa_view
{
    void  *base;
    UINT64 size;
    UINT32 uses;                /* ranges and holes */
};

#define GPA_NO_SLOT (~0u)

/* A page that the guest finds nothing at, whatever the client maps there: a doorbell is in it. What the client has
 * mapped, or host NULL, comes back when it goes. */
struct gpa_hole
{
    UINT64  gpa;
    UINT8  *host;
    struct gpa_view *view;      /* as of a range */
    UINT32  flags;
    BOOL    dirty;              /* of a page that TrackDirtyPages asks for */
};

static inline UINT64 gpa_range_end( const struct gpa_range *range )
{
    return range->gpa + range->size;
}

struct gpa_map
{
    int               vm;       /* fd, or -1: a table without a KVM behind it (unit tests) */
    UINT32            max_slots;
    UINT64            limit;    /* first GPA that is too high: 1 << physical address width */
    struct gpa_range *ranges;
    UINT32            count, room;
    UINT64           *used_slots;   /* bitmap */
    UINT32            last;     /* index of the last range found: most lookups hit it again.
                                   Relaxed atomic: readers are many */
    UINT32            edition;  /* counts the edits: what was found before one may be elsewhere after it */
    BOOL              lost;     /* KVM refused to take a memslot back in a roll-back: the next edit tries again */
    struct gpa_hole  *holes;    /* sorted by gpa */
    UINT32            hole_count, hole_room;
};

/* A memslot for pages that are in no range, or GPA_NO_SLOT; and back. The partition is locked. */
extern UINT32 gpa_take_slot( struct gpa_map *map );
extern void gpa_give_slot( struct gpa_map *map, UINT32 slot );

/* ---- for gpa_map.c ---- */

/* What a -errno of the two below means to a client. */
extern HRESULT gpa_error( int err );
/* -errno. Nothing is done for a range without a memslot, or without a KVM. */
extern int gpa_add_slot( const struct gpa_map *map, const struct gpa_range *range );
extern int gpa_delete_slot( const struct gpa_map *map, const struct gpa_range *range );
extern void gpa_mark_slot( struct gpa_map *map, UINT32 slot, BOOL used );
/* One more, or one less, lies in a view, if it is one. */
extern void gpa_use_view( struct gpa_view *view );
extern void gpa_leave_view( struct gpa_view *view );
/* What is the range's own, but for its memslot, is freed. From gpa to end it is no longer mapped. */
extern void gpa_drop_range( struct gpa_range *range, UINT64 gpa, UINT64 end );
/* Room in the table for so many. FALSE: no memory. */
extern BOOL gpa_reserve_ranges( struct gpa_map *map, UINT32 count );
/* The part of a range from gpa on, without memslot and dirty bits. */
extern struct gpa_range gpa_range_part( const struct gpa_range *range, UINT64 gpa, UINT64 end );
/* Same pages, same rights, inside one range: nothing to do. */
extern BOOL gpa_is_mapped_so( const struct gpa_range *range, const struct gpa_range *with );
/* Chooses and marks a memslot for a range whose flags want one. */
extern HRESULT gpa_choose_slot( struct gpa_map *map, struct gpa_range *range );

#endif /* __WHV_UNIX_MEMORY_GPA_RANGE_H */
