/*
 * Exception exits
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
 * #DB and #BP that the client wants to see, as KVM reports them, as they are pending, and as this side has executed
 * them. Knows debug.h, the rewind and context.h.
 */

#ifndef __WHV_UNIX_EXIT_EXCEPTIONS_H
#define __WHV_UNIX_EXIT_EXCEPTIONS_H

#include "winhvplatformdefs.h"

struct vp;

/* A pending debug exception, if the client wants to see #DB: TRUE if that was an exit. */
extern BOOL exits_pending_debug( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );

/* An instruction was executed here under TF: the trap behind it, as KVM would have reported it. */
extern BOOL exits_step_trap( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );

/* INT3 and INT1 that KVM refuses, and can't intercept therefore: the client has the first word about them. */
extern BOOL exits_software_exception( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );
/* An exception that has been injected here, for an instruction that KVM leaves to us: no processor will show it. FALSE:
 * there is none, or it is the guest's. */
extern BOOL exits_raised( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );
/* What an interceptor has caught (vp->arch.intercept.caught). */
extern BOOL exits_caught( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );
/* The guest is at a VMCALL or VMMCALL, of which nothing is done yet: the client answers, and advances RIP. */
extern BOOL exits_hypercall( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );
extern BOOL exits_debug( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );

#endif /* __WHV_UNIX_EXIT_EXCEPTIONS_H */
