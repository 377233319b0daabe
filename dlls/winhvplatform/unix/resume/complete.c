/*
 * Completion: what the client left -> what KVM must do
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

#include <string.h>

#include "host/bytes.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/access.h"
#include "insn/insn.h"
#include "resume/complete.h"
#include "resume/flush.h"
#include "resume/pending.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

static UINT64 get_gpr( UINT64 value, UINT8 reg, UINT8 size )
{
    return reg >= INSN_REG_AH ? (UINT8)(value >> 8) : value & insn_size_mask( size );
}

/* By the rules of the mode, as insn_set_gpr() does it. */
static UINT64 set_gpr( UINT64 old, UINT8 reg, UINT8 size, UINT64 value )
{
    UINT64 mask = insn_size_mask( size );

    if (reg >= INSN_REG_AH) return (old & ~0xff00ull) | (UINT64)(UINT8)value << 8;
    return size == 4 ? (UINT32)value : (old & ~mask) | (value & mask);
}

/* KVM's completion reads data_size bytes and writes size bytes of a register: with which data does that give what the
 * client's view has there? written: places of registers that the completion writes. */
static BOOL predict_gpr( const struct vp *vp, const struct insn *insn, UINT8 reg, UINT8 size, UINT8 data_size,
                         BOOL sign, UINT64 *data, UINT32 *written )
{
    UINT32 place = regs_place( reg >= INSN_REG_AH ? reg - INSN_REG_AH : reg );
    UINT64 view = regs_at( view_regs( vp ), place ), value = get_gpr( view, reg, size );

    *data = value & insn_size_mask( data_size );
    if (insn->op == INSN_MOVBE) *data = __builtin_bswap64( *data ) >> (8 - data_size) * 8;
    else if (data_size < size)
    {
        UINT64 extended = sign ? (UINT64)insn_sign_extend( *data, data_size ) : *data;

        if ((extended & insn_size_mask( size )) != value) return 0;
    }
    *written |= 1u << place;
    return set_gpr( view_kvm_reg( vp, place ), reg, size, value ) == view;
}

static BOOL predict_lods( const struct vp *vp, const struct insn *insn, UINT64 *data, UINT32 *written )
{
    UINT32 place = regs_place( RSI );
    UINT64 old = view_kvm_reg( vp, place );
    UINT64 moved = get_gpr( old, RSI, insn->address_size ) + insn_string_step( insn, view_regs( vp )->rflags );

    *written |= 1u << place;
    return set_gpr( old, RSI, insn->address_size, moved ) == view_regs( vp )->rsi &&
           predict_gpr( vp, insn, RAX, insn->operand_size, insn->operand_size, 0, data, written );
}

/* Is the client's view what KVM makes of the pending instruction with some data? Then feed that data. */
static BOOL predict( struct vp *vp )
{
    struct kvm_run *run = vp->run;
    const struct insn *insn = vp->arch.pending.insn;
    const struct kvm_regs *view = view_regs( vp );
    UINT32 written = 1u << REGS_RIP | 1u << REGS_RFLAGS, left, place;
    UINT64 data;

    if (view->rip != vp->arch.pending.end) return 0;
    /* KVM in hardware would trap behind what it completes, but the client has done it, and steps from there */
    if (view->rflags & RFLAGS_TF) return 0;
    if (view->rflags != (view_kvm_reg( vp, REGS_RFLAGS ) & ~RFLAGS_RF)) return 0;

    switch (vp->arch.pending.kind)
    {
    case PENDING_OUT:
        break;
    case PENDING_IN:
        if (!predict_gpr( vp, insn, RAX, insn->operand_size, insn->operand_size, 0, &data, &written )) return 0;
        store32( (UINT8 *)run + run->io.data_offset, data );
        break;
    case PENDING_LOAD:
        if (insn->op == INSN_LODS)
        {
            if (!predict_lods( vp, insn, &data, &written )) return 0;
        }
        else if (!predict_gpr( vp, insn, insn->operands[0].reg, insn->operands[0].size, insn->mem.size,
                               insn->op == INSN_MOVSX, &data, &written )) return 0;
        store64( run->mmio.data, data );
        break;
    case PENDING_MSR:
        run->msr.error = 0;
        /* what stands in memory may be the other one by now */
        if (run->exit_reason == KVM_EXIT_X86_WRMSR) break;
        if (!predict_gpr( vp, insn, RAX, 4, 4, 0, &data, &written )) return 0;
        run->msr.data = data;
        if (!predict_gpr( vp, insn, RDX, 4, 4, 0, &data, &written )) return 0;
        run->msr.data |= data << 32;
        break;
    default:
        return 0;
    }
    /* the others are as KVM has them */
    for (left = vp->arch.view.edited & ~written; left; left &= left - 1)
    {
        place = __builtin_ctz( left );
        if (regs_at( view, place ) != view_kvm_reg( vp, place )) return 0;
    }
    return 1;
}

/* An interrupt or NMI that the client adds comes behind the instruction then,
 * as if it had been raised a moment later. */
BOOL complete_is_rerun( const struct vp *vp )
{
    return !view_is_dirty( vp, KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS ) && !view_events( vp )->exception.injected &&
           !memcmp( view_regs( vp ), &vp->arch.pending.shown, sizeof(vp->arch.pending.shown) );
}

/* KVM takes what the client has set before it completes: it finds its place by the linear address, which a code segment
 * elsewhere moves, and clears an interrupt shadow as it leaves the instruction. */
static BOOL is_in_the_way( const struct vp *vp )
{
    const struct kvm_sregs *view = view_sregs( vp ), *kvm = view_kvm_sregs( vp );

    if (view_is_dirty( vp, KVM_SYNC_X86_SREGS ) &&
        (memcmp( &view->cs, &kvm->cs, sizeof(view->cs) ) || view->cr0 != kvm->cr0 || view->efer != kvm->efer)) return 1;
    return view_is_dirty( vp, KVM_SYNC_X86_EVENTS ) && view_events( vp )->interrupt.shadow;
}

HRESULT complete_pending( struct vp *vp )
{
    HRESULT hr;

    switch (vp->arch.pending.kind)
    {
    case PENDING_HALF:
        /* KVM has nothing in mind; the client has emulated the instruction or gone elsewhere */
        pending_clear( vp );
        /* fall through */
    case PENDING_NONE:
        if (view_differs( vp )) view_touch( vp, KVM_SYNC_X86_REGS );
        break;
    case PENDING_OUT:
    case PENDING_IN:
    case PENDING_LOAD:
    case PENDING_MSR:
        /* events and special registers that the client has changed go in with the same KVM_RUN: KVM takes them before
         * it completes. The general registers must be KVM's own, as they are in the sync area of KVM, not in ours. */
        if (!view_is_dirty( vp, KVM_SYNC_X86_REGS ) && !is_in_the_way( vp ) && predict( vp )) break;
        if (FAILED(hr = complete_flush( vp ))) return hr;
        break;
    case PENDING_HYPERCALL:
        /* what matters to KVM is the RIP alone */
        if (view_regs( vp )->rip != vp->arch.pending.start && !is_in_the_way( vp ))
        {
            view_touch( vp, KVM_SYNC_X86_REGS );
            break;
        }
        if (FAILED(hr = complete_flush( vp ))) return hr;
        break;
    case PENDING_ANSWERED:
        /* the latch or a stopper came between the exit and the next entry, and the client has set something */
        if (!view_is_dirty( vp, SYNC_ALL ) && !view_differs( vp )) break;
        /* fall through */
    case PENDING_OTHER:
        if (FAILED(hr = complete_flush( vp ))) return hr;
        break;
    }
    if (view_is_dirty( vp, KVM_SYNC_X86_SREGS )) view_clear_bitmap( vp );
    return S_OK;
}
