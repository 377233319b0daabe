/*
 * WinHvEmulation.dll: requests that follow from others
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

/*
 * What it is for: of an emulation what needs no call to the Unix side, as that has said all there is to know. That is
 * the access of a plain instruction, when the registers have come that its address goes by; the registers to be set,
 * when the last access is made; the end; and a series of accesses of a string instruction. Both sides compile it: the
 * Unix side goes on in the same way for those who call it directly.
 * It knows unixlib.h, and no state: all is in the request.
 */

#ifndef __WINHVEMULATION_FOLLOW_H
#define __WINHVEMULATION_FOLLOW_H

#include <string.h>

#include "unixlib.h"

/* TF, RF, AC: with these there is more to do than plain instructions do. */
#define EMULATE_RARE_FLAGS 0x50100ull

static inline void emulate_name_value( struct emulate_request *req, UINT32 index, WHV_REGISTER_NAME name, UINT64 value )
{
    req->names[index] = name;
    req->values[index].Reg128.Low64 = value;
    req->values[index].Reg128.High64 = 0;
}

/* The registers have come: the access that follows. FALSE: it is not where the exit has told, or rare flags are set. */
static inline BOOL emulate_follow( struct emulate_request *req )
{
    const struct emulate_plan *plan = &req->plan;
    const WHV_REGISTER_VALUE *values = req->values;
    UINT64 offset = plan->offset, reg = plan->data, data;

    if (plan->base != EMULATE_NO_VALUE) offset += values[plan->base].Reg64;
    if (plan->index != EMULATE_NO_VALUE) offset += values[plan->index].Reg64 * plan->scale;
    if (plan->segment != EMULATE_NO_VALUE) offset += values[plan->segment].Segment.Base;
    if (offset > 0x1000u - plan->size || values[plan->rflags].Reg64 & EMULATE_RARE_FLAGS) return FALSE;
    if (plan->reg != EMULATE_NO_VALUE) reg = values[plan->reg].Reg64 >> plan->shift & plan->mask;

    /* a callback that brings nothing has read zeros */
    data = plan->is_store ? reg : 0;
    req->memory.GpaAddress = plan->gpa + offset;
    req->memory.Direction = plan->is_store;
    req->memory.AccessSize = plan->size;
    memcpy( req->memory.Data, &data, sizeof(data) );
    emulate_name_value( req, 0, WHvX64RegisterRip, plan->rip );
    emulate_name_value( req, 1, plan->target, reg );
    req->count = plan->is_store ? 1 : 2;
    return TRUE;
}

/* The access that follows in a series. */
static inline void emulate_follow_series( struct emulate_request *req )
{
    struct emulate_series *series = &req->series;
    BOOL is_write = series->read && req->known & 1;
    UINT64 data = series->data;

    if (is_write)
    {
        if (req->kind == EMULATE_IO) data = req->io.Data;
        else memcpy( &data, req->memory.Data, sizeof(data) );
        if (series->size < 8) data &= (1ull << 8 * series->size) - 1;
    }
    else
    {
        /* the iteration is done */
        series->read_gpa += series->step;
        series->write_gpa += series->step;
        if (series->read) data = 0;
        else is_write = TRUE;
    }
    req->kind = is_write ? series->write : series->read;
    if (req->kind == EMULATE_IO)
    {
        req->io.Direction = is_write;
        req->io.Port = series->port;
        req->io.AccessSize = series->size;
        req->io.Data = data;
        return;
    }
    req->memory.GpaAddress = is_write ? series->write_gpa : series->read_gpa;
    req->memory.Direction = is_write;
    req->memory.AccessSize = series->size;
    memcpy( req->memory.Data, &data, sizeof(data) );
}

/***********************************************************************
 *           emulate_next
 *
 * What comes next where it is known, that is, req->known is not 0, and the callback has succeeded.
 *
 * RETURNS
 *  TRUE: *req is the next request. FALSE: it is not known after all, the Unix side has to say; *req is as it was.
 */
static inline BOOL emulate_next( struct emulate_request *req )
{
    const struct emulate_load *load = &req->load;
    UINT64 data = req->io.Data;

    if (req->series.write)
    {
        emulate_follow_series( req );
        req->known--;
        return TRUE;
    }
    switch (req->kind)
    {
    case EMULATE_GET_REGISTERS:
        if (!emulate_follow( req )) return FALSE;
        req->kind = EMULATE_MEMORY;
        break;
    case EMULATE_MEMORY:
        memcpy( &data, req->memory.Data, sizeof(data) );
        /* fall through */
    case EMULATE_IO:
        if (load->cut) data = (UINT64)((INT64)(data << load->cut) >> load->cut);
        if (load->mask) req->values[load->index].Reg64 |= data << load->shift & load->mask;
        req->kind = EMULATE_SET_REGISTERS;
        break;
    default:
        req->kind = EMULATE_DONE;
        break;
    }
    req->known--;
    return TRUE;
}

#endif /* __WINHVEMULATION_FOLLOW_H */
