/*
 * Doorbells: writes of the guest that signal an event
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
 * A doorbell is a write to one guest-physical address, of one value and length or of any. The page that it lies in is a
 * hole in the guest's memory as long as there is one in it (gpa_map.h): all other accesses to it exit.
 * KVM looks for most of them by itself (KVM_IOEVENTFD), and the guest runs on at once; the others are found at the exit
 * (exit/mmio.c). Knows partitions, their memory, and the objects; whoever looks one up holds a vp's lock, and who edits
 * holds the partition's and has stopped all vps.
 */

#ifndef __WHV_UNIX_NOTIFY_DOORBELL_H
#define __WHV_UNIX_NOTIFY_DOORBELL_H

#include "notify/objects.h"
#include "winhvplatformdefs.h"

struct partition;

/***********************************************************************
 *           doorbell_add     (WHvRegisterPartitionDoorbellEvent, WHvCreateNotificationPort)
 *
 * PARAMS
 *  kind    [I] OBJECT_DOORBELL or OBJECT_DOORBELL_PORT
 *  context [I] the PE side's, or NULL: the client has given no event
 *  port    [O] its handle; may be NULL
 *
 * RETURNS
 *  S_OK; E_INVALIDARG (before setup, malformed match data, an address beyond the guest's space); E_HANDLE (handle; no
 *  event: context is NULL);
 *  ERROR_HV_INVALID_PARAMETER (conflict with another one at the address); HRESULTs of gpa_map_range.
 */
extern HRESULT doorbell_add( WHV_PARTITION_HANDLE handle, enum object_kind kind, const WHV_DOORBELL_MATCH_DATA *match,
                             void *context, void **port );

/***********************************************************************
 *           doorbell_remove     (WHvUnregisterPartitionDoorbellEvent)
 *
 * RETURNS
 *  S_OK; E_HANDLE; HRESULT_FROM_WIN32(ERROR_NOT_FOUND) unless one was registered with just this match data;
 *  HRESULTs of gpa_map_range, and then it is still there.
 */
extern HRESULT doorbell_remove( WHV_PARTITION_HANDLE handle, const WHV_DOORBELL_MATCH_DATA *match,
                                struct object_remains *remains );
/* Same for a port: E_INVALIDARG for a port's handle that is none. */
extern HRESULT doorbell_remove_port( WHV_PARTITION_HANDLE handle, void *port, struct object_remains *remains );

/* The partition goes, with all vps stopped. */
extern void doorbell_forget( struct partition *partition );

/* ---- for an exit: a vp is locked ---- */

/* The one that a write of up to 8 bytes is for, or NULL. */
extern struct object *doorbell_find( struct partition *partition, UINT64 gpa, UINT32 size, UINT64 value );
/* Is there one that KVM looks for in the page of gpa? */
extern BOOL doorbell_in_kvm( struct partition *partition, UINT64 gpa );
/* From here on those in the page of gpa are found at exits. The guest has begun a read-modify-write there, and KVM may
 * be made to end it with a value of nobody's (resume/flush.c): this must not ring. */
extern void doorbell_leave_kvm( struct partition *partition, UINT64 gpa );

#endif /* __WHV_UNIX_NOTIFY_DOORBELL_H */
