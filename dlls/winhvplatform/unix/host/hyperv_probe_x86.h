/*
 * What the kernel emulates of Hyper-V
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
 * Which synthetic processor features this kernel's KVM can give a guest (CONFIG_KVM_HYPERV), and by which CPUID bits
 * it knows them. The table of feature bits is here because both the probe and the leaves that a guest reads follow it.
 * Knows kvm.h and struct host; knows no partition: vm/hyperv_x86.h is what one partition has of it.
 * Sources: TLFS, chapter 2 (feature discovery); arch/x86/kvm/hyperv.c.
 */

#ifndef __WHV_UNIX_HOST_HYPERV_PROBE_X86_H
#define __WHV_UNIX_HOST_HYPERV_PROBE_X86_H

#include "winhvplatformdefs.h"

struct host;

#define HYPERV_FEATURE_PRESENT         (1ull << 0)
#define HYPERV_FEATURE_HV1             (1ull << 1)
#define HYPERV_FEATURE_SYNIC           (1ull << 4)
#define HYPERV_FEATURE_TIMERS          (1ull << 5)
#define HYPERV_FEATURE_INTR_CTRL       (1ull << 6)
#define HYPERV_FEATURE_GUEST_IDLE      (1ull << 10)
#define HYPERV_FEATURE_GVA_RANGES      (1ull << 15)
#define HYPERV_FEATURE_DIRECT_TIMERS   (1ull << 22)
#define HYPERV_FEATURE_CLUSTER_IPI     (1ull << 26)
#define HYPERV_FEATURE_LONG_SPIN       (1ull << 27)
#define HYPERV_FEATURE_SIGNAL_EVENTS   (1ull << 29)
#define HYPERV_FEATURES_OF_APIC        (HYPERV_FEATURE_SYNIC | HYPERV_FEATURE_TIMERS | HYPERV_FEATURE_INTR_CTRL | \
                                        HYPERV_FEATURE_DIRECT_TIMERS | HYPERV_FEATURE_CLUSTER_IPI | \
                                        HYPERV_FEATURE_SIGNAL_EVENTS)

/* What clients of Windows Server 2022 ask for without a look at the capability: these, and the tolerated ones, which
 * make a guest faster and never harm one that does not see them. */
#define HYPERV_FEATURES_MODERN         0x6400bffull
#define HYPERV_FEATURES_TOLERATED      (HYPERV_FEATURE_GUEST_IDLE | HYPERV_FEATURE_GVA_RANGES)

#define HYPERV_INTERFACE_HV1           0x31237648      /* "Hv#1" */

enum
{
    HYPERV_LEAF_VENDOR,
    HYPERV_LEAF_INTERFACE,
    HYPERV_LEAF_VERSION,
    HYPERV_LEAF_FEATURES,
    HYPERV_LEAF_ADVICE,
    HYPERV_LEAF_LIMITS,
};

#define HYPERV_LEAF         0x40000000

#define HYPERV_LEAF_COUNT   7

/* host->synthetic_features and host->hyperv_leaves: nothing on a kernel
 * that does not have all that is needed. -errno. */
extern int hyperv_probe( struct host *host );

/* Whether all of HYPERV_FEATURES_MODERN are offered. */
extern BOOL hyperv_is_modern( const struct host *host );

/* Those of the features that a partition can't be given. */
extern UINT64 hyperv_not_offered( const struct host *host, UINT64 features );

/* One CPUID bit that a feature of the API shows itself by. */
struct hyperv_feature_bit
{
    UINT8 feature, leaf, reg, bit;
};

extern const struct hyperv_feature_bit hyperv_bits[];
extern const UINT32 hyperv_bit_count;

#endif /* __WHV_UNIX_HOST_HYPERV_PROBE_X86_H */
