/*
 * Values that registers can have
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

#include <stddef.h>

#include "host/array.h"
#include "host/errors.h"
#include "host/features_x86.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"
#include "registers/values_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define CR0_ET              (1ull << 4)
#define CR0_NW              (1ull << 29)
#define CR0_CD              (1ull << 30)
#define CR0_RESERVED        0x1ffaffc0ull   /* a processor ignores what is written to them */
#define CR4_OLD             0x7ffull        /* up to OSXMMEXCPT: every processor with long mode has them */
#define EFER_LME            (1ull << 8)

#define XFEATURES_MPX       0x18ull
#define XFEATURES_AVX512    0xe0ull
#define XFEATURES_AMX       0x60000ull

#define DR6_BLD             (1ull << 11)
#define DR6_RTM             (1ull << 16)
#define DR6_ONES            0xfffe07f0ull   /* always 1, with BLD and RTM where they mean nothing */
#define DR6_ZERO            0x1000ull
#define DR7_ONES            0x400ull
#define DR7_RTM             (1ull << 11)
#define DR7_ZERO            0xd000ull

#define ALWAYS  0, 0, 0, 0xff
#define NESTED  1               /* with nested virtualization alone */

/* Bits that come with features of the host's. Sources: Intel SDM volume 3A, 2.5; AMD APM volume 2, 3.1. */
struct control_bit
{
    UINT64 bits;
    UINT32 leaf;
    UINT8  subleaf, reg, bit;
    UINT8  flags;
};

static const struct control_bit cr4_bits[] =
{
    { CR4_OLD,      ALWAYS, 0 },
    { CR4_UMIP,     7, 0, ECX, 2, 0 },
    { CR4_LA57,     7, 0, ECX, 16, 0 },
    { 1ull << 13,   1, 0, ECX, 5, NESTED },         /* VMXE */
    { CR4_FSGSBASE, 7, 0, EBX, 0, 0 },
    { CR4_PCIDE,    1, 0, ECX, 17, 0 },
    { CR4_OSXSAVE,  1, 0, ECX, 26, 0 },
    { CR4_SMEP,     7, 0, EBX, 7, 0 },
    { CR4_SMAP,     7, 0, EBX, 20, 0 },
    { CR4_PKE,      7, 0, ECX, 3, 0 },
    { 1ull << 23,   7, 0, ECX, 7, 0 },              /* CET */
    { 1ull << 23,   7, 0, EDX, 20, 0 },
    { 1ull << 24,   7, 0, ECX, 31, 0 },             /* PKS */
    { 1ull << 28,   7, 1, EAX, 26, 0 },             /* LAM_SUP */
    { 1ull << 32,   7, 1, EAX, 17, 0 },             /* FRED */
};

static const struct control_bit efer_bits[] =
{
    { 1ull << 0,            0x80000001, 0, EDX, 11, 0 },        /* SCE */
    { 1ull << 0,            0x80000001, 0, EDX, 29, 0 },
    { EFER_LME | EFER_LMA,  0x80000001, 0, EDX, 29, 0 },
    { EFER_NXE,             0x80000001, 0, EDX, 20, 0 },
    { 1ull << 12,           0x80000001, 0, ECX, 2, NESTED },    /* SVME */
    { EFER_FFXSR,           0x80000001, 0, EDX, 25, 0 },
    { 1ull << 15,           0x80000001, 0, ECX, 17, 0 },        /* TCE */
    { 1ull << 21,           0x80000021, 0, EAX, 8, 0 },         /* AutoIBRS */
};

static BOOL says_cpuid( const struct kvm_cpuid2 *cpuid, UINT32 leaf, UINT32 subleaf, UINT8 reg, UINT8 bit )
{
    const struct kvm_cpuid_entry2 *entry = features_find( cpuid, leaf, subleaf );
    UINT32 regs[4];

    if (!entry) return 0;
    regs[EAX] = entry->eax;
    regs[EBX] = entry->ebx;
    regs[ECX] = entry->ecx;
    regs[EDX] = entry->edx;
    return regs[reg] >> bit & 1;
}

/* A software KVM does not list all that it then forces into a vp's table. */
static BOOL has_feature( const struct vp *vp, UINT32 leaf, UINT32 subleaf, UINT8 reg, UINT8 bit )
{
    return says_cpuid( vp->partition->host->cpuid, leaf, subleaf, reg, bit ) ||
           says_cpuid( &vp->arch.cpuid.table->head, leaf, subleaf, reg, bit );
}

static UINT64 allowed_bits( const struct vp *vp, const struct control_bit *rows, UINT32 count )
{
    UINT64 bits = 0;
    UINT32 i;

    for (i = 0; i < count; i++)
    {
        if ((rows[i].flags & NESTED) && !vp->partition->props.nested_virtualization) continue;
        if (rows[i].bit == 0xff || has_feature( vp, rows[i].leaf, rows[i].subleaf, rows[i].reg, rows[i].bit ))
            bits |= rows[i].bits;
    }
    return bits;
}

/* As XSETBV has it: Intel SDM volume 1, 13.3. */
static BOOL is_xcr0( UINT64 value )
{
    if (!(value & XFEATURE_FP) || (value & ~xsave_host_layout()->features)) return 0;
    if ((value & XFEATURE_AVX) && !(value & XFEATURE_SSE)) return 0;
    if ((value & XFEATURES_MPX) && (value & XFEATURES_MPX) != XFEATURES_MPX) return 0;
    if ((value & XFEATURES_AMX) && (value & XFEATURES_AMX) != XFEATURES_AMX) return 0;
    return !(value & XFEATURES_AVX512) ||
           ((value & XFEATURES_AVX512) == XFEATURES_AVX512 && (value & XFEATURE_AVX));
}

/* As MOV to CR0 has it, whose reserved bits are dropped before: value_settle. */
static BOOL is_cr0( UINT64 value )
{
    return !(value >> 32) && (!(value & CR0_PG) || (value & CR0_PE)) && (!(value & CR0_NW) || (value & CR0_CD));
}

/* Is it a linear address, of as many bits as the vp's paging can have? */
static BOOL is_address( const struct vp *vp, UINT64 value )
{
    UINT32 unused = has_feature( vp, 7, 0, ECX, 16 ) ? 64 - 57 : 64 - 48;       /* LA57 */

    return (UINT64)((INT64)(value << unused) >> unused) == value;
}

static BOOL is_pat( UINT64 value )
{
    for (; value; value >>= 8) if ((value & 0xff) > 7 || (value & 0xfe) == 2) return 0;
    return 1;
}

static BOOL is_apic_base( const struct vp *vp, UINT64 value )
{
    UINT64 address = (1ull << vp->partition->props.phys_bits) - 0x1000;

    if (value & ~(address | APIC_BASE_BSP | APIC_BASE_X2APIC | APIC_BASE_ENABLE)) return 0;
    return !(value & APIC_BASE_X2APIC) || (value & APIC_BASE_ENABLE);
}

HRESULT value_check( const struct vp *vp, UINT32 name, UINT64 value )
{
    BOOL valid = 1;

    switch (name)
    {
    case WHvX64RegisterCr0:
        valid = is_cr0( value );
        break;
    case WHvX64RegisterDr6:
    case WHvX64RegisterDr7:
    case WHvX64RegisterSfmask:
        valid = !(value >> 32);
        break;
    case WHvX64RegisterCr3:
        valid = !(value >> vp->partition->props.phys_bits);
        break;
    case WHvX64RegisterFs:
    case WHvX64RegisterGs:
    case WHvX64RegisterKernelGsBase:
    case WHvX64RegisterSysenterEip:
    case WHvX64RegisterSysenterEsp:
    case WHvX64RegisterLstar:
    case WHvX64RegisterCstar:
    case WHvX64RegisterInterruptSspTableAddr:
        valid = is_address( vp, value );
        break;
    case WHvX64RegisterPl0Ssp:
    case WHvX64RegisterPl1Ssp:
    case WHvX64RegisterPl2Ssp:
    case WHvX64RegisterPl3Ssp:
        valid = is_address( vp, value ) && !(value & 3);
        break;
    case WHvX64RegisterCr4:
        valid = !(value & ~allowed_bits( vp, cr4_bits, ARRAY_SIZE(cr4_bits) ));
        break;
    case WHvX64RegisterEfer:
        valid = !(value & ~allowed_bits( vp, efer_bits, ARRAY_SIZE(efer_bits) ));
        break;
    case WHvX64RegisterApicBase:
        valid = is_apic_base( vp, value );
        break;
    case WHvX64RegisterXCr0:
        valid = is_xcr0( value );
        break;
    case WHvX64RegisterPat:
        valid = is_pat( value );
        break;
    }
    return valid ? S_OK : ERROR_HV_INVALID_REGISTER_VALUE;
}

UINT64 value_settle( const struct vp *vp, UINT32 name, UINT64 value )
{
    BOOL rtm;

    switch (name)
    {
    case WHvX64RegisterCr0:
        return (value & ~CR0_RESERVED) | CR0_ET;
    case WHvX64RegisterDr6:
        value = (value | DR6_ONES) & ~DR6_ZERO;
        if (!has_feature( vp, 7, 0, EBX, 11 )) value |= DR6_RTM;
        if (!has_feature( vp, 7, 0, ECX, 24 )) value |= DR6_BLD;
        return value;
    case WHvX64RegisterDr7:
        rtm = has_feature( vp, 7, 0, EBX, 11 );
        return (value | DR7_ONES) & ~(DR7_ZERO | (rtm ? 0 : DR7_RTM));
    }
    return value;
}

void value_derive_lma( struct vp *vp )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    UINT64 efer = sregs->efer & ~EFER_LMA;

    if ((efer & EFER_LME) && (sregs->cr0 & CR0_PG)) efer |= EFER_LMA;
    view_set_sregs( vp, offsetof( struct kvm_sregs, efer ), &efer, sizeof(efer) );
    if (view_is_dirty( vp, KVM_SYNC_X86_SREGS ) && view_has_odd_code( vp )) lazy_touch( vp, VP_CODE );
}
