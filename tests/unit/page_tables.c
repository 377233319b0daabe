/*
 * A guest with page tables
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

struct page_tables pt;

int pt_setup( void **state )
{
    (void)state;
    pt.ram = mmap( NULL, RAM_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (pt.ram == MAP_FAILED || gpa_map_init( &pt.map, -1, 64, 1ull << 46 ) < 0) return -1;
    return gpa_map_range( &pt.map, pt.ram, 0, RAM_PAGES * PAGE, 7 );
}

int pt_teardown( void **state )
{
    (void)state;
    gpa_map_free( &pt.map );
    return munmap( pt.ram, RAM_PAGES * PAGE );
}

void pt_set_mode( enum mode mode )
{
    memset( &pt.context, 0, sizeof(pt.context) );
    memset( pt.ram, 0, RAM_PAGES * PAGE );
    pt.context.map = &pt.map;
    pt.context.phys_bits = 46;
    pt.context.has_1g_pages = 1;
    pt.context.cr0 = CR0_PE | CR0_WP | (mode ? CR0_PG : 0);
    if (mode == BITS32) pt.context.cr4 = CR4_PSE;
    if (mode >= PAE) pt.context.cr4 = CR4_PAE;
    if (mode >= LEVEL4) pt.context.efer = EFER_LME | EFER_LMA;
    if (mode == LEVEL5) pt.context.cr4 |= CR4_LA57;
    if (mode >= PAE) pt.context.efer |= EFER_NXE;
    pt.context.cr3 = PAGE;
    pt.next_table = 2 * PAGE;
}

UINT64 *pt_entry64( UINT64 gpa )
{
    return (UINT64 *)(pt.ram + gpa);
}

UINT32 *pt_entry32( UINT64 gpa )
{
    return (UINT32 *)(pt.ram + gpa);
}

UINT64 pt_entry_at( enum mode mode, UINT64 gva, unsigned int level, UINT64 flags )
{
    static const unsigned int levels[] = { 0, 2, 3, 4, 5 };
    UINT64 table = pt.context.cr3 & ~0xfffull, at;
    unsigned int i;

    for (i = levels[mode];; i--)
    {
        UINT64 used = mode == PAE && i == 3 ? flags & P : flags;

        if (mode == BITS32)
        {
            at = table + (gva >> (12 + (i - 1) * 10) & 0x3ff) * 4;
            if (i == level) return at;
            if (!*pt_entry32( at )) *pt_entry32( at ) = pt.next_table | used, pt.next_table += PAGE;
            table = *pt_entry32( at ) & ~0xfffu;
        }
        else
        {
            at = table + (gva >> (12 + (i - 1) * 9) & 0x1ff) * 8;
            if (i == level) return at;
            if (!*pt_entry64( at )) *pt_entry64( at ) = pt.next_table | used, pt.next_table += PAGE;
            table = *pt_entry64( at ) & 0x000ffffffffff000;
        }
    }
}

UINT64 pt_map_page( enum mode mode, UINT64 gva, unsigned int level, UINT64 entry )
{
    UINT64 at = pt_entry_at( mode, gva, level, P | W | U );

    if (mode == BITS32) *pt_entry32( at ) = entry;
    else *pt_entry64( at ) = entry;
    return at;
}

void pt_check_( int line, UINT64 gva, UINT32 flags, WHV_TRANSLATE_GVA_RESULT_CODE expected, UINT64 expected_gpa )
{
    UINT64 gpa = 0xdead;
    WHV_TRANSLATE_GVA_RESULT_CODE code;

    code = gva_translate( &pt.context, gva, flags, &gpa );
    if (code != expected || gpa != expected_gpa)
    {
        print_error( "line %d: gva %llx flags %x: got %d %llx, expected %d %llx\n", line, (unsigned long long)gva,
                     flags, code, (unsigned long long)gpa, expected, (unsigned long long)expected_gpa );
        fail();
    }
}
