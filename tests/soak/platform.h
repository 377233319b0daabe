/*
 * What the soak needs of its operating system
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

/*
 * Threads, time and memory, once for Windows and once for Linux, where the soak is linked
 * with the Unix side itself, with no Wine between, so that a thread sanitizer can see it.
 * Knows nothing of virtual machines.
 */

#ifndef __SOAK_PLATFORM_H
#define __SOAK_PLATFORM_H

#include <stdint.h>

#ifdef _WIN32
#include <windows.h>
#endif
#include <winhvplatform.h>

/* Starts one of at most 64 threads; both end the program when they fail. */
extern void thread_start( void (*func)( void *arg ), void *arg );
/* Waits for all that were started; FALSE if one still runs after so many seconds. */
extern BOOL threads_join( unsigned int seconds );
extern void sleep_ms( unsigned int milliseconds );
extern void yield_thread( void );
extern uint64_t time_us( void );
/* A clock of how long the calling thread has waited for a processor that others had, for thread_delay_us, which any
 * thread may ask; -1 if the system doesn't tell. That clock in us; 0 of -1. */
extern int thread_delay_clock( void );
extern uint64_t thread_delay_us( int clock );
/* An event, as the API takes it; set and close also take a trigger's. Without Windows nobody waits for one: to set a
 * trigger's delivers it. */
extern HANDLE event_create( void );
extern void event_set( HANDLE event );
extern void event_close( HANDLE event );
/* Zeroed, on a page boundary. */
extern void *alloc_pages( size_t size );

#endif /* __SOAK_PLATFORM_H */
