/*
 * Unix calls: the emulator
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
 * The functions behind unix_emulator_create ... unix_emulator_step, for the table in unixlib.c; their contracts are at
 * the functions. Knows nothing but the type of a unix call.
 */

#ifndef __WHV_UNIX_CALLS_EMULATOR_CALLS_H
#define __WHV_UNIX_CALLS_EMULATOR_CALLS_H

#include "wine/unixlib.h"

extern NTSTATUS emulator_create_call( void *args );
extern NTSTATUS emulator_destroy_call( void *args );
extern NTSTATUS emulator_start_call( void *args );
extern NTSTATUS emulator_step_call( void *args );

#endif /* __WHV_UNIX_CALLS_EMULATOR_CALLS_H */
