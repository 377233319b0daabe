/*
 * Tests of the local APIC in the platform: requests, level-triggered vectors, reset
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
#include "host/errors.h"
#include "host/kvm.h"
#include "irq/apic_x86.h"
#include "run/partition_life.h"
#include "run/vp_life.h"
#include "vm/handle.h"

static HRESULT request( UINT32 type, UINT32 logical, UINT32 level, UINT32 destination, UINT32 vector )
{
    WHV_INTERRUPT_CONTROL control = { .Type = type, .DestinationMode = logical, .TriggerMode = level,
                                      .Destination = destination, .Vector = vector };

    return apic_request( machine.handle, &control );
}

/* ---- requests ---- */

static void test_messages( void **state )
{
    static const struct
    {
        UINT32 type, logical, level, destination, vector;
        UINT32 address_lo, address_hi, data;
    }
    cases[] =
    {
        { WHvX64InterruptTypeFixed,          0, 0, 3,          0x40, 0xfee03000, 0,          0x0040 },
        { WHvX64InterruptTypeFixed,          1, 0, 0xff,       0xff, 0xfeeff004, 0,          0x00ff },
        { WHvX64InterruptTypeLowestPriority, 1, 0, 0x0f,       0x41, 0xfee0f004, 0,          0x0141 },
        { WHvX64InterruptTypeFixed,          0, 1, 1,          0x42, 0xfee01000, 0,          0xc042 },
        { WHvX64InterruptTypeNmi,            0, 0, 2,          0x77, 0xfee02000, 0,          0x0400 },
        { WHvX64InterruptTypeNmi,            0, 1, 2,          0,    0xfee02000, 0,          0x0400 },
        { WHvX64InterruptTypeInit,           0, 0, 1,          0x77, 0xfee01000, 0,          0x0500 },
        { WHvX64InterruptTypeSipi,           0, 0, 1,          0x9a, 0xfee01000, 0,          0x069a },
        { WHvX64InterruptTypeFixed,          0, 0, 0x12345678, 0x40, 0xfee78000, 0x12345600, 0x0040 },
        { WHvX64InterruptTypeFixed,          0, 0, 0xffffffff, 0x40, 0xfeeff000, 0xffffff00, 0x0040 },
    };
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++)
    {
        assert_int_equal( request( cases[i].type, cases[i].logical, cases[i].level, cases[i].destination,
                                   cases[i].vector ), S_OK );
        assert_int_equal( fake_kvm_irq.msi.address_lo, cases[i].address_lo );
        assert_int_equal( fake_kvm_irq.msi.address_hi, cases[i].address_hi );
        assert_int_equal( fake_kvm_irq.msi.data, cases[i].data );
        assert_int_equal( fake_kvm_irq.msi.flags, 0 );
    }
    /* dropped, delivered to none, refused */
    fake_kvm_irq.msi_result = 0;
    assert_int_equal( request( WHvX64InterruptTypeFixed, 0, 0, 0, 0x40 ), S_OK );
    fake_kvm_irq.msi_result = -EPERM;
    assert_int_equal( request( WHvX64InterruptTypeFixed, 0, 0, 9, 0x40 ), S_OK );
    fake_kvm_irq.msi_result = -ENOMEM;
    assert_int_equal( request( WHvX64InterruptTypeFixed, 0, 0, 0, 0x40 ), E_OUTOFMEMORY );
    fake_kvm_irq.msi_result = 1;
}

static void test_refused( void **state )
{
    WHV_INTERRUPT_CONTROL control;
    UINT32 i, before = fake_kvm_count( "kvm_signal_msi" );

    (void)state;
    for (i = 0; i < 16; i++)
    {
        assert_int_equal( request( WHvX64InterruptTypeFixed, 0, 0, 0, i ), ERROR_HV_INVALID_PARAMETER );
        assert_int_equal( request( WHvX64InterruptTypeLowestPriority, 0, 0, 0, i ), ERROR_HV_INVALID_PARAMETER );
    }
    assert_int_equal( request( WHvX64InterruptTypeFixed, 0, 0, 0, 256 ), ERROR_HV_INVALID_PARAMETER );
    assert_int_equal( request( WHvX64InterruptTypeSipi, 0, 0, 0, 256 ), ERROR_HV_INVALID_PARAMETER );
    for (i = 0; i < 256; i++)
    {
        if (i <= 1 || (i >= 4 && i <= 6) || i == 9) continue;
        assert_int_equal( request( i, 0, 0, 0, 0x40 ), E_INVALIDARG );
    }
    for (i = 2; i < 16; i++)
    {
        assert_int_equal( request( WHvX64InterruptTypeFixed, i, 0, 0, 0x40 ), E_INVALIDARG );
        assert_int_equal( request( WHvX64InterruptTypeFixed, 0, i, 0, 0x40 ), E_INVALIDARG );
    }
    for (i = 16; i < 64; i++)
    {
        memset( &control, 0, sizeof(control) );
        memcpy( &control, &(UINT64){ 1ull << i }, sizeof(UINT64) );
        control.Vector = 0x40;
        assert_int_equal( apic_request( machine.handle, &control ), E_INVALIDARG );
    }
    assert_int_equal( apic_request( NULL, &control ), E_HANDLE );
    assert_int_equal( apic_request( (WHV_PARTITION_HANDLE)0x1230, &control ), E_HANDLE );
    assert_int_equal( fake_kvm_count( "kvm_signal_msi" ), before );
}

static void test_no_apic( void **state )
{
    WHV_PARTITION_HANDLE handle;
    WHV_INTERRUPT_CONTROL control = { .Vector = 0x40 };
    UINT32 mode = WHvX64LocalApicEmulationModeXApic;

    (void)state;
    assert_int_equal( partition_create( &handle ), S_OK );
    assert_int_equal( apic_request( handle, &control ), ERROR_HV_OPERATION_DENIED );
    assert_int_equal( partition_set_property( handle, WHvPartitionPropertyCodeLocalApicEmulationMode, &mode, 4 ),
                      S_OK );
    assert_int_equal( apic_request( handle, &control ), HRESULT_FROM_WIN32_INVALID_STATE );
    assert_int_equal( partition_delete( handle ), S_OK );
    assert_int_equal( apic_request( handle, &control ), E_HANDLE );
}

/* ---- level-triggered vectors ---- */

static BOOL has_route( UINT32 vector, UINT32 destination )
{
    UINT32 i;

    for (i = 0; i < fake_kvm_irq.route_count; i++)
    {
        const struct kvm_irq_routing_entry *entry = &fake_kvm_irq.routes[i];

        if (entry->type == KVM_IRQ_ROUTING_MSI && entry->u.msi.data == (0xc000 | vector) &&
            entry->u.msi.address_lo == (0xfee00000 | (destination & 0xff) << 12) &&
            entry->u.msi.address_hi == (destination & ~0xffu)) return 1;
    }
    return 0;
}

static void test_routes( void **state )
{
    UINT32 i, n = fake_kvm_count( "kvm_set_gsi_routing" );

    (void)state;
    assert_int_equal( request( WHvX64InterruptTypeFixed, 0, 0, 0, 0x40 ), S_OK );
    assert_int_equal( fake_kvm_count( "kvm_set_gsi_routing" ), n );
    assert_int_equal( request( WHvX64InterruptTypeFixed, 0, 1, 0, 0x41 ), S_OK );
    assert_int_equal( fake_kvm_count( "kvm_set_gsi_routing" ), ++n );
    assert_true( has_route( 0x41, 0xff ) && has_route( 0x41, 0xffffffff ));
    assert_false( has_route( 0x40, 0xff ) || has_route( 0x40, 0xffffffff ));
    /* any destination and mode, any number of times: nothing more to do */
    for (i = 0; i < 10; i++) assert_int_equal( request( WHvX64InterruptTypeLowestPriority, i & 1, 1, i, 0x41 ), S_OK );
    assert_int_equal( fake_kvm_count( "kvm_set_gsi_routing" ), n );
    /* all that there are */
    for (i = 16; i < 256; i++) assert_int_equal( request( WHvX64InterruptTypeFixed, 0, 1, 0, i ), S_OK );
    for (i = 16; i < 256; i++) assert_true( has_route( i, 0xff ));
    /* as far as there is room, for a guest that turns x2APIC mode on though it was not offered */
    assert_true( has_route( 16, 0xffffffff ));
    assert_int_equal( fake_kvm_irq.route_count, 255 );
}

static void test_routes_x2apic( void **state )
{
    UINT32 i;

    (void)state;
    assert_int_equal( fake_kvm_irq.x2apic, KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK );
    for (i = 16; i < 256; i++) assert_int_equal( request( WHvX64InterruptTypeFixed, 0, 1, 0, i ), S_OK );
    for (i = 16; i < 256; i++) assert_true( has_route( i, 0xffffffff ));
    assert_true( has_route( 16, 0xff ));
    assert_int_equal( fake_kvm_irq.route_count, 255 );
}

static void test_route_failure( void **state )
{
    UINT32 n;

    (void)state;
    fake_kvm_fail_function( "kvm_set_gsi_routing", ENOMEM );
    n = fake_kvm_count( "kvm_signal_msi" );
    /* without the route the EOI would be lost: nothing is sent */
    assert_int_equal( request( WHvX64InterruptTypeFixed, 0, 1, 0, 0x41 ), E_OUTOFMEMORY );
    assert_int_equal( fake_kvm_count( "kvm_signal_msi" ), n );
    fake_kvm_fail_function( "kvm_set_gsi_routing", 0 );
    assert_int_equal( request( WHvX64InterruptTypeFixed, 0, 1, 0, 0x41 ), S_OK );
    assert_true( has_route( 0x41, 0xff ));
}

static void show_eoi( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->run->eoi.vector = (uintptr_t)exit->arg;
}

static void test_eoi( void **state )
{
    struct fake_exit eoi = { .reason = KVM_EXIT_IOAPIC_EOI, .on_exit = show_eoi, .arg = (void *)0x41 };
    UINT32 n;

    (void)state;
    assert_int_equal( request( WHvX64InterruptTypeFixed, 0, 1, 0, 0x41 ), S_OK );
    machine_queue( (struct fake_exit)FAKE_HLT );
    machine_run();
    machine_queue( eoi );
    n = fake_kvm_calls();
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64ApicEoi );
    assert_int_equal( machine.exit.ApicEoi.InterruptVector, 0x41 );
    assert_int_equal( fake_kvm_calls(), n + 1 );

    /* used both ways: the APIC knows which it was */
    assert_int_equal( request( WHvX64InterruptTypeFixed, 0, 0, 0, 0x41 ), S_OK );
    machine_queue( eoi );
    machine_queue( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    machine.vcpu->lapic.regs[0x1a0] = 2;
    machine_queue( eoi );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64ApicEoi );
    /* not known: an EOI too many harms less than one too few */
    machine.vcpu->lapic.regs[0x1a0] = 0;
    fake_kvm_fail_function( "kvm_get_lapic", ENOMEM );
    machine_queue( eoi );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64ApicEoi );
    fake_kvm_fail_function( "kvm_get_lapic", 0 );
}

/* ---- LINT1 ---- */

static void test_lint1( void **state )
{
    UINT32 n = fake_kvm_count( "kvm_signal_msi" );

    (void)state;
    /* masked at power-on */
    assert_int_equal( request( WHvX64InterruptTypeLocalInt1, 0, 0, 0xff, 0 ), S_OK );
    assert_int_equal( fake_kvm_count( "kvm_signal_msi" ), n );
    memcpy( second_vcpu->lapic.regs + 0x360, "\x00\x04\x00\x00", 4 );
    assert_int_equal( request( WHvX64InterruptTypeLocalInt1, 0, 0, 0, 0 ), S_OK );
    assert_int_equal( fake_kvm_count( "kvm_signal_msi" ), n );
    assert_int_equal( request( WHvX64InterruptTypeLocalInt1, 0, 0, 1, 0 ), S_OK );
    assert_int_equal( fake_kvm_count( "kvm_signal_msi" ), n + 1 );
    assert_int_equal( fake_kvm_irq.msi.address_lo, 0xfee01000 );
    assert_int_equal( fake_kvm_irq.msi.data & 0x7ff, 0x400 );
    memcpy( second_vcpu->lapic.regs + 0x360, "\x51\x00\x00\x00", 4 );
    assert_int_equal( request( WHvX64InterruptTypeLocalInt1, 0, 0, 0xff, 0 ), S_OK );
    assert_int_equal( fake_kvm_irq.msi.data, 0x51 );
    n = fake_kvm_count( "kvm_signal_msi" );
    memcpy( second_vcpu->lapic.regs + 0x360, "\x00\x07\x00\x00", 4 );
    assert_int_equal( request( WHvX64InterruptTypeLocalInt1, 0, 0, 1, 0 ), S_OK );
    assert_int_equal( fake_kvm_count( "kvm_signal_msi" ), n );
    fake_kvm_fail_function( "kvm_get_lapic", ENOMEM );
    assert_int_equal( request( WHvX64InterruptTypeLocalInt1, 0, 0, 1, 0 ), E_OUTOFMEMORY );
    fake_kvm_fail_function( "kvm_get_lapic", 0 );
}

static void test_matches( void **state )
{
    static const struct
    {
        UINT32 id, ldr, dfr;
        BOOL   x2apic;
        UINT32 destination;
        BOOL   logical, matches;
    }
    cases[] =
    {
        { 0x03000000, 0, 0xffffffff, 0, 3, 0, 1 },
        { 0x03000000, 0, 0xffffffff, 0, 2, 0, 0 },
        { 0x03000000, 0, 0xffffffff, 0, 0x103, 0, 0 },
        { 0x03000000, 0, 0xffffffff, 0, 0xff, 0, 1 },
        { 0x03000000, 0, 0xffffffff, 0, 0xff, 1, 1 },
        { 0, 0x04000000, 0xffffffff, 0, 0x0c, 1, 1 },
        { 0, 0x04000000, 0xffffffff, 0, 0x03, 1, 0 },
        { 0, 0x24000000, 0x0fffffff, 0, 0x2c, 1, 1 },
        { 0, 0x24000000, 0x0fffffff, 0, 0x1c, 1, 0 },
        { 0, 0x24000000, 0x0fffffff, 0, 0x23, 1, 0 },
        { 0x123, 0, 0, 1, 0x123, 0, 1 },
        { 0x123, 0, 0, 1, 0x23, 0, 0 },
        { 0x123, 0, 0, 1, 0xff, 0, 0 },
        { 0x123, 0, 0, 1, 0xffffffff, 0, 1 },
        { 0x123, 0x00120008, 0, 1, 0x0012000c, 1, 1 },
        { 0x123, 0x00120008, 0, 1, 0x00120007, 1, 0 },
        { 0x123, 0x00120008, 0, 1, 0x0013000c, 1, 0 },
    };
    struct kvm_lapic_state lapic;
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++)
    {
        memset( &lapic, 0, sizeof(lapic) );
        memcpy( lapic.regs + 0x20, &cases[i].id, 4 );
        memcpy( lapic.regs + 0xd0, &cases[i].ldr, 4 );
        memcpy( lapic.regs + 0xe0, &cases[i].dfr, 4 );
        if (apic_matches( &lapic, cases[i].x2apic ? cases[i].id : cases[i].id >> 24, cases[i].x2apic,
                          cases[i].destination, cases[i].logical ) != cases[i].matches)
            fail_msg( "case %u", i );
    }
    /* vp 12b in xAPIC mode, where its id reads as 2b */
    memset( &lapic, 0, sizeof(lapic) );
    lapic.regs[0x23] = 0x2b;
    assert_true( apic_matches( &lapic, 0x12b, 0, 0x12b, 0 ));
    assert_false( apic_matches( &lapic, 0x12b, 0, 0x2b, 0 ));
    assert_true( apic_matches( &lapic, 0x12b, 0, 0xff, 0 ));
}

static void test_reset( void **state )
{
    UINT32 value;

    (void)state;
    memset( machine.vcpu->lapic.regs, 0x5a, sizeof(machine.vcpu->lapic.regs) );
    memcpy( machine.vcpu->lapic.regs + 0x30, "\x14\x00\x05\x00", 4 );
    machine.vcpu->mp_state.mp_state = KVM_MP_STATE_HALTED;
    second_vcpu->mp_state.mp_state = KVM_MP_STATE_RUNNABLE;
    machine.vcpu->events.nmi.pending = 1;
    assert_int_equal( partition_reset( machine.handle ), S_OK );
    assert_int_equal( machine.vcpu->mp_state.mp_state, KVM_MP_STATE_RUNNABLE );
    assert_int_equal( second_vcpu->mp_state.mp_state, KVM_MP_STATE_INIT_RECEIVED );
    assert_int_equal( machine.vcpu->events.nmi.pending, 0 );
#define REG( offset ) (memcpy( &value, machine.vcpu->lapic.regs + (offset), 4 ), value)
    assert_int_equal( REG( 0x20 ), 0 );
    assert_int_equal( REG( 0x30 ), 0x50014 );
    assert_int_equal( REG( 0x80 ), 0 );
    assert_int_equal( REG( 0xe0 ), 0xffffffff );
    assert_int_equal( REG( 0xf0 ), 0xff );
    assert_int_equal( REG( 0x200 ), 0 );
    assert_int_equal( REG( 0x320 ), 0x10000 );
    assert_int_equal( REG( 0x350 ), 0x10000 );
    assert_int_equal( REG( 0x360 ), 0x10000 );
#undef REG
}

/* Every call of setting up and creating fails in turn: an error, nothing left open, and the next try works. */
static void test_setup_failures( void **state )
{
    UINT32 n, mode = WHvX64LocalApicEmulationModeX2Apic;
    BOOL done = 0;

    (void)state;
    for (n = 1; !done; n++)
    {
        HRESULT hr;

        machine_create( 2 );
        assert_int_equal( machine_set_property( WHvPartitionPropertyCodeLocalApicEmulationMode, mode ), S_OK );
        fake_kvm_fail_at( n, ENOMEM );
        hr = partition_setup( machine.handle );
        if (SUCCEEDED(hr)) hr = vp_create( machine.handle, 1 );
        done = fake_kvm_calls() < n;
        fake_kvm_fail_at( 0, 0 );
        if (done) assert_int_equal( hr, S_OK );
        else assert_true( FAILED(hr) || n > 1 );
        if (FAILED(hr) && FAILED(vp_create( machine.handle, 1 )))
        {
            assert_int_equal( partition_setup( machine.handle ), S_OK );
            assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
        }
        assert_int_equal( partition_delete( machine.handle ), S_OK );
        assert_int_equal( fake_kvm_open_fds(), 1 );
        machine.handle = NULL;
    }
    assert_true( n > 10 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
#define TEST( func ) cmocka_unit_test_setup_teardown( func, apic_machine_setup, machine_teardown )
        cmocka_unit_test_setup_teardown( test_messages, apic_machine_setup_x2apic, machine_teardown ),
        TEST( test_refused ),
        cmocka_unit_test( test_no_apic ),
        TEST( test_routes ),
        cmocka_unit_test_setup_teardown( test_routes_x2apic, apic_machine_setup_x2apic, machine_teardown ),
        TEST( test_route_failure ),
        TEST( test_eoi ),
        TEST( test_lint1 ),
        cmocka_unit_test( test_matches ),
        TEST( test_reset ),
        cmocka_unit_test_teardown( test_setup_failures, machine_teardown ),
#undef TEST
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
