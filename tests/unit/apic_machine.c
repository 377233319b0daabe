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

#include "apic_machine.h"
#include "run/run.h"
#include "run/vp_life.h"
#include "vm/partition.h"
#include "vm/vp.h"

struct vp *second_vp;
struct fake_vcpu *second_vcpu;

void apic_machine_create( UINT32 mode, UINT32 processors )
{
    machine_create_apic( processors, mode );
    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
    second_vp = machine.partition->vps[1];
    second_vcpu = fake_kvm_vcpu( second_vp->fd );
}

static int setup_mode( UINT32 mode )
{
    machine_out_past( 0 );
    fake_kvm_irq.msi_result = 1;
    fake_kvm_irq.route_count = 0;
    apic_machine_create( mode, 4 );
    return 0;
}

int apic_machine_setup( void **state )
{
    (void)state;
    return setup_mode( WHvX64LocalApicEmulationModeXApic );
}

int apic_machine_setup_x2apic( void **state )
{
    (void)state;
    return setup_mode( WHvX64LocalApicEmulationModeX2Apic );
}

UINT32 apic_machine_run( void )
{
    memset( &machine.exit, 0xcc, sizeof(machine.exit) );
    assert_int_equal( vp_run( machine.handle, 1, &machine.exit, sizeof(machine.exit) ), S_OK );
    return machine.exit.ExitReason;
}
