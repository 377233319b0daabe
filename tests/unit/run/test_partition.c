/*
 * Partitions: life, handles
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

#include "calls/calls.h"
#include "host/array.h"
#include "machine.h"
#include "run/partition_life.h"
#include "run/run.h"
#include "run/vp_life.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/vp.h"

#define INVALID_STATE       ((HRESULT)0x8007139f)
#define NO_RESOURCES        ((HRESULT)0x800705aa)
#define MAX_PARTITIONS      4096

/* ---- handles ---- */

/* Everything that takes one; all must refuse this. */
static void check_bad_handle( WHV_PARTITION_HANDLE handle )
{
    WHV_REGISTER_NAME name = WHvX64RegisterRax;
    WHV_REGISTER_VALUE value = { .Reg64 = 0 };
    WHV_TRANSLATE_GVA_RESULT translated;
    WHV_CPUID_OUTPUT cpuid;
    UINT8 data[224];
    UINT64 gpa, count = 1;
    struct gpa_map_params map = { handle, machine.memory, 0, 0x1000, 7, 0, 0 };
    struct gpa_query_dirty_params dirty = { handle, 0, 0x1000, NULL, 0 };
    struct gpa_access_params access = { handle, 0, 6, data, 0, 1, 0 };
    struct translate_gva_params translate = { handle, 0, &translated, &gpa, 0, 0 };
    struct vp_registers_params registers = { handle, &name, &value, 0, 1 }, none = { handle, NULL, NULL, 0, 0 };
    struct vp_state_params state = { handle, data, NULL, 0, WHvVirtualProcessorStateTypeXsaveState, sizeof(data) };
    struct vp_get_cpuid_params get_cpuid = { handle, &cpuid, 0, 0, 0 };
    struct partition *partition;
    struct vp *vp;

    assert_int_equal( partition_lock( handle, &partition ), E_HANDLE );
    assert_int_equal( partition_peek_vp( handle, 0, &vp ), E_HANDLE );
    assert_int_equal( partition_find_vp( handle, 0, &vp ), E_HANDLE );
    assert_int_equal( partition_lock_vp( handle, 0, &vp ), E_HANDLE );
    assert_int_equal( partition_setup( handle ), E_HANDLE );
    assert_int_equal( partition_reset( handle ), E_HANDLE );
    assert_int_equal( partition_delete( handle ), E_HANDLE );
    assert_int_equal( partition_set_property( handle, WHvPartitionPropertyCodeProcessorCount, &count, 4 ),
                      E_HANDLE );
    assert_int_equal( vp_create( handle, 0 ), E_HANDLE );
    assert_int_equal( vp_delete( handle, 0 ), E_HANDLE );
    assert_int_equal( vp_cancel( handle, 0 ), E_HANDLE );
    assert_int_equal( vp_run( handle, 0, data, sizeof(data) ), E_HANDLE );
    vp_abandoned( handle, 0 );
    assert_int_equal( gpa_map_call( &map ), E_HANDLE );
    assert_int_equal( gpa_unmap_call( &map ), E_HANDLE );
    assert_int_equal( gpa_query_dirty_call( &dirty ), E_HANDLE );
    assert_int_equal( gpa_access_call( &access ), E_HANDLE );
    assert_int_equal( translate_gva_call( &translate ), E_HANDLE );
    assert_int_equal( vp_get_registers_call( &registers ), E_HANDLE );
    assert_int_equal( vp_set_registers_call( &registers ), E_HANDLE );
    assert_int_equal( vp_get_registers_call( &none ), E_HANDLE );
    assert_int_equal( vp_set_registers_call( &none ), E_HANDLE );
    assert_int_equal( vp_get_state_call( &state ), E_HANDLE );
    assert_int_equal( vp_set_state_call( &state ), E_HANDLE );
    assert_int_equal( vp_get_cpuid_call( &get_cpuid ), E_HANDLE );
}

static void test_handles( void **state )
{
    uintptr_t good = (uintptr_t)machine.handle;
    WHV_PARTITION_HANDLE old = machine.handle;
    UINT32 i;

    check_bad_handle( NULL );
    check_bad_handle( (void *)~(uintptr_t)0 );
    check_bad_handle( state );
    check_bad_handle( machine.partition );
    for (i = 0; i < 64; i++)
    {
        check_bad_handle( (void *)((uintptr_t)1 << i) );
        check_bad_handle( (void *)(good ^ (uintptr_t)1 << i) );
    }
    /* a deleted one, and one whose place has been taken */
    assert_int_equal( machine_teardown( state ), 0 );
    check_bad_handle( old );
    assert_int_equal( machine_setup( state ), 0 );
    assert_ptr_not_equal( machine.handle, old );
    check_bad_handle( old );
    assert_int_equal( vp_cancel( machine.handle, 0 ), S_OK );
}

static void test_indices( void **state )
{
    static const UINT32 bad[] = { 1, 2, 63, 4095, 4096, 0x7fffffff, 0xffffffff };
    WHV_REGISTER_NAME name = WHvX64RegisterRax;
    WHV_REGISTER_VALUE value = { .Reg64 = 0 };
    UINT8 data[224];
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(bad); i++)
    {
        struct vp_registers_params registers = { machine.handle, &name, &value, bad[i], 1 };
        struct gpa_access_params access = { machine.handle, 0, 6, data, bad[i], 1, 0 };

        assert_int_equal( vp_run( machine.handle, bad[i], data, sizeof(data) ), WHV_E_VP_DOES_NOT_EXIST );
        assert_int_equal( vp_delete( machine.handle, bad[i] ), WHV_E_VP_DOES_NOT_EXIST );
        assert_int_equal( vp_get_registers_call( &registers ), WHV_E_VP_DOES_NOT_EXIST );
        assert_int_equal( vp_set_registers_call( &registers ), WHV_E_VP_DOES_NOT_EXIST );
        assert_int_equal( gpa_access_call( &access ), WHV_E_VP_DOES_NOT_EXIST );
        if (bad[i] > 1) assert_int_equal( vp_create( machine.handle, bad[i] ), E_INVALIDARG );
    }
}

/* ---- life ---- */

static void test_order( void **state )
{
    (void)state;
    assert_int_equal( partition_create( &machine.handle ), S_OK );
    assert_int_equal( vp_create( machine.handle, 0 ), E_INVALIDARG );
    assert_int_equal( vp_run( machine.handle, 0, &machine.exit, 224 ), WHV_E_VP_DOES_NOT_EXIST );
    assert_int_equal( machine_map( &machine, 0, 0x1000, 7 ), E_INVALIDARG );
    assert_int_equal( machine_map( NULL, 0, 0x1000, 0 ), E_INVALIDARG );
    assert_int_equal( partition_reset( machine.handle ), INVALID_STATE );
    assert_int_equal( partition_setup( machine.handle ), WHV_E_INVALID_PARTITION_CONFIG );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeProcessorCount, 0 ), E_INVALIDARG );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeProcessorCount, 4097 ), E_INVALIDARG );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeProcessorCount, 1 ), S_OK );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeProcessorFeatures, ~0ull ), S_OK );
    assert_int_equal( partition_setup( machine.handle ), ERROR_HV_CPUID_FEATURE_VALIDATION );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeProcessorFeatures, 1 ), S_OK );
    assert_int_equal( fake_kvm_open_fds(), 1 );
    assert_int_equal( partition_setup( machine.handle ), S_OK );
    assert_int_equal( partition_setup( machine.handle ), E_INVALIDARG );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeProcessorCount, 1 ), E_INVALIDARG );
    assert_int_equal( partition_reset( machine.handle ), S_OK );
    assert_int_equal( fake_kvm_open_fds(), 2 );
    /* deleted in every state, with and without what belongs to it */
    assert_int_equal( partition_delete( machine.handle ), S_OK );
    assert_int_equal( partition_create( &machine.handle ), S_OK );
    assert_int_equal( partition_delete( machine.handle ), S_OK );
    machine.handle = NULL;
}

/* The objects are used again, what was in them is not. */
static void test_again( void **state )
{
    struct partition *partition = machine.partition;
    UINT32 i;

    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
    machine_queue( (struct fake_exit)FAKE_EMULATED_IN( 0x60, 1, 1 ) );
    machine_run();
    assert_int_equal( vp_cancel( machine.handle, 0 ), S_OK );
    assert_int_equal( vp_cancel( machine.handle, 1 ), S_OK );
    assert_int_equal( machine_teardown( state ), 0 );

    for (i = 0; i < 3; i++)
    {
        machine_create( 1 );
        assert_ptr_equal( machine.partition, partition );
        assert_int_equal( machine.partition->props.extended_exits, 0 );
        assert_int_equal( partition_setup( machine.handle ), S_OK );
        assert_int_equal( machine.partition->gpa.count, 0 );
        machine_map_memory();
        assert_int_equal( vp_cancel( machine.handle, 0 ), WHV_E_VP_DOES_NOT_EXIST );
        assert_int_equal( vp_cancel( machine.handle, 1 ), WHV_E_VP_DOES_NOT_EXIST );
        assert_int_equal( vp_create( machine.handle, 1 ), E_INVALIDARG );
        machine_create_vp();
        machine_queue( (struct fake_exit)FAKE_HLT );
        assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
        assert_int_equal( machine_regs()->rip, 0xfff1 );
        if (i < 2) assert_int_equal( machine_teardown( state ), 0 );
    }
}

static void test_many( void **state )
{
    static WHV_PARTITION_HANDLE handles[MAX_PARTITIONS];
    WHV_PARTITION_HANDLE more = &machine;
    struct partition *partition;
    UINT32 i, count = 2;

    (void)state;
    for (i = 0; i < MAX_PARTITIONS; i++)
    {
        assert_int_equal( partition_create( &handles[i] ), S_OK );
        if (i % 64) continue;
        assert_int_equal( partition_set_property( handles[i], WHvPartitionPropertyCodeProcessorCount, &count, 4 ),
                          S_OK );
        assert_int_equal( partition_setup( handles[i] ), S_OK );
        assert_int_equal( vp_create( handles[i], 1 ), S_OK );
    }
    assert_int_equal( partition_create( &more ), NO_RESOURCES );
    assert_ptr_equal( more, &machine );
    assert_int_equal( fake_kvm_open_fds(), 1 + 2 * MAX_PARTITIONS / 64 );
    for (i = 0; i < MAX_PARTITIONS; i++)
    {
        assert_int_equal( partition_lock( handles[i], &partition ), S_OK );
        partition_unlock( partition );
    }
    for (i = 0; i < MAX_PARTITIONS; i++)
        assert_int_equal( partition_delete( handles[(i * 17) % MAX_PARTITIONS] ), S_OK );
    assert_int_equal( partition_create( &more ), S_OK );
    assert_int_equal( partition_delete( more ), S_OK );
}

static void test_ranges( void **state )
{
    static const struct { UINT64 gpa, size; UINT32 flags; } bad[] =
    {
        { 0x100001, 0x1000, 7 }, { 0x100800, 0x1000, 7 }, { 0x100000, 0x800, 7 }, { 0x100000, 0, 7 },
        { ~0xfffull, 0x2000, 7 }, { 0x100000, ~0xfffull, 7 }, { 1ull << 39, 0x1000, 7 },
        { (1ull << 39) - 0x1000, 0x2000, 7 }, { 0x100000, 0x1000, 2 }, { 0x100000, 0x1000, 0x80000007 },
        { 0x100000, 0x1000, 16 },
    };
    UINT32 i, slots = fake_kvm_slot_count( fake_kvm_vm() );

    (void)state;
    for (i = 0; i < ARRAY_SIZE(bad); i++)
    {
        assert_int_equal( machine_map( machine.memory, bad[i].gpa, bad[i].size, bad[i].flags ), E_INVALIDARG );
        if (bad[i].flags == 7) assert_int_equal( machine_map( NULL, bad[i].gpa, bad[i].size, 0 ), E_INVALIDARG );
    }
    assert_int_equal( machine_map( machine.memory + 1, 0x100000, 0x1000, 7 ), E_INVALIDARG );
    assert_int_equal( machine_map( (void *)~0xfffull, 0x100000, 0x2000, 7 ), E_INVALIDARG );
    assert_int_equal( fake_kvm_slot_count( fake_kvm_vm() ), slots );
    assert_int_equal( machine_map( machine.memory, (1ull << 39) - 0x1000, 0x1000, 7 ), S_OK );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_handles, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_indices, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_order, machine_no_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_again, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_ranges, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_many, machine_no_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
