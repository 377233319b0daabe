/*
 * Instructions on the host CPU
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
 * What the table has no row for and the host CPU may execute: arithmetic on vector registers, x87, BMI and their like.
 * Knows insn/host_cpu.h, vector.h and result.h.
 */

#ifndef __WHV_UNIX_EMULATE_NATIVE_H
#define __WHV_UNIX_EMULATE_NATIVE_H

#include "winhvplatformdefs.h"

struct emulate;

/* Can the host CPU do it? Fills emu->native. */
extern BOOL emulate_native_supported( struct emulate *emu );
/* Control and vector registers that the instruction needs, and taking them. Also for what the table has of vectors. */
extern UINT32 emulate_native_names( const struct emulate *emu, WHV_REGISTER_NAME *names );
extern void emulate_native_take( struct emulate *emu, const WHV_REGISTER_NAME *names, const WHV_REGISTER_VALUE *values,
                                 UINT32 count );
/* Vector registers that are to be set. */
extern UINT32 emulate_native_changes( struct emulate *emu, WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values );
/* May it be executed, now? FALSE: faulted or refused. */
extern BOOL emulate_native_check( struct emulate *emu );
/* As emulate_execute(). */
extern BOOL emulate_native_execute( struct emulate *emu );
/* LDMXCSR, STMXCSR. */
extern BOOL emulate_mxcsr( struct emulate *emu );

#endif /* __WHV_UNIX_EMULATE_NATIVE_H */
