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

#include "host/array.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "maker.h"

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
    big = form->size == SIZE_V || form->size == SIZE_Z ||
          (form->size == SIZE_STACK && !(flags & F_BRANCH && mode >= MODE_PROT32)) || form->size == SIZE_FAR ||
          form->size == SIZE_ENV || form->size == SIZE_SAVE || (form->map == 0 && form->size == SIZE_B) ||
          form->opcode == 0xb6 || form->opcode == 0xbe;
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
    *out++ = form->opcode + (form->flags & F_OPREG ? maker->reg & 7
                             : form->flags & F_CONDITION ? below( maker, 16 ) : 0);
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

/* The software KVM forgets the base of the stack when it delivers an exception in protected mode: then the frame must
 * not hit the machine's own tables, or a device. */
static BOOL frame_goes_astray( const struct test *test )
{
    UINT32 top = test->mode == MODE_PROT16 ? (UINT16)test->gpr[RSP] : (UINT32)test->gpr[RSP];
    UINT64 gpa;

    if (test->mode == MODE_REAL16 || test->mode >= MODE_COMPAT32 || !test->base[SEGMENT_SS]) return 0;
    return !machine_translate( test->mode, (UINT32)(top - 12), &gpa ) || gpa < DATA || machine_is_mmio( gpa ) ||
           machine_is_rom( gpa );
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
    for (i = 0; i < (is_64( maker ) ? 16u : 8u); i++)
        test->gpr[i] = any_value( maker ) & (is_64( maker ) ? ~0ull : 0xffffffff);
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
        static const UINT8 misleading[] = { 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e, 0x3e, 0x64, 0x48, 0x41, 0x0f, 0x88,
                                            0xc7, 0xa5 };

        if (percent( maker, 50 )) test->before[i] = misleading[below( maker, ARRAY_SIZE( misleading ))];
        else test->before[i] = below( maker, 256 );
    }
    test->reruns = 1 + below( maker, 3 );
    test->touch = below( maker, 8 );
    maker->based = 1u << SEGMENT_CS;
    if (!is_64( maker ))
    {
        if (test->mode < MODE_PROT32) test->base[SEGMENT_CS] = CODE - below( maker, 0x100 ) * 16;
        else test->base[SEGMENT_CS] = percent( maker, 50 ) ? 0 : below( maker, CODE );
    }

    choose_prefixes( maker );
    choose_size( maker );
    maker->reg = form->extension >= 0 ? (UINT32)form->extension : below( maker, 8 ) + (maker->rex & 4 ? 8 : 0);
    if (form->opcode == 0x8c || (form->opcode == 0x8e && !form->map)) maker->reg = below( maker, 6 );
    if (form->opcode == 0x8e && maker->reg == SEGMENT_CS) return 0;
    if (flags & F_OPREG) maker->reg = below( maker, 8 );
    if (flags & F_DOUBLE && maker->operand_size == 2) test->gpr[RCX] &= ~0x1full | 0xf;
    if (form->immediate)
    {
        maker->immediate_size = form->immediate < 0 ? (maker->operand_size == 2 ? 2 : 4) : form->immediate;
        maker->immediate = any_value( maker );
        if (flags & F_DOUBLE && maker->operand_size == 2) maker->immediate &= ~0x1full | 0xf;
        if (flags & F_ENTER) maker->immediate &= 0x3f;
        if (form->opcode == 0xc2 || form->opcode == 0xca) maker->immediate &= 0x3f;
    }
    if (flags & F_DX && !set_register( maker, RDX, 2, 0x1000 + below( maker, 0x7000 ))) return 0;

    has_memory = !!(flags & (F_MODRM | F_MOFFS | F_SOURCE | F_DEST | F_XLAT));
    has_stack = !!(flags & (F_PUSH | F_POP));
    if ((has_memory || has_stack) && !(flags & (F_IN | F_OUT)))
        test->on_memory = flags & F_MEMORY || percent( maker, 20 );
    operand_device = !test->on_memory;
    second_device = !test->on_memory && !(flags & F_FAR) && percent( maker, 30 );
    if ((has_stack && has_memory) || ((flags & F_SOURCE) && (flags & F_DEST)))
    {
        if (second_device) operand_device = percent( maker, 40 );
    }
    else if (flags & (F_SOURCE | F_DEST) && flags & (F_IN | F_OUT))
        operand_device = second_device = percent( maker, 30 );
    else second_device = operand_device;

    /* what stands on the stack of an instruction that branches by another operand is no target */
    if (!place_stack( maker, has_stack && second_device )) return 0;
    if (flags & (F_SOURCE | F_DEST))
    {
        BOOL swap = percent( maker, 50 );

        if (!place_string( maker, swap ? second_device : operand_device, swap ? operand_device : second_device ))
            return 0;
    }
    else if (has_memory && !place_operand( maker, operand_device )) return 0;

    if (test->mode == MODE_REAL16)
        for (i = 0; i < 6; i++) if (!(maker->based & 1u << i)) test->base[i] = below( maker, 0x3000 ) * 16;
    if (count_bytes( maker ) > MAX_LENGTH) return 0;
    /* by more than it has bits: the result is undefined */
    if (flags & F_DOUBLE && maker->operand_size == 2 &&
        ((form->immediate ? maker->immediate : test->gpr[RCX]) & 31) > 15) return 0;
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
    if (!test->remaps && (!has_stack || (test->on_memory && flags & F_PUSH)) && percent( maker, 4 ) &&
        !frame_goes_astray( test ))
    {
        /* the trap comes behind it, and not behind a jump to it; and to a stack that can be written */
        test->rflags |= FLAG_TF;
        test->lead = 0;
    }
    else if (!test->on_memory && !test->remaps && percent( maker, 30 ))
    {
        test->away = 1 + below( maker, AWAY_COUNT - 1 );
        /* the frame must not go to a device; and the software KVM forgets the base of the stack when it delivers in
         * protected mode */
        if (has_stack || (test->mode != MODE_REAL16 && test->base[SEGMENT_SS])) test->away = AWAY_ELSEWHERE;
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
