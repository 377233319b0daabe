/*
 * Tests for events that can't be delivered
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

/*
 * An event whose table or stack is where no memory is: an exit MemoryAccess with the state before the event, which is
 * pending; the client maps the page and runs on, and it is delivered, once.
 */

#define TYPE_INTERRUPT           0
#define TYPE_NMI                 2
#define TYPE_EXCEPTION           3
#define TYPE_SOFTWARE_INTERRUPT  4
#define TYPE_SOFTWARE_EXCEPTION  6

#define VECTOR 0x33

enum hole { HOLE_IDT, HOLE_GDT, HOLE_STACK, HOLE_TSS, HOLE_COUNT };

static const char * const hole_names[] = { "IDT", "GDT", "stack", "TSS" };

static void set_table( struct vm *vm, WHV_REGISTER_NAME name, UINT64 base, UINT16 limit )
{
    WHV_REGISTER_VALUE value;
    HRESULT hr;

    memset( &value, 0, sizeof(value) );
    value.Table.Base = base;
    value.Table.Limit = limit;
    hr = WHvSetVirtualProcessorRegisters( vm->partition, 0, &name, 1, &value );
    ok( hr == S_OK, "table %#x: %#lx\n", name, hr );
}

/* Linear address of the hole in each mode, past what segments add. */
static UINT64 hole_linear( enum mode mode )
{
    return mode == MODE_LONG || mode == MODE_USER ? LONG_BASE + HOLE_GPA : HOLE_GPA;
}

/* Moves one of the structures to the hole. FALSE: this mode does not use it. */
static BOOL make_hole( struct vm *vm, enum mode mode, enum hole hole )
{
    UINT64 linear = hole_linear( mode );
    WHV_REGISTER_VALUE value;
    WHV_REGISTER_NAME name;
    HRESULT hr;

    switch (hole)
    {
    case HOLE_IDT:
        set_table( vm, WHvX64RegisterIdtr, linear, mode == MODE_REAL ? 0x3ff : 0xfff );
        return TRUE;
    case HOLE_GDT:
        if (mode == MODE_REAL) return FALSE;
        set_table( vm, WHvX64RegisterGdtr, linear, 0x3f );
        return TRUE;
    case HOLE_STACK:
        if (mode == MODE_USER) *(UINT64 *)(vm->ram + TSS_GPA + 4) = linear + 0x1000;
        else
        {
            name = WHvX64RegisterSs;
            hr = WHvGetVirtualProcessorRegisters( vm->partition, 0, &name, 1, &value );
            ok( hr == S_OK, "SS: %#lx\n", hr );
            if (mode == MODE_REAL)
            {
                value.Segment.Base = HOLE_GPA;
                value.Segment.Selector = HOLE_GPA >> 4;
                hr = WHvSetVirtualProcessorRegisters( vm->partition, 0, &name, 1, &value );
                ok( hr == S_OK, "SS: %#lx\n", hr );
                linear = 0;
            }
            vm_set_reg( vm, WHvX64RegisterRsp, linear + 0x1000 );
        }
        return TRUE;
    default:
        if (mode != MODE_USER) return FALSE;
        name = WHvX64RegisterTr;
        hr = WHvGetVirtualProcessorRegisters( vm->partition, 0, &name, 1, &value );
        ok( hr == S_OK, "TR: %#lx\n", hr );
        value.Segment.Base = linear;
        hr = WHvSetVirtualProcessorRegisters( vm->partition, 0, &name, 1, &value );
        ok( hr == S_OK, "TR: %#lx\n", hr );
        return TRUE;
    }
}

/* A page with what belongs there, mapped where the hole is. */
static void fill_hole( struct vm *vm, enum mode mode, enum hole hole )
{
    static const UINT32 from[] = { IDT_GPA, GDT_GPA, 0, TSS_GPA };
    BYTE *page = vm->ram + 0x80000;
    HRESULT hr;

    if (hole == HOLE_IDT && mode == MODE_REAL) memcpy( page, vm->ram, 0x400 );
    else if (hole != HOLE_STACK) memcpy( page, vm->ram + from[hole], 0x1000 );
    hr = WHvMapGpaRange( vm->partition, page, HOLE_GPA, 0x1000, WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite );
    ok( hr == S_OK, "WHvMapGpaRange: %#lx\n", hr );
}

static UINT32 gate_gpa( enum mode mode, UINT32 vector )
{
    return HOLE_GPA + vector * (mode == MODE_REAL ? 4 : mode == MODE_PROT ? 8 : 16);
}

/* rip: of the exit. */
static void check_event( struct vm *vm, enum mode mode, enum hole hole, UINT64 rip, UINT32 type, UINT32 vector,
                         UINT32 length )
{
    WHV_X64_PENDING_INTERRUPTION_REGISTER pending;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT32 round, gpa;

    /* nothing has changed: it meets it again */
    for (round = 0; round < 2; round++)
    {
        if (!vm_run_to( vm, WHvRunVpExitReasonMemoryAccess, NULL, &exit )) return;
        gpa = exit.MemoryAccess.Gpa;
        ok( gpa - HOLE_GPA < 0x1000, "gpa %#x\n", gpa );
        if (hole == HOLE_IDT) ok( gpa == gate_gpa( mode, vector ), "gpa %#x\n", gpa );
        if (hole == HOLE_STACK)
            ok( exit.MemoryAccess.AccessInfo.AccessType == WHvMemoryAccessWrite, "access %u\n",
                exit.MemoryAccess.AccessInfo.AccessType );
        else
            ok( exit.MemoryAccess.AccessInfo.AccessType == WHvMemoryAccessRead, "access %u\n",
                exit.MemoryAccess.AccessInfo.AccessType );
        ok( exit.MemoryAccess.AccessInfo.GpaUnmapped, "mapped\n" );
        ok( exit.VpContext.Rip == rip, "rip %#llx, expected %#llx\n", exit.VpContext.Rip, rip );
        ok( exit.VpContext.ExecutionState.InterruptionPending, "nothing is pending\n" );
        pending.AsUINT64 = vm_get_reg( vm, WHvRegisterPendingInterruption );
        ok( pending.InterruptionPending && pending.InterruptionType == type && pending.InterruptionVector == vector,
            "PendingInterruption %#llx\n", pending.AsUINT64 );
        if (length) ok( pending.InstructionLength == length, "length %u\n", pending.InstructionLength );
    }
    fill_hole( vm, mode, hole );
    if (vm_run_to( vm, WHvRunVpExitReasonX64IoPortAccess, NULL, &exit ))
    {
        ok( exit.IoPortAccess.PortNumber == HANDLER_PORT( vector ), "port %#x\n", exit.IoPortAccess.PortNumber );
        ok( !exit.VpContext.ExecutionState.InterruptionPending, "still pending\n" );
        ok( !vm_get_reg( vm, WHvRegisterPendingInterruption ), "still pending\n" );
        /* once: the handler goes on to its HLT */
        vm_set_reg( vm, WHvX64RegisterRip, exit.VpContext.Rip + exit.VpContext.InstructionLength );
        vm_run_to( vm, WHvRunVpExitReasonX64Halt, NULL, &exit );
    }
    WHvUnmapGpaRange( vm->partition, HOLE_GPA, 0x1000 );
}

/* What the client injects. */
static void test_injected( struct vm *vm, enum mode mode, enum hole hole )
{
    static const struct { UINT32 type, vector; } events[] =
    {
        { TYPE_INTERRUPT, VECTOR }, { TYPE_NMI, 2 }, { TYPE_EXCEPTION, 0 }, { TYPE_EXCEPTION, 13 },
    };
    WHV_X64_PENDING_INTERRUPTION_REGISTER pending;
    UINT64 regs[REG_COUNT];
    UINT32 i;

    vm_default_regs( mode, regs );
    regs[RFLAGS] |= FLAG_IF;
    for (i = 0; i < ARRAY_COUNT( events ); i++)
    {
        winetest_push_context( "%s, event %u/%#x, %s", modes[mode].name, events[i].type, events[i].vector,
                               hole_names[hole] );
        vm_load( vm, mode, NULL, 0, regs );
        vm_make_handlers( vm, mode );
        if (make_hole( vm, mode, hole ))
        {
            pending.AsUINT64 = 0;
            pending.InterruptionPending = 1;
            pending.InterruptionType = events[i].type;
            pending.InterruptionVector = events[i].vector;
            pending.DeliverErrorCode = events[i].vector == 13 && mode != MODE_REAL;
            vm_set_reg( vm, WHvRegisterPendingInterruption, pending.AsUINT64 );
            check_event( vm, mode, hole, regs[RIP], events[i].type, events[i].vector, 0 );
        }
        winetest_pop_context();
    }
}

/* Does the instruction raise it at all? INT of ring 3 is #UD on a KVM that emulates the processor. */
static BOOL is_raised( struct vm *vm, UINT32 vector )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    if (!vm_run( vm, &exit ) || exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess) return FALSE;
    if (exit.IoPortAccess.PortNumber == HANDLER_PORT( vector )) return TRUE;
    ok( winetest_platform_is_wine, "port %#x\n", exit.IoPortAccess.PortNumber );
    return FALSE;
}

/* What the guest raises. */
static void test_raised( struct vm *vm, enum mode mode, enum hole hole )
{
    static const struct
    {
        BYTE   code[4];
        UINT32 size, at, type, vector, length;
    }
    events[] =
    {
        { { 0x30, 0xc9, 0xf6, 0xf1 }, 4, 2, TYPE_EXCEPTION, 0, 0 },         /* xor cl,cl; div cl */
        { { 0x0f, 0x0b }, 2, 0, TYPE_EXCEPTION, 6, 0 },                     /* ud2 */
        { { 0xcd, VECTOR }, 2, 0, TYPE_SOFTWARE_INTERRUPT, VECTOR, 2 },     /* int */
        { { 0xcc }, 1, 0, TYPE_SOFTWARE_EXCEPTION, 3, 1 },                  /* int3 */
    };
    UINT32 i;

    for (i = 0; i < ARRAY_COUNT( events ); i++)
    {
        winetest_push_context( "%s, code %02x %02x, %s", modes[mode].name, events[i].code[0], events[i].code[1],
                               hole_names[hole] );
        vm_load( vm, mode, events[i].code, events[i].size, NULL );
        vm_make_handlers( vm, mode );
        if (!is_raised( vm, events[i].vector ))
        {
            skip( "this KVM raises something else\n" );
            winetest_pop_context();
            continue;
        }
        vm_load( vm, mode, events[i].code, events[i].size, NULL );
        vm_make_handlers( vm, mode );
        /* what KVM's emulator knows of INT is this, and there it is at the handler when the frame does not fit */
        if (winetest_platform_is_wine && mode == MODE_REAL && hole == HOLE_STACK && events[i].length)
            trace( "KVM pushes the frame into the hole by itself\n" );
        else if (make_hole( vm, mode, hole ))
            check_event( vm, mode, hole, vm->before[RIP] + events[i].at, events[i].type, events[i].vector,
                         events[i].length );
        winetest_pop_context();
    }
}

/* A client that does not want it any more, and one that goes elsewhere. */
static void test_given_up( void )
{
    UINT64 regs[REG_COUNT];
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm vm;

    if (!vm_create( &vm, NULL )) return;
    vm_default_regs( MODE_LONG, regs );
    regs[RFLAGS] |= FLAG_IF;
    vm_load( &vm, MODE_LONG, NULL, 0, regs );
    vm_make_handlers( &vm, MODE_LONG );
    make_hole( &vm, MODE_LONG, HOLE_IDT );
    vm_set_reg( &vm, WHvRegisterPendingInterruption, 1 | VECTOR << 16 );
    vm_run_to( &vm, WHvRunVpExitReasonMemoryAccess, NULL, &exit );
    vm_set_reg( &vm, WHvRegisterPendingInterruption, 0 );
    run_to_port( &vm, END_PORT, vm.before );
    vm_destroy( &vm );
}

START_TEST(delivery)
{
    enum mode mode;
    enum hole hole;
    struct vm vm;

    if (!vm_present() || !vm_create( &vm, NULL )) return;
    for (mode = 0; mode < MODE_COUNT; mode++)
    {
        for (hole = 0; hole < HOLE_COUNT; hole++)
        {
            test_injected( &vm, mode, hole );
            test_raised( &vm, mode, hole );
        }
    }
    vm_destroy( &vm );
    test_given_up();
}
