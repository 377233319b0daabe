/*
 * Unit tests: guest clocks
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

#include "host/errors.h"
#include "host/host.h"
#include "host/kvm.h"
#include "insn/insn.h"
#include "machine.h"
#include "registers/registers_x86.h"
#include "run/partition_life.h"
#include "run/vp_life.h"
#include "time/clock_x86.h"
#include "time/counters_x86.h"
#include "vm/handle.h"
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

/* Two vps with APICs, and TSCs that differ. */
static int setup( void **state )
{
    (void)state;
    fake_kvm_set_tsc( 1000000 );
    machine_create( 2 );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeLocalApicEmulationMode, 1 ), S_OK );
    assert_int_equal( partition_setup( machine.handle ), S_OK );
    machine_map_memory();
    machine_create_vp();
    machine_mode( INSN_MODE_64 );
    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
    fake_kvm_find_vcpu( 0 )->tsc_offset = 500;
    fake_kvm_find_vcpu( 1 )->tsc_offset = 777;
    return 0;
}

static UINT64 get( UINT32 index, UINT32 name )
{
    WHV_REGISTER_VALUE value = { .Reg64 = 0 };
    WHV_REGISTER_NAME names = name;

    assert_int_equal( regs_get( machine.partition->vps[index], &names, 1, &value ), S_OK );
    return value.Reg64;
}

static void set( UINT32 index, UINT32 name, UINT64 number )
{
    WHV_REGISTER_VALUE value = { .Reg64 = number };
    WHV_REGISTER_NAME names = name;

    assert_int_equal( regs_set( machine.partition->vps[index], &names, 1, &value ), S_OK );
}

static UINT32 lapic( UINT32 index, UINT32 offset )
{
    UINT32 value;

    memcpy( &value, fake_kvm_find_vcpu( index )->lapic.regs + offset, sizeof(value) );
    return value;
}

static void set_lapic( UINT32 index, UINT32 offset, UINT32 value )
{
    memcpy( fake_kvm_find_vcpu( index )->lapic.regs + offset, &value, sizeof(value) );
}

static UINT64 reference( void )
{
    UINT64 value;

    assert_int_equal( clock_get_reference( machine.partition, &value ), S_OK );
    return value;
}

static void set_kvm_clock( UINT64 nanoseconds )
{
    struct kvm_clock_data clock = { .clock = nanoseconds };

    assert_int_equal( kvm_set_clock( machine.partition->vm, &clock ), 0 );
}

static UINT64 kvm_clock( void )
{
    struct kvm_clock_data clock;

    assert_int_equal( kvm_get_clock( machine.partition->vm, &clock ), 0 );
    return clock.clock;
}

static void run( void )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
}

static void test_tsc( void **state )
{
    (void)state;
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 1000500 );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    fake_kvm_set_tsc( 3000000 );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 1000500 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 1000777 );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 1000777 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 1000500 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 1000777 );
    fake_kvm_set_tsc( 3000100 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 1000600 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 1000877 );

    /* written while it stands, and let go on by a run */
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    set( 0, WHvX64RegisterTsc, 0 );
    fake_kvm_set_tsc( 4000000 );
    set( 1, WHvX64RegisterTsc, 0 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 0 );
    run();
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 0 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 0 );
    fake_kvm_set_tsc( 4000007 );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 7 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 7 );

    /* by its offset */
    assert_int_equal( get( 0, WHvX64RegisterTscVirtualOffset ), (UINT64)-4000000ll );
    set( 0, WHvX64RegisterTscVirtualOffset, 3 );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 4000010 );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    set( 0, WHvX64RegisterTscVirtualOffset, 5 );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 4000012 );
}

/* Written while the time runs: what is written holds, also what KVM would take for an attempt to synchronize. */
static void test_write( void **state )
{
    static const WHV_REGISTER_NAME names[] = { WHvX64RegisterTscDeadline, WHvX64RegisterTsc, WHvX64RegisterTscAux };
    WHV_REGISTER_VALUE values[3] = { { .Reg64 = 99 }, { .Reg64 = 1234 }, { .Reg64 = 5 } };
    UINT64 second = machine.partition->props.processor_clock;

    (void)state;
    run();
    fake_kvm_set_tsc( 10000000 );
    set( 0, WHvX64RegisterTsc, 0 );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 0 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 10000777 );
    fake_kvm_set_tsc( 10001000 );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 1000 );
    set( 0, WHvX64RegisterTsc, 1000 + second / 4 );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 1000 + second / 4 );
    set( 0, WHvX64RegisterTsc, 500 );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 500 );

    /* all in turn: equal afterwards, and a second round begins anew */
    set( 0, WHvX64RegisterTsc, 7 );
    fake_kvm_set_tsc( 10001000 + second / 2 );
    set( 1, WHvX64RegisterTsc, 7 );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 7 + second / 2 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 7 + second / 2 );
    set( 0, WHvX64RegisterTsc, 7 );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 7 );
    fake_kvm_set_tsc( 10001100 + second / 2 );
    set( 1, WHvX64RegisterTsc, 7 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 107 );

    /* another value, and the same one too late, or after the TSCs have been set otherwise */
    set( 0, WHvX64RegisterTsc, 50 );
    fake_kvm_set_tsc( 10001200 + second / 2 );
    set( 1, WHvX64RegisterTsc, 51 );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 150 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 51 );
    fake_kvm_set_tsc( 10001200 + second / 2 + second );
    set( 0, WHvX64RegisterTsc, 51 );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 51 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 51 + second );
    set( 0, WHvX64RegisterTsc, 60 );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    fake_kvm_set_tsc( 10001300 + second / 2 + second );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    set( 1, WHvX64RegisterTsc, 60 );
    fake_kvm_set_tsc( 10001310 + second / 2 + second );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 70 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 70 );
    set( 0, WHvX64RegisterTsc, 61 );
    set( 0, WHvX64RegisterTscVirtualOffset, 3 );
    fake_kvm_set_tsc( 10001320 + second / 2 + second );
    set( 1, WHvX64RegisterTsc, 61 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 61 );

    /* among others */
    assert_int_equal( regs_set( machine.vp, names, 3, values ), S_OK );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 1234 );
    assert_int_equal( get( 0, WHvX64RegisterTscDeadline ), 99 );
    assert_int_equal( get( 0, WHvX64RegisterTscAux ), 5 );

    fake_kvm_fail_function( "kvm_set_tsc_offset", ENOMEM );
    assert_int_equal( regs_set( machine.vp, names, 2, values ), E_OUTOFMEMORY );
    fake_kvm_fail_function( "kvm_set_tsc_offset", 0 );
    /* that was not written to anybody */
    fake_kvm_set_tsc( 10001330 + second / 2 + second );
    set( 1, WHvX64RegisterTsc, 1234 );
    fake_kvm_set_tsc( 10001340 + second / 2 + second );
    assert_int_equal( get( 1, WHvX64RegisterTsc ) - get( 0, WHvX64RegisterTsc ), 0 );
}

/* Another frequency than the host's: TSCs begin at 0 and are equal, those of late vps too. */
static void check_frequency( BOOL of_vm )
{
    struct host *host = (struct host *)machine.partition->host;
    UINT64 clock = host->processor_clock;

    machine_teardown( NULL );
    fake_kvm_set_tsc( 1000000000 );
    machine_create( 3 );
    host->vm_tsc_control = of_vm;
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeProcessorClockFrequency, clock / 2 ), S_OK );
    assert_int_equal( partition_setup( machine.handle ), S_OK );
    machine_map_memory();
    machine_create_vp();
    machine_mode( INSN_MODE_64 );
    assert_int_equal( fake_kvm_find_vcpu( 0 )->tsc_khz, clock / 2000 );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 0 );
    fake_kvm_set_tsc( 1000002000 );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 1000 );
    /* a creation that fails half-way is taken up again */
    fake_kvm_fail_function( "kvm_map_run", ENOMEM );
    assert_int_equal( vp_create( machine.handle, 1 ), E_OUTOFMEMORY );
    fake_kvm_fail_function( "kvm_map_run", 0 );
    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
    assert_int_equal( fake_kvm_find_vcpu( 1 )->tsc_khz, clock / 2000 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 1000 );

    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    fake_kvm_set_tsc( 2000000000 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 1000 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 1000 );
    assert_int_equal( vp_create( machine.handle, 2 ), S_OK );
    assert_int_equal( get( 2, WHvX64RegisterTsc ), 1000 );
    fake_kvm_set_tsc( 2000000200 );
    set( 2, WHvX64RegisterTsc, 5 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 1100 );
    assert_int_equal( get( 2, WHvX64RegisterTsc ), 5 );
    host->vm_tsc_control = 1;
}

static void test_frequency( void **state )
{
    (void)state;
    check_frequency( 1 );
    check_frequency( 0 );
}

/* A kernel that has no TSC offsets. */
static void test_tsc_by_msr( void **state )
{
    struct host *host = (struct host *)machine.partition->host;
    WHV_REGISTER_NAME name = WHvX64RegisterTscVirtualOffset;
    WHV_REGISTER_VALUE value;

    (void)state;
    host->vcpu_attributes = 0;
    fake_kvm_fail_function( "kvm_get_tsc_offset", ENOTTY );
    fake_kvm_fail_function( "kvm_set_tsc_offset", ENOTTY );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    fake_kvm_set_tsc( 3000000 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 1000777 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 1000500 );
    /* KVM brings it together with the other */
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 1000500 );
    set( 0, WHvX64RegisterTsc, 0 );
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 1000500 );
    assert_int_equal( regs_get( machine.vp, &name, 1, &value ), ERROR_HV_INVALID_PARAMETER );
    assert_int_equal( regs_set( machine.vp, &name, 1, &value ), ERROR_HV_INVALID_PARAMETER );
    fake_kvm_fail_function( "kvm_get_tsc_offset", 0 );
    fake_kvm_fail_function( "kvm_set_tsc_offset", 0 );
    host->vcpu_attributes = 1;
}

static void test_reference( void **state )
{
    (void)state;
    set_kvm_clock( 123456 );
    assert_int_equal( reference(), 0 );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeReferenceTime, 50 ), S_OK );
    assert_int_equal( reference(), 50 );
    assert_int_equal( kvm_clock(), 123456 );
    run();
    assert_int_equal( kvm_clock(), 5000 );
    set_kvm_clock( 9900 );
    assert_int_equal( reference(), 99 );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeReferenceTime, 1000 ), S_OK );
    assert_int_equal( kvm_clock(), 100000 );

    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    set_kvm_clock( 777777 );
    assert_int_equal( reference(), 1000 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( kvm_clock(), 100000 );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeReferenceTime, 2000 ), S_OK );
    run();
    assert_int_equal( kvm_clock(), 200000 );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeReferenceTime, ~0ull ), E_INVALIDARG );
}

/* KVM counts on in the meantime: what is left of the count comes back, and requests that came in stay. */
static void test_timer( void **state )
{
    (void)state;
    set_lapic( 0, LVT_TIMER, PERIODIC );
    set_lapic( 0, INITIAL_COUNT, 1000 );
    set_lapic( 0, CURRENT_COUNT, 600 );
    set_lapic( 1, LVT_TIMER, DEADLINE );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    set_lapic( 0, CURRENT_COUNT, 200 );
    set_lapic( 0, IRR + 0x20, 1 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( lapic( 0, CURRENT_COUNT ), 600 );
    assert_int_equal( lapic( 0, IRR + 0x20 ), 1 );

    /* one that has run down is not started again */
    set_lapic( 0, CURRENT_COUNT, 0 );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    set_lapic( 0, CURRENT_COUNT, 300 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( lapic( 0, CURRENT_COUNT ), 300 );

    /* deadlines are TSC values: they are given again */
    set( 1, WHvX64RegisterTscDeadline, 5555 );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    assert_int_equal( get( 1, WHvX64RegisterTscDeadline ), 5555 );
    set( 1, WHvX64RegisterTscDeadline, 6666 );
    assert_int_equal( fake_kvm_msr( fake_kvm_find_vcpu( 1 ), 0x6e0 ), 5555 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( fake_kvm_msr( fake_kvm_find_vcpu( 1 ), 0x6e0 ), 6666 );
}

static BOOL in_irr( UINT32 index, UINT8 vector )
{
    return lapic( index, IRR + vector / 32 * 16 ) >> vector % 32 & 1;
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
    set_lapic( 0, SVR, 0x1ff );
    set_lapic( 0, DIVIDE, 9 );
    set_lapic( 0, LVT_TIMER, PERIODIC );
    set_lapic( 0, INITIAL_COUNT, initial );
    set_lapic( 0, CURRENT_COUNT, current );
    set_lapic( 0, TMR + 0x20, 1 );

    /* it is as old as the run, or older: handled */
    machine.vp->arch.clock.timer_given = machine.vp->arch.counters.left = counters_now() - 8 * second;
    suspend_and_resume();
    assert_false( in_irr( 0, 0x40 ));
    assert_int_equal( lapic( 0, TMR + 0x20 ), 1 );
    /* it is younger, */
    machine.vp->arch.clock.timer_given = machine.vp->arch.counters.left = counters_now() - 24 * second;
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    assert_true( in_irr( 0, 0x40 ));
    assert_int_equal( lapic( 0, TMR + 0x20 ), 0 );
    assert_int_equal( lapic( 0, CURRENT_COUNT ), current );
    set_lapic( 0, CURRENT_COUNT, 1 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( lapic( 0, CURRENT_COUNT ), current );
    /* and is there once */
    set_lapic( 0, IRR + 0x20, 0 );
    suspend_and_resume();
    assert_false( in_irr( 0, 0x40 ));
    /* long ago, many periods */
    machine.vp->arch.clock.timer_given = machine.vp->arch.counters.left = counters_now() - 1000 * second;
    suspend_and_resume();
    assert_true( in_irr( 0, 0x40 ));
    set_lapic( 0, IRR + 0x20, 0 );

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
        set_lapic( 0, offset, value ); \
        machine.vp->arch.clock.timer_given = machine.vp->arch.counters.left; \
        suspend_and_resume(); \
        assert_false( in_irr( 0, 0x40 )); \
        set_lapic( 0, offset, old ); \
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

static void test_lifetimes( void **state )
{
    WHV_PARTITION_HANDLE handle;

    (void)state;
    assert_int_equal( clock_suspend( NULL ), E_INVALIDARG );
    assert_int_equal( clock_resume( NULL ), E_INVALIDARG );
    assert_int_equal( partition_create( &handle ), S_OK );
    assert_int_equal( clock_suspend( handle ), HRESULT_FROM_WIN32_INVALID_STATE );
    assert_int_equal( clock_resume( handle ), HRESULT_FROM_WIN32_INVALID_STATE );
    assert_int_equal( partition_delete( handle ), S_OK );

    /* a deleted vp's clock is stopped with the others', and so is that of one that is made meanwhile */
    assert_int_equal( vp_delete( machine.handle, 1 ), S_OK );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
    fake_kvm_set_tsc( 2000000 );
    run();
    assert_int_equal( get( 0, WHvX64RegisterTsc ), 1000500 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 1000777 );
}

static void test_runner( void **state )
{
    (void)state;
    machine.vp->thread.runner = kvm_thread_id();
    assert_int_equal( clock_suspend( machine.handle ), WHV_E_INVALID_VP_STATE );
    machine.vp->thread.runner = 0;
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
}

/* Whatever fails: nothing is half stopped, and a resume can be tried again. */
static void test_failures( void **state )
{
    UINT32 n, calls;
    HRESULT hr;

    (void)state;
    set_lapic( 0, LVT_TIMER, PERIODIC );
    set_lapic( 0, INITIAL_COUNT, 1000 );
    set_lapic( 0, CURRENT_COUNT, 600 );
    for (n = 1; ; n++)
    {
        fake_kvm_set_tsc( 1000000 + n * 1000 );
        set( 0, WHvX64RegisterTsc, 100 );
        set( 1, WHvX64RegisterTsc, 200 );
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
        assert_int_equal( get( 0, WHvX64RegisterTsc ), 100 );
        assert_int_equal( get( 1, WHvX64RegisterTsc ), 200 );
        assert_int_equal( lapic( 0, CURRENT_COUNT ), 600 );
    }
    assert_int_equal( hr, S_OK );
    assert_in_range( n, 10, 40 );
    assert_int_equal( get( 1, WHvX64RegisterTsc ), 200 );
}

/* A partition in the place of one whose time ran has none before it is set up. */
static void test_next_partition( void **state )
{
    (void)state;
    set_kvm_clock( 5000 );
    run();
    assert_int_not_equal( machine.partition->time_running, 0 );
    assert_int_equal( machine_teardown( NULL ), 0 );
    machine_create( 1 );
    assert_int_equal( reference(), 0 );
    assert_int_equal( fake_kvm_vm(), -1 );
    assert_int_equal( partition_delete( machine.handle ), S_OK );
    setup( NULL );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_tsc, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_write, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_frequency, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_tsc_by_msr, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_reference, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_timer, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_tick, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_lifetimes, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_runner, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_failures, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_next_partition, setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
