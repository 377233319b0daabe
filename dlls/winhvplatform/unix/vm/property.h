/*
 * Partition properties
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
 * Partition properties: stored, validated, read back.
 * Each code is one row of a table: size, whether it may be set after setup, and what is allowed. Lists can't be read
 * back. Knows the API's property codes and what this host offers (host.h, by probe.h); knows no vp and no KVM call.
 * Whoever acts on a property reads its field here; nobody keeps a copy.
 */

#ifndef __WHV_UNIX_VM_PROPERTY_H
#define __WHV_UNIX_VM_PROPERTY_H

#include "winhvplatformdefs.h"

/* Of WHV_EXTENDED_VM_EXITS. */
#define X64_CPUID_EXIT      0x01
#define X64_RDTSC_EXIT      0x08
#define HYPERCALL_EXIT      0x20

/* Of properties.watched, beside the vectors: which bits of WHV_EXTENDED_VM_EXITS ask for exits that KVM has not. */
#define PROPERTY_RDTSC      (1ull << 63)
#define PROPERTY_HYPERCALL  (1ull << 62)
#define PROPERTY_CPUID      (1ull << 61)        /* ... at the instruction, where it can be stepped to */
/* Of properties.mmio_watched, beside the vectors. */
#define PROPERTY_DOORBELLS  (1ull << 63)

struct properties
{
    UINT64 extended_exits;              /* WHV_EXTENDED_VM_EXITS */
    UINT64 exception_exits;             /* bit n: vector n */
    UINT64 msr_exits;                   /* WHV_X64_MSR_EXIT_BITMAP */
    UINT64 watched;                     /* what makes entries other than plain: exception_exits, and PROPERTY_* */
    UINT64 mmio_watched;                /* what accesses to no memory are looked at for: exception_exits, and
                                           PROPERTY_DOORBELLS */
    BOOL   has_doorbells;
    UINT32 separate_security_domain, nested_virtualization, allow_device_assignment, disable_smt, apic_remote_read;
    UINT16 primary_numa_node;
    UINT32 cpu_reserve, cpu_cap, cpu_weight, frequency_cap;
    UINT64 cpu_group;
    WHV_PROCESSOR_FEATURES_BANKS banks; /* banks.Banks[0] is property ProcessorFeatures as well */
    UINT64 xsave_features;
    UINT64 synthetic_features;          /* bank 0 */
    UINT64 perfmon_features;
    UINT8  clflush_size;
    UINT32 apic_mode;                   /* WHV_X64_LOCAL_APIC_EMULATION_MODE */
    UINT64 processor_clock, interrupt_clock;    /* Hz */
    UINT64 reference_time;              /* 100 ns, as last set or when the time was suspended */
    UINT32 unimplemented_msr_action;
    UINT32 phys_bits;
    UINT32 processor_count;             /* 0 = not set yet */
    BOOL   cpuid_exit_list_set;         /* without a list every leaf exits */
    BOOL   cpuid_at_run;                /* the list or the bit has changed when a vp had run: answers come too late */
    UINT32 cpuid_edition;               /* of X64CpuidExit and the list */
    UINT32 cpuid_exit_count, cpuid_result_count, cpuid_result2_count, msr_action_count;
    UINT32                  *cpuid_exits;
    WHV_X64_CPUID_RESULT    *cpuid_results;
    WHV_X64_CPUID_RESULT2   *cpuid_results2;
    WHV_MSR_ACTION_ENTRY    *msr_actions;
};

/* Defaults of a fresh partition, from what the host offers. E_OUTOFMEMORY. */
extern HRESULT properties_init( struct properties *props );
extern void properties_free( struct properties *props );

/***********************************************************************
 *           property_set / property_get     (WHvSetPartitionProperty, WHvGetPartitionProperty)
 *
 * buffer is our own copy, never caller memory. The partition is locked; for property_set all its vps are stopped, too.
 * set_up: the partition has been set up: only ExtendedVmExits, ExceptionExitBitmap, X64MsrExitBitmap, CpuidExitList and
 * ReferenceTime may still be set.
 * property_get stores the needed size in *written (may be NULL) also with WHV_E_INSUFFICIENT_BUFFER.
 *
 * RETURNS
 *  S_OK; WHV_E_UNKNOWN_PROPERTY; E_INVALIDARG (too small, malformed, unsupported bits, not settable now);
 *  WHV_E_INSUFFICIENT_BUFFER; HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED) for reading the write-only lists;
 *  E_POINTER; E_OUTOFMEMORY.
 */
extern HRESULT property_set( struct properties *props, BOOL set_up, WHV_PARTITION_PROPERTY_CODE code,
                             const void *buffer, UINT32 size );
extern HRESULT property_get( const struct properties *props, WHV_PARTITION_PROPERTY_CODE code,
                             void *buffer, UINT32 size, UINT32 *written );

/* Does CPUID exit for this leaf? */
extern BOOL property_cpuid_exits( const struct properties *props, UINT32 leaf );

struct host;

/* Do VMCALL and VMMCALL exit by KVM's Xen intercept? Only where guests see nothing of Hyper-V: KVM's own pages of
 * hypercalls mark these with bit 31 of EAX beside it, and what other code calls is taken for Xen's. Before a set-up. */
extern BOOL property_xen_hypercalls( const struct host *host, const struct properties *props );

/* What the exits that are asked for mean for entries: after each property_set, and whatever else changes them. */
extern void property_watch( struct properties *props );
/* The partition has got its first doorbell, or lost its last one; all vps are stopped. */
extern void property_set_doorbells( struct properties *props, BOOL has );

/* What WHvSetupPartition refuses: WHV_E_INVALID_PARTITION_CONFIG without ProcessorCount;
 * feature bits that the host lacks. */
extern HRESULT properties_check( const struct properties *props );

/* A property of WHvCreateVirtualProcessor2: E_INVALIDARG for all but an existing NUMA node. */
extern HRESULT property_check_vp( const WHV_VIRTUAL_PROCESSOR_PROPERTY *property );

#endif /* __WHV_UNIX_VM_PROPERTY_H */
