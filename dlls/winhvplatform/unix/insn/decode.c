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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <Zydis/Zydis.h>
#include <pthread.h>
#include <string.h>

#include "insn/decode.h"
#include "insn/insn.h"
#include "insn/words.h"

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
    UINT8 op = insn_op_of( zydis->mnemonic );

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

    if (!(attributes & ZYDIS_ATTRIB_HAS_SEGMENT)) return SEGMENT_DS;
    if (attributes & ZYDIS_ATTRIB_HAS_SEGMENT_FS) return SEGMENT_FS;
    if (attributes & ZYDIS_ATTRIB_HAS_SEGMENT_GS) return SEGMENT_GS;
    if (zydis->machine_mode == ZYDIS_MACHINE_MODE_LONG_64) return SEGMENT_DS;
    if (attributes & ZYDIS_ATTRIB_HAS_SEGMENT_ES) return SEGMENT_ES;
    if (attributes & ZYDIS_ATTRIB_HAS_SEGMENT_CS) return SEGMENT_CS;
    if (attributes & ZYDIS_ATTRIB_HAS_SEGMENT_SS) return SEGMENT_SS;
    return SEGMENT_DS;
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
    return reg >= ZYDIS_REGISTER_ES && reg <= ZYDIS_REGISTER_GS ? reg - ZYDIS_REGISTER_ES : SEGMENT_DS;
}

static UINT8 far_segment( ZydisMnemonic mnemonic )
{
    switch (mnemonic)
    {
    case ZYDIS_MNEMONIC_LES: return SEGMENT_ES;
    case ZYDIS_MNEMONIC_LSS: return SEGMENT_SS;
    case ZYDIS_MNEMONIC_LFS: return SEGMENT_FS;
    case ZYDIS_MNEMONIC_LGS: return SEGMENT_GS;
    default:                 return SEGMENT_DS;
    }
}

/* The CPU takes F2 on MOVS, STOS, LODS, INS and OUTS as F3; Zydis does not call it REP there, so look at the bytes.
 * The last of several prefixes counts. */
static UINT8 rep_prefix( const ZydisDecodedInstruction *zydis )
{
    UINT8 i, rep = 0;

    for (i = 0; i < zydis->raw.prefix_count; i++)
        if (zydis->raw.prefixes[i].value == 0xf2 || zydis->raw.prefixes[i].value == 0xf3)
            rep = zydis->raw.prefixes[i].value;
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
    if (ZYAN_FAILED(ZydisDecoderDecodeInstruction( &decoders[mode], &context, bytes, count, &zydis )))
        return E_INVALIDARG;
    visible = zydis.operand_count_visible;
    if (visible > INSN_MAX_OPERANDS) visible = INSN_MAX_OPERANDS;
    if (ZYAN_FAILED(ZydisDecoderDecodeOperands( &decoders[mode], &context, &zydis, operands, visible )))
        return E_INVALIDARG;

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
    insn->vex = zydis.encoding == ZYDIS_INSTRUCTION_ENCODING_EVEX ? 2
                : zydis.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY;

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
    /* Zydis 4.0 with an address-size prefix and REX.B in 64-bit code:
     * a SIB byte without a base gets r13d, and no displacement */
    if (memories && zydis.raw.modrm.rm == 4 && !zydis.raw.modrm.mod && zydis.raw.sib.base == 5 &&
        zydis.raw.sib.offset && insn->mem.base != INSN_REG_NONE)
    {
        insn->mem.base = INSN_REG_NONE;
        insn->mem.disp = zydis.raw.disp.value;
    }
    /* 3E in front of an indirect branch is NOTRACK for Zydis; but it is DS all the same,
     * as long as it is not ignored */
    if (mode != INSN_MODE_64 && zydis.attributes & ZYDIS_ATTRIB_HAS_NOTRACK && memories) insn->mem.segment = SEGMENT_DS;
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
    case INSN_IRET:
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
