/*
 * Fuzz target: calls that map memory and tell what is dirty
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

#include <stdlib.h>

#include "calls_model.h"
#include "fake_kvm.h"
#include "host/kvm.h"
#include "memory/gpa_map.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "wine/unixlib.h"

struct partition *calls_partition( const struct model *model )
{
    struct partition *partition;

    if (FAILED(partition_lock( model->handle, &partition ))) return NULL;
    partition_unlock( partition );
    return partition;
}

static void check_map( void )
{
    struct partition *partition;
    UINT32 i;

    if (!is_alive() || !calls.model->set_up) return;
    if (!(partition = calls_partition( calls.model ))) fuzz_fail( "a living partition is not found" );
    for (i = 0; i < PAGES; i++)
    {
        const struct page *page = &calls.model->pages[i];
        const struct gpa_range *range = gpa_find( &partition->gpa, i * PAGE + 0x123 );
        const struct fake_slot *slot = fake_kvm_slot( partition->vm, i * PAGE + 0xfff );

        if (calls_is_hole( calls.model, i ))
        {
            FUZZ_CHECK( !range && (partition->gpa.lost || !slot), "page %u has a doorbell", i );
            continue;
        }
        FUZZ_CHECK( !!range == !!page->host, "page %u is %smapped", i, range ? "" : "not " );
        FUZZ_CHECK( partition->gpa.lost || !!slot == (page->host && (page->flags & 1)), "page %u: KVM has %s slot", i,
                    slot ? "a" : "no" );
        if (!range) continue;
        FUZZ_CHECK( range->host + (i * PAGE - range->gpa) == page->host && range->flags == page->flags,
                    "page %u: %p, flags %x, not %p, %x", i, (void *)(range->host + (i * PAGE - range->gpa)),
                    range->flags, (void *)page->host, page->flags );
        if (!slot || partition->gpa.lost) continue;
        FUZZ_CHECK( slot->region.userspace_addr + (i * PAGE - slot->region.guest_phys_addr) == (uintptr_t)page->host,
                    "page %u: KVM has other memory", i );
        FUZZ_CHECK( !!(slot->region.flags & KVM_MEM_READONLY) == !(page->flags & WHvMapGpaRangeFlagWrite) &&
                    !!(slot->region.flags & KVM_MEM_LOG_DIRTY_PAGES) ==
                    !!(page->flags & WHvMapGpaRangeFlagTrackDirtyPages), "page %u: flags %x are %x in KVM", i,
                    page->flags, slot->region.flags );
    }
}

static BOOL is_inside( UINT64 gpa, UINT64 size )
{
    return size && !((gpa | size) & (PAGE - 1)) && gpa < PAGES * PAGE && size <= PAGES * PAGE - gpa;
}

void calls_map( BOOL unmap )
{
    UINT32 offset = fuzz_u8( calls.input ) % HOST_PAGES * PAGE;
    struct gpa_map_params params = { any_handle(), calls.memory + offset, any_address(), any_size(), 0, 0, 0 };
    UINT8 how = fuzz_u8( calls.input );
    struct page old;
    NTSTATUS ret;
    UINT64 i;

    params.flags = how & 15;
    if (how & 0x10)
        params.flags |= WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagTrackDirtyPages;
    if (how >= 0xf8) params.flags = fuzz_u32( calls.input );
    if (how == 0x77) params.source = NULL;
    if (how == 0x78) params.source = (UINT8 *)params.source + 1;
    /* calls.memory that is there, and a space that is modelled */
    if (is_inside( params.gpa, params.size ))
    {
        if (params.size > (HOST_PAGES - offset / PAGE) * PAGE) params.size = (HOST_PAGES - offset / PAGE) * PAGE;
    }
    else if (!unmap && params.gpa < PAGES * PAGE && params.size > PAGE) params.size = (params.size & (PAGE - 1)) | PAGE;

    ret = call( unmap ? unix_gpa_unmap : unix_gpa_map, &params );
    if (!is_alive() || !calls.model->set_up)
    {
        FUZZ_CHECK( ret < 0, "a mapping without a partition" );
        return;
    }
    if (ret == S_OK)
    {
        FUZZ_CHECK( params.size && !((params.gpa | params.size) & (PAGE - 1)) && params.gpa + params.size > params.gpa,
                    "size %llx at %llx was taken", (unsigned long long)params.size, (unsigned long long)params.gpa );
        if (!unmap) FUZZ_CHECK( params.source && !((uintptr_t)params.source & (PAGE - 1)) && params.flags < 16 &&
                                ((params.flags & 1) || !(params.flags & 6)), "source %p, flags %x were taken",
                                params.source, params.flags );
        for (i = 0; i < params.size / PAGE; i++)
        {
            UINT64 number = params.gpa / PAGE + i;

            if (number >= PAGES) break;
            old = calls.model->pages[number];
            memset( &calls.model->pages[number], 0, sizeof(calls.model->pages[0]) );
            if (unmap) continue;
            calls.model->pages[number].host = (UINT8 *)params.source + i * PAGE;
            calls.model->pages[number].flags = params.flags;
            /* mapped again as it is: nothing may have been done at all */
            calls.model->pages[number].unsure = old.host == calls.model->pages[number].host &&
                                                old.flags == params.flags &&
                                          (old.dirty || old.unsure);
        }
    }
    check_map();
}

/* The guest writes, or the API. */
void calls_dirty( void )
{
    UINT8 where = fuzz_u8( calls.input );
    UINT32 number = where < 0xe0 ? where % 14 : where % PAGES;
    UINT8 data[16] = { 1 };
    struct gpa_access_params params = { any_handle(), 0, 0, data, any_index(), 1, 1 };
    struct partition *partition;
    UINT32 size = fuzz_u8( calls.input );

    params.gpa = number * PAGE + 0xffc;
    params.size = size & 0x80 ? size & 0x7f : (size & 15) + 1;
    params.controls = size & 0x40 ? fuzz_u64( calls.input ) : 6;
    params.write = size >> 5 & 1;
    if (!is_alive() || !calls.model->set_up)
    {
        FUZZ_CHECK( call( unix_gpa_access, &params ) < 0, "access without a partition" );
        return;
    }
    if (!params.write && (size & 0x10))
    {
        if (!(partition = calls_partition( calls.model ))) fuzz_fail( "a living partition is not found" );
        while (number < PAGES - 1 && !calls.model->pages[number].host) number++;
        params.gpa = number * PAGE;
        if (calls_is_hole( calls.model, number )) return;
        if (!calls.model->pages[number].host || (calls.model->pages[number].flags & 3) != 3) return;
        fake_kvm_touch( partition->vm, params.gpa );
        if (calls.model->pages[number].flags & WHvMapGpaRangeFlagTrackDirtyPages) calls.model->pages[number].dirty = 1;
        return;
    }
    if (call( unix_gpa_access, &params ) == S_OK)
    {
        UINT32 last = (params.gpa + params.size - 1) / PAGE;

        FUZZ_CHECK( has_vp( params.index ), "access by a vp that does not exist" );
        for (; number <= last && number < PAGES; number++)
        {
            struct page *page = &calls.model->pages[number];

            FUZZ_CHECK( page->host && (page->flags & (params.write ? 2 : 1)) && !calls_is_hole( calls.model, number ),
                        "access to page %u", number );
            if (params.write && (page->flags & WHvMapGpaRangeFlagTrackDirtyPages)) page->dirty = 1;
        }
    }
    else if (params.write && params.size <= 16 && (params.gpa & (PAGE - 1)) + params.size > PAGE)
    {
        /* the first page may have been written */
        if (calls.model->pages[number].host && (calls.model->pages[number].flags & WHvMapGpaRangeFlagTrackDirtyPages))
            calls.model->pages[number].unsure = 1;
    }
}

void calls_query_dirty( void )
{
    UINT8 how = fuzz_u8( calls.input );
    struct gpa_query_dirty_params params = { any_handle(), any_address(), any_size(), NULL, 0 };
    UINT64 i, count = params.size / PAGE + !!(params.size % PAGE);
    NTSTATUS ret;

    params.bitmap_size = how & 0x40 ? how & 0x3f : (count + 63) / 64 * 8;
    if (params.bitmap_size > 0x10000) params.bitmap_size = 0x10000;
    if (!(how & 0x80)) params.bitmap = malloc( params.bitmap_size ? params.bitmap_size : 1 );
    if (!params.bitmap && !(how & 1)) params.bitmap_size = 0;
    ret = call( unix_gpa_query_dirty, &params );
    if (ret == S_OK && is_alive() && is_inside( params.gpa, count * PAGE ))
    {
        for (i = 0; i < count; i++)
        {
            struct page *page = &calls.model->pages[params.gpa / PAGE + i];

            FUZZ_CHECK( page->host && (page->flags & WHvMapGpaRangeFlagTrackDirtyPages) &&
                        !calls_is_hole( calls.model, params.gpa / PAGE + i ), "page %u has no log",
                        (UINT32)(params.gpa / PAGE + i) );
            if (params.bitmap_size && !page->unsure)
                FUZZ_CHECK( (params.bitmap[i / 64] >> i % 64 & 1) == (UINT64)page->dirty, "page %u is %sdirty",
                            (UINT32)(params.gpa / PAGE + i), page->dirty ? "" : "not " );
            page->dirty = page->unsure = 0;
        }
    }
    free( params.bitmap );
}
