/*
 * Differential test: where the operands of a case are
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

#include "host/array.h"
#include "insn/insn.h"
#include "maker.h"

/* Bases by which everything interesting can be reached. */
static void choose_base( struct maker *maker, UINT8 segment, UINT32 address_size )
{
    struct test *test = maker->test;
    UINT64 *base = &test->base[segment];

    if (maker->based & 1u << segment) return;
    maker->based |= 1u << segment;
    *base = 0;
    /* the frame of an exception goes by the stack pointer alone in long mode */
    if (test->mode == MODE_COMPAT32 && segment == SEGMENT_SS) return;
    if (is_64( maker ))
    {
        if (segment < SEGMENT_FS) return;
        switch (below( maker, 4 ))
        {
        case 0: break;
        case 1: *base = below( maker, 0x10000 ); break;
        case 2: *base = (INT64)(random_next( &maker->random ) << 16) >> 16; break;
        case 3: *base = 0x40000 - (UINT64)below( maker, 0x80000 ); break;
        }
    }
    else if (test->mode == MODE_REAL16 && segment != SEGMENT_SS && percent( maker, 5 ))
        *base = 0xf0000 + below( maker, 0x1000 ) * 16;
    else if (test->mode == MODE_REAL16) *base = (percent( maker, 60 ) ? 0x18000 : 0x1c000) + below( maker, 0x400 ) * 16;
    else if (address_size == 2 || (segment == SEGMENT_SS && maker->stack_address_size == 2))
        *base = (machine_is_paged( test->mode ) && percent( maker, 70 ) ? 0x40000 + below( maker, 0x14000 )
                 : percent( maker, 60 ) ? 0x18000 : 0x1c000) + below( maker, 0x4000 );
    else if (percent( maker, 50 )) *base = (UINT32)any_value( maker );
}

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
    INT64 i, next, end = place->size + place->behind;
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
    for (i = -place->before; i < end; i = next)
    {
        /* the begin of the next page, or else the last byte */
        next = (INT64)((*linear + i) | 0xfff) + 1 - (INT64)*linear;
        if (i + 1 == end) next = end;
        else if (next >= end) next = end - 1;
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
    /* of what is half on a read-only page KVM has written the other half before it exits: too late to go back for a
     * client that emulates */
    if ((maker->form->flags & F_RW) == F_RW && rom && rom != place->size) return 0;
    return is_device == place->device;
}

/* Operands on the same page may overlap. */
static void note_pages( struct maker *maker, UINT64 first, UINT64 last )
{
    UINT32 i, count = maker->place_count;
    UINT64 pages[2];

    if (!machine_translate( maker->test->mode, first, &pages[0] ) ||
        !machine_translate( maker->test->mode, last, &pages[1] )) return;
    for (i = 0; i < 2 * count; i++)
        if (maker->places[i / 2] >> 12 == pages[i % 2] >> 12) maker->test->overlaps = 1;
    for (i = 0; i < 2 && maker->place_count < ARRAY_SIZE( maker->places ); i++)
        maker->places[maker->place_count++] = pages[i];
}

/* The same as an offset in a segment. */
BOOL choose_offset( struct maker *maker, UINT8 segment, UINT32 address_size, const struct place *place,
                           UINT64 *offset )
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
        if (place->write && ((linear - place->before) ^ (linear + place->size + place->behind - 1)) >> 12)
            test->crosses = 1;
        if (place->write && place->device && (0x1000 - (linear & 0xfff)) * 2 == place->size) test->halved = 1;
        if (machine_is_forbidden( test->mode, linear, place->write )) test->forbidden = 1;
        note_pages( maker, linear - place->before, linear + place->size + place->behind - 1 );
        if (place->planted) plant( maker, linear );
        return 1;
    }
    return 0;
}
