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

#include "host/msr_list_x86.h"
#include "winhvplatformdefs.h"

struct vp;

/* Up to so many registers regs_set has checked all of them before it changes one. */
#define REGS_SET_CHECKED MSR_LIST_MAX

/* regs_check says what regs_set will say, and changes nothing: a call as a whole fails if one register is refused.
 * S_OK; WHV_E_INVALID_VP_REGISTER_NAME; ERROR_HV_INVALID_PARAMETER, ERROR_HV_ACCESS_DENIED,
 * ERROR_HV_INVALID_REGISTER_VALUE. */
extern HRESULT regs_get( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count, WHV_REGISTER_VALUE *values );
extern HRESULT regs_check( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count,
                           const WHV_REGISTER_VALUE *values );
extern HRESULT regs_set( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count,
                         const WHV_REGISTER_VALUE *values );

#endif /* __WHV_UNIX_REGISTERS_REGISTERS_X86_H */
