/*
 * FPU registers by name
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
 * Registers that are fields of the FXSAVE image: XMM, ST, control and status.
 * Knows lazy_x86.h and the table of registers.
 */

#ifndef __WHV_UNIX_REGISTERS_FPU_X86_H
#define __WHV_UNIX_REGISTERS_FPU_X86_H

#include <string.h>

#include "winhvplatformdefs.h"

struct reg_row;
struct vp;

/* FpControlStatus and XmmControlStatus, by their rows. HRESULTs of KVM errors. */
extern HRESULT fpu_get( struct vp *vp, const struct reg_row *row, WHV_REGISTER_VALUE *value );
extern HRESULT fpu_set( struct vp *vp, const struct reg_row *row, const WHV_REGISTER_VALUE *value );

/* TRUE if there was a change: clients write back whole register files, and what is unchanged need not go to KVM. */
static inline BOOL regs_update( void *to, const void *from, size_t size )
{
    if (!memcmp( to, from, size )) return 0;
    memcpy( to, from, size );
    return 1;
}

#endif /* __WHV_UNIX_REGISTERS_FPU_X86_H */
