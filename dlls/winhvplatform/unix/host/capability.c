/*
 * Host capabilities
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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <stddef.h>
#include <string.h>

#include "host/array.h"
#include "host/capability.h"
#include "host/host.h"
#include "host/hyperv_probe_x86.h"
#include "host/probe.h"

/* WHV_ADVISE_GPA_RANGE_POPULATE_FLAGS that WHvAdviseGpaRange takes */
#define POPULATE_FLAGS              0x3

static void get_present( const struct host *host, WHV_CAPABILITY *value )
{
    value->HypervisorPresent = !!host;
}

static void get_populate_flags( const struct host *host, WHV_CAPABILITY *value )
{
    (void)host;
    value->GpaRangePopulateFlags.AsUINT32 = POPULATE_FLAGS;
}

static void get_banks( const struct host *host, WHV_CAPABILITY *value )
{
    value->ProcessorFeaturesBanks.BanksCount = WHV_PROCESSOR_FEATURES_BANKS_COUNT;
    memcpy( value->ProcessorFeaturesBanks.AsUINT64, host->feature_banks, sizeof(host->feature_banks) );
}

static void get_synthetic_banks( const struct host *host, WHV_CAPABILITY *value )
{
    value->SyntheticProcessorFeaturesBanks.BanksCount = WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS_COUNT;
    value->SyntheticProcessorFeaturesBanks.AsUINT64[0] = host->synthetic_features;
}

/* Linux' scheduler and cpufreq are not ours to steer. */
static void get_nothing( const struct host *host, WHV_CAPABILITY *value )
{
    (void)host;
    (void)value;
}

static const struct
{
    UINT32 code, size;
    UINT32 offset;              /* in struct host, if there is no function */
    void (*get)( const struct host *host, WHV_CAPABILITY *value );
}
capabilities[] =
{
#define FIELD(name) sizeof(((struct host *)0)->name), offsetof( struct host, name ), NULL
    { WHvCapabilityCodeHypervisorPresent,               4,  0, get_present },
    { WHvCapabilityCodeFeatures,                        FIELD( features ) },
    { WHvCapabilityCodeExtendedVmExits,                 FIELD( extended_exits ) },
    { WHvCapabilityCodeExceptionExitBitmap,             FIELD( exception_exits ) },
    { WHvCapabilityCodeX64MsrExitBitmap,                FIELD( msr_exits ) },
    { WHvCapabilityCodeGpaRangePopulateFlags,           4,  0, get_populate_flags },
    { WHvCapabilityCodeSchedulerFeatures,               8,  0, get_nothing },
    { WHvCapabilityCodeProcessorVendor,                 FIELD( vendor ) },
    { WHvCapabilityCodeProcessorFeatures,               FIELD( feature_banks[0] ) },
    { WHvCapabilityCodeProcessorClFlushSize,            FIELD( clflush_size ) },
    { WHvCapabilityCodeProcessorXsaveFeatures,          FIELD( xsave_features ) },
    { WHvCapabilityCodeProcessorClockFrequency,         FIELD( processor_clock ) },
    { WHvCapabilityCodeInterruptClockFrequency,         FIELD( interrupt_clock ) },
    { WHvCapabilityCodeProcessorFeaturesBanks,          24, 0, get_banks },
    { WHvCapabilityCodeProcessorFrequencyCap,           20, 0, get_nothing },
    { WHvCapabilityCodeSyntheticProcessorFeaturesBanks, 16, 0, get_synthetic_banks },
    { WHvCapabilityCodeProcessorPerfmonFeatures,        FIELD( perfmon_features ) },
    { WHvCapabilityCodePhysicalAddressWidth,            FIELD( phys_bits ) },
#undef FIELD
    /* Unknown here, which clients take for "not there": WHvCapabilityCodeVmxBasic to VmxTrueEntryCtls (no nested
     * virtualization). */
};

HRESULT capability_get( WHV_CAPABILITY_CODE code, void *buffer, UINT32 size, UINT32 *written )
{
    const struct host *host;
    WHV_CAPABILITY value;
    HRESULT hr;
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE(capabilities); i++) if (capabilities[i].code == (UINT32)code) break;
    if (i == ARRAY_SIZE(capabilities)) return WHV_E_UNKNOWN_CAPABILITY;

    host = host_get( &hr );
    if (!host && (code != WHvCapabilityCodeHypervisorPresent || hr != ERROR_HV_NOT_PRESENT)) return hr;
    /* By this one clients (QEMU 11) tell whether the platform is new enough to have all synthetic processor features
     * of Windows Server 2022, and ask for them then; there are no counters on either. */
    if (code == WHvCapabilityCodeProcessorPerfmonFeatures && !hyperv_is_modern( host )) return WHV_E_UNKNOWN_CAPABILITY;

    memset( &value, 0, sizeof(value) );
    if (capabilities[i].get) capabilities[i].get( host, &value );
    else memcpy( &value, (const char *)host + capabilities[i].offset, capabilities[i].size );

    if (written) *written = capabilities[i].size;
    if (size < capabilities[i].size) return WHV_E_INSUFFICIENT_BUFFER;
    if (!buffer) return E_POINTER;
    memcpy( buffer, &value, capabilities[i].size );
    return S_OK;
}
