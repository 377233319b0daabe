/*
 * Memory exits
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
 * KVM_EXIT_MMIO to a MemoryAccess exit that stands before its instruction. Knows the rewind, resume/ and context.h.
 */

#ifndef __WHV_UNIX_EXIT_MMIO_H
#define __WHV_UNIX_EXIT_MMIO_H

#include "winhvplatformdefs.h"

struct vp;

/* The client runs a read-modify-write again whose second half lies on a page that could not be written: the half is
 * stored if it can be by now, and the instruction is over; else TRUE, and the exit is given once more.
 * Before every entry. */
extern BOOL exits_half( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );

extern BOOL exits_mmio( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );

#endif /* __WHV_UNIX_EXIT_MMIO_H */
