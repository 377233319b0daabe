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
 * have elsewhere. The view is the sync area of the kvm_run page, edited in place, and this is the only file that knows
 * where it is and which of its sets differ from KVM's. Knows vp.h.
 * The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_VM_VIEW_X86_H
#define __WHV_UNIX_VM_VIEW_X86_H

#include <string.h>

#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

struct gva_context;

/* ---- what the client sees ---- */

static inline const struct kvm_regs *view_regs( const struct vp *vp )
{
    return &vp->run->s.regs.regs;
}

static inline const struct kvm_sregs *view_sregs( const struct vp *vp )
{
    return &vp->run->s.regs.sregs;
}

static inline const struct kvm_vcpu_events *view_events( const struct vp *vp )
{
    return &vp->run->s.regs.events;
}

extern void view_keep_regs( struct vp *vp );
extern BOOL view_has_edited( const struct vp *vp );
extern void view_convert_segment( struct shown_segment *shown, const struct kvm_segment *from );

/* ---- changing it ---- */

/* Places in kvm_regs, whose members are all of one size. */
#define REGS_COUNT      18
#define REGS_RIP        16
#define REGS_RFLAGS     17
#define REGS_ALL        ((1u << REGS_COUNT) - 1)

static inline UINT64 regs_at( const struct kvm_regs *regs, UINT32 place )
{
    return (&regs->rax)[place];
}

/* Whether general registers differ from KVM's is found by comparing those that were edited, before the entry. */
static inline void view_set_reg( struct vp *vp, UINT32 place, UINT64 value )
{
    UINT64 *reg = (UINT64 *)&vp->run->s.regs.regs.rax + place;

    if (!(vp->arch.view.edited >> place & 1))
    {
        if (*reg == value) return;
        (&vp->arch.view.kvm_regs.rax)[place] = *reg;
        /* in this order: the thread may be killed in between */
        __atomic_signal_fence( __ATOMIC_SEQ_CST );
        vp->arch.view.edited |= 1u << place;
        __atomic_signal_fence( __ATOMIC_SEQ_CST );
    }
    *reg = value;
}

/* For whoever edits many of them. */
static inline struct kvm_regs *view_edit_regs( struct vp *vp )
{
    if (vp->arch.view.edited != REGS_ALL) view_keep_regs( vp );
    return &vp->run->s.regs.regs;
}

/* Before the first change behind an exit: KVM's own, for what it may have pending. */
static inline void view_keep_sregs( struct vp *vp )
{
    if (!(vp->arch.view.dirty & KVM_SYNC_X86_SREGS)) vp->arch.view.kvm_sregs = vp->run->s.regs.sregs;
}

static inline struct kvm_sregs *view_edit_sregs( struct vp *vp )
{
    view_keep_sregs( vp );
    vp->arch.view.dirty |= KVM_SYNC_X86_SREGS;
    return &vp->run->s.regs.sregs;
}

static inline struct kvm_vcpu_events *view_edit_events( struct vp *vp )
{
    vp->arch.view.dirty |= KVM_SYNC_X86_EVENTS;
    return &vp->run->s.regs.events;
}

/* Part of the special registers, by its offset: clients write back whole register files,
 * and what is unchanged need not go to KVM. */
static inline void view_set_sregs( struct vp *vp, UINT32 offset, const void *data, UINT32 size )
{
    if (memcmp( (const UINT8 *)view_sregs( vp ) + offset, data, size ))
        memcpy( (UINT8 *)view_edit_sregs( vp ) + offset, data, size );
}

/* A code segment of 64 bits outside of long mode, or one of 32 bits too in it. */
static inline BOOL view_has_odd_code( const struct vp *vp )
{
    const struct kvm_sregs *sregs = view_sregs( vp );

    return sregs->cs.l && (!(sregs->efer & EFER_LMA) || sregs->cs.db);
}

/* Before the entry, for a client may set the segment first and the mode after it. Outside of long mode a processor does
 * not look at the bit, but KVM refuses all registers with it (kvm_is_valid_sregs, arch/x86/kvm/x86.c). FALSE: no
 * processor is in that state, though a KVM that executes in software would be. */
static inline BOOL view_settle_code( struct vp *vp )
{
    if (!view_has_odd_code( vp )) return 1;
    if (view_sregs( vp )->efer & EFER_LMA) return 0;
    view_edit_sregs( vp )->cs.l = 0;
    return 1;
}

/* What __set_sregs would queue: what is pending is said by the events. */
static inline void view_clear_bitmap( struct vp *vp )
{
    memset( vp->run->s.regs.sregs.interrupt_bitmap, 0, sizeof(vp->run->s.regs.sregs.interrupt_bitmap) );
}

/* CR8, by another way than the view: KVM has it already. */
static inline void view_note_cr8( struct vp *vp, UINT8 cr8 )
{
    vp->run->s.regs.sregs.cr8 = cr8;
}

/* These sets (KVM_SYNC_X86_*) go to KVM with the next entry, whether they look changed or not. */
static inline void view_touch( struct vp *vp, UINT32 sets )
{
    vp->arch.view.dirty |= sets;
}

static inline BOOL view_is_dirty( const struct vp *vp, UINT32 sets )
{
    return (vp->arch.view.dirty & sets) != 0;
}

/* ---- beside what KVM holds ---- */

/* General registers as KVM has them. */
static inline const struct kvm_regs *view_kvm_regs( struct vp *vp )
{
    if (vp->arch.view.edited != REGS_ALL) view_keep_regs( vp );
    return &vp->arch.view.kvm_regs;
}

/* One of them. */
static inline UINT64 view_kvm_reg( const struct vp *vp, UINT32 place )
{
    return regs_at( vp->arch.view.edited >> place & 1 ? &vp->arch.view.kvm_regs : view_regs( vp ), place );
}

/* Special registers as KVM has them while something is pending there. */
static inline const struct kvm_sregs *view_kvm_sregs( const struct vp *vp )
{
    return vp->arch.view.dirty & KVM_SYNC_X86_SREGS ? &vp->arch.view.kvm_sregs : view_sregs( vp );
}

/* Has the client changed general registers? */
static inline BOOL view_differs( const struct vp *vp )
{
    if (vp->arch.view.edited == 1u << REGS_RIP) return view_regs( vp )->rip != vp->arch.view.kvm_regs.rip;
    return vp->arch.view.edited && view_has_edited( vp );
}

/* KVM has stored its general registers: they are what the client sees. It hides TF while it steps for the client. */
static inline void view_take( struct vp *vp )
{
    if (vp->arch.debug.stepping) vp->run->s.regs.regs.rflags |= RFLAGS_TF;
    vp->arch.view.edited = 0;
}

/* KVM has taken all that was dirty. */
static inline void view_clean( struct vp *vp )
{
    vp->arch.view.dirty = 0;
}

/* For a KVM_RUN whose register sets are not the client's business: the view is put by, KVM's own registers stand in its
 * place, and it is put back. */
static inline void view_put_by( struct vp *vp, struct kvm_sync_regs *view )
{
    view_keep_sregs( vp );
    *view = vp->run->s.regs;
    vp->run->s.regs.regs = *view_kvm_regs( vp );
    vp->run->s.regs.sregs = vp->arch.view.kvm_sregs;
}

static inline void view_put_back( struct vp *vp, const struct kvm_sync_regs *view )
{
    vp->run->s.regs = *view;
}

/* The whole of it, for an entry that KVM may refuse: it then shows its own,
 * and what the client has set would be lost. */
static inline void view_copy( const struct vp *vp, struct kvm_sync_regs *view )
{
    *view = vp->run->s.regs;
}

/* For KVM_RUN: which sets go in, and that all come out.
 * What others change while the vp is out of the guest stays KVM's. */
static inline void view_offer( struct vp *vp )
{
    struct kvm_run *run = vp->run;

    run->kvm_valid_regs = SYNC_ALL;
    run->kvm_dirty_regs = vp->arch.view.dirty;
    if ((vp->arch.view.dirty & KVM_SYNC_X86_EVENTS) && apic_present( vp->partition ))
        run->s.regs.events.flags &= ~REMOTE_EVENTS;
    run->cr8 = run->s.regs.sregs.cr8;
}

/* The next entry is made with these in place of the client's own system registers; and what has come out of KVM is made
 * the client's again: what the guest itself has loaded since then, as far as it could, is what the client sees. A page
 * fault that nobody but us has seen has not changed CR2. */
extern void view_mask( struct vp *vp, const struct system_registers *mask );
extern void view_unmask( struct vp *vp );
/* The same for what has come out of KVM by another way than the entry. */
static inline void view_unmask_kvm( struct vp *vp )
{
    vp->arch.view.mask_shown = vp->arch.view.masked;
    view_unmask( vp );
}
/* The client's own. */
extern void view_get_system( const struct vp *vp, struct system_registers *system );
/* KVM is to have the client's own again. */
static inline void view_drop_mask( struct vp *vp )
{
    if (vp->arch.view.masked) view_edit_sregs( vp );
    vp->arch.view.masked = vp->arch.view.mask_shown = 0;
}

/* The client's view goes to KVM as it is, without an entry. HRESULTs of KVM errors; ERROR_HV_INVALID_REGISTER_VALUE. */
extern HRESULT view_give( struct vp *vp );
/* Registers that KVM may have changed outside of an entry become the client's. HRESULTs of KVM errors. */
extern HRESULT view_follow( struct vp *vp, BOOL *changed );

/* Mode of the code segment, CPL, and the paging registers, from the client's view. */
static inline enum insn_mode vp_insn_mode( const struct vp *vp )
{
    const struct kvm_sregs *sregs = view_sregs( vp );

    if ((sregs->efer & EFER_LMA) && sregs->cs.l) return INSN_MODE_64;
    if (!(sregs->cr0 & CR0_PE) || (view_regs( vp )->rflags & RFLAGS_VM)) return INSN_MODE_16;
    return sregs->cs.db ? INSN_MODE_32 : INSN_MODE_16;
}

static inline UINT8 vp_cpl( const struct vp *vp )
{
    const struct kvm_sregs *sregs = view_sregs( vp );

    if (!(sregs->cr0 & CR0_PE)) return 0;
    if (view_regs( vp )->rflags & RFLAGS_VM) return 3;
    return sregs->ss.dpl;
}

/* Bytes of the stack pointer that count. */
extern UINT8 vp_stack_size( const struct vp *vp );
extern void vp_gva_context( const struct vp *vp, struct gva_context *context );

/* Where in kvm_regs a general register is, by its number (rax rcx rdx rbx rsp ...). */
static inline UINT32 regs_place( UINT8 reg )
{
    static const UINT8 places[16] = { 0, 2, 3, 1, 6, 7, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15 };

    return places[reg & 15];
}

static inline UINT64 regs_get_gpr( const struct kvm_regs *regs, UINT8 reg )
{
    return regs_at( regs, regs_place( reg ) );
}

/* All of them in that order. */
extern void regs_to_gpr( const struct kvm_regs *regs, UINT64 gpr[16] );
extern void regs_from_gpr( struct kvm_regs *regs, const UINT64 gpr[16] );

/* One of the segment registers ES, CS, SS, DS as the client sees it: exits show up to three, which seldom change. */
static inline void view_show_segment( struct vp *vp, UINT8 index, WHV_X64_SEGMENT_REGISTER *to )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    const struct kvm_segment *from = index == SEGMENT_CS ? &sregs->cs : index == SEGMENT_DS ? &sregs->ds :
                                     index == SEGMENT_SS ? &sregs->ss : &sregs->es;
    struct shown_segment *shown = &vp->arch.view.shown[index];
    const UINT64 *now = (const UINT64 *)from, *then = (const UINT64 *)&shown->kvm;

    if ((now[0] ^ then[0]) | (now[1] ^ then[1]) | (now[2] ^ then[2])) view_convert_segment( shown, from );
    *to = shown->whv;
}

/* Segments of KVM's in the API's form. Both begin with base, limit and selector at the same places; the attributes are
 * built from the highest bit down, each field being within its bits: KVM and segment_to_kvm keep them so. */
static inline void segment_from_kvm( const struct kvm_segment *from, WHV_X64_SEGMENT_REGISTER *to )
{
    UINT32 attributes = from->g;

    attributes = attributes * 2 + from->db;
    attributes = attributes * 2 + from->l;
    attributes = attributes * 2 + from->avl;
    attributes = attributes * 32 + (from->present & (from->unusable ^ 1));
    attributes = attributes * 4 + from->dpl;
    attributes = attributes * 2 + from->s;
    /* kvm_intel marks segments accessed that there are not */
    attributes = attributes * 16 + (from->type & ~from->unusable);
    memcpy( to, from, sizeof(*to) );
    to->Attributes = attributes;
}

extern void segment_to_kvm( const WHV_X64_SEGMENT_REGISTER *from, struct kvm_segment *to );

#endif /* __WHV_UNIX_VM_VIEW_X86_H */
