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
 * One candidate for the instruction behind whose end KVM stands: does it write there, as much, and this? What it has done to
 * the registers is undone on the way (rewind_match.c); read-modify-write of read-only memory, which KVM has read without an
 * exit, in rewind_undo.c.
 * Knows the client's view in the kvm_run page, memory through code.h. Pure but for that: no candidate leaves a trace.
 */

#ifndef __WHV_UNIX_REWIND_MATCH_H
#define __WHV_UNIX_REWIND_MATCH_H

#include "rewind.h"

#define SEG_ES 0
#define SEG_CS 1
#define SEG_SS 2

#define RAX 0
#define RCX 1
#define RDX 2
#define RSP 4
#define RBP 5
#define RSI 6
#define RDI 7

enum match
{
    MATCH_NONE,
    MATCH_ADDRESS,              /* address and size are right; the data can't be told */
    MATCH_EXACT,                /* data too */
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
 *  gva       [O]   linear address of the access
 *  fragments [O]   the operand is larger than what KVM reported
 */
extern enum match match_write( struct vp *vp, const struct insn *insn, UINT64 end, const struct rewind_access *access,
                               UINT64 gpr[16], UINT64 *rflags, UINT64 *gva, BOOL *fragments );

/* ---- in rewind_undo.c ---- */

/* The old value of memory at gva (the operand, of size bytes) tells what instruction made data of it; offset: where in the operand the
 * access begins. Undoes what went in from the flags. */
extern enum match match_undo( struct vp *vp, const struct insn *insn, UINT64 gva, const struct rewind_access *access,
                              UINT32 offset, UINT64 data, UINT32 size, UINT64 gpr[16], UINT64 *rflags );
/* The register operand that XCHG and XADD leave the old memory in, which may be part of the address: as it was before. */
extern void match_undo_exchange( const struct insn *insn, UINT64 data, UINT64 gpr[16] );
extern BOOL match_is_exchange( const struct insn *insn );
extern enum match match_failed_exchange( const struct insn *insn, const UINT64 gpr[16], UINT64 data, UINT32 size );

/* ---- parts of it that others need ---- */

static inline UINT64 match_cut( UINT64 value, UINT32 size )
{
    return size >= 8 ? value : value & ((1ull << size * 8) - 1);
}

/* KVM's emulator leaves the upper half of a stack pointer alone when a 32-bit stack moves it. That of a string's registers it
 * clears with 32-bit addresses, as a processor does (register_address_increment): what stood there is lost, and shown as 0. */
static inline void match_add_gpr( UINT64 gpr[16], UINT8 reg, UINT8 size, INT64 value )
{
    gpr[reg] = (gpr[reg] & ~match_cut( ~0ull, size )) | match_cut( gpr[reg] + value, size );
}

/* Bytes of the stack pointer that count. */
extern UINT32 match_stack_size( const struct vp *vp );
extern BOOL match_read( struct vp *vp, UINT64 gva, void *data, UINT32 size );
/* Is the access one of an operand at gva with size bytes? KVM reports fragments: of 8 bytes, and by pages. offset: where in the
 * operand this one begins. */
extern BOOL match_address( struct vp *vp, const struct rewind_access *access, UINT64 gva, UINT32 size, UINT32 *offset );
/* The register or immediate operand that a store takes its value from. */
extern BOOL match_operand( const struct vp *vp, const struct insn *insn, const UINT64 gpr[16], UINT64 *value );

#endif /* __WHV_UNIX_REWIND_MATCH_H */
