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

#include <stddef.h>

#include "devices/bus.h"

static struct device *devices;

void bus_add( struct device *device )
{
    device->next = devices;
    devices = device;
}

static const struct port_range *find_port( uint16_t port )
{
    const struct device *device;
    const struct port_range *range;

    for (device = devices; device; device = device->next)
        for (range = device->ports; range && range->read; range++)
            if (port >= range->first && port <= range->last) return range;
    return NULL;
}

static const struct memory_range *find_memory( uint64_t gpa )
{
    const struct device *device;
    const struct memory_range *range;

    for (device = devices; device; device = device->next)
        for (range = device->memory; range && range->read; range++)
            if (gpa >= range->first && gpa <= range->last) return range;
    return NULL;
}

uint32_t bus_read_port( uint16_t port, unsigned int size )
{
    const struct port_range *range = find_port( port );
    uint32_t value = 0;
    unsigned int i;

    if (range && (range->wide || size == 1)) return range->read( port, size );
    if (size == 1) return 0xff;
    for (i = 0; i < size; i++) value |= bus_read_port( port + i, 1 ) << (8 * i);
    return value;
}

void bus_write_port( uint16_t port, unsigned int size, uint32_t value )
{
    const struct port_range *range = find_port( port );
    unsigned int i;

    if (range && (range->wide || size == 1)) range->write( port, size, value );
    else if (size > 1)
    {
        for (i = 0; i < size; i++) bus_write_port( port + i, 1, (value >> (8 * i)) & 0xff );
    }
}

/* How many bytes of an access are in one range. */
static unsigned int part_in( const struct memory_range *range, uint64_t gpa, unsigned int size )
{
    return size - 1 > range->last - gpa ? range->last - gpa + 1 : size;
}

void bus_read_memory( uint64_t gpa, unsigned int size, void *data )
{
    const struct memory_range *range;
    uint8_t *bytes = data;
    unsigned int part;

    for ( ; size; gpa += part, bytes += part, size -= part)
    {
        part = 1;
        if (!(range = find_memory( gpa )))
        {
            *bytes = 0xff;
            continue;
        }
        part = part_in( range, gpa, size );
        range->read( gpa, part, bytes );
    }
}

void bus_write_memory( uint64_t gpa, unsigned int size, const void *data )
{
    const struct memory_range *range;
    const uint8_t *bytes = data;
    unsigned int part;

    for ( ; size; gpa += part, bytes += part, size -= part)
    {
        part = 1;
        if (!(range = find_memory( gpa ))) continue;
        part = part_in( range, gpa, size );
        range->write( gpa, part, bytes );
    }
}
