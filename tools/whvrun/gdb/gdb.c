/*
 * whvrun: a debugger at the guest
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

#include "gdb/breakpoint.h"
#include "gdb/command.h"
#include "gdb/gdb.h"
#include "gdb/packet.h"
#include "gdb/target.h"
#include "platform/partition.h"
#include "platform/rflags.h"
#include "platform/vp.h"

#define INTERRUPT_BYTE 3        /* ^C, outside of packets */

static BOOL stopped, detached;
static BOOL step_wanted, stepping;      /* by the debugger; the flag is set, for whatever reason */
static volatile LONG running, interrupted;

/* The only other one who reads from the debugger, and only while the guest runs. */
static DWORD WINAPI interrupt_thread( void *arg )
{
    int byte;

    (void)arg;
    for (;;)
    {
        Sleep( 50 );
        if (!running) continue;
        if ((byte = packet_peek_byte()) < 0) return 0;
        if (!running) continue;
        if (byte == INTERRUPT_BYTE)
        {
            packet_take_byte();
            interrupted = TRUE;
            vp_cancel( BOOT_VP );
        }
    }
}

BOOL gdb_open( UINT16 port )
{
    if (!packet_open( port )) return FALSE;
    stopped = TRUE;
    CloseHandle( CreateThread( NULL, 0, interrupt_thread, NULL, 0, NULL ));
    return TRUE;
}

static void set_flags( UINT64 flags )
{
    target_set_register( WHvX64RegisterRflags, flags );
}

static void set_stepping( BOOL on )
{
    UINT64 flags = target_get_register( WHvX64RegisterRflags );

    if (!stepping == !on) return;
    stepping = on;
    set_flags( on ? flags | FLAG_TF : flags & ~FLAG_TF );
}

/* The guest goes on under the debugger's eyes; from a breakpoint by one step, before which it is not there. */
static void go_on( void )
{
    UINT64 rip = target_rip();

    running = TRUE;
    breakpoint_load_registers();
    breakpoint_insert_all( rip );
    if (breakpoint_is_execute( rip )) set_flags( target_get_register( WHvX64RegisterRflags ) | FLAG_RF );
    set_stepping( step_wanted || breakpoint_is_software( rip ));
}

/* ... or alone. */
static void detach( void )
{
    breakpoint_forget_all();
    breakpoint_load_registers();
}

BOOL gdb_before_run( void )
{
    enum order order;

    if (detached || !stopped) return TRUE;
    running = FALSE;
    order = command_wait();
    if (order == ORDER_KILL) return FALSE;
    stopped = FALSE;
    detached = order == ORDER_DETACH;
    step_wanted = order == ORDER_STEP;
    partition_debug( !detached );
    if (detached) detach();
    else go_on();
    return TRUE;
}

BOOL gdb_is_stepping( void )
{
    return stepping;
}

static void stop( void )
{
    breakpoint_lift_all();
    stopped = TRUE;
    running = FALSE;
    packet_send( "S05" );
}

/* An instruction has been stepped over: that was all, or the breakpoint that was there comes back. */
static void stepped( void )
{
    set_stepping( FALSE );
    if (step_wanted || breakpoint_is_software( target_rip() )) stop();
    else breakpoint_insert_all( ~0ull );
}

BOOL gdb_after_run( const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    BOOL was_stepping = stepping;

    if (detached) return FALSE;
    if (exit->ExitReason != WHvRunVpExitReasonException) return FALSE;
    set_stepping( FALSE );
    if (!was_stepping || (exit->VpException.ExceptionParameter & 0xf)) stop();
    else stepped();
    return TRUE;
}

void gdb_after_exit( const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    if (detached) return;
    if (interrupted)
    {
        interrupted = FALSE;
        set_stepping( FALSE );
        if (!stopped) stop();
    }
    else if (stepping && exit->ExitReason != WHvRunVpExitReasonCanceled &&
             exit->ExitReason != WHvRunVpExitReasonX64InterruptWindow)
        stepped();
}

void gdb_close( unsigned int code )
{
    char text[8];

    if (!packet_is_open() || detached) return;
    snprintf( text, sizeof(text), "W%02x", code & 0xff );
    packet_send( text );
    packet_close();
}
