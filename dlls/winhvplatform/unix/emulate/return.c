/*
 * IRET and far RET
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
 * Up to five rounds of the machine: the frame; the descriptor of the code; the outer level's stack pointer, if it leads
 * there (IRET in 64-bit code has it in the frame); the descriptor of that stack; and A bits. All that can fail comes
 * before anything is set.
 * Source: Intel SDM volume 2 (IRET, RET), volume 3 chapter 5.
 */

#include <string.h>

#include "emulate/address.h"
#include "emulate/descriptor.h"
#include "emulate/operand.h"
#include "emulate/result.h"
#include "emulate/return.h"
#include "emulate/state.h"
#include "host/x86.h"
#include "insn/insn.h"

enum stage
{
    STAGE_FRAME,
    STAGE_CODE,
    STAGE_OUTER,
    STAGE_STACK,
    STAGE_ACCESSED,
};

#define NMI_MASKED 2ull         /* in WHV_X64_INTERRUPT_STATE_REGISTER */

static BOOL is_iret( const struct emulate *emu )
{
    return emu->insn.op == INSN_IRET;
}

/* What is popped at least: where to and, by IRET, RFLAGS. */
static UINT32 frame_bytes( const struct emulate *emu )
{
    return (is_iret( emu ) ? 3 : 2) * emu->insn.stack_size;
}

/* Parameters, on the stack that is left and on the one that is gone to. */
static UINT32 released_bytes( const struct emulate *emu )
{
    return !is_iret( emu ) && emu->insn.operand_count ? (UINT16)emu->insn.operands[0].imm : 0;
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
    UINT32 released = released_bytes( emu );

    emu->changed_segments |= 1 << SEGMENT_CS;
    if (far->loads_stack)
    {
        emu->changed_segments |= 1 << SEGMENT_SS;
        insn_set_gpr( emu->gpr, RSP, emulate_next_stack_address_size( emu ), far->stack + released );
    }
    else emulate_move_stack( emu, frame_bytes( emu ) + released );
    if (!emulate_is_real_mode( emu ) && is_outer( emu )) drop_segments( emu );
    emu->next_rip = far->offset;
    if (!is_iret( emu )) return TRUE;
    set_flags( emu, far->flags );
    emu->system.interrupt_state &= ~NMI_MASKED;
    return TRUE;
}

static BOOL finish( struct emulate *emu )
{
    if (!emulate_check_branch( emu )) return FALSE;
    return emu->far.accessed_count ? emulate_next_stage( emu, STAGE_ACCESSED ) : commit( emu );
}

/* ---- descriptors ---- */

static BOOL find_stack( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;
    WHV_X64_SEGMENT_REGISTER *segment = &emu->segments[SEGMENT_SS];
    UINT8 cpl = far->code_selector & 3;

    far->selector = far->stack_selector;
    if (far->selector & 0xfffc)
    {
        if (!emulate_find_descriptor( emu, 8 )) return emulate_selector_fault( emu, VECTOR_GP );
        return emulate_next_stage( emu, STAGE_STACK );
    }
    if (!emu->vp.ExecutionState.EferLma || !emu->segments[SEGMENT_CS].Long || cpl == 3 || (far->selector & 3) != cpl)
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
    if (emulate_is_code_of_both_sizes( emu )) return emulate_selector_fault( emu, VECTOR_GP );
    if (!(high & DESCRIPTOR_PRESENT)) return emulate_selector_fault( emu, VECTOR_NP );
    emulate_load_descriptor( emu, SEGMENT_CS );
    if (emu->far.loads_stack) return find_stack( emu );
    return is_outer( emu ) ? emulate_next_stage( emu, STAGE_OUTER ) : finish( emu );
}

static BOOL judge_stack( struct emulate *emu )
{
    UINT32 high = emu->far.descriptor[1];
    UINT8 cpl = emu->far.code_selector & 3;

    if (!(high & DESCRIPTOR_S) || (high & DESCRIPTOR_CODE) || !(high & DESCRIPTOR_WRITABLE) ||
        (emu->far.selector & 3) != cpl || DESCRIPTOR_DPL( high ) != cpl)
        return emulate_selector_fault( emu, VECTOR_GP );
    if (!(high & DESCRIPTOR_PRESENT)) return emulate_selector_fault( emu, VECTOR_SS );
    emulate_load_descriptor( emu, SEGMENT_SS );
    return finish( emu );
}

static BOOL find_code( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;

    far->selector = far->code_selector;
    if (!(far->selector & 0xfffc)) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    if (!emulate_find_descriptor( emu, 8 ) || (far->selector & 3) < emu->vp.ExecutionState.Cpl)
        return emulate_selector_fault( emu, VECTOR_GP );
    return emulate_next_stage( emu, STAGE_CODE );
}

/* ---- the frame ---- */

static void take_outer( struct emulate *emu, UINT32 index )
{
    emu->far.stack = get_word( emu, index );
    emu->far.stack_selector = get_word( emu, index + 1 );
    emu->far.loads_stack = 1;
}

/* FALSE: it leads where it is refused. */
static BOOL take_flags( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;

    far->flags = get_word( emu, 2 );
    return !emu->vp.ExecutionState.Cr0Pe || emu->vp.ExecutionState.Cpl || emu->vp.ExecutionState.EferLma ||
           !(far->flags & RFLAGS_VM);
}

static BOOL take_frame( struct emulate *emu )
{
    WHV_X64_SEGMENT_REGISTER *code = &emu->segments[SEGMENT_CS];
    struct emulate_far *far = &emu->far;

    far->offset = get_word( emu, 0 );
    far->code_selector = get_word( emu, 1 );
    if (is_iret( emu ) && !take_flags( emu )) return emulate_refuse( emu );
    if (emulate_is_real_mode( emu ))
    {
        if (far->offset > emu->vp.Cs.Limit) return emulate_fault( emu, VECTOR_GP, 0, 0 );
        code->Selector = far->code_selector;
        code->Base = (UINT64)far->code_selector << 4;
        return commit( emu );
    }
    if (is_iret( emu ) && emu->insn.mode == INSN_MODE_64) take_outer( emu, 3 );
    return find_code( emu );
}

static BOOL plan_frame( struct emulate *emu )
{
    BOOL is_nested = emu->vp.ExecutionState.Cr0Pe && (emu->rflags & RFLAGS_NT);

    if (is_iret( emu ) && (emu->rflags & RFLAGS_VM)) return emulate_refuse( emu );
    if (is_iret( emu ) && is_nested)
        return emu->vp.ExecutionState.EferLma ? emulate_fault( emu, VECTOR_GP, 0, 0 ) : emulate_refuse( emu );
    if (!emulate_plan_list( emu, INSN_READ )) return FALSE;
    /* where a stack of 64 KiB ends within it the words are no neighbours */
    return emu->access_count == 1 ? TRUE : emulate_refuse( emu );
}

/* ---- the rounds ---- */

BOOL emulate_plan_return( struct emulate *emu )
{
    UINT32 frame = frame_bytes( emu ) + released_bytes( emu );

    switch (emu->far.stage)
    {
    case STAGE_FRAME:
        return plan_frame( emu );
    case STAGE_OUTER:
        return emulate_add_stack( emu, frame, 2 * emu->insn.stack_size, INSN_READ );
    case STAGE_CODE:
    case STAGE_STACK:
        emulate_add_system_access( emu, emu->far.descriptor_at, 8, INSN_READ );
        return TRUE;
    default:
        emulate_plan_accessed( emu );
        return TRUE;
    }
}

BOOL emulate_return( struct emulate *emu )
{
    switch (emu->far.stage)
    {
    case STAGE_FRAME:
        return take_frame( emu );
    case STAGE_OUTER:
        take_outer( emu, 0 );
        return find_stack( emu );
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
