/*
 * What an instruction does to a step over it
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
 * Finds the instructions that exit, and those that show or change RFLAGS.TF, which is KVM's while it steps, or that
 * leave a step where a processor does not trap. Most instructions are none of these, which their first bytes tell.
 * Knows code_x86.h and the properties; changes nothing.
 */

#ifndef __WHV_UNIX_INTERCEPT_PEEK_INSN_H
#define __WHV_UNIX_INTERCEPT_PEEK_INSN_H

#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* The instruction at the client's RIP. asked: PROPERTY_*, the exits that are looked for. proven: as for code_read. */
extern void peek_classify( struct vp *vp, UINT64 asked, BOOL proven, struct peek_insn *insn );

#endif /* __WHV_UNIX_INTERCEPT_PEEK_INSN_H */
