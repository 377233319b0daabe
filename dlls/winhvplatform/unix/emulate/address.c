/*
 * Segmentation
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

#include "emulate/address.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "host/x86.h"
#include "insn/access.h"
#include "insn/insn.h"

static BOOL segment_fault( struct emulate *emu, UINT8 segment )
{
    return emulate_fault( emu, segment == SEGMENT_SS ? VECTOR_SS : VECTOR_GP, 0, 0 );
}

BOOL emulate_is_real_mode( const struct emulate *emu )
{
    return !emu->vp.ExecutionState.Cr0Pe || (emu->rflags & RFLAGS_VM);
}

/* Outside of 64-bit mode: rights and limit. The limit is in bytes whatever the granularity. */
static BOOL check_segment( struct emulate *emu, UINT8 number, UINT32 first, UINT32 size, UINT8 flags )
{
    const WHV_X64_SEGMENT_REGISTER *segment = &emu->segments[number];
    UINT8 type = segment->SegmentType;
    BOOL is_code = (type & 8) != 0;
    UINT32 last = first + size - 1;

    if (!emulate_is_real_mode( emu ))
    {
        if (!segment->Present || !segment->NonSystemSegment) return segment_fault( emu, number );
        if ((flags & INSN_WRITE) && (is_code || !(type & 2))) return segment_fault( emu, number );
        if ((flags & INSN_READ) && is_code && !(type & 2)) return segment_fault( emu, number );
    }
    if (!is_code && (type & 4))
    {
        UINT32 top = segment->Default ? 0xffffffff : 0xffff;

        if (first <= segment->Limit || last > top || last < first) return segment_fault( emu, number );
    }
    /* the CPU lets an access wrap around the end of a segment of 4 GiB */
    else if (segment->Limit != 0xffffffff && (last > segment->Limit || last < first))
        return segment_fault( emu, number );
    return TRUE;
}

/* Where an access of the guest's must begin if AC is set (SDM 3, table 6-7): what is several words, by the word.
 * Vectors of 16 bytes and more are left to the processor: AMD's check them by 16 bytes, Intel's not at all. */
static UINT32 checked_alignment( const struct emulate *emu, UINT32 size )
{
    const struct insn *insn = &emu->insn;

    if (emu->far.gate) return emu->far.gate;
    switch (insn->op)
    {
    case INSN_CALL_FAR:
    case INSN_JMP_FAR:
    case INSN_RET_FAR:
        if (insn->stack_size && size == 2 * insn->stack_size) return insn->stack_size;
        /* fall through */
    case INSN_LOAD_FAR:
        return size > 4 ? 4 : 2;
    case INSN_SGDT: case INSN_SIDT: case INSN_LGDT: case INSN_LIDT:
    case INSN_FNSTENV: case INSN_FLDENV: case INSN_FNSAVE: case INSN_FRSTOR:
        return insn->operand_size < 4 ? 2 : 4;
    }
    if (insn->element) return 1;
    switch (size)
    {
    case 2: case 4: case 8: if (!insn->stack_size) return size; break;
    case 10: return 8;
    case 16: case 32: case 64: if (!insn->stack_size) return emulate_host_is_intel() ? 1 : 16; break;
    }
    return insn->stack_size ? insn->stack_size : 1;
}

static void add_access( struct emulate *emu, UINT64 gva, UINT64 second, UINT32 size, UINT8 flags )
{
    struct emulate_access *access = &emu->access[emu->access_count++];

    second &= ~0xfffull;
    /* the next iteration of a string instruction mostly stays on the page */
    if (access->flags != flags || access->page[0] != (gva & ~0xfffull)) access->translated[0] = 0;
    if (access->flags != flags || access->page[1] != second) access->translated[1] = 0;
    access->gva = gva;
    access->size = size;
    access->flags = flags;
    access->place = 0;
    access->element = 0;
    access->page[0] = gva & ~0xfffull;
    access->page[1] = second;
    access->first = 0x1000 - (gva & 0xfff) < size ? 0x1000 - (gva & 0xfff) : size;
}

static inline BOOL add_checked( struct emulate *emu, BOOL is_64, UINT8 segment, UINT64 offset, UINT32 size,
                                UINT8 flags )
{
    UINT64 gva, second;

    if (!size || size > EMULATE_MAX_IMAGE) return emulate_refuse( emu );

    if (is_64)
    {
        gva = offset;
        if (segment >= SEGMENT_FS) gva += emu->segments[segment].Base;
        if (!emulate_is_canonical( emu, gva ) || !emulate_is_canonical( emu, gva + size - 1 ))
            return segment_fault( emu, segment );
        second = gva + size - 1;
    }
    else
    {
        if (!check_segment( emu, segment, offset, size, flags )) return FALSE;
        gva = (UINT32)(offset + emu->segments[segment].Base);
        second = (UINT32)(gva + size - 1);
    }
    if (emu->insn.aligned && !emu->insn.element && (gva & (size - 1))) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    if (emu->vp.ExecutionState.Cr0Am && (emu->rflags & RFLAGS_AC) && emu->vp.ExecutionState.Cpl == 3 &&
        !(flags & EMULATE_SYSTEM) && (gva & (checked_alignment( emu, size ) - 1)))
        return emulate_fault( emu, VECTOR_AC, 0, 0 );
    add_access( emu, gva, second, size, flags );
    return TRUE;
}

BOOL emulate_add_access( struct emulate *emu, UINT8 segment, UINT64 offset, UINT32 size, UINT8 flags )
{
    return add_checked( emu, emu->insn.mode == INSN_MODE_64, segment, offset, size, flags );
}

BOOL emulate_add_push( struct emulate *emu, UINT64 offset, UINT32 size, UINT8 flags )
{
    if (emulate_next_stack_address_size( emu ) == 2 && offset + size > 0x10000) return emulate_refuse( emu );
    return add_checked( emu, emu->vp.ExecutionState.EferLma, SEGMENT_SS, offset, size, flags );
}

BOOL emulate_add_stack( struct emulate *emu, INT64 bytes, UINT32 size, UINT8 flags )
{
    UINT64 offset = emulate_stack_offset( emu, RSP, bytes );

    if (emulate_stack_address_size( emu ) == 2 && offset + size > 0x10000) return emulate_refuse( emu );
    return emulate_add_access( emu, SEGMENT_SS, offset, size, flags );
}

void emulate_add_system_access( struct emulate *emu, UINT64 address, UINT32 size, UINT8 flags )
{
    UINT64 last = address + size - 1;

    if (!emu->vp.ExecutionState.EferLma)
    {
        address = (UINT32)address;
        last = (UINT32)last;
    }
    add_access( emu, address, last, size, flags | EMULATE_SYSTEM );
}

BOOL emulate_check_target( struct emulate *emu, UINT64 rip )
{
    if (emu->insn.mode == INSN_MODE_64)
    {
        if (!emulate_is_canonical( emu, rip )) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    }
    else if (rip > emu->vp.Cs.Limit) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    return TRUE;
}

UINT8 emulate_stack_address_size( const struct emulate *emu )
{
    if (emu->insn.mode == INSN_MODE_64) return 8;
    return emu->segments[SEGMENT_SS].Default ? 4 : 2;
}

UINT8 emulate_next_stack_address_size( const struct emulate *emu )
{
    if (emu->vp.ExecutionState.EferLma && emu->segments[SEGMENT_CS].Long) return 8;
    return emu->segments[SEGMENT_SS].Default ? 4 : 2;
}

static UINT64 cut_stack( const struct emulate *emu, UINT64 offset )
{
    switch (emulate_stack_address_size( emu ))
    {
    case 2:  return (UINT16)offset;
    case 4:  return (UINT32)offset;
    default: return offset;
    }
}

UINT64 emulate_stack_offset( const struct emulate *emu, UINT8 reg, INT64 bytes )
{
    return cut_stack( emu, emu->gpr[reg] + bytes );
}

void emulate_move_stack( struct emulate *emu, INT64 bytes )
{
    insn_set_gpr( emu->gpr, RSP, emulate_stack_address_size( emu ), emu->gpr[RSP] + bytes );
}

UINT32 emulate_needed_segments( const struct insn *insn )
{
    UINT32 mask = insn_access_segments( insn );

    if (insn->mode == INSN_MODE_64) mask &= 1 << SEGMENT_FS | 1 << SEGMENT_GS;
    if (insn->operand_count && insn->operands[0].kind == INSN_OPERAND_SEGMENT) mask |= 1 << insn->operands[0].reg;
    if (insn->operand_count > 1 && insn->operands[1].kind == INSN_OPERAND_SEGMENT) mask |= 1 << insn->operands[1].reg;
    if (insn->op == INSN_LOAD_FAR) mask |= 1 << insn->string_segment;
    if (insn->op == INSN_CALL_FAR || insn->op == INSN_JMP_FAR) mask |= 1 << SEGMENT_CS;
    /* a gate pushes it */
    if (insn->op == INSN_CALL_FAR) mask |= 1 << SEGMENT_SS;
    if (insn->op == INSN_RET_FAR || insn->op == INSN_IRET) mask = 0x3f;
    return mask;
}
