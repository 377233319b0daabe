/*
 * Unit tests: the real host behind /dev/kvm
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

/* The real thing: its functions take precedence over the fake's weak ones in this program. */
#include "host/kvm.c"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "host/host.h"
#include "host/kvm.h"
#include "host/probe.h"
#include "host/xsave_format_x86.h"
#include "vm/cpuid_x86.h"
#include "vm/property.h"

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
    int fd = kvm_open();

    if (fd < 0) skip();
    kvm_close( fd );
}

static void test_probe( void **state )
{
    int before = open_fds();
    struct host host;

    (void)state;
    need_kvm();
    assert_int_equal( host_probe( &host ), S_OK );
    print_message( "OUT is shown %s it%s; SYSCALL %s; TSC %llu Hz, %u vps, %u slots, %u address bits, xsave %u bytes\n",
                   host.out_rip_past ? "behind" : "at", host.out_rip_varies ? ", not so in real mode" : "",
                   host.syscall_half ? "stays in ring 3" : "arrives",
                   host.processor_clock, host.max_vps, host.max_slots, host.phys_bits, host.xsave_size );
    print_message( "features %#llx, exits %#llx, banks %#llx %#llx, xsave %#llx\n", host.features, host.extended_exits,
                   host.feature_banks[0], host.feature_banks[1], host.xsave_features );
    assert_int_equal( open_fds(), before + 1 );
    assert_in_range( host.processor_clock, 100000000, 20000000000ull );
    assert_in_range( host.phys_bits, 32, 52 );
    assert_in_range( host.max_vps, 1, 65536 );
    host_release( &host );
    assert_int_equal( open_fds(), before );
}

/* KVM takes what we build, for the first vp and the last, with and without what clients add. */
static void test_cpuid( void **state )
{
    WHV_X64_CPUID_RESULT results[] = { { .Function = 0x40000000, .Eax = 0x40000003 }, { .Function = 7 } };
    WHV_X64_CPUID_RESULT2 results2[] = { { .Function = 7, .Index = 1, .Flags = 1, .Output = { 1 }, .Mask = { 1 } } };
    struct cpuid_table table, back;
    struct properties props;
    const struct host *host;
    static const struct kvm_cpuid_entry2 none;
    static const __u32 zero[4];
    UINT32 round, i, k;
    int vm, vcpu;
    HRESULT hr;

    (void)state;
    need_kvm();
    host = host_get( &hr );
    assert_non_null( host );
    assert_int_equal( properties_init( &props ), S_OK );
    for (round = 0; round < 4; round++)
    {
        props.processor_count = round & 1 ? 3 : 1;
        if (round == 1) assert_int_equal( property_set( &props, 0, 0x1004, results, sizeof(results) ), S_OK );
        if (round == 2) assert_int_equal( property_set( &props, 0, 0x100d, results2, sizeof(results2) ), S_OK );
        if (round == 3) props.banks.AsUINT64[0] = props.banks.AsUINT64[1] = props.xsave_features = 0;

        vm = kvm_create_vm( host->kvm );
        assert_true( vm >= 0 );
        vcpu = kvm_create_vcpu( vm, props.processor_count - 1 );
        assert_true( vcpu >= 0 );
        cpuid_build( &table, host, &props, props.processor_count - 1, props.processor_count - 1 );
        assert_int_equal( kvm_set_cpuid2( vcpu, &table.head ), 0 );
        memset( &back, 0, sizeof(back) );
        back.head.nent = CPUID_MAX_ENTRIES;
        assert_int_equal( kvm_get_cpuid2( vcpu, &back.head ), 0 );
        /* older kernels do not say how many they have given: what they have not written is still zero */
        while (back.head.nent && !memcmp( &back.entries[back.head.nent - 1], &none, sizeof(none) )) back.head.nent--;
        for (i = k = 0; i < table.head.nent; i++)
        {
            const struct kvm_cpuid_entry2 *entry = &table.entries[i], *shown = &back.entries[k];

            /* a KVM without AMX drops its leaves; where they are zero, as they are then, a guest sees no difference */
            if (k == back.head.nent || shown->function != entry->function || shown->index != entry->index)
            {
                assert_memory_equal( &entry->eax, zero, sizeof(zero) );
                continue;
            }
            k++;
            /* APIC id, CPUs, clflush */
            if (entry->function == 1) assert_int_equal( shown->ebx, entry->ebx );
            /* a KVM that can't trap CPUID puts the CPU's own features into these */
            if (entry->function != 1 && entry->function != 7 && entry->function != 0xd)
                assert_memory_equal( &shown->eax, &entry->eax, sizeof(zero) );
        }
        /* and adds none */
        assert_int_equal( k, back.head.nent );
        kvm_close( vcpu );
        kvm_close( vm );
    }
    properties_free( &props );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_probe ),
        cmocka_unit_test( test_cpuid ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
