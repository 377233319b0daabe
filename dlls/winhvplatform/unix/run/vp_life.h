/*
 * Life of a vp
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
 * Creating, resetting, deleting vps. KVM can neither delete a vcpu nor create it twice: its fd stays for the next
 * creation. Knows everything below. The partition is locked where its vps are made and ended.
 */

#ifndef __WHV_UNIX_RUN_VP_LIFE_H
#define __WHV_UNIX_RUN_VP_LIFE_H

#include "winhvplatformdefs.h"

struct vp;

/* WHvCreateVirtualProcessor: E_HANDLE, E_INVALIDARG (index >= ProcessorCount, not set up), WHV_E_VP_ALREADY_EXISTS. */
extern HRESULT vp_create( WHV_PARTITION_HANDLE handle, UINT32 index );
/* E_HANDLE, WHV_E_VP_DOES_NOT_EXIST; WHV_E_INVALID_VP_STATE while a thread is inside Run. The fd stays for the next
 * creation. */
extern HRESULT vp_delete( WHV_PARTITION_HANDLE handle, UINT32 index );
/* Power-on state; the vp is locked. */
extern HRESULT vp_reset( struct vp *vp );
/* Everything given back, at the end of the partition; the vp is locked. */
extern void vp_destroy( struct vp *vp );

#endif /* __WHV_UNIX_RUN_VP_LIFE_H */
