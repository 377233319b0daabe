/*
 * Exceptions that no processor has raised, in a guest without an interrupt table
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

#include "hidden_machine.h"
#include "host/array.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "machine.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* KVM leaves an instruction to us that is none. */
static void refuse( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->run->internal.suberror = KVM_INTERNAL_ERROR_EMULATION;
    vcpu->run->internal.ndata = 0;
}

/* #UD of our own making: no processor sees it, and what would come of it is followed as if one did. */
static void test_raised( void **state )
{
    static const struct { UINT64 wanted; UINT32 reason, vector, error_code; } rows[] =
    {
        { ALL_VECTORS, WHvRunVpExitReasonException, VECTOR_UD, 0 },
        { 1 << VECTOR_UD, WHvRunVpExitReasonException, VECTOR_UD, 0 },
        { 1 << VECTOR_GP, WHvRunVpExitReasonException, VECTOR_GP, VECTOR_UD * 8 + 3 },
        { 1 << VECTOR_DF, WHvRunVpExitReasonException, VECTOR_DF, 0 },
        { 1 << VECTOR_NM, WHvRunVpExitReasonUnrecoverableException, 0, 0 },
    };
    const WHV_VP_EXCEPTION_CONTEXT *exception = &machine.exit.VpException;
    struct kvm_regs regs = *view_regs( machine.vp );
    UINT32 i;

    (void)state;
    machine_code( CODE, "\x0f\x0b\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90", 15 );
    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        want( rows[i].wanted );
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_INTERNAL_ERROR, .on_exit = refuse } );
        if (machine_run() != rows[i].reason) fail_msg( "row %u: %#x", i, machine.exit.ExitReason );
        machine_check_exit( rows[i].reason, RIP, 0 );
        assert_memory_equal( view_regs( machine.vp ), &regs, sizeof(regs) );
        assert_false( view_events( machine.vp )->exception.injected );
        if (rows[i].reason != WHvRunVpExitReasonException) continue;
        assert_int_equal( exception->ExceptionType, rows[i].vector );
        assert_int_equal( exception->ErrorCode, rows[i].error_code );
        assert_int_equal( exception->ExceptionInfo.ErrorCodeValid, rows[i].vector != VECTOR_UD );
    }
    /* nobody asks: the processor does what it does */
    want( 0 );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_INTERNAL_ERROR, .on_exit = refuse } );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = machine_note_entry } );
    assert_int_equal( machine.entered_events.exception.injected, 1 );
    assert_int_equal( machine.entered_events.exception.nr, VECTOR_UD );
}

/* What the client injects is not shown to it, but what comes of it is. */
static void test_injected( void **state )
{
    const WHV_VP_EXCEPTION_CONTEXT *exception = &machine.exit.VpException;

    (void)state;
    machine_set( 0, WHvRegisterPendingInterruption, 1 | 3 << 1 | VECTOR_UD << 16 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( exception->ExceptionType, VECTOR_GP );
    assert_int_equal( exception->ErrorCode, VECTOR_UD * 8 + 3 );
    machine_check_exit( WHvRunVpExitReasonException, RIP, 0 );
    assert_int_equal( machine_get( 0, WHvRegisterPendingInterruption ), 0 );

    /* #GP leads to a double fault, and that to none */
    machine_set( 0, WHvRegisterPendingInterruption, 1 | 3 << 1 | 1 << 4 | (UINT64)VECTOR_GP << 16 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( exception->ExceptionType, VECTOR_DF );
    machine_set( 0, WHvRegisterPendingInterruption, 1 | 3 << 1 | 1 << 4 | (UINT64)VECTOR_DF << 16 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );
    assert_int_equal( machine.exit.VpContext.ExecutionState.InterruptionPending, 1 );

    /* a gate that leads somewhere, though others don't */
    machine_page( PAGED + 0x1000, 0x7000 );
    machine.memory[0x7000 + VECTOR_UD * 16 + 5] = 0x8e;
    view_edit_sregs( machine.vp )->idt.base = PAGED + 0x1000;
    view_edit_sregs( machine.vp )->idt.limit = 0xfff;
    machine_set( 0, WHvRegisterPendingInterruption, 1 | 3 << 1 | VECTOR_UD << 16 );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_entry = machine_note_entry } );
    assert_int_equal( machine.entered_events.exception.nr, VECTOR_UD );
    assert_false( is_masked() );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_raised, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_injected, setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
