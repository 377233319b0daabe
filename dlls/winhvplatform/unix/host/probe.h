/*
 * Probing the host
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
 * Fills struct host from /dev/kvm, once per process; a failed probe is tried again at the next call.
 * Knows kvm.h, and the measurements and tables of this room; knows no partition and no vp.
 * Errors that a user can mend are explained once, in one ERR line that says how.
 * May be called by any thread at any time.
 */

#ifndef __WHV_UNIX_HOST_PROBE_H
#define __WHV_UNIX_HOST_PROBE_H

#include "winhvplatformdefs.h"

struct host;

/* The host, or NULL if no partition can be created here (*hr says why: ERROR_HV_NOT_PRESENT-like). */
extern const struct host *host_get( HRESULT *hr );

/* What host_get does once: fills *host from /dev/kvm. S_OK, or the reason, and then nothing is left open. */
extern HRESULT host_probe( struct host *host );
/* Gives back what host_probe opened and allocated. */
extern void host_release( struct host *host );

#endif /* __WHV_UNIX_HOST_PROBE_H */
