/*
 * Instruction emulation
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

#include <stddef.h>
#include <string.h>

#include "../winhvemulation/follow.h"
#include "../winhvemulation/unixlib.h"
#include "emulate/changes.h"
#include "emulate/emulate.h"
#include "emulate/execute.h"
#include "emulate/fetch.h"
#include "emulate/plain.h"
#include "emulate/registers.h"
#include "emulate/request.h"
#include "emulate/result.h"
#include "emulate/series.h"
#include "emulate/state.h"
#include "emulate/vector.h"
#include "host/x86.h"
#include "insn/access.h"
#include "insn/insn.h"

static UINT64 count_register( const struct emulate *emu )
{
    return insn_get_gpr( emu->gpr, RCX, emu->insn.address_size );
}

/* With 32-bit addresses in 64-bit code Intel's processors zero-extend the count before anything else, so also if it is
 * zero or the first iteration faults; two instructions also the addresses. Others do so when an iteration is done. */
static void begin_repetition( struct emulate *emu )
{
    UINT8 op = emu->insn.op;

    if (emu->insn.mode != INSN_MODE_64 || emu->insn.address_size != 4 || !emulate_host_is_intel()) return;
    insn_set_gpr( emu->gpr, RCX, 4, emu->gpr[RCX] );
    if (op == INSN_MOVS) insn_set_gpr( emu->gpr, RSI, 4, emu->gpr[RSI] );
    if (op == INSN_MOVS || op == INSN_STOS) insn_set_gpr( emu->gpr, RDI, 4, emu->gpr[RDI] );
}

static BOOL plan( struct emulate *emu, struct emulate_request *req )
{
    (void)req;
    if (emu->insn.rep) begin_repetition( emu );
    if (emu->insn.rep && !count_register( emu )) emulate_go_to( emu, PHASE_SET );
    else if (emulate_plan( emu )) emulate_go_to( emu, PHASE_TRANSLATE );
    return FALSE;
}

/* Everything is translated before anything is touched: a fault leaves no trace. */
static BOOL translate( struct emulate *emu, struct emulate_request *req )
{
    for (; emu->current < emu->access_count; emu->current++, emu->offset = 0)
    {
        struct emulate_access *access = &emu->access[emu->current];

        for (; emu->offset < (access->first < access->size ? 2 : 1); emu->offset++)
        {
            UINT8 piece = emu->offset;

            if (access->translated[piece]) continue;
            if (emulate_answered( emu ))
            {
                if (!emulate_take_translation( emu, req, piece ? access->page[1] : access->gva,
                                       access->flags & INSN_WRITE ? PF_WRITE : 0, access->flags & EMULATE_SYSTEM,
                                       &access->gpa[piece] )) return FALSE;
            }
            else if (emu->known_access && access->page[piece] == emu->known_page &&
                     !(access->flags & ~emu->known_access))
            {
                access->gpa[piece] = emu->known_gpa;
            }
            else return emulate_ask_translation( emu, req, access->page[piece],
                                         (access->flags & INSN_READ ? WHvTranslateGvaFlagValidateRead : 0) |
                                         (access->flags & INSN_WRITE ? WHvTranslateGvaFlagValidateWrite : 0) |
                                         (access->flags & EMULATE_SYSTEM ? WHvTranslateGvaFlagPrivilegeExempt : 0) );
            access->translated[piece] = 1;
        }
    }
    emulate_go_to( emu, PHASE_READ );
    return FALSE;
}

/* Of an image that is accessed here and there: is there nothing to do with this unit, or element? */
static BOOL is_left_out( const struct emulate *emu, const struct emulate_access *access, UINT8 direction )
{
    UINT32 unit = (access->place + emu->offset) / 8;

    if (access->element) return !(access->mask >> emu->offset / access->element & 1);
    return emu->sparse && access->size > EMULATE_MAX_ACCESS &&
           !(emu->units[direction == INSN_WRITE][unit / 64] >> unit % 64 & 1);
}

/* Is nothing but the registers left to be changed behind this piece of so many bytes? */
static BOOL is_last_write( const struct emulate *emu, const struct emulate_access *access, UINT32 size )
{
    return emu->current + 1 == emu->access_count && emu->offset + size == access->size &&
           !access->element && !emu->sparse && !insn_is_string( &emu->insn );
}

/* Is an access in this direction the first of an iteration? */
static BOOL begins_iteration( const struct emulate *emu, UINT8 direction )
{
    return direction == INSN_READ ? emu->insn.op == INSN_MOVS || emu->insn.op == INSN_OUTS
                                  : emu->insn.op == INSN_STOS;
}

/* All accesses of one direction, in pieces that neither cross a page nor exceed what a callback takes. */
static BOOL transfer( struct emulate *emu, struct emulate_request *req, UINT8 direction, enum phase next )
{
    for (; emu->current < emu->access_count; emu->current++, emu->offset = 0)
    {
        struct emulate_access *access = &emu->access[emu->current];
        UINT8 *data = emulate_data( emu, access );

        if (!(access->flags & direction)) continue;
        while (emu->offset < access->size)
        {
            BOOL second = emu->offset >= access->first;
            UINT32 size = (second ? access->size : access->first) - emu->offset;
            UINT64 gpa = second ? access->gpa[1] + (emu->offset - access->first)
                                : access->gpa[0] + (access->gva & 0xfff) + emu->offset;

            if (size > 8) size = 8;
            if (access->element)
            {
                UINT32 rest = access->element - emu->offset % access->element;

                if (size > rest) size = rest;
            }
            if (!is_left_out( emu, access, direction ))
            {
                if (!emulate_answered( emu ))
                {
                    emulate_ask_memory( emu, req, gpa, size, direction == INSN_WRITE ? data + emu->offset : NULL );
                    if (direction == INSN_WRITE && is_last_write( emu, access, size )) emulate_foresee( emu, req );
                    if (emu->insn.rep && begins_iteration( emu, direction )) emulate_foresee_series( emu, req );
                    return TRUE;
                }
                if (direction == INSN_READ) memcpy( data + emu->offset, req->memory.Data, size );
            }
            emu->offset += size;
        }
    }
    emulate_go_to( emu, next );
    return FALSE;
}

static BOOL read_operands( struct emulate *emu, struct emulate_request *req )
{
    return transfer( emu, req, INSN_READ, PHASE_IN );
}

static BOOL write_operands( struct emulate *emu, struct emulate_request *req )
{
    return transfer( emu, req, INSN_WRITE, PHASE_NEXT );
}

static BOOL port_in( struct emulate *emu, struct emulate_request *req )
{
    if (emu->insn.op == INSN_IN || emu->insn.op == INSN_INS)
    {
        if (!emulate_answered( emu ))
        {
            emulate_ask_port( emu, req, emu->insn.operand_size, FALSE, 0 );
            if (emu->insn.op == INSN_INS) emulate_foresee_series( emu, req );
            return TRUE;
        }
        emu->port_data = req->io.Data;
    }
    emulate_go_to( emu, PHASE_EXECUTE );
    return FALSE;
}

static BOOL execute( struct emulate *emu, struct emulate_request *req )
{
    (void)req;
    emu->again = 0;
    if (emulate_execute( emu )) emulate_go_to( emu, emu->again ? PHASE_PLAN : PHASE_OUT );
    return FALSE;
}

static BOOL port_out( struct emulate *emu, struct emulate_request *req )
{
    if ((emu->insn.op == INSN_OUT || emu->insn.op == INSN_OUTS) && !emulate_answered( emu ))
        return emulate_ask_port( emu, req, emu->insn.operand_size, TRUE, emu->port_data );
    emulate_go_to( emu, PHASE_WRITE );
    return FALSE;
}

/* The iteration is complete: count it, and see whether another follows. */
static BOOL next( struct emulate *emu, struct emulate_request *req )
{
    const struct insn *insn = &emu->insn;

    (void)req;
    emulate_go_to( emu, PHASE_SET );
    if (insn->op == INSN_GATHER && emulate_elements_next( emu )) emulate_go_to( emu, PHASE_PLAN );
    if (!insn_is_string( insn )) return FALSE;

    emulate_count_iterations( emu, 1 );
    if (!insn->rep || !count_register( emu )) return FALSE;
    if ((insn->op == INSN_CMPS || insn->op == INSN_SCAS) &&
        !(emu->rflags & RFLAGS_ZF) == (insn->rep == 0xf3)) return FALSE;
    if (emu->iterations < EMULATE_MAX_ITERATIONS && !(emu->rflags & RFLAGS_TF)) emulate_go_to( emu, PHASE_PLAN );
    else emu->unfinished = 1;
    return FALSE;
}

static BOOL done( struct emulate *emu, struct emulate_request *req )
{
    req->kind = EMULATE_DONE;
    req->known = 0;
    req->status = emu->status;
    return TRUE;
}

/* Each returns TRUE if it has made a request. */
static BOOL (* const phases[])( struct emulate *emu, struct emulate_request *req ) =
{
    [PHASE_FETCH_TRANSLATE] = emulate_fetch_translate,
    [PHASE_FETCH_READ]      = emulate_fetch_read,
    [PHASE_PORT]            = emulate_plain_port,
    [PHASE_GET]             = emulate_get_registers,
    [PHASE_PLAN]            = plan,
    [PHASE_TRANSLATE]       = translate,
    [PHASE_READ]            = read_operands,
    [PHASE_IN]              = port_in,
    [PHASE_EXECUTE]         = execute,
    [PHASE_OUT]             = port_out,
    [PHASE_WRITE]           = write_operands,
    [PHASE_NEXT]            = next,
    [PHASE_SET]             = emulate_set_registers,
    [PHASE_DONE]            = done,
};

/* ---- beginning and going on ---- */

static void go_through( struct emulate *emu, struct emulate_request *req )
{
    while (!phases[emu->phase]( emu, req )) ;
}

static inline void begin( struct emulate *emu, const WHV_VP_EXIT_CONTEXT *vp )
{
    memset( &emu->phase, 0, offsetof( struct emulate, gpr ) - offsetof( struct emulate, phase ));
    emu->vp = *vp;
    emu->rip = vp->Rip;
    emu->rflags = emu->old_rflags = vp->Rflags;
    if (!vp->ExecutionState.InterruptionPending) return;
    emu->status.InterruptCausedIntercept = 1;
    emulate_finish( emu );
}

static inline void begin_decoding( struct emulate *emu, const UINT8 bytes[16], UINT8 count )
{
    if (count > INSN_MAX_LENGTH) count = INSN_MAX_LENGTH;
    if (emulate_is_same( &emu->insn, emu->insn_bytes, emu->insn_mask, bytes, count, emulate_code_mode( &emu->vp )))
    {
        emulate_decoded( emu );
        return;
    }
    emu->byte_count = count;
    memcpy( emu->bytes, bytes, sizeof(emu->bytes) );
    if (count && emulate_decode( emu )) return;
    emu->byte_count = 0;
    emulate_clear( emu );
    emulate_go_to( emu, PHASE_FETCH_TRANSLATE );
}

void emulate_begin_mmio( struct emulate *emu, const WHV_VP_EXIT_CONTEXT *vp, const WHV_MEMORY_ACCESS_CONTEXT *mmio,
                         struct emulate_request *req )
{
    UINT32 type = mmio->AccessInfo.AccessType;

    begin( emu, vp );
    if (emu->phase != PHASE_DONE)
    {
        /* What cannot be fetched cannot be emulated. */
        if (type > WHvMemoryAccessWrite) emulate_refuse( emu );
        else begin_decoding( emu, mmio->InstructionBytes, mmio->InstructionByteCount );
    }
    if (mmio->AccessInfo.GvaValid)
    {
        emu->known_page = mmio->Gva & ~0xfffull;
        emu->known_gpa = mmio->Gpa & ~0xfffull;
        /* a page that is written can be read, but not the other way round */
        emu->known_access = type == WHvMemoryAccessWrite ? INSN_READ | INSN_WRITE : INSN_READ;
    }
    if (emu->phase != PHASE_GET || !emu->need.is_plain || !emulate_plain( emu, req )) go_through( emu, req );
}

void emulate_begin_io( struct emulate *emu, const WHV_VP_EXIT_CONTEXT *vp, const WHV_X64_IO_PORT_ACCESS_CONTEXT *io,
                       struct emulate_request *req )
{
    begin( emu, vp );
    emu->port = io->PortNumber;
    if (emu->phase != PHASE_DONE)
    {
        if (io->AccessInfo.StringOp || !vp->InstructionLength)
            begin_decoding( emu, io->InstructionBytes, io->InstructionByteCount );
        else emulate_begin_port( emu, io );
    }
    go_through( emu, req );
}

static void take_failure( struct emulate *emu )
{
    switch (emu->waiting)
    {
    case EMULATE_GET_REGISTERS: emu->status.GetVirtualProcessorRegistersCallbackFailed = 1; break;
    case EMULATE_SET_REGISTERS: emu->status.SetVirtualProcessorRegistersCallbackFailed = 1; break;
    case EMULATE_TRANSLATE:     emu->status.TranslateGvaPageCallbackFailed = 1; break;
    case EMULATE_MEMORY:        emu->status.MemoryCallbackFailed = 1; break;
    case EMULATE_IO:            emu->status.IoPortCallbackFailed = 1; break;
    }
    emu->waiting = EMULATE_DONE;
    emu->known = 0;
    emulate_finish( emu );
}

/* What was said to follow. FALSE: it does not. */
static BOOL go_on( struct emulate *emu, struct emulate_request *req )
{
    emu->known--;
    if (!emulate_next( req ))
    {
        emu->known = 0;
        return FALSE;
    }
    emu->waiting = req->kind;
    if (req->kind == EMULATE_DONE)
    {
        emu->status = req->status;
        emulate_finish( emu );
    }
    return TRUE;
}

void emulate_step( struct emulate *emu, struct emulate_request *req )
{
    /* of an answer only the result and the data are looked at: a callback may have written over the question */
    if (emu->waiting != EMULATE_DONE)
    {
        if (req->result != S_OK) take_failure( emu );
        else if (emu->known && go_on( emu, req )) return;
        else if (emu->series) emulate_end_series( emu );
    }
    go_through( emu, req );
}

/* Which of the requests that were told to follow the open one a failed answer is to. */
static UINT8 failed_kind( UINT8 waiting, UINT32 kind )
{
    if (kind == EMULATE_SET_REGISTERS || (kind == EMULATE_MEMORY && waiting == EMULATE_GET_REGISTERS)) return kind;
    return waiting;
}

BOOL emulate_answer( struct emulate *emu, struct emulate_request *req )
{
    UINT8 waiting = emu->waiting;

    if (emu->series)
    {
        if (!emulate_ends_series( emu, req )) return FALSE;
        waiting = req->kind;
    }
    else if (emu->known && req->result != S_OK) waiting = failed_kind( waiting, req->kind );
    /* of those that are known only the first of a plain instruction may turn out not to be what was thought */
    else if (emu->known && waiting != EMULATE_GET_REGISTERS) return FALSE;
    if (req->kind != waiting) return FALSE;
    if (waiting == EMULATE_GET_REGISTERS && req->count != emu->asked) return FALSE;
    emu->waiting = waiting;
    if (req->result == S_OK) emu->known = 0;
    emulate_step( emu, req );
    return TRUE;
}
