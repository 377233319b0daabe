/*
 * Partitions of x86
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

/*
 * What a partition of x86 has beside partition.h, by owner: the file that is named with each member is the only one
 * that writes it. Knows locks; knows nothing of vps.
 */

#ifndef __WHV_UNIX_VM_PARTITION_X86_H
#define __WHV_UNIX_VM_PARTITION_X86_H

#include "host/lock.h"
#include "winhvplatformdefs.h"

struct partition_arch
{
    /* time/clock_x86.h */
    UINT64               frozen_tsc;    /* of the first vp when the time was suspended */
    struct lock          tsc_lock;      /* of tsc: two vps' may be written at once; nothing else is locked behind it */
    struct
    {
        BOOL             given;         /* there is an offset */
        BOOL             written;       /* ... and it is one that a value written to register Tsc has made */
        UINT64           offset;        /* the last that a vcpu was given */
        UINT64           value, when;   /* as written, and the host's TSC at that moment */
        UINT32           vp;
    }                    tsc;

    /* irq/apic_x86.h */
    UINT64               level_vectors[4], edge_vectors[4];     /* requested so far */
};

#endif /* __WHV_UNIX_VM_PARTITION_X86_H */
