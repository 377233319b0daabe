/*
 * Tests of the local APIC in the platform
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

#include "host/array.h"
#include "host/errors.h"
#include "host/kvm.h"
#include "insn/insn.h"
#include "irq/apic_x86.h"
#include "machine.h"
#include "registers/registers_x86.h"
#include "run/partition_life.h"
#include "run/run.h"
#include "run/vp_life.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/vp.h"

/* kvm_run of the machine's second vp */
static struct vp *ap;
static struct fake_vcpu *ap_vcpu;

static void create( UINT32 mode, UINT32 processors )
{
    machine_create( processors );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeLocalApicEmulationMode, mode ), S_OK );
    assert_int_equal( partition_setup( machine.handle ), S_OK );
    machine_map_memory();
    machine_create_vp();
    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
    ap = machine.partition->vps[1];
    ap_vcpu = fake_kvm_vcpu( ap->fd );
    machine_mode( INSN_MODE_64 );
}

static int setup_xapic( void **state )
{
    (void)state;
    machine_out_past( 0 );
    fake_kvm_irq.msi_result = 1;
    fake_kvm_irq.route_count = 0;
    create( WHvX64LocalApicEmulationModeXApic, 4 );
    return 0;
}

static int setup_x2apic( void **state )
{
    (void)state;
    machine_out_past( 0 );
    fake_kvm_irq.msi_result = 1;
    fake_kvm_irq.route_count = 0;
    create( WHvX64LocalApicEmulationModeX2Apic, 4 );
    return 0;
}

static HRESULT request( UINT32 type, UINT32 logical, UINT32 level, UINT32 destination, UINT32 vector )
{
    WHV_INTERRUPT_CONTROL control = { .Type = type, .DestinationMode = logical, .TriggerMode = level,
                                      .Destination = destination, .Vector = vector };

    return apic_request( machine.handle, &control );
}

static HRESULT set_reg( struct vp *vp, UINT32 name, UINT64 value )
{
    WHV_REGISTER_NAME names = name;
    WHV_REGISTER_VALUE values = { .Reg64 = value };

    return regs_set( vp, &names, 1, &values );
}

static UINT64 get_reg( struct vp *vp, UINT32 name )
{
    WHV_REGISTER_NAME names = name;
    WHV_REGISTER_VALUE value;

    assert_int_equal( regs_get( vp, &names, 1, &value ), S_OK );
    return value.Reg64;
}

static UINT32 run_ap( void )
{
    memset( &machine.exit, 0xcc, sizeof(machine.exit) );
    assert_int_equal( vp_run( machine.handle, 1, &machine.exit, sizeof(machine.exit) ), S_OK );
    return machine.exit.ExitReason;
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
        assert_int_equal( request( cases[i].type, cases[i].logical, cases[i].level, cases[i].destination, cases[i].vector ), S_OK );
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
    assert_int_equal( apic_request( NULL, &control ), E_INVALIDARG );
    assert_int_equal( apic_request( (WHV_PARTITION_HANDLE)0x1230, &control ), E_INVALIDARG );
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
    assert_int_equal( partition_set_property( handle, WHvPartitionPropertyCodeLocalApicEmulationMode, &mode, 4 ), S_OK );
    assert_int_equal( apic_request( handle, &control ), HRESULT_FROM_WIN32_INVALID_STATE );
    assert_int_equal( partition_delete( handle ), S_OK );
    assert_int_equal( apic_request( handle, &control ), E_INVALIDARG );
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
    assert_true( has_route( 0x41, 0xff ));
    assert_false( has_route( 0x40, 0xff ));
    /* any destination and mode, any number of times: nothing more to do */
    for (i = 0; i < 10; i++) assert_int_equal( request( WHvX64InterruptTypeLowestPriority, i & 1, 1, i, 0x41 ), S_OK );
    assert_int_equal( fake_kvm_count( "kvm_set_gsi_routing" ), n );
    /* all that there are */
    for (i = 16; i < 256; i++) assert_int_equal( request( WHvX64InterruptTypeFixed, 0, 1, 0, i ), S_OK );
    for (i = 16; i < 256; i++) assert_true( has_route( i, 0xff ));
    assert_int_equal( fake_kvm_irq.route_count, 240 );
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
    memcpy( ap_vcpu->lapic.regs + 0x360, "\x00\x04\x00\x00", 4 );
    assert_int_equal( request( WHvX64InterruptTypeLocalInt1, 0, 0, 0, 0 ), S_OK );
    assert_int_equal( fake_kvm_count( "kvm_signal_msi" ), n );
    assert_int_equal( request( WHvX64InterruptTypeLocalInt1, 0, 0, 1, 0 ), S_OK );
    assert_int_equal( fake_kvm_count( "kvm_signal_msi" ), n + 1 );
    assert_int_equal( fake_kvm_irq.msi.address_lo, 0xfee01000 );
    assert_int_equal( fake_kvm_irq.msi.data & 0x7ff, 0x400 );
    memcpy( ap_vcpu->lapic.regs + 0x360, "\x51\x00\x00\x00", 4 );
    assert_int_equal( request( WHvX64InterruptTypeLocalInt1, 0, 0, 0xff, 0 ), S_OK );
    assert_int_equal( fake_kvm_irq.msi.data, 0x51 );
    n = fake_kvm_count( "kvm_signal_msi" );
    memcpy( ap_vcpu->lapic.regs + 0x360, "\x00\x07\x00\x00", 4 );
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
        if (apic_matches( &lapic, cases[i].x2apic ? cases[i].id : cases[i].id >> 24, cases[i].x2apic, cases[i].destination, cases[i].logical ) != cases[i].matches)
            fail_msg( "case %u", i );
    }
    /* vp 12b in xAPIC mode, where its id reads as 2b */
    memset( &lapic, 0, sizeof(lapic) );
    lapic.regs[0x23] = 0x2b;
    assert_true( apic_matches( &lapic, 0x12b, 0, 0x12b, 0 ));
    assert_false( apic_matches( &lapic, 0x12b, 0, 0x2b, 0 ));
    assert_true( apic_matches( &lapic, 0x12b, 0, 0xff, 0 ));
}

/* ---- waiting for INIT and SIPI ---- */

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
    ap->thread.cancel = 1;
}

static void test_startup( void **state )
{
    (void)state;
    assert_int_equal( get_reg( ap, WHvRegisterInternalActivityState ), 1 );
    assert_int_equal( ap_vcpu->mp_state.mp_state, KVM_MP_STATE_INIT_RECEIVED );
    assert_int_equal( set_reg( ap, WHvX64RegisterRbx, 0x1234 ), S_OK );
    assert_int_equal( set_reg( ap, WHvX64RegisterCr2, 0x5678 ), S_OK );
    fake_kvm_queue( ap_vcpu, &(struct fake_exit){ .error = -EINTR, .on_entry = cancel_now } );
    assert_int_equal( run_ap(), WHvRunVpExitReasonCanceled );
    check_taken( ap_vcpu, NULL );
    assert_int_equal( get_reg( ap, WHvX64RegisterRbx ), 0x1234 );
    assert_int_equal( get_reg( ap, WHvX64RegisterCr2 ), 0x5678 );

    /* the client sees nothing of the beginning */
    fake_kvm_queue( ap_vcpu, &(struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = start_now } );
    assert_int_equal( run_ap(), WHvRunVpExitReasonUnrecoverableException );
    assert_int_equal( machine.exit.VpContext.Rip, 0x100 );
    assert_int_equal( ap->arch.events.startup, 0 );
}

/* INIT and SIPI come while the vp is at an exit and the client has set something: the look at its activity shows what they have
 * made of it. */
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
    assert_int_equal( set_reg( ap, WHvRegisterInternalActivityState, 0 ), S_OK );
    fake_kvm_queue( ap_vcpu, &(struct fake_exit)FAKE_FAST_OUT( 0x42, 1, 5, 2 ) );
    assert_int_equal( run_ap(), WHvRunVpExitReasonX64IoPortAccess );
    assert_int_equal( set_reg( ap, WHvX64RegisterRbx, 0x1234 ), S_OK );
    ap_vcpu->on_get_mp_state = take_sipi;
    assert_int_equal( get_reg( ap, WHvRegisterInternalActivityState ), 0 );
    ap_vcpu->on_get_mp_state = NULL;
    assert_int_equal( get_reg( ap, WHvX64RegisterRip ), 0 );
    assert_int_equal( get_reg( ap, WHvX64RegisterRbx ), 0 );
    fake_kvm_queue( ap_vcpu, &(struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = check_started } );
    assert_int_equal( run_ap(), WHvRunVpExitReasonUnrecoverableException );
}

/* And without them it changes nothing: what the client has set goes to KVM, what KVM had not finished is finished. */
static void test_activity_looked_at( void **state )
{
    (void)state;
    assert_int_equal( set_reg( ap, WHvRegisterInternalActivityState, 0 ), S_OK );
    fake_kvm_queue( ap_vcpu, &(struct fake_exit)FAKE_EMULATED_IN( 0x42, 1, 2 ) );
    assert_int_equal( run_ap(), WHvRunVpExitReasonX64IoPortAccess );
    assert_int_equal( set_reg( ap, WHvX64RegisterRbx, 0x1234 ), S_OK );
    assert_int_equal( set_reg( ap, WHvX64RegisterCr2, 0x5678 ), S_OK );
    assert_int_equal( get_reg( ap, WHvRegisterInternalActivityState ), 0 );
    assert_int_equal( get_reg( ap, WHvX64RegisterRbx ), 0x1234 );
    assert_int_equal( get_reg( ap, WHvX64RegisterRip ), machine.exit.VpContext.Rip );
    check_taken( ap_vcpu, NULL );
    assert_int_equal( ap_vcpu->regs.rip, machine.exit.VpContext.Rip );
    fake_kvm_queue( ap_vcpu, &(struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = check_taken } );
    assert_int_equal( run_ap(), WHvRunVpExitReasonUnrecoverableException );
}

static void test_startup_by_hand( void **state )
{
    (void)state;
    assert_int_equal( set_reg( ap, WHvRegisterInternalActivityState, 0 ), S_OK );
    assert_int_equal( ap_vcpu->mp_state.mp_state, KVM_MP_STATE_RUNNABLE );
    assert_int_equal( set_reg( ap, WHvX64RegisterRbx, 0x1234 ), S_OK );
    assert_int_equal( set_reg( ap, WHvX64RegisterCr2, 0x5678 ), S_OK );
    fake_kvm_queue( ap_vcpu, &(struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = check_taken } );
    assert_int_equal( run_ap(), WHvRunVpExitReasonUnrecoverableException );
    assert_int_equal( set_reg( ap, WHvRegisterInternalActivityState, 1 ), S_OK );
    assert_int_equal( ap_vcpu->mp_state.mp_state, KVM_MP_STATE_INIT_RECEIVED );
    assert_int_equal( ap->arch.events.startup, 1 );
}

static void test_startup_failures( void **state )
{
    static const char * const calls[] = { "kvm_set_sregs", "kvm_set_regs", "kvm_set_vcpu_events", "kvm_get_mp_state", "kvm_get_regs" };
    WHV_REGISTER_NAME name = WHvRegisterInternalActivityState;
    WHV_REGISTER_VALUE value;
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(calls); i++)
    {
        assert_int_equal( set_reg( ap, WHvX64RegisterCr2, i + 1 ), S_OK );
        fake_kvm_fail_function( calls[i], ENOMEM );
        assert_int_equal( regs_get( ap, &name, 1, &value ), E_OUTOFMEMORY );
        fake_kvm_fail_function( calls[i], 0 );
        assert_int_equal( get_reg( ap, WHvX64RegisterCr2 ), i + 1 );
        assert_int_equal( regs_get( ap, &name, 1, &value ), S_OK );
        assert_int_equal( ap_vcpu->sregs.cr2, i + 1 );
    }
    assert_int_equal( set_reg( ap, WHvX64RegisterCr2, 77 ), S_OK );
    fake_kvm_fail_function( "kvm_set_sregs", EINVAL );
    assert_int_equal( regs_get( ap, &name, 1, &value ), ERROR_HV_INVALID_REGISTER_VALUE );
    fake_kvm_fail_function( "kvm_set_sregs", 0 );
}

/* ---- events ---- */

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
    assert_int_equal( set_reg( machine.vp, WHvRegisterInterruptState, 1 ), S_OK );
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
    assert_int_equal( set_reg( machine.vp, WHvRegisterPendingEvent, 1 | 5 << 1 | 0x30 << 8 ), S_OK );
    assert_int_equal( set_reg( machine.vp, WHvX64RegisterDeliverabilityNotifications, 2 ), S_OK );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_IRQ_WINDOW_OPEN, .on_entry = check_window, .arg = (void *)1,
                                       .on_exit = enable_interrupts } );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_IRQ_WINDOW_OPEN, .on_entry = check_injected, .arg = (void *)0x30 } );
    machine.vcpu->mp_state.mp_state = KVM_MP_STATE_HALTED;
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64InterruptWindow );
    /* it has woken the vp */
    assert_int_equal( machine.vcpu->mp_state.mp_state, KVM_MP_STATE_RUNNABLE );
    assert_int_equal( get_reg( machine.vp, WHvRegisterPendingEvent ), 0 );
    assert_int_equal( fake_kvm_left( machine.vcpu ), 0 );
}

/* Windows that KVM does not tell of are looked for whenever the vp is kicked, and kicks are sent while one is waited for. */
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
    assert_int_equal( set_reg( machine.vp, WHvX64RegisterDeliverabilityNotifications, 2 | 4 << 2 ), S_OK );
    machine_queue( (struct fake_exit){ .error = -EINTR } );
    machine_queue( (struct fake_exit){ .error = -EINTR, .on_entry = lower_priority } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64InterruptWindow );
    assert_int_equal( machine.exit.InterruptWindow.DeliverableType, WHvX64PendingInterrupt );
    assert_int_equal( fake_kvm_count( "kvm_kick_start" ), kicks + 2 );

    assert_int_equal( set_reg( machine.vp, WHvRegisterInterruptState, 2 ), S_OK );
    assert_int_equal( set_reg( machine.vp, WHvX64RegisterDeliverabilityNotifications, 1 ), S_OK );
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
    assert_int_equal( set_reg( machine.vp, WHvX64RegisterDeliverabilityNotifications, 1 ), S_OK );
    assert_int_equal( set_reg( machine.vp, WHvRegisterInterruptState, 2 ), S_OK );
    machine_queue( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    fake_kvm_fail_function( "kvm_kick_start", 0 );
}

/* An ExtInt that is written replaces an exception that waits, as the other way round. */
static void test_ext_int_replaces( void **state )
{
    (void)state;
    assert_int_equal( set_reg( machine.vp, WHvRegisterPendingEvent, 1 | 6 << 16 ), S_OK );
    assert_int_equal( set_reg( machine.vp, WHvRegisterPendingEvent, 1 | 5 << 1 | 0x30 << 8 ), S_OK );
    assert_int_equal( get_reg( machine.vp, WHvRegisterPendingEvent ), 1 | 5 << 1 | 0x30 << 8 );
    assert_int_equal( get_reg( machine.vp, WHvRegisterPendingInterruption ), 0 );
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
    assert_int_equal( set_reg( machine.vp, WHvRegisterInterruptState, 1 ), S_OK );
    machine_queue( (struct fake_exit){ .error = -EINTR, .on_entry = cancel_bsp } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonCanceled );
    assert_int_equal( machine.vcpu->mp_state.mp_state, KVM_MP_STATE_HALTED );

    assert_int_equal( set_reg( machine.vp, WHvRegisterPendingInterruption, 1 | 0x40 << 16 ), S_OK );
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

        assert_int_equal( set_reg( machine.vp, WHvRegisterPendingInterruption, 1 | 0x40 << 16 ), S_OK );
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = check_injected, .arg = (void *)0x40 } );
        machine_run();
        assert_int_equal( fake_kvm_calls(), calls + 1 );
    }
}

static void test_reset( void **state )
{
    UINT32 value;

    (void)state;
    memset( machine.vcpu->lapic.regs, 0x5a, sizeof(machine.vcpu->lapic.regs) );
    memcpy( machine.vcpu->lapic.regs + 0x30, "\x14\x00\x05\x00", 4 );
    machine.vcpu->mp_state.mp_state = KVM_MP_STATE_HALTED;
    ap_vcpu->mp_state.mp_state = KVM_MP_STATE_RUNNABLE;
    machine.vcpu->events.nmi.pending = 1;
    assert_int_equal( partition_reset( machine.handle ), S_OK );
    assert_int_equal( machine.vcpu->mp_state.mp_state, KVM_MP_STATE_RUNNABLE );
    assert_int_equal( ap_vcpu->mp_state.mp_state, KVM_MP_STATE_INIT_RECEIVED );
    assert_int_equal( machine.vcpu->events.nmi.pending, 0 );
#define REG( offset ) (memcpy( &value, machine.vcpu->lapic.regs + (offset), 4 ), value)
    assert_int_equal( REG( 0x20 ), 0 );
    assert_int_equal( REG( 0x30 ), 0x50014 );
    assert_int_equal( REG( 0x80 ), 0 );
    assert_int_equal( REG( 0xe0 ), 0xffffffff );
    assert_int_equal( REG( 0xf0 ), 0xff );
    assert_int_equal( REG( 0x200 ), 0 );
    assert_int_equal( REG( 0x320 ), 0x10000 );
    assert_int_equal( REG( 0x350 ), 0x700 );
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
#define TEST( func ) cmocka_unit_test_setup_teardown( func, setup_xapic, machine_teardown )
        cmocka_unit_test_setup_teardown( test_messages, setup_x2apic, machine_teardown ),
        TEST( test_refused ),
        cmocka_unit_test( test_no_apic ),
        TEST( test_routes ),
        cmocka_unit_test_setup_teardown( test_routes_x2apic, setup_x2apic, machine_teardown ),
        TEST( test_route_failure ),
        TEST( test_eoi ),
        TEST( test_lint1 ),
        cmocka_unit_test( test_matches ),
        TEST( test_startup ),
        TEST( test_startup_seen ),
        TEST( test_activity_looked_at ),
        TEST( test_startup_by_hand ),
        TEST( test_startup_failures ),
        TEST( test_remote_events ),
        TEST( test_ext_int ),
        TEST( test_polled_windows ),
        TEST( test_ext_int_replaces ),
        TEST( test_wake ),
        TEST( test_reset ),
        cmocka_unit_test_teardown( test_setup_failures, machine_teardown ),
#undef TEST
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
