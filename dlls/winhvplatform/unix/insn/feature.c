/*
 * The CPUID bit that an instruction needs
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

#include "host/array.h"
#include "insn/feature.h"
#include "insn/insn.h"

/* What is a NOP or another instruction without its bit is not here: LZCNT, CLDEMOTE, MPX. */
static const struct
{
    UINT16 isa;
    UINT32 leaf;
    UINT8  reg, bit;
}
sets[] =
{
    { ZYDIS_ISA_SET_AES,            1, 2, 25 },
    { ZYDIS_ISA_SET_PCLMULQDQ,      1, 2, 1 },
    { ZYDIS_ISA_SET_SSE3,           1, 2, 0 },
    { ZYDIS_ISA_SET_SSE3X87,        1, 2, 0 },
    { ZYDIS_ISA_SET_SSSE3,          1, 2, 9 },
    { ZYDIS_ISA_SET_SSSE3MMX,       1, 2, 9 },
    { ZYDIS_ISA_SET_SSE4,           1, 2, 19 },
    { ZYDIS_ISA_SET_SSE42,          1, 2, 20 },
    { ZYDIS_ISA_SET_SSE4A,          0x80000001, 2, 6 },
    { ZYDIS_ISA_SET_SHA,            7, 1, 29 },
    { ZYDIS_ISA_SET_GFNI,           7, 2, 8 },
    { ZYDIS_ISA_SET_AVX,            1, 2, 28 },
    { ZYDIS_ISA_SET_AVXAES,         1, 2, 28 },
    { ZYDIS_ISA_SET_AVX2,           7, 1, 5 },
    { ZYDIS_ISA_SET_AVX2GATHER,     7, 1, 5 },
    { ZYDIS_ISA_SET_AVX_GFNI,       7, 2, 8 },
    { ZYDIS_ISA_SET_F16C,           1, 2, 29 },
    { ZYDIS_ISA_SET_FMA,            1, 2, 12 },
    { ZYDIS_ISA_SET_FMA4,           0x80000001, 2, 16 },
    { ZYDIS_ISA_SET_XOP,            0x80000001, 2, 11 },
    { ZYDIS_ISA_SET_TBM,            0x80000001, 2, 21 },
    { ZYDIS_ISA_SET_LWP,            0x80000001, 2, 15 },
    { ZYDIS_ISA_SET_VAES,           7, 2, 9 },
    { ZYDIS_ISA_SET_VPCLMULQDQ,     7, 2, 10 },
    { ZYDIS_ISA_SET_POPCNT,         1, 2, 23 },
    { ZYDIS_ISA_SET_BMI1,           7, 1, 3 },
    { ZYDIS_ISA_SET_BMI2,           7, 1, 8 },
    { ZYDIS_ISA_SET_ADOX_ADCX,      7, 1, 19 },
    { ZYDIS_ISA_SET_MOVBE,          1, 2, 22 },
    { ZYDIS_ISA_SET_RDRAND,         1, 2, 30 },
    { ZYDIS_ISA_SET_RDSEED,         7, 1, 18 },
    { ZYDIS_ISA_SET_MOVDIR,         7, 2, 27 },
    { ZYDIS_ISA_SET_ENQCMD,         7, 2, 29 },
    { ZYDIS_ISA_SET_RDPRU,          0x80000008, 1, 4 },
    { ZYDIS_ISA_SET_MCOMMIT,        0x80000008, 1, 8 },
    { ZYDIS_ISA_SET_AMD_INVLPGB,    0x80000008, 1, 3 },
    { ZYDIS_ISA_SET_SNP,            0x8000001f, 0, 4 },
    { ZYDIS_ISA_SET_MONITOR,        1, 2, 3 },
    { ZYDIS_ISA_SET_MONITORX,       0x80000001, 2, 29 },
    { ZYDIS_ISA_SET_SVM,            0x80000001, 2, 2 },
    { ZYDIS_ISA_SET_VTX,            1, 2, 5 },
    { ZYDIS_ISA_SET_VMFUNC,         1, 2, 5 },
    { ZYDIS_ISA_SET_SMX,            1, 2, 6 },
    { ZYDIS_ISA_SET_SGX,            7, 1, 2 },
    { ZYDIS_ISA_SET_SGX_ENCLV,      7, 1, 2 },
    { ZYDIS_ISA_SET_PCONFIG,        7, 3, 18 },
    { ZYDIS_ISA_SET_WAITPKG,        7, 2, 5 },
    { ZYDIS_ISA_SET_KEYLOCKER,      7, 2, 23 },
    { ZYDIS_ISA_SET_KEYLOCKER_WIDE, 7, 2, 23 },
    { ZYDIS_ISA_SET_UINTR,          7, 3, 5 },
    { ZYDIS_ISA_SET_PKU,            7, 2, 3 },
    { ZYDIS_ISA_SET_CET,            7, 2, 7 },
    { ZYDIS_ISA_SET_RTM,            7, 1, 11 },
    { ZYDIS_ISA_SET_TSX_LDTRK,      7, 3, 16 },
    { ZYDIS_ISA_SET_AMX_BF16,       7, 3, 22 },
    { ZYDIS_ISA_SET_AMX_TILE,       7, 3, 24 },
    { ZYDIS_ISA_SET_AMX_INT8,       7, 3, 25 },
    { ZYDIS_ISA_SET_AVX512F_KOP,    7, 1, 16 },
    { ZYDIS_ISA_SET_AVX512BW_KOP,   7, 1, 30 },
    { ZYDIS_ISA_SET_AVX512DQ_KOP,   7, 1, 17 },
};

BOOL insn_find_feature( const UINT8 *bytes, UINT32 count, enum insn_mode mode, struct insn_feature *feature )
{
    static const struct { ZydisMachineMode mode; ZydisStackWidth width; } modes[] =
    {
        [INSN_MODE_16] = { ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16 },
        [INSN_MODE_32] = { ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32 },
        [INSN_MODE_64] = { ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64 },
    };
    ZydisDecodedInstruction zydis;
    ZydisDecoderContext context;
    ZydisDecoder decoder;
    UINT32 i;

    if (count > INSN_MAX_LENGTH) count = INSN_MAX_LENGTH;
    if (ZYAN_FAILED(ZydisDecoderInit( &decoder, modes[mode].mode, modes[mode].width ))) return FALSE;
    if (ZYAN_FAILED(ZydisDecoderDecodeInstruction( &decoder, &context, bytes, count, &zydis ))) return FALSE;
    if (zydis.encoding == ZYDIS_INSTRUCTION_ENCODING_EVEX)
    {
        /* all that is so encoded needs AVX512F, whatever else */
        feature->leaf = 7;
        feature->reg = 1;
        feature->bit = 16;
        return TRUE;
    }
    for (i = 0; i < ARRAY_SIZE( sets ); i++)
    {
        if (sets[i].isa != zydis.meta.isa_set) continue;
        feature->leaf = sets[i].leaf;
        feature->reg = sets[i].reg;
        feature->bit = sets[i].bit;
        return TRUE;
    }
    return FALSE;
}
