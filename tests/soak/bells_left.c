/*
 * Doorbells, ports and triggers that come and go: what is left of them
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


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bells.h"

/* ---- a partition that goes while it has them ---- */

#define CODE        0x1000
#define BELL        0x8000
#define PORT        0x9000
#define SIZE        0x10000
#define OUT_PORT    0x80

/* real mode; the events must have been set by then, once each, wherever their signal was on its way */
static const UINT8 code[] =
{
    0xa3, BELL & 0xff, BELL >> 8,       /* mov [BELL],ax */
    0xa3, PORT & 0xff, PORT >> 8,       /* mov [PORT],ax */
    0xe6, OUT_PORT                      /* out OUT_PORT,al */
};

static BOOL create( unsigned int vp, WHV_PARTITION_HANDLE *partition, UINT8 *memory )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterCs, WHvX64RegisterRip, WHvX64RegisterRflags, WHvRegisterInternalActivityState
    };
    UINT32 count = 1, mode = WHvX64LocalApicEmulationModeXApic;
    WHV_REGISTER_VALUE values[4];

    memcpy( memory + CODE, code, sizeof(code) );
    memset( values, 0, sizeof(values) );
    values[0].Segment.Limit = 0xffff;
    values[0].Segment.Attributes = 0x9b;
    values[1].Reg64 = CODE;
    values[2].Reg64 = 2;
    return check( vp, "second partition", WHvCreatePartition( partition ) ) &&
           check( vp, "its count",
                  WHvSetPartitionProperty( *partition, WHvPartitionPropertyCodeProcessorCount, &count, 4 ) ) &&
           check( vp, "its APIC",
                  WHvSetPartitionProperty( *partition, WHvPartitionPropertyCodeLocalApicEmulationMode, &mode, 4 ) ) &&
           check( vp, "its setup", WHvSetupPartition( *partition ) ) &&
           check( vp, "its memory", WHvMapGpaRange( *partition, memory, 0, SIZE, WHvMapGpaRangeFlagRead |
                                                    WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute ) ) &&
           check( vp, "its vp", WHvCreateVirtualProcessor( *partition, 0, 0 ) ) &&
           check( vp, "its registers", WHvSetVirtualProcessorRegisters( *partition, 0, names, 4, values ) );
}

static void look_at_event( unsigned int vp, const char *what, HANDLE event )
{
    if (WaitForSingleObject( event, 0 ) != WAIT_OBJECT_0) complain( vp, "deleted, and an event is lost", *what );
    if (WaitForSingleObject( event, 0 ) != WAIT_TIMEOUT) complain( vp, "deleted, and an event too many", *what );
    CloseHandle( event );
}

void bells_delete_partition( unsigned int vp )
{
    HANDLE bell = CreateEventW( NULL, FALSE, FALSE, NULL ), port_event = CreateEventW( NULL, FALSE, FALSE, NULL ), own;
    WHV_NOTIFICATION_PORT_PARAMETERS parameters = { .NotificationPortType = WHvNotificationPortTypeDoorbell };
    WHV_NOTIFICATION_PORT_PARAMETERS connection = { .NotificationPortType = WHvNotificationPortTypeEvent };
    WHV_DOORBELL_MATCH_DATA match = { .GuestAddress = BELL };
    WHV_TRIGGER_PARAMETERS trigger_parameters;
    WHV_NOTIFICATION_PORT_HANDLE port;
    WHV_PARTITION_HANDLE partition;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_TRIGGER_HANDLE trigger;
    UINT8 *memory;

    if (!(memory = alloc_pages( SIZE )) || !create( vp, &partition, memory )) return;
    memset( &trigger_parameters, 0, sizeof(trigger_parameters) );
    trigger_parameters.TriggerType = WHvTriggerTypeInterrupt;
    trigger_parameters.Interrupt.Vector = VECTOR;
    parameters.Doorbell.GuestAddress = PORT;
    parameters.Doorbell.MatchOnLength = 1;
    parameters.Doorbell.Length = 2;
    check( vp, "its doorbell", WHvRegisterPartitionDoorbellEvent( partition, &match, bell ) );
    check( vp, "its port", WHvCreateNotificationPort( partition, &parameters, port_event, &port ) );
    check( vp, "its connection", WHvCreateNotificationPort( partition, &connection, port_event, &port ) );
    if (check( vp, "its trigger", WHvCreateTrigger( partition, &trigger_parameters, &trigger, &own ) ))
    {
        memset( &exit, 0, sizeof(exit) );
        if (check( vp, "its run", WHvRunVirtualProcessor( partition, 0, &exit, sizeof(exit) ) ) &&
            exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess) complain( vp, "its exit", exit.ExitReason );
        SetEvent( own );
        check( vp, "its end", WHvDeletePartition( partition ) );
        SetEvent( own );
        CloseHandle( own );
    }
    look_at_event( vp, "doorbell", bell );
    look_at_event( vp, "port", port_event );
    VirtualFree( memory, 0, MEM_RELEASE );
}

/* ---- what the process has ---- */

/* Wine does not count them, but takes the lowest number that is free. */
static UINT32 count_handles( void )
{
    DWORD count = 0;
    HANDLE handle;

    if (!GetProcAddress( GetModuleHandleA( "ntdll.dll" ), "wine_get_version" ))
    {
        GetProcessHandleCount( GetCurrentProcess(), &count );
        return count;
    }
    handle = CreateEventW( NULL, FALSE, FALSE, NULL );
    CloseHandle( handle );
    return (UINT_PTR)handle / 4;
}

/* A name that nobody else has in his memory: of a file that is mapped. */
static void *map_token( char *path )
{
    char folder[MAX_PATH - 32];
    HANDLE file, section;
    LARGE_INTEGER now;
    void *view = NULL;

    if (!GetTempPathA( sizeof(folder), folder )) return NULL;
    QueryPerformanceCounter( &now );
    sprintf( path, "%sbells%08lx%016llx", folder, GetCurrentProcessId(), (unsigned long long)now.QuadPart );
    file = CreateFileA( path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL );
    if (file == INVALID_HANDLE_VALUE) return NULL;
    if ((section = CreateFileMappingA( file, NULL, PAGE_READWRITE, 0, 0x1000, NULL )))
    {
        view = MapViewOfFile( section, FILE_MAP_WRITE, 0, 0, 0 );
        CloseHandle( section );
    }
    CloseHandle( file );
    return view;
}

static BOOL is_in_file( const char *path, const char *token )
{
    HANDLE file = CreateFileA( path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL );
    static char text[0x10000];
    DWORD size, kept = 0;
    BOOL found = FALSE;

    if (file == INVALID_HANDLE_VALUE) return FALSE;
    /* what is found may lie across the pieces */
    while (!found && ReadFile( file, text + kept, sizeof(text) - 1 - kept, &size, NULL ) && size)
    {
        size += kept;
        for (kept = 0; kept < size; kept++) if (!text[kept]) text[kept] = ' ';
        text[size] = 0;
        found = strstr( text, token ) != NULL;
        kept = size < strlen( token ) ? size : strlen( token );
        memmove( text, text + size - kept, kept );
    }
    CloseHandle( file );
    return found;
}

/* Wine's process numbers are its own, and \proc\self is that of who opens it, the wineserver. 0: not on Wine, or there
 * is no \proc. */
static UINT32 find_process( void )
{
    char token[MAX_PATH], path[MAX_PATH];
    WIN32_FIND_DATAA data;
    UINT32 process = 0;
    HANDLE find;
    void *view;

    if (!(view = map_token( token ))) return 0;
    find = FindFirstFileA( "Z:\\proc\\*", &data );
    if (find != INVALID_HANDLE_VALUE)
    {
        do
        {
            if (!atoi( data.cFileName )) continue;
            sprintf( path, "Z:\\proc\\%u\\maps", atoi( data.cFileName ) );
            if (is_in_file( path, strrchr( token, '\\' ) + 1 )) process = atoi( data.cFileName );
        }
        while (!process && FindNextFileA( find, &data ));
        FindClose( find );
    }
    UnmapViewOfFile( view );
    DeleteFileA( token );
    return process;
}

static UINT32 count_entries( UINT32 process, const char *what )
{
    WIN32_FIND_DATAA data;
    char pattern[64];
    UINT32 count = 0;
    HANDLE find;

    sprintf( pattern, "Z:\\proc\\%u\\%s\\*", process, what );
    find = FindFirstFileA( pattern, &data );
    if (find == INVALID_HANDLE_VALUE) return 0;
    do count += atoi( data.cFileName ) > 0;
    while (FindNextFileA( find, &data ));
    FindClose( find );
    return count;
}

struct possessions { UINT32 handles, fds, threads; };

static struct possessions count_all( UINT32 process )
{
    struct possessions ret = { 0 };

    /* what the counting opens for itself must not count */
    ret.fds = count_entries( process, "fd" );
    ret.threads = count_entries( process, "task" );
    ret.handles = count_handles();
    return ret;
}

static void sleep_thread( void *arg )
{
    sleep_ms( (UINT_PTR)arg );
}

/* Made, signalled and deleted, or left to the partition. */
void bells_look_for_leaks( WHV_PARTITION_HANDLE partition, UINT32 rounds, enum fault fault )
{
    WHV_NOTIFICATION_PORT_PARAMETERS connection = { .NotificationPortType = WHvNotificationPortTypeEvent };
    WHV_DOORBELL_MATCH_DATA match = { .GuestAddress = DEVICE };
    HANDLE event = CreateEventW( NULL, FALSE, FALSE, NULL ), own;
    struct possessions before = { 0 }, after;
    WHV_NOTIFICATION_PORT_HANDLE port;
    WHV_TRIGGER_PARAMETERS parameters;
    UINT32 i, process = find_process();
    WHV_TRIGGER_HANDLE trigger;

    memset( &parameters, 0, sizeof(parameters) );
    parameters.TriggerType = WHvTriggerTypeInterrupt;
    parameters.Interrupt.Vector = VECTOR;
    for (i = 0; i < rounds && !failed; i++)
    {
        /* by then what is made once has been made */
        if (i == rounds / 10)
        {
            before = count_all( process );
            if (!before.fds || !before.threads) complain( 0, "fds and threads can't be counted, of process", process );
            if (fault == FAULT_HANDLE) CreateEventW( NULL, FALSE, FALSE, NULL );
            if (fault == FAULT_FD)
            {
                match.GuestAddress = DEVICE + 0x1000;
                check( 0, "register", WHvRegisterPartitionDoorbellEvent( partition, &match, event ) );
                match.GuestAddress = DEVICE;
            }
            if (fault == FAULT_THREAD) thread_start( sleep_thread, (void *)(UINT_PTR)PATIENCE );
        }
        if (!check( 0, "register", WHvRegisterPartitionDoorbellEvent( partition, &match, event ) )) break;
        check( 0, "unregister", WHvUnregisterPartitionDoorbellEvent( partition, &match ) );
        if (!check( 0, "port", WHvCreateNotificationPort( partition, &connection, event, &port ) )) break;
        check( 0, "delete port", WHvDeleteNotificationPort( partition, port ) );
        if (!check( 0, "trigger", WHvCreateTrigger( partition, &parameters, &trigger, &own ) )) break;
        SetEvent( own );
        check( 0, "delete trigger", WHvDeleteTrigger( partition, trigger ) );
        CloseHandle( own );
        if (!(i % 20)) bells_delete_partition( 0 );
    }
    after = count_all( process );
    printf( "%u rounds: handles up to %u, then %u; %u fds, then %u; %u threads, then %u\n", i, before.handles,
            after.handles, before.fds, after.fds, before.threads, after.threads );
    if (after.handles > before.handles) complain( 0, "handles left", after.handles - before.handles );
    if (after.fds > before.fds) complain( 0, "fds left", after.fds - before.fds );
    if (after.threads > before.threads) complain( 0, "threads left", after.threads - before.threads );
    CloseHandle( event );
}
