/*
 * Hyper-V enlightenments
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
 * What one partition's guests see of Hyper-V: the CPUID leaves from 0x40000000 for the features that it asks for, and
 * what a vcpu needs to have these. The emulation is KVM's (CONFIG_KVM_HYPERV).
 * Which features the host offers, and the one table of what bit is which, are in host/hyperv_probe_x86.h. Knows that,
 * the properties, struct vp and kvm.h. A partition that sets none of the features is not touched by any of this.
 * Sources: TLFS, chapter 2 (feature discovery); arch/x86/kvm/hyperv.c.
 */

#ifndef __WHV_UNIX_VM_HYPERV_X86_H
#define __WHV_UNIX_VM_HYPERV_X86_H

#include "winhvplatformdefs.h"

struct host;
struct properties;
struct vp;

/* How many leaves from HYPERV_LEAF on a partition's guest has: 0 without features. */
extern UINT32 hyperv_leaf_count( const struct properties *props );
/* What the guest reads in one of them. */
extern void hyperv_get_leaf( const struct host *host, const struct properties *props, UINT32 leaf,
                             WHV_CPUID_OUTPUT *out );

/* Features of a partition that its vps can use: all that depend on a local APIC are not there without one. */
extern UINT64 hyperv_features( const struct properties *props );
/* Are the SynIC's registers among them? */
extern BOOL hyperv_has_synic( const struct properties *props );

/* A vcpu was made, and has not run: its index, its SynIC, and that it may use what its CPUID says
 * and nothing else. -errno. */
extern int hyperv_vp_created( struct vp *vp );
/* The MSRs of one vp to their values at power-on; KVM's own reset leaves them.
 * The vp is locked and out of the guest. */
extern HRESULT hyperv_reset( struct vp *vp );
/* Those that all vps of a partition share, by any of its vps. */
extern HRESULT hyperv_reset_shared( struct vp *vp );

#endif /* __WHV_UNIX_VM_HYPERV_X86_H */
