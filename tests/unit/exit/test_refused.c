/*
 * Tests of the access that is named when the host refuses a page
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

#include <errno.h>
#include <sys/mman.h>

#include "host/array.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "machine.h"
#include "registers/registers_x86.h"
#include "vm/vp.h"

#define READ  WHvMemoryAccessRead
#define WRITE WHvMemoryAccessWrite
#define M16 INSN_MODE_16
#define M32 INSN_MODE_32
#define M64 INSN_MODE_64

/* Page 6000h is out of reach, or can't be written; those beside it can. */
#define PAGE 0x6000

struct row
{
    const char *code;
    UINT8       length, mode;
    UINT32      type, gpa;
    struct { UINT8 reg; UINT32 value; } set[3];
};

#define ROW( bytes, bits ) .code = bytes, .length = sizeof(bytes) - 1, .mode = M##bits

static void check( const struct row *row, int rights )
{
    UINT8 *page = machine.memory + PAGE;
    UINT32 i;

    machine_mode( row->mode );
    for (i = 0; i < ARRAY_SIZE( row->set ) && row->set[i].value; i++)
        machine_set_gpr( row->set[i].reg, row->set[i].value );
    machine_code( CODE, row->code, row->length );
    mprotect( page, 0x1000, rights );
    machine_queue( (struct fake_exit){ .error = -EFAULT } );
    machine_run();
    mprotect( page, 0x1000, PROT_READ | PROT_WRITE );
    if (machine.exit.ExitReason == WHvRunVpExitReasonMemoryAccess && machine.exit.MemoryAccess.Gpa == row->gpa &&
        machine.exit.MemoryAccess.AccessInfo.AccessType == row->type && machine.exit.VpContext.Rip == CODE &&
        machine.exit.MemoryAccess.AccessInfo.GvaValid && !machine.exit.MemoryAccess.AccessInfo.GpaUnmapped) return;
    fail_msg( "%02x %02x %02x: exit %#x, access %u, gpa %#llx", (UINT8)row->code[0], (UINT8)row->code[1],
              (UINT8)row->code[2], machine.exit.ExitReason, machine.exit.MemoryAccess.AccessInfo.AccessType,
              (unsigned long long)machine.exit.MemoryAccess.Gpa );
}

static void test_no_access( void **state )
{
    static const struct row rows[] =
    {
        { ROW( "\x53", 32 ), WRITE, 0x6ffc, { { RSP, 0x7000 } } },                   /* push ebx */
        { ROW( "\x9a\0\x20\0\0\x08\0", 32 ), WRITE, 0x6ffc, { { RSP, 0x7004 } } },   /* call far: the second word */
        { ROW( "\xff\x1b", 32 ), WRITE, 0x6ffc, { { RSP, 0x7004 }, { RBX, 0x5000 } } }, /* call far m */
        { ROW( "\xff\x1b", 32 ), READ, 0x6000, { { RSP, 0x7004 }, { RBX, 0x5ffc } } },
        { ROW( "\xff\x2b", 32 ), READ, 0x6000, { { RBX, 0x5ffc } } },                /* jmp far m: the selector */
        { ROW( "\xcb", 32 ), READ, 0x6000, { { RSP, 0x5ffc } } },                    /* ret far: the second word */
        { ROW( "\xcf", 32 ), READ, 0x6000, { { RSP, 0x5ff8 } } },                    /* iret: the third */
        { ROW( "\x60", 32 ), WRITE, 0x6ffc, { { RSP, 0x7004 } } },                   /* pusha: the second of eight */
        { ROW( "\x60", 16 ), WRITE, 0x6ffe, { { RSP, 0x7008 } } },
        { ROW( "\x61", 32 ), READ, 0x6000, { { RSP, 0x5ffc } } },                    /* popa */
        { ROW( "\xc8\0\0\x02", 32 ), WRITE, 0x6ffc, { { RSP, 0x7004 }, { RBP, 0x5010 } } }, /* enter: a second word */
        { ROW( "\xc8\0\0\x03", 32 ), READ, 0x6ffc, { { RSP, 0x5080 }, { RBP, 0x7004 } } }, /* ... a frame pointer */
        { ROW( "\xc8\x10\0\0", 32 ), WRITE, 0x6ff0, { { RSP, 0x7004 }, { RBP, 0x5010 } } }, /* ... its new top */
        { ROW( "\xc9", 32 ), READ, 0x6000, { { RBP, 0x6000 }, { RSP, 0x5000 } } },   /* leave */
        { ROW( "\xd7", 32 ), READ, 0x6021, { { RBX, 0x6010 } } },                    /* xlat: al is 11h */
        { ROW( "\x8f\x03", 32 ), WRITE, 0x6010, { { RBX, 0x6010 }, { RSP, 0x5000 } } }, /* pop m */
        { ROW( "\x8f\x03", 32 ), READ, 0x6010, { { RBX, 0x5010 }, { RSP, 0x6010 } } },
        { ROW( "\x8f\x04\x24", 32 ), WRITE, 0x6000, { { RSP, 0x5ffc } } },           /* pop [esp]: behind the pop */
        { ROW( "\xff\x33", 32 ), READ, 0x6010, { { RBX, 0x6010 }, { RSP, 0x5080 } } }, /* push m */
        { ROW( "\xff\x13", 32 ), WRITE, 0x6ffc, { { RBX, 0x5000 }, { RSP, 0x7000 } } }, /* call m */
        { ROW( "\xc3", 32 ), READ, 0x6000, { { RSP, 0x6000 } } },
        { ROW( "\xa7", 32 ), READ, 0x6000, { { RSI, 0x6000 }, { RDI, 0x5000 } } },   /* cmps: either page */
        { ROW( "\xa7", 32 ), READ, 0x6000, { { RSI, 0x5000 }, { RDI, 0x6000 } } },
        { ROW( "\xa5", 32 ), READ, 0x6ffc, { { RSI, 0x6ffc }, { RDI, 0x5000 } } },   /* movs: either page */
        { ROW( "\xa5", 32 ), WRITE, 0x6000, { { RSI, 0x5000 }, { RDI, 0x5ffe } } },
        { ROW( "\x62\x03", 32 ), READ, 0x6000, { { RBX, 0x5ffc } } },                /* bound: the upper one */
        { ROW( "\xc5\x03", 32 ), READ, 0x6000, { { RBX, 0x5ffc } } },                /* lds */
        { ROW( "\x0f\x01\x03", 32 ), WRITE, 0x6000, { { RBX, 0x5ffc } } },           /* sgdt */
        { ROW( "\x0f\xc7\x0b", 32 ), WRITE, 0x6000, { { RBX, 0x5ffc } } },           /* cmpxchg8b */
        { ROW( "\x0f\xab\x0b", 32 ), WRITE, 0x6004, { { RBX, 0x5000 }, { RCX, 0x8020 } } }, /* bts: in another word */
        { ROW( "\x0f\xae\x03", 64 ), WRITE, 0x6000, { { RBX, 0x5f00 } } },           /* fxsave */
        { ROW( "\x6d", 32 ), WRITE, 0x6000, { { RDI, 0x6000 } } },                   /* ins */
        { ROW( "\x6f", 32 ), READ, 0x6000, { { RSI, 0x6000 } } },                    /* outs */
    };
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE( rows ); i++) check( &rows[i], PROT_NONE );
}

/* A page that can be read: no read of it was refused. */
static void test_no_write( void **state )
{
    static const struct row rows[] =
    {
        { ROW( "\x53", 32 ), WRITE, 0x6ffc, { { RSP, 0x7000 } } },
        { ROW( "\x60", 32 ), WRITE, 0x6ffc, { { RSP, 0x7004 } } },
        { ROW( "\x9a\0\x20\0\0\x08\0", 32 ), WRITE, 0x6ffc, { { RSP, 0x7004 } } },
        { ROW( "\xff\x33", 32 ), WRITE, 0x6ffc, { { RBX, 0x6010 }, { RSP, 0x7000 } } },
        { ROW( "\xa5", 32 ), WRITE, 0x6100, { { RSI, 0x6000 }, { RDI, 0x6100 } } },
        { ROW( "\x01\x03", 32 ), WRITE, 0x6000, { { RBX, 0x6000 } } },
        /* nothing of the kind is found: then a write it was, all the same */
        { ROW( "\xff\x33", 32 ), WRITE, 0x4ffc, { { RBX, 0x5000 }, { RSP, 0x5000 } } },
        { ROW( "\x89\x03", 32 ), WRITE, 0x5000, { { RBX, 0x5000 } } },
    };
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE( rows ); i++) check( &rows[i], PROT_READ );
}

static void set_vector( UINT8 reg, UINT64 low, UINT64 high )
{
    WHV_REGISTER_NAME name = WHvX64RegisterXmm0 + reg;
    WHV_REGISTER_VALUE value;

    value.Reg128.Low64 = low;
    value.Reg128.High64 = high;
    assert_int_equal( regs_set( machine.vp, &name, 1, &value ), S_OK );
}

/* Which elements there are the mask says, and of a gather the indices. */
static void test_elements( void **state )
{
    static const struct row mask[] =
    {
        { ROW( "\xc4\xe2\x71\x2c\x03", 64 ), READ, 0x6000, { { RBX, 0x5ff8 } } },    /* vmaskmovps xmm0,xmm1,[rbx] */
        { ROW( "\xc4\xe2\x71\x2e\x03", 64 ), WRITE, 0x6004, { { RBX, 0x5ff8 } } },
        { ROW( "\x66\x0f\xf7\xc1", 64 ), WRITE, 0x6003, { { RDI, 0x5ff4 } } },       /* maskmovdqu xmm0,xmm1 */
        { ROW( "\xc4\xe2\x71\x90\x04\x93", 64 ), READ, 0x6004, { { RBX, 0x5000 } } }, /* vpgatherdd by xmm2 */
    };
    static const struct { UINT64 low, high; } masks[] =
    {
        { 0x8000000080000000, 0x80000000 }, { 0, 0x8000000000000000 },
        { 0, 0x8000000000000000 }, { 0x80000000, 0x80000000 },
    };
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE( mask ); i++)
    {
        set_vector( 1, masks[i].low, masks[i].high );
        set_vector( 2, 0, 0x401 );
        check( &mask[i], PROT_NONE );
    }
    /* no element is wanted of that page */
    machine_mode( M64 );
    machine_set_gpr( RBX, 0x5ff8 );
    set_vector( 1, 0x8000000080000000, 0 );
    machine_code( CODE, mask[0].code, mask[0].length );
    mprotect( machine.memory + PAGE, 0x1000, PROT_NONE );
    machine_queue( (struct fake_exit){ .error = -EFAULT } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnsupportedFeature );
    mprotect( machine.memory + PAGE, 0x1000, PROT_READ | PROT_WRITE );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_no_access, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_no_write, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_elements, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
