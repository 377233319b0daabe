/*
 * Unit tests of insn.c
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
#include <time.h>

#include <cmocka.h>

#include "host/x86.h"
#include "inputs.h"
#include "insn/decode.h"
#include "insn/insn.h"

static struct insn decode( enum insn_mode mode, const char *hex )
{
    UINT8 bytes[32];
    UINT32 count = input_hex( hex, bytes );
    struct insn insn;

    if (FAILED(insn_decode( bytes, count, mode, &insn ))) fail_msg( "%s is not decoded", hex );
    if (insn.length != count) fail_msg( "%s has %u bytes, not %u", hex, count, insn.length );
    return insn;
}

#define M16 INSN_MODE_16
#define M32 INSN_MODE_32
#define M64 INSN_MODE_64
#define R  INSN_READ
#define W  INSN_WRITE
#define RW (INSN_READ | INSN_WRITE)
#define NONE INSN_REG_NONE
#define RIP INSN_REG_RIP
#define ES SEGMENT_ES
#define CS SEGMENT_CS
#define SS SEGMENT_SS
#define DS SEGMENT_DS
#define FS SEGMENT_FS
#define GS SEGMENT_GS

/* one explicit memory operand */
static void test_memory_forms( void **state )
{
    static const struct
    {
        const char *hex;
        UINT8 mode, op, operand_size, address_size;
        UINT16 size;
        UINT8 access, segment, base, index, scale;
        INT64 disp;
    }
    tests[] =
    {
        { "8903",             M64, INSN_MOV, 4, 8, 4, W, DS, RBX, NONE, 0, 0 },
        { "668903",           M64, INSN_MOV, 2, 8, 2, W, DS, RBX, NONE, 0, 0 },
        { "488903",           M64, INSN_MOV, 8, 8, 8, W, DS, RBX, NONE, 0, 0 },
        { "8803",             M64, INSN_MOV, 1, 8, 1, W, DS, RBX, NONE, 0, 0 },
        { "678903",           M64, INSN_MOV, 4, 4, 4, W, DS, RBX, NONE, 0, 0 },
        { "8b4424f8",         M64, INSN_MOV, 4, 8, 4, R, SS, RSP, NONE, 0, -8 },
        { "8b448b10",         M64, INSN_MOV, 4, 8, 4, R, DS, RBX, RCX, 4, 16 },
        { "438b44e580",       M64, INSN_MOV, 4, 8, 4, R, DS, 13, 12, 8, -128 },
        { "8a2510000000",     M64, INSN_MOV, 1, 8, 1, R, DS, RIP, NONE, 0, 16 },
        { "678a2510000000",   M64, INSN_MOV, 1, 4, 1, R, DS, RIP, NONE, 0, 16 },
        { "658b00",           M64, INSN_MOV, 4, 8, 4, R, GS, RAX, NONE, 0, 0 },
        { "2e8b00",           M64, INSN_MOV, 4, 8, 4, R, DS, RAX, NONE, 0, 0 },
        { "a05634120000000000", M64, INSN_MOV, 1, 8, 1, R, DS, NONE, NONE, 0, 0x123456 },
        { "48a35634120000000080", M64, INSN_MOV, 8, 8, 8, W, DS, NONE, NONE, 0, (INT64)0x8000000000123456ull },
        { "67a356341200",     M64, INSN_MOV, 4, 4, 4, W, DS, NONE, NONE, 0, 0x123456 },
        { "8b4210",           M16, INSN_MOV, 2, 2, 2, R, SS, RBP, RSI, 1, 16 },
        { "8b07",             M16, INSN_MOV, 2, 2, 2, R, DS, RBX, NONE, 0, 0 },
        { "36668b07",         M16, INSN_MOV, 4, 2, 4, R, SS, RBX, NONE, 0, 0 },
        { "67668b440b10",     M16, INSN_MOV, 4, 4, 4, R, DS, RBX, RCX, 1, 16 },
        { "2ea05634",         M16, INSN_MOV, 1, 2, 1, R, CS, NONE, NONE, 0, 0x3456 },
        { "648b0d00000000",   M32, INSN_MOV, 4, 4, 4, R, FS, NONE, NONE, 0, 0 },
        { "8c03",             M64, INSN_MOV, 4, 8, 2, W, DS, RBX, NONE, 0, 0 },
        { "488e03",           M64, INSN_MOV, 8, 8, 2, R, DS, RBX, NONE, 0, 0 },
        { "0fb60b",           M64, INSN_MOVZX, 4, 8, 1, R, DS, RBX, NONE, 0, 0 },
        { "480fbe0b",         M64, INSN_MOVSX, 8, 8, 1, R, DS, RBX, NONE, 0, 0 },
        { "486303",           M64, INSN_MOVSX, 8, 8, 4, R, DS, RBX, NONE, 0, 0 },
        { "0f38f103",         M64, INSN_MOVBE, 4, 8, 4, W, DS, RBX, NONE, 0, 0 },
        { "480fc303",         M64, INSN_MOVNTI, 8, 8, 8, W, DS, RBX, NONE, 0, 0 },
        { "0103",             M64, INSN_ADD, 4, 8, 4, RW, DS, RBX, NONE, 0, 0 },
        { "0303",             M64, INSN_ADD, 4, 8, 4, R, DS, RBX, NONE, 0, 0 },
        { "f01103",           M64, INSN_ADC, 4, 8, 4, RW, DS, RBX, NONE, 0, 0 },
        { "3903",             M64, INSN_CMP, 4, 8, 4, R, DS, RBX, NONE, 0, 0 },
        { "f60b05",           M64, INSN_TEST, 1, 8, 1, R, DS, RBX, NONE, 0, 0 },
        { "c03305",           M64, INSN_SHL, 1, 8, 1, RW, DS, RBX, NONE, 0, 0 },
        { "48d30b",           M64, INSN_ROR, 8, 8, 8, RW, DS, RBX, NONE, 0, 0 },
        { "0fa503",           M64, INSN_SHLD, 4, 8, 4, RW, DS, RBX, NONE, 0, 0 },
        { "0fab03",           M64, INSN_BTS, 4, 8, 4, RW, DS, RBX, NONE, 0, 0 },
        { "0fba2305",         M64, INSN_BT, 4, 8, 4, R, DS, RBX, NONE, 0, 0 },
        { "8703",             M64, INSN_XCHG, 4, 8, 4, RW, DS, RBX, NONE, 0, 0 },
        { "f00fb103",         M64, INSN_CMPXCHG, 4, 8, 4, RW, DS, RBX, NONE, 0, 0 },
        { "0fc70b",           M64, INSN_CMPXCHG8B, 4, 8, 8, RW, DS, RBX, NONE, 0, 0 },
        { "480fc70b",         M64, INSN_CMPXCHG16B, 8, 8, 16, RW, DS, RBX, NONE, 0, 0 },
        { "0f940b",           M64, INSN_SETCC, 1, 8, 1, W, DS, RBX, NONE, 0, 0 },
        { "0f440b",           M64, INSN_CMOVCC, 4, 8, 4, R, DS, RBX, NONE, 0, 0 },
        { "ff33",             M64, INSN_PUSH, 8, 8, 8, R, DS, RBX, NONE, 0, 0 },
        { "66ff33",           M64, INSN_PUSH, 2, 8, 2, R, DS, RBX, NONE, 0, 0 },
        { "66ff37",           M16, INSN_PUSH, 4, 2, 4, R, DS, RBX, NONE, 0, 0 },
        { "8f03",             M64, INSN_POP, 8, 8, 8, W, DS, RBX, NONE, 0, 0 },
        { "ff13",             M64, INSN_CALL, 8, 8, 8, R, DS, RBX, NONE, 0, 0 },
        { "ff1b",             M64, INSN_CALL_FAR, 4, 8, 6, R, DS, RBX, NONE, 0, 0 },
        { "f20f1003",         M64, INSN_VMOV, 4, 8, 8, R, DS, RBX, NONE, 0, 0 },
        { "0f2903",           M64, INSN_VMOV, 4, 8, 16, W, DS, RBX, NONE, 0, 0 },
        { "c5fe6f03",         M64, INSN_VMOV, 4, 8, 32, R, DS, RBX, NONE, 0, 0 },
        { "62f17c481103",     M64, INSN_VMOV, 4, 8, 64, W, DS, RBX, NONE, 0, 0 },
        { "62f17c4f1103",     M64, INSN_VMASKMOV, 4, 8, 64, W, DS, RBX, NONE, 0, 0 },
        { "c4e2752e03",       M64, INSN_VMASKMOV, 4, 8, 32, W, DS, RBX, NONE, 0, 0 },
        { "f20fc20300",       M64, INSN_OTHER, 4, 8, 8, R, DS, RBX, NONE, 0, 0 },
        { "0fae03",           M64, INSN_FXSAVE, 4, 8, 512, W, DS, RBX, NONE, 0, 0 },
        { "8d03",             M64, INSN_OTHER, 4, 8, 0, 0, DS, RBX, NONE, 0, 0 },
    };
    UINT32 i;

    (void)state;
    for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
    {
        struct insn insn = decode( tests[i].mode, tests[i].hex );

        if (!insn.has_mem || insn.op != tests[i].op || insn.operand_size != tests[i].operand_size ||
            insn.address_size != tests[i].address_size || insn.mem.size != tests[i].size ||
            insn.mem.access != tests[i].access || insn.mem.segment != tests[i].segment ||
            insn.mem.base != tests[i].base || insn.mem.index != tests[i].index || insn.mem.scale != tests[i].scale ||
            insn.mem.disp != tests[i].disp || insn.mode != tests[i].mode)
            fail_msg( "%s: op %u operand %u address %u size %u access %u segment %u base %u index %u*%u disp %lld",
                      tests[i].hex, insn.op, insn.operand_size, insn.address_size, insn.mem.size, insn.mem.access,
                      insn.mem.segment, insn.mem.base, insn.mem.index, insn.mem.scale, (long long)insn.mem.disp );
    }
}

static void test_strings( void **state )
{
    static const struct { const char *hex; UINT8 mode, op, operand_size, address_size, rep, segment; } tests[] =
    {
        { "a4",       M64, INSN_MOVS, 1, 8, 0, DS },
        { "f348a5",   M64, INSN_MOVS, 8, 8, 0xf3, DS },
        { "f364a5",   M64, INSN_MOVS, 4, 8, 0xf3, FS },
        { "2ea4",     M64, INSN_MOVS, 1, 8, 0, DS },
        { "2ea4",     M32, INSN_MOVS, 1, 4, 0, CS },
        { "f266a5",   M32, INSN_MOVS, 2, 4, 0xf2, DS },
        { "f2f3a4",   M32, INSN_MOVS, 1, 4, 0xf3, DS },
        { "67f3aa",   M64, INSN_STOS, 1, 4, 0xf3, DS },
        { "66ab",     M16, INSN_STOS, 4, 2, 0, DS },
        { "48ad",     M64, INSN_LODS, 8, 8, 0, DS },
        { "26ac",     M16, INSN_LODS, 1, 2, 0, ES },
        { "f3a6",     M64, INSN_CMPS, 1, 8, 0xf3, DS },
        { "f2af",     M64, INSN_SCAS, 4, 8, 0xf2, DS },
        { "6c",       M64, INSN_INS, 1, 8, 0, DS },
        { "48f36d",   M64, INSN_INS, 4, 8, 0xf3, DS },
        { "f3486d",   M64, INSN_INS, 4, 8, 0xf3, DS },
        { "f3656f",   M64, INSN_OUTS, 4, 8, 0xf3, GS },
        { "666f",     M64, INSN_OUTS, 2, 8, 0, DS },
    };
    UINT32 i;

    (void)state;
    for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
    {
        struct insn insn = decode( tests[i].mode, tests[i].hex );

        if (insn.has_mem || !insn_is_string( &insn ) || insn.op != tests[i].op ||
            insn.operand_size != tests[i].operand_size || insn.address_size != tests[i].address_size ||
            insn.rep != tests[i].rep || insn.string_segment != tests[i].segment)
            fail_msg( "%s: op %u operand %u address %u rep %x segment %u", tests[i].hex, insn.op, insn.operand_size,
                      insn.address_size, insn.rep, insn.string_segment );
    }
}

static void test_operands( void **state )
{
    struct insn insn;

    (void)state;
    insn = decode( M64, "8823" );       /* mov [rbx], ah */
    assert_int_equal( insn.operands[0].kind, INSN_OPERAND_MEMORY );
    assert_int_equal( insn.operands[1].kind, INSN_OPERAND_GPR );
    assert_int_equal( insn.operands[1].reg, INSN_REG_AH );
    insn = decode( M64, "408823" );     /* mov [rbx], spl */
    assert_int_equal( insn.operands[1].reg, RSP );
    insn = decode( M64, "48c70300000080" );
    assert_true( insn.operands[1].imm == -0x80000000ll );
    insn = decode( M64, "d303" );       /* rol [rbx], cl */
    assert_int_equal( insn.operand_count, 2 );
    assert_int_equal( insn.operands[1].reg, RCX );
    assert_int_equal( insn.operands[1].size, 1 );
    insn = decode( M64, "e6f0" );       /* out 0xf0, al */
    assert_int_equal( insn.op, INSN_OUT );
    assert_int_equal( insn.operand_size, 1 );
    assert_int_equal( (UINT8)insn.operands[0].imm, 0xf0 );
    insn = decode( M16, "66ed" );       /* in eax, dx */
    assert_int_equal( insn.op, INSN_IN );
    assert_int_equal( insn.operand_size, 4 );
    assert_int_equal( insn.operands[1].reg, RDX );
    insn = decode( M64, "0f970b" );
    assert_int_equal( insn.condition, 7 );
    insn = decode( M64, "e800000000" );
    assert_int_equal( insn.op, INSN_CALL );
    assert_int_equal( insn.stack_size, 8 );
    insn = decode( M64, "f00103" );
    assert_true( insn.lock );
    insn = decode( M64, "660f7f03" );
    assert_true( insn.aligned );
    assert_false( insn.vex );
    insn = decode( M64, "f30f7f03" );
    assert_false( insn.aligned );
    assert_true( decode( M64, "c5f97f03" ).vex );
    assert_true( decode( M64, "67c4e26d900409" ).mem.vsib );
    assert_true( decode( M64, "f4" ).privileged );
    assert_int_equal( decode( M64, "f4" ).op, INSN_HLT );
    assert_int_equal( decode( M64, "0fa2" ).op, INSN_CPUID );
    assert_int_equal( decode( M64, "0f32" ).op, INSN_RDMSR );
    assert_int_equal( decode( M64, "0f30" ).op, INSN_WRMSR );
    assert_int_equal( decode( M64, "cc" ).op, INSN_INT3 );
    assert_int_equal( decode( M64, "0f01c1" ).op, INSN_VMCALL );
    assert_int_equal( decode( M64, "0f01d9" ).op, INSN_VMCALL );
}

static void test_offsets( void **state )
{
    UINT64 gpr[16] = { 0 };
    struct insn insn;

    (void)state;
    gpr[RBX] = 0xffffffff00001000ull;
    gpr[RCX] = 3;
    insn = decode( M64, "8b448b10" );
    assert_true( insn_mem_offset( &insn, gpr, 0 ) == 0xffffffff0000101cull );
    insn = decode( M64, "678b448b10" );
    assert_true( insn_mem_offset( &insn, gpr, 0 ) == 0x101c );
    insn = decode( M64, "8a2510000000" );
    assert_true( insn_mem_offset( &insn, gpr, 0x7fff00000000 ) == 0x7fff00000010 );
    insn = decode( M16, "8b42f0" );             /* [bp + si - 16] wraps at 64 KiB */
    gpr[RBP] = 0x10008;
    gpr[RSI] = 2;
    assert_true( insn_mem_offset( &insn, gpr, 0 ) == 0xfffa );
    insn = decode( M64, "48a35634120000000080" );
    assert_true( insn_mem_offset( &insn, gpr, 0 ) == 0x8000000000123456ull );

    /* bit strings */
    insn = decode( M64, "0fab03" );             /* bts [rbx], eax */
    gpr[RAX] = 0xffffffff;                      /* -1 */
    assert_true( insn_mem_offset( &insn, gpr, 0 ) == 0xffffffff00000ffcull );
    gpr[RAX] = 65;
    assert_true( insn_mem_offset( &insn, gpr, 0 ) == 0xffffffff00001008ull );
    insn = decode( M64, "480fab03" );
    assert_true( insn_mem_offset( &insn, gpr, 0 ) == 0xffffffff00001008ull );
    insn = decode( M64, "660fab03" );
    gpr[RAX] = 0x1ffff;
    assert_true( insn_mem_offset( &insn, gpr, 0 ) == 0xffffffff00000ffeull );
    insn = decode( M64, "0fba2bff" );           /* an immediate does not reach out */
    assert_true( insn_mem_offset( &insn, gpr, 0 ) == 0xffffffff00001000ull );
}

static void test_registers( void **state )
{
    UINT64 gpr[16] = { 0x1122334455667788ull };

    (void)state;
    assert_int_equal( insn_get_gpr( gpr, RAX, 1 ), 0x88 );
    assert_int_equal( insn_get_gpr( gpr, INSN_REG_AH, 1 ), 0x77 );
    assert_int_equal( insn_get_gpr( gpr, RAX, 2 ), 0x7788 );
    assert_int_equal( insn_get_gpr( gpr, RAX, 4 ), 0x55667788 );
    assert_true( insn_get_gpr( gpr, RAX, 8 ) == gpr[RAX] );
    insn_set_gpr( gpr, INSN_REG_AH, 1, 0x199 );
    assert_true( gpr[RAX] == 0x1122334455669988ull );
    insn_set_gpr( gpr, RAX, 1, 0x1aa );
    assert_true( gpr[RAX] == 0x11223344556699aaull );
    insn_set_gpr( gpr, RAX, 2, 0x1bbcc );
    assert_true( gpr[RAX] == 0x112233445566bbccull );
    insn_set_gpr( gpr, RAX, 4, 0x1ddddddddull );
    assert_true( gpr[RAX] == 0xdddddddd );
    insn_set_gpr( gpr, RAX, 8, 0x8000000000000001ull );
    assert_true( gpr[RAX] == 0x8000000000000001ull );
}

static void test_illegal( void **state )
{
    static const struct { UINT8 mode; const char *hex; } tests[] =
    {
        { M64, "60" }, { M64, "f08903" }, { M64, "62" }, { M64, "0f" }, { M64, "c7" }, { M64, "0fff" }, { M64, "89" },
        { M64, "666666666666666666666666666666668903" }, { M32, "8b84" }, { M16, "8b86ff" },
    };
    UINT8 bytes[32];
    struct insn insn;
    UINT32 i;

    (void)state;
    for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
    {
        UINT32 count = input_hex( tests[i].hex, bytes );

        if (insn_decode( bytes, count, tests[i].mode, &insn ) != E_INVALIDARG)
            fail_msg( "%s is decoded", tests[i].hex );
    }
    assert_int_equal( insn_decode( bytes, 0, M64, &insn ), E_INVALIDARG );
}

/* any bytes: in the bounds that insn.h promises, and nothing read beyond count */
static void test_hostile( void **state )
{
    UINT64 seed = 0x853c49e6748fea9bull, gpr[16];
    UINT8 bytes[INSN_MAX_LENGTH];
    struct insn insn;
    UINT32 i, j;

    (void)state;
    memset( gpr, 0x5a, sizeof(gpr) );
    for (i = 0; i < 1000000; i++)
    {
        enum insn_mode mode = i % 3;
        UINT32 count;

        for (j = 0; j < sizeof(bytes); j++)
        {
            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            bytes[j] = seed >> 56;
        }
        if (!(i & 3)) bytes[0] = 0x0f;
        count = i % 16;
        if (FAILED(insn_decode( bytes, count, mode, &insn ))) continue;
        assert_true( insn.length && insn.length <= count );
        assert_true( insn.operand_count <= INSN_MAX_OPERANDS );
        assert_true( insn.address_size == 2 || insn.address_size == 4 || insn.address_size == 8 );
        if (insn.has_mem)
        {
            assert_true( insn.mem.segment < 6 );
            assert_true( insn.mem.base < 16 || insn.mem.base == NONE || insn.mem.base == RIP );
            assert_true( insn.mem.index < 16 || insn.mem.index == NONE || insn.mem.vsib );
            insn_mem_offset( &insn, gpr, 0 );
        }
        for (j = 0; j < insn.operand_count; j++)
        {
            if (insn.operands[j].kind == INSN_OPERAND_GPR) assert_true( insn.operands[j].reg < 20 );
            if (insn.operands[j].kind == INSN_OPERAND_SEGMENT) assert_true( insn.operands[j].reg < 6 );
        }
    }
}

static void test_speed( void **state )
{
    static const UINT8 bytes[][INSN_MAX_LENGTH] = { { 0x89, 0x03 }, { 0xee }, { 0xf3, 0xa5 },
                                                    { 0x48, 0x8b, 0x44, 0x8b, 0x10 } };
    struct timespec start, end;
    struct insn insn;
    UINT32 i;

    (void)state;
    clock_gettime( CLOCK_MONOTONIC, &start );
    for (i = 0; i < 400000; i++) insn_decode( bytes[i & 3], INSN_MAX_LENGTH, M64, &insn );
    clock_gettime( CLOCK_MONOTONIC, &end );
    print_message( "%.0f ns a decode\n", ((end.tv_sec - start.tv_sec) * 1e9 + end.tv_nsec - start.tv_nsec) / 400000 );
}

/* found by the differential test: what Zydis 4.0 says otherwise */
static void test_corrected( void **state )
{
    struct insn insn;

    (void)state;
    /* or byte [ecx*4 + 0x55003], 0: a SIB byte without a base, behind 67 and with REX.B */
    assert_int_equal( insn_decode( (const UINT8 *)"\x67\x45\x80\x0c\x8d\x03\x50\x05\x00\x00", 10, INSN_MODE_64, &insn ),
                      S_OK );
    assert_int_equal( insn.mem.base, INSN_REG_NONE );
    assert_int_equal( insn.mem.index, RCX );
    assert_int_equal( insn.mem.disp, 0x55003 );
    /* jmp ds:[bp+di-0x0d]: 3E is a segment as well as NOTRACK */
    assert_int_equal( insn_decode( (const UINT8 *)"\x3e\xff\x63\xf3", 4, INSN_MODE_16, &insn ), S_OK );
    assert_int_equal( insn.mem.segment, SEGMENT_DS );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_corrected ),
        cmocka_unit_test( test_memory_forms ),
        cmocka_unit_test( test_strings ),
        cmocka_unit_test( test_operands ),
        cmocka_unit_test( test_offsets ),
        cmocka_unit_test( test_registers ),
        cmocka_unit_test( test_illegal ),
        cmocka_unit_test( test_hostile ),
        cmocka_unit_test( test_speed ),
    };

    return cmocka_run_group_tests_name( "insn", tests, NULL, NULL );
}
