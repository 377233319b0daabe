/*
 * whvrun: the 16550 serial port, COM1
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
#include "devices/serial.h"
#include "host/console.h"

#define BASE        0x3f8
#define FIFO_SIZE   16

enum { IER_RX = 1, IER_TX = 2, IER_LINE = 4, IER_MODEM = 8 };
enum { LSR_DATA = 0x01, LSR_TX_EMPTY = 0x60 };
enum { MCR_LOOPBACK = 0x10 };

static struct
{
    uint8_t ier, lcr, mcr, scratch, divisor[2];
    uint8_t fifo_enabled;
    uint8_t tx_pending;         /* the transmitter is empty, and nobody has been told */
    uint8_t fifo[FIFO_SIZE];
    unsigned int head, fill;
} uart = { .divisor = { 12, 0 } };

static uint8_t interrupt_id( void )
{
    uint8_t fifo = uart.fifo_enabled ? 0xc0 : 0;

    if ((uart.ier & IER_RX) && uart.fill) return fifo | 4;
    if ((uart.ier & IER_TX) && uart.tx_pending) return fifo | 2;
    return fifo | 1;
}

static void update_irq( void )
{
    irq_set( IRQ_COM1, !(interrupt_id() & 1) );
}

static void receive( uint8_t byte )
{
    if (uart.fill == FIFO_SIZE) return;
    uart.fifo[(uart.head + uart.fill++) % FIFO_SIZE] = byte;
}

static size_t take_typed( const uint8_t *data, size_t size )
{
    size_t taken = 0;

    while (taken < size && uart.fill < FIFO_SIZE) receive( data[taken++] );
    update_irq();
    return taken;
}

void serial_update( void )
{
    console_deliver( take_typed );
}

static uint8_t read_data( void )
{
    uint8_t byte = uart.fifo[uart.head];

    if (!uart.fill) return 0;
    uart.head = (uart.head + 1) % FIFO_SIZE;
    uart.fill--;
    return byte;
}

/* Looped back, the modem's inputs are our own outputs. */
static uint8_t modem_status( void )
{
    if (!(uart.mcr & MCR_LOOPBACK)) return 0xb0;
    return (uart.mcr & 1) << 5 | (uart.mcr & 2) << 3 | (uart.mcr & 0x0c) << 4;
}

static uint32_t serial_read( uint16_t port, unsigned int size )
{
    unsigned int reg = port - BASE;
    uint8_t value;

    (void)size;
    if (reg < 2 && (uart.lcr & 0x80)) return uart.divisor[reg];
    switch (reg)
    {
    case 0: value = read_data(); break;
    case 1: value = uart.ier; break;
    case 2:
        value = interrupt_id();
        if ((value & 0x0f) == 2) uart.tx_pending = 0;
        break;
    case 3: value = uart.lcr; break;
    case 4: value = uart.mcr; break;
    case 5: value = LSR_TX_EMPTY | (uart.fill ? LSR_DATA : 0); break;
    case 6: value = modem_status(); break;
    default: value = uart.scratch; break;
    }
    update_irq();
    return value;
}

static void serial_write( uint16_t port, unsigned int size, uint32_t value )
{
    unsigned int reg = port - BASE;

    (void)size;
    if (reg < 2 && (uart.lcr & 0x80))
    {
        uart.divisor[reg] = value;
        return;
    }
    switch (reg)
    {
    case 0:
        if (uart.mcr & MCR_LOOPBACK) receive( value );
        else console_print( value );
        uart.tx_pending = 1;
        break;
    case 1:
        if (value & ~uart.ier & IER_TX) uart.tx_pending = 1;
        uart.ier = value & 0x0f;
        break;
    case 2:
        uart.fifo_enabled = value & 1;
        if (value & 2) uart.fill = 0;
        break;
    case 3: uart.lcr = value; break;
    case 4: uart.mcr = value & 0x1f; break;
    case 7: uart.scratch = value; break;
    }
    update_irq();
}

static const struct port_range serial_ports[] =
{
    { BASE, BASE + 7, 0, serial_read, serial_write },
    { 0 }
};

void serial_init( void )
{
    static struct device device = { .ports = serial_ports };

    bus_add( &device );
}
