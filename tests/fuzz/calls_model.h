/*
 * Fuzz target: what the calls are expected to have done, and their arguments
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
 * What the files of fuzz_calls share: a plain model of some partitions, arguments by chance, and the calls.
 * It knows the parameter blocks of dlls/winhvplatform/unixlib.h.
 */

#ifndef __WHV_TESTS_CALLS_MODEL_H
#define __WHV_TESTS_CALLS_MODEL_H

#include <stdint.h>

#include "fuzz.h"
#include "unixlib.h"
#include "wine/unixlib.h"

#define PARTITIONS 3
#define VPS        4
#define PAGE       0x1000ull
#define PAGES      48           /* the guest-physical space that is modelled */
#define HOST_PAGES 32

struct partition;

struct page
{
    UINT8 *host;                /* NULL: not mapped */
    UINT8  flags;
    BOOL   dirty, unsure;       /* unsure: a write came to nothing, or half of it */
};

struct model
{
    void       *handle;
    BOOL        exists, set_up;
    struct page pages[PAGES];
    BOOL        vps[VPS];
    UINT32      vp_count;
    UINT64      gpr[VPS][16];
    BOOL        gpr_known[VPS][16];
};

struct calls
{
    struct fuzz_input *input;
    UINT8             *memory;              /* HOST_PAGES, to be mapped */
    struct model       models[PARTITIONS];
    struct model      *model;               /* the one that this call is about, or NULL */
};

extern struct calls calls;

/* ---- calls_model.c ---- */

/* By the table of the Unix library, as the PE side does. */
extern NTSTATUS call( enum unix_call number, void *params );
/* Arguments of the input's choice. any_handle makes the model of that partition the current one. */
extern void *any_handle( void );
extern UINT32 any_index( void );
extern UINT64 any_address( void );
extern UINT64 any_size( void );
extern UINT32 any_code( void );
/* Exactly size bytes, filled by the input if there is enough of it; sometimes NULL. To be freed. */
extern void *any_buffer( UINT32 size );
/* Of the current model: it is set up; it has such a vp. */
extern BOOL is_alive( void );
extern BOOL has_vp( UINT32 index );

/* ---- calls_memory.c: each makes one call and checks what came of it ---- */

/* NULL: it is not alive. */
extern struct partition *calls_partition( const struct model *model );

extern void calls_map( BOOL unmap );
extern void calls_dirty( void );
extern void calls_query_dirty( void );

/* ---- calls_values.c: the same ---- */

extern void calls_registers( BOOL set );
extern void calls_get_value( void );
extern void calls_set_property( void );
extern void calls_use_state( void );
extern void calls_others( void );

/* ---- calls_notify.c ---- */

/* Once: what all inputs share. */
extern void calls_events_setup( void );
extern void calls_events_begin( void );
extern void calls_events( void );
/* Is there a doorbell in the page? */
extern BOOL calls_is_hole( const struct model *model, UINT64 page );
/* The partition has been deleted. */
extern void calls_bury( struct model *model );
/* No object and no fd is left. */
extern void calls_events_end( void );

#endif /* __WHV_TESTS_CALLS_MODEL_H */
