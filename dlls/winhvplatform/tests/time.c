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

#include "smp.h"

/* Registers of an APIC's page, in 32-bit words, and modes of its timer. */
#define APIC_SVR     (0x0f0 / 4)
#define APIC_TIMER   (0x320 / 4)
#define APIC_INITIAL (0x380 / 4)
#define APIC_CURRENT (0x390 / 4)
#define APIC_DIVIDE  (0x3e0 / 4)
#define ONE_SHOT 0x00000
#define PERIODIC 0x20000
#define DEADLINE 0x40000

/* rdtsc; shl rdx,20h; or rax,rdx; mov rbx,rax */
static const BYTE read_tsc[] = { 0x0f, 0x31, 0x48, 0xc1, 0xe2, 0x20, 0x48, 0x09, 0xd0, 0x48, 0x89, 0xc3 };

static UINT64 get_capability( WHV_CAPABILITY_CODE code )
{
    WHV_CAPABILITY value;
    HRESULT hr;

    memset( &value, 0, sizeof(value) );
    hr = WHvGetCapability( code, &value, sizeof(value), NULL );
    ok( hr == S_OK, "capability %#x: %#lx\n", code, hr );
    return value.ProcessorClockFrequency;
}

static UINT64 reference_time( struct vm *vm )
{
    WHV_PARTITION_PROPERTY value;
    HRESULT hr;

    memset( &value, 0, sizeof(value) );
    hr = WHvGetPartitionProperty( vm->partition, WHvPartitionPropertyCodeReferenceTime, &value, sizeof(value), NULL );
    ok( hr == S_OK, "ReferenceTime: %#lx\n", hr );
    return value.ReferenceTime;
}

/* What the guest itself reads. */
static UINT64 guest_tsc( struct vm *vm )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    vm_load( vm, MODE_LONG, read_tsc, sizeof(read_tsc), NULL );
    if (!vm_run( vm, &exit )) return 0;
    ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
    return vm_get_reg( vm, WHvX64RegisterRbx );
}

static UINT64 vp_tsc( struct vm *vm, UINT32 index )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterTsc;
    WHV_REGISTER_VALUE value;
    HRESULT hr;

    value.Reg64 = 0;
    hr = WHvGetVirtualProcessorRegisters( vm->partition, index, &name, 1, &value );
    ok( hr == S_OK, "vp %u, TSC: %#lx\n", index, hr );
    return value.Reg64;
}

static void set_vp_tsc( struct vm *vm, UINT32 index, UINT64 tsc )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterTsc;
    WHV_REGISTER_VALUE value;
    HRESULT hr;

    value.Reg64 = tsc;
    hr = WHvSetVirtualProcessorRegisters( vm->partition, index, &name, 1, &value );
    ok( hr == S_OK, "vp %u, TSC: %#lx\n", index, hr );
}

/* A KVM that is software alone shows guests the host's TSC and lets nobody change it. */
static BOOL tsc_can_be_set( struct vm *vm )
{
    UINT64 now;

    set_vp_tsc( vm, 0, 0x123400000000ull );
    now = vp_tsc( vm, 0 );
    return now >= 0x123400000000ull && now < 0x133400000000ull;
}

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

static void get_page( struct smp *smp, UINT32 *page )
{
    UINT32 written;
    HRESULT hr = WHvGetVirtualProcessorInterruptControllerState2( smp->vm.partition, 0, page, 4096, &written );

    ok( hr == S_OK, "%#lx\n", hr );
}

/* A timer that is in the middle of a long period, by 128: the next interrupt comes after a number of counts. */
static void start_timer( struct smp *smp, UINT32 mode, UINT32 counts )
{
    UINT32 page[1024];
    HRESULT hr;

    get_page( smp, page );
    page[APIC_SVR] = 0x1ff;
    page[APIC_TIMER] = mode | 0x40;
    page[APIC_DIVIDE] = 0xa;
    page[APIC_INITIAL] = mode == DEADLINE ? 0 : 0xffffffff;
    page[APIC_CURRENT] = mode == DEADLINE ? 0 : counts;
    hr = WHvSetVirtualProcessorInterruptControllerState2( smp->vm.partition, 0, page, sizeof(page) );
    ok( hr == S_OK, "%#lx\n", hr );
}

/* A vp that waits in HLT, and is out of Run. */
static BOOL create_halted( struct smp *smp, const struct vm_config *config )
{
    static const BYTE idle[] = { ASM_ENABLE_APIC, ASM_IDLE };

    if (!smp_create_config( smp, config )) return FALSE;
    smp_load( smp, 0, idle, sizeof(idle) );
    smp_start( smp, 0 );
    smp_stop_halted( smp, 0 );
    return TRUE;
}

static void suspend( struct smp *smp )
{
    HRESULT hr = WHvSuspendPartitionTime( smp->vm.partition );

    ok( hr == S_OK, "%#lx\n", hr );
}

static void resume( struct smp *smp )
{
    HRESULT hr = WHvResumePartitionTime( smp->vm.partition );

    ok( hr == S_OK, "%#lx\n", hr );
}

/* An interrupt that was to come in 400 ms comes after so much time of the guest's, and once. */
static void test_suspended_timers( void )
{
    static const UINT32 modes[] = { ONE_SHOT, PERIODIC, DEADLINE };
    struct vm_config config = { .vps = 1, .apic_mode = WHvX64LocalApicEmulationModeXApic };
    UINT64 tsc = get_capability( WHvCapabilityCodeProcessorClockFrequency ), start, end, deadline = 0;
    UINT32 counts = get_capability( WHvCapabilityCodeInterruptClockFrequency ) / 128 * 4 / 10, page[1024], left, i;
    struct smp smp;

    for (i = 0; i < ARRAY_COUNT(modes); i++)
    {
        if (!create_halted( &smp, &config )) return;
        winetest_push_context( "mode %#x", modes[i] );
        if (modes[i] == DEADLINE && !tsc_can_be_set( &smp.vm ))
        {
            skip( "this KVM shows guests the host's TSC\n" );
            winetest_pop_context();
            smp_destroy( &smp );
            continue;
        }
        start = reference_time( &smp.vm );
        start_timer( &smp, modes[i], counts );
        if (modes[i] == DEADLINE)
        {
            deadline = vp_tsc( &smp.vm, 0 ) + tsc * 4 / 10;
            ok( smp_set( &smp, 0, WHvX64RegisterTscDeadline, deadline ) == S_OK, "no deadline\n" );
        }
        suspend( &smp );
        get_page( &smp, page );
        left = page[APIC_CURRENT];
        ok( left <= counts, "%u of %u left\n", left, counts );
        Sleep( 500 );
        get_page( &smp, page );
        ok( page[APIC_CURRENT] == left, "suspended: %u left, then %u\n", left, page[APIC_CURRENT] );
        resume( &smp );
        smp_start( &smp, 0 );
        smp_wait( &smp, 0, 1, EVENT_HANDLER( 0x40 ));
        end = reference_time( &smp.vm );
        ok( end - start >= 3900000, "after %llu * 100 ns\n", end - start );
        smp_stop_halted( &smp, 0 );
        smp_start( &smp, 0 );
        smp_quiet( &smp, 0, 1 );
        smp_stop( &smp, 0 );
        if (modes[i] == DEADLINE)
            ok( vp_tsc( &smp.vm, 0 ) >= deadline, "TSC %llu, deadline %llu\n", vp_tsc( &smp.vm, 0 ), deadline );
        winetest_pop_context();
        smp_destroy( &smp );
    }
}

/* A timer that runs out while its vp is not in Run: the interrupt waits, and a suspension leaves it there. */
static void test_waiting_tick( void )
{
    static const UINT32 modes[] = { ONE_SHOT, PERIODIC };
    struct vm_config config = { .vps = 1, .apic_mode = WHvX64LocalApicEmulationModeXApic };
    UINT32 counts = get_capability( WHvCapabilityCodeInterruptClockFrequency ) / 128 / 20, i, k;
    struct smp smp;

    for (i = 0; i < 2 * ARRAY_COUNT(modes); i++)
    {
        if (!create_halted( &smp, &config )) return;
        winetest_push_context( "mode %#x%s", modes[i / 2], i & 1 ? ", suspended" : "" );
        start_timer( &smp, modes[i / 2], counts );
        Sleep( 200 );
        for (k = 0; i & 1 && k < 2; k++)
        {
            suspend( &smp );
            resume( &smp );
        }
        smp_start( &smp, 0 );
        smp_wait( &smp, 0, 1, EVENT_HANDLER( 0x40 ));
        smp_quiet( &smp, 0, 1 );
        winetest_pop_context();
        smp_destroy( &smp );
    }
}

/* A guest's timer goes on ticking through suspensions, and what was suspended is not made up for. */
static void test_ticking( void )
{
    struct vm_config config = { .vps = 1, .apic_mode = WHvX64LocalApicEmulationModeXApic };
    UINT32 counts = get_capability( WHvCapabilityCodeInterruptClockFrequency ) / 128 / 10, page[1024], i;
    struct smp smp;
    UINT64 start;
    LONG ticks;

    if (!create_halted( &smp, &config )) return;
    start = reference_time( &smp.vm );
    get_page( &smp, page );
    page[APIC_SVR] = 0x1ff;
    page[APIC_TIMER] = PERIODIC | 0x40;
    page[APIC_DIVIDE] = 0xa;
    page[APIC_INITIAL] = page[APIC_CURRENT] = counts;
    ok( WHvSetVirtualProcessorInterruptControllerState2( smp.vm.partition, 0, page, sizeof(page) ) == S_OK,
        "no timer\n" );
    for (i = 1; i <= 3; i++)
    {
        smp_start( &smp, 0 );
        smp_wait( &smp, 0, smp.vps[0].count + 2, EVENT_HANDLER( 0x40 ));
        smp_stop_halted( &smp, 0 );
        suspend( &smp );
        Sleep( 500 );
    }
    ticks = smp.vps[0].count;
    start = reference_time( &smp.vm ) - start;
    /* one may be on its way, none is early */
    ok( (ticks - 1) * 990000ull < start, "%ld ticks of 100 ms in %llu * 100 ns\n", ticks, start );
    smp_destroy( &smp );
}

static HRESULT set_slow_apic( struct vm *vm )
{
    return vm_set_property( vm, WHvPartitionPropertyCodeInterruptClockFrequency, 25000000 );
}

static HRESULT set_half_tsc( struct vm *vm )
{
    UINT64 tsc = get_capability( WHvCapabilityCodeProcessorClockFrequency );

    return vm_set_property( vm, WHvPartitionPropertyCodeProcessorClockFrequency, tsc / 2000 * 1000 );
}

/* Does this platform take it? */
static BOOL can_prepare( HRESULT (*prepare)( struct vm *vm ), const char *what )
{
    struct vm vm;
    HRESULT hr;

    memset( &vm, 0, sizeof(vm) );
    hr = WHvCreatePartition( &vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );
    if (FAILED(hr = prepare( &vm ))) skip( "no other %s: %#lx\n", what, hr );
    WHvDeletePartition( vm.partition );
    return SUCCEEDED(hr);
}

static void test_apic_clock( void )
{
    struct vm_config config = { .vps = 1, .apic_mode = WHvX64LocalApicEmulationModeXApic, .prepare = set_slow_apic };
    struct smp smp;
    UINT64 start;

    if (!can_prepare( set_slow_apic, "InterruptClockFrequency" ) || !create_halted( &smp, &config )) return;
    start = reference_time( &smp.vm );
    start_timer( &smp, ONE_SHOT, 25000000 / 128 * 4 / 10 );
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 1, EVENT_HANDLER( 0x40 ));
    start = reference_time( &smp.vm ) - start;
    ok( start >= 3900000, "400 ms take %llu * 100 ns\n", start );
    smp_destroy( &smp );
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
    ok( FAILED(hr), "before setup: %#lx\n", hr );
    hr = WHvResumePartitionTime( partition );
    ok( FAILED(hr), "before setup: %#lx\n", hr );
    WHvDeletePartition( partition );
}

static UINT64 total_runtime( struct vm *vm, BOOL has_run )
{
    WHV_PROCESSOR_RUNTIME_COUNTERS runtime = { 0 };
    UINT32 written = 0;
    HRESULT hr;

    hr = WHvGetVirtualProcessorCounters( vm->partition, 0, WHvProcessorCounterSetRuntime, &runtime, sizeof(runtime),
                                         &written );
    ok( hr == S_OK && written == sizeof(runtime), "runtime: %#lx, %u bytes\n", hr, written );
    ok( !runtime.HypervisorRuntime100ns == !has_run, "the hypervisor's part %llu\n", runtime.HypervisorRuntime100ns );
    ok( runtime.HypervisorRuntime100ns <= runtime.TotalRuntime100ns, "%llu of %llu\n", runtime.HypervisorRuntime100ns,
        runtime.TotalRuntime100ns );
    return runtime.TotalRuntime100ns;
}

static DWORD CALLBACK cancel_later( void *arg )
{
    struct vm *vm = arg;

    Sleep( 200 );
    WHvCancelRunVirtualProcessor( vm->partition, 0, 0 );
    return 0;
}

/* A vp's own time: goes on while the guest runs, and only then. */
static void test_runtime( void )
{
    static const BYTE spin[] = { 0xf3, 0x90, 0xeb, 0xfc };     /* again: pause; jmp again */
    WHV_PROCESSOR_EVENT_COUNTERS events;
    WHV_PROCESSOR_INTERCEPT_COUNTERS intercepts;
    WHV_REGISTER_NAME name = WHvRegisterVpRuntime;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_REGISTER_VALUE value;
    UINT64 first, second;
    UINT32 written = 0;
    HANDLE thread;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    first = total_runtime( &vm, 0 );
    ok( !first || broken( first < 10000 ), "before the first run: %llu\n", first );
    vm_load( &vm, MODE_PROT, spin, sizeof(spin), NULL );
    thread = CreateThread( NULL, 0, cancel_later, &vm, 0, NULL );
    hr = WHvRunVirtualProcessor( vm.partition, 0, &exit, sizeof(exit) );
    ok( hr == S_OK && exit.ExitReason == WHvRunVpExitReasonCanceled, "%#lx, exit %#x\n", hr, exit.ExitReason );
    WaitForSingleObject( thread, INFINITE );
    CloseHandle( thread );
    first = total_runtime( &vm, 1 );
    ok( first > 100000, "%llu * 100 ns of 200 ms\n", first );
    Sleep( 100 );
    second = total_runtime( &vm, 1 );
    ok( second - first < 100000, "%llu * 100 ns more while it did not run\n", second - first );

    memset( &value, 0xcc, sizeof(value) );
    hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
    ok( hr == S_OK && value.Reg64 >= second && value.Reg64 - second < 100000, "VpRuntime %llu after %llu: %#lx\n",
        value.Reg64, second, hr );
    hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
    ok( FAILED(hr), "VpRuntime can be written\n" );

    memset( &intercepts, 0xcc, sizeof(intercepts) );
    hr = WHvGetVirtualProcessorCounters( vm.partition, 0, WHvProcessorCounterSetIntercepts, &intercepts, 176,
                                         &written );
    ok( hr == S_OK && written >= 176, "an older size: %#lx, %u bytes\n", hr, written );
    hr = WHvGetVirtualProcessorCounters( vm.partition, 0, WHvProcessorCounterSetIntercepts, &intercepts,
                                         sizeof(intercepts), &written );
    ok( hr == S_OK && written == sizeof(intercepts), "%#lx, %u bytes\n", hr, written );
    hr = WHvGetVirtualProcessorCounters( vm.partition, 0, WHvProcessorCounterSetEvents, &events, sizeof(events),
                                         &written );
    ok( hr == S_OK && written == sizeof(events), "%#lx, %u bytes\n", hr, written );
    hr = WHvGetVirtualProcessorCounters( vm.partition, 0, WHvProcessorCounterSetRuntime, &events, 8, &written );
    ok( hr == WHV_E_INSUFFICIENT_BUFFER, "too small: %#lx\n", hr );
    hr = WHvGetVirtualProcessorCounters( vm.partition, 1, WHvProcessorCounterSetRuntime, &events, sizeof(events),
                                         &written );
    ok( FAILED(hr), "no such vp: %#lx\n", hr );
    vm_destroy( &vm );
}

START_TEST(time)
{
    if (!vm_present()) return;
    test_clocks();
    test_reference_time();
    test_suspended_tsc();
    test_written_tsc();
    test_suspended_timers();
    test_waiting_tick();
    test_ticking();
    test_apic_clock();
    test_processor_clock();
    test_invariant();
    test_suspend_errors();
    test_runtime();
}
