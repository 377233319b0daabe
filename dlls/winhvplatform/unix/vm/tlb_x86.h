/*
 * Translations that the processor has made
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
 * Where linear addresses led the processor when it made the last exits: a walk through the page tables costs more than
 * the rest of a common exit. A translation is remembered with the entries that it went by, and is good as long as these
 * stand and the guest's memory is mapped as it was: both are looked at each time. Knows the view, gva_x86.h, gpa_map.h.
 * The vp is locked and out of the guest.
 */

#ifndef __WHV_UNIX_VM_TLB_X86_H
#define __WHV_UNIX_VM_TLB_X86_H

#include "memory/gpa_map.h"
#include "memory/gva_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

extern const struct tlb_entry *tlb_fill( struct vp *vp, struct tlb_entry *entry, UINT64 linear );

/* The page of a linear address that the processor has just used, for an access that no rights are asked for; NULL: it
 * does not translate. Good until the next call. No system call. */
static inline const struct tlb_entry *tlb_find( struct vp *vp, UINT64 linear )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    UINT64 page = linear & ~(UINT64)(GPA_PAGE_SIZE - 1);
    struct tlb_entry *entry = &vp->arch.tlb[page / GPA_PAGE_SIZE % TLB_SIZE];

    if (entry->linear == page && entry->cr3 == sregs->cr3 && entry->edition == vp->partition->gpa.edition &&
        entry->mode == gva_mode( sregs->cr0, sregs->cr4, sregs->efer ) && gva_path_stands( &entry->path ))
        return entry;
    return tlb_fill( vp, entry, page );
}

/* The vp is reset: nothing is remembered. */
extern void tlb_forget( struct vp *vp );

#endif /* __WHV_UNIX_VM_TLB_X86_H */
