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
 * Each leaves in the kvm_run page the client's view (the state before the instruction) and in vp->pending what KVM owes.
 * Knows struct vp, rewind.h (finding the instruction), insn.h; the counterpart for the way back is complete.h.
 * The vp is locked and out of the guest. No system call in here on the paths that matter.
 */

#ifndef __WHV_UNIX_EXITS_H
#define __WHV_UNIX_EXITS_H

#include "vp.h"

#define CR0_PE      0x00000001ull
#define CR0_AM      0x00040000ull
#define CR0_PG      0x80000000ull
#define EFER_LMA    0x400ull
#define RFLAGS_CF   0x1ull
#define RFLAGS_PF   0x4ull
#define RFLAGS_AF   0x10ull
#define RFLAGS_ZF   0x40ull
#define RFLAGS_SF   0x80ull
#define RFLAGS_TF   0x100ull
#define RFLAGS_IF   0x200ull
#define RFLAGS_DF   0x400ull
#define RFLAGS_RF   0x10000ull
#define RFLAGS_VM   0x20000ull

/* One line for what the client is shown, with WINEDEBUG=+whv. */
extern void exits_trace( UINT32 index, const WHV_RUN_VP_EXIT_CONTEXT *exit );

/* Handle what KVM_RUN has come back with (0: run->exit_reason; exits_host_fault: -EFAULT).
 * TRUE: vp->exit is for the client. FALSE: nothing to tell, run on. */
extern BOOL exits_handle( struct vp *vp );
extern BOOL exits_host_fault( struct vp *vp );

/* The client runs a read-modify-write again whose second half lies on a page that could not be written: the half is stored if
 * it can be by now, and the instruction is over; else TRUE, and the exit is given once more. Before every entry. */
extern BOOL exits_half( struct vp *vp );

/* Exits that KVM has no part in. */
/* A pending debug exception, if the client wants to see #DB: TRUE if that was an exit. */
extern BOOL exits_pending_debug( struct vp *vp );
extern void exits_canceled( struct vp *vp );
extern void exits_invalid_register( struct vp *vp );
extern void exits_window( struct vp *vp, WHV_X64_PENDING_INTERRUPTION_TYPE type );
/* The interrupt window: disarms it. */
extern void exits_window_open( struct vp *vp );
extern void exits_cpuid( struct vp *vp, UINT32 eax, UINT32 ecx, const WHV_CPUID_OUTPUT *result );

#endif /* __WHV_UNIX_EXITS_H */
