/*
 * Registers of an emulation
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

#include "../winhvemulation/unixlib.h"
#include "emulate/address.h"
#include "emulate/execute.h"
#include "emulate/native.h"
#include "emulate/plain.h"
#include "emulate/registers.h"
#include "emulate/request.h"
#include "emulate/state.h"
#include "emulate/vector.h"
#include "insn/access.h"
#include "insn/insn.h"

void emulate_find_registers( struct emulate *emu )
{
    struct emulate_need *need = &emu->need;
    WHV_REGISTER_NAME *name = need->names;
    UINT32 i;

    need->gprs = emulate_needed_gprs( emu );
    need->segments = emulate_needed_segments( &emu->insn );
    for (i = 0; i < 16; i++) if (need->gprs & 1u << i) *name++ = WHvX64RegisterRax + i;
    *name++ = WHvX64RegisterRflags;
    for (i = 0; i < 6; i++) if (need->segments & 1u << i) *name++ = WHvX64RegisterEs + i;
    if (emu->insn.mode == INSN_MODE_64) *name++ = WHvX64RegisterCr4;
    need->count = name - need->names;
    emulate_find_plain( &emu->insn, need );
}

BOOL emulate_get_registers( struct emulate *emu, struct emulate_request *req )
{
    const struct insn *insn = &emu->insn;
    const struct emulate_need *need = &emu->need;
    UINT32 mask, pos = 0;

    if (!emulate_answered( emu ))
    {
        req->count = need->count;
        emulate_copy_names( req->names, need->names, need->count );
        if (emu->native.length || insn->op == INSN_VMOV || insn->element) emulate_vector_find( emu );
        req->count += emu->extra_names = emulate_extra_names( emu, req->names + req->count );
        req->count += emu->native_names = emulate_native_names( emu, req->names + req->count );
        emu->asked = req->count;
        return emulate_ask( emu, req, EMULATE_GET_REGISTERS );
    }

    emulate_clear( emu );
    for (mask = need->gprs; mask; mask &= mask - 1) emu->gpr[__builtin_ctz( mask )] = req->values[pos++].Reg64;
    emu->rflags = emu->old_rflags = req->values[pos++].Reg64;
    for (mask = need->segments; mask; mask &= mask - 1)
        emu->segments[__builtin_ctz( mask )] = req->values[pos++].Segment;
    if (insn->mode == INSN_MODE_64) emu->cr4 = req->values[pos++].Reg64;
    if (emu->extra_names) emulate_extra_take( emu, req->values + pos );
    pos += emu->extra_names;
    if (emu->native_names)
    {
        /* a callback may have written over the names */
        emulate_native_names( emu, req->names + pos );
        emulate_native_take( emu, req->names + pos, req->values + pos, emu->native_names );
    }
    memcpy( emu->old_gpr, emu->gpr, sizeof(emu->gpr) );
    if (insn->op == INSN_IN || insn->op == INSN_OUT || insn->op == INSN_INS || insn->op == INSN_OUTS)
        emu->port = insn_port( insn, emu->gpr );
    emulate_go_to( emu, PHASE_PLAN );
    return FALSE;
}
