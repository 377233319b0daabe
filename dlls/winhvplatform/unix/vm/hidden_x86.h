/*
 * Pages that the guest and the client do not see
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
 * A few pages for each vp that wants interceptors: mapped for the processor beyond what the client maps, at a place of
 * the guest-physical address space that is drawn by lot among 2^34 and more, so that a guest finds them only by
 * exits without number. The client's calls know nothing of them: they are in no gpa_range, and where it maps memory
 * itself they give way. Knows gpa_map.h and struct partition; knows nothing of what the pages hold.
 */

#ifndef __WHV_UNIX_VM_HIDDEN_X86_H
#define __WHV_UNIX_VM_HIDDEN_X86_H

#include "vm/partition.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

#define HIDDEN_PAGES    11

/* Are there such pages? Their host address and GPA are in vp->arch.hidden; the GPA stays while no memory is mapped. */
static inline BOOL hidden_present( const struct vp *vp )
{
    return vp->arch.hidden.host != NULL;
}

/* The partition and the vp are locked, and it runs nowhere. Nothing is done if it has them already. E_OUTOFMEMORY;
 * HRESULTs of KVM errors, as when there is no memslot left. */
extern HRESULT hidden_alloc( struct vp *vp );
extern void hidden_free( struct vp *vp );
/* Before memory is mapped there: all vps are stopped. HRESULTs of KVM errors. */
extern HRESULT hidden_make_way( struct partition *partition, UINT64 gpa, UINT64 size );

#endif /* __WHV_UNIX_VM_HIDDEN_X86_H */
