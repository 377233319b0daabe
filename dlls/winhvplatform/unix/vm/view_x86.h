/*
 * The client's view of the registers
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
 * The registers as the client sees them, and what follows from them: mode, privilege, paging; and the forms that they
 * have elsewhere.
 * The view is the sync area of the kvm_run page, edited in place. Knows vp.h.
 * The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_VM_VIEW_X86_H
#define __WHV_UNIX_VM_VIEW_X86_H

#include "insn/insn.h"
#include "winhvplatformdefs.h"

struct gva_context;
struct kvm_regs;
struct kvm_segment;
struct vp;

/* Mode of the code segment, CPL, and the paging registers, from the client's view. */
extern enum insn_mode vp_insn_mode( const struct vp *vp );
extern UINT8 vp_cpl( const struct vp *vp );
extern void vp_gva_context( const struct vp *vp, struct gva_context *context );

/* kvm_regs' general registers in encoding order (rax rcx rdx rbx rsp ...). */
extern void regs_to_gpr( const struct kvm_regs *regs, UINT64 gpr[16] );
extern void regs_from_gpr( struct kvm_regs *regs, const UINT64 gpr[16] );
extern void segment_from_kvm( const struct kvm_segment *from, WHV_X64_SEGMENT_REGISTER *to );

extern void segment_to_kvm( const WHV_X64_SEGMENT_REGISTER *from, struct kvm_segment *to );

#endif /* __WHV_UNIX_VM_VIEW_X86_H */
