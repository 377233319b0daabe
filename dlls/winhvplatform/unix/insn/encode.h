/*
 * Encoding instructions anew
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
 * A guest's instruction, encoded again for the host CPU with its memory operand in a place of ours.
 * What may be encoded is a whitelist, and security rests on it: no control flow, no privileged, system, segment or
 * string form, exactly one explicit memory operand at most. The bytes are hostile. Pure: no allocation, no state.
 * Knows insn.h and the host's CPUID; runs nothing, which is host_cpu.h's part.
 */

#ifndef __WHV_UNIX_INSN_ENCODE_H
#define __WHV_UNIX_INSN_ENCODE_H

#include "insn/insn.h"
#include "winhvplatformdefs.h"

/* The part of the processor that an instruction needs: which control bits forbid it, what state must be loaded. */
enum insn_unit
{
    INSN_UNIT_GPR,              /* general registers and flags alone */
    INSN_UNIT_X87,
    INSN_UNIT_MMX,
    INSN_UNIT_SSE,
    INSN_UNIT_AVX,
};

#define INSN_NATIVE_MAX 16

/* x87 instructions that read or write the control or status word, and raise nothing by what they do. */
enum insn_fpu_control
{
    INSN_FPU_OTHER,
    INSN_FPU_NO_WAIT,           /* nor wait for what is pending */
    INSN_FPU_FLDCW,
};

/* An instruction encoded anew for the host CPU: same operation in 64-bit mode, no prefixes,
 * memory operand at a given place. */
struct insn_native
{
    UINT8  code[INSN_NATIVE_MAX];
    UINT8  length;
    UINT8  unit;                /* enum insn_unit */
    UINT8  rsp;                 /* GPR that stands for RSP, or INSN_REG_NONE */
    UINT16 gprs;                /* general registers of the original's operands, implied ones too,
                                   without address registers */
    UINT16 xmms;                /* likewise vector registers */
    UINT16 ymms;                /* of them, those whose bits above 127 take part: read, written or cleared */
    UINT16 cleared;             /* of them, those that are written, and cleared above the operand's size */
    UINT32 cpuid_leaf;          /* the CPUID bit that stands for the instruction set; leaf 0: every x86-64 has it */
    UINT8  cpuid_reg;           /* 0 eax ... 3 edx */
    UINT8  cpuid_bit;
    UINT8  alignment;           /* bytes that the memory operand must be aligned to, 1: none */
    UINT8  fpu_control;         /* x87: enum insn_fpu_control */
    UINT8  misaligned_sse;      /* the alignment is waived by MXCSR.MM (AMD) */
};

/***********************************************************************
 *           insn_encode_native
 *
 * PARAMS
 *  bytes, count, mode [I] as for insn_decode
 *  code_at [I] address at which the new instruction will stand
 *  data_at [I] address of its memory operand, within 2 GB of code_at
 *  native  [O] valid if S_OK is returned
 *
 * RETURNS
 *  S_OK, or E_INVALIDARG for whatever is not on the whitelist (see encode.c) or what this CPU doesn't have.
 */
extern HRESULT insn_encode_native( const UINT8 *bytes, UINT32 count, enum insn_mode mode, UINT64 code_at,
                                   UINT64 data_at, struct insn_native *native );

#endif /* __WHV_UNIX_INSN_ENCODE_H */
