/*
 * Measurements on a scratch vm
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
 * What kind of KVM this is, as far as no capability tells: it is measured on a scratch vm that lives no longer than
 * that. Some KVMs run guest code in hardware, others by the kernel's instruction emulator, and these show other states
 * at an exit. Knows kvm.h and struct host; sets its out_rip_*, syscall_half and delivery_* and leaves the rest alone.
 * The guest code that it runs is its own, bounded in exits.
 */

#ifndef __WHV_UNIX_HOST_PROBE_X86_H
#define __WHV_UNIX_HOST_PROBE_X86_H

struct host;

/* /dev/kvm probing of out_rip_past, out_rip_varies, syscall_half, delivery_shuts_down and delivery_spins, in
 * probe_x86.c; host->cpuid is filled already: leaves host unchanged and returns -errno on failure. */
extern int probe_x86( struct host *host );

#endif /* __WHV_UNIX_HOST_PROBE_X86_H */
