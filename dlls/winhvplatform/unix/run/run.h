/*
 * The run loop
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
 * One WHvRunVirtualProcessor is one KVM_RUN and no other system call, as a rule. The latch of a cancel, and
 * those who want the vp out of the guest. Knows everything below; each exit is handled by exit/, each entry
 * prepared by resume/ and registers/.
 */

#ifndef __WHV_UNIX_RUN_RUN_H
#define __WHV_UNIX_RUN_RUN_H

#include "winhvplatformdefs.h"

/***********************************************************************
 *           vp_run     (WHvRunVirtualProcessor)
 *
 * exit is the caller's memory, size its bytes: anything from the 1803 layout's 144 on is accepted.
 *
 * RETURNS
 *  S_OK; E_HANDLE; E_POINTER; WHV_E_INSUFFICIENT_BUFFER; WHV_E_VP_DOES_NOT_EXIST; WHV_E_INVALID_VP_STATE (another
 *  thread runs it); HRESULTs of KVM errors.
 */
extern HRESULT vp_run( WHV_PARTITION_HANDLE handle, UINT32 index, void *exit, UINT32 size );
/* WHvCancelRunVirtualProcessor: sets the latch and kicks the runner. E_HANDLE, WHV_E_VP_DOES_NOT_EXIST. */
extern HRESULT vp_cancel( WHV_PARTITION_HANDLE handle, UINT32 index );
/* Run was abandoned in the middle by a fault on memory (called by the PE side): makes the vp runnable again. */
extern void vp_abandoned( WHV_PARTITION_HANDLE handle, UINT32 index );

#endif /* __WHV_UNIX_RUN_RUN_H */
