/*
 * Conformance: loading the DLLs
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

#include "wine/test.h"

static const char *const platform_exports[] =
{
    "WHvAcceptPartitionMigration", "WHvAdviseGpaRange", "WHvAllocateVpciResource", "WHvCancelPartitionMigration",
    "WHvCancelRunVirtualProcessor", "WHvCompletePartitionMigration", "WHvCreateNotificationPort",
    "WHvCreatePartition", "WHvCreateTrigger", "WHvCreateVirtualProcessor", "WHvCreateVirtualProcessor2",
    "WHvCreateVpciDevice", "WHvDeleteNotificationPort", "WHvDeletePartition", "WHvDeleteTrigger",
    "WHvDeleteVirtualProcessor", "WHvDeleteVpciDevice", "WHvGetCapability", "WHvGetInterruptTargetVpSet",
    "WHvGetPartitionCounters", "WHvGetPartitionProperty", "WHvGetVirtualProcessorCounters",
    "WHvGetVirtualProcessorCpuidOutput", "WHvGetVirtualProcessorInterruptControllerState",
    "WHvGetVirtualProcessorInterruptControllerState2", "WHvGetVirtualProcessorRegisters",
    "WHvGetVirtualProcessorState", "WHvGetVirtualProcessorXsaveState", "WHvGetVpciDeviceInterruptTarget",
    "WHvGetVpciDeviceNotification", "WHvGetVpciDeviceProperty", "WHvMapGpaRange", "WHvMapGpaRange2",
    "WHvMapVpciDeviceInterrupt", "WHvMapVpciDeviceMmioRanges", "WHvPostVirtualProcessorSynicMessage",
    "WHvQueryGpaRangeDirtyBitmap", "WHvReadGpaRange", "WHvReadVpciDeviceRegister",
    "WHvRegisterPartitionDoorbellEvent", "WHvRequestInterrupt", "WHvRequestVpciDeviceInterrupt",
    "WHvResetPartition", "WHvResumePartitionTime", "WHvRetargetVpciDeviceInterrupt", "WHvRunVirtualProcessor",
    "WHvSetNotificationPortProperty", "WHvSetPartitionProperty", "WHvSetVirtualProcessorInterruptControllerState",
    "WHvSetVirtualProcessorInterruptControllerState2", "WHvSetVirtualProcessorRegisters",
    "WHvSetVirtualProcessorState", "WHvSetVirtualProcessorXsaveState", "WHvSetVpciDevicePowerState",
    "WHvSetupPartition", "WHvSignalVirtualProcessorSynicEvent", "WHvStartPartitionMigration",
    "WHvSuspendPartitionTime", "WHvTranslateGva", "WHvUnmapGpaRange", "WHvUnmapVpciDeviceInterrupt",
    "WHvUnmapVpciDeviceMmioRanges", "WHvUnregisterPartitionDoorbellEvent", "WHvUpdateTriggerParameters",
    "WHvWriteGpaRange", "WHvWriteVpciDeviceRegister",
};

static const char *const emulation_exports[] =
{
    "WHvEmulatorCreateEmulator", "WHvEmulatorDestroyEmulator", "WHvEmulatorTryIoEmulation",
    "WHvEmulatorTryMmioEmulation",
};

static void test_names( void )
{
    static const char *const names[] =
    {
        "WinHvPlatform.dll", "winhvplatform.dll", "WINHVPLATFORM.DLL", "WinHvPlatform", "winhvplatform",
        "WinHvEmulation.dll", "winhvemulation.dll", "WINHVEMULATION.DLL", "WinHvEmulation",
    };
    HMODULE module, again;
    UINT32 i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    {
        module = LoadLibraryA( names[i] );
        ok( module != NULL, "%s: error %lu\n", names[i], GetLastError() );
        if (!module) continue;
        again = LoadLibraryA( i < 5 ? "winhvplatform.dll" : "winhvemulation.dll" );
        ok( again == module, "%s: %p, then %p\n", names[i], module, again );
        FreeLibrary( again );
        FreeLibrary( module );
    }
}

static void test_exports( const char *dll, const char *const *names, UINT32 count )
{
    HMODULE module = LoadLibraryA( dll );
    UINT32 i;

    ok( module != NULL, "%s: error %lu\n", dll, GetLastError() );
    if (!module) return;
    for (i = 0; i < count; i++)
    {
        void *func = (void *)GetProcAddress( module, names[i] );

        /* older versions have fewer */
        ok( func != NULL || broken( !func ), "%s is missing\n", names[i] );
    }
    ok( !GetProcAddress( module, "WHvTranslateGva2" ), "WHvTranslateGva2 is exported\n" );
    FreeLibrary( module );
}

/* Some clients look at the version before they call anything. Read without version.dll, whose functions not all Wine
 * versions let work on a builtin: the fixed part is found by its signature. */
static void test_version( const char *dll )
{
    HMODULE module = LoadLibraryA( dll );
    const UINT32 *fixed;
    HRSRC resource;
    UINT32 i, size;

    if (!module) return;
    /* type RT_VERSION, whose header is not wanted here */
    resource = FindResourceA( module, (const char *)1, (const char *)16 );
    ok( resource != NULL, "%s has no version\n", dll );
    if (resource)
    {
        fixed = LockResource( LoadResource( module, resource ) );
        size = SizeofResource( module, resource ) / sizeof(*fixed);
        for (i = 0; i + 4 < size; i++) if (fixed[i] == 0xfeef04bd) break;
        ok( i + 4 < size, "%s: no fixed part\n", dll );
        if (i + 4 < size)
        {
            UINT32 ms = fixed[i + 2], ls = fixed[i + 3];

            ok( ms == 0x000a0000, "%s: version %u.%u\n", dll, ms >> 16, ms & 0xffff );
            ok( ls >> 16 >= 19041 || broken( ls >> 16 >= 17134 ), "%s: build %u\n", dll, ls >> 16 );
        }
    }
    FreeLibrary( module );
}

/* Loaded and unloaded again and again, with a call or without */
static void test_reload( void )
{
    HRESULT (WINAPI *get_capability)( UINT32 code, void *buffer, UINT32 size, UINT32 *written );
    HMODULE module;
    BOOL present;
    HRESULT hr;
    UINT32 i;

    for (i = 0; i < 5; i++)
    {
        module = LoadLibraryA( "winhvplatform.dll" );
        if (!module) break;
        get_capability = (void *)GetProcAddress( module, "WHvGetCapability" );
        hr = get_capability( 0, &present, sizeof(present), NULL );
        ok( hr == S_OK, "%#lx\n", hr );
        FreeLibrary( module );
    }
    ok( i == 5, "loaded %u times\n", i );
}

START_TEST(load)
{
    test_names();
    test_exports( "winhvplatform.dll", platform_exports, sizeof(platform_exports) / sizeof(platform_exports[0]) );
    test_exports( "winhvemulation.dll", emulation_exports, sizeof(emulation_exports) / sizeof(emulation_exports[0]) );
    test_version( "winhvplatform.dll" );
    test_version( "winhvemulation.dll" );
    test_reload();
}
