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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include "memory/gpa_map.h"
#include "memory/gva_x86.h"
#include "vm/partition.h"
#include "vm/tlb_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

/* No page begins there. */
#define NO_PAGE 1

const struct tlb_entry *tlb_fill( struct vp *vp, struct tlb_entry *entry, UINT64 linear )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    const struct gpa_range *range;
    struct gva_context context;

    /* of an entry that is half filled when a fault ends this nothing may be believed */
    entry->linear = NO_PAGE;
    vp_gva_context( vp, &context );
    context.proven = 1;
    if (!gva_find_path( &context, linear, &entry->path )) return NULL;
    /* a doorbell's page, which the straight way knows nothing of */
    if (gpa_find_hole( &vp->partition->gpa, entry->path.gpa )) return NULL;
    range = gpa_find( &vp->partition->gpa, entry->path.gpa );
    entry->mapped = range != NULL;
    entry->host = range && (range->flags & WHvMapGpaRangeFlagRead) ? range->host + (entry->path.gpa - range->gpa)
                                                                   : NULL;
    entry->cr3 = sregs->cr3;
    entry->mode = gva_mode( sregs->cr0, sregs->cr4, sregs->efer );
    entry->edition = vp->partition->gpa.edition;
    entry->linear = linear;
    return entry;
}

void tlb_forget( struct vp *vp )
{
    UINT32 i;

    for (i = 0; i < TLB_SIZE; i++) vp->arch.tlb[i].linear = NO_PAGE;
}
