/*
 * Memory of other processes
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
 * KVM knows memory of its own process only. But a view of a section that another process has is a shared mapping of a
 * file, and where this process has a view of the same file it can have one more, of the same pages.
 * Knows the lists of mappings (maps.h); knows nothing of guests, nor of Windows' handles.
 */

#ifndef __WHV_UNIX_HOST_FOREIGN_H
#define __WHV_UNIX_HOST_FOREIGN_H

#include <stdint.h>

#include "winhvplatformdefs.h"

/* The process that has a mapping from start to end, which somebody has made there to tell it from all others: its
 * number, 0 if it is this one, -ESRCH. */
extern int foreign_find( uintptr_t start, uintptr_t end );

/***********************************************************************
 *           foreign_view
 *
 * Maps what another process has from address on, with the rights that it has there, for munmap. All of it has to be
 * views of sections, of which this process has views too; they may go afterwards.
 *
 * RETURNS
 *  0; -EINVAL: it is other memory, or no view of it is here, or more than 256 mappings; -EAGAIN: what is mapped here
 *  changes all the time; -errno.
 */
extern int foreign_view( int process, uintptr_t address, UINT64 size, void **view );

#endif /* __WHV_UNIX_HOST_FOREIGN_H */
