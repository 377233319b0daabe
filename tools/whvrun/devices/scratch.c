/*
 * whvrun: the scratch page
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

#include "devices/bus.h"
#include "devices/scratch.h"

static uint8_t scratch[SCRATCH_SIZE];

static void scratch_read( uint64_t gpa, unsigned int size, void *data )
{
    memcpy( data, scratch + (gpa - SCRATCH_GPA), size );
}

static void scratch_write( uint64_t gpa, unsigned int size, const void *data )
{
    memcpy( scratch + (gpa - SCRATCH_GPA), data, size );
}

static const struct memory_range scratch_memory[] =
{
    { SCRATCH_GPA, SCRATCH_GPA + SCRATCH_SIZE - 1, scratch_read, scratch_write },
    { 0 }
};

void scratch_init( void )
{
    static struct device device = { .memory = scratch_memory };

    bus_add( &device );
}
