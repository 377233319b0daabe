/*
 * Registers of an emulation
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
 * Which registers an instruction needs, and one question for all of them. Knows request.h, plain.h and the files that
 * have registers of their own (execute.h, native.h, vector.h).
 */

#ifndef __WHV_UNIX_EMULATE_REGISTERS_H
#define __WHV_UNIX_EMULATE_REGISTERS_H

#include "../winhvemulation/unixlib.h"
#include "winhvplatformdefs.h"

struct emulate;

/* Of a decoded and supported instruction: fills emu->need. */
extern void emulate_find_registers( struct emulate *emu );

/* For the CPU's use of it: what is asked for here is all that the following phases look at. */
extern BOOL emulate_get_registers( struct emulate *emu, struct emulate_request *req );

#endif /* __WHV_UNIX_EMULATE_REGISTERS_H */
