/*
 * whvrun: ports and device memory
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

#include "devices.h"

static const struct port_range * const devices[] = { serial_ports, pic_ports, pit_ports, board_ports };

static uint8_t scratch[SCRATCH_SIZE];

/* Every device's table ends with a range that has no functions. */
static const struct port_range *find_range( uint16_t port )
{
    const struct port_range *range;
    size_t i;

    for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
        for (range = devices[i]; range->read; range++)
            if (port >= range->first && port <= range->last) return range;
    return NULL;
}

uint32_t port_read( uint16_t port, unsigned int size )
{
    const struct port_range *range = find_range( port );
    uint32_t value = 0;
    unsigned int i;

    if (range && (range->wide || size == 1)) return range->read( port, size );
    if (size == 1) return 0xff;
    for (i = 0; i < size; i++) value |= port_read( port + i, 1 ) << (8 * i);
    return value;
}

void port_write( uint16_t port, unsigned int size, uint32_t value )
{
    const struct port_range *range = find_range( port );
    unsigned int i;

    if (range && (range->wide || size == 1)) range->write( port, size, value );
    else if (size > 1)
    {
        for (i = 0; i < size; i++) port_write( port + i, 1, (value >> (8 * i)) & 0xff );
    }
}

void mmio_read( uint64_t gpa, unsigned int size, void *data )
{
    uint8_t *bytes = data;
    unsigned int i;

    if (ioapic_read( gpa, size, data )) return;
    for (i = 0; i < size; i++, gpa++)
        bytes[i] = gpa - SCRATCH_GPA < SCRATCH_SIZE ? scratch[gpa - SCRATCH_GPA] : 0xff;
}

void mmio_write( uint64_t gpa, unsigned int size, const void *data )
{
    const uint8_t *bytes = data;
    unsigned int i;

    if (ioapic_write( gpa, size, data )) return;
    for (i = 0; i < size; i++, gpa++)
        if (gpa - SCRATCH_GPA < SCRATCH_SIZE) scratch[gpa - SCRATCH_GPA] = bytes[i];
}
