/*
 * Operands of a candidate
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
 * Where a candidate's operand lies, what it holds, and whether an access that KVM reports is one of it.
 * Pure but for reads of guest memory: no candidate leaves a trace. Knows the view and code.
 */

#ifndef __WHV_UNIX_EXIT_REWIND_OPERAND_H
#define __WHV_UNIX_EXIT_REWIND_OPERAND_H

#include "winhvplatformdefs.h"

struct insn;
struct insn_access;
struct rewind_access;
struct vp;

enum match
{
    MATCH_NONE,
    MATCH_ADDRESS,              /* address and size are right; the data can't be told */
    MATCH_EXACT,                /* data too */
};

static inline UINT64 match_cut( UINT64 value, UINT32 size )
{
    return size >= 8 ? value : value & ((1ull << size * 8) - 1);
}

/* KVM's emulator leaves the upper half of a stack pointer alone when a 32-bit stack moves it. That of a string's
 * registers it clears with 32-bit addresses, as a processor does (register_address_increment): what stood there is
 * lost, and shown as 0. */
static inline void match_add_gpr( UINT64 gpr[16], UINT8 reg, UINT8 size, INT64 value )
{
    gpr[reg] = (gpr[reg] & ~match_cut( ~0ull, size )) | match_cut( gpr[reg] + value, size );
}

/* A string instruction has done an item: the registers as they were before it. */
extern void match_undo_string( const struct insn *insn, UINT64 gpr[16], UINT64 rflags );

extern BOOL match_read( struct vp *vp, UINT64 gva, void *data, UINT32 size );
/* An operand of at most 8 bytes. proven: see code_read. */
extern BOOL match_read_access( struct vp *vp, const struct insn_access *access, BOOL proven, UINT64 *value );
/* Is the access one of an operand at gva with size bytes? KVM reports fragments: of 8 bytes, and by pages.
 * offset: where in the operand this one begins. */
extern BOOL match_address( struct vp *vp, const struct rewind_access *access, UINT64 gva, UINT32 size, UINT32 *offset );
/* The register or immediate operand that a store takes its value from. */
extern BOOL match_operand( const struct vp *vp, const struct insn *insn, const UINT64 gpr[16], UINT64 *value );

/* Does KVM access it without telling? */
extern BOOL match_is_memory( struct vp *vp, UINT64 gva, BOOL write );

#endif /* __WHV_UNIX_EXIT_REWIND_OPERAND_H */
