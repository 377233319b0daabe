/*
 * Events that can't be delivered
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
 * For tests of events that can't be delivered: tables of the guest as an operating system has them, with everything in
 * place, an event to inject, and what the exit has to show. Knows machine.h and the names of events.
 */

#ifndef __WHV_TESTS_DELIVERY_MACHINE_H
#define __WHV_TESTS_DELIVERY_MACHINE_H

#include "host/x86.h"
#include "machine.h"
#include "registers/events_x86.h"
#include "vm/view_x86.h"

#define IDT     0x3000
#define GDT     0x4000
#define LDT     0x4800
#define TSS     0x5000
#define INNER   0x7000          /* stack of ring 0 */
#define HOLE    DEVICE

#define READ    WHvMemoryAccessRead
#define WRITE   WHvMemoryAccessWrite

#define VECTOR      0x33
#define PENDING( type, vector ) (1 | (type) << 1 | (UINT64)(vector) << 16)
#define ERROR_CODE  0x10

#define GATE_INT    0x8e00u
#define GATE_INT16  0x8600u
#define CODE_0      0x00209b000000ffffull   /* both a 64-bit and, without L, a 32-bit one's rights */
#define CODE_0_NEW  0x00209a000000ffffull   /* not accessed yet */
#define DATA_0      0x00cf93000000ffffull

static inline struct kvm_sregs *sregs( void )
{
    return view_edit_sregs( machine.vp );
}

static inline void put( UINT32 gpa, UINT64 value, UINT32 size )
{
    memcpy( machine.memory + gpa, &value, size );
}

static inline void put_gate( UINT32 vector, UINT32 selector, UINT32 type, UINT32 ist )
{
    UINT32 size = view_sregs( machine.vp )->efer ? 16 : 8;

    put( IDT + vector * size, 0x2000 | selector << 16 | (UINT64)(type | ist) << 32, 8 );
    if (size == 16) put( IDT + vector * 16 + 8, 0, 8 );
}

static inline void set_ring( UINT8 ring )
{
    sregs()->cs.dpl = sregs()->ss.dpl = ring;
    sregs()->cs.selector = 0x18 | ring;
    sregs()->ss.selector = 0x20 | ring;
}

/* Everything in place: an event gets in. */
static inline void prepare( enum insn_mode mode, UINT8 ring )
{
    machine_mode( mode );
    memset( machine.memory + IDT, 0, 0x3000 );
    sregs()->idt.base = IDT;
    sregs()->idt.limit = mode == INSN_MODE_16 ? 0x3ff : 0xfff;
    sregs()->gdt.base = GDT;
    sregs()->gdt.limit = 0x2f;
    sregs()->tr.base = TSS;
    sregs()->tr.limit = 0x67;
    sregs()->tr.type = 11;
    put( GDT + 8, CODE_0, 8 );
    put( GDT + 16, DATA_0, 8 );
    if (mode == INSN_MODE_16) return;
    set_ring( ring );
    put_gate( VECTOR, 8, GATE_INT, 0 );
    put_gate( VECTOR_GP, 8, GATE_INT, 0 );
    put_gate( VECTOR_PF, 8, GATE_INT, 0 );
    put( TSS + 4, INNER, mode == INSN_MODE_64 ? 8 : 4 );
    if (mode == INSN_MODE_32) put( TSS + 8, 16, 4 );
    put( TSS + 36, INNER, 8 );
}

static inline void inject( UINT64 pending )
{
    machine_set( 0, WHvRegisterPendingInterruption, pending );
}

/* The next run does not enter the guest. */
static inline void check_refused( int line, UINT32 gpa, UINT32 type, UINT64 pending )
{
    unsigned int entries = machine.vcpu->entries;

    if (machine_run() != WHvRunVpExitReasonMemoryAccess || machine.exit.MemoryAccess.Gpa != gpa ||
        machine.exit.MemoryAccess.Gva != gpa || !machine.exit.MemoryAccess.AccessInfo.GvaValid ||
        machine.exit.MemoryAccess.AccessInfo.AccessType != type || machine.exit.MemoryAccess.InstructionByteCount)
        fail_msg( "line %d: exit %#x gpa %#llx access %u", line, machine.exit.ExitReason,
                  (unsigned long long)machine.exit.MemoryAccess.Gpa, machine.exit.MemoryAccess.AccessInfo.AccessType );
    assert_int_equal( machine.exit.VpContext.Rip, CODE );
    assert_true( machine.exit.VpContext.ExecutionState.InterruptionPending );
    assert_int_equal( machine.vcpu->entries, entries );
    assert_int_equal( machine_get( 0, WHvRegisterPendingInterruption ), pending );
}

/* ... and this one does, with the event. */
static inline void check_delivered( int line, UINT64 pending )
{
    const struct kvm_vcpu_events *events = &machine.entered_events;
    struct fake_exit halt = FAKE_HLT;

    halt.on_entry = machine_note_entry;
    machine_queue( halt );
    if (machine_run() != WHvRunVpExitReasonX64Halt)
        fail_msg( "line %d: exit %#x gpa %#llx", line, machine.exit.ExitReason,
                  (unsigned long long)machine.exit.MemoryAccess.Gpa );
    assert_int_equal( machine.entered.rip, CODE );
    if ((pending >> 1 & 7) == TYPE_EXCEPTION)
    {
        assert_true( events->exception.injected && events->exception.nr == (UINT8)(pending >> 16) );
        assert_int_equal( events->exception.has_error_code, pending >> 4 & 1 );
        assert_int_equal( events->exception.error_code, pending >> 32 );
    }
    else if ((pending >> 1 & 7) == TYPE_NMI) assert_true( events->nmi.injected );
    else assert_true( events->interrupt.injected && events->interrupt.nr == (UINT8)(pending >> 16) );
    inject( 0 );
    machine_mode( INSN_MODE_64 );
}

#define REFUSED( gpa, type, pending ) check_refused( __LINE__, gpa, type, pending )
#define DELIVERED( pending ) check_delivered( __LINE__, pending )

static const UINT64 interrupt = PENDING( TYPE_INTERRUPT, VECTOR );
static const UINT64 fault = PENDING( TYPE_EXCEPTION, VECTOR_GP ) | ERROR_CODE | 0x1238ull << 32;

#endif /* __WHV_TESTS_DELIVERY_MACHINE_H */
