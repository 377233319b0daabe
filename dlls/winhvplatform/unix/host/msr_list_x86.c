/*
 * Lists of MSRs
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

#include "host/kvm.h"
#include "host/msr_list_x86.h"

int msr_read( int vcpu, UINT32 index, UINT64 *value )
{
    struct msr_list list;
    int ret;

    msr_list_init( &list );
    msr_list_add( &list, index, 0 );
    ret = kvm_get_msrs( vcpu, &list.head );
    *value = ret == 1 ? list.entries[0].data : 0;
    return ret;
}

int msr_write( int vcpu, UINT32 index, UINT64 value )
{
    struct msr_list list;

    msr_list_init( &list );
    msr_list_add( &list, index, value );
    return kvm_set_msrs( vcpu, &list.head );
}

int msr_list_read( int vcpu, struct msr_list *list )
{
    int ret = kvm_get_msrs( vcpu, &list->head );

    return ret < 0 ? ret : (UINT32)ret < list->head.nmsrs ? -EIO : 0;
}

int msr_list_write( int vcpu, const struct msr_list *list )
{
    int ret = kvm_set_msrs( vcpu, &list->head );

    return ret < 0 ? ret : (UINT32)ret < list->head.nmsrs ? -EIO : 0;
}
