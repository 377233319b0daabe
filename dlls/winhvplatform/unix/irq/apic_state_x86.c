/*
 * A local APIC's state, for clients
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

#include "host/errors.h"
#include "host/kvm.h"
#include "host/lapic_x86.h"
#include "host/x86.h"
#include "irq/apic_state_x86.h"
#include "irq/apic_x86.h"
#include "time/clock_x86.h"
#include "vm/handle.h"
#include "vm/stop.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* Registers by number: their offset is 16 times that. */
#define REGISTERS       0x40

#define IRR_NMI         (1u << 2)
#define LEGAL_VECTORS   0xffff0000u     /* of the first 32 */
#define DFR_RESERVED    0x0fffffffu

/* Bits that a register has; those that are not here are 0 to a reader. The ICR is never seen busy. */
static const UINT32 defined[REGISTERS] =
{
    [0x02] = ~0u,               /* id */
    [0x03] = 0xff00ff,          /* version: Windows says nothing of EOIs that are not broadcast, KVM can't do without */
    [0x08] = 0xff,              /* TPR */
    [0x0a] = 0xff,              /* PPR */
    [0x0d] = ~0u,               /* LDR */
    [0x0e] = ~0u,               /* DFR */
    [0x0f] = 0x11ff,            /* SVR */
    [0x10] = LEGAL_VECTORS, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u,  /* ISR */
    [0x18] = LEGAL_VECTORS, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u,  /* TMR */
    [0x20] = LEGAL_VECTORS, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u,  /* IRR */
    [0x28] = 0xff,              /* ESR */
    [0x2f] = 0x117ff,           /* LVT: CMCI */
    [0x30] = 0xccfff,           /* ICR */
    [0x31] = ~0u,
    [0x32] = 0x710ff,           /* LVT: timer, thermal, counters, LINT0, LINT1, error */
    [0x33] = 0x117ff,
    [0x34] = 0x117ff,
    [0x35] = 0x1f7ff,
    [0x36] = 0x1f7ff,
    [0x37] = 0x110ff,
    [0x38] = ~0u,               /* initial count */
    [0x39] = ~0u,               /* current count */
    [0x3e] = 0xb,               /* divide configuration */
};

static BOOL is_x2apic( const struct vp *vp )
{
    return !!(view_sregs( vp )->apic_base & APIC_BASE_X2APIC);
}

/* The format is that of the mode: an ApicBase that waits for the next entry has to be in KVM before. */
static HRESULT give_base( struct vp *vp )
{
    UINT64 base = view_sregs( vp )->apic_base;
    struct kvm_sregs sregs;
    int ret;

    if (!view_is_dirty( vp, KVM_SYNC_X86_SREGS )) return S_OK;
    if ((ret = kvm_get_sregs( vp->fd, &sregs )) < 0) return hresult_from_errno( ret );
    if (sregs.apic_base == base) return S_OK;
    sregs.apic_base = base;
    if ((ret = kvm_set_sregs( vp->fd, &sregs )) == -EINVAL) return ERROR_HV_INVALID_REGISTER_VALUE;
    return ret < 0 ? hresult_from_errno( ret ) : S_OK;
}

/* KVM's is that of before when a state has been put in, until the next entry. */
static UINT32 processor_priority( const void *page )
{
    UINT32 i, isr = 0, tpr = lapic_read( page, LAPIC_TPR );

    for (i = 0; i < 256; i++) if (lapic_has_vector( page, LAPIC_ISR, i )) isr = i;
    return (tpr & 0xf0) >= (isr & 0xf0) ? tpr : isr & 0xf0;
}

HRESULT apic_get_page( struct vp *vp, UINT8 page[APIC_STATE_SIZE] )
{
    UINT8 cr8 = view_sregs( vp )->cr8;
    struct kvm_vcpu_events events;
    struct kvm_lapic_state lapic;
    UINT32 i;
    HRESULT hr;
    int ret;

    if (FAILED(hr = give_base( vp ))) return hr;
    if ((ret = kvm_get_lapic( vp->fd, &lapic )) < 0 || (ret = kvm_get_vcpu_events( vp->fd, &events )) < 0)
        return hresult_from_errno( ret );
    clock_show_lapic( vp, &lapic );

    memset( page, 0, APIC_STATE_SIZE );
    for (i = 0; i < REGISTERS; i++) lapic_write( page, i * 16, lapic_read( lapic.regs, i * 16 ) & defined[i] );
    /* the client may have written CR8 since */
    if (lapic_read( page, LAPIC_TPR ) >> 4 != cr8) lapic_write( page, LAPIC_TPR, cr8 << 4 );
    lapic_write( page, LAPIC_PPR, processor_priority( page ));
    if (events.nmi.pending) lapic_write( page, LAPIC_IRR, lapic_read( page, LAPIC_IRR ) | IRR_NMI );
    return S_OK;
}

static HRESULT clean_page( const struct vp *vp, const UINT8 *page, struct kvm_lapic_state *lapic )
{
    UINT32 i, id = lapic_read( page, LAPIC_ID );

    if ((lapic_read( page, LAPIC_LVT_TIMER ) & LVT_TIMER_MODE) == LVT_TIMER_MODE) return E_INVALIDARG;
    memset( lapic, 0, sizeof(*lapic) );
    for (i = 0; i < REGISTERS; i++) lapic_write( lapic->regs, i * 16, lapic_read( page, i * 16 ) & defined[i] );
    if (is_x2apic( vp ))
    {
        if (id != vp->index && (vp->index > 0xff || id != vp->index << 24)) return E_INVALIDARG;
        lapic_write( lapic->regs, LAPIC_ID, vp->index );
        return S_OK;
    }
    lapic_write( lapic->regs, LAPIC_ID, id & 0xff000000 );
    lapic_write( lapic->regs, LAPIC_LDR, lapic_read( page, LAPIC_LDR ) & 0xff000000 );
    lapic_write( lapic->regs, LAPIC_DFR, lapic_read( page, LAPIC_DFR ) | DFR_RESERVED );
    lapic_write( lapic->regs, LAPIC_ICR_HIGH, lapic_read( page, LAPIC_ICR_HIGH ) & 0xff000000 );
    return S_OK;
}

static HRESULT set_nmi( struct vp *vp, BOOL pending )
{
    struct kvm_vcpu_events events;
    int ret;

    if ((ret = kvm_get_vcpu_events( vp->fd, &events )) < 0) return hresult_from_errno( ret );
    if (!events.nmi.pending == !pending) return S_OK;
    if (pending) ret = kvm_nmi( vp->fd );
    else
    {
        events = *view_events( vp );
        events.flags = KVM_VCPUEVENT_VALID_NMI_PENDING;
        events.nmi.pending = 0;
        ret = kvm_set_vcpu_events( vp->fd, &events );
    }
    return ret < 0 ? hresult_from_errno( ret ) : S_OK;
}

HRESULT apic_set_page( struct vp *vp, const UINT8 page[APIC_STATE_SIZE] )
{
    struct kvm_lapic_state lapic;
    HRESULT hr;
    int ret;

    if (FAILED(hr = clean_page( vp, page, &lapic )) || FAILED(hr = give_base( vp ))) return hr;
    if (FAILED(hr = apic_expect_eoi( vp, &lapic ))) return hr;
    /* A one-shot timer whose count is 0 fires once (more): the page does not say whether its interrupt has been taken
     * or still waits in KVM, and one too many does less harm than none. */
    if ((ret = kvm_set_lapic( vp->fd, &lapic )) < 0) return hresult_from_errno( ret );
    clock_lapic_set( vp, &lapic );
    /* the TPR has a second place, which goes in with the next entry */
    view_note_cr8( vp, lapic_read( lapic.regs, LAPIC_TPR ) >> 4 );
    return set_nmi( vp, !!(lapic_read( page, LAPIC_IRR ) & IRR_NMI) );
}

static HRESULT is_target( struct vp *vp, UINT32 destination, BOOL logical, BOOL *ret )
{
    struct kvm_lapic_state lapic;
    HRESULT hr;
    int err;

    *ret = 0;
    if (!(view_sregs( vp )->apic_base & APIC_BASE_ENABLE)) return S_OK;
    if (FAILED(hr = give_base( vp ))) return hr;
    if ((err = kvm_get_lapic( vp->fd, &lapic )) < 0) return hresult_from_errno( err );
    *ret = apic_matches( &lapic, vp->index, is_x2apic( vp ), destination, logical );
    return S_OK;
}

HRESULT apic_find_targets( WHV_PARTITION_HANDLE handle, UINT64 destination, BOOL logical, UINT32 *targets, UINT32 room,
                           UINT32 *found )
{
    struct vp *vp;
    UINT32 i;
    HRESULT hr;
    BOOL match;

    *found = 0;
    if (destination >> 32) return S_OK;
    for (i = 0; i < room; i++)
    {
        if ((hr = partition_lock_vp( handle, i, &vp )) == WHV_E_VP_DOES_NOT_EXIST) continue;
        if (FAILED(hr)) return hr;
        hr = is_target( vp, destination, logical, &match );
        vp_unlock( vp );
        if (FAILED(hr)) return hr;
        if (match) targets[(*found)++] = i;
    }
    return S_OK;
}
