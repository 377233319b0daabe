/*
 * Unit tests of emulate.c: ports, and what fails
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

#include "../winhvemulation/unixlib.h"
#include "guest_checks.h"
#include "host/x86.h"
#include "insn/insn.h"

/* Nothing was set: not even RIP. */
static void check_untouched( const struct guest *before )
{
    assert_memory_equal( guest.gpr, before->gpr, sizeof(guest.gpr) );
    assert_int_equal( guest.rip, before->rip );
    assert_int_equal( guest.rflags, before->rflags );
    assert_int_equal( guest.event.EventPending, 0 );
}

static void test_ports( void **state )
{
    WHV_X64_IO_PORT_ACCESS_CONTEXT io;
    UINT8 bytes[16];
    UINT32 i;

    (void)state;
    memset( &io, 0, sizeof(io) );
    guest_init( &guest, INSN_MODE_64 );
    io.PortNumber = 0x3f8;
    io.AccessInfo.IsWrite = 1;
    io.AccessInfo.AccessSize = 1;
    io.Rax = 0x1234;
    guest.vp.InstructionLength = 1;
    assert_int_equal( guest_io( &guest, bytes, 0, &io ), SUCCESS );
    assert_int_equal( guest.log_count, 1 );
    assert_int_equal( guest.log[0].data, 0x34 );
    assert_int_equal( guest.log[0].size, 1 );
    assert_int_equal( guest.counts[EMULATE_GET_REGISTERS], 0 );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3001 );
    assert_int_equal( guest.req.count, 1 );

    io.AccessInfo.IsWrite = 0;
    io.Rax = 0xaaaaaaaabbbbbbbb;
    guest.mmio_data = 0x99;
    assert_int_equal( guest_io( &guest, bytes, 0, &io ), SUCCESS );
    assert_true( guest.gpr[RAX] == 0xaaaaaaaabbbbbb99ull );
    io.AccessInfo.AccessSize = 4;
    assert_int_equal( guest_io( &guest, bytes, 0, &io ), SUCCESS );
    assert_int_equal( guest.gpr[RAX], 0x9a );
    io.AccessInfo.AccessSize = 3;
    assert_int_equal( guest_io( &guest, bytes, 0, &io ), FAILURE );

    /* no length given: decoded */
    guest.vp.InstructionLength = 0;
    io.AccessInfo.AccessSize = 1;
    guest.gpr[RAX] = 0x55;
    guest.rip = GUEST_RAM + 0x3000;
    io.AccessInfo.IsWrite = 1;
    assert_int_equal( guest_io( &guest, bytes, input_hex( "e680", bytes ), &io ), SUCCESS );
    assert_int_equal( guest.log[0].address, 0x80 );
    assert_int_equal( guest.log[0].data, 0x55 );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3002 );
    /* an exit that tells of something else */
    guest.gpr[RDX] = 0x12345;
    assert_int_equal( guest_hex( "ee", 0, 1 ), SUCCESS );
    assert_int_equal( guest.log[0].address, 0x2345 );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3003 );

    /* rep outsw, rep insb */
    io.AccessInfo.StringOp = 1;
    io.AccessInfo.RepPrefix = 1;
    guest.gpr[RCX] = 4;
    guest.gpr[RDX] = 0x1f0;
    guest.gpr[RSI] = GUEST_RAM + 0x200;
    guest.vp.InstructionLength = 3;
    for (i = 0; i < 8; i++) guest.ram[0x200 + i] = i;
    assert_int_equal( guest_io( &guest, bytes, input_hex( "f3666f", bytes ), &io ), SUCCESS );
    assert_int_equal( guest.counts[EMULATE_IO], 4 );
    assert_int_equal( guest.gpr[RSI], GUEST_RAM + 0x208 );
    assert_int_equal( guest.log[guest.log_count - 1].data, 0x0706 );
    assert_int_equal( guest.log[guest.log_count - 1].address, 0x1f0 );

    guest.gpr[RCX] = 4;
    guest.gpr[RDI] = GUEST_RAM + 0x300;
    guest.mmio_data = 7;
    assert_int_equal( guest_io( &guest, bytes, input_hex( "f36c", bytes ), &io ), SUCCESS );
    assert_int_equal( guest.gpr[RCX], 0 );
    assert_int_equal( guest.ram[0x303], 10 );

    /* the destination is looked at before the port is read */
    guest.gpr[RCX] = 4;
    guest.bad_page = GUEST_RAM;
    guest.bad_code = WHvTranslateGvaResultPageNotPresent;
    guest.gpr[RDI] = GUEST_RAM + 0x300;
    assert_int_equal( guest_io( &guest, bytes, input_hex( "f36c", bytes ), &io ), SUCCESS );
    assert_int_equal( guest.counts[EMULATE_IO], 0 );
    assert_int_equal( guest.gpr[RCX], 4 );
    assert_int_equal( guest.event.Vector, 14 );
}

static void test_failures( void **state )
{
    static const struct { UINT32 kind, status; } tests[] =
    {
        { EMULATE_GET_REGISTERS, 1u << 6 },
        { EMULATE_SET_REGISTERS, 1u << 7 },
        { EMULATE_TRANSLATE,     1u << 4 },
        { EMULATE_MEMORY,        1u << 3 },
    };
    struct guest before;
    UINT32 i;

    (void)state;
    for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
    {
        guest_init( &guest, INSN_MODE_64 );
        guest.gpr[RCX] = 2;
        guest.gpr[RSI] = GUEST_RAM;
        guest.gpr[RDI] = GUEST_MMIO;
        guest.fail_kind = tests[i].kind;
        before = guest;
        assert_int_equal( guest_hex( "f3a4", 0, 1 ), tests[i].status );
        check_untouched( &before );
        if (tests[i].kind != EMULATE_SET_REGISTERS) assert_int_equal( guest.counts[EMULATE_SET_REGISTERS], 0 );
        if (tests[i].kind != EMULATE_MEMORY) continue;
        /* in the middle: registers stay, whatever has been written */
        guest.fail_after = 3;
        assert_int_equal( guest_hex( "f3a4", 0, 1 ), tests[i].status );
        check_untouched( &before );
    }
    guest_init( &guest, INSN_MODE_64 );
    before = guest;
    guest.vp.ExecutionState.InterruptionPending = 1;
    assert_int_equal( guest_hex( "8903", 0, 1 ), 1u << 8 );
    check_untouched( &before );
    guest.vp.ExecutionState.InterruptionPending = 0;
    assert_int_equal( guest_hex( "0f013b", 0, 1 ), FAILURE );        /* invlpg */
    assert_int_equal( guest_hex( "8bc3", 0, 0 ), FAILURE );          /* no memory */
    check_untouched( &before );

    /* division */
    guest.gpr[RBX] = GUEST_MMIO;
    guest.mmio_data = 0;
    assert_int_equal( guest_hex( "f733", 0, 0 ), SUCCESS );
    assert_int_equal( guest.event.Vector, 0 );
    assert_true( guest.event.EventPending && !guest.event.DeliverErrorCode );
    assert_int_equal( guest.rip, before.rip );
    guest.event.EventPending = 0;
    guest.gpr[RAX] = 0x80000000;
    guest.gpr[RDX] = 0xffffffff;
    guest.mmio_data = 0xffffffff;
    assert_int_equal( guest_hex( "f73b", 0, 0 ), SUCCESS );          /* -2^31 / -1 */
    assert_true( guest.event.EventPending );

    /* single step */
    guest_init( &guest, INSN_MODE_64 );
    guest.rflags |= RFLAGS_TF | RFLAGS_RF;
    guest.gpr[RCX] = 2;
    guest.gpr[RDI] = GUEST_MMIO;
    assert_int_equal( guest_hex( "f3aa", 0, 1 ), SUCCESS );
    assert_int_equal( guest.gpr[RCX], 1 );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3000 );
    assert_int_equal( guest.pending_debug, 1 << 4 );
    assert_false( guest.rflags & RFLAGS_RF );
}

/* Any bytes, any registers: an end in bounded time, registers untouched unless successful. */
static void test_hostile( void **state )
{
    UINT64 seed = 0x9e3779b97f4a7c15ull;
    UINT8 bytes[16];
    UINT32 i, j, status, success = 0;
    struct guest before;

    (void)state;
    for (i = 0; i < 100000; i++)
    {
        guest_init( &guest, i % 3 );
        for (j = 0; j < 16; j++)
        {
            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            guest.gpr[j] = seed & 1 ? seed >> 20 : GUEST_RAM + (seed >> 51);
            bytes[j] = seed >> 56;
        }
        if (guest.gpr[RCX] > 100) guest.gpr[RCX] &= 0xff;
        if (i & 1) bytes[1] &= 0x3f;
        if (!(i & 7)) guest.bad_page = guest.gpr[RDI] & ~0xfffull;
        guest.bad_code = i % 9;
        memcpy( before.gpr, guest.gpr, sizeof(guest.gpr) );
        before.rip = guest.rip;
        before.rflags = guest.rflags;
        status = guest_mmio( &guest, bytes, i % 17, guest.gpr[RBX], guest.gpr[RBX], i & 1, i & 2 );
        assert_true( status && !(status & (status - 1)) );
        if (status != SUCCESS) check_untouched( &before );
        else success++;
    }
    assert_true( success > 1000 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_ports ),
        cmocka_unit_test( test_failures ),
        cmocka_unit_test( test_hostile ),
    };

    return cmocka_run_group_tests_name( "emulate_failures", tests, NULL, NULL );
}
