/*
 * whvrun: the table of processors
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
 * What it is for: tells a guest what processors and interrupt controllers there are, as a PC's firmware does. Knows the
 * RAM and where the board has the I/O APIC.
 */

#ifndef __WHVRUN_BOOT_MPTABLE_H
#define __WHVRUN_BOOT_MPTABLE_H

#include <windows.h>

/* The list of so many processors, at f0000. FALSE without memory there. */
extern BOOL put_mp_table( UINT32 processors );

#endif /* __WHVRUN_BOOT_MPTABLE_H */
