/*
 * whvrun: opcodes of two bytes
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
 * What it is for: executes instructions with an opcode of two bytes, which begins with 0F: among them the moves of
 * vector registers, which are read and written at the processor. Knows operands, arithmetic and the processor.
 */

#ifndef __WHVRUN_DECODE_TWO_BYTE_H
#define __WHVRUN_DECODE_TWO_BYTE_H

#include "decode/insn.h"

extern void two_byte_execute( struct insn *in );

#endif /* __WHVRUN_DECODE_TWO_BYTE_H */
