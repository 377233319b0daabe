/*
 * Far branches through call gates, and back
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

#include "guest_checks.h"
#include "host/bytes.h"
#include "host/x86.h"
#include "insn/insn.h"

/* in RAM */
#define OPERAND 0x100
#define TASK    0x400
#define OUTER   0x800           /* the stacks: where they end, or parameters begin */
#define INNER   0xc00
#define GDT     0x2000

#define GATE      0x80          /* a selector */
#define NEXT_GATE 0x90

static void put_descriptor( UINT16 selector, UINT32 limit, UINT16 attributes )
{
    UINT8 *place = guest.ram + GDT + (selector & ~7);

    store16( place, limit );
    store16( place + 2, 0 );
    store32( place + 4, attributes << 8 | (limit & 0xf0000) );
}

/* attributes: its second byte, and the count of parameters */
static void put_gate( UINT16 selector, UINT16 code, UINT64 offset, UINT8 attributes, UINT8 parameters )
{
    UINT8 *place = guest.ram + GDT + (selector & ~7);

    store16( place, offset );
    store16( place + 2, code );
    store16( place + 4, attributes << 8 | parameters );
    store16( place + 6, offset >> 16 );
    if (guest.vp.ExecutionState.EferLma) store64( place + 8, offset >> 32 );
}

static void set_level( UINT8 cpl )
{
    guest.vp.ExecutionState.Cpl = cpl;
    guest.segments[SEGMENT_CS].Selector = cpl ? 0x1b : 0x08;
    guest.segments[SEGMENT_SS].Selector = cpl ? 0x23 : 0x10;
}

/* Ring 3, a task with a stack for ring 0, and a gate for all to its code. */
static void init( enum insn_mode mode )
{
    UINT16 code = mode == INSN_MODE_64 ? 0xa000 : 0xc000;

    guest_init( &guest, mode == INSN_MODE_64 ? mode : INSN_MODE_32 );
    guest.gdtr.Base = GUEST_RAM + GDT;
    guest.gdtr.Limit = 0x9f;
    guest.tr.Base = GUEST_RAM + TASK;
    guest.tr.Limit = 0x67;
    guest.tr.Selector = 0x60;
    guest.tr.Attributes = 0x8b;
    put_descriptor( 0x08, 0xfffff, code | 0x98 );       /* code and data of ring 0, not yet accessed */
    put_descriptor( 0x10, 0xfffff, 0xc092 );
    put_descriptor( 0x18, 0xfffff, code | 0xfb );       /* of ring 3 */
    put_descriptor( 0x20, 0xfffff, 0xc0f2 );
    put_descriptor( 0x28, 0xfffff, code | 0x9f );       /* conforming code */
    put_descriptor( 0x30, 0xfffff, code | 0x1b );       /* not present: code, data */
    put_descriptor( 0x38, 0xfffff, 0xc013 );
    put_descriptor( 0x40, 0xfffff, code | 0xbb );       /* code of ring 1 */
    put_descriptor( 0x48, 0xfff, 0x409b );              /* code of 4 KiB, of 32 bits */
    put_descriptor( 0x50, 0xffff, 0x0093 );             /* data of 64 KiB, of 16 bits */
    put_gate( GATE, 0x08, mode == INSN_MODE_64 ? 0xffff800012345678 : 0x12345678, 0xec, 3 );
    store64( guest.ram + TASK + 4, GUEST_RAM + INNER );
    if (mode != INSN_MODE_64) store32( guest.ram + TASK + 8, 0x10 );
    store64( guest.ram + OPERAND, 0xdeadbeef | (UINT64)GATE << 32 );
    guest.gpr[RBX] = GUEST_RAM + OPERAND;
    guest.gpr[RSP] = GUEST_RAM + OUTER;
    set_level( 3 );
}

static void choose( UINT16 selector )
{
    store16( guest.ram + OPERAND + 4, selector );
}

/* The gate leads to other code: this fault comes of it. */
static void check_code_fault( const char *hex, UINT16 code, UINT8 vector, UINT32 error )
{
    put_gate( GATE, code, 0x1234, 0xec, 0 );
    check_fault( hex, vector, error );
}

static void check_stack_fault( UINT16 selector, UINT8 vector, UINT32 error )
{
    store16( guest.ram + TASK + 8, selector );
    check_fault( "ff1b", vector, error );
}

/* ---- protected mode ---- */

static void test_to_inner_level( void **state )
{
    UINT8 *pushed = guest.ram + INNER - 28;

    (void)state;
    init( INSN_MODE_32 );
    store32( guest.ram + OUTER, 0x11111111 );
    store32( guest.ram + OUTER + 4, 0x22222222 );
    store32( guest.ram + OUTER + 8, 0x33333333 );
    assert_int_equal( guest_run( "ff1b" ), SUCCESS );                   /* call far [ebx] */
    assert_int_equal( guest.rip, 0x12345678 );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 0x08 );
    assert_int_equal( guest.segments[SEGMENT_CS].Attributes, 0xc099 );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 0x10 );
    assert_int_equal( guest.segments[SEGMENT_SS].Attributes, 0xc093 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + INNER - 28 );
    assert_int_equal( load32( pushed ), GUEST_RAM + 0x3002 );
    assert_int_equal( load32( pushed + 4 ), 0x1b );
    assert_int_equal( load32( pushed + 8 ), 0x11111111 );
    assert_int_equal( load32( pushed + 12 ), 0x22222222 );
    assert_int_equal( load32( pushed + 16 ), 0x33333333 );
    assert_int_equal( load32( pushed + 20 ), GUEST_RAM + OUTER );
    assert_int_equal( load32( pushed + 24 ), 0x23 );
    assert_int_equal( guest.ram[GDT + 0x0d], 0x99 );                    /* A bits */
    assert_int_equal( guest.ram[GDT + 0x15], 0x93 );
    assert_int_equal( count_accesses( 1 ), 4 + 2 );
    assert_int_equal( guest.interrupt_state, 0 );

    /* and back, both stacks without the parameters; what was ring 0's is no segment of ring 3's */
    set_level( 0 );
    guest.segments[SEGMENT_ES].DescriptorPrivilegeLevel = 3;
    guest.segments[SEGMENT_ES].Selector = 0x23;
    assert_int_equal( guest_run( "ca0c00" ), SUCCESS );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3002 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + OUTER + 12 );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 0x1b );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 0x23 );
    assert_int_equal( guest.segments[SEGMENT_SS].Attributes, 0xc0f3 );
    assert_int_equal( guest.ram[GDT + 0x25], 0xf3 );
    assert_int_equal( guest.segments[SEGMENT_DS].Present, 0 );
    assert_int_equal( guest.segments[SEGMENT_GS].Present, 0 );
    assert_int_equal( guest.segments[SEGMENT_ES].Selector, 0x23 );

    /* one parameter, which is no image's size; by an immediate operand; the A bits are set already */
    init( INSN_MODE_32 );
    put_gate( GATE, 0x09, 0x4321, 0xec, 1 );
    put_descriptor( 0x08, 0xfffff, 0xc09b );
    put_descriptor( 0x10, 0xfffff, 0xc093 );
    store32( guest.ram + OUTER, 0x44444444 );
    assert_int_equal( guest_run( "9a000000008300" ), SUCCESS );
    assert_int_equal( guest.rip, 0x4321 );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 0x08 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + INNER - 20 );
    assert_int_equal( load32( guest.ram + INNER - 12 ), 0x44444444 );
    assert_int_equal( count_accesses( 1 ), 3 );

    /* a gate of 16 bits, to a stack of 16 bits, whose pointer a task of 16 bits has */
    init( INSN_MODE_32 );
    put_gate( GATE, 0x08, 0x12345678, 0xe4, 2 );
    guest.tr.Attributes = 0x83;
    guest.tr.Limit = 0x2b;
    store32( guest.ram + TASK + 2, 0x00500c00 );
    store32( guest.ram + OUTER, 0x22221111 );
    guest.ram_base = 0;
    guest.gpr[RBX] = OPERAND;
    guest.gpr[RSP] = 0x70000 | OUTER;
    guest.segments[SEGMENT_SS].Default = 0;
    guest.segments[SEGMENT_SS].Limit = 0xffff;
    guest.tr.Base = TASK;
    guest.gdtr.Base = GDT;
    assert_int_equal( guest_run( "ff1b" ), SUCCESS );
    assert_int_equal( guest.rip, 0x5678 );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 0x50 );
    assert_int_equal( guest.gpr[RSP], 0x70000 + INNER - 12 );
    assert_true( load64( guest.ram + INNER - 12 ) == 0x22221111001b3002 );
    assert_int_equal( load32( guest.ram + INNER - 4 ), 0x00230000 | OUTER );
}

static void test_to_same_level( void **state )
{
    (void)state;
    init( INSN_MODE_32 );
    put_gate( GATE, 0x18, 0x4321, 0xec, 3 );
    assert_int_equal( guest_run( "ff1b" ), SUCCESS );
    assert_int_equal( guest.rip, 0x4321 );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 0x1b );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + OUTER - 8 );
    assert_int_equal( load32( guest.ram + OUTER - 8 ), GUEST_RAM + 0x3002 );
    assert_int_equal( load32( guest.ram + OUTER - 4 ), 0x1b );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 0x23 );

    /* jmp: nothing is written; conforming code, which gets the level of the caller */
    init( INSN_MODE_32 );
    put_gate( GATE, 0x28, 0x4321, 0xec, 0 );
    assert_int_equal( guest_run( "ff2b" ), SUCCESS );
    assert_int_equal( guest.rip, 0x4321 );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 0x2b );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + OUTER );
    assert_int_equal( count_accesses( 1 ), 0 );

    /* by 16 bits; misaligned */
    init( INSN_MODE_32 );
    put_gate( GATE, 0x28, 0x4321, 0xe4, 0 );
    guest.gpr[RSP] -= 2;
    guest.rflags |= RFLAGS_AC;
    guest.vp.ExecutionState.Cr0Am = 1;
    assert_int_equal( guest_run( "ff1b" ), SUCCESS );
    assert_int_equal( load32( guest.ram + OUTER - 6 ), 0x001b3002 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + OUTER - 6 );
    guest.rip = GUEST_RAM + 0x3000;
    put_gate( GATE, 0x28, 0x4321, 0xec, 0 );
    set_level( 3 );
    check_fault( "ff1b", 17, 0 );
    /* but not the stack of the inner level */
    put_gate( GATE, 0x08, 0x4321, 0xec, 0 );
    store32( guest.ram + TASK + 4, GUEST_RAM + INNER - 1 );
    assert_int_equal( guest_run( "ff1b" ), SUCCESS );
}

static void test_refused_gates( void **state )
{
    (void)state;
    init( INSN_MODE_32 );
    put_gate( GATE, 0x08, 0x1234, 0xcc, 0 );                            /* of ring 2 */
    check_fault( "ff1b", 13, GATE );
    set_level( 0 );
    choose( GATE + 3 );
    check_fault( "ff1b", 13, GATE );
    choose( GATE );
    put_gate( GATE, 0x08, 0x1234, 0x6c, 0 );
    check_fault( "ff1b", 11, GATE );
    choose( NEXT_GATE + 0x10 );
    check_fault( "ff1b", 13, NEXT_GATE + 0x10 );                        /* beyond the table */
    choose( GATE );
    put_gate( GATE, 0x08, 0, 0xe5, 0 );
    check_refused( "ff1b" );                                            /* a task gate, tasks */
    put_gate( GATE, 0x08, 0, 0xe9, 0 );
    check_refused( "ff2b" );
    put_gate( GATE, 0x08, 0, 0xeb, 0 );
    check_fault( "ff2b", 13, GATE );                                    /* one that is busy */
    put_gate( GATE, 0x08, 0, 0xee, 0 );
    check_fault( "ff2b", 13, GATE );                                    /* an interrupt gate */
}

static void test_refused_code( void **state )
{
    (void)state;
    init( INSN_MODE_32 );
    check_code_fault( "ff1b", 3, 13, 0 );
    check_code_fault( "ff1b", 0xa3, 13, 0xa0 );
    check_code_fault( "ff1b", 0x8c, 13, 0x8c );                         /* no local table */
    check_code_fault( "ff1b", 0x10, 13, 0x10 );
    check_code_fault( "ff1b", GATE, 13, GATE );
    check_code_fault( "ff1b", 0x30, 11, 0x30 );
    check_code_fault( "ff1b", 0x48, 13, 0 );                            /* its end */
    check_code_fault( "ff2b", 0x08, 13, 0x08 );                         /* no jump to an inner level */
    set_level( 0 );
    check_code_fault( "ff1b", 0x40, 13, 0x40 );                         /* nor a call to an outer one */
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 0x08 );
    assert_int_equal( guest.ram[GDT + 0x0d], 0x98 );
    assert_int_equal( count_accesses( 1 ), 0 );
}

static void test_refused_stacks( void **state )
{
    (void)state;
    init( INSN_MODE_32 );
    check_stack_fault( 0, 10, 0 );
    check_stack_fault( 0xa0, 10, 0xa0 );
    check_stack_fault( 0x23, 10, 0x20 );
    check_stack_fault( 0x13, 10, 0x10 );                                /* RPL */
    check_stack_fault( 0x08, 10, 0x08 );
    check_stack_fault( 0x38, 12, 0x38 );
    /* its end, and the caller's */
    put_descriptor( 0x58, 0xfff, 0x4093 );
    check_stack_fault( 0x58, 12, 0x58 );
    guest.segments[SEGMENT_SS].Limit = GUEST_RAM + OUTER + 11;
    check_stack_fault( 0x58, 12, 0x58 );
    guest.segments[SEGMENT_SS].Limit--;
    check_stack_fault( 0x58, 12, 0 );
    /* the task's */
    guest.tr.Limit = 8;
    check_stack_fault( 0x10, 10, 0x60 );
    guest.tr.Limit++;
    check_stack_fault( 0x23, 10, 0x20 );

    /* a page of the inner stack is not there: for ring 0, which writes, and nobody has written before */
    init( INSN_MODE_32 );
    store32( guest.ram + TASK + 4, GUEST_RAM + 0x1008 );
    guest.bad_page = GUEST_RAM + 0x1000;
    guest.bad_code = WHvTranslateGvaResultPageNotPresent;
    check_fault( "ff1b", 14, PF_WRITE );
    assert_int_equal( guest.event.ExceptionParameter, GUEST_RAM + 0x1000 );
    assert_int_equal( count_accesses( 1 ), 0 );
    /* an A bit that can't be set, the one of the stack */
    init( INSN_MODE_32 );
    put_descriptor( 0x08, 0xfffff, 0xc099 );
    guest.gdtr.Base = GUEST_RAM + GDT - 0x10 - 0x1000;
    memcpy( guest.ram + GDT - 0x1010, guest.ram + GDT, 0xa0 );
    assert_int_equal( guest_run( "ff1b" ), SUCCESS );
    assert_int_equal( guest.ram[GDT - 0x1000 + 5], 0x93 );

    /* the words of a stack of 16 bits are no neighbours */
    init( INSN_MODE_32 );
    store64( guest.ram + TASK + 4, 0x5000000004 );
    check_refused( "ff1b" );
    init( INSN_MODE_32 );
    guest.segments[SEGMENT_SS].Default = 0;
    guest.gpr[RSP] = 0xfffc;
    check_refused( "ff1b" );
}

/* ---- long mode ---- */

static void test_long_mode( void **state )
{
    UINT8 *pushed = guest.ram + INNER - 32;

    (void)state;
    init( INSN_MODE_64 );
    assert_int_equal( guest_run( "ff1b" ), SUCCESS );
    assert_true( guest.rip == 0xffff800012345678ull );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 0x08 );
    assert_int_equal( guest.segments[SEGMENT_CS].Long, 1 );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 0 );
    assert_int_equal( guest.segments[SEGMENT_SS].Attributes, 0 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + INNER - 32 );
    assert_int_equal( load64( pushed ), GUEST_RAM + 0x3002 );
    assert_int_equal( load64( pushed + 8 ), 0x1b );
    assert_int_equal( load64( pushed + 16 ), GUEST_RAM + OUTER );
    assert_int_equal( load64( pushed + 24 ), 0x23 );
    assert_int_equal( count_accesses( 1 ), 4 + 1 );

    set_level( 0 );
    guest.segments[SEGMENT_SS].Selector = 0;
    assert_int_equal( guest_run( "48cb" ), SUCCESS );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3002 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + OUTER );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 0x23 );
    assert_int_equal( guest.segments[SEGMENT_FS].Present, 0 );

    /* with the stack's words, and the operand, in the device */
    init( INSN_MODE_64 );
    guest.mmio_data = (UINT64)GATE << 32;
    guest.gpr[RBX] = GUEST_MMIO;
    store64( guest.ram + TASK + 4, GUEST_MMIO + 0x800 );
    assert_int_equal( guest_run( "ff1b" ), SUCCESS );
    assert_int_equal( guest.gpr[RSP], GUEST_MMIO + 0x800 - 32 );
    assert_int_equal( count_accesses( 1 ), 4 + 1 );

    /* the level that a null stack segment has; the same level */
    init( INSN_MODE_64 );
    put_gate( GATE, 0x40, 0x1234, 0xec, 0 );
    store64( guest.ram + TASK + 12, GUEST_RAM + INNER + 1 );
    assert_int_equal( guest_run( "ff1b" ), SUCCESS );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 0x41 );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 1 );
    assert_int_equal( guest.segments[SEGMENT_SS].DescriptorPrivilegeLevel, 1 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + INNER - 31 );
    init( INSN_MODE_64 );
    set_level( 0 );
    assert_int_equal( guest_run( "ff1b" ), SUCCESS );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + OUTER - 16 );
    assert_int_equal( load64( guest.ram + OUTER - 16 ), GUEST_RAM + 0x3002 );
    assert_int_equal( load64( guest.ram + OUTER - 8 ), 0x08 );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 0x10 );

    /* from code of 32 bits */
    init( INSN_MODE_64 );
    guest.segments[SEGMENT_CS].Long = 0;
    guest.segments[SEGMENT_CS].Default = 1;
    guest.segments[SEGMENT_SS].Limit = 0xfff;
    put_gate( GATE, 0x28, 0xffff800000001234, 0xec, 0 );
    assert_int_equal( guest_run( "ff1b" ), SUCCESS );
    assert_true( guest.rip == 0xffff800000001234ull );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + OUTER - 16 );
    assert_int_equal( load64( guest.ram + OUTER - 8 ), 0x1b );
}

static void test_long_mode_faults( void **state )
{
    (void)state;
    init( INSN_MODE_64 );
    put_gate( GATE, 0x08, 0x800000000000, 0xec, 0 );
    check_fault( "ff1b", 13, 0 );
    guest.ram[GDT + GATE + 13] = 1;
    check_fault( "ff1b", 13, GATE );                                    /* the upper half has a type */
    put_gate( GATE, 0x08, 0x1234, 0xe4, 0 );
    check_fault( "ff1b", 13, GATE );                                    /* neither gates of 16 bits nor tasks */
    put_gate( GATE, 0x08, 0x1234, 0xe5, 0 );
    check_fault( "ff1b", 13, GATE );
    put_gate( GATE, 0x08, 0x1234, 0xe9, 0 );
    check_fault( "ff2b", 13, GATE );
    put_gate( NEXT_GATE, 0x08, 0x1234, 0xec, 0 );
    choose( NEXT_GATE );
    guest.gdtr.Limit--;
    check_fault( "ff1b", 13, NEXT_GATE );
    choose( GATE );
    check_code_fault( "ff1b", 0x48, 13, 0x48 );                         /* code of 32 bits, of both */
    put_descriptor( 0x48, 0xfffff, 0xe09b );
    check_code_fault( "ff1b", 0x48, 13, 0x48 );
    put_gate( GATE, 0x08, 0x1234, 0xec, 0 );
    store64( guest.ram + TASK + 4, 0x800000000010 );
    check_fault( "ff1b", 12, 0 );
    guest.tr.Limit = 10;
    check_fault( "ff1b", 10, 0x60 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_to_inner_level ),
        cmocka_unit_test( test_to_same_level ),
        cmocka_unit_test( test_refused_gates ),
        cmocka_unit_test( test_refused_code ),
        cmocka_unit_test( test_refused_stacks ),
        cmocka_unit_test( test_long_mode ),
        cmocka_unit_test( test_long_mode_faults ),
    };

    return cmocka_run_group_tests_name( "emulate_gate", tests, NULL, NULL );
}
