/*
 * Tests of the local APIC in the platform: events, windows and wakes
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

#include "apic_machine.h"
#include "host/kvm.h"
#include "run/run.h"
#include "vm/vp.h"

static void send_nmi( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->events.nmi.pending = 1;
}

/* What comes from elsewhere while the vp is out of the guest is not overwritten by what the client sets. */
static void test_remote_events( void **state )
{
    (void)state;
    machine_queue( (struct fake_exit)FAKE_HLT );
    machine_run();
    send_nmi( machine.vcpu, NULL );
    machine.vcpu->events.smi.latched_init = 1;
    machine_set( 0, WHvRegisterInterruptState, 1 );
    machine_queue( (struct fake_exit)FAKE_HLT );
    machine_run();
    assert_int_equal( machine.vcpu->events.interrupt.shadow != 0, 1 );
    assert_int_equal( machine.vcpu->events.nmi.pending, 1 );
    assert_int_equal( machine.vcpu->events.smi.latched_init, 1 );
}

static void check_window( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    assert_int_equal( vcpu->run->request_interrupt_window, exit->arg != NULL );
}

static void check_injected( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    assert_int_equal( vcpu->events.interrupt.injected, 1 );
    assert_int_equal( vcpu->events.interrupt.nr, (uintptr_t)exit->arg );
    vcpu->events.interrupt.injected = 0;
}

static void enable_interrupts( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->regs.rflags |= FLAG_IF;
}

/* An ExtInt waits for the guest, and goes before a window that the client has asked for. */
static void test_ext_int( void **state )
{
    (void)state;
    machine_regs()->rflags &= ~FLAG_IF;
    machine_set( 0, WHvRegisterPendingEvent, 1 | 5 << 1 | 0x30 << 8 );
    machine_set( 0, WHvX64RegisterDeliverabilityNotifications, 2 );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_IRQ_WINDOW_OPEN, .on_entry = check_window, .arg = (void *)1,
                                       .on_exit = enable_interrupts } );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_IRQ_WINDOW_OPEN, .on_entry = check_injected,
                                       .arg = (void *)0x30 } );
    machine.vcpu->mp_state.mp_state = KVM_MP_STATE_HALTED;
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64InterruptWindow );
    /* it has woken the vp */
    assert_int_equal( machine.vcpu->mp_state.mp_state, KVM_MP_STATE_RUNNABLE );
    assert_int_equal( machine_get( 0, WHvRegisterPendingEvent ), 0 );
    assert_int_equal( fake_kvm_left( machine.vcpu ), 0 );
}

/* Windows that KVM does not tell of are looked for whenever the vp is kicked, and kicks are sent while one is waited
 * for. */
static void lower_priority( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->sregs.cr8 = 3;
}

static void unmask_nmi( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->events.nmi.masked = 0;
}

static void test_polled_windows( void **state )
{
    unsigned int kicks = fake_kvm_count( "kvm_kick_start" );

    (void)state;
    machine.vcpu->sregs.cr8 = 5;
    machine.vp->run->s.regs.sregs.cr8 = 5;
    machine.vp->run->s.regs.regs.rflags = 0x202;
    machine_set( 0, WHvX64RegisterDeliverabilityNotifications, 2 | 4 << 2 );
    machine_queue( (struct fake_exit){ .error = -EINTR } );
    machine_queue( (struct fake_exit){ .error = -EINTR, .on_entry = lower_priority } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64InterruptWindow );
    assert_int_equal( machine.exit.InterruptWindow.DeliverableType, WHvX64PendingInterrupt );
    assert_int_equal( fake_kvm_count( "kvm_kick_start" ), kicks + 2 );

    machine_set( 0, WHvRegisterInterruptState, 2 );
    machine_set( 0, WHvX64RegisterDeliverabilityNotifications, 1 );
    machine_queue( (struct fake_exit){ .error = -EINTR, .on_entry = unmask_nmi } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64InterruptWindow );
    assert_int_equal( machine.exit.InterruptWindow.DeliverableType, WHvX64PendingNmi );
    assert_int_equal( fake_kvm_count( "kvm_kick_start" ), kicks + 3 );

    /* nothing is waited for */
    machine_queue( (struct fake_exit)FAKE_HLT );
    machine_run();
    assert_int_equal( fake_kvm_count( "kvm_kick_start" ), kicks + 3 );

    /* without the timer KVM's own window is still there */
    fake_kvm_fail_function( "kvm_kick_start", EAGAIN );
    machine_set( 0, WHvX64RegisterDeliverabilityNotifications, 1 );
    machine_set( 0, WHvRegisterInterruptState, 2 );
    machine_queue( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    fake_kvm_fail_function( "kvm_kick_start", 0 );
}

/* An ExtInt that is written replaces an exception that waits, as the other way round. */
static void test_ext_int_replaces( void **state )
{
    (void)state;
    machine_set( 0, WHvRegisterPendingEvent, 1 | 6 << 16 );
    machine_set( 0, WHvRegisterPendingEvent, 1 | 5 << 1 | 0x30 << 8 );
    assert_int_equal( machine_get( 0, WHvRegisterPendingEvent ), 1 | 5 << 1 | 0x30 << 8 );
    assert_int_equal( machine_get( 0, WHvRegisterPendingInterruption ), 0 );
}

static void cancel_bsp( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)vcpu;
    (void)exit;
    machine.vp->thread.cancel = 1;
}

/* Whatever is injected ends a halt; what is not, does not. */
static void test_wake( void **state )
{
    UINT32 n;

    (void)state;
    machine_queue( (struct fake_exit){ .error = -EINTR, .on_entry = cancel_bsp } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonCanceled );
    machine.vcpu->mp_state.mp_state = KVM_MP_STATE_HALTED;
    machine_set( 0, WHvRegisterInterruptState, 1 );
    machine_queue( (struct fake_exit){ .error = -EINTR, .on_entry = cancel_bsp } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonCanceled );
    assert_int_equal( machine.vcpu->mp_state.mp_state, KVM_MP_STATE_HALTED );

    machine_set( 0, WHvRegisterPendingInterruption, 1 | 0x40 << 16 );
    fake_kvm_fail_function( "kvm_get_mp_state", ENOMEM );
    assert_int_equal( vp_run( machine.handle, 0, &machine.exit, sizeof(machine.exit) ), E_OUTOFMEMORY );
    fake_kvm_fail_function( "kvm_get_mp_state", 0 );
    fake_kvm_fail_function( "kvm_set_mp_state", ENOMEM );
    assert_int_equal( vp_run( machine.handle, 0, &machine.exit, sizeof(machine.exit) ), E_OUTOFMEMORY );
    fake_kvm_fail_function( "kvm_set_mp_state", 0 );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = check_injected, .arg = (void *)0x40 } );
    machine_run();
    assert_int_equal( machine.vcpu->mp_state.mp_state, KVM_MP_STATE_RUNNABLE );

    /* one system call per run in the steady state, with an injection too */
    for (n = 0; n < 3; n++)
    {
        UINT32 calls = fake_kvm_calls();

        machine_set( 0, WHvRegisterPendingInterruption, 1 | 0x40 << 16 );
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = check_injected,
                                           .arg = (void *)0x40 } );
        machine_run();
        assert_int_equal( fake_kvm_calls(), calls + 1 );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
#define TEST( func ) cmocka_unit_test_setup_teardown( func, apic_machine_setup, machine_teardown )
        TEST( test_remote_events ),
        TEST( test_ext_int ),
        TEST( test_polled_windows ),
        TEST( test_ext_int_replaces ),
        TEST( test_wake ),
#undef TEST
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
