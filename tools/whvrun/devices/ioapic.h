/*
 * whvrun: the I/O APIC
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
 * What it is for: the I/O APIC of a PC with local APICs. What it has to say to them it hands to a function that it was
 * given. Knows the bus and the interrupt lines; nothing of it is there without ioapic_init.
 */

#ifndef __WHVRUN_DEVICES_IOAPIC_H
#define __WHVRUN_DEVICES_IOAPIC_H

#include <stdint.h>

#define IOAPIC_GPA 0xfec00000u

/* To the local APICs: destination and delivery mode as the I/O APIC's registers have them, booleans, a vector. */
typedef void (*ioapic_send_function)( uint32_t destination, int logical, unsigned int mode, int level, uint8_t vector );

extern void ioapic_init( ioapic_send_function send );

/* A processor has ended the interrupt of a level. */
extern void ioapic_eoi( uint8_t vector );

/* The pin at which an interrupt line ends. */
extern unsigned int ioapic_pin( unsigned int irq );

#endif /* __WHVRUN_DEVICES_IOAPIC_H */
