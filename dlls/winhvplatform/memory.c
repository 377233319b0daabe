/*
 * Guest-physical memory and address translation
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

#include "api.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

HRESULT WINAPI WHvMapGpaRange( WHV_PARTITION_HANDLE partition, void *source, WHV_GUEST_PHYSICAL_ADDRESS gpa,
                               UINT64 size, WHV_MAP_GPA_RANGE_FLAGS flags )
{
    struct gpa_map_params params =
    {
        .partition = partition, .source = source, .gpa = gpa, .size = size, .flags = flags
    };

    TRACE( "%p, source %p, gpa %#llx, size %#llx, flags %#x\n", partition, source, gpa, size, flags );
    return whv_call( unix_gpa_map, &params );
}

HRESULT WINAPI WHvMapGpaRange2( WHV_PARTITION_HANDLE partition, HANDLE process, void *source,
                                WHV_GUEST_PHYSICAL_ADDRESS gpa, UINT64 size, WHV_MAP_GPA_RANGE_FLAGS flags )
{
    struct gpa_map_params params =
    {
        .partition = partition, .source = source, .gpa = gpa, .size = size, .flags = flags
    };
    HRESULT hr;

    TRACE( "%p, process %p, source %p, gpa %#llx, size %#llx, flags %#x\n",
           partition, process, source, gpa, size, flags );
    if (FAILED(hr = process_mark( process, &params.mark, &params.mark_end ))) return hr;
    hr = whv_call( unix_gpa_map, &params );
    process_unmark( process, params.mark );
    return hr;
}

HRESULT WINAPI WHvUnmapGpaRange( WHV_PARTITION_HANDLE partition, WHV_GUEST_PHYSICAL_ADDRESS gpa, UINT64 size )
{
    struct gpa_map_params params = { .partition = partition, .gpa = gpa, .size = size };

    TRACE( "%p, gpa %#llx, size %#llx\n", partition, gpa, size );
    return whv_call( unix_gpa_unmap, &params );
}

HRESULT WINAPI WHvQueryGpaRangeDirtyBitmap( WHV_PARTITION_HANDLE partition, WHV_GUEST_PHYSICAL_ADDRESS gpa,
                                            UINT64 size, UINT64 *bitmap, UINT32 bitmap_size )
{
    struct gpa_query_dirty_params params =
    {
        .partition = partition, .gpa = gpa, .size = size, .bitmap = bitmap, .bitmap_size = bitmap_size
    };

    TRACE( "%p, gpa %#llx, size %#llx, bitmap %p, size %u\n", partition, gpa, size, bitmap, bitmap_size );
    return whv_call( unix_gpa_query_dirty, &params );
}

HRESULT WINAPI WHvAdviseGpaRange( WHV_PARTITION_HANDLE partition, const WHV_MEMORY_RANGE_ENTRY *ranges, UINT32 count,
                                  WHV_ADVISE_GPA_RANGE_CODE advice, const void *buffer, UINT32 size )
{
    struct gpa_advise_params params =
    {
        .partition = partition, .ranges = ranges, .count = count, .advice = advice, .buffer = buffer, .size = size
    };

    TRACE( "%p, ranges %p, count %u, advice %u, buffer %p, size %u\n",
           partition, ranges, count, advice, buffer, size );
    return whv_call( unix_gpa_advise, &params );
}

static HRESULT access_gpa( WHV_PARTITION_HANDLE partition, UINT32 index, UINT64 gpa, WHV_ACCESS_GPA_CONTROLS controls,
                           void *data, UINT32 size, BOOL write )
{
    struct gpa_access_params params =
    {
        .partition = partition, .gpa = gpa, .controls = controls.AsUINT64, .data = data,
        .index = index, .size = size, .write = write
    };

    return whv_call( unix_gpa_access, &params );
}

HRESULT WINAPI WHvReadGpaRange( WHV_PARTITION_HANDLE partition, UINT32 index, WHV_GUEST_PHYSICAL_ADDRESS gpa,
                                WHV_ACCESS_GPA_CONTROLS controls, void *data, UINT32 size )
{
    TRACE( "%p, vp %u, gpa %#llx, controls %#llx, data %p, size %u\n",
           partition, index, gpa, controls.AsUINT64, data, size );
    return access_gpa( partition, index, gpa, controls, data, size, FALSE );
}

HRESULT WINAPI WHvWriteGpaRange( WHV_PARTITION_HANDLE partition, UINT32 index, WHV_GUEST_PHYSICAL_ADDRESS gpa,
                                 WHV_ACCESS_GPA_CONTROLS controls, const void *data, UINT32 size )
{
    TRACE( "%p, vp %u, gpa %#llx, controls %#llx, data %p, size %u\n",
           partition, index, gpa, controls.AsUINT64, data, size );
    return access_gpa( partition, index, gpa, controls, (void *)data, size, TRUE );
}

HRESULT WINAPI WHvTranslateGva( WHV_PARTITION_HANDLE partition, UINT32 index, WHV_GUEST_VIRTUAL_ADDRESS gva,
                                WHV_TRANSLATE_GVA_FLAGS flags, WHV_TRANSLATE_GVA_RESULT *result,
                                WHV_GUEST_PHYSICAL_ADDRESS *gpa )
{
    struct translate_gva_params params =
    {
        .partition = partition, .gva = gva, .result = result, .gpa = gpa, .index = index, .flags = flags
    };

    TRACE( "%p, vp %u, gva %#llx, flags %#x, result %p, gpa %p\n", partition, index, gva, flags, result, gpa );
    return whv_call( unix_translate_gva, &params );
}
