/*
 * Breakpoints at the guest's own handlers
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
 * The interceptor for guests that have an interrupt table: hardware breakpoints of KVM's at the first instructions of
 * the handlers, for as many vectors as there are debug registers left. At a hit the frame is undone, so that the
 * exception has not happened yet; what the client injects then runs through. Knows what an interceptor knows.
 */

#ifndef __WHV_UNIX_INTERCEPT_HANDLERS_H
#define __WHV_UNIX_INTERCEPT_HANDLERS_H

struct interceptor;

extern const struct interceptor handlers;

#endif /* __WHV_UNIX_INTERCEPT_HANDLERS_H */
