/*
 * Unit tests: for how long a guest is peeked at, and for which leaves
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

#include "peek_machine.h"

/* A guest that executes none is let go, with breakpoints where there were some. */
static void test_budget( void **state )
{
    struct vp_peek *peek = &machine.vp->arch.intercept.peek;
    static const UINT32 other = 3;

    (void)state;
    set_breakpoints( 1 );
    assert_int_equal( peek->budget, PEEK_BUDGET );
    PUT( "\x0f\xa2" );
    machine_set_gpr( RAX, 7 );
    expect_cpuid( CODE, 7 );
    PUT( "\x0f\xa2\x90\x90\x90" );
    machine_regs()->rip = CODE + 2;
    peek->budget = 2;
    queue_step( 1, NULL );
    queue_step( 1, NULL );
    queue_stop( CODE );
    expect_cpuid( CODE, 7 );
    assert_in_range( peek->budget, 1, PEEK_BUDGET / 2 );
    /* where it stands is stepped over, if it does not exit */
    PUT( "\x0f\xa2\x0f\xa2" );
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, &other, 4 ),
                      S_OK );
    assert_true( machine.partition->props.cpuid_at_run );
    peek->budget = 0;
    peek->sites[0] = CODE;
    peek->site_count = 1;
    queue_step( 2, NULL );
    queue_stop( CODE );
    queue_step( 2, NULL );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );
    set_breakpoints( 0 );
}

/* The list and the bit: set again, changed, and changed when a vp has run. */
static void test_lists( void **state )
{
    static const UINT32 list[] = { 3, 5 };
    UINT32 i;

    (void)state;
    PUT( "\xf4" );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1 } );
    want( 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    for (i = 0; i < 2; i++)
    {
        assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, list, 8 ),
                          S_OK );
        want( CPUID_EXIT );
        PUT( "\x0f\xa2\x0f\xa2" );
        machine_set_gpr( RAX, 7 );
        queue_step( 2, NULL );
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = check_stepped } );
        assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );
        PUT( "\x0f\xa2" );
        machine_set_gpr( RAX, 5 );
        expect_cpuid( CODE, 5 );
    }
}

/* A list that is set before the first entry, and the same again behind it: the answers are those before the entry. */
static void test_list_in_time( void **state )
{
    static const UINT32 list[] = { 1, 5 };

    (void)state;
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, list, 4 ), S_OK );
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, list, 8 ), S_OK );
    PUT( "\x90\x0f\xa2" );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Cpuid );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Cpuid );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = check_free } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, list, 8 ), S_OK );
    assert_false( machine.partition->props.watched );
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, list, 4 ), S_OK );
    assert_true( machine.partition->props.watched );
}

/* A list without the leaf that tells what the processor can do is no description of one. */
static void test_list_of_no_processor( void **state )
{
    static const UINT32 list[] = { 0, 1 };

    (void)state;
    want( CPUID_EXIT );
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, list, 4 ), S_OK );
    assert_true( machine.partition->props.watched );
    PUT( "\x0f\xa2" );
    machine_set_gpr( RAX, 0 );
    expect_cpuid( CODE, 0 );
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, list, 8 ), S_OK );
    assert_false( machine.partition->props.watched );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_budget, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_lists, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_list_in_time, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_list_of_no_processor, setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
