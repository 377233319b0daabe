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

#include "emulate/address.h"
#include "emulate/operand.h"
#include "emulate/state.h"
#include "host/x86.h"
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
    const struct insn *insn = &emu->insn;
    UINT64 saved = emu->gpr[RSP], offset;
    UINT8 flags = insn->mem.access;

    if (insn->op == INSN_CMPXCHG || insn->op == INSN_CMPXCHG8B || insn->op == INSN_CMPXCHG16B)
        flags = INSN_READ | INSN_WRITE;
    if (insn->op == INSN_POP) emulate_move_stack( emu, insn->stack_size );
    offset = insn_mem_offset( insn, emu->gpr, emu->next_rip );
    emu->gpr[RSP] = saved;
    return emulate_add_access( emu, insn->mem.segment, offset, insn->mem.size, flags );
}
