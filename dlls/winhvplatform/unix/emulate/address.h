/*
 * Segmentation
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
 * Segment and offset to an access, by the rules of the mode: limits, rights, canonical addresses, alignment, the
 * stack's size. Knows result.h; knows no instruction beyond its operands' places.
 */

#ifndef __WHV_UNIX_EMULATE_ADDRESS_H
#define __WHV_UNIX_EMULATE_ADDRESS_H

#include "emulate/state.h"
#include "host/x86.h"
#include "winhvplatformdefs.h"

/* Segment and offset -> an entry in emu->access. FALSE: faulted or refused. */
extern BOOL emulate_add_access( struct emulate *emu, UINT8 segment, UINT64 offset, UINT32 size, UINT8 flags );
/* Of the stack, so many bytes from rSP on. Refused where a stack of 64 KiB ends within them. */
extern BOOL emulate_add_stack( struct emulate *emu, INT64 bytes, UINT32 size, UINT8 flags );
/* What a gate pushes, on the stack in emu->segments: in long mode it is one of 64-bit code. Flags may have
 * EMULATE_SYSTEM. */
extern BOOL emulate_add_push( struct emulate *emu, UINT64 offset, UINT32 size, UINT8 flags );
/* The same by linear address and without checks, for what the system does by itself. */
extern void emulate_add_system_access( struct emulate *emu, UINT64 address, UINT32 size, UINT8 flags );
static inline BOOL emulate_is_canonical( const struct emulate *emu, UINT64 address )
{
    UINT8 unused = emu->cr4 & CR4_LA57 ? 64 - 57 : 64 - 48;

    return (UINT64)((INT64)(address << unused) >> unused) == address;
}
/* Real mode, or virtual 8086 mode. */
extern BOOL emulate_is_real_mode( const struct emulate *emu );
/* May the instruction pointer become this? FALSE: faulted. */
extern BOOL emulate_check_target( struct emulate *emu, UINT64 rip );
/* Segments that insn's memory operands need, one bit each (numbered as in insn.h). */
extern UINT32 emulate_needed_segments( const struct insn *insn );
/* Bytes of rSP that pushes and pops use. */
extern UINT8 emulate_stack_address_size( const struct emulate *emu );
/* ... with the CS and SS that are now in emu->segments. */
extern UINT8 emulate_next_stack_address_size( const struct emulate *emu );
/* rSP or rBP, some bytes on, as an offset in SS. */
extern UINT64 emulate_stack_offset( const struct emulate *emu, UINT8 reg, INT64 bytes );
extern void emulate_move_stack( struct emulate *emu, INT64 bytes );

#endif /* __WHV_UNIX_EMULATE_ADDRESS_H */
