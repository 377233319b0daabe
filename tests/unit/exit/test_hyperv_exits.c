/*
 * Exits of Hyper-V's emulation in KVM
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

#include "host/kvm.h"
#include "host/x86.h"
#include "hyperv_machine.h"
#include "insn/insn.h"
#include "irq/synic_x86.h"
#include "notify/port.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define PAGE        0x4000
#define SLOT( n )   (PAGE + (n) * 256)
#define FLAGS       5

static void arm( UINT64 sints )
{
    machine_set( 0, WHvX64RegisterDeliverabilityNotifications, sints << 48 );
}

static UINT64 armed( void )
{
    return machine_get( 0, WHvX64RegisterDeliverabilityNotifications ) >> 48;
}

static void create( void )
{
    hyperv_create( FEATURES_ALL, WHvX64LocalApicEmulationModeXApic );
    hyperv_set_msr( SCONTROL, 1 );
    hyperv_set_msr( SIMP, PAGE | 1 );
    machine_code( CODE, "\x0f\x30\xf4", 3 );       /* wrmsr; hlt */
}

static void check_sints( UINT32 sints )
{
    assert_int_equal( machine_run(), WHvRunVpExitReasonSynicSintDeliverable );
    assert_int_equal( machine.exit.SynicSintDeliverable.DeliverableSints, sints );
}

/* Slots that are free already: the guest is not entered, and each is told once. */
static void test_free_slot( void **state )
{
    unsigned int runs;

    (void)state;
    create();
    machine.memory[SLOT( 4 )] = 1;
    runs = machine.vcpu->runs;
    arm( 0x8018 );
    check_sints( 0x8008 );
    machine_check_exit( WHvRunVpExitReasonSynicSintDeliverable, CODE, 0 );
    assert_int_equal( machine.vcpu->runs, runs );
    assert_int_equal( armed(), 0x10 );
    assert_int_equal( machine.memory[SLOT( 4 ) + FLAGS], 1 );
    assert_int_equal( machine.memory[SLOT( 3 ) + FLAGS], 0 );
    machine_run_to( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
    arm( 0 );
    machine.memory[SLOT( 4 )] = 0;
    machine_run_to( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
}

static void empty_slot( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)vcpu;
    machine.memory[SLOT( *(UINT32 *)exit->arg )] = 0;
}

/* The end of a message. KVM has to have it too, and RIP is behind the WRMSR. */
static void test_end_of_message( void **state )
{
    struct fake_exit eom = FAKE_WRMSR( EOM, 0 );
    unsigned int writes;
    UINT32 sint = 5;

    (void)state;
    create();
    machine.memory[SLOT( 4 )] = machine.memory[SLOT( 5 )] = 1;
    arm( 0x30 );
    machine_run_to( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.memory[SLOT( 5 ) + FLAGS], 1 );
    machine_regs()->rip = CODE;
    writes = fake_kvm_count( "kvm_set_msrs" );
    hyperv_set_msr( EOM, 7 );
    eom.on_exit = empty_slot;
    eom.arg = &sint;
    machine_queue( eom );
    check_sints( 0x20 );
    machine_check_exit( WHvRunVpExitReasonSynicSintDeliverable, CODE + 2, 0 );
    assert_int_equal( fake_kvm_count( "kvm_set_msrs" ), writes + 2 );
    assert_int_equal( fake_kvm_msr( machine.vcpu, EOM ), 0 );
    assert_int_equal( armed(), 0x10 );
    machine_run_to( (struct fake_exit)FAKE_HLT );
    machine_check_exit( WHvRunVpExitReasonX64Halt, CODE + 3, 0 );

    /* the other one is not free: the guest goes on */
    machine_regs()->rip = CODE;
    machine_queue( eom );
    machine_run_to( (struct fake_exit)FAKE_HLT );
    machine_check_exit( WHvRunVpExitReasonX64Halt, CODE + 3, 0 );

    /* nobody waits: KVM alone is told, and finishes the instruction with the entry that comes anyhow */
    arm( 0 );
    sint = 4;
    machine_regs()->rip = CODE;
    hyperv_set_msr( EOM, 7 );
    machine_queue( eom );
    machine_run_to( (struct fake_exit)FAKE_HLT );
    machine_check_exit( WHvRunVpExitReasonX64Halt, CODE + 3, 0 );
    assert_int_equal( fake_kvm_msr( machine.vcpu, EOM ), 0 );
}

/* A client that has an action for it gets the exit, as it asks. */
static void test_listed( void **state )
{
    WHV_MSR_ACTION_ENTRY action = { EOM, WHvMsrActionArchitectureDefault, WHvMsrActionExit, 0 };

    (void)state;
    create();
    machine_teardown( state );
    hyperv_set_caps( 1 );
    machine_create( 1 );
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeMsrActionList, &action,
                                              sizeof(action) ), S_OK );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeLocalApicEmulationMode, 1 ), S_OK );
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeSyntheticProcessorFeaturesBanks,
                                              (UINT64[]){ 1, FEATURES_ALL }, 16 ), S_OK );
    assert_int_equal( partition_setup( machine.handle ), S_OK );
    machine_map_memory();
    machine_create_vp();
    machine_mode( INSN_MODE_64 );
    machine_code( CODE, "\x0f\x30\xf4", 3 );
    machine_run_to( (struct fake_exit)FAKE_WRMSR( EOM, 0 ) );
    machine_check_exit( WHvRunVpExitReasonX64MsrAccess, CODE, 2 );
}

static void turn_on( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->hyperv_msrs[SIMP & 0xff] = PAGE | 1;     /* the fake is locked */
    vcpu->run->hyperv.type = KVM_EXIT_HYPERV_SYNIC;
}

/* Without its page, or the whole of it, nothing can be posted. */
static void test_turned_on( void **state )
{
    (void)state;
    create();
    hyperv_set_msr( SIMP, PAGE );
    arm( 2 );
    machine_run_to( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HYPERV, .on_exit = turn_on } );
    check_sints( 2 );

    hyperv_set_msr( SCONTROL, 0 );
    arm( 2 );
    machine_run_to( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
    /* a page that is nowhere */
    hyperv_set_msr( SCONTROL, 1 );
    hyperv_set_msr( SIMP, DEVICE | 1 );
    arm( 2 );
    machine_run_to( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
    assert_int_equal( vp_reset( machine.vp ), S_OK );
    assert_int_equal( armed(), 0 );
}

static void test_no_synic( void **state )
{
    (void)state;
    hyperv_create( 3, WHvX64LocalApicEmulationModeXApic );
    arm( 0xffff );
    machine_run_to( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
}

/* ---- hypercalls ---- */

static void show_hypercall( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->run->hyperv.type = KVM_EXIT_HYPERV_HCALL;
    vcpu->run->hyperv.u.hcall.input = exit->value;
    vcpu->regs.rdx = exit->address;
    vcpu->run->hyperv.u.hcall.result = ~0ull;
}

static void take_result( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->regs.rax = vcpu->run->hyperv.u.hcall.result;
    vcpu->regs.rip += 3;
}

static void queue_hypercall( UINT64 input, UINT64 param )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HYPERV, .value = input, .address = param,
                                       .on_exit = show_hypercall, .on_complete = take_result } );
}

static void test_unknown_connection( void **state )
{
    const WHV_HYPERCALL_CONTEXT *call = &machine.exit.Hypercall;
    UINT32 i;

    (void)state;
    hyperv_create( FEATURES_ALL, WHvX64LocalApicEmulationModeXApic );
    machine_code( CODE, "\x0f\x01\xd9\xf4", 4 );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, UNKNOWN_CONNECTION ), S_OK );
    for (i = 0; i < 3; i++)
    {
        machine_regs()->rip = CODE;
        machine_regs()->rcx = 0x1005d;
        machine_regs()->rdx = 0x1234;
        queue_hypercall( 0x1005d, 0x1234 );
        assert_int_equal( machine_run(), WHvRunVpExitReasonHypercall );
        machine_check_exit( WHvRunVpExitReasonHypercall, CODE, 3 );
        assert_int_equal( call->Rcx, 0x1005d );
        assert_int_equal( call->Rdx, 0x1234 );
        assert_int_equal( call->Rbx, machine_gpr( RBX ) );
        assert_int_equal( call->Rsi, machine_gpr( RSI ) );
        assert_int_equal( call->Rdi, machine_gpr( RDI ) );
        assert_int_equal( call->Rax, machine_gpr( RAX ) );
        assert_int_equal( call->R8, machine_gpr( R8 ) );
        /* the client answers and goes on; goes elsewhere; runs again */
        if (i < 2)
        {
            machine_set_gpr( RAX, 0x4711 );
            machine_regs()->rip = i ? CODE + 0x100 : CODE + 3;
        }
        machine_code( CODE + 0x100, "\xf4", 1 );
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = machine_note_entry } );
        assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
        assert_int_equal( machine.entered.rip, i == 2 ? CODE : i ? CODE + 0x100 : CODE + 3 );
        assert_int_equal( machine.entered.rax, 0x4711 );
    }
    /* what is no business of connections stays KVM's; nor is anything when nobody asks */
    machine_regs()->rip = CODE;
    queue_hypercall( 0x69, 0x1234 );
    machine_run_to( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine_gpr( RAX ), 2 );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 0 ), S_OK );
    machine_regs()->rip = CODE;
    queue_hypercall( 0x1005d, 0x1234 );
    machine_run_to( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine_gpr( RAX ), 0x12 );
}

/* A client's own leaves have switched it on, and nothing was asked for: KVM finishes no hypercall in its next entry. */
static void test_not_asked( void **state )
{
    (void)state;
    machine_setup( state );
    machine_code( CODE, "\x0f\x01\xd9\xf4", 4 );
    queue_hypercall( 0x1005d, 0x1234 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonUnsupportedFeature );
    machine_check_exit( WHvRunVpExitReasonUnsupportedFeature, CODE, 0 );
    machine_set_gpr( RAX, 0x4711 );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_entry = machine_note_entry } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.entered.rip, CODE );
    assert_int_equal( machine.entered.rax, 0x4711 );
}

/* KVM hands on what signals a flag of a connection. The port has none: it is signalled. */
static void test_flags( void **state )
{
    static const struct { UINT64 input, param; UINT64 result; UINT32 rung; } rows[] =
    {
        { 0x1005d, 0x700000005ull, 0, 1 },          /* fast: the parameter itself */
        { 0x5d, DATA, 0, 1 },
        { 0x1005d, 0x700000006ull, 0x12, 0 },
        { 0x5d, 0xffffff000ull, 0x12, 0 },          /* no memory is there */
        { 0x1005c, 0x700000005ull, 0x12, 0 },       /* a message is no event */
    };
    WHV_NOTIFICATION_PORT_PARAMETERS event = { .NotificationPortType = WHvNotificationPortTypeEvent };
    static const UINT64 parameter = 0x700000005ull;
    struct object_remains remains;
    int context;
    void *port;
    UINT32 i;

    (void)state;
    hyperv_create( FEATURES_ALL, WHvX64LocalApicEmulationModeXApic );
    event.Event.ConnectionId = 5;
    machine_code( CODE, "\x0f\x01\xd9\xf4", 4 );
    machine_code( DATA, &parameter, sizeof(parameter) );
    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        assert_int_equal( port_create( machine.handle, &event, &context, &port ), S_OK );
        machine_regs()->rip = CODE;
        queue_hypercall( rows[i].input, rows[i].param );
        machine_run_to( (struct fake_exit)FAKE_HLT );
        assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
        assert_int_equal( machine_gpr( RAX ), rows[i].result );
        assert_int_equal( port_delete( machine.handle, port, &remains ), S_OK );
        assert_int_equal( remains.signal, rows[i].rung );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
#define TEST( func ) cmocka_unit_test_teardown( func, machine_teardown )
        TEST( test_free_slot ),
        TEST( test_end_of_message ),
        TEST( test_listed ),
        TEST( test_turned_on ),
        TEST( test_no_synic ),
        TEST( test_unknown_connection ),
        TEST( test_not_asked ),
        TEST( test_flags ),
    };

    return cmocka_run_group_tests( tests, hyperv_group_setup, NULL );
}
