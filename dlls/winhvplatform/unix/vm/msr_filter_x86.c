/*
 * MSR exits by KVM's filter
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
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "vm/hyperv_x86.h"
#include "vm/msr_filter_x86.h"
#include "vm/msr_known_x86.h"
#include "vm/property.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

#define MSR_APIC_BASE       0x1b
#define MSR_UCODE_REV       0x8b
#define MSR_MISC_ENABLE     0x1a0

#define X64_MSR_EXIT        2           /* WHV_EXTENDED_VM_EXITS.X64MsrExit */
#define UNHANDLED_MSRS      1           /* WHV_X64_MSR_EXIT_BITMAP */

/* A range of the filter lies in one stretch of so many MSRs. KVM would take three times as many; but MSRs come in
 * clusters that are far smaller. */
#define CLUSTER_MSRS        0x1000
/* More than one for each number would be of no use: KVM has 16 ranges. */
#define MAX_CLUSTERS        KVM_MSR_FILTER_MAX_RANGES

/* The rows of X64MsrExitBitmap that name an MSR. */
static const struct
{
    UINT64 bit;
    UINT32 index;
    BOOL   write;
}
exit_bits[] =
{
    { 0x02, MSR_TSC,         1 },
    { 0x04, MSR_TSC,         0 },
    { 0x08, MSR_APIC_BASE,   1 },
    { 0x10, MSR_MISC_ENABLE, 0 },
    { 0x20, MSR_UCODE_REV,   0 },
};

enum { READ, WRITE };

/* What KVM is not to do by itself, of a stretch of MSRs; a bit that is set is one that KVM may, as in its filter. */
struct cluster
{
    UINT32 base;                /* a multiple of CLUSTER_MSRS */
    UINT32 count[2];            /* 0: nothing is denied; else up to behind the last that is */
    UINT8  allowed[2][CLUSTER_MSRS / 8];
};

struct denied
{
    UINT32         count;
    BOOL           full;        /* there was not room enough for all */
    struct cluster clusters[MAX_CLUSTERS];
};

static void deny( struct denied *denied, UINT32 index, UINT32 access )
{
    UINT32 base = index & ~(CLUSTER_MSRS - 1), bit = index - base, i;
    struct cluster *cluster;

    for (i = 0; i < denied->count; i++) if (denied->clusters[i].base == base) break;
    if (i == MAX_CLUSTERS)
    {
        denied->full = 1;
        return;
    }
    cluster = &denied->clusters[i];
    if (i == denied->count)
    {
        cluster->base = base;
        cluster->count[READ] = cluster->count[WRITE] = 0;
        memset( cluster->allowed, 0xff, sizeof(cluster->allowed) );
        denied->count++;
    }
    cluster->allowed[access][bit / 8] &= ~(1 << bit % 8);
    if (cluster->count[access] <= bit) cluster->count[access] = bit + 1;
}

/* What we or the client have asked for. */
static void deny_wanted( const struct host *host, const struct properties *props, struct denied *denied )
{
    UINT32 i;

    if (host->syscall_half && host->user_msr_exits && host->msr_filter) deny( denied, MSR_LSTAR, WRITE );
    /* written by a guest it has KVM write anywhere */
    if (property_xen_hypercalls( host, props )) deny( denied, MSR_XEN_PAGE, WRITE );
    /* KVM tells nobody that a message's slot has become free (exit/hyperv.h) */
    if (host->msr_filter && hyperv_has_synic( props )) deny( denied, MSR_EOM, WRITE );
    if (props->extended_exits & X64_MSR_EXIT)
        for (i = 0; i < ARRAY_SIZE(exit_bits); i++)
            if (props->msr_exits & exit_bits[i].bit) deny( denied, exit_bits[i].index, exit_bits[i].write );
    for (i = 0; i < props->msr_action_count; i++)
    {
        const WHV_MSR_ACTION_ENTRY *entry = &props->msr_actions[i];

        if (entry->ReadAction != WHvMsrActionArchitectureDefault) deny( denied, entry->Index, READ );
        if (entry->WriteAction != WHvMsrActionArchitectureDefault) deny( denied, entry->Index, WRITE );
    }
}

static void deny_hidden( const struct host *host, const struct properties *props, struct denied *denied )
{
    struct msr_stretch stretch;
    UINT32 i, index;

    for (i = 0; msr_hidden_stretch( host, props, i, &stretch ); i++)
        for (index = stretch.first; index <= stretch.last; index++)
        {
            deny( denied, index, READ );
            deny( denied, index, WRITE );
        }
}

/* One range for a cluster, or two where reads and writes differ. FALSE if KVM has not so many. */
static BOOL make_filter( struct denied *denied, struct kvm_msr_filter *filter )
{
    UINT32 i, access, used = 0;

    memset( filter, 0, sizeof(*filter) );
    filter->flags = KVM_MSR_FILTER_DEFAULT_ALLOW;
    for (i = 0; i < denied->count; i++)
    {
        struct cluster *cluster = &denied->clusters[i];
        BOOL same = !memcmp( cluster->allowed[READ], cluster->allowed[WRITE], sizeof(cluster->allowed[READ]) );

        for (access = READ; access <= WRITE; access++)
        {
            if (!cluster->count[access]) continue;
            if (used == KVM_MSR_FILTER_MAX_RANGES) return 0;
            filter->ranges[used].flags = same ? KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE :
                                         access == READ ? KVM_MSR_FILTER_READ : KVM_MSR_FILTER_WRITE;
            filter->ranges[used].base = cluster->base;
            filter->ranges[used].nmsrs = cluster->count[access];
            filter->ranges[used++].bitmap = cluster->allowed[access];
            if (same) break;
        }
    }
    return !denied->full;
}

static BOOL wants_unhandled( const struct properties *props )
{
    return ((props->extended_exits & X64_MSR_EXIT) && (props->msr_exits & UNHANDLED_MSRS)) ||
           props->unimplemented_msr_action;
}

int msr_apply_exits( int vm, const struct host *host, const struct properties *props )
{
    struct denied denied = { 0 };
    struct kvm_msr_filter filter;
    UINT64 reasons = 0;
    BOOL wanted;
    int ret;

    deny_wanted( host, props, &denied );
    wanted = denied.count != 0;
    /* without the last of these KVM itself gives #GP for what is hidden */
    if (wants_unhandled( props ))
        reasons |= KVM_MSR_EXIT_REASON_INVAL | KVM_MSR_EXIT_REASON_UNKNOWN | KVM_MSR_EXIT_REASON_FILTER;
    if (wanted) reasons |= KVM_MSR_EXIT_REASON_FILTER;

    if (!host->user_msr_exits) return reasons ? -EOPNOTSUPP : 0;
    if (!host->msr_filter) reasons &= ~KVM_MSR_EXIT_REASON_FILTER;
    if ((ret = kvm_enable_cap( vm, KVM_CAP_X86_USER_SPACE_MSR, reasons, 0 )) < 0) return ret;
    if (!host->msr_filter) return wanted ? -EOPNOTSUPP : 0;

    deny_hidden( host, props, &denied );
    if (!make_filter( &denied, &filter ))
    {
        /* what the client wants goes first */
        memset( &denied, 0, sizeof(denied) );
        deny_wanted( host, props, &denied );
        if (!make_filter( &denied, &filter ))
        {
            ERR( "the MSRs that are to exit lie too far apart: KVM's filter has %u ranges, "
                 "of %u MSRs each, for reads and writes\n",
                 KVM_MSR_FILTER_MAX_RANGES, CLUSTER_MSRS );
            return -E2BIG;
        }
        WARN( "the guest sees MSRs of KVM's: the list of actions leaves no room in KVM's filter\n" );
    }
    return kvm_set_msr_filter( vm, &filter );
}

static enum msr_decision decision_from_action( UINT32 action )
{
    if (action == WHvMsrActionExit) return MSR_TO_CLIENT;
    return action == WHvMsrActionIgnoreWriteReadZero ? MSR_IGNORE : MSR_FAULT;
}

enum msr_decision msr_decide( const struct host *host, const struct properties *props, UINT32 index, BOOL write,
                              UINT32 reason )
{
    UINT32 i;

    if (reason == KVM_MSR_EXIT_REASON_FILTER && msr_is_hidden( host, props, index ))
        reason = KVM_MSR_EXIT_REASON_UNKNOWN;
    for (i = 0; i < props->msr_action_count; i++)
    {
        UINT32 action = write ? props->msr_actions[i].WriteAction : props->msr_actions[i].ReadAction;

        if (props->msr_actions[i].Index != index) continue;
        /* an MSR that there is, and another property wants to see */
        if (action == WHvMsrActionArchitectureDefault && reason == KVM_MSR_EXIT_REASON_FILTER) break;
        return decision_from_action( action );
    }
    if (reason == KVM_MSR_EXIT_REASON_FILTER)
        return index == MSR_EOM && write && hyperv_has_synic( props ) ? MSR_END_OF_MESSAGE : MSR_TO_CLIENT;
    if ((props->extended_exits & X64_MSR_EXIT) && (props->msr_exits & UNHANDLED_MSRS)) return MSR_TO_CLIENT;
    return decision_from_action( props->unimplemented_msr_action );
}
