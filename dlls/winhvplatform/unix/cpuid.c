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


#include <string.h>

#include "cpuid.h"
#include "features_x86.h"
#include "hyperv_x86.h"
#include "trace.h"
#include "xsave.h"

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

#define LEAF_FEATURES       0x00000001
#define LEAF_CACHES         0x00000004
#define LEAF_FEATURES7      0x00000007
#define LEAF_PERFMON        0x0000000a
#define LEAF_TOPOLOGY       0x0000000b
#define LEAF_XSAVE          0x0000000d
#define LEAF_TOPOLOGY2      0x0000001f
#define LEAF_HYPERVISOR     0x40000000
#define LEAF_HYPERVISOR_END 0x4fffffff
#define LEAF_EXT_FEATURES   0x80000001
#define LEAF_EXT_SIZES      0x80000008
#define LEAF_SVM            0x8000000a
#define LEAF_EXT_CACHES     0x8000001d
#define LEAF_EXT_TOPOLOGY   0x8000001e
#define LEAF_EXT_PERFMON    0x80000022
#define LEAF_EXT_TOPOLOGY2  0x80000026

/* leaf 1 */
#define ECX_VMX             (1u << 5)
#define ECX_PDCM            (1u << 15)
#define ECX_X2APIC          (1u << 21)
#define ECX_TSC_DEADLINE    (1u << 24)
#define ECX_OSXSAVE         (1u << 27)
#define ECX_HYPERVISOR      (1u << 31)
#define EDX_APIC            (1u << 9)
#define EDX_HTT             (1u << 28)
/* leaf 7 */
#define ECX_PKU             (1u << 3)
#define ECX_OSPKE           (1u << 4)
/* leaf 0xD.1 */
#define EAX_XSAVEC          (1u << 1)
#define EAX_XSAVES          (1u << 3)
/* leaf 0x80000001 */
#define ECX_CMP_LEGACY      (1u << 1)
#define ECX_SVM             (1u << 2)
#define ECX_TOPOEXT         (1u << 22)
#define ECX_PERFCTR         (3u << 23 | 1u << 28)   /* core, north bridge, last level cache */

#define APIC_BASE_ENABLE    0x800
#define CR4_OSXSAVE         (1ull << 18)
#define CR4_PKE             (1ull << 22)

#define FEATURE_XSAVES      (1ull << 12)

/* ---- the table as a table: sorted by leaf and subleaf, an entry for all other subleafs behind those for one ---- */

static BOOL is_indexed( const struct kvm_cpuid_entry2 *entry )
{
    return entry->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
}

/* Leaves whose answer depends on ECX, if the table itself doesn't say so (SDM, APM). */
static BOOL has_subleafs( UINT32 leaf )
{
    static const UINT32 leaves[] =
    {
        0x4, 0x7, 0xb, 0xd, 0xf, 0x10, 0x12, 0x14, 0x17, 0x18, 0x1b, 0x1d, 0x1e, 0x1f, 0x20, 0x23, 0x24,
        0x8000001d, 0x80000020, 0x80000026,
    };
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE(leaves); i++) if (leaves[i] == leaf) return TRUE;
    return FALSE;
}

/* A new entry, all zero but for its place; NULL if there is no room. */
static struct kvm_cpuid_entry2 *insert( struct cpuid_table *table, UINT32 leaf, UINT32 subleaf, BOOL indexed )
{
    struct kvm_cpuid_entry2 *entry;
    UINT32 i;

    if (table->head.nent >= CPUID_MAX_ENTRIES) return NULL;
    for (i = 0; i < table->head.nent; i++)
    {
        entry = &table->entries[i];
        if (entry->function > leaf) break;
        if (entry->function == leaf && indexed && (!is_indexed( entry ) || entry->index > subleaf)) break;
    }
    entry = &table->entries[i];
    memmove( entry + 1, entry, (table->head.nent - i) * sizeof(*entry) );
    memset( entry, 0, sizeof(*entry) );
    table->head.nent++;
    entry->function = leaf;
    if (indexed)
    {
        entry->index = subleaf;
        entry->flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
    }
    return entry;
}

static void remove_entry( struct cpuid_table *table, UINT32 i )
{
    memmove( &table->entries[i], &table->entries[i + 1], (table->head.nent - i - 1) * sizeof(table->entries[0]) );
    table->head.nent--;
}

static void remove_leaf( struct cpuid_table *table, UINT32 leaf )
{
    UINT32 i;

    for (i = table->head.nent; i--;) if (table->entries[i].function == leaf) remove_entry( table, i );
}

static struct kvm_cpuid_entry2 *find( const struct cpuid_table *table, UINT32 leaf, UINT32 subleaf )
{
    return features_find( &table->head, leaf, subleaf );
}

static UINT32 max_basic_leaf( const struct cpuid_table *table )
{
    const struct kvm_cpuid_entry2 *entry = find( table, 0, 0 );

    return entry ? entry->eax : 0;
}

static BOOL is_amd( const struct host *host )
{
    return host->vendor == WHvProcessorVendorAmd || host->vendor == WHvProcessorVendorHygon;
}

/* ---- building ---- */

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
        if ((entry = insert( table, from->function, from->index, is_indexed( from )))) *entry = *from;
    }
    /* else an Intel guest would read the highest basic leaf there */
    insert( table, LEAF_HYPERVISOR, 0, FALSE );
}

static UINT32 xsave_area_size( const struct cpuid_table *table, UINT64 components, BOOL compacted )
{
    const struct kvm_cpuid_entry2 *entry;
    UINT32 i, offset, size = XSAVE_EXTENDED;

    for (i = 2; i < XSAVE_COMPONENTS; i++)
    {
        if (!(components >> i & 1)) continue;
        if (!(entry = find( table, LEAF_XSAVE, i )) || entry->index != i) continue;
        offset = !compacted ? entry->ebx : entry->ecx & 2 ? (size + 63) & ~63u : size;
        if (offset + entry->eax > size) size = offset + entry->eax;
    }
    return size;
}

static void mask_xsave( struct cpuid_table *table, UINT64 features )
{
    const struct kvm_cpuid_entry2 *leaf7 = find( table, LEAF_FEATURES7, 0 );
    struct kvm_cpuid_entry2 *entry;
    UINT64 user = features_xcr0( features ), supervisor = 0;
    UINT32 i;

    if (!(features & FEATURE_XSAVE))
    {
        remove_leaf( table, LEAF_XSAVE );
        if (max_basic_leaf( table ) >= LEAF_XSAVE) insert( table, LEAF_XSAVE, 0, TRUE );
        return;
    }
    /* protection keys are no feature of the banks: KVM decides */
    if (leaf7 && (leaf7->ecx & ECX_PKU)) user |= XSTATE_PKRU;
    if ((entry = find( table, LEAF_XSAVE, 0 )))
    {
        user &= entry->eax | (UINT64)entry->edx << 32;
        entry->eax = user;
        entry->edx = user >> 32;
    }
    if ((entry = find( table, LEAF_XSAVE, 1 )))
    {
        if (!(features & FEATURE_XSAVES)) entry->ecx = entry->edx = 0;
        supervisor = entry->ecx | (UINT64)entry->edx << 32;
    }
    for (i = table->head.nent; i--;)
    {
        entry = &table->entries[i];
        if (entry->function != LEAF_XSAVE || entry->index < 2) continue;
        if (entry->index >= XSAVE_COMPONENTS || !((user | supervisor) >> entry->index & 1)) remove_entry( table, i );
    }
    if ((entry = find( table, LEAF_XSAVE, 0 ))) entry->ecx = xsave_area_size( table, user, FALSE );
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
    if ((entry = find( table, LEAF_FEATURES, 0 )))
    {
        entry->ecx &= ~(ECX_OSXSAVE | ECX_HYPERVISOR);
        if (!props->nested_virtualization) entry->ecx &= ~ECX_VMX;
        if (!props->perfmon_features) entry->ecx &= ~ECX_PDCM;
        if (props->apic_mode != WHvX64LocalApicEmulationModeX2Apic) entry->ecx &= ~ECX_X2APIC;
        /* a timer of the local APIC */
        if (props->apic_mode == WHvX64LocalApicEmulationModeNone) entry->ecx &= ~ECX_TSC_DEADLINE;
        entry->ebx = (entry->ebx & ~0xff00u) | props->clflush_size << 8;
    }
    if ((entry = find( table, LEAF_EXT_FEATURES, 0 )))
    {
        if (!props->nested_virtualization) entry->ecx &= ~ECX_SVM;
        if (!props->perfmon_features) entry->ecx &= ~ECX_PERFCTR;
    }
    if ((entry = find( table, LEAF_EXT_SIZES, 0 )) && (entry->eax & 0xff) != props->phys_bits)
        entry->eax = (entry->eax & 0xff00) | props->phys_bits;
    if (!props->nested_virtualization && (entry = find( table, LEAF_SVM, 0 )))
        entry->eax = entry->ebx = entry->ecx = entry->edx = 0;
    if (!props->perfmon_features)
    {
        if ((entry = find( table, LEAF_PERFMON, 0 ))) entry->eax = entry->ebx = entry->ecx = entry->edx = 0;
        if ((entry = find( table, LEAF_EXT_PERFMON, 0 ))) entry->eax = entry->ebx = entry->ecx = entry->edx = 0;
    }
}

static void set_topology_leaf( struct cpuid_table *table, UINT32 leaf, UINT32 count, UINT32 bits, UINT32 id )
{
    struct kvm_cpuid_entry2 *entry;

    remove_leaf( table, leaf );
    if ((entry = insert( table, leaf, 0, TRUE )))           /* threads of a core */
    {
        entry->ebx = 1;
        entry->ecx = 1 << 8;
        entry->edx = id;
    }
    if ((entry = insert( table, leaf, 1, TRUE )))           /* cores of the package */
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
    UINT32 bits = 0, max = max_basic_leaf( table );
    struct kvm_cpuid_entry2 *entry;
    BOOL extended = FALSE;

    if (!count) count = 1;
    while (bits < 31 && 1u << bits < count) bits++;

    if ((entry = find( table, LEAF_FEATURES, 0 )))
    {
        entry->ebx = (entry->ebx & 0xffff) | (count < 255 ? count : 255) << 16 | id << 24;
        entry->edx = (entry->edx & ~EDX_HTT) | (count > 1 ? EDX_HTT : 0);
    }
    if (max >= LEAF_TOPOLOGY) set_topology_leaf( table, LEAF_TOPOLOGY, count, bits, id );
    if (max >= LEAF_TOPOLOGY2) set_topology_leaf( table, LEAF_TOPOLOGY2, count, bits, id );

    if (!is_amd( host ))
    {
        set_cache_sharing( table, LEAF_CACHES, bits );
        return;
    }
    if ((entry = find( table, LEAF_EXT_FEATURES, 0 )))
    {
        entry->ecx = (entry->ecx & ~ECX_CMP_LEGACY) | (count > 1 ? ECX_CMP_LEGACY : 0);
        extended = !!(entry->ecx & ECX_TOPOEXT);
    }
    if ((entry = find( table, LEAF_EXT_SIZES, 0 )))
        entry->ecx = (entry->ecx & ~0xf0ffu) | (count < 256 ? count - 1 : 255) | (bits < 15 ? bits : 15) << 12;
    set_cache_sharing( table, LEAF_EXT_CACHES, bits );
    remove_leaf( table, LEAF_EXT_TOPOLOGY2 );
    if (extended && (entry = find( table, LEAF_EXT_TOPOLOGY, 0 )))
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

    remove_leaf( table, result->Function );
    if (!(entry = insert( table, result->Function, 0, FALSE ))) return FALSE;
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
        entry = find( table, result->Function, result->Index );
        if (!entry || (!is_indexed( entry ) && has_subleafs( result->Function )))
        {
            /* this subleaf leaves the common answer of all */
            memset( &copy, 0, sizeof(copy) );
            if (entry) copy = *entry;
            if (!(entry = insert( table, result->Function, result->Index, TRUE ))) return FALSE;
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
    if (!(entry = insert( table, result->Function, 0, FALSE ))) return FALSE;
    apply_mask( entry, result );
    return TRUE;
}

static void add_hyperv( struct cpuid_table *table, const struct host *host, const struct properties *props )
{
    UINT32 i, count = hyperv_leaf_count( props );
    struct kvm_cpuid_entry2 *entry;
    WHV_CPUID_OUTPUT output;

    if (count && (entry = find( table, LEAF_FEATURES, 0 ))) entry->ecx |= ECX_HYPERVISOR;
    for (i = 0; i < count; i++)
    {
        hyperv_get_leaf( host, props, LEAF_HYPERVISOR + i, &output );
        cpuid_replace( table, LEAF_HYPERVISOR + i, 0, &output );
    }
}

void cpuid_build( struct cpuid_table *table, const struct host *host, const struct properties *props, UINT32 index )
{
    UINT32 i, lost = 0;

    copy_host( table, host );
    mask_features( table, props );
    set_topology( table, host, props->processor_count, index );
    add_hyperv( table, host, props );
    for (i = 0; i < props->cpuid_result_count; i++)
        if (!apply_result( table, &props->cpuid_results[i] )) lost++;
    for (i = 0; i < props->cpuid_result2_count; i++)
    {
        const WHV_X64_CPUID_RESULT2 *result = &props->cpuid_results2[i];

        if ((result->Flags & WHvX64CpuidResult2FlagVpSpecific) && result->VpIndex != index) continue;
        if (!apply_result2( table, result )) lost++;
    }
    if (lost) WARN( "vp %u: no room for %u CPUID results, KVM takes %u\n", index, lost, CPUID_MAX_ENTRIES );
}

/* ---- reading ---- */

static BOOL starts_with_amd( const struct kvm_cpuid_entry2 *entry )
{
    /* AuthenticAMD, HygonGenuine, and the AMDisbetter! of old */
    return entry->ebx == 0x68747541 || entry->ebx == 0x6f677948 || entry->ebx == 0x69444d41;
}

/* Where KVM reads a leaf that the table hasn't got: AMD's answer is zero, Intel's is the highest basic leaf. */
static const struct kvm_cpuid_entry2 *find_out_of_range( const struct cpuid_table *table, UINT32 *leaf, UINT32 subleaf )
{
    const struct kvm_cpuid_entry2 *basic = find( table, 0, 0 ), *range;

    if (!basic || starts_with_amd( basic )) return NULL;
    if (*leaf >= LEAF_HYPERVISOR && *leaf <= LEAF_HYPERVISOR_END) range = find( table, *leaf & 0xffffff00, 0 );
    else if (*leaf >= 0xc0000000) range = find( table, 0xc0000000, 0 );
    else range = find( table, *leaf & 0x80000000, 0 );
    if (range && *leaf <= range->eax) return NULL;
    *leaf = basic->eax;
    return find( table, *leaf, subleaf );
}

void cpuid_lookup( const struct cpuid_table *table, UINT32 eax, UINT32 ecx, UINT64 cr4, UINT64 xcr0, UINT64 xss,
                   WHV_CPUID_OUTPUT *out )
{
    const struct kvm_cpuid_entry2 *entry = find( table, eax, ecx );
    UINT32 leaf = eax;

    memset( out, 0, sizeof(*out) );
    if (!entry) entry = find_out_of_range( table, &leaf, ecx );
    if (!entry)
    {
        /* unknown levels of a topology still tell the APIC id */
        if ((leaf == LEAF_TOPOLOGY || leaf == LEAF_TOPOLOGY2) && (entry = find( table, leaf, 1 )))
        {
            out->Ecx = ecx & 0xff;
            out->Edx = entry->edx;
        }
        return;
    }
    out->Eax = entry->eax;
    out->Ebx = entry->ebx;
    out->Ecx = entry->ecx;
    out->Edx = entry->edx;

    if (leaf == LEAF_FEATURES) out->Ecx = (out->Ecx & ~ECX_OSXSAVE) | (cr4 & CR4_OSXSAVE ? ECX_OSXSAVE : 0);
    else if (leaf == LEAF_FEATURES7 && !entry->index)
        out->Ecx = (out->Ecx & ~ECX_OSPKE) | ((cr4 & CR4_PKE) && (out->Ecx & ECX_PKU) ? ECX_OSPKE : 0);
    else if (leaf == LEAF_XSAVE && !entry->index && (out->Eax | out->Edx))
        out->Ebx = xsave_area_size( table, xcr0, FALSE );
    else if (leaf == LEAF_XSAVE && entry->index == 1 && (out->Eax & (EAX_XSAVEC | EAX_XSAVES)))
        out->Ebx = xsave_area_size( table, xcr0 | xss, TRUE );
}

void cpuid_apic( UINT32 eax, UINT64 apic_base, WHV_CPUID_OUTPUT *out )
{
    if (eax == LEAF_FEATURES) out->Edx = (out->Edx & ~EDX_APIC) | (apic_base & APIC_BASE_ENABLE ? EDX_APIC : 0);
}

BOOL cpuid_replace( struct cpuid_table *table, UINT32 eax, UINT32 ecx, const WHV_CPUID_OUTPUT *out )
{
    struct kvm_cpuid_entry2 *entry = find( table, eax, ecx );

    if (!entry && !(entry = insert( table, eax, ecx, has_subleafs( eax )))) return FALSE;
    entry->eax = out->Eax;
    entry->ebx = out->Ebx;
    entry->ecx = out->Ecx;
    entry->edx = out->Edx;
    return TRUE;
}

/* ---- exits ---- */

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
            if (i && !is_indexed( &table->entries[i] ) && table->entries[i - 1].function == table->entries[i].function) continue;
            add_exit( &list, table->entries[i].function, table->entries[i].index );
        }
        return list.count;
    }
    for (i = 0; i < props->cpuid_exit_count; i++)
    {
        before = list.count;
        for (j = 0; j < table->head.nent; j++)
            if (table->entries[j].function == props->cpuid_exits[i] && is_indexed( &table->entries[j] ))
                add_exit( &list, props->cpuid_exits[i], table->entries[j].index );
        /* no subleafs, or not in the table at all: the client may still have an answer */
        if (list.count == before) add_exit( &list, props->cpuid_exits[i], 0 );
    }
    return list.count;
}
