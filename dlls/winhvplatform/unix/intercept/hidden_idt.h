/*
 * The hidden IDT
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
 * Exceptions as exits for a guest that runs in ring 3 of long mode and has no interrupt table of its own that could be
 * used: it is given one, in pages that it can't reach, whose gates end in an exit of KVM's. The frame there is the
 * state before. All else runs at full speed. Knows hidden_tables.h, delivery.h, the events and the lazy sets.
 */

#ifndef __WHV_UNIX_INTERCEPT_HIDDEN_IDT_H
#define __WHV_UNIX_INTERCEPT_HIDDEN_IDT_H

#include "intercept/interceptor.h"

extern const struct interceptor hidden_idt;

/* Is CPUID to be a #GP in ring 3? FALSE: KVM can't be told so. Does nothing if it knows. */
extern BOOL hidden_idt_trap_cpuid( struct vp *vp, BOOL trap );

#endif /* __WHV_UNIX_INTERCEPT_HIDDEN_IDT_H */
