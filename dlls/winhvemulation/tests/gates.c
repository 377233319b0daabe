/*
 * Gates and outer levels, compared with what the processor does
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

#include <cpuid.h>

#include "wine/test.h"
#include <winhvplatform.h>
#include <winhvemulation.h>

/* The guest's map, in which addresses are what they seem. */
#define RAM_SIZE    0x20000
#define PML4        0x1000
#define PDPT        0x2000
#define DIRECTORY   0x3000
#define GDT         0x4000
#define TASK        0x5000
#define CODE        0x6000
#define TARGET      0x7000          /* where a port exit tells that the guest has arrived */
#define OPERAND     0x8000          /* a pointer, or a frame: here, or at DEVICE */
#define USER_STACK  0xa000
#define INNER_STACK 0xb000
#define DEVICE      0x200000        /* nothing is there */
#define PORT        0x10

#define CODE0       0x08
#define DATA0       0x10
#define CODE3       0x1b
#define DATA3       0x23
#define CODE0_64    0x28
#define CODE3_64    0x33
#define GATE        0x3b

enum { RING0, RING3 = 3 };

static const struct test
{
    const char *name;
    BOOL        is_long;
    UINT8       cpl;
    BYTE        code[4];
    UINT32      size, params;       /* params: of the gate */
    UINT32      word;               /* of the operand: so many bytes each */
    UINT64      operand[6];
    BOOL        is_stack;           /* by RSP, else by RBX */
}
tests[] =
{
    { "call, inner",            FALSE, RING3, { 0xff, 0x1b }, 2, 0, 4, { 0x1234, GATE }, FALSE },
    { "call, inner, 3 words",   FALSE, RING3, { 0xff, 0x1b }, 2, 3, 4, { 0x1234, GATE }, FALSE },
    { "call, same level",       FALSE, RING0, { 0xff, 0x1b }, 2, 3, 4, { 0, GATE }, FALSE },
    { "jmp, same level",        FALSE, RING0, { 0xff, 0x2b }, 2, 3, 4, { 0, GATE }, FALSE },
    { "long, call, same level", TRUE,  RING0, { 0xff, 0x1b }, 2, 0, 4, { 0, GATE }, FALSE },
    { "long, jmp, same level",  TRUE,  RING0, { 0xff, 0x2b }, 2, 0, 4, { 0, GATE }, FALSE },
    { "ret, outer",             FALSE, RING0, { 0xcb }, 1, 0, 4, { TARGET, CODE3, USER_STACK, DATA3 }, TRUE },
    { "ret 8, outer",           FALSE, RING0, { 0xca, 0x08 }, 3, 0, 4,
      { TARGET, CODE3, 0x11, 0x22, USER_STACK, DATA3 }, TRUE },
    { "long, ret, outer",       TRUE,  RING0, { 0x48, 0xcb }, 2, 0, 8, { TARGET, CODE3_64, USER_STACK, DATA3 }, TRUE },
    { "long, ret to 32 bits",   TRUE,  RING0, { 0xcb }, 1, 0, 4, { TARGET, CODE3, USER_STACK, DATA3 }, TRUE },
    { "ret, same level",        FALSE, RING0, { 0xcb }, 1, 0, 4, { TARGET, CODE0 }, TRUE },
    { "long, call, inner",      TRUE,  RING3, { 0xff, 0x1b }, 2, 0, 4, { 0x1234, GATE }, FALSE },
};

#define COUNT 30
static const WHV_REGISTER_NAME names[COUNT] =
{
    WHvX64RegisterRax, WHvX64RegisterRcx, WHvX64RegisterRdx, WHvX64RegisterRbx, WHvX64RegisterRsp, WHvX64RegisterRbp,
    WHvX64RegisterRsi, WHvX64RegisterRdi, WHvX64RegisterR8, WHvX64RegisterR15, WHvX64RegisterRip, WHvX64RegisterRflags,
    WHvX64RegisterCs, WHvX64RegisterSs, WHvX64RegisterDs, WHvX64RegisterEs, WHvX64RegisterFs, WHvX64RegisterGs,
    WHvX64RegisterTr, WHvX64RegisterLdtr, WHvX64RegisterGdtr, WHvX64RegisterIdtr, WHvX64RegisterCr0, WHvX64RegisterCr2,
    WHvX64RegisterCr3, WHvX64RegisterCr4, WHvX64RegisterEfer, WHvRegisterInterruptState,
    WHvRegisterPendingInterruption, WHvRegisterPendingEvent,
};
enum { RBX = 3, RSP, RIP = 10, RFLAGS, CS, SS, DS, ES, FS, GS, TR, LDTR, GDTR, IDTR, CR0, CR3 = 24, CR4, EFER };

static WHV_PARTITION_HANDLE partition;
static BYTE *ram, device[64];

/* ---- the callbacks ---- */

static HRESULT CALLBACK get_registers( void *context, const WHV_REGISTER_NAME *list, UINT32 count,
                                       WHV_REGISTER_VALUE *values )
{
    (void)context;
    return WHvGetVirtualProcessorRegisters( partition, 0, list, count, values );
}

static HRESULT CALLBACK set_registers( void *context, const WHV_REGISTER_NAME *list, UINT32 count,
                                       const WHV_REGISTER_VALUE *values )
{
    (void)context;
    return WHvSetVirtualProcessorRegisters( partition, 0, list, count, values );
}

static HRESULT CALLBACK translate( void *context, WHV_GUEST_VIRTUAL_ADDRESS gva, WHV_TRANSLATE_GVA_FLAGS flags,
                                   WHV_TRANSLATE_GVA_RESULT_CODE *code, WHV_GUEST_PHYSICAL_ADDRESS *gpa )
{
    WHV_TRANSLATE_GVA_RESULT result;
    HRESULT hr = WHvTranslateGva( partition, 0, gva, flags, &result, gpa );

    (void)context;
    *code = result.ResultCode;
    return hr;
}

static HRESULT CALLBACK memory( void *context, WHV_EMULATOR_MEMORY_ACCESS_INFO *access )
{
    BYTE *at = NULL;

    (void)context;
    if (access->GpaAddress + access->AccessSize <= RAM_SIZE) at = ram + access->GpaAddress;
    else if (access->GpaAddress - DEVICE <= sizeof(device) - access->AccessSize)
        at = device + (access->GpaAddress - DEVICE);
    if (!at) return E_FAIL;
    if (access->Direction) memcpy( at, access->Data, access->AccessSize );
    else memcpy( access->Data, at, access->AccessSize );
    return S_OK;
}

static HRESULT CALLBACK port( void *context, WHV_EMULATOR_IO_ACCESS_INFO *access )
{
    (void)context;
    (void)access;
    return E_FAIL;
}

static const WHV_EMULATOR_CALLBACKS callbacks =
{
    sizeof(callbacks), 0, port, memory, get_registers, set_registers, translate
};

/* ---- a guest ---- */

static void put( UINT32 at, UINT64 value )
{
    memcpy( ram + at, &value, sizeof(value) );
}

static void load_segment( WHV_REGISTER_VALUE *value, UINT16 selector )
{
    UINT64 descriptor;

    memcpy( &descriptor, ram + GDT + (selector & ~7), sizeof(descriptor) );
    memset( value, 0, sizeof(*value) );
    value->Segment.Limit = 0xffffffff;
    value->Segment.Selector = selector;
    value->Segment.Attributes = (descriptor >> 40 & 0xf0ff) | 1;
}

static void put_memory( const struct test *test )
{
    UINT32 i;

    memset( ram, 0, RAM_SIZE );
    put( PML4, PDPT | 7 );
    put( PDPT, DIRECTORY | 7 );
    put( DIRECTORY, 0x87 );
    put( DIRECTORY + 8, DEVICE | 0x87 );
    put( GDT + CODE0, 0x00cf9a000000ffff );
    put( GDT + DATA0, 0x00cf92000000ffff );
    put( GDT + (CODE3 & ~7), 0x00cffa000000ffff );
    put( GDT + (DATA3 & ~7), 0x00cff2000000ffff );
    put( GDT + CODE0_64, 0x00af9a000000ffff );
    put( GDT + (CODE3_64 & ~7), 0x00affa000000ffff );
    put( GDT + (GATE & ~7), 0x0000ec0000000000 | (UINT64)test->params << 32 | TARGET |
                            (UINT64)(test->is_long ? CODE0_64 : CODE0) << 16 );
    put( TASK + 4, INNER_STACK );
    if (!test->is_long) put( TASK + 8, DATA0 );
    memcpy( ram + CODE, test->code, test->size );
    ram[TARGET] = 0xe6;             /* out PORT,al */
    ram[TARGET + 1] = PORT;
    for (i = 0; i < 8; i++) put( USER_STACK + i * 8, 0x1111111122222222ull * (i + 1) );
}

static void put_operand( const struct test *test, BYTE *to )
{
    UINT32 i;

    for (i = 0; i < ARRAYSIZE(test->operand); i++) memcpy( to + i * test->word, &test->operand[i], test->word );
}

static BOOL load( const struct test *test, UINT64 operand )
{
    WHV_REGISTER_VALUE values[COUNT];
    UINT32 i;
    HRESULT hr;

    put_memory( test );
    memset( device, 0, sizeof(device) );
    /* in both ways memory is the same */
    put_operand( test, ram + OPERAND );
    put_operand( test, device );
    memset( values, 0, sizeof(values) );
    for (i = 0; i < RIP; i++) values[i].Reg64 = 0x01020304u * (i + 1);
    values[RBX].Reg64 = operand;
    values[RSP].Reg64 = test->is_stack ? operand : test->cpl ? USER_STACK : INNER_STACK;
    values[RIP].Reg64 = CODE;
    values[RFLAGS].Reg64 = 0x3046;
    load_segment( &values[CS], test->is_long ? (test->cpl ? CODE3_64 : CODE0_64) : test->cpl ? CODE3 : CODE0 );
    load_segment( &values[SS], test->cpl ? DATA3 : DATA0 );
    load_segment( &values[DS], test->cpl ? DATA3 : DATA0 );
    load_segment( &values[ES], DATA3 );
    load_segment( &values[FS], test->cpl ? DATA3 : DATA0 );
    load_segment( &values[GS], DATA3 );
    values[TR].Segment.Base = TASK;
    values[TR].Segment.Limit = 0x67;
    values[TR].Segment.Selector = 0x50;
    values[TR].Segment.Attributes = 0x8b;
    values[LDTR].Segment.Attributes = 0x82;
    values[GDTR].Table.Base = GDT;
    values[GDTR].Table.Limit = 0x5f;
    values[CR0].Reg64 = test->is_long ? 0x80000031 : 0x31;
    values[CR3].Reg64 = test->is_long ? PML4 : 0;
    values[CR4].Reg64 = test->is_long ? 0x20 : 0;
    values[EFER].Reg64 = test->is_long ? 0x500 : 0;
    hr = WHvSetVirtualProcessorRegisters( partition, 0, names, COUNT, values );
    ok( hr == S_OK, "registers: %#lx\n", hr );
    return hr == S_OK;
}

/* To TARGET; emulated: the emulator has to be asked first. */
static BOOL run( WHV_EMULATOR_HANDLE emulator, BOOL emulated, WHV_REGISTER_VALUE values[COUNT] )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_EMULATOR_STATUS status;
    HRESULT hr;

    hr = WHvRunVirtualProcessor( partition, 0, &exit, sizeof(exit) );
    ok( hr == S_OK, "run: %#lx\n", hr );
    if (emulated)
    {
        ok( exit.ExitReason == WHvRunVpExitReasonMemoryAccess, "exit %#x\n", exit.ExitReason );
        if (exit.ExitReason != WHvRunVpExitReasonMemoryAccess) return FALSE;
        ok( exit.MemoryAccess.Gpa >> 12 == DEVICE >> 12, "gpa %#llx\n", exit.MemoryAccess.Gpa );
        hr = WHvEmulatorTryMmioEmulation( emulator, NULL, &exit.VpContext, &exit.MemoryAccess, &status );
        ok( hr == S_OK && status.EmulationSuccessful, "emulation: %#lx, status %#x\n", hr, status.AsUINT32 );
        if (hr != S_OK || !status.EmulationSuccessful) return FALSE;
        hr = WHvRunVirtualProcessor( partition, 0, &exit, sizeof(exit) );
        ok( hr == S_OK, "run: %#lx\n", hr );
    }
    ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess && exit.IoPortAccess.PortNumber == PORT &&
        exit.VpContext.Rip == TARGET, "exit %#x at %#llx\n", exit.ExitReason, exit.VpContext.Rip );
    hr = WHvGetVirtualProcessorRegisters( partition, 0, names, COUNT, values );
    ok( hr == S_OK, "registers: %#lx\n", hr );
    return exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess;
}

static void compare( const struct test *test, const WHV_REGISTER_VALUE *done, const WHV_REGISTER_VALUE *expect,
                     const BYTE *memory_expected )
{
    UINT32 i;

    for (i = 0; i < COUNT; i++)
    {
        if (i == RBX) continue;
        /* of two operands at two places */
        if (i == RSP && !strcmp( test->name, "ret, same level" ))
        {
            ok( done[i].Reg64 - DEVICE == expect[i].Reg64 - OPERAND, "rsp %#llx, %#llx\n", done[i].Reg64,
                expect[i].Reg64 );
            continue;
        }
        /* what the processor keeps behind a null selector is its own business */
        if (i >= SS && i <= GS && !(expect[i].Segment.Selector & ~3))
        {
            ok( done[i].Segment.Selector == expect[i].Segment.Selector, "register %#x: %#x, processor %#x\n",
                names[i], done[i].Segment.Selector, expect[i].Segment.Selector );
            continue;
        }
        ok( !memcmp( &done[i], &expect[i], sizeof(done[i]) ), "register %#x: %#llx %#llx, processor %#llx %#llx\n",
            names[i], done[i].Reg128.Low64, done[i].Reg128.High64, expect[i].Reg128.Low64,
            expect[i].Reg128.High64 );
    }
    /* page tables are marked where the device is used */
    for (i = GDT; i < RAM_SIZE && !memcmp( ram + i, memory_expected + i, 8 ); i += 8) {}
    ok( i == RAM_SIZE, "memory at %#x: %#llx, processor %#llx\n", i, i < RAM_SIZE ? *(UINT64 *)(ram + i) : 0,
        i < RAM_SIZE ? *(const UINT64 *)(memory_expected + i) : 0 );
}

/* QEMU's processor without KVM: at a guest's call through a gate of 32 bits to an inner level QEMU ends itself. */
static BOOL is_emulated_processor( void )
{
    unsigned int eax, ebx, ecx, edx;

    __cpuid( 0x40000000, eax, ebx, ecx, edx );
    return ebx == 0x54474354 && ecx == 0x43544743 && edx == 0x47435447;        /* "TCGTCGTCGTCG" */
}

static BOOL create( void )
{
    WHV_CAPABILITY capability;
    UINT32 count = 1;
    HRESULT hr;

    memset( &capability, 0, sizeof(capability) );
    if (WHvGetCapability( WHvCapabilityCodeHypervisorPresent, &capability, sizeof(capability), NULL ) != S_OK ||
        !capability.HypervisorPresent)
    {
        skip( "there is no hypervisor\n" );
        return FALSE;
    }
    ram = VirtualAlloc( NULL, RAM_SIZE, MEM_COMMIT, PAGE_READWRITE );
    if ((hr = WHvCreatePartition( &partition )) == S_OK &&
        (hr = WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeProcessorCount, &count,
                                       sizeof(count) )) == S_OK &&
        (hr = WHvSetupPartition( partition )) == S_OK &&
        (hr = WHvMapGpaRange( partition, ram, 0, RAM_SIZE, WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite |
                              WHvMapGpaRangeFlagExecute )) == S_OK &&
        (hr = WHvCreateVirtualProcessor( partition, 0, 0 )) == S_OK) return TRUE;
    ok( 0, "no partition: %#lx\n", hr );
    return FALSE;
}

START_TEST(gates)
{
    WHV_REGISTER_VALUE expect[COUNT], done[COUNT];
    WHV_EMULATOR_HANDLE emulator;
    BYTE *memory_expected;
    UINT32 i;
    HRESULT hr;

    if (is_emulated_processor())
    {
        skip( "an emulated processor\n" );
        return;
    }
    if (!create()) return;
    memory_expected = malloc( RAM_SIZE );
    hr = WHvEmulatorCreateEmulator( &callbacks, &emulator );
    ok( hr == S_OK, "emulator: %#lx\n", hr );
    for (i = 0; i < ARRAYSIZE(tests); i++)
    {
        winetest_push_context( "%s", tests[i].name );
        memset( expect, 0, sizeof(expect) );
        memset( done, 0, sizeof(done) );
        if (load( &tests[i], OPERAND ) && run( emulator, FALSE, expect ))
        {
            memcpy( memory_expected, ram, RAM_SIZE );
            if (load( &tests[i], DEVICE ) && run( emulator, TRUE, done ))
                compare( &tests[i], done, expect, memory_expected );
        }
        winetest_pop_context();
    }
    WHvEmulatorDestroyEmulator( emulator );
    WHvDeletePartition( partition );
    free( memory_expected );
}
