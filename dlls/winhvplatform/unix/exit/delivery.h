/*
 * Events that can't be delivered
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
 * An event whose table, TSS or stack is where no memory is, or none to write: for the client it is an exit
 * MemoryAccess, with the event in PendingInterruption and the state before it, and it is delivered when the client
 * runs on. KVMs spin, execute the instruction behind instead, or shut down (docs/kvm-facts says which): so an event
 * that is injected is looked at before the entry, and what KVM has made of others is found out here.
 * Knows delivery_walk.h, events_x86.h and context.h. The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_EXIT_DELIVERY_H
#define __WHV_UNIX_EXIT_DELIVERY_H

#include "exit/refused_access.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* The event that the view has injected. TRUE: it can't be delivered, as refused() says, and the exit is filled. */
extern BOOL exits_delivery( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit, refused_func refused );

/* The same at an internal error of KVM's, which may also say that it is the event of the instruction at the RIP. *tell:
 * the exit is filled; else KVM was wrong, and the guest can go on. */
extern BOOL exits_undelivered( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit, BOOL *tell );

/* KVM says that the vp has shut down, with its registers kept: the same for the event that has led to it. */
extern BOOL exits_lost_delivery( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );

extern HRESULT exits_check_delivery( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );

/* Before an entry: an event that nobody has looked at since it was injected. S_OK; S_FALSE: it can't get in, and the
 * exit is filled; HRESULTs of KVM errors. */
static inline HRESULT exits_delivery_due( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    return vp->arch.events.waiting & EVENTS_DELIVERY ? exits_check_delivery( vp, exit ) : S_OK;
}

#endif /* __WHV_UNIX_EXIT_DELIVERY_H */
