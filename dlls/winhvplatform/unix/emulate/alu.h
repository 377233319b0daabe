/*
 * Arithmetic
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
 * Arithmetic on general registers, done by the host CPU's own instructions, flags in and out.
 * Pure functions of numbers: knows nothing of emulations.
 */

#ifndef __WHV_UNIX_EMULATE_ALU_H
#define __WHV_UNIX_EMULATE_ALU_H

#include "winhvplatformdefs.h"

/* On the low size bytes of the values; flags in and out. */
typedef UINT64 (*alu_func)( UINT8 size, UINT64 dst, UINT64 src, UINT64 *rflags );
/* op: INSN_ADD ... INSN_DEC, shifts and rotates, BT*, BSF, BSR, two-operand IMUL; NULL for others. */
extern alu_func alu_find( UINT8 op );
extern UINT64 alu_shift_double( BOOL left, UINT8 size, UINT64 dst, UINT64 src, UINT8 count, UINT64 *rflags );
/* lo and hi: the accumulator's halves, al and ah for bytes. */
extern void alu_multiply( BOOL is_signed, UINT8 size, UINT64 *lo, UINT64 *hi, UINT64 src, UINT64 *rflags );
/* FALSE: #DE, nothing changed. */
extern BOOL alu_divide( BOOL is_signed, UINT8 size, UINT64 *lo, UINT64 *hi, UINT64 src );
extern BOOL alu_condition( UINT64 rflags, UINT8 condition );

#endif /* __WHV_UNIX_EMULATE_ALU_H */
