/*
 * Finding the instruction of an exit
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

#include <sys/mman.h>

#include "exit/rewind.h"
#include "exit/rewind_types.h"
#include "host/array.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "rewind_machine.h"
#include "vm/vp.h"

static struct rewind_result result;
static struct rewind_access access;

/* CALL with its stack at the device: KVM shows the target. */
static void test_call( void **state )
{
    struct kvm_regs before;

    (void)state;
    machine_mode( INSN_MODE_64 );
    machine_code( CODE, "\xe8\x00\x10\x00\x00", 5 );
    machine_set_gpr( RSP, DEVICE + 0x200 );
    before = *machine_regs();
    machine_set_gpr( RSP, DEVICE + 0x1f8 );
    machine_regs()->rip = CODE + 5 + 0x1000;
    rewind_set_access( &access, DEVICE + 0x1f8, 8, CODE + 5, 1 );
    assert_true( rewind_write( machine.vp, &access, &result ));
    assert_int_equal( result.insn.length, 5 );
    assert_memory_equal( &result.before, &before, sizeof(before) );

    machine_mode( INSN_MODE_16 );
    machine.vp->run->s.regs.sregs.ss.base = DEVICE;
    machine_code( CODE, "\xff\xd0", 2 );                /* call ax */
    machine_set_gpr( RSP, 0x1fe );
    machine_regs()->rip = 0x2211;
    rewind_set_access( &access, DEVICE + 0x1fe, 2, CODE + 2, 1 );
    assert_true( rewind_write( machine.vp, &access, &result ));
    assert_int_equal( result.insn.length, 2 );
    assert_int_equal( result.before.rsp, 0x200 );
    assert_int_equal( result.before.rip, CODE );
}

static void expect_nothing( void )
{
    struct kvm_regs regs = *machine_regs();

    memset( &result, 0xcc, sizeof(result) );
    assert_false( rewind_write( machine.vp, &access, &result ));
    assert_int_equal( result.insn.length, 0 );
    assert_int_equal( result.byte_count, 0 );
    assert_int_equal( result.gva_valid, 0 );
    assert_memory_equal( &result.before, &regs, sizeof(regs) );
}

static void test_not_found( void **state )
{
    (void)state;
    memset( machine.memory + CODE - 0x80, 0x90, 0x200 );
    machine_code( CODE, "\x88\x03", 2 );
    machine_regs()->rip = CODE + 2;
    rewind_set_access( &access, DEVICE, 1, 0x12, 1 );                   /* other data */
    expect_nothing();
    rewind_set_access( &access, DEVICE + 1, 1, 0x11, 1 );               /* other address */
    expect_nothing();
    rewind_set_access( &access, DEVICE, 2, 0x2211, 1 );                 /* other size */
    expect_nothing();
    rewind_set_access( &access, DEVICE, 1, 0x11, 1 );
    machine_regs()->rip = CODE + 3;
    expect_nothing();
    machine_regs()->rip = CODE + 2;
    machine.memory[CODE] = 0x8a;                        /* a load */
    expect_nothing();
    machine_regs()->rip = 0;
    expect_nothing();
    machine_regs()->rip = 0x50000;                      /* not mapped */
    expect_nothing();
    machine_regs()->rip = 0x8000000000000000;
    expect_nothing();
    machine_page( PAGED, ~0ull );
    machine_regs()->rip = PAGED + 0x10;
    expect_nothing();
    machine_mode( INSN_MODE_16 );
    machine_regs()->rip = 0;
    expect_nothing();
}

static void expect_length( UINT8 length )
{
    assert_true( rewind_write( machine.vp, &access, &result ));
    assert_int_equal( result.insn.length, length );
}

/* Prefixes without effect belong to the instruction, or are the end of the one before. */
static void test_ambiguous( void **state )
{
    (void)state;
    memset( machine.memory + CODE - 0x80, 0x90, 0x200 );
    rewind_set_access( &access, DEVICE, 1, 0x66, 1 );
    machine_set_gpr( RAX, 0x66 );

    machine_code( CODE, "\xb0\x66\x88\x03", 4 );        /* mov al,66; mov [rbx],al */
    machine_regs()->rip = CODE + 4;
    machine.vp->arch.entry_linear = CODE;
    expect_length( 2 );
    memset( machine.vp->arch.code.cache, 0, sizeof(machine.vp->arch.code.cache) );
    machine.vp->arch.entry_linear = CODE + 1;                /* somebody jumped into the middle */
    expect_length( 3 );
    memset( machine.vp->arch.code.cache, 0, sizeof(machine.vp->arch.code.cache) );
    machine.vp->arch.entry_linear = CODE + 2;
    expect_length( 2 );
    machine.vp->arch.entry_linear = 0x5000;                  /* from far away: by the rhythm of the code before */
    expect_length( 2 );

    machine_code( CODE, "\xb3\x00\x66\x66\x88\x03", 6 );
    machine_regs()->rip = CODE + 6;
    machine.vp->arch.entry_linear = CODE;
    expect_length( 4 );
    machine.vp->arch.entry_linear = 0x5000;
    expect_length( 4 );

    /* a page's begin is all that there is: the shorter one wins */
    machine_code( ROM, "\x66\x66\x88\x03", 4 );
    machine_regs()->rip = ROM + 4;
    expect_length( 2 );

    /* exact data goes before data that can't be told (bts), whatever the lengths */
    machine_code( ROM, "\x10\0\0\0\0\0\0\0", 8 );
    machine_code( CODE, "\x0f\xab\x0b\x89\x0b", 5 );
    machine_regs()->rip = CODE + 5;
    machine_set_gpr( RBX, ROM );
    rewind_set_access( &access, ROM, 4, 16, 1 );
    expect_length( 2 );

    /* ... unless that is where the processor went in: movntq or movntdq */
    machine_code( CODE, "\x66\x0f\xe7\x03", 4 );
    machine_regs()->rip = CODE + 4;
    machine_set_gpr( RBX, DEVICE );
    rewind_set_access( &access, DEVICE, 8, 0, 1 );
    machine.vp->arch.entry_linear = CODE + 1;
    expect_length( 3 );
    machine.vp->arch.entry_linear = CODE;                    /* also when the other one is remembered */
    expect_length( 4 );
    machine.vp->arch.entry_linear = CODE + 1;
    expect_length( 3 );
}

static void test_pages( void **state )
{
    (void)state;
    rewind_set_access( &access, DEVICE, 4, 0x44332211, 1 );
    memset( machine.memory + 0x1f00, 0x90, 0x200 );

    /* the instruction crosses a page */
    machine_code( 0x1fff, "\x89\x03", 2 );
    machine_regs()->rip = 0x2001;
    expect_length( 2 );
    /* ... or ends one, or begins one behind which nothing is mapped */
    machine_code( 0x1ffe, "\x89\x03", 2 );
    machine_regs()->rip = 0x2000;
    expect_length( 2 );
    machine_code( ROM, "\x89\x03", 2 );
    machine_regs()->rip = ROM + 2;
    expect_length( 2 );
    machine_regs()->rip = ROM + 1;
    expect_nothing();
    machine_code( 0, "\x89\x03", 2 );
    machine_regs()->rip = 2;
    expect_length( 2 );

    /* pages that are no neighbours in guest-physical memory */
    machine_page( PAGED, 0x5000 );
    machine_page( PAGED + 0x1000, 0x4000 );
    machine_page( PAGED + 0x2000, 0x6000 );
    machine_page( PAGED + 0x3000, DEVICE );
    machine_page( PAGED + 0x4000, DEVICE + 0x5000 );
    machine_code( 0x5fff, "\x48\x89\x03", 1 );
    machine_code( 0x4000, "\x89\x03", 2 );
    machine_regs()->rip = PAGED + 0x1002;

    /* a store to memory and device: the exit is for the second part */
    machine_set_gpr( RBX, PAGED + 0x2ffc );
    rewind_set_access( &access, DEVICE, 4, 0x88776655, 1 );
    expect_length( 3 );
    assert_int_equal( result.gva, PAGED + 0x3000 );     /* of the GPA that is told */
    assert_true( result.fragments );
    /* ... to two devices: for the first, which may be of a shorter store too. Where the guest went in tells. */
    machine_set_gpr( RBX, PAGED + 0x3ffd );
    machine_code( 0x4010, "\x90\x48\x89\x03", 4 );
    machine_regs()->rip = PAGED + 0x1014;
    machine.vp->arch.entry_linear = PAGED + 0x1010;
    rewind_set_access( &access, DEVICE + 0xffd, 3, 0x332211, 1 );
    expect_length( 3 );
    assert_true( result.fragments );
    rewind_set_access( &access, DEVICE + 0x5000, 3, 0x332211, 1 );
    expect_nothing();
    rewind_set_access( &access, DEVICE + 0x1000, 5, 0x8877665544, 1 );
    expect_nothing();
    /* KVM tells of the first before the second */
    rewind_set_access( &access, DEVICE + 0x5000, 5, 0x8877665544, 1 );
    expect_nothing();
    /* the page before is gone */
    machine_set_gpr( RBX, PAGED + 0x2ffc );
    machine_regs()->rip = PAGED + 0x1002;
    rewind_set_access( &access, DEVICE, 4, 0x88776655, 1 );
    expect_length( 3 );
    machine_page( PAGED, ~0ull );
    expect_nothing();
}

/* ---- reads: RIP is at the instruction ---- */

enum { FRAGMENTS = 1 };

static const struct
{
    const char *code;
    UINT8       length, mode;
    UINT64      gpa;
    UINT8       size;
    UINT32      flags;
    struct { UINT8 reg; UINT64 value; } set;
    BOOL        unexplained;            /* decoded, but what it reads is not this */
}
reads[] =
{
#define R( bytes, bits ) .code = bytes, .length = sizeof(bytes) - 1, .mode = INSN_MODE_##bits
    { R( "\x8a\x03", 64 ), DEVICE, 1 },
    { R( "\x48\x8b\x03", 64 ), DEVICE, 8 },
    { R( "\xa1\x08\x00\x0d\x00\x00\x00\x00\x00", 64 ), DEVICE + 8, 4 },
    { R( "\x8b\x05\xfa\xef\x0c\x00", 64 ), DEVICE, 4 },
    { R( "\x0f\xb6\x03", 64 ), DEVICE, 1 },
    { R( "\x48\x0f\xbf\x43\x02", 64 ), DEVICE + 2, 2 },
    { R( "\x48\x63\x03", 64 ), DEVICE, 4 },
    { R( "\x01\x03", 64 ), DEVICE, 4 },
    { R( "\x87\x03", 64 ), DEVICE, 4 },
    { R( "\x80\x3b\x05", 64 ), DEVICE, 1 },
    { R( "\xff\x33", 64 ), DEVICE, 8 },
    { R( "\xff\x13", 64 ), DEVICE, 8 },
    { R( "\xac", 64 ), DEVICE, 1, 0, { RSI, DEVICE } },
    { R( "\xf3\xa5", 64 ), DEVICE, 4, 0, { RSI, DEVICE } },
    { R( "\xa6", 64 ), DEVICE + 0x100, 1 },
    { R( "\xa6", 64 ), DEVICE, 1, 0, { RSI, DEVICE } },
    { R( "\xf2\xae", 64 ), DEVICE + 0x100, 1 },
    { R( "\x6e", 64 ), DEVICE, 1, 0, { RSI, DEVICE } },
    { R( "\x58", 64 ), DEVICE, 8, 0, { RSP, DEVICE } },
    { R( "\xc3", 64 ), DEVICE, 8, 0, { RSP, DEVICE } },
    { R( "\xcb", 32 ), DEVICE, 4, 0, { RSP, DEVICE - 4 } },       /* the second word */
    { R( "\xc9", 64 ), DEVICE, 8, 0, { RBP, DEVICE } },
    { R( "\x8f\x03", 64 ), DEVICE + 0x10, 8, 0, { RSP, DEVICE + 0x10 } },
    { R( "\xd7", 64 ), DEVICE + 0x11, 1 },
    { R( "\x0f\x10\x03", 64 ), DEVICE, 8, FRAGMENTS },
    { R( "\x8a\x03", 32 ), DEVICE, 1 },
    { R( "\x26\x8b\x07", 16 ), DEVICE, 2 },
    { R( "\x8a\x03", 64 ), DEVICE + 1, 1, 0, { 0 }, 1 },
    { R( "\xac", 64 ), DEVICE, 1, 0, { 0 }, 1 },
    { R( "\xae", 64 ), DEVICE, 1, 0, { 0 }, 1 },
#undef R
};

static void test_reads( void **state )
{
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(reads); i++)
    {
        machine_mode( reads[i].mode );
        machine_code( CODE, reads[i].code, reads[i].length );
        if (reads[i].set.reg) machine_set_gpr( reads[i].set.reg, reads[i].set.value );
        machine_regs()->rflags |= FLAG_RF;
        rewind_set_access( &access, reads[i].gpa, reads[i].size, 0, 0 );
        if (!rewind_read( machine.vp, &access, &result )) fail_msg( "read %u: not found", i );
        if (result.insn.length != reads[i].length || result.gva_valid != !reads[i].unexplained ||
            result.fragments != !!(reads[i].flags & FRAGMENTS)) fail_msg( "read %u: %u bytes", i, result.insn.length );
        machine_regs()->rflags &= ~FLAG_RF;             /* only a VMX shows it; the client never sees it */
        assert_memory_equal( &result.before, machine_regs(), sizeof(result.before) );
    }
    /* the instruction crosses into what is not mapped, or is none */
    machine_mode( INSN_MODE_64 );
    machine_code( RAM_SIZE - 1, "\x8a", 1 );
    machine_regs()->rip = RAM_SIZE - 1;
    assert_false( rewind_read( machine.vp, &access, &result ));
    machine_code( RAM_SIZE - 1, "\xac", 1 );
    machine_set_gpr( RSI, reads[ARRAY_SIZE(reads) - 1].gpa );
    assert_true( rewind_read( machine.vp, &access, &result ));
    machine_code( CODE, "\x06", 1 );
    machine_regs()->rip = CODE;
    assert_false( rewind_read( machine.vp, &access, &result ));
    assert_int_equal( result.insn.length, 0 );
    machine_regs()->rip = 0x50000;
    assert_false( rewind_read( machine.vp, &access, &result ));
}

/* What looks like the end of a CALL need not be: the guest chooses the data, and the page may be one that nobody can
 * read. */
static void test_unreadable( void **state )
{
    (void)state;
    assert_int_equal( mprotect( machine.memory + 0x7000, 0x1000, PROT_NONE ), 0 );
    memset( machine.memory + CODE - 0x80, 0x90, 0x200 );
    machine_regs()->rip = CODE + 0x20;
    rewind_set_access( &access, DEVICE, 8, 0x7800, 1 );
    expect_nothing();
    /* neither is the page before, where the instruction does not begin */
    machine_regs()->rip = 0x8002;
    memset( machine.memory + 0x8000, 0x90, 0x20 );
    expect_nothing();
    assert_int_equal( mprotect( machine.memory + 0x7000, 0x1000, PROT_READ | PROT_WRITE ), 0 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_call, rewind_machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_not_found, rewind_machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_ambiguous, rewind_machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_pages, rewind_machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_reads, rewind_machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_unreadable, rewind_machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
