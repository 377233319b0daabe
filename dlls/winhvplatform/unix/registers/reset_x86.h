/*
 * Power-on state
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
 * The values that registers have when a vp begins (Intel SDM 3A table 9-1, APM 2 section 14.1; CS base as Windows has
 * it). Knows the table of registers, the MSR batches, and events. The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_REGISTERS_RESET_X86_H
#define __WHV_UNIX_REGISTERS_RESET_X86_H

#include "winhvplatformdefs.h"

struct vp;

/* Power-on values of everything that the table names (Intel SDM 3A table 9-1, APM 2 section 14.1;
 * CS base as Windows has it). */
extern HRESULT regs_reset( struct vp *vp );

#endif /* __WHV_UNIX_REGISTERS_RESET_X86_H */
