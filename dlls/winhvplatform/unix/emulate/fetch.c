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
#include "emulate/registers.h"
#include "emulate/request.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "host/array.h"
#include "host/bytes.h"
#include "host/x86.h"
#include "insn/decode.h"
#include "insn/insn.h"

static struct emulate_decoded *place_of( const struct emulate *emu )
{
    return &emu->cache->decoded[(emu->rip ^ emu->rip >> 4) % ARRAY_SIZE(emu->cache->decoded)];
}

static BOOL recall( struct emulate *emu, enum insn_mode mode )
{
    const struct emulate_decoded *decoded;

    if (!emu->cache) return FALSE;
    decoded = place_of( emu );
    if (!emulate_is_same( &decoded->insn, decoded->bytes, decoded->mask, emu->bytes, emu->byte_count, mode ))
        return FALSE;
    emu->insn = decoded->insn;
    emu->native = decoded->native;
    emu->need = decoded->need;
    memcpy( emu->insn_bytes, decoded->bytes, sizeof(emu->insn_bytes) );
    memcpy( emu->insn_mask, decoded->mask, sizeof(emu->insn_mask) );
    return TRUE;
}

static void remember( const struct emulate *emu )
{
    struct emulate_decoded *decoded;

    if (!emu->cache) return;
    decoded = place_of( emu );
    decoded->insn = emu->insn;
    decoded->native = emu->native;
    decoded->need = emu->need;
    memcpy( decoded->bytes, emu->insn_bytes, sizeof(decoded->bytes) );
    memcpy( decoded->mask, emu->insn_mask, sizeof(decoded->mask) );
}

static void find_mask( UINT64 mask[2], UINT8 length )
{
    mask[0] = length < 8 ? (1ull << length * 8) - 1 : ~0ull;
    mask[1] = length > 8 ? (1ull << (length - 8) * 8) - 1 : 0;
}

BOOL emulate_decode( struct emulate *emu )
{
    enum insn_mode mode = emulate_code_mode( &emu->vp );

    if (!emulate_is_same( &emu->insn, emu->insn_bytes, emu->insn_mask, emu->bytes, emu->byte_count, mode ) &&
        !recall( emu, mode ))
    {
        emu->insn.length = emu->native.length = emu->need.count = 0;
        if (FAILED(insn_decode( emu->bytes, emu->byte_count, mode, &emu->insn ))) return FALSE;
        memcpy( emu->insn_bytes, emu->bytes, sizeof(emu->insn_bytes) );
        find_mask( emu->insn_mask, emu->insn.length );
        if (emulate_supported( &emu->insn ) || emulate_native_supported( emu )) emulate_find_registers( emu );
        remember( emu );
    }
    emulate_decoded( emu );
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
