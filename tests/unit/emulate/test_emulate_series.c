/*
 * Unit tests: the emulator, iterations of string instructions that are told at once
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
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../winhvemulation/unixlib.h"
#include "fake_guest.h"
#include "host/array.h"
#include "host/x86.h"
#include "insn/insn.h"

#define ROUNDS    20000
#define MAX_COUNT 300
#define SUCCESS   1

/* One callback to a port or to memory. */
struct entry
{
    UINT32 kind, size;
    UINT64 address, data;
    BOOL   write;
};

static struct guest guest, whole, single;
static struct entry whole_log[3 * MAX_COUNT], single_log[3 * MAX_COUNT];
static UINT8 bytes[8];
static UINT32 byte_count;

static UINT32 run( struct guest *g )
{
    static const WHV_X64_IO_PORT_ACCESS_CONTEXT io = { .AccessInfo = { .StringOp = 1, .RepPrefix = 1 },
                                                       .PortNumber = 0x1f0 };
    UINT8 opcode = bytes[byte_count - 1];

    if (opcode < 0x70) return guest_io( g, bytes, byte_count, &io );
    return guest_mmio( g, bytes, byte_count, 0, 0, 1, 0 );
}

/* Takes over what the guest has noted; returns the new count. */
static UINT32 keep_log( const struct guest *g, struct entry *log, UINT32 count )
{
    UINT32 i;

    for (i = 0; i < g->log_count; i++)
    {
        const struct guest_log *from = &g->log[i];

        if (from->kind == EMULATE_TRANSLATE) continue;
        assert_true( count < ARRAY_SIZE( whole_log ));
        log[count++] = (struct entry){ from->kind, from->size, from->address, from->data, from->write };
    }
    return count;
}

static UINT64 around( UINT64 base )
{
    UINT64 offset = rand() % 4 * 0x1000 + rand() % 64 - 32;

    return base + (offset & 0x3fff);
}

static void make_instruction( enum insn_mode mode )
{
    static const UINT8 opcodes[] = { 0x6c, 0x6d, 0x6e, 0x6f, 0xa4, 0xa5, 0xaa, 0xab };

    byte_count = 0;
    if (!(rand() % 4)) bytes[byte_count++] = 0x67;
    if (!(rand() % 3)) bytes[byte_count++] = 0x66;
    bytes[byte_count++] = rand() % 4 ? 0xf3 : 0xf2;
    if (mode == INSN_MODE_64 && !(rand() % 3)) bytes[byte_count++] = 0x48;
    bytes[byte_count++] = opcodes[rand() % ARRAY_SIZE( opcodes )];
}

static void make_guest( void )
{
    static const enum insn_mode modes[] = { INSN_MODE_16, INSN_MODE_32, INSN_MODE_64 };
    enum insn_mode mode = modes[rand() % 3];
    UINT64 base = mode == INSN_MODE_16 ? 0 : GUEST_RAM;
    UINT32 i;

    guest_init( &guest, mode );
    make_instruction( mode );
    for (i = 0; i < GUEST_RAM_SIZE; i++) guest.ram[i] = rand();
    guest.mmio_data = rand();
    guest.gpr[RAX] = 0x1122334455667788;
    guest.gpr[RSI] = around( base );
    guest.gpr[RDI] = around( base );
    guest.gpr[RCX] = rand() % MAX_COUNT;
    if (!(rand() % 4)) guest.gpr[RSI] = guest.gpr[RDI] + rand() % 8 - 4;
    if (!(rand() % 8)) guest.gpr[RDI] = 0xffff - rand() % 64;
    if (!(rand() % 8)) guest.gpr[RSI] = rand() % 64;
    if (rand() % 3 == 0) guest.rflags |= RFLAGS_DF;
    if (mode != INSN_MODE_64)
    {
        for (i = 0; i < 6; i++)
        {
            if (!(rand() % 6)) guest.segments[i].Limit = guest.gpr[RDI] + rand() % 256 - 128;
            if (!(rand() % 12) && i != SEGMENT_CS) guest.segments[i].SegmentType |= 4;
        }
    }
    if (!(rand() % 4))
    {
        guest.bad_page = GUEST_RAM + rand() % 4 * 0x1000;
        guest.bad_code = WHvTranslateGvaResultPageNotPresent;
    }
}

/* What so many iterations do at once is what each does alone, one after the other, to the first fault. */
static void test_same_as_single( void **state )
{
    UINT32 round, whole_count, single_count, status, count, i;

    (void)state;
    srand( 11 );
    for (round = 0; round < ROUNDS; round++)
    {
        make_guest();
        whole = single = guest;
        status = run( &whole );
        whole_count = keep_log( &whole, whole_log, 0 );

        single_count = 0;
        count = guest.gpr[RCX];
        single.rip += byte_count;
        for (i = 0; i < count; i++)
        {
            single.gpr[RCX] = 1;
            single.rip = guest.rip;
            assert_int_equal( run( &single ), status );
            single_count = keep_log( &single, single_log, single_count );
            if (single.rip == guest.rip) break;
        }

        assert_int_equal( status, SUCCESS );
        assert_int_equal( whole_count, single_count );
        for (i = 0; i < whole_count; i++)
        {
            assert_int_equal( whole_log[i].kind, single_log[i].kind );
            assert_int_equal( whole_log[i].size, single_log[i].size );
            assert_int_equal( whole_log[i].write, single_log[i].write );
            assert_true( whole_log[i].address == single_log[i].address );
            assert_true( whole_log[i].data == single_log[i].data );
        }
        assert_memory_equal( whole.ram, single.ram, sizeof(whole.ram) );
        assert_true( whole.rip == single.rip && whole.rflags == single.rflags );
        assert_memory_equal( &whole.event, &single.event, sizeof(whole.event) );
        if (single.event.EventPending) assert_int_equal( whole.event.Vector, single.event.Vector );
        for (i = 0; i < 16; i++) if (i != RCX) assert_true( whole.gpr[i] == single.gpr[i] );
    }
}

/* A callback that fails ends it: its bit, no register is set, and nothing more is asked. */
static void test_failures( void **state )
{
    static const UINT8 opcodes[] = { 0x6d, 0x6f, 0xa5, 0xab };
    UINT32 i, after;

    (void)state;
    for (i = 0; i < ARRAY_SIZE( opcodes ); i++)
    {
        for (after = 0; after < 40; after++)
        {
            UINT32 kind = i < 2 && after % 2 ? EMULATE_IO : EMULATE_MEMORY, status;

            guest_init( &guest, INSN_MODE_64 );
            byte_count = 2;
            bytes[0] = 0xf3;
            bytes[1] = opcodes[i];
            guest.gpr[RSI] = GUEST_RAM + 0x10;
            guest.gpr[RDI] = GUEST_RAM + 0x1010;
            guest.gpr[RCX] = 100;
            whole = guest;
            whole.fail_kind = kind;
            whole.fail_after = after;
            status = run( &whole );
            assert_int_equal( status, kind == EMULATE_IO ? 1 << 2 : 1 << 3 );
            assert_int_equal( whole.counts[kind], after + 1 );
            assert_int_equal( whole.counts[EMULATE_SET_REGISTERS], 0 );
            assert_memory_equal( whole.gpr, guest.gpr, sizeof(guest.gpr) );
            assert_true( whole.rip == guest.rip );
        }
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_same_as_single ),
        cmocka_unit_test( test_failures ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
