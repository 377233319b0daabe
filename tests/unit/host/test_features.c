/*
 * Unit tests: processor features in CPUID
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

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/array.h"
#include "host/features_x86.h"
#include "host/kvm.h"

static void test_feature_table( void **state )
{
    struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[16]; } table;
    static const UINT32 leaves[][2] =
    {
        { 1, 0 }, { 6, 0 }, { 7, 0 }, { 7, 1 }, { 0xd, 1 }, { 0x24, 0 },
        { 0x80000001, 0 }, { 0x80000007, 0 }, { 0x80000008, 0 }, { 0x80000021, 0 },
    };
    /* all bits but the reserved ones */
    static const UINT64 defined[FEATURE_SETS] = { 0x7edbffffe7ffffffull, 0x03cc610ffefff7ffull, 0x3fffffffffull };
    UINT64 before, after;
    UINT32 set, bit, i;

    (void)state;
    for (set = 0; set < FEATURE_SETS; set++)
    {
        for (bit = 0; bit < 64; bit++)
        {
            memset( &table, 0, sizeof(table) );
            table.head.nent = ARRAY_SIZE(leaves);
            for (i = 0; i < ARRAY_SIZE(leaves); i++)
            {
                struct kvm_cpuid_entry2 *entry = (struct kvm_cpuid_entry2 *)((char *)&table + sizeof(table.head)) + i;

                memset( entry, 0xff, sizeof(*entry) );
                entry->function = leaves[i][0];
                entry->index = leaves[i][1];
                entry->flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
            }
            assert_int_equal( features_read( &table.head, ~0ull, set ) & ~defined[set], 0 );
            before = features_read( &table.head, 0, set );
            features_mask( &table.head, set, ~(1ull << bit) );
            after = features_read( &table.head, 0, set );
            /* what is masked is gone, and no more than that; IBRS and IBPB share a bit of Intel's, but not AMD's */
            assert_true( after == (before & ~(1ull << bit)) );
            features_mask( &table.head, set, 0 );
            assert_int_equal( features_read( &table.head, 0, set ), 0 );
        }
    }
    assert_int_equal( features_xcr0( 0 ), 0 );
    assert_int_equal( features_xcr0( 1 | 1 << 2 ), 7 );
    assert_int_equal( features_xcr0( 1 | 1 << 2 | 1 << 6 ), 0xe7 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_feature_table ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
