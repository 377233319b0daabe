/*
 * Conformance: life of partitions
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

static void test_create( void )
{
    WHV_PARTITION_HANDLE partitions[8];
    UINT32 i, j;
    HRESULT hr;

    for (i = 0; i < ARRAY_COUNT(partitions); i++)
    {
        partitions[i] = NULL;
        hr = WHvCreatePartition( &partitions[i] );
        ok( hr == S_OK, "%u: %#lx\n", i, hr );
        ok( partitions[i] != NULL, "%u: no handle\n", i );
        for (j = 0; j < i; j++) ok( partitions[i] != partitions[j], "%u and %u are the same\n", i, j );
    }
    for (i = 0; i < ARRAY_COUNT(partitions); i++)
    {
        hr = WHvDeletePartition( partitions[i] );
        ok( hr == S_OK, "%u: %#lx\n", i, hr );
    }
}

static void test_setup( void )
{
    struct vm vm = { 0 };
    UINT32 count = 2;
    HRESULT hr;

    hr = WHvCreatePartition( &vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = WHvSetupPartition( vm.partition );
    ok( hr == WHV_E_INVALID_PARTITION_CONFIG, "without ProcessorCount: %#lx\n", hr );
    hr = WHvCreateVirtualProcessor( vm.partition, 0, 0 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "vp before setup: %#lx\n", hr );
    hr = WHvSetPartitionProperty( vm.partition, WHvPartitionPropertyCodeProcessorCount, &count, sizeof(count) );
    ok( hr == S_OK, "ProcessorCount: %#lx\n", hr );
    hr = WHvSetupPartition( vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = WHvSetupPartition( vm.partition );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "set up twice: %#lx\n", hr );
    hr = WHvSetPartitionProperty( vm.partition, WHvPartitionPropertyCodeProcessorCount, &count, sizeof(count) );
    ok( hr == E_INVALIDARG, "ProcessorCount after setup: %#lx\n", hr );
    hr = WHvDeletePartition( vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );
}

/* Life and death of many, with all that hangs on them: nothing may pile up. */
static void test_many( void )
{
    struct vm vm;
    UINT32 i;

    for (i = 0; i < 50; i++)
    {
        if (!vm_create( &vm, NULL )) break;
        vm_load( &vm, MODE_LONG, NULL, 0, NULL );
        run_to_port( &vm, END_PORT, vm.before );
        vm_destroy( &vm );
    }
    ok( i == 50, "%u partitions\n", i );
}

static void test_reset( void )
{
    static const BYTE code[] = { 0xe4, 0x42 };      /* in al,42 */
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT32 count = 0, written;
    WHV_REGISTER_NAME name = WHvX64RegisterCs;
    WHV_REGISTER_VALUE value;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    vm_load( &vm, MODE_LONG, code, sizeof(code), NULL );
    if (vm_run( &vm, &exit ))
        ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
    hr = WHvCancelRunVirtualProcessor( vm.partition, 0, 0 );
    ok( hr == S_OK, "%#lx\n", hr );

    hr = WHvResetPartition( vm.partition );
    ok( hr == S_OK || broken( FAILED(hr) ), "WHvResetPartition: %#lx\n", hr );
    if (SUCCEEDED(hr))
    {
        ok( vm_get_reg( &vm, WHvX64RegisterRip ) == 0xfff0, "rip\n" );
        ok( vm_get_reg( &vm, WHvX64RegisterRflags ) == 2, "rflags\n" );
        ok( vm_get_reg( &vm, WHvX64RegisterRax ) == 0, "rax\n" );
        ok( (vm_get_reg( &vm, WHvX64RegisterCr0 ) & ~0x10ull) == 0x60000000, "cr0\n" );
        ok( vm_get_reg( &vm, WHvX64RegisterEfer ) == 0, "efer\n" );
        hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
        ok( hr == S_OK, "cs: %#lx\n", hr );
        ok( value.Segment.Selector == 0xf000, "cs %#x\n", value.Segment.Selector );

        hr = WHvGetPartitionProperty( vm.partition, WHvPartitionPropertyCodeProcessorCount, &count, sizeof(count),
                                      &written );
        ok( hr == S_OK && count == 1, "ProcessorCount %u: %#lx\n", count, hr );

        /* memory is as before, and the cancel is forgotten */
        ok( vm.ram[CODE_GPA] == code[0], "memory has changed\n" );
        vm_load( &vm, MODE_PROT, NULL, 0, NULL );
        run_to_port( &vm, END_PORT, vm.before );
    }
    vm_destroy( &vm );
}

static UINT64 reference_time( struct vm *vm )
{
    UINT64 time = 0;
    HRESULT hr = WHvGetPartitionProperty( vm->partition, WHvPartitionPropertyCodeReferenceTime, &time, sizeof(time),
                                          NULL );

    ok( hr == S_OK, "ReferenceTime: %#lx\n", hr );
    return time;
}

/* Time stands from a reset to the next run. */
static void test_reset_time( void )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 time, tsc;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    if (!vm_run( &vm, &exit )) return;
    time = reference_time( &vm );
    Sleep( 50 );
    ok( reference_time( &vm ) - time >= 400000, "time does not go on without a run\n" );
    hr = WHvResetPartition( vm.partition );
    ok( hr == S_OK || broken( FAILED(hr) ), "WHvResetPartition: %#lx\n", hr );
    if (SUCCEEDED(hr))
    {
        time = reference_time( &vm );
        tsc = vm_get_reg( &vm, WHvX64RegisterTsc );
        Sleep( 100 );
        ok( reference_time( &vm ) == time, "%lld * 100 ns after a reset\n", reference_time( &vm ) - time );
        ok( vm_get_reg( &vm, WHvX64RegisterTsc ) == tsc, "the TSC goes on\n" );
        vm_load( &vm, MODE_LONG, NULL, 0, NULL );
        vm_run( &vm, &exit );
        Sleep( 50 );
        ok( reference_time( &vm ) - time >= 400000, "%lld * 100 ns after the next run\n",
            reference_time( &vm ) - time );
    }
    vm_destroy( &vm );
}

static DWORD CALLBACK run_to_cancel( void *arg )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    return vm_run( arg, &exit ) && exit.ExitReason == WHvRunVpExitReasonCanceled;
}

/* Who is inside Run is stopped for it, and goes on from the reset vector, where a guest's own code is. */
static void test_reset_running( void )
{
    static const BYTE spin[] = { 0xeb, 0xfe }, at_reset[] = { 0xe4, 0x42, 0xeb, 0xfc };  /* in al,42; jmp back */
    WHV_RUN_VP_EXIT_CONTEXT exit;
    DWORD ret = 0;
    HANDLE thread;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    memcpy( vm.ram + 0xffff0, spin, sizeof(spin) );
    memcpy( vm.ram + 0xffff2, at_reset, sizeof(at_reset) );
    vm_load( &vm, MODE_PROT, spin, sizeof(spin), NULL );
    thread = CreateThread( NULL, 0, run_to_cancel, &vm, 0, NULL );
    Sleep( 200 );
    hr = WHvResetPartition( vm.partition );
    ok( hr == S_OK || broken( hr == HR_INVALID_STATE ), "WHvResetPartition: %#lx\n", hr );
    if (SUCCEEDED(hr))
    {
        UINT64 time = reference_time( &vm );

        Sleep( 100 );
        ok( reference_time( &vm ) - time >= 500000 || broken( reference_time( &vm ) == time ),
            "time stands for a vp that runs\n" );
        ok( WaitForSingleObject( thread, 0 ) == WAIT_TIMEOUT, "the run is over\n" );
    }
    hr = WHvCancelRunVirtualProcessor( vm.partition, 0, 0 );
    ok( hr == S_OK, "%#lx\n", hr );
    WaitForSingleObject( thread, INFINITE );
    GetExitCodeThread( thread, &ret );
    CloseHandle( thread );
    ok( ret, "it was not canceled\n" );
    ok( vm_get_reg( &vm, WHvX64RegisterRip ) == 0xfff0, "rip %#llx\n", vm_get_reg( &vm, WHvX64RegisterRip ) );
    /* and is a vp like any other */
    vm_set_reg( &vm, WHvX64RegisterRip, 0xfff2 );
    if (vm_run( &vm, &exit ))
        ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess && exit.IoPortAccess.PortNumber == 0x42,
            "exit %#x\n", exit.ExitReason );
    vm_destroy( &vm );
}

static void test_counters( void )
{
    static const struct vm_config config = { .no_memory = TRUE };
    WHV_PARTITION_MEMORY_COUNTERS counters;
    UINT32 written = 0;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, &config )) return;
    memset( &counters, 0xcc, sizeof(counters) );
    hr = WHvGetPartitionCounters( vm.partition, WHvPartitionCounterSetMemory, &counters, sizeof(counters), &written );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( written == sizeof(counters), "%u bytes\n", written );
    ok( !counters.Mapped4KPageCount && !counters.Mapped2MPageCount && !counters.Mapped1GPageCount,
        "pages: %llu %llu %llu\n", counters.Mapped4KPageCount, counters.Mapped2MPageCount,
        counters.Mapped1GPageCount );
    hr = WHvMapGpaRange( vm.partition, vm.ram, 0, 0x5000, WHvMapGpaRangeFlagRead );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = WHvGetPartitionCounters( vm.partition, WHvPartitionCounterSetMemory, &counters, sizeof(counters), NULL );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( counters.Mapped4KPageCount == 5 || broken( counters.Mapped4KPageCount < 5 ), "%llu pages\n",
        counters.Mapped4KPageCount );
    hr = WHvGetPartitionCounters( vm.partition, WHvPartitionCounterSetMemory, &counters, 8, &written );
    ok( hr == WHV_E_INSUFFICIENT_BUFFER, "too small: %#lx\n", hr );
    hr = WHvGetPartitionCounters( vm.partition, 77, &counters, sizeof(counters), &written );
    ok( hr == WHV_E_UNKNOWN_PROPERTY, "unknown: %#lx\n", hr );
    hr = WHvGetVirtualProcessorCounters( vm.partition, 0, 77, &counters, sizeof(counters), &written );
    ok( hr == WHV_E_UNKNOWN_PROPERTY, "unknown: %#lx\n", hr );
    vm_destroy( &vm );
}

/* Interrupts need an APIC; a partition has none by default. */
static void test_no_apic( void )
{
    WHV_INTERRUPT_CONTROL interrupt;
    UINT32 targets[4], count;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    memset( &interrupt, 0, sizeof(interrupt) );
    interrupt.Vector = 0x40;
    hr = WHvRequestInterrupt( vm.partition, &interrupt, sizeof(interrupt) );
    ok( hr == ERROR_HV_OPERATION_DENIED, "WHvRequestInterrupt: %#lx\n", hr );
    hr = WHvGetInterruptTargetVpSet( vm.partition, 0, WHvX64InterruptDestinationModePhysical, targets, 4, &count );
    ok( hr == ERROR_HV_OPERATION_DENIED, "WHvGetInterruptTargetVpSet: %#lx\n", hr );
    vm_destroy( &vm );
}

START_TEST(partition)
{
    if (!vm_present()) return;
    test_create();
    test_setup();
    test_many();
    test_reset();
    test_reset_time();
    test_reset_running();
    test_counters();
    test_no_apic();
}
