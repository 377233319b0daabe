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
 *   steps [--check] [--dearest N] [KIND...] -- PROGRAM ARGUMENTS...
 * Starts PROGRAM (whvbench under Wine), has it make exits of each kind, and steps through some of them. Prints for each
 * kind the smallest number of instructions and the median, and of a median round which module and which functions they
 * were in; of functions the N dearest (default 10). With --check, which prints little, the exit status is 1 when a kind is above its limit.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "steps.h"

#define ROUNDS  15
#define WARM    40      /* KVM_RUNs before */

static struct kind
{
    const char *name;
    unsigned int limit;         /* instructions of the median */
    unsigned int syscalls;      /* beside KVM_RUN: 0 is what is promised */
    const char *call;           /* this export alone is counted */
} kinds[] =
{
    { "out",                 2750, 0, NULL },
    { "in",                  2900, 0, NULL },
    { "mmio_read",           3300, 0, NULL },
    { "mmio_write",          3300, 0, NULL },
    { "mmio_read_emulator",  8100, 0, NULL },
    { "mmio_write_emulator", 8200, 0, NULL },
    { "halt",                2000, 0, NULL },
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static struct round rounds[MAX_ROUNDS];
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
        printf( "    %6u  %s\n", places[i].count, functions ? places[i].function : places[i].module );
}

/* 0 when the kind is within its limits */
static int count_kind( const struct kind *kind, pid_t process, int check )
{
    unsigned int done, most = 0, i;
    const struct round *median;
    char line[64];
    int bad;

    snprintf( line, sizeof(line), "%s %u", kind->name, WARM + ROUNDS + 20 );
    done = trace_rounds( process, line, WARM, 0, rounds, ROUNDS );
    if (!client_hear()) die( "the client has ended at %s", kind->name );
    if (!done) die( "%s: no round was without a signal", kind->name );
    qsort( rounds, done, sizeof(rounds[0]), compare_rounds );
    median = &rounds[done / 2];
    for (i = 0; i < done; i++) if (rounds[i].syscalls > most) most = rounds[i].syscalls;
    bad = median->count > kind->limit || most > kind->syscalls;
    printf( "%-20s min %5u median %5u limit %5u other system calls %u%s\n", kind->name, rounds[0].count, median->count,
            kind->limit, most, bad ? "  TOO MANY" : "" );
    if (!check || bad)
    {
        print_places( median, 0, ~0u );
        printf( "    the dearest:\n" );
        print_places( median, 1, dearest );
    }
    fflush( stdout );
    return bad;
}

int main( int argc, char *argv[] )
{
    unsigned int i, passed = 0, failed = 0;
    int arg, check = 0, chosen;
    pid_t process;

    setvbuf( stdout, NULL, _IOLBF, 0 );
    for (arg = 1, chosen = 0; arg < argc && strcmp( argv[arg], "--" ); arg++)
    {
        if (!strcmp( argv[arg], "--check" )) check = 1;
        else if (!strcmp( argv[arg], "--dearest" ) && arg + 1 < argc) dearest = atoi( argv[++arg] );
        else chosen = 1;
    }
    if (argc - arg < 2) die( "Usage: steps [--check] [--dearest N] [KIND...] -- PROGRAM ARGUMENTS..." );
    argv[arg] = NULL;
    for (i = 0; i < MAX_ROUNDS; i++)
        if (!(rounds[i].rips = malloc( MAX_STEPS * sizeof(uint64_t) ))) die( "out of memory" );
    client_start( argv + arg + 1 );
    client_say( "out 1" );
    if (!client_hear()) die( "the client does not start" );
    process = client_process( "/winhvplatform.so" );
    symbols_read( process );
    for (i = 0; i < KIND_COUNT; i++)
    {
        int wanted = !chosen, a;

        for (a = 1; argv[a]; a++) wanted |= !strcmp( argv[a], kinds[i].name );
        if (!wanted) continue;
        if (count_kind( &kinds[i], process, check )) failed++;
        else passed++;
    }
    printf( "%u passed, %u failed, 0 skipped\n", passed, failed );
    return failed || !passed;
}
