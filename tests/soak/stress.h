/*
 * Stress: what its parts share
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
 * stress.c has the threads and most calls, stress_notify.c those for doorbells, ports and triggers. They know the API
 * and platform.h.
 */

#ifndef __SOAK_STRESS_H
#define __SOAK_STRESS_H

#include "platform.h"

#define MEMORY_SIZE  0x100000

/* Around each call of a thread; an error that is not documented for it fails. */
extern void begin( unsigned int thread, const char *what );
extern HRESULT end( unsigned int thread, HRESULT hr );
#define CALL( name, ... ) (begin( thread, #name ), end( thread, name( __VA_ARGS__ )))
/* A number below range, of the thread's own series. */
extern uint32_t draw( unsigned int thread, uint32_t range );

/* ---- stress_notify.c ---- */

/* One call for a doorbell, a port or a trigger, which may be any partition's, or nobody's any more. */
extern void stress_notify( unsigned int thread, WHV_PARTITION_HANDLE partition );

#endif /* __SOAK_STRESS_H */
