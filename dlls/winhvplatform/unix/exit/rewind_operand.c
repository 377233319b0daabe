/*
 * Operands of a candidate
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

#include "exit/rewind_operand.h"
#include "exit/rewind_types.h"
#include "host/x86.h"
#include "insn/access.h"
#include "insn/insn.h"
#include "memory/gpa_map.h"
#include "vm/code_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"

void match_undo_string( const struct insn *insn, UINT64 gpr[16], UINT64 rflags )
{
    INT64 step = insn_string_step( insn, rflags );
    UINT32 moved = insn_string_registers( insn );

    if (moved & 1 << RSI) match_add_gpr( gpr, RSI, insn->address_size, -step );
    if (moved & 1 << RDI) match_add_gpr( gpr, RDI, insn->address_size, -step );
    if (insn->rep) match_add_gpr( gpr, RCX, insn->address_size, 1 );
}

BOOL match_read( struct vp *vp, UINT64 gva, void *data, UINT32 size )
{
    /* the processor has just read it; code_read's copy loop does what is needed */
    return code_read( vp, gva, data, size, 0 ) == size;
}

BOOL match_read_access( struct vp *vp, const struct insn_access *access, BOOL proven, UINT64 *value )
{
    UINT64 gva = code_linear( vp, access->segment, access->offset );

    *value = 0;
    return access->size <= sizeof(*value) && code_read( vp, gva, (UINT8 *)value, access->size, proven ) == access->size;
}

BOOL match_is_memory( struct vp *vp, UINT64 gva, BOOL write )
{
    const struct gpa_range *range;
    UINT64 gpa;

    return code_translate( vp, gva, 1, &gpa ) && (range = gpa_find( &vp->partition->gpa, gpa )) &&
           (range->flags & (write ? WHvMapGpaRangeFlagWrite : WHvMapGpaRangeFlagRead));
}

/* Is the access one of an operand at gva with size bytes? KVM reports fragments: of 8 bytes, and by pages. */
BOOL match_address( struct vp *vp, const struct rewind_access *access, UINT64 gva, UINT32 size, UINT32 *offset )
{
    UINT32 first = GPA_PAGE_SIZE - (gva & (GPA_PAGE_SIZE - 1)), part;
    UINT64 gpa;

    if (!size) return 0;
    part = size < first ? size : first;
    if (!((gva ^ access->gpa) & (GPA_PAGE_SIZE - 1)))
    {
        *offset = 0;
        if (access->size != (part < 8 ? part : 8)) return 0;
        return code_translate( vp, gva, 1, &gpa ) && gpa == access->gpa;
    }
    /* the first page was memory, the exit is for what lies on the second */
    if (part < size && !(access->gpa & (GPA_PAGE_SIZE - 1)))
    {
        *offset = part;
        if (access->size != (size - part < 8 ? size - part : 8) || !match_is_memory( vp, gva, access->write )) return 0;
        return code_translate( vp, gva + part, 1, &gpa ) && gpa == access->gpa;
    }
    return 0;
}

/* The register or immediate operand that a store takes its value from. */
BOOL match_operand( const struct vp *vp, const struct insn *insn, const UINT64 gpr[16], UINT64 *value )
{
    UINT32 i;

    for (i = 0; i < insn->operand_count; i++)
    {
        const struct insn_operand *operand = &insn->operands[i];

        if (!(operand->access & INSN_READ)) continue;
        switch (operand->kind)
        {
        case INSN_OPERAND_GPR:       *value = insn_get_gpr( gpr, operand->reg, operand->size ); return 1;
        case INSN_OPERAND_IMMEDIATE: *value = operand->imm; return 1;
        case INSN_OPERAND_SEGMENT:   *value = code_segment( vp, operand->reg )->selector; return 1;
        }
    }
    return 0;
}
