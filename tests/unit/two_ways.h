/*
 * The straight way and the general one, side by side
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
 * What it is for: tests of exit/straight.h. An exit that KVM shows is taken by the straight way and by the general one,
 * each on a copy of the vp, and what they have made of it is compared. The vp itself is left alone.
 * It knows the insides of struct vp, and what run/run.c does behind KVM_RUN.
 */

#ifndef __WHV_TESTS_TWO_WAYS_H
#define __WHV_TESTS_TWO_WAYS_H

#include <string.h>

#include "exit/exits.h"
#include "exit/straight.h"
#include "fake_kvm.h"
#include "host/kvm.h"
#include "resume/pending.h"
#include "vm/code_x86.h"
#include "vm/lazy_x86.h"
#include "vm/tlb_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* A vp of its own, and what became of the exit there. */
struct way
{
    struct vp vp;
    union
    {
        struct kvm_run run;
        UINT8          page[FAKE_RUN_SIZE];
    };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    BOOL taken;                         /* what the way answered */
};

/* A pointer into one vp leads to the same place in its copy. */
static inline const void *way_pointer( const void *pointer, const struct vp *from, const struct vp *to )
{
    UINT64 offset = (const UINT8 *)pointer - (const UINT8 *)from;

    return pointer && offset < sizeof(*from) ? (const UINT8 *)to + offset : pointer;
}

/* KVM_RUN of vp has come back, with what its page shows. */
static inline void way_begin( struct way *way, const struct vp *vp )
{
    struct vp *copy = &way->vp;

    memcpy( copy, vp, sizeof(*copy) );
    memcpy( way->page, vp->run, sizeof(way->page) );
    copy->run = &way->run;
    /* another thread may be about to kick it */
    way->run.immediate_exit = 0;
    copy->arch.pending.insn = way_pointer( copy->arch.pending.insn, vp, copy );
    copy->arch.pending.brief = way_pointer( copy->arch.pending.brief, vp, copy );
    copy->arch.code.stays = way_pointer( copy->arch.code.stays, vp, copy );
    memset( &way->exit, 0xcc, sizeof(way->exit) );
    view_clean( copy );
    view_take( copy );
    lazy_forget( copy );
    pending_clear( copy );
}

static inline BOOL way_straight( struct way *way, const struct vp *vp )
{
    way_begin( way, vp );
    way->taken = vp->run->exit_reason == KVM_EXIT_IO ? straight_io( &way->vp, &way->exit )
                                                     : straight_mmio( &way->vp, &way->exit );
    return way->taken;
}

/* forget: what is remembered of instructions, so that it has to find all anew. */
static inline BOOL way_general( struct way *way, const struct vp *vp, BOOL forget )
{
    way_begin( way, vp );
    if (forget) code_forget( &way->vp );
    return way->taken = exits_dispatch( &way->vp, &way->exit );
}

/* What differs of what the client sees, and of what KVM is told next; NULL: nothing. */
static inline const char *way_difference( struct way *one, struct way *other )
{
    const struct pending *a = &one->vp.arch.pending, *b = &other->vp.arch.pending;

    if (one->taken != other->taken) return "whether there is an exit";
    if (one->taken && memcmp( &one->exit, &other->exit, sizeof(one->exit) )) return "the context";
    if (memcmp( &one->run.s.regs, &other->run.s.regs, sizeof(one->run.s.regs) )) return "the view";
    if (memcmp( view_kvm_regs( &one->vp ), view_kvm_regs( &other->vp ), sizeof(struct kvm_regs) ))
        return "what KVM has";
    if (one->vp.arch.view.dirty != other->vp.arch.view.dirty) return "what is dirty";
    if (view_differs( &one->vp ) != view_differs( &other->vp )) return "whether the view differs";
    if (a->kind != b->kind) return "the kind of what is pending";
    if (a->kind == PENDING_NONE) return NULL;
    if (a->start != b->start) return "where it is pending";
    if (a->end != b->end) return "the end of what is pending";
    if (memcmp( a->insn, b->insn, sizeof(*a->insn) )) return "the instruction that is pending";
    return NULL;
}

/* The straight way has left early: is anything changed? NULL: nothing. */
static inline const char *way_trace( struct way *way, const struct vp *vp )
{
    static struct way fresh;
    UINT32 i;

    way_begin( &fresh, vp );
    for (i = 0; i < sizeof(way->exit); i++) if (((UINT8 *)&way->exit)[i] != 0xcc) return "the context";
    if (memcmp( way->page, fresh.page, sizeof(way->page) )) return "the page of KVM_RUN";
    if (way->vp.arch.view.edited != fresh.vp.arch.view.edited) return "what is edited";
    if (way->vp.arch.pending.kind != PENDING_NONE || way->vp.arch.code.stays) return "what is pending";
    return NULL;
}

#endif /* __WHV_TESTS_TWO_WAYS_H */
