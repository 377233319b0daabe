/*
 * whvrun: string instructions
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

#include "decode/alu.h"
#include "decode/operand.h"
#include "decode/string_insn.h"
#include "devices/bus.h"
#include "platform/rflags.h"

/* A REP goes on in the guest after so many items: interrupts want to get in. */
#define MAX_ITEMS 1024

static void string_item( struct insn *in, unsigned int size )
{
    UINT64 from = insn_linear( in, in->segment, in->gpr[RSI] ), to = insn_linear( in, ES, in->gpr[RDI] );
    INT64 step = in->gpr[RFLAGS] & FLAG_DF ? -(INT64)size : (INT64)size;
    UINT16 port = in->gpr[RDX];
    BOOL uses_si = TRUE, uses_di = TRUE;

    switch (in->opcode & ~1)
    {
    case 0x6c: mem_store( in, to, size, bus_read_port( port, size )); uses_si = FALSE; break;
    case 0x6e: bus_write_port( port, size, mem_load( in, from, size )); uses_di = FALSE; break;
    case 0xa4: mem_store( in, to, size, mem_load( in, from, size )); break;
    case 0xa6:
    {
        UINT64 left = mem_load( in, from, size );

        alu( in, CMP, size, left, mem_load( in, to, size ));
        break;
    }
    case 0xaa: mem_store( in, to, size, in->gpr[RAX] ); uses_si = FALSE; break;
    case 0xac: set_reg( in, RAX, size, mem_load( in, from, size )); uses_di = FALSE; break;
    default:   alu( in, CMP, size, in->gpr[RAX], mem_load( in, to, size )); uses_si = FALSE; break;
    }
    if (in->failed) return;
    if (uses_si) add_reg( in, RSI, step );
    if (uses_di) add_reg( in, RDI, step );
}

void string_execute( struct insn *in, unsigned int size )
{
    BOOL compares = (in->opcode & ~1) == 0xa6 || (in->opcode & ~1) == 0xae;
    unsigned int items = 0;

    /* ports have no 64 bits */
    if (size == 8 && in->opcode < 0x70) size = 4;
    if (!in->rep)
    {
        string_item( in, size );
        return;
    }
    while (in->gpr[RCX] & size_mask( in->adsize ))
    {
        if (items++ == MAX_ITEMS)
        {
            in->repeat = TRUE;
            return;
        }
        string_item( in, size );
        if (in->failed) return;
        add_reg( in, RCX, -1 );
        if (compares && !(in->gpr[RFLAGS] & FLAG_ZF) == (in->rep == 0xf3)) return;
    }
}
