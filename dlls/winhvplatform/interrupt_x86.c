/*
 * Interrupts: what x64 alone has
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

#include "api.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

HRESULT WINAPI WHvGetInterruptTargetVpSet( WHV_PARTITION_HANDLE partition, UINT64 destination,
                                           WHV_INTERRUPT_DESTINATION_MODE mode, UINT32 *targets, UINT32 count,
                                           UINT32 *target_count )
{
    struct get_interrupt_targets_params params =
    {
        .partition = partition, .destination = destination, .targets = targets, .target_count = target_count,
        .mode = mode, .count = count
    };

    TRACE( "%p, destination %#llx, mode %u, targets %p, count %u, ret %p\n",
           partition, destination, mode, targets, count, target_count );
    return whv_call( unix_get_interrupt_targets, &params );
}
