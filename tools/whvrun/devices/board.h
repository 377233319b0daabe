/*
 * whvrun: the board
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
 * What it is for: which devices the machine has, and what they need from time to time. It knows them all, and nothing
 * of the platform: ports, addresses, interrupt lines and the machine's time are all there is in this directory.
 */

#ifndef __WHVRUN_DEVICES_BOARD_H
#define __WHVRUN_DEVICES_BOARD_H

#include "devices/ioapic.h"

/* Adds the devices to the bus. With a function that reaches local APICs there is an I/O APIC; NULL: there is none. */
extern void board_init( ioapic_send_function send );

/* Brings the devices to the present: the timer's edges, what was typed. */
extern void board_update( void );

#endif /* __WHVRUN_DEVICES_BOARD_H */
