/*
 * Registers outside the sync area
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
 * FPU and vector state, debug registers and XCR0: fetched on first use after an exit, written back before the next
 * entry if changed. Each costs a system call, so that an exit of a client that does not look at them costs none. Knows
 * vp.h and kvm.h. The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_VM_LAZY_X86_H
#define __WHV_UNIX_VM_LAZY_X86_H

#include "vm/vp.h"
#include "winhvplatformdefs.h"

struct kvm_xcrs;

/* Make a lazy set valid in vp->arch.lazy.xsave, debugregs, xcrs (one ioctl if it was not). */
extern HRESULT lazy_fetch_now( struct vp *vp, enum vp_lazy set );
static inline HRESULT lazy_fetch( struct vp *vp, enum vp_lazy set )
{
    return vp->arch.lazy.valid & set ? S_OK : lazy_fetch_now( vp, set );
}

/* Write dirty lazy sets back: before every entry, no cost when none is dirty. ERROR_HV_INVALID_REGISTER_VALUE for a
 * value that no CPU takes (XCR0, DR7, CS): the run is an exit InvalidVpRegisterValue, and the set stays dirty until the
 * client mends it. */
extern HRESULT lazy_write_back( struct vp *vp );

/* A set is changed in its place in vp->arch.lazy, where it is valid. */
static inline void lazy_touch( struct vp *vp, UINT32 sets )
{
    vp->arch.lazy.dirty |= sets;
}

/* KVM may have changed them: all are fetched anew when they are wanted. */
static inline void lazy_forget( struct vp *vp )
{
    vp->arch.lazy.valid = 0;
}

/* Power-on values, all sets. */
extern void lazy_reset( struct vp *vp );
/* Memory of a vcpu's image: E_OUTOFMEMORY. */
extern HRESULT lazy_alloc( struct vp *vp );
extern void lazy_free( struct vp *vp );

/* What the guest's CPUID offers for XCR0, whatever of it is enabled now: the image of a vp has one size and one
 * XCOMP_BV, as on Windows, so that a client may ask for them once. */
extern UINT64 lazy_components( const struct vp *vp );

/* Where XCR0 is among them; it is put there if KVM has not told it. */
extern __u64 *lazy_xcr0( struct kvm_xcrs *xcrs );

#endif /* __WHV_UNIX_VM_LAZY_X86_H */
