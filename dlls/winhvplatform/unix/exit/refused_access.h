/*
 * Which access KVM has refused
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
 * KVM says no more than that it can't: which of an instruction's accesses it was is found by going through them.
 * Knows insn/access, guest memory and the registers by name. The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_EXIT_REFUSED_ACCESS_H
#define __WHV_UNIX_EXIT_REFUSED_ACCESS_H

#include "winhvplatformdefs.h"

struct insn;
struct vp;

struct refused_access
{
    UINT64 gva, gpa;            /* where it begins on the page that is refused */
    UINT32 type;                /* WHV_MEMORY_ACCESS_TYPE */
};

/* Can an access of this type not be made? Because there is no memory, or the mapping does not let it ... */
extern BOOL refused_by_mapping( struct vp *vp, UINT64 gpa, UINT32 type );
/* ... or the host does not. */
extern BOOL refused_by_host( struct vp *vp, UINT64 gpa, UINT32 type );

typedef BOOL (*refused_func)( struct vp *vp, UINT64 gpa, UINT32 type );

/* Size bytes at a linear address, which the processor itself accesses whatever the privilege: a table, or a frame.
 * TRUE: refused() says that they can't be, and access where. What does not translate is not refused. */
extern BOOL refused_linear( struct vp *vp, UINT64 linear, UINT32 size, UINT32 type, refused_func refused,
                            struct refused_access *access );

/* The first access of the instruction at the RIP, in the processor's order, that refused() says can't be made. FALSE:
 * there is none. */
extern BOOL refused_find( struct vp *vp, const struct insn *insn, refused_func refused, struct refused_access *access );

#endif /* __WHV_UNIX_EXIT_REFUSED_ACCESS_H */
