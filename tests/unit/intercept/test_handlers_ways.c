/*
 * Ways into the guest's handlers
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

#include "handlers_machine.h"

static void kick( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    struct fake_exit event = { .address = VECTOR_UD, .size = 1 };

    (void)exit;
    deliver( vcpu, &event );
    /* not yet noticed */
    vcpu->regs.rip = handler( VECTOR_UD );
}

/* A kick takes the vp out of the guest between the delivery and the breakpoint: whose event it was is known still. */
static void test_kick( void **state )
{
    WHV_REGISTER_NAME name = WHvRegisterPendingEvent;
    WHV_REGISTER_VALUE value = { .Reg64 = 0 };

    (void)state;
    want( 1 << VECTOR_UD );
    value.ExceptionEvent.EventPending = 1;
    value.ExceptionEvent.Vector = VECTOR_UD;
    assert_int_equal( regs_set( machine.vp, &name, 1, &value ), S_OK );
    machine_queue( (struct fake_exit){ .error = -EINTR, .on_entry = kick } );
    queue_go_on();
    queue_go_on();
    check_handler_runs( VECTOR_UD );

    start( KIND_LONG );
    machine_queue( (struct fake_exit){ .error = -EINTR, .on_entry = kick } );
    queue_go_on();
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( machine.exit.VpContext.Rip, CODE );
}

/* Ways into a handler that are no exceptions. */
static void test_others( void **state )
{
    static const UINT8 int0[] = { 0xcd, 0x00, 0xf7, 0xf3 }, int6[] = { 0xcd, VECTOR_UD, 0x90 };
    static const UINT8 int14[] = { 0xcd, VECTOR_PF, 0x90 };
    UINT32 k;

    (void)state;
    for (k = 0; k < ARRAY_SIZE(kinds); k++)
    {
        start( &kinds[k] );
        want( 1 << VECTOR_UD | 1 << VECTOR_PF | 1 << VECTOR_DE );
        machine_code( CODE, int6, sizeof(int6) );
        queue_interrupt( VECTOR_UD, 2 );
        queue_go_on();
        check_handler_runs( VECTOR_UD );

        start( &kinds[k] );
        machine_code( CODE, int14, sizeof(int14) );
        queue_interrupt( VECTOR_PF, 2 );
        if (breakpoints( machine.vcpu, handler( VECTOR_PF ) )) queue_go_on();
        check_handler_runs( VECTOR_PF );

        /* a jump, with something on the stack; RF is not set again once the handler has begun */
        start( &kinds[k] );
        if (kind->cpl) continue;
        memset( machine.memory + STACK, 0x5a, 64 );
        machine_regs()->rip = handler( VECTOR_UD ) - 1;
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_exit = go_on } );
        queue_go_on();
        check_handler_runs( VECTOR_UD );
    }
    /* what divides behind INT 0 is an exception where nothing else is known, as in real mode */
    start( KIND_LONG );
    machine_code( CODE, int0, sizeof(int0) );
    machine_regs()->rip = CODE + 2;
    queue_exception( VECTOR_DE, 0, 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
}

static void test_into( void **state )
{
    (void)state;
    start( KIND_PROTECTED );
    want( 1 << VECTOR_OF );
    machine_code( CODE, "\xce\x90", 2 );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .address = VECTOR_OF, .skip = 1, .on_exit = deliver } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    machine_check_exit( WHvRunVpExitReasonException, CODE, 1 );
    assert_int_equal( machine.exit.VpException.ExceptionInfo.SoftwareException, 1 );
    /* INT 4 is not INTO */
    machine_code( CODE, "\xcd\x04\x90", 3 );
    queue_interrupt( VECTOR_OF, 2 );
    queue_go_on();
    check_handler_runs( VECTOR_OF );
}

/* One handler for all: which it was the instruction tells, and the error code's place. */
static void test_shared( void **state )
{
    static const struct { UINT8 vector; char code[4]; UINT32 cr2; } rows[] =
    {
        { VECTOR_DE, "\xf7\xf3", 0 }, { VECTOR_UD, "\x0f\x0b", 0 }, { VECTOR_GP, "\xf4", 0 },
    };
    UINT32 i, k;

    (void)state;
    for (k = 0; k < ARRAY_SIZE(kinds) - 1; k++)
    {
        for (i = 0; i < ARRAY_SIZE(rows); i++)
        {
            UINT32 v;

            start( &kinds[k] );
            want( 1 << VECTOR_DE | 1 << VECTOR_UD | 1 << VECTOR_GP );
            for (v = 0; v < 64; v++) put_gate( v, handler( 0 ) );
            machine_code( CODE, rows[i].code, 3 );
            queue_exception( rows[i].vector, 0, 0 );
            if (machine_run() != WHvRunVpExitReasonException)
                fail_msg( "%s, vector %u: exit %#x", kind->name, rows[i].vector, machine.exit.ExitReason );
            if (machine.exit.VpException.ExceptionType != rows[i].vector)
                fail_msg( "%s: vector %u for %u", kind->name, machine.exit.VpException.ExceptionType, rows[i].vector );
        }
        /* an interrupt is nobody's exception */
        queue_interrupt( 0x30, 0 );
        queue_go_on();
        check_handler_runs( 0 );
    }
}

/* A client that brings its guest to the handler by itself wants it to run. */
static void test_client_goes( void **state )
{
    (void)state;
    want( 1 << VECTOR_UD );
    queue_exception( VECTOR_UD, 0, 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    machine_regs()->rsp -= 40;
    machine_regs()->rip = handler( VECTOR_UD );
    queue_go_on();
    check_handler_runs( VECTOR_UD );
}

static void ignore_rf( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->regs.rflags &= ~RFLAGS_RF;
    arrive( vcpu );
}

static void step( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    assert_true( vcpu->debug.control & KVM_GUESTDBG_SINGLESTEP );
    assert_int_equal( breakpoints( vcpu, vcpu->regs.rip ), 0 );
    vcpu->regs.rip++;
    vcpu->run->debug.arch.exception = VECTOR_DB;
    vcpu->run->debug.arch.dr6 = 0xffff0ff0 | DR6_BS;
}

/* KVM's emulator does not know RF: the breakpoint is left out, for one step. */
static void test_over( void **state )
{
    (void)state;
    want( 1 << VECTOR_UD );
    machine_regs()->rip = handler( VECTOR_UD ) - 1;
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_exit = go_on } );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_exit = ignore_rf } );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .on_exit = step } );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT } );
    check_handler_runs( VECTOR_UD );
    assert_true( breakpoints( machine.vcpu, handler( VECTOR_UD ) ) );
    assert_false( machine.vcpu->debug.control & KVM_GUESTDBG_SINGLESTEP );
}

static void refuse( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->run->internal.suberror = KVM_INTERNAL_ERROR_EMULATION;
    vcpu->run->internal.ndata = 0;
}

/* Exceptions of instructions that KVM leaves to us: no breakpoint shows them. */
static void test_raised( void **state )
{
    const WHV_VP_EXCEPTION_CONTEXT *exception = &machine.exit.VpException;
    struct fake_exit refused = { .reason = KVM_EXIT_INTERNAL_ERROR, .on_exit = refuse };

    (void)state;
    want( 1 << VECTOR_UD | 1 << VECTOR_PF );
    machine_queue( refused );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    machine_check_exit( WHvRunVpExitReasonException, CODE, 0 );
    assert_int_equal( exception->ExceptionType, VECTOR_UD );
    assert_int_equal( machine_get( 0, WHvRegisterPendingInterruption ), 0 );

    machine_code( CODE, "\x48\x0f\xc7\x0b", 4 );       /* cmpxchg16b [rbx] */
    machine_set_gpr( RBX, 0x400000 );
    machine_queue( refused );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    machine_check_exit( WHvRunVpExitReasonException, CODE, 0 );
    assert_int_equal( exception->ExceptionType, VECTOR_PF );
    assert_int_equal( exception->ErrorCode, 2 );
    assert_int_equal( exception->ExceptionParameter, 0x400000 );
    assert_int_equal( machine_get( 0, WHvX64RegisterCr2 ), SAVED_CR2 );

    /* the guest's own */
    want( 1 << VECTOR_UD );
    machine_queue( refused );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_entry = machine_note_entry } );
    assert_int_equal( machine.entered_events.exception.nr, VECTOR_PF );
    assert_int_equal( machine_get( 0, WHvX64RegisterCr2 ), 0x400000 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_kick, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_others, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_into, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_shared, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_client_goes, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_over, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_raised, setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
