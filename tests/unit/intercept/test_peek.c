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


#include <errno.h>

#include "host/array.h"
#include "host/bytes.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "intercept/peek.h"
#include "machine.h"
#include "run/partition_life.h"
#include "run/run.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define CPUID_EXIT      0x01
#define RDTSC_EXIT      0x08
#define HYPERCALL_EXIT  0x20

#define HANDLER         0x2000
#define IDT             0x4000

static UINT8 code[16];
static UINT32 debug_calls;

static void want( UINT64 exits )
{
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, exits ), S_OK );
}

static int setup( void **state )
{
    if (machine_setup( state )) return -1;
    want( CPUID_EXIT );
    debug_calls = fake_kvm_count( "kvm_set_guest_debug" );
    return 0;
}

static void set_breakpoints( BOOL work )
{
    ((struct host *)machine.partition->host)->breakpoints = work;
}

#define PUT( bytes ) put( bytes, sizeof(bytes) - 1 )
static void put( const char *bytes, UINT32 count )
{
    memset( code, 0x90, sizeof(code) );
    memcpy( code, bytes, count );
    machine_code( CODE, code, sizeof(code) );
    machine_regs()->rip = CODE;
}

/* ---- a processor that is stepped ---- */

static void check_stepped( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    assert_true( vcpu->regs.rflags & RFLAGS_TF );
    assert_true( vcpu->debug.control & KVM_GUESTDBG_SINGLESTEP );
}

static void show_step( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    void (*more)( struct fake_vcpu *vcpu ) = exit->arg;

    if (more) more( vcpu );
    vcpu->run->debug.arch.exception = 1;
    vcpu->run->debug.arch.pc = vcpu->regs.rip;
    vcpu->run->debug.arch.dr6 = 0xffff0ff0 | DR6_BS;
    vcpu->run->debug.arch.dr7 = 0x400;
    vcpu->regs.rflags &= ~RFLAGS_TF;            /* KVM hides it */
}

static void queue_step( UINT32 length, void (*more)( struct fake_vcpu *vcpu ) )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .skip = length, .on_entry = check_stepped,
                                       .on_exit = show_step, .arg = more } );
}

/* The breakpoint in DR0, which no step goes with. */
static void check_stop( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    assert_false( vcpu->regs.rflags & RFLAGS_TF );
    assert_int_equal( vcpu->debug.control, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP );
    assert_int_equal( vcpu->debug.arch.debugreg[7] & 0xf0003, 1 );
    exit->value = vcpu->debug.arch.debugreg[0];
    if (exit->address) assert_int_equal( exit->value, exit->address );
}

static void show_stop( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->regs.rip = exit->value;
    memset( &vcpu->events.interrupt, 0, sizeof(vcpu->events.interrupt) );
    vcpu->run->debug.arch.exception = 1;
    vcpu->run->debug.arch.dr6 = 0xffff0ff0 | 1;
}

static void queue_stop( UINT64 at )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .address = at, .on_entry = check_stop,
                                       .on_exit = show_stop } );
}

static void check_free( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    assert_false( vcpu->regs.rflags & RFLAGS_TF );
    assert_false( vcpu->debug.control & KVM_GUESTDBG_SINGLESTEP );
}

static void check_cpuid( UINT64 rip, UINT32 leaf )
{
    machine_check_exit( WHvRunVpExitReasonX64Cpuid, rip, 2 );
    assert_int_equal( machine.exit.CpuidAccess.Rax, leaf );
    assert_int_equal( fake_kvm_left( machine.vcpu ), 0 );
}

static void expect_cpuid( UINT64 rip, UINT32 leaf )
{
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Cpuid );
    check_cpuid( rip, leaf );
}

/* ---- tests ---- */

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
        { "\xcd\x21", 2, 0x21, 2, 0 }, { "\xcc", 1, 3, 1, 0 }, { "\xce", 1, 4, 1, 0 }, { "\x90", 1, 8, 0, 1 },
    };
    struct kvm_vcpu_events *events;
    UINT32 i;

    (void)state;
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

/* A guest that executes none is let go, with breakpoints where there were some. */
static void test_budget( void **state )
{
    struct vp_peek *peek = &machine.vp->arch.intercept.peek;

    (void)state;
    set_breakpoints( 1 );
    assert_int_equal( peek->budget, PEEK_BUDGET );
    PUT( "\x0f\xa2" );
    machine_set_gpr( RAX, 7 );
    expect_cpuid( CODE, 7 );
    PUT( "\x0f\xa2\x90\x90\x90" );
    machine_regs()->rip = CODE + 2;
    peek->budget = 2;
    queue_step( 1, NULL );
    queue_step( 1, NULL );
    queue_stop( CODE );
    expect_cpuid( CODE, 7 );
    assert_in_range( peek->budget, 1, PEEK_BUDGET / 2 );
    /* where it stands is stepped over, if it does not exit */
    PUT( "\x0f\xa2\x0f\xa2" );
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, &(UINT32){ 3 }, 4 ),
                      S_OK );
    assert_true( machine.partition->props.cpuid_at_run );
    peek->budget = 0;
    peek->sites[0] = CODE;
    peek->site_count = 1;
    queue_step( 2, NULL );
    queue_stop( CODE );
    queue_step( 2, NULL );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );
    set_breakpoints( 0 );
}

/* The list and the bit: set again, changed, and changed when a vp has run. */
static void test_lists( void **state )
{
    static const UINT32 list[] = { 3, 5 };
    UINT32 i;

    (void)state;
    PUT( "\xf4" );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1 } );
    want( 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    for (i = 0; i < 2; i++)
    {
        assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, list, 8 ),
                          S_OK );
        want( CPUID_EXIT );
        PUT( "\x0f\xa2\x0f\xa2" );
        machine_set_gpr( RAX, 7 );
        queue_step( 2, NULL );
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN, .on_entry = check_stepped } );
        assert_int_equal( machine_run(), WHvRunVpExitReasonUnrecoverableException );
        PUT( "\x0f\xa2" );
        machine_set_gpr( RAX, 5 );
        expect_cpuid( CODE, 5 );
    }
}

/* A list that is set before the first entry, and the same again behind it: the answers are those before the entry. */
static void test_list_in_time( void **state )
{
    static const UINT32 list[] = { 3, 5 };

    (void)state;
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, list, 4 ), S_OK );
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, list, 8 ), S_OK );
    PUT( "\x90\x0f\xa2" );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Cpuid );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Cpuid );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = check_free } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, list, 8 ), S_OK );
    assert_false( machine.partition->props.watched );
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeCpuidExitList, list, 4 ), S_OK );
    assert_true( machine.partition->props.watched );
}

static void test_others( void **state )
{
    static const struct { const char *code; UINT32 size; UINT64 exits; UINT32 reason; } cases[] =
    {
        { "\x0f\x31", 2, RDTSC_EXIT, WHvRunVpExitReasonX64Rdtsc },
        { "\x0f\x01\xc1", 3, HYPERCALL_EXIT, WHvRunVpExitReasonHypercall },
        { "\x0f\x01\xd9", 3, HYPERCALL_EXIT, WHvRunVpExitReasonHypercall },
    };
    UINT32 i, mode;

    (void)state;
    for (mode = 0; mode < 3; mode++)
        for (i = 0; i < ARRAY_SIZE(cases); i++)
        {
            machine_mode( mode == 0 ? INSN_MODE_16 : mode == 1 ? INSN_MODE_32 : INSN_MODE_64 );
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
        cmocka_unit_test_setup_teardown( test_budget, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_lists, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_list_in_time, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_others, setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
