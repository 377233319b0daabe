/*
 * CPUID exits
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

#include "host/array.h"
#include "host/kvm.h"
#include "insn/insn.h"
#include "machine.h"
#include "run/partition_life.h"
#include "run/run.h"
#include "run/vp_life.h"
#include "vm/vp.h"

static HRESULT set_list( const UINT32 *leaves, UINT32 count )
{
    return partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, leaves,
                                   count * sizeof(*leaves) );
}

static int setup( void **state )
{
    static const UINT32 leaves[] = { 1, 0x40000000, 0xd };

    if (machine_setup( state )) return -1;
    /* QEMU sets both behind the creation of its vps */
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 1 ), S_OK );
    assert_int_equal( set_list( leaves, ARRAY_SIZE(leaves) ), S_OK );
    return 0;
}

static const struct kvm_cpuid_entry2 *entry( UINT32 leaf, UINT32 subleaf )
{
    UINT32 i;

    for (i = 0; i < machine.vcpu->cpuid_count; i++)
        if (machine.vcpu->cpuid[i].function == leaf &&
            (!(machine.vcpu->cpuid[i].flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) ||
             machine.vcpu->cpuid[i].index == subleaf))
            return &machine.vcpu->cpuid[i];
    return NULL;
}

static void expect_leaf( UINT32 leaf, UINT32 subleaf )
{
    const WHV_X64_CPUID_ACCESS_CONTEXT *access = &machine.exit.CpuidAccess;

    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Cpuid );
    assert_int_equal( machine.exit.VpContext.Rip, CODE );
    assert_int_equal( machine.exit.VpContext.InstructionLength, 2 );
    assert_int_equal( access->Rax, leaf );
    assert_int_equal( access->Rcx, subleaf );
    assert_int_equal( machine_regs()->rax, leaf );
    assert_int_equal( machine_regs()->rcx, subleaf );
    if (entry( leaf, subleaf ))
    {
        assert_int_equal( access->DefaultResultRax, entry( leaf, subleaf )->eax );
        if (leaf != 0xd) assert_int_equal( access->DefaultResultRbx, entry( leaf, subleaf )->ebx );
        /* without a local APIC the guest sees none, as KVM tells it */
        assert_int_equal( access->DefaultResultRdx, entry( leaf, subleaf )->edx & ~(leaf == 1 ? 1u << 9 : 0) );
    }
    /* what Intel answers beyond its leaves */
    else assert_int_equal( access->DefaultResultRax, entry( 0xd, 0 )->eax );
}

static void answer( UINT32 eax, UINT32 ebx, UINT32 ecx, UINT32 edx )
{
    machine_regs()->rax = eax;
    machine_regs()->rbx = ebx;
    machine_regs()->rcx = ecx;
    machine_regs()->rdx = edx;
    machine_regs()->rip += 2;
}

static void answer_default( void )
{
    const WHV_X64_CPUID_ACCESS_CONTEXT *access = &machine.exit.CpuidAccess;

    answer( access->DefaultResultRax, access->DefaultResultRbx, access->DefaultResultRcx, access->DefaultResultRdx );
}

static void halt( void )
{
    machine_queue( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
}

static void check_entry( UINT32 leaf, UINT32 eax, UINT32 ebx, UINT32 ecx, UINT32 edx )
{
    assert_non_null( entry( leaf, 0 ));
    assert_int_equal( entry( leaf, 0 )->eax, eax );
    assert_int_equal( entry( leaf, 0 )->ebx, ebx );
    assert_int_equal( entry( leaf, 0 )->ecx, ecx );
    assert_int_equal( entry( leaf, 0 )->edx, edx );
}

static void finish_leaf_d( void )
{
    expect_leaf( 0xd, 0 );
    answer_default();
    expect_leaf( 0xd, 1 );
    expect_leaf( 0xd, 2 );
}

static void test_answers( void **state )
{
    struct kvm_regs before = *machine_regs();
    struct kvm_cpuid_entry2 leaf_d;
    UINT32 calls;

    (void)state;
    leaf_d = *entry( 0xd, 1 );
    expect_leaf( 1, 0 );
    answer( 0x11, 0x22, 0x23, 0x44 );
    machine_regs()->r12 = 0x1212;       /* what else it sets is its own */
    expect_leaf( 0x40000000, 0 );
    answer( 0x40000001, 0x55, 0x66, 0x77 );
    finish_leaf_d();
    assert_int_equal( machine.vcpu->runs, 0 );

    before.r12 = 0x1212;
    before.rip++;
    halt();
    assert_memory_equal( machine_regs(), &before, sizeof(before) );
    check_entry( 1, 0x11, 0x22, 0x23, 0x44 );
    check_entry( 0x40000000, 0x40000001, 0x55, 0x66, 0x77 );
    assert_memory_equal( entry( 0xd, 1 ), &leaf_d, sizeof(leaf_d) );

    /* that was all, also for the next ones at this index */
    calls = fake_kvm_count( "kvm_set_cpuid2" );
    halt();
    assert_int_equal( vp_delete( machine.handle, 0 ), S_OK );
    assert_int_equal( vp_create( machine.handle, 0 ), S_OK );
    halt();
    assert_int_equal( partition_reset( machine.handle ), S_OK );
    halt();
    check_entry( 1, 0x11, 0x22, 0x23, 0x44 );
    assert_int_equal( fake_kvm_count( "kvm_set_cpuid2" ), calls );
}

/* A client that leaves RIP alone has not answered. */
static void test_unanswered( void **state )
{
    struct kvm_regs before = *machine_regs();
    struct kvm_cpuid_entry2 features = *entry( 1, 0 );

    (void)state;
    expect_leaf( 1, 0 );
    expect_leaf( 0x40000000, 0 );
    expect_leaf( 0xd, 0 );
    expect_leaf( 0xd, 1 );
    /* a reset or a snapshot instead of an answer: all of it is kept */
    expect_leaf( 0xd, 2 );
    before.rip += 0x10;
    before.rax = 0x99;
    before.rsp ^= 0x40;
    *machine_regs() = before;
    halt();
    before.rip++;
    assert_memory_equal( machine_regs(), &before, sizeof(before) );
    assert_memory_equal( entry( 1, 0 ), &features, sizeof(features) );
}

static void test_in_between( void **state )
{
    (void)state;
    /* a cancel does not lose an answer */
    assert_int_equal( vp_cancel( machine.handle, 0 ), S_OK );
    assert_int_equal( machine_run(), WHvRunVpExitReasonCanceled );
    expect_leaf( 1, 0 );
    answer( 0x11, 0x22, 0x23, 0x44 );
    assert_int_equal( vp_cancel( machine.handle, 0 ), S_OK );
    assert_int_equal( machine_run(), WHvRunVpExitReasonCanceled );
    assert_int_equal( machine.exit.VpContext.Rip, CODE + 2 );
    expect_leaf( 0x40000000, 0 );
    /* a reset shows the leaf that was open again, and keeps what is answered */
    assert_int_equal( partition_reset( machine.handle ), S_OK );
    machine_mode( INSN_MODE_64 );
    expect_leaf( 0x40000000, 0 );
    answer_default();
    finish_leaf_d();
    halt();
    check_entry( 1, 0x11, 0x22, 0x23, 0x44 );
}

/* One that was never entered starts anew. */
static void test_recreated( void **state )
{
    (void)state;
    expect_leaf( 1, 0 );
    answer( 0x11, 0x22, 0x23, 0x44 );
    expect_leaf( 0x40000000, 0 );
    assert_int_equal( vp_delete( machine.handle, 0 ), S_OK );
    assert_int_equal( vp_create( machine.handle, 0 ), S_OK );
    machine_mode( INSN_MODE_64 );
    expect_leaf( 1, 0 );
    answer( 0x12, 0x22, 0x23, 0x44 );
    expect_leaf( 0x40000000, 0 );
    finish_leaf_d();
    halt();
    check_entry( 1, 0x12, 0x22, 0x23, 0x44 );
}

static void set_latch( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    machine.vp->thread.cancel = 1;
    (void)vcpu;
    (void)exit;
}

/* A vp that was in the guest, and was fetched from there before it had any exit: KVM takes no other table from then
 * on. */
static void test_interrupted( void **state )
{
    (void)state;
    expect_leaf( 1, 0 );
    answer( 0x11, 0x22, 0x23, 0x44 );
    expect_leaf( 0x40000000, 0 );
    finish_leaf_d();
    machine_queue( (struct fake_exit){ .error = -EINTR, .on_entry = set_latch } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonCanceled );
    assert_int_equal( vp_delete( machine.handle, 0 ), S_OK );
    assert_int_equal( vp_create( machine.handle, 0 ), S_OK );
    halt();
    check_entry( 1, 0x11, 0x22, 0x23, 0x44 );
}

static void test_failing( void **state )
{
    (void)state;
    expect_leaf( 1, 0 );
    answer( 0x11, 0x22, 0x23, 0x44 );
    expect_leaf( 0x40000000, 0 );
    finish_leaf_d();
    fake_kvm_fail_function( "kvm_set_cpuid2", ENOMEM );
    assert_int_equal( vp_run( machine.handle, 0, &machine.exit, 224 ), E_OUTOFMEMORY );
    fake_kvm_fail_function( "kvm_set_cpuid2", 0 );
    fake_kvm_fail_function( "kvm_get_cpuid2", ENOMEM );
    assert_int_equal( vp_run( machine.handle, 0, &machine.exit, 224 ), E_OUTOFMEMORY );
    fake_kvm_fail_function( "kvm_get_cpuid2", 0 );
    halt();
    check_entry( 1, 0x11, 0x22, 0x23, 0x44 );
}

static void test_lists( void **state )
{
    static const UINT32 unknown[] = { 0x12345678, 1, 1 };
    UINT32 i;

    (void)state;
    /* leaves that nobody knows, and one twice */
    assert_int_equal( set_list( unknown, 3 ), S_OK );
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, unknown, 5 ),
                      E_INVALIDARG );
    expect_leaf( 0x12345678, 0 );
    answer( 1, 2, 3, 4 );
    expect_leaf( 1, 0 );
    answer_default();
    halt();
    check_entry( 0x12345678, 1, 2, 3, 4 );

    /* none; and the exit not asked for */
    for (i = 0; i < 2; i++)
    {
        machine_teardown( state );
        machine_setup( state );
        if (!i) assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 1 ), S_OK );
        assert_int_equal( set_list( unknown, i ? 3 : 0 ), S_OK );
        halt();
    }

    /* no list at all, and the platform's APICs: every leaf of the table */
    machine_teardown( state );
    machine_create_apic( 1, WHvX64LocalApicEmulationModeXApic );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 1 ), S_OK );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN } );
    for (i = 0; machine_run() == WHvRunVpExitReasonX64Cpuid; i++) assert_in_range( i, 0, machine.vcpu->cpuid_count );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonUnrecoverableException );
    assert_in_range( i, 5, machine.vcpu->cpuid_count );
}

/* With the platform's APICs a vp that comes late, or is entered late, is shown what is asked for by then. */
static void test_late( void **state )
{
    static const UINT32 before[] = { 1 }, behind[] = { 0x40000000 };
    UINT32 i;

    (void)state;
    machine_create_apic( 3, WHvX64LocalApicEmulationModeXApic );
    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 1 ), S_OK );
    assert_int_equal( set_list( before, 1 ), S_OK );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Cpuid );
    assert_int_equal( machine.exit.CpuidAccess.Rax, 1 );
    answer_default();
    halt();
    assert_int_equal( set_list( behind, 1 ), S_OK );
    assert_int_equal( vp_create( machine.handle, 2 ), S_OK );
    for (i = 1; i < 3; i++)
    {
        struct fake_exit shutdown = { .reason = KVM_EXIT_SHUTDOWN };
        struct fake_vcpu *vcpu = fake_kvm_find_vcpu( i );

        assert_int_equal( vp_run( machine.handle, i, &machine.exit, sizeof(machine.exit) ), S_OK );
        assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Cpuid );
        assert_int_equal( machine.exit.CpuidAccess.Rax, 0x40000000 );
        assert_int_equal( vcpu->runs, 0 );
        machine_set( i, WHvX64RegisterRax, 0x40000001 );
        machine_set( i, WHvX64RegisterRbx, i );
        machine_set( i, WHvX64RegisterRip, machine.exit.VpContext.Rip + 2 );
        fake_kvm_queue( vcpu, &shutdown );
        assert_int_equal( vp_run( machine.handle, i, &machine.exit, sizeof(machine.exit) ), S_OK );
        assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonUnrecoverableException );
        machine.vcpu = vcpu;
        assert_int_equal( entry( 0x40000000, 0 )->eax, 0x40000001 );
        assert_int_equal( entry( 0x40000000, 0 )->ebx, i );
    }
    /* one that was in the guest keeps what it has */
    machine.vcpu = fake_kvm_find_vcpu( 0 );
    halt();
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_answers, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_unanswered, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_in_between, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_recreated, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_interrupted, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_failing, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_lists, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_late, machine_no_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
