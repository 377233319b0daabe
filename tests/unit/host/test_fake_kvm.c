/*
 * A KVM for unit tests: is it true to the kernel?
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

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake_kvm.h"
#include "host/kvm.h"
#include "host/thread.h"
#include "kvm_rules.h"

#define SYNC_ALL (KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS)

static int kvm, vm, fd;
static struct kvm_run *run;
static struct fake_vcpu *vcpu;
static uint8_t ram[16 * 4096] __attribute__((aligned(4096)));

static int setup( void **state )
{
    (void)state;
    fake_kvm_reset();
    kvm = kvm_open();
    vm = kvm_create_vm( kvm );
    fd = kvm_create_vcpu( vm, 0 );
    vcpu = fake_kvm_vcpu( fd );
    memset( ram, 0, sizeof(ram) );
    return kvm_map_run( fd, FAKE_RUN_SIZE, &run );
}

static int teardown( void **state )
{
    (void)state;
    kvm_unmap_run( run, FAKE_RUN_SIZE );
    kvm_close( fd );
    kvm_close( vm );
    kvm_close( kvm );
    return fake_kvm_reset();
}

/* One KVM_RUN with everything synchronized; regs: what to load, or NULL. */
static int enter( const struct kvm_regs *regs )
{
    run->kvm_valid_regs = SYNC_ALL;
    if (regs)
    {
        run->s.regs.regs = *regs;
        run->kvm_dirty_regs |= KVM_SYNC_X86_REGS;
    }
    return kvm_run_vcpu( fd );
}

static void queue( const struct fake_exit exit )
{
    fake_kvm_queue( vcpu, &exit );
}

static void test_rules( void **state )
{
    (void)state;
    check_memslot_rules( vm, ram );
}

static void test_failures( void **state )
{
    struct kvm_regs regs;

    (void)state;
    fake_kvm_fail_at( 2, ENOMEM );
    assert_int_equal( kvm_get_regs( fd, &regs ), 0 );
    assert_int_equal( kvm_get_regs( fd, &regs ), -ENOMEM );
    assert_int_equal( kvm_get_regs( fd, &regs ), 0 );
    assert_int_equal( fake_kvm_calls(), 3 );
    fake_kvm_fail_from( 1, -EIO );
    assert_int_equal( kvm_get_regs( fd, &regs ), -EIO );
    assert_int_equal( kvm_create_vm( kvm ), -EIO );
    fake_kvm_fail_at( 0, 0 );
    fake_kvm_fail_function( "kvm_create_vm", EMFILE );
    assert_int_equal( kvm_create_vm( kvm ), -EMFILE );
    assert_int_equal( kvm_get_regs( fd, &regs ), 0 );
    fake_kvm_fail_function( "kvm_create_vm", 0 );
    assert_int_equal( fake_kvm_count( "kvm_get_regs" ), 5 );
    assert_int_equal( fake_kvm_open_fds(), 3 );
    assert_int_equal( kvm_create_vcpu( vm, 0 ), -EEXIST );
}

static void test_completions( void **state )
{
    struct kvm_regs regs = { .rax = 0x1111111111111111, .rip = 0x1000, .rflags = 2 };

    (void)state;
    /* emulated IN: finished whatever RIP is set to; seen before immediate_exit */
    queue( (struct fake_exit)FAKE_EMULATED_IN( 0x60, 1, 2 ) );
    assert_int_equal( enter( &regs ), 0 );
    assert_int_equal( run->exit_reason, KVM_EXIT_IO );
    assert_int_equal( run->s.regs.regs.rip, 0x1000 );
    ((uint8_t *)run)[run->io.data_offset] = 0xab;
    regs.rip = 0x7777;
    run->immediate_exit = 1;
    assert_int_equal( enter( &regs ), -EINTR );
    assert_int_equal( run->s.regs.regs.rip, 0x1002 );
    assert_int_equal( run->s.regs.regs.rax, 0x11111111111111ab );
    assert_int_equal( vcpu->entries, 1 );
    assert_int_equal( vcpu->runs, 2 );
    assert_int_equal( vcpu->loaded, KVM_SYNC_X86_REGS );

    /* fast IN: dropped */
    run->immediate_exit = 0;
    regs.rip = 0x1000;
    queue( (struct fake_exit)FAKE_FAST_IN( 0x60, 1, 2 ) );
    assert_int_equal( enter( &regs ), 0 );
    regs.rip = 0x7777;
    run->immediate_exit = 1;
    assert_int_equal( enter( &regs ), -EINTR );
    assert_int_equal( run->s.regs.regs.rip, 0x7777 );
    assert_int_equal( run->s.regs.regs.rax, 0x1111111111111111 );

    /* read-modify-write: the write comes out of the completion */
    run->immediate_exit = 0;
    regs.rip = 0x1000;
    queue( (struct fake_exit)FAKE_MMIO_READ( 0xf000, 4, FAKE_NO_REG, 3 ) );
    queue( (struct fake_exit){ .fragment = 1, .reason = KVM_EXIT_MMIO, .address = 0xf000, .size = 4, .write = 1,
                               .value = 5 } );
    assert_int_equal( enter( &regs ), 0 );
    assert_int_equal( run->mmio.is_write, 0 );
    run->immediate_exit = 1;
    assert_int_equal( enter( NULL ), 0 );
    assert_int_equal( run->mmio.is_write, 1 );
    assert_int_equal( run->mmio.data[0], 5 );
    assert_int_equal( run->s.regs.regs.rip, 0x1003 );
    assert_int_equal( enter( NULL ), -EINTR );

    /* MSRs: RIP is advanced from wherever it is; error gives #GP */
    run->immediate_exit = 0;
    queue( (struct fake_exit)FAKE_RDMSR( 0x10 ) );
    queue( (struct fake_exit)FAKE_WRMSR( 0x10, 7 ) );
    queue( (struct fake_exit)FAKE_HLT );
    regs.rip = 0x1000;
    assert_int_equal( enter( &regs ), 0 );
    run->msr.data = 0x1234567800000001;
    regs.rip = 0x2000;
    assert_int_equal( enter( &regs ), 0 );
    assert_int_equal( run->exit_reason, KVM_EXIT_X86_WRMSR );
    assert_int_equal( run->s.regs.regs.rip, 0x2002 );
    assert_int_equal( run->s.regs.regs.rax, 1 );
    assert_int_equal( run->s.regs.regs.rdx, 0x12345678 );
    run->msr.error = 1;
    assert_int_equal( enter( NULL ), 0 );
    assert_int_equal( run->exit_reason, KVM_EXIT_HLT );
    assert_int_equal( run->s.regs.events.exception.nr, 13 );
    assert_int_equal( run->s.regs.regs.rip, 0x2003 );
    assert_int_equal( fake_kvm_left( vcpu ), 0 );
}

static void test_small_processor( void **state )
{
    static const uint8_t code[] = { 0xb0, 0x5a, 0xe6, 0x42, 0xf4, 0xeb, 0xfe };
    struct kvm_userspace_memory_region region = { .memory_size = sizeof(ram), .userspace_addr = (uintptr_t)ram };
    struct kvm_regs regs = { .rip = 0x1000, .rflags = 2 };
    int past;

    (void)state;
    memcpy( ram + 0x1000, code, sizeof(code) );
    assert_int_equal( kvm_set_memory_region( vm, &region ), 0 );
    vcpu->sregs.cs.base = 0;
    for (past = 0; past < 2; past++)
    {
        fake_kvm_set_out_past( past );
        assert_int_equal( enter( &regs ), 0 );
        assert_int_equal( run->exit_reason, KVM_EXIT_IO );
        assert_int_equal( run->io.port, 0x42 );
        assert_int_equal( ((uint8_t *)run)[run->io.data_offset], 0x5a );
        assert_int_equal( run->s.regs.regs.rip, past ? 0x1004 : 0x1002 );
        assert_int_equal( enter( NULL ), 0 );
        assert_int_equal( run->exit_reason, KVM_EXIT_HLT );
        assert_int_equal( run->s.regs.regs.rip, 0x1005 );
    }
}

static void *run_thread( void *arg )
{
    *(int *)arg = enter( NULL );
    return NULL;
}

static void test_kick( void **state )
{
    pthread_t thread;
    int ret = 0;

    (void)state;
    queue( (struct fake_exit)FAKE_BLOCK );
    assert_int_equal( pthread_create( &thread, NULL, run_thread, &ret ), 0 );
    while (!__atomic_load_n( &vcpu->runner, __ATOMIC_ACQUIRE )) usleep( 100 );
    kvm_kick( thread_id() );        /* not the one */
    kvm_kick( vcpu->runner );
    pthread_join( thread, NULL );
    assert_int_equal( ret, -EINTR );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_rules, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_failures, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_completions, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_small_processor, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_kick, setup, teardown ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
