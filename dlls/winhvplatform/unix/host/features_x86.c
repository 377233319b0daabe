/*
 * Processor features of x86
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

#include "host/array.h"
#include "host/features_x86.h"
#include "host/kvm.h"
#include "host/x86.h"

struct row
{
    UINT8  set, bit;
    UINT8  reg, cpuid_bit;
    UINT8  subleaf;
    UINT32 leaf;
};

/* Sources: SDM volume 2 CPUID, APM volume 3 appendix E. What is missing has no bit in CPUID: Npiep1, UnrestrictedGuest
 * and the other features of a nested hypervisor, PerfGlobalCtrl. */
static const struct row rows[] =
{
#define ROW(bit, leaf, subleaf, reg, cpuid_bit) { FEATURES_BANK0, bit, reg, cpuid_bit, subleaf, leaf }
    ROW(  0, 0x00000001, 0, ECX,  0 ),  /* Sse3 */
    ROW(  1, 0x80000001, 0, ECX,  0 ),  /* LahfSahf */
    ROW(  2, 0x00000001, 0, ECX,  9 ),  /* Ssse3 */
    ROW(  3, 0x00000001, 0, ECX, 19 ),  /* Sse4_1 */
    ROW(  4, 0x00000001, 0, ECX, 20 ),  /* Sse4_2 */
    ROW(  5, 0x80000001, 0, ECX,  6 ),  /* Sse4a */
    ROW(  6, 0x80000001, 0, ECX, 11 ),  /* Xop */
    ROW(  7, 0x00000001, 0, ECX, 23 ),  /* PopCnt */
    ROW(  8, 0x00000001, 0, ECX, 13 ),  /* Cmpxchg16b */
    ROW(  9, 0x80000001, 0, ECX,  4 ),  /* Altmovcr8 */
    ROW( 10, 0x80000001, 0, ECX,  5 ),  /* Lzcnt */
    ROW( 11, 0x80000001, 0, ECX,  7 ),  /* MisAlignSse */
    ROW( 12, 0x80000001, 0, EDX, 22 ),  /* MmxExt */
    ROW( 13, 0x80000001, 0, EDX, 31 ),  /* Amd3DNow */
    ROW( 14, 0x80000001, 0, EDX, 30 ),  /* ExtendedAmd3DNow */
    ROW( 15, 0x80000001, 0, EDX, 26 ),  /* Page1Gb */
    ROW( 16, 0x00000001, 0, ECX, 25 ),  /* Aes */
    ROW( 17, 0x00000001, 0, ECX,  1 ),  /* Pclmulqdq */
    ROW( 18, 0x00000001, 0, ECX, 17 ),  /* Pcid */
    ROW( 19, 0x80000001, 0, ECX, 16 ),  /* Fma4 */
    ROW( 20, 0x00000001, 0, ECX, 29 ),  /* F16C */
    ROW( 21, 0x00000001, 0, ECX, 30 ),  /* RdRand */
    ROW( 22, 0x00000007, 0, EBX,  0 ),  /* RdWrFsGs */
    ROW( 23, 0x00000007, 0, EBX,  7 ),  /* Smep */
    ROW( 24, 0x00000007, 0, EBX,  9 ),  /* EnhancedFastString */
    ROW( 25, 0x00000007, 0, EBX,  3 ),  /* Bmi1 */
    ROW( 26, 0x00000007, 0, EBX,  8 ),  /* Bmi2 */
    ROW( 29, 0x00000001, 0, ECX, 22 ),  /* Movbe */
    ROW( 31, 0x00000007, 0, EBX,  6 ),  /* DepX87FPUSave */
    ROW( 32, 0x00000007, 0, EBX, 18 ),  /* RdSeed */
    ROW( 33, 0x00000007, 0, EBX, 19 ),  /* Adx */
    ROW( 34, 0x80000001, 0, ECX,  8 ),  /* IntelPrefetch */
    ROW( 35, 0x00000007, 0, EBX, 20 ),  /* Smap */
    ROW( 36, 0x00000007, 0, EBX,  4 ),  /* Hle */
    ROW( 37, 0x00000007, 0, EBX, 11 ),  /* Rtm */
    ROW( 38, 0x80000001, 0, EDX, 27 ),  /* Rdtscp */
    ROW( 39, 0x00000007, 0, EBX, 23 ),  /* Clflushopt */
    ROW( 40, 0x00000007, 0, EBX, 24 ),  /* Clwb */
    ROW( 41, 0x00000007, 0, EBX, 29 ),  /* Sha */
    ROW( 42, 0x80000008, 0, EBX,  2 ),  /* X87PointersSaved */
    ROW( 43, 0x00000007, 0, EBX, 10 ),  /* Invpcid */
    ROW( 44, 0x00000007, 0, EDX, 26 ),  /* Ibrs */
    ROW( 44, 0x80000008, 0, EBX, 14 ),
    ROW( 45, 0x00000007, 0, EDX, 27 ),  /* Stibp */
    ROW( 45, 0x80000008, 0, EBX, 15 ),
    ROW( 46, 0x00000007, 0, EDX, 26 ),  /* Ibpb */
    ROW( 46, 0x80000008, 0, EBX, 12 ),
    ROW( 48, 0x00000007, 0, EDX, 31 ),  /* Ssbd */
    ROW( 48, 0x80000008, 0, EBX, 24 ),
    ROW( 48, 0x80000008, 0, EBX, 25 ),
    ROW( 49, 0x00000007, 0, EDX,  4 ),  /* FastShortRepMov */
    ROW( 54, 0x80000008, 0, EBX, 26 ),  /* SsbNo */
    ROW( 57, 0x00000007, 0, ECX, 22 ),  /* RdPid */
    ROW( 58, 0x00000007, 0, ECX,  2 ),  /* Umip */
    ROW( 60, 0x00000007, 0, EDX, 10 ),  /* MdClear */
#undef ROW
#define ROW(bit, leaf, subleaf, reg, cpuid_bit) { FEATURES_BANK1, bit, reg, cpuid_bit, subleaf, leaf }
    ROW(  0, 0x00000006, 0, ECX,  0 ),  /* ACountMCount */
    ROW(  1, 0x80000007, 0, EDX,  8 ),  /* TscInvariant */
    ROW(  2, 0x80000008, 0, EBX,  0 ),  /* ClZero */
    ROW(  3, 0x80000008, 0, EBX,  4 ),  /* Rdpru */
    ROW(  4, 0x00000007, 0, ECX, 16 ),  /* La57 */
    ROW(  7, 0x80000008, 0, EBX, 28 ),  /* Psfd */
    ROW(  8, 0x00000007, 0, ECX,  7 ),  /* CetSs */
    ROW(  9, 0x00000007, 0, EDX, 20 ),  /* CetIbt */
    ROW( 12, 0x00000007, 0, ECX,  5 ),  /* UmwaitTpause */
    ROW( 13, 0x00000007, 0, ECX, 27 ),  /* Movdiri */
    ROW( 14, 0x00000007, 0, ECX, 28 ),  /* Movdir64b */
    ROW( 15, 0x00000007, 0, ECX, 25 ),  /* Cldemote */
    ROW( 16, 0x00000007, 0, EDX, 14 ),  /* Serialize */
    ROW( 17, 0x00000001, 0, ECX, 24 ),  /* TscDeadlineTmr */
    ROW( 18, 0x00000007, 0, EBX,  1 ),  /* TscAdjust */
    ROW( 19, 0x00000007, 1, EAX, 10 ),  /* FZLRepMovsb */
    ROW( 20, 0x00000007, 1, EAX, 11 ),  /* FSRepStosb */
    ROW( 21, 0x00000007, 1, EAX, 12 ),  /* FSRepCmpsb */
    ROW( 22, 0x00000007, 0, EDX, 16 ),  /* TsxLdTrk */
    ROW( 29, 0x80000008, 0, EBX, 29 ),  /* BtcNo */
    ROW( 30, 0x80000008, 0, EBX, 30 ),  /* IbpbRsbFlush */
    ROW( 31, 0x80000008, 0, EBX, 17 ),  /* StibpAlwaysOn */
    ROW( 40, 0x00000007, 1, EAX,  7 ),  /* Cmpccxadd */
    ROW( 45, 0x00000007, 1, EDX, 14 ),  /* PrefetchI */
    ROW( 46, 0x00000007, 1, EAX,  0 ),  /* Sha512 */
    ROW( 50, 0x00000007, 1, EAX,  1 ),  /* SM3 */
    ROW( 51, 0x00000007, 1, EAX,  2 ),  /* SM4 */
    ROW( 54, 0x80000021, 0, EAX, 27 ),  /* Sbpb */
    ROW( 55, 0x80000021, 0, EAX, 28 ),  /* IbpbBrType */
    ROW( 56, 0x80000021, 0, EAX, 29 ),  /* SrsoNo */
    ROW( 57, 0x80000021, 0, EAX, 30 ),  /* SrsoUserKernelNo */
#undef ROW
#define ROW(bit, leaf, subleaf, reg, cpuid_bit) { FEATURES_XSAVE, bit, reg, cpuid_bit, subleaf, leaf }
    ROW(  0, 0x00000001, 0, ECX, 26 ),  /* Xsave */
    ROW(  1, 0x0000000d, 1, EAX,  0 ),  /* Xsaveopt */
    ROW(  2, 0x00000001, 0, ECX, 28 ),  /* Avx */
    ROW(  3, 0x00000007, 0, EBX,  5 ),  /* Avx2 */
    ROW(  4, 0x00000001, 0, ECX, 12 ),  /* Fma */
    ROW(  5, 0x00000007, 0, EBX, 14 ),  /* Mpx */
    ROW(  6, 0x00000007, 0, EBX, 16 ),  /* Avx512 */
    ROW(  7, 0x00000007, 0, EBX, 17 ),  /* Avx512DQ */
    ROW(  8, 0x00000007, 0, EBX, 28 ),  /* Avx512CD */
    ROW(  9, 0x00000007, 0, EBX, 30 ),  /* Avx512BW */
    ROW( 10, 0x00000007, 0, EBX, 31 ),  /* Avx512VL */
    ROW( 11, 0x0000000d, 1, EAX,  1 ),  /* XsaveComp */
    ROW( 12, 0x0000000d, 1, EAX,  3 ),  /* XsaveSupervisor */
    ROW( 13, 0x0000000d, 1, EAX,  2 ),  /* Xcr1 */
    ROW( 14, 0x00000007, 0, ECX, 12 ),  /* Avx512Bitalg */
    ROW( 15, 0x00000007, 0, EBX, 21 ),  /* Avx512Ifma */
    ROW( 16, 0x00000007, 0, ECX,  1 ),  /* Avx512VBmi */
    ROW( 17, 0x00000007, 0, ECX,  6 ),  /* Avx512VBmi2 */
    ROW( 18, 0x00000007, 0, ECX, 11 ),  /* Avx512Vnni */
    ROW( 19, 0x00000007, 0, ECX,  8 ),  /* Gfni */
    ROW( 20, 0x00000007, 0, ECX,  9 ),  /* Vaes */
    ROW( 21, 0x00000007, 0, ECX, 14 ),  /* Avx512VPopcntdq */
    ROW( 22, 0x00000007, 0, ECX, 10 ),  /* Vpclmulqdq */
    ROW( 23, 0x00000007, 1, EAX,  5 ),  /* Avx512Bf16 */
    ROW( 24, 0x00000007, 0, EDX,  8 ),  /* Avx512Vp2Intersect */
    ROW( 25, 0x00000007, 0, EDX, 23 ),  /* Avx512Fp16 */
    ROW( 26, 0x0000000d, 1, EAX,  4 ),  /* Xfd */
    ROW( 27, 0x00000007, 0, EDX, 24 ),  /* AmxTile */
    ROW( 28, 0x00000007, 0, EDX, 22 ),  /* AmxBf16 */
    ROW( 29, 0x00000007, 0, EDX, 25 ),  /* AmxInt8 */
    ROW( 30, 0x00000007, 1, EAX,  4 ),  /* AvxVnni */
    ROW( 31, 0x00000007, 1, EAX, 23 ),  /* AvxIfma */
    ROW( 32, 0x00000007, 1, EDX,  5 ),  /* AvxNeConvert */
    ROW( 33, 0x00000007, 1, EDX,  4 ),  /* AvxVnniInt8 */
    ROW( 34, 0x00000007, 1, EDX, 10 ),  /* AvxVnniInt16 */
    ROW( 35, 0x00000024, 0, EBX, 17 ),  /* Avx10_1_256 */
    ROW( 36, 0x00000024, 0, EBX, 18 ),  /* Avx10_1_512 */
    ROW( 37, 0x00000007, 1, EAX, 21 ),  /* AmxFp16 */
#undef ROW
};

/* Bits of IA32_ARCH_CAPABILITIES, which KVM gives to every vcpu as it stands: a partition that clears the feature still
 * has them. They are promises ("not vulnerable") and switches that do nothing until they are used. */
static const struct
{
    UINT8 set, bit, msr_bit;
}
arch_rows[] =
{
    { FEATURES_BANK0, 51,  0 },     /* RdclNo */
    { FEATURES_BANK0, 52,  1 },     /* IbrsAll */
    { FEATURES_BANK0, 54,  4 },     /* SsbNo */
    { FEATURES_BANK0, 59,  5 },     /* MdsNo */
    { FEATURES_BANK0, 61,  8 },     /* TaaNo */
    { FEATURES_BANK0, 62,  7 },     /* TsxCtrl */
    { FEATURES_BANK1, 25, 13 },     /* SbdrSsdpNo */
    { FEATURES_BANK1, 26, 14 },     /* FbsdpNo */
    { FEATURES_BANK1, 27, 15 },     /* PsdpNo */
    { FEATURES_BANK1, 28, 17 },     /* FbClear */
};

static const struct
{
    UINT64 feature, xcr0;
}
components[] =
{
    { 1ull << 0,  0x003 },          /* XsaveSupport: FP, SSE */
    { 1ull << 2,  0x004 },          /* AvxSupport */
    { 1ull << 5,  0x018 },          /* MpxSupport: BNDREGS, BNDCSR */
    { 1ull << 6,  0x0e0 },          /* Avx512Support: opmask, upper halves, upper registers */
    { 1ull << 27, 0x60000 },        /* AmxTileSupport: TILECFG, TILEDATA */
};

struct kvm_cpuid_entry2 *features_find( const struct kvm_cpuid2 *cpuid, UINT32 leaf, UINT32 subleaf )
{
    UINT32 i;

    for (i = 0; i < cpuid->nent; i++)
    {
        struct kvm_cpuid_entry2 *entry = (struct kvm_cpuid_entry2 *)&cpuid->entries[i];

        if (entry->function != leaf) continue;
        if (!(entry->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) || entry->index == subleaf) return entry;
    }
    return NULL;
}

static __u32 *find_register( const struct kvm_cpuid2 *cpuid, const struct row *row )
{
    struct kvm_cpuid_entry2 *entry = features_find( cpuid, row->leaf, row->subleaf );

    if (!entry) return NULL;
    switch (row->reg)
    {
    case EAX: return &entry->eax;
    case EBX: return &entry->ebx;
    case ECX: return &entry->ecx;
    default:  return &entry->edx;
    }
}

UINT64 features_read( const struct kvm_cpuid2 *cpuid, UINT64 arch_capabilities, enum feature_set set )
{
    UINT64 ret = 0;
    __u32 *reg;
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        if (rows[i].set != set || !(reg = find_register( cpuid, &rows[i] ))) continue;
        if (*reg >> rows[i].cpuid_bit & 1) ret |= 1ull << rows[i].bit;
    }
    for (i = 0; i < ARRAY_SIZE(arch_rows); i++)
        if (arch_rows[i].set == set && (arch_capabilities >> arch_rows[i].msr_bit & 1)) ret |= 1ull << arch_rows[i].bit;
    return ret;
}

void features_mask( struct kvm_cpuid2 *cpuid, enum feature_set set, UINT64 keep )
{
    __u32 *reg;
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        if (rows[i].set != set || (keep >> rows[i].bit & 1)) continue;
        if ((reg = find_register( cpuid, &rows[i] ))) *reg &= ~(1u << rows[i].cpuid_bit);
    }
}

UINT64 features_xcr0( UINT64 xsave_features )
{
    UINT64 xcr0 = 0;
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE(components); i++)
        if (xsave_features & components[i].feature) xcr0 |= components[i].xcr0;
    return xcr0;
}
