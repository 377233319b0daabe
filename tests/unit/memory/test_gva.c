/*
 * Guest page tables: unit tests
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

#include <sys/mman.h>

#include "host/x86.h"
#include "memory/gpa_map.h"
#include "memory/gva_x86.h"
#include "page_tables.h"

static void test_no_paging( void **state )
{
    (void)state;
    pt_set_mode( NONE );
    pt_check( 0x1234, READ | WRITE | EXECUTE | SET_BITS, SUCCESS, 0x1234 );
    pt_check( 0xffffffff00001234, READ, SUCCESS, 0x1234 );
    pt_check( RAM_PAGES * PAGE, 0, SUCCESS, RAM_PAGES * PAGE );
    pt_check( RAM_PAGES * PAGE, EXEMPT, SUCCESS, RAM_PAGES * PAGE );
    pt_check( RAM_PAGES * PAGE, READ, UNMAPPED, RAM_PAGES * PAGE );
}

static void test_geometry( void **state )
{
    (void)state;

    pt_set_mode( BITS32 );
    pt_map_page( BITS32, 0x12345000, 1, 0x3000 | P | W | U );
    pt_check( 0x12345678, READ, SUCCESS, 0x3678 );
    pt_check( 0xabcdef0112345678, READ, SUCCESS, 0x3678 );
    pt_check( 0x12346000, 0, NOT_PRESENT, 0 );
    pt_check( 0x52345000, 0, NOT_PRESENT, 0 );
    pt_map_page( BITS32, 0xffc00000, 2, 0x00c00000 | P | W | PS );
    pt_check( 0xffffffff, 0, SUCCESS, 0x00ffffff );
    pt_map_page( BITS32, 0xff800000, 2, 0x00c00000 | 0x1fe000 | P | W | PS );    /* PSE-36, all eight bits */
    pt.context.phys_bits = 40;
    pt_check( 0xff812345, 0, SUCCESS, 0xff00c12345 );
    pt.context.phys_bits = 39;
    pt_check( 0xff812345, 0, INVALID, 0 );
    pt.context.phys_bits = 32;
    pt_check( 0xff812345, 0, INVALID, 0 );
    pt_check( 0xffffffff, 0, SUCCESS, 0x00ffffff );
    pt_map_page( BITS32, 0xff800000, 2, 0x00200000 | P | W | PS );
    pt_check( 0xff812345, 0, INVALID, 0 );
    pt.context.cr4 = 0;                                            /* then it is a table, without 4 MiB pages */
    pt_map_page( BITS32, 0xff400000, 2, 0x5000 | P | PS );
    *pt_entry32( 0x5000 + 0x12 * 4 ) = 0x7000 | P;
    pt_check( 0xff412345, 0, SUCCESS, 0x7345 );

    pt_set_mode( PAE );
    pt.context.cr3 = PAGE + 0x60;
    *pt_entry64( PAGE + 0x60 + 3 * 8 ) = 0x2000 | P;
    *pt_entry64( 0x2000 + 0x1ff * 8 ) = 0x3000 | P | W;
    *pt_entry64( 0x3000 + 0x1fe * 8 ) = 0x123456000 | P | W;
    *pt_entry64( 0x2000 + 0x1fe * 8 ) = 0x140200000 | P | W | PS;
    pt_check( 0xffffe123, 0, SUCCESS, 0x123456123 );
    pt_check( 0xffc12345, 0, SUCCESS, 0x140212345 );
    pt_check( 0x3ffe123, 0, NOT_PRESENT, 0 );

    pt_set_mode( LEVEL4 );
    pt_map_page( LEVEL4, 0xffff812345678000, 1, 0x9000 | P | W | U );
    pt_check( 0xffff812345678abc, READ | WRITE | EXECUTE, SUCCESS, 0x9abc );
    pt_map_page( LEVEL4, 0x7fffffe00000, 2, 0x3fffffe00000 | P | PS );
    pt_check( 0x7fffffffffff, 0, SUCCESS, 0x3fffffffffff );
    pt_map_page( LEVEL4, 0x40000000, 3, 0x2ac0000000 | 1 << 12 | P | PS );       /* bit 12 is PAT */
    pt_check( 0x7fffffff, 0, SUCCESS, 0x2affffffff );
    pt_check( 0x800000000000, 0, NOT_PRESENT, 0 );
    pt_check( 0xffff7fffffffffff, 0, NOT_PRESENT, 0 );
    pt_check( 0x1234ff812345678a, 0, NOT_PRESENT, 0 );

    pt_set_mode( LEVEL5 );
    pt_map_page( LEVEL5, 0xff12345678abc000, 1, 0xa000 | P | W | U );
    pt_check( 0xff12345678abcdef, READ, SUCCESS, 0xadef );
    pt_check( 0x0100000000000000, 0, NOT_PRESENT, 0 );
    pt_check( 0xfeffffffffffffff, 0, NOT_PRESENT, 0 );
    pt_check( 0x00ffffffffffffff, 0, NOT_PRESENT, 0 );
    pt_map_page( LEVEL5, 0x00ffffffc0000000, 3, 0x40000000 | P | PS );
    pt_check( 0x00ffffffffffffff, 0, SUCCESS, 0x7fffffff );
}

/* Every bit of an entry by itself, at every level and page size. */
static void test_reserved_bits( void **state )
{
    static const struct { enum mode mode; unsigned int level; BOOL large; UINT64 nxe_reserved, reserved; } entries[] =
    {
        { BITS32, 2, 0, 0, 0 },
        { BITS32, 1, 0, 0, 0 },
        { BITS32, 2, 1, 0, 0x200000 },
        { PAE,    3, 0, NX, 0xffffc000000001c6 },
        { PAE,    2, 0, NX, 0x7fffc00000000000 },
        { PAE,    1, 0, NX, 0x7fffc00000000000 },
        { PAE,    2, 1, NX, 0x7fffc000001fe000 },
        { LEVEL4, 4, 0, NX, 0x000fc00000000080 },
        { LEVEL4, 3, 0, NX, 0x000fc00000000000 },
        { LEVEL4, 2, 0, NX, 0x000fc00000000000 },
        { LEVEL4, 1, 0, NX, 0x000fc00000000000 },
        { LEVEL4, 3, 1, NX, 0x000fc0003fffe000 },
        { LEVEL4, 2, 1, NX, 0x000fc000001fe000 },
        { LEVEL5, 5, 0, NX, 0x000fc00000000080 },
        { LEVEL5, 4, 0, NX, 0x000fc00000000080 },
        { LEVEL5, 1, 0, NX, 0x000fc00000000000 },
    };
    const UINT64 gva = 0x00403000;
    unsigned int i, bit, nxe;
    UINT64 at, entry, gpa;

    (void)state;
    for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
    {
        unsigned int bits = entries[i].mode == BITS32 ? 32 : 64;

        for (bit = 0; bit < bits; bit++)
        {
            for (nxe = 0; nxe < 2; nxe++)
            {
                UINT64 reserved = entries[i].reserved | (nxe ? 0 : entries[i].nxe_reserved);

                /* these turn a table into a large page and are tested as such */
                if (bit == 7 && !entries[i].large && (entries[i].level == 2 ||
                    (entries[i].level == 3 && entries[i].mode != PAE))) continue;
                pt_set_mode( entries[i].mode );
                pt.context.phys_bits = 46;
                if (!nxe) pt.context.efer &= ~EFER_NXE;
                if (entries[i].large) at = pt_map_page( entries[i].mode, gva, entries[i].level, P | W | PS );
                else
                {
                    pt_map_page( entries[i].mode, gva, 1, 0x3000 | P | W );
                    at = pt_entry_at( entries[i].mode, gva, entries[i].level, P | W | U );
                }
                entry = 1ull << bit;
                if (bits == 32) *pt_entry32( at ) |= entry;
                else *pt_entry64( at ) |= entry;
                if (reserved & entry)
                    assert_int_equal( gva_translate( &pt.context, gva, EXEMPT, &gpa ), INVALID );
                else
                    assert_int_not_equal( gva_translate( &pt.context, gva, EXEMPT, &gpa ), INVALID );
            }
        }
    }

    pt_set_mode( LEVEL4 );
    pt_map_page( LEVEL4, 0x40000000, 3, P | W | PS );
    pt.context.has_1g_pages = 0;
    pt_check( 0x40000000, 0, INVALID, 0 );
    /* a bit in an entry that is not present is no flag */
    pt_map_page( LEVEL4, 0x40000000, 3, ~P );
    pt_check( 0x40000000, 0, NOT_PRESENT, 0 );
}

/* The access matrix, against the SDM's section 4.6 in its own words. */
static BOOL allowed( BOOL user_page, BOOL writable, BOOL nx, UINT32 access )
{
    if (pt.context.cpl == 3 && !(access & EXEMPT))
    {
        if (!user_page) return 0;
        if ((access & WRITE) && !writable) return 0;
        return !(access & EXECUTE) || !nx;
    }
    if ((access & WRITE) && (pt.context.cr0 & CR0_WP) && !writable) return 0;
    if ((access & EXECUTE) && nx) return 0;
    if (!user_page || (access & EXEMPT)) return 1;
    if ((access & EXECUTE) && (pt.context.cr4 & CR4_SMEP)) return 0;
    if (!(access & (READ | WRITE)) || !(pt.context.cr4 & CR4_SMAP)) return 1;
    if (access & OVERRIDE) return 1;
    if (access & ENFORCE) return 0;
    return !!(pt.context.rflags & AC);
}

static void test_rights( void **state )
{
    static const enum mode modes[] = { BITS32, PAE, LEVEL4, LEVEL5 };
    static const UINT32 accesses[] = { READ, WRITE, EXECUTE, READ | WRITE, READ | WRITE | EXECUTE };
    const UINT64 gva = 0x00403000;
    unsigned int m, large, page, upper, config, i, extra;

    (void)state;
    for (m = 0; m < 4; m++) for (large = 0; large < 2; large++)
    for (page = 0; page < 8; page++) for (upper = 0; upper < 8; upper++)
    {
        UINT64 rights = P | (page & 1 ? W : 0) | (page & 2 ? U : 0);
        UINT64 above = P | (upper & 1 ? W : 0) | (upper & 2 ? U : 0);
        UINT64 gpa;

        pt_set_mode( modes[m] );
        if (modes[m] != BITS32)
        {
            if (page & 4) rights |= NX;
            if (upper & 4) above |= NX;
        }
        else if ((page | upper) & 4) continue;
        pt.context.proven = 1;     /* quicker by far */
        /* one level up differs from the leaf; PAE's top level has no rights */
        if (large)
        {
            if (modes[m] == BITS32 || modes[m] == PAE) above = P | W | U;
            pt_entry_at( modes[m], gva, 2, above );
            pt_map_page( modes[m], gva, 2, rights | PS );
        }
        else
        {
            pt_entry_at( modes[m], gva, 1, above );
            pt_map_page( modes[m], gva, 1, rights | 0x3000 );
        }
        for (config = 0; config < 32; config++) for (i = 0; i < 5; i++) for (extra = 0; extra < 8; extra++)
        {
            UINT32 access = accesses[i] | (extra & 1 ? EXEMPT : 0) | (extra & 2 ? ENFORCE : 0) |
                            (extra & 4 ? OVERRIDE : 0);
            BOOL expect;

            pt.context.cpl = config & 1 ? 3 : 0;
            pt.context.cr0 = CR0_PE | CR0_PG | (config & 2 ? CR0_WP : 0);
            pt.context.cr4 = (pt.context.cr4 & ~(CR4_SMEP | CR4_SMAP)) | (config & 4 ? CR4_SMEP : 0) |
                          (config & 8 ? CR4_SMAP : 0);
            pt.context.rflags = config & 16 ? AC : 0;
            expect = allowed( (rights & above & U) != 0, (rights & above & W) != 0, ((rights | above) & NX) != 0,
                              access );
            assert_int_equal( gva_translate( &pt.context, gva, access, &gpa ), expect ? SUCCESS : PRIVILEGE );
            /* presence alone */
            assert_int_equal( gva_translate( &pt.context, gva, access & ~7u, &gpa ), SUCCESS );
        }
    }
}

static void test_gpa_results( void **state )
{
    (void)state;
    pt_set_mode( LEVEL4 );
    assert_int_equal( gpa_map_range( &pt.map, pt.ram + 60 * PAGE, 0x100000, PAGE, 1 ), 0 );
    assert_int_equal( gpa_map_range( &pt.map, pt.ram + 61 * PAGE, 0x101000, PAGE, 0 ), 0 );
    assert_int_equal( gpa_map_range( &pt.map, pt.ram + 62 * PAGE, 0x102000, PAGE, 3 ), 0 );
    pt_map_page( LEVEL4, 0x400000, 1, 0x100000 | P | W | U );
    pt_map_page( LEVEL4, 0x401000, 1, 0x101000 | P | W | U );
    pt_map_page( LEVEL4, 0x402000, 1, 0x102000 | P | W | U );
    pt_map_page( LEVEL4, 0x403000, 1, 0x103000 | P | W | U );
    pt_check( 0x400123, READ, SUCCESS, 0x100123 );
    pt_check( 0x400123, WRITE, NO_WRITE, 0x100123 );
    pt_check( 0x400123, EXECUTE, NO_READ, 0x100123 );
    pt_check( 0x401123, READ, NO_READ, 0x101123 );
    pt_check( 0x401123, READ | WRITE, NO_READ, 0x101123 );
    pt_check( 0x401123, 0, SUCCESS, 0x101123 );
    pt_check( 0x402123, READ | WRITE, SUCCESS, 0x102123 );
    pt_check( 0x403123, READ, UNMAPPED, 0x103123 );
    pt_check( 0x403123, 0, SUCCESS, 0x103123 );
    pt_check( 0x403123, EXEMPT, SUCCESS, 0x103123 );

    /* tables in a hole, without access, and in a page that is gone */
    *pt_entry64( PAGE + 8 ) = 0x200000 | P;
    pt_check( 0x8000000000, 0, UNMAPPED, 0x200000 );
    *pt_entry64( PAGE + 8 ) = 0x101000 | P;
    pt_check( 0x8000000000, 0, NO_READ, 0x101000 );
    mprotect( pt.ram + 60 * PAGE, PAGE, PROT_NONE );
    *pt_entry64( PAGE + 8 ) = 0x100000 | P;
    pt_check( 0x8000000000, 0, UNMAPPED, 0x100000 );
    mprotect( pt.ram + 60 * PAGE, PAGE, PROT_READ | PROT_WRITE );
    pt.context.cr3 = 0x3ffffffff000;
    pt_check( 0x400000, 0, UNMAPPED, 0x3ffffffff000 );
    pt.context.cr3 = ~0ull;
    pt_check( 0x400000, 0, UNMAPPED, 0xffffffffff000 );
    assert_int_equal( gpa_unmap_range( &pt.map, 0x100000, 4 * PAGE ), 0 );
}

static void test_page_table_bits( void **state )
{
    static const enum mode modes[] = { BITS32, PAE, LEVEL4, LEVEL5 };
    static UINT8 before[RAM_PAGES * PAGE];
    const UINT64 gva = 0x00403000;
    unsigned int m, i;

    (void)state;
    for (m = 0; m < 4; m++)
    {
        enum mode mode = modes[m];
        unsigned int levels = mode == BITS32 ? 2 : mode == PAE ? 3 : mode == LEVEL4 ? 4 : 5, changed;
        UINT64 at, leaf, gpa;

        pt_set_mode( mode );
        leaf = pt_map_page( mode, gva, 1, 0x3d000 | P | W | U );
        memcpy( before, pt.ram, sizeof(before) );
        assert_int_equal( gva_translate( &pt.context, gva, READ | WRITE, &gpa ), SUCCESS );
        assert_memory_equal( pt.ram, before, sizeof(before) );
        /* not for an access that fails */
        *pt_entry32( leaf ) &= ~(UINT32)W;
        memcpy( before, pt.ram, sizeof(before) );
        assert_int_equal( gva_translate( &pt.context, gva, WRITE | SET_BITS, &gpa ), PRIVILEGE );
        assert_memory_equal( pt.ram, before, sizeof(before) );
        assert_int_equal( gva_translate( &pt.context, gva, READ | SET_BITS, &gpa ), SUCCESS );
        for (i = 1; i <= levels; i++)
        {
            at = pt_entry_at( mode, gva, i, P | W | U );
            assert_int_equal( *pt_entry32( at ) & (A | D), mode == PAE && i == 3 ? 0 : A );
        }
        *pt_entry32( leaf ) |= (UINT32)W;
        memcpy( before, pt.ram, sizeof(before) );
        assert_int_equal( gva_translate( &pt.context, gva, WRITE | SET_BITS, &gpa ), SUCCESS );
        assert_int_equal( *pt_entry32( leaf ) & (A | D), A | D );
        for (i = changed = 0; i < RAM_PAGES * PAGE; i++) changed += pt.ram[i] != before[i];
        assert_int_equal( changed, 1 );

        /* nothing left to set: tables that nobody can write do no harm */
        mprotect( pt.ram, RAM_PAGES * PAGE, PROT_READ );
        assert_int_equal( gva_translate( &pt.context, gva, WRITE | SET_BITS, &gpa ), SUCCESS );
        mprotect( pt.ram, RAM_PAGES * PAGE, PROT_READ | PROT_WRITE );
        *pt_entry32( leaf ) &= ~(UINT32)D;
        mprotect( pt.ram, RAM_PAGES * PAGE, PROT_READ );
        assert_int_equal( gva_translate( &pt.context, gva, WRITE | SET_BITS, &gpa ), NO_WRITE );
        assert_int_equal( gpa, leaf );
        mprotect( pt.ram, RAM_PAGES * PAGE, PROT_READ | PROT_WRITE );
        assert_int_equal( gpa_map_range( &pt.map, pt.ram, 0, 32 * PAGE, 1 ), 0 );
        assert_int_equal( gva_translate( &pt.context, gva, READ | SET_BITS, &gpa ), SUCCESS );
        assert_int_equal( gva_translate( &pt.context, gva, WRITE | SET_BITS, &gpa ), NO_WRITE );
        assert_int_equal( gpa_map_range( &pt.map, pt.ram, 0, RAM_PAGES * PAGE, 7 ), 0 );
    }
}

/* Tables of a table: an entry that points back is followed as often as there are levels. */
static void test_loops( void **state )
{
    (void)state;
    pt_set_mode( LEVEL4 );
    *pt_entry64( PAGE + 0x1ff * 8 ) = PAGE | P | W | U;
    pt_check( 0xffffffffffffffff, READ | WRITE | SET_BITS, SUCCESS, PAGE | 0xfff );
    assert_int_equal( *pt_entry64( PAGE + 0x1ff * 8 ), PAGE | P | W | U | A | D );
}

static UINT64 seed;
static UINT64 next_random( void )
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Garbage as tables. Entries tend to be present and to point into memory, else walks end at once. */
static void test_garbage( void **state )
{
    static UINT8 before[RAM_PAGES * PAGE];
    unsigned int counts[9] = { 0 };
    UINT32 step, i;

    (void)state;
    seed = 0x2026021720260217;
    for (step = 0; step < 60000; step++)
    {
        UINT64 gpa, gva = next_random();
        UINT32 flags = next_random() & 0x31f;
        WHV_TRANSLATE_GVA_RESULT_CODE code;

        if (!(step % 4096))
        {
            pt_set_mode( NONE );
            for (i = 0; i < RAM_PAGES * PAGE / 8; i++)
            {
                UINT64 entry = next_random();

                if (entry >> 60) entry &= 0x8000000000000fff;
                if (entry & 0xe00) entry = (entry & ~0x180ull) | P | (next_random() % (RAM_PAGES + 1)) << 12;
                *pt_entry64( i * 8 ) = entry;
            }
            memcpy( before, pt.ram, sizeof(before) );
        }
        pt.context.cr0 = next_random() | (step % 16 ? CR0_PG : 0);
        pt.context.cr3 = next_random() & (step % 8 ? 0x3ffff : ~0ull);
        pt.context.cr4 = next_random();
        pt.context.efer = next_random();
        pt.context.rflags = next_random();
        pt.context.cpl = next_random() & 3;
        pt.context.phys_bits = step % 8 ? 46 : next_random();
        pt.context.has_1g_pages = next_random() & 1;
        if (pt.context.efer & EFER_LMA) gva = (INT64)(gva << 7) >> (7 + (pt.context.cr4 & CR4_LA57 ? 0 : 9));
        code = gva_translate( &pt.context, gva, flags, &gpa );
        assert_in_range( code, 0, 6 );
        counts[code]++;
        if (code == SUCCESS) assert_int_equal( gpa & 0xfff, gva & 0xfff );
        else if (code < UNMAPPED) assert_int_equal( gpa, 0 );
        if (code == SUCCESS && (flags & 7)) assert_non_null( gpa_find( &pt.map, gpa ) );
        if (!(flags & SET_BITS) && !(step % 256)) assert_memory_equal( pt.ram, before, sizeof(before) );
        if ((flags & SET_BITS) && code == SUCCESS)
        {
            /* nothing but A and D is ever changed */
            if (!(step % 64)) for (i = 0; i < RAM_PAGES * PAGE / 4; i++)
                assert_int_equal( (((UINT32 *)pt.ram)[i] ^ ((UINT32 *)before)[i]) & ~(UINT32)(A | D), 0 );
            memcpy( before, pt.ram, sizeof(before) );
        }

        /* plain loads give the same where the host can read; reserved bits are not looked for behind the processor's
         * back */
        pt.context.proven = 1;
        if (code != WHvTranslateGvaResultInvalidPageTableFlags)
            assert_int_equal( gva_translate( &pt.context, gva, flags & ~SET_BITS, &gpa ), code );
        else gva_translate( &pt.context, gva, flags & ~SET_BITS, &gpa );
        pt.context.proven = 0;
    }
    for (i = 0; i <= UNMAPPED; i++) assert_true( counts[i] > 30 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_no_paging ),
        cmocka_unit_test( test_geometry ),
        cmocka_unit_test( test_reserved_bits ),
        cmocka_unit_test( test_rights ),
        cmocka_unit_test( test_gpa_results ),
        cmocka_unit_test( test_page_table_bits ),
        cmocka_unit_test( test_loops ),
        cmocka_unit_test( test_garbage ),
    };

    return cmocka_run_group_tests( tests, pt_setup, pt_teardown );
}
