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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <errno.h>
#include <string.h>

#include "host/array.h"
#include "host/errors.h"
#include "host/host.h"
#include "host/hyperv_probe_x86.h"
#include "host/kvm.h"
#include "host/msr_list_x86.h"
#include "host/x86.h"
#include "vm/hyperv_x86.h"
#include "vm/partition.h"
#include "vm/property.h"
#include "vm/vp.h"

/* Bits that come along with a feature, where KVM has them. */
static const struct hyperv_feature_bit companions[] =
{
    {  1, HYPERV_LEAF_ADVICE,   EAX,  5 },     /* relaxed timing */
    {  1, HYPERV_LEAF_ADVICE,   EAX, 18 },     /* no other guest's code on a core's other thread */
    {  4, HYPERV_LEAF_ADVICE,   EAX,  9 },     /* better no automatic EOI: it costs the hardware's APIC */
    {  6, HYPERV_LEAF_ADVICE,   EAX,  3 },     /* APIC registers by MSR */
    {  7, HYPERV_LEAF_FEATURES, EDX,  4 },     /* hypercall input in XMM registers */
};

UINT64 hyperv_features( const struct properties *props )
{
    UINT64 features = props->synthetic_features;

    if (!(features & HYPERV_FEATURE_PRESENT)) return 0;
    if (!(features & HYPERV_FEATURE_HV1)) return HYPERV_FEATURE_PRESENT;
    if (props->apic_mode == WHvX64LocalApicEmulationModeNone) features &= ~HYPERV_FEATURES_OF_APIC;
    /* timers send messages */
    if (!(features & HYPERV_FEATURE_SYNIC)) features &= ~(HYPERV_FEATURE_TIMERS | HYPERV_FEATURE_DIRECT_TIMERS);
    return features;
}

BOOL hyperv_has_synic( const struct properties *props )
{
    return !!(hyperv_features( props ) & HYPERV_FEATURE_SYNIC);
}

/* ---- CPUID ---- */

UINT32 hyperv_leaf_count( const struct properties *props )
{
    UINT64 features = hyperv_features( props );

    if (!features) return 0;
    return features & HYPERV_FEATURE_HV1 ? HYPERV_LEAF_COUNT : HYPERV_LEAF_INTERFACE + 1;
}

void hyperv_get_leaf( const struct host *host, const struct properties *props, UINT32 leaf, WHV_CPUID_OUTPUT *out )
{
    UINT64 features = hyperv_features( props ) & host->synthetic_features;      /* none that are only tolerated */
    UINT32 i, regs[4] = { 0 };

    switch (leaf - HYPERV_LEAF)
    {
    case HYPERV_LEAF_VENDOR:
        regs[EAX] = HYPERV_LEAF + hyperv_leaf_count( props ) - 1;
        memcpy( regs + EBX, "Microsoft Hv", 12 );
        break;
    case HYPERV_LEAF_INTERFACE:
        if (features & HYPERV_FEATURE_HV1) regs[EAX] = HYPERV_INTERFACE_HV1;
        break;
    case HYPERV_LEAF_VERSION:
    case HYPERV_LEAF_LIMITS:
        memcpy( regs, host->hyperv_leaves[leaf - HYPERV_LEAF], sizeof(regs) );
        break;
    case HYPERV_LEAF_FEATURES:
    case HYPERV_LEAF_ADVICE:
        for (i = 0; i < hyperv_bit_count; i++)
            if (hyperv_bits[i].leaf == leaf - HYPERV_LEAF && (features >> hyperv_bits[i].feature & 1))
                regs[hyperv_bits[i].reg] |= 1u << hyperv_bits[i].bit;
        for (i = 0; i < ARRAY_SIZE(companions); i++)
            if (companions[i].leaf == leaf - HYPERV_LEAF && (features >> companions[i].feature & 1))
                regs[companions[i].reg] |= host->hyperv_leaves[companions[i].leaf][companions[i].reg] &
                                           1u << companions[i].bit;
        if (leaf - HYPERV_LEAF == HYPERV_LEAF_ADVICE)
            regs[EBX] = features & HYPERV_FEATURE_LONG_SPIN ? host->hyperv_leaves[HYPERV_LEAF_ADVICE][EBX] : 0xffffffff;
        break;
    }
    out->Eax = regs[EAX];
    out->Ebx = regs[EBX];
    out->Ecx = regs[ECX];
    out->Edx = regs[EDX];
}

/* ---- vps ---- */

int hyperv_vp_created( struct vp *vp )
{
    UINT64 features = hyperv_features( &vp->partition->props );
    struct msr_list msrs;
    int ret;

    if (!features) return 0;
    msr_list_init( &msrs );
    if ((ret = kvm_enable_cap( vp->fd, KVM_CAP_HYPERV_ENFORCE_CPUID, 1, 0 )) < 0) return ret;
    /* The older of the two: KVM clears the message and event pages when the guest turns them on, as Hyper-V's pages
     * begin. Without it KVM lets nobody know of events that are signalled to unknown connections. */
    if ((features & (HYPERV_FEATURE_SYNIC | HYPERV_FEATURE_SIGNAL_EVENTS)) &&
        (ret = kvm_enable_cap( vp->fd, KVM_CAP_HYPERV_SYNIC, 0, 0 )) < 0) return ret;
    /* KVM's is the order in which vcpus were made */
    msr_list_add( &msrs, MSR_VP_INDEX, vp->index );
    return msr_list_write( vp->fd, &msrs );
}

HRESULT hyperv_reset( struct vp *vp )
{
    struct msr_list msrs;
    UINT32 i;
    int ret;

    if (!hyperv_features( &vp->partition->props )) return S_OK;
    msr_list_init( &msrs );
    if (apic_present( vp->partition )) msr_list_add( &msrs, MSR_VP_ASSIST_PAGE, 0 );
    if (hyperv_has_synic( &vp->partition->props ))
    {
        for (i = 0; i < STIMERS; i++)
        {
            msr_list_add( &msrs, MSR_STIMER0_CONFIG + 2 * i, 0 );
            msr_list_add( &msrs, MSR_STIMER0_COUNT + 2 * i, 0 );
        }
        /* on, whatever the TLFS says: so does KVM, and so OpenVMM finds it on Windows (SyntheticMsrs::at_reset) */
        msr_list_add( &msrs, MSR_SCONTROL, 1 );
        msr_list_add( &msrs, MSR_SIEFP, 0 );
        msr_list_add( &msrs, MSR_SIMP, 0 );
        for (i = 0; i < SINTS; i++) msr_list_add( &msrs, MSR_SINT0 + i, SINT_MASKED );
    }
    if (!msrs.head.nmsrs) return S_OK;
    return (ret = msr_list_write( vp->fd, &msrs )) < 0 ? hresult_from_errno( ret ) : S_OK;
}

HRESULT hyperv_reset_shared( struct vp *vp )
{
    struct msr_list msrs;
    int ret;

    if (!hyperv_features( &vp->partition->props )) return S_OK;
    msr_list_init( &msrs );
    msr_list_add( &msrs, MSR_HYPERCALL, 0 );
    msr_list_add( &msrs, MSR_GUEST_OS_ID, 0 );
    msr_list_add( &msrs, MSR_REFERENCE_TSC, 0 );
    return (ret = msr_list_write( vp->fd, &msrs )) < 0 ? hresult_from_errno( ret ) : S_OK;
}
