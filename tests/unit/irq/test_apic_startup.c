/*
 * Tests of the local APIC in the platform: waiting for INIT and SIPI
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
#include "host/array.h"
#include "host/kvm.h"
#include "registers/registers_x86.h"

static void check_taken( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    assert_int_equal( vcpu->regs.rbx, 0x1234 );
    assert_int_equal( vcpu->sregs.cr2, 0x5678 );
}

static void start_now( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->mp_state.mp_state = KVM_MP_STATE_RUNNABLE;
    vcpu->regs.rip = 0x100;
}

static void cancel_now( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)vcpu;
    (void)exit;
    second_vp->thread.cancel = 1;
}

static void test_startup( void **state )
{
    (void)state;
    assert_int_equal( machine_get( 1, WHvRegisterInternalActivityState ), 1 );
    assert_int_equal( second_vcpu->mp_state.mp_state, KVM_MP_STATE_INIT_RECEIVED );
    machine_set( 1, WHvX64RegisterRbx, 0x1234 );
    machine_set( 1, WHvX64RegisterCr2, 0x5678 );
    fake_kvm_queue( second_vcpu, &(struct fake_exit){ .error = -EINTR, .on_entry = cancel_now } );
    assert_int_equal( apic_machine_run(), WHvRunVpExitReasonCanceled );
    check_taken( second_vcpu, NULL );
    assert_int_equal( machine_get( 1, WHvX64RegisterRbx ), 0x1234 );
    assert_int_equal( machine_get( 1, WHvX64RegisterCr2 ), 0x5678 );

    /* the client sees nothing of the beginning */
    fake_kvm_queue( second_vcpu, &(struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = start_now } );
    assert_int_equal( apic_machine_run(), WHvRunVpExitReasonUnrecoverableException );
    assert_int_equal( machine.exit.VpContext.Rip, 0x100 );
    assert_int_equal( second_vp->arch.events.startup, 0 );
}

/* INIT and SIPI come while the vp is at an exit and the client has set something: the look at its activity shows what
 * they have made of it. */
static void take_sipi( struct fake_vcpu *vcpu )
{
    vcpu->mp_state.mp_state = KVM_MP_STATE_RUNNABLE;
    vcpu->regs.rip = 0;
    vcpu->regs.rbx = 0;
    vcpu->sregs.cs.base = 0x8000;
    vcpu->sregs.cs.selector = 0x800;
    vcpu->sregs.cr2 = 0;
}

static void check_started( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    assert_int_equal( vcpu->regs.rip, 0 );
    assert_int_equal( vcpu->sregs.cs.selector, 0x800 );
}

static void test_startup_seen( void **state )
{
    (void)state;
    machine_set( 1, WHvRegisterInternalActivityState, 0 );
    fake_kvm_queue( second_vcpu, &(struct fake_exit)FAKE_FAST_OUT( 0x42, 1, 5, 2 ) );
    assert_int_equal( apic_machine_run(), WHvRunVpExitReasonX64IoPortAccess );
    machine_set( 1, WHvX64RegisterRbx, 0x1234 );
    second_vcpu->on_get_mp_state = take_sipi;
    assert_int_equal( machine_get( 1, WHvRegisterInternalActivityState ), 0 );
    second_vcpu->on_get_mp_state = NULL;
    assert_int_equal( machine_get( 1, WHvX64RegisterRip ), 0 );
    assert_int_equal( machine_get( 1, WHvX64RegisterRbx ), 0 );
    fake_kvm_queue( second_vcpu, &(struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = check_started } );
    assert_int_equal( apic_machine_run(), WHvRunVpExitReasonUnrecoverableException );
}

/* And without them it changes nothing: what the client has set goes to KVM, what KVM had not finished is finished. */
static void test_activity_looked_at( void **state )
{
    (void)state;
    machine_set( 1, WHvRegisterInternalActivityState, 0 );
    fake_kvm_queue( second_vcpu, &(struct fake_exit)FAKE_EMULATED_IN( 0x42, 1, 2 ) );
    assert_int_equal( apic_machine_run(), WHvRunVpExitReasonX64IoPortAccess );
    machine_set( 1, WHvX64RegisterRbx, 0x1234 );
    machine_set( 1, WHvX64RegisterCr2, 0x5678 );
    assert_int_equal( machine_get( 1, WHvRegisterInternalActivityState ), 0 );
    assert_int_equal( machine_get( 1, WHvX64RegisterRbx ), 0x1234 );
    assert_int_equal( machine_get( 1, WHvX64RegisterRip ), machine.exit.VpContext.Rip );
    check_taken( second_vcpu, NULL );
    assert_int_equal( second_vcpu->regs.rip, machine.exit.VpContext.Rip );
    fake_kvm_queue( second_vcpu, &(struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = check_taken } );
    assert_int_equal( apic_machine_run(), WHvRunVpExitReasonUnrecoverableException );
}

static void test_startup_by_hand( void **state )
{
    (void)state;
    machine_set( 1, WHvRegisterInternalActivityState, 0 );
    assert_int_equal( second_vcpu->mp_state.mp_state, KVM_MP_STATE_RUNNABLE );
    machine_set( 1, WHvX64RegisterRbx, 0x1234 );
    machine_set( 1, WHvX64RegisterCr2, 0x5678 );
    fake_kvm_queue( second_vcpu, &(struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = check_taken } );
    assert_int_equal( apic_machine_run(), WHvRunVpExitReasonUnrecoverableException );
    machine_set( 1, WHvRegisterInternalActivityState, 1 );
    assert_int_equal( second_vcpu->mp_state.mp_state, KVM_MP_STATE_INIT_RECEIVED );
    assert_int_equal( second_vp->arch.events.startup, 1 );
}

static void test_startup_failures( void **state )
{
    static const char * const calls[] = { "kvm_set_sregs", "kvm_set_regs", "kvm_set_vcpu_events", "kvm_get_mp_state",
                                          "kvm_get_regs" };
    WHV_REGISTER_NAME name = WHvRegisterInternalActivityState;
    WHV_REGISTER_VALUE value;
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(calls); i++)
    {
        machine_set( 1, WHvX64RegisterCr2, i + 1 );
        fake_kvm_fail_function( calls[i], ENOMEM );
        assert_int_equal( regs_get( second_vp, &name, 1, &value ), E_OUTOFMEMORY );
        fake_kvm_fail_function( calls[i], 0 );
        assert_int_equal( machine_get( 1, WHvX64RegisterCr2 ), i + 1 );
        assert_int_equal( regs_get( second_vp, &name, 1, &value ), S_OK );
        assert_int_equal( second_vcpu->sregs.cr2, i + 1 );
    }
    machine_set( 1, WHvX64RegisterCr2, 77 );
    fake_kvm_fail_function( "kvm_set_sregs", EINVAL );
    assert_int_equal( regs_get( second_vp, &name, 1, &value ), ERROR_HV_INVALID_REGISTER_VALUE );
    fake_kvm_fail_function( "kvm_set_sregs", 0 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
#define TEST( func ) cmocka_unit_test_setup_teardown( func, apic_machine_setup, machine_teardown )
        TEST( test_startup ),
        TEST( test_startup_seen ),
        TEST( test_activity_looked_at ),
        TEST( test_startup_by_hand ),
        TEST( test_startup_failures ),
#undef TEST
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
