/*
 * Instruction decoding
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

#include <pthread.h>
#include <string.h>

#include <Zydis/Zydis.h>

#include "insn.h"

/* Mnemonics that have a word of ours. Names that are a string instruction and an SSE one at the same time
 * (MOVSD, CMPSD) are told apart by their opcode in find_op(). */
static const UINT8 ops[ZYDIS_MNEMONIC_MAX_VALUE + 1] =
{
    [ZYDIS_MNEMONIC_MOV]        = INSN_MOV,
    [ZYDIS_MNEMONIC_MOVZX]      = INSN_MOVZX,
    [ZYDIS_MNEMONIC_MOVSX]      = INSN_MOVSX,
    [ZYDIS_MNEMONIC_MOVSXD]     = INSN_MOVSX,
    [ZYDIS_MNEMONIC_MOVBE]      = INSN_MOVBE,
    [ZYDIS_MNEMONIC_MOVNTI]     = INSN_MOVNTI,
    [ZYDIS_MNEMONIC_ADD]        = INSN_ADD,
    [ZYDIS_MNEMONIC_OR]         = INSN_OR,
    [ZYDIS_MNEMONIC_ADC]        = INSN_ADC,
    [ZYDIS_MNEMONIC_SBB]        = INSN_SBB,
    [ZYDIS_MNEMONIC_AND]        = INSN_AND,
    [ZYDIS_MNEMONIC_SUB]        = INSN_SUB,
    [ZYDIS_MNEMONIC_XOR]        = INSN_XOR,
    [ZYDIS_MNEMONIC_CMP]        = INSN_CMP,
    [ZYDIS_MNEMONIC_TEST]       = INSN_TEST,
    [ZYDIS_MNEMONIC_NOT]        = INSN_NOT,
    [ZYDIS_MNEMONIC_NEG]        = INSN_NEG,
    [ZYDIS_MNEMONIC_INC]        = INSN_INC,
    [ZYDIS_MNEMONIC_DEC]        = INSN_DEC,
    [ZYDIS_MNEMONIC_MUL]        = INSN_MUL,
    [ZYDIS_MNEMONIC_IMUL]       = INSN_IMUL,
    [ZYDIS_MNEMONIC_DIV]        = INSN_DIV,
    [ZYDIS_MNEMONIC_IDIV]       = INSN_IDIV,
    [ZYDIS_MNEMONIC_SHL]        = INSN_SHL,
    [ZYDIS_MNEMONIC_SHR]        = INSN_SHR,
    [ZYDIS_MNEMONIC_SAR]        = INSN_SAR,
    [ZYDIS_MNEMONIC_ROL]        = INSN_ROL,
    [ZYDIS_MNEMONIC_ROR]        = INSN_ROR,
    [ZYDIS_MNEMONIC_RCL]        = INSN_RCL,
    [ZYDIS_MNEMONIC_RCR]        = INSN_RCR,
    [ZYDIS_MNEMONIC_SHLD]       = INSN_SHLD,
    [ZYDIS_MNEMONIC_SHRD]       = INSN_SHRD,
    [ZYDIS_MNEMONIC_BT]         = INSN_BT,
    [ZYDIS_MNEMONIC_BTS]        = INSN_BTS,
    [ZYDIS_MNEMONIC_BTR]        = INSN_BTR,
    [ZYDIS_MNEMONIC_BTC]        = INSN_BTC,
    [ZYDIS_MNEMONIC_BSF]        = INSN_BSF,
    [ZYDIS_MNEMONIC_BSR]        = INSN_BSR,
    [ZYDIS_MNEMONIC_XCHG]       = INSN_XCHG,
    [ZYDIS_MNEMONIC_XADD]       = INSN_XADD,
    [ZYDIS_MNEMONIC_CMPXCHG]    = INSN_CMPXCHG,
    [ZYDIS_MNEMONIC_CMPXCHG8B]  = INSN_CMPXCHG8B,
    [ZYDIS_MNEMONIC_CMPXCHG16B] = INSN_CMPXCHG16B,
    [ZYDIS_MNEMONIC_SETB]       = INSN_SETCC,
    [ZYDIS_MNEMONIC_SETBE]      = INSN_SETCC,
    [ZYDIS_MNEMONIC_SETL]       = INSN_SETCC,
    [ZYDIS_MNEMONIC_SETLE]      = INSN_SETCC,
    [ZYDIS_MNEMONIC_SETNB]      = INSN_SETCC,
    [ZYDIS_MNEMONIC_SETNBE]     = INSN_SETCC,
    [ZYDIS_MNEMONIC_SETNL]      = INSN_SETCC,
    [ZYDIS_MNEMONIC_SETNLE]     = INSN_SETCC,
    [ZYDIS_MNEMONIC_SETNO]      = INSN_SETCC,
    [ZYDIS_MNEMONIC_SETNP]      = INSN_SETCC,
    [ZYDIS_MNEMONIC_SETNS]      = INSN_SETCC,
    [ZYDIS_MNEMONIC_SETNZ]      = INSN_SETCC,
    [ZYDIS_MNEMONIC_SETO]       = INSN_SETCC,
    [ZYDIS_MNEMONIC_SETP]       = INSN_SETCC,
    [ZYDIS_MNEMONIC_SETS]       = INSN_SETCC,
    [ZYDIS_MNEMONIC_SETZ]       = INSN_SETCC,
    [ZYDIS_MNEMONIC_CMOVB]      = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_CMOVBE]     = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_CMOVL]      = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_CMOVLE]     = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_CMOVNB]     = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_CMOVNBE]    = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_CMOVNL]     = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_CMOVNLE]    = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_CMOVNO]     = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_CMOVNP]     = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_CMOVNS]     = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_CMOVNZ]     = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_CMOVO]      = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_CMOVP]      = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_CMOVS]      = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_CMOVZ]      = INSN_CMOVCC,
    [ZYDIS_MNEMONIC_PUSH]       = INSN_PUSH,
    [ZYDIS_MNEMONIC_PUSHA]      = INSN_PUSHA,
    [ZYDIS_MNEMONIC_PUSHAD]     = INSN_PUSHA,
    [ZYDIS_MNEMONIC_ENTER]      = INSN_ENTER,
    [ZYDIS_MNEMONIC_POPA]       = INSN_POPA,
    [ZYDIS_MNEMONIC_POPAD]      = INSN_POPA,
    [ZYDIS_MNEMONIC_LEAVE]      = INSN_LEAVE,
    [ZYDIS_MNEMONIC_POPF]       = INSN_POPF,
    [ZYDIS_MNEMONIC_POPFD]      = INSN_POPF,
    [ZYDIS_MNEMONIC_POPFQ]      = INSN_POPF,
    [ZYDIS_MNEMONIC_LDS]        = INSN_LOAD_FAR,
    [ZYDIS_MNEMONIC_LES]        = INSN_LOAD_FAR,
    [ZYDIS_MNEMONIC_LFS]        = INSN_LOAD_FAR,
    [ZYDIS_MNEMONIC_LGS]        = INSN_LOAD_FAR,
    [ZYDIS_MNEMONIC_LSS]        = INSN_LOAD_FAR,
    [ZYDIS_MNEMONIC_SGDT]       = INSN_SGDT,
    [ZYDIS_MNEMONIC_SIDT]       = INSN_SIDT,
    [ZYDIS_MNEMONIC_LGDT]       = INSN_LGDT,
    [ZYDIS_MNEMONIC_LIDT]       = INSN_LIDT,
    [ZYDIS_MNEMONIC_SLDT]       = INSN_SLDT,
    [ZYDIS_MNEMONIC_STR]        = INSN_STR,
    [ZYDIS_MNEMONIC_SMSW]       = INSN_SMSW,
    [ZYDIS_MNEMONIC_LMSW]       = INSN_LMSW,
    [ZYDIS_MNEMONIC_XLAT]       = INSN_XLAT,
    [ZYDIS_MNEMONIC_BOUND]      = INSN_BOUND,
    [ZYDIS_MNEMONIC_ARPL]       = INSN_ARPL,
    [ZYDIS_MNEMONIC_PUSHF]      = INSN_PUSHF,
    [ZYDIS_MNEMONIC_PUSHFD]     = INSN_PUSHF,
    [ZYDIS_MNEMONIC_PUSHFQ]     = INSN_PUSHF,
    [ZYDIS_MNEMONIC_RET]        = INSN_RET,
    [ZYDIS_MNEMONIC_POP]        = INSN_POP,
    [ZYDIS_MNEMONIC_CALL]       = INSN_CALL,
    [ZYDIS_MNEMONIC_JMP]        = INSN_JMP,
    [ZYDIS_MNEMONIC_MOVSB]      = INSN_MOVS,
    [ZYDIS_MNEMONIC_MOVSW]      = INSN_MOVS,
    [ZYDIS_MNEMONIC_MOVSD]      = INSN_MOVS,
    [ZYDIS_MNEMONIC_MOVSQ]      = INSN_MOVS,
    [ZYDIS_MNEMONIC_STOSB]      = INSN_STOS,
    [ZYDIS_MNEMONIC_STOSW]      = INSN_STOS,
    [ZYDIS_MNEMONIC_STOSD]      = INSN_STOS,
    [ZYDIS_MNEMONIC_STOSQ]      = INSN_STOS,
    [ZYDIS_MNEMONIC_LODSB]      = INSN_LODS,
    [ZYDIS_MNEMONIC_LODSW]      = INSN_LODS,
    [ZYDIS_MNEMONIC_LODSD]      = INSN_LODS,
    [ZYDIS_MNEMONIC_LODSQ]      = INSN_LODS,
    [ZYDIS_MNEMONIC_CMPSB]      = INSN_CMPS,
    [ZYDIS_MNEMONIC_CMPSW]      = INSN_CMPS,
    [ZYDIS_MNEMONIC_CMPSD]      = INSN_CMPS,
    [ZYDIS_MNEMONIC_CMPSQ]      = INSN_CMPS,
    [ZYDIS_MNEMONIC_SCASB]      = INSN_SCAS,
    [ZYDIS_MNEMONIC_SCASW]      = INSN_SCAS,
    [ZYDIS_MNEMONIC_SCASD]      = INSN_SCAS,
    [ZYDIS_MNEMONIC_SCASQ]      = INSN_SCAS,
    [ZYDIS_MNEMONIC_IN]         = INSN_IN,
    [ZYDIS_MNEMONIC_OUT]        = INSN_OUT,
    [ZYDIS_MNEMONIC_INSB]       = INSN_INS,
    [ZYDIS_MNEMONIC_INSW]       = INSN_INS,
    [ZYDIS_MNEMONIC_INSD]       = INSN_INS,
    [ZYDIS_MNEMONIC_OUTSB]      = INSN_OUTS,
    [ZYDIS_MNEMONIC_OUTSW]      = INSN_OUTS,
    [ZYDIS_MNEMONIC_OUTSD]      = INSN_OUTS,
    [ZYDIS_MNEMONIC_MOVD]       = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVQ]       = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVSS]      = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVLPS]     = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVLPD]     = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVHPS]     = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVHPD]     = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVAPS]     = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVAPD]     = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVUPS]     = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVUPD]     = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVDQA]     = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVDQU]     = INSN_VMOV,
    [ZYDIS_MNEMONIC_LDDQU]      = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVNTQ]     = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVNTPS]    = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVNTPD]    = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVNTDQ]    = INSN_VMOV,
    [ZYDIS_MNEMONIC_MOVNTDQA]   = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVD]      = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVQ]      = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVSS]     = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVSD]     = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVLPS]    = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVLPD]    = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVHPS]    = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVHPD]    = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVAPS]    = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVAPD]    = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVUPS]    = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVUPD]    = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVDQA]    = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVDQU]    = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVDQA32]  = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVDQA64]  = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVDQU8]   = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVDQU16]  = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVDQU32]  = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVDQU64]  = INSN_VMOV,
    [ZYDIS_MNEMONIC_VLDDQU]     = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVNTPS]   = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVNTPD]   = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVNTDQ]   = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMOVNTDQA]  = INSN_VMOV,
    [ZYDIS_MNEMONIC_VMASKMOVPS] = INSN_VMASKMOV,
    [ZYDIS_MNEMONIC_VMASKMOVPD] = INSN_VMASKMOV,
    [ZYDIS_MNEMONIC_VPMASKMOVD] = INSN_VMASKMOV,
    [ZYDIS_MNEMONIC_VPMASKMOVQ] = INSN_VMASKMOV,
    [ZYDIS_MNEMONIC_MASKMOVQ]   = INSN_MASKMOV,
    [ZYDIS_MNEMONIC_MASKMOVDQU] = INSN_MASKMOV,
    [ZYDIS_MNEMONIC_VMASKMOVDQU] = INSN_MASKMOV,
    [ZYDIS_MNEMONIC_VPGATHERDD] = INSN_GATHER,
    [ZYDIS_MNEMONIC_VPGATHERDQ] = INSN_GATHER,
    [ZYDIS_MNEMONIC_VPGATHERQD] = INSN_GATHER,
    [ZYDIS_MNEMONIC_VPGATHERQQ] = INSN_GATHER,
    [ZYDIS_MNEMONIC_VGATHERDPS] = INSN_GATHER,
    [ZYDIS_MNEMONIC_VGATHERDPD] = INSN_GATHER,
    [ZYDIS_MNEMONIC_VGATHERQPS] = INSN_GATHER,
    [ZYDIS_MNEMONIC_VGATHERQPD] = INSN_GATHER,
    [ZYDIS_MNEMONIC_CPUID]      = INSN_CPUID,
    [ZYDIS_MNEMONIC_RDMSR]      = INSN_RDMSR,
    [ZYDIS_MNEMONIC_WRMSR]      = INSN_WRMSR,
    [ZYDIS_MNEMONIC_HLT]        = INSN_HLT,
    [ZYDIS_MNEMONIC_INT3]       = INSN_INT3,
    [ZYDIS_MNEMONIC_INT1]       = INSN_INT1,
    [ZYDIS_MNEMONIC_INT]        = INSN_INT,
    [ZYDIS_MNEMONIC_RDTSC]      = INSN_RDTSC,
    [ZYDIS_MNEMONIC_RDTSCP]     = INSN_RDTSCP,
    [ZYDIS_MNEMONIC_VMCALL]     = INSN_VMCALL,
    [ZYDIS_MNEMONIC_VMMCALL]    = INSN_VMCALL,
    [ZYDIS_MNEMONIC_UD0]        = INSN_UD,
    [ZYDIS_MNEMONIC_UD1]        = INSN_UD,
    [ZYDIS_MNEMONIC_UD2]        = INSN_UD,
    [ZYDIS_MNEMONIC_INTO]       = INSN_INTO,
    [ZYDIS_MNEMONIC_IRET]       = INSN_IRET,
    [ZYDIS_MNEMONIC_IRETD]      = INSN_IRET,
    [ZYDIS_MNEMONIC_IRETQ]      = INSN_IRET,
    [ZYDIS_MNEMONIC_SYSRET]     = INSN_SYSRET,
    [ZYDIS_MNEMONIC_XSAVE]      = INSN_XSAVE,
    [ZYDIS_MNEMONIC_XSAVE64]    = INSN_XSAVE,
    [ZYDIS_MNEMONIC_XSAVEOPT]   = INSN_XSAVEOPT,
    [ZYDIS_MNEMONIC_XSAVEOPT64] = INSN_XSAVEOPT,
    [ZYDIS_MNEMONIC_XSAVEC]     = INSN_XSAVEC,
    [ZYDIS_MNEMONIC_XSAVEC64]   = INSN_XSAVEC,
    [ZYDIS_MNEMONIC_XSAVES]     = INSN_XSAVES,
    [ZYDIS_MNEMONIC_XSAVES64]   = INSN_XSAVES,
    [ZYDIS_MNEMONIC_XRSTOR]     = INSN_XRSTOR,
    [ZYDIS_MNEMONIC_XRSTOR64]   = INSN_XRSTOR,
    [ZYDIS_MNEMONIC_XRSTORS]    = INSN_XRSTORS,
    [ZYDIS_MNEMONIC_XRSTORS64]  = INSN_XRSTORS,
    [ZYDIS_MNEMONIC_XGETBV]     = INSN_XGETBV,
    [ZYDIS_MNEMONIC_XSETBV]     = INSN_XSETBV,
    [ZYDIS_MNEMONIC_LDMXCSR]    = INSN_LDMXCSR,
    [ZYDIS_MNEMONIC_VLDMXCSR]   = INSN_LDMXCSR,
    [ZYDIS_MNEMONIC_STMXCSR]    = INSN_STMXCSR,
    [ZYDIS_MNEMONIC_VSTMXCSR]   = INSN_STMXCSR,
    [ZYDIS_MNEMONIC_FXSAVE]     = INSN_FXSAVE,
    [ZYDIS_MNEMONIC_FXSAVE64]   = INSN_FXSAVE,
    [ZYDIS_MNEMONIC_FXRSTOR]    = INSN_FXRSTOR,
    [ZYDIS_MNEMONIC_FXRSTOR64]  = INSN_FXRSTOR,
    [ZYDIS_MNEMONIC_FNSTENV]    = INSN_FNSTENV,
    [ZYDIS_MNEMONIC_FLDENV]     = INSN_FLDENV,
    [ZYDIS_MNEMONIC_FNSAVE]     = INSN_FNSAVE,
    [ZYDIS_MNEMONIC_FRSTOR]     = INSN_FRSTOR,
    [ZYDIS_MNEMONIC_RDFSBASE]   = INSN_RDFSBASE,
    [ZYDIS_MNEMONIC_RDGSBASE]   = INSN_RDGSBASE,
    [ZYDIS_MNEMONIC_WRFSBASE]   = INSN_WRFSBASE,
    [ZYDIS_MNEMONIC_WRGSBASE]   = INSN_WRGSBASE,
    [ZYDIS_MNEMONIC_CLAC]       = INSN_CLAC,
    [ZYDIS_MNEMONIC_STAC]       = INSN_STAC,
    [ZYDIS_MNEMONIC_INVPCID]    = INSN_INVPCID,
    [ZYDIS_MNEMONIC_RDPID]      = INSN_RDPID,
    [ZYDIS_MNEMONIC_CLZERO]     = INSN_CLZERO,
    [ZYDIS_MNEMONIC_SERIALIZE]  = INSN_HINT,
    [ZYDIS_MNEMONIC_LFENCE]     = INSN_HINT,
    [ZYDIS_MNEMONIC_MFENCE]     = INSN_HINT,
    [ZYDIS_MNEMONIC_SFENCE]     = INSN_HINT,
    [ZYDIS_MNEMONIC_CLWB]       = INSN_HINT,
    [ZYDIS_MNEMONIC_CLFLUSHOPT] = INSN_HINT,
    [ZYDIS_MNEMONIC_CLDEMOTE]   = INSN_HINT,
    [ZYDIS_MNEMONIC_PREFETCH]   = INSN_HINT,
    [ZYDIS_MNEMONIC_PREFETCHW]  = INSN_HINT,
    [ZYDIS_MNEMONIC_PREFETCHNTA] = INSN_HINT,
    [ZYDIS_MNEMONIC_PREFETCHT0] = INSN_HINT,
    [ZYDIS_MNEMONIC_PREFETCHT1] = INSN_HINT,
    [ZYDIS_MNEMONIC_PREFETCHT2] = INSN_HINT,
};

static ZydisDecoder decoders[3];
static pthread_once_t decoders_once = PTHREAD_ONCE_INIT;

static void init_decoders( void )
{
    /* not REAL_16: real mode refuses a few instructions that protected mode with 16-bit segments has, and
     * the caller does not say which of the two it is */
    ZydisDecoderInit( &decoders[INSN_MODE_16], ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16 );
    ZydisDecoderInit( &decoders[INSN_MODE_32], ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32 );
    ZydisDecoderInit( &decoders[INSN_MODE_64], ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64 );
}

static UINT8 find_op( const ZydisDecodedInstruction *zydis )
{
    UINT8 op = ops[zydis->mnemonic];

    switch (op)
    {
    case INSN_MOVS:
    case INSN_CMPS:
        if (zydis->opcode_map == ZYDIS_OPCODE_MAP_DEFAULT) break;
        op = op == INSN_MOVS ? INSN_VMOV : INSN_OTHER;
        break;
    case INSN_CALL:
    case INSN_JMP:
    case INSN_RET:
        if (zydis->meta.branch_type != ZYDIS_BRANCH_TYPE_FAR) break;
        op = op == INSN_CALL ? INSN_CALL_FAR : op == INSN_JMP ? INSN_JMP_FAR : INSN_RET_FAR;
        break;
    }
    if (zydis->encoding != ZYDIS_INSTRUCTION_ENCODING_EVEX) return op;
    if (op == INSN_GATHER) op = INSN_OTHER;
    /* a masked store need not store all, a broadcast is no plain load */
    if (op == INSN_VMOV && zydis->avx.mask.mode != ZYDIS_MASK_MODE_DISABLED) op = INSN_VMASKMOV;
    if (op == INSN_VMASKMOV && zydis->avx.broadcast.mode != ZYDIS_BROADCAST_MODE_INVALID) op = INSN_OTHER;
    return op;
}

static UINT8 string_segment( const ZydisDecodedInstruction *zydis )
{
    ZydisInstructionAttributes attributes = zydis->attributes;

    if (!(attributes & ZYDIS_ATTRIB_HAS_SEGMENT)) return INSN_SEGMENT_DS;
    if (attributes & ZYDIS_ATTRIB_HAS_SEGMENT_FS) return INSN_SEGMENT_FS;
    if (attributes & ZYDIS_ATTRIB_HAS_SEGMENT_GS) return INSN_SEGMENT_GS;
    if (zydis->machine_mode == ZYDIS_MACHINE_MODE_LONG_64) return INSN_SEGMENT_DS;
    if (attributes & ZYDIS_ATTRIB_HAS_SEGMENT_ES) return INSN_SEGMENT_ES;
    if (attributes & ZYDIS_ATTRIB_HAS_SEGMENT_CS) return INSN_SEGMENT_CS;
    if (attributes & ZYDIS_ATTRIB_HAS_SEGMENT_SS) return INSN_SEGMENT_SS;
    return INSN_SEGMENT_DS;
}

/* The moves of EVEX name their mask register as an operand; here it is none. */
static void set_elements( struct insn *insn, const ZydisDecodedInstruction *zydis, const ZydisDecodedOperand *operands )
{
    if (insn->op != INSN_VMOV) insn->element = insn->op == INSN_MASKMOV ? 1 : operands[0].element_size / 8;
    if (insn->op == INSN_MASKMOV) insn->string_segment = string_segment( zydis );
    if (insn->vex != 2 || insn->operand_count != 3 || insn->operands[1].kind != INSN_OPERAND_OTHER) return;
    insn->operands[1] = insn->operands[2];
    insn->operand_count = 2;
    if (insn->op == INSN_VMOV) return;
    insn->opmask = zydis->avx.mask.reg - ZYDIS_REGISTER_K0;
    insn->zeroing = zydis->avx.mask.mode == ZYDIS_MASK_MODE_ZEROING;
}

/* Of the vector moves, those that raise #GP for an unaligned memory operand. */
static UINT8 is_aligned( ZydisMnemonic mnemonic )
{
    static const UINT16 mnemonics[] =
    {
        ZYDIS_MNEMONIC_MOVAPS, ZYDIS_MNEMONIC_MOVAPD, ZYDIS_MNEMONIC_MOVDQA, ZYDIS_MNEMONIC_MOVNTPS,
        ZYDIS_MNEMONIC_MOVNTPD, ZYDIS_MNEMONIC_MOVNTDQ, ZYDIS_MNEMONIC_MOVNTDQA, ZYDIS_MNEMONIC_VMOVAPS,
        ZYDIS_MNEMONIC_VMOVAPD, ZYDIS_MNEMONIC_VMOVDQA, ZYDIS_MNEMONIC_VMOVDQA32, ZYDIS_MNEMONIC_VMOVDQA64,
        ZYDIS_MNEMONIC_VMOVNTPS, ZYDIS_MNEMONIC_VMOVNTPD, ZYDIS_MNEMONIC_VMOVNTDQ, ZYDIS_MNEMONIC_VMOVNTDQA,
    };
    UINT32 i;

    for (i = 0; i < sizeof(mnemonics) / sizeof(mnemonics[0]); i++) if (mnemonics[i] == mnemonic) return 1;
    return 0;
}

static UINT8 gpr_number( ZydisRegister reg )
{
    if (reg >= ZYDIS_REGISTER_RAX && reg <= ZYDIS_REGISTER_R15) return reg - ZYDIS_REGISTER_RAX;
    if (reg >= ZYDIS_REGISTER_EAX && reg <= ZYDIS_REGISTER_R15D) return reg - ZYDIS_REGISTER_EAX;
    if (reg >= ZYDIS_REGISTER_AX && reg <= ZYDIS_REGISTER_R15W) return reg - ZYDIS_REGISTER_AX;
    if (reg >= ZYDIS_REGISTER_AL && reg <= ZYDIS_REGISTER_BL) return reg - ZYDIS_REGISTER_AL;
    if (reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH) return reg - ZYDIS_REGISTER_AH + INSN_REG_AH;
    if (reg >= ZYDIS_REGISTER_SPL && reg <= ZYDIS_REGISTER_R15B) return reg - ZYDIS_REGISTER_SPL + 4;
    return INSN_REG_NONE;
}

static UINT8 address_register( ZydisRegister reg )
{
    if (reg >= ZYDIS_REGISTER_IP && reg <= ZYDIS_REGISTER_RIP) return INSN_REG_RIP;
    if (reg >= ZYDIS_REGISTER_XMM0 && reg <= ZYDIS_REGISTER_ZMM31) return (reg - ZYDIS_REGISTER_XMM0) % 32;
    return gpr_number( reg );
}

static void set_register( struct insn_operand *operand, ZydisRegister reg )
{
    if ((operand->reg = gpr_number( reg )) != INSN_REG_NONE)
    {
        operand->kind = INSN_OPERAND_GPR;
    }
    else if (reg >= ZYDIS_REGISTER_XMM0 && reg <= ZYDIS_REGISTER_ZMM31)
    {
        operand->kind = INSN_OPERAND_VECTOR;
        operand->reg = (reg - ZYDIS_REGISTER_XMM0) % 32;
    }
    else if (reg >= ZYDIS_REGISTER_MM0 && reg <= ZYDIS_REGISTER_MM7)
    {
        operand->kind = INSN_OPERAND_MMX;
        operand->reg = reg - ZYDIS_REGISTER_MM0;
    }
    else if (reg >= ZYDIS_REGISTER_ES && reg <= ZYDIS_REGISTER_GS)
    {
        operand->kind = INSN_OPERAND_SEGMENT;
        operand->reg = reg - ZYDIS_REGISTER_ES;
    }
    else operand->kind = INSN_OPERAND_OTHER;
}

static UINT8 segment_number( ZydisRegister reg )
{
    return reg >= ZYDIS_REGISTER_ES && reg <= ZYDIS_REGISTER_GS ? reg - ZYDIS_REGISTER_ES : INSN_SEGMENT_DS;
}

static UINT8 far_segment( ZydisMnemonic mnemonic )
{
    switch (mnemonic)
    {
    case ZYDIS_MNEMONIC_LES: return INSN_SEGMENT_ES;
    case ZYDIS_MNEMONIC_LSS: return INSN_SEGMENT_SS;
    case ZYDIS_MNEMONIC_LFS: return INSN_SEGMENT_FS;
    case ZYDIS_MNEMONIC_LGS: return INSN_SEGMENT_GS;
    default:                 return INSN_SEGMENT_DS;
    }
}

/* The CPU takes F2 on MOVS, STOS, LODS, INS and OUTS as F3; Zydis does not call it REP there, so look at the bytes.
 * The last of several prefixes counts. */
static UINT8 rep_prefix( const ZydisDecodedInstruction *zydis )
{
    UINT8 i, rep = 0;

    for (i = 0; i < zydis->raw.prefix_count; i++)
        if (zydis->raw.prefixes[i].value == 0xf2 || zydis->raw.prefixes[i].value == 0xf3) rep = zydis->raw.prefixes[i].value;
    return rep;
}

static UINT8 access_of( ZydisOperandActions actions )
{
    return (actions & ZYDIS_OPERAND_ACTION_MASK_READ ? INSN_READ : 0) |
           (actions & ZYDIS_OPERAND_ACTION_MASK_WRITE ? INSN_WRITE : 0);
}

static void set_memory( struct insn *insn, const ZydisDecodedOperand *operand )
{
    struct insn_mem *mem = &insn->mem;

    mem->segment = segment_number( operand->mem.segment );
    mem->base = address_register( operand->mem.base );
    mem->index = address_register( operand->mem.index );
    mem->scale = operand->mem.scale;
    mem->disp = operand->mem.disp.has_displacement ? operand->mem.disp.value : 0;
    mem->vsib = operand->mem.type == ZYDIS_MEMOP_TYPE_VSIB;
    if (operand->mem.type == ZYDIS_MEMOP_TYPE_AGEN) return;
    mem->size = operand->size / 8;
    mem->access = access_of( operand->actions );
}

HRESULT insn_decode( const UINT8 *bytes, UINT32 count, enum insn_mode mode, struct insn *insn )
{
    ZydisDecodedOperand operands[INSN_MAX_OPERANDS];
    ZydisDecodedInstruction zydis;
    ZydisDecoderContext context;
    UINT8 i, visible, memories = 0;

    pthread_once( &decoders_once, init_decoders );
    if (count > INSN_MAX_LENGTH) count = INSN_MAX_LENGTH;
    if (ZYAN_FAILED(ZydisDecoderDecodeInstruction( &decoders[mode], &context, bytes, count, &zydis ))) return E_INVALIDARG;
    visible = zydis.operand_count_visible;
    if (visible > INSN_MAX_OPERANDS) visible = INSN_MAX_OPERANDS;
    if (ZYAN_FAILED(ZydisDecoderDecodeOperands( &decoders[mode], &context, &zydis, operands, visible ))) return E_INVALIDARG;

    memset( insn, 0, sizeof(*insn) );
    insn->length = zydis.length;
    insn->op = find_op( &zydis );
    insn->mode = mode;
    insn->operand_size = zydis.operand_width / 8;
    insn->address_size = zydis.address_width / 8;
    insn->lock = (zydis.attributes & ZYDIS_ATTRIB_HAS_LOCK) != 0;
    insn->privileged = (zydis.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED) != 0;
    insn->mnemonic = zydis.mnemonic;
    insn->opcode = zydis.opcode;
    insn->vex = zydis.encoding == ZYDIS_INSTRUCTION_ENCODING_EVEX ? 2 : zydis.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY;

    for (i = 0; i < visible; i++)
    {
        struct insn_operand *operand = &insn->operands[i];

        operand->size = operands[i].size / 8 <= 0xff ? operands[i].size / 8 : 0;
        operand->access = access_of( operands[i].actions );
        switch (operands[i].type)
        {
        case ZYDIS_OPERAND_TYPE_REGISTER:
            set_register( operand, operands[i].reg.value );
            break;
        case ZYDIS_OPERAND_TYPE_IMMEDIATE:
            operand->kind = INSN_OPERAND_IMMEDIATE;
            operand->imm = operands[i].imm.value.s;
            break;
        case ZYDIS_OPERAND_TYPE_POINTER:
            operand->kind = INSN_OPERAND_IMMEDIATE;
            operand->imm = (UINT64)operands[i].ptr.segment << 32 | operands[i].ptr.offset;
            break;
        case ZYDIS_OPERAND_TYPE_MEMORY:
            operand->kind = INSN_OPERAND_MEMORY;
            if (!memories++) set_memory( insn, &operands[i] );
            break;
        default:
            operand->kind = INSN_OPERAND_OTHER;
            break;
        }
    }
    /* Zydis 4.0 with an address-size prefix and REX.B in 64-bit code: a SIB byte without a base gets r13d, and no displacement */
    if (memories && zydis.raw.modrm.rm == 4 && !zydis.raw.modrm.mod && zydis.raw.sib.base == 5 && zydis.raw.sib.offset &&
        insn->mem.base != INSN_REG_NONE)
    {
        insn->mem.base = INSN_REG_NONE;
        insn->mem.disp = zydis.raw.disp.value;
    }
    /* 3E in front of an indirect branch is NOTRACK for Zydis; but it is DS all the same, as long as it is not ignored */
    if (mode != INSN_MODE_64 && zydis.attributes & ZYDIS_ATTRIB_HAS_NOTRACK && memories) insn->mem.segment = INSN_SEGMENT_DS;
    insn->operand_count = visible;
    insn->has_mem = memories == 1;

    switch (insn->op)
    {
    case INSN_PUSH:
    case INSN_PUSHF:
    case INSN_POP:
    case INSN_CALL:
    case INSN_RET:
    case INSN_PUSHA:
    case INSN_POPA:
    case INSN_ENTER:
    case INSN_LEAVE:
    case INSN_POPF:
    case INSN_CALL_FAR:
    case INSN_RET_FAR:
        insn->stack_size = insn->operand_size;
        break;
    case INSN_LOAD_FAR:
        insn->string_segment = far_segment( zydis.mnemonic );
        break;
    case INSN_XLAT:
        insn->string_segment = string_segment( &zydis );
        break;
    case INSN_CMPXCHG16B:
        insn->aligned = 1;
        break;
    case INSN_VMOV:
    case INSN_VMASKMOV:
    case INSN_MASKMOV:
    case INSN_GATHER:
        insn->aligned = is_aligned( zydis.mnemonic );
        set_elements( insn, &zydis, operands );
        break;
    case INSN_SETCC:
    case INSN_CMOVCC:
        insn->condition = zydis.opcode & 15;
        break;
    case INSN_INS:
    case INSN_OUTS:
    case INSN_IN:
    case INSN_OUT:
        /* no port access is wider than 4 bytes */
        if (insn->operand_size > 4) insn->operand_size = 4;
        /* fall through */
    case INSN_MOVS:
    case INSN_STOS:
    case INSN_LODS:
    case INSN_CMPS:
    case INSN_SCAS:
        if (!insn_is_string( insn )) break;
        insn->has_mem = 0;
        insn->rep = rep_prefix( &zydis );
        insn->string_segment = string_segment( &zydis );
        break;
    }
    return S_OK;
}

static UINT64 size_mask( UINT8 size )
{
    return size >= 8 ? ~0ull : (1ull << size * 8) - 1;
}

UINT64 insn_mem_offset( const struct insn *insn, const UINT64 gpr[16], UINT64 next_rip )
{
    const struct insn_mem *mem = &insn->mem;
    UINT64 offset = mem->disp;

    if (mem->base == INSN_REG_RIP) offset += next_rip;
    else if (mem->base < 16) offset += gpr[mem->base];
    if (mem->index < 16 && !mem->vsib) offset += gpr[mem->index] * mem->scale;

    switch (insn->op)
    {
    case INSN_BT:
    case INSN_BTS:
    case INSN_BTR:
    case INSN_BTC:
        /* a bit string: the bit number in a register reaches beyond the operand, both ways */
        if (insn->operands[1].kind == INSN_OPERAND_GPR)
        {
            UINT8 size = insn->operands[1].size;
            INT64 bit = insn_sign_extend( insn_get_gpr( gpr, insn->operands[1].reg, size ), size );

            offset += (bit >> 3) & -(INT64)size;
        }
        break;
    }
    return offset & size_mask( insn->address_size );
}

UINT64 insn_get_gpr( const UINT64 gpr[16], UINT8 reg, UINT8 size )
{
    if (reg >= INSN_REG_AH) return (UINT8)(gpr[(reg - INSN_REG_AH) & 3] >> 8);
    return gpr[reg] & size_mask( size );
}

void insn_set_gpr( UINT64 gpr[16], UINT8 reg, UINT8 size, UINT64 value )
{
    UINT64 mask = size_mask( size );

    if (reg >= INSN_REG_AH)
    {
        reg = (reg - INSN_REG_AH) & 3;
        gpr[reg] = (gpr[reg] & ~0xff00ull) | (UINT64)(UINT8)value << 8;
    }
    else if (size == 4) gpr[reg] = (UINT32)value;
    else gpr[reg] = (gpr[reg] & ~mask) | (value & mask);
}
