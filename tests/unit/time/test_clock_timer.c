/*
 * Unit tests: timers of APICs while the time of the partition stands
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

#include <errno.h>

#include "host/host.h"
#include "host/kvm.h"
#include "machine.h"
#include "run/vp_life.h"
#include "time/clock_x86.h"
#include "time/counters_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"

#define SVR           0x0f0
#define LVT_TIMER     0x320
#define INITIAL_COUNT 0x380
#define CURRENT_COUNT 0x390
#define DIVIDE        0x3e0
#define IRR           0x200
#define TMR           0x180

#define PERIODIC 0x20040u
#define DEADLINE 0x40040u

static int setup( void **state )
{
    (void)state;
    fake_kvm_set_tsc( 1000000 );
    machine_create_apic( 2, WHvX64LocalApicEmulationModeXApic );
    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
    return 0;
}

static void run( void )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
}

/* KVM counts on in the meantime: what is left of the count comes back, and requests that came in stay. */
static void test_timer( void **state )
{
    (void)state;
    machine_set_lapic( 0, LVT_TIMER, PERIODIC );
    machine_set_lapic( 0, INITIAL_COUNT, 1000 );
    machine_set_lapic( 0, CURRENT_COUNT, 600 );
    machine_set_lapic( 1, LVT_TIMER, DEADLINE );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    machine_set_lapic( 0, CURRENT_COUNT, 200 );
    machine_set_lapic( 0, IRR + 0x20, 1 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( machine_lapic( 0, CURRENT_COUNT ), 600 );
    assert_int_equal( machine_lapic( 0, IRR + 0x20 ), 1 );

    /* one that has run down is not started again */
    machine_set_lapic( 0, CURRENT_COUNT, 0 );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    machine_set_lapic( 0, CURRENT_COUNT, 300 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( machine_lapic( 0, CURRENT_COUNT ), 300 );

    /* deadlines are TSC values: they are given again */
    machine_set( 1, WHvX64RegisterTscDeadline, 5555 );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    assert_int_equal( machine_get( 1, WHvX64RegisterTscDeadline ), 5555 );
    machine_set( 1, WHvX64RegisterTscDeadline, 6666 );
    assert_int_equal( fake_kvm_msr( fake_kvm_find_vcpu( 1 ), 0x6e0 ), 5555 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( fake_kvm_msr( fake_kvm_find_vcpu( 1 ), 0x6e0 ), 6666 );
}

static BOOL in_irr( UINT32 index, UINT8 vector )
{
    return machine_lapic( index, IRR + vector / 32 * 16 ) >> vector % 32 & 1;
}

static void suspend_and_resume( void )
{
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
}

/* A tick that KVM has not put into the APIC: it came after the last run, if a period began since. */
static void test_tick( void **state )
{
    /* 1 GHz divided by 64: a period of 64 s, of which 16 have gone */
    static const UINT32 initial = 1000000000, current = 750000000;
    UINT64 second = machine.partition->host->processor_clock;

    (void)state;
    run();
    machine_set_lapic( 0, SVR, 0x1ff );
    machine_set_lapic( 0, DIVIDE, 9 );
    machine_set_lapic( 0, LVT_TIMER, PERIODIC );
    machine_set_lapic( 0, INITIAL_COUNT, initial );
    machine_set_lapic( 0, CURRENT_COUNT, current );
    machine_set_lapic( 0, TMR + 0x20, 1 );

    /* it is as old as the run, or older: handled */
    machine.vp->arch.clock.timer_given = machine.vp->arch.counters.left = counters_now() - 8 * second;
    suspend_and_resume();
    assert_false( in_irr( 0, 0x40 ));
    assert_int_equal( machine_lapic( 0, TMR + 0x20 ), 1 );
    /* it is younger, */
    machine.vp->arch.clock.timer_given = machine.vp->arch.counters.left = counters_now() - 24 * second;
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    assert_true( in_irr( 0, 0x40 ));
    assert_int_equal( machine_lapic( 0, TMR + 0x20 ), 0 );
    assert_int_equal( machine_lapic( 0, CURRENT_COUNT ), current );
    machine_set_lapic( 0, CURRENT_COUNT, 1 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( machine_lapic( 0, CURRENT_COUNT ), current );
    /* and is there once */
    machine_set_lapic( 0, IRR + 0x20, 0 );
    suspend_and_resume();
    assert_false( in_irr( 0, 0x40 ));
    /* long ago, many periods */
    machine.vp->arch.clock.timer_given = machine.vp->arch.counters.left = counters_now() - 1000 * second;
    suspend_and_resume();
    assert_true( in_irr( 0, 0x40 ));
    machine_set_lapic( 0, IRR + 0x20, 0 );

    /* the timer was started since, by a state that was put in */
    machine.vp->arch.counters.left = counters_now() - 24 * second;
    machine.vp->arch.clock.timer_given = counters_now();
    suspend_and_resume();
    assert_false( in_irr( 0, 0x40 ));
    machine.vp->arch.clock.timer_given = 0;
    clock_lapic_set( machine.vp, &fake_kvm_find_vcpu( 0 )->lapic );
    suspend_and_resume();
    assert_false( in_irr( 0, 0x40 ));

    /* no tick of a timer that is masked, stopped, not periodic, or in an APIC that is off */
#define CHECK_NONE( offset, value, old ) \
    do \
    { \
        machine_set_lapic( 0, offset, value ); \
        machine.vp->arch.clock.timer_given = machine.vp->arch.counters.left; \
        suspend_and_resume(); \
        assert_false( in_irr( 0, 0x40 )); \
        machine_set_lapic( 0, offset, old ); \
    } while (0)
    CHECK_NONE( LVT_TIMER, PERIODIC | 0x10000, PERIODIC );
    CHECK_NONE( LVT_TIMER, 0x40, PERIODIC );
    CHECK_NONE( LVT_TIMER, DEADLINE, PERIODIC );
    CHECK_NONE( SVR, 0xff, 0x1ff );
    CHECK_NONE( CURRENT_COUNT, 0, current );
    CHECK_NONE( DIVIDE, 0xa, 9 );       /* by 128: then the period is 32 s old */
    machine.vp->arch.clock.timer_given = machine.vp->arch.counters.left;
    suspend_and_resume();
    assert_true( in_irr( 0, 0x40 ));
}

/* Whatever fails: nothing is half stopped, and a resume can be tried again. */
static void test_failures( void **state )
{
    UINT32 n, calls;
    HRESULT hr;

    (void)state;
    machine_set_lapic( 0, LVT_TIMER, PERIODIC );
    machine_set_lapic( 0, INITIAL_COUNT, 1000 );
    machine_set_lapic( 0, CURRENT_COUNT, 600 );
    for (n = 1; ; n++)
    {
        fake_kvm_set_tsc( 1000000 + n * 1000 );
        machine_set( 0, WHvX64RegisterTsc, 100 );
        machine_set( 1, WHvX64RegisterTsc, 200 );
        fake_kvm_fail_at( n, ENOMEM );
        hr = clock_suspend( machine.handle );
        calls = fake_kvm_calls();
        if (hr == S_OK)
        {
            fake_kvm_set_tsc( 7000000 );
            hr = clock_resume( machine.handle );
            calls = fake_kvm_calls();
        }
        fake_kvm_fail_at( 0, 0 );
        if (calls < n) break;
        assert_int_equal( hr, E_OUTOFMEMORY );
        assert_int_equal( clock_resume( machine.handle ), S_OK );
        assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 100 );
        assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 200 );
        assert_int_equal( machine_lapic( 0, CURRENT_COUNT ), 600 );
    }
    assert_int_equal( hr, S_OK );
    assert_in_range( n, 10, 40 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 200 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_timer, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_tick, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_failures, setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
