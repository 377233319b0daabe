/*
 * Operands
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
 * The operands of struct insn as values: registers, immediates, and the memory operands that have been planned.
 * Knows address.h; is for the files that say what instructions do.
 */

#ifndef __WHV_UNIX_EMULATE_OPERAND_H
#define __WHV_UNIX_EMULATE_OPERAND_H

#include "winhvplatformdefs.h"

struct emulate;
struct emulate_access;

/* The explicit memory operand into emu->access, where it is all that the instruction has. FALSE: faulted or refused. */
extern BOOL emulate_plan_operand( struct emulate *emu );
/* All that it reads (INSN_READ) or writes (INSN_WRITE), or both. Words of the stack that are neighbours are one access.
 * FALSE: faulted or refused. */
extern BOOL emulate_plan_list( struct emulate *emu, UINT8 directions );

/* POP m is the one instruction that uses the stack before its operand. */
extern struct emulate_access *emulate_memory_operand( struct emulate *emu );
extern struct emulate_access *emulate_stack_operand( struct emulate *emu );
extern UINT64 emulate_get_operand( struct emulate *emu, UINT8 index );
extern void emulate_set_operand( struct emulate *emu, UINT8 index, UINT64 value );

#endif /* __WHV_UNIX_EMULATE_OPERAND_H */
