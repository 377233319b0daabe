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

/*
 * Far CALL and JMP whose selector is a call gate's, once far.c has read that: to the same privilege level, and CALL
 * also to an inner one, by the stack that the task has for it. Task gates and tasks are refused.
 * Knows descriptor.h and address.h.
 */

#ifndef __WHV_UNIX_EMULATE_GATE_H
#define __WHV_UNIX_EMULATE_GATE_H

#include "winhvplatformdefs.h"

struct emulate;

/* A descriptor of the system's is in emu->far.descriptor. Sets emu->far.gate if it goes on behind this: then the rounds
 * that follow are emulate_plan_gate's and emulate_gate's. */
extern BOOL emulate_enter_gate( struct emulate *emu );
extern BOOL emulate_plan_gate( struct emulate *emu ), emulate_gate( struct emulate *emu );

#endif /* __WHV_UNIX_EMULATE_GATE_H */
