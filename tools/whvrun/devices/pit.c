/*
 * whvrun: the 8254 timer
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

/* The counters are never counted: what they show follows from the time since they were loaded. */

#include "devices/bus.h"
#include "devices/irq.h"
#include "devices/pit.h"
#include "host/clock.h"

#define PIT_HZ      1193182u
#define NS_PER_S    1000000000u

struct channel
{
    uint8_t  mode;          /* 0, 2, 3, 4 (1 and 5, which a gate starts, count as 0 and 4) */
    uint8_t  access;        /* 1 low byte, 2 high byte, 3 both */
    uint8_t  write_high, read_high;     /* with access 3: the high byte is next */
    uint8_t  low;
    uint8_t  latched;       /* bytes of the latch still to be read */
    uint16_t latch;
    uint8_t  status_latched, status;
    uint8_t  loaded, gate;
    uint32_t reload;        /* 1 .. 65536 */
    uint64_t start;         /* when it was loaded, ns */
};

static struct channel channels[3] = { { .gate = 1 }, { .gate = 1 }, { 0 } };
static uint64_t next_edge = NO_DEADLINE;    /* of channel 0 */

static int periodic( const struct channel *ch )
{
    return ch->mode == 2 || ch->mode == 3;
}

/* Only differences of less than two centuries come here. */
static uint64_t ns_to_ticks( uint64_t ns )
{
    return ns / NS_PER_S * PIT_HZ + ns % NS_PER_S * PIT_HZ / NS_PER_S;
}

static uint64_t ticks_to_ns( uint64_t ticks )
{
    return ticks / PIT_HZ * NS_PER_S + (ticks % PIT_HZ * NS_PER_S + PIT_HZ - 1) / PIT_HZ;
}

static uint64_t elapsed( const struct channel *ch )
{
    return ch->loaded && ch->gate ? ns_to_ticks( clock_now() - ch->start ) : 0;
}

static uint16_t count( const struct channel *ch )
{
    uint64_t ticks = elapsed( ch );

    if (ch->mode == 3) return ch->reload - (ticks * 2 % ch->reload & ~1ull);
    if (periodic( ch )) return ch->reload - ticks % ch->reload;
    return ch->reload - ticks;
}

static int output( const struct channel *ch )
{
    uint64_t ticks = elapsed( ch );

    if (!ch->loaded) return ch->mode != 0;
    switch (ch->mode)
    {
    case 2:  return ticks % ch->reload != ch->reload - 1;
    case 3:  return ticks % ch->reload < (ch->reload + 1) / 2;
    case 4:  return ticks != ch->reload;
    default: return ticks >= ch->reload;
    }
}

static void load( struct channel *ch, uint16_t value )
{
    ch->reload = value ? value : 0x10000;
    ch->start = clock_now();
    ch->loaded = 1;
    if (ch != &channels[0]) return;
    irq_set( IRQ_TIMER, 0 );
    next_edge = ch->start + ticks_to_ns( ch->reload );
}

void pit_update( void )
{
    uint64_t now = clock_now(), period;

    if (now < next_edge) return;
    irq_set( IRQ_TIMER, 0 );
    irq_set( IRQ_TIMER, 1 );
    if (periodic( &channels[0] ))
    {
        /* edges that came while nobody looked are one */
        period = ticks_to_ns( channels[0].reload );
        next_edge += (now - next_edge) / period * period + period;
    }
    else next_edge = NO_DEADLINE;
}

uint64_t pit_deadline( void )
{
    return next_edge;
}

static void write_control( uint8_t value )
{
    struct channel *ch;
    unsigned int i;

    if (value >> 6 == 3)        /* read back */
    {
        for (i = 0; i < 3; i++)
        {
            if (!(value & (2 << i))) continue;
            ch = &channels[i];
            if (!(value & 0x20) && !ch->latched)
            {
                ch->latch = count( ch );
                ch->latched = ch->access == 3 ? 2 : 1;
            }
            if (!(value & 0x10))
            {
                ch->status = output( ch ) << 7 | !ch->loaded << 6 | ch->access << 4 | ch->mode << 1;
                ch->status_latched = 1;
            }
        }
        return;
    }
    ch = &channels[value >> 6];
    if (!(value & 0x30))        /* latch */
    {
        if (ch->latched) return;
        ch->latch = count( ch );
        ch->latched = ch->access == 3 ? 2 : 1;
        return;
    }
    ch->access = (value >> 4) & 3;
    ch->mode = (value >> 1) & 7;
    if (ch->mode > 5) ch->mode -= 4;
    if (ch->mode == 1) ch->mode = 0;
    if (ch->mode == 5) ch->mode = 4;
    ch->write_high = ch->read_high = ch->latched = ch->status_latched = ch->loaded = 0;
    if (ch != &channels[0]) return;
    next_edge = NO_DEADLINE;
    irq_set( IRQ_TIMER, ch->mode != 0 );
}

static uint32_t pit_read( uint16_t port, unsigned int size )
{
    struct channel *ch = &channels[port & 3];
    uint16_t value;

    (void)size;
    if ((port & 3) == 3) return 0xff;
    if (ch->status_latched)
    {
        ch->status_latched = 0;
        return ch->status;
    }
    if (ch->latched)
    {
        value = ch->latch;
        if (ch->access == 3 && ch->latched == 1) value >>= 8;
        if (ch->access == 2) value >>= 8;
        ch->latched--;
        return value & 0xff;
    }
    value = count( ch );
    if (ch->access == 2) return value >> 8;
    if (ch->access == 3)
    {
        ch->read_high = !ch->read_high;
        if (!ch->read_high) return value >> 8;
    }
    return value & 0xff;
}

static void pit_write( uint16_t port, unsigned int size, uint32_t value )
{
    struct channel *ch = &channels[port & 3];

    (void)size;
    if ((port & 3) == 3) write_control( value );
    else if (ch->access == 1) load( ch, value & 0xff );
    else if (ch->access == 2) load( ch, (value & 0xff) << 8 );
    else if (!ch->write_high)
    {
        ch->low = value;
        ch->write_high = 1;
    }
    else
    {
        ch->write_high = 0;
        load( ch, ch->low | (value & 0xff) << 8 );
    }
}

/* Port 61: the gate of channel 2 (the speaker's) and its output, by which kernels measure their clocks. */
static uint8_t speaker;

static uint32_t speaker_read( uint16_t port, unsigned int size )
{
    (void)port; (void)size;
    return (speaker & 3) | (ns_to_ticks( clock_now() ) / 18 & 1) << 4 | output( &channels[2] ) << 5;
}

static void speaker_write( uint16_t port, unsigned int size, uint32_t value )
{
    (void)port; (void)size;
    if (value & ~speaker & 1) channels[2].start = clock_now();
    channels[2].gate = value & 1;
    speaker = value;
}

static const struct port_range pit_ports[] =
{
    { 0x40, 0x43, 0, pit_read, pit_write },
    { 0x61, 0x61, 0, speaker_read, speaker_write },
    { 0 }
};

void pit_init( void )
{
    static struct device device = { .ports = pit_ports };

    bus_add( &device );
}
