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

/*
 * What stands in the hidden pages: a copy of the guest's top page table with one entry more, by which the processor
 * finds, as supervisor alone, an IDT whose gates lead to an OUT each, a stack for their frames, the guest's GDT with
 * one code segment more, and a TSS with the guest's I/O bitmap. Ring 3 can't reach any of it.
 * Knows hidden_x86.h, code_x86.h and the view, which is the client's own. The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_INTERCEPT_HIDDEN_TABLES_H
#define __WHV_UNIX_INTERCEPT_HIDDEN_TABLES_H

#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* What the processor pushes, lowest address first; an error code stands below it. */
struct interrupt_frame
{
    UINT64 rip, cs, rflags, rsp, ss;
};

/* Copies what is the guest's, for an entry. proven: all of it could be read before, at the same places. FALSE: the
 * guest's top table can't be read, or has no entry left. */
extern BOOL hidden_tables_fill( struct vp *vp, BOOL proven );
/* The registers by which the processor finds them; trap_tsc: RDTSC in ring 3 is a #GP. */
extern void hidden_tables_mask( const struct vp *vp, struct system_registers *mask );
/* Vectors whose gate ring 3 may use by INT3 and INTO: two bits. */
extern void hidden_tables_allow( struct vp *vp, UINT64 vectors );
/* What the processor has marked as accessed in the copy is marked in the guest's own table. */
extern void hidden_tables_return( struct vp *vp );

/* The vector whose gate was taken, if the processor stands behind one; and its frame. */
extern BOOL hidden_tables_vector( const struct vp *vp, UINT8 *vector, struct interrupt_frame *frame,
                                  UINT32 *error_code );
/* Is it where ring 3 finds supervisor's pages, but would find nothing without us? */
extern BOOL hidden_tables_contain( const struct vp *vp, UINT64 linear );
/* A code or data segment of the guest's tables. FALSE: there is none. */
extern BOOL hidden_tables_segment( struct vp *vp, UINT16 selector, struct kvm_segment *segment );

/* Do exceptions of this vector push an error code? */
static inline BOOL vector_has_error_code( UINT8 vector )
{
    return vector < 32 && (0x60227d00u >> vector & 1);
}

#endif /* __WHV_UNIX_INTERCEPT_HIDDEN_TABLES_H */
