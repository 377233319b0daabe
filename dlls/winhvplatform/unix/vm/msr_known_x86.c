/*
 * Which MSRs a guest has
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
#include "host/host.h"
#include "host/x86.h"
#include "vm/hyperv_x86.h"
#include "vm/msr_known_x86.h"
#include "vm/property.h"

#define ANY         0
#define AMD         1               /* on hosts of this vendor alone */
#define NO_HYPERV   2               /* partitions without enlightenments: their guests' are the client's to answer */
#define NO_APIC     4               /* ... without the platform's APICs: the same */
#define NOT_AMD     8

/* In ascending order: what KVM answers though a hypervisor without it would not. Sources: kvm_get_msr_common and
 * kvm_set_msr_common in arch/x86/kvm/x86.c; that Windows lets its clients answer for them is what OpenVMM relies on
 * (17h, 2ah, 11eh, and of AMD's the counters, SYSCFG, HWCR, NB_CFG and OSVW), or was measured there (the power
 * meters). 34h, ceh and 140h its paravisor answers with 0, as not there below it. The speed of a processor (198h, 199h)
 * is there with a bit of CPUID that KVM never offers, and says "KVM" in its fixed value. */
static const struct
{
    UINT32 first, last;
    UINT8  where;
}
hidden[] =
{
    { 0x00000000, 0x00000001, ANY },        /* machine checks of the first Pentium */
    { 0x00000011, 0x00000012, ANY },        /* KVM's clocks, as they were first */
    { 0x00000017, 0x00000017, ANY },        /* PLATFORM_ID */
    { 0x0000002a, 0x0000002a, ANY },        /* EBL_CR_POWERON */
    { 0x0000002c, 0x0000002c, ANY },        /* EBC_FREQUENCY_ID */
    { 0x00000034, 0x00000034, ANY },        /* SMI_COUNT */
    { 0x000000c1, 0x000000c2, ANY },        /* counters of performance, which CPUID does not offer */
    { 0x000000cd, 0x000000cd, ANY },        /* FSB_FREQ */
    { 0x000000ce, 0x000000ce, ANY },        /* PLATFORM_INFO */
    { 0x0000011e, 0x0000011e, ANY },        /* BBL_CR_CTL3 */
    { 0x00000122, 0x00000122, AMD },        /* TSX_CTRL */
    { 0x00000140, 0x00000140, ANY },        /* MISC_FEATURES_ENABLES */
    { 0x00000186, 0x00000187, ANY },        /* events of those counters */
    { 0x00000198, 0x00000199, ANY },        /* PERF_STATUS, PERF_CTL */
    { 0x000001db, 0x000001de, NOT_AMD },    /* last branches and exceptions, as AMD's processors have them */
    { 0x000001fc, 0x000001fc, ANY },        /* POWER_CTL */
    { 0x00000606, 0x00000606, ANY },        /* power meters: unit, package, memory, cores, graphics */
    { 0x00000611, 0x00000611, ANY },
    { 0x00000619, 0x00000619, ANY },
    { 0x00000639, 0x00000639, ANY },
    { 0x00000641, 0x00000641, ANY },
    { 0x000006e0, 0x000006e0, NO_APIC },    /* TSC_DEADLINE */
    { 0x40000000, 0x400001ff, NO_HYPERV },
    { 0x4b564d00, 0x4b564dff, ANY },        /* KVM's own */
    { 0xc0010000, 0xc0010007, ANY },        /* AMD's counters, SYSCFG, HWCR, CLK_CTL, NB_CFG, interrupts pending, */
    { 0xc0010010, 0xc0010010, ANY },        /* where configuration space is, SMM's memory, OSVW, and configurations */
    { 0xc0010015, 0xc0010015, ANY },
    { 0xc001001b, 0xc001001b, ANY },
    { 0xc001001f, 0xc001001f, ANY },
    { 0xc0010055, 0xc0010055, ANY },
    { 0xc0010058, 0xc0010058, ANY },
    { 0xc0010112, 0xc0010113, ANY },
    { 0xc0010114, 0xc0010117, ANY },        /* of SVM */
    { 0xc0010130, 0xc0010130, ANY },        /* of SEV-ES */
    { 0xc0010140, 0xc0010141, ANY },
    { 0xc0011021, 0xc0011023, ANY },
    { 0xc001102a, 0xc001102a, ANY },
    { 0xc001102c, 0xc001102c, ANY },
};

static BOOL is_amd( const struct host *host )
{
    return host->vendor == WHvProcessorVendorAmd || host->vendor == WHvProcessorVendorHygon;
}

static BOOL is_in( const struct host *host, const struct properties *props, UINT8 where )
{
    if ((where & (AMD | NOT_AMD)) == (is_amd( host ) ? NOT_AMD : AMD)) return 0;
    if ((where & NO_APIC) && props->apic_mode != WHvX64LocalApicEmulationModeNone) return 0;
    return !(where & NO_HYPERV) || !hyperv_features( props );
}

BOOL msr_hidden_stretch( const struct host *host, const struct properties *props, UINT32 i,
                         struct msr_stretch *stretch )
{
    if (i >= ARRAY_SIZE(hidden)) return 0;
    stretch->first = hidden[i].first;
    stretch->last = hidden[i].last;
    /* one that is not for here is an empty one */
    if (!is_in( host, props, hidden[i].where )) stretch->first = stretch->last + 1;
    return 1;
}

BOOL msr_is_hidden( const struct host *host, const struct properties *props, UINT32 index )
{
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE(hidden) && index >= hidden[i].first; i++)
        if (index <= hidden[i].last && is_in( host, props, hidden[i].where )) return 1;
    return 0;
}

/* The bit of CPUID that comes with an MSR; an MSR may have several rows. */
#define NO_BIT              0xff
#define ALWAYS              0, 0, 0, NO_BIT, ANY
#define WITH_APIC           0, 0, 0, NO_BIT, NO_APIC
#define LEAF1( reg, bit )   1, 0, reg, bit, ANY
#define LEAF7( reg, bit )   7, 0, reg, bit, ANY
#define EXT1( reg, bit )    0x80000001, 0, reg, bit, ANY
#define EXT8( bit )         0x80000008, 0, EBX, bit, ANY
#define HYPERV( reg, bit )  0x40000003, 0, reg, bit, NO_HYPERV

#define LONG_MODE   EXT1( EDX, 29 )

/* In ascending order. Sources: Intel SDM volume 4, table 2-2; AMD APM volume 2, appendix A; of Hyper-V's the TLFS,
 * which names them beside the features. */
static const struct
{
    UINT32 first, last;
    UINT32 leaf;
    UINT8  subleaf, reg, bit;
    UINT8  but;                 /* not in partitions that this names: there they are the client's */
}
known[] =
{
    { 0x00000010, 0x00000010, LEAF1( EDX, 4 ) },        /* TSC */
    { 0x0000001b, 0x0000001b, ALWAYS },                 /* APIC_BASE */
    { 0x0000003b, 0x0000003b, LEAF7( EBX, 1 ) },        /* TSC_ADJUST */
    { 0x00000048, 0x00000048, LEAF7( EDX, 26 ) },       /* SPEC_CTRL */
    { 0x00000048, 0x00000048, LEAF7( EDX, 27 ) },
    { 0x00000048, 0x00000048, LEAF7( EDX, 31 ) },
    { 0x00000048, 0x00000048, EXT8( 14 ) },
    { 0x00000048, 0x00000048, EXT8( 15 ) },
    { 0x00000048, 0x00000048, EXT8( 24 ) },
    { 0x00000049, 0x00000049, LEAF7( EDX, 26 ) },       /* PRED_CMD */
    { 0x00000049, 0x00000049, EXT8( 12 ) },
    { 0x000000e1, 0x000000e1, LEAF7( ECX, 5 ) },        /* UMWAIT_CONTROL */
    { 0x000000fe, 0x000000fe, LEAF1( EDX, 12 ) },       /* MTRRs */
    { 0x0000010a, 0x0000010a, LEAF7( EDX, 29 ) },       /* ARCH_CAPABILITIES */
    { 0x0000010b, 0x0000010b, LEAF7( EDX, 28 ) },       /* FLUSH_CMD */
    { 0x00000174, 0x00000176, LEAF1( EDX, 11 ) },       /* SYSENTER */
    { 0x00000179, 0x0000017b, LEAF1( EDX, 14 ) },       /* MCG_CAP, MCG_STATUS, MCG_CTL */
    { 0x000001c4, 0x000001c5, 0xd, 1, EAX, 4, ANY },  /* XFD, XFD_ERR */
    { 0x000001d9, 0x000001d9, ALWAYS },                 /* DEBUGCTL */
    { 0x000001db, 0x000001de, ALWAYS },                 /* AMD's last branches and exceptions, to be read only */
    { 0x00000200, 0x0000020f, LEAF1( EDX, 12 ) },
    { 0x00000250, 0x00000250, LEAF1( EDX, 12 ) },
    { 0x00000258, 0x00000259, LEAF1( EDX, 12 ) },
    { 0x00000268, 0x0000026f, LEAF1( EDX, 12 ) },
    { 0x00000277, 0x00000277, LEAF1( EDX, 16 ) },       /* PAT */
    { 0x000002ff, 0x000002ff, LEAF1( EDX, 12 ) },
    { 0x00000400, 0x0000047f, LEAF1( EDX, 14 ) },       /* banks of machine checks */
    { 0x000006a0, 0x000006a0, LEAF7( ECX, 7 ) },        /* of CET */
    { 0x000006a0, 0x000006a0, LEAF7( EDX, 20 ) },
    { 0x000006a2, 0x000006a2, LEAF7( ECX, 7 ) },
    { 0x000006a2, 0x000006a2, LEAF7( EDX, 20 ) },
    { 0x000006a4, 0x000006a8, LEAF7( ECX, 7 ) },
    { 0x000006e0, 0x000006e0, 1, 0, ECX, 24, NO_APIC },  /* TSC_DEADLINE */
    { 0x00000800, 0x000008ff, WITH_APIC },              /* of an APIC in x2APIC mode */
    { 0x00000d90, 0x00000d90, LEAF7( EBX, 14 ) },       /* BNDCFGS */
    { 0x00000da0, 0x00000da0, 0xd, 1, EAX, 3, ANY },         /* XSS */
    { 0x40000000, 0x40000001, HYPERV( EAX, 5 ) },       /* who the guest is, and its page for hypercalls */
    { 0x40000002, 0x40000002, HYPERV( EAX, 6 ) },       /* VP_INDEX */
    { 0x40000003, 0x40000003, HYPERV( EAX, 7 ) },       /* RESET */
    { 0x40000010, 0x40000010, HYPERV( EAX, 0 ) },       /* VP_RUNTIME */
    { 0x40000020, 0x40000020, HYPERV( EAX, 1 ) },       /* TIME_REF_COUNT */
    { 0x40000021, 0x40000021, HYPERV( EAX, 9 ) },       /* REFERENCE_TSC */
    { 0x40000022, 0x40000023, HYPERV( EAX, 11 ) },      /* frequencies */
    { 0x40000070, 0x40000073, HYPERV( EAX, 4 ) },       /* of the APIC, and the page that assists it */
    { 0x40000080, 0x40000084, HYPERV( EAX, 2 ) },       /* of the SynIC */
    { 0x40000090, 0x4000009f, HYPERV( EAX, 2 ) },
    { 0x400000b0, 0x400000b7, HYPERV( EAX, 3 ) },       /* of synthetic timers */
    { 0x40000100, 0x40000105, HYPERV( EDX, 10 ) },      /* what a guest says that crashes */
    { 0x40000106, 0x40000108, HYPERV( EAX, 13 ) },      /* of reenlightenment */
    { 0xc0000080, 0xc0000080, LONG_MODE },              /* EFER */
    { 0xc0000080, 0xc0000080, EXT1( EDX, 11 ) },
    { 0xc0000080, 0xc0000080, EXT1( EDX, 20 ) },
    { 0xc0000081, 0xc0000084, LONG_MODE },              /* SYSCALL */
    { 0xc0000100, 0xc0000102, LONG_MODE },              /* bases of FS and GS */
    { 0xc0000103, 0xc0000103, EXT1( EDX, 27 ) },        /* TSC_AUX */
    { 0xc0000103, 0xc0000103, LEAF7( ECX, 22 ) },
    { 0xc001011f, 0xc001011f, EXT8( 25 ) },             /* VIRT_SPEC_CTRL */
};

BOOL msr_is_known( const struct properties *props, const struct kvm_cpuid2 *cpuid, UINT32 index )
{
    const struct kvm_cpuid_entry2 *entry;
    UINT32 low = 0, high = ARRAY_SIZE(known), i, regs[4];

    while (low < high)
    {
        i = (low + high) / 2;
        if (known[i].last < index) low = i + 1;
        else high = i;
    }
    for (i = low; i < ARRAY_SIZE(known) && index >= known[i].first; i++)
    {
        if ((known[i].but & NO_APIC) && props->apic_mode == WHvX64LocalApicEmulationModeNone) continue;
        if ((known[i].but & NO_HYPERV) && !hyperv_features( props )) continue;
        if (known[i].bit == NO_BIT) return 1;
        if (!(entry = features_find( cpuid, known[i].leaf, known[i].subleaf ))) continue;
        regs[EAX] = entry->eax;
        regs[EBX] = entry->ebx;
        regs[ECX] = entry->ecx;
        regs[EDX] = entry->edx;
        if (regs[known[i].reg] >> known[i].bit & 1) return 1;
    }
    return 0;
}
