/*
 * Exits that KVM does not have: one way to make them
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
 * The interface between intercept.c and its ways. An interceptor serves one entry: it is asked whether the guest as it
 * is now wants it, changes what goes into KVM, and looks at what has come out. The client's view is its own before
 * "before" and behind "after". Knows the properties, which say what is asked for; knows none of the ways.
 * The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_INTERCEPT_INTERCEPTOR_H
#define __WHV_UNIX_INTERCEPT_INTERCEPTOR_H

#include "host/host.h"
#include "host/kvm.h"
#include "vm/partition.h"
#include "vm/property.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* What KVM_RUN is said to have come back with when an interceptor has caught something: a number of KVM's that it
 * does not use on x86. */
#define INTERCEPT_EXIT  KVM_EXIT_EXCEPTION

struct interceptor
{
    /* Which of the exits that are asked for (bits of intercept_asked) can it give in the guest's present state? An
     * exit that is due without an entry it puts into vp->arch.intercept.caught. */
    UINT64 (*wants)( struct vp *vp, UINT64 asked );
    /* Before KVM_RUN. FALSE: it can't after all, and has changed nothing. */
    BOOL (*before)( struct vp *vp, UINT64 serves );
    /* KVM_RUN has come back, and has exited or (FALSE) was interrupted, or its exit is another's. An exit that it has
     * made is put into vp->arch.intercept.caught and run->exit_reason, as intercept_left says. */
    void (*after)( struct vp *vp, BOOL exited );
};

#define EXCEPTION_EXIT  4               /* WHV_EXTENDED_VM_EXITS.ExceptionExit */

/* The exceptions that the client wants to see: bit n: vector n. */
static inline UINT64 intercept_vectors( const struct partition *partition )
{
    const struct properties *props = &partition->props;

    return props->extended_exits & EXCEPTION_EXIT ? props->exception_exits : 0;
}

/* Is this vector among them? INT n has others too, which are no exceptions. */
static inline BOOL intercept_has_vector( UINT64 vectors, UINT8 vector )
{
    return vector < 32 && (vectors >> vector & 1);
}

#define PROPERTY_INSNS  (PROPERTY_RDTSC | PROPERTY_HYPERCALL | PROPERTY_CPUID)

/* Exits that are asked for and that KVM does not show: vectors, and PROPERTY_*. #DB and #BP it has itself where the
 * processor makes its exits; one that executes ring 0 in software has them in ring 0 only. */
static inline UINT64 intercept_asked( const struct partition *partition )
{
    UINT64 own = 1ull << WHvX64ExceptionTypeDebugTrapOrFault | 1ull << WHvX64ExceptionTypeBreakpointTrap;

    return (intercept_vectors( partition ) & (partition->host->out_rip_past ? ~0ull : ~own)) |
           (partition->props.watched & PROPERTY_INSNS);
}

/* Something that is on its way into the guest goes through its own table. */
static inline BOOL intercept_has_event( const struct kvm_vcpu_events *events )
{
    return events->exception.injected || events->exception.pending || events->interrupt.injected ||
           events->nmi.injected || events->nmi.pending;
}

static inline void intercept_catch( struct vp *vp, enum caught_kind kind )
{
    vp->arch.intercept.caught.kind = kind;
    vp->arch.intercept.caught.fresh = 1;
}

#endif /* __WHV_UNIX_INTERCEPT_INTERCEPTOR_H */
