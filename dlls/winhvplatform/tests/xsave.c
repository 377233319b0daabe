/*
 * Conformance: XSAVE state
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

#include "vm.h"

static void test_image( void )
{
    static const BYTE zeros[16];
    WHV_REGISTER_VALUE value;
    WHV_REGISTER_NAME name = WHvX64RegisterXmm3;
    BYTE *buffer, *copy;
    UINT32 size = 0, written = 0;
    UINT64 bits, compact;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );

    hr = WHvGetVirtualProcessorXsaveState( vm.partition, 0, NULL, 0, &size );
    ok( hr == WHV_E_INSUFFICIENT_BUFFER, "size: %#lx\n", hr );
    ok( size >= 576 && size < 0x10000, "size %u\n", size );
    buffer = VirtualAlloc( NULL, 0x10000, MEM_COMMIT, PAGE_READWRITE );
    copy = VirtualAlloc( NULL, 0x10000, MEM_COMMIT, PAGE_READWRITE );

    value.Reg128.Low64 = 0x1122334455667788;
    value.Reg128.High64 = 0x99aabbccddeeff00;
    hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = WHvGetVirtualProcessorXsaveState( vm.partition, 0, buffer, size - 1, &written );
    ok( hr == WHV_E_INSUFFICIENT_BUFFER, "too small: %#lx\n", hr );
    ok( written == size, "%u bytes needed, first %u\n", written, size );
    memset( buffer, 0xcc, 0x10000 );
    hr = WHvGetVirtualProcessorXsaveState( vm.partition, 0, buffer, size, &written );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( written == size, "%u bytes\n", written );
    ok( buffer[size] == 0xcc, "too much\n" );
    bits = *(UINT64 *)(buffer + 512);
    compact = *(UINT64 *)(buffer + 520);
    ok( compact >> 63, "not compacted: %#llx\n", compact );
    ok( (bits & 2) && !(bits & ~compact), "components %#llx of %#llx\n", bits, compact );
    ok( !memcmp( buffer + 160 + 3 * 16, &value, 16 ), "xmm3 is not in it\n" );
    ok( !memcmp( buffer + 528, zeros, 16 ), "reserved bytes of the header\n" );

    /* it goes back */
    buffer[160 + 3 * 16] = 0x42;
    hr = WHvSetVirtualProcessorXsaveState( vm.partition, 0, buffer, size );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
    ok( hr == S_OK && value.Reg128.Low64 == 0x1122334455667742, "%#llx: %#lx\n", value.Reg128.Low64, hr );
    run_to_port( &vm, END_PORT, vm.before );
    memset( copy, 0xcc, 0x10000 );
    hr = WHvGetVirtualProcessorXsaveState( vm.partition, 0, copy, 0x10000, &written );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( written == size, "%u bytes\n", written );
    ok( !memcmp( copy + 160, buffer + 160, 256 ), "other xmm registers\n" );

    /* a component that is not there is in its initial state */
    *(UINT64 *)(buffer + 512) &= ~2ull;
    hr = WHvSetVirtualProcessorXsaveState( vm.partition, 0, buffer, size );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
    ok( hr == S_OK && !value.Reg128.Low64 && !value.Reg128.High64, "%#llx: %#lx\n", value.Reg128.Low64, hr );
    *(UINT64 *)(buffer + 512) |= 2;

    /* and what is no image is refused */
    *(UINT64 *)(buffer + 520) = 0;
    hr = WHvSetVirtualProcessorXsaveState( vm.partition, 0, buffer, size );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "standard format: %#lx\n", hr );
    *(UINT64 *)(buffer + 520) = compact | 1ull << 62;
    hr = WHvSetVirtualProcessorXsaveState( vm.partition, 0, buffer, size );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "another component: %#lx\n", hr );
    *(UINT64 *)(buffer + 520) = compact;
    hr = WHvSetVirtualProcessorXsaveState( vm.partition, 0, buffer, 100 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "too small: %#lx\n", hr );
    *(UINT32 *)(buffer + 24) = 0xffffffff;
    hr = WHvSetVirtualProcessorXsaveState( vm.partition, 0, buffer, size );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "reserved bits in MXCSR: %#lx\n", hr );
    *(UINT32 *)(buffer + 24) = 0x1f80;
    hr = WHvSetVirtualProcessorXsaveState( vm.partition, 0, buffer, size );
    ok( hr == S_OK, "%#lx\n", hr );

    /* by its newer name */
    hr = WHvGetVirtualProcessorState( vm.partition, 0, WHvVirtualProcessorStateTypeXsaveState, NULL, 0, &written );
    ok( hr == WHV_E_INSUFFICIENT_BUFFER, "size: %#lx\n", hr );
    ok( written == size, "%u bytes\n", written );
    hr = WHvGetVirtualProcessorState( vm.partition, 0, WHvVirtualProcessorStateTypeXsaveState, copy, size, NULL );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = WHvSetVirtualProcessorState( vm.partition, 0, WHvVirtualProcessorStateTypeXsaveState, copy, size );
    ok( hr == S_OK, "%#lx\n", hr );
    /* of which one byte more or less is refused */
    hr = WHvSetVirtualProcessorState( vm.partition, 0, WHvVirtualProcessorStateTypeXsaveState, copy, size + 1 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "one too many: %#lx\n", hr );
    hr = WHvSetVirtualProcessorState( vm.partition, 0, WHvVirtualProcessorStateTypeXsaveState, copy, size - 1 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "one too few: %#lx\n", hr );
    hr = WHvGetVirtualProcessorState( vm.partition, 0, 0x7777, copy, size, NULL );
    ok( hr == E_INVALIDARG, "unknown type: %#lx\n", hr );
    hr = WHvSetVirtualProcessorState( vm.partition, 0, 0x7777, copy, size );
    ok( hr == E_INVALIDARG, "unknown type: %#lx\n", hr );

    VirtualFree( buffer, 0, MEM_RELEASE );
    VirtualFree( copy, 0, MEM_RELEASE );
    vm_destroy( &vm );
}

START_TEST(xsave)
{
    if (!vm_present()) return;
    test_image();
}
