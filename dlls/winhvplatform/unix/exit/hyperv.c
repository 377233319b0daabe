/*
 * Exits that KVM does not have
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

#include "exit/context.h"
#include "exit/exceptions.h"
#include "exit/hyperv.h"
#include "exit/rewind.h"
#include "exit/rewind_types.h"
#include "host/kvm.h"
#include "host/msr_list_x86.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "irq/synic_x86.h"
#include "memory/gpa_access.h"
#include "notify/port.h"
#include "registers/events_x86.h"
#include "resume/flush.h"
#include "resume/pending.h"
#include "vm/partition.h"
#include "vm/vp.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

/* TLFS, appendices A and B */
#define HVCALL_POST_MESSAGE                 0x5c
#define HVCALL_SIGNAL_EVENT                 0x5d
#define HV_STATUS_INVALID_HYPERCALL_CODE    0x02
#define HV_STATUS_INVALID_CONNECTION_ID     0x12

#define HYPERCALL_FAST                      0x10000     /* the input itself is in the register */
#define CONNECTION_ID( input )              ((UINT32)(input) & 0xffffff)

#define UNKNOWN_SYNIC_CONNECTION            0x400       /* of WHV_EXTENDED_VM_EXITS */

/* KVM finishes what it has shown, before the client can see the vp. Only if something comes of that the client is told
 * of it. */
static BOOL finish( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    switch (complete_silently( vp ))
    {
    case -EINTR:
        pending_clear( vp );
        return 0;
    case 0:                             /* of a debugged vp it shows the step */
        pending_clear( vp );
        if (vp->run->exit_reason == KVM_EXIT_DEBUG) return exits_debug( vp, exit );
    }
    return exits_unknown( vp, exit );
}

static BOOL tell_hypercall( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    struct rewind_result result;

    rewind_at( vp, &result );
    exits_hypercall( vp, exit );
    pending_set( vp, PENDING_OTHER, &result.insn );
    return 1;
}

/* KVM rings an event port by itself only for flag 0 of its connection; a port has no flags. Where the input is comes
 * from the registers, as the TLFS has them: some kernels show what they have read there in its place. */
static BOOL signal_port( struct vp *vp )
{
    const struct kvm_regs *regs = view_regs( vp );
    UINT64 input = vp_insn_mode( vp ) == INSN_MODE_64 ? regs->rdx : (regs->rbx << 32) | (UINT32)regs->rcx;

    if (!(vp->run->hyperv.u.hcall.input & HYPERCALL_FAST) &&
        FAILED(gpa_read( &vp->partition->gpa, input, &input, sizeof(input) ))) return 0;
    return port_signal( vp->handle, CONNECTION_ID( input ) );
}

BOOL exits_hyperv( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const struct properties *props = &vp->partition->props;
    struct kvm_run *run = vp->run;
    BOOL unknown_connection;
    UINT16 code;

    /* the guest has turned on a page of the SynIC's, or the whole */
    if (run->hyperv.type == KVM_EXIT_HYPERV_SYNIC) events_note_sints( vp );
    if (run->hyperv.type != KVM_EXIT_HYPERV_HCALL) return 0;
    code = run->hyperv.u.hcall.input;
    if (code == HVCALL_SIGNAL_EVENT && signal_port( vp ))
    {
        run->hyperv.u.hcall.result = 0;
        return finish( vp, exit );
    }
    unknown_connection = code == HVCALL_POST_MESSAGE || code == HVCALL_SIGNAL_EVENT;
    if (unknown_connection && (props->extended_exits & UNKNOWN_SYNIC_CONNECTION)) return tell_hypercall( vp, exit );
    /* a client's own leaves have switched this on in KVM, not ours */
    if (!props->synthetic_features) return exits_unknown( vp, exit );
    TRACE( "vp %u: hypercall %#x\n", vp->index, code );
    run->hyperv.u.hcall.result = unknown_connection ? HV_STATUS_INVALID_CONNECTION_ID :
                                                      HV_STATUS_INVALID_HYPERCALL_CODE;
    return finish( vp, exit );
}

BOOL exits_end_of_message( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    /* KVM's timers may wait for a slot too */
    if (msr_write( vp->fd, MSR_EOM, 0 ) != 1) WARN( "vp %u: KVM takes no end of a message\n", vp->index );
    if (!events_armed( vp ).Sint) return 0;
    events_note_sints( vp );
    return finish( vp, exit );
}

BOOL exits_sint( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    UINT16 ready = synic_deliverable( vp, events_armed( vp ).Sint );

    if (!ready) return 0;
    events_told_sints( vp, ready );
    exits_start( vp, exit, WHvRunVpExitReasonSynicSintDeliverable, 0 )->SynicSintDeliverable.DeliverableSints = ready;
    return 1;
}
