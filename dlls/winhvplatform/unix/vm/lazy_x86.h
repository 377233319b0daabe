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
 * entry if changed.
 * Each costs a system call, so that an exit of a client that does not look at them costs none. Knows vp.h and kvm.h.
 * The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_VM_LAZY_X86_H
#define __WHV_UNIX_VM_LAZY_X86_H

#include "vm/vp.h"
#include "winhvplatformdefs.h"

struct kvm_xcrs;

/* Make a lazy set valid in vp->xsave, debugregs, xcrs (one ioctl if it was not). */
extern HRESULT regs_fetch( struct vp *vp, enum vp_lazy set );
/* Write dirty lazy sets back: before every entry, no cost when none is dirty. ERROR_HV_INVALID_REGISTER_VALUE for a value that
 * no CPU takes (XCR0, DR7): the run is an exit InvalidVpRegisterValue, and the set stays dirty until the client mends it. */
extern HRESULT regs_write_back( struct vp *vp );

extern __u64 *lazy_xcr0( struct kvm_xcrs *xcrs );

#endif /* __WHV_UNIX_VM_LAZY_X86_H */
