/*
 * Counters of a vp: its own time, exits and events
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

static UINT64 total_runtime( struct vm *vm )
{
    WHV_PROCESSOR_RUNTIME_COUNTERS runtime = { 0 };
    UINT32 written = 0;
    HRESULT hr;

    hr = WHvGetVirtualProcessorCounters( vm->partition, 0, WHvProcessorCounterSetRuntime, &runtime, sizeof(runtime),
                                         &written );
    ok( hr == S_OK && written == sizeof(runtime), "runtime: %#lx, %u bytes\n", hr, written );
    ok( runtime.HypervisorRuntime100ns > 0 || broken( !runtime.HypervisorRuntime100ns ),
        "the hypervisor has no part\n" );
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
    /* a vp that has been made has had some time */
    ok( first > 0, "before the first run: %llu\n", first );
    ok( first < 10000000, "before the first run: %llu\n", first );
    second = first;
    vm_load( &vm, MODE_PROT, spin, sizeof(spin), NULL );
    thread = CreateThread( NULL, 0, cancel_later, &vm, 0, NULL );
    hr = WHvRunVirtualProcessor( vm.partition, 0, &exit, sizeof(exit) );
    ok( hr == S_OK && exit.ExitReason == WHvRunVpExitReasonCanceled, "%#lx, exit %#x\n", hr, exit.ExitReason );
    WaitForSingleObject( thread, INFINITE );
    CloseHandle( thread );
    first = total_runtime( &vm );
    ok( first > second + 100000, "%llu * 100 ns of 200 ms\n", first - second );
    Sleep( 100 );
    second = total_runtime( &vm );
    ok( second - first < 100000, "%llu * 100 ns more while it did not run\n", second - first );

    memset( &value, 0xcc, sizeof(value) );
    hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
    ok( hr == S_OK && value.Reg64 >= second && value.Reg64 - second < 100000, "VpRuntime %llu after %llu: %#lx\n",
        value.Reg64, second, hr );
    hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
    ok( hr == ERROR_HV_ACCESS_DENIED || broken( FAILED(hr) ), "VpRuntime can be written\n" );

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
    ok( hr == WHV_E_VP_DOES_NOT_EXIST || broken( FAILED(hr) ), "no such vp: %#lx\n", hr );
    vm_destroy( &vm );
}

/* Every set, with all sizes, with and without an APIC: what is written is the size of the set. */
static void test_sets( void )
{
    static const UINT32 sizes[] = { 16, 224, 24, 40, 48 }, smallest[] = { 16, 176, 24, 40, 48 };
    static const struct vm_config configs[] =
    {
        { 0 }, { .apic_mode = WHvX64LocalApicEmulationModeXApic }, { .apic_mode = WHvX64LocalApicEmulationModeX2Apic }
    };
    UINT32 i, set, size, written;
    BYTE buffer[256];
    struct vm vm;
    HRESULT hr;

    for (i = 0; i < ARRAY_COUNT(configs); i++)
    {
        if (!vm_create( &vm, &configs[i] )) return;
        for (set = 0; set < ARRAY_COUNT(sizes); set++)
        {
            winetest_push_context( "mode %u set %u", configs[i].apic_mode, set );
            for (size = 0; size < sizeof(buffer); size++)
            {
                written = 0;
                memset( buffer, 0xcc, sizeof(buffer) );
                hr = WHvGetVirtualProcessorCounters( vm.partition, 0, set, buffer, size, &written );
                if (size < smallest[set])
                    ok( hr == WHV_E_INSUFFICIENT_BUFFER && written == sizes[set], "%u bytes: %#lx, %u\n", size, hr,
                        written );
                else
                {
                    ok( hr == S_OK && written == min( size, sizes[set] ), "%u bytes: %#lx, %u\n", size, hr, written );
                    ok( size == sizeof(buffer) || buffer[size] == 0xcc, "%u bytes: more are written\n", size );
                }
            }
            hr = WHvGetVirtualProcessorCounters( vm.partition, 0, set, buffer, sizeof(buffer), NULL );
            ok( hr == S_OK, "%#lx\n", hr );
            winetest_pop_context();
        }
        hr = WHvGetVirtualProcessorCounters( vm.partition, 0, set, buffer, sizeof(buffer), &written );
        ok( hr == WHV_E_UNKNOWN_PROPERTY, "set %u: %#lx\n", set, hr );
        hr = WHvGetVirtualProcessorCounters( vm.partition, 0, 0xffffffff, buffer, sizeof(buffer), &written );
        ok( hr == WHV_E_UNKNOWN_PROPERTY, "%#lx\n", hr );
        vm_destroy( &vm );
    }
}

START_TEST(counters)
{
    if (!vm_present()) return;
    test_runtime();
    test_sets();
}
