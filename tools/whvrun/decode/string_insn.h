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

/*
 * What it is for: MOVS, CMPS, STOS, LODS, SCAS, INS and OUTS, with REP and without. Knows operands, arithmetic and, for
 * the last two, the bus.
 */

#ifndef __WHVRUN_DECODE_STRING_INSN_H
#define __WHVRUN_DECODE_STRING_INSN_H

#include "decode/insn.h"

/* The size of an item is in bytes. */
extern void string_execute( struct insn *in, unsigned int size );

#endif /* __WHVRUN_DECODE_STRING_INSN_H */
