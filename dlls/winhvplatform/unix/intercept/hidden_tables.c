/*
 * The tables of the hidden IDT
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
#include "host/kvm.h"
#include "host/x86.h"
#include "intercept/gate.h"
#include "intercept/hidden_tables.h"
#include "memory/gpa_access.h"
#include "memory/gpa_map.h"
#include "vm/code_x86.h"
#include "vm/hidden_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

/* The pages, in this order. The top table is a page for the copy; what was copied is kept beside it, in a page that
 * the processor does not use. */
enum
{
    PAGE_TOP, PAGE_LEVEL3, PAGE_LEVEL2, PAGE_LEVEL1, PAGE_IDT, PAGE_STUBS, PAGE_GDT, PAGE_STACKS, PAGE_TSS,
    PAGE_COUNT = PAGE_TSS + 3
};
C_ASSERT( PAGE_COUNT == HIDDEN_PAGES );

#define ENTRIES         512
#define PRESENT         0x01
#define ACCESSED        0x20
#define SUPERVISOR      0x63            /* present, writable, accessed, dirty */
#define ADDRESS         0x000ffffffffff000ull

#define STUB_SIZE       8
#define STUB_PORT       0x80            /* any: the exit is known by its RIP */
#define VECTORS         256

/* The last descriptor of a table of 4 KiB, which the guest's own hardly reaches. */
#define CODE_SELECTOR   0xff8
#define CODE_DESCRIPTOR 0x00209b0000000000ull
#define GDT_LIMIT       (CODE_SELECTOR + 7)

/* Two stacks: one for NMIs, which may come while the other is in use. */
#define STACK_TOP       (GPA_PAGE_SIZE / 2)
#define NMI_STACK_TOP   GPA_PAGE_SIZE
#define IST             1
#define NMI_IST         2

#define TSS_IST         0x24            /* of the first */
#define TSS_IO_BASE     0x66
#define TSS_SIZE        0x68
#define IO_BITMAP_SIZE  0x2001

#define GATE_INTERRUPT  0x8e
#define GATE_USER       0x60            /* DPL 3 */

static UINT8 *page( const struct vp *vp, UINT32 number )
{
    return vp->arch.hidden.host + number * GPA_PAGE_SIZE;
}

static UINT64 page_gpa( const struct vp *vp, UINT32 number )
{
    return vp->arch.hidden.gpa + number * GPA_PAGE_SIZE;
}

/* Where the processor finds a page: the address that leads through our entry, made canonical. */
static UINT64 page_linear( const struct vp *vp, UINT32 number )
{
    return (UINT64)((INT64)((UINT64)vp->arch.intercept.place << 55) >> 16) + number * GPA_PAGE_SIZE;
}

static void put_gate( struct vp *vp, UINT32 vector )
{
    UINT64 handler = page_linear( vp, PAGE_STUBS ) + vector * STUB_SIZE;
    UINT8 *gate = page( vp, PAGE_IDT ) + vector * 16;

    store64( gate, (handler & 0xffff) | (UINT64)CODE_SELECTOR << 16 |
                   (UINT64)(vector == VECTOR_NMI ? NMI_IST : IST) << 32 | (UINT64)GATE_INTERRUPT << 40 |
                   (handler >> 16 & 0xffff) << 48 );
    store64( gate + 8, handler >> 32 );
}

/* All but what the guest's own state decides. */
static void build( struct vp *vp )
{
    UINT32 i;

    store64( page( vp, PAGE_LEVEL3 ), page_gpa( vp, PAGE_LEVEL2 ) | SUPERVISOR );
    store64( page( vp, PAGE_LEVEL2 ), page_gpa( vp, PAGE_LEVEL1 ) | SUPERVISOR );
    for (i = 0; i < PAGE_COUNT; i++) store64( page( vp, PAGE_LEVEL1 ) + i * 8, page_gpa( vp, i ) | SUPERVISOR );
    for (i = 0; i < VECTORS; i++)
    {
        UINT8 *stub = page( vp, PAGE_STUBS ) + i * STUB_SIZE;

        put_gate( vp, i );
        stub[0] = 0xe6;                 /* OUT STUB_PORT,AL */
        stub[1] = STUB_PORT;
        stub[2] = 0xf4;                 /* nobody gets here */
    }
    store64( page( vp, PAGE_TSS ) + TSS_IST, page_linear( vp, PAGE_STACKS ) + STACK_TOP );
    store64( page( vp, PAGE_TSS ) + TSS_IST + 8, page_linear( vp, PAGE_STACKS ) + NMI_STACK_TOP );
    vp->arch.intercept.built = vp->arch.hidden.gpa;
}

static BOOL read_gpa( const struct vp *vp, UINT64 gpa, void *data, UINT32 size, BOOL proven )
{
    return SUCCEEDED(proven ? gpa_read_fast( &vp->partition->gpa, gpa, data, size )
                            : gpa_read( &vp->partition->gpa, gpa, data, size ));
}

/* An entry of the top table that leads nowhere, for us: the one that was ours before, or the last. */
static BOOL choose_place( struct vp *vp )
{
    const UINT8 *top = page( vp, PAGE_TOP );
    UINT32 i;

    if (vp->arch.intercept.built != vp->arch.hidden.gpa || (load64( top + vp->arch.intercept.place * 8 ) & PRESENT))
    {
        for (i = ENTRIES; i && (load64( top + (i - 1) * 8 ) & PRESENT); i--);
        if (!i) return 0;
        vp->arch.intercept.place = i - 1;
    }
    /* anew each time: ring 0, which SYSCALL leads to, could have written here */
    build( vp );
    return 1;
}

/* The I/O bitmap, as much of it as the guest's segment has. */
static void copy_tss( struct vp *vp, BOOL proven )
{
    const struct kvm_segment *tr = &view_sregs( vp )->tr;
    UINT8 *tss = page( vp, PAGE_TSS ), base[2];
    UINT32 size = 0, offset;

    if (tr->limit >= TSS_SIZE && code_read( vp, tr->base + TSS_IO_BASE, base, 2, proven ) == 2)
    {
        offset = base[0] | base[1] << 8;
        if (offset <= tr->limit) size = tr->limit + 1 - offset;
        if (size > IO_BITMAP_SIZE) size = IO_BITMAP_SIZE;
        if (size && code_read( vp, tr->base + offset, tss + TSS_SIZE, size, proven ) != size) size = 0;
    }
    store16( tss + TSS_IO_BASE, TSS_SIZE );
    vp->arch.intercept.tss_limit = TSS_SIZE - 1 + size;
}

BOOL hidden_tables_fill( struct vp *vp, BOOL proven )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    UINT8 *gdt = page( vp, PAGE_GDT );
    UINT32 count = sregs->gdt.limit + 1;

    if (!read_gpa( vp, sregs->cr3 & ADDRESS, page( vp, PAGE_TOP ), GPA_PAGE_SIZE, proven )) return 0;
    memcpy( vp->arch.intercept.top, page( vp, PAGE_TOP ), GPA_PAGE_SIZE );
    if (!choose_place( vp )) return 0;
    store64( page( vp, PAGE_TOP ) + vp->arch.intercept.place * 8, page_gpa( vp, PAGE_LEVEL3 ) | SUPERVISOR );

    if (count > CODE_SELECTOR) count = CODE_SELECTOR;
    count = count < 8 ? 0 : code_read( vp, sregs->gdt.base, gdt, count, proven );
    memset( gdt + count, 0, CODE_SELECTOR - count );
    store64( gdt + CODE_SELECTOR, CODE_DESCRIPTOR );
    copy_tss( vp, proven );
    return 1;
}

void hidden_tables_mask( const struct vp *vp, struct system_registers *mask )
{
    view_get_system( vp, mask );
    mask->cr3 = page_gpa( vp, PAGE_TOP ) | (mask->cr3 & ~ADDRESS);
    mask->gdt.base = page_linear( vp, PAGE_GDT );
    mask->gdt.limit = GDT_LIMIT;
    mask->idt.base = page_linear( vp, PAGE_IDT );
    mask->idt.limit = VECTORS * 16 - 1;
    /* the selector stays, for STR shows it */
    mask->tr.base = page_linear( vp, PAGE_TSS );
    mask->tr.limit = vp->arch.intercept.tss_limit;
    mask->tr.type = 11;
    mask->tr.s = mask->tr.dpl = mask->tr.unusable = mask->tr.g = 0;
    mask->tr.present = 1;
}

void hidden_tables_allow( struct vp *vp, UINT64 vectors )
{
    static const UINT8 software[] = { VECTOR_BP, VECTOR_OF };
    UINT32 i;

    for (i = 0; i < sizeof(software); i++)
        page( vp, PAGE_IDT )[software[i] * 16 + 5] = GATE_INTERRUPT | (vectors >> software[i] & 1 ? GATE_USER : 0);
}

void hidden_tables_return( struct vp *vp )
{
    const UINT64 *before = vp->arch.intercept.top, *now = (const UINT64 *)page( vp, PAGE_TOP );
    UINT64 gpa = vp->arch.view.own.cr3 & ADDRESS;
    UINT32 i;

    if (!memcmp( before, now, vp->arch.intercept.place * 8 ) &&
        !memcmp( before + vp->arch.intercept.place + 1, now + vp->arch.intercept.place + 1,
                 (ENTRIES - 1 - vp->arch.intercept.place) * 8 )) return;
    for (i = 0; i < ENTRIES; i++)
    {
        if (i == vp->arch.intercept.place || !((before[i] ^ now[i]) & ACCESSED)) continue;
        /* what others have changed meanwhile stands */
        gpa_compare_exchange( &vp->partition->gpa, gpa + i * 8, 8, before[i], before[i] | ACCESSED );
    }
}

BOOL hidden_tables_vector( const struct vp *vp, UINT8 *vector, struct interrupt_frame *frame, UINT32 *error_code )
{
    UINT64 offset = view_regs( vp )->rip - page_linear( vp, PAGE_STUBS );
    const UINT8 *top;

    if (view_sregs( vp )->cs.selector != CODE_SELECTOR || offset >= VECTORS * STUB_SIZE) return 0;
    *vector = offset / STUB_SIZE;
    top = page( vp, PAGE_STACKS ) + (*vector == VECTOR_NMI ? NMI_STACK_TOP : STACK_TOP) - sizeof(*frame);
    memcpy( frame, top, sizeof(*frame) );
    *error_code = vector_has_error_code( *vector ) ? load32( top - 8 ) : 0;
    return 1;
}

BOOL hidden_tables_contain( const struct vp *vp, UINT64 linear )
{
    return (linear >> 39 & (ENTRIES - 1)) == vp->arch.intercept.place &&
           linear + CANONICAL_TOP( 0 ) < 2 * CANONICAL_TOP( 0 );
}

BOOL hidden_tables_segment( struct vp *vp, UINT16 selector, struct kvm_segment *segment )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    UINT32 offset = selector & ~7u;
    UINT8 bytes[8];
    UINT64 entry;

    if (selector & 4)
    {
        if (sregs->ldt.unusable || offset + 7 > sregs->ldt.limit ||
            code_read( vp, sregs->ldt.base + offset, bytes, sizeof(bytes), 0 ) != sizeof(bytes)) return 0;
        entry = load64( bytes );
    }
    else
    {
        if (!offset || offset >= CODE_SELECTOR) return 0;
        entry = load64( page( vp, PAGE_GDT ) + offset );
    }
    return gate_unpack_segment( entry, selector, segment );
}
