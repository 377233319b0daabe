/*
 * Vector registers
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
 * Which vector registers take part in an instruction, and their loads and stores, also those that go element by
 * element. Knows address.h and the format in host/.
 */

#ifndef __WHV_UNIX_EMULATE_VECTOR_H
#define __WHV_UNIX_EMULATE_VECTOR_H

#include "winhvplatformdefs.h"

struct emulate;
struct insn;

/* Which vector registers take part: fills emu->vector. For the host CPU's, INSN_VMOV and what has insn->element. */
extern void emulate_vector_find( struct emulate *emu );
extern UINT32 emulate_vector_names( const struct emulate *emu, WHV_REGISTER_NAME *names );
/* Where a named register is kept, and what it was; NULL: not one of emu->vector. */
extern UINT8 *emulate_vector_place( struct emulate *emu, WHV_REGISTER_NAME name, const UINT8 **old );
extern BOOL emulate_vector_supported( const struct insn *insn );
extern BOOL emulate_vector_move( struct emulate *emu );
/* INSN_VMASKMOV, INSN_MASKMOV, INSN_GATHER, as emulate_plan() and emulate_execute(). */
extern BOOL emulate_elements_plan( struct emulate *emu );
extern BOOL emulate_elements_execute( struct emulate *emu );
/* Is there another element to gather? */
extern BOOL emulate_elements_next( struct emulate *emu );

#endif /* __WHV_UNIX_EMULATE_VECTOR_H */
