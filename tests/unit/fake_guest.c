/*
 * A fake guest for the emulator's tests
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

#include <stdlib.h>
#include <string.h>

#include "../winhvemulation/unixlib.h"
#include "emulate/emulate.h"
#include "fake_guest.h"
#include "insn/insn.h"
#include "vectors.h"

void guest_init( struct guest *guest, enum insn_mode mode )
{
    UINT32 i;

    memset( guest, 0, sizeof(*guest) );
    guest->emu.cache = &guest->cache;
    for (i = 0; i < 6; i++)
    {
        guest->segments[i].Limit = mode == INSN_MODE_16 ? 0xffff : 0xffffffff;
        guest->segments[i].SegmentType = i == SEGMENT_CS ? 11 : 3;
        guest->segments[i].NonSystemSegment = 1;
        guest->segments[i].Present = 1;
        guest->segments[i].Default = mode == INSN_MODE_32;
    }
    guest->segments[SEGMENT_CS].Long = mode == INSN_MODE_64;
    guest->vp.ExecutionState.Cr0Pe = mode != INSN_MODE_16;
    guest->vp.ExecutionState.EferLma = mode == INSN_MODE_64;
    guest->rip = mode == INSN_MODE_16 ? 0x3000 : GUEST_RAM + 0x3000;
    guest->rflags = 2;
    guest->cr0 = 0x20;                  /* NE */
    guest->cr4 = 0x40600;               /* OSFXSR, OSXMMEXCPT, OSXSAVE */
    guest->xcr0 = 7;
    guest->fp_control.FpControlStatus.FpControl = 0x37f;
    guest->xmm_control.XmmControlStatus.XmmStatusControl = 0x1f80;
    guest->xmm_control.XmmControlStatus.XmmStatusControlMask = 0xffff;
    guest->bad_page = ~0ull;
    guest->ram_base = GUEST_RAM;
    if (mode == INSN_MODE_16)
        for (i = 0; i < 6; i++)
        {
            guest->segments[i].Selector = GUEST_RAM >> 4;
            guest->segments[i].Base = GUEST_RAM;
        }
}

static struct guest_log *add_log( struct guest *guest, UINT32 kind, UINT64 address, UINT32 size, BOOL write )
{
    struct guest_log *log = &guest->log[guest->log_count < GUEST_LOG ? guest->log_count++ : GUEST_LOG - 1];

    log->kind = kind;
    log->address = address;
    log->size = size;
    log->write = write;
    log->data = 0;
    return log;
}

/* A register of vectors.h and its size, or NULL. */
static void *find_lane( struct guest *guest, UINT32 name, UINT32 *size )
{
    UINT32 number = name - WHV_VECTOR_FIRST;

    *size = 16;
    if (number >= WHV_VECTOR_COUNT || guest->refuses_lanes) return NULL;
    if (number < 0x80) return number < 64 && !(number & 3) ? NULL : guest->lanes[number / 4][number % 4];
    *size = 8;
    return &guest->opmask[number - 0x80];
}

static HRESULT get_registers( struct guest *guest, struct emulate_request *req )
{
    UINT32 i, size;

    for (i = 0; i < req->count; i++)
    {
        UINT32 name = req->names[i];
        WHV_REGISTER_VALUE *value = &req->values[i];
        void *lane = find_lane( guest, name, &size );

        memset( value, 0, sizeof(*value) );
        if (lane) memcpy( value, lane, size );
        else if (name <= WHvX64RegisterR15) value->Reg64 = guest->gpr[name - WHvX64RegisterRax];
        else if (name == WHvX64RegisterRip) value->Reg64 = guest->rip;
        else if (name == WHvX64RegisterRflags) value->Reg64 = guest->rflags;
        else if (name == WHvX64RegisterCr0) value->Reg64 = guest->cr0;
        else if (name == WHvX64RegisterCr4) value->Reg64 = guest->cr4;
        else if (name == WHvX64RegisterXCr0) value->Reg64 = guest->xcr0;
        else if (name == WHvX64RegisterFpControlStatus) *value = guest->fp_control;
        else if (name == WHvX64RegisterXmmControlStatus) *value = guest->xmm_control;
        else if (name >= WHvX64RegisterFpMmx0 && name <= WHvX64RegisterFpMmx7)
            memcpy( value, guest->st[name - WHvX64RegisterFpMmx0], 16 );
        else if (name >= WHvX64RegisterEs && name <= WHvX64RegisterGs)
            value->Segment = guest->segments[name - WHvX64RegisterEs];
        else if (name >= WHvX64RegisterXmm0 && name <= WHvX64RegisterXmm15)
            memcpy( value, guest->xmm[name - WHvX64RegisterXmm0], 16 );
        else if (name == WHvX64RegisterEfer) value->Reg64 = guest->efer;
        else if (name == WHvRegisterInterruptState) value->Reg64 = guest->interrupt_state;
        else if (name == WHvX64RegisterGdtr) value->Table = guest->gdtr;
        else if (name == WHvX64RegisterIdtr) value->Table = guest->idtr;
        else if (name == WHvX64RegisterLdtr) value->Segment = guest->ldtr;
        else if (name == WHvX64RegisterTr) value->Segment = guest->tr;
        else return E_INVALIDARG;
    }
    return S_OK;
}

static HRESULT set_registers( struct guest *guest, struct emulate_request *req )
{
    UINT32 i, size;

    for (i = 0; i < req->count; i++)
    {
        UINT32 name = req->names[i];
        const WHV_REGISTER_VALUE *value = &req->values[i];
        void *lane = find_lane( guest, name, &size );

        if (lane) memcpy( lane, value, size );
        else if (name <= WHvX64RegisterR15) guest->gpr[name - WHvX64RegisterRax] = value->Reg64;
        else if (name == WHvX64RegisterRip) guest->rip = value->Reg64;
        else if (name == WHvX64RegisterRflags) guest->rflags = value->Reg64;
        else if (name >= WHvX64RegisterEs && name <= WHvX64RegisterGs)
            guest->segments[name - WHvX64RegisterEs] = value->Segment;
        else if (name >= WHvX64RegisterXmm0 && name <= WHvX64RegisterXmm15)
            memcpy( guest->xmm[name - WHvX64RegisterXmm0], value, 16 );
        else if (name == WHvX64RegisterFpControlStatus) guest->fp_control = *value;
        else if (name == WHvX64RegisterXmmControlStatus) guest->xmm_control = *value;
        else if (name >= WHvX64RegisterFpMmx0 && name <= WHvX64RegisterFpMmx7)
            memcpy( guest->st[name - WHvX64RegisterFpMmx0], value, 16 );
        else if (name == WHvRegisterPendingEvent) guest->event = value->ExceptionEvent;
        else if (name == WHvX64RegisterPendingDebugException) guest->pending_debug = value->Reg64;
        else if (name == WHvRegisterInterruptState) guest->interrupt_state = value->Reg64;
        else if (name == WHvX64RegisterGdtr) guest->gdtr = value->Table;
        else if (name == WHvX64RegisterIdtr) guest->idtr = value->Table;
        else if (name == WHvX64RegisterLdtr) guest->ldtr = value->Segment;
        else if (name == WHvX64RegisterTr) guest->tr = value->Segment;
        else if (name == WHvX64RegisterCr0) guest->cr0 = value->Reg64;
        else return E_INVALIDARG;
    }
    return S_OK;
}

static HRESULT translate( struct guest *guest, struct emulate_request *req )
{
    add_log( guest, EMULATE_TRANSLATE, req->gva, req->flags, 0 );
    req->code = req->gva == guest->bad_page ? guest->bad_code : WHvTranslateGvaResultSuccess;
    /* "no such memory" is an answer to a question about an access */
    if (req->code >= WHvTranslateGvaResultGpaUnmapped && req->code < WHvTranslateGvaResultIntercept &&
        !(req->flags & 7))
        req->code = WHvTranslateGvaResultSuccess;
    req->gpa = req->code == WHvTranslateGvaResultSuccess ? req->gva | guest->misalignment : 0;
    return S_OK;
}

static HRESULT memory( struct guest *guest, struct emulate_request *req )
{
    WHV_EMULATOR_MEMORY_ACCESS_INFO *access = &req->memory;
    UINT64 offset = access->GpaAddress - guest->ram_base;
    struct guest_log *log;

    if (!access->AccessSize || access->AccessSize > 8 ||
        (access->GpaAddress & 0xfff) + access->AccessSize > 0x1000) return E_INVALIDARG;
    log = add_log( guest, EMULATE_MEMORY, access->GpaAddress, access->AccessSize, access->Direction );
    if (access->Direction) memcpy( &log->data, access->Data, access->AccessSize );
    if (offset < GUEST_RAM_SIZE && offset + access->AccessSize <= GUEST_RAM_SIZE)
    {
        if (access->Direction) memcpy( guest->ram + offset, access->Data, access->AccessSize );
        else memcpy( access->Data, guest->ram + offset, access->AccessSize );
    }
    else if (!access->Direction) memcpy( access->Data, &guest->mmio_data, access->AccessSize );
    return S_OK;
}

static HRESULT port( struct guest *guest, struct emulate_request *req )
{
    struct guest_log *log = add_log( guest, EMULATE_IO, req->io.Port, req->io.AccessSize, req->io.Direction );

    if (req->io.Direction) log->data = req->io.Data;
    else req->io.Data = guest->mmio_data++;
    return S_OK;
}

static UINT32 run( struct guest *guest )
{
    static HRESULT (* const answers[])( struct guest *, struct emulate_request * ) =
    {
        [EMULATE_GET_REGISTERS] = get_registers,
        [EMULATE_SET_REGISTERS] = set_registers,
        [EMULATE_TRANSLATE]     = translate,
        [EMULATE_MEMORY]        = memory,
        [EMULATE_IO]            = port,
    };
    struct emulate_request *req = &guest->req;

    guest->known = req->known;
    while (req->kind != EMULATE_DONE)
    {
        if (req->kind == guest->fail_kind && guest->counts[req->kind] >= guest->fail_after) req->result = E_FAIL;
        else req->result = answers[req->kind]( guest, req );
        guest->counts[req->kind]++;
        emulate_step( &guest->emu, req );
    }
    return req->status.AsUINT32;
}

static void make_vp( struct guest *guest )
{
    guest->vp.Rip = guest->rip;
    guest->vp.Rflags = guest->rflags;
    guest->vp.Cs = guest->segments[SEGMENT_CS];
    guest->log_count = 0;
    memset( guest->counts, 0, sizeof(guest->counts) );
}

UINT32 guest_mmio( struct guest *guest, const UINT8 *bytes, UINT32 count, UINT64 gva, UINT64 gpa, BOOL write,
                   BOOL gva_valid )
{
    WHV_MEMORY_ACCESS_CONTEXT mmio;

    make_vp( guest );
    memset( &mmio, 0, sizeof(mmio) );
    mmio.InstructionByteCount = count;
    memcpy( mmio.InstructionBytes, bytes, count );
    mmio.AccessInfo.AccessType = write ? WHvMemoryAccessWrite : WHvMemoryAccessRead;
    mmio.AccessInfo.GpaUnmapped = 1;
    mmio.AccessInfo.GvaValid = gva_valid;
    mmio.Gpa = gpa;
    mmio.Gva = gva;
    emulate_begin_mmio( &guest->emu, &guest->vp, &mmio, &guest->req );
    return run( guest );
}

UINT32 guest_io( struct guest *guest, const UINT8 *bytes, UINT32 count, const WHV_X64_IO_PORT_ACCESS_CONTEXT *io )
{
    WHV_X64_IO_PORT_ACCESS_CONTEXT copy = *io;

    make_vp( guest );
    copy.InstructionByteCount = count;
    memcpy( copy.InstructionBytes, bytes, count );
    emulate_begin_io( &guest->emu, &guest->vp, &copy, &guest->req );
    return run( guest );
}
