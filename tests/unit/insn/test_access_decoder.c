/*
 * Tests of insn/access: against the decoder's own list of operands, and on any bytes
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
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <Zydis/Zydis.h>

#include "insn/access.h"
#include "insn/decode.h"
#include "insn/insn.h"

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

#define M64 INSN_MODE_64

/* Each register its own value, and something above the half that counts. */
static const UINT64 gprs[16] =
{
    0x112233445566fea0, 0x1122334455660005, 0x11223344556603f8, 0x1122334455661000, /* rax rcx rdx rbx */
    0x1122334455668000, 0x1122334455669000, 0x1122334455662000, 0x1122334455663000, /* rsp rbp rsi rdi */
    0x8000, 0x9000, 0xa000, 0xb000, 0xc000, 0xd000, 0xe000, 0xf000,
};

/* ---- against the decoder's own list, which has implied operands too: by registers, not by what they hold ---- */

static UINT64 random_state = 88172645463325252ull;

static UINT32 random_bits( void )
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state >> 16;
}

/* Prefixes and maps are as likely as it takes to come by everything. */
static void random_bytes( UINT8 bytes[INSN_MAX_LENGTH], enum insn_mode mode )
{
    static const UINT8 prefixes[] = { 0x66, 0x67, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
    UINT32 i, pos = 0;

    for (i = 0; i < INSN_MAX_LENGTH; i++) bytes[i] = random_bits();
    while (random_bits() % 3 == 0 && pos < 4) bytes[pos++] = prefixes[random_bits() % ARRAY_SIZE( prefixes )];
    if (mode == M64 && random_bits() & 1) bytes[pos++] = 0x40 | (random_bits() & 15);
    switch (random_bits() % 8)
    {
    case 0: case 1: bytes[pos++] = 0x0f; break;
    case 2:         bytes[pos++] = 0x0f; bytes[pos++] = random_bits() & 1 ? 0x38 : 0x3a; break;
    case 3:         bytes[pos++] = 0xc4; break;
    case 4:         bytes[pos++] = 0x62; break;
    }
}

static BOOL is_stack( const struct insn *insn, const ZydisDecodedOperand *operand )
{
    ZydisRegister base = ZydisRegisterGetLargestEnclosing( ZYDIS_MACHINE_MODE_LONG_64, operand->mem.base );

    return insn->stack_size && operand->visibility != ZYDIS_OPERAND_VISIBILITY_EXPLICIT &&
           (base == ZYDIS_REGISTER_RSP || base == ZYDIS_REGISTER_RBP);
}

/* What the stack operand has, as we count it; the decoder has one operand for all words. */
static UINT32 stack_bytes( const struct insn *insn, const ZydisDecodedOperand *operand )
{
    UINT32 size = operand->size / 8, word = insn->stack_size;
    UINT32 level = insn->op == INSN_ENTER ? insn->operands[1].imm & 31 : 0;

    switch (insn->op)
    {
    case INSN_ENTER: return level ? (level + 1) * word : word;
    case INSN_POPA:  return size - word;                                /* that of rSP is passed over */
    case INSN_IRET:  return insn->mode == M64 ? size : 3 * word;        /* the rest depends on what is popped */
    case INSN_POP:   return insn->operands[0].kind == INSN_OPERAND_SEGMENT ? 2 : size;
    case INSN_PUSH:  return insn->operands[0].kind == INSN_OPERAND_SEGMENT && size == 4 ? 2 : size;
    }
    return size;
}

static UINT8 direction_of( const ZydisDecodedOperand *operand )
{
    return (operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ ? INSN_READ : 0) |
           (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE ? INSN_WRITE : 0);
}

/* Takes what the operand stands for out of the list: FALSE if it is not there. */
static BOOL take( struct insn_access_list *list, const struct insn *insn, const ZydisDecodedInstruction *zydis,
                  const ZydisDecodedOperand *operand, UINT64 at )
{
    BOOL explicit = operand->visibility == ZYDIS_OPERAND_VISIBILITY_EXPLICIT;
    UINT8 segment = operand->mem.segment - ZYDIS_REGISTER_ES;
    ZydisRegisterContext registers = { { 0 } };
    UINT32 i, bytes = 0;
    ZyanU64 offset;

    if (is_stack( insn, operand ))
    {
        for (i = 0; i < list->count; i++)
        {
            struct insn_access *access = &list->access[i];

            if (access->kind != INSN_ACCESS_STACK || access->access != direction_of( operand )) continue;
            bytes += access->size;
            access->size = 0;
        }
        return bytes == stack_bytes( insn, operand );
    }
    for (i = 0; i < 16; i++)
    {
        registers.values[ZYDIS_REGISTER_RAX + i] = gprs[i];
        registers.values[ZYDIS_REGISTER_EAX + i] = (UINT32)gprs[i];
        registers.values[ZYDIS_REGISTER_AX + i] = (UINT16)gprs[i];
    }
    registers.values[ZYDIS_REGISTER_AL] = (UINT8)gprs[0];
    if (ZYAN_FAILED(ZydisCalcAbsoluteAddressEx( zydis, operand, at, &registers, &offset ))) return FALSE;
    /* what insn.c knows better: a SIB byte without a base and REX.B, DS in front of an indirect branch */
    if (explicit && insn->mem.base == INSN_REG_NONE)
        offset = insn->mem.disp + (insn->mem.index < 16 ? gprs[insn->mem.index] * insn->mem.scale : 0);
    if (explicit && zydis->attributes & ZYDIS_ATTRIB_HAS_NOTRACK) segment = insn->mem.segment;
    if (zydis->address_width < 64) offset &= (1ull << zydis->address_width) - 1;
    for (i = 0; i < list->count; i++)
    {
        struct insn_access *access = &list->access[i];

        if (access->size != operand->size / 8 || access->access != direction_of( operand ) ||
            access->segment != segment) continue;
        /* the decoder does not know of bits in other words, and of POP's stack pointer, nor does it add AL */
        if (access->offset != offset && !(insn->op >= INSN_BT && insn->op <= INSN_BTC) && insn->op != INSN_XLAT &&
            !(insn->op == INSN_POP && insn->mem.base == 4)) continue;
        access->size = 0;
        return TRUE;
    }
    return FALSE;
}

static BOOL agree( const UINT8 *bytes, enum insn_mode mode, const struct insn *insn, struct insn_access_list *list )
{
    static const UINT8 modes[] =
    {
        ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_MACHINE_MODE_LONG_64
    };
    static const UINT8 widths[] = { ZYDIS_STACK_WIDTH_16, ZYDIS_STACK_WIDTH_32, ZYDIS_STACK_WIDTH_64 };
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    ZydisDecodedInstruction zydis;
    ZydisDecoder decoder;
    UINT32 i;

    ZydisDecoderInit( &decoder, modes[mode], widths[mode] );
    if (ZYAN_FAILED(ZydisDecoderDecodeFull( &decoder, bytes, INSN_MAX_LENGTH, &zydis, operands ))) return FALSE;
    /* only named */
    if (insn->op == INSN_HINT || insn->op == INSN_FLUSH || insn->op == INSN_UD || insn->op == INSN_INVLPG) return TRUE;
    /* of VIA's processors */
    if (insn->op == INSN_OTHER && !insn->has_mem) return TRUE;
    /* by what is in vector registers: test_access.c */
    if (insn->mem.vsib) return TRUE;
    for (i = 0; i < zydis.operand_count; i++)
    {
        if (operands[i].type != ZYDIS_OPERAND_TYPE_MEMORY) continue;
        if (operands[i].mem.type == ZYDIS_MEMOP_TYPE_AGEN || !operands[i].actions) continue;
        if (!take( list, insn, &zydis, &operands[i], 0x400000 )) return FALSE;
    }
    /* and nothing is left over but what the decoder does not tell */
    for (i = 0; i < list->count; i++)
    {
        if (!list->access[i].size) continue;
        switch (list->access[i].kind)
        {
        case INSN_ACCESS_PORT: case INSN_ACCESS_FRAME: case INSN_ACCESS_PROBE: case INSN_ACCESS_LINE:
            continue;
        }
        if (insn->op != INSN_MOVDIR64B || list->access[i].segment != SEGMENT_ES) return FALSE;
    }
    return TRUE;
}

static void test_against_decoder( void **state )
{
    struct insn_state registers = { .gpr = gprs };
    UINT32 i, j, touching = 0, failed = 0, ops = 0;
    UINT8 bytes[INSN_MAX_LENGTH], seen[INSN_OP_COUNT] = { 0 };
    struct insn_access_list list;
    struct insn insn;

    (void)state;
    for (i = 0; i < 1000000 && failed < 20; i++)
    {
        enum insn_mode mode = i % 3;

        random_bytes( bytes, mode );
        if (FAILED(insn_decode( bytes, INSN_MAX_LENGTH, mode, &insn ))) continue;
        registers.next_rip = 0x400000 + insn.length;
        registers.stack_size = 2 << mode;
        insn_accesses( &insn, &registers, &list );
        if (list.count) touching++;
        seen[insn.op] |= list.count != 0;
        if (agree( bytes, mode, &insn, &list )) continue;
        insn_accesses( &insn, &registers, &list );
        failed++;
        for (j = 0; j < insn.length; j++) print_message( "%02x", bytes[j] );
        print_message( ", mode %u, %s:", mode, ZydisMnemonicGetString( insn.mnemonic ));
        for (j = 0; j < list.count; j++)
            print_message( " kind %u %u:%llx %u %u", list.access[j].kind, list.access[j].segment,
                           (unsigned long long)list.access[j].offset, list.access[j].size, list.access[j].access );
        print_message( "\n" );
    }
    for (i = 0; i < INSN_OP_COUNT; i++) ops += seen[i];
    assert_int_equal( failed, 0 );
    assert_true( touching > 100000 );
    assert_true( ops > 90 );
}

/* Nothing but the registers that it is said to go by has a part in it. */
static void check_registers( const struct insn *insn, const struct insn_state *registers,
                             const struct insn_access_list *list )
{
    UINT32 mask = insn_access_gprs( insn ), i;
    struct insn_state others = *registers;
    struct insn_access_list other;
    UINT64 gpr[16];

    memcpy( gpr, registers->gpr, sizeof(gpr) );
    for (i = 0; i < 16; i++) if (!(mask >> i & 1)) gpr[i] = random_bits();
    others.gpr = gpr;
    insn_accesses( insn, &others, &other );
    assert_int_equal( list->count, other.count );
    for (i = 0; i < list->count; i++)
    {
        assert_true( list->access[i].offset == other.access[i].offset );
        assert_int_equal( list->access[i].size, other.access[i].size );
    }
}

/* Whatever the registers hold and whatever can be decoded: nothing is written beyond the list. */
static void test_hostile( void **state )
{
    struct { UINT64 before; struct insn_access_list list; UINT64 behind; } guarded = { 0x5555, { 0 }, 0x5555 };
    UINT8 bytes[INSN_MAX_LENGTH], vector[64];
    struct insn_state registers;
    struct insn_access access;
    UINT64 gpr[16];
    struct insn insn;
    UINT32 i, j;

    (void)state;
    for (i = 0; i < 300000; i++)
    {
        enum insn_mode mode = i % 3;

        random_bytes( bytes, mode );
        if (FAILED(insn_decode( bytes, INSN_MAX_LENGTH, mode, &insn ))) continue;
        for (j = 0; j < 16; j++) gpr[j] = (UINT64)random_bits() << 32 | random_bits();
        for (j = 0; j < 64; j++) vector[j] = random_bits();
        registers = (struct insn_state){ .gpr = gpr, .next_rip = random_bits(), .stack_size = 2 << random_bits() % 3 };
        registers.mask = i & 8 ? vector : NULL;
        registers.index = i & 16 ? vector : NULL;
        insn_accesses( &insn, &registers, &guarded.list );
        assert_true( guarded.list.count <= INSN_MAX_ACCESSES && guarded.before == 0x5555 && guarded.behind == 0x5555 );
        for (j = 0; j < guarded.list.count; j++)
        {
            assert_true( guarded.list.access[j].size && guarded.list.access[j].access );
            if (guarded.list.access[j].kind == INSN_ACCESS_PORT) continue;
            assert_true( guarded.list.access[j].segment < 6 );
            assert_true( insn_stores( &insn ) || !(guarded.list.access[j].access & INSN_WRITE) );
        }
        check_registers( &insn, &registers, &guarded.list );
        insn_merge_accesses( &guarded.list );
        insn_plain_access( &insn, gpr, registers.next_rip, &access );
        assert_true( insn_access_segments( &insn ) < 64 );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_against_decoder ),
        cmocka_unit_test( test_hostile ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
