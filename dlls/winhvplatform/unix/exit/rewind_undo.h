/*
 * Undoing what an instruction has done
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
 * The old value of memory tells which instruction made the new one of it; and registers as they were before an
 * exchange. Knows rewind_operand.h.
 */

#ifndef __WHV_UNIX_EXIT_REWIND_UNDO_H
#define __WHV_UNIX_EXIT_REWIND_UNDO_H

#include "exit/rewind_operand.h"
#include "insn/insn.h"
#include "winhvplatformdefs.h"

struct rewind_access;
struct vp;

/* The old value of memory at gva (the operand, of size bytes) tells what instruction made data of it; offset: where in
 * the operand the access begins. Undoes what went in from the flags. */
extern enum match match_undo( struct vp *vp, const struct insn *insn, UINT64 gva, const struct rewind_access *access,
                              UINT32 offset, UINT64 data, UINT32 size, UINT64 gpr[16], UINT64 *rflags );
/* The register operand that XCHG and XADD leave the old memory in,
 * which may be part of the address: as it was before. */
extern void match_undo_exchange( const struct insn *insn, UINT64 data, UINT64 gpr[16] );
static inline BOOL match_is_exchange( const struct insn *insn )
{
    return insn->op == INSN_CMPXCHG || insn->op == INSN_CMPXCHG8B || insn->op == INSN_CMPXCHG16B;
}
extern enum match match_failed_exchange( const struct insn *insn, const UINT64 gpr[16], UINT64 data, UINT32 size );

#endif /* __WHV_UNIX_EXIT_REWIND_UNDO_H */
