/*
 * Life of a partition
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
 * Creating, setting up, resetting, deleting partitions, and properties that have to be in KVM at once.
 * Knows everything below.
 */

#ifndef __WHV_UNIX_RUN_PARTITION_LIFE_H
#define __WHV_UNIX_RUN_PARTITION_LIFE_H

#include "winhvplatformdefs.h"

/* All of them: E_HANDLE. */
extern HRESULT partition_setup( WHV_PARTITION_HANDLE handle );
extern HRESULT partition_reset( WHV_PARTITION_HANDLE handle );
/* property_set, and what has to follow at once; buffer is our own copy. */
extern HRESULT partition_set_property( WHV_PARTITION_HANDLE handle, WHV_PARTITION_PROPERTY_CODE code,
                                       const void *buffer, UINT32 size );
/* WHV_E_INVALID_VP_STATE, and nothing is deleted, while a thread is inside WHvRunVirtualProcessor. */
extern HRESULT partition_delete( WHV_PARTITION_HANDLE handle );

#endif /* __WHV_UNIX_RUN_PARTITION_LIFE_H */
