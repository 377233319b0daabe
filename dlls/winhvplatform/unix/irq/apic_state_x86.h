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

/*
 * What WHvGet/SetVirtualProcessorInterruptControllerState and ...State2 show of a vp's APIC, and who a destination
 * names. One format for both, as clients use it: the xAPIC's page, register r of 32 bits at byte 16 * r, the rest
 * of 4 KiB zero. Knows kvm.h, struct vp, apic_x86.h and the clocks that may stand; is known by registers/ and calls/.
 * A page that comes in is anybody's: reserved bits do not reach KVM.
 */

#ifndef __WHV_UNIX_IRQ_APIC_STATE_X86_H
#define __WHV_UNIX_IRQ_APIC_STATE_X86_H

#include "winhvplatformdefs.h"

struct vp;

#define APIC_STATE_SIZE     4096
#define APIC_REGISTERS_SIZE 1024        /* of it: the rest is zero */

/***********************************************************************
 *           apic_get_page / apic_set_page
 *
 * The vp is locked and out of the guest. In x2APIC mode the id and the ICR's upper half are 32-bit destinations. Bit 2
 * of the first IRR word, which no interrupt can have, is a pending NMI, as the hypervisor has it. Ids in the xAPIC's
 * place (bits 31:24) are taken in x2APIC mode too: QEMU writes no others. The version and the PPR are the APIC's own:
 * what a page says of them is ignored.
 *
 * RETURNS
 *  S_OK; E_INVALIDARG (another id in x2APIC mode, a timer mode that there is not); ERROR_HV_INVALID_REGISTER_VALUE (an
 *  ApicBase written before that KVM refuses); HRESULTs of KVM errors.
 *  Source: Intel SDM volume 3, 10.4 and 10.12; Documentation/virt/kvm/api.rst, KVM_GET_LAPIC.
 */
extern HRESULT apic_get_page( struct vp *vp, UINT8 page[APIC_STATE_SIZE] );
extern HRESULT apic_set_page( struct vp *vp, const UINT8 page[APIC_STATE_SIZE] );

/***********************************************************************
 *           apic_find_targets     (WHvGetInterruptTargetVpSet)
 *
 * PARAMS
 *  targets [O] our own memory, room for all vps of the partition; gets indices in ascending order
 *  found   [O] how many
 *
 * RETURNS
 *  S_OK, also for nobody; E_HANDLE; HRESULTs of KVM errors.
 */
extern HRESULT apic_find_targets( WHV_PARTITION_HANDLE handle, UINT64 destination, BOOL logical, UINT32 *targets,
                                  UINT32 room, UINT32 *found );

#endif /* __WHV_UNIX_IRQ_APIC_STATE_X86_H */
