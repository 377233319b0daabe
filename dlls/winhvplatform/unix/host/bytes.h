/*
 * Numbers in byte arrays
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
 * What it is for: reading and writing numbers at any place of a byte array, such as an XSAVE image.
 * Little-endian, unaligned; knows nothing.
 */

#ifndef __WHV_UNIX_HOST_BYTES_H
#define __WHV_UNIX_HOST_BYTES_H

#include <string.h>

#include "winhvplatformdefs.h"

static inline UINT16 load16( const UINT8 *from )
{
    UINT16 ret;

    memcpy( &ret, from, sizeof(ret) );
    return ret;
}

static inline void store16( UINT8 *to, UINT16 value )
{
    memcpy( to, &value, sizeof(value) );
}

static inline UINT32 load32( const UINT8 *from )
{
    UINT32 ret;

    memcpy( &ret, from, sizeof(ret) );
    return ret;
}

static inline void store32( UINT8 *to, UINT32 value )
{
    memcpy( to, &value, sizeof(value) );
}

static inline UINT64 load64( const UINT8 *from )
{
    UINT64 ret;

    memcpy( &ret, from, sizeof(ret) );
    return ret;
}

static inline void store64( UINT8 *to, UINT64 value )
{
    memcpy( to, &value, sizeof(value) );
}

#endif /* __WHV_UNIX_HOST_BYTES_H */
