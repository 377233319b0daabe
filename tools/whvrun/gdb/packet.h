/*
 * whvrun: packets of a debugger
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
 * What it is for: the connection to the debugger, on a TCP port of this machine: packets of its remote protocol, with
 * their check sums, and numbers in hexadecimal. Knows nothing of the guest.
 */

#ifndef __WHVRUN_GDB_PACKET_H
#define __WHVRUN_GDB_PACKET_H

#include <windows.h>

#define PACKET_SIZE 4096        /* bytes of text, with the 0 behind it */

/* Waits until a debugger comes. FALSE: the port is not to be had, which has been said on stderr. */
extern BOOL packet_open( UINT16 port );
extern BOOL packet_is_open( void );
extern void packet_close( void );

/* The text of the next packet that arrives whole; what is too long is cut. FALSE when the debugger is gone. */
extern BOOL packet_receive( char *packet );
extern void packet_send( const char *text );

/* A byte outside of packets: waits for it, and takes it or leaves it there. -1 when the debugger is gone. */
extern int packet_take_byte( void );
extern int packet_peek_byte( void );

/* Bytes as two digits each; returns the end of the text. */
extern char *put_hex( char *to, const void *data, size_t size );

/* Back again, until size or what are no digits. Returns how many bytes there were. */
extern size_t get_hex( const char *from, void *data, size_t size );

#endif /* __WHVRUN_GDB_PACKET_H */
