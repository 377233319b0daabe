/*
 * whvrun: interrupt lines
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
 * What it is for: takes the level of a device's interrupt line to the interrupt controllers, all of them, as a PC's
 * lines go to the 8259 and to the I/O APIC. A controller adds itself with a function; the lines know no controller and
 * no device.
 */

#ifndef __WHVRUN_DEVICES_IRQ_H
#define __WHVRUN_DEVICES_IRQ_H

/* Numbers of the lines. The cascade is inside the 8259: no device has it. */
enum { IRQ_TIMER = 0, IRQ_CASCADE = 2, IRQ_COM1 = 4, IRQ_COUNT = 16 };

struct irq_controller
{
    void (*set)( unsigned int irq, int level );
    struct irq_controller *next;            /* the lines' */
};

/* For the life of the program. Who was added first hears it first. */
extern void irq_add_controller( struct irq_controller *controller );

extern void irq_set( unsigned int irq, int level );

#endif /* __WHVRUN_DEVICES_IRQ_H */
