/*
 * Doorbells, and notification ports of that type
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

#include "doorbells.h"

static void test_errors( void )
{
    static const struct { UINT64 value; UINT32 length, on_value, on_length, reserved; HRESULT hr; } rows[] =
    {
        { 0, 0, 0, 0, 0, S_OK },             { 0, 1, 0, 1, 0, S_OK },             { 0, 2, 0, 1, 0, S_OK },
        { 0, 4, 0, 1, 0, S_OK },             { 0, 8, 0, 1, 0, S_OK },             { 5, 4, 1, 1, 0, S_OK },
        { 0, 4, 1, 1, 0, S_OK },
        { 0, 0, 0, 0, 1, E_INVALIDARG },     { 0, 4, 0, 1, 1 << 29, E_INVALIDARG },
        { 0, 4, 0, 0, 0, E_INVALIDARG },     { 0, 0, 1, 0, 0, E_INVALIDARG },     { 1, 0, 0, 0, 0, E_INVALIDARG },
        { 1, 4, 0, 1, 0, E_INVALIDARG },     { 0, 0, 0, 1, 0, E_INVALIDARG },     { 0, 3, 0, 1, 0, E_INVALIDARG },
        { 0, 16, 0, 1, 0, E_INVALIDARG },
    };
    static const struct { UINT32 offset, length; HRESULT hr; } ends[] =
    {
        { 0xfff, 1, S_OK }, { 0xfff, 2, E_INVALIDARG }, { 0xffd, 4, E_INVALIDARG }, { 0xffc, 4, S_OK },
        { 0xff9, 8, E_INVALIDARG }, { 0xff8, 8, S_OK },
    };
    HANDLE event = make_event(), other;
    WHV_NOTIFICATION_PORT_HANDLE port;
    WHV_DOORBELL_MATCH_DATA match;
    WHV_PARTITION_HANDLE partition;
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    for (i = 0; i < ARRAY_COUNT(rows); i++)
    {
        match = make_match( HOLE_GPA, rows[i].value, rows[i].length, rows[i].on_value, rows[i].on_length );
        match.Reserved = rows[i].reserved;
        hr = WHvRegisterPartitionDoorbellEvent( vm.partition, &match, event );
        ok( hr == rows[i].hr, "row %u: %#lx\n", i, hr );
        hr = WHvUnregisterPartitionDoorbellEvent( vm.partition, &match );
        ok( hr == (SUCCEEDED(rows[i].hr) ? S_OK : HR_NOT_FOUND), "row %u: unregister %#lx\n", i, hr );
        hr = create_port( &vm, match, event, &port );
        ok( hr == rows[i].hr, "row %u: port %#lx\n", i, hr );
        if (SUCCEEDED(hr))
        {
            hr = WHvUnregisterPartitionDoorbellEvent( vm.partition, &match );
            ok( hr == HR_NOT_FOUND, "row %u: a port's %#lx\n", i, hr );
            hr = WHvDeleteNotificationPort( vm.partition, port );
            ok( hr == S_OK, "row %u: delete %#lx\n", i, hr );
        }
        hr = WHvDeleteNotificationPort( vm.partition, port );
        ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "row %u: delete again %#lx\n", i, hr );
    }

    /* no store of the guest's that is one on two pages */
    for (i = 0; i < ARRAY_COUNT(ends); i++)
    {
        match = make_match( HOLE_GPA + ends[i].offset, 0, ends[i].length, LENGTH );
        hr = WHvRegisterPartitionDoorbellEvent( vm.partition, &match, event );
        ok( hr == ends[i].hr || broken( FAILED(hr) ), "end %u: %#lx\n", i, hr );
        if (SUCCEEDED(hr)) WHvUnregisterPartitionDoorbellEvent( vm.partition, &match );
        hr = create_port( &vm, match, event, &port );
        ok( hr == ends[i].hr || broken( FAILED(hr) ), "end %u: port %#lx\n", i, hr );
        if (SUCCEEDED(hr)) WHvDeleteNotificationPort( vm.partition, port );
    }

    match = make_match( HOLE_GPA, 0, 4, LENGTH );
    hr = WHvRegisterPartitionDoorbellEvent( NULL, &match, event );
    ok( hr == E_HANDLE || broken( FAILED(hr) ), "no partition: %#lx\n", hr );
    hr = WHvRegisterPartitionDoorbellEvent( vm.partition, &match, NULL );
    ok( hr == E_HANDLE || broken( FAILED(hr) ), "no event: %#lx\n", hr );
    hr = WHvRegisterPartitionDoorbellEvent( vm.partition, &match, (HANDLE)0xdeadbeef );
    ok( hr == E_HANDLE || broken( FAILED(hr) ), "bad event: %#lx\n", hr );
    other = CreateSemaphoreW( NULL, 0, 1, NULL );
    hr = WHvRegisterPartitionDoorbellEvent( vm.partition, &match, other );
    ok( hr == E_HANDLE || broken( FAILED(hr) ), "a semaphore: %#lx\n", hr );
    CloseHandle( other );
    hr = WHvUnregisterPartitionDoorbellEvent( vm.partition, &match );
    ok( hr == HR_NOT_FOUND, "never registered: %#lx\n", hr );
    hr = WHvUnregisterPartitionDoorbellEvent( NULL, &match );
    ok( hr == E_HANDLE || broken( FAILED(hr) ), "no partition: %#lx\n", hr );
    /* NULL crashes elsewhere */
    if (winetest_platform_is_wine)
    {
        hr = WHvRegisterPartitionDoorbellEvent( vm.partition, NULL, event );
        ok( hr == E_POINTER || broken( FAILED(hr) ), "no match data: %#lx\n", hr );
        hr = WHvUnregisterPartitionDoorbellEvent( vm.partition, NULL );
        ok( hr == E_POINTER || broken( FAILED(hr) ), "no match data: %#lx\n", hr );
        hr = create_port( &vm, match, event, NULL );
        ok( hr == E_POINTER || broken( FAILED(hr) ), "no port: %#lx\n", hr );
    }

    /* not before setup */
    hr = WHvCreatePartition( &partition );
    ok( hr == S_OK, "partition: %#lx\n", hr );
    hr = WHvRegisterPartitionDoorbellEvent( partition, &match, event );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "before setup: %#lx\n", hr );
    WHvDeletePartition( partition );
    vm_destroy( &vm );
    CloseHandle( event );
}

static void test_conflicts( void )
{
    static const struct { UINT64 value; UINT32 length, on_value, on_length; HRESULT hr; } rows[] =
    {
        { 2, 4, VALUE, S_OK },
        { 1, 4, VALUE, ERROR_HV_INVALID_PARAMETER },
        { 2, 2, VALUE, ERROR_HV_INVALID_PARAMETER },
        { 0, 4, LENGTH, ERROR_HV_INVALID_PARAMETER },
        { 0, 0, ANY, ERROR_HV_INVALID_PARAMETER },
    };
    WHV_DOORBELL_MATCH_DATA first = make_match( HOLE_GPA, 1, 4, VALUE ), match;
    WHV_NOTIFICATION_PORT_HANDLE port;
    HANDLE event = make_event();
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    hr = WHvRegisterPartitionDoorbellEvent( vm.partition, &first, event );
    ok( hr == S_OK, "first: %#lx\n", hr );
    for (i = 0; i < ARRAY_COUNT(rows); i++)
    {
        match = make_match( HOLE_GPA, rows[i].value, rows[i].length, rows[i].on_value, rows[i].on_length );
        hr = WHvRegisterPartitionDoorbellEvent( vm.partition, &match, event );
        ok( hr == rows[i].hr, "row %u: %#lx\n", i, hr );
        if (SUCCEEDED(hr)) WHvUnregisterPartitionDoorbellEvent( vm.partition, &match );
        hr = create_port( &vm, match, event, &port );
        ok( hr == rows[i].hr, "row %u: port %#lx\n", i, hr );
        if (SUCCEEDED(hr)) WHvDeleteNotificationPort( vm.partition, port );
    }
    match = make_match( HOLE_GPA + 2, 0, 0, ANY );
    hr = WHvRegisterPartitionDoorbellEvent( vm.partition, &match, event );
    ok( hr == S_OK, "another address: %#lx\n", hr );
    vm_destroy( &vm );
    CloseHandle( event );
}

/* RAX is 1122334455667788h. */
static const struct row
{
    const char *name;
    UINT32      modes, length;
    BYTE        code[8];
    UINT32      offset, size;           /* of the store */
    /* the doorbell */
    UINT32      where;
    UINT64      value;
    UINT32      bytes, on_value, on_length;
    BOOL        rings;
}
rows[] =
{
    { "8 bits",          M_ALL,      2, { 0x88, 0x07 },             0, 1, 0, 0, 1, LENGTH, TRUE },
    { "8 bits, any",     M_ALL,      2, { 0x88, 0x07 },             0, 1, 0, 0, 0, ANY, TRUE },
    { "8 bits, value",   M_ALL,      2, { 0x88, 0x07 },             0, 1, 0, 0x88, 1, VALUE, TRUE },
    { "8 bits, other",   M_ALL,      2, { 0x88, 0x07 },             0, 1, 0, 0x89, 1, VALUE, FALSE },
    { "8 of 16 bits",    M_ALL,      2, { 0x88, 0x07 },             0, 1, 0, 0, 2, LENGTH, FALSE },
    { "8 bits behind",   M_ALL,      2, { 0x88, 0x07 },             0, 1, 1, 0, 1, LENGTH, FALSE },
    { "16 bits",         M_NOT_REAL, 3, { 0x66, 0x89, 0x07 },       0, 2, 0, 0, 2, LENGTH, TRUE },
    { "16 bits, value",  M_NOT_REAL, 3, { 0x66, 0x89, 0x07 },       0, 2, 0, 0x7788, 2, VALUE, TRUE },
    { "32 bits",         M_NOT_REAL, 2, { 0x89, 0x07 },             0, 4, 0, 0, 4, LENGTH, TRUE },
    { "32 bits, any",    M_NOT_REAL, 2, { 0x89, 0x07 },             0, 4, 0, 0, 0, ANY, TRUE },
    { "32 bits, value",  M_NOT_REAL, 2, { 0x89, 0x07 },             0, 4, 0, 0x55667788, 4, VALUE, TRUE },
    { "32 bits, other",  M_NOT_REAL, 2, { 0x89, 0x07 },             0, 4, 0, 0x55667789, 4, VALUE, FALSE },
    { "32 of 64 bits",   M_NOT_REAL, 2, { 0x89, 0x07 },             0, 4, 0, 0, 8, LENGTH, FALSE },
    { "32 bits, inside", M_NOT_REAL, 3, { 0x89, 0x47, 0x10 },    0x10, 4, 0x12, 0, 2, LENGTH, FALSE },
    { "32 bits, offset", M_NOT_REAL, 3, { 0x89, 0x47, 0x10 },    0x10, 4, 0x10, 0, 4, LENGTH, TRUE },
    { "32 bits, end",    M_NOT_REAL, 6, { 0x89, 0x87, 0xfc, 0x0f }, 0xffc, 4, 0xffc, 0, 4, LENGTH, TRUE },
    { "64 bits",         M_64,       3, { 0x48, 0x89, 0x07 },       0, 8, 0, 0, 8, LENGTH, TRUE },
    { "64 bits, any",    M_64,       3, { 0x48, 0x89, 0x07 },       0, 8, 0, 0, 0, ANY, TRUE },
    { "64 bits, value",  M_64,       3, { 0x48, 0x89, 0x07 },       0, 8, 0, 0x1122334455667788, 8, VALUE, TRUE },
    { "64 bits, other",  M_64,       3, { 0x48, 0x89, 0x07 },       0, 8, 0, 0x55667788, 8, VALUE, FALSE },
    { "64 of 32 bits",   M_64,       3, { 0x48, 0x89, 0x07 },       0, 8, 0, 0, 4, LENGTH, FALSE },
};

static void check_row( struct vm *vm, enum mode mode, const struct row *row, HANDLE event )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];

    vm_default_regs( mode, regs );
    regs[RAX] = 0x1122334455667788;
    vm_load( vm, mode, row->code, row->length, regs );
    if (row->rings)
    {
        memcpy( regs, vm->before, sizeof(regs) );
        regs[RIP] += row->length;
        run_to_port( vm, END_PORT, regs );
        check_set( event );
        return;
    }
    if (!vm_run( vm, &exit )) return;
    ok( exit.ExitReason == WHvRunVpExitReasonMemoryAccess, "exit %#x\n", exit.ExitReason );
    ok( exit.MemoryAccess.AccessInfo.AccessType == WHvMemoryAccessWrite, "access %u\n",
        exit.MemoryAccess.AccessInfo.AccessType );
    ok( exit.MemoryAccess.AccessInfo.GpaUnmapped, "mapped\n" );
    ok( exit.MemoryAccess.Gpa == HOLE_GPA + row->offset, "gpa %#llx\n", exit.MemoryAccess.Gpa );
    check_vp_context( vm, &exit, vm->before );
    check_clear( event );
}

static void test_match( void )
{
    WHV_NOTIFICATION_PORT_HANDLE port;
    WHV_DOORBELL_MATCH_DATA match;
    HANDLE event = make_event();
    const struct row *row;
    enum mode mode;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    for (row = rows; row < rows + ARRAY_COUNT(rows); row++)
        for (mode = 0; mode < MODE_COUNT; mode++)
        {
            if (!(row->modes >> mode & 1)) continue;
            winetest_push_context( "%s: %s", modes[mode].name, row->name );
            match = make_match( HOLE_GPA + row->where, row->value, row->bytes, row->on_value, row->on_length );
            if (mode & 1)
            {
                hr = WHvRegisterPartitionDoorbellEvent( vm.partition, &match, event );
                ok( hr == S_OK, "register: %#lx\n", hr );
                check_row( &vm, mode, row, event );
                hr = WHvUnregisterPartitionDoorbellEvent( vm.partition, &match );
                ok( hr == S_OK, "unregister: %#lx\n", hr );
            }
            else
            {
                hr = create_port( &vm, match, event, &port );
                ok( hr == S_OK, "create: %#lx\n", hr );
                check_row( &vm, mode, row, event );
                hr = WHvDeleteNotificationPort( vm.partition, port );
                ok( hr == S_OK, "delete: %#lx\n", hr );
            }
            winetest_pop_context();
        }
    vm_destroy( &vm );
    CloseHandle( event );
}

/* Several at one address, each for a value of its own; and events of which the client has closed its handles. */
static void test_values( void )
{
    static const BYTE code[] = { 0x89, 0x07, 0xfe, 0xc0, 0x89, 0x07, 0x89, 0x07 };  /* store; inc al; store; store */
    WHV_DOORBELL_MATCH_DATA match;
    HANDLE events[2], closed;
    UINT64 regs[REG_COUNT];
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    for (i = 0; i < 2; i++)
    {
        events[i] = make_event();
        DuplicateHandle( GetCurrentProcess(), events[i], GetCurrentProcess(), &closed, 0, FALSE,
                         DUPLICATE_SAME_ACCESS );
        match = make_match( HOLE_GPA, i, 4, VALUE );
        hr = WHvRegisterPartitionDoorbellEvent( vm.partition, &match, closed );
        ok( hr == S_OK, "%u: %#lx\n", i, hr );
        CloseHandle( closed );
    }
    vm_default_regs( MODE_PROT, regs );
    regs[RAX] = 0;
    vm_load( &vm, MODE_PROT, code, sizeof(code), regs );
    memcpy( regs, vm.before, sizeof(regs) );
    regs[RAX] = 1;
    regs[RIP] += sizeof(code);
    regs[RFLAGS] = vm.before[RFLAGS] & ~0x8d4ull;
    run_to_port( &vm, END_PORT, regs );
    check_set( events[0] );
    ok( WaitForSingleObject( events[1], 10000 ) == WAIT_OBJECT_0, "not signalled\n" );
    vm_destroy( &vm );
    for (i = 0; i < 2; i++) CloseHandle( events[i] );
}

START_TEST(doorbells)
{
    if (!vm_present()) return;
    test_errors();
    test_conflicts();
    test_match();
    test_values();
}
