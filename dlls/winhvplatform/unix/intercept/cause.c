/*
 * Could this instruction have raised this exception?
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

#include "host/x86.h"
#include "insn/insn.h"
#include "intercept/cause.h"
#include "vm/code_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

#define OPCODE_AAM      0xd4
#define OPCODE_INT      0xcd
#define OPCODE_INTO     0xce

/* Is there an INT n before, which leads to the same place? restarts: the frame says that it was none. */
static BOOL is_int( const UINT8 *before, UINT32 count, UINT8 vector, BOOL restarts )
{
    return !restarts && count == 2 && before[0] == OPCODE_INT && before[1] == vector;
}

static BOOL is_division( const struct insn *insn )
{
    return insn && (insn->op == INSN_DIV || insn->op == INSN_IDIV ||
                    (insn->mode != INSN_MODE_64 && insn->op == INSN_OTHER && insn->opcode == OPCODE_AAM));
}

static BOOL is_missing( struct vp *vp, UINT64 address )
{
    UINT64 gpa;

    return !code_translate( vp, address, 0, &gpa );
}

enum cause cause_find( struct vp *vp, UINT8 vector, UINT32 error_code, UINT64 address, BOOL restarts,
                       UINT32 *behind )
{
    UINT64 linear = code_linear( vp, SEGMENT_CS, view_regs( vp )->rip );
    UINT8 bytes[INSN_MAX_LENGTH], before[2];
    UINT32 count = code_read( vp, linear, bytes, sizeof(bytes), 0 );
    UINT32 count_before = code_read( vp, linear - 2, before, sizeof(before), 0 );
    const struct insn *insn = code_decode( vp, linear, bytes, count );
    BOOL interrupt = is_int( before, count_before, vector, restarts );

    *behind = 0;
    switch (vector)
    {
    case VECTOR_DE:
        return is_division( insn ) ? CAUSE_LIKELY : CAUSE_NONE;
    case VECTOR_OF:
        if (count_before != 2 || before[1] != OPCODE_INTO || interrupt) return CAUSE_NONE;
        *behind = 1;
        return CAUSE_LIKELY;
    case VECTOR_BR:
        return insn && insn->op == INSN_BOUND ? CAUSE_LIKELY : CAUSE_NONE;
    case VECTOR_UD:
        /* what can't be fetched is a page fault */
        if (!count) return CAUSE_NONE;
        if (!insn || insn->op == INSN_UD) return CAUSE_LIKELY;
        break;
    case VECTOR_NM:
        if (!interrupt && (view_sregs( vp )->cr0 & (CR0_TS | CR0_EM))) return CAUSE_LIKELY;
        break;
    case VECTOR_DF:
        return error_code ? CAUSE_NONE : CAUSE_POSSIBLE;
    case VECTOR_AC:
        return !error_code && vp_cpl( vp ) == 3 ? CAUSE_POSSIBLE : CAUSE_NONE;
    case VECTOR_PF:
        return address != vp->arch.handlers.cr2 || is_missing( vp, address ) ? CAUSE_LIKELY : CAUSE_POSSIBLE;
    }
    return interrupt ? CAUSE_NONE : CAUSE_POSSIBLE;
}
