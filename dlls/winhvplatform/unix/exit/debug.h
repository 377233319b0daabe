/*
 * Guest debugging
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
 * Exceptions that the client wants to see (#DB, #BP) and pending debug exceptions, by KVM_SET_GUEST_DEBUG.
 * Knows struct vp and kvm.h. Costs nothing for a vp that is not debugged.
 * While single-stepping KVM owns RFLAGS.TF: vp->arch.debug.stepping keeps the guest's own.
 * Source: Documentation/virt/kvm/api.rst 4.87.
 */

#ifndef __WHV_UNIX_EXIT_DEBUG_H
#define __WHV_UNIX_EXIT_DEBUG_H

#include "winhvplatformdefs.h"

struct vp;

/* Is it in the client's ExceptionExitBitmap? */
extern BOOL debug_wanted( const struct vp *vp, UINT8 vector );
/* What a pending debug exception says in DR6. */
extern UINT64 debug_pending_dr6( const struct vp *vp );
/* Before an entry: what properties and registers ask for. */
extern HRESULT debug_prepare( struct vp *vp );
/* ... and, when the interceptors have added theirs (vp->arch.intercept), KVM is told. */
extern HRESULT debug_apply( struct vp *vp );
/* KVM_EXIT_DEBUG: takes the RIP back to the INT1 that it came from, if it did. */
extern void debug_find_int1( struct vp *vp );
/* KVM_EXIT_DEBUG: TRUE if the client wants it (vector, parameter = DR6 for #DB),
 * else the exception is queued for the guest. */
extern BOOL debug_exit( struct vp *vp, UINT8 *vector, UINT64 *parameter );

/* A window that the client waits for has not been seen for a while by a KVM that emulates: the next instructions are
 * executed one by one, now and then, for a polling loop opens it for two or three. */
extern void debug_search( struct vp *vp );
/* The window has opened: the search for another one begins anew. */
extern void debug_found( struct vp *vp );
/* KVM_EXIT_DEBUG: TRUE if it is a step of the search, and nobody's business. */
extern BOOL debug_searched( struct vp *vp );

/* A KVM that emulates does INT3 of real mode by itself, whatever it is asked. So a breakpoint stands at the guest's
 * handler. KVM_EXIT_DEBUG: TRUE if it is this one ... */
extern BOOL debug_is_at_handler( struct vp *vp );
/* ... TRUE if INT3 has led there: the state is that before it, and the exit that of a #BP. Else the guest is to go on,
 * and takes a step over the breakpoint ... */
extern BOOL debug_undo_int3( struct vp *vp );
/* ... of which this says that it is done. */
extern BOOL debug_is_past_handler( struct vp *vp );

/* A new vcpu: KVM debugs nothing. */
extern void debug_created( struct vp *vp );
/* The vp begins anew; what is in force stays, because KVM steps on until it is told otherwise. */
extern void debug_reset( struct vp *vp );

#endif /* __WHV_UNIX_EXIT_DEBUG_H */
