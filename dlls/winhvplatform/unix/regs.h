/*
 * Registers
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
 * The table WHV_REGISTER_NAME -> where a register lives: the sync-regs page, the FPU image, an MSR, an event field, computed.
 * Reads and writes of the client's view, and the lazy sets (XSAVE, debug registers, XCR0) fetched on first use.
 * Knows struct vp and kvm.h; decides nothing about exits.
 * The vp is locked and out of the guest. Values are our own copies, never caller memory.
 */

#ifndef __WHV_UNIX_REGS_H
#define __WHV_UNIX_REGS_H

#include "vp.h"

/* regs_check says what regs_set will say, and changes nothing: a call as a whole fails if one register is refused.
 * S_OK; WHV_E_INVALID_VP_REGISTER_NAME; ERROR_HV_INVALID_PARAMETER, ERROR_HV_ACCESS_DENIED, ERROR_HV_INVALID_REGISTER_VALUE. */
/* Up to so many registers regs_set has checked all of them before it changes one. */
#define REGS_SET_CHECKED 64

extern HRESULT regs_get( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count, WHV_REGISTER_VALUE *values );
extern HRESULT regs_check( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count, const WHV_REGISTER_VALUE *values );
extern HRESULT regs_set( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count, const WHV_REGISTER_VALUE *values );

/* Make a lazy set valid in vp->xsave, debugregs, xcrs (one ioctl if it was not). */
extern HRESULT regs_fetch( struct vp *vp, enum vp_lazy set );
/* Write dirty lazy sets back: before every entry, no cost when none is dirty. ERROR_HV_INVALID_REGISTER_VALUE for a value that
 * no CPU takes (XCR0, DR7): the run is an exit InvalidVpRegisterValue, and the set stays dirty until the client mends it. */
extern HRESULT regs_write_back( struct vp *vp );

/* Power-on values of everything that the table names (Intel SDM 3A table 9-1, APM 2 section 14.1; CS base as Windows has it). */
extern HRESULT regs_reset( struct vp *vp );

/* kvm_regs' general registers in encoding order (rax rcx rdx rbx rsp ...). */
extern void regs_to_gpr( const struct kvm_regs *regs, UINT64 gpr[16] );
extern void regs_from_gpr( struct kvm_regs *regs, const UINT64 gpr[16] );
extern void segment_from_kvm( const struct kvm_segment *from, WHV_X64_SEGMENT_REGISTER *to );

/* XSAVE image of the API (compacted format) <-> KVM's (standard format): xsave.c.
 * xsave_get: WHV_E_INSUFFICIENT_BUFFER and *written = size when the buffer is too small. Buffers are our own copies. */
extern UINT32 xsave_compact_size( struct vp *vp );
extern HRESULT xsave_get( struct vp *vp, void *buffer, UINT32 size, UINT32 *written );
extern HRESULT xsave_set( struct vp *vp, const void *buffer, UINT32 size );
/* KVM_SET_XSAVE puts components that XSTATE_BV leaves out into their initial state, but not PKRU: that keeps its value.
 * So this writes PKRU out in vp->xsave, with its initial value, if the vp has it and the image says nothing of it. */
extern void xsave_state_pkru( struct vp *vp );

/* One register out of an XSAVE component (a row of regs_table of kind REG_XSTATE). Of a component that the host or the vp doesn't
 * have it reads 0 and takes nothing else: ERROR_HV_INVALID_REGISTER_VALUE. */
extern HRESULT xsave_get_part( struct vp *vp, UINT32 where, WHV_REGISTER_VALUE *value );
extern HRESULT xsave_check_part( struct vp *vp, UINT32 where, const WHV_REGISTER_VALUE *value );
extern HRESULT xsave_set_part( struct vp *vp, UINT32 where, const WHV_REGISTER_VALUE *value );

#endif /* __WHV_UNIX_REGS_H */
