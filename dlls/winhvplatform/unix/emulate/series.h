/*
 * The emulator: iterations of string instructions that are told at once
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
 * What it is for: REP INS, OUTS, MOVS and STOS make one callback after the other, and nothing happens between: as many
 * as lie in one page are said with the first, and cost no call each.
 * Knows the state; the callbacks themselves follow from ../winhvemulation/follow.h.
 */

#ifndef __WHV_UNIX_EMULATE_SERIES_H
#define __WHV_UNIX_EMULATE_SERIES_H

#include "../winhvemulation/unixlib.h"
#include "emulate/state.h"

/* req is the first access of an iteration, which is planned and translated: tells what follows, if several iterations
 * surely do. */
extern void emulate_foresee_series( struct emulate *emu, struct emulate_request *req );
/* Can it be the answer to the last access of the series, or to one that has failed? */
extern BOOL emulate_ends_series( const struct emulate *emu, const struct emulate_request *req );
/* All of them are made but for the last access, whose answer the phase takes next. */
extern void emulate_end_series( struct emulate *emu );
/* The registers behind so many iterations of any string instruction. */
extern void emulate_count_iterations( struct emulate *emu, UINT32 count );

#endif /* __WHV_UNIX_EMULATE_SERIES_H */
