/*
 * Unit tests of brief.c
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

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/array.h"
#include "host/x86.h"
#include "inputs.h"
#include "insn/brief.h"
#include "insn/decode.h"
#include "insn/insn.h"

#define M16 INSN_MODE_16
#define M32 INSN_MODE_32
#define M64 INSN_MODE_64

enum { R8 = 8, R9, R10, R11, R12, R13, R14, R15 };

#define ONE   0xffull
#define TWO   0xffffull
#define FOUR  0xffffffffull
#define EIGHT 0xffffffffffffffffull

static void describe( const char *hex, UINT8 mode, struct insn_brief *brief )
{
    UINT8 bytes[32];
    UINT32 count = input_hex( hex, bytes );
    struct insn insn;

    if (FAILED(insn_decode( bytes, count, mode, &insn ))) fail_msg( "%s is not decoded", hex );
    if (insn.length != count) fail_msg( "%s has %u bytes, not %u", hex, count, insn.length );
    memset( brief, 0xcc, sizeof(*brief) );
    insn_describe( &insn, brief );
}

static void check( const char *hex, UINT8 mode, UINT8 kind, UINT8 size, struct insn_brief *brief )
{
    describe( hex, mode, brief );
    if (brief->kind != kind || brief->size != size)
        fail_msg( "%s: kind %u of %u bytes instead of %u of %u", hex, brief->kind, brief->size, kind, size );
    assert_int_equal( brief->data, insn_size_mask( size ));
}

/* port: -1 for DX */
static const struct
{
    const char *hex;
    UINT8       mode, kind, size;
    int         port;
}
ports[] =
{
    { "e640",     M64, BRIEF_OUT, 1, 0x40 },
    { "e6ff",     M64, BRIEF_OUT, 1, 0xff },            /* no sign */
    { "e740",     M64, BRIEF_OUT, 4, 0x40 },
    { "66e740",   M64, BRIEF_OUT, 2, 0x40 },
    { "48e780",   M64, BRIEF_OUT, 4, 0x80 },            /* no port access has 8 bytes */
    { "ee",       M64, BRIEF_OUT, 1, -1 },
    { "66ee",     M64, BRIEF_OUT, 1, -1 },
    { "ef",       M64, BRIEF_OUT, 4, -1 },
    { "66ef",     M64, BRIEF_OUT, 2, -1 },
    { "48ef",     M64, BRIEF_OUT, 4, -1 },
    { "6648ef",   M64, BRIEF_OUT, 4, -1 },
    { "f3ee",     M64, BRIEF_OUT, 1, -1 },              /* REP means nothing there */
    { "e440",     M64, BRIEF_IN,  1, 0x40 },
    { "e5ff",     M64, BRIEF_IN,  4, 0xff },
    { "66e540",   M64, BRIEF_IN,  2, 0x40 },
    { "ec",       M64, BRIEF_IN,  1, -1 },
    { "ed",       M64, BRIEF_IN,  4, -1 },
    { "66ed",     M64, BRIEF_IN,  2, -1 },
    { "48ed",     M64, BRIEF_IN,  4, -1 },
    { "e640",     M32, BRIEF_OUT, 1, 0x40 },
    { "ef",       M32, BRIEF_OUT, 4, -1 },
    { "66ef",     M32, BRIEF_OUT, 2, -1 },
    { "66ed",     M32, BRIEF_IN,  2, -1 },
    { "ef",       M16, BRIEF_OUT, 2, -1 },
    { "66ef",     M16, BRIEF_OUT, 4, -1 },
    { "67ee",     M16, BRIEF_OUT, 1, -1 },
    { "ed",       M16, BRIEF_IN,  2, -1 },
    { "66e57f",   M16, BRIEF_IN,  4, 0x7f },
};

static void test_ports( void **state )
{
    struct insn_brief brief;
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(ports); i++)
    {
        UINT64 mask = insn_size_mask( ports[i].size );

        check( ports[i].hex, ports[i].mode, ports[i].kind, ports[i].size, &brief );
        assert_int_equal( brief.reg, RAX );
        assert_int_equal( brief.by_dx, ports[i].port < 0 );
        if (ports[i].port >= 0) assert_int_equal( brief.port, ports[i].port );
        if (ports[i].kind == BRIEF_OUT)
        {
            assert_int_equal( brief.kept, ~0ull );
            assert_int_equal( brief.zero, 0 );
            continue;
        }
        assert_int_equal( brief.kept, ports[i].size == 4 ? 0 : ~mask );
        assert_int_equal( brief.zero, ports[i].size == 4 ? ~mask : 0 );
    }
}

static const struct
{
    const char *hex;
    UINT8       mode, size, reg;
    UINT64      kept, zero;
}
loads[] =
{
    { "8a03",         M64, 1, RAX, ~ONE, 0 },
    { "8a33",         M64, 0, 0, 0, 0 },                    /* dh */
    { "8a23",         M64, 0, 0, 0, 0 },                    /* ah */
    { "408a33",       M64, 1, RSI, ~ONE, 0 },               /* sil */
    { "408a23",       M64, 1, RSP, ~ONE, 0 },               /* spl */
    { "448a3b",       M64, 1, R15, ~ONE, 0 },
    { "668b0b",       M64, 2, RCX, ~TWO, 0 },
    { "66448b03",     M64, 2, R8, ~TWO, 0 },
    { "8b1b",         M64, 4, RBX, 0, ~FOUR },
    { "448b2b",       M64, 4, R13, 0, ~FOUR },
    { "488b13",       M64, 8, RDX, 0, 0 },
    { "4c8b23",       M64, 8, R12, 0, 0 },
    { "6648890b",     M64, 0, 0, 0, 0 },                    /* a store */
    { "66488b0b",     M64, 8, RCX, 0, 0 },
    { "678b03",       M64, 4, RAX, 0, ~FOUR },
    { "658b03",       M64, 4, RAX, 0, ~FOUR },
    { "8b0500000000", M64, 4, RAX, 0, ~FOUR },              /* [rip] */
    { "a00000000000000000",   M64, 1, RAX, ~ONE, 0 },       /* moffs */
    { "66a10000000000000000", M64, 2, RAX, ~TWO, 0 },
    { "a10000000000000000",   M64, 4, RAX, 0, ~FOUR },
    { "48a10000000000000000", M64, 8, RAX, 0, 0 },
    { "67a100000000", M64, 4, RAX, 0, ~FOUR },
    { "660fb603",     M64, 1, RAX, ~TWO, TWO & ~ONE },
    { "0fb60b",       M64, 1, RCX, 0, ~ONE },
    { "480fb613",     M64, 1, RDX, 0, ~ONE },
    { "440fb613",     M64, 1, R10, 0, ~ONE },
    { "0fb723",       M64, 2, RSP, 0, ~TWO },
    { "480fb703",     M64, 2, RAX, 0, ~TWO },
    { "660fb703",     M64, 2, RAX, ~TWO, 0 },               /* to 16 bits from 16 bits */
    { "8a03",         M32, 1, RAX, ~ONE, 0 },
    { "8b03",         M32, 4, RAX, 0, ~FOUR },
    { "668b03",       M32, 2, RAX, ~TWO, 0 },
    { "a100000000",   M32, 4, RAX, 0, ~FOUR },
    { "0fb703",       M32, 2, RAX, 0, ~TWO },
    { "67668b07",     M32, 2, RAX, ~TWO, 0 },
    { "8b07",         M16, 2, RAX, ~TWO, 0 },
    { "668b07",       M16, 4, RAX, 0, ~FOUR },
    { "26a00000",     M16, 1, RAX, ~ONE, 0 },
    { "0fb607",       M16, 1, RAX, ~TWO, TWO & ~ONE },
    { "660fb607",     M16, 1, RAX, 0, ~ONE },
    { "67668b03",     M16, 4, RAX, 0, ~FOUR },
};

static void test_loads( void **state )
{
    struct insn_brief brief;
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(loads); i++)
    {
        if (!loads[i].size)
        {
            describe( loads[i].hex, loads[i].mode, &brief );
            assert_int_not_equal( brief.kind, BRIEF_LOAD );
            continue;
        }
        check( loads[i].hex, loads[i].mode, BRIEF_LOAD, loads[i].size, &brief );
        if (brief.reg != loads[i].reg || brief.kept != loads[i].kept || brief.zero != loads[i].zero)
            fail_msg( "%s: register %u, %#llx stay, %#llx are 0", loads[i].hex, brief.reg,
                      (unsigned long long)brief.kept, (unsigned long long)brief.zero );
    }
}

/* By the rules of a register's writes themselves: insn_set_gpr(). */
static void test_load_masks( void **state )
{
    struct insn_brief brief;
    UINT8 bytes[32];
    struct insn insn;
    UINT32 i, j;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(loads); i++)
    {
        if (!loads[i].size) continue;
        describe( loads[i].hex, loads[i].mode, &brief );
        assert_int_equal( insn_decode( bytes, input_hex( loads[i].hex, bytes ), loads[i].mode, &insn ), S_OK );
        for (j = 0; j < 16; j++)
        {
            UINT64 data = input_random() & brief.data, gpr[16], old = input_random();

            gpr[brief.reg] = old;
            insn_set_gpr( gpr, insn.operands[0].reg, insn.operands[0].size, data );
            assert_int_equal( gpr[brief.reg], (old & brief.kept) | data );
            assert_false( gpr[brief.reg] & brief.zero );
            assert_int_equal( gpr[brief.reg] & ~brief.kept, data );
            assert_int_equal( brief.kept | brief.zero | brief.data, ~0ull );
        }
    }
}

static const struct
{
    const char *hex;
    UINT8       mode, size, reg, shift;
    UINT64      value;                      /* with INSN_REG_NONE */
}
stores[] =
{
    { "8803",         M64, 1, RAX, 0, 0 },
    { "8823",         M64, 1, RAX, 8, 0 },                  /* ah, ch, dh, bh */
    { "882b",         M64, 1, RCX, 8, 0 },
    { "8833",         M64, 1, RDX, 8, 0 },
    { "883b",         M64, 1, RBX, 8, 0 },
    { "408823",       M64, 1, RSP, 0, 0 },                  /* spl */
    { "40883b",       M64, 1, RDI, 0, 0 },
    { "44880b",       M64, 1, R9, 0, 0 },
    { "66890b",       M64, 2, RCX, 0, 0 },
    { "8913",         M64, 4, RDX, 0, 0 },
    { "44891b",       M64, 4, R11, 0, 0 },
    { "48890b",       M64, 8, RCX, 0, 0 },
    { "4c893b",       M64, 8, R15, 0, 0 },
    { "648903",       M64, 4, RAX, 0, 0 },
    { "f28903",       M64, 4, RAX, 0, 0 },                  /* XACQUIRE, XRELEASE: no matter */
    { "f38803",       M64, 1, RAX, 0, 0 },
    { "a20000000000000000",   M64, 1, RAX, 0, 0 },
    { "66a30000000000000000", M64, 2, RAX, 0, 0 },
    { "a30000000000000000",   M64, 4, RAX, 0, 0 },
    { "48a30000000000000000", M64, 8, RAX, 0, 0 },
    { "c6035a",       M64, 1, INSN_REG_NONE, 0, 0x5a },
    { "c603ff",       M64, 1, INSN_REG_NONE, 0, 0xff },
    { "66c7033412",   M64, 2, INSN_REG_NONE, 0, 0x1234 },
    { "66c703ffff",   M64, 2, INSN_REG_NONE, 0, 0xffff },
    { "c70378563412", M64, 4, INSN_REG_NONE, 0, 0x12345678 },
    { "c703ffffffff", M64, 4, INSN_REG_NONE, 0, 0xffffffff },
    { "48c703feffffff", M64, 8, INSN_REG_NONE, 0, ~1ull },
    { "48c70378563412", M64, 8, INSN_REG_NONE, 0, 0x12345678 },
    { "c7050000000078563412", M64, 4, INSN_REG_NONE, 0, 0x12345678 },  /* [rip], behind the number */
    { "8803",         M32, 1, RAX, 0, 0 },
    { "883b",         M32, 1, RBX, 8, 0 },
    { "8903",         M32, 4, RAX, 0, 0 },
    { "66a300000000", M32, 2, RAX, 0, 0 },
    { "c60380",       M32, 1, INSN_REG_NONE, 0, 0x80 },
    { "8907",         M16, 2, RAX, 0, 0 },
    { "668907",       M16, 4, RAX, 0, 0 },
    { "8827",         M16, 1, RAX, 8, 0 },
    { "a30000",       M16, 2, RAX, 0, 0 },
    { "c7073412",     M16, 2, INSN_REG_NONE, 0, 0x1234 },
    { "66c70778563412", M16, 4, INSN_REG_NONE, 0, 0x12345678 },
};

static void test_stores( void **state )
{
    struct insn_brief brief;
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(stores); i++)
    {
        check( stores[i].hex, stores[i].mode, BRIEF_STORE, stores[i].size, &brief );
        if (brief.reg != stores[i].reg || brief.shift != stores[i].shift)
            fail_msg( "%s: register %u by %u", stores[i].hex, brief.reg, brief.shift );
        if (brief.reg != INSN_REG_NONE) continue;
        if ((brief.value ^ stores[i].value) & brief.data)
            fail_msg( "%s: %#llx", stores[i].hex, (unsigned long long)brief.value );
    }
}

static void test_none( void **state )
{
    static const struct { const char *hex; UINT8 mode; } none[] =
    {
        /* high bytes that are loaded */
        { "8a23", M64 }, { "8a2b", M64 }, { "8a33", M32 }, { "8a3f", M16 },
        /* other moves */
        { "0fbe03", M64 }, { "0fbf03", M64 }, { "486303", M64 }, { "0f38f003", M64 }, { "0f38f103", M64 },
        { "66480f38f103", M64 }, { "0fc303", M64 }, { "480fc303", M64 }, { "0f4403", M64 }, { "8703", M64 },
        { "0f38f903", M64 },                                /* MOVDIRI */
        { "8d03", M64 }, { "9f", M64 },
        /* no memory */
        { "89c3", M64 }, { "8bc3", M64 }, { "b842000000", M64 }, { "48b80000000000000000", M64 }, { "c6c042", M64 },
        { "0fb6c3", M64 }, { "0f20c0", M64 }, { "0f21c0", M64 }, { "0f22c0", M64 },
        /* segments */
        { "8c03", M64 }, { "8c1b", M32 }, { "488c03", M64 }, { "8e03", M64 }, { "8e1f", M16 }, { "8cd8", M64 },
        /* strings */
        { "ac", M64 }, { "ad", M64 }, { "48ad", M64 }, { "aa", M64 }, { "f3ab", M64 }, { "a4", M64 }, { "a5", M32 },
        { "6c", M64 }, { "6d", M64 }, { "f36d", M32 }, { "6e", M64 }, { "6f", M64 }, { "f26e", M16 },
        /* locked, read-modify-write, the stack */
        { "f00103", M64 }, { "f08703", M64 }, { "f00fb103", M64 }, { "0103", M64 }, { "0303", M64 }, { "3903", M64 },
        { "ff33", M64 }, { "8f03", M64 }, { "50", M64 }, { "0f9403", M64 },
        /* vectors and the x87 */
        { "0f1103", M64 }, { "0f1003", M64 }, { "660f7e03", M64 }, { "66480f7e03", M64 }, { "660f6e03", M64 },
        { "0f7e03", M64 }, { "f30f7e03", M64 }, { "660fd603", M64 }, { "f30f1103", M64 }, { "f20f1003", M64 },
        { "c5f97e03", M64 }, { "c5fe7f03", M64 }, { "62f17c481103", M64 }, { "660fc50301", M64 },
        { "dd03", M64 }, { "d93b", M64 },
        /* no access at all */
        { "90", M64 }, { "f4", M64 }, { "0f1803", M64 }, { "c3", M64 },
    };
    static const UINT8 locked[][3] = { { 0xf0, 0x88, 0x03 }, { 0xf0, 0x8b, 0x03 }, { 0xf0, 0xee }, { 0xf0, 0xec } };
    struct insn_brief brief;
    struct insn insn;
    UINT8 bytes[32];
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(none); i++)
    {
        /* some of them have two forms, or none, for one decoder or another */
        if (FAILED(insn_decode( bytes, input_hex( none[i].hex, bytes ), none[i].mode, &insn ))) continue;
        describe( none[i].hex, none[i].mode, &brief );
        if (brief.kind != BRIEF_NONE) fail_msg( "%s: kind %u", none[i].hex, brief.kind );
    }
    for (i = 0; i < ARRAY_SIZE(locked); i++)
    {
        if (FAILED(insn_decode( locked[i], sizeof(locked[i]), M64, &insn ))) continue;
        insn_describe( &insn, &brief );
        assert_int_equal( brief.kind, BRIEF_NONE );
    }
}

/* Whatever bytes there are: registers are among the sixteen, sizes among those that there are, and what is said of a
 * store or load is said of the memory operand. */
static void test_any( void **state )
{
    static const UINT8 opcodes[] = { 0x88, 0x89, 0x8a, 0x8b, 0xa0, 0xa1, 0xa2, 0xa3, 0xc6, 0xc7, 0xe4, 0xe5, 0xe6, 0xe7,
                                     0xec, 0xed, 0xee, 0xef, 0x0f, 0x66, 0x67, 0x48, 0x44, 0x41, 0x4f, 0xf2, 0xf3,
                                     0x64 };
    UINT32 i, kinds[BRIEF_STORE + 1] = { 0 };
    struct insn_brief brief;
    UINT8 bytes[16];
    struct insn insn;
    UINT64 random;

    (void)state;
    for (i = 0; i < 200000; i++)
    {
        random = input_random();
        memcpy( bytes, &random, 8 );
        random = input_random();
        memcpy( bytes + 8, &random, 8 );
        bytes[0] = opcodes[bytes[0] % ARRAY_SIZE(opcodes)];
        bytes[1] = bytes[12] & 1 ? opcodes[bytes[1] % ARRAY_SIZE(opcodes)] : bytes[1];
        if (FAILED(insn_decode( bytes, 15, i % 3, &insn ))) continue;
        memset( &brief, 0xcc, sizeof(brief) );
        insn_describe( &insn, &brief );
        assert_in_range( brief.kind, BRIEF_NONE, BRIEF_STORE );
        kinds[brief.kind]++;
        if (brief.kind == BRIEF_NONE) continue;
        assert_true( brief.size == 1 || brief.size == 2 || brief.size == 4 || brief.size == 8 );
        assert_int_equal( brief.data, insn_size_mask( brief.size ));
        assert_true( brief.reg < 16 || (brief.kind == BRIEF_STORE && brief.reg == INSN_REG_NONE) );
        assert_false( insn.lock || insn.rep || insn.mem.vsib );
        if (brief.kind == BRIEF_OUT || brief.kind == BRIEF_IN)
        {
            assert_true( brief.size <= 4 && brief.reg == RAX );
            continue;
        }
        assert_true( insn.has_mem && insn.mem.size == brief.size );
        assert_true( insn.mem.base < 16 || insn.mem.base == INSN_REG_RIP || insn.mem.base == INSN_REG_NONE );
        assert_true( insn.mem.index < 16 || insn.mem.index == INSN_REG_NONE );
        assert_int_equal( insn.mem.access, brief.kind == BRIEF_STORE ? INSN_WRITE : INSN_READ );
    }
    for (i = 0; i < ARRAY_SIZE(kinds); i++) assert_true( kinds[i] > 100 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_ports ),
        cmocka_unit_test( test_loads ),
        cmocka_unit_test( test_load_masks ),
        cmocka_unit_test( test_stores ),
        cmocka_unit_test( test_none ),
        cmocka_unit_test( test_any ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
