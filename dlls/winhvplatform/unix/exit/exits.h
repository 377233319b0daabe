/*
 * Exits
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
 * KVM exit -> WHV exit context. One handler per KVM exit reason, in a table.
 * Each leaves in the kvm_run page the client's view (the state before the instruction) and in vp->arch.pending what
 * KVM owes. Knows the files of this room, one for each kind of exit, the APIC, and resume/flush.h; the counterpart for
 * the way back is resume/complete.h.
 * The vp is locked and out of the guest. No system call in here on the paths that matter.
 */

#ifndef __WHV_UNIX_EXIT_EXITS_H
#define __WHV_UNIX_EXIT_EXITS_H

#include "exit/context.h"
#include "exit/straight.h"
#include "host/kvm.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

extern BOOL exits_dispatch( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );

/* Handle what KVM_RUN has come back with (run->exit_reason).
 * TRUE: exit is for the client. FALSE: nothing to tell, run on. */
static inline BOOL exits_handle( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    if (vp->run->exit_reason == KVM_EXIT_IO && straight_io( vp, exit )) return 1;
    if (vp->run->exit_reason == KVM_EXIT_MMIO && straight_mmio( vp, exit )) return 1;
    if (vp->run->exit_reason == KVM_EXIT_HLT)
    {
        exits_begin( vp, exit, WHvRunVpExitReasonX64Halt, 0 );
        return 1;
    }
    return exits_dispatch( vp, exit );
}

#endif /* __WHV_UNIX_EXIT_EXITS_H */
