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

/*
 * What it is for: the MC146818 clock at ports 70 and 71, which tells the host's date in UTC, and its RAM. No alarms, no
 * interrupt. Knows the bus.
 */

#ifndef __WHVRUN_DEVICES_CMOS_H
#define __WHVRUN_DEVICES_CMOS_H

extern void cmos_init( void );

#endif /* __WHVRUN_DEVICES_CMOS_H */
