/*
 * IRET and far RET
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
 * IRET and far RET with their stack in a device: in real mode, within a ring and to an outer one. IRET to virtual 8086
 * mode and to another task is refused. Knows descriptor.h, operand.h and address.h.
 */

#ifndef __WHV_UNIX_EMULATE_RETURN_H
#define __WHV_UNIX_EMULATE_RETURN_H

#include "winhvplatformdefs.h"

struct emulate;

extern BOOL emulate_plan_return( struct emulate *emu ), emulate_return( struct emulate *emu );

#endif /* __WHV_UNIX_EMULATE_RETURN_H */
