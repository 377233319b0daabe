/*
 * Executing what KVM lacks
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
 * The instructions that KVM's own emulator lacks, executed on the vp's registers and memory, so that the guest goes
 * on. Where KVM runs guest code in hardware hardly any comes here; a KVM that runs ring 0 and real mode in software
 * needs them all. Knows the files of this room; is known by exit/. Memory operands are RAM: MMIO is an exit.
 * The vp is locked and out of the guest. Source: Intel SDM volumes 1 and 2, AMD APM volumes 2 and 3.
 */

#ifndef __WHV_UNIX_SOFTKVM_EXECUTE_H
#define __WHV_UNIX_SOFTKVM_EXECUTE_H

#include "winhvplatformdefs.h"

struct vp;

/* The instruction at the client's RIP, which KVM has refused. TRUE: it was executed, or its fault is queued, and the
 * guest can go on. FALSE: not ours, nothing has changed. */
extern BOOL execute_instruction( struct vp *vp );

#endif /* __WHV_UNIX_SOFTKVM_EXECUTE_H */
