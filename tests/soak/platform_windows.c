/*
 * What the soak needs of Windows
 *
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

#include "platform.h"

static HANDLE threads[64];
static unsigned int count;

struct start
{
    void (*func)( void *arg );
    void *arg;
};

static DWORD WINAPI run( void *arg )
{
    struct start start = *(struct start *)arg;

    free( arg );
    start.func( start.arg );
    return 0;
}

void thread_start( void (*func)( void *arg ), void *arg )
{
    struct start *start = malloc( sizeof(*start) );

    if (start && count < sizeof(threads) / sizeof(threads[0]))
    {
        start->func = func;
        start->arg = arg;
        if ((threads[count++] = CreateThread( NULL, 0, run, start, 0, NULL ))) return;
    }
    fprintf( stderr, "soak: no more threads\n" );
    ExitProcess( 1 );
}

BOOL threads_join( unsigned int seconds )
{
    return WaitForMultipleObjects( count, threads, TRUE, seconds * 1000 ) != WAIT_TIMEOUT;
}

void sleep_ms( unsigned int milliseconds )
{
    Sleep( milliseconds );
}

void yield_thread( void )
{
    SwitchToThread();
}

uint64_t time_us( void )
{
    static LARGE_INTEGER frequency;
    LARGE_INTEGER counter;

    if (!frequency.QuadPart) QueryPerformanceFrequency( &frequency );
    QueryPerformanceCounter( &counter );
    return counter.QuadPart / frequency.QuadPart * 1000000 +
           counter.QuadPart % frequency.QuadPart * 1000000 / frequency.QuadPart;
}

int thread_delay_clock( void )
{
    return -1;
}

uint64_t thread_delay_us( int clock )
{
    (void)clock;
    return 0;
}

HANDLE event_create( void )
{
    return CreateEventW( NULL, FALSE, FALSE, NULL );
}

void event_set( HANDLE event )
{
    SetEvent( event );
}

void event_close( HANDLE event )
{
    CloseHandle( event );
}

void *alloc_pages( size_t size )
{
    return VirtualAlloc( NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE );
}
