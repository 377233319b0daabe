/*
 * whvrun: breakpoints
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

#include "gdb/breakpoint.h"
#include "gdb/target.h"

#define MAX_SOFTWARE  64
#define MAX_HARDWARE  4
#define INT1          0xf1
#define NO_TYPE       0xff

static struct { BOOL used, inserted; UINT64 address; BYTE original; } software[MAX_SOFTWARE];
static struct { BOOL used; UINT64 address; UINT8 type, length; } hardware[MAX_HARDWARE];

/* What DR7 calls them. */
static const UINT8 register_types[] =
{
    [BREAK_SOFTWARE] = 0, [BREAK_EXECUTE] = 0, [BREAK_WRITE] = 1, [BREAK_READ] = NO_TYPE, [BREAK_ACCESS] = 3,
};

BOOL breakpoint_has_type( int type )
{
    return type >= BREAK_SOFTWARE && type <= BREAK_ACCESS && register_types[type] != NO_TYPE;
}

/* ---- software ---- */

static int find_software( UINT64 address )
{
    int i;

    for (i = 0; i < MAX_SOFTWARE; i++) if (software[i].used && software[i].address == address) return i;
    return -1;
}

BOOL breakpoint_is_software( UINT64 address )
{
    return find_software( address ) >= 0;
}

static BOOL add_software( UINT64 address )
{
    BYTE byte;
    int i;

    if (find_software( address ) >= 0) return TRUE;
    for (i = 0; i < MAX_SOFTWARE && software[i].used; i++) ;
    if (i == MAX_SOFTWARE || !target_copy( address, &byte, 1, FALSE )) return FALSE;
    software[i].used = TRUE;
    software[i].inserted = FALSE;
    software[i].address = address;
    return TRUE;
}

static void remove_software( UINT64 address )
{
    int i = find_software( address );

    if (i >= 0) software[i].used = FALSE;
}

void breakpoint_insert_all( UINT64 except )
{
    BYTE byte = INT1;
    int i;

    for (i = 0; i < MAX_SOFTWARE; i++)
    {
        if (!software[i].used || software[i].inserted || software[i].address == except) continue;
        software[i].inserted = target_copy( software[i].address, &software[i].original, 1, FALSE ) &&
                               target_copy( software[i].address, &byte, 1, TRUE );
    }
}

void breakpoint_lift_all( void )
{
    int i;

    for (i = 0; i < MAX_SOFTWARE; i++)
    {
        if (software[i].inserted) target_copy( software[i].address, &software[i].original, 1, TRUE );
        software[i].inserted = FALSE;
    }
}

/* ---- hardware ---- */

static BOOL is_length( unsigned int length )
{
    return length == 1 || length == 2 || length == 4 || length == 8;
}

static int find_hardware( enum breakpoint_type type, UINT64 address )
{
    int i;

    for (i = 0; i < MAX_HARDWARE; i++)
        if (hardware[i].used && hardware[i].address == address && hardware[i].type == register_types[type]) return i;
    return -1;
}

BOOL breakpoint_is_execute( UINT64 address )
{
    return find_hardware( BREAK_EXECUTE, address ) >= 0;
}

void breakpoint_load_registers( void )
{
    static const UINT8 lengths[9] = { 0, 0, 1, 0, 3, 0, 0, 0, 2 };
    UINT64 dr7 = 0x400;
    int i;

    for (i = 0; i < MAX_HARDWARE; i++)
    {
        if (!hardware[i].used) continue;
        dr7 |= 1ull << i * 2 | (UINT64)(hardware[i].type | lengths[hardware[i].length] << 2) << (16 + i * 4);
        target_set_register( WHvX64RegisterDr0 + i, hardware[i].address );
    }
    target_set_register( WHvX64RegisterDr7, dr7 );
}

/* ---- both ---- */

BOOL breakpoint_add( enum breakpoint_type type, UINT64 address, unsigned int length )
{
    int i;

    if (type == BREAK_SOFTWARE) return add_software( address );
    if (type == BREAK_EXECUTE) length = 1;
    if (!is_length( length )) return FALSE;
    if (find_hardware( type, address ) >= 0) return TRUE;
    for (i = 0; i < MAX_HARDWARE && hardware[i].used; i++) ;
    if (i == MAX_HARDWARE) return FALSE;
    hardware[i].used = TRUE;
    hardware[i].address = address;
    hardware[i].type = register_types[type];
    hardware[i].length = length;
    return TRUE;
}

BOOL breakpoint_remove( enum breakpoint_type type, UINT64 address, unsigned int length )
{
    int i;

    if (type == BREAK_SOFTWARE)
    {
        remove_software( address );
        return TRUE;
    }
    if (type != BREAK_EXECUTE && !is_length( length )) return FALSE;
    i = find_hardware( type, address );
    if (i >= 0) hardware[i].used = FALSE;
    return TRUE;
}

void breakpoint_forget_all( void )
{
    memset( software, 0, sizeof(software) );
    memset( hardware, 0, sizeof(hardware) );
}
