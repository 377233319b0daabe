/*
 * A machine with local APICs
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
 * What it is for: tests of APICs, which want two vps of up to four processors. It knows machine.h.
 */

#ifndef __WHV_TESTS_APIC_MACHINE_H
#define __WHV_TESTS_APIC_MACHINE_H

#include "machine.h"
#include "vm/vp.h"

/* the machine's vp at index 1, which waits for INIT and SIPI at first */
extern struct vp *second_vp;
extern struct fake_vcpu *second_vcpu;

/* mode: one of WHV_X64_LOCAL_APIC_EMULATION_MODE; both vps are there afterwards. */
extern void apic_machine_create( UINT32 mode, UINT32 processors );
/* cmocka's: four processors with xAPICs, or with x2APICs; a KVM that takes every message. */
extern int apic_machine_setup( void **state );
extern int apic_machine_setup_x2apic( void **state );

/* machine_run for the second vp. */
extern UINT32 apic_machine_run( void );

#endif /* __WHV_TESTS_APIC_MACHINE_H */
