/*
 * whvrun: flat images and boot sectors
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

#include "boot/entry.h"
#include "boot/flat.h"
#include "platform/ram.h"

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
