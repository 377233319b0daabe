/*
 * Memory of executed instructions
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
 * Memory operands that are known to be RAM with the rights asked for: checked whole before any part is touched.
 * Knows fault.h and guest memory.
 */

#ifndef __WHV_UNIX_SOFTKVM_MEMORY_H
#define __WHV_UNIX_SOFTKVM_MEMORY_H

#include "softkvm/state.h"
#include "winhvplatformdefs.h"

struct insn_access;

/* A memory operand that is known to be RAM with the rights asked for. */
#define EXECUTE_MAX_PARTS 3

struct execute_memory
{
    UINT64 gva;
    UINT32 size, count;
    struct { UINT64 gpa; UINT32 size; } parts[EXECUTE_MAX_PARTS];
};

/* Linear address of the explicit memory operand. */
extern UINT64 execute_address( const struct execute *ex );
/* Translates size bytes (at most two pages) for reading, or reading and writing. EXECUTE_DONE: memory is valid. The address of
 * a 64-bit mode operand must be canonical: #GP, or #SS in that segment. */
extern enum execute_result execute_open( struct execute *ex, UINT8 segment, UINT64 gva, UINT32 size, BOOL write,
                                         struct execute_memory *memory );
/* The same for one of an instruction's accesses, and for its explicit operand as it is. */
extern enum execute_result execute_open_access( struct execute *ex, const struct insn_access *access,
                                                struct execute_memory *memory );
extern enum execute_result execute_open_operand( struct execute *ex, struct execute_memory *memory );
/* Parts of an opened operand. FALSE: the host pages can't be accessed. */
extern BOOL execute_read( struct execute *ex, const struct execute_memory *memory, UINT32 offset, void *data, UINT32 size );
extern BOOL execute_write( struct execute *ex, const struct execute_memory *memory, UINT32 offset, const void *data, UINT32 size );

#endif /* __WHV_UNIX_SOFTKVM_MEMORY_H */
