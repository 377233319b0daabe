/*
 * whvrun: stopping the first processor
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
 * What it is for: other threads never touch a device; they make the first processor's thread look. It is in the guest,
 * and is stopped, or it waits halted, and is woken. Knows the processors.
 */

#ifndef __WHVRUN_KICK_H
#define __WHVRUN_KICK_H

#include <windows.h>

/* FALSE: the host has nothing to wait for. */
extern BOOL kick_init( void );

/* There is a processor to stop; at the end there is none: nobody may stop one of a partition that is gone. */
extern void kick_enable( BOOL on );

/* Any thread. */
extern void kick( void );

/* The halted processor's thread: returns after a kick, or after so many ms, at the latest. */
extern void kick_wait( DWORD milliseconds );

#endif /* __WHVRUN_KICK_H */
