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

/*
 * Which bit of the API's feature banks is which bit of CPUID: one table for what the host offers (probe.c) and for
 * what a partition leaves of it (cpuid_x86.c).
 * Knows kvm_cpuid2 tables and the API's bit numbers; calls no KVM, knows no partition.
 * A feature may have two places (Intel's and AMD's): it is there if one of them says so.
 */

#ifndef __WHV_UNIX_HOST_FEATURES_X86_H
#define __WHV_UNIX_HOST_FEATURES_X86_H

#include "winhvplatformdefs.h"

struct kvm_cpuid2;
struct kvm_cpuid_entry2;

enum feature_set
{
    FEATURES_BANK0,             /* WHV_PROCESSOR_FEATURES */
    FEATURES_BANK1,             /* WHV_PROCESSOR_FEATURES1 */
    FEATURES_XSAVE,             /* WHV_PROCESSOR_XSAVE_FEATURES */
    FEATURE_SETS
};

/* bits of the banks that more than the table knows about */
#define FEATURE1_TSC_DEADLINE   (1ull << 17)
#define FEATURE_XSAVE           (1ull << 0)

/* The entry that KVM takes for a leaf and subleaf: the first with this function
 * whose index is the same or insignificant. */
extern struct kvm_cpuid_entry2 *features_find( const struct kvm_cpuid2 *cpuid, UINT32 leaf, UINT32 subleaf );

/* What a CPUID table and IA32_ARCH_CAPABILITIES (0 if there is none) say of a set. */
extern UINT64 features_read( const struct kvm_cpuid2 *cpuid, UINT64 arch_capabilities, enum feature_set set );

/* Clear in a CPUID table all that a set knows of and keep has not. Bits that no set knows of stay. */
extern void features_mask( struct kvm_cpuid2 *cpuid, enum feature_set set, UINT64 keep );

/* Components of XCR0 that come with the XSAVE features: FP and SSE with XsaveSupport, AVX with AvxSupport ... */
extern UINT64 features_xcr0( UINT64 xsave_features );

#endif /* __WHV_UNIX_HOST_FEATURES_X86_H */
