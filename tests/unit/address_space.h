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

/*
 * What it is for: tests of gpa_map.h: an empty map for a vm of the fake KVM, and memory of the host to put into it.
 * It knows gpa_map.h and fake_kvm.h.
 */

#ifndef __WHV_TESTS_ADDRESS_SPACE_H
#define __WHV_TESTS_ADDRESS_SPACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake_kvm.h"
#include "memory/gpa_map.h"

#define PAGE GPA_PAGE_SIZE

#define R   WHvMapGpaRangeFlagRead
#define W   WHvMapGpaRangeFlagWrite
#define X   WHvMapGpaRangeFlagExecute
#define T   WHvMapGpaRangeFlagTrackDirtyPages

#define NO_SYSTEM_RESOURCES ((HRESULT)0x800705aa)

#define assert_hr( hr, expected ) assert_int_equal( (UINT32)(hr), (UINT32)(expected) )

#define HOST_PAGES 256
#define LIMIT      (1ull << 36)

struct address_space
{
    UINT8         *host;                /* HOST_PAGES */
    struct gpa_map map;                 /* up to LIMIT */
    int            kvm, vm;
};

extern struct address_space space;

/* cmocka's; the second proves that nothing was left open. */
extern int space_setup( void **state );
extern int space_teardown( void **state );

#endif /* __WHV_TESTS_ADDRESS_SPACE_H */
