/*
 * What an emulation changes
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
#include "emulate/changes.h"
#include "emulate/execute.h"
#include "emulate/native.h"
#include "emulate/request.h"
#include "emulate/state.h"
#include "host/x86.h"
#include "insn/insn.h"

static inline void set_name( struct emulate_request *req, WHV_REGISTER_NAME name, UINT64 value )
{
    UINT32 count = req->count;

    memset( &req->values[count], 0, sizeof(req->values[0]) );
    req->values[count].Reg64 = value;
    req->names[count] = name;
    req->count = count + 1;
}

static inline void begin_set( struct emulate *emu, struct emulate_request *req )
{
    req->count = 0;
    memset( &req->load, 0, sizeof(req->load) );
    set_name( req, WHvX64RegisterRip, emu->faulted || emu->unfinished ? emu->rip : emu->next_rip );
    /* all exceptions that are raised here are faults: the image of RFLAGS that the handler finds has RF set */
    if (emu->faulted) emu->rflags |= RFLAGS_RF;
    else emu->rflags &= ~RFLAGS_RF;
    if (emu->rflags != emu->old_rflags) set_name( req, WHvX64RegisterRflags, emu->rflags );
}

static void set_changes( struct emulate *emu, struct emulate_request *req )
{
    UINT32 mask, i;

    for (i = 0; i < 16; i++)
        if (emu->gpr[i] != emu->old_gpr[i]) set_name( req, WHvX64RegisterRax + i, emu->gpr[i] );
    for (mask = emu->changed_segments; mask; mask &= mask - 1)
    {
        i = __builtin_ctz( mask );
        set_name( req, WHvX64RegisterEs + i, 0 );
        req->values[req->count - 1].Segment = emu->segments[i];
    }
    if (emu->extra_names)
        req->count += emulate_extra_changes( emu, req->names + req->count, req->values + req->count );
    if (emu->native_names)
        req->count += emulate_native_changes( emu, req->names + req->count, req->values + req->count );
}

/* Where the processor has not come behind the instruction or the iteration, there is no trap. */
static inline void end_set( struct emulate *emu, struct emulate_request *req )
{
    WHV_X64_PENDING_DEBUG_EXCEPTION debug = { 0 };

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
}

static void set_all( struct emulate *emu, struct emulate_request *req )
{
    begin_set( emu, req );
    set_changes( emu, req );
    end_set( emu, req );
}

BOOL emulate_set_registers( struct emulate *emu, struct emulate_request *req )
{
    set_all( emu, req );
    emulate_ask( emu, req, EMULATE_SET_REGISTERS );
    emulate_know_end( emu, req, 1 );
    return TRUE;
}

void emulate_foresee( struct emulate *emu, struct emulate_request *req )
{
    set_all( emu, req );
    emulate_know_end( emu, req, 2 );
}

void emulate_foresee_port( struct emulate *emu, struct emulate_request *req, UINT64 mask )
{
    begin_set( emu, req );
    if (mask)
    {
        req->load.mask = mask;
        req->load.index = req->count;
        set_name( req, WHvX64RegisterRax, mask == 0xffffffff ? 0 : emu->rax & ~mask );
    }
    end_set( emu, req );
    emulate_know_end( emu, req, 2 );
}
