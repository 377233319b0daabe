/*
 * Tests of insn/access: what instructions touch
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

#include "insn/access.h"
#include "insn/decode.h"
#include "insn/insn.h"

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

#define M16 INSN_MODE_16
#define M32 INSN_MODE_32
#define M64 INSN_MODE_64

/* Each register its own value, and something above the half that counts. */
static const UINT64 gprs[16] =
{
    0x112233445566fea0, 0x1122334455660005, 0x11223344556603f8, 0x1122334455661000, /* rax rcx rdx rbx */
    0x1122334455668000, 0x1122334455669000, 0x1122334455662000, 0x1122334455663000, /* rsp rbp rsi rdi */
    0x8000, 0x9000, 0xa000, 0xb000, 0xc000, 0xd000, 0xe000, 0xf000,
};

static void decode( const char *hex, enum insn_mode mode, struct insn *insn )
{
    UINT8 bytes[INSN_MAX_LENGTH];
    unsigned int value;
    UINT32 count;

    for (count = 0; hex[count * 2]; count++)
    {
        assert_int_equal( sscanf( hex + count * 2, "%2x", &value ), 1 );
        bytes[count] = value;
    }
    if (FAILED(insn_decode( bytes, count, mode, insn )) || insn->length != count) fail_msg( "%s is not decoded", hex );
}

/* "what segment:offset bytes direction", one behind the other. */
static const char *describe( const struct insn_access_list *list )
{
    static const char * const kinds[] =
    {
        "", "stack", "frame", "source ", "dest ", "table ", "line ", "probe ", "port"
    };
    static const char * const segments[] = { "es", "cs", "ss", "ds", "fs", "gs" };
    static const char * const directions[] = { "-", "r", "w", "rw" };
    static char text[4096];
    char *to = text;
    UINT32 i;

    *to = 0;
    for (i = 0; i < list->count; i++)
    {
        const struct insn_access *access = &list->access[i];
        const char *segment = "";

        /* of the stack and of ports it goes without saying */
        switch (access->kind)
        {
        case INSN_ACCESS_STACK: case INSN_ACCESS_FRAME:
            assert_int_equal( access->segment, SEGMENT_SS );
            break;
        case INSN_ACCESS_PORT:
            assert_int_equal( access->segment, INSN_SEGMENT_NONE );
            break;
        default:
            segment = segments[access->segment];
            break;
        }
        to += sprintf( to, "%s%s%s:%llx %u %s", i ? ", " : "", kinds[access->kind], segment,
                       (unsigned long long)access->offset, access->size, directions[access->access & 3] );
    }
    if (list->element)
        to += sprintf( to, "; element %u skipped %u mask %llx", list->element, list->skipped,
                       (unsigned long long)list->mask );
    if (list->flags & INSN_ACCESSES_SYSTEM) to += sprintf( to, " +system" );
    if (list->flags & INSN_ACCESSES_MORE) to += sprintf( to, " +more" );
    if (list->flags & INSN_ACCESSES_LESS) to += sprintf( to, " +less" );
    return text;
}

struct row
{
    const char *hex;
    UINT8       mode, stack_size;
    const char *want;
};

static void check_rows( const struct row *rows, UINT32 count )
{
    static struct insn_access_list list;
    struct insn_state state = { .gpr = gprs };
    UINT32 i, failed = 0, j, segments;
    struct insn_access access;
    const char *text;
    struct insn insn;
    BOOL stores;

    for (i = 0; i < count; i++)
    {
        decode( rows[i].hex, rows[i].mode, &insn );
        state.next_rip = 0x400000;
        state.stack_size = rows[i].stack_size;
        memset( &list, 0xcc, sizeof(list) );
        insn_accesses( &insn, &state, &list );
        text = describe( &list );
        if (strcmp( text, rows[i].want ))
        {
            print_message( "%s, mode %u: \"%s\", not \"%s\"\n", rows[i].hex, rows[i].mode, text, rows[i].want );
            failed++;
        }
        stores = insn_stores( &insn );
        for (j = 0; j < list.count; j++)
            if (list.access[j].kind != INSN_ACCESS_PORT && list.access[j].access & INSN_WRITE) break;
        if (stores != (j < list.count))
        {
            print_message( "%s, mode %u: stores or not\n", rows[i].hex, rows[i].mode );
            failed++;
        }
        segments = insn_access_segments( &insn );
        for (j = 0; j < list.count; j++)
            if (list.access[j].kind != INSN_ACCESS_PORT && !(segments >> list.access[j].segment & 1))
            {
                print_message( "%s, mode %u: segments %#x, "
                               "not that of access %u\n", rows[i].hex, rows[i].mode, segments, j );
                failed++;
            }
        /* the short way to the operand */
        if (insn_is_plain( &insn ) && insn_plain_access( &insn, gprs, state.next_rip, &access ))
        {
            for (j = 0; j < list.count; j++)
                if (!memcmp( &list.access[j], &access, offsetof( struct insn_access, kind ) + 1 )) break;
            if (j < list.count) continue;
            print_message( "%s, mode %u: another operand by itself\n", rows[i].hex, rows[i].mode );
            failed++;
        }
    }
    assert_int_equal( failed, 0 );
}

static void test_operands( void **state )
{
    static const struct row rows[] =
    {
        { "8903",           M64, 8, "ds:1122334455661000 4 w" },
        { "678903",         M64, 8, "ds:55661000 4 w" },
        { "8b07",           M16, 2, "ds:1000 2 r" },
        { "658b4310",       M64, 8, "gs:1122334455661010 4 r" },
        { "8b448b10",       M64, 8, "ds:55ab0055aafe1024 4 r" },
        { "8a0510000000",   M64, 8, "ds:400010 1 r" },
        { "8b04e5f8ffffff", M64, 8, "ds:fffffffffffffff8 4 r" },
        { "0103",           M32, 4, "ds:55661000 4 rw" },
        { "3903",           M32, 4, "ds:55661000 4 r" },
        { "0fb10b",         M32, 4, "ds:55661000 4 rw" },
        { "0fc70b",         M32, 4, "ds:55661000 8 rw" },
        { "480fc70b",       M64, 8, "ds:1122334455661000 16 rw" },
        { "0f940b",         M64, 8, "ds:1122334455661000 1 w" },
        { "0f440b",         M64, 8, "ds:1122334455661000 4 r" },
        /* bit strings: rcx is 1122334455660005h, the bit number 5, 55660005h, all of it */
        { "660fa30b",       M32, 4, "ds:55661000 2 r" },
        { "0fab0b",         M32, 4, "ds:6012d000 4 rw" },
        { "480fb30b",       M64, 8, "ds:134679ace012d000 8 rw" },
        { "0fba2305",       M32, 4, "ds:55661000 4 r" },
        { "8d03",           M64, 8, "" },
        { "0f013b",         M64, 8, "" },                           /* invlpg */
        { "0f1f03",         M64, 8, "" },                           /* nop */
        { "0f0d0b",         M64, 8, "" },                           /* prefetchw */
        { "660fae33",       M64, 8, "probe ds:1122334455661000 1 r" }, /* clwb */
        { "0fae3b",         M64, 8, "probe ds:1122334455661000 1 r" }, /* clflush */
        { "660faebb10000000", M64, 8, "probe ds:1122334455661010 1 r" },
        { "0fb903",         M64, 8, "" },                           /* ud1 */
        { "8bc3",           M64, 8, "" },
        { "8e03",           M32, 4, "ds:55661000 2 r +system" },
        { "8ec3",           M32, 4, " +system" },
        { "488c03",         M64, 8, "ds:1122334455661000 2 w" },
        { "c503",           M32, 4, "ds:55661000 6 r +system" },
        { "66c503",         M32, 4, "ds:55661000 4 r +system" },
        { "480fb203",       M64, 8, "ds:1122334455661000 10 r +system" },
        { "ff2b",           M32, 4, "ds:55661000 6 r +system" },
        { "ea001000000800", M32, 4, " +system" },
        { "ff23",           M32, 4, "ds:55661000 4 r" },
        { "0f0103",         M32, 4, "ds:55661000 6 w" },
        { "0f010b",         M64, 8, "ds:1122334455661000 10 w" },
        { "0f0113",         M64, 8, "ds:1122334455661000 10 r" },
        { "0f011b",         M32, 4, "ds:55661000 6 r" },
        { "0f0003",         M32, 4, "ds:55661000 2 w" },
        { "480f000b",       M64, 8, "ds:1122334455661000 2 w" },
        { "0f0123",         M32, 4, "ds:55661000 2 w" },
        { "0f0133",         M32, 4, "ds:55661000 2 r" },
        { "0f0013",         M32, 4, "ds:55661000 2 r +system" },    /* lldt */
        { "0f001b",         M64, 8, "ds:1122334455661000 2 r +system" },
        { "0f0203",         M32, 4, "ds:55661000 2 r +system" },    /* lar */
        { "480f0303",       M64, 8, "ds:1122334455661000 2 r +system" },
        { "6203",           M32, 4, "ds:55661000 8 r" },
        { "6303",           M32, 4, "ds:55661000 2 rw" },
        { "d7",             M64, 8, "table ds:11223344556610a0 1 r" },
        { "67d7",           M64, 8, "table ds:556610a0 1 r" },
        { "26d7",           M16, 2, "table es:10a0 1 r" },
        { "660f388203",     M64, 8, "ds:1122334455661000 16 r" },   /* invpcid */
        { "0f01fc",         M64, 8, "line ds:112233445566fea0 64 w" },
        { "660f38f83b",     M64, 8, "ds:1122334455661000 64 r, es:1122334455663000 64 w" },
        { "f20f38f83b",     M64, 8, "ds:1122334455661000 64 r, es:1122334455663000 64 w" },
        { "0fae03",         M64, 8, "ds:1122334455661000 512 w" },
        { "0fae0b",         M64, 8, "ds:1122334455661000 512 r" },
        { "0fae23",         M64, 8, "ds:1122334455661000 576 rw +more" },
        { "0fc723",         M64, 8, "ds:1122334455661000 576 w +more" },
        { "0fae2b",         M64, 8, "ds:1122334455661000 576 r +more" },
        { "0fae13",         M64, 8, "ds:1122334455661000 4 r" },
        { "0fae1b",         M64, 8, "ds:1122334455661000 4 w" },
        { "d933",           M32, 4, "ds:55661000 28 w" },
        { "66d923",         M32, 4, "ds:55661000 14 r" },
        { "dd33",           M32, 4, "ds:55661000 108 w" },
        { "66dd23",         M32, 4, "ds:55661000 94 r" },
        { "db3b",           M32, 4, "ds:55661000 10 w" },
        { "c5fe7f03",       M64, 8, "ds:1122334455661000 32 w" },
        { "0f5803",         M64, 8, "ds:1122334455661000 16 r" },
        { "62f17c485803",   M64, 8, "ds:1122334455661000 64 r +less" },
        { "62f27d49a00403", M64, 8, " +more +less" },               /* vpscatterdd */
        { "0f1a03",         M64, 8, "" },                           /* bndldx: by a table of its own */
    };

    (void)state;
    check_rows( rows, ARRAY_SIZE( rows ));
}

static void test_stack( void **state )
{
    static const struct row rows[] =
    {
        { "53",             M64, 8, "stack:1122334455667ff8 8 w" },
        { "6653",           M64, 8, "stack:1122334455667ffe 2 w" },
        { "53",             M32, 4, "stack:55667ffc 4 w" },
        { "53",             M32, 2, "stack:7ffc 4 w" },
        { "6653",           M16, 4, "stack:55667ffc 4 w" },
        { "6a01",           M16, 2, "stack:7ffe 2 w" },
        { "ff33",           M64, 8, "ds:1122334455661000 8 r, stack:1122334455667ff8 8 w" },
        { "ff742408",       M32, 4, "ss:55668008 4 r, stack:55667ffc 4 w" },
        { "06",             M32, 4, "stack:55667ffc 2 w" },      /* push es */
        { "6606",           M32, 4, "stack:55667ffe 2 w" },
        { "0fa0",           M64, 8, "stack:1122334455667ff8 8 w" },
        { "9c",             M64, 8, "stack:1122334455667ff8 8 w" },
        { "5b",             M64, 8, "stack:1122334455668000 8 r" },
        { "5c",             M64, 8, "stack:1122334455668000 8 r" },
        { "8f03",           M64, 8, "stack:1122334455668000 8 r, ds:1122334455661000 8 w" },
        { "8f0424",         M64, 8, "stack:1122334455668000 8 r, ss:1122334455668008 8 w" },
        { "668f4424f0",     M32, 4, "stack:55668000 2 r, ss:55667ff2 2 w" },
        { "8f0424",         M32, 2, "stack:8000 4 r, ss:55668004 4 w" },
        { "07",             M32, 4, "stack:55668000 2 r +system" },
        { "0fa1",           M64, 8, "stack:1122334455668000 2 r +system" },
        { "9d",             M16, 2, "stack:8000 2 r" },
        { "e800000000",     M64, 8, "stack:1122334455667ff8 8 w" },
        { "ff13",           M32, 4, "ds:55661000 4 r, stack:55667ffc 4 w" },
        { "c3",             M64, 8, "stack:1122334455668000 8 r" },
        { "c20400",         M16, 2, "stack:8000 2 r" },
        { "c9",             M64, 8, "stack:1122334455669000 8 r" },
        { "c9",             M32, 2, "stack:9000 4 r" },
        { "9a001000000800", M32, 4, "stack:55667ffc 4 w, stack:55667ff8 4 w +system +more" },
        { "9a00100800",     M16, 2, "stack:7ffe 2 w, stack:7ffc 2 w +system +more" },
        { "ff1b",           M32, 4, "ds:55661000 6 r, stack:55667ffc 4 w, stack:55667ff8 4 w +system +more" },
        { "48ff1b",         M64, 8, "ds:1122334455661000 10 r, stack:1122334455667ff8 8 w, stack:1122334455667ff0 8 w "
                                    "+system +more" },
        { "cb",             M32, 4, "stack:55668000 4 r, stack:55668004 4 r +system +more" },
        { "48ca0800",       M64, 8, "stack:1122334455668000 8 r, stack:1122334455668008 8 r +system +more" },
        { "cf",             M16, 2, "stack:8000 2 r, stack:8002 2 r, stack:8004 2 r +system +more" },
        { "48cf",           M64, 8, "stack:1122334455668000 8 r, stack:1122334455668008 8 r, "
                                    "stack:1122334455668010 8 r, "
                                    "stack:1122334455668018 8 r, stack:1122334455668020 8 r +system +more" },
        { "cd80",           M32, 4, " +system +more" },
        { "cc",             M32, 4, " +system +more" },
        { "60",             M32, 4, "stack:55667ffc 4 w, stack:55667ff8 4 w, stack:55667ff4 4 w, stack:55667ff0 4 w, "
                                    "stack:55667fec 4 w, stack:55667fe8 4 w, stack:55667fe4 4 w, stack:55667fe0 4 w" },
        { "61",             M16, 2, "stack:8000 2 r, stack:8002 2 r, stack:8004 2 r, stack:8008 2 r, "
                                    "stack:800a 2 r, stack:800c 2 r, stack:800e 2 r" },
        { "c8200000",       M16, 2, "stack:7ffe 2 w, probe ss:7fde 2 w" },
        { "c8200001",       M32, 4, "stack:55667ffc 4 w, stack:55667ff8 4 w, probe ss:55667fd8 4 w" },
        { "c8000023",       M32, 4, "stack:55667ffc 4 w, frame:55668ffc 4 r, stack:55667ff8 4 w, frame:55668ff8 4 r, "
                                    "stack:55667ff4 4 w, stack:55667ff0 4 w, probe ss:55667ff0 4 w" },
        { "c8000002",       M64, 8, "stack:1122334455667ff8 8 w, frame:1122334455668ff8 8 r, "
                                    "stack:1122334455667ff0 8 w, "
                                    "stack:1122334455667fe8 8 w, probe ss:1122334455667fe8 8 w" },
        { "66c8000002",     M32, 4, "stack:55667ffe 2 w, frame:55668ffe 2 r, stack:55667ffc 2 w, stack:55667ffa 2 w, "
                                    "probe ss:55667ffa 2 w" },
    };

    (void)state;
    check_rows( rows, ARRAY_SIZE( rows ));
}

static void test_strings_and_ports( void **state )
{
    static const struct row rows[] =
    {
        { "a4",             M64, 8, "source ds:1122334455662000 1 r, dest es:1122334455663000 1 w" },
        { "f365a5",         M64, 8, "source gs:1122334455662000 4 r, dest es:1122334455663000 4 w" },
        { "2667a5",         M32, 4, "source es:2000 4 r, dest es:3000 4 w" },
        { "ab",             M16, 2, "dest es:3000 2 w" },
        { "48ad",           M64, 8, "source ds:1122334455662000 8 r" },
        { "a7",             M32, 4, "source ds:55662000 4 r, dest es:55663000 4 r" },
        { "f2ae",           M32, 4, "dest es:55663000 1 r" },
        { "6d",             M32, 4, "port:3f8 4 r, dest es:55663000 4 w" },
        { "f36e",           M64, 8, "source ds:1122334455662000 1 r, port:3f8 1 w" },
        { "e480",           M32, 4, "port:80 1 r" },
        { "66ed",           M32, 4, "port:3f8 2 r" },
        { "e7fe",           M32, 4, "port:fe 4 w" },
        { "ee",             M32, 4, "port:3f8 1 w" },
    };
    UINT64 gpr[16] = { 0, 0x1122334400000000, 0, 0, 0, 0, 0x100, 0x200 };
    struct insn_state none = { .gpr = gpr, .stack_size = 8 };
    struct insn_access_list list;
    struct insn insn;

    (void)state;
    check_rows( rows, ARRAY_SIZE( rows ));
    /* counted to 0, by as many bits as the address has */
    decode( "f3a4", M32, &insn );
    insn_accesses( &insn, &none, &list );
    assert_string_equal( describe( &list ), "" );
    decode( "f3a4", M64, &insn );
    insn_accesses( &insn, &none, &list );
    assert_string_equal( describe( &list ), "source ds:100 1 r, dest es:200 1 w" );
    decode( "a4", M32, &insn );
    insn_accesses( &insn, &none, &list );
    assert_string_equal( describe( &list ), "source ds:100 1 r, dest es:200 1 w" );
}

/* Offsets that run over their end. */
static void test_wrap( void **state )
{
    static const struct { const char *hex; UINT8 mode, stack_size; UINT64 rsp, rbp; const char *want; } rows[] =
    {
        { "53",         M16, 2, 0x1122330001, 0, "stack:ffff 2 w" },
        { "9a00000000", M16, 2, 0x1122330002, 0, "stack:0 2 w, stack:fffe 2 w +system +more" },
        { "cb",         M16, 2, 0x112233fffe, 0, "stack:fffe 2 r, stack:0 2 r +system +more" },
        { "53",         M32, 4, 0x1100000000, 0, "stack:fffffffc 4 w" },
        { "53",         M64, 8, 0, 0, "stack:fffffffffffffff8 8 w" },
        { "c8000002",   M16, 2, 0x8000, 0x110001, "stack:7ffe 2 w, frame:ffff 2 r, stack:7ffc 2 w, stack:7ffa 2 w, "
                                                  "probe ss:7ffa 2 w" },
        /* by a 32-bit address, and a stack pointer of which 16 bits move */
        { "678f0424",   M16, 2, 0x22fffe, 0, "stack:fffe 2 r, ss:220000 2 w" },
        { "8f0424",     M32, 4, 0xfffffffc, 0, "stack:fffffffc 4 r, ss:0 4 w" },
        { "678f0424",   M64, 8, 0x1fffffff8, 0, "stack:1fffffff8 8 r, ss:0 8 w" },
    };
    UINT64 gpr[16] = { 0 };
    struct insn_state registers = { .gpr = gpr };
    struct insn_access_list list;
    struct insn insn;
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE( rows ); i++)
    {
        decode( rows[i].hex, rows[i].mode, &insn );
        registers.stack_size = rows[i].stack_size;
        gpr[RSP] = rows[i].rsp;
        gpr[RBP] = rows[i].rbp;
        insn_accesses( &insn, &registers, &list );
        assert_string_equal( describe( &list ), rows[i].want );
    }
}

static void test_merge( void **state )
{
    static const struct { const char *hex; UINT8 mode, stack_size; const char *want; } rows[] =
    {
        { "60",             M32, 4, "stack:55667fe0 32 w" },
        { "61",             M32, 4, "stack:55668000 12 r, stack:55668010 16 r" },
        { "9a001000000800", M32, 4, "stack:55667ff8 8 w +system +more" },
        { "ff1b",           M32, 4, "ds:55661000 6 r, stack:55667ff8 8 w +system +more" },
        { "cb",             M32, 4, "stack:55668000 8 r +system +more" },
        { "c8000003",       M32, 4, "stack:55667ff0 16 w, frame:55668ff8 8 r, probe ss:55667ff0 4 w" },
        { "c800001f",       M64, 8, "stack:1122334455667f00 256 w, frame:1122334455668f10 240 r, "
                                    "probe ss:1122334455667f00 8 w" },
        { "ff742404",       M32, 4, "ss:55668004 4 r, stack:55667ffc 4 w" },
        { "a5",             M32, 4, "source ds:55662000 4 r, dest es:55663000 4 w" },
    };
    struct insn_state registers = { .gpr = gprs };
    struct insn_access_list list;
    struct insn insn;
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE( rows ); i++)
    {
        decode( rows[i].hex, rows[i].mode, &insn );
        registers.stack_size = rows[i].stack_size;
        insn_accesses( &insn, &registers, &list );
        insn_merge_accesses( &list );
        assert_string_equal( describe( &list ), rows[i].want );
    }
}

static void test_elements( void **state )
{
    static const UINT8 none[64], all[64] = { [0 ... 63] = 0x80 };
    static const UINT8 second[64] = { [7] = 0xff }, inner[64] = { [3] = 0x7f, [7] = 0x80, [15] = 0x80, [19] = 0x40 };
    static const UINT8 bytes[64] = { [2] = 0x80, [3] = 0x80, [13] = 0x80 }, opmask[8] = { 0x50, 0x01 };
    static const UINT8 dwords[64] = { 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0x80, 4 };
    static const UINT8 qwords[64] = { [0] = 1, [8] = 0xf0, [9 ... 15] = 0xff, [16] = 3, [24] = 4, [31] = 1 };
    static const struct { const char *hex; UINT8 mode; const UINT8 *mask, *index; const char *want; } rows[] =
    {
        { "c4e2712c03",   M64, all,    NULL,   "ds:1122334455661000 16 r; element 4 skipped 0 mask f" },
        { "c4e2712e03",   M64, second, NULL,   "ds:1122334455661004 4 w; element 4 skipped 4 mask 1" },
        { "c4e2752c03",   M64, inner,  NULL,   "ds:1122334455661004 12 r; element 4 skipped 4 mask 5" },
        { "c4e2752d03",   M64, inner,  NULL,   "ds:1122334455661000 16 r; element 8 skipped 0 mask 3" },
        { "c4e2712c03",   M64, none,   NULL,   "" },
        { "c4e2712c03",   M64, NULL,   NULL,   "ds:1122334455661000 16 r +less" },
        { "660ff7c1",     M64, bytes,  NULL,   "ds:1122334455663002 12 w; element 1 skipped 2 mask 803" },
        { "65670ff7c1",   M64, bytes,  NULL,   "gs:55663002 2 w; element 1 skipped 2 mask 3" },
        { "0ff7c1",       M32, NULL,   NULL,   "ds:55663000 8 w +less" },
        { "62f17d4a7f03", M64, opmask, NULL,   "ds:1122334455661010 20 w; element 4 skipped 16 mask 15" },
        { "62f17d4a7f03", M64, NULL,   NULL,   "ds:1122334455661000 64 w +less" },
        { "62f17f4a7f03", M64, all,    NULL,   "ds:1122334455661007 57 w; element 1 skipped 7 mask 101010101010101" },
        /* vpgatherdd xmm1,[rbx+xmm2*4],xmm3 and the other widths */
        { "c4e261900c93", M64, all,    dwords, "ds:1122334455661004 4 r, ds:1122334455660ffc 4 r, "
                                               "ds:1122334255661000 4 r, "
                                               "ds:1122334455661010 4 r" },
        { "c4e261900c93", M64, second, dwords, "ds:1122334455660ffc 4 r" },
        { "67c4e261900c93", M64, all,  dwords, "ds:55661004 4 r, ds:55660ffc 4 r, ds:55661000 4 r, ds:55661010 4 r" },
        { "c4e2e1900c93", M64, all,    dwords, "ds:1122334455661004 8 r, ds:1122334455660ffc 8 r" },
        { "c4e261910c93", M64, all,    qwords, "ds:1122334455661004 4 r, ds:1122334455660fc0 4 r" },
        { "c4e265910c93", M64, all,    qwords, "ds:1122334455661004 4 r, ds:1122334455660fc0 4 r, "
                                               "ds:112233445566100c 4 r, "
                                               "ds:1522334455661010 4 r" },
        { "c4e2e5930c93", M64, inner,  qwords, "ds:1122334455661004 8 r, ds:1122334455660fc0 8 r" },
        { "c4e261900c93", M64, none,   dwords, "" },
        { "c4e261900c93", M64, NULL,   dwords, " +more" },
        { "c4e261900c93", M64, all,    NULL,   " +more" },
    };
    struct insn_state registers = { .gpr = gprs, .stack_size = 8 };
    struct insn_access_list list;
    UINT32 i, failed = 0;
    struct insn insn;

    (void)state;
    for (i = 0; i < ARRAY_SIZE( rows ); i++)
    {
        decode( rows[i].hex, rows[i].mode, &insn );
        registers.mask = rows[i].mask;
        registers.index = rows[i].index;
        insn_accesses( &insn, &registers, &list );
        if (!strcmp( describe( &list ), rows[i].want )) continue;
        print_message( "%s: \"%s\", not \"%s\"\n", rows[i].hex, describe( &list ), rows[i].want );
        failed++;
    }
    assert_int_equal( failed, 0 );
    decode( "c4e261900c93", M64, &insn );
    assert_int_equal( insn_mask_operand( &insn ), 2 );
    decode( "660ff7c1", M64, &insn );
    assert_int_equal( insn_mask_operand( &insn ), 1 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_operands ),
        cmocka_unit_test( test_stack ),
        cmocka_unit_test( test_strings_and_ports ),
        cmocka_unit_test( test_wrap ),
        cmocka_unit_test( test_merge ),
        cmocka_unit_test( test_elements ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
