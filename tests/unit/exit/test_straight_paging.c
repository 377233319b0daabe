/*
 * Unit tests of straight.c: page tables that change
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

#include <stdio.h>

#include "host/array.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "machine.h"
#include "straight_machine.h"
#include "vm/tlb_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define RAM_FLAGS (WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute)

/* Linear addresses; the one's page is at CODE or OTHER_CODE, the other's at DEVICE or DEVICE + 0x1000. */
#define LINEAR_CODE   (PAGED + 0x1000)
#define LINEAR_DEVICE (PAGED + 0x2000)
#define OTHER_CODE    0x9000

#define PTE           0x67ull                   /* present, writable, user, accessed, dirty */
#define PTE_PS        0x80ull

enum paging { BITS32, PAE, LEVEL4, LEVEL5, PAGINGS };

static const struct geometry
{
    UINT8  levels, entry_size;
    UINT8  mode;                                /* of the code */
    UINT64 cr4, efer;
    UINT16 index[5];                            /* of PAGED's tables, from the top; the last is that of LINEAR_CODE */
}
geometries[PAGINGS] =
{
    [BITS32] = { 2, 4, INSN_MODE_32, CR4_PSE, 0, { 1, 1 } },
    [PAE]    = { 3, 8, INSN_MODE_32, CR4_PAE, 0, { 0, 2, 1 } },
    [LEVEL4] = { 4, 8, INSN_MODE_64, CR4_PAE, 0x500, { 0, 0, 2, 1 } },
    [LEVEL5] = { 5, 8, INSN_MODE_64, CR4_PAE | CR4_LA57, 0x500, { 0, 0, 0, 2, 1 } },
};

/* Two trees of tables, from the top. */
static const UINT32 trees[2][5] =
{
    { 0xa000, 0xb000, 0xc000, 0xd000, 0xe000 },
    { 0xf000, 0x4000, 0x5000, 0x6000, 0x7000 },
};

static const struct geometry *geometry;

static UINT8 *entry_at( UINT32 tree, UINT32 level )
{
    return machine.memory + trees[tree][level] + geometry->index[level] * geometry->entry_size;
}

static UINT64 get_entry( const UINT8 *at )
{
    UINT64 entry = 0;

    memcpy( &entry, at, geometry->entry_size );
    return entry;
}

static void set_entry( UINT8 *at, UINT64 entry )
{
    memcpy( at, &entry, geometry->entry_size );
}

static void make_tree( UINT32 tree, UINT64 code, UINT64 device )
{
    UINT32 level;

    for (level = 0; level < geometry->levels; level++) memset( machine.memory + trees[tree][level], 0, 0x1000 );
    for (level = 0; level < geometry->levels - 1u; level++)
        set_entry( entry_at( tree, level ),
                   trees[tree][level + 1] | (geometry == &geometries[PAE] && !level ? 1 : PTE) );
    set_entry( entry_at( tree, level ), code | PTE );
    set_entry( entry_at( tree, level ) + geometry->entry_size, device | PTE );
}

static const struct site
{
    const char  *name, *code, *other;           /* other: what stands at OTHER_CODE, of the same kind */
    struct shown shown;
    BOOL         past;
}
sites[] =
{
    { "load", "\x8b\x03", "\x8b\x03", { SHOW_READ, 2, 4, DEVICE, 0, .at = 0 }, 0 },
    { "store", "\x89\x03", "\x89\x03", { SHOW_WRITE, 2, 4, DEVICE, 0x44332211, .at = 0 }, 0 },
    { "in", "\xe5\x42", "\xe5\x42", { SHOW_IN, 2, 4, 0x42, 0, .at = 0 }, 0 },
    { "out", "\xe7\x42", "\xe7\x42", { SHOW_OUT, 2, 4, 0x42, 0x44332211, .at = 0 }, 0 },
    { "out, behind", "\xe7\x42", "\xe7\x42", { SHOW_OUT, 2, 4, 0x42, 0x44332211, .at = 0 }, 1 },
    /* of another length: that it is another instruction is seen by the bytes alone */
    { "load, other", "\x8b\x03", "\x8a\x03", { SHOW_READ, 2, 4, DEVICE, 0, .at = 0 }, 0 },
    { "store, other", "\x89\x03", "\x8b\x03", { SHOW_WRITE, 2, 4, DEVICE, 0x44332211, .at = 0 }, 0 },
    { "in, other", "\xe5\x42", "\xe7\x42", { SHOW_IN, 2, 4, 0x42, 0, .at = 0 }, 0 },
    { "out, other", "\xe7\x42", "\xe7\x43", { SHOW_OUT, 2, 4, 0x42, 0x44332211, .at = 0 }, 0 },
};

static BOOL is_memory( const struct site *site )
{
    return site->shown.kind >= SHOW_WRITE;
}

static BOOL is_other( const struct site *site )
{
    return memcmp( site->code, site->other, 2 ) != 0;
}

static void start( const struct site *site, enum paging paging )
{
    struct kvm_sregs *sregs;

    geometry = &geometries[paging];
    machine_out_past( site->past );
    straight_forget();
    machine_mode( geometry->mode );
    sregs = view_edit_sregs( machine.vp );
    memset( machine.memory + CODE, 0x90, 0x1000 );
    memset( machine.memory + OTHER_CODE, 0x90, 0x1000 );
    machine_code( CODE + 0x40, site->code, 2 );
    machine_code( OTHER_CODE + 0x40, site->other, 2 );
    make_tree( 0, CODE, DEVICE );
    make_tree( 1, OTHER_CODE, DEVICE + 0x1000 );
    sregs->cr0 |= CR0_PG;
    sregs->cr3 = trees[0][0];
    sregs->cr4 = geometry->cr4;
    sregs->efer = geometry->efer;
    machine_regs()->rip = LINEAR_CODE + 0x40;
    machine_set_gpr( RBX, LINEAR_DEVICE );
    straight_warm( site->name, &site->shown );
    straight_taken( site->name, &site->shown );
}

static const char *name_of( const struct site *site, UINT32 paging, UINT32 level )
{
    static char name[64];

    snprintf( name, sizeof(name), "%s, paging %u, level %u", site->name, paging, level );
    return name;
}

/* What KVM shows when the other tree's pages are meant. */
static struct shown moved_shown( const struct site *site )
{
    struct shown shown = site->shown;

    if (is_memory( site )) shown.address += 0x1000;
    return shown;
}

static void check_moved( const char *name, const struct site *site )
{
    struct shown shown = moved_shown( site );

    if (!is_other( site ))
    {
        straight_taken( name, &shown );
        if (!is_memory( site )) return;
        assert_int_equal( straight_exit.MemoryAccess.Gpa, DEVICE + 0x1000 );
        assert_int_equal( straight_exit.MemoryAccess.Gva, LINEAR_DEVICE );
        /* KVM that tells of the page as it was */
        straight_left( name, &site->shown );
    }
    else
    {
        straight_left( name, &shown );
        straight_left( name, &site->shown );
    }
    straight_true( name, &shown );
    straight_true( name, &site->shown );
}

/* An entry of each level leads elsewhere, to tables that lead elsewhere; and back. */
static void test_levels( void **state )
{
    const struct site *site;
    UINT32 paging, level;

    (void)state;
    for (site = sites; site < sites + ARRAY_SIZE(sites); site++)
        for (paging = 0; paging < PAGINGS; paging++)
            for (level = 0; level < geometries[paging].levels; level++)
            {
                const char *name = name_of( site, paging, level );
                UINT64 code, device;
                UINT8 *at;

                start( site, paging );
                at = entry_at( 0, level );
                code = get_entry( at );
                device = get_entry( at + geometry->entry_size );
                set_entry( at, get_entry( entry_at( 1, level )));
                /* on the last level each has its own */
                if (level == geometry->levels - 1u) set_entry( at + geometry->entry_size, (DEVICE + 0x1000) | PTE );
                check_moved( name, site );
                set_entry( at, code );
                set_entry( at + geometry->entry_size, device );
                straight_taken( name, &site->shown );
                /* not present: nobody can have been there */
                set_entry( at, code & ~1ull );
                straight_left( name, &site->shown );
                straight_true( name, &site->shown );
                set_entry( at, code );
                straight_taken( name, &site->shown );
            }
}

/* Each bit of an entry of each level by itself, and of its neighbours: the truth is told, whatever it is. */
static void test_bits( void **state )
{
    const struct site *site;
    UINT32 paging, level, bit;

    (void)state;
    for (site = sites; site < sites + 5; site++)
        for (paging = 0; paging < PAGINGS; paging++)
        {
            start( site, paging );
            for (level = 0; level < geometry->levels; level++)
            {
                UINT32 bits = geometry->entry_size * 8;
                UINT8 *at = entry_at( 0, level );

                for (bit = 0; bit < bits; bit++)
                {
                    at[bit / 8] ^= 1 << bit % 8;
                    straight_true( name_of( site, paging, level << 8 | bit ), &site->shown );
                    straight_true( name_of( site, paging, level << 8 | bit ), &site->shown );
                    at[bit / 8] ^= 1 << bit % 8;
                    straight_taken( site->name, &site->shown );
                }
                /* nobody's: the one in front of it, and the one behind that is no one's on the last level */
                for (bit = 0; bit < bits; bit++)
                {
                    UINT8 *before = at - geometry->entry_size, *behind = at + 2 * geometry->entry_size;

                    if (geometry->index[level]) before[bit / 8] ^= 1 << bit % 8;
                    behind[bit / 8] ^= 1 << bit % 8;
                    straight_taken( site->name, &site->shown );
                }
            }
        }
}

/* Large pages where tables were, and the other way round. */
static void test_large( void **state )
{
    const struct site *site;
    UINT32 paging;

    (void)state;
    for (site = sites; site < sites + 5; site++)
        for (paging = 0; paging < PAGINGS; paging++)
        {
            struct shown shown = site->shown;
            UINT32 level = geometries[paging].levels - 2u;
            UINT64 entry;

            start( site, paging );
            entry = get_entry( entry_at( 0, level ));
            /* one to one but for PAGED: the code is at CODE, and the device's address is in RAM */
            set_entry( entry_at( 0, level ), PTE | PTE_PS );
            if (is_memory( site )) shown.address = 0x2000;
            straight_true( site->name, &site->shown );
            if (is_memory( site )) straight_left( site->name, &site->shown );
            straight_taken( site->name, &shown );
            set_entry( entry_at( 0, level ), entry );
            straight_taken( site->name, &site->shown );

            /* 32-bit: without PSE it is a table, and the same in its entry */
            if (paging != BITS32) continue;
            set_entry( entry_at( 0, level ), entry | PTE_PS );
            straight_left( site->name, &site->shown );
            view_edit_sregs( machine.vp )->cr4 = 0;
            straight_taken( site->name, &site->shown );
            view_edit_sregs( machine.vp )->cr4 = CR4_PSE;
            straight_left( site->name, &site->shown );
        }
}

/* Control registers. */
static void test_control( void **state )
{
    static const struct { UINT64 cr0, cr4, efer, cr3; } flips[] =
    {
        { 0 }, { CR0_PG, 0, 0, 0 }, { 0, CR4_PAE, 0, 0 }, { 0, CR4_PSE, 0, 0 }, { 0, CR4_LA57, 0, 0 },
        { 0, 0, EFER_LMA, 0 }, { 0, 0, 0, 0x8 }, { 0, 0, 0, 0x1000 }, { CR0_WP, CR4_PGE, EFER_NXE, 0 },
        { 0, CR4_PAE | CR4_PSE, 0, 0 }, { 0, CR4_PAE, EFER_LMA, 0 }, { CR0_PG, CR4_PAE, 0, 0 },
        { 0, CR4_SMEP | CR4_SMAP, 0, 0 }, { 0, CR4_PAE | CR4_LA57, EFER_LMA, 0 }, { 0, 0, 0, 1ull << 63 },
        { 0, 0, 0, 1ull << 40 },
    };
    const struct site *site;
    UINT32 paging, i, j, again;

    (void)state;
    for (site = sites; site < sites + ARRAY_SIZE(sites); site++)
        for (paging = 0; paging < PAGINGS; paging++)
        {
            for (i = 0; i < ARRAY_SIZE(flips); i++)
                for (j = 0; j < ARRAY_SIZE(flips); j++)
                {
                    struct kvm_sregs *sregs, old;

                    start( site, paging );
                    sregs = view_edit_sregs( machine.vp );
                    old = *sregs;
                    /* one, the other, and back */
                    for (again = 0; again < 4; again++)
                    {
                        UINT32 flip = again & 1 ? j : i;

                        sregs->cr0 ^= flips[flip].cr0;
                        sregs->cr3 ^= flips[flip].cr3;
                        sregs->cr4 ^= flips[flip].cr4;
                        sregs->efer ^= flips[flip].efer;
                        straight_true( name_of( site, paging, i << 8 | j ), &site->shown );
                    }
                    assert_memory_equal( sregs, &old, sizeof(old) );
                    straight_true( site->name, &site->shown );
                }
            /* the other tree */
            start( site, paging );
            view_edit_sregs( machine.vp )->cr3 = trees[1][0];
            check_moved( site->name, site );
            view_edit_sregs( machine.vp )->cr3 = trees[0][0];
            straight_taken( site->name, &site->shown );
        }
}

/* The tables' own pages are mapped elsewhere, may not be read, and are gone. */
static void test_table_pages( void **state )
{
    const struct site *site;
    UINT32 paging, level;

    (void)state;
    for (site = sites; site < sites + ARRAY_SIZE(sites); site++)
        for (paging = 0; paging < PAGINGS; paging++)
            for (level = 0; level < geometries[paging].levels; level++)
            {
                const char *name = name_of( site, paging, level );
                UINT64 gpa = trees[0][level];

                start( site, paging );
                assert_int_equal( machine_map( machine.memory + trees[1][level], gpa, 0x1000, RAM_FLAGS ), S_OK );
                check_moved( name, site );
                assert_int_equal( machine_map( NULL, gpa, 0x1000, 0 ), S_OK );
                straight_left( name, &site->shown );
                straight_true( name, &site->shown );
                assert_int_equal( machine_map( machine.memory + gpa, gpa, 0x1000, 0 ), S_OK );
                straight_left( name, &site->shown );
                straight_true( name, &site->shown );
                assert_int_equal( machine_map( machine.memory, 0, RAM_SIZE, RAM_FLAGS ), S_OK );
                straight_taken( name, &site->shown );
            }
}

/* What is remembered of a vp is not another's, which has the same tables in other memory. */
static void test_reset( void **state )
{
    UINT32 i;

    (void)state;
    start( &sites[0], LEVEL4 );
    assert_non_null( tlb_find( machine.vp, LINEAR_CODE ));
    assert_int_equal( machine.vp->arch.tlb[LINEAR_CODE / 0x1000 % TLB_SIZE].linear, LINEAR_CODE );
    tlb_forget( machine.vp );
    for (i = 0; i < TLB_SIZE; i++) assert_int_not_equal( machine.vp->arch.tlb[i].linear % 0x1000, 0 );
    straight_taken( "reset", &sites[0].shown );
    /* what does not translate is not kept, and nothing of it is believed */
    assert_null( tlb_find( machine.vp, LINEAR_CODE + 0x8000 ));
    assert_int_not_equal( machine.vp->arch.tlb[LINEAR_CODE / 0x1000 % TLB_SIZE].linear, LINEAR_CODE );
    straight_taken( "reset", &sites[0].shown );
    /* nor what is not canonical */
    assert_null( tlb_find( machine.vp, LINEAR_CODE + (1ull << 48) ));
    straight_taken( "reset", &sites[0].shown );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_levels, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_bits, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_large, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_control, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_table_pages, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_reset, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
