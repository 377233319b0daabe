/*
 * whvrun: the console
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
 * What it is for: the guest's console is ours: bytes that it prints go to stdout at once, bytes that were typed wait
 * here until the guest's serial port takes them. Knows nothing else of the program, not even who takes them.
 */

#ifndef __WHVRUN_HOST_CONSOLE_H
#define __WHVRUN_HOST_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

extern void console_print( uint8_t byte );

/* Bytes that were typed; any thread. Returns how many there was room for. */
extern size_t console_type( const uint8_t *data, size_t size );

/* Offers what was typed to a function that returns how many bytes it took; the rest waits on. */
extern void console_deliver( size_t (*take)( const uint8_t *data, size_t size ) );

#endif /* __WHVRUN_HOST_CONSOLE_H */
