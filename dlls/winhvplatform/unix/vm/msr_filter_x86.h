/*
 * MSR exits
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
 * Which MSR accesses leave KVM: X64MsrExitBitmap, MsrActionList and UnimplementedMsrAction as KVM's user-space MSR
 * exits and filter, which also keeps from the guest what only KVM has (msr_known_x86.h). Knows the properties and
 * kvm.h; the exits themselves are handled in exit/msr.c.
 * Needs no vp lock: KVM takes a new filter at the vps' next entry.
 * Source: Documentation/virt/kvm/api.rst 7.21 and 4.97.
 */

#ifndef __WHV_UNIX_VM_MSR_FILTER_X86_H
#define __WHV_UNIX_VM_MSR_FILTER_X86_H

#include "winhvplatformdefs.h"

struct host;
struct properties;

/* -errno; 0 at once where the host has no user-space MSR exits and none are asked for. */
extern int msr_apply_exits( int vm, const struct host *host, const struct properties *props );

/* What becomes of an access that KVM has handed to us. */
enum msr_decision
{
    MSR_TO_CLIENT,
    MSR_FAULT,                  /* #GP */
    MSR_IGNORE,                 /* write ignored, read gives 0 */
    MSR_END_OF_MESSAGE,         /* KVM's to do, and ours to know of */
};
extern enum msr_decision msr_decide( const struct host *host, const struct properties *props, UINT32 index,
                                     BOOL write, UINT32 kvm_reason );

#endif /* __WHV_UNIX_VM_MSR_FILTER_X86_H */
