/*
 * A small virtual machine for the conformance tests
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

const struct mode_info modes[MODE_COUNT] =
{
    { "real", 0x100, 0x1000, 0x8000, 0x8000, CODE_GPA, DATA_GPA, HOLE_GPA, 0x1000, 0x009b, 0xc800, 0x0093,
      0x10000, 0xc8000, 0x30000, 0xc8100, 0xffff, 0x60000010, 0, 0, 0, 2, 0xffffffff },
    { "prot", CODE_GPA, DATA_GPA, HOLE_GPA, STACK_TOP, CODE_GPA, DATA_GPA, HOLE_GPA, 0x08, 0xc09b, 0x10, 0xc093,
      0, 0, 0, 0x100, 0xffffffff, 0x60000011, 0, 0, 0, 4, 0xffffffff },
    { "long", LONG_BASE + CODE_GPA, LONG_BASE + DATA_GPA, LONG_BASE + HOLE_GPA, LONG_BASE + STACK_TOP,
      LONG_BASE + CODE_GPA, LONG_BASE + DATA_GPA, LONG_BASE + HOLE_GPA, 0x18, 0xa09b, 0x10, 0xc093,
      0, 0, 0, 0x100, 0xffffffff, 0xe0000011, 0x620, 0xd00, 0, 4, ~0ull },
    { "user", LONG_BASE + CODE_GPA, LONG_BASE + DATA_GPA, LONG_BASE + HOLE_GPA, LONG_BASE + STACK_TOP,
      LONG_BASE + CODE_GPA, LONG_BASE + DATA_GPA, LONG_BASE + HOLE_GPA, 0x2b, 0xa0fb, 0x23, 0xc0f3,
      0, 0, 0, 0x100, 0xffffffff, 0xe0000011, 0x620, 0xd00, 3, 4, ~0ull },
};

BOOL vm_present( void )
{
    BOOL present = FALSE;
    UINT32 size = 0;
    HRESULT hr;

    hr = WHvGetCapability( WHvCapabilityCodeHypervisorPresent, &present, sizeof(present), &size );
    ok( hr == S_OK, "WHvGetCapability: %#lx\n", hr );
    if (!present) skip( "no hypervisor\n" );
    return present;
}

HRESULT vm_set_property( struct vm *vm, WHV_PARTITION_PROPERTY_CODE code, UINT64 value )
{
    WHV_PARTITION_PROPERTY property;

    memset( &property, 0, sizeof(property) );
    memcpy( &property, &value, sizeof(value) );
    return WHvSetPartitionProperty( vm->partition, code, &property, sizeof(property) );
}

static void vm_fill_tables( struct vm *vm )
{
    static const UINT64 gdt[] =
    {
        0,
        0x00cf9b000000ffff,     /* 08: 32-bit code */
        0x00cf93000000ffff,     /* 10: data */
        0x00af9b000000ffff,     /* 18: 64-bit code */
        0x00cff3000000ffff,     /* 20: data, ring 3 */
        0x00affb000000ffff,     /* 28: 64-bit code, ring 3 */
    };
    UINT64 *entry;

    memset( vm->rom, 0xcc, ROM_SIZE );
    memcpy( vm->ram + GDT_GPA, gdt, sizeof(gdt) );
    *(UINT16 *)(vm->ram + TSS_GPA + 0x66) = 0x68;
    vm->ram[TSS_GPA + TSS_LIMIT] = 0xff;
    entry = (UINT64 *)(vm->ram + PML4_GPA);
    entry[0] = PDPT_GPA | 7;
    entry = (UINT64 *)(vm->ram + PDPT_GPA);
    entry[0] = PD_GPA | 7;
    entry = (UINT64 *)(vm->ram + PD_GPA);
    entry[0] = 0xe7;                    /* 2 MiB pages: present, writable, user, accessed, dirty */
    entry[LONG_BASE >> 21] = 0xe7;
}

void vm_destroy( struct vm *vm )
{
    HRESULT hr;

    if (vm->partition)
    {
        hr = WHvDeletePartition( vm->partition );
        ok( hr == S_OK, "WHvDeletePartition: %#lx\n", hr );
    }
    if (vm->ram) VirtualFree( vm->ram, 0, MEM_RELEASE );
    if (vm->rom) VirtualFree( vm->rom, 0, MEM_RELEASE );
    memset( vm, 0, sizeof(*vm) );
}

static HRESULT vm_map( struct vm *vm )
{
    const WHV_MAP_GPA_RANGE_FLAGS rwx = WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute;
    UINT32 rest = ROM_GPA + ROM_SIZE;
    HRESULT hr;

    hr = WHvMapGpaRange( vm->partition, vm->ram, 0, HOLE_GPA, rwx );
    if (SUCCEEDED(hr)) hr = WHvMapGpaRange( vm->partition, vm->rom, ROM_GPA, ROM_SIZE,
                                            WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagExecute );
    if (SUCCEEDED(hr)) hr = WHvMapGpaRange( vm->partition, vm->ram + rest, rest, RAM_SIZE - rest, rwx );
    return hr;
}

/* A partition that is set up, with memory and vp 0 unless config says otherwise. */
BOOL vm_create( struct vm *vm, const struct vm_config *config )
{
    static const struct vm_config plain;
    HRESULT hr;

    if (!config) config = &plain;
    memset( vm, 0, sizeof(*vm) );
    hr = WHvCreatePartition( &vm->partition );
    ok( hr == S_OK, "WHvCreatePartition: %#lx\n", hr );
    if (FAILED(hr)) return FALSE;
    vm->ram = VirtualAlloc( NULL, RAM_SIZE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE );
    vm->rom = VirtualAlloc( NULL, ROM_SIZE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE );
    vm_fill_tables( vm );

    hr = vm_set_property( vm, WHvPartitionPropertyCodeProcessorCount, config->vps ? config->vps : 1 );
    if (SUCCEEDED(hr) && config->apic_mode)
        hr = vm_set_property( vm, WHvPartitionPropertyCodeLocalApicEmulationMode, config->apic_mode );
    if (SUCCEEDED(hr) && config->extended_exits)
        hr = vm_set_property( vm, WHvPartitionPropertyCodeExtendedVmExits, config->extended_exits );
    if (SUCCEEDED(hr) && config->exception_exits)
        hr = vm_set_property( vm, WHvPartitionPropertyCodeExceptionExitBitmap, config->exception_exits );
    if (SUCCEEDED(hr) && config->cpuid_exits)
        hr = WHvSetPartitionProperty( vm->partition, WHvPartitionPropertyCodeCpuidExitList, config->cpuid_exits,
                                      config->cpuid_exit_count * sizeof(UINT32) );
    if (SUCCEEDED(hr) && config->prepare) hr = config->prepare( vm );
    if (SUCCEEDED(hr)) hr = WHvSetupPartition( vm->partition );
    if (SUCCEEDED(hr) && !config->no_memory) hr = vm_map( vm );
    if (SUCCEEDED(hr) && !config->no_vp) hr = WHvCreateVirtualProcessor( vm->partition, 0, 0 );
    ok( hr == S_OK, "can't make a vm: %#lx\n", hr );
    if (SUCCEEDED(hr)) return TRUE;
    vm_destroy( vm );
    return FALSE;
}

UINT64 vm_get_reg( struct vm *vm, WHV_REGISTER_NAME name )
{
    WHV_REGISTER_VALUE value;
    HRESULT hr;

    memset( &value, 0xcc, sizeof(value) );
    hr = WHvGetVirtualProcessorRegisters( vm->partition, 0, &name, 1, &value );
    ok( hr == S_OK, "register %#x: %#lx\n", name, hr );
    return value.Reg64;
}

HRESULT vm_set_reg( struct vm *vm, WHV_REGISTER_NAME name, UINT64 reg )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.Reg64 = reg;
    return WHvSetVirtualProcessorRegisters( vm->partition, 0, &name, 1, &value );
}

void vm_get_regs( struct vm *vm, UINT64 regs[REG_COUNT] )
{
    WHV_REGISTER_NAME names[REG_COUNT];
    WHV_REGISTER_VALUE values[REG_COUNT];
    HRESULT hr;
    UINT32 i;

    for (i = 0; i < REG_COUNT; i++) names[i] = WHvX64RegisterRax + i;
    memset( values, 0xcc, sizeof(values) );
    hr = WHvGetVirtualProcessorRegisters( vm->partition, 0, names, REG_COUNT, values );
    ok( hr == S_OK, "WHvGetVirtualProcessorRegisters: %#lx\n", hr );
    for (i = 0; i < REG_COUNT; i++) regs[i] = values[i].Reg64;
}

void vm_set_regs( struct vm *vm, const UINT64 regs[REG_COUNT] )
{
    WHV_REGISTER_NAME names[REG_COUNT];
    WHV_REGISTER_VALUE values[REG_COUNT];
    HRESULT hr;
    UINT32 i;

    memset( values, 0, sizeof(values) );
    for (i = 0; i < REG_COUNT; i++)
    {
        names[i] = WHvX64RegisterRax + i;
        values[i].Reg64 = regs[i];
    }
    hr = WHvSetVirtualProcessorRegisters( vm->partition, 0, names, REG_COUNT, values );
    ok( hr == S_OK, "WHvSetVirtualProcessorRegisters: %#lx\n", hr );
}

static void vm_segment( WHV_REGISTER_VALUE *value, UINT64 base, UINT32 limit, UINT16 selector, UINT16 attributes )
{
    memset( value, 0, sizeof(*value) );
    value->Segment.Base = base;
    value->Segment.Limit = limit;
    value->Segment.Selector = selector;
    value->Segment.Attributes = attributes;
}

/* Segments, tables, control registers of a mode. */
void vm_set_mode( struct vm *vm, enum mode mode )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterCs, WHvX64RegisterDs, WHvX64RegisterEs, WHvX64RegisterSs, WHvX64RegisterFs, WHvX64RegisterGs,
        WHvX64RegisterLdtr, WHvX64RegisterTr, WHvX64RegisterGdtr, WHvX64RegisterIdtr,
        WHvX64RegisterCr0, WHvX64RegisterCr3, WHvX64RegisterCr4, WHvX64RegisterEfer, WHvX64RegisterCr8,
        WHvRegisterPendingInterruption,
    };
    const struct mode_info *info = &modes[mode];
    WHV_REGISTER_VALUE values[ARRAY_COUNT(names)];
    HRESULT hr;

    memset( values, 0, sizeof(values) );
    vm_segment( &values[0], info->cs_base, info->limit, info->cs_selector, info->cs_attributes );
    vm_segment( &values[1], info->ds_base, info->limit, info->ds_selector, info->ds_attributes );
    vm_segment( &values[2], info->ds_base, info->limit, info->ds_selector, info->ds_attributes );
    vm_segment( &values[3], info->ss_base, info->limit, mode == MODE_REAL ? 0x3000 : info->ds_selector,
                info->ds_attributes );
    vm_segment( &values[4], info->fs_base, info->limit, mode == MODE_REAL ? 0xc810 : info->ds_selector,
                info->ds_attributes );
    vm_segment( &values[5], info->ds_base, info->limit, info->ds_selector, info->ds_attributes );
    vm_segment( &values[6], 0, 0xffff, 0, 0x0082 );
    vm_segment( &values[7], TSS_GPA, mode == MODE_REAL ? 0xffff : TSS_LIMIT, mode == MODE_REAL ? 0 : 0x30, 0x008b );
    values[8].Table.Base = GDT_GPA;
    values[8].Table.Limit = 0xff;
    values[9].Table.Base = mode == MODE_REAL ? 0 : IDT_GPA;
    values[9].Table.Limit = mode == MODE_REAL ? 0x3ff : 0xfff;
    values[10].Reg64 = info->cr0;
    values[11].Reg64 = info->efer ? PML4_GPA : 0;
    values[12].Reg64 = info->cr4;
    values[13].Reg64 = info->efer;
    values[14].Reg64 = 5;
    hr = WHvSetVirtualProcessorRegisters( vm->partition, 0, names, ARRAY_COUNT(names), values );
    ok( hr == S_OK, "can't set the mode: %#lx\n", hr );
    vm->mode = info;
}

/* Values that tell every register from every other, except those that hold addresses. */
void vm_default_regs( enum mode mode, UINT64 regs[REG_COUNT] )
{
    UINT32 i;

    for (i = 0; i < RIP; i++) regs[i] = 0x8182838485868788 + i * 0x0101010101010101;
    regs[RSP] = modes[mode].stack;
    regs[RBX] = regs[RDI] = modes[mode].hole;
    regs[RSI] = modes[mode].data;
    regs[RIP] = modes[mode].rip;
    /* Ring 3 may use the ports by the TSS's bitmap as well. It needs both: some KVMs don't keep the IOPL of a ring 3
     * guest, and emulated processors may want the TSS to be available, 9, for the bitmap, which a vp's never is. */
    regs[RFLAGS] = 0x0003 | FLAG_IOPL;                          /* CF */
}

/* Code, with the two ends, and memory of known content. */
void vm_put_code( struct vm *vm, const BYTE *code, UINT32 size )
{
    static const BYTE end[] = { 0xe6, END_PORT }, alt[] = { 0xe6, ALT_PORT };

    memset( vm->ram + CODE_GPA, 0x90, 0x80 );
    memcpy( vm->ram + CODE_GPA, code, size );
    memcpy( vm->ram + CODE_GPA + size, end, sizeof(end) );
    /* longer code has one end only */
    if (size + sizeof(end) <= ALT_OFFSET) memcpy( vm->ram + CODE_GPA + ALT_OFFSET, alt, sizeof(alt) );
    memset( vm->ram + DATA_GPA - 0x100, 0xda, 0x200 );
    memset( vm->ram + DATA_GPA + 0x100, 0xde, 0x100 );
    memset( vm->ram + HOLE_GPA - 0x100, 0xdb, 0x100 );
    memset( vm->ram + STACK_TOP - 0x100, 0xdc, 0x200 );
}

/* Everything for a run of code; regs NULL: the defaults. */
void vm_load( struct vm *vm, enum mode mode, const BYTE *code, UINT32 size, const UINT64 *regs )
{
    vm_put_code( vm, code, size );
    vm_set_mode( vm, mode );
    if (regs) memcpy( vm->before, regs, sizeof(vm->before) );
    else vm_default_regs( mode, vm->before );
    vm_set_regs( vm, vm->before );
}

BOOL vm_memory_is_untouched( const struct vm *vm )
{
    UINT32 i;

    for (i = 0; i < 0x300; i++) if (vm->ram[DATA_GPA - 0x100 + i] != (i < 0x200 ? 0xda : 0xde)) return FALSE;
    for (i = 0; i < 0x100; i++) if (vm->ram[HOLE_GPA - 0x100 + i] != 0xdb) return FALSE;
    for (i = 0; i < 0x200; i++) if (vm->ram[STACK_TOP - 0x100 + i] != 0xdc) return FALSE;
    return TRUE;
}

/* Every vector's handler tells itself by an OUT. */
void vm_put_gate( struct vm *vm, enum mode mode, UINT32 vector, UINT32 offset )
{
    UINT64 address = modes[mode].code_linear - CODE_GPA + HANDLER_GPA + offset;
    UINT32 *gate;

    if (mode == MODE_REAL)
    {
        gate = (UINT32 *)(vm->ram + vector * 4);
        *gate = (UINT32)(HANDLER_GPA >> 4) << 16 | offset;
    }
    else if (mode == MODE_PROT)
    {
        gate = (UINT32 *)(vm->ram + IDT_GPA + vector * 8);
        gate[0] = 0x00080000 | (address & 0xffff);
        gate[1] = (address & 0xffff0000) | 0xee00;
    }
    else
    {
        gate = (UINT32 *)(vm->ram + IDT_GPA + vector * 16);
        gate[0] = 0x00180000 | (address & 0xffff);
        gate[1] = (address & 0xffff0000) | 0xee00;
        gate[2] = address >> 32;
        gate[3] = 0;
    }
}

void vm_make_handlers( struct vm *vm, enum mode mode )
{
    UINT32 i;

    for (i = 0; i < 0x40; i++)
    {
        BYTE *code = vm->ram + HANDLER_GPA + i * 4;

        code[0] = 0xe6;                         /* out port,al */
        code[1] = HANDLER_PORT( i );
        code[2] = 0xf4;
        vm_put_gate( vm, mode, i, i * 4 );
    }
    /* ring 0's stack for gates from ring 3 */
    *(UINT64 *)(vm->ram + TSS_GPA + 4) = LONG_BASE + STACK_TOP - 0x1000;
}

BOOL vm_run( struct vm *vm, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    HRESULT hr;

    memset( exit, 0xcc, sizeof(*exit) );
    hr = WHvRunVirtualProcessor( vm->partition, 0, exit, sizeof(*exit) );
    ok( hr == S_OK, "WHvRunVirtualProcessor: %#lx\n", hr );
    return hr == S_OK;
}

BOOL vm_run_to( struct vm *vm, UINT32 reason, const UINT64 *regs, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    if (!vm_run( vm, exit )) return FALSE;
    ok( exit->ExitReason == reason, "exit %#x, expected %#x\n", exit->ExitReason, reason );
    if (exit->ExitReason != reason) return FALSE;
    if (regs)
    {
        check_vp_context( vm, exit, regs );
        check_regs( vm, regs );
    }
    return TRUE;
}

void vm_inject_gp( struct vm *vm, enum mode mode )
{
    WHV_REGISTER_NAME name = WHvRegisterPendingEvent;
    WHV_REGISTER_VALUE value;
    HRESULT hr;

    memset( &value, 0, sizeof(value) );
    value.ExceptionEvent.EventPending = 1;
    value.ExceptionEvent.EventType = WHvX64PendingEventException;
    value.ExceptionEvent.DeliverErrorCode = mode != MODE_REAL;
    value.ExceptionEvent.Vector = 13;
    hr = WHvSetVirtualProcessorRegisters( vm->partition, 0, &name, 1, &value );
    ok( hr == S_OK, "PendingEvent: %#lx\n", hr );
}

void vm_write_reg( UINT64 *reg, UINT64 value, UINT8 size )
{
    switch (size)
    {
    case 1: *reg = (*reg & ~0xffull) | (value & 0xff); break;
    case 2: *reg = (*reg & ~0xffffull) | (value & 0xffff); break;
    case 4: *reg = (UINT32)value; break;
    case 8: *reg = value; break;
    }
}

/* The flags that can be relied on: for IOPL in ring 3 see vm_default_regs. */
static UINT64 flags_mask( const struct mode_info *mode )
{
    return mode->cpl == 3 ? ~(FLAG_RF | FLAG_IOPL) : ~FLAG_RF;
}

void check_regs_( const char *file, int line, struct vm *vm, const UINT64 *expect )
{
    static const char *const names[] =
    {
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
        "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip", "rflags"
    };
    UINT64 regs[REG_COUNT];
    UINT32 i;

    vm_get_regs( vm, regs );
    for (i = 0; i < REG_COUNT; i++)
    {
        UINT64 mask = i == RFLAGS ? flags_mask( vm->mode ) : vm->mode->mask;

        /* the 16 and 32-bit modes have no registers 8 to 15: whoever looks at them there finds what the processor
         * left */
        if (i >= R8 && i <= R15 && !vm->mode->efer) continue;
        ok_(file, line)( (regs[i] & mask) == (expect[i] & mask), "%s is %#llx, expected %#llx\n",
                         names[i], regs[i], expect[i] );
    }
}

/* What every exit has to show; the registers are those that expect gives. */
void check_vp_context_( const char *file, int line, struct vm *vm,
                                         const WHV_RUN_VP_EXIT_CONTEXT *exit, const UINT64 *expect )
{
    const WHV_VP_EXIT_CONTEXT *context = &exit->VpContext;
    const struct mode_info *mode = vm->mode;

    ok_(file, line)( context->Rip == expect[RIP], "Rip %#llx, expected %#llx\n", context->Rip, expect[RIP] );
    ok_(file, line)( !((context->Rflags ^ expect[RFLAGS]) & flags_mask( mode )), "Rflags %#llx, expected %#llx\n",
                     context->Rflags, expect[RFLAGS] );
    ok_(file, line)( context->Cs.Base == mode->cs_base, "Cs.Base %#llx\n", context->Cs.Base );
    ok_(file, line)( context->Cs.Limit == mode->limit, "Cs.Limit %#x\n", context->Cs.Limit );
    ok_(file, line)( context->Cs.Selector == mode->cs_selector, "Cs.Selector %#x\n", context->Cs.Selector );
    ok_(file, line)( context->Cs.Attributes == mode->cs_attributes, "Cs.Attributes %#x\n", context->Cs.Attributes );
    ok_(file, line)( context->Cr8 == 5, "Cr8 %u\n", context->Cr8 );
    ok_(file, line)( context->ExecutionState.Cpl == mode->cpl, "Cpl %u\n", context->ExecutionState.Cpl );
    ok_(file, line)( context->ExecutionState.Cr0Pe == (mode->cr0 & 1), "Cr0Pe %u\n", context->ExecutionState.Cr0Pe );
    ok_(file, line)( !context->ExecutionState.Cr0Am, "Cr0Am %u\n", context->ExecutionState.Cr0Am );
    ok_(file, line)( context->ExecutionState.EferLma == (mode->efer != 0), "EferLma %u\n",
                     context->ExecutionState.EferLma );
    ok_(file, line)( !context->ExecutionState.DebugActive, "DebugActive %u\n", context->ExecutionState.DebugActive );
    /* the exception that could not be delivered */
    ok_(file, line)( context->ExecutionState.InterruptionPending ==
                     (exit->ExitReason == WHvRunVpExitReasonUnrecoverableException), "InterruptionPending %u\n",
                     context->ExecutionState.InterruptionPending );
}

/* Runs on to an OUT of the given port, with registers as given (their rip is that of the OUT). */
BOOL run_to_port_( const char *file, int line, struct vm *vm, UINT16 port, const UINT64 *expect )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    if (!vm_run( vm, &exit )) return FALSE;
    ok_(file, line)( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
    if (exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess) return FALSE;
    ok_(file, line)( exit.IoPortAccess.PortNumber == port, "port %#x, expected %#x\n",
                     exit.IoPortAccess.PortNumber, port );
    check_vp_context_( file, line, vm, &exit, expect );
    check_regs_( file, line, vm, expect );
    return TRUE;
}

/* What the other files stand on: a program of one byte comes to its end and changes nothing, a fault to its handler. */
static void test_mode( struct vm *vm, enum mode mode )
{
    static const BYTE nop[] = { 0x90 }, ud2[] = { 0x0f, 0x0b };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];

    vm_load( vm, mode, nop, sizeof(nop), NULL );
    memcpy( regs, vm->before, sizeof(regs) );
    check_regs( vm, regs );
    regs[RIP] += sizeof(nop);
    if (!run_to_port( vm, END_PORT, regs )) return;
    ok( vm_memory_is_untouched( vm ), "memory was written\n" );
    vm->ram[DATA_GPA]++;
    ok( !vm_memory_is_untouched( vm ), "a byte that changed was not seen\n" );

    vm_load( vm, mode, ud2, sizeof(ud2), NULL );
    vm_make_handlers( vm, mode );
    if (!vm_run( vm, &exit )) return;
    ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
    ok( exit.IoPortAccess.PortNumber == HANDLER_PORT( 6 ), "port %#x\n", exit.IoPortAccess.PortNumber );
}

START_TEST(util_vm)
{
    struct vm vm;
    UINT32 i;

    if (!vm_present() || !vm_create( &vm, NULL )) return;
    for (i = 0; i < MODE_COUNT; i++)
    {
        winetest_push_context( "%s", modes[i].name );
        test_mode( &vm, i );
        winetest_pop_context();
    }
    vm_destroy( &vm );
    ok( !vm.partition && !vm.ram && !vm.rom, "something is left of the vm\n" );
}
