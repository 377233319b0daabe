/*
 * Conformance tests: the state of local APICs
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

#define PAGE_SIZE 4096

/* Registers by number: 16 bytes each. */
#define REG_ID      0x02
#define REG_VERSION 0x03
#define REG_TPR     0x08
#define REG_PPR     0x0a
#define REG_LDR     0x0d
#define REG_DFR     0x0e
#define REG_SVR     0x0f
#define REG_ISR     0x10
#define REG_IRR     0x20
#define REG_ICR     0x30
#define REG_TIMER   0x32
#define REG_LINT0   0x35
#define REG_INITIAL 0x38
#define REG_CURRENT 0x39
#define REG_DIVIDE  0x3e

#define APIC_BASE_X2APIC 0x400

static UINT32 page[PAGE_SIZE / 4], other[PAGE_SIZE / 4];

static UINT32 get( const UINT32 *state, UINT32 number )
{
    return state[number * 4];
}

static void set( UINT32 *state, UINT32 number, UINT32 value )
{
    state[number * 4] = value;
}

static BOOL create( struct vm *vm, UINT32 apic_mode, UINT32 vps )
{
    WHV_CAPABILITY capability;
    HRESULT hr;
    UINT32 i;

    memset( vm, 0, sizeof(*vm) );
    memset( &capability, 0, sizeof(capability) );
    WHvGetCapability( WHvCapabilityCodeFeatures, &capability, sizeof(capability), NULL );
    if (apic_mode && !capability.Features.LocalApicEmulation)
    {
        skip( "no local APICs\n" );
        return FALSE;
    }
    hr = WHvCreatePartition( &vm->partition );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = vm_set_property( vm, WHvPartitionPropertyCodeProcessorCount, vps );
    ok( hr == S_OK, "ProcessorCount: %#lx\n", hr );
    hr = vm_set_property( vm, WHvPartitionPropertyCodeLocalApicEmulationMode, apic_mode );
    ok( hr == S_OK, "LocalApicEmulationMode: %#lx\n", hr );
    hr = WHvSetupPartition( vm->partition );
    ok( hr == S_OK, "%#lx\n", hr );
    for (i = 0; i < vps; i++)
    {
        hr = WHvCreateVirtualProcessor( vm->partition, i, 0 );
        ok( hr == S_OK, "vp %u: %#lx\n", i, hr );
    }
    return TRUE;
}

static void read_state_( int line, struct vm *vm, UINT32 index, UINT32 *state )
{
    UINT32 written = 0;
    HRESULT hr;

    memset( state, 0xcc, PAGE_SIZE );
    hr = WHvGetVirtualProcessorInterruptControllerState2( vm->partition, index, state, PAGE_SIZE, &written );
    ok_( __FILE__, line )( hr == S_OK, "%#lx\n", hr );
    ok_( __FILE__, line )( written == PAGE_SIZE, "%u bytes\n", written );
}
#define read_state( vm, index, state ) read_state_( __LINE__, vm, index, state )

static HRESULT write_state( struct vm *vm, UINT32 index, const UINT32 *state )
{
    return WHvSetVirtualProcessorInterruptControllerState2( vm->partition, index, state, PAGE_SIZE );
}

static UINT64 get_base( struct vm *vm, UINT32 index )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterApicBase;
    WHV_REGISTER_VALUE value;

    value.Reg64 = 0;
    ok( WHvGetVirtualProcessorRegisters( vm->partition, index, &name, 1, &value ) == S_OK, "ApicBase\n" );
    return value.Reg64;
}

static void set_base( struct vm *vm, UINT32 index, UINT64 base )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterApicBase;
    WHV_REGISTER_VALUE value;
    HRESULT hr;

    value.Reg64 = base;
    hr = WHvSetVirtualProcessorRegisters( vm->partition, index, &name, 1, &value );
    ok( hr == S_OK, "ApicBase %#llx: %#lx\n", base, hr );
}

static void test_absent( void )
{
    UINT32 targets[2], count = 77, written;
    struct vm vm;
    HRESULT hr;

    if (!create( &vm, WHvX64LocalApicEmulationModeNone, 1 )) return;
    hr = WHvGetVirtualProcessorInterruptControllerState2( vm.partition, 0, page, PAGE_SIZE, &written );
    ok( hr == ERROR_HV_OPERATION_DENIED || broken( FAILED(hr) ), "%#lx\n", hr );
    hr = write_state( &vm, 0, page );
    ok( hr == ERROR_HV_OPERATION_DENIED || broken( FAILED(hr) ), "%#lx\n", hr );
    hr = WHvGetInterruptTargetVpSet( vm.partition, 0, WHvX64InterruptDestinationModePhysical, targets, 2, &count );
    ok( hr == ERROR_HV_OPERATION_DENIED, "%#lx\n", hr );
    vm_destroy( &vm );
}

static void check_power_on( struct vm *vm )
{
    UINT32 i, j;

    for (i = 0; i < 2; i++)
    {
        read_state( vm, i, page );
        ok( get( page, REG_ID ) == i << 24, "vp %u: id %#x\n", i, get( page, REG_ID ));
        ok( get( page, REG_VERSION ) == 0x50014, "version %#x\n", get( page, REG_VERSION ));
        ok( get( page, REG_LINT0 ) == 0x10000, "LINT0 %#x\n", get( page, REG_LINT0 ));
        ok( get( page, REG_LINT0 + 1 ) == 0x10000, "LINT1 %#x\n", get( page, REG_LINT0 + 1 ));
        ok( !get( page, REG_TPR ) && !get( page, REG_LDR ), "TPR %#x, LDR %#x\n", get( page, REG_TPR ),
            get( page, REG_LDR ));
        ok( get( page, REG_DFR ) == 0xffffffff, "DFR %#x\n", get( page, REG_DFR ));
        ok( get( page, REG_SVR ) == 0xff, "SVR %#x\n", get( page, REG_SVR ));
        ok( get( page, REG_TIMER ) == 0x10000, "timer %#x\n", get( page, REG_TIMER ));
        for (j = 0; j < 8; j++)
            ok( !get( page, REG_ISR + j ) && !get( page, REG_IRR + j ), "ISR, IRR %u: %#x, %#x\n", j,
                get( page, REG_ISR + j ), get( page, REG_IRR + j ));
        for (j = PAGE_SIZE / 16; j < PAGE_SIZE / 4; j++) if (page[j]) break;
        ok( j == PAGE_SIZE / 4, "%#x at %#x\n", page[j % (PAGE_SIZE / 4)], j * 4 );
    }
}

/* As vps begin, and as a reset leaves them. */
static void test_power_on( void )
{
    static const UINT32 modes[] = { WHvX64LocalApicEmulationModeXApic, WHvX64LocalApicEmulationModeX2Apic };
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    for (i = 0; i < ARRAY_COUNT(modes); i++)
    {
        if (!create( &vm, modes[i], 2 )) return;
        check_power_on( &vm );
        set( page, REG_LINT0, 0x700 );
        set( page, REG_SVR, 0x1ff );
        hr = write_state( &vm, 1, page );
        ok( hr == S_OK, "%#lx\n", hr );
        hr = WHvResetPartition( vm.partition );
        ok( hr == S_OK, "WHvResetPartition: %#lx\n", hr );
        check_power_on( &vm );
        vm_destroy( &vm );
    }
}

static void test_sizes( void )
{
    UINT32 written;
    struct vm vm;
    HRESULT hr;

    if (!create( &vm, WHvX64LocalApicEmulationModeXApic, 1 )) return;
    written = 0;
    hr = WHvGetVirtualProcessorInterruptControllerState2( vm.partition, 0, NULL, 0, &written );
    ok( hr == WHV_E_INSUFFICIENT_BUFFER, "size: %#lx\n", hr );
    ok( written == PAGE_SIZE, "%u bytes\n", written );
    hr = WHvGetVirtualProcessorInterruptControllerState2( vm.partition, 0, page, PAGE_SIZE - 1, NULL );
    ok( hr == WHV_E_INSUFFICIENT_BUFFER || hr == S_OK, "one too few: %#lx\n", hr );
    hr = WHvGetVirtualProcessorInterruptControllerState2( vm.partition, 0, page, 1023, NULL );
    ok( hr == WHV_E_INSUFFICIENT_BUFFER, "less than the registers: %#lx\n", hr );
    hr = WHvGetVirtualProcessorInterruptControllerState2( vm.partition, 1, page, PAGE_SIZE, NULL );
    ok( hr == WHV_E_VP_DOES_NOT_EXIST || broken( FAILED(hr) ), "no such vp: %#lx\n", hr );
    read_state( &vm, 0, page );
    hr = WHvSetVirtualProcessorInterruptControllerState2( vm.partition, 0, NULL, PAGE_SIZE );
    ok( hr == E_POINTER, "%#lx\n", hr );
    hr = WHvSetVirtualProcessorInterruptControllerState2( vm.partition, 0, page, 16 );
    ok( hr == E_POINTER, "too small: %#lx\n", hr );
    hr = write_state( &vm, 1, page );
    ok( hr == WHV_E_VP_DOES_NOT_EXIST || broken( FAILED(hr) ), "no such vp: %#lx\n", hr );

    /* by its newer name */
    memset( other, 0xcc, sizeof(other) );
    hr = WHvGetVirtualProcessorState( vm.partition, 0, WHvVirtualProcessorStateTypeInterruptControllerState2, other,
                                      PAGE_SIZE, &written );
    ok( hr == S_OK && written == PAGE_SIZE, "%#lx, %u bytes\n", hr, written );
    hr = WHvSetVirtualProcessorState( vm.partition, 0, WHvVirtualProcessorStateTypeInterruptControllerState2, other,
                                      PAGE_SIZE );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = WHvSetVirtualProcessorState( vm.partition, 0, WHvVirtualProcessorStateTypeInterruptControllerState2, other,
                                      PAGE_SIZE - 1 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "one too few: %#lx\n", hr );
    hr = WHvSetVirtualProcessorState( vm.partition, 0, WHvVirtualProcessorStateTypeInterruptControllerState2, other,
                                      PAGE_SIZE + 1 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "one too many: %#lx\n", hr );
    hr = WHvSetVirtualProcessorState( vm.partition, 0, WHvVirtualProcessorStateTypeInterruptControllerState2, other,
                                      1024 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "the registers alone: %#lx\n", hr );
    /* the older one has samples that offer no more than the registers need */
    memset( other, 0xcc, sizeof(other) );
    written = 0;
    hr = WHvGetVirtualProcessorInterruptControllerState2( vm.partition, 0, other, 1024, &written );
    ok( (hr == S_OK && written == 1024) || broken( hr == WHV_E_INSUFFICIENT_BUFFER ), "%#lx, %u bytes\n", hr, written );
    if (hr == S_OK)
    {
        ok( !memcmp( other, page, 1024 ), "another state\n" );
        ok( ((BYTE *)other)[1024] == 0xcc, "more than 1024 bytes\n" );
        hr = WHvSetVirtualProcessorInterruptControllerState2( vm.partition, 0, other, written );
        ok( hr == S_OK, "%#lx\n", hr );
        read_state( &vm, 0, other );
        ok( !memcmp( other, page, PAGE_SIZE ), "another state\n" );
    }
    /* and not by the number of another architecture's controller */
    hr = WHvGetVirtualProcessorState( vm.partition, 0, 0x80000000, other, PAGE_SIZE, &written );
    ok( hr == E_INVALIDARG, "%#lx\n", hr );
    hr = WHvSetVirtualProcessorState( vm.partition, 0, 0x80000000, other, PAGE_SIZE );
    ok( hr == E_INVALIDARG, "%#lx\n", hr );

    /* the oldest */
    written = 0;
    hr = WHvGetVirtualProcessorInterruptControllerState( vm.partition, 0, NULL, 0, &written );
    ok( hr == WHV_E_INSUFFICIENT_BUFFER && written, "size: %#lx, %u bytes\n", hr, written );
    hr = WHvGetVirtualProcessorInterruptControllerState( vm.partition, 0, other, PAGE_SIZE, &written );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = WHvSetVirtualProcessorInterruptControllerState( vm.partition, 0, other, PAGE_SIZE );
    ok( hr == S_OK, "%#lx\n", hr );
    vm_destroy( &vm );
}

static DWORD CALLBACK run_spinning( void *arg )
{
    struct vm *vm = arg;
    WHV_RUN_VP_EXIT_CONTEXT exit;

    return vm_run( vm, &exit ) && exit.ExitReason == WHvRunVpExitReasonCanceled;
}

/* The oldest function says that it does not want a running vp. */
static void test_running( void )
{
    static const struct vm_config config = { .apic_mode = WHvX64LocalApicEmulationModeXApic };
    static const BYTE spin[] = { 0xeb, 0xfe };
    HANDLE thread;
    struct vm vm;
    DWORD ret = 0;
    HRESULT hr;

    if (!vm_create( &vm, &config )) return;
    read_state( &vm, 0, page );
    vm_load( &vm, MODE_LONG, spin, sizeof(spin), NULL );
    thread = CreateThread( NULL, 0, run_spinning, &vm, 0, NULL );
    Sleep( 300 );
    hr = WHvSetVirtualProcessorInterruptControllerState( vm.partition, 0, page, PAGE_SIZE );
    ok( hr == WHV_E_INVALID_VP_STATE, "while it runs: %#lx\n", hr );
    hr = WHvCancelRunVirtualProcessor( vm.partition, 0, 0 );
    ok( hr == S_OK, "%#lx\n", hr );
    WaitForSingleObject( thread, INFINITE );
    GetExitCodeThread( thread, &ret );
    ok( ret, "it was not canceled\n" );
    CloseHandle( thread );
    hr = WHvSetVirtualProcessorInterruptControllerState( vm.partition, 0, page, PAGE_SIZE );
    ok( hr == S_OK, "afterwards: %#lx\n", hr );
    vm_destroy( &vm );
}

/* Everything that is set comes back, with no vp run in between. */
static void test_round_trip( void )
{
    static const struct { UINT32 number, value; } values[] =
    {
        { REG_LDR, 0x5a000000 }, { REG_SVR, 0x1f3 }, { REG_TPR, 0x40 }, { REG_ISR + 3, 0x00010000 },
        { REG_IRR + 2, 0x80000001 }, { REG_IRR + 7, 0x80000000 }, { REG_LINT0, 0x00008700 }, { REG_DIVIDE, 0xb },
        { REG_ICR, 0x000000f1 }, { REG_ICR + 1, 0x03000000 }, { REG_TIMER, 0x000100ee },
    };
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!create( &vm, WHvX64LocalApicEmulationModeXApic, 2 )) return;
    read_state( &vm, 1, page );
    for (i = 0; i < ARRAY_COUNT(values); i++) set( page, values[i].number, values[i].value );
    hr = write_state( &vm, 1, page );
    ok( hr == S_OK, "%#lx\n", hr );
    read_state( &vm, 1, other );
    for (i = 0; i < ARRAY_COUNT(values); i++)
        ok( get( other, values[i].number ) == values[i].value, "register %#x: %#x for %#x\n", values[i].number,
            get( other, values[i].number ), values[i].value );
    ok( get( other, REG_ID ) == 1 << 24, "id %#x\n", get( other, REG_ID ));
    ok( get( other, REG_PPR ) == 0x70, "PPR %#x\n", get( other, REG_PPR ));
    hr = write_state( &vm, 1, other );
    ok( hr == S_OK, "%#lx\n", hr );
    read_state( &vm, 1, page );
    for (i = 0; i < PAGE_SIZE / 16; i++)
        ok( get( page, i ) == get( other, i ), "register %#x: %#x after %#x\n", i, get( page, i ), get( other, i ));

    /* to another vp, with that one's id */
    set( page, REG_ID, 0 );
    hr = write_state( &vm, 0, page );
    ok( hr == S_OK, "%#lx\n", hr );
    read_state( &vm, 0, other );
    ok( !memcmp( page, other, sizeof(page) ), "differs after a move\n" );
    vm_destroy( &vm );
}

static void test_timer( void )
{
    UINT32 first, second;
    struct vm vm;
    HRESULT hr;

    if (!create( &vm, WHvX64LocalApicEmulationModeXApic, 1 )) return;
    read_state( &vm, 0, page );
    set( page, REG_SVR, 0x1ff );
    set( page, REG_TIMER, 0x10040 );            /* one-shot, masked */
    set( page, REG_DIVIDE, 0xa );               /* by 128 */
    set( page, REG_INITIAL, 0x80000000 );
    set( page, REG_CURRENT, 0x40000000 );
    hr = write_state( &vm, 0, page );
    ok( hr == S_OK, "%#lx\n", hr );
    read_state( &vm, 0, page );
    first = get( page, REG_CURRENT );
    ok( first <= 0x40000000 && first > 0x3c000000, "count %#x\n", first );
    ok( get( page, REG_INITIAL ) == 0x80000000, "initial count %#x\n", get( page, REG_INITIAL ));

    hr = WHvSuspendPartitionTime( vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );
    read_state( &vm, 0, page );
    first = get( page, REG_CURRENT );
    Sleep( 200 );
    read_state( &vm, 0, page );
    second = get( page, REG_CURRENT );
    ok( first == second, "suspended, and counted from %#x to %#x\n", first, second );
    hr = WHvResumePartitionTime( vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );
    read_state( &vm, 0, page );
    first = get( page, REG_CURRENT );
    ok( first <= second, "gone on: %#x after %#x\n", first, second );
    Sleep( 200 );
    read_state( &vm, 0, page );
    ok( get( page, REG_CURRENT ) < first, "stands at %#x\n", first );
    vm_destroy( &vm );
}

/* Whatever a page holds: it is refused, or what comes back can be set again. */
static void test_wild( void )
{
    UINT32 i, round, seed = 1;
    struct vm vm;
    HRESULT hr;

    if (!create( &vm, WHvX64LocalApicEmulationModeX2Apic, 1 )) return;
    for (round = 0; round < 60; round++)
    {
        if (round == 30) set_base( &vm, 0, get_base( &vm, 0 ) | APIC_BASE_X2APIC );
        for (i = 0; i < PAGE_SIZE / 4; i++)
        {
            seed = seed * 1664525 + 1013904223;
            page[i] = round % 30 ? seed ^ seed >> 15 : ~0u;
        }
        if (round % 3) set( page, REG_ID, 0 );
        if (round % 3 == 1) set( page, REG_TIMER, 0x10000 );
        hr = write_state( &vm, 0, page );
        read_state( &vm, 0, page );
        if (hr == S_OK)
        {
            hr = write_state( &vm, 0, page );
            ok( hr == S_OK, "round %u: %#lx for what was read\n", round, hr );
        }
    }
    vm_destroy( &vm );
}

static void test_x2apic( void )
{
    struct vm vm;
    HRESULT hr;

    if (!create( &vm, WHvX64LocalApicEmulationModeX2Apic, 2 )) return;
    set_base( &vm, 1, get_base( &vm, 1 ) | APIC_BASE_X2APIC );
    read_state( &vm, 1, page );
    ok( get( page, REG_ID ) == 1 || get( page, REG_ID ) == 1 << 24, "id %#x\n", get( page, REG_ID ));
    ok( get( page, REG_LDR ) == 2, "LDR %#x\n", get( page, REG_LDR ));
    set( page, REG_SVR, 0x1ff );
    set( page, REG_ICR + 1, 0x12345678 );
    hr = write_state( &vm, 1, page );
    ok( hr == S_OK, "%#lx\n", hr );
    read_state( &vm, 1, other );
    ok( !memcmp( page, other, sizeof(page) ), "differs after a round\n" );
    /* QEMU knows only this place */
    set( page, REG_ID, 1 << 24 );
    hr = write_state( &vm, 1, page );
    ok( hr == S_OK, "%#lx\n", hr );
    read_state( &vm, 1, page );
    ok( get( page, REG_ID ) == get( other, REG_ID ), "id %#x\n", get( page, REG_ID ));
    vm_destroy( &vm );
}

static UINT32 find_targets( struct vm *vm, UINT64 destination, UINT32 mode )
{
    UINT32 targets[4], count = 77, i, ret = 0;
    HRESULT hr;

    hr = WHvGetInterruptTargetVpSet( vm->partition, destination, mode, targets, 4, &count );
    ok( hr == S_OK, "%#llx, mode %u: %#lx\n", destination, mode, hr );
    ok( hr != S_OK || count <= 4, "%u targets\n", count );
    for (i = 0; hr == S_OK && i < count && i < 4; i++) ret |= 1 << targets[i];
    return ret;
}

static void test_targets( void )
{
    UINT32 targets[4], count, i;
    struct vm vm;
    HRESULT hr;

    if (!create( &vm, WHvX64LocalApicEmulationModeXApic, 4 )) return;
    for (i = 0; i < 4; i++)
    {
        read_state( &vm, i, page );
        set( page, REG_SVR, 0x1ff );
        set( page, REG_LDR, 1u << i << 24 );
        hr = write_state( &vm, i, page );
        ok( hr == S_OK, "%#lx\n", hr );
    }
    for (i = 0; i < 4; i++)
        ok( find_targets( &vm, i, WHvX64InterruptDestinationModePhysical ) == 1u << i, "physical %u: %#x\n", i,
            find_targets( &vm, i, WHvX64InterruptDestinationModePhysical ));
    ok( find_targets( &vm, 0xff, WHvX64InterruptDestinationModePhysical ) == 0xf, "not all\n" );
    ok( find_targets( &vm, 9, WHvX64InterruptDestinationModePhysical ) == 0, "vp 9\n" );
    ok( find_targets( &vm, 0x5, WHvX64InterruptDestinationModeLogical ) == 0x5, "logical\n" );
    ok( find_targets( &vm, 0x80, WHvX64InterruptDestinationModeLogical ) == 0, "logical, nobody\n" );

    hr = WHvGetInterruptTargetVpSet( vm.partition, 0, 2, targets, 4, &count );
    ok( hr == E_INVALIDARG, "mode: %#lx\n", hr );
    hr = WHvGetInterruptTargetVpSet( vm.partition, 0, WHvX64InterruptDestinationModePhysical, targets, 3, &count );
    ok( hr == E_INVALIDARG || hr == WHV_E_INSUFFICIENT_BUFFER, "less room than vps: %#lx\n", hr );
    vm_destroy( &vm );
}

START_TEST(apic_state)
{
    if (!vm_present()) return;
    test_absent();
    test_power_on();
    test_sizes();
    test_running();
    test_round_trip();
    test_timer();
    test_wild();
    test_x2apic();
    test_targets();
}
