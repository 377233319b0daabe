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

#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* A vp is created, or the properties have changed: what it may need to intercept is made ready. The partition and the
 * vp are locked. E_OUTOFMEMORY; HRESULTs of KVM errors. */
extern HRESULT intercept_configure( struct vp *vp );

/* Before an entry: who serves it, and what the debugger is to do for that (vp->arch.intercept.debug); and, when that is
 * done, as the last thing that changes what goes in. */
extern void intercept_plan( struct vp *vp );
extern void intercept_prepare( struct vp *vp );

extern int intercept_finish( struct vp *vp, int ret );

/* Behind an entry that they were called for; ret: of KVM_RUN. run->exit_reason becomes INTERCEPT_EXIT
 * (interceptor.h), with what was caught in vp->arch.intercept.caught; KVM_EXIT_SHUTDOWN for a triple fault;
 * KVM_EXIT_INTR if the guest goes on; or stays what it is. Returns ret, or 0 for an exit that KVM_RUN has not made. */
static inline int intercept_left( struct vp *vp, int ret )
{
    return vp->arch.intercept.active ? intercept_finish( vp, ret ) : ret;
}

#endif /* __WHV_UNIX_INTERCEPT_INTERCEPT_H */
