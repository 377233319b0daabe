/*
 * Tests: memory that is brought in, and memory of other processes
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

#define RWX  (WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute)
#define GPA  0x400000
#define PAGES 16
#define SIZE (PAGES * 0x1000)

/* NT's, which no header here has */
struct working_set { void *address; ULONG_PTR flags; };
static LONG (WINAPI *query_memory)( HANDLE, const void *, int, void *, SIZE_T, SIZE_T * );
static LONG (WINAPI *unmap_section)( HANDLE, void * );
static LONG (WINAPI *map_section)( HANDLE, HANDLE, void **, ULONG_PTR, SIZE_T, LARGE_INTEGER *, SIZE_T *, ULONG,
                                   ULONG, ULONG );

/* Bit n: page n is in memory. */
static UINT32 resident( BYTE *memory )
{
    struct working_set pages[PAGES];
    UINT32 i, ret = 0;
    LONG status;

    for (i = 0; i < PAGES; i++) pages[i].address = memory + i * 0x1000;
    status = query_memory( GetCurrentProcess(), NULL, 4 /* MemoryWorkingSetExInformation */, pages, sizeof(pages),
                           NULL );
    ok( !status, "NtQueryVirtualMemory: %#lx\n", status );
    for (i = 0; i < PAGES; i++) ret |= (UINT32)(pages[i].flags & 1) << i;
    return ret;
}

static void test_populate( void )
{
    WHV_MEMORY_RANGE_ENTRY ranges[2] = { { GPA + 0x1000, 0x1000 }, { GPA + 0x3fff, 2 } };
    WHV_ADVISE_GPA_RANGE_POPULATE populate;
    BYTE *memory;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    memory = VirtualAlloc( NULL, SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE );
    hr = WHvMapGpaRange( vm.partition, memory, GPA, SIZE, RWX );
    ok( hr == S_OK, "map: %#lx\n", hr );
    ok( !resident( memory ), "pages %#x before anything\n", resident( memory ) );

    memset( &populate, 0, sizeof(populate) );
    populate.AccessType = WHvMemoryAccessWrite;
    hr = WHvAdviseGpaRange( vm.partition, ranges, 2, WHvAdviseGpaRangeCodePopulate, &populate, sizeof(populate) );
    ok( hr == S_OK, "populate: %#lx\n", hr );
    ok( (resident( memory ) & 0x1a) == 0x1a, "pages %#x\n", resident( memory ) );
    ranges[0].GuestAddress = GPA;
    ranges[0].SizeInBytes = SIZE;
    hr = WHvAdviseGpaRange( vm.partition, ranges, 1, WHvAdviseGpaRangeCodePopulate, &populate, sizeof(populate) );
    ok( hr == S_OK, "populate: %#lx\n", hr );
    ok( resident( memory ) == 0xffff, "pages %#x\n", resident( memory ) );
    populate.AccessType = WHvMemoryAccessRead;
    hr = WHvAdviseGpaRange( vm.partition, ranges, 1, WHvAdviseGpaRangeCodePopulate, &populate, sizeof(populate) );
    ok( hr == S_OK, "read: %#lx\n", hr );
    populate.AccessType = WHvMemoryAccessExecute;
    populate.Flags.AsUINT32 = 3;
    hr = WHvAdviseGpaRange( vm.partition, ranges, 1, WHvAdviseGpaRangeCodePopulate, &populate, sizeof(populate) );
    ok( hr == S_OK, "execute: %#lx\n", hr );

    populate.Flags.AsUINT32 = 4;
    hr = WHvAdviseGpaRange( vm.partition, ranges, 1, WHvAdviseGpaRangeCodePopulate, &populate, sizeof(populate) );
    ok( hr == E_INVALIDARG, "reserved flag: %#lx\n", hr );
    populate.Flags.AsUINT32 = 0;
    populate.AccessType = 3;
    hr = WHvAdviseGpaRange( vm.partition, ranges, 1, WHvAdviseGpaRangeCodePopulate, &populate, sizeof(populate) );
    ok( hr == E_INVALIDARG, "access type 3: %#lx\n", hr );
    populate.AccessType = WHvMemoryAccessRead;
    ranges[1].GuestAddress = GPA + SIZE;
    hr = WHvAdviseGpaRange( vm.partition, ranges, 2, WHvAdviseGpaRangeCodePopulate, &populate, sizeof(populate) );
    ok( hr == WHV_E_GPA_RANGE_NOT_FOUND || broken( FAILED(hr) ), "not mapped: %#lx\n", hr );
    hr = WHvAdviseGpaRange( vm.partition, ranges, 2, WHvAdviseGpaRangeCodePopulate, NULL, 0 );
    ok( hr == E_POINTER || broken( FAILED(hr) ), "no parameters: %#lx\n", hr );

    VirtualFree( memory + 0x2000, 0x1000, MEM_DECOMMIT );
    hr = WHvAdviseGpaRange( vm.partition, ranges, 1, WHvAdviseGpaRangeCodePopulate, &populate, sizeof(populate) );
    ok( hr == E_ACCESSDENIED || broken( FAILED(hr) ), "memory that has gone: %#lx\n", hr );
    vm_destroy( &vm );
    VirtualFree( memory, 0, MEM_RELEASE );
}

/* While the vp runs, which does not notice. */
static DWORD CALLBACK run_to_cancel( void *arg )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    return vm_run( arg, &exit ) && exit.ExitReason == WHvRunVpExitReasonCanceled;
}

static void test_running( void )
{
    static const BYTE spin[] = { 0xeb, 0xfe };
    WHV_ADVISE_GPA_RANGE_POPULATE populate = { .AccessType = WHvMemoryAccessWrite };
    WHV_MEMORY_RANGE_ENTRY range = { GPA, SIZE };
    DWORD ret = 0;
    HANDLE thread;
    BYTE *memory;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    memory = VirtualAlloc( NULL, SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE );
    hr = WHvMapGpaRange( vm.partition, memory, GPA, SIZE, RWX );
    ok( hr == S_OK, "map: %#lx\n", hr );
    vm_load( &vm, MODE_LONG, spin, sizeof(spin), NULL );
    thread = CreateThread( NULL, 0, run_to_cancel, &vm, 0, NULL );
    Sleep( 100 );
    hr = WHvAdviseGpaRange( vm.partition, &range, 1, WHvAdviseGpaRangeCodePopulate, &populate, sizeof(populate) );
    ok( hr == S_OK, "populate: %#lx\n", hr );
    ok( resident( memory ) == 0xffff, "pages %#x\n", resident( memory ) );
    WHvCancelRunVirtualProcessor( vm.partition, 0, 0 );
    WaitForSingleObject( thread, INFINITE );
    GetExitCodeThread( thread, &ret );
    CloseHandle( thread );
    ok( ret, "it was not canceled\n" );
    vm_destroy( &vm );
    VirtualFree( memory, 0, MEM_RELEASE );
}

static void test_pin( void )
{
    WHV_MEMORY_RANGE_ENTRY ranges[2] = { { GPA + 0x1000, 0x1000 }, { GPA + 0x3000, 0x2000 } };
    WHV_ADVISE_GPA_RANGE_CODE code;
    BYTE *memory;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    memory = VirtualAlloc( NULL, SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE );
    hr = WHvMapGpaRange( vm.partition, memory, GPA, SIZE, RWX );
    ok( hr == S_OK, "map: %#lx\n", hr );
    ok( !resident( memory ), "pages %#x before anything\n", resident( memory ) );
    for (code = WHvAdviseGpaRangeCodePin; code <= WHvAdviseGpaRangeCodeUnpin; code++)
    {
        hr = WHvAdviseGpaRange( vm.partition, ranges, 0, code, NULL, 0 );
        ok( hr == E_INVALIDARG, "no ranges: %#lx\n", hr );
        ranges[1].GuestAddress = GPA + 0x3001;
        hr = WHvAdviseGpaRange( vm.partition, ranges, 2, code, NULL, 0 );
        ok( hr == E_INVALIDARG, "unaligned: %#lx\n", hr );
        ranges[1].GuestAddress = GPA + SIZE;
        hr = WHvAdviseGpaRange( vm.partition, ranges, 2, code, NULL, 0 );
        ok( hr == WHV_E_GPA_RANGE_NOT_FOUND || broken( FAILED(hr) ), "not mapped: %#lx\n", hr );
        ranges[1].GuestAddress = GPA + 0x3000;
    }
    /* what was refused has done nothing, to the first range either */
    ok( !resident( memory ), "pages %#x after refusals\n", resident( memory ) );
    hr = WHvAdviseGpaRange( vm.partition, ranges, 2, WHvAdviseGpaRangeCodePin, NULL, 0 );
    ok( hr == S_OK, "pin: %#lx\n", hr );
    ok( (resident( memory ) & 0x1a) == 0x1a, "pages %#x pinned\n", resident( memory ) );
    hr = WHvAdviseGpaRange( vm.partition, ranges, 2, WHvAdviseGpaRangeCodeUnpin, NULL, 0 );
    ok( hr == S_OK, "unpin: %#lx\n", hr );
    /* never pinned, some of it */
    ranges[0].GuestAddress = GPA;
    hr = WHvAdviseGpaRange( vm.partition, ranges, 1, WHvAdviseGpaRangeCodeUnpin, NULL, 0 );
    ok( hr == S_OK, "unpin: %#lx\n", hr );
    hr = WHvAdviseGpaRange( vm.partition, ranges, 1, 77, NULL, 0 );
    ok( hr == E_INVALIDARG, "unknown: %#lx\n", hr );
    vm_destroy( &vm );
    VirtualFree( memory, 0, MEM_RELEASE );
}

/* ---- WHvMapGpaRange2 ---- */

static HANDLE duplicate( HANDLE process, DWORD access )
{
    HANDLE ret = NULL;

    DuplicateHandle( GetCurrentProcess(), process, GetCurrentProcess(), &ret, access, FALSE, 0 );
    ok( ret != NULL, "access %#lx: error %lu\n", access, GetLastError() );
    return ret;
}

/* The guest adds to a word in the memory. */
static void check_guest_access( struct vm *vm, UINT32 *word )
{
    static const BYTE code[] = { 0xff, 0x07 };     /* inc dword [edi] */
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];

    *word = 0x12345678;
    vm_default_regs( MODE_PROT, regs );
    regs[RDI] = GPA - modes[MODE_PROT].ds_base;
    vm_load( vm, MODE_PROT, code, sizeof(code), regs );
    if (!vm_run( vm, &exit )) return;
    ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess && exit.IoPortAccess.PortNumber == END_PORT,
        "exit %#x\n", exit.ExitReason );
    ok( *word == 0x12345679, "%#x\n", *word );
}

static void test_own_process( void )
{
    static const struct { DWORD access; BOOL enough; } tests[] =
    {
        { PROCESS_VM_READ | PROCESS_VM_WRITE | PROCESS_VM_OPERATION, TRUE },
        { PROCESS_ALL_ACCESS, TRUE },
        { PROCESS_VM_READ | PROCESS_VM_WRITE, FALSE },
        { PROCESS_VM_READ | PROCESS_VM_OPERATION, FALSE },
        { PROCESS_VM_WRITE | PROCESS_VM_OPERATION, FALSE },
        { SYNCHRONIZE, FALSE },
    };
    HANDLE process, event;
    BYTE *memory;
    struct vm vm;
    HRESULT hr, bad;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    memory = VirtualAlloc( NULL, SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE );
    for (i = 0; i <= ARRAY_COUNT(tests); i++)
    {
        winetest_push_context( "access %#lx", i ? tests[i - 1].access : 0 );
        process = i ? duplicate( GetCurrentProcess(), tests[i - 1].access ) : GetCurrentProcess();
        hr = WHvMapGpaRange2( vm.partition, process, memory, GPA, SIZE, RWX );
        /* the handle first */
        bad = i && !tests[i - 1].enough ? E_ACCESSDENIED : E_INVALIDARG;
        if (bad == E_ACCESSDENIED) ok( hr == E_ACCESSDENIED || broken( FAILED(hr) ), "%#lx\n", hr );
        else
        {
            ok( hr == S_OK, "%#lx\n", hr );
            check_guest_access( &vm, (UINT32 *)memory );
            hr = WHvUnmapGpaRange( vm.partition, GPA, SIZE );
            ok( hr == S_OK, "unmap: %#lx\n", hr );
        }
        hr = WHvMapGpaRange2( vm.partition, process, memory, GPA, 0, RWX );
        ok( hr == bad || broken( FAILED(hr) ), "size 0: %#lx\n", hr );
        hr = WHvMapGpaRange2( vm.partition, process, memory + 1, GPA, 0x1000, RWX );
        ok( hr == bad || broken( FAILED(hr) ), "unaligned source: %#lx\n", hr );
        hr = WHvMapGpaRange2( vm.partition, process, memory, GPA + 1, 0x1000, RWX );
        ok( hr == bad || broken( FAILED(hr) ), "unaligned gpa: %#lx\n", hr );
        hr = WHvMapGpaRange2( vm.partition, process, memory, GPA, 0x1000, 0x17 );
        ok( hr == bad || broken( FAILED(hr) ), "unknown flag: %#lx\n", hr );
        hr = WHvMapGpaRange2( vm.partition, process, memory, ~0xfffull, 0x2000, RWX );
        ok( hr == bad || broken( FAILED(hr) ), "wraps: %#lx\n", hr );
        if (i) CloseHandle( process );
        winetest_pop_context();
    }
    hr = WHvMapGpaRange2( vm.partition, NULL, memory, GPA, SIZE, RWX );
    ok( hr == E_HANDLE || broken( FAILED(hr) ), "NULL: %#lx\n", hr );
    hr = WHvMapGpaRange2( vm.partition, (HANDLE)0xbadbad0, memory, GPA, SIZE, RWX );
    ok( hr == E_HANDLE || broken( FAILED(hr) ), "no handle: %#lx\n", hr );
    event = CreateEventA( NULL, FALSE, FALSE, NULL );
    hr = WHvMapGpaRange2( vm.partition, event, memory, GPA, SIZE, RWX );
    ok( hr == E_ACCESSDENIED || broken( FAILED(hr) ), "an event: %#lx\n", hr );
    CloseHandle( event );
    vm_destroy( &vm );
    VirtualFree( memory, 0, MEM_RELEASE );
}

static BOOL make_child( PROCESS_INFORMATION *child )
{
    STARTUPINFOA startup = { .cb = sizeof(startup) };
    char path[MAX_PATH];
    BOOL ret;

    /* it never runs */
    GetModuleFileNameA( NULL, path, sizeof(path) );
    ret = CreateProcessA( NULL, path, NULL, NULL, FALSE, CREATE_SUSPENDED, NULL, NULL, &startup, child );
    ok( ret, "CreateProcess: error %lu\n", GetLastError() );
    return ret;
}

static void end_child( PROCESS_INFORMATION *child )
{
    TerminateProcess( child->hProcess, 0 );
    WaitForSingleObject( child->hProcess, INFINITE );
    CloseHandle( child->hThread );
    CloseHandle( child->hProcess );
}

/* A process that has never run, which has memory mapped for it: so a client of Windows has more than one partition. */
static void test_other_process( void )
{
    static const DWORD rights = PROCESS_VM_READ | PROCESS_VM_WRITE | PROCESS_VM_OPERATION;
    BYTE *local, *remote = NULL, *other;
    PROCESS_INFORMATION child;
    HANDLE section, process;
    SIZE_T size = 0;
    struct vm vm;
    DWORD old;
    LONG status;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    if (!make_child( &child )) return;
    process = duplicate( child.hProcess, rights );
    section = CreateFileMappingA( INVALID_HANDLE_VALUE, NULL, PAGE_EXECUTE_READWRITE, 0, SIZE, NULL );
    local = MapViewOfFile( section, FILE_MAP_ALL_ACCESS, 0, 0, 0 );
    ok( local != NULL, "MapViewOfFile: error %lu\n", GetLastError() );
    status = map_section( section, child.hProcess, (void **)&remote, 0, 0, NULL, &size, 2, 0, PAGE_READWRITE );
    ok( !status, "NtMapViewOfSection: %#lx\n", status );

    hr = WHvMapGpaRange2( vm.partition, process, remote, GPA, SIZE, RWX );
    ok( hr == S_OK, "%#lx\n", hr );
    check_guest_access( &vm, (UINT32 *)local );

    /* a part of it, with guard pages around as a sandbox has them */
    VirtualProtectEx( child.hProcess, remote, 0x1000, PAGE_NOACCESS, &old );
    VirtualProtectEx( child.hProcess, remote + SIZE - 0x1000, 0x1000, PAGE_NOACCESS, &old );
    hr = WHvUnmapGpaRange( vm.partition, GPA, SIZE );
    ok( hr == S_OK, "unmap: %#lx\n", hr );
    hr = WHvMapGpaRange2( vm.partition, process, remote + 0x3000, GPA, 0x4000, RWX );
    ok( hr == S_OK, "a part: %#lx\n", hr );
    check_guest_access( &vm, (UINT32 *)(local + 0x3000) );
    hr = WHvMapGpaRange2( vm.partition, process, remote, GPA - 0x1000, SIZE, RWX );
    ok( hr == S_OK, "with guard pages: %#lx\n", hr );
    check_guest_access( &vm, (UINT32 *)(local + 0x1000) );

    /* what goes in the other process does not go here */
    hr = WHvMapGpaRange2( vm.partition, process, remote + 0x4000, GPA, 0x1000, RWX );
    ok( hr == S_OK, "%#lx\n", hr );
    end_child( &child );
    check_guest_access( &vm, (UINT32 *)(local + 0x4000) );
    hr = WHvMapGpaRange2( vm.partition, process, remote + 0x4000, GPA + SIZE, 0x1000, RWX );
    ok( hr == E_ACCESSDENIED || broken( FAILED(hr) ), "of a process that has ended: %#lx\n", hr );
    CloseHandle( process );

    if (make_child( &child ))
    {
        other = VirtualAllocEx( child.hProcess, NULL, SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE );
        hr = WHvMapGpaRange2( vm.partition, child.hProcess, other, GPA, SIZE, RWX );
        ok( hr == S_OK || broken( hr == E_INVALIDARG ) || (winetest_platform_is_wine && hr == E_INVALIDARG),
            "memory of its own: %#lx\n", hr );
        hr = WHvMapGpaRange2( vm.partition, child.hProcess, other + 1, GPA, SIZE, RWX );
        ok( hr == E_INVALIDARG, "unaligned: %#lx\n", hr );
        process = duplicate( child.hProcess, PROCESS_VM_READ | PROCESS_VM_WRITE );
        hr = WHvMapGpaRange2( vm.partition, process, other, GPA, SIZE, RWX );
        ok( hr == E_ACCESSDENIED || broken( FAILED(hr) ), "without a right: %#lx\n", hr );
        CloseHandle( process );
        end_child( &child );
    }
    vm_destroy( &vm );
    UnmapViewOfFile( local );
    CloseHandle( section );
}

/* Hyperlight's way to more than one partition: surrogates, suspended processes that are kept and used again. Each
 * partition's memory is a section, mapped here and, with a guard page before and behind, in the surrogate, from whose
 * view it is given to the partition; both go before the next one comes. */
static void test_surrogates( void )
{
    PROCESS_INFORMATION surrogates[2];
    BYTE *local[2], *remote;
    HANDLE section[2];
    struct vm vm[2];
    SIZE_T size;
    LONG status;
    HRESULT hr;
    UINT32 i, n;
    DWORD old;

    for (n = 0; n < 2; n++) if (!make_child( &surrogates[n] )) return;
    for (i = 0; i < 3; i++)
    {
        for (n = 0; n < 2; n++)
        {
            winetest_push_context( "partition %u of surrogate %u", i, n );
            remote = NULL;
            size = 0;
            section[n] = CreateFileMappingA( INVALID_HANDLE_VALUE, NULL, PAGE_EXECUTE_READWRITE, 0, SIZE, NULL );
            local[n] = MapViewOfFile( section[n], FILE_MAP_ALL_ACCESS, 0, 0, 0 );
            status = map_section( section[n], surrogates[n].hProcess, (void **)&remote, 0, 0, NULL, &size, 2, 0,
                                  PAGE_EXECUTE_READWRITE );
            ok( !status && size == SIZE, "NtMapViewOfSection: %#lx\n", status );
            VirtualProtectEx( surrogates[n].hProcess, remote, 0x1000, PAGE_NOACCESS, &old );
            VirtualProtectEx( surrogates[n].hProcess, remote + SIZE - 0x1000, 0x1000, PAGE_NOACCESS, &old );
            if (!vm_create( &vm[n], NULL )) return;
            hr = WHvMapGpaRange2( vm[n].partition, surrogates[n].hProcess, remote + 0x1000, GPA, SIZE - 0x2000, RWX );
            ok( hr == S_OK, "map: %#lx\n", hr );
            /* the client may have no use for the view there any more */
            if (i == 1)
            {
                status = unmap_section( surrogates[n].hProcess, remote );
                ok( !status, "NtUnmapViewOfSection: %#lx\n", status );
            }
            check_guest_access( &vm[n], (UINT32 *)(local[n] + 0x1000) );
            if (i != 1) unmap_section( surrogates[n].hProcess, remote );
            winetest_pop_context();
        }
        for (n = 0; n < 2; n++)
        {
            winetest_push_context( "both, %u, surrogate %u", i, n );
            check_guest_access( &vm[n], (UINT32 *)(local[n] + 0x1000) );
            hr = WHvUnmapGpaRange( vm[n].partition, GPA, SIZE - 0x2000 );
            ok( hr == S_OK, "unmap: %#lx\n", hr );
            vm_destroy( &vm[n] );
            UnmapViewOfFile( local[n] );
            CloseHandle( section[n] );
            winetest_pop_context();
        }
    }
    for (n = 0; n < 2; n++) end_child( &surrogates[n] );
}

START_TEST(advise)
{
    HMODULE ntdll = GetModuleHandleA( "ntdll.dll" );

    if (!vm_present()) return;
    query_memory = (void *)GetProcAddress( ntdll, "NtQueryVirtualMemory" );
    map_section = (void *)GetProcAddress( ntdll, "NtMapViewOfSection" );
    unmap_section = (void *)GetProcAddress( ntdll, "NtUnmapViewOfSection" );
    test_populate();
    test_running();
    test_pin();
    test_own_process();
    test_other_process();
    test_surrogates();
}
