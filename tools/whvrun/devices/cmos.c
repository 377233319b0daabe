/*
 * whvrun: the clock with its battery
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

#include "devices/bus.h"
#include "devices/cmos.h"

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

static const struct port_range cmos_ports[] =
{
    { 0x70, 0x71, 0, cmos_read, cmos_write },
    { 0 }
};

void cmos_init( void )
{
    static struct device device = { .ports = cmos_ports };

    bus_add( &device );
}
