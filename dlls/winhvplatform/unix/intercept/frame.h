/*
 * What the processor has put onto the guest's stack
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
 * At the first instruction of a handler: is this the frame of an exception, and what was the state before it? What
 * stands on the stack may be anything, for handlers are entered by jumps, by INT n and by interrupts too.
 * Knows gate.h, the view and code_x86.h. The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_INTERCEPT_FRAME_H
#define __WHV_UNIX_INTERCEPT_FRAME_H

#include "intercept/gate.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

struct frame
{
    UINT64 rip, rflags, rsp;
    struct kvm_segment cs, ss;
    UINT32 error_code;
};

/* The frame that gate has made, with or without an error code: what an exception can't have left there is none. */
extern BOOL frame_read( struct vp *vp, const struct gate *gate, BOOL has_error_code, struct frame *frame );
/* The view becomes the state before. */
extern void frame_undo( struct vp *vp, const struct frame *frame );

#endif /* __WHV_UNIX_INTERCEPT_FRAME_H */
