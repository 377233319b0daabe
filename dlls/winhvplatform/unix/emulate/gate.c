/*
 * Far branches through call gates
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
 * The gate says which code, and where it begins. If that code is more privileged, the stack is another, too: its
 * pointer comes from the task, and what was pushed as parameters is copied. Up to six rounds of the machine behind the
 * gate itself: its upper half (in long mode), the descriptor of the code, the stack's pointer, the descriptor of the
 * stack, the parameters; and what is written (the new stack, A bits). Each descriptor is read once; all that can fail
 * comes before anything is written.
 * Source: Intel SDM volume 2 (CALL, JMP), volume 3 chapter 5.8; where the task has stacks: chapter 8.
 */

#include <string.h>

#include "emulate/address.h"
#include "emulate/descriptor.h"
#include "emulate/gate.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "host/x86.h"
#include "insn/insn.h"

enum stage
{
    STAGE_UPPER_HALF,
    STAGE_CODE,
    STAGE_TASK,
    STAGE_STACK,
    STAGE_PARAMETERS,
    STAGE_COMMIT,
};

/* In emu->image: what is pushed has the first half. */
#define PARAMETERS (EMULATE_MAX_IMAGE / 2)

static BOOL is_call( const struct emulate *emu )
{
    return emu->insn.op == INSN_CALL_FAR;
}

/* Behind the gate, once judge_code() knows. */
static UINT8 new_level( const struct emulate *emu )
{
    return emu->far.code_selector & 3;
}

static UINT32 parameter_bytes( const struct emulate *emu )
{
    return emu->far.parameters * emu->far.gate;
}

/* ---- what is pushed: return address; to an inner stack also parameters above it, and the old stack pointer ---- */

static UINT32 pushed_bytes( const struct emulate *emu )
{
    return emu->far.loads_stack ? 4 * emu->far.gate + parameter_bytes( emu ) : 2 * emu->far.gate;
}

/* The stack pointer behind it. */
static UINT64 new_stack( const struct emulate *emu )
{
    UINT64 top = emu->far.loads_stack ? emu->far.stack : emu->gpr[RSP];

    return (top - pushed_bytes( emu )) & insn_size_mask( emulate_next_stack_address_size( emu ));
}

/* One of the words that are as wide as the gate. */
static void put_word( struct emulate *emu, UINT32 offset, UINT64 value )
{
    memcpy( emulate_data( emu, &emu->access[0] ) + offset, &value, emu->far.gate );
}

static void put_frame( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;
    UINT32 word = far->gate, size = pushed_bytes( emu );

    put_word( emu, 0, emu->next_rip );
    put_word( emu, word, emu->vp.Cs.Selector );
    if (!far->loads_stack) return;
    memcpy( emulate_data( emu, &emu->access[0] ) + 2 * word, emu->image + PARAMETERS, parameter_bytes( emu ));
    put_word( emu, size - 2 * word, emu->gpr[RSP] );
    put_word( emu, size - word, far->old_stack_selector );
}

/* The inner level writes to its stack already, and a fault of that stack's limit names it. */
static BOOL plan_push( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;
    UINT8 flags = INSN_WRITE | (far->loads_stack ? EMULATE_SYSTEM : 0);

    if (emulate_add_push( emu, new_stack( emu ), pushed_bytes( emu ), flags )) return TRUE;
    if (emu->faulted && far->loads_stack) emu->event.ErrorCode = far->stack_selector & 0xfffc;
    return FALSE;
}

/* ---- the end ---- */

/* All that could fail has not. */
static BOOL commit( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;

    emu->changed_segments |= 1 << SEGMENT_CS;
    if (is_call( emu ))
    {
        put_frame( emu );
        if (far->loads_stack) emu->changed_segments |= 1 << SEGMENT_SS;
        insn_set_gpr( emu->gpr, RSP, emulate_next_stack_address_size( emu ), new_stack( emu ));
    }
    emu->next_rip = far->offset;
    return TRUE;
}

static BOOL finish( struct emulate *emu )
{
    if (!emulate_check_branch( emu )) return FALSE;
    if (emu->far.parameters && emu->far.loads_stack && emu->far.stage != STAGE_PARAMETERS)
        return emulate_next_stage( emu, STAGE_PARAMETERS );
    return is_call( emu ) || emu->far.accessed_count ? emulate_next_stage( emu, STAGE_COMMIT ) : commit( emu );
}

/* ---- the inner level's stack ---- */

/* A pointer and, outside of long mode, a selector for each level but the outermost. */
static BOOL find_stack( struct emulate *emu, UINT32 *offset, UINT32 *size )
{
    const WHV_X64_SEGMENT_REGISTER *task = &emu->system.tr;
    BOOL is_wide = !!(task->SegmentType & 8);

    *offset = is_wide ? 4 + 8 * new_level( emu ) : 2 + 4 * new_level( emu );
    *size = emu->vp.ExecutionState.EferLma ? 8 : is_wide ? 6 : 4;
    return *offset + *size - 1 <= task->Limit;
}

static BOOL find_task( struct emulate *emu )
{
    UINT32 offset, size;

    emu->far.loads_stack = 1;
    emu->far.old_stack_selector = emu->segments[SEGMENT_SS].Selector;
    if (find_stack( emu, &offset, &size )) return emulate_next_stage( emu, STAGE_TASK );
    return emulate_fault( emu, VECTOR_TS, emu->system.tr.Selector & 0xfffc, 0 );
}

static BOOL take_task( struct emulate *emu )
{
    WHV_X64_SEGMENT_REGISTER *segment = &emu->segments[SEGMENT_SS];
    struct emulate_far *far = &emu->far;
    const struct emulate_access *access = &emu->access[0];
    UINT32 size = access->size == 4 ? 2 : 4;    /* of the pointer; the selector has two bytes */

    if (emu->vp.ExecutionState.EferLma)
    {
        far->stack = emulate_get_data( access );
        /* no stack segment at all, but for the level */
        memset( segment, 0, sizeof(*segment) );
        segment->Selector = segment->DescriptorPrivilegeLevel = new_level( emu );
        return finish( emu );
    }
    memcpy( &far->stack, access->data, size );
    memcpy( &far->stack_selector, access->data + size, sizeof(far->stack_selector) );
    far->selector = far->stack_selector;
    if (!(far->selector & 0xfffc) || !emulate_find_descriptor( emu, 8 ))
        return emulate_selector_fault( emu, VECTOR_TS );
    return emulate_next_stage( emu, STAGE_STACK );
}

static BOOL judge_stack( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;
    UINT32 high = far->descriptor[1];

    if (!(high & DESCRIPTOR_S) || (high & DESCRIPTOR_CODE) || !(high & DESCRIPTOR_WRITABLE) ||
        (far->selector & 3) != new_level( emu ) || DESCRIPTOR_DPL( high ) != new_level( emu ))
        return emulate_selector_fault( emu, VECTOR_TS );
    if (!(high & DESCRIPTOR_PRESENT)) return emulate_selector_fault( emu, VECTOR_SS );
    /* parameters are read by the old stack segment */
    if (!far->parameters) emulate_load_descriptor( emu, SEGMENT_SS );
    return finish( emu );
}

static BOOL take_parameters( struct emulate *emu )
{
    memmove( emu->image + PARAMETERS, emulate_data( emu, &emu->access[0] ), parameter_bytes( emu ));
    emulate_load_descriptor( emu, SEGMENT_SS );
    return finish( emu );
}

/* ---- the code ---- */

static BOOL find_code( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;

    far->selector = far->code_selector;
    if (!(far->selector & 0xfffc)) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    if (!emulate_find_descriptor( emu, 8 )) return emulate_selector_fault( emu, VECTOR_GP );
    return emulate_next_stage( emu, STAGE_CODE );
}

/* Conforming code runs at the level of who calls it. The RPL in the gate says nothing. */
static BOOL judge_code( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;
    UINT32 high = far->descriptor[1];
    UINT8 cpl = emu->vp.ExecutionState.Cpl, dpl = DESCRIPTOR_DPL( high );
    BOOL is_inner = !(high & DESCRIPTOR_CONFORMING) && dpl < cpl;

    if (!(high & DESCRIPTOR_S) || !(high & DESCRIPTOR_CODE) || dpl > cpl || (is_inner && !is_call( emu )))
        return emulate_selector_fault( emu, VECTOR_GP );
    /* in long mode no other than 64-bit code */
    if (emu->vp.ExecutionState.EferLma && (!(high & DESCRIPTOR_LONG) || (high & DESCRIPTOR_DEFAULT)))
        return emulate_selector_fault( emu, VECTOR_GP );
    if (!(high & DESCRIPTOR_PRESENT)) return emulate_selector_fault( emu, VECTOR_NP );
    far->selector = far->code_selector = (far->selector & ~3u) | (is_inner ? dpl : cpl);
    emulate_load_descriptor( emu, SEGMENT_CS );
    return is_inner ? find_task( emu ) : finish( emu );
}

/* ---- the gate ---- */

static BOOL take_upper_half( struct emulate *emu )
{
    UINT32 upper[2];

    memcpy( upper, emu->access[0].data, sizeof(upper) );
    /* it has a type as well, which is none */
    if (upper[1] & 0x1f00) return emulate_selector_fault( emu, VECTOR_GP );
    emu->far.offset |= (UINT64)upper[0] << 32;
    return find_code( emu );
}

static UINT8 word_size( const struct emulate *emu )
{
    BOOL is_long = emu->vp.ExecutionState.EferLma;

    switch (DESCRIPTOR_TYPE( emu->far.descriptor[1] ))
    {
    case SYSTEM_CALL_GATE:    return is_long ? 8 : 4;
    case SYSTEM_CALL_GATE_16: return is_long ? 0 : 2;
    default:                  return 0;
    }
}

static BOOL is_task( const struct emulate *emu )
{
    UINT32 type = DESCRIPTOR_TYPE( emu->far.descriptor[1] );

    if (emu->vp.ExecutionState.EferLma) return FALSE;
    return type == SYSTEM_TASK_16 || type == SYSTEM_TASK || type == SYSTEM_TASK_GATE;
}

BOOL emulate_enter_gate( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;
    UINT32 low = far->descriptor[0], high = far->descriptor[1];
    UINT8 dpl = DESCRIPTOR_DPL( high ), word = word_size( emu );

    if (is_task( emu )) return emulate_refuse( emu );
    if (!word || (word == 8 && !emulate_find_descriptor( emu, 16 ))) return emulate_selector_fault( emu, VECTOR_GP );
    if (dpl < emu->vp.ExecutionState.Cpl || dpl < (far->selector & 3)) return emulate_selector_fault( emu, VECTOR_GP );
    if (!(high & DESCRIPTOR_PRESENT)) return emulate_selector_fault( emu, VECTOR_NP );
    far->gate = word;
    far->parameters = word == 8 ? 0 : high & 0x1f;
    far->code_selector = low >> 16;
    far->offset = (low & 0xffff) | (word == 2 ? 0 : high & 0xffff0000);
    return word == 8 ? emulate_next_stage( emu, STAGE_UPPER_HALF ) : find_code( emu );
}

/* ---- the rounds ---- */

BOOL emulate_plan_gate( struct emulate *emu )
{
    struct emulate_far *far = &emu->far;
    UINT32 offset, size;

    switch (far->stage)
    {
    case STAGE_UPPER_HALF:
        emulate_add_system_access( emu, far->descriptor_at + 8, 8, INSN_READ );
        return TRUE;
    case STAGE_CODE:
    case STAGE_STACK:
        emulate_add_system_access( emu, far->descriptor_at, 8, INSN_READ );
        return TRUE;
    case STAGE_TASK:
        find_stack( emu, &offset, &size );
        emulate_add_system_access( emu, emu->system.tr.Base + offset, size, INSN_READ );
        return TRUE;
    case STAGE_PARAMETERS:
        return emulate_add_stack( emu, 0, parameter_bytes( emu ), INSN_READ );
    }
    /* what it says of its pages may be an earlier instruction's */
    memset( &emu->access[2], 0, sizeof(emu->access[2]) );
    if (is_call( emu ) && !plan_push( emu )) return FALSE;
    emulate_plan_accessed( emu );
    return TRUE;
}

BOOL emulate_gate( struct emulate *emu )
{
    if (emu->far.stage == STAGE_CODE || emu->far.stage == STAGE_STACK)
        memcpy( emu->far.descriptor, emu->access[0].data, 8 );
    switch (emu->far.stage)
    {
    case STAGE_UPPER_HALF: return take_upper_half( emu );
    case STAGE_CODE:       return judge_code( emu );
    case STAGE_TASK:       return take_task( emu );
    case STAGE_STACK:      return judge_stack( emu );
    case STAGE_PARAMETERS: return take_parameters( emu );
    default:               return commit( emu );
    }
}
