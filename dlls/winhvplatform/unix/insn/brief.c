/*
 * Instructions of common exits, in few words
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

#include "insn/brief.h"
#include "insn/insn.h"

/* A register of size bytes is written with data_size bytes, and zeroes above them. */
static void describe_load( struct insn_brief *brief, UINT8 reg, UINT8 size, UINT8 data_size )
{
    brief->reg = reg;
    brief->size = data_size;
    brief->zero = insn_size_mask( size ) & ~insn_size_mask( data_size );
    if (size == 4) brief->zero |= ~insn_size_mask( 4 );
    else brief->kept = ~insn_size_mask( size );
}

static void describe_port( const struct insn_operand *port, struct insn_brief *brief )
{
    brief->by_dx = port->kind != INSN_OPERAND_IMMEDIATE;
    if (!brief->by_dx) brief->port = (UINT8)port->imm;
}

static BOOL describe_store( const struct insn *insn, struct insn_brief *brief )
{
    const struct insn_operand *source = &insn->operands[1];

    if (insn->mem.access != INSN_WRITE || insn->mem.size > 8) return 0;
    brief->size = insn->mem.size;
    switch (source->kind)
    {
    case INSN_OPERAND_GPR:
        brief->shift = source->reg >= INSN_REG_AH ? 8 : 0;
        brief->reg = source->reg >= INSN_REG_AH ? source->reg - INSN_REG_AH : source->reg;
        return 1;
    case INSN_OPERAND_IMMEDIATE:
        brief->reg = INSN_REG_NONE;
        brief->value = source->imm;
        return 1;
    }
    return 0;
}

static BOOL describe( const struct insn *insn, struct insn_brief *brief )
{
    const struct insn_operand *to = &insn->operands[0];

    switch (insn->op)
    {
    case INSN_OUT:
        describe_port( to, brief );
        brief->size = insn->operand_size;
        brief->reg = RAX;
        brief->kept = ~0ull;
        brief->kind = BRIEF_OUT;
        return 1;
    case INSN_IN:
        describe_port( &insn->operands[1], brief );
        describe_load( brief, RAX, insn->operand_size, insn->operand_size );
        brief->kind = BRIEF_IN;
        return 1;
    case INSN_MOV:
    case INSN_MOVZX:
        if (!insn->has_mem || insn->mem.vsib || insn->lock) return 0;
        if (to->kind == INSN_OPERAND_MEMORY)
        {
            brief->kind = BRIEF_STORE;
            return describe_store( insn, brief );
        }
        if (to->kind != INSN_OPERAND_GPR || to->reg >= INSN_REG_AH || insn->mem.access != INSN_READ) return 0;
        if (!insn->mem.size || insn->mem.size > to->size) return 0;
        describe_load( brief, to->reg, to->size, insn->mem.size );
        brief->kind = BRIEF_LOAD;
        return 1;
    }
    return 0;
}

void insn_describe( const struct insn *insn, struct insn_brief *brief )
{
    memset( brief, 0, sizeof(*brief) );
    if (!describe( insn, brief ) || !brief->size) brief->kind = BRIEF_NONE;
    brief->data = insn_size_mask( brief->size );
}
