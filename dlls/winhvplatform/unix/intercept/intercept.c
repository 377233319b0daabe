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

/* #DB and #BP: what is missing of these a software KVM is to blame for, as ever. */
#define OWN_VECTORS     0xaull

static const struct interceptor *const interceptors[] =
{
    &hidden_idt,
};

HRESULT intercept_configure( struct vp *vp )
{
    if (intercept_needed( vp->partition )) return hidden_alloc( vp );
    /* the next entry may be a plain one */
    view_drop_mask( vp );
    return S_OK;
}

/* Exits that a client has asked for must not be missing in silence. */
static void tell_what_is_missing( struct vp *vp )
{
    static BOOL told;

    if (__atomic_exchange_n( &told, TRUE, __ATOMIC_RELAXED )) return;
    ERR( "vp %u: RDTSC, and exceptions other than #DB and #BP, exit only while the guest is in ring 3 of long mode and "
         "has no interrupt table of its own\n", vp->index );
}

void intercept_prepare( struct vp *vp )
{
    UINT32 i;

    vp->arch.intercept.active = NULL;
    /* a runner that was killed in the guest has left ours */
    view_unmask( vp );
    if (intercept_needed( vp->partition ))
    {
        for (i = 0; i < sizeof(interceptors) / sizeof(interceptors[0]); i++)
        {
            if (!interceptors[i]->wants( vp ) || !interceptors[i]->before( vp )) continue;
            vp->arch.intercept.active = interceptors[i];
            return;
        }
        if (vp->partition->props.watched & ~OWN_VECTORS) tell_what_is_missing( vp );
    }
    view_drop_mask( vp );
}

void intercept_finish( struct vp *vp, BOOL exited )
{
    const struct interceptor *active = vp->arch.intercept.active;

    vp->arch.intercept.active = NULL;
    active->after( vp, exited );
}
