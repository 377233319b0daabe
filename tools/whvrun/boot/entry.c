/*
 * whvrun: the state that a guest is entered with
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

#include "boot/entry.h"
#include "platform/vp.h"

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* attributes of a present segment of ring 0: type, S, P; and with G and D for a flat one */
enum { CODE16 = 0x009b, DATA16 = 0x0093, CODE32 = 0xc09b, DATA32 = 0xc093 };

static WHV_REGISTER_VALUE segment( WORD selector, UINT64 base, UINT32 limit, WORD attributes )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.Segment.Base = base;
    value.Segment.Limit = limit;
    value.Segment.Selector = selector;
    value.Segment.Attributes = attributes;
    return value;
}

static WHV_REGISTER_VALUE number( UINT64 n )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.Reg64 = n;
    return value;
}

BOOL enter_real_mode( WORD cs, WORD ip, UINT64 rdx )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterCs, WHvX64RegisterDs, WHvX64RegisterEs, WHvX64RegisterSs, WHvX64RegisterFs, WHvX64RegisterGs,
        WHvX64RegisterRip, WHvX64RegisterRflags, WHvX64RegisterRsp, WHvX64RegisterRdx,
    };
    WHV_REGISTER_VALUE values[ARRAY_COUNT(names)];
    UINT32 i;

    values[0] = segment( cs, cs * 16, 0xffff, CODE16 );
    for (i = 1; i < 6; i++) values[i] = segment( 0, 0, 0xffff, DATA16 );
    values[6] = number( ip );
    values[7] = number( 2 );
    values[8] = number( 0x7000 );
    values[9] = number( rdx );
    return SUCCEEDED( vp_set_registers( BOOT_VP, names, values, ARRAY_COUNT(names) ));
}

BOOL enter_protected_mode( UINT64 rip, UINT64 rsi, WORD code_selector, WORD data_selector, UINT64 gdt, WORD gdt_limit )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterCs, WHvX64RegisterDs, WHvX64RegisterEs, WHvX64RegisterSs, WHvX64RegisterFs, WHvX64RegisterGs,
        WHvX64RegisterRip, WHvX64RegisterRflags, WHvX64RegisterRsi, WHvX64RegisterRdx, WHvX64RegisterCr0,
        WHvX64RegisterGdtr,
    };
    WHV_REGISTER_VALUE values[ARRAY_COUNT(names)];
    UINT32 i;

    values[0] = segment( code_selector, 0, 0xffffffff, CODE32 );
    for (i = 1; i < 6; i++) values[i] = segment( data_selector, 0, 0xffffffff, DATA32 );
    values[6] = number( rip );
    values[7] = number( 2 );
    values[8] = number( rsi );
    values[9] = number( 0 );
    values[10] = number( 0x11 );        /* PE, ET */
    memset( &values[11], 0, sizeof(values[11]) );
    values[11].Table.Base = gdt;
    values[11].Table.Limit = gdt_limit;
    return SUCCEEDED( vp_set_registers( BOOT_VP, names, values, ARRAY_COUNT(names) ));
}
