/*
 * String instructions
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

#include "emulate/alu.h"
#include "emulate/state.h"
#include "emulate/strings.h"
#include "host/x86.h"
#include "insn/insn.h"

BOOL emulate_movs( struct emulate *emu )
{
    memcpy( emu->access[1].data, emu->access[0].data, emu->insn.operand_size );
    return TRUE;
}

BOOL emulate_stos( struct emulate *emu )
{
    emulate_put_data( &emu->access[0], emu->gpr[RAX] );
    return TRUE;
}

BOOL emulate_lods( struct emulate *emu )
{
    insn_set_gpr( emu->gpr, RAX, emu->insn.operand_size, emulate_get_data( &emu->access[0] ));
    return TRUE;
}

BOOL emulate_cmps( struct emulate *emu )
{
    alu_find( INSN_CMP )( emu->insn.operand_size, emulate_get_data( &emu->access[0] ),
                          emulate_get_data( &emu->access[1] ), &emu->rflags );
    return TRUE;
}

BOOL emulate_scas( struct emulate *emu )
{
    alu_find( INSN_CMP )( emu->insn.operand_size, emu->gpr[RAX], emulate_get_data( &emu->access[0] ), &emu->rflags );
    return TRUE;
}

BOOL emulate_ins( struct emulate *emu )
{
    emulate_put_data( &emu->access[0], emu->port_data );
    return TRUE;
}

BOOL emulate_outs( struct emulate *emu )
{
    emu->port_data = emulate_get_data( &emu->access[0] );
    return TRUE;
}

BOOL emulate_in( struct emulate *emu )
{
    insn_set_gpr( emu->gpr, RAX, emu->insn.operand_size, emu->port_data );
    return TRUE;
}

BOOL emulate_out( struct emulate *emu )
{
    emu->port_data = insn_get_gpr( emu->gpr, RAX, emu->insn.operand_size );
    return TRUE;
}
