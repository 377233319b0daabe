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

/*
 * LocalApicEmulationMode XApic and X2Apic: KVM's split irqchip (local APICs in the kernel, PIC and I/O APIC in the
 * client). Interrupt requests become MSIs; level-triggered vectors get a route each, which makes KVM tell of their
 * EOI. Knows kvm.h, the partition and struct vp; is known by registers/, exit/, run/ and calls/.
 * Requests take partition->irq_lock only; none but LINT1's stops a running vp or waits for it.
 */

#ifndef __WHV_UNIX_IRQ_APIC_X86_H
#define __WHV_UNIX_IRQ_APIC_X86_H

#include "winhvplatformdefs.h"

struct kvm_lapic_state;
struct partition;
struct vp;

/* Before the first vcpu: gives the vm its local APICs if the properties ask for them. -errno. */
extern int apic_setup( struct partition *partition, int vm );

/***********************************************************************
 *           apic_request     (WHvRequestInterrupt)
 *
 * Legal from any thread while vps run. An interrupt that nobody takes (a destination that matches no vp, an APIC that
 * is software-disabled, a masked LINT1) is dropped, as on a bus. Of several logical destinations of one of lowest
 * priority KVM takes the one that the vector says, also if no vp is there, or a deleted one (kvm_vector_to_index): it
 * is dropped then.
 *
 * RETURNS
 *  S_OK; E_HANDLE, E_INVALIDARG (unknown type, mode or trigger, reserved bits); ERROR_HV_OPERATION_DENIED without APIC
 *  emulation; ERROR_HV_INVALID_PARAMETER (a vector below 16 or above 255); HRESULTs of KVM errors.
 *  Source: WHvRequestInterrupt's page; Intel SDM volume 3, 10.5.2 (vectors) and 10.11 (messages).
 */
extern HRESULT apic_request( WHV_PARTITION_HANDLE handle, const WHV_INTERRUPT_CONTROL *control );

/* What apic_request would say of it, but for KVM's errors. */
extern HRESULT apic_check_request( WHV_PARTITION_HANDLE handle, const WHV_INTERRUPT_CONTROL *control );

/* KVM tells of the EOI of every vector that has a route: was it a level-triggered interrupt's? The vp is locked.
 * To ask KVM each time would be a second system call for each such exit: one that the guest has sent itself with a
 * vector that the client uses for level-triggered interrupts, and only for these, is told too. */
extern BOOL apic_is_level( struct vp *vp, UINT8 vector );

/* A state that is put in may hold level-triggered interrupts: their EOI has to be told as well. The vp is locked. */
extern HRESULT apic_expect_eoi( struct vp *vp, const struct kvm_lapic_state *lapic );

/* Is the APIC of a vp, in this state and in x2APIC mode or not, among a message's destinations? */
extern BOOL apic_matches( const struct kvm_lapic_state *lapic, UINT32 index, BOOL x2apic, UINT32 destination,
                          BOOL logical );

/* An edge-triggered interrupt for this vp alone, which is locked and out of the guest. HRESULTs of KVM errors. */
extern HRESULT apic_raise( struct vp *vp, UINT8 vector );

/* Power-on state of a vp's APIC; the vp is locked and out of the guest. */
extern HRESULT apic_reset( struct vp *vp );

#endif /* __WHV_UNIX_IRQ_APIC_X86_H */
