/*
 * Plain instructions
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
 * What nearly all accesses to devices are made by, on a short way: MOV and its like between a general register or a
 * constant and memory in 64-bit code, IN and OUT. All that they do is known when they begin, but for what registers
 * hold, and is said with the first request: follow.h of WinHvEmulation goes on from there. What does not fit leaves for
 * the way of all others, with nothing done. Knows request.h and changes.h.
 */

#ifndef __WHV_UNIX_EMULATE_PLAIN_H
#define __WHV_UNIX_EMULATE_PLAIN_H

#include "../winhvemulation/unixlib.h"
#include "winhvplatformdefs.h"

struct emulate;
struct emulate_need;
struct insn;

/* Is it plain? Fills what is of that in *need, the rest of which is there. */
extern void emulate_find_plain( const struct insn *insn, struct emulate_need *need );
/* Its registers are asked for. FALSE: the exit does not tell where it would go. */
extern BOOL emulate_plain( struct emulate *emu, struct emulate_request *req );

/* IN or OUT, of which the exit tells all, so that nothing is decoded; and its one request. */
extern void emulate_begin_port( struct emulate *emu, const WHV_X64_IO_PORT_ACCESS_CONTEXT *io );
extern BOOL emulate_plain_port( struct emulate *emu, struct emulate_request *req );

#endif /* __WHV_UNIX_EMULATE_PLAIN_H */
