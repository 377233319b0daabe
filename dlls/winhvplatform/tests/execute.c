/*
 * Conformance tests: instructions that some hypervisors below us lack
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

/*
 * On a processor, and on Windows, nothing in here causes an exit but the ends. A KVM that executes ring 0 in software
 * lacks these instructions: the guest must not see it. In all modes, software interrupts and their way back, 16-byte
 * compare and exchange, bit counts, vector instructions on memory, the XSAVE family, SYSCALL and SYSRET.
 */

#include "vm.h"

#define HANDLER_SIZE    8
#define VECTORS         0x60

/* Each vector: OUT to a port of its own, then back. */
static void make_handlers( struct vm *vm, enum mode mode )
{
    UINT32 i;

    for (i = 0; i < VECTORS; i++)
    {
        BYTE *code = vm->ram + HANDLER_GPA + i * HANDLER_SIZE;

        code[0] = 0xe6;                         /* out port,al */
        code[1] = HANDLER_PORT( i );
        code[2] = mode >= MODE_LONG ? 0x48 : 0x90;
        code[3] = 0xcf;                         /* iret, iretq */
        vm_put_gate( vm, mode, i, i * HANDLER_SIZE );
    }
    *(UINT64 *)(vm->ram + TSS_GPA + 4) = LONG_BASE + STACK_TOP - 0x1000;
}

static BOOL expect_port( struct vm *vm, UINT16 port, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    if (!vm_run( vm, exit )) return FALSE;
    ok( exit->ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x at %#llx\n", exit->ExitReason,
        exit->VpContext.Rip );
    if (exit->ExitReason != WHvRunVpExitReasonX64IoPortAccess) return FALSE;
    ok( exit->IoPortAccess.PortNumber == port, "port %#x, expected %#x\n", exit->IoPortAccess.PortNumber, port );
    return exit->IoPortAccess.PortNumber == port;
}

static void go_on( struct vm *vm )
{
    vm_set_reg( vm, WHvX64RegisterRip, vm_get_reg( vm, WHvX64RegisterRip ) + 2 );
}

static void test_software_interrupts( void )
{
    static const struct { const char *name; BYTE code[4]; UINT32 size, modes; UINT8 vector; } tests[] =
    {
        { "int3", { 0xcc }, 1, M_ALL, 3 },
        { "int 3", { 0xcd, 0x03 }, 2, M_ALL, 3 },
        /* in ring 3 it is the KVM below that executes it: the one that has no hardware makes #UD of it, and tells
         * nobody */
        { "int 0x30", { 0xcd, 0x30 }, 2, M_RING0, 0x30 },
        { "int 0x20", { 0xcd, 0x20 }, 2, M_RING0, 0x20 },
        { "into", { 0xce }, 1, M_REAL | M_PROT, 4 },
    };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT], expect[REG_COUNT];
    enum mode mode;
    struct vm vm;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    for (mode = 0; mode < MODE_COUNT; mode++)
        for (i = 0; i < ARRAY_COUNT(tests); i++)
        {
            if (!(tests[i].modes >> mode & 1)) continue;
            winetest_push_context( "%s %s", modes[mode].name, tests[i].name );
            vm_default_regs( mode, regs );
            regs[RFLAGS] |= 0x800;
            vm_load( &vm, mode, tests[i].code, tests[i].size, regs );
            make_handlers( &vm, mode );
            if (expect_port( &vm, HANDLER_PORT( tests[i].vector ), &exit ))
            {
                UINT64 rsp = vm_get_reg( &vm, WHvX64RegisterRsp ), pushed = 0;

                if (mode == MODE_REAL) rsp += modes[mode].ss_base;
                else if (mode >= MODE_LONG) rsp -= LONG_BASE;
                memcpy( &pushed, vm.ram + (rsp & (RAM_SIZE - 1)), mode == MODE_REAL ? 2 : mode == MODE_PROT ? 4 : 8 );
                ok( pushed == regs[RIP] + tests[i].size, "return address %#llx, expected %#llx\n", pushed,
                    regs[RIP] + tests[i].size );
                ok( !exit.VpContext.ExecutionState.Cpl, "Cpl %u\n", exit.VpContext.ExecutionState.Cpl );
                go_on( &vm );
                memcpy( expect, regs, sizeof(expect) );
                expect[RIP] += tests[i].size;
                if (expect_port( &vm, END_PORT, &exit ))
                {
                    expect[RFLAGS] = vm_get_reg( &vm, WHvX64RegisterRflags );
                    ok( (expect[RFLAGS] & 0x803) == 0x803, "rflags %#llx\n", expect[RFLAGS] );
                    check_regs( &vm, expect );
                }
            }
            winetest_pop_context();
        }
    vm_destroy( &vm );
}

/* Vector units on, as an operating system does it. */
static void enable_units( struct vm *vm, enum mode mode )
{
    HRESULT hr = vm_set_reg( vm, WHvX64RegisterCr4, modes[mode].cr4 | 0x600 );

    ok( hr == S_OK, "CR4: %#lx\n", hr );
}

static void test_registers( void )
{
    /* [rsi], [esi], [si] in the mode's own encoding: 06 is [rsi] in 32 and 64-bit code, 04 is [si] */
    static const struct { const char *name; BYTE code[8]; UINT32 size; UINT64 rax; UINT32 modes; } tests[] =
    {
        { "popcnt eax,[rsi]", { 0xf3, 0x0f, 0xb8, 0x06 }, 4, 17, M_NOT_REAL },
        { "popcnt ax,[si]",   { 0xf3, 0x0f, 0xb8, 0x04 }, 4, 8, M_REAL },
        { "popcnt eax,ecx",   { 0xf3, 0x0f, 0xb8, 0xc1 }, 4, 32, M_NOT_REAL },
        { "crc32 eax,cl",     { 0xf2, 0x0f, 0x38, 0xf0, 0xc1 }, 5, 0, M_NOT_REAL },
        { "pxor, movd eax",   { 0x66, 0x0f, 0xef, 0xc0, 0x66, 0x0f, 0x7e, 0xc0 }, 8, 0, M_ALL },
        { "movd [rsi], eax",  { 0x66, 0x0f, 0x6e, 0x06, 0x66, 0x0f, 0x7e, 0xc0 }, 8, 0xa5a50f0f, M_NOT_REAL },
        { "paddd [rsi]",      { 0x66, 0x0f, 0xfe, 0x06, 0x66, 0x0f, 0x7e, 0xc0 }, 8, 0xa5a50f0f + 0x01010101,
          M_NOT_REAL },
    };
    static const UINT32 data[4] = { 0xa5a50f0f | 0, 0x11111111, 0x22222222, 0x33333333 };
    WHV_REGISTER_NAME xmm0 = WHvX64RegisterXmm0;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_REGISTER_VALUE value;
    UINT64 regs[REG_COUNT], rax, mask;
    enum mode mode;
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    for (mode = 0; mode < MODE_COUNT; mode++)
        for (i = 0; i < ARRAY_COUNT(tests); i++)
        {
            if (!(tests[i].modes >> mode & 1)) continue;
            winetest_push_context( "%s %s", modes[mode].name, tests[i].name );
            vm_default_regs( mode, regs );
            regs[RAX] = regs[RCX] = 0xffffffff;
            vm_load( &vm, mode, tests[i].code, tests[i].size, regs );
            enable_units( &vm, mode );
            memcpy( vm.ram + DATA_GPA, data, sizeof(data) );
            memset( &value, 1, sizeof(value) );
            hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, &xmm0, 1, &value );
            ok( hr == S_OK, "Xmm0: %#lx\n", hr );
            if (expect_port( &vm, END_PORT, &exit ))
            {
                rax = vm_get_reg( &vm, WHvX64RegisterRax );
                mask = mode == MODE_REAL && tests[i].code[0] == 0xf3 ? 0xffff : 0xffffffff;
                if (tests[i].code[0] == 0xf2) ok( !rax || rax == 0x00ffffff, "rax %#llx\n", rax );
                else if (tests[i].code[0] == 0xf3 && tests[i].code[3] != 0xc1)
                    ok( (rax & mask) == (UINT32)__builtin_popcount( data[0] & mask ), "rax %#llx\n", rax );
                else ok( (rax & mask) == tests[i].rax, "rax %#llx, expected %#llx\n", rax, tests[i].rax );
            }
            winetest_pop_context();
        }
    vm_destroy( &vm );
}

static void test_cmpxchg16b( void )
{
    static const BYTE code[] = { 0xf0, 0x48, 0x0f, 0xc7, 0x0e };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT], *data;
    enum mode mode;
    struct vm vm;

    if (!vm_create( &vm, NULL )) return;
    for (mode = MODE_LONG; mode <= MODE_USER; mode++)
    {
        winetest_push_context( "%s cmpxchg16b", modes[mode].name );
        vm_default_regs( mode, regs );
        data = (UINT64 *)(vm.ram + DATA_GPA);
        vm_load( &vm, mode, code, sizeof(code), regs );
        data[0] = regs[RAX];
        data[1] = regs[RDX];
        if (expect_port( &vm, END_PORT, &exit ))
        {
            ok( data[0] == regs[RBX] && data[1] == regs[RCX], "memory %#llx %#llx\n", data[0], data[1] );
            ok( vm_get_reg( &vm, WHvX64RegisterRflags ) & FLAG_ZF, "ZF is clear\n" );
        }
        vm_load( &vm, mode, code, sizeof(code), regs );
        data[0] = 1;
        data[1] = 2;
        if (expect_port( &vm, END_PORT, &exit ))
        {
            ok( data[0] == 1 && data[1] == 2, "memory %#llx %#llx\n", data[0], data[1] );
            ok( vm_get_reg( &vm, WHvX64RegisterRax ) == 1 && vm_get_reg( &vm, WHvX64RegisterRdx ) == 2,
                "not loaded\n" );
            ok( !(vm_get_reg( &vm, WHvX64RegisterRflags ) & FLAG_ZF), "ZF is set\n" );
        }
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

/* ring 0 enables XSAVE, saves all, changes a register, restores */
static void test_xsave( void )
{
    static const BYTE code[] =
    {
        0x31, 0xc9,                     /* xor ecx,ecx */
        0x0f, 0x01, 0xd0,               /* xgetbv */
        0x31, 0xd2,                     /* xor edx,edx */
        0x83, 0xc8, 0x03,               /* or eax,3 */
        0x0f, 0x01, 0xd1,               /* xsetbv */
        0x0f, 0xae, 0x26,               /* xsave [rsi] */
        0x66, 0x0f, 0xef, 0xc0,         /* pxor xmm0,xmm0 */
        0x0f, 0xae, 0x2e,               /* xrstor [rsi] */
        0x0f, 0x01, 0xd0,               /* xgetbv */
    };
    WHV_REGISTER_NAME xmm0 = WHvX64RegisterXmm0;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_REGISTER_VALUE value, now;
    UINT64 native = 0;
    enum mode mode;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    WHvGetCapability( WHvCapabilityCodeProcessorXsaveFeatures, &native, sizeof(native), NULL );
    for (mode = MODE_PROT; mode <= MODE_LONG; mode++)
    {
        winetest_push_context( "%s xsave", modes[mode].name );
        vm_load( &vm, mode, code, sizeof(code), NULL );
        if (vm_set_reg( &vm, WHvX64RegisterCr4, modes[mode].cr4 | 0x40600 ) != S_OK ||
            (WHvGetVirtualProcessorRegisters( vm.partition, 0, &xmm0, 1, &now ),
             vm_get_reg( &vm, WHvX64RegisterXCr0 ) == 0))
        {
            skip( "no XSAVE\n" );
            winetest_pop_context();
            continue;
        }
        memset( vm.ram + DATA_GPA, 0, 0x800 );
        memset( &value, 0x5a, sizeof(value) );
        hr = WHvSetVirtualProcessorRegisters( vm.partition, 0, &xmm0, 1, &value );
        ok( hr == S_OK, "Xmm0: %#lx\n", hr );
        if (!vm_run( &vm, &exit )) continue;
        if (exit.ExitReason == WHvRunVpExitReasonInvalidVpRegisterValue ||
            exit.ExitReason == WHvRunVpExitReasonUnrecoverableException) skip( "a processor without XSAVE\n" );
        /* Where the processor executes them and not we. QEMU's own makes no #VMEXIT of XSETBV (seen with 7.2): kvm_amd
         * never learns the value, and loads the old one at the next entry, for which the page fault of XSAVE is
         * enough. */
        else if (native && (vm_get_reg( &vm, WHvX64RegisterRax ) & 3) != 3) skip( "this KVM loses XCR0\n" );
        else
        {
            ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
            ok( vm.ram[DATA_GPA + 160] == 0x5a, "xmm0 is not in the image\n" );
            ok( (vm.ram[DATA_GPA + 512] & 2) == 2, "XSTATE_BV %#x\n", vm.ram[DATA_GPA + 512] );
            hr = WHvGetVirtualProcessorRegisters( vm.partition, 0, &xmm0, 1, &now );
            ok( hr == S_OK && !memcmp( &now, &value, 16 ), "xmm0 was not restored\n" );
            ok( (vm_get_reg( &vm, WHvX64RegisterRax ) & 3) == 3, "xcr0 %#llx\n", vm_get_reg( &vm, WHvX64RegisterRax ) );
        }
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

/* Ring 0's own view of all memory: where a kernel is, that ring 3 can't read. */
#define KERNEL_BASE 0x800000

static void test_syscall( void )
{
    static const BYTE load[] = { 0x48, 0x8b, 0x04, 0x25, 0x10, 0x00, 0x80, 0x00 };    /* mov rax,[KERNEL_BASE + 0x10] */
    /* as kernels begin and end: swapgs; out 0x50,al; swapgs; sysretq. And one that does not. */
    static const struct { BYTE code[12]; UINT32 out; } handlers[] =
    {
        { { 0x0f, 0x01, 0xf8, 0xe6, 0x50, 0x0f, 0x01, 0xf8, 0x48, 0x0f, 0x07 }, 3 },
        { { 0xf3, 0x0f, 0x1e, 0xfa, 0xe6, 0x50, 0x48, 0x0f, 0x07 }, 4 },
        { { 0x90, 0xe6, 0x50, 0x48, 0x0f, 0x07 }, 1 },
    };
    static const BYTE code[] = { 0x0f, 0x05, 0x0f, 0x05 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    UINT32 i, k;
    struct vm vm;

    if (!vm_create( &vm, NULL )) return;
    for (i = 0; i < ARRAY_COUNT(handlers); i++)
    {
        winetest_push_context( "syscall, handler %u", i );
        vm_default_regs( MODE_USER, regs );
        vm_load( &vm, MODE_USER, code, sizeof(code), regs );
        make_handlers( &vm, MODE_USER );
        *(UINT64 *)(vm.ram + PD_GPA + (KERNEL_BASE >> 21) * 8) = 0xe3;
        memcpy( vm.ram + HANDLER_GPA + 0x800, handlers[i].code, sizeof(handlers[i].code) );
        /* SYSRET to 0x18 + 16 | 3 = 0x2b and 0x18 + 8 | 3 = 0x23 */
        vm_set_reg( &vm, WHvX64RegisterStar, 0x0018001800000000 );
        vm_set_reg( &vm, WHvX64RegisterLstar, KERNEL_BASE + HANDLER_GPA + 0x800 );
        vm_set_reg( &vm, WHvX64RegisterSfmask, 0x700 );
        vm_set_reg( &vm, WHvX64RegisterEfer, modes[MODE_USER].efer | 1 );
        for (k = 1; k <= 2; k++)
        {
            if (!expect_port( &vm, 0x50, &exit )) break;
            ok( !exit.VpContext.ExecutionState.Cpl, "Cpl %u\n", exit.VpContext.ExecutionState.Cpl );
            ok( exit.VpContext.Cs.Selector == 0x18, "cs %#x\n", exit.VpContext.Cs.Selector );
            ok( exit.VpContext.Rip == KERNEL_BASE + HANDLER_GPA + 0x800 + handlers[i].out, "rip %#llx\n",
                exit.VpContext.Rip );
            ok( vm_get_reg( &vm, WHvX64RegisterRcx ) == regs[RIP] + k * 2, "rcx %#llx\n",
                vm_get_reg( &vm, WHvX64RegisterRcx ) );
            go_on( &vm );
        }
        if (k > 2 && expect_port( &vm, END_PORT, &exit ))
        {
            ok( exit.VpContext.ExecutionState.Cpl == 3, "Cpl %u\n", exit.VpContext.ExecutionState.Cpl );
            ok( exit.VpContext.Cs.Selector == 0x2b, "cs %#x\n", exit.VpContext.Cs.Selector );
            ok( exit.VpContext.Rip == regs[RIP] + sizeof(code), "rip %#llx\n", exit.VpContext.Rip );
        }
        winetest_pop_context();
    }

    /* a page fault of ring 3 is one still */
    vm_default_regs( MODE_USER, regs );
    vm_load( &vm, MODE_USER, load, sizeof(load), regs );
    if (expect_port( &vm, HANDLER_PORT( 14 ), &exit ))
    {
        UINT64 *frame = (UINT64 *)(vm.ram + vm_get_reg( &vm, WHvX64RegisterRsp ) - LONG_BASE);

        ok( frame[0] == 5, "error code %#llx\n", frame[0] );
        ok( frame[1] == regs[RIP], "rip %#llx\n", frame[1] );
        ok( vm_get_reg( &vm, WHvX64RegisterCr2 ) == KERNEL_BASE + 0x10, "cr2 %#llx\n",
            vm_get_reg( &vm, WHvX64RegisterCr2 ) );
    }
    vm_destroy( &vm );
}

START_TEST(execute)
{
    if (!vm_present()) return;
    test_software_interrupts();
    test_registers();
    test_cmpxchg16b();
    test_xsave();
    test_syscall();
}
