/*
 * Completion
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
 * What the client left in the registers -> what to tell KVM at the next KVM_RUN.
 * If it is what KVM's own completion gives for some data: that data, one KVM_RUN. Else flush: let KVM finish the old
 * instruction without side effects (immediate_exit), then load the client's registers over it.
 * Knows struct vp and kvm.h; knows nothing of exit contexts.
 * The vp is locked and out of the guest. Source: arch/x86/kvm/x86.c, kvm_arch_vcpu_ioctl_run and complete_*.
 */

#ifndef __WHV_UNIX_RESUME_COMPLETE_H
#define __WHV_UNIX_RESUME_COMPLETE_H

#include "host/bytes.h"
#include "host/x86.h"
#include "insn/brief.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* Something is pending at an instruction that there are few words for, and the client has changed RIP and the register
 * that is loaded, as KVM's own completion will, and nothing else: KVM is given the data. FALSE: it may be so, or
 * not. */
static inline BOOL complete_briefly( struct vp *vp )
{
    const struct insn_brief *brief = vp->arch.pending.brief;
    UINT32 place;
    UINT64 value;

    if (vp->arch.view.dirty || !brief) return 0;
    place = regs_place( brief->reg );
    value = regs_at( view_regs( vp ), place );
    if (view_regs( vp )->rip != vp->arch.pending.end || (view_regs( vp )->rflags & (RFLAGS_TF | RFLAGS_RF))) return 0;
    /* RF was taken from the view at the exit, and KVM's completion clears it too */
    if ((vp->arch.view.edited >> REGS_RFLAGS & 1) &&
        view_regs( vp )->rflags != (vp->arch.view.kvm_regs.rflags & ~RFLAGS_RF)) return 0;
    if (vp->arch.view.edited & ~(1u << REGS_RIP | 1u << REGS_RFLAGS | 1u << place)) return 0;
    if ((value & brief->zero) | ((value ^ view_kvm_reg( vp, place )) & brief->kept)) return 0;
    if (vp->arch.pending.kind == PENDING_IN) store32( (UINT8 *)vp->run + vp->run->io.data_offset, value );
    else if (vp->arch.pending.kind == PENDING_LOAD) store64( vp->run->mmio.data, value & ~brief->kept );
    return 1;
}

extern HRESULT complete_pending( struct vp *vp );

/* Before every entry: settles what is pending against the client's view, and marks what of the view is to go to KVM. */
static inline HRESULT complete_prepare( struct vp *vp )
{
    if (!vp->arch.view.dirty && vp->arch.pending.kind == PENDING_NONE)
    {
        if (view_differs( vp )) view_touch( vp, KVM_SYNC_X86_REGS );
        return S_OK;
    }
    return complete_briefly( vp ) ? S_OK : complete_pending( vp );
}

/* With PENDING_HALF: does the client run the instruction again, as it was shown to it? */
extern BOOL complete_is_rerun( const struct vp *vp );

#endif /* __WHV_UNIX_RESUME_COMPLETE_H */
