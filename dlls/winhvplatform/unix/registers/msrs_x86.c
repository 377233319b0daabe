/*
 * MSRs in batches
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

#include "host/errors.h"
#include "host/kvm.h"
#include "host/msr_list_x86.h"
#include "host/x86.h"
#include "registers/msrs_x86.h"
#include "registers/table_x86.h"
#include "time/clock_x86.h"
#include "vm/hyperv_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"

BOOL regs_has_synthetic( const struct vp *vp )
{
    return hyperv_features( &vp->partition->props ) != 0;
}

/* KVM has refused to write entry. Those that it lets us read and that have this value already are no failure: an XSS of
 * a vp without XSAVES reads 0 and takes nothing; clients put back what they read. */
static HRESULT refused_msr( struct vp *vp, const struct kvm_msr_entry *entry )
{
    UINT64 now;
    int ret;

    if ((ret = msr_read( vp->fd, entry->index, &now )) < 0) return hresult_from_errno( ret );
    if (!ret) return ERROR_HV_INVALID_PARAMETER;
    return now == entry->data ? S_OK : ERROR_HV_INVALID_REGISTER_VALUE;
}

HRESULT msrs_write( struct vp *vp, struct msr_list *batch, BOOL must )
{
    UINT32 total = batch->head.nmsrs, done = 0, i;
    HRESULT hr = S_OK;
    int ret;

    for (i = 0; i < total; i++) if (batch->entries[i].index == MSR_LSTAR) syscall_stale( vp );
    while (done < total)
    {
        batch->head.nmsrs = total - done;
        if ((ret = kvm_set_msrs( vp->fd, &batch->head )) < 0)
        {
            hr = hresult_from_errno( ret );
            break;
        }
        done += ret;
        if (done >= total) break;
        if (must && FAILED(hr = refused_msr( vp, &batch->entries[ret] ))) break;
        done++;
        memmove( batch->entries, batch->entries + ret + 1, (total - done) * sizeof(batch->entries[0]) );
    }
    batch->head.nmsrs = 0;
    return hr;
}
