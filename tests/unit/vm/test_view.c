/*
 * Unit tests of view_x86.c
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

#include "host/kvm.h"
#include "host/x86.h"
#include "inputs.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* A plain model: the client's registers and KVM's, both as a whole. */
static struct kvm_regs client, kvm;
static struct vp *vp;

static int setup( void **state )
{
    (void)state;
    vp = calloc( 1, sizeof(*vp) );
    vp->run = calloc( 1, sizeof(*vp->run) );
    memset( &client, 0, sizeof(client) );
    kvm = client;
    view_take( vp );
    return 0;
}

static int teardown( void **state )
{
    (void)state;
    free( vp->run );
    free( vp );
    return 0;
}

static UINT64 *at( struct kvm_regs *regs, UINT32 place )
{
    return (UINT64 *)regs + place;
}

static void check( void )
{
    UINT32 place;

    assert_memory_equal( view_regs( vp ), &client, sizeof(client) );
    assert_int_equal( view_differs( vp ), memcmp( &client, &kvm, sizeof(client) ) != 0 );
    for (place = 0; place < REGS_COUNT; place++)
        if (view_kvm_reg( vp, place ) != *at( &kvm, place ))
            fail_msg( "KVM has %#llx in register %u, not %#llx", (unsigned long long)*at( &kvm, place ), place,
                      (unsigned long long)view_kvm_reg( vp, place ));
}

/* Few values, so that registers often become what they were, and what KVM has. */
static UINT64 some_value( void )
{
    return input_random() & 3 ? input_random() & 3 : input_random();
}

/* KVM_RUN comes back. */
static void leave( void )
{
    UINT32 place;

    for (place = 0; place < REGS_COUNT; place++)
        if (input_random() & 1) *at( &kvm, place ) = some_value();
    vp->run->s.regs.regs = client = kvm;
    /* what is kept is of no meaning any more */
    memset( &vp->arch.view.kvm_regs, 0xcc, sizeof(vp->arch.view.kvm_regs) );
    view_take( vp );
}

static void test_sequences( void **state )
{
    UINT32 i, place, count;
    struct kvm_sync_regs put_by;
    UINT64 value;

    (void)state;
    leave();
    for (i = 0; i < 300000; i++)
    {
        switch (input_random() % 16)
        {
        case 0:
            leave();
            break;
        case 1:
            for (count = input_random() % 4, (void)view_edit_regs( vp ); count; count--)
            {
                place = input_random() % REGS_COUNT;
                *at( view_edit_regs( vp ), place ) = *at( &client, place ) = some_value();
            }
            break;
        case 2:
            /* as the rewind does: most of it as it is */
            client.rip = some_value();
            client.rflags &= ~RFLAGS_RF;
            *view_edit_regs( vp ) = client;
            break;
        case 3:
            assert_memory_equal( view_kvm_regs( vp ), &kvm, sizeof(kvm) );
            break;
        case 4:
            /* back to what KVM has: all, or one */
            *view_edit_regs( vp ) = *view_kvm_regs( vp );
            client = kvm;
            break;
        case 5:
            place = input_random() % REGS_COUNT;
            view_set_reg( vp, place, view_kvm_reg( vp, place ));
            *at( &client, place ) = *at( &kvm, place );
            break;
        case 6:
            assert_int_equal( view_has_edited( vp ), view_differs( vp ));
            break;
        case 7:
            /* a flush: KVM's own in place of the client's, and those back */
            view_put_by( vp, &put_by );
            assert_memory_equal( view_regs( vp ), &kvm, sizeof(kvm) );
            assert_memory_equal( view_kvm_regs( vp ), &kvm, sizeof(kvm) );
            view_put_back( vp, &put_by );
            break;
        default:
            place = input_random() & 1 ? REGS_RIP : input_random() % REGS_COUNT;
            value = some_value();
            view_set_reg( vp, place, value );
            *at( &client, place ) = value;
            break;
        }
        check();
    }
}

/* One register alone: what is looked at first in view_differs. */
static void test_one( void **state )
{
    UINT32 place, other;

    (void)state;
    for (place = 0; place < REGS_COUNT; place++)
        for (other = 0; other < REGS_COUNT; other++)
        {
            leave();
            view_set_reg( vp, place, ~*at( &kvm, place ));
            *at( &client, place ) = ~*at( &kvm, place );
            check();
            assert_true( view_differs( vp ));
            view_set_reg( vp, other, ~*at( &client, other ));
            *at( &client, other ) = ~*at( &client, other );
            check();
            assert_int_equal( view_differs( vp ), place != other );
            view_set_reg( vp, place, *at( &kvm, place ));
            view_set_reg( vp, other, *at( &kvm, other ));
            client = kvm;
            check();
            assert_false( view_differs( vp ));
        }
}

/* KVM hides TF while it steps for the client: it is the client's all the same, and no difference. */
static void test_stepping( void **state )
{
    (void)state;
    vp->arch.debug.stepping = 1;
    vp->run->s.regs.regs.rflags = 2;
    view_take( vp );
    assert_int_equal( view_regs( vp )->rflags, 2 | RFLAGS_TF );
    assert_false( view_differs( vp ));
    view_set_reg( vp, REGS_RFLAGS, 2 );
    assert_true( view_differs( vp ));
    view_set_reg( vp, REGS_RFLAGS, 2 | RFLAGS_TF );
    assert_false( view_differs( vp ));
}

/* Segments as they were shown last. */
static void test_segments( void **state )
{
    struct kvm_sregs *sregs = &vp->run->s.regs.sregs;
    struct kvm_segment *segments[] = { &sregs->es, &sregs->cs, &sregs->ss, &sregs->ds };
    WHV_X64_SEGMENT_REGISTER shown, want;
    UINT32 i, index;

    (void)state;
    for (i = 0; i < 100000; i++)
    {
        struct kvm_segment *segment = segments[index = input_random() % 4];
        UINT64 random = input_random();

        switch (random >> 32 & 15)
        {
        case 0: segment->base = input_random(); break;
        case 1: segment->limit = random; break;
        case 2: segment->selector = random; break;
        case 3: segment->type = random & 15; break;
        case 4: segment->present ^= 1; break;
        case 5: segment->dpl = random & 3; break;
        case 6: segment->db ^= 1; break;
        case 7: segment->s ^= 1; break;
        case 8: segment->l ^= 1; break;
        case 9: segment->g ^= 1; break;
        case 10: segment->avl ^= 1; break;
        case 11: segment->unusable ^= 1; break;
        case 12: *segment = *segments[random & 3]; break;
        }
        memset( &shown, 0xcc, sizeof(shown) );
        view_show_segment( vp, index, &shown );
        memset( &want, 0, sizeof(want) );
        want.Base = segment->base;
        want.Limit = segment->limit;
        want.Selector = segment->selector;
        want.SegmentType = segment->type & ~segment->unusable;
        want.NonSystemSegment = segment->s;
        want.DescriptorPrivilegeLevel = segment->dpl;
        want.Present = segment->present && !segment->unusable;
        want.Available = segment->avl;
        want.Long = segment->l;
        want.Default = segment->db;
        want.Granularity = segment->g;
        assert_memory_equal( &shown, &want, sizeof(want) );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_sequences, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_one, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_stepping, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_segments, setup, teardown ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
