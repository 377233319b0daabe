/*
 * Soak: interrupts of all kinds at once, counted on both sides
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
 *   soak [--seconds N] [--vps N] [--x2apic] [--fault lose|duplicate] GUEST
 * Runs tests/guests/soak.S on several processors while threads send it edge and level interrupts and NMIs, to one, to
 * some and to all, cancel its runs, read and write registers, map and unmap memory, create and delete a further vp and
 * whole partitions, look at the APICs, and suspend the time. Nothing is sent again before it was seen, so nothing may
 * merge: whatever was sent must have been taken, once. With --fault it is made to send one less or one more than it
 * counts, and must notice.
 * The exit status is 0 if all is equal, and the last lines say how much there was of what.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define PATIENCE 10000000       /* us: what has not come then is lost */

#define FAULT_AT 2              /* which request to a vp; a slow machine sends few in a second */

enum fault { FAULT_NONE, FAULT_LOSE, FAULT_DUPLICATE };

static enum fault fault;
static volatile int stopping;

/* sums of what was done, each written by one thread */
static uint64_t registers_done, maps_done, creates_done, partitions_done, looks_done, suspensions_done;
static uint64_t cancels[SOAK_MAX_VPS], nmis[SOAK_MAX_VPS];

static BOOL is_stopping( void )
{
    return __atomic_load_n( &stopping, __ATOMIC_SEQ_CST ) || failed;
}

/* ---- requests ---- */

enum target { ONE, SOME, ALL };

/* The number of a kind is that of its vector. */
static const struct kind
{
    const char *name;
    WHV_INTERRUPT_TYPE type;
    BOOL logical, level;
    enum target target;
} kinds[] =
{
    { "edge, physical",         WHvX64InterruptTypeFixed,          0, 0, ONE },
    { "edge, logical",          WHvX64InterruptTypeFixed,          1, 0, ONE },
    { "edge, lowest priority",  WHvX64InterruptTypeLowestPriority, 1, 0, SOME },
    { "edge, broadcast",        WHvX64InterruptTypeFixed,          0, 0, ALL },
    { "level, physical",        WHvX64InterruptTypeFixed,          0, 1, ONE },
    { "level, logical",         WHvX64InterruptTypeFixed,          1, 1, ONE },
    { "level, to all, logical", WHvX64InterruptTypeFixed,          1, 1, ALL },
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static uint64_t requests[KIND_COUNT][SOAK_MAX_VPS];     /* [0] holds the sum of those that go to some */
static BOOL use_x2apic;

static uint64_t taken_by_any( unsigned int kind )
{
    uint64_t sum = 0;
    unsigned int i;

    for (i = 0; i < vps; i++) sum += counter( i, SOAK_REQUESTS + 8 * kind );
    return sum;
}

/* Has all been seen that was sent of a kind to vp? An EOI belongs to a level interrupt. */
static BOOL is_taken( unsigned int kind, unsigned int vp )
{
    if (kinds[kind].target == SOME) return taken_by_any( kind ) >= requests[kind][0];
    return counter( vp, SOAK_REQUESTS + 8 * kind ) >= requests[kind][vp] &&
           (!kinds[kind].level || __atomic_load_n( &exits[vp].eois[kind], __ATOMIC_SEQ_CST ) >= requests[kind][vp]);
}

/* Before more is sent, or it might merge with what was too much and so hide it. */
static BOOL is_exact( unsigned int kind )
{
    unsigned int i;

    for (i = 0; i < vps; i++)
        if (kinds[kind].target == SOME ? !i && taken_by_any( kind ) != requests[kind][0]
                                       : counter( i, SOAK_REQUESTS + 8 * kind ) != requests[kind][i])
        {
            complain( "%s: more taken than sent to vp %u", kinds[kind].name, i );
            return 0;
        }
    return 1;
}

static BOOL nmi_taken( unsigned int kind, unsigned int vp )
{
    (void)kind;
    return counter( vp, SOAK_NMIS ) >= nmis[vp];
}

static BOOL cancel_taken( unsigned int kind, unsigned int vp )
{
    (void)kind;
    return __atomic_load_n( &exits[vp].canceled, __ATOMIC_SEQ_CST ) >= cancels[vp];
}

/* Patiently. A little busy at first: most things take no longer. */
static BOOL wait_until( BOOL (*condition)( unsigned int kind, unsigned int vp ), unsigned int kind, unsigned int vp,
                        const char *what )
{
    uint64_t start = time_us(), now;

    while (!condition( kind, vp ))
    {
        if ((now = time_us()) > start + (fault ? PATIENCE / 10 : PATIENCE))
        {
            complain( "%s to vp %u is lost", what, vp );
            return 0;
        }
        if (now < start + 300) yield_thread();
        else sleep_ms( 1 );
    }
    return 1;
}

static BOOL request( WHV_INTERRUPT_TYPE type, BOOL logical, BOOL level, UINT32 destination, UINT32 vector )
{
    WHV_INTERRUPT_CONTROL interrupt;

    memset( &interrupt, 0, sizeof(interrupt) );
    interrupt.Type = type;
    interrupt.DestinationMode = logical;
    interrupt.TriggerMode = level;
    interrupt.Destination = destination;
    interrupt.Vector = vector;
    return check( WHvRequestInterrupt( partition, &interrupt, sizeof(interrupt) ), "WHvRequestInterrupt" );
}

static UINT32 destination_of( const struct kind *kind, unsigned int vp )
{
    if (kind->logical) return kind->target == ONE ? 1u << vp : (1u << vps) - 1;
    if (kind->target == ONE) return vp;
    return use_x2apic ? 0xffffffff : 0xff;
}

static void request_thread( void *arg )
{
    unsigned int k = (uintptr_t)arg, vp = 0, i;
    const struct kind *kind = &kinds[k];
    UINT32 destination;

    while (!is_stopping() && is_exact( k ))
    {
        destination = destination_of( kind, vp );
        for (i = 0; i < vps; i++)
            if (kind->target == ALL || (kind->target == ONE ? i == vp : !i)) requests[k][i]++;
        if (fault == FAULT_LOSE && !k && requests[k][vp] == FAULT_AT) {}
        else if (!request( kind->type, kind->logical, kind->level, destination, SOAK_VECTOR_REQUEST + k )) return;
        for (i = 0; i < vps; i++)
            if ((kind->target == ALL || i == vp) && !wait_until( is_taken, k, i, kind->name )) return;
        if (fault == FAULT_DUPLICATE && !k && requests[k][vp] == FAULT_AT)
            request( kind->type, kind->logical, kind->level, destination, SOAK_VECTOR_REQUEST + k );
        vp = (vp + 1) % vps;
    }
}

static void nmi_thread( void *arg )
{
    unsigned int vp = 0;

    (void)arg;
    while (!is_stopping())
    {
        nmis[vp]++;
        if (!request( WHvX64InterruptTypeNmi, 0, 0, vp, 0 ) || !wait_until( nmi_taken, 0, vp, "an NMI" )) return;
        vp = (vp + 1) % vps;
    }
}

/* ---- the rest of the weather ---- */

static void cancel_thread( void *arg )
{
    unsigned int vp = 0;

    (void)arg;
    while (!is_stopping())
    {
        cancels[vp]++;
        if (!check( WHvCancelRunVirtualProcessor( partition, vp, 0 ), "WHvCancelRunVirtualProcessor" ) ||
            !wait_until( cancel_taken, 0, vp, "a cancel" )) return;
        vp = (vp + 1) % vps;
    }
}

static uint64_t wanted_r14[SOAK_MAX_VPS];

static BOOL r14_is_seen( unsigned int kind, unsigned int vp )
{
    (void)kind;
    return counter( vp, SOAK_R14 ) == wanted_r14[vp];
}

static void register_thread( void *arg )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterR15, WHvX64RegisterRbx, WHvX64RegisterEfer, WHvX64RegisterR14
    };
    WHV_REGISTER_VALUE values[4];
    unsigned int vp = 0;

    (void)arg;
    while (!is_stopping())
    {
        memset( values, 0, sizeof(values) );
        if (!check( WHvGetVirtualProcessorRegisters( partition, vp, names, 4, values ),
                    "WHvGetVirtualProcessorRegisters" ))
            return;
        if (values[0].Reg64 != (UINT64)SOAK_R15 + vp || values[1].Reg64 != BLOCKS + vp * BLOCK_SIZE ||
            (values[2].Reg64 & 0x500) != 0x500 || values[3].Reg64 != wanted_r14[vp])
            complain( "vp %u: r15 %llx rbx %llx efer %llx r14 %llx", vp, (unsigned long long)values[0].Reg64,
                      (unsigned long long)values[1].Reg64, (unsigned long long)values[2].Reg64,
                      (unsigned long long)values[3].Reg64 );
        values[3].Reg64 = ++wanted_r14[vp];
        if (!check( WHvSetVirtualProcessorRegisters( partition, vp, names + 3, 1, values + 3 ),
                    "WHvSetVirtualProcessorRegisters" ) || !wait_until( r14_is_seen, 0, vp, "r14" )) return;
        registers_done++;
        vp = (vp + 1) % vps;
    }
}

static void map_thread( void *arg )
{
    (void)arg;
    while (!is_stopping())
    {
        map_window( 1 );
        sleep_ms( 2 );
        map_window( 0 );
        sleep_ms( 2 );
        maps_done++;
    }
}

/* A vp that nobody runs, but which all that stops the partition has to take along. */
static void create_thread( void *arg )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterRip;
    WHV_REGISTER_VALUE value;

    (void)arg;
    while (!is_stopping())
    {
        if (!check( WHvCreateVirtualProcessor( partition, vps, 0 ), "WHvCreateVirtualProcessor" )) return;
        check( WHvGetVirtualProcessorRegisters( partition, vps, &name, 1, &value ), "WHvGetVirtualProcessorRegisters" );
        if (value.Reg64 != 0xfff0) complain( "a new vp's rip is %llx", (unsigned long long)value.Reg64 );
        check( WHvCancelRunVirtualProcessor( partition, vps, 0 ), "WHvCancelRunVirtualProcessor" );
        if (!check( WHvDeleteVirtualProcessor( partition, vps ), "WHvDeleteVirtualProcessor" )) return;
        creates_done++;
        sleep_ms( 3 );
    }
}

static void partition_thread( void *arg )
{
    WHV_PARTITION_HANDLE other;
    UINT32 one = 1;

    (void)arg;
    while (!is_stopping())
    {
        if (!check( WHvCreatePartition( &other ), "WHvCreatePartition" )) return;
        check( WHvSetPartitionProperty( other, WHvPartitionPropertyCodeProcessorCount, &one, sizeof(one) ),
               "WHvSetPartitionProperty" );
        check( WHvSetupPartition( other ), "WHvSetupPartition" );
        check( WHvCreateVirtualProcessor( other, 0, 0 ), "WHvCreateVirtualProcessor" );
        if (!check( WHvDeletePartition( other ), "WHvDeletePartition" )) return;
        partitions_done++;
        sleep_ms( 20 );
    }
}

static void apic_thread( void *arg )
{
    UINT32 page[1024], targets[SOAK_MAX_VPS + 1], found, written;
    unsigned int vp = 0;

    (void)arg;
    while (!is_stopping())
    {
        if (!check( WHvGetInterruptTargetVpSet( partition, vp, WHvX64InterruptDestinationModePhysical, targets, vps + 1,
                                                &found ), "WHvGetInterruptTargetVpSet" ) ||
            !check( WHvGetVirtualProcessorInterruptControllerState2( partition, vp, page, sizeof(page), &written ),
                    "WHvGetVirtualProcessorInterruptControllerState2" )) return;
        if (found != 1 || targets[0] != vp)
            complain( "destination %u is that of %u vps, of vp %u", vp, found, targets[0] );
        if (page[0x20 / 4] != (use_x2apic ? vp : vp << 24)) complain( "vp %u: APIC id %x", vp, page[0x20 / 4] );
        looks_done++;
        vp = (vp + 1) % vps;
        sleep_ms( 1 );
    }
}

/* No timer may be lost, or run out twice; every other time it is the next run that lets the time go on. */
static void time_thread( void *arg )
{
    BOOL ok = 1;

    (void)arg;
    while (!is_stopping() && ok)
    {
        if ((ok = machine_park()))
        {
            ok = check( WHvSuspendPartitionTime( partition ), "WHvSuspendPartitionTime" );
            sleep_ms( 3 );
            if (ok && suspensions_done++ % 2)
                ok = check( WHvResumePartitionTime( partition ), "WHvResumePartitionTime" );
        }
        machine_go_on();
        sleep_ms( 30 );
    }
}

/* ---- the account ---- */

static void compare( const char *what, unsigned int vp, uint64_t sent, uint64_t taken )
{
    if (sent != taken)
        complain( "%s, vp %u: %llu sent, %llu taken", what, vp, (unsigned long long)sent, (unsigned long long)taken );
}

static void compare_guest( void )
{
    unsigned int i, j;

    for (i = 0; i < vps; i++)
    {
        compare( "timer", i, counter( i, SOAK_ARMED ), counter( i, SOAK_FIRED ) );
        compare( "OUT", i, counter( i, SOAK_OUTS ), exits[i].outs );
        compare( "errors of the guest's own checks", i, 0, counter( i, SOAK_ERRORS ) );
        compare( "stray interrupts", i, 0, counter( i, SOAK_STRAY ) );
        for (j = 0; j < vps; j++)
        {
            compare( "IPI", j, counter( i, SOAK_SENT + 8 * j ), counter( j, SOAK_IPIS + 8 * i ) );
            compare( "IPI to all others", j, i == j ? 0 : counter( i, SOAK_SENT_ALL ),
                     counter( j, SOAK_ALL_IPIS + 8 * i ) );
        }
    }
}

static void compare_host( void )
{
    unsigned int i, k;

    for (k = 0; k < KIND_COUNT; k++)
    {
        if (kinds[k].target == SOME)
        {
            compare( kinds[k].name, 0, requests[k][0], taken_by_any( k ) );
            continue;
        }
        for (i = 0; i < vps; i++)
        {
            compare( kinds[k].name, i, requests[k][i], counter( i, SOAK_REQUESTS + 8 * k ) );
            compare( "EOI exits", i, kinds[k].level ? requests[k][i] : 0, exits[i].eois[k] );
        }
    }
    for (i = 0; i < vps; i++)
    {
        compare( "NMI", i, nmis[i], counter( i, SOAK_NMIS ) );
        compare( "cancel", i, cancels[i], exits[i].canceled );
    }
}

static void print( const char *what, uint64_t count )
{
    printf( "%-32s %llu\n", what, (unsigned long long)count );
}

static void print_sums( uint64_t ms )
{
    uint64_t timer = 0, ipis = 0, all = 0, outs = 0, window = 0, sum_nmis = 0, canceled = 0, sum;
    unsigned int i, j, k;

    for (i = 0; i < vps; i++)
    {
        timer += counter( i, SOAK_FIRED );
        outs += exits[i].outs;
        window += exits[i].window;
        sum_nmis += nmis[i];
        canceled += cancels[i];
        all += counter( i, SOAK_SENT_ALL );
        for (j = 0; j < vps; j++) ipis += counter( i, SOAK_SENT + 8 * j );
        /* one-shots of a ms: more would be somebody else's */
        if (counter( i, SOAK_FIRED ) > ms + 100 || !counter( i, SOAK_FIRED ))
            complain( "vp %u: %llu ticks in %llu ms", i, (unsigned long long)counter( i, SOAK_FIRED ),
                      (unsigned long long)ms );
    }
    for (k = 0; k < KIND_COUNT; k++)
    {
        for (i = 0, sum = 0; i < vps; i++) sum += requests[k][i];
        print( kinds[k].name, sum );
    }
    print( "NMI", sum_nmis );
    print( "timer", timer );
    print( "IPI", ipis );
    print( "IPI to all others", all );
    print( "cancel", canceled );
    print( "exits: OUT", outs );
    print( "exits: memory that is gone", window );
    print( "registers read and written", registers_done );
    print( "mapped and unmapped", maps_done );
    print( "vps created and deleted", creates_done );
    print( "partitions", partitions_done );
    print( "looks at the APICs", looks_done );
    print( "time suspended", suspensions_done );
}

int main( int argc, char *argv[] )
{
    static void (* const threads[])( void *arg ) =
    {
        nmi_thread, cancel_thread, register_thread, map_thread, create_thread, partition_thread, apic_thread,
        time_thread,
    };
    unsigned int seconds = 5;
    uint64_t start, end;
    uintptr_t i;
    int arg;

    for (arg = 1; arg < argc && !strncmp( argv[arg], "--", 2 ); arg++)
    {
        if (!strcmp( argv[arg], "--x2apic" )) use_x2apic = 1;
        else if (arg + 1 >= argc) break;
        else if (!strcmp( argv[arg], "--seconds" )) seconds = atoi( argv[++arg] );
        else if (!strcmp( argv[arg], "--vps" )) vps = atoi( argv[++arg] );
        else if (!strcmp( argv[arg], "--fault" )) fault = strcmp( argv[++arg], "lose" ) ? FAULT_DUPLICATE : FAULT_LOSE;
        else break;
    }
    if (argc - arg != 1 || !seconds || !vps || vps > SOAK_MAX_VPS)
    {
        fprintf( stderr, "Usage: soak [--seconds N] [--vps N] [--x2apic] [--fault lose|duplicate] GUEST\n" );
        return 2;
    }
    if (!machine_create( argv[arg], vps + 1, use_x2apic ) || !machine_start()) return 1;
    start = time_us();
    for (i = 0; i < KIND_COUNT; i++) thread_start( request_thread, (void *)i );
    for (i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) thread_start( threads[i], NULL );
    end = start + seconds * 1000000ull;
    while (time_us() < end && !failed) sleep_ms( 20 );
    __atomic_store_n( &stopping, 1, __ATOMIC_SEQ_CST );
    sleep_ms( 100 );        /* requests that are on their way */
    machine_stop();
    if (!threads_join( 30 ))
    {
        complain( "threads that do not end" );
        fflush( stdout );
        _Exit( 1 );
    }
    print_sums( (time_us() - start) / 1000 );
    compare_guest();
    compare_host();
    check( WHvDeletePartition( partition ), "WHvDeletePartition" );
    printf( failed ? "soak: failed\n" : "soak: all equal after %u s on %u processors\n", seconds, vps );
    fflush( stdout );
    return failed;
}
