/*
 * Differential test: the making of cases
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

#include "forms.h"
#include "host/array.h"

/* A case under construction. Registers that something depends on are fixed; what needs a fixed one for itself fails, and the
 * case is begun again with the numbers that follow. */
struct maker
{
    struct test       *test;
    const struct form *form;
    struct random      random;
    UINT32 fixed;               /* registers */
    UINT32 based;               /* segments whose base is decided */
    UINT32 size;                /* of the memory operand */
    UINT8  operand_size, address_size, stack_address_size;
    UINT8  override;            /* segment, or 0xff */
    UINT8  prefixes[MAX_LENGTH], prefix_count;
    UINT8  rex;
    UINT8  repeats;
    UINT32 items;
    /* effective address */
    UINT64 places[8];           /* guest-physical, of the operands so far */
    UINT32 place_count;
    UINT8  modrm, sib, has_sib;
    UINT8  base, index, scale;  /* 0xff: none */
    UINT8  displacement_size, rip_relative, segment, reg;
    UINT64 displacement;
    UINT64 immediate;
    UINT8  immediate_size;
};

static UINT64 mask_of( UINT32 size )
{
    return size >= 8 ? ~0ull : (1ull << size * 8) - 1;
}

static BOOL percent( struct maker *maker, UINT32 chance )
{
    return random_percent( &maker->random, chance );
}

static UINT32 below( struct maker *maker, UINT32 limit )
{
    return random_below( &maker->random, limit );
}

static UINT64 any_value( struct maker *maker )
{
    UINT64 value = random_next( &maker->random );

    switch (below( maker, 8 ))
    {
    case 0: return value & 1 ? ~0ull : 0;
    case 1: return 1ull << (value & 63);
    case 2: return (1ull << (value & 63)) - 1;
    case 3: return value & 0xff;
    case 4: return (INT64)(int8_t)value;
    default: return value;
    }
}

static BOOL is_fixed( const struct maker *maker, UINT32 reg )
{
    return maker->fixed >> reg & 1;
}

/* The low bytes are what matters; what stands above them is there to be left alone. FALSE: needed for something else. */
static BOOL set_register( struct maker *maker, UINT32 reg, UINT32 size, UINT64 value )
{
    UINT64 *gpr = &maker->test->gpr[reg];

    if (is_fixed( maker, reg )) return 0;
    maker->fixed |= 1u << reg;
    *gpr = (*gpr & ~mask_of( size )) | (value & mask_of( size ));
    return 1;
}

static BOOL is_64( const struct maker *maker )
{
    return maker->test->mode >= MODE_LONG64;
}

/* ---- where operands are ---- */

/* Bases by which everything interesting can be reached. */
static void choose_base( struct maker *maker, UINT8 segment, UINT32 address_size )
{
    struct test *test = maker->test;
    UINT64 *base = &test->base[segment];

    if (maker->based & 1u << segment) return;
    maker->based |= 1u << segment;
    *base = 0;
    /* the frame of an exception goes by the stack pointer alone in long mode */
    if (test->mode == MODE_COMPAT32 && segment == SS) return;
    if (is_64( maker ))
    {
        if (segment < FS) return;
        switch (below( maker, 4 ))
        {
        case 0: break;
        case 1: *base = below( maker, 0x10000 ); break;
        case 2: *base = (INT64)(random_next( &maker->random ) << 16) >> 16; break;
        case 3: *base = 0x40000 - (UINT64)below( maker, 0x80000 ); break;
        }
    }
    else if (test->mode == MODE_REAL16 && segment != SS && percent( maker, 5 )) *base = 0xf0000 + below( maker, 0x1000 ) * 16;
    else if (test->mode == MODE_REAL16) *base = (percent( maker, 60 ) ? 0x18000 : 0x1c000) + below( maker, 0x400 ) * 16;
    else if (address_size == 2 || (segment == SS && maker->stack_address_size == 2))
        *base = (machine_is_paged( test->mode ) && percent( maker, 70 ) ? 0x40000 + below( maker, 0x14000 )
                 : percent( maker, 60 ) ? 0x18000 : 0x1c000) + below( maker, 0x4000 );
    else if (percent( maker, 50 )) *base = (UINT32)any_value( maker );
}

struct place
{
    UINT32 size;                /* bytes of the operand, or of the first item */
    INT64  before, behind;      /* bytes beside it that must exist */
    BOOL   device;              /* part of it is in a device */
    BOOL   write;
    BOOL   guarded;             /* it may lie where the page tables forbid it */
    BOOL   planted;             /* what it holds is not left to chance */
    BOOL   faults;              /* it is a stack, and its selectors are bad ones too */
};

/* A selector that may be loaded, or may not. */
static UINT16 choose_selector( struct maker *maker, BOOL is_device_stack )
{
    static const UINT16 selectors[] =
    {
        0x10, 0x10, 0x38, 0x38, 0x08, 0x40, 0x48, 0x50, 0x58, 0x18, 0x20, 0x23, 0x13, 0x3a, 0, 3, 0x28, 0x60, 0x14
    };

    if (maker->test->mode == MODE_REAL16) return random_next( &maker->random );
    /* no exception, whose frame would go to a device */
    if (is_device_stack) return selectors[below( maker, 4 )];
    return selectors[below( maker, ARRAY_SIZE( selectors ))];
}

/* Where a branch leads, which selector is loaded, an MXCSR that may be. */
static void plant( struct maker *maker, UINT64 linear )
{
    struct test *test = maker->test;
    UINT32 flags = maker->form->flags, size = maker->operand_size;
    UINT64 target;
    UINT16 selector = 0;

    if (flags & F_SEGMENT) selector = choose_selector( maker, flags & F_POP && !test->on_memory );
    if (flags & F_BRANCH)
    {
        target = machine_rip( test, LANDING );
        test->planted = 8;
        if (flags & F_FAR)
        {
            if (test->mode == MODE_REAL16) selector = below( maker, FAR_LANDING / 16 + 1 );
            else if (percent( maker, 70 )) selector = percent( maker, 50 ) ? 0x08 : percent( maker, 50 ) ? 0x50 : 0x58;
            target = FAR_LANDING - (test->mode == MODE_REAL16 ? selector * 16 : 0);
            test->planted = size + 2;
        }
        memcpy( test->plant, &target, 8 );
        if (flags & F_FAR) memcpy( test->plant + size, &selector, 2 );
    }
    else if (flags & F_SEGMENT)
    {
        if (flags & F_FAR) linear += size;
        test->planted = 2;
        memcpy( test->plant, &selector, 2 );
    }
    else if (flags & F_WRITE)
    {
        /* FXSAVE */
        test->reserved = linear + 416;
        return;
    }
    else
    {
        /* FXRSTOR */
        linear += 24;
        test->planted = 4;
        memcpy( test->plant, "\x80\x1f\0", 4 );
    }
    if (!machine_translate( test->mode, linear, &test->plant_gpa )) test->planted = 0;
}

/* A linear address for it. FALSE: no luck. */
static BOOL choose_linear( struct maker *maker, const struct place *place, UINT64 *linear )
{
    static const UINT64 regions[] =
    {
        0, 0, 0, 3ull << 30, 511ull << 30, 511ull << 21, 3ull << 30 | 511ull << 21, 0xffff800000000000ull,
        0xffff8000c0000000ull, 0xffffffffc0000000ull, 0xffffff8000000000ull, 0xffffffffffe00000ull
    };
    static const UINT64 regions32[] = { 0, 0, 0, 3ull << 30, 511ull << 21, 3ull << 30 | 511ull << 21 };
    enum mode mode = maker->test->mode;
    INT64 i, end = place->size + place->behind;
    BOOL is_device = 0;
    UINT64 gpa;
    UINT32 rom = 0;

    *linear = DATA + below( maker, 0x18 ) * 0x1000;
    if (machine_is_paged( mode ))
    {
        if (percent( maker, 75 )) *linear = (64 + below( maker, 32 )) * 0x1000;
        if (mode == MODE_PAGED32) *linear += percent( maker, 30 ) ? 0xffc00000 : 0;
        else if (mode < MODE_LONG64) *linear += regions32[below( maker, ARRAY_SIZE( regions32 ))];
        /* the upper half of the software KVM's ring 3 is the host's */
        else *linear += regions[below( maker, mode == MODE_USER64 ? 7 : ARRAY_SIZE( regions ))];
    }
    if (place->guarded && machine_is_paged( mode ) && percent( maker, 5 ))
        *linear = (GUARDED + below( maker, GUARDED_COUNT )) * 0x1000 + below( maker, 0x1000 - place->size );
    else *linear += percent( maker, 35 ) ? 0x1000 - below( maker, place->size + 2 ) : below( maker, 0x1000 );
    if (maker->form->flags & F_ALIGNED && percent( maker, 90 ))
        *linear &= ~(UINT64)((maker->form->map & MAP_256 ? 32 : place->size < 16 ? place->size : 16) - 1);
    if (mode == MODE_REAL16 && percent( maker, 10 )) *linear = 0x100000 + below( maker, 0xff00 );
    if (place->planted && !(maker->form->flags & F_WRITABLE) && (*linear & 0xfff) > 0xff5) return 0;

    /* none of it may hit the machine's own tables, or nothing at all */
    for (i = -place->before; i < end; i = i + 1 == end ? end : ((INT64)(*linear + i) | 0xfff) + 1 < (INT64)(*linear + end - 1) ?
                                          (INT64)((*linear + i) | 0xfff) + 1 - (INT64)*linear : end - 1)
    {
        if (!machine_translate( mode, *linear + i, &gpa )) return 0;
        /* above the first megabyte is a device: no line is gated */
        if (gpa < DATA || (gpa >= RAM_SIZE && gpa < 0x100000)) return 0;
    }
    for (i = 0; i < (INT64)place->size; i++)
    {
        if (!machine_translate( mode, *linear + i, &gpa )) return 0;
        if (machine_is_mmio( gpa ) || (place->write && machine_is_rom( gpa ))) is_device = 1;
        rom += machine_is_rom( gpa );
    }
    /* a frame of an exception may follow */
    for (i = -64; place->faults && i < (INT64)place->size; i++)
        if (!machine_translate( mode, *linear + i, &gpa ) || machine_is_mmio( gpa ) || machine_is_rom( gpa )) return 0;
    /* of what is half on a read-only page KVM has written the other half before it exits: too late to go back for a client that
     * emulates */
    if ((maker->form->flags & F_RW) == F_RW && rom && rom != place->size) return 0;
    return is_device == place->device;
}

/* Operands on the same page may overlap. */
static void note_pages( struct maker *maker, UINT64 first, UINT64 last )
{
    UINT32 i, count = maker->place_count;
    UINT64 pages[2];

    if (!machine_translate( maker->test->mode, first, &pages[0] ) || !machine_translate( maker->test->mode, last, &pages[1] )) return;
    for (i = 0; i < 2 * count; i++)
        if (maker->places[i / 2] >> 12 == pages[i % 2] >> 12) maker->test->overlaps = 1;
    for (i = 0; i < 2 && maker->place_count < ARRAY_SIZE( maker->places ); i++) maker->places[maker->place_count++] = pages[i];
}

/* The same as an offset in a segment. */
static BOOL choose_offset( struct maker *maker, UINT8 segment, UINT32 address_size, const struct place *place, UINT64 *offset )
{
    struct test *test = maker->test;
    UINT64 limit = test->mode == MODE_REAL16 ? 0xffff : mask_of( address_size ), linear;
    UINT32 tries;

    choose_base( maker, segment, address_size );
    for (tries = 0; tries < 40; tries++)
    {
        if (!choose_linear( maker, place, &linear )) continue;
        *offset = linear - test->base[segment];
        if (!is_64( maker )) *offset = (UINT32)*offset;
        if (*offset > limit) continue;
        /* where an offset runs over its end an operand has two places, or none */
        if (*offset < (UINT64)place->before || limit - *offset < place->size - 1 + (UINT64)place->behind) continue;
        if (place->write && ((linear - place->before) ^ (linear + place->size + place->behind - 1)) >> 12) test->crosses = 1;
        if (place->write && place->device && (0x1000 - (linear & 0xfff)) * 2 == place->size) test->halved = 1;
        if (machine_is_forbidden( test->mode, linear, place->write )) test->forbidden = 1;
        note_pages( maker, linear - place->before, linear + place->size + place->behind - 1 );
        if (place->planted) plant( maker, linear );
        return 1;
    }
    return 0;
}

/* ---- the memory operand ---- */

static void shape_modrm( struct maker *maker )
{
    static const UINT8 bases16[8] = { REG_RBX, REG_RBX, REG_RBP, REG_RBP, REG_RSI, REG_RDI, REG_RBP, REG_RBX };
    static const UINT8 indices16[8] = { REG_RSI, REG_RDI, REG_RSI, REG_RDI, 0xff, 0xff, 0xff, 0xff };
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
    maker->segment = maker->base == REG_RSP || maker->base == REG_RBP ? SS : DS;
    if (maker->override != 0xff && (!is_64( maker ) || maker->override >= FS)) maker->segment = maker->override;
    else if (is_64( maker )) maker->segment = DS;
}

static UINT32 count_bytes( const struct maker *maker )
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
            if (maker->base == REG_RSP && maker->form->flags & F_POP) rest -= maker->size;
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
    if (maker->base == REG_RSP && maker->form->flags & F_POP) return 0;
    return set_register( maker, maker->base, size, rest );
}

/* ---- parts of a case ---- */

static void choose_prefixes( struct maker *maker )
{
    static const UINT8 overrides[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
    const struct form *form = maker->form;
    UINT32 flags = form->flags, i;
    UINT8 *prefixes = maker->prefixes, swap, other;
    BOOL is_string = !!(flags & (F_SOURCE | F_DEST)), big;
    enum mode mode = maker->test->mode;

    /* 66 must not change what an opcode of the second map means, nor where a branch goes to */
    big = form->size == SIZE_V || form->size == SIZE_Z || (form->size == SIZE_STACK && !(flags & F_BRANCH && mode >= MODE_PROT32)) ||
          form->size == SIZE_FAR || form->size == SIZE_ENV || form->size == SIZE_SAVE ||
          (form->map == 0 && form->size == SIZE_B) || form->opcode == 0xb6 || form->opcode == 0xbe;
    maker->operand_size = mode < MODE_PROT32 ? 2 : 4;
    maker->address_size = mode < MODE_PROT32 ? 2 : is_64( maker ) ? 8 : 4;
    maker->stack_address_size = maker->address_size;

    if (form->mandatory && !(form->map & MAP_VEX)) prefixes[maker->prefix_count++] = form->mandatory;
    if (big && !form->mandatory && percent( maker, 30 ))
    {
        prefixes[maker->prefix_count++] = 0x66;
        maker->operand_size ^= 6;
    }
    if (percent( maker, 20 ))
    {
        prefixes[maker->prefix_count++] = 0x67;
        maker->address_size = maker->address_size == 4 && !is_64( maker ) ? 2 : 4;
    }
    maker->override = 0xff;
    if (percent( maker, 25 ))
    {
        maker->override = below( maker, 6 );
        prefixes[maker->prefix_count++] = overrides[maker->override];
    }
    if (is_string && percent( maker, 65 ))
    {
        prefixes[maker->prefix_count++] = percent( maker, 75 ) ? 0xf3 : 0xf2;
        maker->repeats = 1;
    }
    if (flags & F_LOCKABLE && percent( maker, 20 )) prefixes[maker->prefix_count++] = 0xf0;
    if (is_64( maker ) && percent( maker, 50 ))
    {
        maker->rex = 0x40 | below( maker, 16 );
        if (maker->rex & 8) maker->operand_size = 8;
    }
    /* once more, without effect */
    if (maker->prefix_count && maker->prefix_count < 5 && percent( maker, 5 ))
    {
        prefixes[maker->prefix_count] = prefixes[below( maker, maker->prefix_count )];
        maker->prefix_count++;
    }
    for (i = maker->prefix_count; i > 1; i--)
    {
        other = below( maker, i );
        swap = prefixes[i - 1];
        prefixes[i - 1] = prefixes[other];
        prefixes[other] = swap;
    }
}

static void choose_size( struct maker *maker )
{
    switch (maker->form->size)
    {
    case SIZE_B: maker->size = 1; break;
    case SIZE_W: maker->size = 2; break;
    case SIZE_D: maker->size = 4; break;
    case SIZE_Q: maker->size = 8; break;
    case SIZE_X: maker->size = 16; break;
    case SIZE_YMM: maker->size = 32; break;
    case SIZE_V: maker->size = maker->operand_size; break;
    case SIZE_Z: maker->size = maker->operand_size == 8 ? 4 : maker->operand_size; break;
    case SIZE_Y: maker->size = maker->rex & 8 ? 8 : 4; break;
    case SIZE_PAIR: maker->size = maker->rex & 8 ? 16 : 8; break;
    case SIZE_T: maker->size = is_64( maker ) ? 10 : 6; break;
    case SIZE_FX: maker->size = 512; break;
    case SIZE_FAR: maker->size = maker->operand_size + 2; break;
    case SIZE_ENV: maker->size = maker->operand_size == 2 ? 14 : 28; break;
    case SIZE_SAVE: maker->size = maker->operand_size == 2 ? 94 : 108; break;
    case SIZE_TEN: maker->size = 10; break;
    case SIZE_STACK:
        if (is_64( maker ) && maker->operand_size == 4) maker->operand_size = 8;
        maker->size = maker->operand_size;
        break;
    }
}

static BOOL place_string( struct maker *maker, BOOL source_device, BOOL dest_device )
{
    UINT32 flags = maker->form->flags, size = maker->size;
    struct test *test = maker->test;
    struct place place = { .size = size };
    UINT64 offset, span;
    UINT8 segment;

    if (maker->repeats)
    {
        maker->items = percent( maker, 15 ) ? below( maker, 60 ) : below( maker, 6 );
        if (!set_register( maker, REG_RCX, maker->address_size, maker->items )) return 0;
    }
    span = (maker->items ? maker->items : 1) * size;
    if (test->rflags & FLAG_DF) place.before = span;
    else place.behind = span;
    if (flags & F_SOURCE)
    {
        segment = maker->override != 0xff && (!is_64( maker ) || maker->override >= FS) ? maker->override : DS;
        place.device = source_device;
        if (!choose_offset( maker, segment, maker->address_size, &place, &offset )) return 0;
        if (!set_register( maker, REG_RSI, maker->address_size, offset )) return 0;
    }
    if (flags & F_DEST)
    {
        place.device = dest_device;
        place.write = !(flags & F_COUNTED);
        if (!choose_offset( maker, ES, maker->address_size, &place, &offset )) return 0;
        if (!set_register( maker, REG_RDI, maker->address_size, offset )) return 0;
    }
    return 1;
}

static BOOL place_stack( struct maker *maker, BOOL device )
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
    if (!choose_offset( maker, SS, size, &place, &offset )) return 0;
    if (flags & F_LEAVE)
    {
        if (!set_register( maker, REG_RBP, size, offset )) return 0;
        place.device = 0;
        place.write = 1;
        if (!choose_offset( maker, SS, size, &place, &offset )) return 0;
    }
    if (flags & F_PUSH) offset += place.size;
    else if (!(flags & F_POP)) offset += 256;
    return set_register( maker, REG_RSP, size, offset );
}

static BOOL place_operand( struct maker *maker, BOOL device )
{
    UINT32 flags = maker->form->flags;
    /* of a read-modify-write KVM reads the device before it finds that it may not write, and so it does of POP m and a stack in the
     * device; POP m to the device it writes all the same */
    struct test *test = maker->test;
    struct place place = { .size = maker->size, .device = device, .write = !!(flags & F_WRITE),
                           .guarded = !(flags & F_POP) && ((flags & F_RW) != F_RW || !device) };
    UINT64 offset;

    if (flags & F_BRANCH || (flags & F_SEGMENT && percent( maker, 90 ))) place.planted = 1;
    if (flags & F_FPU && flags & F_WRITABLE && (flags & F_WRITE || percent( maker, 80 ))) place.planted = 1;
    if (flags & F_XLAT)
    {
        maker->segment = maker->override != 0xff && (!is_64( maker ) || maker->override >= FS) ? maker->override : DS;
        if (!choose_offset( maker, maker->segment, maker->address_size, &place, &offset )) return 0;
        maker->fixed |= 1u << REG_RAX;
        return set_register( maker, REG_RBX, maker->address_size, offset - (UINT8)test->gpr[REG_RAX] );
    }
    if (flags & F_MOFFS)
    {
        maker->displacement_size = maker->address_size;
        maker->segment = maker->override != 0xff && (!is_64( maker ) || maker->override >= FS) ? maker->override : DS;
        if (!choose_offset( maker, maker->segment, maker->address_size, &place, &offset )) return 0;
        maker->displacement = offset;
        return 1;
    }
    shape_modrm( maker );
    if (!choose_offset( maker, maker->segment, maker->address_size, &place, &offset )) return 0;
    /* a segment that ends at the operand's end, or a little before */
    if (test->mode > MODE_REAL16 && test->mode < MODE_LONG64 && maker->segment != SS && maker->segment != CS &&
        !(flags & (F_PUSH | F_POP | F_BITS)) && offset > 4 && offset + place.size < 0x100000 && percent( maker, 5 ))
    {
        test->limited = maker->segment;
        test->limit = offset + place.size - 1 - below( maker, 3 );
    }
    return solve_modrm( maker, offset );
}

static void emit( struct maker *maker )
{
    const struct form *form = maker->form;
    struct test *test = maker->test;
    UINT8 *out = test->bytes;
    UINT32 i;

    for (i = 0; i < maker->prefix_count; i++) *out++ = maker->prefixes[i];
    if (form->map & MAP_VEX)
    {
        UINT8 reg = form->map & MAP_THREE ? below( maker, 16 ) : 0;

        *out++ = 0xc4;
        *out++ = (~maker->rex & 7) << 5 | (form->map & 15);
        *out++ = (form->map & MAP_W ? 0x80 : 0) | (~reg & 15) << 3 | (form->map & MAP_256 ? 4 : 0) |
                 (form->mandatory == 0x66 ? 1 : form->mandatory == 0xf3 ? 2 : form->mandatory == 0xf2 ? 3 : 0);
    }
    else
    {
        if (maker->rex) *out++ = maker->rex;
        if (form->map) *out++ = 0x0f;
        if (form->map == 2) *out++ = 0x38;
    }
    *out++ = form->opcode + (form->flags & F_OPREG ? maker->reg & 7 : form->flags & F_CONDITION ? below( maker, 16 ) : 0);
    if (form->flags & F_MODRM)
    {
        *out++ = maker->modrm;
        if (maker->has_sib) *out++ = maker->sib;
    }
    memcpy( out, &maker->displacement, maker->displacement_size );
    out += maker->displacement_size;
    memcpy( out, &maker->immediate, maker->immediate_size );
    test->length = out + maker->immediate_size - test->bytes;
}

/* All exceptions masked, none pending. */
static void choose_fpu( struct maker *maker )
{
    UINT16 control = 0x7f | (random_next( &maker->random ) & 0xf00), status = random_next( &maker->random ) & 0x7f00, i;
    UINT8 *fpu = maker->test->fpu;

    if ((control & 0x300) == 0x100) control |= 0x200;
    memcpy( fpu, &control, 2 );
    memcpy( fpu + 2, &status, 2 );
    fpu[4] = random_next( &maker->random );
    for (i = 0; i < 8; i++)
    {
        UINT64 mantissa = any_value( maker );
        UINT16 exponent = percent( maker, 80 ) ? 0x3fc0 + below( maker, 0x80 ) : any_value( maker );

        if (percent( maker, 90 )) mantissa |= 1ull << 63;
        if (percent( maker, 10 )) mantissa = exponent = 0;
        memcpy( fpu + 32 + i * 16, &mantissa, 8 );
        memcpy( fpu + 40 + i * 16, &exponent, 2 );
    }
}

/* The software KVM forgets the base of the stack when it delivers an exception in protected mode: then the frame must not hit the
 * machine's own tables, or a device. */
static BOOL frame_goes_astray( const struct test *test )
{
    UINT32 top = test->mode == MODE_PROT16 ? (UINT16)test->gpr[REG_RSP] : (UINT32)test->gpr[REG_RSP];
    UINT64 gpa;

    if (test->mode == MODE_REAL16 || test->mode >= MODE_COMPAT32 || !test->base[SS]) return 0;
    return !machine_translate( test->mode, (UINT32)(top - 12), &gpa ) || gpa < DATA || machine_is_mmio( gpa ) || machine_is_rom( gpa );
}

static BOOL make( struct maker *maker )
{
    struct test *test = maker->test;
    const struct form *form;
    UINT32 flags, i;
    BOOL has_memory, has_stack, operand_device, second_device;

    form = maker->form = test->form = &forms[below( maker, form_count )];
    flags = form->flags;
    if (is_64( maker ) ? flags & F_NO64 : flags & F_ONLY64) return 0;
    if (flags & F_REAL && test->mode != MODE_REAL16) return 0;
    if (form->map & MAP_VEX && test->mode != MODE_USER64) return 0;

    /* outside of long mode the upper halves are nobody's: KVM's emulator does this or that to them */
    for (i = 0; i < (is_64( maker ) ? 16u : 8u); i++) test->gpr[i] = any_value( maker ) & (is_64( maker ) ? ~0ull : 0xffffffff);
    for (i = 0; i < 16; i++)
    {
        test->xmm[i][0] = any_value( maker );
        test->xmm[i][1] = any_value( maker );
        test->upper[i][0] = any_value( maker );
        test->upper[i][1] = any_value( maker );
    }
    if (flags & F_SSE) choose_fpu( maker );
    test->rflags = random_next( &maker->random ) & FLAG_STATUS;
    if (percent( maker, 30 )) test->rflags |= FLAG_DF;
    test->code_offset = percent( maker, 30 ) ? 0x1000 - below( maker, 18 ) : 0x20 + below( maker, 0x700 );
    if (machine_is_paged( test->mode ) && percent( maker, 10 ))
    {
        test->island = 1;
        test->code_offset = 0x1000 + below( maker, 16 );
    }
    else if (percent( maker, 30 ) && test->code_offset > MAX_LEAD) test->lead = 2 + below( maker, MAX_LEAD - 2 );
    for (i = 0; i < MAX_LENGTH; i++)
    {
        static const UINT8 misleading[] = { 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e, 0x3e, 0x64, 0x48, 0x41, 0x0f, 0x88, 0xc7, 0xa5 };

        test->before[i] = percent( maker, 50 ) ? misleading[below( maker, ARRAY_SIZE( misleading ))] : below( maker, 256 );
    }
    test->reruns = 1 + below( maker, 3 );
    test->touch = below( maker, 8 );
    maker->based = 1u << CS;
    if (!is_64( maker ))
        test->base[CS] = test->mode < MODE_PROT32 ? CODE - below( maker, 0x100 ) * 16 : percent( maker, 50 ) ? 0 : below( maker, CODE );

    choose_prefixes( maker );
    choose_size( maker );
    maker->reg = form->extension >= 0 ? (UINT32)form->extension : below( maker, 8 ) + (maker->rex & 4 ? 8 : 0);
    if (form->opcode == 0x8c || (form->opcode == 0x8e && !form->map)) maker->reg = below( maker, 6 );
    if (form->opcode == 0x8e && maker->reg == CS) return 0;
    if (flags & F_OPREG) maker->reg = below( maker, 8 );
    if (flags & F_DOUBLE && maker->operand_size == 2) test->gpr[REG_RCX] &= ~0x1full | 0xf;
    if (form->immediate)
    {
        maker->immediate_size = form->immediate < 0 ? (maker->operand_size == 2 ? 2 : 4) : form->immediate;
        maker->immediate = any_value( maker );
        if (flags & F_DOUBLE && maker->operand_size == 2) maker->immediate &= ~0x1full | 0xf;
        if (flags & F_ENTER) maker->immediate &= 0x3f;
        if (form->opcode == 0xc2 || form->opcode == 0xca) maker->immediate &= 0x3f;
    }
    if (flags & F_DX && !set_register( maker, REG_RDX, 2, 0x1000 + below( maker, 0x7000 ))) return 0;

    has_memory = !!(flags & (F_MODRM | F_MOFFS | F_SOURCE | F_DEST | F_XLAT));
    has_stack = !!(flags & (F_PUSH | F_POP));
    if ((has_memory || has_stack) && !(flags & (F_IN | F_OUT))) test->on_memory = flags & F_MEMORY || percent( maker, 20 );
    operand_device = !test->on_memory;
    second_device = !test->on_memory && !(flags & F_FAR) && percent( maker, 30 );
    if ((has_stack && has_memory) || ((flags & F_SOURCE) && (flags & F_DEST)))
    {
        if (second_device) operand_device = percent( maker, 40 );
    }
    else if (flags & (F_SOURCE | F_DEST) && flags & (F_IN | F_OUT)) operand_device = second_device = percent( maker, 30 );
    else second_device = operand_device;

    /* what stands on the stack of an instruction that branches by another operand is no target */
    if (!place_stack( maker, has_stack && second_device )) return 0;
    if (flags & (F_SOURCE | F_DEST))
    {
        BOOL swap = percent( maker, 50 );

        if (!place_string( maker, swap ? second_device : operand_device, swap ? operand_device : second_device )) return 0;
    }
    else if (has_memory && !place_operand( maker, operand_device )) return 0;

    if (test->mode == MODE_REAL16)
        for (i = 0; i < 6; i++) if (!(maker->based & 1u << i)) test->base[i] = below( maker, 0x3000 ) * 16;
    if (count_bytes( maker ) > MAX_LENGTH) return 0;
    /* by more than it has bits: the result is undefined */
    if (flags & F_DOUBLE && maker->operand_size == 2 && ((form->immediate ? maker->immediate : test->gpr[REG_RCX]) & 31) > 15) return 0;
    if (form_is_ambiguous( test )) test->before[MAX_LENGTH - 1] = 0x90;
    emit( maker );
    test->remaps = !(form->map & MAP_VEX) && !(flags & F_WRITABLE || (flags & F_FAR && flags & F_PUSH)) &&
                   percent( maker, test->on_memory ? 25 : 3 );
    /* which of a misaligned access and a page that is not there is found first is each processor's own */
    if (test->mode == MODE_USER64 && test->on_memory && !test->remaps && !test->forbidden && percent( maker, 10 ))
    {
        test->rflags |= FLAG_AC;
        test->lead = 0;
    }
    if (!test->remaps && (!has_stack || (test->on_memory && flags & F_PUSH)) && percent( maker, 4 ) && !frame_goes_astray( test ))
    {
        /* the trap comes behind it, and not behind a jump to it; and to a stack that can be written */
        test->rflags |= FLAG_TF;
        test->lead = 0;
    }
    else if (!test->on_memory && !test->remaps && percent( maker, 30 ))
    {
        test->away = 1 + below( maker, AWAY_COUNT - 1 );
        /* the frame must not go to a device; and the software KVM forgets the base of the stack when it delivers in protected mode */
        if (has_stack || (test->mode != MODE_REAL16 && test->base[SS])) test->away = AWAY_ELSEWHERE;
    }
    return 1;
}

void generate( UINT64 seed, UINT64 index, struct test *test )
{
    struct maker maker;
    struct random random = { hash64( seed ) ^ hash64( index * 2 + 1 ) };

    do
    {
        memset( test, 0, sizeof(*test) );
        memset( &maker, 0, sizeof(maker) );
        test->seed = seed;
        test->index = index;
        /* the same for a while: changing it is what costs most */
        test->mode = index / 32 % MODE_COUNT;
        maker.test = test;
        maker.random = random;
        random_next( &random );
    }
    while (!make( &maker ) || excluded( test ));
}
