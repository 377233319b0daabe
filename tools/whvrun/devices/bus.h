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

/*
 * What it is for: takes the guest's accesses to ports and to device memory to the device that claimed the place. A
 * device knows the bus and adds itself to it with a table of functions; the bus knows no device. One machine to a
 * program: the state of bus and devices is static, and one thread at a time is in here (the machine's lock sees to it).
 */

#ifndef __WHVRUN_DEVICES_BUS_H
#define __WHVRUN_DEVICES_BUS_H

#include <stdint.h>

/* A device's ports. A read or write of more bytes than one comes as that many single ones, except where wide is set. */
struct port_range
{
    uint16_t first, last;
    int wide;
    uint32_t (*read)( uint16_t port, unsigned int size );
    void (*write)( uint16_t port, unsigned int size, uint32_t value );
};

/* A device's memory. What is read or written is all inside the range; its size is in bytes. */
struct memory_range
{
    uint64_t first, last;
    void (*read)( uint64_t gpa, unsigned int size, void *data );
    void (*write)( uint64_t gpa, unsigned int size, const void *data );
};

struct device
{
    const struct port_range *ports;         /* each list ends with a range that has no functions; NULL: it has none */
    const struct memory_range *memory;
    struct device *next;                    /* the bus's */
};

/* For the life of the program. Devices share no place. */
extern void bus_add( struct device *device );

/* What no device claims reads as ones; a write to it is lost. Sizes of ports are 1, 2 or 4 bytes. */
extern uint32_t bus_read_port( uint16_t port, unsigned int size );
extern void bus_write_port( uint16_t port, unsigned int size, uint32_t value );
extern void bus_read_memory( uint64_t gpa, unsigned int size, void *data );
extern void bus_write_memory( uint64_t gpa, unsigned int size, const void *data );

#endif /* __WHVRUN_DEVICES_BUS_H */
