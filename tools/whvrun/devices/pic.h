/*
 * whvrun: the 8259 interrupt controllers
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
 * What it is for: the two 8259 of a PC. They tell whether the processor has an interrupt to take, and which; how it
 * gets there is not their business. Knows the bus and the interrupt lines.
 */

#ifndef __WHVRUN_DEVICES_PIC_H
#define __WHVRUN_DEVICES_PIC_H

#include <stdint.h>

extern void pic_init( void );

/* Do they ask the processor for an interrupt? */
extern int pic_pending( void );

/* The processor's acknowledge cycle; returns the vector. */
extern uint8_t pic_acknowledge( void );

#endif /* __WHVRUN_DEVICES_PIC_H */
