/*
 * Segment registers and far branches
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

#define ANY_BITS 0
#define MSR_NOWHERE 0x12345

/* Code that makes the exit of a bit, in a ring where Windows and each KVM can do it; the ports of the handlers tell
 * where the guest went instead. */
struct trigger
{
    UINT32      bit;
    enum mode   mode;
    UINT64      also;           /* other bits that it needs: of ExceptionExitBitmap for bits of ExtendedVmExits */
    UINT32      reason;
    BYTE        code[8];
    UINT32      size;
    const char *name;
};

static const struct trigger extended[] =
{
    { 0,  MODE_LONG, ANY_BITS, WHvRunVpExitReasonX64Cpuid,     { 0x0f, 0xa2 }, 2, "X64CpuidExit" },
    { 1,  MODE_LONG, ANY_BITS, WHvRunVpExitReasonX64MsrAccess, { 0x0f, 0x32 }, 2, "X64MsrExit" },
    { 2,  MODE_LONG, 1 << 1,   WHvRunVpExitReasonException,    { 0x90, 0x90 }, 2, "ExceptionExit" },
    { 3,  MODE_USER, ANY_BITS, WHvRunVpExitReasonX64Rdtsc,     { 0x0f, 0x31 }, 2, "X64RdtscExit" },
    { 5,  MODE_LONG, ANY_BITS, WHvRunVpExitReasonHypercall,    { 0x0f, 0x01, 0xd9 }, 3, "HypercallExit" },
    { 14, MODE_LONG, ANY_BITS, WHvRunVpExitReasonMemoryAccess, { 0x8b, 0x06 }, 2, "GpaAccessFaultExit" },
};

static const struct trigger exceptions[] =
{
    { 0,  MODE_USER, ANY_BITS, WHvRunVpExitReasonException, { 0x31, 0xc9, 0xf7, 0xf1 }, 4, "#DE" },
    { 1,  MODE_LONG, ANY_BITS, WHvRunVpExitReasonException, { 0x90, 0x90 }, 2, "#DB" },      /* stepped */
    { 3,  MODE_LONG, ANY_BITS, WHvRunVpExitReasonException, { 0xcc }, 1, "#BP" },
    { 6,  MODE_USER, ANY_BITS, WHvRunVpExitReasonException, { 0x0f, 0x0b }, 2, "#UD" },
    { 13, MODE_USER, ANY_BITS, WHvRunVpExitReasonException, { 0xf4 }, 1, "#GP" },            /* HLT in ring 3 */
};

static UINT64 capability( WHV_CAPABILITY_CODE code )
{
    UINT64 value = 0;

    if (FAILED( WHvGetCapability( code, &value, sizeof(value), NULL ))) return 0;
    return value;
}

/* What is offered may be set, and what is not may not. ignored: what may be set and does nothing. */
static void test_bits( WHV_CAPABILITY_CODE code, WHV_PARTITION_PROPERTY_CODE property, UINT64 ignored,
                       const char *name )
{
    UINT64 offered = capability( code ), now;
    struct vm vm;
    HRESULT hr;
    UINT32 bit;

    memset( &vm, 0, sizeof(vm) );
    hr = WHvCreatePartition( &vm.partition );
    ok( hr == S_OK, "%#lx\n", hr );
    for (bit = 0; bit < 64; bit++)
    {
        UINT64 value = 1ull << bit;

        hr = vm_set_property( &vm, property, value );
        if (offered & value)
        {
            ok( hr == S_OK, "%s bit %u is offered: %#lx\n", name, bit, hr );
            now = 0;
            hr = WHvGetPartitionProperty( vm.partition, property, &now, sizeof(now), NULL );
            ok( hr == S_OK && now == value, "%s bit %u: %#lx, %#llx\n", name, bit, hr, now );
        }
        else if (!(ignored & value))
            ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "%s bit %u is not offered: %#lx\n", name, bit, hr );
    }
    hr = vm_set_property( &vm, property, offered );
    ok( hr == S_OK, "%s, all that is offered (%#llx): %#lx\n", name, offered, hr );
    WHvDeletePartition( vm.partition );
}

static void test_trigger( const struct trigger *trigger, UINT64 exits, UINT64 vectors )
{
    struct vm_config config = { .extended_exits = exits, .exception_exits = vectors };
    static const BYTE vmcall[] = { 0x0f, 0x01, 0xc1 };
    BOOL is_vmcall = trigger->reason == WHvRunVpExitReasonHypercall && !vm_is_on_amd();
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    struct vm vm;

    winetest_push_context( "%s", trigger->name );
    if (vm_create( &vm, &config ))
    {
        vm_default_regs( trigger->mode, regs );
        if (trigger->reason == WHvRunVpExitReasonX64MsrAccess) regs[RCX] = MSR_NOWHERE;
        if (trigger->reason == WHvRunVpExitReasonMemoryAccess) regs[RSI] = modes[trigger->mode].hole;
        if (trigger->code[0] == 0x90) regs[RFLAGS] |= FLAG_TF;
        vm_load( &vm, trigger->mode, is_vmcall ? vmcall : trigger->code, trigger->size, regs );
        /* exceptions and RDTSC of ring 3 exit where the guest has no table of its own */
        if (trigger->mode != MODE_USER) vm_make_handlers( &vm, trigger->mode );
        if (vm_run( &vm, &exit ))
        {
            ok( exit.ExitReason == trigger->reason, "exit %#x, port %#x\n", exit.ExitReason,
                exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess ? exit.IoPortAccess.PortNumber : 0 );
            if (vectors && exit.ExitReason == WHvRunVpExitReasonException)
                ok( vectors >> exit.VpException.ExceptionType & 1, "vector %u\n", exit.VpException.ExceptionType );
        }
        vm_destroy( &vm );
    }
    winetest_pop_context();
}

/* of ExtendedVmExits, what other files try: UnknownSynicConnection (synic.c) */
#define TRIED_ELSEWHERE 0x400

START_TEST(offered)
{
    /* X64ApicInitSipiExitTrap: QEMU asks for it everywhere */
    static const UINT64 ignored = 1 << 6;
    UINT64 exits, vectors, untried;
    UINT32 i;

    if (!vm_present()) return;
    test_bits( WHvCapabilityCodeExtendedVmExits, WHvPartitionPropertyCodeExtendedVmExits, ignored, "ExtendedVmExits" );
    test_bits( WHvCapabilityCodeExceptionExitBitmap, WHvPartitionPropertyCodeExceptionExitBitmap, 0,
               "ExceptionExitBitmap" );
    test_bits( WHvCapabilityCodeX64MsrExitBitmap, WHvPartitionPropertyCodeX64MsrExitBitmap, 0, "X64MsrExitBitmap" );

    exits = capability( WHvCapabilityCodeExtendedVmExits );
    vectors = capability( WHvCapabilityCodeExceptionExitBitmap );
    untried = exits & ~TRIED_ELSEWHERE;
    for (i = 0; i < ARRAY_COUNT(extended); i++)
    {
        untried &= ~(1ull << extended[i].bit);
        if (exits >> extended[i].bit & 1) test_trigger( &extended[i], 1ull << extended[i].bit, extended[i].also );
        else skip( "%s is not offered\n", extended[i].name );
    }
    ok( !untried || !winetest_platform_is_wine, "offered, and never tried: %#llx\n", untried );
    if (!(exits & 4)) return;
    for (i = 0; i < ARRAY_COUNT(exceptions); i++)
    {
        if (exceptions[i].bit == 3 && vm_is_on_qemu()) skip( "an emulated processor intercepts no INT3\n" );
        else if (vectors >> exceptions[i].bit & 1) test_trigger( &exceptions[i], 4, 1ull << exceptions[i].bit );
        else skip( "%s is not offered\n", exceptions[i].name );
    }
}
