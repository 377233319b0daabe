/*
 * Instruction words
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
 * Which of our words for an instruction (enum insn_op) stands for which of Zydis' numbers: one table.
 * What is not in it is INSN_OTHER. Knows insn.h; is for decode.c alone.
 */

#ifndef __WHV_UNIX_INSN_WORDS_H
#define __WHV_UNIX_INSN_WORDS_H

#include "winhvplatformdefs.h"

/* By Zydis' number. */
extern UINT8 insn_op_of( UINT16 mnemonic );

#endif /* __WHV_UNIX_INSN_WORDS_H */
