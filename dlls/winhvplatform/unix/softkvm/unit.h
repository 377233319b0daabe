/*
 * What an instruction may use
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
 * Whether control registers, XCR0 and the guest's CPUID let an instruction use its part of the processor.
 * Knows fault.h.
 */

#ifndef __WHV_UNIX_SOFTKVM_UNIT_H
#define __WHV_UNIX_SOFTKVM_UNIT_H

#include "insn/encode.h"
#include "softkvm/state.h"
#include "winhvplatformdefs.h"

struct vp;

/* May the unit be used now? EXECUTE_DONE, or #UD, #NM. */
extern enum execute_result execute_check_unit( struct execute *ex, enum insn_unit unit );
/* XCR0; FALSE if KVM doesn't tell. */
extern BOOL execute_xcr0( struct execute *ex, UINT64 *value );

/* Does the guest's CPUID offer a feature? reg: 0 eax ... 3 edx.
 * Not known before the vp has its leaves: the host decides. */
extern BOOL execute_is_offered( const struct vp *vp, UINT32 leaf, UINT8 reg, UINT8 bit );

#endif /* __WHV_UNIX_SOFTKVM_UNIT_H */
