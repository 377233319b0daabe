/*
 * Requests of an emulation
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
 * One question at a time to whoever holds the guest's registers, memory and ports, and taking the answer.
 * A phase that asks returns TRUE and is entered again with the answer. Knows result.h.
 */

#ifndef __WHV_UNIX_EMULATE_REQUEST_H
#define __WHV_UNIX_EMULATE_REQUEST_H

#include "../winhvemulation/unixlib.h"
#include "emulate/state.h"
#include "winhvplatformdefs.h"

static inline void emulate_go_to( struct emulate *emu, enum phase phase )
{
    emu->phase = phase;
    emu->current = emu->offset = 0;
}

/* Make a request; the phase is entered again with the answer. */
static inline BOOL emulate_ask( struct emulate *emu, struct emulate_request *req, enum emulate_request_kind kind )
{
    req->kind = kind;
    req->result = S_OK;
    req->known = 0;
    emu->waiting = kind;
    return TRUE;
}

/* All that follows the request, so many others, is known, and that they end well. */
static inline void emulate_know_end( struct emulate *emu, struct emulate_request *req, UINT8 known )
{
    req->status.AsUINT32 = 0;
    req->status.EmulationSuccessful = 1;
    req->series.write = EMULATE_DONE;
    req->known = emu->known = known;
}

/* A few at once: both lists have room for more. */
static inline void emulate_copy_names( WHV_REGISTER_NAME *to, const WHV_REGISTER_NAME *from, UINT32 count )
{
    UINT32 i;

    for (i = 0; i < count; i += 4) memcpy( to + i, from + i, 4 * sizeof(*to) );
}

static inline void emulate_copy_values( WHV_REGISTER_VALUE *to, const WHV_REGISTER_VALUE *from, UINT32 count )
{
    UINT32 i;

    for (i = 0; i < count; i += 2) memcpy( to + i, from + i, 2 * sizeof(*to) );
}

/* Is this the answer to the request that the phase has made? */
static inline BOOL emulate_answered( struct emulate *emu )
{
    BOOL ret = emu->waiting != EMULATE_DONE;

    emu->waiting = EMULATE_DONE;
    return ret;
}

extern BOOL emulate_ask_translation( struct emulate *emu, struct emulate_request *req, UINT64 page, UINT32 flags );

/* gva is where the access begins on this page: what CR2 gets. FALSE: faulted, failed, or to be asked again. */
extern BOOL emulate_take_translation( struct emulate *emu, const struct emulate_request *req, UINT64 gva, UINT32 error,
                                      BOOL is_system, UINT64 *gpa );
extern BOOL emulate_ask_memory( struct emulate *emu, struct emulate_request *req, UINT64 gpa, UINT8 size,
                                const void *data );
extern BOOL emulate_ask_port( struct emulate *emu, struct emulate_request *req, UINT8 size, BOOL out, UINT32 data );

#endif /* __WHV_UNIX_EMULATE_REQUEST_H */
