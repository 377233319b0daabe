/*
 * Unit tests: all register names
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
 * The rows of the table of registers with their names, in one array, for tests that go through all of them.
 * Knows table_x86.h. To be included behind <cmocka.h>.
 */

#ifndef __WHV_TESTS_ALL_REGS_H
#define __WHV_TESTS_ALL_REGS_H

#include "registers/table_x86.h"

/* In ascending order, after list_all_regs. */
static struct named_row
{
    UINT32 name, where;
    UINT8  kind, flags;
} all_regs[512];
static UINT32 all_regs_count;

static void list_all_regs( void )
{
    const struct reg_row *row;
    UINT32 i, k;

    for (all_regs_count = i = 0; i < REG_PARTS; i++)
        for (k = 0; k < reg_parts[i].count; k++)
        {
            row = &reg_parts[i].rows[k];
            if (row->kind == REG_NONE) continue;
            assert_true( all_regs_count < sizeof(all_regs) / sizeof(all_regs[0]) );
            all_regs[all_regs_count].name = reg_parts[i].first + k;
            all_regs[all_regs_count].where = row->where;
            all_regs[all_regs_count].kind = row->kind;
            all_regs[all_regs_count++].flags = row->flags;
        }
}

#endif /* __WHV_TESTS_ALL_REGS_H */
