/*
 * Unit tests: a partition that is reset while a thread is inside Run
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

#include <pthread.h>
#include <unistd.h>

#include "machine.h"
#include "run/partition_life.h"
#include "run/run.h"

struct runner
{
    pthread_t               thread;
    HRESULT                 hr;
    WHV_RUN_VP_EXIT_CONTEXT exit;
};

static void *run_thread( void *arg )
{
    struct runner *runner = arg;

    runner->hr = vp_run( machine.handle, 0, &runner->exit, sizeof(runner->exit) );
    return NULL;
}

/* Until it is in the guest (again), for the entries-th time at least. */
static void wait_entered( UINT32 entries )
{
    UINT32 i;

    for (i = 0; __atomic_load_n( &machine.vcpu->entries, __ATOMIC_ACQUIRE ) < entries ||
                !__atomic_load_n( &machine.vcpu->runner, __ATOMIC_ACQUIRE ); i++)
    {
        if (i == 100000) fail_msg( "the vp does not enter the guest" );
        usleep( 50 );
    }
}

/* Who is inside Run goes on from the reset vector, and time with him. */
static void test_reset_while_running( void **state )
{
    struct runner runner = { 0 };
    UINT32 i, entries = machine.vcpu->entries;

    (void)state;
    for (i = 0; i < 4; i++) machine_queue( (struct fake_exit)FAKE_BLOCK );
    assert_int_equal( pthread_create( &runner.thread, NULL, run_thread, &runner ), 0 );
    wait_entered( entries + 1 );
    assert_true( machine.partition->time_running );
    assert_int_equal( partition_reset( machine.handle ), S_OK );
    assert_true( machine.partition->time_running );
    wait_entered( entries + 2 );
    assert_int_equal( machine.vcpu->regs.rip, 0xfff0 );
    assert_int_equal( machine.vcpu->sregs.cs.selector, 0xf000 );
    assert_int_equal( vp_cancel( machine.handle, 0 ), S_OK );
    pthread_join( runner.thread, NULL );
    assert_int_equal( runner.hr, S_OK );
    assert_int_equal( runner.exit.ExitReason, WHvRunVpExitReasonCanceled );
    assert_int_equal( runner.exit.VpContext.Rip, 0xfff0 );
    machine.vcpu->script_count = 0;
    /* nobody runs now: it stands until somebody does */
    assert_int_equal( partition_reset( machine.handle ), S_OK );
    assert_false( machine.partition->time_running );
    machine_queue( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_true( machine.partition->time_running );
}

/* A time that was suspended before stays so, and what fails leaves no guest that runs without a clock. */
static void test_failures( void **state )
{
    struct runner runner = { 0 };
    UINT32 i, entries = machine.vcpu->entries;
    unsigned int n;

    (void)state;
    for (i = 0; i < 200; i++) machine_queue( (struct fake_exit)FAKE_BLOCK );
    assert_int_equal( pthread_create( &runner.thread, NULL, run_thread, &runner ), 0 );
    wait_entered( entries + 1 );
    fake_kvm_fail_function( "kvm_get_clock", EIO );
    assert_int_not_equal( partition_reset( machine.handle ), S_OK );
    fake_kvm_fail_function( "kvm_get_clock", 0 );
    assert_true( machine.partition->time_running );
    fake_kvm_fail_function( "kvm_set_msrs", EIO );
    for (n = 0; n < 2; n++) partition_reset( machine.handle );
    fake_kvm_fail_function( "kvm_set_msrs", 0 );
    assert_true( machine.partition->time_running );
    assert_int_equal( partition_reset( machine.handle ), S_OK );
    assert_int_equal( vp_cancel( machine.handle, 0 ), S_OK );
    pthread_join( runner.thread, NULL );
    assert_int_equal( runner.exit.ExitReason, WHvRunVpExitReasonCanceled );
    machine.vcpu->script_count = 0;
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_reset_while_running, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_failures, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
