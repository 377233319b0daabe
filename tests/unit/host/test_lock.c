/*
 * Unit tests: locks that outlive their owner
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

#include "config.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/lock.h"
#include "host/thread.h"

#define THREADS 4
#define ROUNDS  20000

static struct
{
    struct lock       lock;
    struct lock_queue queue;
    UINT32            count, waiting;
    BOOL              go;
} shared;

static int reset( void **state )
{
    (void)state;
    shared.lock.owner = 0;
    shared.count = shared.waiting = 0;
    shared.go = 0;
    return 0;
}

static void *add( void *arg )
{
    UINT32 i;

    (void)arg;
    for (i = 0; i < ROUNDS; i++)
    {
        lock_take( &shared.lock );
        shared.count++;
        lock_give( &shared.lock );
    }
    return NULL;
}

static void test_contended( void **state )
{
    pthread_t threads[THREADS];
    UINT32 i;

    (void)state;
    for (i = 0; i < THREADS; i++) assert_int_equal( pthread_create( &threads[i], NULL, add, NULL ), 0 );
    for (i = 0; i < THREADS; i++) pthread_join( threads[i], NULL );
    assert_int_equal( shared.count, THREADS * ROUNDS );
    assert_int_equal( shared.lock.owner, 0 );
}

/* A thread that ends with the lock held, as TerminateThread makes it. */
static void *take_and_die( void *arg )
{
    lock_take( &shared.lock );
    *(int *)arg = thread_id();
    return NULL;
}

static void *take_once( void *arg )
{
    (void)arg;
    lock_take( &shared.lock );
    shared.count++;
    lock_give( &shared.lock );
    return NULL;
}

static void test_dead_owner( void **state )
{
    pthread_t threads[THREADS], dead;
    UINT32 i;
    int tid;

    (void)state;
    assert_int_equal( pthread_create( &dead, NULL, take_and_die, &tid ), 0 );
    pthread_join( dead, NULL );
    assert_int_equal( shared.lock.owner & ~LOCK_WAITERS, tid );
    /* several that wait: each gets it, one after the other */
    for (i = 0; i < THREADS; i++) assert_int_equal( pthread_create( &threads[i], NULL, take_once, NULL ), 0 );
    for (i = 0; i < THREADS; i++) pthread_join( threads[i], NULL );
    assert_int_equal( shared.count, THREADS );
    lock_take( &shared.lock );
    lock_give( &shared.lock );
    assert_int_equal( shared.lock.owner, 0 );
}

/* A living owner keeps it, however long others wait. */
static void test_living_owner( void **state )
{
    pthread_t thread;

    (void)state;
    lock_take( &shared.lock );
    assert_true( lock_is_mine( &shared.lock ) );
    assert_int_equal( pthread_create( &thread, NULL, take_once, NULL ), 0 );
    while (__atomic_load_n( &shared.lock.owner, __ATOMIC_RELAXED ) != ((UINT32)thread_id() | LOCK_WAITERS))
        usleep( 1000 );
    usleep( 350000 );
    assert_int_equal( shared.count, 0 );
    lock_give( &shared.lock );
    pthread_join( thread, NULL );
    assert_int_equal( shared.count, 1 );
    assert_false( lock_is_mine( &shared.lock ) );
}

/* A call was abandoned with the lock held, and its thread comes again. */
static void test_abandoned( void **state )
{
    pthread_t thread;

    (void)state;
    lock_take( &shared.lock );
    lock_take( &shared.lock );
    assert_int_equal( pthread_create( &thread, NULL, take_once, NULL ), 0 );
    usleep( 20000 );
    lock_take( &shared.lock );
    lock_give( &shared.lock );
    pthread_join( thread, NULL );
    assert_int_equal( shared.count, 1 );
}

static void *wait_to_go( void *arg )
{
    lock_take( &shared.lock );
    shared.waiting++;
    while (!shared.go) *(int *)arg |= lock_wait( &shared.queue, &shared.lock, 10000 );
    shared.count++;
    lock_give( &shared.lock );
    return NULL;
}

static void test_queue( void **state )
{
    pthread_t threads[THREADS];
    int status[THREADS] = { 0 };
    UINT32 i, waiting = 0;

    (void)state;
    for (i = 0; i < THREADS; i++)
        assert_int_equal( pthread_create( &threads[i], NULL, wait_to_go, &status[i] ), 0 );
    while (waiting < THREADS)
    {
        lock_take( &shared.lock );
        waiting = shared.waiting;
        lock_give( &shared.lock );
    }
    lock_take( &shared.lock );
    assert_int_equal( shared.count, 0 );
    shared.go = 1;
    lock_wake_all( &shared.queue );
    lock_give( &shared.lock );
    for (i = 0; i < THREADS; i++)
    {
        pthread_join( threads[i], NULL );
        assert_int_equal( status[i], 0 );
    }
    assert_int_equal( shared.count, THREADS );

    lock_take( &shared.lock );
    assert_int_equal( lock_wait( &shared.queue, &shared.lock, 1 ), -ETIMEDOUT );
    assert_true( lock_is_mine( &shared.lock ) );
    lock_give( &shared.lock );
}

static void *end_at_once( void *arg )
{
    *(int *)arg = thread_id();
    return NULL;
}

static void test_thread( void **state )
{
    pthread_t thread;
    int tid;

    (void)state;
    assert_int_equal( thread_id(), syscall( SYS_gettid ) );
    assert_int_equal( thread_id(), thread_id() );
    assert_false( thread_gone( thread_id() ) );
    assert_false( thread_gone( getpid() ) );
    assert_int_equal( pthread_create( &thread, NULL, end_at_once, &tid ), 0 );
    pthread_join( thread, NULL );
    assert_int_not_equal( tid, thread_id() );
    /* joined is not gone yet: the kernel takes its time */
    while (!thread_gone( tid )) usleep( 1000 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup( test_thread, reset ),
        cmocka_unit_test_setup( test_contended, reset ),
        cmocka_unit_test_setup( test_dead_owner, reset ),
        cmocka_unit_test_setup( test_living_owner, reset ),
        cmocka_unit_test_setup( test_abandoned, reset ),
        cmocka_unit_test_setup( test_queue, reset ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
