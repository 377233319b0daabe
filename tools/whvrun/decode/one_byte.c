/*
 * whvrun: opcodes of one byte
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
#include "decode/one_byte.h"
#include "decode/operand.h"
#include "decode/string_insn.h"
#include "devices/bus.h"
#include "platform/rflags.h"

static void port( struct insn *in, unsigned int size )
{
    UINT16 number = in->opcode & 8 ? in->gpr[RDX] : insn_fetch( in, 1 );

    if (size == 8) size = 4;
    if (in->failed) return;
    if (in->opcode & 2) bus_write_port( number, size, in->gpr[RAX] & size_mask( size ));
    else set_reg( in, RAX, size, bus_read_port( number, size ));
}

static void group3( struct insn *in, unsigned int size )
{
    unsigned int immediate = 0;
    UINT64 value;

    /* only TEST has an immediate */
    if (in->pos < in->count && !(in->bytes[in->pos] & 0x30)) immediate = size > 4 ? 4 : size;
    insn_fetch_modrm( in, immediate );
    switch (in->reg & 7)
    {
    case 0: case 1:
        value = get_rm( in, size );
        alu( in, AND, size, value, insn_fetch_signed( in, immediate ));
        break;
    case 2:
        set_rm( in, size, ~get_rm( in, size ));
        break;
    case 3:
        set_rm( in, size, alu( in, SUB, size, 0, get_rm( in, size )));
        break;
    default:
        in->why = "multiplications and divisions are not decoded";
        in->failed = TRUE;
    }
}

static void group5( struct insn *in, unsigned int size )
{
    UINT64 carry = in->gpr[RFLAGS] & FLAG_CF, value;

    insn_fetch_modrm( in, 0 );
    switch (in->reg & 7)
    {
    case 0: case 1:
        set_rm( in, size, alu( in, in->reg & 1 ? SUB : ADD, size, get_rm( in, size ), 1 ));
        in->gpr[RFLAGS] = (in->gpr[RFLAGS] & ~FLAG_CF) | carry;
        break;
    case 6:
        if (in->mode == 8 && size == 4) size = 8;
        value = get_rm( in, size );
        in->adsize = in->mode == 8 ? 8 : in->seg[SS].Default ? 4 : 2;
        mem_store( in, insn_linear( in, SS, in->gpr[RSP] - size ), size, value );
        if (!in->failed) add_reg( in, RSP, -(INT64)size );
        break;
    default:
        in->why = "calls and jumps through device memory are not decoded";
        in->failed = TRUE;
    }
}

void one_byte_execute( struct insn *in )
{
    unsigned int size = in->opcode & 1 ? in->opsize : 1, immediate = size > 4 ? 4 : size;
    UINT8 op = in->opcode;
    UINT64 value;

    if (op < 0x40 && (op & 7) < 4)
    {
        insn_fetch_modrm( in, 0 );
        if (op & 2)
        {
            value = alu( in, op >> 3, size, get_reg( in, in->reg, size ), get_rm( in, size ));
            if (op >> 3 != CMP) set_reg( in, in->reg, size, value );
        }
        else
        {
            value = alu( in, op >> 3, size, get_rm( in, size ), get_reg( in, in->reg, size ));
            if (op >> 3 != CMP) set_rm( in, size, value );
        }
    }
    else if ((op >= 0xa4 && op <= 0xa7) || (op >= 0xaa && op <= 0xaf) || (op >= 0x6c && op <= 0x6f))
        string_execute( in, size );
    else if ((op & 0xf4) == 0xe4) port( in, size );
    else switch (op)
    {
    case 0x63:
        insn_fetch_modrm( in, 0 );
        set_reg( in, in->reg, in->opsize, sign_extend( get_rm( in, 4 ), 4 ));
        break;
    case 0x80: case 0x81: case 0x83:
        if (op == 0x83) immediate = 1;
        insn_fetch_modrm( in, immediate );
        value = alu( in, in->reg & 7, size, get_rm( in, size ), insn_fetch_signed( in, immediate ));
        if ((in->reg & 7) != CMP) set_rm( in, size, value );
        break;
    case 0x84: case 0x85:
        insn_fetch_modrm( in, 0 );
        alu( in, AND, size, get_rm( in, size ), get_reg( in, in->reg, size ));
        break;
    case 0x86: case 0x87:
        insn_fetch_modrm( in, 0 );
        value = get_rm( in, size );
        set_rm( in, size, get_reg( in, in->reg, size ));
        set_reg( in, in->reg, size, value );
        break;
    case 0x88: case 0x89:
        insn_fetch_modrm( in, 0 );
        set_rm( in, size, get_reg( in, in->reg, size ));
        break;
    case 0x8a: case 0x8b:
        insn_fetch_modrm( in, 0 );
        set_reg( in, in->reg, size, get_rm( in, size ));
        break;
    case 0x8f:
        size = in->mode == 8 && in->opsize == 4 ? 8 : in->opsize;
        insn_fetch_modrm( in, 0 );
        in->adsize = in->mode == 8 ? 8 : in->seg[SS].Default ? 4 : 2;
        value = mem_load( in, insn_linear( in, SS, in->gpr[RSP] ), size );
        add_reg( in, RSP, size );
        set_rm( in, size, value );
        break;
    case 0xa0: case 0xa1: case 0xa2: case 0xa3:
        in->linear = insn_linear( in, in->segment, insn_fetch( in, in->adsize ));
        if (op & 2) mem_store( in, in->linear, size, in->gpr[RAX] );
        else set_reg( in, RAX, size, mem_load( in, in->linear, size ));
        break;
    case 0xc6: case 0xc7:
        insn_fetch_modrm( in, immediate );
        set_rm( in, size, insn_fetch_signed( in, immediate ));
        break;
    case 0xf6: case 0xf7:
        group3( in, size );
        break;
    case 0xfe: case 0xff:
        group5( in, size );
        break;
    default:
        in->failed = TRUE;
    }
}
