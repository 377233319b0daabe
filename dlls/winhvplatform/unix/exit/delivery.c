/*
 * Events that can't be delivered
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

#include "exit/context.h"
#include "exit/delivery.h"
#include "exit/delivery_walk.h"
#include "exit/refused_access.h"
#include "exit/rewind_types.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/decode.h"
#include "insn/insn.h"
#include "intercept/interceptor.h"
#include "memory/gpa_map.h"
#include "registers/activity_x86.h"
#include "registers/events_x86.h"
#include "vm/code_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

#define FIRST_INTERRUPT     16          /* the lowest vector that an APIC delivers */
#define INT3_BYTE           0xcc

struct event
{
    UINT8  type, vector;
    BOOL   has_error_code;
    UINT32 error_code;
};

/* What the view's events tell, in the order in which KVM injects them. */
static BOOL find_injected( struct vp *vp, struct event *event )
{
    const struct kvm_vcpu_events *events = view_events( vp );

    memset( event, 0, sizeof(*event) );
    if (events->exception.injected || events->exception.pending)
    {
        event->type = TYPE_EXCEPTION;
        event->vector = events->exception.nr;
        event->has_error_code = !!events->exception.has_error_code;
        event->error_code = events->exception.error_code;
    }
    else if (events->nmi.injected)
    {
        event->type = TYPE_NMI;
        event->vector = VECTOR_NMI;
    }
    else if (events->interrupt.injected)
    {
        event->type = TYPE_INTERRUPT;
        event->vector = events->interrupt.nr;
    }
    else return 0;
    return 1;
}

/* The event that the instruction at the RIP is. KVM has it, and shows none that come from instructions: they are
 * executed again. */
static BOOL find_software( struct vp *vp, struct event *event )
{
    const struct kvm_regs *regs = view_regs( vp );
    UINT8 bytes[INSN_MAX_LENGTH];
    struct insn insn;
    UINT32 count = code_read( vp, code_linear( vp, SEGMENT_CS, regs->rip ), bytes, sizeof(bytes), 0 );

    memset( event, 0, sizeof(*event) );
    if (FAILED(insn_decode( bytes, count, vp_insn_mode( vp ), &insn ))) return 0;
    switch (insn.op)
    {
    case INSN_INT:
        event->type = TYPE_SOFTWARE_INTERRUPT;
        event->vector = insn.operands[0].imm;
        break;
    case INSN_INT1:
        event->type = TYPE_PRIVILEGED_EXCEPTION;
        event->vector = VECTOR_DB;
        break;
    case INSN_INTO:
        if (!(regs->rflags & RFLAGS_OF)) return 0;
        /* fall through */
    case INSN_INT3:
        event->type = TYPE_SOFTWARE_EXCEPTION;
        event->vector = insn.op == INSN_INT3 ? VECTOR_BP : VECTOR_OF;
        break;
    default:
        return 0;
    }
    events_note_software( vp, event->type, event->vector, insn.length, regs->rip );
    return 1;
}

static void fill( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit, const struct event *event,
                  const struct refused_access *access )
{
    struct rewind_result result;

    TRACE( "vp %u: event %u meets %#llx (%#llx) on its way in\n", vp->index, event->vector,
           (unsigned long long)access->gva, (unsigned long long)access->gpa );
    memset( &result, 0, sizeof(result) );
    result.gva_valid = 1;
    result.gva = access->gva;
    exits_memory_access( vp, exit, &result, access->gpa, access->type, 0 );
    exit->VpContext.ExecutionState.InterruptionPending = 1;
    events_note_injected( vp );
}

/* An instruction of ours has injected it, with RIP behind itself: back to where it will be executed again. */
static void undo_software( struct vp *vp )
{
    UINT64 rip = vp->arch.events.software.rip;

    if (!vp->arch.events.software.length || rip == view_regs( vp )->rip) return;
    view_set_reg( vp, REGS_RIP, rip );
    events_clear_injected( vp );
}

BOOL exits_delivery( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit, refused_func refused )
{
    struct refused_access access;
    struct event event;

    if (!find_injected( vp, &event )) return 0;
    if (!delivery_walk( vp, event.vector, event.has_error_code, refused, &access )) return 0;
    if (event.type == TYPE_EXCEPTION && event.vector == VECTOR_PF) events_follow_cr2( vp );
    undo_software( vp );
    fill( vp, exit, &event, &access );
    return 1;
}

/* Memory is where KVM says that there was none: kvm_intel looks at an event before it sees that what it has noted of
 * that page is out of date. Once for each map of the memory: if that does not help, it means something else. */
static BOOL refresh( struct vp *vp )
{
    struct gpa_map *map = &vp->partition->gpa;
    UINT64 gpa = vp->run->internal.data[3];

    if (!gpa_find( map, gpa )) return 0;
    if (vp->arch.events.refreshed.gpa == gpa && vp->arch.events.refreshed.edition == map->edition) return 0;
    vp->arch.events.refreshed.gpa = gpa;
    vp->arch.events.refreshed.edition = map->edition;
    return gpa_map_refresh( map );
}

BOOL exits_undelivered( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit, BOOL *tell )
{
    const struct kvm_run *run = vp->run;
    struct refused_access access;
    struct event event;

    *tell = 1;
    if (exits_delivery( vp, exit, refused_by_mapping )) return 1;
    if (run->internal.suberror != KVM_INTERNAL_ERROR_DELIVERY_EV) return 0;
    if (!find_injected( vp, &event ) && !find_software( vp, &event )) return 0;
    if (!delivery_walk( vp, event.vector, event.has_error_code, refused_by_mapping, &access ))
    {
        vp->arch.events.software.length = 0;
        if (run->internal.ndata < 4) return 0;
        if (refresh( vp ))
        {
            *tell = 0;
            return 1;
        }
        if (gpa_find( &vp->partition->gpa, run->internal.data[3] )) return 0;
        /* it stood still nevertheless: where, only KVM knows */
        memset( &access, 0, sizeof(access) );
        access.gpa = run->internal.data[3];
        access.type = WHvMemoryAccessRead;
    }
    fill( vp, exit, &event, &access );
    exit->MemoryAccess.AccessInfo.GvaValid = access.gva != 0;
    return 1;
}

/* KVM has dropped the event, and says what it was in fields that it does not clear: an exception, which as a fault has
 * set RF; else INT3, with RIP behind it; else an interrupt. */
static BOOL find_lost( struct vp *vp, struct event *event )
{
    const struct kvm_vcpu_events *events = view_events( vp );
    const struct kvm_regs *regs = view_regs( vp );
    UINT64 last = code_linear( vp, SEGMENT_CS, regs->rip - 1 );
    UINT8 byte;

    memset( event, 0, sizeof(*event) );
    if (regs->rflags & RFLAGS_RF)
    {
        event->type = TYPE_EXCEPTION;
        event->vector = events->exception.nr;
        event->has_error_code = !!events->exception.has_error_code;
        event->error_code = events->exception.error_code;
        return event->vector < 32 && event->vector != VECTOR_NMI;
    }
    if (events->exception.nr == VECTOR_BP && code_read( vp, last, &byte, 1, 0 ) && byte == INT3_BYTE)
    {
        event->type = TYPE_SOFTWARE_EXCEPTION;
        event->vector = VECTOR_BP;
        return 1;
    }
    event->type = TYPE_INTERRUPT;
    event->vector = events->interrupt.nr;
    return event->vector >= FIRST_INTERRUPT && (regs->rflags & RFLAGS_IF);
}

BOOL exits_lost_delivery( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    struct refused_access access;
    struct event event;

    if (!find_lost( vp, &event ) ||
        !delivery_walk( vp, event.vector, event.has_error_code, refused_by_mapping, &access )) return 0;
    switch (event.type)
    {
    case TYPE_EXCEPTION:
        events_inject( vp, event.vector, event.has_error_code, event.error_code );
        break;
    case TYPE_SOFTWARE_EXCEPTION:
        view_set_reg( vp, REGS_RIP, view_regs( vp )->rip - 1 );
        events_note_software( vp, event.type, event.vector, 1, view_regs( vp )->rip );
        break;
    default:
        events_inject_interrupt( vp, event.vector );
        break;
    }
    fill( vp, exit, &event, &access );
    return 1;
}

/* Of INT in real mode, which KVM's emulator knows and does again and again, no event is ever shown. */
static BOOL exits_spinning( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    struct refused_access access;
    struct event event;

    if ((view_sregs( vp )->cr0 & CR0_PE) || !find_software( vp, &event ) ||
        !delivery_walk( vp, event.vector, 0, refused_by_mapping, &access )) return 0;
    fill( vp, exit, &event, &access );
    return 1;
}

/* Interrupts come often, and seldom find another way than the one before. */
static BOOL is_known( struct vp *vp, const struct event *event )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    UINT64 gate = sregs->idt.base + event->vector * (sregs->efer & EFER_LMA ? 16 : sregs->cr0 & CR0_PE ? 8 : 4);
    UINT64 stack = view_regs( vp )->rsp + sregs->ss.base;
    struct vp_events *known = &vp->arch.events;

    if (event->type != TYPE_INTERRUPT) return 0;
    gate = (gate & ~(UINT64)(GPA_PAGE_SIZE - 1)) | 1;   /* never 0, as what is known of nothing */
    stack = (stack & ~(UINT64)(GPA_PAGE_SIZE - 1)) | vp_cpl( vp );
    if (known->delivered.gate == gate && known->delivered.gdt == sregs->gdt.base &&
        known->delivered.tr == sregs->tr.base && known->delivered.cr3 == sregs->cr3 &&
        known->delivered.stack == stack && known->delivered.edition == vp->partition->gpa.edition) return 1;
    known->delivered.gate = gate;
    known->delivered.gdt = sregs->gdt.base;
    known->delivered.tr = sregs->tr.base;
    known->delivered.cr3 = sregs->cr3;
    known->delivered.stack = stack;
    known->delivered.edition = vp->partition->gpa.edition;
    return 0;
}

/* A software event that the client has written: the processor raises it again at its instruction, where the RIP must
 * be. INT3 would exit for ever where the client sees #BP. KVM injects that, with a frame that leads behind the INT3: it
 * knows its length from the exit that is behind the client then. Others it can't be given. */
static BOOL enter_written( struct vp *vp )
{
    UINT8 type = vp->arch.events.software.type, vector = vp->arch.events.software.vector;
    UINT8 length = vp->arch.events.software.length;
    struct event event;

    if (vector == VECTOR_BP && length == 1 && (intercept_vectors( vp->partition ) >> VECTOR_BP & 1))
    {
        vp->arch.events.software.length = 0;
        events_inject( vp, vector, 0, 0 );
        return 1;
    }
    if (find_software( vp, &event ) && event.vector == vector && vp->arch.events.software.length == length) return 1;
    events_note_software( vp, type, vector, length, view_regs( vp )->rip );
    vp->arch.events.software.written = 1;
    return 0;
}

HRESULT exits_check_delivery( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    BOOL written = vp->arch.events.software.length && vp->arch.events.software.written;
    struct event event;
    HRESULT hr;

    if (written && !enter_written( vp ))
    {
        exits_invalid_register( vp, exit );
        return S_FALSE;
    }
    vp->arch.events.waiting &= ~EVENTS_DELIVERY;
    if (find_injected( vp, &event ))
    {
        if (!is_known( vp, &event ) && exits_delivery( vp, exit, refused_by_mapping ))
        {
            vp->arch.events.delivered.gate = 0;
            return S_FALSE;
        }
    }
    else if (vp->partition->host->delivery_spins && exits_spinning( vp, exit )) return S_FALSE;
    if (written && vp->arch.events.maybe_halted && FAILED(hr = activity_wake( vp )))
    {
        /* the next run tries again */
        events_note_injected( vp );
        vp->arch.events.software.written = 1;
        return hr;
    }
    /* until it is executed it is known that the instruction at the RIP is an event's (intercept/handlers.c) */
    if (vp->arch.events.software.rip != view_regs( vp )->rip) vp->arch.events.software.length = 0;
    return S_OK;
}
