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

/*
 * What it is for: a page that keeps what is written to it, as a device: each access is an exit. Test guests have it.
 * Knows the bus.
 */

#ifndef __WHVRUN_DEVICES_SCRATCH_H
#define __WHVRUN_DEVICES_SCRATCH_H

#define SCRATCH_GPA  0xd0000000u
#define SCRATCH_SIZE 0x1000u

extern void scratch_init( void );

#endif /* __WHVRUN_DEVICES_SCRATCH_H */
