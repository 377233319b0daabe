/*
 * Unit tests: memory of other processes
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
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "host/foreign.h"

#define PAGE   0x1000
#define PAGES  16
#define MARK   0x200000120000ul

static UINT8 *here, *there;     /* views of one section: ours, and the child's */
static UINT8 *private_memory;   /* the child's */
static int child, section;

static UINT8 *map_section( int fd, UINT32 first, UINT32 count )
{
    void *view = mmap( NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, first * PAGE );

    assert_ptr_not_equal( view, MAP_FAILED );
    return view;
}

static void make_section( void )
{
    section = memfd_create( "section", MFD_CLOEXEC );
    assert_true( section >= 0 );
    assert_int_equal( ftruncate( section, PAGES * PAGE ), 0 );
}

static void child_main( int out )
{
    UINT8 *parts[2];

    parts[0] = mmap( NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, section, 0 );
    mprotect( parts[0], PAGE, PROT_NONE );
    mprotect( parts[0] + 5 * PAGE, PAGE, PROT_READ );
    parts[1] = mmap( NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    mmap( (void *)MARK, 0x10000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0 );
    if (write( out, parts, sizeof(parts) ) != sizeof(parts)) _exit( 1 );
    for (;;) pause();
}

static int setup( void **state )
{
    UINT8 *parts[2];
    int ends[2];

    (void)state;
    make_section();
    assert_int_equal( pipe( ends ), 0 );
    if (!(child = fork())) child_main( ends[1] );
    assert_true( child > 0 );
    assert_int_equal( read( ends[0], parts, sizeof(parts) ), sizeof(parts) );
    close( ends[0] );
    close( ends[1] );
    there = parts[0];
    private_memory = parts[1];
    here = map_section( section, 0, PAGES );
    return 0;
}

static void unmap_here( void )
{
    if (here) munmap( here, PAGES * PAGE );
    here = NULL;
}

static int teardown( void **state )
{
    (void)state;
    kill( child, SIGKILL );
    waitpid( child, NULL, 0 );
    unmap_here();
    close( section );
    return 0;
}

static void test_find( void **state )
{
    void *own = mmap( (void *)(MARK + 0x1000000), 0x10000, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0 );

    (void)state;
    assert_ptr_not_equal( own, MAP_FAILED );
    assert_int_equal( foreign_find( MARK, MARK + 0x10000 ), child );
    assert_int_equal( foreign_find( MARK, MARK + 0x11000 ), -ESRCH );
    assert_int_equal( foreign_find( MARK + 0x1000, MARK + 0x10000 ), -ESRCH );
    assert_int_equal( foreign_find( (uintptr_t)own, (uintptr_t)own + 0x10000 ), 0 );
    munmap( own, 0x10000 );
    assert_int_equal( foreign_find( (uintptr_t)own, (uintptr_t)own + 0x10000 ), -ESRCH );
}

/* Has a page here the rights that it has there? A pipe takes what can be read, and gives where can be written. */
static void check_rights( UINT8 *page, BOOL readable, BOOL writable )
{
    int ends[2];

    assert_int_equal( pipe( ends ), 0 );
    assert_int_equal( write( ends[1], page, 1 ), readable ? 1 : -1 );
    if (!readable) assert_int_equal( write( ends[1], "x", 1 ), 1 );
    assert_int_equal( read( ends[0], page, 1 ), writable ? 1 : -1 );
    close( ends[0] );
    close( ends[1] );
}

static void test_view( void **state )
{
    UINT8 *view = NULL;

    (void)state;
    here[PAGE] = 1;
    assert_int_equal( foreign_view( child, (uintptr_t)there, PAGES * PAGE, (void **)&view ), 0 );
    assert_int_equal( view[PAGE], 1 );
    view[7 * PAGE + 3] = 0x42;
    assert_int_equal( here[7 * PAGE + 3], 0x42 );
    check_rights( view, 0, 0 );
    check_rights( view + PAGE, 1, 1 );
    check_rights( view + 5 * PAGE, 1, 0 );
    check_rights( view + 15 * PAGE, 1, 1 );
    /* it stays when the others have gone */
    unmap_here();
    view[8 * PAGE] = 0x43;
    munmap( view, PAGES * PAGE );
}

static void test_part( void **state )
{
    UINT8 *view = NULL;

    (void)state;
    /* ours is in pieces too */
    assert_int_equal( mprotect( here + 8 * PAGE, PAGE, PROT_NONE ), 0 );
    here[9 * PAGE] = 9;
    assert_int_equal( foreign_view( child, (uintptr_t)there + 7 * PAGE, 4 * PAGE, (void **)&view ), 0 );
    assert_int_equal( view[2 * PAGE], 9 );
    view[PAGE] = 8;
    assert_int_equal( mprotect( here + 8 * PAGE, PAGE, PROT_READ ), 0 );
    assert_int_equal( here[8 * PAGE], 8 );
    munmap( view, 4 * PAGE );
}

static void test_refused( void **state )
{
    void *view = NULL;

    (void)state;
    assert_int_equal( foreign_view( child, (uintptr_t)private_memory, PAGE, &view ), -EINVAL );
    assert_int_equal( foreign_view( child, (uintptr_t)there - PAGE, 2 * PAGE, &view ), -EINVAL );
    assert_int_equal( foreign_view( child, (uintptr_t)there + 15 * PAGE, 0x10000000000, &view ), -EINVAL );
    assert_int_equal( foreign_view( child, MARK, PAGE, &view ), -EINVAL );
    assert_int_equal( foreign_view( child, 0x1000, PAGE, &view ), -EINVAL );
    assert_int_equal( foreign_view( 0x7fffffff, (uintptr_t)there, PAGE, &view ), -EINVAL );
    /* a part that is not here */
    munmap( here + 4 * PAGE, PAGE );
    assert_int_equal( foreign_view( child, (uintptr_t)there + 3 * PAGE, 2 * PAGE, &view ), -EINVAL );
    unmap_here();
    assert_int_equal( foreign_view( child, (uintptr_t)there + PAGE, PAGE, &view ), -EINVAL );
    assert_null( view );
}

static BOOL ended;

/* Another section's pages come and go where ours are. */
static void *exchange( void *arg )
{
    int *sections = arg, i;

    for (i = 0; !__atomic_load_n( &ended, __ATOMIC_RELAXED ); i++)
        mmap( here, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, sections[i & 1], 0 );
    return NULL;
}

/* Whatever happens here meanwhile, no other pages than those of the child are shown. */
static void test_exchanged( void **state )
{
    UINT32 i, good = 0;
    int sections[2], ret;
    pthread_t thread;
    UINT8 *view;

    (void)state;
    memset( here, 1, PAGES * PAGE );
    sections[0] = section;
    make_section();
    sections[1] = section;
    ended = 0;
    assert_int_equal( pthread_create( &thread, NULL, exchange, sections ), 0 );
    for (i = 0; i < 500; i++)
    {
        ret = foreign_view( child, (uintptr_t)there + PAGE, 4 * PAGE, (void **)&view );
        if (ret)
        {
            assert_true( ret == -EINVAL || ret == -EAGAIN );
            continue;
        }
        assert_int_equal( view[0], 1 );
        munmap( view, 4 * PAGE );
        good++;
    }
    __atomic_store_n( &ended, 1, __ATOMIC_RELAXED );
    pthread_join( thread, NULL );
    assert_true( good );
    close( sections[0] );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_find, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_view, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_part, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_refused, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_exchanged, setup, teardown ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
