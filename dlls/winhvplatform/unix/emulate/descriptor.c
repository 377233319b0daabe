/*
 * Descriptors of segments and of the system
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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <string.h>

#include "emulate/descriptor.h"
#include "emulate/result.h"
#include "emulate/state.h"

BOOL emulate_find_descriptor( struct emulate *emu, UINT32 size )
{
    const struct emulate_system *system = &emu->system;
    UINT64 base = system->gdtr.Base;
    UINT32 limit = system->gdtr.Limit, offset = emu->far.selector & ~7u;

    if (emu->far.selector & 4)
    {
        if (!system->ldtr.Present) return FALSE;
        base = system->ldtr.Base;
        limit = system->ldtr.Limit;
    }
    emu->far.descriptor_at = base + offset;
    return offset + size - 1 <= limit;
}

UINT32 emulate_descriptor_limit( const UINT32 descriptor[2] )
{
    UINT32 limit = (descriptor[0] & 0xffff) | (descriptor[1] & 0xf0000);

    return descriptor[1] & DESCRIPTOR_GRANULAR ? limit << 12 | 0xfff : limit;
}

void emulate_take_descriptor( const UINT32 descriptor[2], WHV_X64_SEGMENT_REGISTER *segment )
{
    UINT32 low = descriptor[0], high = descriptor[1];

    memset( segment, 0, sizeof(*segment) );
    segment->Base = low >> 16 | (high & 0xff) << 16 | (high & 0xff000000);
    segment->Limit = emulate_descriptor_limit( descriptor );
    segment->Attributes = high >> 8 & 0xf0ff;
}

BOOL emulate_selector_fault( struct emulate *emu, UINT8 vector )
{
    return emulate_fault( emu, vector, emu->far.selector & 0xfffc, 0 );
}
