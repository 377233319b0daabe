/*
 * Gates of the guest's own interrupt table
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

#include "host/bytes.h"
#include "host/x86.h"
#include "intercept/gate.h"
#include "vm/code_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define SELECTOR_LDT    4
#define REAL_SIZE       4               /* bytes of an entry in real mode */

/* type of a gate, with its present bit; the privilege that it asks for is between them */
#define GATE_KIND       0x9f
#define INTERRUPT_16    0x86
#define TRAP_16         0x87
#define INTERRUPT_32    0x8e
#define TRAP_32         0x8f

static BOOL read_entry( struct vp *vp, UINT8 vector, UINT32 size, BOOL proven, UINT8 *entry )
{
    const struct kvm_dtable *idt = &view_sregs( vp )->idt;

    return vector * size + size - 1 <= idt->limit &&
           code_read( vp, idt->base + vector * size, entry, size, proven ) == size;
}

BOOL gate_unpack_segment( UINT64 descriptor, UINT16 selector, struct kvm_segment *segment )
{
    memset( segment, 0, sizeof(*segment) );
    segment->selector = selector;
    segment->base = (descriptor >> 16 & 0xffffff) | (descriptor >> 56) << 24;
    segment->limit = (descriptor & 0xffff) | (descriptor >> 32 & 0xf0000);
    segment->type = descriptor >> 40 & 15;
    segment->s = descriptor >> 44 & 1;
    segment->dpl = descriptor >> 45 & 3;
    segment->present = descriptor >> 47 & 1;
    segment->avl = descriptor >> 52 & 1;
    segment->l = descriptor >> 53 & 1;
    segment->db = descriptor >> 54 & 1;
    segment->g = descriptor >> 55 & 1;
    if (segment->g) segment->limit = segment->limit << 12 | 0xfff;
    return segment->s && segment->present;
}

BOOL gate_segment( struct vp *vp, UINT16 selector, BOOL proven, struct kvm_segment *segment )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    UINT64 base = sregs->gdt.base, limit = sregs->gdt.limit;
    UINT8 bytes[8];

    if (selector & SELECTOR_LDT)
    {
        if (!sregs->ldt.present || sregs->ldt.unusable) return 0;
        base = sregs->ldt.base;
        limit = sregs->ldt.limit;
    }
    else if (selector < 8) return 0;
    if ((selector | 7u) > limit ||
        code_read( vp, base + (selector & ~7u), bytes, sizeof(bytes), proven ) != sizeof(bytes)) return 0;
    return gate_unpack_segment( load64( bytes ), selector, segment );
}

static BOOL read_real( struct vp *vp, UINT8 vector, BOOL proven, struct gate *gate )
{
    UINT8 entry[REAL_SIZE];

    if (!read_entry( vp, vector, REAL_SIZE, proven, entry )) return 0;
    gate->size = 2;
    gate->ist = 0;
    gate->masks = 1;
    gate->selector = load16( entry + 2 );
    gate->linear = (gate->selector << 4) + load16( entry );
    /* nobody has set it */
    return gate->linear != 0;
}

BOOL gate_read( struct vp *vp, UINT8 vector, BOOL proven, struct gate *gate )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    BOOL is_long = (sregs->efer & EFER_LMA) != 0;
    UINT32 size = is_long ? 16 : 8;
    struct kvm_segment code;
    UINT8 entry[16], kind;

    if (!(sregs->cr0 & CR0_PE)) return read_real( vp, vector, proven, gate );
    if (!read_entry( vp, vector, size, proven, entry )) return 0;
    kind = entry[5] & GATE_KIND;
    if (kind != INTERRUPT_32 && kind != TRAP_32 && (is_long || (kind != INTERRUPT_16 && kind != TRAP_16))) return 0;
    gate->size = is_long ? 8 : kind == INTERRUPT_32 || kind == TRAP_32 ? 4 : 2;
    gate->ist = is_long ? entry[4] & 7 : 0;
    gate->masks = kind == INTERRUPT_32 || kind == INTERRUPT_16;
    gate->selector = load16( entry + 2 );
    gate->linear = load16( entry );
    if (gate->size != 2) gate->linear |= (UINT32)load16( entry + 6 ) << 16;
    if (is_long)
    {
        gate->linear |= (UINT64)load32( entry + 8 ) << 32;
        return gate->selector >= 8;
    }
    if (!gate_segment( vp, gate->selector, proven, &code ) || !(code.type & 8)) return 0;
    gate->linear = (UINT32)(gate->linear + code.base);
    return 1;
}
