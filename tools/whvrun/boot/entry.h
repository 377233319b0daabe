/*
 * whvrun: the state that a guest is entered with
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
 * What it is for: sets the first processor's registers to what a guest's first instruction wants to find. Knows the
 * processors. FALSE: the platform has refused them, which has been said on stderr.
 */

#ifndef __WHVRUN_BOOT_ENTRY_H
#define __WHVRUN_BOOT_ENTRY_H

#include <windows.h>

/* All segments flat with 4 GiB, no paging. The selectors are those of a GDT, which may not be there: its address, and
 * its size in bytes less one. */
extern BOOL enter_protected_mode( UINT64 rip, UINT64 rsi, WORD code_selector, WORD data_selector, UINT64 gdt,
                                  WORD gdt_limit );

/* Data segments of 64 KiB from 0. */
extern BOOL enter_real_mode( WORD cs, WORD ip, UINT64 rdx );

#endif /* __WHVRUN_BOOT_ENTRY_H */
