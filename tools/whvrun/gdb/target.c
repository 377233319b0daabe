/*
 * whvrun: the guest as a debugger sees it
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

#include "gdb/target.h"
#include "platform/ram.h"
#include "platform/vp.h"

static WHV_REGISTER_VALUE get_value( WHV_REGISTER_NAME name )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    vp_get_registers( BOOT_VP, &name, &value, 1 );
    return value;
}

UINT64 target_get_register( WHV_REGISTER_NAME name )
{
    return get_value( name ).Reg64;
}

UINT16 target_get_selector( WHV_REGISTER_NAME name )
{
    return get_value( name ).Segment.Selector;
}

void target_set_register( WHV_REGISTER_NAME name, UINT64 number )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.Reg64 = number;
    vp_set_registers( BOOT_VP, &name, &value, 1 );
}

UINT64 target_rip( void )
{
    static const WHV_REGISTER_NAME names[] = { WHvX64RegisterRip, WHvX64RegisterCs };
    WHV_REGISTER_VALUE values[2];

    if (FAILED( vp_get_registers( BOOT_VP, names, values, 2 ))) return 0;
    return values[1].Segment.Long ? values[0].Reg64 : (UINT32)(values[0].Reg64 + values[1].Segment.Base);
}

BOOL target_copy( UINT64 address, BYTE *data, UINT32 size, BOOL write )
{
    UINT32 part;
    UINT64 gpa;
    BYTE *ram;

    for ( ; size; address += part, data += part, size -= part)
    {
        part = min( size, 0x1000 - (address & 0xfff) );
        if (!vp_find( BOOT_VP, address, &gpa ) || !(ram = ram_at( gpa, part ))) return FALSE;
        if (write) memcpy( ram, data, part );
        else memcpy( data, ram, part );
    }
    return TRUE;
}
