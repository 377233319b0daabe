/*
 * Host capabilities
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
 * What WHvGetCapability answers: one table, with a row for each code and where in struct host its value is.
 * Knows host.h, probe.h and the API's codes; knows no KVM call, no partition and no vp.
 */

#ifndef __WHV_UNIX_HOST_CAPABILITY_H
#define __WHV_UNIX_HOST_CAPABILITY_H

#include "winhvplatformdefs.h"

/* WHvGetCapability: S_OK, WHV_E_UNKNOWN_CAPABILITY, WHV_E_INSUFFICIENT_BUFFER (*written = needed size), E_POINTER.
 * HypervisorPresent answers FALSE on a host without KVM; every other code then fails with the reason. */
extern HRESULT capability_get( WHV_CAPABILITY_CODE code, void *buffer, UINT32 size, UINT32 *written );

#endif /* __WHV_UNIX_HOST_CAPABILITY_H */
