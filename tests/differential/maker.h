/*
 * Differential test: a case under construction
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

/*
 * What the files share that make a case, generate*.c, and nobody else: the case so far, and the choices by chance.
 * It knows forms.h.
 */

#ifndef __WHV_TESTS_DIFFERENTIAL_MAKER_H
#define __WHV_TESTS_DIFFERENTIAL_MAKER_H

#include "forms.h"

/* A case under construction. Registers that something depends on are fixed; what needs a fixed one for itself fails,
 * and the case is begun again with the numbers that follow. */
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

/* ---- generate_place.c ---- */

/* An offset in a segment whose linear address leads to such a place; test->base may be chosen for that. FALSE: no
 * luck. */
extern BOOL choose_offset( struct maker *maker, UINT8 segment, UINT32 address_size, const struct place *place,
                           UINT64 *offset );

/* ---- generate_operand.c ---- */

/* The length of the instruction as it stands. */
extern UINT32 count_bytes( const struct maker *maker );
/* An operand of each kind gets its place, and the registers that lead there. FALSE: no luck. */
extern BOOL place_string( struct maker *maker, BOOL source_device, BOOL dest_device );
extern BOOL place_stack( struct maker *maker, BOOL device );
extern BOOL place_operand( struct maker *maker, BOOL device );

/* ---- chance, and the registers ---- */

static inline UINT64 mask_of( UINT32 size )
{
    return size >= 8 ? ~0ull : (1ull << size * 8) - 1;
}

static inline BOOL percent( struct maker *maker, UINT32 chance )
{
    return random_percent( &maker->random, chance );
}

static inline UINT32 below( struct maker *maker, UINT32 limit )
{
    return random_below( &maker->random, limit );
}

static inline UINT64 any_value( struct maker *maker )
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

static inline BOOL is_fixed( const struct maker *maker, UINT32 reg )
{
    return maker->fixed >> reg & 1;
}

/* The low bytes are what matters; what stands above them is there to be left alone. FALSE: needed for something
 * else. */
static inline BOOL set_register( struct maker *maker, UINT32 reg, UINT32 size, UINT64 value )
{
    UINT64 *gpr = &maker->test->gpr[reg];

    if (is_fixed( maker, reg )) return 0;
    maker->fixed |= 1u << reg;
    *gpr = (*gpr & ~mask_of( size )) | (value & mask_of( size ));
    return 1;
}

static inline BOOL is_64( const struct maker *maker )
{
    return maker->test->mode >= MODE_LONG64;
}

#endif /* __WHV_TESTS_DIFFERENTIAL_MAKER_H */
