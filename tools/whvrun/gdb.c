/*
 * whvrun: a debugger at the guest
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

#include <stdio.h>

#include <winsock2.h>

#include "gdb.h"
#include "platform/partition.h"
#include "platform/ram.h"
#include "platform/rflags.h"
#include "platform/vp.h"

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define PACKET_SIZE   4096
#define MAX_SOFTWARE  64
#define MAX_HARDWARE  4
#define INT1          0xf1


static SOCKET sock = INVALID_SOCKET;
static BOOL stopped, detached;
static BOOL step_wanted, stepping;      /* by the debugger; the flag is set, for whatever reason */
static volatile LONG running, interrupted;

static struct { BOOL used, inserted; UINT64 address; BYTE original; } software[MAX_SOFTWARE];
static struct { BOOL used; UINT64 address; UINT8 type, length; } hardware[MAX_HARDWARE];

/* ---- registers ---- */

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

static UINT64 get_register( WHV_REGISTER_NAME name )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    vp_get_registers( BOOT_VP, &name, &value, 1 );
    return value.Reg64;
}

static void set_register( WHV_REGISTER_NAME name, UINT64 number )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.Reg64 = number;
    vp_set_registers( BOOT_VP, &name, &value, 1 );
}

/* Where the guest is, as breakpoints count. */
static UINT64 linear_rip( void )
{
    static const WHV_REGISTER_NAME names[] = { WHvX64RegisterRip, WHvX64RegisterCs };
    WHV_REGISTER_VALUE values[2];

    if (FAILED( vp_get_registers( BOOT_VP, names, values, 2 ))) return 0;
    return values[1].Segment.Long ? values[0].Reg64 : (UINT32)(values[0].Reg64 + values[1].Segment.Base);
}

/* ---- memory: RAM only; what reads devices changes them ---- */

static BOOL copy( UINT64 address, BYTE *data, UINT32 size, BOOL write )
{
    UINT32 part;
    UINT64 gpa;
    BYTE *ram;

    for ( ; size; address += part, data += part, size -= part)
    {
        part = min( size, 0x1000 - (address & 0xfff) );
        if (!vp_find( BOOT_VP, address, &gpa ) || !(ram = ram_at( gpa, part ))) return FALSE;
        if (write) memcpy( ram, data, part );
        else memcpy( data, ram, part );
    }
    return TRUE;
}

/* ---- breakpoints ---- */

static int find_software( UINT64 address )
{
    int i;

    for (i = 0; i < MAX_SOFTWARE; i++) if (software[i].used && software[i].address == address) return i;
    return -1;
}

/* All but the one at an address, which is the instruction to be executed. */
static void insert_breakpoints( UINT64 except )
{
    BYTE byte = INT1;
    int i;

    for (i = 0; i < MAX_SOFTWARE; i++)
    {
        if (!software[i].used || software[i].inserted || software[i].address == except) continue;
        software[i].inserted = copy( software[i].address, &software[i].original, 1, FALSE ) &&
                               copy( software[i].address, &byte, 1, TRUE );
    }
}

static void remove_breakpoints( void )
{
    int i;

    for (i = 0; i < MAX_SOFTWARE; i++)
    {
        if (software[i].inserted) copy( software[i].address, &software[i].original, 1, TRUE );
        software[i].inserted = FALSE;
    }
}

static void set_debug_registers( void )
{
    static const UINT8 lengths[9] = { 0, 0, 1, 0, 3, 0, 0, 0, 2 };
    UINT64 dr7 = 0x400;
    int i;

    for (i = 0; i < MAX_HARDWARE; i++)
    {
        if (!hardware[i].used) continue;
        dr7 |= 1ull << i * 2 | (UINT64)(hardware[i].type | lengths[hardware[i].length] << 2) << (16 + i * 4);
        set_register( WHvX64RegisterDr0 + i, hardware[i].address );
    }
    set_register( WHvX64RegisterDr7, dr7 );
}

static BOOL is_hardware( UINT64 address )
{
    int i;

    for (i = 0; i < MAX_HARDWARE; i++)
        if (hardware[i].used && !hardware[i].type && hardware[i].address == address) return TRUE;
    return FALSE;
}

/* "Z0,address,kind": software; 1: execution, 2: write, 4: access. */
static const char *change_breakpoint( const char *packet )
{
    static const UINT8 types[5] = { 0, 0, 1, 0xff, 3 };
    BOOL set = packet[0] == 'Z';
    char *end;
    UINT64 address = _strtoui64( packet + 3, &end, 16 );
    unsigned int kind = *end == ',' ? strtoul( end + 1, NULL, 16 ) : 0;
    int type = packet[1] - '0', i;
    BYTE byte;

    if (type < 0 || type > 4 || types[type] == 0xff) return "";
    if (!type)
    {
        i = find_software( address );
        if (!set)
        {
            if (i >= 0) software[i].used = FALSE;
            return "OK";
        }
        if (i >= 0) return "OK";
        for (i = 0; i < MAX_SOFTWARE && software[i].used; i++) ;
        if (i == MAX_SOFTWARE || !copy( address, &byte, 1, FALSE )) return "E01";
        software[i].used = TRUE;
        software[i].inserted = FALSE;
        software[i].address = address;
        return "OK";
    }
    if (type == 1) kind = 1;
    if (kind != 1 && kind != 2 && kind != 4 && kind != 8) return "E01";
    for (i = 0; i < MAX_HARDWARE; i++)
        if (hardware[i].used && hardware[i].address == address && hardware[i].type == types[type]) break;
    if (!set)
    {
        if (i < MAX_HARDWARE) hardware[i].used = FALSE;
        return "OK";
    }
    if (i < MAX_HARDWARE) return "OK";
    for (i = 0; i < MAX_HARDWARE && hardware[i].used; i++) ;
    if (i == MAX_HARDWARE) return "E01";
    hardware[i].used = TRUE;
    hardware[i].address = address;
    hardware[i].type = types[type];
    hardware[i].length = kind;
    return "OK";
}

/* ---- packets ---- */

static int receive( void )
{
    char byte;

    return recv( sock, &byte, 1, 0 ) == 1 ? (BYTE)byte : -1;
}

static int digit( int c )
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* FALSE when the debugger is gone. */
static BOOL receive_packet( char *packet )
{
    UINT8 sum;
    int c, high, low;
    size_t size;

    for (;;)
    {
        while ((c = receive()) != '$') if (c < 0) return FALSE;
        for (size = 0, sum = 0; (c = receive()) != '#'; sum += c)
        {
            if (c < 0) return FALSE;
            if (size < PACKET_SIZE - 1) packet[size++] = c;
        }
        packet[size] = 0;
        high = digit( receive() );
        low = digit( receive() );
        if (high >= 0 && low >= 0 && (high << 4 | low) == sum)
        {
            send( sock, "+", 1, 0 );
            return TRUE;
        }
        send( sock, "-", 1, 0 );
    }
}

static void send_packet( const char *text )
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

static char *put_hex( char *to, const void *data, size_t size )
{
    const BYTE *bytes = data;
    size_t i;

    for (i = 0; i < size; i++, to += 2) snprintf( to, 3, "%02x", bytes[i] );
    return to;
}

/* Returns how many bytes there were. */
static size_t get_hex( const char *from, void *data, size_t size )
{
    BYTE *bytes = data;
    size_t i;

    for (i = 0; i < size && digit( from[i * 2] ) >= 0 && digit( from[i * 2 + 1] ) >= 0; i++)
        bytes[i] = digit( from[i * 2] ) << 4 | digit( from[i * 2 + 1] );
    return i;
}

static void send_registers( void )
{
    char text[ARRAY_COUNT(registers) * 16 + 1], *to = text;
    WHV_REGISTER_VALUE value;
    UINT64 number;
    size_t i;

    for (i = 0; i < ARRAY_COUNT(registers); i++)
    {
        memset( &value, 0, sizeof(value) );
        vp_get_registers( BOOT_VP, &registers[i].name, &value, 1 );
        number = registers[i].segment ? value.Segment.Selector : value.Reg64;
        to = put_hex( to, &number, registers[i].size );
    }
    send_packet( text );
}

/* Selectors are told, but not taken: their bases and limits would not follow. */
static BOOL write_register( size_t i, const char **text )
{
    UINT64 number = 0;

    if (i >= ARRAY_COUNT(registers) || get_hex( *text, &number, registers[i].size ) != registers[i].size) return FALSE;
    *text += registers[i].size * 2;
    if (!registers[i].segment) set_register( registers[i].name, number );
    return TRUE;
}

static const char *write_registers( const char *text )
{
    size_t i;

    for (i = 0; i < ARRAY_COUNT(registers); i++) if (!write_register( i, &text )) return i > 16 ? "OK" : "E01";
    return "OK";
}

static const char *memory_packet( const char *packet )
{
    static char text[PACKET_SIZE];
    static BYTE data[PACKET_SIZE / 2];
    char *end;
    UINT64 address = _strtoui64( packet + 1, &end, 16 );
    UINT32 size = *end == ',' ? strtoul( end + 1, &end, 16 ) : 0;

    if (size > sizeof(data) - 1) size = sizeof(data) - 1;
    if (packet[0] == 'M')
        return *end == ':' && get_hex( end + 1, data, size ) == size && copy( address, data, size, TRUE ) ? "OK" : "E01";
    if (!copy( address, data, size, FALSE )) return "E01";
    *put_hex( text, data, size ) = 0;
    return text;
}

/* The guest is stopped: what the debugger says, until it says go. */
static BOOL talk( void )
{
    static char packet[PACKET_SIZE];
    const char *text;
    char *end;

    while (receive_packet( packet ))
    {
        switch (packet[0])
        {
        case '?': send_packet( "S05" ); break;
        case 'g': send_registers(); break;
        case 'G': send_packet( write_registers( packet + 1 )); break;
        case 'P':
            text = packet;
            {
                size_t i = strtoul( packet + 1, &end, 16 );

                text = end + 1;
                send_packet( *end == '=' && write_register( i, &text ) ? "OK" : "E01" );
            }
            break;
        case 'm': case 'M': send_packet( memory_packet( packet )); break;
        case 'Z': case 'z': send_packet( change_breakpoint( packet )); break;
        case 'H': send_packet( "OK" ); break;
        case 'c': case 's':
            step_wanted = packet[0] == 's';
            if (packet[1]) set_register( WHvX64RegisterRip, _strtoui64( packet + 1, NULL, 16 ));
            return TRUE;
        case 'D':
            send_packet( "OK" );
            detached = TRUE;
            return TRUE;
        case 'k':
            return FALSE;
        case 'q':
            if (!strncmp( packet, "qSupported", 10 )) send_packet( "PacketSize=fff" );
            else if (!strcmp( packet, "qAttached" )) send_packet( "1" );
            else if (!strcmp( packet, "qC" )) send_packet( "QC1" );
            else if (!strcmp( packet, "qfThreadInfo" )) send_packet( "m1" );
            else if (!strcmp( packet, "qsThreadInfo" )) send_packet( "l" );
            else send_packet( "" );
            break;
        default:
            send_packet( "" );
            break;
        }
    }
    detached = TRUE;                    /* gone without a word: the guest goes on */
    return TRUE;
}

/* ---- running ---- */

static DWORD WINAPI listen_thread( void *arg )
{
    char byte;

    (void)arg;
    for (;;)
    {
        Sleep( 50 );
        if (!running) continue;
        if (recv( sock, &byte, 1, MSG_PEEK ) != 1) return 0;
        if (!running) continue;
        if (byte == 3)
        {
            recv( sock, &byte, 1, 0 );
            interrupted = TRUE;
            vp_cancel( BOOT_VP );
        }
    }
}

BOOL gdb_open( UINT16 port )
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons( port ) };
    SOCKET listener;
    WSADATA data;
    int one = 1;

    if (WSAStartup( MAKEWORD( 2, 2 ), &data )) return FALSE;
    address.sin_addr.s_addr = htonl( INADDR_LOOPBACK );
    listener = socket( AF_INET, SOCK_STREAM, 0 );
    if (listener == INVALID_SOCKET || bind( listener, (struct sockaddr *)&address, sizeof(address) ) || listen( listener, 1 ))
    {
        fprintf( stderr, "whvrun: port %u: error %d\n", port, WSAGetLastError() );
        return FALSE;
    }
    fprintf( stderr, "whvrun: waiting for a debugger at 127.0.0.1:%u\n", port );
    sock = accept( listener, NULL, NULL );
    closesocket( listener );
    if (sock == INVALID_SOCKET) return FALSE;
    setsockopt( sock, IPPROTO_TCP, TCP_NODELAY, (char *)&one, sizeof(one) );
    stopped = TRUE;
    CloseHandle( CreateThread( NULL, 0, listen_thread, NULL, 0, NULL ));
    return TRUE;
}

static void set_stepping( BOOL on )
{
    UINT64 flags = get_register( WHvX64RegisterRflags );

    if (!stepping == !on) return;
    stepping = on;
    set_register( WHvX64RegisterRflags, on ? flags | FLAG_TF : flags & ~FLAG_TF );
}

BOOL gdb_before_run( void )
{
    UINT64 rip;

    if (detached) return TRUE;
    if (stopped)
    {
        running = FALSE;
        if (!talk()) return FALSE;
        stopped = FALSE;
        partition_debug( !detached );
        if (detached)
        {
            memset( software, 0, sizeof(software) );
            memset( hardware, 0, sizeof(hardware) );
            set_debug_registers();
            return TRUE;
        }
        running = TRUE;
        rip = linear_rip();
        set_debug_registers();
        insert_breakpoints( rip );
        if (is_hardware( rip )) set_register( WHvX64RegisterRflags, get_register( WHvX64RegisterRflags ) | FLAG_RF );
        set_stepping( step_wanted || find_software( rip ) >= 0 );
    }
    return TRUE;
}

BOOL gdb_is_stepping( void )
{
    return stepping;
}

static void stop( void )
{
    remove_breakpoints();
    stopped = TRUE;
    running = FALSE;
    send_packet( "S05" );
}

/* An instruction has been stepped over: that was all, or the breakpoint that was there comes back. */
static void stepped( void )
{
    set_stepping( FALSE );
    if (step_wanted || find_software( linear_rip() ) >= 0) stop();
    else insert_breakpoints( ~0ull );
}

BOOL gdb_after_run( const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    BOOL was_stepping = stepping;

    if (detached) return FALSE;
    if (exit->ExitReason != WHvRunVpExitReasonException) return FALSE;
    set_stepping( FALSE );
    if (!was_stepping || (exit->VpException.ExceptionParameter & 0xf)) stop();
    else stepped();
    return TRUE;
}

void gdb_after_exit( const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    if (detached) return;
    if (interrupted)
    {
        interrupted = FALSE;
        set_stepping( FALSE );
        if (!stopped) stop();
    }
    else if (stepping && exit->ExitReason != WHvRunVpExitReasonCanceled && exit->ExitReason != WHvRunVpExitReasonX64InterruptWindow)
        stepped();
}

void gdb_close( unsigned int code )
{
    char text[8];

    if (sock == INVALID_SOCKET || detached) return;
    snprintf( text, sizeof(text), "W%02x", code & 0xff );
    send_packet( text );
    closesocket( sock );
}
