/*
 * Fuzz target: the unix calls
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
 * Any sequence of the calls that the PE side makes, with any arguments; pointers are NULL or to memory of exactly the size that the
 * call was told. The fake KVM fails now and then.
 * What must hold, besides not crashing:
 *  - what is mapped where, with which rights, what KVM knows of it, and which pages are dirty, is what a plain table of pages says,
 *    also when KVM has refused an edit;
 *  - handles of the dead are refused; a buffer that was too small is large enough with the size that was asked for;
 *  - registers and small properties come back as they were set;
 *  - when all partitions are deleted, no fd and no run page is left.
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../winhvemulation/unixlib.h"
#include "fake_kvm.h"
#include "fuzz.h"
#include "host/array.h"
#include "host/kvm.h"
#include "host/probe.h"
#include "memory/gpa_map.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "wine/unixlib.h"

#define MAX_OPS    48
#define PARTITIONS 3
#define VPS        4
#define PAGE       0x1000ull
#define PAGES      48           /* the guest-physical space that is modelled */
#define HOST_PAGES 32

extern const unixlib_entry_t __wine_unix_call_funcs[];

static struct fuzz_input *input;
static UINT8 *memory;

struct page
{
    UINT8 *host;                /* NULL: not mapped */
    UINT8  flags;
    BOOL   dirty, unsure;       /* unsure: a write came to nothing, or half of it */
};

struct model
{
    void       *handle;
    BOOL        exists, set_up;
    struct page pages[PAGES];
    BOOL        vps[VPS];
    UINT32      vp_count;
    UINT64      gpr[VPS][16];
    BOOL        gpr_known[VPS][16];
};

static struct model models[PARTITIONS];
static struct model *model;     /* the one that this call is about, or NULL */

static NTSTATUS call( enum unix_call number, void *params )
{
    return __wine_unix_call_funcs[number]( params );
}

/* ---- arguments ---- */

static void *any_handle( void )
{
    UINT8 how = fuzz_u8( input );

    model = NULL;
    if (how >= 0xf0) return (void *)(uintptr_t)fuzz_edge( input );
    model = &models[how % PARTITIONS];
    if (!model->exists && (how & 0x40)) model = &models[0];
    return model->handle;
}

static UINT32 any_index( void )
{
    UINT8 how = fuzz_u8( input );

    return how >= 0xf8 ? fuzz_u32( input ) : how & 0x80 ? how & 7 : 0;
}

static UINT64 any_address( void )
{
    UINT8 how = fuzz_u8( input );

    /* near each other, mostly */
    return how < 0xa0 ? how % 10 * PAGE : how < 0xe0 ? how % PAGES * PAGE : fuzz_edge( input );
}

static UINT64 any_size( void )
{
    UINT8 how = fuzz_u8( input );

    return how < 0xa0 ? (how & 3) * PAGE + PAGE : how < 0xe0 ? (how & 15) * PAGE : fuzz_edge( input );
}

/* Exactly size bytes, filled by the input if there is enough of it; sometimes NULL. */
static void *any_buffer( UINT32 size )
{
    UINT8 how = fuzz_u8( input ), *buffer;

    if (how >= 0xfc) return NULL;
    if (!(buffer = malloc( size ? size : 1 ))) fuzz_fail( "no memory" );
    memset( buffer, how & 0x80 ? 0 : how, size );
    fuzz_bytes( input, buffer, size < (how & 0x7fu) ? size : how & 0x7fu );
    return buffer;
}

/* A code from one of the API's ranges. */
static UINT32 any_code( void )
{
    static const UINT32 bases[] = { 0, 0x1000, 0x1004, 0x2000, 0x3000, 0x80000000 };
    UINT8 how = fuzz_u8( input );

    return how >= 0xf8 ? fuzz_u32( input ) : bases[how % ARRAY_SIZE( bases )] + fuzz_u8( input ) % 0x30;
}

/* Does a partition of that handle exist? */
static BOOL is_alive( void )
{
    return model && model->exists;
}

static BOOL has_vp( UINT32 index )
{
    return is_alive() && index < VPS && model->vps[index];
}

/* ---- memory ---- */

static struct partition *partition_of( const struct model *m )
{
    struct partition *partition;

    if (FAILED(partition_lock( m->handle, &partition ))) return NULL;
    partition_unlock( partition );
    return partition;
}

static void check_map( void )
{
    struct partition *partition;
    UINT32 i;

    if (!is_alive() || !model->set_up) return;
    if (!(partition = partition_of( model ))) fuzz_fail( "a living partition is not found" );
    for (i = 0; i < PAGES; i++)
    {
        const struct page *page = &model->pages[i];
        const struct gpa_range *range = gpa_find( &partition->gpa, i * PAGE + 0x123 );
        const struct fake_slot *slot = fake_kvm_slot( partition->vm, i * PAGE + 0xfff );

        FUZZ_CHECK( !!range == !!page->host, "page %u is %smapped", i, range ? "" : "not " );
        FUZZ_CHECK( partition->gpa.lost || !!slot == (page->host && (page->flags & 1)), "page %u: KVM has %s slot", i, slot ? "a" : "no" );
        if (!range) continue;
        FUZZ_CHECK( range->host + (i * PAGE - range->gpa) == page->host && range->flags == page->flags, "page %u: %p, flags %x, not %p, %x",
                    i, (void *)(range->host + (i * PAGE - range->gpa)), range->flags, (void *)page->host, page->flags );
        if (!slot || partition->gpa.lost) continue;
        FUZZ_CHECK( slot->region.userspace_addr + (i * PAGE - slot->region.guest_phys_addr) == (uintptr_t)page->host,
                    "page %u: KVM has other memory", i );
        FUZZ_CHECK( !!(slot->region.flags & KVM_MEM_READONLY) == !(page->flags & WHvMapGpaRangeFlagWrite) &&
                    !!(slot->region.flags & KVM_MEM_LOG_DIRTY_PAGES) == !!(page->flags & WHvMapGpaRangeFlagTrackDirtyPages),
                    "page %u: flags %x are %x in KVM", i, page->flags, slot->region.flags );
    }
}

static BOOL is_inside( UINT64 gpa, UINT64 size )
{
    return size && !((gpa | size) & (PAGE - 1)) && gpa < PAGES * PAGE && size <= PAGES * PAGE - gpa;
}

static void map( BOOL unmap )
{
    UINT32 offset = fuzz_u8( input ) % HOST_PAGES * PAGE;
    struct gpa_map_params params = { any_handle(), memory + offset, any_address(), any_size(), 0 };
    UINT8 how = fuzz_u8( input );
    struct page old;
    NTSTATUS ret;
    UINT64 i;

    params.flags = how & 15;
    if (how & 0x10) params.flags |= WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagTrackDirtyPages;
    if (how >= 0xf8) params.flags = fuzz_u32( input );
    if (how == 0x77) params.source = NULL;
    if (how == 0x78) params.source = (UINT8 *)params.source + 1;
    /* memory that is there, and a space that is modelled */
    if (is_inside( params.gpa, params.size ))
    {
        if (params.size > (HOST_PAGES - offset / PAGE) * PAGE) params.size = (HOST_PAGES - offset / PAGE) * PAGE;
    }
    else if (!unmap && params.gpa < PAGES * PAGE && params.size > PAGE) params.size = (params.size & (PAGE - 1)) | PAGE;

    ret = call( unmap ? unix_gpa_unmap : unix_gpa_map, &params );
    if (!is_alive() || !model->set_up)
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
            old = model->pages[number];
            memset( &model->pages[number], 0, sizeof(model->pages[0]) );
            if (unmap) continue;
            model->pages[number].host = (UINT8 *)params.source + i * PAGE;
            model->pages[number].flags = params.flags;
            /* mapped again as it is: nothing may have been done at all */
            model->pages[number].unsure = old.host == model->pages[number].host && old.flags == params.flags && (old.dirty || old.unsure);
        }
    }
    check_map();
}

/* The guest writes, or the API. */
static void dirty( void )
{
    UINT8 where = fuzz_u8( input );
    UINT32 number = where < 0xe0 ? where % 14 : where % PAGES;
    UINT8 data[16] = { 1 };
    struct gpa_access_params params = { any_handle(), 0, 0, data, any_index(), 1, 1 };
    struct partition *partition;
    UINT32 size = fuzz_u8( input );

    params.gpa = number * PAGE + 0xffc;
    params.size = size & 0x80 ? size & 0x7f : (size & 15) + 1;
    params.controls = size & 0x40 ? fuzz_u64( input ) : 6;
    params.write = size >> 5 & 1;
    if (!is_alive() || !model->set_up)
    {
        FUZZ_CHECK( call( unix_gpa_access, &params ) < 0, "access without a partition" );
        return;
    }
    if (!params.write && (size & 0x10))
    {
        if (!(partition = partition_of( model ))) fuzz_fail( "a living partition is not found" );
        while (number < PAGES - 1 && !model->pages[number].host) number++;
        params.gpa = number * PAGE;
        if (!model->pages[number].host || (model->pages[number].flags & 3) != 3) return;
        fake_kvm_touch( partition->vm, params.gpa );
        if (model->pages[number].flags & WHvMapGpaRangeFlagTrackDirtyPages) model->pages[number].dirty = 1;
        return;
    }
    if (call( unix_gpa_access, &params ) == S_OK)
    {
        UINT32 last = (params.gpa + params.size - 1) / PAGE;

        FUZZ_CHECK( has_vp( params.index ), "access by a vp that does not exist" );
        for (; number <= last && number < PAGES; number++)
        {
            struct page *page = &model->pages[number];

            FUZZ_CHECK( page->host && (page->flags & (params.write ? 2 : 1)), "access to page %u", number );
            if (params.write && (page->flags & WHvMapGpaRangeFlagTrackDirtyPages)) page->dirty = 1;
        }
    }
    else if (params.write && params.size <= 16 && (params.gpa & (PAGE - 1)) + params.size > PAGE)
    {
        /* the first page may have been written */
        if (model->pages[number].host && (model->pages[number].flags & WHvMapGpaRangeFlagTrackDirtyPages))
            model->pages[number].unsure = 1;
    }
}

static void query_dirty( void )
{
    UINT8 how = fuzz_u8( input );
    struct gpa_query_dirty_params params = { any_handle(), any_address(), any_size(), NULL, 0 };
    UINT64 i, count = params.size / PAGE;
    NTSTATUS ret;

    params.bitmap_size = how & 0x40 ? how & 0x3f : (count + 63) / 64 * 8;
    if (params.bitmap_size > 0x10000) params.bitmap_size = 0x10000;
    if (!(how & 0x80)) params.bitmap = malloc( params.bitmap_size ? params.bitmap_size : 1 );
    if (!params.bitmap && !(how & 1)) params.bitmap_size = 0;
    ret = call( unix_gpa_query_dirty, &params );
    if (ret == S_OK && is_alive() && is_inside( params.gpa, params.size ))
    {
        for (i = 0; i < count; i++)
        {
            struct page *page = &model->pages[params.gpa / PAGE + i];

            FUZZ_CHECK( page->host && (page->flags & WHvMapGpaRangeFlagTrackDirtyPages), "page %u has no log",
                        (UINT32)(params.gpa / PAGE + i) );
            if (params.bitmap && !page->unsure)
                FUZZ_CHECK( (params.bitmap[i / 64] >> i % 64 & 1) == (UINT64)page->dirty, "page %u is %sdirty",
                            (UINT32)(params.gpa / PAGE + i), page->dirty ? "" : "not " );
            page->dirty = page->unsure = 0;
        }
    }
    free( params.bitmap );
}

/* ---- partitions and vps ---- */

static void create( void )
{
    struct model *free_model = NULL;
    struct partition_create_params params;
    void *handle;
    NTSTATUS ret;
    UINT32 i;

    for (i = 0; i < PARTITIONS && !free_model; i++) if (!models[i].exists) free_model = &models[i];
    if (!free_model) return;
    params.partition = fuzz_u8( input ) == 0xff ? NULL : &handle;
    ret = call( unix_partition_create, &params );
    if (ret != S_OK) return;
    FUZZ_CHECK( params.partition != NULL, "a partition without a handle" );
    memset( free_model, 0, sizeof(*free_model) );
    free_model->handle = handle;
    free_model->exists = 1;
    free_model->vp_count = 1;
}

static void change_partition( void )
{
    UINT8 how = fuzz_u8( input );
    struct partition_params params = { any_handle() };
    enum unix_call number = how % 3 == 0 ? unix_partition_setup : how % 3 == 1 ? unix_partition_reset : unix_partition_delete;
    NTSTATUS ret = call( number, &params );
    UINT32 i;

    if (!is_alive())
    {
        FUZZ_CHECK( ret < 0, "call %u without a partition", number );
        return;
    }
    if (ret < 0 && number != unix_partition_reset) return;
    switch (number)
    {
    case unix_partition_setup:
        FUZZ_CHECK( !model->set_up, "set up twice" );
        model->set_up = 1;
        break;
    case unix_partition_delete:
        model->exists = 0;
        break;
    default:
        for (i = 0; i < VPS; i++) memset( model->gpr_known[i], 0, sizeof(model->gpr_known[i]) );
        break;
    }
}

static void change_vp( void )
{
    UINT8 how = fuzz_u8( input );
    struct vp_create_params create = { any_handle(), NULL, any_index(), 0, 0 };
    struct vp_params delete = { create.partition, create.index };
    NTSTATUS ret;

    if (how & 1)
    {
        ret = call( unix_vp_delete, &delete );
        FUZZ_CHECK( (ret == S_OK) == has_vp( delete.index ), "delete vp %u: %08x", delete.index, ret );
        if (ret == S_OK) model->vps[delete.index] = 0;
        return;
    }
    if (how & 0x80)
    {
        create.count = how >> 1 & 3;
        create.properties = any_buffer( create.count * sizeof(*create.properties) );
    }
    if (how & 0x40) create.flags = fuzz_u8( input ) & 1;
    ret = call( unix_vp_create, &create );
    free( (void *)create.properties );
    if (ret != S_OK) return;
    FUZZ_CHECK( is_alive() && model->set_up && create.index < VPS && !model->vps[create.index], "vp %u was created", create.index );
    model->vps[create.index] = 1;
    memset( model->gpr_known[create.index], 0, sizeof(model->gpr_known[0]) );
}

static void run_vp( void )
{
    UINT32 size = fuzz_u8( input );
    struct vp_run_params run = { any_handle(), any_buffer( size ), any_index(), size };
    struct vp_cancel_params cancel = { run.partition, run.index, size & 1 };
    struct vp_params abandoned = { run.partition, run.index };
    NTSTATUS ret;

    if (size & 2) call( unix_vp_cancel, &cancel );
    ret = call( unix_vp_run, &run );
    if (ret == S_OK) FUZZ_CHECK( has_vp( run.index ) && run.exit && size >= 144, "vp %u ran, %u bytes", run.index, size );
    if (size & 4) call( unix_vp_abandoned, &abandoned );
    free( run.exit );
}

/* ---- registers ---- */

static UINT32 any_register( void )
{
    static const UINT32 groups[] = { 0, 0, 0, 0x1000, 0x2000, 0x3000, 0x80000000, 0x5000 };
    UINT8 how = fuzz_u8( input );

    if (how & 0x80) return how & 15;
    return how == 0x7f ? fuzz_u32( input ) : groups[how & 7] + fuzz_u8( input );
}

static void registers( BOOL set )
{
    struct vp_registers_params params = { any_handle(), NULL, NULL, any_index(), fuzz_u8( input ) % 24 };
    WHV_REGISTER_NAME *names = malloc( params.count * sizeof(*names) + 1 );
    WHV_REGISTER_VALUE *values = malloc( params.count * sizeof(*values) + 1 );
    UINT8 how = fuzz_u8( input );
    NTSTATUS ret;
    UINT32 i;

    if (!names || !values) fuzz_fail( "no memory" );
    for (i = 0; i < params.count; i++)
    {
        names[i] = any_register();
        memset( &values[i], 0, sizeof(values[i]) );
        if (!set) continue;
        values[i].Reg128.Low64 = fuzz_edge( input );
        if (names[i] > 15) values[i].Reg128.High64 = fuzz_edge( input );
    }
    params.names = how == 0xff ? NULL : names;
    params.values = how == 0xfe ? NULL : values;
    ret = call( set ? unix_vp_set_registers : unix_vp_get_registers, &params );
    if (ret == S_OK && params.count)
        FUZZ_CHECK( has_vp( params.index ) && params.names && params.values, "registers of vp %u", params.index );
    for (i = 0; i < params.count && has_vp( params.index ); i++)
    {
        UINT32 name = names[i];

        if (name > 15) continue;
        /* of a call that failed nobody knows how far it came */
        if (set) model->gpr_known[params.index][name] = ret == S_OK;
        if (ret != S_OK) continue;
        if (!set && model->gpr_known[params.index][name])
            FUZZ_CHECK( values[i].Reg64 == model->gpr[params.index][name], "register %u of vp %u is %llx, not %llx", name, params.index,
                        (unsigned long long)values[i].Reg64, (unsigned long long)model->gpr[params.index][name] );
        model->gpr[params.index][name] = values[i].Reg64;
        model->gpr_known[params.index][name] = 1;
    }
    free( names );
    free( values );
}

/* ---- values of a size of their own ---- */

static void get_value( void )
{
    static const enum unix_call numbers[] = { unix_get_capability, unix_partition_get_property, unix_partition_get_counters };
    enum unix_call number = numbers[fuzz_u8( input ) % 3];
    UINT32 written = 0, again;
    struct partition_get_params params = { any_handle(), any_code(), fuzz_u8( input ), NULL, NULL };
    struct get_capability_params capability;
    NTSTATUS ret;

    if (params.code >= 0x80000000 && number == unix_partition_get_counters) params.code &= 1;
    for (again = 0; again < 2; again++)
    {
        if (again) params.size = written;
        params.buffer = any_buffer( params.size );
        params.written = fuzz_u8( input ) == 0xff ? NULL : &written;
        capability.code = params.code;
        capability.size = params.size;
        capability.buffer = params.buffer;
        capability.written = params.written;
        ret = call( number, number == unix_get_capability ? (void *)&capability : (void *)&params );
        free( params.buffer );
        if (ret == S_OK) FUZZ_CHECK( !params.written || written <= params.size, "%u bytes were written into %u", written, params.size );
        if (ret == WHV_E_INSUFFICIENT_BUFFER)
        {
            FUZZ_CHECK( !params.written || written > params.size, "%u bytes are not enough for %u", params.size, written );
            FUZZ_CHECK( !again || !params.written, "%u bytes had been asked for", params.size );
        }
        if (ret != WHV_E_INSUFFICIENT_BUFFER || !params.written) break;
    }
}

static void set_property( void )
{
    UINT32 size = fuzz_u8( input );
    struct partition_set_params params = { any_handle(), any_code(), size & 0x80 ? fuzz_u16( input ) : size & 0x40 ? 4 : 8, NULL };
    struct partition_get_params get;
    UINT64 value = 0, back = 0;
    UINT32 written = 0;

    params.buffer = any_buffer( params.size );
    /* threads and memory: enough is enough */
    if (params.code == WHvPartitionPropertyCodeProcessorCount && params.buffer && params.size >= 4) *(UINT32 *)params.buffer %= VPS + 2;
    if (call( unix_partition_set_property, &params ) == S_OK)
    {
        /* a list may be empty */
        FUZZ_CHECK( is_alive() && (params.buffer || !params.size), "a property of nothing" );
        if (params.buffer) memcpy( &value, params.buffer, params.size < 8 ? params.size : 8 );
        get.partition = params.partition;
        get.code = params.code;
        get.size = sizeof(back);
        get.buffer = &back;
        get.written = &written;
        /* of larger than 8 bytes there is no get; oversized buffers are taken */
        if (call( unix_partition_get_property, &get ) == S_OK && written <= params.size)
            /* any BOOL but FALSE is TRUE */
            FUZZ_CHECK( !memcmp( &back, &value, written ) || (back == TRUE && (UINT32)value), "property %x is %llx, not %llx",
                        params.code, (unsigned long long)back, (unsigned long long)value );
    }
    free( (void *)params.buffer );
}

static void use_state( void )
{
    static const enum unix_call numbers[] = { unix_vp_get_state, unix_vp_set_state, unix_vp_get_counters };
    UINT32 which = fuzz_u8( input ) % 3, written = 0, size = fuzz_u16( input ) % 9000;
    struct vp_state_params params = { any_handle(), NULL, NULL, any_index(), any_code(), size };
    NTSTATUS ret;

    if (fuzz_u8( input ) == 0xff) params.type = UNIX_STATE_APIC_LEGACY;
    params.buffer = any_buffer( size );
    params.written = &written;
    ret = call( numbers[which], &params );
    if (ret == S_OK && which != 1) FUZZ_CHECK( written <= size, "%u bytes of state in %u", written, size );
    /* what was got can be set */
    if (ret == S_OK && !which)
    {
        params.size = written;
        call( unix_vp_set_state, &params );
        memset( model->gpr_known[params.index % VPS], 0, sizeof(model->gpr_known[0]) );
    }
    if (which == 1 && has_vp( params.index )) memset( model->gpr_known[params.index], 0, sizeof(model->gpr_known[0]) );
    free( params.buffer );
}

static void others( void )
{
    WHV_TRANSLATE_GVA_RESULT result;
    UINT64 gpa;
    struct translate_gva_params translate = { any_handle(), any_address(), &result, &gpa, any_index(), fuzz_u16( input ) };
    struct partition_time_params time = { translate.partition, fuzz_u8( input ) };
    struct vp_get_cpuid_params cpuid = { translate.partition, NULL, translate.index, 0, 0 };
    struct request_interrupt_params interrupt = { translate.partition, NULL, 0 };
    struct get_interrupt_targets_params targets = { translate.partition, 0, NULL, NULL, 0, 0 };
    struct gpa_advise_params advise = { translate.partition, NULL, 0, 0, NULL, 0 };
    struct attach_params attach = { WHV_UNIX_VERSION, sizeof(attach) + 8, NULL };
    WHV_CPUID_OUTPUT output;
    UINT32 target_count = 0;
    UINT8 how = fuzz_u8( input );

    switch (how & 7)
    {
    case 0:
        if (how & 0x80) translate.result = NULL;
        if (how & 0x40) translate.gpa = NULL;
        call( unix_translate_gva, &translate );
        break;
    case 1:
        call( unix_partition_set_time, &time );
        break;
    case 2:
        cpuid.output = how & 0x80 ? NULL : &output;
        cpuid.eax = how & 0x40 ? fuzz_u32( input ) : (how & 0x20 ? 0x80000000 : how & 0x10 ? 0x40000000 : 0) + fuzz_u8( input ) % 0x20;
        cpuid.ecx = fuzz_u8( input );
        call( unix_vp_get_cpuid, &cpuid );
        break;
    case 3:
        interrupt.size = how & 0x80 ? fuzz_u8( input ) : sizeof(*interrupt.interrupt);
        interrupt.interrupt = any_buffer( interrupt.size );
        call( unix_request_interrupt, &interrupt );
        free( (void *)interrupt.interrupt );
        break;
    case 4:
        targets.destination = fuzz_edge( input );
        targets.mode = fuzz_u8( input ) & 3;
        targets.count = fuzz_u8( input ) & 15;
        targets.targets = any_buffer( targets.count * sizeof(UINT32) );
        targets.target_count = how & 0x80 ? NULL : &target_count;
        if (call( unix_get_interrupt_targets, &targets ) == S_OK)
            FUZZ_CHECK( target_count <= targets.count, "%u targets in %u", target_count, targets.count );
        free( targets.targets );
        break;
    case 5:
        advise.count = fuzz_u8( input ) & 7;
        advise.ranges = any_buffer( advise.count * sizeof(*advise.ranges) );
        advise.advice = fuzz_u8( input ) & 3;
        advise.size = how & 0x80 ? fuzz_u8( input ) : how & 0x40 ? 0 : sizeof(WHV_ADVISE_GPA_RANGE_POPULATE);
        advise.buffer = any_buffer( advise.size );
        call( unix_gpa_advise, &advise );
        free( (void *)advise.ranges );
        free( (void *)advise.buffer );
        break;
    case 6:
        if (how & 0x80) attach.version++;
        FUZZ_CHECK( call( unix_attach, &attach ) < 0, "attached" );
        break;
    }
}

/* ---- the rest ---- */

static int halt( struct fake_vcpu *vcpu )
{
    struct kvm_run *run = vcpu->run;

    if (run->kvm_dirty_regs & KVM_SYNC_X86_REGS) vcpu->regs = run->s.regs.regs;
    if (run->kvm_dirty_regs & KVM_SYNC_X86_SREGS) vcpu->sregs = run->s.regs.sregs;
    if (run->kvm_dirty_regs & KVM_SYNC_X86_EVENTS) vcpu->events = run->s.regs.events;
    run->kvm_dirty_regs = 0;
    run->s.regs.regs = vcpu->regs;
    run->s.regs.sregs = vcpu->sregs;
    run->s.regs.events = vcpu->events;
    if (run->immediate_exit) return -EINTR;
    vcpu->entered = 1;
    run->exit_reason = KVM_EXIT_HLT;
    return 0;
}

void fuzz_setup( void )
{
    HRESULT hr;

    fuzz_quiet();
    fake_kvm_reset();
    if (!host_get( &hr )) fuzz_fail( "host: %08x", hr );
    fake_kvm_replace_run( halt, NULL );
    memory = mmap( NULL, HOST_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (memory == MAP_FAILED) fuzz_fail( "no memory" );
}

/* A partition to begin with, so that not all inputs have to make one. */
static void begin( UINT8 how )
{
    UINT32 i, count = VPS;
    struct partition_create_params create = { &models[0].handle };
    struct partition_params params;
    struct partition_set_params set;
    struct vp_create_params vp;

    if (how & 1) return;
    if (call( unix_partition_create, &create )) fuzz_fail( "create" );
    params.partition = set.partition = vp.partition = models[0].handle;
    models[0].exists = 1;
    if (how & 2) return;
    set.code = WHvPartitionPropertyCodeProcessorCount;
    set.size = sizeof(count);
    set.buffer = &count;
    if (call( unix_partition_set_property, &set )) fuzz_fail( "processor count" );
    count = how >> 2 & 3;
    if (count)
    {
        set.code = WHvPartitionPropertyCodeLocalApicEmulationMode;
        call( unix_partition_set_property, &set );
    }
    if (call( unix_partition_setup, &params )) fuzz_fail( "setup" );
    models[0].set_up = 1;
    for (i = 0; i < (how >> 4 & 3); i++)
    {
        vp.index = i;
        vp.properties = NULL;
        vp.count = vp.flags = 0;
        if (call( unix_vp_create, &vp )) fuzz_fail( "vp" );
        models[0].vps[i] = 1;
    }
}

void fuzz_run( struct fuzz_input *in )
{
    UINT32 i;

    input = in;
    memset( models, 0, sizeof(models) );
    fake_kvm_fail_at( 0, 0 );
    begin( fuzz_u8( in ) );
    for (i = 0; i < MAX_OPS && in->size; i++)
    {
        UINT8 op = fuzz_u8( in );

        switch (op & 15)
        {
        case 0: case 1: case 2: map( 0 ); break;
        case 3: map( 1 ); break;
        case 4: dirty(); break;
        case 5: query_dirty(); break;
        case 6: create(); break;
        case 7: change_partition(); break;
        case 8: change_vp(); break;
        case 9: run_vp(); break;
        case 10: registers( 0 ); break;
        case 11: registers( 1 ); break;
        case 12: get_value(); break;
        case 13: set_property(); break;
        case 14: use_state(); break;
        case 15:
            if (op & 0x80) fake_kvm_fail_at( op >> 4 & 7, fuzz_u8( in ) & 1 ? ENOMEM : EINVAL );
            else others();
            break;
        }
    }
    fake_kvm_fail_at( 0, 0 );
    for (i = 0; i < PARTITIONS; i++)
    {
        struct partition_params params = { models[i].handle };
        NTSTATUS ret = call( unix_partition_delete, &params );

        FUZZ_CHECK( (ret == S_OK) == models[i].exists, "delete: %08x", ret );
    }
    FUZZ_CHECK( fake_kvm_open_fds() == 1 && !fake_kvm_mapped_runs(), "left: %d fds, %d run pages", fake_kvm_open_fds(),
                fake_kvm_mapped_runs() );
}

void fuzz_seeds( fuzz_seed_func seed )
{
    /* a tracked mapping, a page of it written, a part of it replaced or taken away, and what is dirty then */
    static const UINT8 dirty_log[] = { 0x30, 0, 0, 0, 0, 3, 0x10, 4, 1, 0, 0, 0x10, 0, 1, 0, 2, 0, 7, 5, 0, 0, 0, 1 };
    static const UINT8 dirty_unmap[] = { 0x30, 0, 0, 0, 0, 3, 0x10, 4, 1, 0, 0, 0x10, 3, 1, 0, 2, 0, 7, 5, 0, 0, 0, 1 };
    UINT8 data[256];
    UINT32 op, how, i;

    seed( dirty_log, sizeof(dirty_log) );
    seed( dirty_unmap, sizeof(dirty_unmap) );
    for (op = 0; op < 16; op++)
        for (how = 0; how < 16; how++)
        {
            UINT32 pos = 0;

            data[pos++] = how & 8 ? 0x34 : 0x30;
            for (i = 0; i < 8; i++)
            {
                data[pos++] = i & 1 ? op : (op * 5 + i * 3) & 15;
                data[pos++] = i * how;
                data[pos++] = 0;
                data[pos++] = i * 3 + how;
                data[pos++] = how + 1;
                data[pos++] = 7 + (how & 8);
                data[pos++] = how * 17;
                data[pos++] = 8;
            }
            seed( data, pos );
        }
}
