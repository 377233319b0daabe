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

#include "emulate/address.h"
#include "emulate/descriptor.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "host/x86.h"
#include "insn/insn.h"

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

void emulate_load_descriptor( struct emulate *emu, UINT8 number )
{
    WHV_X64_SEGMENT_REGISTER *segment = &emu->segments[number];
    struct emulate_far *far = &emu->far;

    emulate_take_descriptor( far->descriptor, segment );
    segment->Selector = far->selector;
    segment->Attributes |= DESCRIPTOR_ACCESSED >> 8;
    if (far->descriptor[1] & DESCRIPTOR_ACCESSED) return;
    far->accessed_at[far->accessed_count] = far->descriptor_at + 5;
    far->accessed[far->accessed_count++] = (far->descriptor[1] | DESCRIPTOR_ACCESSED) >> 8;
}

void emulate_plan_accessed( struct emulate *emu )
{
    const struct emulate_far *far = &emu->far;
    UINT32 i;

    for (i = 0; i < far->accessed_count; i++)
    {
        emulate_add_system_access( emu, far->accessed_at[i], 1, INSN_WRITE );
        emu->access[emu->access_count - 1].data[0] = far->accessed[i];
    }
}

BOOL emulate_is_code_of_both_sizes( const struct emulate *emu )
{
    UINT32 high = emu->far.descriptor[1];

    return emu->vp.ExecutionState.EferLma && (high & DESCRIPTOR_LONG) && (high & DESCRIPTOR_DEFAULT);
}

BOOL emulate_check_branch( struct emulate *emu )
{
    const WHV_X64_SEGMENT_REGISTER *code = &emu->segments[SEGMENT_CS];

    if (emu->vp.ExecutionState.EferLma && code->Long)
    {
        if (!emulate_is_canonical( emu, emu->far.offset )) return emulate_fault( emu, VECTOR_GP, 0, 0 );
        return TRUE;
    }
    emu->far.offset = (UINT32)emu->far.offset;
    return emu->far.offset <= code->Limit ? TRUE : emulate_fault( emu, VECTOR_GP, 0, 0 );
}

BOOL emulate_selector_fault( struct emulate *emu, UINT8 vector )
{
    return emulate_fault( emu, vector, emu->far.selector & 0xfffc, 0 );
}
