/*
 * Fuzz target: the emulator
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
 * WinHvEmulation's conversation, on hostile instruction bytes, contexts, registers, translations and callback answers.
 * What must hold, besides not crashing:
 *  - every request is one that a callback can take; their number is bounded;
 *  - a refused instruction has written nothing and set nothing; registers are set at most once, by the last callback;
 *  - with honest answers it makes no difference whether the exit told the address or the translation callback did.
 * It knows the blocks of dlls/winhvemulation/unixlib.h, and decodes with insn.h to make contexts that fit the
 * instruction.
 */

#include "../winhvemulation/follow.h"
#include "../winhvemulation/unixlib.h"
#include "calls/emulator_calls.h"
#include "emulator_client.h"
#include "fuzz.h"
#include "guest.h"
#include "insn/decode.h"
#include "insn/insn.h"
#include "wine/unixlib.h"

/* above what an instruction can need: 1024 iterations of two accesses with two pages each, or the largest image in
 * 8-byte pieces */
#define MAX_STEPS  40000

/* never called from the Unix side */
static const WHV_EMULATOR_CALLBACKS callbacks =
{
    sizeof(callbacks), 0, (void *)1, (void *)2, (void *)3, (void *)4, (void *)5
};

static struct machine start, first;
static void *emulator;

/* ---- one emulation ---- */

static void emulate( struct emulation *emu )
{
    struct emulator_params params;
    struct emulate_request *req = &params.request;
    BOOL ended = 0;
    NTSTATUS ret;

    emu->writes = emu->sets = emu->failures = emu->steps = 0;
    emu->faulted = 0;
    memset( &params, 0x55, sizeof(params) );
    params.emulator = emulator;
    params.vp = &emu->vp;
    params.io = emu->is_io ? &emu->io : NULL;
    params.mmio = emu->is_io ? NULL : &emu->mmio;
    ret = emulator_start_call( &params );
    FUZZ_CHECK( ret == S_OK, "start: %08x", ret );
    for (;;)
    {
        FUZZ_CHECK( emu->steps++ < MAX_STEPS, "%u steps", emu->steps );
        FUZZ_CHECK( !ended || req->kind == EMULATE_DONE, "request %u behind the last one", req->kind );
        if (req->kind == EMULATE_DONE) break;
        req->result = S_OK;
        switch (req->kind)
        {
        case EMULATE_GET_REGISTERS: client_get_registers( req ); break;
        case EMULATE_TRANSLATE:     client_translate( req ); break;
        case EMULATE_MEMORY:        client_access_memory( req, emu ); break;
        case EMULATE_IO:            client_access_port( req, emu ); break;
        case EMULATE_SET_REGISTERS:
            ended = 1;
            emu->sets++;
            client_set_registers( req, emu );
            break;
        default:
            fuzz_fail( "request %u", req->kind );
        }
        if (client.hostile)
        {
            UINT8 how = fuzz_u8( client.input );

            if (how == 1 || how == 2)
            {
                req->result = how == 1 ? E_FAIL : (HRESULT)fuzz_u32( client.input );
                if (req->result != S_OK)
                {
                    emu->failures++;
                    ended = 1;
                }
            }
            else if (how == 3)
            {
                /* a callback that writes where it has no business: found out, or without effect */
                UINT32 kind = req->kind, count = req->count;

                fuzz_bytes( client.input, &req->kind, 4 );
                fuzz_bytes( client.input, &req->count, 4 );
                if (kind == EMULATE_GET_REGISTERS) fuzz_bytes( client.input, req->names, 16 );
                if (req->kind != kind || (kind == EMULATE_GET_REGISTERS && req->count != count))
                {
                    ret = emulator_step_call( &params );
                    FUZZ_CHECK( ret == E_INVALIDARG, "a question was written over: %08x", ret );
                }
                req->kind = kind;
                req->count = count;
            }
        }
        FUZZ_CHECK( *params.current == params.sequence, "the emulator is at another emulation" );
        if (req->result == S_OK && req->known)
        {
            /* what begins with the registers may be had step by step too */
            BOOL asks = client.hostile && req->kind == EMULATE_GET_REGISTERS && fuzz_u8( client.input ) & 1;

            if (!asks && emulate_next( req )) continue;
            FUZZ_CHECK( req->kind == EMULATE_GET_REGISTERS, "request %u has nothing behind it", req->kind );
        }
        ret = emulator_step_call( &params );
        FUZZ_CHECK( ret == S_OK, "step: %08x", ret );
    }
    emu->status = req->status;
    if (emu->status.EmulationSuccessful)
    {
        FUZZ_CHECK( emu->status.AsUINT32 == 1, "status %x", emu->status.AsUINT32 );
        FUZZ_CHECK( emu->sets == 1 && !emu->failures, "success, %u failures, registers set %u times", emu->failures,
                    emu->sets );
    }
    else
    {
        FUZZ_CHECK( emu->status.AsUINT32, "no status" );
        if (emu->status.InternalEmulationFailure)
            FUZZ_CHECK( !emu->writes && !emu->sets && !emu->failures, "refused after %u writes, registers set %u times",
                        emu->writes, emu->sets );
        if (emu->sets)
            FUZZ_CHECK( emu->failures, "registers were set, but it did not succeed: %x", emu->status.AsUINT32 );
    }
}

/* ---- inputs ---- */

static const WHV_X64_SEGMENT_REGISTER *segment( UINT32 index )
{
    return &start.segments[index < 6 ? index : 3];
}

static UINT64 linear( enum insn_mode mode, UINT32 index, UINT64 offset )
{
    if (mode != INSN_MODE_64) return (UINT32)(offset + segment( index )->Base);
    return index >= SEGMENT_FS ? offset + segment( index )->Base : offset;
}

/* An address that the instruction accesses. */
static UINT64 address_of( const struct insn *insn, enum insn_mode mode )
{
    if (insn->has_mem)
        return linear( mode, insn->mem.segment, insn_mem_offset( insn, start.gpr, start.rip + insn->length ));
    switch (insn->op)
    {
    case INSN_MOVS: case INSN_LODS: case INSN_CMPS: case INSN_OUTS:
        return linear( mode, insn->string_segment, insn_get_gpr( start.gpr, RSI, insn->address_size ));
    case INSN_STOS: case INSN_SCAS: case INSN_INS:
        return linear( mode, SEGMENT_ES, insn_get_gpr( start.gpr, RDI, insn->address_size ));
    }
    return linear( mode, SEGMENT_SS, start.gpr[RSP] - insn->stack_size );
}

static void make_machine( enum insn_mode mode, BOOL protected )
{
    UINT64 mask = mode == INSN_MODE_64 ? ~0ull : mode == INSN_MODE_32 ? 0xffffffff : 0xffff;
    UINT32 i, count;

    memset( &start, 0, sizeof(start) );
    for (i = 0; i < 16; i++) start.gpr[i] = (0x8877665544332211 + i * 0x0101010101010101) & mask;
    start.gpr[RCX] = 3;
    start.gpr[RBX] = mode == INSN_MODE_16 ? 0x100 : 0xd0000;
    start.gpr[RSP] = 0x8000;
    start.gpr[RBP] = mode == INSN_MODE_16 ? 0xffd : 0xd0ffd;
    start.gpr[RSI] = 0x3000;
    start.gpr[RDI] = mode == INSN_MODE_16 ? 0x200 : 0xd0200;
    start.rip = 0x1ff8;
    start.device = 0x1122334455667788;
    for (i = 0; i < 6; i++)
    {
        start.segments[i].Limit = mode == INSN_MODE_16 ? 0xffff : 0xffffffff;
        start.segments[i].SegmentType = i == SEGMENT_CS ? 11 : 3;
        start.segments[i].NonSystemSegment = start.segments[i].Present = 1;
        start.segments[i].Default = mode == INSN_MODE_32;
        start.segments[i].Selector = 8 * i + 8;
    }
    start.segments[SEGMENT_CS].Long = mode == INSN_MODE_64;
    if (!protected) start.segments[SEGMENT_ES].Base = 0xd0000;
    for (i = 0; i < 32; i++)
    {
        start.vectors[i].Low64 = 0x3ff0000000000000 + i;
        start.vectors[i].High64 = 0x4000000000000000 + i * 0x1111;
    }
    start.cr0 = protected ? 0x80000033 : 0x30;
    start.cr4 = 0x40620;

    start.rflags = (fuzz_u32( client.input ) & 0x250fd5) | 2;
    count = fuzz_u8( client.input );
    for (i = 0; i < (count & 7); i++)
    {
        UINT8 which = fuzz_u8( client.input );

        start.gpr[which & 15] = which & 0x80 ? fuzz_edge( client.input )
                                : which & 0x40 ? 0xd0ff0u + (fuzz_u8( client.input ) & 31) : fuzz_u16( client.input );
    }
    for (i = 0; i < (count >> 3 & 3); i++)
    {
        WHV_X64_SEGMENT_REGISTER *seg = &start.segments[fuzz_u8( client.input ) % 6];

        seg->Base = fuzz_edge( client.input );
        if (seg < &start.segments[SEGMENT_FS]) seg->Base = (UINT32)seg->Base;
        seg->Limit = fuzz_edge( client.input );
        seg->Attributes = fuzz_u16( client.input );
        seg->Selector = fuzz_u16( client.input );
    }
    if (count & 0x20) start.cr4 = fuzz_u32( client.input );
    if (count & 0x40) start.cr0 = fuzz_u32( client.input );
    if (count & 0x80) start.rip = fuzz_edge( client.input );
    fuzz_bytes( client.input, start.ram + 0x3000, 32 );
    memcpy( start.ram + 0x6000, start.ram + 0x3000, 32 );
}

static void make_context( struct emulation *emu, UINT8 flags, enum insn_mode mode, BOOL protected, const UINT8 *bytes,
                          UINT32 count )
{
    struct insn insn;
    UINT64 gva;
    BOOL decoded = SUCCEEDED(insn_decode( bytes, count, mode, &insn ));
    UINT8 more = fuzz_u8( client.input );

    memset( emu, 0, sizeof(*emu) );
    emu->vp.Rip = start.rip;
    emu->vp.Rflags = start.rflags;
    emu->vp.Cs = start.segments[SEGMENT_CS];
    emu->vp.Cs.Long = mode == INSN_MODE_64;
    emu->vp.Cs.Default = mode == INSN_MODE_32;
    emu->vp.ExecutionState.Cr0Pe = protected;
    emu->vp.ExecutionState.EferLma = mode == INSN_MODE_64;
    emu->vp.ExecutionState.Cpl = protected ? more & 3 : 0;
    emu->vp.ExecutionState.Cr0Am = more >> 2 & 1;
    emu->vp.ExecutionState.InterruptionPending = (more & 0xf8) == 0xf8;

    if (flags & 1)
    {
        emu->is_io = 1;
        emu->vp.InstructionLength = decoded ? insn.length : more >> 4;
        if (more & 8) emu->vp.InstructionLength = fuzz_u8( client.input ) & 15;
        emu->io.InstructionByteCount = more & 0x10 ? 0 : count;
        memcpy( emu->io.InstructionBytes, bytes, count );
        emu->io.AccessInfo.IsWrite = decoded ? insn.op == INSN_OUT || insn.op == INSN_OUTS : more >> 5 & 1;
        emu->io.AccessInfo.AccessSize = decoded ? insn.operand_size & 7 : more & 7;
        emu->io.AccessInfo.StringOp = decoded ? insn_is_string( &insn ) : more >> 6 & 1;
        emu->io.AccessInfo.RepPrefix = decoded && insn.rep;
        emu->io.PortNumber = start.gpr[RDX];
        emu->io.Rax = start.gpr[RAX];
        emu->io.Rcx = start.gpr[RCX];
        emu->io.Rsi = start.gpr[RSI];
        emu->io.Rdi = start.gpr[RDI];
        if (client.hostile && (more & 0x20)) fuzz_bytes( client.input, &emu->io, sizeof(emu->io) );
        return;
    }
    gva = decoded ? address_of( &insn, mode ) : fuzz_edge( client.input );
    emu->mmio.InstructionByteCount = more & 0x10 ? 0 : count;
    memcpy( emu->mmio.InstructionBytes, bytes, count );
    emu->mmio.AccessInfo.AccessType = flags >> 3 & 1;
    emu->mmio.AccessInfo.GvaValid = flags >> 2 & 1;
    emu->mmio.Gva = gva;
    emu->mmio.Gpa = client_page_of( gva ) | (gva & 0xfff);
    if (client.hostile && (more & 0x20)) fuzz_bytes( client.input, &emu->mmio, sizeof(emu->mmio) );
}

void fuzz_setup( void )
{
    fuzz_quiet();
}

void fuzz_run( struct fuzz_input *in )
{
    struct emulator_create_params create = { &callbacks, &emulator };
    struct emulator_destroy_params destroy;
    UINT8 flags = fuzz_u8( in ), bytes[16] = { 0 };
    enum insn_mode mode = (flags >> 4 & 3) % 3;
    BOOL protected = mode != INSN_MODE_16 || (flags & 0x40);
    struct emulation emu, other;
    UINT32 count, i;

    client.input = in;
    client.hostile = flags >> 1 & 1;
    count = fuzz_u8( in ) & 15;
    fuzz_bytes( in, bytes, count );
    make_machine( mode, protected );
    make_context( &emu, flags, mode, protected, bytes, count );
    /* where it is fetched from, if the context has no bytes */
    for (i = 0; i < count; i++)
    {
        UINT64 at = start.rip + i + (mode == INSN_MODE_64 ? 0 : emu.vp.Cs.Base), gpa;

        if (mode != INSN_MODE_64) at = (UINT32)at;
        gpa = client_page_of( at ) | (at & 0xfff);
        if (gpa < RAM_SIZE) start.ram[gpa] = bytes[i];
    }

    FUZZ_CHECK( emulator_create_call( &create ) == S_OK, "create" );
    other = emu;
    client.now = start;
    emulate( &emu );
    if (!client.hostile && !emu.is_io && flags & 0x80)
    {
        /* the other way round; what the exit says about rights is right only if the access is that */
        first = client.now;
        other.mmio.AccessInfo.GvaValid ^= 1;
        client.now = start;
        emulate( &other );
        FUZZ_CHECK( emu.status.AsUINT32 == other.status.AsUINT32 && emu.faulted == other.faulted,
                    "status %x, fault %u; with%s GVA %x, %u", emu.status.AsUINT32, emu.faulted,
                    other.mmio.AccessInfo.GvaValid ? "" : "out", other.status.AsUINT32, other.faulted );
        FUZZ_CHECK( !memcmp( &first, &client.now, sizeof(client.now) ), "with%s GVA it does something else",
                    other.mmio.AccessInfo.GvaValid ? "" : "out" );
    }
    destroy.emulator = emulator;
    FUZZ_CHECK( emulator_destroy_call( &destroy ) == S_OK, "destroy" );
}

void fuzz_seeds( fuzz_seed_func seed )
{
    UINT8 data[128];
    UINT32 i, mode, flags;

    for (i = 0; i < guest_insn_count; i++)
        for (mode = 0; mode < 3; mode++)
            for (flags = 0; flags < 4; flags++)
            {
                const struct guest_insn *insn = &guest_insns[i];
                BOOL io = insn->bytes[0] >= 0x6c && insn->bytes[0] <= 0x6f;
                UINT32 pos = 0;

                data[pos++] = (io || (insn->bytes[0] & 0xf4) == 0xe4) | flags << 2 | mode << 4 | 0x80 |
                              (flags == 3 ? 2 : 0);
                data[pos++] = insn->length;
                memcpy( data + pos, insn->bytes, insn->length );
                pos += insn->length;
                memset( data + pos, 0, 5 );     /* flags, registers */
                pos += 5;
                memset( data + pos, 0x11 * (i + 1), 32 );
                pos += 32;
                data[pos++] = 0;
                memset( data + pos, 0x55, 16 );
                seed( data, pos + 16 );
            }
}
