/*
 * Unit tests: counters of a vp
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
#include "registers/registers_x86.h"
#include "run/vp_life.h"
#include "time/counters_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"

static int setup_apic( void **state )
{
    (void)state;
    machine_create_apic( 2, WHvX64LocalApicEmulationModeXApic );
    return 0;
}

static void count( const char *name, UINT64 value )
{
    *fake_kvm_stat( fake_kvm_find_vcpu( 0 ), name ) += value;
}

static HRESULT get( UINT32 set, void *buffer, UINT32 size, UINT32 *written )
{
    return counters_get( machine.vp, set, buffer, size, written );
}

/* The next run takes some time in the guest. */
static void spend( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    UINT64 start = counters_now();

    (void)vcpu;
    while (counters_now() - start < *(UINT64 *)exit->arg) ;
}

static void run( UINT64 ticks )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_entry = spend, .arg = &ticks } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
}

static void test_runtime( void **state )
{
    UINT64 clock = machine.partition->host->processor_clock, millisecond = clock / 1000, register_time;
    WHV_PROCESSOR_RUNTIME_COUNTERS before, after;
    UINT32 written;

    (void)state;
    assert_int_equal( get( WHvProcessorCounterSetRuntime, &before, sizeof(before), &written ), S_OK );
    assert_int_equal( written, sizeof(before) );
    /* it was made */
    assert_in_range( before.HypervisorRuntime100ns, 1, 100000000 );
    assert_int_equal( before.TotalRuntime100ns, before.HypervisorRuntime100ns );

    run( 5 * millisecond );
    assert_int_equal( get( WHvProcessorCounterSetRuntime, &after, sizeof(after), &written ), S_OK );
    assert_in_range( after.TotalRuntime100ns, 50000, ~0u );
    assert_in_range( after.HypervisorRuntime100ns, 0, after.TotalRuntime100ns - 50000 + 1 );

    /* what the vp does not run does not count, and what it halted neither: but the time never goes back */
    count( "halt_wait_ns", 3000000 );
    assert_int_equal( get( WHvProcessorCounterSetRuntime, &before, sizeof(before), &written ), S_OK );
    assert_int_equal( before.TotalRuntime100ns, after.TotalRuntime100ns );
    assert_int_equal( counters_get_runtime( machine.vp, &register_time ), S_OK );
    assert_int_equal( register_time, before.TotalRuntime100ns );
    machine.vp->arch.counters.told = 0;
    assert_int_equal( get( WHvProcessorCounterSetRuntime, &before, sizeof(before), &written ), S_OK );
    assert_int_equal( before.TotalRuntime100ns, after.TotalRuntime100ns - 30000 );
    count( "halt_wait_ns", 1ull << 40 );
    machine.vp->arch.counters.told = 0;
    assert_int_equal( get( WHvProcessorCounterSetRuntime, &after, sizeof(after), &written ), S_OK );
    assert_int_equal( after.TotalRuntime100ns, after.HypervisorRuntime100ns );
}

static void test_register( void **state )
{
    WHV_REGISTER_NAME name = WHvRegisterVpRuntime;
    WHV_REGISTER_VALUE value = { .Reg64 = 0 };

    (void)state;
    run( machine.partition->host->processor_clock / 1000 );
    assert_int_equal( regs_get( machine.vp, &name, 1, &value ), S_OK );
    assert_in_range( value.Reg64, 10000, ~0u );
    assert_int_equal( regs_set( machine.vp, &name, 1, &value ), ERROR_HV_ACCESS_DENIED );
}

static void test_intercepts( void **state )
{
    unsigned int opened = fake_kvm_count( "kvm_get_stats_fd" );
    WHV_PROCESSOR_INTERCEPT_COUNTERS counters;
    UINT32 written;

    (void)state;
    count( "exits", 1000 );
    count( "io_exits", 100 );
    count( "mmio_exits", 77 );
    count( "halt_exits", 10 );
    count( "invlpg", 3 );
    count( "irq_window_exits", 4 );
    count( "nmi_window_exits", 1 );
    count( "insn_emulation", 500 );
    count( "pf_taken", 60 );
    count( "pf_guest", 20 );
    count( "hypercalls", 2 );
    memset( &counters, 0xcc, sizeof(counters) );
    assert_int_equal( get( WHvProcessorCounterSetIntercepts, &counters, sizeof(counters), &written ), S_OK );
    assert_int_equal( written, sizeof(counters) );
    assert_int_equal( counters.PageInvalidations.Count, 3 );
    assert_int_equal( counters.IoInstructions.Count, 100 );
    assert_int_equal( counters.HaltInstructions.Count, 10 );
    assert_int_equal( counters.PendingInterrupts.Count, 5 );
    assert_int_equal( counters.EmulatedInstructions.Count, 500 );
    assert_int_equal( counters.PageFaultIntercepts.Count, 20 );
    assert_int_equal( counters.NestedPageFaultIntercepts.Count, 40 );
    assert_int_equal( counters.Hypercalls.Count, 2 );
    assert_int_equal( counters.OtherIntercepts.Count, 1000 - 100 - 10 - 3 - 5 - 60 - 2 );
    assert_int_equal( counters.MsrAccesses.Count, 0 );
    assert_int_equal( counters.IoInstructions.Time100ns, 0 );

    /* an old SDK's structure */
    memset( &counters, 0xcc, sizeof(counters) );
    assert_int_equal( get( WHvProcessorCounterSetIntercepts, &counters, 176, &written ), S_OK );
    assert_int_equal( written, 176 );
    assert_int_equal( counters.PageFaultIntercepts.Count, 20 );
    assert_int_equal( counters.NestedPageFaultIntercepts.Count, 0xccccccccccccccccull );
    assert_int_equal( get( WHvProcessorCounterSetIntercepts, &counters, 175, &written ), WHV_E_INSUFFICIENT_BUFFER );
    assert_int_equal( written, sizeof(counters) );
    /* the kernel's list was read once */
    assert_int_equal( fake_kvm_count( "kvm_get_stats_fd" ), opened + 1 );
}

static void test_events( void **state )
{
    WHV_PROCESSOR_EVENT_COUNTERS counters;
    UINT32 written;

    (void)state;
    count( "pf_guest", 8 );
    count( "irq_injections", 9 );
    assert_int_equal( get( WHvProcessorCounterSetEvents, &counters, sizeof(counters), &written ), S_OK );
    assert_int_equal( counters.PageFaultCount, 8 );
    assert_int_equal( counters.InterruptCount, 9 );
    assert_int_equal( counters.ExceptionCount, 0 );
}

/* A vp that is made again has counted nothing, whatever its vcpu has. */
static void test_again( void **state )
{
    WHV_PROCESSOR_RUNTIME_COUNTERS runtime;
    WHV_PROCESSOR_EVENT_COUNTERS counters;
    UINT32 written;

    (void)state;
    run( 1 );
    count( "irq_injections", 9 );
    count( "halt_wait_ns", 1000000 );
    assert_int_equal( vp_delete( machine.handle, 0 ), S_OK );
    assert_int_equal( vp_create( machine.handle, 0 ), S_OK );
    assert_int_equal( get( WHvProcessorCounterSetEvents, &counters, sizeof(counters), &written ), S_OK );
    assert_int_equal( counters.InterruptCount, 0 );
    assert_int_equal( get( WHvProcessorCounterSetRuntime, &runtime, sizeof(runtime), &written ), S_OK );
    assert_in_range( runtime.HypervisorRuntime100ns, 1, 100000000 );
    assert_int_equal( runtime.TotalRuntime100ns, runtime.HypervisorRuntime100ns );
    count( "irq_injections", 2 );
    assert_int_equal( get( WHvProcessorCounterSetEvents, &counters, sizeof(counters), &written ), S_OK );
    assert_int_equal( counters.InterruptCount, 2 );
}

static void test_refused( void **state )
{
    UINT64 buffer[28], zero[28] = { 0 };
    UINT32 written = 0;

    (void)state;
    assert_int_equal( get( 5, buffer, sizeof(buffer), &written ), WHV_E_UNKNOWN_PROPERTY );
    assert_int_equal( get( ~0u, buffer, sizeof(buffer), &written ), WHV_E_UNKNOWN_PROPERTY );
    assert_int_equal( get( WHvProcessorCounterSetRuntime, buffer, 15, &written ), WHV_E_INSUFFICIENT_BUFFER );
    assert_int_equal( written, 16 );
    /* what is not there has counted nothing */
    assert_int_equal( get( WHvProcessorCounterSetApic, buffer, sizeof(buffer), &written ), S_OK );
    assert_int_equal( written, 40 );
    assert_memory_equal( buffer, zero, 40 );
    assert_int_equal( get( WHvProcessorCounterSetSyntheticFeatures, buffer, sizeof(buffer), &written ), S_OK );
    assert_int_equal( written, 48 );
}

static void test_with_apic( void **state )
{
    UINT64 buffer[28];
    UINT32 written = 0;

    (void)state;
    /* nobody counts */
    memset( buffer, 0xcc, sizeof(buffer) );
    assert_int_equal( get( WHvProcessorCounterSetApic, buffer, 39, &written ), WHV_E_INSUFFICIENT_BUFFER );
    assert_int_equal( written, 40 );
    assert_int_equal( get( WHvProcessorCounterSetApic, buffer, 40, &written ), S_OK );
    assert_int_equal( written, 40 );
    assert_int_equal( buffer[0] | buffer[1] | buffer[2] | buffer[3] | buffer[4], 0 );
}

/* Every call fails once: nothing is left open, and the next try works. */
static void test_errors( void **state )
{
    WHV_PROCESSOR_EVENT_COUNTERS counters;
    int fds = fake_kvm_open_fds();
    UINT32 written;
    unsigned int n;

    (void)state;
    count( "irq_injections", 3 );
    for (n = 1;; n++)
    {
        fake_kvm_fail_at( n, EMFILE );
        if (get( WHvProcessorCounterSetEvents, &counters, sizeof(counters), &written ) == S_OK) break;
        assert_true( n <= fake_kvm_calls() );
    }
    fake_kvm_fail_at( 0, 0 );
    assert_in_range( n, 5, 10 );
    assert_int_equal( counters.InterruptCount, 3 );
    assert_int_equal( fake_kvm_open_fds(), fds + 1 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_runtime, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_register, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_intercepts, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_events, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_again, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_refused, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_with_apic, setup_apic, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_errors, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
