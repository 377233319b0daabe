/*
 * The clocks of a partition
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
 * What it is for: tests of time: the host's clocks, the partition's reference time, and TSCs, as the client and as the
 * guest sees them. It knows vm.h.
 */

#ifndef __WHV_TESTS_CLOCKS_H
#define __WHV_TESTS_CLOCKS_H

#include "vm.h"

/* rdtsc; shl rdx,20h; or rax,rdx; mov rbx,rax */
static const BYTE read_tsc[] = { 0x0f, 0x31, 0x48, 0xc1, 0xe2, 0x20, 0x48, 0x09, 0xd0, 0x48, 0x89, 0xc3 };

static inline UINT64 get_capability( WHV_CAPABILITY_CODE code )
{
    WHV_CAPABILITY value;
    HRESULT hr;

    memset( &value, 0, sizeof(value) );
    hr = WHvGetCapability( code, &value, sizeof(value), NULL );
    ok( hr == S_OK, "capability %#x: %#lx\n", code, hr );
    return value.ProcessorClockFrequency;
}

static inline UINT64 reference_time( struct vm *vm )
{
    WHV_PARTITION_PROPERTY value;
    HRESULT hr;

    memset( &value, 0, sizeof(value) );
    hr = WHvGetPartitionProperty( vm->partition, WHvPartitionPropertyCodeReferenceTime, &value, sizeof(value), NULL );
    ok( hr == S_OK, "ReferenceTime: %#lx\n", hr );
    return value.ReferenceTime;
}

/* What the guest itself reads. */
static inline UINT64 guest_tsc( struct vm *vm )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    vm_load( vm, MODE_LONG, read_tsc, sizeof(read_tsc), NULL );
    if (!vm_run( vm, &exit )) return 0;
    ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
    return vm_get_reg( vm, WHvX64RegisterRbx );
}

static inline UINT64 vp_tsc( struct vm *vm, UINT32 index )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterTsc;
    WHV_REGISTER_VALUE value;
    HRESULT hr;

    value.Reg64 = 0;
    hr = WHvGetVirtualProcessorRegisters( vm->partition, index, &name, 1, &value );
    ok( hr == S_OK, "vp %u, TSC: %#lx\n", index, hr );
    return value.Reg64;
}

static inline void set_vp_tsc( struct vm *vm, UINT32 index, UINT64 tsc )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterTsc;
    WHV_REGISTER_VALUE value;
    HRESULT hr;

    value.Reg64 = tsc;
    hr = WHvSetVirtualProcessorRegisters( vm->partition, index, &name, 1, &value );
    ok( hr == S_OK, "vp %u, TSC: %#lx\n", index, hr );
}

/* A KVM that is software alone shows guests the host's TSC and lets nobody change it. That one may be near any value by
 * chance, but not near two. */
static inline BOOL tsc_can_be_set( struct vm *vm )
{
    static const UINT64 values[] = { 0x567800000000, 0x123400000000 };
    UINT64 now;
    UINT32 i;

    for (i = 0; i < ARRAY_COUNT(values); i++)
    {
        set_vp_tsc( vm, 0, values[i] );
        now = vp_tsc( vm, 0 );
        if (now < values[i] || now >= values[i] + 0x10000000000) return FALSE;
    }
    return TRUE;
}

/* Does this platform take it? */
static inline BOOL can_prepare( HRESULT (*prepare)( struct vm *vm ), const char *what )
{
    struct vm vm;
    HRESULT hr;

    memset( &vm, 0, sizeof(vm) );
    hr = WHvCreatePartition( &vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );
    if (FAILED(hr = prepare( &vm ))) skip( "no other %s: %#lx\n", what, hr );
    WHvDeletePartition( vm.partition );
    return SUCCEEDED(hr);
}

#endif /* __WHV_TESTS_CLOCKS_H */
