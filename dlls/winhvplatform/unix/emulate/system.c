/*
 * System instructions
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
 * SGDT, SIDT, SLDT, STR, SMSW, LGDT, LIDT and LMSW, and what else reads memory and is none of the common kinds: XLAT,
 * BOUND, ARPL. Also the system registers that the instructions of far.c, return.c and selector.c need.
 * Source: Intel SDM volume 2.
 */

#include <string.h>

#include "../winhvemulation/unixlib.h"
#include "emulate/address.h"
#include "emulate/operand.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "emulate/system.h"
#include "host/x86.h"
#include "insn/insn.h"

UINT32 emulate_system_names( const struct emulate *emu, WHV_REGISTER_NAME *names )
{
    UINT32 count = 0;

    switch (emu->insn.op)
    {
    case INSN_SGDT: case INSN_LGDT: names[count++] = WHvX64RegisterGdtr; break;
    case INSN_SIDT: case INSN_LIDT: names[count++] = WHvX64RegisterIdtr; break;
    case INSN_SLDT: names[count++] = WHvX64RegisterLdtr; break;
    case INSN_STR:  names[count++] = WHvX64RegisterTr; break;
    case INSN_SMSW: case INSN_LMSW: names[count++] = WHvX64RegisterCr0; break;
    case INSN_LTR:
        names[count++] = WHvX64RegisterGdtr;
        names[count++] = WHvX64RegisterTr;
        break;
    case INSN_CALL_FAR:
        names[count++] = WHvX64RegisterTr;
        /* fall through */
    default:
        names[count++] = WHvX64RegisterGdtr;
        names[count++] = WHvX64RegisterLdtr;
        names[count++] = WHvRegisterInterruptState;
        break;
    }
    names[count++] = WHvX64RegisterCr4;
    return count;
}

void emulate_system_take( struct emulate *emu, const WHV_REGISTER_VALUE *values )
{
    struct emulate_system *system = &emu->system;
    WHV_REGISTER_NAME names[EMULATE_MAX_REGISTERS];
    UINT32 i, count = emulate_system_names( emu, names );

    memset( system, 0, sizeof(*system) );
    for (i = 0; i < count; i++)
    {
        switch (names[i])
        {
        case WHvX64RegisterGdtr:        system->gdtr = values[i].Table; break;
        case WHvX64RegisterIdtr:        system->idtr = values[i].Table; break;
        case WHvX64RegisterLdtr:        system->ldtr = values[i].Segment; break;
        case WHvX64RegisterTr:          system->tr = values[i].Segment; break;
        case WHvX64RegisterCr0:         system->cr0 = values[i].Reg64; break;
        case WHvX64RegisterCr4:         system->cr4 = values[i].Reg64; break;
        case WHvRegisterInterruptState: system->interrupt_state = values[i].Reg64; break;
        default: break;
        }
    }
    emu->old_system = *system;
    emu->cr4 = system->cr4;
}

static WHV_REGISTER_VALUE *add_change( WHV_REGISTER_NAME name, WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values,
                                       UINT32 *count )
{
    names[*count] = name;
    memset( &values[*count], 0, sizeof(*values) );
    return &values[(*count)++];
}

UINT32 emulate_system_changes( struct emulate *emu, WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values )
{
    const struct emulate_system *system = &emu->system, *old = &emu->old_system;
    UINT32 count = 0;

    if (memcmp( &system->gdtr, &old->gdtr, sizeof(old->gdtr) ))
        add_change( WHvX64RegisterGdtr, names, values, &count )->Table = system->gdtr;
    if (memcmp( &system->idtr, &old->idtr, sizeof(old->idtr) ))
        add_change( WHvX64RegisterIdtr, names, values, &count )->Table = system->idtr;
    if (memcmp( &system->ldtr, &old->ldtr, sizeof(old->ldtr) ))
        add_change( WHvX64RegisterLdtr, names, values, &count )->Segment = system->ldtr;
    if (memcmp( &system->tr, &old->tr, sizeof(old->tr) ))
        add_change( WHvX64RegisterTr, names, values, &count )->Segment = system->tr;
    if (system->cr0 != old->cr0) add_change( WHvX64RegisterCr0, names, values, &count )->Reg64 = system->cr0;
    if (system->interrupt_state != old->interrupt_state)
        add_change( WHvRegisterInterruptState, names, values, &count )->Reg64 = system->interrupt_state;
    return count;
}

/* ---- loading and storing them ---- */

BOOL emulate_plan_system( struct emulate *emu )
{
    UINT8 cpl = emu->vp.ExecutionState.Cr0Pe ? emu->vp.ExecutionState.Cpl : 0;

    switch (emu->insn.op)
    {
    case INSN_SLDT:
    case INSN_STR:
        if (emulate_is_real_mode( emu )) return emulate_fault( emu, VECTOR_UD, NO_ERROR_CODE, 0 );
        /* fall through */
    case INSN_SGDT:
    case INSN_SIDT:
    case INSN_SMSW:
        if (cpl && (emu->system.cr4 & CR4_UMIP)) return emulate_fault( emu, VECTOR_GP, 0, 0 );
        break;
    default:
        if (cpl || (emu->rflags & RFLAGS_VM)) return emulate_fault( emu, VECTOR_GP, 0, 0 );
        break;
    }
    return emulate_plan_operand( emu );
}

static void store_table( struct emulate *emu, const WHV_X64_TABLE_REGISTER *table )
{
    struct emulate_access *access = &emu->access[0];

    memcpy( access->data, &table->Limit, 2 );
    memcpy( access->data + 2, &table->Base, access->size - 2 );
}

static BOOL load_table( struct emulate *emu, WHV_X64_TABLE_REGISTER *table )
{
    const struct emulate_access *access = &emu->access[0];
    UINT64 base = 0;

    memcpy( &base, access->data + 2, access->size - 2 );
    if (emu->insn.mode == INSN_MODE_64)
    {
        if (!emulate_is_canonical( emu, base )) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    }
    else if (emu->insn.operand_size == 2) base &= 0xffffff;
    memcpy( &table->Limit, access->data, 2 );
    table->Base = base;
    return TRUE;
}

BOOL emulate_system( struct emulate *emu )
{
    struct emulate_system *system = &emu->system;
    struct emulate_access *access = &emu->access[0];

    switch (emu->insn.op)
    {
    case INSN_SGDT: store_table( emu, &system->gdtr ); break;
    case INSN_SIDT: store_table( emu, &system->idtr ); break;
    case INSN_LGDT: return load_table( emu, &system->gdtr );
    case INSN_LIDT: return load_table( emu, &system->idtr );
    case INSN_SLDT: emulate_put_data( access, system->ldtr.Selector ); break;
    case INSN_STR:  emulate_put_data( access, system->tr.Selector ); break;
    case INSN_SMSW: emulate_put_data( access, system->cr0 ); break;
    case INSN_LMSW:
        /* PE can be set by it and not cleared */
        system->cr0 = (system->cr0 & ~0xeull) | (emulate_get_data( access ) & 0xf);
        break;
    }
    return TRUE;
}

/* ---- others ---- */

BOOL emulate_xlat( struct emulate *emu )
{
    insn_set_gpr( emu->gpr, RAX, 1, emu->access[0].data[0] );
    return TRUE;
}

BOOL emulate_bound( struct emulate *emu )
{
    UINT8 size = emu->insn.operand_size;
    INT64 index = insn_sign_extend( emu->gpr[emu->insn.operands[0].reg], size );
    UINT64 lower = 0, upper = 0;

    memcpy( &lower, emu->access[0].data, size );
    memcpy( &upper, emu->access[0].data + size, size );
    if (index >= insn_sign_extend( lower, size ) && index <= insn_sign_extend( upper, size )) return TRUE;
    return emulate_fault( emu, VECTOR_BR, NO_ERROR_CODE, 0 );
}

BOOL emulate_plan_arpl( struct emulate *emu )
{
    if (emulate_is_real_mode( emu )) return emulate_fault( emu, VECTOR_UD, NO_ERROR_CODE, 0 );
    return emulate_plan_operand( emu );
}

BOOL emulate_arpl( struct emulate *emu )
{
    struct emulate_access *access = &emu->access[0];
    UINT64 selector = emulate_get_data( access ), rpl = emu->gpr[emu->insn.operands[1].reg] & 3;

    emu->rflags &= ~RFLAGS_ZF;
    if ((selector & 3) >= rpl) return TRUE;
    emulate_put_data( access, (selector & ~3ull) | rpl );
    emu->rflags |= RFLAGS_ZF;
    return TRUE;
}
