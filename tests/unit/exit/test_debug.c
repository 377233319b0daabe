/*
 * Exceptions that the client wants to see
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

#include "host/bytes.h"
#include "host/host.h"
#include "host/kvm.h"
#include "machine.h"
#include "run/partition_life.h"
#include "run/run.h"
#include "run/vp_life.h"
#include "vm/partition.h"
#include "vm/vp.h"

#define FLAG_TF 0x100ull

static int setup( void **state )
{
    if (machine_setup( state )) return -1;
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 4 ), S_OK );
    return 0;
}

static void want( UINT64 exceptions )
{
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExceptionExitBitmap, exceptions ), S_OK );
}

static void halt( void )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
}

static void fill_debug( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->run->debug.arch.exception = exit->value;
    vcpu->run->debug.arch.dr6 = exit->address;
    vcpu->run->debug.arch.pc = vcpu->regs.rip;
    /* KVM hides the flag that it steps with */
    if (vcpu->debug.control & KVM_GUESTDBG_SINGLESTEP) vcpu->regs.rflags &= ~FLAG_TF;
}

static void queue_debug( UINT32 vector, UINT64 dr6, UINT32 skip )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .value = vector, .address = dr6, .skip = skip,
                                       .on_exit = fill_debug } );
}

/* A vp that is not debugged pays nothing. */
static void test_not_wanted( void **state )
{
    UINT32 calls, runs;

    (void)state;
    halt();
    calls = fake_kvm_count( NULL );
    runs = machine.vcpu->runs;
    machine_regs()->rflags |= FLAG_TF;
    halt();
    assert_int_equal( fake_kvm_count( NULL ) - calls, machine.vcpu->runs - runs );
    assert_int_equal( machine.vcpu->debug.control, 0 );
    /* no exception */
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExceptionExitBitmap, 1 << 2 ), E_INVALIDARG );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExceptionExitBitmap, ~0ull ), E_INVALIDARG );
    /* what comes all the same is the guest's */
    queue_debug( 3, 0, 0 );
    halt();
    assert_int_equal( machine.vcpu->events.exception.injected, 1 );
    assert_int_equal( machine.vcpu->events.exception.nr, 3 );
    assert_int_equal( machine.vcpu->events.exception.has_error_code, 0 );
}

static void test_breakpoint( void **state )
{
    const WHV_VP_EXCEPTION_CONTEXT *exception = &machine.exit.VpException;

    (void)state;
    want( 1 << 3 );
    machine_code( CODE, "\x90\xcc\xcd\x03", 4 );
    queue_debug( 3, 0, 1 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( machine.vcpu->debug.control, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP );
    assert_int_equal( machine.exit.VpContext.Rip, CODE + 1 );
    assert_int_equal( machine.exit.VpContext.InstructionLength, 1 );
    assert_int_equal( exception->ExceptionType, 3 );
    assert_int_equal( exception->ExceptionParameter, 0 );
    assert_int_equal( exception->ExceptionInfo.SoftwareException, 1 );
    assert_int_equal( exception->ExceptionInfo.ErrorCodeValid, 0 );
    assert_in_range( exception->InstructionByteCount, 1, 16 );
    assert_int_equal( exception->InstructionBytes[0], 0xcc );
    /* nothing is done: again, or injected by the client, or passed over */
    queue_debug( 3, 0, 0 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    machine_regs()->rip++;
    halt();
    assert_int_equal( machine.vcpu->regs.rip, CODE + 2 );
    assert_int_equal( machine.vcpu->events.exception.injected, 0 );

    /* no longer wanted: KVM is told, once */
    want( 0 );
    halt();
    assert_int_equal( machine.vcpu->debug.control, 0 );
    want( 1 << 3 );
    halt();
    assert_int_not_equal( machine.vcpu->debug.control, 0 );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 0 ), S_OK );
    halt();
    assert_int_equal( machine.vcpu->debug.control, 0 );
    fake_kvm_fail_function( "kvm_set_guest_debug", EIO );
    halt();
    fake_kvm_fail_function( "kvm_set_guest_debug", 0 );
}

static void test_step( void **state )
{
    UINT32 i, sets, calls = fake_kvm_count( "kvm_set_guest_debug" );

    (void)state;
    want( 1 << 1 );
    halt();
    /* without it KVM gives an INT1 to the guest */
    assert_int_equal( machine.vcpu->debug.control, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP );
    halt();
    assert_int_equal( fake_kvm_count( "kvm_set_guest_debug" ), ++calls );
    machine_regs()->rflags |= FLAG_TF;
    sets = fake_kvm_count( "kvm_set_debugregs" );
    for (i = 1; i < 5; i++)
    {
        queue_debug( 1, 0xffff4ff0, 1 );
        assert_int_equal( machine_run(), WHvRunVpExitReasonException );
        assert_int_equal( machine.vcpu->debug.control,
                          KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP | KVM_GUESTDBG_SINGLESTEP );
        assert_int_equal( machine.exit.VpException.ExceptionType, 1 );
        assert_int_equal( machine.exit.VpException.ExceptionParameter, 0xffff4ff0 );
        assert_int_equal( machine.exit.VpContext.Rip, CODE + i );
        /* a debugger may as well ask the register; it stays until somebody clears it, which is no call more */
        assert_int_equal( machine_get( 0, WHvX64RegisterDr6 ), 0xffff4ff0 );
        assert_int_equal( fake_kvm_count( "kvm_set_debugregs" ) - sets, i > 1 );
        /* the flag is the client's */
        assert_int_equal( machine.exit.VpContext.Rflags, 2 | FLAG_TF );
        assert_int_equal( machine_regs()->rflags, 2 | FLAG_TF );
        /* stock KVM forgets it with each exit */
        assert_int_equal( fake_kvm_count( "kvm_set_guest_debug" ), ++calls );
    }
    machine_regs()->rflags &= ~FLAG_TF;
    halt();
    assert_int_equal( machine.vcpu->debug.control, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP );
    assert_int_equal( machine.vcpu->regs.rflags, 2 );
    assert_int_equal( machine_regs()->rflags, 2 );
    /* breakpoints of the other kind are not asked for */
    queue_debug( 3, 0, 0 );
    halt();
    assert_int_equal( machine.vcpu->events.exception.nr, 3 );
}

static void test_hardware( void **state )
{
    (void)state;
    want( 1 << 1 );
    machine_set( 0, WHvX64RegisterDr0, CODE + 1 );
    machine_set( 0, WHvX64RegisterDr3, DATA );
    machine_set( 0, WHvX64RegisterDr7, 0x401 );
    queue_debug( 1, 0xffff0ff1, 1 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( machine.vcpu->debug.control, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP );
    assert_int_equal( machine.vcpu->debug.arch.debugreg[0], CODE + 1 );
    assert_int_equal( machine.vcpu->debug.arch.debugreg[3], DATA );
    assert_int_equal( machine.vcpu->debug.arch.debugreg[7], 0x401 );
    assert_int_equal( machine.exit.VpException.ExceptionParameter, 0xffff0ff1 );
    assert_int_equal( machine_get( 0, WHvX64RegisterDr6 ), 0xffff0ff1 );
    queue_debug( 1, 0xffff0ff4, 1 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( machine_get( 0, WHvX64RegisterDr6 ), 0xffff0ff4 );
    /* INT1 says nothing */
    queue_debug( 1, 0xffff0ff0, 1 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( machine_get( 0, WHvX64RegisterDr6 ), 0xffff0ff4 );
    machine_set( 0, WHvX64RegisterDr7, 0x400 );
    halt();
    assert_int_equal( machine.vcpu->debug.arch.debugreg[7], 0x400 );
    want( 0 );
    halt();
    assert_int_equal( machine.vcpu->debug.control, 0 );
}

static struct host *host( void )
{
    return (struct host *)machine.vp->partition->host;
}

#define HANDLER 0x3000

/* What an emulator does at INT3 of real mode: it pushes, and is at the handler. */
static void go_to_handler( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    UINT8 *stack = machine.memory + (UINT16)(vcpu->regs.rsp - 6);

    store16( stack, exit->value );
    store16( stack + 2, vcpu->sregs.cs.selector );
    store16( stack + 4, vcpu->regs.rflags );
    vcpu->regs.rsp -= 6;
    vcpu->regs.rip = HANDLER;
    vcpu->run->debug.arch.exception = 1;
    vcpu->run->debug.arch.dr6 = 0xffff0ff1;
}

static void check_int3( void )
{
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( machine.exit.VpException.ExceptionType, 3 );
    assert_int_equal( machine.exit.VpException.InstructionBytes[0], 0xcc );
    assert_int_equal( machine.exit.VpContext.Rip, CODE + 1 );
    assert_int_equal( machine.exit.VpContext.InstructionLength, 1 );
    assert_int_equal( machine_regs()->rsp, STACK );
    assert_int_equal( machine_regs()->rflags, 2 );
}

/* A KVM that emulates does INT3 of real mode by itself: it is found at the guest's handler, or where that is none. */
static void test_real_mode( void **state )
{
    const struct fake_exit at_handler = { .reason = KVM_EXIT_DEBUG, .value = CODE + 2, .on_exit = go_to_handler };
    struct fake_exit other = at_handler;

    (void)state;
    want( 1 << 3 );
    machine_mode( INSN_MODE_16 );
    machine_code( CODE, "\x90\xcc\x90", 3 );
    store32( machine.memory + 12, HANDLER );
    host()->out_rip_past = 1;
    machine_queue( at_handler );
    check_int3();
    assert_int_equal( machine.vcpu->debug.control,
                      KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP | KVM_GUESTDBG_USE_HW_BP );
    assert_int_equal( machine.vcpu->debug.arch.debugreg[0], HANDLER );
    assert_int_equal( machine.vcpu->debug.arch.debugreg[7] & 0xf0003, 1 );

    /* the guest has come there by itself: a step over the breakpoint */
    machine_regs()->rip = CODE;
    machine_code( HANDLER, "\x90\xf4", 2 );
    other.value = CODE + 1;
    machine_queue( other );
    queue_debug( 1, 0xffff4ff0, 1 );
    halt();
    assert_int_equal( machine.exit.VpContext.Rip, HANDLER + 1 );
    /* nor over HLT */
    machine_regs()->rip = CODE;
    machine_regs()->rsp = STACK;
    machine_code( HANDLER, "\xf4", 1 );
    machine_queue( other );
    halt();
    assert_int_equal( machine.exit.VpContext.Rip, HANDLER );
    assert_int_equal( machine.vcpu->debug.control & KVM_GUESTDBG_SINGLESTEP, 0 );

    /* neither table nor stack */
    machine_regs()->rip = CODE + 1;
    machine_regs()->rsp = STACK;
    machine.vp->run->s.regs.sregs.ss.base = DEVICE;
    machine.vp->arch.view.dirty |= KVM_SYNC_X86_SREGS;
    machine_queue( (struct fake_exit)FAKE_MMIO_WRITE( DEVICE + STACK - 6, 2, CODE + 2, 0 ) );
    check_int3();
    /* not so a store in front of an INT3 */
    machine_code( CODE, "\x26\xa2\x00\x00\xcc", 5 );          /* mov es:[0], al */
    machine_regs()->rip = CODE;
    machine_queue( (struct fake_exit)FAKE_MMIO_WRITE( DEVICE, 1, 0x11, 4 ) );
    assert_int_equal( machine_run(), WHvRunVpExitReasonMemoryAccess );
    machine_code( CODE, "\x90\xcc\x90", 3 );
    machine_regs()->rip = CODE + 1;
    /* passed over by the client */
    machine_regs()->rip++;
    halt();
    assert_int_equal( machine.exit.VpContext.Rip, CODE + 2 );
    host()->out_rip_past = 0;
}

/* ... and if nobody wants to see it, the exit is for the hole in its table. */
static void test_real_mode_hole( void **state )
{
    (void)state;
    want( 1 << 1 );
    machine_mode( INSN_MODE_16 );
    machine_code( CODE, "\xcc", 1 );
    host()->out_rip_past = 1;
    machine_queue( (struct fake_exit)FAKE_MMIO_READ( DEVICE + 12, 2, FAKE_NO_REG, 0 ) );
    assert_int_equal( machine_run(), WHvRunVpExitReasonMemoryAccess );
    assert_int_equal( machine.exit.MemoryAccess.Gpa, DEVICE + 12 );
    assert_int_equal( machine.exit.MemoryAccess.AccessInfo.AccessType, WHvMemoryAccessRead );
    host()->out_rip_past = 0;
}

/* RF takes the guest over a breakpoint; KVM's emulator knows nothing of that for ours. */
static void test_resume( void **state )
{
    UINT32 runs;

    (void)state;
    want( 1 << 1 );
    machine_set( 0, WHvX64RegisterDr1, CODE );
    machine_set( 0, WHvX64RegisterDr2, CODE );
    machine_set( 0, WHvX64RegisterDr7, 0x400 | 1 << 2 | 1 << 4 | 1 << 24 );      /* execution, write */
    host()->out_rip_past = 1;
    machine_regs()->rflags |= 0x10000;
    runs = machine.vcpu->runs;
    queue_debug( 1, 0xffff4ff0, 1 );
    halt();
    assert_int_equal( machine.vcpu->runs, runs + 2 );
    assert_int_equal( machine.vcpu->debug.control, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP );
    assert_int_equal( machine.vcpu->debug.arch.debugreg[7], 0x400 | 1 << 2 | 1 << 4 | 1 << 24 );
    host()->out_rip_past = 0;
}

/* The guest has set TF itself since the entry. */
static void trap_own( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    fill_debug( vcpu, exit );
    vcpu->regs.rflags |= FLAG_TF;
}

/* INT1: at the instruction on all processors; not mistaken for a step or a breakpoint behind one. */
static void test_int1( void **state )
{
    UINT32 vendor, real = host()->vendor;

    (void)state;
    want( 1 << 1 );
    for (vendor = WHvProcessorVendorAmd; vendor <= WHvProcessorVendorIntel; vendor++)
    {
        host()->vendor = vendor;
        machine_code( CODE, "\xf1\xf1\x90", 3 );
        machine_regs()->rip = CODE;
        queue_debug( 1, 0xffff0ff0, vendor == WHvProcessorVendorAmd );
        assert_int_equal( machine_run(), WHvRunVpExitReasonException );
        assert_int_equal( machine.exit.VpContext.Rip, CODE );
        assert_int_equal( machine.exit.VpException.InstructionBytes[0], 0xf1 );
        queue_debug( 1, 0xffff0ff1, 2 );
        assert_int_equal( machine_run(), WHvRunVpExitReasonException );
        assert_int_equal( machine.exit.VpContext.Rip, CODE + 2 );
    }
    /* a step of the guest's own is over something that only ends so; an INT1 under its TF is no step */
    host()->vendor = WHvProcessorVendorAmd;
    machine_code( CODE, "\xb0\xf1", 2 );
    machine_regs()->rip = CODE;
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .value = 1, .address = 0xffff4ff0, .skip = 2,
                                       .on_exit = trap_own } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( machine.exit.VpContext.Rip, CODE + 2 );
    assert_int_equal( machine.exit.VpException.ExceptionInfo.SoftwareException, 0 );
    machine_code( CODE, "\xf1\x90", 2 );
    machine_regs()->rip = CODE;
    machine_regs()->rflags &= ~FLAG_TF;
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .value = 1, .address = 0xffff0ff0, .skip = 1,
                                       .on_exit = trap_own } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( machine.exit.VpContext.Rip, CODE );
    assert_int_equal( machine.exit.VpException.ExceptionInfo.SoftwareException, 1 );
    machine_regs()->rflags &= ~FLAG_TF;
    /* where KVM can't execute it */
    machine_code( CODE, "\xf1\xf1\x90", 3 );
    machine_regs()->rip = CODE;
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_INTERNAL_ERROR, .value = KVM_INTERNAL_ERROR_EMULATION } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( machine.exit.VpContext.Rip, CODE );
    assert_int_equal( machine.exit.VpException.ExceptionType, 1 );
    host()->vendor = real;
}

static void test_pending( void **state )
{
    (void)state;
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 0 ), S_OK );
    machine_set( 0, WHvX64RegisterPendingDebugException, 0x12 );
    halt();
    assert_int_equal( machine.vcpu->events.exception.injected, 1 );
    assert_int_equal( machine.vcpu->events.exception.nr, 1 );
    assert_int_equal( machine.vcpu->debugregs.dr6, 0xffff4ff2 );
    assert_int_equal( machine.vp->arch.events.pending_debug, 0 );
    machine.vp->run->s.regs.events.exception.injected = 0;
    machine.vp->arch.view.dirty |= KVM_SYNC_X86_EVENTS;
    halt();
    assert_int_equal( machine.vcpu->events.exception.injected, 0 );
    /* nothing is lost by a failure */
    machine_set( 0, WHvX64RegisterPendingDebugException, 1 );
    fake_kvm_fail_function( "kvm_get_debugregs", EIO );
    assert_int_equal( vp_run( machine.handle, 0, &machine.exit, 224 ), (HRESULT)0x8007001f );
    fake_kvm_fail_function( "kvm_get_debugregs", 0 );
    fake_kvm_fail_function( "kvm_set_debugregs", EIO );
    assert_int_equal( vp_run( machine.handle, 0, &machine.exit, 224 ), (HRESULT)0x8007001f );
    fake_kvm_fail_function( "kvm_set_debugregs", 0 );
    halt();
    assert_int_equal( machine.vcpu->events.exception.nr, 1 );
    /* a client that wants to see it does, and the guest does not */
    machine.vp->run->s.regs.events.exception.injected = 0;
    machine.vp->arch.view.dirty |= KVM_SYNC_X86_EVENTS;
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 4 ), S_OK );
    want( 1 << 1 );
    machine_set( 0, WHvX64RegisterPendingDebugException, 0x12 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( machine.exit.VpException.ExceptionParameter, 0xffff4ff2 );
    halt();
    assert_int_equal( machine.vcpu->events.exception.injected, 0 );
}

/* A debugged vp that is deleted leaves nothing in force for the next. */
static void test_recreated( void **state )
{
    (void)state;
    want( 1 << 1 );
    machine_regs()->rflags |= FLAG_TF;
    queue_debug( 1, 0xffff4ff0, 1 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    assert_int_equal( vp_delete( machine.handle, 0 ), S_OK );
    want( 0 );
    assert_int_equal( vp_create( machine.handle, 0 ), S_OK );
    halt();
    assert_int_equal( machine.vcpu->debug.control, 0 );
    assert_int_equal( machine.vcpu->regs.rflags, 2 );
    assert_int_equal( machine.vcpu->debugregs.dr6, 0xffff0ff0 );
    want( 1 << 1 );
    machine_regs()->rflags |= FLAG_TF;
    queue_debug( 1, 0xffff4ff0, 1 );
    assert_int_equal( machine_run(), WHvRunVpExitReasonException );
    want( 0 );
    assert_int_equal( partition_reset( machine.handle ), S_OK );
    halt();
    assert_int_equal( machine.vcpu->debug.control, 0 );
    assert_int_equal( machine.vcpu->regs.rflags, 2 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_not_wanted, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_breakpoint, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_real_mode, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_step, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_hardware, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_real_mode_hole, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_resume, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_int1, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_pending, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_recreated, setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
