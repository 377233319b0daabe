/*
 * Fuzz targets
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

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "wine/debug.h"

void fuzz_bytes( struct fuzz_input *input, void *data, size_t size )
{
    size_t count = size < input->size ? size : input->size;

    memcpy( data, input->data, count );
    memset( (UINT8 *)data + count, 0, size - count );
    input->data += count;
    input->size -= count;
}

UINT64 fuzz_u64( struct fuzz_input *input )
{
    UINT64 value;

    fuzz_bytes( input, &value, sizeof(value) );
    return value;
}

UINT32 fuzz_u32( struct fuzz_input *input )
{
    UINT32 value;

    fuzz_bytes( input, &value, sizeof(value) );
    return value;
}

UINT16 fuzz_u16( struct fuzz_input *input )
{
    UINT16 value;

    fuzz_bytes( input, &value, sizeof(value) );
    return value;
}

UINT8 fuzz_u8( struct fuzz_input *input )
{
    UINT8 value;

    fuzz_bytes( input, &value, sizeof(value) );
    return value;
}

UINT64 fuzz_edge( struct fuzz_input *input )
{
    UINT8 how = fuzz_u8( input );
    UINT64 bit = 1ull << (how & 63);

    switch (how >> 6)
    {
    case 0:  return bit + (int8_t)fuzz_u8( input );
    case 1:  return 0 - bit + (int8_t)fuzz_u8( input );
    case 2:  return how & 0x3f;
    default: return fuzz_u64( input );
    }
}

void fuzz_fail( const char *format, ... )
{
    va_list args;

    va_start( args, format );
    fprintf( stderr, "fuzz: " );
    vfprintf( stderr, format, args );
    fprintf( stderr, "\n" );
    va_end( args );
    abort();
}

void fuzz_quiet( void )
{
    static const unsigned char quiet;

    if (!getenv( "FUZZ_TRACE" )) whv_trace_flags = &quiet;
}

int LLVMFuzzerTestOneInput( const uint8_t *data, size_t size )
{
    struct fuzz_input input = { data, size };
    static BOOL ready;

    if (!ready)
    {
        fuzz_setup();
        ready = 1;
    }
    fuzz_run( &input );
    return 0;
}
