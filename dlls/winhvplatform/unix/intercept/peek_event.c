/*
 * Events on their way into a guest that is stepped
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

#include "host/bytes.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "intercept/peek_event.h"
#include "memory/gpa_access.h"
#include "memory/gpa_map.h"
#include "registers/events_x86.h"
#include "vm/code_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

#define FRAME_SIZE      6               /* of real mode */
#define GATE_TYPE       0x1f            /* with the bit that tells system segments from others */
#define GATE_PRESENT    0x80

BOOL peek_event_vector( const struct vp *vp, UINT8 *vector )
{
    const struct kvm_vcpu_events *events = view_events( vp );

    if (events->exception.injected || events->exception.pending) *vector = events->exception.nr;
    else if (events->nmi.injected) *vector = VECTOR_NMI;
    else if (events->interrupt.injected) *vector = events->interrupt.nr;
    else return 0;
    return 1;
}

BOOL peek_event_write( struct vp *vp, UINT64 linear, const void *data, UINT32 size )
{
    UINT32 first = GPA_PAGE_SIZE - (linear & (GPA_PAGE_SIZE - 1));
    UINT64 gpa, next;

    if (first > size) first = size;
    if (!code_translate( vp, linear, 0, &gpa )) return 0;
    if (first < size)
    {
        if (!code_translate( vp, linear + first, 0, &next ) || !gpa_is_writable( &vp->partition->gpa, next )) return 0;
        if (FAILED(gpa_write( &vp->partition->gpa, gpa, data, first ))) return 0;
        gpa = next;
        data = (const UINT8 *)data + first;
        size -= first;
    }
    return SUCCEEDED(gpa_write( &vp->partition->gpa, gpa, data, size ));
}

BOOL peek_event_deliver( struct vp *vp, UINT8 vector, UINT8 length )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    const struct kvm_vcpu_events *events = view_events( vp );
    struct kvm_vcpu_events *edit;
    UINT8 entry[4], frame[FRAME_SIZE];
    struct kvm_regs *regs;
    UINT64 mask, rsp;

    if ((sregs->cr0 & CR0_PE) || vector * sizeof(entry) + sizeof(entry) - 1 > sregs->idt.limit) return 0;
    /* an NMI masks the next; of a software interrupt that KVM has, the address behind it is not known */
    if (!length && (events->nmi.injected || events->interrupt.soft || events->exception.pending ||
                    (events->exception.injected && (vector == VECTOR_BP || vector == VECTOR_OF)))) return 0;
    if (code_read( vp, sregs->idt.base + vector * sizeof(entry), entry, sizeof(entry), 0 ) != sizeof(entry)) return 0;
    mask = insn_size_mask( vp_stack_size( vp ) );
    rsp = view_regs( vp )->rsp & mask;
    /* wrapped frames, and faults by the segment's limit, are KVM's */
    if (rsp < FRAME_SIZE || rsp - 1 > sregs->ss.limit) return 0;
    rsp -= FRAME_SIZE;
    store16( frame, view_regs( vp )->rip + length );
    store16( frame + 2, sregs->cs.selector );
    store16( frame + 4, view_regs( vp )->rflags );
    if (!peek_event_write( vp, code_linear( vp, SEGMENT_SS, rsp ), frame, sizeof(frame) )) return 0;

    regs = view_edit_regs( vp );
    regs->rsp = (regs->rsp & ~mask) | rsp;
    regs->rip = load16( entry );
    regs->rflags &= ~(RFLAGS_IF | RFLAGS_TF | RFLAGS_AC | RFLAGS_RF);
    view_edit_sregs( vp )->cs.selector = load16( entry + 2 );
    view_edit_sregs( vp )->cs.base = load16( entry + 2 ) << 4;
    if (!length) events_clear_injected( vp );
    if (events->interrupt.shadow)
    {
        edit = view_edit_events( vp );
        edit->interrupt.shadow = 0;
        edit->flags |= KVM_VCPUEVENT_VALID_SHADOW;
    }
    return 1;
}

/* Base of a code segment by its selector. */
static BOOL segment_base( struct vp *vp, UINT16 selector, UINT64 *base )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    UINT64 table = sregs->gdt.base, entry;
    UINT32 limit = sregs->gdt.limit;
    UINT8 bytes[8];

    if (selector & 4)
    {
        if (sregs->ldt.unusable) return 0;
        table = sregs->ldt.base;
        limit = sregs->ldt.limit;
    }
    if ((selector | 7u) > limit ||
        code_read( vp, table + (selector & ~7u), bytes, sizeof(bytes), 0 ) != sizeof(bytes)) return 0;
    entry = load64( bytes );
    *base = (entry >> 16 & 0xffffff) | (entry >> 56) << 24;
    return 1;
}

BOOL peek_event_handler( struct vp *vp, UINT8 vector, UINT64 *linear )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    UINT32 size = sregs->efer & EFER_LMA ? 16 : 8, at = vector * size;
    UINT8 gate[16], type;
    UINT64 base;

    if (!(sregs->cr0 & CR0_PE) || at + size - 1 > sregs->idt.limit ||
        code_read( vp, sregs->idt.base + at, gate, size, 0 ) != size || !(gate[5] & GATE_PRESENT)) return 0;
    type = gate[5] & GATE_TYPE;
    *linear = load16( gate ) | (UINT64)load16( gate + 6 ) << 16;
    if (size == 16)
    {
        *linear |= (UINT64)load32( gate + 8 ) << 32;
        return type == 14 || type == 15;
    }
    /* interrupt and trap gates of 32 and of 16 bits; a task's is left to itself */
    if (type == 6 || type == 7) *linear = (UINT16)*linear;
    else if (type != 14 && type != 15) return 0;
    if (!segment_base( vp, load16( gate + 2 ), &base )) return 0;
    *linear = (UINT32)(*linear + base);
    return 1;
}
