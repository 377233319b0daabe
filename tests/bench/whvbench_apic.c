/*
 * Benchmark: interrupts through WinHvPlatform
 *
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
 * The PE side of ipi, request, wake, pair, scale2 and trigger: the platform's APIC and WHvRequestInterrupt, a trigger,
 * a thread for each vp.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>
#include <winhvplatform.h>

#include "bench.h"

struct vm
{
    WHV_PARTITION_HANDLE partition;
    volatile UINT32 *mailbox;
    HANDLE go, done;        /* a batch, for the thread of vp 0 */
};

/* the pair's threads: each counts the exits of its vp, in a cache line of its own, from go to pair_stop */
static struct pair
{
    struct vm *vm;
    UINT32 index;
    HANDLE go, done;
    volatile unsigned int exits;
} __attribute__((aligned( 128 ))) pairs[2];
static volatile LONG pair_stop;

static struct vm vms[APIC_LOOP_COUNT];
static const char *guest_name;

void apic_set_guest( const char *name )
{
    guest_name = name;
}

static void fail( const char *what, ULONG code )
{
    fprintf( stderr, "whvbench: %s failed: %08lx\n", what, code );
    ExitProcess( 1 );
}

static void check( HRESULT hr, const char *what )
{
    if (FAILED( hr )) fail( what, hr );
}

static void set_property( WHV_PARTITION_HANDLE partition, WHV_PARTITION_PROPERTY_CODE code, UINT32 value )
{
    check( WHvSetPartitionProperty( partition, code, &value, sizeof(value) ), "WHvSetPartitionProperty" );
}

/* Until the guest says that it is where it is wanted. */
static void run( struct vm *vm, UINT32 index )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterRip;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_REGISTER_VALUE value;

    check( WHvRunVirtualProcessor( vm->partition, index, &exit, sizeof(exit) ), "WHvRunVirtualProcessor" );
    if (exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess) fail( "the guest: exit", exit.ExitReason );
    value.Reg64 = exit.VpContext.Rip + exit.VpContext.InstructionLength;
    check( WHvSetVirtualProcessorRegisters( vm->partition, index, &name, 1, &value ),
           "WHvSetVirtualProcessorRegisters" );
}

static DWORD WINAPI vp_thread( void *arg )
{
    struct vm *vm = arg;

    for (;;)
    {
        WaitForSingleObject( vm->go, INFINITE );
        run( vm, 0 );
        SetEvent( vm->done );
    }
    return 0;
}

/* This one comes out no more. */
static DWORD WINAPI second_thread( void *vm )
{
    run( vm, 1 );
    fail( "vp 1 came out:", 0 );
    return 0;
}

static DWORD WINAPI pair_thread( void *arg )
{
    struct pair *pair = arg;

    for (;;)
    {
        WaitForSingleObject( pair->go, INFINITE );
        while (!pair_stop)
        {
            run( pair->vm, pair->index );
            pair->exits++;
        }
        SetEvent( pair->done );
    }
    return 0;
}

static void start_pair( struct vm *vm )
{
    UINT32 i;

    for (i = 0; i < 2; i++)
    {
        pairs[i].vm = vm;
        pairs[i].index = i;
        pairs[i].go = CreateEventW( NULL, FALSE, FALSE, NULL );
        pairs[i].done = CreateEventW( NULL, FALSE, FALSE, NULL );
        CreateThread( NULL, 0, pair_thread, &pairs[i], 0, NULL );
    }
}

static void read_guest( BYTE *memory )
{
    HANDLE file = CreateFileA( guest_name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL );
    DWORD size;

    if (file == INVALID_HANDLE_VALUE || !ReadFile( file, memory + GUEST_BASE, 0x8000, &size, NULL ))
        fail( guest_name, GetLastError() );
    CloseHandle( file );
}

static struct vm *get_vm( enum apic_loop loop )
{
    static const WHV_REGISTER_NAME names[2] = { WHvX64RegisterCs, WHvX64RegisterRip };
    WHV_REGISTER_VALUE values[2];
    struct vm *vm = &vms[loop];
    BYTE *memory;

    if (vm->partition) return vm;
    memory = VirtualAlloc( NULL, MEMORY_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE );
    if (!memory) check( E_OUTOFMEMORY, "VirtualAlloc" );
    read_guest( memory );
    vm->mailbox = (UINT32 *)(memory + MAILBOX);
    vm->mailbox[APIC_WORD_LOOP] = loop;
    check( WHvCreatePartition( &vm->partition ), "WHvCreatePartition" );
    set_property( vm->partition, WHvPartitionPropertyCodeProcessorCount,
                  loop == APIC_IPI || loop == APIC_PAIR ? 2 : 1 );
    set_property( vm->partition, WHvPartitionPropertyCodeLocalApicEmulationMode, WHvX64LocalApicEmulationModeXApic );
    check( WHvSetupPartition( vm->partition ), "WHvSetupPartition" );
    check( WHvMapGpaRange( vm->partition, memory, 0, MEMORY_SIZE, WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite |
                           WHvMapGpaRangeFlagExecute ), "WHvMapGpaRange" );
    check( WHvCreateVirtualProcessor( vm->partition, 0, 0 ), "WHvCreateVirtualProcessor" );
    if (loop == APIC_PAIR) check( WHvCreateVirtualProcessor( vm->partition, 1, 0 ), "WHvCreateVirtualProcessor" );
    if (loop == APIC_IPI)
    {
        check( WHvCreateVirtualProcessor( vm->partition, 1, 0 ), "WHvCreateVirtualProcessor" );
        CreateThread( NULL, 0, second_thread, vm, 0, NULL );
    }
    memset( values, 0, sizeof(values) );
    values[0].Segment.Limit = 0xffff;
    values[0].Segment.Attributes = 0x9b;
    values[1].Reg64 = GUEST_BASE;
    check( WHvSetVirtualProcessorRegisters( vm->partition, 0, names, 2, values ), "WHvSetVirtualProcessorRegisters" );
    run( vm, 0 );
    vm->go = CreateEventW( NULL, FALSE, FALSE, NULL );
    vm->done = CreateEventW( NULL, FALSE, FALSE, NULL );
    if (loop == APIC_PAIR) start_pair( vm );
    else if (loop != APIC_IPI) CreateThread( NULL, 0, vp_thread, vm, 0, NULL );
    return vm;
}

static double measure_ipi( struct vm *vm, unsigned int count )
{
    double start = now();

    vm->mailbox[APIC_WORD_COUNT] = count;
    run( vm, 0 );
    return (now() - start) / count;
}

/* What an exit costs, ns, while so many vps of the partition do nothing else: as in native_apic.c. */
static double measure_pair( UINT32 vps, unsigned int ms )
{
    unsigned int i, sum, begun = 0;
    double start, time;

    pair_stop = 0;
    for (i = 0; i < vps; i++)
    {
        pairs[i].exits = 0;
        SetEvent( pairs[i].go );
    }
    while (pairs[0].exits < WARM_UP || (vps > 1 && pairs[1].exits < WARM_UP)) Sleep( 1 );
    start = now();
    for (i = 0; i < vps; i++) begun += pairs[i].exits;
    do
    {
        Sleep( ms );
        time = now() - start;
        for (i = sum = 0; i < vps; i++) sum += pairs[i].exits;
    }
    while (sum - begun < WARM_UP);
    pair_stop = 1;
    for (i = 0; i < vps; i++) WaitForSingleObject( pairs[i].done, INFINITE );
    return vps * time / (sum - begun);
}

/* The event that is the interrupt. */
static HANDLE get_trigger( struct vm *vm )
{
    WHV_TRIGGER_PARAMETERS parameters;
    WHV_TRIGGER_HANDLE trigger;
    static HANDLE event;

    if (event) return event;
    memset( &parameters, 0, sizeof(parameters) );
    parameters.TriggerType = WHvTriggerTypeInterrupt;
    parameters.Interrupt.Type = WHvX64InterruptTypeFixed;
    parameters.Interrupt.Vector = VECTOR_PONG;
    check( WHvCreateTrigger( vm->partition, &parameters, &trigger, &event ), "WHvCreateTrigger" );
    return event;
}

static double measure_request( struct vm *vm, enum apic_loop loop, unsigned int count )
{
    WHV_INTERRUPT_CONTROL interrupt;
    HANDLE event = loop == APIC_TRIGGER ? get_trigger( vm ) : NULL;
    double sum = 0, start, until;
    UINT32 seen;
    unsigned int i;

    memset( &interrupt, 0, sizeof(interrupt) );
    interrupt.Type = WHvX64InterruptTypeFixed;
    interrupt.Vector = VECTOR_PONG;
    vm->mailbox[APIC_WORD_COUNT] = count;
    SetEvent( vm->go );
    for (i = 0; i < count; i++)
    {
        seen = vm->mailbox[APIC_WORD_SPUN];
        if (loop != APIC_HALT) while (vm->mailbox[APIC_WORD_SPUN] == seen) SwitchToThread();   /* now the guest runs */
        else for (until = now() + HALT_TIME * 1000; now() < until;) SwitchToThread();
        seen = vm->mailbox[APIC_WORD_HANDLED];
        start = now();
        if (event) SetEvent( event );
        else check( WHvRequestInterrupt( vm->partition, &interrupt, sizeof(interrupt) ), "WHvRequestInterrupt" );
        while (vm->mailbox[APIC_WORD_HANDLED] == seen) SwitchToThread();
        sum += now() - start;
    }
    WaitForSingleObject( vm->done, INFINITE );
    return sum / count;
}

double apic_measure( enum apic_loop loop, unsigned int count )
{
    struct vm *vm = get_vm( loop == APIC_SCALE ? APIC_PAIR : loop == APIC_TRIGGER ? APIC_SPIN : loop );

    switch (loop)
    {
    case APIC_IPI:   return measure_ipi( vm, count );
    case APIC_PAIR:  return measure_pair( 2, count );
    case APIC_SCALE: return 2 * measure_pair( 1, count ) / measure_pair( 2, count );
    default:         return measure_request( vm, loop, count );
    }
}
