/*
 * Event registers
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

/*
 * The registers of pending events: PendingInterruption, InterruptState, PendingEvent, DeliverabilityNotifications,
 * InternalActivityState, PendingDebugException; as fields of kvm_vcpu_events in the kvm_run page, carried in by its
 * dirty bit. Knows struct vp and the view; is known by registers_x86.c (the table) and by the run loop (what must be
 * done before an entry). The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_REGISTERS_EVENTS_X86_H
#define __WHV_UNIX_REGISTERS_EVENTS_X86_H

#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* WHV_X64_PENDING_INTERRUPTION_REGISTER.InterruptionType. The API's headers do not name the software ones. */
#define TYPE_INTERRUPT              0
#define TYPE_NMI                    2
#define TYPE_EXCEPTION              3
#define TYPE_SOFTWARE_INTERRUPT     4
#define TYPE_PRIVILEGED_EXCEPTION   5   /* INT1 */
#define TYPE_SOFTWARE_EXCEPTION     6   /* INT3, INTO */

/* Forgets all events that are injected, but not those that wait. */
extern void events_clear_injected( struct vp *vp );
/* Forgets an exception. */
extern void events_clear_exception( struct vp *vp );
/* An interrupt at the next entry. For what KVM has shown us. */
extern void events_inject_interrupt( struct vp *vp, UINT8 vector );

/* KVM sets CR2 when it is asked for its events, and has copied the special registers to the view by then: the CR2 of a
 * page fault that KVM shows. */
extern void events_follow_cr2( struct vp *vp );

/* name is one of the table's REG_EVENT rows. events_check changes nothing.
 * S_OK; ERROR_HV_INVALID_REGISTER_VALUE (reserved bits, unknown types, vectors that do not exist);
 * ERROR_HV_ACCESS_DENIED (InternalActivityState without APIC emulation); HRESULTs of KVM errors. */
extern HRESULT events_get( struct vp *vp, UINT32 name, WHV_REGISTER_VALUE *value );
extern HRESULT events_check( struct vp *vp, UINT32 name, const WHV_REGISTER_VALUE *value );
extern HRESULT events_set( struct vp *vp, UINT32 name, const WHV_REGISTER_VALUE *value );

/* Nothing pending: the values that a reset gives. */
extern HRESULT events_reset( struct vp *vp );

/* An exception at the next entry instead of one that KVM may have pending. For what the client asks for or KVM has
 * shown us: DR6 and CR2 are set already, and other events stay as they are. */
extern void events_inject( struct vp *vp, UINT8 vector, BOOL has_error_code, UINT32 error_code );
/* An exception instead of an event that waits. For faults that we find ourselves: parameter is CR2 of a page
 * fault, what DR6 says of a #DB, else unused. HRESULTs of KVM errors. */
extern HRESULT events_raise( struct vp *vp, UINT8 vector, BOOL has_error_code, UINT32 error_code, UINT64 parameter );

/***********************************************************************
 *           events_prepare
 *
 * Before an entry: injects an ExtInt that waits, if the guest is ready for it,
 * and wakes a halted vp for what is injected.
 *
 * RETURNS
 *  S_OK; ERROR_HV_INVALID_REGISTER_VALUE without APIC emulation: the run is an exit InvalidVpRegisterValue, as on
 *  Windows; HRESULTs of KVM errors.
 */
extern HRESULT events_prepare( struct vp *vp );

/* Does an ExtInt wait, that has no place in kvm_vcpu_events? */
static inline BOOL events_waiting( const struct vp *vp )
{
    return vp->arch.events.waiting & EVENTS_EXT_INT;
}

/* Must events_prepare be called? */
static inline BOOL events_due( const struct vp *vp )
{
    return events_waiting( vp ) || vp->arch.events.maybe_halted;
}

/* What the client wants to be told of by exits InterruptWindow. */
static inline WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER events_armed( const struct vp *vp )
{
    WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER armed = { .AsUINT64 = vp->arch.events.deliverability };

    return armed;
}

/* It has been told; each is told once. */
static inline void events_told_nmi( struct vp *vp )
{
    WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER armed = events_armed( vp );

    armed.NmiNotification = 0;
    vp->arch.events.deliverability = armed.AsUINT64;
}

static inline void events_told_interrupt( struct vp *vp )
{
    WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER armed = events_armed( vp );

    armed.InterruptNotification = 0;
    armed.InterruptPriority = 0;
    vp->arch.events.deliverability = armed.AsUINT64;
}

static inline void events_told_sints( struct vp *vp, UINT16 sints )
{
    WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER armed = events_armed( vp );

    armed.Sint &= ~sints;
    vp->arch.events.deliverability = armed.AsUINT64;
}

/* A message's slot may be free, of which the client may want to know: somebody has to look before the next entry
 * (exit/hyperv.h). */
static inline void events_note_sints( struct vp *vp )
{
    if (events_armed( vp ).Sint) vp->arch.events.waiting |= EVENTS_SINTS;
}

/* Must that be looked at? It has been then. */
static inline BOOL events_take_sints( struct vp *vp )
{
    BOOL due = vp->arch.events.waiting & EVENTS_SINTS;

    vp->arch.events.waiting &= ~EVENTS_SINTS;
    return due;
}

/* The client has changed special registers: its registers are kept over the next entry, where KVM makes a reset of a
 * triple fault. Not of more entries: a copy of all at each would cost too much. */
static inline void events_note_sregs( struct vp *vp )
{
    if (vp->partition->host->shutdown_resets) vp->arch.events.waiting |= EVENTS_SREGS;
}

static inline void events_entered_sregs( struct vp *vp )
{
    vp->arch.events.waiting &= ~EVENTS_SREGS;
}

/* The pending debug exception has been told, or queued. */
static inline void events_told_debug( struct vp *vp )
{
    vp->arch.events.pending_debug = 0;
}

/* An event has been injected, or stands in KVM undelivered: before the next entry somebody has to look whether it gets
 * in at all (exit/delivery.h). */
static inline void events_note_injected( struct vp *vp )
{
    vp->arch.events.waiting |= EVENTS_DELIVERY;
}

/* The event of an instruction of so many bytes at rip is on its way in. */
static inline void events_note_software( struct vp *vp, UINT8 type, UINT8 vector, UINT8 length, UINT64 rip )
{
    vp->arch.events.software.type = type;
    vp->arch.events.software.vector = vector;
    vp->arch.events.software.length = length;
    vp->arch.events.software.rip = rip;
    vp->arch.events.software.written = 0;
    events_note_injected( vp );
}

/* KVM_RUN has come back, with ret: the instruction at the RIP has raised its event, unless it has not been executed. */
static inline void events_entered_software( struct vp *vp, int ret )
{
    if (view_regs( vp )->rip != vp->arch.events.software.rip ||
        (!ret && vp->run->exit_reason != KVM_EXIT_IRQ_WINDOW_OPEN)) vp->arch.events.software.length = 0;
}

/* KVM_RUN came back before the guest did anything that the client is told of. An event that is still on its way in
 * then is one that KVM can't get in, as a rule; a KVM that spins with it need not show it. */
static inline void events_left( struct vp *vp )
{
    const struct kvm_vcpu_events *events = view_events( vp );

    if (events->exception.injected | events->exception.pending | events->nmi.injected | events->interrupt.injected |
        vp->partition->host->delivery_spins)
        events_note_injected( vp );
}

/* The vp has executed something: it waits for no SIPI. */
static inline void events_started( struct vp *vp )
{
    vp->arch.events.startup = 0;
}

/* KVM_RUN has come back: may that have been in HLT? */
static inline void events_may_have_halted( struct vp *vp, BOOL halted )
{
    vp->arch.events.maybe_halted = halted;
}

#endif /* __WHV_UNIX_REGISTERS_EVENTS_X86_H */
