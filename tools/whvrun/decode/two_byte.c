/*
 * whvrun: opcodes of two bytes
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
#include "decode/operand.h"
#include "decode/two_byte.h"
#include "platform/rflags.h"
#include "platform/vp.h"

/* Bit tests with the bit in a register reach beyond the operand. */
static void bit_test( struct insn *in, unsigned int op, INT64 bit, BOOL far_bits )
{
    unsigned int bits = in->opsize * 8;
    UINT64 value, mask;

    if (far_bits && in->mod != 3)
        in->linear = insn_linear( in, in->segment, in->offset + (bit & ~(INT64)(bits - 1)) / 8 );
    mask = 1ull << (bit & (bits - 1));
    value = get_rm( in, in->opsize );
    in->gpr[RFLAGS] = (in->gpr[RFLAGS] & ~FLAG_CF) | (value & mask ? FLAG_CF : 0);
    if (op == 1) value |= mask;
    else if (op == 2) value &= ~mask;
    else if (op == 3) value ^= mask;
    if (op) set_rm( in, in->opsize, value );
}

/* Moves of vector registers: whole, low quarter, low half. */
static BOOL vector_move( struct insn *in )
{
    unsigned int size = 16;
    WHV_REGISTER_NAME name;
    WHV_REGISTER_VALUE value;
    BOOL write = in->opcode & 1;

    switch (in->opcode)
    {
    case 0x10: case 0x11:
        if (in->rep) size = in->rep == 0xf3 ? 4 : 8;
        break;
    case 0x28: case 0x29:
        break;
    case 0x2b: case 0xe7:
        write = TRUE;
        break;
    case 0x6f: case 0x7f:
        if (!in->opsize_prefix && in->rep != 0xf3) return FALSE;
        write = in->opcode == 0x7f;
        break;
    case 0x6e:
        if (!in->opsize_prefix) return FALSE;
        size = in->rex & 8 ? 8 : 4;
        break;
    case 0x7e:
        if (!in->opsize_prefix && in->rep != 0xf3) return FALSE;
        size = in->rep == 0xf3 || in->rex & 8 ? 8 : 4;
        write = in->rep != 0xf3;
        break;
    case 0xd6:
        if (!in->opsize_prefix) return FALSE;
        size = 8;
        write = TRUE;
        break;
    default:
        return FALSE;
    }
    insn_fetch_modrm( in, 0 );
    if (in->mod == 3) return FALSE;
    name = WHvX64RegisterXmm0 + in->reg;
    memset( &value, 0, sizeof(value) );
    if (write)
    {
        if (FAILED( vp_get_registers( in->vp, &name, &value, 1 ))) return FALSE;
        mem_copy( in, in->linear, &value, size, TRUE );
        return TRUE;
    }
    mem_copy( in, in->linear, &value, size, FALSE );
    /* a load clears what it does not fill */
    if (!in->failed && FAILED( vp_set_registers( in->vp, &name, &value, 1 ))) in->failed = TRUE;
    return TRUE;
}

void two_byte_execute( struct insn *in )
{
    UINT8 op = in->opcode;
    unsigned int size = op & 1 ? in->opsize : 1;
    UINT64 value, other;

    if (vector_move( in )) return;
    if ((op & 0xf0) == 0x40)
    {
        insn_fetch_modrm( in, 0 );
        value = get_rm( in, in->opsize );
        if (!condition( in, op )) value = get_reg( in, in->reg, in->opsize );
        set_reg( in, in->reg, in->opsize, value );
    }
    else if ((op & 0xf0) == 0x90)
    {
        insn_fetch_modrm( in, 0 );
        set_rm( in, 1, condition( in, op ));
    }
    else switch (op)
    {
    case 0xa3: case 0xab: case 0xb3: case 0xbb:
        insn_fetch_modrm( in, 0 );
        bit_test( in, op >> 3 & 3, sign_extend( get_reg( in, in->reg, in->opsize ), in->opsize ), TRUE );
        break;
    case 0xba:
        insn_fetch_modrm( in, 1 );
        value = insn_fetch( in, 1 );
        if ((in->reg & 7) < 4) in->failed = TRUE;
        else bit_test( in, in->reg & 3, value, FALSE );
        break;
    case 0xb0: case 0xb1:
        insn_fetch_modrm( in, 0 );
        value = get_rm( in, size );
        other = get_reg( in, in->reg, size );
        alu( in, CMP, size, in->gpr[RAX], value );
        if (in->gpr[RFLAGS] & FLAG_ZF) set_rm( in, size, other );
        else
        {
            set_rm( in, size, value );
            set_reg( in, RAX, size, value );
        }
        break;
    case 0xb6: case 0xb7: case 0xbe: case 0xbf:
        insn_fetch_modrm( in, 0 );
        value = get_rm( in, op & 1 ? 2 : 1 );
        if (op & 8) value = sign_extend( value, op & 1 ? 2 : 1 );
        set_reg( in, in->reg, in->opsize, value );
        break;
    case 0xc0: case 0xc1:
        insn_fetch_modrm( in, 0 );
        other = get_rm( in, size );
        value = alu( in, ADD, size, other, get_reg( in, in->reg, size ));
        set_reg( in, in->reg, size, other );
        set_rm( in, size, value );
        break;
    case 0xc3:
        insn_fetch_modrm( in, 0 );
        set_rm( in, in->opsize, get_reg( in, in->reg, in->opsize ));
        break;
    default:
        in->failed = TRUE;
    }
}
