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


#include "vm.h"

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
    ok( second - first >= tsc / 10 && second - first < tsc * 5, "%llu ticks in 200 ms at %llu Hz\n", second - first, tsc );
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

static UINT64 total_runtime( struct vm *vm )
{
    WHV_PROCESSOR_RUNTIME_COUNTERS runtime = { 0 };
    UINT32 written = 0;
    HRESULT hr;

    hr = WHvGetVirtualProcessorCounters( vm->partition, 0, WHvProcessorCounterSetRuntime, &runtime, sizeof(runtime), &written );
    ok( hr == S_OK && written == sizeof(runtime), "runtime: %#lx, %u bytes\n", hr, written );
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
    first = total_runtime( &vm );
    ok( !first || broken( first < 10000 ), "before the first run: %llu\n", first );
    vm_load( &vm, MODE_PROT, spin, sizeof(spin), NULL );
    thread = CreateThread( NULL, 0, cancel_later, &vm, 0, NULL );
    hr = WHvRunVirtualProcessor( vm.partition, 0, &exit, sizeof(exit) );
    ok( hr == S_OK && exit.ExitReason == WHvRunVpExitReasonCanceled, "%#lx, exit %#x\n", hr, exit.ExitReason );
    WaitForSingleObject( thread, INFINITE );
    CloseHandle( thread );
    first = total_runtime( &vm );
    ok( first > 100000, "%llu * 100 ns of 200 ms\n", first );
    Sleep( 100 );
    second = total_runtime( &vm );
    ok( second - first < 100000, "%llu * 100 ns more while it did not run\n", second - first );

    memset( &value, 0xcc, sizeof(value) );
    hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
    ok( hr == S_OK && value.Reg64 >= second && value.Reg64 - second < 100000, "VpRuntime %llu after %llu: %#lx\n", value.Reg64,
        second, hr );
    hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
    ok( FAILED(hr), "VpRuntime can be written\n" );

    memset( &intercepts, 0xcc, sizeof(intercepts) );
    hr = WHvGetVirtualProcessorCounters( vm.partition, 0, WHvProcessorCounterSetIntercepts, &intercepts, 176, &written );
    ok( hr == S_OK && written >= 176, "an older size: %#lx, %u bytes\n", hr, written );
    hr = WHvGetVirtualProcessorCounters( vm.partition, 0, WHvProcessorCounterSetIntercepts, &intercepts, sizeof(intercepts),
                                         &written );
    ok( hr == S_OK && written == sizeof(intercepts), "%#lx, %u bytes\n", hr, written );
    hr = WHvGetVirtualProcessorCounters( vm.partition, 0, WHvProcessorCounterSetEvents, &events, sizeof(events), &written );
    ok( hr == S_OK && written == sizeof(events), "%#lx, %u bytes\n", hr, written );
    hr = WHvGetVirtualProcessorCounters( vm.partition, 0, WHvProcessorCounterSetRuntime, &events, 8, &written );
    ok( hr == WHV_E_INSUFFICIENT_BUFFER, "too small: %#lx\n", hr );
    hr = WHvGetVirtualProcessorCounters( vm.partition, 1, WHvProcessorCounterSetRuntime, &events, sizeof(events), &written );
    ok( FAILED(hr), "no such vp: %#lx\n", hr );
    vm_destroy( &vm );
}

START_TEST(time)
{
    if (!vm_present()) return;
    test_clocks();
    test_reference_time();
    test_suspended_tsc();
    test_suspend_errors();
    test_runtime();
}
