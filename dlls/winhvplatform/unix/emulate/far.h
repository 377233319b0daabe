/*
 * Segment registers and far branches
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
 * Whatever loads a segment register: MOV, POP, LDS and its like, far JMP and CALL, of which gate.h has those through
 * gates. Knows gate.h, descriptor.h, operand.h and address.h.
 */

#ifndef __WHV_UNIX_EMULATE_FAR_H
#define __WHV_UNIX_EMULATE_FAR_H

#include "insn/insn.h"
#include "winhvplatformdefs.h"

struct emulate;

/* Does it load a segment register? The registers that this needs are those of system.c. */
static inline BOOL emulate_loads_segment( const struct insn *insn )
{
    if (insn->op >= INSN_CALL_FAR && insn->op <= INSN_LOAD_FAR) return TRUE;
    return (insn->op == INSN_MOV || insn->op == INSN_POP) && insn->operands[0].kind == INSN_OPERAND_SEGMENT;
}

extern BOOL emulate_plan_far( struct emulate *emu );
extern BOOL emulate_far( struct emulate *emu );

#endif /* __WHV_UNIX_EMULATE_FAR_H */
