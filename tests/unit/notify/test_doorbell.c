/*
 * Tests of doorbells
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

/* Which doorbells can be registered beside each other; which stores ring which, at the exit and in KVM; the page that a
 * doorbell is in; what is left when one goes, in the middle of whatever. */

#include <errno.h>

#include "machine.h"
#include "memory/gpa_map.h"
#include "notify/doorbell.h"
#include "notify/objects.h"

#define PAGE 0x1000
#define NOT_FOUND ((HRESULT)0x80070490)

#define assert_hr( hr, expected ) assert_int_equal( (UINT32)(hr), (UINT32)(expected) )

/* MatchOnValue, MatchOnLength */
#define ANY     0, 0
#define LENGTH  0, 1
#define VALUE   1, 1

static WHV_DOORBELL_MATCH_DATA make_match( UINT64 gpa, UINT64 value, UINT32 length, UINT32 on_value, UINT32 on_length )
{
    WHV_DOORBELL_MATCH_DATA match = { .GuestAddress = gpa, .Value = value, .Length = length };

    match.MatchOnValue = on_value;
    match.MatchOnLength = on_length;
    return match;
}

static HRESULT add( WHV_DOORBELL_MATCH_DATA match, void *context )
{
    return doorbell_add( machine.handle, OBJECT_DOORBELL, &match, context, NULL );
}

static HRESULT removed( WHV_DOORBELL_MATCH_DATA match, void **context, UINT32 *signal )
{
    struct object_remains remains = { NULL, 0 };
    HRESULT hr = doorbell_remove( machine.handle, &match, &remains );

    if (context) *context = remains.context;
    if (signal) *signal = remains.signal;
    return hr;
}

/* What has been rung, at most one: its context. A doorbell of our own ends the wait. */
static void *rung( void )
{
    static int bell;
    WHV_DOORBELL_MATCH_DATA match = make_match( 0xfe000000, 0, 0, ANY );
    void *contexts[8], *ret = NULL;
    UINT32 count = 0, i;
    BOOL end = 0;

    assert_hr( add( match, &bell ), S_OK );
    objects_signal( doorbell_find( machine.partition, 0xfe000000, 4, 0 ) );
    while (!end)
    {
        assert_hr( objects_wait( contexts, 8, &count ), S_OK );
        for (i = 0; i < count; i++)
        {
            if (contexts[i] == &bell) end = 1;
            else
            {
                assert_null( ret );
                ret = contexts[i];
            }
        }
    }
    /* the next call says that these are done with; it has one to tell of, whose thread is this one */
    objects_signal( doorbell_find( machine.partition, 0xfe000000, 4, 0 ) );
    assert_hr( objects_wait( contexts, 8, &count ), S_OK );
    doorbell_find( machine.partition, 0xfe000000, 4, 0 )->user = 0;
    assert_hr( removed( match, NULL, NULL ), S_OK );
    return ret;
}

static int teardown( void **state )
{
    WHV_PARTITION_HANDLE handle = machine.handle;
    struct object_remains remains;
    int ret = machine_teardown( state );

    do objects_bury_one( handle, &remains );
    while (remains.context);
    return ret;
}

static void test_match_data( void **state )
{
    static const struct { UINT64 value; UINT32 length, on_value, on_length, reserved; HRESULT hr; } rows[] =
    {
        { 0, 0, 0, 0, 0, S_OK },             { 0, 1, 0, 1, 0, S_OK },             { 0, 2, 0, 1, 0, S_OK },
        { 0, 4, 0, 1, 0, S_OK },             { 0, 8, 0, 1, 0, S_OK },             { 5, 4, 1, 1, 0, S_OK },
        { 0, 4, 1, 1, 0, S_OK },             { ~0ull, 1, 1, 1, 0, S_OK },
        { 0, 0, 0, 0, 1, E_INVALIDARG },     { 0, 4, 0, 1, 1 << 29, E_INVALIDARG },
        { 0, 4, 0, 0, 0, E_INVALIDARG },     { 0, 0, 1, 0, 0, E_INVALIDARG },     { 1, 0, 0, 0, 0, E_INVALIDARG },
        { 1, 4, 0, 1, 0, E_INVALIDARG },     { 0, 0, 0, 1, 0, E_INVALIDARG },     { 0, 3, 0, 1, 0, E_INVALIDARG },
        { 0, 16, 0, 1, 0, E_INVALIDARG },
    };
    WHV_DOORBELL_MATCH_DATA match;
    int context;
    UINT32 i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    {
        match = make_match( DEVICE, rows[i].value, rows[i].length, rows[i].on_value, rows[i].on_length );
        match.Reserved = rows[i].reserved;
        assert_hr( add( match, &context ), rows[i].hr );
        assert_hr( removed( match, NULL, NULL ), SUCCEEDED(rows[i].hr) ? S_OK : NOT_FOUND );
    }
    match = make_match( DEVICE, 0, 4, LENGTH );
    assert_hr( add( match, NULL ), E_HANDLE );
    assert_hr( add( make_match( ~0ull, 0, 0, ANY ), &context ), E_INVALIDARG );
    assert_hr( doorbell_add( NULL, OBJECT_DOORBELL, &match, &context, NULL ), E_HANDLE );
    assert_int_equal( machine.partition->doorbells.count, 0 );
    assert_int_equal( machine.partition->gpa.hole_count, 0 );
    assert_false( machine.partition->props.mmio_watched );
    assert_int_equal( fake_kvm_eventfds( machine.partition->vm ), 0 );
}

static void test_conflicts( void **state )
{
    static const WHV_DOORBELL_MATCH_DATA none;
    struct { WHV_DOORBELL_MATCH_DATA first, second; HRESULT hr; } rows[] =
    {
        { make_match( DEVICE, 1, 4, VALUE ), make_match( DEVICE, 2, 4, VALUE ), S_OK },
        { make_match( DEVICE, 1, 4, VALUE ), make_match( DEVICE + 1, 1, 4, VALUE ), S_OK },
        { make_match( DEVICE, 0, 0, ANY ), make_match( DEVICE + 4, 0, 0, ANY ), S_OK },
        { make_match( DEVICE, 0, 8, LENGTH ), make_match( DEVICE + 4, 0, 4, LENGTH ), S_OK },
        { make_match( DEVICE, 1, 4, VALUE ), make_match( DEVICE, 1, 4, VALUE ), ERROR_HV_INVALID_PARAMETER },
        { make_match( DEVICE, 1, 4, VALUE ), make_match( DEVICE, 2, 2, VALUE ), ERROR_HV_INVALID_PARAMETER },
        { make_match( DEVICE, 1, 4, VALUE ), make_match( DEVICE, 0, 4, LENGTH ), ERROR_HV_INVALID_PARAMETER },
        { make_match( DEVICE, 0, 4, LENGTH ), make_match( DEVICE, 1, 4, VALUE ), ERROR_HV_INVALID_PARAMETER },
        { make_match( DEVICE, 0, 4, LENGTH ), make_match( DEVICE, 0, 4, LENGTH ), ERROR_HV_INVALID_PARAMETER },
        { make_match( DEVICE, 0, 4, LENGTH ), make_match( DEVICE, 0, 2, LENGTH ), ERROR_HV_INVALID_PARAMETER },
        { make_match( DEVICE, 0, 0, ANY ), make_match( DEVICE, 1, 4, VALUE ), ERROR_HV_INVALID_PARAMETER },
        { make_match( DEVICE, 0, 0, ANY ), make_match( DEVICE, 0, 0, ANY ), ERROR_HV_INVALID_PARAMETER },
    };
    int one, two;
    void *context;
    UINT32 i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    {
        assert_hr( add( rows[i].first, &one ), S_OK );
        assert_hr( add( rows[i].second, &two ), rows[i].hr );
        if (SUCCEEDED(rows[i].hr))
        {
            assert_hr( removed( rows[i].second, &context, NULL ), S_OK );
            assert_ptr_equal( context, &two );
        }
        assert_hr( removed( none, NULL, NULL ), NOT_FOUND );
        assert_hr( removed( rows[i].first, &context, NULL ), S_OK );
        assert_ptr_equal( context, &one );
        assert_hr( removed( rows[i].first, NULL, NULL ), NOT_FOUND );
    }
    assert_int_equal( fake_kvm_eventfds( machine.partition->vm ), 0 );
}

/* KVM is given what it can tell, and rings it. */
static void test_in_kvm( void **state )
{
    static const struct { UINT64 gpa; UINT32 length, on_length; UINT32 lengths; } rows[] =
    {
        { DEVICE, 1, 1, 1 }, { DEVICE, 2, 1, 2 }, { DEVICE, 4, 1, 4 }, { DEVICE, 8, 1, 0 }, { DEVICE, 0, 0, 7 },
        { DEVICE + 0xffc, 4, 1, 0 }, { DEVICE + 0xffb, 4, 1, 4 },
        { DEVICE + 0xfff, 1, 1, 0 }, { DEVICE + 0xffc, 0, 0, 3 },
    };
    int vm = machine.partition->vm, context;
    WHV_DOORBELL_MATCH_DATA match;
    UINT32 i, length;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    {
        match = make_match( rows[i].gpa, 0, rows[i].length, 0, rows[i].on_length );
        assert_hr( add( match, &context ), S_OK );
        for (length = 1; length <= 8; length *= 2)
            assert_int_equal( fake_kvm_bus_write( vm, rows[i].gpa, length, 77 ), !!(rows[i].lengths & length) );
        assert_ptr_equal( rung(), rows[i].lengths ? &context : NULL );
        assert_null( rung() );
        assert_hr( removed( match, NULL, NULL ), S_OK );
        assert_int_equal( fake_kvm_eventfds( vm ), 0 );
    }
    match = make_match( DEVICE, 0x1234, 2, VALUE );
    assert_hr( add( match, &context ), S_OK );
    assert_false( fake_kvm_bus_write( vm, DEVICE, 2, 0x1235 ) );
    assert_true( fake_kvm_bus_write( vm, DEVICE, 2, 0x1234 ) );
    /* what has been rung and not been told of yet is told when it goes */
    assert_hr( removed( match, NULL, &i ), S_OK );
    assert_int_equal( i, 1 );
}

/* ---- exits ---- */

static const UINT8 store_al[]  = { 0x88, 0x03 };                /* mov [rbx],al */
static const UINT8 store_eax[] = { 0x89, 0x03 };                /* mov [rbx],eax */
static const UINT8 store_rax[] = { 0x48, 0x89, 0x03 };          /* mov [rbx],rax */
static const UINT8 add_eax[]   = { 0x01, 0x03 };                /* add [rbx],eax */
static const UINT8 load_eax[]  = { 0x8b, 0x03 };                /* mov eax,[rbx] */

static void place( UINT64 gpa, const UINT8 *code, UINT32 size )
{
    machine_mode( INSN_MODE_64 );
    machine_code( CODE, code, size );
    machine_set_gpr( 3, gpa );
    machine_set_gpr( 0, 0x1122334455667788 );
}

/* A store that KVM does not look for itself: rung, and the guest goes on to its HLT. */
static void check_rings( UINT64 gpa, const UINT8 *code, UINT32 length, UINT32 size, void *context )
{
    place( gpa, code, length );
    machine_queue( (struct fake_exit)FAKE_MMIO_WRITE( gpa, size, 0x1122334455667788, length ) );
    machine_queue( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.exit.VpContext.Rip, CODE + length + 1 );
    assert_ptr_equal( rung(), context );
}

static void check_exits( UINT64 gpa, const UINT8 *code, UINT32 length, UINT32 size )
{
    place( gpa, code, length );
    assert_int_equal( machine_run_to( (struct fake_exit)FAKE_MMIO_WRITE( gpa, size, 0x1122334455667788, length ) ),
                      WHvRunVpExitReasonMemoryAccess );
    assert_int_equal( machine.exit.VpContext.Rip, CODE );
    assert_int_equal( machine.exit.MemoryAccess.Gpa, gpa );
    assert_int_equal( machine.exit.MemoryAccess.AccessInfo.AccessType, WHvMemoryAccessWrite );
    assert_true( machine.exit.MemoryAccess.AccessInfo.GpaUnmapped );
    assert_null( rung() );
    machine_regs()->rip = CODE + length;
}

static void test_exits( void **state )
{
    WHV_DOORBELL_MATCH_DATA match;
    int one, two;

    (void)state;
    match = make_match( DEVICE, 0, 8, LENGTH );
    assert_hr( add( match, &one ), S_OK );
    check_rings( DEVICE, store_rax, 3, 8, &one );
    /* again, as the straight way would have it */
    check_rings( DEVICE, store_rax, 3, 8, &one );
    check_exits( DEVICE, store_eax, 2, 4 );
    check_exits( DEVICE + 8, store_rax, 3, 8 );
    check_exits( DEVICE + PAGE, store_rax, 3, 8 );
    assert_hr( removed( match, NULL, NULL ), S_OK );
    check_exits( DEVICE, store_rax, 3, 8 );

    /* the value, cut to its length */
    match = make_match( DEVICE, 0x88, 1, VALUE );
    assert_hr( add( match, &one ), S_OK );
    assert_hr( add( make_match( DEVICE, 0x99, 1, VALUE ), &two ), S_OK );
    assert_hr( add( make_match( DEVICE, 0x7788, 1, VALUE ), &two ), S_OK );
    fake_kvm_fail_at( 0, 0 );
    check_rings( DEVICE, store_al, 2, 1, &one );
    assert_hr( removed( match, NULL, NULL ), S_OK );
    check_exits( DEVICE, store_al, 2, 1 );
}

/* KVM takes no eventfd at all: everything is found at the exit. */
static void test_without_kvm( void **state )
{
    int one;

    (void)state;
    fake_kvm_fail_function( "kvm_ioeventfd", ENOSPC );
    assert_hr( add( make_match( DEVICE, 0, 0, ANY ), &one ), S_OK );
    check_rings( DEVICE, store_eax, 2, 4, &one );
    check_rings( DEVICE, store_rax, 3, 8, &one );
    check_rings( DEVICE, store_al, 2, 1, &one );
    fake_kvm_fail_function( "kvm_ioeventfd", 0 );
}

/* Of a store that KVM shows in pieces none is one that is waited for. */
static void test_pieces( void **state )
{
    static const UINT8 movups[] = { 0x0f, 0x11, 0x03 };         /* movups [rbx],xmm0 */
    int one;

    (void)state;
    fake_kvm_fail_function( "kvm_ioeventfd", ENOSPC );
    assert_hr( add( make_match( DEVICE, 0, 8, LENGTH ), &one ), S_OK );
    assert_hr( add( make_match( DEVICE + 0xffc, 0, 0, ANY ), &one ), S_OK );
    fake_kvm_fail_function( "kvm_ioeventfd", 0 );
    memset( machine.vcpu->xsave + 160, 0, 16 );
    place( DEVICE, movups, 3 );
    assert_int_equal( machine_run_to( (struct fake_exit)FAKE_MMIO_WRITE( DEVICE, 8, 0, 3 ) ),
                      WHvRunVpExitReasonMemoryAccess );
    assert_null( rung() );
    /* four bytes of eight on the page */
    place( DEVICE + 0xffc, store_rax, 3 );
    assert_int_equal( machine_run_to( (struct fake_exit)FAKE_MMIO_WRITE( DEVICE + 0xffc, 4, 0x55667788, 3 ) ),
                      WHvRunVpExitReasonMemoryAccess );
    assert_null( rung() );
}

/* A guest that is stepping has its trap behind the store. */
static void test_step( void **state )
{
    int one;

    (void)state;
    assert_hr( add( make_match( DEVICE, 0, 8, LENGTH ), &one ), S_OK );
    place( DEVICE, store_rax, 3 );
    machine_regs()->rflags |= 0x100;
    machine_queue( (struct fake_exit)FAKE_MMIO_WRITE( DEVICE, 8, 0x1122334455667788, 3 ) );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = machine_note_entry } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_ptr_equal( rung(), &one );
    assert_true( machine.entered_events.exception.injected | machine.entered_events.exception.pending );
    assert_int_equal( machine.entered_events.exception.nr, 1 );
    assert_int_equal( machine.entered.rip, CODE + 3 );
}

/* KVM owes an instruction while the doorbell is registered: ending that does not ring, even if it stores. */
static void test_owed( void **state )
{
    static const UINT8 add_from[] = { 0x03, 0x03 };             /* add eax,[rbx] */
    int one, stores;

    (void)state;
    for (stores = 0; stores <= 1; stores++)
    {
        place( DEVICE + stores * PAGE, stores ? add_eax : add_from, 2 );
        machine_run_to( (struct fake_exit)FAKE_MMIO_READ( DEVICE + stores * PAGE, 4, FAKE_NO_REG, 2 ) );
        assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonMemoryAccess );
        assert_hr( add( make_match( DEVICE + stores * PAGE, 0, 4, LENGTH ), &one ), S_OK );
        assert_int_equal( fake_kvm_bus_write( machine.partition->vm, DEVICE + stores * PAGE, 4, 1 ), !stores );
        machine_regs()->rip = CODE + 2;
    }
}

/* A read-modify-write exits at its read, and KVM may be made to finish it: from then on it rings nothing by itself. */
static void test_read_modify_write( void **state )
{
    int vm = machine.partition->vm, one, two;

    (void)state;
    assert_hr( add( make_match( DEVICE, 0, 4, LENGTH ), &one ), S_OK );
    assert_hr( add( make_match( DEVICE + PAGE, 0, 4, LENGTH ), &two ), S_OK );
    place( DEVICE, load_eax, 2 );
    assert_int_equal( machine_run_to( (struct fake_exit)FAKE_MMIO_READ( DEVICE, 4, 0, 2 ) ),
                      WHvRunVpExitReasonMemoryAccess );
    assert_true( fake_kvm_bus_write( vm, DEVICE, 4, 1 ) );
    assert_ptr_equal( rung(), &one );
    machine_regs()->rip = CODE + 2;
    place( DEVICE, add_eax, 2 );
    assert_int_equal( machine_run_to( (struct fake_exit)FAKE_MMIO_READ( DEVICE, 4, FAKE_NO_REG, 2 ) ),
                      WHvRunVpExitReasonMemoryAccess );
    assert_false( fake_kvm_bus_write( vm, DEVICE, 4, 1 ) );
    assert_true( fake_kvm_bus_write( vm, DEVICE + PAGE, 4, 1 ) );
    assert_ptr_equal( rung(), &two );
    machine_regs()->rip = CODE + 2;
    check_rings( DEVICE, store_eax, 2, 4, &one );
}

/* ---- the page ---- */

static void test_page( void **state )
{
    struct gpa_map *map = &machine.partition->gpa;
    WHV_DOORBELL_MATCH_DATA first = make_match( DATA + 0x10, 0, 4, LENGTH ), second = make_match( DATA, 0, 4, LENGTH );
    int context, vm = machine.partition->vm;

    (void)state;
    assert_non_null( fake_kvm_slot( vm, DATA ) );
    assert_hr( add( first, &context ), S_OK );
    assert_null( fake_kvm_slot( vm, DATA ) );
    assert_null( gpa_find( map, DATA ) );
    assert_non_null( fake_kvm_slot( vm, DATA - 1 ) );
    assert_non_null( fake_kvm_slot( vm, DATA + PAGE ) );
    assert_hr( add( second, &context ), S_OK );
    assert_hr( removed( first, NULL, NULL ), S_OK );
    assert_null( fake_kvm_slot( vm, DATA ) );
    /* what is mapped meanwhile shows when the last one goes */
    assert_hr( machine_map( machine.memory, DATA, PAGE, WHvMapGpaRangeFlagRead ), S_OK );
    assert_null( fake_kvm_slot( vm, DATA ) );
    assert_hr( removed( second, NULL, NULL ), S_OK );
    assert_ptr_equal( fake_kvm_host( vm, DATA ), machine.memory );
}

/* ---- failures ---- */

static void test_failures( void **state )
{
    WHV_DOORBELL_MATCH_DATA match = make_match( DATA, 0, 0, ANY );
    int context, vm = machine.partition->vm;
    unsigned int n;
    HRESULT hr;

    (void)state;
    for (n = 1;; n++)
    {
        fake_kvm_fail_at( n, ENOMEM );
        hr = add( match, &context );
        if (fake_kvm_calls() < n) break;
        fake_kvm_fail_at( 0, 0 );
        if (SUCCEEDED(hr)) assert_hr( removed( match, NULL, NULL ), S_OK );
        assert_ptr_equal( fake_kvm_host( vm, DATA ), machine.memory + DATA );
        assert_int_equal( fake_kvm_eventfds( vm ), 0 );
        assert_int_equal( machine.partition->doorbells.count, 0 );
    }
    assert_hr( hr, S_OK );
    for (n = 1; fake_kvm_fail_at( n, ENOMEM ), FAILED(hr = removed( match, NULL, NULL )); n++)
    {
        fake_kvm_fail_at( 0, 0 );
        /* nothing has changed */
        assert_null( fake_kvm_slot( vm, DATA ) );
        assert_true( fake_kvm_bus_write( vm, DATA, 4, 1 ) );
        assert_ptr_equal( rung(), &context );
    }
    assert_true( n > 1 );
    fake_kvm_fail_at( 0, 0 );
    assert_ptr_equal( fake_kvm_host( vm, DATA ), machine.memory + DATA );
}

/* No fd, object or memslot is lost in many rounds, and none when the partition goes with live ones. */
static void test_leaks( void **state )
{
    WHV_DOORBELL_MATCH_DATA match = make_match( DATA, 0, 0, ANY );
    struct object_remains remains;
    int context, before, slots;
    UINT32 i, n;

    assert_hr( add( match, &context ), S_OK );
    assert_hr( removed( match, NULL, NULL ), S_OK );
    before = machine_open_fds();
    slots = fake_kvm_slot_count( machine.partition->vm );
    for (i = 0; i < 10000; i++)
    {
        assert_hr( add( match, &context ), S_OK );
        assert_hr( removed( match, NULL, NULL ), S_OK );
    }
    assert_int_equal( machine_open_fds(), before );
    assert_int_equal( fake_kvm_slot_count( machine.partition->vm ), slots );

    for (i = 0; i < 8; i++)
    {
        WHV_PARTITION_HANDLE handle = machine.handle;

        for (n = 0; n < 5; n++) assert_hr( add( make_match( DEVICE + 16 * n, 0, 8, LENGTH ), &context ), S_OK );
        objects_signal( doorbell_find( machine.partition, DEVICE + 32, 8, 0 ) );
        assert_int_equal( machine_teardown( state ), 0 );
        for (n = 0;; n++)
        {
            objects_bury_one( handle, &remains );
            if (!remains.context) break;
            assert_ptr_equal( remains.context, &context );
            assert_int_equal( remains.signal, n == 2 );
        }
        assert_int_equal( n, 5 );
        assert_int_equal( machine_open_fds(), before );
        machine_setup( state );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_match_data, machine_setup, teardown ),
        cmocka_unit_test_setup_teardown( test_conflicts, machine_setup, teardown ),
        cmocka_unit_test_setup_teardown( test_in_kvm, machine_setup, teardown ),
        cmocka_unit_test_setup_teardown( test_exits, machine_setup, teardown ),
        cmocka_unit_test_setup_teardown( test_without_kvm, machine_setup, teardown ),
        cmocka_unit_test_setup_teardown( test_pieces, machine_setup, teardown ),
        cmocka_unit_test_setup_teardown( test_step, machine_setup, teardown ),
        cmocka_unit_test_setup_teardown( test_owed, machine_setup, teardown ),
        cmocka_unit_test_setup_teardown( test_read_modify_write, machine_setup, teardown ),
        cmocka_unit_test_setup_teardown( test_page, machine_setup, teardown ),
        cmocka_unit_test_setup_teardown( test_failures, machine_setup, teardown ),
        cmocka_unit_test_setup_teardown( test_leaks, machine_setup, teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
