/*
 * Faults of executed instructions
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
 * Queues the exception that the processor would raise.
 * The lowest file of the room: knows the view and the event registers.
 */

#ifndef __WHV_UNIX_SOFTKVM_FAULT_H
#define __WHV_UNIX_SOFTKVM_FAULT_H

#include "softkvm/state.h"
#include "winhvplatformdefs.h"

/* Queue a fault; always EXECUTE_FAULT (EXECUTE_REFUSED if that fails). */
extern enum execute_result execute_fault( struct execute *ex, UINT8 vector );
extern enum execute_result execute_fault_code( struct execute *ex, UINT8 vector, UINT32 code, UINT64 parameter );

#endif /* __WHV_UNIX_SOFTKVM_FAULT_H */
