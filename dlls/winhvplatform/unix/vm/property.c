/*
 * Partition properties
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
#include <stdlib.h>
#include <string.h>

#include "host/array.h"
#include "host/errors.h"
#include "host/host.h"
#include "host/hyperv_probe_x86.h"
#include "host/probe.h"
#include "vm/property.h"

/* Each may take two places in KVM's MSR filter, beside those of X64MsrExitBitmap. */
#define MAX_MSR_ACTIONS 120
/* Clocks beyond these are slips of the pen: KVM counts kHz in 31 bits. */
#define MIN_CLOCK       1000000ull
/* KVM's clock is a signed number of nanoseconds: 146 years are enough. */
#define MAX_REFERENCE   (0x7fffffffffffffffull / 200)
#define MAX_CLOCK       (0x7fffffffull * 1000)

enum
{
    LATE   = 1,                 /* may be set after WHvSetupPartition too */
    IS_BOOL = 2,                /* anything but 0 is TRUE */
};

/* ---- validators ---- */

/* value is what the caller wants to set, fetched already. */
typedef HRESULT (*check_func)( const struct host *host, UINT64 value );

static HRESULT allow_bits( UINT64 value, UINT64 offered )
{
    return value & ~offered ? E_INVALIDARG : S_OK;
}

static HRESULT check_extended_exits( const struct host *host, UINT64 value )
{
    WHV_CAPABILITY_FEATURES features = { .AsUINT64 = host->features };
    WHV_EXTENDED_VM_EXITS ignored = { 0 };

    /* KVM delivers INIT and SIPI by itself and tells nobody: the capability does not offer their trap. QEMU up to 10
     * sets it unseen together with the APIC, gives up if it can't, and at a trap does no more than to send the same
     * again: for it a trap that never comes is as good. */
    ignored.X64ApicInitSipiExitTrap = features.LocalApicEmulation;
    return allow_bits( value, host->extended_exits | ignored.AsUINT64 );
}

static HRESULT check_exception_exits( const struct host *host, UINT64 value )
{
    return allow_bits( value, host->exception_exits );
}

static HRESULT check_msr_exits( const struct host *host, UINT64 value )
{
    return allow_bits( value, host->msr_exits );
}

/* What this platform hasn't got: only its being off can be asked for. Clients take the error as "no such property". */
static HRESULT check_absent( const struct host *host, UINT64 value )
{
    (void)host;
    return value ? WHV_E_UNKNOWN_PROPERTY : S_OK;
}

/* The property is known, for OpenVMM asks by setting it to FALSE; what it takes is not there. */
static HRESULT check_nested( const struct host *host, UINT64 value )
{
    (void)host;
    return value ? WHV_E_UNSUPPORTED_HYPERVISOR_CONFIG : S_OK;
}

/* A node that there is, and no more: where memory comes from is KVM's business. */
static HRESULT check_numa_node( const struct host *host, UINT64 value )
{
    return value < 64 && (host->numa_nodes >> value & 1) ? S_OK : E_INVALIDARG;
}

/* Flushing in smaller steps than needed works, in larger ones does not. */
static HRESULT check_clflush_size( const struct host *host, UINT64 value )
{
    return value && value <= host->clflush_size && !(value & (value - 1)) ? S_OK : E_INVALIDARG;
}

static HRESULT check_apic_mode( const struct host *host, UINT64 value )
{
    WHV_CAPABILITY_FEATURES features = { .AsUINT64 = host->features };

    if (value > WHvX64LocalApicEmulationModeX2Apic) return E_INVALIDARG;
    return value && !features.LocalApicEmulation ? WHV_E_UNKNOWN_PROPERTY : S_OK;
}

static HRESULT check_processor_clock( const struct host *host, UINT64 value )
{
    if (value == host->processor_clock) return S_OK;
    if (!host->tsc_control) return WHV_E_UNKNOWN_PROPERTY;
    return value >= MIN_CLOCK && value <= MAX_CLOCK ? S_OK : E_INVALIDARG;
}

static HRESULT check_interrupt_clock( const struct host *host, UINT64 value )
{
    if (value == host->interrupt_clock) return S_OK;
    if (!host->apic_bus_clock) return WHV_E_UNKNOWN_PROPERTY;
    /* KVM counts whole nanoseconds */
    return value >= MIN_CLOCK && value <= 1000000000 && !(1000000000 % value) ? S_OK : E_INVALIDARG;
}

static HRESULT check_reference_time( const struct host *host, UINT64 value )
{
    (void)host;
    return value <= MAX_REFERENCE ? S_OK : E_INVALIDARG;
}

static HRESULT check_msr_action( const struct host *host, UINT64 value )
{
    if (value > WHvMsrActionExit) return E_INVALIDARG;
    return value && !host->user_msr_exits ? WHV_E_UNKNOWN_PROPERTY : S_OK;
}

static HRESULT check_phys_bits( const struct host *host, UINT64 value )
{
    return value >= 32 && value <= host->phys_bits ? S_OK : E_INVALIDARG;
}

static HRESULT check_processor_count( const struct host *host, UINT64 value )
{
    return value && value <= host->max_vps ? S_OK : E_INVALIDARG;
}

/* ---- scalars ---- */

/* Those without a check take any value; feature bits are looked at by WHvSetupPartition. */
static const struct scalar
{
    UINT32     code;
    UINT16     offset, size;
    UINT32     flags;
    check_func check;
}
scalars[] =
{
#define FIELD(name) offsetof( struct properties, name ), sizeof(((struct properties *)0)->name)
    { WHvPartitionPropertyCodeExtendedVmExits,         FIELD( extended_exits ),           LATE, check_extended_exits },
    { WHvPartitionPropertyCodeExceptionExitBitmap,     FIELD( exception_exits ),          LATE, check_exception_exits },
    /* KVM itself keeps vms from steering each other's branch predictions (IBPB): no domain is ever shared */
    { WHvPartitionPropertyCodeSeparateSecurityDomain,  FIELD( separate_security_domain ), IS_BOOL, NULL },
    { WHvPartitionPropertyCodeNestedVirtualization,    FIELD( nested_virtualization ),    IS_BOOL, check_nested },
    { WHvPartitionPropertyCodeX64MsrExitBitmap,        FIELD( msr_exits ),                LATE, check_msr_exits },
    { WHvPartitionPropertyCodePrimaryNumaNode,         FIELD( primary_numa_node ),        0, check_numa_node },
    { WHvPartitionPropertyCodeCpuReserve,              FIELD( cpu_reserve ),              0, check_absent },
    { WHvPartitionPropertyCodeCpuCap,                  FIELD( cpu_cap ),                  0, check_absent },
    { WHvPartitionPropertyCodeCpuWeight,               FIELD( cpu_weight ),               0, check_absent },
    { WHvPartitionPropertyCodeCpuGroupId,              FIELD( cpu_group ),                0, check_absent },
    { WHvPartitionPropertyCodeProcessorFrequencyCap,   FIELD( frequency_cap ),            0, check_absent },
    { WHvPartitionPropertyCodeAllowDeviceAssignment,   FIELD( allow_device_assignment ),  IS_BOOL, check_absent },
    { WHvPartitionPropertyCodeDisableSmt,              FIELD( disable_smt ),              IS_BOOL, check_absent },
    { WHvPartitionPropertyCodeProcessorFeatures,       FIELD( banks.AsUINT64[0] ),        0, NULL },
    { WHvPartitionPropertyCodeProcessorClFlushSize,    FIELD( clflush_size ),             0, check_clflush_size },
    { WHvPartitionPropertyCodeLocalApicEmulationMode,  FIELD( apic_mode ),                0, check_apic_mode },
    { WHvPartitionPropertyCodeProcessorXsaveFeatures,  FIELD( xsave_features ),           0, NULL },
    { WHvPartitionPropertyCodeProcessorClockFrequency, FIELD( processor_clock ),          0, check_processor_clock },
    { WHvPartitionPropertyCodeInterruptClockFrequency, FIELD( interrupt_clock ),          0, check_interrupt_clock },
    { WHvPartitionPropertyCodeApicRemoteReadSupport,   FIELD( apic_remote_read ),         IS_BOOL, check_absent },
    { WHvPartitionPropertyCodeReferenceTime,           FIELD( reference_time ),           LATE, check_reference_time },
    { WHvPartitionPropertyCodeProcessorPerfmonFeatures, FIELD( perfmon_features ),         0, check_absent },
    { WHvPartitionPropertyCodeUnimplementedMsrAction,  FIELD( unimplemented_msr_action ), 0, check_msr_action },
    { WHvPartitionPropertyCodePhysicalAddressWidth,    FIELD( phys_bits ),                0, check_phys_bits },
    { WHvPartitionPropertyCodeProcessorCount,          FIELD( processor_count ),          0, check_processor_count },
#undef FIELD
};

static HRESULT set_scalar( struct properties *props, const struct scalar *row, const void *buffer, UINT32 size )
{
    UINT64 value = 0, exits = props->extended_exits;
    const struct host *host;
    UINT32 flag;
    HRESULT hr;

    if (size < row->size) return E_INVALIDARG;
    if (!buffer) return E_POINTER;
    memcpy( &value, buffer, row->size );
    if (!(host = host_get( &hr ))) return hr;
    if (row->check && FAILED(hr = row->check( host, value ))) return hr;

    if (row->flags & IS_BOOL)
    {
        flag = !!value;
        memcpy( (char *)props + row->offset, &flag, sizeof(flag) );
    }
    else memcpy( (char *)props + row->offset, &value, row->size );
    if ((exits ^ props->extended_exits) & X64_CPUID_EXIT) props->cpuid_edition++;
    return S_OK;
}

/* ---- banks ---- */

static HRESULT set_banks( struct properties *props, const void *buffer, UINT32 size )
{
    WHV_PROCESSOR_FEATURES_BANKS banks;

    if (size < sizeof(banks)) return E_INVALIDARG;
    if (!buffer) return E_POINTER;
    memcpy( &banks, buffer, sizeof(banks) );
    if (banks.BanksCount != WHV_PROCESSOR_FEATURES_BANKS_COUNT) return E_INVALIDARG;
    memcpy( props->banks.AsUINT64, banks.AsUINT64, sizeof(banks.AsUINT64) );
    return S_OK;
}

static void get_banks( const struct properties *props, void *value )
{
    memcpy( value, &props->banks, sizeof(props->banks) );
}

static HRESULT set_synthetic_banks( struct properties *props, const void *buffer, UINT32 size )
{
    WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS banks;

    if (size < sizeof(banks)) return E_INVALIDARG;
    if (!buffer) return E_POINTER;
    memcpy( &banks, buffer, sizeof(banks) );
    if (banks.BanksCount != WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS_COUNT) return E_INVALIDARG;
    props->synthetic_features = banks.AsUINT64[0];
    return S_OK;
}

static void get_synthetic_banks( const struct properties *props, void *value )
{
    WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS banks = { .BanksCount = WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS_COUNT };

    banks.AsUINT64[0] = props->synthetic_features;
    memcpy( value, &banks, sizeof(banks) );
}

static const struct banks
{
    UINT32  code, size;
    HRESULT (*set)( struct properties *props, const void *buffer, UINT32 size );
    void    (*get)( const struct properties *props, void *value );
}
bank_rows[] =
{
    { WHvPartitionPropertyCodeProcessorFeaturesBanks, sizeof(WHV_PROCESSOR_FEATURES_BANKS), set_banks, get_banks },
    { WHvPartitionPropertyCodeSyntheticProcessorFeaturesBanks, sizeof(WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS),
      set_synthetic_banks, get_synthetic_banks },
};

/* ---- lists ---- */

static HRESULT check_results2( const struct host *host, const void *list, UINT32 count )
{
    const WHV_X64_CPUID_RESULT2 *results = list;
    UINT32 i;

    (void)host;
    for (i = 0; i < count; i++)
        if ((UINT32)results[i].Flags & ~(UINT32)(WHvX64CpuidResult2FlagSubleafSpecific |
                                                 WHvX64CpuidResult2FlagVpSpecific)) return E_INVALIDARG;
    return S_OK;
}

static HRESULT check_msr_actions( const struct host *host, const void *list, UINT32 count )
{
    const WHV_MSR_ACTION_ENTRY *actions = list;
    UINT32 i;

    if (count > MAX_MSR_ACTIONS) return E_INVALIDARG;
    for (i = 0; i < count; i++)
    {
        if (actions[i].ReadAction > WHvMsrActionExit || actions[i].WriteAction > WHvMsrActionExit ||
            actions[i].Reserved) return E_INVALIDARG;
        if ((actions[i].ReadAction || actions[i].WriteAction) && !host->msr_filter) return WHV_E_UNKNOWN_PROPERTY;
    }
    return S_OK;
}

/* All are write-only. */
static const struct list
{
    UINT32  code;
    UINT16  element;            /* bytes */
    UINT16  pointer, count;     /* offsets of the fields */
    UINT32  flags;
    HRESULT (*check)( const struct host *host, const void *list, UINT32 count );
}
lists[] =
{
#define LIST(list, count) \
    sizeof(*((struct properties *)0)->list), offsetof( struct properties, list ), offsetof( struct properties, count )
    { WHvPartitionPropertyCodeCpuidExitList,    LIST( cpuid_exits, cpuid_exit_count ),      LATE, NULL },
    { WHvPartitionPropertyCodeCpuidResultList,  LIST( cpuid_results, cpuid_result_count ),  0, NULL },
    { WHvPartitionPropertyCodeCpuidResultList2, LIST( cpuid_results2, cpuid_result2_count ), 0, check_results2 },
    { WHvPartitionPropertyCodeMsrActionList,    LIST( msr_actions, msr_action_count ),      0, check_msr_actions },
#undef LIST
};

static HRESULT set_list( struct properties *props, const struct list *row, const void *buffer, UINT32 size )
{
    UINT32 count = size / row->element, old_count;
    const struct host *host;
    void *copy = NULL, *old;
    HRESULT hr;

    if (size % row->element) return E_INVALIDARG;
    if (size && !buffer) return E_POINTER;
    if (!(host = host_get( &hr ))) return hr;
    if (size)
    {
        if (!(copy = malloc( size ))) return E_OUTOFMEMORY;
        memcpy( copy, buffer, size );
        if (row->check && FAILED(hr = row->check( host, copy, count )))
        {
            free( copy );
            return hr;
        }
    }
    memcpy( &old, (char *)props + row->pointer, sizeof(old) );
    memcpy( &old_count, (char *)props + row->count, sizeof(old_count) );
    memcpy( (char *)props + row->pointer, &copy, sizeof(copy) );
    memcpy( (char *)props + row->count, &count, sizeof(count) );
    if (row->code == WHvPartitionPropertyCodeCpuidExitList)
    {
        /* clients set the same again */
        if (!props->cpuid_exit_list_set || count != old_count || (size && memcmp( old, copy, size )))
            props->cpuid_edition++;
        props->cpuid_exit_list_set = TRUE;
    }
    free( old );
    return S_OK;
}

/* ---- all of them ---- */

static const struct scalar *find_scalar( UINT32 code )
{
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE(scalars); i++) if (scalars[i].code == code) return &scalars[i];
    return NULL;
}

static const struct banks *find_banks( UINT32 code )
{
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE(bank_rows); i++) if (bank_rows[i].code == code) return &bank_rows[i];
    return NULL;
}

static const struct list *find_list( UINT32 code )
{
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE(lists); i++) if (lists[i].code == code) return &lists[i];
    return NULL;
}

HRESULT properties_init( struct properties *props )
{
    const struct host *host;
    HRESULT hr;

    memset( props, 0, sizeof(*props) );
    if (!(host = host_get( &hr ))) return hr;

    /* what X64MsrExit alone gives on Windows: MSRs that would fault */
    props->msr_exits = host->msr_exits & 1;
    props->banks.BanksCount = WHV_PROCESSOR_FEATURES_BANKS_COUNT;
    memcpy( props->banks.AsUINT64, host->feature_banks, sizeof(host->feature_banks) );
    props->xsave_features = host->xsave_features;
    props->clflush_size = host->clflush_size;
    props->processor_clock = host->processor_clock;
    props->interrupt_clock = host->interrupt_clock;
    props->phys_bits = host->phys_bits;
    return S_OK;
}

void properties_free( struct properties *props )
{
    free( props->cpuid_exits );
    free( props->cpuid_results );
    free( props->cpuid_results2 );
    free( props->msr_actions );
    memset( props, 0, sizeof(*props) );
}

HRESULT property_set( struct properties *props, BOOL set_up, WHV_PARTITION_PROPERTY_CODE code,
                      const void *buffer, UINT32 size )
{
    const struct scalar *scalar = find_scalar( code );
    const struct banks *banks = find_banks( code );
    const struct list *list = find_list( code );
    UINT32 flags = scalar ? scalar->flags : list ? list->flags : 0;

    if (!scalar && !banks && !list) return WHV_E_UNKNOWN_PROPERTY;
    if (set_up && !(flags & LATE)) return E_INVALIDARG;
    if (scalar) return set_scalar( props, scalar, buffer, size );
    if (banks) return banks->set( props, buffer, size );
    return set_list( props, list, buffer, size );
}

HRESULT property_get( const struct properties *props, WHV_PARTITION_PROPERTY_CODE code,
                      void *buffer, UINT32 size, UINT32 *written )
{
    const struct scalar *scalar = find_scalar( code );
    const struct banks *banks = find_banks( code );
    UINT64 value[sizeof(WHV_PARTITION_PROPERTY) / sizeof(UINT64)] = { 0 };
    UINT32 needed;

    if (scalar)
    {
        needed = scalar->size;
        memcpy( value, (const char *)props + scalar->offset, needed );
    }
    else if (banks)
    {
        needed = banks->size;
        banks->get( props, value );
    }
    else return find_list( code ) ? HRESULT_FROM_WIN32_NOT_SUPPORTED : WHV_E_UNKNOWN_PROPERTY;

    if (written) *written = needed;
    if (size < needed) return WHV_E_INSUFFICIENT_BUFFER;
    if (!buffer) return E_POINTER;
    memcpy( buffer, value, needed );
    return S_OK;
}

HRESULT properties_check( const struct properties *props )
{
    const struct host *host;
    HRESULT hr;

    if (!(host = host_get( &hr ))) return hr;
    if (!props->processor_count) return WHV_E_INVALID_PARTITION_CONFIG;
    if ((props->banks.AsUINT64[0] & ~host->feature_banks[0]) || (props->banks.AsUINT64[1] & ~host->feature_banks[1]) ||
        hyperv_not_offered( host, props->synthetic_features )) return ERROR_HV_CPUID_FEATURE_VALIDATION;
    if (props->xsave_features & ~host->xsave_features) return ERROR_HV_CPUID_XSAVE_FEATURE_VALIDATION;
    return S_OK;
}

HRESULT property_check_vp( const WHV_VIRTUAL_PROCESSOR_PROPERTY *property )
{
    const struct host *host;
    HRESULT hr;

    if (property->PropertyCode != WHvVirtualProcessorPropertyCodeNumaNode) return E_INVALIDARG;
    if (!(host = host_get( &hr ))) return hr;
    return check_numa_node( host, property->NumaNode );
}
