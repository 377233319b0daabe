/*
 * APIC ids that are not the index of the vp
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

#include "interrupts.h"

#define ID          4
#define SENT        0x61
#define REQUESTED   0x62
#define ASM_OUT_TOP 0xc1, 0xe8, 24, 0xe6, READY_PORT                /* shr eax,24; out READY_PORT,al */

static const UINT32 leaf_1 = 1;

static UINT32 cpuid_id( WHV_PARTITION_HANDLE partition, UINT32 vp )
{
    WHV_CPUID_OUTPUT output;
    HRESULT hr = WHvGetVirtualProcessorCpuidOutput( partition, vp, 1, 0, &output );

    ok( hr == S_OK, "cpuid: %#lx\n", hr );
    return output.Ebx >> 24;
}

static UINT32 find_targets( struct smp *smp, UINT32 destination )
{
    UINT32 targets[4], count = 77, i, ret = 0;
    HRESULT hr = WHvGetInterruptTargetVpSet( smp->vm.partition, destination, PHYSICAL, targets, 4, &count );

    ok( hr == S_OK, "targets of %u: %#lx\n", destination, hr );
    for (i = 0; hr == S_OK && i < count && i < 4; i++) ret |= 1 << targets[i];
    return ret;
}

/* OpenVMM sets ApicId so, for topologies with gaps: CPUID, the APIC, the bus, all have it. */
static void test_xapic( void )
{
    static const BYTE sender[] =
    {
        ASM_ENABLE_APIC, ASM_OUT( READY_PORT, 1 ),
        ASM_WRITE_APIC( 0x310, ID << 24 ), ASM_WRITE_APIC( 0x300, 0x4000 | SENT ),
        ASM_OUT( READY_PORT, 2 ), ASM_IDLE
    };
    static const BYTE teller[] =
    {
        ASM_ENABLE_APIC,
        0xb8, 1, 0, 0, 0, 0x0f, 0xa2, 0x89, 0xd8, ASM_OUT_TOP,      /* mov eax,1; cpuid; mov eax,ebx */
        0xa1, 0x20, 0x00, 0xe0, 0xfe, ASM_OUT_TOP,                  /* mov eax,[fee00020] */
        ASM_IDLE
    };
    struct smp smp;
    HRESULT hr;
    UINT32 i;

    if (!smp_create( &smp, 2, WHvX64LocalApicEmulationModeXApic )) return;
    hr = smp_set( &smp, 1, WHvX64RegisterApicId, ID );
    ok( hr == S_OK, "ApicId: %#lx\n", hr );
    smp_load( &smp, 0, sender, sizeof(sender) );
    smp_load( &smp, 1, teller, sizeof(teller) );
    for (i = 0; i < 2; i++)
    {
        winetest_push_context( i ? "after a reset" : "at first" );
        ok( smp_get( &smp, 1, WHvX64RegisterApicId ) == ID << 24, "ApicId %#llx\n",
            smp_get( &smp, 1, WHvX64RegisterApicId ));
        ok( smp_get( &smp, 1, WHvX64RegisterInitialApicId ) == ID, "InitialApicId %#llx\n",
            smp_get( &smp, 1, WHvX64RegisterInitialApicId ));
        ok( cpuid_id( smp.vm.partition, 1 ) == ID, "CPUID's %u\n", cpuid_id( smp.vm.partition, 1 ));
        ok( !cpuid_id( smp.vm.partition, 0 ), "CPUID's of vp 0 %u\n", cpuid_id( smp.vm.partition, 0 ));
        ok( find_targets( &smp, ID ) == 2 && find_targets( &smp, 0 ) == 1 && !find_targets( &smp, 1 ),
            "targets %#x %#x %#x\n", find_targets( &smp, ID ), find_targets( &smp, 0 ), find_targets( &smp, 1 ));
        if (i) break;

        smp_start( &smp, 1 );
        smp_wait( &smp, 1, 1, EVENT_OUT( READY_PORT, ID ));
        smp_wait( &smp, 1, 2, EVENT_OUT( READY_PORT, ID ));
        smp_start( &smp, 0 );
        smp_wait( &smp, 1, 3, EVENT_HANDLER( SENT ));
        smp_wait( &smp, 0, 2, EVENT_OUT( READY_PORT, 2 ));
        check_request( &smp, FIXED, PHYSICAL, EDGE, ID, REQUESTED );
        smp_wait( &smp, 1, 4, EVENT_HANDLER( REQUESTED ));
        check_request( &smp, FIXED, PHYSICAL, EDGE, 1, REQUESTED );
        smp_quiet( &smp, 1, 4 );
        smp_quiet( &smp, 0, 2 );
        smp_stop( &smp, 0 );
        smp_stop( &smp, 1 );
        hr = WHvResetPartition( smp.vm.partition );
        ok( hr == S_OK, "reset: %#lx\n", hr );
        winetest_pop_context();
    }
    winetest_pop_context();

    hr = smp_set( &smp, 1, WHvX64RegisterApicId, ID );
    ok( hr == S_OK, "the same after a run: %#lx\n", hr );
    hr = smp_set( &smp, 1, WHvX64RegisterApicId, ID + 1 );
    ok( hr == ERROR_HV_INVALID_PARAMETER || broken( hr == S_OK ), "another after a run: %#lx\n", hr );
    hr = smp_set( &smp, 1, WHvX64RegisterInitialApicId, ID + 1 );
    ok( hr == ERROR_HV_INVALID_PARAMETER || broken( hr == S_OK ), "another after a run: %#lx\n", hr );
    ok( smp_get( &smp, 1, WHvX64RegisterInitialApicId ) == ID, "InitialApicId %#llx\n",
        smp_get( &smp, 1, WHvX64RegisterInitialApicId ));
    smp_destroy( &smp );
}

/* A vp that waits for INIT and SIPI is found by its id. */
static void test_startup( void )
{
    static const BYTE started[] = { 0xfa, ASM_OUT( READY_PORT, 7 ), 0xf4, 0xeb, 0xfd };
    struct smp smp;
    HRESULT hr;

    if (!smp_create( &smp, 2, WHvX64LocalApicEmulationModeXApic )) return;
    hr = smp_set( &smp, 1, WHvX64RegisterInitialApicId, ID << 24 );
    ok( hr == S_OK, "InitialApicId: %#lx\n", hr );
    ok( smp_get( &smp, 1, WHvX64RegisterInitialApicId ) == ID, "InitialApicId %#llx\n",
        smp_get( &smp, 1, WHvX64RegisterInitialApicId ));
    memcpy( smp.vm.ram + 0x8000, started, sizeof(started) );
    smp_start( &smp, 1 );
    check_request( &smp, INIT, PHYSICAL, EDGE, 1, 0 );
    check_request( &smp, SIPI, PHYSICAL, EDGE, 1, 8 );
    smp_quiet( &smp, 1, 0 );
    check_request( &smp, INIT, PHYSICAL, EDGE, ID, 0 );
    check_request( &smp, SIPI, PHYSICAL, EDGE, ID, 8 );
    smp_wait( &smp, 1, 1, EVENT_OUT( READY_PORT, 7 ));
    smp_stop( &smp, 1 );
    smp_destroy( &smp );
}

static void test_values( void )
{
    static const struct
    {
        UINT32  mode;
        UINT64  value, id;      /* 1: its own, as it was */
        HRESULT hr;
    }
    tests[] =
    {
        { WHvX64LocalApicEmulationModeXApic, 1,                 1,          S_OK },
        { WHvX64LocalApicEmulationModeXApic, 1 << 24,           1,          S_OK },
        { WHvX64LocalApicEmulationModeXApic, 0,                 0,          S_OK },
        { WHvX64LocalApicEmulationModeXApic, 254,               254,        S_OK },
        { WHvX64LocalApicEmulationModeXApic, 0xfe000000,        254,        S_OK },
        { WHvX64LocalApicEmulationModeXApic, 255,               1,          ERROR_HV_INVALID_PARAMETER },
        { WHvX64LocalApicEmulationModeXApic, 0xff000000,        1,          ERROR_HV_INVALID_PARAMETER },
        { WHvX64LocalApicEmulationModeXApic, 256,               1,          ERROR_HV_INVALID_PARAMETER },
        { WHvX64LocalApicEmulationModeXApic, 0x02000001,        1,          ERROR_HV_INVALID_PARAMETER },
        { WHvX64LocalApicEmulationModeXApic, 0x100000002ull,    1,          ERROR_HV_INVALID_PARAMETER },
        { WHvX64LocalApicEmulationModeX2Apic, 1,                1,          S_OK },
        { WHvX64LocalApicEmulationModeX2Apic, 1 << 24,          1,          S_OK },
        { WHvX64LocalApicEmulationModeX2Apic, 4,                1,          ERROR_HV_INVALID_PARAMETER },
        { WHvX64LocalApicEmulationModeNone, 1,                  1,          S_OK },
        { WHvX64LocalApicEmulationModeNone, 9,                  9,          S_OK },
        { WHvX64LocalApicEmulationModeNone, 0x12345678,         0x12345678, S_OK },
        { WHvX64LocalApicEmulationModeNone, 0x100000002ull,     1,          ERROR_HV_INVALID_PARAMETER },
    };
    static const WHV_REGISTER_NAME names[] = { WHvX64RegisterInitialApicId, WHvX64RegisterApicId };
    WHV_REGISTER_VALUE value;
    struct vm vm;
    UINT32 i, j;
    HRESULT hr;

    for (i = 0; i < ARRAY_COUNT(tests); i++)
    {
        for (j = 0; j < (tests[i].mode == WHvX64LocalApicEmulationModeNone ? 1 : 2); j++)
        {
            struct vm_config config = { .vps = 2, .apic_mode = tests[i].mode, .no_vp = TRUE };

            winetest_push_context( "mode %u, %#llx, %sApicId", tests[i].mode, tests[i].value, j ? "" : "Initial" );
            if (vm_create( &vm, &config ))
            {
                hr = WHvCreateVirtualProcessor( vm.partition, 1, 0 );
                ok( hr == S_OK, "vp 1: %#lx\n", hr );
                memset( &value, 0, sizeof(value) );
                value.Reg64 = tests[i].value;
                hr = WHvSetVirtualProcessorRegisters( vm.partition, 1, &names[j], 1, &value );
                ok( hr == tests[i].hr || broken( hr == S_OK ), "set: %#lx\n", hr );
                /* Windows takes more than KVM can */
                if (hr != tests[i].hr)
                {
                    vm_destroy( &vm );
                    winetest_pop_context();
                    continue;
                }
                hr = WHvGetVirtualProcessorRegisters( vm.partition, 1, &names[0], 1, &value );
                ok( hr == S_OK && value.Reg64 == tests[i].id, "InitialApicId: %#lx, %#llx\n", hr, value.Reg64 );
                ok( cpuid_id( vm.partition, 1 ) == (tests[i].id & 0xff), "CPUID's %u\n", cpuid_id( vm.partition, 1 ));
                hr = WHvGetVirtualProcessorRegisters( vm.partition, 1, &names[1], 1, &value );
                if (tests[i].mode == WHvX64LocalApicEmulationModeNone)
                    ok( hr == ERROR_HV_INVALID_PARAMETER, "ApicId without an APIC: %#lx\n", hr );
                else
                    ok( hr == S_OK && value.Reg64 == tests[i].id << 24, "ApicId: %#lx, %#llx\n", hr, value.Reg64 );
                vm_destroy( &vm );
            }
            winetest_pop_context();
        }
    }
}

/* QEMU has its own APICs and sets InitialApicId: its guest and its CPUID exits see it; once they have come it stays. */
static void test_cpuid( void )
{
    static const BYTE code[] = { 0xb8, 1, 0, 0, 0, 0x0f, 0xa2 };      /* mov eax,1; cpuid */
    WHV_EXTENDED_VM_EXITS exits = { 0 };
    struct vm_config config = { .cpuid_exits = &leaf_1, .cpuid_exit_count = 1 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm vm;
    HRESULT hr;

    exits.X64CpuidExit = 1;
    config.extended_exits = exits.AsUINT64;
    if (!vm_create( &vm, &config )) return;
    vm_load( &vm, MODE_PROT, code, sizeof(code), NULL );
    hr = vm_set_reg( &vm, WHvX64RegisterInitialApicId, 9 );
    ok( hr == S_OK, "InitialApicId: %#lx\n", hr );
    ok( vm_run( &vm, &exit ) && exit.ExitReason == WHvRunVpExitReasonX64Cpuid, "exit %#x\n", exit.ExitReason );
    ok( exit.CpuidAccess.DefaultResultRbx >> 24 == 9, "shown %#llx\n", exit.CpuidAccess.DefaultResultRbx );
    hr = vm_set_reg( &vm, WHvX64RegisterInitialApicId, 10 );
    ok( hr == ERROR_HV_INVALID_PARAMETER || broken( hr == S_OK ), "another behind the exit: %#lx\n", hr );
    ok( vm_run( &vm, &exit ) && exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
    ok( vm_get_reg( &vm, WHvX64RegisterRbx ) >> 24 == 9, "executed %#llx\n", vm_get_reg( &vm, WHvX64RegisterRbx ));
    vm_destroy( &vm );
}

START_TEST(apic_id)
{
    if (!vm_present()) return;
    test_values();
    test_cpuid();
    test_xapic();
    test_startup();
}
