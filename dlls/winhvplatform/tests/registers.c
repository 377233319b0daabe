/*
 * Conformance: registers
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

/* rows end where the rest is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* Registers of 64 bits or less that hold what is written. */
static const struct
{
    UINT32 name;
    UINT64 value;
    UINT64 mask;                /* bits that must come back, 0: all */
}
plain[] =
{
    { WHvX64RegisterRax, 0x0123456789abcdef }, { WHvX64RegisterRcx, 0x1123456789abcdef },
    { WHvX64RegisterRdx, 0x2123456789abcdef }, { WHvX64RegisterRbx, 0x3123456789abcdef },
    { WHvX64RegisterRsp, 0x4123456789abcdef }, { WHvX64RegisterRbp, 0x5123456789abcdef },
    { WHvX64RegisterRsi, 0x6123456789abcdef }, { WHvX64RegisterRdi, 0x7123456789abcdef },
    { WHvX64RegisterR8,  0x8123456789abcdef }, { WHvX64RegisterR9,  0x9123456789abcdef },
    { WHvX64RegisterR10, 0xa123456789abcdef }, { WHvX64RegisterR11, 0xb123456789abcdef },
    { WHvX64RegisterR12, 0xc123456789abcdef }, { WHvX64RegisterR13, 0xd123456789abcdef },
    { WHvX64RegisterR14, 0xe123456789abcdef }, { WHvX64RegisterR15, 0xf123456789abcdef },
    { WHvX64RegisterRip, 0x0000723456789abc }, { WHvX64RegisterRflags, 0x3246 },
    { WHvX64RegisterCr2, 0xfffff23456789abc }, { WHvX64RegisterCr3, 0x104000 },
    { WHvX64RegisterCr8, 0x0b },
    { WHvX64RegisterDr0, 0x12345678 }, { WHvX64RegisterDr1, 0x22345678 },
    { WHvX64RegisterDr2, 0x32345678 }, { WHvX64RegisterDr3, 0x42345678 },
    { WHvX64RegisterDr6, 0xffff4ff1, 0xf }, { WHvX64RegisterDr7, 0x402, 0xff },
    { WHvX64RegisterKernelGsBase, 0xffff800012345678 },
    { WHvX64RegisterPat, 0x0007010600070106 },
    { WHvX64RegisterSysenterCs, 0x10 }, { WHvX64RegisterSysenterEip, 0xffff800012345678 },
    { WHvX64RegisterSysenterEsp, 0xffff800022345678 },
    { WHvX64RegisterStar, 0x0023001000000000 }, { WHvX64RegisterLstar, 0xffff800032345678 },
    { WHvX64RegisterCstar, 0xffff800042345678 }, { WHvX64RegisterSfmask, 0x47700 },
    { WHvX64RegisterMsrMtrrDefType, 0x806 },
    { WHvX64RegisterMsrMtrrPhysBase0, 0x80000006 }, { WHvX64RegisterMsrMtrrPhysMask0, 0x800000800 },
    { WHvX64RegisterMsrMtrrPhysBase7, 0x90000000 },
    { WHvX64RegisterMsrMtrrFix64k00000, 0x0606060606060606 },
    { WHvX64RegisterMsrMtrrFix16kA0000, 0x0101010101010101 },
    { WHvX64RegisterMsrMtrrFix4kF8000, 0x0505050505050505 },
    { WHvX64RegisterTscAux, 0x7 },
};

static HRESULT get_value( struct vm *vm, WHV_REGISTER_NAME name, WHV_REGISTER_VALUE *value )
{
    memset( value, 0xcc, sizeof(*value) );
    return WHvGetVirtualProcessorRegisters( vm->partition, 0, &name, 1, value );
}

static HRESULT set_value( struct vm *vm, WHV_REGISTER_NAME name, const WHV_REGISTER_VALUE *value )
{
    return WHvSetVirtualProcessorRegisters( vm->partition, 0, &name, 1, value );
}

/* The bits of a row that must come back. An AMD processor has no SYSENTER in long mode, and KVM keeps for it only what
 * the processor has room for: the lower halves of two MSRs (arch/x86/kvm/svm/svm.c, svm_set_msr). */
static UINT64 plain_mask( UINT32 i )
{
    WHV_CAPABILITY capability;
    UINT32 written;

    if (plain[i].name == WHvX64RegisterSysenterEip || plain[i].name == WHvX64RegisterSysenterEsp)
    {
        memset( &capability, 0, sizeof(capability) );
        if (WHvGetCapability( WHvCapabilityCodeProcessorVendor, &capability, sizeof(capability), &written ) == S_OK &&
            capability.ProcessorVendor == WHvProcessorVendorAmd) return 0xffffffff;
    }
    return plain[i].mask ? plain[i].mask : ~0ull;
}

static void test_initial( void )
{
    static const struct { UINT32 name; UINT64 value, mask; } tests[] =
    {
        { WHvX64RegisterRip, 0xfff0, ~0ull },   { WHvX64RegisterRflags, 2, ~0ull },
        { WHvX64RegisterRax, 0, ~0ull },        { WHvX64RegisterRsp, 0, ~0ull },
        { WHvX64RegisterCr0, 0x60000000, ~0x10ull }, { WHvX64RegisterCr3, 0, ~0ull },
        { WHvX64RegisterCr4, 0, ~0ull },        { WHvX64RegisterEfer, 0, ~0ull },
        { WHvX64RegisterCr8, 0, ~0ull },        { WHvX64RegisterXCr0, 1, ~0ull },
        { WHvX64RegisterDr6, 0xffff0ff0, 0xffffffff }, { WHvX64RegisterDr7, 0x400, ~0ull },
        { WHvX64RegisterPat, 0x0007040600070406, ~0ull },
        { WHvRegisterPendingInterruption, 0, ~0ull }, { WHvRegisterInterruptState, 0, ~0ull },
        { WHvX64RegisterDeliverabilityNotifications, 0, ~0ull },
    };
    static const WHV_REGISTER_NAME data[] =
    {
        WHvX64RegisterDs, WHvX64RegisterEs, WHvX64RegisterSs, WHvX64RegisterFs, WHvX64RegisterGs,
    };
    WHV_REGISTER_VALUE value;
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    for (i = 0; i < ARRAY_COUNT(tests); i++)
    {
        hr = get_value( &vm, tests[i].name, &value );
        ok( hr == S_OK, "%#x: %#lx\n", tests[i].name, hr );
        ok( (value.Reg64 & tests[i].mask) == tests[i].value, "%#x: %#llx\n", tests[i].name, value.Reg64 );
    }
    hr = get_value( &vm, WHvX64RegisterCs, &value );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( value.Segment.Selector == 0xf000, "selector %#x\n", value.Segment.Selector );
    /* not the 0xffff0000 of a real processor */
    ok( value.Segment.Base == 0xf0000 || broken( value.Segment.Base == 0xffff0000 ), "base %#llx\n",
        value.Segment.Base );
    ok( value.Segment.Limit == 0xffff, "limit %#x\n", value.Segment.Limit );
    ok( value.Segment.Present && value.Segment.NonSystemSegment, "attributes %#x\n", value.Segment.Attributes );
    for (i = 0; i < ARRAY_COUNT(data); i++)
    {
        hr = get_value( &vm, data[i], &value );
        ok( hr == S_OK, "%#x: %#lx\n", data[i], hr );
        ok( !value.Segment.Selector && !value.Segment.Base && value.Segment.Limit == 0xffff,
            "%#x: selector %#x, base %#llx, limit %#x\n", data[i], value.Segment.Selector, value.Segment.Base,
            value.Segment.Limit );
    }
    hr = get_value( &vm, WHvX64RegisterXmmControlStatus, &value );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( value.XmmControlStatus.XmmStatusControl == 0x1f80, "mxcsr %#x\n", value.XmmControlStatus.XmmStatusControl );
    hr = get_value( &vm, WHvX64RegisterFpControlStatus, &value );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( value.FpControlStatus.FpControl == 0x40 || broken( value.FpControlStatus.FpControl == 0x37f ), "fcw %#x\n",
        value.FpControlStatus.FpControl );
    vm_destroy( &vm );
}

static void test_plain( void )
{
    WHV_REGISTER_VALUE value;
    UINT64 first, mask;
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    for (i = 0; i < ARRAY_COUNT(plain); i++)
    {
        winetest_push_context( "register %#x", plain[i].name );
        mask = plain_mask( i );
        hr = get_value( &vm, plain[i].name, &value );
        ok( hr == S_OK, "get: %#lx\n", hr );
        ok( !value.Reg128.High64, "high half %#llx\n", value.Reg128.High64 );
        first = value.Reg64;

        memset( &value, 0, sizeof(value) );
        value.Reg64 = plain[i].value;
        hr = set_value( &vm, plain[i].name, &value );
        ok( hr == S_OK, "set: %#lx\n", hr );
        hr = get_value( &vm, plain[i].name, &value );
        ok( hr == S_OK, "get: %#lx\n", hr );
        ok( (value.Reg64 & mask) == (plain[i].value & mask), "%#llx\n", value.Reg64 );

        value.Reg64 = first;
        hr = set_value( &vm, plain[i].name, &value );
        ok( hr == S_OK, "set back: %#lx\n", hr );
        winetest_pop_context();
    }

    /* no harm done; and what lives outside of the common registers outlives a run */
    for (i = 0; i < ARRAY_COUNT(plain); i++)
    {
        if (plain[i].name <= WHvX64RegisterCr8) continue;
        hr = vm_set_reg( &vm, plain[i].name, plain[i].value );
        ok( hr == S_OK, "register %#x: %#lx\n", plain[i].name, hr );
    }
    run_to_port( &vm, END_PORT, vm.before );
    for (i = 0; i < ARRAY_COUNT(plain); i++)
    {
        if (plain[i].name <= WHvX64RegisterCr8) continue;
        mask = plain_mask( i );
        first = vm_get_reg( &vm, plain[i].name );
        ok( (first & mask) == (plain[i].value & mask), "register %#x: %#llx\n", plain[i].name, first );
    }
    vm_destroy( &vm );
}

static void test_segments( void )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterEs, WHvX64RegisterDs, WHvX64RegisterFs, WHvX64RegisterGs,
    };
    WHV_REGISTER_VALUE value;
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    vm_load( &vm, MODE_PROT, NULL, 0, NULL );
    for (i = 0; i < ARRAY_COUNT(names); i++)
    {
        memset( &value, 0, sizeof(value) );
        value.Segment.Base = 0x12345000 + i;
        value.Segment.Limit = 0xabcdefff;
        value.Segment.Selector = 0x20 + i * 8;
        value.Segment.Attributes = 0xc0f3;
        hr = set_value( &vm, names[i], &value );
        ok( hr == S_OK, "%#x: %#lx\n", names[i], hr );
        hr = get_value( &vm, names[i], &value );
        ok( hr == S_OK, "%#x: %#lx\n", names[i], hr );
        ok( value.Segment.Base == 0x12345000 + i && value.Segment.Limit == 0xabcdefff &&
            value.Segment.Selector == 0x20 + i * 8 && value.Segment.Attributes == 0xc0f3,
            "%#x: base %#llx, limit %#x, selector %#x, attributes %#x\n", names[i], value.Segment.Base,
            value.Segment.Limit, value.Segment.Selector, value.Segment.Attributes );
    }
    run_to_port( &vm, END_PORT, vm.before );
    hr = get_value( &vm, WHvX64RegisterGs, &value );
    ok( hr == S_OK && value.Segment.Base == 0x12345003, "gs %#llx: %#lx\n", value.Segment.Base, hr );

    memset( &value, 0, sizeof(value) );
    value.Table.Base = 0x12345678;
    value.Table.Limit = 0xabcd;
    hr = set_value( &vm, WHvX64RegisterGdtr, &value );
    ok( hr == S_OK, "gdtr: %#lx\n", hr );
    hr = get_value( &vm, WHvX64RegisterGdtr, &value );
    ok( hr == S_OK && value.Table.Base == 0x12345678 && value.Table.Limit == 0xabcd, "gdtr %#llx, %#x: %#lx\n",
        value.Table.Base, value.Table.Limit, hr );
    vm_destroy( &vm );
}

static void test_floating_point( void )
{
    WHV_REGISTER_VALUE value;
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    for (i = 0; i < 16; i++)
    {
        value.Reg128.Low64 = 0x1111111111111111ull * i + 1;
        value.Reg128.High64 = 0x2222222222222222ull ^ i;
        hr = set_value( &vm, WHvX64RegisterXmm0 + i, &value );
        ok( hr == S_OK, "xmm%u: %#lx\n", i, hr );
    }
    for (i = 0; i < 8; i++)
    {
        memset( &value, 0, sizeof(value) );
        value.Fp.Mantissa = 0x8000000000000000ull + i;
        value.Fp.BiasedExponent = 0x3fff + i;
        value.Fp.Sign = i & 1;
        hr = set_value( &vm, WHvX64RegisterFpMmx0 + i, &value );
        ok( hr == S_OK, "fp%u: %#lx\n", i, hr );
    }
    memset( &value, 0, sizeof(value) );
    value.FpControlStatus.FpControl = 0x27f;
    value.FpControlStatus.FpStatus = 0x4100;
    value.FpControlStatus.FpTag = 0xff;
    hr = set_value( &vm, WHvX64RegisterFpControlStatus, &value );
    ok( hr == S_OK, "%#lx\n", hr );
    memset( &value, 0, sizeof(value) );
    value.XmmControlStatus.XmmStatusControl = 0x1fa0;
    value.XmmControlStatus.XmmStatusControlMask = 0xffff;
    hr = set_value( &vm, WHvX64RegisterXmmControlStatus, &value );
    ok( hr == S_OK, "%#lx\n", hr );

    run_to_port( &vm, END_PORT, vm.before );

    for (i = 0; i < 16; i++)
    {
        hr = get_value( &vm, WHvX64RegisterXmm0 + i, &value );
        ok( hr == S_OK && value.Reg128.Low64 == 0x1111111111111111ull * i + 1 &&
            value.Reg128.High64 == (0x2222222222222222ull ^ i), "xmm%u: %#llx %#llx: %#lx\n", i,
            value.Reg128.High64, value.Reg128.Low64, hr );
    }
    for (i = 0; i < 8; i++)
    {
        hr = get_value( &vm, WHvX64RegisterFpMmx0 + i, &value );
        ok( hr == S_OK && value.Fp.Mantissa == 0x8000000000000000ull + i && value.Fp.BiasedExponent == 0x3fff + i &&
            value.Fp.Sign == (i & 1), "fp%u: %#llx %#llx: %#lx\n", i, value.Reg128.High64, value.Reg128.Low64, hr );
    }
    hr = get_value( &vm, WHvX64RegisterFpControlStatus, &value );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( value.FpControlStatus.FpControl == 0x27f, "fcw %#x\n", value.FpControlStatus.FpControl );
    ok( value.FpControlStatus.FpStatus == 0x4100, "fsw %#x\n", value.FpControlStatus.FpStatus );
    ok( value.FpControlStatus.FpTag == 0xff, "ftw %#x\n", value.FpControlStatus.FpTag );
    hr = get_value( &vm, WHvX64RegisterXmmControlStatus, &value );
    ok( hr == S_OK, "%#lx\n", hr );
    ok( value.XmmControlStatus.XmmStatusControl == 0x1fa0, "mxcsr %#x\n", value.XmmControlStatus.XmmStatusControl );
    vm_destroy( &vm );
}

static void test_refused( void )
{
    WHV_REGISTER_NAME names[2] = { WHvX64RegisterRax, 0x7fffffff };
    WHV_REGISTER_VALUE values[2];
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    vm_set_reg( &vm, WHvX64RegisterRax, 0x1111 );
    memset( values, 0, sizeof(values) );
    values[0].Reg64 = 0x2222;
    for (i = 0; i < 2; i++)
    {
        static const UINT32 unknown[] = { 0x7fffffff, 0x0fff };

        names[1] = unknown[i];
        hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, names, 2, values );
        ok( hr == WHV_E_INVALID_VP_REGISTER_NAME, "set %#x: %#lx\n", names[1], hr );
        ok( vm_get_reg( &vm, WHvX64RegisterRax ) == 0x1111, "half of it is set\n" );
        hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, names, 2, values );
        ok( hr == WHV_E_INVALID_VP_REGISTER_NAME, "get %#x: %#lx\n", names[1], hr );
    }

    /* the last of many */
    {
        WHV_REGISTER_NAME many[600];
        WHV_REGISTER_VALUE *many_values = VirtualAlloc( NULL, sizeof(*many_values) * ARRAY_COUNT(many), MEM_COMMIT,
                                                        PAGE_READWRITE );

        for (i = 0; i < ARRAY_COUNT(many); i++)
        {
            many[i] = WHvX64RegisterRax + i % 16;
            many_values[i].Reg64 = 0x3333;
        }
        many[ARRAY_COUNT(many) - 1] = 0x7fffffff;
        hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, many, ARRAY_COUNT(many), many_values );
        ok( hr == WHV_E_INVALID_VP_REGISTER_NAME, "many: %#lx\n", hr );
        ok( vm_get_reg( &vm, WHvX64RegisterRax ) == 0x1111 || broken( TRUE ), "half of it is set\n" );
        hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, many, ARRAY_COUNT(many) - 1, many_values );
        ok( hr == S_OK, "many: %#lx\n", hr );
        ok( vm_get_reg( &vm, WHvX64RegisterR15 ) == 0x3333, "not set\n" );
        hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, many, ARRAY_COUNT(many) - 1, many_values );
        ok( hr == S_OK, "many: %#lx\n", hr );
        VirtualFree( many_values, 0, MEM_RELEASE );
    }

    hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, names, 0, values );
    ok( hr == S_OK || broken( FAILED(hr) ), "none: %#lx\n", hr );
    hr = WHvGetVirtualProcessorRegisters( vm.partition, 1, names, 1, values );
    ok( hr == WHV_E_VP_DOES_NOT_EXIST || broken( FAILED(hr) ), "no such vp: %#lx\n", hr );

    /* without an APIC */
    hr = vm_set_reg( &vm, WHvRegisterInternalActivityState, 2 );
    ok( hr == ERROR_HV_ACCESS_DENIED || broken( FAILED(hr) ), "activity: %#lx\n", hr );
    vm_destroy( &vm );
}

/* Every name that there is can be asked for, and whatever comes back is no crash. */
static void test_all_names( void )
{
    WHV_REGISTER_VALUE value;
    UINT32 name, count = 0;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    for (name = 0; name < 0x6000; name++)
    {
        hr = get_value( &vm, name, &value );
        if (hr == S_OK) count++;
        else ok( hr == WHV_E_INVALID_VP_REGISTER_NAME || hr == ERROR_HV_INVALID_PARAMETER || broken( FAILED(hr) ),
                 "%#x: %#lx\n", name, hr );
    }
    for (name = 0x80000000; name < 0x80000010; name++)
    {
        hr = get_value( &vm, name, &value );
        if (hr == S_OK) count++;
    }
    ok( count > 100, "only %u registers\n", count );
    vm_load( &vm, MODE_LONG, NULL, 0, NULL );
    run_to_port( &vm, END_PORT, vm.before );
    vm_destroy( &vm );
}

static void test_tsc( void )
{
    UINT64 first, second;
    struct vm vm;

    if (!vm_create( &vm, NULL )) return;
    first = vm_get_reg( &vm, WHvX64RegisterTsc );
    Sleep( 10 );
    second = vm_get_reg( &vm, WHvX64RegisterTsc );
    ok( second > first, "tsc %#llx, then %#llx\n", first, second );
    ok( vm_set_reg( &vm, WHvX64RegisterTsc, 0x1000000000000 ) == S_OK, "can't set it\n" );
    first = second;
    second = vm_get_reg( &vm, WHvX64RegisterTsc );
    if (winetest_platform_is_wine && second - first < 0x1000000000) skip( "this KVM's guests have the host's TSC\n" );
    else ok( second >= 0x1000000000000 && second < 0x1001000000000, "tsc %#llx\n", second );
    vm_destroy( &vm );
}

/* What no processor holds in a register is refused, and changes nothing. */
static void test_invalid( void )
{
    static const struct { UINT32 name; UINT64 value; } values[] =
    {
        { WHvX64RegisterEfer, 0xfffffffffffffff0 }, { WHvX64RegisterEfer, 0x8000000000000500 },
        { WHvX64RegisterEfer, 0x504 },              { WHvX64RegisterEfer, 0x40000000 },
        { WHvX64RegisterXCr0, 4 },                  { WHvX64RegisterXCr0, 6 },
        { WHvX64RegisterXCr0, 0x4000000000000003 }, { WHvX64RegisterCr0, 0x100000010 },
        { WHvX64RegisterCr4, 0x8000000000000000 },  { WHvX64RegisterPat, 0x0007040600070403 },
        { WHvX64RegisterDr7, 0x100000400 },         { WHvX64RegisterCr8, 0x10 },
    };
    struct vm vm;
    UINT64 before;
    UINT32 i;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    for (i = 0; i < ARRAY_COUNT(values); i++)
    {
        before = vm_get_reg( &vm, values[i].name );
        hr = vm_set_reg( &vm, values[i].name, values[i].value );
        ok( hr == ERROR_HV_INVALID_REGISTER_VALUE || broken( FAILED(hr) ),
            "%#x: %#llx is accepted\n", values[i].name, values[i].value );
        ok( vm_get_reg( &vm, values[i].name ) == before, "%#x: is %#llx now, was %#llx\n", values[i].name,
            vm_get_reg( &vm, values[i].name ), before );
    }
    vm_destroy( &vm );
}

/* EFER.LMA says that LME and paging are on, whatever the client says of it. */
static void test_long_mode( void )
{
    static const BYTE code[] = { 0x90 };
    static const UINT64 efers[] = { 0x900, 0xd00, 0x901, 0x500, 0x101 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT32 i, order;
    struct vm vm;

    if (!vm_create( &vm, NULL )) return;
    for (i = 0; i < ARRAY_COUNT(efers); i++)
        for (order = 0; order < 2; order++)
        {
            UINT64 cr0;

            vm_load( &vm, MODE_LONG, code, sizeof(code), NULL );
            cr0 = vm_get_reg( &vm, WHvX64RegisterCr0 );
            /* off, and on again, before or after EFER is written */
            vm_set_reg( &vm, WHvX64RegisterCr0, cr0 & 0x7fffffff );
            if (order) vm_set_reg( &vm, WHvX64RegisterCr0, cr0 );
            vm_set_reg( &vm, WHvX64RegisterEfer, efers[i] );
            if (!order) vm_set_reg( &vm, WHvX64RegisterCr0, cr0 );
            if (!vm_run( &vm, &exit )) continue;
            ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess && exit.IoPortAccess.PortNumber == END_PORT,
                "efer %#llx, %u: exit %#x\n", efers[i], order, exit.ExitReason );
            ok( exit.VpContext.ExecutionState.EferLma, "efer %#llx, %u: EferLma is clear\n", efers[i], order );
            ok( vm_get_reg( &vm, WHvX64RegisterEfer ) == (efers[i] | 0x500), "efer %#llx, %u: is %#llx\n", efers[i],
                order, vm_get_reg( &vm, WHvX64RegisterEfer ));
        }
    vm_destroy( &vm );
}

START_TEST(registers)
{
    if (!vm_present()) return;
    test_initial();
    test_plain();
    test_segments();
    test_floating_point();
    test_refused();
    test_invalid();
    test_long_mode();
    test_all_names();
    test_tsc();
}
