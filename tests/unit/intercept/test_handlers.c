/*
 * Breakpoints at the guest's own handlers
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

static void test_exceptions( void **state )
{
    static const struct { UINT8 vector; UINT32 error_code; UINT64 cr2; char code[4]; } rows[] =
    {
        { VECTOR_PF, 2, 0x9000, "\x90" }, { VECTOR_GP, 0x18, 0, "\xf4" }, { VECTOR_UD, 0, 0, "\x0f\x0b" },
        { VECTOR_DE, 0, 0, "\xf7\xf3" }, { VECTOR_SS, 0, 0, "\x90" }, { VECTOR_NM, 0, 0, "\xd9\xee" },
        { VECTOR_MF, 0, 0, "\x9b" }, { VECTOR_BR, 0, 0, "\x62\x07" },
    };
    const WHV_VP_EXCEPTION_CONTEXT *exception = &machine.exit.VpException;
    struct kvm_sregs sregs;
    struct kvm_regs regs;
    UINT32 i, k, times;

    (void)state;
    for (k = 0; k < ARRAY_SIZE(kinds); k++)
    {
        for (i = 0; i < ARRAY_SIZE(rows); i++)
        {
            UINT8 vector = rows[i].vector;

            start( &kinds[k] );
            if (kind->mode == INSN_MODE_16 && vector == VECTOR_PF) continue;
            if (kind->mode == INSN_MODE_64 && vector == VECTOR_BR) continue;
            want( 1ull << vector );
            machine_code( CODE, rows[i].code, 3 );
            regs = *view_regs( machine.vp );
            sregs = *view_sregs( machine.vp );
            for (times = 0; times < 2; times++)
            {
                queue_exception( vector, rows[i].error_code, rows[i].cr2 );
                if (machine_run() != WHvRunVpExitReasonException)
                    fail_msg( "%s, vector %u: exit %#x", kind->name, vector, machine.exit.ExitReason );
                machine_check_exit( WHvRunVpExitReasonException, CODE, 0 );
                assert_int_equal( exception->ExceptionType, vector );
                assert_int_equal( exception->ExceptionInfo.ErrorCodeValid, has_error_code( vector ) );
                assert_int_equal( exception->ErrorCode, has_error_code( vector ) ? rows[i].error_code : 0 );
                assert_int_equal( exception->ExceptionParameter, rows[i].cr2 );
                assert_int_equal( exception->ExceptionInfo.SoftwareException, 0 );
                assert_memory_equal( exception->InstructionBytes, rows[i].code, 2 );
                assert_memory_equal( view_regs( machine.vp ), &regs, sizeof(regs) );
                assert_memory_equal( view_sregs( machine.vp ), &sregs, sizeof(sregs) );
            }
        }
    }
    /* nobody asks any more */
    want( 0 );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_HLT } );
    assert_int_equal( machine.vcpu->debug.control, 0 );
}

/* The client gives it to the guest: its handler runs. What comes later is another. */
static void test_inject( void **state )
{
    WHV_REGISTER_NAME name = WHvRegisterPendingEvent;
    WHV_REGISTER_VALUE value = { .Reg64 = 0 };
    UINT32 k;

    (void)state;
    for (k = 0; k < ARRAY_SIZE(kinds); k++)
    {
        start( &kinds[k] );
        want( 1 << VECTOR_UD | 1 << VECTOR_GP );
        queue_exception( VECTOR_UD, 0, 0 );
        assert_int_equal( machine_run(), WHvRunVpExitReasonException );
        value.ExceptionEvent.EventPending = 1;
        value.ExceptionEvent.Vector = VECTOR_UD;
        assert_int_equal( regs_set( machine.vp, &name, 1, &value ), S_OK );
        /* the processor does not note that it was a fault */
        queue_interrupt( VECTOR_UD, 0 );
        queue_go_on();
        check_handler_runs( VECTOR_UD );
        /* another one, in the handler; and a kick on the way to the handler of one that is injected */
        if (kind->ist || kind->cpl) continue;
        machine_regs()->rip = CODE;
        queue_exception( VECTOR_UD, 0, 0 );
        assert_int_equal( machine_run(), WHvRunVpExitReasonException );
        assert_int_equal( machine.exit.VpContext.Rip, CODE );
    }
}

/* As many as there are registers, the most useful ones first. */
static void test_room( void **state )
{
    UINT32 own, i;

    (void)state;
    want( 1 << VECTOR_DE | 1 << VECTOR_UD | 1 << VECTOR_NM | 1 << VECTOR_SS | 1 << VECTOR_GP | 1 << VECTOR_PF );
    for (own = 0; own <= 4; own++)
    {
        static const UINT8 first[] = { VECTOR_PF, VECTOR_GP, VECTOR_UD, VECTOR_DE, VECTOR_SS, VECTOR_NM };

        machine_set( 0, WHvX64RegisterDr0, 0x7000 );
        machine_set( 0, WHvX64RegisterDr1, 0x7010 );
        machine_set( 0, WHvX64RegisterDr2, 0x7020 );
        machine_set( 0, WHvX64RegisterDr3, 0x7030 );
        machine_set( 0, WHvX64RegisterDr7, 0x400 | ((1 << own * 2) - 1) );
        machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_HLT } );
        for (i = 0; i < ARRAY_SIZE(first); i++)
            if (!breakpoints( machine.vcpu, handler( first[i] ) ) != (i >= 4 - own))
                fail_msg( "%u of the guest's own: vector %u", own, first[i] );
        for (i = 0; i < own && own < 4; i++) assert_true( breakpoints( machine.vcpu, 0x7000 + i * 16 ) );
        /* the guest's own are what the client reads */
        assert_int_equal( machine_get( 0, WHvX64RegisterDr7 ), 0x400 | ((1 << own * 2) - 1) );
    }
}

static void hit_own( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->regs.rip = 0x7000;
    vcpu->run->debug.arch.exception = VECTOR_DB;
    vcpu->run->debug.arch.dr6 = 0xffff0ff1;
}

/* The guest's own breakpoints are its own, though they come to us. */
static void test_own( void **state )
{
    (void)state;
    want( 1 << VECTOR_UD );
    machine_set( 0, WHvX64RegisterDr0, 0x7000 );
    machine_set( 0, WHvX64RegisterDr7, 0x401 );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .on_exit = hit_own } );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_entry = machine_note_entry } );
    assert_int_equal( machine.entered_events.exception.injected, 1 );
    assert_int_equal( machine.entered_events.exception.nr, VECTOR_DB );
    assert_int_equal( machine.vcpu->debugregs.dr6 & 0xf, 1 );
}

static void both( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->regs.rip = handler( VECTOR_UD );
    arrive( vcpu );
    assert_int_equal( __builtin_popcount( vcpu->run->debug.arch.dr6 & 0xf ), 2 );
}

/* ... at a handler of ours too. */
static void test_own_handler( void **state )
{
    (void)state;
    want( 1 << VECTOR_UD );
    machine_set( 0, WHvX64RegisterDr2, handler( VECTOR_UD ) );
    machine_set( 0, WHvX64RegisterDr7, 0x420 );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .on_exit = both } );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_entry = machine_note_entry } );
    assert_int_equal( machine.entered_events.exception.injected, 1 );
    assert_int_equal( machine.entered_events.exception.nr, VECTOR_DB );
    assert_int_equal( machine.vcpu->debugregs.dr6 & 0xf, 4 );
}

static void leave_injected( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->events.exception.injected = 1;
    vcpu->events.exception.nr = VECTOR_PF;
    vcpu->events.exception.has_error_code = 1;
    vcpu->events.exception.error_code = 6;
    /* raised a moment ago, or on its way in */
    vcpu->events.exception_has_payload = *(BOOL *)exit->arg;
    vcpu->events.exception_payload = 0x4321;
    if (!*(BOOL *)exit->arg) vcpu->sregs.cr2 = 0x4321;
}

/* KVM comes out in the middle of a delivery: by a kick, or because the stack is nowhere. */
static void test_undelivered( void **state )
{
    static const int errors[] = { -EINTR, -EFAULT, -EINTR };
    BOOL payload;
    UINT32 i;

    (void)state;
    want( 1 << VECTOR_PF );
    for (i = 0; i < ARRAY_SIZE(errors); i++)
    {
        payload = i == 2;
        machine_queue( (struct fake_exit){ .error = errors[i], .on_entry = leave_injected, .arg = &payload } );
        assert_int_equal( machine_run(), WHvRunVpExitReasonException );
        machine_check_exit( WHvRunVpExitReasonException, CODE, 0 );
        assert_int_equal( machine.exit.VpException.ExceptionType, VECTOR_PF );
        assert_int_equal( machine.exit.VpException.ErrorCode, 6 );
        assert_int_equal( machine.exit.VpException.ExceptionParameter, 0x4321 );
        assert_int_equal( view_sregs( machine.vp )->cr2, SAVED_CR2 );
        assert_int_equal( machine_get( 0, WHvRegisterPendingEvent ), 0 );
        machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_entry = machine_note_entry } );
        assert_int_equal( machine.entered_events.exception.injected, 0 );
    }
}

/* Entries without a way in: none is given, and nobody is harmed. */
static void test_tables( void **state )
{
    UINT32 i;

    (void)state;
    want( 1 << VECTOR_UD );
    for (i = 0; i < 6; i++)
    {
        UINT8 *gate = machine.memory + IDT + VECTOR_UD * 16;

        start( KIND_LONG );
        if (i == 0) gate[5] = 0x0e;
        if (i == 1) gate[5] = 0x85;                     /* a task gate */
        if (i == 2) view_edit_sregs( machine.vp )->idt.limit = VECTOR_UD * 16 + 14;
        if (i == 3) view_edit_sregs( machine.vp )->idt.base = DEVICE;
        if (i == 4) view_edit_sregs( machine.vp )->idt.base = ~0ull - 0x20;
        if (i == 5) gate[2] = gate[3] = 0;
        machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_HLT } );
        if (breakpoints( machine.vcpu, handler( VECTOR_UD ) )) fail_msg( "%u", i );
    }
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_exceptions, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_inject, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_room, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_own, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_own_handler, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_undelivered, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_tables, setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
