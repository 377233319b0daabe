/*
 * Guest debugging by KVM_SET_GUEST_DEBUG
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

#include "exit/debug.h"
#include "host/bytes.h"
#include "host/errors.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "registers/events_x86.h"
#include "softkvm/half_syscall.h"
#include "vm/code_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/property.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

#define EXCEPTION_EXIT  4               /* WHV_EXTENDED_VM_EXITS.ExceptionExit */

BOOL debug_wanted( const struct vp *vp, UINT8 vector )
{
    const struct properties *props = &vp->partition->props;

    return (props->extended_exits & EXCEPTION_EXIT) && (props->exception_exits >> vector & 1);
}

/* In the first register that the client leaves free, if there is one. Its bit in DR6, or 0. */
static UINT8 add_breakpoint( struct kvm_guest_debug *debug, UINT64 address )
{
    UINT32 i;

    for (i = 0; i < 4; i++)
    {
        if (debug->arch.debugreg[7] >> i * 2 & 3) continue;
        debug->control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
        debug->arch.debugreg[i] = address;
        debug->arch.debugreg[7] &= ~(0xfull << (16 + i * 4));
        debug->arch.debugreg[7] |= 0x400 | 1ull << i * 2;
        return 1 << i;
    }
    return 0;
}

/* RF is there to get over a breakpoint. Processors honour it, KVM's emulator does not for breakpoints of ours: there
 * the ones at the RIP are left out for one step. */
static BOOL steps_over( struct vp *vp, UINT64 *dr7 )
{
    const struct kvm_regs *regs = view_regs( vp );
    UINT64 linear = code_linear( vp, SEGMENT_CS, regs->rip );
    BOOL found = 0;
    UINT32 i;

    if (!vp->partition->host->out_rip_past || !(regs->rflags & RFLAGS_RF)) return 0;
    for (i = 0; i < 4; i++)
    {
        if (!(*dr7 >> i * 2 & 3) || (*dr7 >> (16 + i * 4) & 0xf) || vp->arch.lazy.debugregs.db[i] != linear) continue;
        *dr7 &= ~(3ull << i * 2);
        found = 1;
    }
    return found;
}

UINT64 debug_pending_dr6( const struct vp *vp )
{
    return (vp->arch.events.pending_debug & 0xf) | (vp->arch.events.pending_debug & 0x10 ? DR6_BS : 0);
}

void debug_created( struct vp *vp )
{
    memset( &vp->arch.debug, 0, sizeof(vp->arch.debug) );
}

void debug_reset( struct vp *vp )
{
    vp->arch.debug.stepping = 0;
    debug_found( vp );
}

/* ---- INT3 in real mode, on a KVM that emulates ---- */

/* HLT is stepped over without a word. */
static BOOL can_step( struct vp *vp )
{
    UINT8 byte;

    return code_read( vp, code_linear( vp, SEGMENT_CS, view_regs( vp )->rip ), &byte, 1, 0 ) == 1 && byte != 0xf4;
}

/* Looked up before each entry: what the guest changes and uses at once is missed. */
static void watch_handler( struct vp *vp, struct kvm_guest_debug *debug )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    UINT8 entry[4];

    vp->arch.debug.handler_slot = 0;
    if (!vp->partition->host->out_rip_past || (sregs->cr0 & CR0_PE)) return;
    vp->arch.debug.entry_base = sregs->cs.base;
    vp->arch.debug.entry_selector = sregs->cs.selector;
    if (vp->arch.debug.handler_step)
    {
        if (can_step( vp )) debug->control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP;
        else vp->arch.debug.handler_step = 0;
    }
    else if (code_read( vp, sregs->idt.base + VECTOR_BP * sizeof(entry), entry, sizeof(entry), 0 ) == sizeof(entry))
    {
        vp->arch.debug.handler = load16( entry ) + (load16( entry + 2 ) << 4);
        vp->arch.debug.handler_slot = add_breakpoint( debug, vp->arch.debug.handler );
    }
}

BOOL debug_is_at_handler( struct vp *vp )
{
    const struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;

    return vp->arch.debug.handler_slot && arch->exception == WHvX64ExceptionTypeDebugTrapOrFault &&
           (arch->dr6 & 0xf) == vp->arch.debug.handler_slot && !(view_sregs( vp )->cr0 & CR0_PE) &&
           code_linear( vp, SEGMENT_CS, view_regs( vp )->rip ) == vp->arch.debug.handler;
}

BOOL debug_undo_int3( struct vp *vp )
{
    struct kvm_regs *regs = view_edit_regs( vp );
    struct kvm_sregs *sregs;
    UINT8 frame[6], byte;
    UINT64 base;
    UINT16 ip, cs;

    if (code_read( vp, code_linear( vp, SEGMENT_SS, (UINT16)regs->rsp ), frame, sizeof(frame), 0 ) == sizeof(frame))
    {
        ip = load16( frame ) - 1;
        cs = load16( frame + 2 );
        /* the client may have set a base that no selector has */
        base = cs == vp->arch.debug.entry_selector ? vp->arch.debug.entry_base : (UINT32)cs << 4;
        if (code_read( vp, base + ip, &byte, 1, 0 ) == 1 && byte == 0xcc)
        {
            sregs = view_edit_sregs( vp );
            sregs->cs.selector = cs;
            sregs->cs.base = base;
            regs->rip = ip;
            regs->rsp = (regs->rsp & ~0xffffull) | (UINT16)(regs->rsp + sizeof(frame));
            regs->rflags = (regs->rflags & ~0xffffull) | load16( frame + 4 );
            vp->run->debug.arch.exception = WHvX64ExceptionTypeBreakpointTrap;
            return 1;
        }
    }
    vp->arch.debug.handler_step = 1;
    return 0;
}

BOOL debug_is_past_handler( struct vp *vp )
{
    if (!vp->arch.debug.handler_step) return 0;
    vp->arch.debug.handler_step = 0;
    return !vp->arch.debug.stepping && !(vp->run->debug.arch.dr6 & 0xf);
}

/* ---- windows that such a KVM runs past ---- */

/* More instructions than a firmware's polling loop has, though it changes to real mode and back; and a few
 * milliseconds. A guest that has its interrupts off for long, and is at work, is left alone longer and longer. */
#define SEARCH_STEPS       400
#define SEARCH_PAUSE       16
#define SEARCH_PAUSE_LIMIT 0x4000

void debug_search( struct vp *vp )
{
    struct vp_debug *debug = &vp->arch.debug;

    if (debug->search) return;
    if (debug->rest)
    {
        debug->rest--;
        return;
    }
    debug->search = SEARCH_STEPS;
    if (!debug->pause) debug->pause = SEARCH_PAUSE;
    else if (debug->pause < SEARCH_PAUSE_LIMIT) debug->pause *= 2;
    debug->rest = debug->pause;
}

void debug_found( struct vp *vp )
{
    vp->arch.debug.search = vp->arch.debug.rest = vp->arch.debug.pause = 0;
}

/* Is the next instruction to be stepped over for it? In ring 3, which is executed natively, KVM sees windows by
 * itself. */
static BOOL searches( struct vp *vp )
{
    if (!vp->arch.debug.search) return 0;
    if (!events_armed( vp ).InterruptNotification && !events_waiting( vp ))
    {
        debug_found( vp );
        return 0;
    }
    return !(view_regs( vp )->rflags & (RFLAGS_TF | RFLAGS_VM)) && !vp_cpl( vp ) && can_step( vp );
}

BOOL debug_searched( struct vp *vp )
{
    const struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;

    if (!vp->arch.debug.search || vp->arch.debug.stepping || vp->arch.syscall.step) return 0;
    if (arch->exception != WHvX64ExceptionTypeDebugTrapOrFault || (arch->dr6 & 0xf) || !(arch->dr6 & DR6_BS)) return 0;
    vp->arch.debug.search--;
    return 1;
}

/* ---- what is asked of KVM ---- */

HRESULT debug_prepare( struct vp *vp )
{
    struct kvm_guest_debug debug = { 0 };
    BOOL stepped = vp->arch.debug.stepping;
    UINT64 dr7;
    HRESULT hr;

    if (vp->arch.events.pending_debug)
    {
        if (FAILED(hr = lazy_fetch( vp, VP_DEBUGREGS ))) return hr;
        vp->arch.lazy.debugregs.dr6 |= debug_pending_dr6( vp );
        lazy_touch( vp, VP_DEBUGREGS );
        if (FAILED(hr = lazy_write_back( vp ))) return hr;
        events_inject( vp, VECTOR_DB, 0, 0 );
        events_told_debug( vp );
    }

    vp->arch.debug.stepping = vp->arch.debug.stepping_over = 0;
    if (debug_wanted( vp, WHvX64ExceptionTypeBreakpointTrap ))
        debug.control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP;
    if (debug_wanted( vp, WHvX64ExceptionTypeDebugTrapOrFault ))
    {
        if (view_regs( vp )->rflags & RFLAGS_TF)
        {
            debug.control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP;
            vp->arch.debug.stepping = 1;
        }
        if (FAILED(hr = lazy_fetch( vp, VP_DEBUGREGS ))) return hr;
        /* also with all breakpoints off: without it KVM gives the #DB of an INT1 to the guest */
        debug.control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
        memcpy( debug.arch.debugreg, vp->arch.lazy.debugregs.db, sizeof(vp->arch.lazy.debugregs.db) );
        dr7 = vp->arch.lazy.debugregs.dr7;
        if ((vp->arch.debug.stepping_over = steps_over( vp, &dr7 ))) debug.control |= KVM_GUESTDBG_SINGLESTEP;
        debug.arch.debugreg[7] = dr7;
    }
    /* KVM has kept TF to itself: without the step it has to be told */
    if (stepped && !vp->arch.debug.stepping) view_touch( vp, KVM_SYNC_X86_REGS );
    if (debug_wanted( vp, WHvX64ExceptionTypeBreakpointTrap )) watch_handler( vp, &debug );
    if (searches( vp )) debug.control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP;
    vp->arch.debug.for_client = !!debug.control;
    if (vp->arch.syscall.stale && FAILED(hr = syscall_prepare( vp ))) return hr;
    if (vp->arch.syscall.step) debug.control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP;
    else if (vp->arch.syscall.trap) add_breakpoint( &debug, vp->arch.syscall.trap );
    vp->arch.debug.wanted = debug;
    return S_OK;
}

/* KVM has no breakpoints but those that it is given: the guest's own come first. */
static void add_own( struct vp *vp, struct kvm_guest_debug *debug )
{
    const struct kvm_guest_debug others = *debug;
    UINT8 slot;
    UINT32 i;

    if (debug_wanted( vp, WHvX64ExceptionTypeDebugTrapOrFault ) || FAILED(lazy_fetch( vp, VP_DEBUGREGS )) ||
        !(vp->arch.lazy.debugregs.dr7 & 0xff)) return;
    memcpy( debug->arch.debugreg, vp->arch.lazy.debugregs.db, sizeof(vp->arch.lazy.debugregs.db) );
    debug->arch.debugreg[7] = vp->arch.lazy.debugregs.dr7;
    for (i = 0; i < 4; i++)
    {
        if (!(others.arch.debugreg[7] >> i * 2 & 3)) continue;
        slot = add_breakpoint( debug, others.arch.debugreg[i] );
        if (vp->arch.debug.handler_slot == 1 << i) vp->arch.debug.handler_slot = slot;
    }
}

/* As steps_over, of a breakpoint that is an interceptor's. */
static BOOL is_at_stop( struct vp *vp, UINT64 linear )
{
    return (vp->partition->host->out_rip_past || vp->arch.intercept.over) &&
           (view_regs( vp )->rflags & RFLAGS_RF) && code_linear( vp, SEGMENT_CS, view_regs( vp )->rip ) == linear;
}

HRESULT debug_apply( struct vp *vp )
{
    const struct vp_intercept *intercept = &vp->arch.intercept;
    struct kvm_guest_debug debug = vp->arch.debug.wanted;
    UINT32 i;
    int ret;

    if (intercept->step) debug.control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP;
    vp->arch.debug.stop_bits = 0;
    if (intercept->stop_count) add_own( vp, &debug );
    for (i = 0; i < intercept->stop_count; i++)
    {
        if (is_at_stop( vp, intercept->stops[i] ))
        {
            debug.control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP;
            vp->arch.debug.stepping_over = 1;
        }
        else vp->arch.debug.stop_bits |= add_breakpoint( &debug, intercept->stops[i] );
    }
    /* the step is tied to the RIP as of the call: said again before every entry; the rest stays until it is changed */
    if (!(debug.control & KVM_GUESTDBG_SINGLESTEP) &&
        !memcmp( &debug, &vp->arch.debug.given, sizeof(debug) )) return S_OK;
    memset( &vp->arch.debug.given, 0xff, sizeof(vp->arch.debug.given) );
    if ((ret = kvm_set_guest_debug( vp->fd, &debug )) < 0) return hresult_from_errno( ret );
    vp->arch.debug.given = debug;
    vp->arch.debug.active = vp->arch.debug.for_client || intercept->step || intercept->stop_count;
    return S_OK;
}

/* INT1 is a trap to AMD's processors, and a fault to Intel's exits: what is shown is the fault, as at INT3.
 * DR6 names no cause. */
void debug_find_int1( struct vp *vp )
{
    const struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;
    struct kvm_regs *regs = view_edit_regs( vp );
    UINT8 byte;

    if (arch->exception != WHvX64ExceptionTypeDebugTrapOrFault || (arch->dr6 & 0xf)) return;
    /* a step of the client's, or of the guest's own, may be over an instruction that ends so */
    if ((arch->dr6 & DR6_BS) && (vp->arch.debug.stepping || (regs->rflags & RFLAGS_TF))) return;
    if (vp->partition->host->vendor != WHvProcessorVendorAmd &&
        vp->partition->host->vendor != WHvProcessorVendorHygon) return;
    if (code_read( vp, code_linear( vp, SEGMENT_CS, regs->rip - 1 ), &byte, 1, 0 ) == 1 && byte == 0xf1) regs->rip--;
}

/* Why it is, in the register, as a processor says it: KVM tells the exit only. B0 to B3 are this exception's alone, the
 * others stay until somebody clears them. */
static void say_cause( struct vp *vp, UINT64 dr6 )
{
    UINT64 said;

    if (!(dr6 & DR6_CAUSES) || FAILED(lazy_fetch( vp, VP_DEBUGREGS ))) return;
    said = (vp->arch.lazy.debugregs.dr6 & ~0xfull) | (dr6 & DR6_CAUSES);
    if (said == vp->arch.lazy.debugregs.dr6) return;
    vp->arch.lazy.debugregs.dr6 = said;
    lazy_touch( vp, VP_DEBUGREGS );
}

BOOL debug_exit( struct vp *vp, UINT8 *vector, UINT64 *parameter )
{
    const struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;

    *vector = arch->exception;
    if (vp->arch.debug.stepping_over && !vp->arch.debug.stepping && *vector == WHvX64ExceptionTypeDebugTrapOrFault &&
        (arch->dr6 & DR6_BS) && !(arch->dr6 & 0xf)) return 0;
    *parameter = *vector == WHvX64ExceptionTypeDebugTrapOrFault ? arch->dr6 : 0;
    if (*parameter) say_cause( vp, *parameter );
    if (debug_wanted( vp, *vector )) return 1;
    events_inject( vp, *vector, 0, 0 );
    return 0;
}
