/*
 * XSAVE state of a vp
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
 * XSAVE image of the API (compacted) to KVM's (standard) and back, and single registers out of its components.
 * Knows lazy_x86.h and the format in host/. Buffers are our own copies. The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_REGISTERS_XSAVE_X86_H
#define __WHV_UNIX_REGISTERS_XSAVE_X86_H

#include "winhvplatformdefs.h"

struct vp;

/* XSAVE image of the API (compacted format) <-> KVM's (standard format).
 * xsave_get: WHV_E_INSUFFICIENT_BUFFER and *written = size when the buffer is too small. Buffers are our own copies. */
extern UINT32 xsave_compact_size( struct vp *vp );
extern HRESULT xsave_get( struct vp *vp, void *buffer, UINT32 size, UINT32 *written );
extern HRESULT xsave_set( struct vp *vp, const void *buffer, UINT32 size );
/* Is that exactly the image's size? QEMU 11 gives as many bytes as the standard format has, which is right too. */
extern BOOL xsave_is_size( struct vp *vp, UINT32 size );

/* One register out of an XSAVE component (a row of reg_table of kind REG_XSTATE). Of a component that the host or the
 * vp doesn't have it reads 0 and takes nothing else: ERROR_HV_INVALID_REGISTER_VALUE. */
extern HRESULT xsave_get_part( struct vp *vp, UINT32 where, WHV_REGISTER_VALUE *value );
extern HRESULT xsave_check_part( struct vp *vp, UINT32 where, const WHV_REGISTER_VALUE *value );
extern HRESULT xsave_set_part( struct vp *vp, UINT32 where, const WHV_REGISTER_VALUE *value );

#endif /* __WHV_UNIX_REGISTERS_XSAVE_X86_H */
