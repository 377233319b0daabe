/*
 * Differential test: the operands of a case, and the addresses by which it reaches them
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

#include <string.h>

#include "host/x86.h"
#include "insn/insn.h"
#include "maker.h"

/* ---- the memory operand ---- */

static void shape_modrm( struct maker *maker )
{
    static const UINT8 bases16[8] = { RBX, RBX, RBP, RBP, RSI, RDI, RBP, RBX };
    static const UINT8 indices16[8] = { RSI, RDI, RSI, RDI, 0xff, 0xff, 0xff, 0xff };
    UINT8 mod = below( maker, 3 ), rm = below( maker, 8 );

    maker->base = maker->index = 0xff;
    maker->scale = 1;
    maker->modrm = mod << 6 | (maker->reg & 7) << 3 | rm;
    if (maker->address_size == 2)
    {
        maker->displacement_size = mod;
        if (!mod && rm == 6) maker->displacement_size = 2;
        else
        {
            maker->base = bases16[rm];
            maker->index = indices16[rm];
        }
    }
    else
    {
        UINT8 x = maker->rex & 2 ? 8 : 0, b = maker->rex & 1 ? 8 : 0;

        maker->displacement_size = mod == 2 ? 4 : mod;
        if (rm == 4)
        {
            maker->sib = below( maker, 256 );
            maker->has_sib = 1;
            if ((maker->sib >> 3 & 7) + x != 4) maker->index = (maker->sib >> 3 & 7) + x;
            maker->scale = 1 << (maker->sib >> 6);
            if ((maker->sib & 7) == 5 && !mod) maker->displacement_size = 4;
            else maker->base = (maker->sib & 7) + b;
        }
        else if (rm == 5 && !mod)
        {
            maker->displacement_size = 4;
            maker->rip_relative = is_64( maker );
        }
        else maker->base = rm + b;
    }
    maker->test->own_address = maker->reg == maker->base || maker->reg == maker->index;
    maker->segment = maker->base == RSP || maker->base == RBP ? SEGMENT_SS : SEGMENT_DS;
    if (maker->override != 0xff && (!is_64( maker ) || maker->override >= SEGMENT_FS)) maker->segment = maker->override;
    else if (is_64( maker )) maker->segment = SEGMENT_DS;
}

UINT32 count_bytes( const struct maker *maker )
{
    UINT32 length = maker->prefix_count + !!maker->rex + 1 + (maker->form->map > 1 ? 2 : maker->form->map);

    if (maker->form->map & MAP_VEX) length = maker->prefix_count + 4;
    if (maker->form->flags & F_MODRM) length += 1 + maker->has_sib;
    return length + maker->displacement_size + maker->immediate_size;
}

/* Registers and displacement such that the sum is what is wanted. */
static BOOL solve_modrm( struct maker *maker, UINT64 offset )
{
    struct test *test = maker->test;
    UINT32 size = maker->address_size;
    UINT64 rest = offset, mask = mask_of( size ), displacement;

    if (maker->form->flags & F_BITS)
    {
        UINT32 spare = 64 - maker->operand_size * 8;
        INT64 bit = (INT64)(test->gpr[maker->reg] << spare) >> spare;

        if (maker->operand_size == 8 && percent( maker, 50 ))
            bit = test->gpr[maker->reg] = (INT64)(INT32)test->gpr[maker->reg];
        maker->fixed |= 1u << maker->reg;
        rest -= (bit >> 3) & -(INT64)maker->operand_size;
    }
    if (maker->index != 0xff)
    {
        maker->fixed |= 1u << maker->index;
        rest -= test->gpr[maker->index] * maker->scale;
    }
    if (maker->rip_relative) rest -= machine_code( test ) + count_bytes( maker );

    if (maker->displacement_size == (size == 2 ? 2 : 4) &&
        (maker->base == 0xff || is_fixed( maker, maker->base ) || percent( maker, 50 )))
    {
        if (maker->base != 0xff)
        {
            maker->fixed |= 1u << maker->base;
            rest -= test->gpr[maker->base];
            if (maker->base == RSP && maker->form->flags & F_POP) rest -= maker->size;
        }
        maker->displacement = rest & mask;
        return size < 8 || (INT64)(INT32)rest == (INT64)rest;
    }
    displacement = random_next( &maker->random );
    if (!maker->displacement_size) displacement = 0;
    else if (maker->displacement_size == 1) displacement = (INT64)(int8_t)displacement;
    else displacement = (INT64)(INT32)displacement;
    maker->displacement = displacement;
    rest -= displacement;
    if (maker->base == 0xff) return 0;
    if (maker->base == RSP && maker->form->flags & F_POP) return 0;
    return set_register( maker, maker->base, size, rest );
}

BOOL place_string( struct maker *maker, BOOL source_device, BOOL dest_device )
{
    UINT32 flags = maker->form->flags, size = maker->size;
    struct test *test = maker->test;
    struct place place = { .size = size };
    UINT64 offset, span;
    UINT8 segment;

    if (maker->repeats)
    {
        maker->items = percent( maker, 15 ) ? below( maker, 60 ) : below( maker, 6 );
        if (!set_register( maker, RCX, maker->address_size, maker->items )) return 0;
    }
    span = (maker->items ? maker->items : 1) * size;
    if (test->rflags & FLAG_DF) place.before = span;
    else place.behind = span;
    if (flags & F_SOURCE)
    {
        segment = maker->override != 0xff && (!is_64( maker ) || maker->override >= SEGMENT_FS)
                  ? maker->override : SEGMENT_DS;
        place.device = source_device;
        if (!choose_offset( maker, segment, maker->address_size, &place, &offset )) return 0;
        if (!set_register( maker, RSI, maker->address_size, offset )) return 0;
    }
    if (flags & F_DEST)
    {
        place.device = dest_device;
        place.write = !(flags & F_COUNTED);
        if (!choose_offset( maker, SEGMENT_ES, maker->address_size, &place, &offset )) return 0;
        if (!set_register( maker, RDI, maker->address_size, offset )) return 0;
    }
    return 1;
}

BOOL place_stack( struct maker *maker, BOOL device )
{
    UINT32 flags = maker->form->flags, size = maker->stack_address_size;
    struct place place = { .size = 8, .before = 256, .behind = 64, .write = 1 };
    UINT64 offset;

    if (!(flags & (F_PUSH | F_POP)))
    {
        /* a processor that comes to deliver an exception to a stack in a device does not end */
        place.size = 264;
        place.before = 0;
    }
    else
    {
        /* PUSHA and POPA; far calls and returns */
        if (flags & F_FAR) place.size = maker->operand_size * 2;
        else place.size = maker->size * (maker->form->opcode >> 1 == 0x30 && !maker->form->map ? 8 : 1);
        place.planted = (flags & F_POP) && !(flags & F_MODRM) && (flags & (F_BRANCH | F_SEGMENT));
        place.device = device;
        place.write = !!(flags & F_PUSH);
        place.faults = !device && place.planted && (flags & F_SEGMENT);
        if (device) place.before = flags & F_ENTER ? 0x40 : 0, place.behind = 0;
    }
    if (!choose_offset( maker, SEGMENT_SS, size, &place, &offset )) return 0;
    if (flags & F_LEAVE)
    {
        if (!set_register( maker, RBP, size, offset )) return 0;
        place.device = 0;
        place.write = 1;
        if (!choose_offset( maker, SEGMENT_SS, size, &place, &offset )) return 0;
    }
    if (flags & F_PUSH) offset += place.size;
    else if (!(flags & F_POP)) offset += 256;
    return set_register( maker, RSP, size, offset );
}

BOOL place_operand( struct maker *maker, BOOL device )
{
    UINT32 flags = maker->form->flags;
    /* of a read-modify-write KVM reads the device before it finds that it may not write, and so it does of POP m and a
     * stack in the device; POP m to the device it writes all the same */
    struct test *test = maker->test;
    struct place place = { .size = maker->size, .device = device, .write = !!(flags & F_WRITE),
                           .guarded = !(flags & F_POP) && ((flags & F_RW) != F_RW || !device) };
    UINT64 offset;

    if (flags & F_BRANCH || (flags & F_SEGMENT && percent( maker, 90 ))) place.planted = 1;
    if (flags & F_FPU && flags & F_WRITABLE && (flags & F_WRITE || percent( maker, 80 ))) place.planted = 1;
    if (flags & F_XLAT)
    {
        maker->segment = maker->override != 0xff && (!is_64( maker ) || maker->override >= SEGMENT_FS)
                         ? maker->override : SEGMENT_DS;
        if (!choose_offset( maker, maker->segment, maker->address_size, &place, &offset )) return 0;
        maker->fixed |= 1u << RAX;
        return set_register( maker, RBX, maker->address_size, offset - (UINT8)test->gpr[RAX] );
    }
    if (flags & F_MOFFS)
    {
        maker->displacement_size = maker->address_size;
        maker->segment = maker->override != 0xff && (!is_64( maker ) || maker->override >= SEGMENT_FS)
                         ? maker->override : SEGMENT_DS;
        if (!choose_offset( maker, maker->segment, maker->address_size, &place, &offset )) return 0;
        maker->displacement = offset;
        return 1;
    }
    shape_modrm( maker );
    if (!choose_offset( maker, maker->segment, maker->address_size, &place, &offset )) return 0;
    /* a segment that ends at the operand's end, or a little before */
    if (test->mode > MODE_REAL16 && test->mode < MODE_LONG64 &&
        maker->segment != SEGMENT_SS && maker->segment != SEGMENT_CS && !(flags & (F_PUSH | F_POP | F_BITS)) &&
        offset > 4 && offset + place.size < 0x100000 && percent( maker, 5 ))
    {
        test->limited = maker->segment;
        test->limit = offset + place.size - 1 - below( maker, 3 );
    }
    return solve_modrm( maker, offset );
}
