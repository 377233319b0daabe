/*
 * Requests for interrupts
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
 * What it is for: tests of requests by the API, whose guests say that they are ready and wait. It knows smp.h.
 */

#ifndef __WHV_TESTS_INTERRUPTS_H
#define __WHV_TESTS_INTERRUPTS_H

#include "smp.h"

#define PHYSICAL WHvX64InterruptDestinationModePhysical
#define LOGICAL  WHvX64InterruptDestinationModeLogical
#define EDGE     WHvX64InterruptTriggerModeEdge
#define LEVEL    WHvX64InterruptTriggerModeLevel
#define FIXED    WHvX64InterruptTypeFixed
#define LOWEST   WHvX64InterruptTypeLowestPriority
#define NMI      WHvX64InterruptTypeNmi
#define INIT     WHvX64InterruptTypeInit
#define SIPI     WHvX64InterruptTypeSipi
#define LINT1    WHvX64InterruptTypeLocalInt1

#define READY_PORT 0x51

static const BYTE idle[] = { ASM_ENABLE_APIC, ASM_OUT( READY_PORT, 1 ), ASM_IDLE };

static inline void check_request_( const char *file, int line, struct smp *smp, UINT32 type, UINT32 logical,
                                   UINT32 level, UINT32 destination, UINT32 vector )
{
    HRESULT hr = smp_request( smp, type, logical, level, destination, vector );

    ok_(file, line)( hr == S_OK, "type %u vector %#x to %#x: %#lx\n", type, vector, destination, hr );
}
#define check_request( smp, ... ) check_request_( __FILE__, __LINE__, smp, __VA_ARGS__ )

#endif /* __WHV_TESTS_INTERRUPTS_H */
