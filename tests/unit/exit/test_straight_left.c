/*
 * Unit tests of straight.c: what it must leave alone
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

#include <stdio.h>

#include "host/array.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "machine.h"
#include "straight_machine.h"
#include "vm/code_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define RAM_FLAGS (WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute)

/* One of each kind, at CODE: MOV EAX,[RBX], MOV [RBX],EAX, IN EAX,42h, OUT 42h,EAX at and behind. */
static const struct site
{
    const char  *name, *code;
    struct shown shown;
    BOOL         past;
}
sites[] =
{
    { "load", "\x8b\x03", { SHOW_READ, 2, 4, DEVICE, 0, .at = 0 }, 0 },
    { "store", "\x89\x03", { SHOW_WRITE, 2, 4, DEVICE, 0x44332211, .at = 0 }, 0 },
    { "in", "\xe5\x42", { SHOW_IN, 2, 4, 0x42, 0, .at = 0 }, 0 },
    { "out", "\xe7\x42", { SHOW_OUT, 2, 4, 0x42, 0x44332211, .at = 0 }, 0 },
    { "out, behind", "\xe7\x42", { SHOW_OUT, 2, 4, 0x42, 0x44332211, .at = 0 }, 1 },
};

static void start_at( const struct site *site, enum insn_mode mode, UINT64 at )
{
    machine_out_past( site->past );
    straight_forget();
    machine_mode( mode );
    view_edit_sregs( machine.vp )->cr4 = 0;
    memset( machine.memory, 0x90, 0x3000 );
    machine_code( at, site->code, 2 );
    machine_regs()->rip = at;
    straight_warm( site->name, &site->shown );
}

static void start( const struct site *site )
{
    start_at( site, INSN_MODE_64, CODE );
    straight_taken( site->name, &site->shown );
}

static BOOL is_behind( const struct site *site )
{
    return site->shown.kind == SHOW_WRITE || site->past;
}

/* ---- the code ---- */

static void test_code_changes( void **state )
{
    static const struct { const char *bytes; UINT8 at, count; } changes[] =
    {
        { "\x8a", 0, 1 }, { "\x66", 0, 1 }, { "\x90\x90", 0, 2 }, { "\x43", 1, 1 }, { "\xf4", 0, 1 }, { "\x0b", 1, 1 },
        { "\x06\x06", 0, 2 }, { "\xff\xff", 0, 2 }, { "\x88", 0, 1 }, { "\xe6", 0, 1 }, { "\xe4", 0, 1 },
        { "\xe5\x43", 0, 2 }, { "\x48\x8b", 0, 2 },
    };
    const struct site *site;
    UINT32 i, bit;

    (void)state;
    for (site = sites; site < sites + ARRAY_SIZE(sites); site++)
    {
        for (i = 0; i < ARRAY_SIZE(changes); i++)
        {
            start( site );
            if (!memcmp( machine.memory + CODE + changes[i].at, changes[i].bytes, changes[i].count )) continue;
            machine_code( CODE + changes[i].at, changes[i].bytes, changes[i].count );
            straight_left( site->name, &site->shown );
            /* and as it was */
            machine_code( CODE, site->code, 2 );
            straight_true( site->name, &site->shown );
        }
        /* each bit of it; of what follows, none counts, and the client sees it as it is */
        for (bit = 0; bit < 16 * 8; bit++)
        {
            start( site );
            machine.memory[CODE + bit / 8] ^= 1 << bit % 8;
            if (bit < 16) straight_left( site->name, &site->shown );
            else straight_taken( site->name, &site->shown );
        }
    }
}

/* Another mode, or base, of the code segment; each way of the change, and back. */
static void test_code_segment( void **state )
{
    static const struct { UINT8 efer, l, db, pe, vm; UINT32 base; } states[] =
    {
        { 1, 1, 0, 1, 0, 0 }, { 1, 0, 1, 1, 0, 0 }, { 1, 0, 0, 1, 0, 0 }, { 0, 0, 1, 1, 0, 0 }, { 0, 0, 0, 1, 0, 0 },
        { 0, 0, 0, 0, 0, 0 }, { 0, 0, 1, 1, 1, 0 }, { 0, 0, 1, 1, 0, 0x10 }, { 0, 0, 1, 1, 0, 0xfffffff0 },
        { 0, 0, 0, 1, 0, 0x10 }, { 1, 1, 0, 1, 0, 0x10 }, { 0, 0, 0, 0, 0, 0x10 }, { 0, 1, 1, 1, 0, 0 },
    };
    const struct site *site;
    UINT32 from, to, i;

    (void)state;
    for (site = sites; site < sites + ARRAY_SIZE(sites); site++)
        for (from = 0; from < ARRAY_SIZE(states); from++)
            for (to = 0; to < ARRAY_SIZE(states); to++)
            {
                start_at( site, INSN_MODE_64, CODE );
                /* the same instruction sixteen bytes further on, and before */
                machine_code( CODE + 0x10, site->code, 2 );
                machine_code( CODE - 0x10, site->code, 2 );
                for (i = 0; i < 3; i++)
                {
                    UINT32 now = i == 1 ? to : from;
                    struct kvm_sregs *sregs = view_edit_sregs( machine.vp );

                    sregs->efer = states[now].efer ? 0x500 : 0;
                    sregs->cs.l = states[now].l;
                    sregs->cs.db = states[now].db;
                    sregs->cs.base = states[now].base;
                    sregs->cr0 = states[now].pe ? 0x60000011 : 0x60000010;
                    machine_regs()->rflags = states[now].vm ? 2 | RFLAGS_VM : 2;
                    straight_true( site->name, &site->shown );
                }
            }
}

/* The last 15 bytes of a page, and what lies on two pages. */
static void test_end_of_page( void **state )
{
    const struct site *site;
    UINT64 at;

    (void)state;
    for (site = sites; site < sites + ARRAY_SIZE(sites); site++)
        for (at = CODE + 0x1000 - 20; at < CODE + 0x1010; at++)
        {
            start_at( site, INSN_MODE_64, at );
            if (at <= CODE + 0x1000 - 16 || at >= CODE + 0x1000) straight_taken( site->name, &site->shown );
            else straight_left( site->name, &site->shown );
        }
}

/* The processor went in close before where KVM shows RIP, at what ends there too. */
static void test_entered_close( void **state )
{
    struct shown shown;
    const struct site *site;
    INT32 i;

    (void)state;
    for (site = sites; site < sites + ARRAY_SIZE(sites); site++)
    {
        start( site );
        shown = site->shown;
        /* instructions of one byte are all around: what is entered there leads to it */
        for (i = -40; i <= 40; i++)
        {
            INT32 distance = 2 - i;             /* from there to behind it */

            shown.entered = i;
            if (is_behind( site ) && distance > 0 && distance <= 15 && i) straight_left( site->name, &shown );
            else straight_taken( site->name, &shown );
        }
        /* what is entered one byte earlier is the same with a prefix: then it was that one */
        if (!is_behind( site )) continue;
        machine_code( CODE - 1, "\x2e", 1 );
        shown = site->shown;
        shown.entered = -1;
        straight_left( site->name, &shown );
        straight_true( site->name, &shown );
        assert_int_equal( straight_exit.VpContext.Rip, CODE - 1 );
    }
}

/* Behind a store stands INT3 of real mode, which a KVM that emulates it pushes just that for: the general way asks. */
static void test_int3( void **state )
{
    const struct shown shown = { SHOW_WRITE, 4, 2, DEVICE + STACK - 6, CODE + 5, .at = 0 };

    (void)state;
    machine_out_past( 1 );
    straight_forget();
    machine_mode( INSN_MODE_16 );
    view_edit_sregs( machine.vp )->ss.base = DEVICE;
    memset( machine.memory, 0x90, 0x3000 );
    machine_code( CODE, "\x26\xa3\xfa\x7f\xcc", 5 );          /* mov es:[STACK - 6], ax */
    machine_set_gpr( RAX, CODE + 5 );
    straight_warm( "store", &shown );
    straight_taken( "store", &shown );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 4 ), S_OK );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExceptionExitBitmap, 1 << 3 ), S_OK );
    straight_left( "store", &shown );
    straight_true( "store", &shown );
    assert_int_equal( straight_exit.ExitReason, WHvRunVpExitReasonException );
    machine_out_past( 0 );
}

/* ---- what KVM reports ---- */

static void test_other_access( void **state )
{
    struct shown shown;
    const struct site *site;
    UINT32 i;

    (void)state;
    for (site = sites; site < sites + ARRAY_SIZE(sites); site++)
    {
        BOOL memory = site->shown.kind >= SHOW_WRITE;

        start( site );
        for (i = 0; i < 12; i++)
        {
            shown = site->shown;
            switch (i)
            {
            case 0: shown.size = 1; break;
            case 1: shown.size = 2; break;
            case 2: shown.size = 8; break;
            case 3: shown.size = 3; break;
            case 4: shown.address += 1; break;
            case 5: shown.address += 0x1000; break;
            case 6: shown.address -= 0x100; break;
            case 7: shown.address |= 1ull << 40; break;
            case 8: shown.data ^= 1; break;
            case 9: shown.data ^= 0x80000000; break;
            case 10: shown.kind ^= 1; break;            /* read for write, in for out */
            case 11: shown.kind ^= 2; break;            /* memory for port */
            }
            /* what is read has no data yet, and of an IN the port is KVM's word */
            if (i >= 8 && i <= 9 && (shown.kind == SHOW_READ || shown.kind == SHOW_IN)) continue;
            if (!memory && i == 2) continue;            /* no port has as many */
            if (shown.kind == SHOW_IN && i >= 4 && i <= 9)
            {
                straight_taken( site->name, &shown );
                assert_int_equal( straight_exit.IoPortAccess.PortNumber, (UINT16)shown.address );
            }
            /* the port that KVM shows has 16 bits */
            else if (!memory && i == 7) straight_taken( site->name, &shown );
            else straight_left( site->name, &shown );
            straight_true( site->name, &shown );
            straight_taken( site->name, &site->shown );
        }
    }
}

/* Registers that the address or the port or the data goes by. */
static void test_other_registers( void **state )
{
    const struct site *site;
    UINT32 i;

    (void)state;
    for (site = sites; site < sites + ARRAY_SIZE(sites); site++)
        for (i = 0; i < 16; i++)
        {
            BOOL counts = (i == RBX && site->shown.kind >= SHOW_WRITE) ||
                          (i == RAX && (site->shown.kind == SHOW_WRITE || site->shown.kind == SHOW_OUT));

            start( site );
            machine_set_gpr( i, machine_gpr( i ) + 0x1001 );
            if (counts) straight_left( site->name, &site->shown );
            else straight_taken( site->name, &site->shown );
            straight_true( site->name, &site->shown );
        }
}

/* An operand that lies on two pages: KVM reports its first part. */
static void test_two_pages( void **state )
{
    struct shown shown;
    const struct site *site;
    UINT32 back, part;

    (void)state;
    for (site = sites; site < sites + 2; site++)
        for (back = 1; back <= 6; back++)
        {
            start_at( site, INSN_MODE_64, CODE );
            machine_set_gpr( RBX, DEVICE + 0x1000 - back );
            shown = site->shown;
            shown.address = DEVICE + 0x1000 - back;
            for (part = 1; part <= 4; part++)
            {
                shown.size = part;
                if (part == 4 && back >= 4) straight_taken( site->name, &shown );
                else straight_left( site->name, &shown );
                straight_true( site->name, &shown );
            }
        }
}

/* ---- the guest's memory ---- */

/* The page of the code goes, comes back elsewhere, may not be read; bytes are the client's as of now. */
static void test_code_page( void **state )
{
    const struct site *site;

    (void)state;
    for (site = sites; site < sites + ARRAY_SIZE(sites); site++)
    {
        start( site );
        assert_int_equal( machine_map( NULL, CODE, 0x1000, 0 ), S_OK );
        straight_left( site->name, &site->shown );
        straight_true( site->name, &site->shown );

        assert_int_equal( machine_map( machine.memory + CODE, CODE, 0x1000, RAM_FLAGS ), S_OK );
        straight_taken( site->name, &site->shown );

        /* another page with the same instruction, and others behind it */
        memset( machine.memory + 0x9000, 0xcc, 0x1000 );
        machine_code( 0x9000 + (CODE & 0xfff), site->code, 2 );
        assert_int_equal( machine_map( machine.memory + 0x9000, CODE, 0x1000, RAM_FLAGS ), S_OK );
        straight_taken( site->name, &site->shown );
        if (!is_behind( site ))
            assert_int_equal( site->shown.kind <= SHOW_IN ? straight_exit.IoPortAccess.InstructionBytes[2]
                                                          : straight_exit.MemoryAccess.InstructionBytes[2], 0xcc );

        /* ... and with another one */
        assert_int_equal( machine_map( machine.memory + DATA, CODE, 0x1000, RAM_FLAGS ), S_OK );
        straight_left( site->name, &site->shown );

        assert_int_equal( machine_map( machine.memory + CODE, CODE, 0x1000, 0 ), S_OK );
        straight_left( site->name, &site->shown );
        straight_true( site->name, &site->shown );

        assert_int_equal( machine_map( machine.memory + CODE, CODE, 0x1000, WHvMapGpaRangeFlagRead ), S_OK );
        straight_taken( site->name, &site->shown );
        assert_int_equal( machine_map( machine.memory, 0, RAM_SIZE, RAM_FLAGS ), S_OK );
        straight_taken( site->name, &site->shown );
    }
}

/* What makes an exit may be mapped all the same: what may only be read makes one when it is written, and what may not
 * be read always. */
static void test_mapped_device( void **state )
{
    const struct site *site;

    (void)state;
    for (site = sites; site < sites + 2; site++)
    {
        const WHV_MEMORY_ACCESS_CONTEXT *access = &straight_exit.MemoryAccess;

        start( site );
        assert_true( access->AccessInfo.GpaUnmapped );
        assert_int_equal( machine_map( machine.memory + DATA, DEVICE, 0x1000, 0 ), S_OK );
        straight_taken( site->name, &site->shown );
        assert_false( access->AccessInfo.GpaUnmapped );
        assert_int_equal( machine_map( NULL, DEVICE, 0x1000, 0 ), S_OK );
        straight_taken( site->name, &site->shown );
        assert_true( access->AccessInfo.GpaUnmapped );
        assert_int_equal( machine_map( machine.memory + DATA, DEVICE, 0x1000, WHvMapGpaRangeFlagRead ), S_OK );
        straight_taken( site->name, &site->shown );
        assert_false( access->AccessInfo.GpaUnmapped );
        /* something else, somewhere else */
        assert_int_equal( machine_map( machine.memory + DATA, DEVICE + 0x10000, 0x1000, RAM_FLAGS ), S_OK );
        straight_taken( site->name, &site->shown );
        assert_false( access->AccessInfo.GpaUnmapped );
        assert_int_equal( machine_map( NULL, DEVICE, 0x20000, 0 ), S_OK );
        straight_taken( site->name, &site->shown );
        assert_true( access->AccessInfo.GpaUnmapped );
    }
}

/* ---- two that share places ---- */

/* Instructions whose linear addresses are remembered in one place, and pages that are. */
static void test_shared_places( void **state )
{
    const struct site *a, *b;
    UINT32 i;

    (void)state;
    for (a = sites; a < sites + ARRAY_SIZE(sites); a++)
        for (b = sites; b < sites + ARRAY_SIZE(sites); b++)
        {
            if (a->past != b->past) continue;
            start( a );
            machine_code( CODE + 0x400, b->code, 2 );
            for (i = 0; i < 3; i++)
            {
                machine_regs()->rip = CODE + 0x400;
                straight_left( b->name, &b->shown );
                straight_warm( b->name, &b->shown );
                straight_taken( b->name, &b->shown );
                machine_regs()->rip = CODE;
                straight_left( a->name, &a->shown );
                straight_warm( a->name, &a->shown );
                straight_taken( a->name, &a->shown );
            }
        }
    /* the code's page and the operand's, which have the same place in the buffer of translations */
    for (a = sites; a < sites + 2; a++)
    {
        struct shown shown = a->shown;

        start( a );
        for (shown.address = DEVICE; shown.address < DEVICE + 0x10000; shown.address += 0x1000)
        {
            machine_set_gpr( RBX, shown.address );
            straight_taken( a->name, &shown );
            straight_warm( a->name, &shown );
            straight_taken( a->name, &shown );
        }
    }
}

/* Where the one that ended last at such an address was longer: what is remembered to begin so far before this one ends
 * elsewhere. Here it is MOV [RBX],EAX, then STOSD, which stores the same there. */
static void test_other_length( void **state )
{
    struct shown longer = { SHOW_WRITE, 3, 2, DEVICE, 0x2211, .at = 0 };
    struct shown store = { SHOW_WRITE, 2, 4, DEVICE, 0x44332211, .at = 0 };
    struct shown stos = { SHOW_WRITE, 1, 4, DEVICE, 0x44332211, .entered = -40 };

    (void)state;
    machine_out_past( 0 );
    straight_forget();
    machine_mode( INSN_MODE_64 );
    memset( machine.memory, 0x90, 0x3000 );
    machine_code( CODE, "\x89\x03\xab", 3 );
    machine_code( CODE + 0x60, "\x66\x89\x03", 3 );
    straight_warm( "store", &store );
    straight_taken( "store", &store );
    machine_regs()->rip = CODE + 0x60;
    straight_warm( "longer store", &longer );
    straight_taken( "longer store", &longer );
    assert_int_equal( code_last_length( machine.vp, CODE + 3 ), 3 );
    assert_int_equal( code_place( machine.vp, CODE )->linear, CODE );

    machine_regs()->rip = CODE + 2;
    machine_set_gpr( RDI, DEVICE + 4 );
    straight_left( "stos", &stos );
    straight_true( "stos", &stos );
    assert_int_equal( straight_exit.VpContext.Rip, CODE + 2 );
}

/* Bytes that are no instruction empty a place; what they were has no meaning. */
static void test_no_instruction( void **state )
{
    static const UINT8 none[15] = { 0xf0, 0x0f, 0x0b };
    const struct site *site;

    (void)state;
    for (site = sites; site < sites + ARRAY_SIZE(sites); site++)
    {
        start( site );
        assert_null( code_decode( machine.vp, CODE, none, sizeof(none) ));
        straight_left( site->name, &site->shown );
        assert_null( code_decode( machine.vp, CODE + 0x400, none, sizeof(none) ));
        straight_left( site->name, &site->shown );
        straight_warm( site->name, &site->shown );
        straight_taken( site->name, &site->shown );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_code_changes, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_code_segment, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_end_of_page, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_entered_close, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_int3, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_other_access, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_other_registers, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_two_pages, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_code_page, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_mapped_device, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_shared_places, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_other_length, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_no_instruction, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
