/*
 * Finding the instruction of an exit: each that writes
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

#include "exit/rewind.h"
#include "exit/rewind_types.h"
#include "host/array.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "rewind_machine.h"
#include "vm/vp.h"

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
    { W( "\xa4", 64 ), DEVICE + 0x100, 1, 0x40, 0, 0,
      { { RDI, DEVICE + 0x101, DEVICE + 0x100 }, { RSI, DATA + 1, DATA } } },
    { W( "\xf3\xa5", 64 ), DEVICE + 0x100, 4, 0x43424140, RIP_AT, FLAG_RF,
      { { RDI, DEVICE + 0x104, DEVICE + 0x100 }, { RSI, DATA + 4, DATA }, { RCX, 7, 8 } } },
    { W( "\xab", 32 ), DEVICE + 0x100, 4, 0x44332211, 0, 0, { { RDI, DEVICE + 0x104, DEVICE + 0x100 } } },
    { W( "\xab", 16 ), DEVICE + 0x100, 2, 0x2211, 0, 0, { { RDI, 0x102, 0x100 } } },
    { W( "\xf3\xa4", 16 ), DEVICE + 0x100, 1, 0x40, RIP_AT, FLAG_RF,
      { { RDI, 0x101, 0x100 }, { RSI, DATA + 1, DATA }, { RCX, 15, 16 } } },
    { W( "\xf3\x67\x66\xab", 16 ), DEVICE + 0x100, 4, 0x2211, RIP_AT, FLAG_RF,
      { { RDI, 0x104, 0x100 }, { RCX, 15, 16 } } },

    /* the stack at the device; POP to it */
    { W( "\x50", 64 ), DEVICE + 0x1f8, 8, 0x8877665544332211, 0, 0, { { RSP, DEVICE + 0x1f8, DEVICE + 0x200 } } },
    { W( "\x41\x51", 64 ), DEVICE + 0x1f8, 8, 0, NO_DATA, 0, { { RSP, DEVICE + 0x1f8, DEVICE + 0x200 } } },
    { W( "\x6a\xff", 64 ), DEVICE + 0x1f8, 8, ~0ull, 0, 0, { { RSP, DEVICE + 0x1f8, DEVICE + 0x200 } } },
    { W( "\x54", 64 ), DEVICE + 0x1f8, 8, DEVICE + 0x200, 0, 0, { { RSP, DEVICE + 0x1f8, DEVICE + 0x200 } } },
    { W( "\x68\x78\x56\x34\x12", 32 ), DEVICE + 0x1fc, 4, 0x12345678, 0, 0,
      { { RSP, DEVICE + 0x1fc, DEVICE + 0x200 } } },
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

    rewind_set_access( &access, row->gpa, row->size, data, 1 );
    memset( &result, 0xcc, sizeof(result) );
    if (!rewind_write( machine.vp, &access, &result )) fail_msg( "write %u, fill %#x: not found", index, fill );
    if (result.insn.length != row->length || memcmp( &result.before, &before, sizeof(before) ))
        fail_msg( "write %u, fill %#x: length %u instead of %u, or registers", index, fill, result.insn.length,
                  row->length );
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

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_writes, rewind_machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
