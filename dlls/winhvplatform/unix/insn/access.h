/*
 * What an instruction touches
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
 * One description of what an instruction touches beside registers: for each access the segment, the offset, how many
 * bytes, and whether they are read or written, in the processor's order. Whoever wants to know (exits, rewind,
 * completion, the emulator, what stands in for a KVM that lacks instructions) asks here.
 * Knows insn.h and the registers that it is given; knows no segment's base, no memory, no vp.
 * Pure: no allocation, no state, safe for any instruction that insn_decode() has made.
 * Source: Intel SDM volume 2, AMD APM volume 3.
 */

#ifndef __WHV_UNIX_INSN_ACCESS_H
#define __WHV_UNIX_INSN_ACCESS_H

#include "insn/insn.h"

enum insn_access_kind
{
    INSN_ACCESS_OPERAND,        /* explicit, or what an implied register points to; under a mask: a part of it */
    INSN_ACCESS_STACK,          /* one word of it */
    INSN_ACCESS_FRAME,          /* ENTER: a frame pointer of an outer level */
    INSN_ACCESS_SOURCE,         /* a string's item at rSI */
    INSN_ACCESS_DESTINATION,    /* a string's item at rDI */
    INSN_ACCESS_TABLE,          /* XLAT */
    INSN_ACCESS_LINE,           /* the line that the address is in: its linear address is a multiple of size */
    INSN_ACCESS_PROBE,          /* nothing is transferred, but it may fault: as a write the new top of the stack of
                                   ENTER, as a read what CLFLUSH and its like name */
    INSN_ACCESS_PORT,           /* offset is the port's number; read: input */
};

#define INSN_SEGMENT_NONE 0xff  /* of a port */

struct insn_access
{
    UINT64 offset;              /* in the segment: cut to the address size, on the stack to that of its pointer */
    UINT16 size;                /* bytes */
    UINT8  segment;             /* as SEGMENT_ES */
    UINT8  access;              /* INSN_READ | INSN_WRITE */
    UINT8  kind;                /* enum insn_access_kind */
};

/* ENTER of 31 levels: 32 words are pushed and 30 read, and one is probed. */
#define INSN_MAX_ACCESSES 64

/* in insn_access_list.flags: what the list can't say */
#define INSN_ACCESSES_SYSTEM  1 /* in protected mode also tables of the system: descriptors, gates, the TSS */
#define INSN_ACCESSES_MORE    2 /* more than is listed, as memory or a register that was not given decides */
#define INSN_ACCESSES_LESS    4 /* perhaps not all of what is listed: the mask was not given */

struct insn_access_list
{
    UINT8  count;
    UINT8  flags;
    UINT8  element;             /* 0; else the one access is made by elements of so many bytes, those in mask ... */
    UINT8  skipped;             /* ... and begins so many bytes into the operand: none before and behind is wanted */
    INT32  moved;               /* bytes by which the stack pointer goes, but for LEAVE and what RET and its like add */
    UINT64 mask;                /* bit 0 is the access's first element; valid with element */
    struct insn_access access[INSN_MAX_ACCESSES];
};

/* What the addresses depend on: all as it is before the instruction. */
struct insn_state
{
    const UINT64 *gpr;          /* 16, in encoding order */
    UINT64        next_rip;     /* of the instruction behind it */
    UINT8         stack_size;   /* bytes of rSP and rBP that count there: 8 in 64-bit mode, else 4 or 2 by SS.B */
    UINT8         outer;        /* IRET: what it pops leads to an outer level, so that it pops that one's stack too */
    const UINT8  *mask;         /* of what has insn->element, the register that operand insn_mask_operand() names, or
                                   the 8 bytes of mask register insn->opmask if that is not 0; or NULL */
    const UINT8  *index;        /* of INSN_GATHER, the vector register insn->mem.index, 32 bytes; or NULL */
};

/***********************************************************************
 *           insn_accesses
 *
 * PARAMS
 *  insn  [I] the instruction
 *  state [I] the registers before it
 *  list  [O] its accesses in the processor's order; of a string instruction those of the next iteration, which are none
 *            if rCX has counted to 0
 *
 * The direction flag does not come in: one iteration's items are where rSI and rDI point to, whichever way these go.
 * FXSAVE, XSAVE and their like are one operand, though the processor leaves out parts of it; of XSAVE's it is what all
 * images have. INSN_OTHER has but its explicit operand: what VIA's processors, MONITOR and the instructions of SVM
 * address beside that is not known here.
 */
extern void insn_accesses( const struct insn *insn, const struct insn_state *state, struct insn_access_list *list );

/* Is its explicit operand, if it has one, all that it touches? Then insn_plain_access() is the list, and quicker. */
extern BOOL insn_is_plain( const struct insn *insn );

/* FALSE: it has none, or it lies here and there. */
static inline BOOL insn_plain_access( const struct insn *insn, const UINT64 gpr[16], UINT64 next_rip,
                                      struct insn_access *access )
{
    if (!insn->has_mem || !insn->mem.access || insn->mem.vsib) return FALSE;
    access->offset = insn_mem_offset( insn, gpr, next_rip );
    access->size = insn->mem.size;
    access->segment = insn->mem.segment;
    access->access = insn->mem.access;
    access->kind = INSN_ACCESS_OPERAND;
    return TRUE;
}

/* The port of IN, OUT, INS and OUTS. */
extern UINT16 insn_port( const struct insn *insn, const UINT64 gpr[16] );

/* Does it write memory, at a place that the list can tell? Known before any register is. */
extern BOOL insn_stores( const struct insn *insn );

/* Words of the stack (frame pointers, too) that lie side by side and go the same way become one access each, in place
 * of the first of them: for whoever moves the eight words of PUSHA in one piece. */
extern void insn_merge_accesses( struct insn_access_list *list );

/* Segments and general registers that its accesses go by, one bit each: known before what these hold. */
extern UINT32 insn_access_segments( const struct insn *insn );
extern UINT32 insn_access_gprs( const struct insn *insn );

/* Of what has insn->element, how many there are, and a bit for each that is wanted. mask as in struct insn_state. */
extern UINT32 insn_element_count( const struct insn *insn );
extern UINT64 insn_wanted_elements( const struct insn *insn, const UINT8 *mask );

/* Of a string instruction, the registers of its items: 1 << RSI, 1 << RDI; and the bytes by which it moves them. */
extern UINT32 insn_string_registers( const struct insn *insn );
static inline INT64 insn_string_step( const struct insn *insn, UINT64 rflags )
{
    return rflags & RFLAGS_DF ? -(INT64)insn->operand_size : insn->operand_size;
}

/* Which of insn->operands is the mask of what has insn->element and no insn->opmask. */
static inline UINT8 insn_mask_operand( const struct insn *insn )
{
    return insn->op == INSN_GATHER ? 2 : 1;
}

#endif /* __WHV_UNIX_INSN_ACCESS_H */
