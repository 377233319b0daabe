/*
 * Unit tests: what a host has
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
#include "host/features_x86.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/probe.h"
#include "host/reason.h"
#include "host/xsave_format_x86.h"
#include "machine.h"

#define TOO_MANY_OPEN_FILES ((HRESULT)0x80070004)
#define MAX_CALLS           300         /* of one probe */

static void assert_nothing_open( void )
{
    assert_int_equal( fake_kvm_open_fds(), 0 );
    assert_int_equal( fake_kvm_mapped_runs(), 0 );
}

static HRESULT expected_failure( int err )
{
    if (err == ENOMEM) return E_OUTOFMEMORY;
    return err == EMFILE || err == ENFILE ? TOO_MANY_OPEN_FILES : ERROR_HV_NOT_PRESENT;
}

static void test_every_call_fails( void **state )
{
    static const int errors[] = { EIO, ENOMEM, EMFILE, EINTR, EINVAL };
    unsigned int i, n, failed, mode;
    struct host host;
    HRESULT hr;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(errors); i++)
    {
        for (mode = 0; mode < 2; mode++)
        {
            for (n = 1, failed = 0; n < MAX_CALLS; n++)
            {
                fake_kvm_reset();
                if (mode) fake_kvm_fail_from( n, errors[i] );
                else fake_kvm_fail_at( n, errors[i] );
                hr = host_probe( &host );
                if (fake_kvm_calls() < n)
                {
                    assert_int_equal( hr, S_OK );
                    host_release( &host );
                    break;
                }
                if (FAILED(hr))
                {
                    assert_int_equal( hr, expected_failure( errors[i] ));
                    assert_null( host.cpuid );
                    assert_int_equal( host.kvm, -1 );
                    failed++;
                }
                else host_release( &host );
                assert_nothing_open();
            }
            assert_in_range( n, 20, MAX_CALLS - 1 );
            /* those that don't matter are capabilities, one MSR, and what only Intel needs */
            assert_in_range( failed, 6, n );
        }
    }
}

/* The reason that whvinfo shows has these words. */
static void check_reason( const char *words )
{
    char text[REASON_SIZE];

    reason_get( text );
    if (!strstr( text, words )) fail_msg( "\"%s\" has no \"%s\"", text, words );
}

static void test_open_errors( void **state )
{
    static const struct { int err; HRESULT hr; const char *words; } cases[] =
    {
        { ENOENT, ERROR_HV_NOT_PRESENT, "there is no /dev/kvm" },
        { EACCES, ERROR_HV_NOT_PRESENT, "no permission for /dev/kvm" },
        { EPERM,  ERROR_HV_NOT_PRESENT, "opening /dev/kvm is forbidden here" },
        { ENXIO,  ERROR_HV_NOT_PRESENT, "no KVM behind it" },
        { ENODEV, ERROR_HV_NOT_PRESENT, "no KVM behind it" },
        { ENOTTY, ERROR_HV_NOT_PRESENT, "is not KVM's" },
        { EPROTO, ERROR_HV_NOT_PRESENT, "another version of KVM's interface" },
        { EMFILE, TOO_MANY_OPEN_FILES,  "file descriptors" },
        { ENFILE, TOO_MANY_OPEN_FILES,  "file descriptors" },
        { ENOMEM, E_OUTOFMEMORY,        "memory" },
        { EIO,    ERROR_HV_NOT_PRESENT, "opening /dev/kvm: " },
    };
    char text[REASON_SIZE];
    struct host host;
    unsigned int i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++)
    {
        fake_kvm_fail_function( "kvm_open", cases[i].err );
        assert_int_equal( host_probe( &host ), cases[i].hr );
        check_reason( cases[i].words );
    }
    fake_kvm_fail_function( "kvm_open", 0 );
    fake_kvm_fail_function( "kvm_create_vm", EBUSY );
    assert_int_equal( host_probe( &host ), ERROR_HV_NOT_PRESENT );
    check_reason( "another hypervisor" );
    fake_kvm_fail_function( "kvm_create_vm", EPERM );
    assert_int_equal( host_probe( &host ), ERROR_HV_NOT_PRESENT );
    check_reason( "creating a vm is forbidden here" );
    assert_nothing_open();
    reason_clear();
    reason_get( text );
    assert_string_equal( text, "" );
}

static void test_required( void **state )
{
    static const struct { unsigned int cap; int value; } cases[] =
    {
        { KVM_CAP_USER_MEMORY, 0 }, { KVM_CAP_IMMEDIATE_EXIT, 0 }, { KVM_CAP_SYNC_REGS, 0 },
        { KVM_CAP_SYNC_REGS, KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS },
    };
    struct host host;
    unsigned int i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++)
    {
        fake_kvm_reset();
        fake_kvm_set_cap( cases[i].cap, cases[i].value );
        assert_int_equal( host_probe( &host ), ERROR_HV_NOT_PRESENT );
        check_reason( "this kernel is too old" );
        assert_nothing_open();
    }
}

static void test_old_kernel( void **state )
{
    static const unsigned int missing[] =
    {
        KVM_CAP_XSAVE2, KVM_CAP_NR_MEMSLOTS, KVM_CAP_MAX_VCPUS, KVM_CAP_X86_USER_SPACE_MSR, KVM_CAP_EXCEPTION_PAYLOAD,
        KVM_CAP_EXIT_ON_EMULATION_FAILURE, KVM_CAP_TSC_CONTROL, KVM_CAP_SET_GUEST_DEBUG, KVM_CAP_XSAVE,
        KVM_CAP_READONLY_MEM,
    };
    struct host host;
    unsigned int i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(missing); i++) fake_kvm_set_cap( missing[i], 0 );
    assert_int_equal( host_probe( &host ), S_OK );
    assert_int_equal( host.xsave_size, 4096 );
    assert_int_equal( host.max_slots, 32 );
    assert_int_equal( host.max_vps, 2048 );
    assert_false( host.user_msr_exits );
    assert_false( host.msr_filter );
    assert_false( host.emulation_failure_exit );
    assert_false( host.tsc_control );
    assert_false( host.read_only_memory );
    assert_int_equal( host.features & 0x20f, 0x20b );
    assert_int_equal( host.extended_exits, 0x4001 );
    assert_int_equal( host.exception_exits, 0 );
    assert_int_equal( host.msr_exits, 0 );
    host_release( &host );
    assert_nothing_open();

    /* a TSC of another frequency is wild unless it can be set too: by one of two ways */
    fake_kvm_set_cap( KVM_CAP_TSC_CONTROL, 1 );
    fake_kvm_set_cap( KVM_CAP_VM_TSC_CONTROL, 0 );
    assert_int_equal( host_probe( &host ), S_OK );
    assert_true( host.tsc_control && !host.vm_tsc_control );
    host_release( &host );
    fake_kvm_set_cap( KVM_CAP_VCPU_ATTRIBUTES, 0 );
    assert_int_equal( host_probe( &host ), S_OK );
    assert_false( host.tsc_control );
    host_release( &host );
    assert_nothing_open();
}

static void test_values( void **state )
{
    struct host host;

    (void)state;
    assert_int_equal( host_probe( &host ), S_OK );
    assert_int_equal( host.run_size, FAKE_RUN_SIZE );
    assert_int_equal( host.xsave_size, FAKE_XSAVE_SIZE );
    assert_int_equal( host.max_vps, 4096 );
    assert_int_equal( host.max_slots, FAKE_MAX_SLOTS );
    assert_int_equal( host.phys_bits, 0x27 );
    assert_true( host.read_only_memory && host.user_msr_exits && host.msr_filter );
    assert_true( host.split_irqchip && host.x2apic_api && host.emulation_failure_exit && host.tsc_control );
    assert_int_equal( host.vendor, WHvProcessorVendorIntel );
    assert_int_equal( host.features, 0x21f );   /* SpeculationControl: 7.EDX has 26 and 31 */
    assert_int_equal( host.extended_exits, 0x402f );
    assert_int_equal( host.exception_exits, 0xf7dfb );
    assert_int_equal( host.msr_exits, 0x3f );
    assert_int_equal( host.clflush_size, 8 );
    assert_true( host.processor_clock == 2000000000ull );
    assert_true( host.interrupt_clock == 1000000000ull );
    assert_int_equal( host.synthetic_features, 0 );
    assert_int_equal( host.perfmon_features, 0 );
    assert_true( host.feature_banks[0] & 1 );           /* SSE3 */
    assert_true( host.feature_banks[0] >> 48 & 1 );     /* SSBD, Intel's bit */
    assert_false( host.feature_banks[0] >> 5 & 1 );     /* SSE4A */
    assert_true( host.feature_banks[1] & FEATURE1_TSC_DEADLINE );
    assert_int_equal( host.xsave_features & 0xf, 0xf );  /* XSAVE, XSAVEOPT, AVX, AVX2 */
    assert_false( host.out_rip_past || host.out_rip_varies || host.syscall_half );
    host_release( &host );
    assert_nothing_open();
}

static void test_amd( void **state )
{
    struct host host;

    (void)state;
    fake_kvm_set_cpuid( 0, 0, 0xd, 0x68747541, 0x444d4163, 0x69746e65 );
    fake_kvm_set_cpuid( 1, 0, 0x00a10f11, 0x00020800, 0x80202000, 0x078bfbff );
    fake_kvm_set_cpuid( 7, 0, 0, 0, 0, 1u << 29 | 1u << 4 );
    fake_kvm_set_cpuid( 0x80000001, 0, 0x00a10f11, 0x40000000, 0x00400393, 0x23d3fbff );
    fake_kvm_set_cpuid( 0x80000008, 0, 0x3030, 0x10000005 | 1 << 12, 0x7001, 0 );
    assert_int_equal( host_probe( &host ), S_OK );
    assert_int_equal( host.vendor, WHvProcessorVendorAmd );
    assert_int_equal( host.phys_bits, 48 );
    assert_true( host.features & 0x10 );                /* SpeculationControl by AMD's IBPB */
    assert_true( host.feature_banks[0] >> 46 & 1 );
    assert_true( host.feature_banks[1] >> 2 & 1 );      /* CLZERO */
    assert_int_equal( host.xsave_features, 0 );         /* leaf 0xD is there, XSAVE is not */
    /* no ARCH_CAPABILITIES of Intel's */
    assert_int_equal( features_find( host.cpuid, 7, 0 )->edx, 1u << 4 );
    host_release( &host );

    fake_kvm_set_cpuid( 0, 0, 0xd, 0x6f677948, 0x656e6975, 0x6e65476e );
    fake_kvm_set_cpuid( 1, 0, 0, 0, 0, 0 );
    fake_kvm_set_cpuid( 0x80000008, 0, 0, 0, 0, 0 );
    assert_int_equal( host_probe( &host ), S_OK );
    assert_int_equal( host.vendor, WHvProcessorVendorHygon );
    assert_int_equal( host.phys_bits, 36 );
    assert_int_equal( host.clflush_size, 8 );
    host_release( &host );
    assert_nothing_open();
}

static void test_out( void **state )
{
    struct host host;

    (void)state;
    fake_kvm_set_out_past( 1 );
    assert_int_equal( host_probe( &host ), S_OK );
    assert_true( host.out_rip_past );
    assert_false( host.out_rip_varies );
    host_release( &host );

    /* a KVM that can't even do this: nothing is known of it */
    fake_kvm_fail_function( "kvm_run_vcpu", EIO );
    assert_int_equal( host_probe( &host ), S_OK );
    assert_false( host.out_rip_past );
    assert_true( host.out_rip_varies );
    host_release( &host );
    assert_nothing_open();
}

static void test_delivery( void **state )
{
    struct host host;

    (void)state;
    assert_int_equal( host_probe( &host ), S_OK );
    assert_false( host.delivery_spins || host.delivery_shuts_down );
    host_release( &host );

    fake_kvm_set_delivery( KVM_EXIT_IO );
    assert_int_equal( host_probe( &host ), S_OK );
    assert_true( host.delivery_spins );
    assert_false( host.delivery_shuts_down );
    host_release( &host );

    fake_kvm_set_delivery( KVM_EXIT_SHUTDOWN );
    assert_int_equal( host_probe( &host ), S_OK );
    assert_true( host.delivery_shuts_down && host.delivery_spins );
    host_release( &host );

    /* not to be found out: as with the least work */
    fake_kvm_fail_function( "kvm_set_vcpu_events", EIO );
    assert_int_equal( host_probe( &host ), S_OK );
    assert_false( host.delivery_spins || host.delivery_shuts_down );
    host_release( &host );
    assert_nothing_open();
}

static void test_syscall( void **state )
{
    struct host host;

    (void)state;
    fake_kvm_set_syscall_half( 1 );
    assert_int_equal( host_probe( &host ), S_OK );
    assert_true( host.syscall_half );
    assert_false( host.out_rip_past );
    host_release( &host );

    /* not to be found out: as processors do it, and the rest of the probe stands */
    fake_kvm_set_out_past( 1 );
    fake_kvm_fail_function( "kvm_set_msrs", EIO );
    assert_int_equal( host_probe( &host ), S_OK );
    assert_false( host.syscall_half || host.out_rip_varies );
    assert_true( host.out_rip_past );
    host_release( &host );
    assert_nothing_open();
}

static void test_unstable_clock( void **state )
{
    struct host host;

    (void)state;
    fake_kvm_fail_function( "kvm_get_tsc_khz", EIO );
    assert_int_equal( host_probe( &host ), S_OK );
    assert_true( host.processor_clock == 0 );
    host_release( &host );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup( test_every_call_fails, machine_fake_setup ),
        cmocka_unit_test_setup( test_open_errors, machine_fake_setup ),
        cmocka_unit_test_setup( test_required, machine_fake_setup ),
        cmocka_unit_test_setup( test_old_kernel, machine_fake_setup ),
        cmocka_unit_test_setup( test_values, machine_fake_setup ),
        cmocka_unit_test_setup( test_amd, machine_fake_setup ),
        cmocka_unit_test_setup( test_out, machine_fake_setup ),
        cmocka_unit_test_setup( test_syscall, machine_fake_setup ),
        cmocka_unit_test_setup( test_delivery, machine_fake_setup ),
        cmocka_unit_test_setup( test_unstable_clock, machine_fake_setup ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
