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

/* A value that a register of REG_CHECKED takes as it is, if paging is on. */
static inline UINT64 checked_value( UINT32 name )
{
    switch (name)
    {
    case WHvX64RegisterCr0:      return 0xe0050033;
    case WHvX64RegisterCr3:      return 0x123456000;
    case WHvX64RegisterCr4:      return 0x406f8;
    case WHvX64RegisterSfmask:   return 0x47700;
    case WHvX64RegisterFs:
    case WHvX64RegisterGs:
    case WHvX64RegisterKernelGsBase:
    case WHvX64RegisterSysenterEip:
    case WHvX64RegisterSysenterEsp:
    case WHvX64RegisterLstar:
    case WHvX64RegisterCstar:
    case WHvX64RegisterInterruptSspTableAddr:
    case WHvX64RegisterPl0Ssp:
    case WHvX64RegisterPl1Ssp:
    case WHvX64RegisterPl2Ssp:
    case WHvX64RegisterPl3Ssp:   return 0xffff812345600000 + name * 8;
    case WHvX64RegisterDr6:      return 0xffff4ff5;
    case WHvX64RegisterDr7:      return 0x00f10755;
    case WHvX64RegisterXCr0:     return 7;
    case WHvX64RegisterEfer:     return 0xd01;
    case WHvX64RegisterApicBase: return 0xfed00900;
    case WHvX64RegisterPat:      return 0x0106050401050700;
    }
    return 0;
}

#endif /* __WHV_TESTS_ALL_REGS_H */
