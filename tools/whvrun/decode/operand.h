/*
 * whvrun: operands of an instruction
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
 * What it is for: values of an instruction's operands. General registers are read and written in the instruction, which
 * has copies; memory is the guest's own, RAM or device, through its page tables. Knows the processor, the RAM and the
 * bus. Sizes are in bytes; values have zeros above them.
 */

#ifndef __WHVRUN_DECODE_OPERAND_H
#define __WHVRUN_DECODE_OPERAND_H

#include "decode/insn.h"

/* A general register by its number in the instruction: AH, CH, DH and BH too. 32 bits clear the upper half. */
extern UINT64 get_reg( const struct insn *in, unsigned int reg, unsigned int size );
extern void set_reg( struct insn *in, unsigned int reg, unsigned int size, UINT64 value );

/* An index register of a string instruction, the count, the stack pointer: only as wide as addresses are. */
extern void add_reg( struct insn *in, unsigned int reg, INT64 value );

/* Memory at a linear address. Where a page is not there, the instruction fails; earlier pages have been written. */
extern void mem_copy( struct insn *in, UINT64 linear, void *data, unsigned int size, BOOL write );
extern UINT64 mem_load( struct insn *in, UINT64 linear, unsigned int size );
extern void mem_store( struct insn *in, UINT64 linear, unsigned int size, UINT64 value );

/* The operand that ModRM names. */
extern UINT64 get_rm( struct insn *in, unsigned int size );
extern void set_rm( struct insn *in, unsigned int size, UINT64 value );

#endif /* __WHVRUN_DECODE_OPERAND_H */
