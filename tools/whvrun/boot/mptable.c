/*
 * whvrun: the table that tells a guest of its processors
 *
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
 * Intel's MultiProcessor Specification, version 1.4: a floating pointer at f0000, where a guest looks for it, the table
 * behind it. Processors are entries of 20 bytes, buses, I/O APICs and interrupts of 8.
 */

#include <string.h>

#include "boot/mptable.h"
#include "devices/ioapic.h"
#include "devices/irq.h"
#include "platform/ram.h"

#define POINTER_ADDRESS 0xf0000u
#define TABLE_ADDRESS   0xf0010u
#define LAPIC_ADDRESS   0xfee00000u

enum { ENTRY_PROCESSOR, ENTRY_BUS, ENTRY_IOAPIC, ENTRY_IRQ, ENTRY_LOCAL };

struct table
{
    BYTE data[0x2000];
    UINT32 size, entries;
};

static void put( struct table *table, const void *data, UINT32 size )
{
    memcpy( table->data + table->size, data, size );
    table->size += size;
}

static void put_entry( struct table *table, const BYTE *entry, UINT32 size )
{
    put( table, entry, size );
    table->entries++;
}

/* What makes the sum of all bytes 0. */
static BYTE checksum( const BYTE *data, UINT32 size )
{
    BYTE sum = 0;

    while (size--) sum += *data++;
    return -sum;
}

static void put_processor( struct table *table, UINT32 index )
{
    BYTE entry[20] = { ENTRY_PROCESSOR, index, 0x14, index ? 1 : 3 };       /* enabled; the first one boots */

    entry[9] = 0x06;                    /* family 6; APIC and FPU */
    entry[12] = 0x01;
    entry[13] = 0x02;
    put_entry( table, entry, sizeof(entry) );
}

BOOL put_mp_table( UINT32 processors )
{
    static const BYTE header[44] = { 'P','C','M','P', 0, 0, 4, 0, 'W','I','N','E',' ',' ',' ',' ',
                                     'W','H','V','R','U','N',' ',' ',' ',' ',' ',' ' };
    static const BYTE bus[8] = { ENTRY_BUS, 0, 'I','S','A',' ',' ',' ' };
    BYTE pointer[16] = { '_','M','P','_', 0, 0, 0, 0, 1, 4 };
    BYTE ioapic[8] = { ENTRY_IOAPIC, 0, 0x11, 1 }, irq[8] = { ENTRY_IRQ };
    BYTE *low = ram_at( POINTER_ADDRESS, sizeof(struct table) );
    UINT32 i, address;
    struct table table;

    if (!low) return FALSE;
    memset( &table, 0, sizeof(table) );
    put( &table, header, sizeof(header) );
    for (i = 0; i < processors; i++) put_processor( &table, i );
    put_entry( &table, bus, sizeof(bus) );
    ioapic[1] = processors;             /* its id */
    address = IOAPIC_GPA;
    memcpy( ioapic + 4, &address, sizeof(address) );
    put_entry( &table, ioapic, sizeof(ioapic) );
    irq[6] = processors;
    for (i = 0; i < IRQ_COUNT; i++)
    {
        if (i == IRQ_CASCADE) continue;
        irq[5] = i;                     /* on the bus, and at the I/O APIC */
        irq[7] = ioapic_pin( i );
        put_entry( &table, irq, sizeof(irq) );
    }
    table.data[4] = table.size;
    table.data[5] = table.size >> 8;
    table.data[34] = table.entries;
    table.data[35] = table.entries >> 8;
    address = LAPIC_ADDRESS;
    memcpy( table.data + 36, &address, sizeof(address) );
    table.data[7] = checksum( table.data, table.size );
    address = TABLE_ADDRESS;
    memcpy( pointer + 4, &address, sizeof(address) );
    pointer[10] = checksum( pointer, sizeof(pointer) );
    memcpy( low, pointer, sizeof(pointer) );
    memcpy( low + TABLE_ADDRESS - POINTER_ADDRESS, table.data, table.size );
    return TRUE;
}
