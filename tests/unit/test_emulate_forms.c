/*
 * Unit tests: the emulator's stack frames, far pointers, system registers and images of the x87 and SSE state
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

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../winhvemulation/unixlib.h"
#include "emulate/state.h"
#include "fake_guest.h"
#include "host/bytes.h"
#include "host/trace.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"
#include "insn/insn.h"

#define SUCCESS 1u
#define FAILURE 2u

#define GDT 0x2000              /* in RAM */

static struct guest guest;

/* The instruction, at an exit for the device; operands in memory are in RAM unless a register says otherwise. */
static UINT32 run( const char *hex )
{
    unsigned int value;
    UINT8 bytes[16];
    UINT32 count = 0;

    for (; *hex; hex += 2)
    {
        assert_int_equal( sscanf( hex, "%2x", &value ), 1 );
        bytes[count++] = value;
    }
    guest.event.EventPending = 0;
    return guest_mmio( &guest, bytes, count, GUEST_MMIO, GUEST_MMIO, 1, 1 );
}

static void check_fault( const char *hex, UINT8 vector, UINT32 error )
{
    UINT64 rip = guest.rip, rsp = guest.gpr[4];

    if (run( hex ) != SUCCESS) fail_msg( "%s: no exception %u", hex, vector );
    if (!guest.event.EventPending || guest.event.Vector != vector)
        fail_msg( "%s: exception %u, not %u", hex, guest.event.EventPending ? guest.event.Vector : 0xff, vector );
    if (error == NO_ERROR_CODE) assert_false( guest.event.DeliverErrorCode );
    else assert_int_equal( guest.event.ErrorCode, error );
    assert_int_equal( guest.rip, rip );
    assert_int_equal( guest.gpr[4], rsp );
}

static void check_refused( const char *hex )
{
    UINT64 rip = guest.rip;

    if (run( hex ) != FAILURE) fail_msg( "%s: not refused", hex );
    assert_int_equal( guest.counts[EMULATE_SET_REGISTERS], 0 );
    assert_int_equal( guest.rip, rip );
}

static UINT32 count_accesses( BOOL write )
{
    UINT32 i, count = 0;

    for (i = 0; i < guest.log_count; i++)
        if (guest.log[i].kind == EMULATE_MEMORY && guest.log[i].write == write)
        {
            assert_true( guest.log[i].size <= 8 );
            count++;
        }
    return count;
}

/* ---- stack ---- */

static void test_stack( void **state )
{
    UINT32 i;

    (void)state;
    /* on a stack in the device: eight words in pieces of at most 8 bytes, rDI lowest */
    guest_init( &guest, INSN_MODE_32 );
    for (i = 0; i < 8; i++) guest.gpr[i] = 0x11110000 + i;
    guest.gpr[4] = GUEST_MMIO + 0x20;
    assert_int_equal( run( "60" ), SUCCESS );
    assert_int_equal( guest.gpr[4], GUEST_MMIO );
    assert_int_equal( count_accesses( 1 ), 4 );
    assert_true( guest.log[0].data == 0x1111000611110007ull );
    assert_true( guest.log[1].data == ((GUEST_MMIO + 0x20) << 32 | 0x11110005) );

    /* and back, from RAM: rSP's own word is passed over; 16 bits leave the upper halves */
    guest_init( &guest, INSN_MODE_32 );
    for (i = 0; i < 8; i++) store16( guest.ram + 0x100 + i * 2, 0x2000 + i );
    for (i = 0; i < 8; i++) guest.gpr[i] = 0xaaaa5555;
    guest.gpr[4] = GUEST_RAM + 0x100;
    assert_int_equal( run( "6661" ), SUCCESS );
    assert_int_equal( guest.gpr[7], 0xaaaa2000 );
    assert_int_equal( guest.gpr[5], 0xaaaa2002 );
    assert_int_equal( guest.gpr[3], 0xaaaa2004 );
    assert_int_equal( guest.gpr[0], 0xaaaa2007 );
    assert_int_equal( guest.gpr[4], GUEST_RAM + 0x110 );

    /* a 16-bit stack that ends between the words; a segment that does */
    guest_init( &guest, INSN_MODE_16 );
    guest.gpr[4] = 6;
    check_refused( "60" );
    guest.gpr[4] = 0xfff8;
    check_refused( "61" );
    guest_init( &guest, INSN_MODE_32 );
    guest.segments[SEGMENT_SS].Limit = 0xfff;
    guest.gpr[4] = 0x1008;
    check_fault( "60", 12, 0 );

    /* leave: the address is rBP's */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[5] = GUEST_MMIO + 8;
    guest.mmio_data = 0x1234567812345678;
    assert_int_equal( run( "c9" ), SUCCESS );
    assert_true( guest.gpr[5] == 0x1234567812345678ull );
    assert_int_equal( guest.gpr[4], GUEST_MMIO + 16 );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3001 );

    /* enter 0x20, 0; enter 0x20, 1; enter 0x20, 3 */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[4] = GUEST_MMIO + 0x100;
    guest.gpr[5] = 0x5555;
    assert_int_equal( run( "c8200000" ), SUCCESS );
    assert_int_equal( guest.gpr[5], GUEST_MMIO + 0xf8 );
    assert_int_equal( guest.gpr[4], GUEST_MMIO + 0xf8 - 0x20 );
    assert_int_equal( guest.log[guest.log_count - 1].data, 0x5555 );
    guest.gpr[4] = GUEST_RAM + 0x100;
    guest.gpr[5] = 0x6666;
    assert_int_equal( run( "c8200001" ), SUCCESS );
    assert_int_equal( load64( guest.ram + 0xf8 ), 0x6666 );
    assert_int_equal( load64( guest.ram + 0xf0 ), GUEST_RAM + 0xf8 );
    assert_int_equal( guest.gpr[5], GUEST_RAM + 0xf8 );
    assert_int_equal( guest.gpr[4], GUEST_RAM + 0xf0 - 0x20 );
    for (i = 0; i < 4; i++) store64( guest.ram + 0x200 + i * 8, 0x7000 + i );
    guest.gpr[4] = GUEST_RAM + 0x100;
    guest.gpr[5] = GUEST_RAM + 0x210;
    assert_int_equal( run( "c8200003" ), SUCCESS );
    assert_int_equal( load64( guest.ram + 0xf8 ), GUEST_RAM + 0x210 );
    assert_int_equal( load64( guest.ram + 0xf0 ), 0x7001 );
    assert_int_equal( load64( guest.ram + 0xe8 ), 0x7000 );
    assert_int_equal( load64( guest.ram + 0xe0 ), GUEST_RAM + 0xf8 );
    assert_int_equal( guest.gpr[4], GUEST_RAM + 0xe0 - 0x20 );
    /* all levels: two images at once */
    guest.gpr[4] = GUEST_RAM + 0x200;
    guest.gpr[5] = GUEST_RAM + 0x800;
    for (i = 0; i < 30; i++) store64( guest.ram + 0x800 - 8 * (i + 1), 0x8000 + i );
    assert_int_equal( run( "c800001f" ), SUCCESS );
    for (i = 0; i < 30; i++) assert_int_equal( load64( guest.ram + 0x1f8 - 8 * (i + 1)), 0x8000 + i );
    /* what it pushes would be what it reads */
    guest.gpr[4] = GUEST_RAM + 0x210;
    guest.gpr[5] = GUEST_RAM + 0x218;
    check_refused( "c8200003" );

    /* popf: IOPL and IF are for who may */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[4] = GUEST_RAM;
    store64( guest.ram, 0x247fd7 );
    assert_int_equal( run( "9d" ), SUCCESS );
    assert_int_equal( guest.rflags, 0x247fd7 );
    guest.rflags = 0x1002;
    guest.gpr[4] = GUEST_RAM;
    guest.vp.ExecutionState.Cpl = 3;
    store64( guest.ram, 0x3203 );
    assert_int_equal( run( "9d" ), SUCCESS );
    assert_int_equal( guest.rflags, 0x1003 );
    assert_int_equal( guest.gpr[4], GUEST_RAM + 8 );
}

/* ---- segments ---- */

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
    guest.gpr[3] = GUEST_RAM + 0x100;
    guest.gpr[4] = GUEST_RAM + 0x800;
}

static UINT32 load_selector( const char *hex, UINT16 selector )
{
    store16( guest.ram + 0x100, selector );
    return run( hex );
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
    assert_int_equal( run( "07" ), SUCCESS );
    assert_int_equal( es->Selector, 0x18 );
    assert_int_equal( guest.gpr[4], GUEST_RAM + 0x804 );
    guest.gpr[3] = GUEST_MMIO;
    guest.mmio_data = 0x1812345678ull;
    assert_int_equal( run( "c40b" ), SUCCESS );
    assert_int_equal( guest.gpr[1], 0x12345678 );
    assert_int_equal( es->Base, 0x1000 );
    guest.mmio_data = 0x1089abcdefull;
    assert_int_equal( run( "0fb223" ), SUCCESS );
    assert_int_equal( guest.gpr[4], 0x89abcdef );
    assert_int_equal( guest.segments[SEGMENT_SS].Selector, 0x10 );
    assert_int_equal( guest.interrupt_state, 0 );

    /* real mode: lds */
    guest_init( &guest, INSN_MODE_16 );
    guest.gpr[3] = 0x100;
    store32( guest.ram + 0x100, 0xb8001234 );
    assert_int_equal( run( "c507" ), SUCCESS );
    assert_int_equal( guest.gpr[0], 0x1234 );
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
    guest.gpr[3] = 0x100;
    guest.gpr[4] = 0x200;
    store32( guest.ram + 0x100, 0x20004321 );
    assert_int_equal( run( "ff1f" ), SUCCESS );                         /* call far [bx] */
    assert_int_equal( guest.rip, 0x4321 );
    assert_int_equal( guest.segments[SEGMENT_CS].Base, 0x20000 );
    assert_int_equal( guest.gpr[4], 0x1fc );
    assert_int_equal( load32( guest.ram + 0x1fc ), (GUEST_RAM >> 4) << 16 | 0x3002 );
    assert_int_equal( run( "cb" ), SUCCESS );                           /* ret far */
    assert_int_equal( guest.rip, 0x3002 );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, GUEST_RAM >> 4 );
    assert_int_equal( guest.gpr[4], 0x200 );
    assert_int_equal( run( "9a34120040" ), SUCCESS );                   /* call 4000:1234, the stack alone is memory */
    assert_int_equal( guest.rip, 0x1234 );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 0x4000 );
    assert_int_equal( run( "ff2f" ), SUCCESS );                         /* jmp far */
    assert_int_equal( guest.rip, 0x4321 );
    guest.gpr[4] = 2;
    check_refused( "ff1f" );

    /* protected mode */
    init_protected( INSN_MODE_32 );
    store32( guest.ram + 0x100, 0x4321 );
    store16( guest.ram + 0x104, 0x38 );
    assert_int_equal( run( "ff1b" ), SUCCESS );
    assert_int_equal( guest.rip, 0x4321 );
    assert_int_equal( guest.segments[SEGMENT_CS].Selector, 0x38 );
    assert_int_equal( guest.ram[GDT + 0x3d], 0x99 );
    assert_int_equal( guest.gpr[4], GUEST_RAM + 0x7f8 );
    assert_int_equal( load32( guest.ram + 0x7f8 ), GUEST_RAM + 0x3002 );
    assert_int_equal( load32( guest.ram + 0x7fc ), 8 );
    assert_int_equal( run( "ca1000" ), SUCCESS );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3002 );
    assert_int_equal( guest.gpr[4], GUEST_RAM + 0x810 );
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
    store32( guest.ram + 0x810, 0x1000 );
    store32( guest.ram + 0x814, 0x53 );
    check_refused( "cb" );                                              /* to ring 3 */
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
    assert_int_equal( run( "48ff2b" ), SUCCESS );
    assert_true( guest.rip == 0xffff800000001234ull );
    guest.rip = GUEST_RAM + 0x3000;
    store64( guest.ram + 0x100, 0x123400000000 );
    store16( guest.ram + 0x104, 0x48 );
    check_fault( "ff2b", 13, 0x48 );
    store32( guest.ram + 0x100, 0x1234 );
    store16( guest.ram + 0x104, 0x38 );
    assert_int_equal( run( "ff2b" ), SUCCESS );
    assert_int_equal( guest.rip, 0x1234 );
    assert_int_equal( guest.segments[SEGMENT_CS].Long, 0 );
}

/* ---- system registers ---- */

static void test_system( void **state )
{
    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[3] = GUEST_MMIO;
    guest.gdtr.Base = 0xffff800012345678;
    guest.gdtr.Limit = 0x7f;
    assert_int_equal( run( "0f0103" ), SUCCESS );                       /* sgdt */
    assert_int_equal( count_accesses( 1 ), 2 );
    assert_true( guest.log[0].data == 0x800012345678007full );
    assert_int_equal( guest.log[1].data, 0xffff );
    guest.ldtr.Selector = 0x30;
    guest.tr.Selector = 0x40;
    assert_int_equal( run( "0f0003" ), SUCCESS );                       /* sldt */
    assert_int_equal( guest.log[0].data, 0x30 );
    assert_int_equal( guest.log[0].size, 2 );
    assert_int_equal( run( "0f000b" ), SUCCESS );                       /* str */
    assert_int_equal( guest.log[0].data, 0x40 );
    guest.cr0 = 0x80050033;
    assert_int_equal( run( "0f0123" ), SUCCESS );                       /* smsw */
    assert_int_equal( guest.log[0].data, 0x33 );
    guest.mmio_data = 0xffff000000000123;
    check_fault( "0f0113", 13, 0 );                                     /* lgdt: not canonical */
    guest.gpr[3] = GUEST_RAM + 0x100;
    store16( guest.ram + 0x100, 0x123 );
    store64( guest.ram + 0x102, 0xffff900000000000 );
    assert_int_equal( run( "0f011b" ), SUCCESS );                       /* lidt */
    assert_true( guest.idtr.Base == 0xffff900000000000ull );
    assert_int_equal( guest.idtr.Limit, 0x123 );
    assert_int_equal( guest.gdtr.Limit, 0x7f );
    store16( guest.ram + 0x100, 0x000c );
    assert_int_equal( run( "0f0133" ), SUCCESS );                       /* lmsw: PE stays */
    assert_int_equal( guest.cr0, 0x8005003d );

    guest.vp.ExecutionState.Cpl = 3;
    check_fault( "0f0113", 13, 0 );
    check_fault( "0f0133", 13, 0 );
    assert_int_equal( run( "0f0103" ), SUCCESS );
    guest.cr4 |= 0x800;                                                 /* UMIP */
    check_fault( "0f0103", 13, 0 );
    check_fault( "0f0123", 13, 0 );

    guest_init( &guest, INSN_MODE_16 );
    guest.gpr[3] = 0x100;
    check_fault( "0f0007", 6, NO_ERROR_CODE );
    store16( guest.ram + 0x100, 0x123 );
    store32( guest.ram + 0x102, 0x87654321 );
    assert_int_equal( run( "0f0117" ), SUCCESS );                       /* 16 bits: a base of 24 */
    assert_int_equal( guest.gdtr.Base, 0x654321 );
    assert_int_equal( run( "660f0117" ), SUCCESS );
    assert_int_equal( guest.gdtr.Base, 0x87654321 );

    /* xlat, bound, arpl */
    guest.gpr[0] = 0x77770002;
    assert_int_equal( run( "d7" ), SUCCESS );
    assert_int_equal( guest.gpr[0], 0x77770021 );
    guest_init( &guest, INSN_MODE_32 );
    guest.gpr[3] = GUEST_RAM + 0x100;
    store32( guest.ram + 0x100, -5 );
    store32( guest.ram + 0x104, 7 );
    guest.gpr[0] = (UINT32)-5;
    assert_int_equal( run( "6203" ), SUCCESS );
    assert_int_equal( guest.event.EventPending, 0 );
    guest.gpr[0] = 8;
    check_fault( "6203", 5, NO_ERROR_CODE );
    store16( guest.ram + 0x100, 0x10 );
    guest.gpr[1] = 0x1b;
    assert_int_equal( run( "630b" ), SUCCESS );
    assert_int_equal( load16( guest.ram + 0x100 ), 0x13 );
    assert_true( guest.rflags & RFLAGS_ZF );
    assert_int_equal( run( "630b" ), SUCCESS );
    assert_false( guest.rflags & RFLAGS_ZF );
}

/* ---- x87 and SSE images ---- */

static UINT8 host_image[512] __attribute__((aligned(16))), other_image[512] __attribute__((aligned(16)));

/* This CPU's state after a few instructions, into the guest's registers. */
static void load_host_state( void )
{
    static const double zero = 0, one = 1, infinity = 1e308 * 10;
    UINT32 i;

    __asm__ volatile( "fninit; fldl %0; fldl %1; fldpi; fldl %2; fldl2e; fstp %%st(3)" : : "m" (zero), "m" (one), "m" (infinity) );
    __asm__ volatile( "fxsave64 %0; fninit" : "=m" (host_image) );
    memset( &guest.fp_control, 0, sizeof(guest.fp_control) );
    memcpy( &guest.fp_control, host_image, 16 );
    memcpy( &guest.xmm_control, host_image + 16, 16 );
    for (i = 0; i < 8; i++) memcpy( guest.st[i], host_image + FX_ST + i * 16, 10 );
    for (i = 0; i < 16; i++) memset( guest.xmm[i], 0x10 + i, 16 );
    for (i = 0; i < 16; i++) memset( host_image + FX_XMM + i * 16, 0x10 + i, 16 );
}

static void test_fxsave( void **state )
{
    struct guest before;
    UINT32 i;

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    load_host_state();
    guest.gpr[3] = GUEST_RAM + 0x100;
    memset( guest.ram + 0x100, 0xcc, 512 );
    assert_int_equal( run( "480fae03" ), SUCCESS );                     /* fxsave64 */
    assert_memory_equal( guest.ram + 0x100, host_image, FX_END );
    for (i = FX_END; i < 512; i++) assert_int_equal( guest.ram[0x100 + i], 0xcc );
    assert_int_equal( count_accesses( 1 ), FX_END / 8 );

    before = guest;
    memset( guest.st, 0, sizeof(guest.st) );
    memset( guest.xmm, 0, sizeof(guest.xmm) );
    memset( &guest.fp_control, 0, sizeof(guest.fp_control) );
    assert_int_equal( run( "480fae0b" ), SUCCESS );                     /* fxrstor64 */
    assert_memory_equal( guest.st, before.st, sizeof(before.st) );
    assert_memory_equal( guest.xmm, before.xmm, sizeof(before.xmm) );
    assert_memory_equal( &guest.fp_control, &before.fp_control, 16 );

    /* without REX.W the pointers are cut; without OSFXSR there are no XMM registers; 8 of them outside of 64-bit code */
    assert_int_equal( run( "0fae03" ), SUCCESS );
    assert_int_equal( load32( guest.ram + 0x100 + FX_FIP + 4 ), 0 );
    guest.cr4 &= ~0x200ull;
    assert_int_equal( run( "0fae03" ), SUCCESS );
    assert_int_equal( count_accesses( 1 ), FX_XMM / 8 );
    guest.cr4 |= 0x200;
    guest.efer = 1 << 14;                                               /* FFXSR */
    assert_int_equal( run( "0fae03" ), SUCCESS );
    assert_int_equal( count_accesses( 1 ), FX_XMM / 8 );
    guest_init( &guest, INSN_MODE_32 );
    guest.gpr[3] = GUEST_MMIO;
    assert_int_equal( run( "0fae03" ), SUCCESS );
    assert_int_equal( count_accesses( 1 ), (FX_XMM + 128) / 8 );

    guest.gpr[3] = GUEST_RAM + 0x108;
    check_fault( "0fae03", 13, 0 );
    guest.gpr[3] = GUEST_RAM + 0x100;
    memset( guest.ram + 0x100, 0, 512 );
    store32( guest.ram + 0x100 + FX_MXCSR, 0x80000000 );
    before = guest;
    check_fault( "0fae0b", 13, 0 );
    assert_memory_equal( guest.xmm, before.xmm, sizeof(before.xmm) );
    guest.cr0 |= 8;
    check_fault( "0fae03", 7, NO_ERROR_CODE );
    guest.cr0 = 4;
    check_fault( "0fae0b", 7, NO_ERROR_CODE );

    /* an exception that the image lets through is seen in the status word */
    guest.cr0 = 0x20;
    store32( guest.ram + 0x100 + FX_MXCSR, 0x1f80 );
    store16( guest.ram + 0x100 + FX_FCW, 0x37e );
    store16( guest.ram + 0x100 + FX_FSW, 0x0001 );
    assert_int_equal( run( "0fae0b" ), SUCCESS );
    assert_int_equal( guest.fp_control.FpControlStatus.FpStatus, 0x8081 );
}

static void test_xsave( void **state )
{
    UINT32 i;

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    load_host_state();
    guest.gpr[3] = GUEST_RAM + 0x100;
    guest.gpr[0] = 3;
    guest.gpr[2] = 0;
    memset( guest.ram + 0x100, 0xcc, 576 );
    store64( guest.ram + 0x100 + XSAVE_XSTATE_BV, 0x10 );
    assert_int_equal( run( "480fae23" ), SUCCESS );
    assert_memory_equal( guest.ram + 0x100, host_image, FX_END );
    assert_int_equal( load64( guest.ram + 0x100 + XSAVE_XSTATE_BV ), 0x13 );
    assert_int_equal( guest.ram[0x100 + XSAVE_XCOMP_BV], 0xcc );
    /* one component: the other's bytes stay */
    memset( guest.ram + 0x100, 0xcc, 576 );
    guest.gpr[0] = 1;
    assert_int_equal( run( "480fae23" ), SUCCESS );
    for (i = FX_MXCSR; i < FX_ST; i++) assert_int_equal( guest.ram[0x100 + i], 0xcc );
    for (i = FX_XMM; i < XSAVE_XSTATE_BV; i++) assert_int_equal( guest.ram[0x100 + i], 0xcc );
    assert_memory_equal( guest.ram + 0x100 + FX_ST, host_image + FX_ST, 128 );

    /* a component that the image does not hold becomes what it was at reset */
    memset( guest.ram + 0x100 + XSAVE_XSTATE_BV, 0, 64 );
    store64( guest.ram + 0x100 + XSAVE_XSTATE_BV, 2 );
    store32( guest.ram + 0x100 + FX_MXCSR, 0x1f80 );
    guest.gpr[0] = 3;
    assert_int_equal( run( "480fae2b" ), SUCCESS );
    assert_int_equal( guest.fp_control.FpControlStatus.FpControl, 0x37f );
    assert_int_equal( guest.fp_control.FpControlStatus.FpTag, 0 );
    for (i = 0; i < 16; i++) assert_int_equal( guest.xmm[i][0], 0xcc );

    guest.ram[0x100 + XSAVE_XCOMP_BV] = 1;
    check_fault( "480fae2b", 13, 0 );
    guest.ram[0x100 + XSAVE_XCOMP_BV] = 0;
    store64( guest.ram + 0x100 + XSAVE_XSTATE_BV, 0x100 );
    check_fault( "480fae2b", 13, 0 );
    guest.gpr[0] = 7;                                                   /* AVX: no names */
    check_refused( "480fae23" );
    guest.gpr[0] = 3;
    guest.gpr[3] = GUEST_RAM + 0x110;
    check_fault( "0fae23", 13, 0 );
    guest.cr4 &= ~0x40000ull;
    check_fault( "0fae23", 6, NO_ERROR_CODE );
}

static void test_fpu_environment( void **state )
{
    UINT8 env[108];
    UINT32 i;

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    load_host_state();
    guest.gpr[3] = GUEST_RAM + 0x100;
    __asm__ volatile( "fxrstor64 %1; fnstenv %0; fxsave64 %2; fninit" : "=m" (env) : "m" (host_image), "m" (other_image) : "memory" );
    assert_int_equal( run( "d933" ), SUCCESS );
    /* the selectors are some processors' to keep; QEMU's own leaves the upper halves of the words 0, where processors have ones */
    for (i = 0; i < 12; i += 4)
    {
        assert_int_equal( load16( guest.ram + 0x100 + i ), load16( env + i ));
        assert_int_equal( load16( guest.ram + 0x102 + i ), 0xffff );
    }
    assert_int_equal( load16( guest.ram + 0x100 + 24 ), 0 );
    assert_int_equal( load16( guest.ram + 0x102 + 24 ), 0xffff );
    assert_int_equal( guest.fp_control.FpControlStatus.FpControl, load16( other_image ));
    assert_int_equal( guest.fp_control.FpControlStatus.FpStatus, load16( other_image + 2 ));

    __asm__ volatile( "fxrstor64 %1; fnsave %0; fxsave64 %2" : "=m" (env) : "m" (host_image), "m" (other_image) : "memory" );
    load_host_state();
    assert_int_equal( run( "dd33" ), SUCCESS );
    for (i = 0; i < 12; i += 4) assert_int_equal( load32( guest.ram + 0x100 + i ), load16( env + i ) | 0xffff0000 );
    assert_memory_equal( guest.ram + 0x11c, env + 28, 80 );
    assert_int_equal( count_accesses( 1 ), 14 );
    assert_int_equal( guest.fp_control.FpControlStatus.FpControl, 0x37f );
    assert_int_equal( guest.fp_control.FpControlStatus.FpTag, 0 );
    assert_int_equal( run( "dd23" ), SUCCESS );                         /* frstor */
    assert_int_equal( guest.fp_control.FpControlStatus.FpTag, host_image[FX_FTW] );
    assert_int_equal( guest.fp_control.FpControlStatus.FpStatus, load16( host_image + FX_FSW ));
    for (i = 0; i < 8; i++) assert_memory_equal( guest.st[i], host_image + FX_ST + i * 16, 10 );

    /* the formats: 16 bits, real mode */
    guest_init( &guest, INSN_MODE_16 );
    guest.gpr[3] = 0x100;
    guest.fp_control.FpControlStatus.FpStatus = 0x3800;
    guest.fp_control.FpControlStatus.LastFpOp = 0x5a5;
    guest.fp_control.FpControlStatus.LastFpRip = 0x9abcde;
    guest.xmm_control.XmmControlStatus.LastFpRdp = 0x1234567;
    assert_int_equal( run( "d937" ), SUCCESS );
    assert_int_equal( load16( guest.ram + 0x104 ), 0xffff );
    assert_int_equal( load16( guest.ram + 0x106 ), 0xbcde );
    assert_int_equal( load16( guest.ram + 0x108 ), 0xa5a5 );
    assert_int_equal( load16( guest.ram + 0x10a ), 0x4567 );
    assert_int_equal( load16( guest.ram + 0x10c ), 0x3000 );
    assert_int_equal( run( "66d937" ), SUCCESS );
    assert_int_equal( load32( guest.ram + 0x10c ), 0xffffbcde );
    assert_int_equal( load32( guest.ram + 0x110 ), 0x9a5a5 );
    assert_int_equal( load32( guest.ram + 0x118 ), 0x123000 );
    guest.fp_control.FpControlStatus.LastFpRip = 0;
    assert_int_equal( run( "66d927" ), SUCCESS );                       /* fldenv */
    assert_int_equal( guest.fp_control.FpControlStatus.LastFpRip, 0x9abcde );
    assert_int_equal( guest.fp_control.FpControlStatus.LastFpOp, 0x5a5 );
    assert_int_equal( guest.xmm_control.XmmControlStatus.LastFpRdp, 0x1234567 );

    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[3] = GUEST_RAM + 0x100;
    guest.cr0 |= 4;
    check_fault( "d933", 7, NO_ERROR_CODE );
    guest.cr0 = 0x20;
    guest.fp_control.FpControlStatus.FpControl = 0x37e;
    guest.fp_control.FpControlStatus.FpStatus = 0x8081;
    check_fault( "d923", 16, NO_ERROR_CODE );
    assert_int_equal( run( "d933" ), SUCCESS );                         /* waits for nothing, and masks it */
    assert_int_equal( guest.fp_control.FpControlStatus.FpControl, 0x37f );
    assert_int_equal( guest.fp_control.FpControlStatus.FpStatus, 1 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_stack ),
        cmocka_unit_test( test_segment_loads ),
        cmocka_unit_test( test_far_branches ),
        cmocka_unit_test( test_system ),
        cmocka_unit_test( test_fxsave ),
        cmocka_unit_test( test_xsave ),
        cmocka_unit_test( test_fpu_environment ),
    };

    return cmocka_run_group_tests_name( "emulate_forms", tests, NULL, NULL );
}
