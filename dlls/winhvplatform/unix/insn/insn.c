/*
 * An instruction as plain numbers
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

#include "insn/insn.h"

UINT64 insn_mem_offset( const struct insn *insn, const UINT64 gpr[16], UINT64 next_rip )
{
    const struct insn_mem *mem = &insn->mem;
    UINT64 offset = mem->disp;

    if (mem->base == INSN_REG_RIP) offset += next_rip;
    else if (mem->base < 16) offset += gpr[mem->base];
    if (mem->index < 16 && !mem->vsib) offset += gpr[mem->index] * mem->scale;

    switch (insn->op)
    {
    case INSN_BT:
    case INSN_BTS:
    case INSN_BTR:
    case INSN_BTC:
        /* a bit string: the bit number in a register reaches beyond the operand, both ways */
        if (insn->operands[1].kind == INSN_OPERAND_GPR)
        {
            UINT8 size = insn->operands[1].size;
            INT64 bit = insn_sign_extend( insn_get_gpr( gpr, insn->operands[1].reg, size ), size );

            offset += (bit >> 3) & -(INT64)size;
        }
        break;
    }
    return offset & insn_size_mask( insn->address_size );
}

void insn_set_gpr( UINT64 gpr[16], UINT8 reg, UINT8 size, UINT64 value )
{
    UINT64 mask = insn_size_mask( size );

    if (reg >= INSN_REG_AH)
    {
        reg = (reg - INSN_REG_AH) & 3;
        gpr[reg] = (gpr[reg] & ~0xff00ull) | (UINT64)(UINT8)value << 8;
    }
    else if (size == 4) gpr[reg] = (UINT32)value;
    else gpr[reg] = (gpr[reg] & ~mask) | (value & mask);
}
