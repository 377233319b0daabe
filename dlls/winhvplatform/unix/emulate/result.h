/*
 * Ends of an emulation
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
 * How an emulation ends when the instruction can't be done: with the exception that the processor would raise, or with
 * InternalEmulationFailure. The lowest file of the room: it knows struct emulate only.
 */

#ifndef __WHV_UNIX_EMULATE_RESULT_H
#define __WHV_UNIX_EMULATE_RESULT_H

#include "winhvplatformdefs.h"

struct emulate;

/* Inject an exception instead of going on; always returns FALSE. */
extern BOOL emulate_fault( struct emulate *emu, UINT8 vector, UINT32 error, UINT64 parameter );
/* Give up with InternalEmulationFailure; always returns FALSE. */
extern BOOL emulate_refuse( struct emulate *emu );

extern void emulate_finish( struct emulate *emu );

#endif /* __WHV_UNIX_EMULATE_RESULT_H */
