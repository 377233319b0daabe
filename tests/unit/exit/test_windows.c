/*
 * Windows for interrupts and NMIs
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
#include "insn/insn.h"
#include "machine.h"
#include "registers/registers_x86.h"
#include "vm/vp.h"

static void arm( BOOL nmi, BOOL interrupt, UINT32 priority )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterDeliverabilityNotifications;
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.DeliverabilityNotifications.NmiNotification = nmi;
    value.DeliverabilityNotifications.InterruptNotification = interrupt;
    value.DeliverabilityNotifications.InterruptPriority = priority;
    assert_int_equal( regs_set( machine.vp, &name, 1, &value ), S_OK );
}

static UINT8 requested;

static void note_request( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    requested = vcpu->run->request_interrupt_window;
    (void)exit;
}

static void lower_tpr( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->sregs.cr8 = (uintptr_t)exit->arg;
}

#define WINDOW { .reason = KVM_EXIT_IRQ_WINDOW_OPEN, .on_entry = note_request }

static void check_window( UINT32 type )
{
    machine_check_exit( WHvRunVpExitReasonX64InterruptWindow, CODE, 0 );
    assert_int_equal( machine.exit.InterruptWindow.DeliverableType, type );
}

static void test_interrupt_window( void **state )
{
    const struct fake_exit halt = { .reason = KVM_EXIT_HLT, .on_entry = note_request };
    UINT32 priority;

    (void)state;
    machine_run_to( halt );
    assert_int_equal( requested, 0 );
    arm( 0, 1, 0 );
    machine_run_to( (struct fake_exit)WINDOW );
    check_window( WHvX64PendingInterrupt );
    assert_int_equal( requested, 1 );
    /* once */
    machine_run_to( halt );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
    assert_int_equal( requested, 0 );
    machine_queue( (struct fake_exit)WINDOW );
    machine_run_to( halt );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );

    for (priority = 1; priority < 16; priority += 7)
    {
        machine.vp->run->s.regs.sregs.cr8 = priority;
        machine.vp->arch.view.dirty |= KVM_SYNC_X86_SREGS;
        arm( 0, 1, priority );
        machine_run_to( halt );
        assert_int_equal( requested, 0 );
        assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
        /* the guest lowers the TPR: now it counts */
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_SET_TPR, .on_exit = lower_tpr,
                                           .arg = (void *)(uintptr_t)(priority - 1) } );
        machine_run_to( (struct fake_exit)WINDOW );
        check_window( WHvX64PendingInterrupt );
        assert_int_equal( requested, 1 );
    }
    /* armed with a priority that no TPR keeps out */
    arm( 0, 1, 0 );
    machine.vp->run->s.regs.sregs.cr8 = 15;
    machine.vp->arch.view.dirty |= KVM_SYNC_X86_SREGS;
    machine_run_to( (struct fake_exit)WINDOW );
    check_window( WHvX64PendingInterrupt );

    /* the guest has raised it since, which leaves KVM by no exit: a window for nothing that could go through it */
    machine.vp->run->s.regs.sregs.cr8 = 0;
    machine.vp->arch.view.dirty |= KVM_SYNC_X86_SREGS;
    arm( 0, 1, 4 );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_IRQ_WINDOW_OPEN, .on_exit = lower_tpr, .arg = (void *)8 } );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_SET_TPR, .on_exit = lower_tpr, .arg = (void *)0 } );
    machine_run_to( (struct fake_exit)WINDOW );
    check_window( WHvX64PendingInterrupt );
    assert_int_equal( fake_kvm_left( machine.vcpu ), 0 );
}

static void unmask( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->events.nmi.masked = 0;
    vcpu->events.interrupt.shadow = 0;
    (void)exit;
}

static void test_nmi_window( void **state )
{
    struct kvm_vcpu_events *events = &machine.vp->run->s.regs.events;
    UINT32 runs = fake_kvm_count( "kvm_run_vcpu" );

    (void)state;
    arm( 1, 0, 0 );
    machine_run();
    check_window( WHvX64PendingNmi );
    assert_int_equal( fake_kvm_count( "kvm_run_vcpu" ), runs );
    machine_run_to( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );

    machine_mode( INSN_MODE_64 );
    events->nmi.masked = 1;
    machine.vp->arch.view.dirty |= KVM_SYNC_X86_EVENTS;
    arm( 1, 0, 0 );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_HLT } );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_exit = unmask } );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
    machine_run();
    check_window( WHvX64PendingNmi );
}

/* An event on its way goes in first: a client that looks at InterruptionPending would arm the window for ever. */
static void test_window_after_event( void **state )
{
    const struct fake_exit halt = { .reason = KVM_EXIT_HLT, .on_entry = note_request };
    struct kvm_vcpu_events *events = &machine.vp->run->s.regs.events;
    unsigned int nmi, kind;

    (void)state;
    for (nmi = 0; nmi < 2; nmi++)
    {
        for (kind = 0; kind < 3; kind++)
        {
            machine_mode( INSN_MODE_64 );
            machine_regs()->rflags |= 0x200;
            machine.vp->arch.view.dirty |= KVM_SYNC_X86_REGS | KVM_SYNC_X86_EVENTS;
            arm( nmi, !nmi, 0 );
            events->exception.injected = kind == 0;
            events->exception.nr = 3;
            events->interrupt.injected = kind == 1;
            events->nmi.injected = kind == 2;
            machine_run_to( halt );
            assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
            assert_int_equal( requested, !nmi );
            memset( events, 0, sizeof(*events) );
            machine.vp->arch.view.dirty |= KVM_SYNC_X86_EVENTS;
            machine_regs()->rflags |= 0x200;
            machine_run();
            assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64InterruptWindow );
        }
    }
}

static UINT32 steps;

static void step( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->run->debug.arch.exception = 1;
    vcpu->run->debug.arch.dr6 = 0xffff0ff0 | DR6_BS;
    if (vcpu->debug.control & KVM_GUESTDBG_SINGLESTEP) steps++;
    if (exit->arg) vcpu->regs.rflags |= RFLAGS_IF;
}

#define STEP { .reason = KVM_EXIT_DEBUG, .on_exit = step }
#define KICK { .error = -EINTR }

/* A KVM that emulates runs past a window that is open for a few instructions: after a while these are stepped over. */
static void test_search( void **state )
{
    const struct fake_exit halt = { .reason = KVM_EXIT_HLT };
    UINT32 i;

    (void)state;
    machine_out_past( 1 );
    machine_code( CODE, "\x90\x90\x90\x90\xf4", 5 );
    arm( 0, 1, 0 );
    steps = 0;
    machine_queue( (struct fake_exit)KICK );
    for (i = 0; i < 3; i++) machine_queue( (struct fake_exit)STEP );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .on_exit = step, .arg = &steps } );
    check_window( WHvX64PendingInterrupt );
    assert_int_equal( steps, 4 );
    /* and no longer than that; HLT is never stepped over */
    machine_regs()->rflags &= ~RFLAGS_IF;
    machine_regs()->rip = CODE + 4;
    machine_run_to( halt );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.vcpu->debug.control, 0 );
    arm( 0, 1, 0 );
    machine_regs()->rip = CODE + 4;
    machine_queue( (struct fake_exit)KICK );
    machine_run_to( halt );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.vcpu->debug.control, 0 );
    /* in vain: then the guest is left alone for a while */
    machine_regs()->rip = CODE;
    machine_queue( (struct fake_exit)KICK );
    for (i = 0, steps = 0; i < 400; i++)
    {
        machine_queue( (struct fake_exit)STEP );
        if (i % 50 == 49) machine_run_to( halt );
        machine_regs()->rip = CODE;
    }
    assert_int_equal( steps, 400 );
    for (i = 0; i < 16; i++) machine_queue( (struct fake_exit)KICK );
    machine_run_to( halt );
    assert_int_equal( machine.vcpu->debug.control, 0 );
    machine_out_past( 0 );
    /* one that tells of windows is not searched */
    machine_queue( (struct fake_exit)KICK );
    machine_run_to( halt );
    assert_int_equal( machine.vcpu->debug.control, 0 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_interrupt_window, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_nmi_window, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_window_after_event, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_search, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
