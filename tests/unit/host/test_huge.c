/*
 * Unit tests: huge pages for memory of guests
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

#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "host/huge.h"
#include "smaps.h"

#define HUGE 0x200000ul
#define SIZE (8 * HUGE)

/* Address space for a test; what is behind it may be replaced. */
static char *reserve( void )
{
    char *ret = mmap( NULL, SIZE + HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0 );

    assert_true( ret != MAP_FAILED );
    if ((uintptr_t)ret % HUGE) munmap( ret, HUGE - (uintptr_t)ret % HUGE );
    else munmap( ret + SIZE, HUGE );
    return (char *)(((uintptr_t)ret + HUGE - 1) & -HUGE);
}

static char *map_at( char *at, size_t size, int flags, int fd )
{
    assert_ptr_equal( mmap( at, size, PROT_READ | PROT_WRITE, MAP_FIXED | flags, fd, 0 ), at );
    return at;
}

static int is_advised( const void *address )
{
    struct smaps smaps;

    assert_int_equal( smaps_read( address, &smaps ), 0 );
    return smaps.advised;
}

static void skip_without_huge_pages( void )
{
    if (smaps_huge_pages_are( "never" ) < 0)
    {
        print_message( "this kernel has no transparent huge pages\n" );
        skip();
    }
}

static void test_private_memory( void **state )
{
    char *memory = map_at( reserve(), SIZE, MAP_PRIVATE | MAP_ANONYMOUS, -1 );

    (void)state;
    skip_without_huge_pages();
    assert_false( is_advised( memory ));
    huge_prefer( (uintptr_t)memory, SIZE );
    assert_true( is_advised( memory ));
    assert_true( is_advised( memory + SIZE - 1 ));
    munmap( memory, SIZE );
}

/* Only whole huge pages are asked for: nothing that lies beside what was mapped. */
static void test_part( void **state )
{
    char *memory = map_at( reserve(), SIZE, MAP_PRIVATE | MAP_ANONYMOUS, -1 );

    (void)state;
    skip_without_huge_pages();
    huge_prefer( (uintptr_t)memory + 0x1000, 2 * HUGE - 0x2000 );      /* none fits */
    huge_prefer( (uintptr_t)memory, HUGE - 0x1000 );
    huge_prefer( (uintptr_t)memory, 0 );
    assert_false( is_advised( memory ));
    assert_false( is_advised( memory + HUGE ));
    huge_prefer( (uintptr_t)memory + 0x1000, 3 * HUGE );
    assert_false( is_advised( memory ));
    assert_true( is_advised( memory + HUGE ));
    assert_true( is_advised( memory + 3 * HUGE - 1 ));
    assert_false( is_advised( memory + 3 * HUGE ));
    munmap( memory, SIZE );
}

/* Views of files, sections, and holes between them; what is private among them is advised. */
static void test_others( void **state )
{
    int shared = memfd_create( "shared", MFD_CLOEXEC ), i;
    char *memory = reserve();

    (void)state;
    skip_without_huge_pages();
    assert_true( shared >= 0 && !ftruncate( shared, 2 * HUGE ));
    map_at( memory, 2 * HUGE, MAP_SHARED, shared );
    map_at( memory + 2 * HUGE, 2 * HUGE, MAP_PRIVATE, shared );
    munmap( memory + 4 * HUGE, HUGE );
    map_at( memory + 5 * HUGE, 2 * HUGE, MAP_PRIVATE | MAP_ANONYMOUS, -1 );
    map_at( memory + 7 * HUGE, HUGE, MAP_SHARED | MAP_ANONYMOUS, -1 );
    huge_prefer( (uintptr_t)memory, SIZE );
    for (i = 0; i < 8; i++) if (i != 4) assert_int_equal( is_advised( memory + i * HUGE ), i == 5 || i == 6 );
    munmap( memory, SIZE );
    close( shared );
}

/* A guard page and a read-only one stay what they are, and so does all that is written. */
static void test_contents( void **state )
{
    char *memory = map_at( reserve(), SIZE, MAP_PRIVATE | MAP_ANONYMOUS, -1 );
    int out[2];

    (void)state;
    memset( memory + HUGE + 0x3000, 0x5a, 0x1000 );
    assert_int_equal( mprotect( memory + HUGE + 0x4000, 0x1000, PROT_NONE ), 0 );
    assert_int_equal( mprotect( memory + HUGE + 0x5000, 0x1000, PROT_READ ), 0 );
    huge_prefer( (uintptr_t)memory, SIZE );
    memset( memory + 4 * HUGE, 0xa5, HUGE );
    assert_int_equal( memory[HUGE + 0x3000], 0x5a );
    assert_int_equal( memory[HUGE + 0x3fff], 0x5a );
    assert_int_equal( memory[HUGE + 0x6000], 0 );
    assert_int_equal( pipe( out ), 0 );
    assert_int_equal( write( out[1], memory + HUGE + 0x4000, 1 ), -1 );
    assert_int_equal( write( out[1], memory + HUGE + 0x5000, 1 ), 1 );
    assert_int_equal( read( out[0], memory + HUGE + 0x5000, 1 ), -1 );
    close( out[0] );
    close( out[1] );
    munmap( memory, SIZE );
}

/* No address is too wild for a hint. */
static void test_wild( void **state )
{
    (void)state;
    huge_prefer( 0, ~0ull );
    huge_prefer( -HUGE, HUGE );
    huge_prefer( -HUGE, HUGE - 1 );
    huge_prefer( ~0ul, ~0ull );
    huge_prefer( 1ul << 46, 1ull << 40 );
}

/* Where the kernel is asked to, it gives them: at the first touch, not at once. */
static void test_huge_pages_come( void **state )
{
    char *memory = map_at( reserve(), SIZE, MAP_PRIVATE | MAP_ANONYMOUS, -1 );
    struct smaps smaps;

    (void)state;
    skip_without_huge_pages();
    if (smaps_huge_pages_are( "never" ))
    {
        print_message( "huge pages are switched off in /sys/kernel/mm/transparent_hugepage/enabled\n" );
        skip();
    }
    huge_prefer( (uintptr_t)memory, SIZE );
    assert_int_equal( smaps_read( memory, &smaps ), 0 );
    assert_int_equal( smaps.anon_huge, 0 );
    memset( memory, 1, SIZE );
    assert_int_equal( smaps_read( memory, &smaps ), 0 );
    assert_true( smaps.anon_huge > 0 );
    munmap( memory, SIZE );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_private_memory ),
        cmocka_unit_test( test_part ),
        cmocka_unit_test( test_others ),
        cmocka_unit_test( test_contents ),
        cmocka_unit_test( test_wild ),
        cmocka_unit_test( test_huge_pages_come ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
