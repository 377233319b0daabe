/*
 * KVM system calls: tests on a real KVM
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

/* The real thing: its functions take precedence over the fake's weak ones in this program, for gpa_map.c too. */
#include "host/kvm.c"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "host/kvm.h"
#include "host/thread.h"
#include "kvm_rules.h"
#include "memory/gpa_map.h"

#define PAGE 0x1000
#define SYNC_ALL (KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS)

static int kvm = -1, vm = -1, vcpu = -1;
static int run_size;
static struct kvm_run *run;
static uint8_t *ram;

static int open_fds( void )
{
    DIR *dir = opendir( "/proc/self/fd" );
    int count = 0;

    while (readdir( dir )) count++;
    closedir( dir );
    return count;
}

static void need_kvm( void )
{
    if (kvm < 0) skip();
}

/* Real mode at 0, code at 0x1000. */
static void start_vcpu( const uint8_t *code, size_t size )
{
    struct kvm_sregs sregs;
    struct kvm_regs regs = { .rip = 0x1000, .rflags = 2, .rbx = 0x3000 };

    memset( ram, 0, 16 * PAGE );
    memcpy( ram + 0x1000, code, size );
    vm = kvm_create_vm( kvm );
    assert_true( vm >= 0 );
    vcpu = kvm_create_vcpu( vm, 0 );
    assert_true( vcpu >= 0 );
    assert_int_equal( kvm_map_run( vcpu, run_size, &run ), 0 );
    assert_int_equal( kvm_get_sregs( vcpu, &sregs ), 0 );
    sregs.cs.base = sregs.cs.selector = 0;
    assert_int_equal( kvm_set_sregs( vcpu, &sregs ), 0 );
    assert_int_equal( kvm_set_regs( vcpu, &regs ), 0 );
}

static void stop_vcpu( void )
{
    kvm_unmap_run( run, run_size );
    kvm_close( vcpu );
    kvm_close( vm );
    vcpu = vm = -1;
}

static int setup( void **state )
{
    (void)state;
    kvm = kvm_open();
    if (kvm < 0) return 0;
    run_size = kvm_vcpu_mmap_size( kvm );
    ram = mmap( NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    return kvm_kick_init() || kvm_kick_init();
}

static int teardown( void **state )
{
    (void)state;
    if (kvm >= 0) kvm_close( kvm );
    return 0;
}

static void test_system( void **state )
{
    struct kvm_cpuid2 *cpuid;
    struct kvm_msr_list *list;

    (void)state;
    need_kvm();
    assert_true( run_size >= (int)sizeof(struct kvm_run) );
    assert_true( fcntl( kvm, F_GETFD ) & FD_CLOEXEC );
    assert_int_equal( kvm_check_extension( kvm, KVM_CAP_IMMEDIATE_EXIT ), 1 );
    assert_int_equal( kvm_check_extension( kvm, 0x7fff ), 0 );
    assert_int_equal( kvm_check_extension( kvm, KVM_CAP_SYNC_REGS ) & SYNC_ALL, SYNC_ALL );

    cpuid = calloc( 1, sizeof(*cpuid) + 256 * sizeof(cpuid->entries[0]) );
    cpuid->nent = 1;
    assert_int_equal( kvm_get_supported_cpuid( kvm, cpuid ), -E2BIG );
    cpuid->nent = 256;
    assert_int_equal( kvm_get_supported_cpuid( kvm, cpuid ), 0 );
    assert_in_range( cpuid->nent, 5, 256 );
    free( cpuid );

    list = calloc( 1, sizeof(*list) + 1024 * sizeof(list->indices[0]) );
    assert_int_equal( kvm_get_msr_index_list( kvm, list ), -E2BIG );
    assert_in_range( list->nmsrs, 10, 1024 );
    assert_int_equal( kvm_get_msr_index_list( kvm, list ), 0 );
    free( list );
}

/* A dead fd is an error and nothing else, for everything that takes one. */
static void test_bad_fd( void **state )
{
    static union
    {
        struct kvm_regs regs; struct kvm_sregs sregs; struct kvm_vcpu_events events; struct kvm_debugregs debugregs;
        struct kvm_xsave xsave; struct kvm_xcrs xcrs; struct kvm_msrs msrs; struct kvm_cpuid2 cpuid;
        struct kvm_mp_state mp; struct kvm_lapic_state lapic; struct kvm_guest_debug debug;
        struct kvm_msr_filter filter; struct kvm_msi msi; struct kvm_irq_routing routing; __u64 tsc;
        struct kvm_clock_data clock; struct kvm_userspace_memory_region region; struct kvm_msr_list list;
        struct kvm_xen_hvm_config xen;
    } u;
    struct kvm_run *page;
    unsigned int i;
    int results[] =
    {
        kvm_check_extension( -1, 0 ), kvm_vcpu_mmap_size( -1 ), kvm_get_supported_cpuid( -1, &u.cpuid ),
        kvm_get_supported_hv_cpuid( -1, &u.cpuid ), kvm_get_feature_msrs( -1, &u.msrs ),
        kvm_get_msr_index_list( -1, &u.list ), kvm_create_vm( -1 ), kvm_enable_cap( -1, 0, 0, 0 ),
        kvm_set_tss_addr( -1, 0 ), kvm_set_identity_map_addr( -1, 0 ), kvm_set_memory_region( -1, &u.region ),
        kvm_get_dirty_log( -1, 0, &u ), kvm_set_msr_filter( -1, &u.filter ),
        kvm_xen_hvm_config( -1, &u.xen ), kvm_signal_msi( -1, &u.msi ),
        kvm_set_gsi_routing( -1, &u.routing ), kvm_get_clock( -1, &u.clock ), kvm_set_clock( -1, &u.clock ),
        kvm_create_vcpu( -1, 0 ), kvm_map_run( -1, 0x1000, &page ), kvm_run_vcpu( -1 ), kvm_get_regs( -1, &u.regs ),
        kvm_set_regs( -1, &u.regs ), kvm_get_sregs( -1, &u.sregs ), kvm_set_sregs( -1, &u.sregs ),
        kvm_get_vcpu_events( -1, &u.events ), kvm_set_vcpu_events( -1, &u.events ),
        kvm_get_debugregs( -1, &u.debugregs ), kvm_set_debugregs( -1, &u.debugregs ), kvm_get_xsave( -1, &u.xsave ),
        kvm_set_xsave( -1, &u.xsave ), kvm_get_xsave2( -1, &u ), kvm_get_xcrs( -1, &u.xcrs ),
        kvm_set_xcrs( -1, &u.xcrs ), kvm_get_msrs( -1, &u.msrs ), kvm_set_msrs( -1, &u.msrs ),
        kvm_get_cpuid2( -1, &u.cpuid ), kvm_set_cpuid2( -1, &u.cpuid ), kvm_get_mp_state( -1, &u.mp ),
        kvm_set_mp_state( -1, &u.mp ), kvm_get_lapic( -1, &u.lapic ), kvm_set_lapic( -1, &u.lapic ), kvm_nmi( -1 ),
        kvm_set_guest_debug( -1, &u.debug ), kvm_get_tsc_khz( -1 ), kvm_set_tsc_khz( -1, 0 ),
        kvm_get_tsc_offset( -1, &u.tsc ), kvm_set_tsc_offset( -1, 0 ),
    };

    (void)state;
    for (i = 0; i < sizeof(results) / sizeof(results[0]); i++) assert_int_equal( results[i], -EBADF );
}

static void test_memslot_rules( void **state )
{
    int before = open_fds();

    (void)state;
    need_kvm();
    vm = kvm_create_vm( kvm );
    assert_true( vm >= 0 );
    assert_true( fcntl( vm, F_GETFD ) & FD_CLOEXEC );
    check_memslot_rules( vm, ram );
    kvm_close( vm );
    assert_int_equal( open_fds(), before );
}

static void test_out_loop( void **state )
{
    static const uint8_t code[] = { 0xe6, 0x42,             /* out 42,al */
                                    0xfe, 0xc0,             /* inc al */
                                    0xeb, 0xfa };           /* jmp */
    struct kvm_userspace_memory_region region = { .memory_size = 16 * PAGE, .userspace_addr = (uintptr_t)ram };
    int before = open_fds();
    unsigned int i;

    (void)state;
    need_kvm();
    start_vcpu( code, sizeof(code) );
    assert_true( fcntl( vcpu, F_GETFD ) & FD_CLOEXEC );
    assert_int_equal( kvm_set_memory_region( vm, &region ), 0 );
    for (i = 0; i < 1000; i++)
    {
        run->kvm_valid_regs = SYNC_ALL;
        assert_int_equal( kvm_run_vcpu( vcpu ), 0 );
        assert_int_equal( run->exit_reason, KVM_EXIT_IO );
        assert_int_equal( run->io.port, 0x42 );
        assert_int_equal( run->io.direction, KVM_EXIT_IO_OUT );
        assert_int_equal( ((uint8_t *)run)[run->io.data_offset], i & 0xff );
        assert_int_equal( run->s.regs.regs.rax & 0xff, i & 0xff );
        assert_in_range( run->s.regs.regs.rip, 0x1000, 0x1002 );
    }
    run->immediate_exit = 1;
    assert_int_equal( kvm_run_vcpu( vcpu ), -EINTR );
    stop_vcpu();
    assert_int_equal( open_fds(), before );
}

static int spinner_tid;

static void *spin( void *arg )
{
    (void)arg;
    __atomic_store_n( &spinner_tid, thread_id(), __ATOMIC_RELEASE );
    return (void *)(intptr_t)kvm_run_vcpu( vcpu );
}

static void test_kick( void **state )
{
    static const uint8_t code[] = { 0xeb, 0xfe };
    struct kvm_userspace_memory_region region = { .memory_size = 16 * PAGE, .userspace_addr = (uintptr_t)ram };
    struct sigaction action;
    unsigned int i;
    void *ret;

    (void)state;
    need_kvm();
    assert_int_equal( sigaction( SIGNAL_KICK, NULL, &action ), 0 );
    assert_int_equal( action.sa_flags & (SA_ONSTACK | SA_RESTART), SA_ONSTACK );
    start_vcpu( code, sizeof(code) );
    assert_int_equal( kvm_set_memory_region( vm, &region ), 0 );
    for (i = 0; i < 10; i++)
    {
        pthread_t thread;
        int tid;

        __atomic_store_n( &spinner_tid, 0, __ATOMIC_RELAXED );
        run->immediate_exit = 0;
        assert_int_equal( pthread_create( &thread, NULL, spin, NULL ), 0 );
        while (!(tid = __atomic_load_n( &spinner_tid, __ATOMIC_ACQUIRE ))) usleep( 100 );
        assert_int_equal( thread_gone( tid ), 0 );
        if (i) usleep( 1000 * i );      /* before and after the entry */
        run->immediate_exit = 1;
        kvm_kick( tid );
        pthread_join( thread, &ret );
        assert_int_equal( (intptr_t)ret, -EINTR );
        /* joined is not gone yet, but soon */
        while (!thread_gone( tid )) usleep( 100 );
        kvm_kick( tid );                /* late kicks find nobody, or us */
        kvm_kick( thread_id() );
    }
    stop_vcpu();
}

/* The guest itself writes; what it wrote survives a split of its range. */
static void test_dirty_guest( void **state )
{
    static const uint8_t code[] = { 0xa2, 0x00, 0x30,       /* mov [3000],al */
                                    0xa2, 0x10, 0x50,       /* mov [5010],al */
                                    0xf4 };                 /* hlt */
    struct gpa_map map;
    UINT64 bits = 0;

    (void)state;
    need_kvm();
    start_vcpu( code, sizeof(code) );
    assert_int_equal( gpa_map_init( &map, vm, 509, 1ull << 36 ), 0 );
    assert_int_equal( gpa_map_range( &map, ram, 0, 16 * PAGE, 15 ), 0 );
    /* the first reading may show pages that nobody wrote */
    assert_int_equal( gpa_query_dirty( &map, 0, 16 * PAGE, NULL ), 0 );
    assert_int_equal( kvm_run_vcpu( vcpu ), 0 );
    assert_int_equal( run->exit_reason, KVM_EXIT_HLT );
    assert_int_equal( gpa_unmap_range( &map, 0x4000, PAGE ), 0 );
    assert_int_equal( gpa_query_dirty( &map, 0, 4 * PAGE, &bits ), 0 );
    /* KVM may map a page for writing, and count it, when the guest first reads it: here the page of the code */
    assert_int_equal( bits & ~0x2ull, 0x8 );
    assert_int_equal( gpa_query_dirty( &map, 0x5000, 4 * PAGE, &bits ), 0 );
    assert_int_equal( bits, 0x1 );
    assert_int_equal( gpa_query_dirty( &map, 0x5000, 4 * PAGE, &bits ), 0 );
    assert_int_equal( bits, 0 );
    /* read-only with a log, no access, and back */
    assert_int_equal( gpa_map_range( &map, ram, 0, 16 * PAGE, 1 | 8 ), 0 );
    assert_int_equal( gpa_map_range( &map, ram, 0, 16 * PAGE, 0 ), 0 );
    assert_int_equal( gpa_map_range( &map, ram, 0, 16 * PAGE, 7 ), 0 );
    gpa_map_free( &map );
    stop_vcpu();
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_system ),
        cmocka_unit_test( test_bad_fd ),
        cmocka_unit_test( test_memslot_rules ),
        cmocka_unit_test( test_out_loop ),
        cmocka_unit_test( test_kick ),
        cmocka_unit_test( test_dirty_guest ),
    };

    return cmocka_run_group_tests( tests, setup, teardown );
}
