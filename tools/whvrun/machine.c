/*
 * whvrun: the machine
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

#include "devices/board.h"
#include "exits.h"
#include "gdb/gdb.h"
#include "host/clock.h"
#include "host/console.h"
#include "host/report.h"
#include "interrupt.h"
#include "kick.h"
#include "machine.h"
#include "platform/partition.h"
#include "platform/print.h"
#include "platform/ram.h"
#include "platform/vp.h"
#include "timer.h"

static struct machine_options options;
static CRITICAL_SECTION device_lock;        /* devices, the emulator, the end: all that happens at an exit */

HRESULT machine_create( const struct machine_options *opt )
{
    HRESULT hr;

    options = *opt;
    InitializeCriticalSection( &device_lock );
    hr = partition_create( options.processors );
    if (FAILED( hr )) return hr;
    if (!ram_create( options.memory ))
    {
        report( "guest memory", E_OUTOFMEMORY );
        return E_OUTOFMEMORY;
    }
    hr = partition_map( ram_at( 0, options.memory ), options.memory );
    if (SUCCEEDED( hr )) hr = vp_create_all( max( options.processors, 1 ));
    if (SUCCEEDED( hr )) hr = exits_init( options.decode );
    if (FAILED( hr )) return hr;
    if (options.exit_clock) clock_count_exits();
    board_init( options.processors ? partition_interrupt : NULL );
    return kick_init() && timer_init( options.timeout, options.patience ) ? S_OK : E_OUTOFMEMORY;
}

/* Deleting the partition would delete the processors too; memory must be given back after it. */
void machine_delete( void )
{
    exits_delete();
    vp_delete_all();
    partition_delete();
    ram_delete();
}

size_t machine_input( const BYTE *data, size_t size )
{
    size_t taken = console_type( data, size );

    if (taken) kick();
    return taken;
}

/* FALSE: the processor can't or shall not go on. */
static BOOL run_until_exit( UINT32 vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    if (options.gdb && !gdb_before_run())
    {
        end_run( END_FAILED, 0 );
        return FALSE;
    }
    if ((!options.gdb || !gdb_is_stepping()) && FAILED( interrupt_deliver( &exit->VpContext ))) return FALSE;
    return SUCCEEDED( vp_run( vp, exit ));
}

/* Runs a processor until the machine ends. An exit of whichever brings the devices up to date. */
static void run_vp( UINT32 vp )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT32 i;

    memset( &exit, 0, sizeof(exit) );       /* nothing has run yet, interrupts are off */
    while (end_reason() == END_NONE)
    {
        if (!run_until_exit( vp, &exit )) break;
        if (options.gdb && gdb_after_run( &exit )) continue;
        EnterCriticalSection( &device_lock );
        if (options.trace) print_exit( vp, &exit );
        timer_count_exit( exit.ExitReason );
        if (end_reason() == END_NONE) exits_handle( vp, &exit );
        if (options.gdb) gdb_after_exit( &exit );
        timer_update();
        LeaveCriticalSection( &device_lock );
    }
    EnterCriticalSection( &device_lock );
    end_run( END_FAILED, 0 );
    LeaveCriticalSection( &device_lock );
    for (i = 0; i < vp_count(); i++) if (i != vp) vp_cancel( i );
}

static DWORD WINAPI vp_thread( void *vp )
{
    run_vp( (UINT_PTR)vp );
    return 0;
}

enum end_reason machine_run( unsigned int *code )
{
    HANDLE threads[MAX_PROCESSORS];         /* the first processor has none: it runs on this one */
    UINT32 count = 1, i;
    BOOL ok;

    if (options.gdb && !gdb_open( options.gdb )) end_run( END_FAILED, 0 );
    kick_enable( TRUE );
    ok = timer_start();
    while (ok && count < vp_count())
    {
        threads[count] = CreateThread( NULL, 0, vp_thread, (void *)(UINT_PTR)count, 0, NULL );
        if (threads[count]) count++;
        else ok = FALSE;
    }
    if (!ok)
    {
        report( "CreateThread", E_OUTOFMEMORY );
        end_run( END_FAILED, 0 );
    }
    run_vp( BOOT_VP );
    kick_enable( FALSE );
    timer_stop();
    for (i = 1; i < count; i++)
    {
        WaitForSingleObject( threads[i], INFINITE );
        CloseHandle( threads[i] );
    }
    if (options.gdb) gdb_close( end_code() );
    *code = end_code();
    return end_reason();
}
