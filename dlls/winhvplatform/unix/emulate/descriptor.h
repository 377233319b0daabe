/*
 * Descriptors of segments and of the system
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
 * What a selector selects: where its descriptor is, and what its two words (four, of a system's descriptor in long
 * mode) say. Each descriptor is read once, into emu->far, and judged there, for guest memory may change meanwhile.
 * Knows address.h; is for far.c, gate.c, return.c and selector.c.
 */

#ifndef __WHV_UNIX_EMULATE_DESCRIPTOR_H
#define __WHV_UNIX_EMULATE_DESCRIPTOR_H

#include "winhvplatformdefs.h"

/* in the second word */
#define DESCRIPTOR_TYPE( high ) ((high) >> 8 & 0xf)
#define DESCRIPTOR_ACCESSED   0x0100u
#define DESCRIPTOR_BUSY       0x0200u   /* of a task */
#define DESCRIPTOR_WRITABLE   0x0200u   /* of code: readable */
#define DESCRIPTOR_CONFORMING 0x0400u
#define DESCRIPTOR_CODE       0x0800u
#define DESCRIPTOR_S          0x1000u
#define DESCRIPTOR_DPL( high ) ((high) >> 13 & 3)
#define DESCRIPTOR_PRESENT    0x8000u
#define DESCRIPTOR_LONG       0x200000u
#define DESCRIPTOR_DEFAULT    0x400000u
#define DESCRIPTOR_GRANULAR   0x800000u

/* DESCRIPTOR_TYPE without DESCRIPTOR_S */
#define SYSTEM_TASK_16        1
#define SYSTEM_LDT            2
#define SYSTEM_BUSY_TASK_16   3
#define SYSTEM_CALL_GATE_16   4
#define SYSTEM_TASK_GATE      5
#define SYSTEM_TASK           9
#define SYSTEM_BUSY_TASK      11
#define SYSTEM_CALL_GATE      12

struct emulate;

/* Where in memory the descriptor of emu->far.selector is, of size bytes: into emu->far.descriptor_at. FALSE: beyond the
 * end of its table, which may be none. The null selector's, too, is told. */
extern BOOL emulate_find_descriptor( struct emulate *emu, UINT32 size );
/* All of a segment register but the selector and, in long mode, the upper half of a system segment's base. */
extern void emulate_take_descriptor( const UINT32 descriptor[2], WHV_X64_SEGMENT_REGISTER *segment );
/* The one in emu->far.descriptor, with emu->far.selector, into the segment register, and used from now on. What is
 * returned of the guest's has not seen it before the end. */
extern void emulate_load_descriptor( struct emulate *emu, UINT8 segment );
/* Adds an access for each descriptor that was loaded so and whose A bit is clear yet. */
extern void emulate_plan_accessed( struct emulate *emu );
/* In long mode CS can't be of both 64 and 32 bits. */
extern BOOL emulate_is_code_of_both_sizes( const struct emulate *emu );
/* May the instruction pointer become emu->far.offset, with the CS that is now in emu->segments? FALSE: faulted. */
extern BOOL emulate_check_branch( struct emulate *emu );
/* In bytes. */
extern UINT32 emulate_descriptor_limit( const UINT32 descriptor[2] );
/* An exception about emu->far.selector; always returns FALSE. */
extern BOOL emulate_selector_fault( struct emulate *emu, UINT8 vector );

#endif /* __WHV_UNIX_EMULATE_DESCRIPTOR_H */
