/*
 * Fetching and decoding
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
 * The bytes of the instruction: those that the exit context brings, or else read through the page tables, piece by
 * piece. An instruction that is the last one again, or in the cache, is not decoded again. Knows request.h,
 * registers.h, the decoder, and which instructions the other files of the room can do.
 */

#ifndef __WHV_UNIX_EMULATE_FETCH_H
#define __WHV_UNIX_EMULATE_FETCH_H

#include "../winhvemulation/unixlib.h"
#include "emulate/request.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "host/bytes.h"
#include "insn/insn.h"
#include "winhvplatformdefs.h"

/* Do bytes, of which there are so many, and 16 can be read, begin with this instruction? */
static inline BOOL emulate_is_same( const struct insn *insn, const UINT8 *insn_bytes, const UINT64 mask[2],
                                    const UINT8 *bytes, UINT8 count, enum insn_mode mode )
{
    UINT64 low = load64( bytes ) ^ load64( insn_bytes ), high = load64( bytes + 8 ) ^ load64( insn_bytes + 8 );

    if ((low & mask[0]) | (high & mask[1])) return FALSE;
    return insn->length - 1u < count && insn->mode == mode;
}

/* The instruction is known: where the next one is, and what is to be done. */
static inline void emulate_decoded( struct emulate *emu )
{
    emu->next_rip = emu->rip + emu->insn.length;
    if (emu->insn.mode != INSN_MODE_64) emu->next_rip = (UINT32)emu->next_rip;
    if (emu->need.count) emulate_go_to( emu, PHASE_GET );
    else emulate_refuse( emu );
}

/* Of emu->bytes. TRUE: decoded, the next phase is set. */
extern BOOL emulate_decode( struct emulate *emu );
extern BOOL emulate_fetch_translate( struct emulate *emu, struct emulate_request *req );
extern BOOL emulate_fetch_read( struct emulate *emu, struct emulate_request *req );

#endif /* __WHV_UNIX_EMULATE_FETCH_H */
