/*
 * whvrun: interrupts without an APIC
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

#include "devices/pic.h"
#include "interrupt.h"
#include "platform/partition.h"
#include "platform/rflags.h"
#include "platform/vp.h"

static BOOL window_armed;

/*
 * Without an interrupt controller in the platform, an interrupt is injected as the
 * processor's pending event. It may be only when the guest can take it: interrupts on,
 * no STI or MOV SS just before, no other event on its way. Else the platform is
 * asked to stop as soon as it can. The exit context tells all of it: no register is read.
 */
HRESULT interrupt_deliver( const WHV_VP_EXIT_CONTEXT *vp )
{
    WHV_REGISTER_NAME name;
    WHV_REGISTER_VALUE value;

    if (partition_has_apics() || !pic_pending()) return S_OK;
    memset( &value, 0, sizeof(value) );
    if ((vp->Rflags & FLAG_IF) && !vp->ExecutionState.InterruptShadow && !vp->ExecutionState.InterruptionPending)
    {
        name = WHvRegisterPendingInterruption;
        value.PendingInterruption.InterruptionPending = 1;
        value.PendingInterruption.InterruptionType = WHvX64PendingInterrupt;
        value.PendingInterruption.InterruptionVector = pic_acknowledge();
    }
    else
    {
        if (window_armed) return S_OK;
        name = WHvX64RegisterDeliverabilityNotifications;
        value.DeliverabilityNotifications.InterruptNotification = 1;
        window_armed = TRUE;
    }
    return vp_set_registers( BOOT_VP, &name, &value, 1 );
}

void interrupt_window_opened( void )
{
    window_armed = FALSE;
}
