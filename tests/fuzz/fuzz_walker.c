/*
 * Fuzz target: the page walker
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
 * gva_translate() on hostile page tables, against a second walker that was written from the manual in another way:
 * tables of cases instead of masks, one function per paging mode, plain arrays instead of the map.
 * Compared: the code, the address, and all of guest memory afterwards (accessed and dirty bits). Then the same walk in
 * the form that the exit path uses, where that is allowed.
 * Memory is four stretches: RAM, read-only RAM, pages that nobody may read, and pages whose host memory is gone.
 */

#include <sys/mman.h>

#include "fuzz.h"
#include "memory/gpa_map.h"
#include "memory/gva_x86.h"

#define PAGE        0x1000u
#define PAGES       16

/* page numbers of guest-physical memory; above them there is nothing */
#define ROM_PAGE    10          /* Read, Execute */
#define SECRET_PAGE 12          /* no rights at all */
#define GONE_PAGE   13          /* all rights, no host memory */
#define DATA_PAGE   14          /* Read, Write, no Execute */

static struct gpa_map map;
static UINT8 *memory, before[PAGES * PAGE], expected[PAGES * PAGE];

void fuzz_setup( void )
{
    static const UINT32 all = WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute;
    HRESULT hr;

    fuzz_quiet();
    memory = mmap( NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (memory == MAP_FAILED) fuzz_fail( "no memory" );
    hr = gpa_map_init( &map, -1, 32, 1ull << 46 );
    if (SUCCEEDED(hr)) hr = gpa_map_range( &map, memory, 0, ROM_PAGE * PAGE, all );
    if (SUCCEEDED(hr))
        hr = gpa_map_range( &map, memory + ROM_PAGE * PAGE, ROM_PAGE * PAGE, 2 * PAGE, all & ~WHvMapGpaRangeFlagWrite );
    if (SUCCEEDED(hr)) hr = gpa_map_range( &map, memory + SECRET_PAGE * PAGE, SECRET_PAGE * PAGE, PAGE, 0 );
    if (SUCCEEDED(hr)) hr = gpa_map_range( &map, memory + GONE_PAGE * PAGE, GONE_PAGE * PAGE, PAGE, all );
    if (SUCCEEDED(hr))
        hr = gpa_map_range( &map, memory + DATA_PAGE * PAGE, DATA_PAGE * PAGE, 2 * PAGE,
                            all & ~WHvMapGpaRangeFlagExecute );
    if (FAILED(hr)) fuzz_fail( "setup: %08x", hr );
    mprotect( memory + GONE_PAGE * PAGE, PAGE, PROT_NONE );
}

/* ---- the other walker ---- */

struct model
{
    const struct gva_context *context;
    UINT32 flags;
    UINT64 gva, gpa;
    BOOL   w, u, x;                     /* rights so far */
    UINT64 used[5];                     /* addresses of entries that have an accessed bit, */
    UINT32 used_count, entry_size;
};

static BOOL page_can( UINT64 gpa, BOOL *read, BOOL *write, BOOL *execute, BOOL *host )
{
    UINT64 page = gpa / PAGE;

    if (page >= PAGES) return 0;
    *read = page != SECRET_PAGE;
    *write = page != SECRET_PAGE && page != ROM_PAGE && page != ROM_PAGE + 1;
    *execute = page != SECRET_PAGE && page < DATA_PAGE;
    *host = page != GONE_PAGE;
    return 1;
}

static WHV_TRANSLATE_GVA_RESULT_CODE load( struct model *model, UINT64 at, UINT64 *entry )
{
    BOOL read, write, execute, host;

    model->gpa = at;
    if (!page_can( at, &read, &write, &execute, &host )) return WHvTranslateGvaResultGpaUnmapped;
    if (!read) return WHvTranslateGvaResultGpaNoReadAccess;
    if (!host) return WHvTranslateGvaResultGpaUnmapped;
    *entry = 0;
    memcpy( entry, expected + at, model->entry_size );
    return *entry & 1 ? WHvTranslateGvaResultSuccess : WHvTranslateGvaResultPageNotPresent;
}

static void use( struct model *model, UINT64 at, UINT64 entry )
{
    model->w &= entry >> 1 & 1;
    model->u &= entry >> 2 & 1;
    if (entry >> 63) model->x = 0;
    model->used[model->used_count++] = at;
}

static BOOL any_set( UINT64 value, unsigned int low, unsigned int high )
{
    for (; low <= high; low++) if (value >> low & 1) return 1;
    return 0;
}

static UINT32 phys_bits( const struct model *model )
{
    return model->context->phys_bits && model->context->phys_bits < 52 ? model->context->phys_bits : 52;
}

/* SDM 3, 4.3: figure 4-4 */
static WHV_TRANSLATE_GVA_RESULT_CODE walk_32bit( struct model *model )
{
    UINT64 gva = model->gva, at = (model->context->cr3 & 0xfffff000) + (gva >> 22) * 4, entry;
    WHV_TRANSLATE_GVA_RESULT_CODE code = load( model, at, &entry );

    if (code) return code;
    if ((entry & 0x80) && (model->context->cr4 & 0x10))
    {
        UINT32 top = phys_bits( model ) < 40 ? phys_bits( model ) : 40;

        if (top < 32) top = 32;
        if (entry >> 21 & 1) return WHvTranslateGvaResultInvalidPageTableFlags;
        if (top < 40 && any_set( entry, 13 + top - 32, 20 )) return WHvTranslateGvaResultInvalidPageTableFlags;
        use( model, at, entry );
        model->gpa = (entry & 0xffc00000) + ((entry >> 13 & 0xff) << 32) + (gva & 0x3fffff);
        return 0;
    }
    use( model, at, entry );
    at = (entry & 0xfffff000) + (gva >> 12 & 0x3ff) * 4;
    if ((code = load( model, at, &entry ))) return code;
    use( model, at, entry );
    model->gpa = (entry & 0xfffff000) + (gva & 0xfff);
    return 0;
}

/* A table of 512 entries of 8 bytes, level 1 the last. SDM 3, 4.4.2 and 4.5.4 */
static WHV_TRANSLATE_GVA_RESULT_CODE walk_wide( struct model *model, UINT64 table, UINT32 level, BOOL pae )
{
    UINT64 size = 0x1000ull << (level - 1) * 9, at = table + model->gva / size % 512 * 8, entry;
    WHV_TRANSLATE_GVA_RESULT_CODE code = load( model, at, &entry );
    BOOL leaf = level == 1;

    if (code) return code;
    if (phys_bits( model ) < 52 && any_set( entry, phys_bits( model ), 51 ))
        return WHvTranslateGvaResultInvalidPageTableFlags;
    if (pae && any_set( entry, 52, 62 )) return WHvTranslateGvaResultInvalidPageTableFlags;
    if (entry >> 63 && !(model->context->efer & 0x800)) return WHvTranslateGvaResultInvalidPageTableFlags;
    if (level > 1 && (entry & 0x80))
    {
        if (level > 3 || (level == 3 && !model->context->has_1g_pages))
            return WHvTranslateGvaResultInvalidPageTableFlags;
        if (any_set( entry, 13, level == 3 ? 29 : 20 )) return WHvTranslateGvaResultInvalidPageTableFlags;
        leaf = 1;
    }
    use( model, at, entry );
    entry = entry << 12 >> 12;
    if (!leaf) return walk_wide( model, entry / PAGE * PAGE, level - 1, pae );
    model->gpa = entry / size * size + model->gva % size;
    return 0;
}

static WHV_TRANSLATE_GVA_RESULT_CODE walk_pae( struct model *model )
{
    UINT64 at = (model->context->cr3 & 0xffffffe0) + (model->gva >> 30) * 8, entry;
    WHV_TRANSLATE_GVA_RESULT_CODE code = load( model, at, &entry );

    if (code) return code;
    /* bit 5 is let pass: see gva_x86.c */
    if (any_set( entry, 1, 2 ) || any_set( entry, 6, 8 ) || any_set( entry, phys_bits( model ), 63 ))
        return WHvTranslateGvaResultInvalidPageTableFlags;
    return walk_wide( model, entry / PAGE * PAGE, 2, 1 );
}

static BOOL allowed( const struct model *model )
{
    const struct gva_context *c = model->context;
    BOOL read = !!(model->flags & WHvTranslateGvaFlagValidateRead),
        write = !!(model->flags & WHvTranslateGvaFlagValidateWrite);
    BOOL execute = !!(model->flags & WHvTranslateGvaFlagValidateExecute), ac = !!(c->rflags & 0x40000);

    if (execute && !model->x) return 0;
    if (model->flags & WHvTranslateGvaFlagPrivilegeExempt) return !write || model->w || !(c->cr0 & 0x10000);
    if (c->cpl == 3) return model->u && (!write || model->w);
    if (write && !model->w && (c->cr0 & 0x10000)) return 0;
    if (!model->u) return 1;
    if (execute && (c->cr4 & 0x100000)) return 0;
    if (model->flags & WHvTranslateGvaFlagEnforceSmap) ac = 0;
    if (model->flags & WHvTranslateGvaFlagOverrideSmap) ac = 1;
    return !(read || write) || !(c->cr4 & 0x200000) || ac;
}

static WHV_TRANSLATE_GVA_RESULT_CODE check_page( const struct model *model )
{
    BOOL read, write, execute, host;

    if (!page_can( model->gpa, &read, &write, &execute, &host )) return WHvTranslateGvaResultGpaUnmapped;
    if ((model->flags & WHvTranslateGvaFlagValidateRead) && !read) return WHvTranslateGvaResultGpaNoReadAccess;
    if ((model->flags & WHvTranslateGvaFlagValidateExecute) && !execute) return WHvTranslateGvaResultGpaNoReadAccess;
    if ((model->flags & WHvTranslateGvaFlagValidateWrite) && !write) return WHvTranslateGvaResultGpaNoWriteAccess;
    return 0;
}

static WHV_TRANSLATE_GVA_RESULT_CODE mark( struct model *model )
{
    BOOL read, write, execute, host;
    UINT32 i;

    for (i = 0; i < model->used_count; i++)
    {
        BOOL dirty = i == model->used_count - 1 && (model->flags & WHvTranslateGvaFlagValidateWrite);
        UINT8 *entry = expected + model->used[i], marked = *entry | 0x20 | (dirty ? 0x40 : 0);

        if (marked == *entry) continue;
        page_can( model->used[i], &read, &write, &execute, &host );
        if (!write)
        {
            model->gpa = model->used[i];
            return WHvTranslateGvaResultGpaNoWriteAccess;
        }
        *entry = marked;
    }
    return 0;
}

/* expected is changed as guest memory is to be. */
static WHV_TRANSLATE_GVA_RESULT_CODE translate( const struct gva_context *context, UINT64 gva, UINT32 flags,
                                                UINT64 *gpa )
{
    struct model model = { context, flags, gva, 0, 1, 1, 1, { 0 }, 0, 8 };
    BOOL lma = !!(context->efer & 0x400), pae = !!(context->cr4 & 0x20), la57 = !!(context->cr4 & 0x1000);
    BOOL validate = !!(flags & (WHvTranslateGvaFlagValidateRead | WHvTranslateGvaFlagValidateWrite |
                                WHvTranslateGvaFlagValidateExecute));
    WHV_TRANSLATE_GVA_RESULT_CODE code;

    *gpa = 0;
    if (!lma) model.gva &= 0xffffffff;
    if (!(context->cr0 >> 31 & 1))
    {
        model.gpa = model.gva;
        *gpa = model.gva;
        return validate ? check_page( &model ) : 0;
    }
    if (lma)
    {
        UINT32 top = la57 ? 56 : 47;
        UINT64 sign = model.gva >> top;

        if (sign && sign != ~0ull >> top) return WHvTranslateGvaResultPageNotPresent;
        code = walk_wide( &model, context->cr3 & 0xffffffffff000, la57 ? 5 : 4, 0 );
    }
    else if (pae) code = walk_pae( &model );
    else
    {
        model.entry_size = 4;
        code = walk_32bit( &model );
    }
    if (!code && validate && !allowed( &model )) code = WHvTranslateGvaResultPrivilegeViolation;
    if (!code && validate) code = check_page( &model );
    if (!code && (flags & WHvTranslateGvaFlagSetPageTableBits)) code = mark( &model );
    if (!code || code == WHvTranslateGvaResultGpaUnmapped || code == WHvTranslateGvaResultGpaNoReadAccess ||
        code == WHvTranslateGvaResultGpaNoWriteAccess) *gpa = model.gpa;
    return code;
}

/* ---- inputs ---- */

/* Tables that lead somewhere: at every level the place that the walk will look at gets an entry of the input's
 * making. */
static void make_tables( struct fuzz_input *input, const struct gva_context *context, UINT64 gva )
{
    BOOL lma = !!(context->efer & 0x400), wide = lma || (context->cr4 & 0x20);
    UINT32 level = lma ? context->cr4 & 0x1000 ? 5 : 4 : wide ? 3 : 2, bits = wide ? 9 : 10, size = wide ? 8 : 4;
    UINT64 table = context->cr3 & (lma ? 0xffffffffff000 : wide ? 0xffffffe0 : 0xfffff000), at, entry;

    for (; level; level--)
    {
        UINT32 index = (lma ? gva : (UINT32)gva) >> (12 + (level - 1) * bits) & ((1u << bits) - 1);
        UINT8 page = fuzz_u8( input );

        at = table + index * size;
        entry = fuzz_u16( input ) & 0xfff;
        if (page & 0x80) entry |= 1;
        if (page & 0x40) entry |= fuzz_edge( input );
        entry |= (UINT64)(page & 0x1f) * PAGE;
        if (at <= PAGES * PAGE - size) memcpy( expected + at, &entry, size );
        table = (UINT64)(page & 0x1f) * PAGE;
    }
}

void fuzz_run( struct fuzz_input *input )
{
    struct gva_context context = { .map = &map };
    WHV_TRANSLATE_GVA_RESULT_CODE code, want;
    UINT64 gva, gpa = 0x5555, want_gpa;
    UINT8 bits = fuzz_u8( input ), more = fuzz_u8( input );
    UINT32 flags = fuzz_u16( input ) & 0x1ff, i, count;

    context.cr0 = (bits & 1 ? 0 : 1u << 31) | (bits & 2 ? 1u << 16 : 0) | 1;
    context.cr4 = (bits & 4 ? 1u << 4 : 0) | (bits & 8 ? 1u << 5 : 0) | (bits & 0x10 ? 1u << 12 : 0) |
                  (bits & 0x20 ? 1u << 20 : 0) | (bits & 0x40 ? 1u << 21 : 0);
    context.efer = (bits & 0x80 ? 0x400 : 0) | (more & 1 ? 0x800 : 0);
    context.rflags = more & 2 ? 1u << 18 : 0;
    context.cpl = more >> 2 & 3;
    context.has_1g_pages = more >> 4 & 1;
    context.phys_bits = fuzz_u8( input );
    if (more & 0x20) context.phys_bits = 46;
    context.cr3 = more & 0x40 ? fuzz_edge( input ) : (UINT64)fuzz_u8( input ) * 0x420;
    gva = fuzz_edge( input );

    memset( expected, 0, sizeof(expected) );
    make_tables( input, &context, gva );
    count = fuzz_u8( input ) & 15;
    for (i = 0; i < count; i++)
    {
        UINT32 at = fuzz_u16( input );
        UINT64 entry = fuzz_edge( input );

        memcpy( expected + at / 8 * 8, &entry, 8 );
    }
    memset( expected + GONE_PAGE * PAGE, 0, PAGE );
    memcpy( before, expected, sizeof(before) );
    memcpy( memory, expected, GONE_PAGE * PAGE );
    memcpy( memory + DATA_PAGE * PAGE, expected + DATA_PAGE * PAGE, (PAGES - DATA_PAGE) * PAGE );

    code = gva_translate( &context, gva, flags, &gpa );
    want = translate( &context, gva, flags, &want_gpa );
    FUZZ_CHECK( code == want && gpa == want_gpa, "gva %llx flags %x: %x at %llx instead of %x at %llx",
                (unsigned long long)gva, flags, code, (unsigned long long)gpa, want, (unsigned long long)want_gpa );
    FUZZ_CHECK( !memcmp( memory, expected, GONE_PAGE * PAGE ) &&
                !memcmp( memory + DATA_PAGE * PAGE, expected + DATA_PAGE * PAGE, (PAGES - DATA_PAGE) * PAGE ),
                "gva %llx flags %x: the tables are not as they ought to be", (unsigned long long)gva, flags );

    /* a processor makes the walk only if it goes through */
    memcpy( expected, before, sizeof(expected) );
    memcpy( memory, before, GONE_PAGE * PAGE );
    memcpy( memory + DATA_PAGE * PAGE, before + DATA_PAGE * PAGE, (PAGES - DATA_PAGE) * PAGE );
    flags &= ~WHvTranslateGvaFlagSetPageTableBits;
    if (translate( &context, gva, flags, &want_gpa )) return;
    context.proven = 1;
    code = gva_translate( &context, gva, flags, &gpa );
    FUZZ_CHECK( !code && gpa == want_gpa, "gva %llx flags %x, proven: %x at %llx instead of %llx",
                (unsigned long long)gva, flags, code, (unsigned long long)gpa, (unsigned long long)want_gpa );
}

void fuzz_seeds( fuzz_seed_func seed )
{
    /* paging off; and each mode with present, writable, user, accessed entries; with large pages at each level */
    static const UINT8 modes[] = { 0x01, 0x02, 0x06, 0x0a, 0x8a, 0x9a, 0xea, 0xfa };
    UINT8 data[64];
    UINT32 i, level, flags;

    for (i = 0; i < sizeof(modes); i++)
        for (level = 0; level < 5; level++)
            for (flags = 0; flags < 16; flags++)
            {
                UINT32 pos = 0, j;

                memset( data, 0, sizeof(data) );
                data[pos++] = modes[i];
                data[pos++] = 0x31 | (flags & 3) << 2;
                data[pos++] = 1 << flags % 9;
                data[pos++] = 0;
                data[pos++] = 46;
                data[pos++] = 0;            /* cr3 */
                data[pos++] = 0xc0;         /* gva */
                memcpy( data + pos, "\x10\x32\x54\x76\x01\x00\x00\x00", 8 );
                pos += 8;
                for (j = 0; j < 5; j++)
                {
                    data[pos++] = 0x80 | (j + 1);
                    data[pos++] = j == level ? 0xe7 : 0x27;
                    data[pos++] = 0;
                }
                seed( data, pos + 1 );
            }
}
