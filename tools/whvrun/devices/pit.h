/*
 * whvrun: the 8254 timer
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
 * What it is for: the timer of a PC with its three channels, and port 61, which holds the gate of the third one.
 * Nobody calls it when time has come: who runs the machine asks for the deadline, and calls pit_update then. Knows the
 * bus, the interrupt lines and the clock.
 */

#ifndef __WHVRUN_DEVICES_PIT_H
#define __WHVRUN_DEVICES_PIT_H

#include <stdint.h>

extern void pit_init( void );

/* The time of the next edge of the timer's interrupt line, in the machine's ns, or NO_DEADLINE. */
extern uint64_t pit_deadline( void );

/* Raises the line when that time has come. */
extern void pit_update( void );

#endif /* __WHVRUN_DEVICES_PIT_H */
