/*
 * Fetching and decoding
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

#include "../winhvemulation/unixlib.h"
#include "emulate/execute.h"
#include "emulate/fetch.h"
#include "emulate/native.h"
#include "emulate/request.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "host/x86.h"
#include "insn/decode.h"
#include "insn/insn.h"

enum insn_mode emulate_code_mode( const WHV_VP_EXIT_CONTEXT *vp )
{
    if (vp->ExecutionState.EferLma && vp->Cs.Long) return INSN_MODE_64;
    return vp->Cs.Default ? INSN_MODE_32 : INSN_MODE_16;
}

BOOL emulate_decode( struct emulate *emu )
{
    enum insn_mode mode = emulate_code_mode( &emu->vp );

    if (!emu->insn.length || emu->insn.mode != mode || emu->insn.length > emu->byte_count ||
        memcmp( emu->insn_bytes, emu->bytes, emu->insn.length ))
    {
        emu->insn.length = emu->native.length = 0;
        if (FAILED(insn_decode( emu->bytes, emu->byte_count, mode, &emu->insn ))) return FALSE;
        memcpy( emu->insn_bytes, emu->bytes, emu->insn.length );
    }
    emu->next_rip = emu->rip + emu->insn.length;
    if (mode != INSN_MODE_64) emu->next_rip = (UINT32)emu->next_rip;
    if (emulate_supported( &emu->insn ) || emulate_native_supported( emu )) emulate_go_to( emu, PHASE_GET );
    else emulate_refuse( emu );
    return TRUE;
}

static UINT64 fetch_address( const struct emulate *emu )
{
    UINT64 address = emu->rip + emu->byte_count;

    if (emulate_code_mode( &emu->vp ) == INSN_MODE_64) return address;
    return (UINT32)(address + emu->vp.Cs.Base);
}

BOOL emulate_fetch_translate( struct emulate *emu, struct emulate_request *req )
{
    UINT64 address = fetch_address( emu ), gpa;

    if (!emulate_answered( emu ))
        return emulate_ask_translation( emu, req, address & ~0xfffull,
                                        WHvTranslateGvaFlagValidateRead | WHvTranslateGvaFlagValidateExecute );
    /* The bit for a fetch is there only with NX or SMEP, which every long mode guest has; others do not look at it. */
    if (emulate_take_translation( emu, req, address, emu->vp.ExecutionState.EferLma ? PF_FETCH : 0, FALSE, &gpa ))
    {
        /* no operand has been planned yet: its place is free */
        emu->access[0].gpa[0] = gpa;
        emu->phase = PHASE_FETCH_READ;
    }
    return FALSE;
}

BOOL emulate_fetch_read( struct emulate *emu, struct emulate_request *req )
{
    UINT64 address = fetch_address( emu );
    UINT32 size = INSN_MAX_LENGTH - emu->byte_count, room;

    room = 0x1000 - (address & 0xfff);
    if (size > room) size = room;
    if (size > 8) size = 8;
    if (!emulate_answered( emu ))
        return emulate_ask_memory( emu, req, emu->access[0].gpa[0] | (address & 0xfff), size, NULL );

    memcpy( emu->bytes + emu->byte_count, req->memory.Data, size );
    emu->byte_count += size;
    if (emulate_decode( emu )) return FALSE;
    if (emu->byte_count == INSN_MAX_LENGTH) return emulate_refuse( emu );
    if (size == room) emu->phase = PHASE_FETCH_TRANSLATE;
    return FALSE;
}
