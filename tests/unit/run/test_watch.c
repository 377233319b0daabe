/*
 * Tests for vps that do not come back
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

/* A vp that stays in the guest is kicked out of it, and goes in again without a word; one that comes and goes, and one
 * that is not there, are left alone. */

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "machine.h"
#include "run/watch.h"

static void *run( void *arg )
{
    (void)arg;
    machine_run();
    return NULL;
}

static unsigned int kicks( void )
{
    return __atomic_load_n( &machine.vcpu->kicks, __ATOMIC_SEQ_CST );
}

static void wait_a_bit( void )
{
    static const struct timespec ms = { .tv_nsec = 1000000 };

    nanosleep( &ms, NULL );
}

static void test_kick( void **state )
{
    unsigned int n, i;
    pthread_t thread;

    (void)state;
    /* out of the guest */
    n = kicks();
    for (i = 0; i < 3; i++) assert_true( watch_look() );
    assert_int_equal( kicks(), n );

    machine_queue( (struct fake_exit)FAKE_BLOCK );
    machine_queue( (struct fake_exit)FAKE_HLT );
    assert_int_equal( pthread_create( &thread, NULL, run, NULL ), 0 );
    for (i = 0; i < 10000 && !__atomic_load_n( &machine.vp->thread.in_guest, __ATOMIC_SEQ_CST ); i++) wait_a_bit();
    /* the first look that finds it there notes it; the second one does not find that it has been out */
    for (i = 0; i < 10000 && kicks() == n; i++)
    {
        watch_look();
        wait_a_bit();
    }
    assert_int_equal( pthread_join( thread, NULL ), 0 );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
    assert_int_equal( kicks(), n + 1 );
}

static void test_none( void **state )
{
    (void)state;
    assert_false( watch_look() );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_kick, machine_setup, machine_teardown ),
        cmocka_unit_test_setup( test_none, machine_no_setup ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
