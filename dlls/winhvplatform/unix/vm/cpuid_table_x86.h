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

/*
 * A sorted table of CPUID leaves: looking up as a processor does, replacing and removing. Knows KVM's structure for it
 * and nothing else. What is in a guest's table is cpuid_x86.h's business.
 */

#ifndef __WHV_UNIX_VM_CPUID_TABLE_X86_H
#define __WHV_UNIX_VM_CPUID_TABLE_X86_H

#include "winhvplatformdefs.h"

struct cpuid_table;
struct host;
struct kvm_cpuid_entry2;

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

/* What the guest reads for eax/ecx: out-of-range leaves as the vendor does it; dynamic bits (OSXSAVE, OSPKE,
 * leaf 0xD sizes) by cr4 and xcr0. */
extern void cpuid_lookup( const struct cpuid_table *table, UINT32 eax, UINT32 ecx, UINT64 cr4, UINT64 xcr0, UINT64 xss,
                          WHV_CPUID_OUTPUT *out );

/* Replace (or add) one answer; subleaf is ignored for leaves that have none. FALSE if the table is full. */
extern BOOL cpuid_replace( struct cpuid_table *table, UINT32 eax, UINT32 ecx, const WHV_CPUID_OUTPUT *out );

extern BOOL cpuid_is_indexed( const struct kvm_cpuid_entry2 *entry );

/* Leaves whose answer depends on ECX, if the table itself doesn't say so (SDM, APM). */
extern BOOL cpuid_has_subleafs( UINT32 leaf );

/* A new entry, all zero but for its place; NULL if there is no room. */
extern struct kvm_cpuid_entry2 *cpuid_insert( struct cpuid_table *table, UINT32 leaf, UINT32 subleaf, BOOL indexed );
extern void cpuid_remove_entry( struct cpuid_table *table, UINT32 i );
extern void cpuid_remove_leaf( struct cpuid_table *table, UINT32 leaf );
extern struct kvm_cpuid_entry2 *cpuid_find( const struct cpuid_table *table, UINT32 leaf, UINT32 subleaf );
extern UINT32 cpuid_max_basic_leaf( const struct cpuid_table *table );
extern BOOL cpuid_is_amd( const struct host *host );
extern UINT32 xsave_area_size( const struct cpuid_table *table, UINT64 components, BOOL compacted );

#endif /* __WHV_UNIX_VM_CPUID_TABLE_X86_H */
