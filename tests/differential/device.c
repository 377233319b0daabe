/*
 * Differential test: the model device
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

#include <string.h>

#include "differential.h"

UINT64 hash64( UINT64 value )
{
    value ^= value >> 33;
    value *= 0xff51afd7ed558ccdull;
    value ^= value >> 33;
    value *= 0xc4ceb9fe1a85ec53ull;
    return value ^ value >> 33;
}

/* splitmix64 */
UINT64 random_next( struct random *random )
{
    UINT64 value = random->state += 0x9e3779b97f4a7c15ull;

    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
    value = (value ^ value >> 27) * 0x94d049bb133111ebull;
    return value ^ value >> 31;
}

UINT32 random_below( struct random *random, UINT32 limit )
{
    return limit ? (random_next( random ) >> 32) * limit >> 32 : 0;
}

BOOL random_percent( struct random *random, UINT32 percent )
{
    return random_below( random, 100 ) < percent;
}

void device_reset( struct device *device, const struct test *test )
{
    device->seed = hash64( test->seed + test->index );
    device->planted = test->planted;
    device->plant_gpa = test->plant_gpa;
    memcpy( device->plant, test->plant, sizeof(device->plant) );
    device->memory_count = device->port_count = device->inputs = 0;
    device->overflow = 0;
}

static void note( struct device *device, struct log_entry *log, UINT32 *count, char kind, UINT64 address, UINT8 value )
{
    if (*count == LOG_SIZE)
    {
        device->overflow = 1;
        return;
    }
    log[*count].kind = kind;
    log[*count].address = address;
    log[*count].order = device->memory_count + device->port_count;
    log[(*count)++].value = value;
}

void device_read( struct device *device, UINT64 gpa, UINT8 *data, UINT32 size )
{
    UINT32 i;

    for (i = 0; i < size; i++)
    {
        data[i] = hash64( device->seed ^ (gpa + i) * 0x9e3779b97f4a7c15ull );
        if (gpa + i - device->plant_gpa < device->planted) data[i] = device->plant[gpa + i - device->plant_gpa];
        note( device, device->memory, &device->memory_count, 'r', gpa + i, data[i] );
    }
}

void device_write( struct device *device, UINT64 gpa, const UINT8 *data, UINT32 size )
{
    UINT32 i;

    for (i = 0; i < size; i++) note( device, device->memory, &device->memory_count, 'w', gpa + i, data[i] );
}

/* Each input brings something else: one too many or too few is found. */
void device_in( struct device *device, UINT16 port, UINT8 *data, UINT32 size )
{
    UINT64 value = hash64( device->seed + port * 77 + ++device->inputs );
    UINT32 i;

    for (i = 0; i < size; i++)
    {
        data[i] = value >> i * 8;
        note( device, device->port, &device->port_count, 'i', port + i, data[i] );
    }
}

void device_out( struct device *device, UINT16 port, const UINT8 *data, UINT32 size )
{
    UINT32 i;

    for (i = 0; i < size; i++) note( device, device->port, &device->port_count, 'o', port + i, data[i] );
}
