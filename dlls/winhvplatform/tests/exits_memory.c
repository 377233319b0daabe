/*
 * Exits: memory that is read-only, fetched from, mapped later, or half there
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

static const UINT64 device_value = 0xf1e2d3c4b5a69788;

/* A write to memory that is mapped without Write */
static void test_rom( void )
{
    static const BYTE store[] = { 0x88, 0x07 };         /* mov [di/bx],al */
    static const BYTE load[] = { 0x8a, 0x07 };          /* mov al,[di/bx] */
    WHV_RUN_VP_EXIT_CONTEXT first, exit;
    UINT64 regs[REG_COUNT];
    enum mode mode;
    struct vm vm;

    if (!vm_create( &vm, NULL )) return;
    for (mode = MODE_PROT; mode < MODE_COUNT; mode++)
    {
        winetest_push_context( "%s rom", modes[mode].name );
        vm_default_regs( mode, regs );
        regs[RDI] = modes[mode].hole - HOLE_GPA + ROM_GPA + 0x20;
        vm_load( &vm, mode, store, sizeof(store), regs );
        if (vm_run( &vm, &first ))
        {
            ok( first.ExitReason == WHvRunVpExitReasonMemoryAccess, "exit %#x\n", first.ExitReason );
            ok( first.MemoryAccess.AccessInfo.AccessType == WHvMemoryAccessWrite, "access type %u\n",
                first.MemoryAccess.AccessInfo.AccessType );
            ok( !first.MemoryAccess.AccessInfo.GpaUnmapped, "unmapped\n" );
            ok( first.MemoryAccess.Gpa == ROM_GPA + 0x20, "gpa %#llx\n", first.MemoryAccess.Gpa );
            check_vp_context( &vm, &first, regs );
            check_regs( &vm, regs );
            ok( vm.rom[0x20] == 0xcc, "rom has changed\n" );
        }
        if (vm_run( &vm, &exit )) check_same_exit( &first, &exit );
        regs[RIP] += sizeof(store);
        vm_set_regs( &vm, regs );
        run_to_port( &vm, END_PORT, regs );
        ok( vm.rom[0x20] == 0xcc, "rom has changed\n" );

        /* reading is no exit */
        vm_default_regs( mode, regs );
        regs[RDI] = modes[mode].hole - HOLE_GPA + ROM_GPA + 0x20;
        vm_load( &vm, mode, load, sizeof(load), regs );
        regs[RIP] += sizeof(load);
        vm_write_reg( &regs[RAX], 0xcc, 1 );
        run_to_port( &vm, END_PORT, regs );
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

/* Code where there is none */
static void test_fetch( void )
{
    WHV_RUN_VP_EXIT_CONTEXT first, exit;
    UINT64 regs[REG_COUNT];
    enum mode mode;
    struct vm vm;

    if (!vm_create( &vm, NULL )) return;
    for (mode = MODE_PROT; mode < MODE_COUNT; mode++)
    {
        winetest_push_context( "%s fetch", modes[mode].name );
        vm_default_regs( mode, regs );
        regs[RIP] = modes[mode].hole + 0x10;
        vm_load( &vm, mode, NULL, 0, regs );
        if (vm_run( &vm, &first ))
        {
            ok( first.ExitReason == WHvRunVpExitReasonMemoryAccess, "exit %#x\n", first.ExitReason );
            ok( first.MemoryAccess.AccessInfo.AccessType == WHvMemoryAccessExecute, "access type %u\n",
                first.MemoryAccess.AccessInfo.AccessType );
            ok( first.MemoryAccess.AccessInfo.GpaUnmapped, "mapped\n" );
            ok( first.MemoryAccess.Gpa == HOLE_GPA + 0x10, "gpa %#llx\n", first.MemoryAccess.Gpa );
            ok( !first.MemoryAccess.InstructionByteCount, "%u bytes\n", first.MemoryAccess.InstructionByteCount );
            if (first.MemoryAccess.AccessInfo.GvaValid)
                ok( first.MemoryAccess.Gva == modes[mode].hole_linear + 0x10, "gva %#llx\n", first.MemoryAccess.Gva );
            check_vp_context( &vm, &first, regs );
            check_regs( &vm, regs );
        }
        if (vm_run( &vm, &exit )) check_same_exit( &first, &exit );
        regs[RIP] = modes[mode].rip;
        vm_set_regs( &vm, regs );
        run_to_port( &vm, END_PORT, regs );
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

/* The client maps the page instead of emulating the instruction: it is done when run again. */
static void test_map_and_retry( void )
{
    static const BYTE code[] = { 0x88, 0x07, 0x8a, 0x17 };      /* mov [di],al; mov dl,[di] */
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    enum mode mode;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    for (mode = 0; mode < MODE_COUNT; mode++)
    {
        winetest_push_context( "%s retry", modes[mode].name );
        vm_load( &vm, mode, code, sizeof(code), NULL );
        vm.ram[HOLE_GPA] = 0;
        memcpy( regs, vm.before, sizeof(regs) );
        if (vm_run( &vm, &exit ))
            ok( exit.ExitReason == WHvRunVpExitReasonMemoryAccess, "exit %#x\n", exit.ExitReason );
        hr = WHvMapGpaRange( vm.partition, vm.ram + HOLE_GPA, HOLE_GPA, 0x1000,
                             WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite );
        ok( hr == S_OK, "WHvMapGpaRange: %#lx\n", hr );
        regs[RIP] += sizeof(code);
        vm_write_reg( &regs[RDX], regs[RAX], 1 );
        run_to_port( &vm, END_PORT, regs );
        ok( vm.ram[HOLE_GPA] == (BYTE)regs[RAX], "%#x\n", vm.ram[HOLE_GPA] );
        hr = WHvUnmapGpaRange( vm.partition, HOLE_GPA, 0x1000 );
        ok( hr == S_OK, "WHvUnmapGpaRange: %#lx\n", hr );
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

/* An access of which only the second half is in the hole */
static void test_split( void )
{
    static const BYTE store[] = { 0x89, 0x07 }, load[] = { 0x8b, 0x07 };
    WHV_RUN_VP_EXIT_CONTEXT first, exit;
    UINT64 regs[REG_COUNT];
    enum mode mode;
    struct vm vm;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    for (mode = 0; mode < MODE_COUNT; mode++)
    {
        for (i = 0; i < 2; i++)
        {
            winetest_push_context( "%s split %s", modes[mode].name, i ? "load" : "store" );
            vm_default_regs( mode, regs );
            regs[RDI] = regs[RBX] = modes[mode].hole - 1;
            vm_load( &vm, mode, i ? load : store, 2, regs );
            if (vm_run( &vm, &first ))
            {
                ok( first.ExitReason == WHvRunVpExitReasonMemoryAccess, "exit %#x\n", first.ExitReason );
                ok( first.MemoryAccess.Gpa == HOLE_GPA, "gpa %#llx\n", first.MemoryAccess.Gpa );
                check_vp_context( &vm, &first, regs );
                check_regs( &vm, regs );
                /* KVM stores the first half before it tells */
                todo_wine_if( !i ) ok( vm_memory_is_untouched( &vm ), "memory has changed\n" );
            }
            if (vm_run( &vm, &exit )) check_same_exit( &first, &exit );
            regs[RIP] += 2;
            if (i) vm_write_reg( &regs[RAX], device_value, modes[mode].size );
            vm_set_regs( &vm, regs );
            run_to_port( &vm, END_PORT, regs );
            todo_wine_if( !i ) ok( vm_memory_is_untouched( &vm ), "memory has changed\n" );
            winetest_pop_context();
        }
    }
    vm_destroy( &vm );
}

/* A prefix without effect: where a store starts can't be seen from behind it, which is where KVM stands. Windows always
 * knows; all else has to be right for either start. */
static void test_useless_prefix( void )
{
    static const struct { const char *name; BYTE code[4]; UINT32 length; } tests[] =
    {
        { "a32 mov m,eax", { 0x67, 0x89, 0x07 }, 3 },
        { "rex mov m,eax", { 0x40, 0x89, 0x07 }, 3 },
        { "cs: mov m,eax", { 0x2e, 0x89, 0x07 }, 3 },
        { "o16 mov m,al", { 0x66, 0x88, 0x07 }, 3 },
    };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    enum mode mode;
    struct vm vm;
    UINT32 i, done;

    if (!vm_create( &vm, NULL )) return;
    for (mode = MODE_LONG; mode < MODE_COUNT; mode++)
    {
        for (i = 0; i < ARRAY_COUNT(tests); i++)
        {
            winetest_push_context( "%s %s", modes[mode].name, tests[i].name );
            vm_load( &vm, mode, tests[i].code, tests[i].length, NULL );
            memcpy( regs, vm.before, sizeof(regs) );
            if (vm_run( &vm, &exit ))
            {
                ok( exit.ExitReason == WHvRunVpExitReasonMemoryAccess, "exit %#x\n", exit.ExitReason );
                ok( exit.MemoryAccess.Gpa == HOLE_GPA, "gpa %#llx\n", exit.MemoryAccess.Gpa );
                done = exit.VpContext.Rip - vm.before[RIP];
                ok( !done, "rip %#llx\n", exit.VpContext.Rip );
                regs[RIP] += done;
                check_regs( &vm, regs );
                regs[RIP] = vm.before[RIP] + tests[i].length;
                vm_set_reg( &vm, WHvX64RegisterRip, regs[RIP] );
                run_to_port( &vm, END_PORT, regs );
            }
            winetest_pop_context();
        }
    }
    vm_destroy( &vm );
}

START_TEST(exits_memory)
{
    if (!vm_present()) return;
    test_rom();
    test_fetch();
    test_map_and_retry();
    test_split();
    test_useless_prefix();
}
