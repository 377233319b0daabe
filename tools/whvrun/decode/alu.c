/*
 * whvrun: arithmetic
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

#include "decode/alu.h"
#include "platform/rflags.h"

#define STATUS (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

static void set_flags( struct insn *in, UINT64 flags, unsigned int size, UINT64 result )
{
    if (!(result & size_mask( size ))) flags |= FLAG_ZF;
    if (result >> (8 * size - 1) & 1) flags |= FLAG_SF;
    if (!(__builtin_popcount( result & 0xff ) & 1)) flags |= FLAG_PF;
    in->gpr[RFLAGS] = (in->gpr[RFLAGS] & ~STATUS) | flags;
}

UINT64 alu( struct insn *in, enum alu_op op, unsigned int size, UINT64 a, UINT64 b )
{
    UINT64 mask = size_mask( size ), top = mask ^ mask >> 1, carry = 0, result, out, flags;

    a &= mask;
    b &= mask;
    if (op == ADC || op == SBB) carry = in->gpr[RFLAGS] & FLAG_CF;
    switch (op)
    {
    case OR:  result = a | b; break;
    case AND: result = a & b; break;
    case XOR: result = a ^ b; break;
    case ADD: case ADC: result = (a + b + carry) & mask; break;
    default:  result = (a - b - carry) & mask; break;
    }
    if (op == OR || op == AND || op == XOR) flags = 0;
    else
    {
        /* carries out of every bit */
        if (op == ADD || op == ADC)
        {
            out = (a & b) | ((a | b) & ~result);
            flags = (a ^ result) & (b ^ result) & top ? FLAG_OF : 0;
        }
        else
        {
            out = (~a & b) | ((~a | b) & result);
            flags = (a ^ b) & (a ^ result) & top ? FLAG_OF : 0;
        }
        if (out & top) flags |= FLAG_CF;
        if (out & 8) flags |= FLAG_AF;
    }
    set_flags( in, flags, size, result );
    return result;
}

BOOL condition( const struct insn *in, UINT8 code )
{
    UINT64 flags = in->gpr[RFLAGS];
    BOOL less = !(flags & FLAG_SF) != !(flags & FLAG_OF), result;

    switch (code >> 1 & 7)
    {
    case 0:  result = !!(flags & FLAG_OF); break;
    case 1:  result = !!(flags & FLAG_CF); break;
    case 2:  result = !!(flags & FLAG_ZF); break;
    case 3:  result = !!(flags & (FLAG_CF | FLAG_ZF)); break;
    case 4:  result = !!(flags & FLAG_SF); break;
    case 5:  result = !!(flags & FLAG_PF); break;
    case 6:  result = less; break;
    default: result = less || (flags & FLAG_ZF); break;
    }
    return result != (code & 1);
}
