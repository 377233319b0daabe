/*
 * A machine for the tests that find instructions
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
 * What it is for: memory whose contents the tables of those tests know, and what KVM says of an access.
 * It knows machine.h and rewind.h.
 */

#ifndef __WHV_TESTS_REWIND_MACHINE_H
#define __WHV_TESTS_REWIND_MACHINE_H

#include "exit/rewind_types.h"
#include "machine.h"

#define ROM_OLD 0x1122334455667788ull   /* what stands at ROM */

/* cmocka's: machine_setup; 16 bytes from 40h up at DATA, 16 from 80h up at STACK. */
extern int rewind_machine_setup( void **state );
/* One exit for an access of size bytes, at most 8, which are data when they are written; nothing of it is to follow. */
extern void rewind_set_access( struct rewind_access *access, UINT64 gpa, UINT32 size, UINT64 data, BOOL write );

#endif /* __WHV_TESTS_REWIND_MACHINE_H */
