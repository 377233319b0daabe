/*
 * whvrun: the bytes of an instruction
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
 * What it is for: an instruction on its way through this directory, and what stands in its bytes: prefixes, opcode,
 * ModRM, displacement, immediate. Bytes come from the exit, registers are those of the guest as they were then.
 * Touches neither memory nor registers of the guest. An error is kept in the instruction until who executes it looks.
 */

#ifndef __WHVRUN_DECODE_INSN_H
#define __WHVRUN_DECODE_INSN_H

#include <windows.h>
#include <winhvplatform.h>

/* as they are numbered in instructions, and as WinHvPlatform numbers them */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, RIP = 16, RFLAGS, GPR_COUNT };
enum { ES, CS, SS, DS, FS, GS, SEG_COUNT };

struct insn
{
    UINT32 vp;                          /* whose it is */
    const UINT8 *bytes;
    unsigned int count, pos;
    UINT64 gpr[GPR_COUNT];
    WHV_X64_SEGMENT_REGISTER seg[SEG_COUNT];
    unsigned int mode;                  /* 2, 4, 8: bytes of an address in this code segment */
    unsigned int opsize, adsize;        /* bytes */
    UINT8 rex, rep, opsize_prefix, opcode, modrm, mod, reg, rm;
    int segment;                        /* of the memory operand */
    BOOL overridden, two_byte;          /* a prefix names the segment; the opcode is behind 0F */
    UINT64 linear;                      /* the memory operand's address */
    UINT64 offset;                      /* ... and in its segment */
    BOOL failed;                        /* ran out of bytes, or a page is not there */
    BOOL repeat;                        /* the same instruction again, RIP stays */
    const char *why;
};

/* The next bytes, up to 8; at the end of what the exit has, the instruction fails. */
extern UINT64 insn_fetch( struct insn *in, unsigned int size );
extern INT64 insn_fetch_signed( struct insn *in, unsigned int size );

/* Prefixes and opcode. */
extern void insn_fetch_opcode( struct insn *in );

/* ModRM, SIB, displacement. The immediate's size is needed for RIP-relative addresses. */
extern void insn_fetch_modrm( struct insn *in, unsigned int immediate );

/* An offset in a segment, as wide as addresses are. */
extern UINT64 insn_linear( const struct insn *in, int segment, UINT64 offset );

/* A value of so many bytes with its sign; the bits of so many bytes. */
extern INT64 sign_extend( UINT64 value, unsigned int size );
extern UINT64 size_mask( unsigned int size );

#endif /* __WHVRUN_DECODE_INSN_H */
