/*
 * Decoding instructions
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
 * Bytes to struct insn, by Zydis. This file, words.c and encode.c are the only ones that know that library.
 * Pure: no allocation, no state, safe on any bytes. Knows insn.h.
 */

#ifndef __WHV_UNIX_INSN_DECODE_H
#define __WHV_UNIX_INSN_DECODE_H

#include "insn/insn.h"
#include "winhvplatformdefs.h"

/***********************************************************************
 *           insn_decode
 *
 * PARAMS
 *  bytes  [I] instruction bytes
 *  count  [I] how many of them may be read, at most INSN_MAX_LENGTH are used
 *  mode   [I] default size of the code segment
 *  insn   [O] the decoded instruction, valid if S_OK is returned
 *
 * RETURNS
 *  S_OK, or E_INVALIDARG if the bytes do not begin with one whole legal instruction.
 */
extern HRESULT insn_decode( const UINT8 *bytes, UINT32 count, enum insn_mode mode, struct insn *insn );

#endif /* __WHV_UNIX_INSN_DECODE_H */
