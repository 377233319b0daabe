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

#include "host/array.h"
#include "intercept/handlers.h"
#include "intercept/hidden_idt.h"
#include "intercept/intercept.h"
#include "intercept/interceptor.h"
#include "intercept/peek.h"
#include "irq/apic_x86.h"
#include "vm/hidden_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

/* #DB and #BP: what is missing of these a software KVM is to blame for, as ever. #MC never comes. */
#define OWN_VECTORS     0x4000aull

/* In this order: each is asked for what those before it do not give. */
static const struct interceptor *const interceptors[] =
{
    &hidden_idt,
    &handlers,
    &peek,
};

void intercept_created( struct vp *vp )
{
    vp->arch.intercept.cpuid_faults = 0;
}

HRESULT intercept_configure( struct vp *vp )
{
    UINT64 asked = intercept_asked( vp->partition );

    if (!(asked & PROPERTY_CPUID)) hidden_idt_trap_cpuid( vp, 0 );
    /* the next entry may be a plain one */
    if (!asked)
    {
        view_drop_mask( vp );
        vp->arch.intercept.step = vp->arch.intercept.stop_count = 0;
    }
    peek_begin( vp );
    return asked & ~PROPERTY_HYPERCALL ? hidden_alloc( vp ) : S_OK;
}

/* Exits that a client has asked for must not be missing in silence. */
static void tell_what_is_missing( struct vp *vp, UINT64 missing )
{
    static UINT64 told;

    if (!(missing & ~__atomic_fetch_or( &told, missing, __ATOMIC_RELAXED ))) return;
    if (missing & ~PROPERTY_INSNS)
        ERR( "vp %u: exceptions (mask %#llx) are asked for that do not exit now: all do while the guest is in ring 3 "
             "of long mode and has no interrupt table of its own, else up to four whose handlers are there, beside "
             "#DB and #BP\n", vp->index, (unsigned long long)(missing & ~PROPERTY_INSNS) );
    if (missing & PROPERTY_INSNS)
        ERR( "vp %u: there are no exits of %s%s%s now but in ring 3: %s\n", vp->index,
             missing & PROPERTY_CPUID ? " CPUID" : "", missing & PROPERTY_RDTSC ? " RDTSC" : "",
             missing & PROPERTY_HYPERCALL ? " VMCALL" : "",
             apic_present( vp->partition ) ? "the partition has the platform's APICs"
                                           : "the guest executes none, or uses its breakpoints" );
}

BOOL intercept_prepare( struct vp *vp )
{
    UINT64 missing = intercept_asked( vp->partition ), serves[ARRAY_SIZE(interceptors)];
    UINT32 i;

    vp->arch.intercept.active = 0;
    vp->arch.intercept.step = vp->arch.intercept.stop_count = vp->arch.intercept.over = 0;
    /* a runner that was killed in the guest has left ours */
    view_unmask( vp );
    for (i = 0; i < ARRAY_SIZE(interceptors); i++)
    {
        serves[i] = missing ? interceptors[i]->wants( vp, missing ) : 0;
        if (vp->arch.intercept.caught.fresh) return 1;
        missing &= ~serves[i];
    }
    for (i = 0; i < ARRAY_SIZE(interceptors); i++)
    {
        if (!serves[i]) continue;
        if (interceptors[i]->before( vp, serves[i] )) vp->arch.intercept.active |= 1 << i;
        else missing |= serves[i];
    }
    if (!(vp->arch.intercept.active & 1))
    {
        view_drop_mask( vp );
        hidden_idt_trap_cpuid( vp, 0 );
    }
    if (missing & ~OWN_VECTORS) tell_what_is_missing( vp, missing & ~OWN_VECTORS );
    return 0;
}

int intercept_finish( struct vp *vp, int ret )
{
    UINT32 i, active = vp->arch.intercept.active, reason = vp->run->exit_reason;
    BOOL exited = !ret;

    vp->arch.intercept.active = 0;
    for (i = 0; i < ARRAY_SIZE(interceptors); i++)
    {
        if (!(active >> i & 1)) continue;
        interceptors[i]->after( vp, exited );
        if (vp->run->exit_reason != reason) exited = 0;
    }
    /* an exit that KVM_RUN has not made */
    if (vp->run->exit_reason != reason && vp->run->exit_reason == KVM_EXIT_SHUTDOWN) return 0;
    return vp->arch.intercept.caught.fresh ? 0 : ret;
}
