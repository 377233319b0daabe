/*
 * What becomes of an exception in the guest's own interrupt table
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
 * The hidden IDT takes all exceptions; those that the client has not asked for are the guest's. Its own table can't be
 * used, as a rule, and then one exception leads to the next, by the processor's rules, until it is one that the client
 * wants to see, or a triple fault. Knows the view and code_x86.h. The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_INTERCEPT_DELIVERY_H
#define __WHV_UNIX_INTERCEPT_DELIVERY_H

#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* Bytes of the guest's table of exceptions that can be read, all vectors below 32 being looked at; proven: that many
 * could be read before. usable: is there a gate that leads somewhere? */
extern UINT32 delivery_read_table( struct vp *vp, UINT32 proven, BOOL *usable );

enum delivery
{
    DELIVERY_CAUGHT,            /* event is one of the wanted vectors */
    DELIVERY_GUEST,             /* KVM is to deliver event: it has a gate, or the table can't be read */
    DELIVERY_TRIPLE_FAULT,
};

/* event: the exception that was found, and what has become of it. wanted: bit n: vector n. */
extern enum delivery delivery_follow( struct vp *vp, UINT64 wanted, struct caught *event );

#endif /* __WHV_UNIX_INTERCEPT_DELIVERY_H */
