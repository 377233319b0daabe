/*
 * Requests of an emulation
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
#include "emulate/request.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "host/x86.h"

BOOL emulate_ask_translation( struct emulate *emu, struct emulate_request *req, UINT64 page, UINT32 flags )
{
    req->gva = page;
    req->flags = emu->relaxed ? WHvTranslateGvaFlagPrivilegeExempt : flags;
    req->code = WHvTranslateGvaResultSuccess;
    req->gpa = ~0ull;       /* not aligned: a callback that writes nothing is found out */
    return emulate_ask( emu, req, EMULATE_TRANSLATE );
}

BOOL emulate_take_translation( struct emulate *emu, const struct emulate_request *req, UINT64 gva, UINT32 error,
                               BOOL is_system, UINT64 *gpa )
{
    if (emu->vp.ExecutionState.Cpl == 3 && !is_system) error |= PF_USER;
    switch (req->code)
    {
    case WHvTranslateGvaResultSuccess:
        break;
    case WHvTranslateGvaResultPageNotPresent:
        return emulate_fault( emu, VECTOR_PF, error, gva );
    case WHvTranslateGvaResultPrivilegeViolation:
        return emulate_fault( emu, VECTOR_PF, error | PF_PRESENT, gva );
    case WHvTranslateGvaResultInvalidPageTableFlags:
        return emulate_fault( emu, VECTOR_PF, error | PF_PRESENT | PF_RESERVED, gva );
    case WHvTranslateGvaResultGpaUnmapped:
    case WHvTranslateGvaResultGpaNoReadAccess:
    case WHvTranslateGvaResultGpaNoWriteAccess:
    case WHvTranslateGvaResultGpaIllegalOverlayAccess:
        /* The guest may, but there is no memory of that kind: that is what emulation is for. Which GPA it is comes
         * without validation; or the exit has told. */
        if (emu->known_access && (gva & ~0xfffull) == emu->known_page)
        {
            *gpa = emu->known_gpa;
            return TRUE;
        }
        if (emu->relaxed)
        {
            /* a page table is where there is no memory */
            emu->status.TranslateGvaPageCallbackFailed = 1;
            emulate_finish( emu );
        }
        emu->relaxed = 1;
        return FALSE;
    default:
        emu->status.TranslateGvaPageCallbackFailed = 1;
        emulate_finish( emu );
        return FALSE;
    }
    emu->relaxed = 0;
    if (req->gpa & 0xfff)
    {
        emu->status.TranslateGvaPageCallbackGpaIsNotAligned = 1;
        emulate_finish( emu );
        return FALSE;
    }
    *gpa = req->gpa;
    return TRUE;
}

BOOL emulate_ask_memory( struct emulate *emu, struct emulate_request *req, UINT64 gpa, UINT8 size, const void *data )
{
    memset( &req->memory, 0, sizeof(req->memory) );
    req->memory.GpaAddress = gpa;
    req->memory.AccessSize = size;
    if (data)
    {
        req->memory.Direction = 1;
        memcpy( req->memory.Data, data, size );
    }
    return emulate_ask( emu, req, EMULATE_MEMORY );
}

BOOL emulate_ask_port( struct emulate *emu, struct emulate_request *req, UINT8 size, BOOL out, UINT32 data )
{
    memset( &req->io, 0, sizeof(req->io) );
    req->io.Direction = out;
    req->io.Port = emu->port;
    req->io.AccessSize = size;
    req->io.Data = data;
    return emulate_ask( emu, req, EMULATE_IO );
}
