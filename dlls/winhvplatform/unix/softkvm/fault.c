/*
 * Faults of executed instructions
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

#include <string.h>

#include "host/trace.h"
#include "host/x86.h"
#include "registers/events_x86.h"
#include "softkvm/fault.h"
#include "softkvm/state.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

enum execute_result execute_fault_code( struct execute *ex, UINT8 vector, UINT32 code, UINT64 parameter )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.ExceptionEvent.EventPending = 1;
    value.ExceptionEvent.Vector = vector;
    value.ExceptionEvent.ExceptionParameter = parameter;
    /* real mode pushes no error code */
    if (code != ~0u && (view_sregs( ex->vp )->cr0 & CR0_PE))
    {
        value.ExceptionEvent.DeliverErrorCode = 1;
        value.ExceptionEvent.ErrorCode = code;
    }
    TRACE( "vp %u: fault %u code %#x at %#llx\n", ex->vp->index, vector, code,
           (unsigned long long)view_regs( ex->vp )->rip );
    return FAILED(events_set( ex->vp, WHvRegisterPendingEvent, &value )) ? EXECUTE_REFUSED : EXECUTE_FAULT;
}

enum execute_result execute_fault( struct execute *ex, UINT8 vector )
{
    return execute_fault_code( ex, vector, vector == VECTOR_GP || vector == VECTOR_SS ? 0 : ~0u, 0 );
}
