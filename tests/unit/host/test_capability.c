/*
 * Unit tests: capabilities that the platform tells of
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

/*
 * The process has one host, and every test finds what those before it have left: their order counts.
 */

#include <errno.h>
#include <pthread.h>

#include "host/array.h"
#include "host/capability.h"
#include "host/host.h"
#include "host/hyperv_probe_x86.h"
#include "host/probe.h"
#include "machine.h"

#define TOO_MANY_OPEN_FILES ((HRESULT)0x80070004)

/* every code that answers, with its size */
static const struct { UINT32 code, size; } codes[] =
{
    { 0x0000, 4 },  { 0x0001, 8 },  { 0x0002, 8 },  { 0x0003, 8 },  { 0x0004, 8 },  { 0x0005, 4 },
    { 0x0006, 8 },  { 0x1000, 4 },  { 0x1001, 8 },  { 0x1002, 1 },  { 0x1003, 8 },  { 0x1004, 8 },
    { 0x1005, 8 },  { 0x1006, 24 }, { 0x1007, 20 }, { 0x1008, 16 }, { 0x100a, 4 },
};

static void test_absent( void **state )
{
    UINT32 i, written;
    UINT8 buffer[64];
    HRESULT hr;

    (void)state;
    fake_kvm_fail_function( "kvm_open", ENOENT );
    assert_null( host_get( &hr ));
    assert_int_equal( hr, ERROR_HV_NOT_PRESENT );

    memset( buffer, 0xcc, sizeof(buffer) );
    assert_int_equal( capability_get( 0, buffer, sizeof(buffer), &written ), S_OK );
    assert_int_equal( written, 4 );
    assert_int_equal( *(BOOL *)buffer, FALSE );
    assert_int_equal( buffer[4], 0xcc );
    for (i = 1; i < ARRAY_SIZE(codes); i++)
        assert_int_equal( capability_get( codes[i].code, buffer, sizeof(buffer), &written ), ERROR_HV_NOT_PRESENT );
    assert_int_equal( capability_get( 0x9999, buffer, sizeof(buffer), &written ), WHV_E_UNKNOWN_CAPABILITY );

    /* no answer is better than a wrong one */
    fake_kvm_fail_function( "kvm_open", EMFILE );
    assert_int_equal( capability_get( 0, buffer, sizeof(buffer), &written ), TOO_MANY_OPEN_FILES );
    fake_kvm_fail_function( "kvm_open", ENOMEM );
    assert_int_equal( capability_get( 0, buffer, sizeof(buffer), &written ), E_OUTOFMEMORY );
}

static void *get_host( void *arg )
{
    HRESULT hr;

    *(const struct host **)arg = host_get( &hr );
    return NULL;
}

static void test_once( void **state )
{
    const struct host *hosts[8];
    pthread_t threads[8];
    unsigned int i;

    (void)state;
    for (i = 0; i < 8; i++) assert_int_equal( pthread_create( &threads[i], NULL, get_host, &hosts[i] ), 0 );
    for (i = 0; i < 8; i++) pthread_join( threads[i], NULL );
    assert_non_null( hosts[0] );
    for (i = 1; i < 8; i++) assert_ptr_equal( hosts[i], hosts[0] );
    assert_int_equal( fake_kvm_count( "kvm_open" ), 1 );
    assert_int_equal( fake_kvm_open_fds(), 1 );
}

static void test_sizes( void **state )
{
    UINT32 i, j, written;
    UINT8 buffer[64];

    (void)state;
    for (i = 0; i < ARRAY_SIZE(codes); i++)
    {
        memset( buffer, 0xcc, sizeof(buffer) );
        written = ~0u;
        assert_int_equal( capability_get( codes[i].code, buffer, sizeof(buffer), &written ), S_OK );
        assert_int_equal( written, codes[i].size );
        for (j = codes[i].size; j < sizeof(buffer); j++) assert_int_equal( buffer[j], 0xcc );
        assert_int_equal( capability_get( codes[i].code, buffer, codes[i].size, NULL ), S_OK );

        memset( buffer, 0xcc, sizeof(buffer) );
        written = ~0u;
        assert_int_equal( capability_get( codes[i].code, buffer, codes[i].size - 1, &written ),
                          WHV_E_INSUFFICIENT_BUFFER );
        assert_int_equal( written, codes[i].size );
        assert_int_equal( buffer[0], 0xcc );
        assert_int_equal( capability_get( codes[i].code, NULL, 0, &written ), WHV_E_INSUFFICIENT_BUFFER );
        assert_int_equal( capability_get( codes[i].code, NULL, ~0u, NULL ), E_POINTER );
    }
}

static void test_unknown( void **state )
{
    static const UINT32 unknown[] = { 7, 0xfff, 0x1009, 0x100b, 0x2011, 0x2012, 0x3000, 0x80000000, 0xffffffff };
    UINT32 i, written = 0x1234;
    UINT8 buffer[64];

    (void)state;
    for (i = 0; i < ARRAY_SIZE(unknown); i++)
        assert_int_equal( capability_get( unknown[i], buffer, sizeof(buffer), &written ), WHV_E_UNKNOWN_CAPABILITY );
    for (i = 0x2000; i <= 0x2010; i++)
        assert_int_equal( capability_get( i, buffer, sizeof(buffer), &written ), WHV_E_UNKNOWN_CAPABILITY );
    assert_int_equal( written, 0x1234 );
}

/* QEMU 11 takes the answer for the sign that it may ask for what Windows Server 2022 has. */
static void test_modern( void **state )
{
    struct host *host;
    UINT64 features, value = ~0ull;
    UINT32 written = 0;
    HRESULT hr;

    (void)state;
    host = (struct host *)host_get( &hr );
    features = host->synthetic_features;
    host->synthetic_features = HYPERV_FEATURES_MODERN;
    assert_int_equal( capability_get( 0x1009, &value, sizeof(value), &written ), S_OK );
    assert_int_equal( written, 8 );
    assert_int_equal( value, 0 );
    assert_int_equal( capability_get( 0x1009, &value, 7, NULL ), WHV_E_INSUFFICIENT_BUFFER );
    host->synthetic_features &= ~HYPERV_FEATURE_TIMERS;
    assert_int_equal( capability_get( 0x1009, &value, sizeof(value), &written ), WHV_E_UNKNOWN_CAPABILITY );
    host->synthetic_features = features;
}

static void test_answers( void **state )
{
    WHV_CAPABILITY value;
    const struct host *host;
    HRESULT hr;

    (void)state;
    host = host_get( &hr );
#define GET(code) (memset( &value, 0xcc, sizeof(value) ), capability_get( code, &value, sizeof(value), NULL ))
    assert_int_equal( GET( WHvCapabilityCodeHypervisorPresent ), S_OK );
    assert_int_equal( value.HypervisorPresent, TRUE );
    assert_int_equal( GET( WHvCapabilityCodeFeatures ), S_OK );
    assert_true( value.Features.PartialUnmap && value.Features.Xsave && value.Features.DirtyPageTracking );
    assert_true( value.Features.VpHotAddRemove );
    assert_true( value.Features.LocalApicEmulation );
    assert_false( value.Features.IommuSupport || value.Features.IdleSuspend );
    assert_int_equal( GET( WHvCapabilityCodeExtendedVmExits ), S_OK );
    assert_true( value.ExtendedVmExits.X64CpuidExit && value.ExtendedVmExits.X64MsrExit &&
                 value.ExtendedVmExits.ExceptionExit );
    assert_true( value.ExtendedVmExits.GpaAccessFaultExit );
    assert_true( value.ExtendedVmExits.X64RdtscExit && value.ExtendedVmExits.HypercallExit );
    assert_false( value.ExtendedVmExits.X64ApicInitSipiExitTrap );
    assert_int_equal( GET( WHvCapabilityCodeProcessorFeaturesBanks ), S_OK );
    assert_int_equal( value.ProcessorFeaturesBanks.BanksCount, 2 );
    assert_int_equal( value.ProcessorFeaturesBanks.Reserved0, 0 );
    assert_true( value.ProcessorFeaturesBanks.AsUINT64[0] == host->feature_banks[0] );
    assert_true( value.ProcessorFeaturesBanks.AsUINT64[1] == host->feature_banks[1] );
    assert_int_equal( GET( WHvCapabilityCodeProcessorFeatures ), S_OK );
    assert_true( value.ProcessorFeatures.AsUINT64 == host->feature_banks[0] );
    assert_int_equal( GET( WHvCapabilityCodeSyntheticProcessorFeaturesBanks ), S_OK );
    assert_int_equal( value.SyntheticProcessorFeaturesBanks.BanksCount, 1 );
    assert_int_equal( value.SyntheticProcessorFeaturesBanks.AsUINT64[0], 0 );
    assert_int_equal( GET( WHvCapabilityCodeProcessorFrequencyCap ), S_OK );
    assert_int_equal( value.ProcessorFrequencyCap.IsSupported, 0 );
    assert_int_equal( GET( WHvCapabilityCodeProcessorClFlushSize ), S_OK );
    assert_int_equal( value.ProcessorClFlushSize, 8 );
    assert_int_equal( GET( WHvCapabilityCodePhysicalAddressWidth ), S_OK );
    assert_int_equal( value.PhysicalAddressWidth, 0x27 );
    assert_int_equal( GET( WHvCapabilityCodeSchedulerFeatures ), S_OK );
    assert_int_equal( value.SchedulerFeatures.AsUINT64, 0 );
#undef GET
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup( test_absent, machine_fake_setup ),
        cmocka_unit_test_setup( test_once, machine_fake_setup ),
        cmocka_unit_test( test_sizes ),
        cmocka_unit_test( test_unknown ),
        cmocka_unit_test( test_modern ),
        cmocka_unit_test( test_answers ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
