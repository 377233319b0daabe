/*
 * The machine of the soak
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

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"

WHV_PARTITION_HANDLE partition;
unsigned int vps = 4;
struct exits exits[SOAK_MAX_VPS];
volatile int failed;

static UINT8 *memory, *window;

void complain( const char *format, ... )
{
    va_list args;
    char text[256];

    va_start( args, format );
    vsnprintf( text, sizeof(text), format, args );
    va_end( args );
    __atomic_store_n( &failed, 1, __ATOMIC_SEQ_CST );
    printf( "FAILED: %s\n", text );
    fflush( stdout );
}

BOOL check( HRESULT hr, const char *what )
{
    if (hr >= 0) return 1;
    complain( "%s: %08x", what, (unsigned int)hr );
    return 0;
}

uint64_t counter( unsigned int vp, unsigned int offset )
{
    return __atomic_load_n( (uint64_t *)(memory + BLOCKS + vp * BLOCK_SIZE + offset), __ATOMIC_SEQ_CST );
}

void set_mailbox( unsigned int offset, uint32_t value )
{
    __atomic_store_n( (uint32_t *)(memory + MAILBOX + offset), value, __ATOMIC_SEQ_CST );
}

void map_window( BOOL mapped )
{
    if (!mapped) check( WHvUnmapGpaRange( partition, SOAK_WINDOW, 0x1000 ), "WHvUnmapGpaRange" );
    else check( WHvMapGpaRange( partition, window, SOAK_WINDOW, 0x1000,
                                WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite ), "WHvMapGpaRange" );
}

static BOOL read_guest( const char *name )
{
    FILE *file = fopen( name, "rb" );
    BOOL ret = file && fread( memory + GUEST_BASE, 1, 0x8000, file ) > 0x400;

    if (file) fclose( file );
    if (!ret) complain( "can't read %s", name );
    return ret;
}

static BOOL set_property( WHV_PARTITION_PROPERTY_CODE code, UINT32 value )
{
    return check( WHvSetPartitionProperty( partition, code, &value, sizeof(value) ), "WHvSetPartitionProperty" );
}

BOOL machine_create( const char *guest, unsigned int room, BOOL x2apic )
{
    static const WHV_REGISTER_NAME names[2] = { WHvX64RegisterCs, WHvX64RegisterRip };
    WHV_REGISTER_VALUE values[2];
    UINT64 frequency;
    unsigned int i;

    memory = alloc_pages( MEMORY_SIZE );
    window = alloc_pages( 0x1000 );
    if (!memory || !window) return check( E_OUTOFMEMORY, "memory" );
    if (!read_guest( guest )) return 0;
    if (!check( WHvGetCapability( WHvCapabilityCodeInterruptClockFrequency, &frequency, sizeof(frequency), NULL ),
                "WHvCapabilityCodeInterruptClockFrequency" )) return 0;
    set_mailbox( SOAK_VPS, vps );
    set_mailbox( SOAK_X2APIC, x2apic );
    set_mailbox( SOAK_TICKS, frequency / 1000 );
    *(uint32_t *)window = SOAK_PATTERN;

    if (!check( WHvCreatePartition( &partition ), "WHvCreatePartition" ) ||
        !set_property( WHvPartitionPropertyCodeProcessorCount, room ) ||
        !set_property( WHvPartitionPropertyCodeLocalApicEmulationMode,
                       x2apic ? WHvX64LocalApicEmulationModeX2Apic : WHvX64LocalApicEmulationModeXApic ) ||
        !check( WHvSetupPartition( partition ), "WHvSetupPartition" ) ||
        !check( WHvMapGpaRange( partition, memory, 0, MEMORY_SIZE, WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite |
                                WHvMapGpaRangeFlagExecute ), "WHvMapGpaRange" )) return 0;
    for (i = 0; i < vps; i++)
        if (!check( WHvCreateVirtualProcessor( partition, i, 0 ), "WHvCreateVirtualProcessor" )) return 0;
    memset( values, 0, sizeof(values) );
    values[0].Segment.Limit = 0xffff;
    values[0].Segment.Attributes = 0x9b;
    values[1].Reg64 = GUEST_BASE;
    return check( WHvSetVirtualProcessorRegisters( partition, 0, names, 2, values ),
                  "WHvSetVirtualProcessorRegisters" );
}

static void set_rip_rax( unsigned int vp, UINT64 rip, UINT64 rax, UINT32 count )
{
    static const WHV_REGISTER_NAME names[2] = { WHvX64RegisterRip, WHvX64RegisterRax };
    WHV_REGISTER_VALUE values[2];

    memset( values, 0, sizeof(values) );
    values[0].Reg64 = rip;
    values[1].Reg64 = rax;
    check( WHvSetVirtualProcessorRegisters( partition, vp, names, count, values ), "WHvSetVirtualProcessorRegisters" );
}

static void wrong( unsigned int vp, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterRsp;
    WHV_REGISTER_VALUE rsp;
    UINT64 *stack;

    complain( "vp %u: exit %#x at %#llx", vp, exit->ExitReason, (unsigned long long)exit->VpContext.Rip );
    if (WHvGetVirtualProcessorRegisters( partition, vp, &name, 1, &rsp ) < 0 || rsp.Reg64 > MEMORY_SIZE - 64) return;
    stack = (UINT64 *)(memory + rsp.Reg64);
    printf( "stack %#llx: %llx %llx %llx %llx\n", (unsigned long long)rsp.Reg64, (unsigned long long)stack[0],
            (unsigned long long)stack[1], (unsigned long long)stack[2], (unsigned long long)stack[3] );
}

/* FALSE at the end. */
static BOOL handle_exit( unsigned int vp, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    struct exits *own = &exits[vp];
    UINT32 kind;

    switch (exit->ExitReason)
    {
    case WHvRunVpExitReasonCanceled:
        __atomic_add_fetch( &own->canceled, 1, __ATOMIC_SEQ_CST );
        return 1;
    case WHvRunVpExitReasonX64IoPortAccess:
        if (exit->IoPortAccess.PortNumber == SOAK_END_PORT && !(exit->IoPortAccess.Rax & 0xff)) return 0;
        if (exit->IoPortAccess.PortNumber != SOAK_PORT) break;
        own->outs++;
        set_rip_rax( vp, exit->VpContext.Rip + 2, 0, 1 );
        return 1;
    case WHvRunVpExitReasonMemoryAccess:
        if (exit->MemoryAccess.Gpa != SOAK_WINDOW) break;
        own->window++;
        set_rip_rax( vp, exit->VpContext.Rip + 2, SOAK_PATTERN,
                     exit->MemoryAccess.AccessInfo.AccessType == WHvMemoryAccessRead ? 2 : 1 );
        return 1;
    case WHvRunVpExitReasonX64ApicEoi:
        kind = exit->ApicEoi.InterruptVector - SOAK_VECTOR_REQUEST;
        if (kind >= SOAK_KINDS) break;
        __atomic_add_fetch( &own->eois[kind], 1, __ATOMIC_SEQ_CST );
        return 1;
    default:
        break;
    }
    wrong( vp, exit );
    return 0;
}

static int parking;
static unsigned int parked, ended;

static void vp_thread( void *arg )
{
    unsigned int vp = (uintptr_t)arg;
    WHV_RUN_VP_EXIT_CONTEXT exit;

    do
    {
        if (__atomic_load_n( &parking, __ATOMIC_SEQ_CST ))
        {
            __atomic_add_fetch( &parked, 1, __ATOMIC_SEQ_CST );
            while (__atomic_load_n( &parking, __ATOMIC_SEQ_CST )) sleep_ms( 1 );
            __atomic_sub_fetch( &parked, 1, __ATOMIC_SEQ_CST );
        }
        if (!check( WHvRunVirtualProcessor( partition, vp, &exit, sizeof(exit) ), "WHvRunVirtualProcessor" )) break;
    }
    while (handle_exit( vp, &exit ));
    __atomic_add_fetch( &ended, 1, __ATOMIC_SEQ_CST );
}

static BOOL all_out( void )
{
    return __atomic_load_n( &parked, __ATOMIC_SEQ_CST ) + __atomic_load_n( &ended, __ATOMIC_SEQ_CST ) == vps;
}

/* Waits until a counter is not 0 on all. */
static BOOL wait_all( unsigned int offset, const char *what )
{
    uint64_t until = time_us() + 20000000;
    unsigned int i;

    for (i = 0; i < vps; i++)
    {
        while (!counter( i, offset ))
        {
            if (time_us() > until || (failed && offset == SOAK_LOOPS))
            {
                complain( "vp %u is not %s", i, what );
                return 0;
            }
            sleep_ms( 1 );
        }
    }
    return 1;
}

BOOL machine_start( void )
{
    uintptr_t i;

    for (i = 0; i < vps; i++) thread_start( vp_thread, (void *)i );
    return wait_all( SOAK_LOOPS, "running" );
}

BOOL machine_park( void )
{
    uint64_t until = time_us() + 20000000;

    __atomic_store_n( &parking, 1, __ATOMIC_SEQ_CST );
    while (!all_out() && !failed && time_us() < until) sleep_ms( 1 );
    if (all_out()) return 1;
    if (!failed) complain( "a vp does not leave Run" );
    return 0;
}

void machine_go_on( void )
{
    __atomic_store_n( &parking, 0, __ATOMIC_SEQ_CST );
    while (__atomic_load_n( &parked, __ATOMIC_SEQ_CST ) && !failed) sleep_ms( 1 );
}

void machine_stop( void )
{
    set_mailbox( SOAK_STOP, 1 );
    wait_all( SOAK_DONE, "done: it waits for an interrupt that it sent" );
    set_mailbox( SOAK_STOP, 2 );
}
