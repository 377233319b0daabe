/*
 * Unit tests of flush.c: vector registers that KVM's completion writes
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

#include "host/array.h"
#include "host/kvm.h"
#include "insn/insn.h"
#include "machine.h"
#include "registers/registers_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* in the image: SDM volume 1, 13.4 */
#define XMM_PLACE    160
#define HEADER_PLACE 512

static UINT8 entered[FAKE_XSAVE_SIZE];

/* KVM's emulator finishes the load with whatever it was fed. */
static void complete_vector( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    memset( vcpu->xsave + XMM_PLACE, 0xee, 16 * 16 );
}

static void note_vectors( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    memcpy( entered, vcpu->xsave, sizeof(entered) );
    machine_note_entry( vcpu, exit );
}

static const struct row
{
    const char *name, *code;
    UINT8       length, size;
}
rows[] =
{
    { "movups", "\x0f\x10\x0b", 3, 8 },
    { "movss", "\xf3\x0f\x10\x0b", 4, 4 },
    { "movdqa", "\x66\x0f\x6f\x0b", 4, 8 },
    { "movq", "\xf3\x0f\x7e\x0b", 4, 8 },
    { "addps", "\x0f\x58\x0b", 3, 8 },
    { "fld", "\xdd\x03", 2, 8 },
};

static void start( const struct row *row )
{
    struct fake_exit exit = { .reason = KVM_EXIT_MMIO, .address = DEVICE, .size = row->size, .reg = FAKE_NO_REG,
                              .completion = FAKE_COMPLETE_EMULATOR, .complete_skip = row->length,
                              .on_complete = complete_vector };
    UINT32 i;

    /* all that a new vp brings in is in */
    machine_mode( INSN_MODE_64 );
    assert_int_equal( machine_run_to( (struct fake_exit)FAKE_HLT ), WHvRunVpExitReasonX64Halt );
    machine_mode( INSN_MODE_64 );
    machine_code( CODE, row->code, row->length );
    for (i = 0; i < 16 * 16; i++) machine.vcpu->xsave[XMM_PLACE + i] = i ^ 0x55;
    machine.vcpu->xsave[HEADER_PLACE] = 3;              /* x87 and SSE are not as after a reset */
    machine_queue( exit );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = note_vectors } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonMemoryAccess );
}

/* What was flushed has left no trace there. */
static void test_kept( void **state )
{
    const struct row *row;
    UINT32 again, i;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
        for (again = 0; again < 3; again++)
        {
            start( row );
            machine_set( 0, WHvX64RegisterRip, again & 1 ? CODE + row->length : 0x4321 );
            machine_finish( row->name );
            for (i = 0; i < 16 * 16; i++)
                if (entered[XMM_PLACE + i] != (UINT8)(i ^ 0x55))
                    fail_msg( "%s: byte %u of the vector registers is %02x", row->name, i, entered[XMM_PLACE + i] );
        }
}

/* What the client has made of it goes in. */
static void test_emulated( void **state )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterXmm1;
    WHV_REGISTER_VALUE value = { .Reg128 = { { 0x1122334455667788, 0x99aabbccddeeff00 } } };
    const struct row *row;
    UINT32 i;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
    {
        start( row );
        assert_int_equal( regs_set( machine.vp, &name, 1, &value ), S_OK );
        machine_set( 0, WHvX64RegisterRip, CODE + row->length );
        machine_finish( row->name );
        assert_memory_equal( entered + XMM_PLACE + 16, &value, 16 );
        for (i = 32; i < 16 * 16; i++) assert_int_equal( entered[XMM_PLACE + i], (UINT8)(i ^ 0x55) );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_kept, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_emulated, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
