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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <string.h>

#include "host/array.h"
#include "host/errors.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "irq/apic_x86.h"
#include "registers/activity_x86.h"
#include "registers/events_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

#define PENDING_EVENT_EXCEPTION  0
#define PENDING_EVENT_EXT_INT    5

static struct kvm_vcpu_events *edit_events( struct vp *vp )
{
    struct kvm_vcpu_events *events = view_edit_events( vp );

    /* what is not declared valid KVM leaves as it is; the values beside the changed one are its own */
    events->flags |= KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SHADOW;
    return events;
}

static void clear_exception( struct kvm_vcpu_events *events )
{
    memset( &events->exception, 0, sizeof(events->exception) );
    events->exception_has_payload = 0;
    events->exception_payload = 0;
}

static void clear_injected( struct kvm_vcpu_events *events )
{
    clear_exception( events );
    events->nmi.injected = 0;
    events->interrupt.injected = 0;
    events->interrupt.nr = 0;
    events->interrupt.soft = 0;
}

void events_inject( struct vp *vp, UINT8 vector, BOOL has_error_code, UINT32 error_code )
{
    struct kvm_vcpu_events *events = edit_events( vp );

    clear_exception( events );
    events->exception.injected = 1;
    events->exception.nr = vector;
    events->exception.has_error_code = has_error_code;
    events->exception.error_code = has_error_code ? error_code : 0;
    events_note_injected( vp );
}

void events_inject_interrupt( struct vp *vp, UINT8 vector )
{
    struct kvm_vcpu_events *events = edit_events( vp );

    events->interrupt.injected = 1;
    events->interrupt.nr = vector;
    events->interrupt.soft = 0;
    events_note_injected( vp );
}

void events_clear_exception( struct vp *vp )
{
    clear_exception( view_edit_events( vp ));
}

void events_clear_injected( struct vp *vp )
{
    clear_injected( edit_events( vp ));
}

/* KVM refuses the whole register set for a vector that is none. */
static BOOL is_exception( UINT32 vector )
{
    return vector < 32 && vector != VECTOR_NMI;
}

/* What a PendingEvent may be: exceptions that processors of both vendors have, with error codes where they have them.
 * So does Microsoft's paravisor check those of a guest's (OpenVMM, openhcl/virt_mshv_vtl, set_vtl0_pending_event). */
static BOOL is_event( const WHV_X64_PENDING_EXCEPTION_EVENT *event )
{
    static const UINT32 exceptions = 0x2f7dfb, with_error_code = 0x227d00;

    return event->Vector < 32 && ((event->DeliverErrorCode ? with_error_code : exceptions) >> event->Vector & 1);
}

/* ---- PendingInterruption ---- */

static HRESULT get_interruption( struct vp *vp, WHV_REGISTER_VALUE *value )
{
    const struct kvm_vcpu_events *events = view_events( vp );
    WHV_X64_PENDING_INTERRUPTION_REGISTER *reg = &value->PendingInterruption;

    /* in the order in which KVM injects them */
    if (events->exception.injected || events->exception.pending)
    {
        reg->InterruptionType = TYPE_EXCEPTION;
        reg->InterruptionVector = events->exception.nr;
        reg->DeliverErrorCode = !!events->exception.has_error_code;
        if (events->exception.has_error_code) reg->ErrorCode = events->exception.error_code;
    }
    else if (events->nmi.injected)
    {
        reg->InterruptionType = TYPE_NMI;
        reg->InterruptionVector = VECTOR_NMI;
    }
    else if (events->interrupt.injected)
    {
        reg->InterruptionType = TYPE_INTERRUPT;
        reg->InterruptionVector = events->interrupt.nr;
    }
    else if (vp->arch.events.software.length &&
             (vp->arch.events.software.written || vp->arch.events.software.rip == view_regs( vp )->rip))
    {
        reg->InterruptionType = vp->arch.events.software.type;
        reg->InterruptionVector = vp->arch.events.software.vector;
        reg->InstructionLength = vp->arch.events.software.length;
    }
    else return S_OK;
    reg->InterruptionPending = 1;
    return S_OK;
}

/* What instructions raise: INT n of any vector; INT1; INT3 and INTO, which clients also name by the type of INT n. */
static BOOL is_software( const WHV_X64_PENDING_INTERRUPTION_REGISTER *reg )
{
    if (!reg->InstructionLength || reg->DeliverErrorCode) return 0;
    switch (reg->InterruptionType)
    {
    case TYPE_SOFTWARE_INTERRUPT:
        return reg->InterruptionVector < 256;
    case TYPE_PRIVILEGED_EXCEPTION:
        return reg->InterruptionVector == VECTOR_DB;
    case TYPE_SOFTWARE_EXCEPTION:
        return reg->InterruptionVector == VECTOR_BP || reg->InterruptionVector == VECTOR_OF;
    }
    return 0;
}

static HRESULT check_interruption( struct vp *vp, const WHV_REGISTER_VALUE *value )
{
    WHV_X64_PENDING_INTERRUPTION_REGISTER reg = value->PendingInterruption;

    (void)vp;
    /* NestedEvent and the reserved bits */
    if (reg.AsUINT64 & 0xfe00) return ERROR_HV_INVALID_REGISTER_VALUE;
    if (!reg.InterruptionPending) return S_OK;
    switch (reg.InterruptionType)
    {
    case TYPE_INTERRUPT:
        return reg.InterruptionVector < 256 ? S_OK : ERROR_HV_INVALID_REGISTER_VALUE;
    case TYPE_NMI:
        return S_OK;
    case TYPE_EXCEPTION:
        return is_exception( reg.InterruptionVector ) ? S_OK : ERROR_HV_INVALID_REGISTER_VALUE;
    }
    return is_software( &reg ) ? S_OK : ERROR_HV_INVALID_REGISTER_VALUE;
}

static HRESULT set_interruption( struct vp *vp, const WHV_REGISTER_VALUE *value )
{
    WHV_X64_PENDING_INTERRUPTION_REGISTER reg = value->PendingInterruption;
    struct kvm_vcpu_events *events = edit_events( vp );

    clear_injected( events );
    vp->arch.events.software.length = 0;
    if (!reg.InterruptionPending) return S_OK;
    events_note_injected( vp );
    switch (reg.InterruptionType)
    {
    case TYPE_INTERRUPT:
        events->interrupt.injected = 1;
        events->interrupt.nr = reg.InterruptionVector;
        break;
    case TYPE_NMI:
        events->nmi.injected = 1;
        break;
    case TYPE_EXCEPTION:
        events_inject( vp, reg.InterruptionVector, reg.DeliverErrorCode, reg.ErrorCode );
        break;
    default:
        events_note_software( vp, reg.InterruptionType, reg.InterruptionVector, reg.InstructionLength,
                              view_regs( vp )->rip );
        vp->arch.events.software.written = 1;
        break;
    }
    return S_OK;
}

/* ---- InterruptState ---- */

static HRESULT get_state( struct vp *vp, WHV_REGISTER_VALUE *value )
{
    value->InterruptState.InterruptShadow = view_events( vp )->interrupt.shadow != 0;
    value->InterruptState.NmiMasked = view_events( vp )->nmi.masked != 0;
    return S_OK;
}

static HRESULT check_state( struct vp *vp, const WHV_REGISTER_VALUE *value )
{
    (void)vp;
    return value->InterruptState.AsUINT64 & ~3ull ? ERROR_HV_INVALID_REGISTER_VALUE : S_OK;
}

static HRESULT set_state( struct vp *vp, const WHV_REGISTER_VALUE *value )
{
    struct kvm_vcpu_events *events = edit_events( vp );

    /* a shadow of STI needs RFLAGS.IF to enter on VMX, one of MOV SS needs nothing */
    if (!value->InterruptState.InterruptShadow) events->interrupt.shadow = 0;
    else if (!events->interrupt.shadow) events->interrupt.shadow = KVM_X86_SHADOW_INT_MOV_SS;
    events->nmi.masked = value->InterruptState.NmiMasked;
    return S_OK;
}

/* ---- PendingEvent ---- */

static HRESULT get_event( struct vp *vp, WHV_REGISTER_VALUE *value )
{
    const struct kvm_vcpu_events *events = view_events( vp );
    WHV_X64_PENDING_EXCEPTION_EVENT *reg = &value->ExceptionEvent;
    HRESULT hr;

    if (events->exception.injected || events->exception.pending)
    {
        reg->EventPending = 1;
        reg->EventType = PENDING_EVENT_EXCEPTION;
        reg->Vector = events->exception.nr;
        reg->DeliverErrorCode = !!events->exception.has_error_code;
        if (events->exception.has_error_code) reg->ErrorCode = events->exception.error_code;
        if (events->exception_has_payload) reg->ExceptionParameter = events->exception_payload;
        else if (events->exception.nr == VECTOR_PF) reg->ExceptionParameter = view_sregs( vp )->cr2;
        else if (events->exception.nr == VECTOR_DB)
        {
            if (FAILED(hr = lazy_fetch( vp, VP_DEBUGREGS ))) return hr;
            reg->ExceptionParameter = vp->arch.lazy.debugregs.dr6 & DR6_CAUSES;
        }
    }
    else if (events_waiting( vp ))
    {
        value->ExtIntEvent.EventPending = 1;
        value->ExtIntEvent.EventType = PENDING_EVENT_EXT_INT;
        value->ExtIntEvent.Vector = vp->arch.events.ext_int_vector;
    }
    return S_OK;
}

static HRESULT check_event( struct vp *vp, const WHV_REGISTER_VALUE *value )
{
    const WHV_X64_PENDING_EXCEPTION_EVENT *exception = &value->ExceptionEvent;

    (void)vp;
    switch (exception->EventType)
    {
    case PENDING_EVENT_EXCEPTION:
        if (exception->Reserved0 || exception->Reserved1) break;
        if (exception->EventPending && !is_event( exception )) break;
        return S_OK;
    case PENDING_EVENT_EXT_INT:
        /* Reserved0, Reserved1, Reserved2 */
        if (value->Reg128.Low64 & 0xffffffffffff00f0ull || value->Reg128.High64) break;
        return S_OK;
    }
    return ERROR_HV_INVALID_REGISTER_VALUE;
}

HRESULT events_raise( struct vp *vp, UINT8 vector, BOOL has_error_code, UINT32 error_code, UINT64 parameter )
{
    HRESULT hr;

    if (vector == VECTOR_DB)
    {
        if (FAILED(hr = lazy_fetch( vp, VP_DEBUGREGS ))) return hr;
        vp->arch.lazy.debugregs.dr6 &= ~DR6_CAUSES;
        vp->arch.lazy.debugregs.dr6 |= parameter & DR6_CAUSES;
        lazy_touch( vp, VP_DEBUGREGS );
    }
    vp->arch.events.waiting &= ~EVENTS_EXT_INT;
    events_inject( vp, vector, has_error_code, error_code );
    if (vector == VECTOR_PF && view_sregs( vp )->cr2 != parameter) view_edit_sregs( vp )->cr2 = parameter;
    return S_OK;
}

void events_follow_cr2( struct vp *vp )
{
    struct kvm_sregs sregs;

    if (view_is_dirty( vp, KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS ) || kvm_get_sregs( vp->fd, &sregs ) < 0) return;
    if (sregs.cr2 != view_sregs( vp )->cr2) view_edit_sregs( vp )->cr2 = sregs.cr2;
}

static HRESULT set_event( struct vp *vp, const WHV_REGISTER_VALUE *value )
{
    const WHV_X64_PENDING_EXCEPTION_EVENT *exception = &value->ExceptionEvent;

    if (exception->EventPending && exception->EventType == PENDING_EVENT_EXT_INT)
    {
        vp->arch.events.waiting |= EVENTS_EXT_INT;
        vp->arch.events.ext_int_vector = value->ExtIntEvent.Vector;
        if (view_events( vp )->exception.injected || view_events( vp )->exception.pending)
            clear_exception( edit_events( vp ));
        return S_OK;
    }
    if (exception->EventPending)
    {
        /* instead of what an instruction had raised */
        vp->arch.events.software.length = 0;
        return events_raise( vp, exception->Vector, exception->DeliverErrorCode, exception->ErrorCode,
                             exception->ExceptionParameter );
    }
    vp->arch.events.waiting &= ~EVENTS_EXT_INT;
    clear_exception( edit_events( vp ));
    return S_OK;
}

static BOOL has_injected( const struct kvm_vcpu_events *events )
{
    return events->interrupt.injected || events->nmi.injected || events->exception.injected ||
           events->exception.pending;
}

HRESULT events_prepare( struct vp *vp )
{
    const struct kvm_vcpu_events *events = view_events( vp );

    if (events_waiting( vp ))
    {
        if (!apic_present( vp->partition )) return ERROR_HV_INVALID_REGISTER_VALUE;
        /* Injected by hand, since KVM_INTERRUPT obeys the mask of LINT0 and Windows does not, and can't be taken back.
         * Until the guest is ready for it KVM is asked for an interrupt window, and it stays in the register. */
        if ((view_regs( vp )->rflags & RFLAGS_IF) && !events->interrupt.shadow && !has_injected( events ) &&
            !vp->arch.events.software.length && !vp->arch.events.pending_debug)
        {
            events_inject_interrupt( vp, vp->arch.events.ext_int_vector );
            vp->arch.events.waiting &= ~EVENTS_EXT_INT;
        }
    }
    if (vp->arch.events.maybe_halted && has_injected( events )) return activity_wake( vp );
    return S_OK;
}

/* ---- DeliverabilityNotifications ---- */

static HRESULT get_deliverability( struct vp *vp, WHV_REGISTER_VALUE *value )
{
    value->DeliverabilityNotifications.AsUINT64 = vp->arch.events.deliverability;
    return S_OK;
}

static HRESULT check_deliverability( struct vp *vp, const WHV_REGISTER_VALUE *value )
{
    (void)vp;
    return value->DeliverabilityNotifications.AsUINT64 & 0x0000ffffffffffc0ull ? ERROR_HV_INVALID_REGISTER_VALUE : S_OK;
}

static HRESULT set_deliverability( struct vp *vp, const WHV_REGISTER_VALUE *value )
{
    vp->arch.events.deliverability = value->DeliverabilityNotifications.AsUINT64;
    events_note_sints( vp );
    return S_OK;
}

static HRESULT get_debug( struct vp *vp, WHV_REGISTER_VALUE *value )
{
    value->PendingDebugException.AsUINT64 = vp->arch.events.pending_debug;
    return S_OK;
}

static HRESULT check_debug( struct vp *vp, const WHV_REGISTER_VALUE *value )
{
    (void)vp;
    return value->PendingDebugException.AsUINT64 & ~0x1full ? ERROR_HV_INVALID_REGISTER_VALUE : S_OK;
}

static HRESULT set_debug( struct vp *vp, const WHV_REGISTER_VALUE *value )
{
    vp->arch.events.pending_debug = value->PendingDebugException.AsUINT64;
    return S_OK;
}

/* ---- by name ---- */

/* by how far a name is from the first of them */
#define EVENT( name )  ((UINT32)(name) - (UINT32)WHvRegisterPendingInterruption)

static const struct event_register
{
    HRESULT (*get)( struct vp *vp, WHV_REGISTER_VALUE *value );
    HRESULT (*check)( struct vp *vp, const WHV_REGISTER_VALUE *value );
    HRESULT (*set)( struct vp *vp, const WHV_REGISTER_VALUE *value );
}
event_registers[] =
{
    [EVENT( WHvRegisterPendingInterruption )]            = { get_interruption, check_interruption, set_interruption },
    [EVENT( WHvRegisterInterruptState )]                 = { get_state, check_state, set_state },
    [EVENT( WHvRegisterPendingEvent )]                   = { get_event, check_event, set_event },
    [EVENT( WHvX64RegisterDeliverabilityNotifications )] = { get_deliverability, check_deliverability,
                                                             set_deliverability },
    [EVENT( WHvRegisterInternalActivityState )]          = { activity_get, activity_check, activity_set },
    [EVENT( WHvX64RegisterPendingDebugException )]       = { get_debug, check_debug, set_debug },
};

static const struct event_register *find_event( UINT32 name )
{
    return EVENT( name ) < ARRAY_SIZE( event_registers ) && event_registers[EVENT( name )].get
           ? &event_registers[EVENT( name )] : NULL;
}

HRESULT events_get( struct vp *vp, UINT32 name, WHV_REGISTER_VALUE *value )
{
    const struct event_register *reg = find_event( name );

    return reg ? reg->get( vp, value ) : WHV_E_INVALID_VP_REGISTER_NAME;
}

HRESULT events_check( struct vp *vp, UINT32 name, const WHV_REGISTER_VALUE *value )
{
    const struct event_register *reg = find_event( name );

    return reg ? reg->check( vp, value ) : WHV_E_INVALID_VP_REGISTER_NAME;
}

HRESULT events_set( struct vp *vp, UINT32 name, const WHV_REGISTER_VALUE *value )
{
    const struct event_register *reg = find_event( name );

    return reg ? reg->set( vp, value ) : WHV_E_INVALID_VP_REGISTER_NAME;
}

HRESULT events_reset( struct vp *vp )
{
    struct kvm_mp_state state = { .mp_state = vp->index ? KVM_MP_STATE_INIT_RECEIVED : KVM_MP_STATE_RUNNABLE };
    struct kvm_vcpu_events *events = view_edit_events( vp );
    HRESULT hr;
    int ret;

    memset( events, 0, sizeof(*events) );
    events->flags = KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SHADOW | KVM_VCPUEVENT_VALID_SMM;
    memset( &vp->arch.events, 0, sizeof(vp->arch.events) );
    /* without a local APIC in the kernel every vcpu is runnable, always */
    if (!apic_present( vp->partition )) return S_OK;
    if (FAILED(hr = apic_reset( vp ))) return hr;
    /* at once: the run loop does not touch what comes from other vps */
    if ((ret = kvm_set_vcpu_events( vp->fd, events )) < 0) return hresult_from_errno( ret );
    if ((ret = kvm_set_mp_state( vp->fd, &state )) < 0) return hresult_from_errno( ret );
    vp->arch.events.startup = vp->index != 0;
    return S_OK;
}
