/*
 * whvrun: operands of an instruction
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

#include "decode/operand.h"
#include "devices/bus.h"
#include "platform/ram.h"
#include "platform/vp.h"

UINT64 get_reg( const struct insn *in, unsigned int reg, unsigned int size )
{
    if (size == 1 && !in->rex && reg >= 4) return in->gpr[reg - 4] >> 8 & 0xff;
    return in->gpr[reg] & size_mask( size );
}

void set_reg( struct insn *in, unsigned int reg, unsigned int size, UINT64 value )
{
    if (size == 1 && !in->rex && reg >= 4) in->gpr[reg - 4] = (in->gpr[reg - 4] & ~0xff00ull) | (value & 0xff) << 8;
    else if (size >= 4) in->gpr[reg] = value & size_mask( size );
    else in->gpr[reg] = (in->gpr[reg] & ~size_mask( size )) | (value & size_mask( size ));
}

void add_reg( struct insn *in, unsigned int reg, INT64 value )
{
    set_reg( in, reg, in->adsize, in->gpr[reg] + value );
}

void mem_copy( struct insn *in, UINT64 linear, void *data, unsigned int size, BOOL write )
{
    unsigned int part, done;
    UINT64 gpa;
    void *ram;

    for (done = 0; done < size && !in->failed; done += part)
    {
        part = min( size - done, 0x1000 - ((linear + done) & 0xfff) );
        if (!vp_translate( in->vp, linear + done, write, &gpa ))
        {
            in->failed = TRUE;
            in->why = "a page is not there";
        }
        else if ((ram = ram_at( gpa, part )))
        {
            if (write) memcpy( ram, (BYTE *)data + done, part );
            else memcpy( (BYTE *)data + done, ram, part );
        }
        else if (write) bus_write_memory( gpa, part, (BYTE *)data + done );
        else bus_read_memory( gpa, part, (BYTE *)data + done );
    }
}

UINT64 mem_load( struct insn *in, UINT64 linear, unsigned int size )
{
    UINT64 value = 0;

    mem_copy( in, linear, &value, size, FALSE );
    return value;
}

void mem_store( struct insn *in, UINT64 linear, unsigned int size, UINT64 value )
{
    mem_copy( in, linear, &value, size, TRUE );
}

UINT64 get_rm( struct insn *in, unsigned int size )
{
    return in->mod == 3 ? get_reg( in, in->rm, size ) : mem_load( in, in->linear, size );
}

void set_rm( struct insn *in, unsigned int size, UINT64 value )
{
    if (in->mod == 3) set_reg( in, in->rm, size, value );
    else mem_store( in, in->linear, size, value );
}
