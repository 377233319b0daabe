/*
 * Flush
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
 * Finishing what KVM has pending without a trace: KVM_RUN with immediate_exit, follow-on fragments swallowed, and
 * memory that its completion writes fed with what already stands there. Then KVM's state is whole, and the client's
 * registers can be loaded. Knows the view, guest memory and the decoder. The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_RESUME_FLUSH_H
#define __WHV_UNIX_RESUME_FLUSH_H

#include "winhvplatformdefs.h"

struct vp;

/* KVM has reported the part of a store that lies on one page: the part on the next one, if there is any. Swallows it.
 * Writes at most room bytes to data and returns how many. */
extern UINT32 complete_store( struct vp *vp, UINT8 *data, UINT32 room );
/* Let KVM finish what it has just shown, with the data in kvm_run, before the client can see the vp. What KVM_RUN
 * answers: -EINTR when that was all. */
extern int complete_silently( struct vp *vp );
/* Finish whatever KVM has pending, without side effects and without looking at the client's view: before a reset. */
extern HRESULT complete_discard( struct vp *vp );

/* What other processors see of it: MOVS, INS and PUSH m store what stands there already. CALL m stores a return address
 * below the stack pointer, where nothing is anybody's; it is put back. A read-modify-write or a store that lies half in
 * memory and half in a device changes its half for a moment: who writes there at the same time loses that. */
extern HRESULT complete_flush( struct vp *vp );

#endif /* __WHV_UNIX_RESUME_FLUSH_H */
