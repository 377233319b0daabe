/*
 * System instructions
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
 * Stores and loads of descriptor table registers and of the machine status word, and the old instructions XLAT, BOUND,
 * ARPL. Knows operand.h and address.h.
 */

#ifndef __WHV_UNIX_EMULATE_SYSTEM_H
#define __WHV_UNIX_EMULATE_SYSTEM_H

#include "winhvplatformdefs.h"

struct emulate;

extern UINT32 emulate_system_names( const struct emulate *emu, WHV_REGISTER_NAME *names );
extern void emulate_system_take( struct emulate *emu, const WHV_REGISTER_VALUE *values );
extern UINT32 emulate_system_changes( struct emulate *emu, WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values );
extern BOOL emulate_plan_system( struct emulate *emu ), emulate_system( struct emulate *emu );
extern BOOL emulate_xlat( struct emulate *emu );
extern BOOL emulate_bound( struct emulate *emu );
extern BOOL emulate_plan_arpl( struct emulate *emu ), emulate_arpl( struct emulate *emu );

#endif /* __WHV_UNIX_EMULATE_SYSTEM_H */
