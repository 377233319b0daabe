/*
 * Conformance: capabilities
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

static const struct
{
    UINT32      code, size;
    const char *name;
    BOOL        optional;       /* newer than build 19041 */
}
codes[] =
{
    { 0x0000, 4,  "HypervisorPresent", FALSE },
    { 0x0001, 8,  "Features", FALSE },
    { 0x0002, 8,  "ExtendedVmExits", FALSE },
    { 0x0003, 8,  "ExceptionExitBitmap", FALSE },
    { 0x0004, 8,  "X64MsrExitBitmap", FALSE },
    { 0x0005, 4,  "GpaRangePopulateFlags", TRUE },
    { 0x0006, 8,  "SchedulerFeatures", TRUE },
    { 0x1000, 4,  "ProcessorVendor", FALSE },
    { 0x1001, 8,  "ProcessorFeatures", FALSE },
    { 0x1002, 1,  "ProcessorClFlushSize", FALSE },
    { 0x1003, 8,  "ProcessorXsaveFeatures", FALSE },
    { 0x1004, 8,  "ProcessorClockFrequency", FALSE },
    { 0x1005, 8,  "InterruptClockFrequency", FALSE },
    { 0x1006, 24, "ProcessorFeaturesBanks", FALSE },
    { 0x1007, 20, "ProcessorFrequencyCap", TRUE },
    { 0x1008, 16, "SyntheticProcessorFeaturesBanks", TRUE },
    { 0x1009, 8,  "ProcessorPerfmonFeatures", TRUE },
    { 0x100a, 4,  "PhysicalAddressWidth", TRUE },
};

static void test_sizes( void )
{
    BYTE buffer[64];
    UINT32 i, j, written;
    HRESULT hr;

    for (i = 0; i < ARRAY_COUNT(codes); i++)
    {
        winetest_push_context( "%s", codes[i].name );
        memset( buffer, 0xcc, sizeof(buffer) );
        written = 0xdeadbeef;
        hr = WHvGetCapability( codes[i].code, buffer, sizeof(buffer), &written );
        ok( hr == S_OK || (hr == WHV_E_UNKNOWN_CAPABILITY && codes[i].optional), "%#lx\n", hr );
        if (hr == S_OK)
        {
            ok( written == codes[i].size, "%u bytes\n", written );
            for (j = codes[i].size; j < sizeof(buffer); j++) if (buffer[j] != 0xcc) break;
            ok( j == sizeof(buffer), "byte %u is written\n", j );

            hr = WHvGetCapability( codes[i].code, buffer, codes[i].size, NULL );
            ok( hr == S_OK, "exact size, no written: %#lx\n", hr );

            memset( buffer, 0xcc, sizeof(buffer) );
            written = 0xdeadbeef;
            hr = WHvGetCapability( codes[i].code, buffer, codes[i].size - 1, &written );
            ok( hr == WHV_E_INSUFFICIENT_BUFFER, "too small: %#lx\n", hr );
            ok( written == codes[i].size || broken( written != codes[i].size ), "%u bytes needed\n", written );
            for (j = 0; j < sizeof(buffer); j++) if (buffer[j] != 0xcc) break;
            ok( j == sizeof(buffer), "byte %u is written\n", j );

            if (winetest_platform_is_wine)
            {
                hr = WHvGetCapability( codes[i].code, NULL, sizeof(buffer), &written );
                ok( hr == E_POINTER, "no buffer: %#lx\n", hr );
                hr = WHvGetCapability( codes[i].code, NULL, 0, &written );
                ok( hr == WHV_E_INSUFFICIENT_BUFFER, "only size: %#lx\n", hr );
                ok( written == codes[i].size, "%u bytes needed\n", written );
            }
        }
        winetest_pop_context();
    }
}

static void test_values( void )
{
    WHV_CAPABILITY capability;
    UINT64 banks[3], features;
    UINT32 written;
    HRESULT hr;

    memset( &capability, 0, sizeof(capability) );
    hr = WHvGetCapability( WHvCapabilityCodeFeatures, &capability, sizeof(capability), &written );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( capability.Features.PartialUnmap, "no partial unmap\n" );
    ok( capability.Features.Xsave, "no XSAVE functions\n" );
    ok( capability.Features.DirtyPageTracking, "no dirty pages\n" );
    trace( "features %#llx\n", capability.Features.AsUINT64 );

    hr = WHvGetCapability( WHvCapabilityCodeExtendedVmExits, &capability, sizeof(capability), &written );
    ok( hr == S_OK, "%#lx\n", hr );
    trace( "extended exits %#llx\n", capability.ExtendedVmExits.AsUINT64 );
    hr = WHvGetCapability( WHvCapabilityCodeExceptionExitBitmap, &capability, sizeof(capability), &written );
    ok( hr == S_OK, "%#lx\n", hr );
    trace( "exception exits %#llx\n", capability.ExceptionExitBitmap );

    hr = WHvGetCapability( WHvCapabilityCodeProcessorVendor, &capability, sizeof(capability), &written );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( capability.ProcessorVendor <= 2, "vendor %u\n", capability.ProcessorVendor );

    hr = WHvGetCapability( WHvCapabilityCodeProcessorClFlushSize, &capability, sizeof(capability), &written );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( capability.ProcessorClFlushSize == 8, "clflush size %u\n", capability.ProcessorClFlushSize );

    hr = WHvGetCapability( WHvCapabilityCodeProcessorFeatures, &features, sizeof(features), &written );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( features != 0, "no features\n" );
    memset( banks, 0, sizeof(banks) );
    hr = WHvGetCapability( WHvCapabilityCodeProcessorFeaturesBanks, banks, sizeof(banks), &written );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( banks[0] == 2 || broken( banks[0] != 2 ), "%llu banks\n", banks[0] );
    ok( banks[1] == features, "bank 0 is %#llx, features %#llx\n", banks[1], features );

    hr = WHvGetCapability( WHvCapabilityCodeProcessorClockFrequency, &capability, sizeof(capability), &written );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( capability.ProcessorClockFrequency > 100000000, "%llu Hz\n", capability.ProcessorClockFrequency );
}

static void test_unknown( void )
{
    static const UINT32 unknown[] = { 0x0007, 0x0fff, 0x10ff, 0x3000, 0x7fffffff, 0x80000000, 0xffffffff };
    BYTE buffer[64];
    UINT32 i, written;
    HRESULT hr;

    for (i = 0; i < ARRAY_COUNT(unknown); i++)
    {
        memset( buffer, 0xcc, sizeof(buffer) );
        hr = WHvGetCapability( unknown[i], buffer, sizeof(buffer), &written );
        ok( hr == WHV_E_UNKNOWN_CAPABILITY, "code %#x: %#lx\n", unknown[i], hr );
        ok( buffer[0] == 0xcc, "code %#x: written\n", unknown[i] );
    }
}

START_TEST(capability)
{
    BOOL present = 0xcc;
    UINT32 written = 0;
    HRESULT hr;

    hr = WHvGetCapability( WHvCapabilityCodeHypervisorPresent, &present, sizeof(present), &written );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( written == sizeof(present), "%u bytes\n", written );
    ok( present == TRUE || present == FALSE, "present %d\n", present );
    test_unknown();
    if (!vm_present()) return;
    test_sizes();
    test_values();
}
