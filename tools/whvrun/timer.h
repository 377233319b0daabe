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

/*
 * What it is for: brings the devices to the present, when something has happened and when time has come: a thread of
 * its own stops the processor at the deadline of the devices, and at the end of the guest's time. With a clock that
 * counts exits it counts them. Knows the board, its timer and its 8259, the clock, the end and kick; all but the thread
 * runs under the machine's lock.
 */

#ifndef __WHVRUN_TIMER_H
#define __WHVRUN_TIMER_H

#include <windows.h>
#include <winhvplatform.h>

/* Timeout: seconds of wall time after which the run ends, 0 = never. Patience: where exits are counted, a guest that
 * makes none for so many ms gets its next timer interrupt all the same, 0 = never. FALSE: the host has nothing to wait
 * for. */
extern BOOL timer_init( UINT32 timeout, UINT32 patience );

/* The thread. FALSE: there is none. */
extern BOOL timer_start( void );
extern void timer_stop( void );

/* Brings the devices to the present, and tells the thread when that will be needed next. */
extern void timer_update( void );

/* Before an exit is handled, for a clock that counts them. */
extern void timer_count_exit( WHV_RUN_VP_EXIT_REASON reason );

/* The processor is halted and can take interrupts: returns when the 8259 has one for it, or when the run has ended. */
extern void timer_wait_for_interrupt( void );

#endif /* __WHVRUN_TIMER_H */
