/*
 * What the exported functions share
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
 * What it is for: the exported functions fill a parameter block, call the
 * Unix side and hand back its HRESULT; they check nothing and keep nothing.
 * Exceptions are what only Windows code can do: process handles, and events,
 * which are kept, signalled by a thread and waited for by others (notify.c).
 * It knows the public header, the blocks of unixlib.h, and the traces.
 * Each function is described at the room of unix/ that does its work.
 */

#ifndef __WHV_API_H
#define __WHV_API_H

#include <stdarg.h>
#include <windef.h>
#include <winbase.h>

#include "winhvplatform.h"
#include "unixlib.h"
#include "unixcall.h"
#include "wine/debug.h"

/* vp.c: a vp's state or counters.
 *   code     unix_vp_get_state, unix_vp_set_state or unix_vp_get_counters
 *   type     which, as struct vp_state_params has it
 *   size     of buffer, bytes
 *   written  [O] of what was got; may be NULL
 * Returns what the Unix side returns. */
extern HRESULT whv_call_state( unsigned int code, WHV_PARTITION_HANDLE partition, UINT32 index, UINT64 type,
                               const void *buffer, UINT32 size, UINT32 *written );

/* notify.c: what a partition that is gone had of doorbells, ports and triggers. */
extern void whv_release_notifications( WHV_PARTITION_HANDLE partition );
/* process.c: a mark for the Unix side to know the process by, a mapping where no other process has one; both are 0 for
 * the pseudo handle of the own. E_HANDLE; E_ACCESSDENIED without PROCESS_VM_READ, PROCESS_VM_WRITE or
 * PROCESS_VM_OPERATION; what Windows says of a process that has ended. */
extern HRESULT process_mark( HANDLE process, UINT64 *start, UINT64 *end );
extern void process_unmark( HANDLE process, UINT64 start );

#endif /* __WHV_API_H */
