/*
 * Conformance: port accesses
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

/* rows end where the rest is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define IS_OUT 1
#define IS_STRING 2
#define IS_REP 4

static const struct row
{
    const char *name;
    UINT8       modes, length, code[4];
    UINT8       flags;
    UINT8       size;           /* 0: the mode's own, at most 4 */
    UINT16      port;           /* 0: DX */
}
rows[] =
{
    { "out imm8,al",   M_ALL,      2, { 0xe6, 0x7e },             IS_OUT, 1, 0x7e },
    { "out imm8,al",   M_ALL,      2, { 0xe6, 0x42 },             IS_OUT, 1, 0x42 },
    { "out imm8,ax",   M_ALL,      2, { 0xe7, 0x42 },             IS_OUT, 0, 0x42 },
    { "o16/32 out imm8,ax", M_ALL, 3, { 0x66, 0xe7, 0x42 },       IS_OUT, 0xff, 0x42 },
    { "out dx,al",     M_ALL,      1, { 0xee },                   IS_OUT, 1 },
    { "out dx,ax",     M_ALL,      1, { 0xef },                   IS_OUT },
    { "o16/32 out dx,ax", M_ALL,   2, { 0x66, 0xef },             IS_OUT, 0xff },
    { "in al,imm8",    M_ALL,      2, { 0xe4, 0x42 },             0, 1, 0x42 },
    { "in ax,imm8",    M_ALL,      2, { 0xe5, 0x42 },             0, 0, 0x42 },
    { "o16/32 in ax,imm8", M_ALL,  3, { 0x66, 0xe5, 0x42 },       0, 0xff, 0x42 },
    { "in al,dx",      M_ALL,      1, { 0xec },                   0, 1 },
    { "in ax,dx",      M_ALL,      1, { 0xed },                   0 },
    { "o16/32 in ax,dx", M_ALL,    2, { 0x66, 0xed },             0, 0xff },
    { "outsb",         M_ALL,      1, { 0x6e },                   IS_OUT | IS_STRING, 1 },
    { "outsw/d",       M_ALL,      1, { 0x6f },                   IS_OUT | IS_STRING },
    { "o16/32 outs",   M_ALL,      2, { 0x66, 0x6f },             IS_OUT | IS_STRING, 0xff },
    { "fs: outsb",     M_ALL,      2, { 0x64, 0x6e },             IS_OUT | IS_STRING, 1 },
    { "insb",          M_ALL,      1, { 0x6c },                   IS_STRING, 1 },
    { "insw/d",        M_ALL,      1, { 0x6d },                   IS_STRING },
    { "o16/32 ins",    M_ALL,      2, { 0x66, 0x6d },             IS_STRING, 0xff },
    { "rep outsb",     M_ALL,      2, { 0xf3, 0x6e },             IS_OUT | IS_STRING | IS_REP, 1 },
    { "rep outsw/d",   M_ALL,      2, { 0xf3, 0x6f },             IS_OUT | IS_STRING | IS_REP },
    { "rep insb",      M_ALL,      2, { 0xf3, 0x6c },             IS_STRING | IS_REP, 1 },
    { "rep insw/d",    M_ALL,      2, { 0xf3, 0x6d },             IS_STRING | IS_REP },
};

static const UINT32 device_value = 0xf1e2d3c4;

static UINT8 access_size( const struct row *row, enum mode mode )
{
    /* 0xff: the other one of 2 and 4 */
    if (row->size == 0xff) return 6 - modes[mode].size;
    return row->size ? row->size : modes[mode].size;
}

static void check_access( const struct row *row, struct vm *vm, enum mode mode, const UINT64 *regs,
                          const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const WHV_X64_IO_PORT_ACCESS_CONTEXT *access = &exit->IoPortAccess;
    UINT64 mask = vm->mode->mask;

    ok( access->PortNumber == (row->port ? row->port : 0x1234), "port %#x\n", access->PortNumber );
    ok( access->AccessInfo.IsWrite == !!(row->flags & IS_OUT), "IsWrite %u\n", access->AccessInfo.IsWrite );
    ok( access->AccessInfo.AccessSize == access_size( row, mode ), "AccessSize %u\n", access->AccessInfo.AccessSize );
    ok( access->AccessInfo.StringOp == !!(row->flags & IS_STRING), "StringOp %u\n", access->AccessInfo.StringOp );
    ok( access->AccessInfo.RepPrefix == !!(row->flags & IS_REP), "RepPrefix %u\n", access->AccessInfo.RepPrefix );
    ok( !(access->AccessInfo.AsUINT32 >> 6), "reserved bits: %#x\n", access->AccessInfo.AsUINT32 );
    ok( (access->Rax & mask) == (regs[RAX] & mask), "Rax %#llx\n", access->Rax );
    if (row->flags & IS_STRING)
    {
        ok( (access->Rcx & mask) == (regs[RCX] & mask), "Rcx %#llx\n", access->Rcx );
        ok( (access->Rsi & mask) == (regs[RSI] & mask), "Rsi %#llx\n", access->Rsi );
        ok( (access->Rdi & mask) == (regs[RDI] & mask), "Rdi %#llx\n", access->Rdi );
        ok( access->Ds.Selector == vm->mode->ds_selector, "Ds.Selector %#x\n", access->Ds.Selector );
        ok( access->Ds.Base == vm->mode->ds_base, "Ds.Base %#llx\n", access->Ds.Base );
        ok( access->Es.Selector == vm->mode->ds_selector, "Es.Selector %#x\n", access->Es.Selector );
        ok( access->Es.Base == vm->mode->ds_base, "Es.Base %#llx\n", access->Es.Base );
        ok( access->Es.Limit == vm->mode->limit, "Es.Limit %#x\n", access->Es.Limit );
    }
    ok( exit->VpContext.InstructionLength == row->length, "length %u\n", exit->VpContext.InstructionLength );
    check_insn_bytes( access->InstructionBytes, access->InstructionByteCount, row->code, row->length );
}

static BOOL run_to_access( struct vm *vm, const UINT64 *regs, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    if (!vm_run( vm, exit )) return FALSE;
    ok( exit->ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit->ExitReason );
    if (exit->ExitReason != WHvRunVpExitReasonX64IoPortAccess) return FALSE;
    check_vp_context( vm, exit, regs );
    check_regs( vm, regs );
    return TRUE;
}

static void load( const struct row *row, struct vm *vm, enum mode mode, UINT64 regs[REG_COUNT] )
{
    vm_default_regs( mode, regs );
    regs[RDX] = (regs[RDX] & ~0xffffull) | 0x1234;
    regs[RDI] = modes[mode].data + 0x80;
    if (row->flags & IS_REP) regs[RCX] = 3;
    vm_load( vm, mode, row->code, row->length, regs );
}

static void emulate( const struct row *row, struct vm *vm, enum mode mode, UINT64 regs[REG_COUNT], UINT32 count )
{
    UINT8 size = access_size( row, mode );
    UINT32 i;

    if (!(row->flags & IS_STRING))
    {
        if (!(row->flags & IS_OUT)) vm_write_reg( &regs[RAX], device_value, size );
        return;
    }
    for (i = 0; i < count; i++)
    {
        if (row->flags & IS_REP) regs[RCX]--;
        if (row->flags & IS_OUT) regs[RSI] += size;
        else
        {
            memcpy( vm->ram + DATA_GPA + (regs[RDI] - modes[mode].data), &device_value, size );
            regs[RDI] += size;
        }
    }
}

static void test_row( const struct row *row, struct vm *vm, enum mode mode )
{
    WHV_RUN_VP_EXIT_CONTEXT first, exit;
    UINT64 regs[REG_COUNT];
    UINT32 i;

    winetest_push_context( "%s %s", modes[mode].name, row->name );
    load( row, vm, mode, regs );
    if (!run_to_access( vm, regs, &first )) goto done;
    check_access( row, vm, mode, regs, &first );
    ok( vm_memory_is_untouched( vm ), "memory has changed\n" );

    /* nothing is done: the same again */
    if (!run_to_access( vm, regs, &exit )) goto done;
    check_same_exit( &first, &exit );
    check_access( row, vm, mode, regs, &exit );
    ok( vm_memory_is_untouched( vm ), "memory has changed\n" );

    /* the client does all of it */
    emulate( row, vm, mode, regs, row->flags & IS_REP ? 3 : 1 );
    regs[RIP] += row->length;
    vm_set_regs( vm, regs );
    run_to_port( vm, END_PORT, regs );

    /* the client does one iteration at a time */
    if (row->flags & IS_REP)
    {
        load( row, vm, mode, regs );
        for (i = 0; i < 3; i++)
        {
            if (!run_to_access( vm, regs, &exit )) goto done;
            check_access( row, vm, mode, regs, &exit );
            emulate( row, vm, mode, regs, 1 );
            if (i == 2) regs[RIP] += row->length;
            vm_set_regs( vm, regs );
        }
        run_to_port( vm, END_PORT, regs );
    }

    /* the client only moves on: no result, and nothing else may have happened */
    load( row, vm, mode, regs );
    if (!run_to_access( vm, regs, &exit )) goto done;
    regs[RIP] += row->length;
    vm_set_reg( vm, WHvX64RegisterRip, regs[RIP] );
    run_to_port( vm, END_PORT, regs );
    ok( vm_memory_is_untouched( vm ), "memory has changed\n" );

    /* the client goes elsewhere */
    load( row, vm, mode, regs );
    if (!run_to_access( vm, regs, &exit )) goto done;
    regs[RIP] += ALT_OFFSET;
    regs[RBP] = 0x1234;
    vm_set_regs( vm, regs );
    run_to_port( vm, ALT_PORT, regs );
    ok( vm_memory_is_untouched( vm ), "memory has changed\n" );

    /* a result, and something else as well */
    load( row, vm, mode, regs );
    if (!run_to_access( vm, regs, &exit )) goto done;
    emulate( row, vm, mode, regs, row->flags & IS_REP ? 3 : 1 );
    regs[RIP] += row->length;
    regs[RBX] ^= 0x5555;
    regs[RFLAGS] ^= FLAG_ZF;
    vm_set_regs( vm, regs );
    run_to_port( vm, END_PORT, regs );

    /* only the result */
    if (!(row->flags & (IS_STRING | IS_OUT)))
    {
        load( row, vm, mode, regs );
        if (!run_to_access( vm, regs, &exit )) goto done;
        regs[RAX] = 0x0123456789abcdef & vm->mode->mask;
        vm_set_reg( vm, WHvX64RegisterRax, regs[RAX] );
        if (!run_to_access( vm, regs, &exit )) goto done;
        check_access( row, vm, mode, regs, &exit );
    }

done:
    winetest_pop_context();
}

static void test_table( void )
{
    struct vm vm;
    enum mode mode;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    for (mode = 0; mode < MODE_COUNT; mode++)
        for (i = 0; i < ARRAY_COUNT(rows); i++)
            if (rows[i].modes & (1 << mode)) test_row( &rows[i], &vm, mode );
    vm_destroy( &vm );
}

/* A loop of exits, as firmware makes them: what was set for one does not show in the next. */
static void test_sequence( void )
{
    static const BYTE code[] =
    {
        0xe4, 0x60,             /* in al,60 */
        0x00, 0xc3,             /* add bl,al */
        0x88, 0xd8,             /* mov al,bl */
        0xe6, 0x61,             /* out 61,al */
        0xfe, 0xc9,             /* dec cl */
        0x75, 0xf4,             /* jnz start */
    };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    enum mode mode;
    struct vm vm;
    BYTE sum = 0;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    for (mode = 0; mode < MODE_COUNT; mode++)
    {
        winetest_push_context( "%s sequence", modes[mode].name );
        vm_default_regs( mode, regs );
        regs[RCX] = 20;
        regs[RBX] = sum = 0;
        vm_load( &vm, mode, code, sizeof(code), regs );
        for (i = 0; i < 20; i++)
        {
            if (!vm_run( &vm, &exit ) || exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess) break;
            if (exit.IoPortAccess.PortNumber != 0x60) break;
            vm_set_reg( &vm, WHvX64RegisterRax, i * 7 );
            vm_set_reg( &vm, WHvX64RegisterRip, exit.VpContext.Rip + exit.VpContext.InstructionLength );
            sum += i * 7;
            if (!vm_run( &vm, &exit ) || exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess) break;
            if (exit.IoPortAccess.PortNumber != 0x61 || (BYTE)exit.IoPortAccess.Rax != sum) break;
            vm_set_reg( &vm, WHvX64RegisterRip, exit.VpContext.Rip + exit.VpContext.InstructionLength );
        }
        ok( i == 20, "wrong after %u rounds, exit %#x, port %#x\n", i, exit.ExitReason, exit.IoPortAccess.PortNumber );
        ok( vm_get_reg( &vm, WHvX64RegisterRbx ) == sum, "sum\n" );
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

/* A prefix without effect: where the instruction starts can't be seen from behind it, which is where a KVM that
 * emulates stands after an OUT. Windows always knows; all else has to be right for either start. */
static void test_useless_prefix( void )
{
    static const struct { const char *name; BYTE code[3]; UINT32 length; } tests[] =
    {
        { "rex.w out dx,eax", { 0x48, 0xef }, 2 },
        { "rex.w out imm8,eax", { 0x48, 0xe7, 0x42 }, 3 },
        { "cs: out dx,al", { 0x2e, 0xee }, 2 },
        { "es: outsb", { 0x26, 0x6e }, 2 },
        { "o16 outsb", { 0x66, 0x6e }, 2 },
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
            vm_default_regs( mode, regs );
            regs[RDX] = 0x1234;
            vm_load( &vm, mode, tests[i].code, tests[i].length, regs );
            if (vm_run( &vm, &exit ))
            {
                ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
                done = exit.VpContext.Rip - vm.before[RIP];
                ok( !done, "rip %#llx\n", exit.VpContext.Rip );
                ok( done + exit.VpContext.InstructionLength == tests[i].length, "length %u\n",
                    exit.VpContext.InstructionLength );
                regs[RIP] += done;
                check_regs( &vm, regs );
                regs[RIP] += exit.VpContext.InstructionLength;
                vm_set_reg( &vm, WHvX64RegisterRip, regs[RIP] );
                run_to_port( &vm, END_PORT, regs );
            }
            winetest_pop_context();
        }
    }
    vm_destroy( &vm );
}

START_TEST(exits_io)
{
    if (!vm_present()) return;
    test_table();
    test_useless_prefix();
    test_sequence();
}
