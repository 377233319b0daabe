/*
 * Instructions that look at what a selector selects
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

/*
 * LAR, LSL, VERR and VERW tell by ZF whether the guest may use what a selector names; LLDT and LTR load it. Up to three
 * rounds of the machine: the selector, its descriptor, and of LTR the bit that says that the task is busy.
 * Source: Intel SDM volume 2, volume 3 chapters 5 and 8.
 */

#include <string.h>

#include "emulate/address.h"
#include "emulate/descriptor.h"
#include "emulate/operand.h"
#include "emulate/result.h"
#include "emulate/selector.h"
#include "emulate/state.h"
#include "host/x86.h"
#include "insn/insn.h"

enum stage
{
    STAGE_SELECTOR,
    STAGE_DESCRIPTOR,
    STAGE_BUSY,
};

static BOOL loads_register( const struct emulate *emu )
{
    return emu->insn.op == INSN_LLDT || emu->insn.op == INSN_LTR;
}

/* In long mode those of tables and tasks have 16 bytes. */
static UINT32 descriptor_size( const struct emulate *emu )
{
    return loads_register( emu ) && emu->vp.ExecutionState.EferLma ? 16 : 8;
}

BOOL emulate_plan_selector( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;

    switch (far->stage)
    {
    case STAGE_SELECTOR:
        if (emulate_is_real_mode( emu )) return emulate_fault( emu, VECTOR_UD, NO_ERROR_CODE, 0 );
        if (loads_register( emu ) && emu->vp.ExecutionState.Cpl) return emulate_fault( emu, VECTOR_GP, 0, 0 );
        return emulate_plan_operand( emu );
    case STAGE_DESCRIPTOR:
        emulate_add_system_access( emu, far->descriptor_at, descriptor_size( emu ), INSN_READ );
        return TRUE;
    default:
        emulate_add_system_access( emu, far->descriptor_at + 5, 1, INSN_WRITE );
        emu->access[0].data[0] = (far->descriptor[1] | DESCRIPTOR_BUSY) >> 8;
        return TRUE;
    }
}

/* ---- LLDT, LTR ---- */

static BOOL take_selector( struct emulate *emu )
{
    UINT16 selector = emu->far.selector = emulate_get_data( &emu->access[0] );

    if (selector & 0xfffc)
    {
        /* neither is found in a local table */
        if ((selector & 4) || !emulate_find_descriptor( emu, descriptor_size( emu )))
            return emulate_selector_fault( emu, VECTOR_GP );
        return emulate_next_stage( emu, STAGE_DESCRIPTOR );
    }
    if (emu->insn.op == INSN_LTR) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    memset( &emu->system.ldtr, 0, sizeof(emu->system.ldtr) );
    emu->system.ldtr.Selector = selector;
    return TRUE;
}

static BOOL load_register( struct emulate *emu )
{
    WHV_X64_SEGMENT_REGISTER *segment = emu->insn.op == INSN_LTR ? &emu->system.tr : &emu->system.ldtr;
    const UINT32 *descriptor = emu->far.descriptor;
    BOOL is_long = emu->vp.ExecutionState.EferLma;
    UINT32 type = DESCRIPTOR_TYPE( descriptor[1] );
    BOOL fits = emu->insn.op == INSN_LLDT ? type == SYSTEM_LDT
                                          : type == SYSTEM_TASK || (type == SYSTEM_TASK_16 && !is_long);

    if ((descriptor[1] & DESCRIPTOR_S) || !fits) return emulate_selector_fault( emu, VECTOR_GP );
    if (!(descriptor[1] & DESCRIPTOR_PRESENT)) return emulate_selector_fault( emu, VECTOR_NP );
    emulate_take_descriptor( descriptor, segment );
    if (is_long)
    {
        segment->Base |= (UINT64)descriptor[2] << 32;
        /* the type of the upper half is none */
        if ((descriptor[3] & 0x1f00) || !emulate_is_canonical( emu, segment->Base ))
            return emulate_selector_fault( emu, VECTOR_GP );
    }
    segment->Selector = emu->far.selector;
    if (emu->insn.op != INSN_LTR) return TRUE;
    segment->Attributes |= DESCRIPTOR_BUSY >> 8;
    return emulate_next_stage( emu, STAGE_BUSY );
}

/* ---- LAR, LSL, VERR, VERW ---- */

static BOOL tell( struct emulate *emu, BOOL good )
{
    emu->rflags = good ? emu->rflags | RFLAGS_ZF : emu->rflags & ~RFLAGS_ZF;
    return TRUE;
}

/* Does LAR, or LSL, know a descriptor of the system of this type? */
static BOOL is_known_type( const struct emulate *emu, UINT32 type )
{
    BOOL is_lar = emu->insn.op == INSN_LAR;

    switch (type)
    {
    case SYSTEM_LDT: case SYSTEM_TASK: case SYSTEM_BUSY_TASK:
        return TRUE;
    case SYSTEM_TASK_16: case SYSTEM_BUSY_TASK_16:
        return !emu->vp.ExecutionState.EferLma;
    case SYSTEM_CALL_GATE_16: case SYSTEM_TASK_GATE:
        return is_lar && !emu->vp.ExecutionState.EferLma;
    case SYSTEM_CALL_GATE:
        return is_lar;
    }
    return FALSE;
}

static BOOL may_use( const struct emulate *emu )
{
    UINT32 high = emu->far.descriptor[1];
    UINT8 cpl = emu->vp.ExecutionState.Cpl, rpl = emu->far.selector & 3, dpl = DESCRIPTOR_DPL( high );
    BOOL is_code = !!(high & DESCRIPTOR_CODE);

    if (!(high & DESCRIPTOR_S))
    {
        if (emu->insn.op == INSN_VERR || emu->insn.op == INSN_VERW) return FALSE;
        if (!is_known_type( emu, DESCRIPTOR_TYPE( high ))) return FALSE;
    }
    else
    {
        if (emu->insn.op == INSN_VERR && is_code && !(high & DESCRIPTOR_WRITABLE)) return FALSE;
        if (emu->insn.op == INSN_VERW && (is_code || !(high & DESCRIPTOR_WRITABLE))) return FALSE;
        if (is_code && (high & DESCRIPTOR_CONFORMING)) return TRUE;
    }
    return cpl <= dpl && rpl <= dpl;
}

static BOOL look( struct emulate *emu )
{
    emu->far.selector = emulate_get_data( &emu->access[0] );
    if (!(emu->far.selector & 0xfffc) || !emulate_find_descriptor( emu, 8 )) return tell( emu, FALSE );
    return emulate_next_stage( emu, STAGE_DESCRIPTOR );
}

static BOOL judge( struct emulate *emu )
{
    if (!may_use( emu )) return tell( emu, FALSE );
    if (emu->insn.op == INSN_LAR) emulate_set_operand( emu, 0, emu->far.descriptor[1] & 0xf0ff00 );
    if (emu->insn.op == INSN_LSL) emulate_set_operand( emu, 0, emulate_descriptor_limit( emu->far.descriptor ));
    return tell( emu, TRUE );
}

BOOL emulate_selector( struct emulate *emu )
{
    switch (emu->far.stage)
    {
    case STAGE_SELECTOR:
        return loads_register( emu ) ? take_selector( emu ) : look( emu );
    case STAGE_DESCRIPTOR:
        memcpy( emu->far.descriptor, emu->access[0].data, descriptor_size( emu ) );
        return loads_register( emu ) ? load_register( emu ) : judge( emu );
    }
    return TRUE;
}
