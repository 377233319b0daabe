/*
 * Replays inputs of a fuzz target
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
 * The main program of a target without libFuzzer:
 *   fuzz_TARGET [FILE.txt ...]        replays lines of hexadecimal digits (# begins a comment), all seeds, and a
 *                                     series of random changes of them
 *   fuzz_TARGET --input FILE ...      replays binary files, as libFuzzer leaves them
 *   fuzz_TARGET --hex FILE ...        shows such files as lines for regressions/
 *   fuzz_TARGET --seeds DIR [FILE.txt ...]   writes the seeds and the lines into files that libFuzzer can start from
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz.h"

#define MAX_INPUT   4096
#define RANDOM_RUNS 4000

static const UINT8 *current;
static size_t current_size;
static const char *directory;
static UINT32 count, changed_count;
static UINT64 random_state = 1;

static void show( FILE *file, const UINT8 *data, size_t size )
{
    size_t i;

    for (i = 0; i < size; i++) fprintf( file, "%02x", data[i] );
    fprintf( file, "\n" );
}

/* the process ends here: stdio will do */
static void died( int number )
{
    fprintf( stderr, "signal %d; the input:\n", number );
    show( stderr, current, current_size );
    _exit( 1 );
}

static void replay( const void *data, size_t size )
{
    current = data;
    current_size = size;
    LLVMFuzzerTestOneInput( data, size );
    count++;
}

static void save( const void *data, size_t size )
{
    char name[4096];
    FILE *file;

    snprintf( name, sizeof(name), "%s/seed-%04u", directory, count++ );
    if (!(file = fopen( name, "wb" )) || fwrite( data, 1, size, file ) != size || fclose( file ))
    {
        fprintf( stderr, "%s: %s\n", name, strerror( errno ) );
        exit( 2 );
    }
}

static UINT32 random_number( UINT32 limit )
{
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return (random_state >> 33) % limit;
}

/* Much less than libFuzzer can do; it shows that the target has not gone stale. */
static void replay_changed( const void *data, size_t size )
{
    UINT8 changed[MAX_INPUT];
    UINT32 i, j;

    for (i = 0; i < 8 && size && size <= sizeof(changed) && changed_count < RANDOM_RUNS; i++, changed_count++)
    {
        memcpy( changed, data, size );
        for (j = 0; j <= i; j++) changed[random_number( size )] = random_number( 256 );
        replay( changed, size );
    }
}

static void read_lines( const char *name, fuzz_seed_func func )
{
    static char line[2 * MAX_INPUT + 2];
    static UINT8 data[MAX_INPUT];
    FILE *file = fopen( name, "r" );
    unsigned int value;
    size_t size;

    if (!file)
    {
        fprintf( stderr, "%s: %s\n", name, strerror( errno ) );
        exit( 2 );
    }
    while (fgets( line, sizeof(line), file ))
    {
        if (line[0] == '#' || line[0] == '\n') continue;
        for (size = 0; sscanf( line + 2 * size, "%2x", &value ) == 1; size++) data[size] = value;
        func( data, size );
    }
    fclose( file );
}

static void read_binary( const char *name, BOOL hex )
{
    static UINT8 data[1 << 20];
    FILE *file = fopen( name, "rb" );
    size_t size;

    if (!file)
    {
        fprintf( stderr, "%s: %s\n", name, strerror( errno ) );
        exit( 2 );
    }
    size = fread( data, 1, sizeof(data), file );
    fclose( file );
    if (hex) show( stdout, data, size );
    else replay( data, size );
}

int main( int argc, char **argv )
{
    int i;

    signal( SIGSEGV, died );
    signal( SIGBUS, died );
    signal( SIGFPE, died );
    signal( SIGILL, died );
    signal( SIGABRT, died );
    signal( SIGALRM, died );
    if (argc > 2 && (!strcmp( argv[1], "--input" ) || !strcmp( argv[1], "--hex" )))
    {
        for (i = 2; i < argc; i++) read_binary( argv[i], argv[1][2] == 'h' );
    }
    else if (argc > 2 && !strcmp( argv[1], "--seeds" ))
    {
        directory = argv[2];
        fuzz_seeds( save );
        for (i = 3; i < argc; i++) read_lines( argv[i], save );
    }
    else
    {
        alarm( 120 );   /* an endless loop is a finding too */
        for (i = 1; i < argc; i++) read_lines( argv[i], replay );
        fuzz_seeds( replay );
        fuzz_seeds( replay_changed );
        printf( "%u inputs\n", count );
    }
    return 0;
}
