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

#include "vm/property.h"

BOOL property_cpuid_exits( const struct properties *props, UINT32 leaf )
{
    UINT32 i;

    if (!props->cpuid_exit_list_set) return 1;
    for (i = 0; i < props->cpuid_exit_count; i++) if (props->cpuid_exits[i] == leaf) return 1;
    return 0;
}

void property_set_doorbells( struct properties *props, BOOL has )
{
    props->has_doorbells = has;
    property_watch( props );
}
