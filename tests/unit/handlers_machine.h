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

/*
 * A guest with an interrupt table, in each mode, and a processor that delivers to it: for tests of breakpoints at
 * handlers. Knows machine.h.
 */

#ifndef __WHV_TESTS_HANDLERS_MACHINE_H
#define __WHV_TESTS_HANDLERS_MACHINE_H

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

static inline void want( UINT64 exceptions )
{
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExceptionExitBitmap, exceptions ), S_OK );
}

static inline UINT32 handler( UINT32 vector )
{
    return HANDLERS + vector * 16;
}

static inline void put_gate( UINT32 vector, UINT32 address )
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

static inline void put_descriptor( UINT32 selector, UINT8 access )
{
    UINT64 size = kind->mode == INSN_MODE_64 && (access & 8) ? 0xa : 0xc;

    store64( machine.memory + GDT + (selector & ~7u), 0x000f00000000ffffull | (UINT64)access << 40 | size << 52 );
}

/* All addresses are what they seem, but from 2 or 4 MiB on there is nothing. */
static inline void page( struct kvm_sregs *sregs )
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
static inline void start( const struct kind *which )
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

static inline int setup( void **state )
{
    HRESULT hr;

    ((struct host *)host_get( &hr ))->breakpoints = 1;
    if (machine_setup( state )) return -1;
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 4 ), S_OK );
    start( KIND_LONG );
    return 0;
}

/* ---- what a processor does ---- */

static inline BOOL has_error_code( UINT32 vector )
{
    return kind->mode != INSN_MODE_16 && (0x60227d00u >> vector & 1);
}

static inline void push( struct fake_vcpu *vcpu, UINT32 size, UINT64 value )
{
    vcpu->regs.rsp -= size;
    memcpy( machine.memory + vcpu->regs.rsp, &value, size );
}

/* Which breakpoints stand at an address; bits as in DR6. */
static inline UINT32 breakpoints( const struct fake_vcpu *vcpu, UINT64 address )
{
    UINT32 i, found = 0;

    if (!(vcpu->debug.control & KVM_GUESTDBG_ENABLE) || !(vcpu->debug.control & KVM_GUESTDBG_USE_HW_BP)) return 0;
    for (i = 0; i < 4; i++)
        if ((vcpu->debug.arch.debugreg[7] >> i * 2 & 3) && vcpu->debug.arch.debugreg[i] == address) found |= 1 << i;
    return found;
}

/* At RIP: a breakpoint, or a HLT that the handler begins with. */
static inline void arrive( struct fake_vcpu *vcpu )
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
static inline void deliver( struct fake_vcpu *vcpu, struct fake_exit *exit )
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

static inline void queue_exception( UINT32 vector, UINT32 error_code, UINT32 cr2 )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .address = vector,
                                       .value = (UINT64)cr2 << 32 | error_code, .on_exit = deliver } );
}

static inline void queue_interrupt( UINT32 vector, UINT32 skip )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .address = vector, .size = 1, .skip = skip,
                                       .on_exit = deliver } );
}

/* The guest goes on where it is. */
static inline void go_on( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    arrive( vcpu );
}

static inline void queue_go_on( void )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .on_exit = go_on } );
}

/* The handler runs, behind one or no exit that nobody sees. */
static inline void check_handler_runs( UINT32 vector )
{
    if (machine_run() != WHvRunVpExitReasonX64Halt)
        fail_msg( "%s, handler %u: exit %#x, vector %u", kind->name, vector, machine.exit.ExitReason,
                  machine.exit.VpException.ExceptionType );
    assert_int_equal( view_regs( machine.vp )->rip, handler( vector ) + 1 );
    assert_int_equal( fake_kvm_left( machine.vcpu ), 0 );
}

#endif /* __WHV_TESTS_HANDLERS_MACHINE_H */
