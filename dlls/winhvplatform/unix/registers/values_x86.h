/*
 * Values that registers can have
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
 * Which values the control registers, debug registers and their like can have on this host's processor, whatever else
 * the vp holds: what no processor holds is refused when it is set, as Windows does. What only does not go together is
 * found at the next entry (exit InvalidVpRegisterValue). And bits that are not the client's to choose: fixed ones, and
 * EFER.LMA, which says that LME and paging are on.
 * Knows struct host, the view and the names of registers; changes nothing but EFER.LMA.
 */

#ifndef __WHV_UNIX_REGISTERS_VALUES_X86_H
#define __WHV_UNIX_REGISTERS_VALUES_X86_H

#include "winhvplatformdefs.h"

struct vp;

/* For the rows of the table with REG_CHECKED. S_OK or ERROR_HV_INVALID_REGISTER_VALUE. */
extern HRESULT value_check( const struct vp *vp, UINT32 name, UINT64 value );
/* With its fixed bits as they are on a processor. */
extern UINT64 value_settle( const struct vp *vp, UINT32 name, UINT64 value );
/* EFER or CR0 has been set. */
extern void value_derive_lma( struct vp *vp );

#endif /* __WHV_UNIX_REGISTERS_VALUES_X86_H */
