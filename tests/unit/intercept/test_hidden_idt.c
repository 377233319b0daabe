/*
 * The hidden IDT
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

#include "hidden_machine.h"
#include "host/array.h"
#include "host/bytes.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "machine.h"
#include "memory/gpa_map.h"
#include "run/partition_life.h"
#include "run/run.h"
#include "run/vp_life.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* Every exception, at the instruction, with nothing of ours in the client's registers; and the next entry. */
static void test_exceptions( void **state )
{
    const WHV_VP_EXCEPTION_CONTEXT *exception = &machine.exit.VpException;
    struct kvm_sregs before = *view_sregs( machine.vp );
    struct kvm_regs regs = *view_regs( machine.vp );
    UINT32 vector, error_code;

    (void)state;
    machine_code( CODE, "\x0f\x0b", 2 );
    for (vector = 0; vector < 20; vector++)
    {
        /* INTO is none of 64-bit code's */
        if (!(ALL_VECTORS >> vector & 1) || vector == 1 || vector == VECTOR_BP || vector == VECTOR_OF) continue;
        error_code = vector == VECTOR_PF ? 6 : 0x1230;
        queue_exception( vector, error_code, 0x12345 );
        assert_int_equal( machine_run(), WHvRunVpExitReasonException );
        machine_check_exit( WHvRunVpExitReasonException, RIP, 0 );
        assert_true( is_masked() );
        assert_int_equal( exception->ExceptionType, vector );
        assert_int_equal( exception->ExceptionInfo.ErrorCodeValid, 0x60227d00u >> vector & 1 );
        assert_int_equal( exception->ErrorCode, exception->ExceptionInfo.ErrorCodeValid ? error_code : 0 );
        assert_int_equal( exception->ExceptionParameter, vector == VECTOR_PF ? 0x12345 : 0 );
        assert_memory_equal( exception->InstructionBytes, "\x0f\x0b", 2 );
        assert_memory_equal( view_regs( machine.vp ), &regs, sizeof(regs) );
        assert_memory_equal( view_sregs( machine.vp ), &before, sizeof(before) );
    }
    /* other exits are none of ours */
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_HLT } );
    assert_true( is_masked() );
    assert_memory_equal( view_sregs( machine.vp ), &before, sizeof(before) );
    /* nobody asks any more */
    want( 0 );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_HLT } );
    assert_memory_equal( &machine.vcpu->sregs, &before, sizeof(before) );
}

/* KVM itself has #DB and #BP, but for one that executes in software. */
static void test_own( void **state )
{
    (void)state;
    want( 1 << 1 | 1 << 3 );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_HLT } );
    assert_false( is_masked() );
}

/* Guests that it is not for: ring 0, a table that can be used, no long mode, something on its way. */
static void test_not_for( void **state )
{
    UINT32 i;

    (void)state;
    for (i = 0; i < 6; i++)
    {
        struct kvm_sregs *sregs = view_edit_sregs( machine.vp );

        enter_ring3();
        if (i == 0) sregs->ss.dpl = 0;
        if (i == 1)
        {
            sregs->cr4 |= CR4_LA57;
            sregs->efer = 0x500;
        }
        if (i == 2)
        {
            /* one gate of all is enough */
            machine_page( PAGED + 0x1000, 0x7000 );
            machine.memory[0x7000 + 13 * 16 + 5] = 0x8e;
            sregs->idt.base = PAGED + 0x1000;
            sregs->idt.limit = 0xfff;
        }
        if (i == 3) sregs->efer = 0;
        if (i == 4) machine_set( 0, WHvRegisterPendingInterruption, 0x300d0001 & 0xffff );
        if (i == 5) memset( machine.memory + TABLES, 1, 0x1000 );       /* each entry leads somewhere */
        machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_HLT } );
        if (is_masked()) fail_msg( "%u", i );
        if (i == 2) machine.memory[0x7000 + 13 * 16 + 5] = 0;
        if (i == 4) machine_set( 0, WHvRegisterPendingInterruption, 0 );
    }
}

static void test_unwanted( void **state )
{
    const WHV_VP_EXCEPTION_CONTEXT *exception = &machine.exit.VpException;

    (void)state;
    want( 1 << VECTOR_PF );
    queue_exception( VECTOR_UD, 0, 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );
    machine_check_exit( WHvRunVpExitReasonUnrecoverableException, RIP, 0 );

    want( 1 << VECTOR_GP | 1 << VECTOR_PF );
    queue_exception( VECTOR_UD, 0, 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( exception->ExceptionType, VECTOR_GP );
    assert_int_equal( exception->ErrorCode, VECTOR_UD * 8 + 3 );

    /* a table that is not there at all, within its limit */
    view_edit_sregs( machine.vp )->idt.limit = 0xfff;
    view_edit_sregs( machine.vp )->idt.base = 0x123456000;
    queue_exception( VECTOR_UD, 0, 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( exception->ExceptionType, VECTOR_PF );
    assert_int_equal( exception->ErrorCode, 0 );
    assert_int_equal( exception->ExceptionParameter, 0x123456000 + VECTOR_UD * 16 );

    /* a double fault; and what it ends in */
    want( 1 << 8 );
    queue_exception( VECTOR_PF, 4, 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( exception->ExceptionType, 8 );
    want( 1 << 7 );
    queue_exception( VECTOR_GP, 0, 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );

    /* a page fault that leads there has loaded CR2 */
    want( 1 << 7 );
    queue_exception( VECTOR_PF, 4, 0x5678 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );
    assert_int_equal( view_sregs( machine.vp )->cr2, 0x5678 );
}

/* By CR4.TSD, which the client doesn't see; where it is the client's own, the #GP is the guest's. */
static void test_rdtsc( void **state )
{
    UINT32 i;

    (void)state;
    want( 0 );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 8 ), S_OK );
    for (i = 0; i < 2; i++)
    {
        machine_code( CODE, i ? "\x0f\x01\xf9" : "\x0f\x31\x90", 3 );
        queue_exception( VECTOR_GP, 0, 0 );
        assert_int_equal( machine_run(), WHvRunVpExitReasonX64Rdtsc );
        machine_check_exit( WHvRunVpExitReasonX64Rdtsc, RIP, 2 + i );
        assert_int_equal( machine.exit.ReadTsc.RdtscInfo.IsRdtscp, i );
        assert_true( machine.vcpu->sregs.cr4 & CR4_TSD );
        assert_false( view_sregs( machine.vp )->cr4 & CR4_TSD );
    }
    /* another #GP; the client's own flag; nobody asks */
    machine_code( CODE, "\xf4", 1 );
    queue_exception( VECTOR_GP, 0, 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );
    machine_code( CODE, "\x0f\x31", 2 );
    view_edit_sregs( machine.vp )->cr4 |= CR4_TSD;
    queue_exception( VECTOR_GP, 0, 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );
    assert_true( view_sregs( machine.vp )->cr4 & CR4_TSD );
    view_edit_sregs( machine.vp )->cr4 &= ~CR4_TSD;
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 0 ), S_OK );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_HLT } );
    assert_false( machine.vcpu->sregs.cr4 & CR4_TSD );
}

/* NMIs and interrupts are the guest's. */
static void test_interrupt( void **state )
{
    UINT32 i;

    (void)state;
    for (i = 0; i < 2; i++)
    {
        queue_exception( i ? 0x41 : VECTOR_NMI, 0, 0 );
        machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = machine_note_entry } );
        assert_false( is_masked() );
        assert_int_equal( machine.entered.rip, RIP );
        assert_int_equal( i ? machine.entered_events.interrupt.nr : machine.entered_events.nmi.injected, i ? 0x41 : 1 );
        machine_set( 0, WHvRegisterPendingInterruption, 0 );
    }
}

/* An exit on the way to us leaves the exception with KVM: it is not the guest's, and comes again. */
static void leave_pending( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->events.exception.injected = 1;
    vcpu->events.exception.nr = VECTOR_UD;
    vcpu->run->immediate_exit = 0;
}

static void test_interrupted( void **state )
{
    (void)state;
    machine_queue( (struct fake_exit){ .error = -EINTR, .on_entry = leave_pending } );
    queue_exception( VECTOR_UD, 0, 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( machine.vcpu->events.exception.injected, 0 );
    assert_int_equal( machine.exit.VpContext.ExecutionState.InterruptionPending, 0 );
}

/* A kick comes when the exception has been delivered, and our handler has not begun: the client sees nothing of it. */
static void interrupt_handler( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    deliver( vcpu, exit );
    vcpu->run->exit_reason = KVM_EXIT_INTR;
    vcpu->run->immediate_exit = 0;
}

static void queue_interrupted( UINT32 vector, UINT32 error_code, UINT32 cr2 )
{
    machine_queue( (struct fake_exit){ .error = -EINTR, .address = vector, .value = (UINT64)cr2 << 32 | error_code,
                                       .on_entry = interrupt_handler } );
}

static void test_interrupted_at_handler( void **state )
{
    (void)state;
    queue_interrupted( VECTOR_PF, PF_USER, 0x7000 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( machine.exit.VpException.ExceptionType, VECTOR_PF );
    assert_int_equal( machine.exit.VpException.ExceptionParameter, 0x7000 );
    assert_int_equal( machine.exit.VpContext.Rip, RIP );
    assert_int_equal( machine.exit.VpContext.Cs.Selector, 0x1b );
    assert_int_equal( machine_gpr( RSP ), STACK );
    assert_int_equal( machine.exit.VpContext.ExecutionState.InterruptionPending, 0 );

    /* an interrupt is not lost */
    queue_interrupted( 0x41, 0, 0 );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = machine_note_entry } );
    assert_int_equal( machine.entered.rip, RIP );
    assert_true( machine.entered_events.interrupt.injected );
    assert_int_equal( machine.entered_events.interrupt.nr, 0x41 );
    machine_set( 0, WHvRegisterPendingInterruption, 0 );

    /* nor one that ends it all */
    want( 1 );
    queue_interrupted( VECTOR_UD, 0, 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );
    assert_int_equal( machine.exit.VpContext.Rip, RIP );
}

/* The guest has what is ours at its own address; what it would see there it is told. */
static void test_place( void **state )
{
    UINT64 *top = (UINT64 *)(machine.memory + TABLES);

    (void)state;
    /* bits 32 and up of CR2 are copies of its bit 31 here */
    queue_exception( VECTOR_PF, 5, 0x80001000 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( machine.exit.VpException.ErrorCode, 4 );
    top[511] = 7;
    queue_exception( VECTOR_PF, 5, 0x80001000 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( machine.exit.VpException.ErrorCode, 5 );
    assert_int_equal( top[511], 7 );
    assert_int_equal( top[510], 0 );
}

/* What the processor has used the guest's own table is marked in. */
static void test_accessed( void **state )
{
    UINT64 *top = (UINT64 *)(machine.memory + TABLES);
    BOOL user = 0;

    (void)state;
    assert_false( top[0] & 0x20 );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_IO, .address = VECTOR_UD, .size = 1, .write = 1,
                                       .on_exit = deliver, .arg = &user } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_true( user );
    assert_true( top[0] & 0x20 );
}

/* The pages are in nobody's map, and give way. */
static void test_pages( void **state )
{
    UINT64 gpa = machine.vp->arch.hidden.gpa;
    UINT32 slots = 0, i;

    (void)state;
    assert_null( gpa_find( &machine.partition->gpa, gpa ) );
    assert_int_equal( machine_map( machine.memory, gpa, 0x1000, 1 ), S_OK );
    assert_int_not_equal( machine.vp->arch.hidden.gpa, gpa );
    queue_exception( VECTOR_UD, 0, 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    /* one that was there before is not given a second time */
    want( 1 << 6 );
    queue_exception( VECTOR_UD, 0, 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    for (i = 0; i < machine.partition->gpa.max_slots / 64; i++)
        slots += __builtin_popcountll( machine.partition->gpa.used_slots[i] );
    assert_int_equal( slots, 4 );
    assert_int_equal( vp_delete( machine.handle, 0 ), S_OK );
    assert_int_equal( vp_create( machine.handle, 0 ), S_OK );
    enter_ring3();
    queue_exception( VECTOR_UD, 0, 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
}

static void test_failures( void **state )
{
    (void)state;
    want( 0 );
    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
    /* vp 0 has its pages already */
    fake_kvm_fail_function( "kvm_set_memory_region", ENOMEM );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExceptionExitBitmap, 1 << 6 ), E_OUTOFMEMORY );
    assert_int_equal( machine.partition->props.exception_exits, 0 );
    fake_kvm_fail_function( "kvm_set_memory_region", 0 );
    want( 1 << 6 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_exceptions, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_own, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_not_for, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_unwanted, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_rdtsc, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_interrupt, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_interrupted, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_interrupted_at_handler, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_place, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_accessed, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_pages, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_failures, setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
