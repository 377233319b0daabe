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
 * Reading and writing registers by name. The table (table_x86.h) says where each lives: in the client's view, a lazy
 * set, an MSR, the local APIC, an event field; here the value is got from there or put there.
 * Knows the other files of this room, the view and the lazy sets; decides nothing about exits.
 * The vp is locked and out of the guest. Values are our own copies, never caller memory.
 */

#ifndef __WHV_UNIX_REGISTERS_REGISTERS_X86_H
#define __WHV_UNIX_REGISTERS_REGISTERS_X86_H

#include "host/bytes.h"
#include "host/kvm.h"
#include "registers/table_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* All registers that there are fit: only a call that names some twice is cut into pieces. */
#define REGS_MAX 256

/* regs_set takes up to REGS_MAX. It checks all before it changes one, and changes MSRs before all others: what KVM
 * refuses of these leaves the rest as it was. regs_check says what it will say, but for KVM's part, and changes
 * nothing.
 * S_OK; WHV_E_INVALID_VP_REGISTER_NAME; ERROR_HV_INVALID_PARAMETER, ERROR_HV_ACCESS_DENIED,
 * ERROR_HV_INVALID_REGISTER_VALUE; HRESULTs of KVM errors. */
extern HRESULT regs_get( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count, WHV_REGISTER_VALUE *values );
extern HRESULT regs_check( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count,
                           const WHV_REGISTER_VALUE *values );
extern HRESULT regs_set( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count,
                         const WHV_REGISTER_VALUE *values );

/* ---- general registers, RIP and RFLAGS alone: a copy, which nothing of the above is needed for ---- */

/* Where in KVM's set is one of them, by a name that reg_is_gpr lets pass: see view_x86.h. */
static inline UINT32 reg_place( UINT32 name )
{
    return reg_cpu_rows[name].where / sizeof(UINT64);
}

/* Those of regs whose places' bits are set in places become the client's. */
static inline void regs_set_gprs( struct vp *vp, const struct kvm_regs *regs, UINT32 places )
{
    UINT32 place;

    if (places == REGS_ALL) *view_edit_regs( vp ) = *regs;
    else for (; places; places &= places - 1)
    {
        place = __builtin_ctz( places );
        view_set_reg( vp, place, regs_at( regs, place ) );
    }
}

#endif /* __WHV_UNIX_REGISTERS_REGISTERS_X86_H */
