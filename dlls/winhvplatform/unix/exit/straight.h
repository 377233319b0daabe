/*
 * The straight way of the common exits (x86)
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
 * IN, OUT, and MOV to and from a device, where the instruction has made an exit before and stands there still: found
 * without decoding, without a search and without a walk through the page tables. The result is the same as on the other
 * way, by exit/rewind.h, which everything else takes: these leave early, with nothing changed.
 * Knows the view, code_x86.h and tlb_x86.h. The vp is locked and out of the guest. No system call in here.
 */

#ifndef __WHV_UNIX_EXIT_STRAIGHT_H
#define __WHV_UNIX_EXIT_STRAIGHT_H

#include "winhvplatformdefs.h"

struct vp;

/* KVM_EXIT_IO, KVM_EXIT_MMIO: TRUE if that was all, and the context is filled. */
extern BOOL straight_io( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );
extern BOOL straight_mmio( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );

#endif /* __WHV_UNIX_EXIT_STRAIGHT_H */
