/*
 * VMCALL and VMMCALL
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

#include "host/host.h"
#include "host/kvm.h"
#include "host/probe.h"
#include "host/x86.h"
#include "machine.h"
#include "run/partition_life.h"
#include "vm/msr_known_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

static struct host *host;

static int setup( void **state )
{
    HRESULT hr;

    (void)state;
    host = (struct host *)host_get( &hr );
    host->xen_hypercalls = 1;
    if (machine_setup( state )) return -1;
    machine_code( CODE, "\x0f\x01\xc1", 3 );
    return 0;
}

static int teardown( void **state )
{
    host->xen_hypercalls = 0;
    return machine_teardown( state );
}

static void fill( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->run->xen.type = exit->size;
    vcpu->run->xen.u.hcall.input = vcpu->regs.rax;
}

/* Its completion writes RAX and skips, unless RIP has moved. */
static void queue_call( UINT32 type )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_XEN, .size = type, .completion = FAKE_COMPLETE_FAST,
                                       .complete_skip = 3, .reg = RAX, .on_exit = fill } );
}

static void queue_halt( void )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_entry = machine_note_entry } );
}

static void want_calls( void )
{
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 0x20 ), S_OK );
}

static void test_exit( void **state )
{
    struct kvm_regs regs = *view_regs( machine.vp );
    UINT32 calls;

    (void)state;
    want_calls();
    queue_call( KVM_EXIT_XEN_HCALL );
    assert_int_equal( machine_run(), WHvRunVpExitReasonHypercall );
    machine_check_exit( WHvRunVpExitReasonHypercall, CODE, 3 );
    assert_int_equal( machine.exit.Hypercall.Rax, regs.rax );
    assert_int_equal( machine.exit.Hypercall.Rdi, regs.rdi );
    assert_memory_equal( view_regs( machine.vp ), &regs, sizeof(regs) );
    /* the client answers: one call */
    machine_regs()->rax = 0x1234;
    machine_regs()->rip += 3;
    queue_halt();
    calls = machine_finish( "VMCALL" );
    assert_int_equal( calls, 1 );
    assert_int_equal( machine.entered.rax, 0x1234 );
    assert_int_equal( machine.entered.rip, CODE + 3 );
}

/* The client runs it again, or changes only where code is. */
static void test_again( void **state )
{
    struct kvm_regs regs = *view_regs( machine.vp );

    (void)state;
    want_calls();
    queue_call( KVM_EXIT_XEN_HCALL );
    assert_int_equal( machine_run(), WHvRunVpExitReasonHypercall );
    queue_call( KVM_EXIT_XEN_HCALL );
    assert_int_equal( machine_run(), WHvRunVpExitReasonHypercall );
    assert_memory_equal( view_regs( machine.vp ), &regs, sizeof(regs) );
    machine_regs()->rip += 3;
    view_edit_sregs( machine.vp )->cs.base = -3;
    queue_halt();
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.entered.rax, regs.rax );
    assert_int_equal( machine.entered.rip, CODE + 3 );
}

/* Nobody has asked for hypercalls: there are none. */
static void test_undefined( void **state )
{
    struct kvm_regs regs = *view_regs( machine.vp );

    (void)state;
    queue_call( KVM_EXIT_XEN_HCALL );
    queue_halt();
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.entered_events.exception.injected, 1 );
    assert_int_equal( machine.entered_events.exception.nr, VECTOR_UD );
    assert_int_equal( machine.entered_events.exception.has_error_code, 0 );
    assert_memory_equal( &machine.entered, &regs, sizeof(regs) );

    /* unless it is exceptions that the client wants to see */
    machine_set( 0, WHvRegisterPendingInterruption, 0 );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 4 ), S_OK );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExceptionExitBitmap, 1 << VECTOR_UD ), S_OK );
    queue_call( KVM_EXIT_XEN_HCALL );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    machine_check_exit( WHvRunVpExitReasonException, CODE, 0 );
    assert_int_equal( machine.exit.VpException.ExceptionType, VECTOR_UD );
    assert_memory_equal( machine.exit.VpException.InstructionBytes, "\x0f\x01\xc1", 3 );

    /* what else the kernel may say, and does not do behind the client's back */
    queue_call( KVM_EXIT_XEN_HCALL + 1 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnsupportedFeature );
    machine_regs()->rax = 0x5678;
    queue_halt();
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.entered.rax, 0x5678 );
    assert_int_equal( machine.entered.rip, CODE );
}

/* The MSR that comes with it is none for guests; a client that asks for hypercalls has plain entries. */
static void test_setup( void **state )
{
    (void)state;
    assert_true( msr_is_hidden( host, &machine.partition->props, MSR_XEN_PAGE ) );
    want_calls();
    assert_int_equal( machine.partition->props.watched, 0 );
    assert_int_equal( fake_kvm_count( "kvm_xen_hvm_config" ) > 0, 1 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_exit, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_again, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_undefined, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_setup, setup, teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
