/*
 * Unit tests of plain.c, follow.h and the cache of fetch.c
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
#include "emulate/state.h"
#include "guest_checks.h"
#include "host/array.h"
#include "host/x86.h"
#include "insn/insn.h"

#define IN_PAGE(offset) (GUEST_MMIO + (offset))

/* how many requests are told with the first one */
#define PLAIN_KNOWN 3
#define PORT_KNOWN  2

static UINT64 seed = 0x9e3779b97f4a7c15ull;

static UINT64 random64( void )
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return seed ^ seed >> 29;
}

static void random_registers( UINT64 offset )
{
    UINT32 i;

    for (i = 0; i < 16; i++) guest.gpr[i] = random64();
    guest.gpr[RBX] = IN_PAGE( offset );
    guest.gpr[9] = 5;
    guest.gpr[RSP] = IN_PAGE( offset );
    guest.rflags = 2 | (random64() & RFLAGS_STATUS);
    guest.mmio_data = random64();
    guest.rip = GUEST_RAM + 0x3000;
    guest.segments[SEGMENT_GS].Base = IN_PAGE( 0 );
}

/* By the short way, if the exit tells the address; by that of all others, if a translation has to. */
static void check_same( const char *hex, UINT64 offset )
{
    static struct guest before, first;
    UINT8 bytes[16];
    UINT32 count = input_hex( hex, bytes );

    random_registers( offset );
    before = guest;
    if (guest_mmio( &guest, bytes, count, IN_PAGE( offset ), IN_PAGE( offset ), 1, 1 ) != SUCCESS)
        fail_msg( "%s: refused", hex );
    if (guest.known != PLAIN_KNOWN) fail_msg( "%s: not plain", hex );
    if (guest.counts[EMULATE_TRANSLATE]) fail_msg( "%s: translated", hex );
    first = guest;
    guest = before;
    if (guest_mmio( &guest, bytes, count, IN_PAGE( offset ), IN_PAGE( offset ), 1, 0 ) != SUCCESS)
        fail_msg( "%s: refused if the exit tells nothing", hex );
    assert_int_equal( guest.known, 0 );
    assert_int_equal( guest.counts[EMULATE_TRANSLATE], 1 );

    if (memcmp( guest.gpr, first.gpr, sizeof(guest.gpr) )) fail_msg( "%s: other registers", hex );
    assert_int_equal( guest.rip, first.rip );
    assert_int_equal( guest.rip, before.rip + count );
    assert_int_equal( guest.rflags, first.rflags );
    assert_int_equal( first.log_count, 1 );
    assert_int_equal( guest.log_count, 2 );
    if (memcmp( &guest.log[1], &first.log[0], sizeof(guest.log[0]) )) fail_msg( "%s: another access", hex );
}

static void test_forms( void **state )
{
    static const char * const forms[] =
    {
        "8803", "668903", "8903", "488903",                         /* mov [rbx], al, ax, eax, rax */
        "8823", "882b", "44887b10", "408833",                      /* ah, ch, r15b to [rbx + 10h], sil */
        "8a03", "668b03", "8b03", "488b03", "8a23", "8a3b", "448a7b10", "408a33",
        "c60381", "66c7038182", "c70381828384", "48c70381828384",   /* constants, sign-extended to 64 bits */
        "0fb603", "660fb603", "480fb603", "0fb703", "480fb70b",     /* movzx */
        "0fbe03", "660fbe03", "480fbe03", "0fbf03", "480fbf0b", "486303",   /* movsx, movsxd */
        "8b1b", "488b5b08", "8a7b01",                               /* the register that it goes by */
        "428b448bec", "4289448bec",                                 /* [rbx + r9 * 4 - 14h] */
        "8b0424", "89442408",                                       /* [rsp] */
        "65488b042510000000", "6589142510000000",  /* gs */
        "0fc303", "480fc303",                                       /* movnti */
    };
    UINT32 i, j;

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    for (i = 0; i < ARRAY_SIZE(forms); i++)
        for (j = 0; j < 50; j++) check_same( forms[i], 0x20 + random64() % 0xf80 );
    /* as far as the end of the page */
    check_same( "488b03", 0xff8 );
    check_same( "8803", 0xfff );

    /* by RIP, and all of an address in the instruction */
    guest_init( &guest, INSN_MODE_64 );
    guest.rip = IN_PAGE( 0x100 );
    guest.gpr[RAX] = 0x1234;
    assert_int_equal( guest_hex( "890500010000", 0x206, 1 ), SUCCESS );
    assert_int_equal( guest.known, PLAIN_KNOWN );
    check_log( 0, IN_PAGE( 0x206 ), 4, 1, 0x1234 );
    guest.mmio_data = 0xa1a2a3a4a5a6a7a8;
    assert_int_equal( guest_hex( "a13000e0fe00000000", 0x30, 0 ), SUCCESS );    /* mov eax, [fee00030h] */
    assert_int_equal( guest.known, PLAIN_KNOWN );
    assert_int_equal( guest.gpr[RAX], 0xa5a6a7a8 );
    assert_int_equal( guest.counts[EMULATE_SET_REGISTERS], 1 );
    assert_int_equal( guest.req.count, 2 );
}

/* What is not plain, or of which the exit does not tell enough, goes the way of all others, and right. */
static void test_others( void **state )
{
    static const char * const others[] = { "0103", "8703", "ff33", "678b03", "a4", "0fb603" };
    UINT32 i;

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RSI] = guest.gpr[RDI] = guest.gpr[RSP] = GUEST_RAM + 0x100;
    for (i = 0; i < ARRAY_SIZE(others) - 1; i++)
    {
        guest.gpr[RBX] = IN_PAGE( 8 );
        assert_int_equal( guest_hex( others[i], 8, 1 ), SUCCESS );
        assert_int_equal( guest.known, 0 );
    }
    guest_init( &guest, INSN_MODE_32 );
    guest.gpr[RBX] = IN_PAGE( 8 );
    assert_int_equal( guest_hex( others[i], 8, 0 ), SUCCESS );
    assert_int_equal( guest.known, 0 );

    /* another page than the exit tells, one page more, and one that it may only read */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RBX] = GUEST_RAM + 0x10;
    guest.gpr[RAX] = 0x11223344;
    assert_int_equal( guest_hex( "8903", 8, 1 ), SUCCESS );
    assert_int_equal( guest.known, PLAIN_KNOWN );
    assert_int_equal( guest.counts[EMULATE_TRANSLATE], 1 );
    check_log( 1, GUEST_RAM + 0x10, 4, 1, 0x11223344 );
    guest.gpr[RBX] = IN_PAGE( 0xffd );
    assert_int_equal( guest_hex( "8903", 0xffd, 1 ), SUCCESS );
    assert_int_equal( guest.counts[EMULATE_TRANSLATE], 1 );
    check_log( 1, IN_PAGE( 0xffd ), 3, 1, 0x223344 );
    check_log( 2, IN_PAGE( 0x1000 ), 1, 1, 0x11 );
    guest.gpr[RBX] = IN_PAGE( 8 );
    assert_int_equal( guest_hex( "8903", 8, 0 ), SUCCESS );
    assert_int_equal( guest.known, 0 );
    assert_int_equal( guest.counts[EMULATE_TRANSLATE], 1 );
    assert_int_equal( guest_hex( "8b03", 8, 1 ), SUCCESS );
    assert_int_equal( guest.known, PLAIN_KNOWN );

    /* an exit that tells a page that can't be */
    guest.gpr[RBX] = 0x800000000010;
    assert_int_equal( guest_mmio( &guest, (const UINT8 *)"\x8b\x03", 2, 0x800000000010, IN_PAGE( 0 ), 0, 1 ), SUCCESS );
    assert_int_equal( guest.known, 0 );
    assert_int_equal( guest.event.Vector, VECTOR_GP );
}

static void test_flags( void **state )
{
    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RBX] = IN_PAGE( 8 );
    guest.mmio_data = 0x55;
    guest.rflags |= RFLAGS_TF | RFLAGS_RF | RFLAGS_CF;
    assert_int_equal( guest_hex( "8b03", 8, 0 ), SUCCESS );
    assert_int_equal( guest.gpr[RAX], 0x55 );
    assert_int_equal( guest.pending_debug, 1 << 4 );
    assert_int_equal( guest.rflags, 2 | RFLAGS_TF | RFLAGS_CF );

    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RBX] = IN_PAGE( 9 );
    guest.rflags |= RFLAGS_AC;
    guest.vp.ExecutionState.Cpl = 3;
    assert_int_equal( guest_hex( "8b03", 9, 0 ), SUCCESS );
    assert_false( guest.event.EventPending );
    guest.vp.ExecutionState.Cr0Am = 1;
    assert_int_equal( guest_hex( "8b03", 9, 0 ), SUCCESS );
    assert_true( guest.event.EventPending );
    assert_int_equal( guest.event.Vector, VECTOR_AC );
}

static void test_failures( void **state )
{
    static const struct { const char *hex; UINT32 kind, status; } tests[] =
    {
        { "8903", EMULATE_GET_REGISTERS, 1u << 6 },
        { "8b03", EMULATE_GET_REGISTERS, 1u << 6 },
        { "8903", EMULATE_MEMORY,        1u << 3 },
        { "8b03", EMULATE_MEMORY,        1u << 3 },
        { "8903", EMULATE_SET_REGISTERS, 1u << 7 },
        { "8b03", EMULATE_SET_REGISTERS, 1u << 7 },
    };
    UINT32 i, kind;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(tests); i++)
    {
        guest_init( &guest, INSN_MODE_64 );
        guest.gpr[RBX] = IN_PAGE( 8 );
        guest.gpr[RAX] = 0x77;
        guest.fail_kind = tests[i].kind;
        assert_int_equal( guest_hex( tests[i].hex, 8, 1 ), tests[i].status );
        assert_int_equal( guest.known, PLAIN_KNOWN );
        assert_int_equal( guest.gpr[RAX], 0x77 );
        assert_int_equal( guest.rip, GUEST_RAM + 0x3000 );
        for (kind = 0; kind < EMULATE_REQUEST_KINDS; kind++) if (guest.counts[kind] > 1) fail();
        assert_int_equal( guest.counts[EMULATE_SET_REGISTERS], tests[i].kind == EMULATE_SET_REGISTERS );
    }
}

static void test_ports( void **state )
{
    WHV_X64_IO_PORT_ACCESS_CONTEXT io = { .PortNumber = 0x3f8 };
    UINT32 size;

    (void)state;
    for (size = 1; size <= 4; size *= 2)
    {
        guest_init( &guest, INSN_MODE_64 );
        guest.vp.InstructionLength = 1;
        guest.rflags |= RFLAGS_TF | RFLAGS_RF;
        guest.mmio_data = 0x8182838485868788;
        io.Rax = guest.gpr[RAX] = 0x1112131415161718;
        io.AccessInfo.AccessSize = size;
        io.AccessInfo.IsWrite = 1;
        assert_int_equal( guest_io( &guest, (const UINT8 *)"", 0, &io ), SUCCESS );
        assert_int_equal( guest.known, PORT_KNOWN );
        assert_int_equal( guest.counts[EMULATE_GET_REGISTERS], 0 );
        assert_int_equal( guest.log[0].data, 0x15161718 & insn_size_mask( size ));
        assert_int_equal( guest.gpr[RAX], io.Rax );
        assert_int_equal( guest.rip, GUEST_RAM + 0x3001 );
        assert_int_equal( guest.pending_debug, 1 << 4 );
        assert_int_equal( guest.rflags, 2 | RFLAGS_TF );

        io.AccessInfo.IsWrite = 0;
        assert_int_equal( guest_io( &guest, (const UINT8 *)"", 0, &io ), SUCCESS );
        assert_int_equal( guest.known, PORT_KNOWN );
        if (size == 4) assert_int_equal( guest.gpr[RAX], 0x85868788 );
        else assert_int_equal( guest.gpr[RAX], size == 2 ? 0x1112131415168788 : 0x1112131415161788 );

        guest.fail_kind = EMULATE_IO;
        assert_int_equal( guest_io( &guest, (const UINT8 *)"", 0, &io ), 1u << 2 );
        guest.fail_kind = EMULATE_SET_REGISTERS;
        assert_int_equal( guest_io( &guest, (const UINT8 *)"", 0, &io ), 1u << 7 );
        assert_int_equal( guest.rip, GUEST_RAM + 0x3002 );
    }
    /* the end of 32-bit code */
    guest_init( &guest, INSN_MODE_32 );
    guest.vp.InstructionLength = 1;
    guest.rip = 0xffffffff;
    assert_int_equal( guest_io( &guest, (const UINT8 *)"", 0, &io ), SUCCESS );
    assert_int_equal( guest.rip, 0 );
}

/* What comes again is not decoded again, and is what stands there now. */
static void test_cache( void **state )
{
    static const char * const loop[] = { "8903", "66018320000000", "660ffe03", "f30fb803", "8b03", "0f1113" };
    UINT32 i, round;

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    for (round = 0; round < 3; round++)
        for (i = 0; i < ARRAY_SIZE(loop); i++)
        {
            guest.rip = GUEST_RAM + 0x3000 + i * 5;
            guest.gpr[RBX] = IN_PAGE( 0 );
            guest.gpr[RAX] = 0x33;
            guest.mmio_data = 0xff;
            assert_int_equal( guest_hex( loop[i], 0, 1 ), SUCCESS );
            switch (i)
            {
            case 0: check_log( 0, IN_PAGE( 0 ), 4, 1, 0x33 ); break;
            case 1: check_log( 1, IN_PAGE( 0x20 ), 2, 1, 0x132 ); break;
            case 2: assert_int_equal( guest.log_count, 2 ); break;
            case 3: assert_int_equal( guest.gpr[RAX], 8 ); break;
            case 4: assert_int_equal( guest.gpr[RAX], 0xff ); break;
            case 5: assert_int_equal( count_accesses( 1 ), 2 ); break;
            }
        }

    /* all bytes but the last are those that were there; there are fewer than the instruction has; another mode */
    guest.rip = GUEST_RAM + 0x3000;
    guest.gpr[RBX] = IN_PAGE( 0 );
    assert_int_equal( guest_hex( "48c70311223344", 0, 1 ), SUCCESS );
    check_log( 0, IN_PAGE( 0 ), 8, 1, 0x44332211 );
    guest.rip = GUEST_RAM + 0x3000;
    assert_int_equal( guest_hex( "48c70311223345", 0, 1 ), SUCCESS );
    check_log( 0, IN_PAGE( 0 ), 8, 1, 0x45332211 );
    guest.rip = GUEST_RAM + 0x3000;
    memcpy( guest.ram + 0x3000, "\x48\xc7\x03\x11\x22\x33\x46", 7 );
    assert_int_equal( guest_hex( "48c703112233", 0, 1 ), SUCCESS );
    assert_int_equal( guest.counts[EMULATE_TRANSLATE], 1 );
    check_log( 2, IN_PAGE( 0 ), 8, 1, 0x46332211 );
    guest.rip = GUEST_RAM + 0x3000;
    assert_int_equal( guest_hex( "8903", 0, 1 ), SUCCESS );
    guest.vp.ExecutionState.EferLma = 0;
    guest.segments[SEGMENT_CS].Long = 0;
    guest.segments[SEGMENT_CS].Default = 1;
    guest.segments[SEGMENT_CS].Limit = 0xffffffff;
    guest.rip = GUEST_RAM + 0x3000;
    assert_int_equal( guest_hex( "8903", 0, 1 ), SUCCESS );
    assert_int_equal( guest.known, 0 );
    check_log( 0, IN_PAGE( 0 ), 4, 1, guest.gpr[RAX] );

    /* what is refused stays so */
    guest_init( &guest, INSN_MODE_64 );
    for (i = 0; i < 3; i++) assert_int_equal( guest_hex( "0f013b", 0, 1 ), FAILURE );
    assert_int_equal( guest.counts[EMULATE_GET_REGISTERS], 0 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_forms ),
        cmocka_unit_test( test_others ),
        cmocka_unit_test( test_flags ),
        cmocka_unit_test( test_failures ),
        cmocka_unit_test( test_ports ),
        cmocka_unit_test( test_cache ),
    };

    return cmocka_run_group_tests_name( "emulate_plain", tests, NULL, NULL );
}
