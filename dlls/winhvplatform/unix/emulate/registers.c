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
#include "emulate/registers.h"
#include "emulate/request.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "emulate/vector.h"
#include "host/x86.h"
#include "insn/access.h"
#include "insn/insn.h"

static void add_name( struct emulate_request *req, WHV_REGISTER_NAME name )
{
    req->names[req->count++] = name;
}

BOOL emulate_get_registers( struct emulate *emu, struct emulate_request *req )
{
    const struct insn *insn = &emu->insn;
    UINT32 gprs = emulate_needed_gprs( emu ), segments = emulate_needed_segments( insn ), i, pos = 0;

    if (!emulate_answered( emu ))
    {
        req->count = 0;
        for (i = 0; i < 16; i++) if (gprs & 1u << i) add_name( req, WHvX64RegisterRax + i );
        add_name( req, WHvX64RegisterRflags );
        for (i = 0; i < 6; i++) if (segments & 1u << i) add_name( req, WHvX64RegisterEs + i );
        if (insn->mode == INSN_MODE_64) add_name( req, WHvX64RegisterCr4 );
        if (emu->native.length || insn->op == INSN_VMOV || insn->element) emulate_vector_find( emu );
        req->count += emu->extra_names = emulate_extra_names( emu, req->names + req->count );
        req->count += emu->native_names = emulate_native_names( emu, req->names + req->count );
        memset( req->values, 0, req->count * sizeof(req->values[0]) );
        return emulate_ask( emu, req, EMULATE_GET_REGISTERS );
    }

    for (i = 0; i < 16; i++) if (gprs & 1u << i) emu->gpr[i] = req->values[pos++].Reg64;
    emu->rflags = emu->old_rflags = req->values[pos++].Reg64;
    for (i = 0; i < 6; i++) if (segments & 1u << i) emu->segments[i] = req->values[pos++].Segment;
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

static void set_name( struct emulate_request *req, WHV_REGISTER_NAME name, UINT64 value )
{
    memset( &req->values[req->count], 0, sizeof(req->values[0]) );
    req->values[req->count].Reg64 = value;
    add_name( req, name );
}

BOOL emulate_set_registers( struct emulate *emu, struct emulate_request *req )
{
    WHV_X64_PENDING_DEBUG_EXCEPTION debug = { 0 };
    UINT32 i;

    if (emulate_answered( emu ))
    {
        emu->status.EmulationSuccessful = 1;
        emulate_finish( emu );
        return FALSE;
    }

    req->count = 0;
    set_name( req, WHvX64RegisterRip, emu->faulted || emu->unfinished ? emu->rip : emu->next_rip );
    /* all exceptions that are raised here are faults: the image of RFLAGS that the handler finds has RF set */
    if (emu->faulted) emu->rflags |= RFLAGS_RF;
    else emu->rflags &= ~RFLAGS_RF;
    if (emu->rflags != emu->old_rflags) set_name( req, WHvX64RegisterRflags, emu->rflags );
    for (i = 0; i < 16; i++)
        if (emu->gpr[i] != emu->old_gpr[i]) set_name( req, WHvX64RegisterRax + i, emu->gpr[i] );
    for (i = 0; i < 6; i++)
    {
        if (!(emu->changed_segments & 1u << i)) continue;
        set_name( req, WHvX64RegisterEs + i, 0 );
        req->values[req->count - 1].Segment = emu->segments[i];
    }
    if (emu->extra_names)
        req->count += emulate_extra_changes( emu, req->names + req->count, req->values + req->count );
    if (emu->native_names)
        req->count += emulate_native_changes( emu, req->names + req->count, req->values + req->count );
    if (emu->faulted)
    {
        set_name( req, WHvRegisterPendingEvent, 0 );
        req->values[req->count - 1].ExceptionEvent = emu->event;
    }
    else if ((emu->old_rflags & RFLAGS_TF) && !emu->holds_off)
    {
        /* the trap that the CPU raises behind each instruction, and behind each iteration */
        debug.SingleStep = 1;
        set_name( req, WHvX64RegisterPendingDebugException, debug.AsUINT64 );
    }
    return emulate_ask( emu, req, EMULATE_SET_REGISTERS );
}
