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
#define HANDLERS    0x7800          /* the same for each exception, HANDLER_SIZE apart */
#define HANDLER_SIZE 4
#define OPERAND     0x8000          /* a pointer, or a frame: here, or at DEVICE */
#define USER_STACK  0xa000
#define INNER_STACK 0xb000
#define FAULT_STACK 0xc000          /* of handlers in long mode */
#define IDT         0xd000
#define DEVICE      0x200000        /* nothing is there */
#define PORT        0x10

#define CODE0       0x08
#define DATA0       0x10
#define CODE3       0x1b
#define DATA3       0x23
#define CODE0_64    0x28
#define CODE3_64    0x33
#define GATE        0x3b            /* of two entries in long mode */
#define GATE1       0x73
#define CODE1       0x49
#define DATA1       0x51
#define CODE_IDT    0x58            /* where the handlers are, whatever has become of the others */
#define CODE_IDT_64 0x60
#define GDT_SIZE    0x78

enum { RING0, RING1, RING3 = 3 };

#define AT(selector) (GDT + ((selector) & ~7u))
#define TASK_LIMIT   1              /* instead of an address */
#define AS_IT_IS     0, 0
#define ARRIVES      0, AS_IT_IS

enum { TS = 10, NP = 11, SF = 12, GP = 13 };

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
    UINT8       vector;             /* of the fault that it is, or 0: */
    UINT32      at;                 /* this is written over what put_memory has put there, */
    UINT64      value;              /* ... or is the limit of the task */
}
tests[] =
{
    { "call, inner",            FALSE, RING3, { 0xff, 0x1b }, 2, 0, 4, { 0x1234, GATE }, FALSE, ARRIVES },
    { "call, inner, 3 words",   FALSE, RING3, { 0xff, 0x1b }, 2, 3, 4, { 0x1234, GATE }, FALSE, ARRIVES },
    { "call, same level",       FALSE, RING0, { 0xff, 0x1b }, 2, 3, 4, { 0, GATE }, FALSE, ARRIVES },
    { "jmp, same level",        FALSE, RING0, { 0xff, 0x2b }, 2, 3, 4, { 0, GATE }, FALSE, ARRIVES },
    { "long, call, same level", TRUE,  RING0, { 0xff, 0x1b }, 2, 0, 4, { 0, GATE }, FALSE, ARRIVES },
    { "long, jmp, same level",  TRUE,  RING0, { 0xff, 0x2b }, 2, 0, 4, { 0, GATE }, FALSE, ARRIVES },
    { "ret, outer",             FALSE, RING0, { 0xcb }, 1, 0, 4, { TARGET, CODE3, USER_STACK, DATA3 }, TRUE, ARRIVES },
    { "ret 8, outer",           FALSE, RING0, { 0xca, 0x08 }, 3, 0, 4,
      { TARGET, CODE3, 0x11, 0x22, USER_STACK, DATA3 }, TRUE, ARRIVES },
    { "long, ret, outer",       TRUE,  RING0, { 0x48, 0xcb }, 2, 0, 8,
      { TARGET, CODE3_64, USER_STACK, DATA3 }, TRUE, ARRIVES },
    { "long, ret to 32 bits",   TRUE,  RING0, { 0xcb }, 1, 0, 4, { TARGET, CODE3, USER_STACK, DATA3 }, TRUE, ARRIVES },
    { "ret, same level",        FALSE, RING0, { 0xcb }, 1, 0, 4, { TARGET, CODE0 }, TRUE, ARRIVES },
    { "long, call, inner",      TRUE,  RING3, { 0xff, 0x1b }, 2, 0, 4, { 0x1234, GATE }, FALSE, ARRIVES },

/* Faults, of calls and jumps to TARGET. */
#define CALL(is_long, gate) is_long, RING3, { 0xff, 0x1b }, 2, 0, 4, { 0x1234, gate }, FALSE
#define JMP(is_long)        is_long, RING3, { 0xff, 0x2b }, 2, 0, 4, { 0x1234, GATE }, FALSE
#define TO(selector, type)  AT(GATE), (UINT64)(type) << 40 | TARGET | (UINT64)(selector) << 16
    { "gate of ring 2",         CALL(FALSE, GATE), GP, TO(CODE0, 0xcc) },
    { "gate not present",       CALL(FALSE, GATE), NP, TO(CODE0, 0x6c) },
    { "gate to data",           CALL(FALSE, GATE), GP, TO(DATA0, 0xec) },
    { "gate to a gate",         CALL(FALSE, GATE), GP, TO(GATE, 0xec) },
    { "gate to nothing",        CALL(FALSE, GATE), GP, TO(3, 0xec) },
    { "gate to beyond",         CALL(FALSE, GATE), GP, TO(GDT_SIZE, 0xec) },
    { "an interrupt gate",      CALL(FALSE, GATE), GP, TO(CODE0, 0xee) },
    { "code not present",       CALL(FALSE, GATE), NP, AT(CODE0), 0x00cf1a000000ffff },
    { "code too short",         CALL(FALSE, GATE), GP, AT(CODE0), 0x00409a0000006fff },
    { "jmp, inner",             JMP(FALSE), GP, AS_IT_IS },
    { "task has one stack",     CALL(FALSE, GATE1), TS, TASK_LIMIT, 0xb },
    { "stack of nothing",       CALL(FALSE, GATE1), TS, TASK + 16, 1 },
    { "stack beyond",           CALL(FALSE, GATE1), TS, TASK + 16, GDT_SIZE + 1 },
    { "stack of code",          CALL(FALSE, GATE1), TS, TASK + 16, CODE1 },
    { "stack of ring 0",        CALL(FALSE, GATE1), TS, TASK + 16, DATA0 + 1 },
    { "stack, RPL of 2",        CALL(FALSE, GATE1), TS, TASK + 16, DATA1 + 1 },
    { "stack not present",      CALL(FALSE, GATE1), SF, AT(DATA1), 0x00cf32000000ffff },
    { "stack to be read",       CALL(FALSE, GATE1), TS, AT(DATA1), 0x00cfb0000000ffff },
    { "stack too short",        CALL(FALSE, GATE1), SF, AT(DATA1), 0x0040b20000000fff },
    { "long, 16 bits",          CALL(TRUE, GATE), GP, TO(CODE0_64, 0xe4) },
    { "long, not present",      CALL(TRUE, GATE), NP, TO(CODE0_64, 0x6c) },
    { "long, upper half",       CALL(TRUE, GATE), GP, AT(GATE) + 8, 0x0000010000000000 },
    { "long, to 32 bits",       CALL(TRUE, GATE), GP, TO(CODE0, 0xec) },
    { "long, no code",          CALL(TRUE, GATE), NP, AT(CODE0_64), 0x00af1a000000ffff },
    { "long, jmp, inner",       JMP(TRUE), GP, AS_IT_IS },
    { "ret, inner",             FALSE, RING3, { 0xcb }, 1, 0, 4, { TARGET, CODE0 }, TRUE, GP, AS_IT_IS },
#undef CALL
#undef JMP
#undef TO
    /* ... and of returns to ring 3 */
#define RET FALSE, RING1, { 0xcb }, 1, 0, 4
#define RETQ TRUE, RING0, { 0x48, 0xcb }, 2, 0, 8
    { "ret, code not present",  RET, { TARGET, CODE3, USER_STACK, DATA3 }, TRUE, NP, AT(CODE3), 0x00cf7a000000ffff },
    { "ret, code too short",    RET, { TARGET, CODE3, USER_STACK, DATA3 }, TRUE, GP, AT(CODE3), 0x0040fa0000006fff },
    { "ret, stack not present", RET, { TARGET, CODE3, USER_STACK, DATA3 }, TRUE, SF, AT(DATA3), 0x00cf72000000ffff },
    { "ret, no stack",          RET, { TARGET, CODE3, USER_STACK, 3 }, TRUE, GP, AS_IT_IS },
    { "ret, stack of ring 0",   RET, { TARGET, CODE3, USER_STACK, DATA0 + 3 }, TRUE, GP, AS_IT_IS },
    { "ret, stack, RPL of 1",   RET, { TARGET, CODE3, USER_STACK, DATA3 & ~2 }, TRUE, GP, AS_IT_IS },
    { "ret, stack beyond",      RET, { TARGET, CODE3, USER_STACK, GDT_SIZE + 3 }, TRUE, GP, AS_IT_IS },
    { "long, ret to nowhere",   RETQ, { 0x800000000000, CODE3_64, USER_STACK, DATA3 }, TRUE, GP, AS_IT_IS },
    { "long, ret, no code",     RETQ, { TARGET, 0, USER_STACK, DATA3 }, TRUE, GP, AS_IT_IS },
    { "long, ret, not there",   RETQ, { TARGET, CODE3_64, USER_STACK, DATA3 }, TRUE, NP,
      AT(CODE3_64), 0x00af7a000000ffff },
#undef RET
#undef RETQ
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

/* out PORT,al */
static void put_arrival( UINT32 at )
{
    ram[at] = 0xe6;
    ram[at + 1] = PORT;
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
    put( GDT + CODE_IDT, 0x00cf9a000000ffff );
    put( GDT + CODE_IDT_64, 0x00af9a000000ffff );
    put( AT(CODE1), 0x00cfba000000ffff );
    put( AT(DATA1), 0x00cfb2000000ffff );
    put( AT(GATE1), 0x0000ec0000000000 | TARGET | CODE1 << 16 );
    put( TASK + 4, INNER_STACK );
    put( TASK + 0x24, FAULT_STACK );
    if (!test->is_long)
    {
        put( TASK + 8, DATA0 );
        put( TASK + 12, INNER_STACK );
        put( TASK + 16, DATA1 );
    }
    memcpy( ram + CODE, test->code, test->size );
    put_arrival( TARGET );
    for (i = 0; i < 32; i++)
    {
        put_arrival( HANDLERS + i * HANDLER_SIZE );
        put( IDT + i * (test->is_long ? 16 : 8), 0x00008e0000000000 | (test->is_long ? 1ull << 32 : 0) |
             (test->is_long ? CODE_IDT_64 : CODE_IDT) << 16 | (HANDLERS + i * HANDLER_SIZE) );
    }
    for (i = 0; i < 8; i++) put( USER_STACK + i * 8, 0x1111111122222222ull * (i + 1) );
    if (test->at > TASK_LIMIT) put( test->at, test->value );
}

static void put_operand( const struct test *test, BYTE *to )
{
    UINT32 i;

    for (i = 0; i < ARRAYSIZE(test->operand); i++) memcpy( to + i * test->word, &test->operand[i], test->word );
}

static BOOL load( const struct test *test, UINT64 operand )
{
    static const UINT16 codes[] = { CODE0, CODE1, 0, CODE3 }, stacks[] = { DATA0, DATA1, 0, DATA3 };
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
    load_segment( &values[CS], test->is_long ? (test->cpl ? CODE3_64 : CODE0_64) : codes[test->cpl] );
    load_segment( &values[SS], stacks[test->cpl] );
    load_segment( &values[DS], stacks[test->cpl] );
    load_segment( &values[ES], DATA3 );
    load_segment( &values[FS], stacks[test->cpl] );
    load_segment( &values[GS], DATA3 );
    values[TR].Segment.Base = TASK;
    values[TR].Segment.Limit = test->at == TASK_LIMIT ? test->value : 0x67;
    values[TR].Segment.Selector = 0x80;
    values[TR].Segment.Attributes = 0x8b;
    values[LDTR].Segment.Attributes = 0x82;
    values[GDTR].Table.Base = GDT;
    values[GDTR].Table.Limit = GDT_SIZE - 1;
    values[IDTR].Table.Base = IDT;
    values[IDTR].Table.Limit = 32 * 16 - 1;
    values[CR0].Reg64 = test->is_long ? 0x80000031 : 0x31;
    values[CR3].Reg64 = test->is_long ? PML4 : 0;
    values[CR4].Reg64 = test->is_long ? 0x20 : 0;
    values[EFER].Reg64 = test->is_long ? 0x500 : 0;
    hr = WHvSetVirtualProcessorRegisters( partition, 0, names, COUNT, values );
    ok( hr == S_OK, "registers: %#lx\n", hr );
    return hr == S_OK;
}

/* The stack pointer that a handler finds above its error code is the operand's address, which differs. */
static void forget_stack_pointer( const struct test *test, UINT64 stack )
{
    UINT32 word = test->is_long ? 8 : 4;

    ok( stack <= RAM_SIZE - 6 * word, "rsp %#llx\n", stack );
    if (stack <= RAM_SIZE - 6 * word) memset( ram + stack + 4 * word, 0, word );
}

/* To TARGET, or a fault's handler; emulated: the emulator has to be asked first. */
static BOOL run( const struct test *test, WHV_EMULATOR_HANDLE emulator, BOOL emulated,
                 WHV_REGISTER_VALUE values[COUNT] )
{
    UINT64 target = test->vector ? HANDLERS + test->vector * HANDLER_SIZE : TARGET;
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
        exit.VpContext.Rip == target, "exit %#x at %#llx\n", exit.ExitReason, exit.VpContext.Rip );
    hr = WHvGetVirtualProcessorRegisters( partition, 0, names, COUNT, values );
    ok( hr == S_OK, "registers: %#lx\n", hr );
    if (test->vector && test->is_stack) forget_stack_pointer( test, values[RSP].Reg64 );
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
        if (load( &tests[i], OPERAND ) && run( &tests[i], emulator, FALSE, expect ))
        {
            memcpy( memory_expected, ram, RAM_SIZE );
            if (load( &tests[i], DEVICE ) && run( &tests[i], emulator, TRUE, done ))
                compare( &tests[i], done, expect, memory_expected );
        }
        winetest_pop_context();
    }
    WHvEmulatorDestroyEmulator( emulator );
    WHvDeletePartition( partition );
    free( memory_expected );
}
