/*
 * whvrun: the clock
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
 * What it is for: the time that the devices live by: the host's, or one that is counted in exits, which makes each run
 * like the other. Knows nothing else of the program. The counted time is changed and read by one thread at a time (the
 * machine's lock sees to it); the host's may be read by any. All times are ns of a monotonic clock.
 */

#ifndef __WHVRUN_HOST_CLOCK_H
#define __WHVRUN_HOST_CLOCK_H

#include <stdint.h>

#define NO_DEADLINE UINT64_MAX

/* From now on time stands still, but for clock_advance and clock_set. */
extern void clock_count_exits( void );
extern int clock_counts_exits( void );
extern void clock_advance( uint64_t ns );
extern void clock_set( uint64_t when );

/* The machine's time. */
extern uint64_t clock_now( void );

/* The host's. */
extern uint64_t clock_wall( void );

#endif /* __WHVRUN_HOST_CLOCK_H */
