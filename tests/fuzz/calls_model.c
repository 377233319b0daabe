/*
 * Fuzz target: what the calls are expected to have done, and their arguments
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

#include <stdlib.h>

#include "calls_model.h"
#include "host/array.h"
#include "unixlib.h"
#include "wine/unixlib.h"

extern const unixlib_entry_t __wine_unix_call_funcs[];

struct calls calls;

NTSTATUS call( enum unix_call number, void *params )
{
    return __wine_unix_call_funcs[number]( params );
}

/* ---- arguments ---- */

void *any_handle( void )
{
    UINT8 how = fuzz_u8( calls.input );

    calls.model = NULL;
    if (how >= 0xf0) return (void *)(uintptr_t)fuzz_edge( calls.input );
    calls.model = &calls.models[how % PARTITIONS];
    if (!calls.model->exists && (how & 0x40)) calls.model = &calls.models[0];
    return calls.model->handle;
}

UINT32 any_index( void )
{
    UINT8 how = fuzz_u8( calls.input );

    return how >= 0xf8 ? fuzz_u32( calls.input ) : how & 0x80 ? how & 7 : 0;
}

UINT64 any_address( void )
{
    UINT8 how = fuzz_u8( calls.input );

    /* near each other, mostly */
    return how < 0xa0 ? how % 10 * PAGE : how < 0xe0 ? how % PAGES * PAGE : fuzz_edge( calls.input );
}

UINT64 any_size( void )
{
    UINT8 how = fuzz_u8( calls.input );

    return how < 0xa0 ? (how & 3) * PAGE + PAGE : how < 0xe0 ? (how & 15) * PAGE : fuzz_edge( calls.input );
}

/* Exactly size bytes, filled by the input if there is enough of it; sometimes NULL. */
void *any_buffer( UINT32 size )
{
    UINT8 how = fuzz_u8( calls.input ), *buffer;

    if (how >= 0xfc) return NULL;
    if (!(buffer = malloc( size ? size : 1 ))) fuzz_fail( "no memory" );
    memset( buffer, how & 0x80 ? 0 : how, size );
    fuzz_bytes( calls.input, buffer, size < (how & 0x7fu) ? size : how & 0x7fu );
    return buffer;
}

/* A code from one of the API's ranges. */
UINT32 any_code( void )
{
    static const UINT32 bases[] = { 0, 0x1000, 0x1004, 0x2000, 0x3000, 0x80000000 };
    UINT8 how = fuzz_u8( calls.input );

    return how >= 0xf8 ? fuzz_u32( calls.input ) : bases[how % ARRAY_SIZE( bases )] + fuzz_u8( calls.input ) % 0x30;
}

/* Does a partition of that handle exist? */
BOOL is_alive( void )
{
    return calls.model && calls.model->exists;
}

BOOL has_vp( UINT32 index )
{
    return is_alive() && index < VPS && calls.model->vps[index];
}
