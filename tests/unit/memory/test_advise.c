/*
 * Unit tests: advice on guest memory, and memory of other processes that is mapped
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

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/mman.h>

#include "calls/calls.h"
#include "host/host.h"
#include "machine.h"
#include "memory/gpa_advise.h"
#include "memory/gpa_map.h"
#include "sanitizers.h"
#include "unixlib.h"
#include "vm/handle.h"

#define PAGES 16
#define GPA   0x400000
#define SIZE  (PAGES * 0x1000)
#define RWX   (WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute)

static UINT8 *memory;

static UINT8 *fresh( int rights )
{
    void *ret = mmap( NULL, SIZE, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );

    assert_ptr_not_equal( ret, MAP_FAILED );
    madvise( ret, SIZE, MADV_NOHUGEPAGE );
    return ret;
}

static int setup( void **state )
{
    machine_setup( state );
    memory = fresh( PROT_READ | PROT_WRITE );
    assert_int_equal( machine_map( memory, GPA, SIZE, RWX ), S_OK );
    return 0;
}

static int teardown( void **state )
{
    int ret = machine_teardown( state );

    munmap( memory, SIZE );
    return ret;
}

/* Bit n: page n of the memory is there. */
static UINT32 resident( const UINT8 *at )
{
    unsigned char pages[PAGES];
    UINT32 i, ret = 0;

    assert_int_equal( mincore( (void *)at, SIZE, pages ), 0 );
    for (i = 0; i < PAGES; i++) ret |= (pages[i] & 1) << i;
    return ret;
}

/* KiB that this process has locked. */
static unsigned long locked( void )
{
    unsigned long ret = ~0ul;
    char line[256];
    FILE *file = fopen( "/proc/self/status", "r" );

    assert_non_null( file );
    while (fgets( line, sizeof(line), file )) if (sscanf( line, "VmLck: %lu", &ret ) == 1) break;
    fclose( file );
    return ret;
}

static HRESULT advise( UINT32 advice, UINT64 gpa, UINT64 size, UINT32 access )
{
    WHV_ADVISE_GPA_RANGE_POPULATE populate = { .AccessType = access };
    WHV_MEMORY_RANGE_ENTRY range = { gpa, size };
    struct gpa_advise_params params = { machine.handle, &range, 1, advice, NULL, 0 };

    if (advice == WHvAdviseGpaRangeCodePopulate)
    {
        params.buffer = &populate;
        params.size = sizeof(populate);
    }
    return gpa_advise_call( &params );
}

static HRESULT populate( UINT64 gpa, UINT64 size, UINT32 access )
{
    return advise( WHvAdviseGpaRangeCodePopulate, gpa, size, access );
}

static void test_populate( void **state )
{
    UINT8 *other;

    (void)state;
    assert_int_equal( resident( memory ), 0 );
    assert_int_equal( populate( GPA + 0x1000, 0x2000, WHvMemoryAccessWrite ), S_OK );
    assert_int_equal( resident( memory ), 6 );
    /* whole pages, whatever part of them */
    assert_int_equal( populate( GPA + 0x4fff, 2, WHvMemoryAccessWrite ), S_OK );
    assert_int_equal( resident( memory ), 0x36 );
    assert_int_equal( populate( GPA, SIZE, WHvMemoryAccessWrite ), S_OK );
    assert_int_equal( resident( memory ), 0xffff );

    /* over two ranges, one of which the guest may only read */
    other = fresh( PROT_READ );
    assert_int_equal( machine_map( other, GPA + SIZE, SIZE, WHvMapGpaRangeFlagRead ), S_OK );
    assert_int_equal( populate( GPA + SIZE - 0x1000, 0x3000, WHvMemoryAccessWrite ), S_OK );
    assert_int_equal( populate( GPA, 2 * SIZE, WHvMemoryAccessRead ), S_OK );
    assert_int_equal( populate( GPA, 2 * SIZE, WHvMemoryAccessExecute ), S_OK );
    machine_map( NULL, GPA + SIZE, SIZE, 0 );
    munmap( other, SIZE );
}

static void test_errors( void **state )
{
    static const struct { UINT64 gpa, size; } unmapped[] =
    {
        { GPA - 1, 2 }, { GPA, SIZE + 1 }, { GPA + SIZE, 1 }, { 0x7000000000, 0x1000 },
        { ~0ull - 0xfff, 0x1000 }, { 0xfffffffffffff000, 0xfff }, { 0, 1ull << 63 },
    };
    WHV_ADVISE_GPA_RANGE_POPULATE advice = { .AccessType = 0 };
    WHV_MEMORY_RANGE_ENTRY ranges[2] = { { GPA, SIZE }, { GPA + SIZE, SIZE } };
    struct gpa_advise_params params = { machine.handle, ranges, 2, WHvAdviseGpaRangeCodePopulate, &advice,
                                        sizeof(advice) };
    UINT32 i;

    (void)state;
    for (i = 0; i < sizeof(unmapped) / sizeof(unmapped[0]); i++)
        assert_int_equal( populate( unmapped[i].gpa, unmapped[i].size, WHvMemoryAccessWrite ),
                          WHV_E_GPA_RANGE_NOT_FOUND );
    for (i = WHvAdviseGpaRangeCodePin; i <= WHvAdviseGpaRangeCodeUnpin; i++)
    {
        assert_int_equal( advise( i, GPA, SIZE + 0x1000, 0 ), WHV_E_GPA_RANGE_NOT_FOUND );
        assert_int_equal( advise( i, GPA + 1, 0x1000, 0 ), E_INVALIDARG );
        assert_int_equal( advise( i, GPA, 0xfff, 0 ), E_INVALIDARG );
    }
    /* all or nothing */
    advice.AccessType = WHvMemoryAccessWrite;
    assert_int_equal( gpa_advise_call( &params ), WHV_E_GPA_RANGE_NOT_FOUND );
    assert_int_equal( resident( memory ), 0 );
    params.ranges = NULL;
    assert_int_equal( gpa_advise_call( &params ), E_POINTER );
    params.count = 0;
    assert_int_equal( gpa_advise_call( &params ), E_INVALIDARG );
    params.partition = NULL;
    assert_int_equal( gpa_advise_call( &params ), E_HANDLE );

    assert_int_equal( populate( GPA, 0, 0 ), E_INVALIDARG );
    assert_int_equal( populate( ~0ull, 2, 0 ), E_INVALIDARG );
    assert_int_equal( populate( GPA, SIZE, 3 ), E_INVALIDARG );
    assert_int_equal( advise( 3, GPA, SIZE, 0 ), E_INVALIDARG );
    /* memory that has gone, or was never to be touched */
    assert_int_equal( mprotect( memory + 0x3000, 0x1000, PROT_NONE ), 0 );
    assert_int_equal( populate( GPA, SIZE, WHvMemoryAccessRead ), E_ACCESSDENIED );
    munmap( memory + 0x3000, 0x1000 );
    assert_int_equal( populate( GPA, SIZE, WHvMemoryAccessWrite ), E_ACCESSDENIED );
    assert_int_equal( populate( GPA, 0x3000, WHvMemoryAccessWrite ), S_OK );
}

static void test_pin( void **state )
{
    unsigned long before = locked();
    UINT8 *own = fresh( PROT_READ | PROT_WRITE );

    (void)state;
    NOT_WITH_ASAN();
    /* what this test needs is little: 64 KiB that may be locked are everywhere */
    assert_int_equal( advise( WHvAdviseGpaRangeCodeUnpin, GPA, SIZE, 0 ), S_OK );
    assert_int_equal( advise( WHvAdviseGpaRangeCodePin, GPA, 0x4000, 0 ), S_OK );
    assert_int_equal( resident( memory ) & 0xf, 0xf );
    assert_int_equal( locked(), before + 16 );
    assert_int_equal( advise( WHvAdviseGpaRangeCodeUnpin, GPA, 0x1000, 0 ), S_OK );
    assert_int_equal( locked(), before + 12 );
    /* what is no longer mapped is no longer kept, and what is still mapped is */
    assert_int_equal( machine_map( NULL, GPA + 0x1000, 0x1000, 0 ), S_OK );
    assert_int_equal( locked(), before + 8 );
    assert_int_equal( machine_map( own, GPA + 0x2000, 0x1000, RWX ), S_OK );
    assert_int_equal( locked(), before + 4 );
    assert_int_equal( machine_map( NULL, GPA, SIZE, 0 ), S_OK );
    assert_int_equal( locked(), before );

    /* what the client has locked itself is its own */
    assert_int_equal( mlock( own, 0x1000 ), 0 );
    assert_int_equal( machine_map( own, GPA, SIZE, RWX ), S_OK );
    assert_int_equal( advise( WHvAdviseGpaRangeCodeUnpin, GPA, SIZE, 0 ), S_OK );
    assert_int_equal( locked(), before + 4 );
    /* ... also what it locks when all that was pinned has been unpinned */
    assert_int_equal( advise( WHvAdviseGpaRangeCodePin, GPA, 0x3000, 0 ), S_OK );
    assert_int_equal( advise( WHvAdviseGpaRangeCodeUnpin, GPA, SIZE, 0 ), S_OK );
    assert_int_equal( locked(), before );
    assert_int_equal( mlock( own, 0x1000 ), 0 );
    assert_int_equal( machine_map( NULL, GPA, SIZE, 0 ), S_OK );
    assert_int_equal( locked(), before + 4 );
    munmap( own, SIZE );
}

static void test_deleted( void **state )
{
    unsigned long before = locked();

    (void)state;
    NOT_WITH_ASAN();
    assert_int_equal( advise( WHvAdviseGpaRangeCodePin, GPA, 0x4000, 0 ), S_OK );
    assert_int_equal( locked(), before + 16 );
    assert_int_equal( machine_teardown( state ), 0 );
    assert_int_equal( locked(), before );
}

/* KVM fills the tables of a vp that is there, where it can. */
static void test_pre_fault( void **state )
{
    struct host *host = (struct host *)machine.partition->host;

    (void)state;
    assert_int_equal( populate( GPA, SIZE, WHvMemoryAccessWrite ), S_OK );
    assert_int_equal( machine.vcpu->filled_size, 0 );
    host->pre_fault = 1;
    assert_int_equal( populate( GPA + 0x1001, 0x1000, WHvMemoryAccessWrite ), S_OK );
    assert_int_equal( machine.vcpu->filled_gpa, GPA + 0x1000 );
    assert_int_equal( machine.vcpu->filled_size, 0x2000 );
    /* it is no error if it can't */
    fake_kvm_fail_function( "kvm_pre_fault", EOPNOTSUPP );
    assert_int_equal( populate( GPA, SIZE, WHvMemoryAccessWrite ), S_OK );
    fake_kvm_fail_function( "kvm_pre_fault", 0 );
    host->pre_fault = 0;
}

/* Not all at once: for so long a vp can't run. */
static void test_pre_fault_pieces( void **state )
{
    struct host *host = (struct host *)machine.partition->host;
    unsigned int before = fake_kvm_count( "kvm_pre_fault" );
    UINT64 size = (128 << 20) + 0x1000, gpa = 1ull << 32;
    void *large = mmap( NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0 );

    (void)state;
    assert_ptr_not_equal( large, MAP_FAILED );
    assert_int_equal( machine_map( large, gpa, size, RWX ), S_OK );
    host->pre_fault = 1;
    assert_int_equal( populate( gpa, size, WHvMemoryAccessRead ), S_OK );
    assert_int_equal( fake_kvm_count( "kvm_pre_fault" ), before + 3 );
    assert_int_equal( machine.vcpu->filled_gpa, gpa + size - 0x1000 );
    assert_int_equal( machine.vcpu->filled_size, 0x1000 );
    /* what could not be brought in is not asked of KVM */
    munmap( large, size );
    assert_int_equal( populate( gpa, size, WHvMemoryAccessRead ), E_ACCESSDENIED );
    assert_int_equal( fake_kvm_count( "kvm_pre_fault" ), before + 3 );
    host->pre_fault = 0;
}

/* ---- views ---- */

static BOOL is_mapped( const void *at )
{
    unsigned char page;

    return !mincore( (void *)at, 0x1000, &page );
}

static void test_view( void **state )
{
    UINT8 *view = fresh( PROT_READ | PROT_WRITE );
    struct gpa_map *map = &machine.partition->gpa;

    (void)state;
    /* it is the caller's unless it has been taken */
    assert_int_equal( gpa_map_view( map, view, GPA + 1, SIZE, RWX ), E_INVALIDARG );
    assert_true( is_mapped( view ) );
    assert_int_equal( gpa_map_view( map, view, 0x800000, SIZE, RWX ), S_OK );
    /* in three ranges, then in two, one, none */
    assert_int_equal( machine_map( NULL, 0x804000, 0x1000, 0 ), S_OK );
    assert_int_equal( machine_map( memory, 0x808000, 0x1000, RWX ), S_OK );
    assert_ptr_equal( gpa_to_host( map, 0x80f000, NULL ), view + 0xf000 );
    assert_int_equal( machine_map( NULL, 0x800000, 0x5000, 0 ), S_OK );
    assert_int_equal( machine_map( NULL, 0x800000, 0x8000, 0 ), S_OK );
    assert_true( is_mapped( view ) );
    assert_int_equal( machine_map( memory, 0x800000, SIZE, RWX ), S_OK );
    assert_false( is_mapped( view ) );

    view = fresh( PROT_READ | PROT_WRITE );
    assert_int_equal( gpa_map_view( map, view, 0x800000, SIZE, RWX ), S_OK );
    assert_int_equal( machine_teardown( state ), 0 );
    assert_false( is_mapped( view ) );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_populate, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_errors, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_pin, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_deleted, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_pre_fault, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_pre_fault_pieces, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_view, setup, teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
