/*
 * Unit tests: calls with arguments that are refused
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

/* A handle that is none comes before all other errors; and what fails leaves the caller's memory as it was. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "calls/calls.h"
#include "host/array.h"
#include "machine.h"
#include "run/partition_life.h"
#include "unixlib.h"
#include "vm/handle.h"

#define PAGE 0x1000

static UINT64 buffer[64];
static const WHV_VIRTUAL_PROCESSOR_PROPERTY bad_property = { .PropertyCode = 0x7777 };
static const WHV_VIRTUAL_PROCESSOR_PROPERTY bad_node = { .PropertyCode = WHvVirtualProcessorPropertyCodeNumaNode,
                                                         .NumaNode = 0xfffe };

static struct partition_set_params    long_property = { .buffer = buffer, .size = ~0u };
static struct gpa_query_dirty_params  dirty_gpa     = { .gpa = 1, .size = PAGE, .bitmap = buffer, .bitmap_size = 8 };
static struct gpa_query_dirty_params  dirty_bitmap  = { .size = PAGE, .bitmap_size = 8 };
static struct gpa_access_params       access_size   = { .data = buffer };
static struct gpa_access_params       access_data   = { .size = 8, .controls = WHvCacheTypeWriteBack };
static struct translate_gva_params    translate     = { .flags = ~0u, .result = (void *)buffer, .gpa = buffer };
static struct translate_gva_params    no_result     = { .gpa = buffer };
static struct vp_post_message_params  no_message    = { .size = 8 };
static struct vp_post_message_params  long_message  = { .message = buffer, .size = ~0u };
static struct vp_signal_event_params  vtl           = { .vtl = 1 };
static struct request_interrupt_params no_interrupt = { .size = 32 };
static struct request_interrupt_params interrupt    = { .interrupt = buffer, .size = 1 };
static struct vp_create_params        create        = { .index = 1, .flags = 1 };
static struct vp_create_params        no_properties = { .index = 1, .count = 1 };
static struct vp_create_params        create_code   = { .index = 1, .count = 1, .properties = &bad_property };
static struct vp_create_params        create_node   = { .index = 1, .count = 1, .properties = &bad_node };
static struct vp_cancel_params        cancel        = { .flags = 1 };
static struct vp_run_params           no_exit       = { .size = 224 };
static struct vp_run_params           short_exit    = { .exit = buffer, .size = 1 };
static struct vp_registers_params     no_names      = { .count = 1, .values = (void *)buffer };
static struct vp_get_cpuid_params     no_output     = { .eax = 0 };
static struct doorbell_params         no_match      = { .context = buffer };
static struct port_create_params      no_port       = { .context = buffer };
static struct trigger_create_params   no_trigger    = { .context = buffer };
static struct trigger_params          no_parameters = { .trigger = NULL };

/* All blocks begin with the partition's handle. */
static const struct { NTSTATUS (*call)( void *args ); void *params; HRESULT hr; } rows[] =
{
    { partition_set_property_call, &long_property, E_INVALIDARG },
    { gpa_query_dirty_call, &dirty_gpa, E_INVALIDARG },
    { gpa_query_dirty_call, &dirty_bitmap, E_INVALIDARG },
    { gpa_access_call, &access_size, E_INVALIDARG },
    { gpa_access_call, &access_data, E_POINTER },
    { translate_gva_call, &translate, E_INVALIDARG },
    { translate_gva_call, &no_result, E_POINTER },
    { vp_post_message_call, &no_message, E_POINTER },
    { vp_post_message_call, &long_message, E_INVALIDARG },
    { vp_signal_event_call, &vtl, E_INVALIDARG },
    { request_interrupt_call, &no_interrupt, E_POINTER },
    { request_interrupt_call, &interrupt, E_INVALIDARG },
    { vp_create_call, &create, E_INVALIDARG },
    { vp_create_call, &no_properties, E_INVALIDARG },
    { vp_create_call, &create_code, E_INVALIDARG },
    { vp_create_call, &create_node, E_INVALIDARG },
    { vp_cancel_call, &cancel, E_INVALIDARG },
    { vp_run_call, &no_exit, E_POINTER },
    { vp_run_call, &short_exit, WHV_E_INSUFFICIENT_BUFFER },
    { vp_get_registers_call, &no_names, E_POINTER },
    { vp_set_registers_call, &no_names, E_POINTER },
    { vp_get_cpuid_call, &no_output, E_POINTER },
    { doorbell_register_call, &no_match, E_POINTER },
    { doorbell_unregister_call, &no_match, E_POINTER },
    { port_create_call, &no_port, E_POINTER },
    { trigger_create_call, &no_trigger, E_POINTER },
    { trigger_update_call, &no_parameters, E_POINTER },
};

static void check( UINT32 row, WHV_PARTITION_HANDLE handle, HRESULT expected )
{
    *(void **)rows[row].params = handle;
    if (rows[row].call( rows[row].params ) != expected) fail_msg( "row %u, handle %p", row, handle );
}

static void test_handle_first( void **state )
{
    WHV_PARTITION_HANDLE deleted;
    UINT32 i;

    (void)state;
    assert_int_equal( partition_create( &deleted ), S_OK );
    assert_int_equal( partition_delete( deleted ), S_OK );
    for (i = 0; i < ARRAY_SIZE( rows ); i++)
    {
        check( i, machine.handle, rows[i].hr );
        check( i, deleted, E_HANDLE );
        check( i, NULL, E_HANDLE );
        check( i, (void *)0x1234567890, E_HANDLE );
    }
}

/* A bitmap of more than a page, and what is around it. */
static void test_bitmap( void **state )
{
    static UINT64 bitmap[1026];
    struct gpa_query_dirty_params params = { machine.handle, 0, RAM_SIZE, bitmap + 1, sizeof(bitmap) - 16 };
    UINT32 i;

    (void)state;
    memset( bitmap, 0xcc, sizeof(bitmap) );
    /* not tracked; too far; nobody's; KVM does not want to */
    assert_int_equal( gpa_query_dirty_call( &params ), WHV_E_GPA_RANGE_NOT_FOUND );
    params.size = 1024ull * 64 * PAGE;
    assert_int_equal( gpa_query_dirty_call( &params ), WHV_E_GPA_RANGE_NOT_FOUND );
    params.partition = NULL;
    assert_int_equal( gpa_query_dirty_call( &params ), E_HANDLE );
    params.partition = machine.handle;
    assert_int_equal( machine_map( machine.memory, 0, RAM_SIZE, WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite |
                                   WHvMapGpaRangeFlagTrackDirtyPages ), S_OK );
    params.size = RAM_SIZE;
    fake_kvm_fail_function( "kvm_get_dirty_log", ENOMEM );
    assert_int_equal( gpa_query_dirty_call( &params ), E_OUTOFMEMORY );
    fake_kvm_fail_function( "kvm_get_dirty_log", 0 );
    for (i = 0; i < ARRAY_SIZE( bitmap ); i++) assert_int_equal( bitmap[i], 0xccccccccccccccccull );

    fake_kvm_touch( machine.partition->vm, PAGE );
    assert_int_equal( gpa_query_dirty_call( &params ), S_OK );
    assert_int_equal( bitmap[0], 0xccccccccccccccccull );
    assert_int_equal( bitmap[1], 2 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_handle_first, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_bitmap, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
