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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "host/errors.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "memory/gva_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

C_ASSERT( sizeof(struct kvm_regs) == REGS_COUNT * sizeof(UINT64) );

UINT8 vp_stack_size( const struct vp *vp )
{
    if (vp_insn_mode( vp ) == INSN_MODE_64) return 8;
    return view_sregs( vp )->ss.db ? 4 : 2;
}

void vp_gva_context( const struct vp *vp, struct gva_context *context )
{
    const struct kvm_sregs *sregs = view_sregs( vp );

    *context = (struct gva_context)
    {
        .map = &vp->partition->gpa,
        .cr0 = sregs->cr0,
        .cr3 = sregs->cr3,
        .cr4 = sregs->cr4,
        .efer = sregs->efer,
        .rflags = view_regs( vp )->rflags,
        .cpl = vp_cpl( vp ),
        .phys_bits = vp->partition->props.phys_bits,
        .has_1g_pages = vp->partition->props.banks.AsUINT64[0] >> 15 & 1,       /* Page1GbSupport */
    };
}

void regs_to_gpr( const struct kvm_regs *regs, UINT64 gpr[16] )
{
    gpr[RAX] = regs->rax;
    gpr[RCX] = regs->rcx;
    gpr[RDX] = regs->rdx;
    gpr[RBX] = regs->rbx;
    gpr[RSP] = regs->rsp;
    gpr[RBP] = regs->rbp;
    gpr[RSI] = regs->rsi;
    gpr[RDI] = regs->rdi;
    /* R8 to R15 are in order and adjacent */
    memcpy( gpr + 8, &regs->r8, 8 * sizeof(*gpr) );
}

void regs_from_gpr( struct kvm_regs *regs, const UINT64 gpr[16] )
{
    regs->rax = gpr[RAX];
    regs->rcx = gpr[RCX];
    regs->rdx = gpr[RDX];
    regs->rbx = gpr[RBX];
    regs->rsp = gpr[RSP];
    regs->rbp = gpr[RBP];
    regs->rsi = gpr[RSI];
    regs->rdi = gpr[RDI];
    memcpy( &regs->r8, gpr + 8, 8 * sizeof(*gpr) );
}

/* what segment_from_kvm stands on */
C_ASSERT( offsetof( struct kvm_segment, base ) == offsetof( WHV_X64_SEGMENT_REGISTER, Base ));
C_ASSERT( offsetof( struct kvm_segment, limit ) == offsetof( WHV_X64_SEGMENT_REGISTER, Limit ));
C_ASSERT( offsetof( struct kvm_segment, selector ) == offsetof( WHV_X64_SEGMENT_REGISTER, Selector ));

void segment_to_kvm( const WHV_X64_SEGMENT_REGISTER *from, struct kvm_segment *to )
{
    memset( to, 0, sizeof(*to) );
    to->base = from->Base;
    to->limit = from->Limit;
    to->selector = from->Selector;
    to->type = from->Attributes & 15;
    to->s = from->Attributes >> 4 & 1;
    to->dpl = from->Attributes >> 5 & 3;
    to->present = from->Attributes >> 7 & 1;
    to->avl = from->Attributes >> 12 & 1;
    to->l = from->Attributes >> 13 & 1;
    to->db = from->Attributes >> 14 & 1;
    to->g = from->Attributes >> 15 & 1;
    to->unusable = !to->present;
    if (to->unusable) return;
    /* VMX enters only with a granularity that can express the limit;
     * Windows itself hands out limits of 4G with G clear */
    if (to->limit > 0xfffff) to->g = 1;
    else if ((to->limit & 0xfff) != 0xfff) to->g = 0;
}

/* All of them are KVM's as of now, and may be edited from here on. */
void view_keep_regs( struct vp *vp )
{
    struct kvm_regs *kvm = &vp->arch.view.kvm_regs;
    UINT32 left, place;

    /* those that were edited are never out of their place, not even for a moment: the thread may be killed */
    if (!vp->arch.view.edited) *kvm = *view_regs( vp );
    else for (left = REGS_ALL & ~vp->arch.view.edited; left; left &= left - 1)
    {
        place = __builtin_ctz( left );
        (&kvm->rax)[place] = regs_at( view_regs( vp ), place );
    }
    __atomic_signal_fence( __ATOMIC_SEQ_CST );
    vp->arch.view.edited = REGS_ALL;
}

BOOL view_has_edited( const struct vp *vp )
{
    UINT32 left, place;

    if (vp->arch.view.edited == REGS_ALL)
        return memcmp( view_regs( vp ), &vp->arch.view.kvm_regs, sizeof(struct kvm_regs) ) != 0;
    for (left = vp->arch.view.edited; left; left &= left - 1)
    {
        place = __builtin_ctz( left );
        if (regs_at( view_regs( vp ), place ) != regs_at( &vp->arch.view.kvm_regs, place )) return 1;
    }
    return 0;
}

void view_convert_segment( struct shown_segment *shown, const struct kvm_segment *from )
{
    /* the thread may be killed in between: until all is said this is the form of no segment */
    shown->kvm.padding = ~from->padding;
    __atomic_signal_fence( __ATOMIC_SEQ_CST );
    segment_from_kvm( from, &shown->whv );
    __atomic_signal_fence( __ATOMIC_SEQ_CST );
    shown->kvm = *from;
}

void view_get_system( const struct vp *vp, struct system_registers *system )
{
    const struct kvm_sregs *sregs = view_sregs( vp );

    memset( system, 0, sizeof(*system) );
    system->cr3 = sregs->cr3;
    system->cr4 = sregs->cr4;
    system->gdt = sregs->gdt;
    system->idt = sregs->idt;
    system->tr = sregs->tr;
}

static void put_system( struct kvm_sregs *sregs, const struct system_registers *system )
{
    sregs->cr3 = system->cr3;
    sregs->cr4 = system->cr4;
    sregs->gdt = system->gdt;
    sregs->idt = system->idt;
    sregs->tr = system->tr;
}

void view_mask( struct vp *vp, const struct system_registers *mask )
{
    struct kvm_sregs *sregs = view_edit_sregs( vp );

    view_get_system( vp, &vp->arch.view.own );
    vp->arch.view.cr2 = sregs->cr2;
    vp->arch.view.mask = *mask;
    vp->arch.view.masked = vp->arch.view.mask_shown = 1;
    put_system( sregs, mask );
    view_clear_bitmap( vp );
}

void view_unmask( struct vp *vp )
{
    const struct system_registers *mask = &vp->arch.view.mask, *own = &vp->arch.view.own;
    struct kvm_sregs *sregs = &vp->run->s.regs.sregs;

    if (!vp->arch.view.mask_shown) return;
    vp->arch.view.mask_shown = 0;
    if (sregs->cr3 == mask->cr3)
    {
        sregs->cr3 = own->cr3;
        sregs->cr2 = vp->arch.view.cr2;
    }
    if (sregs->cr4 == mask->cr4) sregs->cr4 = own->cr4;
    if (sregs->gdt.base == mask->gdt.base && sregs->gdt.limit == mask->gdt.limit) sregs->gdt = own->gdt;
    if (sregs->idt.base == mask->idt.base && sregs->idt.limit == mask->idt.limit) sregs->idt = own->idt;
    if (sregs->tr.base == mask->tr.base && sregs->tr.limit == mask->tr.limit) sregs->tr = own->tr;
}

HRESULT view_give( struct vp *vp )
{
    struct kvm_sync_regs *view = &vp->run->s.regs;
    int ret;

    if (!vp->arch.view.dirty && !view_differs( vp )) return S_OK;
    view_clear_bitmap( vp );
    view->events.flags &= ~REMOTE_EVENTS;
    if ((ret = kvm_set_sregs( vp->fd, &view->sregs )) < 0 || (ret = kvm_set_regs( vp->fd, &view->regs )) < 0 ||
        (ret = kvm_set_vcpu_events( vp->fd, &view->events )) < 0)
        return ret == -EINVAL ? ERROR_HV_INVALID_REGISTER_VALUE : hresult_from_errno( ret );
    vp->arch.view.edited = 0;
    vp->arch.view.masked = vp->arch.view.mask_shown = 0;
    view_clean( vp );
    return S_OK;
}

HRESULT view_follow( struct vp *vp, BOOL *changed )
{
    struct kvm_sync_regs *view = &vp->run->s.regs;
    struct kvm_regs regs;
    int ret;

    *changed = 0;
    if ((ret = kvm_get_regs( vp->fd, &regs )) < 0) return hresult_from_errno( ret );
    /* KVM hides the flag while it steps */
    if (!((regs.rflags ^ view->regs.rflags) & ~(UINT64)RFLAGS_TF)) regs.rflags = view->regs.rflags;
    if (!memcmp( &regs, &view->regs, sizeof(regs) )) return S_OK;
    if ((ret = kvm_get_sregs( vp->fd, &view->sregs )) < 0 || (ret = kvm_get_vcpu_events( vp->fd, &view->events )) < 0)
        return hresult_from_errno( ret );
    view_unmask_kvm( vp );
    view->regs = regs;
    vp->arch.view.edited = 0;
    *changed = 1;
    return S_OK;
}
