/*
 * whvrun: exits and processors in words
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
 * What it is for: tells a human on stderr what an exit was, and in what state a guest has crashed. Knows the
 * partition, the processors and the RAM; changes nothing.
 */

#ifndef __WHVRUN_PLATFORM_PRINT_H
#define __WHVRUN_PLATFORM_PRINT_H

#include <windows.h>
#include <winhvplatform.h>

/* One line; with local APICs another one before it, which names the processor. */
extern void print_exit( UINT32 vp, const WHV_RUN_VP_EXIT_CONTEXT *exit );

/* The exit, the registers, and the code at RIP as far as it can be found. */
extern void print_crash( UINT32 vp, const WHV_RUN_VP_EXIT_CONTEXT *exit );

#endif /* __WHVRUN_PLATFORM_PRINT_H */
