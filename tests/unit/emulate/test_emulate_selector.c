/*
 * Unit tests: the emulator's LAR, LSL, VERR, VERW, LLDT and LTR
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

#include "guest_checks.h"
#include "host/array.h"
#include "host/bytes.h"
#include "host/x86.h"
#include "insn/insn.h"

#define GDT 0x2000              /* in RAM */

static void put_descriptor( UINT16 selector, UINT32 base, UINT32 limit, UINT16 attributes )
{
    UINT8 *place = guest.ram + GDT + (selector & ~7);

    store16( place, limit );
    store16( place + 2, base );
    store32( place + 4, (base >> 16 & 0xff) | attributes << 8 | (limit & 0xf0000) | (base & 0xff000000) );
}

static void init( enum insn_mode mode )
{
    guest_init( &guest, mode );
    guest.gdtr.Base = GUEST_RAM + GDT;
    guest.gdtr.Limit = 0x6f;
    put_descriptor( 0x08, 0, 0xfffff, mode == INSN_MODE_64 ? 0xa09b : 0xc09b );
    put_descriptor( 0x10, 0x12345678, 0x54321, 0x4092 );        /* data by bytes */
    put_descriptor( 0x18, 0x1000, 0xfffff, 0xc0f1 );            /* data of ring 3, read-only */
    put_descriptor( 0x20, 0, 0xfffff, 0xc09f );                 /* conforming code of ring 0 */
    put_descriptor( 0x28, 0, 0xfffff, 0xc099 );                 /* code that can't be read */
    put_descriptor( 0x30, 0, 0x67, 0x008c );                    /* a gate */
    put_descriptor( 0x38, 0x12345678, 0x67, 0x0089 );           /* a task; the upper half of its base is 0 */
    put_descriptor( 0x40, 0, 0, 0 );
    put_descriptor( 0x48, 0x87654321, 0xff, 0x0082 );           /* a local table */
    put_descriptor( 0x50, 0, 0, 0 );
    put_descriptor( 0x58, 0, 0x2b, 0x0001 );                    /* a task of 16 bits, not present */
    put_descriptor( 0x60, 0, 0, 0 );
    put_descriptor( 0x68, 0, 0x67, 0x0089 );                    /* the second half is beyond the table */
    guest.ldtr.Selector = 0x77;
    guest.tr.Selector = 0x77;
    guest.gpr[RBX] = GUEST_RAM + 0x100;
}

static UINT32 run( const char *hex, UINT16 selector )
{
    store16( guest.ram + 0x100, selector );
    return guest_run( hex );
}

static void check_selector_fault( const char *hex, UINT16 selector, UINT8 vector )
{
    store16( guest.ram + 0x100, selector );
    check_fault( hex, vector, selector & 0xfffc );
}

/* ZF, and what is in the register. */
static void check_look( const char *hex, UINT16 selector, BOOL found, UINT64 value )
{
    guest.gpr[RAX] = 0x1111111122222222;
    guest.rflags = found ? 2 : 2 | RFLAGS_ZF;
    assert_int_equal( run( hex, selector ), SUCCESS );
    if (!!(guest.rflags & RFLAGS_ZF) != found) fail_msg( "%s of %#x: ZF is %u", hex, selector, !found );
    if (guest.gpr[RAX] != value) fail_msg( "%s of %#x: %llx", hex, selector, (unsigned long long)guest.gpr[RAX] );
    assert_int_equal( guest.event.EventPending, 0 );
    assert_int_equal( count_accesses( 1 ), 0 );
}

static void test_look( void **state )
{
    static const UINT64 old = 0x1111111122222222;

    (void)state;
    init( INSN_MODE_64 );
    check_look( "0f0203", 0x10, 1, 0x409200 );                  /* lar eax, [rbx] */
    check_look( "480f0203", 0x1b, 1, 0xc0f100 );
    check_look( "660f0203", 0x10, 1, 0x1111111122229200 );
    check_look( "0f0203", 0x30, 1, 0x8c00 );
    check_look( "0f0303", 0x10, 1, 0x54321 );                   /* lsl */
    check_look( "480f0303", 0x18, 1, 0xffffffff );
    check_look( "660f0303", 0x10, 1, 0x1111111122224321 );
    check_look( "0f0303", 0x38, 1, 0x67 );
    check_look( "0f0303", 0x30, 0, old );                       /* a gate has none */
    check_look( "0f0303", 0, 0, old );
    check_look( "0f0303", 0x70, 0, old );
    check_look( "0f0303", 0x14, 0, old );                       /* no local table */
    check_look( "0f0303", 0x13, 0, old );                       /* RPL */
    check_look( "0f0303", 0x23, 1, 0xffffffff );                /* conforming */
    check_look( "0f0303", 0x58, 0, old );                       /* none in long mode */
    check_look( "0f0023", 0x10, 1, old );                       /* verr */
    check_look( "0f0023", 0x28, 0, old );
    check_look( "0f0023", 0x38, 0, old );
    check_look( "0f002b", 0x10, 1, old );                       /* verw */
    check_look( "0f002b", 0x18, 0, old );
    check_look( "0f002b", 0x20, 0, old );
    guest.vp.ExecutionState.Cpl = 3;
    check_look( "0f0023", 0x10, 0, old );
    check_look( "0f0023", 0x18, 1, old );

    init( INSN_MODE_32 );
    check_look( "0f0303", 0x58, 1, 0x2b );
    /* a local table */
    guest.ldtr.Base = GUEST_RAM + GDT;
    guest.ldtr.Limit = 0x17;
    guest.ldtr.Present = 1;
    check_look( "0f0303", 0x14, 1, 0x54321 );
    check_look( "0f0303", 0x1c, 0, old );
    /* the selector in the device */
    guest.gpr[RBX] = GUEST_MMIO;
    guest.mmio_data = 0x10;
    check_look( "0f0303", 0, 1, 0x54321 );
}

static void test_load( void **state )
{
    (void)state;
    init( INSN_MODE_64 );
    assert_int_equal( run( "0f001b", 0x38 ), SUCCESS );         /* ltr [rbx] */
    assert_int_equal( guest.tr.Selector, 0x38 );
    assert_true( guest.tr.Base == 0x12345678 );
    assert_int_equal( guest.tr.Limit, 0x67 );
    assert_int_equal( guest.tr.Attributes, 0x8b );
    assert_int_equal( guest.ram[GDT + 0x3d], 0x8b );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3003 );
    assert_int_equal( guest.ldtr.Selector, 0x77 );
    check_selector_fault( "0f001b", 0x38, 13 );                 /* busy now */
    check_selector_fault( "0f001b", 0, 13 );
    check_selector_fault( "0f001b", 0x48, 13 );
    check_selector_fault( "0f001b", 0x58, 13 );                 /* of 16 bits in long mode */
    check_selector_fault( "0f001b", 0x68, 13 );
    check_selector_fault( "0f001b", 0x3c, 13 );                 /* in a local table */
    put_descriptor( 0x38, 0, 0x67, 0x0009 );
    check_selector_fault( "0f001b", 0x38, 11 );
    put_descriptor( 0x38, 0, 0x67, 0x0089 );
    store32( guest.ram + GDT + 0x40, 0x12345678 );              /* not canonical */
    check_selector_fault( "0f001b", 0x38, 13 );
    store32( guest.ram + GDT + 0x40, 0xffff8000 );
    store32( guest.ram + GDT + 0x44, 0x100 );
    check_selector_fault( "0f001b", 0x38, 13 );
    assert_int_equal( guest.ram[GDT + 0x3d], 0x89 );
    assert_int_equal( guest.tr.Limit, 0x67 );

    assert_int_equal( run( "0f0013", 0x48 ), SUCCESS );         /* lldt */
    assert_int_equal( guest.ldtr.Selector, 0x48 );
    assert_true( guest.ldtr.Base == 0x87654321 );
    assert_int_equal( guest.ldtr.Attributes, 0x82 );
    assert_int_equal( count_accesses( 1 ), 0 );
    check_selector_fault( "0f0013", 0x38, 13 );
    assert_int_equal( run( "0f0013", 3 ), SUCCESS );            /* none */
    assert_int_equal( guest.ldtr.Selector, 3 );
    assert_int_equal( guest.ldtr.Present, 0 );
    guest.vp.ExecutionState.Cpl = 3;
    store16( guest.ram + 0x100, 0x38 );
    check_fault( "0f001b", 13, 0 );
    check_fault( "0f0013", 13, 0 );

    /* the selector in the device; 8 bytes of a descriptor are enough */
    init( INSN_MODE_32 );
    guest.gpr[RBX] = GUEST_MMIO;
    guest.mmio_data = 0x68;
    assert_int_equal( guest_run( "0f001b" ), SUCCESS );
    assert_int_equal( guest.tr.Selector, 0x68 );
    guest.mmio_data = 0x58;
    check_fault( "0f001b", 11, 0x58 );

    init( INSN_MODE_16 );
    guest.gpr[RBX] = 0x100;
    guest.vp.ExecutionState.Cr0Pe = 0;
    check_fault( "0f001f", 6, NO_ERROR_CODE );
    check_fault( "0f0207", 6, NO_ERROR_CODE );
}

/* The line of a cache: whatever is to fault has made another exit. */
static void test_flush( void **state )
{
    static const char * const hex[] = { "0fae3b", "660fae3b", "660fae33" };     /* clflush, clflushopt, clwb */
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE( hex ); i++)
    {
        guest_init( &guest, INSN_MODE_64 );
        guest.gpr[RBX] = GUEST_MMIO;
        assert_int_equal( guest_run( hex[i] ), SUCCESS );
        assert_int_equal( guest.rip, GUEST_RAM + 0x3000 + strlen( hex[i] ) / 2 );
        assert_int_equal( count_accesses( 0 ) + count_accesses( 1 ), 0 );
    }
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_look ),
        cmocka_unit_test( test_load ),
        cmocka_unit_test( test_flush ),
    };

    return cmocka_run_group_tests_name( "emulate_selector", tests, NULL, NULL );
}
