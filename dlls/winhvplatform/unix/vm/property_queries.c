/*
 * Properties of a partition: what others ask of them
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

#include "host/host.h"
#include "host/probe.h"
#include "vm/property.h"

BOOL property_cpuid_exits( const struct properties *props, UINT32 leaf )
{
    UINT32 i;

    if (!props->cpuid_exit_list_set) return 1;
    for (i = 0; i < props->cpuid_exit_count; i++) if (props->cpuid_exits[i] == leaf) return 1;
    return 0;
}

BOOL property_xen_hypercalls( const struct host *host, const struct properties *props )
{
    return host->xen_hypercalls && !props->synthetic_features;
}

/* CPUID exits where it is executed, if nothing better can be had: without a list of leaves that a processor is made of,
 * but not with the platform's APICs. Who has either runs an operating system, and is better served with answers before
 * the first entry. */
static BOOL exits_at_cpuid( const struct host *host, const struct properties *props )
{
    if (!(props->extended_exits & X64_CPUID_EXIT) || !host->can_step) return 0;
    return props->cpuid_at_run ||
           (props->apic_mode == WHvX64LocalApicEmulationModeNone &&
            (!props->cpuid_exit_list_set || !property_cpuid_exits( props, 1 )));
}

void property_watch( struct properties *props )
{
    HRESULT hr;
    const struct host *host = host_get( &hr );

    props->watched = props->exception_exits;
    props->mmio_watched = props->exception_exits | (props->has_doorbells ? PROPERTY_DOORBELLS : 0);
    if (props->extended_exits & X64_RDTSC_EXIT) props->watched |= PROPERTY_RDTSC;
    if (!host) return;
    if ((props->extended_exits & HYPERCALL_EXIT) && !property_xen_hypercalls( host, props ))
        props->watched |= PROPERTY_HYPERCALL;
    if (exits_at_cpuid( host, props )) props->watched |= PROPERTY_CPUID;
}

void property_set_doorbells( struct properties *props, BOOL has )
{
    props->has_doorbells = has;
    property_watch( props );
}
