/*
 * Unit tests: the emulator's IRET
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

#define GDT   0x2000            /* in RAM */
#define FRAME 0x800

static void put_descriptor( UINT16 selector, UINT32 limit, UINT16 attributes )
{
    UINT8 *place = guest.ram + GDT + (selector & ~7);

    store16( place, limit );
    store16( place + 2, 0 );
    store32( place + 4, attributes << 8 | (limit & 0xf0000) );
}

static void init( enum insn_mode mode )
{
    UINT32 i;

    guest_init( &guest, mode );
    guest.gdtr.Base = GUEST_RAM + GDT;
    guest.gdtr.Limit = 0x5f;
    guest.segments[SEGMENT_CS].Selector = 0x08;
    put_descriptor( 0x08, 0xfffff, mode == INSN_MODE_64 ? 0xa09b : 0xc09b );
    put_descriptor( 0x10, 0xfffff, 0xc093 );
    put_descriptor( 0x18, 0xfffff, mode == INSN_MODE_64 ? 0xa0fb : 0xc0fb );   /* code of ring 3 */
    put_descriptor( 0x20, 0xfffff, 0xc0f2 );                    /* data of ring 3, not yet accessed */
    put_descriptor( 0x28, 0xfffff, 0xc01b );                    /* code, not present */
    put_descriptor( 0x30, 0xfffff, 0xc013 );                    /* data, not present */
    put_descriptor( 0x38, 0xfffff, 0xc0fa );                    /* code of 32 bits, ring 3, not yet accessed */
    put_descriptor( 0x40, 0xfff, 0x409f );                      /* conforming, 4 KiB */
    for (i = 0; i < 6; i++) if (i != SEGMENT_CS) guest.segments[i].Selector = 0x10;
    guest.gpr[RSP] = GUEST_RAM + FRAME;
    guest.interrupt_state = 2;
}

static void frame64( UINT64 rip, UINT64 cs, UINT64 rflags, UINT64 rsp, UINT64 ss )
{
    UINT8 *to = guest.ram + FRAME;

    store64( to, rip );
    store64( to + 8, cs );
    store64( to + 16, rflags );
    store64( to + 24, rsp );
    store64( to + 32, ss );
}

static void frame32( UINT32 eip, UINT32 cs, UINT32 eflags, UINT32 esp, UINT32 ss )
{
    UINT8 *to = guest.ram + FRAME;

    store32( to, eip );
    store32( to + 4, cs );
    store32( to + 8, eflags );
    store32( to + 12, esp );
    store32( to + 16, ss );
}

/* of RET, with 32 bits; with 64 its halves are but two words */
static void return_to( UINT32 eip, UINT32 cs, UINT32 esp, UINT32 ss )
{
    UINT8 *to = guest.ram + FRAME;

    store32( to, eip );
    store32( to + 4, cs );
    store32( to + 8, esp );
    store32( to + 12, ss );
}

static void test_long_mode( void **state )
{
    (void)state;
    init( INSN_MODE_64 );
    /* within the ring: the stack is loaded all the same, and NMIs are let in */
    frame64( 0xffff800000001234, 0x08, 0x3246, 0x7777777777777770, 0 );
    assert_int_equal( guest_run( "48cf" ), SUCCESS );
    assert_true( guest.rip == 0xffff800000001234ull && guest.gpr[RSP] == 0x7777777777777770ull );
    assert_int_equal( guest.rflags, 0x3246 );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 0 );
    assert_int_equal( guest.segments[SEGMENT_DS].Selector, 0x10 );
    assert_int_equal( guest.interrupt_state, 0 );
    assert_int_equal( count_accesses( 1 ), 0 );

    /* to ring 3, the A bit of the stack; data segments of ring 0 are none there */
    init( INSN_MODE_64 );
    frame64( 0x1234, 0x1b, 0x202, 0x5000, 0x23 );
    assert_int_equal( guest_run( "48cf" ), SUCCESS );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 0x1b );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 0x23 );
    assert_int_equal( guest.segments[SEGMENT_SS].Attributes, 0xc0f3 );
    assert_int_equal( guest.segments[SEGMENT_DS].Selector, 0 );
    assert_int_equal( guest.segments[SEGMENT_DS].Present, 0 );
    assert_int_equal( guest.ram[GDT + 0x25], 0xf3 );
    assert_int_equal( count_accesses( 1 ), 1 );
    assert_int_equal( guest.gpr[RSP], 0x5000 );

    /* to code of 32 bits; two A bits */
    init( INSN_MODE_64 );
    frame64( 0x1234, 0x3b, 0x202, 0x5000, 0x23 );
    assert_int_equal( guest_run( "48cf" ), SUCCESS );
    assert_int_equal( guest.segments[SEGMENT_CS].Long, 0 );
    assert_int_equal( guest.ram[GDT + 0x3d], 0xfb );
    assert_int_equal( count_accesses( 1 ), 2 );

    init( INSN_MODE_64 );
    frame64( 0x800000000000, 0x08, 2, 0, 0x10 );
    check_fault( "48cf", 13, 0 );
    frame64( 0x1234, 0, 2, 0, 0x10 );
    check_fault( "48cf", 13, 0 );
    frame64( 0x1234, 0x60, 2, 0, 0x10 );
    check_fault( "48cf", 13, 0x60 );
    frame64( 0x1234, 0x10, 2, 0, 0x10 );
    check_fault( "48cf", 13, 0x10 );
    frame64( 0x1234, 0x0b, 2, 0, 0x10 );
    check_fault( "48cf", 13, 0x08 );
    frame64( 0x1234, 0x28, 2, 0, 0x10 );
    check_fault( "48cf", 11, 0x28 );
    frame64( 0x1234, 0x08, 2, 0, 0x30 );
    check_fault( "48cf", 12, 0x30 );
    frame64( 0x1234, 0x08, 2, 0, 0x23 );
    check_fault( "48cf", 13, 0x20 );
    frame64( 0x1234, 0x1b, 2, 0, 3 );
    check_fault( "48cf", 13, 0 );
    guest.rflags |= RFLAGS_NT;
    check_fault( "48cf", 13, 0 );
    assert_int_equal( guest.interrupt_state, 2 );

    /* the stack in the device */
    init( INSN_MODE_64 );
    guest.gpr[RSP] = GUEST_MMIO;
    guest.mmio_data = 0x08;
    check_fault( "48cf", 13, 0x08 );                            /* it is all that the device has */
    assert_int_equal( count_accesses( 0 ), 7 );
}

static void test_protected_mode( void **state )
{
    (void)state;
    init( INSN_MODE_32 );
    frame32( 0x1234, 0x08, 0x247, 0, 0 );
    assert_int_equal( guest_run( "cf" ), SUCCESS );
    assert_int_equal( guest.rip, 0x1234 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + FRAME + 12 );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 0x10 );
    assert_int_equal( guest.rflags, 0x247 );
    init( INSN_MODE_32 );
    frame32( 0x1234, 0x1b, 0x202, 0x5000, 0x23 );
    assert_int_equal( guest_run( "cf" ), SUCCESS );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 0x23 );
    assert_int_equal( guest.gpr[RSP], 0x5000 );
    assert_int_equal( guest.segments[SEGMENT_GS].Present, 0 );
    init( INSN_MODE_32 );
    frame32( 0x1234, 0x40, 2, 0, 0 );
    check_fault( "cf", 13, 0 );                                 /* beyond the segment */
    frame32( 0x1234, 0x08, 0x20002, 0, 0 );
    check_refused( "cf" );                                      /* to virtual 8086 mode */
    guest.rflags |= RFLAGS_NT;
    check_refused( "cf" );                                      /* to another task */
}

static void test_far_return( void **state )
{
    (void)state;
    init( INSN_MODE_32 );
    return_to( 0x1234, 0x03, 0x5000, 0x23 );
    check_fault( "cb", 13, 0 );
    return_to( 0x1234, 0x63, 0x5000, 0x23 );
    check_fault( "cb", 13, 0x60 );
    return_to( 0x1234, 0x0b, 0x5000, 0x23 );
    check_fault( "cb", 13, 0x08 );                              /* DPL and RPL */
    return_to( 0x1234, 0x2b, 0x5000, 0x23 );
    put_descriptor( 0x28, 0xfffff, 0xc07b );
    check_fault( "cb", 11, 0x28 );
    put_descriptor( 0x28, 0xfffff, 0xc0ec );
    check_fault( "cb", 13, 0x28 );                              /* a gate */
    return_to( 0x1234, 0x1b, 0x5000, 0 );
    check_fault( "cb", 13, 0 );
    return_to( 0x1234, 0x1b, 0x5000, 0x63 );
    check_fault( "cb", 13, 0x60 );
    return_to( 0x1234, 0x1b, 0x5000, 0x20 );
    check_fault( "cb", 13, 0x20 );
    return_to( 0x1234, 0x1b, 0x5000, 0x1b );
    check_fault( "cb", 13, 0x18 );
    put_descriptor( 0x20, 0xfffff, 0xc073 );
    return_to( 0x1234, 0x1b, 0x5000, 0x23 );
    check_fault( "cb", 12, 0x20 );
    put_descriptor( 0x20, 0xfffff, 0xc0f2 );
    guest.segments[SEGMENT_SS].Limit = GUEST_RAM + FRAME + 8;
    check_fault( "cb", 12, 0 );
    guest.segments[SEGMENT_SS].Limit = 0xffffffff;
    put_descriptor( 0x18, 0xfff, 0x40fb );
    check_fault( "cb", 13, 0 );                                 /* the end of the code */
    assert_int_equal( guest.segments[SEGMENT_DS].Present, 1 );
    assert_int_equal( count_accesses( 1 ), 0 );

    /* to a stack of 16 bits, which has no upper half; both stacks are released */
    init( INSN_MODE_32 );
    put_descriptor( 0x20, 0xffff, 0x00f2 );
    return_to( 0x1234, 0x1b, 0, 0 );
    store32( guest.ram + FRAME + 16, 0x55555 );
    store32( guest.ram + FRAME + 20, 0x23 );
    assert_int_equal( guest_run( "ca0800" ), SUCCESS );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM | 0x555d );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 0x1b );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 0x23 );
    assert_int_equal( guest.segments[SEGMENT_DS].Present, 0 );
    assert_int_equal( guest.ram[GDT + 0x25], 0xf3 );
    assert_int_equal( guest.interrupt_state, 2 );               /* no IRET */

    /* 64-bit code may be without a stack segment, but in ring 3; and to code of 32 bits */
    init( INSN_MODE_64 );
    return_to( 0x1234, 0x1b, 0x5000, 0x03 );
    check_fault( "cb", 13, 0 );
    put_descriptor( 0x48, 0xfffff, 0xa0bb );
    return_to( 0x1234, 0x49, 0x5000, 0x01 );
    assert_int_equal( guest_run( "cb" ), SUCCESS );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 1 );
    assert_int_equal( guest.segments[SEGMENT_SS].DescriptorPrivilegeLevel, 1 );
    assert_int_equal( guest.gpr[RSP], 0x5000 );
    init( INSN_MODE_64 );
    put_descriptor( 0x20, 0xffff, 0x00f2 );
    frame64( 0x1234, 0x3b, 0xaaaa555555555555, 0x23, 0 );
    assert_int_equal( guest_run( "48cb" ), SUCCESS );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM | 0x5555 );
}

static void test_real_mode( void **state )
{
    (void)state;
    guest_init( &guest, INSN_MODE_16 );
    guest.gpr[RSP] = 0x200;
    store16( guest.ram + 0x200, 0x4321 );
    store16( guest.ram + 0x202, 0x2000 );
    store16( guest.ram + 0x204, 0x7247 );
    assert_int_equal( guest_run( "cf" ), SUCCESS );
    assert_int_equal( guest.rip, 0x4321 );
    assert_int_equal( guest.segments[SEGMENT_CS].Base, 0x20000 );
    assert_int_equal( guest.gpr[RSP], 0x206 );
    assert_int_equal( guest.rflags, 0x7247 );
    guest.gpr[RSP] = 0xfffe;
    check_refused( "cf" );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_long_mode ),
        cmocka_unit_test( test_protected_mode ),
        cmocka_unit_test( test_far_return ),
        cmocka_unit_test( test_real_mode ),
    };

    return cmocka_run_group_tests_name( "emulate_return", tests, NULL, NULL );
}
