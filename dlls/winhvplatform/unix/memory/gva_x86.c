/*
 * Guest page tables
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

#include "host/x86.h"
#include "memory/gpa_access.h"
#include "memory/gpa_map.h"
#include "memory/gva_x86.h"

#define PTE_P       (1ull << 0)
#define PTE_W       (1ull << 1)
#define PTE_U       (1ull << 2)
#define PTE_A       (1ull << 5)
#define PTE_D       (1ull << 6)
#define PTE_PS      (1ull << 7)
#define PTE_NX      (1ull << 63)

/* How often a walk is done over when other processors change the entries under it. */
#define MAX_RESTARTS 8

#define VALIDATE_DATA (WHvTranslateGvaFlagValidateRead | WHvTranslateGvaFlagValidateWrite)
#define VALIDATE_ANY  (VALIDATE_DATA | WHvTranslateGvaFlagValidateExecute)

enum paging
{
    PAGING_32BIT,
    PAGING_PAE,
    PAGING_4LEVEL,
    PAGING_5LEVEL,
};

/* Geometry; in all modes level 1 holds the entries of 4096-byte pages. */
static const struct
{
    UINT8  levels;
    UINT8  entry_size;          /* bytes */
    UINT8  index_bits;          /* of the linear address, per level */
    UINT8  linear_bits;
    UINT64 cr3_mask;            /* address of the top table */
} modes[] =
{
    [PAGING_32BIT]  = { 2, 4, 10, 32, 0x00000000fffff000 },
    [PAGING_PAE]    = { 3, 8,  9, 32, 0x00000000ffffffe0 },
    [PAGING_4LEVEL] = { 4, 8,  9, 48, 0x000ffffffffff000 },
    [PAGING_5LEVEL] = { 5, 8,  9, 57, 0x000ffffffffff000 },
};

/* One walk: what was read where, and the rights that all levels together give. */
struct walk
{
    UINT64 entry_gpa[5];
    UINT64 entry[5];
    UINT32 count;               /* entries used; the last one is the leaf */
    UINT64 gpa;                 /* result, or the address to blame */
    BOOL   writable, user, no_execute;
};

/* Bits high..low, both included. */
static UINT64 bits( unsigned int high, unsigned int low )
{
    return high < low ? 0 : ~0ull >> (63 - high) & ~0ull << low;
}

static enum paging paging_mode( const struct gva_context *context )
{
    if (context->efer & EFER_LMA) return context->cr4 & CR4_LA57 ? PAGING_5LEVEL : PAGING_4LEVEL;
    return context->cr4 & CR4_PAE ? PAGING_PAE : PAGING_32BIT;
}

/* Bits that must be 0 in a present entry (SDM volume 3, 4.3 to 4.5; the AMD manual agrees). */
static UINT64 reserved_bits( const struct gva_context *context, enum paging mode, unsigned int level, BOOL large )
{
    unsigned int phys_bits = context->phys_bits && context->phys_bits < 52 ? context->phys_bits : 52;
    UINT64 reserved;

    if (mode == PAGING_32BIT)
    {
        if (!large) return 0;
        /* PSE-36: address bits 39..32 stand in bits 20..13 */
        return bits( 21, 21 ) | (phys_bits < 40 ? bits( 20, phys_bits > 32 ? phys_bits - 32 + 13 : 13 ) : 0);
    }

    reserved = bits( 51, phys_bits );
    if (mode == PAGING_PAE)
    {
        reserved |= bits( 62, 52 );
        /* bit 5 too; but a processor has its copies of these four entries, and QEMU's sets A in memory */
        if (level == 3) return reserved | PTE_NX | bits( 8, 6 ) | bits( 2, 1 );
    }
    if (!(context->efer & EFER_NXE)) reserved |= PTE_NX;
    if (level > 3 || (level == 3 && !context->has_1g_pages)) reserved |= PTE_PS;
    if (large) reserved |= level == 3 ? bits( 29, 13 ) : bits( 20, 13 );
    return reserved;
}

static WHV_TRANSLATE_GVA_RESULT_CODE read_entry( const struct gva_context *context, UINT64 gpa, UINT32 size,
                                                 UINT64 *entry )
{
    const struct gpa_range *range;

    *entry = 0;         /* little endian: a short entry fills the low half */
    range = gpa_find( context->map, gpa );
    if (context->proven && range && (range->flags & WHvMapGpaRangeFlagRead))
    {
        /* on the exit path: an aligned load */
        const UINT8 *host = range->host + (gpa - range->gpa);

        *entry = size == 8 ? *(const volatile UINT64 *)host : *(const volatile UINT32 *)host;
        return WHvTranslateGvaResultSuccess;
    }
    if (SUCCEEDED(gpa_read( context->map, gpa, entry, size ))) return WHvTranslateGvaResultSuccess;
    return range && !(range->flags & WHvMapGpaRangeFlagRead) ? WHvTranslateGvaResultGpaNoReadAccess
                                                             : WHvTranslateGvaResultGpaUnmapped;
}

/* Follows the tables down to the leaf: presence and reserved bits are checked, rights only collected. */
static WHV_TRANSLATE_GVA_RESULT_CODE walk_tables( const struct gva_context *context, UINT64 gva, struct walk *walk )
{
    enum paging mode = paging_mode( context );
    UINT64 table = context->cr3 & modes[mode].cr3_mask;
    WHV_TRANSLATE_GVA_RESULT_CODE code;
    unsigned int level;

    walk->gpa = 0;
    walk->count = 0;
    walk->writable = walk->user = 1;
    walk->no_execute = 0;
    for (level = modes[mode].levels; level; level--)
    {
        unsigned int shift = 12 + (level - 1) * modes[mode].index_bits;
        UINT64 index = gva >> shift & bits( modes[mode].index_bits - 1, 0 );
        UINT64 at = table + index * modes[mode].entry_size, entry, address;
        BOOL large;

        walk->gpa = at;
        code = read_entry( context, at, modes[mode].entry_size, &entry );
        if (code != WHvTranslateGvaResultSuccess) return code;
        if (!(entry & PTE_P)) return WHvTranslateGvaResultPageNotPresent;

        large = (entry & PTE_PS) && ((level == 2 && (mode != PAGING_32BIT || (context->cr4 & CR4_PSE))) ||
                                     (level == 3 && mode >= PAGING_4LEVEL));
        /* a walk that the processor has made has none */
        if (!context->proven && (entry & reserved_bits( context, mode, level, large )))
            return WHvTranslateGvaResultInvalidPageTableFlags;

        walk->entry_gpa[walk->count] = at;
        walk->entry[walk->count++] = entry;
        /* the four top entries of PAE have neither rights nor A */
        if (mode != PAGING_PAE || level < 3)
        {
            if (!(entry & PTE_W)) walk->writable = 0;
            if (!(entry & PTE_U)) walk->user = 0;
            if (mode != PAGING_32BIT && (entry & PTE_NX)) walk->no_execute = 1;
        }

        address = mode == PAGING_32BIT ? entry & bits( 31, 12 ) : entry & bits( 51, 12 );
        if (large || level == 1)
        {
            walk->gpa = (address & ~bits( shift - 1, 0 )) | (gva & bits( shift - 1, 0 ));
            if (mode == PAGING_32BIT && large) walk->gpa |= (entry & bits( 20, 13 )) << (32 - 13);
            break;
        }
        table = address;
    }
    return WHvTranslateGvaResultSuccess;
}

static BOOL has_rights( const struct gva_context *context, const struct walk *walk, UINT32 flags )
{
    BOOL exempt = !!(flags & WHvTranslateGvaFlagPrivilegeExempt), user = context->cpl == 3 && !exempt;
    /* AC has a say in supervisor mode only, which is all that SMAP is about */
    BOOL smap = (context->cr4 & CR4_SMAP) && !(flags & WHvTranslateGvaFlagOverrideSmap) &&
                ((flags & WHvTranslateGvaFlagEnforceSmap) || !(context->rflags & RFLAGS_AC));

    if (user && !walk->user) return 0;
    if (!user && !exempt && walk->user)
    {
        if ((flags & VALIDATE_DATA) && smap) return 0;
        if ((flags & WHvTranslateGvaFlagValidateExecute) && (context->cr4 & CR4_SMEP)) return 0;
    }
    if ((flags & WHvTranslateGvaFlagValidateWrite) && !walk->writable && (user || (context->cr0 & CR0_WP))) return 0;
    if ((flags & WHvTranslateGvaFlagValidateExecute) && walk->no_execute) return 0;
    /* protection keys are left out: the hypervisor's call does not know them either */
    return 1;
}

/* Is the page itself mapped so that the access works? */
static WHV_TRANSLATE_GVA_RESULT_CODE check_gpa( const struct gva_context *context, UINT64 gpa, UINT32 flags )
{
    const struct gpa_range *range = gpa_find( context->map, gpa );

    if (!range) return WHvTranslateGvaResultGpaUnmapped;
    if ((flags & WHvTranslateGvaFlagValidateRead) && !(range->flags & WHvMapGpaRangeFlagRead))
        return WHvTranslateGvaResultGpaNoReadAccess;
    /* there is no code for execution; to the hypervisor a fetch is a read */
    if ((flags & WHvTranslateGvaFlagValidateExecute) && !(range->flags & WHvMapGpaRangeFlagExecute))
        return WHvTranslateGvaResultGpaNoReadAccess;
    if ((flags & WHvTranslateGvaFlagValidateWrite) && !(range->flags & WHvMapGpaRangeFlagWrite))
        return WHvTranslateGvaResultGpaNoWriteAccess;
    return WHvTranslateGvaResultSuccess;
}

/* Sets A and D as the processor does: an entry that changed under us is not touched. S_FALSE: walk again. */
static HRESULT set_bits( const struct gva_context *context, struct walk *walk, UINT32 flags )
{
    enum paging mode = paging_mode( context );
    UINT32 i, j, size = modes[mode].entry_size;
    HRESULT hr;

    for (i = 0; i < walk->count; i++)
    {
        UINT64 want = walk->entry[i] | PTE_A;

        if (mode == PAGING_PAE && !i) continue;
        if (i == walk->count - 1 && (flags & WHvTranslateGvaFlagValidateWrite)) want |= PTE_D;
        if (want == walk->entry[i]) continue;
        hr = gpa_compare_exchange( context->map, walk->entry_gpa[i], size, walk->entry[i], want );
        if (hr == S_OK)
        {
            /* tables that point to themselves: the same entry again, which is not "changed under us" */
            for (j = i + 1; j < walk->count; j++)
                if (walk->entry_gpa[j] == walk->entry_gpa[i]) walk->entry[j] = want;
            continue;
        }
        if (FAILED(hr)) walk->gpa = walk->entry_gpa[i];
        return hr;
    }
    return S_OK;
}

WHV_TRANSLATE_GVA_RESULT_CODE gva_translate( const struct gva_context *context, UINT64 gva, UINT32 flags, UINT64 *gpa )
{
    WHV_TRANSLATE_GVA_RESULT_CODE code;
    enum paging mode = paging_mode( context );
    struct walk walk;
    unsigned int i;
    HRESULT hr;

    *gpa = 0;
    if (!(context->efer & EFER_LMA)) gva = (UINT32)gva;
    if (!(context->cr0 & CR0_PG))
    {
        *gpa = gva;
        return flags & VALIDATE_ANY ? check_gpa( context, gva, flags ) : WHvTranslateGvaResultSuccess;
    }
    /* PageNotPresent is documented as "or the GVA is beyond the range permitted for the paging mode" */
    if (mode >= PAGING_4LEVEL && gva + (1ull << (modes[mode].linear_bits - 1)) >= 1ull << modes[mode].linear_bits)
        return WHvTranslateGvaResultPageNotPresent;

    for (i = 0; i < MAX_RESTARTS; i++)
    {
        code = walk_tables( context, gva, &walk );
        if (code == WHvTranslateGvaResultSuccess && (flags & VALIDATE_ANY))
        {
            if (!has_rights( context, &walk, flags )) code = WHvTranslateGvaResultPrivilegeViolation;
            else code = check_gpa( context, walk.gpa, flags );
        }
        if (code == WHvTranslateGvaResultSuccess && (flags & WHvTranslateGvaFlagSetPageTableBits))
        {
            hr = set_bits( context, &walk, flags );
            if (hr == S_FALSE) continue;
            if (FAILED(hr)) code = WHvTranslateGvaResultGpaNoWriteAccess;
        }
        if (code == WHvTranslateGvaResultSuccess || code >= WHvTranslateGvaResultGpaUnmapped) *gpa = walk.gpa;
        return code;
    }
    /* the entries never stood still: as good as not there, and the guest tries again after its page fault */
    return WHvTranslateGvaResultPageNotPresent;
}

BOOL gva_find_path( const struct gva_context *context, UINT64 gva, struct gva_path *path )
{
    static const UINT64 no_entry;
    const struct gpa_range *range;
    struct walk walk;
    UINT32 i;

    if (gva_translate( context, gva, WHvTranslateGvaFlagPrivilegeExempt, &path->gpa ) != WHvTranslateGvaResultSuccess)
        return 0;
    walk.count = 0;
    if (context->cr0 & CR0_PG)
    {
        if (!(context->efer & EFER_LMA)) gva = (UINT32)gva;
        if (walk_tables( context, gva, &walk ) != WHvTranslateGvaResultSuccess) return 0;
        path->gpa = walk.gpa;
    }
    for (i = 0; i < walk.count; i++)
    {
        UINT64 gpa = walk.entry_gpa[i] & ~7ull, entry;

        if (!(range = gpa_find( context->map, gpa )) || !(range->flags & WHvMapGpaRangeFlagRead)) return 0;
        path->entry[i].at = (const UINT64 *)(range->host + (gpa - range->gpa));
        path->entry[i].value = *(const volatile UINT64 *)path->entry[i].at;
        entry = path->entry[i].value >> (walk.entry_gpa[i] & 7) * 8;
        if (modes[paging_mode( context )].entry_size == 4) entry = (UINT32)entry;
        /* it has changed since the walk */
        if (entry != walk.entry[i]) return 0;
    }
    for (; i < GVA_PATH_LEVELS; i++)
    {
        path->entry[i].at = &no_entry;
        path->entry[i].value = 0;
    }
    return 1;
}
