/*
 * Breakpoints at the guest's own handlers
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

#include "host/array.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "intercept/cause.h"
#include "intercept/frame.h"
#include "intercept/gate.h"
#include "intercept/handlers.h"
#include "intercept/hidden_tables.h"
#include "intercept/interceptor.h"
#include "registers/events_x86.h"
#include "vm/code_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

/* KVM has #DB and #BP itself. Of the others, if there are more than debug registers, the first of these: what clients
 * live on comes first. #MC never comes. */
static const UINT8 order[] =
{
    VECTOR_PF, VECTOR_GP, VECTOR_UD, VECTOR_DE, VECTOR_SS, VECTOR_NM, VECTOR_NP, VECTOR_AC, VECTOR_MF, VECTOR_XM,
    VECTOR_OF, VECTOR_BR, VECTOR_TS, VECTOR_DF,
};

static BOOL has_error_code( const struct vp *vp, UINT8 vector )
{
    return (view_sregs( vp )->cr0 & CR0_PE) && vector_has_error_code( vector );
}

static UINT64 linear_rip( struct vp *vp )
{
    return code_linear( vp, SEGMENT_CS, view_regs( vp )->rip );
}

/* ---- before the entry ---- */

/* Are the guest's tables where they were at the last entry, so that they can be read as they were then? */
static BOOL is_proven( struct vp *vp, UINT64 vectors )
{
    struct vp_handlers *own = &vp->arch.handlers;
    struct system_registers now;
    UINT32 edition = vp->partition->gpa.edition;
    BOOL same;

    view_get_system( vp, &now );
    same = own->proven && own->edition == edition && own->cr0 == view_sregs( vp )->cr0 && own->wanted == vectors &&
           !memcmp( &now, &own->system, sizeof(now) );
    own->wanted = vectors;
    own->system = now;
    own->edition = edition;
    own->cr0 = view_sregs( vp )->cr0;
    return same;
}

/* Exceptions that the mode does not have. */
static UINT64 find_impossible( const struct vp *vp )
{
    UINT64 cr0 = view_sregs( vp )->cr0, vectors = 0;

    if (!(cr0 & CR0_PG)) vectors |= 1ull << VECTOR_PF;
    if (!(cr0 & CR0_PE)) vectors |= 1ull << VECTOR_TS | 1ull << VECTOR_NP | 1ull << VECTOR_AC;
    return vectors;
}

/* Debug registers that nobody else uses. */
static UINT32 count_free( struct vp *vp )
{
    UINT64 used = vp->arch.debug.wanted.arch.debugreg[7];
    UINT32 i, count = 4;

    if (FAILED(lazy_fetch( vp, VP_DEBUGREGS ))) return 0;
    for (i = 0; i < 4; i++)
    {
        if (used >> i * 2 & 3) count--;
        if ((vp->arch.lazy.debugregs.dr7 >> i * 2 & 3) &&
            (!(used >> i * 2 & 3) || vp->arch.debug.wanted.arch.debugreg[i] != vp->arch.lazy.debugregs.db[i])) count--;
    }
    return (INT32)count < 0 ? 0 : count;
}

/* Of all vectors that are asked for: a place for each handler, which may be several vectors'. */
static void find_handlers( struct vp *vp, UINT64 vectors )
{
    struct vp_handlers *own = &vp->arch.handlers;
    UINT32 room = count_free( vp ), i, place;
    BOOL proven = is_proven( vp, vectors );
    struct gate gate;

    own->proven = 1;
    own->count = 0;
    own->served = 0;
    for (i = 0; i < ARRAY_SIZE(order); i++)
    {
        if (!(vectors >> order[i] & 1)) continue;
        if (!gate_read( vp, order[i], proven, &gate ))
        {
            /* it may be there the next time */
            own->proven = 0;
            continue;
        }
        for (place = 0; place < own->count && own->at[place] != gate.linear; place++) {}
        if (place == room) continue;
        if (place == own->count) own->at[own->count++] = gate.linear;
        own->served |= 1ull << order[i];
    }
}

static BOOL is_handler( const struct vp *vp, UINT64 linear )
{
    const struct vp_handlers *own = &vp->arch.handlers;
    UINT32 i;

    for (i = 0; i < own->count; i++) if (own->at[i] == linear) return 1;
    return 0;
}

/* An event that is on its way in leads to its handler without being another exception. */
static void note_event( struct vp *vp, BOOL moved )
{
    const struct kvm_vcpu_events *events = view_events( vp );
    struct vp_handlers *own = &vp->arch.handlers;

    /* delivered before, but the vp has come out in front of the handler's first instruction */
    if (own->injected && !moved && is_handler( vp, linear_rip( vp ) )) return;
    own->injected = 1;
    own->injected_rip = view_regs( vp )->rip;
    own->injected_cs = view_sregs( vp )->cs.selector;
    own->injected_error_code = 0;
    own->injected_behind = 0;
    if (events->exception.injected || events->exception.pending)
    {
        own->injected_vector = events->exception.nr;
        own->injected_error_code = events->exception.has_error_code != 0;
        /* KVM puts RIP behind the instruction of these, by whatever length it has in mind */
        if (own->injected_vector == VECTOR_BP || own->injected_vector == VECTOR_OF)
            own->injected_behind = INSN_MAX_LENGTH;
    }
    else if (events->interrupt.injected) own->injected_vector = events->interrupt.nr;
    else if (vp->arch.events.software.length && vp->arch.events.software.rip == own->injected_rip)
    {
        own->injected_vector = vp->arch.events.software.vector;
        own->injected_behind = vp->arch.events.software.length;
    }
    else own->injected = 0;
}

static UINT64 wants( struct vp *vp, UINT64 asked )
{
    struct vp_handlers *own = &vp->arch.handlers;
    BOOL moved = own->told || view_regs( vp )->rip != view_kvm_reg( vp, REGS_RIP );
    UINT64 impossible = find_impossible( vp );

    if (!(asked &= ~PROPERTY_INSNS) || !vp->partition->host->breakpoints) return 0;
    find_handlers( vp, asked & ~impossible );
    own->told = 0;
    if (!own->count) return asked & impossible;
    note_event( vp, moved );
    /* the client has gone there by itself: no exception has led there */
    if (moved && vp->arch.pending.kind == PENDING_NONE && is_handler( vp, linear_rip( vp ) ))
    {
        view_edit_regs( vp )->rflags |= RFLAGS_RF;
        view_touch( vp, KVM_SYNC_X86_REGS );
    }
    return own->served | (asked & impossible);
}

static BOOL before( struct vp *vp, UINT64 serves )
{
    struct vp_intercept *intercept = &vp->arch.intercept;
    struct vp_handlers *own = &vp->arch.handlers;

    (void)serves;
    memcpy( intercept->stops, own->at, own->count * sizeof(*own->at) );
    intercept->stop_count = own->count;
    intercept->over = own->over;
    intercept->cs = view_sregs( vp )->cs;
    intercept->ss = view_sregs( vp )->ss;
    own->cr2 = view_sregs( vp )->cr2;
    own->over = 0;
    return 1;
}

/* ---- behind it ---- */

static void tell( struct vp *vp, UINT8 vector, BOOL with_code, UINT32 error_code )
{
    struct caught *caught = &vp->arch.intercept.caught;

    memset( caught, 0, sizeof(*caught) );
    caught->fresh = 1;
    caught->kind = CAUGHT_EXCEPTION;
    caught->vector = vector;
    caught->has_error_code = with_code;
    caught->error_code = with_code ? error_code : 0;
    if (vector == VECTOR_PF)
    {
        caught->parameter = view_sregs( vp )->cr2;
        /* it has not happened yet */
        view_edit_sregs( vp )->cr2 = vp->arch.handlers.cr2;
    }
    vp->arch.handlers.told = 1;
    vp->arch.handlers.injected = 0;
    vp->run->exit_reason = INTERCEPT_EXIT;
    TRACE( "vp %u: vector %u, error code %#x at %#llx\n", vp->index, vector, caught->error_code,
           (unsigned long long)view_regs( vp )->rip );
}

/* The vp has come out while KVM was delivering one: a fault of the host's on the stack, or somebody's kick. */
static BOOL take_undelivered( struct vp *vp )
{
    const struct kvm_vcpu_events *events = view_events( vp );
    struct vp_handlers *own = &vp->arch.handlers;
    UINT8 vector = events->exception.nr, with_code = events->exception.has_error_code != 0;
    UINT32 error_code = events->exception.error_code;

    if (!events->exception.injected && !events->exception.pending) return 0;
    if (vector >= EXCEPTIONS || !(vp->arch.handlers.served >> vector & 1)) return 0;
    if (own->injected && own->injected_vector == vector && own->injected_rip == view_regs( vp )->rip) return 0;
    if (vector == VECTOR_PF) events_follow_cr2( vp );
    events_clear_exception( vp );
    tell( vp, vector, with_code, error_code );
    return 1;
}

/* Is it the event that this entry has brought in? */
static BOOL is_injected( struct vp *vp, UINT64 linear )
{
    struct vp_handlers *own = &vp->arch.handlers;
    struct frame frame;
    struct gate gate;

    if (!own->injected) return 0;
    own->injected = 0;
    return gate_read( vp, own->injected_vector, 0, &gate ) && gate.linear == linear &&
           frame_read( vp, &gate, own->injected_error_code, &frame ) &&
           frame.rip - own->injected_rip <= own->injected_behind &&
           frame.cs.selector == own->injected_cs;
}

/* Do interrupts lead there too? */
static BOOL is_interrupts( struct vp *vp, UINT64 linear )
{
    struct gate gate;
    UINT32 i;

    for (i = EXCEPTIONS; i < 256; i++) if (gate_read( vp, i, 0, &gate ) && gate.linear == linear) return 1;
    return 0;
}

struct finding
{
    enum cause   cause;
    UINT8        vector;
    UINT32       behind;
    struct frame frame;
};

/* Which of the vectors that lead there was it? */
static void find_vector( struct vp *vp, UINT64 linear, struct finding *found )
{
    struct kvm_regs regs = *view_regs( vp );
    struct kvm_sregs sregs = *view_sregs( vp );
    struct frame frame;
    struct gate gate;
    enum cause cause;
    UINT32 n, i, behind;
    BOOL restarts;

    found->cause = CAUSE_NONE;
    for (n = 1; n <= ARRAY_SIZE(order) && found->cause != CAUSE_LIKELY; n++)
    {
        /* a page fault comes last: it is known by its address, if by anything */
        i = n % ARRAY_SIZE(order);
        if (!gate_read( vp, order[i], 0, &gate ) || gate.linear != linear ||
            (gate.selector & ~3) != (sregs.cs.selector & ~3) ||
            !frame_read( vp, &gate, has_error_code( vp, order[i] ), &frame )) continue;
        restarts = gate.size > 2 && (frame.rflags & RFLAGS_RF);
        /* looked at as it was before */
        frame_undo( vp, &frame );
        cause = cause_find( vp, order[i], frame.error_code, sregs.cr2, restarts, &behind );
        *view_edit_regs( vp ) = regs;
        *view_edit_sregs( vp ) = sregs;
        if (cause <= found->cause) continue;
        if (cause == CAUSE_POSSIBLE && !restarts && (frame.rflags & RFLAGS_IF) && is_interrupts( vp, linear )) continue;
        found->cause = cause;
        found->vector = order[i];
        found->behind = behind;
        found->frame = frame;
    }
}

/* Nothing of ours: the handler runs, and its first instruction is not looked at again. */
static void pass( struct vp *vp, UINT64 linear )
{
    struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;
    UINT32 i, others = 0;

    /* KVM's emulator, of a processor's KVM too, may not know RF */
    if (vp->arch.entry_linear == linear) vp->arch.handlers.over = 1;
    view_edit_regs( vp )->rflags |= RFLAGS_RF;
    /* the guest's or the client's own breakpoint may stand there as well */
    arch->dr6 &= ~(UINT64)vp->arch.debug.stop_bits;
    for (i = 0; i < 4; i++)
        if ((vp->arch.debug.given.arch.debugreg[7] >> i * 2 & 3) && (arch->dr6 >> i & 1)) others++;
    if (!others) vp->run->exit_reason = KVM_EXIT_INTR;
}

static void after( struct vp *vp, BOOL exited )
{
    const struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;
    struct finding found;
    UINT64 linear;

    if (take_undelivered( vp ) || !exited || vp->run->exit_reason != KVM_EXIT_DEBUG ||
        arch->exception != VECTOR_DB || !(arch->dr6 & 0xf) || (arch->dr6 & DR6_BS)) return;
    linear = linear_rip( vp );
    if (!is_handler( vp, linear )) return;
    if (!is_injected( vp, linear ))
    {
        find_vector( vp, linear, &found );
        if (found.cause != CAUSE_NONE && (vp->arch.handlers.served >> found.vector & 1))
        {
            frame_undo( vp, &found.frame );
            view_edit_regs( vp )->rip -= found.behind;
            tell( vp, found.vector, has_error_code( vp, found.vector ), found.frame.error_code );
            return;
        }
    }
    pass( vp, linear );
}

const struct interceptor handlers = { wants, before, after };
