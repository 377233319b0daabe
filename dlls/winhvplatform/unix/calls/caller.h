/*
 * Caller memory
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
 * How values get to the caller's buffers. The caller's memory may fault at any access, and Wine then abandons the
 * call: it is touched only while no lock is held and nothing is allocated or half done.
 * Knows nothing but the API's types.
 */

#ifndef __WHV_UNIX_CALLS_CALLER_H
#define __WHV_UNIX_CALLS_CALLER_H

#include "winhvplatformdefs.h"

/* A value of a capability, property or counter set is never larger. */
#define MAX_VALUE_SIZE 256

/***********************************************************************
 *           give_value
 *
 * The common end of the calls that fill a caller's buffer with a value of a size of its own.
 *
 * PARAMS
 *  hr      [I] what the room said: S_OK, or WHV_E_INSUFFICIENT_BUFFER for a value that needs more than size
 *  data    [I] the value
 *  needed  [I] its size, also with WHV_E_INSUFFICIENT_BUFFER
 *  buffer  [O] the caller's buffer, at least needed bytes unless NULL
 *  written [O] the caller's; gets needed; may be NULL
 *
 * RETURNS
 *  hr; E_POINTER for a NULL buffer.
 */
extern HRESULT give_value( HRESULT hr, const void *data, UINT32 needed, void *buffer, UINT32 *written );

extern HRESULT check_vp( WHV_PARTITION_HANDLE partition, UINT32 index );

#endif /* __WHV_UNIX_CALLS_CALLER_H */
