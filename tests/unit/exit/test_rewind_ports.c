/*
 * Finding the instruction of a port access
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

#include "exit/rewind_ports.h"
#include "exit/rewind_types.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "rewind_machine.h"
#include "vm/vp.h"

static struct rewind_result result;

static BOOL out( UINT16 port, UINT32 size, UINT32 data )
{
    return rewind_out( machine.vp, port, size, (const UINT8 *)&data, &result );
}

static void test_out( void **state )
{
    static const UINT8 code[] = { 0xe6, 0x42, 0xe6, 0x42, 0x66, 0xef, 0xef, 0xee };
    UINT32 past;

    (void)state;
    for (past = 0; past < 2; past++)
    {
        machine_out_past( past );
        machine_mode( INSN_MODE_64 );
        memset( machine.memory + CODE - 0x80, 0x90, 0x200 );
        machine_code( CODE, code, sizeof(code) );

        /* two equal ones: only what was measured tells which of them it was */
        machine_regs()->rip = CODE + 2;
        assert_true( out( 0x42, 1, 0x11 ));
        assert_int_equal( result.before.rip, past ? CODE : CODE + 2 );
        assert_int_equal( result.behind, past );
        assert_int_equal( result.insn.length, 2 );
        /* what does not fit on the usual side is looked for on the other, if this KVM can be there */
        machine_regs()->rip = past ? CODE : CODE + 4;
        if (past)
        {
            assert_false( out( 0x42, 1, 0x11 ));
            machine_out_varies();
        }
        assert_true( out( 0x42, 1, 0x11 ));
        assert_int_equal( result.before.rip, past ? CODE : CODE + 2 );
        assert_int_equal( result.behind, !past );

        machine_set_gpr( RDX, 0x13f8 );
        machine_regs()->rip = CODE + 4 + 2 * past;
        assert_true( out( 0x13f8, 2, 0x2211 ));
        assert_int_equal( result.insn.length, 2 );
        assert_int_equal( result.before.rip, CODE + 4 );
        machine_regs()->rip = CODE + 6 + past;
        assert_true( out( 0x13f8, 4, 0x44332211 ));
        assert_int_equal( result.insn.length, 1 );
        machine_regs()->rip = CODE + 7 + past;
        assert_true( out( 0x13f8, 1, 0x11 ));
        assert_int_equal( result.before.rip, CODE + 7 );
        assert_false( out( 0x13f8, 1, 0x12 ));
        assert_false( out( 0x13f9, 1, 0x11 ));
        assert_false( out( 0x13f8, 2, 0x2211 ));
        machine_regs()->rip = 0;
        assert_false( out( 0x13f8, 1, 0x11 ));
    }
}

static void test_outs( void **state )
{
    UINT32 past;

    (void)state;
    for (past = 0; past < 2; past++)
    {
        machine_out_past( past );
        machine_mode( INSN_MODE_64 );
        machine_set_gpr( RDX, 0x60 );
        machine_code( CODE, "\x6e\xf3\x6e\xf3\x66\x6f", 6 );

        /* a single one is behind on every KVM */
        machine_regs()->rip = CODE + 1;
        machine_set_gpr( RSI, DATA + 1 );
        assert_true( out( 0x60, 1, 0x40 ));
        assert_int_equal( result.before.rip, CODE );
        assert_int_equal( result.before.rsi, DATA );
        assert_int_equal( result.before.rcx, 16 );
        assert_true( result.behind );

        /* between two items */
        machine_regs()->rflags |= FLAG_RF;
        machine_set_gpr( RCX, 15 );
        assert_true( out( 0x60, 1, 0x40 ));
        assert_int_equal( result.before.rip, CODE + 1 );
        assert_int_equal( result.before.rsi, DATA );
        assert_int_equal( result.before.rcx, 16 );
        assert_int_equal( result.before.rflags, 2 );
        assert_int_equal( result.insn.rep, 0xf3 );

        machine_regs()->rflags |= FLAG_DF;
        machine_regs()->rip = CODE + 3;
        machine_set_gpr( RSI, DATA );
        machine_set_gpr( RCX, 0 );
        assert_true( out( 0x60, 2, 0x4342 ));
        assert_int_equal( result.before.rsi, DATA + 2 );
        assert_int_equal( result.before.rcx, 1 );
        assert_false( out( 0x60, 2, 0x4343 ));
    }
}

static void test_in( void **state )
{
    (void)state;
    machine_code( CODE, "\xec\xe5\x60\x6c\xf3\x66\x6d", 7 );
    assert_true( rewind_in( machine.vp, 1, &result ));
    assert_false( rewind_in( machine.vp, 2, &result ));
    machine_regs()->rip = CODE + 1;
    assert_true( rewind_in( machine.vp, 4, &result ));
    assert_int_equal( result.insn.length, 2 );
    machine_regs()->rip = CODE + 3;
    assert_true( rewind_in( machine.vp, 1, &result ));
    machine_regs()->rip = CODE + 4;
    assert_true( rewind_in( machine.vp, 2, &result ));
    assert_int_equal( result.insn.rep, 0xf3 );
    machine_code( CODE + 4, "\x90", 1 );
    assert_false( rewind_in( machine.vp, 2, &result ));
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_out, rewind_machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_outs, rewind_machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_in, rewind_machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
