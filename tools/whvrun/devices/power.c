/*
 * whvrun: reset, power and debug exit
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
#include "devices/power.h"
#include "host/end.h"

/* **** keyboard controller (60, 64): no keyboard, but the reset line; port 92 **** */

static uint32_t keyboard_read( uint16_t port, unsigned int size )
{
    (void)port; (void)size;
    return 0;                           /* buffers empty */
}

static void keyboard_write( uint16_t port, unsigned int size, uint32_t value )
{
    (void)size;
    if (port == 0x64 && (value & 0xf1) == 0xf0) end_run( END_RESET, 0 );
}

static uint32_t port92_read( uint16_t port, unsigned int size )
{
    (void)port; (void)size;
    return 2;                           /* A20 is always open */
}

static void port92_write( uint16_t port, unsigned int size, uint32_t value )
{
    (void)port; (void)size;
    if (value & 1) end_run( END_RESET, 0 );
}

/* **** PCI: there is none, but its address port also holds the reset register **** */

static uint32_t pci_read( uint16_t port, unsigned int size )
{
    (void)port; (void)size;
    return 0xffffffff;
}

static void pci_write( uint16_t port, unsigned int size, uint32_t value )
{
    if (port == 0xcf9 && size == 1 && (value & 4)) end_run( END_RESET, 0 );
}

/* **** ends: isa-debug-exit, but with the plain byte; the power-off of ACPI where QEMU's machines have it **** */

static uint32_t end_read( uint16_t port, unsigned int size )
{
    (void)port; (void)size;
    return 0;
}

static void debug_exit_write( uint16_t port, unsigned int size, uint32_t value )
{
    (void)port; (void)size;
    end_run( END_EXIT_CODE, value & 0xff );
}

static void acpi_write( uint16_t port, unsigned int size, uint32_t value )
{
    (void)port;
    if (size == 2 && (value & 0x2000)) end_run( END_POWER_OFF, 0 );
}

static const struct port_range power_ports[] =
{
    { 0x060, 0x060, 0, keyboard_read, keyboard_write },
    { 0x064, 0x064, 0, keyboard_read, keyboard_write },
    { 0x092, 0x092, 0, port92_read, port92_write },
    { 0x0f4, 0x0f4, 1, end_read, debug_exit_write },
    { 0x604, 0x604, 1, end_read, acpi_write },
    { 0xcf8, 0xcff, 1, pci_read, pci_write },
    { 0 }
};

void power_init( void )
{
    static struct device device = { .ports = power_ports };

    bus_add( &device );
}
