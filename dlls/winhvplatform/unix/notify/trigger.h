/*
 * Triggers: events of Windows that interrupt the guest
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
 * A trigger belongs to an event that the client signals. A thread of the PE side waits for it, with others, and calls
 * trigger_deliver, which requests the interrupt or sets the SynIC's flag. There are no devices, and so no interrupts
 * of theirs.
 * Knows partitions, vps, the objects, and irq/.
 */

#ifndef __WHV_UNIX_NOTIFY_TRIGGER_H
#define __WHV_UNIX_NOTIFY_TRIGGER_H

#include "notify/objects.h"
#include "winhvplatformdefs.h"

/***********************************************************************
 *           trigger_create     (WHvCreateTrigger)
 *
 * RETURNS
 *  S_OK; E_HANDLE; E_INVALIDARG (before setup, type, reserved fields, what the action itself refuses so; sint, flag or
 *  VTL of a SynIC event); ERROR_HV_INVALID_DEVICE_ID; for an interrupt ERROR_HV_OPERATION_DENIED without APIC
 *  emulation and ERROR_HV_INVALID_PARAMETER for its vector.
 */
extern HRESULT trigger_create( WHV_PARTITION_HANDLE handle, const WHV_TRIGGER_PARAMETERS *parameters, void *context,
                               void **trigger, UINT32 *waiter );
/* WHvUpdateTriggerParameters: a signal that comes at the same time finds the old ones or the new ones; when it is over,
 * nothing of the old ones comes any more. Errors as above; E_INVALIDARG for another type or another trigger. */
extern HRESULT trigger_update( WHV_PARTITION_HANDLE handle, void *trigger, const WHV_TRIGGER_PARAMETERS *parameters );
/* WHvDeleteTrigger: E_HANDLE; E_INVALIDARG (trigger). It delivers nothing any more when it has been buried, for which
 * its thread has to collect anew. */
extern HRESULT trigger_delete( WHV_PARTITION_HANDLE handle, void *trigger );
/* Its event was signalled: for the thread that waits for it, until it collects anew. What the guest can't take is
 * dropped, and so is what is for nobody. */
extern void trigger_deliver( void *trigger );

#endif /* __WHV_UNIX_NOTIFY_TRIGGER_H */
