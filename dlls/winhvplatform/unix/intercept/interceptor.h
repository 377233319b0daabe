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
 * "before" and behind "after". Several may serve one entry, in the order of the table, unless one does it alone. Knows the properties, which say what is asked for; knows none of the ways.
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
    /* Can it give the client exits that it asks for, in the guest's present state? What it needs of the debugger for
     * that it adds to vp->arch.intercept.debug. */
    BOOL (*wants)( struct vp *vp );
    /* Before KVM_RUN, when the debugger has been told. FALSE: it can't after all, and has changed nothing. What it
     * gives it adds to vp->arch.intercept.served. */
    BOOL (*before)( struct vp *vp );
    /* KVM_RUN has come back, and has exited or (FALSE) was interrupted, or its exit is another's. An exit that it has
     * made is put into vp->arch.intercept.caught and run->exit_reason, as intercept_left says. */
    void (*after)( struct vp *vp, BOOL exited );
    BOOL alone;                         /* it gives all that there is: nobody else is asked */
};

#define EXCEPTION_EXIT  4               /* WHV_EXTENDED_VM_EXITS.ExceptionExit */

/* The exceptions that the client wants to see: bit n: vector n. */
static inline UINT64 intercept_vectors( const struct partition *partition )
{
    const struct properties *props = &partition->props;

    return props->extended_exits & EXCEPTION_EXIT ? props->exception_exits : 0;
}

/* Is RDTSC to exit? */
static inline BOOL intercept_rdtsc( const struct partition *partition )
{
    return (partition->props.watched & PROPERTY_RDTSC) != 0;
}

/* Are VMCALL and VMMCALL to exit? */
static inline BOOL intercept_hypercall( const struct partition *partition )
{
    return (partition->props.watched & PROPERTY_HYPERCALL) != 0;
}

/* Are there exits that KVM does not show? #DB and #BP it has itself where the processor makes its exits; one that
 * executes ring 0 in software has them in ring 0 only. */
static inline BOOL intercept_needed( const struct partition *partition )
{
    UINT64 own = 1ull << WHvX64ExceptionTypeDebugTrapOrFault | 1ull << WHvX64ExceptionTypeBreakpointTrap;

    return (intercept_vectors( partition ) & (partition->host->out_rip_past ? ~0ull : ~own)) ||
           intercept_rdtsc( partition );
}

#endif /* __WHV_UNIX_INTERCEPT_INTERCEPTOR_H */
