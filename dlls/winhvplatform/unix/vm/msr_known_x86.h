/*
 * Which MSRs a guest has
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
 * Which MSRs a guest has, as against those that KVM answers: Hyper-V does not have all that KVM has (power meters, what
 * only other vendors' processors have, KVM's own), and of an MSR that there is a wrong access is the guest's fault, not
 * the client's affair.
 * Two tables, by number; one of them also by what the guest's CPUID offers. Knows host.h, the properties and tables of
 * CPUID; calls no KVM and knows no vp.
 */

#ifndef __WHV_UNIX_VM_MSR_KNOWN_X86_H
#define __WHV_UNIX_VM_MSR_KNOWN_X86_H

#include "winhvplatformdefs.h"

struct host;
struct kvm_cpuid2;
struct properties;

struct msr_stretch
{
    UINT32 first, last;
};

/* KVM answers these, and nobody else does: they are to be unknown to the guest. Gives the stretches one after the
 * other, from i = 0 on; FALSE behind the last. */
extern BOOL msr_hidden_stretch( const struct host *host, const struct properties *props, UINT32 i,
                                struct msr_stretch *stretch );
/* Is it in one of them? */
extern BOOL msr_is_hidden( const struct host *host, const struct properties *props, UINT32 index );

/* Is it an MSR that a processor with this CPUID has, and the platform keeps? Then an access that is refused is #GP. */
extern BOOL msr_is_known( const struct properties *props, const struct kvm_cpuid2 *cpuid, UINT32 index );

#endif /* __WHV_UNIX_VM_MSR_KNOWN_X86_H */
