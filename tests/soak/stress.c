/*
 * Stress: everything from everywhere at the same time
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
 *   stress [--seconds N] [--threads N] [--seed N]
 * Threads make calls drawn at random on a few partitions and their vps, which are created, run, canceled, interrupted,
 * looked at, edited, suspended, deleted, with doorbells, ports and triggers, all of it by any thread at any time, with
 * handles that may be gone. A call may be refused, with an error that is documented for such a case; it may not fail
 * otherwise, hang, or take the program along. Nor may a cancel get lost: one vp of each partition is canceled by one
 * thread only, and once.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stress.h"

#define SLOTS        3
#define VPS          4          /* of each partition, and one index above is tried too */
#define PATIENT_VP   3          /* canceled when a run of it has lasted for LONG_RUN, once */
#define LONG_RUN     200000     /* us */
#define PIECE        0x10000
#define MAX_THREADS  16
#define PATIENCE     30000000   /* us for one call */

static WHV_PARTITION_HANDLE slots[SLOTS];       /* atomically; NULL or stale at times */
static UINT8 *memory;
static int stopping, failed;

/* by thread: when the present call began, or 0, what it is, and what it runs if it is a run (vp + 1) */
static struct
{
    uint64_t             since;
    const char          *what;
    WHV_PARTITION_HANDLE partition;
    UINT32               running;
    uint64_t             calls, random;
}
states[MAX_THREADS + 1];
static uint64_t patient_cancels;
static unsigned int resets;

static void complain( const char *what, HRESULT hr )
{
    __atomic_store_n( &failed, 1, __ATOMIC_SEQ_CST );
    printf( "FAILED: %s: %08x\n", what, (unsigned int)hr );
    fflush( stdout );
}

/* stage 1: no new calls; 2: no cancels either */
static BOOL is_stopping( int stage )
{
    return __atomic_load_n( &stopping, __ATOMIC_SEQ_CST ) >= stage ||
           (stage == 1 && __atomic_load_n( &failed, __ATOMIC_SEQ_CST ));
}

/* What may be answered when somebody else was there first. */
static BOOL is_expected( HRESULT hr )
{
    static const HRESULT expected[] =
    {
        S_OK, E_INVALIDARG, E_HANDLE,
        (HRESULT)0x80370305,    /* WHV_E_GPA_RANGE_NOT_FOUND */
        (HRESULT)0x80370306,    /* WHV_E_VP_ALREADY_EXISTS */
        (HRESULT)0x80370307,    /* WHV_E_VP_DOES_NOT_EXIST */
        (HRESULT)0x80370308,    /* WHV_E_INVALID_VP_STATE */
        (HRESULT)0x8007139f,    /* ERROR_INVALID_STATE */
        (HRESULT)0x80070490,    /* ERROR_NOT_FOUND: no such doorbell */
        (HRESULT)0xc0350005,    /* ERROR_HV_INVALID_PARAMETER: there is one */
        (HRESULT)0xc0350006,    /* ERROR_HV_ACCESS_DENIED: InternalActivityState without an APIC */
        (HRESULT)0xc0350008,    /* ERROR_HV_OPERATION_DENIED: no APIC */
    };
    unsigned int i;

    for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) if (hr == expected[i]) return 1;
    return 0;
}

void begin( unsigned int thread, const char *what )
{
    __atomic_store_n( &states[thread].what, what, __ATOMIC_RELAXED );
    __atomic_store_n( &states[thread].since, time_us(), __ATOMIC_SEQ_CST );
}

HRESULT end( unsigned int thread, HRESULT hr )
{
    __atomic_store_n( &states[thread].since, 0, __ATOMIC_SEQ_CST );
    states[thread].calls++;
    if (!is_expected( hr )) complain( states[thread].what, hr );
    return hr;
}

/* xorshift64 */
uint32_t draw( unsigned int thread, uint32_t range )
{
    uint64_t x = states[thread].random;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    states[thread].random = x;
    return (x >> 32) % range;
}

static WHV_PARTITION_HANDLE slot( unsigned int thread )
{
    return __atomic_load_n( &slots[draw( thread, SLOTS )], __ATOMIC_SEQ_CST );
}

/* ---- guests: real mode, a few bytes each; a spinning one and a halted one wait for a cancel ---- */

static const UINT8 snippets[][8] =
{
    { 0xeb, 0xfe },                                     /* jmp $ */
    { 0xfb, 0xf4, 0xeb, 0xfc },                         /* sti; hlt */
    { 0xe6, 0x80, 0xeb, 0xfc },                         /* out 80,al */
    { 0xe4, 0x80, 0xeb, 0xfc },                         /* in al,80 */
    { 0xa2, 0x00, 0x80, 0xeb, 0xfb },                   /* mov [8000],al: memory that comes and goes */
    { 0xa0, 0x00, 0x80, 0xeb, 0xfb },                   /* mov al,[8000] */
    { 0x0f, 0xa2, 0xeb, 0xfc },                         /* cpuid */
    { 0x0f, 0x0b },                                     /* ud2, and a table of vectors full of nonsense */
};

#define SNIPPETS (sizeof(snippets) / sizeof(snippets[0]))
#define SNIPPET_ADDRESS( n ) (0x1000 + 0x10 * (n))

static const UINT32 access_all = WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute;

/* ---- calls ---- */

static void set_property( unsigned int thread, WHV_PARTITION_HANDLE partition, WHV_PARTITION_PROPERTY_CODE code,
                          UINT64 value, UINT32 size )
{
    CALL( WHvSetPartitionProperty, partition, code, &value, size );
}

/* A new partition in a slot; whoever still uses the old one finds it gone. */
static void new_partition( unsigned int thread )
{
    WHV_PARTITION_HANDLE partition, old;
    UINT32 i, where = draw( thread, SLOTS );
    HRESULT hr;

    if (CALL( WHvCreatePartition, &partition ) < 0) return;
    set_property( thread, partition, WHvPartitionPropertyCodeProcessorCount, VPS, 4 );
    set_property( thread, partition, WHvPartitionPropertyCodeLocalApicEmulationMode, draw( thread, 3 ), 4 );
    CALL( WHvSetupPartition, partition );
    CALL( WHvMapGpaRange, partition, memory, 0, MEMORY_SIZE, access_all );
    for (i = 0; i < VPS; i++) CALL( WHvCreateVirtualProcessor, partition, i, 0 );
    old = __atomic_exchange_n( &slots[where], partition, __ATOMIC_SEQ_CST );
    while (old && (hr = CALL( WHvDeletePartition, old )) < 0 && hr != E_HANDLE)
    {
        for (i = 0; i < VPS; i++) CALL( WHvCancelRunVirtualProcessor, old, i, 0 );
        yield_thread();
    }
}

static void start_vp( unsigned int thread, WHV_PARTITION_HANDLE partition, UINT32 vp )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterCs, WHvX64RegisterRip, WHvX64RegisterRflags, WHvRegisterInternalActivityState,
    };
    WHV_REGISTER_VALUE values[4];

    memset( values, 0, sizeof(values) );
    values[0].Segment.Limit = 0xffff;
    values[0].Segment.Attributes = 0x9b;
    values[1].Reg64 = SNIPPET_ADDRESS( draw( thread, SNIPPETS ));
    values[2].Reg64 = 2;
    /* no APIC, no wait for a SIPI: there is no such state then */
    if (CALL( WHvSetVirtualProcessorRegisters, partition, vp, names, 4, values ) == (HRESULT)0xc0350006)
        CALL( WHvSetVirtualProcessorRegisters, partition, vp, names, 3, values );
}

static HRESULT run_once( unsigned int thread, WHV_PARTITION_HANDLE partition, UINT32 vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    HRESULT hr;

    __atomic_store_n( &states[thread].partition, partition, __ATOMIC_SEQ_CST );
    __atomic_store_n( &states[thread].running, vp + 1, __ATOMIC_SEQ_CST );
    hr = CALL( WHvRunVirtualProcessor, partition, vp, exit, sizeof(*exit) );
    __atomic_store_n( &states[thread].running, 0, __ATOMIC_SEQ_CST );
    return hr;
}

static void run_vp( unsigned int thread, WHV_PARTITION_HANDLE partition, UINT32 vp )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterRip;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_REGISTER_VALUE value;
    UINT32 i, count = 1 + draw( thread, 8 );

    for (i = 0; i < count; i++)
    {
        if (run_once( thread, partition, vp, &exit )) return;
        memset( &value, 0, sizeof(value) );
        switch (exit.ExitReason)
        {
        case WHvRunVpExitReasonX64IoPortAccess:
            value.Reg64 = exit.VpContext.Rip + 2;
            break;
        case WHvRunVpExitReasonMemoryAccess:
            value.Reg64 = exit.VpContext.Rip + 3;
            break;
        case WHvRunVpExitReasonNone:
            complain( "no reason for the exit", 0 );
            return;
        default:
            return;
        }
        CALL( WHvSetVirtualProcessorRegisters, partition, vp, &name, 1, &value );
    }
}

static void look( unsigned int thread, WHV_PARTITION_HANDLE partition, UINT32 vp )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterRax, WHvX64RegisterRip, WHvX64RegisterCs, WHvX64RegisterCr0, WHvX64RegisterEfer,
        WHvX64RegisterXmm0, WHvX64RegisterTsc, WHvX64RegisterDr7, WHvRegisterPendingInterruption,
        WHvX64RegisterSysenterEip,
    };
    WHV_REGISTER_VALUE values[sizeof(names) / sizeof(names[0])];
    CALL( WHvGetVirtualProcessorRegisters, partition, vp, names,
          1 + draw( thread, sizeof(names) / sizeof(names[0]) ), values );
}

static void edit_memory( unsigned int thread, WHV_PARTITION_HANDLE partition )
{
    UINT64 gpa = PIECE * (UINT64)draw( thread, MEMORY_SIZE / PIECE );

    /* the first piece has the snippets: it is replaced, not taken away */
    if (gpa && draw( thread, 2 )) CALL( WHvUnmapGpaRange, partition, gpa, PIECE );
    else CALL( WHvMapGpaRange, partition, memory + gpa, gpa, PIECE, access_all );
}

static void interrupt( unsigned int thread, WHV_PARTITION_HANDLE partition )
{
    static const WHV_INTERRUPT_TYPE types[] =
    {
        WHvX64InterruptTypeFixed, WHvX64InterruptTypeLowestPriority, WHvX64InterruptTypeNmi, WHvX64InterruptTypeInit,
        WHvX64InterruptTypeSipi, WHvX64InterruptTypeLocalInt1,
    };
    WHV_INTERRUPT_CONTROL control;

    memset( &control, 0, sizeof(control) );
    control.Type = types[draw( thread, sizeof(types) / sizeof(types[0]) )];
    control.DestinationMode = draw( thread, 2 );
    control.TriggerMode = draw( thread, 2 );
    control.Destination = draw( thread, 4 ) ? draw( thread, VPS ) : 0xff;
    control.Vector = 0x10 + draw( thread, 0xf0 );
    CALL( WHvRequestInterrupt, partition, &control, sizeof(control) );
}

static void set_one( unsigned int thread, WHV_PARTITION_HANDLE partition, UINT32 vp, WHV_REGISTER_NAME name,
                     UINT64 low )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.Reg64 = low;
    CALL( WHvSetVirtualProcessorRegisters, partition, vp, &name, 1, &value );
}

static void set_event( unsigned int thread, WHV_PARTITION_HANDLE partition, UINT32 vp )
{
    switch (draw( thread, 4 ))
    {
    case 0:
        set_one( thread, partition, vp, WHvRegisterInternalActivityState, draw( thread, 3 ));
        break;
    case 1:     /* an interrupt */
        set_one( thread, partition, vp, WHvRegisterPendingInterruption,
                 1 | (UINT64)(0x20 + draw( thread, 0xe0 )) << 16 );
        break;
    case 2:     /* an ExtINT */
        set_one( thread, partition, vp, WHvRegisterPendingEvent, 1 | 5 << 1 | (0x20 + draw( thread, 0xe0 )) << 8 );
        break;
    case 3:
        set_one( thread, partition, vp, WHvX64RegisterDeliverabilityNotifications, draw( thread, 64 ));
        break;
    }
}

/* The state that there is, with a timer that ticks. */
static void edit_apic( unsigned int thread, WHV_PARTITION_HANDLE partition, UINT32 vp )
{
    UINT32 page[1024], written;

    if (CALL( WHvGetVirtualProcessorInterruptControllerState2, partition, vp, page, sizeof(page), &written )) return;
    page[0x0f0 / 4] = 0x1ff;
    page[0x320 / 4] = 0x20040;
    page[0x380 / 4] = page[0x390 / 4] = 100000 + draw( thread, 1000000 );
    CALL( WHvSetVirtualProcessorInterruptControllerState2, partition, vp, page, sizeof(page) );
}

static void edit_time( unsigned int thread, WHV_PARTITION_HANDLE partition, UINT32 vp )
{
    switch (draw( thread, 4 ))
    {
    case 0:
        CALL( WHvSuspendPartitionTime, partition );
        break;
    case 1:
        CALL( WHvResumePartitionTime, partition );
        break;
    case 2:
        set_property( thread, partition, WHvPartitionPropertyCodeReferenceTime, draw( thread, 100000 ), 8 );
        break;
    case 3:
        set_one( thread, partition, vp, WHvX64RegisterTsc, draw( thread, 2 ) ? draw( thread, 100000 ) : 0 );
        break;
    }
}

static void find_targets( unsigned int thread, WHV_PARTITION_HANDLE partition )
{
    UINT32 targets[VPS], found;

    CALL( WHvGetInterruptTargetVpSet, partition, draw( thread, 8 ) ? draw( thread, VPS + 1 ) : 0xff,
          draw( thread, 2 ), targets, VPS, &found );
}

static void one_call( unsigned int thread )
{
    WHV_PARTITION_HANDLE partition = slot( thread );
    UINT32 vp = draw( thread, VPS + (draw( thread, 50 ) == 0) ), kind = draw( thread, 1000 );

    if (kind < 300) run_vp( thread, partition, vp );
    else if (kind < 400) start_vp( thread, partition, vp );
    else if (kind < 500) CALL( WHvCancelRunVirtualProcessor, partition, vp == PATIENT_VP ? 0 : vp, 0 );
    else if (kind < 600) look( thread, partition, vp );
    else if (kind < 680) interrupt( thread, partition );
    else if (kind < 720) set_event( thread, partition, vp );
    else if (kind < 750) edit_apic( thread, partition, vp );
    else if (kind < 780) edit_time( thread, partition, vp );
    else if (kind < 800) find_targets( thread, partition );
    else if (kind < 840) edit_memory( thread, partition );
    else if (kind < 880) stress_notify( thread, partition );
    else if (kind < 930) CALL( WHvDeleteVirtualProcessor, partition, vp );
    else if (kind < 980) CALL( WHvCreateVirtualProcessor, partition, vp, 0 );
    else if (kind < 990)
        set_property( thread, partition, WHvPartitionPropertyCodeExtendedVmExits, draw( thread, 2 ) << 1, 8 );
    else if (kind < 995)
    {
        CALL( WHvResetPartition, partition );
        __atomic_add_fetch( &resets, 1, __ATOMIC_SEQ_CST );
    }
    else new_partition( thread );
}

static void stress_thread( void *arg )
{
    unsigned int thread = (uintptr_t)arg;

    while (!is_stopping( 1 )) one_call( thread );
}

/* The thread's run has lasted for so long that nobody can have come in between and taken the cancel. */
static void cancel_patiently( unsigned int thread, uint64_t since, WHV_PARTITION_HANDLE partition )
{
    unsigned int before = __atomic_load_n( &resets, __ATOMIC_SEQ_CST ), after;
    uint64_t now = time_us();

    if (WHvCancelRunVirtualProcessor( partition, PATIENT_VP, 0 ) < 0) return;
    patient_cancels++;
    while (__atomic_load_n( &states[thread].since, __ATOMIC_SEQ_CST ) == since)
    {
        /* a reset drops a cancel that nobody has taken yet */
        if ((after = __atomic_load_n( &resets, __ATOMIC_SEQ_CST )) != before)
        {
            WHvCancelRunVirtualProcessor( partition, PATIENT_VP, 0 );
            before = after;
        }
        if (time_us() > now + PATIENCE / 3)
        {
            complain( "a cancel is lost", 0 );
            return;
        }
        sleep_ms( 1 );
    }
}

/* Nobody stays in a guest for long. */
static void cancel_thread( void *arg )
{
    unsigned int i, count = (uintptr_t)arg;
    WHV_PARTITION_HANDLE partition;
    uint64_t since, now;
    UINT32 running;

    while (!is_stopping( 2 ))
    {
        for (i = 0; i < count; i++)
        {
            since = __atomic_load_n( &states[i].since, __ATOMIC_SEQ_CST );
            running = __atomic_load_n( &states[i].running, __ATOMIC_SEQ_CST );
            partition = __atomic_load_n( &states[i].partition, __ATOMIC_SEQ_CST );
            now = time_us();
            if (!since || !running || __atomic_load_n( &states[i].since, __ATOMIC_SEQ_CST ) != since) continue;
            if (running - 1 != PATIENT_VP) WHvCancelRunVirtualProcessor( partition, running - 1, 0 );
            else if (now > since + LONG_RUN) cancel_patiently( i, since, partition );
        }
        sleep_ms( 1 );
    }
}

/* TRUE while no call takes too long. */
static BOOL is_alive( unsigned int count )
{
    uint64_t now = time_us(), since;
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        since = __atomic_load_n( &states[i].since, __ATOMIC_SEQ_CST );
        if (!since || now < since + PATIENCE) continue;
        printf( "FAILED: thread %u hangs in %s\n", i, __atomic_load_n( &states[i].what, __ATOMIC_RELAXED ));
        fflush( stdout );
        return 0;
    }
    return 1;
}

int main( int argc, char *argv[] )
{
    unsigned int seconds = 5, count = 8;
    uint64_t seed = 1, end_time, calls = 0;
    uintptr_t i;
    int arg;

    for (arg = 1; arg + 1 < argc; arg += 2)
    {
        if (!strcmp( argv[arg], "--seconds" )) seconds = atoi( argv[arg + 1] );
        else if (!strcmp( argv[arg], "--threads" )) count = atoi( argv[arg + 1] );
        else if (!strcmp( argv[arg], "--seed" )) seed = strtoull( argv[arg + 1], NULL, 10 );
        else break;
    }
    if (arg < argc || !seconds || !count || count > MAX_THREADS)
    {
        fprintf( stderr, "Usage: stress [--seconds N] [--threads N] [--seed N]\n" );
        return 2;
    }
    if (!(memory = alloc_pages( MEMORY_SIZE ))) return 2;
    for (i = 0; i < SNIPPETS; i++) memcpy( memory + SNIPPET_ADDRESS( i ), snippets[i], sizeof(snippets[i]) );
    for (i = 0; i <= count; i++) states[i].random = (seed * 100 + i + 1) * 0x9e3779b97f4a7c15ull;
    for (i = 0; i < SLOTS; i++) new_partition( count );
    for (i = 0; i < count; i++) thread_start( stress_thread, (void *)i );
    thread_start( cancel_thread, (void *)(uintptr_t)count );

    end_time = time_us() + seconds * 1000000ull;
    while (time_us() < end_time && !is_stopping( 1 ) && is_alive( count )) sleep_ms( 50 );
    __atomic_store_n( &stopping, 1, __ATOMIC_SEQ_CST );
    sleep_ms( 500 );
    for (end_time = time_us() + PATIENCE; time_us() < end_time; sleep_ms( 10 ))
    {
        for (i = 0; i < count; i++) if (__atomic_load_n( &states[i].since, __ATOMIC_SEQ_CST )) break;
        if (i == count) break;
    }
    __atomic_store_n( &stopping, 2, __ATOMIC_SEQ_CST );
    if (!threads_join( 30 )) _Exit( printf( "FAILED: threads that do not end\n" ) > 0 );
    for (i = 0; i < SLOTS; i++)
    {
        /* on a busy machine nobody may have come to fill it */
        HRESULT hr = slots[i] ? WHvDeletePartition( slots[i] ) : S_OK;

        if (hr < 0) complain( "WHvDeletePartition", hr );
    }
    for (i = 0; i < count; i++) calls += states[i].calls;
    printf( failed ? "stress: failed\n" : "stress: %llu calls by %u threads, %llu runs ended by one cancel\n",
            (unsigned long long)calls, count, (unsigned long long)patient_cancels );
    fflush( stdout );
    return failed;
}
