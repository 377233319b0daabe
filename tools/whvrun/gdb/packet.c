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

#include <stdio.h>

#include <winsock2.h>

#include "gdb/packet.h"

static SOCKET sock = INVALID_SOCKET;

BOOL packet_open( UINT16 port )
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons( port ) };
    SOCKET listener;
    WSADATA data;
    int one = 1;

    if (WSAStartup( MAKEWORD( 2, 2 ), &data )) return FALSE;
    address.sin_addr.s_addr = htonl( INADDR_LOOPBACK );
    listener = socket( AF_INET, SOCK_STREAM, 0 );
    if (listener == INVALID_SOCKET || bind( listener, (struct sockaddr *)&address, sizeof(address) ) ||
        listen( listener, 1 ))
    {
        fprintf( stderr, "whvrun: port %u: error %d\n", port, WSAGetLastError() );
        return FALSE;
    }
    fprintf( stderr, "whvrun: waiting for a debugger at 127.0.0.1:%u\n", port );
    sock = accept( listener, NULL, NULL );
    closesocket( listener );
    if (sock == INVALID_SOCKET) return FALSE;
    setsockopt( sock, IPPROTO_TCP, TCP_NODELAY, (char *)&one, sizeof(one) );
    return TRUE;
}

BOOL packet_is_open( void )
{
    return sock != INVALID_SOCKET;
}

void packet_close( void )
{
    closesocket( sock );
    sock = INVALID_SOCKET;
}

static int read_byte( int flags )
{
    char byte;

    return recv( sock, &byte, 1, flags ) == 1 ? (BYTE)byte : -1;
}

int packet_take_byte( void )
{
    return read_byte( 0 );
}

int packet_peek_byte( void )
{
    return read_byte( MSG_PEEK );
}

static int digit( int c )
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

BOOL packet_receive( char *packet )
{
    UINT8 sum;
    int c, high, low;
    size_t size;

    for (;;)
    {
        while ((c = packet_take_byte()) != '$') if (c < 0) return FALSE;
        for (size = 0, sum = 0; (c = packet_take_byte()) != '#'; sum += c)
        {
            if (c < 0) return FALSE;
            if (size < PACKET_SIZE - 1) packet[size++] = c;
        }
        packet[size] = 0;
        high = digit( packet_take_byte() );
        low = digit( packet_take_byte() );
        if (high >= 0 && low >= 0 && (high << 4 | low) == sum)
        {
            send( sock, "+", 1, 0 );
            return TRUE;
        }
        send( sock, "-", 1, 0 );
    }
}

void packet_send( const char *text )
{
    static char packet[PACKET_SIZE + 8];
    size_t i, size = strlen( text );
    UINT8 sum = 0;

    packet[0] = '$';
    memcpy( packet + 1, text, size );
    for (i = 0; i < size; i++) sum += text[i];
    snprintf( packet + 1 + size, 4, "#%02x", sum );
    send( sock, packet, size + 4, 0 );
}

char *put_hex( char *to, const void *data, size_t size )
{
    const BYTE *bytes = data;
    size_t i;

    for (i = 0; i < size; i++, to += 2) snprintf( to, 3, "%02x", bytes[i] );
    return to;
}

size_t get_hex( const char *from, void *data, size_t size )
{
    BYTE *bytes = data;
    size_t i;

    for (i = 0; i < size && digit( from[i * 2] ) >= 0 && digit( from[i * 2 + 1] ) >= 0; i++)
        bytes[i] = digit( from[i * 2] ) << 4 | digit( from[i * 2 + 1] );
    return i;
}
