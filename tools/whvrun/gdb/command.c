/*
 * whvrun: what a debugger says
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

/* Source: "Debugging with GDB", appendix E. Registers come in the order that gdb has for i386:x86-64. */

#include <stdlib.h>
#include <string.h>

#include "gdb/breakpoint.h"
#include "gdb/command.h"
#include "gdb/packet.h"
#include "gdb/target.h"

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct { WHV_REGISTER_NAME name; UINT8 size, segment; } registers[] =
{
    { WHvX64RegisterRax, 8, 0 }, { WHvX64RegisterRbx, 8, 0 }, { WHvX64RegisterRcx, 8, 0 }, { WHvX64RegisterRdx, 8, 0 },
    { WHvX64RegisterRsi, 8, 0 }, { WHvX64RegisterRdi, 8, 0 }, { WHvX64RegisterRbp, 8, 0 }, { WHvX64RegisterRsp, 8, 0 },
    { WHvX64RegisterR8,  8, 0 }, { WHvX64RegisterR9,  8, 0 }, { WHvX64RegisterR10, 8, 0 }, { WHvX64RegisterR11, 8, 0 },
    { WHvX64RegisterR12, 8, 0 }, { WHvX64RegisterR13, 8, 0 }, { WHvX64RegisterR14, 8, 0 }, { WHvX64RegisterR15, 8, 0 },
    { WHvX64RegisterRip, 8, 0 }, { WHvX64RegisterRflags, 4, 0 },
    { WHvX64RegisterCs, 4, 1 }, { WHvX64RegisterSs, 4, 1 }, { WHvX64RegisterDs, 4, 1 }, { WHvX64RegisterEs, 4, 1 },
    { WHvX64RegisterFs, 4, 1 }, { WHvX64RegisterGs, 4, 1 },
};

static void send_registers( void )
{
    char text[ARRAY_COUNT(registers) * 16 + 1], *to = text;
    UINT64 number;
    size_t i;

    for (i = 0; i < ARRAY_COUNT(registers); i++)
    {
        if (registers[i].segment) number = target_get_selector( registers[i].name );
        else number = target_get_register( registers[i].name );
        to = put_hex( to, &number, registers[i].size );
    }
    packet_send( text );
}

/* Selectors are told, but not taken: their bases and limits would not follow. */
static BOOL write_register( size_t i, const char **text )
{
    UINT64 number = 0;

    if (i >= ARRAY_COUNT(registers) || get_hex( *text, &number, registers[i].size ) != registers[i].size) return FALSE;
    *text += registers[i].size * 2;
    if (!registers[i].segment) target_set_register( registers[i].name, number );
    return TRUE;
}

static const char *write_registers( const char *text )
{
    size_t i;

    for (i = 0; i < ARRAY_COUNT(registers); i++) if (!write_register( i, &text )) return i > 16 ? "OK" : "E01";
    return "OK";
}

/* "mADDRESS,SIZE" and "MADDRESS,SIZE:bytes" */
static const char *memory_packet( const char *packet )
{
    static char text[PACKET_SIZE];
    static BYTE data[PACKET_SIZE / 2];
    char *end;
    UINT64 address = _strtoui64( packet + 1, &end, 16 );
    UINT32 size = *end == ',' ? strtoul( end + 1, &end, 16 ) : 0;

    if (size > sizeof(data) - 1) size = sizeof(data) - 1;
    if (packet[0] == 'M')
    {
        if (*end != ':' || get_hex( end + 1, data, size ) != size) return "E01";
        return target_copy( address, data, size, TRUE ) ? "OK" : "E01";
    }
    if (!target_copy( address, data, size, FALSE )) return "E01";
    *put_hex( text, data, size ) = 0;
    return text;
}

/* "Z0,address,kind", to remove one "z0,...": where the kind is a length. */
static const char *breakpoint_packet( const char *packet )
{
    int type = packet[1] - '0';
    unsigned int length;
    UINT64 address;
    char *end;
    BOOL ok;

    if (!breakpoint_has_type( type )) return "";
    address = _strtoui64( packet + 3, &end, 16 );
    length = *end == ',' ? strtoul( end + 1, NULL, 16 ) : 0;
    if (packet[0] == 'Z') ok = breakpoint_add( type, address, length );
    else ok = breakpoint_remove( type, address, length );
    return ok ? "OK" : "E01";
}

/* "P10=value" */
static const char *register_packet( const char *packet )
{
    char *end;
    size_t i = strtoul( packet + 1, &end, 16 );
    const char *text = end + 1;

    return *end == '=' && write_register( i, &text ) ? "OK" : "E01";
}

static const char *query_packet( const char *packet )
{
    if (!strncmp( packet, "qSupported", 10 )) return "PacketSize=fff";
    if (!strcmp( packet, "qAttached" )) return "1";
    if (!strcmp( packet, "qC" )) return "QC1";
    if (!strcmp( packet, "qfThreadInfo" )) return "m1";
    if (!strcmp( packet, "qsThreadInfo" )) return "l";
    return "";
}

enum order command_wait( void )
{
    static char packet[PACKET_SIZE];

    while (packet_receive( packet ))
    {
        switch (packet[0])
        {
        case '?': packet_send( "S05" ); break;
        case 'g': send_registers(); break;
        case 'G': packet_send( write_registers( packet + 1 )); break;
        case 'P': packet_send( register_packet( packet )); break;
        case 'm': case 'M': packet_send( memory_packet( packet )); break;
        case 'Z': case 'z': packet_send( breakpoint_packet( packet )); break;
        case 'H': packet_send( "OK" ); break;
        case 'c': case 's':
            if (packet[1]) target_set_register( WHvX64RegisterRip, _strtoui64( packet + 1, NULL, 16 ));
            return packet[0] == 's' ? ORDER_STEP : ORDER_CONTINUE;
        case 'D':
            packet_send( "OK" );
            return ORDER_DETACH;
        case 'k':
            return ORDER_KILL;
        case 'q': packet_send( query_packet( packet )); break;
        default: packet_send( "" ); break;
        }
    }
    return ORDER_DETACH;
}
