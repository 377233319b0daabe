/*
 * Tests of the table of MSRs that a guest has
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

#include "host/array.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "machine.h"
#include "vm/msr_known_x86.h"
#include "vm/partition.h"
#include "vm/property.h"
#include "vm/vp.h"

static struct properties props;

static void test_known( void **state )
{
    static const struct { UINT32 index, leaf, subleaf; UINT8 reg, bit; } rows[] =
    {
        { 0x10, 1, 0, EDX, 4 }, { 0x3b, 7, 0, EBX, 1 }, { 0x48, 7, 0, EDX, 26 }, { 0x48, 0x80000008, 0, EBX, 14 },
        { 0x17a, 1, 0, EDX, 14 }, { 0x1c5, 0xd, 1, EAX, 4 }, { 0x20f, 1, 0, EDX, 12 }, { 0x277, 1, 0, EDX, 16 },
        { 0x401, 1, 0, EDX, 14 }, { 0x47f, 1, 0, EDX, 14 }, { 0xda0, 0xd, 1, EAX, 3 },
        { 0xc0000080, 0x80000001, 0, EDX, 20 }, { 0xc0000083, 0x80000001, 0, EDX, 29 },
        { 0xc0000103, 0x80000001, 0, EDX, 27 }, { 0xc0000103, 7, 0, ECX, 22 },
    };
    struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entry; } cpuid;
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        memset( &cpuid, 0, sizeof(cpuid) );
        cpuid.head.nent = 1;
        cpuid.entry.function = rows[i].leaf;
        cpuid.entry.index = rows[i].subleaf;
        cpuid.entry.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
        assert_false( msr_is_known( &props, &cpuid.head, rows[i].index ));
        (&cpuid.entry.eax)[rows[i].reg] = ~(1u << rows[i].bit);
        if (rows[i].index != 0x48 && rows[i].index != 0xc0000080)
            assert_false( msr_is_known( &props, &cpuid.head, rows[i].index ));
        (&cpuid.entry.eax)[rows[i].reg] = 1u << rows[i].bit;
        assert_true( msr_is_known( &props, &cpuid.head, rows[i].index ));
    }
    memset( &cpuid, 0xff, sizeof(cpuid) );
    cpuid.head.nent = 0;
    assert_true( msr_is_known( &props, &cpuid.head, 0x1b ) && msr_is_known( &props, &cpuid.head, 0x1d9 ));
    assert_true( msr_is_known( &props, &cpuid.head, 0x1db ) && msr_is_known( &props, &cpuid.head, 0x1de ));
    /* an APIC's, where there is one; else the client has it */
    assert_false( msr_is_known( &props, &cpuid.head, 0x802 ));
    props.apic_mode = WHvX64LocalApicEmulationModeXApic;
    assert_true( msr_is_known( &props, &cpuid.head, 0x802 ));
    assert_false( msr_is_known( &props, &cpuid.head, 0x611 ));
    assert_false( msr_is_known( &props, &cpuid.head, 0x999 ));
}

/* Hyper-V's, with the features that they come with, in partitions that have features at all. */
static void test_synthetic( void **state )
{
    static const struct { UINT32 index; UINT8 reg, bit; } rows[] =
    {
        { 0x40000000, EAX, 5 }, { 0x40000001, EAX, 5 }, { 0x40000002, EAX, 6 }, { 0x40000010, EAX, 0 },
        { 0x40000020, EAX, 1 }, { 0x40000073, EAX, 4 }, { 0x40000081, EAX, 2 }, { 0x4000009f, EAX, 2 },
        { 0x400000b0, EAX, 3 }, { 0x40000105, EDX, 10 },
    };
    struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entry; } cpuid;
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        memset( &cpuid, 0, sizeof(cpuid) );
        cpuid.head.nent = 1;
        cpuid.entry.function = 0x40000003;
        (&cpuid.entry.eax)[rows[i].reg] = 1u << rows[i].bit;
        props.synthetic_features = 0;
        assert_false( msr_is_known( &props, &cpuid.head, rows[i].index ));
        props.synthetic_features = 1;
        assert_true( msr_is_known( &props, &cpuid.head, rows[i].index ));
        assert_false( msr_is_known( &props, &cpuid.head, 0x400000f0 ));
        (&cpuid.entry.eax)[rows[i].reg] = ~(1u << rows[i].bit);
        assert_false( msr_is_known( &props, &cpuid.head, rows[i].index ));
    }
    props.synthetic_features = 0;
}

static struct fake_exit invalid_write( UINT32 index, UINT64 value )
{
    struct fake_exit exit = FAKE_WRMSR( index, value );

    exit.msr_reason = KVM_MSR_EXIT_REASON_INVAL;
    return exit;
}

/* A wrong access to an MSR that there is, with and without a client that wants those that there are not. */
static void test_invalid( void **state )
{
    UINT32 i;

    (void)state;
    for (i = 0; i < 2; i++)
    {
        machine_mode( INSN_MODE_64 );
        machine_code( CODE, "\x0f\x30", 2 );
        machine_queue( invalid_write( 0x1b, 0xfee00400 ));
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = machine_note_entry } );
        assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
        assert_int_equal( machine.entered_events.exception.injected, 1 );
        assert_int_equal( machine.entered_events.exception.nr, 13 );
        assert_int_equal( machine.entered.rip, CODE );
        machine.vp->run->s.regs.events.exception.injected = 0;
        machine.vp->arch.view.dirty |= KVM_SYNC_X86_EVENTS;
        assert_int_equal( machine_set_property( WHvPartitionPropertyCodeX64MsrExitBitmap, 1 ), S_OK );
        assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 2 ), S_OK );
    }
    machine_mode( INSN_MODE_64 );
    machine_queue( invalid_write( 0x999, 1 ));
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64MsrAccess );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_known ),
        cmocka_unit_test( test_synthetic ),
        cmocka_unit_test_setup_teardown( test_invalid, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
