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
#include <stdlib.h>
#include <string.h>

#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "vm/msr_filter_x86.h"
#include "vm/property.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

#define MSR_APIC_BASE       0x1b
#define MSR_UCODE_REV       0x8b
#define MSR_MISC_ENABLE     0x1a0

#define X64_MSR_EXIT        2           /* WHV_EXTENDED_VM_EXITS.X64MsrExit */
#define UNHANDLED_MSRS      1           /* WHV_X64_MSR_EXIT_BITMAP */

#define MAX_DENIED          256
/* KVM takes bitmaps of up to 0x600 bytes; MSRs come in clusters far smaller than that */
#define RANGE_MSRS          0x1000

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

struct denied
{
    UINT32 index;
    BOOL   write;
};

static int compare_denied( const void *a, const void *b )
{
    const struct denied *first = a, *second = b;

    if (first->write != second->write) return first->write - second->write;
    return first->index < second->index ? -1 : first->index > second->index;
}

static UINT32 collect_denied( const struct host *host, const struct properties *props, struct denied *denied )
{
    UINT32 i, count = 0;

    if (host->syscall_half && host->user_msr_exits && host->msr_filter)
    {
        denied[count].index = MSR_LSTAR;
        denied[count++].write = 1;
    }

    if (props->extended_exits & X64_MSR_EXIT)
        for (i = 0; i < sizeof(exit_bits) / sizeof(exit_bits[0]); i++)
            if (props->msr_exits & exit_bits[i].bit)
            {
                denied[count].index = exit_bits[i].index;
                denied[count++].write = exit_bits[i].write;
            }
    for (i = 0; i < props->msr_action_count && count + 2 <= MAX_DENIED; i++)
    {
        const WHV_MSR_ACTION_ENTRY *entry = &props->msr_actions[i];

        if (entry->ReadAction != WHvMsrActionArchitectureDefault)
        {
            denied[count].index = entry->Index;
            denied[count++].write = 0;
        }
        if (entry->WriteAction != WHvMsrActionArchitectureDefault)
        {
            denied[count].index = entry->Index;
            denied[count++].write = 1;
        }
    }
    qsort( denied, count, sizeof(*denied), compare_denied );
    return count;
}

int msr_apply_exits( int vm, const struct host *host, const struct properties *props )
{
    UINT8 bitmaps[KVM_MSR_FILTER_MAX_RANGES][RANGE_MSRS / 8];
    struct denied denied[MAX_DENIED];
    struct kvm_msr_filter filter;
    struct kvm_msr_filter_range *range;
    UINT64 reasons = 0;
    UINT32 i, first, used = 0, count = collect_denied( host, props, denied );
    int ret;

    if (((props->extended_exits & X64_MSR_EXIT) && (props->msr_exits & UNHANDLED_MSRS)) ||
        props->unimplemented_msr_action)
        reasons |= KVM_MSR_EXIT_REASON_INVAL | KVM_MSR_EXIT_REASON_UNKNOWN;
    if (count) reasons |= KVM_MSR_EXIT_REASON_FILTER;

    if (!host->user_msr_exits) return reasons ? -EOPNOTSUPP : 0;
    if ((ret = kvm_enable_cap( vm, KVM_CAP_X86_USER_SPACE_MSR, reasons, 0 )) < 0) return ret;
    if (!host->msr_filter) return count ? -EOPNOTSUPP : 0;

    memset( &filter, 0, sizeof(filter) );
    memset( bitmaps, 0xff, sizeof(bitmaps) );
    filter.flags = KVM_MSR_FILTER_DEFAULT_ALLOW;
    for (i = 0; i < count; used++)
    {
        if (used == KVM_MSR_FILTER_MAX_RANGES)
        {
            ERR( "the MSRs that are to exit lie too far apart: KVM's filter has %u ranges, "
                 "of %u MSRs each, for reads and writes\n",
                 KVM_MSR_FILTER_MAX_RANGES, RANGE_MSRS );
            return -E2BIG;
        }
        range = &filter.ranges[used];
        first = i;
        range->flags = denied[i].write ? KVM_MSR_FILTER_WRITE : KVM_MSR_FILTER_READ;
        range->base = denied[i].index;
        range->bitmap = bitmaps[used];
        for ( ; i < count && denied[i].write == denied[first].write && denied[i].index - range->base < RANGE_MSRS; i++)
        {
            UINT32 bit = denied[i].index - range->base;

            bitmaps[used][bit / 8] &= ~(1 << bit % 8);
            range->nmsrs = bit + 1;
        }
    }
    return kvm_set_msr_filter( vm, &filter );
}

static enum msr_decision decision_from_action( UINT32 action )
{
    if (action == WHvMsrActionExit) return MSR_TO_CLIENT;
    return action == WHvMsrActionIgnoreWriteReadZero ? MSR_IGNORE : MSR_FAULT;
}

enum msr_decision msr_decide( const struct properties *props, UINT32 index, BOOL write, UINT32 reason )
{
    UINT32 i;

    for (i = 0; i < props->msr_action_count; i++)
    {
        UINT32 action = write ? props->msr_actions[i].WriteAction : props->msr_actions[i].ReadAction;

        if (props->msr_actions[i].Index != index) continue;
        /* an MSR that there is, and another property wants to see */
        if (action == WHvMsrActionArchitectureDefault && reason == KVM_MSR_EXIT_REASON_FILTER) break;
        return decision_from_action( action );
    }
    if (reason == KVM_MSR_EXIT_REASON_FILTER) return MSR_TO_CLIENT;
    if ((props->extended_exits & X64_MSR_EXIT) && (props->msr_exits & UNHANDLED_MSRS)) return MSR_TO_CLIENT;
    return decision_from_action( props->unimplemented_msr_action );
}
