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

#if 0
#pragma makedep unix
#endif

#include "config.h"

/*
 * The whitelist, and why it is closed: what is executed here runs in our own process, on bytes that a guest has chosen.
 *  - Only the instruction sets of the table, each with the CPUID bit that says that this CPU has it: nothing raises
 *    #UD. They hold no privileged instruction, no control transfer, no system or segment register.
 *  - At most one memory operand, explicit, of known size up to 32 bytes, not indexed by a vector (gather); it is
 *    replaced by our buffer. Hidden memory operands (MASKMOVDQU, string and stack forms) are refused, so nothing else
 *    is ever addressed.
 *  - Loads and stores under a mask (VMASKMOV, VPMASKMOV) are refused: they access less than their operand.
 *  - x87: the forms that load or store whole environments are refused, their format goes by the guest's mode.
 *  - The legacy RSP is never loaded: a free register stands for it.
 *  - No prefix of the guest's is taken over: the encoder writes the instruction from its meaning. What it writes is
 *    decoded again and must be the same instruction with its operand at our buffer.
 * EVEX and XOP are not on the list: their state (mask registers) is not looked after here.
 */

#include <Zydis/Zydis.h>
#include <string.h>

#include "host/array.h"
#include "host/x86.h"
#include "insn/encode.h"
#include "insn/insn.h"

#define MAX_OPERAND 32

/* CPUID leaf 0 in feature: no bit, every x86-64 has it. */
struct isa_row
{
    UINT16 isa;
    UINT8  unit;
    UINT32 leaf;
    UINT8  reg;                 /* 0 eax, 1 ebx, 2 ecx, 3 edx */
    UINT8  bit;
};

static const struct isa_row isa_rows[] =
{
    { ZYDIS_ISA_SET_X87,        INSN_UNIT_X87, 0, 0, 0 },
    { ZYDIS_ISA_SET_FCMOV,      INSN_UNIT_X87, 0, 0, 0 },
    { ZYDIS_ISA_SET_SSE3X87,    INSN_UNIT_X87, 1, 2, 0 },
    { ZYDIS_ISA_SET_PENTIUMMMX, INSN_UNIT_MMX, 0, 0, 0 },
    { ZYDIS_ISA_SET_SSE2MMX,    INSN_UNIT_MMX, 0, 0, 0 },
    { ZYDIS_ISA_SET_SSSE3MMX,   INSN_UNIT_MMX, 1, 2, 9 },
    { ZYDIS_ISA_SET_SSE,        INSN_UNIT_SSE, 0, 0, 0 },
    { ZYDIS_ISA_SET_SSE2,       INSN_UNIT_SSE, 0, 0, 0 },
    { ZYDIS_ISA_SET_SSE3,       INSN_UNIT_SSE, 1, 2, 0 },
    { ZYDIS_ISA_SET_SSSE3,      INSN_UNIT_SSE, 1, 2, 9 },
    { ZYDIS_ISA_SET_SSE4,       INSN_UNIT_SSE, 1, 2, 19 },
    { ZYDIS_ISA_SET_SSE42,      INSN_UNIT_SSE, 1, 2, 20 },
    { ZYDIS_ISA_SET_SSE4A,      INSN_UNIT_SSE, 0x80000001, 2, 6 },
    { ZYDIS_ISA_SET_AES,        INSN_UNIT_SSE, 1, 2, 25 },
    { ZYDIS_ISA_SET_PCLMULQDQ,  INSN_UNIT_SSE, 1, 2, 1 },
    { ZYDIS_ISA_SET_SHA,        INSN_UNIT_SSE, 7, 1, 29 },
    { ZYDIS_ISA_SET_GFNI,       INSN_UNIT_SSE, 7, 2, 8 },
    { ZYDIS_ISA_SET_AVX,        INSN_UNIT_AVX, 1, 2, 28 },
    { ZYDIS_ISA_SET_AVXAES,     INSN_UNIT_AVX, 1, 2, 28 },
    { ZYDIS_ISA_SET_AVX2,       INSN_UNIT_AVX, 7, 1, 5 },
    { ZYDIS_ISA_SET_F16C,       INSN_UNIT_AVX, 1, 2, 29 },
    { ZYDIS_ISA_SET_FMA,        INSN_UNIT_AVX, 1, 2, 12 },
    { ZYDIS_ISA_SET_VAES,       INSN_UNIT_AVX, 7, 2, 9 },
    { ZYDIS_ISA_SET_VPCLMULQDQ, INSN_UNIT_AVX, 7, 2, 10 },
    { ZYDIS_ISA_SET_AVX_GFNI,   INSN_UNIT_AVX, 7, 2, 8 },
    { ZYDIS_ISA_SET_POPCNT,     INSN_UNIT_GPR, 1, 2, 23 },
    { ZYDIS_ISA_SET_LZCNT,      INSN_UNIT_GPR, 0x80000001, 2, 5 },
    { ZYDIS_ISA_SET_BMI1,       INSN_UNIT_GPR, 7, 1, 3 },
    { ZYDIS_ISA_SET_BMI2,       INSN_UNIT_GPR, 7, 1, 8 },
    { ZYDIS_ISA_SET_ADOX_ADCX,  INSN_UNIT_GPR, 7, 1, 19 },
    { ZYDIS_ISA_SET_MOVBE,      INSN_UNIT_GPR, 1, 2, 22 },
    { ZYDIS_ISA_SET_RDRAND,     INSN_UNIT_GPR, 1, 2, 30 },
    { ZYDIS_ISA_SET_RDSEED,     INSN_UNIT_GPR, 7, 1, 18 },
    { ZYDIS_ISA_SET_CMOV,       INSN_UNIT_GPR, 0, 0, 0 },
    { ZYDIS_ISA_SET_MOVDIR,     INSN_UNIT_GPR, 7, 2, 27 },
};

/* Of those sets, what has other memory operands than it shows, accesses only part of its operand, or whose result goes
 * by the mode that it is executed in. */
static const UINT16 refused[] =
{
    ZYDIS_MNEMONIC_VMASKMOVPS, ZYDIS_MNEMONIC_VMASKMOVPD, ZYDIS_MNEMONIC_VPMASKMOVD, ZYDIS_MNEMONIC_VPMASKMOVQ,
    ZYDIS_MNEMONIC_MASKMOVQ, ZYDIS_MNEMONIC_MASKMOVDQU, ZYDIS_MNEMONIC_VMASKMOVDQU, ZYDIS_MNEMONIC_MOVDIR64B,
    ZYDIS_MNEMONIC_FLDENV, ZYDIS_MNEMONIC_FNSTENV, ZYDIS_MNEMONIC_FNSAVE, ZYDIS_MNEMONIC_FRSTOR,
    ZYDIS_MNEMONIC_LDMXCSR, ZYDIS_MNEMONIC_STMXCSR, ZYDIS_MNEMONIC_VLDMXCSR, ZYDIS_MNEMONIC_VSTMXCSR,
};

/* x87 instructions that wait for nothing: they are executed with the guest's own control word. */
static const UINT16 no_wait[] =
{
    ZYDIS_MNEMONIC_FNSTCW, ZYDIS_MNEMONIC_FNSTSW, ZYDIS_MNEMONIC_FNINIT, ZYDIS_MNEMONIC_FNCLEX,
};

/* Legacy SSE instructions with a 16-byte memory operand that may stand anywhere;
 * all others raise #GP (SDM 2, table 2-21 ff). */
static const UINT16 unaligned[] =
{
    ZYDIS_MNEMONIC_MOVUPS, ZYDIS_MNEMONIC_MOVUPD, ZYDIS_MNEMONIC_MOVDQU, ZYDIS_MNEMONIC_LDDQU,
    ZYDIS_MNEMONIC_PCMPESTRI, ZYDIS_MNEMONIC_PCMPESTRM, ZYDIS_MNEMONIC_PCMPISTRI, ZYDIS_MNEMONIC_PCMPISTRM,
};

/* Moves that are always aligned, in every encoding and whatever MXCSR says. */
static const UINT16 aligned[] =
{
    ZYDIS_MNEMONIC_MOVAPS, ZYDIS_MNEMONIC_MOVAPD, ZYDIS_MNEMONIC_MOVDQA, ZYDIS_MNEMONIC_MOVNTPS, ZYDIS_MNEMONIC_MOVNTPD,
    ZYDIS_MNEMONIC_MOVNTDQ, ZYDIS_MNEMONIC_MOVNTDQA, ZYDIS_MNEMONIC_VMOVAPS, ZYDIS_MNEMONIC_VMOVAPD,
    ZYDIS_MNEMONIC_VMOVDQA, ZYDIS_MNEMONIC_VMOVNTPS, ZYDIS_MNEMONIC_VMOVNTPD, ZYDIS_MNEMONIC_VMOVNTDQ,
    ZYDIS_MNEMONIC_VMOVNTDQA,
};

#define IN_LIST( list, mnemonic ) in_list( list, ARRAY_SIZE(list), mnemonic )

static BOOL in_list( const UINT16 *list, UINT32 count, ZydisMnemonic mnemonic )
{
    UINT32 i;

    for (i = 0; i < count; i++) if (list[i] == mnemonic) return 1;
    return 0;
}

static BOOL cpu_has( const struct isa_row *row )
{
    UINT32 regs[4];

    if (!row->leaf) return 1;
    __asm__ volatile( "cpuid" : "=a" (regs[EAX]), "=b" (regs[EBX]), "=c" (regs[ECX]), "=d" (regs[EDX])
                              : "a" (row->leaf & 0x80000000), "c" (0) );
    if (regs[EAX] < row->leaf) return 0;
    __asm__ volatile( "cpuid" : "=a" (regs[EAX]), "=b" (regs[EBX]), "=c" (regs[ECX]), "=d" (regs[EDX])
                              : "a" (row->leaf), "c" (0) );
    return regs[row->reg] >> row->bit & 1;
}

/* CPUID is slow in a virtual machine: each row is asked once. */
static const struct isa_row *find_isa( ZydisISASet isa )
{
    static UINT8 known[ARRAY_SIZE(isa_rows)];       /* 0 unknown, 1 absent, 2 present; every thread finds the same */
    UINT8 state;
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE(isa_rows); i++)
    {
        if (isa_rows[i].isa != isa) continue;
        if (!(state = __atomic_load_n( &known[i], __ATOMIC_RELAXED )))
        {
            state = 1 + cpu_has( &isa_rows[i] );
            __atomic_store_n( &known[i], state, __ATOMIC_RELAXED );
        }
        return state == 2 ? &isa_rows[i] : NULL;
    }
    return NULL;
}

static UINT8 gpr_of( ZydisRegister reg )
{
    ZydisRegister full = ZydisRegisterGetLargestEnclosing( ZYDIS_MACHINE_MODE_LONG_64, reg );

    return full >= ZYDIS_REGISTER_RAX && full <= ZYDIS_REGISTER_R15 ? full - ZYDIS_REGISTER_RAX : INSN_REG_NONE;
}

static BOOL is_allowed_register( const ZydisDecodedOperand *operand )
{
    switch (ZydisRegisterGetClass( operand->reg.value ))
    {
    case ZYDIS_REGCLASS_GPR8: case ZYDIS_REGCLASS_GPR16: case ZYDIS_REGCLASS_GPR32: case ZYDIS_REGCLASS_GPR64:
        /* a hidden stack pointer is a stack operand */
        return operand->visibility != ZYDIS_OPERAND_VISIBILITY_HIDDEN || gpr_of( operand->reg.value ) != 4;
    case ZYDIS_REGCLASS_XMM: case ZYDIS_REGCLASS_YMM: case ZYDIS_REGCLASS_MMX: case ZYDIS_REGCLASS_X87:
        return 1;
    case ZYDIS_REGCLASS_FLAGS:
        return 1;
    default:
        /* the words of the x87 unit and MXCSR are named where an instruction depends on them,
         * never as an operand of choice */
        return operand->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN &&
               (operand->reg.value == ZYDIS_REGISTER_MXCSR || operand->reg.value == ZYDIS_REGISTER_X87CONTROL ||
                operand->reg.value == ZYDIS_REGISTER_X87STATUS || operand->reg.value == ZYDIS_REGISTER_X87TAG);
    }
}

/* Looks at all operands, hidden ones included; memory is the index of the one in memory, or -1. */
static BOOL check_operands( const ZydisDecodedInstruction *zydis, const ZydisDecodedOperand *operands, int *memory,
                            UINT32 *gprs )
{
    UINT32 i;
    UINT8 reg;

    *memory = -1;
    *gprs = 0;
    for (i = 0; i < zydis->operand_count; i++)
    {
        switch (operands[i].type)
        {
        case ZYDIS_OPERAND_TYPE_REGISTER:
            if (!is_allowed_register( &operands[i] )) return 0;
            if ((reg = gpr_of( operands[i].reg.value )) != INSN_REG_NONE) *gprs |= 1u << reg;
            break;
        case ZYDIS_OPERAND_TYPE_IMMEDIATE:
            break;
        case ZYDIS_OPERAND_TYPE_MEMORY:
            if (*memory >= 0 || operands[i].visibility != ZYDIS_OPERAND_VISIBILITY_EXPLICIT) return 0;
            if (operands[i].mem.type != ZYDIS_MEMOP_TYPE_MEM) return 0;
            if (!operands[i].size || operands[i].size % 8 || operands[i].size / 8 > MAX_OPERAND) return 0;
            *memory = i;
            break;
        default:
            return 0;
        }
    }
    return 1;
}

static BOOL decode( const UINT8 *bytes, UINT32 count, enum insn_mode mode, ZydisDecodedInstruction *zydis,
                    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT] )
{
    static const struct { ZydisMachineMode mode; ZydisStackWidth width; } modes[] =
    {
        [INSN_MODE_16] = { ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16 },
        [INSN_MODE_32] = { ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32 },
        [INSN_MODE_64] = { ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64 },
    };
    ZydisDecoder decoder;
    ZydisDecoderContext context;

    return ZYAN_SUCCESS(ZydisDecoderInit( &decoder, modes[mode].mode, modes[mode].width )) &&
           ZYAN_SUCCESS(ZydisDecoderDecodeInstruction( &decoder, &context, bytes, count, zydis )) &&
           ZYAN_SUCCESS(ZydisDecoderDecodeOperands( &decoder, &context, zydis, operands, zydis->operand_count ));
}

/* RSP is ours: another register that the instruction doesn't use takes its place. */
static BOOL replace_rsp( ZydisEncoderRequest *request, UINT32 gprs, UINT8 *replacement )
{
    ZydisRegister value;
    UINT32 i, spare;

    *replacement = INSN_REG_NONE;
    if (!(gprs & 1u << 4)) return 1;
    for (spare = 15; spare > 7 && (gprs >> spare & 1); spare--) ;
    if (spare == 7) return 0;
    for (i = 0; i < request->operand_count; i++)
    {
        if (request->operands[i].type != ZYDIS_OPERAND_TYPE_REGISTER) continue;
        value = request->operands[i].reg.value;
        if (gpr_of( value ) != 4) continue;
        /* the same distance in each width: SPL, SP, ESP, RSP */
        if (value == ZYDIS_REGISTER_SPL) value = ZYDIS_REGISTER_R8B + spare - 8;
        else value += spare - 4;
        request->operands[i].reg.value = value;
    }
    *replacement = spare;
    return 1;
}

/* What the encoder wrote must be what we asked for. */
static BOOL verify( const struct insn_native *native, ZydisMnemonic mnemonic, int memory, UINT64 size, UINT64 code_at,
                    UINT64 data_at )
{
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    ZydisDecodedInstruction zydis;
    UINT32 gprs;
    int found;

    if (!decode( native->code, native->length, INSN_MODE_64, &zydis, operands ) ||
        zydis.length != native->length) return 0;
    if (zydis.mnemonic != mnemonic || !check_operands( &zydis, operands, &found, &gprs )) return 0;
    if ((gprs & 1u << 4) || (found >= 0) != (memory >= 0)) return 0;
    if (found < 0) return 1;
    return operands[found].mem.base == ZYDIS_REGISTER_RIP && operands[found].size == size &&
           operands[found].mem.segment != ZYDIS_REGISTER_FS && operands[found].mem.segment != ZYDIS_REGISTER_GS &&
           code_at + native->length + operands[found].mem.disp.value == data_at;
}

HRESULT insn_encode_native( const UINT8 *bytes, UINT32 count, enum insn_mode mode, UINT64 code_at, UINT64 data_at,
                            struct insn_native *native )
{
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    ZydisDecodedInstruction zydis;
    ZydisEncoderRequest request;
    const struct isa_row *row;
    ZyanUSize length = sizeof(native->code);
    UINT32 gprs, size = 0, bit, i;
    BOOL legacy;
    int memory;

    if (count > INSN_MAX_LENGTH) count = INSN_MAX_LENGTH;
    if (!decode( bytes, count, mode, &zydis, operands )) return E_INVALIDARG;
    if (zydis.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY && zydis.encoding != ZYDIS_INSTRUCTION_ENCODING_VEX)
        return E_INVALIDARG;
    if (!(row = find_isa( zydis.meta.isa_set ))) return E_INVALIDARG;
    if (zydis.attributes & (ZYDIS_ATTRIB_IS_PRIVILEGED | ZYDIS_ATTRIB_HAS_LOCK)) return E_INVALIDARG;
    if (zydis.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE || IN_LIST( refused, zydis.mnemonic )) return E_INVALIDARG;
    if (!check_operands( &zydis, operands, &memory, &gprs )) return E_INVALIDARG;

    if (ZYAN_FAILED(ZydisEncoderDecodedInstructionToEncoderRequest( &zydis, operands, zydis.operand_count_visible,
                                                                    &request ))) return E_INVALIDARG;
    request.machine_mode = ZYDIS_MACHINE_MODE_LONG_64;
    request.prefixes = 0;
    request.address_size_hint = ZYDIS_ADDRESS_SIZE_HINT_NONE;
    for (i = 0; i < request.operand_count; i++)
    {
        if (request.operands[i].type != ZYDIS_OPERAND_TYPE_MEMORY) continue;
        request.operands[i].mem.base = ZYDIS_REGISTER_RIP;
        request.operands[i].mem.index = ZYDIS_REGISTER_NONE;
        request.operands[i].mem.scale = 0;
        request.operands[i].mem.displacement = data_at;
    }
    memset( native, 0, sizeof(*native) );
    if (!replace_rsp( &request, gprs, &native->rsp )) return E_INVALIDARG;
    if (ZYAN_FAILED(ZydisEncoderEncodeInstructionAbsolute( &request, native->code, &length, code_at )))
        return E_INVALIDARG;
    native->length = length;
    if (memory >= 0) size = operands[memory].size / 8;
    if (!verify( native, zydis.mnemonic, memory, size * 8, code_at, data_at )) return E_INVALIDARG;

    legacy = zydis.encoding == ZYDIS_INSTRUCTION_ENCODING_LEGACY;
    native->unit = row->unit;
    native->cpuid_leaf = row->leaf;
    native->cpuid_reg = row->reg;
    native->cpuid_bit = row->bit;
    /* SSE and SSE2 have added instructions on MMX registers, and general ones */
    if (native->unit == INSN_UNIT_SSE)
        for (i = 0; i < zydis.operand_count_visible; i++)
            if (operands[i].type == ZYDIS_OPERAND_TYPE_REGISTER &&
                ZydisRegisterGetClass( operands[i].reg.value ) == ZYDIS_REGCLASS_MMX) native->unit = INSN_UNIT_MMX;
    /* Zydis counts one of its three forms among the vector instructions of SSE3 */
    if (zydis.mnemonic == ZYDIS_MNEMONIC_FISTTP) native->unit = INSN_UNIT_X87;
    if (zydis.mnemonic == ZYDIS_MNEMONIC_CRC32) native->unit = INSN_UNIT_GPR;
    if (zydis.mnemonic == ZYDIS_MNEMONIC_MOVNTI || zydis.mnemonic == ZYDIS_MNEMONIC_LFENCE ||
        zydis.mnemonic == ZYDIS_MNEMONIC_MFENCE || zydis.mnemonic == ZYDIS_MNEMONIC_SFENCE)
        native->unit = INSN_UNIT_GPR;
    native->gprs = gprs;
    for (i = 0; i < zydis.operand_count; i++)
    {
        if (operands[i].type != ZYDIS_OPERAND_TYPE_REGISTER) continue;
        switch (ZydisRegisterGetClass( operands[i].reg.value ))
        {
        case ZYDIS_REGCLASS_YMM:
            bit = 1u << (operands[i].reg.value - ZYDIS_REGISTER_YMM0);
            native->ymms |= bit;
            break;
        case ZYDIS_REGCLASS_XMM:
            bit = 1u << (operands[i].reg.value - ZYDIS_REGISTER_XMM0);
            break;
        default:
            continue;
        }
        native->xmms |= bit;
        if (!legacy && (operands[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)) native->cleared |= bit;
    }
    native->ymms |= native->cleared;
    if (zydis.mnemonic == ZYDIS_MNEMONIC_FLDCW) native->fpu_control = INSN_FPU_FLDCW;
    else if (IN_LIST( no_wait, zydis.mnemonic )) native->fpu_control = INSN_FPU_NO_WAIT;
    native->alignment = 1;
    if (IN_LIST( aligned, zydis.mnemonic )) native->alignment = size ? size : 1;
    else if (legacy && size == 16 && !IN_LIST( unaligned, zydis.mnemonic ))
    {
        native->alignment = 16;
        native->misaligned_sse = 1;
    }
    return S_OK;
}
