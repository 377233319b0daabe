/*
 * Vector registers
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
 * Which vector registers an instruction needs, by names of the API and of vectors.h, and the instructions that only
 * move them: plain ones; under a mask, where what is left out is not accessed and can't fault; gathers, an element at a
 * time, which a fault ends in the middle as on the CPU: with the elements before it done, and their masks cleared.
 * Nothing of this runs on the host CPU, so that a host need not have what the guest uses.
 */

#include <string.h>

#include "emulate/address.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "emulate/vector.h"
#include "host/bytes.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"
#include "insn/access.h"
#include "insn/encode.h"
#include "insn/insn.h"
#include "vectors.h"

#define FSW_TOP   0x3800

/* ---- registers ---- */

static struct emulate_vector *find_vector( struct emulate *emu, UINT8 reg )
{
    UINT8 i;

    for (i = 0; i < emu->vector_count; i++) if (emu->vector[i].reg == reg) return &emu->vector[i];
    return NULL;
}

/* The low bytes of it; cleared: what is above in the host's registers becomes zero. */
static void add_vector( struct emulate *emu, UINT8 reg, UINT32 bytes, BOOL cleared )
{
    struct emulate_vector *vector = find_vector( emu, reg );

    if (!vector)
    {
        if (emu->vector_count == EMULATE_MAX_VECTORS) return;
        vector = &emu->vector[emu->vector_count++];
        memset( vector, 0, sizeof(*vector) );
        vector->reg = reg;
    }
    vector->lanes |= bytes > 32 ? 15 : bytes > 16 ? 3 : 1;
    if (cleared) vector->lanes |= xsave_host_layout()->features & XFEATURE_ZMM_HIGH ? 15 : 3;
}

void emulate_vector_find( struct emulate *emu )
{
    const struct insn_operand *operand = emu->insn.operands;
    const struct insn_native *native = &emu->native;
    BOOL vex = emu->insn.vex != 0;
    UINT8 i;

    emu->vector_count = 0;
    if (native->length)
    {
        for (i = 0; i < 16; i++)
            if (native->xmms >> i & 1) add_vector( emu, i, native->ymms >> i & 1 ? 32 : 16, native->cleared >> i & 1 );
        return;
    }
    for (i = 0; i < emu->insn.operand_count; i++)
        if (operand[i].kind == INSN_OPERAND_VECTOR)
            add_vector( emu, operand[i].reg, operand[i].size, vex && (operand[i].access & INSN_WRITE) );
    if (emu->insn.op == INSN_GATHER) add_vector( emu, emu->insn.mem.index, 32, 0 );
}

UINT32 emulate_vector_names( const struct emulate *emu, WHV_REGISTER_NAME *names )
{
    UINT32 count = 0;
    UINT8 i, lane;

    for (i = 0; i < emu->vector_count; i++)
        for (lane = 0; lane < 4; lane++)
        {
            if (!(emu->vector[i].lanes >> lane & 1)) continue;
            if (!lane && emu->vector[i].reg < 16) names[count++] = WHvX64RegisterXmm0 + emu->vector[i].reg;
            else names[count++] = WHV_VECTOR_LANE( emu->vector[i].reg, lane );
        }
    if (emu->insn.opmask) names[count++] = WHV_VECTOR_OPMASK( emu->insn.opmask );
    return count;
}

UINT8 *emulate_vector_place( struct emulate *emu, WHV_REGISTER_NAME name, const UINT8 **old )
{
    struct emulate_vector *vector;
    UINT32 number = name - WHV_VECTOR_FIRST;

    if (number < WHV_VECTOR_COUNT)
    {
        *old = (const UINT8 *)&emu->opmask;
        if (number >= 0x80) return (UINT8 *)&emu->opmask;
    }
    else if ((number = name - WHvX64RegisterXmm0) < 16) number *= 4;
    else return NULL;
    if (!(vector = find_vector( emu, number / 4 ))) return NULL;
    *old = vector->old + number % 4 * 16;
    return vector->data + number % 4 * 16;
}

/* ---- plain moves ---- */

BOOL emulate_vector_supported( const struct insn *insn )
{
    if (insn->op == INSN_MASKMOV) return insn->operand_count == 2;
    if (!insn->has_mem || !insn->mem.size || insn->mem.size > EMULATE_MAX_VECTOR) return FALSE;
    if (insn->mem.vsib != (insn->op == INSN_GATHER)) return FALSE;
    switch (insn->op)
    {
    case INSN_VMOV:
        return insn->operand_count == 2 &&
               insn->operands[insn->operands[0].kind == INSN_OPERAND_MEMORY].kind == INSN_OPERAND_VECTOR;
    case INSN_VMASKMOV:
        if (insn->vex == 2) return insn->opmask && insn->operand_count == 2;
        /* fall through */
    case INSN_GATHER:
        return insn->vex == 1 && insn->operand_count == 3;
    }
    return FALSE;
}

BOOL emulate_vector_move( struct emulate *emu )
{
    struct emulate_access *access = &emu->access[0];
    UINT8 *data = emu->vector[0].data, *operand = emulate_data( emu, access );
    /* MOVHPS, MOVHPD; MOVLPS, MOVLPD */
    BOOL high = emu->insn.opcode == 0x16 || emu->insn.opcode == 0x17, low = emu->insn.opcode == 0x12;
    UINT8 *part = data + (high ? 8 : 0);

    if (access->flags & INSN_WRITE) memcpy( operand, part, access->size );
    else
    {
        if (!high && !low) memset( data, 0, emu->insn.vex ? 64 : 16 );
        memcpy( part, operand, access->size );
    }
    return TRUE;
}

/* ---- element by element ---- */

/* MM registers are physical ones, and an FXSAVE image begins with the top of the stack. */
static UINT8 *mm_register( struct emulate *emu, UINT8 reg )
{
    UINT8 top = (load16( emu->vectors + FX_FSW ) & FSW_TOP) >> 11;

    return emu->vectors + FX_ST + ((reg - top) & 7) * 16;
}

/* As every MMX instruction does: the top is 0, all registers are valid. */
static void enter_mmx( struct emulate *emu )
{
    UINT8 st[128], i;

    for (i = 0; i < 8; i++) memcpy( st + i * 16, mm_register( emu, i ), 16 );
    memcpy( emu->vectors + FX_ST, st, sizeof(st) );
    store16( emu->vectors + FX_FSW, load16( emu->vectors + FX_FSW ) & ~FSW_TOP );
    emu->vectors[FX_FTW] = 0xff;
}

static UINT8 *operand_data( struct emulate *emu, UINT8 index )
{
    const struct insn_operand *operand = &emu->insn.operands[index];

    if (operand->kind == INSN_OPERAND_MMX) return mm_register( emu, operand->reg );
    return find_vector( emu, operand->reg )->data;
}

static const UINT8 *mask_data( struct emulate *emu )
{
    if (emu->insn.opmask) return (const UINT8 *)&emu->opmask;
    return operand_data( emu, insn_mask_operand( &emu->insn ));
}

/* What is outside of the first and the last element is neither checked nor translated; of a gather it is the next
 * element that is wanted, and when there is none the instruction has but to end. */
BOOL emulate_elements_plan( struct emulate *emu )
{
    const struct insn *insn = &emu->insn;
    struct insn_state state = { .gpr = emu->gpr, .next_rip = emu->next_rip, .mask = mask_data( emu ) };
    const struct insn_access *access;
    struct insn_access_list list;
    struct insn_access whole;

    if (insn->op == INSN_GATHER) state.index = find_vector( emu, insn->mem.index )->data;
    if (insn->aligned && insn_plain_access( insn, emu->gpr, emu->next_rip, &whole ) &&
        ((whole.offset + emu->segments[whole.segment].Base) & (whole.size - 1)))
        return emulate_fault( emu, VECTOR_GP, 0, 0 );
    insn_accesses( insn, &state, &list );
    if (!list.count) return TRUE;
    access = &list.access[0];
    if (!emulate_add_access( emu, access->segment, access->offset, access->size, access->access )) return FALSE;
    emu->access[0].element = list.element;
    emu->access[0].mask = list.mask;
    return TRUE;
}

static void execute_gather( struct emulate *emu )
{
    UINT8 size = emu->insn.element, *data = operand_data( emu, 0 );
    UINT8 *mask = operand_data( emu, insn_mask_operand( &emu->insn ));
    UINT32 done = insn_element_count( &emu->insn ) * size, next;

    if (emu->access_count)
    {
        next = __builtin_ctzll( insn_wanted_elements( &emu->insn, mask ));
        memcpy( data + next * size, emu->access[0].data, size );
        memset( mask + next * size, 0, size );
        return;
    }
    memset( data + done, 0, 64 - done );
    memset( mask, 0, 64 );
}

static void execute_load( struct emulate *emu, UINT64 mask, UINT8 first )
{
    const struct insn *insn = &emu->insn;
    UINT8 size = insn->element, *data = operand_data( emu, 0 ), *from = emulate_data( emu, &emu->access[0] );
    UINT32 i, count = insn_element_count( insn );

    for (i = 0; i < count; i++)
    {
        if (mask >> i & 1) memcpy( data + i * size, from + (i - first) * size, size );
        else if (!insn->opmask || insn->zeroing) memset( data + i * size, 0, size );
    }
    memset( data + count * size, 0, 64 - count * size );
}

BOOL emulate_elements_execute( struct emulate *emu )
{
    const struct insn *insn = &emu->insn;
    UINT64 mask = insn_wanted_elements( insn, mask_data( emu ));
    UINT8 first = mask ? __builtin_ctzll( mask ) : 0;

    if (insn->op == INSN_GATHER) execute_gather( emu );
    else if (insn->op == INSN_VMASKMOV && !(insn->mem.access & INSN_WRITE)) execute_load( emu, mask, first );
    else
    {
        if (mask)
            memcpy( emulate_data( emu, &emu->access[0] ),
                    operand_data( emu, insn->op == INSN_MASKMOV ? 0 : insn->operand_count - 1 ) +
                    first * insn->element, emu->access[0].size );
        if (insn->operands[0].kind == INSN_OPERAND_MMX) enter_mmx( emu );
    }
    return TRUE;
}

BOOL emulate_elements_next( struct emulate *emu )
{
    return emu->access_count != 0;
}
