/*
 * Doorbells, ports and triggers come and go under running virtual processors
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
 *   bells [--seconds N] [--rounds N] [--seed N] [--fault handle|fd|thread]
 * Four threads, each with a vp of its own that does what it is told through memory: one makes a doorbell or port of
 * some kind in some page, of memory or of none, tells its vp to store something there, and counts: a store that fits
 * signals the event, once; one that does not exits, once; and one that meets the end of the doorbell signals, exits or
 * stores, one of them. It makes a trigger, signals it, and counts what the guest's handler has counted. Then they are
 * deleted; and now and then it makes a partition of its own, which is deleted with all of them. Meanwhile another
 * thread cancels the vps, and maps and unmaps the pages. At the end no handle, fd or thread may be left; with --fault
 * one is, and that must be seen.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bells.h"

/* guest-physical: code, a mailbox and a page that may have a doorbell for each vp, the tables, and no memory */
#define CODE        0x1000
#define HANDLERS    0x2000
#define GDT         0x3000
#define IDT         0x4000
#define COUNTERS    0x5000
#define MAILBOX( vp ) (0x6000 + 0x1000 * (vp))
#define STACK( vp ) (0x11000 + 0x1000 * (vp))
#define PAGE( vp )  (0x20000 + 0x1000 * (vp))
#define MEMORY_SIZE 0x40000

/* the mailbox: numbers of what is asked for and has been done, size of the store, where, what */
enum { BOX_ASKED, BOX_SIZE, BOX_ADDRESS, BOX_VALUE, BOX_DONE };

static const UINT8 code[] =
{
    0xc7, 0x05, 0xf0, 0x00, 0xe0, 0xfe, 0xff, 0x01, 0x00, 0x00,     /* mov dword [fee000f0],1ff */
    0xfb,                               /* sti */
    0xf3, 0x90,                         /* 1: pause */
    0x8b, 0x03,                         /* mov eax,[ebx] */
    0x3b, 0x43, 0x10,                   /* cmp eax,[ebx+10h] */
    0x74, 0xf7,                         /* je 1b */
    0x8b, 0x4b, 0x08,                   /* mov ecx,[ebx+8] */
    0x8b, 0x53, 0x0c,                   /* mov edx,[ebx+0ch] */
    0x83, 0x7b, 0x04, 0x01,             /* cmp dword [ebx+4],1 */
    0x74, 0x0a,                         /* je 2f */
    0x83, 0x7b, 0x04, 0x02,             /* cmp dword [ebx+4],2 */
    0x74, 0x08,                         /* je 3f */
    0x89, 0x11,                         /* mov [ecx],edx */
    0xeb, 0x07,                         /* jmp 4f */
    0x88, 0x11,                         /* 2: mov [ecx],dl */
    0xeb, 0x03,                         /* jmp 4f */
    0x66, 0x89, 0x11,                   /* 3: mov [ecx],dx */
    0x89, 0x43, 0x10,                   /* 4: mov [ebx+10h],eax */
    0xeb, 0xd5                          /* jmp 1b */
};

static struct worker workers[VPS];
static WHV_PARTITION_HANDLE partition;
static UINT8 *memory;
volatile LONG failed;
static volatile LONG stopping, cancels, ready, finished;
static unsigned int seconds = 5;
static UINT64 enough = ~0ull;

void complain( unsigned int vp, const char *what, UINT64 value )
{
    InterlockedExchange( &failed, 1 );
    printf( "FAILED: vp %u: %s: %#llx\n", vp, what, (unsigned long long)value );
    fflush( stdout );
}

BOOL check( unsigned int vp, const char *what, HRESULT hr )
{
    if (FAILED(hr)) complain( vp, what, (UINT32)hr );
    return SUCCEEDED(hr);
}

/* xorshift64 */
UINT32 draw( struct worker *worker, UINT32 range )
{
    uint64_t x = worker->random;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    worker->random = x;
    return (x >> 32) % range;
}

static volatile UINT32 *mailbox( unsigned int vp )
{
    return (volatile UINT32 *)(memory + MAILBOX( vp ));
}

/* ---- the machine ---- */

static void set( unsigned int vp, WHV_REGISTER_NAME name, const WHV_REGISTER_VALUE *value )
{
    check( vp, "register", WHvSetVirtualProcessorRegisters( partition, vp, &name, 1, value ) );
}

static void set_number( unsigned int vp, WHV_REGISTER_NAME name, UINT64 number )
{
    WHV_REGISTER_VALUE value = { .Reg128 = { .Low64 = number } };

    set( vp, name, &value );
}

static void set_segment( unsigned int vp, WHV_REGISTER_NAME name, UINT16 selector, UINT16 attributes )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.Segment.Limit = 0xffffffff;
    value.Segment.Selector = selector;
    value.Segment.Attributes = attributes;
    set( vp, name, &value );
}

static void set_table( unsigned int vp, WHV_REGISTER_NAME name, UINT64 base, UINT16 limit )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.Table.Base = base;
    value.Table.Limit = limit;
    set( vp, name, &value );
}

static void fill_memory( void )
{
    static const UINT64 gdt[] = { 0, 0x00cf9b000000ffff, 0x00cf93000000ffff };
    UINT32 i;

    memset( memory, 0, MEMORY_SIZE );
    memcpy( memory + CODE, code, sizeof(code) );
    memcpy( memory + GDT, gdt, sizeof(gdt) );
    for (i = VECTOR; i < VECTOR + 4 * VPS; i++)
    {
        static const UINT8 end[] = { 0xc7, 0x05, 0xb0, 0x00, 0xe0, 0xfe, 0, 0, 0, 0, 0xcf };   /* EOI; iret */
        UINT32 address = HANDLERS + 32 * (i - VECTOR), where = COUNTERS + 4 * (i - VECTOR);
        UINT64 gate = (address & 0xffff) | 0x8ull << 16 | 0x8e00ull << 32 | (UINT64)(address >> 16) << 48;
        UINT8 *handler = memory + address;

        memcpy( handler, "\xf0\xff\x05", 3 );            /* lock inc dword [where] */
        memcpy( handler + 3, &where, 4 );
        memcpy( handler + 7, end, sizeof(end) );
        memcpy( memory + IDT + 8 * i, &gate, 8 );
    }
}

static BOOL create( void )
{
    static const WHV_REGISTER_NAME data[] = { WHvX64RegisterDs, WHvX64RegisterEs, WHvX64RegisterSs };
    UINT32 count = VPS, mode = WHvX64LocalApicEmulationModeXApic, vp, i;

    fill_memory();
    if (!check( 0, "create", WHvCreatePartition( &partition ) ) ||
        !check( 0, "count", WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeProcessorCount, &count, 4 ) ) ||
        !check( 0, "APIC", WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeLocalApicEmulationMode, &mode,
                                                    4 ) ) ||
        !check( 0, "setup", WHvSetupPartition( partition ) ) ||
        !check( 0, "map", WHvMapGpaRange( partition, memory, 0, MEMORY_SIZE, WHvMapGpaRangeFlagRead |
                                          WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute ) )) return FALSE;
    for (vp = 0; vp < VPS; vp++)
    {
        if (!check( vp, "vp", WHvCreateVirtualProcessor( partition, vp, 0 ) )) return FALSE;
        set_number( vp, WHvX64RegisterCr0, 0x60000011 );
        set_segment( vp, WHvX64RegisterCs, 8, 0xc09b );
        for (i = 0; i < sizeof(data) / sizeof(data[0]); i++) set_segment( vp, data[i], 16, 0xc093 );
        set_table( vp, WHvX64RegisterGdtr, GDT, 23 );
        set_table( vp, WHvX64RegisterIdtr, IDT, 0x7ff );
        set_number( vp, WHvX64RegisterRbx, MAILBOX( vp ) );
        set_number( vp, WHvX64RegisterRsp, STACK( vp ) );
        set_number( vp, WHvX64RegisterRflags, 2 );
        set_number( vp, WHvX64RegisterRip, CODE );
        set_number( vp, WHvRegisterInternalActivityState, 0 );
    }
    return !failed;
}

/* ---- threads ---- */

static void run_thread( void *arg )
{
    unsigned int vp = (struct worker *)arg - workers;
    WHV_RUN_VP_EXIT_CONTEXT exit;

    while (stopping < 2 && check( vp, "run", WHvRunVirtualProcessor( partition, vp, &exit, sizeof(exit) ) ))
    {
        if (exit.ExitReason == WHvRunVpExitReasonCanceled) continue;
        if (exit.ExitReason != WHvRunVpExitReasonMemoryAccess || exit.MemoryAccess.AccessInfo.AccessType != 1)
        {
            complain( vp, "exit", exit.ExitReason );
            return;
        }
        workers[vp].last_gpa = exit.MemoryAccess.Gpa;
        /* before the guest tells that it is done */
        set_number( vp, WHvX64RegisterRip, exit.VpContext.Rip + (mailbox( vp )[BOX_SIZE] == 2 ? 3 : 2) );
        InterlockedIncrement( &workers[vp].exits );
    }
}

static void cancel_thread( void *arg )
{
    struct worker self = { .random = 88172645463325252ull };
    BOOL mapped[VPS];
    UINT32 vp;

    (void)arg;
    for (vp = 0; vp < VPS; vp++) mapped[vp] = TRUE;
    while (stopping < 2)
    {
        vp = draw( &self, VPS );
        check( vp, "cancel", WHvCancelRunVirtualProcessor( partition, vp, 0 ) );
        InterlockedIncrement( &cancels );
        if (stopping || draw( &self, 4 )) continue;
        /* the page of a doorbell, maybe: what is mapped there makes no difference while there is one */
        vp = draw( &self, VPS );
        if (mapped[vp] && draw( &self, 2 )) check( vp, "unmap", WHvUnmapGpaRange( partition, PAGE( vp ), 0x1000 ) );
        else check( vp, "map", WHvMapGpaRange( partition, memory + PAGE( vp ), PAGE( vp ), 0x1000,
                                               WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite ) );
        mapped[vp] = !mapped[vp];
        sleep_ms( draw( &self, 3 ) );
    }
}

/* Tells the vp to store. */
static void ask( unsigned int vp, UINT64 gpa, UINT32 size, UINT32 value )
{
    volatile UINT32 *box = mailbox( vp );

    box[BOX_SIZE] = size;
    box[BOX_ADDRESS] = gpa;
    box[BOX_VALUE] = value;
    MemoryBarrier();
    box[BOX_ASKED]++;
}

/* Waits until it has. */
static BOOL answered( unsigned int vp )
{
    volatile UINT32 *box = mailbox( vp );
    uint64_t begin = time_us();

    while (box[BOX_DONE] != box[BOX_ASKED])
    {
        if (time_us() - begin > PATIENCE * 1000ull) complain( vp, "no answer", box[BOX_ADDRESS] );
        if (failed) return FALSE;
        yield_thread();
    }
    return TRUE;
}

static BOOL store( unsigned int vp, UINT64 gpa, UINT32 size, UINT32 value )
{
    ask( vp, gpa, size, value );
    return answered( vp );
}

static BOOL matches( const WHV_DOORBELL_MATCH_DATA *match, UINT64 gpa, UINT32 size, UINT32 value )
{
    UINT32 mask = size == 4 ? ~0u : (1u << 8 * size) - 1;

    return match->GuestAddress == gpa && (!match->MatchOnLength || match->Length == size) &&
           (!match->MatchOnValue || match->Value == (value & mask));
}

static void ring( struct worker *worker, unsigned int vp, HANDLE event )
{
    WHV_NOTIFICATION_PORT_PARAMETERS parameters;
    UINT64 page = draw( worker, 2 ) ? PAGE( vp ) : DEVICE + 0x1000 * draw( worker, 2 ) + 0x100 * vp, gpa;
    UINT32 i, size, value, offset = 4 * draw( worker, 8 );
    WHV_NOTIFICATION_PORT_HANDLE port = NULL;
    WHV_DOORBELL_MATCH_DATA *match;
    BOOL is_port = draw( worker, 2 ), race;
    UINT8 *target = page < MEMORY_SIZE ? memory + page + offset : NULL;
    UINT32 outcomes;
    LONG exits;

    memset( &parameters, 0, sizeof(parameters) );
    parameters.NotificationPortType = WHvNotificationPortTypeDoorbell;
    match = &parameters.Doorbell;
    match->GuestAddress = page + offset;
    if ((match->MatchOnLength = draw( worker, 4 ) != 0))
    {
        match->Length = 1 << draw( worker, 3 );
        if ((match->MatchOnValue = draw( worker, 2 ))) match->Value = draw( worker, 3 );
    }
    if (is_port) check( vp, "port", WHvCreateNotificationPort( partition, &parameters, event, &port ) );
    else check( vp, "register", WHvRegisterPartitionDoorbellEvent( partition, match, event ) );

    for (i = 0; i < 4 && !failed; i++)
    {
        gpa = match->GuestAddress + 4 * (!draw( worker, 4 ));
        size = draw( worker, 3 ) && match->MatchOnLength ? match->Length : 1u << draw( worker, 3 );
        value = draw( worker, 3 );
        exits = worker->exits;
        if (!store( vp, gpa, size, value )) break;
        if (matches( match, gpa, size, value ))
        {
            worker->rings++;
            if (WaitForSingleObject( event, PATIENCE ) != WAIT_OBJECT_0) complain( vp, "an event is lost", gpa );
            if (worker->exits != exits) complain( vp, "an exit instead", worker->last_gpa );
        }
        else
        {
            worker->misses++;
            if (worker->exits != exits + 1) complain( vp, "no exit", gpa );
            else if (worker->last_gpa != gpa) complain( vp, "another exit", worker->last_gpa );
        }
        if (WaitForSingleObject( event, 0 ) != WAIT_TIMEOUT) complain( vp, "an event too many", gpa );
    }
    /* the last store: before the doorbell goes, or while it does, or soon after */
    size = match->MatchOnLength ? match->Length : 4;
    exits = worker->exits;
    if (target) memset( target, ~match->Value, 4 );
    ask( vp, match->GuestAddress, size, match->Value );
    if (!(race = draw( worker, 2 )) && !answered( vp )) return;
    for (i = race ? draw( worker, 8 ) * 100 : 0; i; i--) MemoryBarrier();
    if (is_port) check( vp, "delete port", WHvDeleteNotificationPort( partition, port ) );
    else check( vp, "unregister", WHvUnregisterPartitionDoorbellEvent( partition, match ) );
    /* an event that is on its way has come by now */
    outcomes = WaitForSingleObject( event, 0 ) == WAIT_OBJECT_0;
    worker->rings += outcomes;
    if (!race && !outcomes) complain( vp, "the last event is lost", match->GuestAddress );
    if (race)
    {
        worker->races++;
        if (!answered( vp )) return;
        outcomes += worker->exits - exits;
        outcomes += target && *target == (UINT8)match->Value;
        if (outcomes != 1) complain( vp, "outcomes of the last store", outcomes );
    }
    if (WaitForSingleObject( event, 0 ) != WAIT_TIMEOUT) complain( vp, "an event too many", match->GuestAddress );
}

static void pull( struct worker *worker, unsigned int vp )
{
    volatile UINT32 *counters = (volatile UINT32 *)(memory + COUNTERS) + 4 * vp;
    WHV_TRIGGER_PARAMETERS parameters;
    WHV_TRIGGER_HANDLE trigger;
    UINT32 i, n, before;
    uint64_t begin;
    HANDLE event;
    BOOL first;

    memset( &parameters, 0, sizeof(parameters) );
    parameters.TriggerType = WHvTriggerTypeInterrupt;
    parameters.Interrupt.Type = WHvX64InterruptTypeFixed;
    for (i = 0, before = 0; i < 4; i++) before += counters[i];
    for (n = 0; n < 4 && !failed; n++)
    {
        parameters.Interrupt.Destination = draw( worker, VPS );
        parameters.Interrupt.Vector = VECTOR + 4 * vp + draw( worker, 4 );
        if (n) check( vp, "update", WHvUpdateTriggerParameters( partition, &parameters, trigger ) );
        else if (!check( vp, "trigger", WHvCreateTrigger( partition, &parameters, &trigger, &event ) )) return;
        SetEvent( event );
        worker->triggers++;
        for (begin = time_us(); !failed; yield_thread())
        {
            UINT32 now = counters[0] + counters[1] + counters[2] + counters[3];

            if (now == before + n + 1) break;
            if (now != before + n) complain( vp, "interrupts", now - before - n );
            if (time_us() - begin > PATIENCE * 1000ull) complain( vp, "an interrupt is lost", n );
        }
    }
    if ((first = draw( worker, 2 ))) CloseHandle( event );
    check( vp, "delete trigger", WHvDeleteTrigger( partition, trigger ) );
    if (!first) CloseHandle( event );
}

static void work_thread( void *arg )
{
    struct worker *worker = arg;
    unsigned int vp = worker - workers;
    HANDLE event = CreateEventW( NULL, FALSE, FALSE, NULL );

    /* any vp may be sent an interrupt, and takes none before its APIC is on */
    if (store( vp, PAGE( vp ) + 0x800, 4, 0 )) InterlockedIncrement( &ready );
    while (!failed && ready < VPS) sleep_ms( 1 );
    while (!stopping && !failed && worker->rounds < enough)
    {
        if (!draw( worker, 64 ))
        {
            bells_delete_partition( vp );
            worker->partitions++;
        }
        else if (draw( worker, 2 )) ring( worker, vp, event );
        else pull( worker, vp );
        worker->rounds++;
    }
    CloseHandle( event );
    InterlockedIncrement( &finished );
}

int main( int argc, char *argv[] )
{
    UINT64 rings = 0, misses = 0, races = 0, triggers = 0, partitions = 0, rounds, seed = 1, begin;
    static const char *const faults[] = { "", "handle", "fd", "thread" };
    enum fault fault = FAULT_NONE;
    unsigned int vp;
    int i;

    for (i = 1; i + 1 < argc; i += 2)
    {
        if (!strcmp( argv[i], "--seconds" )) seconds = atoi( argv[i + 1] );
        else if (!strcmp( argv[i], "--rounds" )) enough = atoi( argv[i + 1] );
        else if (!strcmp( argv[i], "--seed" )) seed = atoi( argv[i + 1] );
        else if (strcmp( argv[i], "--fault" )) break;
        else
        {
            for (fault = FAULT_THREAD; fault && strcmp( argv[i + 1], faults[fault] ); ) fault--;
            if (!fault) break;
        }
    }
    if (i < argc)
    {
        fprintf( stderr, "Usage: bells [--seconds N] [--rounds N] [--seed N] [--fault handle|fd|thread]\n" );
        return 2;
    }
    if (!(memory = alloc_pages( MEMORY_SIZE )) || !create()) return 1;
    for (vp = 0; vp < VPS; vp++)
    {
        workers[vp].random = seed * 0x9e3779b97f4a7c15ull + vp + 1;
        thread_start( run_thread, &workers[vp] );
        thread_start( work_thread, &workers[vp] );
    }
    thread_start( cancel_thread, NULL );
    for (begin = time_us(); !failed && finished < VPS && time_us() - begin < seconds * 1000000ull; ) sleep_ms( 100 );
    InterlockedExchange( &stopping, 1 );
    /* they are told to end in the middle of something, for which their vps have to run */
    while (finished < VPS) sleep_ms( 10 );
    InterlockedExchange( &stopping, 2 );
    for (vp = 0; vp < VPS; vp++) WHvCancelRunVirtualProcessor( partition, vp, 0 );
    if (!threads_join( 120 )) complain( 0, "threads that do not end", 0 );
    for (vp = 0, rounds = 0; vp < VPS; vp++)
    {
        rings += workers[vp].rings;
        misses += workers[vp].misses;
        races += workers[vp].races;
        triggers += workers[vp].triggers;
        partitions += workers[vp].partitions;
        rounds += workers[vp].rounds;
    }
    printf( "%llu rounds: %llu rung, %llu exits, %llu raced, %llu triggers, %llu partitions, %ld cancels\n",
            (unsigned long long)rounds, (unsigned long long)rings, (unsigned long long)misses,
            (unsigned long long)races, (unsigned long long)triggers, (unsigned long long)partitions, (long)cancels );
    if (!failed) bells_look_for_leaks( partition, seconds < 60 ? 200 : 10000, fault );
    check( 0, "delete", WHvDeletePartition( partition ) );
    printf( failed ? "failed\n" : "nothing lost, nothing invented\n" );
    return failed || (enough > 10 && (!rings || !misses || !triggers));
}
