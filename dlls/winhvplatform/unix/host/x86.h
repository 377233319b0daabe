/*
 * Names of x86
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
 * One name for each bit, vector, register number and MSR of the x86 architecture that more than one file needs.
 * Register and segment numbers are those of instruction encodings, and index our arrays of registers.
 * Knows nothing; may be included by everybody.
 * Sources: Intel SDM volumes 1, 3A and 4; AMD APM volume 2.
 */

#ifndef __WHV_UNIX_HOST_X86_H
#define __WHV_UNIX_HOST_X86_H

/* general registers by their numbers in encodings; 8 to 15 have no other names */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

/* registers of CPUID, as indexes */
enum { EAX, EBX, ECX, EDX };

enum { SEGMENT_ES, SEGMENT_CS, SEGMENT_SS, SEGMENT_DS, SEGMENT_FS, SEGMENT_GS };

#define RFLAGS_CF       0x00000001ull
#define RFLAGS_PF       0x00000004ull
#define RFLAGS_AF       0x00000010ull
#define RFLAGS_ZF       0x00000040ull
#define RFLAGS_SF       0x00000080ull
#define RFLAGS_TF       0x00000100ull
#define RFLAGS_IF       0x00000200ull
#define RFLAGS_DF       0x00000400ull
#define RFLAGS_OF       0x00000800ull
#define RFLAGS_IOPL     0x00003000ull
#define RFLAGS_NT       0x00004000ull
#define RFLAGS_RF       0x00010000ull
#define RFLAGS_VM       0x00020000ull
#define RFLAGS_AC       0x00040000ull
#define RFLAGS_VIF      0x00080000ull
#define RFLAGS_VIP      0x00100000ull
#define RFLAGS_ID       0x00200000ull
#define RFLAGS_STATUS   (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

#define CR0_PE          (1ull << 0)
#define CR0_MP          (1ull << 1)
#define CR0_EM          (1ull << 2)
#define CR0_TS          (1ull << 3)
#define CR0_NE          (1ull << 5)
#define CR0_WP          (1ull << 16)
#define CR0_AM          (1ull << 18)
#define CR0_PG          (1ull << 31)

#define CR4_TSD         (1ull << 2)
#define CR4_PSE         (1ull << 4)
#define CR4_PAE         (1ull << 5)
#define CR4_PGE         (1ull << 7)
#define CR4_OSFXSR      (1ull << 9)
#define CR4_OSXMM       (1ull << 10)
#define CR4_UMIP        (1ull << 11)
#define CR4_LA57        (1ull << 12)
#define CR4_FSGSBASE    (1ull << 16)
#define CR4_PCIDE       (1ull << 17)
#define CR4_OSXSAVE     (1ull << 18)
#define CR4_SMEP        (1ull << 20)
#define CR4_SMAP        (1ull << 21)
#define CR4_PKE         (1ull << 22)

/* An address is canonical if it is below this or not less than its negative. */
#define CANONICAL_TOP( cr4 )    (1ull << ((cr4) & CR4_LA57 ? 56 : 47))

#define EFER_LMA        (1ull << 10)
#define EFER_NXE        (1ull << 11)
#define EFER_FFXSR      (1ull << 14)

/* DR6; CAUSES: B0-B3, BD, BS, BT, which is what a #DB says there */
#define DR6_BS          0x4000ull
#define DR6_CAUSES      0xe00full

#define VECTOR_DE       0
#define VECTOR_DB       1
#define VECTOR_NMI      2
#define VECTOR_BP       3
#define VECTOR_OF       4
#define VECTOR_BR       5
#define VECTOR_UD       6
#define VECTOR_NM       7
#define VECTOR_DF       8
#define VECTOR_TS       10
#define VECTOR_NP       11
#define VECTOR_SS       12
#define VECTOR_GP       13
#define VECTOR_PF       14
#define VECTOR_MF       16
#define VECTOR_AC       17
#define VECTOR_XM       19

/* error code of a page fault */
#define PF_PRESENT      0x01
#define PF_WRITE        0x02
#define PF_USER         0x04
#define PF_RESERVED     0x08
#define PF_FETCH        0x10

#define FCW_MASKS       0x3f

/* CPUID 1, ECX */
#define ECX_X2APIC          (1u << 21)
#define ECX_TSC_DEADLINE    (1u << 24)

#define APIC_BASE_BSP       (1ull << 8)
#define APIC_BASE_X2APIC    (1ull << 10)
#define APIC_BASE_ENABLE    (1ull << 11)

#define MSR_TSC             0x10
#define MSR_PAT             0x277
#define MSR_TSC_DEADLINE    0x6e0
#define MSR_LSTAR           0xc0000082
/* With KVM's Xen intercept a write to an MSR makes code in guest memory. This one is in KVM's own range, which is
 * hidden (vm/msr_known_x86.c), and is not in use; kernels since 6.14 want one of the synthetic ones. */
#define MSR_XEN_PAGE        0x4b564dff

/* TLFS, chapters 3 (hypercalls), 10 (virtual processors), 11 (SynIC) and 12 (timers) */
#define MSR_GUEST_OS_ID     0x40000000
#define MSR_HYPERCALL       0x40000001
#define MSR_VP_INDEX        0x40000002
#define MSR_REFERENCE_TSC   0x40000021
#define MSR_VP_ASSIST_PAGE  0x40000073
#define MSR_TIME_REF_COUNT  0x40000020
#define MSR_SCONTROL        0x40000080
#define MSR_SIEFP           0x40000082
#define MSR_SIMP            0x40000083
#define MSR_EOM             0x40000084
#define MSR_SINT0           0x40000090
#define MSR_STIMER0_CONFIG  0x400000b0
#define MSR_STIMER0_COUNT   0x400000b1
#define SINTS               16
#define SINT_MASKED         0x10000
#define STIMERS             4

#endif /* __WHV_UNIX_HOST_X86_H */
