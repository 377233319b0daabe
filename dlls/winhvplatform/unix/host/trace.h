/*
 * Debug traces of the Unix side
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
 * What the Unix side's traces need beside wine/debug.h, which a file that only traces includes by itself: the hand-over
 * of the PE side's flags, which there is outside of Wine's tree only: in it ntdll tells both sides. Errors that a user
 * can mend are told by reason.h. Knows nothing.
 */

#ifndef __WHV_UNIX_HOST_TRACE_H
#define __WHV_UNIX_HOST_TRACE_H

#include "wine/debug.h"

#ifndef WHV_COMPAT
static inline void trace_init( const unsigned char *flags )
{
    (void)flags;
}
#endif

#endif /* __WHV_UNIX_HOST_TRACE_H */
