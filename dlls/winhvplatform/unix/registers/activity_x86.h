/*
 * InternalActivityState
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
 * Register InternalActivityState: halted, waiting for INIT or SIPI; and waking a vp that has halted when something is
 * injected. Knows lazy_x86.h, resume/ and KVM's MP state. The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_REGISTERS_ACTIVITY_X86_H
#define __WHV_UNIX_REGISTERS_ACTIVITY_X86_H

#include "winhvplatformdefs.h"

struct vp;

/* KVM takes an injected event at the next entry, but a halted vcpu is not entered. */
extern HRESULT activity_wake( struct vp *vp );
extern HRESULT activity_get( struct vp *vp, WHV_REGISTER_VALUE *value );
extern HRESULT activity_check( struct vp *vp, const WHV_REGISTER_VALUE *value );
extern HRESULT activity_set( struct vp *vp, const WHV_REGISTER_VALUE *value );

#endif /* __WHV_UNIX_REGISTERS_ACTIVITY_X86_H */
