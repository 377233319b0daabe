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

#include <stddef.h>

#include "devices/irq.h"

static struct irq_controller *controllers;

void irq_add_controller( struct irq_controller *controller )
{
    struct irq_controller **last = &controllers;

    while (*last) last = &(*last)->next;
    controller->next = NULL;
    *last = controller;
}

void irq_set( unsigned int irq, int level )
{
    const struct irq_controller *controller;

    for (controller = controllers; controller; controller = controller->next) controller->set( irq, level );
}
