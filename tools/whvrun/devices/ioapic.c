/*
 * whvrun: the I/O APIC
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

#include <string.h>

#include "devices/bus.h"
#include "devices/ioapic.h"
#include "devices/irq.h"

#define PINS      24

#define REDIR_VECTOR     0xffull
#define REDIR_MODE       (7ull << 8)
#define REDIR_LOGICAL    (1ull << 11)
#define REDIR_PENDING    (1ull << 12)
#define REDIR_REMOTE_IRR (1ull << 14)
#define REDIR_LEVEL      (1ull << 15)
#define REDIR_MASKED     (1ull << 16)

static uint32_t selected, id;
static uint64_t redirection[PINS];
static uint8_t lines[PINS];
static ioapic_send_function send_to_apics;

static void send( uint64_t entry )
{
    send_to_apics( entry >> 56, !!(entry & REDIR_LOGICAL), (entry & REDIR_MODE) >> 8, !!(entry & REDIR_LEVEL),
                   entry & REDIR_VECTOR );
}

/* A level goes out once, and again after its EOI if it is still there. */
static void send_level( unsigned int pin )
{
    if (!lines[pin] || !(redirection[pin] & REDIR_LEVEL)) return;
    if (redirection[pin] & (REDIR_MASKED | REDIR_REMOTE_IRR)) return;
    redirection[pin] |= REDIR_REMOTE_IRR;
    send( redirection[pin] );
}

/* As on every PC: the pin of the cascade is free, and the first one is the 8259's. */
unsigned int ioapic_pin( unsigned int irq )
{
    return irq == IRQ_TIMER ? 2 : irq;
}

static void set_irq( unsigned int irq, int level )
{
    unsigned int pin = ioapic_pin( irq );
    int rises = level && !lines[pin];

    lines[pin] = !!level;
    if (redirection[pin] & REDIR_LEVEL) send_level( pin );
    else if (rises && !(redirection[pin] & REDIR_MASKED)) send( redirection[pin] );
}

void ioapic_eoi( uint8_t vector )
{
    unsigned int i;

    for (i = 0; i < PINS; i++)
    {
        if ((redirection[i] & (REDIR_VECTOR | REDIR_REMOTE_IRR)) != (vector | REDIR_REMOTE_IRR)) continue;
        redirection[i] &= ~REDIR_REMOTE_IRR;
        send_level( i );
    }
}

static uint32_t read_register( void )
{
    unsigned int pin = (selected - 0x10) / 2;

    switch (selected)
    {
    case 0:
    case 2: return id;
    case 1: return (PINS - 1) << 16 | 0x11;
    }
    if (selected < 0x10 || pin >= PINS) return 0;
    return redirection[pin] >> (selected & 1 ? 32 : 0);
}

static void write_register( uint32_t value )
{
    unsigned int pin = (selected - 0x10) / 2;
    uint64_t kept;

    if (!selected) id = value & 0x0f000000;
    if (selected < 0x10 || pin >= PINS) return;
    if (selected & 1) redirection[pin] = (uint32_t)redirection[pin] | (uint64_t)value << 32;
    else
    {
        kept = REDIR_PENDING | REDIR_REMOTE_IRR;
        redirection[pin] = (redirection[pin] & (0xffffffff00000000 | kept)) | (value & ~kept & 0xffffffff);
        if (!(value & REDIR_LEVEL)) redirection[pin] &= ~REDIR_REMOTE_IRR;
    }
    send_level( pin );
}

static void ioapic_read( uint64_t gpa, unsigned int size, void *data )
{
    uint32_t value;

    value = (gpa & 0xff) == 0x10 ? read_register() : (gpa & 0xff) ? 0 : selected;
    memset( data, 0, size );
    memcpy( data, &value, size < sizeof(value) ? size : sizeof(value) );
}

static void ioapic_write( uint64_t gpa, unsigned int size, const void *data )
{
    uint32_t value = 0;

    memcpy( &value, data, size < sizeof(value) ? size : sizeof(value) );
    if ((gpa & 0xff) == 0x10) write_register( value );
    else if (!(gpa & 0xff)) selected = value & 0xff;
}

static const struct memory_range ioapic_memory[] =
{
    { IOAPIC_GPA, IOAPIC_GPA + 0xfff, ioapic_read, ioapic_write },
    { 0 }
};

void ioapic_init( ioapic_send_function function )
{
    static struct device device = { .memory = ioapic_memory };
    static struct irq_controller controller = { .set = set_irq };
    unsigned int i;

    send_to_apics = function;
    for (i = 0; i < PINS; i++) redirection[i] = REDIR_MASKED;
    bus_add( &device );
    irq_add_controller( &controller );
}
