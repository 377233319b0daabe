/*
 * whvrun: the rest of the board: clock, reset, power, debug exit
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

#include <time.h>

#include "devices.h"

/* **** the clock and its RAM (70, 71) **** */

static uint8_t cmos_index, cmos_ram[128];

static uint8_t bcd( int value )
{
    return value / 10 % 10 << 4 | value % 10;
}

static uint8_t cmos_value( void )
{
    time_t now = time( NULL );
    const struct tm *tm = gmtime( &now );

    if (!tm) return 0;
    switch (cmos_index)
    {
    case 0x00: return bcd( tm->tm_sec );
    case 0x02: return bcd( tm->tm_min );
    case 0x04: return bcd( tm->tm_hour );
    case 0x06: return tm->tm_wday + 1;
    case 0x07: return bcd( tm->tm_mday );
    case 0x08: return bcd( tm->tm_mon + 1 );
    case 0x09: return bcd( tm->tm_year % 100 );
    case 0x0a: return 0x26;         /* no update in progress, usual rates */
    case 0x0b: return 0x02;         /* BCD, 24 hours */
    case 0x0c: return 0;
    case 0x0d: return 0x80;         /* the battery is good */
    case 0x32: return bcd( tm->tm_year / 100 + 19 );
    default:   return cmos_ram[cmos_index];
    }
}

static uint32_t cmos_read( uint16_t port, unsigned int size )
{
    (void)size;
    return port & 1 ? cmos_value() : 0xff;
}

static void cmos_write( uint16_t port, unsigned int size, uint32_t value )
{
    (void)size;
    if (port & 1) cmos_ram[cmos_index] = value;
    else cmos_index = value & 0x7f;     /* the top bit masks the NMI */
}

/* **** port 61; keyboard controller (60, 64): no keyboard, but the reset line; port 92 **** */

static uint32_t speaker_read( uint16_t port, unsigned int size )
{
    (void)port; (void)size;
    return pit_speaker_read();
}

static void speaker_write( uint16_t port, unsigned int size, uint32_t value )
{
    (void)port; (void)size;
    pit_speaker_write( value );
}

static uint32_t keyboard_read( uint16_t port, unsigned int size )
{
    (void)port; (void)size;
    return 0;                           /* buffers empty */
}

static void keyboard_write( uint16_t port, unsigned int size, uint32_t value )
{
    (void)size;
    if (port == 0x64 && (value & 0xf1) == 0xf0) host_end( END_RESET, 0 );
}

static uint32_t port92_read( uint16_t port, unsigned int size )
{
    (void)port; (void)size;
    return 2;                           /* A20 is always open */
}

static void port92_write( uint16_t port, unsigned int size, uint32_t value )
{
    (void)port; (void)size;
    if (value & 1) host_end( END_RESET, 0 );
}

/* **** PCI: there is none, but its address port also holds the reset register **** */

static uint32_t pci_read( uint16_t port, unsigned int size )
{
    (void)port; (void)size;
    return 0xffffffff;
}

static void pci_write( uint16_t port, unsigned int size, uint32_t value )
{
    if (port == 0xcf9 && size == 1 && (value & 4)) host_end( END_RESET, 0 );
}

/* **** ends: isa-debug-exit, but with the plain byte; the power-off of ACPI where QEMU's machines have it **** */

static uint32_t end_read( uint16_t port, unsigned int size )
{
    (void)port; (void)size;
    return 0;
}

static void debug_exit_write( uint16_t port, unsigned int size, uint32_t value )
{
    (void)port; (void)size;
    host_end( END_EXIT_CODE, value & 0xff );
}

static void acpi_write( uint16_t port, unsigned int size, uint32_t value )
{
    (void)port;
    if (size == 2 && (value & 0x2000)) host_end( END_POWER_OFF, 0 );
}

const struct port_range board_ports[] =
{
    { 0x060, 0x060, 0, keyboard_read, keyboard_write },
    { 0x061, 0x061, 0, speaker_read, speaker_write },
    { 0x064, 0x064, 0, keyboard_read, keyboard_write },
    { 0x070, 0x071, 0, cmos_read, cmos_write },
    { 0x092, 0x092, 0, port92_read, port92_write },
    { 0x0f4, 0x0f4, 1, end_read, debug_exit_write },
    { 0x604, 0x604, 1, end_read, acpi_write },
    { 0xcf8, 0xcff, 1, pci_read, pci_write },
    { 0 }
};
