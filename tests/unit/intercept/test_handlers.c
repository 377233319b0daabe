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

#include <errno.h>

#include "host/array.h"
#include "host/bytes.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/probe.h"
#include "host/x86.h"
#include "machine.h"
#include "registers/registers_x86.h"
#include "run/run.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define IDT             0x4000
#define GDT             0x5000
#define TSS             0x5800
#define HANDLERS        0x6000          /* 16 bytes each */
#define IST_TOP         0x7800
#define RING0_TOP       0x7c00          /* of ring 3's exceptions */
#define SELECTOR_CODE   0x10            /* as machine_mode has it */
#define SELECTOR_STACK  0x18
#define SELECTOR_CODE3  0x33
#define SELECTOR_STACK3 0x3b
#define SAVED_CR2       0x1111

static const struct kind
{
    const char    *name;
    enum insn_mode mode;
    UINT8          cpl;
    BOOL           ist;
}
kinds[] =
{
    { "long", INSN_MODE_64, 0, 0 }, { "long, IST", INSN_MODE_64, 0, 1 }, { "long, ring 3", INSN_MODE_64, 3, 0 },
    { "long, ring 3, IST", INSN_MODE_64, 3, 1 }, { "protected", INSN_MODE_32, 0, 0 },
    { "protected, ring 3", INSN_MODE_32, 3, 0 }, { "real", INSN_MODE_16, 0, 0 },
};
#define KIND_LONG       (&kinds[0])
#define KIND_PROTECTED  (&kinds[4])
#define KIND_REAL       (&kinds[6])

static const struct kind *kind;

static void want( UINT64 exceptions )
{
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExceptionExitBitmap, exceptions ), S_OK );
}

static UINT32 handler( UINT32 vector )
{
    return HANDLERS + vector * 16;
}

static void put_gate( UINT32 vector, UINT32 address )
{
    if (kind->mode == INSN_MODE_16)
    {
        store32( machine.memory + vector * 4, address );
        return;
    }
    if (kind->mode == INSN_MODE_64)
    {
        store64( machine.memory + IDT + vector * 16,
                 0x8e0000000000ull | (UINT64)kind->ist << 32 | SELECTOR_CODE << 16 | address );
        store64( machine.memory + IDT + vector * 16 + 8, 0 );
        return;
    }
    store64( machine.memory + IDT + vector * 8, 0x8e0000000000ull | SELECTOR_CODE << 16 | address );
}

static void put_descriptor( UINT32 selector, UINT8 access )
{
    UINT64 size = kind->mode == INSN_MODE_64 && (access & 8) ? 0xa : 0xc;

    store64( machine.memory + GDT + (selector & ~7u), 0x000f00000000ffffull | (UINT64)access << 40 | size << 52 );
}

/* All addresses are what they seem, but from 2 or 4 MiB on there is nothing. */
static void page( struct kvm_sregs *sregs )
{
    UINT8 *tables = machine.memory + TABLES;

    if (kind->mode == INSN_MODE_16) return;
    sregs->cr3 = TABLES;
    sregs->cr0 |= CR0_PG;
    sregs->cr4 = kind->mode == INSN_MODE_64 ? CR4_PAE : CR4_PSE;
    store64( tables, kind->mode == INSN_MODE_64 ? (TABLES + 0x1000) | 7 : 0x87 );
    store64( tables + 0x1000, (TABLES + 0x2000) | 7 );
    store64( tables + 0x2000, 0x87 );
}

/* A guest with a handler for each of the first 64 vectors. */
static void start( const struct kind *which )
{
    struct kvm_sregs *sregs = view_edit_sregs( machine.vp );
    UINT32 i;

    kind = which;
    memset( machine.memory, 0, RAM_SIZE );
    machine_mode( kind->mode );
    memset( machine.memory + HANDLERS, 0xf4, 0x1000 );
    for (i = 0; i < 64; i++) put_gate( i, handler( i ) );
    put_descriptor( SELECTOR_CODE, 0x9b );
    put_descriptor( SELECTOR_STACK, 0x93 );
    put_descriptor( SELECTOR_CODE3, 0xfb );
    put_descriptor( SELECTOR_STACK3, 0xf3 );
    if (kind->mode == INSN_MODE_64)
    {
        store64( machine.memory + TSS + 4, RING0_TOP );
        store64( machine.memory + TSS + 36, IST_TOP );
    }
    else
    {
        store32( machine.memory + TSS + 4, RING0_TOP );
        store32( machine.memory + TSS + 8, SELECTOR_STACK );
    }
    sregs->idt.base = kind->mode == INSN_MODE_16 ? 0 : IDT;
    sregs->idt.limit = 0x3ff;
    sregs->gdt.base = GDT;
    sregs->gdt.limit = 0x3f;
    sregs->tr.base = TSS;
    sregs->tr.limit = 0x67;
    sregs->tr.type = 11;
    sregs->tr.present = 1;
    sregs->cr2 = SAVED_CR2;
    page( sregs );
    if (kind->cpl == 3)
    {
        sregs->cs.selector = SELECTOR_CODE3;
        sregs->ss.selector = SELECTOR_STACK3;
        sregs->cs.dpl = sregs->ss.dpl = 3;
    }
    machine_regs()->rflags = 0x2 | RFLAGS_CF | RFLAGS_IF;
    machine_code( CODE, "\x0f\x0b\x90\x90", 4 );
}

static int setup( void **state )
{
    HRESULT hr;

    ((struct host *)host_get( &hr ))->breakpoints = 1;
    if (machine_setup( state )) return -1;
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 4 ), S_OK );
    start( KIND_LONG );
    return 0;
}

/* ---- what a processor does ---- */

static BOOL has_error_code( UINT32 vector )
{
    return kind->mode != INSN_MODE_16 && (0x60227d00u >> vector & 1);
}

static void push( struct fake_vcpu *vcpu, UINT32 size, UINT64 value )
{
    vcpu->regs.rsp -= size;
    memcpy( machine.memory + vcpu->regs.rsp, &value, size );
}

/* Which breakpoints stand at an address; bits as in DR6. */
static UINT32 breakpoints( const struct fake_vcpu *vcpu, UINT64 address )
{
    UINT32 i, found = 0;

    if (!(vcpu->debug.control & KVM_GUESTDBG_ENABLE) || !(vcpu->debug.control & KVM_GUESTDBG_USE_HW_BP)) return 0;
    for (i = 0; i < 4; i++)
        if ((vcpu->debug.arch.debugreg[7] >> i * 2 & 3) && vcpu->debug.arch.debugreg[i] == address) found |= 1 << i;
    return found;
}

/* At RIP: a breakpoint, or a HLT that the handler begins with. */
static void arrive( struct fake_vcpu *vcpu )
{
    UINT32 hit = vcpu->regs.rflags & RFLAGS_RF ? 0 : breakpoints( vcpu, vcpu->regs.rip );

    vcpu->run->exit_reason = hit ? KVM_EXIT_DEBUG : KVM_EXIT_HLT;
    vcpu->run->debug.arch.exception = VECTOR_DB;
    vcpu->run->debug.arch.dr6 = 0xffff0ff0 | hit;
    vcpu->run->debug.arch.pc = vcpu->regs.rip;
    if (!hit) vcpu->regs.rip++;
    vcpu->regs.rflags &= ~RFLAGS_RF;
}

/* exit->address: the vector; exit->value: its error code, with CR2 above; exit->size: no fault, but INT n or an
 * interrupt. */
static void deliver( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    UINT32 vector = exit->address, size = kind->mode == INSN_MODE_16 ? 2 : kind->mode == INSN_MODE_32 ? 4 : 8;
    UINT64 rsp = vcpu->regs.rsp, flags = vcpu->regs.rflags, ss = vcpu->sregs.ss.selector;
    BOOL inner = vcpu->sregs.ss.dpl == 3;

    if (size == 8) vcpu->regs.rsp = kind->ist ? IST_TOP : inner ? RING0_TOP : rsp & ~15ull;
    else if (inner) vcpu->regs.rsp = RING0_TOP;
    if (!exit->size && vector != VECTOR_OF) flags |= RFLAGS_RF;
    if (size == 8 || inner)
    {
        push( vcpu, size, ss );
        push( vcpu, size, rsp );
    }
    push( vcpu, size, flags );
    push( vcpu, size, vcpu->sregs.cs.selector );
    push( vcpu, size, vcpu->regs.rip );
    if (!exit->size && has_error_code( vector )) push( vcpu, size, (UINT32)exit->value );
    if (vector == VECTOR_PF && !exit->size) vcpu->sregs.cr2 = exit->value >> 32;
    vcpu->regs.rflags &= ~(RFLAGS_IF | RFLAGS_TF | RFLAGS_RF);
    if (kind->mode != INSN_MODE_16) vcpu->sregs.cs.selector = SELECTOR_CODE;
    if (inner) vcpu->sregs.ss.selector = size == 8 ? 0 : SELECTOR_STACK;
    vcpu->sregs.cs.dpl = vcpu->sregs.ss.dpl = 0;
    memset( &vcpu->events, 0, sizeof(vcpu->events) );
    vcpu->regs.rip = kind->mode == INSN_MODE_16 ? load16( machine.memory + vector * 4 )
                                                : load16( machine.memory + IDT + vector * size * 2 );
    arrive( vcpu );
}

static void queue_exception( UINT32 vector, UINT32 error_code, UINT32 cr2 )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .address = vector,
                                       .value = (UINT64)cr2 << 32 | error_code, .on_exit = deliver } );
}

static void queue_interrupt( UINT32 vector, UINT32 skip )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .address = vector, .size = 1, .skip = skip,
                                       .on_exit = deliver } );
}

/* The guest goes on where it is. */
static void go_on( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    arrive( vcpu );
}

static void queue_go_on( void )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_exit = go_on } );
}

/* The handler runs, behind one or no exit that nobody sees. */
static void check_handler_runs( UINT32 vector )
{
    if (machine_run() != WHvRunVpExitReasonX64Halt)
        fail_msg( "%s, handler %u: exit %#x, vector %u", kind->name, vector, machine.exit.ExitReason,
                  machine.exit.VpException.ExceptionType );
    assert_int_equal( view_regs( machine.vp )->rip, handler( vector ) + 1 );
    assert_int_equal( fake_kvm_left( machine.vcpu ), 0 );
}

/* ---- tests ---- */

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

static void leave_injected( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->events.exception.injected = 1;
    vcpu->events.exception.nr = VECTOR_PF;
    vcpu->events.exception.has_error_code = 1;
    vcpu->events.exception.error_code = 6;
    vcpu->sregs.cr2 = 0x4321;
}

/* KVM comes out in the middle of a delivery: by a kick, or because the stack is nowhere. */
static void test_undelivered( void **state )
{
    static const int errors[] = { -EINTR, -EFAULT };
    UINT32 i;

    (void)state;
    want( 1 << VECTOR_PF );
    for (i = 0; i < ARRAY_SIZE(errors); i++)
    {
        machine_queue( (struct fake_exit){ .error = errors[i], .on_entry = leave_injected } );
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
        cmocka_unit_test_setup_teardown( test_kick, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_others, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_into, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_room, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_own, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_own_handler, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_shared, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_client_goes, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_undelivered, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_over, setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_tables, setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
