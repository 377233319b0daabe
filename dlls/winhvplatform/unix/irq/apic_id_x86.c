/*
 * APIC ids
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

#include "host/errors.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/lapic_x86.h"
#include "irq/apic_id_x86.h"
#include "vm/cpuid_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"

#define XAPIC_SHIFT     24
#define XAPIC_ALL       0xff

/* The id that a value means. */
static UINT64 settle( const struct vp *vp, UINT64 value )
{
    if (vp->partition->props.apic_mode == WHvX64LocalApicEmulationModeNone || value <= XAPIC_ALL) return value;
    return value << (64 - XAPIC_SHIFT) ? value : value >> XAPIC_SHIFT;
}

HRESULT apic_id_check( const struct vp *vp, UINT64 value )
{
    UINT64 id = settle( vp, value ), max;

    if (id == vp->arch.apic_id) return S_OK;
    if (vp->arch.entered || vp->arch.cpuid.listed) return ERROR_HV_INVALID_PARAMETER;
    switch (vp->partition->props.apic_mode)
    {
    case WHvX64LocalApicEmulationModeNone:
        max = ~0u;
        break;
    case WHvX64LocalApicEmulationModeXApic:
        max = XAPIC_ALL - 1;
        break;
    default:
        return ERROR_HV_INVALID_PARAMETER;
    }
    return id <= max ? S_OK : ERROR_HV_INVALID_PARAMETER;
}

HRESULT apic_id_set( struct vp *vp, UINT64 value )
{
    UINT32 id = settle( vp, value );
    struct kvm_lapic_state lapic;
    int ret;

    if (id == vp->arch.apic_id) return S_OK;
    if (vp->partition->props.apic_mode != WHvX64LocalApicEmulationModeNone)
    {
        if ((ret = kvm_get_lapic( vp->fd, &lapic )) < 0) return hresult_from_errno( ret );
        lapic_write( &lapic, LAPIC_ID, id << XAPIC_SHIFT );
        if ((ret = kvm_set_lapic( vp->fd, &lapic )) < 0) return hresult_from_errno( ret );
    }
    vp->arch.apic_id = id;
    cpuid_build( vp->arch.cpuid.table, vp->partition->host, &vp->partition->props, vp->index, id );
    vp->arch.cpuid.stale = 1;
    return S_OK;
}
