/*
 * Unit tests: the state of local APICs
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

#include "calls/calls.h"
#include "host/kvm.h"
#include "irq/apic_state_x86.h"
#include "machine.h"
#include "run/vp_life.h"
#include "unixlib.h"
#include "vm/partition.h"
#include "vm/vp.h"

/* Registers by number. */
#define REG_ID    0x02
#define REG_TPR   0x08
#define REG_PPR   0x0a
#define REG_LDR   0x0d
#define REG_DFR   0x0e
#define REG_ISR   0x10
#define REG_IRR   0x20
#define REG_ICR   0x30
#define REG_TIMER 0x32

#define APIC_BASE 0xfee00900ull
#define X2APIC    0x400ull

static UINT8 page[APIC_STATE_SIZE];

static int setup_mode( UINT32 mode )
{
    fake_kvm_set_tsc( 0 );
    machine_create_apic( 2, mode );
    machine.vp->run->s.regs.sregs.apic_base = APIC_BASE;
    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
    return 0;
}

static int setup( void **state )
{
    (void)state;
    return setup_mode( WHvX64LocalApicEmulationModeX2Apic );
}

static int setup_none( void **state )
{
    (void)state;
    return setup_mode( WHvX64LocalApicEmulationModeNone );
}

static UINT32 get( const void *from, UINT32 number )
{
    UINT32 value;

    memcpy( &value, (const UINT8 *)from + number * 16, sizeof(value) );
    return value;
}

static void set( void *to, UINT32 number, UINT32 value )
{
    memcpy( (UINT8 *)to + number * 16, &value, sizeof(value) );
}

/* All bits set: what KVM gets has the defined ones only. */
static void test_reserved( void **state )
{
    UINT8 *lapic = (UINT8 *)machine.vcpu->lapic.regs;

    (void)state;
    memset( page, 0xff, sizeof(page) );
    assert_int_equal( apic_set_page( machine.vp, page ), E_INVALIDARG );
    set( page, REG_TIMER, 0xfffbffff );
    assert_int_equal( apic_set_page( machine.vp, page ), S_OK );
    assert_int_equal( get( lapic, REG_ID ), 0xff000000 );
    assert_int_equal( get( lapic, REG_LDR ), 0xff000000 );
    assert_int_equal( get( lapic, REG_DFR ), 0xffffffff );
    assert_int_equal( get( lapic, REG_TIMER ), 0x310ff );
    assert_int_equal( get( lapic, REG_IRR ), 0xffff0000 );
    assert_int_equal( get( lapic, REG_ICR ), 0xccfff );
    assert_int_equal( get( lapic, 0 ), 0 );
    assert_int_equal( get( lapic, 0x3f ), 0 );
    assert_int_equal( machine.vp->run->s.regs.sregs.cr8, 15 );

    memset( lapic, 0xff, sizeof(machine.vcpu->lapic) );
    assert_int_equal( apic_get_page( machine.vp, page ), S_OK );
    assert_int_equal( get( page, 0x3f ), 0 );
    assert_int_equal( get( page, REG_PPR ), 0xff );
    assert_int_equal( page[0x400], 0 );
    assert_int_equal( page[4095], 0 );
}

static void test_nmi( void **state )
{
    (void)state;
    memset( page, 0, sizeof(page) );
    set( page, REG_IRR, 4 );
    assert_int_equal( apic_set_page( machine.vp, page ), S_OK );
    assert_int_equal( machine.vcpu->nmis, 1 );
    assert_int_equal( get( machine.vcpu->lapic.regs, REG_IRR ), 0 );
    assert_int_equal( apic_get_page( machine.vp, page ), S_OK );
    assert_int_equal( get( page, REG_IRR ), 4 );
    assert_int_equal( apic_set_page( machine.vp, page ), S_OK );
    assert_int_equal( machine.vcpu->nmis, 1 );
    set( page, REG_IRR, 0 );
    assert_int_equal( apic_set_page( machine.vp, page ), S_OK );
    assert_int_equal( machine.vcpu->events.nmi.pending, 0 );
}

static void test_priority( void **state )
{
    UINT8 *lapic = (UINT8 *)machine.vcpu->lapic.regs;

    (void)state;
    set( lapic, REG_TPR, 0x31 );
    machine.vp->run->s.regs.sregs.cr8 = 3;
    assert_int_equal( apic_get_page( machine.vp, page ), S_OK );
    assert_int_equal( get( page, REG_TPR ), 0x31 );
    assert_int_equal( get( page, REG_PPR ), 0x31 );
    /* CR8 has been written since, and an interrupt is being served */
    machine.vp->run->s.regs.sregs.cr8 = 2;
    set( lapic, REG_ISR + 2, 1 << 7 );
    assert_int_equal( apic_get_page( machine.vp, page ), S_OK );
    assert_int_equal( get( page, REG_TPR ), 0x20 );
    assert_int_equal( get( page, REG_PPR ), 0x40 );
}

static void test_x2apic( void **state )
{
    struct vp *vp = machine.partition->vps[1];
    struct fake_vcpu *vcpu = fake_kvm_find_vcpu( 1 );

    (void)state;
    /* a mode that has been set and is not yet in KVM */
    vp->run->s.regs.sregs.apic_base = APIC_BASE | X2APIC;
    vp->arch.view.dirty |= KVM_SYNC_X86_SREGS;
    assert_int_equal( apic_get_page( vp, page ), S_OK );
    assert_int_equal( vcpu->sregs.apic_base, APIC_BASE | X2APIC );
    set( page, REG_ICR + 1, 0x12345678 );
    set( page, REG_ID, 1 );
    assert_int_equal( apic_set_page( vp, page ), S_OK );
    assert_int_equal( get( vcpu->lapic.regs, REG_ICR + 1 ), 0x12345678 );
    set( page, REG_ID, 1 << 24 );
    assert_int_equal( apic_set_page( vp, page ), S_OK );
    assert_int_equal( get( vcpu->lapic.regs, REG_ID ), 1 );
    set( page, REG_ID, 2 );
    assert_int_equal( apic_set_page( vp, page ), E_INVALIDARG );
    /* KVM refuses a base */
    vp->run->s.regs.sregs.apic_base = APIC_BASE | X2APIC | 1ull << 60;
    fake_kvm_fail_function( "kvm_set_sregs", EINVAL );
    assert_int_equal( apic_get_page( vp, page ), ERROR_HV_INVALID_REGISTER_VALUE );
    fake_kvm_fail_function( "kvm_set_sregs", 0 );
}

static void test_targets( void **state )
{
    UINT32 targets[2] = { 77, 77 }, found = 77;
    struct get_interrupt_targets_params params =
        { .partition = machine.handle, .targets = targets, .target_count = &found, .count = 2 };

    (void)state;
    set( machine.vcpu->lapic.regs, REG_ID, 0 );
    set( fake_kvm_find_vcpu( 1 )->lapic.regs, REG_ID, 1 << 24 );
    params.destination = 1;
    assert_int_equal( get_interrupt_targets_call( &params ), S_OK );
    assert_int_equal( found, 1 );
    assert_int_equal( targets[0], 1 );
    params.destination = 0xff;
    assert_int_equal( get_interrupt_targets_call( &params ), S_OK );
    assert_int_equal( found, 2 );
    assert_int_equal( targets[1], 1 );
    params.destination = 0x100000001ull;
    assert_int_equal( get_interrupt_targets_call( &params ), S_OK );
    assert_int_equal( found, 0 );
    /* an APIC that is off, a vp that is gone */
    machine.vp->run->s.regs.sregs.apic_base = 0xfee00100;
    params.destination = 0xff;
    assert_int_equal( get_interrupt_targets_call( &params ), S_OK );
    assert_int_equal( found, 1 );
    assert_int_equal( vp_delete( machine.handle, 1 ), S_OK );
    assert_int_equal( get_interrupt_targets_call( &params ), S_OK );
    assert_int_equal( found, 0 );
    params.count = 1;
    assert_int_equal( get_interrupt_targets_call( &params ), E_INVALIDARG );
    params.count = 2;
    params.mode = 2;
    assert_int_equal( get_interrupt_targets_call( &params ), E_INVALIDARG );
    params.partition = NULL;
    assert_int_equal( get_interrupt_targets_call( &params ), E_HANDLE );
}

static void test_none( void **state )
{
    struct vp_state_params params = { .partition = machine.handle, .buffer = page, .size = sizeof(page),
                                      .type = WHvVirtualProcessorStateTypeInterruptControllerState2 };

    (void)state;
    assert_int_equal( vp_get_state_call( &params ), ERROR_HV_OPERATION_DENIED );
    assert_int_equal( vp_set_state_call( &params ), ERROR_HV_OPERATION_DENIED );
}

static void test_failures( void **state )
{
    UINT32 n, found, targets[2], failed = 0;
    HRESULT hr[3];

    (void)state;
    for (n = 1; n < 20; n++)
    {
        machine.vp->run->s.regs.sregs.apic_base = APIC_BASE | (n & 1 ? X2APIC : 0);
        machine.vcpu->sregs.apic_base = APIC_BASE;
        machine.vcpu->events.nmi.pending = 0;
        machine.vp->arch.view.dirty |= KVM_SYNC_X86_SREGS;
        memset( page, 0, sizeof(page) );
        set( page, REG_IRR, 4 );
        fake_kvm_fail_at( n, ENOMEM );
        hr[0] = apic_set_page( machine.vp, page );
        hr[1] = apic_get_page( machine.vp, page );
        hr[2] = apic_find_targets( machine.handle, 0xff, 0, targets, 2, &found );
        fake_kvm_fail_at( 0, 0 );
        if (hr[0] == S_OK && hr[1] == S_OK && hr[2] == S_OK) continue;
        failed++;
        assert_int_equal( (hr[0] != S_OK) + (hr[1] != S_OK) + (hr[2] != S_OK), 1 );
        assert_true( hr[0] == E_OUTOFMEMORY || hr[1] == E_OUTOFMEMORY || hr[2] == E_OUTOFMEMORY );
    }
    assert_in_range( failed, 8, 18 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_reserved, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_nmi, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_priority, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_x2apic, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_targets, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_none, setup_none, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_failures, setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
