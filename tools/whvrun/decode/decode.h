/*
 * whvrun: instructions by our own hand
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
 * What it is for: what a client does that doesn't use WinHvEmulation: it takes the bytes of an instruction out of the
 * exit, reads registers, page tables and memory, does what the instruction does and sets registers and RIP itself. The
 * forms that drivers use on devices; what is missing is told, never guessed. The way into this directory, which knows
 * the bus, the processors and the RAM.
 */

#ifndef __WHVRUN_DECODE_DECODE_H
#define __WHVRUN_DECODE_DECODE_H

#include <windows.h>
#include <winhvplatform.h>

/* The instruction of a memory or port exit: NULL when it is done, RIP and all, or else what was wrong: then nothing but
 * memory may have changed. */
extern const char *decode_execute( UINT32 vp, const WHV_RUN_VP_EXIT_CONTEXT *exit );

#endif /* __WHVRUN_DECODE_DECODE_H */
