/*
 * Conformance tests: synthetic processor features
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

#include "enlightened.h"

/* What QEMU 11 asks for where WHvCapabilityCodeProcessorPerfmonFeatures is known, which it takes for the sign of
 * Windows Server 2022 or later; two of these a platform may accept without offering them. */
static WHV_SYNTHETIC_PROCESSOR_FEATURES asked_unseen( void )
{
    WHV_SYNTHETIC_PROCESSOR_FEATURES asked = { .AsUINT64 = 0 };

    asked.HypervisorPresent = asked.Hv1 = asked.AccessVpRunTimeReg = asked.AccessPartitionReferenceCounter = 1;
    asked.AccessPartitionReferenceTsc = asked.AccessHypercallRegs = asked.AccessFrequencyRegs = asked.AccessVpIndex = 1;
    asked.AccessSynicRegs = asked.AccessSyntheticTimerRegs = asked.AccessIntrCtrlRegs = asked.SyntheticClusterIpi = 1;
    asked.DirectSyntheticTimers = asked.AccessGuestIdleReg = asked.TbFlushHypercalls = 1;
    asked.EnableExtendedGvaRangesForFlushVirtualAddressList = 1;
    return asked;
}

static BOOL is_modern( WHV_PROCESSOR_PERFMON_FEATURES *perfmon )
{
    HRESULT hr = WHvGetCapability( WHvCapabilityCodeProcessorPerfmonFeatures, perfmon, sizeof(*perfmon), NULL );

    ok( hr == S_OK || hr == WHV_E_UNKNOWN_CAPABILITY, "capability: %#lx\n", hr );
    return hr == S_OK;
}

static HRESULT set_unseen( struct vm *vm )
{
    WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS banks = { .BanksCount = 1, .Bank0 = asked_unseen() };
    WHV_PROCESSOR_PERFMON_FEATURES perfmon;
    HRESULT hr;

    if (!is_modern( &perfmon )) return E_FAIL;
    hr = WHvSetPartitionProperty( vm->partition, WHvPartitionPropertyCodeProcessorPerfmonFeatures, &perfmon,
                                  sizeof(perfmon) );
    ok( hr == S_OK, "perfmon: %#lx\n", hr );
    hr = WHvSetPartitionProperty( vm->partition, WHvPartitionPropertyCodeSyntheticProcessorFeaturesBanks, &banks,
                                  sizeof(banks) );
    ok( hr == S_OK, "features: %#lx\n", hr );
    return hr;
}

static void test_modern( void )
{
    struct vm_config config = { .vps = 1, .apic_mode = WHvX64LocalApicEmulationModeX2Apic, .prepare = set_unseen };
    WHV_PROCESSOR_PERFMON_FEATURES perfmon;
    WHV_CPUID_OUTPUT output;
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!is_modern( &perfmon ))
    {
        skip( "not all of the features of Windows Server 2022\n" );
        return;
    }
    if (!vm_create( &vm, &config )) return;
    /* QEMU 11 makes a processor for each leaf that it asks for */
    for (i = 0; i < 3; i++)
    {
        hr = WHvCreateVirtualProcessor( vm.partition, 0, 0 );
        ok( hr == WHV_E_VP_ALREADY_EXISTS || broken( FAILED(hr) ), "%u: another processor 0: %#lx\n", i, hr );
        hr = WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, 0x40000003, 0, &output );
        ok( hr == S_OK && (output.Eax & 0xa7f) == 0xa7f, "%u: %#lx, features %#x\n", i, hr, output.Eax );
        hr = WHvDeleteVirtualProcessor( vm.partition, 0 );
        ok( hr == S_OK, "%u: delete: %#lx\n", i, hr );
        hr = WHvCreateVirtualProcessor( vm.partition, 0, 0 );
        ok( hr == S_OK, "%u: create: %#lx\n", i, hr );
    }
    vm_destroy( &vm );
}

/* ---- what is not offered, and what nobody has asked for ---- */

static void test_refused( void )
{
    WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS banks;
    WHV_PARTITION_HANDLE partition;
    WHV_PROCESSOR_PERFMON_FEATURES perfmon;
    UINT64 accepted = is_modern( &perfmon ) ? asked_unseen().AsUINT64 : 0;
    UINT32 bit, count = 1;
    HRESULT hr;

    for (bit = 0; bit < 64; bit++)
    {
        if ((offered.AsUINT64[0] | accepted) >> bit & 1) continue;
        hr = WHvCreatePartition( &partition );
        ok( hr == S_OK, "partition: %#lx\n", hr );
        if (FAILED(hr)) return;
        WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeProcessorCount, &count, sizeof(count) );
        memset( &banks, 0, sizeof(banks) );
        banks.BanksCount = 1;
        banks.AsUINT64[0] = 1ull << bit;
        hr = WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeSyntheticProcessorFeaturesBanks, &banks,
                                      sizeof(banks) );
        if (SUCCEEDED(hr)) hr = WHvSetupPartition( partition );
        ok( hr == ERROR_HV_CPUID_FEATURE_VALIDATION || hr == E_INVALIDARG, "bit %u: %#lx\n", bit, hr );
        WHvDeletePartition( partition );
    }
}

static void test_absent( void )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvRegisterGuestOsId, WHvX64RegisterHypercall, WHvRegisterVpAssistPage, WHvRegisterReferenceTsc,
        WHvRegisterScontrol, WHvRegisterSiefp, WHvRegisterSimp, WHvRegisterSint0, WHvRegisterSint15
    };
    WHV_SYNIC_EVENT_PARAMETERS event = { .TargetSint = SINT };
    struct vm_config config = { .apic_mode = 0 };
    WHV_CPUID_OUTPUT output;
    BYTE page[4096] = { 1 };
    WHV_REGISTER_VALUE value;
    UINT32 i, written;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, &config )) return;
    for (i = 0; i < ARRAY_COUNT(names); i++)
    {
        hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, &names[i], 1, &value );
        ok( hr == ERROR_HV_INVALID_PARAMETER, "get %#x: %#lx\n", names[i], hr );
        memset( &value, 0, sizeof(value) );
        hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, &names[i], 1, &value );
        ok( hr == ERROR_HV_INVALID_PARAMETER, "set %#x: %#lx\n", names[i], hr );
    }
    hr = WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, 1, 0, &output );
    ok( hr == S_OK && !(output.Ecx >> 31), "leaf 1: %#lx, ecx %#x\n", hr, output.Ecx );
    hr = WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, 0x40000000, 0, &output );
    ok( hr == S_OK && !output.Eax && !output.Ebx, "leaf 40000000: %#lx, %#x %#x\n", hr, output.Eax, output.Ebx );
    hr = WHvPostVirtualProcessorSynicMessage( vm.partition, 0, SINT, page, 16 );
    ok( hr == ERROR_HV_INVALID_SYNIC_STATE, "message: %#lx\n", hr );
    hr = WHvPostVirtualProcessorSynicMessage( vm.partition, 0, SINT, page, 257 );
    ok( hr == E_INVALIDARG, "257 bytes: %#lx\n", hr );
    hr = WHvPostVirtualProcessorSynicMessage( vm.partition, 0, 16, page, 16 );
    ok( hr == E_INVALIDARG, "sint 16: %#lx\n", hr );
    hr = WHvSignalVirtualProcessorSynicEvent( vm.partition, event, NULL );
    ok( hr == ERROR_HV_INVALID_SYNIC_STATE, "event: %#lx\n", hr );
    event.TargetVtl = 1;
    hr = WHvSignalVirtualProcessorSynicEvent( vm.partition, event, NULL );
    ok( hr == E_INVALIDARG, "VTL 1: %#lx\n", hr );
    for (i = 0; i < 3; i++)
    {
        hr = WHvGetVirtualProcessorState( vm.partition, 0, i, page, sizeof(page), &written );
        ok( hr == ERROR_HV_INVALID_SYNIC_STATE, "state %u: %#lx\n", i, hr );
        hr = WHvSetVirtualProcessorState( vm.partition, 0, i, page, i == 2 ? 200 : 4096 );
        ok( hr == ERROR_HV_INVALID_SYNIC_STATE, "set state %u: %#lx\n", i, hr );
    }
    vm_destroy( &vm );
}

/* ---- with all that is offered ---- */

static void test_cpuid( void )
{
    static const BYTE code[] = { ASM_DEAF };
    WHV_CPUID_OUTPUT output;
    struct smp smp;
    HRESULT hr;

    if (!create( &smp, code, sizeof(code) )) return;
    hr = WHvGetVirtualProcessorCpuidOutput( smp.vm.partition, 0, 1, 0, &output );
    ok( hr == S_OK && output.Ecx >> 31, "leaf 1: %#lx, ecx %#x\n", hr, output.Ecx );
    hr = WHvGetVirtualProcessorCpuidOutput( smp.vm.partition, 0, 0x40000000, 0, &output );
    ok( hr == S_OK && output.Eax >= 0x40000005, "max %#x\n", output.Eax );
    ok( !memcmp( &output.Ebx, "Micr", 4 ) && !memcmp( &output.Ecx, "osof", 4 ) && !memcmp( &output.Edx, "t Hv", 4 ),
        "vendor %#x %#x %#x\n", output.Ebx, output.Ecx, output.Edx );
    hr = WHvGetVirtualProcessorCpuidOutput( smp.vm.partition, 0, 0x40000001, 0, &output );
    ok( output.Eax == 0x31237648, "interface %#x\n", output.Eax );
    hr = WHvGetVirtualProcessorCpuidOutput( smp.vm.partition, 0, 0x40000003, 0, &output );
    ok( (output.Eax >> 6 & 1) == offered.Bank0.AccessVpIndex, "features %#x\n", output.Eax );
    ok( (output.Eax >> 2 & 1) == offered.Bank0.AccessSynicRegs, "features %#x\n", output.Eax );
    smp_destroy( &smp );
}

/* The page says the same as the counter, unless it says that it says nothing. */
static void check_tsc_page( const struct smp *smp )
{
    UINT32 sequence = *(UINT32 *)(smp->vm.ram + TSC_PAGE);
    UINT64 scale = *(UINT64 *)(smp->vm.ram + TSC_PAGE + 8), offset = *(UINT64 *)(smp->vm.ram + TSC_PAGE + 16), time;

    if (!sequence || sequence == 0xffffffff)
    {
        skip( "reference TSC page of no use, sequence %#x\n", sequence );
        return;
    }
    time = (UINT64)((unsigned __int128)result( smp, 6 ) * scale >> 64) + offset;
    /* two ways of counting: a hair's breadth of 0.1 ms */
    ok( time + 1000 >= result( smp, 5 ) && time <= result( smp, 7 ) + 1000, "%llu not between %llu and %llu\n",
        time, result( smp, 5 ), result( smp, 7 ) );
}

static void test_registers( void )
{
    static const BYTE code[] =
    {
        ASM_RDMSR( 0x40000002, RESULTS ),           /* index */
        ASM_RDMSR( 0x40000020, RESULTS + 8 ),       /* reference time */
        ASM_RDMSR( 0x40000020, RESULTS + 16 ),
        ASM_RDMSR( 0x40000022, RESULTS + 24 ),      /* frequencies */
        ASM_RDMSR( 0x40000023, RESULTS + 32 ),
        ASM_WRMSR( 0x40000000, 0x1234 ),
        ASM_WRMSR( 0x40000001, HYPERCALL_PAGE | 1 ),
        ASM_WRMSR( 0x40000021, TSC_PAGE | 1 ),
        ASM_OUT( 0x40, 0 ),
        ASM_RDMSR( 0x40000020, RESULTS + 40 ),
        ASM_RDTSC( RESULTS + 48 ),
        ASM_RDMSR( 0x40000020, RESULTS + 56 ),
        ASM_OUT( 0x40, 1 ),
        ASM_DEAF
    };
    UINT64 clock = 0, time;
    struct smp smp;
    HRESULT hr;
    UINT32 vp;

    for (vp = 0; vp < 2; vp++)
    {
        winetest_push_context( "vp %u", vp );
        if (!create( &smp, code, sizeof(code) ))
        {
            winetest_pop_context();
            return;
        }
        smp_load( &smp, vp, code, sizeof(code) );
        smp_start( &smp, vp );
        if (smp_wait( &smp, vp, 2, EVENT_OUT( 0x40, 1 ) ))
        {
            check_tsc_page( &smp );
            ok( result( &smp, 0 ) == vp, "index %llu\n", result( &smp, 0 ) );
            ok( result( &smp, 2 ) > result( &smp, 1 ), "time %llu, then %llu\n", result( &smp, 1 ), result( &smp, 2 ) );
            WHvGetCapability( WHvCapabilityCodeProcessorClockFrequency, &clock, sizeof(clock), NULL );
            ok( result( &smp, 3 ) / 1000 == clock / 1000, "TSC %llu, %llu\n", result( &smp, 3 ), clock );
            ok( result( &smp, 4 ) != 0, "APIC %llu\n", result( &smp, 4 ) );
        }
        smp_stop( &smp, vp );
        ok( smp_get( &smp, vp, WHvRegisterGuestOsId ) == 0x1234, "id %#llx\n",
            smp_get( &smp, vp, WHvRegisterGuestOsId ) );
        ok( smp_get( &smp, vp, WHvX64RegisterHypercall ) == (HYPERCALL_PAGE | 1), "hypercall %#llx\n",
            smp_get( &smp, vp, WHvX64RegisterHypercall ) );
        ok( smp_get( &smp, vp, WHvRegisterReferenceTsc ) == (TSC_PAGE | 1), "page %#llx\n",
            smp_get( &smp, vp, WHvRegisterReferenceTsc ) );
        ok( smp.vm.ram[HYPERCALL_PAGE] != 0, "no code in the page\n" );
        hr = WHvGetPartitionProperty( smp.vm.partition, WHvPartitionPropertyCodeReferenceTime, &time, sizeof(time),
                                      NULL );
        ok( hr == S_OK && time >= result( &smp, 2 ), "reference time %#lx, %llu, in the guest %llu\n", hr, time,
            result( &smp, 2 ) );

        hr = WHvResetPartition( smp.vm.partition );
        ok( hr == S_OK, "reset: %#lx\n", hr );
        ok( smp_get( &smp, vp, WHvRegisterGuestOsId ) == 0, "id %#llx\n", smp_get( &smp, vp, WHvRegisterGuestOsId ) );
        ok( smp_get( &smp, vp, WHvX64RegisterHypercall ) == 0, "hypercall %#llx\n",
            smp_get( &smp, vp, WHvX64RegisterHypercall ) );
        smp_destroy( &smp );
        winetest_pop_context();
    }
}

static void test_hypercalls( void )
{
    static const BYTE code[] =
    {
        ASM_WRMSR( 0x40000000, 0x1234 ),
        ASM_WRMSR( 0x40000001, HYPERCALL_PAGE | 1 ),
        ASM_HYPERCALL( 0x0002, INPUT_PAGE, 0, RESULTS ),        /* flush all address spaces of all processors */
        ASM_HYPERCALL( 0x10008, 100, 0, RESULTS + 8 ),          /* long spin wait, fast */
        ASM_HYPERCALL( 0x1005d, 1, 0, RESULTS + 16 ),           /* signal an event that nobody waits for, fast */
        ASM_HYPERCALL( 0x005c, INPUT_PAGE, 0, RESULTS + 24 ),   /* post a message */
        ASM_HYPERCALL( 0x7ff, INPUT_PAGE, 0, RESULTS + 32 ),    /* no such call */
        ASM_HYPERCALL( 0x0013, INPUT_PAGE + 0x100, 0, RESULTS + 40 ),   /* flush, with an extended set of processors */
        ASM_OUT( 0x40, 1 ),
        ASM_DEAF
    };
    struct smp smp;
    UINT32 i;

    if (!create( &smp, code, sizeof(code) )) return;
    memset( smp.vm.ram + RESULTS, 0xcc, 64 );
    memset( smp.vm.ram + INPUT_PAGE, 0, 64 );
    *(UINT64 *)(smp.vm.ram + INPUT_PAGE + 8) = 3;               /* all processors, all spaces */
    memset( smp.vm.ram + INPUT_PAGE + 0x100, 0, 64 );
    *(UINT64 *)(smp.vm.ram + INPUT_PAGE + 0x108) = 2;           /* all spaces; */
    *(UINT64 *)(smp.vm.ram + INPUT_PAGE + 0x110) = 1;           /* a set of all */
    smp_start( &smp, 0 );
    if (smp_wait( &smp, 0, 1, EVENT_OUT( 0x40, 1 ) ))
    {
        if (offered.Bank0.TbFlushHypercalls) ok( !(UINT16)result( &smp, 0 ), "flush: %#llx\n", result( &smp, 0 ) );
        if (offered.Bank0.TbFlushHypercalls && offered.Bank0.ExtendedProcessorMasks)
            ok( !(UINT16)result( &smp, 5 ), "extended flush: %#llx\n", result( &smp, 5 ) );
        if (offered.Bank0.NotifyLongSpinWait) ok( !(UINT16)result( &smp, 1 ), "spin: %#llx\n", result( &smp, 1 ) );
        for (i = 2; i < 5; i++)
            ok( (UINT16)result( &smp, i ) && (UINT16)result( &smp, i ) < 0x80, "%u: %#llx\n", i, result( &smp, i ) );
    }
    smp_stop( &smp, 0 );
    smp_destroy( &smp );
}

/* What goes through the local APIC: its MSRs, cluster IPIs, timers without messages. */
static void test_apic( void )
{
    static const BYTE code[] =
    {
        ASM_ENABLE_APIC,
        0xfb,                                                   /* sti */
        ASM_WRMSR( 0x40000000, 0x1234 ),
        ASM_WRMSR( 0x40000001, HYPERCALL_PAGE | 1 ),
        ASM_HYPERCALL( 0x1000b, 0x63, 1, RESULTS ),             /* IPI, fast, to vp 0 */
        ASM_WRMSR( 0x40000071, 0x40064 ),                       /* ICR: to itself */
        ASM_WRMSR( 0x40000072, 0x30 ),                          /* TPR */
        ASM_RDMSR( 0x40000072, RESULTS + 8 ),
        ASM_WRMSR( 0x40000072, 0 ),
        ASM_RDMSR( 0x40000010, RESULTS + 16 ),                  /* run time */
        ASM_OUT( 0x40, 1 ),
        ASM_WRMSR( 0x400000b2, 1 << 12 | 0x65 << 4 | 8 ),       /* direct, turned on by the count */
        ASM_WRMSR( 0x400000b3, 1 ),                             /* long ago */
        ASM_IDLE
    };
    WHV_SYNTHETIC_PROCESSOR_FEATURES need = { .AsUINT64 = 0 };
    struct smp smp;

    need.AccessIntrCtrlRegs = need.SyntheticClusterIpi = need.DirectSyntheticTimers = need.AccessVpRunTimeReg = 1;
    if (!create( &smp, code, sizeof(code) )) return;
    if (need.AsUINT64 & ~offered.AsUINT64[0]) skip( "not all of the features\n" );
    else
    {
        smp_start( &smp, 0 );
        smp_wait( &smp, 0, 1, EVENT_HANDLER( 0x63 ) );
        smp_wait( &smp, 0, 2, EVENT_HANDLER( 0x64 ) );
        if (smp_wait( &smp, 0, 3, EVENT_OUT( 0x40, 1 ) ))
        {
            ok( (UINT32)result( &smp, 1 ) == 0x30, "TPR %#llx\n", result( &smp, 1 ) );
            ok( result( &smp, 2 ) != 0, "no run time\n" );
        }
        smp_wait( &smp, 0, 4, EVENT_HANDLER( 0x65 ) );
        smp_stop( &smp, 0 );
        ok( !(UINT16)result( &smp, 0 ), "IPI: %#llx\n", result( &smp, 0 ) );
    }
    smp_destroy( &smp );
}

START_TEST(hyperv)
{
    if (!vm_present()) return;
    get_offered();
    test_refused();
    test_modern();
    test_absent();
    test_cpuid();
    test_registers();
    test_hypercalls();
    test_apic();
}
