/*
 * Conformance: partition properties
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

enum { PRE = 1, WRITE_ONLY = 2, NEW = 4 };

static const struct
{
    UINT32      code, size;
    const char *name;
    UINT32      flags;
}
props[] =
{
    { 0x0001, 8,  "ExtendedVmExits", 0 },
    { 0x0002, 8,  "ExceptionExitBitmap", 0 },
    { 0x0003, 4,  "SeparateSecurityDomain", PRE },
    { 0x0005, 8,  "X64MsrExitBitmap", 0 },
    { 0x1001, 8,  "ProcessorFeatures", PRE },
    { 0x1002, 1,  "ProcessorClFlushSize", PRE },
    { 0x1003, 0,  "CpuidExitList", WRITE_ONLY },
    { 0x1004, 0,  "CpuidResultList", WRITE_ONLY | PRE },
    { 0x1005, 4,  "LocalApicEmulationMode", PRE },
    { 0x1006, 8,  "ProcessorXsaveFeatures", PRE },
    { 0x1007, 8,  "ProcessorClockFrequency", PRE },
    { 0x1008, 8,  "InterruptClockFrequency", PRE },
    { 0x100a, 24, "ProcessorFeaturesBanks", PRE | NEW },
    { 0x100b, 8,  "ReferenceTime", NEW },
    { 0x100c, 16, "SyntheticProcessorFeaturesBanks", PRE | NEW },
    { 0x100e, 8,  "ProcessorPerfmonFeatures", PRE | NEW },
    { 0x1010, 4,  "UnimplementedMsrAction", PRE | NEW },
    { 0x1011, 4,  "PhysicalAddressWidth", PRE | NEW },
    { 0x1fff, 4,  "ProcessorCount", PRE },
};

static void test_sizes( BOOL set_up )
{
    BYTE buffer[64];
    UINT32 i, j, written;
    struct vm vm = { 0 };
    HRESULT hr;

    hr = WHvCreatePartition( &vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = vm_set_property( &vm, WHvPartitionPropertyCodeProcessorCount, 1 );
    ok( hr == S_OK, "%#lx\n", hr );
    if (set_up)
    {
        hr = WHvSetupPartition( vm.partition );
        ok( hr == S_OK, "%#lx\n", hr );
    }

    for (i = 0; i < ARRAY_COUNT(props); i++)
    {
        winetest_push_context( "%s%s", props[i].name, set_up ? " set up" : "" );
        memset( buffer, 0xcc, sizeof(buffer) );
        written = 0xdeadbeef;
        hr = WHvGetPartitionProperty( vm.partition, props[i].code, buffer, sizeof(buffer), &written );
        if (props[i].flags & WRITE_ONLY) ok( hr == HR_NOT_SUPPORTED, "%#lx\n", hr );
        else
        {
            ok( hr == S_OK || broken( FAILED(hr) && (props[i].flags & NEW) ), "%#lx\n", hr );
            if (FAILED(hr)) goto next;
            ok( written == props[i].size, "%u bytes\n", written );
            for (j = props[i].size; j < sizeof(buffer); j++) if (buffer[j] != 0xcc) break;
            ok( j == sizeof(buffer), "byte %u is written\n", j );

            hr = WHvGetPartitionProperty( vm.partition, props[i].code, buffer + 32, props[i].size - 1, &written );
            ok( hr == WHV_E_INSUFFICIENT_BUFFER, "too small: %#lx\n", hr );

            /* what was read can be set, if it can be set at all */
            hr = WHvSetPartitionProperty( vm.partition, props[i].code, buffer, sizeof(buffer) );
            if (set_up && (props[i].flags & PRE)) ok( hr == E_INVALIDARG, "set: %#lx\n", hr );
            else if (props[i].code != 0x100b)
                ok( hr == S_OK || broken( FAILED(hr) && (props[i].flags & NEW) ), "set: %#lx\n", hr );

            hr = WHvSetPartitionProperty( vm.partition, props[i].code, buffer, props[i].size - 1 );
            ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "set too small: %#lx\n", hr );
        }
    next:
        winetest_pop_context();
    }
    WHvDeletePartition( vm.partition );
}

static void test_values( void )
{
    static const UINT32 leaves[] = { 0, 1, 0x40000000 };
    WHV_X64_CPUID_RESULT results[2];
    UINT64 exits = 0, value;
    struct vm vm = { 0 };
    WHV_CPUID_OUTPUT output;
    UINT32 written;
    HRESULT hr;

    WHvGetCapability( WHvCapabilityCodeExtendedVmExits, &exits, sizeof(exits), NULL );
    hr = WHvCreatePartition( &vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );

    value = ~0ull;
    hr = WHvGetPartitionProperty( vm.partition, WHvPartitionPropertyCodeExtendedVmExits, &value, sizeof(value),
                                  &written );
    ok( hr == S_OK && !value, "ExtendedVmExits %#llx: %#lx\n", value, hr );
    hr = vm_set_property( &vm, WHvPartitionPropertyCodeExtendedVmExits, exits & 3 );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = WHvGetPartitionProperty( vm.partition, WHvPartitionPropertyCodeExtendedVmExits, &value, sizeof(value),
                                  &written );
    ok( hr == S_OK && value == (exits & 3), "ExtendedVmExits %#llx: %#lx\n", value, hr );
    hr = vm_set_property( &vm, WHvPartitionPropertyCodeExtendedVmExits, 1ull << 63 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "undefined exit: %#lx\n", hr );

    hr = vm_set_property( &vm, WHvPartitionPropertyCodeLocalApicEmulationMode, 77 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "undefined APIC mode: %#lx\n", hr );
    hr = vm_set_property( &vm, WHvPartitionPropertyCodeProcessorCount, 0 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "no processor: %#lx\n", hr );

    hr = WHvSetPartitionProperty( vm.partition, WHvPartitionPropertyCodeCpuidExitList, leaves, sizeof(leaves) );
    ok( hr == S_OK, "CpuidExitList: %#lx\n", hr );
    hr = WHvSetPartitionProperty( vm.partition, WHvPartitionPropertyCodeCpuidExitList, leaves, 7 );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "CpuidExitList of 7 bytes: %#lx\n", hr );

    memset( results, 0, sizeof(results) );
    results[0].Function = 0x40000000;
    results[0].Eax = 0x40000001;
    results[0].Ebx = 0x11111111;
    results[0].Ecx = 0x22222222;
    results[0].Edx = 0x33333333;
    results[1].Function = 0x40000001;
    results[1].Eax = 0x44444444;
    hr = WHvSetPartitionProperty( vm.partition, WHvPartitionPropertyCodeCpuidResultList, results, sizeof(results) );
    ok( hr == S_OK, "CpuidResultList: %#lx\n", hr );

    /* Windows 11 takes that many, and makes at least 240 */
    hr = vm_set_property( &vm, WHvPartitionPropertyCodeProcessorCount, 2048 );
    ok( hr == S_OK || broken( hr == E_INVALIDARG ), "ProcessorCount 2048: %#lx\n", hr );
    hr = vm_set_property( &vm, WHvPartitionPropertyCodeProcessorCount, 1 );
    ok( hr == S_OK, "%#lx\n", hr );
    hr = WHvSetupPartition( vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );

    /* still to be set */
    hr = vm_set_property( &vm, WHvPartitionPropertyCodeExtendedVmExits, exits & 1 );
    ok( hr == S_OK, "ExtendedVmExits after setup: %#lx\n", hr );
    hr = WHvSetPartitionProperty( vm.partition, WHvPartitionPropertyCodeCpuidExitList, leaves, 4 );
    ok( hr == S_OK, "CpuidExitList after setup: %#lx\n", hr );
    hr = vm_set_property( &vm, WHvPartitionPropertyCodeExceptionExitBitmap, 0 );
    ok( hr == S_OK, "ExceptionExitBitmap after setup: %#lx\n", hr );

    hr = WHvCreateVirtualProcessor( vm.partition, 0, 0 );
    ok( hr == S_OK, "%#lx\n", hr );
    memset( &output, 0xcc, sizeof(output) );
    hr = WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, 0x40000000, 0, &output );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( output.Eax == 0x40000001 && output.Ebx == 0x11111111 && output.Ecx == 0x22222222 &&
        output.Edx == 0x33333333, "%#x %#x %#x %#x\n", output.Eax, output.Ebx, output.Ecx, output.Edx );
    if (winetest_platform_is_wine)
    {
        hr = WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, 0, 0, NULL );
        ok( hr == E_POINTER, "no output: %#lx\n", hr );
    }
    hr = WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, 1, 0, &output );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( output.Ebx >> 24 == 0, "APIC id %u\n", output.Ebx >> 24 );
    WHvDeletePartition( vm.partition );
}

static void test_unknown( void )
{
    static const UINT32 unknown[] = { 0, 0x00ff, 0x1000, 0x10ff, 0x1ffe, 0x2000, 0x80000000, 0xffffffff };
    BYTE buffer[64] = { 0 };
    struct vm vm = { 0 };
    UINT32 i, written;
    HRESULT hr;

    hr = WHvCreatePartition( &vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );
    for (i = 0; i < ARRAY_COUNT(unknown); i++)
    {
        hr = WHvGetPartitionProperty( vm.partition, unknown[i], buffer, sizeof(buffer), &written );
        ok( hr == WHV_E_UNKNOWN_PROPERTY, "get %#x: %#lx\n", unknown[i], hr );
        hr = WHvSetPartitionProperty( vm.partition, unknown[i], buffer, sizeof(buffer) );
        ok( hr == WHV_E_UNKNOWN_PROPERTY, "set %#x: %#lx\n", unknown[i], hr );
    }
    WHvDeletePartition( vm.partition );
}

START_TEST(property)
{
    if (!vm_present()) return;
    test_sizes( FALSE );
    test_sizes( TRUE );
    test_values();
    test_unknown();
}
