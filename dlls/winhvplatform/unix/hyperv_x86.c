/*
 * Hyper-V enlightenments
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

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apic_x86.h"
#include "hyperv_x86.h"
#include "kvm.h"
#include "vp.h"

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

/* kvm.h of older kernels */
#ifndef KVM_CAP_SYS_HYPERV_CPUID
#define KVM_CAP_SYS_HYPERV_CPUID 191
#endif
#ifndef KVM_CAP_HYPERV_ENFORCE_CPUID
#define KVM_CAP_HYPERV_ENFORCE_CPUID 199
#endif

#define MAX_LEAVES  64

#define FEATURE_PRESENT         (1ull << 0)
#define FEATURE_HV1             (1ull << 1)
#define FEATURE_SYNIC           (1ull << 4)
#define FEATURE_TIMERS          (1ull << 5)
#define FEATURE_INTR_CTRL       (1ull << 6)
#define FEATURE_DIRECT_TIMERS   (1ull << 22)
#define FEATURE_CLUSTER_IPI     (1ull << 26)
#define FEATURE_LONG_SPIN       (1ull << 27)
#define FEATURES_OF_APIC        (FEATURE_SYNIC | FEATURE_TIMERS | FEATURE_INTR_CTRL | FEATURE_DIRECT_TIMERS | FEATURE_CLUSTER_IPI)

#define INTERFACE_HV1           0x31237648      /* "Hv#1" */

enum { LEAF_VENDOR, LEAF_INTERFACE, LEAF_VERSION, LEAF_FEATURES, LEAF_ADVICE, LEAF_LIMITS };
enum { EAX, EBX, ECX, EDX };

/* Features, and the CPUID bits that a guest knows them by. A feature with several has all or is not offered. Left out although
 * KVM has them: SignalEvents and what else needs a partner that answers hypercalls, debugging, reset, crash and reenlightenment
 * MSRs, which no feature of the API's stands for. */
static const struct
{
    UINT8 feature, leaf, reg, bit;
}
rows[] =
{
    {  2, LEAF_FEATURES, EAX,  0 },     /* AccessVpRunTimeReg */
    {  3, LEAF_FEATURES, EAX,  1 },     /* AccessPartitionReferenceCounter */
    {  4, LEAF_FEATURES, EAX,  2 },     /* AccessSynicRegs */
    {  5, LEAF_FEATURES, EAX,  3 },     /* AccessSyntheticTimerRegs */
    {  6, LEAF_FEATURES, EAX,  4 },     /* AccessIntrCtrlRegs */
    {  7, LEAF_FEATURES, EAX,  5 },     /* AccessHypercallRegs */
    {  8, LEAF_FEATURES, EAX,  6 },     /* AccessVpIndex */
    {  9, LEAF_FEATURES, EAX,  9 },     /* AccessPartitionReferenceTsc */
    { 11, LEAF_FEATURES, EAX, 11 },     /* AccessFrequencyRegs */
    { 11, LEAF_FEATURES, EDX,  8 },
    { 22, LEAF_FEATURES, EDX, 19 },     /* DirectSyntheticTimers */
    { 24, LEAF_ADVICE,   EAX, 11 },     /* ExtendedProcessorMasks */
    { 25, LEAF_ADVICE,   EAX,  2 },     /* TbFlushHypercalls */
    { 26, LEAF_ADVICE,   EAX, 10 },     /* SyntheticClusterIpi */
};

/* Bits that come along with a feature, where KVM has them. */
static const struct
{
    UINT8 feature, leaf, reg, bit;
}
companions[] =
{
    {  1, LEAF_ADVICE,   EAX,  5 },     /* relaxed timing */
    {  1, LEAF_ADVICE,   EAX, 18 },     /* no other guest's code on a core's other thread */
    {  4, LEAF_ADVICE,   EAX,  9 },     /* better no automatic EOI: it costs the hardware's APIC */
    {  6, LEAF_ADVICE,   EAX,  3 },     /* APIC registers by MSR */
    {  7, LEAF_FEATURES, EDX,  4 },     /* hypercall input in XMM registers */
};

int hyperv_probe( struct host *host )
{
    static const unsigned int needed[] =
    {
        KVM_CAP_SYS_HYPERV_CPUID, KVM_CAP_HYPERV_CPUID, KVM_CAP_HYPERV_ENFORCE_CPUID, KVM_CAP_HYPERV_VP_INDEX, KVM_CAP_HYPERV_SYNIC
    };
    struct kvm_cpuid2 *cpuid;
    UINT64 lacking = 0;
    UINT32 i, leaf;
    int ret;

    for (i = 0; i < ARRAY_SIZE(needed); i++) if (kvm_check_extension( host->kvm, needed[i] ) <= 0) return 0;
    if (!(cpuid = calloc( 1, sizeof(*cpuid) + MAX_LEAVES * sizeof(cpuid->entries[0]) ))) return -ENOMEM;
    cpuid->nent = MAX_LEAVES;
    if (!(ret = kvm_get_supported_hv_cpuid( host->kvm, cpuid )))
        for (i = 0; i < cpuid->nent && i < MAX_LEAVES; i++)
        {
            const struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];

            if ((leaf = entry->function - HYPERV_LEAF) >= ARRAY_SIZE(host->hyperv_leaves)) continue;
            host->hyperv_leaves[leaf][EAX] = entry->eax;
            host->hyperv_leaves[leaf][EBX] = entry->ebx;
            host->hyperv_leaves[leaf][ECX] = entry->ecx;
            host->hyperv_leaves[leaf][EDX] = entry->edx;
        }
    free( cpuid );
    if (ret < 0) return ret;
    if (host->hyperv_leaves[LEAF_INTERFACE][EAX] != INTERFACE_HV1) return 0;

    host->synthetic_features = FEATURE_PRESENT | FEATURE_HV1;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        UINT64 bit = 1ull << rows[i].feature;

        if (!(host->hyperv_leaves[rows[i].leaf][rows[i].reg] >> rows[i].bit & 1)) lacking |= bit;
        host->synthetic_features |= bit;
    }
    host->synthetic_features &= ~lacking;
    if (host->hyperv_leaves[LEAF_ADVICE][EBX] && host->hyperv_leaves[LEAF_ADVICE][EBX] != 0xffffffff)
        host->synthetic_features |= FEATURE_LONG_SPIN;
    if (!host->split_irqchip) host->synthetic_features &= ~FEATURES_OF_APIC;
    return 0;
}

UINT64 hyperv_features( const struct properties *props )
{
    UINT64 features = props->synthetic_features;

    if (!(features & FEATURE_PRESENT)) return 0;
    if (!(features & FEATURE_HV1)) return FEATURE_PRESENT;
    if (props->apic_mode == WHvX64LocalApicEmulationModeNone) features &= ~FEATURES_OF_APIC;
    /* timers send messages */
    if (!(features & FEATURE_SYNIC)) features &= ~(FEATURE_TIMERS | FEATURE_DIRECT_TIMERS);
    return features;
}

BOOL hyperv_has_synic( const struct properties *props )
{
    return !!(hyperv_features( props ) & FEATURE_SYNIC);
}

/* ---- CPUID ---- */

UINT32 hyperv_leaf_count( const struct properties *props )
{
    UINT64 features = hyperv_features( props );

    if (!features) return 0;
    return features & FEATURE_HV1 ? HYPERV_LEAF_COUNT : LEAF_INTERFACE + 1;
}

void hyperv_get_leaf( const struct host *host, const struct properties *props, UINT32 leaf, WHV_CPUID_OUTPUT *out )
{
    UINT64 features = hyperv_features( props );
    UINT32 i, regs[4] = { 0 };

    switch (leaf - HYPERV_LEAF)
    {
    case LEAF_VENDOR:
        regs[EAX] = HYPERV_LEAF + hyperv_leaf_count( props ) - 1;
        memcpy( regs + EBX, "Microsoft Hv", 12 );
        break;
    case LEAF_INTERFACE:
        if (features & FEATURE_HV1) regs[EAX] = INTERFACE_HV1;
        break;
    case LEAF_VERSION:
    case LEAF_LIMITS:
        memcpy( regs, host->hyperv_leaves[leaf - HYPERV_LEAF], sizeof(regs) );
        break;
    case LEAF_FEATURES:
    case LEAF_ADVICE:
        for (i = 0; i < ARRAY_SIZE(rows); i++)
            if (rows[i].leaf == leaf - HYPERV_LEAF && (features >> rows[i].feature & 1)) regs[rows[i].reg] |= 1u << rows[i].bit;
        for (i = 0; i < ARRAY_SIZE(companions); i++)
            if (companions[i].leaf == leaf - HYPERV_LEAF && (features >> companions[i].feature & 1))
                regs[companions[i].reg] |= host->hyperv_leaves[companions[i].leaf][companions[i].reg] & 1u << companions[i].bit;
        if (leaf - HYPERV_LEAF == LEAF_ADVICE)
            regs[EBX] = features & FEATURE_LONG_SPIN ? host->hyperv_leaves[LEAF_ADVICE][EBX] : 0xffffffff;
        break;
    }
    out->Eax = regs[EAX];
    out->Ebx = regs[EBX];
    out->Ecx = regs[ECX];
    out->Edx = regs[EDX];
}

/* ---- vps ---- */

#define MSR_GUEST_OS_ID     0x40000000
#define MSR_HYPERCALL       0x40000001
#define MSR_VP_INDEX        0x40000002
#define MSR_REFERENCE_TSC   0x40000021
#define MSR_VP_ASSIST_PAGE  0x40000073
#define MSR_SCONTROL        0x40000080
#define MSR_SIEFP           0x40000082
#define MSR_SIMP            0x40000083
#define MSR_SINT0           0x40000090
#define MSR_STIMER0_CONFIG  0x400000b0
#define MSR_STIMER0_COUNT   0x400000b1
#define SINTS               16
#define STIMERS             4
#define SINT_MASKED         0x10000

struct msrs
{
    struct kvm_msrs      head;
    struct kvm_msr_entry entries[32];
};

static void add( struct msrs *msrs, UINT32 index, UINT64 data )
{
    struct kvm_msr_entry *entry = &msrs->entries[msrs->head.nmsrs++];

    entry->index = index;
    entry->data = data;
}

static int write_msrs( struct vp *vp, const struct msrs *msrs )
{
    int ret = kvm_set_msrs( vp->fd, &msrs->head );

    return ret < 0 ? ret : (UINT32)ret < msrs->head.nmsrs ? -EIO : 0;
}

int hyperv_vp_created( struct vp *vp )
{
    const struct properties *props = &vp->partition->props;
    struct msrs msrs = { 0 };
    int ret;

    if (!hyperv_features( props )) return 0;
    if ((ret = kvm_enable_cap( vp->fd, KVM_CAP_HYPERV_ENFORCE_CPUID, 1, 0 )) < 0) return ret;
    /* the older of the two: KVM clears the message and event pages when the guest turns them on, as Hyper-V's pages begin */
    if (hyperv_has_synic( props ) && (ret = kvm_enable_cap( vp->fd, KVM_CAP_HYPERV_SYNIC, 0, 0 )) < 0) return ret;
    /* KVM's is the order in which vcpus were made */
    add( &msrs, MSR_VP_INDEX, vp->index );
    return write_msrs( vp, &msrs );
}

HRESULT hyperv_reset( struct vp *vp )
{
    struct msrs msrs = { 0 };
    UINT32 i;
    int ret;

    if (!hyperv_features( &vp->partition->props )) return S_OK;
    if (apic_present( vp->partition )) add( &msrs, MSR_VP_ASSIST_PAGE, 0 );
    if (hyperv_has_synic( &vp->partition->props ))
    {
        for (i = 0; i < STIMERS; i++)
        {
            add( &msrs, MSR_STIMER0_CONFIG + 2 * i, 0 );
            add( &msrs, MSR_STIMER0_COUNT + 2 * i, 0 );
        }
        add( &msrs, MSR_SCONTROL, 0 );
        add( &msrs, MSR_SIEFP, 0 );
        add( &msrs, MSR_SIMP, 0 );
        for (i = 0; i < SINTS; i++) add( &msrs, MSR_SINT0 + i, SINT_MASKED );
    }
    if (!msrs.head.nmsrs) return S_OK;
    return (ret = write_msrs( vp, &msrs )) < 0 ? hresult_from_errno( ret ) : S_OK;
}

HRESULT hyperv_reset_shared( struct vp *vp )
{
    struct msrs msrs = { 0 };
    int ret;

    if (!hyperv_features( &vp->partition->props )) return S_OK;
    add( &msrs, MSR_HYPERCALL, 0 );
    add( &msrs, MSR_GUEST_OS_ID, 0 );
    add( &msrs, MSR_REFERENCE_TSC, 0 );
    return (ret = write_msrs( vp, &msrs )) < 0 ? hresult_from_errno( ret ) : S_OK;
}
