/*
 * Vps that do not come back
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
 * A KVM may stay inside KVM_RUN for ever with an event that it can't deliver (host->delivery_spins). So that the run
 * loop gets to see it, a thread of our own looks a few times a second at all vps and kicks those that have been in the
 * guest all the time; clients see nothing of it. Knows the table of partitions and the kick of vm/stop.h.
 */

#ifndef __WHV_UNIX_RUN_WATCH_H
#define __WHV_UNIX_RUN_WATCH_H

struct host;

/* There is a vp to watch, on such a host; nothing on others. A partition's lock may be held, no vp's. Without a thread,
 * which is told by a WARN line, only a cancel ends such a run. */
extern void watch_begin( const struct host *host );

/* One look at all vps. FALSE: no partition is set up. For the thread, and for tests. */
extern int watch_look( void );

#endif /* __WHV_UNIX_RUN_WATCH_H */
