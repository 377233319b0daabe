/*
 * The way of an event into the guest
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


#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <string.h>

#include "exit/delivery_walk.h"
#include "exit/refused_access.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "vm/code_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* second half of a descriptor or gate */
#define DESCRIPTOR_TYPE( high )     ((high) >> 8 & 15)
#define DESCRIPTOR_DPL( high )      ((high) >> 13 & 3)
#define DESCRIPTOR_ACCESSED         0x00000100u
#define DESCRIPTOR_CONFORMING       0x00000400u
#define DESCRIPTOR_CODE             0x00000800u
#define DESCRIPTOR_S                0x00001000u
#define DESCRIPTOR_PRESENT          0x00008000u
#define DESCRIPTOR_DB               0x00400000u

#define GATE_INTERRUPT_16   6
#define GATE_TRAP_16        7
#define GATE_INTERRUPT      14
#define GATE_TRAP           15

#define SELECTOR_LDT        4
#define TSS_32              8           /* bit of a TSS' type */

enum step
{
    STEP_DONE,
    STEP_REFUSED,               /* walk->access says what */
    STEP_FAULTS,                /* the guest's own tables don't let it in: that is KVM's business */
};

struct walk
{
    struct vp             *vp;
    refused_func           refused;
    struct refused_access *access;
    BOOL                   is_long;
};

static enum step touch( struct walk *walk, UINT64 linear, UINT32 size, UINT32 type )
{
    return refused_linear( walk->vp, linear, size, type, walk->refused, walk->access ) ? STEP_REFUSED : STEP_DONE;
}

static enum step read_table( struct walk *walk, UINT64 linear, void *data, UINT32 size )
{
    if (touch( walk, linear, size, WHvMemoryAccessRead ) == STEP_REFUSED) return STEP_REFUSED;
    return code_read( walk->vp, linear, data, size, 0 ) == size ? STEP_DONE : STEP_FAULTS;
}

/* Of a segment that is loaded: the processor notes in it that it was. */
static enum step read_descriptor( struct walk *walk, UINT16 selector, UINT32 descriptor[2] )
{
    const struct kvm_sregs *sregs = view_sregs( walk->vp );
    UINT64 base = sregs->gdt.base, limit = sregs->gdt.limit;
    enum step step;

    if (!(selector & ~3)) return STEP_FAULTS;
    if (selector & SELECTOR_LDT)
    {
        if (!sregs->ldt.present || sregs->ldt.unusable) return STEP_FAULTS;
        base = sregs->ldt.base;
        limit = sregs->ldt.limit;
    }
    if ((selector | 7u) > limit) return STEP_FAULTS;
    base += selector & ~7u;
    if ((step = read_table( walk, base, descriptor, 8 )) != STEP_DONE) return step;
    if (!(descriptor[1] & DESCRIPTOR_S) || !(descriptor[1] & DESCRIPTOR_PRESENT)) return STEP_FAULTS;
    return descriptor[1] & DESCRIPTOR_ACCESSED ? STEP_DONE : touch( walk, base, 8, WHvMemoryAccessWrite );
}

/* The frame, from its highest word down. mask: what of the stack pointer counts. */
static enum step push( struct walk *walk, UINT64 base, UINT64 mask, UINT64 sp, UINT32 words, UINT32 size )
{
    UINT64 linear;
    UINT32 i;

    for (i = 1; i <= words; i++)
    {
        linear = base + ((sp - (UINT64)i * size) & mask);
        if (touch( walk, linear, size, WHvMemoryAccessWrite ) == STEP_REFUSED) return STEP_REFUSED;
    }
    return STEP_DONE;
}

/* ---- real mode ---- */

static enum step walk_real( struct walk *walk, UINT8 vector )
{
    const struct kvm_sregs *sregs = view_sregs( walk->vp );
    UINT64 entry = sregs->idt.base + vector * 4;

    if (vector * 4 + 3 > sregs->idt.limit) return STEP_FAULTS;
    if (touch( walk, entry, 4, WHvMemoryAccessRead ) == STEP_REFUSED) return STEP_REFUSED;
    return push( walk, sregs->ss.base, 0xffff, view_regs( walk->vp )->rsp, 3, 2 );
}

/* ---- protected mode and long mode ---- */

static enum step read_tss( struct walk *walk, UINT32 offset, void *data, UINT32 size )
{
    const struct kvm_segment *tr = &view_sregs( walk->vp )->tr;

    if (offset + size - 1 > tr->limit) return STEP_FAULTS;
    return read_table( walk, tr->base + offset, data, size );
}

static enum step walk_long( struct walk *walk, UINT8 ist, UINT8 cpl, BOOL has_error_code )
{
    UINT64 rsp = view_regs( walk->vp )->rsp;
    enum step step;

    if (ist || cpl < vp_cpl( walk->vp ))
    {
        step = read_tss( walk, ist ? 36 + 8 * (ist - 1) : 4 + 8 * cpl, &rsp, sizeof(rsp) );
        if (step != STEP_DONE) return step;
    }
    return push( walk, 0, ~0ull, rsp & ~15ull, has_error_code ? 6 : 5, 8 );
}

/* The stack of the ring that the handler is in, from the TSS. */
static enum step walk_inner( struct walk *walk, UINT8 cpl, UINT32 words, UINT32 size )
{
    UINT32 tss[2] = { 0 }, descriptor[2];
    UINT64 base, sp;
    enum step step;
    UINT16 ss;

    if (view_sregs( walk->vp )->tr.type & TSS_32)
    {
        if ((step = read_tss( walk, 4 + 8 * cpl, tss, 8 )) != STEP_DONE) return step;
        sp = tss[0];
        ss = tss[1];
    }
    else
    {
        if ((step = read_tss( walk, 2 + 4 * cpl, tss, 4 )) != STEP_DONE) return step;
        sp = tss[0] & 0xffff;
        ss = tss[0] >> 16;
    }
    if ((step = read_descriptor( walk, ss, descriptor )) != STEP_DONE) return step;
    base = descriptor[0] >> 16 | (descriptor[1] & 0xff) << 16 | (descriptor[1] & 0xff000000);
    return push( walk, base, descriptor[1] & DESCRIPTOR_DB ? 0xffffffff : 0xffff, sp, words, size );
}

static enum step walk_protected( struct walk *walk, UINT8 vector, BOOL has_error_code )
{
    const struct kvm_sregs *sregs = view_sregs( walk->vp );
    UINT8 old_cpl = vp_cpl( walk->vp ), cpl, type;
    UINT32 gate[4] = { 0 }, size = walk->is_long ? 16 : 8, code[2], words = 3 + has_error_code;
    enum step step;

    if (vector * size + size - 1 > sregs->idt.limit) return STEP_FAULTS;
    if ((step = read_table( walk, sregs->idt.base + vector * size, gate, size )) != STEP_DONE) return step;
    type = DESCRIPTOR_TYPE( gate[1] );
    if (!(gate[1] & DESCRIPTOR_PRESENT) || (gate[1] & DESCRIPTOR_S)) return STEP_FAULTS;
    /* no tasks: whoever switches them in hardware is left to KVM */
    if (type != GATE_INTERRUPT && type != GATE_TRAP &&
        (walk->is_long || (type != GATE_INTERRUPT_16 && type != GATE_TRAP_16))) return STEP_FAULTS;

    if ((step = read_descriptor( walk, gate[0] >> 16, code )) != STEP_DONE) return step;
    if (!(code[1] & DESCRIPTOR_CODE) || DESCRIPTOR_DPL( code[1] ) > old_cpl) return STEP_FAULTS;
    cpl = code[1] & DESCRIPTOR_CONFORMING ? old_cpl : DESCRIPTOR_DPL( code[1] );
    if (walk->is_long) return walk_long( walk, gate[1] & 7, cpl, has_error_code );

    size = type & 8 ? 4 : 2;
    if (view_regs( walk->vp )->rflags & RFLAGS_VM)
    {
        if (cpl) return STEP_FAULTS;
        return walk_inner( walk, cpl, words + 6, size );
    }
    if (cpl < old_cpl) return walk_inner( walk, cpl, words + 2, size );
    return push( walk, sregs->ss.base, sregs->ss.db ? 0xffffffff : 0xffff, view_regs( walk->vp )->rsp, words, size );
}

BOOL delivery_walk( struct vp *vp, UINT8 vector, BOOL has_error_code, refused_func refused,
                    struct refused_access *access )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    struct walk walk = { vp, refused, access, (sregs->efer & EFER_LMA) != 0 };

    if (!(sregs->cr0 & CR0_PE)) return walk_real( &walk, vector ) == STEP_REFUSED;
    return walk_protected( &walk, vector, has_error_code ) == STEP_REFUSED;
}
