/*
 * A guest in ring 3 without an interrupt table
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
 * The guest that the hidden IDT is for, and a processor that delivers by the tables that it is given. Knows machine.h.
 */

#ifndef __WHV_TESTS_HIDDEN_MACHINE_H
#define __WHV_TESTS_HIDDEN_MACHINE_H

#include "host/bytes.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "machine.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define ALL_VECTORS 0xf7dfbu
#define RIP         (PAGED + (CODE & 0xfff))
#define USER        4

static inline void want( UINT64 exceptions )
{
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExceptionExitBitmap, exceptions ), S_OK );
}

/* Ring 3 of long mode, without an interrupt table. */
static inline void enter_ring3( void )
{
    struct kvm_sregs *sregs = view_edit_sregs( machine.vp );

    machine_mode( INSN_MODE_64 );
    machine_page( PAGED, CODE & ~0xfffull );
    machine_regs()->rip = RIP;
    sregs->cs.selector = 0x1b;
    sregs->ss.selector = 0x23;
    sregs->cs.dpl = sregs->ss.dpl = 3;
    sregs->idt.limit = 0;
    sregs->idt.base = 0x7000;
    sregs->gdt.base = 0x6000;
    sregs->gdt.limit = 0x2f;
    sregs->tr.base = 0x5000;
    sregs->tr.limit = 0x67;
    sregs->tr.selector = 0x28;
    sregs->tr.type = 11;
    sregs->tr.present = 1;
    sregs->cr2 = 0x1111;
}

static inline int setup( void **state )
{
    if (machine_setup( state )) return -1;
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 4 ), S_OK );
    want( ALL_VECTORS );
    enter_ring3();
    return 0;
}

/* ---- what a processor does with the tables that it is given ---- */

static inline UINT8 *at_gpa( UINT64 gpa, UINT32 size )
{
    const struct vp_hidden *hidden = &machine.vp->arch.hidden;

    if (gpa - hidden->gpa < 11 * 0x1000) return hidden->host + (gpa - hidden->gpa);
    assert_true( gpa + size <= RAM_SIZE );
    return machine.memory + gpa;
}

/* Where a supervisor's address leads; user: could ring 3 have used it? */
static inline UINT8 *walk( const struct fake_vcpu *vcpu, UINT64 linear, BOOL *user )
{
    UINT64 entry = vcpu->sregs.cr3, address;
    UINT32 shift;

    *user = 1;
    for (shift = 39; shift >= 12; shift -= 9)
    {
        address = (entry & 0x000ffffffffff000ull) + (linear >> shift & 511) * 8;
        entry = load64( at_gpa( address, 8 ) );
        assert_true( entry & 1 );
        store64( at_gpa( address, 8 ), entry | 0x20 );
        if (!(entry & USER)) *user = 0;
    }
    return at_gpa( (entry & 0x000ffffffffff000ull) + (linear & 0xfff), 8 );
}

static inline UINT8 *supervisor( const struct fake_vcpu *vcpu, UINT64 linear )
{
    BOOL user;
    UINT8 *at = walk( vcpu, linear, &user );

    /* what is nowhere in the guest's tables is for nobody but the supervisor */
    assert_false( user );
    return at;
}

static inline void push( struct fake_vcpu *vcpu, UINT64 value )
{
    vcpu->regs.rsp -= 8;
    store64( supervisor( vcpu, vcpu->regs.rsp ), value );
}

/* exit->address: the vector; value: its error code, with CR2 above. */
static inline void deliver( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    UINT32 vector = exit->address;
    const UINT8 *gate = supervisor( vcpu, vcpu->sregs.idt.base + vector * 16 );
    UINT64 low = load64( gate ), handler, rsp = vcpu->regs.rsp, descriptor;

    assert_true( vcpu->sregs.idt.limit >= vector * 16 + 15 );
    assert_int_equal( low >> 40 & 0x9f, 0x8e );
    handler = (low & 0xffff) | (low >> 48) << 16 | load64( gate + 8 ) << 32;
    if (exit->arg) walk( vcpu, RIP, (BOOL *)exit->arg );
    assert_true( vcpu->sregs.gdt.limit >= (low >> 16 & 0xfff8) + 7 );
    descriptor = load64( supervisor( vcpu, vcpu->sregs.gdt.base + (low >> 16 & 0xfff8) ) );
    assert_int_equal( descriptor >> 40 & 0xff, 0x9b );
    vcpu->regs.rsp = load64( supervisor( vcpu, vcpu->sregs.tr.base + 0x1c + (low >> 32 & 7) * 8 ) );
    push( vcpu, vcpu->sregs.ss.selector );
    push( vcpu, rsp );
    push( vcpu, vcpu->regs.rflags | RFLAGS_RF );
    push( vcpu, vcpu->sregs.cs.selector );
    push( vcpu, vcpu->regs.rip );
    if (vector < 32 && 0x60227d00u >> vector & 1) push( vcpu, (UINT32)exit->value );
    if (vector == VECTOR_PF) vcpu->sregs.cr2 = (INT64)exit->value >> 32;
    vcpu->regs.rip = handler;
    vcpu->sregs.cs.selector = low >> 16;
    vcpu->sregs.cs.dpl = vcpu->sregs.ss.dpl = 0;
    vcpu->sregs.ss.selector = 0;
    assert_int_equal( supervisor( vcpu, handler )[0], 0xe6 );
    vcpu->run->io.direction = KVM_EXIT_IO_OUT;
    vcpu->run->io.size = vcpu->run->io.count = 1;
    vcpu->run->io.port = supervisor( vcpu, handler + 1 )[0];
    vcpu->run->io.data_offset = 4096;
}

static inline void queue_exception( UINT32 vector, UINT32 error_code, UINT32 cr2 )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_IO, .address = vector, .size = 1, .write = 1,
                                       .value = (UINT64)cr2 << 32 | error_code, .on_exit = deliver } );
}

static inline BOOL is_masked( void )
{
    return machine.vcpu->sregs.cr3 != TABLES;
}

#endif /* __WHV_TESTS_HIDDEN_MACHINE_H */
