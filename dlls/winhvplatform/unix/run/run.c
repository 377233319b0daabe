/*
 * The run loop
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
#include "exit/cpuid_exits.h"
#include "exit/debug.h"
#include "exit/delivery.h"
#include "exit/exceptions.h"
#include "exit/exits.h"
#include "exit/hyperv.h"
#include "exit/mmio.h"
#include "exit/refused.h"
#include "host/errors.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/thread.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "intercept/intercept.h"
#include "registers/events_x86.h"
#include "resume/complete.h"
#include "resume/pending.h"
#include "run/run.h"
#include "softkvm/half_syscall.h"
#include "time/clock_x86.h"
#include "time/counters_x86.h"
#include "vm/code_x86.h"
#include "vm/handle.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/stop.h"
#include "vm/tlb_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

/* Microseconds between two looks at what must_poll says. */
#define WINDOW_POLL 1000

/* Where processors begin. */
#define RESET_RIP       0xfff0
#define RESET_CS_BASE   0xffff0000

/* Layout of the 1803 SDK: the union's largest member was IoPortAccess. */
#define EXIT_CONTEXT_MIN_SIZE 144

HRESULT vp_cancel( WHV_PARTITION_HANDLE handle, UINT32 index )
{
    struct vp *vp;
    HRESULT hr;

    if (FAILED(hr = partition_find_vp( handle, index, &vp ))) return hr;
    vp_latch_cancel( vp );
    vp_unlock( vp );
    return S_OK;
}

void vp_abandoned( WHV_PARTITION_HANDLE handle, UINT32 index )
{
    struct vp *vp;

    if (FAILED(partition_peek_vp( handle, index, &vp ))) return;
    if (__atomic_load_n( &vp->thread.runner, __ATOMIC_RELAXED ) != thread_id()) return;
    /* the lock is ours already if the fault came while we held it */
    lock_take( &vp->thread.lock );
    /* what is remembered may be what is gone */
    tlb_forget( vp );
    intercept_forget( vp );
    vp_end_run( vp );
    vp_unlock( vp );
}

static BOOL has_interrupt_window( struct vp *vp )
{
    WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER armed = events_armed( vp );

    /* a window is for interrupts above the task priority only; the guest's lowering of it exits as SET_TPR */
    return armed.InterruptNotification && (!armed.InterruptPriority || armed.InterruptPriority > view_sregs( vp )->cr8);
}

/* What KVM tells nobody of: that NMIs can be taken; with its own APICs, that the guest lowers its task priority, and
 * that it takes interrupts while its LINT0 is masked (kvm_cpu_accept_dm_intr). One that emulates looks for a window
 * only between runs of instructions, and misses those that a polling loop opens for two or three. These are looked for
 * again and again. */
static BOOL must_poll( struct vp *vp )
{
    WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER armed = events_armed( vp );

    if (armed.NmiNotification) return 1;
    if (apic_present( vp->partition )) return armed.InterruptNotification || events_waiting( vp );
    return vp->partition->host->out_rip_past && has_interrupt_window( vp );
}

/* ... and where that has not helped, step by step. */
static BOOL must_search( struct vp *vp )
{
    return vp->partition->host->out_rip_past && !(view_regs( vp )->rflags & RFLAGS_IF) &&
           (has_interrupt_window( vp ) || events_waiting( vp ));
}

/* Nothing is deliverable in a shadow, or while another event is on its way:
 * whoever waits for a window would wait for ever. */
static BOOL is_undeliverable( const struct kvm_vcpu_events *events )
{
    return events->interrupt.shadow || events->interrupt.injected || events->nmi.injected ||
           events->exception.injected || events->exception.pending;
}

/* Is there nothing to be done before the entry but for the general registers? All that the three functions below look
 * at, put together: the run of a client that advances RIP asks no further. */
static inline BOOL is_plain_entry( const struct vp *vp )
{
    const struct vp_arch *arch = &vp->arch;
    UINT64 wanted = arch->events.deliverability | arch->events.pending_debug | arch->syscall.entry |
                    vp->partition->props.watched;
    UINT32 more = vp->thread.stoppers | vp->thread.lost | vp->thread.cancel | !arch->entered | arch->lazy.dirty |
                  arch->debug.active | arch->events.waiting | arch->events.maybe_halted | arch->syscall.stale;

    return !(wanted | more) && arch->pending.kind != PENDING_HALF;
}

/* Exits that need no KVM_RUN. */
static BOOL exit_at_once( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const struct kvm_vcpu_events *events = view_events( vp );

    if (vp_take_cancel( vp ))
    {
        exits_canceled( vp, exit );
        return 1;
    }
    if (!vp->arch.entered && cpuid_exits_next( vp, exit )) return 1;
    if (vp->arch.pending.kind == PENDING_HALF && exits_half( vp, exit )) return 1;
    if (vp->arch.events.pending_debug && exits_pending_debug( vp, exit )) return 1;
    if (events_armed( vp ).NmiNotification && !events->nmi.masked && !is_undeliverable( events ))
    {
        events_told_nmi( vp );
        exits_window( vp, exit, WHvX64PendingNmi );
        return 1;
    }
    /* a window that is open already; a KVM that emulates may run on into the next instructions before it looks */
    if (has_interrupt_window( vp ) && !events_waiting( vp ) && (view_regs( vp )->rflags & RFLAGS_IF) &&
        !is_undeliverable( events ))
    {
        exits_window_open( vp, exit );
        return 1;
    }
    return events_take_sints( vp ) && exits_sint( vp, exit );
}

/* What has to be in KVM before KVM_RUN and does not fit into the sync area: nothing, as a rule. S_FALSE: there is an
 * exit before the entry, of an event that can't get in or of the instruction that the guest is at. Events are looked at
 * first: interceptors take what is in the view for what will be entered, and change it. */
static HRESULT prepare_rest( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    BOOL debugged;
    HRESULT hr;

    /* a runner that was killed in the guest has left the tables of an interceptor */
    if (vp->partition->props.watched) view_unmask( vp );
    if (syscall_suspect( vp ) && syscall_moved( vp )) syscall_stale( vp );
    if (events_due( vp ) && FAILED(hr = events_prepare( vp ))) return hr;
    if ((hr = exits_delivery_due( vp, exit )) != S_OK) return hr;
    debugged = vp->arch.debug.active || vp->arch.debug.search || vp->partition->props.exception_exits ||
               vp->arch.events.pending_debug || vp->arch.syscall.stale;
    if (debugged && FAILED(hr = debug_prepare( vp ))) return hr;
    if (vp->arch.lazy.dirty && FAILED(hr = lazy_write_back( vp ))) return hr;
    if (vp->partition->props.watched && intercept_prepare( vp ))
    {
        exits_caught( vp, exit );
        return S_FALSE;
    }
    if (!debugged && !intercept_debugs( vp )) return S_OK;
    if (FAILED(hr = debug_apply( vp ))) intercept_left( vp, -1 );
    return hr;
}

static inline HRESULT prepare_entry( struct vp *vp, BOOL plain, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    HRESULT hr;

    if (!vp->arch.entered && FAILED(hr = cpuid_exits_commit( vp ))) return hr;
    if (FAILED(hr = complete_prepare( vp ))) return hr;
    /* a flush puts vector registers back that KVM has written */
    return plain && !vp->arch.lazy.dirty ? S_OK : prepare_rest( vp, exit );
}

/* kvm_amd makes a reset of a triple fault, since the processor leaves nothing of the guest that can be relied on. */
static BOOL is_reset( const struct vp *vp )
{
    return vp->run->exit_reason == KVM_EXIT_SHUTDOWN && view_regs( vp )->rip == RESET_RIP &&
           view_sregs( vp )->cs.base == RESET_CS_BASE && !(view_sregs( vp )->cr0 & CR0_PE);
}

/* plain: as is_plain_entry says. A constant, so that a plain entry has nothing to ask: there are two copies of it. */
static inline __attribute__((always_inline)) void enter_guest( struct vp *vp, BOOL plain, int *ret )
{
    struct kvm_run *run = vp->run;
    BOOL keep = view_is_dirty( vp, ~(UINT32)KVM_SYNC_X86_REGS );
    BOOL poll = !plain && (vp->arch.events.deliverability || events_waiting( vp )) && must_poll( vp );
    UINT64 entered, rip = view_regs( vp )->rip;
    struct kvm_sync_regs view;

    if (keep) view_copy( vp, &view );
    view_offer( vp );
    run->request_interrupt_window = !plain && (has_interrupt_window( vp ) || events_waiting( vp )) &&
                                    !intercept_in_shadow( vp );
    run->immediate_exit = 0;
    vp->arch.entry_linear = code_linear( vp, SEGMENT_CS, rip );
    if ((*ret = vp_enter_guest( vp, poll ? WINDOW_POLL : 0 )) < 0)
    {
        TRACE( "vp %u: no timer: %s\n", vp->index, strerror( -*ret ));
        poll = 0;
    }

    entered = counters_now();
    *ret = kvm_run_vcpu( vp->fd );
    counters_left( vp, entered );
    if (vp->arch.events.startup && view_regs( vp )->rip != rip) events_started( vp );

    vp_left_guest( vp, poll );
    /* with whatever error: what KVM has taken is no longer marked, and then it shows what the guest has made of it */
    if (!*ret || *ret == -EINTR || *ret == -EAGAIN || *ret == -EFAULT || *ret == -ENOSPC || !run->kvm_dirty_regs)
    {
        view_clean( vp );
        view_take( vp );
        lazy_forget( vp );
        pending_clear( vp );
    }
    else if (keep) view_put_back( vp, &view );
    if (plain) return;
    events_entered_sregs( vp );
    /* what the client has set is nearer to the truth than a reset */
    if (keep && !*ret && is_reset( vp ))
    {
        *view_edit_regs( vp ) = view.regs;
        *view_edit_sregs( vp ) = view.sregs;
    }
}

static HRESULT run_locked( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    BOOL plain;
    HRESULT hr;
    int ret;

    for (;;)
    {
        if (!(plain = is_plain_entry( vp )))
        {
            if (vp_take_lost( vp )) pending_set_unknown( vp );
            if (vp->thread.stoppers)
            {
                counters_wait( vp );
                vp_let_stoppers( vp );
            }
            if (exit_at_once( vp, exit )) return S_OK;
        }
        if (FAILED(hr = prepare_entry( vp, plain, exit )))
        {
            if (hr != ERROR_HV_INVALID_REGISTER_VALUE) return hr;
            exits_invalid_register( vp, exit );
            return S_OK;
        }
        if (hr == S_FALSE) return S_OK;
        /* a #DB that debug_prepare has injected */
        if (!plain && (hr = exits_delivery_due( vp, exit )) != S_OK)
        {
            intercept_left( vp, -1 );
            return hr == S_FALSE ? S_OK : hr;
        }
        if (plain) enter_guest( vp, 1, &ret );
        else
        {
            enter_guest( vp, 0, &ret );
            events_entered_software( vp, ret );
            ret = intercept_left( vp, ret );
        }

        if (!ret || ret == -EINTR || ret == -EAGAIN)
        {
            /* a step over HLT ends in it too */
            events_may_have_halted( vp, (ret || vp->run->exit_reason == KVM_EXIT_IRQ_WINDOW_OPEN ||
                                         vp->run->exit_reason == KVM_EXIT_DEBUG) && apic_present( vp->partition ) );
            /* a signal too may have come when the guest was in already, and then KVM takes no other CPUID table */
            vp->arch.entered = 1;
            /* a signal of Wine's, a stopper, or the latch, which is looked at above */
            if (ret)
            {
                events_left( vp );
                if (!plain && must_search( vp )) debug_search( vp );
                continue;
            }
            events_started( vp );
            if (exits_handle( vp, exit )) return S_OK;
            continue;
        }
        TRACE( "vp %u: KVM_RUN %s\n", vp->index, strerror( -ret ));
        /* ENOSPC: there is no memory at all */
        if (ret == -EFAULT || ret == -ENOSPC)
        {
            vp->arch.entered = 1;
            if (exits_host_fault( vp, exit )) return S_OK;
            continue;
        }
        if (ret == -EINVAL && view_is_dirty( vp, ~(UINT32)KVM_SYNC_X86_REGS ))
        {
            /* KVM refused the registers as a whole and has taken none */
            exits_invalid_register( vp, exit );
            return S_OK;
        }
        return hresult_from_errno( ret );
    }
}

HRESULT vp_run( WHV_PARTITION_HANDLE handle, UINT32 index, void *exit, UINT32 size )
{
    WHV_RUN_VP_EXIT_CONTEXT context;
    struct vp *vp;
    HRESULT hr;

    if (!exit) return partition_refuse( handle, E_POINTER );
    if (size < EXIT_CONTEXT_MIN_SIZE) return partition_refuse( handle, WHV_E_INSUFFICIENT_BUFFER );
    for (;;)
    {
        if (!(vp = partition_try_vp( handle, index )) &&
            FAILED(hr = partition_find_vp( handle, index, &vp ))) return hr;
        if (vp->partition->time_running) break;
        vp_unlock( vp );
        if (FAILED(hr = clock_resume( handle ))) return hr;
    }
    if (vp_is_running( vp ))
    {
        vp_unlock( vp );
        return WHV_E_INVALID_VP_STATE;
    }
    vp_begin_run( vp );
    counters_begin( vp );
    hr = run_locked( vp, &context );
    if (TRACE_ON(whv) && SUCCEEDED(hr)) exits_trace( index, &context );
    counters_end( vp );
    vp_end_run( vp );
    vp_unlock( vp );

    /* nothing is held from here on: the caller's memory may fault */
    if (FAILED(hr)) return hr;
    exits_copy( exit, &context, size );
    return hr;
}
