/*
 * Events on their way into a guest that is stepped
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
 * A processor enters a handler with TF clear, and has put RFLAGS, with a TF that is KVM's, on the guest's stack: a step
 * would end at the handler's IRET. In real mode, where it is three words, the delivery is made here. In other modes it
 * is found where the handler begins, for a breakpoint there.
 * Knows code_x86.h, guest memory and the events. Tables and stacks are guest memory and hostile.
 */

#ifndef __WHV_UNIX_INTERCEPT_PEEK_EVENT_H
#define __WHV_UNIX_INTERCEPT_PEEK_EVENT_H

#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* The vector that KVM is to inject. FALSE: there is none, or it is not known yet. */
extern BOOL peek_event_vector( const struct vp *vp, UINT8 *vector );
/* The event that is to be injected, or (length not 0) that of an INT of so many bytes, in real mode: the view is that
 * at the handler's first instruction. FALSE: it is not done, and KVM is to see what comes of it. */
extern BOOL peek_event_deliver( struct vp *vp, UINT8 vector, UINT8 length );
/* Where the handler of a vector begins in protected and long mode, linear. FALSE: the tables do not say. */
extern BOOL peek_event_handler( struct vp *vp, UINT8 vector, UINT64 *linear );
/* Guest memory at a linear address, over the edge of a page too; FALSE: it is not there, or not all. */
extern BOOL peek_event_write( struct vp *vp, UINT64 linear, const void *data, UINT32 size );

#endif /* __WHV_UNIX_INTERCEPT_PEEK_EVENT_H */
