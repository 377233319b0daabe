/*
 * Vps that do not come back
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
#include <time.h>

#include "host/host.h"
#include "host/lock.h"
#include "host/thread.h"
#include "run/watch.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/stop.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

/* Nanoseconds from one look to the next. A vp that sleeps in HLT is kicked as often, which is no work to speak of. */
#define WATCH_INTERVAL 100000000

static struct lock watch_lock;      /* taken behind a partition's, before a vp's */
static BOOL watching;

/* What KVM_RUN notes each time it comes back tells whether it has since the last look. */
static void look_at( struct vp *vp )
{
    UINT64 left = __atomic_load_n( &vp->arch.counters.left, __ATOMIC_RELAXED );

    if (__atomic_load_n( &vp->thread.in_guest, __ATOMIC_RELAXED ) && vp->arch.watched == left) vp_kick( vp );
    vp->arch.watched = left;
}

int watch_look( void )
{
    struct partition *partition;
    struct vp *vp;
    UINT32 i, j;
    BOOL any = 0;

    for (i = 0; i < MAX_PARTITIONS; i++)
    {
        if (!(partition = __atomic_load_n( &partitions[i], __ATOMIC_ACQUIRE )) ||
            __atomic_load_n( &partition->state, __ATOMIC_ACQUIRE ) != PARTITION_SET_UP) continue;
        any = 1;
        for (j = 0; j < __atomic_load_n( &partition->vp_count, __ATOMIC_RELAXED ); j++)
            if ((vp = __atomic_load_n( &partition->vps[j], __ATOMIC_ACQUIRE ))) look_at( vp );
    }
    return any;
}

static void watch( void )
{
    static const struct timespec interval = { .tv_nsec = WATCH_INTERVAL };
    BOOL any;

    do
    {
        nanosleep( &interval, NULL );
        lock_take( &watch_lock );
        watching = any = watch_look();
        lock_give( &watch_lock );
    } while (any);
}

void watch_begin( const struct host *host )
{
    int ret = 0;

    if (!host->delivery_spins) return;
    lock_take( &watch_lock );
    if (!watching && !(ret = thread_spawn( watch ))) watching = 1;
    lock_give( &watch_lock );
    if (ret) WARN( "no thread to watch the virtual processors: %s\n", strerror( -ret ));
}
