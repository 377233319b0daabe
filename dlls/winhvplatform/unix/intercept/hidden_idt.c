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
#include "intercept/gate.h"
#include "intercept/hidden_idt.h"
#include "intercept/hidden_tables.h"
#include "intercept/interceptor.h"
#include "registers/events_x86.h"
#include "softkvm/half_syscall.h"
#include "vm/code_x86.h"
#include "vm/cpuid_table_x86.h"
#include "vm/cpuid_x86.h"
#include "vm/hidden_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

#define MSR_MISC_FEATURES   0x140
#define MISC_CPUID_FAULTING 1

/* KVM emulates CPUID faulting for all processors (MSR_PLATFORM_INFO says so unless it is told otherwise). Ring 0 is not
 * concerned, and ring 3 reads no MSRs; but a guest with a table of its own must find the processor as it knows it. */
BOOL hidden_idt_trap_cpuid( struct vp *vp, BOOL trap )
{
    struct { struct kvm_msrs head; struct kvm_msr_entry entry; } msrs =
    {
        .head.nmsrs = 1, .entry.index = MSR_MISC_FEATURES, .entry.data = trap ? MISC_CPUID_FAULTING : 0
    };

    if (vp->arch.intercept.cpuid_faults == trap) return 1;
    if (kvm_set_msrs( vp->fd, &msrs.head ) != 1) return 0;
    vp->arch.intercept.cpuid_faults = trap;
    return 1;
}

/* Are the guest's tables where they were at the last entry, so that they can be read as they were then? */
static BOOL is_proven( const struct vp *vp )
{
    struct system_registers now;

    view_get_system( vp, &now );
    return vp->arch.view.masked && vp->arch.intercept.edition == vp->partition->gpa.edition &&
           !memcmp( &now, &vp->arch.view.own, sizeof(now) );
}

/* CR4.TSD and CPUID faulting mean nothing to ring 3 where that runs on the bare processor. */
static UINT64 gives( const struct vp *vp )
{
    return vp->partition->host->out_rip_past ? ~PROPERTY_INSNS : ~PROPERTY_HYPERCALL;
}

/* INTO, which the client has given back: it would exit for ever. */
static BOOL is_given_back( const struct vp *vp, UINT64 asked )
{
    return vp->arch.events.software.length && vp->arch.events.software.rip == view_regs( vp )->rip &&
           intercept_has_vector( asked, vp->arch.events.software.vector );
}

/* An exception on its way in, which the client or we have injected, since KVM left it to us: the guest's table leads
 * nowhere, and what that ends in the client may want to see. */
static void follow_injected( struct vp *vp )
{
    const struct kvm_vcpu_events *events = view_events( vp );
    struct caught event =
    {
        .vector = events->exception.nr, .has_error_code = events->exception.has_error_code != 0,
        .error_code = events->exception.error_code, .parameter = view_sregs( vp )->cr2
    };

    switch (delivery_follow( vp, intercept_vectors( vp->partition ) & ~(1ull << event.vector), &event ))
    {
    case DELIVERY_CAUGHT:
        event.fresh = 1;
        vp->arch.intercept.caught = event;
        break;
    case DELIVERY_TRIPLE_FAULT:
        intercept_catch( vp, CAUGHT_TRIPLE_FAULT );
        break;
    default:
        return;
    }
    events_clear_exception( vp );
}

static UINT64 wants( struct vp *vp, UINT64 asked )
{
    const struct kvm_vcpu_events *events = view_events( vp );
    BOOL exception = (events->exception.injected || events->exception.pending) && events->exception.nr < EXCEPTIONS;
    const struct kvm_sregs *sregs = view_sregs( vp );
    BOOL usable;

    if (!(asked &= gives( vp )) || !hidden_present( vp ) || vp_cpl( vp ) != 3 || !(sregs->efer & EFER_LMA) ||
        !(sregs->cr0 & CR0_PG) || (sregs->cr4 & CR4_LA57) || (!exception && intercept_has_event( events )) ||
        is_given_back( vp, asked )) return 0;
    vp->arch.intercept.idt_count = delivery_read_table( vp, is_proven( vp ) ? vp->arch.intercept.idt_count : 0,
                                                        &usable );
    if (usable) return 0;
    if (exception)
    {
        follow_injected( vp );
        return 0;
    }
    if ((asked & PROPERTY_CPUID) && !hidden_idt_trap_cpuid( vp, 1 )) asked &= ~PROPERTY_CPUID;
    return asked;
}

static BOOL before( struct vp *vp, UINT64 serves )
{
    struct system_registers mask;

    if (!hidden_tables_fill( vp, is_proven( vp ) )) return 0;
    vp->arch.intercept.edition = vp->partition->gpa.edition;
    vp->arch.intercept.cs = view_sregs( vp )->cs;
    vp->arch.intercept.ss = view_sregs( vp )->ss;
    vp->arch.intercept.rflags = view_regs( vp )->rflags;
    hidden_tables_allow( vp, intercept_vectors( vp->partition ) );
    hidden_tables_mask( vp, &mask );
    if (serves & PROPERTY_RDTSC) mask.cr4 |= CR4_TSD;
    if (!(serves & PROPERTY_CPUID)) hidden_idt_trap_cpuid( vp, 0 );
    view_mask( vp, &mask );
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

/* CPUID of a leaf that the client has not listed: it goes on, as if nothing had been. */
static void execute_cpuid( struct vp *vp, const struct insn *insn )
{
    UINT64 xcr0 = SUCCEEDED(lazy_fetch( vp, VP_XCRS )) ? vp->arch.lazy.xcrs.xcrs[0].value : 1;
    struct kvm_regs *regs = view_edit_regs( vp );
    WHV_CPUID_OUTPUT out;

    cpuid_lookup( vp->arch.cpuid.table, regs->rax, regs->rcx, view_sregs( vp )->cr4, xcr0, 0, &out );
    cpuid_apic( regs->rax, view_sregs( vp )->apic_base, &out );
    regs->rax = out.Eax;
    regs->rbx = out.Ebx;
    regs->rcx = out.Ecx;
    regs->rdx = out.Edx;
    regs->rip += insn->length;
}

/* A #GP that CR4.TSD or CPUID faulting has made, which is ours and not the guest's. FALSE: it is none. */
static BOOL take_trapped( struct vp *vp, const struct caught *event )
{
    UINT64 linear = code_linear( vp, SEGMENT_CS, view_regs( vp )->rip ), watched = vp->partition->props.watched;
    const struct insn *insn;
    UINT8 bytes[INSN_MAX_LENGTH];
    UINT32 count;

    if (event->vector != VECTOR_GP || event->error_code || !(watched & (PROPERTY_RDTSC | PROPERTY_CPUID))) return 0;
    count = code_read( vp, linear, bytes, sizeof(bytes), 0 );
    if (!(insn = code_decode( vp, linear, bytes, count )) || insn->lock) return 0;
    vp->run->exit_reason = INTERCEPT_EXIT;
    switch (insn->op)
    {
    case INSN_RDTSC:
    case INSN_RDTSCP:
        if (!(watched & PROPERTY_RDTSC) || (view_sregs( vp )->cr4 & CR4_TSD)) break;
        intercept_catch( vp, CAUGHT_RDTSC );
        return 1;
    case INSN_CPUID:
        if (!vp->arch.intercept.cpuid_faults) break;
        if (property_cpuid_exits( &vp->partition->props, view_regs( vp )->rax ))
        {
            intercept_catch( vp, CAUGHT_CPUID );
            return 1;
        }
        execute_cpuid( vp, insn );
        vp->run->exit_reason = KVM_EXIT_INTR;
        return 1;
    default:
        break;
    }
    vp->run->exit_reason = KVM_EXIT_IO;
    return 0;
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
    /* Interrupted on its way to us: nothing had been injected before, and the instruction makes it again, but for a
     * trap, which is behind it. */
    if ((view_events( vp )->exception.injected || view_events( vp )->exception.pending) &&
        view_events( vp )->exception.nr != VECTOR_DB) events_clear_exception( vp );
    /* ... or it has come as far as the handler, and only the handler's OUT has not been executed */
    if ((exited && vp->run->exit_reason != KVM_EXIT_IO) ||
        !hidden_tables_vector( vp, &event.vector, &frame, &event.error_code )) return;

    take_frame( vp, &frame );
    event.has_error_code = vector_has_error_code( event.vector );
    if (is_half_syscall( vp, &frame, &event ))
    {
        vp->run->exit_reason = KVM_EXIT_INTR;
        return;
    }
    if (take_trapped( vp, &event )) return;
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

const struct interceptor hidden_idt = { wants, before, after };
