/*
 * A guest's physical address space
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

#include <sys/mman.h>

#include "address_space.h"
#include "host/kvm.h"
#include "memory/gpa_map.h"

struct address_space space;

int space_setup( void **state )
{
    (void)state;
    fake_kvm_reset();
    space.kvm = kvm_open();
    space.vm = kvm_create_vm( space.kvm );
    space.host = mmap( NULL, HOST_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (space.host == MAP_FAILED) return -1;
    return gpa_map_init( &space.map, space.vm, FAKE_MAX_SLOTS, LIMIT );
}

int space_teardown( void **state )
{
    (void)state;
    gpa_map_free( &space.map );
    kvm_close( space.vm );
    kvm_close( space.kvm );
    munmap( space.host, HOST_PAGES * PAGE );
    return fake_kvm_open_fds() + fake_kvm_mapped_runs();
}
