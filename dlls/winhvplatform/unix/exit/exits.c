/*
 * Exits: KVM exit -> WHV exit context
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

#include "exit/context.h"
#include "exit/delivery.h"
#include "exit/exceptions.h"
#include "exit/exits.h"
#include "exit/hyperv.h"
#include "exit/mmio.h"
#include "exit/msr.h"
#include "exit/ports.h"
#include "exit/refused.h"
#include "exit/rewind.h"
#include "exit/rewind_types.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "intercept/interceptor.h"
#include "irq/apic_x86.h"
#include "registers/events_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

/* The end of an interrupt that the client may hold a line of. */
static BOOL exit_apic_eoi( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    UINT8 vector = vp->run->eoi.vector;

    if (!apic_is_level( vp, vector )) return 0;
    exits_start( vp, exit, WHvRunVpExitReasonX64ApicEoi, 0 )->ApicEoi.InterruptVector = vector;
    return 1;
}

/* VMCALL or VMMCALL, on a KVM that leaves them to us. */
static BOOL exit_hypercall( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    struct rewind_result result;

    if (vp->run->xen.type != KVM_EXIT_XEN_HCALL || !rewind_at( vp, &result )) return exits_unknown( vp, exit );
    exits_take_view( vp, &result, PENDING_HYPERCALL );
    if (vp->partition->props.extended_exits & HYPERCALL_EXIT) return exits_hypercall( vp, exit );
    events_inject( vp, VECTOR_UD, 0, 0 );
    return exits_raised( vp, exit );
}

static BOOL exit_shutdown( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    if (vp->partition->host->delivery_shuts_down && exits_lost_delivery( vp, exit )) return 1;
    exits_triple_fault( vp, exit );
    return 1;
}

static BOOL exit_fail_entry( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    TRACE( "vp %u: entry refused, hardware reason %#llx\n", vp->index,
           (unsigned long long)vp->run->fail_entry.hardware_entry_failure_reason );
    exits_invalid_register( vp, exit );
    return 1;
}

static BOOL exit_window_open( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER armed = { .AsUINT64 = vp->arch.events.deliverability };

    /* an ExtInt that waits goes first */
    if (!armed.InterruptNotification || events_waiting( vp )) return 0;
    /* the guest may have raised its TPR since the entry, which leaves KVM by no exit: the window stays armed */
    if (armed.InterruptPriority && armed.InterruptPriority <= view_sregs( vp )->cr8) return 0;
    exits_window_open( vp, exit );
    return 1;
}

static BOOL exit_nothing( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    (void)vp;
    (void)exit;
    return 0;
}

static BOOL (* const handlers[])( struct vp *, WHV_RUN_VP_EXIT_CONTEXT * ) =
{
    [KVM_EXIT_UNKNOWN]         = exits_unsupported,
    [INTERCEPT_EXIT]           = exits_caught,
    [KVM_EXIT_IO]              = exits_io,
    [KVM_EXIT_DEBUG]           = exits_debug,
    [KVM_EXIT_MMIO]            = exits_mmio,
    [KVM_EXIT_IRQ_WINDOW_OPEN] = exit_window_open,
    [KVM_EXIT_SHUTDOWN]        = exit_shutdown,
    [KVM_EXIT_FAIL_ENTRY]      = exit_fail_entry,
    [KVM_EXIT_INTR]            = exit_nothing,
    [KVM_EXIT_SET_TPR]         = exit_nothing,      /* the new CR8 is in the sync area; the window is looked at
                                                       before the entry */
    [KVM_EXIT_IOAPIC_EOI]      = exit_apic_eoi,
    [KVM_EXIT_INTERNAL_ERROR]  = exits_internal_error,
    [KVM_EXIT_HYPERV]          = exits_hyperv,
    [KVM_EXIT_XEN]             = exit_hypercall,
    [KVM_EXIT_X86_RDMSR]       = exits_msr,
    [KVM_EXIT_X86_WRMSR]       = exits_msr,
    [KVM_EXIT_MEMORY_FAULT]    = exits_host_fault,
};

BOOL exits_dispatch( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    UINT32 reason = vp->run->exit_reason;

    if (reason < sizeof(handlers) / sizeof(handlers[0]) && handlers[reason]) return handlers[reason]( vp, exit );
    FIXME( "vp %u: KVM exit %u\n", vp->index, reason );
    return exits_unknown( vp, exit );
}
