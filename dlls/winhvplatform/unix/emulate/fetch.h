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
 * piece. An instruction that is the same as the last one is not decoded again. Knows request.h, the decoder, and which
 * instructions the other files of the room can do.
 */

#ifndef __WHV_UNIX_EMULATE_FETCH_H
#define __WHV_UNIX_EMULATE_FETCH_H

#include "../winhvemulation/unixlib.h"
#include "insn/insn.h"
#include "winhvplatformdefs.h"

struct emulate;

extern enum insn_mode emulate_code_mode( const WHV_VP_EXIT_CONTEXT *vp );

/* TRUE: decoded, the next phase is set. */
extern BOOL emulate_decode( struct emulate *emu );
extern BOOL emulate_fetch_translate( struct emulate *emu, struct emulate_request *req );
extern BOOL emulate_fetch_read( struct emulate *emu, struct emulate_request *req );

#endif /* __WHV_UNIX_EMULATE_FETCH_H */
