/*
 * whvrun: booting flat images and boot sectors
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

#include <stdio.h>
#include <stdlib.h>

#include "boot.h"
#include "platform/ram.h"
#include "platform/vp.h"

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* attributes of a present segment of ring 0: type, S, P; and with G and D for a flat one */
enum { CODE16 = 0x009b, DATA16 = 0x0093, CODE32 = 0xc09b, DATA32 = 0xc093 };

BOOL read_file( const char *name, struct file *file )
{
    HANDLE handle = CreateFileA( name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL );
    LARGE_INTEGER size;
    DWORD count;
    BOOL ret = FALSE;

    if (handle == INVALID_HANDLE_VALUE || !GetFileSizeEx( handle, &size ))
    {
        fprintf( stderr, "whvrun: can't open %s: error %lu\n", name, GetLastError() );
        if (handle != INVALID_HANDLE_VALUE) CloseHandle( handle );
        return FALSE;
    }
    if (!size.QuadPart || size.QuadPart > 0x7fffffff) fprintf( stderr, "whvrun: %s is empty or too large\n", name );
    else if (!(file->data = malloc( size.QuadPart ))) fprintf( stderr, "whvrun: no memory for %s\n", name );
    else if (!ReadFile( handle, file->data, size.QuadPart, &count, NULL ) || count != size.QuadPart)
        fprintf( stderr, "whvrun: can't read %s: error %lu\n", name, GetLastError() );
    else
    {
        file->size = size.QuadPart;
        ret = TRUE;
    }
    CloseHandle( handle );
    return ret;
}

static WHV_REGISTER_VALUE segment( WORD selector, UINT64 base, UINT32 limit, WORD attributes )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.Segment.Base = base;
    value.Segment.Limit = limit;
    value.Segment.Selector = selector;
    value.Segment.Attributes = attributes;
    return value;
}

static WHV_REGISTER_VALUE number( UINT64 n )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.Reg64 = n;
    return value;
}

BOOL enter_real_mode( WORD cs, WORD ip, UINT64 rdx )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterCs, WHvX64RegisterDs, WHvX64RegisterEs, WHvX64RegisterSs, WHvX64RegisterFs, WHvX64RegisterGs,
        WHvX64RegisterRip, WHvX64RegisterRflags, WHvX64RegisterRsp, WHvX64RegisterRdx,
    };
    WHV_REGISTER_VALUE values[ARRAY_COUNT(names)];
    UINT32 i;

    values[0] = segment( cs, cs * 16, 0xffff, CODE16 );
    for (i = 1; i < 6; i++) values[i] = segment( 0, 0, 0xffff, DATA16 );
    values[6] = number( ip );
    values[7] = number( 2 );
    values[8] = number( 0x7000 );
    values[9] = number( rdx );
    return SUCCEEDED( vp_set_registers( BOOT_VP, names, values, ARRAY_COUNT(names) ));
}

BOOL enter_protected_mode( UINT64 rip, UINT64 rsi, WORD code_selector, WORD data_selector, UINT64 gdt, WORD gdt_limit )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterCs, WHvX64RegisterDs, WHvX64RegisterEs, WHvX64RegisterSs, WHvX64RegisterFs, WHvX64RegisterGs,
        WHvX64RegisterRip, WHvX64RegisterRflags, WHvX64RegisterRsi, WHvX64RegisterRdx, WHvX64RegisterCr0, WHvX64RegisterGdtr,
    };
    WHV_REGISTER_VALUE values[ARRAY_COUNT(names)];
    UINT32 i;

    values[0] = segment( code_selector, 0, 0xffffffff, CODE32 );
    for (i = 1; i < 6; i++) values[i] = segment( data_selector, 0, 0xffffffff, DATA32 );
    values[6] = number( rip );
    values[7] = number( 2 );
    values[8] = number( rsi );
    values[9] = number( 0 );
    values[10] = number( 0x11 );        /* PE, ET */
    memset( &values[11], 0, sizeof(values[11]) );
    values[11].Table.Base = gdt;
    values[11].Table.Limit = gdt_limit;
    return SUCCEEDED( vp_set_registers( BOOT_VP, names, values, ARRAY_COUNT(names) ));
}

BOOL boot_flat( const struct file *image, UINT64 address )
{
    void *memory = ram_at( address, image->size );

    if (!memory)
    {
        fprintf( stderr, "whvrun: the image does not fit into memory at %#llx\n", (ULONGLONG)address );
        return FALSE;
    }
    memcpy( memory, image->data, image->size );
    if (address >= 0x100000) return enter_protected_mode( address, 0, 8, 16, 0, 0 );
    return enter_real_mode( (address & ~0xffffull) / 16, address & 0xffff, 0 );
}

BOOL boot_sector( const struct file *image )
{
    struct file sector = { image->data, 512 };

    if (image->size < 512 || image->data[510] != 0x55 || image->data[511] != 0xaa)
    {
        fprintf( stderr, "whvrun: this is no boot sector: 55 AA is missing at its end\n" );
        return FALSE;
    }
    if (!boot_flat( &sector, 0x7c00 )) return FALSE;
    return enter_real_mode( 0, 0x7c00, 0x80 );      /* DL: the first hard disk */
}
