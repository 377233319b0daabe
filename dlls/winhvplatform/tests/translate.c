/*
 * Conformance: address translation
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

#include "vm.h"

#define READ    WHvTranslateGvaFlagValidateRead
#define WRITE   WHvTranslateGvaFlagValidateWrite
#define EXECUTE WHvTranslateGvaFlagValidateExecute
#define EXEMPT  WHvTranslateGvaFlagPrivilegeExempt

/* Small pages of the page table's own, from linear 0x800000 on */
#define SMALL_LINEAR 0x800000ull
#define PT_GPA       0x108000

enum
{
    PAGE_PLAIN, PAGE_USER, PAGE_READ_ONLY, PAGE_NO_EXECUTE, PAGE_ABSENT, PAGE_RESERVED_BIT, PAGE_HOLE, PAGE_ROM,
};

static void make_pages( struct vm *vm )
{
    UINT64 *table = (UINT64 *)(vm->ram + PT_GPA);

    ((UINT64 *)(vm->ram + PD_GPA))[SMALL_LINEAR >> 21] = PT_GPA | 7;
    table[PAGE_PLAIN]        = 0x40000 | 0x03;
    table[PAGE_USER]         = 0x41000 | 0x07;
    table[PAGE_READ_ONLY]    = 0x42000 | 0x05;
    table[PAGE_NO_EXECUTE]   = 0x43000 | 0x07 | 1ull << 63;
    table[PAGE_ABSENT]       = 0x44000 | 0x06;
    table[PAGE_RESERVED_BIT] = 0x45000 | 0x07 | 1ull << 51;
    table[PAGE_HOLE]         = HOLE_GPA | 0x07;
    table[PAGE_ROM]          = ROM_GPA | 0x07;
}

static UINT32 translate( struct vm *vm, UINT64 gva, UINT32 flags, UINT64 *gpa )
{
    WHV_TRANSLATE_GVA_RESULT result;
    HRESULT hr;

    memset( &result, 0xcc, sizeof(result) );
    *gpa = ~0ull;
    hr = WHvTranslateGva( vm->partition, 0, gva, flags, &result, gpa );
    ok( hr == S_OK, "gva %#llx: %#lx\n", gva, hr );
    ok( hr != S_OK || !result.Reserved, "gva %#llx: reserved %#x\n", gva, result.Reserved );
    return result.ResultCode;
}

static const struct
{
    UINT32 page, flags;
    UINT32 ring0, ring3;        /* result codes */
    UINT64 gpa;
}
tests[] =
{
    { PAGE_PLAIN,      READ,            0, 2, 0x40000 },
    { PAGE_PLAIN,      WRITE,           0, 2, 0x40000 },
    { PAGE_PLAIN,      EXECUTE,         0, 2, 0x40000 },
    { PAGE_PLAIN,      READ | EXEMPT,   0, 0, 0x40000 },
    { PAGE_USER,       READ,            0, 0, 0x41000 },
    { PAGE_USER,       READ | WRITE | EXECUTE, 0, 0, 0x41000 },
    { PAGE_READ_ONLY,  READ,            0, 0, 0x42000 },
    { PAGE_READ_ONLY,  WRITE,           0, 2, 0x42000 },       /* CR0.WP is clear */
    { PAGE_NO_EXECUTE, READ | WRITE,    0, 0, 0x43000 },
    { PAGE_NO_EXECUTE, EXECUTE,         2, 2, 0x43000 },
    { PAGE_ABSENT,     READ,            1, 1, 0 },
    { PAGE_ABSENT,     READ | EXEMPT,   1, 1, 0 },
    { PAGE_HOLE,       READ,            4, 4, HOLE_GPA },
    { PAGE_ROM,        READ,            0, 0, ROM_GPA },
    { PAGE_ROM,        READ | EXECUTE,  0, 0, ROM_GPA },
    { PAGE_ROM,        WRITE,           6, 6, ROM_GPA },
};

static void test_long( void )
{
    enum mode mode;
    UINT64 gpa;
    struct vm vm;
    UINT32 i, result, expect;

    if (!vm_create( &vm, NULL )) return;
    make_pages( &vm );
    for (mode = MODE_LONG; mode <= MODE_USER; mode++)
    {
        vm_load( &vm, mode, NULL, 0, NULL );
        for (i = 0; i < ARRAY_COUNT(tests); i++)
        {
            expect = mode == MODE_USER ? tests[i].ring3 : tests[i].ring0;
            result = translate( &vm, SMALL_LINEAR + tests[i].page * 0x1000 + 0x123, tests[i].flags, &gpa );
            ok( result == expect, "%s: page %u, flags %#x: result %u, expected %u\n", modes[mode].name,
                tests[i].page, tests[i].flags, result, expect );
            if (!result) ok( gpa == tests[i].gpa + 0x123, "%s: page %u, flags %#x: gpa %#llx\n", modes[mode].name,
                             tests[i].page, tests[i].flags, gpa );
        }

        result = translate( &vm, LONG_BASE + 0x12345, READ, &gpa );
        ok( !result && gpa == 0x12345, "large page: result %u, gpa %#llx\n", result, gpa );
        result = translate( &vm, 0x40000000, READ, &gpa );
        ok( result == WHvTranslateGvaResultPageNotPresent, "no directory: result %u\n", result );
        result = translate( &vm, 0x0000800000000000, READ, &gpa );
        ok( result != WHvTranslateGvaResultSuccess, "not canonical: result %u\n", result );
        result = translate( &vm, 0xffff800000000000, READ, &gpa );
        ok( result == WHvTranslateGvaResultPageNotPresent, "upper half: result %u\n", result );
    }

    /* write protection also in ring 0 */
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    vm_set_reg( &vm, WHvX64RegisterCr0, modes[MODE_LONG].cr0 | 0x10000 );
    result = translate( &vm, SMALL_LINEAR + PAGE_READ_ONLY * 0x1000, WRITE, &gpa );
    ok( result == WHvTranslateGvaResultPrivilegeViolation, "CR0.WP: result %u\n", result );

    /* no-execute bits are reserved without EFER.NXE */
    vm_set_reg( &vm, WHvX64RegisterEfer, 0x500 );
    result = translate( &vm, SMALL_LINEAR + PAGE_NO_EXECUTE * 0x1000, READ, &gpa );
    ok( result == WHvTranslateGvaResultInvalidPageTableFlags, "EFER.NXE: result %u\n", result );

    /* SMAP and SMEP */
    vm_set_reg( &vm, WHvX64RegisterEfer, 0xd00 );
    if (vm_set_reg( &vm, WHvX64RegisterCr4, 0x300620 ) == S_OK)
    {
        result = translate( &vm, SMALL_LINEAR + PAGE_USER * 0x1000, READ, &gpa );
        ok( result == WHvTranslateGvaResultPrivilegeViolation || broken( !result ), "SMAP: result %u\n", result );
        result = translate( &vm, SMALL_LINEAR + PAGE_USER * 0x1000, EXECUTE, &gpa );
        ok( result == WHvTranslateGvaResultPrivilegeViolation || broken( !result ), "SMEP: result %u\n", result );
        vm_set_reg( &vm, WHvX64RegisterRflags, 0x40002 );
        result = translate( &vm, SMALL_LINEAR + PAGE_USER * 0x1000, READ, &gpa );
        ok( !result, "AC: result %u\n", result );
    }
    else skip( "no SMAP\n" );
    vm_destroy( &vm );
}

static void test_bits( void )
{
    UINT64 gpa, *table;
    struct vm vm;
    UINT32 result;

    if (!vm_create( &vm, NULL )) return;
    make_pages( &vm );
    table = (UINT64 *)(vm.ram + PT_GPA);
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    result = translate( &vm, SMALL_LINEAR, READ | WRITE, &gpa );
    ok( !result, "result %u\n", result );
    ok( !(table[0] & 0x60), "bits set: %#llx\n", table[0] );
    result = translate( &vm, SMALL_LINEAR, READ | WHvTranslateGvaFlagSetPageTableBits, &gpa );
    ok( !result, "result %u\n", result );
    ok( (table[0] & 0x60) == 0x20, "accessed: %#llx\n", table[0] );
    result = translate( &vm, SMALL_LINEAR, READ | WRITE | WHvTranslateGvaFlagSetPageTableBits, &gpa );
    ok( !result, "result %u\n", result );
    ok( (table[0] & 0x60) == 0x60, "dirty: %#llx\n", table[0] );
    vm_destroy( &vm );
}

static void test_no_paging( void )
{
    enum mode mode;
    UINT32 result;
    struct vm vm;
    UINT64 gpa;

    if (!vm_create( &vm, NULL )) return;
    for (mode = MODE_REAL; mode <= MODE_PROT; mode++)
    {
        vm_load( &vm, mode, NULL, 0, NULL );
        result = translate( &vm, 0x12345, READ | WRITE | EXECUTE, &gpa );
        ok( !result && gpa == 0x12345, "%s: result %u, gpa %#llx\n", modes[mode].name, result, gpa );
        result = translate( &vm, HOLE_GPA + 1, READ, &gpa );
        ok( result == WHvTranslateGvaResultGpaUnmapped || broken( !result ), "%s: hole: result %u\n",
            modes[mode].name, result );
    }
    vm_destroy( &vm );
}

/* 32-bit paging without and with PAE */
static void test_legacy( void )
{
    UINT32 *directory, *table, result;
    UINT64 *pae, gpa;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    directory = (UINT32 *)(vm.ram + 0x110000);
    table = (UINT32 *)(vm.ram + 0x111000);
    directory[0] = 0x111000 | 7;
    directory[1] = 0x00000000 | 0x87;           /* 4 MiB */
    table[0x20] = 0x40000 | 7;
    table[0x21] = 0x41000 | 3;

    vm_load( &vm, MODE_PROT, NULL, 0, NULL );
    vm_set_reg( &vm, WHvX64RegisterCr3, 0x110000 );
    vm_set_reg( &vm, WHvX64RegisterCr4, 0x10 );
    hr = vm_set_reg( &vm, WHvX64RegisterCr0, 0xe0000011 );
    ok( hr == S_OK, "CR0: %#lx\n", hr );
    result = translate( &vm, 0x20abc, READ | WRITE, &gpa );
    ok( !result && gpa == 0x40abc, "4 KiB: result %u, gpa %#llx\n", result, gpa );
    result = translate( &vm, 0x412345, READ, &gpa );
    ok( !result && gpa == 0x12345, "4 MiB: result %u, gpa %#llx\n", result, gpa );
    result = translate( &vm, 0x22000, READ, &gpa );
    ok( result == WHvTranslateGvaResultPageNotPresent, "absent: result %u\n", result );

    pae = (UINT64 *)(vm.ram + 0x112000);
    memset( pae, 0, 0x2000 );
    pae[0] = 0x113000 | 1;
    pae[512] = 0x87;                            /* directory: 2 MiB */
    pae[514] = 0x87;
    vm_load( &vm, MODE_PROT, NULL, 0, NULL );
    vm_set_reg( &vm, WHvX64RegisterCr3, 0x112000 );
    vm_set_reg( &vm, WHvX64RegisterCr4, 0x20 );
    hr = vm_set_reg( &vm, WHvX64RegisterCr0, 0xe0000011 );
    ok( hr == S_OK, "CR0: %#lx\n", hr );
    result = translate( &vm, 0x412345, READ, &gpa );
    ok( !result && gpa == 0x12345, "PAE: result %u, gpa %#llx\n", result, gpa );
    result = translate( &vm, 0x200000, READ, &gpa );
    ok( result == WHvTranslateGvaResultPageNotPresent, "PAE, absent: result %u\n", result );
    vm_destroy( &vm );
}

static void test_arguments( void )
{
    WHV_TRANSLATE_GVA_RESULT result;
    struct vm vm;
    UINT64 gpa;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    hr = WHvTranslateGva( vm.partition, 0, 0x1000, 0x80000001, &result, &gpa );
    ok( hr == E_INVALIDARG || broken( TRUE ), "unknown flags: %#lx\n", hr );
    hr = WHvTranslateGva( vm.partition, 1, 0x1000, READ, &result, &gpa );
    ok( hr == WHV_E_VP_DOES_NOT_EXIST || broken( FAILED(hr) ), "no such vp: %#lx\n", hr );
    vm_destroy( &vm );
}

START_TEST(translate)
{
    if (!vm_present()) return;
    test_long();
    test_bits();
    test_no_paging();
    test_legacy();
    test_arguments();
}
