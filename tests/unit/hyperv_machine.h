/*
 * A machine with Hyper-V's enlightenments
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
 * For tests of what KVM emulates of Hyper-V: a host whose KVM has it, and a partition with two vps that has asked for
 * some of it. Knows machine.h and the probe.
 */

#ifndef __WHV_TESTS_HYPERV_MACHINE_H
#define __WHV_TESTS_HYPERV_MACHINE_H

#include "host/array.h"
#include "host/host.h"
#include "host/hyperv_probe_x86.h"
#include "host/probe.h"
#include "machine.h"
#include "run/partition_life.h"
#include "run/vp_life.h"

#define FEATURES_ALL    0x20000bffull   /* what the fake's leaves say, with local APICs */
#define SCONTROL        0x40000080
#define SIEFP           0x40000082
#define SIMP            0x40000083
#define EOM             0x40000084
#define SINT( n )       (0x40000090 + (n))

#define UNKNOWN_CONNECTION 0x400        /* of WHV_EXTENDED_VM_EXITS */

static struct host *the_host;

static inline void hyperv_set_caps( int value )
{
    static const unsigned int caps[] =
    {
        KVM_CAP_SYS_HYPERV_CPUID, KVM_CAP_HYPERV_CPUID, KVM_CAP_HYPERV_ENFORCE_CPUID, KVM_CAP_HYPERV_VP_INDEX,
        KVM_CAP_HYPERV_SYNIC
    };
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE(caps); i++) fake_kvm_set_cap( caps[i], value );
}

/* cmocka's, for the group */
static inline int hyperv_group_setup( void **state )
{
    HRESULT hr;

    if (machine_group_setup( state )) return -1;
    the_host = (struct host *)host_get( &hr );
    the_host->extended_exits |= UNKNOWN_CONNECTION;
    hyperv_set_caps( 1 );
    return hyperv_probe( the_host );
}

static inline void hyperv_create( UINT64 features, UINT32 apic_mode )
{
    UINT64 banks[2] = { 1, features };

    machine_out_past( 0 );
    hyperv_set_caps( 1 );
    machine_create( 2 );
    assert_int_equal( partition_set_property( machine.handle, WHvPartitionPropertyCodeSyntheticProcessorFeaturesBanks,
                                              banks, sizeof(banks) ), S_OK );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeLocalApicEmulationMode, apic_mode ), S_OK );
    assert_int_equal( partition_setup( machine.handle ), S_OK );
    machine_map_memory();
    /* in another order than their indexes */
    assert_int_equal( vp_create( machine.handle, 1 ), S_OK );
    machine_create_vp();
    machine_mode( INSN_MODE_64 );
}

static inline void hyperv_set_msr( UINT32 index, UINT64 value )
{
    struct { struct kvm_msrs head; struct kvm_msr_entry entry; } msrs =
        { .head.nmsrs = 1, .entry = { .index = index, .data = value } };

    assert_int_equal( kvm_set_msrs( machine.vp->fd, &msrs.head ), 1 );
}

#endif /* __WHV_TESTS_HYPERV_MACHINE_H */
