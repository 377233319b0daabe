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
#include "machine.h"
#include "vm/vp.h"

#define ROM_OLD 0x1122334455667788ull   /* what stands at ROM */

enum { RIP_AT = 1, FRAGMENTS = 2, NO_DATA = 4 };

struct change
{
    UINT8  reg;
    UINT64 after, before;
};

/* One write that KVM reports, and the instruction that made it. The registers are machine_mode's but for the changes;
 * gva 0 is the gpa. Bits of rflags: what is set beside bit 1 after the instruction; carry is what it was before. */
static const struct write_row
{
    const char    *code;
    UINT8          length, mode;
    UINT64         gpa;
    UINT8          size;
    UINT64         data;
    UINT32         flags;
    UINT64         rflags;
    struct change  changes[3];
    UINT64         gva;
    int            carry;               /* 1: is found set, -1: found clear */
}
writes[] =
{
#define W( bytes, bits ) .code = bytes, .length = sizeof(bytes) - 1, .mode = INSN_MODE_##bits
    /* MOV */
    { W( "\x88\x03", 64 ), DEVICE, 1, 0x11 },
    { W( "\x66\x89\x03", 64 ), DEVICE, 2, 0x2211 },
    { W( "\x89\x03", 64 ), DEVICE, 4, 0x44332211 },
    { W( "\x48\x89\x03", 64 ), DEVICE, 8, 0x8877665544332211 },
    { W( "\x88\x23", 64 ), DEVICE, 1, 0x22 },                                          /* ah */
    { W( "\x44\x88\x4b\x10", 64 ), DEVICE + 0x10, 1, 0x1a },                           /* r9b */
    { W( "\x48\x89\x54\x8b\x20", 64 ), DEVICE + 0x60, 8, 0x8a79685746352413 },         /* [rbx+rcx*4+0x20],rdx */
    { W( "\xc6\x03\x5a", 64 ), DEVICE, 1, 0x5a },
    { W( "\x66\xc7\x03\x34\x12", 64 ), DEVICE, 2, 0x1234 },
    { W( "\xc7\x03\x78\x56\x34\x12", 64 ), DEVICE, 4, 0x12345678 },
    { W( "\x48\xc7\x03\xfe\xff\xff\xff", 64 ), DEVICE, 8, ~1ull },
    { W( "\x89\x05\xfa\xef\x0c\x00", 64 ), DEVICE, 4, 0x44332211 },                    /* [rip+disp] */
    { W( "\xc6\x05\xf9\xef\x0c\x00\x42", 64 ), DEVICE, 1, 0x42 },
    { W( "\x48\xa3\x08\x00\x0d\x00\x00\x00\x00\x00", 64 ), DEVICE + 8, 8, 0x8877665544332211 },
    { W( "\xa2\x08\x00\x0d\x00\x00\x00\x00\x00", 64 ), DEVICE + 8, 1, 0x11 },
    { W( "\x8c\x1b", 64 ), DEVICE, 2, 0x20 },                                          /* [rbx],ds */
    { W( "\x67\x89\x03", 64 ), DEVICE, 4, 0x44332211 },
    { W( "\x0f\xc3\x03", 64 ), DEVICE, 4, 0x44332211 },                                /* movnti */
    { W( "\x0f\x38\xf1\x03", 64 ), DEVICE, 4, 0x11223344 },                            /* movbe */
    { W( "\x89\x03", 32 ), DEVICE, 4, 0x44332211 },
    { W( "\xa2\x00\x00\x0d\x00", 32 ), DEVICE, 1, 0x11 },
    { W( "\xc7\x05\x00\x00\x0d\x00\x78\x56\x34\x12", 32 ), DEVICE, 4, 0x12345678 },
    { W( "\x66\xa3\x00\x00\x0d\x00", 32 ), DEVICE, 2, 0x2211 },
    { W( "\x26\x88\x07", 16 ), DEVICE, 1, 0x11 },                                      /* es:[bx],al */
    { W( "\x26\x89\x87\x34\x12", 16 ), DEVICE + 0x1234, 2, 0x2211 },
    { W( "\x26\x66\xc7\x06\x10\x00\x78\x56\x34\x12", 16 ), DEVICE + 0x10, 4, 0x12345678 },
    { W( "\x26\x67\x88\x03", 16 ), DEVICE, 1, 0x11 },                                  /* es:[ebx] */
    { W( "\x26\xa3\xf0\xff", 16 ), DEVICE + 0xfff0, 2, 0x2211 },

    /* SETcc */
    { W( "\x0f\x94\x03", 64 ), DEVICE, 1, 1, 0, FLAG_ZF },
    { W( "\x0f\x94\x03", 64 ), DEVICE, 1, 0, 0, 0 },
    { W( "\x0f\x9f\x03", 64 ), DEVICE, 1, 1, 0, 0x880 },                               /* g: sf = of */
    { W( "\x0f\x96\x03", 32 ), DEVICE, 1, 0, 0, 0 },                                   /* be */

    /* STOS and MOVS, whole and between two iterations */
    { W( "\xaa", 64 ), DEVICE + 0x100, 1, 0x11, 0, 0, { { RDI, DEVICE + 0x101, DEVICE + 0x100 } } },
    { W( "\x48\xab", 64 ), DEVICE + 0x100, 8, 0x8877665544332211, 0, 0, { { RDI, DEVICE + 0x108, DEVICE + 0x100 } } },
    { W( "\x66\xab", 64 ), DEVICE + 0x100, 2, 0x2211, 0, FLAG_DF, { { RDI, DEVICE + 0xfe, DEVICE + 0x100 } } },
    { W( "\xf3\xab", 64 ), DEVICE + 0x100, 4, 0x44332211, RIP_AT, FLAG_RF,
      { { RDI, DEVICE + 0x104, DEVICE + 0x100 }, { RCX, 15, 16 } } },
    { W( "\xf3\xaa", 64 ), DEVICE + 0x100, 1, 0x11, RIP_AT, FLAG_RF | FLAG_DF,
      { { RDI, DEVICE + 0xff, DEVICE + 0x100 }, { RCX, 0, 1 } } },
    { W( "\xa4", 64 ), DEVICE + 0x100, 1, 0x40, 0, 0, { { RDI, DEVICE + 0x101, DEVICE + 0x100 }, { RSI, DATA + 1, DATA } } },
    { W( "\xf3\xa5", 64 ), DEVICE + 0x100, 4, 0x43424140, RIP_AT, FLAG_RF,
      { { RDI, DEVICE + 0x104, DEVICE + 0x100 }, { RSI, DATA + 4, DATA }, { RCX, 7, 8 } } },
    { W( "\xab", 32 ), DEVICE + 0x100, 4, 0x44332211, 0, 0, { { RDI, DEVICE + 0x104, DEVICE + 0x100 } } },
    { W( "\xab", 16 ), DEVICE + 0x100, 2, 0x2211, 0, 0, { { RDI, 0x102, 0x100 } } },
    { W( "\xf3\xa4", 16 ), DEVICE + 0x100, 1, 0x40, RIP_AT, FLAG_RF,
      { { RDI, 0x101, 0x100 }, { RSI, DATA + 1, DATA }, { RCX, 15, 16 } } },
    { W( "\xf3\x67\x66\xab", 16 ), DEVICE + 0x100, 4, 0x2211, RIP_AT, FLAG_RF, { { RDI, 0x104, 0x100 }, { RCX, 15, 16 } } },

    /* the stack at the device; POP to it */
    { W( "\x50", 64 ), DEVICE + 0x1f8, 8, 0x8877665544332211, 0, 0, { { RSP, DEVICE + 0x1f8, DEVICE + 0x200 } } },
    { W( "\x41\x51", 64 ), DEVICE + 0x1f8, 8, 0, NO_DATA, 0, { { RSP, DEVICE + 0x1f8, DEVICE + 0x200 } } },
    { W( "\x6a\xff", 64 ), DEVICE + 0x1f8, 8, ~0ull, 0, 0, { { RSP, DEVICE + 0x1f8, DEVICE + 0x200 } } },
    { W( "\x54", 64 ), DEVICE + 0x1f8, 8, DEVICE + 0x200, 0, 0, { { RSP, DEVICE + 0x1f8, DEVICE + 0x200 } } },
    { W( "\x68\x78\x56\x34\x12", 32 ), DEVICE + 0x1fc, 4, 0x12345678, 0, 0, { { RSP, DEVICE + 0x1fc, DEVICE + 0x200 } } },
    { W( "\x1e", 32 ), DEVICE + 0x1fc, 4, 0x20, 0, 0, { { RSP, DEVICE + 0x1fc, DEVICE + 0x200 } } },
    { W( "\x1e", 32 ), DEVICE + 0x1fc, 2, 0x20, 0, 0, { { RSP, DEVICE + 0x1fc, DEVICE + 0x200 } } },
    { W( "\x9c", 64 ), DEVICE + 0x1f8, 8, 2 | FLAG_ZF, 0, FLAG_ZF, { { RSP, DEVICE + 0x1f8, DEVICE + 0x200 } } },
    { W( "\xff\x36", 64 ), DEVICE + 0x1f8, 8, 0x4746454443424140, 0, 0, { { RSP, DEVICE + 0x1f8, DEVICE + 0x200 } } },
    { W( "\x8f\x03", 64 ), DEVICE, 8, 0x8786858483828180, 0, 0, { { RSP, STACK + 8, STACK } } },
    { W( "\x8f\x84\x24\xf8\x7f\x0c\x00", 64 ), DEVICE, 8, 0x8786858483828180, 0, 0, { { RSP, STACK + 8, STACK } } },
    { W( "\x26\x8f\x07", 16 ), DEVICE, 2, 0x8180, 0, 0, { { RSP, STACK + 2, STACK } } },

    /* read-modify-write of read-only memory: done but for the write */
    { W( "\x87\x03", 64 ), ROM, 4, 0x1234, 0, 0, { { RBX, ROM, ROM }, { RAX, 0x55667788, 0x1234 } } },
    { W( "\x48\x87\x03", 64 ), ROM, 8, 0x1234, 0, 0, { { RBX, ROM, ROM }, { RAX, ROM_OLD, 0x1234 } } },
    { W( "\x0f\xc1\x0b", 64 ), ROM, 4, 0x5566778f, 0, 0, { { RBX, ROM, ROM }, { RCX, 0x55667788, 7 } } },
    { W( "\xf0\x0f\xc0\x0b", 64 ), ROM, 1, 0x8a, 0, 0, { { RBX, ROM, ROM }, { RCX, 0x88, 2 } } },
    { W( "\xff\x03", 64 ), ROM, 4, 0x55667789, 0, 0, { { RBX, ROM, ROM } } },
    { W( "\x66\xff\x0b", 64 ), ROM, 2, 0x7787, 0, 0, { { RBX, ROM, ROM } } },
    { W( "\xf6\x13", 64 ), ROM, 1, 0x77, 0, 0, { { RBX, ROM, ROM } } },
    { W( "\xf7\x1b", 64 ), ROM, 4, (UINT32)-0x55667788, 0, 0, { { RBX, ROM, ROM } } },
    { W( "\x01\x0b", 64 ), ROM, 4, 0x55667798, 0, 0, { { RBX, ROM, ROM } } },
    { W( "\xf0\x01\x0b", 64 ), ROM, 4, 0x55667798, 0, 0, { { RBX, ROM, ROM } } },
    { W( "\x29\x0b", 64 ), ROM, 4, 0x55667778, 0, 0, { { RBX, ROM, ROM } } },
    { W( "\x21\x0b", 64 ), ROM, 4, 0, 0, 0, { { RBX, ROM, ROM } } },
    { W( "\x09\x0b", 64 ), ROM, 4, 0x55667798, 0, 0, { { RBX, ROM, ROM } } },
    { W( "\x31\x0b", 64 ), ROM, 4, 0x55667798, 0, 0, { { RBX, ROM, ROM } } },
    { W( "\x83\x03\xff", 64 ), ROM, 4, 0x55667787, 0, 1, { { RBX, ROM, ROM } } },
    { W( "\x11\x0b", 64 ), ROM, 4, 0x55667799, 0, 0, { { RBX, ROM, ROM } }, 0, 1 },
    { W( "\x11\x0b", 64 ), ROM, 4, 0x55667798, 0, 1, { { RBX, ROM, ROM } }, 0, -1 },
    { W( "\x19\x0b", 64 ), ROM, 4, 0x55667777, 0, 0, { { RBX, ROM, ROM } }, 0, 1 },
    { W( "\x0f\xab\x0b", 64 ), ROM, 4, 0x55677788, 0, 0, { { RBX, ROM, ROM } } },      /* bts: by its address alone */
    { W( "\xff\x05\x00\x00\x02\x00", 32 ), ROM, 4, 0x55667789 },
    { W( "\x65\xfe\x07", 16 ), ROM, 1, 0x89 },                                         /* gs:[bx] */

    /* more than KVM tells in one exit */
    { W( "\x0f\x11\x03", 64 ), DEVICE, 8, 0x123456789abcdef0, FRAGMENTS },
    { W( "\xc5\xfe\x7f\x03", 64 ), DEVICE, 8, 0, FRAGMENTS },
#undef W
};

static struct rewind_result result;
static struct rewind_access access;

static void set_access( UINT64 gpa, UINT32 size, UINT64 data, BOOL write )
{
    memset( &access, 0x99, sizeof(access) );
    access.gpa = gpa;
    access.more = 0;
    access.size = size;
    access.write = write;
    memcpy( access.data, &data, sizeof(data) );
}

static int setup( void **state )
{
    static const UINT64 old = ROM_OLD;
    UINT32 i;

    if (machine_setup( state )) return -1;
    for (i = 0; i < 16; i++) machine.memory[DATA + i] = 0x40 + i;
    for (i = 0; i < 16; i++) machine.memory[STACK + i] = 0x80 + i;
    machine_code( ROM, &old, sizeof(old) );
    return 0;
}

static void check_write( const struct write_row *row, UINT32 index, UINT8 fill )
{
    struct kvm_regs *regs = machine_regs(), before;
    UINT32 i;
    UINT64 data = row->data;

    machine_mode( row->mode );
    memset( machine.memory + CODE - 0x80, fill, 0x200 );
    machine_code( CODE, row->code, row->length );
    if (row->flags & NO_DATA) data = machine_gpr( R9 );

    machine.vp->arch.entry_linear = CODE;
    for (i = 0; i < ARRAY_SIZE(row->changes); i++)
        if (row->changes[i].before) machine_set_gpr( row->changes[i].reg, row->changes[i].before );
    regs->rflags = 2 | (row->rflags & ~FLAG_RF);
    if (row->carry) regs->rflags = (regs->rflags & ~1ull) | (row->carry > 0);
    before = *regs;
    for (i = 0; i < ARRAY_SIZE(row->changes); i++)
        if (row->changes[i].before) machine_set_gpr( row->changes[i].reg, row->changes[i].after );
    regs->rflags = 2 | row->rflags;
    if (!(row->flags & RIP_AT)) regs->rip += row->length;

    set_access( row->gpa, row->size, data, 1 );
    memset( &result, 0xcc, sizeof(result) );
    if (!rewind_write( machine.vp, &access, &result )) fail_msg( "write %u, fill %#x: not found", index, fill );
    if (result.insn.length != row->length || memcmp( &result.before, &before, sizeof(before) ))
        fail_msg( "write %u, fill %#x: length %u instead of %u, or registers", index, fill, result.insn.length, row->length );
    assert_true( result.byte_count >= row->length );
    assert_memory_equal( result.bytes, row->code, row->length );
    assert_true( result.gva_valid );
    assert_int_equal( result.behind, !(row->flags & RIP_AT) );
    assert_int_equal( result.fragments, !!(row->flags & FRAGMENTS) );
    if (row->mode == INSN_MODE_64) assert_int_equal( result.gva, row->gva ? row->gva : row->gpa );
}

static void test_writes( void **state )
{
    static const UINT8 fills[] = { 0x90, 0x00, 0xcc, 0x0f, 0x66, 0x48, 0x89, 0xf3 };
    UINT32 i, j;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(writes); i++)
        for (j = 0; j < ARRAY_SIZE(fills); j++)
        {
            /* with a cold cache, and again with what the first search has left in it */
            memset( machine.vp->arch.code.cache, 0, sizeof(machine.vp->arch.code.cache) );
            check_write( &writes[i], i, fills[j] );
            check_write( &writes[i], i, fills[j] );
        }
}

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
    set_access( DEVICE + 0x1f8, 8, CODE + 5, 1 );
    assert_true( rewind_write( machine.vp, &access, &result ));
    assert_int_equal( result.insn.length, 5 );
    assert_memory_equal( &result.before, &before, sizeof(before) );

    machine_mode( INSN_MODE_16 );
    machine.vp->run->s.regs.sregs.ss.base = DEVICE;
    machine_code( CODE, "\xff\xd0", 2 );                /* call ax */
    machine_set_gpr( RSP, 0x1fe );
    machine_regs()->rip = 0x2211;
    set_access( DEVICE + 0x1fe, 2, CODE + 2, 1 );
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
    set_access( DEVICE, 1, 0x12, 1 );                   /* other data */
    expect_nothing();
    set_access( DEVICE + 1, 1, 0x11, 1 );               /* other address */
    expect_nothing();
    set_access( DEVICE, 2, 0x2211, 1 );                 /* other size */
    expect_nothing();
    set_access( DEVICE, 1, 0x11, 1 );
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
    set_access( DEVICE, 1, 0x66, 1 );
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
    set_access( ROM, 4, 16, 1 );
    expect_length( 2 );

    /* ... unless that is where the processor went in: movntq or movntdq */
    machine_code( CODE, "\x66\x0f\xe7\x03", 4 );
    machine_regs()->rip = CODE + 4;
    machine_set_gpr( RBX, DEVICE );
    set_access( DEVICE, 8, 0, 1 );
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
    set_access( DEVICE, 4, 0x44332211, 1 );
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
    set_access( DEVICE, 4, 0x88776655, 1 );
    expect_length( 3 );
    assert_int_equal( result.gva, PAGED + 0x3000 );     /* of the GPA that is told */
    assert_true( result.fragments );
    /* ... to two devices: for the first, which may be of a shorter store too. Where the guest went in tells. */
    machine_set_gpr( RBX, PAGED + 0x3ffd );
    machine_code( 0x4010, "\x90\x48\x89\x03", 4 );
    machine_regs()->rip = PAGED + 0x1014;
    machine.vp->arch.entry_linear = PAGED + 0x1010;
    set_access( DEVICE + 0xffd, 3, 0x332211, 1 );
    expect_length( 3 );
    assert_true( result.fragments );
    set_access( DEVICE + 0x5000, 3, 0x332211, 1 );
    expect_nothing();
    set_access( DEVICE + 0x1000, 5, 0x8877665544, 1 );
    expect_nothing();
    /* KVM tells of the first before the second */
    set_access( DEVICE + 0x5000, 5, 0x8877665544, 1 );
    expect_nothing();
    /* the page before is gone */
    machine_set_gpr( RBX, PAGED + 0x2ffc );
    machine_regs()->rip = PAGED + 0x1002;
    set_access( DEVICE, 4, 0x88776655, 1 );
    expect_length( 3 );
    machine_page( PAGED, ~0ull );
    expect_nothing();
}

/* ---- reads: RIP is at the instruction ---- */

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
        set_access( reads[i].gpa, reads[i].size, 0, 0 );
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

/* What looks like the end of a CALL need not be: the guest chooses the data, and the page may be one that nobody can read. */
static void test_unreadable( void **state )
{
    (void)state;
    assert_int_equal( mprotect( machine.memory + 0x7000, 0x1000, PROT_NONE ), 0 );
    memset( machine.memory + CODE - 0x80, 0x90, 0x200 );
    machine_regs()->rip = CODE + 0x20;
    set_access( DEVICE, 8, 0x7800, 1 );
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
        cmocka_unit_test_setup_teardown( test_writes, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_call, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_not_found, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_ambiguous, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_pages, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_reads, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_unreadable, setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
