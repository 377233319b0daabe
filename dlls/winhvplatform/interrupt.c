/*
 * Interrupt requests and SynIC
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

HRESULT WINAPI WHvRequestInterrupt( WHV_PARTITION_HANDLE partition, const WHV_INTERRUPT_CONTROL *interrupt,
                                    UINT32 size )
{
    struct request_interrupt_params params = { .partition = partition, .interrupt = interrupt, .size = size };

    TRACE( "%p, interrupt %p, size %u\n", partition, interrupt, size );
    return whv_call( unix_request_interrupt, &params );
}

HRESULT WINAPI WHvSignalVirtualProcessorSynicEvent( WHV_PARTITION_HANDLE partition, WHV_SYNIC_EVENT_PARAMETERS event,
                                                    BOOL *newly_signaled )
{
    struct vp_signal_event_params params =
    {
        .partition = partition, .newly = newly_signaled, .index = event.VpIndex, .sint = event.TargetSint,
        .flag = event.FlagNumber, .vtl = event.TargetVtl
    };

    TRACE( "%p, vp %u, sint %u, flag %u, ret %p\n",
           partition, event.VpIndex, event.TargetSint, event.FlagNumber, newly_signaled );
    return whv_call( unix_vp_signal_event, &params );
}

HRESULT WINAPI WHvPostVirtualProcessorSynicMessage( WHV_PARTITION_HANDLE partition, UINT32 index, UINT32 sint,
                                                    const void *message, UINT32 size )
{
    struct vp_post_message_params params =
    {
        .partition = partition, .message = message, .index = index, .sint = sint, .size = size
    };

    TRACE( "%p, vp %u, sint %u, message %p, size %u\n", partition, index, sint, message, size );
    return whv_call( unix_vp_post_message, &params );
}
