/*
 * Conformance: MSR exits and actions
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

#define MSR_TSC          0x10
#define MSR_APIC_BASE    0x1b
#define MSR_PATCH_LEVEL  0x8b
#define MSR_SYSENTER_CS  0x174
#define MSR_MISC_ENABLE  0x1a0
#define MSR_NOWHERE      0x12345

static const BYTE rdmsr[] = { 0x0f, 0x32 }, wrmsr[] = { 0x0f, 0x30 };

static UINT64 capability( WHV_CAPABILITY_CODE code )
{
    UINT64 value = 0;

    if (FAILED( WHvGetCapability( code, &value, sizeof(value), NULL ))) return 0;
    return value;
}

/* What RDMSR or WRMSR comes to: an exit, the end of the code, or the guest's #GP. */
enum outcome { OUTCOME_EXIT, OUTCOME_DONE, OUTCOME_FAULT, OUTCOME_OTHER };

static enum outcome access_msr( struct vm *vm, UINT32 msr, BOOL write, UINT64 value, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    UINT64 regs[REG_COUNT];

    vm_default_regs( MODE_LONG, regs );
    regs[RCX] = msr;
    if (write)
    {
        regs[RAX] = (UINT32)value;
        regs[RDX] = value >> 32;
    }
    vm_load( vm, MODE_LONG, write ? wrmsr : rdmsr, 2, regs );
    vm_make_handlers( vm, MODE_LONG );
    if (!vm_run( vm, exit )) return OUTCOME_OTHER;
    if (exit->ExitReason == WHvRunVpExitReasonX64MsrAccess)
    {
        ok( exit->MsrAccess.MsrNumber == msr, "msr %#x\n", exit->MsrAccess.MsrNumber );
        ok( exit->MsrAccess.AccessInfo.IsWrite == write, "write %u\n", exit->MsrAccess.AccessInfo.IsWrite );
        ok( exit->MsrAccess.Rax == regs[RAX], "rax %#llx\n", exit->MsrAccess.Rax );
        ok( exit->MsrAccess.Rdx == regs[RDX], "rdx %#llx\n", exit->MsrAccess.Rdx );
        check_vp_context( vm, exit, regs );
        check_regs( vm, regs );
        return OUTCOME_EXIT;
    }
    if (exit->ExitReason != WHvRunVpExitReasonX64IoPortAccess) return OUTCOME_OTHER;
    if (exit->IoPortAccess.PortNumber == HANDLER_PORT( 13 )) return OUTCOME_FAULT;
    return exit->IoPortAccess.PortNumber == END_PORT ? OUTCOME_DONE : OUTCOME_OTHER;
}

static UINT64 result( struct vm *vm )
{
    return vm_get_reg( vm, WHvX64RegisterRdx ) << 32 | (UINT32)vm_get_reg( vm, WHvX64RegisterRax );
}

/* Each bit of the bitmap is one MSR in one direction; the other goes on as before. It may be changed at any time. */
static void test_bitmap( void )
{
    static const struct { UINT64 bit; UINT32 msr; BOOL write; UINT64 value; const char *name; } tests[] =
    {
        { 0x02, MSR_TSC,         TRUE,  0x123456789,  "TscMsrWrite" },
        { 0x04, MSR_TSC,         FALSE, 0,            "TscMsrRead" },
        { 0x08, MSR_APIC_BASE,   TRUE,  0xfee00900,   "ApicBaseMsrWrite" },
        { 0x10, MSR_MISC_ENABLE, FALSE, 0,            "MiscEnableMsrRead" },
        { 0x20, MSR_PATCH_LEVEL, FALSE, 0,            "McUpdatePatchLevelMsrRead" },
    };
    static const struct vm_config config = { .extended_exits = 2 };
    UINT64 supported = capability( WHvCapabilityCodeX64MsrExitBitmap );
    WHV_RUN_VP_EXIT_CONTEXT exit;
    enum outcome outcome;
    struct vm vm;
    UINT32 i;
    HRESULT hr;

    if (!vm_create( &vm, &config )) return;
    for (i = 0; i < ARRAY_COUNT(tests); i++)
    {
        winetest_push_context( "%s", tests[i].name );
        if (!(supported & tests[i].bit))
        {
            skip( "not supported\n" );
            winetest_pop_context();
            continue;
        }
        hr = vm_set_property( &vm, WHvPartitionPropertyCodeX64MsrExitBitmap, tests[i].bit );
        ok( hr == S_OK, "X64MsrExitBitmap: %#lx\n", hr );
        outcome = access_msr( &vm, tests[i].msr, tests[i].write, tests[i].value, &exit );
        ok( outcome == OUTCOME_EXIT, "outcome %u\n", outcome );
        if (outcome == OUTCOME_EXIT)
        {
            /* answered; then not, which is the same exit once more */
            if (vm_run( &vm, &exit ))
                ok( exit.ExitReason == WHvRunVpExitReasonX64MsrAccess, "exit %#x\n", exit.ExitReason );
            vm_set_reg( &vm, WHvX64RegisterRax, 0x55667788 );
            vm_set_reg( &vm, WHvX64RegisterRdx, 0x11223344 );
            vm_set_reg( &vm, WHvX64RegisterRip, vm.before[RIP] + 2 );
            if (vm_run( &vm, &exit ))
                ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess && exit.IoPortAccess.PortNumber == END_PORT,
                    "exit %#x\n", exit.ExitReason );
            ok( result( &vm ) == 0x1122334455667788, "result %#llx\n", result( &vm ));
        }
        /* the other direction */
        outcome = access_msr( &vm, tests[i].msr, !tests[i].write, vm_get_reg( &vm, WHvX64RegisterApicBase ), &exit );
        ok( outcome != OUTCOME_EXIT, "an exit for the other direction\n" );
        /* and none at all */
        hr = vm_set_property( &vm, WHvPartitionPropertyCodeX64MsrExitBitmap, 0 );
        ok( hr == S_OK, "X64MsrExitBitmap: %#lx\n", hr );
        outcome = access_msr( &vm, tests[i].msr, FALSE, 0, &exit );
        ok( outcome == OUTCOME_DONE || outcome == OUTCOME_FAULT, "outcome %u\n", outcome );
        winetest_pop_context();
    }

    /* MSRs that nobody knows */
    hr = vm_set_property( &vm, WHvPartitionPropertyCodeX64MsrExitBitmap, 1 );
    ok( hr == S_OK, "X64MsrExitBitmap: %#lx\n", hr );
    for (i = 0; i < 2; i++)
    {
        outcome = access_msr( &vm, MSR_NOWHERE, i, 0x1234, &exit );
        ok( outcome == OUTCOME_EXIT, "%u: outcome %u\n", i, outcome );
        outcome = access_msr( &vm, MSR_SYSENTER_CS, i, 0x10, &exit );
        ok( outcome == OUTCOME_DONE, "%u: outcome %u\n", i, outcome );
    }
    hr = vm_set_property( &vm, WHvPartitionPropertyCodeX64MsrExitBitmap, 0 );
    ok( hr == S_OK, "X64MsrExitBitmap: %#lx\n", hr );
    outcome = access_msr( &vm, MSR_NOWHERE, FALSE, 0, &exit );
    ok( outcome == OUTCOME_FAULT, "outcome %u\n", outcome );
    hr = vm_set_property( &vm, WHvPartitionPropertyCodeX64MsrExitBitmap, ~0ull );
    ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "all bits are accepted\n" );
    vm_destroy( &vm );
}

/* MSRs that another hypervisor has and this one has not are as unknown as those of nobody; and of one that there is a
 * wrong access is the guest's fault, which no exit is made of. */
static void test_unknown_and_invalid( void )
{
    static const UINT32 unknown[] =
    {
        0x11, 0x12, 0x34, 0xce, 0x140, 0x198, 0x199, 0x1fc, 0x606, 0x611, 0x639, 0x4b564d00, 0x4b564d01, 0x4b564d04,
        0x4b564d06, 0x40000000, 0x40000020,
    };
    /* no addresses: those MSRs are the processor's own to refuse, and one that QEMU plays takes them */
    static const struct { UINT32 msr; BOOL write; UINT64 value; const char *name; } invalid[] =
    {
        { 0xfe,       TRUE,  0x508,                  "MTRRcap" },
        { 0x179,      TRUE,  0,                      "MCG_CAP" },
        { 0x401,      TRUE,  1,                      "MC0_STATUS" },
        { 0x2ff,      TRUE,  0x807,                  "MTRRdefType, type 7" },
        { 0x200,      TRUE,  0x8000000000000006,     "MTRR base beyond memory" },
        { 0xc0000080, TRUE,  0x8000000000000d01,     "EFER, bit 63" },
        { 0xc0000080, TRUE,  0x801,                  "EFER without LME, paging on" },
        { 0x1b,       TRUE,  0xfee00500,             "APIC_BASE, x2APIC mode of a disabled APIC" },
    };
    static const struct vm_config config = { .extended_exits = 2 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    enum outcome outcome;
    UINT32 i, exits, write;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, &config )) return;
    for (exits = 0; exits < 2; exits++)
    {
        hr = vm_set_property( &vm, WHvPartitionPropertyCodeX64MsrExitBitmap, exits );
        ok( hr == S_OK, "X64MsrExitBitmap: %#lx\n", hr );
        for (i = 0; i < ARRAY_COUNT(unknown); i++)
            for (write = 0; write < 2; write++)
            {
                outcome = access_msr( &vm, unknown[i], write, 0x1001, &exit );
                ok( outcome == (exits ? OUTCOME_EXIT : OUTCOME_FAULT), "%u: %#x, write %u: outcome %u\n", exits,
                    unknown[i], write, outcome );
            }
        for (i = 0; i < ARRAY_COUNT(invalid); i++)
        {
            outcome = access_msr( &vm, invalid[i].msr, invalid[i].write, invalid[i].value, &exit );
            ok( outcome == OUTCOME_FAULT, "%u: %s: outcome %u\n", exits, invalid[i].name, outcome );
        }
    }
    vm_destroy( &vm );
}

/* Banks of machine checks are MSRs that there are: what may not be written to them is the guest's fault as well. */
static void test_machine_checks( void )
{
    static const struct vm_config config = { .extended_exits = 2 };
    static const struct { UINT32 msr; UINT64 value; enum outcome outcome; } writes[] =
    {
        { 0x400, 0,          OUTCOME_DONE },            /* MC0_CTL: all or nothing */
        { 0x400, ~0ull,      OUTCOME_DONE },
        { 0x400, 0xaaaaaaaa, OUTCOME_FAULT },
        { 0x401, 0,          OUTCOME_DONE },            /* MC0_STATUS: is cleared, and no more */
        { 0x401, 1,          OUTCOME_FAULT },
        { 0x179, 0,          OUTCOME_FAULT },           /* MCG_CAP */
    };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    enum outcome outcome;
    struct vm vm;
    UINT32 i;
    HRESULT hr;

    if (!vm_create( &vm, &config )) return;
    hr = vm_set_property( &vm, WHvPartitionPropertyCodeX64MsrExitBitmap, 1 );
    ok( hr == S_OK, "X64MsrExitBitmap: %#lx\n", hr );
    if (access_msr( &vm, 0x179, FALSE, 0, &exit ) != OUTCOME_DONE || !(result( &vm ) & 0xff))
        skip( "no banks of machine checks\n" );
    else for (i = 0; i < ARRAY_COUNT(writes); i++)
    {
        outcome = access_msr( &vm, writes[i].msr, TRUE, writes[i].value, &exit );
        ok( outcome == writes[i].outcome, "%#x = %#llx: outcome %u\n", writes[i].msr, writes[i].value, outcome );
    }
    vm_destroy( &vm );
}

static HRESULT actions_result;

static HRESULT set_actions( struct vm *vm )
{
    static const WHV_MSR_ACTION_ENTRY actions[] =
    {
        { MSR_NOWHERE,     WHvMsrActionExit,               WHvMsrActionIgnoreWriteReadZero, 0 },
        { MSR_NOWHERE + 1, WHvMsrActionIgnoreWriteReadZero, WHvMsrActionExit,               0 },
        { MSR_NOWHERE + 2, WHvMsrActionArchitectureDefault, WHvMsrActionArchitectureDefault, 0 },
        { MSR_SYSENTER_CS, WHvMsrActionIgnoreWriteReadZero, WHvMsrActionExit,               0 },
        { 0xc0010000,      WHvMsrActionExit,                WHvMsrActionExit,               0 },
    };

    actions_result = WHvSetPartitionProperty( vm->partition, WHvPartitionPropertyCodeMsrActionList, actions,
                                              sizeof(actions) );
    return S_OK;
}

/* MsrActionList goes before everything else, and needs no X64MsrExit. */
static void test_actions( void )
{
    static const struct { UINT32 msr; BOOL write; enum outcome outcome; } tests[] =
    {
        { MSR_NOWHERE,     FALSE, OUTCOME_EXIT  }, { MSR_NOWHERE,     TRUE, OUTCOME_DONE  },
        { MSR_NOWHERE + 1, FALSE, OUTCOME_DONE  }, { MSR_NOWHERE + 1, TRUE, OUTCOME_EXIT  },
        { MSR_NOWHERE + 2, FALSE, OUTCOME_FAULT }, { MSR_NOWHERE + 2, TRUE, OUTCOME_FAULT },
        { MSR_NOWHERE + 3, FALSE, OUTCOME_FAULT }, { MSR_NOWHERE + 3, TRUE, OUTCOME_FAULT },
        { MSR_SYSENTER_CS, FALSE, OUTCOME_DONE  }, { MSR_SYSENTER_CS, TRUE, OUTCOME_EXIT  },
        { 0xc0010000,      FALSE, OUTCOME_EXIT  }, { 0xc0010000,      TRUE, OUTCOME_EXIT  },
    };
    static const struct vm_config config = { .prepare = set_actions };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    enum outcome outcome;
    struct vm vm;
    UINT32 i;

    if (!vm_create( &vm, &config )) return;
    if (FAILED(actions_result))
    {
        skip( "no MsrActionList: %#lx\n", actions_result );
        vm_destroy( &vm );
        return;
    }
    vm_set_reg( &vm, WHvX64RegisterSysenterCs, 0x18 );
    for (i = 0; i < ARRAY_COUNT(tests); i++)
    {
        outcome = access_msr( &vm, tests[i].msr, tests[i].write, 0x1234, &exit );
        ok( outcome == tests[i].outcome, "%#x %s: outcome %u, expected %u\n", tests[i].msr,
            tests[i].write ? "write" : "read", outcome, tests[i].outcome );
        if (outcome == OUTCOME_DONE && !tests[i].write)
            ok( !result( &vm ), "%#x: result %#llx\n", tests[i].msr, result( &vm ));
    }
    ok( vm_get_reg( &vm, WHvX64RegisterSysenterCs ) == 0x18, "the write was done\n" );
    vm_destroy( &vm );
}

static HRESULT set_unimplemented( struct vm *vm )
{
    actions_result = vm_set_property( vm, WHvPartitionPropertyCodeUnimplementedMsrAction,
                                      WHvMsrActionIgnoreWriteReadZero );
    return S_OK;
}

static void test_unimplemented( void )
{
    static const struct vm_config config = { .prepare = set_unimplemented };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    enum outcome outcome;
    struct vm vm;
    UINT32 i;

    if (!vm_create( &vm, &config )) return;
    if (FAILED(actions_result)) skip( "no UnimplementedMsrAction: %#lx\n", actions_result );
    else for (i = 0; i < 2; i++)
    {
        outcome = access_msr( &vm, MSR_NOWHERE, i, 0x1234, &exit );
        ok( outcome == OUTCOME_DONE, "%u: outcome %u\n", i, outcome );
        if (!i) ok( !result( &vm ), "result %#llx\n", result( &vm ));
    }
    vm_destroy( &vm );
}

static WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS offered;

static HRESULT set_banks( struct vm *vm )
{
    return WHvSetPartitionProperty( vm->partition, WHvPartitionPropertyCodeSyntheticProcessorFeaturesBanks, &offered,
                                    sizeof(offered) );
}

/* Hyper-V's own, of a partition that has them: what it emulates is no client's affair, right or wrong; what is nobody's
 * is. */
static void test_synthetic( void )
{
    static const struct vm_config config = { .extended_exits = 2, .apic_mode = WHvX64LocalApicEmulationModeXApic,
                                             .prepare = set_banks };
    static const struct { UINT32 msr; BOOL write; UINT64 value; enum outcome outcome; const char *name; } rows[] =
    {
        { 0x40000000, TRUE,  0,           OUTCOME_DONE,  "GUEST_OS_ID" },
        { 0x40000001, TRUE,  0x60001,     OUTCOME_DONE,  "HYPERCALL, of a guest without a name" },
        { 0x40000002, TRUE,  1,           OUTCOME_FAULT, "VP_INDEX, write" },
        { 0x40000010, TRUE,  1,           OUTCOME_FAULT, "VP_RUNTIME, write" },
        { 0x40000020, TRUE,  1,           OUTCOME_FAULT, "TIME_REF_COUNT, write" },
        { 0x40000081, TRUE,  1,           OUTCOME_FAULT, "SVERSION, write" },
        { 0x40000092, TRUE,  0x0f,        OUTCOME_FAULT, "SINT, vector of an exception" },
        { 0x40000092, TRUE,  0x10,        OUTCOME_DONE,  "SINT" },
        { 0x40000092, TRUE,  0x1000f,     OUTCOME_DONE,  "SINT, masked" },
        { 0x400000f0, FALSE, 0,           OUTCOME_EXIT,  "nobody's, read" },
        { 0x400000f0, TRUE,  0,           OUTCOME_EXIT,  "nobody's, write" },
    };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    enum outcome outcome;
    struct vm vm;
    UINT32 i;
    HRESULT hr;

    memset( &offered, 0, sizeof(offered) );
    WHvGetCapability( WHvCapabilityCodeSyntheticProcessorFeaturesBanks, &offered, sizeof(offered), NULL );
    if (!offered.Bank0.AccessHypercallRegs)
    {
        skip( "no synthetic processor features\n" );
        return;
    }
    if (!vm_create( &vm, &config )) return;
    hr = vm_set_property( &vm, WHvPartitionPropertyCodeX64MsrExitBitmap, 1 );
    ok( hr == S_OK, "X64MsrExitBitmap: %#lx\n", hr );
    for (i = 0; i < ARRAY_COUNT(rows); i++)
    {
        outcome = access_msr( &vm, rows[i].msr, rows[i].write, rows[i].value, &exit );
        ok( outcome == rows[i].outcome, "%s: outcome %u\n", rows[i].name, outcome );
    }
    ok( !(vm_get_reg( &vm, WHvX64RegisterHypercall ) & 1), "the page is on: %#llx\n",
        vm_get_reg( &vm, WHvX64RegisterHypercall ));
    vm_destroy( &vm );
}

START_TEST(msr)
{
    if (!vm_present()) return;
    if (!(capability( WHvCapabilityCodeExtendedVmExits ) & 2))
    {
        skip( "no MSR exits\n" );
        return;
    }
    test_bitmap();
    test_unknown_and_invalid();
    test_machine_checks();
    test_actions();
    test_unimplemented();
    test_synthetic();
}
