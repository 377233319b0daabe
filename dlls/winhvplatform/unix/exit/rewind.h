/*
 * Finding the instruction of an exit
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
 * WHP stops before the instruction, KVM in the middle of it: find the instruction and the registers as they were
 * before it. Where KVM shows RIP behind it, candidates of all lengths are decoded backwards; what accesses the
 * reported address with the reported size and data is it, or equals it in effect.
 * Knows the client's view in the kvm_run page, code through code_x86.h, insn.h. Changes nothing but its outputs.
 * Source: arch/x86/kvm/emulate.c (when registers are written back); docs/kvm-facts.
 */

#ifndef __WHV_UNIX_EXIT_REWIND_H
#define __WHV_UNIX_EXIT_REWIND_H

#include "winhvplatformdefs.h"

struct rewind_access;
struct rewind_result;
struct vp;

/* All look at the client's view, which is KVM's state then. TRUE if the instruction was found. before is valid in any
 * case (then equal to KVM's). */
extern BOOL rewind_write( struct vp *vp, const struct rewind_access *access, struct rewind_result *result );
extern BOOL rewind_read( struct vp *vp, const struct rewind_access *access, struct rewind_result *result );
/* Instruction at the RIP, nothing done. FALSE if it can't be read or decoded. */
extern BOOL rewind_at( struct vp *vp, struct rewind_result *result );

#endif /* __WHV_UNIX_EXIT_REWIND_H */
