/*
 * Unit tests: the emulator's stack frames
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

static void test_stack( void **state )
{
    UINT32 i;

    (void)state;
    /* on a stack in the device: eight words in pieces of at most 8 bytes, rDI lowest */
    guest_init( &guest, INSN_MODE_32 );
    for (i = 0; i < 8; i++) guest.gpr[i] = 0x11110000 + i;
    guest.gpr[RSP] = GUEST_MMIO + 0x20;
    assert_int_equal( guest_run( "60" ), SUCCESS );
    assert_int_equal( guest.gpr[RSP], GUEST_MMIO );
    assert_int_equal( count_accesses( 1 ), 4 );
    assert_true( guest.log[0].data == 0x1111000611110007ull );
    assert_true( guest.log[1].data == ((GUEST_MMIO + 0x20) << 32 | 0x11110005) );

    /* and back, from RAM: rSP's own word is passed over; 16 bits leave the upper halves */
    guest_init( &guest, INSN_MODE_32 );
    for (i = 0; i < 8; i++) store16( guest.ram + 0x100 + i * 2, 0x2000 + i );
    for (i = 0; i < 8; i++) guest.gpr[i] = 0xaaaa5555;
    guest.gpr[RSP] = GUEST_RAM + 0x100;
    assert_int_equal( guest_run( "6661" ), SUCCESS );
    assert_int_equal( guest.gpr[RDI], 0xaaaa2000 );
    assert_int_equal( guest.gpr[RBP], 0xaaaa2002 );
    assert_int_equal( guest.gpr[RBX], 0xaaaa2004 );
    assert_int_equal( guest.gpr[RAX], 0xaaaa2007 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + 0x110 );

    /* a 16-bit stack that ends between the words; a segment that does */
    guest_init( &guest, INSN_MODE_16 );
    guest.gpr[RSP] = 6;
    check_refused( "60" );
    guest.gpr[RSP] = 0xfffc;
    check_refused( "61" );
    guest_init( &guest, INSN_MODE_32 );
    guest.segments[SEGMENT_SS].Limit = 0xfff;
    guest.gpr[RSP] = 0x1008;
    check_fault( "60", 12, 0 );

    /* leave: the address is rBP's */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RBP] = GUEST_MMIO + 8;
    guest.mmio_data = 0x1234567812345678;
    assert_int_equal( guest_run( "c9" ), SUCCESS );
    assert_true( guest.gpr[RBP] == 0x1234567812345678ull );
    assert_int_equal( guest.gpr[RSP], GUEST_MMIO + 16 );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3001 );

    /* enter 0x20, 0; enter 0x20, 1; enter 0x20, 3 */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RSP] = GUEST_MMIO + 0x100;
    guest.gpr[RBP] = 0x5555;
    assert_int_equal( guest_run( "c8200000" ), SUCCESS );
    assert_int_equal( guest.gpr[RBP], GUEST_MMIO + 0xf8 );
    assert_int_equal( guest.gpr[RSP], GUEST_MMIO + 0xf8 - 0x20 );
    assert_int_equal( guest.log[guest.log_count - 1].data, 0x5555 );
    guest.gpr[RSP] = GUEST_RAM + 0x100;
    guest.gpr[RBP] = 0x6666;
    assert_int_equal( guest_run( "c8200001" ), SUCCESS );
    assert_int_equal( load64( guest.ram + 0xf8 ), 0x6666 );
    assert_int_equal( load64( guest.ram + 0xf0 ), GUEST_RAM + 0xf8 );
    assert_int_equal( guest.gpr[RBP], GUEST_RAM + 0xf8 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + 0xf0 - 0x20 );
    for (i = 0; i < 4; i++) store64( guest.ram + 0x200 + i * 8, 0x7000 + i );
    guest.gpr[RSP] = GUEST_RAM + 0x100;
    guest.gpr[RBP] = GUEST_RAM + 0x210;
    assert_int_equal( guest_run( "c8200003" ), SUCCESS );
    assert_int_equal( load64( guest.ram + 0xf8 ), GUEST_RAM + 0x210 );
    assert_int_equal( load64( guest.ram + 0xf0 ), 0x7001 );
    assert_int_equal( load64( guest.ram + 0xe8 ), 0x7000 );
    assert_int_equal( load64( guest.ram + 0xe0 ), GUEST_RAM + 0xf8 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + 0xe0 - 0x20 );
    /* all levels: two images at once */
    guest.gpr[RSP] = GUEST_RAM + 0x200;
    guest.gpr[RBP] = GUEST_RAM + 0x800;
    for (i = 0; i < 30; i++) store64( guest.ram + 0x800 - 8 * (i + 1), 0x8000 + i );
    assert_int_equal( guest_run( "c800001f" ), SUCCESS );
    for (i = 0; i < 30; i++) assert_int_equal( load64( guest.ram + 0x1f8 - 8 * (i + 1)), 0x8000 + i );
    /* what it pushes would be what it reads */
    guest.gpr[RSP] = GUEST_RAM + 0x210;
    guest.gpr[RBP] = GUEST_RAM + 0x218;
    check_refused( "c8200003" );

    /* popf: IOPL and IF are for who may */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RSP] = GUEST_RAM;
    store64( guest.ram, 0x247fd7 );
    assert_int_equal( guest_run( "9d" ), SUCCESS );
    assert_int_equal( guest.rflags, 0x247fd7 );
    guest.rflags = 0x1002;
    guest.gpr[RSP] = GUEST_RAM;
    guest.vp.ExecutionState.Cpl = 3;
    store64( guest.ram, 0x3203 );
    assert_int_equal( guest_run( "9d" ), SUCCESS );
    assert_int_equal( guest.rflags, 0x1003 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + 8 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_stack ),
    };

    return cmocka_run_group_tests_name( "emulate_stack", tests, NULL, NULL );
}
