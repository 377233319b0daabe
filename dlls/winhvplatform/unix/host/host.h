/*
 * This host
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
 * What this host offers, found out once per process and constant from then on.
 * Numbers and flags alone: who fills them in is probe.h. Everybody may read them.
 * Most are what KVM says of itself (KVM_CHECK_EXTENSION, CPUID, the TSC's rate of a scratch vcpu); what it does not
 * tell, out_rip_* and syscall_half, is measured.
 * Knows KVM's structure for CPUID and the XSAVE format.
 */

#ifndef __WHV_UNIX_HOST_HOST_H
#define __WHV_UNIX_HOST_HOST_H

#include "host/kvm.h"
#include "host/xsave_format_x86.h"
#include "winhvplatformdefs.h"

struct host
{
    int    kvm;                         /* /dev/kvm */
    UINT32 run_size;                    /* bytes of a vcpu's kvm_run mapping */
    UINT32 xsave_size;                  /* bytes of KVM_GET_XSAVE2's buffer, at least 4096 */
    UINT32 max_vps;                     /* KVM_CAP_MAX_VCPUS, or what Windows takes if that is more */
    UINT32 max_slots;                   /* KVM_CAP_NR_MEMSLOTS */
    UINT32 phys_bits;
    UINT64 numa_nodes;                  /* bit n: node n */
    BOOL   read_only_memory;            /* KVM_CAP_READONLY_MEM */
    BOOL   user_msr_exits, msr_filter, split_irqchip, x2apic_api;
    BOOL   emulation_failure_exit;      /* KVM_CAP_EXIT_ON_EMULATION_FAILURE */
    BOOL   xen_hypercalls;              /* KVM_CAP_XEN_HVM, as far as VMCALL and VMMCALL exit by it */
    BOOL   pv_enforced;                 /* KVM_CAP_ENFORCE_PV_FEATURE_CPUID */
    BOOL   pre_fault;                   /* KVM_CAP_PRE_FAULT_MEMORY */
    BOOL   stats;                       /* KVM_CAP_BINARY_STATS_FD */
    BOOL   vcpu_attributes;             /* KVM_CAP_VCPU_ATTRIBUTES: on x86 that is the TSC's offset */
    BOOL   apic_bus_clock;              /* KVM_CAP_X86_APIC_BUS_CYCLES_NS: the APIC timer's clock may be another */
    BOOL   tsc_control;                 /* KVM_CAP_TSC_CONTROL, and a way to set the TSC too:
                                           vps may have another frequency than the host */
    BOOL   vm_tsc_control;              /* KVM_CAP_VM_TSC_CONTROL: ... and can be given it before they are made */
    BOOL   out_rip_past;                /* OUT shows RIP behind the instruction (measured on a scratch vm):
                                           a KVM that emulates */
    BOOL   out_rip_varies;              /* real mode and protected mode differ */
    BOOL   can_step;                    /* KVM_CAP_SET_GUEST_DEBUG */
    BOOL   breakpoints;                 /* ... and its hardware breakpoints stop the guest (measured likewise) */
    BOOL   syscall_half;                /* SYSCALL goes to LSTAR but stays in ring 3
                                           (softkvm/half_syscall.h; measured likewise) */
    BOOL   delivery_shuts_down;         /* an event whose table is no memory is a shutdown, with registers kept */
    BOOL   delivery_spins;              /* ... or KVM executes instructions instead, again and again, so that KVM_RUN
                                           need not return (exit/delivery.h; measured likewise) */
    BOOL   shutdown_resets;             /* KVM may make a reset of a triple fault (kvm_amd) */
    UINT32 vendor;                      /* WHV_PROCESSOR_VENDOR */
    UINT64 features, extended_exits, exception_exits, msr_exits;        /* what capabilities 1 .. 4 answer */
    UINT64 feature_banks[2], xsave_features, synthetic_features, perfmon_features;
    UINT32 hyperv_leaves[6][4];         /* KVM_GET_SUPPORTED_HV_CPUID from 0x40000000 on: EAX to EDX */
    UINT8  clflush_size;
    UINT64 processor_clock, interrupt_clock;    /* Hz */
    struct kvm_cpuid2 *cpuid;           /* KVM_GET_SUPPORTED_CPUID */
};

#define CPUID_MAX_ENTRIES 256

struct cpuid_table
{
    struct kvm_cpuid2       head;       /* head.entries is entries[] */
    struct kvm_cpuid_entry2 entries[CPUID_MAX_ENTRIES];
};

#endif /* __WHV_UNIX_HOST_HOST_H */
