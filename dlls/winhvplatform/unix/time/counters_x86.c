/*
 * Counters of a vp, on x86
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

#include <string.h>

#include "host/errors.h"
#include "host/host.h"
#include "host/kvm.h"
#include "time/counters_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

/* The structure up to the 19041 SDK */
#define INTERCEPTS_MIN_SIZE 176

/* Linux 6.18 has 45 of them, in 64 bytes each, and their values in 138 words */
#define MAX_LIST   0x4000
#define MAX_VALUES 512

/* Nothing of this is of use for another architecture: the names are x86's. */
static const char *const stat_names[VP_STAT_COUNT] =
{
    [VP_STAT_HALT_WAIT]      = "halt_wait_ns",
    [VP_STAT_POLLED]         = "halt_poll_success_ns",
    [VP_STAT_POLLED_IN_VAIN] = "halt_poll_fail_ns",
    [VP_STAT_EXITS]          = "exits",
    [VP_STAT_IO]             = "io_exits",
    [VP_STAT_HALT]           = "halt_exits",
    [VP_STAT_INVLPG]         = "invlpg",
    [VP_STAT_IRQ_WINDOW]     = "irq_window_exits",
    [VP_STAT_NMI_WINDOW]     = "nmi_window_exits",
    [VP_STAT_EMULATION]      = "insn_emulation",
    [VP_STAT_PF_TAKEN]       = "pf_taken",
    [VP_STAT_PF_GUEST]       = "pf_guest",
    [VP_STAT_HYPERCALLS]     = "hypercalls",
    [VP_STAT_INTERRUPTS]     = "irq_injections",
};

/* ---- KVM's statistics ---- */

static UINT32 find_stat( const char *name, UINT32 size )
{
    UINT32 i;

    for (i = 0; i < VP_STAT_COUNT; i++)
        if (strlen( stat_names[i] ) < size && !memcmp( name, stat_names[i], strlen( stat_names[i] ) + 1 )) return i;
    return VP_STAT_COUNT;
}

/* Where the values stand: the kernel's list is read once for a vcpu. What it does not know counts as 0. */
static int open_stats( struct vp *vp )
{
    struct vp_counters *counters = &vp->arch.counters;
    UINT8 list[MAX_LIST] __attribute__((aligned(8)));
    struct kvm_stats_header header;
    const struct kvm_stats_desc *desc;
    UINT32 i, stat, size;
    int ret;

    if (counters->stats_fd >= 0) return 0;
    if ((ret = kvm_get_stats_fd( vp->fd )) < 0) return ret;
    counters->stats_fd = ret;
    counters->stats_end = 0;
    memset( counters->stat_place, 0, sizeof(counters->stat_place) );

    if ((ret = kvm_read_stats( counters->stats_fd, &header, sizeof(header), 0 )) >= 0)
    {
        size = sizeof(*desc) + header.name_size;
        if (header.num_desc > sizeof(list) / size) header.num_desc = sizeof(list) / size;
        ret = kvm_read_stats( counters->stats_fd, list, header.num_desc * size, header.desc_offset );
    }
    if (ret < 0)
    {
        counters_destroy( vp );
        return ret;
    }
    counters->stats_offset = header.data_offset;
    for (i = 0; i < header.num_desc; i++)
    {
        desc = (const struct kvm_stats_desc *)(list + i * size);
        if (desc->size != 1 || desc->offset % sizeof(UINT64) || desc->offset / sizeof(UINT64) >= MAX_VALUES) continue;
        if ((stat = find_stat( desc->name, header.name_size )) == VP_STAT_COUNT) continue;
        counters->stat_place[stat] = desc->offset / sizeof(UINT64) + 1;
        if (counters->stat_place[stat] > counters->stats_end) counters->stats_end = counters->stat_place[stat];
    }
    return 0;
}

static int read_stats( struct vp *vp, UINT64 values[VP_STAT_COUNT] )
{
    struct vp_counters *counters = &vp->arch.counters;
    UINT64 data[MAX_VALUES];
    UINT32 i;
    int ret;

    memset( values, 0, VP_STAT_COUNT * sizeof(*values) );
    if (!vp->partition->host->stats) return 0;
    if ((ret = open_stats( vp )) < 0) return ret;
    ret = kvm_read_stats( counters->stats_fd, data, counters->stats_end * sizeof(*data), counters->stats_offset );
    if (ret < 0) return ret;
    for (i = 0; i < VP_STAT_COUNT; i++)
        if (counters->stat_place[i]) values[i] = data[counters->stat_place[i] - 1];
    return 0;
}

/* Since the vp was created. */
static HRESULT get_stats( struct vp *vp, UINT64 values[VP_STAT_COUNT] )
{
    UINT32 i;
    int ret;

    if ((ret = read_stats( vp, values )) < 0) return hresult_from_errno( ret );
    for (i = 0; i < VP_STAT_COUNT; i++) values[i] -= vp->arch.counters.stat_base[i];
    return S_OK;
}

void counters_created( struct vp *vp )
{
    vp->arch.counters.stats_fd = -1;
}

int counters_reset( struct vp *vp, UINT64 begun )
{
    vp->arch.counters.guest = vp->arch.counters.begun = 0;
    /* what it has taken to make the vp: its run time is never 0 */
    vp->arch.counters.own = counters_now() - begun + vp->partition->host->processor_clock / 10000000 + 1;
    vp->arch.counters.runs = 0;
    vp->arch.counters.told = 0;
    memset( vp->arch.counters.stat_base, 0, sizeof(vp->arch.counters.stat_base) );
    /* a vcpu that is new has counted nothing */
    return vp->arch.entered ? read_stats( vp, vp->arch.counters.stat_base ) : 0;
}

void counters_destroy( struct vp *vp )
{
    if (vp->arch.counters.stats_fd >= 0) kvm_close( vp->arch.counters.stats_fd );
    vp->arch.counters.stats_fd = -1;
}

/* ---- the sets ---- */

static UINT64 to_100ns( const struct vp *vp, UINT64 ticks )
{
    UINT64 clock = vp->partition->host->processor_clock;

    return clock ? (unsigned __int128)ticks * 10000000 / clock : 0;
}

/* Each fills a structure that is all 0. */

static HRESULT get_runtime( struct vp *vp, void *set )
{
    UINT64 stats[VP_STAT_COUNT], guest = to_100ns( vp, vp->arch.counters.guest ), halted;
    WHV_PROCESSOR_RUNTIME_COUNTERS *runtime = set;
    HRESULT hr;

    if (FAILED(hr = get_stats( vp, stats ))) return hr;
    halted = (stats[VP_STAT_HALT_WAIT] + stats[VP_STAT_POLLED] + stats[VP_STAT_POLLED_IN_VAIN]) / 100;
    runtime->HypervisorRuntime100ns = to_100ns( vp, vp->arch.counters.own );
    runtime->TotalRuntime100ns = runtime->HypervisorRuntime100ns + (guest > halted ? guest - halted : 0);
    /* HLT is counted by another clock, and when it is over: what is left may be less than it was */
    if (runtime->TotalRuntime100ns < vp->arch.counters.told) runtime->TotalRuntime100ns = vp->arch.counters.told;
    vp->arch.counters.told = runtime->TotalRuntime100ns;
    return S_OK;
}

static HRESULT get_intercepts( struct vp *vp, void *set )
{
    WHV_PROCESSOR_INTERCEPT_COUNTERS *intercepts = set;
    UINT64 stats[VP_STAT_COUNT], known;
    HRESULT hr;

    if (FAILED(hr = get_stats( vp, stats ))) return hr;
    intercepts->PageInvalidations.Count = stats[VP_STAT_INVLPG];
    intercepts->IoInstructions.Count = stats[VP_STAT_IO];
    intercepts->HaltInstructions.Count = stats[VP_STAT_HALT];
    intercepts->PendingInterrupts.Count = stats[VP_STAT_IRQ_WINDOW] + stats[VP_STAT_NMI_WINDOW];
    intercepts->EmulatedInstructions.Count = stats[VP_STAT_EMULATION];
    intercepts->PageFaultIntercepts.Count = stats[VP_STAT_PF_GUEST];
    if (stats[VP_STAT_PF_TAKEN] > stats[VP_STAT_PF_GUEST])
        intercepts->NestedPageFaultIntercepts.Count = stats[VP_STAT_PF_TAKEN] - stats[VP_STAT_PF_GUEST];
    intercepts->Hypercalls.Count = stats[VP_STAT_HYPERCALLS];
    /* emulation is no kind of exit; and a KVM that emulates ring 0 counts more I/O and HLT than exits */
    known = stats[VP_STAT_INVLPG] + stats[VP_STAT_IO] + stats[VP_STAT_HALT] + intercepts->PendingInterrupts.Count +
            stats[VP_STAT_PF_TAKEN] + stats[VP_STAT_HYPERCALLS];
    if (stats[VP_STAT_EXITS] > known) intercepts->OtherIntercepts.Count = stats[VP_STAT_EXITS] - known;
    return S_OK;
}

static HRESULT get_events( struct vp *vp, void *set )
{
    WHV_PROCESSOR_EVENT_COUNTERS *events = set;
    UINT64 stats[VP_STAT_COUNT];
    HRESULT hr;

    if (FAILED(hr = get_stats( vp, stats ))) return hr;
    events->PageFaultCount = stats[VP_STAT_PF_GUEST];
    events->InterruptCount = stats[VP_STAT_INTERRUPTS];
    return S_OK;
}

/* KVM counts nothing of what its local APICs do. */
static HRESULT get_apic( struct vp *vp, void *set )
{
    (void)vp;
    (void)set;
    return S_OK;
}

static HRESULT get_synthetic( struct vp *vp, void *set )
{
    WHV_PROCESSOR_SYNTHETIC_FEATURES_COUNTERS *synthetic = set;
    UINT64 stats[VP_STAT_COUNT];
    HRESULT hr;

    /* without enlightenments there are no hypercalls but those that fail */
    if (!vp->partition->props.synthetic_features) return S_OK;
    if (FAILED(hr = get_stats( vp, stats ))) return hr;
    synthetic->OtherHypercallsCount = stats[VP_STAT_HYPERCALLS];
    return S_OK;
}

HRESULT counters_get( struct vp *vp, WHV_PROCESSOR_COUNTER_SET set, void *buffer, UINT32 size, UINT32 *written )
{
    static const struct { UINT32 size, min; HRESULT (*get)( struct vp *vp, void *set ); } sets[] =
    {
#define WHOLE( type ) sizeof(type), sizeof(type)
        [WHvProcessorCounterSetRuntime]           = { WHOLE( WHV_PROCESSOR_RUNTIME_COUNTERS ), get_runtime },
        [WHvProcessorCounterSetIntercepts]        = { sizeof(WHV_PROCESSOR_INTERCEPT_COUNTERS), INTERCEPTS_MIN_SIZE,
                                                      get_intercepts },
        [WHvProcessorCounterSetEvents]            = { WHOLE( WHV_PROCESSOR_EVENT_COUNTERS ), get_events },
        [WHvProcessorCounterSetApic]              = { WHOLE( WHV_PROCESSOR_APIC_COUNTERS ), get_apic },
        [WHvProcessorCounterSetSyntheticFeatures] = { WHOLE( WHV_PROCESSOR_SYNTHETIC_FEATURES_COUNTERS ),
                                                      get_synthetic },
#undef WHOLE
    };
    UINT64 all[COUNTERS_MAX_SIZE / sizeof(UINT64)] = { 0 };
    HRESULT hr;

    if ((UINT32)set >= sizeof(sets) / sizeof(*sets)) return WHV_E_UNKNOWN_PROPERTY;
    *written = sets[set].size;
    if (size < sets[set].min) return WHV_E_INSUFFICIENT_BUFFER;
    if (FAILED(hr = sets[set].get( vp, all ))) return hr;
    if (size < *written) *written = size;
    memcpy( buffer, all, *written );
    return S_OK;
}

HRESULT counters_get_runtime( struct vp *vp, UINT64 *value )
{
    WHV_PROCESSOR_RUNTIME_COUNTERS runtime = { 0 };
    HRESULT hr;

    if (SUCCEEDED(hr = get_runtime( vp, &runtime ))) *value = runtime.TotalRuntime100ns;
    return hr;
}
