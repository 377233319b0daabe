/*
 * Exits that KVM does not have
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
 * For the run loop: which interceptor serves an entry, if any. Whoever asks for no such exit never comes here: the
 * loop's test for a plain entry looks at what the properties ask for.
 * Knows the interceptors and the properties; knows no exit context: exit/exceptions.h makes one of what was caught.
 * The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_INTERCEPT_INTERCEPT_H
#define __WHV_UNIX_INTERCEPT_INTERCEPT_H

#include "vm/view_x86.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* A new vcpu: KVM knows of nothing. */
extern void intercept_created( struct vp *vp );
/* A vp is created, or the properties have changed: what it may need to intercept is made ready. The partition and the
 * vp are locked. E_OUTOFMEMORY; HRESULTs of KVM errors. */
extern HRESULT intercept_configure( struct vp *vp );

/* Before an entry, as the last thing that changes what goes in. TRUE: the guest is at an instruction that exits, and
 * is not to be entered; vp->arch.intercept.caught says what it is. */
extern BOOL intercept_prepare( struct vp *vp );
/* Has it something to ask of debug_apply (exit/debug.h)? */
static inline BOOL intercept_debugs( const struct vp *vp )
{
    return vp->arch.intercept.step || vp->arch.intercept.stop_count;
}
/* A step is to be made in an interrupt shadow. kvm_intel ends the shadow at the entry, and would find a window open
 * that begins behind this instruction. */
static inline BOOL intercept_in_shadow( const struct vp *vp )
{
    return vp->arch.intercept.step && view_events( vp )->interrupt.shadow;
}

/* What is remembered of the guest's memory may be gone. */
static inline void intercept_forget( struct vp *vp )
{
    vp->arch.intercept.peek.page = ~0ull;
    vp->arch.handlers.proven = 0;
}

extern int intercept_finish( struct vp *vp, int ret );

/* Behind an entry that intercept_prepare was called for; ret: of KVM_RUN. run->exit_reason becomes INTERCEPT_EXIT
 * (interceptor.h), with what was caught in vp->arch.intercept.caught; KVM_EXIT_SHUTDOWN for a triple fault;
 * KVM_EXIT_INTR if the guest goes on; or stays what it is. Returns ret, or 0 for an exit that KVM_RUN has not made. */
static inline int intercept_left( struct vp *vp, int ret )
{
    return vp->arch.intercept.active ? intercept_finish( vp, ret ) : ret;
}

#endif /* __WHV_UNIX_INTERCEPT_INTERCEPT_H */
