/*
 * Conformance tests: guest clocks
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

#include "clocks.h"
#include "smp.h"

static void test_clocks( void )
{
    UINT64 tsc = get_capability( WHvCapabilityCodeProcessorClockFrequency );
    UINT64 apic = get_capability( WHvCapabilityCodeInterruptClockFrequency );
    UINT64 first, second;
    struct vm vm;

    ok( tsc >= 100000000 && tsc <= 20000000000ull, "TSC %llu Hz\n", tsc );
    ok( apic >= 1000000 && apic <= 10000000000ull, "APIC %llu Hz\n", apic );
    if (!vm_create( &vm, NULL )) return;
    first = guest_tsc( &vm );
    Sleep( 200 );
    second = guest_tsc( &vm );
    ok( second - first >= tsc / 10 && second - first < tsc * 5, "%llu ticks in 200 ms at %llu Hz\n", second - first,
        tsc );
    first = vp_tsc( &vm, 0 );
    second = guest_tsc( &vm );
    ok( second > first && second - first < tsc * 5, "register %#llx, guest %#llx\n", first, second );
    vm_destroy( &vm );
}

static void test_reference_time( void )
{
    UINT64 first, second;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    first = reference_time( &vm );
    ok( !first, "before the first run: %llu\n", first );
    guest_tsc( &vm );
    first = reference_time( &vm );
    Sleep( 100 );
    second = reference_time( &vm );
    ok( second - first >= 500000 && second - first < 50000000, "%llu * 100 ns in 100 ms\n", second - first );

    hr = WHvSuspendPartitionTime( vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );
    first = reference_time( &vm );
    Sleep( 100 );
    second = reference_time( &vm );
    ok( first == second, "suspended, and %llu * 100 ns on\n", second - first );
    hr = WHvSuspendPartitionTime( vm.partition );
    ok( hr == S_OK, "twice: %#lx\n", hr );
    hr = WHvResumePartitionTime( vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );
    Sleep( 100 );
    second = reference_time( &vm );
    ok( second - first >= 500000 && second - first < 50000000, "%llu * 100 ns in 100 ms\n", second - first );
    hr = WHvResumePartitionTime( vm.partition );
    ok( hr == S_OK, "twice: %#lx\n", hr );

    /* a run lets it go on too */
    hr = WHvSuspendPartitionTime( vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );
    first = reference_time( &vm );
    Sleep( 300 );
    guest_tsc( &vm );
    second = reference_time( &vm );
    ok( second > first && second - first < 2900000, "%llu * 100 ns after a run\n", second - first );
    vm_destroy( &vm );
}

static void test_suspended_tsc( void )
{
    struct vm_config config = { .vps = 2 };
    UINT64 tsc = get_capability( WHvCapabilityCodeProcessorClockFrequency ), first, second, third;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, &config )) return;
    hr = WHvCreateVirtualProcessor( vm.partition, 1, 0 );
    ok( hr == S_OK || hr == WHV_E_VP_ALREADY_EXISTS, "%#lx\n", hr );
    guest_tsc( &vm );
    if (!tsc_can_be_set( &vm ))
    {
        skip( "this KVM shows guests the host's TSC\n" );
        vm_destroy( &vm );
        return;
    }
    set_vp_tsc( &vm, 0, 1000000000000ull );
    set_vp_tsc( &vm, 1, 1000000000000ull );

    hr = WHvSuspendPartitionTime( vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );
    first = vp_tsc( &vm, 0 );
    ok( first >= 1000000000000ull && first < 1000000000000ull + tsc * 5, "TSC %llu\n", first );
    Sleep( 300 );
    ok( vp_tsc( &vm, 0 ) == first, "suspended, and the TSC is %lld on\n", vp_tsc( &vm, 0 ) - first );
    Sleep( 300 );
    second = guest_tsc( &vm );
    third = vp_tsc( &vm, 1 );
    ok( second > first && second - first < tsc / 2, "%llu ticks over 600 ms that were suspended\n", second - first );
    ok( third > first && third - first < tsc / 2 + tsc / 10, "vp 1: %llu ticks\n", third - first );

    /* as a client does it at a reset */
    hr = WHvSuspendPartitionTime( vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );
    Sleep( 100 );
    set_vp_tsc( &vm, 0, 0 );
    Sleep( 100 );
    set_vp_tsc( &vm, 1, 0 );
    first = guest_tsc( &vm );
    third = vp_tsc( &vm, 1 );
    ok( first < tsc / 2, "TSC %llu after 0\n", first );
    ok( third >= first && third < tsc / 2, "vp 1's is %llu, vp 0's was %llu\n", third, first );
    vm_destroy( &vm );
}

/* What is written while the time runs holds: 0, something near, and the same to all. */
static void test_written_tsc( void )
{
    UINT64 tsc = get_capability( WHvCapabilityCodeProcessorClockFrequency ), first, second, third, other;
    struct vm_config config = { .vps = 2 };
    struct vm vm;
    DWORD start;

    if (!vm_create( &vm, &config )) return;
    WHvCreateVirtualProcessor( vm.partition, 1, 0 );
    guest_tsc( &vm );
    if (!tsc_can_be_set( &vm ))
    {
        skip( "this KVM shows guests the host's TSC\n" );
        vm_destroy( &vm );
        return;
    }
    other = vp_tsc( &vm, 1 );
    set_vp_tsc( &vm, 0, 0 );
    first = guest_tsc( &vm );
    ok( first < tsc * 100, "TSC %#llx after 0\n", first );
    first = vp_tsc( &vm, 0 );
    set_vp_tsc( &vm, 0, first + tsc / 4 );
    second = vp_tsc( &vm, 0 );
    ok( second >= first + tsc / 4, "TSC %llu was to be at least %llu\n", second, first + tsc / 4 );
    third = vp_tsc( &vm, 1 );
    ok( third >= other && third - other < tsc * 100, "vp 1: TSC %llu, then %llu\n", other, third );

    start = GetTickCount();
    set_vp_tsc( &vm, 0, 5000000 );
    Sleep( 50 );
    set_vp_tsc( &vm, 1, 5000000 );
    if (GetTickCount() - start > 900) skip( "too slow\n" );
    else
    {
        first = vp_tsc( &vm, 0 );
        second = vp_tsc( &vm, 1 );
        third = vp_tsc( &vm, 0 );
        ok( (first <= second && second <= third) || broken( third - second < tsc ), "TSCs %llu %llu %llu\n",
            first, second, third );
    }
    vm_destroy( &vm );
}

/* reg = edx:eax */
#define ASM_TO( reg )       0x48, 0xc1, 0xe2, 0x20, 0x48, 0x09, 0xc2, 0x49, 0x89, 0xd0 + (reg) - R8
#define ASM_GET_TSC( reg )  0x0f, 0x31, ASM_TO( reg )
#define ASM_GET_ADJUST( reg ) 0xb9, 0x3b, 0x00, 0x00, 0x00, 0x0f, 0x32, ASM_TO( reg )
#define JUMP                 0x10000000000ull

/* The guest's write of the one moves the other, as on a processor; what the client reads, it can put back. */
static void test_adjust( void )
{
    static const BYTE code[] =
    {
        ASM_GET_ADJUST( R8 ),
        ASM_GET_TSC( R9 ),
        0xb9, 0x10, 0x00, 0x00, 0x00, 0x0f, 0x31, 0x81, 0xc2, 0x00, 0x01, 0x00, 0x00, 0x0f, 0x30,  /* tsc += JUMP */
        ASM_GET_ADJUST( R10 ),
        ASM_GET_TSC( R11 ),
        0xb9, 0x3b, 0x00, 0x00, 0x00, 0x0f, 0x32, 0x81, 0xea, 0x00, 0x01, 0x00, 0x00, 0x0f, 0x30,  /* adjust -= JUMP */
        ASM_GET_TSC( R12 ),
        ASM_GET_ADJUST( R13 ),
    };
    static const WHV_REGISTER_NAME names[] = { WHvX64RegisterTsc, WHvX64RegisterTscAdjust, WHvX64RegisterTsc };
    UINT64 tsc = get_capability( WHvCapabilityCodeProcessorClockFrequency ), before, after, regs[REG_COUNT];
    WHV_PROCESSOR_FEATURES_BANKS banks;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_REGISTER_VALUE values[3];
    struct vm vm;
    UINT32 i;
    HRESULT hr;

    memset( &banks, 0, sizeof(banks) );
    WHvGetCapability( WHvCapabilityCodeProcessorFeaturesBanks, &banks, sizeof(banks), NULL );
    if (!banks.Bank1.TscAdjustSupport)
    {
        skip( "no TSC_ADJUST\n" );
        return;
    }
    if (!vm_create( &vm, NULL )) return;
    guest_tsc( &vm );
    if (!tsc_can_be_set( &vm ))
    {
        skip( "this KVM shows guests the host's TSC\n" );
        vm_destroy( &vm );
        return;
    }
    vm_load( &vm, MODE_LONG, code, sizeof(code), NULL );
    if (vm_run( &vm, &exit ))
    {
        ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
        vm_get_regs( &vm, regs );
        ok( regs[R11] - regs[R9] >= JUMP && regs[R11] - regs[R9] < JUMP + tsc * 5, "TSC %#llx, then %#llx\n", regs[R9],
            regs[R11] );
        ok( regs[R10] - regs[R8] <= JUMP && regs[R10] - regs[R8] > JUMP - tsc * 5, "adjustment %#llx, then %#llx\n",
            regs[R8], regs[R10] );
        ok( regs[R13] == regs[R10] - JUMP, "adjustment %#llx, then %#llx\n", regs[R10], regs[R13] );
        ok( regs[R12] > regs[R9] && regs[R12] - regs[R9] < tsc * 5, "TSC %#llx, at last %#llx\n", regs[R9],
            regs[R12] );
        ok( vm_get_reg( &vm, WHvX64RegisterTscAdjust ) == regs[R13], "the register says %#llx\n",
            vm_get_reg( &vm, WHvX64RegisterTscAdjust ) );
    }
    /* in whatever order */
    for (i = 0; i < 2; i++)
    {
        before = guest_tsc( &vm );
        hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, names + i, 2, values );
        ok( hr == S_OK, "get: %#lx\n", hr );
        hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, names + i, 2, values );
        ok( hr == S_OK, "set: %#lx\n", hr );
        after = guest_tsc( &vm );
        ok( after >= before && after - before < tsc * 5, "TSC %#llx, then %#llx\n", before, after );
        ok( vm_get_reg( &vm, WHvX64RegisterTscAdjust ) == values[!i].Reg64, "adjustment %#llx, then %#llx\n",
            values[!i].Reg64, vm_get_reg( &vm, WHvX64RegisterTscAdjust ) );
    }
    vm_destroy( &vm );
}

static HRESULT set_half_tsc( struct vm *vm )
{
    UINT64 tsc = get_capability( WHvCapabilityCodeProcessorClockFrequency );

    return vm_set_property( vm, WHvPartitionPropertyCodeProcessorClockFrequency, tsc / 2000 * 1000 );
}

static void test_processor_clock( void )
{
    UINT64 tsc = get_capability( WHvCapabilityCodeProcessorClockFrequency ) / 2, first, second, third, reference;
    struct vm_config config = { .vps = 2, .prepare = set_half_tsc };
    struct vm vm;
    HRESULT hr;

    if (!can_prepare( set_half_tsc, "ProcessorClockFrequency" ) || !vm_create( &vm, &config )) return;
    first = guest_tsc( &vm );
    ok( first < tsc * 100, "it begins with %#llx\n", first );
    reference = reference_time( &vm );
    first = vp_tsc( &vm, 0 );
    Sleep( 200 );
    second = guest_tsc( &vm );
    reference = reference_time( &vm ) - reference;
    ok( second - first < reference * (tsc / 10000) / 1000 * 101 / 100, "%llu ticks of %llu Hz in %llu * 100 ns\n",
        second - first, tsc, reference );
    hr = WHvCreateVirtualProcessor( vm.partition, 1, 0 );
    ok( hr == S_OK || hr == WHV_E_VP_ALREADY_EXISTS, "%#lx\n", hr );
    first = vp_tsc( &vm, 0 );
    second = vp_tsc( &vm, 1 );
    third = vp_tsc( &vm, 0 );
    ok( first <= second && second <= third, "TSCs %llu %llu %llu\n", first, second, third );
    vm_destroy( &vm );
}

static HRESULT clear_invariant( struct vm *vm )
{
    WHV_PROCESSOR_FEATURES_BANKS banks;
    HRESULT hr;

    memset( &banks, 0, sizeof(banks) );
    hr = WHvGetCapability( WHvCapabilityCodeProcessorFeaturesBanks, &banks, sizeof(banks), NULL );
    if (FAILED(hr)) return hr;
    banks.BanksCount = WHV_PROCESSOR_FEATURES_BANKS_COUNT;
    banks.Bank1.TscInvariantSupport = 0;
    return WHvSetPartitionProperty( vm->partition, WHvPartitionPropertyCodeProcessorFeaturesBanks, &banks,
                                    sizeof(banks) );
}

/* The guest is told that its TSC is invariant if, and only if, the partition has the feature. */
static void test_invariant( void )
{
    static const BYTE code[] =
    {
        0xb8, 0x07, 0x00, 0x00, 0x80,   /* mov eax,80000007 */
        0x31, 0xc9,                     /* xor ecx,ecx */
        0x0f, 0xa2,                     /* cpuid */
        0x48, 0x89, 0xd6,               /* mov rsi,rdx */
    };
    WHV_PROCESSOR_FEATURES_BANKS banks;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm_config config = { .vps = 1 };
    UINT32 i, expected;
    struct vm vm;
    HRESULT hr;

    memset( &banks, 0, sizeof(banks) );
    hr = WHvGetCapability( WHvCapabilityCodeProcessorFeaturesBanks, &banks, sizeof(banks), NULL );
    if (FAILED(hr))
    {
        skip( "no feature banks: %#lx\n", hr );
        return;
    }
    for (i = 0; i < 2; i++)
    {
        config.prepare = i ? clear_invariant : NULL;
        expected = i ? 0 : banks.Bank1.TscInvariantSupport;
        if (!vm_create( &vm, &config )) return;
        vm_load( &vm, MODE_LONG, code, sizeof(code), NULL );
        if (vm_run( &vm, &exit ))
            ok( (vm_get_reg( &vm, WHvX64RegisterRsi ) >> 8 & 1) == expected, "edx %#llx, the feature is %u\n",
                vm_get_reg( &vm, WHvX64RegisterRsi ), expected );
        vm_destroy( &vm );
    }
}

static void test_suspend_errors( void )
{
    WHV_PARTITION_HANDLE partition = NULL;
    HRESULT hr;

    hr = WHvCreatePartition( &partition );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = WHvSuspendPartitionTime( partition );
    ok( hr == HR_INVALID_STATE || broken( FAILED(hr) ), "before setup: %#lx\n", hr );
    hr = WHvResumePartitionTime( partition );
    ok( hr == HR_INVALID_STATE || broken( FAILED(hr) ), "before setup: %#lx\n", hr );
    WHvDeletePartition( partition );
}

START_TEST(time)
{
    if (!vm_present()) return;
    test_clocks();
    test_reference_time();
    test_suspended_tsc();
    test_written_tsc();
    test_adjust();
    test_processor_clock();
    test_invariant();
    test_suspend_errors();
}
