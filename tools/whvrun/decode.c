/*
 * whvrun: instructions by our own hand
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

#include "decode.h"
#include "devices/bus.h"
#include "platform/ram.h"
#include "platform/rflags.h"
#include "platform/vp.h"

#define STATUS  (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

/* A REP goes on in the guest after so many items: interrupts want to get in. */
#define MAX_ITEMS 1024

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, RIP = 16, RFLAGS, GPR_COUNT };
enum { ES, CS, SS, DS, FS, GS, SEG_COUNT };

struct insn
{
    UINT32 vp;
    const UINT8 *bytes;
    unsigned int count, pos;
    UINT64 gpr[GPR_COUNT];
    WHV_X64_SEGMENT_REGISTER seg[SEG_COUNT];
    unsigned int mode;                  /* 2, 4, 8: bytes of an address in this code segment */
    unsigned int opsize, adsize;        /* bytes */
    UINT8 rex, rep, opsize_prefix, opcode, modrm, mod, reg, rm;
    int segment;                        /* of the memory operand */
    BOOL overridden, two_byte;
    UINT64 linear;                      /* the memory operand */
    UINT64 offset;
    BOOL failed;                        /* ran out of bytes, or a page is not there */
    BOOL repeat;                        /* the same instruction again, RIP stays */
    const char *why;
};

/* ---- fetching ---- */

static UINT64 fetch( struct insn *in, unsigned int size )
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

static INT64 sign_extend( UINT64 value, unsigned int size )
{
    return size == 8 ? (INT64)value : (INT64)(value << (64 - 8 * size)) >> (64 - 8 * size);
}

static UINT64 size_mask( unsigned int size )
{
    return size == 8 ? ~0ull : (1ull << 8 * size) - 1;
}

static INT64 fetch_signed( struct insn *in, unsigned int size )
{
    return sign_extend( fetch( in, size ), size );
}

static void fetch_prefixes( struct insn *in )
{
    static const UINT8 overrides[SEG_COUNT] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
    unsigned int i;
    UINT8 byte;

    in->opsize = in->mode == 2 ? 2 : 4;
    in->adsize = in->mode;
    in->segment = DS;
    for (;;)
    {
        byte = fetch( in, 1 );
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
        byte = fetch( in, 1 );
    }
    if (in->opsize_prefix) in->opsize = in->mode == 2 ? 4 : 2;
    if (in->rex & 8) in->opsize = 8;
    in->two_byte = byte == 0x0f;
    in->opcode = in->two_byte ? fetch( in, 1 ) : byte;
}

static UINT64 to_linear( const struct insn *in, int segment, UINT64 offset )
{
    offset &= size_mask( in->adsize );
    if (in->mode == 8) return offset + (segment >= FS ? in->seg[segment].Base : 0);
    return (UINT32)(offset + in->seg[segment].Base);
}

/* ModRM, SIB, displacement. The immediate's size is needed for RIP-relative addresses. */
static void fetch_modrm( struct insn *in, unsigned int immediate )
{
    static const UINT8 pairs[8][2] =
    {
        { RBX, RSI }, { RBX, RDI }, { RBP, RSI }, { RBP, RDI }, { RSI, RSI }, { RDI, RDI }, { RBP, RBP }, { RBX, RBX },
    };
    unsigned int base, index;
    UINT64 offset = 0;
    UINT8 sib;

    in->modrm = fetch( in, 1 );
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
        if (in->mod == 1) offset += fetch_signed( in, 1 );
        else if (in->mod == 2 || in->rm == 6) offset += fetch_signed( in, 2 );
    }
    else if (in->rm == 5 && !in->mod)
    {
        offset = fetch_signed( in, 4 );
        if (in->mode == 8) offset += in->gpr[RIP] + in->pos + immediate;
    }
    else
    {
        base = in->rm;
        if (base == 4)
        {
            sib = fetch( in, 1 );
            base = sib & 7;
            index = (sib >> 3 & 7) | (in->rex & 2) << 2;
            if (index != 4) offset = in->gpr[index] << (sib >> 6);
            if (base == 5 && !in->mod)
            {
                offset += fetch_signed( in, 4 );
                base = ~0u;
            }
        }
        if (base != ~0u)
        {
            if (!in->overridden && (base == 4 || base == 5)) in->segment = SS;
            offset += in->gpr[base | (in->rex & 1) << 3];
        }
        if (in->mod == 1) offset += fetch_signed( in, 1 );
        else if (in->mod == 2) offset += fetch_signed( in, 4 );
    }
    in->offset = offset;
    in->linear = to_linear( in, in->segment, offset );
}

/* ---- operands ---- */

static UINT64 get_reg( const struct insn *in, unsigned int reg, unsigned int size )
{
    if (size == 1 && !in->rex && reg >= 4) return in->gpr[reg - 4] >> 8 & 0xff;
    return in->gpr[reg] & size_mask( size );
}

static void set_reg( struct insn *in, unsigned int reg, unsigned int size, UINT64 value )
{
    if (size == 1 && !in->rex && reg >= 4) in->gpr[reg - 4] = (in->gpr[reg - 4] & ~0xff00ull) | (value & 0xff) << 8;
    else if (size >= 4) in->gpr[reg] = value & size_mask( size );
    else in->gpr[reg] = (in->gpr[reg] & ~size_mask( size )) | (value & size_mask( size ));
}

/* An index register of a string instruction, the count, the stack pointer: only as wide as addresses are. */
static void add_reg( struct insn *in, unsigned int reg, INT64 value )
{
    set_reg( in, reg, in->adsize, in->gpr[reg] + value );
}

static void copy( struct insn *in, UINT64 linear, void *data, unsigned int size, BOOL write )
{
    unsigned int part, done;
    UINT64 gpa;
    void *ram;

    for (done = 0; done < size && !in->failed; done += part)
    {
        part = min( size - done, 0x1000 - ((linear + done) & 0xfff) );
        if (!vp_translate( in->vp, linear + done, write, &gpa ))
        {
            in->failed = TRUE;
            in->why = "a page is not there";
        }
        else if ((ram = ram_at( gpa, part )))
        {
            if (write) memcpy( ram, (BYTE *)data + done, part );
            else memcpy( (BYTE *)data + done, ram, part );
        }
        else if (write) bus_write_memory( gpa, part, (BYTE *)data + done );
        else bus_read_memory( gpa, part, (BYTE *)data + done );
    }
}

static UINT64 load( struct insn *in, UINT64 linear, unsigned int size )
{
    UINT64 value = 0;

    copy( in, linear, &value, size, FALSE );
    return value;
}

static void store( struct insn *in, UINT64 linear, unsigned int size, UINT64 value )
{
    copy( in, linear, &value, size, TRUE );
}

static UINT64 get_rm( struct insn *in, unsigned int size )
{
    return in->mod == 3 ? get_reg( in, in->rm, size ) : load( in, in->linear, size );
}

static void set_rm( struct insn *in, unsigned int size, UINT64 value )
{
    if (in->mod == 3) set_reg( in, in->rm, size, value );
    else store( in, in->linear, size, value );
}

/* ---- arithmetic ---- */

enum alu { ADD, OR, ADC, SBB, AND, SUB, XOR, CMP };

static void set_flags( struct insn *in, UINT64 flags, unsigned int size, UINT64 result )
{
    if (!(result & size_mask( size ))) flags |= FLAG_ZF;
    if (result >> (8 * size - 1) & 1) flags |= FLAG_SF;
    if (!(__builtin_popcount( result & 0xff ) & 1)) flags |= FLAG_PF;
    in->gpr[RFLAGS] = (in->gpr[RFLAGS] & ~STATUS) | flags;
}

static UINT64 alu( struct insn *in, enum alu op, unsigned int size, UINT64 a, UINT64 b )
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

static BOOL condition( const struct insn *in, UINT8 code )
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

/* ---- string instructions ---- */

static void string_item( struct insn *in, unsigned int size )
{
    UINT64 from = to_linear( in, in->segment, in->gpr[RSI] ), to = to_linear( in, ES, in->gpr[RDI] );
    INT64 step = in->gpr[RFLAGS] & FLAG_DF ? -(INT64)size : (INT64)size;
    UINT16 port = in->gpr[RDX];
    BOOL uses_si = TRUE, uses_di = TRUE;

    switch (in->opcode & ~1)
    {
    case 0x6c: store( in, to, size, bus_read_port( port, size )); uses_si = FALSE; break;
    case 0x6e: bus_write_port( port, size, load( in, from, size )); uses_di = FALSE; break;
    case 0xa4: store( in, to, size, load( in, from, size )); break;
    case 0xa6:
    {
        UINT64 left = load( in, from, size );

        alu( in, CMP, size, left, load( in, to, size ));
        break;
    }
    case 0xaa: store( in, to, size, in->gpr[RAX] ); uses_si = FALSE; break;
    case 0xac: set_reg( in, RAX, size, load( in, from, size )); uses_di = FALSE; break;
    default:   alu( in, CMP, size, in->gpr[RAX], load( in, to, size )); uses_si = FALSE; break;
    }
    if (in->failed) return;
    if (uses_si) add_reg( in, RSI, step );
    if (uses_di) add_reg( in, RDI, step );
}

static void string( struct insn *in, unsigned int size )
{
    BOOL compares = (in->opcode & ~1) == 0xa6 || (in->opcode & ~1) == 0xae;
    unsigned int items = 0;

    /* ports have no 64 bits */
    if (size == 8 && in->opcode < 0x70) size = 4;
    if (!in->rep)
    {
        string_item( in, size );
        return;
    }
    while (in->gpr[RCX] & size_mask( in->adsize ))
    {
        if (items++ == MAX_ITEMS)
        {
            in->repeat = TRUE;
            return;
        }
        string_item( in, size );
        if (in->failed) return;
        add_reg( in, RCX, -1 );
        if (compares && !(in->gpr[RFLAGS] & FLAG_ZF) == (in->rep == 0xf3)) return;
    }
}

/* ---- all others ---- */

static void port( struct insn *in, unsigned int size )
{
    UINT16 number = in->opcode & 8 ? in->gpr[RDX] : fetch( in, 1 );

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
    fetch_modrm( in, immediate );
    switch (in->reg & 7)
    {
    case 0: case 1:
        value = get_rm( in, size );
        alu( in, AND, size, value, fetch_signed( in, immediate ));
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

    fetch_modrm( in, 0 );
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
        store( in, to_linear( in, SS, in->gpr[RSP] - size ), size, value );
        if (!in->failed) add_reg( in, RSP, -(INT64)size );
        break;
    default:
        in->why = "calls and jumps through device memory are not decoded";
        in->failed = TRUE;
    }
}

static void one_byte( struct insn *in )
{
    unsigned int size = in->opcode & 1 ? in->opsize : 1, immediate = size > 4 ? 4 : size;
    UINT8 op = in->opcode;
    UINT64 value;

    if (op < 0x40 && (op & 7) < 4)
    {
        fetch_modrm( in, 0 );
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
    else if ((op >= 0xa4 && op <= 0xa7) || (op >= 0xaa && op <= 0xaf) || (op >= 0x6c && op <= 0x6f)) string( in, size );
    else if ((op & 0xf4) == 0xe4) port( in, size );
    else switch (op)
    {
    case 0x63:
        fetch_modrm( in, 0 );
        set_reg( in, in->reg, in->opsize, sign_extend( get_rm( in, 4 ), 4 ));
        break;
    case 0x80: case 0x81: case 0x83:
        if (op == 0x83) immediate = 1;
        fetch_modrm( in, immediate );
        value = alu( in, in->reg & 7, size, get_rm( in, size ), fetch_signed( in, immediate ));
        if ((in->reg & 7) != CMP) set_rm( in, size, value );
        break;
    case 0x84: case 0x85:
        fetch_modrm( in, 0 );
        alu( in, AND, size, get_rm( in, size ), get_reg( in, in->reg, size ));
        break;
    case 0x86: case 0x87:
        fetch_modrm( in, 0 );
        value = get_rm( in, size );
        set_rm( in, size, get_reg( in, in->reg, size ));
        set_reg( in, in->reg, size, value );
        break;
    case 0x88: case 0x89:
        fetch_modrm( in, 0 );
        set_rm( in, size, get_reg( in, in->reg, size ));
        break;
    case 0x8a: case 0x8b:
        fetch_modrm( in, 0 );
        set_reg( in, in->reg, size, get_rm( in, size ));
        break;
    case 0x8f:
        size = in->mode == 8 && in->opsize == 4 ? 8 : in->opsize;
        fetch_modrm( in, 0 );
        in->adsize = in->mode == 8 ? 8 : in->seg[SS].Default ? 4 : 2;
        value = load( in, to_linear( in, SS, in->gpr[RSP] ), size );
        add_reg( in, RSP, size );
        set_rm( in, size, value );
        break;
    case 0xa0: case 0xa1: case 0xa2: case 0xa3:
        in->linear = to_linear( in, in->segment, fetch( in, in->adsize ));
        if (op & 2) store( in, in->linear, size, in->gpr[RAX] );
        else set_reg( in, RAX, size, load( in, in->linear, size ));
        break;
    case 0xc6: case 0xc7:
        fetch_modrm( in, immediate );
        set_rm( in, size, fetch_signed( in, immediate ));
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

/* Bit tests with the bit in a register reach beyond the operand. */
static void bit_test( struct insn *in, unsigned int op, INT64 bit, BOOL far_bits )
{
    unsigned int bits = in->opsize * 8;
    UINT64 value, mask;

    if (far_bits && in->mod != 3)
        in->linear = to_linear( in, in->segment, in->offset + (bit & ~(INT64)(bits - 1)) / 8 );
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
    fetch_modrm( in, 0 );
    if (in->mod == 3) return FALSE;
    name = WHvX64RegisterXmm0 + in->reg;
    memset( &value, 0, sizeof(value) );
    if (write)
    {
        if (FAILED( vp_get_registers( in->vp, &name, &value, 1 ))) return FALSE;
        copy( in, in->linear, &value, size, TRUE );
        return TRUE;
    }
    copy( in, in->linear, &value, size, FALSE );
    /* a load clears what it does not fill */
    if (!in->failed && FAILED( vp_set_registers( in->vp, &name, &value, 1 ))) in->failed = TRUE;
    return TRUE;
}

static void two_bytes( struct insn *in )
{
    UINT8 op = in->opcode;
    unsigned int size = op & 1 ? in->opsize : 1;
    UINT64 value, other;

    if (vector_move( in )) return;
    if ((op & 0xf0) == 0x40)
    {
        fetch_modrm( in, 0 );
        value = get_rm( in, in->opsize );
        if (!condition( in, op )) value = get_reg( in, in->reg, in->opsize );
        set_reg( in, in->reg, in->opsize, value );
    }
    else if ((op & 0xf0) == 0x90)
    {
        fetch_modrm( in, 0 );
        set_rm( in, 1, condition( in, op ));
    }
    else switch (op)
    {
    case 0xa3: case 0xab: case 0xb3: case 0xbb:
        fetch_modrm( in, 0 );
        bit_test( in, op >> 3 & 3, sign_extend( get_reg( in, in->reg, in->opsize ), in->opsize ), TRUE );
        break;
    case 0xba:
        fetch_modrm( in, 1 );
        value = fetch( in, 1 );
        if ((in->reg & 7) < 4) in->failed = TRUE;
        else bit_test( in, in->reg & 3, value, FALSE );
        break;
    case 0xb0: case 0xb1:
        fetch_modrm( in, 0 );
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
        fetch_modrm( in, 0 );
        value = get_rm( in, op & 1 ? 2 : 1 );
        if (op & 8) value = sign_extend( value, op & 1 ? 2 : 1 );
        set_reg( in, in->reg, in->opsize, value );
        break;
    case 0xc0: case 0xc1:
        fetch_modrm( in, 0 );
        other = get_rm( in, size );
        value = alu( in, ADD, size, other, get_reg( in, in->reg, size ));
        set_reg( in, in->reg, size, other );
        set_rm( in, size, value );
        break;
    case 0xc3:
        fetch_modrm( in, 0 );
        set_rm( in, in->opsize, get_reg( in, in->reg, in->opsize ));
        break;
    default:
        in->failed = TRUE;
    }
}

const char *decode_and_execute( UINT32 vp, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const WHV_VP_EXIT_CONTEXT *context = &exit->VpContext;
    WHV_REGISTER_NAME names[GPR_COUNT + SEG_COUNT];
    WHV_REGISTER_VALUE values[GPR_COUNT + SEG_COUNT];
    BOOL is_port = exit->ExitReason == WHvRunVpExitReasonX64IoPortAccess;
    struct insn in;
    unsigned int i;

    memset( &in, 0, sizeof(in) );
    memset( values, 0, sizeof(values) );
    in.why = "an instruction that is not decoded";
    in.vp = vp;
    in.bytes = is_port ? exit->IoPortAccess.InstructionBytes : exit->MemoryAccess.InstructionBytes;
    in.count = is_port ? exit->IoPortAccess.InstructionByteCount : exit->MemoryAccess.InstructionByteCount;
    in.count = min( in.count, 15 );
    in.mode = context->ExecutionState.EferLma && context->Cs.Long ? 8 : context->Cs.Default ? 4 : 2;
    for (i = 0; i < GPR_COUNT; i++) names[i] = WHvX64RegisterRax + i;
    for (i = 0; i < SEG_COUNT; i++) names[GPR_COUNT + i] = WHvX64RegisterEs + i;
    if (FAILED( vp_get_registers( vp, names, values, GPR_COUNT + SEG_COUNT ))) return "no registers";
    for (i = 0; i < GPR_COUNT; i++) in.gpr[i] = values[i].Reg64;
    for (i = 0; i < SEG_COUNT; i++) in.seg[i] = values[GPR_COUNT + i].Segment;

    fetch_prefixes( &in );
    if (!in.failed && in.two_byte) two_bytes( &in );
    else if (!in.failed) one_byte( &in );
    if (in.failed) return in.why;

    if (!in.repeat) in.gpr[RIP] += in.pos;
    if (in.mode != 8) in.gpr[RIP] &= size_mask( in.mode );
    in.gpr[RFLAGS] &= ~FLAG_RF;
    for (i = 0; i < GPR_COUNT; i++) values[i].Reg64 = in.gpr[i];
    return FAILED( vp_set_registers( vp, names, values, GPR_COUNT )) ? "registers are refused" : NULL;
}
