/*
 * Images of the FPU
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
 * FXSAVE, FXRSTOR, XSAVE, XRSTOR of x87 and SSE, and the environments and images of x87 alone, field by field.
 * Knows operand.h, address.h and the format in host/.
 */

#ifndef __WHV_UNIX_EMULATE_FPU_H
#define __WHV_UNIX_EMULATE_FPU_H

#include "winhvplatformdefs.h"

struct emulate;

extern UINT32 emulate_fpu_names( const struct emulate *emu, WHV_REGISTER_NAME *names );
extern void emulate_fpu_take( struct emulate *emu, const WHV_REGISTER_VALUE *values );
extern UINT32 emulate_fpu_changes( struct emulate *emu, WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values );
extern BOOL emulate_plan_fxsave( struct emulate *emu );
extern BOOL emulate_fxsave( struct emulate *emu );
extern BOOL emulate_fxrstor( struct emulate *emu );
extern BOOL emulate_plan_xsave( struct emulate *emu );
extern BOOL emulate_xsave( struct emulate *emu );
extern BOOL emulate_xrstor( struct emulate *emu );
extern BOOL emulate_plan_fpu_env( struct emulate *emu );
extern BOOL emulate_store_fpu_env( struct emulate *emu );
extern BOOL emulate_load_fpu_env( struct emulate *emu );

#endif /* __WHV_UNIX_EMULATE_FPU_H */
