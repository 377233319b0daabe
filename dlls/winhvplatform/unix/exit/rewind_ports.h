/*
 * Finding OUT and IN
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
 * The same as rewind.h for port accesses: OUT behind or at the RIP, IN at it, string forms by the iteration.
 * Knows rewind.h and its files.
 */

#ifndef __WHV_UNIX_EXIT_REWIND_PORTS_H
#define __WHV_UNIX_EXIT_REWIND_PORTS_H

#include "winhvplatformdefs.h"

struct rewind_result;
struct vp;

/* The same for a port access: data is what OUT writes. */
extern BOOL rewind_out( struct vp *vp, UINT16 port, UINT32 size, const UINT8 *data, struct rewind_result *result );
extern BOOL rewind_in( struct vp *vp, UINT32 size, struct rewind_result *result );

#endif /* __WHV_UNIX_EXIT_REWIND_PORTS_H */
