/*
 * Could this instruction have raised this exception?
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
 * Several vectors may lead to one handler, and handlers are entered by other ways than exceptions. What stands at the
 * instruction tells most of them apart. Knows the view, which is the state before, and code_x86.h. The vp is locked and
 * out of the guest.
 */

#ifndef __WHV_UNIX_INTERCEPT_CAUSE_H
#define __WHV_UNIX_INTERCEPT_CAUSE_H

#include "vm/vp.h"
#include "winhvplatformdefs.h"

enum cause
{
    CAUSE_NONE,                 /* it was something else */
    CAUSE_POSSIBLE,
    CAUSE_LIKELY,               /* and nothing else, as far as can be seen */
};

/* behind: by so much RIP is behind INTO, whose exception is a trap. restarts: the processor has noted that it was a
 * fault, not INT n. address: CR2. */
extern enum cause cause_find( struct vp *vp, UINT8 vector, UINT32 error_code, UINT64 address, BOOL restarts,
                              UINT32 *behind );

#endif /* __WHV_UNIX_INTERCEPT_CAUSE_H */
