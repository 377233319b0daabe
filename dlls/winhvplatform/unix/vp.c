/*
 * Virtual processors: life and the run loop
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


#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apic_x86.h"
#include "clock_x86.h"
#include "code.h"
#include "complete.h"
#include "counters_x86.h"
#include "cpuid_exits.h"
#include "debug.h"
#include "events.h"
#include "exits.h"
#include "gva.h"
#include "hyperv_x86.h"
#include "kvm.h"
#include "msr.h"
#include "regs.h"
#include "syscall_x86.h"
#include "trace.h"
#include "vp.h"

/* Microseconds between two looks at what must_poll says. */
#define WINDOW_POLL 1000

/* Layout of the 1803 SDK: the union's largest member was IoPortAccess. */
#define EXIT_CONTEXT_MIN_SIZE 144

void robust_init( pthread_mutex_t *mutex )
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init( &attr );
    pthread_mutexattr_setrobust( &attr, PTHREAD_MUTEX_ROBUST );
    pthread_mutex_init( mutex, &attr );
    pthread_mutexattr_destroy( &attr );
}

void robust_lock( pthread_mutex_t *mutex )
{
    if (pthread_mutex_lock( mutex ) == EOWNERDEAD) pthread_mutex_consistent( mutex );
}

/* Condition variables hand the mutex back like a lock call does. */
static int robust_wait( pthread_cond_t *cond, pthread_mutex_t *mutex, UINT32 milliseconds )
{
    struct timespec until;
    int ret;

    clock_gettime( CLOCK_MONOTONIC, &until );
    until.tv_nsec += milliseconds * 1000000l;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if ((ret = pthread_cond_timedwait( cond, mutex, &until )) == EOWNERDEAD) pthread_mutex_consistent( mutex );
    return ret;
}

HRESULT hresult_from_errno( int err )
{
    switch (err < 0 ? -err : err)
    {
    case ENOMEM: return E_OUTOFMEMORY;
    case EMFILE:
    case ENFILE:
        ERR( "the process has no file descriptors left; raise the limit (ulimit -n)\n" );
        return HRESULT_FROM_WIN32_TOO_MANY_OPEN_FILES;
    case E2BIG:
    case ENOSPC:
    case EAGAIN: return HRESULT_FROM_WIN32_NO_SYSTEM_RESOURCES;
    case EEXIST: return WHV_E_VP_ALREADY_EXISTS;
    case EINVAL: return E_INVALIDARG;
    }
    ERR( "KVM: %s\n", strerror( err < 0 ? -err : err ));
    return HRESULT_FROM_WIN32_GEN_FAILURE;
}

enum insn_mode vp_insn_mode( const struct vp *vp )
{
    const struct kvm_sregs *sregs = &vp->run->s.regs.sregs;

    if ((sregs->efer & EFER_LMA) && sregs->cs.l) return INSN_MODE_64;
    if (!(sregs->cr0 & CR0_PE) || (vp->run->s.regs.regs.rflags & RFLAGS_VM)) return INSN_MODE_16;
    return sregs->cs.db ? INSN_MODE_32 : INSN_MODE_16;
}

UINT8 vp_cpl( const struct vp *vp )
{
    const struct kvm_sregs *sregs = &vp->run->s.regs.sregs;

    if (!(sregs->cr0 & CR0_PE)) return 0;
    if (vp->run->s.regs.regs.rflags & RFLAGS_VM) return 3;
    return sregs->ss.dpl;
}

void vp_gva_context( const struct vp *vp, struct gva_context *context )
{
    const struct kvm_sregs *sregs = &vp->run->s.regs.sregs;

    memset( context, 0, sizeof(*context) );
    context->map = &vp->partition->gpa;
    context->cr0 = sregs->cr0;
    context->cr3 = sregs->cr3;
    context->cr4 = sregs->cr4;
    context->efer = sregs->efer;
    context->rflags = vp->run->s.regs.regs.rflags;
    context->cpl = vp_cpl( vp );
    context->phys_bits = vp->partition->props.phys_bits;
    context->has_1g_pages = vp->partition->props.banks.AsUINT64[0] >> 15 & 1;      /* Page1GbSupport */
}

/* ---- stopping ---- */

BOOL vp_is_running( struct vp *vp )
{
    if (!vp->runner) return 0;
    if (!kvm_thread_gone( vp->runner )) return 1;
    /* killed by TerminateThread in the middle: the vp itself is as KVM left it */
    vp->runner = 0;
    vp->in_guest = 0;
    return 0;
}

void vp_leave_guest( struct vp *vp )
{
    while (vp->in_guest && vp_is_running( vp ))
    {
        vp->stoppers++;
        vp->run->immediate_exit = 1;
        kvm_kick( vp->runner );
        robust_wait( &vp->left, &vp->lock, 100 );
        if (vp->stoppers && !--vp->stoppers) pthread_cond_broadcast( &vp->resumed );
    }
}

void vp_stop( struct vp *vp )
{
    robust_lock( &vp->lock );
    vp_leave_guest( vp );
}

void vp_kick( struct vp *vp )
{
    robust_lock( &vp->lock );
    if (vp->in_guest)
    {
        vp->run->immediate_exit = 1;
        kvm_kick( vp->runner );
    }
    vp_unlock( vp );
}

void vp_unlock( struct vp *vp )
{
    pthread_mutex_unlock( &vp->lock );
}

/* ---- life ---- */

static void free_vcpu( struct vp *vp )
{
    if (vp->run) kvm_unmap_run( vp->run, vp->partition->host->run_size );
    counters_destroy( vp );
    if (vp->poll) kvm_kick_free( vp->poll );
    vp->poll = NULL;
    if (vp->fd >= 0) kvm_close( vp->fd );
    free( vp->xsave );
    free( vp->cpuid );
    free( vp->exit_leaf );
    free( vp->exit_subleaf );
    vp->run = NULL;
    vp->fd = -1;
    vp->xsave = NULL;
    vp->cpuid = NULL;
    vp->exit_leaf = vp->exit_subleaf = NULL;
}

static HRESULT alloc_vcpu( struct vp *vp )
{
    const struct host *host = vp->partition->host;
    int ret;

    if ((!vp->xsave && !(vp->xsave = calloc( 1, host->xsave_size ))) ||
        (!vp->cpuid && !(vp->cpuid = calloc( 1, sizeof(*vp->cpuid) ))) ||
        (!vp->exit_leaf && !(vp->exit_leaf = calloc( CPUID_MAX_ENTRIES, sizeof(*vp->exit_leaf) ))) ||
        (!vp->exit_subleaf && !(vp->exit_subleaf = calloc( CPUID_MAX_ENTRIES, sizeof(*vp->exit_subleaf) ))))
        return E_OUTOFMEMORY;
    /* KVM creates no vcpu twice: what fails behind this is kept, and done at the next try */
    if (vp->fd < 0)
    {
        vp->entered = vp->debug_active = 0;
        memset( &vp->debug_given, 0, sizeof(vp->debug_given) );
        if ((ret = kvm_create_vcpu( vp->partition->vm, vp->index )) < 0) return hresult_from_errno( ret );
        vp->fd = ret;
    }
    if ((ret = clock_vp_created( vp )) < 0) return hresult_from_errno( ret );
    if ((ret = hyperv_vp_created( vp )) < 0) return hresult_from_errno( ret );
    if ((ret = kvm_map_run( vp->fd, host->run_size, &vp->run )) < 0) return hresult_from_errno( ret );
    return S_OK;
}

HRESULT vp_reset( struct vp *vp )
{
    HRESULT hr;

    if (FAILED(hr = complete_discard( vp ))) return hr;
    vp->cancel = 0;
    vp->deliverability = 0;
    vp->pending_debug = 0;
    vp->exit_open = 0;
    memset( vp->insn_cache, 0, sizeof(vp->insn_cache) );
    if (FAILED(hr = hyperv_reset( vp ))) return hr;
    if (FAILED(hr = regs_reset( vp ))) return hr;
    vp->dirty = SYNC_ALL;
    return S_OK;
}

static HRESULT init_vp( struct vp *vp )
{
    HRESULT hr;
    int ret;

    if (!vp->run && FAILED(hr = alloc_vcpu( vp ))) return hr;
    /* vp->pending stays: a vp that was deleted in the middle still owes KVM a completion, which vp_reset flushes */
    vp->runner = 0;
    vp->in_guest = 0;
    /* vp->debug_active stays too: KVM steps on until it is told otherwise */
    vp->stepping = 0;
    vp->syscall_entry = vp->syscall_trap = 0;
    vp->syscall_step = 0;
    syscall_stale( vp );
    if ((ret = counters_reset( vp )) < 0) return hresult_from_errno( ret );
    if (FAILED(hr = cpuid_exits_init( vp ))) return hr;
    return vp_reset( vp );
}

static struct vp *alloc_vp( struct partition *partition, UINT32 index )
{
    struct vp *vp;
    pthread_condattr_t attr;

    if (!(vp = calloc( 1, sizeof(*vp) ))) return NULL;
    vp->partition = partition;
    vp->index = index;
    vp->fd = vp->counters.stats_fd = -1;
    robust_init( &vp->lock );
    pthread_condattr_init( &attr );
    pthread_condattr_setclock( &attr, CLOCK_MONOTONIC );
    pthread_cond_init( &vp->left, &attr );
    pthread_cond_init( &vp->resumed, &attr );
    pthread_condattr_destroy( &attr );
    return vp;
}

HRESULT vp_create( WHV_PARTITION_HANDLE handle, UINT32 index )
{
    struct partition *partition;
    struct vp *vp;
    HRESULT hr;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    if (partition->state != PARTITION_SET_UP || index >= partition->vp_count) hr = E_INVALIDARG;
    else if (!(vp = partition->vps[index]) && !(vp = alloc_vp( partition, index ))) hr = E_OUTOFMEMORY;
    else
    {
        robust_lock( &vp->lock );
        if (vp->exists) hr = WHV_E_VP_ALREADY_EXISTS;
        else if (SUCCEEDED(hr = init_vp( vp ))) vp->exists = 1;
        vp_unlock( vp );
        __atomic_store_n( &partition->vps[index], vp, __ATOMIC_RELEASE );
    }
    partition_unlock( partition );
    return hr;
}

HRESULT vp_delete( WHV_PARTITION_HANDLE handle, UINT32 index )
{
    struct vp *vp;
    HRESULT hr;

    if (FAILED(hr = partition_find_vp( handle, index, &vp ))) return hr;
    if (vp_is_running( vp )) hr = WHV_E_INVALID_VP_STATE;
    else
    {
        vp->exists = 0;
        vp->cancel = 0;
    }
    vp_unlock( vp );
    return hr;
}

void vp_destroy( struct vp *vp )
{
    vp->exists = 0;
    vp->cancel = 0;
    vp->pending.kind = PENDING_NONE;
    free_vcpu( vp );
}

/* ---- run ---- */

HRESULT vp_cancel( WHV_PARTITION_HANDLE handle, UINT32 index )
{
    struct vp *vp;
    HRESULT hr;

    if (FAILED(hr = partition_find_vp( handle, index, &vp ))) return hr;
    vp->cancel = 1;
    if (vp->in_guest)
    {
        vp->run->immediate_exit = 1;
        kvm_kick( vp->runner );
    }
    vp_unlock( vp );
    return S_OK;
}

void vp_abandoned( WHV_PARTITION_HANDLE handle, UINT32 index )
{
    struct vp *vp;

    /* only code that runs with the lock held touches guest memory, and only the runner itself calls this: the lock is ours */
    if (FAILED(partition_peek_vp( handle, index, &vp ))) return;
    if (__atomic_load_n( &vp->runner, __ATOMIC_RELAXED ) != kvm_thread_id()) return;
    vp->exit = NULL;
    vp->runner = 0;
    vp_unlock( vp );
}

static BOOL has_interrupt_window( struct vp *vp )
{
    WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER armed = { .AsUINT64 = vp->deliverability };

    /* a window is for interrupts above the task priority only; the guest's lowering of it exits as SET_TPR */
    return armed.InterruptNotification &&
           (!armed.InterruptPriority || armed.InterruptPriority > vp->run->s.regs.sregs.cr8);
}

/* What KVM tells nobody of: that NMIs can be taken; with its own APICs, that the guest lowers its task priority, and that it takes
 * interrupts while its LINT0 is masked (kvm_cpu_accept_dm_intr). These are looked for again and again. */
static BOOL must_poll( struct vp *vp )
{
    WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER armed = { .AsUINT64 = vp->deliverability };

    return armed.NmiNotification || (apic_present( vp->partition ) && (armed.InterruptNotification || events_waiting( vp )));
}

/* Nothing is deliverable in a shadow, or while another event is on its way: whoever waits for a window would wait for ever. */
static BOOL is_undeliverable( const struct kvm_vcpu_events *events )
{
    return events->interrupt.shadow || events->interrupt.injected || events->nmi.injected || events->exception.injected ||
           events->exception.pending;
}

/* Exits that need no KVM_RUN. */
static BOOL exit_at_once( struct vp *vp )
{
    WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER armed = { .AsUINT64 = vp->deliverability };
    const struct kvm_vcpu_events *events = &vp->run->s.regs.events;

    if (vp->cancel)
    {
        vp->cancel = 0;
        exits_canceled( vp );
        return 1;
    }
    if (!vp->entered && cpuid_exits_next( vp )) return 1;
    if (vp->pending.kind == PENDING_HALF && exits_half( vp )) return 1;
    if (vp->pending_debug && exits_pending_debug( vp )) return 1;
    if (armed.NmiNotification && !events->nmi.masked && !is_undeliverable( events ))
    {
        armed.NmiNotification = 0;
        vp->deliverability = armed.AsUINT64;
        exits_window( vp, WHvX64PendingNmi );
        return 1;
    }
    /* a window that is open already; a KVM that emulates may run on into the next instructions before it looks */
    if (has_interrupt_window( vp ) && !events_waiting( vp ) && (vp->run->s.regs.regs.rflags & RFLAGS_IF) &&
        !is_undeliverable( events ))
    {
        exits_window_open( vp );
        return 1;
    }
    return 0;
}

/* What has to be in KVM before KVM_RUN and does not fit into the sync area: nothing, as a rule. */
static HRESULT prepare_entry( struct vp *vp )
{
    HRESULT hr;

    if (!vp->entered && FAILED(hr = cpuid_exits_commit( vp ))) return hr;
    if (FAILED(hr = complete_prepare( vp ))) return hr;
    if (syscall_suspect( vp ) && syscall_moved( vp )) syscall_stale( vp );
    if (events_due( vp ) && FAILED(hr = events_prepare( vp ))) return hr;
    if ((vp->debug_active || vp->partition->props.exception_exits || vp->pending_debug || vp->syscall_stale) &&
        FAILED(hr = debug_prepare( vp ))) return hr;
    if (vp->lazy_dirty) return regs_write_back( vp );
    return S_OK;
}

/* KVM has taken our registers and stored its own. */
static void left_guest( struct vp *vp )
{
    vp->dirty = 0;
    vp->lazy_valid = 0;
    vp->pending.kind = PENDING_NONE;
    /* KVM hides the flag while it steps: it is the client's */
    if (vp->stepping) vp->run->s.regs.regs.rflags |= RFLAGS_TF;
    vp->kvm_regs = vp->run->s.regs.regs;
}

static void enter_guest( struct vp *vp, int *ret )
{
    struct kvm_run *run = vp->run;
    BOOL keep = !!(vp->dirty & ~(UINT32)KVM_SYNC_X86_REGS), poll = vp->deliverability && must_poll( vp );
    struct kvm_sync_regs view;
    UINT64 entered, rip;

    /* KVM may refuse these, and then shows its own: what the client has set would be lost */
    if (keep) view = run->s.regs;
    run->kvm_valid_regs = SYNC_ALL;
    run->kvm_dirty_regs = vp->dirty;
    if ((vp->dirty & KVM_SYNC_X86_EVENTS) && apic_present( vp->partition )) run->s.regs.events.flags &= ~REMOTE_EVENTS;
    run->request_interrupt_window = has_interrupt_window( vp ) || events_waiting( vp );
    run->cr8 = run->s.regs.sregs.cr8;
    run->immediate_exit = 0;
    rip = run->s.regs.regs.rip;
    vp->entry_linear = code_linear( vp, 1, rip );
    if (poll && (*ret = kvm_kick_start( &vp->poll, WINDOW_POLL )) < 0)
    {
        TRACE( "vp %u: no timer: %s\n", vp->index, strerror( -*ret ));
        poll = 0;
    }
    vp->in_guest = 1;
    vp_unlock( vp );

    entered = counters_now();
    *ret = kvm_run_vcpu( vp->fd );
    counters_left( vp, entered );
    if (vp->startup && run->s.regs.regs.rip != rip) vp->startup = 0;

    robust_lock( &vp->lock );
    vp->in_guest = 0;
    if (poll) kvm_kick_stop( vp->poll );
    /* with whatever error: what KVM has taken is no longer marked, and then it shows what the guest has made of it */
    if (!*ret || *ret == -EINTR || *ret == -EAGAIN || *ret == -EFAULT || *ret == -ENOSPC || !run->kvm_dirty_regs) left_guest( vp );
    else if (keep) run->s.regs = view;
    if (vp->stoppers) pthread_cond_broadcast( &vp->left );
}

/* Those who wait for the vp must all have had it before it goes in again. */
static void let_stoppers( struct vp *vp )
{
    counters_wait( vp );
    while (vp->stoppers)
        if (robust_wait( &vp->resumed, &vp->lock, 1000 ) == ETIMEDOUT) vp->stoppers = 0;    /* killed while it waited */
}

static HRESULT run_locked( struct vp *vp )
{
    HRESULT hr;
    int ret;

    for (;;)
    {
        if (vp->stoppers) let_stoppers( vp );
        if (exit_at_once( vp )) return S_OK;
        if (FAILED(hr = prepare_entry( vp )))
        {
            if (hr != ERROR_HV_INVALID_REGISTER_VALUE) return hr;
            exits_invalid_register( vp );
            return S_OK;
        }
        enter_guest( vp, &ret );

        if (!ret || ret == -EINTR || ret == -EAGAIN)
        {
            /* a step over HLT ends in it too */
            vp->maybe_halted = apic_present( vp->partition ) && (ret || vp->run->exit_reason == KVM_EXIT_IRQ_WINDOW_OPEN ||
                                                                  vp->run->exit_reason == KVM_EXIT_DEBUG);
            /* a signal too may have come when the guest was in already, and then KVM takes no other CPUID table */
            vp->entered = 1;
            /* a signal of Wine's, a stopper, or the latch, which is looked at above */
            if (ret) continue;
            vp->startup = 0;
            if (exits_handle( vp )) return S_OK;
            continue;
        }
        TRACE( "vp %u: KVM_RUN %s\n", vp->index, strerror( -ret ));
        /* ENOSPC: there is no memory at all */
        if (ret == -EFAULT || ret == -ENOSPC)
        {
            vp->entered = 1;
            if (exits_host_fault( vp )) return S_OK;
            continue;
        }
        if (ret == -EINVAL && (vp->dirty & ~KVM_SYNC_X86_REGS))
        {
            /* KVM refused the registers as a whole and has taken none */
            exits_invalid_register( vp );
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

    if (!exit) return E_POINTER;
    if (size < EXIT_CONTEXT_MIN_SIZE) return WHV_E_INSUFFICIENT_BUFFER;
    for (;;)
    {
        if (FAILED(hr = partition_find_vp( handle, index, &vp ))) return hr;
        if (vp->partition->time_running) break;
        vp_unlock( vp );
        if (FAILED(hr = clock_resume( handle ))) return hr;
    }
    if (vp_is_running( vp ))
    {
        vp_unlock( vp );
        return WHV_E_INVALID_VP_STATE;
    }
    vp->runner = kvm_thread_id();
    vp->exit = &context;
    counters_begin( vp );
    hr = run_locked( vp );
    if (TRACE_ON() && SUCCEEDED(hr)) exits_trace( index, &context );
    counters_end( vp );
    vp->exit = NULL;
    vp->runner = 0;
    vp_unlock( vp );

    /* nothing is held from here on: the caller's memory may fault */
    if (SUCCEEDED(hr)) memcpy( exit, &context, size < sizeof(context) ? size : sizeof(context) );
    return hr;
}
