/*
 * What KVM has pending
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
 * What KVM has in mind to do at its next entry, since it stops in the middle of an instruction. Said by the exit that
 * showed it, settled by complete.h, or finished without a trace by flush.h.
 * This file alone writes vp->arch.pending. Knows the view and code_x86.h. The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_RESUME_PENDING_H
#define __WHV_UNIX_RESUME_PENDING_H

#include <string.h>

#include "vm/code_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* Memory for a vp is there. */
static inline void pending_created( struct vp *vp )
{
    vp->arch.pending.insn = &vp->arch.pending.copy;
}

/* KVM's state is complete. */
static inline void pending_clear( struct vp *vp )
{
    vp->arch.pending.kind = PENDING_NONE;
    vp->arch.pending.brief = NULL;
    code_let_stay( vp, NULL );
}

/* KVM is in the middle of an instruction that stands at the RIP of the view. */
static inline void pending_set( struct vp *vp, enum pending_kind kind, const struct insn *insn )
{
    struct pending *pending = &vp->arch.pending;

    if (kind != PENDING_NONE)
    {
        code_let_stay( vp, NULL );
        pending->copy = *insn;
        pending->insn = &pending->copy;
        pending->brief = NULL;
        pending->start = view_regs( vp )->rip;
        pending->end = pending->start + insn->length;
        if (vp_insn_mode( vp ) != INSN_MODE_64) pending->end = (UINT32)pending->end;
    }
    /* last: a thread that is killed before leaves nothing half said */
    __atomic_signal_fence( __ATOMIC_SEQ_CST );
    pending->kind = kind;
}

/* Same, with one that is remembered: nothing is copied. */
static inline void pending_set_site( struct vp *vp, enum pending_kind kind, const struct insn_cache_entry *site )
{
    struct pending *pending = &vp->arch.pending;

    if (kind != PENDING_NONE)
    {
        code_let_stay( vp, site );
        pending->insn = &site->insn;
        pending->brief = &site->brief;
        pending->start = view_regs( vp )->rip;
        pending->end = pending->start + site->insn.length;
        if (site->insn.mode != INSN_MODE_64) pending->end = (UINT32)pending->end;
    }
    __atomic_signal_fence( __ATOMIC_SEQ_CST );
    pending->kind = kind;
}

/* KVM wants an answer that is none of the client's business; it is in the kvm_run page already. */
static inline void pending_set_answered( struct vp *vp )
{
    vp->arch.pending.kind = PENDING_ANSWERED;
    vp->arch.pending.copy.length = 0;
    vp->arch.pending.insn = &vp->arch.pending.copy;
    vp->arch.pending.brief = NULL;
}

/* A runner was killed, or the exit is one that we do not know: KVM may be in the middle of anything, or of nothing. */
static inline void pending_set_unknown( struct vp *vp )
{
    vp->arch.pending.copy.length = 0;
    vp->arch.pending.insn = &vp->arch.pending.copy;
    vp->arch.pending.brief = NULL;
    code_let_stay( vp, NULL );
    __atomic_signal_fence( __ATOMIC_SEQ_CST );
    vp->arch.pending.kind = PENDING_OTHER;
}

/* A read-modify-write has stored its first half: with the second, these bytes at gpa, it would be over. The client has
 * been shown these registers. For pending_set() with PENDING_HALF behind it. */
static inline void pending_set_half( struct vp *vp, UINT64 gva, UINT64 gpa, const UINT8 data[8], UINT32 size,
                                     const struct kvm_regs *shown )
{
    struct pending *pending = &vp->arch.pending;

    pending->gva = gva;
    pending->gpa = gpa;
    pending->size = size;
    memcpy( pending->data, data, sizeof(pending->data) );
    pending->shown = *shown;
}

#endif /* __WHV_UNIX_RESUME_PENDING_H */
