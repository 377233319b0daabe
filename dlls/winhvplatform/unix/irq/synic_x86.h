/*
 * SynIC: messages, events and timers of Hyper-V
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
 * What the client does with a vp's synthetic interrupt controller: post messages, set event flags, save and restore
 * its pages and timers. The controller itself is KVM's: its pages are the guest's memory, its registers MSRs, its
 * interrupts the APIC's. Knows struct vp, kvm.h, guest memory and the APIC; the vp is locked and out of the guest.
 * Source: TLFS, chapters 11 (inter-partition communication: pages, slots, flags) and 12 (timers).
 */

#ifndef __WHV_UNIX_IRQ_SYNIC_X86_H
#define __WHV_UNIX_IRQ_SYNIC_X86_H

#include "winhvplatformdefs.h"

struct vp;

#define SYNIC_PAGE_SIZE     4096
#define SYNIC_TIMERS_SIZE   200

/***********************************************************************
 *           synic_post     (WHvPostVirtualProcessorSynicMessage)
 *
 * PARAMS
 *  message [I] a whole message as the guest finds it in its slot: type, payload size, flags, origin, payload
 *  size    [I] bytes, 1 .. WHV_SYNIC_MESSAGE_SIZE; the rest of the slot becomes 0
 *
 * RETURNS
 *  S_OK; E_INVALIDARG (sint, size); ERROR_HV_INVALID_SYNIC_STATE (no SynIC, not turned on by the guest, sint masked);
 *  ERROR_HV_OBJECT_IN_USE (the slot holds a message; it is marked,
 *  so that the guest writes the end-of-message register).
 */
extern HRESULT synic_post( struct vp *vp, UINT32 sint, const void *message, UINT32 size );

/* Of these sints (bit n: sint n), those that a message can be posted to. The slots of the others are marked like those
 * that synic_post finds occupied. */
extern UINT16 synic_deliverable( struct vp *vp, UINT16 sints );

/***********************************************************************
 *           synic_signal     (WHvSignalVirtualProcessorSynicEvent)
 *
 * RETURNS
 *  S_OK, and in newly whether the flag was clear before; E_INVALIDARG (sint, flag);
 *  ERROR_HV_INVALID_SYNIC_STATE as above.
 */
extern HRESULT synic_signal( struct vp *vp, UINT32 sint, UINT32 flag, BOOL *newly );

/* Is there such a flag, of such a sint? */
extern BOOL synic_is_flag( UINT32 sint, UINT32 flag );

/* The three state types; FALSE: type is none of them. size: what it takes. */
extern BOOL synic_is_state( UINT64 type, UINT32 *size );
/* Pages that the guest has not turned on are all zero, and take nothing else: ERROR_HV_INVALID_SYNIC_STATE. Of timers a
 * period that has begun starts again from its beginning; a one-shot one's moment, and a message of its that waits for
 * its slot, stay what they are. ERROR_HV_INVALID_SYNIC_STATE without SynIC too. */
extern HRESULT synic_get_state( struct vp *vp, UINT32 type, void *data );
extern HRESULT synic_set_state( struct vp *vp, UINT32 type, const void *data );

#endif /* __WHV_UNIX_IRQ_SYNIC_X86_H */
