/*
 * Peeking
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
 * The interceptor of last resort: the guest is executed step by step, and each instruction is looked at before. It
 * finds CPUID, RDTSC and VMCALL in any mode and ring, and costs a KVM_RUN an instruction: it is for small guests.
 *
 * A guest that is searched for CPUID is not held up for ever. It is stepped for as long as it executes CPUID now and
 * then: after PEEK_BUDGET steps without one it runs at full speed, with breakpoints where the last were found, and
 * CPUID at any other place is answered by KVM, as an ERR line says once. RDTSC and VMCALL have no such end.
 *
 * What is looked at is what is executed, but for code that another processor or a device writes in between, and for the
 * instruction behind MOV SS or POP SS, which a processor does not trap in front of.
 * Knows peek_insn.h, peek_event.h and what exit/debug.h is asked for. The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_INTERCEPT_PEEK_H
#define __WHV_UNIX_INTERCEPT_PEEK_H

#include "vm/vp.h"
#include "winhvplatformdefs.h"

struct interceptor;

#define PEEK_BUDGET     0x20000         /* about a second, where a step takes 8 us */

extern const struct interceptor peek;

/* The search begins anew. */
extern void peek_begin( struct vp *vp );

#endif /* __WHV_UNIX_INTERCEPT_PEEK_H */
