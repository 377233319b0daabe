/*
 * Unit tests: partition properties
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
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_kvm.h"
#include "host/array.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/probe.h"
#include "vm/property.h"
#include "wine/debug.h"

#define NOT_SUPPORTED ((HRESULT)0x80070032)

enum { LATE = 1, WRITE_ONLY = 2 };

/* size: of an element for lists; good: a value that can be set, which is not the default where there is another */
static const struct
{
    UINT32 code, size, flags;
    UINT64 good;
}
all[] =
{
    { 0x0001, 8, LATE, 7 },                { 0x0002, 8, LATE, 2 },                { 0x0003, 4, 0, 1 },
    { 0x0004, 4, 0, 0 },                   { 0x0005, 8, LATE, 9 },                { 0x0006, 2, 0, 1 },
    { 0x0007, 4, 0, 0 },                   { 0x0008, 4, 0, 0 },                   { 0x0009, 4, 0, 0 },
    { 0x000a, 8, 0, 0 },                   { 0x000b, 4, 0, 0 },                   { 0x000c, 4, 0, 0 },
    { 0x000d, 4, 0, 0 },                   { 0x1001, 8, 0, 0x12345 },             { 0x1002, 1, 0, 4 },
    { 0x1003, 4, LATE | WRITE_ONLY, 0 },   { 0x1004, 32, WRITE_ONLY, 0 },         { 0x1005, 4, 0, 0 },
    { 0x1006, 8, 0, 0x54321 },             { 0x1007, 8, 0, 1500000000 },          { 0x1008, 8, 0, 1000000000 },
    { 0x1009, 4, 0, 0 },                   { 0x100a, 24, 0, 2 },                  { 0x100b, 8, LATE, 1ull << 55 },
    { 0x100c, 16, 0, 1 },                  { 0x100d, 48, WRITE_ONLY, 0 },         { 0x100e, 8, 0, 0 },
    { 0x100f, 8, WRITE_ONLY, 0 },          { 0x1010, 4, 0, 2 },                   { 0x1011, 4, 0, 36 },
    { 0x1fff, 4, 0, 3 },
};

static struct properties props;
static const struct host *host;

static int group_setup( void **state )
{
    HRESULT hr;

    (void)state;
    fake_kvm_reset();
    if (!(host = host_get( &hr ))) return -1;
    ((struct host *)host)->numa_nodes = 0x8000000000000003ull;
    return 0;
}

static int setup( void **state )
{
    (void)state;
    return properties_init( &props );
}

static int teardown( void **state )
{
    (void)state;
    properties_free( &props );
    return 0;
}

static HRESULT set64( UINT32 code, UINT64 value )
{
    return property_set( &props, FALSE, code, &value, sizeof(value) );
}

static UINT64 get64( UINT32 code )
{
    UINT64 value = 0;

    assert_int_equal( property_get( &props, code, &value, sizeof(value), NULL ), S_OK );
    return value;
}

/* ---- */

static void test_defaults( void **state )
{
    WHV_PROCESSOR_FEATURES_BANKS banks;
    UINT64 synthetic[2];

    (void)state;
    assert_true( get64( 0x1001 ) == host->feature_banks[0] );
    assert_int_equal( property_get( &props, 0x100a, &banks, sizeof(banks), NULL ), S_OK );
    assert_int_equal( banks.BanksCount, 2 );
    assert_memory_equal( banks.AsUINT64, host->feature_banks, 16 );
    assert_int_equal( property_get( &props, 0x100c, synthetic, sizeof(synthetic), NULL ), S_OK );
    assert_int_equal( synthetic[0], 1 );
    assert_int_equal( synthetic[1], 0 );
    assert_true( get64( 0x1006 ) == host->xsave_features );
    assert_true( get64( 0x1007 ) == host->processor_clock );
    assert_true( get64( 0x1008 ) == host->interrupt_clock );
    assert_int_equal( get64( 0x1002 ), host->clflush_size );
    assert_int_equal( get64( 0x1011 ), host->phys_bits );
    assert_int_equal( get64( 1 ), 0 );
    assert_int_equal( get64( 2 ), 0 );
    assert_int_equal( get64( 5 ), 1 );          /* X64MsrExit alone: unhandled MSRs */
    assert_int_equal( get64( 0x1005 ), 0 );
    assert_int_equal( get64( 0x1fff ), 0 );
    assert_false( props.cpuid_exit_list_set );
}

static void test_sizes( void **state )
{
    UINT8 good[64], buffer[64];
    UINT32 i, j, written;
    HRESULT hr;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(all); i++)
    {
        memset( good, 0, sizeof(good) );
        memcpy( good, &all[i].good, 8 );
        assert_int_equal( property_set( &props, FALSE, all[i].code, good, all[i].size ), S_OK );
        assert_int_equal( property_set( &props, FALSE, all[i].code, good, all[i].size - 1 ), E_INVALIDARG );
        assert_int_equal( property_set( &props, FALSE, all[i].code, NULL, all[i].size ), E_POINTER );
        written = 0x1234;
        if (all[i].flags & WRITE_ONLY)
        {
            assert_int_equal( property_set( &props, FALSE, all[i].code, good, all[i].size + 1 ), E_INVALIDARG );
            assert_int_equal( property_set( &props, FALSE, all[i].code, NULL, 0 ), S_OK );
            assert_int_equal( property_get( &props, all[i].code, buffer, sizeof(buffer), &written ), NOT_SUPPORTED );
            assert_int_equal( written, 0x1234 );
        }
        else
        {
            /* QEMU hands in the whole union */
            assert_int_equal( property_set( &props, FALSE, all[i].code, good, sizeof(WHV_PARTITION_PROPERTY) ), S_OK );
            assert_int_equal( property_set( &props, FALSE, all[i].code, NULL, 0 ), E_INVALIDARG );
            memset( buffer, 0xcc, sizeof(buffer) );
            assert_int_equal( property_get( &props, all[i].code, buffer, sizeof(buffer), &written ), S_OK );
            assert_int_equal( written, all[i].size );
            assert_memory_equal( buffer, good, all[i].size );
            for (j = all[i].size; j < sizeof(buffer); j++) assert_int_equal( buffer[j], 0xcc );
            written = 0;
            assert_int_equal( property_get( &props, all[i].code, buffer, all[i].size - 1, &written ),
                              WHV_E_INSUFFICIENT_BUFFER );
            assert_int_equal( written, all[i].size );
            assert_int_equal( property_get( &props, all[i].code, NULL, all[i].size, NULL ), E_POINTER );
            assert_int_equal( property_get( &props, all[i].code, buffer, all[i].size, NULL ), S_OK );
        }
        hr = property_set( &props, TRUE, all[i].code, good, all[i].size );
        assert_int_equal( hr, all[i].flags & LATE ? S_OK : E_INVALIDARG );
    }
}

static void test_unknown( void **state )
{
    static const UINT32 unknown[] = { 0, 0xe, 0xff, 0x1000, 0x1012, 0x1ffe, 0x2000, 0x80000000, 0xffffffff };
    UINT8 buffer[64] = { 0 };
    UINT32 i, written = 0x1234;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(unknown); i++)
    {
        assert_int_equal( property_set( &props, i & 1, unknown[i], buffer, sizeof(buffer) ), WHV_E_UNKNOWN_PROPERTY );
        assert_int_equal( property_get( &props, unknown[i], buffer, sizeof(buffer), &written ),
                          WHV_E_UNKNOWN_PROPERTY );
    }
    assert_int_equal( written, 0x1234 );
}

static void test_refused( void **state )
{
    static const struct { UINT32 code; UINT64 value; HRESULT hr; } cases[] =
    {
        { 0x0001, 8, S_OK },                            /* X64RdtscExit */
        { 0x0001, 0x20, S_OK },                         /* HypercallExit */
        { 0x0001, 0x40, S_OK },                         /* X64ApicInitSipiExitTrap, as QEMU: never comes */
        { 0x0001, 0x10, E_INVALIDARG },                 /* X64ApicSmiExitTrap */
        { 0x0001, 0x4007, S_OK },                       /* with GpaAccessFaultExit, as OpenVMM */
        { 0x0001, 1ull << 63, E_INVALIDARG },
        { 0x0002, 1 << 1 | 1 << 3, S_OK },
        { 0x0002, 0xf7dfb, S_OK },                      /* as on Windows with an AMD processor */
        { 0x0002, 1 << 1 | 1 << 2, E_INVALIDARG },      /* NMI */
        { 0x0002, 1 << 20, E_INVALIDARG },
        { 0x0005, 0x3f, S_OK },
        { 0x0005, 0x40, E_INVALIDARG },
        { 0x0004, 1, WHV_E_UNSUPPORTED_HYPERVISOR_CONFIG },
        { 0x0006, 2, E_INVALIDARG },        { 0x0006, 62, E_INVALIDARG },       { 0x0006, 63, S_OK },
        { 0x0006, 64, E_INVALIDARG },       { 0x0006, 65, E_INVALIDARG },       { 0x0006, 0xffff, E_INVALIDARG },
        { 0x0007, 1, WHV_E_UNKNOWN_PROPERTY },
        { 0x000a, 1ull << 32, WHV_E_UNKNOWN_PROPERTY },
        { 0x000c, 1, WHV_E_UNKNOWN_PROPERTY },
        { 0x1002, 0, E_INVALIDARG },
        { 0x1002, 3, E_INVALIDARG },
        { 0x1002, 16, E_INVALIDARG },
        { 0x1005, 0, S_OK },
        { 0x1005, 1, S_OK },
        { 0x1005, 2, S_OK },
        { 0x1005, 3, E_INVALIDARG },
        { 0x1007, 0, E_INVALIDARG },
        { 0x1007, ~0ull, E_INVALIDARG },
        { 0x1008, 200000000, WHV_E_UNKNOWN_PROPERTY },
        { 0x100e, 1, WHV_E_UNKNOWN_PROPERTY },
        { 0x1010, 3, E_INVALIDARG },
        { 0x1010, 0xffffffff, E_INVALIDARG },
        { 0x1011, 31, E_INVALIDARG },
        { 0x1011, 0x28, E_INVALIDARG },
        { 0x1fff, 0, E_INVALIDARG },
        { 0x1fff, 4096, S_OK },
        { 0x1fff, 4097, E_INVALIDARG },
        { 0x1fff, 0xffffffff, E_INVALIDARG },
    };
    struct properties before;
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++)
    {
        before = props;
        assert_int_equal( set64( cases[i].code, cases[i].value ), cases[i].hr );
        if (FAILED(cases[i].hr)) assert_memory_equal( &before, &props, sizeof(props) );
    }
}

static void test_bool( void **state )
{
    (void)state;
    assert_int_equal( set64( 3, 0x80000000 ), S_OK );
    assert_int_equal( get64( 3 ), 1 );
    assert_int_equal( set64( 3, 0 ), S_OK );
    assert_int_equal( get64( 3 ), 0 );
}

static void test_banks( void **state )
{
    UINT64 banks[3] = { 2, 0x1111, 0x2222 };
    UINT64 synthetic[2] = { 1, 0x33 };

    (void)state;
    assert_int_equal( property_set( &props, FALSE, 0x100a, banks, sizeof(banks) ), S_OK );
    assert_int_equal( get64( 0x1001 ), 0x1111 );
    assert_int_equal( set64( 0x1001, 0x4444 ), S_OK );
    assert_int_equal( props.banks.AsUINT64[0], 0x4444 );
    assert_int_equal( props.banks.AsUINT64[1], 0x2222 );
    for (banks[0] = 0; banks[0] < 5; banks[0]++)
        if (banks[0] != 2)
            assert_int_equal( property_set( &props, FALSE, 0x100a, banks, sizeof(banks) ), E_INVALIDARG );
    assert_int_equal( props.banks.AsUINT64[0], 0x4444 );

    assert_int_equal( property_set( &props, FALSE, 0x100c, synthetic, sizeof(synthetic) ), S_OK );
    assert_int_equal( props.synthetic_features, 0x33 );
    synthetic[0] = 2;
    assert_int_equal( property_set( &props, FALSE, 0x100c, synthetic, sizeof(synthetic) ), E_INVALIDARG );
}

static void test_lists( void **state )
{
    UINT32 exits[] = { 0, 1, 0x40000000 };
    WHV_X64_CPUID_RESULT results[2] = { { .Function = 5, .Eax = 6 }, { .Function = 7, .Edx = 8 } };
    WHV_X64_CPUID_RESULT2 results2[2] = { { .Function = 5, .Flags = 3 }, { .Function = 7 } };
    WHV_MSR_ACTION_ENTRY actions[2] = { { .Index = 0x10, .ReadAction = 2 }, { .Index = 0x1b, .WriteAction = 1 } };
    WHV_MSR_ACTION_ENTRY many[121];

    (void)state;
    assert_int_equal( property_set( &props, FALSE, 0x1003, exits, sizeof(exits) ), S_OK );
    assert_true( props.cpuid_exit_list_set );
    assert_int_equal( props.cpuid_exit_count, 3 );
    assert_memory_equal( props.cpuid_exits, exits, sizeof(exits) );
    assert_int_equal( property_set( &props, TRUE, 0x1003, exits + 2, 4 ), S_OK );
    assert_int_equal( props.cpuid_exit_count, 1 );
    assert_int_equal( props.cpuid_exits[0], 0x40000000 );
    assert_int_equal( property_set( &props, TRUE, 0x1003, NULL, 0 ), S_OK );
    assert_int_equal( props.cpuid_exit_count, 0 );
    assert_null( props.cpuid_exits );
    assert_true( props.cpuid_exit_list_set );

    assert_int_equal( property_set( &props, FALSE, 0x1004, results, sizeof(results) ), S_OK );
    assert_int_equal( props.cpuid_result_count, 2 );
    assert_memory_equal( props.cpuid_results, results, sizeof(results) );

    assert_int_equal( property_set( &props, FALSE, 0x100d, results2, sizeof(results2) ), S_OK );
    assert_int_equal( props.cpuid_result2_count, 2 );
    results2[1].Flags = 4;
    assert_int_equal( property_set( &props, FALSE, 0x100d, results2, sizeof(results2) ), E_INVALIDARG );
    assert_int_equal( props.cpuid_result2_count, 2 );
    assert_int_equal( props.cpuid_results2[1].Flags, 0 );

    assert_int_equal( property_set( &props, FALSE, 0x100f, actions, sizeof(actions) ), S_OK );
    assert_int_equal( props.msr_action_count, 2 );
    actions[1].WriteAction = 3;
    assert_int_equal( property_set( &props, FALSE, 0x100f, actions, sizeof(actions) ), E_INVALIDARG );
    actions[1].WriteAction = 0;
    actions[1].Reserved = 1;
    assert_int_equal( property_set( &props, FALSE, 0x100f, actions, sizeof(actions) ), E_INVALIDARG );
    memset( many, 0, sizeof(many) );
    assert_int_equal( property_set( &props, FALSE, 0x100f, many, sizeof(many) ), E_INVALIDARG );
    assert_int_equal( property_set( &props, FALSE, 0x100f, many, sizeof(many) - sizeof(many[0]) ), S_OK );
    assert_int_equal( props.msr_action_count, 120 );
}

static void test_check( void **state )
{
    UINT64 banks[3] = { 2, host->feature_banks[0], ~0ull };
    UINT64 synthetic[2] = { 1, 1 };

    (void)state;
    assert_int_equal( properties_check( &props ), WHV_E_INVALID_PARTITION_CONFIG );
    assert_int_equal( set64( 0x1fff, 1 ), S_OK );
    assert_int_equal( properties_check( &props ), S_OK );

    assert_int_equal( set64( 0x1001, ~0ull ), S_OK );
    assert_int_equal( properties_check( &props ), ERROR_HV_CPUID_FEATURE_VALIDATION );
    assert_int_equal( property_set( &props, FALSE, 0x100a, banks, sizeof(banks) ), S_OK );
    assert_int_equal( properties_check( &props ), ERROR_HV_CPUID_FEATURE_VALIDATION );
    banks[2] = 0;
    assert_int_equal( property_set( &props, FALSE, 0x100a, banks, sizeof(banks) ), S_OK );
    assert_int_equal( properties_check( &props ), S_OK );

    assert_int_equal( set64( 0x1006, 1ull << 63 ), S_OK );
    assert_int_equal( properties_check( &props ), ERROR_HV_CPUID_XSAVE_FEATURE_VALIDATION );
    assert_int_equal( set64( 0x1006, 0 ), S_OK );
    assert_int_equal( properties_check( &props ), S_OK );

    assert_int_equal( property_set( &props, FALSE, 0x100c, synthetic, sizeof(synthetic) ), S_OK );
    assert_int_equal( properties_check( &props ), ERROR_HV_CPUID_FEATURE_VALIDATION );
}

/* ---- other hosts: a process has one, so each in a process of its own, started before this one has asked ---- */

static void in_child( void (*func)( void ))
{
    int status = -1;
    pid_t pid = fork();

    if (!pid)
    {
        fake_kvm_reset();
        func();
        _exit( 0 );
    }
    assert_true( pid > 0 && waitpid( pid, &status, 0 ) == pid );
    assert_true( WIFEXITED( status ) && !WEXITSTATUS( status ));
}

#define CHECK(x) do { if (!(x)) _exit( __LINE__ & 0x7f ? __LINE__ & 0x7f : 1 ); } while (0)

static void poor_host( void )
{
    static const unsigned int missing[] = { KVM_CAP_X86_USER_SPACE_MSR, KVM_CAP_TSC_CONTROL, KVM_CAP_SET_GUEST_DEBUG };
    WHV_MSR_ACTION_ENTRY action = { .Index = 0x10 };
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(missing); i++) fake_kvm_set_cap( missing[i], 0 );
    CHECK( properties_init( &props ) == S_OK );
    CHECK( props.msr_exits == 0 );
    CHECK( set64( 1, 2 ) == E_INVALIDARG );
    CHECK( set64( 1, 1 ) == S_OK );
    CHECK( set64( 2, 2 ) == E_INVALIDARG );
    CHECK( set64( 5, 1 ) == E_INVALIDARG );
    CHECK( set64( 0x1010, 0 ) == S_OK );
    CHECK( set64( 0x1010, 1 ) == WHV_E_UNKNOWN_PROPERTY );
    CHECK( property_set( &props, FALSE, 0x100f, &action, sizeof(action) ) == S_OK );
    action.ReadAction = 1;
    CHECK( property_set( &props, FALSE, 0x100f, &action, sizeof(action) ) == WHV_E_UNKNOWN_PROPERTY );
    CHECK( set64( 0x1007, props.processor_clock ) == S_OK );
    CHECK( set64( 0x1007, props.processor_clock - 1 ) == WHV_E_UNKNOWN_PROPERTY );
    CHECK( set64( 0x1fff, 1 ) == S_OK );
    CHECK( properties_check( &props ) == S_OK );
    properties_free( &props );
}

static void no_host( void )
{
    static const unsigned char quiet;

    whv_trace_flags = &quiet;
    fake_kvm_fail_function( "kvm_open", ENOENT );
    CHECK( properties_init( &props ) == ERROR_HV_NOT_PRESENT );
    CHECK( properties_check( &props ) == ERROR_HV_NOT_PRESENT );
    properties_free( &props );
}

static void test_other_hosts( void **state )
{
    (void)state;
    in_child( poor_host );
    in_child( no_host );
}

int main( void )
{
    static const struct CMUnitTest early[] =
    {
        cmocka_unit_test( test_other_hosts ),
    };
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_defaults, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_sizes, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_unknown, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_refused, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_bool, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_banks, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_lists, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_check, setup, teardown ),
    };
    int ret = cmocka_run_group_tests( early, NULL, NULL );

    return ret + cmocka_run_group_tests( tests, group_setup, NULL );
}
