/*
 * Does a vp get on while another thread calls all the time?
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
 *   storms [--seconds N] [--runs N] [--least N] [--longest MS] [--only CALL] GUEST
 * One thread runs a vp whose guest (tests/guests/storm.S) does nothing but OUTs, which follow on each other at once
 * (out) or with a stretch of work between (work), or none, while it is to be canceled only (spin); another thread makes
 * calls of one kind as fast as it can. Each kind of call is a storm of N seconds (1), or until so many runs are through
 * if that is sooner; --only: of this kind alone. A line each: name, runs a second without a storm, with it, the first
 * by the second, the storm's calls a second, the longest run.
 * The exit status is 1 when anything is lost: each OUT comes once and in order, what the vp is asked for during a storm
 * is right, and a cancel, an interrupt, a page's being written still arrive when the storm is over. Also when fewer
 * than --least runs came to their end, or one lasted more than --longest longer than they do without a storm.
 * On a machine that does other things a thread waits for its processor as well. Where the system tells how long it did
 * (Linux; not to a program under Wine) this is not counted, neither of the thread that runs nor of the one that storms,
 * which may hold what the other waits for.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"
#include "../guests/storm.h"

/* of guest.h, which is for assembler */
#define GUEST_BASE   0x7c00
#define MAILBOX      0x500
#define MEMORY_SIZE  0x100000

#define WATCHED_SIZE 0x10000
#define EXTRA        0x10000000     /* what comes and goes there has no part in what the guest does */
#define EXTRA_SIZE   0x10000
#define PATIENCE     10000000       /* us for what has to arrive after a storm */

static WHV_PARTITION_HANDLE partition;
static UINT8 *memory, *extra;
static int failed;
static BOOL slow;               /* not what the command line wants; the rest is worth knowing */

static void say_failed( const char *what, UINT64 number )
{
    printf( "FAILED: %s: %llu (%#llx)\n", what, (unsigned long long)number, (unsigned long long)number );
    fflush( stdout );
}

/* Ends it. */
static void complain( const char *what, UINT64 number )
{
    __atomic_store_n( &failed, 1, __ATOMIC_SEQ_CST );
    say_failed( what, number );
}

static BOOL has_failed( void )
{
    return __atomic_load_n( &failed, __ATOMIC_SEQ_CST );
}

static BOOL check( HRESULT hr, const char *what )
{
    if (hr >= 0) return 1;
    complain( what, (UINT32)hr );
    return 0;
}

static UINT32 *mailbox( unsigned int offset )
{
    return (UINT32 *)(memory + MAILBOX + offset);
}

static const UINT32 access_all = WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute;

/**** the storms: one call each, or a pair of them ****/

static BOOL storm_cancel( void )
{
    return check( WHvCancelRunVirtualProcessor( partition, 0, 0 ), "WHvCancelRunVirtualProcessor" );
}

/* The guest's count never goes back. */
static BOOL storm_get( void )
{
    static const WHV_REGISTER_NAME names[] = { WHvX64RegisterRbx, WHvX64RegisterRsi };
    static UINT64 last;
    WHV_REGISTER_VALUE values[2];

    if (!check( WHvGetVirtualProcessorRegisters( partition, 0, names, 2, values ), "WHvGetVirtualProcessorRegisters" ))
        return 0;
    if (values[0].Reg64 != STORM_RBX) complain( "RBX", values[0].Reg64 );
    if (values[1].Reg64 < last) complain( "RSI went back to", values[1].Reg64 );
    last = values[1].Reg64;
    return !has_failed();
}

static BOOL storm_request( void )
{
    WHV_INTERRUPT_CONTROL interrupt;

    memset( &interrupt, 0, sizeof(interrupt) );
    interrupt.Type = WHvX64InterruptTypeFixed;
    interrupt.Vector = STORM_VECTOR;
    return check( WHvRequestInterrupt( partition, &interrupt, sizeof(interrupt) ), "WHvRequestInterrupt" );
}

static BOOL storm_map( void )
{
    return check( WHvMapGpaRange( partition, extra, EXTRA, EXTRA_SIZE, access_all ), "WHvMapGpaRange" ) &&
           check( WHvUnmapGpaRange( partition, EXTRA, EXTRA_SIZE ), "WHvUnmapGpaRange" );
}

static BOOL query_dirty( UINT64 *bits )
{
    *bits = 0;
    return check( WHvQueryGpaRangeDirtyBitmap( partition, STORM_WATCHED, WATCHED_SIZE, bits, sizeof(*bits) ),
                  "WHvQueryGpaRangeDirtyBitmap" );
}

static BOOL storm_dirty( void )
{
    UINT64 bits;

    if (!query_dirty( &bits )) return 0;
    if (bits & ~1ull) complain( "pages nobody wrote", bits );
    return !has_failed();
}

/**** one vp, and the thread that runs it ****/

static UINT32 outs;             /* the last one's number */
static uint64_t runs, canceled, longest;
static int own_delay = -1, storm_delay = -1;

static uint64_t delays( void )
{
    return thread_delay_us( own_delay ) + thread_delay_us( __atomic_load_n( &storm_delay, __ATOMIC_SEQ_CST ));
}

/* Runs the vp once, and lets the guest go on behind its OUT. */
static BOOL run( WHV_RUN_VP_EXIT_REASON *reason )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterRip;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_REGISTER_VALUE value;
    uint64_t delayed = delays(), time = time_us();
    HRESULT hr = WHvRunVirtualProcessor( partition, 0, &exit, sizeof(exit) );

    time = time_us() - time;
    if (time > longest)
    {
        delayed = delays() - delayed;
        time = time > delayed ? time - delayed : 0;
        if (time > longest) longest = time;
    }
    if (!check( hr, "WHvRunVirtualProcessor" )) return 0;
    runs++;
    *reason = exit.ExitReason;
    if (exit.ExitReason == WHvRunVpExitReasonCanceled)
    {
        canceled++;
        return 1;
    }
    if (exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess || exit.IoPortAccess.PortNumber != STORM_PORT)
        complain( "exit", exit.ExitReason );
    else if ((UINT32)exit.IoPortAccess.Rax != ++outs) complain( "out of its turn: OUT", exit.IoPortAccess.Rax );
    memset( &value, 0, sizeof(value) );
    value.Reg64 = exit.VpContext.Rip + exit.VpContext.InstructionLength;
    check( WHvSetVirtualProcessorRegisters( partition, 0, &name, 1, &value ), "WHvSetVirtualProcessorRegisters" );
    return !has_failed();
}

/* To the next OUT; a cancel that is left over from before may come first. */
static BOOL run_to_out( void )
{
    WHV_RUN_VP_EXIT_REASON reason;

    if (!run( &reason )) return 0;
    if (reason == WHvRunVpExitReasonX64IoPortAccess || !run( &reason )) return !has_failed();
    if (reason == WHvRunVpExitReasonCanceled) complain( "canceled twice by one call", 0 );
    return !has_failed();
}

/**** after a storm all still works ****/

static void after_cancel( void )
{
    WHV_RUN_VP_EXIT_REASON reason;

    if (run_to_out() && storm_cancel() && run( &reason ) && reason != WHvRunVpExitReasonCanceled)
        complain( "a cancel is lost, exit", reason );
}

static void after_request( void )
{
    uint64_t end = time_us() + PATIENCE;
    UINT32 handled;

    /* what the storm has left is taken before the next OUT but one, or so much later as this KVM looks for it */
    do handled = __atomic_load_n( mailbox( STORM_HANDLED ), __ATOMIC_SEQ_CST );
    while (run_to_out() && run_to_out() && __atomic_load_n( mailbox( STORM_HANDLED ), __ATOMIC_SEQ_CST ) != handled);
    if (has_failed() || !storm_request()) return;
    while (run_to_out() && __atomic_load_n( mailbox( STORM_HANDLED ), __ATOMIC_SEQ_CST ) == handled)
    {
        if (time_us() < end) continue;
        complain( "an interrupt is lost, after", handled );
        break;
    }
}

static void after_dirty( void )
{
    UINT64 bits;

    if (!query_dirty( &bits ) || !run_to_out() || !run_to_out() || !query_dirty( &bits )) return;
    if (bits != 1) complain( "written pages", bits );
}

static const struct storm
{
    const char *name;
    BOOL (*call)( void );
    void (*after)( void );
} storms[] =
{
    { "none",    NULL,          NULL },
    { "cancel",  storm_cancel,  after_cancel },
    { "get",     storm_get,     NULL },
    { "request", storm_request, after_request },
    { "map",     storm_map,     NULL },
    { "dirty",   storm_dirty,   after_dirty },
};

#define STORMS (sizeof(storms) / sizeof(storms[0]))

/**** the thread that storms ****/

static const struct storm *wanted, *raging;     /* what is to be called, and what is */
static uint64_t calls, storm_end;
static int ending;

static void storm_thread( void *arg )
{
    const struct storm *storm;

    (void)arg;
    __atomic_store_n( &storm_delay, thread_delay_clock(), __ATOMIC_SEQ_CST );
    for (;;)
    {
        __atomic_store_n( &raging, NULL, __ATOMIC_SEQ_CST );
        while (!(storm = __atomic_load_n( &wanted, __ATOMIC_SEQ_CST )))
        {
            if (__atomic_load_n( &ending, __ATOMIC_SEQ_CST )) return;
            sleep_ms( 1 );
        }
        __atomic_store_n( &raging, storm, __ATOMIC_SEQ_CST );
        /* it must end by itself, with no guest that waits for a cancel: a run that it holds up would not end it */
        while (__atomic_load_n( &wanted, __ATOMIC_SEQ_CST ) == storm && storm->call())
        {
            /* each look at the clock would be a pause */
            if (!(++calls & 63) && time_us() > storm_end) break;
            /* where both threads have one processor, time slices are not what is measured */
            if (!(calls & 1023)) yield_thread();
        }
        __atomic_store_n( mailbox( STORM_HOLD ), 0, __ATOMIC_SEQ_CST );
        while (__atomic_load_n( &wanted, __ATOMIC_SEQ_CST ) == storm) sleep_ms( 1 );
    }
}

static void set_storm( const struct storm *storm )
{
    const struct storm *now = storm->call ? storm : NULL;

    __atomic_store_n( &wanted, now, __ATOMIC_SEQ_CST );
    while (__atomic_load_n( &raging, __ATOMIC_SEQ_CST ) != now) yield_thread();
}

/**** measuring ****/

static const struct guest
{
    const char *name;
    UINT32 spin, hold;
} guests[] =
{
    { "out",  0,   0 },
    { "work", 100, 0 },
    { "spin", 0,   1 },
};

#define GUESTS (sizeof(guests) / sizeof(guests[0]))

/* what the command line wants; us, and 0 for nothing */
static uint64_t duration = 1000000, enough, least, longest_allowed;
static const char *only;

/* One storm, over one guest. rate: runs a us without a storm, or 0. Returns its own. */
static double measure( const struct storm *storm, const struct guest *guest, double rate )
{
    WHV_RUN_VP_EXIT_REASON reason;
    uint64_t start, time;
    char name[32];
    double own;

    __atomic_store_n( mailbox( STORM_SPIN ), guest->spin, __ATOMIC_SEQ_CST );
    run_to_out();       /* those with the number before */
    run_to_out();
    __atomic_store_n( mailbox( STORM_HOLD ), guest->hold, __ATOMIC_SEQ_CST );
    runs = canceled = longest = calls = 0;
    start = time_us();
    storm_end = start + duration;
    set_storm( storm );
    while (!has_failed() && run( &reason ))
        if (time_us() > storm_end || (enough && runs >= enough)) break;
    time = time_us() - start;
    own = (double)runs / time;
    set_storm( &storms[0] );
    if (!rate) rate = own;
    snprintf( name, sizeof(name), "storm_%s_%s", guest->name, storm->name );
    printf( "%-20s %9.0f %9.0f %6.3f  %9.0f calls a second, %llu of %llu canceled, longest %.3f ms\n",
            name, rate * 1e6, own * 1e6, rate / own, calls * 1e6 / time, (unsigned long long)canceled,
            (unsigned long long)runs, longest / 1000.0 );
    fflush( stdout );
    if (runs < least)
    {
        say_failed( "too few runs", runs );
        slow = 1;
    }
    if (longest_allowed && longest > longest_allowed + 1 / rate)
    {
        say_failed( "a run of so many us", longest );
        slow = 1;
    }
    if (!has_failed() && storm->after) storm->after();
    return own;
}

/**** setting up ****/

static BOOL set_property( WHV_PARTITION_PROPERTY_CODE code, UINT32 value )
{
    return check( WHvSetPartitionProperty( partition, code, &value, sizeof(value) ), "WHvSetPartitionProperty" );
}

static BOOL map( UINT64 from, UINT64 to, WHV_MAP_GPA_RANGE_FLAGS flags )
{
    return check( WHvMapGpaRange( partition, memory + from, from, to - from, access_all | flags ), "WHvMapGpaRange" );
}

static BOOL create( const char *guest )
{
    static const WHV_REGISTER_NAME names[2] = { WHvX64RegisterCs, WHvX64RegisterRip };
    WHV_REGISTER_VALUE values[2];
    FILE *file = fopen( guest, "rb" );
    BOOL read;

    if (!(memory = alloc_pages( MEMORY_SIZE )) || !(extra = alloc_pages( EXTRA_SIZE )))
        return check( E_OUTOFMEMORY, "memory" );
    read = file && fread( memory + GUEST_BASE, 1, 0x8000, file ) > 0x400;
    if (file) fclose( file );
    if (!read)
    {
        complain( guest, 0 );
        return 0;
    }
    if (!check( WHvCreatePartition( &partition ), "WHvCreatePartition" ) ||
        !set_property( WHvPartitionPropertyCodeProcessorCount, 1 ) ||
        !set_property( WHvPartitionPropertyCodeLocalApicEmulationMode, WHvX64LocalApicEmulationModeXApic ) ||
        !check( WHvSetupPartition( partition ), "WHvSetupPartition" ) ||
        !map( 0, STORM_WATCHED, 0 ) ||
        !map( STORM_WATCHED, STORM_WATCHED + WATCHED_SIZE, WHvMapGpaRangeFlagTrackDirtyPages ) ||
        !map( STORM_WATCHED + WATCHED_SIZE, MEMORY_SIZE, 0 ) ||
        !check( WHvCreateVirtualProcessor( partition, 0, 0 ), "WHvCreateVirtualProcessor" )) return 0;
    memset( values, 0, sizeof(values) );
    values[0].Segment.Limit = 0xffff;
    values[0].Segment.Attributes = 0x9b;
    values[1].Reg64 = GUEST_BASE;
    return check( WHvSetVirtualProcessorRegisters( partition, 0, names, 2, values ),
                  "WHvSetVirtualProcessorRegisters" ) && run_to_out();
}

/* Those that may come before the guest's name; how many words they are. */
static int read_options( int argc, char *argv[] )
{
    int arg;

    for (arg = 1; arg + 1 < argc; arg += 2)
    {
        uint64_t value = strtoull( argv[arg + 1], NULL, 10 );

        if (!strcmp( argv[arg], "--only" )) only = argv[arg + 1];
        else if (!value) break;
        else if (!strcmp( argv[arg], "--seconds" )) duration = value * 1000000;
        else if (!strcmp( argv[arg], "--runs" )) enough = value;
        else if (!strcmp( argv[arg], "--least" )) least = value;
        else if (!strcmp( argv[arg], "--longest" )) longest_allowed = value * 1000;
        else break;
    }
    return arg;
}

int main( int argc, char *argv[] )
{
    int arg = read_options( argc, argv );
    double rate, own;
    unsigned int i, j;

    if (arg + 1 != argc)
    {
        fprintf( stderr, "Usage: storms [--seconds N] [--runs N] [--least N] [--longest MS] [--only CALL] GUEST\n" );
        return 2;
    }
    own_delay = thread_delay_clock();
    if (!create( argv[arg] )) return 1;
    thread_start( storm_thread, NULL );
    for (i = 0; i < GUESTS; i++)
        for (j = 0, rate = 0; j < STORMS; j++)
        {
            if (guests[i].hold && storms[j].call != storm_cancel) continue;
            if (only && j && strcmp( only, storms[j].name )) continue;
            if (has_failed()) break;
            own = measure( &storms[j], &guests[i], rate );
            if (!j) rate = own;
        }
    __atomic_store_n( &ending, 1, __ATOMIC_SEQ_CST );
    if (!threads_join( 30 )) complain( "threads that do not end", 0 );
    else check( WHvDeletePartition( partition ), "WHvDeletePartition" );
    return has_failed() || slow;
}
