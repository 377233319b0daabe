/*
 * Operands
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
#include "emulate/operand.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "insn/access.h"
#include "insn/insn.h"

struct emulate_access *emulate_memory_operand( struct emulate *emu )
{
    return &emu->access[emu->insn.op == INSN_POP];
}

struct emulate_access *emulate_stack_operand( struct emulate *emu )
{
    return &emu->access[emu->insn.has_mem && emu->insn.op != INSN_POP];
}

UINT64 emulate_get_operand( struct emulate *emu, UINT8 index )
{
    const struct insn_operand *operand = &emu->insn.operands[index];

    switch (operand->kind)
    {
    case INSN_OPERAND_GPR:       return insn_get_gpr( emu->gpr, operand->reg, operand->size );
    case INSN_OPERAND_IMMEDIATE: return operand->imm;
    case INSN_OPERAND_SEGMENT:   return emu->segments[operand->reg].Selector;
    case INSN_OPERAND_MEMORY:    return emulate_get_data( emulate_memory_operand( emu ));
    }
    return 0;
}

void emulate_set_operand( struct emulate *emu, UINT8 index, UINT64 value )
{
    const struct insn_operand *operand = &emu->insn.operands[index];

    switch (operand->kind)
    {
    case INSN_OPERAND_GPR:
        insn_set_gpr( emu->gpr, operand->reg, operand->size, value );
        break;
    case INSN_OPERAND_MEMORY:
        emulate_put_data( emulate_memory_operand( emu ), value );
        break;
    }
}

BOOL emulate_plan_operand( struct emulate *emu )
{
    struct insn_access access;

    if (!insn_plain_access( &emu->insn, emu->gpr, emu->next_rip, &access )) return emulate_refuse( emu );
    return emulate_add_access( emu, access.segment, access.offset, access.size, access.access );
}

/* Does it use several words of the stack? */
static BOOL has_words( const struct insn *insn, const struct insn_access_list *list )
{
    return list->moved != insn->stack_size && list->moved != -insn->stack_size;
}

BOOL emulate_plan_list( struct emulate *emu, UINT8 directions )
{
    struct insn_state state = { .gpr = emu->gpr, .next_rip = emu->next_rip };
    struct insn_access_list list;
    UINT32 i;

    if (emu->insn.stack_size) state.stack_size = emulate_stack_address_size( emu );
    insn_accesses( &emu->insn, &state, &list );
    if (emu->insn.stack_size && has_words( &emu->insn, &list )) insn_merge_accesses( &list );
    for (i = 0; i < list.count; i++)
    {
        const struct insn_access *access = &list.access[i];

        if (access->kind == INSN_ACCESS_PORT || access->kind == INSN_ACCESS_PROBE) continue;
        if (!(access->access & directions)) continue;
        if (emu->access_count == 2) return emulate_refuse( emu );
        if (!emulate_add_access( emu, access->segment, access->offset, access->size, access->access )) return FALSE;
    }
    return TRUE;
}
