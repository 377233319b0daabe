/*
 * Instructions of common exits, in few words
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

/*
 * What has to be known of an IN, OUT or MOV each time that it makes an exit, found out once: which register, how many
 * bytes, which port. All else (strings, high bytes that are loaded, MOVBE) has no such words, and goes the long way.
 * Knows struct insn; knows no registers, no memory, no vp. Pure.
 */

#ifndef __WHV_UNIX_INSN_BRIEF_H
#define __WHV_UNIX_INSN_BRIEF_H

#include "insn/insn.h"
#include "winhvplatformdefs.h"

enum insn_brief_kind
{
    BRIEF_NONE,                 /* there are no words for it */
    BRIEF_OUT,
    BRIEF_IN,
    BRIEF_LOAD,                 /* MOV, MOVZX from memory to a general register */
    BRIEF_STORE,                /* MOV of a general register or a number to memory */
};

struct insn_brief
{
    UINT8  kind;                /* enum insn_brief_kind */
    UINT8  size;                /* bytes that go to or come from the port, or memory: 1, 2, 4, 8 */
    UINT8  reg;                 /* which general register; INSN_REG_NONE: STORE of a number */
    UINT8  shift;               /* where in it the data of a STORE begins: 8 for AH, CH, DH, BH */
    UINT8  by_dx;               /* the port is in DX */
    UINT16 port;                /* else */
    UINT64 data;                /* which bits count of what is stored, or goes to the port */
    UINT64 value;               /* STORE: the number */
    UINT64 kept, zero;          /* IN, LOAD: bits of the register that stay, and that become 0; all others are the
                                   data's. OUT: all stay */
};

extern void insn_describe( const struct insn *insn, struct insn_brief *brief );

#endif /* __WHV_UNIX_INSN_BRIEF_H */
