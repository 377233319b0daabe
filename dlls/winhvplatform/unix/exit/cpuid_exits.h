/*
 * CPUID exits
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
 * CPUID exits, which KVM has not. With a list, or with the platform's APICs, each leaf is shown to the client as one
 * exit before a vp's first entry, and its answers become the vp's CPUID table, which can't change afterwards. Else
 * (PROPERTY_CPUID) an interceptor finds the instruction where it is executed; see intercept/peek.h and docs/limits.
 * Knows struct vp, cpuid_x86.h, context.h and KVM_SET_CPUID2. The vp is locked.
 */

#ifndef __WHV_UNIX_EXIT_CPUID_EXITS_H
#define __WHV_UNIX_EXIT_CPUID_EXITS_H

#include "winhvplatformdefs.h"

struct vp;

/* At creation: the table by properties, KVM_SET_CPUID2 (so that CPUID output can be read), and the list of exits. */
extern HRESULT cpuid_exits_init( struct vp *vp );
/* Take the answer of the exit that is open, show the next one. FALSE when there is none left. */
extern BOOL cpuid_exits_next( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );
/* The guest is at a CPUID that an interceptor has caught: the exit, with the table's answer as the default. */
extern BOOL cpuid_exits_caught( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );
/* Before the first entry: the final table to KVM. */
extern HRESULT cpuid_exits_commit( struct vp *vp );

/* Memory for them, once for each vcpu: E_OUTOFMEMORY. */
extern HRESULT cpuid_exits_alloc( struct vp *vp );
extern void cpuid_exits_free( struct vp *vp );
/* The vp is reset: what the client has been shown needs no answer. */
extern void cpuid_exits_forget( struct vp *vp );

#endif /* __WHV_UNIX_EXIT_CPUID_EXITS_H */
