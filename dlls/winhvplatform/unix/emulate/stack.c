/*
 * Stack frames
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
 * PUSHA, POPA, LEAVE, ENTER, POPF. The several words of one instruction are one operand here; where a stack of 64 KiB
 * ends within it the words are no neighbours, and it is refused. So is what goes by more than one size
 * of stack pointer.
 * Source: Intel SDM volume 2.
 */

#include <string.h>

#include "emulate/address.h"
#include "emulate/operand.h"
#include "emulate/result.h"
#include "emulate/stack.h"
#include "emulate/state.h"
#include "host/x86.h"
#include "insn/insn.h"

static UINT64 get_word( struct emulate *emu, struct emulate_access *access, UINT32 index )
{
    UINT64 value = 0;

    memcpy( &value, emulate_data( emu, access ) + index * emu->insn.stack_size, emu->insn.stack_size );
    return value;
}

static void put_word( struct emulate *emu, struct emulate_access *access, UINT32 index, UINT64 value )
{
    memcpy( emulate_data( emu, access ) + index * emu->insn.stack_size, &value, emu->insn.stack_size );
}

/* ---- PUSHA, POPA: from rDI, at the lowest address, to rAX ---- */

BOOL emulate_plan_pusha( struct emulate *emu )
{
    if (!emulate_plan_list( emu, INSN_WRITE )) return FALSE;
    return emu->access_count == 1 ? TRUE : emulate_refuse( emu );
}

BOOL emulate_pusha( struct emulate *emu )
{
    UINT32 i;

    for (i = 0; i < 8; i++) put_word( emu, &emu->access[0], i, emu->gpr[RDI - i] );
    emulate_move_stack( emu, -8 * (INT64)emu->insn.stack_size );
    return TRUE;
}

/* Three words, and four behind that of rSP, which is passed over. */
BOOL emulate_plan_popa( struct emulate *emu )
{
    if (!emulate_plan_list( emu, INSN_READ )) return FALSE;
    return emu->access[0].size == 3 * emu->insn.stack_size ? TRUE : emulate_refuse( emu );
}

BOOL emulate_popa( struct emulate *emu )
{
    UINT8 size = emu->insn.stack_size;
    UINT32 i;

    for (i = 0; i < 3; i++) insn_set_gpr( emu->gpr, RDI - i, size, get_word( emu, &emu->access[0], i ));
    for (i = 0; i < 4; i++) insn_set_gpr( emu->gpr, RBX - i, size, get_word( emu, &emu->access[1], i ));
    emulate_move_stack( emu, 8 * size );
    return TRUE;
}

/* ---- LEAVE, ENTER ---- */

BOOL emulate_leave( struct emulate *emu )
{
    insn_set_gpr( emu->gpr, RSP, emulate_stack_address_size( emu ), emu->gpr[RBP] );
    emulate_move_stack( emu, emu->insn.stack_size );
    insn_set_gpr( emu->gpr, RBP, emu->insn.stack_size, emulate_get_data( &emu->access[0] ));
    return TRUE;
}

static UINT32 nesting_level( const struct emulate *emu )
{
    return emu->insn.operands[1].imm & 31;
}

/* What is pushed, and the frame pointers of the outer levels: each in one piece. */
BOOL emulate_plan_enter( struct emulate *emu )
{
    struct emulate_access *pushed = &emu->access[0], *frames = &emu->access[1];
    BOOL nested = nesting_level( emu ) > 1;

    if (emulate_stack_address_size( emu ) != emu->insn.stack_size) return emulate_refuse( emu );
    if (!emulate_plan_list( emu, INSN_READ | INSN_WRITE )) return FALSE;
    if (emu->access_count != (nested ? 2 : 1) || !(pushed->flags & INSN_WRITE)) return emulate_refuse( emu );
    if (!nested) return TRUE;
    if (frames->flags & INSN_WRITE) return emulate_refuse( emu );
    frames->place = EMULATE_MAX_IMAGE / 2;
    /* what it pushes may be what it reads next */
    if (frames->gva < pushed->gva + pushed->size && pushed->gva < frames->gva + frames->size)
        return emulate_refuse( emu );
    return TRUE;
}

BOOL emulate_enter( struct emulate *emu )
{
    UINT32 level = nesting_level( emu ), size = emu->insn.stack_size, i;
    struct emulate_access *pushed = &emu->access[0], *frames = &emu->access[1];
    UINT64 frame = emulate_stack_offset( emu, RSP, -(INT64)size );

    put_word( emu, pushed, level ? level : 0, emu->gpr[RBP] );
    for (i = 1; i < level; i++) put_word( emu, pushed, i, get_word( emu, frames, i - 1 ));
    if (level) put_word( emu, pushed, 0, frame );
    emulate_move_stack( emu, -(INT64)pushed->size - (UINT16)emu->insn.operands[0].imm );
    insn_set_gpr( emu->gpr, RBP, size, frame );
    return TRUE;
}

/* ---- POPF ---- */

BOOL emulate_plan_popf( struct emulate *emu )
{
    /* by IOPL and VME, and interrupt flags that are none */
    if (emu->rflags & RFLAGS_VM) return emulate_refuse( emu );
    return emulate_plan_list( emu, INSN_READ );
}

BOOL emulate_popf( struct emulate *emu )
{
    UINT64 mask = RFLAGS_STATUS | RFLAGS_TF | RFLAGS_DF | RFLAGS_NT, value = emulate_get_data( &emu->access[0] );
    UINT32 cpl = emu->vp.ExecutionState.Cr0Pe ? emu->vp.ExecutionState.Cpl : 0;

    if (!cpl) mask |= RFLAGS_IOPL;
    if (cpl <= (emu->rflags & RFLAGS_IOPL) >> 12) mask |= RFLAGS_IF;
    if (emu->insn.stack_size > 2) mask |= RFLAGS_AC | RFLAGS_ID;
    emu->rflags = (emu->rflags & ~mask) | (value & mask);
    if (emu->insn.stack_size > 2) emu->rflags &= ~(RFLAGS_VIF | RFLAGS_VIP);
    emulate_move_stack( emu, emu->insn.stack_size );
    return TRUE;
}
