/*
 * The fake KVM: TSCs, with the rules of the kernel's kvm_synchronize_tsc
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

#include "fake_kvm_private.h"
#include "host/kvm.h"

#define HOST_KHZ 2000000u

static uint64_t fake_tsc;

void fake_kvm_set_tsc( uint64_t tsc )
{
    fake_tsc = tsc;
}

static struct object *vm_of( const struct fake_vcpu *vcpu )
{
    return fake_object( vcpu->vm, OBJECT_VM, __func__ );
}

static uint64_t scale( const struct fake_vcpu *vcpu, uint64_t tsc )
{
    return (unsigned __int128)tsc * vcpu->tsc_khz / HOST_KHZ;
}

uint64_t fake_tsc_of( const struct fake_vcpu *vcpu )
{
    return scale( vcpu, fake_tsc ) + vcpu->tsc_offset;
}

static void set_offset( struct fake_vcpu *vcpu, uint64_t offset )
{
    struct object *vm = vm_of( vcpu );

    vcpu->tsc_offset = offset;
    vm->last_tsc = fake_tsc_of( vcpu );
    vm->last_tsc_when = fake_tsc;
    vm->last_tsc_khz = vcpu->tsc_khz;
    vm->last_tsc_offset = offset;
}

/* To be 0, or near what the last that was set has become by now, counts as the wish to have the same TSC. */
static void synchronize( struct fake_vcpu *vcpu, uint64_t value, int user )
{
    struct object *vm = vm_of( vcpu );
    uint64_t expected = vm->last_tsc + scale( vcpu, fake_tsc - vm->last_tsc_when ), second = vcpu->tsc_khz * 1000ull;
    int same = !value || (vm->user_set_tsc && value < expected + second && value + second > expected);

    if (user) vm->user_set_tsc = 1;
    set_offset( vcpu, same && vm->last_tsc_khz == vcpu->tsc_khz
                ? vm->last_tsc_offset : value - scale( vcpu, fake_tsc ) );
}

void fake_tsc_start( struct fake_vcpu *vcpu )
{
    struct object *vm = vm_of( vcpu );

    vcpu->tsc_khz = vm->tsc_khz ? vm->tsc_khz : HOST_KHZ;
    synchronize( vcpu, 0, 0 );
}

void fake_tsc_write( struct fake_vcpu *vcpu, uint64_t value )
{
    synchronize( vcpu, value, 1 );
}

FAKE int kvm_get_tsc_khz( int vcpu )
{
    BEGIN();
    return fake_end( fake_object( vcpu, OBJECT_VCPU, __func__ )->vcpu->tsc_khz );
}

FAKE int kvm_set_tsc_khz( int fd, unsigned int khz )
{
    BEGIN();
    if (fd >= FIRST_FD && fd < FIRST_FD + MAX_OBJECTS && fake_objects[fd - FIRST_FD].type == OBJECT_VM)
        fake_object( fd, OBJECT_VM, __func__ )->tsc_khz = khz;
    else
        fake_object( fd, OBJECT_VCPU, __func__ )->vcpu->tsc_khz = khz;
    return fake_end( 0 );
}

FAKE int kvm_get_tsc_offset( int vcpu, UINT64 *offset )
{
    BEGIN();
    *offset = fake_object( vcpu, OBJECT_VCPU, __func__ )->vcpu->tsc_offset;
    return fake_end( 0 );
}

FAKE int kvm_set_tsc_offset( int vcpu, uint64_t offset )
{
    struct fake_vcpu *fake;

    BEGIN();
    fake = fake_object( vcpu, OBJECT_VCPU, __func__ )->vcpu;
    set_offset( fake, offset );
    vm_of( fake )->user_set_tsc = 1;
    return fake_end( 0 );
}
