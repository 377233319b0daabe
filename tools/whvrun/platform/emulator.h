/*
 * whvrun: the platform's instruction emulator
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
 * What it is for: instructions that touch ports or device memory, by WinHvEmulation: what most clients of the platform
 * do about such exits. Knows the bus, the partition and the RAM, and no device.
 */

#ifndef __WHVRUN_PLATFORM_EMULATOR_H
#define __WHVRUN_PLATFORM_EMULATOR_H

#include <windows.h>
#include <winhvplatform.h>

extern HRESULT emulator_create( void );
extern void emulator_delete( void );

/* The instruction of a memory or port exit: NULL when it is done, RIP and all, or else what was wrong, a text that is
 * good until the next call. One thread at a time. */
extern const char *emulator_execute( UINT32 vp, const WHV_RUN_VP_EXIT_CONTEXT *exit );

#endif /* __WHVRUN_PLATFORM_EMULATOR_H */
