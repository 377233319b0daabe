/*
 * Peeking
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
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "intercept/interceptor.h"
#include "intercept/peek.h"
#include "intercept/peek_event.h"
#include "intercept/peek_insn.h"
#include "registers/events_x86.h"
#include "registers/registers_x86.h"
#include "vm/code_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

/* A CPUID where one has been found before is worth so many steps: a guest that does so in between is not held up. */
#define BUDGET_KNOWN    0x4000
/* INTs and events that are delivered before the guest is entered; more are a guest's that leads to itself. */
#define MAX_DELIVERED   16

#define DR6_BREAKPOINTS 0xfull
#define DR7_ENABLED     0xffull

void peek_begin( struct vp *vp )
{
    struct vp_peek *peek = &vp->arch.intercept.peek;

    memset( peek, 0, sizeof(*peek) );
    peek->budget = PEEK_BUDGET;
    peek->page = ~0ull;
}

/* ---- the search for CPUID ---- */

static void note_cpuid( struct vp *vp, UINT64 linear )
{
    struct vp_peek *peek = &vp->arch.intercept.peek;
    UINT32 i;

    for (i = 0; i < peek->site_count; i++)
    {
        if (peek->sites[i] != linear) continue;
        peek->budget = peek->budget + BUDGET_KNOWN < PEEK_BUDGET ? peek->budget + BUDGET_KNOWN : PEEK_BUDGET;
        return;
    }
    peek->budget = PEEK_BUDGET;
    peek->sites[peek->site_next] = linear;
    peek->site_next = (peek->site_next + 1) % PEEK_SITES;
    if (peek->site_count < PEEK_SITES) peek->site_count++;
}

static void tell_end( struct vp *vp )
{
    static BOOL told;

    if (__atomic_exchange_n( &told, TRUE, __ATOMIC_RELAXED )) return;
    ERR( "vp %u has executed %u instructions without a CPUID: from now on it runs at full speed, and CPUID exits only "
         "where it was executed last\n", vp->index, PEEK_BUDGET );
}

/* ---- what comes next ---- */

/* Is KVM to complete something, from registers that are its own? It stops behind it, and has executed nothing else. */
static BOOL is_owed( const struct vp *vp )
{
    return vp->arch.pending.kind != PENDING_NONE && vp->arch.pending.kind != PENDING_HALF &&
           !view_is_dirty( vp, KVM_SYNC_X86_REGS );
}

/* Does the guest execute where it did at the last step, so that its code is there? */
static BOOL is_proven( struct vp *vp, UINT64 linear )
{
    struct vp_peek *peek = &vp->arch.intercept.peek;
    UINT64 page = linear / GPA_PAGE_SIZE, cr3 = view_sregs( vp )->cr3 ^ view_sregs( vp )->cr0;
    UINT32 edition = vp->partition->gpa.edition;
    BOOL proven = page == peek->page && cr3 == peek->cr3 && edition == peek->edition;

    peek->page = page;
    peek->cr3 = cr3;
    peek->edition = edition;
    return proven;
}

static void classify( struct vp *vp, UINT64 asked )
{
    struct vp_peek *peek = &vp->arch.intercept.peek;
    UINT64 linear = code_linear( vp, SEGMENT_CS, view_regs( vp )->rip );

    peek->rip = view_regs( vp )->rip;
    peek_classify( vp, asked, is_proven( vp, linear ), &peek->insn );
}

/* An event, or an INT, that is delivered here: the guest is at another instruction then. */
static BOOL deliver( struct vp *vp )
{
    struct vp_peek *peek = &vp->arch.intercept.peek;
    UINT8 vector;

    if (intercept_has_event( view_events( vp ) ))
        return peek_event_vector( vp, &vector ) && peek_event_deliver( vp, vector, 0 );
    /* a client that steps, or sees #BP, has KVM do it */
    if (peek->insn.kind != PEEK_INT || (view_regs( vp )->rflags & RFLAGS_TF) ||
        intercept_has_vector( intercept_vectors( vp->partition ), peek->insn.vector )) return 0;
    return peek_event_deliver( vp, peek->insn.vector, peek->insn.length );
}

static UINT64 wants( struct vp *vp, UINT64 asked )
{
    struct vp_peek *peek = &vp->arch.intercept.peek;
    UINT32 i;

    /* interrupts of the platform's APICs come unannounced, with KVM's TF on the stack */
    if (!(asked &= PROPERTY_INSNS) || !vp->partition->host->can_step || apic_present( vp->partition )) return 0;
    classify( vp, asked );
    for (i = 0; i < MAX_DELIVERED && !is_owed( vp ) && deliver( vp ); i++) classify( vp, asked );
    if (peek->insn.kind == PEEK_WANTED && !intercept_has_event( view_events( vp ) ))
    {
        if (peek->insn.caught == CAUGHT_CPUID) note_cpuid( vp, code_linear( vp, SEGMENT_CS, peek->rip ) );
        intercept_catch( vp, peek->insn.caught );
    }
    if (asked == PROPERTY_CPUID && !peek->budget) tell_end( vp );
    return asked;
}

/* ---- the step ---- */

/* A place at which the guest is to stop; FALSE: there is no way. The guest's own breakpoints would be out of force. */
static BOOL stop_at( struct vp *vp, UINT64 linear )
{
    struct vp_intercept *intercept = &vp->arch.intercept;

    if (!vp->partition->host->breakpoints || intercept->stop_count == ARRAY_SIZE(intercept->stops) ||
        FAILED(lazy_fetch( vp, VP_DEBUGREGS )) || (vp->arch.lazy.debugregs.dr7 & DR7_ENABLED)) return 0;
    intercept->stops[intercept->stop_count++] = linear;
    return 1;
}

static BOOL stop_at_handler( struct vp *vp, UINT8 vector )
{
    UINT64 linear;

    return peek_event_handler( vp, vector, &linear ) && stop_at( vp, linear );
}

static BOOL stop_at_syscall( struct vp *vp )
{
    WHV_REGISTER_NAME name = vp_insn_mode( vp ) == INSN_MODE_64 ? WHvX64RegisterLstar : WHvX64RegisterCstar;
    WHV_REGISTER_VALUE value;

    return SUCCEEDED(regs_get( vp, &name, 1, &value )) && stop_at( vp, value.Reg64 );
}

static BOOL is_at_site( struct vp *vp )
{
    const struct vp_peek *peek = &vp->arch.intercept.peek;
    UINT64 linear = code_linear( vp, SEGMENT_CS, peek->rip );
    UINT32 i;

    for (i = 0; i < peek->site_count; i++) if (peek->sites[i] == linear) return 1;
    return 0;
}

static BOOL stop_at_sites( struct vp *vp )
{
    const struct vp_peek *peek = &vp->arch.intercept.peek;
    UINT32 i;

    for (i = 0; i < peek->site_count; i++) if (!stop_at( vp, peek->sites[i] )) return 0;
    return i != 0;
}

/* Where a trap behind the instruction shows TF to the guest, or is not made by the processor, it is stopped where it
 * goes instead. Where that can't be, a step is better than nothing: it goes on at the latest behind the handler. */
static BOOL is_stopped( struct vp *vp )
{
    const struct vp_peek *peek = &vp->arch.intercept.peek;
    UINT8 vector;

    if (peek_event_vector( vp, &vector )) return stop_at_handler( vp, vector );
    switch (peek->insn.kind)
    {
    case PEEK_HALT:
        return 1;
    case PEEK_INT:
        return stop_at_handler( vp, peek->insn.vector );
    case PEEK_SYSCALL:
        return stop_at_syscall( vp );
    case PEEK_REP:
        return stop_at( vp, code_linear( vp, SEGMENT_CS, peek->rip + peek->insn.length ) );
    default:
        return 0;
    }
}

static BOOL before( struct vp *vp, UINT64 serves )
{
    struct vp_peek *peek = &vp->arch.intercept.peek;
    UINT8 flags[2];

    peek->tf = peek->tf_after = (view_regs( vp )->rflags & RFLAGS_TF) != 0;
    if (is_owed( vp ))
    {
        peek->insn.kind = PEEK_OWED;
        vp->arch.intercept.step = 1;
        return 1;
    }
    /* a breakpoint where it stands would hold it there */
    if (serves == PROPERTY_CPUID && !peek->budget && !is_at_site( vp ))
    {
        peek->insn.kind = PEEK_STEP;
        return stop_at_sites( vp );
    }
    if (is_stopped( vp )) return 1;
    if (peek->insn.kind == PEEK_LOADS_TF && code_read( vp, peek->insn.flags, flags, sizeof(flags), 0 ) == sizeof(flags))
        peek->tf_after = flags[1] & RFLAGS_TF >> 8;
    vp->arch.intercept.step = 1;
    /* KVM keeps the step over an exception that it injects where it stood when it was told to step: that is not where
     * it stands if the client has set RIP. What it does not take, the entry will tell. */
    if (view_kvm_reg( vp, REGS_RIP ) != peek->rip && !vp->arch.view.mask_shown) view_give( vp );
    view_edit_regs( vp )->rflags |= RFLAGS_TF;
    view_touch( vp, KVM_SYNC_X86_REGS );
    return 1;
}

/* ---- behind it ---- */

/* The image of RFLAGS on the stack. For a moment it was another, to other processors. */
static void hide_pushed( struct vp *vp )
{
    UINT64 top = view_regs( vp )->rsp & insn_size_mask( vp_stack_size( vp ) ), linear;
    UINT8 byte;

    linear = code_linear( vp, SEGMENT_SS, top ) + 1;
    if (code_read( vp, linear, &byte, 1, 0 ) != 1) return;
    byte &= ~(RFLAGS_TF >> 8);
    peek_event_write( vp, linear, &byte, 1 );
}

/* What is left of a #DB when our part is taken out; TRUE: something is. */
static BOOL is_for_others( struct vp *vp )
{
    const struct vp_peek *peek = &vp->arch.intercept.peek;
    struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;
    UINT64 causes = arch->dr6 & (DR6_BREAKPOINTS | DR6_BS) & ~(UINT64)vp->arch.debug.stop_bits;

    if (arch->exception != WHvX64ExceptionTypeDebugTrapOrFault) return 1;
    /* what a KVM that emulates is stepped for beside */
    if (vp->arch.debug.search || vp->arch.debug.handler_step || vp->arch.syscall.step) return 1;
    if (vp->arch.intercept.step && !peek->tf) causes &= ~DR6_BS;
    arch->dr6 = (arch->dr6 & ~(DR6_BREAKPOINTS | DR6_BS)) | causes;
    if (causes || peek->insn.kind != PEEK_INT1) return causes != 0;
    /* KVM intercepts INT1 for our sake. Its exits have RIP at it or behind it; the guest's frame has it behind. */
    if (intercept_vectors( vp->partition ) >> VECTOR_DB & 1) return 1;
    if (view_regs( vp )->rip == peek->rip) view_edit_regs( vp )->rip += peek->insn.length;
    events_inject( vp, VECTOR_DB, 0, 0 );
    return 0;
}

static void after( struct vp *vp, BOOL exited )
{
    struct vp_peek *peek = &vp->arch.intercept.peek;
    const struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;
    BOOL debug = exited && vp->run->exit_reason == KVM_EXIT_DEBUG;
    BOOL stepped = debug && vp->arch.intercept.step && arch->exception == WHvX64ExceptionTypeDebugTrapOrFault &&
                   (arch->dr6 & DR6_BS);
    UINT64 tf = (stepped ? peek->tf_after : peek->tf) ? RFLAGS_TF : 0;

    /* KVM hides what it has, unless it was not entered at all */
    if (vp->arch.intercept.step && (view_regs( vp )->rflags & RFLAGS_TF) != tf)
        view_edit_regs( vp )->rflags ^= RFLAGS_TF;
    if (stepped && view_regs( vp )->rip != peek->rip)
    {
        if (peek->budget) peek->budget--;
        if (peek->insn.kind == PEEK_PUSHES_TF && !tf) hide_pushed( vp );
        if (peek->insn.kind == PEEK_SYSCALL && !tf) view_edit_regs( vp )->r11 &= ~RFLAGS_TF;
    }
    if (debug && !is_for_others( vp )) vp->run->exit_reason = KVM_EXIT_INTR;
}

const struct interceptor peek = { wants, before, after };
