/*
 * The hidden IDT
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

#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "intercept/delivery.h"
#include "intercept/hidden_idt.h"
#include "intercept/hidden_tables.h"
#include "intercept/interceptor.h"
#include "registers/events_x86.h"
#include "softkvm/half_syscall.h"
#include "vm/code_x86.h"
#include "vm/hidden_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

/* Something that is on its way into the guest goes through its own table. */
static BOOL has_event( const struct kvm_vcpu_events *events )
{
    return events->exception.injected || events->exception.pending || events->interrupt.injected ||
           events->nmi.injected || events->nmi.pending;
}

/* Are the guest's tables where they were at the last entry, so that they can be read as they were then? */
static BOOL is_proven( const struct vp *vp )
{
    struct system_registers now;

    view_get_system( vp, &now );
    return vp->arch.view.masked && vp->arch.intercept.edition == vp->partition->gpa.edition &&
           !memcmp( &now, &vp->arch.view.own, sizeof(now) );
}

static BOOL wants( struct vp *vp )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    BOOL usable;

    if (!hidden_present( vp ) || vp_cpl( vp ) != 3 || !(sregs->efer & EFER_LMA) || !(sregs->cr0 & CR0_PG) ||
        (sregs->cr4 & CR4_LA57) || has_event( view_events( vp ) ) || vp->arch.events.pending_debug) return 0;
    vp->arch.intercept.idt_count = delivery_read_table( vp, is_proven( vp ) ? vp->arch.intercept.idt_count : 0,
                                                        &usable );
    return !usable;
}

static BOOL before( struct vp *vp )
{
    struct system_registers mask;

    if (!hidden_tables_fill( vp, is_proven( vp ) )) return 0;
    vp->arch.intercept.edition = vp->partition->gpa.edition;
    vp->arch.intercept.cs = view_sregs( vp )->cs;
    vp->arch.intercept.ss = view_sregs( vp )->ss;
    vp->arch.intercept.rflags = view_regs( vp )->rflags;
    hidden_tables_allow( vp, intercept_vectors( vp->partition ) );
    hidden_tables_mask( vp, &mask );
    if (intercept_rdtsc( vp->partition )) mask.cr4 |= CR4_TSD;
    view_mask( vp, &mask );
    vp->arch.intercept.served = ~0ull;
    return 1;
}

/* A segment as it was when the exception came: the guest may have loaded another since the entry. */
static struct kvm_segment find_segment( struct vp *vp, const struct kvm_segment *entered, UINT16 selector )
{
    struct kvm_segment segment;

    if (selector != entered->selector && hidden_tables_segment( vp, selector, &segment )) return segment;
    segment = *entered;
    segment.selector = selector;
    return segment;
}

/* The state that the processor has put into the frame. */
static void take_frame( struct vp *vp, const struct interrupt_frame *frame )
{
    struct kvm_regs *regs = view_edit_regs( vp );
    struct kvm_sregs *sregs = view_edit_sregs( vp );

    regs->rip = frame->rip;
    regs->rsp = frame->rsp;
    /* It pushes RF set, so that the instruction could be run again past a breakpoint. The I/O privilege is nothing that
     * ring 3 can change; while KVM steps, one that executes ring 0 in software pushes 0. */
    regs->rflags = (frame->rflags & ~(RFLAGS_RF | RFLAGS_IOPL)) | (vp->arch.intercept.rflags & RFLAGS_IOPL);
    /* TF is KVM's while it steps: the client's own is kept, ours is not shown */
    if (vp->arch.debug.stepping) regs->rflags |= RFLAGS_TF;
    else if (vp->arch.debug.given.control & KVM_GUESTDBG_SINGLESTEP) regs->rflags &= ~RFLAGS_TF;
    sregs->cs = find_segment( vp, &vp->arch.intercept.cs, frame->cs );
    sregs->ss = find_segment( vp, &vp->arch.intercept.ss, frame->ss );
}

static BOOL is_byte( struct vp *vp, UINT64 rip, UINT8 byte )
{
    UINT8 found;

    return code_read( vp, code_linear( vp, SEGMENT_CS, rip ), &found, 1, 0 ) == 1 && found == byte;
}

/* The exits of INT3, INTO and INT1 show RIP at the instruction, where the processor's frame has it behind. Returns how
 * many bytes that is. */
static UINT32 find_software( struct vp *vp, UINT8 vector )
{
    struct kvm_regs *regs = view_edit_regs( vp );
    UINT32 length = 0;

    if (vector == VECTOR_BP) length = is_byte( vp, regs->rip - 1, 0xcc ) ? 1 : 2;
    if (vector == VECTOR_OF) length = 1;
    if (vector == VECTOR_DB && !is_byte( vp, regs->rip, 0xf1 ) && is_byte( vp, regs->rip - 1, 0xf1 )) length = 1;
    regs->rip -= length;
    return length;
}

/* A KVM that executes ring 0 in software knows no INT n in ring 3, and makes an #UD of it. */
static void mend_software( struct vp *vp, struct caught *event )
{
    UINT8 bytes[2];

    if (!vp->partition->host->out_rip_past || event->vector != VECTOR_UD ||
        code_read( vp, code_linear( vp, SEGMENT_CS, view_regs( vp )->rip ), bytes, 2, 0 ) != 2 ||
        bytes[0] != 0xcd) return;
    event->vector = VECTOR_GP;
    event->has_error_code = 1;
    event->error_code = bytes[1] << 3 | 2;
}

/* The same KVM may take a SYSCALL to its target and stay in ring 3, which can't be there, or can't do what is there. */
static BOOL is_half_syscall( struct vp *vp, const struct interrupt_frame *frame, const struct caught *event )
{
    struct fault_frame fault = { event->error_code, frame->rip, frame->cs, frame->rflags, frame->rsp, frame->ss };

    return (event->vector == VECTOR_PF || event->vector == VECTOR_GP) && syscall_finish( vp, &fault );
}

/* A #GP that CR4.TSD has made, which is ours and not the guest's. */
static BOOL is_rdtsc( struct vp *vp, const struct caught *event )
{
    UINT64 linear = code_linear( vp, SEGMENT_CS, view_regs( vp )->rip );
    const struct insn *insn;
    UINT8 bytes[INSN_MAX_LENGTH];
    UINT32 count;

    if (event->vector != VECTOR_GP || event->error_code || !intercept_rdtsc( vp->partition ) ||
        (view_sregs( vp )->cr4 & CR4_TSD)) return 0;
    count = code_read( vp, linear, bytes, sizeof(bytes), 0 );
    return (insn = code_decode( vp, linear, bytes, count )) && !insn->lock &&
           (insn->op == INSN_RDTSC || insn->op == INSN_RDTSCP);
}

static UINT64 read_dr6( struct vp *vp )
{
    return SUCCEEDED(lazy_fetch( vp, VP_DEBUGREGS )) ? vp->arch.lazy.debugregs.dr6 : 0;
}

/* An exception that the client has not asked for, or an interrupt: the guest's own business. */
static void hand_on( struct vp *vp, const struct caught *event )
{
    struct kvm_vcpu_events *events;

    if (event->vector < 32 && event->vector != VECTOR_NMI)
    {
        events_raise( vp, event->vector, event->has_error_code, event->error_code, event->parameter );
        return;
    }
    events = view_edit_events( vp );
    if (event->vector == VECTOR_NMI) events->nmi.injected = 1;
    else
    {
        events->interrupt.injected = 1;
        events->interrupt.nr = event->vector;
    }
}

static UINT32 take_exception( struct vp *vp, struct caught *event )
{
    UINT64 wanted = intercept_vectors( vp->partition );
    UINT32 length;

    if (event->vector == VECTOR_NMI || event->vector >= 32)
    {
        hand_on( vp, event );
        return KVM_EXIT_INTR;
    }
    length = find_software( vp, event->vector );
    switch (delivery_follow( vp, wanted, event ))
    {
    case DELIVERY_CAUGHT:
        vp->arch.intercept.caught = *event;
        vp->arch.intercept.caught.fresh = 1;
        return INTERCEPT_EXIT;
    case DELIVERY_TRIPLE_FAULT:
        return KVM_EXIT_SHUTDOWN;
    default:
        view_edit_regs( vp )->rip += length;
        hand_on( vp, event );
        return KVM_EXIT_INTR;
    }
}

static void after( struct vp *vp, BOOL exited )
{
    UINT64 cr2 = view_sregs( vp )->cr2;
    struct interrupt_frame frame;
    struct caught event = { 0 };

    view_unmask( vp );
    hidden_tables_return( vp );
    /* Interrupted on its way to us: nothing had been injected before, and the instruction makes it again. */
    if (view_events( vp )->exception.injected || view_events( vp )->exception.pending)
    {
        struct kvm_vcpu_events *events = view_edit_events( vp );

        memset( &events->exception, 0, sizeof(events->exception) );
        events->exception_has_payload = 0;
    }
    if (!exited || vp->run->exit_reason != KVM_EXIT_IO ||
        !hidden_tables_vector( vp, &event.vector, &frame, &event.error_code )) return;

    take_frame( vp, &frame );
    event.has_error_code = vector_has_error_code( event.vector );
    if (is_half_syscall( vp, &frame, &event ))
    {
        vp->run->exit_reason = KVM_EXIT_INTR;
        return;
    }
    if (is_rdtsc( vp, &event ))
    {
        vp->arch.intercept.caught.kind = CAUGHT_RDTSC;
        vp->arch.intercept.caught.fresh = 1;
        vp->run->exit_reason = INTERCEPT_EXIT;
        return;
    }
    mend_software( vp, &event );
    if (event.vector == VECTOR_DB) event.parameter = read_dr6( vp );
    if (event.vector == VECTOR_PF)
    {
        event.parameter = cr2;
        /* there is nothing, for the guest */
        if (hidden_tables_contain( vp, cr2 )) event.error_code &= PF_WRITE | PF_USER | PF_FETCH;
    }
    TRACE( "vp %u: vector %u, error code %#x at %#llx\n", vp->index, event.vector, event.error_code,
           (unsigned long long)frame.rip );
    vp->run->exit_reason = take_exception( vp, &event );
}

const struct interceptor hidden_idt = { wants, before, after, 1 };
