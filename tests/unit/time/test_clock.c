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
#include "host/thread.h"
#include "insn/insn.h"
#include "machine.h"
#include "registers/registers_x86.h"
#include "run/partition_life.h"
#include "run/vp_life.h"
#include "time/clock_x86.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/vp.h"

/* Two vps with APICs, and TSCs that differ. */
static int setup( void **state )
{
    (void)state;
    fake_kvm_set_tsc( 1000000 );
    machine_create_apic( 2, WHvX64LocalApicEmulationModeXApic );
    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
    fake_kvm_find_vcpu( 0 )->tsc_offset = 500;
    fake_kvm_find_vcpu( 1 )->tsc_offset = 777;
    return 0;
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
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 1000500 );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    fake_kvm_set_tsc( 3000000 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 1000500 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 1000777 );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 1000777 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 1000500 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 1000777 );
    fake_kvm_set_tsc( 3000100 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 1000600 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 1000877 );

    /* written while it stands, and let go on by a run */
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    machine_set( 0, WHvX64RegisterTsc, 0 );
    fake_kvm_set_tsc( 4000000 );
    machine_set( 1, WHvX64RegisterTsc, 0 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 0 );
    run();
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 0 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 0 );
    fake_kvm_set_tsc( 4000007 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 7 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 7 );

    /* by its offset */
    assert_int_equal( machine_get( 0, WHvX64RegisterTscVirtualOffset ), (UINT64)-4000000ll );
    machine_set( 0, WHvX64RegisterTscVirtualOffset, 3 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 4000010 );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    machine_set( 0, WHvX64RegisterTscVirtualOffset, 5 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 4000012 );
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
    machine_set( 0, WHvX64RegisterTsc, 0 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 0 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 10000777 );
    fake_kvm_set_tsc( 10001000 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 1000 );
    machine_set( 0, WHvX64RegisterTsc, 1000 + second / 4 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 1000 + second / 4 );
    machine_set( 0, WHvX64RegisterTsc, 500 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 500 );

    /* all in turn: equal afterwards, and a second round begins anew */
    machine_set( 0, WHvX64RegisterTsc, 7 );
    fake_kvm_set_tsc( 10001000 + second / 2 );
    machine_set( 1, WHvX64RegisterTsc, 7 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 7 + second / 2 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 7 + second / 2 );
    machine_set( 0, WHvX64RegisterTsc, 7 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 7 );
    fake_kvm_set_tsc( 10001100 + second / 2 );
    machine_set( 1, WHvX64RegisterTsc, 7 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 107 );

    /* another value, and the same one too late, or after the TSCs have been set otherwise */
    machine_set( 0, WHvX64RegisterTsc, 50 );
    fake_kvm_set_tsc( 10001200 + second / 2 );
    machine_set( 1, WHvX64RegisterTsc, 51 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 150 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 51 );
    fake_kvm_set_tsc( 10001200 + second / 2 + second );
    machine_set( 0, WHvX64RegisterTsc, 51 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 51 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 51 + second );
    machine_set( 0, WHvX64RegisterTsc, 60 );
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    fake_kvm_set_tsc( 10001300 + second / 2 + second );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    machine_set( 1, WHvX64RegisterTsc, 60 );
    fake_kvm_set_tsc( 10001310 + second / 2 + second );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 70 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 70 );
    machine_set( 0, WHvX64RegisterTsc, 61 );
    machine_set( 0, WHvX64RegisterTscVirtualOffset, 3 );
    fake_kvm_set_tsc( 10001320 + second / 2 + second );
    machine_set( 1, WHvX64RegisterTsc, 61 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 61 );

    /* among others */
    assert_int_equal( regs_set( machine.vp, names, 3, values ), S_OK );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 1234 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTscDeadline ), 99 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTscAux ), 5 );

    fake_kvm_fail_function( "kvm_set_tsc_offset", ENOMEM );
    assert_int_equal( regs_set( machine.vp, names, 2, values ), E_OUTOFMEMORY );
    fake_kvm_fail_function( "kvm_set_tsc_offset", 0 );
    /* that was not written to anybody */
    fake_kvm_set_tsc( 10001330 + second / 2 + second );
    machine_set( 1, WHvX64RegisterTsc, 1234 );
    fake_kvm_set_tsc( 10001340 + second / 2 + second );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ) - machine_get( 0, WHvX64RegisterTsc ), 0 );
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
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 0 );
    fake_kvm_set_tsc( 1000002000 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 1000 );
    /* a creation that fails half-way is taken up again */
    fake_kvm_fail_function( "kvm_map_run", ENOMEM );
    assert_int_equal( vp_create( machine.handle, 1 ), E_OUTOFMEMORY );
    fake_kvm_fail_function( "kvm_map_run", 0 );
    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
    assert_int_equal( fake_kvm_find_vcpu( 1 )->tsc_khz, clock / 2000 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 1000 );

    assert_int_equal( clock_suspend( machine.handle ), S_OK );
    fake_kvm_set_tsc( 2000000000 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 1000 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 1000 );
    assert_int_equal( vp_create( machine.handle, 2 ), S_OK );
    assert_int_equal( machine_get( 2, WHvX64RegisterTsc ), 1000 );
    fake_kvm_set_tsc( 2000000200 );
    machine_set( 2, WHvX64RegisterTsc, 5 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 1100 );
    assert_int_equal( machine_get( 2, WHvX64RegisterTsc ), 5 );
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
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 1000777 );
    assert_int_equal( clock_resume( machine.handle ), S_OK );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 1000500 );
    /* KVM brings it together with the other */
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 1000500 );
    machine_set( 0, WHvX64RegisterTsc, 0 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 1000500 );
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

/* A reset lets the time stand until the next run. */
static void test_reset( void **state )
{
    (void)state;
    run();
    set_kvm_clock( 5000 );
    assert_int_equal( partition_reset( machine.handle ), S_OK );
    set_kvm_clock( 777777 );
    fake_kvm_set_tsc( 3000000 );
    assert_int_equal( reference(), 50 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 1000500 );
    /* a second one does not let it go on */
    assert_int_equal( partition_reset( machine.handle ), S_OK );
    assert_int_equal( reference(), 50 );
    run();
    assert_int_equal( kvm_clock(), 5000 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 1000500 );
    fake_kvm_set_tsc( 3000100 );
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 1000600 );
}

static void test_lifetimes( void **state )
{
    WHV_PARTITION_HANDLE handle;

    (void)state;
    assert_int_equal( clock_suspend( NULL ), E_HANDLE );
    assert_int_equal( clock_resume( NULL ), E_HANDLE );
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
    assert_int_equal( machine_get( 0, WHvX64RegisterTsc ), 1000500 );
    assert_int_equal( machine_get( 1, WHvX64RegisterTsc ), 1000777 );
}

static void test_runner( void **state )
{
    (void)state;
    machine.vp->thread.runner = thread_id();
    assert_int_equal( clock_suspend( machine.handle ), WHV_E_INVALID_VP_STATE );
    machine.vp->thread.runner = 0;
    assert_int_equal( clock_suspend( machine.handle ), S_OK );
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
        cmocka_unit_test_setup_teardown( test_reset, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_lifetimes, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_runner, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_next_partition, setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
