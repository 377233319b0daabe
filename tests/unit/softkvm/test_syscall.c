/*
 * Unit tests of half_syscall.c: SYSCALL on a KVM that does half of it
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

#include "host/array.h"
#include "host/host.h"
#include "host/kvm.h"
#include "machine.h"
#include "registers/registers_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"

#define IDT     DATA
#define HANDLER 0x2000ull
#define OTHER   0x2100ull
#define ENTRY   0xffffffff81000000ull
#define RING3   0x5000ull               /* where the SYSCALL stands */
#define RSP3    0x7000ull

static struct host *host( void )
{
    return (struct host *)machine.vp->partition->host;
}

static void set_table( UINT64 base, UINT16 limit )
{
    WHV_REGISTER_VALUE value = { .Table = { .Base = base, .Limit = limit } };
    WHV_REGISTER_NAME name = WHvX64RegisterIdtr;

    assert_int_equal( regs_set( machine.vp, &name, 1, &value ), S_OK );
}

static void put_gate( UINT64 table, UINT64 handler )
{
    UINT32 gate[4] = { (handler & 0xffff) | 0x80000, (handler & 0xffff0000) | 0x8e00, handler >> 32, 0 };

    machine_code( table + 14 * 16, gate, sizeof(gate) );
}

static void halt( void )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT } );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
}

static int setup( void **state )
{
    if (machine_setup( state )) return -1;
    host()->syscall_half = 1;
    put_gate( IDT, HANDLER );
    machine_code( HANDLER, "\x0f\x01\xca\x90", 4 );
    machine_code( RING3, "\x0f\x05", 2 );
    machine_set( 0, WHvX64RegisterLstar, ENTRY );
    machine_set( 0, WHvX64RegisterStar, 0x0023001000000000 );
    machine_set( 0, WHvX64RegisterSfmask, 0x700 );
    set_table( IDT, 0xfff );
    return 0;
}

static int teardown( void **state )
{
    host()->syscall_half = 0;
    return machine_teardown( state );
}

static UINT64 breakpoint( void )
{
    return machine.vcpu->debug.control & KVM_GUESTDBG_ENABLE ? machine.vcpu->debug.arch.debugreg[0] : 0;
}

static void give_up( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->run->internal.suberror = KVM_INTERNAL_ERROR_EMULATION;
    vcpu->run->internal.ndata = 0;
}

struct frame
{
    UINT64 error, rip, cs, rflags, rsp, ss;
};

static const struct frame half = { 0x15, ENTRY, 0x33, 0x10046, RSP3, 0x2b };

/* What KVM shows at the breakpoint, with the page fault's frame on the stack. */
static void reach_handler( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->run->debug.arch.exception = 1;
    vcpu->run->debug.arch.dr6 = 0xffff0ff1;
    vcpu->run->debug.arch.pc = HANDLER;
    vcpu->regs.rip = HANDLER;
    vcpu->regs.rsp = STACK;
    vcpu->regs.rcx = RING3 + 2;
    vcpu->regs.rflags = 0x40002;
    vcpu->sregs.cr2 = ENTRY;
}

static void hit( const struct frame *frame )
{
    machine_code( STACK, frame, sizeof(*frame) );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .on_exit = reach_handler } );
    halt();
}

static void test_completed( void **state )
{
    (void)state;
    hit( &half );
    assert_true( machine.vcpu->regs.rip == ENTRY );
    assert_true( machine.vcpu->regs.rsp == RSP3 );
    assert_true( machine.vcpu->regs.rcx == RING3 + 2 );
    assert_int_equal( machine.vcpu->regs.rflags, 0x46 );
    assert_int_equal( machine.vcpu->sregs.cs.selector, 0x10 );
    assert_int_equal( machine.vcpu->sregs.cs.dpl, 0 );
    assert_int_equal( machine.vcpu->sregs.cs.l, 1 );
    assert_int_equal( machine.vcpu->sregs.ss.selector, 0x18 );
    assert_int_equal( machine.vcpu->sregs.ss.dpl, 0 );
    assert_true( breakpoint() == HANDLER );
}

/* Page faults of other kinds go to the handler, whose first instruction is executed for the breakpoint's sake. */
static void test_faults( void **state )
{
    struct frame frames[6];
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(frames); i++) frames[i] = half;
    frames[0].error = 0x11;                     /* ring 0's */
    frames[1].cs = 0x10;
    frames[2].rip = ENTRY + 1;
    frames[3].rflags |= 0x100;                  /* SYSCALL would have masked it */
    frames[4].rip = frames[4].rsp = RING3;
    for (i = 0; i < ARRAY_SIZE(frames); i++)
    {
        /* no SYSCALL stands before RCX */
        if (i == 5) machine_code( RING3, "\x90\x90", 2 );
        hit( &frames[i] );
        assert_true( machine.vcpu->regs.rip == HANDLER + 3 );
        assert_true( machine.vcpu->regs.rsp == STACK );
        assert_int_equal( machine.vcpu->regs.rflags, 2 );       /* it was CLAC */
    }
}

static void test_first_instruction( void **state )
{
    UINT64 gs = machine.vp->run->s.regs.sregs.gs.base;
    struct frame fault = half;

    (void)state;
    fault.rip = RING3;
    machine_code( HANDLER, "\xf3\x0f\x1e\xfa", 4 );
    hit( &fault );
    assert_true( machine.vcpu->regs.rip == HANDLER + 4 );
    machine_code( HANDLER, "\x0f\x1f\x00", 3 );
    hit( &fault );
    assert_true( machine.vcpu->regs.rip == HANDLER + 3 );
    machine_code( HANDLER, "\x0f\x01\xf8", 3 );
    machine_set( 0, WHvX64RegisterKernelGsBase, 0x1234000 );
    hit( &fault );
    assert_true( machine.vcpu->regs.rip == HANDLER + 3 );
    assert_true( machine.vcpu->sregs.gs.base == 0x1234000 );
    assert_true( machine_get( 0, WHvX64RegisterKernelGsBase ) == gs );

    /* any other: one step without the breakpoint, which then is back */
    machine_code( HANDLER, "\x90", 1 );
    machine_code( STACK, &fault, sizeof(fault) );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .on_exit = reach_handler } );
    halt();
    assert_true( machine.vcpu->regs.rip == HANDLER );
    assert_true( machine.vcpu->debug.control & KVM_GUESTDBG_SINGLESTEP );
    assert_int_equal( machine.vcpu->debug.arch.debugreg[7] & 3, 0 );
}

/* The breakpoint follows the table; an entry that sees the same table makes no call but KVM_RUN. */
static void test_table( void **state )
{
    UINT32 calls, runs, i;

    (void)state;
    halt();
    assert_true( breakpoint() == HANDLER );

    calls = fake_kvm_count( NULL );
    runs = machine.vcpu->runs;
    for (i = 0; i < 200; i++) halt();
    assert_int_equal( fake_kvm_count( NULL ) - calls, machine.vcpu->runs - runs );

    /* another table */
    put_gate( IDT + 0x400, OTHER );
    set_table( IDT + 0x400, 0xfff );
    halt();
    assert_true( breakpoint() == OTHER );
    /* one without an entry for page faults */
    set_table( IDT + 0x400, 14 * 16 + 14 );
    halt();
    assert_true( breakpoint() == 0 );
    set_table( IDT, 0xfff );
    halt();
    assert_true( breakpoint() == HANDLER );

    /* the same table with another entry is seen when KVM next gives up */
    put_gate( IDT, OTHER );
    machine_code( CODE, "\x0f\x01\xcb", 3 );            /* stac */
    machine_regs()->rip = CODE;
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_INTERNAL_ERROR, .on_exit = give_up } );
    halt();
    assert_true( breakpoint() == OTHER );

    /* no LSTAR, no breakpoint */
    machine_set( 0, WHvX64RegisterLstar, 0 );
    halt();
    assert_true( breakpoint() == 0 );
}

/* A KVM that does SYSCALL itself is not concerned. */
static void test_whole( void **state )
{
    (void)state;
    host()->syscall_half = 0;
    machine_set( 0, WHvX64RegisterLstar, ENTRY + 0x40 );
    halt();
    machine.vp->arch.syscall.stale = 0;
    machine_set( 0, WHvX64RegisterLstar, ENTRY );
    halt();
    assert_false( machine.vp->arch.syscall.stale );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_completed, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_faults, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_first_instruction, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_table, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_whole, setup, teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
