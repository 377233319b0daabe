/*
 * Unit tests: Hyper-V enlightenments
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

#include "host/array.h"
#include "host/host.h"
#include "host/hyperv_probe_x86.h"
#include "host/kvm.h"
#include "host/probe.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "irq/synic_x86.h"
#include "hyperv_machine.h"
#include "registers/registers_x86.h"
#include "run/partition_life.h"
#include "run/vp_life.h"
#include "vm/cpuid_table_x86.h"
#include "vm/hyperv_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"

static UINT32 leaf( UINT32 eax, UINT32 reg )
{
    WHV_CPUID_OUTPUT output;
    UINT32 regs[4];

    cpuid_lookup( machine.vp->arch.cpuid.table, eax, 0, 0, 1, 0, &output );
    regs[0] = output.Eax;
    regs[1] = output.Ebx;
    regs[2] = output.Ecx;
    regs[3] = output.Edx;
    return regs[reg];
}

static void test_probe( void **state )
{
    struct host host = *the_host;

    (void)state;
    hyperv_set_caps( 1 );
    assert_int_equal( the_host->synthetic_features, FEATURES_ALL );
    fake_kvm_set_cap( KVM_CAP_HYPERV_ENFORCE_CPUID, 0 );
    host.synthetic_features = 0;
    assert_int_equal( hyperv_probe( &host ), 0 );
    assert_int_equal( host.synthetic_features, 0 );
    hyperv_set_caps( 1 );
    fake_kvm_fail_function( "kvm_get_supported_hv_cpuid", -ENOMEM );
    assert_int_equal( hyperv_probe( &host ), -ENOMEM );
    fake_kvm_fail_function( "kvm_get_supported_hv_cpuid", 0 );
}

/* Those that modern clients ask for unseen may be missing where all others are there. */
static void test_modern( void **state )
{
    struct host host = *the_host;

    (void)state;
    host.synthetic_features = HYPERV_FEATURES_MODERN;
    assert_true( hyperv_is_modern( &host ) );
    assert_int_equal( hyperv_not_offered( &host, HYPERV_FEATURES_MODERN | HYPERV_FEATURES_TOLERATED ), 0 );
    assert_int_equal( hyperv_not_offered( &host, 1ull << 28 | 1 ), 1ull << 28 );
    host.synthetic_features &= ~HYPERV_FEATURE_DIRECT_TIMERS;
    assert_false( hyperv_is_modern( &host ) );
    assert_int_equal( hyperv_not_offered( &host, HYPERV_FEATURES_MODERN ), HYPERV_FEATURE_DIRECT_TIMERS );
    assert_int_equal( hyperv_not_offered( &host, HYPERV_FEATURES_TOLERATED ), HYPERV_FEATURES_TOLERATED );
}

/* QEMU 11's way: the features that it asks for unseen, and a virtual processor that is made for its CPUID alone. */
static void test_asked_unseen( void **state )
{
    UINT64 features = the_host->synthetic_features;
    UINT32 i;

    (void)state;
    the_host->synthetic_features = HYPERV_FEATURES_MODERN;
    hyperv_create( HYPERV_FEATURES_MODERN | HYPERV_FEATURES_TOLERATED, WHvX64LocalApicEmulationModeX2Apic );
    assert_int_equal( leaf( 0x40000003, 0 ), 0xa7f );
    assert_int_equal( leaf( 0x40000003, 3 ), 0x80100 );
    assert_int_equal( leaf( 0x40000004, 0 ), 0x404 );
    for (i = 0; i < 2; i++)
    {
        assert_int_equal( vp_delete( machine.handle, 1 ), S_OK );
        assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
        assert_true( FAILED(vp_create( machine.handle, 1 )) );
    }
    the_host->synthetic_features = features;
}

static void test_nothing_asked( void **state )
{
    WHV_REGISTER_NAME name = WHvRegisterGuestOsId;
    WHV_REGISTER_VALUE value;
    unsigned int caps;

    (void)state;
    caps = fake_kvm_count( "kvm_enable_cap" );
    hyperv_create( 0, WHvX64LocalApicEmulationModeXApic );
    assert_false( leaf( 1, 2 ) >> 31 );
    assert_int_equal( leaf( 0x40000000, 0 ), 0 );
    assert_int_equal( regs_get( machine.vp, &name, 1, &value ), ERROR_HV_INVALID_PARAMETER );
    /* nothing that a vcpu is given */
    caps = fake_kvm_count( "kvm_enable_cap" );
    assert_int_equal( hyperv_vp_created( machine.vp ), 0 );
    assert_int_equal( hyperv_reset( machine.vp ), S_OK );
    assert_int_equal( fake_kvm_count( "kvm_enable_cap" ), caps );
}

static void test_cpuid( void **state )
{
    (void)state;
    hyperv_create( FEATURES_ALL, WHvX64LocalApicEmulationModeXApic );
    assert_true( leaf( 1, 2 ) >> 31 );
    assert_int_equal( leaf( 0x40000000, 0 ), 0x40000006 );
    assert_int_equal( leaf( 0x40000000, 1 ), 0x7263694d );
    assert_int_equal( leaf( 0x40000001, 0 ), 0x31237648 );
    /* not the reenlightenment MSRs, nor the guest idle one */
    assert_int_equal( leaf( 0x40000003, 0 ), 0xa7f );
    assert_int_equal( leaf( 0x40000003, 1 ), 0x20 );
    assert_int_equal( leaf( 0x40000003, 3 ), 0x100 );
    assert_int_equal( leaf( 0x40000004, 1 ), 0xffffffff );
    assert_int_equal( fake_kvm_msr( machine.vcpu, 0x40000002 ), 0 );
    assert_int_equal( fake_kvm_msr( fake_kvm_vcpu( machine.partition->vps[1]->fd ), 0x40000002 ), 1 );
    assert_int_equal( fake_kvm_msr( machine.vcpu, SINT( 5 ) ), 0x10000 );
    assert_int_equal( fake_kvm_msr( machine.vcpu, SCONTROL ), 1 );
}

static void test_cpuid_parts( void **state )
{
    (void)state;
    /* without local APICs there is nothing that needs one */
    hyperv_create( FEATURES_ALL, WHvX64LocalApicEmulationModeNone );
    assert_int_equal( leaf( 0x40000003, 0 ), 0xa63 );
    assert_false( hyperv_has_synic( &machine.partition->props ) );
    machine_teardown( state );
    hyperv_create( 1, WHvX64LocalApicEmulationModeNone );
    assert_int_equal( leaf( 0x40000000, 0 ), 0x40000001 );
    assert_int_equal( leaf( 0x40000001, 0 ), 0 );

}

static void show_hypercall( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->run->hyperv.type = KVM_EXIT_HYPERV_HCALL;
    vcpu->run->hyperv.u.hcall.input = exit->value;
    vcpu->run->hyperv.u.hcall.result = ~0ull;
}

static void take_result( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    *(UINT64 *)exit->arg = vcpu->run->hyperv.u.hcall.result;
    vcpu->regs.rax = vcpu->run->hyperv.u.hcall.result;
    vcpu->regs.rip += 3;
}

static void show_synic( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->run->hyperv.type = KVM_EXIT_HYPERV_SYNIC;
}

static void test_exits( void **state )
{
    static const struct { UINT64 input; UINT32 result; } calls[] =
    {
        { 0x1005d, 0x12 }, { 0x5c, 0x12 }, { 0x69, 2 }, { 0xffff, 2 },
    };
    UINT64 result;
    UINT32 i;

    (void)state;
    hyperv_create( FEATURES_ALL, WHvX64LocalApicEmulationModeNone );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HYPERV, .on_exit = show_synic } );
    machine_queue( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    for (i = 0; i < ARRAY_SIZE(calls); i++)
    {
        UINT64 rip = machine_regs()->rip;

        result = ~0ull;
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HYPERV, .value = calls[i].input,
                                           .on_exit = show_hypercall, .on_complete = take_result, .arg = &result } );
        machine_queue( (struct fake_exit)FAKE_HLT );
        assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
        assert_int_equal( result, calls[i].result );
        assert_int_equal( machine_gpr( RAX ), calls[i].result );
        assert_int_equal( machine_regs()->rip, rip + 4 );
    }
}

static void test_synic( void **state )
{
    UINT8 message[256], page[SYNIC_PAGE_SIZE];
    BOOL newly;
    UINT32 i;

    (void)state;
    hyperv_create( FEATURES_ALL, WHvX64LocalApicEmulationModeXApic );
    fake_kvm_irq.msi_result = 1;
    for (i = 0; i < sizeof(message); i++) message[i] = i + 1;
    assert_int_equal( synic_post( machine.vp, 16, message, 16 ), E_INVALIDARG );
    assert_int_equal( synic_post( machine.vp, 3, message, 0 ), E_INVALIDARG );
    assert_int_equal( synic_signal( machine.vp, 3, 2048, &newly ), E_INVALIDARG );
    assert_int_equal( synic_post( machine.vp, 3, message, 16 ), ERROR_HV_INVALID_SYNIC_STATE );
    hyperv_set_msr( SIMP, 0x4001 );
    hyperv_set_msr( SIEFP, 0x5001 );
    hyperv_set_msr( SINT( 3 ), 0x45 );
    hyperv_set_msr( SCONTROL, 0 );
    assert_int_equal( synic_post( machine.vp, 3, message, 16 ), ERROR_HV_INVALID_SYNIC_STATE );
    hyperv_set_msr( SCONTROL, 1 );
    assert_int_equal( synic_post( machine.vp, 2, message, 16 ), ERROR_HV_INVALID_SYNIC_STATE );
    assert_int_equal( synic_post( machine.vp, 3, message, 16 ), S_OK );
    assert_memory_equal( machine.memory + 0x4300, message, 16 );
    assert_int_equal( machine.memory[0x4310], 0 );
    assert_int_equal( fake_kvm_irq.msi.data, 0x45 );
    assert_int_equal( fake_kvm_irq.msi.address_lo, 0xfee00000 );
    machine.memory[0x4305] = 0;
    assert_int_equal( synic_post( machine.vp, 3, message, 16 ), ERROR_HV_OBJECT_IN_USE );
    assert_int_equal( machine.memory[0x4305], 1 );

    hyperv_set_msr( SINT( 3 ), 0x46 );
    assert_int_equal( synic_signal( machine.vp, 3, 2047, &newly ), S_OK );
    assert_true( newly );
    assert_int_equal( machine.memory[0x53ff], 0x80 );
    assert_int_equal( fake_kvm_irq.msi.data, 0x46 );
    fake_kvm_irq.msi.data = 0;
    assert_int_equal( synic_signal( machine.vp, 3, 2047, &newly ), S_OK );
    assert_false( newly );
    assert_int_equal( fake_kvm_irq.msi.data, 0 );
    /* polled: no interrupt */
    hyperv_set_msr( SINT( 3 ), 0x50046 );
    assert_int_equal( synic_signal( machine.vp, 3, 1, &newly ), S_OK );
    assert_true( newly );
    assert_int_equal( fake_kvm_irq.msi.data, 0 );

    assert_int_equal( synic_get_state( machine.vp, WHvVirtualProcessorStateTypeSynicEventFlagPage, page ), S_OK );
    assert_int_equal( page[0x3ff], 0x80 );
    memset( page, 0xa5, sizeof(page) );
    assert_int_equal( synic_set_state( machine.vp, WHvVirtualProcessorStateTypeSynicMessagePage, page ), S_OK );
    assert_memory_equal( machine.memory + 0x4000, page, sizeof(page) );
    hyperv_set_msr( SIMP, 0x4000 );
    assert_int_equal( synic_set_state( machine.vp, WHvVirtualProcessorStateTypeSynicMessagePage, page ),
                      ERROR_HV_INVALID_SYNIC_STATE );
    memset( page, 0, sizeof(page) );
    assert_int_equal( synic_set_state( machine.vp, WHvVirtualProcessorStateTypeSynicMessagePage, page ), S_OK );
    /* a page that is nowhere */
    hyperv_set_msr( SIMP, DEVICE | 1 );
    assert_int_equal( synic_post( machine.vp, 3, message, 16 ), ERROR_HV_INVALID_SYNIC_STATE );
    assert_int_equal( synic_get_state( machine.vp, WHvVirtualProcessorStateTypeSynicMessagePage, page ),
                      ERROR_HV_INVALID_SYNIC_STATE );
}

static void test_timers( void **state )
{
    UINT8 timers[SYNIC_TIMERS_SIZE], again[SYNIC_TIMERS_SIZE];
    UINT32 i;

    (void)state;
    hyperv_create( FEATURES_ALL, WHvX64LocalApicEmulationModeXApic );
    for (i = 0; i < 8; i++) hyperv_set_msr( 0x400000b0 + i, 0x1000 + i );
    assert_int_equal( synic_get_state( machine.vp, WHvVirtualProcessorStateTypeSynicTimerState, timers ), S_OK );
    for (i = 0; i < 4; i++)
    {
        assert_int_equal( *(UINT64 *)(timers + i * 40), 0 );
        assert_int_equal( *(UINT64 *)(timers + i * 40 + 8), 0x1000 + 2 * i );
        assert_int_equal( *(UINT64 *)(timers + i * 40 + 16), 0x1001 + 2 * i );
    }
    assert_int_equal( vp_reset( machine.vp ), S_OK );
    assert_int_equal( fake_kvm_msr( machine.vcpu, 0x400000b3 ), 0 );
    assert_int_equal( synic_set_state( machine.vp, WHvVirtualProcessorStateTypeSynicTimerState, timers ), S_OK );
    assert_int_equal( synic_get_state( machine.vp, WHvVirtualProcessorStateTypeSynicTimerState, again ), S_OK );
    assert_memory_equal( timers, again, sizeof(timers) );
}

/* A one-shot timer that has expired and is still on has a message that waits. */
static void test_undelivered( void **state )
{
    static const struct { UINT64 config, count; BOOL waits; } timers[] =
    {
        { 0x30001, 4999, 1 }, { 0x30001, 5001, 0 }, { 0x30003, 4999, 0 }, { 0x1451, 4999, 0 },
    };
    UINT8 saved[SYNIC_TIMERS_SIZE], again[SYNIC_TIMERS_SIZE];
    UINT32 i;

    (void)state;
    hyperv_create( FEATURES_ALL, WHvX64LocalApicEmulationModeXApic );
    machine.partition->time_running = 1;
    hyperv_set_msr( 0x40000020, 5000 );
    for (i = 0; i < 4; i++)
    {
        hyperv_set_msr( 0x400000b0 + 2 * i, timers[i].config );
        hyperv_set_msr( 0x400000b1 + 2 * i, timers[i].count );
    }
    assert_int_equal( synic_get_state( machine.vp, WHvVirtualProcessorStateTypeSynicTimerState, saved ), S_OK );
    for (i = 0; i < 4; i++)
    {
        assert_int_equal( *(UINT64 *)(saved + i * 40), timers[i].waits );
        assert_int_equal( *(UINT64 *)(saved + i * 40 + 8), timers[i].config & ~(UINT64)timers[i].waits );
        assert_int_equal( *(UINT64 *)(saved + i * 40 + 16), timers[i].count );
        assert_int_equal( *(UINT64 *)(saved + i * 40 + 32), timers[i].waits ? timers[i].count : 0 );
    }
    /* what the guest has set since does not count */
    *(UINT64 *)(saved + 16) = 0x77;
    assert_int_equal( synic_set_state( machine.vp, WHvVirtualProcessorStateTypeSynicTimerState, saved ), S_OK );
    for (i = 0; i < 4; i++)
    {
        assert_int_equal( fake_kvm_msr( machine.vcpu, 0x400000b0 + 2 * i ), timers[i].config );
        assert_int_equal( fake_kvm_msr( machine.vcpu, 0x400000b1 + 2 * i ), timers[i].count );
    }
    assert_int_equal( synic_get_state( machine.vp, WHvVirtualProcessorStateTypeSynicTimerState, again ), S_OK );
    *(UINT64 *)(saved + 16) = timers[0].count;
    assert_memory_equal( saved, again, sizeof(saved) );

    /* while the time stands it is what it was */
    machine.partition->time_running = 0;
    machine.partition->props.reference_time = 4000;
    assert_int_equal( synic_get_state( machine.vp, WHvVirtualProcessorStateTypeSynicTimerState, again ), S_OK );
    assert_int_equal( *(UINT64 *)again, 0 );
}

/* Every call of KVM that a vp with all of it needs may fail: the vp is not there then, nothing leaks, and it can be
 * made later. */
static void test_failures( void **state )
{
    unsigned int n;
    HRESULT hr;

    (void)state;
    hyperv_create( FEATURES_ALL, WHvX64LocalApicEmulationModeXApic );
    assert_int_equal( vp_delete( machine.handle, 1 ), S_OK );
    for (n = 1; ; n++)
    {
        fake_kvm_fail_at( n, -EIO );
        hr = vp_create( machine.handle, 1 );
        fake_kvm_fail_at( 0, 0 );
        if (SUCCEEDED(hr)) break;
        assert_true( n < 100 );
    }
    assert_true( n > 1 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
#define TEST( func ) cmocka_unit_test_teardown( func, machine_teardown )
        cmocka_unit_test( test_modern ),
        cmocka_unit_test( test_probe ),
        TEST( test_asked_unseen ),
        TEST( test_nothing_asked ),
        TEST( test_cpuid ),
        TEST( test_cpuid_parts ),
        TEST( test_exits ),
        TEST( test_synic ),
        TEST( test_timers ),
        TEST( test_undelivered ),
        TEST( test_failures ),
    };

    return cmocka_run_group_tests( tests, hyperv_group_setup, NULL );
}
