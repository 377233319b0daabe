/*
 * Access to guest memory
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

#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host/kvm.h"
#include "host/thread.h"
#include "memory/gpa_access.h"
#include "memory/gpa_map.h"

/* Copies from or to memory of our own that may be gone, protected or the hole of a cut-off file: the kernel answers
 * EFAULT where a load or store would fault. */
static BOOL copy_host( void *data, UINT8 *host, size_t size, BOOL write )
{
    static int unavailable;
    struct iovec local = { data, size }, remote = { host, size };
    ssize_t ret;

    if (!__atomic_load_n( &unavailable, __ATOMIC_RELAXED ))
    {
        /* any thread's id names the process, and ours is at hand without a system call */
        if (write) ret = process_vm_writev( thread_id(), &local, 1, &remote, 1, 0 );
        else ret = process_vm_readv( thread_id(), &local, 1, &remote, 1, 0 );
        if (ret >= 0) return (size_t)ret == size;
        if (errno != ENOSYS && errno != EPERM) return 0;
        /* a sandbox's filter: better to take the risk than to have no access at all */
        __atomic_store_n( &unavailable, 1, __ATOMIC_RELAXED );
    }
    if (write) memcpy( host, data, size );
    else memcpy( data, host, size );
    return 1;
}

enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_READ_FAST };

static HRESULT access_memory( const struct gpa_map *map, UINT64 gpa, UINT8 *data, UINT32 size, enum access access )
{
    UINT32 need = access == ACCESS_WRITE ? WHvMapGpaRangeFlagWrite : WHvMapGpaRangeFlagRead;

    while (size)
    {
        const struct gpa_range *range = gpa_find( map, gpa );
        UINT32 part = size;
        UINT8 *host;

        if (!range || !(range->flags & need)) return E_ACCESSDENIED;
        if (part > gpa_range_end( range ) - gpa) part = gpa_range_end( range ) - gpa;
        host = range->host + (gpa - range->gpa);
        if (access == ACCESS_READ_FAST) memcpy( data, host, part );
        else if (!copy_host( data, host, part, access == ACCESS_WRITE )) return E_ACCESSDENIED;
        if (access == ACCESS_WRITE) gpa_mark_dirty( range, gpa, part );
        gpa += part;
        data += part;
        size -= part;
    }
    return S_OK;
}

HRESULT gpa_read( const struct gpa_map *map, UINT64 gpa, void *data, UINT32 size )
{
    return access_memory( map, gpa, data, size, ACCESS_READ );
}

HRESULT gpa_write( const struct gpa_map *map, UINT64 gpa, const void *data, UINT32 size )
{
    return access_memory( map, gpa, (UINT8 *)data, size, ACCESS_WRITE );
}

HRESULT gpa_read_fast( const struct gpa_map *map, UINT64 gpa, void *data, UINT32 size )
{
    const struct gpa_range *range = gpa_find( map, gpa );

    if (!range || !(range->flags & WHvMapGpaRangeFlagRead) || size > gpa_range_end( range ) - gpa)
        return access_memory( map, gpa, data, size, ACCESS_READ_FAST );
    memcpy( data, range->host + (gpa - range->gpa), size );
    return S_OK;
}

/* Can the word be written? An OR with 0, done by the kernel: changes nothing, misses no concurrent change, never
 * faults. The first address of FUTEX_WAKE_OP, on which nobody sleeps, is there for the form. */
static BOOL probe_writable( UINT8 *host )
{
    static UINT32 nobody;

    return syscall( SYS_futex, &nobody, FUTEX_WAKE_OP_PRIVATE, 0, NULL, host,
                    FUTEX_OP( FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0 ) ) >= 0 || errno != EFAULT;
}

BOOL gpa_is_writable( const struct gpa_map *map, UINT64 gpa )
{
    const struct gpa_range *range = gpa_find( map, gpa & ~3ull );

    if (!range || !(range->flags & WHvMapGpaRangeFlagWrite)) return 0;
    return probe_writable( range->host + ((gpa & ~3ull) - range->gpa) );
}

HRESULT gpa_compare_exchange( const struct gpa_map *map, UINT64 gpa, UINT32 size, UINT64 expected, UINT64 desired )
{
    const struct gpa_range *range = gpa_find( map, gpa );
    UINT32 expected32 = expected;
    UINT8 *host;
    BOOL done;

    if (!range || !(range->flags & WHvMapGpaRangeFlagWrite) || gpa % size) return E_ACCESSDENIED;
    host = range->host + (gpa - range->gpa);
    if (!probe_writable( host )) return E_ACCESSDENIED;
    if (size == sizeof(UINT32))
        done = __atomic_compare_exchange_n( (UINT32 *)host, &expected32, (UINT32)desired, 0,
                                            __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST );
    else
        done = __atomic_compare_exchange_n( (UINT64 *)host, &expected, desired, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST );
    if (!done) return S_FALSE;
    gpa_mark_dirty( range, gpa, size );
    return S_OK;
}

HRESULT gpa_compare_exchange16( const struct gpa_map *map, UINT64 gpa, UINT64 expected[2], const UINT64 desired[2] )
{
    const struct gpa_range *range = gpa_find( map, gpa );
    UINT64 low = expected[0], high = expected[1];
    UINT8 *host, done;

    if (!range || !(range->flags & WHvMapGpaRangeFlagWrite) || gpa % 16) return E_ACCESSDENIED;
    host = range->host + (gpa - range->gpa);
    if (!probe_writable( host )) return E_ACCESSDENIED;
    /* gcc would call its library for 16 bytes */
    __asm__ volatile( "lock cmpxchg16b %1\n\tsete %0"
                      : "=q" (done), "+m" (*(UINT8 (*)[16])host), "+a" (low), "+d" (high)
                      : "b" (desired[0]), "c" (desired[1]) : "cc", "memory" );
    if (!done)
    {
        expected[0] = low;
        expected[1] = high;
        return S_FALSE;
    }
    gpa_mark_dirty( range, gpa, 16 );
    return S_OK;
}
