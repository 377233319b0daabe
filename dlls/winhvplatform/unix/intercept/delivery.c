/*
 * What becomes of an exception in the guest's own interrupt table
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

#include "host/x86.h"
#include "intercept/delivery.h"
#include "intercept/gate.h"
#include "intercept/interceptor.h"
#include "vm/code_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

#define VECTOR_CP       21

#define GATE_SIZE       16

/* bits of the error code of a fault that a gate makes */
#define ERROR_EXT       1
#define ERROR_IDT       2

static BOOL is_present( const UINT8 *gate )
{
    return gate[5] >> 7;
}

/* Bytes of the table, as far as its limit goes. */
static UINT32 table_size( const struct vp *vp, UINT32 size )
{
    UINT32 limit = view_sregs( vp )->idt.limit;

    if (limit + 1 < size) size = limit + 1;
    return size / GATE_SIZE * GATE_SIZE;
}

UINT32 delivery_read_table( struct vp *vp, UINT32 proven, BOOL *usable )
{
    UINT8 table[EXCEPTIONS * GATE_SIZE];
    UINT32 i, count = table_size( vp, sizeof(table) );

    *usable = 0;
    if (proven && proven < count) count = proven;
    if (count) count = code_read( vp, view_sregs( vp )->idt.base, table, count, proven != 0 );
    for (i = 0; i + GATE_SIZE <= count; i += GATE_SIZE) if (is_present( table + i )) *usable = 1;
    return count;
}

/* Of Intel's table "interrupt and exception classes": what makes a double fault of a second one */
static BOOL is_contributory( UINT8 vector )
{
    return vector == VECTOR_DE || (vector >= VECTOR_TS && vector <= VECTOR_GP) || vector == VECTOR_CP;
}

/* The fault that the way through the gate ends in. FALSE: none that we can tell. */
static BOOL gate_fault( struct vp *vp, const struct caught *event, struct caught *fault )
{
    UINT64 gate = view_sregs( vp )->idt.base + event->vector * GATE_SIZE, gpa;
    BOOL software = event->vector == VECTOR_BP || event->vector == VECTOR_OF;
    UINT8 bytes[GATE_SIZE];

    memset( fault, 0, sizeof(*fault) );
    fault->has_error_code = 1;
    fault->error_code = event->vector << 3 | ERROR_IDT | (software ? 0 : ERROR_EXT);
    fault->vector = VECTOR_GP;
    if (table_size( vp, (event->vector + 1) * GATE_SIZE ) <= event->vector * GATE_SIZE) return 1;
    if (!code_translate( vp, gate, 0, &gpa ))
    {
        fault->vector = VECTOR_PF;
        fault->error_code = 0;
        fault->parameter = gate;
        return 1;
    }
    if (code_read( vp, gate, bytes, sizeof(bytes), 0 ) != sizeof(bytes)) return 0;
    /* interrupt and trap gates */
    if ((bytes[5] & 0x1e) != 0x0e) return 1;
    fault->vector = VECTOR_NP;
    return !is_present( bytes );
}

enum delivery delivery_follow( struct vp *vp, UINT64 wanted, struct caught *event )
{
    struct caught fault;

    /* each turn leads to another class: benign, page fault or contributory, double fault */
    for (;;)
    {
        if (intercept_has_vector( wanted, event->vector )) return DELIVERY_CAUGHT;
        if (!gate_fault( vp, event, &fault )) return DELIVERY_GUEST;
        /* a page fault that leads to another has loaded it */
        if (event->vector == VECTOR_PF && view_sregs( vp )->cr2 != event->parameter)
            view_edit_sregs( vp )->cr2 = event->parameter;
        if (event->vector == VECTOR_DF) return DELIVERY_TRIPLE_FAULT;
        if (event->vector == VECTOR_PF || (is_contributory( event->vector ) && is_contributory( fault.vector )))
        {
            memset( &fault, 0, sizeof(fault) );
            fault.vector = VECTOR_DF;
            fault.has_error_code = 1;
        }
        *event = fault;
    }
}
