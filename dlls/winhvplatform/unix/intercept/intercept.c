/*
 * Exits that KVM does not have
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

#include "host/array.h"
#include "intercept/handlers.h"
#include "intercept/hidden_idt.h"
#include "intercept/intercept.h"
#include "intercept/interceptor.h"
#include "vm/hidden_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

/* #DB and #BP: what is missing of these a software KVM is to blame for, as ever. #MC never comes. */
#define OWN_VECTORS     0x4000aull

static const struct interceptor *const interceptors[] =
{
    &hidden_idt,
    &handlers,
};

HRESULT intercept_configure( struct vp *vp )
{
    if (intercept_needed( vp->partition )) return hidden_alloc( vp );
    /* the next entry may be a plain one, and the debugger is told for the last time */
    memset( &vp->arch.intercept.debug, 0, sizeof(vp->arch.intercept.debug) );
    view_drop_mask( vp );
    return S_OK;
}

/* Exits that a client has asked for must not be missing in silence. */
static void tell_what_is_missing( struct vp *vp )
{
    UINT64 missing = vp->partition->props.watched & ~(OWN_VECTORS | vp->arch.intercept.served);
    static BOOL told;

    if (!missing || __atomic_exchange_n( &told, TRUE, __ATOMIC_RELAXED )) return;
    ERR( "vp %u: exits are asked for that can't be had now (mask %#llx): all exceptions, and RDTSC, exit while the guest "
         "is in ring 3 of long mode and has no interrupt table of its own; else up to four exceptions do whose handlers "
         "are there, beside #DB and #BP\n", vp->index, (unsigned long long)missing );
}

void intercept_plan( struct vp *vp )
{
    UINT32 i;

    vp->arch.intercept.active = 0;
    vp->arch.intercept.served = 0;
    memset( &vp->arch.intercept.debug, 0, sizeof(vp->arch.intercept.debug) );
    /* a runner that was killed in the guest has left ours */
    view_unmask( vp );
    if (!intercept_needed( vp->partition )) return;
    for (i = 0; i < ARRAY_SIZE(interceptors); i++)
    {
        if (!interceptors[i]->wants( vp )) continue;
        vp->arch.intercept.active |= 1u << i;
        if (interceptors[i]->alone) return;
    }
}

void intercept_prepare( struct vp *vp )
{
    UINT32 left, i;

    for (left = vp->arch.intercept.active; left; left &= left - 1)
    {
        i = __builtin_ctz( left );
        if (!interceptors[i]->before( vp )) vp->arch.intercept.active &= ~(1u << i);
    }
    if (intercept_needed( vp->partition )) tell_what_is_missing( vp );
    if (!vp->arch.view.mask_shown) view_drop_mask( vp );
}

int intercept_finish( struct vp *vp, int ret )
{
    UINT32 left = vp->arch.intercept.active, reason = vp->run->exit_reason;
    BOOL exited = !ret;

    vp->arch.intercept.active = 0;
    for (; left; left &= left - 1)
    {
        interceptors[__builtin_ctz( left )]->after( vp, exited );
        if (vp->run->exit_reason != reason) exited = 0;
    }
    return vp->arch.intercept.caught.fresh ? 0 : ret;
}
