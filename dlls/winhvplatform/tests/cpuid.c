/*
 * Conformance: CPUID: what the guest reads, what is told of it, exits, result lists
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

#define LIST_GPA   0x40000          /* struct query[]: leaf and subleaf in, four registers out */
#define CR4_OSXSAVE 0x40000

struct query
{
    UINT32 eax, ecx;
    WHV_CPUID_OUTPUT output;
};

/* The guest executes CPUID for all that is in the list. */
static BOOL ask_guest( struct vm *vm, enum mode mode, UINT32 count )
{
    static const BYTE code[] =
    {
        0x8b, 0x06,                     /* mov eax,[esi] */
        0x8b, 0x4e, 0x04,               /* mov ecx,[esi+4] */
        0x0f, 0xa2,                     /* cpuid */
        0x89, 0x46, 0x08,               /* mov [esi+8],eax */
        0x89, 0x5e, 0x0c,               /* mov [esi+12],ebx */
        0x89, 0x4e, 0x10,               /* mov [esi+16],ecx */
        0x89, 0x56, 0x14,               /* mov [esi+20],edx */
        0x83, 0xc6, 0x18,               /* add esi,24 */
        0x83, 0xef, 0x01,               /* sub edi,1 */
        0x75, 0xe5,                     /* jnz start */
    };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];

    vm_default_regs( mode, regs );
    regs[RSI] = mode == MODE_LONG ? LONG_BASE + LIST_GPA : LIST_GPA;
    regs[RDI] = count;
    vm_load( vm, mode, code, sizeof(code), regs );
    if (!vm_run( vm, &exit )) return FALSE;
    ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
    if (exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess) return FALSE;
    ok( exit.IoPortAccess.PortNumber == END_PORT, "port %#x\n", exit.IoPortAccess.PortNumber );
    return exit.IoPortAccess.PortNumber == END_PORT;
}

static UINT32 add_queries( struct query *list, UINT32 first, UINT32 last )
{
    UINT32 leaf, subleaf, subleaves, count = 0;

    for (leaf = first; leaf <= last; leaf++)
    {
        subleaves = leaf == 0xd ? 64 : 6;
        for (subleaf = 0; subleaf < subleaves; subleaf++)
        {
            list[count].eax = leaf;
            list[count++].ecx = subleaf;
        }
    }
    return count;
}

static void check_answers( struct vm *vm, const struct query *list, UINT32 count )
{
    WHV_CPUID_OUTPUT output;
    HRESULT hr;
    UINT32 i;

    for (i = 0; i < count; i++)
    {
        memset( &output, 0xcc, sizeof(output) );
        hr = WHvGetVirtualProcessorCpuidOutput( vm->partition, 0, list[i].eax, list[i].ecx, &output );
        ok( hr == S_OK, "WHvGetVirtualProcessorCpuidOutput: %#lx\n", hr );
        ok( !memcmp( &output, &list[i].output, sizeof(output) ),
            "%#x/%#x: told %08x %08x %08x %08x, read %08x %08x %08x %08x\n", list[i].eax, list[i].ecx,
            output.Eax, output.Ebx, output.Ecx, output.Edx, list[i].output.Eax, list[i].output.Ebx, list[i].output.Ecx,
            list[i].output.Edx );
    }
}

/* What is told equals what is read, also for leaves out of range, and as control registers change it. */
static void test_output( void )
{
    static const enum mode list_modes[] = { MODE_PROT, MODE_LONG };
    struct query *list;
    WHV_CPUID_OUTPUT output;
    WHV_REGISTER_NAME name;
    WHV_REGISTER_VALUE value;
    UINT32 count = 0, max, i;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    list = (struct query *)(vm.ram + LIST_GPA);
    hr = WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, 0, 0, &output );
    ok( hr == S_OK, "WHvGetVirtualProcessorCpuidOutput: %#lx\n", hr );
    max = output.Eax < 0x40 ? output.Eax : 0x40;
    count += add_queries( list + count, 0, max + 2 );
    count += add_queries( list + count, 0x40000000, 0x40000002 );
    hr = WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, 0x80000000, 0, &output );
    ok( hr == S_OK, "WHvGetVirtualProcessorCpuidOutput: %#lx\n", hr );
    max = output.Eax < 0x80000040 ? output.Eax : 0x80000040;
    count += add_queries( list + count, 0x80000000, max + 2 );
    count += add_queries( list + count, 0xc0000000, 0xc0000001 );

    for (i = 0; i < ARRAY_COUNT(list_modes); i++)
    {
        winetest_push_context( "%s", modes[list_modes[i]].name );
        if (ask_guest( &vm, list_modes[i], count )) check_answers( &vm, list, count );
        winetest_pop_context();
    }

    /* OSXSAVE, OSPKE, the size of the XSAVE area */
    hr = WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, 1, 0, &output );
    ok( hr == S_OK, "WHvGetVirtualProcessorCpuidOutput: %#lx\n", hr );
    ok( !(output.Ecx & 1u << 27), "OSXSAVE\n" );
    if (!(output.Ecx & 1u << 26)) skip( "no XSAVE\n" );
    else
    {
        /* CR4 |= OSXSAVE */
        static const BYTE code[] = { 0x0f, 0x20, 0xe0, 0x0d, 0x00, 0x00, 0x04, 0x00, 0x0f, 0x22, 0xe0 };
        WHV_RUN_VP_EXIT_CONTEXT exit;

        vm_load( &vm, MODE_LONG, code, sizeof(code), NULL );
        if (vm_run( &vm, &exit ))
            ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
        hr = WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, 1, 0, &output );
        ok( hr == S_OK && (output.Ecx & 1u << 27), "no OSXSAVE\n" );
        name = WHvX64RegisterXCr0;
        memset( &value, 0, sizeof(value) );
        value.Reg64 = 3;
        hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
        ok( hr == S_OK, "XCR0: %#lx\n", hr );
        hr = WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, 0xd, 0, &output );
        ok( hr == S_OK && output.Ebx == 576, "size %u\n", output.Ebx );
        if (output.Eax & 4)
        {
            value.Reg64 = 7;
            hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, &name, 1, &value );
            ok( hr == S_OK, "XCR0: %#lx\n", hr );
            hr = WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, 0xd, 0, &output );
            ok( hr == S_OK && output.Ebx == 832, "size %u\n", output.Ebx );
        }
    }
    vm_destroy( &vm );
}

static HRESULT list_result;

static HRESULT set_results( struct vm *vm )
{
    static const WHV_X64_CPUID_RESULT results[] =
    {
        { .Function = 0x40000000, .Eax = 0x40000005, .Ebx = 0x11111111, .Ecx = 0x22222222, .Edx = 0x33333333 },
        { .Function = 0x40000001, .Eax = 0x1111, .Ebx = 0x2222, .Ecx = 0x3333, .Edx = 0x4444 },
        { .Function = 0x40000001, .Eax = 0x5555, .Ebx = 0x6666, .Ecx = 0x7777, .Edx = 0x8888 },
    };

    list_result = WHvSetPartitionProperty( vm->partition, WHvPartitionPropertyCodeCpuidResultList, results,
                                           sizeof(results) );
    return S_OK;
}

static HRESULT set_results2( struct vm *vm )
{
    static const WHV_X64_CPUID_RESULT2 results[] =
    {
        /* bits of what is there, by the first list too */
        { .Function = 0x40000000, .Output = { .Eax = 0xf0, .Ebx = 0xffffffff },
          .Mask = { .Eax = 0xff, .Ebx = 0xff00 } },
        /* one subleaf, new; another vp's */
        { .Function = 0x40000002, .Index = 3, .Flags = WHvX64CpuidResult2FlagSubleafSpecific,
          .Output = { .Eax = 0xabcd }, .Mask = { .Eax = 0xffffffff } },
        { .Function = 0x40000003, .VpIndex = 1, .Flags = WHvX64CpuidResult2FlagVpSpecific,
          .Output = { .Eax = 0x9999 }, .Mask = { .Eax = 0xffffffff } },
        { .Function = 0x40000004, .VpIndex = 0, .Flags = WHvX64CpuidResult2FlagVpSpecific,
          .Output = { .Eax = 0x9999 }, .Mask = { .Eax = 0xffffffff } },
    };

    set_results( vm );
    if (SUCCEEDED(list_result))
        list_result = WHvSetPartitionProperty( vm->partition, WHvPartitionPropertyCodeCpuidResultList2, results,
                                               sizeof(results) );
    return S_OK;
}

/* Each result of the guest's must be as expected, and as told. */
static void test_results( void )
{
    static const struct query first[] =
    {
        { 0x40000000, 0, { .Eax = 0x40000005, .Ebx = 0x11111111, .Ecx = 0x22222222, .Edx = 0x33333333 } },
        { 0x40000001, 0, { .Eax = 0x5555, .Ebx = 0x6666, .Ecx = 0x7777, .Edx = 0x8888 } },
    };
    static const struct query second[] =
    {
        { 0x40000000, 0, { .Eax = 0x400000f0, .Ebx = 0x1111ff11, .Ecx = 0x22222222, .Edx = 0x33333333 } },
        { 0x40000001, 7, { .Eax = 0x5555, .Ebx = 0x6666, .Ecx = 0x7777, .Edx = 0x8888 } },
        { 0x40000002, 3, { .Eax = 0xabcd } },
        { 0x40000002, 2, { .Eax = 0 } },
        { 0x40000003, 0, { .Eax = 0 } },
        { 0x40000004, 0, { .Eax = 0x9999 } },
    };
    static const struct
    {
        struct vm_config config;
        const struct query *expect;
        UINT32 count;
        const char *name;
    }
    tests[] =
    {
        { { .prepare = set_results }, first, ARRAY_COUNT(first), "CpuidResultList" },
        { { .prepare = set_results2 }, second, ARRAY_COUNT(second), "CpuidResultList2" },
    };
    struct query *list;
    struct vm vm;
    UINT32 i, j;

    for (i = 0; i < ARRAY_COUNT(tests); i++)
    {
        if (!vm_create( &vm, &tests[i].config )) return;
        winetest_push_context( "%s", tests[i].name );
        if (FAILED(list_result)) skip( "not supported: %#lx\n", list_result );
        else
        {
            list = (struct query *)(vm.ram + LIST_GPA);
            memcpy( list, tests[i].expect, tests[i].count * sizeof(*list) );
            check_answers( &vm, list, tests[i].count );
            for (j = 0; j < tests[i].count; j++) memset( &list[j].output, 0xcc, sizeof(list[j].output) );
            if (ask_guest( &vm, MODE_LONG, tests[i].count ))
            {
                for (j = 0; j < tests[i].count; j++)
                    ok( !memcmp( &list[j], &tests[i].expect[j], sizeof(*list) ), "%#x/%#x: read %08x %08x %08x %08x\n",
                        list[j].eax, list[j].ecx, list[j].output.Eax, list[j].output.Ebx, list[j].output.Ecx,
                        list[j].output.Edx );
                check_answers( &vm, list, tests[i].count );
            }
        }
        winetest_pop_context();
        vm_destroy( &vm );
    }
}

static HRESULT set_all( struct vm *vm )
{
    static const WHV_X64_CPUID_RESULT2 results[] =
    {
        { .Function = 1, .Output = { .Ecx = 1u << 17 }, .Mask = { .Ecx = 1u << 17 } },
        { .Function = 7, .Flags = WHvX64CpuidResult2FlagSubleafSpecific,
          .Output = { .Ebx = ~0u, .Ecx = ~0u, .Edx = ~0u }, .Mask = { .Ebx = ~0u, .Ecx = ~0u, .Edx = ~0u } },
    };

    list_result = WHvSetPartitionProperty( vm->partition, WHvPartitionPropertyCodeCpuidResultList2, results,
                                           sizeof(results) );
    return S_OK;
}

/* A client may hand on what the processor has. Of that, features which the platform has not are not to be seen; but a
 * KVM that shows them to all guests, as some software KVMs do, can't be helped. */
static void test_unsupported( void )
{
    static const struct { UINT32 leaf, reg, bit, bank, feature; const char *name; } features[] =
    {
        { 1, 2, 17, 0, 18, "PCID" }, { 7, 1, 0, 0, 22, "FSGSBASE" }, { 7, 1, 7, 0, 23, "SMEP" },
        { 7, 1, 20, 0, 35, "SMAP" }, { 7, 1, 10, 0, 43, "INVPCID" }, { 7, 2, 2, 0, 58, "UMIP" },
        { 7, 2, 16, 1, 4, "LA57" },
    };
    static const struct vm_config config = { .prepare = set_all };
    BOOL shown[ARRAY_COUNT(features)];
    WHV_CAPABILITY capability;
    WHV_CPUID_OUTPUT output;
    UINT32 i, round;
    struct vm vm;
    HRESULT hr;

    memset( &capability, 0, sizeof(capability) );
    capability.ProcessorFeaturesBanks.BanksCount = 2;
    hr = WHvGetCapability( WHvCapabilityCodeProcessorFeaturesBanks, &capability, sizeof(capability), NULL );
    if (FAILED(hr))
    {
        skip( "no feature banks: %#lx\n", hr );
        return;
    }
    for (round = 0; round < 2; round++)
    {
        if (!vm_create( &vm, round ? &config : NULL )) return;
        for (i = 0; i < ARRAY_COUNT(features); i++)
        {
            memset( &output, 0, sizeof(output) );
            hr = WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, features[i].leaf, 0, &output );
            ok( hr == S_OK, "%#lx\n", hr );
            if (!round) shown[i] = (&output.Eax)[features[i].reg] >> features[i].bit & 1;
            else ok( shown[i] || (capability.ProcessorFeaturesBanks.AsUINT64[features[i].bank] >>
                     features[i].feature & 1) || !((&output.Eax)[features[i].reg] >> features[i].bit & 1) ||
                     broken( TRUE ), "%s is shown\n", features[i].name );
        }
        vm_destroy( &vm );
    }
}

/* The list may be set once more behind the creation of the vp; every exit has the default, which is what is told, and
 * the answer is what the guest reads. A Windows that exits at the instruction does so once for each. */
static void test_exits( void )
{
    static const UINT32 before[] = { 0x40000005 }, after[] = { 0x40000000, 0x40000001, 0xb };
    static const struct vm_config config = { .extended_exits = 1, .cpuid_exits = before,
                                             .cpuid_exit_count = ARRAY_COUNT(before) };
    static const struct { UINT32 eax, ecx; } asked[] = { { 0x40000000, 0 }, { 0xb, 1 }, { 0x40000001, 0 }, { 0xb, 0 } };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    struct query *list;
    WHV_CPUID_OUTPUT output;
    UINT32 i, exits = 0, subleaves = 0;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, &config )) return;
    hr = WHvSetPartitionProperty( vm.partition, WHvPartitionPropertyCodeCpuidExitList, after, sizeof(after) );
    ok( hr == S_OK, "CpuidExitList: %#lx\n", hr );
    list = (struct query *)(vm.ram + LIST_GPA);
    for (i = 0; i < ARRAY_COUNT(asked); i++)
    {
        list[i].eax = asked[i].eax;
        list[i].ecx = asked[i].ecx;
        memset( &list[i].output, 0xcc, sizeof(list[i].output) );
    }
    {
        static const BYTE code[] =
        {
            0x8b, 0x06, 0x8b, 0x4e, 0x04, 0x0f, 0xa2, 0x89, 0x46, 0x08, 0x89, 0x5e, 0x0c, 0x89, 0x4e, 0x10, 0x89, 0x56,
            0x14, 0x83, 0xc6, 0x18, 0x83, 0xef, 0x01, 0x75, 0xe5,
        };

        vm_default_regs( MODE_LONG, regs );
        regs[RSI] = LONG_BASE + LIST_GPA;
        regs[RDI] = ARRAY_COUNT(asked);
        vm_load( &vm, MODE_LONG, code, sizeof(code), regs );
    }
    for (;;)
    {
        UINT32 leaf, subleaf;

        if (!vm_run( &vm, &exit ) || exit.ExitReason != WHvRunVpExitReasonX64Cpuid || ++exits > 20) break;
        leaf = exit.CpuidAccess.Rax;
        subleaf = exit.CpuidAccess.Rcx;
        ok( leaf == 0xb || leaf == 0x40000000 || leaf == 0x40000001, "leaf %#x\n", leaf );
        if (leaf == 0xb) subleaves |= 1u << subleaf;
        hr = WHvGetVirtualProcessorCpuidOutput( vm.partition, 0, leaf, subleaf, &output );
        ok( hr == S_OK, "WHvGetVirtualProcessorCpuidOutput: %#lx\n", hr );
        ok( exit.CpuidAccess.DefaultResultRax == output.Eax && exit.CpuidAccess.DefaultResultRbx == output.Ebx &&
            exit.CpuidAccess.DefaultResultRcx == output.Ecx && exit.CpuidAccess.DefaultResultRdx == output.Edx,
            "%#x/%#x: default %#llx %#llx %#llx %#llx\n", leaf, subleaf, exit.CpuidAccess.DefaultResultRax,
            exit.CpuidAccess.DefaultResultRbx, exit.CpuidAccess.DefaultResultRcx, exit.CpuidAccess.DefaultResultRdx );
        ok( exit.VpContext.InstructionLength == 2, "length %u\n", exit.VpContext.InstructionLength );
        ok( (UINT32)vm_get_reg( &vm, WHvX64RegisterRax ) == leaf, "rax\n" );
        ok( (UINT32)vm_get_reg( &vm, WHvX64RegisterRcx ) == subleaf, "rcx\n" );
        vm_set_reg( &vm, WHvX64RegisterRax, leaf << 4 | subleaf );
        vm_set_reg( &vm, WHvX64RegisterRbx, 0x101 );
        vm_set_reg( &vm, WHvX64RegisterRcx, 0x202 );
        vm_set_reg( &vm, WHvX64RegisterRdx, 0x303 );
        vm_set_reg( &vm, WHvX64RegisterRip, exit.VpContext.Rip + exit.VpContext.InstructionLength );
    }
    ok( (subleaves & 3) == 3, "subleaves %#x\n", subleaves );
    ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
    for (i = 0; i < ARRAY_COUNT(asked); i++)
    {
        const WHV_CPUID_OUTPUT *read = &list[i].output;

        ok( read->Eax == (asked[i].eax << 4 | asked[i].ecx) && read->Ebx == 0x101 && read->Ecx == 0x202 &&
            read->Edx == 0x303, "%#x/%#x: read %08x %08x %08x %08x\n", asked[i].eax, asked[i].ecx, read->Eax, read->Ebx,
            read->Ecx, read->Edx );
    }
    vm_destroy( &vm );
}

START_TEST(cpuid)
{
    UINT64 exits = 0;

    if (!vm_present()) return;
    test_output();
    test_results();
    test_unsupported();
    WHvGetCapability( WHvCapabilityCodeExtendedVmExits, &exits, sizeof(exits), NULL );
    if (exits & 1) test_exits();
    else skip( "no CPUID exits\n" );
}
