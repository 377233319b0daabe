/*
 * The emulator: iterations of string instructions that are told at once
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

#include "../winhvemulation/unixlib.h"
#include "emulate/address.h"
#include "emulate/request.h"
#include "emulate/series.h"
#include "emulate/state.h"
#include "host/x86.h"
#include "insn/access.h"
#include "insn/insn.h"

static UINT64 smaller( UINT64 a, UINT64 b )
{
    return a < b ? a : b;
}

/* So many items from offset on lie in front of a limit, whose last byte is given, or are above 0 if they go down. */
static UINT64 items_inside( UINT64 offset, UINT64 last, UINT8 size, BOOL down )
{
    if (down) return offset / size + 1;
    return offset <= last ? (last - offset + 1) / size : 0;
}

/* How many iterations the item at a register stays where nothing has to be asked for or checked: in its page, in front
 * of the end of the segment, and of the address size. */
static UINT64 items_left( const struct emulate *emu, const struct emulate_access *access, UINT8 reg, UINT8 segment )
{
    const struct insn *insn = &emu->insn;
    BOOL down = !!(emu->rflags & RFLAGS_DF);
    UINT64 offset = insn_get_gpr( emu->gpr, reg, insn->address_size ), ret;
    UINT8 size = insn->operand_size;

    if (access->first < access->size) return 0;
    ret = items_inside( access->gva & 0xfff, 0xfff, size, down );
    if (insn->address_size < 8)
        ret = smaller( ret, items_inside( offset, (1ull << 8 * insn->address_size) - 1, size, down ));
    if (insn->mode == INSN_MODE_64) return ret;
    /* one that grows down is limited at its other end */
    if ((emu->segments[segment].SegmentType & 0xc) == 4) return 0;
    return smaller( ret, items_inside( offset, emu->segments[segment].Limit, size, down ));
}

struct kinds
{
    UINT8 read, write;          /* as in struct emulate_series */
};

/* Which callbacks an iteration makes; those that write nothing make no series. */
static struct kinds find_kinds( UINT8 op )
{
    static const struct kinds ins = { EMULATE_IO, EMULATE_MEMORY }, outs = { EMULATE_MEMORY, EMULATE_IO },
                              movs = { EMULATE_MEMORY, EMULATE_MEMORY }, stos = { EMULATE_DONE, EMULATE_MEMORY },
                              none = { EMULATE_DONE, EMULATE_DONE };

    switch (op)
    {
    case INSN_INS:  return ins;
    case INSN_OUTS: return outs;
    case INSN_MOVS: return movs;
    case INSN_STOS: return stos;
    default:        return none;
    }
}

static UINT64 item_gpa( const struct emulate_access *access )
{
    return access->gpa[0] + (access->gva & 0xfff);
}

void emulate_foresee_series( struct emulate *emu, struct emulate_request *req )
{
    const struct insn *insn = &emu->insn;
    struct kinds kinds = find_kinds( insn->op );
    struct emulate_series series =
    {
        .read = kinds.read, .write = kinds.write, .size = insn->operand_size, .port = emu->port,
        .step = insn_string_step( insn, emu->rflags )
    };
    UINT64 count;
    UINT32 i;

    if (!insn->rep || !kinds.write || emu->rflags & RFLAGS_TF) return;
    count = smaller( insn_get_gpr( emu->gpr, RCX, insn->address_size ), EMULATE_MAX_ITERATIONS - emu->iterations );
    for (i = 0; i < emu->access_count; i++)
    {
        const struct emulate_access *access = &emu->access[i];
        BOOL is_read = !!(access->flags & INSN_READ);

        count = smaller( count, is_read ? items_left( emu, access, RSI, insn->string_segment )
                                        : items_left( emu, access, RDI, SEGMENT_ES ));
        if (is_read) series.read_gpa = item_gpa( access );
        else series.write_gpa = item_gpa( access );
    }
    if (count < 2) return;

    if (!series.read) series.data = emulate_get_data( &emu->access[0] );
    req->series = series;
    emu->series = count;
    req->known = emu->known = (series.read ? 2 * count : count) - 1;
}

static void move_register( struct emulate *emu, UINT8 reg, INT64 value )
{
    insn_set_gpr( emu->gpr, reg, emu->insn.address_size, emu->gpr[reg] + value );
}

void emulate_count_iterations( struct emulate *emu, UINT32 count )
{
    UINT32 moved = insn_string_registers( &emu->insn );
    INT64 distance = count * insn_string_step( &emu->insn, emu->rflags );

    if (moved & 1 << RSI) move_register( emu, RSI, distance );
    if (moved & 1 << RDI) move_register( emu, RDI, distance );
    if (emu->insn.rep) move_register( emu, RCX, -(INT64)count );
    emu->iterations += count;
}

void emulate_end_series( struct emulate *emu )
{
    emulate_count_iterations( emu, emu->series - 1 );
    emu->series = emu->known = 0;
    emulate_go_to( emu, emu->insn.op == INSN_OUTS ? PHASE_OUT : PHASE_WRITE );
}

BOOL emulate_ends_series( const struct emulate *emu, const struct emulate_request *req )
{
    struct kinds kinds = find_kinds( emu->insn.op );

    if (req->result == S_OK) return !req->known && req->kind == kinds.write;
    return req->kind == kinds.write || (kinds.read && req->kind == kinds.read);
}
