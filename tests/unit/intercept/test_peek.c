/*
 * Unit tests: peeking
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

#include "peek_machine.h"

/* It costs no entry, comes again until RIP is elsewhere, and its default is the table's answer. */
static void test_at_once( void **state )
{
    const WHV_X64_CPUID_ACCESS_CONTEXT *access = &machine.exit.CpuidAccess;
    UINT32 i;

    (void)state;
    PUT( "\x0f\xa2" );
    machine_set_gpr( RAX, 0x1234567800000000 );
    machine_set_gpr( RCX, 0 );
    for (i = 0; i < 2; i++)
    {
        expect_cpuid( CODE, 0 );
        assert_int_equal( access->Rbx, (UINT32)machine_gpr( RBX ) );
        assert_int_equal( access->DefaultResultRbx, 0x756e6547 );
        assert_int_equal( machine.vcpu->entries, 0 );
    }
    machine_regs()->rip += 2;
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .skip = 1, .on_entry = check_stepped,
                                       .on_exit = show_step } );
    machine_code( CODE + 3, "\x0f\xa2", 2 );
    machine_set_gpr( RAX, 1 );
    expect_cpuid( CODE + 3, 1 );
}

/* The guest's flags are its own at each exit. */
static void test_steps( void **state )
{
    UINT32 i;

    (void)state;
    PUT( "\x90\x40\x90\x90\x0f\xa2" );
    for (i = 0; i < 4; i++) queue_step( 1, NULL );
    machine_set_gpr( RAX, 7 );
    expect_cpuid( CODE + 4, 7 );
    assert_int_equal( fake_kvm_count( "kvm_set_guest_debug" ) - debug_calls, 4 );
    assert_false( machine.exit.VpContext.Rflags & RFLAGS_TF );

    /* no list, but none of these is it */
    PUT( "\x0f\x31\x0f\x01\xc1\xf0\x0f\xa2\xf4" );
    queue_step( 2, NULL );
    queue_step( 3, NULL );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = check_stepped } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );
    assert_false( view_regs( machine.vp )->rflags & RFLAGS_TF );

    /* the bit is cleared: KVM steps no longer */
    want( 0 );
    PUT( "\x0f\xa2\xf4" );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 3, .on_entry = check_free } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
}

/* An interrupted step is begun again. */
static void test_interrupted( void **state )
{
    (void)state;
    PUT( "\x90\x0f\xa2" );
    machine_queue( (struct fake_exit){ .error = -EINTR, .on_entry = check_stepped } );
    queue_step( 1, NULL );
    machine_set_gpr( RAX, 7 );
    expect_cpuid( CODE + 1, 7 );
    assert_false( view_regs( machine.vp )->rflags & RFLAGS_TF );

    PUT( "\x90\x0f\xa2" );
    machine_queue( (struct fake_exit){ .error = -EBADF } );
    assert_true( FAILED(vp_run( machine.handle, 0, &machine.exit, sizeof(machine.exit) )) );
    assert_false( view_regs( machine.vp )->rflags & RFLAGS_TF );
}

static void push_flags( struct fake_vcpu *vcpu )
{
    vcpu->regs.rsp -= 8;
    store64( machine.memory + vcpu->regs.rsp, vcpu->regs.rflags );
}

static void pop_flags( struct fake_vcpu *vcpu )
{
    vcpu->regs.rflags = load64( machine.memory + vcpu->regs.rsp );
    vcpu->regs.rsp += 8;
}

/* What the guest pushes and pops is its own TF. */
static void test_flags( void **state )
{
    (void)state;
    PUT( "\x9c\x0f\xa2" );
    queue_step( 1, push_flags );
    machine_set_gpr( RAX, 7 );
    expect_cpuid( CODE + 1, 7 );
    assert_int_equal( load64( machine.memory + STACK - 8 ), machine.exit.VpContext.Rflags );
    assert_false( machine.exit.VpContext.Rflags & RFLAGS_TF );

    /* popf with it: the trap behind the next instruction is the guest's */
    PUT( "\x9d\x90\x90" );
    store64( machine.memory + STACK - 8, RFLAGS_TF | 2 );
    queue_step( 1, pop_flags );
    queue_step( 1, NULL );
    set_breakpoints( 0 );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = machine_note_entry } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );
    assert_int_equal( machine.entered.rip, CODE + 2 );
    assert_true( machine.entered.rflags & RFLAGS_TF );
    assert_true( machine.entered_events.exception.injected );
    assert_int_equal( machine.entered_events.exception.nr, VECTOR_DB );
}

/* Real mode: INT n and interrupts are in their handlers at once. */
static void test_real_mode( void **state )
{
    static const struct { const char *code; UINT32 size, vector, length; BOOL event; } cases[] =
    {
        { "\xcd\x21", 2, 0x21, 2, 0 }, { "\xcd\x80", 2, 0x80, 2, 0 }, { "\xcc", 1, 3, 1, 0 }, { "\xce", 1, 4, 1, 0 },
        { "\x90", 1, 8, 0, 1 },
    };
    struct kvm_vcpu_events *events;
    UINT32 i;

    (void)state;
    /* that of #DE is no bit of INT 80h's */
    want( CPUID_EXIT | EXCEPTION_EXIT );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExceptionExitBitmap, 1 ), S_OK );
    for (i = 0; i < ARRAY_SIZE(cases); i++)
    {
        machine_mode( INSN_MODE_16 );
        put( cases[i].code, cases[i].size );
        machine_code( HANDLER, "\x0f\xa2", 2 );
        view_edit_sregs( machine.vp )->idt.base = 0;
        view_edit_sregs( machine.vp )->idt.limit = 0x3ff;
        store32( machine.memory + cases[i].vector * 4, HANDLER / 16 << 16 );
        machine_regs()->rflags = RFLAGS_IF | RFLAGS_OF | RFLAGS_AC | 2;
        machine_set_gpr( RAX, 7 );
        if (cases[i].event)
        {
            events = view_edit_events( machine.vp );
            events->interrupt.injected = 1;
            events->interrupt.nr = cases[i].vector;
        }
        assert_int_equal( machine_run(), WHvRunVpExitReasonX64Cpuid );
        assert_int_equal( machine.exit.VpContext.Rip, 0 );
        assert_int_equal( machine.exit.VpContext.Cs.Base, HANDLER );
        assert_int_equal( machine.exit.VpContext.Rflags, RFLAGS_OF | 2 );
        assert_int_equal( machine_gpr( RSP ), STACK - 6 );
        assert_int_equal( load16( machine.memory + STACK - 6 ), CODE + cases[i].length );
        assert_int_equal( load16( machine.memory + STACK - 2 ), RFLAGS_IF | RFLAGS_OF | 2 );
        assert_false( view_events( machine.vp )->interrupt.injected );
        assert_int_equal( machine.vcpu->entries, 0 );
    }
    /* a handler that leads to itself: each entry is one of a bounded number */
    machine_code( HANDLER, "\xcd\x21", 2 );
    put( "\xcd\x21", 2 );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );
}

/* Elsewhere a breakpoint stands at the handler, and the pushed flags are the guest's. */
static void test_handlers( void **state )
{
    struct kvm_vcpu_events *events;
    UINT32 i;

    (void)state;
    set_breakpoints( 1 );
    view_edit_sregs( machine.vp )->idt.base = IDT;
    view_edit_sregs( machine.vp )->idt.limit = 0xfff;
    store64( machine.memory + IDT + 0x21 * 16, 0x00008e0000080000ull | HANDLER );
    store64( machine.memory + IDT + 0x21 * 16 + 8, 0 );
    machine_code( HANDLER, "\x0f\xa2", 2 );
    for (i = 0; i < 2; i++)
    {
        PUT( "\xcd\x21" );
        machine_set_gpr( RAX, 7 );
        if (i)
        {
            PUT( "\x90" );
            events = view_edit_events( machine.vp );
            events->interrupt.injected = 1;
            events->interrupt.nr = 0x21;
        }
        queue_stop( HANDLER );
        expect_cpuid( HANDLER, 7 );
    }
    /* nothing is there: stepped, for want of something better */
    PUT( "\xcd\x22" );
    queue_step( 2, NULL );
    machine_code( CODE + 2, "\x0f\xa2", 2 );
    expect_cpuid( CODE + 2, 7 );

    /* the guest's own breakpoints stay in force */
    PUT( "\xcd\x21\x0f\xa2" );
    machine_set( 0, WHvX64RegisterDr7, 0x401 );
    queue_step( 2, NULL );
    expect_cpuid( CODE + 2, 7 );
    machine_set( 0, WHvX64RegisterDr7, 0x400 );

    /* a string is one step */
    PUT( "\xf3\xa4\x0f\xa2" );
    queue_stop( CODE + 2 );
    expect_cpuid( CODE + 2, 7 );
    set_breakpoints( 0 );
    PUT( "\xf3\xa4\x0f\xa2" );
    queue_step( 0, NULL );
    queue_step( 2, NULL );
    expect_cpuid( CODE + 2, 7 );
}

/* What KVM owes it completes from registers of its own, and stops behind it. */
static void check_owed( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    assert_false( vcpu->loaded & KVM_SYNC_X86_REGS );
    assert_true( vcpu->debug.control & KVM_GUESTDBG_SINGLESTEP );
    assert_int_equal( vcpu->regs.rip, CODE + 1 );
    assert_int_equal( vcpu->regs.rax & 0xff, 0x5a );
}

static void hide( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->regs.rflags &= ~RFLAGS_TF;
}

static void test_owed( void **state )
{
    struct fake_exit in = FAKE_FAST_IN( 0x70, 1, 1 );

    (void)state;
    in.on_exit = hide;
    PUT( "\xec\x9c\x0f\xa2" );
    store64( machine.memory + STACK, ~0ull );
    machine_queue( in );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64IoPortAccess );
    assert_false( machine.exit.VpContext.Rflags & RFLAGS_TF );
    view_set_reg( machine.vp, regs_place( RAX ), (view_regs( machine.vp )->rax & ~0xffull) | 0x5a );
    view_set_reg( machine.vp, REGS_RIP, CODE + 1 );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .on_entry = check_owed, .on_exit = show_step } );
    queue_step( 1, push_flags );
    expect_cpuid( CODE + 2, (UINT32)machine_gpr( RAX ) );
    /* the step behind the IN was no PUSHF */
    assert_true( load64( machine.memory + STACK ) == ~0ull );
}

/* HLT is left alone, for some KVMs step over it without a word; a shadow's window waits for the next instruction. */
static void check_no_window( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    check_stepped( vcpu, exit );
    assert_false( vcpu->run->request_interrupt_window );
}

static void check_window( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    check_stepped( vcpu, exit );
    assert_true( vcpu->run->request_interrupt_window );
}

static void end_shadow( struct fake_vcpu *vcpu )
{
    vcpu->events.interrupt.shadow = 0;
}

static void test_halt_and_shadow( void **state )
{
    (void)state;
    PUT( "\x90\xf4" );
    queue_step( 1, NULL );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = check_free } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );

    PUT( "\x90\x90\x0f\xa2" );
    machine_set( 0, WHvX64RegisterDeliverabilityNotifications, 2 );
    view_edit_events( machine.vp )->interrupt.shadow = 1;
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .skip = 1, .on_entry = check_no_window,
                                       .on_exit = show_step, .arg = end_shadow } );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .skip = 1, .on_entry = check_window,
                                       .on_exit = show_step } );
    machine_set_gpr( RAX, 7 );
    expect_cpuid( CODE + 2, 7 );
}

static void test_others( void **state )
{
    static const struct { const char *code; UINT32 size; UINT64 exits; UINT32 reason; } cases[] =
    {
        { "\x0f\x31", 2, RDTSC_EXIT, WHvRunVpExitReasonX64Rdtsc },
        { "\x0f\x01\xc1", 3, HYPERCALL_EXIT, WHvRunVpExitReasonHypercall },
        { "\x0f\x01\xd9", 3, HYPERCALL_EXIT, WHvRunVpExitReasonHypercall },
    };
    struct host *host = (struct host *)machine.partition->host;
    UINT32 i, mode, vendor = host->vendor;

    (void)state;
    for (mode = 0; mode < 3; mode++)
        for (i = 0; i < ARRAY_SIZE(cases); i++)
        {
            machine_mode( mode == 0 ? INSN_MODE_16 : mode == 1 ? INSN_MODE_32 : INSN_MODE_64 );
            host->vendor = i == 2 ? WHvProcessorVendorAmd : WHvProcessorVendorIntel;
            want( cases[i].exits );
            put( cases[i].code, cases[i].size );
            machine_set_gpr( RDI, 0x1234 );
            assert_int_equal( machine_run(), cases[i].reason );
            machine_check_exit( cases[i].reason, CODE, cases[i].size );
            if (cases[i].reason == WHvRunVpExitReasonHypercall)
            {
                assert_int_equal( machine.exit.Hypercall.Rdi, 0x1234 );
                assert_int_equal( machine.exit.Hypercall.Rsi, machine_gpr( RSI ) );
            }
        }
    /* the other vendor's is left to the processor */
    for (i = 1; i < ARRAY_SIZE(cases); i++)
    {
        host->vendor = i == 1 ? WHvProcessorVendorHygon : WHvProcessorVendorIntel;
        want( HYPERCALL_EXIT );
        put( cases[i].code, cases[i].size );
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = check_stepped } );
        assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );
    }
    host->vendor = vendor;
    /* where the guest's CR4 makes a fault of it, it is that */
    want( RDTSC_EXIT );
    PUT( "\x0f\x31" );
    view_edit_sregs( machine.vp )->cr4 |= CR4_TSD;
    view_edit_sregs( machine.vp )->cs.dpl = view_edit_sregs( machine.vp )->ss.dpl = 3;
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = check_stepped } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_at_once, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_steps, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_interrupted, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_flags, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_real_mode, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_handlers, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_owed, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_halt_and_shadow, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_others, setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
