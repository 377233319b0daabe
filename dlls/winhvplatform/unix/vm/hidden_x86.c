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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "host/errors.h"
#include "host/kvm.h"
#include "memory/gpa_map.h"
#include "vm/hidden_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

#define HIDDEN_SIZE     (HIDDEN_PAGES * (UINT64)GPA_PAGE_SIZE)
/* Below are firmware and devices, which clients put where machines have them. */
#define ABOVE_DEVICES   (1ull << 32)
/* Page tables of the host's with four levels reach twice as far. */
#define HIGHEST         (1ull << 46)
#define TRIES           64

static BOOL overlaps( UINT64 a, UINT64 a_size, UINT64 b, UINT64 b_size )
{
    return a < b + b_size && b < a + a_size;
}

/* Is there nothing else at the place of its pages? */
static BOOL is_free( const struct vp *vp )
{
    const struct partition *partition = vp->partition;
    const struct gpa_map *map = &partition->gpa;
    UINT64 gpa = vp->arch.hidden.gpa;
    UINT32 i;

    for (i = 0; i < map->count; i++)
        if (overlaps( gpa, HIDDEN_SIZE, map->ranges[i].gpa, map->ranges[i].size )) return 0;
    for (i = 0; i < partition->vp_count; i++)
        if (partition->vps[i] && partition->vps[i] != vp && hidden_present( partition->vps[i] ) &&
            overlaps( gpa, HIDDEN_SIZE, partition->vps[i]->arch.hidden.gpa, HIDDEN_SIZE )) return 0;
    return 1;
}

static int set_region( const struct vp *vp, UINT64 size )
{
    struct kvm_userspace_memory_region region =
    {
        .slot = vp->arch.hidden.slot,
        .guest_phys_addr = vp->arch.hidden.gpa,
        .memory_size = size,
        .userspace_addr = (uintptr_t)vp->arch.hidden.host,
    };

    return kvm_set_memory_region( vp->partition->vm, &region );
}

/* Draws places until KVM takes one. besides: a range that is about to be mapped. */
static HRESULT place( struct vp *vp, UINT64 besides, UINT64 besides_size )
{
    UINT64 limit = vp->partition->gpa.limit, low = 0x100000, high = limit < 0xfec00000 ? limit : 0xfec00000, lot;
    UINT32 tries;
    int ret = -ENOSPC;

    if (limit > 2 * ABOVE_DEVICES)
    {
        low = ABOVE_DEVICES;
        high = limit < HIGHEST ? limit : HIGHEST;
    }
    for (tries = 0; tries < TRIES; tries++)
    {
        /* a kernel that has not yet gathered enough is waited for: that is at its start only */
        if (getrandom( &lot, sizeof(lot), 0 ) != sizeof(lot)) continue;
        vp->arch.hidden.gpa = low + lot % ((high - low - HIDDEN_SIZE) / GPA_PAGE_SIZE) * GPA_PAGE_SIZE;
        if (!is_free( vp )) continue;
        if (besides_size && overlaps( vp->arch.hidden.gpa, HIDDEN_SIZE, besides, besides_size )) continue;
        if (!(ret = set_region( vp, HIDDEN_SIZE ))) return S_OK;
        if (ret != -EEXIST) break;
    }
    return hresult_from_errno( ret );
}

static void forget( struct vp *vp )
{
    if (vp->arch.hidden.slot != GPA_NO_SLOT) gpa_give_slot( &vp->partition->gpa, vp->arch.hidden.slot );
    free( vp->arch.hidden.host );
    memset( &vp->arch.hidden, 0, sizeof(vp->arch.hidden) );
}

HRESULT hidden_alloc( struct vp *vp )
{
    HRESULT hr = HRESULT_FROM_WIN32_NO_SYSTEM_RESOURCES;

    if (hidden_present( vp )) return S_OK;
    if (!(vp->arch.hidden.host = aligned_alloc( GPA_PAGE_SIZE, HIDDEN_SIZE ))) return E_OUTOFMEMORY;
    memset( vp->arch.hidden.host, 0, HIDDEN_SIZE );
    vp->arch.hidden.slot = gpa_take_slot( &vp->partition->gpa );
    if (vp->arch.hidden.slot == GPA_NO_SLOT || FAILED(hr = place( vp, 0, 0 ))) forget( vp );
    return hr;
}

void hidden_free( struct vp *vp )
{
    if (!hidden_present( vp )) return;
    set_region( vp, 0 );
    forget( vp );
}

HRESULT hidden_make_way( struct partition *partition, UINT64 gpa, UINT64 size )
{
    struct vp *vp;
    HRESULT hr;
    UINT32 i;
    int ret;

    for (i = 0; i < partition->vp_count; i++)
    {
        if (!(vp = partition->vps[i]) || !hidden_present( vp )) continue;
        if (!overlaps( vp->arch.hidden.gpa, HIDDEN_SIZE, gpa, size )) continue;
        if ((ret = set_region( vp, 0 )) < 0) return hresult_from_errno( ret );
        if (SUCCEEDED(hr = place( vp, gpa, size ))) continue;
        forget( vp );
        return hr;
    }
    return S_OK;
}
