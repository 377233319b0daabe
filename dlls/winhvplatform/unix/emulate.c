/*
 * Instruction emulation: the machine
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

#include <stddef.h>
#include <string.h>

#include "emulate.h"

#define VECTOR_PF 14

#define PF_PRESENT   0x01
#define PF_WRITE     0x02
#define PF_USER      0x04
#define PF_RESERVED  0x08
#define PF_FETCH     0x10

/* In the order of an instruction's life; strings go round from PLAN to NEXT. */
enum phase
{
    PHASE_FETCH_TRANSLATE,
    PHASE_FETCH_READ,
    PHASE_GET,
    PHASE_PLAN,
    PHASE_TRANSLATE,
    PHASE_READ,
    PHASE_IN,
    PHASE_EXECUTE,
    PHASE_OUT,
    PHASE_WRITE,
    PHASE_NEXT,
    PHASE_SET,
    PHASE_DONE,
};

static void finish( struct emulate *emu )
{
    emu->phase = PHASE_DONE;
}

BOOL emulate_refuse( struct emulate *emu )
{
    emu->status.InternalEmulationFailure = 1;
    finish( emu );
    return FALSE;
}

BOOL emulate_fault( struct emulate *emu, UINT8 vector, UINT32 error, UINT64 parameter )
{
    memset( &emu->event, 0, sizeof(emu->event) );
    emu->event.EventPending = 1;
    emu->event.EventType = WHvX64PendingEventException;
    emu->event.Vector = vector;
    /* real mode has none */
    if (error != NO_ERROR_CODE && emu->vp.ExecutionState.Cr0Pe)
    {
        emu->event.DeliverErrorCode = 1;
        emu->event.ErrorCode = error;
    }
    emu->event.ExceptionParameter = parameter;
    emu->faulted = 1;
    emu->phase = PHASE_SET;
    return FALSE;
}

static void go_to( struct emulate *emu, enum phase phase )
{
    emu->phase = phase;
    emu->current = emu->offset = 0;
}

/* Make a request; the phase is entered again with the answer. */
static BOOL ask( struct emulate *emu, struct emulate_request *req, enum emulate_request_kind kind )
{
    req->kind = kind;
    req->result = S_OK;
    emu->waiting = kind;
    return TRUE;
}

static BOOL answered( struct emulate *emu )
{
    BOOL ret = emu->waiting != EMULATE_DONE;

    emu->waiting = EMULATE_DONE;
    return ret;
}

static BOOL ask_translation( struct emulate *emu, struct emulate_request *req, UINT64 page, UINT32 flags )
{
    req->gva = page;
    req->flags = emu->relaxed ? WHvTranslateGvaFlagPrivilegeExempt : flags;
    req->code = WHvTranslateGvaResultSuccess;
    req->gpa = ~0ull;       /* not aligned: a callback that writes nothing is found out */
    return ask( emu, req, EMULATE_TRANSLATE );
}

/* gva is where the access begins on this page: what CR2 gets. FALSE: faulted, failed, or to be asked again. */
static BOOL take_translation( struct emulate *emu, const struct emulate_request *req, UINT64 gva, UINT32 error, BOOL is_system,
                              UINT64 *gpa )
{
    if (emu->vp.ExecutionState.Cpl == 3 && !is_system) error |= PF_USER;
    switch (req->code)
    {
    case WHvTranslateGvaResultSuccess:
        break;
    case WHvTranslateGvaResultPageNotPresent:
        return emulate_fault( emu, VECTOR_PF, error, gva );
    case WHvTranslateGvaResultPrivilegeViolation:
        return emulate_fault( emu, VECTOR_PF, error | PF_PRESENT, gva );
    case WHvTranslateGvaResultInvalidPageTableFlags:
        return emulate_fault( emu, VECTOR_PF, error | PF_PRESENT | PF_RESERVED, gva );
    case WHvTranslateGvaResultGpaUnmapped:
    case WHvTranslateGvaResultGpaNoReadAccess:
    case WHvTranslateGvaResultGpaNoWriteAccess:
    case WHvTranslateGvaResultGpaIllegalOverlayAccess:
        /* The guest may, but there is no memory of that kind: that is what emulation is for. Which GPA it is comes without
         * validation; or the exit has told. */
        if (emu->known_access && (gva & ~0xfffull) == emu->known_page)
        {
            *gpa = emu->known_gpa;
            return TRUE;
        }
        if (emu->relaxed)
        {
            /* a page table is where there is no memory */
            emu->status.TranslateGvaPageCallbackFailed = 1;
            finish( emu );
        }
        emu->relaxed = 1;
        return FALSE;
    default:
        emu->status.TranslateGvaPageCallbackFailed = 1;
        finish( emu );
        return FALSE;
    }
    emu->relaxed = 0;
    if (req->gpa & 0xfff)
    {
        emu->status.TranslateGvaPageCallbackGpaIsNotAligned = 1;
        finish( emu );
        return FALSE;
    }
    *gpa = req->gpa;
    return TRUE;
}

static BOOL ask_memory( struct emulate *emu, struct emulate_request *req, UINT64 gpa, UINT8 size, const void *data )
{
    memset( &req->memory, 0, sizeof(req->memory) );
    req->memory.GpaAddress = gpa;
    req->memory.AccessSize = size;
    if (data)
    {
        req->memory.Direction = 1;
        memcpy( req->memory.Data, data, size );
    }
    return ask( emu, req, EMULATE_MEMORY );
}

/* ---- instruction bytes ---- */

static enum insn_mode code_mode( const WHV_VP_EXIT_CONTEXT *vp )
{
    if (vp->ExecutionState.EferLma && vp->Cs.Long) return INSN_MODE_64;
    return vp->Cs.Default ? INSN_MODE_32 : INSN_MODE_16;
}

/* TRUE: decoded, the next phase is set. */
static BOOL decode( struct emulate *emu )
{
    enum insn_mode mode = code_mode( &emu->vp );

    if (!emu->insn.length || emu->insn.mode != mode || emu->insn.length > emu->byte_count ||
        memcmp( emu->insn_bytes, emu->bytes, emu->insn.length ))
    {
        emu->insn.length = emu->native.length = 0;
        if (FAILED(insn_decode( emu->bytes, emu->byte_count, mode, &emu->insn ))) return FALSE;
        memcpy( emu->insn_bytes, emu->bytes, emu->insn.length );
    }
    emu->next_rip = emu->rip + emu->insn.length;
    if (mode != INSN_MODE_64) emu->next_rip = (UINT32)emu->next_rip;
    if (emulate_supported( &emu->insn ) || emulate_native_supported( emu )) go_to( emu, PHASE_GET );
    else emulate_refuse( emu );
    return TRUE;
}

static UINT64 fetch_address( const struct emulate *emu )
{
    UINT64 address = emu->rip + emu->byte_count;

    if (code_mode( &emu->vp ) == INSN_MODE_64) return address;
    return (UINT32)(address + emu->vp.Cs.Base);
}

static BOOL fetch_translate( struct emulate *emu, struct emulate_request *req )
{
    UINT64 address = fetch_address( emu ), gpa;

    if (!answered( emu ))
        return ask_translation( emu, req, address & ~0xfffull, WHvTranslateGvaFlagValidateRead | WHvTranslateGvaFlagValidateExecute );
    /* The bit for a fetch is there only with NX or SMEP, which every long mode guest has; others do not look at it. */
    if (take_translation( emu, req, address, emu->vp.ExecutionState.EferLma ? PF_FETCH : 0, FALSE, &gpa ))
    {
        /* no operand has been planned yet: its place is free */
        emu->access[0].gpa[0] = gpa;
        emu->phase = PHASE_FETCH_READ;
    }
    return FALSE;
}

static BOOL fetch_read( struct emulate *emu, struct emulate_request *req )
{
    UINT64 address = fetch_address( emu );
    UINT32 size = INSN_MAX_LENGTH - emu->byte_count, room;

    room = 0x1000 - (address & 0xfff);
    if (size > room) size = room;
    if (size > 8) size = 8;
    if (!answered( emu )) return ask_memory( emu, req, emu->access[0].gpa[0] | (address & 0xfff), size, NULL );

    memcpy( emu->bytes + emu->byte_count, req->memory.Data, size );
    emu->byte_count += size;
    if (decode( emu )) return FALSE;
    if (emu->byte_count == INSN_MAX_LENGTH) return emulate_refuse( emu );
    if (size == room) emu->phase = PHASE_FETCH_TRANSLATE;
    return FALSE;
}

/* ---- registers ---- */

static void add_name( struct emulate_request *req, WHV_REGISTER_NAME name )
{
    req->names[req->count++] = name;
}

/* For the CPU's use of it: what is asked for here is all that the following phases look at. */
static BOOL get_registers( struct emulate *emu, struct emulate_request *req )
{
    const struct insn *insn = &emu->insn;
    UINT32 gprs = emulate_needed_gprs( emu ), segments = emulate_needed_segments( insn ), i, pos = 0;

    if (!answered( emu ))
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
        return ask( emu, req, EMULATE_GET_REGISTERS );
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
    if (insn->op == INSN_INS || insn->op == INSN_OUTS) emu->port = emu->gpr[RDX];
    go_to( emu, PHASE_PLAN );
    return FALSE;
}

static void set_name( struct emulate_request *req, WHV_REGISTER_NAME name, UINT64 value )
{
    memset( &req->values[req->count], 0, sizeof(req->values[0]) );
    req->values[req->count].Reg64 = value;
    add_name( req, name );
}

/* The one call that changes the guest. A fault comes with what the completed iterations of a string instruction have done. */
static BOOL set_registers( struct emulate *emu, struct emulate_request *req )
{
    WHV_X64_PENDING_DEBUG_EXCEPTION debug = { 0 };
    UINT32 i;

    if (answered( emu ))
    {
        emu->status.EmulationSuccessful = 1;
        finish( emu );
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
    return ask( emu, req, EMULATE_SET_REGISTERS );
}

/* ---- one instruction, or one iteration ---- */

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
    if (emu->insn.rep && !count_register( emu )) go_to( emu, PHASE_SET );
    else if (emulate_plan( emu )) go_to( emu, PHASE_TRANSLATE );
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
            if (answered( emu ))
            {
                if (!take_translation( emu, req, piece ? access->page[1] : access->gva,
                                       access->flags & INSN_WRITE ? PF_WRITE : 0, access->flags & EMULATE_SYSTEM,
                                       &access->gpa[piece] )) return FALSE;
            }
            else if (emu->known_access && access->page[piece] == emu->known_page && !(access->flags & ~emu->known_access))
            {
                access->gpa[piece] = emu->known_gpa;
            }
            else return ask_translation( emu, req, access->page[piece],
                                         (access->flags & INSN_READ ? WHvTranslateGvaFlagValidateRead : 0) |
                                         (access->flags & INSN_WRITE ? WHvTranslateGvaFlagValidateWrite : 0) |
                                         (access->flags & EMULATE_SYSTEM ? WHvTranslateGvaFlagPrivilegeExempt : 0) );
            access->translated[piece] = 1;
        }
    }
    go_to( emu, PHASE_READ );
    return FALSE;
}

/* Of an image that is accessed here and there: is there nothing to do with this unit, or element? */
static BOOL is_left_out( const struct emulate *emu, const struct emulate_access *access, UINT8 direction )
{
    UINT32 unit = (access->place + emu->offset) / 8;

    if (access->element) return !(access->mask >> emu->offset / access->element & 1);
    return emu->sparse && access->size > EMULATE_MAX_ACCESS && !(emu->units[direction == INSN_WRITE][unit / 64] >> unit % 64 & 1);
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
                if (!answered( emu ))
                    return ask_memory( emu, req, gpa, size, direction == INSN_WRITE ? data + emu->offset : NULL );
                if (direction == INSN_READ) memcpy( data + emu->offset, req->memory.Data, size );
            }
            emu->offset += size;
        }
    }
    go_to( emu, next );
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

static BOOL ask_port( struct emulate *emu, struct emulate_request *req, BOOL out )
{
    memset( &req->io, 0, sizeof(req->io) );
    req->io.Direction = out;
    req->io.Port = emu->port;
    req->io.AccessSize = emu->insn.operand_size;
    if (out) req->io.Data = emu->port_data;
    return ask( emu, req, EMULATE_IO );
}

static BOOL port_in( struct emulate *emu, struct emulate_request *req )
{
    if (emu->insn.op == INSN_IN || emu->insn.op == INSN_INS)
    {
        if (!answered( emu )) return ask_port( emu, req, FALSE );
        emu->port_data = req->io.Data;
    }
    go_to( emu, PHASE_EXECUTE );
    return FALSE;
}

static BOOL execute( struct emulate *emu, struct emulate_request *req )
{
    (void)req;
    emu->again = 0;
    if (emulate_execute( emu )) go_to( emu, emu->again ? PHASE_PLAN : PHASE_OUT );
    return FALSE;
}

static BOOL port_out( struct emulate *emu, struct emulate_request *req )
{
    if ((emu->insn.op == INSN_OUT || emu->insn.op == INSN_OUTS) && !answered( emu )) return ask_port( emu, req, TRUE );
    go_to( emu, PHASE_WRITE );
    return FALSE;
}

static void add_register( struct emulate *emu, UINT8 reg, INT64 value )
{
    insn_set_gpr( emu->gpr, reg, emu->insn.address_size, emu->gpr[reg] + value );
}

/* The iteration is complete: count it, and see whether another follows. */
static BOOL next( struct emulate *emu, struct emulate_request *req )
{
    const struct insn *insn = &emu->insn;
    INT64 step = emu->rflags & RFLAGS_DF ? -(INT64)insn->operand_size : insn->operand_size;

    (void)req;
    go_to( emu, PHASE_SET );
    if (insn->op == INSN_GATHER && emulate_elements_next( emu )) go_to( emu, PHASE_PLAN );
    if (!insn_is_string( insn )) return FALSE;

    if (insn->op != INSN_STOS && insn->op != INSN_SCAS && insn->op != INSN_INS) add_register( emu, RSI, step );
    if (insn->op != INSN_LODS && insn->op != INSN_OUTS) add_register( emu, RDI, step );
    if (!insn->rep) return FALSE;

    add_register( emu, RCX, -1 );
    if (!count_register( emu )) return FALSE;
    if ((insn->op == INSN_CMPS || insn->op == INSN_SCAS) && !(emu->rflags & RFLAGS_ZF) == (insn->rep == 0xf3)) return FALSE;
    if (++emu->iterations < EMULATE_MAX_ITERATIONS && !(emu->rflags & RFLAGS_TF)) go_to( emu, PHASE_PLAN );
    else emu->unfinished = 1;
    return FALSE;
}

static BOOL done( struct emulate *emu, struct emulate_request *req )
{
    req->kind = EMULATE_DONE;
    req->status = emu->status;
    return TRUE;
}

/* Each returns TRUE if it has made a request. */
static BOOL (* const phases[])( struct emulate *emu, struct emulate_request *req ) =
{
    [PHASE_FETCH_TRANSLATE] = fetch_translate,
    [PHASE_FETCH_READ]      = fetch_read,
    [PHASE_GET]             = get_registers,
    [PHASE_PLAN]            = plan,
    [PHASE_TRANSLATE]       = translate,
    [PHASE_READ]            = read_operands,
    [PHASE_IN]              = port_in,
    [PHASE_EXECUTE]         = execute,
    [PHASE_OUT]             = port_out,
    [PHASE_WRITE]           = write_operands,
    [PHASE_NEXT]            = next,
    [PHASE_SET]             = set_registers,
    [PHASE_DONE]            = done,
};

/* ---- beginning and going on ---- */

static void begin( struct emulate *emu, const WHV_VP_EXIT_CONTEXT *vp, const UINT8 *bytes, UINT8 byte_count )
{
    memset( &emu->vp, 0, sizeof(*emu) - offsetof( struct emulate, vp ));
    emu->vp = *vp;
    emu->rip = vp->Rip;
    emu->rflags = emu->old_rflags = vp->Rflags;
    if (vp->ExecutionState.InterruptionPending)
    {
        emu->status.InterruptCausedIntercept = 1;
        finish( emu );
        return;
    }
    emu->byte_count = byte_count < INSN_MAX_LENGTH ? byte_count : INSN_MAX_LENGTH;
    memcpy( emu->bytes, bytes, emu->byte_count );
    if (emu->byte_count && decode( emu )) return;
    emu->byte_count = 0;
    go_to( emu, PHASE_FETCH_TRANSLATE );
}

void emulate_begin_mmio( struct emulate *emu, const WHV_VP_EXIT_CONTEXT *vp, const WHV_MEMORY_ACCESS_CONTEXT *mmio )
{
    begin( emu, vp, mmio->InstructionBytes, mmio->InstructionByteCount );
    /* What cannot be fetched cannot be emulated. */
    if (mmio->AccessInfo.AccessType > WHvMemoryAccessWrite && emu->phase != PHASE_DONE) emulate_refuse( emu );
    if (!mmio->AccessInfo.GvaValid) return;
    emu->known_page = mmio->Gva & ~0xfffull;
    emu->known_gpa = mmio->Gpa & ~0xfffull;
    /* a page that is written can be read, but not the other way round */
    emu->known_access = mmio->AccessInfo.AccessType == WHvMemoryAccessWrite ? INSN_READ | INSN_WRITE : INSN_READ;
}

void emulate_begin_io( struct emulate *emu, const WHV_VP_EXIT_CONTEXT *vp, const WHV_X64_IO_PORT_ACCESS_CONTEXT *io )
{
    UINT8 size = io->AccessInfo.AccessSize;
    BOOL is_plain = !io->AccessInfo.StringOp && vp->InstructionLength;

    begin( emu, vp, io->InstructionBytes, is_plain ? 0 : io->InstructionByteCount );
    if (emu->phase == PHASE_DONE) return;
    emu->port = io->PortNumber;
    if (!is_plain) return;

    /* The context says all that IN and OUT are. */
    if (size != 1 && size != 2 && size != 4)
    {
        emulate_refuse( emu );
        return;
    }
    memset( &emu->insn, 0, sizeof(emu->insn) );
    emu->native.length = 0;
    emu->insn.op = io->AccessInfo.IsWrite ? INSN_OUT : INSN_IN;
    emu->insn.mode = code_mode( vp );
    emu->insn.operand_size = size;
    emu->next_rip = emu->rip + vp->InstructionLength;
    if (emu->insn.mode != INSN_MODE_64) emu->next_rip = (UINT32)emu->next_rip;
    emu->gpr[RAX] = emu->old_gpr[RAX] = io->Rax;
    go_to( emu, PHASE_IN );
}

void emulate_step( struct emulate *emu, struct emulate_request *req )
{
    /* of an answer only the result and the data are looked at: a callback may have written over the question */
    if (emu->waiting != EMULATE_DONE && req->result != S_OK)
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
        finish( emu );
    }
    while (!phases[emu->phase]( emu, req )) ;
}
