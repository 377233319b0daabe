/*
 * Notification ports
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
 * A notification port is a doorbell (doorbell.h), or a connection that the guest signals by HvCallSignalEvent: KVM
 * does that by itself (KVM_HYPERV_EVENTFD) where it has Hyper-V's hypercalls, and where it has none the guest has none.
 * Its properties name the virtual processor on which Windows would handle the signal: they are checked, no more.
 * Knows partitions, doorbells and the objects.
 */

#ifndef __WHV_UNIX_NOTIFY_PORT_H
#define __WHV_UNIX_NOTIFY_PORT_H

#include "notify/objects.h"
#include "winhvplatformdefs.h"

/***********************************************************************
 *           port_create     (WHvCreateNotificationPort)
 *
 * RETURNS
 *  S_OK; E_INVALIDARG (before setup, type, reserved fields, a VTL other than 0, match data, an id of more than
 *  24 bits); E_HANDLE (handle; no event: context is NULL); ERROR_HV_INVALID_PARAMETER (a conflict with another
 *  doorbell, or the connection has a port already).
 */
extern HRESULT port_create( WHV_PARTITION_HANDLE handle, const WHV_NOTIFICATION_PORT_PARAMETERS *parameters,
                            void *context, void **port );
/* WHvSetNotificationPortProperty: E_HANDLE; E_INVALIDARG (port, code, a vp that there is none of). */
extern HRESULT port_set_property( WHV_PARTITION_HANDLE handle, void *port, UINT32 code, UINT64 value );
/* The guest has signalled a connection. FALSE: no port has it. */
extern BOOL port_signal( WHV_PARTITION_HANDLE handle, UINT32 connection );
/* WHvDeleteNotificationPort: E_HANDLE; E_INVALIDARG (port). */
extern HRESULT port_delete( WHV_PARTITION_HANDLE handle, void *port, struct object_remains *remains );

#endif /* __WHV_UNIX_NOTIFY_PORT_H */
