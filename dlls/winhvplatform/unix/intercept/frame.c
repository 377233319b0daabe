/*
 * What the processor has put onto the guest's stack
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
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "intercept/frame.h"
#include "intercept/gate.h"
#include "vm/code_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

/* from the stack pointer on */
enum { WORD_IP, WORD_CS, WORD_FLAGS, WORD_SP, WORD_SS, WORDS };

#define TSS_32          8               /* bit of a TSS' type */
#define TYPE_CODE       8

/* Flags that no way into a handler changes, and those that are always so. */
#define KEPT_FLAGS      (RFLAGS_STATUS | RFLAGS_DF | RFLAGS_IOPL | RFLAGS_AC | RFLAGS_ID)
#define ONE_FLAGS       0x2ull
#define ZERO_FLAGS      0xffffffffffc08028ull

static UINT64 load_word( const UINT8 *from, UINT32 size )
{
    return size == 8 ? load64( from ) : size == 4 ? load32( from ) : load16( from );
}

static BOOL flags_fit( const struct vp *vp, const struct gate *gate, UINT64 before )
{
    UINT64 now = view_regs( vp )->rflags, kept = KEPT_FLAGS;

    if ((before & (ONE_FLAGS | ZERO_FLAGS)) != ONE_FLAGS || (before & RFLAGS_VM)) return 0;
    if (gate->size == 2) kept &= 0xffff;
    /* it pushes another IOPL for ring 3 */
    if (vp->partition->host->out_rip_past) kept &= ~RFLAGS_IOPL;
    if (!gate->masks) kept |= RFLAGS_IF;
    else if (now & RFLAGS_IF) return 0;
    if ((view_sregs( vp )->cr0 & CR0_PE) && (now & RFLAGS_NT)) return 0;
    return !((before ^ now) & kept);
}

/* A segment as it was: the guest may have loaded another since the entry. */
static BOOL find_segment( struct vp *vp, const struct kvm_segment *entered, UINT16 selector,
                          struct kvm_segment *segment )
{
    if (selector == entered->selector) *segment = *entered;
    else if (!(view_sregs( vp )->cr0 & CR0_PE))
    {
        *segment = view_sregs( vp )->cs;
        segment->selector = selector;
        segment->base = (UINT32)selector << 4;
    }
    else return gate_segment( vp, selector, 0, segment );
    return 1;
}

static BOOL read_tss( struct vp *vp, UINT32 offset, UINT8 *bytes, UINT32 size )
{
    const struct kvm_segment *tr = &view_sregs( vp )->tr;

    return offset + size - 1 <= tr->limit && code_read( vp, tr->base + offset, bytes, size, 0 ) == size;
}

/* Where the stack that was switched to begins; FALSE: it can't be told. */
static BOOL find_top( struct vp *vp, const struct gate *gate, UINT64 *top )
{
    UINT8 cpl = vp_cpl( vp ), bytes[8];

    if (gate->size == 8)
    {
        if (!read_tss( vp, gate->ist ? 36 + 8 * (gate->ist - 1) : 4 + 8 * cpl, bytes, 8 )) return 0;
        *top = load64( bytes ) & ~15ull;
        return 1;
    }
    if (view_sregs( vp )->tr.type & TSS_32)
    {
        if (!read_tss( vp, 4 + 8 * cpl, bytes, 4 )) return 0;
        *top = load32( bytes );
        return 1;
    }
    if (!read_tss( vp, 2 + 4 * cpl, bytes, 2 )) return 0;
    *top = load16( bytes );
    return 1;
}

BOOL frame_read( struct vp *vp, const struct gate *gate, BOOL has_error_code, struct frame *frame )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    UINT64 sp = view_regs( vp )->rsp, mask = gate->size == 8 ? ~0ull : sregs->ss.db ? 0xffffffff : 0xffff;
    UINT64 words[WORDS] = { 0 }, top, end;
    UINT8 bytes[(WORDS + 1) * 8];
    UINT32 count, got, i;
    BOOL outer;

    memset( frame, 0, sizeof(*frame) );
    got = code_read( vp, gate->size == 8 ? sp : (UINT32)(sregs->ss.base + (sp & mask)), bytes,
                     (WORDS + has_error_code) * gate->size, 0 );
    if (got < gate->size) return 0;
    if (has_error_code) frame->error_code = load_word( bytes, gate->size );
    for (i = 0; i < WORDS && (i + 1 + has_error_code) * gate->size <= got; i++)
        words[i] = load_word( bytes + (i + has_error_code) * gate->size, gate->size );

    if (!(sregs->cr0 & CR0_PE)) outer = 0;
    else if ((words[WORD_CS] & 3) < vp_cpl( vp )) return 0;
    else outer = (words[WORD_CS] & 3) > vp_cpl( vp );
    count = gate->size == 8 || outer ? WORDS : WORD_SP;
    if (i < count || !flags_fit( vp, gate, words[WORD_FLAGS] )) return 0;
    if (gate->size == 8 && (words[WORD_CS] >> 16 || words[WORD_SS] >> 16)) return 0;

    end = sp + (count + has_error_code) * gate->size;
    if (outer || gate->ist)
    {
        if (!find_top( vp, gate, &top ) || ((top ^ end) & mask)) return 0;
    }
    else if (gate->size == 8 && (words[WORD_SP] & ~15ull) != end) return 0;

    frame->rip = words[WORD_IP];
    frame->rflags = words[WORD_FLAGS];
    if (gate->size == 2) frame->rflags |= view_regs( vp )->rflags & ~0xffffull;
    frame->rsp = count == WORDS ? words[WORD_SP] : (sp & ~mask) | (end & mask);
    frame->ss = sregs->ss;
    if (!find_segment( vp, &vp->arch.intercept.cs, words[WORD_CS], &frame->cs )) return 0;
    if (outer && !find_segment( vp, &vp->arch.intercept.ss, words[WORD_SS], &frame->ss )) return 0;
    if ((sregs->cr0 & CR0_PE) && !(frame->cs.type & TYPE_CODE)) return 0;
    if (frame->cs.l) return frame->rip + CANONICAL_TOP( sregs->cr4 ) < 2 * CANONICAL_TOP( sregs->cr4 );
    return frame->rip <= frame->cs.limit;
}

void frame_undo( struct vp *vp, const struct frame *frame )
{
    struct kvm_regs *regs = view_edit_regs( vp );
    struct kvm_sregs *sregs = view_edit_sregs( vp );

    regs->rip = frame->rip;
    regs->rsp = frame->rsp;
    /* RF is set in it, so that a fault's instruction could be run again past a breakpoint; TF is KVM's as it steps */
    regs->rflags = frame->rflags & ~RFLAGS_RF;
    if (vp->arch.debug.stepping) regs->rflags |= RFLAGS_TF;
    else if (vp->arch.debug.given.control & KVM_GUESTDBG_SINGLESTEP) regs->rflags &= ~RFLAGS_TF;
    sregs->cs = frame->cs;
    sregs->ss = frame->ss;
}
