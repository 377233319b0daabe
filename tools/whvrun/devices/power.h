/*
 * whvrun: reset, power and debug exit
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
 * What it is for: all ports by which a guest ends its run: the reset line of the keyboard controller, port 92, PCI's
 * reset register, ACPI's power-off where QEMU's machines have it, and isa-debug-exit, but with the plain byte. Knows
 * the bus and the end.
 */

#ifndef __WHVRUN_DEVICES_POWER_H
#define __WHVRUN_DEVICES_POWER_H

extern void power_init( void );

#endif /* __WHVRUN_DEVICES_POWER_H */
