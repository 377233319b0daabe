/*
 * Gates of the guest's own interrupt table
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
 * Where the guest's table sends a vector, in real, protected and long mode; and segments by their selectors, from its
 * descriptor tables. Tables are hostile, and may be gone. Knows the view and code_x86.h. The vp is locked and out of
 * the guest.
 */

#ifndef __WHV_UNIX_INTERCEPT_GATE_H
#define __WHV_UNIX_INTERCEPT_GATE_H

#include "host/kvm.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

#define EXCEPTIONS      32      /* vectors that exceptions have */

struct gate
{
    UINT8  size;                /* bytes of a word that goes to the stack */
    UINT8  ist;
    BOOL   masks;               /* interrupts are off behind it */
    UINT16 selector;
    UINT64 linear;              /* of the handler's first instruction */
};

/* proven: table and descriptors could be read at the last entry. FALSE: it leads to no handler, or to a task. */
extern BOOL gate_read( struct vp *vp, UINT8 vector, BOOL proven, struct gate *gate );

/* A code or data segment of the guest's tables. FALSE: there is none. */
extern BOOL gate_segment( struct vp *vp, UINT16 selector, BOOL proven, struct kvm_segment *segment );
/* The same of a descriptor at hand. */
extern BOOL gate_unpack_segment( UINT64 descriptor, UINT16 selector, struct kvm_segment *segment );

#endif /* __WHV_UNIX_INTERCEPT_GATE_H */
