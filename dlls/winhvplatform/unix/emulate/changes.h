/*
 * What an emulation changes
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
 * The one call that sets registers, at the end of an emulation; and saying ahead, with the last access, what it will
 * set, where that depends on no more than what the access brings. Knows request.h and the files that have registers of
 * their own (execute.h, native.h).
 */

#ifndef __WHV_UNIX_EMULATE_CHANGES_H
#define __WHV_UNIX_EMULATE_CHANGES_H

#include "../winhvemulation/unixlib.h"
#include "winhvplatformdefs.h"

struct emulate;

/* The one call that changes the guest. A fault comes with what the completed iterations of a string
 * instruction have done. */
extern BOOL emulate_set_registers( struct emulate *emu, struct emulate_request *req );

/* The request that has just been made is the last before emulate_set_registers(), and brings nothing that goes there:
 * what will be set, and the end, are said with it. */
extern void emulate_foresee( struct emulate *emu, struct emulate_request *req );

/* The same for IN and OUT of emu->rax: of IN these bits come in. */
extern void emulate_foresee_port( struct emulate *emu, struct emulate_request *req, UINT64 mask );

#endif /* __WHV_UNIX_EMULATE_CHANGES_H */
