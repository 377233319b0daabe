/*
 * Finding OUT and IN
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
#include "exit/rewind_operand.h"
#include "exit/rewind_ports.h"
#include "exit/rewind_search.h"
#include "exit/rewind_types.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/access.h"
#include "insn/insn.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* Is it an OUT or OUTS of as much to there? An item of OUTS has been done: gpr comes in as the registers after it and
 * goes out as those before it. */
static BOOL is_out( struct vp *vp, const struct insn *insn, UINT64 gpr[16], UINT64 rflags, UINT16 port, UINT32 size,
                    const UINT8 *data )
{
    struct insn_state state = { .gpr = gpr };
    struct insn_access_list list;
    UINT64 value, want = 0;

    if ((insn->op != INSN_OUT && insn->op != INSN_OUTS) || insn->operand_size != size) return 0;
    if (insn_port( insn, gpr ) != port) return 0;
    if (insn->op == INSN_OUT) value = gpr[RAX];
    else
    {
        match_undo_string( insn, gpr, rflags );
        insn_accesses( insn, &state, &list );
        if (!list.count || !match_read_access( vp, &list.access[0], 0, &value )) return 0;
    }
    memcpy( &want, data, size );
    return match_cut( value, size ) == want;
}

static BOOL out_at( struct vp *vp, UINT16 port, UINT32 size, const UINT8 *data, struct rewind_result *result )
{
    UINT64 gpr[16];

    if (!rewind_at( vp, result )) return 0;
    regs_to_gpr( &result->before, gpr );
    if (result->insn.op == INSN_OUT) return is_out( vp, &result->insn, gpr, 0, port, size, data );
    /* between two items of a REP OUTS, and nothing is pending; or behind a single OUTS, about to begin one: RF tells */
    if (!result->insn.rep || !(view_regs( vp )->rflags & RFLAGS_RF) ||
        !is_out( vp, &result->insn, gpr, result->before.rflags, port, size, data )) return 0;
    regs_from_gpr( &result->before, gpr );
    result->behind = 1;
    return 1;
}

/* What KVM reports of an OUT. */
struct port_write
{
    UINT16       port;
    UINT32       size;
    const UINT8 *data;
};

static enum match try_out( struct vp *vp, const struct insn *insn, UINT64 start, UINT64 end, const void *access,
                           struct rewind_result *result )
{
    const struct kvm_regs *regs = view_regs( vp );
    const struct port_write *write = access;
    UINT64 gpr[16];

    (void)end;
    if (insn->rep) return MATCH_NONE;
    regs_to_gpr( regs, gpr );
    if (!is_out( vp, insn, gpr, regs->rflags, write->port, write->size, write->data )) return MATCH_NONE;
    result->insn = *insn;
    result->before = *regs;
    if (insn->op == INSN_OUTS) regs_from_gpr( &result->before, gpr );
    result->before.rip = start;
    result->before.rflags &= ~RFLAGS_RF;
    return MATCH_EXACT;
}

static BOOL out_behind( struct vp *vp, UINT16 port, UINT32 size, const UINT8 *data, struct rewind_result *result )
{
    struct port_write write = { port, size, data };

    rewind_start( vp, result );
    result->behind = 1;
    return rewind_search( vp, view_regs( vp )->rip, 1, try_out, &write, result ) != 0;
}

BOOL rewind_out( struct vp *vp, UINT16 port, UINT32 size, const UINT8 *data, struct rewind_result *result )
{
    const struct host *host = vp->partition->host;

    if ((view_regs( vp )->rflags & RFLAGS_RF) && out_at( vp, port, size, data, result ) && result->insn.rep) return 1;

    /* An OUT that repeats the one before it looks the same from both sides: what this KVM does was measured
     * (probe_x86.c). One that shows RIP behind in both modes measured is never at an OUT, and would not step over it.
     * One that shows RIP at a plain OUT still shows it behind a single OUTS and what its emulator has executed. */
    if (host->out_rip_past)
        return out_behind( vp, port, size, data, result ) ||
               (host->out_rip_varies && out_at( vp, port, size, data, result ));
    return out_at( vp, port, size, data, result ) || out_behind( vp, port, size, data, result );
}

BOOL rewind_in( struct vp *vp, UINT32 size, struct rewind_result *result )
{
    return rewind_at( vp, result ) && (result->insn.op == INSN_IN || result->insn.op == INSN_INS) &&
           result->insn.operand_size == size;
}
