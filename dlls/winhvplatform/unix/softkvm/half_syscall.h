/*
 * SYSCALL where KVM does half of it
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
 * A KVM that runs ring 3 natively and ring 0 in software may take a SYSCALL to LSTAR without leaving ring 3 (CS and SS
 * stay): the guest's kernel then sees a page fault of ring 3 at its own entry. A breakpoint at the page fault handler
 * shows it (in ring 3 no breakpoint works there), and the rest of the SYSCALL is done here in place of the fault.
 * Only where the host was measured to be such a KVM (host->syscall_half); all others pay one test of a flag per entry.
 * Knows struct vp, registers_x86.h, MSR exits by their number; is known by exit/ and run/.
 * Source: measurement; Intel SDM volume 2 (SYSCALL, SWAPGS).
 */

#ifndef __WHV_UNIX_SOFTKVM_HALF_SYSCALL_H
#define __WHV_UNIX_SOFTKVM_HALF_SYSCALL_H

#include "host/kvm.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* KVM has given up at an instruction: the guest may have changed its interrupt table meanwhile. */
static inline void syscall_look( struct vp *vp )
{
    vp->arch.syscall.look = 1;
}

/* The vp begins anew. */
extern void syscall_reset( struct vp *vp );

/* Before an entry, when stale: finds out LSTAR and the page fault handler, into vp->arch.syscall.entry and trap
 * (0: none); the caller sets the breakpoint at the trap. */
extern HRESULT syscall_prepare( struct vp *vp );
/* Before an entry: may the guest have moved its page fault handler? It has loaded another table, or KVM has given up at
 * an instruction since (which costs much more than to look, and which every return to ring 3
 * does on such a KVM: XRSTOR). */
static inline BOOL syscall_suspect( const struct vp *vp )
{
    const struct kvm_dtable *idt = &view_sregs( vp )->idt;

    return vp->arch.syscall.entry && (vp->arch.syscall.look || idt->base != vp->arch.syscall.idt.base ||
                                      idt->limit != vp->arch.syscall.idt.limit);
}
/* Has it? The table as of now is remembered. */
extern BOOL syscall_moved( struct vp *vp );
/* At an MSR exit: TRUE if it is the write that we asked for; it has been done, or error is set. */
extern BOOL syscall_msr( struct vp *vp );
/* A fault of ring 3, as its handler finds it on the stack. */
struct fault_frame
{
    UINT64 error, rip, cs, rflags, rsp, ss;
};

/* Was it the first half of a SYSCALL? Then the second is done, and the guest can go on. */
extern BOOL syscall_finish( struct vp *vp, const struct fault_frame *frame );
/* At a debug exit: TRUE if it was our breakpoint and the guest can go on. */
extern BOOL syscall_breakpoint( struct vp *vp );

#endif /* __WHV_UNIX_SOFTKVM_HALF_SYSCALL_H */
