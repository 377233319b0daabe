/*
 * whvrun: the bytes of an instruction
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

#include "decode/insn.h"

UINT64 insn_fetch( struct insn *in, unsigned int size )
{
    UINT64 value = 0;

    if (in->pos + size > in->count)
    {
        in->failed = TRUE;
        in->why = "the exit has not all bytes of the instruction";
        return 0;
    }
    memcpy( &value, in->bytes + in->pos, size );
    in->pos += size;
    return value;
}

INT64 sign_extend( UINT64 value, unsigned int size )
{
    return size == 8 ? (INT64)value : (INT64)(value << (64 - 8 * size)) >> (64 - 8 * size);
}

UINT64 size_mask( unsigned int size )
{
    return size == 8 ? ~0ull : (1ull << 8 * size) - 1;
}

INT64 insn_fetch_signed( struct insn *in, unsigned int size )
{
    return sign_extend( insn_fetch( in, size ), size );
}

void insn_fetch_opcode( struct insn *in )
{
    static const UINT8 overrides[SEG_COUNT] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
    unsigned int i;
    UINT8 byte;

    in->opsize = in->mode == 2 ? 2 : 4;
    in->adsize = in->mode;
    in->segment = DS;
    for (;;)
    {
        byte = insn_fetch( in, 1 );
        if (in->failed) return;
        if (byte == 0x66) in->opsize_prefix = 1;
        else if (byte == 0x67) in->adsize = in->mode == 4 ? 2 : 4;
        else if (byte == 0xf2 || byte == 0xf3) in->rep = byte;
        else if (byte != 0xf0)
        {
            for (i = 0; i < SEG_COUNT && byte != overrides[i]; i++) ;
            if (i == SEG_COUNT) break;
            /* in 64-bit code the four old ones say nothing */
            if (in->mode != 8 || i >= FS)
            {
                in->segment = i;
                in->overridden = TRUE;
            }
        }
    }
    if (in->mode == 8 && (byte & 0xf0) == 0x40)
    {
        in->rex = byte;
        byte = insn_fetch( in, 1 );
    }
    if (in->opsize_prefix) in->opsize = in->mode == 2 ? 4 : 2;
    if (in->rex & 8) in->opsize = 8;
    in->two_byte = byte == 0x0f;
    in->opcode = in->two_byte ? insn_fetch( in, 1 ) : byte;
}

UINT64 insn_linear( const struct insn *in, int segment, UINT64 offset )
{
    offset &= size_mask( in->adsize );
    if (in->mode == 8) return offset + (segment >= FS ? in->seg[segment].Base : 0);
    return (UINT32)(offset + in->seg[segment].Base);
}

void insn_fetch_modrm( struct insn *in, unsigned int immediate )
{
    static const UINT8 pairs[8][2] =
    {
        { RBX, RSI }, { RBX, RDI }, { RBP, RSI }, { RBP, RDI }, { RSI, RSI }, { RDI, RDI }, { RBP, RBP }, { RBX, RBX },
    };
    unsigned int base, index;
    UINT64 offset = 0;
    UINT8 sib;

    in->modrm = insn_fetch( in, 1 );
    in->mod = in->modrm >> 6;
    in->reg = (in->modrm >> 3 & 7) | (in->rex & 4) << 1;
    in->rm = in->modrm & 7;
    if (in->mod == 3)
    {
        in->rm |= (in->rex & 1) << 3;
        return;
    }
    if (in->adsize == 2)
    {
        if (in->mod || in->rm != 6) offset = in->gpr[pairs[in->rm][0]];
        if (in->rm < 4) offset += in->gpr[pairs[in->rm][1]];
        if (!in->overridden && (in->rm == 2 || in->rm == 3 || (in->rm == 6 && in->mod))) in->segment = SS;
        if (in->mod == 1) offset += insn_fetch_signed( in, 1 );
        else if (in->mod == 2 || in->rm == 6) offset += insn_fetch_signed( in, 2 );
    }
    else if (in->rm == 5 && !in->mod)
    {
        offset = insn_fetch_signed( in, 4 );
        if (in->mode == 8) offset += in->gpr[RIP] + in->pos + immediate;
    }
    else
    {
        base = in->rm;
        if (base == 4)
        {
            sib = insn_fetch( in, 1 );
            base = sib & 7;
            index = (sib >> 3 & 7) | (in->rex & 2) << 2;
            if (index != 4) offset = in->gpr[index] << (sib >> 6);
            if (base == 5 && !in->mod)
            {
                offset += insn_fetch_signed( in, 4 );
                base = ~0u;
            }
        }
        if (base != ~0u)
        {
            if (!in->overridden && (base == 4 || base == 5)) in->segment = SS;
            offset += in->gpr[base | (in->rex & 1) << 3];
        }
        if (in->mod == 1) offset += insn_fetch_signed( in, 1 );
        else if (in->mod == 2) offset += insn_fetch_signed( in, 4 );
    }
    in->offset = offset;
    in->linear = insn_linear( in, in->segment, offset );
}
