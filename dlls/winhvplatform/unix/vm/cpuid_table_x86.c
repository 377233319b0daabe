/*
 * CPUID as a table
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

BOOL cpuid_is_indexed( const struct kvm_cpuid_entry2 *entry )
{
    return entry->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
}

BOOL cpuid_has_subleafs( UINT32 leaf )
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

struct kvm_cpuid_entry2 *cpuid_insert( struct cpuid_table *table, UINT32 leaf, UINT32 subleaf, BOOL indexed )
{
    struct kvm_cpuid_entry2 *entry;
    UINT32 i;

    if (table->head.nent >= CPUID_MAX_ENTRIES) return NULL;
    for (i = 0; i < table->head.nent; i++)
    {
        entry = &table->entries[i];
        if (entry->function > leaf) break;
        if (entry->function == leaf && indexed && (!cpuid_is_indexed( entry ) || entry->index > subleaf)) break;
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

void cpuid_remove_entry( struct cpuid_table *table, UINT32 i )
{
    memmove( &table->entries[i], &table->entries[i + 1], (table->head.nent - i - 1) * sizeof(table->entries[0]) );
    table->head.nent--;
}

void cpuid_remove_leaf( struct cpuid_table *table, UINT32 leaf )
{
    UINT32 i;

    for (i = table->head.nent; i--;) if (table->entries[i].function == leaf) cpuid_remove_entry( table, i );
}

struct kvm_cpuid_entry2 *cpuid_find( const struct cpuid_table *table, UINT32 leaf, UINT32 subleaf )
{
    return features_find( &table->head, leaf, subleaf );
}

UINT32 cpuid_max_basic_leaf( const struct cpuid_table *table )
{
    const struct kvm_cpuid_entry2 *entry = cpuid_find( table, 0, 0 );

    return entry ? entry->eax : 0;
}

BOOL cpuid_is_amd( const struct host *host )
{
    return host->vendor == WHvProcessorVendorAmd || host->vendor == WHvProcessorVendorHygon;
}

UINT32 xsave_area_size( const struct cpuid_table *table, UINT64 components, BOOL compacted )
{
    const struct kvm_cpuid_entry2 *entry;
    UINT32 i, offset, size = XSAVE_EXTENDED;

    for (i = 2; i < XSAVE_COMPONENTS; i++)
    {
        if (!(components >> i & 1)) continue;
        if (!(entry = cpuid_find( table, LEAF_XSAVE, i )) || entry->index != i) continue;
        offset = !compacted ? entry->ebx : entry->ecx & 2 ? (size + 63) & ~63u : size;
        if (offset + entry->eax > size) size = offset + entry->eax;
    }
    return size;
}

static BOOL starts_with_amd( const struct kvm_cpuid_entry2 *entry )
{
    /* AuthenticAMD, HygonGenuine, and the AMDisbetter! of old */
    return entry->ebx == 0x68747541 || entry->ebx == 0x6f677948 || entry->ebx == 0x69444d41;
}

/* Where KVM reads a leaf that the table hasn't got: AMD's answer is zero, Intel's is the highest basic leaf. */
static const struct kvm_cpuid_entry2 *find_out_of_range( const struct cpuid_table *table, UINT32 *leaf, UINT32 subleaf )
{
    const struct kvm_cpuid_entry2 *basic = cpuid_find( table, 0, 0 ), *range;

    if (!basic || starts_with_amd( basic )) return NULL;
    if (*leaf >= LEAF_HYPERVISOR && *leaf <= LEAF_HYPERVISOR_END) range = cpuid_find( table, *leaf & 0xffffff00, 0 );
    else if (*leaf >= 0xc0000000) range = cpuid_find( table, 0xc0000000, 0 );
    else range = cpuid_find( table, *leaf & 0x80000000, 0 );
    if (range && *leaf <= range->eax) return NULL;
    *leaf = basic->eax;
    return cpuid_find( table, *leaf, subleaf );
}

void cpuid_lookup( const struct cpuid_table *table, UINT32 eax, UINT32 ecx, UINT64 cr4, UINT64 xcr0, UINT64 xss,
                   WHV_CPUID_OUTPUT *out )
{
    const struct kvm_cpuid_entry2 *entry = cpuid_find( table, eax, ecx );
    UINT32 leaf = eax;

    memset( out, 0, sizeof(*out) );
    if (!entry) entry = find_out_of_range( table, &leaf, ecx );
    if (!entry)
    {
        /* unknown levels of a topology still tell the APIC id */
        if ((leaf == LEAF_TOPOLOGY || leaf == LEAF_TOPOLOGY2) && (entry = cpuid_find( table, leaf, 1 )))
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

BOOL cpuid_replace( struct cpuid_table *table, UINT32 eax, UINT32 ecx, const WHV_CPUID_OUTPUT *out )
{
    struct kvm_cpuid_entry2 *entry = cpuid_find( table, eax, ecx );

    if (!entry && !(entry = cpuid_insert( table, eax, ecx, cpuid_has_subleafs( eax )))) return FALSE;
    entry->eax = out->Eax;
    entry->ebx = out->Ebx;
    entry->ecx = out->Ecx;
    entry->edx = out->Edx;
    return TRUE;
}
