/*
 * The straight way and the general one under a hostile KVM
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

#include "fuzz.h"
#include "host/kvm.h"
#include "hostile_kvm.h"
#include "two_ways.h"

void check_ways( void )
{
    static struct way straight, general;
    const struct vp *vp = hostile.guest.vp;
    const char *difference;

    if (vp->run->exit_reason != KVM_EXIT_IO && vp->run->exit_reason != KVM_EXIT_MMIO) return;
    hostile.rehearsing = 1;
    if (!way_straight( &straight, vp ))
    {
        difference = way_trace( &straight, vp );
        FUZZ_CHECK( !difference, "the straight way was left, and has changed %s", difference );
    }
    else
    {
        way_general( &general, vp, 0 );
        difference = way_difference( &straight, &general );
        FUZZ_CHECK( !difference, "the two ways to exit %u at %llx differ: %s", vp->run->exit_reason,
                    (unsigned long long)view_regs( vp )->rip, difference );
    }
    hostile.rehearsing = 0;
}
