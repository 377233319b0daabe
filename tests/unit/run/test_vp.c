/*
 * Virtual processors: life, cancel, pause
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
#include <pthread.h>
#include <unistd.h>

#include "calls/calls.h"
#include "host/array.h"
#include "host/kvm.h"
#include "host/thread.h"
#include "insn/insn.h"
#include "machine.h"
#include "run/partition_life.h"
#include "run/run.h"
#include "run/vp_life.h"
#include "unixlib.h"
#include "vm/stop.h"
#include "vm/vp.h"

#define INVALID_STATE ((HRESULT)0x8007139f)

/* ---- a thread that runs the vp ---- */

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

/* Until it is in the guest (again), for the entries-th time at least: an edit of all vps may kick it twice. */
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

/* Starts a run whose guest spins: it stays in KVM_RUN until it is kicked, and goes back there. */
static void start_spinning( struct runner *runner )
{
    UINT32 entries = machine.vcpu->entries;

    machine_mode( INSN_MODE_16 );
    machine_code( CODE, "\xeb\xfe", 2 );
    memset( runner, 0, sizeof(*runner) );
    assert_int_equal( pthread_create( &runner->thread, NULL, run_thread, runner ), 0 );
    wait_entered( entries + 1 );
}

static void check_canceled( struct runner *runner )
{
    pthread_join( runner->thread, NULL );
    assert_int_equal( runner->hr, S_OK );
    assert_int_equal( runner->exit.ExitReason, WHvRunVpExitReasonCanceled );
    assert_int_equal( runner->exit.CancelReason.CancelReason, WHvRunVpCancelReasonUser );
    assert_int_equal( runner->exit.VpContext.Rip, CODE );
}

static void finish_canceled( struct runner *runner )
{
    assert_int_equal( vp_cancel( machine.handle, 0 ), S_OK );
    check_canceled( runner );
}

static HRESULT run_size( UINT32 size, void *exit )
{
    machine_queue( (struct fake_exit)FAKE_HLT );
    return vp_run( machine.handle, 0, exit, size );
}

static void halt( void )
{
    machine_queue( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
}

/* ---- life ---- */

static void test_life( void **state )
{
    UINT32 created = fake_kvm_count( "kvm_create_vcpu" );
    int fd = machine.vp->fd;

    (void)state;
    assert_int_equal( vp_create( machine.handle, 0 ), WHV_E_VP_ALREADY_EXISTS );
    assert_int_equal( vp_create( machine.handle, 2 ), E_INVALIDARG );
    assert_int_equal( vp_create( machine.handle, ~0u ), E_INVALIDARG );
    assert_int_equal( vp_delete( machine.handle, 1 ), WHV_E_VP_DOES_NOT_EXIST );
    assert_int_equal( vp_delete( machine.handle, ~0u ), WHV_E_VP_DOES_NOT_EXIST );
    assert_int_equal( vp_cancel( machine.handle, 1 ), WHV_E_VP_DOES_NOT_EXIST );
    assert_int_equal( vp_run( machine.handle, 1, &machine.exit, sizeof(machine.exit) ), WHV_E_VP_DOES_NOT_EXIST );
    assert_int_equal( vp_run( machine.handle, 0x80000000, &machine.exit, sizeof(machine.exit) ),
                      WHV_E_VP_DOES_NOT_EXIST );

    halt();
    assert_int_equal( vp_delete( machine.handle, 0 ), S_OK );
    assert_int_equal( vp_delete( machine.handle, 0 ), WHV_E_VP_DOES_NOT_EXIST );
    assert_int_equal( vp_cancel( machine.handle, 0 ), WHV_E_VP_DOES_NOT_EXIST );
    assert_int_equal( vp_run( machine.handle, 0, &machine.exit, sizeof(machine.exit) ), WHV_E_VP_DOES_NOT_EXIST );
    /* KVM can neither delete it nor create it again */
    assert_int_equal( vp_create( machine.handle, 0 ), S_OK );
    assert_int_equal( machine.vp->fd, fd );
    assert_int_equal( fake_kvm_count( "kvm_create_vcpu" ), created );
    assert_int_equal( machine_regs()->rip, 0xfff0 );
    assert_int_equal( machine_regs()->rax, 0 );
    halt();
    assert_int_equal( machine.vcpu->regs.rip, 0xfff1 );
    assert_int_equal( machine.vcpu->sregs.cs.base, 0xf0000 );
    assert_int_equal( machine.vcpu->sregs.efer, 0 );
    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
}

/* KVM creates no vcpu twice: what follows the creation and fails must not cost the index. */
static void test_half_created( void **state )
{
    static const char * const functions[] = { "kvm_map_run", "kvm_set_cpuid2", "kvm_get_cpuid2", "kvm_set_msrs" };
    UINT32 i, created = fake_kvm_count( "kvm_create_vcpu" );

    (void)state;
    for (i = 0; i < ARRAY_SIZE(functions); i++)
    {
        fake_kvm_fail_function( functions[i], ENOMEM );
        assert_int_equal( vp_create( machine.handle, 1 ), E_OUTOFMEMORY );
        fake_kvm_fail_function( functions[i], 0 );
        assert_int_equal( vp_cancel( machine.handle, 1 ), WHV_E_VP_DOES_NOT_EXIST );
    }
    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
    assert_int_equal( fake_kvm_count( "kvm_create_vcpu" ), created + 1 );
}

static void test_exit_sizes( void **state )
{
    static const UINT32 sizes[] = { 144, 152, 176, 200, 224, 4096 };
    UINT8 buffer[4096];
    UINT32 i, j, used;

    (void)state;
    assert_int_equal( sizeof(WHV_RUN_VP_EXIT_CONTEXT), 224 );
    assert_int_equal( vp_run( machine.handle, 0, NULL, 224 ), E_POINTER );
    assert_int_equal( vp_run( machine.handle, 0, buffer, 143 ), WHV_E_INSUFFICIENT_BUFFER );
    assert_int_equal( vp_run( machine.handle, 0, buffer, 0 ), WHV_E_INSUFFICIENT_BUFFER );
    assert_int_equal( machine.vcpu->runs, 0 );
    for (i = 0; i < ARRAY_SIZE(sizes); i++)
    {
        memset( buffer, 0xcc, sizeof(buffer) );
        assert_int_equal( run_size( sizes[i], buffer ), S_OK );
        assert_int_equal( buffer[0], WHvRunVpExitReasonX64Halt );
        used = sizes[i] < 224 ? sizes[i] : 224;
        for (j = 48; j < used; j++) if (buffer[j]) fail_msg( "size %u: byte %u", sizes[i], j );
        for (; j < sizeof(buffer); j++) if (buffer[j] != 0xcc) fail_msg( "size %u: byte %u", sizes[i], j );
    }
}

/* ---- the latch ---- */

static void expect_canceled( void )
{
    UINT32 runs = machine.vcpu->runs;

    assert_int_equal( machine_run(), WHvRunVpExitReasonCanceled );
    assert_int_equal( machine.exit.CancelReason.CancelReason, WHvRunVpCancelReasonUser );
    assert_int_equal( machine.exit.VpContext.Rip, machine_regs()->rip );
    assert_int_equal( machine.vcpu->runs, runs );
}

static void test_cancel( void **state )
{
    UINT32 i;

    (void)state;
    /* before the first run; however often it is asked for, once */
    for (i = 0; i < 3; i++) assert_int_equal( vp_cancel( machine.handle, 0 ), S_OK );
    expect_canceled();
    halt();
    /* between runs, with something pending in KVM */
    machine_code( CODE + 1, "\xec", 1 );
    machine_queue( (struct fake_exit)FAKE_EMULATED_IN( 0x4411, 1, 1 ) );
    machine_run();
    machine_regs()->rip++;
    assert_int_equal( vp_cancel( machine.handle, 0 ), S_OK );
    expect_canceled();
    halt();
    assert_int_equal( machine.vcpu->regs.rip, CODE + 3 );
    /* it goes with the vp, and with a reset */
    assert_int_equal( vp_cancel( machine.handle, 0 ), S_OK );
    assert_int_equal( vp_delete( machine.handle, 0 ), S_OK );
    assert_int_equal( vp_create( machine.handle, 0 ), S_OK );
    halt();
    assert_int_equal( vp_cancel( machine.handle, 0 ), S_OK );
    assert_int_equal( partition_reset( machine.handle ), S_OK );
    halt();
}

static void set_latch( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    machine.vp->thread.cancel = 1;
    (void)vcpu;
    (void)exit;
}

/* An exit that came first is told first. */
static void test_cancel_behind_exit( void **state )
{
    (void)state;
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_exit = set_latch } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    expect_canceled();
    halt();
}

static void test_cancel_blocked( void **state )
{
    struct runner runner;
    UINT32 i;

    (void)state;
    for (i = 0; i < 100; i++)
    {
        start_spinning( &runner );
        finish_canceled( &runner );
        if (i % 2) halt();
    }
}

/* A client that cancels in a loop costs one signal for each time that the vp is in the guest. */
static void test_cancel_kicks_once( void **state )
{
    struct runner runner;
    UINT32 i, kicks;

    (void)state;
    start_spinning( &runner );
    lock_take( &machine.vp->thread.lock );
    kicks = machine.vcpu->kicks;
    for (i = 0; i < 10; i++) vp_latch_cancel( machine.vp );
    assert_int_equal( machine.vcpu->kicks, kicks + 1 );
    vp_unlock( machine.vp );
    check_canceled( &runner );

    start_spinning( &runner );
    finish_canceled( &runner );
    assert_int_equal( machine.vcpu->kicks, kicks + 2 );
}

/* A kick that the kernel has refused is sent again by the next cancel. */
static void test_cancel_kicks_again( void **state )
{
    struct runner runner;
    UINT32 kicks;

    (void)state;
    start_spinning( &runner );
    lock_take( &machine.vp->thread.lock );
    kicks = machine.vcpu->kicks;
    fake_kvm_fail_function( "kvm_kick", EAGAIN );
    vp_latch_cancel( machine.vp );
    vp_latch_cancel( machine.vp );
    fake_kvm_fail_function( "kvm_kick", 0 );
    assert_int_equal( machine.vcpu->kicks, kicks );
    vp_latch_cancel( machine.vp );
    assert_int_equal( machine.vcpu->kicks, kicks + 1 );
    vp_unlock( machine.vp );
    check_canceled( &runner );
}

static void test_no_spurious_cancel( void **state )
{
    UINT32 i;

    (void)state;
    for (i = 0; i < 20; i++) machine_queue( (struct fake_exit)FAKE_EINTR );
    machine_queue( (struct fake_exit){ .error = -EAGAIN } );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_INTR } );
    halt();
    assert_int_equal( machine.vcpu->entries, 23 );
    assert_int_equal( machine.vcpu->regs.rip, CODE + 1 );
}

/* ---- others, while the vp is in the guest ---- */

static HRESULT registers( BOOL set, UINT32 name, UINT64 *number )
{
    WHV_REGISTER_NAME names = name;
    WHV_REGISTER_VALUE value = { .Reg64 = *number };
    struct vp_registers_params params = { machine.handle, &names, &value, 0, 1 };
    HRESULT hr = set ? vp_set_registers_call( &params ) : vp_get_registers_call( &params );

    *number = value.Reg64;
    return hr;
}

static void test_pause( void **state )
{
    static UINT8 page[0x1000] __attribute__((aligned(0x1000)));
    struct runner runner;
    UINT64 value = 0;
    UINT32 i;

    (void)state;
    start_spinning( &runner );
    for (i = 0; i < 10; i++)
    {
        assert_int_equal( registers( 0, WHvX64RegisterRip, &value ), S_OK );
        assert_int_equal( value, CODE );
        wait_entered( 0 );
        value = 0x1000 + i;
        assert_int_equal( registers( 1, WHvX64RegisterR9, &value ), S_OK );
        wait_entered( 0 );
        assert_int_equal( machine.vcpu->regs.r9, 0x1000 + i );
        assert_int_equal( machine_map( page, DEVICE, sizeof(page), 7 ), S_OK );
        wait_entered( 0 );
        assert_ptr_equal( fake_kvm_host( machine.vcpu->vm, DEVICE ), page );
        assert_int_equal( machine_map( NULL, DEVICE, sizeof(page), 0 ), S_OK );
        wait_entered( 0 );
    }
    finish_canceled( &runner );
}

/* An edit stops all vps, whether they run or not; one that fails lets them go too. */
static void test_pause_failing( void **state )
{
    struct runner runner;
    UINT64 value = 0;

    (void)state;
    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
    start_spinning( &runner );
    assert_int_equal( machine_map( machine.memory, DEVICE + 1, 0x1000, 7 ), E_INVALIDARG );
    wait_entered( 0 );
    fake_kvm_fail_function( "kvm_set_memory_region", ENOMEM );
    assert_int_equal( machine_map( machine.memory, DEVICE, 0x1000, 7 ), E_OUTOFMEMORY );
    fake_kvm_fail_function( "kvm_set_memory_region", 0 );
    wait_entered( 0 );
    assert_int_equal( registers( 0, 0x7fffffff, &value ), WHV_E_INVALID_VP_REGISTER_NAME );
    wait_entered( 0 );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 2 ), S_OK );
    wait_entered( 0 );
    finish_canceled( &runner );
}

static void test_run_twice( void **state )
{
    struct runner runner;
    UINT32 i;

    (void)state;
    start_spinning( &runner );
    for (i = 0; i < 3; i++)
    {
        assert_int_equal( vp_run( machine.handle, 0, &machine.exit, sizeof(machine.exit) ), WHV_E_INVALID_VP_STATE );
        assert_int_equal( vp_delete( machine.handle, 0 ), WHV_E_INVALID_VP_STATE );
        assert_int_equal( vp_create( machine.handle, 0 ), WHV_E_VP_ALREADY_EXISTS );
    }
    /* this one has to stop it to know */
    for (i = 0; i < 2; i++)
    {
        assert_int_equal( partition_delete( machine.handle ), WHV_E_INVALID_VP_STATE );
        wait_entered( 0 );
    }
    assert_int_equal( machine.vcpu->regs.rip, CODE );
    finish_canceled( &runner );
    halt();
}

/* Cancels and pauses as they come, to a guest that never leaves by itself: every exit is a cancel, and the last is not
 * lost. */
static void *cancel_thread( void *arg )
{
    UINT64 value = 0;
    UINT32 i;

    for (i = 0; i < 300; i++)
    {
        if (i == 299) __atomic_store_n( (int *)arg, 1, __ATOMIC_RELEASE );
        vp_cancel( machine.handle, 0 );
        registers( 0, WHvX64RegisterRip, &value );
        if (i % 16 == 0) usleep( 100 );
    }
    return NULL;
}

static void test_storm( void **state )
{
    UINT32 canceled = 0;
    pthread_t thread;
    int done = 0;

    (void)state;
    machine_mode( INSN_MODE_16 );
    machine_code( CODE, "\xeb\xfe", 2 );
    assert_int_equal( pthread_create( &thread, NULL, cancel_thread, &done ), 0 );
    while (!__atomic_load_n( &done, __ATOMIC_ACQUIRE ))
    {
        assert_int_equal( machine_run(), WHvRunVpExitReasonCanceled );
        canceled++;
    }
    pthread_join( thread, NULL );
    assert_in_range( canceled, 1, 300 );
    if (machine.vp->thread.cancel) expect_canceled();
    halt();
}

/* ---- runners that come to a bad end ---- */

static void *note_thread_id( void *arg )
{
    *(int *)arg = thread_id();
    return NULL;
}

static void test_dead_runner( void **state )
{
    pthread_t thread;
    int tid;

    (void)state;
    assert_int_equal( pthread_create( &thread, NULL, note_thread_id, &tid ), 0 );
    pthread_join( thread, NULL );
    /* joined is not gone yet: the kernel takes its time */
    while (!thread_gone( tid )) usleep( 1000 );
    machine.vp->thread.runner = tid;
    machine.vp->thread.in_guest = 1;
    halt();
    machine.vp->thread.runner = tid;
    machine.vp->thread.in_guest = 1;
    assert_int_equal( vp_delete( machine.handle, 0 ), S_OK );
    assert_int_equal( vp_create( machine.handle, 0 ), S_OK );
    halt();
}

static void test_abandoned( void **state )
{
    (void)state;
    vp_abandoned( NULL, 0 );
    vp_abandoned( machine.handle, 1 );
    vp_abandoned( machine.handle, 0 );          /* nobody's */
    lock_take( &machine.vp->thread.lock );
    machine.vp->thread.runner = thread_id();
    vp_abandoned( machine.handle, 0 );
    assert_int_equal( machine.vp->thread.runner, 0 );
    halt();
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_life, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_half_created, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_exit_sizes, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_cancel, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_cancel_behind_exit, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_cancel_blocked, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_cancel_kicks_once, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_cancel_kicks_again, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_no_spurious_cancel, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_pause, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_pause_failing, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_run_twice, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_storm, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_dead_runner, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_abandoned, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
