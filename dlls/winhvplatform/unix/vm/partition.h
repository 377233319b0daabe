/*
 * Partitions
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
 * struct partition: what belongs to it on any architecture. Handles to partitions are handle.h's, stopping the vps of
 * one is stop.h's, and its life is run/partition_life.h's.
 * Memory of partitions and vps is never given back, only used again: a stale handle finds a dead object, not a
 * stranger's memory. Knows host.h, gpa_map.h, property.h and partition_x86.h.
 * Lock order: partition->lock, then any vp->thread.lock in index order, then partition->irq_lock. No lock is held
 * while caller memory is touched.
 */

#ifndef __WHV_UNIX_VM_PARTITION_H
#define __WHV_UNIX_VM_PARTITION_H

#include "host/host.h"
#include "host/lock.h"
#include "memory/gpa_map.h"
#include "vm/partition_x86.h"
#include "vm/property.h"
#include "winhvplatformdefs.h"

struct object;
struct vp;

/* notify/doorbell.h, sorted by address; edits and lookups as those of the memory */
struct doorbells
{
    struct object **table;
    UINT32          count, room;
};

enum partition_state
{
    PARTITION_FREE,
    PARTITION_CREATED,
    PARTITION_SET_UP,
};

struct partition
{
    struct lock          lock;          /* configuration: everything below but what a vp's lock covers */
    enum partition_state state;
    UINT32               generation;    /* of the handle */
    const struct host   *host;
    int                  vm;            /* fd, -1 before setup */
    struct properties    props;
    struct gpa_map       gpa;           /* edits: lock and all vps stopped; lookups: lock or any vp's lock */
    struct doorbells     doorbells;
    struct vp          **vps;           /* vp_room entries, NULL = never created; never given back */
    UINT32               vp_count;      /* ProcessorCount as of setup */
    UINT32               vp_room;
    BOOL                 time_running, time_suspended;  /* both FALSE before the first run; lock and all vps stopped */
    struct lock          irq_lock;      /* interrupt requests, which wait for nothing else: keeps the vm open */
    struct partition_arch arch;
};

static inline BOOL apic_present( const struct partition *partition )
{
    return partition->props.apic_mode != WHvX64LocalApicEmulationModeNone;
}

#endif /* __WHV_UNIX_VM_PARTITION_H */
