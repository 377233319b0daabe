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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "host/array.h"
#include "host/host.h"
#include "host/hyperv_probe_x86.h"
#include "host/kvm.h"
#include "host/x86.h"

#define MAX_LEAVES  64

/* Features, and the CPUID bits that a guest knows them by. A feature with several has all or is not offered. Left out
 * although KVM has them: posting messages, debugging, reset, crash and reenlightenment MSRs, which no feature of the
 * API's stands for. */
const struct hyperv_feature_bit hyperv_bits[] =
{
    {  2, HYPERV_LEAF_FEATURES, EAX,  0 },     /* AccessVpRunTimeReg */
    {  3, HYPERV_LEAF_FEATURES, EAX,  1 },     /* AccessPartitionReferenceCounter */
    {  4, HYPERV_LEAF_FEATURES, EAX,  2 },     /* AccessSynicRegs */
    {  5, HYPERV_LEAF_FEATURES, EAX,  3 },     /* AccessSyntheticTimerRegs */
    {  6, HYPERV_LEAF_FEATURES, EAX,  4 },     /* AccessIntrCtrlRegs */
    {  7, HYPERV_LEAF_FEATURES, EAX,  5 },     /* AccessHypercallRegs */
    {  8, HYPERV_LEAF_FEATURES, EAX,  6 },     /* AccessVpIndex */
    {  9, HYPERV_LEAF_FEATURES, EAX,  9 },     /* AccessPartitionReferenceTsc */
    { 11, HYPERV_LEAF_FEATURES, EAX, 11 },     /* AccessFrequencyRegs */
    { 11, HYPERV_LEAF_FEATURES, EDX,  8 },
    { 15, HYPERV_LEAF_FEATURES, EDX, 14 },     /* EnableExtendedGvaRangesForFlushVirtualAddressList: Linux 6.2 */
    { 22, HYPERV_LEAF_FEATURES, EDX, 19 },     /* DirectSyntheticTimers */
    { 24, HYPERV_LEAF_ADVICE,   EAX, 11 },     /* ExtendedProcessorMasks */
    { 25, HYPERV_LEAF_ADVICE,   EAX,  2 },     /* TbFlushHypercalls */
    { 26, HYPERV_LEAF_ADVICE,   EAX, 10 },     /* SyntheticClusterIpi */
    { 29, HYPERV_LEAF_FEATURES, EBX,  5 },     /* SignalEvents */
};

const UINT32 hyperv_bit_count = ARRAY_SIZE(hyperv_bits);

int hyperv_probe( struct host *host )
{
    static const unsigned int needed[] =
    {
        KVM_CAP_SYS_HYPERV_CPUID, KVM_CAP_HYPERV_CPUID, KVM_CAP_HYPERV_ENFORCE_CPUID, KVM_CAP_HYPERV_VP_INDEX,
        KVM_CAP_HYPERV_SYNIC
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
    if (host->hyperv_leaves[HYPERV_LEAF_INTERFACE][EAX] != HYPERV_INTERFACE_HV1) return 0;

    host->synthetic_features = HYPERV_FEATURE_PRESENT | HYPERV_FEATURE_HV1;
    for (i = 0; i < hyperv_bit_count; i++)
    {
        UINT64 bit = 1ull << hyperv_bits[i].feature;

        if (!(host->hyperv_leaves[hyperv_bits[i].leaf][hyperv_bits[i].reg] >> hyperv_bits[i].bit & 1)) lacking |= bit;
        host->synthetic_features |= bit;
    }
    host->synthetic_features &= ~lacking;
    if (host->hyperv_leaves[HYPERV_LEAF_ADVICE][EBX] && host->hyperv_leaves[HYPERV_LEAF_ADVICE][EBX] != 0xffffffff)
        host->synthetic_features |= HYPERV_FEATURE_LONG_SPIN;
    if (!host->split_irqchip) host->synthetic_features &= ~HYPERV_FEATURES_OF_APIC;
    return 0;
}

BOOL hyperv_is_modern( const struct host *host )
{
    return !(HYPERV_FEATURES_MODERN & ~host->synthetic_features);
}

UINT64 hyperv_not_offered( const struct host *host, UINT64 features )
{
    if (hyperv_is_modern( host )) features &= ~HYPERV_FEATURES_TOLERATED;
    return features & ~host->synthetic_features;
}
