/*
 * The way of an event into the guest
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
 * What a processor touches as it delivers an event: the gate, the code segment's descriptor, the TSS, the new stack's
 * descriptor, the frame. Where one of it can't be had the event stands still, and KVM does not say where.
 * Guest tables are hostile: they are read once, and followed for a bounded number of steps. Knows refused_access.h and
 * the view. The vp is locked and out of the guest. Source: Intel SDM volume 3 chapter 6 and 7.7, AMD APM volume 2
 * chapter 8.
 */

#ifndef __WHV_UNIX_EXIT_DELIVERY_WALK_H
#define __WHV_UNIX_EXIT_DELIVERY_WALK_H

#include "exit/refused_access.h"
#include "winhvplatformdefs.h"

struct vp;

/* The first access of this event's delivery, in the processor's order, that refused() says can't be made. FALSE: there
 * is none, or the delivery ends in a fault of the guest's own before. */
extern BOOL delivery_walk( struct vp *vp, UINT8 vector, BOOL has_error_code, refused_func refused,
                           struct refused_access *access );

#endif /* __WHV_UNIX_EXIT_DELIVERY_WALK_H */
