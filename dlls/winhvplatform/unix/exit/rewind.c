/*
 * Finding the instruction of an exit: memory (x86)
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

#include "exit/rewind.h"
#include "exit/rewind_match.h"
#include "exit/rewind_operand.h"
#include "exit/rewind_search.h"
#include "exit/rewind_types.h"
#include "exit/rewind_undo.h"
#include "host/bytes.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/access.h"
#include "insn/insn.h"
#include "memory/gpa_map.h"
#include "vm/code_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

static enum match try_write( struct vp *vp, const struct insn *insn, UINT64 start, UINT64 end,
                             const struct rewind_access *access, struct rewind_result *result )
{
    UINT64 gpr[16], rflags = view_regs( vp )->rflags;
    struct match_store store;
    enum match match;

    regs_to_gpr( view_regs( vp ), gpr );
    if ((match = match_write( vp, insn, end, access, gpr, &rflags, &store )) == MATCH_NONE) return match;
    result->insn = *insn;
    regs_from_gpr( &result->before, gpr );
    result->before.rflags = rflags & ~RFLAGS_RF;
    result->before.rip = start;
    result->gva = store.gva;
    result->gva_valid = 1;
    result->access = store.access;
    result->fragments = access->size + access->more < store.size;
    result->incomplete = store.incomplete;
    result->lost = match_is_exchange( insn ) && !(rflags & RFLAGS_ZF);
    /* of 16 bytes more than one fragment is on the second page */
    result->half = !result->lost && store.offset && store.size <= 8 && store.access == (INSN_READ | INSN_WRITE);
    return match;
}

static enum match try_store( struct vp *vp, const struct insn *insn, UINT64 start, UINT64 end, const void *access,
                             struct rewind_result *result )
{
    if (insn->op == INSN_CALL || insn->rep) return MATCH_NONE;
    return try_write( vp, insn, start, end, access, result );
}

static enum match try_call( struct vp *vp, const struct insn *insn, UINT64 start, UINT64 end, const void *access,
                            struct rewind_result *result )
{
    if (insn->op != INSN_CALL) return MATCH_NONE;
    return try_write( vp, insn, start, end, access, result );
}

BOOL rewind_at( struct vp *vp, struct rewind_result *result )
{
    UINT8 bytes[INSN_MAX_LENGTH];
    UINT64 linear = code_linear( vp, SEGMENT_CS, view_regs( vp )->rip );
    const struct insn *insn;
    UINT32 count = GPA_PAGE_SIZE - (linear & (GPA_PAGE_SIZE - 1));

    rewind_start( vp, result );
    result->before.rflags &= ~RFLAGS_RF;
    if (count > INSN_MAX_LENGTH) count = INSN_MAX_LENGTH;
    if (code_read( vp, linear, bytes, count, 1 ) != count) return 0;
    if (!(insn = code_decode( vp, linear, bytes, count )))
    {
        if (count == INSN_MAX_LENGTH) return 0;
        count = code_read( vp, linear, bytes, INSN_MAX_LENGTH, 0 );
        if (!(insn = code_decode( vp, linear, bytes, count ))) return 0;
    }
    result->insn = *insn;
    rewind_take_bytes( result, bytes, count );
    return 1;
}

/* What a CALL has pushed; where its stack crosses pages one part is what KVM tells of,
 * and the other may stand in memory. */
static UINT64 pushed_address( struct vp *vp, const struct rewind_access *access, UINT32 size )
{
    UINT32 known = access->size + access->more, part;
    UINT64 gpr[16], gva;
    UINT8 bytes[16] = { 0 };

    regs_to_gpr( view_regs( vp ), gpr );
    gva = code_linear( vp, SEGMENT_SS, insn_get_gpr( gpr, RSP, vp_stack_size( vp )));
    part = GPA_PAGE_SIZE - (gva & (GPA_PAGE_SIZE - 1));
    if (part >= size || !((access->gpa ^ gva) & (GPA_PAGE_SIZE - 1)))
    {
        if (known < size && part < size) match_read( vp, gva + part, bytes + part, size - part );
        memcpy( bytes, access->data, known );
    }
    else
    {
        match_read( vp, gva, bytes, part );
        memcpy( bytes + part, access->data, known );
    }
    return match_cut( load64( bytes ), size );
}

BOOL rewind_write( struct vp *vp, const struct rewind_access *access, struct rewind_result *result )
{
    const struct kvm_regs *regs = view_regs( vp );
    UINT32 size;

    /* KVM's emulator sets RF between the iterations of a REP string instruction, and clears it behind any other */
    if (regs->rflags & RFLAGS_RF)
    {
        struct insn insn;

        if (rewind_at( vp, result ) && result->insn.rep && insn_is_string( &result->insn ))
        {
            insn = result->insn;
            if (try_write( vp, &insn, regs->rip, regs->rip + insn.length, access, result ) == MATCH_EXACT) return 1;
        }
    }

    rewind_start( vp, result );
    result->behind = 1;
    if (rewind_search( vp, regs->rip, 1, try_store, access, result )) return 1;

    /* CALL with its stack in MMIO: RIP is the target, what was pushed is the end of the instruction. If it is none, the
     * guest has chosen the address: nothing is known of the page. */
    size = vp_insn_mode( vp ) == INSN_MODE_64 ? 8 : 4;
    if (rewind_search( vp, pushed_address( vp, access, size ), 0, try_call, access, result )) return 1;
    if (rewind_search( vp, pushed_address( vp, access, 2 ), 0, try_call, access, result )) return 1;

    rewind_start( vp, result );
    result->behind = 1;
    return 0;
}

BOOL rewind_read( struct vp *vp, const struct rewind_access *access, struct rewind_result *result )
{
    const struct insn *insn = &result->insn;
    struct insn_access_list list;
    UINT64 gpr[16], gva;
    struct insn_state state = { .gpr = gpr };
    UINT32 i, offset;

    if (!rewind_at( vp, result )) return 0;
    regs_to_gpr( &result->before, gpr );
    state.next_rip = result->before.rip + insn->length;
    if (insn_is_plain( insn )) list.count = insn_plain_access( insn, gpr, state.next_rip, &list.access[0] );
    else
    {
        if (insn->stack_size) state.stack_size = vp_stack_size( vp );
        insn_accesses( insn, &state, &list );
    }
    for (i = 0; i < list.count; i++)
    {
        const struct insn_access *from = &list.access[i];

        if (!(from->access & INSN_READ) || from->kind == INSN_ACCESS_PORT) continue;
        gva = code_linear( vp, from->segment, from->offset );
        if (!match_address( vp, access, gva, from->size, &offset )) continue;
        result->gva = gva + offset;
        result->gva_valid = 1;
        result->access = from->access;
        result->fragments = access->size != from->size;
        return 1;
    }
    /* of some destinations KVM reads what the processor does not */
    if (insn->has_mem) result->access = insn->mem.access;
    return 1;
}
