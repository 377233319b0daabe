/*
 * whvrun: the two 8259 interrupt controllers
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

#include "devices/bus.h"
#include "devices/irq.h"
#include "devices/pic.h"

struct pic
{
    uint8_t irr, isr, imr;
    uint8_t lines;          /* levels of the inputs, for the edges */
    uint8_t elcr;           /* 1 = level triggered */
    uint8_t base;           /* vector of input 0 */
    uint8_t lowest;         /* input with the lowest priority: 7, unless rotated */
    uint8_t init_step;      /* which ICW comes next, 0 = none */
    uint8_t read_isr, auto_eoi, rotate_auto_eoi, special_mask, want_icw4;
};

static struct pic pics[2] = { { .lowest = 7 }, { .lowest = 7 } };   /* master, slave */

/* The input of the highest priority among those given, or 8. */
static unsigned int highest( const struct pic *pic, uint8_t inputs )
{
    unsigned int i, input;

    for (i = 0; i < 8; i++)
    {
        input = (pic->lowest + 1 + i) & 7;
        if (inputs & (1 << input)) return input;
    }
    return 8;
}

static unsigned int priority( const struct pic *pic, unsigned int input )
{
    return input == 8 ? 8 : (input - pic->lowest - 1) & 7;
}

/* The input that would interrupt now, or 8: not masked, and above all that are in service. */
static unsigned int next_input( const struct pic *pic )
{
    unsigned int input = highest( pic, pic->irr & ~pic->imr );
    uint8_t in_service = pic->isr;

    if (pic->special_mask) in_service &= ~pic->imr;
    if (priority( pic, input ) < priority( pic, highest( pic, in_service ))) return input;
    return 8;
}

static void set_input( struct pic *pic, unsigned int input, int level )
{
    uint8_t bit = 1 << input;

    if (pic->elcr & bit)
    {
        if (level) pic->irr |= bit;
        else pic->irr &= ~bit;
    }
    else if (level && !(pic->lines & bit)) pic->irr |= bit;
    else if (!level) pic->irr &= ~bit;
    if (level) pic->lines |= bit;
    else pic->lines &= ~bit;
}

/* The slave's output is the master's third input; it may look like an edge each time anew. */
static void update_cascade( void )
{
    int level = next_input( &pics[1] ) != 8;

    if (level && !(pics[0].isr & (1 << IRQ_CASCADE))) set_input( &pics[0], IRQ_CASCADE, 0 );
    set_input( &pics[0], IRQ_CASCADE, level );
}

static void set_irq( unsigned int irq, int level )
{
    set_input( &pics[irq >> 3], irq & 7, level );
    update_cascade();
}

int pic_pending( void )
{
    return next_input( &pics[0] ) != 8;
}

static unsigned int acknowledge( struct pic *pic )
{
    unsigned int input = next_input( pic );

    if (input == 8) return 7;       /* spurious */
    if (!(pic->elcr & (1 << input))) pic->irr &= ~(1 << input);
    if (!pic->auto_eoi) pic->isr |= 1 << input;
    else if (pic->rotate_auto_eoi) pic->lowest = input;
    return input;
}

uint8_t pic_acknowledge( void )
{
    unsigned int input = acknowledge( &pics[0] );
    uint8_t vector;

    if (input == IRQ_CASCADE) vector = pics[1].base + acknowledge( &pics[1] );
    else vector = pics[0].base + input;
    update_cascade();
    return vector;
}

static void end_of_interrupt( struct pic *pic, uint8_t command )
{
    unsigned int input = command & 0x40 ? command & 7u : highest( pic, pic->isr );

    if (input == 8) return;
    pic->isr &= ~(1 << input);
    if (command & 0x80) pic->lowest = input;
}

static void write_command( struct pic *pic, uint8_t value )
{
    if (value & 0x10)               /* ICW1 */
    {
        uint8_t lines = pic->lines, elcr = pic->elcr;

        *pic = (struct pic){ .lines = lines, .elcr = elcr, .lowest = 7, .init_step = 2 };
        pic->want_icw4 = value & 1;
    }
    else if (value & 0x08)          /* OCW3 */
    {
        if (value & 0x02) pic->read_isr = value & 1;
        if (value & 0x40) pic->special_mask = (value >> 5) & 1;
    }
    else if (value & 0x20) end_of_interrupt( pic, value );
    else if ((value & 0xc0) == 0xc0) pic->lowest = value & 7;
    else if (!(value & 0x40)) pic->rotate_auto_eoi = value >> 7;
}

static void write_data( struct pic *pic, uint8_t value )
{
    switch (pic->init_step)
    {
    case 2:
        pic->base = value & 0xf8;
        pic->init_step = 3;
        break;
    case 3:
        pic->init_step = pic->want_icw4 ? 4 : 0;
        break;
    case 4:
        pic->auto_eoi = (value >> 1) & 1;
        pic->init_step = 0;
        break;
    default:
        pic->imr = value;
        break;
    }
}

static uint32_t pic_read( uint16_t port, unsigned int size )
{
    const struct pic *pic = &pics[port >> 7 & 1];

    (void)size;
    if (port & 1) return pic->imr;
    return pic->read_isr ? pic->isr : pic->irr;
}

static void pic_write( uint16_t port, unsigned int size, uint32_t value )
{
    struct pic *pic = &pics[port >> 7 & 1];

    (void)size;
    if (port & 1) write_data( pic, value );
    else write_command( pic, value );
    update_cascade();
}

static uint32_t elcr_read( uint16_t port, unsigned int size )
{
    (void)size;
    return pics[port & 1].elcr;
}

static void elcr_write( uint16_t port, unsigned int size, uint32_t value )
{
    (void)size;
    pics[port & 1].elcr = value & (port & 1 ? 0xde : 0xf8);     /* the others are edges on every PC */
}

static const struct port_range pic_ports[] =
{
    { 0x020, 0x021, 0, pic_read, pic_write },
    { 0x0a0, 0x0a1, 0, pic_read, pic_write },
    { 0x4d0, 0x4d1, 0, elcr_read, elcr_write },
    { 0 }
};

void pic_init( void )
{
    static struct device device = { .ports = pic_ports };
    static struct irq_controller controller = { .set = set_irq };

    bus_add( &device );
    irq_add_controller( &controller );
}
