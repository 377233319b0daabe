/*
 * Unit tests: the emulator's segment registers and far pointers
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

static void init_protected( enum insn_mode mode )
{
    guest_init( &guest, mode );
    guest.gdtr.Base = GUEST_RAM + GDT;
    guest.gdtr.Limit = 0x5f;
    guest.segments[SEGMENT_CS].Selector = 0x08;
    put_descriptor( 0x08, 0, 0xfffff, mode == INSN_MODE_64 ? 0xa09b : 0xc09b );
    put_descriptor( 0x10, 0x12345678, 0x54321, 0x4092 );        /* data, not yet accessed, by bytes */
    put_descriptor( 0x18, 0x1000, 0xfffff, 0xc0f3 );            /* data of ring 3 */
    put_descriptor( 0x20, 0, 0xfffff, 0xc091 );                 /* read-only */
    put_descriptor( 0x28, 0, 0xfffff, 0xc013 );                 /* not present */
    put_descriptor( 0x30, 0, 0x67, 0x0089 );                    /* a task */
    put_descriptor( 0x38, 0, 0xfffff, 0xc098 );                 /* code that can't be read, not yet accessed */
    put_descriptor( 0x40, 0, 0xfff, 0x409b );                   /* code of 4 KiB */
    put_descriptor( 0x48, 0, 0xfffff, 0xe09b );                 /* code of both sizes */
    put_descriptor( 0x50, 0, 0xfffff, 0xc0fb );                 /* code of ring 3 */
    guest.gpr[RBX] = GUEST_RAM + 0x100;
    guest.gpr[RSP] = GUEST_RAM + 0x800;
}

static UINT32 load_selector( const char *hex, UINT16 selector )
{
    store16( guest.ram + 0x100, selector );
    return guest_run( hex );
}

static void check_selector_fault( const char *hex, UINT16 selector, UINT8 vector, UINT32 error )
{
    store16( guest.ram + 0x100, selector );
    check_fault( hex, vector, error );
}

static void test_segment_loads( void **state )
{
    WHV_X64_SEGMENT_REGISTER *es = &guest.segments[SEGMENT_ES];

    (void)state;
    init_protected( INSN_MODE_32 );
    assert_int_equal( load_selector( "8e03", 0x10 ), SUCCESS );         /* mov es, [ebx] */
    assert_int_equal( es->Selector, 0x10 );
    assert_int_equal( es->Base, 0x12345678 );
    assert_int_equal( es->Limit, 0x54321 );
    assert_int_equal( es->Attributes, 0x4093 );
    assert_int_equal( guest.ram[GDT + 0x15], 0x93 );                    /* the A bit */
    assert_int_equal( count_accesses( 1 ), 1 );
    assert_int_equal( load_selector( "8e03", 0x10 ), SUCCESS );
    assert_int_equal( count_accesses( 1 ), 0 );
    assert_int_equal( load_selector( "8e03", 0x1b ), SUCCESS );
    assert_int_equal( es->Limit, 0xffffffff );
    assert_int_equal( es->Selector, 0x1b );
    assert_int_equal( load_selector( "8e03", 3 ), SUCCESS );
    assert_int_equal( es->Present, 0 );
    assert_int_equal( es->Selector, 3 );

    check_selector_fault( "8e03", 0x60, 13, 0x60 );                     /* beyond the table */
    check_selector_fault( "8e03", 0x14, 13, 0x14 );                     /* no local table */
    check_selector_fault( "8e03", 0x13, 13, 0x10 );                     /* RPL */
    check_selector_fault( "8e03", 0x28, 11, 0x28 );
    check_selector_fault( "8e03", 0x30, 13, 0x30 );
    check_selector_fault( "8e03", 0x38, 13, 0x38 );
    check_selector_fault( "8e13", 0, 13, 0 );                           /* ss */
    check_selector_fault( "8e13", 0x20, 13, 0x20 );
    check_selector_fault( "8e13", 0x28, 12, 0x28 );
    check_selector_fault( "8e13", 0x1b, 13, 0x18 );
    assert_int_equal( guest.interrupt_state, 0 );
    assert_int_equal( load_selector( "8e13", 0x10 ), SUCCESS );
    assert_int_equal( guest.interrupt_state, 1 );
    /* a single step's trap is held off as well */
    guest.rflags |= RFLAGS_TF;
    guest.interrupt_state = 0;
    assert_int_equal( load_selector( "8e13", 0x10 ), SUCCESS );
    assert_int_equal( guest.interrupt_state, 1 );
    assert_int_equal( guest.pending_debug, 0 );
    assert_int_equal( load_selector( "8e03", 0x10 ), SUCCESS );
    assert_true( guest.pending_debug & 0x10 );
    guest.rflags &= ~RFLAGS_TF;

    /* descriptors are the system's to read, and what CR2 says is the table's */
    init_protected( INSN_MODE_32 );
    guest.vp.ExecutionState.Cpl = 3;
    assert_int_equal( load_selector( "8e03", 0x1b ), SUCCESS );
    assert_int_equal( guest.log[2].address, (GUEST_RAM + GDT) & ~0xfffull );
    assert_int_equal( guest.log[2].size, WHvTranslateGvaFlagValidateRead | WHvTranslateGvaFlagPrivilegeExempt );
    guest.bad_page = (GUEST_RAM + GDT) & ~0xfffull;
    guest.bad_code = WHvTranslateGvaResultPageNotPresent;
    check_selector_fault( "8e03", 0x1b, 14, 0 );
    assert_int_equal( guest.event.ExceptionParameter, GUEST_RAM + GDT + 0x18 );

    /* pop es; les; lss, from the device */
    init_protected( INSN_MODE_32 );
    store32( guest.ram + 0x800, 0xffff0018 );
    assert_int_equal( guest_run( "07" ), SUCCESS );
    assert_int_equal( es->Selector, 0x18 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + 0x804 );
    guest.gpr[RBX] = GUEST_MMIO;
    guest.mmio_data = 0x1812345678ull;
    assert_int_equal( guest_run( "c40b" ), SUCCESS );
    assert_int_equal( guest.gpr[RCX], 0x12345678 );
    assert_int_equal( es->Base, 0x1000 );
    guest.mmio_data = 0x1089abcdefull;
    assert_int_equal( guest_run( "0fb223" ), SUCCESS );
    assert_int_equal( guest.gpr[RSP], 0x89abcdef );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 0x10 );
    assert_int_equal( guest.interrupt_state, 0 );

    /* real mode: lds */
    guest_init( &guest, INSN_MODE_16 );
    guest.gpr[RBX] = 0x100;
    store32( guest.ram + 0x100, 0xb8001234 );
    assert_int_equal( guest_run( "c507" ), SUCCESS );
    assert_int_equal( guest.gpr[RAX], 0x1234 );
    assert_int_equal( guest.segments[SEGMENT_DS].Base, 0xb8000 );

    /* 64-bit code: null is a stack too */
    init_protected( INSN_MODE_64 );
    assert_int_equal( load_selector( "8e13", 0 ), SUCCESS );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 0 );
    check_selector_fault( "8e13", 3, 13, 0 );
}

static void test_far_branches( void **state )
{
    (void)state;
    /* real mode */
    guest_init( &guest, INSN_MODE_16 );
    guest.gpr[RBX] = 0x100;
    guest.gpr[RSP] = 0x200;
    store32( guest.ram + 0x100, 0x20004321 );
    assert_int_equal( guest_run( "ff1f" ), SUCCESS );                         /* call far [bx] */
    assert_int_equal( guest.rip, 0x4321 );
    assert_int_equal( guest.segments[SEGMENT_CS].Base, 0x20000 );
    assert_int_equal( guest.gpr[RSP], 0x1fc );
    assert_int_equal( load32( guest.ram + 0x1fc ), (GUEST_RAM >> 4) << 16 | 0x3002 );
    assert_int_equal( guest_run( "cb" ), SUCCESS );                           /* ret far */
    assert_int_equal( guest.rip, 0x3002 );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, GUEST_RAM >> 4 );
    assert_int_equal( guest.gpr[RSP], 0x200 );
    /* call 4000:1234, the stack alone is memory */
    assert_int_equal( guest_run( "9a34120040" ), SUCCESS );
    assert_int_equal( guest.rip, 0x1234 );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 0x4000 );
    assert_int_equal( guest_run( "ff2f" ), SUCCESS );                         /* jmp far */
    assert_int_equal( guest.rip, 0x4321 );
    guest.gpr[RSP] = 2;
    check_refused( "ff1f" );

    /* protected mode */
    init_protected( INSN_MODE_32 );
    store32( guest.ram + 0x100, 0x4321 );
    store16( guest.ram + 0x104, 0x38 );
    assert_int_equal( guest_run( "ff1b" ), SUCCESS );
    assert_int_equal( guest.rip, 0x4321 );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 0x38 );
    assert_int_equal( guest.ram[GDT + 0x3d], 0x99 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + 0x7f8 );
    assert_int_equal( load32( guest.ram + 0x7f8 ), GUEST_RAM + 0x3002 );
    assert_int_equal( load32( guest.ram + 0x7fc ), 8 );
    assert_int_equal( guest_run( "ca1000" ), SUCCESS );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3002 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + 0x810 );
    store16( guest.ram + 0x104, 0x40 );
    check_fault( "ff2b", 13, 0 );                                       /* beyond the segment */
    store16( guest.ram + 0x104, 0x10 );
    check_fault( "ff2b", 13, 0x10 );
    store16( guest.ram + 0x104, 0 );
    check_fault( "ff2b", 13, 0 );
    store16( guest.ram + 0x104, 0x50 );
    check_fault( "ff1b", 13, 0x50 );
    store16( guest.ram + 0x104, 0x30 );
    check_refused( "ff2b" );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 8 );

    /* the stack of a call faults: nothing has happened */
    store16( guest.ram + 0x104, 0x38 );
    put_descriptor( 0x38, 0, 0xfffff, 0xc098 );
    guest.segments[SEGMENT_SS].Limit = 0xfff;
    check_fault( "ff1b", 12, 0 );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 8 );
    assert_int_equal( guest.ram[GDT + 0x3d], 0x98 );

    /* from 64-bit code to itself and to compatibility mode */
    init_protected( INSN_MODE_64 );
    store64( guest.ram + 0x100, 0xffff800000001234 );
    store16( guest.ram + 0x108, 8 );
    assert_int_equal( guest_run( "48ff2b" ), SUCCESS );
    assert_true( guest.rip == 0xffff800000001234ull );
    guest.rip = GUEST_RAM + 0x3000;
    store64( guest.ram + 0x100, 0x123400000000 );
    store16( guest.ram + 0x104, 0x48 );
    check_fault( "ff2b", 13, 0x48 );
    store32( guest.ram + 0x100, 0x1234 );
    store16( guest.ram + 0x104, 0x38 );
    assert_int_equal( guest_run( "ff2b" ), SUCCESS );
    assert_int_equal( guest.rip, 0x1234 );
    assert_int_equal( guest.segments[SEGMENT_CS].Long, 0 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_segment_loads ),
        cmocka_unit_test( test_far_branches ),
    };

    return cmocka_run_group_tests_name( "emulate_far", tests, NULL, NULL );
}
