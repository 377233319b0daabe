/*
 * Conformance: guest-physical memory
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

#define RWX (WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute)

static void test_map_arguments( void )
{
    static const struct
    {
        UINT64  source, gpa, size;
        UINT32  flags;
        HRESULT hr;
        const char *what;
    }
    tests[] =
    {
        { 0, 0x10000, 0x1000, RWX, S_OK, "a page" },
        { 0, 0x10000, 0x1000, 1, S_OK, "a page again, read-only" },
        { 0, 0x10000, 0x1000, 5, S_OK, "a page again, read and execute" },
        { 0, 0x10000, 0x1000, 3, S_OK, "a page again, no execute" },
        { 0, 0x10000, 0x1000, 15, S_OK, "a page again, dirty tracking" },
        { 0, 0x20000, 0x10000, RWX, S_OK, "16 pages" },
        { 0x1000, 0x28000, 0x1000, RWX, S_OK, "one in the middle" },
        { 0, 0x20000, 0x400, RWX, E_INVALIDARG, "a quarter of a page" },
        { 0, 0x20000, 0x1001, RWX, E_INVALIDARG, "a page and a byte" },
        { 0, 0x20000, 0, RWX, E_INVALIDARG, "nothing" },
        { 0, 0x20001, 0x1000, RWX, E_INVALIDARG, "unaligned gpa" },
        { 0, 0x20800, 0x1000, RWX, E_INVALIDARG, "half-aligned gpa" },
        { 0x800, 0x20000, 0x1000, RWX, E_INVALIDARG, "unaligned source" },
        { 0, 0xfffffffffffff000, 0x2000, RWX, E_INVALIDARG, "wrapping gpa" },
        { 0, 0xfffffffffffff000, 0x1000, RWX, E_INVALIDARG, "the last page of 2^64" },
        { 0, 0, 0xfffffffffffff000, RWX, E_INVALIDARG, "size of 2^64" },
        { 0, 0x1000, 0xfffffffffffff000, RWX, E_INVALIDARG, "wrapping to 0" },
        { 0, 0x10000000000000, 0x1000, RWX, E_INVALIDARG, "gpa of 2^52" },
        { 0, 0x20000, 0x1000, 0x80, E_INVALIDARG, "unknown flag" },
        { 0, 0x20000, 0x1000, 0x80000007, E_INVALIDARG, "unknown high flag" },
    };
    static const struct vm_config config = { .no_memory = TRUE };
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, &config )) return;
    for (i = 0; i < ARRAY_COUNT(tests); i++)
    {
        hr = WHvMapGpaRange( vm.partition, vm.ram + tests[i].source, tests[i].gpa, tests[i].size, tests[i].flags );
        ok( hr == tests[i].hr, "%s: %#lx\n", tests[i].what, hr );
    }

    hr = WHvMapGpaRange2( vm.partition, GetCurrentProcess(), vm.ram, 0x100000, 0x1000, RWX );
    ok( hr == S_OK, "WHvMapGpaRange2: %#lx\n", hr );
    hr = WHvMapGpaRange2( vm.partition, GetCurrentProcess(), vm.ram, 0x100000, 0x1001, RWX );
    ok( hr == E_INVALIDARG, "WHvMapGpaRange2: %#lx\n", hr );
    {
        HANDLE process = OpenProcess( PROCESS_VM_READ | PROCESS_VM_WRITE | PROCESS_VM_OPERATION |
                                      PROCESS_QUERY_LIMITED_INFORMATION, FALSE, GetCurrentProcessId() );

        ok( process != NULL, "OpenProcess: %lu\n", GetLastError() );
        hr = WHvMapGpaRange2( vm.partition, process, vm.ram, 0x101000, 0x1000, RWX );
        ok( hr == S_OK, "WHvMapGpaRange2: %#lx\n", hr );
        CloseHandle( process );
    }
    vm_destroy( &vm );
}

static void test_unmap( void )
{
    WHV_TRANSLATE_GVA_RESULT result;
    UINT64 gpa;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    hr = WHvUnmapGpaRange( vm.partition, 0x40000, 0x400 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "a quarter of a page: %#lx\n", hr );
    hr = WHvUnmapGpaRange( vm.partition, 0x40001, 0x1000 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "unaligned: %#lx\n", hr );
    hr = WHvUnmapGpaRange( vm.partition, 0x40000, 0 );
    ok( hr == E_INVALIDARG || broken( TRUE ), "nothing: %#lx\n", hr );
    hr = WHvUnmapGpaRange( vm.partition, 0xfffffffffffff000, 0x2000 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "wrapping: %#lx\n", hr );

    /* a part of a mapping; what is left stands on both sides */
    hr = WHvUnmapGpaRange( vm.partition, 0x50000, 0x1000 );
    ok( hr == S_OK, "partial: %#lx\n", hr );
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    hr = WHvTranslateGva( vm.partition, 0, LONG_BASE + 0x50010, WHvTranslateGvaFlagValidateRead, &result, &gpa );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( result.ResultCode == WHvTranslateGvaResultGpaUnmapped, "result %u\n", result.ResultCode );
    hr = WHvTranslateGva( vm.partition, 0, LONG_BASE + 0x4fff0, WHvTranslateGvaFlagValidateRead, &result, &gpa );
    ok( hr == S_OK && result.ResultCode == WHvTranslateGvaResultSuccess, "%#lx, %u\n", hr, result.ResultCode );
    hr = WHvTranslateGva( vm.partition, 0, LONG_BASE + 0x51000, WHvTranslateGvaFlagValidateRead, &result, &gpa );
    ok( hr == S_OK && result.ResultCode == WHvTranslateGvaResultSuccess, "%#lx, %u\n", hr, result.ResultCode );
    run_to_port( &vm, END_PORT, vm.before );
    vm_destroy( &vm );
}

/* One page at two addresses, and one address with two pages in turn */
static void test_alias( void )
{
    static const BYTE code[] =
    {
        0x88, 0x07,             /* mov [rdi],al */
        0x8a, 0x1e,             /* mov bl,[rsi] */
    };
    UINT64 regs[REG_COUNT];
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    hr = WHvMapGpaRange( vm.partition, vm.ram + 0x60000, 0x70000, 0x1000, RWX );
    ok( hr == S_OK, "%#lx\n", hr );
    vm_default_regs( MODE_LONG, regs );
    regs[RDI] = LONG_BASE + 0x60008;
    regs[RSI] = LONG_BASE + 0x70008;
    vm_load( &vm, MODE_LONG, code, sizeof(code), regs );
    regs[RIP] += sizeof(code);
    regs[RBX] = (regs[RBX] & ~0xffull) | (BYTE)regs[RAX];
    run_to_port( &vm, END_PORT, regs );
    ok( vm.ram[0x60008] == (BYTE)regs[RAX], "%#x\n", vm.ram[0x60008] );

    hr = WHvMapGpaRange( vm.partition, vm.ram + 0x80000, 0x70000, 0x1000, RWX );
    ok( hr == S_OK, "%#lx\n", hr );
    vm.ram[0x80008] = 0x77;
    regs[RIP] = modes[MODE_LONG].rip;
    vm_set_regs( &vm, regs );
    regs[RIP] += sizeof(code);
    regs[RBX] = (regs[RBX] & ~0xffull) | 0x77;
    run_to_port( &vm, END_PORT, regs );
    vm_destroy( &vm );
}

static void test_dirty( void )
{
    static const BYTE code[] = { 0x88, 0x07 };      /* mov [rdi],al */
    UINT64 bitmap[2], regs[REG_COUNT];
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    hr = WHvMapGpaRange( vm.partition, vm.ram + 0x40000, 0x40000, 0x41000, RWX | WHvMapGpaRangeFlagTrackDirtyPages );
    ok( hr == S_OK, "%#lx\n", hr );

    /* whether pages of a new mapping count as written is not said: it is asked for once, and forgotten */
    hr = WHvQueryGpaRangeDirtyBitmap( vm.partition, 0x40000, 0x41000, bitmap, sizeof(bitmap) );
    ok( hr == S_OK, "%#lx\n", hr );
    memset( bitmap, 0xcc, sizeof(bitmap) );
    hr = WHvQueryGpaRangeDirtyBitmap( vm.partition, 0x40000, 0x41000, bitmap, sizeof(bitmap) );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( !bitmap[0] && !bitmap[1], "%#llx %#llx\n", bitmap[0], bitmap[1] );

    for (i = 0; i < 3; i++)
    {
        static const UINT32 pages[] = { 0, 5, 64 };

        vm_default_regs( MODE_LONG, regs );
        regs[RDI] = LONG_BASE + 0x40000 + pages[i] * 0x1000 + 8;
        vm_load( &vm, MODE_LONG, code, sizeof(code), regs );
        regs[RIP] += sizeof(code);
        run_to_port( &vm, END_PORT, regs );
    }
    hr = WHvQueryGpaRangeDirtyBitmap( vm.partition, 0x44000, 0x2000, bitmap, 8 );
    ok( hr == S_OK, "part: %#lx\n", hr );
    ok( bitmap[0] == 2, "part: %#llx\n", bitmap[0] );
    hr = WHvQueryGpaRangeDirtyBitmap( vm.partition, 0x40000, 0x41000, bitmap, sizeof(bitmap) );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( bitmap[0] == 1 && bitmap[1] == 1, "%#llx %#llx\n", bitmap[0], bitmap[1] );

    vm_load( &vm, MODE_LONG, code, sizeof(code), (regs[RIP] -= sizeof(code), regs) );
    regs[RIP] += sizeof(code);
    run_to_port( &vm, END_PORT, regs );
    hr = WHvQueryGpaRangeDirtyBitmap( vm.partition, 0x40000, 0x41000, NULL, 0 );
    ok( hr == S_OK, "clear: %#lx\n", hr );
    hr = WHvQueryGpaRangeDirtyBitmap( vm.partition, 0x40000, 0x41000, bitmap, sizeof(bitmap) );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( !bitmap[0] && !bitmap[1], "%#llx %#llx\n", bitmap[0], bitmap[1] );

    /* no size: the same, whatever the bitmap */
    bitmap[0] = 0x1234;
    hr = WHvQueryGpaRangeDirtyBitmap( vm.partition, 0x40000, 0x41000, bitmap, 0 );
    ok( hr == S_OK && bitmap[0] == 0x1234, "size 0: %#lx, %#llx\n", hr, bitmap[0] );
    /* only the address is in whole pages */
    hr = WHvQueryGpaRangeDirtyBitmap( vm.partition, 0x40000, 0x40001, bitmap, sizeof(bitmap) );
    ok( hr == S_OK, "a part of a page: %#lx\n", hr );

    hr = WHvQueryGpaRangeDirtyBitmap( vm.partition, 0x40000, 0x41000, bitmap, 8 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "bitmap too small: %#lx\n", hr );
    hr = WHvQueryGpaRangeDirtyBitmap( vm.partition, 0x20000, 0x1000, bitmap, sizeof(bitmap) );
    ok( hr == WHV_E_GPA_RANGE_NOT_FOUND, "not tracked: %#lx\n", hr );
    hr = WHvQueryGpaRangeDirtyBitmap( vm.partition, HOLE_GPA, 0x1000, bitmap, sizeof(bitmap) );
    ok( hr == WHV_E_GPA_RANGE_NOT_FOUND, "not mapped: %#lx\n", hr );
    hr = WHvQueryGpaRangeDirtyBitmap( vm.partition, 0x3f000, 0x2000, bitmap, sizeof(bitmap) );
    ok( hr == WHV_E_GPA_RANGE_NOT_FOUND, "half of it tracked: %#lx\n", hr );
    hr = WHvQueryGpaRangeDirtyBitmap( vm.partition, 0x40001, 0x1000, bitmap, sizeof(bitmap) );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "unaligned: %#lx\n", hr );
    vm_destroy( &vm );
}

/* Memory that a host may give in pages of 2 MiB: what was written is told by pages of 4 KiB all the same. */
static void test_large( void )
{
    static const BYTE code[] =
    {
        0x88, 0x07,             /* again: mov [edi],al */
        0x01, 0xd7,             /* add edi,edx */
        0x39, 0xf7,             /* cmp edi,esi */
        0x72, 0xf8,             /* jb again */
    };
    enum { LARGE_GPA = 0x400000, LARGE_SIZE = 0x800000, PAGES = LARGE_SIZE / 0x1000, STRIDE = 0x123000 };
    BYTE *allocated, *memory;
    UINT64 bitmap[PAGES / 64], expect[PAGES / 64], regs[REG_COUNT];
    WHV_RUN_VP_EXIT_CONTEXT exit;
    ULONG_PTR count = 2;
    void *written[2];
    ULONG page_size;
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    allocated = VirtualAlloc( NULL, LARGE_SIZE + 0x200000, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE );
    memory = (BYTE *)(((UINT_PTR)allocated + 0x1fffff) & ~(UINT_PTR)0x1fffff);
    hr = WHvMapGpaRange( vm.partition, memory, LARGE_GPA, LARGE_SIZE, RWX );
    ok( hr == S_OK, "%#lx\n", hr );

    vm_default_regs( MODE_PROT, regs );
    regs[RDI] = LARGE_GPA;
    regs[RDX] = 0x1000;
    regs[RSI] = LARGE_GPA + LARGE_SIZE;
    vm_load( &vm, MODE_PROT, code, sizeof(code), regs );
    vm_run_to( &vm, WHvRunVpExitReasonX64IoPortAccess, NULL, &exit );
    for (i = 0; i < PAGES; i++) if (memory[i * 0x1000] != (BYTE)regs[RAX] || memory[i * 0x1000 + 1]) break;
    ok( i == PAGES, "page %u: %#x %#x\n", i, memory[i * 0x1000], memory[i * 0x1000 + 1] );

    hr = WHvMapGpaRange( vm.partition, memory, LARGE_GPA, LARGE_SIZE, RWX | WHvMapGpaRangeFlagTrackDirtyPages );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = WHvQueryGpaRangeDirtyBitmap( vm.partition, LARGE_GPA, LARGE_SIZE, bitmap, sizeof(bitmap) );
    ok( hr == S_OK, "%#lx\n", hr );
    regs[RDI] = LARGE_GPA + 0x5000;
    regs[RDX] = STRIDE;
    vm_load( &vm, MODE_PROT, code, sizeof(code), regs );
    vm_run_to( &vm, WHvRunVpExitReasonX64IoPortAccess, NULL, &exit );
    memset( expect, 0, sizeof(expect) );
    for (i = 0x5000; i < LARGE_SIZE; i += STRIDE) expect[i / 0x1000 / 64] |= 1ull << i / 0x1000 % 64;
    hr = WHvQueryGpaRangeDirtyBitmap( vm.partition, LARGE_GPA, LARGE_SIZE, bitmap, sizeof(bitmap) );
    ok( hr == S_OK, "%#lx\n", hr );
    for (i = 0; i < PAGES / 64; i++)
        ok( bitmap[i] == expect[i], "word %u: %#llx, not %#llx\n", i, bitmap[i], expect[i] );
    hr = WHvUnmapGpaRange( vm.partition, LARGE_GPA, LARGE_SIZE );
    ok( hr == S_OK, "%#lx\n", hr );
    VirtualFree( allocated, 0, MEM_RELEASE );

    allocated = VirtualAlloc( NULL, LARGE_SIZE, MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH, PAGE_READWRITE );
    hr = WHvMapGpaRange( vm.partition, allocated, LARGE_GPA, LARGE_SIZE, RWX );
    ok( hr == S_OK, "%#lx\n", hr );
    allocated[0x345678] = 1;
    ok( !GetWriteWatch( 0, allocated, LARGE_SIZE, written, &count, &page_size ), "error %lu\n", GetLastError() );
    ok( count == 1 && written[0] == allocated + 0x345000, "%u pages, the first %p\n", (UINT32)count, written[0] );
    vm_destroy( &vm );
    VirtualFree( allocated, 0, MEM_RELEASE );
}

static void test_read_write( void )
{
    WHV_ACCESS_GPA_CONTROLS controls;
    BYTE data[64];
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    controls.AsUINT64 = WHvCacheTypeWriteBack;
    for (i = 0; i < 0x100; i++) vm.ram[0x20000 + i] = i;

    for (i = 1; i <= 16; i++)
    {
        memset( data, 0xcc, sizeof(data) );
        hr = WHvReadGpaRange( vm.partition, 0, 0x20010, controls, data, i );
        ok( hr == S_OK, "%u bytes: %#lx\n", i, hr );
        ok( !memcmp( data, vm.ram + 0x20010, i ), "%u bytes: wrong\n", i );
        ok( data[i] == 0xcc, "%u bytes: more written\n", i );
    }
    memset( data, 0xaa, sizeof(data) );
    hr = WHvWriteGpaRange( vm.partition, 0, 0x20020, controls, data, 16 );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( !memcmp( data, vm.ram + 0x20020, 16 ), "wrong\n" );
    ok( vm.ram[0x2001f] == 0x1f && vm.ram[0x20030] == 0x30, "too much\n" );

    hr = WHvReadGpaRange( vm.partition, 0, 0x20010, controls, data, 0 );
    ok( hr == E_INVALIDARG, "0 bytes: %#lx\n", hr );
    hr = WHvReadGpaRange( vm.partition, 0, 0x20010, controls, data, 17 );
    ok( hr == E_INVALIDARG, "17 bytes: %#lx\n", hr );
    hr = WHvWriteGpaRange( vm.partition, 0, 0x20010, controls, data, 4096 );
    ok( hr == E_INVALIDARG, "4096 bytes: %#lx\n", hr );
    hr = WHvReadGpaRange( vm.partition, 0, HOLE_GPA, controls, data, 4 );
    ok( hr == E_ACCESSDENIED, "not mapped: %#lx\n", hr );
    hr = WHvReadGpaRange( vm.partition, 0, HOLE_GPA - 2, controls, data, 4 );
    ok( hr == E_ACCESSDENIED || broken( FAILED(hr) ), "half mapped: %#lx\n", hr );
    hr = WHvWriteGpaRange( vm.partition, 0, ROM_GPA, controls, data, 4 );
    ok( hr == E_ACCESSDENIED, "rom: %#lx\n", hr );
    hr = WHvReadGpaRange( vm.partition, 0, ROM_GPA, controls, data, 4 );
    ok( hr == S_OK, "rom: %#lx\n", hr );
    hr = WHvReadGpaRange( vm.partition, 1, 0x20000, controls, data, 4 );
    ok( hr == WHV_E_VP_DOES_NOT_EXIST || broken( FAILED(hr) ), "no such vp: %#lx\n", hr );
    controls.AsUINT64 = 2;
    hr = WHvReadGpaRange( vm.partition, 0, 0x20000, controls, data, 4 );
    ok( hr == E_INVALIDARG, "cache type 2: %#lx\n", hr );
    controls.AsUINT64 = WHvCacheTypeWriteBack | 1ull << 48;
    hr = WHvReadGpaRange( vm.partition, 0, 0x20000, controls, data, 4 );
    ok( hr == E_INVALIDARG, "reserved bits: %#lx\n", hr );
    vm_destroy( &vm );
}

/* Many small mappings */
static void test_many( void )
{
    static const struct vm_config config = { .no_memory = TRUE };
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, &config )) return;
    for (i = 0; i < 1000; i++)
    {
        /* neighbours never continue each other */
        hr = WHvMapGpaRange( vm.partition, vm.ram + (i * 7 % 512) * 0x1000, i * 0x1000ull, 0x1000, RWX );
        if (hr != S_OK) break;
    }
    ok( i == 1000, "%u: %#lx\n", i, hr );
    hr = WHvUnmapGpaRange( vm.partition, 0, 1000 * 0x1000 );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = WHvMapGpaRange( vm.partition, vm.ram, 0x10000, 0x10000, RWX );
    ok( hr == S_OK, "%#lx\n", hr );
    vm_destroy( &vm );
}

START_TEST(memory)
{
    if (!vm_present()) return;
    test_map_arguments();
    test_unmap();
    test_alias();
    test_dirty();
    test_large();
    test_read_write();
    test_many();
}
