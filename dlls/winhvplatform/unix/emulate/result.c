/*
 * Ends of an emulation
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

#include "emulate/result.h"
#include "emulate/state.h"

void emulate_finish( struct emulate *emu )
{
    emu->phase = PHASE_DONE;
}

BOOL emulate_refuse( struct emulate *emu )
{
    emu->status.InternalEmulationFailure = 1;
    emulate_finish( emu );
    return FALSE;
}

BOOL emulate_fault( struct emulate *emu, UINT8 vector, UINT32 error, UINT64 parameter )
{
    memset( &emu->event, 0, sizeof(emu->event) );
    emu->event.EventPending = 1;
    emu->event.EventType = WHvX64PendingEventException;
    emu->event.Vector = vector;
    /* real mode has none */
    if (error != NO_ERROR_CODE && emu->vp.ExecutionState.Cr0Pe)
    {
        emu->event.DeliverErrorCode = 1;
        emu->event.ErrorCode = error;
    }
    emu->event.ExceptionParameter = parameter;
    emu->faulted = 1;
    emu->phase = PHASE_SET;
    return FALSE;
}
