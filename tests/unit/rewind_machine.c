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

#include "exit/rewind_types.h"
#include "rewind_machine.h"

int rewind_machine_setup( void **state )
{
    static const UINT64 old = ROM_OLD;
    UINT32 i;

    if (machine_setup( state )) return -1;
    for (i = 0; i < 16; i++) machine.memory[DATA + i] = 0x40 + i;
    for (i = 0; i < 16; i++) machine.memory[STACK + i] = 0x80 + i;
    machine_code( ROM, &old, sizeof(old) );
    return 0;
}

void rewind_set_access( struct rewind_access *access, UINT64 gpa, UINT32 size, UINT64 data, BOOL write )
{
    memset( access, 0x99, sizeof(*access) );
    access->gpa = gpa;
    access->more = 0;
    access->size = size;
    access->write = write;
    memcpy( access->data, &data, sizeof(data) );
}
