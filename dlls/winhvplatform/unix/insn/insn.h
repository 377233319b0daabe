/*
 * An instruction as plain numbers
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
 * One x86 instruction, decoded into plain numbers.
 * decode.c, words.c, encode.c and feature.c are the only files that name Zydis; everybody else sees struct insn.
 * Knows bytes and the code-segment mode; knows no registers, no memory, no vp.
 * Pure: no allocation, no state, safe on any bytes.
 */

#ifndef __WHV_UNIX_INSN_INSN_H
#define __WHV_UNIX_INSN_INSN_H

#include "host/x86.h"
#include "winhvplatformdefs.h"

#define INSN_MAX_LENGTH 15

enum insn_mode
{
    INSN_MODE_16,
    INSN_MODE_32,
    INSN_MODE_64,
};

/* What the instruction does, as far as rewind, complete and the emulator have words for it. */
enum insn_op
{
    INSN_OTHER,                 /* decoded, but only the CPU knows what it does */
    INSN_MOV, INSN_MOVZX, INSN_MOVSX, INSN_MOVBE, INSN_MOVNTI,
    INSN_ADD, INSN_OR, INSN_ADC, INSN_SBB, INSN_AND, INSN_SUB, INSN_XOR, INSN_CMP,
    INSN_TEST, INSN_NOT, INSN_NEG, INSN_INC, INSN_DEC,
    INSN_MUL, INSN_IMUL, INSN_DIV, INSN_IDIV,
    INSN_SHL, INSN_SHR, INSN_SAR, INSN_ROL, INSN_ROR, INSN_RCL, INSN_RCR, INSN_SHLD, INSN_SHRD,
    INSN_BT, INSN_BTS, INSN_BTR, INSN_BTC, INSN_BSF, INSN_BSR,
    INSN_XCHG, INSN_XADD, INSN_CMPXCHG, INSN_CMPXCHG8B, INSN_CMPXCHG16B,
    INSN_SETCC, INSN_CMOVCC,
    INSN_PUSHA, INSN_ENTER,
    INSN_POPA, INSN_LEAVE, INSN_POPF,
    INSN_PUSH, INSN_PUSHF, INSN_POP, INSN_CALL, INSN_JMP, INSN_RET,     /* near branches */
    INSN_CALL_FAR, INSN_JMP_FAR, INSN_RET_FAR,
    INSN_LOAD_FAR,              /* LDS, LES, LFS, LGS, LSS */
    INSN_SGDT, INSN_SIDT, INSN_LGDT, INSN_LIDT, INSN_SLDT, INSN_STR, INSN_SMSW, INSN_LMSW,
    INSN_LAR, INSN_LSL, INSN_VERR, INSN_VERW, INSN_LLDT, INSN_LTR,      /* a selector, and what it selects */
    INSN_XLAT, INSN_BOUND, INSN_ARPL,
    INSN_MOVS, INSN_STOS, INSN_LODS, INSN_CMPS, INSN_SCAS,
    INSN_IN, INSN_OUT, INSN_INS, INSN_OUTS,
    INSN_VMOV,                  /* vector load or store without arithmetic, memory operand of 4..64 bytes */
    INSN_VMASKMOV,              /* the same under a mask, element by element: operand 1 of three, or insn->opmask */
    INSN_MASKMOV,               /* bytes of operand 0 under the mask in operand 1 to [rdi] */
    INSN_GATHER,                /* mem.vsib: each element from an address of its own; operand 2 is the mask */
    INSN_CPUID, INSN_RDMSR, INSN_WRMSR, INSN_HLT, INSN_INT3, INSN_INT1, INSN_INT,
    INSN_RDTSC, INSN_RDTSCP, INSN_VMCALL,
    INSN_UD,                    /* UD0, UD1, UD2 */
    INSN_INTO, INSN_IRET, INSN_SYSRET,
    INSN_XSAVE, INSN_XSAVEOPT, INSN_XSAVEC, INSN_XSAVES, INSN_XRSTOR, INSN_XRSTORS, INSN_XGETBV, INSN_XSETBV,
    INSN_LDMXCSR, INSN_STMXCSR,
    INSN_FXSAVE, INSN_FXRSTOR, INSN_FNSTENV, INSN_FLDENV, INSN_FNSAVE, INSN_FRSTOR,
    INSN_RDFSBASE, INSN_RDGSBASE, INSN_WRFSBASE, INSN_WRGSBASE,
    INSN_CLAC, INSN_STAC, INSN_INVLPG, INSN_INVPCID, INSN_RDPID, INSN_CLZERO,
    INSN_MOVDIR64B,             /* and ENQCMD, ENQCMDS: 64 bytes from memory to ES and what operand 0 holds */
    INSN_FLUSH,                 /* CLFLUSH, CLFLUSHOPT, CLWB: a line of memory, which may fault as if it were read */
    INSN_HINT,                  /* NOP, prefetches, fences: nothing that the guest's state shows */
    INSN_OP_COUNT
};

enum insn_operand_kind
{
    INSN_OPERAND_NONE,
    INSN_OPERAND_GPR,           /* reg 0..15 in encoding order (0 rax, 1 rcx, 2 rdx, 3 rbx, 4 rsp ...);
                                   16..19 = ah ch dh bh */
    INSN_OPERAND_SEGMENT,       /* reg 0 es, 1 cs, 2 ss, 3 ds, 4 fs, 5 gs */
    INSN_OPERAND_VECTOR,        /* reg 0..31, size 16, 32 or 64 */
    INSN_OPERAND_MMX,           /* reg 0..7 */
    INSN_OPERAND_OTHER,         /* control, debug, mask, x87 ... registers */
    INSN_OPERAND_MEMORY,        /* described by insn->mem */
    INSN_OPERAND_IMMEDIATE,     /* imm, sign-extended where the instruction does so;
                                   a far pointer: selector in bits 32 to 47 */
};

#define INSN_REG_AH    16
#define INSN_REG_NONE  0xff
#define INSN_REG_RIP   0xfe

#define INSN_MAX_OPERANDS 4

#define INSN_READ      1
#define INSN_WRITE     2

struct insn_operand
{
    UINT8  kind;
    UINT8  reg;
    UINT8  size;                /* bytes */
    UINT8  access;              /* INSN_READ | INSN_WRITE */
    INT64  imm;
};

/* Address = segment base + ((base + index * scale + disp) cut to address_size). */
struct insn_mem
{
    UINT8  segment;             /* as INSN_OPERAND_SEGMENT, defaults and overrides resolved */
    UINT8  base;                /* GPR 0..15, INSN_REG_RIP (of the next instruction) or INSN_REG_NONE */
    UINT8  index;               /* GPR 0..15 or INSN_REG_NONE */
    UINT8  scale;
    INT64  disp;
    UINT16 size;                /* bytes accessed by the explicit operand; 0 if it is only an address (LEA) */
    UINT8  access;              /* INSN_READ | INSN_WRITE */
    UINT8  vsib;                /* index is a vector: a gather or scatter */
};

struct insn
{
    UINT8  length;              /* bytes, 1..15 */
    UINT8  op;                  /* enum insn_op */
    UINT8  mode;                /* enum insn_mode */
    UINT8  operand_size;        /* effective, bytes: 1, 2, 4, 8 */
    UINT8  address_size;        /* effective, bytes: 2, 4, 8 */
    UINT8  stack_size;          /* bytes moved by an implicit push or pop (by each of several), else 0 */
    UINT8  rep;                 /* 0, 0xf3 (REP, REPE) or 0xf2 (REPNE); only on string instructions */
    UINT8  lock;
    UINT8  has_mem;             /* insn->mem is valid: exactly one explicit memory operand (the string forms leave it
                                   empty: their operands are implied by op, operand_size, address_size and segment) */
    UINT8  string_segment;      /* segment of the rSI operand of a string instruction, of XLAT's table, of the rDI
                                   operand of INSN_MASKMOV; that LDS and its like load */
    UINT8  privileged;
    UINT8  condition;           /* 0..15 of SETcc, CMOVcc (the low four opcode bits) */
    UINT8  opcode;              /* last opcode byte */
    UINT8  vex;                 /* VEX or XOP (1), EVEX (2) encoded: a vector register written
                                   is zeroed above its size */
    UINT8  aligned;             /* the memory operand must be aligned to its size (vector moves, CMPXCHG16B) */
    UINT8  element;             /* bytes of one element of INSN_VMASKMOV, INSN_MASKMOV and INSN_GATHER */
    UINT8  opmask;              /* 1..7: mask register of INSN_VMASKMOV, EVEX; what it leaves out is ... */
    UINT8  zeroing;             /* ... cleared, not kept */
    UINT8  operand_count;       /* explicit and used implicit ones (the count of a shift by cl, al of mul m8) */
    struct insn_operand operands[INSN_MAX_OPERANDS];
    struct insn_mem     mem;
    UINT16 mnemonic;            /* Zydis' number, for messages and for the re-encoder in encode.c */
};

/* Offset part of the memory operand's address, already cut to address_size; gpr in encoding order,
 * next_rip is the address behind the instruction. Add the base of insn->mem.segment for the linear address.
 * For BT, BTS, BTR, BTC with the bit number in a register it is that of the word with the bit.
 * POP [rsp + n] goes by the rSP after the pop: insn_accesses() in access.h sees to that, and to all other operands. */
extern UINT64 insn_mem_offset( const struct insn *insn, const UINT64 gpr[16], UINT64 next_rip );

static inline UINT64 insn_size_mask( UINT8 size )
{
    return size >= 8 ? ~0ull : (1ull << size * 8) - 1;
}

/* A register operand's value, zero-extended; and storing one by the rules of the mode (32-bit writes clear the upper
 * half). */
static inline UINT64 insn_get_gpr( const UINT64 gpr[16], UINT8 reg, UINT8 size )
{
    if (reg >= INSN_REG_AH) return (UINT8)(gpr[(reg - INSN_REG_AH) & 3] >> 8);
    return gpr[reg] & insn_size_mask( size );
}

extern void insn_set_gpr( UINT64 gpr[16], UINT8 reg, UINT8 size, UINT64 value );

static inline INT64 insn_sign_extend( UINT64 value, UINT8 size )
{
    return (INT64)(value << (64 - size * 8)) >> (64 - size * 8);
}

/* Is REP MOVS/STOS/LODS/INS/OUTS/CMPS/SCAS */
static inline BOOL insn_is_string( const struct insn *insn )
{
    switch (insn->op)
    {
    case INSN_MOVS: case INSN_STOS: case INSN_LODS: case INSN_CMPS: case INSN_SCAS: case INSN_INS: case INSN_OUTS:
        return 1;
    }
    return 0;
}

/* Does it store on the stack? */
static inline BOOL insn_is_push( const struct insn *insn )
{
    switch (insn->op)
    {
    case INSN_PUSH: case INSN_PUSHF: case INSN_PUSHA: case INSN_ENTER: case INSN_CALL: case INSN_CALL_FAR:
        return 1;
    }
    return 0;
}

#endif /* __WHV_UNIX_INSN_INSN_H */
