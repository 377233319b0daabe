/*
 * whvrun: arithmetic
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
 * What it is for: arithmetic and logic with their flags, and conditions. Knows the instruction, whose flags it sets.
 */

#ifndef __WHVRUN_DECODE_ALU_H
#define __WHVRUN_DECODE_ALU_H

#include "decode/insn.h"

/* as opcodes number them */
enum alu_op { ADD, OR, ADC, SBB, AND, SUB, XOR, CMP };

/* The result, also of CMP, which is SUB. Sizes are in bytes. */
extern UINT64 alu( struct insn *in, enum alu_op op, unsigned int size, UINT64 a, UINT64 b );

/* Of Jcc, SETcc, CMOVcc: the low four bits of the opcode. */
extern BOOL condition( const struct insn *in, UINT8 code );

#endif /* __WHVRUN_DECODE_ALU_H */
