/*
 * Unit tests of emulate.c: memory
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

#include <time.h>

#include "../winhvemulation/unixlib.h"
#include "emulate/state.h"
#include "guest_checks.h"
#include "host/x86.h"
#include "insn/insn.h"

static void test_load_store( void **state )
{
    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RBX] = GUEST_MMIO + 8;
    guest.gpr[RAX] = 0x1122334455667788;
    assert_int_equal( guest_hex( "8903", 8, 1 ), SUCCESS );
    assert_int_equal( guest.log_count, 1 );             /* no translation: the exit has told */
    check_log( 0, GUEST_MMIO + 8, 4, 1, 0x55667788 );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3002 );
    assert_int_equal( guest.counts[EMULATE_GET_REGISTERS], 1 );
    assert_int_equal( guest.counts[EMULATE_SET_REGISTERS], 1 );
    assert_int_equal( guest.req.count, 1 );             /* RIP alone */

    guest.mmio_data = 0xa1a2a3a4a5a6a7a8;
    assert_int_equal( guest_hex( "8b03", 8, 0 ), SUCCESS );
    assert_int_equal( guest.gpr[RAX], 0xa5a6a7a8 );
    assert_int_equal( guest_hex( "8a23", 8, 0 ), SUCCESS );
    assert_int_equal( guest.gpr[RAX], 0xa5a6a8a8 );
    assert_int_equal( guest_hex( "480fbe0b", 8, 0 ), SUCCESS );
    assert_true( guest.gpr[RCX] == 0xffffffffffffffa8ull );
    assert_int_equal( guest_hex( "0fb70b", 8, 0 ), SUCCESS );
    assert_int_equal( guest.gpr[RCX], 0xa7a8 );
    assert_int_equal( guest_hex( "48c703feffffff", 8, 1 ), SUCCESS );
    check_log( 0, GUEST_MMIO + 8, 8, 1, 0xfffffffffffffffe );
    assert_int_equal( guest_hex( "0f38f00b", 8, 0 ), SUCCESS );
    assert_int_equal( guest.gpr[RCX], 0xa8a7a6a5 );

    /* read-modify-write: the exit tells of the read, so the write is validated */
    guest.mmio_data = 0xff;
    assert_int_equal( guest_hex( "800301", 8, 0 ), SUCCESS );
    assert_int_equal( guest.log_count, 3 );
    assert_int_equal( guest.log[0].kind, EMULATE_TRANSLATE );
    assert_int_equal( guest.log[0].size, WHvTranslateGvaFlagValidateRead | WHvTranslateGvaFlagValidateWrite );
    check_log( 1, GUEST_MMIO + 8, 1, 0, 0 );
    check_log( 2, GUEST_MMIO + 8, 1, 1, 0 );
    assert_int_equal( guest.rflags & RFLAGS_STATUS, RFLAGS_CF | RFLAGS_ZF | RFLAGS_PF | RFLAGS_AF );

    /* a write proves both */
    assert_int_equal( guest_hex( "f0ff03", 8, 1 ), SUCCESS );
    assert_int_equal( guest.log_count, 2 );
}

static void test_pages( void **state )
{
    struct guest before;

    (void)state;
    /* 2 + 6 bytes */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RBX] = GUEST_MMIO + 0xffe;
    guest.gpr[RAX] = 0x1122334455667788;
    assert_int_equal( guest_hex( "488903", 0xffe, 1 ), SUCCESS );
    assert_int_equal( guest.log_count, 3 );
    assert_int_equal( guest.log[0].address, GUEST_MMIO + 0x1000 );
    check_log( 1, GUEST_MMIO + 0xffe, 2, 1, 0x7788 );
    check_log( 2, GUEST_MMIO + 0x1000, 6, 1, 0x112233445566 );

    /* the second page faults: nothing has been written, CR2 is its address */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RBX] = GUEST_MMIO + 0xffe;
    guest.bad_page = GUEST_MMIO + 0x1000;
    guest.bad_code = WHvTranslateGvaResultPageNotPresent;
    guest.vp.ExecutionState.Cpl = 3;
    before = guest;
    assert_int_equal( guest_hex( "488903", 0xffe, 1 ), SUCCESS );
    assert_int_equal( guest.counts[EMULATE_MEMORY], 0 );
    assert_int_equal( guest.rip, before.rip );
    assert_true( guest.event.EventPending && guest.event.DeliverErrorCode );
    assert_int_equal( guest.event.Vector, 14 );
    assert_int_equal( guest.event.ErrorCode, 6 );
    assert_int_equal( guest.event.ExceptionParameter, GUEST_MMIO + 0x1000 );

    /* privileges; an operand that the exit does not speak of */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RBX] = GUEST_RAM + 0x123;
    guest.bad_page = GUEST_RAM;
    guest.bad_code = WHvTranslateGvaResultPrivilegeViolation;
    assert_int_equal( guest_hex( "8b03", 0, 0 ), SUCCESS );
    assert_int_equal( guest.event.Vector, 14 );
    assert_int_equal( guest.event.ErrorCode, 1 );
    assert_int_equal( guest.event.ExceptionParameter, GUEST_RAM + 0x123 );

    /* device memory, where a validated translation says that there is no memory: asked again without validation */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RBX] = GUEST_MMIO + 0x1123;
    guest.bad_page = GUEST_MMIO + 0x1000;
    guest.bad_code = WHvTranslateGvaResultGpaUnmapped;
    assert_int_equal( guest_hex( "8903", 0, 1 ), SUCCESS );
    assert_int_equal( guest.counts[EMULATE_TRANSLATE], 2 );
    check_log( 2, GUEST_MMIO + 0x1123, 4, 1, 0 );
    /* ... or not, if the exit has told where the page is */
    assert_int_equal( guest_hex( "0103", 0x1123, 0 ), SUCCESS );
    assert_int_equal( guest.counts[EMULATE_TRANSLATE], 1 );
    check_log( 2, GUEST_MMIO + 0x1123, 4, 1, 0 );
    guest.bad_code = WHvTranslateGvaResultIntercept;
    assert_int_equal( guest_hex( "8903", 0, 1 ), 1u << 4 );
    guest.bad_page = ~0ull;
    guest.misalignment = 0x10;
    assert_int_equal( guest_hex( "8903", 0, 1 ), 1u << 5 );
}

static void test_fetch( void **state )
{
    static const UINT8 code[] = { 0x48, 0xc7, 0x03, 0x44, 0x33, 0x22, 0x11 };

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RBX] = GUEST_MMIO;
    memcpy( guest.ram + 0x3000, code, sizeof(code) );
    assert_int_equal( guest_hex( "", 0, 1 ), SUCCESS );
    assert_int_equal( guest.log[0].kind, EMULATE_TRANSLATE );
    assert_int_equal( guest.log[0].address, GUEST_RAM + 0x3000 );
    check_log( 1, GUEST_RAM + 0x3000, 8, 0, 0 );
    check_log( 2, GUEST_MMIO, 8, 1, 0x11223344 );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3007 );

    /* bytes cut short in the context; the instruction crosses a page */
    guest.rip = GUEST_RAM + 0x2ffd;
    memcpy( guest.ram + 0x2ffd, code, sizeof(code) );
    assert_int_equal( guest_hex( "48c7", 0, 1 ), SUCCESS );
    check_log( 1, GUEST_RAM + 0x2ffd, 3, 0, 0 );
    assert_int_equal( guest.log[2].address, GUEST_RAM + 0x3000 );
    check_log( 3, GUEST_RAM + 0x3000, 8, 0, 0 );
    check_log( 4, GUEST_MMIO, 8, 1, 0x11223344 );

    guest.rip = GUEST_RAM + 0x2ffd;
    guest.bad_page = GUEST_RAM + 0x3000;
    guest.bad_code = WHvTranslateGvaResultPageNotPresent;
    assert_int_equal( guest_hex( "", 0, 1 ), SUCCESS );
    assert_int_equal( guest.event.Vector, 14 );
    assert_int_equal( guest.event.ErrorCode, 0x10 );
    assert_int_equal( guest.event.ExceptionParameter, GUEST_RAM + 0x3000 );
    assert_int_equal( guest.rip, GUEST_RAM + 0x2ffd );

    /* nothing that can be decoded */
    guest_init( &guest, INSN_MODE_64 );
    memset( guest.ram + 0x3000, 0x66, 32 );
    assert_int_equal( guest_hex( "", 0, 1 ), FAILURE );
}

static void test_segments( void **state )
{
    (void)state;
    /* real mode: base, wrap of the offset, limit */
    guest_init( &guest, INSN_MODE_16 );
    guest.segments[SEGMENT_ES].Base = 0xb8000;
    guest.gpr[RBX] = 0xffff;
    guest.gpr[RSI] = 0x11;
    guest.gpr[RAX] = 0x1234;
    assert_int_equal( guest_hex( "268900", 0, 1 ), SUCCESS );        /* mov es:[bx + si], ax */
    check_log( 1, 0xb8010, 2, 1, 0x1234 );
    assert_int_equal( guest.rip, 0x3003 );
    guest.gpr[RSI] = 0;
    assert_int_equal( guest_hex( "268900", 0, 1 ), SUCCESS );
    assert_int_equal( guest.event.Vector, 13 );
    assert_int_equal( guest.rip, 0x3003 );

    /* segment registers */
    guest_init( &guest, INSN_MODE_16 );
    guest.gpr[RBX] = 0x100;
    guest.ram[0x100] = 0x00;
    guest.ram[0x101] = 0xb8;
    assert_int_equal( guest_hex( "8e07", 0, 0 ), SUCCESS );
    assert_int_equal( guest.segments[SEGMENT_ES].Base, 0xb8000 );
    assert_int_equal( guest.segments[SEGMENT_ES].Selector, 0xb800 );
    assert_int_equal( guest_hex( "8c4702", 0, 1 ), SUCCESS );
    assert_int_equal( guest.ram[0x103], 0xb8 );
    guest.ram[0x100] = 0x34;
    /* mov ss: holds off what would come before the next */
    assert_int_equal( guest_hex( "8e17", 0, 0 ), SUCCESS );
    assert_int_equal( guest.segments[SEGMENT_SS].Base, 0xb8340 );
    assert_int_equal( guest.interrupt_state, 1 );

    /* protected mode: read-only, expand-down, not present */
    guest_init( &guest, INSN_MODE_32 );
    guest.gpr[RBX] = 0x100;
    guest.segments[SEGMENT_DS].SegmentType = 1;
    assert_int_equal( guest_hex( "8903", 0, 1 ), SUCCESS );
    assert_int_equal( guest.event.Vector, 13 );
    guest.event.EventPending = 0;
    assert_int_equal( guest_hex( "8b03", 0, 0 ), SUCCESS );
    assert_int_equal( guest.event.EventPending, 0 );
    guest.segments[SEGMENT_DS].SegmentType = 7;
    guest.segments[SEGMENT_DS].Limit = 0xfff;
    assert_int_equal( guest_hex( "8b03", 0, 0 ), SUCCESS );
    assert_int_equal( guest.event.EventPending, 1 );
    guest.event.EventPending = 0;
    guest.gpr[RBX] = 0x1000;
    assert_int_equal( guest_hex( "8b03", 0, 0 ), SUCCESS );
    assert_int_equal( guest.event.EventPending, 0 );
    guest.segments[SEGMENT_SS].Present = 0;
    assert_int_equal( guest_hex( "8b0424", 0, 0 ), SUCCESS );
    assert_int_equal( guest.event.Vector, 12 );

    /* long mode: FS has a base, DS has none; canonical addresses, of both sizes */
    guest_init( &guest, INSN_MODE_64 );
    guest.segments[SEGMENT_FS].Base = GUEST_MMIO;
    guest.segments[SEGMENT_DS].Base = 0x5000;
    guest.gpr[RBX] = 0x20;
    assert_int_equal( guest_hex( "648903", 0x20, 1 ), SUCCESS );
    check_log( 0, GUEST_MMIO + 0x20, 4, 1, 0 );
    guest.gpr[RBX] = 0x800000000000;
    assert_int_equal( guest_hex( "8903", 0, 1 ), SUCCESS );
    assert_int_equal( guest.event.Vector, 13 );
    guest.event.EventPending = 0;
    guest.cr4 = 0x1000;
    assert_int_equal( guest_hex( "8903", 0, 1 ), SUCCESS );
    assert_int_equal( guest.event.EventPending, 0 );
    guest.gpr[RSP] = 1ull << 63;
    assert_int_equal( guest_hex( "890424", 0, 1 ), SUCCESS );
    assert_int_equal( guest.event.Vector, 12 );
}

static void test_strings( void **state )
{
    UINT32 i;

    (void)state;
    /* RAM to device, 3 elements */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RCX] = 3;
    guest.gpr[RSI] = GUEST_RAM + 0x100;
    guest.gpr[RDI] = GUEST_MMIO;
    for (i = 0; i < 12; i++) guest.ram[0x100 + i] = i;
    assert_int_equal( guest_hex( "f3a5", 0, 1 ), SUCCESS );
    assert_int_equal( guest.gpr[RCX], 0 );
    assert_int_equal( guest.gpr[RSI], GUEST_RAM + 0x10c );
    assert_int_equal( guest.gpr[RDI], GUEST_MMIO + 12 );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3002 );
    assert_int_equal( guest.counts[EMULATE_TRANSLATE], 1 );
    assert_int_equal( guest.log_count, 7 );
    check_log( 6, GUEST_MMIO + 8, 4, 1, 0x0b0a0908 );

    /* device to RAM, backwards, 16-bit addresses wrap */
    guest_init( &guest, INSN_MODE_16 );
    guest.rflags |= RFLAGS_DF;
    guest.segments[SEGMENT_DS].Base = 0xb8000;
    guest.gpr[RCX] = 0x70002;
    guest.gpr[RSI] = 0xaaaa0001;
    guest.gpr[RDI] = 0xbbbb0100;
    guest.mmio_data = 0x5a;
    assert_int_equal( guest_hex( "f3a4", 0, 0 ), SUCCESS );
    assert_int_equal( guest.gpr[RCX], 0x70000 );
    assert_int_equal( guest.gpr[RSI], 0xaaaaffff );
    assert_int_equal( guest.gpr[RDI], 0xbbbb00fe );
    assert_int_equal( guest.ram[0xff], 0x5a );

    /* a bounded number of iterations, then the guest goes on by itself */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RCX] = EMULATE_MAX_ITERATIONS + 5;
    guest.gpr[RDI] = GUEST_MMIO;
    assert_int_equal( guest_hex( "f3aa", 0, 1 ), SUCCESS );
    assert_int_equal( guest.gpr[RCX], 5 );
    assert_int_equal( guest.gpr[RDI], GUEST_MMIO + EMULATE_MAX_ITERATIONS );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3000 );
    guest.gpr[RCX] = 0;
    assert_int_equal( guest_hex( "f3aa", 0, 1 ), SUCCESS );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3002 );
    assert_int_equal( guest.counts[EMULATE_MEMORY], 0 );

    /* a fault on the second page keeps what has been done */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RCX] = 8;
    guest.gpr[RDI] = GUEST_MMIO + 0xffc;
    guest.bad_page = GUEST_MMIO + 0x1000;
    guest.bad_code = WHvTranslateGvaResultPageNotPresent;
    assert_int_equal( guest_hex( "f3aa", 0xffc, 1 ), SUCCESS );
    assert_int_equal( guest.gpr[RCX], 4 );
    assert_int_equal( guest.gpr[RDI], GUEST_MMIO + 0x1000 );
    assert_int_equal( guest.rip, GUEST_RAM + 0x3000 );
    assert_int_equal( guest.event.Vector, 14 );
    assert_int_equal( guest.event.ErrorCode, 2 );

    /* compare and scan */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RAX] = 0x33;
    guest.gpr[RCX] = 16;
    guest.gpr[RDI] = GUEST_RAM;
    guest.ram[5] = 0x33;
    assert_int_equal( guest_hex( "f2ae", 0, 0 ), SUCCESS );
    assert_int_equal( guest.gpr[RCX], 10 );
    assert_int_equal( guest.gpr[RDI], GUEST_RAM + 6 );
    assert_true( guest.rflags & RFLAGS_ZF );
    guest.gpr[RSI] = GUEST_RAM + 0x800;
    guest.gpr[RDI] = GUEST_RAM;
    guest.gpr[RCX] = 16;
    assert_int_equal( guest_hex( "f3a6", 0, 0 ), SUCCESS );
    assert_int_equal( guest.gpr[RCX], 10 );
    assert_int_equal( guest.rflags & (RFLAGS_ZF | RFLAGS_CF), RFLAGS_CF );

    guest.mmio_data = 0x1122334455667788;
    guest.gpr[RSI] = GUEST_MMIO;
    assert_int_equal( guest_hex( "ad", 0, 0 ), SUCCESS );
    assert_int_equal( guest.gpr[RAX], 0x55667788 );
    assert_int_equal( guest.gpr[RSI], GUEST_MMIO + 4 );
}

static void test_stack( void **state )
{
    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RSP] = GUEST_RAM + 0x1000;
    guest.gpr[RBX] = GUEST_MMIO;
    guest.mmio_data = 0x8877665544332211;
    assert_int_equal( guest_hex( "ff33", 0, 0 ), SUCCESS );          /* push [rbx] */
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + 0xff8 );
    assert_memory_equal( guest.ram + 0xff8, &guest.mmio_data, 8 );
    assert_int_equal( guest_hex( "8f442408", 0, 1 ), SUCCESS );      /* pop [rsp + 8]: by the new rsp */
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + 0x1000 );
    assert_memory_equal( guest.ram + 0x1008, &guest.mmio_data, 8 );
    guest.mmio_data = GUEST_RAM + 0x10;
    assert_int_equal( guest_hex( "ff13", 0, 0 ), SUCCESS );          /* call [rbx] */
    assert_int_equal( guest.rip, GUEST_RAM + 0x10 );
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + 0xff8 );
    guest.mmio_data = 1ull << 50;
    assert_int_equal( guest_hex( "ff23", 0, 0 ), SUCCESS );          /* jmp [rbx], not canonical */
    assert_int_equal( guest.event.Vector, 13 );
    assert_int_equal( guest.rip, GUEST_RAM + 0x10 );
    assert_int_equal( guest_hex( "54", 0, 1 ), SUCCESS );            /* push rsp */
    assert_int_equal( guest.ram[0xff0], 0xf8 );
    assert_int_equal( guest_hex( "6a80", 0, 1 ), SUCCESS );
    assert_int_equal( guest.ram[0xfef], 0xff );
    assert_int_equal( guest_hex( "59", 0, 0 ), SUCCESS );
    assert_true( guest.gpr[RCX] == (UINT64)-0x80 );
    assert_int_equal( guest_hex( "5c", 0, 0 ), SUCCESS );            /* pop rsp */
    assert_int_equal( guest.gpr[RSP], GUEST_RAM + 0xff8 );

    /* a 16-bit stack wraps */
    guest_init( &guest, INSN_MODE_16 );
    guest.gpr[RSP] = 0x70000;
    guest.gpr[RAX] = 0xabcd;
    assert_int_equal( guest_hex( "50", 0, 1 ), SUCCESS );
    assert_int_equal( guest.gpr[RSP], 0x7fffe );
    check_log( guest.log_count - 1, GUEST_RAM + 0xfffe, 2, 1, 0xabcd );
}

static void test_vectors( void **state )
{
    static const UINT8 pattern[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
    static const UINT8 zero[8];

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RBX] = GUEST_MMIO;
    memcpy( guest.xmm[9], pattern, 16 );
    assert_int_equal( guest_hex( "440f110b", 0, 1 ), SUCCESS );      /* movups [rbx], xmm9 */
    assert_int_equal( guest.log_count, 2 );
    check_log( 0, GUEST_MMIO, 8, 1, 0x0807060504030201 );
    check_log( 1, GUEST_MMIO + 8, 8, 1, 0x100f0e0d0c0b0a09 );
    assert_int_equal( guest_hex( "c579110b", 0, 1 ), SUCCESS );      /* vmovupd [rbx], xmm9 */
    assert_int_equal( guest_hex( "440f170b", 0, 1 ), SUCCESS );      /* movhps [rbx], xmm9 */
    check_log( 0, GUEST_MMIO, 8, 1, 0x100f0e0d0c0b0a09 );
    guest.mmio_data = 0x1122334455667788;
    assert_int_equal( guest_hex( "440f120b", 0, 0 ), SUCCESS );      /* movlps xmm9, [rbx] */
    assert_memory_equal( guest.xmm[9], &guest.mmio_data, 8 );
    assert_memory_equal( guest.xmm[9] + 8, pattern + 8, 8 );
    assert_int_equal( guest_hex( "f2440f100b", 0, 0 ), SUCCESS );    /* movsd xmm9, [rbx] */
    assert_memory_equal( guest.xmm[9], &guest.mmio_data, 8 );
    assert_memory_equal( guest.xmm[9] + 8, zero, 8 );

    guest.gpr[RBX] = GUEST_MMIO + 8;
    assert_int_equal( guest_hex( "440f290b", 8, 1 ), SUCCESS );      /* movaps wants 16 bytes alignment */
    assert_int_equal( guest.event.Vector, 13 );
    assert_int_equal( guest_hex( "480fc70b", 8, 1 ), SUCCESS );      /* cmpxchg16b too */
    assert_int_equal( guest.event.Vector, 13 );

    /* what the API's registers can't hold, and the client doesn't know more */
    guest.refuses_lanes = 1;
    assert_int_equal( guest_hex( "c5fa6f03", 0, 0 ), GET_FAILED );
    assert_int_equal( guest_hex( "c5fe7f03", 0, 1 ), GET_FAILED );
    assert_int_equal( guest.log_count, 0 );
}

static void test_speed( void **state )
{
    static const UINT8 bytes[] = { 0x89, 0x03 };
    struct timespec start, end;
    UINT32 i;

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RBX] = GUEST_MMIO;
    clock_gettime( CLOCK_MONOTONIC, &start );
    for (i = 0; i < 200000; i++)
    {
        guest.rip = GUEST_RAM + 0x3000;
        guest_mmio( &guest, bytes, sizeof(bytes), GUEST_MMIO, GUEST_MMIO, 1, 1 );
    }
    clock_gettime( CLOCK_MONOTONIC, &end );
    print_message( "%.0f ns an emulated store\n",
                   ((end.tv_sec - start.tv_sec) * 1e9 + end.tv_nsec - start.tv_nsec) / 200000 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_load_store ),
        cmocka_unit_test( test_pages ),
        cmocka_unit_test( test_fetch ),
        cmocka_unit_test( test_segments ),
        cmocka_unit_test( test_strings ),
        cmocka_unit_test( test_stack ),
        cmocka_unit_test( test_vectors ),
        cmocka_unit_test( test_speed ),
    };

    return cmocka_run_group_tests_name( "emulate", tests, NULL, NULL );
}
