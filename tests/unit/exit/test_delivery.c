/*
 * Tests for events that KVM has not delivered
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

/*
 * An event that can't be delivered, however KVM puts it: an exit MemoryAccess with the state before, and the event is
 * there when the client runs on.
 */

#include <errno.h>

#include "delivery_machine.h"
#include "host/host.h"
#include "run/run.h"

static struct kvm_vcpu_events shown;

static void show_events( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->events = shown;
}

static void show_error( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    show_events( vcpu, exit );
    vcpu->run->internal.suberror = exit->arg ? KVM_INTERNAL_ERROR_DELIVERY_EV : KVM_INTERNAL_ERROR_EMULATION;
    vcpu->run->internal.ndata = 5;
    memset( vcpu->run->internal.data, 0, 5 * sizeof(vcpu->run->internal.data[0]) );
    vcpu->run->internal.data[3] = exit->address ? exit->address : HOLE + 0x123;
}

#define DELIVERY_ERROR { .reason = KVM_EXIT_INTERNAL_ERROR, .on_exit = show_error, .arg = "" }

static void check_exit( int line, UINT32 gpa, UINT32 type, UINT64 pending )
{
    if (machine.exit.ExitReason != WHvRunVpExitReasonMemoryAccess || machine.exit.MemoryAccess.Gpa != gpa ||
        machine.exit.MemoryAccess.AccessInfo.AccessType != type)
        fail_msg( "line %d: exit %#x gpa %#llx", line, machine.exit.ExitReason,
                  (unsigned long long)machine.exit.MemoryAccess.Gpa );
    assert_int_equal( machine.exit.VpContext.Rip, CODE );
    assert_true( machine.exit.VpContext.ExecutionState.InterruptionPending );
    assert_int_equal( machine_get( 0, WHvRegisterPendingInterruption ), pending );
}

#define CHECK_EXIT( gpa, type, pending ) check_exit( __LINE__, gpa, type, pending )

static void test_internal_error( void **state )
{
    (void)state;
    memset( &shown, 0, sizeof(shown) );
    prepare( INSN_MODE_64, 0 );
    sregs()->idt.base = HOLE;
    shown.exception.injected = shown.exception.has_error_code = 1;
    shown.exception.nr = VECTOR_GP;
    shown.exception.error_code = 0x1238;
    machine_run_to( (struct fake_exit)DELIVERY_ERROR );
    CHECK_EXIT( HOLE + VECTOR_GP * 16, READ, fault );
    sregs()->idt.base = IDT;
    DELIVERED( fault );

    /* what can't be found out is where KVM says */
    prepare( INSN_MODE_64, 0 );
    machine_run_to( (struct fake_exit)DELIVERY_ERROR );
    CHECK_EXIT( HOLE + 0x123, READ, fault );
    assert_false( machine.exit.MemoryAccess.AccessInfo.GvaValid );
    DELIVERED( fault );

    /* the event of an instruction: KVM shows none */
    memset( &shown, 0, sizeof(shown) );
    prepare( INSN_MODE_64, 0 );
    machine_code( CODE, "\xcd\x33", 2 );
    sregs()->idt.base = HOLE;
    machine_run_to( (struct fake_exit)DELIVERY_ERROR );
    CHECK_EXIT( HOLE + VECTOR * 16, READ, PENDING( TYPE_SOFTWARE_INTERRUPT, VECTOR ) | 2 << 5 );
    machine_code( CODE, "\xcc", 1 );
    put_gate( VECTOR_BP, 8, GATE_INT, 0 );
    machine_run_to( (struct fake_exit)DELIVERY_ERROR );
    CHECK_EXIT( HOLE + VECTOR_BP * 16, READ, PENDING( TYPE_SOFTWARE_EXCEPTION, VECTOR_BP ) | 1 << 5 );
    /* it is none of the client's elsewhere, nor when it has gone in */
    machine_regs()->rip = CODE + 1;
    assert_int_equal( machine_get( 0, WHvRegisterPendingInterruption ), 0 );
    machine_regs()->rip = CODE;
    sregs()->idt.base = IDT;
    machine_queue( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine_get( 0, WHvRegisterPendingInterruption ), 0 );

    /* an error that has to do with no event at all */
    prepare( INSN_MODE_64, 0 );
    machine_code( CODE, "\x90", 1 );
    sregs()->idt.base = HOLE;
    assert_int_equal( machine_run_to( (struct fake_exit)DELIVERY_ERROR ), WHvRunVpExitReasonUnsupportedFeature );
}

/* KVM has noted that there was no memory, and does not look again by itself. */
static void test_out_of_date( void **state )
{
    struct fake_exit again = DELIVERY_ERROR, halt = FAKE_HLT;
    UINT32 calls;

    (void)state;
    memset( &shown, 0, sizeof(shown) );
    shown.exception.injected = shown.exception.has_error_code = 1;
    shown.exception.nr = VECTOR_GP;
    shown.exception.error_code = 0x1238;
    again.address = IDT + VECTOR_GP * 16;
    halt.on_entry = machine_note_entry;
    prepare( INSN_MODE_64, 0 );
    machine_code( CODE, "\x90\x90\x90\x90", 4 );
    calls = fake_kvm_count( "kvm_set_memory_region" );
    machine_queue( again );
    machine_queue( halt );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( fake_kvm_count( "kvm_set_memory_region" ), calls + 2 );
    assert_true( machine.entered_events.exception.injected && machine.entered_events.exception.nr == VECTOR_GP );

    /* once is enough ... */
    inject( 0 );
    assert_int_equal( machine_run_to( again ), WHvRunVpExitReasonUnsupportedFeature );
    assert_int_equal( fake_kvm_count( "kvm_set_memory_region" ), calls + 2 );
    /* ... for this map */
    assert_int_equal( machine_map( machine.memory + IDT, HOLE, 0x1000, 7 ), S_OK );
    inject( 0 );
    machine_queue( again );
    machine_queue( halt );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( fake_kvm_count( "kvm_set_memory_region" ), calls + 5 );
    /* KVM has no room for it */
    assert_int_equal( gpa_unmap_range( &machine.partition->gpa, HOLE, 0x1000 ), S_OK );
    fake_kvm_fail_function( "kvm_set_memory_region", ENOMEM );
    inject( 0 );
    assert_int_equal( machine_run_to( again ), WHvRunVpExitReasonUnsupportedFeature );
    fake_kvm_fail_function( "kvm_set_memory_region", 0 );
}

/* INT n that KVM's emulator refuses is executed here: its own event meets the hole. */
static void test_executed( void **state )
{
    struct fake_exit refused = { .reason = KVM_EXIT_INTERNAL_ERROR, .on_exit = show_error };

    (void)state;
    memset( &shown, 0, sizeof(shown) );
    prepare( INSN_MODE_64, 0 );
    machine_code( CODE, "\xcd\x33", 2 );
    machine_set_gpr( RSP, HOLE + 0x1000 );
    machine_run_to( refused );
    CHECK_EXIT( HOLE + 0xff8, WRITE, PENDING( TYPE_SOFTWARE_INTERRUPT, VECTOR ) | 2 << 5 );
    assert_int_equal( machine_gpr( RSP ), HOLE + 0x1000 );
    /* the instruction is executed again */
    machine_set_gpr( RSP, STACK );
    machine_queue( refused );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_entry = machine_note_entry } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.entered.rip, CODE + 2 );
    assert_true( machine.entered_events.interrupt.injected && machine.entered_events.interrupt.nr == VECTOR );

    /* #UD, which is found here too */
    inject( 0 );
    prepare( INSN_MODE_64, 0 );
    machine_code( CODE, "\x0f\x0b", 2 );
    put_gate( VECTOR_UD, 8, GATE_INT, 0 );
    machine_set_gpr( RSP, HOLE + 0x1000 );
    machine_run_to( refused );
    CHECK_EXIT( HOLE + 0xff8, WRITE, PENDING( TYPE_EXCEPTION, VECTOR_UD ));
    machine_set_gpr( RSP, STACK );
    DELIVERED( PENDING( TYPE_EXCEPTION, VECTOR_UD ));
}

/* A KVM that goes round and round: somebody kicks it, and the event is seen. CR2 comes last there. */
static void show_page_fault( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->events.exception.injected = vcpu->events.exception.has_error_code = 1;
    vcpu->events.exception.nr = VECTOR_PF;
    vcpu->sregs.cr2 = 0x12345;
}

static void test_spin( void **state )
{
    static const UINT64 page_fault = PENDING( TYPE_EXCEPTION, VECTOR_PF ) | ERROR_CODE;

    (void)state;
    prepare( INSN_MODE_64, 0 );
    sregs()->idt.base = HOLE;
    machine_run_to( (struct fake_exit){ .error = -EINTR, .on_entry = show_page_fault } );
    CHECK_EXIT( HOLE + VECTOR_PF * 16, READ, page_fault );
    assert_int_equal( machine_get( 0, WHvX64RegisterCr2 ), 0x12345 );
    sregs()->idt.base = IDT;
    DELIVERED( page_fault );
}

/* A KVM that executes the instruction behind the interrupt first. */
static void test_runs_on( void **state )
{
    struct fake_exit out = FAKE_FAST_OUT( 0x10, 1, 0x11, 2 );

    (void)state;
    memset( &shown, 0, sizeof(shown) );
    shown.interrupt.injected = 1;
    shown.interrupt.nr = VECTOR;
    prepare( INSN_MODE_64, 0 );
    machine_code( CODE - 2, "\xe6\x10", 2 );
    machine_regs()->rip = CODE - 2;
    sregs()->idt.base = HOLE;
    out.on_exit = show_events;
    assert_int_equal( machine_run_to( out ), WHvRunVpExitReasonX64IoPortAccess );
    assert_true( machine.exit.VpContext.ExecutionState.InterruptionPending );
    machine_set( 0, WHvX64RegisterRip, CODE );
    REFUSED( HOLE + VECTOR * 16, READ, interrupt );
    sregs()->idt.base = IDT;
    DELIVERED( interrupt );
}

/* A KVM that shuts down, and leaves the vector where it was. */
static void test_shutdown( void **state )
{
    static const struct fake_exit shutdown = { .reason = KVM_EXIT_SHUTDOWN, .on_exit = show_events };
    struct host *host = (struct host *)machine.partition->host;

    (void)state;
    host->delivery_shuts_down = 1;
    memset( &shown, 0, sizeof(shown) );
    shown.exception.nr = VECTOR_GP;
    shown.exception.has_error_code = 1;
    shown.exception.error_code = 0x1238;
    prepare( INSN_MODE_64, 0 );
    sregs()->idt.base = HOLE;
    machine_regs()->rflags |= RFLAGS_RF;
    machine_run_to( shutdown );
    CHECK_EXIT( HOLE + VECTOR_GP * 16, READ, fault );
    sregs()->idt.base = IDT;
    DELIVERED( fault );

    /* nothing is in its way: it was another fault that ended it */
    prepare( INSN_MODE_64, 0 );
    machine_regs()->rflags |= RFLAGS_RF;
    assert_int_equal( machine_run_to( shutdown ), WHvRunVpExitReasonUnrecoverableException );
    assert_true( machine.exit.VpContext.ExecutionState.InterruptionPending );
    assert_int_equal( machine_get( 0, WHvRegisterPendingInterruption ), 0 );

    /* an interrupt; but not where none could be */
    memset( &shown, 0, sizeof(shown) );
    shown.interrupt.nr = VECTOR;
    prepare( INSN_MODE_64, 0 );
    sregs()->idt.base = HOLE;
    assert_int_equal( machine_run_to( shutdown ), WHvRunVpExitReasonUnrecoverableException );
    prepare( INSN_MODE_64, 0 );
    sregs()->idt.base = HOLE;
    machine_regs()->rflags |= RFLAGS_IF;
    machine_run_to( shutdown );
    CHECK_EXIT( HOLE + VECTOR * 16, READ, interrupt );
    sregs()->idt.base = IDT;
    DELIVERED( interrupt );

    /* INT3, with RIP behind it */
    shown.exception.nr = VECTOR_BP;
    prepare( INSN_MODE_64, 0 );
    put_gate( VECTOR_BP, 8, GATE_INT, 0 );
    machine_code( CODE, "\xcc\x90", 2 );
    machine_regs()->rip = CODE + 1;
    sregs()->idt.base = HOLE;
    machine_run_to( shutdown );
    CHECK_EXIT( HOLE + VECTOR_BP * 16, READ, PENDING( TYPE_SOFTWARE_EXCEPTION, VECTOR_BP ) | 1 << 5 );

    host->delivery_shuts_down = 0;
    assert_int_equal( machine_run_to( shutdown ), WHvRunVpExitReasonUnrecoverableException );
}

/* Software events that the client writes. */
static void test_written( void **state )
{
    const UINT64 int3 = PENDING( TYPE_SOFTWARE_EXCEPTION, VECTOR_BP ) | 1 << 5;
    const UINT64 interrupt = PENDING( TYPE_SOFTWARE_INTERRUPT, VECTOR ) | 2 << 5;

    (void)state;
    /* the processor raises what its instruction is there for: KVM gets nothing */
    prepare( INSN_MODE_64, 0 );
    machine_code( CODE, "\xcd\x33", 2 );
    machine_regs()->rip = CODE + 1;
    machine_set( 0, WHvRegisterPendingInterruption, interrupt );
    machine_regs()->rip = CODE;
    assert_int_equal( machine_get( 0, WHvRegisterPendingInterruption ), interrupt );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_entry = machine_note_entry } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.entered.rip, CODE );
    assert_int_equal( machine.entered_events.interrupt.injected, 0 );
    assert_int_equal( machine.entered_events.exception.injected, 0 );
    assert_int_equal( machine_get( 0, WHvRegisterPendingInterruption ), 0 );

    /* not there: the state can't be entered, and stays */
    machine_code( CODE, "\xcd\x34", 2 );
    machine_regs()->rip = CODE;
    machine_set( 0, WHvRegisterPendingInterruption, interrupt );
    assert_int_equal( machine_run(), WHvRunVpExitReasonInvalidVpRegisterValue );
    assert_int_equal( machine_run(), WHvRunVpExitReasonInvalidVpRegisterValue );
    assert_int_equal( machine_get( 0, WHvRegisterPendingInterruption ), interrupt );
    machine_set( 0, WHvRegisterPendingInterruption, 0 );
    assert_int_equal( machine_get( 0, WHvRegisterPendingInterruption ), 0 );

    /* INT3: KVM's where it would exit */
    machine_code( CODE, "\xcc", 1 );
    machine_regs()->rip = CODE;
    machine_set( 0, WHvRegisterPendingInterruption, int3 );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_entry = machine_note_entry } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.entered_events.exception.injected, 0 );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 4 ), S_OK );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExceptionExitBitmap, 1 << VECTOR_BP ), S_OK );
    machine_regs()->rip = CODE;
    machine_set( 0, WHvRegisterPendingInterruption, int3 );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_entry = machine_note_entry } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.entered_events.exception.injected, 1 );
    assert_int_equal( machine.entered_events.exception.nr, VECTOR_BP );
}

/* One that is written for a halted vp: it wakes, or the run says that it could not. */
static void test_written_halted( void **state )
{
    const UINT64 interrupt = PENDING( TYPE_SOFTWARE_INTERRUPT, VECTOR ) | 2 << 5;
    UINT32 i;

    (void)state;
    machine_create_apic( 1, WHvX64LocalApicEmulationModeXApic );
    prepare( INSN_MODE_64, 0 );
    machine_code( CODE, "\xcd\x33", 2 );
    for (i = 0; i < 2; i++)
    {
        const char *function = i ? "kvm_set_mp_state" : "kvm_get_mp_state";

        machine_regs()->rip = CODE;
        machine_set( 0, WHvRegisterInternalActivityState, 2 );
        machine_set( 0, WHvRegisterPendingInterruption, interrupt );
        fake_kvm_fail_function( function, ENOMEM );
        assert_int_equal( vp_run( machine.handle, 0, &machine.exit, sizeof(machine.exit) ), E_OUTOFMEMORY );
        assert_int_equal( vp_run( machine.handle, 0, &machine.exit, sizeof(machine.exit) ), E_OUTOFMEMORY );
        fake_kvm_fail_function( function, 0 );
        assert_int_equal( machine_get( 0, WHvRegisterInternalActivityState ), 2 );
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_entry = machine_note_entry } );
        assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
        assert_int_equal( machine.entered.rip, CODE );
        assert_int_equal( machine_get( 0, WHvRegisterInternalActivityState ), 0 );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_internal_error, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_out_of_date, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_executed, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_spin, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_runs_on, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_shutdown, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_written, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_written_halted, machine_no_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
