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

/*
 * What a vp's guest sees at CPUID: host features cut by the partition's feature properties, then the result lists,
 * then the client's answers at the synthetic CPUID exits before the first entry.
 * Knows the property tables and the host's CPUID; pure computation on kvm_cpuid2 tables; calls no KVM.
 */

#ifndef __WHV_UNIX_VM_CPUID_X86_H
#define __WHV_UNIX_VM_CPUID_X86_H

#include "winhvplatformdefs.h"

struct cpuid_table;
struct host;
struct properties;

/* Fill the table for a vp of this index and APIC id: topology = processor_count single-thread cores of one package,
 * no hypervisor leaves (WHP's default: CPUID.1:ECX[31] clear, 0x40000000 all zero)
 * unless synthetic features ask for them. */
extern void cpuid_build( struct cpuid_table *table, const struct host *host, const struct properties *props,
                         UINT32 index, UINT32 apic_id );

/* A client's answers may show what KVM can't give, as those who hand on the processor's own CPUID do: a guest that
 * believed it would get #GP where it turns the feature on. */
extern void cpuid_trim( struct cpuid_table *table, const struct host *host );

/* KVM's bit for the local APIC is that of the APIC base, whatever the table says. */
extern void cpuid_apic( UINT32 eax, UINT64 apic_base, WHV_CPUID_OUTPUT *out );

/* The leaves for which a vp has synthetic exits, in order: fills leaf[]/subleaf[], returns how many (at most room).
 * Without a CpuidExitList all leaves of the table; leaves with subleafs: every significant one. */
extern UINT32 cpuid_exit_leaves( const struct cpuid_table *table, const struct properties *props,
                                 UINT32 *leaf, UINT32 *subleaf, UINT32 room );

#endif /* __WHV_UNIX_VM_CPUID_X86_H */
