/*
 * The local APIC of x86 in the platform
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
#include "host/lock.h"
#include "host/x86.h"
#include "irq/apic_x86.h"
#include "time/clock_x86.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/stop.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* Each level-triggered vector has two routes, for the two broadcast destinations:
 * an xAPIC's 0xff and an x2APIC's 0xffffffff. */
#define VECTORS             256
#define ROUTES              255         /* KVM takes more and keeps the number in a byte:
                                           arch/x86/include/asm/kvm_host.h */

#define FIRST_VECTOR        16          /* those below are illegal in an APIC */

#define MSI_ADDRESS         0xfee00000u
#define MSI_LOGICAL         (1u << 2)
#define MSI_LEVEL           (1u << 15)
#define MSI_ASSERT          (1u << 14)

static BOOL test_vector( const UINT64 *set, UINT8 vector )
{
    return __atomic_load_n( &set[vector / 64], __ATOMIC_RELAXED ) >> vector % 64 & 1;
}

static void add_vector( UINT64 *set, UINT8 vector )
{
    if (!test_vector( set, vector )) __atomic_fetch_or( &set[vector / 64], 1ull << vector % 64, __ATOMIC_RELAXED );
}

int apic_setup( struct partition *partition, int vm )
{
    int ret;

    memset( partition->arch.level_vectors, 0, sizeof(partition->arch.level_vectors) );
    memset( partition->arch.edge_vectors, 0, sizeof(partition->arch.edge_vectors) );
    if (!apic_present( partition )) return 0;
    if ((ret = kvm_enable_cap( vm, KVM_CAP_SPLIT_IRQCHIP, ROUTES, 0 )) < 0) return ret;
    /* destinations of 32 bits in messages and routes, and 0xff is nobody's broadcast but an xAPIC's */
    return kvm_enable_cap( vm, KVM_CAP_X2APIC_API,
                           KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK, 0 );
}

/* ---- requests ---- */

static void fill_message( struct kvm_msi *msi, UINT32 destination, BOOL logical, UINT32 delivery, UINT8 vector,
                          BOOL level )
{
    memset( msi, 0, sizeof(*msi) );
    msi->address_lo = MSI_ADDRESS | (destination & 0xff) << 12 | (logical ? MSI_LOGICAL : 0);
    msi->address_hi = destination & ~0xffu;
    msi->data = delivery << 8 | vector;
    if (level) msi->data |= MSI_LEVEL | MSI_ASSERT;
}

struct routes
{
    struct kvm_irq_routing       head;
    struct kvm_irq_routing_entry entries[ROUTES];
};

/* A route that all vps are the target of: it is there for its vector's EOI alone. */
static void append_route( struct routes *routes, UINT8 vector, BOOL x2apic )
{
    struct kvm_irq_routing_entry *entry;
    struct kvm_msi msi;

    if (routes->head.nr == ROUTES) return;
    entry = &routes->entries[routes->head.nr];
    fill_message( &msi, x2apic ? 0xffffffff : 0xff, 0, WHvX64InterruptTypeFixed, vector, 1 );
    memset( entry, 0, sizeof(*entry) );
    entry->gsi = routes->head.nr++;
    entry->type = KVM_IRQ_ROUTING_MSI;
    entry->u.msi.address_lo = msi.address_lo;
    entry->u.msi.address_hi = msi.address_hi;
    entry->u.msi.data = msi.data;
}

/* A vector's first use as a level-triggered one. KVM lets the vps look at the new routes
 * before they take an interrupt. */
static int add_route( struct partition *partition, UINT8 vector )
{
    BOOL has_x2apic = partition->props.apic_mode == WHvX64LocalApicEmulationModeX2Apic;
    struct routes routes;
    UINT32 i, pass;
    int ret;

    routes.head.nr = routes.head.flags = 0;
    /* An X2Apic's guest may stay in xAPIC mode, and that of an XApic turn x2APIC mode on where CPUID shows it. If there
     * is not room for both, for guests that use what they have been given. */
    for (pass = 0; pass < 2; pass++)
        for (i = FIRST_VECTOR; i < VECTORS; i++)
            if (i == vector || test_vector( partition->arch.level_vectors, i ))
                append_route( &routes, i, pass ? !has_x2apic : has_x2apic );
    if ((ret = kvm_set_gsi_routing( partition->vm, &routes.head )) < 0) return ret;
    add_vector( partition->arch.level_vectors, vector );
    return 0;
}

HRESULT apic_expect_eoi( struct vp *vp, const struct kvm_lapic_state *lapic )
{
    struct partition *partition = vp->partition;
    UINT32 i;
    int ret = 0;

    lock_take( &partition->irq_lock );
    for (i = FIRST_VECTOR; i < VECTORS && ret >= 0; i++)
    {
        if (!lapic_has_vector( lapic, LAPIC_TMR, i ) || test_vector( partition->arch.level_vectors, i )) continue;
        if (lapic_has_vector( lapic, LAPIC_ISR, i ) || lapic_has_vector( lapic, LAPIC_IRR, i ))
            ret = add_route( partition, i );
    }
    lock_give( &partition->irq_lock );
    return ret < 0 ? hresult_from_errno( ret ) : S_OK;
}

static HRESULT send_message( struct partition *partition, const WHV_INTERRUPT_CONTROL *control )
{
    BOOL fixed = control->Type == WHvX64InterruptTypeFixed || control->Type == WHvX64InterruptTypeLowestPriority;
    BOOL level = control->TriggerMode == WHvX64InterruptTriggerModeLevel;
    struct kvm_msi msi;
    int ret;

    fill_message( &msi, control->Destination, control->DestinationMode == WHvX64InterruptDestinationModeLogical,
                  control->Type, fixed || control->Type == WHvX64InterruptTypeSipi ? control->Vector : 0,
                  fixed && level );
    if (fixed && level && !test_vector( partition->arch.level_vectors, control->Vector ) &&
        (ret = add_route( partition, control->Vector )) < 0) return hresult_from_errno( ret );
    if (fixed && !level) add_vector( partition->arch.edge_vectors, control->Vector );
    ret = kvm_signal_msi( partition->vm, &msi );
    /* KVM says -1, which is -EPERM, when the destination is nobody */
    return ret < 0 && ret != -EPERM ? hresult_from_errno( ret ) : S_OK;
}

/* ---- LINT1 ---- */

BOOL apic_matches( const struct kvm_lapic_state *lapic, UINT32 index, BOOL x2apic, UINT32 destination, BOOL logical )
{
    UINT32 id = lapic_read( lapic, LAPIC_ID ), ldr = lapic_read( lapic, LAPIC_LDR );

    /* KVM: an APIC whose id does not fit the mode is found by the whole of it, until the guest has changed the mode */
    if (!x2apic && index > 0xff && !logical && destination != 0xff) return destination == index;

    if (x2apic)
    {
        if (destination == 0xffffffff) return 1;
        if (!logical) return destination == id;
        return destination >> 16 == ldr >> 16 && (destination & ldr & 0xffff);
    }
    if (destination == 0xff) return 1;
    if (destination > 0xff) return 0;
    if (!logical) return destination == id >> 24;
    ldr >>= 24;
    if (lapic_read( lapic, LAPIC_DFR ) >> 28 == 0xf) return (destination & ldr) != 0;
    return destination >> 4 == ldr >> 4 && (destination & ldr & 0xf);
}

/* A message to this vp's APIC and no other. */
static HRESULT send_to( struct vp *vp, const struct kvm_lapic_state *lapic, UINT32 delivery, UINT8 vector )
{
    BOOL x2apic = !!(view_sregs( vp )->apic_base & APIC_BASE_X2APIC);
    UINT32 id = lapic_read( lapic, LAPIC_ID );
    struct kvm_msi msi;
    int ret;

    fill_message( &msi, x2apic ? id : id >> 24, 0, delivery, vector, 0 );
    ret = kvm_signal_msi( vp->partition->vm, &msi );
    return ret < 0 && ret != -EPERM ? hresult_from_errno( ret ) : S_OK;
}

HRESULT apic_raise( struct vp *vp, UINT8 vector )
{
    struct kvm_lapic_state lapic;
    int ret;

    if ((ret = kvm_get_lapic( vp->fd, &lapic )) < 0) return hresult_from_errno( ret );
    lock_take( &vp->partition->irq_lock );
    add_vector( vp->partition->arch.edge_vectors, vector );
    lock_give( &vp->partition->irq_lock );
    return send_to( vp, &lapic, WHvX64InterruptTypeFixed, vector );
}

/* Raise a vp's LINT1: what it does is said by the APIC's own table. */
static HRESULT raise_lint1( struct vp *vp, const WHV_INTERRUPT_CONTROL *control )
{
    BOOL x2apic = !!(view_sregs( vp )->apic_base & APIC_BASE_X2APIC), logical;
    struct kvm_lapic_state lapic;
    UINT32 lvt;
    int ret;

    if ((ret = kvm_get_lapic( vp->fd, &lapic )) < 0) return hresult_from_errno( ret );
    logical = control->DestinationMode == WHvX64InterruptDestinationModeLogical;
    if (!apic_matches( &lapic, vp->index, x2apic, control->Destination, logical )) return S_OK;
    lvt = lapic_read( &lapic, LAPIC_LVT_LINT1 );
    if (lvt & LVT_MASKED) return S_OK;
    switch (lvt >> 8 & 7)
    {
    case WHvX64InterruptTypeFixed:
    case WHvX64InterruptTypeNmi:
    case WHvX64InterruptTypeInit:
        break;
    default:
        return S_OK;
    }
    return send_to( vp, &lapic, lvt >> 8 & 7, lvt );
}

/* The table is the vp's own, and KVM shows it while the vp is out of the guest only. */
static HRESULT request_lint1( WHV_PARTITION_HANDLE handle, const WHV_INTERRUPT_CONTROL *control )
{
    struct vp *vp;
    UINT32 i, count = 0;
    HRESULT hr;

    hr = partition_vp_count( handle, &count );
    for (i = 0; SUCCEEDED(hr) && i < count; i++)
    {
        if ((hr = partition_lock_vp( handle, i, &vp )) == WHV_E_VP_DOES_NOT_EXIST)
        {
            hr = S_OK;
            continue;
        }
        if (FAILED(hr)) break;
        hr = raise_lint1( vp, control );
        vp_unlock( vp );
    }
    return hr;
}

/* ---- the call ---- */

static HRESULT check_request( const WHV_INTERRUPT_CONTROL *control )
{
    if (control->TargetVtl || control->Reserved) return E_INVALIDARG;
    if (control->DestinationMode > WHvX64InterruptDestinationModeLogical ||
        control->TriggerMode > WHvX64InterruptTriggerModeLevel) return E_INVALIDARG;
    switch (control->Type)
    {
    case WHvX64InterruptTypeFixed:
    case WHvX64InterruptTypeLowestPriority:
        return control->Vector >= FIRST_VECTOR && control->Vector < VECTORS ? S_OK : ERROR_HV_INVALID_PARAMETER;
    case WHvX64InterruptTypeSipi:
        return control->Vector < VECTORS ? S_OK : ERROR_HV_INVALID_PARAMETER;
    case WHvX64InterruptTypeNmi:
    case WHvX64InterruptTypeInit:
    case WHvX64InterruptTypeLocalInt1:
        return S_OK;
    }
    return E_INVALIDARG;
}

static HRESULT check_partition( struct partition *partition, const WHV_INTERRUPT_CONTROL *control )
{
    HRESULT hr;

    if (!apic_present( partition )) return ERROR_HV_OPERATION_DENIED;
    if (FAILED(hr = check_request( control ))) return hr;
    return __atomic_load_n( &partition->state, __ATOMIC_ACQUIRE ) == PARTITION_SET_UP ?
           S_OK : HRESULT_FROM_WIN32_INVALID_STATE;
}

HRESULT apic_check_request( WHV_PARTITION_HANDLE handle, const WHV_INTERRUPT_CONTROL *control )
{
    struct partition *partition;
    HRESULT hr;

    if (FAILED(hr = partition_lock_irq( handle, &partition ))) return hr;
    hr = check_partition( partition, control );
    lock_give( &partition->irq_lock );
    return hr;
}

HRESULT apic_request( WHV_PARTITION_HANDLE handle, const WHV_INTERRUPT_CONTROL *control )
{
    struct partition *partition;
    HRESULT hr;

    if (FAILED(hr = partition_lock_irq( handle, &partition ))) return hr;
    hr = check_partition( partition, control );
    if (SUCCEEDED(hr) && control->Type != WHvX64InterruptTypeLocalInt1) hr = send_message( partition, control );
    lock_give( &partition->irq_lock );
    if (SUCCEEDED(hr) && control->Type == WHvX64InterruptTypeLocalInt1) hr = request_lint1( handle, control );
    return hr;
}

/* ---- vps ---- */

BOOL apic_is_level( struct vp *vp, UINT8 vector )
{
    struct kvm_lapic_state lapic;

    /* only a vector that is used both ways has to be looked up */
    if (!test_vector( vp->partition->arch.edge_vectors, vector )) return 1;
    if (kvm_get_lapic( vp->fd, &lapic ) < 0) return 1;
    return lapic_has_vector( &lapic, LAPIC_TMR, vector );
}

HRESULT apic_reset( struct vp *vp )
{
    struct kvm_lapic_state old, lapic;
    struct kvm_mp_state state;
    UINT32 offset;
    int ret;

    if (!apic_present( vp->partition )) return S_OK;
    /* an INIT or SIPI that is under way takes effect when the state is read, not behind the reset */
    if ((ret = kvm_get_mp_state( vp->fd, &state )) < 0) return hresult_from_errno( ret );
    /* out of x2APIC mode first: KVM checks the id against the mode */
    if ((ret = kvm_set_sregs( vp->fd, view_sregs( vp ) )) < 0) return hresult_from_errno( ret );
    if ((ret = kvm_get_lapic( vp->fd, &old )) < 0) return hresult_from_errno( ret );

    clock_forget_timer( vp );
    memset( &lapic, 0, sizeof(lapic) );
    lapic_write( &lapic, LAPIC_ID, vp->arch.apic_id << 24 );
    lapic_write( &lapic, LAPIC_VERSION, lapic_read( &old, LAPIC_VERSION ));
    lapic_write( &lapic, LAPIC_DFR, 0xffffffff );
    lapic_write( &lapic, LAPIC_SVR, 0xff );
    for (offset = LAPIC_LVT_TIMER; offset <= LAPIC_LVT_ERROR; offset += 0x10) lapic_write( &lapic, offset, LVT_MASKED );
    if ((ret = kvm_set_lapic( vp->fd, &lapic )) < 0) return hresult_from_errno( ret );
    return S_OK;
}
