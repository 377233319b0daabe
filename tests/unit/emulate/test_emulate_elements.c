/*
 * Unit tests: the emulator on vector registers, element by element
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
 * Masks, faults in the middle, addresses; and the moves of EVEX against a model, on registers that this machine need
 * not have. That the results are the processor's is test_emulate_avx.c's to see.
 */

#include "../winhvemulation/unixlib.h"
#include "guest_checks.h"
#include "host/bytes.h"
#include "host/x86.h"
#include "insn/insn.h"

static void test_masks( void **state )
{
    UINT32 i;

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    for (i = 0; i < 16; i++) guest.xmm[1][i] = guest.xmm[2][i] = i;
    store32( guest.xmm[2] + 4, 0x80000000 );
    store32( guest.lanes[2][1] + 8, 0xffffffff );
    /* elements 1 and 6, to both pages */
    assert_int_equal( guest_operand( "c4e26d2e0b", 0xff0, 1 ), SUCCESS );
    assert_int_equal( guest.log_count, 3 );
    assert_int_equal( guest.log[0].kind, EMULATE_TRANSLATE );
    check_access( 1, GUEST_MMIO + 0xff4, 4, 1 );
    check_access( 2, GUEST_MMIO + 0x1008, 4, 1 );
    assert_int_equal( guest.log[1].data, 0x07060504 );
    /* only element 1: the other page is not looked at, nor what is not canonical */
    store32( guest.lanes[2][1] + 8, 0x7fffffff );
    assert_int_equal( guest_operand( "c4e26d2e0b", 0xff4, 1 ), SUCCESS );
    assert_int_equal( guest.log_count, 1 );
    check_access( 0, GUEST_MMIO + 0xff8, 4, 1 );
    /* the second page is missing: nothing is written to the first */
    store32( guest.lanes[2][1] + 8, 0x80000000 );
    guest.bad_page = GUEST_MMIO + 0x1000;
    guest.bad_code = WHvTranslateGvaResultPageNotPresent;
    assert_int_equal( guest_operand( "c4e26d2e0b", 0xff0, 1 ), SUCCESS );
    assert_true( guest.event.EventPending && guest.event.Vector == 14 && guest.event.ErrorCode == 2 );
    assert_int_equal( guest.event.ExceptionParameter & ~0xfffull, GUEST_MMIO + 0x1000 );
    assert_int_equal( guest.counts[EMULATE_MEMORY], 0 );
    store32( guest.lanes[2][1] + 8, 0 );
    assert_int_equal( guest_operand( "c4e26d2e0b", 0xff0, 1 ), SUCCESS );
    assert_int_equal( guest.event.EventPending, 0 );

    /* no bit: no access, no fault, but a load clears */
    memset( guest.xmm[2], 0x7f, 16 );
    memset( guest.lanes[1][1], 0x44, 16 );
    guest.bad_page = GUEST_MMIO;
    for (i = 0; i < 2; i++)
    {
        assert_int_equal( guest_operand( i ? "c4e26d2c0b" : "c4e26d2e0b", 0, 1 ), SUCCESS );
        assert_int_equal( guest.event.EventPending, 0 );
        assert_int_equal( guest.log_count, 0 );
        assert_int_equal( guest.xmm[1][1], !i );
        assert_int_equal( guest.lanes[1][1][0], i ? 0 : 0x44 );
    }
    /* bytes: 3 and 15, by segment and cut to the size of addresses */
    guest_init( &guest, INSN_MODE_64 );
    memset( guest.xmm[1], 0x55, 16 );
    guest.xmm[2][3] = guest.xmm[2][15] = 0x80;
    guest.segments[SEGMENT_GS].Base = GUEST_MMIO;
    {
        static const UINT8 code[] = { 0x65, 0x67, 0x66, 0x0f, 0xf7, 0xca };

        guest.gpr[RDI] = 0x500000010;
        assert_int_equal( guest_mmio( &guest, code, sizeof(code), GUEST_MMIO + 0x10, GUEST_MMIO + 0x10, 1, 1 ),
                          SUCCESS );
    }
    assert_int_equal( guest.log_count, 2 );
    check_access( 0, GUEST_MMIO + 0x13, 1, 1 );
    check_access( 1, GUEST_MMIO + 0x1f, 1, 1 );
    assert_int_equal( guest.log[1].data, 0x55 );

    /* a segment's limit counts as far as it is reached */
    guest_init( &guest, INSN_MODE_32 );
    guest.segments[SEGMENT_DS].Limit = 0x107;
    store32( guest.xmm[2] + 4, 0x80000000 );
    {
        static const UINT8 code[] = { 0xc4, 0xe2, 0x6d, 0x2e, 0x0b };

        guest.gpr[RBX] = 0x100;
        assert_int_equal( guest_mmio( &guest, code, sizeof(code), 0, 0, 1, 0 ), SUCCESS );
        assert_int_equal( guest.event.EventPending, 0 );
        store32( guest.xmm[2] + 8, 0x80000000 );
        guest.rip = GUEST_RAM + 0x3000;
        assert_int_equal( guest_mmio( &guest, code, sizeof(code), 0, 0, 1, 0 ), SUCCESS );
        assert_true( guest.event.EventPending && guest.event.Vector == 13 );
    }
}

/* vpgatherdd ymm0, [rbx + ymm3 * 4], ymm2 */
static void test_gather( void **state )
{
    UINT32 i;

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    for (i = 0; i < 8; i++)
    {
        store32( (i < 4 ? guest.xmm[2] : guest.lanes[2][1] - 16) + 4 * i, i & 1 ? 0x80000000 : 0 );
        store32( (i < 4 ? guest.xmm[3] : guest.lanes[3][1] - 16) + 4 * i, i == 5 ? 0x400 : -i );
    }
    guest.mmio_data = 0x12345678;
    memset( guest.xmm[0], 0x77, 16 );
    guest.bad_page = GUEST_MMIO + 0x1000;
    guest.bad_code = WHvTranslateGvaResultPrivilegeViolation;
    assert_int_equal( guest_operand( "c4e26d90049b", 0x100, 0 ), SUCCESS );
    /* 1 and 3 are done, 5 is not */
    assert_true( guest.event.EventPending && guest.event.Vector == 14 && guest.event.ErrorCode == 1 );
    assert_int_equal( guest.event.ExceptionParameter, GUEST_MMIO + 0x1100 );
    assert_int_equal( guest.counts[EMULATE_MEMORY], 2 );
    check_access( 0, GUEST_MMIO + 0xfc, 4, 0 );
    check_access( 1, GUEST_MMIO + 0xf4, 4, 0 );
    assert_int_equal( load32( guest.xmm[0] ), 0x77777777 );
    assert_int_equal( load32( guest.xmm[0] + 4 ), 0x12345678 );
    assert_int_equal( load32( guest.xmm[2] + 4 ), 0 );
    assert_int_equal( load32( guest.lanes[2][1] + 4 ), 0x80000000 );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3000 );
    /* and again: what is left */
    guest.bad_page = ~0ull;
    assert_int_equal( guest_operand( "c4e26d90049b", 0x100, 0 ), SUCCESS );
    assert_int_equal( guest.event.EventPending, 0 );
    assert_int_equal( guest.counts[EMULATE_MEMORY], 2 );
    assert_int_equal( load32( guest.lanes[2][1] + 4 ), 0 );
    assert_int_equal( load32( guest.lanes[0][1] + 4 ), 0x12345678 );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3006 );
}

/* ---- EVEX moves ---- */

static UINT8 *lane_of( UINT32 reg, UINT32 lane )
{
    return !lane && reg < 16 ? guest.xmm[reg] : guest.lanes[reg][lane];
}

static void test_evex( void **state )
{
    /* zmm1 or zmm17, [rbx]; element 0: no mask. k1, k2, k3 */
    static const struct { const char *code; UINT8 reg, size, element, k; BOOL write, zeroing; } list[] =
    {
        { "62f1fe486f0b", 1, 64, 0, 0, 0, 0 }, { "62f1fe487f0b", 1, 64, 0, 0, 1, 0 },
        { "62e1fe486f0b", 17, 64, 0, 0, 0, 0 }, { "62e1fe287f0b", 17, 32, 0, 0, 1, 0 },
        { "62e1fe086f0b", 17, 16, 0, 0, 0, 0 }, { "62f17c48100b", 1, 64, 0, 0, 0, 0 },
        { "62f1fe496f0b", 1, 64, 8, 1, 0, 0 }, { "62f1fecb6f0b", 1, 64, 8, 3, 0, 1 },
        { "62f1fe4a7f0b", 1, 64, 8, 2, 1, 0 }, { "62f17e496f0b", 1, 64, 4, 1, 0, 0 },
        { "62f17e2a7f0b", 1, 32, 4, 2, 1, 0 }, { "62f17f496f0b", 1, 64, 1, 1, 0, 0 },
        { "62f1ff4b7f0b", 1, 64, 2, 3, 1, 0 }, { "62e17c89100b", 17, 16, 4, 1, 0, 1 },
        { "62e1fd4a110b", 17, 64, 8, 2, 1, 0 }, { "62f17e0a110b", 1, 4, 4, 2, 1, 0 },
        { "62f17e89100b", 1, 4, 4, 1, 0, 1 },
    };
    UINT8 before[64], expected[64], memory[64], bytes[16];
    UINT32 i, k, count, round;

    (void)state;
    for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
        for (round = 0; round < 20; round++)
        {
            UINT32 offset = round & 1 ? 0 : 0x40 - list[i].size / 2;

            guest_init( &guest, INSN_MODE_64 );
            guest.xcr0 = 0xe7;
            for (k = 0; k < sizeof(guest.ram); k++) guest.ram[k] = input_random();
            for (k = 0; k < 8; k++) guest.opmask[k] = round < 2 ? 0 : input_random();
            for (k = 0; k < 64; k++) before[k] = input_random();
            for (k = 0; k < 4; k++) memcpy( lane_of( list[i].reg, k ), before + 16 * k, 16 );
            guest.gpr[RBX] = GUEST_RAM + 0xfc0 + offset;
            memcpy( memory, guest.ram + 0xfc0 + offset, 64 );
            memset( expected, 0, sizeof(expected) );
            if (list[i].write) memcpy( expected, memory, 64 );
            for (k = 0; k < list[i].size; k++)
            {
                BOOL taken = !list[i].element || (guest.opmask[list[i].k] >> (k / list[i].element) & 1);

                if (list[i].write) expected[k] = taken ? before[k] : memory[k];
                else expected[k] = taken ? memory[k] : list[i].zeroing ? 0 : before[k];
            }
            count = input_hex( list[i].code, bytes );
            if (guest_mmio( &guest, bytes, count, 0, 0, 0, 0 ) != SUCCESS) fail_msg( "%s: refused", list[i].code );
            if (guest.event.EventPending) fail_msg( "%s: exception %u", list[i].code, guest.event.Vector );
            if (list[i].write)
            {
                if (memcmp( guest.ram + 0xfc0 + offset, expected, 64 )) fail_msg( "%s: memory", list[i].code );
                continue;
            }
            /* above 256 bits a register below 16 is cleared where the host has it */
            for (k = 0; k < (list[i].size > 32 || list[i].reg > 15 ? list[i].size / 16 : 2); k++)
                if (memcmp( lane_of( list[i].reg, k ), expected + 16 * k, 16 ))
                    fail_msg( "%s: lane %u", list[i].code, k );
        }

    /* #UD without the state, #GP by address; what is not a move is refused */
    guest_init( &guest, INSN_MODE_64 );
    check_operand_fault( "62f1fe486f0b", 0, 6 );
    guest.xcr0 = 0xe7;
    check_operand_fault( "62f1fd486f0b", 32, 13 );
    guest.opmask[1] = 0;
    check_operand_fault( "62f1fd496f0b", 32, 13 );
    assert_int_equal( guest_operand( "62f16d48fe0b", 0, 0 ), FAILURE );          /* vpaddd zmm1, zmm2, [rbx] */
    assert_int_equal( guest_operand( "62f27d498a0b", 0, 1 ), FAILURE );          /* vcompressps [rbx]{k1}, zmm1 */
    /* vgatherdps zmm0{k1}, [rbx + zmm3 * 4] */
    assert_int_equal( guest_operand( "62f27d4992049b", 0, 0 ), FAILURE );
    assert_int_equal( guest.counts[EMULATE_SET_REGISTERS], 0 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_masks ),
        cmocka_unit_test( test_gather ),
        cmocka_unit_test( test_evex ),
    };

    return cmocka_run_group_tests_name( "emulate_elements", tests, NULL, NULL );
}
