/*
 * Could an instruction have made a write?
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
 * One candidate for the instruction behind whose end KVM stands: does it write there, as much, and this? What it has
 * done to the registers is undone on the way (rewind_match.c); read-modify-write of read-only memory, which KVM has
 * read without an exit, in rewind_undo.c. Knows the client's view in the kvm_run page, memory through code_x86.h. Pure
 * but for that: no candidate leaves a trace.
 */

#ifndef __WHV_UNIX_EXIT_REWIND_MATCH_H
#define __WHV_UNIX_EXIT_REWIND_MATCH_H

#include "exit/rewind_operand.h"
#include "winhvplatformdefs.h"

struct insn;
struct rewind_access;
struct vp;

struct match_store
{
    UINT64 gva;                 /* linear address of what KVM reports */
    UINT32 offset;              /* where in the operand that begins */
    UINT32 size;                /* bytes of the operand */
    UINT8  access;              /* INSN_READ | INSN_WRITE */
    BOOL   incomplete;          /* what it has stored on the next page must be known to undo it */
};

/***********************************************************************
 *           match_write
 *
 * PARAMS
 *  insn      [I]   the candidate
 *  end       [I]   where it ended, an offset in CS
 *  access    [I]   what KVM reports
 *  gpr       [I/O] in encoding order; as they are after it, out as they were before it
 *  rflags    [I/O] same
 *  store     [O]   what it has stored, valid unless MATCH_NONE is returned
 */
extern enum match match_write( struct vp *vp, const struct insn *insn, UINT64 end, const struct rewind_access *access,
                               UINT64 gpr[16], UINT64 *rflags, struct match_store *store );

#endif /* __WHV_UNIX_EXIT_REWIND_MATCH_H */
