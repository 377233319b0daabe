/*
 * Looking backwards for an instruction
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
 * KVM shows RIP behind an instruction: candidates of all lengths are decoded in front of it, and asked. Where several
 * could have done it, the rhythm of the code decides.
 * Knows code_x86.h; knows nothing of what the candidates are asked.
 */

#ifndef __WHV_UNIX_EXIT_REWIND_SEARCH_H
#define __WHV_UNIX_EXIT_REWIND_SEARCH_H

#include <string.h>

#include "exit/rewind_operand.h"
#include "exit/rewind_types.h"
#include "winhvplatformdefs.h"

struct vp;

/* Could insn, from start to end (offsets in CS), have done it? Fills the result if so. */
typedef enum match (*rewind_try_func)( struct vp *vp, const struct insn *insn, UINT64 start, UINT64 end,
                                       const void *access, struct rewind_result *result );

/* Instructions of all lengths that end at end: decoded, and asked whether they could have done it. Returns the length
 * of the one that has, with the result filled, or 0. An exact match goes before one whose data can't be told, unless
 * the processor went in at the latter.
 * proven: the processor has just been there (as for code_read). */
extern UINT32 rewind_search( struct vp *vp, UINT64 end, BOOL proven, rewind_try_func try, const void *access,
                             struct rewind_result *result );

/* A result that says nothing but what KVM shows; and the instruction's bytes for it. */
extern void rewind_start( struct vp *vp, struct rewind_result *result );
static inline void rewind_take_bytes( struct rewind_result *result, const UINT8 *bytes, UINT32 count )
{
    memcpy( result->bytes, bytes, count );
    result->byte_count = count;
}

#endif /* __WHV_UNIX_EXIT_REWIND_SEARCH_H */
