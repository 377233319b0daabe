/*
 * CPUID
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

#include <string.h>

#include "host/array.h"
#include "host/features_x86.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"
#include "vm/cpuid_table_x86.h"
#include "vm/cpuid_x86.h"
#include "vm/hyperv_x86.h"
#include "vm/property.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

#define FEATURE_XSAVES      (1ull << 12)

static void copy_host( struct cpuid_table *table, const struct host *host )
{
    const struct kvm_cpuid_entry2 *from;
    struct kvm_cpuid_entry2 *entry;
    UINT32 i;

    table->head.nent = 0;
    table->head.padding = 0;
    for (i = 0; i < host->cpuid->nent; i++)
    {
        from = &host->cpuid->entries[i];
        /* KVM's own paravirtualization */
        if (from->function >= LEAF_HYPERVISOR && from->function <= LEAF_HYPERVISOR_END) continue;
        if ((entry = cpuid_insert( table, from->function, from->index, cpuid_is_indexed( from )))) *entry = *from;
    }
    /* else an Intel guest would read the highest basic leaf there */
    cpuid_insert( table, LEAF_HYPERVISOR, 0, FALSE );
}

static void mask_xsave( struct cpuid_table *table, UINT64 features )
{
    const struct kvm_cpuid_entry2 *leaf7 = cpuid_find( table, LEAF_FEATURES7, 0 );
    struct kvm_cpuid_entry2 *entry;
    UINT64 user = features_xcr0( features ), supervisor = 0;
    UINT32 i;

    if (!(features & FEATURE_XSAVE))
    {
        cpuid_remove_leaf( table, LEAF_XSAVE );
        if (cpuid_max_basic_leaf( table ) >= LEAF_XSAVE) cpuid_insert( table, LEAF_XSAVE, 0, TRUE );
        return;
    }
    /* protection keys are no feature of the banks: KVM decides */
    if (leaf7 && (leaf7->ecx & ECX_PKU)) user |= XFEATURE_PKRU;
    if ((entry = cpuid_find( table, LEAF_XSAVE, 0 )))
    {
        user &= entry->eax | (UINT64)entry->edx << 32;
        entry->eax = user;
        entry->edx = user >> 32;
    }
    if ((entry = cpuid_find( table, LEAF_XSAVE, 1 )))
    {
        if (!(features & FEATURE_XSAVES)) entry->ecx = entry->edx = 0;
        supervisor = entry->ecx | (UINT64)entry->edx << 32;
    }
    for (i = table->head.nent; i--;)
    {
        entry = &table->entries[i];
        if (entry->function != LEAF_XSAVE || entry->index < 2) continue;
        if (entry->index >= XSAVE_COMPONENTS || !((user | supervisor) >> entry->index & 1))
            cpuid_remove_entry( table, i );
    }
    if ((entry = cpuid_find( table, LEAF_XSAVE, 0 ))) entry->ecx = xsave_area_size( table, user, FALSE );
}

static void mask_features( struct cpuid_table *table, const struct properties *props )
{
    UINT64 xsave = props->xsave_features & FEATURE_XSAVE ? props->xsave_features : 0;
    struct kvm_cpuid_entry2 *entry;

    features_mask( &table->head, FEATURES_BANK0, props->banks.AsUINT64[0] );
    features_mask( &table->head, FEATURES_BANK1, props->banks.AsUINT64[1] );
    features_mask( &table->head, FEATURES_XSAVE, xsave );
    mask_xsave( table, xsave );

    /* what is no feature of the banks, and not there unless other properties ask for it */
    if ((entry = cpuid_find( table, LEAF_FEATURES, 0 )))
    {
        entry->ecx &= ~(ECX_OSXSAVE | ECX_HYPERVISOR);
        if (!props->nested_virtualization) entry->ecx &= ~ECX_VMX;
        if (!props->perfmon_features) entry->ecx &= ~ECX_PDCM;
        if (props->apic_mode != WHvX64LocalApicEmulationModeX2Apic) entry->ecx &= ~ECX_X2APIC;
        /* a timer of the local APIC */
        if (props->apic_mode == WHvX64LocalApicEmulationModeNone) entry->ecx &= ~ECX_TSC_DEADLINE;
        entry->ebx = (entry->ebx & ~0xff00u) | props->clflush_size << 8;
    }
    if ((entry = cpuid_find( table, LEAF_EXT_FEATURES, 0 )))
    {
        if (!props->nested_virtualization) entry->ecx &= ~ECX_SVM;
        if (!props->perfmon_features) entry->ecx &= ~ECX_PERFCTR;
    }
    /* no third width, of guests: on Intel's hosts KVM alone has one */
    if ((entry = cpuid_find( table, LEAF_EXT_SIZES, 0 ))) entry->eax = (entry->eax & 0xff00) | props->phys_bits;
    if (!props->nested_virtualization && (entry = cpuid_find( table, LEAF_SVM, 0 )))
        entry->eax = entry->ebx = entry->ecx = entry->edx = 0;
    if (!props->perfmon_features)
    {
        if ((entry = cpuid_find( table, LEAF_PERFMON, 0 ))) entry->eax = entry->ebx = entry->ecx = entry->edx = 0;
        if ((entry = cpuid_find( table, LEAF_EXT_PERFMON, 0 ))) entry->eax = entry->ebx = entry->ecx = entry->edx = 0;
    }
}

static void set_topology_leaf( struct cpuid_table *table, UINT32 leaf, UINT32 count, UINT32 bits, UINT32 id )
{
    struct kvm_cpuid_entry2 *entry;

    cpuid_remove_leaf( table, leaf );
    if ((entry = cpuid_insert( table, leaf, 0, TRUE )))           /* threads of a core */
    {
        entry->ebx = 1;
        entry->ecx = 1 << 8;
        entry->edx = id;
    }
    if ((entry = cpuid_insert( table, leaf, 1, TRUE )))           /* cores of the package */
    {
        entry->eax = bits;
        entry->ebx = count;
        entry->ecx = 2 << 8 | 1;
        entry->edx = id;
    }
}

/* Caches of level 3 and up are everybody's, the others belong to one core. */
static void set_cache_sharing( struct cpuid_table *table, UINT32 leaf, UINT32 bits )
{
    UINT32 i, level, sharing, cores = bits < 6 ? (1 << bits) - 1 : 63;

    for (i = 0; i < table->head.nent; i++)
    {
        struct kvm_cpuid_entry2 *entry = &table->entries[i];

        if (entry->function != leaf || !(entry->eax & 0x1f)) continue;
        level = entry->eax >> 5 & 7;
        sharing = level < 3 ? 0 : bits < 12 ? (1 << bits) - 1 : 0xfff;
        entry->eax = (entry->eax & 0x3fff) | sharing << 14;
        if (leaf == LEAF_CACHES) entry->eax |= cores << 26;
    }
}

static void set_topology( struct cpuid_table *table, const struct host *host, UINT32 count, UINT32 id )
{
    UINT32 bits = 0, max = cpuid_max_basic_leaf( table );
    struct kvm_cpuid_entry2 *entry;
    BOOL extended = FALSE;

    if (!count) count = 1;
    while (bits < 31 && 1u << bits < count) bits++;

    if ((entry = cpuid_find( table, LEAF_FEATURES, 0 )))
    {
        entry->ebx = (entry->ebx & 0xffff) | (count < 255 ? count : 255) << 16 | id << 24;
        entry->edx = (entry->edx & ~EDX_HTT) | (count > 1 ? EDX_HTT : 0);
    }
    if (max >= LEAF_TOPOLOGY) set_topology_leaf( table, LEAF_TOPOLOGY, count, bits, id );
    if (max >= LEAF_TOPOLOGY2) set_topology_leaf( table, LEAF_TOPOLOGY2, count, bits, id );

    if (!cpuid_is_amd( host ))
    {
        set_cache_sharing( table, LEAF_CACHES, bits );
        return;
    }
    if ((entry = cpuid_find( table, LEAF_EXT_FEATURES, 0 )))
    {
        entry->ecx = (entry->ecx & ~ECX_CMP_LEGACY) | (count > 1 ? ECX_CMP_LEGACY : 0);
        extended = !!(entry->ecx & ECX_TOPOEXT);
    }
    if ((entry = cpuid_find( table, LEAF_EXT_SIZES, 0 )))
        entry->ecx = (entry->ecx & ~0xf0ffu) | (count < 256 ? count - 1 : 255) | (bits < 15 ? bits : 15) << 12;
    set_cache_sharing( table, LEAF_EXT_CACHES, bits );
    cpuid_remove_leaf( table, LEAF_EXT_TOPOLOGY2 );
    if (extended && (entry = cpuid_find( table, LEAF_EXT_TOPOLOGY, 0 )))
    {
        entry->eax = id;
        entry->ebx = id & 0xff;         /* core, of one thread */
        entry->ecx = 0;                 /* node 0, of one */
        entry->edx = 0;
    }
}

static BOOL apply_result( struct cpuid_table *table, const WHV_X64_CPUID_RESULT *result )
{
    struct kvm_cpuid_entry2 *entry;

    cpuid_remove_leaf( table, result->Function );
    if (!(entry = cpuid_insert( table, result->Function, 0, FALSE ))) return FALSE;
    entry->eax = result->Eax;
    entry->ebx = result->Ebx;
    entry->ecx = result->Ecx;
    entry->edx = result->Edx;
    return TRUE;
}

static void apply_mask( struct kvm_cpuid_entry2 *entry, const WHV_X64_CPUID_RESULT2 *result )
{
    entry->eax = (entry->eax & ~result->Mask.Eax) | (result->Output.Eax & result->Mask.Eax);
    entry->ebx = (entry->ebx & ~result->Mask.Ebx) | (result->Output.Ebx & result->Mask.Ebx);
    entry->ecx = (entry->ecx & ~result->Mask.Ecx) | (result->Output.Ecx & result->Mask.Ecx);
    entry->edx = (entry->edx & ~result->Mask.Edx) | (result->Output.Edx & result->Mask.Edx);
}

static BOOL apply_result2( struct cpuid_table *table, const WHV_X64_CPUID_RESULT2 *result )
{
    struct kvm_cpuid_entry2 *entry, copy;
    UINT32 i, found = 0;

    if (result->Flags & WHvX64CpuidResult2FlagSubleafSpecific)
    {
        entry = cpuid_find( table, result->Function, result->Index );
        if (!entry || (!cpuid_is_indexed( entry ) && cpuid_has_subleafs( result->Function )))
        {
            /* this subleaf leaves the common answer of all */
            memset( &copy, 0, sizeof(copy) );
            if (entry) copy = *entry;
            if (!(entry = cpuid_insert( table, result->Function, result->Index, TRUE ))) return FALSE;
            entry->eax = copy.eax;
            entry->ebx = copy.ebx;
            entry->ecx = copy.ecx;
            entry->edx = copy.edx;
        }
        apply_mask( entry, result );
        return TRUE;
    }
    for (i = 0; i < table->head.nent; i++)
    {
        if (table->entries[i].function != result->Function) continue;
        apply_mask( &table->entries[i], result );
        found++;
    }
    if (found) return TRUE;
    if (!(entry = cpuid_insert( table, result->Function, 0, FALSE ))) return FALSE;
    apply_mask( entry, result );
    return TRUE;
}

static void add_hyperv( struct cpuid_table *table, const struct host *host, const struct properties *props )
{
    UINT32 i, count = hyperv_leaf_count( props );
    struct kvm_cpuid_entry2 *entry;
    WHV_CPUID_OUTPUT output;

    if (count && (entry = cpuid_find( table, LEAF_FEATURES, 0 ))) entry->ecx |= ECX_HYPERVISOR;
    for (i = 0; i < count; i++)
    {
        hyperv_get_leaf( host, props, LEAF_HYPERVISOR + i, &output );
        cpuid_replace( table, LEAF_HYPERVISOR + i, 0, &output );
    }
}

/* What doesn't work if KVM has no hand in it: bits of control registers, MSRs, states of the processor. An instruction
 * that any program may execute is not among them: it works where the processor has it. */
static const struct
{
    UINT32 leaf;
    UINT8  subleaf, reg;
    UINT32 bits;
}
supported_alone[] =
{
    { LEAF_FEATURES, 0, ECX, 1u << 2 | 1u << 4 | 1u << 17 },    /* DTES64, DS-CPL, PCID */
    { LEAF_FEATURES, 0, EDX, 1u << 21 },                /* the debug store: DS */
    /* FSGSBASE, TSC_ADJUST, SMEP, INVPCID, MPX, SMAP, PT */
    { LEAF_FEATURES7, 0, EBX, 1u << 0 | 1u << 1 | 1u << 7 | 1u << 10 | 1u << 14 | 1u << 20 | 1u << 25 },
    /* UMIP, PKU, WAITPKG, CET_SS, LA57, KL, BUS_LOCK_DETECT, ENQCMD, PKS */
    { LEAF_FEATURES7, 0, ECX, 1u << 2 | 1u << 3 | 1u << 5 | 1u << 7 | 1u << 16 | 1u << 23 | 1u << 24 | 1u << 29 |
                              1u << 31 },
    /* UINTR, PCONFIG, ARCH_LBR, CET_IBT, AMX, SPEC_CTRL, STIBP, L1D_FLUSH, both CAPABILITIES, SSBD */
    { LEAF_FEATURES7, 0, EDX, 1u << 5 | 1u << 18 | 1u << 19 | 1u << 20 | 1u << 22 | 1u << 24 | 0xfe000000 },
    /* FRED, LKGS, WRMSRNS, LAM, MSRLIST */
    { LEAF_FEATURES7, 1, EAX, 1u << 17 | 1u << 18 | 1u << 19 | 1u << 26 | 1u << 27 },
    { LEAF_XSAVE, 1, EAX, 1u << 3 | 1u << 4 },          /* XSAVES, XFD */
    { LEAF_XSAVE, 1, ECX, ~0u },                        /* states that XSS may have */
    { LEAF_XSAVE, 1, EDX, ~0u },
    { LEAF_EXT_FEATURES, 0, ECX, 1u << 2 | 1u << 17 },  /* SVM, TCE */
    { LEAF_EXT_FEATURES, 0, EDX, 1u << 20 | 1u << 27 }, /* NX, RDTSCP */
    /* IBPB, IBRS, STIBP, SSBD, VIRT_SSBD, PSFD */
    { LEAF_EXT_SIZES, 0, EBX, 1u << 12 | 1u << 14 | 1u << 15 | 1u << 24 | 1u << 25 | 1u << 28 },
    { 0x80000021, 0, EAX, 1u << 8 },                    /* AutoIBRS */
};

void cpuid_trim( struct cpuid_table *table, const struct host *host )
{
    const struct kvm_cpuid_entry2 *offered;
    struct kvm_cpuid_entry2 *entry;
    UINT32 i, have;

    for (i = 0; i < ARRAY_SIZE(supported_alone); i++)
    {
        if (!(entry = cpuid_find( table, supported_alone[i].leaf, supported_alone[i].subleaf ))) continue;
        offered = features_find( host->cpuid, supported_alone[i].leaf, supported_alone[i].subleaf );
        have = offered ? (&offered->eax)[supported_alone[i].reg] : 0;
        (&entry->eax)[supported_alone[i].reg] &= have | ~supported_alone[i].bits;
    }
}

void cpuid_build( struct cpuid_table *table, const struct host *host, const struct properties *props, UINT32 index,
                  UINT32 apic_id )
{
    UINT32 i, lost = 0;

    copy_host( table, host );
    mask_features( table, props );
    set_topology( table, host, props->processor_count, apic_id );
    add_hyperv( table, host, props );
    for (i = 0; i < props->cpuid_result_count; i++)
        if (!apply_result( table, &props->cpuid_results[i] )) lost++;
    for (i = 0; i < props->cpuid_result2_count; i++)
    {
        const WHV_X64_CPUID_RESULT2 *result = &props->cpuid_results2[i];

        if ((result->Flags & WHvX64CpuidResult2FlagVpSpecific) && result->VpIndex != index) continue;
        if (!apply_result2( table, result )) lost++;
    }
    cpuid_trim( table, host );
    if (lost) WARN( "vp %u: no room for %u CPUID results, KVM takes %u\n", index, lost, CPUID_MAX_ENTRIES );
}

void cpuid_apic( UINT32 eax, UINT64 apic_base, WHV_CPUID_OUTPUT *out )
{
    if (eax == LEAF_FEATURES) out->Edx = (out->Edx & ~EDX_APIC) | (apic_base & APIC_BASE_ENABLE ? EDX_APIC : 0);
}

struct exit_list
{
    UINT32 *leaf, *subleaf, count, room;
};

static void add_exit( struct exit_list *list, UINT32 leaf, UINT32 subleaf )
{
    UINT32 i;

    for (i = 0; i < list->count; i++) if (list->leaf[i] == leaf && list->subleaf[i] == subleaf) return;
    if (list->count == list->room) return;
    list->leaf[list->count] = leaf;
    list->subleaf[list->count++] = subleaf;
}

UINT32 cpuid_exit_leaves( const struct cpuid_table *table, const struct properties *props,
                          UINT32 *leaf, UINT32 *subleaf, UINT32 room )
{
    struct exit_list list = { leaf, subleaf, 0, room };
    UINT32 i, j, before;

    if (!props->cpuid_exit_list_set)
    {
        for (i = 0; i < table->head.nent; i++)
        {
            /* one for all subleafs has no subleaf of its own to ask for, if there are others */
            if (i && !cpuid_is_indexed( &table->entries[i] ) &&
                table->entries[i - 1].function == table->entries[i].function) continue;
            add_exit( &list, table->entries[i].function, table->entries[i].index );
        }
        return list.count;
    }
    for (i = 0; i < props->cpuid_exit_count; i++)
    {
        before = list.count;
        for (j = 0; j < table->head.nent; j++)
            if (table->entries[j].function == props->cpuid_exits[i] && cpuid_is_indexed( &table->entries[j] ))
                add_exit( &list, props->cpuid_exits[i], table->entries[j].index );
        /* no subleafs, or not in the table at all: the client may still have an answer */
        if (list.count == before) add_exit( &list, props->cpuid_exits[i], 0 );
    }
    return list.count;
}
