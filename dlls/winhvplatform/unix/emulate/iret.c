/*
 * IRET
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
 * Up to five rounds of the machine: the frame; outside of 64-bit code the outer level's stack pointer, if it leads
 * there; the descriptors of code and stack; and their A bits. All that can fail comes before anything is set.
 * Source: Intel SDM volume 2 (IRET), volume 3 chapter 5.
 */

#include <string.h>

#include "emulate/address.h"
#include "emulate/descriptor.h"
#include "emulate/iret.h"
#include "emulate/operand.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "host/x86.h"
#include "insn/insn.h"

enum stage
{
    STAGE_FRAME,
    STAGE_OUTER,
    STAGE_CODE,
    STAGE_STACK,
    STAGE_ACCESSED,
};

#define NMI_MASKED 2ull         /* in WHV_X64_INTERRUPT_STATE_REGISTER */

static BOOL next_stage( struct emulate *emu, enum stage stage )
{
    emu->far.stage = stage;
    emu->again = 1;
    return TRUE;
}

static UINT64 get_word( struct emulate *emu, UINT32 index )
{
    UINT32 size = emu->insn.stack_size;
    UINT64 value = 0;

    memcpy( &value, emulate_data( emu, &emu->access[0] ) + index * size, size );
    return value;
}

static BOOL is_outer( const struct emulate *emu )
{
    return (emu->far.code_selector & 3) > emu->vp.ExecutionState.Cpl;
}

/* ---- the end ---- */

static void set_flags( struct emulate *emu, UINT64 value )
{
    UINT64 mask = RFLAGS_STATUS | RFLAGS_TF | RFLAGS_DF | RFLAGS_NT;
    UINT32 cpl = emu->vp.ExecutionState.Cr0Pe ? emu->vp.ExecutionState.Cpl : 0;

    if (emu->insn.stack_size > 2) mask |= RFLAGS_AC | RFLAGS_ID;
    if (!cpl) mask |= RFLAGS_IOPL;
    if (!cpl && emu->insn.stack_size > 2) mask |= RFLAGS_VIF | RFLAGS_VIP;
    if (cpl <= (emu->rflags & RFLAGS_IOPL) >> 12) mask |= RFLAGS_IF;
    emu->rflags = (emu->rflags & ~mask) | (value & mask);
}

/* Data segments that the outer level may not use are none there. */
static void drop_segments( struct emulate *emu )
{
    static const UINT8 data[] = { SEGMENT_ES, SEGMENT_DS, SEGMENT_FS, SEGMENT_GS };
    UINT8 cpl = emu->far.code_selector & 3;
    UINT32 i;

    for (i = 0; i < sizeof(data); i++)
    {
        WHV_X64_SEGMENT_REGISTER *segment = &emu->segments[data[i]];
        UINT64 base = segment->Base;

        if (segment->DescriptorPrivilegeLevel >= cpl) continue;
        /* conforming code */
        if (segment->NonSystemSegment && (segment->SegmentType & 0xc) == 0xc) continue;
        memset( segment, 0, sizeof(*segment) );
        /* in long mode the base outlives it, but is not used before it is set */
        if (emu->vp.ExecutionState.EferLma) segment->Base = base;
        emu->changed_segments |= 1 << data[i];
    }
}

static BOOL commit( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;

    emu->changed_segments |= 1 << SEGMENT_CS;
    if (far->loads_stack)
    {
        emu->changed_segments |= 1 << SEGMENT_SS;
        insn_set_gpr( emu->gpr, RSP, emulate_stack_address_size( emu ), far->stack );
    }
    else emulate_move_stack( emu, 3 * emu->insn.stack_size );
    if (emu->vp.ExecutionState.Cr0Pe && is_outer( emu )) drop_segments( emu );
    set_flags( emu, far->flags );
    emu->system.interrupt_state &= ~NMI_MASKED;
    emu->next_rip = far->offset;
    return TRUE;
}

static BOOL finish( struct emulate *emu )
{
    const WHV_X64_SEGMENT_REGISTER *code = &emu->segments[SEGMENT_CS];

    if (emu->vp.ExecutionState.EferLma && code->Long)
    {
        if (!emulate_is_canonical( emu, emu->far.offset )) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    }
    else
    {
        emu->far.offset = (UINT32)emu->far.offset;
        if (emu->far.offset > code->Limit) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    }
    return emu->far.accessed_count ? next_stage( emu, STAGE_ACCESSED ) : commit( emu );
}

/* ---- descriptors ---- */

/* The one in emu->access[0], into the segment register. */
static void take_descriptor( struct emulate *emu, UINT8 number )
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

static BOOL find_stack( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;
    WHV_X64_SEGMENT_REGISTER *segment = &emu->segments[SEGMENT_SS];
    UINT8 cpl = far->code_selector & 3;

    if (!far->loads_stack) return finish( emu );
    far->selector = far->stack_selector;
    if (far->selector & 0xfffc)
    {
        if (!emulate_find_descriptor( emu, 8 )) return emulate_selector_fault( emu, VECTOR_GP );
        return next_stage( emu, STAGE_STACK );
    }
    if (!emu->segments[SEGMENT_CS].Long || cpl == 3 || (far->selector & 3) != cpl)
        return emulate_fault( emu, VECTOR_GP, 0, 0 );
    memset( segment, 0, sizeof(*segment) );
    segment->Selector = far->selector;
    segment->DescriptorPrivilegeLevel = cpl;
    return finish( emu );
}

static BOOL judge_code( struct emulate *emu )
{
    UINT32 high = emu->far.descriptor[1];
    UINT8 rpl = emu->far.code_selector & 3, dpl = DESCRIPTOR_DPL( high );

    if (!(high & DESCRIPTOR_S) || !(high & DESCRIPTOR_CODE)) return emulate_selector_fault( emu, VECTOR_GP );
    if (high & DESCRIPTOR_CONFORMING ? dpl > rpl : dpl != rpl) return emulate_selector_fault( emu, VECTOR_GP );
    if (emu->vp.ExecutionState.EferLma && (high & DESCRIPTOR_LONG) && (high & DESCRIPTOR_DEFAULT))
        return emulate_selector_fault( emu, VECTOR_GP );
    if (!(high & DESCRIPTOR_PRESENT)) return emulate_selector_fault( emu, VECTOR_NP );
    take_descriptor( emu, SEGMENT_CS );
    return find_stack( emu );
}

static BOOL judge_stack( struct emulate *emu )
{
    UINT32 high = emu->far.descriptor[1];
    UINT8 cpl = emu->far.code_selector & 3;

    if (!(high & DESCRIPTOR_S) || (high & DESCRIPTOR_CODE) || !(high & DESCRIPTOR_WRITABLE) ||
        (emu->far.selector & 3) != cpl || DESCRIPTOR_DPL( high ) != cpl)
        return emulate_selector_fault( emu, VECTOR_GP );
    if (!(high & DESCRIPTOR_PRESENT)) return emulate_selector_fault( emu, VECTOR_SS );
    take_descriptor( emu, SEGMENT_SS );
    return finish( emu );
}

static BOOL find_code( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;

    far->selector = far->code_selector;
    if (!(far->selector & 0xfffc)) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    if (!emulate_find_descriptor( emu, 8 ) || (far->selector & 3) < emu->vp.ExecutionState.Cpl)
        return emulate_selector_fault( emu, VECTOR_GP );
    return next_stage( emu, STAGE_CODE );
}

/* ---- the frame ---- */

static BOOL take_outer( struct emulate *emu, UINT32 index )
{
    emu->far.stack = get_word( emu, index );
    emu->far.stack_selector = get_word( emu, index + 1 );
    emu->far.loads_stack = 1;
    return find_code( emu );
}

static BOOL take_frame( struct emulate *emu )
{
    WHV_X64_SEGMENT_REGISTER *code = &emu->segments[SEGMENT_CS];
    struct emulate_far *far = &emu->far;

    far->offset = get_word( emu, 0 );
    far->code_selector = get_word( emu, 1 );
    far->flags = get_word( emu, 2 );
    if (!emu->vp.ExecutionState.Cr0Pe)
    {
        if (far->offset > emu->vp.Cs.Limit) return emulate_fault( emu, VECTOR_GP, 0, 0 );
        code->Selector = far->code_selector;
        code->Base = (UINT64)far->code_selector << 4;
        return commit( emu );
    }
    if (emu->insn.mode == INSN_MODE_64) return take_outer( emu, 3 );
    if ((far->flags & RFLAGS_VM) && !emu->vp.ExecutionState.Cpl && !emu->vp.ExecutionState.EferLma)
        return emulate_refuse( emu );
    return is_outer( emu ) ? next_stage( emu, STAGE_OUTER ) : find_code( emu );
}

static BOOL plan_frame( struct emulate *emu )
{
    if (emu->rflags & RFLAGS_VM) return emulate_refuse( emu );
    if (emu->vp.ExecutionState.Cr0Pe && (emu->rflags & RFLAGS_NT))
        return emu->vp.ExecutionState.EferLma ? emulate_fault( emu, VECTOR_GP, 0, 0 ) : emulate_refuse( emu );
    if (!emulate_plan_list( emu, INSN_READ )) return FALSE;
    /* where a stack of 64 KiB ends within it the words are no neighbours */
    return emu->access_count == 1 ? TRUE : emulate_refuse( emu );
}

/* ---- the rounds ---- */

BOOL emulate_plan_iret( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;
    UINT32 size = emu->insn.stack_size, i;

    switch (far->stage)
    {
    case STAGE_FRAME:
        return plan_frame( emu );
    case STAGE_OUTER:
        return emulate_add_access( emu, SEGMENT_SS, emulate_stack_offset( emu, RSP, 3 * size ), 2 * size, INSN_READ );
    case STAGE_CODE:
    case STAGE_STACK:
        emulate_add_system_access( emu, far->descriptor_at, 8, INSN_READ );
        return TRUE;
    }
    for (i = 0; i < far->accessed_count; i++)
    {
        emulate_add_system_access( emu, far->accessed_at[i], 1, INSN_WRITE );
        emu->access[i].data[0] = far->accessed[i];
    }
    return TRUE;
}

BOOL emulate_iret( struct emulate *emu )
{
    switch (emu->far.stage)
    {
    case STAGE_FRAME:
        return take_frame( emu );
    case STAGE_OUTER:
        return take_outer( emu, 0 );
    case STAGE_CODE:
        memcpy( emu->far.descriptor, emu->access[0].data, 8 );
        return judge_code( emu );
    case STAGE_STACK:
        memcpy( emu->far.descriptor, emu->access[0].data, 8 );
        return judge_stack( emu );
    default:
        return commit( emu );
    }
}
