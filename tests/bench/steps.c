/*
 * Counting instructions: how many user space executes from one KVM_RUN to the next
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
 *   steps [--check] [--dearest=N] [KIND...] -- PROGRAM ARGUMENTS...
 * Starts PROGRAM (whvbench under Wine), has it make exits of each kind, and steps through some of them. Prints for each
 * kind the smallest number of instructions and the median, and of a median round which modules they were in, and the N
 * functions (default 10) with the most of them; with --check that much only of a kind that is above its limit. The exit
 * status is 1 when one is.
 * The figures are exact, and the same each time, for one compiler and one kind of KVM: after an OUT some have to be
 * told the next state, and with others it has to be found what they have done. The limits are for -O2 and the longest
 * way.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "steps.h"

#define ROUNDS      15
#define WARM        40      /* KVM_RUNs before */
#define MAX_EXPORTS 8

/* What is promised, and all there is to change when it changes. */
static const struct kind
{
    const char *name;
    const char *loop;           /* the client's name for it; several kinds may look at the same */
    const char *call;           /* the export whose calls alone are counted, or NULL: from a KVM_RUN to the next */
    unsigned int limit;         /* instructions of the median round */
    unsigned int syscalls;      /* how many there may be beside KVM_RUN */
} kinds[] =
{
    { "out",                 "out",                 NULL,                                900, 0 },
    { "in",                  "in",                  NULL,                                900, 0 },
    { "mmio_read",           "mmio_read",           NULL,                               1100, 0 },
    { "mmio_write",          "mmio_write",          NULL,                               1100, 0 },
    { "mmio_read_emulator",  "mmio_read_emulator",  NULL,                               2200, 0 },
    { "mmio_write_emulator", "mmio_write_emulator", NULL,                               2200, 0 },
    { "halt",                "halt",                NULL,                                460, 0 },
    { "msr_read",            "msr_read",            NULL,                               2200, 0 },
    { "out_user",            "out_user",            NULL,                                900, 0 },
    { "mmio_read_user",      "mmio_read_user",      NULL,                               1100, 0 },
    { "out_real",            "out_real",            NULL,                                900, 0 },
    { "mmio_read_real",      "mmio_read_real",      NULL,                               1100, 0 },
    { "qemu",                "out_qemu",            NULL,                               4200, 2 },
    { "get18",               "out_get18",           "WHvGetVirtualProcessorRegisters",   450, 0 },
    { "set18",               "out_set18",           "WHvSetVirtualProcessorRegisters",   560, 0 },
    { "set_rip",             "out",                 "WHvSetVirtualProcessorRegisters",   150, 0 },
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static struct round rounds[ROUNDS + 1];     /* one more for what is begun */
static unsigned int dearest = 10;

/* functions, or modules */
static struct place
{
    const char *module, *function;
    unsigned int count;
} places[4096];
static unsigned int place_count;

static int compare_rounds( const void *a, const void *b )
{
    const struct round *x = a, *y = b;

    return (x->count > y->count) - (x->count < y->count);
}

static int compare_places( const void *a, const void *b )
{
    const struct place *x = a, *y = b;

    return (x->count < y->count) - (x->count > y->count);
}

static void add_place( const char *module, const char *function )
{
    unsigned int i;

    for (i = 0; i < place_count; i++)
        if (!strcmp( places[i].module, module ) && !places[i].function == !function &&
            (!function || !strcmp( places[i].function, function ))) break;
    if (i == sizeof(places) / sizeof(places[0])) die( "too many functions" );
    if (i == place_count)
    {
        places[i].module = module;
        places[i].function = function;
        places[i].count = 0;
        place_count++;
    }
    places[i].count++;
}

static void print_places( const struct round *round, int functions, unsigned int most )
{
    const char *module, *function;
    unsigned int i;

    place_count = 0;
    for (i = 0; i < round->count; i++)
    {
        module = symbols_find( round->rips[i], &function );
        if (!functions) add_place( module, NULL );
        else if (function) add_place( module, function );
    }
    qsort( places, place_count, sizeof(places[0]), compare_places );
    for (i = 0; i < place_count && i < most; i++)
    {
        printf( "    %6u  %s", places[i].count, places[i].module );
        if (functions) printf( "  %s", places[i].function );
        printf( "\n" );
    }
}

static struct export
{
    char name[64];
    uint64_t address;
} exports[MAX_EXPORTS];

/* Where the client has what only Windows knows of. */
static void hear_places( void )
{
    unsigned long long address;
    unsigned int count = 0;
    char name[64], *line;
    unsigned long size;

    client_say( "places" );
    while ((line = client_hear()) && strcmp( line, "end" ))
    {
        if (sscanf( line, "module %llx %lx %63s", &address, &size, name ) == 3)
            symbols_add_module( name, address, size );
        else if (sscanf( line, "function %llx %63s", &address, name ) == 2 && count < MAX_EXPORTS)
        {
            strcpy( exports[count].name, name );
            exports[count++].address = address;
        }
    }
    if (!line) die( "the client has ended" );
}

static uint64_t find_export( const char *name )
{
    unsigned int i;

    for (i = 0; i < MAX_EXPORTS; i++) if (!strcmp( exports[i].name, name ) && exports[i].address) break;
    if (i == MAX_EXPORTS) die( "the client does not say where %s is", name );
    return exports[i].address;
}

/* A vp that is stepped is in one run for so long that where KVM may spin our own watcher kicks it (run/watch.h), and
 * the lock that it has held in between is woken: a few of the rounds may show that. */
static unsigned int usual_syscalls( unsigned int done )
{
    unsigned int i, more, most = 0, next;

    for (;;)
    {
        for (i = more = 0, next = ~0u; i < done; i++)
        {
            if (rounds[i].syscalls <= most) continue;
            more++;
            if (rounds[i].syscalls < next) next = rounds[i].syscalls;
        }
        if (more <= done / 4) return most;
        most = next;
    }
}

/* 0 when the kind is within its limits */
static int count_kind( const struct kind *kind, pid_t process, int check )
{
    unsigned int done, syscalls;
    const struct round *median;
    char line[64];
    int bad;

    snprintf( line, sizeof(line), "%s %u", kind->loop, WARM + ROUNDS + SPARE_ROUNDS );
    done = trace_rounds( process, line, WARM, kind->call ? find_export( kind->call ) : 0, rounds, ROUNDS );
    if (!client_hear()) die( "the client has ended at %s", kind->name );
    if (!done) die( "%s: a signal came in each round", kind->name );
    qsort( rounds, done, sizeof(rounds[0]), compare_rounds );
    median = &rounds[done / 2];
    syscalls = usual_syscalls( done );
    bad = median->count > kind->limit || syscalls > kind->syscalls;
    printf( "%-20s min %5u  median %5u  limit %5u  other system calls %u%s\n", kind->name, rounds[0].count,
            median->count, kind->limit, syscalls, bad ? "  FAILED" : "" );
    if (!check || bad)
    {
        print_places( median, 0, ~0u );
        printf( "    of them the functions\n" );
        print_places( median, 1, dearest );
    }
    fflush( stdout );
    return bad;
}

static int is_chosen( const char *name, char *argv[], int count )
{
    int i, any = 0;

    for (i = 0; i < count; i++)
    {
        if (!strcmp( argv[i], name )) return 1;
        any |= argv[i][0] != '-';
    }
    return !any;
}

int main( int argc, char *argv[] )
{
    unsigned int i, passed = 0, failed = 0;
    int arg, check = 0;
    pid_t process;

    for (arg = 1; arg < argc && strcmp( argv[arg], "--" ); arg++)
    {
        if (!strcmp( argv[arg], "--check" )) check = 1;
        else if (!strncmp( argv[arg], "--dearest=", 10 )) dearest = atoi( argv[arg] + 10 );
        else if (argv[arg][0] == '-') die( "%s is not known", argv[arg] );
    }
    if (argc - arg < 2) die( "Usage: steps [--check] [--dearest=N] [KIND...] -- PROGRAM ARGUMENTS..." );
    for (i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++)
        if (!(rounds[i].rips = malloc( MAX_STEPS * sizeof(*rounds[i].rips) ))) die( "out of memory" );
    client_start( argv + arg + 1 );
    client_say( "out 1" );
    if (!client_hear()) die( "the client does not start" );
    process = client_process( "/winhvplatform.so" );
    if (!trace_allowed( process ))
    {
        printf( "steps: skipped, the client may not be traced here\n0 passed, 0 failed, %u skipped\n",
                (unsigned int)KIND_COUNT );
        return 0;
    }
    symbols_read( process );
    hear_places();
    for (i = 0; i < KIND_COUNT; i++)
    {
        if (!is_chosen( kinds[i].name, argv + 1, arg - 1 )) continue;
        if (count_kind( &kinds[i], process, check )) failed++;
        else passed++;
    }
    printf( "%u passed, %u failed, 0 skipped\n", passed, failed );
    return failed || !passed;
}
