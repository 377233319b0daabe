/*
 * Unit tests: the emulator's system registers
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

#include "emulate/state.h"
#include "guest_checks.h"
#include "host/bytes.h"
#include "host/x86.h"
#include "insn/insn.h"

static void test_system( void **state )
{
    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RBX] = GUEST_MMIO;
    guest.gdtr.Base = 0xffff800012345678;
    guest.gdtr.Limit = 0x7f;
    assert_int_equal( guest_run( "0f0103" ), SUCCESS );                       /* sgdt */
    assert_int_equal( count_accesses( 1 ), 2 );
    assert_true( guest.log[0].data == 0x800012345678007full );
    assert_int_equal( guest.log[1].data, 0xffff );
    guest.ldtr.Selector = 0x30;
    guest.tr.Selector = 0x40;
    assert_int_equal( guest_run( "0f0003" ), SUCCESS );                       /* sldt */
    assert_int_equal( guest.log[0].data, 0x30 );
    assert_int_equal( guest.log[0].size, 2 );
    assert_int_equal( guest_run( "0f000b" ), SUCCESS );                       /* str */
    assert_int_equal( guest.log[0].data, 0x40 );
    guest.cr0 = 0x80050033;
    assert_int_equal( guest_run( "0f0123" ), SUCCESS );                       /* smsw */
    assert_int_equal( guest.log[0].data, 0x33 );
    guest.mmio_data = 0xffff000000000123;
    check_fault( "0f0113", 13, 0 );                                     /* lgdt: not canonical */
    guest.gpr[RBX] = GUEST_RAM + 0x100;
    store16( guest.ram + 0x100, 0x123 );
    store64( guest.ram + 0x102, 0xffff900000000000 );
    assert_int_equal( guest_run( "0f011b" ), SUCCESS );                       /* lidt */
    assert_true( guest.idtr.Base == 0xffff900000000000ull );
    assert_int_equal( guest.idtr.Limit, 0x123 );
    assert_int_equal( guest.gdtr.Limit, 0x7f );
    store16( guest.ram + 0x100, 0x000c );
    assert_int_equal( guest_run( "0f0133" ), SUCCESS );                       /* lmsw: PE stays */
    assert_int_equal( guest.cr0, 0x8005003d );

    guest.vp.ExecutionState.Cpl = 3;
    check_fault( "0f0113", 13, 0 );
    check_fault( "0f0133", 13, 0 );
    assert_int_equal( guest_run( "0f0103" ), SUCCESS );
    guest.cr4 |= 0x800;                                                 /* UMIP */
    check_fault( "0f0103", 13, 0 );
    check_fault( "0f0123", 13, 0 );

    guest_init( &guest, INSN_MODE_16 );
    guest.gpr[RBX] = 0x100;
    check_fault( "0f0007", 6, NO_ERROR_CODE );
    store16( guest.ram + 0x100, 0x123 );
    store32( guest.ram + 0x102, 0x87654321 );
    assert_int_equal( guest_run( "0f0117" ), SUCCESS );                       /* 16 bits: a base of 24 */
    assert_int_equal( guest.gdtr.Base, 0x654321 );
    assert_int_equal( guest_run( "660f0117" ), SUCCESS );
    assert_int_equal( guest.gdtr.Base, 0x87654321 );

    /* xlat, bound, arpl */
    guest.gpr[RAX] = 0x77770002;
    assert_int_equal( guest_run( "d7" ), SUCCESS );
    assert_int_equal( guest.gpr[RAX], 0x77770021 );
    guest_init( &guest, INSN_MODE_32 );
    guest.gpr[RBX] = GUEST_RAM + 0x100;
    store32( guest.ram + 0x100, -5 );
    store32( guest.ram + 0x104, 7 );
    guest.gpr[RAX] = (UINT32)-5;
    assert_int_equal( guest_run( "6203" ), SUCCESS );
    assert_int_equal( guest.event.EventPending, 0 );
    guest.gpr[RAX] = 8;
    check_fault( "6203", 5, NO_ERROR_CODE );
    store16( guest.ram + 0x100, 0x10 );
    guest.gpr[RCX] = 0x1b;
    assert_int_equal( guest_run( "630b" ), SUCCESS );
    assert_int_equal( load16( guest.ram + 0x100 ), 0x13 );
    assert_true( guest.rflags & RFLAGS_ZF );
    assert_int_equal( guest_run( "630b" ), SUCCESS );
    assert_false( guest.rflags & RFLAGS_ZF );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_system ),
    };

    return cmocka_run_group_tests_name( "emulate_system", tests, NULL, NULL );
}
