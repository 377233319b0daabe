/*
 * Tests of the exit of an ENTER whose stack crosses pages
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

#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "machine.h"

/* KVM has pushed the old frame pointer, which is nowhere else by then, and moved both registers: before the client may
 * see them the whole word must be known, be the other half of it in memory or another exit of KVM's. */

#define FRAME 0x44332211u       /* the old frame pointer */
#define BEHIND (DEVICE + 0x4000) /* a page of memory behind one of the device's */

static void check( UINT64 pushed, UINT64 gpa, UINT32 size, UINT32 value, UINT64 second, UINT32 rest, UINT32 rest_value )
{
    struct fake_exit first = FAKE_MMIO_WRITE( gpa, size, value, 4 );
    struct fake_exit other = { .fragment = 1, .reason = KVM_EXIT_MMIO, .address = second, .size = rest, .write = 1,
                               .value = rest_value };

    machine_mode( INSN_MODE_32 );
    machine_code( CODE, "\xc8\x20\0\0\xf4", 5 );
    machine_set_gpr( RSP, pushed - 0x20 );
    machine_set_gpr( RBP, pushed );
    first.completion = FAKE_COMPLETE_EMULATOR;
    first.reg = FAKE_NO_REG;
    machine_queue( first );
    if (rest) machine_queue( other );
    assert_int_equal( machine_run(), WHvRunVpExitReasonMemoryAccess );
    assert_int_equal( machine.exit.MemoryAccess.AccessInfo.AccessType, WHvMemoryAccessWrite );
    assert_int_equal( machine.exit.MemoryAccess.Gpa, gpa );
    assert_int_equal( machine.exit.VpContext.Rip, CODE );
    assert_int_equal( machine_gpr( RSP ), pushed + 4 );
    assert_int_equal( machine_gpr( RBP ), FRAME );

    /* the client has done it, and KVM has nothing left to do */
    machine_regs()->rip = CODE + 4;
    machine_queue( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.exit.VpContext.Rip, CODE + 5 );
}

static void test_enter( void **state )
{
    UINT16 low = (UINT16)FRAME, high = FRAME >> 16;

    (void)state;
    assert_int_equal( machine_map( machine.memory + 0x6000, BEHIND, 0x1000, 7 ), S_OK );

    check( DEVICE + 0x800, DEVICE + 0x800, 4, FRAME, 0, 0, 0 );
    /* two pages of the device */
    check( DEVICE + 0xffe, DEVICE + 0xffe, 2, low, DEVICE + 0x1000, 2, high );
    /* the device's, and one that can only be read */
    check( ROM - 2, ROM - 2, 2, low, ROM, 2, high );
    /* the device's, and memory behind it */
    memcpy( machine.memory + 0x6000, &high, sizeof(high) );
    check( BEHIND - 2, BEHIND - 2, 2, low, 0, 0, 0 );
    /* memory, and the device behind it */
    memcpy( machine.memory + RAM_SIZE - 2, &low, sizeof(low) );
    check( RAM_SIZE - 2, RAM_SIZE, 2, high, 0, 0, 0 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_enter, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
