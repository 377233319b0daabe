/*
 * Executing system instructions
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
 * Software interrupts, IRET, SYSRET, FS and GS bases, SMAP, RDPID, INVPCID. Knows memory.h.
 */

#ifndef __WHV_UNIX_SOFTKVM_SYSTEM_H
#define __WHV_UNIX_SOFTKVM_SYSTEM_H

#include "softkvm/state.h"

extern enum execute_result execute_int( struct execute *ex );
extern enum execute_result execute_iret( struct execute *ex );
extern enum execute_result execute_sysret( struct execute *ex );
extern enum execute_result execute_fsgsbase( struct execute *ex );
extern enum execute_result execute_smap( struct execute *ex );
extern enum execute_result execute_invpcid( struct execute *ex );
extern enum execute_result execute_rdpid( struct execute *ex );

#endif /* __WHV_UNIX_SOFTKVM_SYSTEM_H */
