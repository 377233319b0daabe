/*
 * Conformance tests: exits at instructions that execute everywhere
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

/* CPUID, RDTSC and hypercalls exit where they are executed: in each mode, each time, with nothing done; the client
 * answers, and advances RIP. */

#define CPUID_EXIT      0x01
#define EXCEPTION_EXIT  0x04
#define RDTSC_EXIT      0x08
#define HYPERCALL_EXIT  0x20

#define OFFSET          0x200           /* of code beside the handlers */

struct insn
{
    UINT64      exits;
    UINT32      reason;
    BYTE        code[4];
    UINT32      size;
    const char *name;
};

static const struct insn insns[] =
{
    { CPUID_EXIT,     WHvRunVpExitReasonX64Cpuid,  { 0x0f, 0xa2 },       2, "cpuid" },
    { RDTSC_EXIT,     WHvRunVpExitReasonX64Rdtsc,  { 0x0f, 0x31 },       2, "rdtsc" },
    { RDTSC_EXIT,     WHvRunVpExitReasonX64Rdtsc,  { 0x0f, 0x01, 0xf9 }, 3, "rdtscp" },
    { HYPERCALL_EXIT, WHvRunVpExitReasonHypercall, { 0x0f, 0x01, 0xc1 }, 3, "vmcall" },
    { HYPERCALL_EXIT, WHvRunVpExitReasonHypercall, { 0x0f, 0x01, 0xd9 }, 3, "vmmcall" },
};

static UINT64 offered;

/* The call of the other vendor's processors is none (hypercalls.c). */
static BOOL is_foreign( const struct insn *insn )
{
    return insn->exits == HYPERCALL_EXIT && (insn->code[2] == 0xd9) != vm_is_on_amd();
}

static void check_context( const struct insn *insn, struct vm *vm, const WHV_RUN_VP_EXIT_CONTEXT *exit,
                           const UINT64 *regs )
{
    const WHV_X64_CPUID_ACCESS_CONTEXT *cpuid = &exit->CpuidAccess;
    const WHV_HYPERCALL_CONTEXT *call = &exit->Hypercall;
    WHV_CPUID_OUTPUT output;
    UINT32 i;
    HRESULT hr;

    ok( exit->VpContext.InstructionLength == insn->size, "length %u\n", exit->VpContext.InstructionLength );
    switch (insn->reason)
    {
    case WHvRunVpExitReasonX64Cpuid:
        ok( (UINT32)cpuid->Rax == (UINT32)regs[RAX] && (UINT32)cpuid->Rcx == (UINT32)regs[RCX] &&
            (UINT32)cpuid->Rdx == (UINT32)regs[RDX] && (UINT32)cpuid->Rbx == (UINT32)regs[RBX],
            "%#llx %#llx %#llx %#llx\n", cpuid->Rax, cpuid->Rcx, cpuid->Rdx, cpuid->Rbx );
        hr = WHvGetVirtualProcessorCpuidOutput( vm->partition, 0, regs[RAX], regs[RCX], &output );
        ok( hr == S_OK, "WHvGetVirtualProcessorCpuidOutput: %#lx\n", hr );
        ok( cpuid->DefaultResultRax == output.Eax && cpuid->DefaultResultRbx == output.Ebx &&
            cpuid->DefaultResultRcx == output.Ecx && cpuid->DefaultResultRdx == output.Edx,
            "default %#llx %#llx %#llx %#llx\n", cpuid->DefaultResultRax, cpuid->DefaultResultRbx,
            cpuid->DefaultResultRcx, cpuid->DefaultResultRdx );
        break;
    case WHvRunVpExitReasonX64Rdtsc:
        ok( exit->ReadTsc.RdtscInfo.IsRdtscp == (insn->size == 3), "rdtscp %u\n",
            (UINT32)exit->ReadTsc.RdtscInfo.IsRdtscp );
        ok( exit->ReadTsc.TscAux == 0x1234, "aux %#llx\n", exit->ReadTsc.TscAux );
        ok( exit->ReadTsc.Tsc, "no tsc\n" );
        break;
    case WHvRunVpExitReasonHypercall:
        ok( !((call->Rax ^ regs[RAX]) & vm->mode->mask) && !((call->Rbx ^ regs[RBX]) & vm->mode->mask) &&
            !((call->Rcx ^ regs[RCX]) & vm->mode->mask) && !((call->Rdx ^ regs[RDX]) & vm->mode->mask) &&
            !((call->Rsi ^ regs[RSI]) & vm->mode->mask) && !((call->Rdi ^ regs[RDI]) & vm->mode->mask),
            "%#llx %#llx %#llx %#llx %#llx %#llx\n", call->Rax, call->Rbx, call->Rcx, call->Rdx, call->Rsi, call->Rdi );
        if (vm->mode->efer) ok( call->R8 == regs[R8], "r8 %#llx\n", call->R8 );
        for (i = 0; i < 6; i++)
            ok( call->XmmRegisters[i].Low64 == 0x1111 * i && call->XmmRegisters[i].High64 == 0x10000 + i,
                "xmm%u %#llx %#llx\n", i, call->XmmRegisters[i].Low64, call->XmmRegisters[i].High64 );
        break;
    }
}

static void set_xmm( struct vm *vm )
{
    WHV_REGISTER_NAME names[6];
    WHV_REGISTER_VALUE values[6];
    HRESULT hr;
    UINT32 i;

    memset( values, 0, sizeof(values) );
    for (i = 0; i < 6; i++)
    {
        names[i] = WHvX64RegisterXmm0 + i;
        values[i].Reg128.Low64 = 0x1111 * i;
        values[i].Reg128.High64 = 0x10000 + i;
    }
    hr = WHvSetVirtualProcessorRegisters( vm->partition, 0, names, 6, values );
    ok( hr == S_OK, "xmm: %#lx\n", hr );
}

/* nop; the instruction; to the end, and all of it once more. table: the guest has handlers for its exceptions. */
static void test_insn( struct vm *vm, const struct insn *insn, enum mode mode, BOOL table )
{
    WHV_RUN_VP_EXIT_CONTEXT first, exit;
    BYTE code[8] = { 0x90 };
    UINT64 regs[REG_COUNT];
    UINT32 i;

    memcpy( code + 1, insn->code, insn->size );
    vm_default_regs( mode, regs );
    regs[RAX] = (regs[RAX] & ~0xffffffffull) | (insn->exits == CPUID_EXIT ? 0x40000000 : 0x1);
    regs[RCX] &= ~0xffffffffull;
    for (i = 0; i < 2; i++)
    {
        vm_load( vm, mode, code, insn->size + 1, regs );
        if (table) vm_make_handlers( vm, mode );
        else memset( vm->ram + IDT_GPA, 0, 0x1000 );
        vm_set_reg( vm, WHvX64RegisterTscAux, 0x1234 );
        set_xmm( vm );
        vm->before[RIP]++;
        if (!vm_run_to( vm, insn->reason, vm->before, &first )) continue;
        check_context( insn, vm, &first, vm->before );
        /* nothing is done: it comes again */
        if (vm_run_to( vm, insn->reason, vm->before, &exit ) && insn->exits != RDTSC_EXIT)
            check_same_exit( &first, &exit );
        vm->before[RAX] = 0x11223344 + i;
        vm->before[RDX] = 0x55667788;
        vm->before[RIP] += insn->size;
        vm_set_regs( vm, vm->before );
        run_to_port( vm, END_PORT, vm->before );
    }
}

static void test_modes( void )
{
    struct vm_config config = { 0 };
    struct vm vm;
    UINT32 i, mode;

    for (i = 0; i < ARRAY_COUNT(insns); i++)
    {
        if (!(offered & insns[i].exits) || is_foreign( &insns[i] ))
        {
            skip( "%s does not exit\n", insns[i].name );
            continue;
        }
        config.extended_exits = insns[i].exits;
        if (!vm_create( &vm, &config )) return;
        for (mode = 0; mode < MODE_COUNT; mode++)
        {
            winetest_push_context( "%s, %s", insns[i].name, modes[mode].name );
            test_insn( &vm, &insns[i], mode, TRUE );
            winetest_pop_context();
        }
        winetest_push_context( "%s, user without a table", insns[i].name );
        test_insn( &vm, &insns[i], MODE_USER, FALSE );
        winetest_pop_context();
        vm_destroy( &vm );
    }
}

/* Runs to a CPUID of this number, and answers; TRUE: it was that. */
static BOOL answer( struct vm *vm, UINT32 eax )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    if (!vm_run( vm, &exit )) return FALSE;
    ok( exit.ExitReason == WHvRunVpExitReasonX64Cpuid, "exit %#x at %#llx, port %#x\n", exit.ExitReason,
        exit.VpContext.Rip, exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess ? exit.IoPortAccess.PortNumber : 0 );
    if (exit.ExitReason != WHvRunVpExitReasonX64Cpuid) return FALSE;
    ok( (eax < 0x100 ? (UINT8)exit.CpuidAccess.Rax : (UINT16)exit.CpuidAccess.Rax) == eax, "rax %#llx, expected %#x\n",
        exit.CpuidAccess.Rax, eax );
    vm_set_reg( vm, WHvX64RegisterRip, exit.VpContext.Rip + exit.VpContext.InstructionLength );
    return TRUE;
}

static void expect_port( struct vm *vm, UINT16 port )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    if (!vm_run( vm, &exit )) return;
    ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x at %#llx\n", exit.ExitReason,
        exit.VpContext.Rip );
    if (exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess)
        ok( exit.IoPortAccess.PortNumber == port, "port %#x\n", exit.IoPortAccess.PortNumber );
}

/* What a guest does between two CPUIDs, or around one. It ends at END_PORT; at ALT_PORT if it has seen TF in its flags
 * (pushf; pop rax; test ah,1; jnz). handler: of vector 21h, where there is one: at HANDLER_GPA + OFFSET. */
struct flow
{
    UINT32      modes;
    const char *code;
    UINT32      size;
    const char *handler;
    UINT32      handler_size, vector;
    const char *answers;                /* AL at each CPUID that exits */
    BOOL        inject, breakpoint;     /* vector 21h is pending; it is found by a breakpoint, unless it is real mode */
    UINT16      port;                   /* 0: END_PORT */
    const char *name;
};

#define CODE( bytes ) bytes, sizeof(bytes) - 1
#define CPUID( al ) "\xb0" al "\x0f\xa2"
/* the jump is at so many bytes behind the code's begin */
#define NO_TF( to ) "\x9c\x58\xf6\xc4\x01\x75" to

static const struct flow flows[] =
{
    { M_ALL, CODE( "\xb0\x03\x0f\xa2\xfe\xc8\x75\xfa" ), NULL, 0, 0, "\3\2\1", 0, 0, 0, "loop" },
    { M_REAL, CODE( "\xb0\x05\xeb\x03\x0f\xa2\xc3\xe8\xfa\xff" ), NULL, 0, 0, "\5", 0, 0, 0, "call" },
    { M_NOT_REAL, CODE( "\xb0\x05\xeb\x03\x0f\xa2\xc3\xe8\xf8\xff\xff\xff" ), NULL, 0, 0, "\5", 0, 0, 0, "call" },
    { M_ALL, CODE( NO_TF( "\x59" ) CPUID( "\7" ) ), NULL, 0, 0, "\7", 0, 0, 0, "pushf" },
    { M_ALL, CODE( "\x9c\x9d" CPUID( "\10" ) NO_TF( "\x53" ) ), NULL, 0, 0, "\10", 0, 0, 0, "popf" },
    /* and ah,0feh or ah,1: what the guest itself steps is its own; nop: the trap is behind it */
    { M_ALL, CODE( "\x9c\x58\x80\xcc\x01\x50\x9d\x90\xf4" ), NULL, 0, 0, "", 0, 0, HANDLER_PORT( 1 ), "popf with TF" },
    { M_ALL, CODE( "\x6a\x10\x59\xf3\xac" CPUID( "\12" ) ), NULL, 0, 0, "\12", 0, 0, 0, "rep lods" },
    { M_ALL, CODE( "\x8c\xd0\x8e\xd0\x90" CPUID( "\13" ) NO_TF( "\x50" ) ), NULL, 0, 0, "\13", 0, 0, 0, "mov ss" },
    { M_RING0, CODE( "\xfb\x90\xfa" CPUID( "\14" ) ), NULL, 0, 0, "\14", 0, 0, 0, "sti" },
    { M_REAL, CODE( "\xcd\x21\x0f\xa2" NO_TF( "\x55" ) ), CODE( CPUID( "\11" ) "\xcf" ), 0x21, "\11\11", 0, 0, 0,
      "int" },
    { M_PROT, CODE( "\xcd\x21\x0f\xa2" NO_TF( "\x55" ) ), CODE( CPUID( "\11" ) "\xcf" ), 0x21, "\11\11", 0, 1, 0,
      "int" },
    { M_64, CODE( "\xcd\x21\x0f\xa2" NO_TF( "\x55" ) ), CODE( CPUID( "\11" ) "\x48\xcf" ), 0x21, "\11\11", 0, 1, 0,
      "int" },
    { M_REAL, CODE( CPUID( "\15" ) ), CODE( CPUID( "\11" ) "\xcf" ), 0x21, "\11\15", 1, 0, 0, "interrupt" },
    { M_PROT, CODE( CPUID( "\15" ) ), CODE( CPUID( "\11" ) "\xcf" ), 0x21, "\11\15", 1, 1, 0, "interrupt" },
    { M_64, CODE( CPUID( "\15" ) ), CODE( CPUID( "\11" ) "\x48\xcf" ), 0x21, "\11\15", 1, 1, 0, "interrupt" },
    /* ud2, behind which the handler returns */
    { M_REAL, CODE( "\x0f\x0b" CPUID( "\16" ) NO_TF( "\x53" ) ), CODE( "\x55\x89\xe5\x83\x46\x02\x02\x5d\xcf" ), 6,
      "\16", 0, 0, 0, "exception" },
    { M_PROT, CODE( "\x0f\x0b" CPUID( "\16" ) NO_TF( "\x53" ) ), CODE( "\x83\x04\x24\x02\xcf" ), 6, "\16", 0, 0, 0,
      "exception" },
    { M_64, CODE( "\x0f\x0b" CPUID( "\16" ) NO_TF( "\x53" ) ), CODE( "\x48\x83\x04\x24\x02\x48\xcf" ), 6, "\16", 0, 0,
      0, "exception" },
};

static void test_flow( struct vm *vm, const struct flow *flow, enum mode mode )
{
    WHV_REGISTER_NAME name = WHvRegisterPendingInterruption;
    WHV_REGISTER_VALUE value;
    UINT64 regs[REG_COUNT];
    const char *al;
    HRESULT hr;

    vm_default_regs( mode, regs );
    regs[RAX] &= 0xffff00ff;
    vm_load( vm, mode, (const BYTE *)flow->code, flow->size, regs );
    vm_make_handlers( vm, mode );
    if (flow->handler)
    {
        vm_put_gate( vm, mode, flow->vector, OFFSET );
        memcpy( vm->ram + HANDLER_GPA + OFFSET, flow->handler, flow->handler_size );
    }
    if (flow->inject)
    {
        vm_set_reg( vm, WHvX64RegisterRflags, regs[RFLAGS] | FLAG_IF );
        memset( &value, 0, sizeof(value) );
        value.PendingInterruption.InterruptionPending = 1;
        value.PendingInterruption.InterruptionVector = flow->vector;
        hr = WHvSetVirtualProcessorRegisters( vm->partition, 0, &name, 1, &value );
        ok( hr == S_OK, "PendingInterruption: %#lx\n", hr );
    }
    for (al = flow->answers; *al; al++) if (!answer( vm, *al )) return;
    expect_port( vm, flow->port ? flow->port : END_PORT );
}

static void test_flows( void )
{
    static const struct vm_config config = { .extended_exits = CPUID_EXIT };
    UINT32 i, mode;
    struct vm vm;

    if (!vm_create( &vm, &config )) return;
    for (i = 0; i < ARRAY_COUNT(flows); i++)
    {
        for (mode = 0; mode < MODE_COUNT; mode++)
        {
            if (!(flows[i].modes >> mode & 1)) continue;
            winetest_push_context( "%s, %s", flows[i].name, modes[mode].name );
            if (flows[i].breakpoint && vm_is_on_qemu()) skip( "an emulated processor has no breakpoints in guests\n" );
            else test_flow( &vm, &flows[i], mode );
            winetest_pop_context();
        }
    }
    vm_destroy( &vm );
}

/* Other exits come in between, and are completed. */
static void test_between( struct vm *vm, enum mode mode )
{
    static const BYTE code[] =
    {
        0xe6, 0x70,                     /* out 70h,al */
        0xb0, 0x0d, 0x0f, 0xa2,
        0xe4, 0x71,                     /* in al,71h */
        0x0f, 0xa2,
        0x8b, 0x07,                     /* mov eax,[rdi], or ax,[bx]: the hole */
        0x0f, 0xa2,
        0x89, 0x07,                     /* mov [rdi],eax */
        0x0f, 0xa2,
    };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];

    vm_load( vm, mode, code, sizeof(code), NULL );
    vm_make_handlers( vm, mode );
    memcpy( regs, vm->before, sizeof(regs) );

    if (!vm_run_to( vm, WHvRunVpExitReasonX64IoPortAccess, regs, &exit )) return;
    vm_set_reg( vm, WHvX64RegisterRip, regs[RIP] += 2 );
    if (!answer( vm, (regs[RAX] & 0xff00) | 0x0d )) return;
    vm_write_reg( &regs[RAX], 0x0d, 1 );
    regs[RIP] += 4;
    if (!vm_run_to( vm, WHvRunVpExitReasonX64IoPortAccess, regs, &exit )) return;
    vm_write_reg( &regs[RAX], 0x5a, 1 );
    vm_set_reg( vm, WHvX64RegisterRax, regs[RAX] );
    vm_set_reg( vm, WHvX64RegisterRip, regs[RIP] += 2 );
    if (!answer( vm, (regs[RAX] & 0xff00) | 0x5a )) return;
    regs[RIP] += 2;
    if (!vm_run_to( vm, WHvRunVpExitReasonMemoryAccess, regs, &exit )) return;
    vm_write_reg( &regs[RAX], 0x12345678, modes[mode].size );
    vm_set_reg( vm, WHvX64RegisterRax, regs[RAX] );
    vm_set_reg( vm, WHvX64RegisterRip, regs[RIP] += 2 );
    if (!answer( vm, 0x5678 )) return;
    regs[RIP] += 2;
    if (!vm_run_to( vm, WHvRunVpExitReasonMemoryAccess, regs, &exit )) return;
    vm_set_reg( vm, WHvX64RegisterRip, regs[RIP] += 2 );
    if (!answer( vm, 0x5678 )) return;
    regs[RIP] += 2;
    run_to_port( vm, END_PORT, regs );
}

/* A client's own steps are all there, and no others. */
static void test_steps( struct vm *vm, enum mode mode )
{
    static const BYTE code[] = { 0x90, 0x0f, 0xa2, 0x90, 0x90 };
    static const UINT32 lengths[] = { 1, 2, 1, 1 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    UINT32 i;

    vm_load( vm, mode, code, sizeof(code), NULL );
    vm_make_handlers( vm, mode );
    memcpy( regs, vm->before, sizeof(regs) );
    vm_set_reg( vm, WHvX64RegisterRflags, regs[RFLAGS] |= FLAG_TF );
    for (i = 0; i < ARRAY_COUNT(lengths); i++)
    {
        winetest_push_context( "%u", i );
        if (i == 1)
        {
            if (!vm_run_to( vm, WHvRunVpExitReasonX64Cpuid, regs, &exit )) break;
            vm_set_reg( vm, WHvX64RegisterRip, regs[RIP] + 2 );
        }
        regs[RIP] += lengths[i];
        if (i != 1 && vm_run_to( vm, WHvRunVpExitReasonException, regs, &exit ))
            ok( exit.VpException.ExceptionType == 1 && (exit.VpException.ExceptionParameter & 0x400f) == 0x4000,
                "vector %u, dr6 %#llx\n", exit.VpException.ExceptionType, exit.VpException.ExceptionParameter );
        winetest_pop_context();
    }
    vm_set_reg( vm, WHvX64RegisterRflags, regs[RFLAGS] &= ~(UINT64)FLAG_TF );
    run_to_port( vm, END_PORT, regs );
}

/* Leaves that are listed, and the bit that is set, when the guest runs. */
static void test_late( enum mode mode )
{
    static const BYTE code[] =
    {
        0xe6, 0x70,                     /* out 70h,al */
        0xb8, 0x00, 0x00, 0x00, 0x40,   /* mov eax,40000000h */
        0x0f, 0xa2,
        0xb8, 0x01, 0x00, 0x00, 0x40,
        0x0f, 0xa2,
        0xe6, 0x71,
        0xb8, 0x01, 0x00, 0x00, 0x40,
        0x0f, 0xa2,
    };
    static const UINT32 list[] = { 0x40000001, 0x40000005 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 rip;
    struct vm vm;
    HRESULT hr;

    if (!vm_create( &vm, NULL )) return;
    vm_load( &vm, mode, code, sizeof(code), NULL );
    vm_make_handlers( &vm, mode );
    rip = vm.before[RIP];
    expect_port( &vm, 0x70 );
    hr = WHvSetPartitionProperty( vm.partition, WHvPartitionPropertyCodeCpuidExitList, list, sizeof(list) );
    ok( hr == S_OK, "CpuidExitList: %#lx\n", hr );
    hr = vm_set_property( &vm, WHvPartitionPropertyCodeExtendedVmExits, CPUID_EXIT );
    ok( hr == S_OK, "ExtendedVmExits: %#lx\n", hr );
    vm_set_reg( &vm, WHvX64RegisterRip, rip + 2 );
    if (vm_run( &vm, &exit ))
    {
        ok( exit.ExitReason == WHvRunVpExitReasonX64Cpuid, "exit %#x\n", exit.ExitReason );
        ok( exit.VpContext.Rip == rip + 14, "rip %#llx\n", exit.VpContext.Rip );
        ok( exit.CpuidAccess.Rax == 0x40000001, "leaf %#llx\n", exit.CpuidAccess.Rax );
        vm_set_reg( &vm, WHvX64RegisterRip, rip + 16 );
    }
    expect_port( &vm, 0x71 );
    hr = vm_set_property( &vm, WHvPartitionPropertyCodeExtendedVmExits, 0 );
    ok( hr == S_OK, "ExtendedVmExits: %#lx\n", hr );
    vm_set_reg( &vm, WHvX64RegisterRip, rip + 18 );
    expect_port( &vm, END_PORT );
    vm_destroy( &vm );
}

START_TEST(instructions)
{
    static const struct vm_config cpuid = { .extended_exits = CPUID_EXIT };
    static const struct vm_config stepped = { .extended_exits = CPUID_EXIT | EXCEPTION_EXIT, .exception_exits = 2 };
    UINT32 mode;
    struct vm vm;

    if (!vm_present()) return;
    WHvGetCapability( WHvCapabilityCodeExtendedVmExits, &offered, sizeof(offered), NULL );
    test_modes();
    if (!(offered & CPUID_EXIT))
    {
        skip( "no CPUID exits\n" );
        return;
    }
    test_flows();
    for (mode = 0; mode < MODE_COUNT; mode++)
    {
        winetest_push_context( "%s", modes[mode].name );
        if (vm_create( &vm, &cpuid ))
        {
            test_between( &vm, mode );
            vm_destroy( &vm );
        }
        if (!(offered & EXCEPTION_EXIT)) skip( "no exception exits\n" );
        else if (vm_create( &vm, &stepped ))
        {
            test_steps( &vm, mode );
            vm_destroy( &vm );
        }
        if (mode != MODE_REAL) test_late( mode );
        winetest_pop_context();
    }
}
