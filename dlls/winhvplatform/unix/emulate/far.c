/*
 * Segment registers and far branches
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
 * What loads a segment register: MOV and POP to one, LDS and its like, far CALL and JMP. In protected mode that takes
 * up to three rounds of the machine: the operand, the descriptor, and then what is written (the stack of CALL, the
 * descriptor's A bit). Each descriptor is read once, into a copy, and judged there. If it is a gate's, gate.c goes on.
 * Source: Intel SDM volume 2 (MOV, LDS, CALL, JMP), volume 3 chapter 5.
 */

#include <string.h>

#include "emulate/address.h"
#include "emulate/descriptor.h"
#include "emulate/far.h"
#include "emulate/gate.h"
#include "emulate/operand.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "host/x86.h"
#include "insn/insn.h"

#define INTERRUPT_SHADOW 1ull

enum stage
{
    STAGE_OPERAND,
    STAGE_DESCRIPTOR,
    STAGE_COMMIT,
};

static BOOL is_branch( const struct emulate *emu )
{
    return emu->insn.op == INSN_CALL_FAR || emu->insn.op == INSN_JMP_FAR;
}

/* ---- the operand ---- */

/* Two words that are no neighbours are two accesses. */
static BOOL plan_list( struct emulate *emu, UINT8 direction )
{
    if (!emulate_plan_list( emu, direction )) return FALSE;
    return emu->access_count < 2 ? TRUE : emulate_refuse( emu );
}

static BOOL plan_operand( struct emulate *emu )
{
    const struct insn *insn = &emu->insn;

    emu->loads_segment = 1;
    emu->far.segment = is_branch( emu ) ? SEGMENT_CS :
                       insn->op == INSN_LOAD_FAR ? insn->string_segment : insn->operands[0].reg;
    return plan_list( emu, INSN_READ );
}

static void take_operand( struct emulate *emu )
{
    const struct emulate_access *access = &emu->access[0];
    UINT32 size = emu->insn.operand_size;
    struct emulate_far *far = &emu->far;

    switch (emu->insn.op)
    {
    case INSN_MOV:
    case INSN_POP:
        far->selector = emulate_get_data( access );
        return;
    case INSN_CALL_FAR:
    case INSN_JMP_FAR:
        if (emu->insn.has_mem) break;
        far->selector = emu->insn.operands[0].imm >> 32;
        far->offset = (UINT32)emu->insn.operands[0].imm;
        return;
    }
    far->offset = 0;
    memcpy( &far->offset, access->data, size );
    memcpy( &far->selector, access->data + size, sizeof(far->selector) );
}

/* ---- the end ---- */

/* All that could fail has not: registers, and what the accesses of the last stage write. */
static BOOL commit( struct emulate *emu )
{
    const struct insn *insn = &emu->insn;
    struct emulate_far *far = &emu->far;
    struct emulate_access *stack = &emu->access[0];

    emu->changed_segments |= 1 << far->segment;
    switch (insn->op)
    {
    case INSN_POP:
        emulate_move_stack( emu, insn->stack_size );
        break;
    case INSN_CALL_FAR:
        memset( stack->data, 0, sizeof(stack->data) );
        memcpy( stack->data, &emu->next_rip, insn->stack_size );
        memcpy( stack->data + insn->stack_size, &emu->vp.Cs.Selector, sizeof(emu->vp.Cs.Selector) );
        emulate_move_stack( emu, -2 * (INT64)insn->stack_size );
        break;
    case INSN_LOAD_FAR:
        insn_set_gpr( emu->gpr, insn->operands[0].reg, insn->operand_size, far->offset );
        break;
    }
    if (is_branch( emu )) emu->next_rip = far->offset;
    /* until the next instruction, which will load the stack pointer: interrupts, and the trap of a single step, which
     * then comes behind that one */
    if (far->segment == SEGMENT_SS && insn->op != INSN_LOAD_FAR)
    {
        emu->system.interrupt_state |= INTERRUPT_SHADOW;
        emu->holds_off = 1;
    }
    return TRUE;
}

static BOOL load_real_mode( struct emulate *emu )
{
    WHV_X64_SEGMENT_REGISTER *segment = &emu->segments[emu->far.segment];

    if (is_branch( emu ) && emu->far.offset > emu->vp.Cs.Limit) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    segment->Selector = emu->far.selector;
    segment->Base = (UINT64)emu->far.selector << 4;
    return emu->insn.op == INSN_CALL_FAR ? emulate_next_stage( emu, STAGE_COMMIT ) : commit( emu );
}

static BOOL load_null( struct emulate *emu )
{
    WHV_X64_SEGMENT_REGISTER *segment = &emu->segments[emu->far.segment];
    UINT8 cpl = emu->vp.ExecutionState.Cpl;
    BOOL is_stack = emu->far.segment == SEGMENT_SS;

    if (is_branch( emu )) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    if (is_stack && (emu->insn.mode != INSN_MODE_64 || cpl == 3 || (emu->far.selector & 3) != cpl))
        return emulate_fault( emu, VECTOR_GP, 0, 0 );
    memset( segment, 0, sizeof(*segment) );
    segment->Selector = emu->far.selector;
    /* a null SS keeps the privilege level */
    if (is_stack) segment->DescriptorPrivilegeLevel = cpl;
    return commit( emu );
}

/* ---- the descriptor ---- */

static BOOL find_descriptor( struct emulate *emu )
{
    if (!(emu->far.selector & 0xfffc)) return load_null( emu );
    if (!emulate_find_descriptor( emu, 8 )) return emulate_selector_fault( emu, VECTOR_GP );
    return emulate_next_stage( emu, STAGE_DESCRIPTOR );
}

static BOOL check_data( struct emulate *emu, UINT32 high )
{
    UINT8 cpl = emu->vp.ExecutionState.Cpl, rpl = emu->far.selector & 3, dpl = DESCRIPTOR_DPL( high );
    BOOL is_code = !!(high & DESCRIPTOR_CODE);

    if (emu->far.segment == SEGMENT_SS)
    {
        if (is_code || !(high & DESCRIPTOR_WRITABLE) || rpl != cpl || dpl != cpl)
            return emulate_selector_fault( emu, VECTOR_GP );
        return high & DESCRIPTOR_PRESENT ? TRUE : emulate_selector_fault( emu, VECTOR_SS );
    }
    if (is_code && !(high & DESCRIPTOR_WRITABLE)) return emulate_selector_fault( emu, VECTOR_GP );
    if (!(is_code && (high & DESCRIPTOR_CONFORMING)) && (rpl > dpl || cpl > dpl))
        return emulate_selector_fault( emu, VECTOR_GP );
    return high & DESCRIPTOR_PRESENT ? TRUE : emulate_selector_fault( emu, VECTOR_NP );
}

static BOOL check_code( struct emulate *emu, UINT32 high )
{
    UINT8 cpl = emu->vp.ExecutionState.Cpl, rpl = emu->far.selector & 3, dpl = DESCRIPTOR_DPL( high );
    BOOL is_conforming = !!(high & DESCRIPTOR_CONFORMING);

    if (!(high & DESCRIPTOR_CODE)) return emulate_selector_fault( emu, VECTOR_GP );
    if (is_conforming ? dpl > cpl : rpl > cpl || dpl != cpl) return emulate_selector_fault( emu, VECTOR_GP );
    if (emulate_is_code_of_both_sizes( emu )) return emulate_selector_fault( emu, VECTOR_GP );
    if (!(high & DESCRIPTOR_PRESENT)) return emulate_selector_fault( emu, VECTOR_NP );
    emu->far.selector = (emu->far.selector & ~3u) | cpl;
    return TRUE;
}

static BOOL judge_descriptor( struct emulate *emu )
{
    UINT32 high;

    memcpy( emu->far.descriptor, emu->access[0].data, 8 );
    high = emu->far.descriptor[1];
    if (!(high & DESCRIPTOR_S))
        return is_branch( emu ) ? emulate_enter_gate( emu ) : emulate_selector_fault( emu, VECTOR_GP );
    if (!(is_branch( emu ) ? check_code( emu, high ) : check_data( emu, high ))) return FALSE;
    emulate_load_descriptor( emu, emu->far.segment );
    if (is_branch( emu ) && !emulate_check_branch( emu )) return FALSE;
    if (emu->insn.op != INSN_CALL_FAR && !emu->far.accessed_count) return commit( emu );
    return emulate_next_stage( emu, STAGE_COMMIT );
}

/* ---- the rounds ---- */

BOOL emulate_plan_far( struct emulate *emu )
{
    if (emu->far.gate) return emulate_plan_gate( emu );
    switch (emu->far.stage)
    {
    case STAGE_OPERAND:
        return plan_operand( emu );
    case STAGE_DESCRIPTOR:
        emulate_add_system_access( emu, emu->far.descriptor_at, 8, INSN_READ );
        return TRUE;
    }
    if (!plan_list( emu, INSN_WRITE )) return FALSE;
    emulate_plan_accessed( emu );
    return TRUE;
}

BOOL emulate_far( struct emulate *emu )
{
    if (emu->far.gate) return emulate_gate( emu );
    switch (emu->far.stage)
    {
    case STAGE_OPERAND:
        take_operand( emu );
        return emulate_is_real_mode( emu ) ? load_real_mode( emu ) : find_descriptor( emu );
    case STAGE_DESCRIPTOR:
        return judge_descriptor( emu );
    default:
        return commit( emu );
    }
}
