/*
 * whvrun: time goes on
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
#include "devices/pic.h"
#include "devices/pit.h"
#include "host/clock.h"
#include "host/end.h"
#include "kick.h"
#include "timer.h"

static UINT32 timeout_seconds, patience_ms;
static HANDLE thread, new_deadline;         /* the event: there is one */
static volatile LONG64 deadline;            /* when the thread has to stop the processor, ns of the host's clock */
static volatile BOOL timed_out, stopping;

BOOL timer_init( UINT32 timeout, UINT32 patience )
{
    timeout_seconds = timeout;
    patience_ms = patience;
    deadline = NO_DEADLINE;
    new_deadline = CreateEventW( NULL, FALSE, FALSE, NULL );
    return new_deadline != NULL;
}

static DWORD milliseconds_until( UINT64 when )
{
    UINT64 now = clock_wall();

    if (when <= now) return 0;
    if (when - now > 60000000000ull) return 60000;
    return (when - now + 999999) / 1000000;
}

static DWORD WINAPI timer_thread( void *arg )
{
    UINT64 end = timeout_seconds ? clock_wall() + timeout_seconds * 1000000000ull : NO_DEADLINE;
    UINT64 seen = NO_DEADLINE, next;

    (void)arg;
    while (!stopping)
    {
        next = deadline;
        if (next == seen) next = NO_DEADLINE;       /* that one has been served */
        if (clock_wall() >= next)
        {
            seen = next;
            kick();
        }
        else if (clock_wall() >= end)
        {
            end = NO_DEADLINE;
            timed_out = TRUE;
            kick();
        }
        else WaitForSingleObject( new_deadline, milliseconds_until( min( next, end )));
    }
    return 0;
}

BOOL timer_start( void )
{
    thread = CreateThread( NULL, 0, timer_thread, NULL, 0, NULL );
    return thread != NULL;
}

void timer_stop( void )
{
    if (!thread) return;
    stopping = TRUE;
    SetEvent( new_deadline );
    WaitForSingleObject( thread, INFINITE );
    CloseHandle( thread );
    thread = NULL;
}

static void set_deadline( UINT64 when )
{
    deadline = when;
    SetEvent( new_deadline );
}

void timer_update( void )
{
    board_update();
    if (timed_out) end_run( END_TIMEOUT, 0 );
    if (clock_counts_exits())
    {
        /* a guest that waits without an exit is stopped in the end, and gets its interrupt then */
        if (patience_ms && pit_deadline() != NO_DEADLINE) set_deadline( clock_wall() + patience_ms * 1000000ull );
    }
    else if (deadline != (LONG64)pit_deadline()) set_deadline( pit_deadline() );
}

/* Exits that come by chance count no time, or runs would differ. */
void timer_count_exit( WHV_RUN_VP_EXIT_REASON reason )
{
    UINT64 next = pit_deadline();

    if (!clock_counts_exits() || reason == WHvRunVpExitReasonX64InterruptWindow) return;
    if (reason != WHvRunVpExitReasonCanceled) clock_advance( 1000 );
    else if (patience_ms && next != NO_DEADLINE && next > clock_now()) clock_set( next );
}

void timer_wait_for_interrupt( void )
{
    for (;;)
    {
        timer_update();
        if (pic_pending() || end_reason() != END_NONE) return;
        if (!clock_counts_exits()) kick_wait( milliseconds_until( pit_deadline() ));
        else if (pit_deadline() != NO_DEADLINE) clock_set( pit_deadline() );
        else kick_wait( 1000 );
    }
}
