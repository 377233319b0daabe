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

/*
 * The APIC id of a vp that is not to be its index: topologies with gaps. It is the id that CPUID tells, and that of the
 * vp's local APIC when KVM has one. KVM's x2APIC id is the vcpu's number, which is the index and never changes, so
 * partitions whose guests may turn x2APIC on can have no other. Knows the APIC's page and the CPUID table; is known by
 * registers/. The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_IRQ_APIC_ID_X86_H
#define __WHV_UNIX_IRQ_APIC_ID_X86_H

#include "winhvplatformdefs.h"

struct vp;

/***********************************************************************
 *           apic_id_check / apic_id_set
 *
 * InitialApicId and ApicId, which are one: before the vp's first run, and kept over its resets. The xAPIC's place (bits
 * 31:24) is taken too, for ApicId reads like that. Two vps may have the same id while a client gives new ones; KVM
 * finds only the first of them. KVM goes back to the index when the APIC is switched on again, or becomes an x2APIC.
 *
 * RETURNS
 *  S_OK; ERROR_HV_INVALID_PARAMETER for another id than the vp's own: of 255 (everybody) and more in XApic mode, any in
 *  X2Apic mode, any once the vp has run or has shown its CPUID exits. apic_id_set: HRESULTs of KVM errors.
 */
extern HRESULT apic_id_check( const struct vp *vp, UINT64 id );
extern HRESULT apic_id_set( struct vp *vp, UINT64 id );

#endif /* __WHV_UNIX_IRQ_APIC_ID_X86_H */
