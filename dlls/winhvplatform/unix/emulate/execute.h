/*
 * Instructions that are emulated by hand
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
 * The table of instructions: for each how its memory operands are planned and what it does with them.
 * Those of more than a few lines are in stack.h, far.h, system.h, fpu.h and vector.h; what has no row is the host
 * CPU's, by native.h. Knows all of these, operand.h and alu.h; is known by the state machine.
 */

#ifndef __WHV_UNIX_EMULATE_EXECUTE_H
#define __WHV_UNIX_EMULATE_EXECUTE_H

#include "winhvplatformdefs.h"

struct emulate;
struct insn;

/* Is there code for this instruction? */
extern BOOL emulate_supported( const struct insn *insn );
/* General registers that it reads or writes, one bit each. */
extern UINT32 emulate_needed_gprs( const struct emulate *emu );
/* Its memory operands into emu->access; for a string instruction those of the next iteration.
 * FALSE: faulted or refused. */
extern BOOL emulate_plan( struct emulate *emu );
/* All operands have been read: change registers and access data. FALSE: faulted or refused, nothing changed. */
extern BOOL emulate_execute( struct emulate *emu );

/* Registers beside those that most instructions need; as emulate_native_names() and what follows it. */
extern UINT32 emulate_extra_names( const struct emulate *emu, WHV_REGISTER_NAME *names );
extern void emulate_extra_take( struct emulate *emu, const WHV_REGISTER_VALUE *values );
extern UINT32 emulate_extra_changes( struct emulate *emu, WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values );

#endif /* __WHV_UNIX_EMULATE_EXECUTE_H */
