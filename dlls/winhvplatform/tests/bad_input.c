/*
 * Conformance: handles, indices and pointers that are none
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

#define BAD_POINTER ((void *)0x1234)
#define HR_NOACCESS ((HRESULT)0x800703e6)

#define check( call ) \
    do { HRESULT hr = (call); ok( hr == E_HANDLE || broken( FAILED(hr) ), #call ": %#lx\n", hr ); } while (0)

static void check_handle_events( WHV_PARTITION_HANDLE handle )
{
    HANDLE event = CreateEventW( NULL, FALSE, FALSE, NULL ), own = NULL;
    WHV_NOTIFICATION_PORT_PARAMETERS port_parameters;
    WHV_NOTIFICATION_PORT_HANDLE port = NULL;
    WHV_TRIGGER_PARAMETERS parameters;
    WHV_TRIGGER_HANDLE trigger = NULL;
    WHV_DOORBELL_MATCH_DATA match;

    memset( &match, 0, sizeof(match) );
    check( WHvRegisterPartitionDoorbellEvent( handle, &match, event ) );
    check( WHvUnregisterPartitionDoorbellEvent( handle, &match ) );
    memset( &port_parameters, 0, sizeof(port_parameters) );
    port_parameters.NotificationPortType = WHvNotificationPortTypeEvent;
    check( WHvCreateNotificationPort( handle, &port_parameters, event, &port ) );
    port_parameters.NotificationPortType = WHvNotificationPortTypeDoorbell;
    check( WHvCreateNotificationPort( handle, &port_parameters, event, &port ) );
    check( WHvSetNotificationPortProperty( handle, port, WHvNotificationPortPropertyPreferredTargetVp, 0 ) );
    check( WHvDeleteNotificationPort( handle, port ) );
    memset( &parameters, 0, sizeof(parameters) );
    parameters.TriggerType = WHvTriggerTypeInterrupt;
    parameters.Interrupt.Vector = 0x40;
    check( WHvCreateTrigger( handle, &parameters, &trigger, &own ) );
    check( WHvUpdateTriggerParameters( handle, &parameters, trigger ) );
    check( WHvDeleteTrigger( handle, trigger ) );
    ok( !port && !trigger && !own, "something was made: %p %p %p\n", port, trigger, own );
    CloseHandle( event );
}

/* Every function that takes a partition, with a handle that is none */
static void check_handle( WHV_PARTITION_HANDLE handle, const char *what )
{
    static BYTE page[0x2000] __attribute__((aligned(0x1000)));
    WHV_ACCESS_GPA_CONTROLS controls = { 0 };
    WHV_TRANSLATE_GVA_RESULT result;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_INTERRUPT_CONTROL interrupt;
    WHV_SYNIC_EVENT_PARAMETERS event;
    WHV_MEMORY_RANGE_ENTRY range = { 0, 0x1000 };
    WHV_REGISTER_NAME name = WHvX64RegisterRax;
    WHV_REGISTER_VALUE value;
    WHV_CPUID_OUTPUT output;
    UINT64 number = 1;
    UINT32 written, target;
    BOOL newly;

    winetest_push_context( "%s", what );
    memset( &event, 0, sizeof(event) );
    memset( &interrupt, 0, sizeof(interrupt) );
    memset( &value, 0, sizeof(value) );
    controls.AsUINT64 = WHvCacheTypeWriteBack;
    check( WHvSetupPartition( handle ) );
    check( WHvResetPartition( handle ) );
    check( WHvDeletePartition( handle ) );
    check( WHvGetPartitionProperty( handle, WHvPartitionPropertyCodeProcessorCount, &number, 8, &written ) );
    check( WHvSetPartitionProperty( handle, WHvPartitionPropertyCodeProcessorCount, &number, 8 ) );
    check( WHvMapGpaRange( handle, page, 0, 0x1000, WHvMapGpaRangeFlagRead ) );
    check( WHvMapGpaRange2( handle, GetCurrentProcess(), page, 0, 0x1000, WHvMapGpaRangeFlagRead ) );
    check( WHvUnmapGpaRange( handle, 0, 0x1000 ) );
    check( WHvTranslateGva( handle, 0, 0, WHvTranslateGvaFlagValidateRead, &result, &number ) );
    check( WHvQueryGpaRangeDirtyBitmap( handle, 0, 0x1000, &number, 8 ) );
    check( WHvAdviseGpaRange( handle, &range, 1, WHvAdviseGpaRangeCodePin, NULL, 0 ) );
    check( WHvReadGpaRange( handle, 0, 0, controls, &number, 8 ) );
    check( WHvWriteGpaRange( handle, 0, 0, controls, &number, 8 ) );
    check( WHvCreateVirtualProcessor( handle, 0, 0 ) );
    check( WHvCreateVirtualProcessor2( handle, 0, NULL, 0 ) );
    check( WHvDeleteVirtualProcessor( handle, 0 ) );
    check( WHvRunVirtualProcessor( handle, 0, &exit, sizeof(exit) ) );
    check( WHvCancelRunVirtualProcessor( handle, 0, 0 ) );
    check( WHvGetVirtualProcessorRegisters( handle, 0, &name, 1, &value ) );
    check( WHvSetVirtualProcessorRegisters( handle, 0, &name, 1, &value ) );
    check( WHvGetVirtualProcessorXsaveState( handle, 0, page, sizeof(page), &written ) );
    check( WHvSetVirtualProcessorXsaveState( handle, 0, page, sizeof(page) ) );
    check( WHvGetVirtualProcessorState( handle, 0, WHvVirtualProcessorStateTypeXsaveState, page, sizeof(page), NULL ) );
    check( WHvSetVirtualProcessorState( handle, 0, WHvVirtualProcessorStateTypeXsaveState, page, sizeof(page) ) );
    check( WHvGetVirtualProcessorCpuidOutput( handle, 0, 0, 0, &output ) );
    check( WHvGetPartitionCounters( handle, WHvPartitionCounterSetMemory, page, sizeof(page), &written ) );
    check( WHvGetVirtualProcessorCounters( handle, 0, WHvProcessorCounterSetRuntime, page, sizeof(page), &written ) );
    check( WHvGetVirtualProcessorInterruptControllerState( handle, 0, page, sizeof(page), &written ) );
    check( WHvSetVirtualProcessorInterruptControllerState( handle, 0, page, 0x1000 ) );
    check( WHvGetVirtualProcessorInterruptControllerState2( handle, 0, page, sizeof(page), &written ) );
    check( WHvSetVirtualProcessorInterruptControllerState2( handle, 0, page, 0x1000 ) );
    check( WHvRequestInterrupt( handle, &interrupt, sizeof(interrupt) ) );
    check( WHvGetInterruptTargetVpSet( handle, 0, WHvX64InterruptDestinationModePhysical, &target, 1, &written ) );
    check( WHvPostVirtualProcessorSynicMessage( handle, 0, 2, page, 256 ) );
    check( WHvSignalVirtualProcessorSynicEvent( handle, event, &newly ) );
    check( WHvSuspendPartitionTime( handle ) );
    check( WHvResumePartitionTime( handle ) );
    check_handle_events( handle );
    winetest_pop_context();
}

#undef check

static void test_handles( void )
{
    WHV_PARTITION_HANDLE stale;
    struct vm vm;

    /* on Windows a handle is an address */
    if (!winetest_platform_is_wine)
    {
        skip( "wild handles crash\n" );
        return;
    }
    check_handle( NULL, "NULL" );
    check_handle( (WHV_PARTITION_HANDLE)1, "1" );
    check_handle( (WHV_PARTITION_HANDLE)0x12345670, "wild" );
    check_handle( INVALID_HANDLE_VALUE, "-1" );
    check_handle( (WHV_PARTITION_HANDLE)0x7ffffffffff0, "high" );
    check_handle( (WHV_PARTITION_HANDLE)&vm, "stack" );
    if (!vm_create( &vm, NULL )) return;
    stale = vm.partition;
    check_handle( (WHV_PARTITION_HANDLE)((char *)stale + 1), "near" );
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    vm_destroy( &vm );
    check_handle( stale, "stale" );
    if (!vm_create( &vm, NULL )) return;
    ok( vm.partition != stale, "the same handle again\n" );
    check_handle( stale, "stale, slot in use again" );
    vm_destroy( &vm );
}

static void test_vp_index( void )
{
    static const UINT32 indices[] = { 1, 2, 255, 4096, 0x7fffffff, 0xfffffffe, 0xffffffff };
    WHV_TRANSLATE_GVA_RESULT result;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_REGISTER_NAME name = WHvX64RegisterRax;
    WHV_REGISTER_VALUE value;
    WHV_CPUID_OUTPUT output;
    UINT32 i, written;
    struct vm vm;
    UINT64 gpa;

    static const struct vm_config config = { .vps = 2 };

    /* vp 1 could be there, but is not */
    if (!vm_create( &vm, &config )) return;
    memset( &value, 0, sizeof(value) );
    for (i = 0; i < ARRAY_COUNT(indices); i++)
    {
        UINT32 index = indices[i];

        winetest_push_context( "index %u", index );
#define check( call ) \
        do \
        { \
            HRESULT hr = (call); \
            ok( hr == WHV_E_VP_DOES_NOT_EXIST || broken( FAILED(hr) ), #call ": %#lx\n", hr ); \
        } while (0)
        check( WHvDeleteVirtualProcessor( vm.partition, index ) );
        check( WHvRunVirtualProcessor( vm.partition, index, &exit, sizeof(exit) ) );
        check( WHvCancelRunVirtualProcessor( vm.partition, index, 0 ) );
        check( WHvGetVirtualProcessorRegisters( vm.partition, index, &name, 1, &value ) );
        check( WHvGetVirtualProcessorRegisters( vm.partition, index, &name, 0, &value ) );
        check( WHvSetVirtualProcessorRegisters( vm.partition, index, &name, 1, &value ) );
        check( WHvTranslateGva( vm.partition, index, 0, WHvTranslateGvaFlagValidateRead, &result, &gpa ) );
        check( WHvGetVirtualProcessorXsaveState( vm.partition, index, NULL, 0, &written ) );
        check( WHvGetVirtualProcessorCpuidOutput( vm.partition, index, 0, 0, &output ) );
        check( WHvGetVirtualProcessorCounters( vm.partition, index, WHvProcessorCounterSetRuntime, &value,
                                               sizeof(value), &written ) );
#undef check
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

/* Memory of the caller that is not there: an error, and everything goes on as before. */
static void test_pointers( void )
{
    WHV_REGISTER_NAME name = WHvX64RegisterRax;
    WHV_REGISTER_VALUE value;
    BYTE *page, buffer[64];
    UINT32 written;
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!winetest_platform_is_wine)
    {
        skip( "bad pointers crash\n" );
        return;
    }
    if (!vm_create( &vm, NULL )) return;
    page = VirtualAlloc( NULL, 0x2000, MEM_COMMIT, PAGE_READWRITE );
    VirtualFree( page + 0x1000, 0x1000, MEM_DECOMMIT );
    for (i = 0; i < 3; i++)
    {
        void *bad = i == 0 ? BAD_POINTER : i == 1 ? page + 0x1000 - 2 : (void *)0x800000000000;

        winetest_push_context( "%p", bad );
#define check( call ) do { hr = (call); ok( hr == HR_NOACCESS, #call ": %#lx\n", hr ); } while (0)
        check( WHvGetCapability( WHvCapabilityCodeFeatures, bad, 8, &written ) );
        check( WHvGetCapability( WHvCapabilityCodeFeatures, buffer, 8, bad ) );
        check( WHvCreatePartition( bad ) );
        check( WHvGetPartitionProperty( vm.partition, WHvPartitionPropertyCodeProcessorFeatures, bad, 8, NULL ) );
        check( WHvSetPartitionProperty( vm.partition, WHvPartitionPropertyCodeExceptionExitBitmap, bad, 8 ) );
        check( WHvGetVirtualProcessorRegisters( vm.partition, 0, bad, 1, &value ) );
        check( WHvGetVirtualProcessorRegisters( vm.partition, 0, &name, 1, bad ) );
        check( WHvSetVirtualProcessorRegisters( vm.partition, 0, &name, 1, bad ) );
        check( WHvGetVirtualProcessorXsaveState( vm.partition, 0, bad, 0x1000, &written ) );
        check( WHvSetVirtualProcessorXsaveState( vm.partition, 0, bad, 0x1000 ) );
        check( WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, 0, 0, bad ) );
        vm_load( &vm, MODE_LONG, NULL, 0, NULL );
        check( WHvRunVirtualProcessor( vm.partition, 0, bad, 224 ) );
#undef check
        /* the exit has been lost, the vp has not */
        vm_load( &vm, MODE_LONG, NULL, 0, NULL );
        run_to_port( &vm, END_PORT, vm.before );
        winetest_pop_context();
    }

    hr = WHvCreatePartition( NULL );
    ok( hr == E_POINTER, "%#lx\n", hr );
    hr = WHvRunVirtualProcessor( vm.partition, 0, NULL, 224 );
    ok( hr == E_POINTER, "%#lx\n", hr );
    hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, NULL, 1, &value );
    ok( hr == E_POINTER, "%#lx\n", hr );
    hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, &name, 1, NULL );
    ok( hr == E_POINTER, "%#lx\n", hr );
    hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, &name, 1, NULL );
    ok( hr == E_POINTER, "%#lx\n", hr );
    hr = WHvTranslateGva( vm.partition, 0, 0, 0, NULL, NULL );
    ok( hr == E_POINTER, "%#lx\n", hr );

    /* misaligned values */
    hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, &name, 1, (WHV_REGISTER_VALUE *)(buffer + 1) );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, &name, 1, (WHV_REGISTER_VALUE *)(buffer + 1) );
    ok( hr == S_OK, "%#lx\n", hr );
    VirtualFree( page, 0, MEM_RELEASE );
    vm_destroy( &vm );
}

/* Memory that is mapped for the guest goes away under it. */
static void test_lost_memory( void )
{
    static const BYTE code[] = { 0x8a, 0x07 };      /* mov al,[di/bx] */
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    enum mode mode;
    struct vm vm;
    BYTE *page;
    HRESULT hr;

    if (!winetest_platform_is_wine)
    {
        skip( "not sure what Windows makes of it\n" );
        return;
    }
    if (!vm_create( &vm, NULL )) return;
    for (mode = 0; mode < MODE_COUNT; mode++)
    {
        winetest_push_context( "%s lost memory", modes[mode].name );
        page = VirtualAlloc( NULL, 0x1000, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE );
        hr = WHvMapGpaRange( vm.partition, page, HOLE_GPA, 0x1000, WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite );
        ok( hr == S_OK, "%#lx\n", hr );
        VirtualFree( page, 0x1000, MEM_DECOMMIT );
        vm_load( &vm, mode, code, sizeof(code), NULL );
        if (vm_run( &vm, &exit ))
        {
            ok( exit.ExitReason == WHvRunVpExitReasonMemoryAccess, "exit %#x\n", exit.ExitReason );
            ok( exit.MemoryAccess.Gpa == HOLE_GPA, "gpa %#llx\n", exit.MemoryAccess.Gpa );
            ok( !exit.MemoryAccess.AccessInfo.GpaUnmapped, "unmapped\n" );
            check_regs( &vm, vm.before );
        }
        /* and comes back */
        VirtualAlloc( page, 0x1000, MEM_COMMIT, PAGE_READWRITE );
        page[0] = 0x5a;
        memcpy( regs, vm.before, sizeof(regs) );
        regs[RIP] += sizeof(code);
        regs[RAX] = (regs[RAX] & ~0xffull) | 0x5a;
        run_to_port( &vm, END_PORT, regs );
        hr = WHvUnmapGpaRange( vm.partition, HOLE_GPA, 0x1000 );
        ok( hr == S_OK, "%#lx\n", hr );
        VirtualFree( page, 0, MEM_RELEASE );
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

START_TEST(bad_input)
{
    if (!vm_present()) return;
    test_handles();
    test_vp_index();
    test_pointers();
    test_lost_memory();
}
