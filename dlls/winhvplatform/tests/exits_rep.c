/*
 * Exits: repeated string instructions on the hole
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

/* REP: an exit shows the iteration that it is for; those before are done, it and those behind are not. */
static const struct rep
{
    const char *name;
    UINT8       modes, length, code[4], size;
    UINT8       access;
    BOOL        source, dest;           /* which of the two is in the hole */
}
reps[] =
{
    { "rep stosb",     M_ALL, 2, { 0xf3, 0xaa },       1, WHvMemoryAccessWrite, FALSE, TRUE },
    { "rep stosw/d",   M_ALL, 2, { 0xf3, 0xab },       0, WHvMemoryAccessWrite, FALSE, TRUE },
    { "rep stosq",     M_64,  3, { 0xf3, 0x48, 0xab }, 8, WHvMemoryAccessWrite, FALSE, TRUE },
    { "rep movsb out", M_ALL, 2, { 0xf3, 0xa4 },       1, WHvMemoryAccessWrite, FALSE, TRUE },
    { "rep movsw/d out", M_ALL, 2, { 0xf3, 0xa5 },     0, WHvMemoryAccessWrite, FALSE, TRUE },
    { "rep movsb in",  M_ALL, 2, { 0xf3, 0xa4 },       1, WHvMemoryAccessRead, TRUE, FALSE },
    { "rep movsw/d in", M_ALL, 2, { 0xf3, 0xa5 },      0, WHvMemoryAccessRead, TRUE, FALSE },
    { "rep lodsb",     M_ALL, 2, { 0xf3, 0xac },       1, WHvMemoryAccessRead, TRUE, FALSE },
};

static BOOL run_rep( struct vm *vm, const struct rep *rep, const UINT64 regs[REG_COUNT], UINT64 gpa,
                     WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    if (!vm_run( vm, exit )) return FALSE;
    ok( exit->ExitReason == WHvRunVpExitReasonMemoryAccess, "exit %#x\n", exit->ExitReason );
    if (exit->ExitReason != WHvRunVpExitReasonMemoryAccess) return FALSE;
    ok( exit->MemoryAccess.AccessInfo.AccessType == rep->access, "access type %u\n",
        exit->MemoryAccess.AccessInfo.AccessType );
    ok( exit->MemoryAccess.Gpa == gpa, "gpa %#llx, expected %#llx\n", exit->MemoryAccess.Gpa, gpa );
    check_vp_context( vm, exit, regs );
    check_regs( vm, regs );
    return TRUE;
}

static void rep_step( const struct rep *rep, UINT64 regs[REG_COUNT], UINT8 size )
{
    UINT8 op = rep->code[rep->length - 1];

    regs[RCX]--;
    if (op != 0xaa && op != 0xab) regs[RSI] += size;
    if (op != 0xac) regs[RDI] += size;
}

static void test_rep_row( struct vm *vm, const struct rep *rep, enum mode mode )
{
    static const BYTE load[] = { 0x8a, 0x17 };          /* mov dl,[di/bx] */
    UINT8 size = rep->size ? rep->size : modes[mode].size;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    BOOL ram_only;
    UINT32 i;

    winetest_push_context( "%s %s", modes[mode].name, rep->name );
    vm_default_regs( mode, regs );
    regs[RCX] = 3;
    regs[RSI] = rep->source ? modes[mode].hole : modes[mode].data;
    regs[RDI] = rep->dest ? modes[mode].hole : modes[mode].data;
    vm_load( vm, mode, rep->code, rep->length, regs );

    if (!run_rep( vm, rep, regs, HOLE_GPA, &exit )) goto done;
    ok( vm_memory_is_untouched( vm ), "memory has changed\n" );
    if (!run_rep( vm, rep, regs, HOLE_GPA, &exit )) goto done;
    ok( vm_memory_is_untouched( vm ), "memory has changed\n" );

    /* the client does one iteration at a time */
    for (i = 1; i < 3; i++)
    {
        rep_step( rep, regs, size );
        vm_set_regs( vm, regs );
        if (!run_rep( vm, rep, regs, HOLE_GPA + i * size, &exit )) goto done;
        ok( vm_memory_is_untouched( vm ), "memory has changed\n" );
    }
    rep_step( rep, regs, size );
    regs[RIP] += rep->length;
    vm_set_regs( vm, regs );
    run_to_port( vm, END_PORT, regs );

    /* the client does all of it at once */
    memcpy( regs, vm->before, sizeof(regs) );
    vm_load( vm, mode, rep->code, rep->length, regs );
    if (!run_rep( vm, rep, regs, HOLE_GPA, &exit )) goto done;
    for (i = 0; i < 3; i++) rep_step( rep, regs, size );
    regs[RIP] += rep->length;
    vm_set_regs( vm, regs );
    run_to_port( vm, END_PORT, regs );
    ok( vm_memory_is_untouched( vm ), "memory has changed\n" );

    /* it starts in RAM and runs into the hole */
    vm_default_regs( mode, regs );
    regs[RCX] = 5;
    regs[RSI] = rep->source ? modes[mode].hole - 2 * size : modes[mode].data;
    regs[RDI] = rep->dest ? modes[mode].hole - 2 * size : modes[mode].data;
    vm_load( vm, mode, rep->code, rep->length, regs );
    for (i = 0; i < 2; i++) rep_step( rep, regs, size );
    if (rep->code[rep->length - 1] == 0xac) vm_write_reg( &regs[RAX], 0xdb, 1 );
    if (!run_rep( vm, rep, regs, HOLE_GPA, &exit )) goto done;
    if (rep->dest) ram_only = vm->ram[HOLE_GPA - 2 * size - 1] == 0xdb && vm->ram[HOLE_GPA - 2 * size] != 0xdb &&
                              vm->ram[HOLE_GPA - size] != 0xdb;
    else if (rep->code[rep->length - 1] == 0xac) ram_only = TRUE;
    else ram_only = vm->ram[DATA_GPA] == 0xdb && vm->ram[DATA_GPA + 2 * size - 1] == 0xdb &&
                    vm->ram[DATA_GPA + 2 * size] == 0xda;
    ok( ram_only, "iterations before the exit are not done, or others are\n" );

    /* the client goes elsewhere, to an instruction that reads RAM: data meant for this one must not end there */
    memcpy( vm->ram + CODE_GPA + ALT_OFFSET - sizeof(load), load, sizeof(load) );
    regs[RIP] += ALT_OFFSET - sizeof(load);
    regs[RDI] = regs[RBX] = modes[mode].data + 0x120;
    vm_set_regs( vm, regs );
    regs[RIP] += sizeof(load);
    vm_write_reg( &regs[RDX], 0xde, 1 );
    run_to_port( vm, ALT_PORT, regs );

done:
    winetest_pop_context();
}

static void test_rep( void )
{
    struct vm vm;
    enum mode mode;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    for (mode = 0; mode < MODE_COUNT; mode++)
        for (i = 0; i < ARRAY_COUNT(reps); i++)
            if (reps[i].modes & (1 << mode)) test_rep_row( &vm, &reps[i], mode );
    vm_destroy( &vm );
}

START_TEST(exits_rep)
{
    if (!vm_present()) return;
    test_rep();
}
